"""Chapter 1, Handwriting as a sequence: strokes, points and offsets, scale, resampling, guesses, rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, over, same
from scribe.ink import Ink, InkError

# An "i" and an "n" in straight lines, and a dot that is written last, as in joined hands.
_STROKES = [
    np.array([(0.0, 1.0), (0.1, 0.4), (0.2, 0.0), (0.5, 0.2)]),
    np.array([(0.8, 1.0), (0.8, 0.5), (0.8, 0.0), (0.9, 0.7), (1.2, 1.0), (1.4, 0.6), (1.4, 0.0)]),
    np.array([(0.05, 1.5)]),
]


@exercise("ink-offsets")
def _(answer):
    for strokes in (_STROKES, _STROKES[1:2]):
        points = np.concatenate(strokes)
        last = np.cumsum([len(stroke) for stroke in strokes]) - 1
        right = np.zeros((len(points), 3))
        right[:, :2] = np.diff(points, axis=0, prepend=[[0, 0]])
        right[last, 2] = 1
        value = array(called(answer, strokes), None, "the result")
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
    unfinished = right.copy()
    unfinished[-1, 2] = 0
    still = right.copy()
    still[0, :2] = 0
    restarted = np.concatenate([np.diff(stroke, axis=0, prepend=[[0, 0]]) for stroke in strokes])
    within = np.concatenate([np.diff(stroke, axis=0, prepend=stroke[:1]) for stroke in strokes])
    return {
        "these are positions (x, y); offsets say how far each point is from the one before": np.c_[points, right[:, 2]],
        "pen_up is 1 on the first point of each stroke; it belongs on the last one": np.c_[right[:, :2], first],
        "pen_up is 1 on the very last point only; each stroke ends with one": np.c_[right[:, :2], end],
        "the first offset is (0, 0); it leads from the origin, (0, 0), to the first point": still,
        "pen_up is 0 everywhere": right * (1, 1, 0),
        "pen_up is 0 on the very last point: the last stroke ends with a lifted pen too": unfinished,
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
        given = called(answer, offsets)
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
        if given and len(given) == len(strokes) - 1 and _alike(given[0], Ink(offsets).strokes[1]):
            raise Mistake(f"{len(given)} strokes come back of {len(strokes)}: the first one is lost")
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


def _alike(stroke: np.ndarray, other: np.ndarray) -> bool:
    return stroke.shape == other.shape and bool(np.allclose(stroke, other, atol=1e-5))


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
        value = array(called(answer, stroke, count), None, "the result")
        if value.shape == (2, count) and count != 2:
            raise Mistake(f"the stroke has shape {value.shape}: rows and columns are swapped (`.T`, or axis=1)")
        same(value, right, "the result", variants=variants, figure=lambda v, r=right: over(_ink(v), _ink(r)))


def _at(stroke: np.ndarray, clock: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(times, clock, xy) for xy in stroke.T], axis=1)


@exercise("ink-round")
def _(answer):
    """``answer(point, at, step)``: the offset to send, and where the offsets sent so far lead then."""
    rng = np.random.default_rng(3)
    step = 0.25
    # A slow line to the right: each offset alone rounds to nothing.
    points = np.cumsum(np.stack([rng.uniform(0.02, 0.11, 400), rng.normal(0, 0.1, 400)], axis=1), axis=0)
    at = np.zeros(2)
    for t, point in enumerate(points):
        value = called(answer, point, at, step)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise Mistake("your function should return two things: `return offset, at`")
        offset, now = array(value[0], (2,), "the offset"), array(value[1], (2,), "the new `at`")
        right = np.round((point - at) / step) * step
        before = points[t - 1] if t else np.zeros(2)
        if np.allclose(offset, right) and np.allclose(now, point) and not np.allclose(at + offset, point):
            raise Mistake(
                f"`at` moves by what you wanted to send, to {now.round(3).tolist()}. It must move by what you sent:"
                " only then does the next offset make up for what was rounded away"
            )
        known = {
            "this is where the pen should be, rounded. What is sent is the way there: point - at": np.round(
                point / step
            ) * step,
            "nothing is rounded: an offset must be a multiple of the step": point - at,
            "this is a count of steps; multiply it by the step": np.round((point - at) / step),
            "the offset leads away from the point: it is point - at, not at - point": -right,
            "the offset starts from the last point. It has to start from `at`, where your own offsets have led":
                np.round((point - before) / step) * step,
        }  # fmt: skip
        if not np.allclose(offset, right):
            _rounded_elsewhere(answer, step)
        same(offset, right, f"the offset to point {t}", variants=known)
        known = {
            "`at` stays where it was. It must move by the offset that you sent": at,
            "the new `at` is the offset alone; add it to where the pen was": offset,
        }
        same(now, at + offset, f"`at` after point {t}", variants=known)
        at = now


def _rounded_elsewhere(answer: Callable[..., Any], step: float) -> None:
    """Tell rounding down, rounding up and cutting off, by what is sent from the origin."""
    probes = np.array([(0.8, -0.8), (-1.2, 1.2)]) * step
    values = [called(answer, probe, np.zeros(2), step) for probe in probes]
    if not all(isinstance(value, (tuple, list)) and np.shape(value[0]) == (2,) for value in values):
        return
    sent = np.array([value[0] for value in values], np.float64)
    for said, how in (("rounds down", np.floor), ("rounds up", np.ceil), ("cuts the decimals off", np.trunc)):
        if np.allclose(sent, how(probes / step) * step):
            raise Mistake(
                f"this {said}. Round to the nearest multiple of the step (np.round), or the pen is off by up to a whole"
                " step"
            )


@exercise("ink-points")
def _(answer):
    for strokes in (_STROKES, _STROKES[:1]):
        offsets = Ink.from_strokes(strokes).offsets.astype(np.float64)
        right = offsets.copy()
        right[:, :2] = np.cumsum(offsets[:, :2], axis=0)
        flat = np.cumsum(offsets).reshape(offsets.shape) if len(offsets) else offsets
        variants = {
            "pen_up was summed up too: it is a mark, not a length, and stays as it is": np.cumsum(offsets, axis=0),
            "nothing is summed up: these are the offsets": offsets,
            "the sum runs along each row. Sum down the columns: axis=0": np.cumsum(offsets, axis=1),
            "the sum runs through the whole array, number by number. Sum down the columns: axis=0": flat,
            "the rows come out one place too late: after the first offset the pen is no longer at the origin":
                np.concatenate([[[0, 0, right[0, 2]]], np.c_[right[:-1, :2], offsets[1:, 2]]]),
            "these are moved so that the first point is the origin; the first offset counts too":
                right - [*right[0, :2], 0],
        }  # fmt: skip
        value = array(called(answer, offsets), None, "the result")
        if value.shape == (len(offsets), 2):
            raise Mistake("there are two columns; the third one, pen_up, is missing")
        same(value, right, "the result", variants=variants)


@exercise("ink-scale")
def _(answer):
    rng = np.random.default_rng(11)
    for size in (1.0, 3.0):
        offsets = np.c_[rng.normal(0.1, 0.4, 50) * size, rng.normal(0, 0.2, 50) * size, rng.integers(0, 2, 50)]
        deviations = offsets[:, :2].std(axis=0)
        scale = deviations.mean()
        value = called(answer, offsets)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise Mistake("your function should return two things: `return scaled, scale`")
        if np.shape(value[1]) == (2,):
            raise Mistake("there are two scales. One number serves both directions, or shapes are squeezed")
        if np.shape(value[1]) == (3,):
            raise Mistake("there are three scales. One number serves both directions, and pen_up has none")
        same(
            value[1],
            scale,
            "the scale",
            variants={
                "this is the deviation of both columns thrown together: take one for each column, then their mean":
                    offsets[:, :2].std(),
                "pen_up is in it. Only lengths are scaled": offsets.std(axis=0).mean(),
                "this is a variance. A standard deviation is its square root": offsets[:, :2].var(axis=0).mean(),
                "this is the deviation of dx alone": deviations[0],
                "this is the deviation of dy alone": deviations[1],
            },
        )  # fmt: skip
        right = offsets / [scale, scale, 1]
        middle = offsets[:, :2].mean(axis=0)
        same(
            value[0],
            right,
            "the scaled array",
            variants={
                "pen_up was divided too: it is 0 or 1, and stays so": offsets / scale,
                "the mean was taken away. An offset of zero must stay zero: it says that the pen rests":
                    np.c_[(offsets[:, :2] - middle) / scale, offsets[:, 2]],
                "each direction was divided by a scale of its own, which squeezes the shapes":
                    offsets / [*deviations, 1],
                "the offsets are multiplied by the scale; divide by it": offsets * [scale, scale, 1],
                "the offsets are as they were": offsets,
            },
        )  # fmt: skip


@exercise("ink-explained")
def _(answer):
    rng = np.random.default_rng(12)
    for rows in (60, 7):
        truth = rng.normal(size=(rows, 2)) * (1.0, 0.3) + (2.0, -1.0)
        guesses = truth + rng.normal(size=(rows, 2)) * (0.4, 0.3)
        left, whole = ((truth - guesses) ** 2).mean(axis=0), truth.var(axis=0)
        variants = {
            "this is the share that is left. Explained is what is gone: 1 minus it": left / whole,
            "here the errors are measured as if the mean of the guesses were free: take the mean of their squares,"
            " not their variance": 1 - (truth - guesses).var(axis=0) / whole,
            "the errors are divided by the variance of the guesses; divide by that of the truth":
                1 - left / guesses.var(axis=0),
            "these are deviations, not variances: leave the square root out": 1 - np.sqrt(left / whole),
            "the truth is compared with 0 and not with its own mean": 1 - left / (truth**2).mean(axis=0),
            "this is the spread of the guesses as a share. Guesses may be spread and wrong": guesses.var(axis=0)
            / whole,
            "this is the square of the correlation. It doesn't see guesses that are all too high": np.square(
                [np.corrcoef(*column)[0, 1] for column in zip(guesses.T, truth.T, strict=True)]
            ),
        }  # fmt: skip
        value = array(called(answer, guesses, truth), None, "the result")
        if value.ndim == 0:
            raise Mistake("this is a single number. There are two columns: average over the rows only (axis=0)")
        same(value, 1 - left / whole, "the share", variants=variants)


@exercise("ink-nearest")
def _(answer):
    rng = np.random.default_rng(13)
    for count in (12, 5):
        shapes, labels = rng.normal(size=(count, 6, 2)), [chr(97 + n) for n in range(count)]
        # One shape is large and far away in one point only, so that it matters how the differences are summed.
        shapes[0, 0] += 4
        for number in range(count):
            shape = shapes[number] + rng.normal(0, 0.5, (6, 2))
            apart = ((shapes - shape) ** 2).sum(axis=(1, 2))
            value = called(answer, shape, shapes, list(labels))
            if value is None or value is ...:
                array(value)  # says so
            right = labels[int(apart.argmin())]
            if isinstance(value, (int, np.integer)) and int(value) == int(apart.argmin()):
                raise Mistake("this is the number of the shape. Return its label: labels[number]")
            if not isinstance(value, str):
                raise Mistake(f"the answer is a label, such as {right!r}, not one {type(value).__name__}")
            if value == right:
                continue
            if value == labels[int(apart.argmax())]:
                raise Mistake("this is the label of the shape that is farthest away: `argmin`, not `argmax`")
            if value == labels[int(np.abs((shapes - shape).sum(axis=(1, 2))).argmin())]:
                raise Mistake("differences of both signs cancel: square them before you sum them up")
            if value == labels[int((shapes - shape).sum(axis=(1, 2)).argmin())]:
                raise Mistake("the smallest sum is the most negative one: square the differences first")
            raise Mistake(f"the label is {value!r}; the nearest shape is that of {right!r}")


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
