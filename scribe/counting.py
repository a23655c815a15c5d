"""As many marks as characters: repeats are counted while they are written.

A network that writes "......" slides its window over six equal characters, and now and then over two of them at once.
Signs whose strokes are known can be counted without reading: between the first of them and the last, the pen is put
down once for each dot and dash, and twice for each exclamation mark.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from scribe.writer import Draft

__all__ = ["EVEN", "STROKES", "Run", "apart", "miscounted", "runs", "uneven"]

STROKES = {
    **dict.fromkeys(".,'`-_|~\u00b7\u2022\u2018\u2019\u201a\u2013\u2014", 1),
    **dict.fromkeys('!:;="\u201c\u201d\u201e', 2),
    "\u2026": 3,
}
"""Strokes of the signs that can be counted: hands don't differ in them."""


EVEN = 0.1
"""How much higher or lower than the first of its repeat a mark may be: a share of the first's height."""

LOW = 0.5
"""Repeats lower than this, in units of ink (an "o" is about .6), are even: nobody sees that dots and dashes differ."""


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
    """The repeats of a text: two or more equal signs that can be counted, and three or more of any other character."""
    found = [Run(*match.span(), match[1]) for match in re.finditer(r"(\S)\1+", text)]
    return [run for run in found if run.strokes is not None or run.stop - run.start > 2]


def apart(text: str) -> list[Run]:
    """Repeats that stand apart in every hand: not small letters, which are joined in many and counted worse for it."""
    return [run for run in runs(text) if not run.character.islower()]


def miscounted(draft: Draft, first: int = 0, last: int | None = None) -> int:
    """By how many strokes the repeats of a draft are wrong, all together; those that can't be counted are passed over.

    A stroke belongs to the character that the window showed for most of it. Not all neighbours of a run need be signs:
    it may be that a stroke of a letter is given to the run, or one of the run to a letter.

    Args:
        first, last: count only repeats that begin in this part of the text, and of those only what is in it.
    """
    counted = [run for run in runs(draft.text[:last]) if run.strokes is not None and run.start >= first]
    if not counted:
        return 0
    ends = np.flatnonzero(draft.points[:, 2] == 1) + 1
    inked = _inked(draft.text)
    strokes = [inked[int(np.median(part))] for part in np.split(draft.places, ends) if len(part)]
    wrong = 0
    for run in counted:
        made = sum(run.start <= place < run.stop for place in strokes)
        wrong += abs(made - (run.strokes or 0))
    return wrong


def uneven(draft: Draft, first: int = 0, last: int | None = None) -> float:
    """By how much a mark of a repeat is too high or too low at worst: 0 if all are as high as the first, within EVEN.

    A point belongs to the character that the window showed most; small letters are passed over (:func:`apart`).
    Heights are compared with the first's; repeats that are lower than :data:`LOW` are even.

    Args:
        first, last: measure only repeats that begin in this part of the text, and of those only what is in it.

    Returns:
        The largest difference beyond :data:`EVEN`, as a share of the first's height. A mark without ink differs by 1.
    """
    heights = draft.points[:, 1].cumsum(dtype=np.float64)
    places = _inked(draft.text)[draft.places]
    worst = 0.0
    for run in apart(draft.text[:last]):
        if run.start < first:
            continue
        marks = [heights[places == place] for place in range(run.start, run.stop)]
        high = np.array([np.ptp(mark) if len(mark) else 0.0 for mark in marks])
        differences = np.abs(high - high[0]) / max(high[0], LOW) if high.max() > LOW else np.zeros(len(high))
        differences[[not len(mark) for mark in marks]] = 1.0
        worst = max(worst, float(differences.max()) - EVEN)
    return worst


def _inked(text: str) -> np.ndarray:
    """For each place of a text the character that ink made there belongs to, ``(U + 1,)``.

    Nothing is drawn for a space or for the end of the text: what is made there belongs to the character before.
    """
    return np.maximum.accumulate([0 if c.isspace() else place for place, c in enumerate(text + " ")])
