/*
 * The choice of a hand, for elements that write: those that come with the weights, as small pictures, and the reader's
 * own, from a few words in a field to write in. An element is a HandChooser; its page has STYLE, OWN, a fieldset of
 * class "hands", and CLOSELY if one can say how closely to keep to the hand. It has: values.hand and values.guidance, find(selector), set(values), say(message, bad), readable(text), write(),
 * and what a NetworkElement has, see scribe-load.js.
 */
(() => {
  "use strict";
  if (globalThis.scribeChoice) return;

  const { parts, dataNamed, NetworkElement, svg, clamp, number, download } = globalThis.scribeLoad;
  const pads = globalThis.scribePad;
  const OWN_HAND = "scribe-hand"; // what is kept on the reader's device, if asked for, has this name
  const READING = {
    scribeNetwork: "scribe-network.js",
    scribeReading: "scribe-reading.js",
    scribeHands: "scribe-hands.js",
  };
  const GUIDANCE = [1, 2.5]; // how many times a hand counts, from as the network learned to as close as helps
  const OWN_GUIDANCE = 1.5; // people look for themselves in their own hand
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const STYLE = `
    .hands { gap: 0.4rem; margin-bottom: 0.6rem; }
    .hands legend { flex: 1 1 100%; }
    .hands label { border: 1px solid var(--edge); border-radius: 4px; padding: 0.15rem 0.5rem; min-height: 2.4rem; justify-content: center;
      cursor: pointer; position: relative; }
    .hands input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer; }
    .hands svg { height: 2.1rem; max-width: 7rem; display: block; }
    .hands path { fill: none; stroke: var(--ink); stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
    .hands label:has(:checked) { border-color: var(--window); box-shadow: inset 0 0 0 2px var(--window); }
    .hands label:has(:focus-visible) { outline: 2px solid var(--window); outline-offset: 2px; }
    .own[open] .row { gap: 0.4rem; }
    .file { border: 1px solid var(--edge); border-radius: 4px; padding: 0.3rem 0.6rem; min-height: 2.4rem; font-size: 0.95rem;
      justify-content: center; position: relative; cursor: pointer; }
    .file input { position: absolute; inset: 0; width: 100%; opacity: 0; cursor: pointer; }
    .file:has(:focus-visible) { outline: 2px solid var(--window); outline-offset: 2px; }
    .pad { display: block; width: 100%; aspect-ratio: 4; min-height: 7rem; border: 1px solid var(--edge); border-radius: 4px;
      touch-action: none; cursor: crosshair; margin-bottom: 0.6rem; }
    .pad .guide { stroke: var(--edge); stroke-width: 1; stroke-dasharray: 4 5; }
    .pad .ink { stroke-width: 2.5; }
  `;

  const OWN = `
      <details class="own" data-control="own">
        <summary>In your own hand</summary>
        <p class="asked"></p>
        <svg class="pad" viewBox="0 0 640 160" preserveAspectRatio="xMidYMid meet" role="img" aria-label="A field to write in with mouse, pen or finger">
          <path class="guide" d="M0 110H640M0 66H640"/><g class="ink"></g></svg>
        <div class="row">
          <label class="grow what"><span>What it says</span><input class="says" type="text" maxlength="200" autocomplete="off" spellcheck="false"></label>
          <button type="button" class="use">Write in this hand</button>
          <button type="button" class="clear">Clear</button>
          <button type="button" class="save">Save the drawing</button>
        </div>
        <div class="row vectors" hidden>
          <label class="box"><input class="keep" type="checkbox" disabled>Keep this hand on this device</label>
          <button type="button" class="save-hand" disabled>Save as a file</button>
          <label class="file">Open a .hand file<input class="open-hand" type="file" accept=".hand,.json"></label>
          <button type="button" class="forget" disabled>Forget it</button>
        </div>
      </details>
  `;

  /** A hand that the seed draws: nobody's, from the mean of people's hands and the axes along which they differ. */
  function drawn({ mean, axes }, seed) {
    const noise = globalThis.scribeNetwork().noiseOf(seed),
      steps = axes.map(() => noise()[2]);
    const z = mean.map((value, d) => axes.reduce((sum, axis, i) => sum + steps[i] * axis[d], value));
    const length = Math.hypot(...z);
    return z.map((value) => (value * Math.sqrt(z.length)) / length);
  }

  const CLOSELY = `
      <label class="slider closely" hidden><span><span>How closely to this hand</span> <span class="closely-said" aria-hidden="true"></span></span>
        <input class="guidance" type="range" min="${GUIDANCE[0]}" max="${GUIDANCE[1]}" step="0.1"
          title="How many times the hand counts; with more than 1 it writes half as fast"></label>
  `;

  class HandChooser extends NetworkElement {
    constructor() {
      super();
      this.pictures = null; // small ones of the hands
      this.own = null; // the reader's own hand
      this.strokes = []; // of the drawing field
    }

    /** Small pictures of the hands: kilobytes that come without the weights. */
    async picture() {
      if (this.pictures) return;
      this.pictures = [];
      this.pictures = await dataNamed("pictures", "scribePictures", this.weights).catch(() => []);
      this.set({});
    }

    /** The hands that one can choose: those with a vector if the weights take hands, else the styles. */
    get choice() {
      if (!this.info) return this.pictures || [];
      return this.info.hands.length ? this.info.hands : this.info.styles;
    }

    /** The hands there are: those that come with the weights, the reader's own, and one that was asked for. */
    addHands() {
      const { values, choice } = this,
        numbered = choice[Number(values.hand) - 1];
      if (numbered) values.hand = numbered.name;
      const known = new Map([["", "as it comes"]]);
      for (const { name } of choice) known.set(name, name);
      for (const { name } of this.info?.styles || []) if (name === values.hand) known.set(name, `${name}, read first`);
      if (this.takesHands) known.set("drawn", "drawn by chance");
      if (this.own) known.set("own", "your own");
      if (!this.info && values.hand)
        known.set(values.hand, /^\d+$/.test(values.hand) ? `number ${values.hand}` : values.hand);
      else if (!known.has(values.hand)) values.hand = "";
      const group = this.find(".hands"),
        state = `${[...known.keys()]} ${this.pictures?.length}`;
      if (group.dataset.state !== state) {
        group.dataset.state = state;
        const labels = [...known].map(([value, said]) => this.handLabel(value, said));
        group.replaceChildren(group.querySelector("legend"), ...labels);
      }
      for (const input of group.querySelectorAll("input")) input.checked = input.value === values.hand;
      this.showGuidance();
    }

    /** Set the hand, and how closely to keep to it; another hand comes with its own measure of that, as "" does. */
    setHand({ hand = null, guidance = null }) {
      const { values } = this;
      if (hand !== null && String(hand) !== values.hand) Object.assign(values, { hand: String(hand), guidance: null });
      if (guidance === "") values.guidance = null;
      else if (guidance !== null) values.guidance = clamp(number(guidance, this.guidanceOf(values.hand)), ...GUIDANCE);
    }

    /** How many times a hand counts: see the line's option of this name in scribe-network.js. */
    guidanceOf(name) {
      return this.values.guidance ?? (name === "own" ? OWN_GUIDANCE : 1);
    }

    showGuidance() {
      const slider = this.find(".guidance");
      if (!slider) return;
      const { hand } = this.values,
        times = this.guidanceOf(hand);
      this.find(".closely").hidden = !this.takesHands;
      slider.disabled = Boolean(this.info && !this.handNamed(hand).condition);
      slider.value = times;
      slider.setAttribute("aria-valuetext", `${times} times`);
      this.find(".closely-said").textContent = `${times} times`;
    }

    /** A hand to choose, with its picture if there is one. */
    handLabel(value, said) {
      const label = document.createElement("label"),
        input = document.createElement("input"),
        drawn = this.pictures?.find((one) => one.name === value);
      input.type = "radio";
      input.name = "hand";
      input.value = value;
      label.append(input);
      if (drawn) {
        const box = svg("svg", { viewBox: drawn.box.join(" "), "aria-hidden": "true" });
        box.append(svg("path", { d: drawn.path }));
        label.append(box);
        label.title = drawn.description ? `${said}: ${drawn.description}` : said;
        input.setAttribute("aria-label", label.title);
      } else {
        label.append(said);
      }
      return label;
    }

    /** A hand as the network takes it: a vector and how many times it counts, or ink that it reads first, or both. */
    handNamed(name) {
      const { info, values } = this,
        told = (condition, style = null) => ({ condition, style, guidance: condition ? this.guidanceOf(name) : 1 });
      if (name === "drawn" && info.prior) return told(drawn(info.prior, values.seed));
      if (name === "own" && this.own) {
        const { z = null, text, offsets } = this.own;
        return told(z, offsets ? { name, text, offsets } : null);
      }
      const vector = info.hands.find((one) => one.name === name);
      return vector ? told(vector.z) : told(null, info.styles.find((one) => one.name === name) || null);
    }

    // The reader's own hand

    listenToThePad(on) {
      const pad = this.find(".pad"),
        drawn = this.find(".pad .ink");
      pads.listen(pad, drawn, () => this.strokes);
      on(".clear", "click", () => {
        this.strokes = [];
        drawn.replaceChildren();
      });
      on(".use", "click", () => this.use());
      on(".save", "click", () => {
        const drawing = {
          format: "scribe-ink/1",
          text: this.find(".says").value.trim(),
          y: "down",
          strokes: this.strokes,
        };
        if (!this.strokes.length) return this.say("There is no drawing yet.");
        download("my-hand.json", "application/json", JSON.stringify(drawing));
        this.say("Saved as my-hand.json; scribe write --style my-hand.json goes on in that hand.");
      });
    }

    /** Whether the weights take the vector of a hand; before they are there, the pictures tell. */
    get takesHands() {
      return this.info ? this.info.hands.length > 0 : Boolean(this.pictures?.some((one) => one.description));
    }

    /** What is to be done with the field: a vector needs ink alone; to go on from the ink, its text is needed too. */
    ask() {
      const { takesHands } = this;
      this.find(".asked").textContent = takesHands
        ? "Write two words here with a finger, a pen or the mouse. The page reads how you write and goes on in that hand. Say below what they are, and it goes on from them and comes much closer. The drawing stays in this page."
        : "Write a few words here with the mouse, a pen or a finger, and say what they are. The network reads them, point by point, and goes on in that hand. The drawing stays in this page.";
      this.find(".says").placeholder = takesHands ? "the words you wrote: they help a lot" : "";
      this.find(".vectors").hidden = !takesHands;
      this.find(".save").hidden = takesHands;
      for (const name of [".keep", ".save-hand", ".forget"]) this.find(name).disabled = !this.own?.z;
    }

    /** The field was opened: say what it does, and offer the hand that is kept here. */
    async offerHands() {
      await this.picture();
      this.ask();
      if (!this.takesHands || this.own) return;
      let kept = null;
      try {
        kept = localStorage.getItem(OWN_HAND);
      } catch {
        return; // this browser keeps nothing
      }
      if (!kept) return;
      try {
        this.find(".keep").checked = true;
        await this.openHand(kept, false);
        this.say("The hand that is kept on this device is there: choose Write.");
      } catch (error) {
        this.say(error.message, true);
      }
    }

    /** A hand from the text of its file, and written in at once if wanted. */
    async openHand(text, write = true) {
      await Promise.all([this.started(), parts(READING)]);
      const hand = scribeHands().parsed(text, this.info.architecture.condition, this.info.handReader);
      if (hand.offsets) {
        hand.text = this.readable(hand.text).text;
        if (!hand.text) throw new Error("The network knows none of the characters that this hand's sample says.");
      }
      await this.useHand(hand, write);
    }

    /** Take a hand {z, text, offsets} for the reader's own; text and ink may be missing. */
    async useHand(hand, write) {
      this.own = hand;
      this.keep();
      this.set({ hand: "own" });
      this.ask();
      if (write) await this.write();
    }

    /** The hand as a file has it. */
    get handFile() {
      return scribeHands().written(this.own.z, this.info.handReader, "own", this.own.offsets ? this.own : null);
    }

    /** Keep the hand on this device if that is asked for; what was kept goes if it is not. */
    keep() {
      try {
        if (this.own?.z && this.find(".keep").checked) localStorage.setItem(OWN_HAND, this.handFile);
        else localStorage.removeItem(OWN_HAND);
      } catch {
        this.find(".keep").checked = false;
        this.say("This browser keeps nothing for pages; save the hand as a file.", true);
      }
    }

    listenToTheHand(on) {
      on(".keep", "change", () => this.keep());
      on(".save-hand", "click", () => {
        download("my.hand", "application/json", this.handFile);
        const inside = this.own.offsets ? ", with the words that you wrote in it" : "";
        this.say(`Saved as my.hand${inside}; scribe write --hand my.hand writes in it.`);
      });
      on(".open-hand", "change", async (event) => {
        const [file] = event.target.files;
        event.target.value = "";
        if (!file) return;
        try {
          await this.openHand(file.size > 1e6 ? "" : await file.text());
        } catch (error) {
          this.fail(error.message);
        }
      });
      on(".forget", "click", () => {
        this.own = null;
        this.find(".keep").checked = false;
        this.keep();
        this.set({ hand: "" });
        this.ask();
        this.say("Your hand is forgotten.");
      });
    }

    /** Write in the hand of the drawing. */
    async use() {
      const points = this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
      if (points < 10) return this.say("Write a few words in the field first.", true);
      const says = this.find(".says").value;
      if (!this.takesHands && !says.trim())
        return this.say("Say what your drawing says, so that the network can read along.", true);
      this.find(".stage").scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
      try {
        await this.started();
        this.ask();
        if (this.takesHands) return await this.readHand(says.trim() ? this.readable(says).text : "");
      } catch (error) {
        return this.fail(error.message);
      }
      const { text } = this.readable(says);
      const offsets = text && this.ink.fromDrawing(this.strokes, text, this.info.pointsPerCharacter);
      if (!offsets)
        return this.say("This drawing cannot be read: it needs more than dots, and a text of known characters.", true);
      this.own = { text, offsets };
      this.set({ hand: "own" });
      return this.write();
    }

    /** The vector of the drawing, by the reader of hands, whose weights come now; and the ink, if its text is known. */
    async readHand(text) {
      this.say("Reading your hand ...");
      const [data] = await Promise.all([dataNamed("reader", "scribeReaders", "hands"), parts(READING)]);
      if (data.reader !== this.info.handReader)
        throw new Error("The reader of hands does not belong to these weights.");
      this.network = this.network || scribeNetwork();
      const tensors = Object.entries(this.network.unpacked(data));
      const arrays = Object.fromEntries(tensors.map(([name, { values }]) => [name, values]));
      const weights = { architecture: data.architecture, scale: data.offset_scale, arrays };
      const offsets = this.ink.fromDrawing(this.strokes, text, this.info.pointsPerCharacter);
      const z = offsets && scribeHands(scribeReading(this.network)).read(weights, offsets);
      if (!z) return this.say("There is too little ink to read a hand from: write two words.", true);
      return this.useHand(text ? { z, text, offsets } : { z }, true);
    }
  }

  globalThis.scribeChoice = Object.freeze({ STYLE, OWN, CLOSELY, HandChooser });
})();
