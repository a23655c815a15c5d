"""How a person moves the pen: what is drawn for them is sampled and slanted as their own ink is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scribe.ink import Ink, bezier
from scribe.styles import StyleError, traits_of

__all__ = ["Pen", "curve", "moved", "pen_of"]

# Short strokes are made slowly. In UNIPEN's ink the points of a stroke of length L lie min(1, sqrt(L / 0.95)) times as
# far apart as those of the writer's ink on the whole (medians, from 0.05 to 8 body heights).
_UNHURRIED = 0.95


@dataclass(frozen=True)
class Pen:
    """A person's way of writing.

    Attributes:
        step: mean length of a move with the pen down, body heights.
        shear: sideways per upwards, from the slant of the downstrokes.
        gap: between letters that are not joined, body heights.
        space: between words.
    """

    step: float
    shear: float
    gap: float
    space: float

    def drawn(self, path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A path ``(n, 2)`` as this pen's points: evenly in time, slower at the ends of a stroke and in its curves."""
        moves = np.diff(path, axis=0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*moves.T))])
        length = along[-1]
        if length < 1e-6:
            return path[:1]
        step = self.step * min(1.0, math.sqrt(length / _UNHURRIED)) * math.exp(rng.normal(0, 0.2))
        count = max(2, round(length / step) + 1)
        places = np.linspace(0, length, max(16, 4 * count))
        fine = np.stack([np.interp(places, along, xy) for xy in path.T], axis=1)
        heading = np.unwrap(np.arctan2(*np.diff(fine, axis=0).T[::-1]))
        bend = np.abs(np.gradient(heading)) / (places[1] - places[0]) if len(heading) > 1 else np.zeros(len(heading))
        inner = (places[1:] + places[:-1]) / 2
        rim = np.minimum(inner, length - inner)
        speed = (bend + 0.5) ** (-1 / 3) * np.clip(rim / 0.4, 0.15, 1) ** 0.35
        clock = np.concatenate([[0.0], np.cumsum(1 / speed)])
        when = np.linspace(0, clock[-1], count)
        points = np.stack([np.interp(when, clock, xy) for xy in fine.T], axis=1)
        return points + rng.normal(0, 0.006, points.shape)

    def slanted(self, path: np.ndarray, about: float = 0.0) -> np.ndarray:
        """A path leaning as this person's letters do, unmoved at the height ``about``."""
        return path + np.stack([self.shear * (path[:, 1] - about), np.zeros(len(path))], axis=1)


def moved(strokes: Sequence[np.ndarray], dx: float, dy: float = 0.0) -> list[np.ndarray]:
    """Strokes ``(n, 2)`` elsewhere."""
    return [points + np.array([dx, dy]) for points in strokes]


def curve(points: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """A smooth path through points, finely sampled, ``(n, 2)``."""
    segments = bezier(np.asarray(points, float))
    if not len(segments):
        return np.asarray(points, float)[:1]
    t = np.linspace(0, 1, 9)[:-1, None, None]
    a, b, c, d = segments.transpose(1, 0, 2)
    path = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return np.concatenate([path.transpose(1, 0, 2).reshape(-1, 2), segments[-1:, 3]])


def pen_of(inks: Sequence[Ink], texts: Sequence[str], gaps: Sequence[float], spaces: Sequence[float]) -> Pen:
    """Measure a person's pen in some of their ink; ``gaps`` and ``spaces`` are distances between letters and words."""
    moves = np.concatenate([np.zeros((0, 2)), *(np.diff(s, axis=0) for ink in inks for s in ink.strokes)])
    lengths = np.hypot(*moves.T)
    slants = []
    for ink, text in zip(inks, texts, strict=True):
        try:
            slants.append(traits_of(ink, text).slant)
        except StyleError:
            continue
    slant = float(np.median(slants)) if slants else 0.0
    gap = float(np.clip(np.median(gaps), 0.08, 0.7)) if len(gaps) else 0.25
    space = float(np.clip(np.median(spaces), 0.9, 3)) if len(spaces) else 1.2
    return Pen(
        step=float(np.clip(lengths.mean(), 0.05, 1.0)) if len(lengths) else 0.22,
        shear=math.tan(math.radians(float(np.clip(slant, -35, 45)))),
        gap=gap,
        space=max(space, gap + 0.8),  # words stand farther apart than spaced letters
    )
