"""Drawings of ink: SVG for pages and plotters, PNG and GIF for everything else, and matplotlib figures.

Only the figures import matplotlib and only pictures of pixels import Pillow, each when it is asked for. No function
here touches a global state (``pyplot``), so drawings can be made in threads and without a screen.
"""

from __future__ import annotations

import functools
import html
import io
import itertools
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.ink import Bounds, Ink, bezier

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from scribe.corpora.corpus import Sample
    from scribe.mdn import MixtureParameters

__all__ = [
    "MOST_PIXELS",
    "PEN",
    "Svg",
    "draw_ink",
    "ink_figure",
    "mixture_density",
    "mixture_figure",
    "one_hot_figure",
    "pixel_size",
    "sheet_figure",
    "to_gif",
    "to_png",
    "to_svg",
    "window_figure",
]

PEN = 0.13
"""The width of the pen in body heights: that of a ballpoint in middling handwriting."""

MOST_PIXELS = {"png": 60_000_000, "gif": 600_000}
"""What a picture may have, so that programs can open it; and no side is longer than 30,000. See :func:`pixel_size`."""

_INK_COLOUR, _PAPER_COLOUR = "#1b2438", "#ffffff"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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

    Returns:
        The whole ``<svg>`` element. Ink without points gives an empty picture.
    """
    sizes = (body, pen, *(() if width is None else (width,)))
    if not (all(0 < size < math.inf for size in sizes) and 0 <= margin < math.inf and abs(line_height) < math.inf):
        raise ValueError(f"body, width and pen must be above 0, margin not below: {body}, {width}, {pen}, {margin}")
    lines = [ink] if isinstance(ink, Ink) else list(ink)
    curves = [_curves(line, -number * line_height) for number, line in enumerate(lines)]
    box = _frame([curve for line in curves for curve in line], max(margin, pen / 2))
    if width is not None:
        body = width / box.width
    groups = []
    for line in curves:
        paths = [_path((curve - (box.left, box.top)) * (body, -body), decimals) for curve in line]
        groups.append("\n".join(f'<path d="{path}"/>' for path in paths))
    drawing = groups[0] if len(groups) == 1 else "\n".join(f"<g>\n{group}\n</g>" for group in groups)

    identifier = _escaped(identifier or "") or f"ink-{zlib.crc32((title + drawing).encode('utf-8', 'replace')):08x}"
    named = f"{identifier}-title"
    head = f'<title id="{named}">{_escaped(title)}</title>\n'
    if description:
        head += f'<desc id="{identifier}-desc">{_escaped(description)}</desc>\n'
        named += f" {identifier}-desc"
    if paper is not None:
        head += f'<rect width="100%" height="100%" fill="{_escaped(paper)}"/>\n'
    wide, high = (_number(round(size * body * 10**decimals), decimals) for size in (box.width, box.height))
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{named}"'
        f' width="{wide}{_escaped(unit)}" height="{high}{_escaped(unit)}" viewBox="0 0 {wide} {high}"'
        f' style="max-width:100%;height:auto">\n{head}'
        f'<g fill="none" stroke="{_escaped(colour)}" stroke-width="{pen * body:.4g}"'
        f' stroke-linecap="round" stroke-linejoin="round">\n{drawing}\n</g>\n</svg>\n'
    )


def _curves(ink: Ink, baseline: float = 0.0) -> list[np.ndarray]:
    """The strokes as Bezier segments ``(n, 4, 2)``; a dot is one segment that goes nowhere."""
    curves = []
    for stroke in ink.strokes:
        curve = bezier(stroke)
        if not len(curve):
            curve = np.broadcast_to(stroke[0], (1, 4, 2))
        curves.append(curve + np.array([0.0, baseline]))
    return curves


def _frame(curves: Sequence[np.ndarray], margin: float) -> Bounds:
    """The box around all control points, and so around all curves, with a margin."""
    if not curves:
        return Bounds(-max(margin, 0.5), -max(margin, 0.5), max(margin, 0.5), max(margin, 0.5))
    xy = np.concatenate([curve.reshape(-1, 2) for curve in curves])
    # A single dot has no size, a picture must have one.
    margin = max(margin, 1e-3)
    (left, bottom), (right, top) = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    return Bounds(float(left), float(bottom), float(right), float(top))


def _path(curve: np.ndarray, decimals: int) -> str:
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


def _escaped(text: str) -> str:
    """Safe inside XML, in text and in attributes: markup is quoted, what XML cannot hold becomes U+FFFD."""
    return html.escape(_NOT_XML.sub("\ufffd", text), quote=True)


# --- pictures of pixels -----------------------------------------------------------------------------------------


def pixel_size(
    ink: Ink, kind: str, *, width: int | None = None, margin: float = 1.0, pen: float = PEN
) -> tuple[int, int]:
    """Width and height in pixels of what :func:`to_png` or :func:`to_gif` makes with the same options.

    It is narrower than ``width`` if the picture would have more than :data:`MOST_PIXELS`, or a side of over 30,000.

    Args:
        kind: ``"png"`` or ``"gif"``.
    """
    if kind not in MOST_PIXELS:
        raise ValueError(f"a picture of pixels is one of {', '.join(MOST_PIXELS)}, not {kind!r}")
    return _fitted(_curves(ink), width, margin, pen, MOST_PIXELS[kind])[2]


def _fitted(
    curves: Sequence[np.ndarray], width: int | None, margin: float, pen: float, most_pixels: int
) -> tuple[Bounds, float, tuple[int, int]]:
    """The box around the curves, pixels a body height, and the picture's size."""
    if not (0 < pen < math.inf and 0 <= margin < math.inf and (width is None or 1 <= width < math.inf)):
        raise ValueError(f"pen and width must be above 0, margin not below: {pen}, {width}, {margin}")
    box = _frame(curves, max(margin, pen / 2))
    scale = 20.0 if width is None else width / box.width
    # However long the text, the picture stays one that programs can open.
    scale = min(scale, (most_pixels / (box.width * box.height)) ** 0.5, 30_000 / max(box.width, box.height))
    return box, scale, (max(1, round(box.width * scale)), max(1, round(box.height * scale)))


