/*
 * What the reader of a chapter does without a kernel: guess before the outcome is shown, and turn knobs.
 *
 * A guess: <div class="scribe-predict" data-kind="choice|number|words|drawing"> as scribe.exercises.predict makes it.
 * The outputs that are folded after it (cells tagged hide-output) and the next <details> of the text stay shut until the
 * reader has committed. Guesses are kept in this browser, and nowhere else.
 *
 * A flip-book: <div class="scribe-frames"> as scribe.widgets.explore makes it: a picture, and all others as JSON.
 *
 * A test, people's or the network's: <div class="scribe-pairs"> as scribe.exercises.telling makes it.
 *
 * Without this script the outcomes are folded, and the figures are still.
 */
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  let drawings = 0;

  /**
   * An element with attributes and children.
   * @returns {any}
   */
  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /** What browsers without a store, or with a full one, refuse is no loss. */
  function remembered(key, value) {
    try {
      if (value === undefined) return localStorage.getItem(key);
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // nothing is remembered
    }
    return null;
  }

  // --- guesses --------------------------------------------------------------------------------------------------

  /** The folded outputs and the comment that belong to a guess. */
  function outcomeOf(asked) {
    const found = [];
    let place = (asked.closest(".cell") || asked).nextElementSibling;
    for (; place; place = place.nextElementSibling) {
      if (place.matches("section") || place.querySelector(".scribe-predict")) break;
      if (place.matches("details")) {
        found.push(place);
        break;
      }
      if (place.matches(".tag_hide-output")) found.push(...place.querySelectorAll("details.hide"));
    }
    return /** @type {HTMLDetailsElement[]} */ (found);
  }

  /** Fields for a guess: {field, value(): what was guessed, "" if nothing was, show(value)}. */
  const FIELDS = {
    choice(asked) {
      const name = `guess-${++drawings}`;
      const labels = [...asked.querySelectorAll("li")].map((item) =>
        make("label", {}, make("input", { type: "radio", name, value: item.textContent }), ` ${item.textContent}`),
      );
      asked.querySelector("ul").remove();
      const field = make("div", { class: "choices", role: "radiogroup", "aria-label": "Your guess" }, ...labels);
      return { field, value: () => field.querySelector("input:checked")?.value || "" };
    },
    number(asked) {
      const input = make("input", { type: "number", step: "any" });
      return { field: make("label", {}, input, ` ${asked.dataset.unit}`), value: () => input.value };
    },
    words() {
      const input = make("input", {
        type: "text",
        "aria-label": "Your guess, in a few words",
        placeholder: "in a few words",
      });
      return { field: input, value: () => input.value.trim() };
    },
    drawing(asked) {
      return paper(asked.querySelector(".paper"));
    },
  };

  /** A sheet over a picture that takes strokes: by mouse, finger or pen, or a cross moved by the arrow keys. */
  function paper(under) {
    const sheet = document.createElementNS(SVG, "svg");
    const ink = document.createElementNS(SVG, "path");
    const cross = document.createElementNS(SVG, "path");
    ink.setAttribute("class", "ink");
    cross.setAttribute("class", "cross");
    sheet.setAttribute("viewBox", "0 0 100 100");
    sheet.setAttribute("preserveAspectRatio", "none");
    sheet.setAttribute("tabindex", "0");
    sheet.setAttribute("role", "application");
    sheet.setAttribute("aria-label", "Draw your guess. Arrow keys move a cross, the space bar marks its place.");
    sheet.append(ink, cross);
    under.append(sheet);
    let strokes = [];
    let at = [50, 50];
    let down = false;
    const number = (x) => Math.round(x * 10) / 10;
    const draw = () => {
      // A point of its own is a stroke without length, which round ends make a dot.
      const way = (stroke) => `M${stroke.map((point) => point.join(" ")).join("L")}${stroke.length < 2 ? "h.01" : ""}`;
      ink.setAttribute("d", strokes.map(way).join(""));
      cross.setAttribute("d", `M${at[0] - 2} ${at[1]}h4M${at[0]} ${at[1] - 4}v8`);
    };
    const place = (event) => {
      const box = sheet.getBoundingClientRect();
      at = [
        number(((event.clientX - box.left) / box.width) * 100),
        number(((event.clientY - box.top) / box.height) * 100),
      ];
      strokes[strokes.length - 1].push(at);
      draw();
    };
    sheet.addEventListener("pointerdown", (event) => {
      if (under.dataset.done || event.button) return;
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      down = true;
      strokes.push([]);
      place(event);
    });
    sheet.addEventListener("pointermove", (event) => down && place(event));
    for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => (down = false));
    sheet.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] }[event.key];
      if (under.dataset.done || (!way && event.key !== " ")) return;
      event.preventDefault();
      if (way) at = at.map((x, i) => Math.min(Math.max(x + way[i], 0), 100));
      else strokes.push([at]);
      draw();
    });
    const clear = make("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => {
      strokes = [];
      draw();
    });
    draw();
    return {
      field: clear,
      value: () => (strokes.length ? ink.getAttribute("d") : ""),
      show(value) {
        if (value.startsWith("M")) ink.setAttribute("d", value);
        under.dataset.done = value ? "yes" : "";
        if (!value) clear.click();
      },
    };
  }

  /** Make a form of a question, and lock what follows it. */
  function ask(asked, number) {
    const key = `scribe-guess ${location.pathname} ${number}`;
    const outcome = outcomeOf(asked);
    const guess = FIELDS[asked.dataset.kind](asked);
    const commit = make("button", { type: "submit" }, "That is my guess");
    const none = make("button", { type: "button", class: "plain" }, "No idea, show me");
    const said = make("p", { role: "status" });
    const form = make("form", {}, guess.field, make("div", { class: "buttons" }, commit, none));
    const again = make("button", { type: "button", class: "plain" }, "Guess again");
    asked.append(form, said, again);
    const question = (asked.closest(".cell") || asked).previousElementSibling;
    if (question?.matches("p") && question.textContent.startsWith("Predict"))
      asked.firstElementChild.replaceWith(question);

    function settle(value) {
      form.hidden = Boolean(value);
      again.hidden = !value;
      guess.show?.(value);
      for (const part of outcome) part.open = Boolean(value);
      said.textContent =
        value.startsWith("M") && guess.show ? "Your guess is marked." : value ? `Your guess: ${value}` : "";
      asked.dataset.state = value ? "done" : "open";
    }
    function take(value) {
      remembered(key, value);
      settle(value);
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (guess.value()) take(guess.value());
      else said.textContent = "Make a guess first, be it a wild one.";
    });
    none.addEventListener("click", () => take("none"));
    again.addEventListener("click", () => {
      remembered(key, null);
      settle("");
      form.querySelector("input, button").focus();
    });
    for (const part of outcome) {
      part.querySelector("summary").addEventListener("click", (event) => {
        if (asked.dataset.state === "done") return;
        event.preventDefault();
        said.textContent = "Guess first; then it opens.";
        asked.scrollIntoView({ block: "center" });
        form.querySelector("input, button").focus({ preventScroll: true });
      });
    }
    settle(remembered(key) || "");
  }

  // --- flip-books -----------------------------------------------------------------------------------------------

  /** Knobs that choose among the frames of a flip-book. */
  function turn(book) {
    const { knobs, frames, texts } = JSON.parse(book.querySelector("script").textContent);
    const picture = book.firstElementChild;
    const stage = make("div", { class: "stage" });
    picture.replaceWith(stage);
    stage.append(picture);
    // In a narrow window the picture scrolls in its stage; then the keyboard can get there, too.
    new ResizeObserver(() => (stage.tabIndex = stage.scrollWidth > stage.clientWidth ? 0 : -1)).observe(stage);
    const told = make("p", { class: "told", role: "status" });
    const at = knobs.map((knob) => knob.start);

    function show() {
      let number = 0;
      for (const [i, knob] of knobs.entries()) number = number * knob.values.length + at[i];
      const frame = frames[number];
      book.dataset.frame = String(number);
      if (frame.startsWith("<")) stage.innerHTML = frame;
      else {
        const image = /** @type {HTMLImageElement} */ (stage.firstElementChild);
        image.src = frame;
        image.alt = texts[number];
      }
      told.textContent = texts[number] || stage.querySelector("title")?.textContent || "";
    }

    const controls = knobs.map((knob, i) => {
      const words = knob.name.replace(/_/g, " ");
      const numeric = knob.values.every((value) => typeof value === "number");
      const value = make("output", {}, String(knob.values[knob.start]));
      let control;
      if (numeric) {
        control = make("input", { type: "range", min: 0, max: knob.values.length - 1, step: 1, value: knob.start });
        control.setAttribute("aria-valuetext", String(knob.values[knob.start]));
      } else {
        control = make("select", {}, ...knob.values.map((each, n) => make("option", { value: n }, String(each))));
        control.value = String(knob.start);
      }
      control.addEventListener("input", () => {
        at[i] = Number(control.value);
        const now = String(knob.values[at[i]]);
        value.textContent = now;
        if (numeric) control.setAttribute("aria-valuetext", now);
        show();
      });
      return make("label", {}, make("span", {}, words, " ", numeric ? value : ""), control);
    });
    book.querySelector(".setting").replaceWith(make("div", { class: "knobs" }, ...controls), told);
    book.dataset.turns = "yes";
  }

  // --- people's or the network's --------------------------------------------------------------------------------

  /** Wilson's interval of 95 % for a share, as scribe.measure.intervals.share has it. */
  function wilson(right, trials) {
    const z = 1.959963984540054,
      p = right / trials,
      scale = 1 + (z * z) / trials;
    const middle = (p + (z * z) / (2 * trials)) / scale;
    const half = (z * Math.sqrt((p * (1 - p)) / trials + (z / (2 * trials)) ** 2)) / scale;
    return [right ? middle - half : 0, right < trials ? middle + half : 1];
  }

  /** One pair after the other; the answers, and the score, come at the end. */
  function tellApart(box) {
    const answers = box.querySelector("details");
    const pairs = /** @type {HTMLElement[]} */ ([...answers.querySelectorAll("li")]);
    const said = [];
    const begin = make("button", { type: "button" }, `Take the test: ${pairs.length} pairs`);
    const test = make("div", { class: "test", hidden: "" });
    const told = make("p", { role: "status" });
    answers.hidden = true;
    answers.before(told, begin, test);

    function ask() {
      const pair = pairs[said.length];
      told.textContent = `Pair ${said.length + 1} of ${pairs.length}: \u201c${pair.querySelector(".text").textContent}\u201d. Which line did a person write?`;
      const lines = [...pair.querySelectorAll(".line")].map((line, n) => {
        const name = "AB"[n];
        const picture = /** @type {SVGElement} */ (line.querySelector("svg").cloneNode(true));
        picture.removeAttribute("aria-labelledby");
        picture.setAttribute("aria-hidden", "true");
        picture.querySelector("title")?.remove();
        const button = make("button", { type: "button", "aria-label": `Line ${name}` }, make("b", {}, name), picture);
        button.addEventListener("click", () => {
          said.push(name);
          if (said.length < pairs.length) ask();
          else tell();
        });
        return button;
      });
      test.replaceChildren(...lines);
      lines[0].focus({ preventScroll: true });
    }

    function tell() {
      const right = pairs.filter((pair, n) => pair.dataset.person === said[n]).length;
      const [low, high] = wilson(right, pairs.length).map((share) => Math.round(100 * share));
      const verdict =
        low > 50
          ? "You can tell them apart."
          : high < 50
            ? "You can tell them apart, but you take the network for the person."
            : "One half lies in the interval: this test can't show that you tell them apart.";
      told.textContent = `You found the person in ${right} of ${pairs.length} pairs, ${Math.round((100 * right) / pairs.length)} % (${low} to ${high} %). ${verdict}`;
      for (const [n, pair] of pairs.entries()) {
        const yours = make("span", { class: "yours" }, ` You said ${said[n]}.`);
        pair.querySelector(".yours")?.remove();
        pair.querySelector(".answer").append(yours);
      }
      said.length = 0;
      test.hidden = true;
      answers.hidden = false;
      begin.textContent = "Once more";
      begin.hidden = false;
      begin.focus({ preventScroll: true });
    }

    begin.addEventListener("click", () => {
      begin.hidden = true;
      answers.hidden = true;
      test.hidden = false;
      ask();
    });
    // On paper there is only the list.
    addEventListener("beforeprint", () => {
      answers.hidden = false;
    });
  }

  // --- the page ---------------------------------------------------------------------------------------------------

  document.querySelectorAll(".scribe-predict").forEach(ask);
  document.querySelectorAll(".scribe-pairs").forEach(tellApart);
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        turn(target);
      }
    },
    { rootMargin: "400px" },
  );
  for (const book of document.querySelectorAll(".scribe-frames")) seen.observe(book);

  // --- paper ------------------------------------------------------------------------------------------------------

  /** What a chapter keeps shut: outcomes and their comments, answers and solutions, but not hints or folded code. */
  function answers() {
    const asked = new Set([...document.querySelectorAll(".scribe-predict")].flatMap(outcomeOf));
    const all = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll(".bd-article details")]);
    const told = /^\s*(Answers?|Show a solution)\b/;
    return all.filter((one) => asked.has(one) || told.test(one.querySelector("summary")?.textContent || ""));
  }

  /** Move all answers to the end of the chapter, under the number that is left at their place. Returns what undoes it. */
  function answersLast() {
    const moved = answers();
    const article = document.querySelector(".bd-article");
    if (!moved.length || !article) return () => {};
    const end = make("section", { class: "scribe-answers" }, make("h2", {}, "Answers"));
    const places = moved.map((one, index) => {
      const place = make(
        "p",
        { class: "scribe-answer-place" },
        `Answer ${index + 1} stands at the end of the chapter.`,
      );
      one.replaceWith(place);
      const heading = place.closest("section")?.querySelector(":scope > :is(h1, h2, h3, h4)");
      const from = (heading?.firstChild?.textContent || "").trim();
      end.append(make("h3", {}, `Answer ${index + 1}${from ? `, ${from}` : ""}`), one);
      return place;
    });
    article.append(end);
    return () => {
      moved.forEach((one, index) => {
        places[index].replaceWith(one);
      });
      end.remove();
    };
  }

  // On paper all is open, and the answers come last.
  let shut = [];
  let putBack = () => {};
  addEventListener("beforeprint", () => {
    putBack();
    putBack = answersLast();
    shut = [...document.querySelectorAll("details:not([open])")];
    for (const one of shut) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of shut) one.open = false;
    shut = [];
    putBack();
    putBack = () => {};
  });
})();
