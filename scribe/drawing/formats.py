"""Files of ink by what their names end in: the project's own formats, and those of other programs.

Times are kept where a format has them. What a drawing says is in the file, or it has to be told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scribe.drawing.canvas import from_json, is_own_json, parsed_json, write_json
from scribe.drawing.drawing import CanvasError, Drawing, parsed_file
from scribe.drawing.inkml import from_inkml, write_inkml
from scribe.drawing.quickdraw import from_ndjson, from_strokes
from scribe.drawing.svg_paths import from_svg
from scribe.drawing.unipen_ink import from_unipen
from scribe.ink import Ink

__all__ = ["ENDINGS", "load", "read_canvas", "read_line", "save"]


def _from_any_json(content: str | bytes) -> Drawing:
    data = parsed_json(content)
    return from_json(content) if is_own_json(data) else from_strokes(data)


_READERS: dict[str, Callable[[str | bytes], Drawing]] = {
    ".json": _from_any_json,
    ".ndjson": from_ndjson,
    ".inkml": from_inkml,
    ".xml": from_inkml,
    ".svg": from_svg,
    ".unp": from_unipen,
    ".dat": from_unipen,
}
ENDINGS = tuple(_READERS)
"""What the names of files that can be read end in."""


def load(path: str | os.PathLike[str]) -> Drawing:
    """Read a file of ink: ``.json`` (this project's, or a list of strokes), ``.ndjson`` (Quick, Draw!), ``.inkml``,
    ``.xml`` (InkML), ``.svg``, ``.unp``, ``.dat`` (UNIPEN).

    Raises:
        FileNotFoundError: if there is no such file.
        CanvasError: if its name ends otherwise, or it is damaged, hostile or too large.
    """
    ending = Path(path).suffix.lower()
    if ending not in _READERS:
        raise CanvasError(f"{path}: the name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    return parsed_file(path, _READERS[ending])


def read_canvas(
    path: str | os.PathLike[str], points_per_character: float = 15.0, text: str | None = None
) -> tuple[Ink, str]:
    """The ink of a file and what it says, or ``text`` if that is given: then it says that.

    Raises:
        FileNotFoundError: if there is no such file.
        CanvasError: see :func:`load` and :meth:`scribe.drawing.drawing.Drawing.ink`.
    """
    drawing = load(path)
    if text is not None:
        drawing = replace(drawing, text=text)
    try:
        return drawing.ink(points_per_character), drawing.text
    except CanvasError as error:
        raise CanvasError(f"{path}: {error}") from error


def read_line(
    path: str | os.PathLike[str], points_per_character: float = 15.0, text: str | None = None
) -> tuple[Ink, str]:
    """The ink of a file that holds one line or word, and what it says: a style, or a sample to learn from.

    Raises:
        FileNotFoundError: if there is no such file.
        CanvasError: as :func:`read_canvas`, and if nobody says what is written, or it is a page.
    """
    ink, said = read_canvas(path, points_per_character, text)
    rows = [row for row in said.splitlines() if row.strip()]
    if not rows:
        raise CanvasError(f"{path} does not tell what its ink says; to write or learn after it, that must be known")
    if len(rows) > 1:
        raise CanvasError(f"{path} is a page of {len(rows)} lines; to write or learn after it, take a line by itself")
    return ink, " ".join(rows[0].split())


def save(
    path: str | os.PathLike[str], ink: Ink | Drawing, text: str = "", metadata: Mapping[str, Any] | None = None
) -> None:
    """Write ink, or a drawing as it is, to a ``.json`` or ``.inkml`` file. ``text`` and ``metadata`` are for ink.

    Raises:
        OSError: if the file cannot be written; an old one stays then.
        CanvasError: if its name ends otherwise, or the text or the metadata cannot be written down.
    """
    writers = {".json": write_json, ".inkml": write_inkml}
    ending = Path(path).suffix.lower()
    if ending not in writers:
        raise CanvasError(f"{path} must end in .json or .inkml")
    writers[ending](path, ink, text, metadata)
