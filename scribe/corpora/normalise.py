"""From strokes in device units to strokes in body heights on a baseline: what every corpus of real ink needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = [
    "body_band",
    "rounded_offsets",
    "slope",
    "turned",
    "without_repeats",
]

STEP = 1 / 1024
"""Stored positions are multiples of this many body heights: far below what a tablet resolves, and it compresses."""

_DESCENDERS = frozenset("gjpqyQ,;")
_SMALL = frozenset(".,:;'`\"-_^~*")
_BODY = frozenset("acemnorsuvwxzgpqy")


def without_repeats(stroke: np.ndarray) -> np.ndarray:
    """A stroke ``(n, 2)`` without the points that repeat the one before: a pen at rest."""
    keep = np.ones(len(stroke), bool)
    np.any(stroke[1:] != stroke[:-1], axis=1, out=keep[1:])
    return stroke[keep]


def _pieces(strokes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Middles ``(m, 2)`` and lengths ``(m,)`` of the straight pieces between points. Dots count as a little ink."""
    joined = np.concatenate(strokes)
    steps = np.diff(joined, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    lengths[np.cumsum([len(s) for s in strokes])[:-1] - 1] = 0
    return (joined[1:] + joined[:-1]) / 2, lengths


def slope(strokes: Sequence[np.ndarray]) -> float:
    """Rise over run of a line of writing: the straight line through its ink, weighted by arc length."""
    middles, lengths = _pieces(strokes)
    total = lengths.sum()
    if total == 0:
        return 0.0
    x, y = (middles - lengths @ middles / total).T
    spread = lengths @ (x * x)
    return float(lengths @ (x * y) / spread) if spread > 0 else 0.0


def turned(strokes: Sequence[np.ndarray], rise_over_run: float) -> list[np.ndarray]:
    """Strokes turned so that a line of this slope becomes level."""
    cosine = 1 / np.hypot(1, rise_over_run)
    sine = rise_over_run * cosine
    matrix = np.array([[cosine, sine], [-sine, cosine]])
    return [stroke @ matrix.T for stroke in strokes]


def body_band(strokes: Sequence[np.ndarray], text: str) -> tuple[float, float]:
    """Bottom and top of the band in which "x" lies, from where the ink lies and what it says.

    Percentiles of y weighted by arc length; how much ink hangs below and stands above the band is
    taken from the letters of the text, so that "gypsy" and "little" get the same band.
    """
    middles, lengths = _pieces(strokes)
    weight = below = above = 0.0
    for character in text:
        if character == " ":
            continue
        size = 0.25 if character in _SMALL else 1.0 if character in _BODY else 1.4
        weight += size
        below += size * (0.38 if character in _DESCENDERS else 0.04)
        above += size * (0.05 if character in _BODY or character in ".,:;-_" else 0.45)
    order = np.argsort(middles[:, 1], kind="stable")
    y = middles[order, 1]
    share = np.cumsum(lengths[order])
    if not len(y) or share[-1] == 0 or weight == 0:
        level = float(np.concatenate(strokes)[:, 1].mean())
        return level, level
    share /= share[-1]
    bottom, top = np.interp([below / weight, 1 - above / weight], share, y)
    return float(bottom), float(max(top, bottom))


def rounded_offsets(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Offsets ``(T, 3)`` float32 of strokes whose positions are rounded to :data:`STEP`.

    Differences of such positions are exact in float32, so rounding errors do not add up.
    """
    points = np.round(np.concatenate(strokes) / STEP) * STEP
    offsets = np.zeros((len(points), 3), np.float32)
    offsets[:, :2] = np.diff(points, axis=0, prepend=np.zeros((1, 2)))
    offsets[np.cumsum([len(stroke) for stroke in strokes]) - 1, 2] = 1
    return offsets
