"""Drawings: strokes as people draw them, in a page, in a notebook or in another program, and ink made of them.

There are two kinds. Ink of this project has its unit, the body height, written beside it and comes back as it was.
A raw drawing is in pixels or whatever the device counts in, usually with y pointing down and times;
:meth:`Drawing.ink` makes ink of it: level, body height 1, baseline 0, even in time.

Files hold them as JSON (:mod:`scribe.drawing.canvas`), as InkML (:mod:`scribe.drawing.inkml`), and in the formats of
other programs (:mod:`scribe.drawing.formats`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from scribe.drawing.normalise import body_band, level, rough_height, rounded_offsets, without_repeats
from scribe.drawing.timing import TimedStroke, evenly_timed
from scribe.drawing.xml import HostileXmlError, TooDeepXmlError, XmlError, parse_xml
from scribe.files import replacing
from scribe.ink import Ink, InkError

__all__ = ["CanvasError", "Drawing"]

LARGEST_FILE = 32 << 20
MOST_POINTS = 1_000_000
LONGEST_TEXT = 100_000
FARTHEST = 1e9  # coordinates, in the numbers of the file and in body heights
LATEST = 1e30  # times; even clocks that count nanoseconds come nowhere near it

# Ink a character, in body heights along the pen's path, for drawings that nobody has said the text of.
_INK_PER_CHARACTER = 3.8


class CanvasError(ValueError):
    """The file is not a drawing that can be read, or the drawing cannot be made into ink."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes as a file holds them, and what it says about them.

    ``strokes``: points with y upwards, on a baseline at 0 if there is a unit. ``unit``: the body height in their
    numbers, or None for a raw drawing.
    """

    strokes: Sequence[TimedStroke]
    text: str = ""
    unit: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timed(self) -> bool:
        """True if any stroke has times."""
        return any(stroke.times is not None for stroke in self.strokes)

    def ink(self, points_per_character: float = 15.0) -> Ink:
        """The drawing as ink.

        With a unit and without times it is taken as it is. Otherwise it is resampled evenly in time, to so many
        points per character of its text, spaces not counted (a text not known is guessed from how much ink there is).
        Points without times are taken to be equally far apart in time, as tablets and browsers send them.
        Without a unit, the baseline is made level and becomes 0, and the body height, which is estimated
        from the ink and the text, becomes 1.

        Raises:
            CanvasError: if there is nothing but dots, or the ink is longer than any text that can be read.
        """
        if not points_per_character > 0:
            raise CanvasError(f"points_per_character must be greater than 0, not {points_per_character}")
        if not self.strokes:
            raise CanvasError("the drawing has no strokes")
        try:
            if self.unit is not None and not self.timed:
                return Ink.from_strokes([_in_units(stroke.points, self.unit) for stroke in self.strokes])
            strokes = [_without_rests(stroke) for stroke in self.strokes]
            if self.unit is None:
                strokes = _normalised(strokes, self.text)
            else:
                strokes = [TimedStroke(_in_units(stroke.points, self.unit), stroke.times) for stroke in strokes]
            characters = len("".join(self.text.split())) or _path(strokes) / _INK_PER_CHARACTER
            count = points_per_character * max(characters, 1)
            if not count <= MOST_POINTS:
                raise CanvasError(f"{characters:.3g} characters would need {count:.3g} points; is the unit right?")
            return Ink(rounded_offsets(evenly_timed(strokes, count)))
        except InkError as error:
            raise CanvasError(f"the drawing cannot be made into ink: {error}") from error


def _in_units(points: np.ndarray, unit: float) -> np.ndarray:
    """Points in body heights."""
    with np.errstate(over="ignore"):
        points = points / unit
    if not (np.abs(points) < FARTHEST).all():
        raise CanvasError(f"the drawing is more than {FARTHEST:g} body heights large; is the unit, {unit:g}, right?")
    return points


def _path(strokes: Sequence[TimedStroke]) -> float:
    return sum(float(np.hypot(*np.diff(stroke.points, axis=0).T).sum()) for stroke in strokes)


def _without_rests(stroke: TimedStroke) -> TimedStroke:
    """The stroke without repeated points; with times, a rest takes no time then."""
    points = without_repeats(stroke.points)
    if len(points) == len(stroke.points) or stroke.times is None:
        return TimedStroke(points, stroke.times)
    moved = np.concatenate([[True], (np.diff(stroke.points, axis=0) != 0).any(axis=1)])
    return TimedStroke(points, stroke.times[moved])


def _normalised(strokes: Sequence[TimedStroke], text: str) -> list[TimedStroke]:
    """A raw drawing, level, with body height 1, from the left end of its baseline."""
    points = [stroke.points for stroke in strokes]
    # Small numbers before anything is squared.
    everything = np.concatenate(points)
    size = float(np.ptp(everything, axis=0).max())
    if size == 0:
        raise CanvasError("the drawing is a single dot; its size cannot be told")
    points = [(p - everything.mean(axis=0)) / size for p in points]
    says = text if text.strip() else "the quick brown fox jumps over a lazy dog"
    height = rough_height(points)
    if height > 0:
        points = level(points, height)
        bottom, top = body_band(points, says)
        height = top - bottom
    if not height > 1e-6:
        # One level line, or a dash: nothing tells its size, so it is taken to be one body height long.
        bottom, height = float(np.concatenate(points)[:, 1].min()), 1.0
    left = points[0][0, 0]
    return [TimedStroke((p - (left, bottom)) / height, s.times) for p, s in zip(points, strokes, strict=True)]


def drawing_of(ink: Ink | Drawing, text: str, metadata: Mapping[str, Any] | None) -> Drawing:
    """Ink with what is said of it as a drawing; a drawing is one already."""
    if isinstance(ink, Drawing):
        return ink
    return Drawing([TimedStroke(stroke) for stroke in ink.strokes], text, 1.0, metadata or {})


def parsed_file(path: str | os.PathLike[str], parse: Callable[[str | bytes], Drawing]) -> Drawing:
    """What ``parse`` makes of a file; its complaints name the file.

    Raises:
        FileNotFoundError: if there is no such file.
        CanvasError: if the file is too large, and whatever ``parse`` complains of.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    try:
        check_size(content)
        return parse(content)
    except CanvasError as error:
        raise CanvasError(f"{path}: {error}") from error


