"""One file of UNIPEN as a drawing: what was written in it, and its ink."""

from __future__ import annotations

from scribe.drawing.drawing import CanvasError, Drawing, checked_drawing
from scribe.drawing.timing import TimedStroke
from scribe.drawing.unipen_format import parse_data_file, read_components

__all__ = ["from_unipen"]


def from_unipen(content: str | bytes) -> Drawing:
    """A raw drawing from UNIPEN's format of 1994, with the text of its segments, those of whole texts if it has any.

    Raises:
        CanvasError: if there is no ink in it, it includes other files, or a stroke cannot be read.
    """
    content = content.encode("latin-1", "replace") if isinstance(content, str) else content
    try:
        components = read_components(["it"], {"it": content})
    except ValueError as error:
        raise CanvasError(f"the ink is in other files: {error}; give the file that it is in") from error
    strokes = []
    for number, component in enumerate(components):
        if component.pen_down and not component.withheld:
            try:
                strokes.append(TimedStroke(component.points()))
            except ValueError as error:
                raise CanvasError(f"component {number} of the UNIPEN file cannot be read: {error}") from error
    if not strokes:
        raise CanvasError("this is not UNIPEN with ink in it: no .PEN_DOWN has rows of numbers")
    segments = parse_data_file(content).segments
    for level in ("TEXT", "LINE", "WORD", "CHARACTER"):
        labels = [segment.label for segment in segments if segment.level == level]
        if labels:
            glue = "" if level == "CHARACTER" else " " if level == "WORD" else "\n"
            return checked_drawing(strokes, True, glue.join(labels))
    return checked_drawing(strokes, True)
