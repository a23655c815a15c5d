/*
 * Figures with knobs that the page draws itself, at every setting: <div class="scribe-live" data-figure="window"> as
 * scribe.widgets.explore makes it with live="window". Inside stand a still picture and, as JSON, the knobs and what the
 * figure is about. Knobs are sliders and menus; what a figure lets be dragged is dragged with mouse, finger or pen.
 *
 * The arithmetic is that of scribe/window.py, mdn.py and lstm.py, and a test holds it to them: scribeLive.arithmetic.
 */
(() => {
  "use strict";

  const [BLUE, ORANGE, GREEN, RED, GREY] = ["#2e86c8", "#d9702b", "#1f9e77", "#d64550", "#808590"];
  const WIDE = 640;

  // --- arithmetic -------------------------------------------------------------------------------------------------

  /** The light of one Gaussian of the window on each character, Graves eq. 46. */
  const phi = (alpha, beta, kappa, places) => places.map((u) => alpha * Math.exp(-beta * (kappa - u) ** 2));

  /** The logarithm of the density of a bell. */
  const logBell = (x, mu, sigma) => -0.5 * ((x - mu) / sigma) ** 2 - Math.log(sigma * Math.sqrt(2 * Math.PI));

  /** Of two bells: what each adds at x, its responsibility, and the slopes of the loss -log p, Graves eqs. 27 to 37. */
  function twoBells({ pi, mu_1, mu_2, sigma_1, sigma_2, x }) {
    const weights = [pi, 1 - pi];
    const mus = [mu_1, mu_2];
    const sigmas = [sigma_1, sigma_2];
    // In logarithms: far from both bells p is 0, and who made the point is known all the same.
    const logs = weights.map((weight, j) => Math.log(weight) + logBell(x, mus[j], sigmas[j]));
    const top = Math.max(...logs);
    const sum = logs.reduce((total, one) => total + Math.exp(one - top), 0);
    const gamma = logs.map((one) => Math.exp(one - top) / sum);
    const [p, cost] = [Math.exp(top) * sum, -top - Math.log(sum)];
    const parts = logs.map(Math.exp);
    return {
      parts,
      p,
      cost,
      gamma,
      slopes: gamma.map((g, j) => {
        const z = (x - mus[j]) / sigmas[j];
        return { pi: weights[j] - g, mu: (-g * z) / sigmas[j], sigma: g * (1 - z * z) };
      }),
    };
  }

  /** A cell whose gates stand still: c and h after each of the inputs, Graves eqs. 9 and 11. */
  function cell({ input, forget, output }, inputs) {
    let c = 0;
    return inputs.map((g) => {
      c = forget * c + input * g;
      return { c, h: output * Math.tanh(c) };
    });
  }

  /** Weights and deviations with a bias, by Graves' rule (eqs. 61 and 62) or as the post prints it. */
  function biased({ pi, sigma }, bias, rule) {
    const raised = pi.map((weight) => weight ** (1 + bias));
    const sum = raised.reduce((a, b) => a + b, 0);
    const narrower = (s) => (rule === "post" ? s ** (1 + bias) : s * Math.exp(-bias));
    return { pi: raised.map((weight) => weight / sum), sigma: sigma.map((pair) => pair.map(narrower)) };
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  const esc = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const num = (value) => String(Math.round(value * 100) / 100);
  const range = (low, high, count) => Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
  const tag = (name, attributes, inside = "") =>
    `<${name} ${Object.entries(attributes)
      .map(([key, value]) => `${key}="${typeof value === "number" ? num(value) : esc(value)}"`)
      .join(" ")}>${inside}</${name}>`;
  const words = (text, x, y, more = {}) =>
    tag("text", { x, y, "text-anchor": "middle", fill: "currentColor", ...more }, esc(text));

  /** A field of a picture with axes of its own. */
  function field([left, top, width, height], [x0, x1], [y0, y1]) {
    const x = (value) => left + ((value - x0) / (x1 - x0)) * width;
    const y = (value) => top + height - ((value - y0) / (y1 - y0)) * height;
    const way = (points) => points.map(([a, b]) => `${num(x(a))} ${num(y(b))}`).join("L");
    return {
      x,
      y,
      back: (px, py) => [x0 + ((px - left) / width) * (x1 - x0), y0 + ((top + height - py) / height) * (y1 - y0)],
      line: (points, stroke, wide = 2) =>
        tag("path", { d: `M${way(points)}`, fill: "none", stroke, "stroke-width": wide }),
      area: (points, fill) => tag("path", { d: `M${way(points)}Z`, fill, "fill-opacity": 0.4 }),
      ground: () => tag("path", { d: `M${left} ${num(y(Math.max(y0, 0)))}h${width}`, stroke: GREY, "stroke-width": 1 }),
      bar: (at, value, fill, wide) =>
        tag("rect", {
          x: x(at) - wide / 2,
          y: y(Math.max(value, 0)),
          width: wide,
          height: Math.abs(y(value) - y(0)),
          fill,
          "fill-opacity": 0.6,
        }),
    };
  }

  /** An ellipse at two deviations, as a path. */
  function ellipse(mu, sigma, rho) {
    return range(0, 2 * Math.PI, 60).map((angle) => {
      const [a, b] = [2 * Math.cos(angle), 2 * Math.sin(angle)];
      return [mu[0] + sigma[0] * a, mu[1] + sigma[1] * (rho * a + Math.sqrt(1 - rho * rho) * b)];
    });
  }

  /**
   * The figures: draw() gives a picture, WIDE wide and as high as it says, and a sentence; drag() changes the settings.
   * @type {Record<string, {height: number, field: any, drag?: Function, grasp?: Function, draw: Function}>}
   */
  const FIGURES = {
    window: {
      height: 300,
      field: ({ word }) => field([30, 16, WIDE - 60, 120], [-1, word.length + 0.7], [0, 2]),
      drag(at, [x]) {
        at.kappa = x;
      },
      draw({ kappa, beta, alpha, word }) {
        const plot = this.field({ word });
        const letters = [...word];
        const places = [...letters.keys(), letters.length];
        const light = phi(alpha, beta, kappa, places);
        const fine = range(-1, letters.length + 0.7, 240);
        const kinds = [...new Set(letters), "end"];
        const seen = kinds.map((kind) =>
          light.reduce((sum, l, u) => sum + ((letters[u] ?? "end") === kind ? l : 0), 0),
        );
        const bag = field([30, 190, WIDE - 60, 80], [-0.7, kinds.length - 0.3], [0, 2]);
        const most = light.indexOf(Math.max(...light));
        return {
          svg:
            plot.ground() +
            places.map((u) => plot.bar(u, Math.min(light[u], 2), BLUE, 12)).join("") +
            plot.line(
              fine.map((u, i) => [u, Math.min(phi(alpha, beta, kappa, fine)[i], 2)]),
              BLUE,
            ) +
            tag("circle", { cx: plot.x(kappa), cy: plot.y(Math.min(alpha, 2)), r: 8, fill: RED }) +
            places.map((u) => words(letters[u] ?? "end", plot.x(u), 158, { "font-size": 18 })).join("") +
            bag.ground() +
            kinds.map((_, k) => bag.bar(k, Math.min(seen[k], 2), ORANGE, 26)).join("") +
            kinds.map((kind, k) => words(kind === " " ? "space" : kind, bag.x(k), 290, { "font-size": 15 })).join(""),
          text:
            `Most of the light is on ${letters[most] ? `number ${most}, ${letters[most]}` : "the end"}: ${num(light[most])} of ` +
            `${num(light.reduce((a, b) => a + b, 0))}. The network sees ${kinds.map((kind, k) => `${kind} ${num(seen[k])}`).join(", ")}.`,
        };
      },
    },
    bells: {
      height: 300,
      field: () => field([30, 16, WIDE - 60, 170], [-4, 4], [0, 0.9]),
      /** What is nearest is taken: the point on the ground, or the top of a bell. */
      grasp(at, [x, y]) {
        const tops = [1, 2].map((j) => ({
          name: `mu_${j}`,
          x: at[`mu_${j}`],
          y: twoBells({ ...at, x: at[`mu_${j}`] }).parts[j - 1],
        }));
        const far = (one) => Math.hypot((one.x - x) / 8, (one.y - y) / 0.9);
        return [{ name: "x", x: at.x, y: 0 }, ...tops].sort((a, b) => far(a) - far(b))[0].name;
      },
      drag(at, [x], name) {
        at[name] = x;
      },
      draw(at) {
        const plot = this.field();
        const fine = range(-4, 4, 160);
        const each = fine.map((x) => twoBells({ ...at, x }));
        const { p, cost, gamma, slopes } = twoBells(at);
        const foot = field([30, 216, WIDE - 60, 50], [-4, 4], [0, 1]);
        const low = fine.map((x, i) => [x, each[i].parts[0]]);
        const high = fine.map((x, i) => [x, each[i].p]);
        const share = fine.map((x, i) => [x, each[i].gamma[0]]);
        const arrow = (j) => {
          const y = 284 + 6 * j;
          const from = plot.x(at[`mu_${j + 1}`]);
          const to = Math.min(Math.max(from - 40 * slopes[j].mu, 0), WIDE);
          return (
            tag("path", { d: `M${num(from)} ${y}L${num(to)} ${y}`, stroke: [BLUE, ORANGE][j], "stroke-width": 3 }) +
            tag("circle", { cx: to, cy: y, r: 4, fill: [BLUE, ORANGE][j] })
          );
        };
        return {
          svg:
            plot.area([[-4, 0], ...low, [4, 0]], BLUE) +
            plot.area([...low, ...high.slice().reverse()], ORANGE) +
            foot.area([[-4, 0], ...share, [4, 0]], BLUE) +
            foot.area([...share, [4, 1], [-4, 1]], ORANGE) +
            plot.ground() +
            plot.line(
              [
                [at.x, 0],
                [at.x, 0.9],
              ],
              RED,
              1,
            ) +
            foot.line(
              [
                [at.x, 0],
                [at.x, 1],
              ],
              RED,
              1,
            ) +
            [0, 1]
              .map((j) =>
                tag("circle", {
                  cx: plot.x(at[`mu_${j + 1}`]),
                  cy: plot.y(twoBells({ ...at, x: at[`mu_${j + 1}`] }).parts[j]),
                  r: 7,
                  fill: [BLUE, ORANGE][j],
                }),
              )
              .join("") +
            tag("circle", { cx: plot.x(at.x), cy: plot.y(0), r: 8, fill: RED }) +
            words("who made it", 80, 210, { "font-size": 13 }) +
            arrow(0) +
            arrow(1),
          text:
            `The density is ${num(p)}, so the point costs ${num(cost)} nats. Blue: pi ${num(at.pi)}, gamma ${num(gamma[0])}; ` +
            `orange: pi ${num(1 - at.pi)}, gamma ${num(gamma[1])}. Slopes of the loss, blue and orange: pi ${slopes.map((s) => num(s.pi)).join(", ")}; ` +
            `mu ${slopes.map((s) => num(s.mu)).join(", ")}; log sigma ${slopes.map((s) => num(s.sigma)).join(", ")}. The bars at the foot show which way the middles go.`,
        };
      },
    },
    gates: {
      height: 330,
      field: (_, data) => field([30, 130, WIDE - 60, 180], [0, data.ink.length - 1], [-3, 3]),
      drag(at, [x]) {
        at.step = Math.round(x);
      },
      draw(at, data) {
        const inputs = data.inputs[at.sees];
        const states = cell(at, inputs);
        const largest = Math.max(...states.map(({ c }) => Math.abs(c)), 0.1);
        const plot = field([30, 130, WIDE - 60, 180], [0, inputs.length - 1], [-largest, largest]);
        const xs = data.ink.map((point) => point[0]);
        const ys = data.ink.map((point) => point[1]);
        const high = (100 * (Math.max(...xs) - Math.min(...xs))) / (WIDE - 60);
        const middle = (Math.max(...ys) + Math.min(...ys)) / 2;
        const page = field(
          [30, 10, WIDE - 60, 100],
          [Math.min(...xs), Math.max(...xs)],
          [middle - high / 2, middle + high / 2],
        );
        const t = at.step;
        const pieces = data.ink.slice(1).map((point, i) => {
          if (point[2]) return ""; // the pen was in the air
          const strength = Math.min(Math.abs(states[i + 1].c) / largest, 1);
          return tag("path", {
            d: `M${num(page.x(data.ink[i][0]))} ${num(page.y(data.ink[i][1]))}L${num(page.x(point[0]))} ${num(page.y(point[1]))}`,
            stroke: states[i + 1].c > 0 ? ORANGE : BLUE,
            "stroke-opacity": 0.25 + 0.75 * strength,
            "stroke-width": 3,
            "stroke-linecap": "round",
          });
        });
        return {
          svg:
            pieces.join("") +
            tag("circle", { cx: page.x(xs[t]), cy: page.y(ys[t]), r: 6, fill: RED }) +
            plot.ground() +
            plot.line(
              states.map(({ c }, i) => [i, c]),
              ORANGE,
            ) +
            plot.line(
              states.map(({ h }, i) => [i, h]),
              GREEN,
            ) +
            plot.line(
              [
                [t, -largest],
                [t, largest],
              ],
              RED,
              1,
            ) +
            words(`cell (orange), up to ${num(largest)}; output (green)`, WIDE / 2, 326, { "font-size": 13 }),
          text:
            `At step ${t}: c = ${num(at.forget)} × ${num(t ? states[t - 1].c : 0)} + ${num(at.input)} × ${num(inputs[t])} = ${num(states[t].c)}, ` +
            `and h = ${num(at.output)} × tanh(${num(states[t].c)}) = ${num(states[t].h)}.`,
        };
      },
    },
    bias: {
      height: 260,
      field: (_, data) => field([10, 10, WIDE - 20, 240], data.x, data.y),
      draw(at, data) {
        const plot = this.field(at, data);
        const { pi, sigma } = biased(data, at.bias, at.rule);
        const each = data.mu.map((mu, j) =>
          plot
            .area(ellipse(mu, sigma[j], data.rho[j]), ORANGE)
            .replace('fill-opacity="0.4"', `fill-opacity="${num(0.08 + 0.75 * pi[j])}"`),
        );
        const listed = data.mu.map((_, j) => j).filter((j) => pi[j] > 0.02);
        listed.sort((a, b) => pi[b] - pi[a]);
        return {
          svg: each.join("") + tag("circle", { cx: plot.x(0), cy: plot.y(0), r: 5, fill: BLUE }),
          text:
            "From the blue point, the next one is drawn out of these Gaussians, shown to two deviations. " +
            listed
              .slice(0, 3)
              .map(
                (j) =>
                  `Weight ${num(pi[j])}: deviations ${sigma[j].map((s) => num(s * data.unit)).join(" and ")} body heights`,
              )
              .join("; ") +
            ".",
        };
      },
    },
  };

  // --- the page ---------------------------------------------------------------------------------------------------

  /** @returns {any} */
  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /** Give a figure its knobs, and draw it. */
  function start(place) {
    const figure = FIGURES[place.dataset.figure];
    const { knobs, data } = JSON.parse(place.querySelector("script").textContent);
    const at = Object.fromEntries(knobs.map((knob) => [knob.name, knob.start]));
    const stage = make("div", { class: "stage" });
    const told = make("p", { class: "told" });
    place.firstElementChild.replaceWith(stage);
    const show = () => {
      const { svg, text } = figure.draw(at, data);
      stage.innerHTML = `<svg viewBox="0 0 ${WIDE} ${figure.height}" role="img" aria-label="${esc(text)}">${svg}</svg>`;
      told.textContent = text;
      for (const knob of knobs) {
        const { control, value } = knob;
        if (document.activeElement !== control) control.value = String(at[knob.name]);
        if (value) value.textContent = num(at[knob.name]);
      }
    };
    const controls = knobs.map((knob) => {
      knob.control = knob.values
        ? make("select", {}, ...knob.values.map((each) => make("option", { value: each }, String(each))))
        : "high" in knob
          ? make("input", { type: "range", min: knob.low, max: knob.high, step: knob.step })
          : make("input", { type: "text", maxlength: 12, size: 12 });
      knob.value = "high" in knob ? make("output") : null;
      knob.control.value = String(knob.start);
      knob.control.addEventListener("input", () => {
        const text = knob.control.value;
        if ("high" in knob) at[knob.name] = Number(text);
        else if (text) at[knob.name] = text;
        show();
      });
      return make("label", {}, make("span", {}, knob.name.replace(/_/g, " "), " ", knob.value || ""), knob.control);
    });
    place.querySelector(".setting").replaceWith(make("div", { class: "knobs" }, ...controls), told);
    if (figure.drag) drags(stage, figure, at, data, knobs, show);
    show();
    place.dataset.turns = "yes";
  }

  /** Let a figure be dragged, within the bounds of its knobs. */
  function drags(stage, figure, at, data, knobs, show) {
    let grasped = null;
    const place = (event) => {
      const box = stage.firstElementChild.getBoundingClientRect();
      const scale = WIDE / box.width;
      return figure.field(at, data).back((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    };
    const move = (event) => {
      figure.drag(at, place(event), grasped);
      for (const { name, low, high } of knobs)
        if (high !== undefined) at[name] = Math.min(Math.max(at[name], low), high);
      show();
    };
    stage.classList.add("drags");
    stage.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      grasped = figure.grasp?.(at, place(event)) || "it";
      move(event);
    });
    stage.addEventListener("pointermove", (event) => grasped && move(event));
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (grasped = null));
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        start(target);
      }
    },
    { rootMargin: "400px" },
  );
  for (const place of document.querySelectorAll(".scribe-live")) seen.observe(place);
  Object.assign(window, { scribeLive: { arithmetic: { phi, twoBells, cell, biased } } });
})();