class _Canvas:
    """Ink on a grey picture, drawn several times too large and then averaged down, which makes edges smooth.

    A pixel is 0 without and 255 under ink.
    """

    _MOST_PIXELS = 120_000_000

    def __init__(self, ink: Ink, width: int | None, margin: float, pen: float, most_pixels: int) -> None:
        from PIL import Image, ImageDraw

        self.curves = _curves(ink)
        box, scale, self.size = _fitted(self.curves, width, margin, pen, most_pixels)
        pixels = self.size[0] * self.size[1]
        self.factor = max(1, min(4, int((self._MOST_PIXELS / pixels) ** 0.5)))
        self.scale = scale * self.factor
        self.corner = (box.left, box.top)
        self.image = Image.new("L", (self.size[0] * self.factor, self.size[1] * self.factor))
        self.pen = max(pen * self.scale, 1.0 * self.factor)
        self._draw = ImageDraw.Draw(self.image)

    def flattened(self, curve: np.ndarray) -> np.ndarray:
        """Points along a curve ``(n, 4, 2)`` in the large picture: ``(n, steps + 1, 2)``."""
        reach = np.abs(np.diff(curve, axis=1)).sum(axis=(1, 2)).max() * self.scale
        steps = int(np.clip(reach / 6, 2, 24))
        u = np.linspace(0, 1, steps + 1)[:, None]
        weights = np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
        return (np.einsum("sk,nkd->nsd", weights, curve) - self.corner) * (self.scale, -self.scale)

    def line(self, points: np.ndarray) -> tuple[float, float, float, float]:
        """Draw a line ``(n, 2)`` with round ends and joints; return the box it touches, in the large picture."""
        radius = self.pen / 2
        xy = [tuple(point) for point in points.tolist()]
        if len(xy) > 1:
            self._draw.line(xy, fill=255, width=max(1, round(self.pen)))
        for x, y in xy:
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        (left, top), (right, bottom) = points.min(axis=0) - radius - 1, points.max(axis=0) + radius + 1
        return left, top, right, bottom

    def reduced(self, box: tuple[int, int, int, int]) -> Image:
        """A part of the picture in its final size; ``box`` is in pixels of that size."""
        left, top, right, bottom = (side * self.factor for side in box)
        return self.image.crop((left, top, right, bottom)).reduce(self.factor)


