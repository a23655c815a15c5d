"""From a text to lines of ink that fit on a sheet.

How wide a line will be is known only when it is written: hands are wide or narrow, and no line comes out twice the
same. So the width is estimated, the lines are written, and a paragraph with a line that is too wide is wrapped more
narrowly and written again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scribe.drawing.normalise import expected_width
from scribe.ink import Ink
from scribe.layout.lines import Paragraph, wrap
from scribe.layout.sheet import Row, Sheet

__all__ = ["Row", "set_text"]

_ROUNDS = 5
_SQUEEZE = 1.04  # a line that is wider than its room by no more than that is squeezed in, as people do
_ROOMY = 0.94  # of the room is what a line is expected to take: most lines fit then
_SAMPLE, _SAMPLE_LENGTH = 3, 40  # lines of so many characters tell how wide the hand is


def set_text(paragraphs: Sequence[Paragraph], sheet: Sheet, write: Callable[[list[str]], Sequence[Ink]]) -> list[Row]:
    """Write paragraphs in lines that fit between the margins of a sheet.

    Args:
        paragraphs: see :func:`scribe.layout.paragraphs_of`.
        write: makes the ink of lines, all of them not empty. It is called a few times, and each time for other lines.

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
        inks = iter(write([line for lines in cut.values() for line in lines if line]))
        for i, lines in cut.items():
            rows = []
            for number, line in enumerate(lines):
                ink = next(inks) if line else Ink(np.zeros((0, 3), np.float32))
                starts = number == 0
                rows.append(Row(ink, line, starts and paragraphs[i].first, starts and paragraphs[i].breaks))
            excess = max((r.ink.bounds.width / sheet.room(r.first) for r in rows if len(r.ink)), default=0.0)
            unbreakable = all(" " not in row.text for row in rows)
            if excess <= _SQUEEZE or turn == _ROUNDS - 1 or (unbreakable and turn):
                done[i] = rows
            else:
                shares[i] *= min(0.97, 1 / excess)
        if len(done) == len(paragraphs):
            break
    return [row for i in range(len(paragraphs)) for row in done[i]]


def _cut(paragraph: Paragraph, sheet: Sheet, per_body: float) -> list[str]:
    """The lines of a paragraph, if a body height of room holds so many average letters."""
    if not paragraph.text:
        return [""]
    width, first = sheet.room(False) * per_body, sheet.room(paragraph.first) * per_body
    return wrap(paragraph.text, max(width, 1.0), expected_width, max(first, 1.0))
