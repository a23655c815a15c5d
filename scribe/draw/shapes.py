"""What all drawings of ink share: its curves, the box around them, the width of the pen, colours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from scribe.ink import Bounds, Ink, bezier

PEN = 0.13
"""The width of the pen in body heights: that of a ballpoint in middling handwriting."""

INK_COLOUR, PAPER_COLOUR, RULE_COLOUR = "#1b2438", "#ffffff", "#b4c3d9"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rgb(colour: str) -> tuple[float, float, float]:
    """A colour by its name or as ``#rrggbb``: red, green and blue from 0 to 1."""
    from PIL import ImageColor

    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red / 255, green / 255, blue / 255


def curves_of(ink: Ink, baseline: float = 0.0) -> list[np.ndarray]:
    """The strokes as Bezier segments ``(n, 4, 2)``; a dot is one segment that goes nowhere."""
    return [stroke_curve(stroke) + np.array([0.0, baseline]) for stroke in ink.strokes]


def stroke_curve(stroke: np.ndarray) -> np.ndarray:
    """One stroke as Bezier segments ``(n, 4, 2)``."""
    curve = bezier(stroke)
    return curve if len(curve) else np.broadcast_to(stroke[0], (1, 4, 2))


def flattened(stroke: np.ndarray, tolerance: float) -> np.ndarray:
    """Points ``(m, 2)`` whose straight connections stay within ``tolerance`` of the smooth curve through a stroke."""
    curve = bezier(stroke)
    if not len(curve):
        return np.asarray(stroke[:1], np.float64)
    # A chord over a step h of a curve with the second derivative c is at most h^2 c / 8 away from it.
    bends = np.abs(np.diff(curve, n=2, axis=1))
    second = 6 * np.hypot(bends[..., 0], bends[..., 1]).max(axis=1)
    counts = np.maximum(1, np.ceil(np.sqrt(second / (8 * tolerance)))).astype(int)
    points = [curve[:1, 0]]
    for piece, count in zip(curve, counts.tolist(), strict=True):
        u = np.arange(1, count + 1)[:, None] / count
        points.append(np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3]) @ piece)
    return np.concatenate(points)


def box_around(curves: Sequence[np.ndarray], margin: float) -> Bounds:
    """The box around all control points, and so around all curves, with a margin."""
    if not curves:
        return Bounds(-max(margin, 0.5), -max(margin, 0.5), max(margin, 0.5), max(margin, 0.5))
    xy = np.concatenate([curve.reshape(-1, 2) for curve in curves])
    # A single dot has no size, a picture must have one.
    margin = max(margin, 1e-3)
    (left, bottom), (right, top) = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    return Bounds(float(left), float(bottom), float(right), float(top))
