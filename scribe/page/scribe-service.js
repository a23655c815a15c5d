/*
 * Writes for a figure, at the other end of a port: in a worker, so that the page never waits for the network.
 *
 * It is sent:   load {data, rest}, write {id, lines, bias, rule, style, condition, guidance, seed, until, cells},
 *               more {id, until}, bias {id, bias}, condition {id, condition}, ghosts {id, line, at, turn, bias, count, length},
 *               take {id, line, at, made, x, y, change}, undo {id},
 *               cell {id, aspect, layer, number}, stop
 * and it sends: ready {...}, points {id, line, ...}, end {id, line, reason}, done {id}, failed {id, message},
 *               ghosts {id, line, turn, points, left}, cell {id, aspect, layer, number, lines}, lost {id}
 *
 * It writes `until` so many points are made and then waits for `more`: a figure that is paused or out of sight costs
 * nothing. Ghosts are what might come after the first `at` points of a line: so many continuations, so long at most, each
 * sent when it is there. Somebody takes the pen after the first `at` points of a line, `made` of all lines, at x and y:
 * what was made after that is dropped, and the line goes on from there, changed as Line.take says; `undo` goes back to
 * what was before. What is too long ago is lost. `cell` asks for an aspect of a cell (see Line.seenIn) at all points of
 * each line; what is not known is not a number. `slice` is for how many milliseconds it works before it looks for messages.
 */
