/*
 * What the network has in mind, made visible: the Gaussians of the next point, how far to go in to see them, their
 * density, which letter each point was written for, and the window along a whole line.
 *
 * A mixture is one row of numbers, in body heights and with the bias: the probability of a lifted pen, and for each
 * Gaussian its share, mean x and y, deviations x and y, and rho.
 */
function scribeMind() {
  "use strict";

  const LEAST = 0.01; // share of a Gaussian that is drawn
  const ROOM = 1.25; // how much wider the view is than what is in it
  const LARGE = 9; // the view reaches so many times as far as the likeliest Gaussian, at most, which so stays visible
  const SHORTEST = 3; // points; fewer of another letter inside a stroke are a flicker
  const COLOURS = 5;
  const SHADES = 8; // from grey to the full colour

  /** The Gaussians that count, as ellipses of two deviations, seen from the pen. */
  function gaussians(mixture) {
    const found = [];
    for (let m = 1; m + 5 < mixture.length; m += 6) {
      const [share, x, y, sx, sy, rho] = mixture.subarray(m, m + 6);
      if (share < LEAST) continue;
      const half = (sx * sx - sy * sy) / 2,
        off = rho * sx * sy,
        middle = (sx * sx + sy * sy) / 2,
        root = Math.hypot(half, off);
      found.push({
        share,
        x,
        y,
        sx,
        sy,
        rho,
        long: 2 * Math.sqrt(middle + root),
        short: 2 * Math.sqrt(Math.max(middle - root, 0)),
        angle: (-Math.atan2(off, half) * 90) / Math.PI,
      });
    }
    return found.sort((a, b) => b.share - a.share);
  }

  /** What to look at, seen from the pen, and how far around: all Gaussians, but the likeliest is never too small to see. */
  function focus(found) {
    const total = found.reduce((sum, one) => sum + one.share, 0);
    const mean = (key) => found.reduce((sum, one) => sum + (one.share / total) * one[key], 0);
    const [first] = found,
      middle = [mean("x"), mean("y")];
    const reach = ROOM * Math.max(...found.map((one) => Math.hypot(one.x - middle[0], one.y - middle[1]) + one.long));
    const most = LARGE * first.long;
    return reach <= most ? { x: middle[0], y: middle[1], reach } : { x: first.x, y: first.y, reach: most };
  }

  /** The density over a square field, the brightest place as 1, to be drawn as opacity. */
  function density(found, { x, y, reach }, size) {
    const result = new Float32Array(size * size),
      step = (2 * reach) / size;
    for (const { share, x: mx, y: my, sx, sy, rho } of found) {
      const rest = 1 - rho * rho,
        height = share / (sx * sy * Math.sqrt(rest));
      for (let row = 0, at = 0; row < size; row++) {
        const v = (y + reach - (row + 0.5) * step - my) / sy;
        for (let column = 0; column < size; column++, at++) {
          const u = (x - reach + (column + 0.5) * step - mx) / sx;
          result[at] += height * Math.exp((-0.5 * (u * u - 2 * rho * u * v + v * v)) / rest);
        }
      }
    }
    const top = result.reduce((a, b) => Math.max(a, b), 0);
    return top > 0 ? result.map((value) => value / top) : result;
  }

  /** For each point the letter that the window showed most of; the end of the text counts as its last letter. */
  function letters({ phi, up }) {
    const result = phi.map((light) => {
      let best = 0;
      for (let u = 1; u < light.length; u++) if (light[u] > light[best]) best = u;
      return Math.max(0, Math.min(best, light.length - 2));
    });
    for (let from = 0; from < result.length; ) {
      let to = from + 1;
      while (to < result.length && result[to] === result[from] && !up[to - 1]) to++;
      const inside = from > 0 && !up[from - 1];
      if (inside && to - from < SHORTEST) result.fill(result[from - 1], from, to);
      from = to;
    }
    return result;
  }

  /** A line in pieces, each of one letter: {letter, from, to}; a piece inside a stroke begins where the last one ends. */
  function pieces({ up, letter }) {
    const result = [];
    for (let t = 0; t < letter.length; t++) {
      const opens = t === 0 || up[t - 1];
      const last = result[result.length - 1];
      if (!opens && last.letter === letter[t]) last.to = t + 1;
      else result.push({ letter: letter[t], from: opens ? t : t - 1, to: t + 1 });
    }
    return result;
  }

  /**
   * A line in pieces of one shade each, a whole number from -SHADES to SHADES, by a value for each point: {shade, from,
   * to}, as `pieces` has them. The stretch that leads to a point has its shade, as in scribe.draw.coloured_ink.
   */
  function shaded({ up }, values, largest) {
    const result = [];
    for (let t = 0; t < values.length; t++) {
      const opens = t === 0 || up[t - 1];
      if (opens && !up[t] && t < values.length - 1) continue;
      const shade = Math.round(SHADES * Math.min(Math.max(values[t] / largest, -1), 1)) || 0;
      const last = result[result.length - 1];
      if (!opens && last?.to === t && last.shade === shade) last.to = t + 1;
      else result.push({ shade, from: opens ? t : t - 1, to: t + 1 });
    }
    return result;
  }

  /** Where the network was least sure which way to go: the point {t} whose Gaussians lie farthest {apart}. */
  function widest(mixtures) {
    let best = 0,
      most = -1;
    mixtures.forEach((mixture, t) => {
      const found = gaussians(mixture);
      const total = found.reduce((sum, one) => sum + one.share, 0);
      const mean = (key) => found.reduce((sum, one) => sum + (one.share / total) * one[key], 0);
      const [x, y] = [mean("x"), mean("y")];
      const apart = found.reduce((sum, one) => sum + one.share * ((one.x - x) ** 2 + (one.y - y) ** 2), 0);
      if (t > 0 && apart > most) [best, most] = [t, apart];
    });
    return { t: best, apart: most };
  }

  /** The window along a line as a picture: a column for each character, a row for each point. */
  function diagonal(phi, colour) {
    const [red, green, blue] = colour,
      wide = phi[0].length,
      image = new ImageData(wide, phi.length);
    phi.forEach((light, t) => {
      const all = light.reduce((a, b) => a + b, 0) || 1;
      for (const [u, one] of light.entries())
        image.data.set([red, green, blue, 255 * Math.sqrt(one / all)], 4 * (t * wide + u));
    });
    return image;
  }

  return { COLOURS, SHADES, gaussians, focus, density, letters, pieces, shaded, widest, diagonal };
}
