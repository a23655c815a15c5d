/*
 * <scribe-map word="hello" text="Written at this place">: a map of hands. The prior over hands in two dimensions, its
 * first two principal axes, with a word written at each place of a grid; a cross to move, and a line in the hand under it.
 *
 * A page loads it after scribe-load.js, scribe-pad.js and scribe-choice.js; the rest comes when it's first used. The
 * network runs in a worker. What stands inside the element is there until then: a still picture of the map.
 *
 * Attributes
 *   word       what is written at each place of the grid
 *   text       what is written in the hand at the cross
 *   bias, seed, weights
 * Methods: set({word, text, x, y, hand}), write(). Event: "scribe" with detail {state, points}.
 */
(() => {
  "use strict";
  if (customElements.get("scribe-map")) return;

  const { svg, clamp, number, download } = globalThis.scribeLoad;
  const choice = globalThis.scribeChoice;
  /** @type {{ new (): HTMLElement & Record<string, any> }} */
  const HandChooser = choice.HandChooser;

  const REACH = 2.5; // standard deviations from the middle to each side
  const RATIO = 1.6; // width of the map over its height
  const STEP = 0.1; // deviations that an arrow key moves the cross, and five times that with Shift
  const SNAP = 10; // pixels from a hand with a name at which the cross goes there
  const REST = 120; // milliseconds that the cross rests before the line is written anew
  const LETTER = 7.6; // pixels of a letter of a name
  const NARROW = 440; // pixels; below that there's no room for names
  const WRITING = {
    scribeInk: "scribe-ink.js",
    scribeNetwork: "scribe-network.js",
    scribeService: "scribe-service.js",
    scribeReading: "scribe-reading.js",
    scribeHands: "scribe-hands.js",
  };

  const STYLE = `
    :host { display: block; margin: 1.5rem 0; --ink: currentColor; --window: #2e86c8; --pen: #d64550;
      --edge: color-mix(in srgb, currentColor 62%, transparent); --faint: color-mix(in srgb, currentColor 12%, transparent); }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .stage { position: relative; aspect-ratio: ${RATIO}; border: 1px solid var(--edge); border-radius: 4px; overflow: hidden; }
    .stage slot.gone { display: none; }
    .stage ::slotted(*) { display: block; width: 100% !important; height: 100% !important; margin: 0 !important;
      background: none !important; filter: none !important; }
    .map { position: absolute; inset: 0; width: 100%; height: 100%; cursor: crosshair; }
    .map:focus-visible { outline-offset: -3px; }
    .words path, .line path { fill: none; stroke: var(--ink); stroke-linecap: round; stroke-linejoin: round; stroke-width: 0.13; }
    .words { opacity: 0.75; }
    .axes { stroke: var(--faint); }
    .named circle { fill: var(--window); }
    .named text { fill: var(--window); font-size: 13px; font-weight: 600; }
    .cross { cursor: grab; }
    .cross path { fill: none; stroke: var(--pen); stroke-width: 2; }
    .cross circle { fill: transparent; stroke: var(--pen); stroke-width: 2; }
    .cross .handle { stroke: none; }
    .line { display: block; width: 100%; height: min(6.5rem, 22vw); margin-top: 0.5rem; overflow: visible; }
    .status { margin: 0.2rem 0 0.4rem; min-height: 3em; font-size: 0.9rem; line-height: 1.5; font-variant-numeric: tabular-nums; }
    .status.bad { font-weight: 600; }
    label { font-size: 0.85rem; display: flex; flex-direction: column; gap: 0.1rem; }
    label.box { flex-direction: row; align-items: center; gap: 0.35rem; min-height: 2.4rem; }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: flex-end; margin-bottom: 0.6rem; }
    .grow { flex: 1 1 9rem; }
    .mix .grow { flex-basis: 14rem; }
    input, select, button { font: inherit; color: inherit; }
    input[type="text"], select, button { background: transparent; border: 1px solid var(--edge); border-radius: 4px; padding: 0.3rem 0.6rem;
      min-height: 2.4rem; }
    input[type="text"] { width: 100%; font-size: 1rem; }
    select { font-size: 0.95rem; min-width: 7rem; }
    select option { color: CanvasText; background: Canvas; }
    input[type="range"] { width: 100%; margin: 0; min-height: 2.4rem; accent-color: var(--window); }
    input[type="checkbox"] { accent-color: var(--window); width: 1.05rem; height: 1.05rem; margin: 0; }
    button { cursor: pointer; font-size: 0.95rem; white-space: nowrap; }
    button:hover:enabled { background: var(--faint); }
    button:disabled, select:disabled { opacity: 0.5; cursor: default; }
    button.go { min-width: 8.2rem; font-weight: 600; border-width: 2px; font-variant-numeric: tabular-nums; }
    :focus-visible { outline: 2px solid var(--window); outline-offset: 2px; }
    fieldset { border: 0; margin: 0 0 0.6rem; padding: 0; }
    .mix { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: flex-end; }
    .mix legend { font-size: 0.85rem; font-weight: 600; padding: 0; }
    details { font-size: 0.95rem; margin-bottom: 0.4rem; }
    summary { cursor: pointer; padding: 0.35rem 0; width: fit-content; }
    details p { margin: 0.3rem 0 0.6rem; font-size: 0.9rem; }
    ${choice.STYLE}
    .pad path { fill: none; stroke: var(--ink); stroke-linecap: round; stroke-linejoin: round; }
    @media (forced-colors: active) { :host { --window: LinkText; --pen: CanvasText; --edge: ButtonText; --faint: GrayText; } }
    @media print { .row, .mix, details, .status, .cross { display: none; } }
  `;

  const PAGE = `
    <style>${STYLE}</style>
    <div class="stage"><slot></slot>
      <svg class="map" tabindex="0" role="application" aria-label="Map of hands. Arrow keys move the cross." aria-describedby="said" hidden>
        <g class="axes"></g><g class="words" aria-hidden="true"></g><g class="named" aria-hidden="true"></g>
        <g class="cross" aria-hidden="true"><circle class="handle" r="22"/><circle r="7"/><path d="M-14 0H-4M4 0H14M0 -14V-4M0 4V14"/></g>
      </svg>
    </div>
    <svg class="line" role="img" preserveAspectRatio="xMinYMid meet" viewBox="0 -2.6 24 4.8"></svg>
    <p class="status" id="said" role="status"></p>
    <div class="row">
      <label class="grow"><span>Word on the map</span><input class="word" type="text" maxlength="16" autocomplete="off" autocapitalize="off" spellcheck="false"></label>
      <label class="grow"><span>Line under it</span><input class="text" type="text" maxlength="40" autocomplete="off" autocapitalize="off" spellcheck="false"></label>
      <button type="button" class="go">Write the map</button>
      <button type="button" class="save-here" disabled>Save this hand</button>
    </div>
    <fieldset class="mix" disabled><legend>Mix two hands</legend>
      <label><span>One</span><select class="one"></select></label>
      <label><span>Other</span><select class="other"></select></label>
      <label class="grow"><span class="shares">half of each</span><input class="share" type="range" min="0" max="100" step="5" value="50" aria-label="Share of the other hand, in per cent"></label>
    </fieldset>
    ${choice.OWN.replace("In your own hand", "Find your own hand on the map")}`;

  /** A number as people read it, with a minus sign of its own. */
  const said = (value) => value.toFixed(1).replace("-", "\u2212");

  class ScribeMap extends HandChooser {
    connectedCallback() {
      if (!this.shadowRoot) this.build();
      this.size = new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width));
      this.size.observe(this.find(".stage"));
    }

    disconnectedCallback() {
      this.size.disconnect();
      super.disconnectedCallback();
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = PAGE; // no text of anybody's is in it
      this.find = (name) => root.querySelector(name);
      this.state = "idle";
      this.points = 0; // made so far, for all words
      this.jobs = 0;
      this.job = null; // the word or the line that is being written
      this.cells = []; // the places of the grid
      this.wanted = false; // whether the line is to be written anew
      this.values = { word: "hello", text: "Written at this place", bias: 1, seed: 1, x: 0, y: 0, hand: "" };
      this.set(Object.fromEntries(Object.keys(this.values).map((name) => [name, this.getAttribute(name)])));
      this.listen();
      this.ask();
      this.say("Press Write the map, and you can move about on it.");
    }

    /** Set any of word, text, bias, seed, x, y and hand; a hand, by its name, takes the cross along. */
    set(given) {
      const { values } = this;
      for (const [name, value] of Object.entries(given)) {
        if (value == null || !(name in values)) continue;
        if (typeof values[name] === "number") values[name] = number(value, values[name]);
        else values[name] = String(value).slice(0, 60);
      }
      values.bias = clamp(values.bias, -1, 50);
      if (("x" in given && given.x != null) || ("y" in given && given.y != null)) values.hand = given.hand || "";
      for (const name of ["word", "text"])
        if (this.find(`.${name}`).value !== values[name]) this.find(`.${name}`).value = values[name];
      if (!this.info) return;
      this.offer();
      if (values.hand && given.hand != null) this.choose(values.hand);
      else this.move(values.x, values.y, values.hand);
    }

    say(message, bad = false) {
      const status = this.find(".status");
      status.classList.toggle("bad", bad);
      if (status.textContent !== message) status.textContent = message;
    }

    fail(message) {
      this.say(message, true);
      this.tell("failed");
    }

    tell(state) {
      this.state = state;
      this.find(".go").textContent = state === "loading" ? "Loading ..." : "Write the map";
      this.dispatchEvent(new CustomEvent("scribe", { bubbles: true, detail: { state, points: this.points } }));
    }

    readable(text) {
      return this.network.readable(this.info, text);
    }

    // The network

    get work() {
      return {
        needs: WRITING,
        names: ["scribeNetwork", "scribeService"],
        run: (port, slice) => globalThis.scribeService(port, globalThis.scribeNetwork(), slice),
      };
    }

    loaded(share) {
      if (this.state === "loading") this.find(".go").textContent = `Loading ${Math.floor(100 * share)} %`;
    }

    ready() {
      if (!this.info.prior) throw new Error("These weights take no hands, so there is no map of them.");
      this.network = globalThis.scribeNetwork();
      this.ink = globalThis.scribeInk();
      this.vectors = globalThis.scribeHands();
      this.openMap();
    }

    /** Write the whole map, and the line in the hand at the cross. */
    async write() {
      if (!this.info) {
        this.tell("loading");
        this.say("Loading the network ...");
      }
      try {
        await this.started();
      } catch (error) {
        return this.fail(error.message);
      }
      const { word, text } = this.values;
      if (!this.readable(word).text || !this.readable(text).text)
        return this.fail("There is nothing to write: give a word and a line of characters that the network knows.");
      if (this.written !== word) this.grid();
      this.tellWhose();
      return this.rewrite();
    }

    /** One job after the other: the line first, as somebody waits for it, then the words that are not there yet. */
    next() {
      if (this.job) return;
      const { bias, seed } = this.values,
        cell = this.wanted ? null : this.cells.find(({ done }) => !done);
      if (!this.wanted && !cell) return this.tell("done");
      const text = this.readable(cell ? this.values.word : this.values.text).text,
        { condition, style, guidance } = cell ? { condition: cell.z, style: null, guidance: 1 } : this.here;
      this.job = { id: ++this.jobs, cell, strokes: [], lifted: true };
      this.wanted = false;
      this.send({
        kind: "write",
        id: this.job.id,
        lines: [text],
        bias,
        rule: "graves",
        style,
        condition,
        guidance,
        seed,
        until: Number.MAX_SAFE_INTEGER,
        cells: false,
      });
    }

    /** Write the line anew, now; a word that is being written waits. */
    rewrite() {
      clearTimeout(this.timer);
      this.send({ kind: "stop" });
      this.job = null;
      this.wanted = true;
      this.tell("writing");
      this.next();
    }

    receive({ kind, id, points, message }) {
      const { job } = this;
      if (!job || id !== job.id) return;
      if (kind === "failed") {
        this.job = null;
        this.cells = [];
        this.written = null;
        this.fail(message);
      } else if (kind === "points") {
        this.points += points.length / 3;
        for (let at = 0; at < points.length; at += 3) {
          if (job.lifted) job.strokes.push([]);
          job.strokes[job.strokes.length - 1].push([points[at], points[at + 1]]);
          job.lifted = points[at + 2] === 1;
        }
        if (!job.cell) this.show(job.strokes);
      } else if (kind === "done") {
        this.job = null;
        if (job.cell) this.fill(job.cell, job.strokes);
        this.next();
      }
    }

    // What is seen

    /** The map takes the place of its still picture. */
    openMap() {
      this.find("slot").classList.add("gone");
      this.find(".map").toggleAttribute("hidden", false);
      this.find(".mix").disabled = this.find(".save-here").disabled = false;
      this.ask();
      this.resize(this.find(".stage").clientWidth);
      this.set({ x: this.values.x, y: this.values.y, hand: this.values.hand });
    }

    /** Pixels of a place on the map. */
    at(x, y) {
      const across = 2 * REACH * (this.count / (this.count - 1));
      return [this.wide * (0.5 + x / across), this.high * (0.5 - y / across)];
    }

    /** The place of a point of the screen. */
    placeOf(event) {
      const box = this.find(".map").getBoundingClientRect(),
        across = 2 * REACH * (this.count / (this.count - 1));
      return [
        ((event.clientX - box.left) / box.width - 0.5) * across,
        (0.5 - (event.clientY - box.top) / box.height) * across,
      ];
    }

    resize(width) {
      if (!width) return;
      const before = this.count;
      this.wide = width;
      this.high = width / RATIO;
      this.count = width < NARROW ? 3 : width < 640 ? 4 : 5;
      this.find(".map").setAttribute("viewBox", `0 0 ${this.wide} ${this.high}`);
      if (!this.info) return;
      this.drawAxes();
      this.offer();
      this.cross();
      if (this.cells.length && before !== this.count) {
        this.grid();
        this.next();
      } else {
        this.fit();
      }
    }

    drawAxes() {
      const [[left, low], [right, high], [x, y]] = [this.at(-REACH, -REACH), this.at(REACH, REACH), this.at(0, 0)];
      this.find(".axes").replaceChildren(svg("path", { d: `M${left} ${y}H${right}M${x} ${low}V${high}` }));
    }

    /** An empty grid. All words have the same seed: what differs is the hand. */
    grid() {
      const { count } = this,
        step = (2 * REACH) / (count - 1),
        words = this.find(".words");
      if (this.job?.cell) {
        this.send({ kind: "stop" });
        this.job = null;
      }
      words.replaceChildren();
      this.written = this.values.word;
      this.cells = Array.from({ length: count * count }, (_, i) => {
        const x = step * (i % count) - REACH,
          y = REACH - step * Math.floor(i / count);
        const drawn = words.appendChild(svg("g"));
        return { x, y, z: this.vectors.at(this.info.prior, [x, y]), drawn, done: false };
      });
    }

    /** A word at its place. */
    fill(cell, strokes) {
      const points = strokes.flat(),
        xs = points.map(([x]) => x),
        [left, right] = [Math.min(...xs), Math.max(...xs)];
      Object.assign(cell, { done: true, middle: (left + right) / 2, width: right - left });
      cell.drawn.replaceChildren(...strokes.map((stroke) => svg("path", { d: this.ink.path(stroke) })));
      this.fit();
    }

    /** All words in one scale, so that the widest has room. */
    fit() {
      const written = this.cells.filter(({ done }) => done),
        widest = Math.max(1.6, ...written.map(({ width }) => width));
      const scale = Math.min((0.88 * this.wide) / this.count / widest, this.high / this.count / 3);
      for (const { x, y, middle, drawn } of written) {
        const [left, top] = this.at(x, y);
        drawn.setAttribute(
          "transform",
          `translate(${left.toFixed(1)} ${top.toFixed(1)}) scale(${scale.toFixed(3)}) translate(${(-middle).toFixed(3)} .6)`,
        );
      }
    }

    /** The line, as far as it is written. */
    show(strokes) {
      const line = this.find(".line"),
        right = strokes.flat().reduce((most, [x]) => Math.max(most, x), 1);
      // The scale is that of the line before, until this one is wider: nothing shrinks while it is written.
      this.right = Math.max(right + 0.3, this.job && strokes.flat().length > 5 ? this.right || 0 : 0, 12);
      line.setAttribute("viewBox", `-.3 -2.6 ${(this.right + 0.3).toFixed(2)} 4.8`);
      line.setAttribute("aria-label", this.values.text);
      line.replaceChildren(...strokes.map((stroke) => svg("path", { d: this.ink.path(stroke) })));
    }

    // Hands

    /** Hands that have a name and a vector: those that come with the weights, and the reader's own. */
    get known() {
      const own = this.own?.z ? [{ name: "own", z: this.own.z }] : [];
      return [...this.info.hands, ...own];
    }

    /** Points and names on the map, and what can be mixed. */
    offer() {
      const named = this.find(".named"),
        points = this.known.map(({ name, z }) => {
          const [x, y] = this.vectors.coordinates(this.info.prior, z).map((v) => clamp(v, -REACH, REACH));
          return { name, place: this.at(x, y) };
        });
      const taken = points.map(({ place: [left, top] }) => [left - 5, left + 5, top + 4]); // from, to, baseline
      named.replaceChildren();
      for (const {
        name,
        place: [left, top],
      } of points) {
        const label = name === "own" ? "you" : name;
        named.append(svg("circle", { cx: left, cy: top, r: name === "own" ? 6 : 4, "data-name": name }));
        if (this.wide < NARROW && name !== "own") continue;
        // On the side that is free; where there is none, the point has no name, but it's told when the cross is there.
        const wide = LETTER * label.length,
          free = (/** @type {number[]} */ [l, t]) =>
            l > 0 && l + wide < this.wide && !taken.some((o) => l < o[1] && l + wide > o[0] && Math.abs(t - o[2]) < 13);
        const place = [
          [left + 8, top - 4],
          [left + 8, top + 12],
          [left - 8 - wide, top - 4],
          [left - 8 - wide, top + 12],
        ].find(free);
        if (!place) continue;
        taken.push([place[0], place[0] + wide, place[1]]);
        const text = named.appendChild(svg("text", { x: place[0], y: place[1] }));
        text.textContent = label;
      }
      const names = this.known.map(({ name }) => name);
      for (const [which, start] of [
        [".one", names[0]],
        [".other", names[1]],
      ]) {
        const menu = this.find(which),
          before = menu.value || start;
        if (menu.dataset.names === names.join()) continue;
        menu.dataset.names = names.join();
        menu.replaceChildren(
          ...names.map((name) =>
            Object.assign(document.createElement("option"), {
              value: name,
              textContent: name === "own" ? "your own" : name,
            }),
          ),
        );
        menu.value = names.includes(before) ? before : start;
      }
    }

    /** The cross goes to a hand by its name, and the line is written in that hand itself. */
    choose(name) {
      const hand = this.known.find((one) => one.name === name);
      if (!hand) return this.move(this.values.x, this.values.y);
      const [x, y] = this.vectors.coordinates(this.info.prior, hand.z);
      return this.move(x, y, name, this.handNamed(name));
    }

    /** The cross goes to a place; without a hand of its own, the line is written in the one that the map has there. */
    move(x, y, name = "", hand = null) {
      const { values } = this;
      Object.assign(values, { x: clamp(x, -REACH, REACH), y: clamp(y, -REACH, REACH), hand: name });
      this.here = hand || {
        condition: this.vectors.at(this.info.prior, [values.x, values.y]),
        style: null,
        guidance: 1,
      };
      this.tellWhose();
      this.cross();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.readable(values.text).text && this.rewrite(), REST);
    }

    /** Say whose hand the line is written in. */
    tellWhose() {
      const { hand: name, x, y } = this.values,
        { description } = this.info.hands.find((one) => one.name === name) || {};
      if (name === "own") this.say("In your own hand.");
      else if (description !== undefined) this.say(`In the hand ${name}${description ? ` (${description})` : ""}.`);
      else if (name) this.say(`${name[0].toUpperCase()}${name.slice(1)}.`);
      else this.say(`In the hand at ${said(x)}, ${said(y)}, in standard deviations from the mean hand.`);
    }

    cross() {
      const [left, top] = this.at(this.values.x, this.values.y);
      this.find(".cross").setAttribute("transform", `translate(${left} ${top})`);
    }

    /** A hand between two. */
    mix() {
      const [one, other] = [this.find(".one").value, this.find(".other").value],
        share = Number(this.find(".share").value),
        spoken = (name) => (name === "own" ? "your own hand" : name);
      this.find(".shares").textContent =
        share === 50 ? "half of each" : `${100 - share} % ${spoken(one)}, ${share} % ${spoken(other)}`;
      if (share === 0 || share === 100 || one === other) return this.choose(share === 100 ? other : one);
      const [a, b] = [one, other].map((name) => this.known.find((hand) => hand.name === name).z);
      const z = this.vectors.mixed([a, b], [1 - share / 100, share / 100]);
      if (!z) return this.say("These two hands cancel each other out.", true);
      const [x, y] = this.vectors.coordinates(this.info.prior, z);
      const mixed = `${100 - share} % ${spoken(one)}, ${share} % ${spoken(other)}`;
      return this.move(x, y, mixed, { condition: z, style: null, guidance: 1 });
    }

    listen() {
      const on = (name, event, act) => this.find(name).addEventListener(event, act),
        map = this.find(".map");
      on(".go", "click", () => this.write());
      this.find(".stage").addEventListener("click", () => this.info || this.state === "loading" || this.write());
      for (const name of ["word", "text"]) {
        on(`.${name}`, "input", () => (this.values[name] = this.find(`.${name}`).value));
        on(`.${name}`, "keydown", (event) => event.key === "Enter" && this.write());
      }
      let held = false;
      const put = (event) => {
        const [x, y] = this.placeOf(event),
          [left, top] = this.at(x, y);
        const near = this.known.find(({ z }) => {
          const [cx, cy] = this.at(...this.vectors.coordinates(this.info.prior, z).slice(0, 2));
          return Math.hypot(cx - left, cy - top) < SNAP;
        });
        if (near) this.choose(near.name);
        else this.move(x, y);
      };
      map.addEventListener("pointerdown", (event) => {
        // A finger may want to scroll the page; it takes the cross by its handle, and a tap puts it elsewhere.
        const handle = event.target.closest(".cross");
        if (!event.isPrimary || event.button || (event.pointerType === "touch" && !handle)) return;
        held = true;
        map.setPointerCapture(event.pointerId);
      });
      const still = (event) => event.target.closest(".cross") && event.preventDefault();
      map.addEventListener("touchstart", still, { passive: false });
      map.addEventListener("pointermove", (event) => held && event.isPrimary && put(event));
      for (const end of ["pointerup", "pointercancel"]) map.addEventListener(end, () => (held = false));
      map.addEventListener("click", put);
      map.addEventListener("keydown", (event) => {
        const step = (event.shiftKey ? 5 : 1) * STEP,
          { x, y } = this.values;
        const to = {
          ArrowLeft: [x - step, y],
          ArrowRight: [x + step, y],
          ArrowUp: [x, y + step],
          ArrowDown: [x, y - step],
          Home: [0, 0],
        }[event.key];
        if (!to) return;
        event.preventDefault();
        this.move(to[0], to[1]);
      });
      for (const name of [".one", ".other"]) on(name, "change", () => this.mix());
      on(".share", "input", () => this.mix());
      on(".save-here", "click", () => {
        const { condition, style } = this.here,
          { hand } = this.values;
        download("this.hand", "application/json", this.vectors.written(condition, this.info.handReader, hand, style));
        this.say("Saved as this.hand; scribe write --hand this.hand writes in it.");
      });
      on(".own", "toggle", () => this.find(".own").open && this.offerHands());
      this.listenToThePad(on);
      this.listenToTheHand(on);
    }
  }

  customElements.define("scribe-map", ScribeMap);
})();
