"""For Sphinx: words of the glossary are links in the chapters, and say what they mean when one points at them.

The first time that a chapter uses a word of the glossary, in running text, the word becomes a link to its entry. The
link carries the entry's text, and scribe-terms.js shows it on hover, focus or touch. Without the script it is a link.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

GLOSSARY = "book/glossary"
# Words that mean something else as often as not: "the state of the art", "a cell of the notebook", "sample rate".
EVERYDAY = frozenset(
    {
        "blank",
        "brick",
        "candidate",
        "cell",
        "code",
        "component",
        "control",
        "corpus",
        "frame",
        "importance",
        "kernel",
    }
    | {"layer", "mask", "path", "place", "rate", "reader", "seed", "sharpness", "state", "style", "unit", "update"}
    | {"weights", "window"}
)


class Term(NamedTuple):
    """A word of the glossary: where its entry stands, and what it says."""

    address: str
    says: str


def setup(app: Any) -> dict[str, bool]:
    app.connect("doctree-resolved", _link)
    app.connect("html-page-context", _add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def names(entry: str) -> list[str]:
    """The words that an entry explains: ``encoder, decoder`` are two, and what is added in brackets is no part of one.

    An entry that needs its brackets, such as ``bias (of sampling)``, has a word of two meanings and gives none.
    """
    if " (of " in entry:
        return []
    return [name.strip() for name in re.sub(r"\s*\([^)]*\)", "", entry).split(",")]


def pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Any of some words, the longest first, also in the plural or at the start of a sentence."""
    either = "|".join(
        f"[{word[0].upper()}{word[0]}]{re.escape(word[1:])}" if word[0].islower() else re.escape(word)
        for word in sorted(words, key=len, reverse=True)
    )
    return re.compile(rf"(?<![\w-])({either})(s?)(?![\w-])")


def linked(text: str, terms: Mapping[str, Term], seen: set[str]) -> str | None:
    """A piece of text as HTML, with links on the words that are not among ``seen``; None if there is none."""
    parts, end = [], 0
    for match in pattern(terms).finditer(text):
        word = match[1]
        name = word if word in terms else word[0].lower() + word[1:]
        if terms[name].address in seen:
            continue
        seen.add(terms[name].address)
        address, says = (html.escape(part) for part in terms[name])
        link = f'<a class="scribe-term" href="{address}" data-says="{says}">{html.escape(match[0])}</a>'
        parts += [html.escape(text[end : match.start()], quote=False), link]
        end = match.end()
    return "".join([*parts, html.escape(text[end:], quote=False)]) if parts else None


def _terms(app: Any, docname: str) -> dict[str, Term]:
    from docutils import nodes

    page = app.builder.get_relative_uri(docname, GLOSSARY)
    terms = {}
    for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        entry = next(item.findall(nodes.term))
        says = re.sub(r"\s+", " ", next(item.findall(nodes.definition)).astext()).strip()
        for name in names(entry.astext()):
            if name not in EVERYDAY:
                terms[name] = Term(f"{page}#{entry['ids'][0]}", says)
    return terms


def _link(app: Any, doctree: Any, docname: str) -> None:
    from docutils import nodes

    if app.builder.format != "html" or not re.fullmatch(r"book/\d\d-[a-z-]+", docname):
        return
    terms, seen = _terms(app, docname), set[str]()
    apart = (
        nodes.literal,
        nodes.literal_block,
        nodes.reference,
        nodes.title,
        nodes.math,
        nodes.term,
        nodes.block_quote,
    )
    for text in list(doctree.findall(nodes.Text)):
        above, inside = text.parent, False
        while above is not None:
            if isinstance(above, apart):
                break
            inside = inside or isinstance(above, nodes.paragraph)
            above = above.parent
        if above is not None or not inside:
            continue
        made = linked(text.astext(), terms, seen)
        if made is not None:
            text.parent.replace(text, nodes.raw("", made, format="html"))


def _add_script(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if 'class="scribe-term"' in context.get("body", ""):
        app.add_js_file("scribe-terms.js", loading_method="defer")
