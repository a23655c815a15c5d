/*
 * <scribe-writer text="..." bias="0.5" hand="..." seed="1" show="pen window ghosts lens">: a figure that writes.
 *
 * The only script that a page loads by itself. The network, and its weights, come when the figure is first used; they
 * lie beside this script, or in the page itself. The network runs in a worker. What stands inside the element in the
 * page, a still picture and a sentence, is there without JavaScript; with it, the picture stays until something is
 * written. A figure with a recording writes that as soon as it is in sight: kilobytes, and no weights.
 *
 * Attributes
 *   text, bias, rule ("graves", "post"), hand (its name, or its number from 1), guidance (how many times the hand counts,
 *   1 to 2.5; 1.5 for the reader's own and 1 for others unless it's said), seed, speed (points per second)
 *   show       what to show beside the ink: pen, window (with the letters of a line that is done), ghosts (what might
 *              come), lens, cells
 *   controls   which controls there are, and open: text bias rule hand speed moment cell show own keep
 *   cell       what the ink of a line that is done is coloured by, in place of its letters: "forget gate 3 17" is that of
 *              number 17 (from 0) in layer 3; aspects are output, cell, input gate, forget gate, output gate
 *   weights    the name of the weights: "anyone"
 *   recording  the name of a recorded line
 *   id         for links: <a href="#scribe:ID?text=...&bias=..."> sets the figure and starts it
 * Methods: set({text, bias, ...}), write(), pause(), another(). Event: "scribe" with detail {state, points}.
 */
