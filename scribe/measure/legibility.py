"""Can it be read? What a reader makes of ink, held against what the ink should say.

A machine reads, always the same way, so that real and generated ink are judged alike and numbers compare over time. Its
own mistakes are in all of them: a character error rate is to be seen beside that of real ink, which is never 0 either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Sample
from scribe.ink import Ink
from scribe.measure.intervals import ratio, share
from scribe.measure.texts import TEXTS
from scribe.reader import Reader
from scribe.reading.edits import edits
from scribe.writer import Writer

__all__ = ["BIASES", "Alignment", "Reads", "aligned", "characters", "error_rate", "legibility", "measured"]

BIASES = (0.0, 0.5, 1.0, 2.0)
_CHUNK = 32  # texts that are proofread together

_CLASSES: dict[str, Callable[[str], bool]] = {
    "small letters": str.islower,
    "capitals": str.isupper,
    "digits": str.isdigit,
    "signs": lambda c: not c.isalnum() and c != " ",
    "spaces": str.isspace,
}


class Reads(Protocol):
    """Whatever can read ink, such as :class:`scribe.reader.Reader`."""

    @property
    def alphabet(self) -> Alphabet:
        """The characters that it can read."""
        ...

    def read_many(self, inks: Sequence[Ink]) -> list[str]: ...


class Alignment(NamedTuple):
    """What was read, character by character of what was wanted."""

    read: str
    read_as: tuple[str, ...]  # for each wanted character what it was read as; "" where nothing was
    errors: int  # the edit distance: characters read wrongly, left out, or read where there are none
    after: int  # of these, characters read after the end of what was wanted


def aligned(read: str, wanted: str) -> Alignment:
    """Lay what was read along what was wanted, with as few errors as can be.

    Of several ways with as few, it is the one that finds characters early: what is read twice counts as read once more
    after its place, and what is missing is missing at the end.
    """
    pairs = edits(read[::-1], wanted[::-1])[::-1]  # edits() finds them late
    after = 0
    while after < len(pairs) and not pairs[-1 - after][0]:
        after += 1
    return Alignment(read, tuple(r for w, r in pairs if w), sum(w != r for w, r in pairs), after)


def error_rate(
    alignments: Sequence[Alignment], groups: Sequence[object] | None = None, seed: int = 0
) -> dict[str, object]:
    """The character error rate with its interval, ready for JSON: errors over wanted characters of all lines."""
    errors = [a.errors for a in alignments]
    lengths = [len(a.read_as) for a in alignments]
    rate = ratio(errors, lengths, groups, seed=seed).rounded(4)
    whole = share(errors.count(0), len(errors)).rounded(4)
    return {
        "lines": len(errors),
        "characters": sum(lengths),
        "errors": sum(errors),
        "character_error_rate": rate,
        "lines_without_error": whole,
    }


def characters(texts: Sequence[str], alignments: Sequence[Alignment]) -> dict[str, object]:
    """How often each character was read as itself, ready for JSON.

    A character is right where it stands in its line among others (top-1 in context): the reader may use its neighbours,
    as people do.

    Returns:
        For each character that was used, in the order of Unicode: ``uses``, ``right``, the ``share`` with Wilson's
        interval, and the two most frequent mistakes, ``""`` for one that was not seen. The same for classes of
        characters.
    """
    uses: Counter[str] = Counter()
    right: Counter[str] = Counter()
    mistakes: dict[str, Counter[str]] = {}
    for text, alignment in zip(texts, alignments, strict=True):
        for wanted, read in zip(text, alignment.read_as, strict=True):
            uses[wanted] += 1
            if read == wanted:
                right[wanted] += 1
            else:
                mistakes.setdefault(wanted, Counter())[read] += 1

    def entry(chosen: Iterable[str]) -> dict[str, object]:
        chosen = list(chosen)
        used, good = sum(uses[c] for c in chosen), sum(right[c] for c in chosen)
        return {"uses": used, "right": good, "share": share(good, used).rounded(4)}

    present = sorted(uses)
    classes = {name: [c for c in present if belongs(c)] for name, belongs in _CLASSES.items()}
    return {
        "each": {
            c: entry(c) | {"read_as": [[m, n] for m, n in mistakes.get(c, Counter()).most_common(2)]} for c in present
        },
        "classes": {name: entry(chosen) for name, chosen in classes.items() if chosen},
        "below_one_half": "".join(c for c in present if 2 * right[c] < uses[c]),
        "letters_and_digits_below_nine_tenths": "".join(
            c for c in present if c.isalnum() and 10 * right[c] < 9 * uses[c]
        ),
    }


def measured(
    reader: Reads, inks: Sequence[Ink], texts: Sequence[str], batch: int = 64, report: Callable[[], None] | None = None
) -> list[Alignment]:
    """Have lines read and lay what was read along what they should say."""
    read: list[str] = []
    for start in range(0, len(inks), batch):
        read += reader.read_many(inks[start : start + batch])
        if report is not None:
            report()
    return [aligned(*pair) for pair in zip(read, texts, strict=True)]


def legibility(
    writer: Writer,
    reader: Reads,
    real: Sequence[Sample] = (),
    *,
    texts: Sequence[str] = TEXTS,
    biases: Sequence[float] = BIASES,
    copies: int = 3,
    character_bias: float = 1.0,
    candidates: int = 8,
    proofreader: Reader | None = None,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, object]:
    """How well a reader reads what the network writes, and what people wrote.

    Args:
        real: held-out lines by people, never shown to the network or to the reader. Their texts are written too, with
            ``character_bias``: the two rates are of the same words.
        texts: what is written, ``copies`` times with each of the ``biases``. Copies of a text are not independent: the
            intervals are over texts.
        character_bias: with which characters are counted one by one, and texts proofread.
        candidates: of each part of a text, of which proofreading keeps the one that is read best; 0 proofreads none.
        proofreader: the reader that chooses; nothing is proofread without it. If it is the one that judges, the numbers
            say what it can be brought to read, and are no second opinion.
        seed: of the first line; each line has its own.
        report: told the share that is done.

    Returns:
        Ready for JSON. ``written`` has an entry a bias; ``real``, ``proofread`` and, in ``real``,
        ``same_texts_proofread`` are null where nothing was measured.
    """
    biases = sorted({*biases, character_bias})
    candidates = 0 if proofreader is None else candidates
    chunks = sum(-(-count // _CHUNK) for count in (len(texts) * copies, len(real)))
    steps = len(biases) * copies + (2 if real else 0) + candidates * chunks
    done = 0

    def step(count: int = 1) -> None:
        nonlocal done
        done += count
        report(done / steps)

    def proofread_rate(wanted: Sequence[str], groups: Sequence[object] | None = None) -> dict[str, object] | None:
        """Error rates of what is proofread, and its characters; None if nothing is to be."""
        if not candidates or proofreader is None:
            return None
        from scribe.proofread import ROUNDS, proofread

        alignments = []
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            kept = proofread(writer, proofreader, chunk, candidates, bias=character_bias, seed=seed + start)
            alignments += measured(reader, kept, chunk)
            step(candidates)
        return {
            "bias": character_bias,
            "candidates": candidates,
            "rounds": ROUNDS,
            **error_rate(alignments, groups),
            "characters_one_by_one": characters(wanted, alignments),
        }

    result: dict[str, object] = {"texts": len(texts), "copies": copies, "seed": seed, "real": None}
    if real:
        wanted = [sample.text for sample in real]
        writers = [sample.writer for sample in real]
        alignments = measured(reader, [sample.ink for sample in real], wanted)
        step()
        lines = writer.write_many(wanted, bias=character_bias, seed=seed)
        written = measured(reader, lines, wanted)
        step()
        result["real"] = error_rate(alignments, writers) | {
            "writers": len(set(writers)),
            "characters_one_by_one": characters(wanted, alignments),
            "same_texts_written": {"bias": character_bias} | error_rate(written),
            "same_texts_proofread": proofread_rate(wanted),
        }
    copied, groups = list(texts) * copies, list(range(len(texts))) * copies
    entries = []
    for number, bias in enumerate(biases):
        alignments = []
        for copy in range(copies):
            first = seed + (number * copies + copy) * len(texts)
            lines = writer.write_many(texts, bias=bias, seed=first)
            alignments += measured(reader, lines, texts)
            step()
        entries.append({"bias": bias} | error_rate(alignments, groups))
        if bias == character_bias:
            one_by_one = {"bias": bias} | characters(copied, alignments)
    return result | {
        "written": entries,
        "characters_one_by_one": one_by_one,
        "proofread": proofread_rate(copied, groups),
    }
