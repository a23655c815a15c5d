/*
 * Reads a hand from ink: what scribe/hands.py does, and a test holds it to that. `reading` is what scribe-reading.js
 * makes, frames and layers. The weights are unpacked already: {architecture, scale, arrays}. A hand is a vector as long
 * as the square root of its size. Also hands in files and what of them is kept, which needs no reading.
 */
function scribeHands(reading) {
  "use strict";

  const FORMAT = "scribe-hand/1";
  const PIECE = 175; // points; the reader of hands learned from pieces of 90 to 260
  const LEAST = 20; // points, two letters or so
  const STEPS = 1024; // of the points of a sample in a file, for a body height
  const LONGEST = 5000; // points, and characters, of a sample

  /** To the nearest whole number, halves to the even one, as Python does. */
  function rounded(value) {
    const low = Math.floor(value),
      rest = value - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  }

  /** Points [dx, dy, up] from offsets one after the other. */
  const points = (offsets) =>
    Array.from({ length: offsets.length / 3 }, (_, t) => [...offsets.subarray(3 * t, 3 * t + 3)]);

  /** Ink cut between strokes into pieces of about 175 points, each beginning at its height above the baseline. */
  function pieces(offsets) {
    const all = points(offsets),
      count = Math.max(1, rounded(all.length / PIECE));
    const lifts = all.map((_, t) => t).filter((t) => t > 0 && all[t - 1][2] === 1);
    const cuts = new Set();
    for (let i = 1; i < count && lifts.length; i++) {
      const wanted = (i * all.length) / count;
      cuts.add(lifts.reduce((best, t) => (Math.abs(t - wanted) < Math.abs(best - wanted) ? t : best)));
    }
    const result = [];
    let height = 0;
    all.forEach(([dx, dy, up], t) => {
      height += dy;
      if (t === 0 || cuts.has(t)) result.push([[0, height, up]]);
      else result[result.length - 1].push([dx, dy, up]);
    });
    return result;
  }

  /** The vector of a piece, of length 1. */
  function vector({ architecture: { units, size, moves }, scale, arrays }, layers, piece) {
    const rows = layers.run(reading.frames(piece.flat(), scale, moves));
    const wide = 2 * units,
      seen = new Float32Array(2 * wide);
    for (let j = 0; j < wide; j++) {
      const mean = rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
      const variance = rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / rows.length;
      seen[j] = mean;
      seen[wide + j] = Math.sqrt(variance + 1e-5);
    }
    const z = Array.from(arrays["output.bias"]);
    seen.forEach((value, i) => {
      for (let d = 0; d < size; d++) z[d] += value * arrays["output.kernel"][i * size + d];
    });
    const length = Math.sqrt(z.reduce((sum, v) => sum + v * v, 0) + 1e-8);
    return z.map((v) => v / length);
  }

  /** Brought to the common length. */
  function scaled(z) {
    const length = Math.hypot(...z);
    return z.map((v) => (v * Math.sqrt(z.length)) / length);
  }

  /** The hand of a line of ink, offsets (dx, dy, pen up) in body heights; null if there's too little of it. */
  function read(weights, offsets) {
    if (offsets.length < 3 * LEAST) return null;
    const layers = new reading.Bidirectional(weights.architecture, weights.arrays);
    const parts = pieces(offsets),
      vectors = parts.map((piece) => vector(weights, layers, piece));
    return scaled(vectors[0].map((_, d) => vectors.reduce((sum, v, i) => sum + parts[i].length * v[d], 0)));
  }

  /** A hand as `scribe hand` writes it to a file; its sample is {text, offsets}, offsets as in `read`. */
  const written = (z, reader, name = "", sample = null) =>
    JSON.stringify({
      format: FORMAT,
      name,
      reader,
      z: z.map((v) => Math.round(v * 1e4) / 1e4),
      ...(sample && { sample: { text: sample.text, steps: STEPS, offsets: inSteps(sample.offsets) } }),
    });

  /** Offsets in whole steps. Places are rounded, so that what is lost doesn't add up. */
  function inSteps(offsets) {
    const place = [0, 0],
      before = [0, 0];
    return Array.from(offsets, (value, i) => {
      const axis = i % 3;
      if (axis === 2) return value;
      place[axis] += value;
      const step = rounded(place[axis] * STEPS) - before[axis];
      before[axis] += step;
      return step;
    });
  }

  /** The sample of a file, {text, offsets}; null if it has none. */
  function sampleOf(content) {
    if (content == null) return null;
    const { text, steps, offsets } = content,
      count = offsets?.length / 3;
    const fits =
      typeof text === "string" &&
      text.trim() &&
      text.length <= LONGEST &&
      steps >= 1 &&
      steps <= 1 << 20 &&
      Array.isArray(offsets) &&
      Number.isInteger(count) &&
      count >= 1 &&
      count <= LONGEST &&
      offsets[offsets.length - 1] === 1 && // ink ends with a lifted pen
      offsets.every((value, i) => Number.isInteger(value) && (i % 3 < 2 || value === 0 || value === 1));
    if (!fits) throw new Error("The sample of this hand can't be used: it must be a line of ink and its text.");
    return { text, offsets: Float32Array.from(offsets, (value, i) => (i % 3 < 2 ? value / steps : value)) };
  }

  /** The hand in such a file: its vector and its sample, if there's one; an error says what is wrong with it. */
  function parsed(text, size, reader) {
    let content = null;
    try {
      content = JSON.parse(text);
    } catch {
      // said below
    }
    if (content?.format !== FORMAT || !Array.isArray(content.z) || !content.z.every(Number.isFinite))
      throw new Error("This file holds no hand: it must be a .hand file, as this page or scribe hand saves it.");
    if (content.z.length !== size || !content.z.some((v) => v !== 0) || (content.reader && content.reader !== reader))
      throw new Error("This hand was read for another network, and means nothing to this one.");
    return { z: scaled(content.z), ...sampleOf(content.sample) };
  }

  /** The hand so many standard deviations along the first axes of the prior {mean, axes}, and 0 along the rest. */
  const at = ({ mean, axes }, steps) =>
    scaled(mean.map((value, d) => steps.reduce((sum, step, i) => sum + step * axes[i][d], value)));

  /** Where a hand lies along the first two axes of the prior, in standard deviations. */
  const coordinates = ({ mean, axes }, z) =>
    axes.slice(0, 2).map((axis) => {
      const [along, square] = axis.reduce(([a, b], v, d) => [a + v * (z[d] - mean[d]), b + v * v], [0, 0]);
      return along / Math.max(square, 1e-12);
    });

  /** A hand between others, by their shares; null if they cancel each other out. */
  function mixed(hands, shares) {
    const sum = hands[0].map((_, d) => hands.reduce((all, z, i) => all + shares[i] * z[d], 0));
    return Math.hypot(...sum) > 1e-6 ? scaled(sum) : null;
  }

  return { pieces, read, written, parsed, at, coordinates, mixed };
}
