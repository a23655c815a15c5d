"""The marks of Europe's letters, as small strokes: what they look like, and where on a letter they stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scribe.alphabet import LATIN, made_of
from scribe.composing.letters import Box
from scribe.composing.pens import Pen, curve

__all__ = ["MARKED", "MarkHabits", "Marked", "mark_strokes"]

_KINDS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "circumflex", "\u0303": "tilde", "\u0304": "macron",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "diaeresis", "\u030a": "ring", "\u030b": "double acute",
    "\u030c": "caron", "\u0312": "comma above", "\u0315": "apostrophe after", "\u0326": "comma below",
    "\u0327": "cedilla", "\u0328": "ogonek", "\u0337": "short slash", "\u0338": "slash",
}  # fmt: skip
_BARS = {"d": "stem bar", "h": "stem bar", "D": "middle bar", "H": "upper bar", "t": "low bar", "T": "centre bar"}


class Marked(NamedTuple):
    """A letter as its base letter and the kind of its mark."""

    base: str
    kind: str


def _marked() -> dict[str, Marked]:
    """What the alphabet takes apart, and some that are letters of their own to it."""
    table = {
        character: Marked(made.letter, _KINDS.get(made.mark) or _BARS[made.letter])
        for character in LATIN.characters
        if (made := made_of(character))
    }
    return table | {
        "ı": Marked("i", "no dot"), "ŀ": Marked("l", "dot after"), "Ŀ": Marked("L", "dot after"),
        "ŉ": Marked("n", "apostrophe before"), "Ð": Marked("D", "middle bar"),
    }  # fmt: skip


MARKED: dict[str, Marked] = _marked()
"""Every letter that is made by setting a mark on another one."""


class MarkHabits(NamedTuple):
    """How one person sets marks: the same in a whole line.

    ``late``: after the word, not after the letter. ``size``: 1 is common. ``gap``: above the letter, body heights.
    ``downwards``: whether slanted strokes begin at their top. ``plain``: dots as points, not as ticks.
    """

    late: bool
    size: float
    gap: float
    downwards: bool
    plain: bool

    @classmethod
    def invented(cls, rng: np.random.Generator, late: bool = False) -> MarkHabits:
        """Habits drawn at random, but for ``late``."""
        return cls(
            late,
            float(np.exp(rng.normal(0, 0.18))),
            float(rng.uniform(0.1, 0.32)),
            bool(rng.random() < 0.6),
            bool(rng.random() < 0.6),
        )


def mark_strokes(kind: str, box: Box, pen: Pen, habits: MarkHabits, rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a mark on a letter that lies in ``box``, in the order of writing, ``(n, 2)`` each.

    Raises:
        ValueError: for a kind of mark that isn't known.
    """
    paths, at, free = _paths(kind, box, pen, habits, rng)
    size = habits.size if free else 1.0
    strokes = []
    for path in paths:
        path = np.asarray(path, float) * size
        path = path + rng.normal(0, 0.025, path.shape) * min(1.0, np.ptp(path, axis=0).max() * 2)
        path = curve(path) if len(path) > 2 else path
        strokes.append(pen.drawn(pen.slanted(path) + at, rng))
    return strokes


