"""Drawings of ink as SVG, for pages and plotters."""

from __future__ import annotations

import html
import math
import zlib
from collections.abc import Sequence

import numpy as np

from scribe.draw.shapes import INK_COLOUR, NOT_XML, PEN, RULE_COLOUR, box_around, curves_of, stroke_curve
from scribe.ink import Ink, bezier
from scribe.layout import Page

__all__ = ["Svg", "coloured_ink", "page_to_svg", "to_svg"]

_LOW, _MIDDLE, _HIGH = (46, 134, 200), (152, 156, 164), (217, 96, 30)  # blue, grey, orange: on light and dark pages
_SHADES = 16  # on each side of the middle


class Svg(str):
    """The text of an SVG picture. It is an ordinary string that notebooks show as a picture.

    Notebooks put it into the page itself, not into a file beside it, so that ``currentColor`` is the colour of the
    text around it, on light and on dark pages.
    """

    def _repr_html_(self) -> str:
        return str(self)


def to_svg(
    ink: Ink | Sequence[Ink],
    *,
    title: str = "Handwriting",
    description: str = "",
    body: float = 10.0,
    width: float | None = None,
    unit: str = "px",
    margin: float = 1.0,
    pen: float = PEN,
    line_height: float = 3.5,
    colour: str = "currentColor",
    paper: str | None = None,
    decimals: int = 2,
    identifier: str | None = None,
    fluid: bool = True,
) -> Svg:
    """Single-line drawing: one smooth ``<path>`` a stroke, in the order of writing, ready for a plotter.

    Args:
        ink: what to draw. A sequence is drawn as lines below each other, each in a group (``<g>``) of its own.
        title: what the picture says, for screen readers: usually the text that is written.
        description: more about the picture, for screen readers.
        body: size of one body height (the height of an "x"), in ``unit``.
        width: width of the whole picture in ``unit``; then ``body`` follows from it.
        unit: ``"px"``, or a unit of length such as ``"mm"``. The drawing's own coordinates are in it too.
        margin: from the middle of the outermost strokes to each side, in body heights; no less than half a pen.
        pen: width of the stroke, in body heights.
        line_height: from baseline to baseline if ``ink`` is a sequence, in body heights.
        colour: of the ink; ``currentColor`` takes the colour of the text around the picture.
        paper: colour of the background; None leaves it clear.
        decimals: decimal places of the coordinates.
        identifier: start of the ids in the picture, unique in its page; made from the drawing if None.
        fluid: whether it shrinks with the page it stands in. For a file say no: to a plotter's program the page's CSS
            makes a picture without height.

    Returns:
        The whole ``<svg>`` element. Ink without points gives an empty picture.
    """
    sizes = (body, pen, *(() if width is None else (width,)))
    if not (all(0 < size < math.inf for size in sizes) and 0 <= margin < math.inf and abs(line_height) < math.inf):
        raise ValueError(f"body, width and pen must be above 0, margin not below: {body}, {width}, {pen}, {margin}")
    lines = [ink] if isinstance(ink, Ink) else list(ink)
    curves = [curves_of(line, -number * line_height) for number, line in enumerate(lines)]
    box = box_around([curve for line in curves for curve in line], max(margin, pen / 2))
    if width is not None:
        body = width / box.width
    groups = []
    for line in curves:
        paths = [path_data((curve - (box.left, box.top)) * (body, -body), decimals) for curve in line]
        groups.append("\n".join(f'<path d="{path}"/>' for path in paths))
    drawing = groups[0] if len(groups) == 1 else "\n".join(f"<g>\n{group}\n</g>" for group in groups)

    identifier = escaped(identifier or "") or f"ink-{zlib.crc32((title + drawing).encode('utf-8', 'replace')):08x}"
    named = f"{identifier}-title"
    head = f'<title id="{named}">{escaped(title)}</title>\n'
    if description:
        head += f'<desc id="{identifier}-desc">{escaped(description)}</desc>\n'
        named += f" {identifier}-desc"
    if paper is not None:
        head += f'<rect width="100%" height="100%" fill="{escaped(paper)}"/>\n'
    wide, high = (_number(round(size * body * 10**decimals), decimals) for size in (box.width, box.height))
    style = ' style="max-width:100%;height:auto"' if fluid else ""
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{named}"'
        f' width="{wide}{escaped(unit)}" height="{high}{escaped(unit)}" viewBox="0 0 {wide} {high}"{style}>\n{head}'
        f'<g fill="none" stroke="{escaped(colour)}" stroke-width="{pen * body:.4g}"'
        f' stroke-linecap="round" stroke-linejoin="round">\n{drawing}\n</g>\n</svg>\n'
    )


def page_to_svg(
    page: Page,
    *,
    title: str = "Handwriting",
    description: str = "",
    colour: str = INK_COLOUR,
    paper: str | None = None,
    rule_colour: str = RULE_COLOUR,
    decimals: int = 3,
) -> Svg:
    """A page in mm, for plotters and printers: rules and ink in groups of their own, one path per stroke."""
    upright = np.array([0.0, page.height])
    rules = "\n".join(f'<path d="M{x1:.5g} {y1:.5g}L{x2:.5g} {y2:.5g}"/>' for (x1, y1), (x2, y2) in _down(page))
    curves = [stroke_curve(stroke) for stroke in page.strokes]
    paths = "\n".join(f'<path d="{path_data((curve - upright) * (1, -1), decimals)}"/>' for curve in curves)
    size = f'width="{page.width:.6g}mm" height="{page.height:.6g}mm" viewBox="0 0 {page.width:.6g} {page.height:.6g}"'
    head = f"<title>{escaped(title)}</title>\n"
    if description:
        head += f"<desc>{escaped(description)}</desc>\n"
    if paper is not None:
        head += f'<rect width="{page.width:.6g}" height="{page.height:.6g}" fill="{escaped(paper)}"/>\n'
    if rules:
        head += f'<g id="rules" fill="none" stroke="{escaped(rule_colour)}" stroke-width="0.2">\n{rules}\n</g>\n'
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{head}'
        f'<g id="ink" fill="none" stroke="{escaped(colour)}" stroke-width="{page.pen:.4g}"'
        f' stroke-linecap="round" stroke-linejoin="round">\n{paths}\n</g>\n</svg>\n'
    )


