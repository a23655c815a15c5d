"""Pen strokes: the one representation of handwriting that every other module speaks.

An :class:`Ink` is a sequence of offsets ``(dx, dy, pen_up)``. Absolute points and lists of strokes
are views of it, converted both ways here and nowhere else. Conventions:

* ``y`` points up, ``x`` to the right;
* one unit is the body height of the writing (the height of an "x");
* the first offset leads from the origin - the left end of the baseline - to the first point;
* ``pen_up`` is 1 on the last point of each stroke, so the move *after* that point leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

__all__ = ["Bounds", "Ink", "InkError", "bezier", "join", "resample", "resample_stroke"]

_MOST_POINTS = 10_000_000


class InkError(ValueError):
    """The numbers given are not pen strokes; the message names the first bad row."""


class Bounds(NamedTuple):
    """The smallest upright box around the points of some ink, in ink units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, eq=False)
class Ink:
    """Handwriting as offsets: float32 of shape ``(T, 3)``, rows ``(dx, dy, pen_up)`` (Graves eq. 15).

    The array is validated once, on creation, and is read-only afterwards. ``T`` may be 0.

    Raises:
        InkError: if the shape is not ``(T, 3)``, a number is not finite, a ``pen_up`` is neither
            0 nor 1, or the last row leaves the pen down.
    """

    offsets: np.ndarray

    def __post_init__(self) -> None:
        offsets = _checked(self.offsets, "offsets").astype(np.float32)
        overflow = ~np.isfinite(offsets).all(axis=1)
        if overflow.any():
            raise InkError(f"row {int(overflow.argmax())} of the offsets does not fit into float32")
        offsets.setflags(write=False)
        object.__setattr__(self, "offsets", offsets)

    @classmethod
    def from_points(cls, points: np.ndarray) -> Ink:
        """Ink from absolute points ``(T, 3)``, rows ``(x, y, pen_up)``.

        Each offset is taken from where the offsets before it really lead after rounding to
        float32, not from the previous point, so that rounding errors do not add up along a line.
        """
        points = _checked(points, "points").astype(np.float64)
        offsets = np.empty(points.shape, np.float32)
        offsets[:, 2] = points[:, 2]
        position = np.zeros(2)
        for t, point in enumerate(points[:, :2]):
            offsets[t, :2] = point - position
            position += offsets[t, :2]
        return cls(offsets)

    @classmethod
    def from_strokes(cls, strokes: Iterable[np.ndarray | Sequence[Sequence[float]]]) -> Ink:
        """Ink from strokes, each of shape ``(n, 2)`` with ``n >= 1``, in the order of writing."""
        points = []
        for number, stroke in enumerate(strokes):
            try:
                stroke = np.asarray(stroke, np.float64)
            except (TypeError, ValueError) as error:
                raise InkError(f"stroke {number} must be an array of numbers of shape (points, 2): {error}") from error
            if stroke.ndim != 2 or stroke.shape[1] != 2 or len(stroke) == 0:
                raise InkError(f"stroke {number} has shape {stroke.shape}; expected (points, 2) with a point or more")
            pen_up = np.zeros((len(stroke), 1))
            pen_up[-1] = 1
            points.append(np.hstack([stroke, pen_up]))
        return cls.from_points(np.concatenate(points) if points else np.zeros((0, 3)))

    @property
    def points(self) -> np.ndarray:
        """Absolute points, float64 of shape ``(T, 3)``, rows ``(x, y, pen_up)``."""
        points = self.offsets.astype(np.float64)
        points[:, :2] = points[:, :2].cumsum(axis=0)
        return points

    @property
    def strokes(self) -> list[np.ndarray]:
        """Absolute points stroke by stroke, each float64 of shape ``(n, 2)``."""
        points = self.points
        ends = np.flatnonzero(points[:, 2] == 1) + 1
        return np.split(points[:, :2], ends)[:-1] if len(points) else []

    @property
    def bounds(self) -> Bounds:
        """The box around all points.

        Raises:
            InkError: if there are no points.
        """
        if not len(self):
            raise InkError("ink without points has no bounds")
        xy = self.points[:, :2]
        (left, bottom), (right, top) = xy.min(axis=0), xy.max(axis=0)
        return Bounds(float(left), float(bottom), float(right), float(top))

    def __len__(self) -> int:
        return len(self.offsets)

    def __repr__(self) -> str:
        return f"Ink({len(self)} points, {int(self.offsets[:, 2].sum())} strokes)"

    def transformed(self, matrix: np.ndarray) -> Ink:
        """The same writing with each offset multiplied by a ``(2, 2)`` matrix (size, slant, turn)."""
        offsets = self.offsets.copy()
        offsets[:, :2] = offsets[:, :2] @ np.asarray(matrix, np.float64).T
        return Ink(offsets)

    def moved(self, dx: float, dy: float) -> Ink:
        """The same writing, started ``(dx, dy)`` away."""
        if not len(self):
            return self
        offsets = self.offsets.copy()
        offsets[0, :2] += (dx, dy)
        return Ink(offsets)

    def standardised(self, scale: float) -> np.ndarray:
        """Offsets as the network sees them: ``dx`` and ``dy`` over ``scale``, ``pen_up`` as it is.

        One number serves both directions, so that shapes stay true. float32 ``(T, 3)``.
        """
        return self.offsets / np.array([scale, scale, 1], np.float32)

    @classmethod
    def from_standardised(cls, offsets: np.ndarray, scale: float) -> Ink:
        """The inverse of :meth:`standardised`."""
        return cls(np.asarray(offsets, np.float32) * np.array([scale, scale, 1], np.float32))


