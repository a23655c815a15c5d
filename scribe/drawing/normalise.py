"""From strokes in device units to strokes in body heights on a level baseline: what every corpus of real ink needs.

The baseline and the body height of a word are seen best at the turning points of the pen: most low ones lie on
the baseline, most high ones at the height of an "x". Which of them to look at comes from a first estimate that
knows the text: how much of the ink of "gypsy" hangs below the baseline, and how much of "little" stands above the body.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

__all__ = [
    "body_band",
    "ends",
    "expected_width",
    "extent",
    "level",
    "rough_height",
    "rounded_offsets",
    "without_repeats",
]

STEP = 1 / 1024
"""Stored positions are multiples of this many body heights: less than any tablet resolves, and it compresses."""

_BODY = frozenset("acemnorsuvwxzgpqy")  # letters without a stem that stands above the body
_LOW = _BODY | frozenset(".,:;-_")
_BELOW = frozenset("gjpqyQ,;")
_SMALL = frozenset(".,:;'`\"-_^~*")
_WIDTHS = {
    **dict.fromkeys(".,:;'`|!", 0.3),
    **dict.fromkeys('"()[]{}/\\-1fgI', 0.5),
    **dict.fromkeys("ijlrstyqz", 0.7),
    **dict.fromkeys("bdhkuxABDGHKLNQRTUXZ#&+=<>~", 1.2),
    **dict.fromkeys("mwMW@%$_", 1.5),
}


def expected_width(text: str) -> float:
    """How wide a text is, in widths of an average letter; a space is one.

    Fitted to 30,000 words and lines: it predicts the width of a writer's word to about 15 %.
    """
    return sum(1.0 if character == " " else _WIDTHS.get(character, 0.9) for character in text)


def without_repeats(stroke: np.ndarray) -> np.ndarray:
    """A stroke ``(n, 2)`` without the points that repeat the one before: a pen at rest."""
    moved = stroke[1:] != stroke[:-1]
    moved = moved[:, 0] | moved[:, 1]
    return stroke if moved.all() else np.concatenate([stroke[:1], stroke[1:][moved]])


def ends(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Where each stroke ends if they are joined: the number of points up to there, ``(len(strokes),)``."""
    return np.array(list(accumulate(map(len, strokes))))


