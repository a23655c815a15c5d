"""UNIPEN train_r01_v07: real handwriting by more than 500 people, collected in the 1990s.

The way of the data, top to bottom in this file: files of a source -> marked pieces of ink (segments with a clean
label) -> pieces by writer -> rows of pages -> strokes of one size on a level baseline -> samples. What is not
fit for learning falls out on the way, each time for a named reason that is counted.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from scribe.cores import in_processes
from scribe.corpora import rows
from scribe.corpora.corpus import Corpus, Sample, split_of
from scribe.corpora.unipen_archive import Files, Progress, UnipenError, download, read_files
from scribe.drawing import normalise
from scribe.drawing.unipen_format import Component, Segment, parse_data_file, read_components
from scribe.ink import Ink, resample_stroke

__all__ = ["UnipenError", "download", "read_unipen"]

LONGEST = 100
"""Characters; longer lines are cut at word gaps."""

MOST_COMPONENTS = 10_000
"""Of a segment. A page has some hundred; without a limit, a small file could name all its ink a million times."""

NO_LINES = {
    "atu": "source: pen lifts lost",
    "att": "source: tokens in boxes",
    "ced": "source: spaced capitals in boxes",
}
NO_WORDS = {
    "atu": "source: pen lifts lost",
    "att": "source: tokens in boxes",
    "rim": "source: spaced capitals in boxes",
    "ced": "source: spaced capitals in boxes",
}
TOKENISED = frozenset({"cea", "ceb", "cec", "dar", "hpb", "hpp", "sta"})
"""Sources whose labels have spaces around punctuation where the ink has none."""

MARKUP = {"kai": ("@", ""), "lex": ("&&", "&")}
"""What sources put into labels that is not in the ink: letters that touch, an escaped ampersand."""

METADATA = {
    "name": "UNIPEN train_r01_v07",
    "licence": "CC BY 4.0",
    "attribution": (
        "I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet: UNIPEN project of on-line data exchange"
        " and recognizer benchmarks. ICPR 1994. https://doi.org/10.1109/ICPR.1994.576870."
        " Data: International Unipen Foundation, https://doi.org/10.5281/zenodo.1195803"
    ),
    "source": "https://doi.org/10.5281/zenodo.1195803",
    "synthetic": False,
    "notice": (
        "Copyright 1999, International Unipen Foundation. Provided without express or implied warranty of any kind;"
        " use requires proper reference to the database. The notice of 1999 allowed research only;"
        " the foundation has since published the data under CC BY 4.0."
    ),
    "changes": (
        "Lines and words chosen, cut, turned level, scaled to body height, smoothed and resampled; labels cleaned;"
        " writers made anonymous."
    ),
}


class Unfit(Exception):
    """A piece of ink is not fit for learning; the argument is the reason, as it is counted."""


@dataclass(frozen=True)
class Piece:
    """A labelled piece of ink on its way: ``strokes`` in device units, ``components`` where each came from.

    ``kind`` is ``"line"``, ``"word"``, or ``"mark"`` for a word without a letter or digit: it has neither a size
    nor a baseline of its own, but it tells where in a line it stands.
    """

    kind: str
    text: str
    strokes: list[np.ndarray]
    person: str
    page: int
    components: tuple[int, ...] = ()


def read_unipen(
    path: str | os.PathLike[str],
    *,
    points_per_character: float = 15.0,
    processes: int = 1,
    progress: Progress | None = None,
) -> Corpus:
    """The lines and words of UNIPEN, cleaned and brought to one size, as a corpus.

    Its metadata say what was left out and how often (``"dropped"``), and how large the archive was (``"archive"``, the
    ``facts`` of :class:`~scribe.corpora.unipen_archive.Contents`).

    Args:
        path: the archive (``.tgz``, ``.tar.xz``, ``.tar``; nothing is unpacked to disk), or a folder with its content.
        points_per_character: each writer's ink is resampled, evenly in time and by one factor,
            to this many points per character on average, spaces not counted.
        processes: how many clean the ink; the corpus is the same. A script that asks for more than one keeps what it
            does under ``if __name__ == "__main__":``, as these import it.
        progress: called with the share of the work done, 0 to 1, and a description of what is being done.

    Raises:
        OSError: if there is no such file.
        UnipenError: if it is damaged or holds no UNIPEN data.
    """
    if not 1 <= points_per_character <= 1000:
        raise UnipenError(f"points_per_character must be 1 or more, and not above 1000: {points_per_character}")
    report = progress or (lambda share, what: None)
    contents = read_files(path, lambda share, what: report(0.2 * share, what))
    sources = sources_of(contents.data, contents.include, points_per_character)
    sizes = [source.size for source in sources]
    done = 0

    def cleaned(number: int) -> None:
        nonlocal done
        done += sizes[number]
        report(0.2 + 0.8 * done / sum(sizes), "cleaning the ink")

    report(0.2, "cleaning the ink")
    parts = in_processes(clean, sources, processes, cleaned)
    samples: list[Sample] = []
    dropped: Counter[str] = Counter()
    for _, (own, reasons) in sorted(zip((source.name for source in sources), parts, strict=True)):
        samples += own
        dropped.update(reasons)
    if not samples:
        raise UnipenError(f"{path} has UNIPEN files, but no line or word in them can be used: {dict(dropped)}")
    report(1.0, "done")
    settings = {"points_per_character": points_per_character, "dropped": dict(dropped.most_common())}
    return Corpus.from_samples(samples, {**METADATA, **settings, "archive": contents.facts})


# The work, source by source: none needs another's files


@dataclass(frozen=True)
class Source:
    """One contributor's files: all that is needed to make samples of them, and ``size``, how much that is."""

    name: str
    data: Files
    include: Files
    points_per_character: float

    @property
    def size(self) -> int:
        return self.data.size + self.include.size