def _checked(rows: np.ndarray, name: str) -> np.ndarray:
    """``rows`` as an array of shape ``(T, 3)`` whose numbers are finite and whose last column is 0 or 1."""
    try:
        rows = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise InkError(f"{name} must be an array of numbers of shape (points, 3): {error}") from error
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise InkError(f"{name} have shape {rows.shape}; expected (points, 3): dx or x, dy or y, pen_up")
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise InkError(f"row {row} of the {name} is not finite: {rows[row].tolist()}")
    bad = (rows[:, 2] != 0) & (rows[:, 2] != 1)
    if bad.any():
        row = int(bad.argmax())
        raise InkError(f"row {row} of the {name} has pen_up {rows[row, 2]:g}; it must be 0 or 1")
    if len(rows) and rows[-1, 2] != 1:
        raise InkError(f"row {len(rows) - 1}, the last of the {name}, leaves the pen down; its pen_up must be 1")
    return rows


def resample(ink: Ink, factor: float, smoothing: float = 0.0) -> Ink:
    """Resample evenly in time: about ``factor`` times as many points, at the same speeds.

    Points are taken to be equally far apart in time, as a tablet records them. Resampling in time
    and not along the path keeps what speed tells: the pen slows down in curves, so curves keep
    their points. Both ends of each stroke stay where they are.

    Args:
        ink: writing recorded at a constant rate.
        factor: points out per point in, greater than 0.
        smoothing: standard deviation, in input points, of a Gaussian that is run over each
            stroke first. Old tablets tremble; without it, resampling to fewer points aliases.

    Raises:
        ValueError: if the factor is no number above 0, or there would be more than ten million points.
    """
    if not factor > 0:
        raise ValueError(f"factor must be greater than 0, not {factor}")
    if not factor * len(ink) <= _MOST_POINTS:
        raise ValueError(f"{len(ink)} points times {factor:g} are more than the {_MOST_POINTS} that are made at most")
    return Ink.from_strokes([resample_stroke(stroke, factor, smoothing) for stroke in ink.strokes])


