"""Drawings of ink as pictures of pixels: PNG, and GIF that shows the pen at work.

Pillow is imported when a picture is asked for.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scribe.draw.shapes import INK_COLOUR, NOT_XML, PAPER_COLOUR, PEN, box_around, curves_of, stroke_curve
from scribe.ink import Bounds, Ink
from scribe.layout import Page

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MOST_PIXELS", "page_to_png", "pixel_size", "to_gif", "to_png"]

MOST_PIXELS = {"png": 60_000_000, "gif": 600_000}
"""What a picture may have, so that programs can open it; and no side is longer than 30,000. See :func:`pixel_size`."""


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
    return _fitted(curves_of(ink), width, margin, pen, MOST_PIXELS[kind])[2]


class _Fitted(NamedTuple):
    """The box that a picture shows, pixels per unit of it, and the picture's size."""

    box: Bounds
    scale: float
    size: tuple[int, int]


def _fitted(curves: Sequence[np.ndarray], width: int | None, margin: float, pen: float, most_pixels: int) -> _Fitted:
    if not (0 < pen < math.inf and 0 <= margin < math.inf and (width is None or 1 <= width < math.inf)):
        raise ValueError(f"pen and width must be above 0, margin not below: {pen}, {width}, {margin}")
    return _scaled(box_around(curves, max(margin, pen / 2)), width, 20.0, most_pixels)


def _scaled(box: Bounds, width: int | None, usual: float, most_pixels: int) -> _Fitted:
    scale = usual if width is None else width / box.width
    # However long the text, the picture stays one that programs can open.
    scale = min(scale, (most_pixels / (box.width * box.height)) ** 0.5, 30_000 / max(box.width, box.height))
    return _Fitted(box, scale, (max(1, round(box.width * scale)), max(1, round(box.height * scale))))


class _Canvas:
    """Ink on a grey picture, drawn several times too large and then averaged down, which makes edges smooth.

    A pixel is 0 without and 255 under ink.
    """

    _MOST_PIXELS = 120_000_000

    def __init__(self, curves: Sequence[np.ndarray], fitted: _Fitted, pen: float) -> None:
        from PIL import Image, ImageDraw

        self.curves = curves
        box, scale, self.size = fitted
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

    def rule(self, ends: np.ndarray) -> None:
        """Draw a thin, light line from one end to the other ``(2, 2)``, in the picture's own unit."""
        (x1, y1), (x2, y2) = ((ends - self.corner) * (self.scale, -self.scale)).tolist()
        self._draw.line((x1, y1, x2, y2), fill=70, width=max(self.factor, round(0.2 * self.scale)))

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
    colour: str = INK_COLOUR,
    paper: str | None = PAPER_COLOUR,
) -> bytes:
    """A PNG file with smooth edges. The title is kept in it as text.

    Args:
        width: in pixels; 20 pixels a body height if None. What would have more than 60 million pixels, or a side of
            more than 30,000, is made smaller; :func:`pixel_size` tells how large it is.
        paper: colour of the background; None leaves it clear.
        others: see :func:`to_svg`.
    """
    curves = curves_of(ink)
    canvas = _Canvas(curves, _fitted(curves, width, margin, pen, MOST_PIXELS["png"]), pen)
    for curve in canvas.curves:
        canvas.line(canvas.flattened(curve).reshape(-1, 2))
    return _png(canvas, title, colour, paper)


def page_to_png(
    page: Page,
    *,
    title: str = "Handwriting",
    width: int | None = None,
    colour: str = INK_COLOUR,
    paper: str | None = PAPER_COLOUR,
) -> bytes:
    """A page as a PNG file. Rules are a lighter shade of the ink.

    Args:
        width: in pixels; 6 pixels per mm if None, about 150 per inch.
        others: see :func:`to_png`.
    """
    if width is not None and not 1 <= width < math.inf:
        raise ValueError(f"width must be above 0, not {width}")
    box = Bounds(0.0, 0.0, page.width, page.height)
    curves = [stroke_curve(stroke) for stroke in page.strokes]
    canvas = _Canvas(curves, _scaled(box, width, 6.0, MOST_PIXELS["png"]), page.pen)
    for rule in page.rules:
        canvas.rule(rule)
    for curve in curves:
        canvas.line(canvas.flattened(curve).reshape(-1, 2))
    return _png(canvas, title, colour, paper)


def _png(canvas: _Canvas, title: str, colour: str, paper: str | None) -> bytes:
    """What is drawn on a canvas, as a file."""
    from PIL import Image, ImageColor, PngImagePlugin

    coverage = canvas.reduced((0, 0, *canvas.size))
    if paper is None:
        picture = Image.new("RGBA", canvas.size, ImageColor.getrgb(colour)[:3])
        picture.putalpha(coverage)
    else:
        picture = coverage.convert("P")
        picture.putpalette(_palette(colour, paper, 256))
    note = PngImagePlugin.PngInfo()
    note.add_itxt("Title", NOT_XML.sub("\ufffd", title))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, pnginfo=note)
    return file.getvalue()


def to_gif(
    ink: Ink,
    *,
    width: int | None = None,
    margin: float = 1.0,
    pen: float = PEN,
    colour: str = INK_COLOUR,
    paper: str = PAPER_COLOUR,
    seconds: float | None = None,
    frames: int = 240,
    hold: float = 3.0,
    loops: int = 0,
) -> bytes:
    """An animated GIF of the writing, stroke by stroke in the order and at the relative speed of the pen.

    Args:
        width: in pixels, as in :func:`to_png`, but what would have more than 600,000 pixels is made smaller.
        seconds: how long the writing takes; as long as a hand takes (60 points per second) but at most 20 s if None.
        frames: at most so many pictures; a line needs fewer.
        hold: seconds that the last picture stays; with ``seconds``, 600 at most.
        loops: how often it is played, 65,536 times at most; 0 is for ever.
        others: see :func:`to_svg`.
    """
    if frames < 1 or hold < 0 or loops < 0 or (seconds is not None and seconds <= 0):
        raise ValueError(f"frames and seconds must be above 0, hold and loops not below: {frames}, {seconds}, {hold}")
    curves = curves_of(ink)
    canvas = _Canvas(curves, _fitted(curves, width, margin, pen, MOST_PIXELS["gif"]), pen)
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
