"""The options of ``scribe write`` that have to do with paper: pages in millimetres, and files for plotters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scribe.cli.shared import FiniteRange, UsageError, say, was_given

if TYPE_CHECKING:
    from scribe.draw import Machine
    from scribe.layout import Page, Sheet

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # takes no type between brackets before click 8.4

PICTURES = ("svg", "png", "gif", "json", "inkml")
PAPER = ("pdf", "gcode", "hpgl", "dxf")
"""Formats that lengths in mm belong to."""
FORMATS = (*PICTURES, *PAPER)
ON_PAGES = ("svg", "png", *PAPER)
ENDINGS = {"ngc": "gcode", "nc": "gcode", "plt": "hpgl"}
"""Other endings that these files have."""

_UNITS = {"": 1.0, "mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
_LENGTH = re.compile(r"(\d+\.?\d*|\.\d+)\s*(mm|cm|in|pt)?")
_SHEET = ("margin", "line_spacing", "first_line", "ruling", "rules", "indent", "page_number")
_MACHINE = ("pen_up", "pen_down", "feed", "travel_feed", "origin", "flip")

F = TypeVar("F", bound=Callable[..., Any])


class Length(_ParamType):
    """A length on paper: a number, and its unit if that isn't mm."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        match = _LENGTH.fullmatch(str(value).strip().lower())
        if match is None or not float(match[1]) <= 10_000:
            self.fail(f"{value!r} is not a length such as 3mm, .5cm or 1in.", param, context)
        return float(match[1]) * _UNITS[match[2] or ""]


class PageSize(_ParamType):
    """A paper by its name, ``WxH``, or ``fit``, which is None: as large as the ink."""

    name = "paper|WxH|fit"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        from scribe.layout import PAPERS

        if not isinstance(value, str):
            return value
        name, _, turn = value.lower().partition("-")
        if name in PAPERS and turn in ("", "landscape"):
            return PAPERS[name][::-1] if turn else PAPERS[name]
        sides = value.lower().split("x")
        if len(sides) == 2:
            # A unit at the end is that of both: 10x15cm.
            unit = re.sub(r"[\d.\s]", "", sides[1])
            first = sides[0] if re.search("[a-z]", sides[0]) else sides[0] + unit
            return Length().convert(first, param, context), Length().convert(sides[1], param, context)
        if value.lower() == "fit":
            return "fit"
        self.fail(f"{value!r} is no paper; say {', '.join(PAPERS)}, a4-landscape, 100x150mm, or fit.", param, context)


_OPTIONS = (
    click.option(
        "--page",
        type=PageSize(),
        help="Set the text on pages: a3, a4, a5, a6, letter, legal (a4-landscape is across), 100x150mm; or fit, as"
        " large as the ink. PDF takes a4 if not given, all others fit.",
    ),
    click.option("--x-height", type=Length(), help="Height of an x on paper; 2.5mm if not given."),
    click.option(
        "--margin", help="A length for all sides, or top,right,bottom,left. A tenth of the page if not given."
    ),
    click.option("--line-spacing", type=Length(), help="Line to line on a page; --line-height says it in x-heights."),
    click.option("--first-line", type=Length(), help="From the upper edge of the page to the first baseline."),
    click.option(
        "--ruling",
        type=click.Choice(["plain", "ruled", "squared"]),
        default="plain",
        show_default=True,
        help="Of the paper. Lines stand on its rules; two squares make a line.",
    ),
    click.option("--rules/--no-rules", default=True, help="Draw the rules, or only obey them: the paper has them."),
    click.option("--indent", type=Length(), help="Of the first line of each paragraph."),
    click.option("--reflow", is_flag=True, help="Join the lines of each paragraph and wrap them anew."),
    click.option("--loose", is_flag=True, help="Let lines rise and sink and margins fray, as the pen wrote them."),
    click.option("--page-number", metavar="PLACE", help="Number the pages: at the bottom-centre, top-right and so on."),
    click.option("--optimise", is_flag=True, help="Order the strokes so that a plotter's pen travels less in the air."),
    click.option(
        "--pen-up", default="5", show_default=True, help="Of a plotter (.gcode): a height in mm, or commands."
    ),
    click.option("--pen-down", default="0", show_default=True, help="The same, to draw. Such as M3 S90."),
    click.option("--feed", type=FiniteRange(1, 1e6), default=1500, show_default=True, help="mm per minute, drawing."),
    click.option(
        "--travel-feed", type=FiniteRange(1, 1e6), default=3000, show_default=True, help="mm per minute, pen up."
    ),
    click.option(
        "--origin",
        type=click.Choice(["bottom-left", "bottom-right", "top-left", "top-right"]),
        default="bottom-left",
        show_default=True,
        help="The corner of the page where a plotter has its zero (.gcode).",
    ),
    click.option(
        "--flip",
        type=click.Choice(["none", "x", "y", "both"]),
        default="none",
        show_default=True,
        help="Axes that the plotter counts the other way round (.gcode).",
    ),
    click.option("--device", default="hp7475a", show_default=True, help="The plotter, by vpype's name (.hpgl)."),
)