(() => {
  "use strict";
  if (customElements.get("scribe-writer")) return;

  const { parts, dataNamed, turn, SVG, svg, clamp, number, newSeed, listed, plural, download } = globalThis.scribeLoad;
  const choice = globalThis.scribeChoice;
  /** @type {{ new (): HTMLElement & Record<string, any> }} */
  const HandChooser = choice.HandChooser;
  const LINE = 3.4; // from baseline to baseline, in body heights
  const PEN = 0.13; // width of the ink
  const WIDE = 0.5; // body heights that a character takes, until the pen shows how wide this hand is
  const CHARACTERS = 36; // in a line, however wide the screen: the same link writes the same ink everywhere
  const LONGEST = 1000; // characters of a text
  const SLOWEST = 15,
    AT_ONCE = 2000; // points per second, the ends of the slider
  const NUDGE = 0.15; // body heights that an arrow key moves the pen
  const GRASP = 0.9; // body heights from the pen at which a pointer takes it
  const GHOSTS = { count: 20, length: 15 };
  const SLOWLY = 40; // points per second: ghosts keep up with a pen that is no faster
  const HURRIED = 100; // milliseconds from one picture to the next while it writes as fast as it goes
  const PLAYED = 150; // points per second of a recording
  const DENSITY = 64; // pixels along the magnifier
  const WIDER = 1.3; // it shows so many times as much as it has to, at most, while it closes
  const LIFT = 0.09; // body heights: the radius of the dots that mark lifts
  const COLOURS = { window: [46, 134, 200], ghosts: [217, 112, 43] };
  const SHOWN = ["pen", "window", "ghosts", "lens", "cells"];
  const CONTROLS = ["text", "bias", "hand", "speed", "moment", "cell", "show", "own", "keep"];
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const STYLE = `
    :host { display: block; margin: 1.5rem 0; --ink: currentColor; --window: #2e86c8; --ghosts: #d9702b; --middle: #808590; --pen: #d64550;
      --edge: color-mix(in srgb, currentColor 62%, transparent); --faint: color-mix(in srgb, currentColor 12%, transparent);
      --letter-0: #2e86c8; --letter-1: #d64550; --letter-2: #1f9e77; --letter-3: #8a63d2; --letter-4: #c8641f; }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .figure { container-type: inline-size; }
    /* The height is that of the lines to come, or of the still picture, whichever is more: nothing jumps. */
    .stage { position: relative; display: grid; align-items: center; max-height: 75vh; overflow: hidden; }
    .stage::before { content: ""; grid-area: 1 / 1; padding-top: calc(100% / var(--ratio, 4.2)); }
    .stage slot { grid-area: 1 / 1; }
    .stage slot.gone { visibility: hidden; }
    .page { position: absolute; inset: 0; width: 100%; height: 100%; cursor: crosshair; touch-action: manipulation; }
    .cells { display: block; width: 100%; margin-top: 0.5rem; image-rendering: pixelated; border: 1px solid var(--edge); }
    .stage ::slotted(*) { width: 100%; margin: 0 !important; }
    .stage ::slotted(img) { width: 100% !important; height: auto !important; max-height: 14rem; background: none !important;
      filter: none !important; object-fit: contain; }
    .ink { fill: none; stroke: var(--ink); stroke-width: ${PEN}; stroke-linecap: round; stroke-linejoin: round; }
    .told path { stroke: var(--letter); }
    .told circle { fill: var(--ink); stroke: none; opacity: 0.6; }
    .coloured .page .lines, .shaded .page .lines { opacity: 0; }
    .shades path { stroke-width: ${1.3 * PEN}; }
    .figure:not(.shaded) .shades, .shaded .told { display: none; }
    .figure:not(.coloured) .told { display: none; }
    .figure:not(.coloured) .course { visibility: hidden; }
    .lighting .told path:not(.lit) { opacity: 0.25; }
    .told .lit { stroke-width: ${1.5 * PEN}; }
    .ghosts path { fill: none; stroke: var(--ghosts); stroke-width: ${0.6 * PEN}; stroke-linecap: round; stroke-linejoin: round;
      opacity: 0.4; }
    .pen { fill: none; stroke: var(--pen); stroke-width: 0.07; }
    .pen.up { stroke-dasharray: 0.12 0.12; }
    .watch { margin-top: 0.25rem; }
    .row.take { gap: 0.4rem 0.6rem; align-items: center; min-height: 2.4rem; margin: 0.2rem 0 0.5rem; font-size: 0.85rem; }
    .take:not(.on), .cell:not(.on), .cell.plain .which { visibility: hidden; }
    .either { display: grid; } /* one or the other, in the same place */
    .either > * { grid-area: 1 / 1; }
    .row.cell { gap: 0.4rem 0.8rem; margin: 0.2rem 0 0.5rem; }
    .cell select { width: 9.5rem; }
    .cell input { width: 5.2rem; }
    .scale { flex: 1 1 14rem; min-width: 0; font-size: 0.85rem; line-height: 1.4; min-height: calc(0.5rem + 2.8em); font-variant-numeric: tabular-nums; }
    .scale i { display: block; height: 0.5rem; border-radius: 2px; background: linear-gradient(90deg, var(--window), var(--middle), var(--ghosts)); }
    .how { flex: 1 1 14rem; }
    .lift { width: 9.6rem; } /* its words change while the line is written, and nothing may jump */
    .taking .page { touch-action: none; }
    .taking .pen { stroke-width: 0.12; cursor: grab; pointer-events: all; }
    .taking .letters span { cursor: grab; }
    .letters .wanted { outline: 2px dashed var(--pen); border-radius: 3px; }
    .mind { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: flex-start; }
    .waiting { visibility: hidden; }
    .lens { margin: 0; flex: none; width: 9.5rem; margin-inline: auto; }
    .lens > div { position: relative; border: 1px solid var(--edge); border-radius: 50%; overflow: hidden; aspect-ratio: 1; }
    .lens svg, .lens canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
    .lens .ink path, .lens .gaussians ellipse, .marks * { stroke-width: 2; vector-effect: non-scaling-stroke; }
    .lens .ink { opacity: 0.4; }
    .lens .elsewhere { display: none; }
    .gaussians ellipse { fill: none; stroke: var(--ghosts); }
    .marks { fill: none; stroke: var(--ink); }
    .marks .at { stroke: var(--pen); }
    .lens figcaption { font-size: 0.75rem; line-height: 1.3; height: 2.7em; margin: 0 -0.7rem; text-align: center; white-space: nowrap; font-variant-numeric: tabular-nums; }
    .reading { flex: 1 1 16rem; min-width: 0; height: 11.6rem; }
    .columns { margin: 0 auto; width: min(100%, calc(1.5rem * var(--letters, 30))); height: 100%; display: flex; flex-direction: column; }
    .letters { display: flex; isolation: isolate; flex: none; position: relative; z-index: 1;
      font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: clamp(0.62rem, calc(100cqw / var(--letters, 30)), 1.15rem); }
    .letters span { flex: 1 1 0; min-width: 0; text-align: center; position: relative; line-height: 1.6; border-bottom: 3px solid transparent; }
    .coloured .letters span { border-color: var(--letter); cursor: pointer; }
    .letters i { position: absolute; left: 12%; right: 12%; height: 5.5rem; top: calc(1.6em + 3px); background: var(--window);
      transform: scaleY(0); transform-origin: top; border-radius: 0 0 2px 2px; pointer-events: none; }
    .coloured .letters i { display: none; }
    .letters b { position: absolute; inset: 0; background: var(--window); opacity: 0; border-radius: 3px; z-index: -1; }
    .letters .lit { font-weight: 700; outline: 2px solid var(--letter); border-radius: 3px; }
    .course { flex: 1; position: relative; min-height: 0; }
    .course canvas { display: block; width: 100%; height: 100%; border: 1px solid var(--faint); border-top: 0; }
    .course hr { position: absolute; left: 0; right: 0; margin: 0; border: 0; border-top: 2px solid var(--pen); pointer-events: none; }
    .status { margin: 0.35rem 0 0.3rem; min-height: 3em; font-size: 0.9rem; line-height: 1.5; font-variant-numeric: tabular-nums; }
    @container (max-width: 34rem) { .status { min-height: 4.5em; } }
    .status.bad { font-weight: 600; }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1.1rem; align-items: flex-end; margin-bottom: 0.6rem; }
    .ask { margin: 0.5rem 0 0; gap: 0.5rem; }
    label, .label { font-size: 0.85rem; display: flex; flex-direction: column; gap: 0.1rem; }
    label > span { display: flex; justify-content: space-between; gap: 0.6em; font-variant-numeric: tabular-nums; }
    .whole > span { justify-content: flex-start; } /* a number that grows to the left would be a thing that moves */
    label.box { flex-direction: row; align-items: center; gap: 0.35rem; }
    .grow { flex: 1 1 13rem; }
    .slider { flex: 1 1 8.5rem; max-width: 20rem; }
    .whole { flex: 1 1 100%; max-width: none; }
    input, select, button { font: inherit; color: inherit; }
    input[type="text"], input[type="number"], select, button { background: transparent; border: 1px solid var(--edge); border-radius: 4px; padding: 0.3rem 0.6rem;
      min-height: 2.4rem; }
    input[type="text"] { width: 100%; font-size: 1rem; }
    select { max-width: 13rem; font-size: 0.95rem; }
    select option { color: CanvasText; background: Canvas; }
    input[type="range"] { width: 100%; margin: 0; min-height: 1.6rem; accent-color: var(--window); }
    input[type="checkbox"] { accent-color: var(--window); width: 1.05rem; height: 1.05rem; margin: 0; }
    button { cursor: pointer; font-size: 0.95rem; white-space: nowrap; }
    button:hover:enabled { background: var(--faint); }
    button:disabled { opacity: 0.5; cursor: default; }
    button.go { min-width: 8.2rem; font-weight: 600; border-width: 2px; font-variant-numeric: tabular-nums; }
    :focus-visible { outline: 2px solid var(--window); outline-offset: 2px; }
    fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; min-height: 2.2rem; align-items: center; }
    legend { float: left; font-size: 0.85rem; padding: 0; margin-right: 0.3rem; }
    details { font-size: 0.95rem; margin-bottom: 0.4rem; }
    summary { cursor: pointer; padding: 0.35rem 0; width: fit-content; }
    ${choice.STYLE}
    details p { margin: 0.3rem 0 0.6rem; font-size: 0.9rem; }
    @media (prefers-reduced-motion: no-preference) { .letters i { transition: transform 40ms linear; } }
    @media (forced-colors: active) {
      .letters i, .letters b { forced-color-adjust: none; background: Highlight; }
      .shades, .scale i { forced-color-adjust: none; }
      .letters .lit { outline-color: Highlight; }
    }
    @media print {
      :host { color: black; }
      .ask, .status, .watch, .address, details, .pen, .ghosts, .told, .shades { display: none; }
      .coloured .page .lines, .shaded .page .lines { opacity: 1; }
    }
  `;

  const PAGE = `
    <style>${STYLE}</style>
    <div class="figure">
      <div class="stage">
        <slot name="still"></slot>
        <svg class="page" role="img" hidden><g class="ghosts"></g><g class="lines ink"></g><g class="told ink"></g><g class="shades ink"></g>
          <circle class="pen" r=".2" hidden/></svg>
      </div>
      <div class="row ask">
        <label class="grow" data-control="text"><span>Text</span>
          <input class="text" type="text" maxlength="${LONGEST}" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go"></label>
        <button type="button" class="go">Write</button>
        <button type="button" class="another">Another one</button>
      </div>
      <p class="status" role="status"></p>
      ${choice.OWN}
      <details class="more">
        <summary>More</summary>
        <div class="row">
          <label class="slider" data-control="bias"><span><span>wild</span> <span class="bias-said" aria-hidden="true"></span> <span>neat</span></span>
            <input class="bias" type="range" min="0" max="4" step="0.05" aria-label="Bias, from wild to neat"></label>
          <label class="slider" data-control="speed"><span>Speed <span class="speed-said" aria-hidden="true"></span></span>
            <input class="speed" type="range" min="0" max="100" step="1"></label>
          <label data-control="rule"><span>Rule of the bias</span>
            <select class="rule"><option value="graves">Graves (2013)</option><option value="post">the post (2016)</option></select></label>
        </div>
        <div class="row">
          <fieldset class="shown" data-control="show"><legend>Show</legend></fieldset>
          <span class="row" data-control="keep" style="margin:0;gap:.5rem">
            <button type="button" class="svg" disabled>Download SVG</button>
            <button type="button" class="link">Copy link</button></span>
        </div>
        <label class="address whole" hidden><span>Link to this figure as it stands</span><input type="text" readonly></label>
        <fieldset class="hands" data-control="hand"><legend>Hand</legend></fieldset>
        <div class="row" data-control="hand">${choice.CLOSELY}</div>
      </details>
      <div class="watch waiting">
        <label class="slider whole" data-control="moment"><span>Moment <span class="moment-said" aria-hidden="true"></span></span>
          <input class="moment" type="range" min="0" max="0" value="0" step="1" disabled></label>
        <div class="either"><div class="row take" data-control="moment" role="group" aria-label="Take the pen">
          <button type="button" class="lift">Lift the pen</button>
          <button type="button" class="move" aria-describedby="how">Move the pen</button>
          <button type="button" class="undo" disabled>Undo</button>
          <span id="how" class="how">or drag it by its ring, and drop the light on another letter</span>
        </div>
        <div class="row cell plain" data-control="cell" role="group" aria-label="What colours the ink">
          <label><span>Ink coloured by</span><select class="aspect"></select></label>
          <label class="which"><span>Layer</span><input class="layer" type="number" min="1" value="1"></label>
          <label class="which"><span>Cell</span><input class="number" type="number" min="0" value="0"></label>
          <output class="scale which"><i></i><span></span></output>
        </div></div>
        <div class="mind">
          <figure class="lens" aria-hidden="true"><div><canvas class="density" width="${DENSITY}" height="${DENSITY}"></canvas>
            <svg viewBox="-2 -2 4 4"><g class="lines ink"></g><g class="gaussians"></g>
            <g class="marks"><circle class="at"/><path class="taken"/></g></svg></div>
            <figcaption>&nbsp;</figcaption></figure>
          <div class="reading"><div class="columns">
            <div class="letters" role="listbox" aria-label="The letters of the line" tabindex="0"></div>
            <div class="course" hidden><canvas class="diagonal" role="img" aria-label="The window along the line: letters from left to right, points from top to bottom"></canvas><hr hidden></div>
          </div></div>
        </div>
        <canvas class="cells" aria-hidden="true" hidden></canvas>
      </div>
    </div>`;

  /** What draws: enough for a recording. And what writes. */
  const DRAWING = { scribeInk: "scribe-ink.js", scribeMind: "scribe-mind.js" };
  const WRITING = { ...DRAWING, scribeNetwork: "scribe-network.js", scribeService: "scribe-service.js" };

  const speedAt = (place) => Math.round(SLOWEST * (AT_ONCE / SLOWEST) ** (place / 100));
  const placeOf = (speed) =>
    Math.round((100 * Math.log(clamp(speed, SLOWEST, AT_ONCE) / SLOWEST)) / Math.log(AT_ONCE / SLOWEST));

  /** The numbers of a recording; what they are, scribe/page/light.py says. */
  function played({ points: count, letters, brightest, data }) {
    const text = atob(data),
      bytes = Uint8Array.from(text, (c) => c.charCodeAt(0)),
      numbers = Float32Array.from(new Int16Array(bytes.buffer));
    const one = 3 * count,
      two = numbers.length - (3 + letters) * count;
    return {
      points: numbers.subarray(0, one).map((v, i) => (i % 3 < 2 ? v / 512 : v)),
      mixtures: numbers.subarray(one, one + two).map((v) => v / 16384),
      phi: numbers.subarray(one + two).map((v) => (v * brightest) / 255),
    };
  }

  const POINTS = ["x", "y", "up", "phi", "mixtures", "cells"];
  const UNDONE = 10; // how often the pen can be given back
  /** The first points of a line, without what draws them. */
  const cutAt = (line, count) => Object.fromEntries(POINTS.map((key) => [key, line[key].slice(0, count)]));

  // --- the figure ---------------------------------------------------------------------------------------------

  class ScribeWriter extends HandChooser {
    connectedCallback() {
      if (!this.shadowRoot) this.build();
      this.watch = new IntersectionObserver(([entry]) => {
        this.seen = entry.isIntersecting;
        if (this.seen) this.replay();
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
      super.disconnectedCallback();
    }

    end() {
      super.end();
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.job = null;
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = PAGE; // no text of anybody's is in it
      this.find = (name) => root.querySelector(name);
      this.whole = false; // most texts are written in ASCII
      this.seen = false;
      this.state = "idle";
      this.job = null; // what is being written, or was
      this.jobs = 0;
      this.values = {
        text: "",
        bias: 0.5,
        rule: "graves",
        hand: "",
        guidance: null,
        seed: newSeed(),
        speed: 120,
        show: ["pen", "window", "ghosts"],
        cell: "",
      };
      this.first = { ...this.values }; // where links start from
      for (const child of this.children) {
        if (child.querySelector("img, svg") || child.matches("img, svg")) {
          child.slot = "still";
          break;
        }
      }
      const shown = this.find(".shown");
      for (const [name, label] of [
        ["window", "letters"],
        ["ghosts", "what might come"],
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
      for (const control of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-control]"))) {
        control.hidden = !this.hasControl(control.dataset.control);
      }
      // Who chose the controls wants them to be seen.
      this.find(".more").open = this.hasAttribute("controls");
      this.timers = [];
      this.drawn = 0; // when the last picture was
      this.held = null; // where the pen was taken, and where it is now
      this.set(Object.fromEntries(Object.keys(this.values).map((key) => [key, this.getAttribute(key)])));
      this.first = { ...this.values };
      this.listen();
      if (this.hasAttribute("recording")) this.find("slot").classList.add("gone");
      if (this.find(".more").open) this.picture();
      this.ask();
      this.say("Press Write: a network of about 1 MB is loaded and writes here, in this page.");
    }

    listen() {
      const on = (name, event, act) => this.find(name).addEventListener(event, act);
      const rewrite = () => this.job && !this.job.recorded && this.write();
      // Whoever writes meanwhile, by Enter or a button, has seen to it.
      const soon = (delay) => {
        this.timers.forEach(clearTimeout);
        this.timers = [setTimeout(rewrite, delay)];
      };
      on(".go", "click", () =>
        this.state === "writing" ? this.pause() : this.state === "paused" ? this.resume() : this.write(),
      );
      on(".another", "click", () => this.another());
      on(".text", "focus", ({ target }) => {
        if (target.value === this.getAttribute("text")) target.select(); // a sample: what's typed takes its place
      });
      on(".text", "input", () => {
        this.values.text = this.find(".text").value;
        this.reserve();
        this.started().catch(() => {}); // there is time for it while somebody types; Write tells of failures
        soon(700);
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
        else soon(250);
        this.draw();
      });
      on(".rule", "change", () => {
        this.set({ rule: this.find(".rule").value });
        rewrite();
      });
      on(".hands", "change", (event) => {
        this.set({ hand: event.target.value });
        rewrite();
      });
      on(".guidance", "input", () => {
        this.set({ guidance: this.find(".guidance").value });
        soon(250);
      });
      on(".own", "toggle", () => this.find(".own").open && this.offerHands());
      on(".more", "toggle", () => this.find(".more").open && this.picture());
      on(".speed", "input", () => this.set({ speed: speedAt(Number(this.find(".speed").value)) }));
      on(".moment", "input", () => {
        if (this.state === "writing") this.pause();
        this.job.shown = Number(this.find(".moment").value);
        this.job.over = this.job.told && this.job.shown === this.job.made;
        this.job.pointed = undefined;
        this.draw();
      });
      for (const name of [".aspect", ".layer", ".number"])
        on(name, "input", () => {
          const [aspect, layer, number] = [".aspect", ".layer", ".number"].map((one) => this.find(one).value);
          this.set({ cell: aspect && `${aspect} ${layer || 1} ${number || 0}` });
        });
      on(".page", "pointermove", (event) => (this.held ? this.drag(event) : this.point(event)));
      on(".page", "pointerdown", (event) => this.grasp(event) || this.point(event));
      for (const event of ["pointerup", "pointercancel"])
        on(".page", event, ({ type }) => this.release(type === "pointerup"));
      on(".lift", "click", () => this.take({ lift: !this.place(Math.floor(this.job.shown)).up }));
      on(".move", "keydown", (event) => {
        const step = { ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowLeft: [-1, 0], ArrowDown: [0, -1] }[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.take({ nudge: step.map((v) => NUDGE * v) });
      });
      on(".move", "click", () => this.say("The arrow keys move the pen; so does dragging its ring."));
      on(".undo", "click", () => this.undo());
      // A finger leaves when it's lifted; what it has pointed at stays until it points elsewhere.
      const left = (event, act) => event.pointerType !== "touch" && act();
      on(".page", "pointerleave", (event) => left(event, () => this.point(null)));
      const letterAt = (event) => [...this.find(".letters").children].indexOf(event.target.closest("span"));
      for (const event of ["pointerover", "pointerdown"])
        on(".letters", event, (happened) =>
          this.takeable ? this.want(letterAt(happened)) : this.light(letterAt(happened)),
        );
      // The light is dropped where the pointer is let go; a finger has the pointer until then.
      on(".letters", "pointerdown", (event) => this.takeable && event.target.releasePointerCapture?.(event.pointerId));
      on(".letters", "pointerup", (event) => this.takeable && this.takeLight(letterAt(event)));
      for (const name of ["pointerleave", "blur"])
        on(".letters", name, (event) =>
          left(event, () => {
            this.want(-1);
            this.light(-1);
          }),
        );
      on(".letters", "focus", () => this.job?.lit === undefined && this.light(0));
      on(".letters", "keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key],
          { takeable } = this;
        if (takeable && (event.key === "Enter" || event.key === " ")) {
          event.preventDefault();
          this.takeLight(this.job.wanted ?? -1);
        }
        if (!step || !(this.job?.over || takeable)) return;
        event.preventDefault();
        const last = this.find(".letters").children.length - 2;
        if (takeable) this.want(clamp((this.job.wanted ?? this.brightest()) + step, 0, last));
        else this.light(clamp((this.job.lit ?? -1) + step, 0, last));
      });
      on(".course", "pointermove", (event) => this.pointAtRow(event));
      on(".course", "pointerdown", (event) => this.pointAtRow(event));
      on(".course", "pointerleave", (event) => left(event, () => this.point(null)));
      on(".svg", "click", () => this.save());
      on(".link", "click", () => this.copy());
      this.listenToThePad(on);
      this.listenToTheHand(on);
      still.addEventListener("change", () => this.wake());
    }

    /** Set any of text, bias, rule, hand (or style), guidance, seed, speed, show, cell; what makes no sense is passed over. */
    set(values) {
      const { values: mine } = this,
        given = { ...values };
      if (given.style !== undefined && given.hand === undefined) given.hand = given.style;
      if (given.text != null) mine.text = String(given.text).slice(0, LONGEST);
      if (given.bias != null) mine.bias = clamp(number(given.bias, mine.bias), -1, 50);
      if (["graves", "post"].includes(given.rule)) mine.rule = given.rule;
      this.setHand(given);
      if (given.seed != null) mine.seed = clamp(Math.floor(number(given.seed, mine.seed)), 0, 2 ** 32 - 1);
      if (given.speed != null) mine.speed = clamp(number(given.speed, mine.speed), 1, 1e6);
      if (given.show != null) {
        const words = Array.isArray(given.show) ? given.show : String(given.show).split(/[\s,]+/);
        mine.show = SHOWN.filter((name) => words.includes(name));
      }
      if (given.cell != null) mine.cell = String(given.cell);
      const text = this.find(".text"),
        bias = this.find(".bias");
      if (text.value !== mine.text) text.value = mine.text;
      bias.min = Math.min(Number(bias.min), mine.bias);
      bias.max = Math.max(Number(bias.max), mine.bias);
      bias.value = mine.bias;
      this.find(".bias-said").textContent = mine.bias.toFixed(2);
      this.reserve();
      this.find(".rule").value = mine.rule;
      this.addHands();
      this.showCell();
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
      this.find(".reading").hidden = !mine.show.includes("window");
      this.find(".cells").hidden = !this.job || !mine.show.includes("cells");
      this.find(".mind").hidden = !mine.show.some((name) => name === "lens" || name === "window");
      this.find(".watch").classList.toggle("waiting", !this.job);
      this.draw();
    }

    /** The cell that colours the ink: {aspect, layer, number}, the layer from 1 on; null if letters do. */
    get cell() {
      const { aspects = [], architecture } = this.info || {},
        [, aspect, layer, number] = /^(.+) (\d+) (\d+)$/.exec(this.values.cell) || [];
      if (!aspects.includes(aspect)) return null;
      const { layers, units } = architecture;
      return { aspect, layer: clamp(Number(layer), 1, layers), number: clamp(Number(number), 0, units - 1) };
    }

    showCell() {
      const { cell, info } = this,
        menu = this.find(".aspect");
      if (!info) return;
      if (!menu.childElementCount)
        for (const aspect of ["", ...info.aspects]) {
          const option = document.createElement("option");
          option.value = aspect;
          option.textContent = aspect || "letters";
          menu.append(option);
        }
      menu.value = cell?.aspect || "";
      const fields = {
        ".layer": [cell?.layer, info.architecture.layers],
        ".number": [cell?.number, info.architecture.units - 1],
      };
      for (const [name, [value, most]] of Object.entries(fields)) {
        const field = this.find(name);
        field.max = most;
        // Not while somebody is typing in it.
        if (value !== undefined && Number(field.value) !== value && field.value !== "") field.value = value;
      }
      this.find(".cell").classList.toggle("plain", !cell);
    }

    /** Keep room for the lines that this text will take. */
    reserve() {
      let lines = 1,
        used = 0;
      for (const word of this.values.text.split(/\s+/).filter(Boolean)) {
        if (used && used + 1 + word.length > CHARACTERS) [lines, used] = [lines + 1, 0];
        used += (used ? 1 : 0) + word.length;
        while (used > CHARACTERS) [lines, used] = [lines + 1, used - CHARACTERS];
      }
      const longest = Math.min(CHARACTERS, Math.ceil(this.values.text.length / lines) + 3);
      const ratio = (Math.max(18, 0.55 * longest + 2.6) + 1.2) / (4.6 + (lines - 1) * LINE);
      this.find(".stage").style.setProperty("--ratio", ratio.toFixed(2));
    }

    tell(state) {
      this.state = state;
      const go = this.find(".go");
      go.textContent = { writing: "Pause", paused: "Continue", loading: go.textContent }[state] || "Write";
      this.find(".svg").disabled = !this.job?.made;
      this.dispatchEvent(
        new CustomEvent("scribe", { bubbles: true, detail: { state, points: this.job ? this.job.made : 0 } }),
      );
    }

    say(message, bad = false) {
      const status = this.find(".status");
      this.said = message;
      status.classList.toggle("bad", bad);
      if (status.textContent !== message) status.textContent = message;
    }

    /** Something cannot be done: say so and be ready for the next try. */
    fail(message) {
      this.say(message, true);
      this.tell("failed");
    }

    // The network

    get work() {
      return {
        needs: WRITING,
        names: ["scribeNetwork", "scribeService"],
        run: (port, slice) => scribeService(port, scribeNetwork(), slice),
      };
    }

    loaded(share) {
      if (this.state === "loading") this.find(".go").textContent = `Loading ${Math.floor(100 * share)} %`;
    }

    ready() {
      this.mind = scribeMind();
      this.ink = scribeInk();
      this.set({});
    }

    /** Write the text from its beginning. Whatever was being written is dropped. */
    async write() {
      const turn = ++this.jobs;
      this.timers.forEach(clearTimeout);
      this.send({ kind: "stop" });
      if (this.job && !this.job.recorded) this.job.stopped = true; // a recording goes on until there is something new
      this.tell("loading");
      if (!this.info) {
        this.find(".go").textContent = "Loading ...";
        this.say("Loading the network ...");
      }
      try {
        await this.started();
        if (turn === this.jobs && this.lacks(this.values)) await this.restarted();
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
      const lines = windowed ? this.balanced(text, CHARACTERS) : [null];
      this.begin(turn, lines, notes);
      const { bias, rule, seed, hand } = this.values;
      const { style, condition, guidance } = this.handNamed(hand);
      this.job.until = this.ahead();
      this.job.cells = this.values.show.includes("cells");
      const known = this.choice.find(({ name }) => name === hand);
      if (known) this.job.named = ` in the hand ${hand}${known.description ? ` (${known.description})` : ""}`;
      else if (hand === "own") this.job.named = " in your own hand";
      const { until, cells } = this.job;
      this.send({ kind: "write", id: turn, lines, bias, rule, style, condition, guidance, seed, until, cells });
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

    /** Whether there are characters, or a style, that can only be written with the whole alphabet. */
    lacks({ text, hand }) {
      const { style } = this.handNamed(hand),
        said = this.readable(text).text + (style?.text || "");
      return Boolean(style && !style.offsets) || Array.from(said).some((c) => this.info.lacking.includes(c));
    }

    /** Lines of about the same length. */
    balanced(text, width) {
      const lines = this.ink.wrap(text, width);
      let narrow = width;
      while (narrow > 8 && this.ink.wrap(text, narrow - 1).length === lines.length) narrow--;
      return this.ink.wrap(text, narrow);
    }

    /** Another line: in another hand, unless it is the reader's own. */
    async another() {
      const turn = this.jobs;
      try {
        if (!this.info) this.tell("loading");
        await this.started();
      } catch (error) {
        return this.fail(error.message);
      }
      if (turn !== this.jobs) return null;
      const others = this.choice.filter(({ name }) => name !== this.values.hand);
      const hand = others[Math.floor(Math.random() * others.length)]?.name;
      const named = this.hasControl("hand") && this.values.hand !== "own" && hand;
      this.set(named ? { seed: newSeed(), hand } : { seed: newSeed() });
      return this.write();
    }

    hasControl(name) {
      return (this.getAttribute("controls") || CONTROLS.join(" ")).split(/\s+/).includes(name);
    }

    /** Write the recorded line, once, as soon as the figure is seen and nobody has asked for anything else. */
    async replay() {
      const name = this.getAttribute("recording");
      if (!name || this.job || this.jobs || this.replayed) return;
      this.replayed = true;
      try {
        const [recording] = await Promise.all([dataNamed("recording", "scribeRecordings", name), parts(DRAWING)]);
        const numbers = played(recording);
        await turn();
        if (this.jobs) return;
        this.ink = scribeInk();
        this.mind = scribeMind();
        this.begin(0, [recording.text], []);
        this.job.recorded = true;
        await turn();
        if (this.jobs) return;
        this.job.done = true;
        this.add({ line: 0, ...numbers, cells: new Int8Array(0) });
        this.wake();
      } catch {
        this.find("slot").classList.remove("gone"); // then the still picture stands there
      }
    }

    pause() {
      if (this.state !== "writing") return;
      this.say("Paused. The slider Moment goes back and forth; or take the pen.");
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
        over: false, // all of it is shown, and told about
        telling: null, // how far that has come, when all of it is there
        told: false, // whether it's known
        widest: 0, // the point at which it was least sure; 0 until all of it has been shown
        cell: "", // the cell that was asked for, to colour the ink
        values: null, // of that cell, for each line; null until they are there
        named: "",
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
      page.removeAttribute("hidden");
      this.find("slot").classList.add("gone");
      this.find(".figure").classList.remove("coloured", "lighting");
      this.find(".course").hidden = true;
      for (const group of [".told", ".shades", ".ghosts"]) this.find(group).replaceChildren();
      this.find(".moment").disabled = false;
      this.set({});
    }

    /** What the worker sends. */
    receive(message) {
      const { job } = this;
      if (!job || message.id !== job.id || job.stopped) return;
      if (message.kind === "ghosts") {
        this.addGhost(message);
        return;
      }
      if (message.kind === "cell") {
        if (job.cell === this.values.cell) this.shade(message);
      } else if (message.kind === "lost")
        this.say("That is too long ago: the network has forgotten how it stood there.", true);
      else if (message.kind === "points") this.add(message);
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
      for (let i = 0; i < count; i++) {
        const [x, y, up] = points.subarray(3 * i);
        line.phi.push(phi.subarray(seen * i, seen * (i + 1)));
        line.mixtures.push(mixtures.subarray(expected * i, expected * (i + 1)));
        if (inside) line.cells.push(cells.subarray(inside * i, inside * (i + 1)));
        this.addPoint(number, x, y, up);
      }
    }

    /** One point of the ink, and a new stroke if it opens one. */
    addPoint(number, x, y, up) {
      const { job } = this,
        line = job.lines[number],
        t = line.x.length;
      if (t === 0) line.first = job.made;
      if (t === 0 || line.up[t - 1]) {
        const paths = line.groups.map((group) => group.appendChild(svg("path")));
        line.strokes.push({ from: t, to: t, shown: 0, paths });
      }
      line.x.push(x);
      line.y.push(y);
      line.up.push(up);
      line.strokes[line.strokes.length - 1].to = t + 1;
      job.where.push(number);
      job.made += 1;
      job.left = Math.min(job.left, x);
      job.right = Math.max(job.right, x);
      job.top = Math.max(job.top, y - number * LINE);
      job.bottom = Math.min(job.bottom, y - number * LINE);
    }

    // Somebody takes the pen

    /** Whether the pen can be taken: a line of the network stands still before its end. */
    get takeable() {
      const { job } = this;
      const still = this.state === "paused" || (this.state === "done" && !job?.over);
      return Boolean(still && job && !job.recorded && job.shown >= 1 && this.hasControl("moment"));
    }

    /** The letter that the light is on at the moment shown. */
    brightest() {
      const { line, t, next } = this.place(Math.floor(this.job.shown)),
        light = line.phi[next >= 0 ? next : t] || [0];
      return Math.min(light.indexOf(Math.max(...light)), light.length - 2);
    }

    /** Mark the letter that the light would go to, or none (-1). */
    want(letter) {
      if (!this.job) return;
      const last = this.find(".letters").children.length - 2;
      this.job.wanted = this.takeable && letter >= 0 && letter <= last ? letter : undefined;
      [...this.find(".letters").children].forEach((cell, u) => {
        cell.classList.toggle("wanted", u === this.job.wanted);
        if (this.takeable) cell.setAttribute("aria-selected", String(u === this.job.wanted));
      });
      if (this.job.wanted !== undefined)
        this.find(".letters").setAttribute("aria-activedescendant", `letter-${this.job.wanted}`);
    }

    takeLight(letter) {
      const { line } = this.place(Math.floor(this.job.shown));
      if (line.text !== null && letter >= 0 && letter < Array.from(line.text).length) this.take({ letter });
    }

    /** Where a pointer is, in the ink's own units. */
    placeOf(event) {
      return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.find(".page").getScreenCTM().inverse());
    }

    /** The pointer takes hold of the pen, if it can be taken and is near; whether it did. */
    grasp(event) {
      if (!this.takeable || !event.isPrimary || event.button) return false;
      const { x, y } = this.placeOf(event),
        pen = this.place(Math.floor(this.job.shown));
      if (Math.hypot(x - pen.x, y + pen.y) > GRASP) return false;
      event.preventDefault();
      this.find(".page").setPointerCapture(event.pointerId);
      this.held = { from: [x, y], by: [0, 0] };
      this.job.pointed = undefined;
      return true;
    }

    drag(event) {
      const { x, y } = this.placeOf(event),
        { from } = this.held;
      this.held.by = [x - from[0], from[1] - y];
      this.drawPen(this.place(Math.floor(this.job.shown)));
    }

    release(dropped) {
      const { held } = this;
      this.held = null;
      if (dropped && held && Math.hypot(...held.by) > 0.02) this.take({ nudge: held.by });
      else if (held) this.draw();
    }

    /** Change what the network stands before: {letter}, {nudge: [x, y]} or {lift}; see Line.take. It goes on from there. */
    take(change) {
      if (!this.takeable) return;
      const { job } = this,
        shown = Math.floor(job.shown),
        { line, number, t } = this.place(shown);
      job.before = [...(job.before || []), this.kept()].slice(-UNDONE);
      const lines = this.kept()
        .lines.slice(0, number + 1)
        .map((one, i) => (i < number ? one : cutAt(one, t + 1)));
      const changed = lines[number],
        [dx, dy] = change.nudge || [0, 0];
      changed.x[t] += dx;
      changed.y[t] += dy;
      if (change.lift !== undefined) changed.up[t] = change.lift ? 1 : 0;
      if (change.letter !== undefined) changed.phi[t] = changed.phi[t].map((_, u) => (u === change.letter ? 1 : 0)); // where the light is now
      // Before the page asks for ghosts, which are to be those of what is changed.
      const [x, y] = [changed.x[t], changed.y[t]];
      this.send({ kind: "take", id: job.id, line: number, at: t + 1, made: shown, x, y, change });
      this.refill({ lines, shown, done: false, cut: job.cut.filter((one) => one <= number) });
      job.until = shown;
      const said = {
        letter: () => `The light is on ${Array.from(line.text)[change.letter]} now.`,
        nudge: () => "The pen stands elsewhere now.",
        lift: () => (change.lift ? "The pen is up now." : "The pen is down now."),
      }[Object.keys(change)[0]]();
      this.say(`${said} Continue lets the network go on.`);
      this.tell("paused");
    }

    /** Back to what was before the pen was taken. */
    undo() {
      const { job } = this;
      if (!job?.before?.length) return;
      const before = job.before.pop();
      this.send({ kind: "undo", id: job.id });
      this.refill(before);
      job.until = before.until;
      this.say("As if nobody had taken the pen.");
      this.tell("paused");
    }

    /** What is written, as it stands. */
    kept() {
      const { shown, done, cut, until, lines } = this.job;
      return { shown, done, cut: cut.slice(), until, lines: lines.map((line) => cutAt(line, line.x.length)) };
    }

    /** The page with other ink. */
    refill({ lines, shown, done, cut }) {
      const { job } = this;
      for (const line of job.lines) {
        for (const stroke of line.strokes) for (const path of stroke.paths) path.remove();
        for (const key of [...POINTS, "strokes"]) line[key] = [];
        line.letter = undefined;
      }
      Object.assign(job, { made: 0, where: [], shown, done, cut, over: false, widest: 0, fan: null, row: -1 });
      Object.assign(job, { telling: null, told: false, cell: "", values: null });
      job.lit = job.pointed = job.wanted = undefined;
      for (const [number, { x, y, up, phi, mixtures, cells }] of lines.entries()) {
        Object.assign(job.lines[number], { phi, mixtures, cells });
        for (let t = 0; t < x.length; t++) this.addPoint(number, x[t], y[t], up[t]);
      }
      this.find(".told").replaceChildren();
      this.draw();
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
      const playing = job.recorded && !job.over;
      if ((this.state === "writing" || playing) && !job.stopped) {
        // With reduced motion nothing moves: a line stands there when it is finished.
        const ready =
          still.matches && !job.done ? (job.where.length ? job.lines[job.where[job.made - 1]].first : 0) : job.made;
        const whole = Math.floor(job.shown);
        job.shown = playing
          ? still.matches
            ? ready
            : Math.min(ready, job.shown + (PLAYED * passed) / 1000)
          : this.hurried
            ? ready
            : Math.min(ready, job.shown + (this.values.speed * passed) / 1000);
        const wanted = this.ahead();
        if (!job.done && wanted > job.until + (this.hurried ? 0 : 10)) {
          job.until = wanted;
          this.send({ kind: "more", id: job.id, until: wanted });
        }
        if (whole === 0 && job.shown >= 1)
          this.dispatchEvent(new CustomEvent("scribe", { bubbles: true, detail: { state: "ink", points: 1 } }));
        if (job.done && job.shown >= job.made && !job.over) this.finish();
      }
      // As fast as it goes: to draw costs more than to write, and nobody sees sixty pictures of it a second.
      const hurrying = this.state === "writing" && this.hurried && !still.matches && job.shown > 1;
      let moved = hurrying;
      if (!hurrying || now - this.drawn >= HURRIED) {
        moved = this.look(hurrying ? now - this.drawn : passed);
        this.drawn = now;
        this.draw();
      }
      const waiting = this.state === "writing" && still.matches && !job.done;
      if (this.seen && (moved || ((this.state === "writing" || (playing && !job.over)) && !waiting))) {
        this.frame = requestAnimationFrame((later) => this.tick(later));
      }
    }

    /** All is shown: what is told about it comes a piece in each picture, so that no picture is late. */
    finish() {
      const { job } = this,
        { cut } = job;
      job.telling ??= this.reveal();
      if (!job.telling.next().done) return;
      job.over = job.told = true;
      job.row = -1; // its letters get colours
      this.draw();
      if (job.recorded) return;
      const said = [`Written${job.named}: ${plural(job.made, "point")}.`, ...job.notes];
      if (this.values.show.includes("window") && job.lines[0].text !== null)
        said.push("Point at a dot to see why the pen was lifted there.");
      if (cut.length) {
        const which = job.lines.length > 1 ? `Line ${listed(cut.map(String))}` : "It";
        said.push(`${which} was cut off: the network did not come to the end of the text.`);
      }
      this.say(said.join(" "));
      this.tell("done");
    }

    /** Which letter each stroke was written for, and where the network was least sure, line by line. */
    *reveal() {
      const { job } = this,
        group = this.find(".told");
      let most = -1,
        widest = 1;
      for (const [number, line] of job.lines.entries()) {
        if (!line.x.length) continue;
        const { t, apart } = this.mind.widest(line.mixtures);
        if (apart > most) [most, widest] = [apart, line.first + t + 1];
        yield;
        if (line.text === null) continue;
        line.letter = this.mind.letters(line);
        const told = svg("g", { transform: `translate(0 ${number * LINE})` });
        for (const { letter, from, to } of this.mind.pieces(line)) {
          const points = Array.from({ length: to - from }, (_, i) => [line.x[from + i], line.y[from + i]]);
          const path = told.appendChild(svg("path", { d: this.ink.path(points) }));
          path.dataset.letter = `${number} ${letter}`;
          path.style.setProperty("--letter", this.colourOf(letter));
        }
        for (let t = 0; t < line.x.length - 1; t++)
          if (line.up[t])
            told.append(svg("circle", { cx: line.x[t].toFixed(2), cy: (-line.y[t]).toFixed(2), r: LIFT }));
        group.append(told);
        yield;
      }
      job.widest = widest;
    }

    /** Ask for the cell that was picked, at all points of a line that is done. */
    askForCell() {
      const { job, cell } = this;
      if (!cell || !job.over || job.recorded || job.cell === this.values.cell) return;
      Object.assign(job, { cell: this.values.cell, values: null });
      this.send({ kind: "cell", id: job.id, ...cell, layer: cell.layer - 1 });
    }

    /** The ink in the colours of a cell: orange above zero or open, blue below or shut. */
    shade({ aspect, lines }) {
      const { job } = this,
        gate = aspect.endsWith("gate"),
        known = lines.flatMap((values) => [...values].filter((value) => !Number.isNaN(value)));
      job.values = lines;
      job.most = gate ? 1 : known.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
      const drawn = [];
      for (const [number, values] of lines.entries()) {
        const line = job.lines[number],
          shades = gate ? values.map((value) => 2 * value - 1) : values;
        for (const { shade, from, to } of this.mind.shaded(line, shades, job.most)) {
          const points = Array.from({ length: to - from }, (_, i) => [line.x[from + i], line.y[from + i]]);
          const path = svg("path", { d: this.ink.path(points), transform: `translate(0 ${number * LINE})` });
          const share = (100 * Math.abs(shade)) / this.mind.SHADES;
          path.style.stroke = `color-mix(in srgb, var(${shade > 0 ? "--ghosts" : "--window"}) ${share}%, var(--middle))`;
          drawn.push({ path, size: Math.abs(shade) });
        }
      }
      drawn.sort((a, b) => a.size - b.size); // what says most lies on top
      this.find(".shades").replaceChildren(...drawn.map(({ path }) => path));
      this.draw();
    }

    /** Whether nobody looks at a moment of the line, which is done. */
    get atRest() {
      const { job } = this;
      return job.over && job.pointed === undefined && Math.floor(job.shown) === job.made;
    }

    /** In words, what was in mind at a moment of a line that is done: was the pen lifted there, and for which letter? */
    inMind({ line, t, next, shown }) {
      const percent = (share) => `${Math.round(100 * share)}\u00a0%`,
        chance = percent(line.mixtures[next][0]);
      const pen = line.up[t]
        ? "The pen comes down here."
        : line.up[next]
          ? `The pen was lifted here; the network gave that a chance of ${chance}.`
          : `The pen stayed down here; the network gave a lift a chance of ${chance}.`;
      if (line.text === null) return `Point ${shown}. ${pen}`;
      const phi = line.phi[next],
        all = phi.reduce((a, b) => a + b, 0) || 1,
        seen = [...Array.from(line.text), "the end"]
          .map((letter, u) => ({ letter: letter === " " ? "the space" : letter, share: phi[u] / all }))
          .sort((a, b) => b.share - a.share)
          .filter(({ share }, i) => i < 2 && share > 0.1);
      return `Point ${shown}. ${pen} It looked at ${seen.map(({ letter, share }) => `${letter} (${percent(share)})`).join(" and ")}.`;
    }

    /** Right under the ink, what was in mind where somebody points; else what was said last. */
    drawMind(at) {
      const { job } = this,
        pointing = job.over && job.pointed !== undefined && at.next >= 0,
        status = this.find(".status"),
        told = pointing ? this.inMind(at) : (this.said ?? "");
      if ((pointing || job.explained) && status.textContent !== told) status.textContent = told;
      job.explained = pointing;
    }

    /** What colours the ink, in words, and for those who do not see it. */
    drawCell({ number, t }) {
      const { job, cell } = this,
        shaded = Boolean(cell && job.over && job.values);
      this.find(".cell").classList.toggle("on", job.over && !job.recorded);
      this.find(".figure").classList.toggle("shaded", shaded);
      const text = job.lines
        .map((line) => line.text || "")
        .filter(Boolean)
        .join(" ");
      let label = `Handwriting: ${text}`,
        said = "";
      if (shaded) {
        const { aspect } = cell,
          gate = aspect.endsWith("gate"),
          name = `${aspect === "cell" ? "" : `the ${aspect} of `}cell ${cell.number} of layer ${cell.layer}`,
          written = (value) => (Number.isNaN(value) ? "not known" : value.toFixed(2).replace("-", "\u2212"));
        const ends = gate
          ? "blue shut (0), orange open (1)"
          : `blue ${written(-job.most)}, orange ${written(job.most)}`;
        const here = job.pointed ? `; here ${written(job.values[number][t])}` : "";
        said = `${name[0].toUpperCase()}${name.slice(1)}: ${ends}${here}.`;
        label += `. Coloured by ${name}: ${this.extremes().join(", ")}.`;
      }
      const scale = this.find(".scale span"),
        page = this.find(".page");
      if (scale.textContent !== said) scale.textContent = said;
      if (page.getAttribute("aria-label") !== label) page.setAttribute("aria-label", label);
    }

    /** Where the cell's values are largest and smallest. */
    extremes() {
      const { job } = this,
        all = job.values.flatMap((values, number) => Array.from(values, (value, t) => ({ value, number, t })));
      const known = all.filter(({ value }) => !Number.isNaN(value)).sort((a, b) => b.value - a.value);
      return [known[0], known[known.length - 1]].map(({ value, number, t }, i) => {
        const { text, letter } = job.lines[number];
        return `${i ? "smallest" : "largest"} ${value.toFixed(2)}${letter ? ` at ${Array.from(text)[letter[t]]}` : ""}`;
      });
    }

    colourOf(letter) {
      return `var(--letter-${letter % this.mind.COLOURS})`;
    }

    /** Light a letter of the line that is shown and all that was written for it, or none (-1). */
    light(letter) {
      const { job } = this;
      if (!job?.over || !job.lines[job.row]?.letter) return;
      const first = job.lines[job.row].letter.indexOf(letter);
      job.pointed = letter < 0 || first < 0 ? undefined : job.lines[job.row].first + first + 1;
      job.lit = letter < 0 ? undefined : letter;
      this.draw();
    }

    // Drawing

    /** The part of the plane to be seen: [left, top, width, height], y downwards. It only grows. */
    goal() {
      const { job } = this,
        left = Math.min(-1.2, job.left - 1),
        lowest = (job.lines.length - 1) * LINE;
      if (job.widest) return [job.left - 0.6, -job.top - 0.5, job.right - job.left + 1.2, job.top - job.bottom + 1];
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
      const looked = job.pointed ?? (job.over && shown === job.made ? job.widest : shown);
      const moment = this.find(".moment"),
        at = this.place(looked);
      moment.max = job.made;
      moment.value = shown;
      moment.setAttribute("aria-valuetext", `point ${shown} of ${job.made}`);
      const below = looked === shown ? "" : `; below, point ${looked}${this.atRest ? ", least sure" : ""}`;
      this.find(".moment-said").textContent = `${shown} / ${job.made}${below}`;
      const whole = this.find(".figure");
      whole.classList.toggle("coloured", job.over && this.values.show.includes("window") && job.lines[0].text !== null);
      this.askForCell();
      this.drawMind(at);
      this.drawCell(at);
      this.drawPen(at);
      this.drawLens(at);
      this.drawWindow(at);
      this.drawLit(at);
      this.drawCells(at);
      this.askForGhosts(at);
    }

    /** The reader points at a place of a line that stands there: show what the network had in mind there, or no longer. */
    point(event) {
      const { job } = this;
      if (!job || (!event && job.pointed === undefined)) return;
      job.pointed = job.lit = undefined;
      if (event && this.state !== "writing" && job.shown >= 1) {
        const { x, y } = this.placeOf(event);
        const last = Math.floor(job.shown) - (job.done ? 1 : 0);
        let nearest = 2.5 ** 2; // body heights, squared
        // At the end of a stroke the moment before it counts: it's then that the pen was lifted.
        const decided = (line, t) => line.first + t + (line.up[t] && t ? 0 : 1);
        for (const [number, line] of job.lines.entries())
          for (let t = 0; t < line.x.length && line.first + t < last; t++) {
            const far = (line.x[t] - x) ** 2 + (number * LINE - line.y[t] - y) ** 2;
            if (far < nearest) [nearest, job.pointed] = [far, decided(line, t)];
          }
        if (job.over && job.pointed) {
          const { line, t } = this.place(job.pointed);
          job.lit = line.letter?.[t];
        }
      }
      this.draw();
    }

    /** The reader points at a row of the diagonal: a point of the line. */
    pointAtRow(event) {
      const { job } = this,
        line = job?.lines[job.row];
      if (!job?.over || !line) return;
      const box = this.find(".diagonal").getBoundingClientRect();
      const t = clamp(Math.floor(((event.clientY - box.top) / box.height) * line.x.length), 0, line.x.length - 2);
      job.pointed = line.first + t + 1;
      job.lit = line.letter?.[t];
      this.draw();
    }

    /** Where the pen is after so many points, and which point comes next in the same line. */
    place(shown) {
      const { job } = this;
      if (!shown)
        return {
          shown,
          x: 0,
          y: 0,
          up: true,
          line: job.lines[0],
          number: 0,
          t: -1,
          next: job.made ? 0 : -1,
          over: false,
        };
      const number = job.where[shown - 1],
        line = job.lines[number],
        t = shown - 1 - line.first;
      const next = t + 1 < line.x.length ? t + 1 : -1;
      const over = shown === job.made && job.done;
      return { shown, x: line.x[t], y: line.y[t] - number * LINE, up: line.up[t] === 1, line, number, t, next, over };
    }

    /** A ring, so that it hides nothing. */
    drawPen({ x, y, up, over }) {
      const { takeable } = this,
        [dx, dy] = this.held?.by || [0, 0];
      this.find(".figure").classList.toggle("taking", takeable);
      this.find(".take").classList.toggle("on", takeable);
      this.find(".lift").textContent = up ? "Put the pen down" : "Lift the pen";
      this.find(".undo").disabled = !this.job.before?.length;
      const pen = this.find(".pen");
      pen.toggleAttribute("hidden", over || this.atRest || !this.values.show.includes("pen"));
      pen.classList.toggle("up", up);
      pen.setAttribute("transform", `translate(${x + dx} ${-y - dy})`);
    }

    /**
     * What the next point is drawn from, so large that it can be seen: the density, the Gaussians to two deviations, the
     * pen as a ring and the point that was drawn as a cross.
     */
    drawLens({ x, y, line, next, over, number }) {
      if (!this.values.show.includes("lens")) return;
      if (next < 0 && !over && this.state === "writing") return; // what comes next isn't there yet: no reason to go dark
      const { job } = this,
        mixture = next >= 0 && !over ? line.mixtures[next] : null;
      const found = mixture ? this.mind.gaussians(mixture) : [],
        group = this.find(".gaussians");
      group.replaceChildren();
      const field = this.find(".density").getContext("2d");
      field.clearRect(0, 0, DENSITY, DENSITY);
      if (!found.length) {
        this.find(".lens figcaption").textContent = "\u00a0";
        return;
      }
      // The ink of other lines would be laid out anew for each look at this one.
      for (const [i, { groups }] of job.lines.entries()) groups[1].classList.toggle("elsewhere", i !== number);
      const [left, low] = next === 0 ? [0, -number * LINE] : [x, y];
      const view = this.mind.focus(found);
      // It opens at once and closes slowly, but never so slowly that there is nothing to be seen.
      const before = this.state === "writing" ? job.lens || 0 : 0;
      job.lens = clamp(0.9 * before, view.reach, WIDER * view.reach);
      view.reach = job.lens;
      const r = view.reach,
        [cx, cy] = [left + view.x, low + view.y];
      this.find(".lens svg").setAttribute("viewBox", `${cx - r} ${-cy - r} ${2 * r} ${2 * r}`);
      const image = field.createImageData(DENSITY, DENSITY),
        [red, green, blue] = COLOURS.ghosts;
      this.mind.density(found, view, DENSITY).forEach((value, i) => {
        [image.data[4 * i], image.data[4 * i + 1], image.data[4 * i + 2]] = [red, green, blue];
        image.data[4 * i + 3] = 200 * Math.sqrt(value);
      });
      field.putImageData(image, 0, 0);
      for (const { share, x, y, long, short, angle } of found) {
        const place = `translate(${left + x} ${-low - y}) rotate(${angle})`;
        const ellipse = group.appendChild(svg("ellipse", { rx: long, ry: short, transform: place }));
        ellipse.style.strokeOpacity = 0.25 + 0.75 * share;
      }
      const [ring, cross] = this.find(".lens .marks").children,
        arm = 0.06 * r,
        taken = [line.x[next], line.y[next] - number * LINE];
      for (const [key, value] of Object.entries({ cx: left, cy: -low, r: 0.08 * r })) ring.setAttribute(key, value);
      cross.setAttribute(
        "d",
        `M${taken[0] - arm} ${-taken[1] - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`,
      );
      const across = (2 * r).toPrecision(2);
      this.find(".lens figcaption").replaceChildren(
        `${Number(across)} body heights wide`,
        document.createElement("br"),
        `pen up: ${Math.round(100 * mixture[0])} %`,
      );
    }

    // Ghosts

    /** Twenty ways in which the line might go on from the moment shown; asked for when the last answer is there. */
    askForGhosts({ number, t, over, shown }) {
      const { job } = this,
        { bias, show, speed } = this.values,
        group = this.find(".page .ghosts");
      const slowly = this.state === "writing" && speed <= SLOWLY && !still.matches;
      const ready = this.info && !job.recorded && !job.stopped && (slowly || this.state !== "writing");
      if (!ready || t < 0 || over || this.atRest || !show.includes("ghosts")) {
        if (group.childElementCount) group.replaceChildren();
        job.fan = null;
        return;
      }
      const key = `${shown} ${bias}`;
      if (job.fan && (job.fan.key === key || (slowly && job.fan.left))) return;
      if (!slowly) group.replaceChildren();
      this.fans = (this.fans || 0) + 1;
      job.fan = { key, number, t, turn: this.fans, left: GHOSTS.count, paths: [] };
      this.send({ kind: "ghosts", id: job.id, line: number, at: t + 1, turn: this.fans, bias, ...GHOSTS });
    }

    addGhost({ line: number, turn, points, left }) {
      const { job } = this,
        { fan } = job;
      if (!fan || fan.turn !== turn) return; // an older fan's
      const line = job.lines[number];
      let [x, y] = [line.x[fan.t], line.y[fan.t] - number * LINE],
        d = "",
        up = line.up[fan.t] === 1;
      if (!up) d += `M${x.toFixed(2)} ${(-y).toFixed(2)}`;
      for (let i = 0; i < points.length; i += 3) {
        x += points[i];
        y += points[i + 1];
        d += `${up ? "M" : "L"}${x.toFixed(2)} ${(-y).toFixed(2)}${up ? "h.01" : ""}`;
        up = points[i + 2] === 1;
      }
      fan.left = left;
      fan.paths.push(svg("path", { d }));
      // While it writes, a whole fan takes the place of the last one.
      if (this.state !== "writing") this.find(".page .ghosts").append(fan.paths[fan.paths.length - 1]);
      else if (!left) this.find(".page .ghosts").replaceChildren(...fan.paths);
    }

    /** How much of its light the window sheds on each letter for the next point. */
    drawWindow({ line, number, t, next, over }) {
      const { job } = this,
        row = this.find(".letters");
      if (!this.values.show.includes("window") || line.text === null) return;
      if (job.row !== number) {
        job.row = number;
        const cells = Array.from(line.text, (c) => (c === " " ? "\u2423" : c)).map((letter, u) => {
          const cell = document.createElement("span");
          cell.append(document.createElement("b"), document.createElement("i"), letter);
          cell.setAttribute("role", "option");
          cell.setAttribute("aria-label", letter === "\u2423" ? "space" : letter);
          cell.id = `letter-${u}`;
          if (job.over) cell.style.setProperty("--letter", this.colourOf(u));
          return cell;
        });
        const end = document.createElement("span");
        end.setAttribute("role", "option");
        end.setAttribute("aria-label", "end of the text");
        end.append(document.createElement("b"), document.createElement("i"), "\u25a0");
        row.replaceChildren(...cells, end);
        this.find(".columns").style.setProperty("--letters", String(cells.length + 1));
        this.find(".course").hidden = !job.over;
        if (job.over) {
          const image = this.mind.diagonal(line.phi, COLOURS.window),
            canvas = this.find(".diagonal");
          [canvas.width, canvas.height] = [image.width, image.height];
          canvas.getContext("2d").putImageData(image, 0, 0);
        }
      }
      const phi = over ? null : line.phi[next >= 0 ? next : t],
        all = phi ? phi.reduce((a, b) => a + b, 0) || 1 : 1;
      [...row.children].forEach((cell, u) => {
        const rounded = phi ? Math.round((100 * phi[u]) / all) / 100 : 0;
        if (cell.weight === rounded) return;
        cell.weight = rounded;
        cell.firstChild.style.opacity = 0.4 * rounded;
        cell.children[1].style.transform = `scaleY(${rounded})`;
      });
      const mark = this.find(".course hr");
      mark.hidden = !job.over || over;
      mark.style.top = `${(100 * (t + 1)) / line.x.length}%`;
    }

    /** The letter that is pointed at, and its strokes. */
    drawLit({ number }) {
      const { job } = this,
        lit = job.over && job.lit !== undefined ? `${number} ${job.lit}` : "";
      if (job.litDrawn === lit) return;
      job.litDrawn = lit;
      this.find(".figure").classList.toggle("lighting", lit !== "");
      for (const path of this.find(".told").querySelectorAll("path"))
        path.classList.toggle("lit", path.dataset.letter === lit);
      const row = this.find(".letters");
      [...row.children].forEach((cell, u) => {
        cell.classList.toggle("lit", lit !== "" && u === job.lit);
        cell.setAttribute("aria-selected", String(lit !== "" && u === job.lit));
      });
      if (lit) row.setAttribute("aria-activedescendant", `letter-${job.lit}`);
      else row.removeAttribute("aria-activedescendant");
    }

    /** What all layers put out for the next point, a row each: orange above zero, blue below. */
    drawCells({ line, t, next, over }) {
      const canvas = this.find(".cells"),
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
      const { text, bias, rule, hand, guidance, seed, speed, show, cell } = this.values;
      const state = new URLSearchParams({ text, bias: String(Number(bias.toFixed(2))) });
      if (rule !== "graves") state.set("rule", rule);
      if (hand && hand !== "own") state.set("hand", hand);
      if (hand && hand !== "own" && guidance !== null) state.set("guidance", String(guidance));
      state.set("seed", String(seed));
      state.set("speed", String(Math.round(speed)));
      state.set("show", show.join(" "));
      if (cell) state.set("cell", cell);
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
    // A link starts from the page's own settings, not from what another link has left; but it keeps text and seed.
    const { bias, rule, hand, speed, show, cell } = figure.first,
      guidance = figure.first.guidance ?? "";
    figure.set({
      bias,
      rule,
      hand,
      guidance,
      speed,
      show,
      cell,
      ...Object.fromEntries(new URLSearchParams(match[2] || "")),
    });
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
