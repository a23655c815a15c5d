"""From a long text to lines, and from written lines to one piece of ink.

The network writes one line at a time and was shown none longer than its corpus holds. A longer text is therefore cut
into lines here, each line is written by itself, and the lines are stacked on baselines.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from scribe.ink import Ink

__all__ = ["ALIGNMENTS", "Paragraph", "paragraphs_of", "plain_text", "set_page", "wrap"]

ALIGNMENTS = ("left", "centre", "right")
_AFTER_HYPHEN = re.compile(r"(?<=[^\W\d]-)(?=[^\W\d])")


# A line with room for the next word, and more, was broken with intent; room is counted in shares of the longest line.
_BROKEN = 0.85


class Paragraph(NamedTuple):
    """A piece of a text that is wrapped by itself; ``""`` is an empty line."""

    text: str
    first: bool = True  # it begins a paragraph; False where a line of a paragraph was kept as it was
    breaks: bool = False  # it begins a new page


def plain_text(text: str) -> str:
    """Text with line ends of any kind as ``\\n``. Form feeds stay, as they begin a new page, and end a line too.

    What else a text that was pasted can bring is the affair of :meth:`scribe.alphabet.Alphabet.normalised`.
    """
    return "\f".join("\n".join(part.splitlines()) for part in text.split("\f"))


def paragraphs_of(text: str, reflow: bool = False) -> list[Paragraph]:
    """The paragraphs of a text; an empty line, or a form feed, stands between two of them.

    Args:
        text: any text; white space inside a line becomes single spaces. A form feed begins a new page.
        reflow: the lines of a paragraph are joined, to be wrapped anew, but not where a line is so short that somebody
            broke it with intent, as in a verse or an address. Otherwise each stays a line of its own.
    """
    found: list[Paragraph] = []
    longest = max((len(" ".join(row.split())) for row in text.splitlines()), default=0)
    for number, part in enumerate(text.split("\f")):
        rows = _trimmed([" ".join(row.split()) for row in part.splitlines()])
        if not rows and number:
            rows = [""]  # a page that stays empty was asked for
        own: list[Paragraph] = []
        for before, row in itertools.pairwise(["", *rows]):
            goes_on = bool(before and row)
            if goes_on and reflow and len(before) + 1 + len(row.split()[0]) > _BROKEN * longest:
                own[-1] = own[-1]._replace(text=f"{own[-1].text} {row}")
            else:
                own.append(Paragraph(row, not goes_on))
        if own and found:
            own[0] = own[0]._replace(breaks=True)
        found += own
    while found and not found[-1].text:
        del found[-1]
    return found


def wrap(text: str, width: float, measure: Callable[[str], float] = len, first_width: float | None = None) -> list[str]:
    """Cut ``text`` into lines of at most ``width`` characters.

    A line break in the text stays a line break, and an empty line stays one (``""``), so paragraphs and verses keep
    their shape. White space inside a line becomes single spaces, empty lines at both ends are dropped. Lines are broken
    between words, else after a hyphen inside a word; only a word that is longer than a whole line is cut.

    Args:
        text: any text; also with tabs, no-break spaces and Windows line ends.
        width: characters per line, 1 or more.
        measure: how wide a piece of text is, if not its number of characters; ``width`` is in the same unit.
        first_width: that of the first line of each paragraph, if it is another: it may be indented.
    """
    if not width >= 1:
        raise ValueError(f"a line must have room for 1 character or more, not {width}")
    first_width = width if first_width is None else first_width
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _wrapped(paragraph.split(), width, measure, first_width) or [""]
    return _trimmed(lines)


def _trimmed(lines: list[str]) -> list[str]:
    """Lines without the empty ones at both ends."""
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


def _wrapped(words: Sequence[str], width: float, measure: Callable[[str], float], first_width: float) -> list[str]:
    lines: list[str] = []
    line = ""
    room = first_width
    for word in words:
        glue = " " if line else ""
        # Only a word that does not fit is taken apart, and its parts are joined again without a space.
        parts = [word] if measure(line + glue + word) <= room else _AFTER_HYPHEN.split(word)
        for part in parts:
            if line and measure(line + glue + part) > room:
                lines.append(line)
                line = glue = ""
                room = width
            while measure(part) > room:
                count = _fitting(part, room, measure)
                lines.append(part[:count])
                part, room = part[count:], width
            line, glue = line + glue + part, ""
    return [*lines, line] if line else lines


def _fitting(word: str, width: float, measure: Callable[[str], float]) -> int:
    """How many characters of a word that is too long have room, 1 or more."""
    count = 1
    while count < len(word) - 1 and measure(word[: count + 1]) <= width:
        count += 1
    return count


def set_page(
    lines: Sequence[Ink],
    line_height: float = 3.5,
    empty_height: float = 0.6,
    align: str = "left",
    loose: bool = False,
) -> Ink:
    """Stack written lines into one piece of ink, in the order of writing.

    The first baseline is ``y = 0``; the next one lies ``line_height`` below, and so on. Lines aligned to the left begin
    where the first one does: the left edge of the ink counts, not the point where the pen was put down, as an S begins
    at its right end.

    Args:
        lines: the ink of each line, its origin at the left end of the baseline. Ink without points is an empty line.
        line_height: from baseline to baseline, in body heights, greater than 0.
        empty_height: what an empty line takes up, as a share of ``line_height``.
        align: ``"left"``, ``"centre"`` or ``"right"``, by the edges of the ink.
        loose: lines aligned to the left begin with their origins below each other, so their edges fray.
    """
    if not line_height > 0 or not empty_height >= 0:
        raise ValueError(f"line_height must be above 0 and empty_height not below: {line_height}, {empty_height}")
    if align not in ALIGNMENTS:
        raise ValueError(f"there is no alignment {align!r}; choose one of {', '.join(ALIGNMENTS)}")
    boxes = [ink.bounds if len(ink) else None for ink in lines]
    widest = max((box.width for box in boxes if box), default=0.0)
    margin = next((box.left for box in boxes if box), 0.0) if align == "left" else 0.0
    share = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    pieces = []
    baseline = 0.0
    for ink, box in zip(lines, boxes, strict=True):
        if box is None:
            baseline -= line_height * empty_height
            continue
        points = ink.points
        points[:, 1] += baseline
        if align != "left" or not loose:
            points[:, 0] += margin + share * (widest - box.width) - box.left
        pieces.append(points)
        baseline -= line_height
    return Ink.from_points(np.concatenate(pieces) if pieces else np.zeros((0, 3)))
