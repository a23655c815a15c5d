"""Chapter 1, Handwriting as a sequence: strokes to offsets and back, resampling, rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, over, same
from scribe.ink import Ink, InkError

# An "i" and an "n" in straight lines, and a dot that is written last, as in joined hands.
_STROKES = [
    np.array([(0.0, 1.0), (0.1, 0.4), (0.2, 0.0), (0.5, 0.2)]),
    np.array([(0.8, 1.0), (0.8, 0.5), (0.8, 0.0), (0.9, 0.7), (1.2, 1.0), (1.4, 0.6), (1.4, 0.0)]),
    np.array([(0.05, 1.5)]),
]


@exercise("ink-offsets")
def _(answer):
    for strokes in (_STROKES[1:2], _STROKES):
        points = np.concatenate(strokes)
        last = np.cumsum([len(stroke) for stroke in strokes]) - 1
        right = np.zeros((len(points), 3))
        right[:, :2] = np.diff(points, axis=0, prepend=[[0, 0]])
        right[last, 2] = 1
        value = array(answer([stroke.copy() for stroke in strokes]), None, "the result")
        if value.shape == (len(points) - 1, 3):
            raise Mistake(
                f"there are {len(value)} rows for {len(points)} points. `np.diff` gives one row fewer than it gets:"
                " the way from the origin to the first point is missing"
            )
        if value.shape == (len(points), 2):
            raise Mistake("there are two columns; the third one, pen_up, is missing")
        same(value, right, "the result", variants=_offsets_gone_wrong(strokes, points, right), figure=_drawn(right))


def _offsets_gone_wrong(strokes: Sequence[np.ndarray], points: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    first = np.zeros(len(points))
    first[np.cumsum([0] + [len(stroke) for stroke in strokes[:-1]])] = 1
    end = np.zeros(len(points))
    end[-1] = 1
    restarted = np.concatenate([np.diff(stroke, axis=0, prepend=[[0, 0]]) for stroke in strokes])
    within = np.concatenate([np.diff(stroke, axis=0, prepend=stroke[:1]) for stroke in strokes])
    return {
        "these are positions (x, y); offsets say how far each point is from the one before": np.c_[points, right[:, 2]],
        "pen_up is 1 on the first point of each stroke; it belongs on the last one": np.c_[right[:, :2], first],
        "pen_up is 1 on the very last point only; each stroke ends with one": np.c_[right[:, :2], end],
        "pen_up is 0 everywhere": right * (1, 1, 0),
        "pen_up is turned round: 1 while the pen is down": np.c_[right[:, :2], 1 - right[:, 2]],
        "each stroke starts from the origin again; its first offset leads from the last point of the stroke before":
            np.c_[restarted, right[:, 2]],
        "the moves between strokes are lost: the first offset of a stroke is not (0, 0)": np.c_[within, right[:, 2]],
        "y is upside down: here it points up": right * (1, -1, 1),
        "dx and dy have the wrong sign: an offset is a point minus the one before": right * (-1, -1, 1),
    }  # fmt: skip


@exercise("ink-strokes")
def _(answer):
    for strokes in (_STROKES[:1], _STROKES):
        offsets = Ink.from_strokes(strokes).offsets.astype(np.float64)
        given = answer(offsets.copy())
        if given is None:
            raise Mistake("the result is None. Does your function end with `return`?")
        if given is ...:
            raise Mistake("the result is `...`: there is a part still to write.")
        if not isinstance(given, (list, tuple)):
            raise Mistake(f"the result should be a list of strokes, not one {type(given).__name__}")
        given = [array(stroke, None, f"stroke {number}") for number, stroke in enumerate(given)]
        if given and len(given[-1]) == 0:
            raise Mistake(
                "the list ends with a stroke of no points: after the last pen_up there is nothing left to cut off"
            )
        ends = np.flatnonzero(offsets[:, 2])
        if [len(stroke) for stroke in given] == np.diff(ends, prepend=0, append=len(offsets)).tolist():
            raise Mistake(
                "each stroke is cut one point too early: the point with pen_up = 1 is the last one of its stroke,"
                " not the first one of the next"
            )
        if len(given) == len(strokes) - 1:
            raise Mistake(f"{len(given)} strokes come back of {len(strokes)}: the last one is lost")
        if len(given) != len(strokes):
            raise Mistake(
                f"{len(given)} strokes come back; there are {len(strokes)} pen_ups, so there are as many strokes"
            )
        if [len(stroke) for stroke in given] != [len(stroke) for stroke in strokes]:
            early = np.split(np.cumsum(offsets[:, :2], axis=0), np.flatnonzero(offsets[:, 2]))[: len(strokes)]
            if [len(stroke) for stroke in given] == [len(stroke) for stroke in early]:
                raise Mistake(
                    "each stroke is cut one point too early: the point with pen_up = 1 is the last one of its stroke,"
                    " not the first one of the next"
                )
        right = Ink(offsets).strokes
        relative = np.split(offsets[:, :2], np.flatnonzero(offsets[:, 2])[:-1] + 1)
        restarted = [np.cumsum(piece, axis=0) for piece in relative]
        for number, (stroke, wanted) in enumerate(zip(given, right, strict=True)):
            if stroke.ndim == 2 and stroke.shape[1] == 3:
                raise Mistake(f"stroke {number} has three columns; points of a stroke are (x, y), without pen_up")
            variants = {
                "these are offsets still; their running sum is where the pen is": relative[number],
                "each stroke starts from the origin again. Sum up before you cut, not after": restarted[number],
            }
            if number == 0:  # the first stroke starts from the origin anyway
                variants.popitem()
            same(stroke, wanted, f"stroke {number}", variants=variants)


@exercise("ink-resample")
def _(answer):
    # Slow at first, then fast: in time and along the path are not the same here.
    s = np.linspace(0, 1, 9) ** 2
    stroke = np.stack([3 * s, np.sin(3 * s)], axis=1)
    for count in (6, 20):
        time = np.linspace(0, len(stroke) - 1, count)
        right = _at(stroke, np.arange(len(stroke)), time)
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
        variants = {
            "these points are even along the path. Even in time means: at even places between the points' indices":
                _at(stroke, along, np.linspace(0, along[-1], count)),
            "the end of the stroke is lost: the last point must stay where it is":
                _at(stroke, np.arange(len(stroke)), np.linspace(0, len(stroke), count, endpoint=False)),
            "the end of the stroke is lost: time runs to len(stroke) - 1, that included":
                _at(stroke, np.arange(len(stroke)), np.linspace(0, len(stroke) - 1, count, endpoint=False)),
            "time runs from 0 to len(stroke) - 1, the number of the last point, not to len(stroke)":
                _at(stroke, np.arange(len(stroke)), np.linspace(0, len(stroke), count)),
            "these are points that were there before, the nearest ones. In between, interpolate":
                stroke[np.round(time).astype(int)],
            "these are points that were there before, rounded down. In between, interpolate": stroke[time.astype(int)],
            "x is right, y is not: interpolate both": np.stack([right[:, 0], right[:, 0]], axis=1),
        }  # fmt: skip
        value = array(answer(stroke.copy(), count), None, "the result")
        if value.shape == (2, count) and count != 2:
            raise Mistake(f"the stroke has shape {value.shape}: rows and columns are swapped (`.T`, or axis=1)")
        same(value, right, "the result", variants=variants, figure=lambda v, r=right: over(_ink(v), _ink(r)))


def _at(stroke: np.ndarray, clock: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(times, clock, xy) for xy in stroke.T], axis=1)


@exercise("ink-round")
def _(answer):
    rng = np.random.default_rng(3)
    step = 0.25
    # A slow line to the right: each offset alone rounds to nothing.
    steps = np.stack([rng.uniform(0.02, 0.11, 400), rng.normal(0, 0.1, 400)], axis=1)
    points = np.cumsum(steps, axis=0)
    value = array(answer(points.copy(), step), (len(points), 2), "the result")
    naive = np.round(np.diff(points, axis=0, prepend=[[0, 0]]) / step) * step
    variants = {
        "each offset is rounded by itself, so that the errors add up: these offsets lead "
        f"{np.hypot(*(naive.sum(axis=0) - points[-1])):.1f} body heights past the end of the line. "
        "Round where the pen is, then take differences": naive,
        "these are rounded positions; the differences are still to take": np.round(points / step) * step,
        "nothing is rounded: the offsets must be multiples of the step": np.diff(points, axis=0, prepend=[[0, 0]]),
        "these are counts of steps; multiply them by the step": np.diff(
            np.round(points / step), axis=0, prepend=[[0, 0]]
        ),
    }
    for message, wrong in variants.items():
        if np.allclose(value, wrong):
            raise Mistake(message)
    off_grid = np.abs(value / step - np.round(value / step)) > 1e-6
    if off_grid.any():
        t = int(np.argwhere(off_grid)[0, 0])
        raise Mistake(f"row {t}, {value[t].tolist()}, is not made of multiples of {step}")
    away = np.abs(np.cumsum(value, axis=0) - points).max(axis=1)
    if away.max() > step / 2 + 1e-9:
        t = int(np.argmax(away > step / 2 + 1e-9))
        from_first = np.abs(np.cumsum(value, axis=0) + points[0] - points).max(axis=1)
        if from_first.max() <= step / 2 + 1e-9:
            raise Mistake(
                "your offsets begin at the first point; the first of them leads there from the origin, (0, 0)"
            )
        raise Mistake(
            f"after row {t} the pen is {away[t]:.3f} from where it should be, and {away.max():.3f} at worst;"
            f" half a step, {step / 2}, is possible all along"
        )


def _drawn(right: np.ndarray):
    """Draws offsets over the right ones, as far as they are ink."""
    return lambda value: over(_ink_of_offsets(value), _ink_of_offsets(right)) if value.shape == right.shape else None


def _ink_of_offsets(offsets: np.ndarray) -> Ink:
    try:
        return Ink(offsets)
    except InkError:  # a wrong pen_up cannot be drawn
        offsets = np.c_[np.nan_to_num(offsets[:, :2]), np.zeros(len(offsets))]
        offsets[-1, 2] = 1
        return Ink(offsets)


def _ink(stroke: np.ndarray) -> Ink:
    return Ink.from_strokes(
        [np.nan_to_num(stroke)] if stroke.ndim == 2 and stroke.shape[1] == 2 and len(stroke) else []
    )