def resample_stroke(stroke: np.ndarray, factor: float, smoothing: float = 0.0) -> np.ndarray:
    """:func:`resample` for one stroke of shape ``(n, 2)``; a stroke of one point stays as it is."""
    last = len(stroke) - 1
    if last == 0:
        return stroke
    path = stroke[:, 0] + 1j * stroke[:, 1]  # both coordinates in one go
    if smoothing > 0 and last > 1:
        path = _smoothed(path, smoothing)
    count = max(2, round(last * factor) + 1)
    path = np.interp(np.arange(count) * (last / (count - 1)), np.arange(last + 1), path)
    return path.view(np.float64).reshape(-1, 2)


def _smoothed(path: np.ndarray, deviation: float) -> np.ndarray:
    """A path of complex numbers ``(n,)`` under a Gaussian. Reflecting it through its ends keeps the ends in place."""
    weights = _gaussian(deviation, min(len(path) - 1, int(np.ceil(3 * deviation))))
    reach = len(weights) // 2
    before = 2 * path[0] - path[reach:0:-1]
    after = 2 * path[-1] - path[-2 : -reach - 2 : -1]
    reflected = np.concatenate([before, path, after])
    if len(path) * len(weights) < 10_000_000:
        return np.convolve(reflected, weights, "valid")
    # The same by Fourier transforms, in time that does not grow with the square.
    size = 1 << (len(reflected) + len(weights)).bit_length()
    product = np.fft.ifft(np.fft.fft(reflected, size) * np.fft.fft(weights, size))
    smoothed = product[2 * reach : 2 * reach + len(path)]
    smoothed[[0, -1]] = path[[0, -1]]
    return smoothed


@lru_cache(maxsize=64)
def _gaussian(deviation: float, reach: int) -> np.ndarray:
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return weights / weights.sum()


def join(inks: Sequence[Ink], gaps: Sequence[float]) -> Ink:
    """One line from several pieces that share a baseline, ``gaps[i]`` units between ``i`` and ``i + 1``.

    A gap runs from the right edge of one piece to the left edge of the next. The origin of the
    line is the origin of the first piece.
    """
    if len(gaps) != max(len(inks) - 1, 0):
        raise ValueError(f"{len(inks)} pieces need {max(len(inks) - 1, 0)} gaps, not {len(gaps)}")
    strokes: list[np.ndarray] = []
    right = 0.0
    for number, ink in enumerate(inks):
        shift = 0.0 if number == 0 else right + gaps[number - 1] - ink.bounds.left
        right = ink.bounds.right + shift
        strokes += [stroke + np.array([shift, 0.0]) for stroke in ink.strokes]
    return Ink.from_strokes(strokes)


def bezier(stroke: np.ndarray) -> np.ndarray:
    """A smooth curve through a stroke, for drawing: cubic Bezier segments ``(n - 1, 4, 2)``.

    A centripetal Catmull-Rom spline: it passes through every point and, unlike the uniform kind,
    makes no loop or cusp where points lie unevenly (Yuksel, Schaefer and Keyser, 2011).
    Repeated points are dropped first; ``n`` counts the points that are left.
    """
    stroke = np.asarray(stroke, np.float64)
    keep = np.ones(len(stroke), bool)
    keep[1:] = (np.diff(stroke, axis=0) != 0).any(axis=1)
    p = stroke[keep]
    if len(p) < 2:
        return np.zeros((0, 4, 2))
    # A mirrored point beyond each end gives the end segments the neighbours they lack.
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    step = np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1))[:, None]
    before, here, after = step[:-2], step[1:-1], step[2:]
    p0, p1, p2, p3 = p[:-3], p[1:-2], p[2:-1], p[3:]
    # Tangents at p1 and p2 for a parameter that runs from 0 to 1 between them.
    m1 = here * ((p1 - p0) / before - (p2 - p0) / (before + here)) + (p2 - p1)
    m2 = here * ((p3 - p2) / after - (p3 - p1) / (here + after)) + (p2 - p1)
    return np.stack([p1, p1 + m1 / 3, p2 - m2 / 3, p2], axis=1)
