"""Can it be read in every language? Error rates by language, and letters with marks taken apart into letter and mark.

The list of sentences is :data:`scribe.measure.sentences.SENTENCES`. A letter with a mark is read in one of four ways:
as itself, as its base letter with no mark or another one, as another letter with the same mark, or as something else.
They are counted apart: a mark that is left out is a misspelling, and a wrong letter is a word that can't be read.

Who judges matters here more than anywhere. Letters with marks are learned from composed ink, and a reader that learned
from the same ink knows how the composer sets a mark; it can't tell whether people would. So any reader can judge, also
one that is no part of Scribe: whatever has ``read_many``. ``recipe/second_reader.py`` has one by somebody else.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scribe.alphabet import Alphabet
from scribe.ink import Ink
from scribe.measure.intervals import quotient, share
from scribe.measure.legibility import Alignment, Reads, error_rate, measured
from scribe.measure.sentences import REFERENCE, SENTENCES
from scribe.reader import Reader
from scribe.writer import Writer

__all__ = ["Marked", "languages", "letters_and_marks", "taken_apart"]

_CHUNK = 32  # sentences that are proofread together


class Marked(NamedTuple):
    """A letter as its base letter and the name of its mark, ``""`` if it has none."""

    base: str
    mark: str


@functools.cache
def taken_apart(character: str) -> Marked:
    """A letter and its mark, as Unicode names them: "ł" is an "l" and a "STROKE", "e" an "e" and nothing.

    Letters that are no other letter with a mark, such as "ß" and "æ", and signs, are their own base.
    """
    name = unicodedata.name(character, "")
    base, found, mark = name.partition(" WITH ")
    try:
        return Marked(unicodedata.lookup(base), mark) if found else Marked(character, "")
    except KeyError:
        return Marked(character, "")


def letters_and_marks(texts: Sequence[str], alignments: Sequence[Alignment]) -> dict[str, object]:
    """How often characters beyond ASCII were read as themselves, with the right base letter, with the right mark.

    Returns:
        Ready for JSON. ``marked`` counts all letters with a mark, ``letters`` each character beyond ASCII that was
        used, in the order of Unicode: ``uses``; the shares ``itself``, ``base`` and ``mark`` with Wilson's interval,
        of which ``base`` and ``mark`` are null for a character without a mark; and in ``read_as`` the two most frequent
        mistakes, ``""`` for one that was not seen. ``marked`` is null if there is no letter with a mark.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for text, alignment in zip(texts, alignments, strict=True):
        counts.update(zip(text, alignment.read_as, strict=True))
    read_as: dict[str, Counter[str]] = {}
    for (wanted, read), count in counts.items():
        if not wanted.isascii():
            read_as.setdefault(wanted, Counter())[read] += count

    def entry(characters: Sequence[str]) -> dict[str, object]:
        uses = sum(read_as[c].total() for c in characters)

        def of(right: Callable[[str, str], bool]) -> dict[str, float | None]:
            good = sum(n for c in characters for read, n in read_as[c].items() if read and right(c, read))
            return share(good, uses).rounded(4)

        marked = all(taken_apart(c).mark for c in characters)
        return {
            "uses": uses,
            "itself": of(str.__eq__),
            "base": of(lambda c, read: taken_apart(c).base == taken_apart(read).base) if marked else None,
            "mark": of(lambda c, read: taken_apart(c).mark == taken_apart(read).mark) if marked else None,
        }

    present = sorted(read_as)
    marked = [c for c in present if taken_apart(c).mark]
    mistakes = {c: Counter({r: n for r, n in read_as[c].items() if r != c}).most_common(2) for c in present}
    return {
        "marked": entry(marked) if marked else None,
        "letters": {c: entry([c]) | {"read_as": [[r, n] for r, n in mistakes[c]]} for c in present},
    }


