/*
 * <scribe-writer text="..." bias="0.5" hand="..." seed="1" show="pen window mixture lens">: a figure that writes.
 *
 * The only script that a page loads. The network, and its weights, come when the figure is first used; they lie beside
 * this script, or in the page itself. The network runs in a worker. What stands inside the element in the page, a still
 * picture and a sentence, is there without JavaScript; with it, the picture stays until something is written.
 *
 * Attributes
 *   text, bias, rule ("graves", "post"), hand (the name of a style, or its number from 1), seed,
 *   speed (points per second)
 *   show      what to show beside the ink: pen, window, mixture, lens, cells
 *   controls  which controls there are: text bias rule hand speed moment show own keep
 *   weights   the name of the weights: "default"
 *   id        for links: <a href="#scribe:ID?text=...&bias=..."> sets the figure and starts it
 * Methods: set({text, bias, ...}), write(), pause(), another(). Event: "scribe" with detail {state, points}.
 */
(() => {
  "use strict";
  if (customElements.get("scribe-writer")) return;

  const HERE = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : "";
  const SVG = "http://www.w3.org/2000/svg";
  const LINE = 3.4; // from baseline to baseline, in body heights
  const PEN = 0.13; // width of the ink
  const WIDE = 0.6; // body heights that a character takes, until the pen shows how wide this hand is
  const CHARACTERS = [16, 48]; // in a line, on the narrowest and on a wide screen
  const LONGEST = 1000; // characters of a text
  const SLOWEST = 15,
    AT_ONCE = 2000; // points per second, the ends of the slider
  const SHOWN = ["pen", "window", "mixture", "lens", "cells"];
  const CONTROLS = ["text", "bias", "hand", "speed", "moment", "show", "own", "keep"];
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const STYLE = `
    :host { display: block; margin: 1.5rem 0; --ink: currentColor; --window: #2e86c8; --mixture: #d9702b;
      --edge: color-mix(in srgb, currentColor 45%, transparent); --faint: color-mix(in srgb, currentColor 12%, transparent); }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .stage { min-height: 4rem; display: flex; align-items: center; }
    .page { width: 100%; max-height: 75vh; overflow: hidden; display: block; cursor: crosshair; }
    .cells { display: block; width: 100%; margin-top: 0.5rem; image-rendering: pixelated; border: 1px solid var(--edge); }
    .stage ::slotted(*) { width: 100%; margin: 0 !important; }
    .stage ::slotted(img) { width: 100% !important; height: auto !important; max-height: 14rem; background: none !important;
      filter: none !important; object-fit: contain; }
    .ink { fill: none; stroke: var(--ink); stroke-width: ${PEN}; stroke-linecap: round; stroke-linejoin: round; }
    .mixture ellipse { fill: var(--mixture); stroke: var(--mixture); stroke-width: 1; vector-effect: non-scaling-stroke; }
    .pen { fill: none; stroke: var(--mixture); stroke-width: 0.2; stroke-linecap: round; }
    .pen .tip { fill: var(--mixture); stroke-width: 0.09; }
    .pen.up .tip { fill: none; }
    .mind { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: flex-end; margin-top: 0.5rem; }
    .lens { margin: 0; flex: none; width: 9.5rem; }
    .lens svg { display: block; width: 100%; aspect-ratio: 1; border: 1px solid var(--edge); border-radius: 50%; }
    .lens .ink path, .marks path { stroke-width: 2; vector-effect: non-scaling-stroke; }
    .lens .ink { opacity: 0.55; }
    .marks { fill: none; stroke: var(--ink); }
    .marks .way { stroke-width: 1; stroke-dasharray: 2 4; }
    .marks .tip { fill: var(--ink); stroke: none; }
    .lens figcaption { font-size: 0.8rem; text-align: center; font-variant-numeric: tabular-nums; }
    .letters { flex: 1 1 16rem; display: flex; min-width: 0; justify-content: center;
      font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: clamp(0.65rem, calc(100cqw / var(--letters, 30)), 1.15rem); }
    .letters span { flex: 0 1 1.5em; min-width: 0; text-align: center; position: relative; padding-bottom: 3.2em; line-height: 1.5; }
    .letters span.end { font-size: 0.8em; line-height: 1.9; }
    .letters i { position: absolute; left: 12%; right: 12%; bottom: 0; height: 3em; background: var(--window);
      transform: scaleY(0); transform-origin: top; border-radius: 0 0 2px 2px; top: 1.6em; bottom: auto; }
    .letters b { position: absolute; inset: 0 0 auto; height: 1.5em; background: var(--window); opacity: 0; border-radius: 3px; z-index: -1; }
    .letters { isolation: isolate; }
    .figure { container-type: inline-size; }
    .status { margin: 0.35rem 0 0.5rem; min-height: 1.5em; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
    .status.bad { font-weight: 600; }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1.1rem; align-items: flex-end; margin-bottom: 0.6rem; }
    label, .label { font-size: 0.85rem; display: flex; flex-direction: column; gap: 0.1rem; }
    label > span { display: flex; justify-content: space-between; gap: 0.6em; font-variant-numeric: tabular-nums; }
    label.box { flex-direction: row; align-items: center; gap: 0.35rem; }
    .grow { flex: 1 1 13rem; }
    .slider { flex: 1 1 8.5rem; max-width: 16rem; }
    .whole { flex: 1 1 100%; max-width: none; }
    input, select, button { font: inherit; color: inherit; }
    input[type="text"], select, button { background: transparent; border: 1px solid var(--edge); border-radius: 4px; padding: 0.3rem 0.6rem;
      min-height: 2.2rem; }
    input[type="text"] { width: 100%; font-size: 1rem; }
    select { max-width: 13rem; font-size: 0.95rem; }
    select option { color: CanvasText; background: Canvas; }
    input[type="range"] { width: 100%; margin: 0; min-height: 1.6rem; accent-color: var(--window); }
    input[type="checkbox"] { accent-color: var(--window); width: 1.05rem; height: 1.05rem; margin: 0; }
    button { cursor: pointer; font-size: 0.95rem; white-space: nowrap; }
    button:hover:enabled { background: var(--faint); }
    button:disabled { opacity: 0.5; cursor: default; }
    button.go { min-width: 6.2rem; font-weight: 600; border-width: 2px; }
    :focus-visible { outline: 2px solid var(--window); outline-offset: 2px; }
    fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; min-height: 2.2rem; align-items: center; }
    legend { float: left; font-size: 0.85rem; padding: 0; margin-right: 0.3rem; }
    details { font-size: 0.95rem; margin-bottom: 0.6rem; }
    summary { cursor: pointer; padding: 0.2rem 0; }
    details p { margin: 0.3rem 0 0.6rem; font-size: 0.9rem; }
    .pad { display: block; width: 100%; aspect-ratio: 4; min-height: 7rem; border: 1px solid var(--edge); border-radius: 4px;
      touch-action: none; cursor: crosshair; margin-bottom: 0.6rem; }
    .pad .guide { stroke: var(--edge); stroke-width: 1; stroke-dasharray: 4 5; }
    .pad .ink { stroke-width: 2.5; }
    @media (prefers-reduced-motion: no-preference) { .letters i { transition: transform 40ms linear; } }
  `;

  const PAGE = `
    <style>${STYLE}</style>
    <div class="figure">
      <div class="stage">
        <slot name="still"></slot>
        <svg class="page" role="img" hidden><g class="lines ink"></g><g class="mixture"></g>
          <g class="pen" hidden><path d="M.1 -.16L1.05 -1.75"/><circle class="tip" r=".13"/></g></svg>
      </div>
      <div class="mind" hidden>
        <figure class="lens" aria-hidden="true"><svg viewBox="-2 -2 4 4"><g class="lines ink"></g><g class="mixture"></g>
          <g class="marks"><path class="way"/><circle class="tip"/><path class="taken"/></g></svg>
          <figcaption>&nbsp;</figcaption></figure>
        <div class="letters" aria-hidden="true"></div>
      </div>
      <canvas class="cells" aria-hidden="true" hidden></canvas>
      <p class="status" role="status"></p>
      <div class="row">
        <label class="grow" data-control="text"><span>Text</span>
          <input class="text" type="text" maxlength="${LONGEST}" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go"></label>
        <button type="button" class="go">Write</button>
        <button type="button" class="another">Another one</button>
      </div>
      <div class="row">
        <label class="slider" data-control="bias"><span>Bias <span class="bias-said" aria-hidden="true"></span></span>
          <input class="bias" type="range" min="0" max="4" step="0.05"></label>
        <label data-control="rule"><span>Rule of the bias</span>
          <select class="rule"><option value="graves">Graves (2013)</option><option value="post">the post (2016)</option></select></label>
        <label class="slider" data-control="speed"><span>Speed <span class="speed-said" aria-hidden="true"></span></span>
          <input class="speed" type="range" min="0" max="100" step="1"></label>
        <label data-control="hand"><span>Hand</span>
          <select class="hand"><option value="">as it comes</option></select></label>
      </div>
      <div class="row" data-control="moment">
        <label class="slider whole"><span>Moment <span class="moment-said" aria-hidden="true"></span></span>
          <input class="moment" type="range" min="0" max="0" value="0" step="1" disabled></label>
      </div>
      <div class="row">
        <fieldset data-control="show"><legend>Show</legend></fieldset>
        <span class="row" data-control="keep" style="margin:0;gap:.5rem">
          <button type="button" class="svg" disabled>Download SVG</button>
          <button type="button" class="link">Copy link</button></span>
      </div>
      <label class="address whole" hidden><span>Link to this figure as it stands</span><input type="text" readonly></label>
      <details data-control="own">
        <summary>In your own hand</summary>
        <p>Write a few words here with the mouse, a pen or a finger, and say what they are. The network reads them, point by
          point, and goes on in that hand. The drawing stays in this page.</p>
        <svg class="pad" viewBox="0 0 640 160" preserveAspectRatio="xMidYMid meet" role="img" aria-label="A field to write in with mouse, pen or finger">
          <path class="guide" d="M0 110H640M0 66H640"/><g class="ink"></g></svg>
        <div class="row">
          <label class="grow"><span>What it says</span><input class="says" type="text" maxlength="200" autocomplete="off" spellcheck="false"></label>
          <button type="button" class="use">Write in this hand</button>
          <button type="button" class="clear">Clear</button>
          <button type="button" class="save">Save the drawing</button>
        </div>
      </details>
    </div>`;

  // --- what is loaded when it is needed -----------------------------------------------------------------------

  const loading = new Map();

  /** Load a script that lies beside this one. Scripts, because a page that was opened as a file may load nothing else. */
  function script(name) {
    if (!loading.has(name)) {
      const promise = new Promise((resolve, reject) => {
        const tag = document.createElement("script");
        tag.src = new URL(name, HERE || document.baseURI).href;
        tag.onload = resolve;
        tag.onerror = () =>
          reject(new Error(`${name} could not be loaded. It should lie beside the other scripts of this page.`));
        document.head.append(tag);
      });
      promise.catch(() => loading.delete(name)); // so that it can be tried again
      loading.set(name, promise);
    }
    return loading.get(name);
  }

  const PARTS = { scribeNetwork: "scribe-network.js", scribeService: "scribe-service.js", scribeInk: "scribe-ink.js" };
  const parts = () =>
    Promise.all(Object.entries(PARTS).map(([name, file]) => typeof globalThis[name] === "function" || script(file)));

  async function weightsNamed(name) {
    const file = `scribe-weights-${name}.js`;
    const found = () => globalThis.scribeWeights?.[name];
    if (!/^[\w-]+$/.test(name)) throw new Error(`There are no weights of the name ${name}.`);
    if (!found()) await script(file);
    if (!found()) {
      loading.delete(file);
      throw new Error(`${file} is damaged: there are no weights in it.`);
    }
    return found();
  }

  /** The network at work in a worker, or, where there can be none, in this page in small pieces. */
  function startedService(receive, fail) {
    const inPage = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => receive(data);
      scribeService(port2, scribeNetwork(), 6);
      return { send: (message) => port1.postMessage(message), end: () => port1.close() };
    };
    const source = `${scribeNetwork}\n${scribeService}\nscribeService(self, scribeNetwork(), 12);`;
    let worker;
    try {
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      worker = new Worker(address);
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch {
      return inPage();
    }
    let heard = false,
      substitute = null;
    const sent = [];
    worker.onmessage = ({ data }) => {
      heard = true;
      sent.length = 0;
      receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (heard) return fail("The network stopped unexpectedly.");
      if (!substitute) {
        substitute = inPage();
        sent.forEach(substitute.send);
      }
    };
    return {
      send(message) {
        if (!heard) sent.push(message);
        (substitute || { send: (m) => worker.postMessage(m) }).send(message);
      },
      end() {
        worker.terminate();
        if (substitute) substitute.end();
      },
    };
  }

  // --- small things -------------------------------------------------------------------------------------------

  const svg = (name, attributes = {}) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const number = (value, otherwise) => {
    const n = Number.parseFloat(value);
    return Number.isFinite(n) ? n : otherwise;
  };
  const newSeed = () => Math.floor(Math.random() * 1e6);
  const speedAt = (place) => Math.round(SLOWEST * (AT_ONCE / SLOWEST) ** (place / 100));
  const placeOf = (speed) =>
    Math.round((100 * Math.log(clamp(speed, SLOWEST, AT_ONCE) / SLOWEST)) / Math.log(AT_ONCE / SLOWEST));
  const listed = (words) =>
    words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
  const plural = (count, word) => `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${word}${count === 1 ? "" : "s"}`;

  function download(name, type, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // --- the figure ---------------------------------------------------------------------------------------------

  class ScribeWriter extends HTMLElement {
    connectedCallback() {
      if (!this.shadowRoot) this.build();
      this.watch = new IntersectionObserver(([entry]) => {
        this.seen = entry.isIntersecting;
        this.wake();
      });
      this.watch.observe(this);
      // To ask for the width while drawing would make the browser lay out the page once more for each frame.
      this.size = new ResizeObserver(([entry]) => (this.wide = entry.contentRect.width));
      this.size.observe(this);
      if (!this.id) {
        let n = 1;
        while (document.getElementById(`scribe-${n}`)) n++;
        this.id = `scribe-${n}`;
      }
    }

    disconnectedCallback() {
      this.watch.disconnect();
      this.size.disconnect();
      // Moving an element takes it out of the page for a moment.
      setTimeout(() => {
        if (!this.isConnected && this.service) {
          this.service.then(
            (s) => s.end(),
            () => {},
          );
          this.service = null;
          this.job = null;
        }
      });
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = PAGE; // no text of anybody's is in it
      this.find = (name) => root.querySelector(name);
      this.seen = false;
      this.state = "idle";
      this.job = null; // what is being written, or was
      this.jobs = 0;
      this.service = null;
      this.info = null; // what the network says about itself
      this.own = null; // the reader's own hand
      this.strokes = []; // of the drawing field
      this.values = {
        text: "",
        bias: 0.5,
        rule: "graves",
        hand: "",
        seed: newSeed(),
        speed: 120,
        show: ["pen", "window", "mixture"],
      };
      for (const child of this.children) {
        if (child.querySelector("img, svg") || child.matches("img, svg")) {
          child.slot = "still";
          break;
        }
      }
      const shown = this.find("fieldset");
      for (const [name, label] of [
        ["window", "window"],
        ["mixture", "mixture"],
        ["lens", "magnifier"],
        ["cells", "cells"],
      ]) {
        // What is shown of the cells costs room, so only a figure that begins with them can show them.
        if (name === "cells" && !(this.getAttribute("show") || "").includes("cells")) continue;
        const box = document.createElement("label"),
          input = document.createElement("input");
        box.className = "box";
        input.type = "checkbox";
        input.dataset.show = name;
        input.addEventListener("change", () => {
          const { show } = this.values;
          this.set({ show: input.checked ? [...show, name] : show.filter((s) => s !== name) });
          if (name === "cells" && input.checked && this.job && !this.job.cells) this.write();
        });
        box.append(input, label);
        shown.append(box);
      }
      const controls = (this.getAttribute("controls") || CONTROLS.join(" ")).split(/\s+/);
      for (const control of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-control]"))) {
        control.hidden = !controls.includes(control.dataset.control);
      }
      this.set(Object.fromEntries(Object.keys(this.values).map((key) => [key, this.getAttribute(key)])));
      this.listen();
      this.say("Press Write: a network of about 2 MB is loaded and writes here, in this page.");
    }

    listen() {
      const on = (name, event, act) => this.find(name).addEventListener(event, act);
      const soon = (delay, act) => {
        let timer = 0;
        return () => {
          clearTimeout(timer);
          timer = setTimeout(act, delay);
        };
      };
      const rewrite = () => this.job && this.write();
      const later = soon(700, rewrite),
        shortly = soon(250, rewrite);
      on(".go", "click", () =>
        this.state === "writing" ? this.pause() : this.state === "paused" ? this.resume() : this.write(),
      );
      on(".another", "click", () => this.another());
      on(".text", "input", () => {
        this.values.text = this.find(".text").value;
        later();
      });
      on(".text", "keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) {
          event.preventDefault();
          this.write();
        }
      });
      on(".bias", "input", () => {
        this.set({ bias: this.find(".bias").value });
        // While it writes, the hand changes under the reader's fingers; a line that stands is written again.
        if (this.state === "writing" || this.state === "paused")
          this.send({ kind: "bias", id: this.job.id, bias: this.values.bias });
        else shortly();
      });
      on(".rule", "change", () => {
        this.set({ rule: this.find(".rule").value });
        rewrite();
      });
      on(".hand", "change", () => {
        this.set({ hand: this.find(".hand").value });
        rewrite();
      });
      // To know which hands there are, the weights must be there.
      for (const event of ["pointerdown", "focus"])
        on(".hand", event, () => this.started().catch((error) => this.fail(error.message)));
      on(".speed", "input", () => this.set({ speed: speedAt(Number(this.find(".speed").value)) }));
      on(".moment", "input", () => {
        if (this.state === "writing") this.pause();
        this.job.shown = Number(this.find(".moment").value);
        this.draw();
      });
      on(".page", "pointermove", (event) => this.point(event));
      on(".page", "pointerdown", (event) => this.point(event));
      on(".page", "pointerleave", () => this.point(null));
      on(".svg", "click", () => this.save());
      on(".link", "click", () => this.copy());
      this.listenToThePad(on);
      still.addEventListener("change", () => this.wake());
    }

    /** Set any of text, bias, rule, hand (or style), seed, speed, show; what makes no sense is passed over. */
    set(values) {
      const { values: mine } = this,
        given = { ...values };
      if (given.style !== undefined && given.hand === undefined) given.hand = given.style;
      if (given.text != null) mine.text = String(given.text).slice(0, LONGEST);
      if (given.bias != null) mine.bias = clamp(number(given.bias, mine.bias), -1, 50);
      if (["graves", "post"].includes(given.rule)) mine.rule = given.rule;
      if (given.hand != null) mine.hand = String(given.hand);
      if (given.seed != null) mine.seed = clamp(Math.floor(number(given.seed, mine.seed)), 0, 2 ** 32 - 1);
      if (given.speed != null) mine.speed = clamp(number(given.speed, mine.speed), 1, 1e6);
      if (given.show != null) {
        const words = Array.isArray(given.show) ? given.show : String(given.show).split(/[\s,]+/);
        mine.show = SHOWN.filter((name) => words.includes(name));
      }
      const text = this.find(".text"),
        bias = this.find(".bias"),
        hand = this.find(".hand");
      if (text.value !== mine.text) text.value = mine.text;
      bias.min = Math.min(Number(bias.min), mine.bias);
      bias.max = Math.max(Number(bias.max), mine.bias);
      bias.value = mine.bias;
      this.find(".bias-said").textContent = mine.bias.toFixed(2);
      this.find(".rule").value = mine.rule;
      this.addHands();
      hand.value = mine.hand;
      const place = placeOf(mine.speed),
        speed = this.find(".speed");
      const said = place >= 100 ? "as fast as it goes" : `${Math.round(mine.speed)} points per second`;
      speed.value = place;
      speed.setAttribute("aria-valuetext", said);
      this.find(".speed-said").textContent = place >= 100 ? "at once" : `${Math.round(mine.speed)}/s`;
      for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (this.shadowRoot.querySelectorAll("[data-show]"))) {
        box.checked = mine.show.includes(box.dataset.show);
      }
      this.find(".lens").hidden = !mine.show.includes("lens");
      this.find(".letters").hidden = !mine.show.includes("window");
      this.find("canvas").hidden = !this.job || !mine.show.includes("cells");
      this.find(".mind").hidden = !this.job || !mine.show.some((name) => name === "lens" || name === "window");
      this.draw();
    }

    /** The hands there are: those that come with the weights, the reader's own, and one that was asked for. */
    addHands() {
      const select = this.find(".hand"),
        known = new Map([["", "as it comes"]]);
      const styles = this.info?.styles || [],
        numbered = styles[Number(this.values.hand) - 1];
      if (numbered) this.values.hand = numbered.name;
      for (const { name } of styles) known.set(name, name);
      if (this.own) known.set("own", "your own");
      if (!this.info && this.values.hand)
        known.set(this.values.hand, /^\d+$/.test(this.values.hand) ? `number ${this.values.hand}` : this.values.hand);
      else if (!known.has(this.values.hand)) this.values.hand = "";
      if (select.options.length === known.size && [...select.options].every((o) => known.has(o.value))) return;
      select.replaceChildren(...[...known].map(([value, label]) => new Option(label, value)));
    }

    tell(state) {
      this.state = state;
      this.find(".go").textContent = { writing: "Pause", paused: "Continue" }[state] || "Write";
      this.find(".svg").disabled = !this.job?.made;
      this.dispatchEvent(
        new CustomEvent("scribe", { bubbles: true, detail: { state, points: this.job ? this.job.made : 0 } }),
      );
    }

    say(message, bad = false) {
      const status = this.find(".status");
      status.classList.toggle("bad", bad);
      if (status.textContent !== message) status.textContent = message;
    }

    /** Something cannot be done: say so and be ready for the next try. */
    fail(message) {
      this.say(message, true);
      this.tell("failed");
    }

    // The network

    /** The network, loaded: a promise. */
    started() {
      if (!this.service) {
        this.service = this.start();
        this.service.catch(() => (this.service = null));
      }
      return this.service;
    }

    async start() {
      const [data] = await Promise.all([weightsNamed(this.getAttribute("weights") || "default"), parts()]);
      for (const name of Object.keys(PARTS)) {
        if (typeof globalThis[name] !== "function") {
          loading.delete(PARTS[name]);
          throw new Error(`${PARTS[name]} is damaged.`);
        }
      }
      this.ink = scribeInk();
      return new Promise((resolve, reject) => {
        const service = startedService(
          (message) => {
            if (message.kind === "ready") {
              this.info = message;
              this.set({});
              resolve(service);
            } else if (message.kind === "failed" && !this.info) {
              service.end();
              reject(new Error(message.message));
            } else {
              this.receive(message);
            }
          },
          (message) => {
            this.service = null;
            this.fail(message);
          },
        );
        service.send({ kind: "load", data });
      });
    }

    send(message) {
      if (this.service)
        this.service.then(
          (service) => service.send(message),
          () => {},
        );
    }

    /** Write the text from its beginning. Whatever was being written is dropped. */
    async write() {
      const turn = ++this.jobs;
      this.send({ kind: "stop" });
      if (this.job) this.job.stopped = true;
      this.tell("loading");
      if (!this.info) this.say("Loading the network ...");
      try {
        await this.started();
      } catch (error) {
        if (turn === this.jobs) this.fail(error.message);
        return;
      }
      if (turn !== this.jobs) return; // something else was asked for meanwhile
      const { text, notes } = this.readable(this.values.text);
      const windowed = this.info.architecture.window > 0;
      if (windowed && !text) {
        const nothing = this.values.text.trim()
          ? "None of these characters is known to the network."
          : "The text is empty.";
        return this.fail(`There is nothing to write. ${nothing}`);
      }
      const room = Math.floor((this.clientWidth || 600) / 14.5);
      const lines = windowed ? this.balanced(text, clamp(room, ...CHARACTERS)) : [null];
      this.begin(turn, lines, notes);
      const { bias, rule, seed, hand } = this.values;
      const styles = [...this.info.styles, ...(this.own ? [{ ...this.own, name: "own" }] : [])];
      const style = styles.find((s) => s.name === hand) || null;
      this.job.until = this.ahead();
      this.job.cells = this.values.show.includes("cells");
      const { until, cells } = this.job;
      this.send({ kind: "write", id: turn, lines, bias, rule, style, seed, until, cells });
      this.say(["Writing ...", ...notes].join(" "));
      this.tell("writing");
      this.wake();
    }

    /** The text as the network can read it, and what to tell the reader about that. */
    readable(text) {
      // The same rules as in the worker; the network's functions are small.
      this.network = this.network || scribeNetwork();
      const { characters, standIns } = this.info;
      const result = this.network.readable({ characters, standIns }, text);
      const notes = [];
      if (result.replaced.length) notes.push(`${listed(result.replaced.map(([a, b]) => `${a} became ${b}`))}.`);
      if (result.dropped.length)
        notes.push(
          `Left out, as the network does not know ${result.dropped.length > 1 ? "them" : "it"}: ${result.dropped.slice(0, 12).join(" ")}.`,
        );
      return { text: result.text, notes };
    }

    /** Lines of about the same length. */
    balanced(text, width) {
      const lines = this.ink.wrap(text, width);
      let narrow = width;
      while (narrow > 8 && this.ink.wrap(text, narrow - 1).length === lines.length) narrow--;
      return this.ink.wrap(text, narrow);
    }

    another() {
      this.set({ seed: newSeed() });
      return this.write();
    }

    pause() {
      if (this.state !== "writing") return;
      this.say("Paused. The slider Moment goes back and forth.");
      this.tell("paused");
    }

    resume() {
      if (this.state !== "paused") return;
      this.say("Writing ...");
      this.tell("writing");
      this.wake();
    }

    /** An empty page for these lines. */
    begin(id, lines, notes) {
      const page = this.find(".page");
      for (const group of this.shadowRoot.querySelectorAll(".lines")) group.replaceChildren();
      this.job = {
        id,
        notes,
        made: 0,
        shown: 0,
        until: 0,
        done: false,
        cut: [],
        where: [],
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        row: -1,
        brightest: 0.2,
        lines: [],
      };
      for (const [i, text] of lines.entries()) {
        const groups = [...this.shadowRoot.querySelectorAll(".lines")].map((parent) => {
          const group = svg("g", { transform: `translate(0 ${i * LINE})` });
          parent.append(group);
          return group;
        });
        this.job.lines.push({
          text,
          groups,
          x: [],
          y: [],
          up: [],
          phi: [],
          mixtures: [],
          cells: [],
          strokes: [],
          first: 0,
        });
      }
      const longest = Math.max(...lines.map((line) => (line ? line.length : 60)));
      this.job.longest = longest;
      this.job.width = Math.max(18, WIDE * longest + 2.6);
      const goal = this.goal();
      this.job.view = goal;
      page.style.aspectRatio = `${goal[2]} / ${goal[3]}`;
      page.removeAttribute("hidden");
      this.find('slot[name="still"]').hidden = true;
      page.setAttribute("aria-label", `Handwriting: ${lines.filter(Boolean).join(" ")}`);
      this.find(".moment").disabled = false;
      this.set({});
    }

    /** What the worker sends. */
    receive(message) {
      const { job } = this;
      if (!job || message.id !== job.id || job.stopped) return;
      if (message.kind === "points") this.add(message);
      else if (message.kind === "end") {
        if (message.reason === "cap" && job.lines[message.line].text !== null) job.cut.push(message.line + 1);
      } else if (message.kind === "done") job.done = true;
      else if (message.kind === "failed") this.fail(message.message);
      this.wake();
    }

    add({ line: number, points, phi, mixtures, cells }) {
      const { job } = this,
        line = job.lines[number],
        count = points.length / 3;
      const seen = phi.length / count,
        expected = mixtures.length / count,
        inside = cells.length / count;
      if (!line.x.length) line.first = job.made;
      for (let i = 0; i < count; i++) {
        const t = line.x.length,
          [x, y, up] = points.subarray(3 * i);
        if (t === 0 || line.up[t - 1]) {
          const paths = line.groups.map((group) => group.appendChild(svg("path")));
          line.strokes.push({ from: t, to: t, shown: 0, paths });
        }
        line.x.push(x);
        line.y.push(y);
        line.up.push(up);
        line.phi.push(phi.subarray(seen * i, seen * (i + 1)));
        job.brightest = Math.max(job.brightest, ...line.phi[t]);
        line.mixtures.push(mixtures.subarray(expected * i, expected * (i + 1)));
        if (inside) line.cells.push(cells.subarray(inside * i, inside * (i + 1)));
        line.strokes[line.strokes.length - 1].to = t + 1;
        job.where.push(number);
        job.made += 1;
        job.left = Math.min(job.left, x);
        job.right = Math.max(job.right, x);
        job.top = Math.max(job.top, y - number * LINE);
        job.bottom = Math.min(job.bottom, y - number * LINE);
      }
    }

    /** How many points should be made by now: some more than are shown. */
    ahead() {
      return this.job.shown + (this.hurried ? 1e6 : clamp(this.values.speed * 0.3, 20, 600));
    }

    get hurried() {
      return still.matches || placeOf(this.values.speed) >= 100;
    }

    // Time

    wake() {
      if (!this.frame && this.job && this.seen && this.isConnected) {
        this.ticked = performance.now();
        this.frame = requestAnimationFrame((now) => this.tick(now));
      }
    }

    tick(now) {
      this.frame = 0;
      const { job } = this,
        passed = clamp(now - this.ticked, 0, 100);
      this.ticked = now;
      if (this.state === "writing" && !job.stopped) {
        // With reduced motion nothing moves: a line stands there when it is finished.
        const ready =
          still.matches && !job.done ? (job.where.length ? job.lines[job.where[job.made - 1]].first : 0) : job.made;
        const whole = Math.floor(job.shown);
        job.shown = this.hurried ? ready : Math.min(ready, job.shown + (this.values.speed * passed) / 1000);
        const wanted = this.ahead();
        if (!job.done && wanted > job.until + (this.hurried ? 0 : 10)) {
          job.until = wanted;
          this.send({ kind: "more", id: job.id, until: wanted });
        }
        if (whole === 0 && job.shown >= 1)
          this.dispatchEvent(new CustomEvent("scribe", { bubbles: true, detail: { state: "ink", points: 1 } }));
        if (job.done && job.shown >= job.made) this.finish();
      }
      const moved = this.look(passed);
      this.draw();
      const waiting = this.state === "writing" && still.matches && !job.done;
      if (this.seen && (moved || (this.state === "writing" && !waiting))) {
        this.frame = requestAnimationFrame((later) => this.tick(later));
      }
    }

    finish() {
      const { job } = this,
        { cut } = job;
      const said = [`Written: ${plural(job.made, "point")}.`, ...job.notes];
      if (cut.length) {
        const which = job.lines.length > 1 ? `Line ${listed(cut.map(String))}` : "It";
        said.push(`${which} was cut off: the network did not come to the end of the text.`);
      }
      this.say(said.join(" "));
      this.tell("done");
    }

    // Drawing

    /** The part of the plane to be seen: [left, top, width, height], y downwards. It only grows. */
    goal() {
      const { job } = this,
        left = Math.min(-1.2, job.left - 1),
        lowest = (job.lines.length - 1) * LINE;
      // As wide as the longest line will be if it goes on as it has begun.
      const at = this.place(Math.floor(job.shown)),
        seen = at.t > 30 ? at.line.phi[at.t] : [],
        read = seen.indexOf(Math.max(...seen));
      if (read > 4) job.width = Math.max(job.width, (at.x / read) * job.longest + 2.6);
      const top = Math.min(-2.9, -job.top - 0.8),
        bottom = Math.max(lowest + 1.7, -job.bottom + 0.7);
      return [left, top, Math.max(job.width, job.right + 1.6) - left, bottom - top];
    }

    /** Move the view towards its goal; whether it is still on its way. */
    look(passed) {
      const { job } = this,
        goal = this.goal(),
        share = still.matches ? 1 : 1 - Math.exp(-passed / 200);
      const far = goal.some((g, i) => Math.abs(g - job.view[i]) > 0.01);
      job.view = goal.map((g, i) => (far ? job.view[i] + share * (g - job.view[i]) : g));
      return far;
    }

    draw() {
      const { job } = this;
      if (!job) return;
      const shown = Math.floor(job.shown);
      for (const line of job.lines) {
        for (const stroke of line.strokes) {
          const count = clamp(shown - line.first - stroke.from, 0, stroke.to - stroke.from);
          if (count === stroke.shown) continue;
          const points = [];
          for (let t = stroke.from; t < stroke.from + count; t++) points.push([line.x[t], line.y[t]]);
          const path = this.ink.path(points);
          for (const element of stroke.paths) element.setAttribute("d", path);
          stroke.shown = count;
        }
      }
      this.find(".page").setAttribute("viewBox", job.view.map((v) => v.toFixed(3)).join(" "));
      const moment = this.find(".moment"),
        at = this.place(job.pointed ?? shown);
      moment.max = job.made;
      moment.value = shown;
      moment.setAttribute("aria-valuetext", `point ${shown} of ${job.made}`);
      this.find(".moment-said").textContent = `${shown} / ${job.made}`;
      this.drawPen(at);
      this.drawMixture(at);
      this.drawWindow(at);
      this.drawCells(at);
    }

    /** The reader points at a place of a line that stands there: show what the network had in mind there, or no longer. */
    point(event) {
      const { job } = this;
      if (!job || (!event && job.pointed === undefined)) return;
      job.pointed = undefined;
      if (event && this.state !== "writing" && job.shown >= 1) {
        const page = this.find(".page");
        const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(page.getScreenCTM().inverse());
        let nearest = 2.5; // body heights
        for (let shown = 1; shown <= Math.floor(job.shown) - (job.done ? 1 : 0); shown++) {
          const place = this.place(shown),
            far = Math.hypot(place.x - x, -place.y - y);
          if (far < nearest) [nearest, job.pointed] = [far, shown];
        }
      }
      this.draw();
    }

    /** Where the pen is after so many points, and which point comes next in the same line. */
    place(shown) {
      const { job } = this;
      if (!shown)
        return { x: 0, y: 0, up: true, line: job.lines[0], number: 0, t: -1, next: job.made ? 0 : -1, over: false };
      const number = job.where[shown - 1],
        line = job.lines[number],
        t = shown - 1 - line.first;
      const next = t + 1 < line.x.length ? t + 1 : -1;
      const over = shown === job.made && job.done;
      return { x: line.x[t], y: line.y[t] - number * LINE, up: line.up[t] === 1, line, number, t, next, over };
    }

    drawPen({ x, y, up, over }) {
      const pen = this.find(".pen");
      pen.toggleAttribute("hidden", over || !this.values.show.includes("pen"));
      pen.classList.toggle("up", up);
      pen.setAttribute("transform", `translate(${x} ${-y}) scale(${up ? 1.12 : 1})`);
    }

    /** The Gaussians that the next point is drawn from, to two deviations. */
    drawMixture({ x, y, line, next, over, number }) {
      const { show } = this.values,
        mixture = next >= 0 && !over ? line.mixtures[next] : null;
      const [left, low] = next === 0 ? [0, -number * LINE] : [x, y],
        found = [];
      for (let m = 1; mixture && m < mixture.length; m += 6) {
        const [share, mx, my, sx, sy, rho] = mixture.subarray(m, m + 6);
        if (share < 0.01) continue;
        const half = (sx * sx - sy * sy) / 2,
          off = rho * sx * sy,
          middle = (sx * sx + sy * sy) / 2,
          root = Math.hypot(half, off);
        const long = 2 * Math.sqrt(middle + root),
          short = 2 * Math.sqrt(Math.max(middle - root, 0));
        found.push({ share, x: left + mx, y: low + my, long, short, angle: (-Math.atan2(off, half) * 90) / Math.PI });
      }
      for (const [name, group] of [
        ["mixture", this.find(".page .mixture")],
        ["lens", this.find(".lens .mixture")],
      ]) {
        const wanted = show.includes(name) ? found : [];
        while (group.children.length < wanted.length) group.append(svg("ellipse"));
        [...group.children].forEach((ellipse, i) => {
          ellipse.toggleAttribute("hidden", i >= wanted.length);
          if (i >= wanted.length) return;
          const { share, x, y, long, short, angle } = wanted[i];
          ellipse.setAttribute("rx", long);
          ellipse.setAttribute("ry", short);
          ellipse.setAttribute("transform", `translate(${x} ${-y}) rotate(${angle})`);
          ellipse.style.fillOpacity = 0.08 + 0.42 * share;
          ellipse.style.strokeOpacity = 0.25 + 0.75 * share;
        });
      }
      if (show.includes("lens"))
        this.drawLens(found, [left, low], found.length ? [line.x[next], line.y[next] - number * LINE] : null, mixture);
    }

    /** The Gaussians so large that they can be told apart, the pen, and the point that was drawn from them. */
    drawLens(found, pen, taken, mixture) {
      const { job } = this,
        total = found.reduce((sum, one) => sum + one.share, 0);
      const mean = (key, otherwise) =>
        total ? found.reduce((sum, one) => sum + one.share * one[key], 0) / total : otherwise;
      const [x, y] = [mean("x", pen[0]), mean("y", pen[1])];
      const reach = Math.max(0.03, ...found.map((one) => Math.hypot(one.x - x, one.y - y) + one.long));
      // It opens at once and closes slowly.
      const wanted = total ? clamp(1.6 * reach, 0.05, 4) : 0.5;
      job.lens = this.state === "writing" && job.lens ? Math.max(wanted, 0.9 * job.lens) : wanted;
      const r = job.lens,
        [line, dot, cross] = this.find(".lens .marks").children;
      this.find(".lens svg").setAttribute("viewBox", `${x - r} ${-y - r} ${2 * r} ${2 * r}`);
      line.setAttribute("d", `M${pen[0]} ${-pen[1]}L${x} ${-y}`);
      for (const [key, value] of [
        ["cx", pen[0]],
        ["cy", -pen[1]],
        ["r", 0.06 * r],
      ])
        dot.setAttribute(key, value);
      const arm = 0.07 * r;
      cross.setAttribute(
        "d",
        taken ? `M${taken[0] - arm} ${-taken[1] - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}` : "",
      );
      const times = ((152 / (2 * r)) * job.view[2]) / (this.wide || 600);
      const said = `\u00d7 ${times < 10 ? times.toFixed(1) : Math.round(times)}, pen up: ${Math.round(100 * (mixture ? mixture[0] : 0))} %`;
      this.find(".lens figcaption").textContent = mixture ? said : "\u00a0";
    }

    /** How much of each letter the network sees for the next point. */
    drawWindow({ line, number, t, next, over }) {
      const { job } = this,
        row = this.find(".letters");
      if (!this.values.show.includes("window") || line.text === null) return;
      if (job.row !== number) {
        job.row = number;
        const cells = Array.from(line.text, (c) => (c === " " ? "\u2423" : c)).map((letter) => {
          const cell = document.createElement("span");
          cell.append(document.createElement("b"), document.createElement("i"), letter);
          return cell;
        });
        const end = document.createElement("span");
        end.className = "end";
        end.append(document.createElement("b"), document.createElement("i"), "\u25a0");
        row.replaceChildren(...cells, end);
        row.style.setProperty("--letters", cells.length + 1);
      }
      const phi = over ? null : line.phi[next >= 0 ? next : t];
      [...row.children].forEach((cell, u) => {
        const weight = phi ? Math.min(phi[u] / job.brightest, 1) : 0;
        const rounded = Math.round(100 * weight) / 100;
        if (cell.weight === rounded) return;
        cell.weight = rounded;
        cell.firstChild.style.opacity = 0.4 * rounded;
        cell.children[1].style.transform = `scaleY(${rounded})`;
      });
    }

    /** What all layers put out for the next point, a row each: orange above zero, blue below. */
    drawCells({ line, t, next, over }) {
      const canvas = this.find("canvas"),
        cells = over ? null : line.cells[next >= 0 ? next : t];
      if (!this.info || canvas.hidden) return;
      const { units, layers } = this.info.architecture,
        thick = Math.max(1, Math.round(units / 24));
      if (canvas.width !== units) [canvas.width, canvas.height] = [units, layers * thick];
      const image = new ImageData(units, layers * thick);
      for (let i = 0; cells && i < image.data.length / 4; i++) {
        const value = cells[Math.floor(i / (units * thick)) * units + (i % units)];
        image.data.set([...(value > 0 ? [217, 112, 43] : [46, 134, 200]), 2 * Math.abs(value)], 4 * i);
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
    }

    // To take away

    get address() {
      const { text, bias, rule, hand, seed, speed, show } = this.values;
      const state = new URLSearchParams({ text, bias: String(Number(bias.toFixed(2))) });
      if (rule !== "graves") state.set("rule", rule);
      if (hand && hand !== "own") state.set("hand", hand);
      state.set("seed", String(seed));
      state.set("speed", String(Math.round(speed)));
      state.set("show", show.join(" "));
      return `${location.href.split("#")[0]}#scribe:${encodeURIComponent(this.id)}?${state}`;
    }

    async copy() {
      const field = this.find(".address"),
        input = field.querySelector("input");
      input.value = this.address;
      try {
        await navigator.clipboard.writeText(input.value);
        field.hidden = true;
        this.say(
          this.values.hand === "own"
            ? "Link copied. Your own hand stays here; the link writes without it."
            : "Link copied.",
        );
      } catch {
        field.hidden = false;
        input.select();
        this.say("The link is below, ready to be copied.");
      }
    }

    /** What stands there now, as an SVG document of single lines. */
    drawing() {
      const { job } = this,
        [left, top] = [job.left - 1, -job.top - 1],
        text = job.lines.map((line) => line.text || "").join("\n");
      const width = job.right + 1 - left,
        height = -job.bottom + 1 - top;
      const n = (value) => String(Math.round(value * 100) / 100);
      const root = svg("svg", {
        xmlns: SVG,
        role: "img",
        width: n(10 * width),
        height: n(10 * height),
        viewBox: [left, top, width, height].map(n).join(" "),
      });
      const title = svg("title"),
        group = svg("g", {
          fill: "none",
          stroke: "currentColor",
          "stroke-width": PEN,
          "stroke-linecap": "round",
          "stroke-linejoin": "round",
        });
      title.textContent = text || "Handwriting";
      root.append(title, group);
      job.lines.forEach((line, number) => {
        const part = svg("g", { transform: `translate(0 ${n(number * LINE)})` });
        for (const stroke of line.strokes)
          if (stroke.shown) part.append(svg("path", { d: stroke.paths[0].getAttribute("d") }));
        group.append(part);
      });
      return new XMLSerializer().serializeToString(root).replace(` xmlns="${SVG}" xmlns="${SVG}"`, ` xmlns="${SVG}"`);
    }

    save() {
      const name =
        this.values.text
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, "-")
          .replace(/^-+|-+$/g, "")
          .slice(0, 40) || "handwriting";
      download(`${name}.svg`, "image/svg+xml", this.drawing());
      this.say(`Saved as ${name}.svg.`);
    }

    // The reader's own hand

    listenToThePad(on) {
      const pad = this.find(".pad"),
        drawn = this.find(".pad .ink");
      let stroke = null,
        path = null;
      const add = (event) => {
        // Where the pointer is in the field's own units, however wide the page shows it.
        const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(pad.getScreenCTM().inverse());
        stroke.push([Math.round(place.x * 10) / 10, Math.round(place.y * 10) / 10, Math.round(event.timeStamp)]);
        path.setAttribute("d", `M${stroke.map(([x, y]) => `${x} ${y}`).join("L")}${stroke.length < 2 ? "h.1" : ""}`);
      };
      on(".pad", "pointerdown", (event) => {
        if (!event.isPrimary || event.button) return;
        event.preventDefault();
        pad.setPointerCapture(event.pointerId);
        stroke = [];
        this.strokes.push(stroke);
        path = drawn.appendChild(svg("path"));
        add(event);
      });
      on(".pad", "pointermove", (event) => {
        if (!stroke || !event.isPrimary) return;
        const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        (between.length ? between : [event]).forEach(add);
      });
      for (const end of ["pointerup", "pointercancel"]) on(".pad", end, (event) => event.isPrimary && (stroke = null));
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

    /** Go on in the hand of the drawing. */
    async use() {
      const points = this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
      if (points < 10) return this.say("Write a few words in the field first.", true);
      if (!this.find(".says").value.trim())
        return this.say("Say what your drawing says, so that the network can read along.", true);
      try {
        await this.started();
      } catch (error) {
        return this.fail(error.message);
      }
      const { text } = this.readable(this.find(".says").value);
      const offsets = text && this.ink.fromDrawing(this.strokes, text, this.info.pointsPerCharacter);
      if (!offsets)
        return this.say("This drawing cannot be read: it needs more than dots, and a text of known characters.", true);
      this.own = { text, offsets };
      this.set({ hand: "own" });
      return this.write();
    }
  }

  customElements.define("scribe-writer", ScribeWriter);

  // --- links that set a figure --------------------------------------------------------------------------------

  /** Follow "#scribe:ID?text=...&bias=..."; whether there was such a figure. */
  function follow(fragment) {
    const match = /^#scribe:([^?]*)(?:\?(.*))?$/.exec(fragment);
    if (!match) return false;
    let id = match[1];
    try {
      id = decodeURIComponent(id);
    } catch {
      return false;
    }
    const figure = document.getElementById(id);
    if (!(figure instanceof ScribeWriter)) return false;
    figure.set(Object.fromEntries(new URLSearchParams(match[2] || "")));
    figure.scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
    figure.write();
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="#scribe:"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const fragment = link.getAttribute("href");
    if (!follow(fragment)) return;
    event.preventDefault();
    history.replaceState(null, "", fragment);
  });
  addEventListener("hashchange", () => follow(location.hash));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => follow(location.hash));
  else follow(location.hash);
})();
