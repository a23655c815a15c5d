"""Handwriting drawn by the reader - in a page, in a notebook, in another program - as JSON and as InkML.

Two kinds of drawing come in these files. Ink of this project has its unit, the body height, written beside it and comes
back as it was. A raw drawing is in pixels or whatever the device counts in, usually with y pointing down and
times; :meth:`Drawing.ink` makes ink of it: level, body height 1, baseline 0, even in time.

The JSON is small::

    {
      "format": "scribe-ink/1",
      "text": "hello",               what it says; "" if nobody knows
      "unit": 1,                     the body height, in the numbers below; null or left out: a raw drawing
      "baseline": 0,                 its y, if there is a unit; 0 if left out
      "y": "up",                     or "down", as on a screen; "up" if left out
      "strokes": [[[0, 1.2], [0.1, 0.9]], [[4, 1, 1250], [4.1, 1, 1267]]],
      "metadata": {}                 anything that JSON can say; may be left out
    }

A stroke is a list of points ``[x, y]`` or ``[x, y, t]``, in one stroke all of the same kind; ``t`` counts milliseconds.

InkML is the W3C's Ink Markup Language (Recommendation of 20 September 2011). Read are traces with their formats,
contexts and groups, differences (``'`` and ``"``), repeated values, continued traces, units of time, resolutions;
channels other than X, Y and T are passed over, and so is the pen in the air. The text is the annotation of type
``truth``.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import numpy as np

from scribe.drawing.normalise import body_band, level, rough_height, rounded_offsets, without_repeats
from scribe.drawing.timing import TimedStroke, evenly_timed
from scribe.drawing.xml import HostileXmlError, TooDeepXmlError, XmlError, parse_xml
from scribe.files import replacing
from scribe.ink import Ink, InkError

__all__ = [
    "CanvasError",
    "Drawing",
    "from_inkml",
    "from_json",
    "read_inkml",
    "read_json",
    "save",
    "to_inkml",
    "to_json",
    "write_inkml",
    "write_json",
]

FORMAT = "scribe-ink/1"
NAMESPACE = "http://www.w3.org/2003/InkML"
LARGEST_FILE = 32 << 20
MOST_POINTS = 1_000_000
LONGEST_TEXT = 100_000
FARTHEST = 1e9  # coordinates, in the numbers of the file and in body heights
LATEST = 1e30  # times; even clocks that count nanoseconds come nowhere near it
MOST_CHANNELS = 100  # of an InkML trace

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


# Files


def save(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """Write ink, or a drawing as it is, to a ``.json`` or ``.inkml`` file. ``text`` and ``metadata`` are for ink.

    Raises:
        OSError: if the file cannot be written; an old one stays then.
        CanvasError: if its name ends otherwise, or the text or the metadata cannot be written down.
    """
    content = {".json": to_json, ".inkml": to_inkml}[_ending(path)](ink, text, metadata)
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode())


def _ending(path: str | os.PathLike[str]) -> str:
    ending = Path(path).suffix.lower()
    if ending not in (".json", ".inkml"):
        raise CanvasError(f"{path} must end in .json or .inkml")
    return ending


def read_json(path: str | os.PathLike[str]) -> Drawing:
    """Read a JSON file of this project, of whatever name; see :func:`from_json`."""
    return parsed_file(path, from_json)


def read_inkml(path: str | os.PathLike[str]) -> Drawing:
    """Read an InkML file of whatever name; see :func:`from_inkml`."""
    return parsed_file(path, from_inkml)


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
        _check_size(content)
        return parse(content)
    except CanvasError as error:
        raise CanvasError(f"{path}: {error}") from error


def write_json(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """:func:`save` for a path that ends in ``.json``."""
    if _ending(path) != ".json":
        raise CanvasError(f"{path} must end in .json")
    save(path, ink, text, metadata)


def write_inkml(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """:func:`save` for a path that ends in ``.inkml``."""
    if _ending(path) != ".inkml":
        raise CanvasError(f"{path} must end in .inkml")
    save(path, ink, text, metadata)


def _drawing(ink: Ink | Drawing, text: str, metadata: Mapping[str, Any] | None) -> Drawing:
    if isinstance(ink, Drawing):
        return ink
    return Drawing([TimedStroke(stroke) for stroke in ink.strokes], text, 1.0, metadata or {})


# JSON


def to_json(ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None) -> str:
    """Ink, or a drawing, as JSON. Numbers keep all their digits, so ink comes back as it was.

    Raises:
        CanvasError: if the metadata are not JSON, or the text holds half a character.
    """
    drawing = _drawing(ink, text, metadata)
    strokes = [
        (s.points if s.times is None else np.column_stack([s.points, s.times])).tolist() for s in drawing.strokes
    ]
    try:
        return _encodable(
            json.dumps(
                {
                    "format": FORMAT,
                    "text": drawing.text,
                    "unit": drawing.unit,
                    "y": "up",
                    "strokes": strokes,
                    "metadata": dict(drawing.metadata),
                },
                ensure_ascii=False,
                allow_nan=False,
            )
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise CanvasError(f"this cannot be written as JSON: {error}") from error


def _encodable(text: str) -> str:
    text.encode()  # a lone half of a surrogate pair raises UnicodeEncodeError, which is a ValueError
    return text


def from_json(content: str | bytes) -> Drawing:
    """A drawing from JSON; see the top of this module for the schema.

    Raises:
        CanvasError: naming what is wrong and where.
    """
    data = parsed_json(content)
    if not is_own_json(data):
        raise CanvasError(f'this is not a drawing: it must be an object with "format": "{FORMAT}"')
    text = data.get("text", "")
    if not isinstance(text, str):
        raise CanvasError('"text" must be a string')
    unit = data.get("unit")
    if unit is not None and not (_is_number(unit) and 0 < unit < FARTHEST):
        raise CanvasError('"unit" must be a number greater than 0, or null')
    baseline = data.get("baseline", 0)
    if not (_is_number(baseline) and abs(baseline) < FARTHEST):
        raise CanvasError('"baseline" must be a number')
    if data.get("y", "up") not in ("up", "down"):
        raise CanvasError('"y" must be "up" or "down"')
    metadata = data.get("metadata", {})
    if not isinstance(metadata, dict):
        raise CanvasError('"metadata" must be an object')
    strokes = data.get("strokes")
    if not isinstance(strokes, list):
        raise CanvasError('"strokes" must be a list of strokes')
    up = data.get("y", "up") == "up"
    lines = [stroke_of_points(stroke, number) for number, stroke in enumerate(strokes)]
    return checked_drawing(lines, up, text, unit, baseline if unit is not None else 0.0, metadata)


def parsed_json(content: str | bytes) -> Any:
    """JSON as Python's own types.

    Raises:
        CanvasError: if it is none, or too large.
    """
    _check_size(content)
    try:
        return json.loads(content, parse_constant=_no_constant)
    except RecursionError as error:
        raise CanvasError("this is not JSON of a drawing: too deeply nested") from error
    except ValueError as error:
        raise CanvasError(f"this is not JSON: {error}") from error


def is_own_json(data: object) -> bool:
    """Whether JSON says that it is a drawing of this project."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def stroke_of_points(stroke: object, number: int) -> TimedStroke:
    """A stroke from a list of points ``[x, y]`` or ``[x, y, t]``; its number is for complaints.

    Raises:
        CanvasError: if it is something else.
    """
    if not isinstance(stroke, list) or not stroke:
        raise CanvasError(f"stroke {number} must be a list of one or more points")
    width = len(stroke[0]) if isinstance(stroke[0], list) else 0
    for index, point in enumerate(stroke):
        if not isinstance(point, list) or len(point) not in (2, 3) or not all(map(_is_number, point)):
            raise CanvasError(f"point {index} of stroke {number} must be [x, y] or [x, y, t], all numbers")
        if len(point) != width:
            raise CanvasError(f"point {index} of stroke {number} has {len(point)} numbers, the first has {width}")
    try:
        numbers = np.array(stroke, np.float64)
    except (OverflowError, ValueError) as error:
        raise CanvasError(f"stroke {number} has a number that is too large") from error
    return TimedStroke(numbers[:, :2], numbers[:, 2] if width == 3 else None)