def _down(page: Page) -> list[list[list[float]]]:
    """The rules of a page with y pointing down."""
    return [(np.array([0.0, page.height]) + rule * (1, -1)).tolist() for rule in page.rules]


def coloured_ink(
    ink: Ink,
    values: np.ndarray,
    *,
    title: str = "Handwriting",
    description: str = "",
    largest: float | None = None,
    width: float = 640.0,
    pen: float = 1.5 * PEN,
) -> Svg:
    """Ink with a number for each point, as colour: orange above zero, blue below, grey at zero.

    The stretch that leads to point ``t`` has the colour of ``values[t]``, and a dot that of its one point.

    Args:
        values: ``(T,)``, one for each point.
        title, description: for screen readers.
        largest: the value of the full colour; that of the greatest size in ``values`` if None.
        width: of the picture in pixels.
        pen: width of the stroke, in body heights.

    Raises:
        ValueError: if there is not one finite value for each point.
    """
    values = np.asarray(values, np.float64)
    if values.shape != (len(ink),) or not np.isfinite(values).all():
        raise ValueError(f"there must be a finite value for each of the {len(ink)} points, not {values.shape}")
    if largest is None:
        largest = float(np.abs(values).max(initial=0.0))
    shades = np.rint(_SHADES * np.clip(values / (largest or 1.0), -1, 1)).astype(int)
    pieces: list[tuple[int, np.ndarray]] = []  # a shade, and the run of Bezier segments that has it
    start = 0
    for stroke in ink.strokes:
        moved = np.ones(len(stroke), bool)  # the curve passes over points that repeat the one before
        moved[1:] = (np.diff(stroke, axis=0) != 0).any(axis=1)
        own = shades[start : start + len(stroke)][moved]
        start += len(stroke)
        curve = bezier(stroke)
        if not len(curve):
            pieces.append((int(own[0]), np.broadcast_to(stroke[0], (1, 4, 2))))
            continue
        runs = np.split(np.arange(len(curve)), np.flatnonzero(np.diff(own[1:])) + 1)
        pieces += [(int(own[1 + run[0]]), curve[run]) for run in runs]
    box = box_around([curve for _, curve in pieces], 1.0)
    body = width / box.width
    paths = "\n".join(
        f'<path stroke="{_shade(shade)}" d="{path_data((curve - (box.left, box.top)) * (body, -body), 2)}"/>'
        for shade, curve in sorted(pieces, key=lambda piece: abs(piece[0]))  # what says most lies on top
    )
    name = f"ink-{zlib.crc32((title + paths).encode('utf-8', 'replace')):08x}"
    head, named = f'<title id="{name}-title">{escaped(title)}</title>\n', f"{name}-title"
    if description:
        head += f'<desc id="{name}-desc">{escaped(description)}</desc>\n'
        named += f" {name}-desc"
    height = box.height * body
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{named}" width="{width:g}px"'
        f' height="{height:.6g}px" viewBox="0 0 {width:g} {height:.6g}" style="max-width:100%;height:auto">\n{head}'
        f'<g fill="none" stroke-width="{pen * body:.4g}" stroke-linecap="round" stroke-linejoin="round">\n'
        f"{paths}\n</g>\n</svg>\n"
    )


def _shade(step: int) -> str:
    """A colour from ``-_SHADES``, the lowest, to ``_SHADES``."""
    share, end = abs(step) / _SHADES, _HIGH if step > 0 else _LOW
    return "#" + "".join(f"{round(m + share * (e - m)):02x}" for m, e in zip(_MIDDLE, end, strict=True))


def path_data(curve: np.ndarray, decimals: int) -> str:
    """Path data of one stroke. Positions are rounded first and subtracted then, so rounding never adds up."""
    grid = np.rint(curve * 10**decimals).astype(np.int64)
    start = grid[0, 0]
    data = f"M{_number(start[0], decimals)} {_number(start[1], decimals)}"
    if (grid == start).all():
        # Not every program draws a line of no length, so a dot is as long as the smallest step.
        return data + "h" + _number(1, decimals)
    steps = (grid[:, 1:] - grid[:, :1]).reshape(-1).tolist()
    numbers = [_number(step, decimals) for step in steps]
    return data + "c" + "".join(n if n[0] == "-" or not i else " " + n for i, n in enumerate(numbers))


def _number(value: int, decimals: int) -> str:
    """``value / 10**decimals`` in as few characters as SVG allows."""
    value = int(value)
    if not decimals:
        return str(value)
    digits = f"{abs(value):0{decimals + 1}d}"
    whole, fraction = digits[:-decimals].lstrip("0"), digits[-decimals:].rstrip("0")
    text = whole + ("." + fraction if fraction else "")
    return ("-" if value < 0 else "") + text if text else "0"


def escaped(text: str) -> str:
    """Safe inside XML, in text and in attributes: markup is quoted, what XML cannot hold becomes U+FFFD."""
    return html.escape(NOT_XML.sub("\ufffd", text), quote=True)
