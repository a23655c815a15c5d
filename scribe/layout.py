"""From a long text to lines, and from written lines to a page.

The network writes one line at a time and was shown none longer than its corpus holds. A longer text is therefore cut
into lines here, each line is written by itself, and the lines are stacked on baselines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from scribe.ink import Ink

__all__ = ["ALIGNMENTS", "set_page", "wrap"]

ALIGNMENTS = ("left", "centre", "right")
_AFTER_HYPHEN = re.compile(r"(?<=[^\W\d]-)(?=[^\W\d])")


def wrap(text: str, width: int) -> list[str]:
    """Cut ``text`` into lines of at most ``width`` characters.

    A line break in the text stays a line break, and an empty line stays one (``""``), so paragraphs and verses keep
    their shape. White space inside a line becomes single spaces, empty lines at both ends are dropped. Lines are broken
    between words, else after a hyphen inside a word; only a word that is longer than a whole line is cut.

    Args:
        text: any text; also with tabs, no-break spaces and Windows line ends.
        width: characters a line, 1 or more.
    """
    if width < 1:
        raise ValueError(f"a line must have room for 1 character or more, not {width}")
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _wrapped(paragraph.split(), width) or [""]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


def _wrapped(words: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in words:
        glue = " " if line else ""
        # Only a word that does not fit is taken apart, and its parts are joined again without a space.
        parts = [word] if len(line + glue + word) <= width else _AFTER_HYPHEN.split(word)
        for part in parts:
            if line and len(line + glue + part) > width:
                lines.append(line)
                line = glue = ""
            while len(part) > width:
                lines.append(part[:width])
                part = part[width:]
            line, glue = line + glue + part, ""
    return [*lines, line] if line else lines


def set_page(
    lines: Sequence[Ink],
    line_height: float = 3.5,
    empty_height: float = 0.6,
    align: str = "left",
) -> Ink:
    """Stack written lines into one piece of ink, in the order of writing.

    The first baseline is ``y = 0``; the next one lies ``line_height`` below, and so on. Lines aligned to the left start
    where their own origin says, so that a hanging first letter may reach over the margin as it does on paper.

    Args:
        lines: the ink of each line, its origin at the left end of the baseline. Ink without points is an empty line.
        line_height: from baseline to baseline, in body heights, greater than 0.
        empty_height: what an empty line takes up, as a share of ``line_height``.
        align: ``"left"``, ``"centre"`` or ``"right"``; the last two measure the drawn width.
    """
    if not line_height > 0 or not empty_height >= 0:
        raise ValueError(f"line_height must be above 0 and empty_height not below: {line_height}, {empty_height}")
    if align not in ALIGNMENTS:
        raise ValueError(f"there is no alignment {align!r}; choose one of {', '.join(ALIGNMENTS)}")
    boxes = [ink.bounds if len(ink) else None for ink in lines]
    widest = max((box.width for box in boxes if box), default=0.0)
    share = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    pieces = []
    baseline = 0.0
    for ink, box in zip(lines, boxes, strict=True):
        if box is None:
            baseline -= line_height * empty_height
            continue
        points = ink.points
        points[:, 1] += baseline
        if align != "left":
            points[:, 0] += share * (widest - box.width) - box.left
        pieces.append(points)
        baseline -= line_height
    return Ink.from_points(np.concatenate(pieces) if pieces else np.zeros((0, 3)))
