/*
 * <scribe-studio text="Dear reader, ..." hand="..." bias="1">: a desk that writes letters, on pages in millimetres, and
 * gives them away as PDF, SVG, PNG and on paper. Its options have the words of `scribe write`.
 *
 * A page loads it after scribe-load.js, scribe-pad.js and scribe-choice.js; the rest comes when something is to be written. The network
 * and the reader that proofreads run in a worker.
 *
 * Attributes
 *   text, hand, guidance (as in scribe-element.js), bias, seed, page (a4, a5, a6, letter, legal), ruling, align, colour, x-height, margin and indent in mm,
 *   line-height and pen in heights of an x, proofread, weights
 * Methods: set({text, bias, "x-height", ...}), write(), stop(). Event: "scribe" with detail {state, points}.
 */
(() => {
  "use strict";
  if (customElements.get("scribe-studio")) return;

  const { parts, dataNamed, svg, clamp, number, newSeed, listed, plural, download } = globalThis.scribeLoad;
  const choice = globalThis.scribeChoice;
  /** @type {{ new (): HTMLElement & Record<string, any> }} */
  const HandChooser = choice.HandChooser;

  const LONGEST = 20_000; // characters of a text
  const SHARP = 200 / 25.4; // pixels per mm of a PNG
  const PAPERS = ["a4", "a5", "a6", "letter", "legal"];
  const LAYOUT = { scribeInk: "scribe-ink.js", scribeSheet: "scribe-sheet.js", scribeFiles: "scribe-files.js" };
  const WRITING = {
    ...LAYOUT,
    scribeNetwork: "scribe-network.js",
    scribeReading: "scribe-reading.js",
    scribeProofread: "scribe-proofread.js",
    scribeDesk: "scribe-desk.js",
  };
  /** What can be set, and where it starts; numbers have the least and the most that they can be. */
  const START = {
    text: "",
    hand: "",
    guidance: null,
    bias: 1,
    seed: 0,
    page: "a4",
    landscape: false,
    ruling: "plain",
    align: "left",
    colour: "#1b2438",
    "x-height": 2.5,
    margin: 21,
    "line-height": 3.5,
    indent: 0,
    pen: 0.13,
    loose: false,
    reflow: false,
    proofread: 4,
  };
  const RANGES = {
    bias: [-1, 50],
    seed: [0, 2 ** 32 - 1],
    "x-height": [0.5, 50],
    margin: [0, 200],
    "line-height": [1.5, 20],
    indent: [0, 200],
    pen: [0.01, 1],
    proofread: [0, 16],
  };

  const STYLE = `
    :host { display: block; margin: 1.5rem 0; --ink: currentColor; --window: #2e86c8;
      --edge: color-mix(in srgb, currentColor 62%, transparent); --faint: color-mix(in srgb, currentColor 12%, transparent); }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .studio { container-type: inline-size; }
    .desk { display: grid; gap: 0 1.5rem; }
    @container (min-width: 50rem) {
      .desk { grid-template: "letter pages" auto "options pages" 1fr / minmax(0, 5fr) minmax(0, 6fr); }
      .letter { grid-area: letter; } .options { grid-area: options; } .made { grid-area: pages; }
    }
    label { font-size: 0.85rem; display: flex; flex-direction: column; gap: 0.1rem; }
    label > span { display: flex; justify-content: space-between; gap: 0.6em; font-variant-numeric: tabular-nums; }
    label.box { flex-direction: row; align-items: center; gap: 0.35rem; min-height: 2.4rem; }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: flex-end; margin-bottom: 0.6rem; }
    .ask { margin-top: 0.5rem; gap: 0.5rem; }
    .grow { flex: 1 1 13rem; }
    .slider { flex: 1 1 10rem; }
    input, select, button, textarea { font: inherit; color: inherit; }
    input[type="text"], input[type="number"], select, button, textarea { background: transparent; border: 1px solid var(--edge); border-radius: 4px;
      padding: 0.3rem 0.6rem; min-height: 2.4rem; }
    textarea { width: 100%; font-size: 1rem; line-height: 1.4; resize: vertical; min-height: 11rem; }
    input[type="number"] { width: 5.6rem; } select { font-size: 0.95rem; }
    select option { color: CanvasText; background: Canvas; }
    input[type="range"] { width: 100%; margin: 0; min-height: 1.6rem; accent-color: var(--window); }
    input[type="checkbox"] { accent-color: var(--window); width: 1.05rem; height: 1.05rem; margin: 0; }
    input[type="color"] { width: 3.4rem; height: 2.4rem; padding: 0.15rem; border: 1px solid var(--edge); border-radius: 4px; background: transparent; }
    button { cursor: pointer; font-size: 0.95rem; white-space: nowrap; }
    button:hover:enabled { background: var(--faint); }
    button:disabled { opacity: 0.5; cursor: default; }
    button.go { min-width: 8.2rem; font-weight: 600; border-width: 2px; font-variant-numeric: tabular-nums; }
    :focus-visible { outline: 2px solid var(--window); outline-offset: 2px; }
    fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: flex-end; }
    legend { float: left; font-size: 0.85rem; padding: 0; margin-right: 0.3rem; }
    .paper legend { flex: 1 1 100%; font-weight: 600; margin-top: 0.4rem; }
    .hands { align-items: center; margin-top: 0.6rem; }
    .status { margin: 0.2rem 0 0.3rem; min-height: 3em; font-size: 0.9rem; line-height: 1.5; font-variant-numeric: tabular-nums; }
    .status.bad { font-weight: 600; }
    progress { width: 100%; height: 0.5rem; accent-color: var(--window); visibility: hidden; }
    .writing progress { visibility: visible; }
    ${choice.STYLE}
    details { font-size: 0.95rem; margin-bottom: 0.4rem; }
    summary { cursor: pointer; padding: 0.35rem 0; width: fit-content; }
    details p { margin: 0.3rem 0 0.6rem; font-size: 0.9rem; }
    .stage { display: grid; gap: 0.8rem; margin: 0 0 0.6rem; padding: 0; list-style: none; max-height: 90vh; overflow-y: auto; }
    .stage svg { display: block; width: 100%; height: auto; background: white; border: 1px solid var(--edge); }
    .stage .pen { fill: none; stroke: var(--colour); stroke-linecap: round; stroke-linejoin: round; }
    .stage .rules { fill: none; }
    @media print {
      .letter, .options, .take, .status, .saved, progress { display: none; }
      .desk { display: block; }
      .stage { max-height: none; overflow: visible; display: block; }
      .stage svg { border: 0; break-after: page; }
    }
  `;

  const field = (name, said, step, unit = "mm") =>
    `<label><span>${said}${unit ? `, ${unit}` : ""}</span><input type="number" name="${name}" step="${step}" min="${RANGES[name][0]}" max="${RANGES[name][1]}"></label>`;
  const menu = (name, said, options) =>
    `<label><span>${said}</span><select name="${name}">${options
      .map(([value, shown]) => `<option value="${value}">${shown}</option>`)
      .join("")}</select></label>`;
  const box = (name, said) => `<label class="box"><input type="checkbox" name="${name}">${said}</label>`;

  const PAGE = `
    <style>${STYLE}</style>
    <div class="studio"><div class="desk">
      <div class="letter">
        <label><span>Text</span><textarea name="text" class="text" rows="9" maxlength="${LONGEST}" autocapitalize="sentences"></textarea></label>
        <div class="row ask">
          <button type="button" class="go">Write</button>
          <button type="button" class="another">Write it anew</button>
        </div>
        <progress max="1" value="0" aria-label="How much is written"></progress>
        <p class="status" role="status"></p>
      </div>
      <div class="made">
        <div class="row take">
          <button type="button" class="pdf" disabled>Download PDF</button>
          <button type="button" class="svg" disabled>SVG</button>
          <button type="button" class="png" disabled>PNG</button>
          <button type="button" class="print" disabled>Print</button>
        </div>
        <p class="saved" aria-hidden="true"></p>
        <ol class="stage" tabindex="0" aria-label="The pages"></ol>
      </div>
      <div class="options">
        <fieldset class="hands"><legend>Hand</legend></fieldset>
        ${choice.OWN}
        <div class="row">
          <label class="slider"><span><span>wild</span> <output class="said"></output> <span>neat</span></span>
            <input name="bias" type="range" min="0" max="4" step="0.05" aria-label="Bias, from wild to neat"></label>
          ${choice.CLOSELY}
          ${menu("proofread", "Proofread", [
            [0, "no"],
            [2, "a little: 2 tries per word"],
            [4, "4 tries per word"],
            [8, "carefully: 8 tries per word"],
          ])}
        </div>
        <fieldset class="paper"><legend>Paper</legend>
          ${menu(
            "page",
            "Page",
            PAPERS.map((name) => [name, /\d/.test(name) ? name.toUpperCase() : name]),
          )}
          ${menu("ruling", "Ruling", [
            ["plain", "plain"],
            ["ruled", "ruled"],
            ["squared", "squared"],
          ])}
          ${field("margin", "Margin", 1)}
          ${box("landscape", "Landscape")}
        </fieldset>
        <fieldset class="paper"><legend>Writing</legend>
          ${field("x-height", "Height of an x", 0.1)}
          ${field("line-height", "Line to line", 0.1, "in heights of an x")}
          ${menu("align", "Align", [
            ["left", "left"],
            ["centre", "centre"],
            ["right", "right"],
          ])}
          ${field("indent", "Indent", 1)}
          ${field("pen", "Pen", 0.01, "in heights of an x")}
          <label><span>Ink</span><input type="color" name="colour"></label>
          ${box("loose", "Loose: lines rise and sink as the pen wrote them")}
          ${box("reflow", "Join the lines of each paragraph")}
        </fieldset>
      </div>
    </div></div>`;

  class ScribeStudio extends HandChooser {
    connectedCallback() {
      if (!this.shadowRoot) this.build();
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = PAGE; // no text of anybody's is in it
      this.find = (name) => root.querySelector(name);
      this.state = "idle";
      this.reader = false; // whether the reader is there
      this.jobs = 0;
      this.margin = this.hasAttribute("margin"); // somebody has set it
      this.pages = []; // as scribe-files.js takes them
      this.values = { ...START, seed: newSeed() };
      this.listen();
      this.set(Object.fromEntries(Object.keys(START).map((name) => [name, this.getAttribute(name)])));
      this.ask();
      this.say("Press Write, and the letter is written on the sheet.");
      const seen = new IntersectionObserver(([entry]) => {
        if (!entry.isIntersecting) return;
        seen.disconnect();
        this.picture();
        parts(LAYOUT).then(
          () => this.clean(),
          () => {}, // Write tells of it
        );
      });
      seen.observe(this);
    }

    listen() {
      const on = (name, event, act) => this.find(name).addEventListener(event, act);
      on(".go", "click", () => (this.state === "writing" ? this.stop() : this.write()));
      on(".another", "click", () => {
        this.set({ seed: newSeed() });
        this.write();
      });
      const sample = this.getAttribute("text");
      on(".text", "focus", ({ target }) => {
        if (target.value === sample) target.select(); // what's typed takes its place
      });
      on(".text", "input", () => {
        this.values.text = this.find(".text").value;
        this.started().catch(() => {}); // there is time for it while somebody types; Write tells of failures
      });
      on(".options", "change", ({ target }) => {
        if (!target.name) return;
        this.set({ [target.name]: target.type === "checkbox" ? target.checked : target.value });
        // A tenth of the page, until somebody knows better.
        if (target.name === "margin") this.margin = true;
        if (target.name === "page" && !this.margin)
          this.set({ margin: Math.min(...globalThis.scribeSheet(this.ink).PAPERS[target.value]) / 10 });
        if (target.name === "colour" || target.name === "pen") this.colour();
        else if (!this.made) this.clean();
        else if (this.state !== "writing") this.say("Press Write, and it is written so.");
      });
      on(".guidance", "input", () => {
        this.set({ guidance: this.find(".guidance").value });
        if (this.made && this.state !== "writing") this.say("Press Write, and it is written so.");
      });
      on("[name=bias]", "input", () => this.set({ bias: this.find("[name=bias]").value }));
      on(".own", "toggle", () => this.find(".own").open && this.offerHands());
      on(".pdf", "click", () => this.savePdf());
      on(".svg", "click", () => this.saveSvg());
      on(".png", "click", () => this.savePng());
      on(".print", "click", () => this.print());
      this.listenToThePad(on);
      this.listenToTheHand(on);
    }

    /** Set any of what START lists; what makes no sense is passed over. */
    set(given) {
      const { values } = this,
        files = { ruling: ["plain", "ruled", "squared"], align: ["left", "centre", "right"], page: PAPERS };
      this.setHand(given);
      for (const [name, value] of Object.entries(given)) {
        if (value == null || !(name in START) || name === "hand" || name === "guidance") continue;
        if (name in RANGES) values[name] = clamp(number(value, values[name]), ...RANGES[name]);
        else if (typeof START[name] === "boolean") values[name] = value === true || value === "" || value === "true";
        else if (name in files) values[name] = files[name].includes(value) ? value : values[name];
        else if (name === "colour") values[name] = /^#[0-9a-f]{6}$/i.test(value) ? value : values[name];
        else values[name] = String(value).slice(0, LONGEST);
      }
      values.seed = Math.floor(values.seed);
      this.addHands();
      for (const input of this.shadowRoot.querySelectorAll("[name]")) {
        const control = /** @type {HTMLInputElement} */ (input),
          { name } = control;
        if (!(name in values) || control.type === "radio") continue;
        if (control.type === "checkbox") control.checked = values[name];
        else if (control.value !== String(values[name])) control.value = String(values[name]);
      }
      this.find(".said").textContent = values.bias.toFixed(2);
    }

    say(message, bad = false) {
      const status = this.find(".status");
      status.classList.toggle("bad", bad);
      if (status.textContent !== message) status.textContent = message;
      this.find(".saved").textContent = "";
    }

    /** What one of the buttons beside the pages has done is said beside them, too. */
    answer(message) {
      this.say(message);
      this.find(".saved").textContent = message;
    }

    fail(message) {
      this.say(message, true);
      this.tell("failed");
    }

    tell(state) {
      this.state = state;
      const writing = state === "writing";
      this.find(".go").textContent = writing ? "Stop" : "Write";
      this.find(".studio").classList.toggle("writing", writing);
      for (const name of [".pdf", ".svg", ".png", ".print"]) this.find(name).disabled = writing || !this.made;
      this.dispatchEvent(new CustomEvent("scribe", { bubbles: true, detail: { state, points: this.points } }));
    }

    get made() {
      return this.pages.some((page) => page.strokes.length);
    }

    // The sheet

    /** The options of a Sheet, see scribe-sheet.js. */
    get sheet() {
      const { page, landscape, ruling, align, margin, indent, loose, pen } = this.values,
        size = globalThis.scribeSheet(this.ink).PAPERS[page].slice();
      return {
        page: landscape ? size.reverse() : size,
        margins: [margin, margin, margin, margin],
        xHeight: this.values["x-height"],
        lineHeight: this.values["line-height"],
        ruling,
        align,
        indent,
        loose,
        pen,
      };
    }

    /** A clean page, with its rules, so that one sees the paper before anything is written; false if there can be none. */
    clean() {
      this.ink = this.ink || globalThis.scribeInk();
      this.files = this.files || globalThis.scribeFiles(this.ink);
      try {
        const { Sheet, Pages } = globalThis.scribeSheet(this.ink),
          [page] = new Pages(new Sheet(this.sheet)).pages;
        this.blank = page;
      } catch (error) {
        this.fail(error.message);
        return false;
      }
      if (this.state === "failed") this.say("");
      this.pages = [];
      this.points = 0;
      this.find(".stage").replaceChildren();
      this.addPage();
      this.colour();
      return true;
    }

    addPage() {
      const page = { ...this.blank, strokes: [], text: "" },
        { width, height, rules } = page,
        item = document.createElement("li");
      const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }),
        lines = svg("g", { class: "rules", stroke: this.files.RULE_COLOUR, "stroke-width": this.files.RULE });
      for (const [[x1, y1], [x2, y2]] of rules)
        lines.append(svg("path", { d: `M${x1} ${height - y1}L${x2} ${height - y2}` }));
      drawing.append(lines, svg("g", { class: "pen" }));
      item.append(drawing);
      this.find(".stage").append(item);
      this.pages.push(page);
      this.name(page);
    }

    /** A page says what is written on it. */
    name(page) {
      const number = this.pages.indexOf(page),
        drawing = this.find(".stage").children[number].firstElementChild;
      drawing.setAttribute("aria-label", `Page ${number + 1}: ${page.text.trim() || "empty"}`);
    }

    colour() {
      const { colour, pen } = this.values;
      this.find(".stage").style.setProperty("--colour", colour);
      for (const page of this.pages) page.pen = pen * this.values["x-height"];
      for (const group of this.find(".stage").querySelectorAll(".pen"))
        group.setAttribute("stroke-width", String(pen * this.values["x-height"]));
    }

    // The network

    get work() {
      return {
        needs: WRITING,
        names: ["scribeNetwork", "scribeInk", "scribeReading", "scribeProofread", "scribeSheet", "scribeDesk"],
        run: (port, slice) => {
          const network = globalThis.scribeNetwork(),
            reading = globalThis.scribeReading(network),
            proofread = globalThis.scribeProofread(network),
            sheets = globalThis.scribeSheet(globalThis.scribeInk());
          globalThis.scribeDesk(port, network, reading, proofread, sheets, slice);
        },
      };
    }

    loaded(share) {
      if (this.state === "writing") this.say(`Loading the network: ${Math.floor(100 * share)} %`);
    }

    ready() {
      this.reader = false; // a worker that has just begun has none
      this.set({});
    }

    /** Write the letter from its beginning. */
    async write() {
      const turn = ++this.jobs,
        { values } = this;
      this.send({ kind: "stop" });
      if (!values.text.trim()) return this.fail("There is nothing to write. The text is empty.");
      this.tell("writing");
      this.find("progress").value = 0;
      if (!this.info) this.say("Loading the network ...");
      try {
        await Promise.all([this.started(), parts(WRITING)]);
        if (values.proofread > 1 && !this.reader) {
          const data = await dataNamed("reader", "scribeReaders", "text");
          this.send({ kind: "reader", data });
          this.reader = true;
        }
      } catch (error) {
        if (turn === this.jobs) this.fail(error.message);
        return null;
      }
      if (turn !== this.jobs || !this.clean()) return null; // something else was asked for meanwhile
      const { paragraphs, notes } = this.paragraphs();
      if (!paragraphs.some(({ text }) => text))
        return this.fail("There is nothing to write. None of these characters is known to the network.");
      this.notes = notes;
      const { bias, hand, seed, proofread } = values,
        { style, condition, guidance } = this.handNamed(hand);
      this.send({
        kind: "write",
        id: turn,
        paragraphs,
        sheet: this.sheet,
        bias,
        rule: "graves",
        style,
        condition,
        guidance,
        seed,
        proofread,
        oneHand: !style && !condition,
      });
      this.say(["Writing ...", ...notes].join(" "));
      return null;
    }

    stop() {
      this.jobs++;
      this.send({ kind: "stop" });
      this.say(this.made ? "Stopped. What is written can be taken away." : "Stopped.");
      this.tell("stopped");
    }

    /** A text as the network can read it, and what to tell the reader about that. */
    readable(text) {
      this.network = this.network || globalThis.scribeNetwork();
      return this.network.readable(this.info, text);
    }

    /** The paragraphs in characters that can be written. */
    paragraphs() {
      const replaced = new Map(),
        dropped = new Set(),
        { paragraphsOf } = globalThis.scribeSheet(this.ink);
      const paragraphs = paragraphsOf(this.values.text, this.values.reflow).map((paragraph) => {
        const result = this.readable(paragraph.text);
        for (const [from, to] of result.replaced) replaced.set(from, to);
        for (const character of result.dropped) dropped.add(character);
        return { ...paragraph, text: result.text };
      });
      const notes = [];
      if (replaced.size) notes.push(`${listed([...replaced].map(([from, to]) => `${from} became ${to}`))}.`);
      if (dropped.size)
        notes.push(`Left out, as the network does not know them: ${[...dropped].slice(0, 12).join(" ")}.`);
      return { paragraphs, notes };
    }

    /** What the worker sends. */
    receive(message) {
      if (message.id !== undefined && message.id !== this.jobs) return;
      if (message.kind === "progress") {
        this.find("progress").value = message.share;
      } else if (message.kind === "row") {
        while (this.pages.length <= message.page) this.addPage();
        const page = this.pages[message.page];
        page.strokes.push(...message.strokes);
        page.text += `${message.text}\n`;
        const d = message.strokes.map((stroke) => this.files.curve(stroke, page.height)).join("");
        if (d) this.find(".stage").children[message.page].querySelector(".pen").append(svg("path", { d }));
        this.name(page);
      } else if (message.kind === "done") {
        this.points = message.points;
        this.tell("done");
        const said = [
          `Written: ${plural(this.pages.length, "page")}, ${plural(message.points, "point")}.`,
          ...this.notes,
        ];
        if (message.cut) said.push(`${plural(message.cut, "line")} did not come to an end.`);
        if (this.values.proofread > 1)
          said.push(
            message.errors
              ? `The reader still reads ${plural(message.errors, "character")} otherwise.`
              : "The reader reads all of it.",
          );
        this.say(said.join(" "));
      } else if (message.kind === "failed") {
        this.fail(message.message);
      }
    }

    // To take away

    get look() {
      const title = this.values.text.trim().split(/\s+/u).join(" ").slice(0, 100);
      return { colour: this.values.colour, title: title || "Handwriting" };
    }

    /** A name for a file; several pages get a number each. */
    fileName(ending, number = 0) {
      const name = this.values.text
        .toLowerCase()
        .slice(0, 60)
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .replace(/^(.{1,32})(-.*)?$/, "$1") // whole words
        .slice(0, 32);
      return `${name || "letter"}${number && this.pages.length > 1 ? `-${number}` : ""}.${ending}`;
    }

    async savePdf() {
      download(this.fileName("pdf"), "application/pdf", await this.files.toPdf(this.pages, this.look));
      this.answer(`Saved as ${this.fileName("pdf")}.`);
    }

    saveSvg() {
      for (const [i, page] of this.pages.entries())
        download(this.fileName("svg", i + 1), "image/svg+xml", this.files.toSvg(page, this.look));
      this.answer(`Saved as ${this.fileName("svg", 1)}${this.pages.length > 1 ? " and so on" : ""}.`);
    }

    async savePng() {
      for (const [i, page] of this.pages.entries())
        download(this.fileName("png", i + 1), "image/png", await this.pixels(page));
      this.answer(`Saved as ${this.fileName("png", 1)}${this.pages.length > 1 ? " and so on" : ""}.`);
    }

    /** A page in pixels, 200 to the inch, on white: promises a Blob. */
    pixels(page) {
      const canvas = document.createElement("canvas"),
        { width, height, pen } = page;
      [canvas.width, canvas.height] = [Math.round(width * SHARP), Math.round(height * SHARP)];
      const context = canvas.getContext("2d");
      context.fillStyle = "white";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.scale(SHARP, SHARP);
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = this.files.RULE;
      context.strokeStyle = this.files.RULE_COLOUR;
      for (const [[x1, y1], [x2, y2]] of page.rules) {
        context.beginPath();
        context.moveTo(x1, height - y1);
        context.lineTo(x2, height - y2);
        context.stroke();
      }
      context.lineWidth = pen;
      context.strokeStyle = this.values.colour;
      for (const stroke of page.strokes) context.stroke(new Path2D(this.files.curve(stroke, height)));
      return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    }

    /** What is printed: pages of the size of the paper, without the page around them. */
    get printed() {
      const [{ width, height }] = this.pages;
      return (
        `<!DOCTYPE html><title>Letter</title><style>@page { size: ${width}mm ${height}mm; margin: 0; } body { margin: 0; } ` +
        `svg { display: block; width: ${width}mm; height: ${height}mm; } svg + svg { break-before: page; }</style>` +
        this.pages.map((page) => this.files.toSvg(page, this.look)).join("")
      );
    }

    print() {
      const frame = document.createElement("iframe");
      frame.style.cssText = "position:fixed;width:0;height:0;border:0;visibility:hidden";
      frame.title = "The letter, to be printed";
      frame.srcdoc = this.printed;
      frame.onload = () => {
        frame.contentWindow.addEventListener("afterprint", () => setTimeout(() => frame.remove()));
        frame.contentWindow.print();
      };
      this.answer("The pages are with your browser, which prints them.");
      document.body.append(frame);
    }
  }

  customElements.define("scribe-studio", ScribeStudio);
})();
