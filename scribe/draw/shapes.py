"""What all drawings of ink share: its curves, the box around them, the width of the pen, colours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from scribe.ink import Bounds, Ink, bezier

PEN = 0.13
"""The width of the pen in body heights: that of a ballpoint in middling handwriting."""

INK_COLOUR, PAPER_COLOUR = "#1b2438", "#ffffff"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def curves_of(ink: Ink, baseline: float = 0.0) -> list[np.ndarray]:
    """The strokes as Bezier segments ``(n, 4, 2)``; a dot is one segment that goes nowhere."""
    curves = []
    for stroke in ink.strokes:
        curve = bezier(stroke)
        if not len(curve):
            curve = np.broadcast_to(stroke[0], (1, 4, 2))
        curves.append(curve + np.array([0.0, baseline]))
    return curves


def box_around(curves: Sequence[np.ndarray], margin: float) -> Bounds:
    """The box around all control points, and so around all curves, with a margin."""
    if not curves:
        return Bounds(-max(margin, 0.5), -max(margin, 0.5), max(margin, 0.5), max(margin, 0.5))
    xy = np.concatenate([curve.reshape(-1, 2) for curve in curves])
    # A single dot has no size, a picture must have one.
    margin = max(margin, 1e-3)
    (left, bottom), (right, top) = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    return Bounds(float(left), float(bottom), float(right), float(top))
