"""A page of drawn ink, cut into its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from scribe.drawing.drawing import Drawing
from scribe.drawing.normalise import rough_height

__all__ = ["page_lines"]

_LOOKED_AT = 12.0  # body heights along the pen's path, before a stroke and after it: three letters or so
_FALL = 1.0  # body heights from a line to the next, at least
_SHORT_FALL = 0.8  # of the least way from a line to the next: after a line of a letter or two
_LOW = 0.3  # of the fall: so far below the last letters a line's first stroke lies itself
_BACK = 1.5  # body heights to the left, at least
_LEAST_TO_LEVEL = 40  # points, a quarter of a body height apart: some three letters
_MOST_TO_LEVEL = 20_000


def page_lines(drawing: Drawing) -> list[Drawing]:
    """The lines of a drawing, each by itself, in the order of writing, the baseline at 0 if there is a unit.

    A line begins where the pen goes back to the left, and what it draws next lies lower than what came before. A page
    that's tilted is made level before: at the end of a line that falls, strokes lie as low as those of the next.
    """
    given = drawing
    if drawing.unit is None and len(drawing.strokes) > 1:
        drawing = _level(drawing)
    strokes = [stroke.points for stroke in drawing.strokes]
    height = drawing.unit or (rough_height(strokes) if strokes else 0)
    firsts = [0, *_line_starts(strokes, height)] if strokes else []
    rows = [list(range(*span)) for span in pairwise([*firsts, len(strokes)])]
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


def _line_starts(strokes: Sequence[np.ndarray], height: float) -> list[int]:
    """The numbers of the strokes that begin a line, but for the first one.

    How far the ink goes down there is the difference of the middle heights of some letters of ink before and after: a
    comma or a tail lies low alone. People's lines go down by about as much each time, so what goes down by less than
    half of what most do is no line. Of places that are close to each other the lowest step counts. A line of one or two
    letters is found last, in what then seems to be one line: the pen needn't go back far there.
    """
    if not height > 0:
        return []
    inks = [_evenly(stroke, height / 4) for stroke in strokes]
    y = np.concatenate([ink[:, 1] for ink in inks]) / height
    ends = np.concatenate([[0], np.cumsum([len(ink) for ink in inks])])
    near = int(4 * _LOOKED_AT)
    backs = [0.0, *((one[:, 0].max() - other[0, 0]) / height for one, other in pairwise(strokes))]

    def fall(number: int, first: int = 0, last: int = len(strokes)) -> float:
        before = y[max(ends[number] - near, ends[first]) : ends[number]]
        return float(np.median(before) - np.median(y[ends[number] : min(ends[number] + near, ends[last])]))

    falls = [0.0, *(fall(number) for number in range(1, len(strokes)))]

    def is_low(number: int) -> bool:
        """Whether the stroke itself lies lower, too: not the dot of an i before it, to which the pen goes back."""
        before = np.median(y[max(ends[number] - near, 0) : ends[number]])
        return bool(before - np.median(y[ends[number] : ends[number + 1]]) > _LOW * falls[number])

    def found(least: float) -> list[int]:
        kept: list[int] = []
        likely = [n for n in range(1, len(strokes)) if falls[n] >= least and backs[n] > _BACK and is_low(n)]
        for number in sorted(likely, key=lambda one: -(falls[one] + min(backs[one], 20) / 50)):
            if all(abs(ends[number] - ends[other]) >= near / 2 for other in kept):
                kept.append(number)
        return sorted(kept)

    starts = found(_FALL)
    if not starts:
        return []
    starts = found(max(_FALL, float(np.median([falls[number] for number in starts])) / 2))
    least = min(falls[number] for number in starts)
    for first, last in pairwise([0, *starts, len(strokes)]):
        inside = [
            number for number in range(first + 1, last) if backs[number] > -1 and ends[number] - ends[first] < near
        ]
        starts += [number for number in inside if fall(number, first, last) > _SHORT_FALL * least][:1]
    return sorted(starts)


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
