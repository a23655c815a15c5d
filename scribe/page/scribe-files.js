/*
 * Pages as files: SVG, as scribe/draw/svg.py writes it, and PDF, with curves in the size of the paper. A page is
 * {width, height, strokes, rules, pen, text} in millimetres, y upwards; see scribe-sheet.js. `ink` is what scribe-ink.js
 * makes. colour is #rrggbb.
 */
function scribeFiles(ink) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const RULE_COLOUR = "#b4c3d9";
  const RULE = 0.2; // mm, the width of a printed line
  const POINTS = 72 / 25.4; // PDF's unit, 1/72 inch, per mm
  const n = (value) => String(Math.round(value * 1000) / 1000);
  const escaped = (text) =>
    text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" })[c]);

  // --- SVG --------------------------------------------------------------------------------------------------------

  /** The `d` of a stroke on a page of this height; a dot is a line of next to no length. */
  const curve = (stroke, height) => ink.path(stroke.map(([x, y]) => [x, y - height]));

  /** One page as an SVG file: rules and ink in groups of their own, a path per stroke. */
  function toSvg(page, { colour, title = "Handwriting" }) {
    const { width, height, strokes, rules, pen } = page;
    const lines = rules.map(
      ([[x1, y1], [x2, y2]]) => `<path d="M${n(x1)} ${n(height - y1)}L${n(x2)} ${n(height - y2)}"/>`,
    );
    const paths = strokes.map((stroke) => `<path d="${curve(stroke, height)}"/>`);
    const drawn = lines.length
      ? `<g id="rules" fill="none" stroke="${RULE_COLOUR}" stroke-width="${RULE}">\n${lines.join("\n")}\n</g>\n`
      : "";
    return (
      `<svg xmlns="${SVG}" width="${n(width)}mm" height="${n(height)}mm" viewBox="0 0 ${n(width)} ${n(height)}">\n` +
      `<title>${escaped(title)}</title>\n<desc>Handwriting by a neural network: ${escaped(page.text.trim())}</desc>\n${drawn}` +
      `<g id="ink" fill="none" stroke="${colour}" stroke-width="${n(pen)}" stroke-linecap="round" stroke-linejoin="round">\n` +
      `${paths.join("\n")}\n</g>\n</svg>\n`
    );
  }

  // --- PDF --------------------------------------------------------------------------------------------------------

  const rgb = (colour) => [1, 3, 5].map((at) => n(Number.parseInt(colour.slice(at, at + 2), 16) / 255)).join(" ");

  /** What a page draws, in PDF's operators; its first one makes the unit a millimetre. */
  function operators({ strokes, rules, pen }, colour) {
    const pair = ([x, y]) => `${n(x)} ${n(y)}`;
    const result = [`${POINTS.toFixed(6)} 0 0 ${POINTS.toFixed(6)} 0 0 cm`];
    if (rules.length) {
      result.push(`${rgb(RULE_COLOUR)} RG ${RULE} w`);
      for (const [from, to] of rules) result.push(`${pair(from)} m ${pair(to)} l`);
      result.push("S");
    }
    result.push(`${rgb(colour)} RG ${n(pen)} w 1 J 1 j`); // round ends and corners
    for (const stroke of strokes) {
      const segments = ink.bezier(stroke);
      result.push(`${pair(stroke[0])} m`);
      if (segments.length) for (const [, a, b, q] of segments) result.push(`${pair(a)} ${pair(b)} ${pair(q)} c`);
      else result.push(`${pair(stroke[0])} l`); // a dot: a line of no length with round ends
      result.push("S");
    }
    return result.join("\n");
  }

  /** Bytes packed as PDF knows it, or null where the browser cannot. */
  async function packed(bytes) {
    if (typeof CompressionStream === "undefined") return null;
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /** A PDF of pages: promises its bytes. */
  async function toPdf(pages, { colour, title = "Handwriting" }) {
    const parts = [],
      places = [];
    let length = 0;
    const add = (part) => {
      const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
      parts.push(bytes);
      length += bytes.length;
    };
    const object = (content) => {
      places.push(length);
      add(`${places.length} 0 obj\n`);
      for (const part of [].concat(content)) add(part);
      add("\nendobj\n");
    };
    const hex = Array.from({ length: title.length }, (_, i) => title.charCodeAt(i).toString(16).padStart(4, "0")).join(
      "",
    );
    const number = (i) => 4 + 2 * i; // of the object of a page; its content comes after it
    add("%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n");
    object("<< /Type /Catalog /Pages 2 0 R >>");
    object(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${number(i)} 0 R`).join(" ")}] >>`);
    object(`<< /Title <feff${hex}> /Creator (scribe) >>`);
    for (const [i, page] of pages.entries()) {
      const box = `[0 0 ${n(page.width * POINTS)} ${n(page.height * POINTS)}]`;
      object(`<< /Type /Page /Parent 2 0 R /MediaBox ${box} /Resources << >> /Contents ${number(i) + 1} 0 R >>`);
      const plain = new TextEncoder().encode(operators(page, colour)),
        small = await packed(plain),
        bytes = small || plain;
      object([`<< /Length ${bytes.length}${small ? " /Filter /FlateDecode" : ""} >>\nstream\n`, bytes, "\nendstream"]);
    }
    const start = length;
    add(`xref\n0 ${places.length + 1}\n0000000000 65535 f \n`);
    for (const place of places) add(`${String(place).padStart(10, "0")} 00000 n \n`);
    add(`trailer\n<< /Size ${places.length + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n${start}\n%%EOF\n`);
    const result = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      result.set(part, at);
      at += part.length;
    }
    return result;
  }

  return { curve, toSvg, toPdf, RULE_COLOUR, RULE };
}
