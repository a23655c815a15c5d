"""Where in people's ink each letter of a text stands, and what can be done there: mark it, replace it, cut it out.

Two witnesses tell where a letter ends: the window of a network that writes, led along the ink, and the alignment of a
reader. Neither is always right. Where both are of nearly one opinion they mostly are, so a letter counts as *sure* only
then. Between two letters the pen is often lifted, and a border moves to the lift that is near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from scribe.composing.pens import moved
from scribe.ink import Ink
from scribe.measure.likelihood import looked_at
from scribe.reader import Reader, ReadingError
from scribe.weights import Weights

__all__ = ["Box", "Piece", "Segment", "find_letters"]

_APART = 5  # points by which the two witnesses may differ
_SNAP = 4  # points from a border to a lift of the pen that attracts it
_UNREAD = -2.5  # nats of a letter that the reader doesn't recognise any more
_DOTTED = frozenset("ij")
_CROSSED = frozenset("tfTFAHEfxX")


class Box(NamedTuple):
    """Where a letter's ink lies, in body heights; ``middle`` and ``head`` are centres of all of it and of its top."""

    left: float
    bottom: float
    right: float
    top: float
    middle: float
    head: float


@dataclass(frozen=True, eq=False)
class Segment:
    """A stroke, or the part of one that belongs to one letter.

    Attributes:
        points: ``(n, 2)``, body heights.
        of: the number of its letter in the text.
        joined: whether the pen goes on into the next segment without being lifted.
        late: made after later letters, as dots and crossbars are.
        dot: the dot of an "i" or "j".
    """

    points: np.ndarray
    of: int
    joined: bool = False
    late: bool = False
    dot: bool = False


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink letter by letter.

    Attributes:
        text: with spaces, if it is more than a word.
        segments: in the order of writing.
        sure: for each character whether it is known where it stands.
    """

    text: str
    segments: list[Segment]
    sure: list[bool]

    def box(self, number: int) -> Box | None:
        """Where the body of a letter lies, without late strokes and dots; None if there is nothing of it."""
        parts = [s for s in self.segments if s.of == number and not (s.late or s.dot)]
        if not parts:
            return None
        points = np.concatenate([s.points for s in parts])
        left, bottom = points.min(axis=0)
        right, top = points.max(axis=0)
        head = points[points[:, 1] >= top - 0.35 * (top - bottom), 0]
        return Box(
            *map(float, (left, bottom, right, top, (left + right) / 2, (head.min() + head.max()) / 2)),
        )

    def lifted(self, number: int) -> tuple[bool, bool]:
        """Whether the pen is lifted before a letter, and after it."""
        own = [i for i, s in enumerate(self.segments) if s.of == number and not s.late]
        if not own:
            return False, False
        before = own[0] == 0 or not self.segments[own[0] - 1].joined
        return before, not self.segments[own[-1]].joined

    def strokes(self) -> list[np.ndarray]:
        """What the pen draws, segments that are joined put together again."""
        made: list[np.ndarray] = []
        joined = False
        for segment in self.segments:
            if joined:
                made[-1] = np.concatenate([made[-1], segment.points])
            else:
                made.append(segment.points)
            joined = segment.joined
        return made

    def cut_out(self, number: int) -> list[np.ndarray] | None:
        """The strokes of a letter that the pen was lifted before and after, its left edge at 0; else None."""
        if not (self.sure[number] and all(self.lifted(number))):
            return None
        own = [s.points for s in self.segments if s.of == number]
        left = min(float(points[:, 0].min()) for points in own)
        return moved(own, -left)

    def called(self, number: int, character: str) -> Piece:
        """The same ink under another name: one character of the text is another."""
        return replace(self, text=self.text[:number] + character + self.text[number + 1 :])

    def without_dot(self, number: int) -> Piece:
        """Without the dot of an "i"."""
        return replace(self, segments=[s for s in self.segments if not (s.dot and s.of == number)])

    def has_dot(self, number: int) -> bool:
        return any(s.dot and s.of == number for s in self.segments)

    def with_strokes(self, number: int, strokes: Sequence[np.ndarray], late: bool) -> Piece:
        """With strokes that belong to a letter, made after its word, or as soon as the pen is up after the letter."""
        own = [i for i, s in enumerate(self.segments) if s.of == number and not s.late]
        new = [Segment(points, number, late=True) for points in strokes]
        at = own[-1] + 1 if own else 0
        while 0 < at < len(self.segments) and (
            self.segments[at - 1].joined or (self.segments[at].late and self.segments[at].of < number)
        ):
            at += 1
        if late or not own:
            end = self.text.find(" ", number)
            end = len(self.text) if end < 0 else end
            of_word = [i for i, s in enumerate(self.segments) if s.of < end]
            at = of_word[-1] + 1
        return replace(self, segments=[*self.segments[:at], *new, *self.segments[at:]])

    def with_glyph(self, number: int, character: str, strokes: Sequence[np.ndarray]) -> Piece:
        """With a letter taken out and other strokes, whose left edge is at 0, in its place; what follows moves."""
        box = self.box(number)
        if box is None:
            raise ValueError(f"there is no ink of letter {number} in {self.text!r}")
        wide = max(float(points[:, 0].max()) for points in strokes)
        move = wide - (box.right - box.left)
        first = next(i for i, s in enumerate(self.segments) if s.of == number and not (s.late or s.dot))
        segments: list[Segment] = []
        for i, segment in enumerate(self.segments):
            if i == first:
                if segments and segments[-1].joined:
                    segments[-1] = replace(segments[-1], joined=False)
                segments += [Segment(points, number) for points in moved(strokes, box.left)]
            if segment.of == number:
                continue
            if segment.of > number:
                segment = replace(segment, points=moved([segment.points], move)[0])
            segments.append(segment)
        return replace(self.called(number, character), segments=segments)


def find_letters(inks: Sequence[Ink], texts: Sequence[str], weights: Weights, reader: Reader) -> list[Piece | None]:
    """Which part of some ink draws which character of its text.

    Args:
        inks, texts: people's, without characters that ``weights`` or ``reader`` don't know.
        weights: a network with a window, see :func:`scribe.measure.likelihood.looked_at`.
        reader: see :meth:`scribe.reader.Reader.align`.

    Returns:
        A piece for each; None where the reader cannot align them.
    """
    looks = looked_at(weights, inks, texts, batch=128)
    return [_letters(*one, reader) for one in zip(inks, texts, looks, strict=True)]


def _letters(ink: Ink, text: str, look: np.ndarray, reader: Reader) -> Piece | None:
    try:
        aligned = reader.align(ink, text)
    except ReadingError:
        return None
    points = ink.points
    inked = [n for n, character in enumerate(text) if character != " "]
    lifts = np.flatnonzero(points[:, 2] == 1) + 1
    borders, apart = [0], [0]
    for n in inked[1:]:
        after = np.flatnonzero(look[: len(points)] >= n)
        shown = int(after[0]) if len(after) else len(points)
        read = aligned[n].start
        middle, least = (shown + read) / 2, borders[-1] + 1
        near = lifts[(lifts >= max(least, min(shown, read) - _SNAP)) & (lifts <= max(shown, read) + _SNAP)]
        border = near[np.abs(near - middle).argmin()] if len(near) else round(middle)
        borders.append(int(np.clip(border, least, len(points) - 1)))
        apart.append(abs(shown - read))
    of = np.zeros(len(points), int)
    for n, border in zip(inked, borders, strict=True):
        of[border:] = n
    segments = []
    start = 0
    for end in lifts:
        cuts = [start, *(start + 1 + np.flatnonzero(np.diff(of[start:end]))), end]
        for a, b in pairwise(cuts):
            segments.append(Segment(points[a:b, :2], int(of[a]), joined=b < end))
        start = end
    certain = [False] * len(text)
    for place, n in enumerate(inked):
        ends = apart[place], apart[place + 1] if place + 1 < len(apart) else 0
        known = aligned[n].log_probability > _UNREAD and (
            place == len(inked) - 1 or borders[place + 1] > borders[place]
        )
        certain[n] = known and max(ends) <= _APART
    return _with_late_strokes(Piece(text, segments, certain))


def _with_late_strokes(piece: Piece) -> Piece:
    """Dots and crossbars given to the letters that they stand on, whenever they were made."""
    segments = list(piece.segments)
    whole = [not s.joined and (i == 0 or not segments[i - 1].joined) for i, s in enumerate(segments)]
    small = [w and (np.ptp(s.points, axis=0) < (2.2, 0.9)).all() for w, s in zip(whole, segments, strict=True)]
    words = np.cumsum([c == " " for c in piece.text])
    spans: dict[int, tuple[float, float, float]] = {}  # of the bodies of letters: left, right, top
    for s, is_small in zip(segments, small, strict=True):
        if not (is_small and piece.text[s.of] not in ".,:;'\"-_~=`^*" and _hovers(s.points)):
            (left, _), (right, top) = s.points.min(axis=0), s.points.max(axis=0)
            a = spans.get(s.of, (np.inf, -np.inf, -np.inf))
            spans[s.of] = min(a[0], left), max(a[1], right), max(a[2], top)
    taken: set[int] = set()
    for i, s in enumerate(segments):
        if not small[i]:
            continue
        (left, low), (right, high) = s.points.min(axis=0), s.points.max(axis=0)
        centre = (left + right) / 2
        dotlike = right - left < 0.75 and high - low < 0.75 and low > 0.75
        own = [n for n in spans if words[n] == words[s.of] and n <= s.of]
        if dotlike and piece.text[s.of] not in "'\"`^*":
            near = [
                (abs(centre - (spans[n][0] + spans[n][1]) / 2 - 0.1), n)
                for n in own
                if piece.text[n] in _DOTTED and n not in taken and low > spans[n][2] - 0.35
            ]
            if near and min(near)[0] < 1.1:
                n = min(near)[1]
                taken.add(n)
                segments[i] = replace(s, of=n, late=n != s.of, dot=True)
                continue
        reached = max((spans[n][1] for n in own if n < s.of), default=-np.inf)
        if (s.of in spans and centre > spans[s.of][0] - 0.1) or centre > reached:
            continue
        near = [(abs(centre - (spans[n][0] + spans[n][1]) / 2), n) for n in own if piece.text[n] in _CROSSED]
        near = near or [(abs(centre - (spans[n][0] + spans[n][1]) / 2), n) for n in own]
        if near:
            segments[i] = replace(s, of=min(near)[1], late=True)
    return replace(piece, segments=segments)


def _hovers(points: np.ndarray) -> bool:
    """Whether a small stroke is flat or high, as crossbars and dots are."""
    wide, high = np.ptp(points, axis=0)
    return bool(points[:, 1].min() > 0.4 and (high < 0.5 or wide > high))
