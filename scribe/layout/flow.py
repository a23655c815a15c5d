"""From a text to lines of ink that fit on a sheet.

How wide a line will be is known only when it is written: hands are wide or narrow, and no line comes out twice the
same. So the width is estimated, the lines are written, and what follows the first line that is too wide is wrapped and
written again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from scribe.drawing.normalise import expected_width
from scribe.ink import Ink, join
from scribe.layout.lines import Paragraph, wrap
from scribe.layout.sheet import Row, Sheet, straightened

__all__ = ["Row", "set_text"]

_EMPTY = Ink(np.zeros((0, 3), np.float32))
_ROUNDS = 8
_SQUEEZE = 1.04  # a line that is wider than its room by no more than that is squeezed in, as people do
_ROOMY = 0.97  # of the room is what a line is expected to take: most lines fit then
_WORD = 8  # characters that a part of a line may have more, so that it ends with a word
_SAMPLE, _SAMPLE_LENGTH = 4, 40  # lines of so many characters tell how wide the hand is


def set_text(
    paragraphs: Sequence[Paragraph], sheet: Sheet, write: Callable[[list[str]], Sequence[Ink]], longest: int = 80
) -> list[Row]:
    """Write paragraphs in lines that fit between the margins of a sheet.

    Args:
        paragraphs: see :func:`scribe.layout.lines.paragraphs_of`.
        write: makes the ink of lines, all of them not empty. It is called a few times, and each time for other lines.
        longest: what has more characters is written in parts, which are put beside each other: a network loses its way
            in lines longer than those that it learned from.

    Returns:
        The lines, in their order. One that is wider than its room can be squeezed in; see :meth:`Sheet.pages`.
    """
    if not any(paragraph.text for paragraph in paragraphs):
        return []
    longest_text = max((paragraph.text for paragraph in paragraphs), key=len)
    sample = wrap(longest_text, _SAMPLE_LENGTH)[:_SAMPLE]
    broad = sum(ink.bounds.width for ink in write(sample) if len(ink)) / sum(map(expected_width, sample))

    waiting = [_Rest(paragraph, sheet, broad or 1.0) for paragraph in paragraphs]
    everything = list(waiting)
    for turn in range(_ROUNDS):
        cut = [(rest, rest.lines()) for rest in waiting]
        inks = iter(write([part for _, lines in cut for line in lines for part in _parts(line, longest)]))
        for rest, lines in cut:
            written = [[(next(inks), part) for part in _parts(line, longest)] for line in lines]
            joined = [_joined(pieces, rest.broad, sheet.loose) for pieces in written]
            rest.take(lines, joined, everything_fits=turn == _ROUNDS - 1)
        waiting = [rest for rest in waiting if rest.text]
        if not waiting:
            break
    return [row for rest in everything for row in rest.rows]


class _Rest:
    """What is not yet written of a paragraph, and the rows that are."""

    def __init__(self, paragraph: Paragraph, sheet: Sheet, broad: float) -> None:
        self.broad = broad  # body heights per average letter
        self.text = paragraph.text
        self.rows: list[Row] = [] if paragraph.text else [self._row(paragraph, _EMPTY, "")]
        self._paragraph, self._sheet = paragraph, sheet
        self._share = _ROOMY  # of its room that the next line is expected to take

    def lines(self) -> list[str]:
        """The text cut into lines that should fit."""
        first, others = self._room(not self.rows) * self._share, self._room(False) * _ROOMY
        return wrap(self.text, max(others / self.broad, 1.0), expected_width, max(first / self.broad, 1.0))

    def take(self, lines: Sequence[str], inks: Sequence[Ink], everything_fits: bool) -> None:
        """Keep the lines up to the first that came out too wide; that one gets fewer words next time."""
        for line, ink in zip(lines, inks, strict=True):
            excess = ink.bounds.width / self._room(not self.rows) if len(ink) else 0.0
            if excess > _SQUEEZE and not everything_fits:
                self._share *= min(0.97, 1 / excess)
                return
            self.rows.append(self._row(self._paragraph, ink, line, not self.rows))
            self.text = self.text[len(line) :].lstrip()
            self._share = _ROOMY

    def _room(self, first: bool) -> float:
        return self._sheet.room(first and self._paragraph.first)

    @staticmethod
    def _row(paragraph: Paragraph, ink: Ink, text: str, first: bool = True) -> Row:
        return Row(ink, text, first and paragraph.first, first and paragraph.breaks)


def _parts(line: str, longest: int) -> list[str]:
    """A line in parts of about the same length, none much longer than ``longest``; none for an empty line."""
    count = math.ceil(len(line) / longest)
    return wrap(line, math.ceil(len(line) / count) + _WORD) if count > 1 else [line] * count


def _joined(pieces: Sequence[tuple[Ink, str]], gap: float, loose: bool) -> Ink:
    """The parts of a line beside each other, a space of ``gap`` body heights between them."""
    if len(pieces) < 2:
        return pieces[0][0] if pieces else _EMPTY
    inks = [ink if loose else straightened(ink, text) for ink, text in pieces]
    return join(inks, [gap] * (len(inks) - 1))
