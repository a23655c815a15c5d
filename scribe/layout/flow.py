"""From a text to lines of ink that fit on a sheet.

How wide a line will be is known only when it is written: hands are wide or narrow, and no line comes out twice the
same. So the width is estimated, the lines are written, and a paragraph with a line that is too wide is wrapped more
narrowly and written again.
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

_ROUNDS = 5
_SQUEEZE = 1.04  # a line that is wider than its room by no more than that is squeezed in, as people do
_ROOMY = 0.94  # of the room is what a line is expected to take: most lines fit then
_WORD = 8  # characters that a part of a line may have more, so that it ends with a word
_SAMPLE, _SAMPLE_LENGTH = 3, 40  # lines of so many characters tell how wide the hand is


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
    texts = [paragraph.text for paragraph in paragraphs if paragraph.text]
    if not texts:
        return []
    sample = wrap("\n".join(texts), _SAMPLE_LENGTH)
    sample = [line for line in sample if line][:_SAMPLE]
    widths = [ink.bounds.width for ink in write(sample) if len(ink)]
    broad = sum(widths) / sum(map(expected_width, sample)) or 1.0  # body heights per average letter

    shares = [_ROOMY] * len(paragraphs)
    done: dict[int, list[Row]] = {}
    for turn in range(_ROUNDS):
        waiting = [i for i in range(len(paragraphs)) if i not in done]
        cut = {i: _cut(paragraphs[i], sheet, shares[i] / broad) for i in waiting}
        parts = [part for lines in cut.values() for line in lines for part in _parts(line, longest)]
        inks = dict(zip(enumerate(parts), write(parts), strict=True))
        at = 0
        for i, lines in cut.items():
            rows = []
            for number, line in enumerate(lines):
                own = _parts(line, longest)
                pieces = [(inks[at + k, part], part) for k, part in enumerate(own)]
                at += len(own)
                first = number == 0
                ink = _joined(pieces, broad, sheet.loose)
                rows.append(Row(ink, line, first and paragraphs[i].first, first and paragraphs[i].breaks))
            excess = max((r.ink.bounds.width / sheet.room(r.first) for r in rows if len(r.ink)), default=0.0)
            if excess <= _SQUEEZE or turn == _ROUNDS - 1:
                done[i] = rows
            else:
                shares[i] *= min(0.97, 1 / excess)
        if len(done) == len(paragraphs):
            break
    return [row for i in range(len(paragraphs)) for row in done[i]]


def _parts(line: str, longest: int) -> list[str]:
    """A line in parts of about the same length, none much longer than ``longest``; none for an empty line."""
    count = math.ceil(len(line) / longest)
    return wrap(line, math.ceil(len(line) / count) + _WORD) if count > 1 else [line] * count


def _joined(pieces: Sequence[tuple[Ink, str]], gap: float, loose: bool) -> Ink:
    """The parts of a line beside each other, a space of ``gap`` body heights between them."""
    if len(pieces) < 2:
        return pieces[0][0] if pieces else Ink(np.zeros((0, 3), np.float32))
    inks = [ink if loose else straightened(ink, text) for ink, text in pieces]
    return join(inks, [gap] * (len(inks) - 1))


def _cut(paragraph: Paragraph, sheet: Sheet, per_body: float) -> list[str]:
    """The lines of a paragraph, if a body height of room holds so many average letters."""
    if not paragraph.text:
        return [""]
    width, first = sheet.room(False) * per_body, sheet.room(paragraph.first) * per_body
    return wrap(paragraph.text, max(width, 1.0), expected_width, max(first, 1.0))
