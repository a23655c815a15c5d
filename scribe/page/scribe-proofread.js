/*
 * Reads what is written while it is written, and keeps what can be read: what scribe/proofread.py does. `network` is what
 * scribe-network.js makes.
 */
function scribeProofread(network) {
  "use strict";

  const PART = 4; // characters of the shortest part that is tried by itself: parts end where words do
  const ROUNDS = 4; // how often candidates of a part are written while none of them is read without a new error

  /** Where the parts of a text end, each at the first space after so many characters; the last at its end. */
  function partEnds(text) {
    const ends = [0],
      characters = Array.from(text);
    const between = (from, to) => characters.slice(from, to).join("").trim();
    for (const [place, character] of characters.entries()) {
      const last = ends[ends.length - 1];
      if (character === " " && Array.from(between(last, place)).length >= PART) ends.push(place);
    }
    if (ends.length > 1 && !between(ends[ends.length - 1])) ends.pop();
    return [...ends.slice(1), characters.length];
  }

  /** Points [dx, dy, up] from one of them on, as high above the baseline as they are, as offsets one after the other. */
  function since(points, from) {
    const rest = points.slice(from).map((point) => point.slice());
    rest[0][1] = points.slice(0, from + 1).reduce((sum, point) => sum + point[1], 0);
    rest[rest.length - 1][2] = 1;
    return Float32Array.from(rest.flat());
  }

  /** Another start of chance for each candidate of each part. */
  const mixed = (seed, part, candidate) =>
    (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b) ^ Math.imul(candidate + 1, 0xc2b2ae35)) >>> 0;

  /**
   * Write a line, and, if there are candidates, each part of it so many times, and more often while none reads right, and
   * go on from the one that reads best. A generator: it gives way after each point and each reading, and says where in
   * the text it is; in the end it returns {offsets, reason, reading}, the reading being null if nothing was read.
   */
  function* write(writer, reader, options, candidates = 1) {
    const line = writer.line(options),
      characters = Array.from(options.text);
    while (line.priming) {
      line.prime();
      yield 0;
    }
    line.begin();
    let points = [];
    if (candidates < 2) {
      while (line.step()) {
        points.push([line.point.dx, line.point.dy, line.point.up]);
        yield Math.min(line.made / (writer.weights.pointsPerCharacter * characters.length), 1);
      }
      return { offsets: since(points, 0), reason: line.reason, reading: null };
    }
    const ends = partEnds(options.text);
    let draft = line.draft(),
      reason = "",
      before = { point: 0, character: 0, errors: 0 }; // where the part before begins, and the errors it is read with
    for (let part = 0; part < ends.length && !reason; part++) {
      const wanted = characters.slice(before.character, ends[part]).join("").trim();
      let best = null;
      for (let number = 0; number < ROUNDS * candidates; number++) {
        const enough = best && (best.errors < before.errors || (best.errors === before.errors && !best.cut));
        if (number % candidates === 0 && enough) break;
        line.resume(draft, ends[part], network.noiseOf(mixed(options.seed, part, number)));
        const tried = points.slice();
        while (line.step()) {
          tried.push([line.point.dx, line.point.dy, line.point.up]);
          yield ends[part - 1] / characters.length || 0;
        }
        const { errors, logProbability } = reader.judge(since(tried, before.point), wanted),
          cut = line.reason === "cap";
        const better =
          !best ||
          errors < best.errors ||
          (errors === best.errors && (cut < best.cut || (cut === best.cut && logProbability > best.logProbability)));
        if (better) best = { errors, cut, logProbability, points: tried, draft: line.draft(), reason: line.reason };
        yield ends[part - 1] / characters.length || 0;
      }
      const errors = Math.max(0, best.errors - before.errors);
      before = { point: points.length, character: part ? ends[part - 1] : 0, errors };
      ({ points, draft } = best);
      reason = best.reason === "part" ? "" : best.reason;
    }
    const offsets = since(points, 0);
    return { offsets, reason, reading: reader.judge(offsets, options.text) };
  }

  return { partEnds, since, write };
}
