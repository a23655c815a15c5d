"""Drawings as InkML, the W3C's Ink Markup Language (Recommendation of 20 September 2011).

Read are traces with their formats, contexts and groups, differences (``'`` and ``"``), repeated values, continued
traces, units of time, resolutions; channels other than X, Y and T are passed over, and so is the pen in the air. The
text is the annotation of type ``truth``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import numpy as np

from scribe.drawing.canvas import json_text, json_value
from scribe.drawing.drawing import (
    FARTHEST,
    MOST_POINTS,
    CanvasError,
    Drawing,
    checked_drawing,
    drawing_of,
    parsed_file,
    parsed_xml,
    written_file,
)
from scribe.drawing.timing import TimedStroke
from scribe.ink import Ink

__all__ = ["from_inkml", "read_inkml", "to_inkml", "write_inkml"]

NAMESPACE = "http://www.w3.org/2003/InkML"
MOST_CHANNELS = 100  # of a trace

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_inkml(ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None) -> str:
    """Ink, or a drawing, as InkML. y points down in it, as other programs expect; no digit is lost.

    The unit and the metadata are annotations of the types ``scribe:unit`` and ``scribe:metadata``.

    Raises:
        CanvasError: if the text holds characters that XML cannot, or the metadata are not JSON.
    """
    drawing = drawing_of(ink, text, metadata)
    timed = bool(drawing.strokes) and all(stroke.times is not None for stroke in drawing.strokes)
    try:
        facts = json_text(dict(drawing.metadata))
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
        metadata = json_value(notes.pop("scribe:metadata", "{}"))
    except (ValueError, RecursionError) as error:
        raise CanvasError(f"the annotation scribe:metadata is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise CanvasError("the annotation scribe:metadata is not a JSON object")
    text = next((notes.pop(kind) for kind in _TEXTS if kind in notes), "")
    return checked_drawing(_traces(root), False, text, unit, 0.0, {**notes, **metadata})


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


def read_inkml(path: str | os.PathLike[str]) -> Drawing:
    """Read an InkML file of whatever name; see :func:`from_inkml`."""
    return parsed_file(path, from_inkml)


def write_inkml(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """:func:`to_inkml` into a file whose name ends in ``.inkml``.

    Raises:
        OSError: if the file cannot be written; an old one stays then.
        CanvasError: if its name ends otherwise, and as :func:`to_inkml`.
    """
    written_file(path, ".inkml", lambda: to_inkml(ink, text, metadata))
