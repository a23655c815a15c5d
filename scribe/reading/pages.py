"""A page of drawn ink, cut into its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scribe.drawing.canvas import Drawing
from scribe.drawing.normalise import rough_height

__all__ = ["page_lines"]


def page_lines(drawing: Drawing) -> list[Drawing]:
    """The lines of a drawing, each by itself, in the order of writing, the baseline at 0 if there is a unit.

    A line ends where the pen goes on so far below its last strokes that no tail of a letter can be there.
    """
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
    for row in rows:
        chosen = [drawing.strokes[number] for number in row]
        if drawing.unit is not None and len(rows) > 1:
            bottom = _baseline([stroke.points[:, 1] for stroke in chosen], height)
            chosen = [stroke._replace(points=stroke.points - (0, bottom)) for stroke in chosen]
        lines.append(replace(drawing, strokes=chosen, text=""))
    return lines


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