function scribeService(port, network, slice) {
  "use strict";
  const UNDONE = 10; // how often the pen can be given back
  const KEPT = 2000; // points of a job whose states are remembered, the last ones: some 6 kB each
  let writer = null,
    job = null,
    fan = null, // the ghosts that are being made
    waiting = false;
  const say = (message, transfer = []) => port.postMessage(message, transfer);
  // A turn of the loop of events, without the four milliseconds that timers are made to wait.
  const turns = new MessageChannel();
  turns.port1.onmessage = () => {
    waiting = false;
    work();
  };
  const go = () => {
    if (!waiting && job) {
      waiting = true;
      turns.port2.postMessage(0);
    }
  };

  function guarded(id, act) {
    try {
      act();
    } catch (error) {
      job = null;
      const known = error instanceof network.ScribeError;
      say({ kind: "failed", id, message: known ? error.message : `Something went wrong: ${error.message || error}` });
    }
  }

  const requests = {
    load({ data, rest }) {
      writer = new network.Writer(network.decode(data, rest));
      say({ kind: "ready", ...writer.about });
    },
    write({ id, lines, bias, rule, style, condition = null, guidance = 1, seed, until, cells }) {
      job = { id, lines, bias, rule, style, condition, guidance, seed, until, cells, number: -1, line: null, made: 0 };
      job.states = []; // for each line those after its points
      job.written = []; // the lines
      job.oldest = { line: 0, t: 0 }; // the first state that has not been forgotten
      job.over = false;
      job.before = []; // what was before somebody took the pen, the last time last
      fan = null;
      begin();
      go();
    },
    more({ id, until }) {
      if (job && job.id === id) {
        job.until = Math.max(job.until, until);
        go();
      }
    },
    bias({ id, bias }) {
      if (job && job.id === id) {
        job.bias = bias;
        if (job.line) job.line.bias = bias;
      }
    },
    condition({ id, condition }) {
      if (job && job.id === id) {
        job.condition = condition;
        if (job.line) job.line.condition = condition;
      }
    },
    ghosts({ id, line: number, at, turn, bias, count, length }) {
      const state = job?.id === id ? job.states[number]?.[at - 1] : null;
      fan = state ? { id, number, at, turn, bias, state, left: count, length } : null;
      go();
    },
    take({ id, line: number, at, made, x, y, change }) {
      if (job?.id !== id) return;
      const state = job.states[number]?.[at - 1];
      if (!state) {
        say({ kind: "lost", id });
        return;
      }
      job.before = [...job.before, kept()].slice(-UNDONE);
      const line = job.written[number];
      line.recall(state);
      line.take(change);
      Object.assign(line, { made: at, reason: "", noise: network.noiseOf(job.seed + number + made * 7919) });
      const states = [...job.states[number].slice(0, at - 1), line.remember()];
      Object.assign(job, {
        number,
        line,
        made,
        x,
        y,
        until: made,
        over: false,
        written: job.written.slice(0, number + 1),
        states: [...job.states.slice(0, number), states],
      });
      fan = null;
    },
    undo({ id }) {
      if (job?.id !== id || !job.before.length) return;
      const { line, drawn, ...rest } = job.before[job.before.length - 1];
      Object.assign(job, rest, { line, before: job.before.slice(0, -1) });
      line.recall(drawn.state);
      Object.assign(line, { made: drawn.made, reason: drawn.reason, noise: drawn.noise });
      fan = null;
      go();
    },
    cell({ id, aspect, layer, number }) {
      if (job?.id !== id) return;
      const { states } = job;
      const lines = job.written.map((line, i) =>
        Float32Array.from(states[i], (state, t) =>
          state ? line.seenIn(states[i][t - 1], state, aspect, layer, number) : Number.NaN,
        ),
      );
      const buffers = lines.map((values) => values.buffer);
      say({ kind: "cell", id, aspect, layer, number, lines }, buffers);
    },
    stop() {
      job = fan = null;
    },
  };
  port.onmessage = ({ data }) => guarded(data.id, () => requests[data.kind](data));

  /** All that `undo` needs; states are pushed to, so their list is a copy. */
  function kept() {
    const { number, line, made, x, y, until, over, written, states } = job;
    const drawn = { ...line.draft(), reason: line.reason, noise: line.noise };
    const copied = states.map((one) => one.slice());
    return { number, line, made, x, y, until, over, written: written.slice(), states: copied, drawn };
  }

  /** Start the next line of the job, or be done. */
  function begin() {
    job.number += 1;
    if (job.number >= job.lines.length) {
      say({ kind: "done", id: job.id });
      job.over = true; // but there may still be questions about it
      return;
    }
    const { bias, rule, style, condition, guidance, seed, number } = job;
    job.line = writer.line({ text: job.lines[number], bias, rule, style, condition, guidance, seed: seed + number });
    job.written.push(job.line);
    job.states.push([]);
    job.x = job.y = 0;
  }

  /** One more of the ways in which a line might go on. */
  function imagine() {
    const { id, number, at, turn, bias, state, length } = fan,
      line = job.written[number],
      here = line.remember(),
      own = line.bias;
    line.recall(state);
    line.bias = bias;
    fan.left -= 1;
    const points = line.imagine(length, network.noiseOf(1000 * at + fan.left));
    line.bias = own;
    line.recall(here);
    say({ kind: "ghosts", id, line: number, turn, points, left: fan.left }, [points.buffer]);
    if (!fan.left) fan = null;
  }

  /** Remember where the line is, and forget what was long ago. */
  function keep() {
    job.states[job.number].push(job.line.remember());
    if (job.made > KEPT) {
      while (job.oldest.t === job.states[job.oldest.line].length) job.oldest = { line: job.oldest.line + 1, t: 0 };
      job.states[job.oldest.line][job.oldest.t++] = null;
    }
  }

  function work() {
    if (!job) return;
    const { id } = job;
    guarded(id, () => {
      const start = performance.now();
      while (fan && job) {
        imagine();
        if (performance.now() - start > slice) return go();
      }
      while (job && !job.over && job.made < job.until) {
        const { line, number } = job;
        while (line.priming) {
          line.prime();
          if (performance.now() - start > slice) return go();
        }
        const first = job.made === 0,
          points = [],
          phi = [],
          mixtures = [],
          cells = [];
        let going = true;
        while (job.made < job.until && (going = line.step())) {
          job.made += 1;
          keep();
          job.x += line.point.dx;
          job.y += line.point.dy;
          points.push(job.x, job.y, line.point.up);
          phi.push(line.phi.slice(line.before));
          mixtures.push(line.mixture());
          if (job.cells) cells.push(...line.h.map((h) => h.slice()));
          // The very first point goes out at once.
          if (first || performance.now() - start > slice) break;
        }
        if (points.length) {
          const mine = [joined([points]), joined(phi), joined(mixtures), rounded(joined(cells))];
          const [all, seen, expected, inside] = mine,
            buffers = mine.map((a) => a.buffer);
          say({ kind: "points", id, line: number, points: all, phi: seen, mixtures: expected, cells: inside }, buffers);
        }
        if (!going) {
          say({ kind: "end", id, line: number, reason: line.reason });
          begin();
        }
        if (performance.now() - start > slice) return go();
      }
    });
  }

  /** Numbers between -1 and 1 in a byte each: the cells of a point are many, and are only looked at. */
  const rounded = (values) => Int8Array.from(values, (value) => Math.round(127 * value));

  function joined(parts) {
    const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      result.set(part, at);
      at += part.length;
    }
    return result;
  }
}
