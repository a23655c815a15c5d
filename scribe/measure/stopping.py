"""Does it stop when it is done? What goes wrong at the end of a line, counted.

Three things can: the network does not come to the end and is cut off; it stops before all is written; it goes on when
all is written. Each is judged by what the network looked at and by what a reader reads in the ink, so that a window
that is in the right place while the pen is not is noticed too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Sample
from scribe.measure.intervals import share
from scribe.measure.legibility import Alignment, Reads, measured
from scribe.measure.likelihood import looked_at
from scribe.measure.texts import LONGEST, lines_of_all_lengths
from scribe.writer import Writer

__all__ = ["BIASES", "KINDS", "failures", "stopping"]

BIASES = (0.5, 1.0, 1.5, 2.0)
KINDS = ("cap", "early", "tail")
_LAST = 3  # characters at the end that are looked for
_READ_ON = 2  # characters read after the text that make a tail
_WRITTEN_ON = 3  # characters' worth of points after the window came to the end that make a tail
_LONG = 750  # points of a long line, as in the blog post "Scribe"


def failures(
    text: str, reason: str, looked: np.ndarray | None, alignment: Alignment | None, points_per_character: float
) -> frozenset[tuple[str, str]]:
    """What went wrong at the end of a line, and who says so: ``("tail", "reader")``; nothing in most.

    ``"cap"``
        It was cut off: after the points that it may make it had not come to the end.
    ``"early"``
        It stopped by itself, but the last three characters that are not spaces (all, if there are fewer) are missing:
        the window never rested on any of them, or the reader finds none of them, not even read wrongly.
    ``"tail"``
        It went on: the pen made more points than three characters need after the window first rested on the end of the
        text (people's last strokes take up to three: the window runs ahead of the pen), or the reader reads two
        characters or more after the last one.

    Args:
        text: what was to be written.
        reason: why it stopped, from the writer: ``"finished"`` or ``"cap"``.
        looked: from :func:`scribe.measure.likelihood.looked_at`; None judges by the reader alone.
        alignment: what was read; None judges by the window alone.
    """
    found = {("cap", "writer")} if reason == "cap" else set()
    places = [place for place, character in enumerate(text) if character != " "][-_LAST:]
    if looked is not None:
        if reason != "cap" and not np.isin(looked, places).any():
            found.add(("early", "window"))
        ended = np.flatnonzero(looked == len(text))
        # The last place is the one after the last point: a window that came there with it leaves no points after.
        if len(ended) and len(looked) - 1 - ended[0] > _WRITTEN_ON * points_per_character:
            found.add(("tail", "window"))
    if alignment is not None:
        if reason != "cap" and not any(alignment.read_as[place] for place in places):
            found.add(("early", "reader"))
        if alignment.after >= _READ_ON:
            found.add(("tail", "reader"))
    return frozenset(found)


def stopping(
    writer: Writer,
    reader: Reads | None = None,
    real: Sequence[Sample] = (),
    *,
    lines: int = 1000,
    longest: int = LONGEST,
    biases: Sequence[float] = BIASES,
    alphabet: Alphabet | None = None,
    seed: int = 0,
    batch: int = 128,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, object]:
    """Write many lines of 1 to ``longest`` characters and count how many end badly, and how.

    Args:
        reader: also reads the lines; None judges by the window alone.
        real: lines by people, which all end well: what is said of them is said without reason. The network must be able
            to read their texts.
        biases: taken in turns.
        alphabet: of the lines; that of the writer if None. A reader must know it, too.
        seed: of the first line; each line has its own, ``seed`` + its number.
        report: told the share that is done.

    Returns:
        Ready for JSON. A line counts once in ``failed``, whatever went wrong with it.
    """
    texts = lines_of_all_lengths(lines, longest=longest, seed=seed, alphabet=alphabet or writer.weights.alphabet)
    # Lines of one length get all biases, else short lines would always be written with the first of them.
    bias = [biases[(i + i // longest) % len(biases)] for i in range(lines)]
    order = sorted(range(lines), key=lambda i: len(texts[i]))
    found: list[frozenset[tuple[str, str]]] = [frozenset()] * lines
    points = np.zeros(lines, int)
    readings: list[Alignment | None] = [None] * lines
    for start in range(0, lines, batch):
        chosen = order[start : start + batch]
        wanted = [texts[i] for i in chosen]
        inks = writer.write_many(wanted, bias=[bias[i] for i in chosen], seed=[seed + i for i in chosen])
        looked = looked_at(writer.weights, inks, wanted)
        alignments = measured(reader, inks, wanted) if reader is not None else [None] * len(chosen)
        for i, ink, reason, places, alignment in zip(chosen, inks, inks.stop_reasons, looked, alignments, strict=True):
            found[i] = failures(texts[i], reason, places, alignment, writer.weights.points_per_character)
            points[i], readings[i] = len(ink), alignment
        report((start + len(chosen)) / lines)

    def counted(chosen: Sequence[int]) -> dict[str, object]:
        return _counted([found[i] for i in chosen])

    everything = range(lines)
    spans = [(low + 1, min(low + 20, longest)) for low in range(0, longest, 20)]
    by_length = [([i for i in everything if low <= len(texts[i]) <= high], low, high) for low, high in spans]
    long = [i for i in everything if points[i] >= _LONG]
    result: dict[str, object] = {
        "longest": longest,
        "biases": list(biases),
        "seed": seed,
        "judged_by": "window and reader" if reader is not None else "window",
        **counted(everything),
        "by_bias": [
            {"bias": b} | counted(chosen) for b in biases if (chosen := [i for i in everything if bias[i] == b])
        ],
        "by_length": [{"characters": [low, high]} | counted(chosen) for chosen, low, high in by_length if chosen],
        f"of_{_LONG}_points_and_more": counted(long) if long else None,
        "most_points_of_a_line_that_ended_well": int(max((points[i] for i in everything if not found[i]), default=0)),
        "real": None,
        "failures": [
            {
                "text": texts[i],
                "bias": bias[i],
                "seed": seed + i,
                "what": sorted(map(list, found[i])),
                "points": int(points[i]),
            }
            | ({} if (reading := readings[i]) is None else {"read": reading.read})
            for i in everything
            if found[i]
        ][:50],
    }
    if real:
        inks, wanted = [sample.ink for sample in real], [sample.text for sample in real]
        looked = looked_at(writer.weights, inks, wanted)
        alignments = measured(reader, inks, wanted) if reader is not None else [None] * len(real)
        judged = zip(wanted, looked, alignments, strict=True)
        pace = writer.weights.points_per_character
        result["real"] = _counted([failures(text, "finished", places, read, pace) for text, places, read in judged])
    return result


def _counted(found: Sequence[frozenset[tuple[str, str]]]) -> dict[str, object]:
    """Ready for JSON: lines with any failure, and of each kind how many, and who says so."""
    kinds = {
        kind: {"lines": sum(any(kind == k for k, _ in one) for one in found)}
        | {judge: n for judge in ("window", "reader") if (n := sum((kind, judge) in one for one in found))}
        for kind in KINDS
    }
    return {"lines": len(found), "failed": share(sum(map(bool, found)), len(found)).rounded(4), **kinds}
