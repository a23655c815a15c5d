"""Strokes from other people's JSON: lists of points, and the drawings of Google's Quick, Draw!."""

from __future__ import annotations

from typing import Any

from scribe.drawing.canvas import parsed_json, stroke_of_points
from scribe.drawing.drawing import CanvasError, Drawing, checked_drawing
from scribe.drawing.timing import TimedStroke

__all__ = ["from_ndjson", "from_strokes"]


def from_strokes(data: Any) -> Drawing:
    """A raw drawing from JSON, already parsed, that says strokes in one of these ways, y pointing down as on a screen.

    * a list of strokes, each a list of points ``[x, y]``, ``[x, y, t]`` or ``{"x": ..., "y": ..., "t": ...}``;
    * an object with such a list as its ``"strokes"``, and perhaps what they say as its ``"text"``;
    * an object of Quick, Draw! with ``"drawing"``, a list of strokes ``[[x...], [y...]]`` or ``[[x...], [y...],
      [t...]]``, and ``"word"``.

    Raises:
        CanvasError: if it's something else.
    """
    if isinstance(data, list):
        data = {"strokes": data}
    if not isinstance(data, dict) or not isinstance(data.get("drawing", data.get("strokes")), list):
        raise CanvasError(
            'this is not a drawing: it must be a list of strokes, or an object with "strokes" or "drawing"'
        )
    text = data.get("text", data.get("word", ""))
    if not isinstance(text, str):
        raise CanvasError('"text" must be a string')
    if "drawing" in data:
        strokes = [_columns(stroke, number) for number, stroke in enumerate(data["drawing"])]
    else:
        strokes = [stroke_of_points(_rows(stroke), number) for number, stroke in enumerate(data["strokes"])]
    return checked_drawing(strokes, False, text)


def from_ndjson(content: str | bytes) -> Drawing:
    """A drawing of Quick, Draw!, one JSON object in one line.

    Raises:
        CanvasError: if there are more lines, or it is something else.
    """
    rows = [row for row in content.splitlines() if row.strip()]
    if len(rows) != 1:
        raise CanvasError(f"the file holds {len(rows):,} drawings; give one with the line of a single drawing")
    return from_strokes(parsed_json(rows[0]))


def _rows(stroke: object) -> object:
    """Points with names as points without."""
    if not isinstance(stroke, list):
        return stroke
    return [
        [point[name] for name in ("x", "y", "t") if name in point] if isinstance(point, dict) else point
        for point in stroke
    ]


def _columns(stroke: object, number: int) -> TimedStroke:
    """A stroke of Quick, Draw!: a list of x, one of y, and perhaps one of t in milliseconds."""
    if not isinstance(stroke, list) or len(stroke) not in (2, 3) or not all(isinstance(c, list) for c in stroke):
        raise CanvasError(f"stroke {number} must be lists of x and of y, and perhaps of t")
    if len({len(column) for column in stroke}) > 1:
        raise CanvasError(f"stroke {number} has lists of different lengths")
    return stroke_of_points([list(point) for point in zip(*stroke, strict=True)], number)