def sources_of(data: Files, include: Files, points_per_character: float) -> list[Source]:
    """The sources, those with the most ink first, so that no large one is left at the end when others are done."""
    names = defaultdict(list)
    for name in sorted(data):
        names[name.split("/")[1]].append(name)
    sources = []
    for source, own in names.items():
        asked = set().union(*map(data.asks, own))
        sources.append(Source(source, data.chosen(own), include.with_included(asked), points_per_character))
    return sorted(sources, key=lambda source: -source.size)


def clean(source: Source) -> tuple[list[Sample], Counter[str]]:
    """The samples of a source, and how many pieces of ink were dropped for which reason."""
    dropped: Counter[str] = Counter()
    pieces = list(marked_pieces(source.name, source.data, source.include, dropped))
    return list(source_samples(source.name, pieces, source.points_per_character, dropped)), dropped


# Files of a source -> marked pieces of ink


def marked_pieces(
    source: str, data: Mapping[str, bytes], include: Mapping[str, bytes], dropped: Counter[str]
) -> Iterator[Piece]:
    """Every text and word of a source that has ink and a label to trust."""
    pages: dict[tuple[str, ...], dict[Segment, None]] = defaultdict(dict)
    for content in data.values():  # words and texts on the same ink come in several files
        file = parse_data_file(content)
        pages[file.includes].update(dict.fromkeys(file.segments))
    for number, (includes, segments) in enumerate(pages.items()):
        try:
            components = read_components(includes, include)
        except ValueError:
            dropped["include: missing or circular"] += len(segments)
            continue
        strokes: dict[int, np.ndarray] = {}
        taken = set()
        for segment in segments:
            try:
                piece = _piece(source, number, segment, components, strokes)
            except Unfit as unfit:
                dropped[str(unfit)] += 1
                continue
            if piece and (piece.kind, segment.spans) not in taken:
                taken.add((piece.kind, segment.spans))
                yield piece