def _pieces(strokes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Middles ``(m, 2)`` and lengths ``(m,)`` of the straight pieces between the points of strokes."""
    joined = np.concatenate(strokes)
    steps = np.diff(joined, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    lengths[ends(strokes)[:-1] - 1] = 0  # the pen was up
    return (joined[1:] + joined[:-1]) / 2, lengths


def _quantiles(values: np.ndarray, weights: np.ndarray, at: Sequence[float]) -> np.ndarray:
    """Quantiles of weighted values."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    return np.interp(at, share / share[-1], values[order])


def _median(values: np.ndarray) -> float:
    """The upper median; for a few dozen values much faster than NumPy's."""
    return float(np.sort(values)[len(values) // 2])


def _turns(strokes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The points where the pen turns up, ``(k, 2)``, and where it turns down; the ends of strokes turn too."""
    strokes = [stroke for stroke in strokes if len(stroke) > 1]
    if not strokes:
        return np.zeros((0, 2)), np.zeros((0, 2))
    joined = np.concatenate(strokes)
    y = joined[:, 1]
    before, after = np.empty_like(y), np.empty_like(y)
    before[1:], after[:-1] = y[:-1], y[1:]
    last = ends(strokes) - 1
    first = np.append(0, last[:-1] + 1)
    turns = []
    for sign in (1, -1):
        before[first] = after[last] = sign * np.inf
        turns.append(joined[(sign * y < sign * before) & (sign * y <= sign * after)])
    return turns[0], turns[1]


def rough_height(strokes: Sequence[np.ndarray]) -> float:
    """A body height that needs neither a text nor a single row: what the pen covers between two turns, most often.

    Right to a quarter or so; 0 for dots.
    """
    runs = []
    for stroke in strokes:
        y = stroke[:, 1]
        direction = np.sign(np.diff(y))
        turns = np.flatnonzero(direction[1:] * direction[:-1] < 0) + 1
        runs.append(np.abs(np.diff(y[np.concatenate([[0], turns, [len(y) - 1]])])))
    heights = np.concatenate(runs)
    return float(_quantiles(heights, heights, [0.4])[0] / 0.83) if heights.any() else 0.0


def extent(strokes: Sequence[np.ndarray]) -> float:
    """The width of the ink, a stray dot left out: from where 1 % of its length is passed to 99 %."""
    middles, lengths = _pieces(strokes)
    if not lengths.any():
        return float(np.ptp(np.concatenate(strokes)[:, 0]))
    left, right = _quantiles(middles[:, 0], lengths, [0.01, 0.99])
    return float(right - left)


def _first_band(strokes: Sequence[np.ndarray], text: str) -> tuple[float, float]:
    """Bottom and top of the body as quantiles of y by arc length, the quantiles as the text lets us expect.

    How much ink letters have below and above the body is fitted: words with tails and words with stems come
    out as high as the same writer's words without, to a few per cent.
    """
    middles, lengths = _pieces(strokes)
    weight = below = above = 1e-9
    for character in text.replace(" ", ""):
        size = 0.25 if character in _SMALL else 1.0 if character in _BODY else 1.4
        weight += size
        below += size * (0.5 if character in _BELOW else 0.04)
        above += size * (0.05 if character in _LOW else 0.6 if character == "f" else 0.38)
    if not lengths.any():
        middle = float(np.concatenate(strokes)[:, 1].mean())
        return middle, middle
    bottom, top = _quantiles(middles[:, 1], lengths, [below / weight, 1 - above / weight])
    return float(bottom), float(max(top, bottom))


def body_band(strokes: Sequence[np.ndarray], text: str) -> tuple[float, float]:
    """Baseline and top of the small letters, from where the ink lies and what it says.

    Without small letters in the text, the top is a guess; callers take the writer's usual height then.
    """
    bottom, top = _first_band(strokes, text)
    low, high = _turns(strokes)
    small = sum(character.islower() for character in text)
    for _ in range(2):
        height = top - bottom
        bottom = _drawn_to(bottom, low[:, 1], 0.4 * height, 0.25)
        if small > 1:
            top = _drawn_to(top, high[:, 1], 0.3 * height, 0.75)
    return bottom, max(top, bottom)


def _drawn_to(first: float, values: np.ndarray, reach: float, share: float) -> float:
    """A first estimate moved to a quantile of the values near it, the further the more of them there are."""
    near = np.sort(values[np.abs(values - first) <= reach])
    if not len(near):
        return first
    return (2 * first + len(near) * float(near[int(share * (len(near) - 1) + 0.5)])) / (2 + len(near))


def level(strokes: Sequence[np.ndarray], height: float) -> list[np.ndarray]:
    """Strokes turned so that their baseline is level; little is done to short words, where nobody can tell."""
    low, _ = _turns(strokes)
    if len(low) < 3:
        return list(strokes)
    x, y = (low - low.mean(axis=0)).T
    slope = 0.0
    # First all low turns, then those near the line; they scatter about it by ever less.
    for reach, scatter in ((np.inf, 0.6), (0.6, 0.2), (0.4, 0.12)):
        rest = y - slope * x
        rest -= _median(rest)
        near = np.abs(rest) <= reach * height
        if near.sum() < 3:
            break
        own, rest = x[near] - x[near].mean(), rest[near]
        # A ridge, as if baselines were level to within .1.
        slope += float(own @ rest / (own @ own + (scatter * height / 0.1) ** 2))
    return _turned(strokes, slope) if abs(slope) < 0.5 else list(strokes)


def _turned(strokes: Sequence[np.ndarray], slope: float) -> list[np.ndarray]:
    """Strokes turned so that a line that rises by ``slope`` becomes level."""
    cosine = 1 / np.hypot(1, slope)
    matrix = cosine * np.array([[1, slope], [-slope, 1]])
    return [stroke @ matrix.T for stroke in strokes]


def rounded_offsets(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Offsets ``(T, 3)`` float32 of strokes whose positions are rounded to multiples of :data:`STEP`.

    Differences of such positions are exact in float32, so that rounding errors do not add up.
    """
    points = np.round(np.concatenate(strokes) / STEP) * STEP
    offsets = np.zeros((len(points), 3), np.float32)
    offsets[0, :2] = points[0]
    offsets[1:, :2] = points[1:] - points[:-1]
    offsets[ends(strokes) - 1, 2] = 1
    return offsets
