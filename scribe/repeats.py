"""Equal marks in ink: where each of them is, and all of one height. By geometry alone: nothing is read.

Strokes of signs can be counted. So can a few letters and digits whose shape is much the same in every hand: a "1", an
"l" or a bar of an "H" is an upright, and an "o" or a "0" is drawn down its left side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

__all__ = ["EVEN", "LOW", "STROKES", "count", "evened", "heights", "marks", "numbers_of_strokes", "turns"]

STROKES = {
    **dict.fromkeys(".,'`-_|~\u00b7\u2022\u2018\u2019\u201a\u2013\u2014", 1),
    **dict.fromkeys('!:;="\u201c\u201d\u201e', 2),
    "\u2026": 3,
}
"""Strokes of the signs that can be counted: hands don't differ in them."""

_UPRIGHT = "1lI"
_ROUND = "0oO"
_PAIRS = "H"  # of uprights

EVEN = 0.1
"""How much higher or lower than the first of its repeat a mark may be: a share of the first's height."""

LOW = 0.5
"""Repeats lower than this, in units of ink (an "o" is about .6), are even: nobody sees that dots and dashes differ."""

_CLOSE = 0.04  # to the middle height of a repeat, to which marks are brought: any two are even then
_ROUNDS = 4  # of stretching, where marks are joined
_SMOOTHED = 5  # points over which a stretch changes within a stroke
_TURN = 0.15  # of the ink's height: what the pen must go back for a turn to count
_LONG = 0.5  # of the longest upright


def count(points: np.ndarray, character: str) -> float | None:
    """How many marks there are in ink that repeats one character; None for those that can't be counted.

    Args:
        points: absolute, ``(T, 3)``: x, y and whether the pen is lifted after it.

    Returns:
        Whole numbers, and parts where strokes or uprights are missing or too many.
    """
    if character in STROKES:
        return len(numbers_of_strokes(points)) / STROKES[character]
    if character in _PAIRS:
        return len(_columns(points)) / 2
    if character in _UPRIGHT or character in _ROUND:
        return float(len(_falls(points, character in _ROUND)))
    return None