def _piece(
    source: str, page: int, segment: Segment, components: list[Component], strokes: dict[int, np.ndarray]
) -> Piece | None:
    """The ink of a segment with its label, None for single characters.

    Raises:
        Unfit: with the reason.
    """
    if segment.level not in ("TEXT", "WORD"):
        return None
    text = clean_label(segment.label, source)
    kind = "line" if segment.level == "TEXT" and " " in text else "word"
    check_segment(source, kind, segment.quality)
    numbers = segment_components(segment, components)
    own = segment_strokes(segment, numbers, components, strokes)
    if kind == "word" and not any(character.isalnum() for character in text):
        kind = "mark"
    elif np.ptp(np.concatenate(own)[:, 1]) < 12:
        raise Unfit("ink: too coarse")
    return Piece(kind, text, own, components[numbers[0]].writer, page, numbers)


def clean_label(label: str, source: str) -> str:
    """A label as it was written: single spaces, and none where a tokeniser put them.

    Raises:
        Unfit: if nobody can say what was written.
    """
    text = " ".join(label.split())
    text = text.replace(*MARKUP.get(source, (" ", " ")))
    if not text or not all(" " <= character <= "~" for character in text):
        raise Unfit("label: empty or not ASCII")
    if text == "Word!" or "XXX" in text:
        raise Unfit("label: stands for something crossed out or unread")
    if source in TOKENISED:
        if re.search(r"\d \d|\d ['.,:/-] \d", text):
            raise Unfit("label: numbers torn apart")
        if re.search(r"(^| )[\"'](?= |$)", text):
            raise Unfit("label: quotes torn off")
        text = re.sub(r" ([.,;:!?)]|'[a-z]+)(?= |$|[.,;:!?)])", r"\1", text)
        text = re.sub(r"\( ", "(", text)
    return text


def check_segment(source: str, kind: str, quality: str) -> None:
    """Sources and qualities that are of no use.

    Raises:
        Unfit: with the reason.
    """
    unfit = (NO_LINES if kind == "line" else NO_WORDS).get(source)
    if unfit:
        raise Unfit(unfit)
    if quality == "BAD":
        raise Unfit("quality: bad")


def segment_components(segment: Segment, components: list[Component]) -> tuple[int, ...]:
    """The numbers of the pen-down components of a segment.

    Raises:
        Unfit: if there are none, or ink is missing or was withheld from the distribution.
    """
    numbers: list[int] = []
    for (first, _), (last, _) in segment.spans:
        if not first <= last < len(components):
            raise Unfit("ink: span leads nowhere")
        if len(numbers) + last - first > MOST_COMPONENTS:
            raise Unfit("ink: too much of it")
        numbers += [number for number in range(first, last + 1) if components[number].pen_down]
    if any(components[number].withheld for number in numbers):
        raise Unfit("ink: withheld")
    if not numbers or len(set(numbers)) < len(numbers):
        raise Unfit("ink: none, or some of it twice")
    return tuple(numbers)


def segment_strokes(
    segment: Segment, numbers: Iterable[int], components: list[Component], strokes: dict[int, np.ndarray]
) -> list[np.ndarray]:
    """The strokes of components, a resting pen left out; ``strokes`` keeps whole ones for other segments.

    Raises:
        Unfit: if rows of numbers are broken, or there are none where the segment is said to be.
    """
    try:
        for number in numbers:
            if number not in strokes:
                strokes[number] = normalise.without_repeats(components[number].points())
        parts: dict[int, tuple[int | None, int | None]] = dict.fromkeys(numbers, (None, None))
        for (first, start), (last, end) in segment.spans:
            if start is not None and first in parts:
                parts[first] = (start, parts[first][1])
            if end is not None and last in parts:
                parts[last] = (parts[last][0], end + 1)
        own = []
        for number, (start, end) in parts.items():
            if start is None and end is None:
                own.append(strokes[number])
            else:
                own.append(normalise.without_repeats(components[number].points()[start:end]))
    except (ValueError, IndexError) as error:
        raise Unfit("ink: broken rows") from error
    if not all(map(len, own)):
        raise Unfit("ink: a segment without points")
    return own


