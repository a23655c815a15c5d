/*
 * What a word of the glossary means, beside the word: <a class="scribe-term" data-says="..."> as book/_tools/terms.py
 * makes it. It shows on hover and on focus, stays while one points at it, and goes with Escape. The first touch shows
 * it, a second one follows the link. Without this script the words are links.
 */
(() => {
  "use strict";

  const tip = document.createElement("div");
  tip.id = "scribe-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  /** @type {HTMLElement | null} */
  let shown = null;
  let touched = false;
  let leaving = 0;

  function hide() {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  }

  /** Leave time to move on to the explanation itself. */
  function hideSoon() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 250);
  }

  /** @param {HTMLElement} term */
  function show(term) {
    clearTimeout(leaving);
    if (shown === term) return;
    hide();
    shown = term;
    tip.textContent = term.dataset.says || "";
    tip.hidden = false;
    term.setAttribute("aria-describedby", tip.id);
    // Above the word, or below it where there is no room; never over the edge of the window.
    const word = term.getClientRects()[0];
    const box = tip.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const left = Math.min(Math.max(8, word.left), Math.max(8, width - box.width - 8));
    const top = word.top > box.height + 70 ? word.top - box.height - 6 : word.bottom + 6;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  }

  for (const term of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".scribe-term"))) {
    term.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") show(term);
    });
    term.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") hideSoon();
    });
    term.addEventListener("focus", () => {
      if (!touched) show(term);
    });
    term.addEventListener("blur", hideSoon);
    term.addEventListener("click", (event) => {
      if (touched && shown !== term) {
        event.preventDefault();
        show(term);
      }
      touched = false;
    });
  }
  tip.addEventListener("pointerenter", () => clearTimeout(leaving));
  tip.addEventListener("pointerleave", hideSoon);
  document.addEventListener(
    "pointerdown",
    (event) => {
      touched = event.pointerType === "touch";
      const at = /** @type {Element} */ (event.target);
      if (shown && !shown.contains(at) && !tip.contains(at)) hide();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    touched = false;
    if (event.key === "Escape") hide();
  });
})();
