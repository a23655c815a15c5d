"""Delayed strokes: the bar of a *t* and the dot of an *i*, which the pen goes back to when it has written on.

In joined hands they come at the end of the word, and the network aims them from memory: now and then a bar stops short
of its stem, or a dot stands over the next letter. Here they are found by geometry, and set where they belong:
:func:`attached` moves a bar that nearly touches its stem, and a dot that is clearly beside its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from scribe.counting import absolute, inked
from scribe.ink import Ink
from scribe.repeats import numbers_of_strokes, turns
from scribe.writer import Draft

__all__ = ["attached", "bars", "loose_bars"]

_TOUCHES = 0.1  # body heights between the middles of two lines of a pen
_REACH = 1.5  # body heights: a bar that is farther off is left alone, as it may be no bar. A letter is some 1.2 wide

_HIGH = 0.75  # body heights above the baseline: a bar lies higher
_STEM = 0.5  # body heights: the stem of a t is longer

_DOT = 0.5  # body heights: a dot is no wider or higher
_DOT_OFF = (-0.5, 0.9)  # body heights from the top of its stem: people's dots stand here, mostly to the right
_DOT_REACH = 2.0  # body heights: a dot that is farther off is left alone

_WITHOUT_BARS = "abcdeghklmnopqrsuvwxy"  # no stroke of these is flat, or stands alone above the others
_WITH_DOTS = "ij"
_WITHOUT_FLATS = ".,:;!?()[]\u2026"  # signs none of whose strokes is flat


def bars(ink: Ink) -> tuple[int, int]:
    """How many flat strokes there are above the middle of the letters, and how many touch no steep one of another.

    In words these are the bars of *t*, *f* and a few capitals; dashes count, too, and some dots of an *i*. Of the bars
    in people's own lines a fifth are loose.

    Returns:
        The number of flat strokes, and of those that are loose.
    """
    strokes = [stroke for stroke in ink.strokes if len(stroke) > 1]
    flat = [stroke for stroke in strokes if _is_flat(stroke)]
    stems = _steep([stroke for stroke in strokes if not _is_flat(stroke)])
    return len(flat), sum(not _touches(stroke, stems) for stroke in flat)


def loose_bars(ink: Ink) -> int:
    """How many of :func:`bars` are loose."""
    return bars(ink)[1]


def attached(draft: Draft) -> Draft:
    """The draft with bars of *t* on their stems and dots over theirs: moved, not stretched, and only if need be.

    A bar is a flat stroke that touches no steep one. It's moved by the shortest way onto the stem of a *t* that was
    written before it, has no bar yet and is within one and a half body heights. It stays where it is if it may be
    something else: if a sign with a flat stroke was due, if it is nearer to a letter that may have one, such as an *f*,
    an *A* or a *đ*, or if it's a dot.

    A dot is moved sideways if it stands clearly beside its stem. Which one that is, is known where a word has as many
    dots as it needs: both are in the same order.
    """
    points = absolute(draft)
    if not len(points):
        return draft
    line = _Line.of(draft, points)
    moved: dict[int, np.ndarray] = {}
    for number, way in [*_bars_to_move(line), *_dots_to_move(line)]:
        moved.setdefault(number, way)
    if not moved:
        return draft
    offsets = draft.points.copy()
    for number, way in moved.items():
        stroke = line.strokes[number]
        offsets[stroke[0], :2] += way
        if stroke[-1] + 1 < len(offsets):
            offsets[stroke[-1] + 1, :2] -= way
    return replace(draft, points=offsets)


class _Stem(NamedTuple):
    """The longest way down in the ink of a character."""

    place: int
    points: np.ndarray  # (n, 2), from its top


class _Line(NamedTuple):
    """A line in strokes and letters."""

    text: str
    points: np.ndarray  # (T, 2), absolute
    places: np.ndarray  # (T,): the character that each point belongs to
    strokes: list[np.ndarray]  # numbers of points
    flat: list[bool]  # whether a stroke may be a bar
    steep: np.ndarray  # (n, 2): points on what is steep, of strokes that are not flat
    stems: dict[int, _Stem]  # by place

    @classmethod
    def of(cls, draft: Draft, points: np.ndarray) -> _Line:
        strokes = numbers_of_strokes(points)
        points, places = points[:, :2], inked(draft.text)[draft.places]
        flat = [len(stroke) > 1 and _is_flat(points[stroke]) for stroke in strokes]
        others = [stroke for stroke, bar in zip(strokes, flat, strict=True) if not bar and len(stroke) > 1]
        steep = _steep([points[stroke] for stroke in others])
        return cls(draft.text, points, places, strokes, flat, steep, _stems(points, places, others))

    def place(self, number: int) -> int:
        """The character that the window showed for most of a stroke."""
        return int(np.median(self.places[self.strokes[number]]))


def _bars_to_move(line: _Line) -> Iterable[tuple[int, np.ndarray]]:
    """Which strokes are bars that miss their stems, and by how much to move each."""
    flat = [number for number, bar in enumerate(line.flat) if bar]
    free = {
        place: stem
        for place, stem in line.stems.items()
        if line.text[place] == "t"
        and np.ptp(stem.points[:, 1]) > _STEM
        and not any(_touches(line.points[line.strokes[number]], _dense(stem.points)) for number in flat)
    }
    ways = []
    for number in flat:
        bar, place = line.points[line.strokes[number]], line.place(number)
        if _touches(bar, line.steep) or _may_be_a_sign(line.text, place):
            continue
        for stem in free.values():
            # The window is on the t, on the next letter, or anywhere up to the beginning of the next word.
            if stem.place <= place + 1 and line.text[stem.place : place].count(" ") < 2:
                way = _way(bar, _dense(stem.points))
                length = float(np.hypot(*way))
                if length < _REACH and _is_flat(bar + way) and not _is_nearer_to_another(line, number, length):
                    ways.append((length, number, stem.place, way))
    done: set[int] = set()
    for _, number, place, way in sorted(ways, key=lambda one: one[:3]):
        if number not in done and place in free:
            del free[place]
            done.add(number)
            yield number, way


def _dots_to_move(line: _Line) -> Iterable[tuple[int, np.ndarray]]:
    """Which strokes are dots that stand beside their stems, and by how much to move each."""
    dots: dict[int, list[int]] = {}
    words = [match.span() for match in re.finditer(r"\S+", line.text)]
    for number, stroke in enumerate(line.strokes):
        place = line.place(number)
        word = next((i for i, (start, stop) in enumerate(words) if start <= place < stop), None)
        if word is not None and _is_dot(line.points[stroke]) and not _touches(line.points[stroke], line.steep):
            dots.setdefault(word, []).append(number)
    for word, numbers in dots.items():
        start, stop = words[word]
        needed = [place for place in range(start, stop) if line.text[place] in _WITH_DOTS]
        plain = all(c in _WITHOUT_BARS + _WITH_DOTS + "t.," for c in line.text[start:stop])
        if not plain or len(numbers) != len(needed) or not all(place in line.stems for place in needed):
            continue
        numbers.sort(key=lambda number: float(line.points[line.strokes[number], 0].mean()))
        for number, place in zip(numbers, needed, strict=True):
            off = float(line.points[line.strokes[number], 0].mean() - line.stems[place].points[0, 0])
            way = float(np.clip(off, *_DOT_OFF)) - off
            if 0 < abs(way) < _DOT_REACH:
                yield number, np.array([way, 0.0])


def _may_be_a_sign(text: str, place: int) -> bool:
    """Whether a flat stroke may have been written for a sign: the window may be on the one before or after it."""
    near = text[max(place - 1, 0) : place + 2]
    return any(not (c.isalnum() or c.isspace() or c in _WITHOUT_FLATS) for c in near)


def _is_nearer_to_another(line: _Line, number: int, length: float) -> bool:
    """Whether a flat stroke is nearer to a letter that may have a bar or a dot than to the stem of a t."""
    stroke = line.strokes[number]
    bar = line.points[stroke]
    left, right = bar[:, 0].min(), bar[:, 0].max()
    for place in {int(p) for p in line.places}:
        character = line.text[place : place + 1]
        if not character or character in _WITHOUT_BARS + _WITHOUT_FLATS + "t":
            continue
        own = line.places == place
        own[stroke] = False
        if character in _WITH_DOTS:
            stem = line.stems.get(place)
            if stem is not None and right - left < _DOT:
                off = bar[:, 0].mean() - stem.points[0, 0]
                if _DOT_OFF[0] < off < _DOT_OFF[1]:
                    return True
        elif own.any():
            x = line.points[own, 0]
            if max(x.min() - right, left - x.max()) <= length:
                return True
    return False


def _stems(points: np.ndarray, places: np.ndarray, strokes: Sequence[np.ndarray]) -> dict[int, _Stem]:
    """For each character the longest way down that was drawn for it."""
    found: dict[int, _Stem] = {}
    for stroke in strokes:
        y = points[stroke, 1]
        for start, stop in pairwise([0, *turns(y, _TOUCHES), len(stroke) - 1]):
            way = points[stroke[start : stop + 1]]
            if stop > start and way[0, 1] > way[-1, 1]:
                place = int(np.median(places[stroke[start : stop + 1]]))
                if place not in found or np.ptp(way[:, 1]) > np.ptp(found[place].points[:, 1]):
                    found[place] = _Stem(place, way)
    return found


def _is_flat(stroke: np.ndarray) -> bool:
    """Whether a stroke may be the bar of a t."""
    wide, high = np.ptp(stroke, axis=0)
    return bool(0.25 <= wide <= 2.5 and high <= 0.5 * wide and stroke[:, 1].mean() > _HIGH)


def _is_dot(stroke: np.ndarray) -> bool:
    """Whether a stroke may be the dot of an i."""
    wide, high = np.ptp(stroke, axis=0)
    return bool(wide <= _DOT and high <= _DOT and stroke[:, 1].mean() > 1.0)


def _steep(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Points along all that is steep in some strokes, ``(n, 2)``."""
    starts = np.concatenate([np.zeros((0, 2)), *(stroke[:-1] for stroke in strokes)])
    steps = np.concatenate([np.zeros((0, 2)), *(np.diff(stroke, axis=0) for stroke in strokes)])
    steep = np.abs(steps[:, 1]) > np.abs(steps[:, 0])
    return (starts[steep] + _ALONG * steps[steep]).reshape(-1, 2)


def _dense(stroke: np.ndarray) -> np.ndarray:
    """Points along a stroke, ``(n, 2)``."""
    return (stroke[:-1] + _ALONG * np.diff(stroke, axis=0)).reshape(-1, 2)


_ALONG = np.linspace(0, 1, 9)[:, None, None]  # of a move from point to point


def _way(stroke: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The shortest way from a stroke to points, ``(2,)``."""
    ways = (points[None] - _dense(stroke)[:, None]).reshape(-1, 2)
    return np.asarray(ways[np.hypot(*ways.T).argmin()])


def _touches(stroke: np.ndarray, points: np.ndarray) -> bool:
    """Whether a stroke comes so near to points that the lines of a pen touch."""
    if len(stroke) < 2 or not len(points):
        return False
    return bool(np.hypot(*_way(stroke, points)) < _TOUCHES)