def _paths(
    kind: str, box: Box, pen: Pen, habits: MarkHabits, rng: np.random.Generator
) -> tuple[list[list[tuple[float, float]]], tuple[float, float], bool]:
    """Paths about their own origin, where the origin is set, and whether their size is a habit, not the letter's."""
    wide, high = box.right - box.left, box.top - box.bottom
    w = float(rng.uniform(0.18, 0.28))  # half a width
    h = float(rng.uniform(0.26, 0.42))
    turn = 1 if habits.downwards else -1
    dot = [(0.0, 0.0), (0.03, -0.05)] if habits.plain else [(0.0, 0.06), (0.04, -0.08)]
    head = box.head if high > 1.35 else box.middle + pen.shear * (box.top - box.bottom) / 2
    above = (head + pen.shear * habits.gap + float(rng.normal(0, 0.05)), box.top + habits.gap)
    below = (box.middle - pen.shear * high / 2 + float(rng.normal(0, 0.04)), min(0.0, box.bottom))
    match kind:
        case "acute":
            return [[(0.2, h), (-0.14, 0)][::turn]], above, True
        case "grave":
            return [[(-0.2, h), (0.14, 0)]], above, True
        case "circumflex":
            return [[(-w, 0), (-0.1 * w, 0.9 * h), (0, h), (0.1 * w, 0.9 * h), (w, 0.02)]], above, True
        case "caron":
            return [[(-w, h), (-0.1 * w, 0.1 * h), (0, 0), (0.1 * w, 0.1 * h), (w, h)]], above, True
        case "breve":
            return [[(-w, 0.8 * h), (-0.7 * w, 0.2 * h), (0, 0), (0.7 * w, 0.2 * h), (w, 0.8 * h)]], above, True
        case "tilde":
            w *= 1.25
            return [[(-w, 0.02), (-0.55 * w, 0.2), (0.05 * w, 0.1), (0.5 * w, 0.02), (w, 0.2)]], above, True
        case "macron":
            return [[(-1.3 * w, 0.08), (1.3 * w, 0.1)]], above, True
        case "dot":
            return [[(x, y + 0.12) for x, y in dot]], above, True
        case "diaeresis":
            w = max(w, min(0.3, 0.25 * wide))
            return [[(x - w, y + 0.14) for x, y in dot], [(x + w, y + 0.14) for x, y in dot]], above, True
        case "ring":
            r = float(rng.uniform(0.13, 0.2))
            turns = np.linspace(0.4 * np.pi, -1.7 * np.pi if rng.random() < 0.4 else 2.5 * np.pi, 9)
            return [[(r * np.cos(a), r + r * np.sin(a)) for a in turns]], above, True
        case "double acute":
            ticks = [[(0.14, h), (-0.1, 0)][::turn]] * 2
            return [[(x + d, y) for x, y in tick] for tick, d in zip(ticks, (-0.17, 0.17), strict=True)], above, True
        case "comma above":
            return [[(0.07, 0.34), (-0.06, 0.2), (-0.02, 0.02)]], above, True
        case "cedilla":
            d = float(rng.uniform(0.1, 0.16))
            path = [(0.04, 0.02), (-0.02, -d), (0.16, -d - 0.1), (0.13, -d - 0.3), (-0.16, -d - 0.3)]
            return [path], below, True
        case "comma below":
            return [[(0.07, -0.14), (0.06, -0.28), (-0.1, -0.5)]], below, True
        case "ogonek":
            at = (box.middle + 0.24 * wide - pen.shear * high / 2, box.bottom + 0.04)
            return [[(0.05, 0.04), (-0.1, -0.16), (-0.08, -0.36), (0.08, -0.42), (0.24, -0.34)]], at, True
        case "apostrophe after":
            reach = 0.12 if high > 1.1 else 0.05
            at = (max(box.right, box.head) + reach + 0.12 * pen.shear, box.top - 0.05)
            return [[(0.08, 0.06), (0.08, -0.12), (-0.04, -0.36)]], at, True
        case "apostrophe before":
            return [[(0.06, 0.3), (0.06, 0.14), (-0.06, -0.06)]], (box.left - 0.12, box.top + 0.1), True
        case "dot after":
            return [dot], (box.right + 0.22, 0.6), True
        case "no dot":
            return [], above, False
    # Bars are as long as their letter needs.
    middle, x = (box.top + box.bottom) / 2, box.middle
    match kind:
        case "slash":
            out = float(rng.uniform(0.02, 0.16))
            a, b = (-wide / 2 - 0.3 * out, -high / 2 - out), (wide / 2 + 0.3 * out, high / 2 + out)
            path = [a, b] if not habits.downwards else [b, a]
            return [path], (x, middle), False
        case "stem bar":
            stem = box.head
            y = box.bottom + 0.8 * high
            return [[(-0.32, 0.0), (0.3, 0.03)]], (stem - 0.2 * pen.shear * high, y), False
        case "middle bar":
            return [[(-0.28, 0.0), (0.32, 0.03)]], (box.left + 0.08 + pen.shear * high / 3, middle), False
        case "upper bar":
            return [[(-wide / 2 - 0.1, 0), (wide / 2 + 0.12, 0.03)]], (x, box.bottom + 0.75 * high), False
        case "short slash":
            stem = x if wide < 0.6 else box.left + 0.1 + pen.shear * high / 2
            return [[(-0.24, -0.14), (0.28, 0.2)]], (stem, box.bottom + 0.5 * high), False
        case "low bar":
            return [[(-0.28, 0), (0.28, 0.03)]], (box.head - 0.5 * pen.shear * high, box.bottom + 0.35 * high), False
        case "centre bar":
            return [[(-0.3, 0), (0.3, 0.03)]], (x, middle - 0.1), False
    raise ValueError(f"there is no mark {kind!r}")
