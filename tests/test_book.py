"""The book: its settings, and, where it has been built, its pages."""

import functools
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[1]
HTML = ROOT / "book/_build/html"
built = pytest.mark.skipif(not (HTML / "index.html").exists(), reason="the book is not built here; make book builds it")


class Page(HTMLParser):
    """What a page loads, where it links to, and what screen readers are told."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.loads, self.links, self.ids, self.nameless, self.headings = [], [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes.get("href") or "")
        elif tag == "link":
            if set((attributes.get("rel") or "").split()) & {
                "stylesheet",
                "icon",
                "preload",
                "prefetch",
                "modulepreload",
            }:
                self.loads.append(attributes.get("href") or "")
        else:
            sources = (attributes.get("srcset") or "").split(",")
            self.loads += [
                value for value in (attributes.get("src"), *(s.strip().split(" ")[0] for s in sources)) if value
            ]
        if tag == "img" and not (attributes.get("alt") or "").strip():
            self.nameless.append(attributes.get("src"))
        named = attributes.get("aria-labelledby") or attributes.get("aria-label")
        if tag == "svg" and not named and attributes.get("aria-hidden") != "true":
            self.nameless.append("svg")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


@functools.cache
def pages():
    return [Page(path) for path in sorted(HTML.rglob("*.html")) if "_static" not in path.parts]


def target(page, address):
    """The file that an address on a page means, and the place in it."""
    parts = urlsplit(address)
    path = page.path if not parts.path else (page.path.parent / unquote(parts.path)).resolve()
    return path, unquote(parts.fragment)


def test_the_book_is_built_from_stored_outputs():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["execute"]["execute_notebooks"] == "off"
    assert config["sphinx"]["config"]["mathjax_path"] == "mathjax/tex-svg.js"
    assert (ROOT / "book/_static/mathjax/tex-svg.js").stat().st_size > 1_000_000


def test_every_page_in_the_table_of_contents_is_there():
    def files(node):
        if isinstance(node, dict):
            yield from (v for k, v in node.items() if k in ("root", "file"))
            for value in node.values():
                yield from files(value)
        elif isinstance(node, list):
            for value in node:
                yield from files(value)

    names = list(files(yaml.safe_load((ROOT / "_toc.yml").read_text())))
    assert names[0] == "book/index"
    for name in names:
        assert any((ROOT / f"{name}{ending}").is_file() for ending in ("", ".md", ".ipynb")), name


@built
def test_pages_load_nothing_from_other_hosts():
    for page in pages():
        outside = [a for a in page.loads if urlsplit(a).scheme in ("http", "https") or a.startswith("//")]
        assert not outside, f"{page.path}: {outside}"


@built
def test_style_sheets_load_nothing_from_other_hosts():
    for path in (HTML / "_static").rglob("*.css"):
        outside = re.findall(
            r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", path.read_text(encoding="utf-8")
        )
        assert not outside, f"{path}: {outside}"


@built
def test_everything_that_pages_load_is_there():
    for page in pages():
        for address in page.loads:
            if urlsplit(address).scheme != "data":
                assert target(page, address)[0].is_file(), f"{page.path} loads {address}"


@built
def test_links_inside_the_book_lead_somewhere():
    ids = {page.path: set(page.ids) for page in pages()}
    for page in pages():
        for address in page.links:
            if urlsplit(address).scheme or not address or address == "#":
                continue
            path, place = target(page, address)
            if place.startswith("scribe:"):  # sets a live figure: #scribe:ID?text=...
                place = place.removeprefix("scribe:").partition("?")[0]
            assert path.is_file(), f"{page.path} links to {address}"
            if place and path in ids:
                assert place in ids[path], f"{page.path} links to {address}"


@built
def test_every_picture_has_a_name_for_those_who_cannot_see_it():
    for page in pages():
        assert not page.nameless, f"{page.path}: {page.nameless}"


@built
def test_formulas_are_set_by_the_books_own_program():
    loaded = [address for page in pages() for address in page.loads if "mathjax" in address.lower()]
    assert all("_static/mathjax/tex-svg.js" in address for address in loaded)
    assert (HTML / "_static/mathjax/tex-svg.js").is_file()


@built
def test_the_first_page_opens_and_shows_handwriting():
    first = (HTML / "index.html").read_text()
    assert "book/index.html" in first
    index = (HTML / "book/index.html").read_text(encoding="utf-8")
    assert 'stroke="currentColor"' in index
    assert '<html lang="en"' in index
    assert "viewport" in index
