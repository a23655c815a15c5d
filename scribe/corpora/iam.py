"""IAM-OnDB, the handwriting that Graves (2013) learned from, read from a user's own copy.

The database is for non-commercial research, needs a registration with its makers and may not be passed on. This project
neither contains nor downloads it. A user who has it gives the archives as they are, or the folders unpacked from them:

* ``lineStrokes-all.tar.gz``: ``.../a01/a01-000/a01-000u-01.xml``, the pen strokes of one line, with times in seconds;
* ``ascii-all.tar.gz``: ``.../a01/a01-000/a01-000u.txt``, what the whole form says: its lines after ``CSR:``
  are the lines of the stroke files, in order;
* ``original-xml-all.tar.gz``, if at hand: ``.../a01/a01-000/strokesu.xml``, which knows who wrote form ``a01-000u``.

Without the last, nobody can tell which forms are by one writer, and every form counts as a writer of its own: corpora
made that way have writers in training whom they also test with. The metadata say so.

Reference: M. Liwicki and H. Bunke, "IAM-OnDB - an on-line English sentence database acquired from handwritten text on
a whiteboard", ICDAR 2005.
"""

from __future__ import annotations

import html
import os
import re
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import Corpus, Sample, split_of
from scribe.corpora.unipen_archive import DAMAGE, Member
from scribe.drawing.normalise import body_band, expected_width, extent, level, rough_height, rounded_offsets
from scribe.drawing.timing import TimedStroke, evenly_timed, without_jumps
from scribe.drawing.xml import HostileXmlError, XmlError, parse_xml
from scribe.ink import Ink

__all__ = ["IamError", "read_iam"]

LARGEST_FILE = 32 << 20
LARGEST_ARCHIVE = 8 << 30  # unpacked
MOST_POINTS = 50_000  # in a line
LONGEST_TEXT = 1000  # characters; a line has some thirty
LATEST = 1e15  # times
JUMP = 4.0  # body heights between two points of a stroke: more than a pen does in a fiftieth of a second

_STROKES = re.compile(r"(?:^|/)([a-z]\d\d-\d{3}[a-z]?)-(\d\d)\.xml$")
_TEXT = re.compile(r"(?:^|/)([a-z]\d\d-\d{3}[a-z]?)\.txt$")
_ORIGINAL = re.compile(r"(?:^|/)([a-z]\d\d-\d{3})/strokes([a-z]?)\.xml$")


class IamError(ValueError):
    """The files given are not those of IAM-OnDB, or are damaged."""


class _Line(NamedTuple):
    text: str
    strokes: list[TimedStroke]
    baseline: float
    height: float


def read_iam(
    strokes: str | os.PathLike[str],
    texts: str | os.PathLike[str],
    originals: str | os.PathLike[str] | None = None,
    *,
    points_per_character: float = 15.0,
    alphabet: Alphabet = ASCII,
) -> Corpus:
    """A corpus of the lines of IAM-OnDB.

    Args:
        strokes: ``lineStrokes-all.tar.gz``, or the folder it was unpacked to.
        texts: ``ascii-all.tar.gz``, likewise.
        originals: ``original-xml-all.tar.gz``, likewise; tells the writers. See above for what is lost without it.
        points_per_character: every writer's lines are resampled, evenly in time, to so many points per character,
            spaces not counted.
        alphabet: lines with other characters are left out, and counted.

    Raises:
        FileNotFoundError: if a path does not exist.
        IamError: if an archive is damaged, too large or holds nothing that belongs there, or XML is hostile.
    """
    if not 0 < points_per_character <= 1000:
        raise IamError(f"points_per_character must be greater than 0 and at most 1000, not {points_per_character}")
    labels = _labels(texts)
    writers = _writers(originals) if originals is not None else {}
    by_writer: dict[str, list[_Line]] = defaultdict(list)
    dropped: Counter[str] = Counter()
    files = 0
    for match, content in _files(strokes, _STROKES):
        files += 1
        form, number = match[1], int(match[2])
        lines = labels.get(form, [])
        if not 1 <= number <= len(lines):
            dropped["without a text"] += 1
            continue
        line = _line(content, lines[number - 1], match[0], alphabet, dropped)
        if line is not None:
            by_writer[writers.get(form, f"form {form}")].append(line)
    if not files:
        raise IamError(f"{strokes} holds no line strokes (such as a01-000u-01.xml); is it lineStrokes-all.tar.gz?")
    samples = []
    for writer, lines in sorted(by_writer.items()):
        samples += _samples(writer, lines, points_per_character, dropped)
    if not samples:
        raise IamError(f"none of the {files} lines can be used: {_listed(dropped)}")
    metadata = {
        "name": "IAM-OnDB",
        "synthetic": False,
        "licence": "IAM-OnDB: for non-commercial research by registered users; not to be passed on",
        "attribution": "M. Liwicki, H. Bunke, IAM-OnDB - an on-line English sentence database acquired from "
        "handwritten text on a whiteboard, ICDAR 2005, doi 10.1109/ICDAR.2005.132",
        "points_per_character": points_per_character,
        "writers_known": bool(writers),
        "dropped": dict(dropped),
    }
    if not writers:
        metadata["note"] = "Writers are unknown: each form counts as one, so a person may be in more than one split."
    return Corpus.from_samples(samples, metadata)