def languages(
    writer: Writer,
    reader: Reads,
    *,
    alphabet: Alphabet | None = None,
    proofreader: Reader | None = None,
    sentences: Mapping[str, Sequence[str]] = SENTENCES,
    bias: float = 1.0,
    copies: int = 2,
    candidates: int = 8,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, object]:
    """How well a reader reads what the network writes, language by language and letter by letter.

    Args:
        reader: judges.
        alphabet: what the reader can read; the writer's if it is None. Signs that it lacks are asked for as a
            typewriter has them; sentences with letters that it or the writer lacks are left out and counted.
        proofreader: chooses among candidates. It should not be the reader that judges. None proofreads nothing.
        sentences: by language; with those of :data:`scribe.measure.sentences.REFERENCE` the others are compared.
        bias, copies: each sentence is written so many times. Copies of a sentence are not independent: the intervals
            are over sentences.
        candidates: see :func:`scribe.proofread.proofread`; 0 proofreads nothing.
        seed: of the first line; each line has its own.
        report: told the share that is done.

    Returns:
        Ready for JSON. ``written`` and ``proofread``, which is null where nothing was, have the parts ``languages``,
        each with its error rate and, in ``times_english``, how many times English's it is; ``marked`` and ``letters``,
        see :func:`letters_and_marks`.
    """
    known = writer.weights.alphabet if alphabet is None else alphabet
    chooses = proofreader if candidates else None
    alphabets = [writer.weights.alphabet, known]
    if chooses is not None:
        alphabets.append(chooses.weights.alphabet)
    chosen: dict[str, list[str]] = {}
    for language, texts in sentences.items():
        fitting = [t for t in texts if all(set(a.characters).issuperset(a.normalised(t)) for a in alphabets)]
        if fitting:
            chosen[language] = fitting
    names = [name for name, texts in chosen.items() for _ in texts] * copies
    wanted = [text for texts in chosen.values() for text in texts] * copies
    groups = list(range(len(wanted) // copies)) * copies
    if not wanted:
        raise ValueError("there is no sentence that the writer and the reader can spell")
    steps = 1 + (candidates * -(-len(wanted) // _CHUNK) / copies if chooses is not None else 0)

    def judged(inks: Sequence[Ink]) -> dict[str, object]:
        spelled = [known.normalised(text) for text in wanted]
        alignments = measured(reader, inks, spelled)
        of = {name: [i for i, other in enumerate(names) if other == name] for name in chosen}

        def rate(name: str) -> dict[str, object]:
            own = [alignments[i] for i in of[name]]
            counted = error_rate(own, [groups[i] for i in of[name]], seed=seed)
            if name == REFERENCE or REFERENCE not in of:
                return counted
            pair = [
                ([alignments[i].errors for i in which], [len(spelled[i]) for i in which], [groups[i] for i in which])
                for which in (of[name], of[REFERENCE])
            ]
            times = quotient(*pair, seed=seed)
            return counted | {"times_english": times and times.rounded(2)}

        return {"languages": {name: rate(name) for name in chosen}, **letters_and_marks(spelled, alignments)}

    inks = writer.write_many(wanted, bias=bias, seed=seed)
    written = judged(inks)
    report(1 / steps)
    proofread_lines = None
    if chooses is not None:
        from scribe.proofread import proofread

        kept: list[Ink] = []
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            kept += proofread(writer, chooses, chunk, candidates, bias=bias, seed=seed + start)
            report((1 + (steps - 1) * min(1.0, len(kept) / len(wanted))) / steps)
        proofread_lines = judged(kept)
    report(1.0)
    left_out = {name: len(texts) - len(chosen.get(name, ())) for name, texts in sentences.items()}
    return {
        "bias": bias,
        "copies": copies,
        "candidates": candidates if chooses is not None else 0,
        "seed": seed,
        "left_out": {name: count for name, count in left_out.items() if count},
        "written": written,
        "proofread": proofread_lines,
    }
