"""Strokes from SVG, as drawing programs save what was drawn with a pen: paths, lines and polylines."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from scribe.drawing.drawing import MOST_POINTS, CanvasError, Drawing, checked_drawing, parsed_xml
from scribe.drawing.timing import TimedStroke

__all__ = ["from_svg"]

_TRANSFORM = re.compile(r"[\s,]*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_UNSEEN = ("defs", "clipPath", "mask", "marker", "pattern", "symbol")
_STEP = 0.05  # of the drawing's height: curves are cut into pieces no longer than that


def from_svg(content: str | bytes) -> Drawing:
    """A raw drawing from SVG. What it says is not in it, and neither are times.

    Each part of a path is a stroke; curves become points on them. Transforms are followed. Shapes that no pen draws,
    such as rectangles and text, are passed over, and so are printed rules: a group with the id ``rules``.

    Raises:
        CanvasError: if it isn't SVG, hostile, too large, holds no paths, or one that cannot be read.
    """
    root = parsed_xml(content)
    if _tag(root) != "svg":
        raise CanvasError(f"this is not SVG: its outermost element is <{_tag(root)[:40]}>, not <svg>")
    strokes = [part for element, matrix in _drawn(root, None) for part in _pieces(element, matrix)]
    if not strokes:
        raise CanvasError("the SVG holds no path, line or polyline")
    ys = np.concatenate([np.concatenate(pieces)[:, 1] for pieces in strokes])
    step = _STEP * float(np.ptp(ys)) or math.inf
    # Before anything is drawn: how many points that will be.
    count = sum(_length(piece) / step + 1 for pieces in strokes for piece in pieces)
    if not count <= MOST_POINTS:
        raise CanvasError(f"the drawing has more than {MOST_POINTS} points")
    return checked_drawing([TimedStroke(_points(pieces, step)) for pieces in strokes], False)


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _drawn(element: Element, matrix: Any) -> Iterator[tuple[Element, Any]]:
    """The elements that draw something, each with its transform."""
    from fontTools.misc.transform import Identity

    matrix = Identity if matrix is None else matrix
    if _tag(element) in _UNSEEN or element.get("display") == "none" or element.get("id") == "rules":
        return
    if "transform" in element.attrib:
        for step in _steps(element.get("transform", "")):
            matrix = matrix.transform(step)
    if _tag(element) in ("path", "line", "polyline"):
        yield element, matrix
    for child in element:
        yield from _drawn(child, matrix)


def _steps(text: str) -> Iterator[Any]:
    """The steps of a ``transform``, in their order."""
    from fontTools.misc.transform import Identity, Offset, Scale, Transform

    at = 0
    while match := _TRANSFORM.match(text, at):
        at = match.end()
        try:
            n = [float(number) for number in re.split(r"[\s,]+", match[2].strip())]
            if match[1] == "matrix":
                yield Transform(*n)
            elif match[1] == "translate":
                yield Offset(*n)
            elif match[1] == "scale":
                yield Scale(*n)
            elif match[1] == "rotate":
                angle, x, y = n if len(n) == 3 else (*n, 0.0, 0.0)
                yield Identity.translate(x, y).rotate(math.radians(angle)).translate(-x, -y)
            else:
                (angle,) = n
                tilt = math.radians(angle)
                yield Identity.skew(tilt, 0) if match[1] == "skewX" else Identity.skew(0, tilt)
        except (TypeError, ValueError) as error:
            raise CanvasError(f"the transform {match[0][:40]!r} cannot be read") from error
    if text[at:].strip():
        raise CanvasError(f"the transform {text[at:].strip()[:40]!r} cannot be read")


def _pieces(element: Element, matrix: Any) -> list[list[np.ndarray]]:
    """The strokes of an element, each as Bezier curves and lines, one after the other: control points ``(k, 2)``."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.svgLib.path import parse_path

    pen = DecomposingRecordingPen({})
    data = _data(element)
    try:
        parse_path(data, TransformPen(pen, matrix))
    except Exception as error:  # whatever it makes of a path that is none
        raise CanvasError(f"the path {data[:40]!r} cannot be read") from error
    strokes: list[list[np.ndarray]] = []
    at: Any = None
    start: Any = None
    for command, points in pen.value:
        if command == "moveTo":
            at = start = points[0]
            strokes.append([np.array([at], np.float64)])
        elif command == "closePath":
            if at != start:
                strokes[-1].append(np.array([at, start], np.float64))
        elif command in ("lineTo", "curveTo", "qCurveTo"):
            strokes[-1].append(np.array([at, *points], np.float64))
            at = points[-1]
    for piece in (piece for stroke in strokes for piece in stroke):
        if not np.isfinite(piece).all():
            raise CanvasError(f"the path {data[:40]!r} has numbers that are too large")
    return strokes


def _data(element: Element) -> str:
    """What the element draws, as data of a path."""
    if _tag(element) == "path":
        return element.get("d", "")
    if _tag(element) == "line":
        x1, y1, x2, y2 = (element.get(name, "0") for name in ("x1", "y1", "x2", "y2"))
        return f"M{x1} {y1}L{x2} {y2}"
    points = element.get("points", "").strip()
    return f"M{points}" if points else ""


def _length(piece: np.ndarray) -> float:
    """Of the polygon of control points: no less than that of the curve."""
    return float(np.hypot(*np.diff(piece, axis=0).T).sum())


def _points(pieces: list[np.ndarray], step: float) -> np.ndarray:
    """Points along the curves of a stroke, each curve cut into equal shares of its parameter."""
    points = [pieces[0][:1]]
    for piece in pieces[1:]:
        count = max(1, math.ceil(_length(piece) / step))
        u = np.arange(1, count + 1)[:, None] / count
        degree = len(piece) - 1
        weights = [math.comb(degree, k) * u**k * (1 - u) ** (degree - k) for k in range(degree + 1)]
        points.append(np.hstack(weights) @ piece)
    return np.concatenate(points)
