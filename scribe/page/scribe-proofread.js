/*
 * Reads what is written while it is written, counts the strokes of repeats, and keeps what is right: what
 * scribe/proofread.py and scribe/counting.py do. `network` is what scribe-network.js makes.
 */
function scribeProofread(network) {
  "use strict";

  const PART = 4; // characters of the shortest part that is tried by itself: parts end where words do
  const ROUNDS = 4; // how often candidates of a part are written while none of them is read without a new error
  const COUNTED = 8; // candidates of a part with repeats, where nothing is proofread

  /**
   * Strokes of the signs that can be counted: hands don't differ in them.
   * @type {Map<string, number>}
   */
  const STROKES = new Map([["\u2026", 3]]);
  for (const sign of ".,'`-_|~\u00b7\u2022\u2018\u2019\u201a\u2013\u2014") STROKES.set(sign, 1);
  for (const sign of '!:;="\u201c\u201d\u201e') STROKES.set(sign, 2);

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

  /** The repeats of a text that can be counted, two or more equal signs in a row: {start, stop, strokes}. */
  function runs(text) {
    const characters = Array.from(text),
      found = [];
    for (let start = 0, stop = 0; start < characters.length; start = stop) {
      while (characters[stop] === characters[start]) stop++;
      const each = STROKES.get(characters[start]);
      if (each && stop - start > 1) found.push({ start, stop, strokes: each * (stop - start) });
    }
    return found;
  }

  /**
   * By how many strokes the repeats that begin in a part of a text are wrong, all together. A stroke belongs to the
   * character that the window showed for most of it; what is drawn for a space belongs to the one before.
   *
   * points: [dx, dy, up, place], the place being the character that the window showed most of.
   */
  function miscounted(text, points, first, last) {
    // Where a repeat is written as far as a sign in its middle, the window may be on the next one already.
    const counted = runs(text)
      .filter(({ start }) => start >= first && start < last)
      .map(({ start, stop, strokes }) => {
        const each = strokes / (stop - start);
        return { start, beyond: stop > last ? Infinity : stop, wanted: each * (Math.min(stop, last) - start) };
      });
    if (!counted.length) return 0;
    const inked = [];
    for (const [place, character] of Array.from(`${text} `).entries())
      inked.push(/\s/.test(character) ? inked[place - 1] || 0 : place);
    const strokes = [];
    for (let from = 0, at = 0; at < points.length; at++) {
      if (points[at][2] !== 1 && at < points.length - 1) continue;
      const places = points
        .slice(from, at + 1)
        .map((point) => point[3])
        .sort((a, b) => a - b);
      const middle = (places.length - 1) / 2;
      strokes.push(inked[Math.trunc((places[Math.floor(middle)] + places[Math.ceil(middle)]) / 2)]);
      from = at + 1;
    }
    return counted.reduce((wrong, { start, beyond, wanted }) => {
      return wrong + Math.abs(strokes.filter((place) => place >= start && place < beyond).length - wanted);
    }, 0);
  }

  /** Points [dx, dy, up] from one of them on, as high above the baseline as they are, as offsets one after the other. */
  function since(points, from) {
    const rest = points.slice(from).map((point) => point.slice(0, 3));
    rest[0][1] = points.slice(0, from + 1).reduce((sum, point) => sum + point[1], 0);
    rest[rest.length - 1][2] = 1;
    return Float32Array.from(rest.flat());
  }

  /** Another start of chance for each candidate of each part. */
  const mixed = (seed, part, candidate) =>
    (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b) ^ Math.imul(candidate + 1, 0xc2b2ae35)) >>> 0;

  /** Whether one try is better than another: fewer strokes and errors that are wrong, an end, what is likelier. */
  function better(one, other) {
    for (const what of ["miscounted", "errors", "cut"]) if (one[what] !== other[what]) return one[what] < other[what];
    return one.logProbability > other.logProbability;
  }

  /**
   * Write a line, and, if there are candidates, each part of it so many times, and more often while none is right, and
   * go on from the one whose repeats have their strokes and that reads best. With one candidate nothing is read, and
   * only parts with repeats are written several times. A generator: it gives way after each point and each reading, and
   * says where in the text it is; in the end it returns {offsets, reason, reading}, the reading being null if nothing
   * was read.
   */
  function* write(writer, reader, options, candidates = 1) {
    const line = writer.line(options),
      characters = Array.from(options.text),
      reads = candidates > 1;
    while (line.priming) {
      line.prime();
      yield 0;
    }
    line.begin();
    const point = () => [line.point.dx, line.point.dy, line.point.up, line.shown - line.before];
    let points = [];
    if (!reads && !runs(options.text).length) {
      while (line.step()) {
        points.push(point());
        yield Math.min(line.made / (writer.weights.pointsPerCharacter * characters.length), 1);
      }
      return { offsets: since(points, 0), reason: line.reason, reading: null };
    }
    const ends = partEnds(options.text);
    let draft = line.draft(),
      reason = "",
      before = { point: 0, character: 0, miscounted: 0, errors: 0 }; // where the part before begins, and what's wrong in it
    for (let part = 0; part < ends.length && !reason; part++) {
      const start = part ? ends[part - 1] : 0,
        wanted = characters.slice(before.character, ends[part]).join("").trim(),
        repeats = runs(characters.slice(start, ends[part]).join("")).length > 0,
        each = reads ? candidates : repeats ? COUNTED : 1,
        most = reads || repeats ? ROUNDS * each : 1;
      let best = null;
      for (let number = 0; number < most; number++) {
        const enough = best && !better({ ...before, cut: false, logProbability: -Infinity }, best);
        if (number % each === 0 && enough) break;
        line.resume(draft, ends[part], network.noiseOf(mixed(options.seed, part, number)));
        const tried = points.slice();
        while (line.step()) {
          tried.push(point());
          yield start / characters.length;
        }
        const one = {
          miscounted: miscounted(options.text, tried, before.character, ends[part]),
          ...(reads ? reader.judge(since(tried, before.point), wanted) : { errors: 0, logProbability: 0 }),
          cut: line.reason === "cap",
          points: tried,
          reason: line.reason,
        };
        if (!best || better(one, best)) best = { ...one, draft: line.draft() };
        yield start / characters.length;
      }
      before = {
        point: points.length,
        character: start,
        miscounted: Math.max(0, best.miscounted - before.miscounted),
        errors: Math.max(0, best.errors - before.errors),
      };
      ({ points, draft } = best);
      reason = best.reason === "part" ? "" : best.reason;
    }
    const offsets = since(points, 0);
    return { offsets, reason, reading: reads ? reader.judge(offsets, options.text) : null };
  }

  return { partEnds, runs, miscounted, since, write };
}
