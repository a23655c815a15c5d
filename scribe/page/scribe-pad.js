/*
 * A field to write in with mouse, finger or pen. `scribePad.listen` makes one of an SVG, for the elements that read a
 * hand from it; <scribe-pad> is one that stands by itself: it shows each point as it is recorded, gives the drawing as
 * JSON (scribe-ink/1, see scribe/drawing/canvas.py), saves it to a file and opens one.
 *
 * <scribe-pad width="640" height="200">: in pixels; on a narrow screen it becomes narrower. Its property json is the
 * drawing, "" if there is none; when the reader changes it, there is an event "scribe" with detail {json}.
 */
(() => {
  "use strict";
  if (globalThis.scribePad) return;

  const { svg, plural, download } = globalThis.scribeLoad;
  const round = (value) => Math.round(value * 10) / 10;

  /**
   * Strokes [x, y, milliseconds] from what is drawn on an SVG, in its own units, however wide the page shows it. They go
   * to the end of `strokes()`; paths go into `ink`; `told(down)` is called after every point and every stroke.
   */
  function listen(pad, ink, strokes, told = (_down) => {}) {
    let stroke = null,
      path = null;
    const add = (event) => {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(pad.getScreenCTM().inverse());
      stroke.push([round(place.x), round(place.y), Math.round(event.timeStamp)]);
      path.setAttribute("d", `M${stroke.map(([x, y]) => `${x} ${y}`).join("L")}${stroke.length < 2 ? "h.1" : ""}`);
    };
    pad.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button) return;
      event.preventDefault();
      pad.setPointerCapture(event.pointerId);
      stroke = [];
      strokes().push(stroke);
      path = ink.appendChild(svg("path"));
      add(event);
      told(true);
    });
    pad.addEventListener("pointermove", (event) => {
      if (!stroke || !event.isPrimary) return;
      const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (between.length ? between : [event]).forEach(add);
      told(true);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      pad.addEventListener(end, (event) => {
        if (!stroke || !event.isPrimary) return;
        stroke = null;
        told(false);
      });
    }
  }

  const PAGE = `
    <style>
      :host { display: block; --edge: color-mix(in srgb, currentColor 62%, transparent); }
      * { box-sizing: border-box; }
      .field { display: block; width: 100%; border: 1px solid var(--edge); border-radius: 4px; touch-action: none; cursor: crosshair; }
      .field path { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
      p { margin: 0.3em 0; font-variant-numeric: tabular-nums; }
      input, button, textarea { font: inherit; color: inherit; background: transparent; border: 1px solid var(--edge); border-radius: 4px;
        padding: 0.2rem 0.5rem; min-height: 2.2rem; }
      textarea { display: block; width: 100%; margin-top: 0.4em; font: 12px ui-monospace, monospace; }
      :focus-visible { outline: 2px solid #2e86c8; outline-offset: 2px; }
      [hidden] { display: none; }
    </style>
    <svg class="field" role="img" aria-label="A field to write in with mouse, finger or pen"></svg>
    <p aria-live="polite">Write here.</p>
    <input class="text" type="text" size="16" maxlength="80" placeholder="what it says" aria-label="What the drawing says">
    <button type="button" class="clear">Clear</button> <button type="button" class="copy">Copy the JSON</button>
    <button type="button" class="save">Save to a file</button> <button type="button" class="open">Open a file</button>
    <input class="file" type="file" accept=".json,.inkml" hidden aria-label="A drawing in a file">
    <textarea class="json" readonly rows="3" aria-label="The drawing as JSON" spellcheck="false"></textarea>`;

  class Pad extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = PAGE; // no text of anybody's is in it
      this.find = (name) => root.querySelector(name);
      const [width, height] = [this.getAttribute("width") || 640, this.getAttribute("height") || 200];
      this.style.maxWidth = `${width}px`;
      const field = this.find(".field");
      field.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.strokes = [];
      const on = (name, event, act) => this.find(name).addEventListener(event, act);
      listen(
        field,
        field,
        () => this.strokes,
        (down) => this.tell(down),
      );
      on(".clear", "click", () => {
        this.strokes = [];
        field.replaceChildren();
        this.tell(false);
      });
      on(".text", "input", () => this.strokes.length && this.tell(false));
      on(".copy", "click", () => {
        this.find(".json").select();
        navigator.clipboard?.writeText(this.json).catch(() => {});
      });
      on(".save", "click", () => {
        if (this.json)
          download(`drawing.${this.json.startsWith("<") ? "inkml" : "json"}`, "application/json", this.json);
      });
      on(".open", "click", () => this.find(".file").click());
      on(".file", "change", async ({ target }) => {
        const [file] = target.files;
        target.value = "";
        if (!file) return;
        this.json = (await file.text()).trim();
        this.give();
      });
    }

    /** The drawing as text; "" if there is none. */
    get json() {
      return this.find(".json").value;
    }

    /** A drawing from elsewhere, which is not shown in the field. */
    set json(content) {
      if (content === this.json) return;
      this.strokes = [];
      this.find(".field").replaceChildren();
      this.find(".json").value = content;
      this.find("p").textContent = content ? `${content.length} characters, not drawn here.` : "Write here.";
    }

    /** Say what was drawn, and give it away when a stroke is done. */
    tell(down) {
      const points = this.strokes.flat(),
        [before, last] = [points[Math.max(points.length - 2, 0)], points[points.length - 1]];
      const step = (value) => (value >= 0 ? "+" : "\u2212") + Math.abs(value).toFixed(1);
      this.find("p").textContent = points.length
        ? `${plural(points.length, "point")}, ${plural(this.strokes.length, "stroke")}; last offset (${step(last[0] - before[0])}, ${step(before[1] - last[1])}, ${down ? 0 : 1}) pixels`
        : "Write here.";
      if (down) return;
      const start = points[0]?.[2],
        strokes = this.strokes.map((stroke) => stroke.map(([x, y, t]) => [x, y, t - start]));
      const drawing = { format: "scribe-ink/1", text: this.find(".text").value, y: "down", strokes };
      this.find(".json").value = points.length ? JSON.stringify(drawing) : "";
      this.give();
    }

    give() {
      this.dispatchEvent(new CustomEvent("scribe", { bubbles: true, detail: { json: this.json } }));
    }
  }

  globalThis.scribePad = Object.freeze({ listen });
  customElements.define("scribe-pad", Pad);
})();
