/*
 * Strokes: smooth curves through them, ink from what somebody drew in the page, a long text in lines. What
 * scribe/ink.py, corpora/canvas.py (and normalise.py, timing.py) and layout.py do; tests hold it to them.
 *
 * A stroke is a list of points [x, y]; strokes that somebody drew have points [x, y, milliseconds] and y downwards.
 */
function scribeInk() {
  "use strict";

  // --- curves -------------------------------------------------------------------------------------------------

  const distance = (p, q) => Math.hypot(q[0] - p[0], q[1] - p[1]);

  /** Cubic Bezier segments [p1, c1, c2, p2] through a stroke: a centripetal Catmull-Rom spline. */
  function bezier(stroke) {
    const p = stroke.filter((q, i) => i === 0 || q[0] !== stroke[i - 1][0] || q[1] !== stroke[i - 1][1]);
    if (p.length < 2) return [];
    const mirrored = (a, b) => [2 * a[0] - b[0], 2 * a[1] - b[1]];
    p.unshift(mirrored(p[0], p[1]));
    p.push(mirrored(p[p.length - 1], p[p.length - 2]));
    const segments = [];
    for (let i = 1; i < p.length - 2; i++) {
      const [p0, p1, p2, p3] = p.slice(i - 1, i + 3);
      const before = Math.sqrt(distance(p0, p1)),
        here = Math.sqrt(distance(p1, p2)),
        after = Math.sqrt(distance(p2, p3));
      const c1 = [0, 1].map((k) => {
        const tangent = here * ((p1[k] - p0[k]) / before - (p2[k] - p0[k]) / (before + here)) + (p2[k] - p1[k]);
        return p1[k] + tangent / 3;
      });
      const c2 = [0, 1].map((k) => {
        const tangent = here * ((p3[k] - p2[k]) / after - (p3[k] - p1[k]) / (here + after)) + (p2[k] - p1[k]);
        return p2[k] - tangent / 3;
      });
      segments.push([p1, c1, c2, p2]);
    }
    return segments;
  }

  /** A stroke as the `d` of an SVG path, y turned downwards; a dot is a line of next to no length. */
  function path(stroke) {
    if (!stroke.length) return "";
    const n = (value) => String(Math.round(value * 1000) / 1000);
    const pair = (q) => `${n(q[0])} ${n(-q[1])}`;
    const segments = bezier(stroke);
    const rest = segments.length ? segments.map(([, a, b, q]) => `C${pair(a)} ${pair(b)} ${pair(q)}`).join("") : "h.01";
    return `M${pair(stroke[0])}${rest}`;
  }

  // --- from a drawing to ink ----------------------------------------------------------------------------------

  const BODY = new Set("acemnorsuvwxzgpqy"),
    LOW = new Set("acemnorsuvwxzgpqy.,:;-_"),
    BELOW = new Set("gjpqyQ,;");
  const SMALL = new Set(".,:;'`\"-_^~*");
  /** @type {[string, number][]} characters, and how wide they are; others are .9 wide */
  const WIDTHS = [
    [".,:;'`|!", 0.3],
    ['"()[]{}/\\-1fgI', 0.5],
    ["ijlrstyqz", 0.7],
    ["bdhkuxABDGHKLNQRTUXZ#&+=<>~", 1.2],
    ["mwMW@%$_", 1.5],
  ];
  const STEP = 1 / 1024; // positions are multiples of this
  const PAUSE = 6; // a step that takes more than so many usual ones is a rest
  const PER_CHARACTER = 3.8; // ink a character, in body heights, where nobody has said the text
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const mean = (values) => sum(values) / values.length;
  const sorted = (values) => Float64Array.from(values).sort();
  /** To the nearest whole number, halves to the even one, as Python does. */
  function rounded(value) {
    const low = Math.floor(value),
      rest = value - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  }

  /** The value of a broken line at `x`; `xs` ascend. */
  function interpolated(x, xs, ys) {
    const last = xs.length - 1;
    if (x <= xs[0]) return ys[0];
    if (x >= xs[last]) return ys[last];
    let low = 0,
      high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= x) low = middle;
      else high = middle;
    }
    return ys[low] + ((x - xs[low]) * (ys[high] - ys[low])) / (xs[high] - xs[low]);
  }

  function quantiles(values, weights, at) {
    const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j] || i - j);
    let passed = 0;
    const share = order.map((i) => (passed += weights[i])).map((s) => s / passed);
    const inOrder = order.map((i) => values[i]);
    return at.map((a) => interpolated(a, share, inOrder));
  }

  /** A body height that needs no text: what the pen covers between two turns, most often. 0 for dots. */
  function roughHeight(strokes) {
    const heights = [];
    for (const stroke of strokes) {
      const y = stroke.map((p) => p[1]),
        turns = [0];
      for (let i = 1; i < y.length - 1; i++) {
        if (Math.sign(y[i] - y[i - 1]) * Math.sign(y[i + 1] - y[i]) < 0) turns.push(i);
      }
      turns.push(y.length - 1);
      for (let i = 1; i < turns.length; i++) heights.push(Math.abs(y[turns[i]] - y[turns[i - 1]]));
    }
    return heights.some((h) => h > 0) ? quantiles(heights, heights, [0.4])[0] / 0.83 : 0;
  }

  /** The points where the pen turns up, and where it turns down; the ends of strokes turn too. */
  function turns(strokes) {
    const result = [[], []];
    for (const stroke of strokes) {
      if (stroke.length < 2) continue;
      [1, -1].forEach((sign, which) => {
        stroke.forEach((p, i) => {
          const before = i ? sign * stroke[i - 1][1] : Infinity;
          const after = i < stroke.length - 1 ? sign * stroke[i + 1][1] : Infinity;
          if (sign * p[1] < before && sign * p[1] <= after) result[which].push(p);
        });
      });
    }
    return result;
  }

  /** Strokes turned so that their baseline is level. */
  function level(strokes, height) {
    const [low] = turns(strokes);
    if (low.length < 3) return strokes;
    const middle = [mean(low.map((p) => p[0])), mean(low.map((p) => p[1]))];
    const x = low.map((p) => p[0] - middle[0]),
      y = low.map((p) => p[1] - middle[1]);
    let slope = 0;
    for (const [reach, scatter] of [
      [Infinity, 0.6],
      [0.6, 0.2],
      [0.4, 0.12],
    ]) {
      let rest = y.map((v, i) => v - slope * x[i]);
      const upper = sorted(rest)[rest.length >> 1];
      rest = rest.map((v) => v - upper);
      const near = rest.map((_, i) => i).filter((i) => Math.abs(rest[i]) <= reach * height);
      if (near.length < 3) break;
      const centre = mean(near.map((i) => x[i])),
        own = near.map((i) => x[i] - centre);
      const ridge = ((scatter * height) / 0.1) ** 2;
      slope += sum(own.map((v, i) => v * rest[near[i]])) / (sum(own.map((v) => v * v)) + ridge);
    }
    if (!(Math.abs(slope) < 0.5)) return strokes;
    const cosine = 1 / Math.hypot(1, slope);
    return strokes.map((s) => s.map(([px, py]) => [cosine * (px + slope * py), cosine * (py - slope * px)]));
  }

  /** Bottom and top of the body as the text lets us expect them. */
  function firstBand(strokes, text) {
    const middles = [],
      lengths = [];
    for (const stroke of strokes) {
      for (let i = 1; i < stroke.length; i++) {
        middles.push((stroke[i][1] + stroke[i - 1][1]) / 2);
        lengths.push(distance(stroke[i - 1], stroke[i]));
      }
    }
    let weight = 1e-9,
      below = 1e-9,
      above = 1e-9;
    for (const c of text.replaceAll(" ", "")) {
      const size = SMALL.has(c) ? 0.25 : BODY.has(c) ? 1 : 1.4;
      weight += size;
      below += size * (BELOW.has(c) ? 0.5 : 0.04);
      above += size * (LOW.has(c) ? 0.05 : c === "f" ? 0.6 : 0.38);
    }
    if (!lengths.some((l) => l > 0)) {
      const middle = mean(strokes.flat().map((p) => p[1]));
      return [middle, middle];
    }
    const [bottom, top] = quantiles(middles, lengths, [below / weight, 1 - above / weight]);
    return [bottom, Math.max(top, bottom)];
  }

  /** Baseline and top of the small letters, from where the ink lies and what it says. */
  function bodyBand(strokes, text) {
    let [bottom, top] = firstBand(strokes, text);
    const [low, high] = turns(strokes).map((points) => points.map((p) => p[1]));
    const small = Array.from(text).filter((c) => c !== c.toUpperCase()).length;
    for (let i = 0; i < 2; i++) {
      const height = top - bottom;
      bottom = drawnTo(bottom, low, 0.4 * height, 0.25);
      if (small > 1) top = drawnTo(top, high, 0.3 * height, 0.75);
    }
    return [bottom, Math.max(top, bottom)];
  }

  function drawnTo(first, values, reach, share) {
    const near = sorted(values.filter((v) => Math.abs(v - first) <= reach));
    if (!near.length) return first;
    return (2 * first + near.length * near[Math.trunc(share * (near.length - 1) + 0.5)]) / (2 + near.length);
  }

  /** Level, body height 1, from the left end of the baseline. */
  function normalised(strokes, text) {
    const everything = strokes.flat(),
      xs = everything.map((p) => p[0]),
      ys = everything.map((p) => p[1]);
    const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    if (!(size > 0)) return null; // a single dot; its size cannot be told
    const middle = [mean(xs), mean(ys)];
    let points = strokes.map((s) => s.map((p) => [(p[0] - middle[0]) / size, (p[1] - middle[1]) / size]));
    const says = text.trim() ? text : "the quick brown fox jumps over a lazy dog";
    let height = roughHeight(points),
      bottom = 0;
    if (height > 0) {
      points = level(points, height);
      const [low, high] = bodyBand(points, says);
      bottom = low;
      height = high - low;
    }
    if (!(height > 1e-6)) {
      bottom = Math.min(...points.flat().map((p) => p[1]));
      height = 1;
    }
    const left = points[0][0][0];
    return points.map((s) => s.map((p) => [(p[0] - left) / height, (p[1] - bottom) / height]));
  }

  /** The stroke as it is every `tick`. Clocks of browsers stand still and jump. */
  function onAnEvenClock(points, times, tick) {
    if (points.length < 2) return points;
    const clock = [0];
    for (let i = 1; i < times.length; i++) {
      clock.push(clock[i - 1] + Math.min(Math.max(times[i] - times[i - 1], 0.05 * tick), PAUSE * tick));
    }
    const end = clock[clock.length - 1],
      count = Math.max(2, rounded(end / tick) + 1);
    return resampled(
      points,
      clock,
      Array.from({ length: count }, (_, i) => (i === count - 1 ? end : (i * end) / (count - 1))),
    );
  }

  function resampled(points, clock, at) {
    const xs = points.map((p) => p[0]),
      ys = points.map((p) => p[1]);
    return at.map((t) => [interpolated(t, clock, xs), interpolated(t, clock, ys)]);
  }

  /** `factor` points for each, after a Gaussian of so many points has been run over the stroke; its ends stay. */
  function resampledBy(stroke, factor, smoothing) {
    const last = stroke.length - 1;
    if (last === 0) return stroke;
    const path = smoothing > 0 && last > 1 ? smoothed(stroke, smoothing) : stroke;
    const count = Math.max(2, rounded(last * factor) + 1);
    const at = Array.from({ length: count }, (_, i) => i * (last / (count - 1)));
    return resampled(
      path,
      stroke.map((_, i) => i),
      at,
    );
  }

  function smoothed(stroke, deviation) {
    const last = stroke.length - 1,
      reach = Math.min(last, Math.ceil(3 * deviation));
    const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / deviation) ** 2));
    const total = sum(weights);
    const at = (i, k) => {
      if (i < 0) return 2 * stroke[0][k] - stroke[-i][k];
      return i > last ? 2 * stroke[last][k] - stroke[2 * last - i][k] : stroke[i][k];
    };
    return stroke.map((_, i) => [0, 1].map((k) => sum(weights.map((w, j) => w * at(i + j - reach, k))) / total));
  }

  /**
   * Ink as offsets (dx, dy, pen up), one after the other, from strokes [x, y, milliseconds] with y downwards, evenly
   * in time, with so many points per character. Null if there are nothing but dots.
   */
  function fromDrawing(drawn, text, pointsPerCharacter) {
    // A pen at rest repeats its point; a rest takes no time.
    const strokes = drawn
      .map((s) => s.filter((p, i) => i === 0 || p[0] !== s[i - 1][0] || p[1] !== s[i - 1][1]))
      .filter((s) => s.length);
    if (!strokes.length) return null;
    const shapes = normalised(
      strokes.map((s) => s.map(([x, y]) => [x, -y])),
      text,
    );
    if (!shapes) return null;
    const length = sum(shapes.map((s) => sum(s.slice(1).map((p, i) => distance(s[i], p)))));
    const characters = Array.from(text.replace(/\s/gu, "")).length || length / PER_CHARACTER;
    const times = strokes.map((s) => s.map((p) => p[2]));
    const steps = sorted(times.flatMap((t) => t.slice(1).map((v, i) => v - t[i])).filter((v) => v > 0));
    const half = steps.length >> 1;
    const tick = !steps.length ? 1 : steps.length % 2 ? steps[half] : (steps[half - 1] + steps[half]) / 2;
    const even = shapes.map((s, i) => (steps.length ? onAnEvenClock(s, times[i], tick) : s));
    const moving = sum(even.map((s) => s.length - 1));
    const wanted = Math.max(pointsPerCharacter * Math.max(characters, 1) - even.length, even.length, 1);
    const factor = moving ? wanted / moving : 1;
    const result = [],
      before = [0, 0];
    for (const stroke of even) {
      resampledBy(stroke, factor, factor < 1 ? 0.5 / factor : 0).forEach((point, i, all) => {
        const [x, y] = point.map((v) => rounded(v / STEP) * STEP);
        result.push(x - before[0], y - before[1], i === all.length - 1 ? 1 : 0);
        before[0] = x;
        before[1] = y;
      });
    }
    return Float32Array.from(result);
  }

  // --- lines --------------------------------------------------------------------------------------------------

  /** How wide a text is, in widths of an average letter; as in normalise.py. */
  function expectedWidth(text) {
    const width = (c) => (c === " " ? 1 : (WIDTHS.find(([characters]) => characters.includes(c))?.[1] ?? 0.9));
    return sum(Array.from(text, width));
  }

  /**
   * A text in lines of at most `width` characters: broken between words, else after a hyphen, else anywhere. `measure`
   * says how wide a piece of text is, if that's not its number of characters; the first line may have another width.
   */
  function wrap(text, width, measure = (part) => Array.from(part).length, firstWidth = width) {
    const lines = [];
    let line = "",
      room = firstWidth;
    for (const word of text.split(/\s+/u).filter(Boolean)) {
      let glue = line ? " " : "";
      const whole = measure(line + glue + word) <= room;
      for (let part of whole ? [word] : word.split(/(?<=\p{L}-)(?=\p{L})/u)) {
        if (line && measure(line + glue + part) > room) {
          lines.push(line);
          line = glue = "";
          room = width;
        }
        while (measure(part) > room) {
          const characters = Array.from(part);
          let count = 1;
          while (count < characters.length - 1 && measure(characters.slice(0, count + 1).join("")) <= room) count++;
          lines.push(characters.slice(0, count).join(""));
          part = characters.slice(count).join("");
          room = width;
        }
        line += glue + part;
        glue = "";
      }
    }
    return line ? [...lines, line] : lines;
  }

  return { bezier, path, fromDrawing, wrap, expectedWidth, level, bodyBand };
}