def written_file(path: str | os.PathLike[str], ending: str, content: Callable[[], str]) -> None:
    """Write a drawing's file: all of it, or the old file stays. Nothing is made for a name that can't be.

    Raises:
        OSError: if the file cannot be written.
        CanvasError: if its name doesn't have the ending, and whatever ``content`` complains of.
    """
    if Path(path).suffix.lower() != ending:
        raise CanvasError(f"{path} must end in {ending}")
    made = content()
    with replacing(path) as temporary:
        temporary.write_bytes(made.encode())


def check_size(content: str | bytes) -> None:
    """Raises :class:`CanvasError` if a file is larger than any drawing."""
    if len(content) > LARGEST_FILE:
        raise CanvasError(f"the file is larger than {LARGEST_FILE >> 20} MiB; that is no drawing")


def checked_drawing(
    strokes: Sequence[TimedStroke],
    up: bool,
    text: str = "",
    unit: float | None = None,
    baseline: float = 0.0,
    metadata: Mapping[str, Any] | None = None,
) -> Drawing:
    """A drawing of strokes just read, with y upwards, its limits checked.

    Args:
        up: whether y points up in ``strokes``.
        baseline: its y there.

    Raises:
        CanvasError: if the text, the strokes or their numbers are too long, too many or too large.
    """
    if len(text) > LONGEST_TEXT:
        raise CanvasError(f"the text has {len(text)} characters; at most {LONGEST_TEXT} are read")
    if sum(len(stroke.points) for stroke in strokes) > MOST_POINTS:
        raise CanvasError(f"the drawing has more than {MOST_POINTS} points")
    result = []
    for number, (points, times) in enumerate(strokes):
        # Negated comparisons: what is not a number fails them too.
        if not (np.abs(points) < FARTHEST).all():
            raise CanvasError(f"stroke {number} has coordinates that are too large or not finite")
        if times is not None and not (np.abs(times) < LATEST).all():
            raise CanvasError(f"stroke {number} has times that are not finite or too large")
        points = points - (0, baseline) if baseline else points
        result.append(TimedStroke(points if up else points * (1, -1), times))
    return Drawing(result, text, None if unit is None else float(unit), metadata or {})


def parsed_xml(content: str | bytes) -> Element:
    """The outermost element of XML.

    Raises:
        CanvasError: if it is none, hostile or too large.
    """
    check_size(content)
    try:
        return parse_xml(content)
    except TooDeepXmlError as error:
        raise CanvasError(f"{error} for a drawing") from error
    except HostileXmlError as error:
        raise CanvasError(f"this is hostile XML and was not read: {error}") from error
    except XmlError as error:
        raise CanvasError(f"this is not XML: {error}") from error
