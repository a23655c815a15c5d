"""What makes writing look as it looks, in a few numbers per line, for people's lines and for written ones alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scribe.ink import Ink

__all__ = ["NUMBERS", "numbers"]

NUMBERS = (
    "slope",
    "unevenness",
    "width",
    "turn",
    "lifts",
    "slant",
    "points",
    "path",
    "tempo",
    "ascent",
    "descent",
)
"""The names of what :func:`numbers` measures, in its order.

========== =====================================================================================
slope      of the baseline, degrees; below 0 the line sinks
unevenness deviation of the letters' feet from the baseline, body heights
width      of the line per character, body heights
turn       of the pen between one move and the next, mean, radians
lifts      of the pen per character
slant      of the upright parts of strokes, degrees; above 0 they lean to the right
points     per character
path       that the pen draws per character, body heights
tempo      deviation of the logarithm of the lengths of moves: how much the pen's speed varies
ascent     95th percentile of the height above the baseline, body heights
descent    5th percentile, body heights
========== =====================================================================================
"""


def numbers(ink: Ink, text: str) -> np.ndarray:
    """Eleven numbers of a line, float64 ``(11,)``; see :data:`NUMBERS`.

    Args:
        ink: of at least a few letters, in body heights, the baseline near ``y = 0``.
        text: what it says; only how many characters it has is used, spaces left out.
    """
    points = ink.points.astype(np.float64)
    x, y, lifted = points[:, 0], points[:, 1], points[:, 2] == 1
    characters = max(len(text.replace(" ", "")), 1)
    drawn = ~lifted[:-1]  # moves with the pen down
    moves = np.diff(points[:, :2], axis=0)
    lengths = np.hypot(*moves.T)
    angles = np.arctan2(moves[:, 1], moves[:, 0])
    both = drawn[:-1] & drawn[1:] & (lengths[:-1] > 1e-3) & (lengths[1:] > 1e-3)
    turns = np.abs((np.diff(angles) + np.pi) % (2 * np.pi) - np.pi)[both]
    upright = drawn & (np.abs(moves[:, 1]) > np.abs(moves[:, 0])) & (lengths > 0.02)
    steep = moves[upright] * np.sign(moves[upright, 1:])
    slant = np.degrees(np.arctan2(steep[:, 0].sum(), steep[:, 1].sum())) if len(steep) else 0.0
    moving = lengths[drawn & (lengths > 1e-3)]
    slope, rest = _baseline(x, y, lifted)
    return np.array(
        [
            np.degrees(np.arctan(slope)),
            rest,
            np.ptp(x) / max(len(text), 1),
            turns.mean() if len(turns) else 0.0,
            lifted.sum() / characters,
            slant,
            len(points) / characters,
            lengths[drawn].sum() / characters,
            np.log(moving).std() if len(moving) else 0.0,
            np.percentile(y, 95),
            np.percentile(y, 5),
        ]
    )


def _baseline(x: np.ndarray, y: np.ndarray, lifted: np.ndarray) -> tuple[float, float]:
    """The slope of the line through the feet of the letters, and the deviation of the feet from it.

    Feet are the low turning points of the pen. Tails and apostrophes are feet of nothing: a line is fitted four times,
    each time to the feet that lie within 0.35 body heights of the one before.
    """
    starts = np.concatenate([[True], lifted[:-1]])
    before = np.where(starts, np.inf, np.roll(y, 1))
    after = np.where(lifted, np.inf, np.roll(y, -1))
    feet = np.flatnonzero((y <= before) & (y < after))
    feet_x, feet_y = x[feet], y[feet]
    if len(feet) < 4 or np.ptp(feet_x) < 1:
        return 0.0, 0.0
    slope, height, near = 0.0, float(np.median(feet_y)), np.abs(feet_y - np.median(feet_y)) < 0.6
    for _ in range(4):
        if near.sum() < 4 or np.ptp(feet_x[near]) < 1:
            break
        slope, height = np.polyfit(feet_x[near], feet_y[near], 1)
        near = np.abs(feet_y - height - slope * feet_x) < 0.35
    rest = feet_y[near] - height - slope * feet_x[near]
    return float(slope), float(rest.std()) if len(rest) else 0.0


def many(inks: Sequence[Ink], texts: Sequence[str]) -> np.ndarray:
    """:func:`numbers` of each line, ``(lines, 11)``."""
    return np.stack([numbers(ink, text) for ink, text in zip(inks, texts, strict=True)])