# Pieces of a source -> pieces by writer -> samples


def source_samples(
    source: str, pieces: Iterable[Piece], points_per_character: float, dropped: Counter[str]
) -> Iterator[Sample]:
    """The samples of a source, writer by writer, under labels that name nobody."""
    by_person = defaultdict(list)
    for piece in pieces:
        by_person[piece.person].append(piece)
    for number, person in enumerate(sorted(by_person), 1):
        group = writer_group(source, person)
        split = "train" if group == "cedar" else split_of(f"unipen {group}")
        own = resampled(by_person[person], points_per_character)
        for kind, text, strokes in writer_pieces(own, dropped):
            offsets = normalise.rounded_offsets(strokes)
            yield Sample(Ink(offsets), text, f"{source}-{number:03d}", kind, split)


def writer_group(source: str, person: str) -> str:
    """Who must stay on one side of a split: people who wrote for several sources of one contributor.

    The three sources of CEDAR share people under other names and are one group.
    """
    person = person.lower()
    if source in ("cea", "ceb", "cec"):
        return "cedar"
    if source in ("apa", "apb", "apc", "apd", "ape", "app"):
        return "apple " + re.sub(r"[^a-z]", "", re.sub(r"^text|split$", "", person))
    if source in ("sta", "hpb", "hpp"):
        return "hp " + re.sub(r"^hpb\d-", "", person)
    if source in ("bba", "bbb", "bbc", "bbd"):
        return "bbn " + person
    if source in ("ced", "cee"):
        return "ced " + person
    return f"{source} {person}"


def resampled(pieces: list[Piece], points_per_character: float) -> list[Piece]:
    """All pieces of a writer, resampled evenly in time by one factor.

    Old tablets tremble, so strokes are smoothed first, by .4 points of the result: more would shrink small loops.
    """
    lengths = [len(stroke) for piece in pieces for stroke in piece.strokes]
    wanted = points_per_character * sum(len(piece.text.replace(" ", "")) for piece in pieces)
    # A stroke keeps both of its ends, so only what lies between can be thinned.
    factor = max(wanted - len(lengths), wanted / 4) / max(sum(lengths) - len(lengths), 1)
    smoothing = 0.4 / factor if factor < 1 else 0.0
    done: dict[int, np.ndarray] = {}  # words and lines share strokes
    for piece in pieces:
        for stroke in piece.strokes:
            if id(stroke) not in done:
                done[id(stroke)] = resample_stroke(stroke, factor, smoothing)
    return [replace(piece, strokes=[done[id(stroke)] for stroke in piece.strokes]) for piece in pieces]


@dataclass(frozen=True)
class Placed:
    """A line or word that is level, with its baseline, its body height and how much wider it is than its text."""

    kind: str
    text: str
    strokes: list[np.ndarray]
    baseline: float
    height: float
    stretch: float


