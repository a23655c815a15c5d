"""As many marks as characters: repeats are counted while they are written.

A network that writes "......" slides its window over six equal characters, and now and then over two of them at once.
The window says which ink belongs to a repeat; its shape says how many marks it has and how high they are
(:mod:`scribe.repeats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scribe.repeats import EVEN, LOW, STROKES, count, heights, marks
from scribe.repeats import evened as evened_points
from scribe.writer import Draft

__all__ = ["Run", "absolute", "apart", "evened", "inked", "lacking", "miscounted", "runs", "uneven"]


class Run(NamedTuple):
    """Equal characters in a row."""

    start: int
    stop: int
    character: str

    @property
    def strokes(self) -> int | None:
        """How often the pen must be put down for them; None if hands differ in that."""
        each = STROKES.get(self.character)
        return None if each is None else each * (self.stop - self.start)


def runs(text: str) -> list[Run]:
    """The repeats of a text: two or more equal characters in a row; of small letters in a word, three or more."""
    found = [Run(*match.span(), match[1]) for match in re.finditer(r"(\S)\1+", text)]
    return [run for run in found if run.stop - run.start > 2 or not _joins(text, run)]


def apart(text: str) -> list[Run]:
    """Repeats that stand apart in every hand: not small letters, which are joined in many."""
    return [run for run in runs(text) if not run.character.islower()]


def _joins(text: str, run: Run) -> bool:
    """Whether a repeat may be joined with a letter before or after it."""
    beside = text[max(run.start - 1, 0) : run.start] + text[run.stop : run.stop + 1]
    return run.character.islower() and any(map(str.isalpha, beside))


def miscounted(draft: Draft, first: int = 0, last: int | None = None) -> int:
    """By how many strokes or marks the repeats of a draft are wrong; what can't be counted is passed over.

    A stroke belongs to the character that the window showed for most of it. Not all neighbours of a run need be signs:
    it may be that a stroke of a letter is given to the run, or one of the run to a letter. Small letters in a word
    can't be counted, as they may be joined with others.

    Args:
        first, last: count only repeats that begin in this part of the text, and of those only what is in it.
    """
    wrong, points = 0, absolute(draft)
    for run, ink in _inks(draft, first, last):
        made = count(points[ink], run.character)
        if made is not None:
            each = STROKES.get(run.character, 1)
            wrong += int(np.ceil(each * abs(made - (run.stop - run.start))))
    return wrong


def lacking(draft: Draft, goal: int) -> int:
    """How many whole marks are missing of a repeat that ends, or is written as far as, before a place in the text."""
    points = absolute(draft)
    for run, ink in _inks(draft, 0, goal):
        made = count(points[ink], run.character)
        if run.stop == goal and made is not None:
            return max(int(goal - run.start - made), 0)
    return 0


def uneven(draft: Draft, first: int = 0, last: int | None = None) -> float:
    """By how much a mark of a repeat is too high or too low at worst: 0 if all are as high as the first, within EVEN.

    Marks are told apart by their shape where that's known, else by what the window showed; small letters in a word are
    passed over. Repeats that are lower than :data:`scribe.repeats.LOW` are even.

    Args:
        first, last: measure only repeats that begin in this part of the text, and of those only what is in it.

    Returns:
        The largest difference beyond :data:`scribe.repeats.EVEN`, as a share of the first's height. A mark without ink
        differs by 1.
    """
    worst, points = 0.0, absolute(draft)
    for run, ink in _inks(draft, first, last):
        high = heights(points, _marks(draft, points, run, ink))
        differences = np.abs(high - high[0]) / max(high[0], LOW) if high.max() > LOW else np.zeros(len(high))
        differences[high == 0] = 1.0
        worst = max(worst, float(differences.max()) - EVEN)
    return worst


def evened(draft: Draft) -> Draft:
    """The draft with the marks of its repeats stretched to one height: what chance and choice have left uneven."""
    before = absolute(draft)
    points = before.copy()
    for run, ink in _inks(draft, 0, None):
        of = _marks(draft, points, run, ink)
        if heights(points, of).max() > LOW:
            numbers = np.full(len(points), -1)
            numbers[ink] = np.arange(len(ink))
            points[ink] = evened_points(points[ink], [numbers[mark] for mark in of])
    if not len(points):
        return draft
    offsets = draft.points.copy()
    changed = np.flatnonzero(points[:, 1] != before[:, 1])
    for row in sorted({*changed, *(changed + 1)} - {len(points)}):
        offsets[row, 1] = points[row, 1] - (points[row - 1, 1] if row else 0)
    return replace(draft, points=offsets)


def absolute(draft: Draft) -> np.ndarray:
    """The points of a draft where they lie, ``(T, 3)``; unlike ink's, its last may leave the pen down."""
    points = draft.points.astype(np.float64)
    points[:, :2] = points[:, :2].cumsum(axis=0)
    return points


def _inks(draft: Draft, first: int, last: int | None) -> Iterator[tuple[Run, np.ndarray]]:
    """The repeats that begin in a part, what is in it of them, and which points are theirs."""
    ends = np.flatnonzero(draft.points[:, 2] == 1) + 1
    owners = inked(draft.text)
    strokes = [stroke for stroke in np.split(np.arange(len(draft.places)), ends) if len(stroke)]
    middles = [owners[int(np.median(draft.places[stroke]))] for stroke in strokes]
    end = len(draft.text) if last is None else last
    for run in runs(draft.text):
        if first <= run.start < end and not _joins(draft.text, run):
            # Where a repeat is written as far as a mark in its middle, the window may be on the next one already.
            beyond = np.inf if run.stop > end else run.stop
            run = run._replace(stop=min(run.stop, end))
            own = [stroke for stroke, middle in zip(strokes, middles, strict=True) if run.start <= middle < beyond]
            yield run, np.concatenate([np.zeros(0, int), *own])


def _marks(draft: Draft, points: np.ndarray, run: Run, ink: np.ndarray) -> list[np.ndarray]:
    """The points of each mark of a repeat: by its shape if that can be counted and is right, else by the window."""
    found = marks(points[ink], run.character)
    if found is not None and len(found) == run.stop - run.start:
        return [ink[mark] for mark in found]
    places = inked(draft.text)[draft.places]
    return [ink[places[ink] == place] for place in range(run.start, run.stop)]


def inked(text: str) -> np.ndarray:
    """For each place of a text the character that ink made there belongs to, ``(U + 1,)``.

    Nothing is drawn for a space or for the end of the text: what is made there belongs to the character before.
    """
    return np.maximum.accumulate([0 if c.isspace() else place for place, c in enumerate(text + " ")])