def to_png(
    ink: Ink,
    *,
    title: str = "Handwriting",
    width: int | None = None,
    margin: float = 1.0,
    pen: float = PEN,
    colour: str = _INK_COLOUR,
    paper: str | None = _PAPER_COLOUR,
) -> bytes:
    """A PNG file with smooth edges. The title is kept in it as text.

    Args:
        width: in pixels; 20 pixels a body height if None. What would have more than 60 million pixels, or a side of
            more than 30,000, is made smaller; :func:`pixel_size` tells how large it is.
        paper: colour of the background; None leaves it clear.
        others: see :func:`to_svg`.
    """
    from PIL import Image, ImageColor, PngImagePlugin

    canvas = _Canvas(ink, width, margin, pen, MOST_PIXELS["png"])
    for curve in canvas.curves:
        canvas.line(canvas.flattened(curve).reshape(-1, 2))
    coverage = canvas.reduced((0, 0, *canvas.size))
    if paper is None:
        picture = Image.new("RGBA", canvas.size, ImageColor.getrgb(colour)[:3])
        picture.putalpha(coverage)
    else:
        picture = coverage.convert("P")
        picture.putpalette(_palette(colour, paper, 256))
    note = PngImagePlugin.PngInfo()
    note.add_itxt("Title", _NOT_XML.sub("\ufffd", title))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, pnginfo=note)
    return file.getvalue()


def to_gif(
    ink: Ink,
    *,
    width: int | None = None,
    margin: float = 1.0,
    pen: float = PEN,
    colour: str = _INK_COLOUR,
    paper: str = _PAPER_COLOUR,
    seconds: float | None = None,
    frames: int = 240,
    hold: float = 3.0,
    loops: int = 0,
) -> bytes:
    """An animated GIF of the writing, stroke by stroke in the order and at the relative speed of the pen.

    Args:
        width: in pixels, as in :func:`to_png`, but what would have more than 600,000 pixels is made smaller.
        seconds: how long the writing takes; as long as a hand takes (60 points a second) but at most 20 s if None.
        frames: at most so many pictures; a line needs fewer.
        hold: seconds that the last picture stays; with ``seconds``, 600 at most.
        loops: how often it is played, 65,536 times at most; 0 is for ever.
        others: see :func:`to_svg`.
    """
    if frames < 1 or hold < 0 or loops < 0 or (seconds is not None and seconds <= 0):
        raise ValueError(f"frames and seconds must be above 0, hold and loops not below: {frames}, {seconds}, {hold}")
    canvas = _Canvas(ink, width, margin, pen, MOST_PIXELS["gif"])
    if seconds is None:
        seconds = min(20.0, max(len(ink) / 60, 0.1))
    # One picture stays 655 seconds at most, and what does not change from frame to frame becomes one picture.
    if not seconds + hold <= 600:
        raise ValueError(f"seconds and hold must be 600 together at most, not {seconds:g} and {hold:g}")
    if loops > 65_536:
        raise ValueError(f"loops must be 65,536 at most, or 0 for ever, not {loops}")
    # GIF counts in hundredths of a second, and browsers slow down below two of them.
    count = max(1, min(frames, len(ink), int(seconds * 25)))
    pictures = _frames(canvas, len(ink), count)
    first = next(pictures)
    pause = max(20, round(seconds * 1000 / count))
    first.putpalette(palette := _palette(colour, paper, 16))

    def rest() -> Iterator[Image]:
        for picture in pictures:
            picture.putpalette(palette)
            yield picture

    file = io.BytesIO()
    options: dict[str, Any] = {} if loops == 1 else {"loop": max(0, loops - 1)}
    durations = [pause] * (count - 1) + [pause + round(hold * 1000)]
    if count == 1:
        first.save(file, "GIF")
    else:
        first.save(file, "GIF", save_all=True, append_images=rest(), duration=durations, optimize=False, **options)
    return file.getvalue()


