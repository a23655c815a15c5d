/*
 * A sheet of paper and a text set on it: what scribe/layout (sheet.py, flow.py, lines.py) does; tests hold it to that.
 * `ink` is what scribe-ink.js makes.
 *
 * All lengths are in millimetres, y points up, and the origin is the lower left corner of the paper. A row is a written
 * line in body heights: {strokes, text, first, breaks}; without strokes it's an empty line. first: it begins a
 * paragraph, and breaks: it begins a new page.
 */
function scribeSheet(ink) {
  "use strict";

  const PAPERS = { a4: [210, 297], a5: [148, 210], a6: [105, 148], letter: [215.9, 279.4], legal: [215.9, 355.6] };
  const RULINGS = ["plain", "ruled", "squared"];
  const ALIGNMENTS = ["left", "centre", "right"];
  const LARGEST = 10_000; // mm
  const MOST_RULES = 10_000;
  const EMPTY = 0.6; // of a line: what an empty line takes up on plain paper
  const SQUEEZE = 1.04; // a line that is wider than its room by no more than that is squeezed in, as people do
  const ROOMY = 0.97; // of the room is what a line is expected to take: most lines fit then
  const ROUNDS = 8; // how often a line is written anew with fewer words, before it is squeezed in
  const LONGEST = 80; // characters that are written at a time; a network loses its way in longer lines
  const WORD = 8; // characters that a part of a line may have more, so that it ends with a word
  const SAMPLE = 40; // so many characters tell how wide the hand is
  const BROKEN = 0.85; // a line with room for the next word, and more, was broken with intent

  /** There can be no such sheet; the message says why, in words for the reader of the page. */
  class SheetError extends Error {}

  // --- paragraphs -------------------------------------------------------------------------------------------------

  const LINE_END = /\r\n|[\n\r\v\u0085\u2028\u2029]/u;

  /**
   * The paragraphs of a text, {text, first, breaks}; "" is an empty line, and a form feed begins a new page. With reflow,
   * the lines of a paragraph are joined, but not where one is so short that somebody broke it with intent.
   */
  function paragraphsOf(text, reflow = false) {
    const tidy = (row) => row.split(/\s+/u).filter(Boolean).join(" ");
    const pages = text.split("\f").map((part) => part.split(LINE_END).map(tidy)),
      found = [];
    const longest = Math.max(...pages.flat().map((row) => row.length));
    for (const [number, page] of pages.entries()) {
      let rows = trimmed(page);
      if (!rows.length && number) rows = [""]; // a page that stays empty was asked for
      const own = [];
      for (const [i, row] of rows.entries()) {
        const before = rows[i - 1] || "",
          goesOn = Boolean(before && row);
        const fits = before.length + 1 + row.split(" ")[0].length > BROKEN * longest;
        if (goesOn && reflow && fits) own[own.length - 1].text += ` ${row}`;
        else own.push({ text: row, first: !goesOn, breaks: false });
      }
      if (own.length && found.length) own[0].breaks = true;
      found.push(...own);
    }
    while (found.length && !found[found.length - 1].text) found.pop();
    return found;
  }

  /** Lines without the empty ones at both ends. */
  function trimmed(lines) {
    const full = lines.map((line, i) => (line ? i : -1)).filter((i) => i >= 0);
    return full.length ? lines.slice(full[0], full[full.length - 1] + 1) : [];
  }

  // --- the sheet --------------------------------------------------------------------------------------------------

  /**
   * Paper to write on. page: width and height; margins: top, right, bottom, left; lineHeight: from baseline to baseline,
   * in x-heights; indent: of the first line of a paragraph; loose: lines stay as the pen wrote them; pen: the width of
   * the stroke, in x-heights.
   */
  class Sheet {
    constructor({
      page,
      margins = null,
      xHeight = 2.5,
      lineHeight = 3.5,
      ruling = "plain",
      align = "left",
      indent = 0,
      loose = false,
      pen = 0.13,
    }) {
      this.width = page[0];
      this.height = page[1];
      if (![...page, xHeight, pen].every((size) => size > 0 && size <= LARGEST))
        throw new SheetError("The sizes of a page, of an x and of the pen must be above 0 and up to 10,000 mm.");
      const known = (what, value, all) => {
        if (!all.includes(value))
          throw new SheetError(`There is no ${what} ${value}; choose one of ${all.join(", ")}.`);
      };
      known("ruling", ruling, RULINGS);
      known("alignment", align, ALIGNMENTS);
      this.margins = margins || Array(4).fill(Math.min(...page) / 10);
      this.xHeight = xHeight;
      this.ruling = ruling;
      this.align = align;
      this.indent = indent;
      this.loose = loose;
      this.pen = pen;
      this.spacing = lineHeight * xHeight;
      if (![...this.margins, indent].every((length) => length >= 0 && length <= LARGEST))
        throw new SheetError("Margins and indents must be 0 mm or more.");
      if (!(this.spacing > 0 && this.spacing <= LARGEST) || this.height / this.spacing > MOST_RULES)
        throw new SheetError(`A line spacing of ${this.spacing} mm cannot be.`);
      const [top, right, bottom, left] = this.margins,
        first = top + 2 * xHeight;
      const count = Math.floor((this.height - bottom - first) / this.spacing + 1e-6) + 1;
      if (count < 1) throw new SheetError(`The page has no room for a line: it is ${this.height} mm high.`);
      this.baselines = Array.from({ length: count }, (_, i) => this.height - first - i * this.spacing);
      this.textWidth = this.width - right - left;
      const room = this.textWidth - indent;
      if (room < 5 * xHeight)
        throw new SheetError(
          `The page has no room for a word: ${Number(room.toPrecision(4))} mm are left between the margins, and an x is ${xHeight} mm high.`,
        );
    }

    /** The lines printed on the paper, each [[x, y], [x, y]]; they run from edge to edge. */
    get rules() {
      const { width, height, spacing, baselines, margins } = this;
      const across = (y) => [
        [0, y],
        [width, y],
      ];
      if (this.ruling === "plain") return [];
      if (this.ruling === "ruled") return baselines.map(across);
      const side = spacing / 2;
      if (width / side > MOST_RULES)
        throw new SheetError(`Squares of ${side} mm are too small for a page ${width} mm wide.`);
      const from = (first, end) =>
        Array.from({ length: Math.ceil((end - (first % side)) / side) }, (_, i) => (first % side) + i * side);
      return [
        ...from(baselines[0], height).map(across),
        ...from(margins[3], width).map((x) => [
          [x, 0],
          [x, height],
        ]),
      ];
    }

    /** Width that a line has, in body heights; the first one of a paragraph is indented. */
    room(first) {
      return (this.textWidth - (first ? this.indent : 0)) / this.xHeight;
    }

    /** The strokes of a row on its baseline, in mm. One that is wider than the page is made narrower. */
    placed({ strokes, text, first }, baseline) {
      const lines = this.loose ? strokes : straightened(strokes, text);
      let [left, right] = edges(lines);
      const room = this.room(first),
        narrower = right > left ? Math.min(1, room / (right - left)) : 1;
      let start = this.margins[3] + (first ? this.indent : 0);
      const share = { left: 0, centre: 0.5, right: 1 }[this.align];
      start += share * Math.max(0, room - narrower * (right - left)) * this.xHeight;
      // As the pen put them down, but nothing leaves the paper.
      if (this.loose && this.align === "left") left = left < -start / this.xHeight ? left : 0;
      return lines.map((stroke) =>
        stroke.map(([x, y]) => [(x - left) * narrower * this.xHeight + start, y * this.xHeight + baseline]),
      );
    }
  }

  const edges = (strokes) => {
    const x = strokes.flatMap((stroke) => stroke.map((point) => point[0]));
    return [x.reduce((a, b) => Math.min(a, b)), x.reduce((a, b) => Math.max(a, b))];
  };

  /** A line that says `text`, in body heights, turned level and moved onto its baseline. */
  function straightened(strokes, text) {
    const turned = ink.level(strokes, 1);
    if (!/[\p{L}\p{N}]/u.test(text)) return turned; // signs without a body stay where they were written
    const [bottom] = ink.bodyBand(turned, text);
    return turned.map((stroke) => stroke.map(([x, y]) => [x, y - bottom]));
  }

  /** Rows set on as many pages as it takes; each page is {width, height, strokes, rules, pen, text}. */
  class Pages {
    constructor(sheet) {
      this.sheet = sheet;
      this.pages = [];
      this.y = 0;
      this.begin();
    }

    begin() {
      const { sheet } = this,
        { width, height, rules } = sheet;
      this.y = sheet.baselines[0];
      this.pages.push({ width, height, strokes: [], rules, pen: sheet.pen * sheet.xHeight, text: "" });
    }

    /** Add a row: the number of its page, and its strokes there. */
    add(row) {
      const { sheet, pages } = this,
        empty = !row.strokes.length;
      if (row.breaks || (this.y < sheet.baselines[sheet.baselines.length - 1] - 1e-6 && !empty)) this.begin();
      const page = pages[pages.length - 1],
        number = pages.length - 1;
      if (empty) {
        // After a page is full, its empty line is gone.
        if (page.strokes.length || row.breaks) this.y -= (sheet.ruling === "plain" ? EMPTY : 1) * sheet.spacing;
        page.text += "\n";
        return { page: number, strokes: [] };
      }
      const strokes = sheet.placed(row, this.y);
      page.strokes.push(...strokes);
      page.text += `${row.text}\n`;
      this.y -= sheet.spacing;
      return { page: number, strokes };
    }
  }

  // --- lines that fit ---------------------------------------------------------------------------------------------

  /**
   * Write paragraphs in lines that fit between the margins. How wide a line will be is known only when it is written, so
   * one that is too wide is written again with fewer words.
   *
   * `write(text, draft, part)` promises the strokes of a line, or of a part of a long one; `draft` says that they will
   * only be measured. `take(row)` gets the rows, in their order.
   */
  async function setText(paragraphs, sheet, write, take) {
    const longest = paragraphs.reduce((a, b) => (b.text.length > a.length ? b.text : a), "");
    if (!longest) return;
    const width = (strokes) => {
      const [left, right] = edges(strokes);
      return right - left;
    };
    const [sample] = ink.wrap(longest, SAMPLE),
      measured = await write(sample, true, 0);
    let ratio = [measured.length ? width(measured) : 0, ink.expectedWidth(sample)]; // what lines took, and were expected to
    for (const paragraph of paragraphs) {
      let rest = paragraph.text,
        begins = true;
      if (!rest) take({ ...paragraph, strokes: [] });
      for (let share = ROOMY, round = 1; rest; round++) {
        const broad = ratio[0] / ratio[1] || 1,
          first = begins && paragraph.first;
        const wide = (room, portion) => Math.max((room * portion) / broad, 1);
        const [line] = ink.wrap(
          rest,
          wide(sheet.room(false), ROOMY),
          ink.expectedWidth,
          wide(sheet.room(first), share),
        );
        const strokes = await written(line, broad, sheet.loose, write),
          across = strokes.length ? width(strokes) : 0,
          excess = across / sheet.room(first);
        if (excess > SQUEEZE && round < ROUNDS && line.length > 1) {
          share *= Math.min(0.97, 1 / excess);
          continue;
        }
        ratio = [ratio[0] + across, ratio[1] + ink.expectedWidth(line)];
        take({ strokes, text: line, first, breaks: begins && paragraph.breaks });
        rest = rest.slice(line.length).trimStart();
        [share, round, begins] = [ROOMY, 0, false];
      }
    }
  }

  /** A line, in parts beside each other if it is long. */
  async function written(line, gap, loose, write) {
    const count = Math.ceil(line.length / LONGEST);
    if (count < 2) return write(line, false, 0);
    const result = [];
    let right = null;
    for (const [number, part] of ink.wrap(line, Math.ceil(line.length / count) + WORD).entries()) {
      const made = await write(part, false, number);
      if (!made.length) continue;
      const strokes = loose ? made : straightened(made, part),
        [left, end] = edges(strokes);
      const shift = right === null ? 0 : right + gap - left;
      result.push(...strokes.map((stroke) => stroke.map(([x, y]) => [x + shift, y])));
      right = end + shift;
    }
    return result;
  }

  return { PAPERS, RULINGS, ALIGNMENTS, SheetError, Sheet, Pages, paragraphsOf, straightened, setText };
}
