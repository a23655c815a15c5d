"""For Sphinx: mends what the theme and Sphinx leave undone for readers who hear pages. tests/test_book_live.py checks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REPAIRS = (
    # The sidebar holds more than its navigation: the name of the book, the search field.
    ('<div id="pst-primary-sidebar" class', '<div id="pst-primary-sidebar" role="navigation" aria-label="Book" class'),
    # A role that no longer exists, in a list that needs items.
    ('role="doc-biblioentry"', 'role="listitem"'),
)


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
    for wrong, right in REPAIRS:
        text = text.replace(wrong, right)
    return text
