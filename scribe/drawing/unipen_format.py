"""The UNIPEN format of 1994: plain text, a keyword with a dot in front at the start of a line.

Two kinds of file matter. A *data file* says which files to include and what was written where::

    .INCLUDE sta/data/sta1/hpb1-aeb.dat
    .SEGMENT TEXT 0-18 OK "The grass has a sweet smell ."

An *include file* holds the ink: blocks of rows that start with ``.PEN_DOWN`` or ``.PEN_UP``, whose
columns ``.COORD`` names. A *component* is a block with at least one row; components are numbered from 0
over all includes in order, and these are the numbers that a segment's spans refer to.

Nothing here touches a disk: files come as a mapping from name to content, so a name such as
``../../etc/passwd`` leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["Component", "DataFile", "Segment", "asked_for", "parse_data_file", "read_components"]

MAX_INCLUDES, MAX_DEPTH, MAX_BYTES = 1000, 20, 2**28
"""What one data file may include, nested includes counted; more is an attack and not handwriting."""

MAX_ROWS = 2**23
"""Bytes of one component."""

# All repetitions are bounded, so that no file takes longer than its size allows.
_SEGMENT = re.compile(
    r'^\.SEGMENT\s{1,99}(\w{1,30})\s{1,99}([\d:,\-]{1,999})\s{1,99}(\S{1,30})\s{1,99}"((?:[^"\\]|\\.){0,4000})"',
    re.MULTILINE | re.DOTALL,
)
_INCLUDE = re.compile(r"^\.INCLUDE[ \t]{1,99}(\S{1,999})", re.MULTILINE)
_SPAN = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")

Span = tuple[tuple[int, int | None], tuple[int, int | None]]
"""First and last place, both included; a place is a component and, or None, a point in it."""


@dataclass(frozen=True)
class Segment:
    """A label and the ink that it names. ``level`` is ``TEXT``, ``WORD`` or ``CHARACTER``."""

    level: str
    spans: tuple[Span, ...]
    quality: str
    label: str


@dataclass(frozen=True)
class DataFile:
    """The includes of a data file, in order, and its segments."""

    includes: tuple[str, ...]
    segments: tuple[Segment, ...]


class Component(NamedTuple):
    """Rows of one pen-down or pen-up block, unparsed, and what was declared before it."""

    rows: bytes
    pen_down: bool
    writer: str
    columns: tuple[str, ...]

    def points(self) -> np.ndarray:
        """x and y of each row, float64 ``(n, 2)``, y up.

        Raises:
            ValueError: if the rows are not numbers, or not as many as the columns ask for.
        """
        if len(self.rows) > MAX_ROWS:
            raise ValueError("a stroke of a million points")
        numbers = np.array(self.rows.split(), np.float64).reshape(-1, len(self.columns))
        points = numbers[:, [self.columns.index("X"), self.columns.index("Y")]]
        if not (np.abs(points) < 1e7).all():
            raise ValueError("coordinates out of range")
        return points

    @property
    def withheld(self) -> bool:
        """True if the distributors kept the ink back: one row of zeros stands in its place."""
        return len(self.rows) < 40 and not self.rows.strip(b"0 \t\n")


def normalise_newlines(content: bytes) -> bytes:
    """Content with any of the three line endings, with ``\\n`` only."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def parse_data_file(content: bytes) -> DataFile:
    """The includes and segments of a data file. What is malformed is skipped."""
    text = normalise_newlines(content).decode("latin-1")
    segments = []
    for level, spans, quality, label in _SEGMENT.findall(text):
        pieces = spans.split(",")
        parsed = tuple(span for span in map(_parse_span, pieces) if span is not None)
        if len(parsed) == len(pieces):
            segments.append(Segment(level, parsed, quality, _unescape(label)))
    return DataFile(tuple(_INCLUDE.findall(text)), tuple(segments))


def _unescape(label: str) -> str:
    r"""A label without its backslashes: ``\"`` is a quote, ``\\`` a backslash."""
    return re.sub(r"\\(.)", r"\1", label, flags=re.S)


def _parse_span(text: str) -> Span | None:
    """``7``, ``3-9``, ``3:12-9:4``; None for anything else."""
    match = _SPAN.fullmatch(text)
    if not match:
        return None
    first, *others = match.groups()
    a = int(first)
    a_point, b, b_point = (None if group is None else int(group) for group in others)
    return ((a, a_point), (a if b is None else b, a_point if b is None else b_point))


def read_components(includes: Iterable[str], files: Mapping[str, bytes]) -> list[Component]:
    """All components of the included files, in order, nested includes followed where they stand.

    Raises:
        ValueError: if a file is missing, or includes itself; component numbers would mean nothing then.
    """
    columns: tuple[str, ...] = ("X", "Y")
    writer = ""
    components = []
    for block in _blocks(includes, files):
        keyword, _, rest = block.partition(b"\n")
        if keyword.startswith((b"PEN_DOWN", b"PEN_UP")):
            pen_down = keyword.startswith(b"PEN_DOWN")
            rows = (keyword[8 if pen_down else 6 :] + b"\n" + rest) if b" " in keyword else rest
            if rows and not rows.isspace():
                components.append(Component(rows, pen_down, writer, columns))
        elif keyword.startswith(b"WRITER_ID"):
            writer = keyword[9:].decode("latin-1").strip()
        elif keyword.startswith(b"COORD"):
            named = tuple(keyword[5:].decode("latin-1").split())
            if "X" in named and "Y" in named:
                columns = named
    return components


def _blocks(includes: Iterable[str], files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Every keyword with what follows it up to the next keyword, includes replaced by their content."""
    count = size = 0

    def expand(name: str, above: tuple[str, ...]) -> Iterator[bytes]:
        nonlocal count, size
        if name in above:
            raise ValueError(f"{name} includes itself")
        if name not in files:
            raise ValueError(f"{name} is missing")
        content = normalise_newlines(files[name])
        count, size = count + 1, size + len(content)
        if count > MAX_INCLUDES or len(above) > MAX_DEPTH or size > MAX_BYTES:
            raise ValueError("too many includes")
        for block in _split(content):
            if not block.startswith(b"INCLUDE"):
                yield block
            elif (other := _included(block)) is not None:
                yield from expand(other, (*above, name))

    for name in includes:
        yield from expand(name, ())


def _split(content: bytes) -> list[bytes]:
    """Keywords, each with what follows it."""
    return (b"\n" + content).split(b"\n.")[1:]


def _included(block: bytes) -> str | None:
    """The name in an ``INCLUDE`` block, if it has one."""
    words = block.split(None, 2)
    return words[1].decode("latin-1") if len(words) > 1 else None


def asked_for(content: bytes) -> set[str]:
    """The names of all files that a data file or an include file includes itself."""
    if b".INCLUDE" not in content:
        return set()
    content = normalise_newlines(content)
    included = (_included(block) for block in _split(content) if block.startswith(b"INCLUDE"))
    return {*filter(None, included), *_INCLUDE.findall(content.decode("latin-1"))}
