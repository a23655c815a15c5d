"""Ink as a reader sees it: a sequence of frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Frames", "frames"]


class Frames(NamedTuple):
    """Ink as a reader sees it: ``features`` float32 ``(T, 2 * moves + 2)``, and the points that each frame stands for.

    Frame ``t`` covers the points from ``first[t]`` up to, and without, ``last[t]``.
    """

    features: np.ndarray
    first: np.ndarray
    last: np.ndarray


def frames(offsets: np.ndarray, scale: float, moves: int) -> Frames:
    """Cut ink into frames.

    What the pen draws is taken ``moves`` moves a frame, and no frame goes on past the end of a stroke. A move through
    the air to a new stroke has a frame of its own, and so has a dot, which is a stroke without moves: even
    ``"..."`` comes to six frames, enough to write a blank between equal characters.

    The features of a frame are the moves, ``dx`` and ``dy`` one after the other, over ``scale``; then where the pen is
    above the baseline after them, in body heights, and a 1 if it came there through the air. Moves through the
    air are in body heights too: they are longer. Where the ink begins is no move.

    Args:
        offsets: ``(n, 3)``, as in :class:`~scribe.ink.Ink`, ``n`` at least 1.
    """
    count = len(offsets)
    opens = np.ones(count, bool)  # whether the pen came to this point through the air
    opens[1:] = offsets[:-1, 2] == 1
    begins = np.flatnonzero(opens)
    lengths = np.diff(begins, append=count)
    pieces = 1 + np.maximum(1, -(-(lengths - 1) // moves))  # frames a stroke
    starts = np.concatenate([[0], np.cumsum(pieces)])
    stroke = np.cumsum(opens) - 1
    drawn = np.arange(count) - begins[stroke] - 1  # how many drawn moves of the stroke come before; -1 in the air
    frame = starts[stroke] + np.where(opens, 0, 1 + drawn // moves)
    slot = np.where(opens, 0, drawn % moves)

    features = np.zeros((starts[-1], 2 * moves + 2), np.float32)
    steps = np.where(opens[:, None], offsets[:, :2], offsets[:, :2] / scale)
    steps[0] = 0
    features[frame, 2 * slot] = steps[:, 0]
    features[frame, 2 * slot + 1] = steps[:, 1]
    first, last = np.zeros((2, starts[-1]), np.int64)
    air = starts[:-1]
    np.maximum.at(last, frame, np.arange(count) + 1)
    last[air + 1] = np.maximum(last[air + 1], begins + 1)  # the frame of a dot has no move of its own
    features[:, -2] = offsets[:, 1].cumsum(dtype=np.float64)[last - 1]
    features[air, -1] = 1
    last[air] = begins  # a stroke's first point belongs to what is drawn
    first[1:] = last[:-1]
    return Frames(features, first, last)
