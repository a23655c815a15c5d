/*
 * The network of the book, a third time: weights, one step, and the line that it writes, in JavaScript.
 *
 * It does what scribe/lstm.py, window.py, mdn.py and writer.py do, with numbers of float32, and a test holds it to
 * them. It knows nothing of pages: everything is inside one function without references to the outside, so that its
 * text can be made into a worker also where a page was opened as a file and may not load one.
 */
function scribeNetwork() {
  "use strict";

  const FORMAT = "scribe-web/1";
  const RHO_LIMIT = 0.999;
  const WIDEST = Math.log(1000); // no Gaussian is wider than this, in network units
  const UNDERFLOW = 104; // exp(-104) is 0 in float32
  const HEIGHT = 0.25; // what a height in network units is multiplied by before the layers see it
  const UNSEEN = 1e-10; // what the window shows less of does not change a float32
  const OWED = 60; // points in which a style's last dots and bars must be made
  const NEAR = 0.4; // body heights: the next word begins farther to the right; the dot of a leaning i that is owed does not
  const SURE = 0.95; // of the mixture weights, left of the pen: it goes back to a dot or a bar that is owed
  const SURE_OVER = 0.9; // and right above or below it: the dot of a last i
  const RULES = ["graves", "post"];
  const BIASES = [-1, 50];
  const GUIDANCE = [0, 4];

  /** What was asked for cannot be done; the message says why, in words for the reader of the page. */
  class ScribeError extends Error {}

  // --- weights ------------------------------------------------------------------------------------------------

  /** Base64 as bytes. */
  function bytesOf(base64) {
    let text;
    try {
      text = atob(base64);
    } catch {
      throw new ScribeError("The weights are damaged: they are not base64.");
    }
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  /** The checksum of PNG and zip. */
  function crc32(bytes) {
    const table = new Int32Array(256);
    for (let n = 0; n < 256; n++) {
      let c = n;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
      table[n] = c;
    }
    let crc = -1;
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
    return (crc ^ -1) >>> 0;
  }

  /** One number of 16 bits, IEEE 754. */
  function half(bits) {
    const exponent = (bits >> 10) & 31,
      fraction = bits & 1023;
    const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
    return bits & 0x8000 ? -size : size;
  }

  const TOTAL_BITS = 14; // the counts of a table add up to 2 to the power of this
  const LEAST = 1 << 23; // a state that is less takes in a byte

  /** Of each share of a table which number it belongs to, where that number's shares begin, and how many they are. */
  function readTable({ first, counts }) {
    const numbers = new Int16Array(1 << TOTAL_BITS),
      starts = new Uint16Array(1 << TOTAL_BITS),
      shares = new Uint16Array(1 << TOTAL_BITS);
    let at = 0;
    counts.forEach((count, i) => {
      numbers.fill(first + i, at, at + count);
      starts.fill(at, at, at + count);
      shares.fill(count, at, at + count);
      at += count;
    });
    return { numbers, starts, shares };
  }

  /** Whole numbers that were packed, in runs with a table each, by asymmetric numeral systems: scribe/page/packing.py. */
  function unpackedNumbers(bytes, at, count, run, kinds, tables) {
    const result = new Int16Array(count),
      mask = (1 << TOTAL_BITS) - 1;
    let state = ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0,
      next = at + 4;
    for (let i = 0, k = 0; i < count; k++) {
      const { numbers, starts, shares } = tables[kinds[k]];
      for (const end = i + run; i < end; i++) {
        const share = state & mask;
        result[i] = numbers[share];
        state = shares[share] * (state >>> TOTAL_BITS) + share - starts[share];
        while (state < LEAST) state = (state << 8) | bytes[next++];
      }
    }
    return result;
  }

  /** The numbers of a tensor, as float32, from where they lie among all bytes. */
  function numbers(bytes, tensor, tables) {
    const count = tensor.shape.reduce((a, b) => a * b, 1);
    const part = (at, size) => {
      if (!(at >= 0 && at + size <= bytes.length))
        throw new ScribeError(`The weights are damaged: ${tensor.name} is cut off.`);
      return bytes.slice(at, at + size).buffer;
    };
    if (tensor.type === "f32") return new Float32Array(part(tensor.at, 4 * count));
    if (tensor.type === "f16") return Float32Array.from(new Uint16Array(part(tensor.at, 2 * count)), half);
    if (tensor.type === "i16") {
      return Float32Array.from(new Int16Array(part(tensor.at, 2 * count)), (n) => n * tensor.scale);
    }
    if (tensor.type === "i8") {
      // A scale for each run of so many columns of a row.
      const { run } = tensor,
        whole = new Int8Array(part(tensor.at, count));
      const scales = new Float32Array(part(tensor.scales, (4 * count) / run));
      const result = new Float32Array(count);
      for (let i = 0, k = 0; i < count; k++) for (let j = 0; j < run; j++, i++) result[i] = whole[i] * scales[k];
      return result;
    }
    if (tensor.type === "r") {
      const { run, at } = tensor,
        [rows, columns] = tensor.shape;
      const scales = Float32Array.from(new Uint16Array(part(tensor.scales, 2 * rows)), half),
        kinds = new Uint8Array(part(tensor.kinds, count / run)),
        whole = unpackedNumbers(bytes, at, count, run, kinds, tables);
      const result = new Float32Array(count);
      for (let row = 0, i = 0; row < rows; row++)
        for (let j = 0; j < columns; j++, i++) result[i] = whole[i] * scales[row];
      return result;
    }
    throw new ScribeError(`The weights hold numbers of a kind that is not known here: ${tensor.type}.`);
  }

  /**
   * The cells that a network can be built of, as in scribe/cells.py: for each part of the kernel which of the weighted
   * sums it is added to (inflow), and for each part of the recurrent weights (back); how many sums there are; which of
   * them are halved beforehand, so that sigmoid(a) = (1 + tanh(a / 2)) / 2 needs no other function than tanh; how many
   * vectors a state has, the first being the output and the last what it remembers; rows of peephole weights, if there
   * are any; the step, from the sums to the new state, in place; and which of the sums are gates: after the step they are
   * tanh(a / 2).
   */
  const CELLS = {
    lstm: {
      inflow: [0, 1, 2, 3],
      back: [0, 1, 2, 3],
      sums: 4,
      halved: [0, 1, 3],
      states: 2,
      peepholes: 3,
      step: lstmStep,
      gates: { "input gate": 0, "forget gate": 1, "output gate": 3 },
    },
    gru: {
      inflow: [0, 1, 2],
      back: [0, 1, 3],
      sums: 4,
      halved: [0, 1],
      states: 1,
      peepholes: 0,
      step: gruStep,
      gates: { "update gate": 0, "reset gate": 1 },
    },
  };

  /** What can be seen of a cell: what it puts out, what it remembers if that is something else, and its gates. */
  const aspects = ({ states, gates }) => ["output", ...(states > 1 ? ["cell"] : []), ...Object.keys(gates)];

  /** Sums of input gate, forget gate, candidate, output gate; the state is output and cell. */
  function lstmStep(a, [h, c], peephole) {
    const U = h.length;
    if (peephole) {
      for (let j = 0; j < U; j++) {
        a[j] += peephole[j] * c[j];
        a[U + j] += peephole[U + j] * c[j];
      }
    }
    tanh(a, 0, peephole ? 3 * U : 4 * U);
    for (let j = 0; j < U; j++) c[j] = 0.5 * ((1 + a[U + j]) * c[j] + (1 + a[j]) * a[2 * U + j]);
    if (peephole) {
      for (let j = 0; j < U; j++) a[3 * U + j] += peephole[2 * U + j] * c[j];
      tanh(a, 3 * U, 4 * U);
    }
    for (let j = 0; j < U; j++) h[j] = 0.5 * (1 + a[3 * U + j]) * (1 - 2 / (1 + Math.exp(2 * c[j])));
  }

  /** Sums of update gate, reset gate, candidate from the input, candidate from the last output; the state is the output. */
  function gruStep(a, [h]) {
    const U = h.length;
    tanh(a, 0, 2 * U);
    for (let j = 0; j < U; j++) a[2 * U + j] += 0.5 * (1 + a[U + j]) * a[3 * U + j];
    tanh(a, 2 * U, 3 * U);
    for (let j = 0; j < U; j++) h[j] = 0.5 * ((1 + a[j]) * h[j] + (1 - a[j]) * a[2 * U + j]);
  }

  /** The shapes of a layer's weights, by what they are. */
  function layerShapes(a, inputs) {
    const { inflow, peepholes } = CELLS[a.cell],
      width = inflow.length * a.units;
    const result = { kernel: [inputs, width], recurrent: [a.units, width], bias: [width] };
    if (a.peepholes) result.peephole = [peepholes, a.units];
    if (a.condition) result.condition = [a.condition, width];
    return result;
  }

  /** The name of a layer's tensor, by what it is; the first layer is 1. */
  const layerName = (a, layer, part) => `${a.cell}${layer}.${part}`;

  /** Numbers that each layer sees of a point: offset and pen, and the height above the baseline if there is one. */
  const inputsOf = (a) => (a.height ? 4 : 3);

  /** Numbers that the window shows: one for each code, and with the parity one that says even (1) or odd (-1). */
  const seenOf = (a, codes) => (a.window ? codes + (a.parity ? 1 : 0) : 0);

  /** The shapes that the sizes ask for, as in scribe/weights.py. */
  function shapes(a, codes) {
    const result = {},
      seen = seenOf(a, codes);
    for (let layer = 1; layer <= a.layers; layer++) {
      const inputs = inputsOf(a) + seen + (layer > 1 ? a.units : 0);
      for (const [part, shape] of Object.entries(layerShapes(a, inputs))) result[layerName(a, layer, part)] = shape;
    }
    if (a.window) {
      result["window.kernel"] = [a.units, 3 * a.window];
      result["window.bias"] = [3 * a.window];
    }
    result["mixture.kernel"] = [a.layers * a.units, 1 + 6 * a.mixtures];
    result["mixture.bias"] = [1 + 6 * a.mixtures];
    return result;
  }

  /** All tensors of a script, {shape, values} by name, when they have arrived as they were written. */
  function unpacked(data) {
    const bytes = bytesOf(data.data),
      tables = (data.tables || []).map(readTable);
    if (bytes.length !== data.bytes || crc32(bytes) !== data.crc32) {
      throw new ScribeError("The weights are damaged: not all of them arrived as they were written.");
    }
    const arrays = {};
    for (const tensor of data.tensors)
      arrays[tensor.name] = { shape: tensor.shape, values: numbers(bytes, tensor, tables) };
    return arrays;
  }

  /**
   * Rows for all codes, where a script has those of letters and marks: `parts` says which of them add up to a code's. Those
   * of the parts `later` are in `rest`, the rest of the alphabet; without it, what they add is missing.
   */
  function addUp(a, arrays, { parts, later = [] }, rest) {
    const count = Math.max(...parts.flat()) + 1,
      here = Array.from({ length: count }, (_, part) => part).filter((part) => !later.includes(part));
    for (let layer = 1; layer <= a.layers; layer++) {
      const name = layerName(a, layer, "kernel");
      if (!arrays[name]) continue; // that is told of elsewhere
      const {
          shape: [rows, columns],
          values,
        } = arrays[name],
        last = rows - (a.parity ? 1 : 0),
        first = last - here.length,
        row = (array, number) => array.subarray(number * columns, (number + 1) * columns);
      const found = new Map(here.map((part, i) => [part, row(values, first + i)]));
      if (rest && String(rest[name]?.shape) !== String([later.length, columns]))
        throw new ScribeError(`The rest of the alphabet does not fit these weights: ${name} is another one.`);
      if (rest) for (const [i, part] of later.entries()) found.set(part, row(rest[name].values, i));
      const result = new Float32Array((rows - here.length + parts.length) * columns);
      result.set(values.subarray(0, first * columns));
      parts.forEach((made, code) => {
        const sum = row(result, first + code);
        for (const part of made) {
          const own = found.get(part);
          for (let j = 0; own && j < columns; j++) sum[j] += own[j];
        }
      });
      result.set(values.subarray(last * columns), (first + parts.length) * columns);
      arrays[name] = { shape: [rows - here.length + parts.length, columns], values: result };
    }
  }

  /**
   * Weights from what `scribe export --format web` wrote, and the rest of their alphabet if it's there; complains about
   * everything that does not fit.
   */
  function decode(data, rest = null) {
    if (!data || data.format !== FORMAT) {
      throw new ScribeError(`The weights are not of the format ${FORMAT}.`);
    }
    const a = data.architecture;
    if (!a || !Object.hasOwn(CELLS, a.cell) || !(a.units > 0 && a.layers > 0 && a.mixtures > 0 && a.window >= 0)) {
      throw new ScribeError("The weights are of a network that this page cannot run.");
    }
    const arrays = unpacked(data);
    const characters = Array.from(data.alphabet),
      incomplete = (_, code) => data.later?.some((part) => data.parts[code].includes(part));
    const more = rest ? unpacked(rest) : null;
    if (data.parts) addUp(a, arrays, data, more);
    const expected = shapes(a, characters.length + 1);
    for (const [name, shape] of Object.entries(expected)) {
      if (!arrays[name]) throw new ScribeError(`The weights are damaged: ${name} is missing.`);
      if (String(arrays[name].shape) !== String(shape)) {
        throw new ScribeError(`The weights do not fit: ${name} is ${arrays[name].shape}, and ${shape} is needed.`);
      }
    }
    return {
      name: data.name,
      architecture: a,
      characters,
      lacking: rest ? [] : characters.filter(incomplete), // they can be written with the rest of the alphabet only
      standIns: data.stand_ins || {},
      scale: Math.fround(data.offset_scale),
      pointsPerCharacter: data.points_per_character,
      arrays: Object.fromEntries(Object.keys(expected).map((name) => [name, arrays[name].values])),
      hands: data.hands || [],
      handReader: data.hand_reader || "",
      prior: data.prior || null,
      styles: (data.styles || []).map(({ name, text, tensor }) => {
        const ink = arrays[tensor] || more?.[tensor];
        return { name, text, offsets: ink ? ink.values : null }; // null: with the rest of the alphabet
      }),
    };
  }

  // --- text ---------------------------------------------------------------------------------------------------

  /* What word processors put in the place of a key without being asked; as TYPED in scribe/alphabet.py. */
  const TYPED = /[\u2018-\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a\u2010-\u2015\u2212\u2026\u02bc]/u;
  const LIGATURE = /[\ufb00-\ufb06]/u;
  const UNSEEN_CHARACTER = /\p{Cf}|[\ufe00-\ufe0f]/u; // soft hyphens, characters without width, requests for variants
  const FRACTION = /[\u00bc-\u00be\u2150-\u215e\u2189]/u;

  /** What stands in for a character the network does not know: its plain look-alike, or nothing. */
  function standIn(weights, character) {
    const known = (c) => weights.characters.includes(c),
      alike = (c) => weights.standIns[c] ?? c;
    let plain = weights.standIns[character];
    if (plain === undefined) {
      const parts = character.normalize("NFKD").replace(/\p{M}/gu, "");
      plain = Array.from(parts, (c) => (known(c) ? c : alike(c))).join("");
    }
    return plain && Array.from(plain).every(known) ? plain : "";
  }

  /**
   * The text as it can be written, and which characters were replaced and which left out: Alphabet.normalised and then
   * Alphabet.replace_unknown of scribe/alphabet.py. Of quotes, dashes, spaces and ligatures, which programs put there by
   * themselves, nothing is said.
   */
  function readable(weights, text) {
    const known = new Set(weights.characters),
      replaced = new Map(),
      dropped = new Set();
    let result = "";
    // First what stands between a letter and its mark, or holds a letter that a mark follows.
    const apart = (c) =>
      known.has(c) ? c : UNSEEN_CHARACTER.test(c) ? "" : LIGATURE.test(c) ? c.normalize("NFKC") : c;
    const given = Array.from(text),
      plainly = given.every((c) => known.has(c)) ? text : given.map(apart).join("").normalize("NFC");
    for (const character of plainly) {
      if (known.has(character)) {
        result += character;
        continue;
      }
      if (/\s/u.test(character)) {
        result += " ";
        continue;
      }
      const plain = standIn(weights, character);
      if (!plain) dropped.add(character);
      else if (!TYPED.test(character)) replaced.set(character, plain);
      if (plain && FRACTION.test(character) && /\d$/.test(result) && known.has(" ")) result += " "; // 2 1/2 is not 21/2
      result += plain;
    }
    return { text: result.replace(/\s+/gu, " ").trim(), replaced: [...replaced], dropped: [...dropped] };
  }

  // --- arithmetic ---------------------------------------------------------------------------------------------

  /*
   * The one thing that takes time: y += x W. A matrix is packed in blocks of 16 columns, block after block, so that
   * its numbers are read in the order in which they lie. This is the program, 252 bytes of WebAssembly:
   *
   *   (module
   *     (import "m" "m" (memory 1))
   *     (func (export "multiply") (param $w i32) (param $x i32) (param $end i32) (param $y i32) (param $blocks i32)
   *       (local $p i32) (local $v v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
   *       (loop $block
   *         (local.set $a (v128.load (local.get $y)))
   *         ;; and so $b offset=16, $c offset=32, $d offset=48
   *         (local.set $p (local.get $x))
   *         (loop $input
   *           (local.set $v (v128.load32_splat (local.get $p)))
   *           (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $v) (v128.load (local.get $w)))))
   *           ;; and so $b, $c, $d
   *           (local.set $w (i32.add (local.get $w) (i32.const 64)))
   *           (local.set $p (i32.add (local.get $p) (i32.const 4)))
   *           (br_if $input (i32.lt_u (local.get $p) (local.get $end))))
   *         (v128.store (local.get $y) (local.get $a))
   *         ;; and so $b, $c, $d
   *         (local.set $y (i32.add (local.get $y) (i32.const 64)))
   *         (br_if $block (local.tee $blocks (i32.sub (local.get $blocks) (i32.const 1)))))))
   *
   * Where a browser cannot or may not run it, `multiplyPlainly` does the same, some ten times slower.
   */
  const PROGRAM =
    "AGFzbQEAAAABCQFgBX9/f39/AAIIAQFtAW0CAAEDAgEABwwBCG11bHRpcGx5AAAKygEBxwECAX8FewNAIAP9AAQAIQcgA/0ABBAhCCAD/QAE" +
    "ICEJIAP9AAQwIQogASEFA0AgBf0JAgAhBiAHIAYgAP0ABAD95gH95AEhByAIIAYgAP0ABBD95gH95AEhCCAJIAYgAP0ABCD95gH95AEhCSAK" +
    "IAYgAP0ABDD95gH95AEhCiAAQcAAaiEAIAVBBGohBSAFIAJJDQALIAMgB/0LBAAgAyAI/QsEECADIAn9CwQgIAMgCv0LBDAgA0HAAGohAyAE" +
    "QQFrIgQNAAsL";
  const BLOCK = 16;
  const padded = (count) => Math.ceil(count / BLOCK) * BLOCK;

  /** Memory for matrices and vectors, and their product. Places are counted in numbers of 4 bytes. */
  class Arithmetic {
    constructor(size, plainly) {
      this.program = null;
      this.used = 0;
      if (!plainly) {
        try {
          const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * size) / 65536) });
          const program = new WebAssembly.Module(bytesOf(PROGRAM));
          const { exports } = new WebAssembly.Instance(program, { m: { m: memory } });
          this.program = /** @type {Function} */ (exports.multiply);
          this.heap = new Float32Array(memory.buffer);
        } catch {
          this.program = null;
        }
      }
      if (!this.program) this.heap = new Float32Array(size);
    }

    vector(count) {
      const at = this.used;
      this.used += padded(count);
      return { at, values: this.heap.subarray(at, at + padded(count)) };
    }

    /** Packs a matrix of so many columns; each part is [array, the first of its rows, how many of them]. */
    matrix(parts, columns) {
      const at = this.used,
        { heap } = this;
      let place = at;
      for (let block = 0; block < columns; block += BLOCK) {
        const end = Math.min(BLOCK, columns - block);
        for (const [array, first, count] of parts) {
          for (let row = first; row < first + count; row++, place += BLOCK) {
            for (let j = 0, from = columns * row + block; j < end; j++) heap[place + j] = array[from + j];
          }
        }
      }
      this.used = place;
      return { at, inputs: parts.reduce((sum, part) => sum + part[2], 0), blocks: padded(columns) / BLOCK };
    }

    /** y += x W. */
    multiply(x, matrix, y) {
      if (this.program) {
        this.program(4 * matrix.at, 4 * x.at, 4 * (x.at + matrix.inputs), 4 * y.at, matrix.blocks);
      } else {
        multiplyPlainly(this.heap, matrix.at, x.at, x.at + matrix.inputs, y.at, matrix.blocks);
      }
    }
  }

  function multiplyPlainly(heap, w, x, end, y, blocks) {
    for (; blocks > 0; blocks--, w += BLOCK * (end - x)) {
      for (let four = 0; four < BLOCK; four += 4, y += 4) {
        let a = heap[y],
          b = heap[y + 1],
          c = heap[y + 2],
          d = heap[y + 3],
          q = w + four;
        for (let p = x; p < end; p++, q += BLOCK) {
          const v = heap[p];
          a += v * heap[q];
          b += v * heap[q + 1];
          c += v * heap[q + 2];
          d += v * heap[q + 3];
        }
        heap[y] = a;
        heap[y + 1] = b;
        heap[y + 2] = c;
        heap[y + 3] = d;
      }
    }
  }

  /** tanh for each number from `from` to `to`. */
  function tanh(values, from, to) {
    for (let i = from; i < to; i++) values[i] = 1 - 2 / (1 + Math.exp(2 * values[i]));
  }

  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  // --- chance -------------------------------------------------------------------------------------------------

  /** Numbers evenly in [0, 1), always the same for a seed: sfc32 by Chris Doty-Humphrey. */
  function random(seed) {
    let a = 0x9e3779b9,
      b = 0x243f6a88,
      c = 0xb7e15162,
      d = (seed >>> 0) ^ 0xdeadbeef;
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
      return (t >>> 0) / 4294967296;
    };
    for (let i = 0; i < 15; i++) next();
    return next;
  }

  /** For each point two even and two normal numbers (Box and Muller). */
  function noiseOf(seed) {
    const next = random(seed);
    return () => {
      const radius = Math.sqrt(-2 * Math.log(1 - next())),
        angle = 2 * Math.PI * next();
      return [next(), next(), radius * Math.cos(angle), radius * Math.sin(angle)];
    };
  }

  // --- writing ------------------------------------------------------------------------------------------------

  class Writer {
    /** `plainly`: without WebAssembly. */
    constructor(weights, { plainly = false } = {}) {
      const { units: U, layers, window: K, mixtures: M, condition: D = 0 } = weights.architecture;
      const C = K ? weights.characters.length + 1 : 0;
      const W = seenOf(weights.architecture, C);
      const I = inputsOf(weights.architecture);
      this.weights = weights;
      this.cell = CELLS[weights.architecture.cell];
      const width = this.cell.sums * U;
      this.sizes = { U, layers, K, M, C, D, I, W };
      const outputs = 1 + 6 * M;
      const matrices = layers * (I + W + 2 * U) * padded(width) + U * padded(3 * K) + layers * U * padded(outputs);
      const vectors = layers * padded(I + 2 * U) + padded(width) + 2 * padded(3 * K + outputs + (layers + 1) * U) + 128;
      const memory = new Arithmetic(matrices + vectors, plainly);
      this.memory = memory;
      this.plainly = !memory.program;
      // Parts of so many columns where they belong among the sums, in each row; gates are halved.
      const spread = (array, places) => {
        const from = places.length * U,
          result = new Float32Array((array.length / from) * width);
        for (let row = 0; row < array.length / from; row++) {
          places.forEach((place, part) => {
            const factor = this.cell.halved.includes(place) ? 0.5 : 1;
            for (let j = 0; j < U; j++) result[width * row + U * place + j] = factor * array[from * row + U * part + j];
          });
        }
        return result;
      };
      const { inflow, back } = this.cell;
      this.layers = [];
      for (let k = 1; k <= layers; k++) {
        const tensor = (part) => weights.arrays[layerName(weights.architecture, k, part)];
        const kernel = spread(tensor("kernel"), inflow),
          recurrent = spread(tensor("recurrent"), back);
        // Rows in the order x, the layer below, the layer itself. Those of the window, which come last in the kernel,
        // are matrices of one row: of them, only those of the few characters in sight are needed.
        const below = k > 1 ? U : 0;
        const matrix = memory.matrix(
          [
            [kernel, 0, I + below],
            [recurrent, 0, U],
          ],
          width,
        );
        const seen = Array.from({ length: W }, (_, code) => memory.matrix([[kernel, I + below + code, 1]], width));
        const peephole = tensor("peephole") ? tensor("peephole").map((p) => p / 2) : null; // those of gates, which are halved
        const bias = spread(tensor("bias"), inflow),
          condition = D ? spread(tensor("condition"), inflow) : null;
        this.layers.push({ matrix, input: memory.vector(matrix.inputs), below, seen, bias, condition, peephole });
      }
      if (K) this.windowMatrix = memory.matrix([[weights.arrays["window.kernel"], 0, U]], 3 * K);
      this.mixtureMatrix = memory.matrix([[weights.arrays["mixture.kernel"], 0, layers * U]], outputs);
      this.gates = memory.vector(width);
      this.attention = memory.vector(3 * K);
      this.outputs = memory.vector(outputs);
      this.top = memory.vector(layers * U);
      this.share = memory.vector(1);
    }

    /** What a page is told about the network: all but its numbers. */
    get about() {
      const { name, architecture, characters, lacking, standIns, pointsPerCharacter } = this.weights,
        { styles, hands, handReader, prior } = this.weights,
        { plainly } = this;
      return {
        name,
        architecture,
        characters,
        lacking,
        standIns,
        pointsPerCharacter,
        styles,
        hands,
        handReader,
        prior,
        plainly,
        aspects: aspects(this.cell),
      };
    }

    codes(text) {
      const { characters, lacking } = this.weights;
      return Array.from(text, (character) => {
        const code = characters.indexOf(character);
        if (code < 0 || lacking.includes(character))
          throw new ScribeError(`The character ${character} cannot be written.`);
        return code;
      });
    }

    /**
     * A line that is to be written. Options as for scribe.Writer: text, bias, rule, style ({text, offsets: (dx, dy,
     * pen up) after one another}), condition (the vector of a hand), guidance, seed, maxPoints; and noise: for each point
     * its four random numbers, as one array.
     */
    line(options) {
      return new Line(this, options);
    }
  }

  class Line {
    constructor(writer, options) {
      const { text, bias = 0.5, rule = "graves", style = null, condition = null } = options;
      const { guidance = 1, seed = 0, maxPoints = null, noise = null } = options;
      const {
        weights,
        sizes: { U, layers, K, C, W },
      } = writer;
      this.writer = writer;
      if (!RULES.includes(rule))
        throw new ScribeError(`There is no bias rule ${rule}; the rules are ${RULES.join(" and ")}.`);
      this.rule = rule;
      this.bias = bias;
      if (!(guidance >= GUIDANCE[0] && guidance <= GUIDANCE[1]))
        throw new ScribeError(`The guidance must be a number from ${GUIDANCE[0]} to ${GUIDANCE[1]}.`);
      this.guidance = Math.fround(guidance); // how many times the hand counts
      this.condition = condition;
      if (K) {
        if (typeof text !== "string" || !text.trim())
          throw new ScribeError("There is nothing to write: the text is empty.");
        this.codes = [...writer.codes(text), C - 1];
      } else {
        this.codes = [0];
      }
      const length = this.codes.length - 1;
      this.cap = maxPoints ?? (K ? Math.ceil(weights.pointsPerCharacter * (2.5 * length + 4)) : 700);
      this.before = 0; // characters of the style's text, and a space
      this.style = style?.offsets.length ? style.offsets : null;
      this.read = 0; // points of the style that have been read
      this.height = 0; // of the pen above the baseline, after the style
      if (this.style && K) {
        if (!style.text.trim()) throw new ScribeError("The text of the style is empty; it must say what the ink says.");
        const said = writer.codes(`${style.text} `);
        this.codes = [...said, ...this.codes];
        this.before = said.length;
      }
      if (noise) {
        this.noise = (t) => {
          if (4 * t + 4 > noise.length) throw new ScribeError("There is no noise left for this point.");
          return noise.slice(4 * t, 4 * t + 4);
        };
      } else {
        this.noise = noiseOf(seed);
      }
      this.x = new Float32Array([0, 0, 1]); // a lifted pen at the origin
      this.above = new Float32Array(1); // how high the pen stands above the baseline, in network units
      const vectors = () => Array.from({ length: writer.cell.states }, () => new Float32Array(U));
      this.cells = Array.from({ length: layers }, vectors); // for each layer the vectors of its cell's state
      // With guidance: the layers once more, that aren't told the hand.
      this.untold = guidance === 1 ? [] : Array.from({ length: layers }, vectors);
      this.kappa = new Float32Array(K);
      this.w = new Float32Array(W);
      this.phi = new Float32Array(K ? this.codes.length : 0);
      this.made = 0;
      this.from = 0; // where the part began that is being written
      this.goal = this.codes.length - 1; // the character that it ends before; the last one is the end of the text
      this.begun = false;
      this.reason = "";
      this.point = { dx: 0, dy: 0, up: 0 }; // the last one made, in ink units
    }

    set bias(value) {
      if (!(value >= BIASES[0] && value <= BIASES[1])) {
        throw new ScribeError(`The bias must be a number from ${BIASES[0]} to ${BIASES[1]}.`);
      }
      this.narrow = Math.fround(value);
    }

    get bias() {
      return this.narrow;
    }

    /** The vector of a hand, or null for nobody's; it can be replaced while the line is written. */
    set condition(vector) {
      const {
        layers,
        sizes: { D },
      } = this.writer;
      if (vector !== null) {
        if (!D) throw new ScribeError("These weights cannot be told a hand: they learned without one.");
        if (vector.length !== D || !Array.from(vector).every(Number.isFinite)) {
          throw new ScribeError(`A hand is a vector of ${D} finite numbers.`);
        }
      }
      this.told = vector;
      // It flows in with the bias, at every step the same.
      this.inflow = layers.map(({ bias, condition }) => {
        if (vector === null) return bias;
        const sum = bias.slice();
        for (let d = 0, at = 0; d < D; d++)
          for (let j = 0; j < sum.length; j++, at++) sum[j] += vector[d] * condition[at];
        return sum;
      });
    }

    get condition() {
      return this.told;
    }

    /** Whether there is still a style to be read before the first point. */
    get priming() {
      return this.style !== null && this.read < this.style.length / 3;
    }

    /** Read one point of the style. */
    prime() {
      this.advance();
      const { scale } = this.writer.weights,
        at = 3 * this.read++;
      this.x[0] = this.style[at] / scale;
      this.x[1] = this.style[at + 1] / scale;
      this.x[2] = this.style[at + 2];
      this.above[0] += this.x[1];
    }

    /**
     * After a style: if its last word lacks a dot or a bar, the network owes it, and would begin the line with it. So it
     * makes its likeliest points, which nobody sees, until it is as likely to go on to the next word.
     */
    settle() {
      const { K } = this.writer.sizes,
        { scale } = this.writer.weights,
        { narrow } = this,
        asRead = this.remember();
      for (let i = 1; i < this.style.length; i += 3) this.height += this.style[i];
      if (!K) return;
      const height = this.height;
      this.narrow = BIASES[1];
      let made = 0,
        before;
      for (; made < OWED; made++) {
        before = this.remember();
        this.advance();
        this.predict();
        if (this.x[2] === 1 && !this.goesBack(0.5, NEAR / scale)) break;
        this.sample([0.5, 0.5, 0, 0]);
        this.height += scale * this.x[1];
      }
      if (made === OWED) this.height = height;
      this.recall(made < OWED ? before : asRead);
      this.narrow = narrow;
      this.goToTheEnd();
    }

    /**
     * Move the window to the end of the style's text, unless the next point is about its last letter, the space or the
     * line's first letter: from elsewhere it would write the style's last letters, or leave out the line's first.
     */
    goToTheEnd() {
      const { C } = this.writer.sizes,
        { before, w } = this,
        here = this.remember();
      this.advance();
      const place = Math.min(this.shown, this.codes.length - 1);
      this.recall(here);
      if (place >= before - 2 && place <= before) return;
      this.putLight(
        before - 1,
        w.subarray(0, C).reduce((a, b) => a + b, 0),
      );
    }

    /** Let the window stand at a letter, by its number, and show so much of it; 1 in place of nothing. */
    putLight(place, light) {
      this.kappa.fill(place);
      this.phi.fill(0);
      this.phi[place] = light || 1;
      this.see();
    }

    /** All that goes from one step to the next. */
    get state() {
      return [this.x, this.above, this.w, this.kappa, ...this.cells.flat(), ...this.untold.flat()];
    }

    remember() {
      return this.state.map((array) => array.slice());
    }

    recall(remembered) {
      for (const [i, array] of this.state.entries()) array.set(remembered[i]);
    }

    /**
     * What a cell did in the step from one state to another, both as `remember` gives them: one of its aspects, in layer
     * and number from 0 on. A gate is from 0, shut, to 1, open; it's worked out anew, from what the layer was given in that
     * step, and so it isn't known without a state before. Afterwards the line stands where it stood.
     */
    seenIn(before, after, aspect, layer, number) {
      const { cell, gates, sizes } = this.writer,
        place = (k) => 4 + cell.states * k; // in a state
      if (aspect === "output") return after[place(layer)][number];
      if (aspect === "cell") return after[place(layer) + cell.states - 1][number];
      if (!before) return Number.NaN;
      const here = this.remember();
      this.recall(before);
      if (layer) {
        // The layer below and the window have made their step.
        this.cells[layer - 1][0].set(after[place(layer - 1)]);
        this.w.set(after[2]);
      }
      this.advanceLayer(layer, this.cells, this.inflow[layer]);
      this.recall(here);
      return (1 + gates.values[cell.gates[aspect] * sizes.U + number]) / 2;
    }

    /**
     * Take the pen, before the next point is made: the light to another letter (its number in the text), the pen so far
     * elsewhere (in ink units), up (true) or down (false). What comes next is the network's again.
     */
    take({ letter = null, nudge = null, lift = null }) {
      const { x, above, kappa, phi } = this,
        { scale } = this.writer.weights;
      if (letter !== null && kappa.length) {
        this.putLight(
          this.before + letter,
          phi.reduce((a, b) => a + b, 0),
        );
      }
      if (nudge) {
        x[0] += nudge[0] / scale;
        x[1] += nudge[1] / scale;
        above[0] += nudge[1] / scale;
      }
      if (lift !== null) x[2] = lift ? 1 : 0;
    }

    /**
     * How the line might go on from here: up to so many points (dx, dy, pen up) in ink units, one after the other, drawn
     * with the noise that is given. Afterwards the line stands where it stood.
     */
    imagine(count, noise) {
      const here = this.remember(),
        { scale } = this.writer.weights,
        result = [];
      for (let t = 0; t < count; t++) {
        this.advance();
        this.predict();
        if (this.x[2] === 1 && this.pastTheGoal && !this.owes) break;
        this.sample(noise(t));
        result.push(this.x[0] * scale, this.x[1] * scale, this.x[2]);
      }
      this.recall(here);
      return Float32Array.from(result);
    }

    /** What the layers put out. */
    get h() {
      return this.cells.map(([h]) => h);
    }

    /** One step of all layers and the window. */
    advance() {
      const { K } = this.writer.sizes;
      this.writer.layers.forEach((layer, k) => {
        this.advanceLayer(k, this.cells, this.inflow[k]);
        if (this.untold.length) this.advanceLayer(k, this.untold, layer.bias);
        if (k === 0 && K) this.attend();
      });
    }

    /** One step of a layer: what flows in with the bias, and the states of all layers. */
    advanceLayer(k, cells, inflow) {
      const {
          memory,
          gates,
          share,
          sizes: { K, I },
          cell,
        } = this.writer,
        { input, below, seen, peephole, matrix } = this.writer.layers[k];
      input.values.set(this.x);
      if (I > 3) input.values[3] = HEIGHT * this.above[0];
      if (below) input.values.set(cells[k - 1][0], I);
      input.values.set(cells[k][0], I + below);
      gates.values.set(inflow);
      if (K) {
        for (let code = 0; code < this.w.length; code++) {
          share.values[0] = this.w[code];
          if (Math.abs(this.w[code]) > UNSEEN) memory.multiply(share, seen[code], gates);
        }
      }
      memory.multiply(input, matrix, gates);
      cell.step(gates.values, cells[k], peephole);
    }

    /** Move the window and read through it. */
    attend() {
      const {
          memory,
          attention,
          top,
          windowMatrix,
          weights,
          sizes: { K },
        } = this.writer,
        { phi, kappa } = this;
      top.values.set(this.cells[0][0]);
      attention.values.fill(0);
      attention.values.set(weights.arrays["window.bias"]);
      memory.multiply(top, windowMatrix, attention);
      phi.fill(0);
      for (let k = 0; k < K; k++) {
        const alpha = Math.exp(attention.values[k]),
          beta = Math.exp(attention.values[K + k]);
        kappa[k] += Math.exp(attention.values[2 * K + k]);
        // Characters so far away that nothing of them is seen are passed over.
        const reach = Math.sqrt(UNDERFLOW / beta);
        const last = Math.min(phi.length - 1, Math.floor(kappa[k] + reach));
        for (let u = Math.max(0, Math.ceil(kappa[k] - reach)); u <= last; u++) {
          phi[u] += alpha * Math.exp(-beta * (kappa[k] - u) ** 2);
        }
      }
      this.see();
    }

    /** What the window shows: how much of each character. */
    see() {
      const {
          sizes: { C, W },
        } = this.writer,
        { phi, w, codes } = this;
      w.fill(0);
      for (let u = 0; u < phi.length; u++) w[codes[u]] += phi[u];
      if (W > C) for (let u = 0; u < phi.length; u++) w[C] += u % 2 ? -phi[u] : phi[u];
    }

    /** The letter that the window shows most of; the last one it has passed if it shows nothing at all. */
    get shown() {
      const { phi, kappa } = this;
      let best = 0;
      for (let u = 1; u < phi.length; u++) if (phi[u] > phi[best]) best = u;
      return phi[best] === 0 ? Math.ceil(Math.min(...kappa)) - 1 : best;
    }

    /**
     * Whether the window shows most of the end of the text, or of what comes at or after a goal before it. A window that
     * has run so far ahead that it shows nothing at all has passed the text as well.
     */
    get pastTheGoal() {
      return this.phi.length > 0 && this.shown >= this.goal;
    }

    /** Whether the next point all but surely lies to the left: a dot or a bar is owed. */
    goesBack(sure = SURE, within = 0) {
      const { M } = this.writer.sizes,
        mu = this.writer.outputs.values.subarray(1 + M, 1 + 2 * M);
      const weights = this.shares(0);
      let left = 0,
        all = 0;
      weights.forEach((weight, m) => {
        all += weight;
        if (mu[m] < within) left += weight;
      });
      return left > sure * all;
    }

    /** Whether the next point all but surely lies right above or below: the dot of a last i or of a ! is owed. */
    get goesOver() {
      const { M } = this.writer.sizes,
        mu = this.writer.outputs.values.subarray(1 + M, 1 + 3 * M);
      const weights = this.shares(0);
      let upright = 0,
        all = 0;
      weights.forEach((weight, m) => {
        all += weight;
        if (Math.abs(mu[m]) < 0.4 * Math.abs(mu[M + m])) upright += weight;
      });
      return upright > SURE_OVER * all;
    }

    /** Whether a dot or a bar is owed. */
    get owes() {
      return this.goesBack() || this.goesOver;
    }

    /** Read the style to its end; where a line begins after it. */
    begin() {
      while (this.priming) this.prime();
      if (this.style && !this.begun) this.settle();
      this.begun = true;
    }

    /** Where the line stands, to come back to with `resume`. */
    draft() {
      return { state: this.remember(), made: this.made };
    }

    /**
     * From a draft go on to a place in the text, the number of a character, best that of a space, with noise of its own.
     * A part stops by the rule by which a line does.
     */
    resume({ state, made }, goal, noise) {
      this.recall(state);
      this.made = this.from = made;
      this.goal = Math.min(this.before + goal, this.codes.length - 1);
      this.noise = noise;
      this.reason = "";
    }

    /**
     * Make the next point: true, and `point`, `phi` and `mixture` tell of it; or false, and `reason` says why the line
     * stopped: "finished", or "part" where there is more to write, or "cap" if it had all points it may have.
     */
    step() {
      if (this.reason) return false;
      this.begin();
      const part = this.goal < this.codes.length - 1,
        before = part && this.x[2] === 1 ? this.remember() : null; // a part ends with the pen up
      this.advance();
      this.predict();
      if (this.made > this.from) {
        if (this.x[2] === 1 && this.pastTheGoal && !this.owes) this.reason = part ? "part" : "finished";
        else if (this.made === this.cap) this.reason = "cap";
        if (before && this.reason === "part") this.recall(before);
        if (this.reason) return false;
      }
      this.sample(this.noise(this.made));
      if (!this.x.every(Number.isFinite)) {
        throw new ScribeError(`At point ${this.made} the network made a number that is not finite.`);
      }
      const { scale } = this.writer.weights,
        { point, x } = this;
      point.dx = Math.fround(x[0] * scale);
      point.dy = Math.fround(x[1] * scale);
      point.up = this.made + 1 === this.cap ? 1 : x[2]; // ink ends with a lifted pen
      if (this.made === 0 && this.style) {
        // The line leads on from the style, but stands where a line begins: at the left end of its baseline.
        point.dx = 0;
        point.dy = Math.fround(point.dy + this.height);
      }
      this.made += 1;
      return true;
    }

    /** The raw outputs, into `writer.outputs`; with guidance as Network.outputs of scribe/network.py. */
    predict() {
      const { values } = this.writer.outputs,
        { guidance } = this;
      if (this.untold.length) {
        this.predictFrom(this.untold);
        const untold = values.slice();
        this.predictFrom(this.cells);
        for (let i = 0; i < values.length; i++) values[i] += (guidance - 1) * (values[i] - untold[i]);
      } else {
        this.predictFrom(this.cells);
      }
    }

    predictFrom(cells) {
      const {
        memory,
        top,
        outputs,
        mixtureMatrix,
        weights,
        sizes: { U },
      } = this.writer;
      for (const [k, [h]] of cells.entries()) top.values.set(h, k * U);
      outputs.values.fill(0);
      outputs.values.set(weights.arrays["mixture.bias"]);
      memory.multiply(top, mixtureMatrix, outputs);
    }

    /** The point that four random numbers pick from the raw outputs. */
    sample([forGaussian, forPen, zx, zy]) {
      const { x } = this,
        y = this.writer.outputs.values,
        { M } = this.writer.sizes;
      const shares = this.shares();
      let sum = 0,
        chosen = 0;
      const wanted = forGaussian * shares.reduce((a, b) => a + b, 0);
      while (chosen < M - 1 && (sum += shares[chosen]) <= wanted) chosen++;
      const [sx, sy] = this.deviations(chosen);
      const rho = RHO_LIMIT * Math.tanh(y[1 + 5 * M + chosen]);
      x[0] = y[1 + M + chosen] + sx * zx;
      x[1] = y[1 + 2 * M + chosen] + sy * (rho * zx + Math.sqrt(1 - rho * rho) * zy);
      x[2] = forPen < sigmoid(y[0]) ? 1 : 0;
      this.above[0] += x[1];
    }

    /** How likely each Gaussian is, with the bias; they do not sum to 1. */
    shares(bias = this.narrow) {
      const { M } = this.writer.sizes,
        pi = this.writer.outputs.values.subarray(1, 1 + M);
      const largest = Math.max(...pi);
      return Array.from(pi, (p) => Math.exp((p - largest) * (1 + bias)));
    }

    /** The two deviations of a Gaussian, with the bias. */
    deviations(m) {
      const { M } = this.writer.sizes,
        y = this.writer.outputs.values;
      return [y[1 + 3 * M + m], y[1 + 4 * M + m]].map((s) =>
        Math.exp(Math.min(WIDEST, this.rule === "graves" ? s - this.narrow : s * (1 + this.narrow))),
      );
    }

    /**
     * What the last point was drawn from, in ink units and with the bias: [P(pen up), then for each Gaussian its
     * share, mean x and y, deviations x and y, rho].
     */
    mixture() {
      const { M } = this.writer.sizes,
        y = this.writer.outputs.values,
        { scale } = this.writer.weights;
      const shares = this.shares(),
        sum = shares.reduce((a, b) => a + b, 0);
      const result = new Float32Array(1 + 6 * M);
      result[0] = sigmoid(y[0]);
      for (let m = 0; m < M; m++) {
        const [sx, sy] = this.deviations(m);
        const rho = RHO_LIMIT * Math.tanh(y[1 + 5 * M + m]);
        result.set(
          [shares[m] / sum, scale * y[1 + M + m], scale * y[1 + 2 * M + m], scale * sx, scale * sy, rho],
          1 + 6 * m,
        );
      }
      return result;
    }
  }

  return { ScribeError, Arithmetic, Writer, decode, padded, unpacked, noiseOf, readable, RULES, BIASES };
}