def _listed(dropped: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in dropped.most_common()) or "no reason known"


def _files(path: str | os.PathLike[str], pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], bytes]]:
    """The files of an archive, or of a folder, whose names match; nothing is unpacked to disk."""
    path = Path(path)
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            match = pattern.search(file.as_posix())
            if match and file.is_file():
                if file.stat().st_size > LARGEST_FILE:
                    raise IamError(f"{file} is too large to be a file of IAM-OnDB")
                yield match, file.read_bytes()
        return
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    total = 0
    try:
        with tarfile.open(path, "r:*", tarinfo=Member) as archive:
            for member in archive:
                # A header may claim any size; nothing of it has been unpacked yet.
                total += member.size
                if total > LARGEST_ARCHIVE:
                    raise IamError(f"{path} unpacks to more than {LARGEST_ARCHIVE >> 30} GiB; that is not IAM-OnDB")
                match = pattern.search(member.name)
                if not match or not member.isfile():
                    continue
                if member.size > LARGEST_FILE:
                    raise IamError(f"{member.name} in {path} is too large to be a file of IAM-OnDB")
                file = archive.extractfile(member)
                content = file.read() if file else b""
                if len(content) != member.size:
                    raise EOFError(f"{member.name} is cut short")
                yield match, content
    except (PermissionError, IamError):
        raise
    except DAMAGE as error:
        raise IamError(f"{path} cannot be read as an archive; is the download complete? ({error})") from error


def _xml(content: bytes, name: str) -> Element | None:
    """The root of an XML file, or None if it is not well-formed.

    Raises:
        IamError: if it has entities of its own or names other files: no file of IAM-OnDB does.
    """
    try:
        return parse_xml(content)
    except HostileXmlError as error:
        raise IamError(f"{name} is hostile XML and was not read: {error}") from error
    except XmlError:
        return None


def _labels(texts: str | os.PathLike[str]) -> dict[str, list[str]]:
    """The lines of each form, empty lines left out as in the numbering of the stroke files."""
    labels = {}
    for match, content in _files(texts, _TEXT):
        _, found, after = content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").partition("CSR:")
        if found:
            lines = (" ".join(html.unescape(line).split()) for line in after.split("\n"))
            labels[match[1]] = [line for line in lines if line]
    if not labels:
        raise IamError(f"{texts} holds no texts (such as a01-000u.txt with a line 'CSR:'); is it ascii-all.tar.gz?")
    return labels