def writer_pieces(pieces: list[Piece], dropped: Counter[str]) -> Iterator[tuple[str, str, list[np.ndarray]]]:
    """Kind, text and strokes in body heights on the baseline, of all that one writer wrote and that is fit."""
    rough = float(np.median([normalise.rough_height(piece.strokes) for piece in pieces[:: len(pieces) // 50 + 1]]))
    if rough <= 0:
        dropped["size: unknown"] += len(pieces)
        return
    placed = placed_pieces(list(single_rows(pieces, rough, dropped)), rough)
    usual = float(np.median([piece.stretch for piece in placed])) if placed else 1.0
    if usual < 0.5:
        dropped["writer: letters on top of one another"] += len(placed)
        return
    for piece in placed:
        try:
            check_shape(piece, usual)
        except Unfit as unfit:
            dropped[str(unfit)] += 1
            continue
        origin = np.array([piece.strokes[0][0, 0], piece.baseline])
        yield piece.kind, piece.text, [(stroke - origin) / piece.height for stroke in piece.strokes]


def single_rows(
    pieces: list[Piece], height: float, dropped: Counter[str]
) -> Iterator[tuple[str, str, list[np.ndarray]]]:
    """Words as they are; texts row by row, and no row too long."""
    words = defaultdict(list)
    for piece in pieces:
        if piece.kind == "word":
            if len(piece.text) > 12 and len(rows.rows_of(piece.strokes, height)) > 1:
                dropped["word: in several rows"] += 1
            else:
                yield "word", piece.text, piece.strokes
        if piece.kind != "line":
            words[piece.page].append((piece.text, piece.components))
    for piece in pieces:
        dropped["word: no letter or digit"] += piece.kind == "mark"
        if piece.kind != "line":
            continue
        found = rows.rows_of(piece.strokes, height)
        if len(found) == 1 and len(piece.text) <= LONGEST:
            yield "line", piece.text, piece.strokes
            continue
        row_of = {piece.components[i]: number for number, row in enumerate(found) for i in row}
        inks = [[piece.strokes[i] for i in row] for row in found]
        texts = rows.marked(piece.text, row_of, words[piece.page])
        if texts is None:
            parts = rows.cut(inks, piece.text.split(" "), height, LONGEST)
            dropped["text: nobody can tell which words stand in which row"] += not parts
        else:  # a row of one marked word is a sample already
            parts = [part for part in zip(texts, inks, strict=True) if " " in part[0] and len(part[0]) <= LONGEST]
        for text, strokes in parts:
            yield "line", text, strokes


def placed_pieces(pieces: list[tuple[str, str, list[np.ndarray]]], rough: float) -> list[Placed]:
    """Pieces made level, with baseline and size. The fewer small letters, the more the writer's usual size counts."""
    levelled = [normalise.level(strokes, rough) for _, _, strokes in pieces]
    bands = [normalise.body_band(strokes, text) for strokes, (_, text, _) in zip(levelled, pieces, strict=True)]
    heights = np.array([top - bottom for bottom, top in bands])
    small = np.array([sum(map(str.islower, text)) for _, text, _ in pieces])
    known = heights[(small >= 3) & (heights > 0)]
    usual = float(np.median(known)) if len(known) else rough
    small = np.where(heights > 0, small, 0)
    heights = usual * np.exp(small / (small + 12) * np.log(np.where(heights > 0, heights, usual) / usual))
    return [
        Placed(kind, text, strokes, bottom, height, normalise.extent(strokes) / height / normalise.expected_width(text))
        for (kind, text, _), strokes, (bottom, _), height in zip(pieces, levelled, bands, heights.tolist(), strict=True)
    ]


def check_shape(piece: Placed, usual: float) -> None:
    """Ink that cannot be what its label says, or not in one row.

    Raises:
        Unfit: with the reason.
    """
    joined = (np.concatenate(piece.strokes) - (piece.strokes[0][0, 0], piece.baseline)) / piece.height
    if joined[:, 1].max() > 6 or joined[:, 1].min() < -4.5 or joined[:, 0].min() < -5:
        raise Unfit("shape: ink far outside of the row")
    if len(piece.text) > 3 and not 0.42 < piece.stretch / usual < 2.2:
        raise Unfit("shape: too wide or too narrow for the text")
    steps = np.abs(np.diff(joined, axis=0))
    lifted = normalise.ends(piece.strokes)[:-1] - 1
    drawn = np.hypot(steps[:, 0], steps[:, 1])
    drawn[lifted] = 0
    if steps[lifted].max(initial=0) > 60 or drawn.max(initial=0) > 2.5:
        raise Unfit("shape: a leap of the pen")