def marks(points: np.ndarray, character: str) -> list[np.ndarray] | None:
    """The points of each mark, as numbers into ``points``; None if :func:`count` finds no whole number of them."""
    number = count(points, character)
    if not number or number % 1:
        return None
    strokes = numbers_of_strokes(points)
    if character in STROKES:
        each = STROKES[character]
        return [np.concatenate(strokes[i : i + each]) for i in range(0, len(strokes), each)]
    if character in _PAIRS:
        columns = _columns(points)
        borders = [(columns[i] + columns[i + 1]) / 2 for i in range(1, len(columns) - 1, 2)]
        whose = np.empty(len(points), int)
        for stroke in strokes:
            x = points[stroke, 0]
            whose[stroke] = np.searchsorted(borders, x.mean() if np.ptp(x) < 1.5 * np.ptp(columns[:2]) else x)
        return [np.flatnonzero(whose == number) for number in range(len(borders) + 1)]
    falls = _falls(points, character in _ROUND)
    cuts = []
    for one, other in pairwise(falls):
        if one.stroke != other.stroke:
            cuts.append(int(strokes[other.stroke][0]))
        else:  # joined: at the foot of an upright, and on the way from one round to the next
            cuts.append(one.stop + 1 if character in _UPRIGHT else (one.stop + other.start) // 2 + 1)
    whose = np.searchsorted(cuts, np.arange(len(points)), side="right")
    if character in _ROUND:
        # What is added to a round, often after others, isn't part of its height: with it, it would be pressed flat.
        for number in set(range(len(strokes))) - {fall.stroke for fall in falls}:
            whose[strokes[number]] = -1
    return [np.flatnonzero(whose == number) for number in range(len(falls))]


def heights(points: np.ndarray, of: Sequence[np.ndarray]) -> np.ndarray:
    """How high each mark is, ``(len(of),)``; 0 for one without points."""
    return np.array([np.ptp(points[mark, 1]) if len(mark) else 0.0 for mark in of])


def _stretches(points: np.ndarray, of: Sequence[np.ndarray]) -> np.ndarray:
    """By how much to stretch each mark so that all are as high as one another within :data:`EVEN`: ``(len(of),)``."""
    high = heights(points, of)
    middle = np.median(high)
    return np.clip(high, (1 - _CLOSE) * middle, (1 + _CLOSE) * middle) / np.where(high > 0, high, 1)


def evened(points: np.ndarray, of: Sequence[np.ndarray]) -> np.ndarray:
    """The points with marks stretched or pressed to one height, each from its foot; x stays."""
    for _ in range(_ROUNDS):
        factor, foot = np.ones(len(points)), np.zeros(len(points))
        for mark, stretch in zip(of, _stretches(points, of), strict=True):
            if len(mark):
                factor[mark], foot[mark] = stretch, points[mark, 1].min()
        if (factor == 1).all():
            break
        for stroke in numbers_of_strokes(points):
            if np.ptp(factor[stroke]):  # marks that are joined go over into each other
                factor[stroke], foot[stroke] = _smoothed(factor[stroke]), _smoothed(foot[stroke])
        points = np.column_stack([points[:, 0], foot + factor * (points[:, 1] - foot), points[:, 2]])
    return points


def _smoothed(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, _SMOOTHED // 2, mode="edge")
    return np.convolve(padded, np.full(_SMOOTHED, 1 / _SMOOTHED), "valid")


def numbers_of_strokes(points: np.ndarray) -> list[np.ndarray]:
    """The numbers of the points of each stroke of absolute ``points``, ``(T, 3)``."""
    ends = np.flatnonzero(points[:, 2] == 1) + 1
    return [stroke for stroke in np.split(np.arange(len(points)), ends) if len(stroke)]


class _Fall(NamedTuple):
    """A way down, long enough to be a letter's."""

    stroke: int
    start: int  # its first point
    stop: int  # its last


def _ways(points: np.ndarray) -> tuple[list[tuple[int, int, int]], float]:
    """Ways of the pen up or down, as (stroke, first point, last point), and how high the ink is that's highest."""
    strokes = numbers_of_strokes(points)
    tall = max((float(np.ptp(points[stroke, 1])) for stroke in strokes), default=0.0)
    found = []
    for number, stroke in enumerate(strokes):
        corners = [0, *turns(points[stroke, 1], _TURN * tall), len(stroke) - 1]
        found += [(number, int(stroke[a]), int(stroke[b])) for a, b in pairwise(corners) if b > a]
    lengths = [abs(points[a, 1] - points[b, 1]) for _, a, b in found]
    longest = max(lengths, default=0.0)
    return [way for way, length in zip(found, lengths, strict=True) if length >= _LONG * longest], longest


def turns(y: np.ndarray, least: float) -> list[int]:
    """Where a line turns round, if it goes back by more than so much: numbers into ``y``, without its ends."""
    found: list[int] = []
    low = high = direction = 0
    for i in range(1, len(y)):
        high, low = (i if y[i] > y[high] else high), (i if y[i] < y[low] else low)
        if direction >= 0 and y[high] - y[i] > least:
            found += [high] if high else []
            direction, low, high = -1, i, i
        elif direction <= 0 and y[i] - y[low] > least:
            found += [low] if low else []
            direction, low, high = 1, i, i
    return found


def _falls(points: np.ndarray, rounded: bool) -> list[_Fall]:
    """The ways down of uprights, or of rounds: one in each stroke, and those that go out to the left and come up again.

    What goes down from a round to the next one, or into it at its end, doesn't.
    """
    ways, longest = _ways(points)
    strokes = numbers_of_strokes(points)
    found: list[_Fall] = []
    for number, start, stop in ways:
        if points[stop, 1] > points[start, 1]:
            continue
        rest = points[stop : strokes[number][-1] + 1]
        if rounded and found and found[-1].stroke == number:
            x = points[start : stop + 1, 0]
            left = (np.maximum.accumulate(x) - x).max()
            if left < 0.08 * longest or np.ptp(rest[:, 1]) < 0.4 * longest:
                continue
        elif rounded and _straight(points[strokes[number], :2]):  # somebody strikes a zero through
            continue
        found.append(_Fall(number, start, stop))
    return found


def _straight(stroke: np.ndarray) -> bool:
    path = np.hypot(*np.diff(stroke, axis=0).T).sum()
    return bool(path < 1.2 * np.hypot(*(stroke[-1] - stroke[0])))


def _columns(points: np.ndarray) -> np.ndarray:
    """Where the uprights stand, up or down, those that are drawn twice once: x, from left to right."""
    ways, longest = _ways(points)
    places = np.sort([points[start : stop + 1, 0].mean() for _, start, stop in ways])
    return places[np.diff(places, prepend=-np.inf) > _TURN * longest]