def _frames(canvas: _Canvas, points: int, count: int) -> Iterator[Image]:
    """``count`` palette pictures of 16 shades; the last one shows all ``points``."""
    from PIL import Image

    picture = Image.new("P", canvas.size)
    shades = [shade // 16 for shade in range(256)]
    pieces = [piece for curve in canvas.curves for piece in _pieces(canvas, curve)]
    # A stroke of n points has n - 1 segments and a pause after it, while the pen moves on.
    ends = np.linspace(0, len(pieces), count + 1).round().astype(int)
    for begin, end in itertools.pairwise(ends):
        touched = [canvas.line(piece) for piece in pieces[begin:end] if piece is not None]
        if touched:
            boxes = np.array(touched) / canvas.factor
            left, top = np.maximum(0, np.floor(boxes[:, :2].min(axis=0))).astype(int).tolist()
            right, bottom = np.minimum(canvas.size, np.ceil(boxes[:, 2:].max(axis=0))).astype(int).tolist()
            picture.paste(canvas.reduced((left, top, right, bottom)).point(shades), (left, top))
        yield picture.copy()


def _pieces(canvas: _Canvas, curve: np.ndarray) -> Iterator[np.ndarray | None]:
    yield from canvas.flattened(curve)
    yield None


def _palette(colour: str, paper: str, shades: int) -> bytes:
    """Shades from paper to ink as red, green, blue bytes."""
    from PIL import ImageColor

    ends = np.array([ImageColor.getrgb(paper)[:3], ImageColor.getrgb(colour)[:3]], float)
    share = np.linspace(0, 1, shades)[:, None]
    return ((1 - share) * ends[0] + share * ends[1]).round().astype(np.uint8).tobytes()


# --- figures ----------------------------------------------------------------------------------------------------


@functools.cache
def _figure_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        """A figure that notebooks show although ``pyplot`` does not know of it."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=144)
            return file.getvalue()

    return NotebookFigure


def _new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = _figure_class()(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def draw_ink(axes: Axes, ink: Ink, *, linewidth: float = 1.3, colour: str | None = None, **style: Any) -> None:
    """Draw ink on matplotlib axes as smooth curves, in the axes' own coordinates.

    Args:
        linewidth: in points (1/72 inch).
        colour: of the ink; None takes the colour that matplotlib is set to write text in.
        style: any other property of a ``matplotlib.collections.PathCollection``, such as ``alpha`` or ``zorder``.
    """
    from matplotlib import rcParams
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    colour = rcParams["text.color"] if colour is None else colour
    paths = []
    for curve in _curves(ink):
        vertices = np.concatenate([curve[0, :1], curve[:, 1:].reshape(-1, 2)])
        vertices[-1, 0] += 1e-3 if (vertices == vertices[0]).all() else 0.0  # no dot is drawn for a line of no length
        paths.append(Path(vertices, [Path.MOVETO] + [Path.CURVE4] * (len(vertices) - 1)))
    style = {"capstyle": "round", "joinstyle": "round", **style}
    strokes = PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=linewidth, **style)
    # Sizes of a collection's paths are meant for scatter plots; this one is in the coordinates of the data.
    strokes.set_transform(axes.transData)
    axes.add_collection(strokes)
    if paths:
        box = _frame(_curves(ink), 0.0)
        axes.update_datalim([(box.left, box.bottom), (box.right, box.top)])
        axes.autoscale_view()


def ink_figure(ink: Ink, *, title: str = "", width: float = 8.0, margin: float = 1.0) -> Figure:
    """Ink in a figure ``width`` inches wide and as high as the ink needs, with the same scale in both directions."""
    box = _frame(_curves(ink), margin)
    body = width / box.width
    figure, axes = _new_figure(width, min(40.0, max(0.4, box.height * body)) + 0.35 * bool(title))
    draw_ink(axes, ink, linewidth=max(0.4, PEN * body * 72))
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), aspect="equal")
    axes.set_axis_off()
    if title:
        axes.set_title(_plain(title))
    return figure


def sheet_figure(samples: Sequence[Sample], *, columns: int = 1, width: float = 10.0, row: float = 5.5) -> Figure:
    """Samples of a corpus under their labels, for a person to check one against the other.

    All are drawn to the same scale, but for one that is wider than its column, which is made to fit. The grey lines
    are the baseline and the height of an "x".

    Args:
        columns: samples side by side.
        width: of the figure, in inches.
        row: height of a row, in body heights.
    """
    if not samples:
        raise ValueError("there are no samples to draw")
    widths = [sample.ink.bounds.right - min(0.0, sample.ink.bounds.left) for sample in samples]
    column = max(10.0, float(np.quantile(widths, 0.9))) + 2
    rows = -(-len(samples) // columns)
    body = width / (columns * column)
    figure, axes = _new_figure(width, rows * row * body + 0.1)
    size = float(np.clip(body * 72 * 0.75, 5, 10))
    for number, sample in enumerate(samples):
        x, y = number % columns * column, -(number // columns) * row
        shrink = min(1.0, (column - 1.5) / widths[number])
        ink = sample.ink.transformed(np.eye(2) * shrink).moved(x - min(0.0, sample.ink.bounds.left) * shrink, y)
        axes.plot([[x] * 2, [x + column - 1.5] * 2], [[y, y + shrink]] * 2, color="#c8ccd4", linewidth=0.5, zorder=1)
        draw_ink(axes, ink, linewidth=max(0.5, PEN * shrink * body * 72), zorder=2)
        axes.text(x, y + row * 0.52, sample.text, fontsize=size, color="#0b5cad", va="center", parse_math=False)
        note = _plain(f"{sample.writer} · {sample.kind} · {sample.split}")
        axes.text(x + column - 1.5, y + row * 0.52, note, fontsize=size * 0.7, color="#777", va="center", ha="right")
    axes.set(xlim=(-0.5, columns * column), ylim=(-(rows - 1) * row - row * 0.45, row * 0.7), aspect="equal")
    axes.set_axis_off()
    return figure


def window_figure(
    phi: np.ndarray, text: str, *, pen_up: np.ndarray | None = None, width: float = 8.0, height: float = 6.0
) -> Figure:
    """Where the window is while the network writes: one row a point, one column a character.

    Time runs down, as in the blog post "Scribe"; what is bright is what the network looks at.

    Args:
        phi: weight of each character at each point, ``(T, len(text))`` or ``(T, len(text) + 1)`` with the end of text.
        pen_up: ``(T,)``; where it is 1, a tick at the right edge marks the end of a stroke.
    """
    phi = _rows(phi, "phi")
    names = [*map(_visible, text), "end"][: phi.shape[1]]
    if phi.shape[1] not in (len(text), len(text) + 1):
        raise ValueError(
            f"phi has {phi.shape[1]} columns; a text of {len(text)} characters needs that many, or one more"
        )
    figure, axes = _heat_map(phi, names, width, height, "the window's weight")
    axes.set_xlabel("character of the text")
    _mark_pen_up(axes, pen_up, len(phi))
    return figure


def one_hot_figure(
    window: np.ndarray,
    characters: str,
    *,
    text: str | None = None,
    pen_up: np.ndarray | None = None,
    width: float = 8.0,
    height: float = 6.0,
) -> Figure:
    """What the network sees through the window: one row a point, one column a code of the alphabet; time runs down.

    Args:
        window: ``(T, len(characters) + 1)``, the last column for the end of text.
        characters: of the alphabet, in the order of their codes.
        text: if given, only characters that stand in it get a column.
        pen_up: see :func:`window_figure`.
    """
    window = _rows(window, "window")
    if window.shape[1] != len(characters) + 1:
        raise ValueError(
            f"the window has {window.shape[1]} columns; {len(characters)} characters need one more than that"
        )
    shown = [i for i, c in enumerate(characters) if text is None or c in text] + [len(characters)]
    names = [_visible(characters[i]) if i < len(characters) else "end" for i in shown]
    figure, axes = _heat_map(window[:, shown], names, width, height, "the window's weight")
    axes.set_xlabel("character seen")
    _mark_pen_up(axes, pen_up, len(window))
    return figure


def mixture_density(
    ink: Ink, mixture: MixtureParameters, scale: float, cell: float = 0.05, margin: float = 1.0
) -> tuple[np.ndarray, Bounds]:
    """Where the network expected each point, all points of a line together.

    The sum over the points of the density of their mixtures, each laid at the point before. Each Gaussian is widened by
    half a cell, so that one narrower than a cell is not missed between the places where it is measured.

    Args:
        ink: the line as it was written, ``T`` points.
        mixture: the mixture that each point was drawn from, leading axis ``T``, in standardised units.
        scale: standardised offsets times ``scale`` are in body heights.
        cell: size of a cell in body heights.
        margin: how far the grid goes beyond the ink, in body heights.

    Returns:
        The density per square body height, ``(rows, columns)``, lowest row first; and the box it covers. Over the
        whole plane its integral is ``T``.
    """
    if not (cell > 0 and scale > 0):
        raise ValueError(f"cell and scale must be above 0: {cell}, {scale}")
    if len(mixture.log_pi) != len(ink):
        raise ValueError(f"there are {len(mixture.log_pi)} mixtures for {len(ink)} points")
    box = _frame(_curves(ink), margin)
    columns, rows = max(1, round(box.width / cell)), max(1, round(box.height / cell))
    xs, ys = box.left + (np.arange(columns) + 0.5) * cell, box.bottom + (np.arange(rows) + 0.5) * cell
    density = np.zeros((rows, columns))
    before = np.vstack([np.zeros((1, 2)), ink.points[:-1, :2]]) if len(ink) else np.zeros((0, 2))
    means = before[:, None] + scale * np.asarray(mixture.mu, np.float64)
    sigma = scale * np.exp(np.asarray(mixture.log_sigma, np.float64))
    covariance = np.asarray(mixture.rho, np.float64) * sigma[..., 0] * sigma[..., 1]
    sigma = np.sqrt(sigma**2 + (0.5 * cell) ** 2)
    rho = covariance / (sigma[..., 0] * sigma[..., 1])
    for t, m in np.argwhere(np.asarray(mixture.log_pi) > np.log(1e-4)):
        (x, y), (sx, sy), r = means[t, m], sigma[t, m], rho[t, m]
        left, right = np.searchsorted(xs, (x - 4.5 * sx, x + 4.5 * sx))
        low, high = np.searchsorted(ys, (y - 4.5 * sy, y + 4.5 * sy))
        zx, zy = (xs[left:right] - x) / sx, (ys[low:high, None] - y) / sy
        distance = (zx**2 + zy**2 - 2 * r * zx * zy) / (1 - r**2)
        peak = np.exp(mixture.log_pi[t, m]) / (2 * np.pi * sx * sy * np.sqrt(1 - r**2))
        density[low:high, left:right] += peak * np.exp(-0.5 * distance)
    return density, Bounds(box.left, box.bottom, box.left + columns * cell, box.bottom + rows * cell)


def mixture_figure(
    ink: Ink,
    mixture: MixtureParameters,
    scale: float,
    *,
    cell: float = 0.05,
    width: float = 8.0,
    show_ink: bool = False,
) -> Figure:
    """Heat map of :func:`mixture_density`: sharp inside letters, wide where the pen could go anywhere.

    The colour is the logarithm of one plus the density, because densities inside and between strokes differ a
    thousandfold. ``show_ink`` draws the line over it.
    """
    density, box = mixture_density(ink, mixture, scale, cell)
    figure, axes = _new_figure(width, min(40.0, max(0.8, width * box.height / box.width)))
    extent = (box.left, box.right, box.bottom, box.top)
    axes.imshow(np.log1p(density), origin="lower", extent=extent, cmap="magma", interpolation="bilinear")
    if show_ink:
        draw_ink(axes, ink, linewidth=0.6, colour="#7fd4ff")
    axes.set(xlim=extent[:2], ylim=extent[2:])
    axes.set_axis_off()
    return figure


def _rows(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"{name} has shape {values.shape}; expected (points, columns) with one or more of each")
    return values


def _heat_map(values: np.ndarray, names: Sequence[str], width: float, height: float, label: str) -> tuple[Figure, Axes]:
    figure, axes = _new_figure(width, height)
    # A few large weights would leave everything else dark.
    top = max(float(np.quantile(values.max(axis=1), 0.95)), 1e-12)
    picture = axes.imshow(values, aspect="auto", cmap="magma", vmin=0, vmax=top, interpolation="nearest")
    size = float(np.clip(width * 72 * 0.8 / max(len(names), 1) / 0.75, 4, 11))
    axes.set_xticks(range(len(names)), [_plain(name) for name in names], family="monospace", fontsize=size)
    axes.get_xticklabels()[-1].set_rotation(90 if names[-1] == "end" else 0)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("point (time runs down)")
    figure.colorbar(picture, ax=axes, label=label, extend="max", shrink=0.6, pad=0.03)
    return figure, axes


def _mark_pen_up(axes: Axes, pen_up: np.ndarray | None, points: int) -> None:
    if pen_up is None:
        return
    if np.shape(pen_up) != (points,):
        raise ValueError(f"pen_up has shape {np.shape(pen_up)}; expected ({points},)")
    ends = np.flatnonzero(np.asarray(pen_up) == 1)
    place = axes.get_yaxis_transform()
    axes.plot(np.full(len(ends), 1.005), ends, "_", color="#c03030", transform=place, clip_on=False, markersize=6)
    axes.text(1.0, 1.01, "pen up", color="#c03030", fontsize=8, ha="center", transform=axes.transAxes)


def _visible(character: str) -> str:
    return "\u2423" if character == " " else character


def _plain(text: str) -> str:
    """Text that matplotlib sets as it stands, without reading mathematics into dollar signs."""
    return text.replace("$", r"\$")
