"""Strokes whose points carry time stamps, put onto an even clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scribe.ink import resample_stroke

__all__ = ["TimedStroke", "evenly_timed", "on_an_even_clock", "without_jumps"]

PAUSE = 6.0
"""A step that takes more than so many usual ones is a rest or a hole in the record; its time is cut to this."""


_SHORTEST = 1e-12  # in any unit of time, no device takes a step as short as this


class TimedStroke(NamedTuple):
    """Points ``(n, 2)`` and when the pen was at them ``(n,)``, in any unit; ``times`` None: at an even rate."""

    points: np.ndarray
    times: np.ndarray | None = None


def on_an_even_clock(stroke: TimedStroke, tick: float) -> np.ndarray:
    """The stroke as it is every ``tick``: points ``(m, 2)``, both ends kept.

    Clocks of tablets and browsers stand still, jump and run backwards: a step of no time is given a little,
    a long one is cut (see :data:`PAUSE`). Without times, a step is taken to last one tick.
    """
    points, times = stroke
    if len(points) < 2 or times is None:
        return points
    steps = np.clip(np.diff(times), 0.05 * tick, PAUSE * tick)
    clock = np.concatenate([[0], np.cumsum(steps)])
    even = np.linspace(0, clock[-1], max(2, round(clock[-1] / tick) + 1))
    return np.stack([np.interp(even, clock, xy) for xy in points.T], axis=1)


def evenly_timed(strokes: Sequence[TimedStroke], count: float) -> list[np.ndarray]:
    """Strokes resampled evenly in time to about ``count`` points in all.

    First the clock of the device is made even, at the rate it has on the whole; then all strokes are smoothed and
    resampled by one factor, so that a hasty stroke keeps fewer points than a careful one.
    """
    steps = [np.diff(s.times) for s in strokes if s.times is not None]
    steps = np.concatenate(steps) if steps else np.zeros(0)
    steps = steps[steps > _SHORTEST]
    tick = float(np.median(steps)) if len(steps) else 1.0
    even = [on_an_even_clock(TimedStroke(s.points, s.times if len(steps) else None), tick) for s in strokes]
    moving = sum(len(s) - 1 for s in even)
    wanted = max(count - len(even), len(even), 1)  # every stroke has one point more than steps
    factor = wanted / moving if moving else 1.0
    return [resample_stroke(s, factor, 0.5 / factor if factor < 1 else 0.0) for s in even]


def without_jumps(stroke: TimedStroke, limit: float) -> list[TimedStroke]:
    """The stroke without glitches of the sensor: no step longer than ``limit`` is left.

    A point that lies far from both its neighbours, while these lie together, is dropped. At any other jump the
    stroke is cut in two: the device missed that the pen was lifted. A piece of a single point between jumps goes.
    """
    points, times = stroke
    keep = np.ones(len(points), bool)
    if len(points) > 2:
        far = np.linalg.norm(np.diff(points, axis=0), axis=1) > limit
        together = np.linalg.norm(points[2:] - points[:-2], axis=1) <= limit
        keep[1:-1] = ~(far[:-1] & far[1:] & together)
    points, times = points[keep], times if times is None else times[keep]
    jumps = np.flatnonzero(np.linalg.norm(np.diff(points, axis=0), axis=1) > limit) + 1
    if not len(jumps):
        return [TimedStroke(points, times)]
    cut = np.split(points, jumps)
    clocks = [None] * len(cut) if times is None else np.split(times, jumps)
    return [TimedStroke(p, t) for p, t in zip(cut, clocks, strict=True) if len(p) > 1]
