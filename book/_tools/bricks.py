"""For Sphinx: a strip at the head of each chapter with the bricks that are built so far."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

BRICKS = (
    ("ink", "book/01-ink"),
    ("LSTM", "book/02-lstm"),
    ("mixture", "book/03-mdn"),
    ("prediction network", "book/04-prediction"),
    ("attention window", "book/05-window"),
    ("whole network", "book/06-network"),
    ("bias", "book/07-sampling"),
    ("style", "book/08-styles"),
)


def setup(app: Any) -> dict[str, bool]:
    app.connect("doctree-resolved", _insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def strip(docname: str, address: Callable[[str], str]) -> str:
    """The strip of a chapter as HTML, with the links that ``address`` makes; nothing for other pages."""
    chapter = re.fullmatch(r"book/(\d\d)-[a-z]+", docname)
    if not chapter:
        return ""
    items = []
    for number, (name, page) in enumerate(BRICKS, 1):
        name = html.escape(name)
        if page == docname:
            items.append(f'<li aria-current="step">{name}</li>')
        elif number == int(chapter[1]):  # the second half of a chapter works on the same brick
            items.append(f'<li aria-current="step"><a href="{html.escape(address(page))}">{name}</a></li>')
        else:
            built = ' class="built"' if number < int(chapter[1]) else ""
            items.append(f'<li{built}><a href="{html.escape(address(page))}">{name}</a></li>')
    return f'<nav class="scribe-bricks" aria-label="Bricks built so far"><ol>{"".join(items)}</ol></nav>'


def _insert(app: Any, doctree: Any, docname: str) -> None:
    from docutils import nodes

    if app.builder.format != "html":
        return
    made = strip(docname, lambda page: app.builder.get_relative_uri(docname, page))
    title = next(iter(doctree.findall(nodes.title)), None)
    if made and title is not None:
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", made, format="html"))
