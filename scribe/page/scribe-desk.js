/*
 * Writes letters, at the other end of a port: a text in lines on pages, each line proofread if that is wanted. In a
 * worker, so that the page never waits.
 *
 * It is sent:   load {data, rest}, reader {data}, write {id, paragraphs, sheet, bias, rule, style, condition, guidance, seed,
 *               proofread, oneHand}, stop
 * and it sends: ready {...}, row {id, page, strokes, text}, progress {id, share}, done {id, points, cut, errors},
 *               failed {id, message}
 *
 * sheet: the options of a Sheet, see scribe-sheet.js. proofread: candidates for each word. oneHand: all lines follow the
 * hand of the first one. `network`, `reading`, `proofreading` and `sheets` are what the scripts of those names make;
 * `slice` is for how many milliseconds it works before it looks for messages.
 */
function scribeDesk(port, network, reading, proofreading, sheets, slice) {
  "use strict";
  const TOLD = 150; // milliseconds from one word on progress to the next
  let writer = null,
    reader = null,
    job = 0, // the letter that is being written; 0 if there is none
    started = 0; // when this slice of work began
  const say = (message) => port.postMessage(message);
  // A turn of the loop of events, without the four milliseconds that timers are made to wait.
  const turns = new MessageChannel(),
    waiting = [];
  turns.port1.onmessage = () => {
    started = performance.now();
    waiting.shift()();
  };
  const turn = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      turns.port2.postMessage(0);
    });

  /** Something else has been asked for meanwhile. */
  class Stopped extends Error {}

  const requests = {
    load({ data, rest }) {
      writer = new network.Writer(network.decode(data, rest));
      say({ kind: "ready", ...writer.about });
    },
    reader({ data }) {
      reader = new reading.Reader(data);
    },
    async write({ id, paragraphs, sheet, style, condition, guidance, seed, bias, rule, proofread, oneHand }) {
      job = id;
      const pages = new sheets.Pages(new sheets.Sheet(sheet)),
        all = paragraphs.reduce((sum, { text }) => sum + text.length, 0);
      let first = style,
        number = 0,
        done = 0,
        told = 0,
        line = { points: 0, cut: 0, errors: 0 }; // what was made for the line that is being written
      const total = { ...line };
      started = performance.now();
      const write = async (text, draft, part) => {
        if (!part) line = { points: 0, cut: 0, errors: 0 };
        const options = { text, bias, rule, style: first, condition, guidance, seed: (seed + number++) >>> 0 };
        const steps = proofreading.write(writer, reader, options, draft ? 1 : proofread);
        for (;;) {
          const { value, done: over } = steps.next();
          if (over) {
            line.cut += value.reason === "cap" ? 1 : 0;
            line.errors += value.reading?.errors || 0;
            line.points += value.offsets.length / 3;
            if (oneHand && !first) first = { text, offsets: value.offsets };
            return strokes(value.offsets);
          }
          const now = performance.now();
          if (now - told > TOLD) {
            told = now;
            if (!draft) say({ kind: "progress", id, share: (done + value * text.length) / all });
          }
          if (now - started < slice) continue;
          await turn();
          if (job !== id) throw new Stopped();
        }
      };
      await sheets.setText(paragraphs, new sheets.Sheet(sheet), write, (row) => {
        done += row.text.length + 1;
        if (row.strokes.length) for (const key of Object.keys(total)) total[key] += line[key];
        say({ kind: "row", id, text: row.text, ...pages.add(row) });
      });
      say({ kind: "done", id, ...total });
    },
    stop() {
      job = 0;
    },
  };

  port.onmessage = async ({ data }) => {
    try {
      await requests[data.kind](data);
    } catch (error) {
      if (error instanceof Stopped) return;
      const known = error instanceof network.ScribeError || error instanceof sheets.SheetError;
      const message = known ? error.message : `Something went wrong: ${error.message || error}`;
      say({ kind: "failed", id: data.id, message });
    }
  };

  /** Strokes of points [x, y] from offsets. */
  function strokes(offsets) {
    const result = [];
    let x = 0,
      y = 0;
    for (let at = 0, opens = true; at < offsets.length; at += 3) {
      x += offsets[at];
      y += offsets[at + 1];
      if (opens) result.push([]);
      result[result.length - 1].push([x, y]);
      opens = offsets[at + 2] === 1;
    }
    return result;
  }
}