def _check_size(content: str | bytes) -> None:
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


# InkML

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_inkml(ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None) -> str:
    """Ink, or a drawing, as InkML. y points down in it, as other programs expect; no digit is lost.

    The unit and the metadata are annotations of the types ``scribe:unit`` and ``scribe:metadata``.

    Raises:
        CanvasError: if the text holds characters that XML cannot, or the metadata are not JSON.
    """
    drawing = _drawing(ink, text, metadata)
    timed = bool(drawing.strokes) and all(stroke.times is not None for stroke in drawing.strokes)
    try:
        facts = _encodable(json.dumps(dict(drawing.metadata), ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise CanvasError(f"the metadata cannot be written as JSON: {error}") from error
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<ink xmlns="{NAMESPACE}">',
        f'  <annotation type="truth">{_xml_text(drawing.text)}</annotation>',
    ]
    if drawing.unit is not None:
        rows.append(f'  <annotation type="scribe:unit">{_decimal(drawing.unit)}</annotation>')
    if drawing.metadata:
        rows.append(f'  <annotation type="scribe:metadata">{_xml_text(facts)}</annotation>')
    rows += [
        '  <traceFormat xml:id="format">',
        '    <channel name="X" type="decimal"/>',
        '    <channel name="Y" type="decimal"/>',
        *(['    <channel name="T" type="decimal" units="ms"/>'] if timed else []),
        "  </traceFormat>",
    ]
    for points, times in drawing.strokes:
        turned = points * (1, -1)
        columns = turned if times is None or not timed else np.column_stack([turned, times])
        rows.append(f"  <trace>{', '.join(' '.join(map(_decimal, row)) for row in columns.tolist())}</trace>")
    return "\n".join([*rows, "</ink>", ""])


def _decimal(number: float) -> str:
    """All digits that tell this number from its neighbours, without an exponent: InkML's decimals have none."""
    return np.format_float_positional(number + 0.0, trim="-")


def _xml_text(text: str) -> str:
    bad = _NOT_XML.search(text)
    if bad:
        raise CanvasError(f"character {bad.start() + 1} of the text, {bad[0]!r}, cannot be written in XML")
    return escape(text, {"\r": "&#13;"})


class _Channel(NamedTuple):
    name: str
    scale: float  # multiplies the values


_Format = tuple[_Channel, ...]
_PLAIN: _Format = (_Channel("X", 1.0), _Channel("Y", 1.0))
_TEXTS = ("truth", "text", "label", "transcription", "textField")
_VALUE = re.compile(r"""\s*([!'"]?)\s*(-?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\#[0-9A-Fa-f]+|[TF*?])\s*""")


def from_inkml(content: str | bytes) -> Drawing:
    """A drawing from InkML. Without a ``scribe:unit`` it is a raw drawing.

    Raises:
        CanvasError: if it is not InkML, hostile, too large, or a trace makes no sense.
    """
    root = parsed_xml(content)
    if _tag(root) != "ink":
        raise CanvasError(f"this is not InkML: its outermost element is <{_tag(root)[:40]}>, not <ink>")
    notes: dict[str, str] = {}
    for element in root:
        if _tag(element) == "annotation":
            notes.setdefault(element.get("type", ""), element.text or "")
    unit = _unit(notes.pop("scribe:unit", None))
    try:
        metadata = json.loads(notes.pop("scribe:metadata", "{}"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CanvasError(f"the annotation scribe:metadata is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise CanvasError("the annotation scribe:metadata is not a JSON object")
    text = next((notes.pop(kind) for kind in _TEXTS if kind in notes), "")
    return checked_drawing(_traces(root), False, text, unit, 0.0, {**notes, **metadata})


def parsed_xml(content: str | bytes) -> Element:
    """The outermost element of XML.

    Raises:
        CanvasError: if it is none, hostile or too large.
    """
    _check_size(content)
    try:
        return parse_xml(content)
    except TooDeepXmlError as error:
        raise CanvasError(f"{error} for a drawing") from error
    except HostileXmlError as error:
        raise CanvasError(f"this is hostile XML and was not read: {error}") from error
    except XmlError as error:
        raise CanvasError(f"this is not XML: {error}") from error


def _unit(note: str | None) -> float | None:
    if note is None:
        return None
    try:
        unit = float(note)
    except ValueError:
        unit = math.nan
    if not 0 < unit < FARTHEST:
        raise CanvasError(f"the annotation scribe:unit, {note[:40]!r}, is not a number greater than 0")
    return unit


def _tag(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _id(element: Element) -> str | None:
    return element.get("{http://www.w3.org/XML/1998/namespace}id") or element.get("id")


def _traces(root: Element) -> list[TimedStroke]:
    """All traces of the pen on the paper, in document order."""
    formats = _Formats(root)
    strokes: list[TimedStroke] = []
    places: dict[str, int] = {}  # which stroke a trace went into
    total = 0
    for number, (trace, form) in enumerate(formats.traces()):
        if trace.get("type", "penDown") == "penUp":
            continue
        stroke = _trace(trace.text or "", form, number, formats.declared)
        if stroke is None:
            continue
        total += len(stroke.points)
        if total > MOST_POINTS:
            raise CanvasError(f"the drawing has more than {MOST_POINTS} points")
        place = len(strokes)
        if trace.get("continuation") in ("middle", "end") and strokes:
            prior = trace.get("priorRef", "").lstrip("#")
            place = places.get(prior, len(strokes) - 1)
            strokes[place] = _continued(strokes[place], stroke)
        else:
            strokes.append(stroke)
        name = _id(trace)
        if name:
            places[name] = place
    return strokes


def _continued(first: TimedStroke, second: TimedStroke) -> TimedStroke:
    both = first.times is not None and second.times is not None
    return TimedStroke(
        np.concatenate([first.points, second.points]),
        np.concatenate([first.times, second.times]) if both else None,
    )


class _Formats:
    """Which channels each trace of a document has: formats and contexts, by reference or by where they stand."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._by_id = {_id(e): e for e in root.iter() if _id(e)}
        self._known: dict[Element, _Format | None] = {}
        everywhere = [e for e in root.iter() if _tag(e) == "traceFormat"]
        self.declared = bool(everywhere)
        # A document with a single format means it for all its traces, referred to or not; many programs do so.
        self._usual = self._format(everywhere[0]) if len(everywhere) == 1 else _PLAIN

    def traces(self) -> Iterator[tuple[Element, _Format]]:
        """Every trace with its channels, in document order."""
        yield from self._below(self._root, self._usual)

    def _below(self, parent: Element, current: _Format) -> Iterator[tuple[Element, _Format]]:
        for element in parent:
            tag = _tag(element)
            if tag == "traceFormat":
                current = self._format(element)
            elif tag == "context":
                current = self._context(element, current)
            elif tag == "trace":
                yield element, self._referred(element, current)
            elif tag in ("traceGroup", "definitions"):
                inner = self._referred(element, current)
                yield from self._below(element, inner)

    def _referred(self, element: Element, current: _Format) -> _Format:
        target = self._by_id.get(element.get("contextRef", "").lstrip("#"))
        return current if target is None else self._context(target, current)

    def _context(self, element: Element, current: _Format) -> _Format:
        """The channels that a context or an ink source sets, or those current before it."""
        if element not in self._known:  # many traces may refer to one context
            self._known[element] = self._set_by(element, 0)
        return self._known[element] or current

    def _set_by(self, element: Element, depth: int) -> _Format | None:
        for child in element:
            if _tag(child) == "traceFormat":
                return self._format(child, element)
            if _tag(child) == "inkSource":
                return self._set_by(child, depth + 1)
        for attribute in ("traceFormatRef", "inkSourceRef", "contextRef"):
            target = self._by_id.get(element.get(attribute, "").lstrip("#"))
            if target is not None and depth < 10:
                is_format = _tag(target) == "traceFormat"
                return self._format(target) if is_format else self._set_by(target, depth + 1)
        return None

    def _format(self, element: Element, source: Element | None = None) -> _Format:
        channels = []
        for channel in element.iter():
            if _tag(channel) == "channel":
                name = channel.get("name", "")
                scale = -1.0 if channel.get("orientation") == "-ve" else 1.0
                if name == "T":
                    scale = 1000.0 if channel.get("units") == "s" else 1.0
                channels.append(_Channel(name, scale))
                if len(channels) > MOST_CHANNELS:
                    raise CanvasError(f"a traceFormat has more than {MOST_CHANNELS} channels")
        names = [channel.name for channel in channels]
        if "X" not in names or "Y" not in names:
            raise CanvasError("a traceFormat has no channel X or no channel Y")
        finest = self._resolutions(source)
        return tuple(_Channel(c.name, c.scale / finest.get(c.name, 1.0)) for c in channels)

    @staticmethod
    def _resolutions(source: Element | None) -> dict[str, float]:
        """Device units of X and Y in one unit of length, relative to X, if both are said."""
        found: dict[str, tuple[float, str]] = {}
        for element in source.iter() if source is not None else ():
            if _tag(element) == "channelProperty" and element.get("name") == "resolution":
                try:
                    value = float(element.get("value", ""))
                except ValueError:
                    continue
                if 0 < value < math.inf:
                    found[element.get("channel", "")] = value, element.get("units", "")
        if "X" in found and "Y" in found and found["X"][1] == found["Y"][1]:
            return {"Y": found["Y"][0] / found["X"][0]}
        return {}


def _trace(text: str, form: _Format, number: int, declared: bool) -> TimedStroke | None:
    """The points of one trace, or None if it has none."""
    names = [channel.name for channel in form]
    wanted = [names.index(name) for name in ("X", "Y", "T") if name in names]
    needed = max(names.index("X"), names.index("Y")) + 1
    values = [0.0] * len(form)
    speeds = [0.0] * len(form)
    orders = [""] * len(form)
    rows: list[list[float]] = []
    for index, point in enumerate(text.split(",")):
        if not point.strip():
            continue
        tokens = _tokens(point, number, index)
        if len(tokens) < needed:
            raise CanvasError(f"point {index} of trace {number} has {len(tokens)} values; X and Y need {needed}")
        if len(tokens) > len(form) and declared:
            raise CanvasError(f"point {index} of trace {number} has {len(tokens)} values, its format {len(form)}")
        for c, (order, token) in enumerate(tokens[: len(form)]):
            orders[c] = order or orders[c]
            if token in "*?TF":
                if c in wanted and (token in "TF" or not rows):
                    raise CanvasError(f"point {index} of trace {number} has {token!r} where a number must be")
                continue  # as before
            try:
                value = float(int(token[1:], 16)) if token.startswith("#") else float(token.replace(" ", ""))
            except OverflowError as error:
                raise CanvasError(f"point {index} of trace {number} has a number that is too large") from error
            if orders[c] == '"':
                speeds[c] += value
                values[c] += speeds[c]
            elif orders[c] == "'":
                speeds[c] = value
                values[c] += value
            else:
                speeds[c] = value - values[c] if rows else 0.0
                values[c] = value
        rows.append([values[c] * form[c].scale for c in wanted])
        if len(rows) > MOST_POINTS:
            raise CanvasError(f"trace {number} has more than {MOST_POINTS} points")
    if not rows:
        return None
    numbers = np.array(rows)
    return TimedStroke(numbers[:, :2], numbers[:, 2] if len(wanted) == 3 else None)


def _tokens(point: str, number: int, index: int) -> list[tuple[str, str]]:
    """The values of a point, each with its prefix: none, ``!`` explicit, ``'`` first, ``"`` second difference."""
    tokens = []
    at = 0
    point = " ".join(point.split())  # one space at most: runs of them would be tried in every combination
    while at < len(point):
        match = _VALUE.match(point, at)
        if match is None:
            raise CanvasError(f"point {index} of trace {number} cannot be read: {point[:40]!r}")
        tokens.append((match[1], "".join(match[2].split())))
        at = match.end()
    return tokens
