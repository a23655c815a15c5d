"""Drawings as JSON: what the drawing fields of pages and notebooks say, and what files of this project hold.

::

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
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from scribe.drawing.drawing import (
    FARTHEST,
    CanvasError,
    Drawing,
    check_size,
    checked_drawing,
    drawing_of,
    parsed_file,
    written_file,
)
from scribe.drawing.timing import TimedStroke
from scribe.ink import Ink

__all__ = ["from_json", "read_json", "to_json", "write_json"]

FORMAT = "scribe-ink/1"


def to_json(ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None) -> str:
    """Ink, or a drawing, as JSON. Numbers keep all their digits, so ink comes back as it was.

    Raises:
        CanvasError: if the metadata are not JSON, or the text holds half a character.
    """
    drawing = drawing_of(ink, text, metadata)
    strokes = [
        (s.points if s.times is None else np.column_stack([s.points, s.times])).tolist() for s in drawing.strokes
    ]
    try:
        return json_text(
            {
                "format": FORMAT,
                "text": drawing.text,
                "unit": drawing.unit,
                "y": "up",
                "strokes": strokes,
                "metadata": dict(drawing.metadata),
            }
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise CanvasError(f"this cannot be written as JSON: {error}") from error


def json_text(data: Any) -> str:
    """Strict JSON, not escaped; a ValueError, TypeError or RecursionError if something can't be written so."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
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
    check_size(content)
    try:
        return json_value(content)
    except RecursionError as error:
        raise CanvasError("this is not JSON of a drawing: too deeply nested") from error
    except ValueError as error:
        raise CanvasError(f"this is not JSON: {error}") from error


def is_own_json(data: object) -> bool:
    """Whether JSON says that it is a drawing of this project."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def json_value(content: str | bytes) -> Any:
    """What strict JSON says; NaN and infinities are a ValueError."""
    return json.loads(content, parse_constant=_no_constant)


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


def read_json(path: str | os.PathLike[str]) -> Drawing:
    """Read a JSON file of this project, of whatever name; see :func:`from_json`."""
    return parsed_file(path, from_json)


def write_json(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """:func:`to_json` into a file whose name ends in ``.json``.

    Raises:
        OSError: if the file cannot be written; an old one stays then.
        CanvasError: if its name ends otherwise, and as :func:`to_json`.
    """
    written_file(path, ".json", lambda: to_json(ink, text, metadata))