def paper_options(command: F) -> F:
    """A command with the options of paper; they come together, as keywords, to the functions below."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_paper(kind: str, paper: dict[str, Any], millimetres: float | None, text: bool) -> None:
    """Options that do not fit the kind of file, or each other, are told; a page that is the default is filled in.

    Raises:
        UsageError: saying what to leave out.
    """
    if paper["page"] is None and kind == "pdf" and text and millimetres is None:
        from scribe.layout import PAPERS

        paper["page"] = PAPERS["a4"]
    paged = isinstance(paper["page"], tuple)
    if was_given("page") and kind not in ON_PAGES:
        raise UsageError(f"--page is for .{', .'.join(ON_PAGES)}, not for .{kind}, which has no paper")
    if paged and not text:
        raise UsageError("--page is for a text; these weights write without one")
    if paged and was_given("width"):
        raise UsageError("--width is in characters; on a --page the margins say how long a line is")
    if paged and millimetres is not None:
        raise UsageError("--mm is the width of a picture; with --page, the page has it")
    if not paged:
        for name in _SHEET:
            if was_given(name):
                raise UsageError(f"--{name.replace('_', '-')} is for a --page")
    if millimetres is not None and paper["x_height"] is not None:
        raise UsageError("--mm and --x-height both say how large the writing is; leave one of them out")
    if paper["x_height"] is not None and kind not in ON_PAGES:
        raise UsageError(f"--x-height is a size on paper; .{kind} has none")
    if paper["optimise"] and kind not in ("svg", *PAPER):
        raise UsageError(f"--optimise is for plotters: .svg, .{', .'.join(PAPER)}")
    for name in _MACHINE:
        if was_given(name) and kind != "gcode":
            raise UsageError(f"--{name.replace('_', '-')} is for .gcode")
    if was_given("device") and kind != "hpgl":
        raise UsageError("--device is for .hpgl")
    _check_library(kind)
    if kind == "gcode":
        machine_of(paper)


def _check_library(kind: str) -> None:
    """Better to know before the work is done than after."""
    from importlib.util import find_spec

    library = {"pdf": "reportlab", "dxf": "ezdxf", "hpgl": "vpype"}.get(kind)
    if library is not None and find_spec(library) is None:
        raise UsageError(f".{kind} needs {library}, which is not installed: pip install {library}")


def sheet_of(paper: dict[str, Any], line_height: float, align: str, pen: float) -> Sheet | None:
    """The sheet that was asked for, or None if the paper is to be as large as the ink."""
    from scribe.layout import PLACES, Sheet

    if not isinstance(paper["page"], tuple):
        return None
    place = paper["page_number"]
    if place is not None and place not in PLACES:
        raise UsageError(f"--page-number {place!r} is no place; choose one of {', '.join(PLACES)}")
    spacing = paper["line_spacing"]
    x_height = paper["x_height"] or (spacing / line_height if spacing else 2.5)
    width, height = paper["page"]
    return Sheet(
        width,
        height,
        _margins(paper["margin"]),
        x_height,
        line_height * x_height if spacing is None else spacing,
        paper["first_line"],
        paper["ruling"],
        paper["rules"],
        align,
        paper["indent"] or 0.0,
        paper["loose"],
        place,
        pen,
    )


def _margins(value: str | None) -> tuple[float, float, float, float] | None:
    if value is None:
        return None
    try:
        lengths = [Length().convert(part, None, None) for part in value.split(",")]
    except click.BadParameter as error:
        raise UsageError(f"--margin: {error.format_message()}") from error
    if len(lengths) not in (1, 4):
        raise UsageError("--margin is one length, or four: top,right,bottom,left")
    top, right, bottom, left = lengths * (4 // len(lengths))
    return top, right, bottom, left


def machine_of(paper: dict[str, Any]) -> Machine:
    """The plotter that was described."""
    from scribe.draw import Machine

    return Machine(**{name: paper[name] for name in _MACHINE})


def with_less_travel(pages: Sequence[Page], start: Callable[[Page], tuple[float, float]]) -> list[Page]:
    """Pages with their strokes in another order; the way of the lifted pen before and after is told."""
    from dataclasses import replace

    from scribe.draw import optimised, pen_travel

    made = [replace(page, strokes=optimised(page.strokes, start(page))) for page in pages]
    before, after = (math.fsum(pen_travel(page.strokes, start(page)) for page in some) for some in (pages, made))
    share = f", {1 - after / before:.0%} less" if before else ""
    say(f"the lifted pen travels {after:,.0f} mm instead of {before:,.0f} mm{share}")
    return made


def page_content(
    kind: str,
    pages: Sequence[Page],
    paper: dict[str, Any],
    title: str,
    description: str,
    colour: str | None,
    background: str | None,
    pixels: int | None,
) -> list[bytes]:
    """The content of each file: one for all pages if it is a PDF, otherwise one for each of them."""
    from scribe import draw

    options: dict[str, Any] = {"title": title}
    if colour is not None:
        options["colour"] = colour
    if background is not None:
        options["paper"] = None if background == "none" else background
    if kind == "pdf":
        return [draw.to_pdf(pages, **options)]
    if kind == "svg":
        return [draw.page_to_svg(page, description=description, **options).encode() for page in pages]
    if kind == "png":
        return [draw.page_to_png(page, width=pixels, **options) for page in pages]
    if kind == "gcode":
        return [draw.to_gcode(page, machine_of(paper), title=title).encode() for page in pages]
    if kind == "dxf":
        return [draw.to_dxf(page).encode() for page in pages]
    return [draw.to_hpgl(page, paper["device"]).encode() for page in pages]
