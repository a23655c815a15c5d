"""Does the network go on in a hand without taking along what it read? People's lines as styles, wrong texts among them.

============  ==========================================================================================
leaked        the share of lines with something of the style's text: by strokes, those drawn while the window
              showed it; by a reader, signs that are read before the first of the line, beside the share of
              those in lines after no style, which the reader only misreads
warned        the share of styles whose ink and text match, and of which it's said that they don't
noticed       the share of styles of which it's said, where a word of the text was left out, or one put in
============  ==========================================================================================
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scribe.corpora.corpus import Corpus, Sample
from scribe.matching import style_mismatch
from scribe.measure.intervals import share
from scribe.measure.legibility import Reads
from scribe.measure.likelihood import EvaluationError
from scribe.reader import Reader
from scribe.reading.edits import edits
from scribe.styles import Style
from scribe.writer import Draft, Writer

__all__ = ["TEXTS", "fit_for_a_style", "leaked_signs", "leaked_strokes", "styles"]

TEXTS = ("A letter to nobody", "some quiet morning")
"""What is written after each style."""
_BIAS = 0.5
_EXTRA = ("the", "quick", "brown", "fox", "jumps", "over", "some", "lazy", "dogs", "and", "nobody", "knows", "why")


def styles(
    writer: Writer,
    corpus: Corpus,
    reader: Reader,
    judge: Reads | None = None,
    *,
    split: str = "validation",
    lines: int = 200,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All of it, ready for JSON.

    Args:
        corpus: people's ink.
        reader: reads what was written, and has its say in the warnings.
        judge: reads what was written, too; it has no say in anything.
        split: whose lines; all writers in turn.
        lines: that become styles, at most.
        seed: of the choice of lines and words, and of the first line written.
        report: told the share that is done.

    Raises:
        EvaluationError: if the split has no line of three words that both networks know.
    """
    rng = np.random.default_rng(seed)
    people = _lines(corpus, writer, reader, split, lines, rng)
    given = [Style(sample.ink, sample.text) for sample in people]
    texts = list(TEXTS) * len(given)
    drafts = writer.begin(texts, bias=_BIAS, style=[style for style in given for _ in TEXTS])
    written = writer.extend(drafts, [len(text) for text in texts], [seed + i for i in range(len(texts))])
    alone = writer.write_many(texts, bias=_BIAS, seed=seed)
    report(0.5)
    by_strokes = sum(leaked_strokes(draft) > 0 for draft in written)

    leaked = {"strokes": by_strokes}
    for name, reads in (("reader", reader), ("judge", judge)):
        for ending, inks in (("", [draft.ink for draft in written]), ("_without_style", alone)):
            if reads is not None:
                seen = zip(reads.read_many(inks), texts, strict=True)
                leaked[name + ending] = sum(leaked_signs(read, text) > 0 for read, text in seen)
    cases = {"matching": given, "left_out": [], "put_in": []}
    for style in given:
        words = style.text.split()
        place = int(rng.integers(len(words)))
        cases["left_out"].append(Style(style.ink, " ".join(words[:place] + words[place + 1 :])))
        more = [*words[:place], str(rng.choice(_EXTRA)), *words[place:]]
        cases["put_in"].append(Style(style.ink, " ".join(more)))
    said = {}
    for number, (case, those) in enumerate(cases.items()):
        said[case] = sum(style_mismatch(writer, style, reader) is not None for style in those)
        report(0.5 + (number + 1) / 6)
    return {
        "lines": len(given),
        "writers": len({sample.writer for sample in people}),
        "split": split,
        "texts": list(TEXTS),
        "bias": _BIAS,
        "seed": seed,
        "leaked": {whose: share(count, len(texts)).rounded(4) for whose, count in leaked.items()},
        "warned": share(said["matching"], len(given)).rounded(4),
        "noticed": {case: share(said[case], len(given)).rounded(4) for case in ("left_out", "put_in")},
    }


def _lines(
    corpus: Corpus, writer: Writer, reader: Reader, split: str, lines: int, rng: np.random.Generator
) -> list[Sample]:
    """Lines of three words or more, one of each writer in turn, in a random order."""
    known = set(writer.weights.alphabet.characters) & set(reader.alphabet.characters)
    chosen = corpus.split(split).of_kind("line")
    by_writer: dict[Any, list[int]] = {}
    for i in rng.permutation(len(chosen)):
        if fit_for_a_style(chosen[int(i)]) and known.issuperset(chosen.texts[i]):
            by_writer.setdefault(chosen.writers[i], []).append(int(i))
    turns = itertools.chain.from_iterable(itertools.zip_longest(*by_writer.values()))
    found = [i for i in turns if i is not None][:lines]
    if not found:
        raise EvaluationError(f"the split {split!r} has no line of three words that writer and reader know")
    return [chosen[i] for i in found]


def fit_for_a_style(sample: Sample) -> bool:
    """Whether it's a line of three words or more."""
    return sample.kind == "line" and len(sample.text.split()) > 2


def leaked_strokes(draft: Draft) -> int:
    """Strokes of a line that were drawn while the window showed the text of its style."""
    ends = np.flatnonzero(draft.points[:, 2] == 1) + 1
    # The space between the style's text and the line's has the place -1.
    return sum(float(np.median(stroke)) < -1 for stroke in np.split(draft.places, ends) if len(stroke))


def leaked_signs(read: str, wanted: str) -> int:
    """Signs that are read before the first one wanted."""
    before: Sequence[tuple[str, str]] = list(itertools.takewhile(lambda pair: not pair[0], edits(read, wanted)))
    return sum(not seen.isspace() for _, seen in before)
