"""How good is a network? All that is measured of weights, in one record: numbers with units, seeds and intervals.

=============  ==========================================================================================
part           what it tells
=============  ==========================================================================================
likelihood     how well the network foresees people's writing, and how much knowing the text helps
legibility     how well a reader reads what it writes, beside what it reads in people's writing
languages      how well it reads sentences in many languages, and letters with marks; if they can be spelled
stopping       how often a line ends badly: cut off, too early, or with ink after the text
hands          whose hand it is, beside people's lines; for weights that are told hands
styles         what it takes along of a style's text, and if a text that's wrong is noticed
repeats        if "...." has four dots, and if they are equal
=============  ==========================================================================================

The same record makes the figure (:func:`scribe.draw.evaluation.evaluation_figure`) and the model card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import cast

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus
from scribe.hands import HandReader, named_hands
from scribe.measure.intervals import CONFIDENCE
from scribe.measure.languages import languages
from scribe.measure.legibility import BIASES, Reads, legibility
from scribe.measure.likelihood import EvaluationError, compare, held_out, likelihood
from scribe.measure.repeats import CHARACTERS, repeats
from scribe.measure.sentences import REFERENCE, SENTENCES
from scribe.measure.stopping import stopping
from scribe.measure.styles import fit_for_a_style, styles
from scribe.measure.texts import TEXTS, lines_of_all_lengths
from scribe.measure.whose import Judge, whose
from scribe.reader import Reader
from scribe.weights import Weights
from scribe.writer import Writer

__all__ = ["FORMAT", "PARTS", "evaluate"]

FORMAT = "scribe-evaluation/1"
PARTS = ("likelihood", "legibility", "languages", "stopping", "hands", "styles", "repeats")


def evaluate(
    weights: Weights,
    corpus: Corpus | None = None,
    reader: Reads | None = None,
    *,
    proofreader: Reader | None = None,
    hands: HandReader | None = None,
    judge: Judge | None = None,
    against: Weights | None = None,
    parts: Sequence[str] = PARTS,
    split: str = "validation",
    kind: str | None = "line",
    lines: int = 256,
    biases: Sequence[float] = BIASES,
    copies: int = 3,
    candidates: int = 8,
    stop_lines: int = 1000,
    seed: int = 0,
    report: Callable[[float, str], None] = lambda share, part: None,
) -> dict[str, object]:
    """Measure weights. Ready for JSON; the same arguments give the same record.

    Args:
        corpus: real ink. Without it there is no likelihood, and nothing to hold the reader's errors against.
        reader: reads; without it there is no legibility, and stopping is judged by the window alone.
        proofreader: chooses where something is proofread, and has its say in warnings of styles; None is the reader
            that judges, which then judges too kindly, or, if that can only read, nobody.
        hands: reads hands and draws others, for weights that are told hands; else nothing is told of them.
        judge: says whose hand it is, see :mod:`scribe.measure.whose`.
        against: other weights on the same lines, such as a network of the same size without a window.
        parts: what to measure; what cannot be is left out.
        split, kind, lines: which real samples, see :func:`scribe.measure.likelihood.held_out`.
        biases, copies, candidates: of the lines that are written to be read, see
            :func:`scribe.measure.legibility.legibility`; sentences in many languages have its bias for characters.
        stop_lines: lines that are written to see how they end.
        seed: of everything.
        report: told the share that is done of a part, and its name.

    Raises:
        EvaluationError: if nothing of what is asked for can be measured.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise EvaluationError(f"there is no part {unknown[0]!r}; the parts are {', '.join(PARTS)}")
    real = [] if corpus is None else held_out(weights, corpus, split=split, kind=kind, lines=lines, seed=seed)
    writes = weights.architecture.window > 0
    # What is read must be spelled with characters that writer and reader know.
    both = weights.alphabet if reader is None else _common(weights.alphabet, reader.alphabet)
    # Who can only read, such as a judge, can't choose.
    itself = cast("Reader", reader) if hasattr(reader, "log_probabilities") else None
    chooses = itself if proofreader is None else proofreader
    possible = {
        "likelihood": bool(real),
        "legibility": writes and reader is not None,
        "languages": writes and reader is not None and _spells_more_than_english(both),
        "stopping": writes,
        "hands": writes and corpus is not None and hands is not None and weights.architecture.condition > 0,
        "styles": writes and corpus is not None and chooses is not None and any(fit_for_a_style(s) for s in real),
        "repeats": writes and not set(CHARACTERS).isdisjoint(weights.alphabet.characters),
    }
    chosen = [part for part in PARTS if part in parts and possible[part]]
    if not chosen:
        raise EvaluationError(
            f"nothing of {', '.join(parts) or 'nothing'} can be measured: likelihood needs a corpus, "
            "legibility a reader, languages a reader and an alphabet with the letters of more than English, "
            "hands a corpus and weights that are told hands, "
            "styles lines of three words and a reader, and all but likelihood weights that write a text"
        )
    result: dict[str, object] = {
        "format": FORMAT,
        "weights": weights.name,
        "size": weights.size,
        "architecture": asdict(weights.architecture),
        "updates": weights.provenance.get("updates"),
        "reader": _name(reader),
        **({"proofreader": _name(proofreader)} if proofreader is not None else {}),
        "corpus": None,
        "seed": seed,
        "confidence": CONFIDENCE,
    }
    if corpus is not None:
        result["corpus"] = {
            "name": corpus.metadata.get("name", ""),
            "synthetic": corpus.metadata.get("synthetic"),
            "split": split,
            "kind": kind or "line and word",
            "lines": len(real),
        }
    writer = Writer(weights)
    if "likelihood" in chosen:
        result["likelihood"] = likelihood(weights, real, seed=seed, report=lambda share: report(share, "likelihood"))
        if against is not None:
            result["comparison"] = compare(
                weights, against, real, seed=seed, report=lambda share: report(share, "comparison")
            )
    read = [sample for sample in real if set(both.characters).issuperset(sample.text)]
    if "legibility" in chosen and reader is not None:
        texts = [text for text in TEXTS if set(both.characters).issuperset(text)]
        result["legibility"] = legibility(
            writer,
            reader,
            read,
            texts=texts or lines_of_all_lengths(len(TEXTS), seed=seed, alphabet=both),
            biases=biases,
            copies=copies,
            candidates=candidates,
            proofreader=chooses,
            seed=seed,
            report=lambda share: report(share, "legibility"),
        ) | _left_out(texts=len(TEXTS) - len(texts), real_lines=len(real) - len(read))
    if "languages" in chosen and reader is not None:
        result["languages"] = languages(
            writer,
            reader,
            alphabet=reader.alphabet,
            proofreader=chooses,
            copies=copies,
            candidates=candidates,
            seed=seed,
            report=lambda share: report(share, "languages"),
        )
    if "stopping" in chosen:
        result["stopping"] = stopping(
            writer,
            reader,
            read,
            lines=stop_lines,
            alphabet=both,
            seed=seed,
            report=lambda share: report(share, "stopping"),
        ) | _left_out(real_lines=len(real) - len(read))
    if "hands" in chosen and corpus is not None and hands is not None:
        result["hands"] = whose(
            writer,
            corpus,
            hands,
            reader,
            judge,
            proofreader=chooses if candidates else None,
            lines=lines,
            seed=seed,
            report=lambda share: report(share, "hands"),
        )
    if "styles" in chosen and corpus is not None and chooses is not None:
        result["styles"] = styles(
            writer,
            corpus,
            chooses,
            None if reader is chooses else reader,
            split=split,
            lines=lines,
            seed=seed,
            report=lambda share: report(share, "styles"),
        )
    if "repeats" in chosen:
        width = weights.architecture.condition
        named = {name: one.hand for name, one in named_hands().items() if len(one.hand.z) == width}
        result["repeats"] = repeats(
            writer,
            chooses if chooses is not None and set(CHARACTERS).issubset(chooses.alphabet.characters) else None,
            named,
            seed=seed,
            report=lambda share: report(share, "repeats"),
        )
    return result


def _common(one: Alphabet, other: Alphabet) -> Alphabet:
    """The characters that are in both.

    Raises:
        EvaluationError: if there is none.
    """
    both = "".join(character for character in one.characters if character in other.characters)
    if not both.strip():
        raise EvaluationError("the weights and the reader have no character in common; take a reader that knows theirs")
    return Alphabet(both)


def _spells_more_than_english(alphabet: Alphabet) -> bool:
    """Whether there is another language of which some sentence has a letter of its own that can be spelled."""
    known = set(alphabet.characters)
    spelled = (s for name, all_of_it in SENTENCES.items() if name != REFERENCE for s in all_of_it)
    return any(not text.isascii() and known.issuperset(text) for text in map(alphabet.normalised, spelled))


def _left_out(**counts: int) -> dict[str, object]:
    """What was not measured since the reader or the writer lacks a character of it; nothing if there is none."""
    left_out = {name: count for name, count in counts.items() if count}
    return {"left_out": left_out} if left_out else {}


def _name(reader: Reads | None) -> str | None:
    return None if reader is None else getattr(getattr(reader, "weights", None), "name", "") or type(reader).__name__
