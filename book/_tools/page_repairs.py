"""For Sphinx: mends in the built pages what the theme and its extensions leave wrong. tests/test_book_live.py looks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

REPAIRS = (
    # The sidebar holds more than its navigation: the name of the book, the search field.
    ('<div id="pst-primary-sidebar" class', '<div id="pst-primary-sidebar" role="navigation" aria-label="Book" class'),
    # A role that no longer exists, in a list that needs items.
    ('role="doc-biblioentry"', 'role="listitem"'),
    # One icon of a brand, and every first visit loads a font of 118 kB for it.
    ('class="fab fa-github"', 'class="fas fa-code-branch"'),
)
# Thebe would run cells on a server elsewhere. The book does not use it, and its script, there twice, fails.
_THEBE = re.compile(
    r"\s*<script>const THEBE_JS_URL\b.*?</script>|\s*<script[^>]*\bsphinx-thebe\.js[^>]*></script>", re.S
)
# A megabyte and a half that makes drawings of the icons, which the theme's fonts show as well.
_ICONS = re.compile(r"\s*<script[^>]*/fontawesome\.js[^>]*></script>")
# The index of the search, which the theme has on each page for results while one types; they are not asked for here.
_SEARCH = re.compile(r"\s*<script[^>]*/(?:searchtools|language_data|searchindex)\.js[^>]*></script>")
# Two megabytes that a page without a formula does not need.
_MATHJAX = re.compile(r"\s*<script>window\.MathJax\b.*?</script>|\s*<script[^>]*/mathjax/[^>]*></script>", re.S)

# A figure of a cell stands there bare. In a box of its own it can scroll; the theme gives such boxes a tab stop.
_FIGURE = re.compile(r'(?<!<div class="output image_png">)<img [^>]*src="(?:\.\./)*_images/[0-9a-f]{40,}\.png"[^>]*>')


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", _repair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _repair(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            mended = repaired(text)
            if mended != text:
                path.write_text(mended, encoding="utf-8")


def repaired(text: str) -> str:
    """A page as it should be. What needs no repair stays as it is."""
    for wrong, right in REPAIRS:
        text = text.replace(wrong, right)
    text = _own_names(text)
    text = _FIGURE.sub(r'<div class="output image_png">\g<0></div>', text)
    text = _ICONS.sub("", _THEBE.sub("", text))
    if 'id="search-results"' not in text:
        text = _SEARCH.sub("", text)
    return text if re.search(r'class="[^"]*\bmath\b', text) else _MATHJAX.sub("", text)


def _own_names(text: str) -> str:
    """Drawings that stand in a page twice: the second time, their parts get names of their own."""
    seen: set[str] = set()

    def renamed(match: re.Match[str]) -> str:
        drawing = match[0]
        for name in dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawing)):
            if name not in seen:
                seen.add(name)
                continue
            new = next(f"{name}-{n}" for n in range(2, 1000) if f"{name}-{n}" not in seen)
            seen.add(new)
            drawing = re.sub(rf'(?<=["#\s]){re.escape(name)}(?=["\s)])', new, drawing)
        return drawing

    return re.sub(r"<svg\b.*?</svg>", renamed, text, flags=re.S)
