"""People's or the network's? A test that the reader of the book takes, pair by pair.

In the pages of the book, ``scribe-book.js`` shows one pair after the other, counts, and tells the score with its
interval. Without it, and in notebooks, the pairs are a folded list, with the answers below each.
"""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

__all__ = ["tell_apart"]


def tell_apart(path: str | os.PathLike[str]) -> None:
    """Show the test.

    Args:
        path: what ``recipe.make_pairs`` wrote: ``pairs``, each with ``text``, ``drawings`` (two, as SVG) and ``person``
            (0 or 1), and the ``corpus`` of the people's lines.

    Raises:
        ValueError: if the file has no such pairs.
    """
    from IPython.display import display

    content = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        shown, count = _page(content), len(content["pairs"])
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{path} holds no pairs of lines; recipe.make_pairs makes such a file") from error
    told = f"{count} pairs of lines, one by a person and one by the network; they need a page that shows HTML."
    display({"text/html": shown, "text/plain": told}, raw=True)


def _page(content: dict) -> str:
    pairs = content["pairs"]
    items = []
    for pair in pairs:
        two = "".join(f'<p class="line"><b>{name}</b> {pair["drawings"][n]}</p>' for n, name in enumerate("AB"))
        answer = f'<p class="answer">A person wrote {"AB"[pair["person"]]}.</p>'
        text = html.escape(pair["text"])
        items.append(f'<li data-person="{"AB"[pair["person"]]}"><p class="text">{text}</p>{two}{answer}</li>')
    corpus = content["corpus"]
    source = html.escape(f"People's lines: {corpus['attribution']} {corpus['licence']}.")
    return (
        f'<div class="scribe-pairs"><details><summary>The {len(pairs)} pairs, with the answers</summary>'
        f'<ol>{"".join(items)}</ol></details><p class="source">{source}</p></div>'
    )
