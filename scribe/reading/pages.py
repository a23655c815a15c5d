"""A page of drawn ink, cut into its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scribe.drawing.drawing import Drawing
from scribe.drawing.normalise import rough_height

__all__ = ["page_lines"]

_LEAST_TO_LEVEL = 40  # points, a quarter of a body height apart: some three letters
_MOST_TO_LEVEL = 20_000


def page_lines(drawing: Drawing) -> list[Drawing]:
    """The lines of a drawing, each by itself, in the order of writing, the baseline at 0 if there is a unit.

    A line ends where the pen goes on so far below its last strokes that no tail of a letter can be there. A page that's
    tilted is made level before: at the end of a line that falls, strokes lie as low as those of the next.
    """
    given = drawing
    if drawing.unit is None and len(drawing.strokes) > 1:
        drawing = _level(drawing)
    strokes = [stroke.points for stroke in drawing.strokes]
    height = drawing.unit or (rough_height(strokes) if strokes else 0)
    rows: list[list[int]] = []
    middles: list[float] = []
    for number, stroke in enumerate(strokes):
        middle = float(stroke[:, 1].min() + stroke[:, 1].max()) / 2
        if not rows or (height and middle < np.median(middles[-5:]) - 1.5 * height):
            rows.append([])
            middles = []
        rows[-1].append(number)
        middles.append(middle)
    lines = []
    if len(rows) == 1:  # a short word tells too little of the paper's tilt; the line is made level by itself
        drawing = given
    for row in rows:
        chosen = [drawing.strokes[number] for number in row]
        if drawing.unit is not None and len(rows) > 1:
            bottom = _baseline([stroke.points[:, 1] for stroke in chosen], height)
            chosen = [stroke._replace(points=stroke.points - (0, bottom)) for stroke in chosen]
        lines.append(replace(drawing, strokes=chosen, text=""))
    return lines


def _level(drawing: Drawing) -> Drawing:
    """The drawing turned so that its lines are level, by up to 8 degrees.

    Of all angles the one is taken at which the ink's heights crowd most: the sum of squares of their histogram is
    largest (W. Postl, "Detection of linear oblique structures and skew scan in digitized documents", 1986).
    """
    strokes = [stroke.points for stroke in drawing.strokes]
    height = rough_height(strokes)
    points = np.concatenate([_evenly(stroke, height / 4) for stroke in strokes])
    if not height > 0 or len(points) < _LEAST_TO_LEVEL:
        return drawing
    points = points[:: 1 + len(points) // _MOST_TO_LEVEL] - points.mean(axis=0)

    def crowding(angle: float) -> float:
        y = points[:, 1] * np.cos(angle) - points[:, 0] * np.sin(angle)
        _, counts = np.unique(np.floor(y / (height / 2)), return_counts=True)
        return float(np.square(counts, dtype=np.float64).sum())

    angles = np.radians(np.arange(-8, 8.01, 0.25))
    angle = max(angles, key=lambda one: (crowding(one), -abs(one)))
    if angle == 0:
        return drawing
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return replace(drawing, strokes=[stroke._replace(points=stroke.points @ turn) for stroke in drawing.strokes])


def _evenly(stroke: np.ndarray, step: float) -> np.ndarray:
    """Points along a stroke that are about so far apart: a pen that rests counts no more than one that moves."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    at = np.linspace(0, along[-1], int(min(along[-1] / step, 1000)) + 1) if step > 0 else along[:1]
    return np.column_stack([np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])])


def _baseline(heights: Sequence[np.ndarray], unit: float) -> float:
    """Where most of the low turns of the pen are."""
    lows = []
    for y in heights:
        around = np.concatenate([[np.inf], y, [np.inf]])
        lows.append(y[(y < around[:-2]) & (y <= around[2:])])
    low = np.sort(np.concatenate(lows))
    first = np.searchsorted(low, low - 0.25 * unit, "right")
    last = np.searchsorted(low, low + 0.25 * unit, "left")
    most = (last - first).argmax()
    return float(np.median(low[first[most] : max(last[most], first[most] + 1)]))
