/*
 * Reads ink: frames, layers of LSTMs that run over them both ways, and texts from probabilities. What scribe/reading
 * (frames.py, layers.py, ctc.py, edits.py) and scribe/reader.py do; tests hold it to them. The reader of hands
 * (scribe-hands.js) is built of the same frames and layers. `network` is what scribe-network.js makes.
 *
 * Ink is offsets [dx, dy, pen up] in body heights, points one after the other. It is read as it is: the network's own
 * points lie as densely as those that the reader learned from.
 */
function scribeReading(network) {
  "use strict";

  const PARTS = ["kernel", "recurrent", "bias"];

  /** Ink as a reader sees it: a row for each move through the air and each few drawn moves. */
  function frames(offsets, scale, moves) {
    const result = [];
    let y = 0,
      slot = 0;
    for (let at = 0; at < offsets.length; at += 3) {
      const [dx, dy] = [offsets[at], offsets[at + 1]],
        opens = at === 0 || offsets[at - 1] === 1;
      y += dy;
      if (opens) {
        const air = new Float32Array(2 * moves + 2),
          drawn = new Float32Array(2 * moves + 2);
        if (at > 0) air.set([dx, dy]);
        air[2 * moves] = drawn[2 * moves] = y;
        air[2 * moves + 1] = 1;
        result.push(air, drawn);
        slot = 0;
        continue;
      }
      if (slot === moves) {
        result.push(new Float32Array(2 * moves + 2));
        slot = 0;
      }
      const frame = result[result.length - 1];
      frame.set([dx / scale, dy / scale], 2 * slot++);
      frame[2 * moves] = y;
    }
    return result;
  }

  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  /** LSTM layers in both directions, with the arrays that layers.py lists, by name. */
  class Bidirectional {
    constructor({ units, layers }, arrays) {
      this.units = units;
      const wide = 4 * units,
        inputs = (layer) => arrays[`lstm${layer}.forward.kernel`].length / wide;
      let size = network.padded(wide);
      for (let layer = 1; layer <= layers; layer++) {
        const rows = inputs(layer) + units;
        size += 2 * (rows * network.padded(wide) + network.padded(rows));
      }
      this.memory = new network.Arithmetic(size);
      this.gates = this.memory.vector(wide);
      this.layers = Array.from({ length: layers }, (_, i) =>
        ["forward", "backward"].map((direction) => {
          const [kernel, recurrent, bias] = PARTS.map((part) => arrays[`lstm${i + 1}.${direction}.${part}`]);
          const rows = inputs(i + 1);
          const matrix = this.memory.matrix(
            [
              [kernel, 0, rows],
              [recurrent, 0, units],
            ],
            wide,
          );
          return { rows, matrix, bias, input: this.memory.vector(rows + units) };
        }),
      );
    }

    /** The outputs of the last layer: for each row what both directions say, one after the other. */
    run(rows) {
      for (const [forward, backward] of this.layers) {
        const ahead = this.along(forward, rows),
          behind = this.along(backward, rows.slice().reverse()).reverse();
        rows = ahead.map((h, t) => Float32Array.from([...h, ...behind[t]]));
      }
      return rows;
    }

    /** One direction. The parts of the sums: input gate, forget gate, candidate, output gate. */
    along({ rows: inputs, matrix, bias, input }, rows) {
      const { units, memory, gates } = this,
        a = gates.values,
        c = new Float32Array(units);
      let h = new Float32Array(units);
      return rows.map((row) => {
        input.values.set(row);
        input.values.set(h, inputs);
        a.set(bias);
        memory.multiply(input, matrix, gates);
        h = new Float32Array(units);
        for (let j = 0; j < units; j++) {
          c[j] = sigmoid(a[units + j]) * c[j] + sigmoid(a[j]) * Math.tanh(a[2 * units + j]);
          h[j] = sigmoid(a[3 * units + j]) * Math.tanh(c[j]);
        }
        return h;
      });
    }
  }

  // --- texts ----------------------------------------------------------------------------------------------------

  const logAdd = (a, b) => {
    if (a < b) [a, b] = [b, a];
    return b === -Infinity ? a : a + Math.log1p(Math.exp(b - a));
  };

  /** The logarithm of the probability of a text, all its paths together: rows of log probabilities, blank last. */
  function logProbability(rows, codes) {
    const blank = rows[0].length - 1,
      states = [blank, ...codes.flatMap((code) => [code, blank])];
    let forward = states.map((code, s) => (s < 2 ? rows[0][code] : -Infinity));
    for (const row of rows.slice(1)) {
      forward = states.map((code, s) => {
        let came = s ? logAdd(forward[s], forward[s - 1]) : forward[s];
        // A blank between different characters may be leapt over; equal ones would melt into one.
        if (s > 2 && s % 2 && code !== states[s - 2]) came = logAdd(came, forward[s - 2]);
        return came + row[code];
      });
    }
    return states.length > 1 ? logAdd(forward[states.length - 1], forward[states.length - 2]) : forward[0];
  }

  /** The codes that the most probable path says. */
  function mostProbablePath(rows) {
    const result = [];
    let before = -1;
    for (const row of rows) {
      let best = 0;
      for (let code = 1; code < row.length; code++) if (row[code] > row[best]) best = code;
      if (best !== before && best !== row.length - 1) result.push(best);
      before = best;
    }
    return result;
  }

  /** How many characters to change, leave out or put in to come from one text to the other. */
  function errors(read, wanted) {
    const to = Array.from(wanted);
    let row = to.map((_, j) => j + 1);
    Array.from(read).forEach((character, i) => {
      let [corner, left] = [i, i + 1];
      row = row.map((above, j) => {
        const value = Math.min(above + 1, left + 1, corner + (character === to[j] ? 0 : 1));
        [corner, left] = [above, value];
        return value;
      });
    });
    return to.length ? row[to.length - 1] : Array.from(read).length;
  }

  /** Weights that read: what `web_reader` in export.py wrote. */
  class Reader {
    constructor(data) {
      this.characters = Array.from(data.alphabet);
      this.scale = data.offset_scale;
      this.moves = data.architecture.moves;
      const tensors = Object.entries(network.unpacked(data));
      this.arrays = Object.fromEntries(tensors.map(([name, { values }]) => [name, values]));
      this.layers = new Bidirectional(data.architecture, this.arrays);
    }

    /** For each frame the logarithms of the probabilities of all characters, and of the blank. */
    logProbabilities(offsets) {
      const { "output.kernel": kernel, "output.bias": bias } = this.arrays,
        codes = bias.length;
      return this.layers.run(frames(offsets, this.scale, this.moves)).map((h) => {
        const y = Float32Array.from(bias);
        for (let i = 0, at = 0; i < h.length; i++) {
          const v = h[i];
          for (let code = 0; code < codes; code++, at++) y[code] += v * kernel[at];
        }
        const top = y.reduce((a, b) => Math.max(a, b), -Infinity),
          all = top + Math.log(y.reduce((sum, v) => sum + Math.exp(v - top), 0));
        return y.map((v) => v - all);
      });
    }

    /** What the ink says. */
    read(offsets) {
      return this.text(this.logProbabilities(offsets));
    }

    text(rows) {
      return mostProbablePath(rows)
        .map((code) => this.characters[code])
        .join("");
    }

    /** What is read where a text should stand: {text, errors, logProbability in nats per character}. */
    judge(offsets, wanted) {
      const codes = Array.from(wanted, (character) => {
        const code = this.characters.indexOf(character);
        if (code < 0)
          throw new network.ScribeError(`The reader does not know ${character}; write without proofreading.`);
        return code;
      });
      const rows = this.logProbabilities(offsets),
        text = this.text(rows);
      return {
        text,
        errors: errors(text, wanted),
        logProbability: logProbability(rows, codes) / Math.max(codes.length, 1),
      };
    }
  }

  return { frames, Bidirectional, Reader, logProbability, mostProbablePath, errors };
}