def _writers(originals: str | os.PathLike[str]) -> dict[str, str]:
    """Who wrote each form, as far as the original sessions tell."""
    writers = {}
    for match, content in _files(originals, _ORIGINAL):
        root = _xml(content, match[0])
        names = (e.get("writerID") for e in root.iter() if e.get("writerID")) if root is not None else ()
        name = next(iter(names), None)
        if name:
            writers[match[1] + match[2]] = f"writer {name}"
    if not writers:
        raise IamError(f"{originals} names no writers; is it original-xml-all.tar.gz?")
    return writers


def _line(content: bytes, text: str, name: str, alphabet: Alphabet, dropped: Counter[str]) -> _Line | None:
    """One line in device units, level, y upwards; None and a reason counted if it is of no use."""
    if "please enter transcription" in text.lower():
        dropped["without a text"] += 1
        return None
    if len(text) > LONGEST_TEXT:
        dropped["with a text too long"] += 1
        return None
    if not set(alphabet.characters).issuperset(text):
        dropped["with a character beyond the alphabet"] += 1
        return None
    root = _xml(content, name)
    strokes = _strokes(root) if root is not None else None
    if strokes is None:
        dropped["damaged"] += 1
        return None
    height = rough_height([s.points for s in strokes])
    strokes = [piece for s in strokes for piece in without_jumps(s, JUMP * height)] if height else []
    if not strokes:
        dropped["without ink"] += 1
        return None
    points = level([s.points for s in strokes], height)
    bottom, top = body_band(points, text)
    strokes = [TimedStroke(p, s.times) for p, s in zip(points, strokes, strict=True)]
    return _Line(text, strokes, bottom, top - bottom)


def _strokes(root: Element) -> list[TimedStroke] | None:
    """The strokes of a ``WhiteboardCaptureSession``, or None if they make no sense."""
    strokes: list[TimedStroke] = []
    total = 0
    for stroke in root.iter("Stroke"):
        try:
            rows = [
                (float(p.attrib["x"]), float(p.attrib["y"]), float(p.get("time", "nan"))) for p in stroke.iter("Point")
            ]
        except (KeyError, ValueError):
            return None
        if not rows:
            continue
        total += len(rows)
        x, y, time = np.array(rows).T
        if not np.isfinite([x, y]).all() or max(np.abs(x).max(), np.abs(y).max()) > 1e7 or total > MOST_POINTS:
            return None
        points = np.stack([x, -y], axis=1)  # y points down on the whiteboard
        strokes.append(TimedStroke(points, time if (np.abs(time) < LATEST).all() else None))
    return strokes or None


def _samples(writer: str, lines: list[_Line], points_per_character: float, dropped: Counter[str]) -> list[Sample]:
    """The lines of one writer, at one size and one rate."""
    usual = float(np.median([line.height for line in lines if line.height > 0] or [0]))
    if usual <= 0:
        dropped["without a height"] += len(lines)
        return []
    widths = [extent([s.points for s in line.strokes]) / expected_width(line.text) for line in lines]
    width = float(np.median(widths))
    kept = []
    for line, own in zip(lines, widths, strict=True):
        # Labels and ink that do not belong together, or half a line of ink.
        if 0.45 * width < own < 2.2 * width:
            kept.append(line)
        else:
            dropped["too wide or too narrow for the text"] += 1
    if not kept:
        return []
    characters = [len(line.text) - line.text.count(" ") for line in kept]
    # One clock for all lines of the writer: who writes a line in haste gets fewer points for it.
    strokes = evenly_timed([s for line in kept for s in line.strokes], points_per_character * sum(characters))
    remaining = iter(strokes)
    samples = []
    for line in kept:
        own = [next(remaining) for _ in line.strokes]
        small = sum(character.islower() for character in line.text)
        height = line.height if small > 3 and 0.6 * usual < line.height < 1.6 * usual else usual
        own = [(s - (own[0][0, 0], line.baseline)) / height for s in own]
        offsets = rounded_offsets(own)
        if not np.abs(offsets).max() <= 60:
            dropped["with a leap"] += 1
            continue
        samples.append(Sample(Ink(offsets), line.text, writer, "line", split_of(f"iam {writer}")))
    return samples
