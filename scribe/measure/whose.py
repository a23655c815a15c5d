"""Whose hand is it? Written lines beside people's: recognised, told apart, as various, and as legible.

=============  ==========================================================================================
recognised     the share of lines that a judge takes for those of the writer whose hand they are to be in, of all
               held-out writers that have lines enough; and how often it is right about the writers' own other lines
told apart     whether written lines can be told from people's: the area under the curve (AUC) of a classifier that
               sees the eleven numbers of :mod:`scribe.measure.hands` and the judge's vector; .5 is not at all
spread         how far apart the judge's vectors of lines in different hands are, against people's
misread        by a reader, with intervals over lines
nobody's       how near hands drawn from the prior lie to those of the writers it was made from, and how near these lie
               to one another
=============  ==========================================================================================

All of it for several ways to write (:data:`WAYS`): with biases, with the hand counting more (the ``guidance`` of
:class:`scribe.writer.Writer`), and proofread. Who proofreads chooses, so somebody else should read.

The judge of hands (:mod:`scribe.training.hand_judge`) took no part in what is measured: its architecture isn't that of
the reader of hands, and it never chose or stopped anything. People are the held-out writers, validation and test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus, Sample
from scribe.hands import Hand, HandError, HandReader, similarity
from scribe.ink import Ink
from scribe.measure.hands import NUMBERS, many
from scribe.measure.intervals import CONFIDENCE, Measured, ratio
from scribe.measure.legibility import Reads
from scribe.measure.likelihood import EvaluationError
from scribe.proofread import proofread
from scribe.reader import Reader, errors
from scribe.styles import Style
from scribe.writer import Writer

__all__ = [
    "BIASES",
    "GUIDED",
    "JUDGED",
    "MOST",
    "WAYS",
    "Group",
    "Judge",
    "Recogniser",
    "Way",
    "area_under_curve",
    "groups_of",
    "held_out_lines",
    "nobodys",
    "spread",
    "whose",
]


class Way(NamedTuple):
    """How lines are written."""

    bias: float
    guidance: float = 1.0
    candidates: int = 1  # of each part, of which a proofreader keeps the best

    def __str__(self) -> str:
        guided = f", guidance {self.guidance:g}" if self.guidance != 1 else ""
        return f"{self.bias:g}{guided}" + (f", proofread {self.candidates}" if self.candidates > 1 else "")


BIASES = (0.0, 0.5, 1.0)
JUDGED = 0.5
"""The bias with which lines are told apart from people's, and hands told by their numbers alone."""
GUIDED = Way(1.0, guidance=2.0)
"""The hand counts twice, which takes a bias: at .5 there are too many slips."""
WAYS = (
    *map(Way, BIASES),
    Way(JUDGED, guidance=2.0),
    Way(1.0, guidance=1.5),
    GUIDED,
    Way(1.0, candidates=4),
    GUIDED._replace(candidates=4),
)
"""Those with candidates are left out where nobody proofreads."""
SHOWN, OTHERS = 5, 8  # lines of a writer that the hand is read from, and others that are compared
MOST = 24
"""Lines of a writer that the judge sees; half of them say what the writer's lines are like."""
_FOLDS = 5
_READ = 16  # samples of a writer, of which two hands are read
_QUANTILES = (0.05, 0.5, 0.95, 1.0)


class Judge(Protocol):
    """Tells hands apart."""

    def vectors(self, inks: Sequence[Ink]) -> np.ndarray:
        """A vector of length 1 for each line, ``(lines, D)``."""
        ...


def whose(
    writer: Writer,
    corpus: Corpus,
    hands: HandReader,
    reader: Reads | None = None,
    judge: Judge | None = None,
    *,
    proofreader: Reader | None = None,
    lines: int = 300,
    shown: int = SHOWN,
    others: int = OTHERS,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All of it, ready for JSON.

    Args:
        writer: its weights are told hands.
        corpus: people's ink; the lines are those of its held-out writers.
        hands: reads the hands that the writer is told, and draws others.
        reader: says what is misread; nothing is read without it.
        judge: nobody recognises or tells apart without it.
        proofreader: chooses among candidates; nothing is proofread without it.
        lines: of people, at most, and of each way of writing.
        shown, others: lines of each writer that a hand is read from, and that are compared with written ones.
        seed: of what is chosen and written.
        report: told the share that is done.

    Raises:
        EvaluationError: if no held-out writer has lines enough.
    """
    people = held_out_lines(corpus, writer.weights.alphabet, reader, proofreader)
    rng = np.random.default_rng(seed)
    chosen = [people[i] for i in rng.permutation(len(people))[:lines]]
    texts, inks = [s.text for s in chosen], [s.ink for s in chosen]
    drawn = [hands.prior.draw(seed + i) for i in range(len(chosen))]
    pen = _Pen(writer, proofreader)
    record: dict[str, Any] = {"lines": len(chosen), "seed": seed, "people": _summary(inks, texts)}
    record |= _misread("people misread", reader, inks, texts)
    for number, way in enumerate(pen.ways):
        for what, told in (("drawn", drawn), ("no hand", None)):
            if told is None and way.guidance != 1:
                continue
            written = pen.write(texts, way, seed, told)
            record[f"{what} {way}"] = _summary(written, texts)
            record |= _misread(f"{what} misread {way}", reader, written, texts)
            if judge is not None and way.bias and what == "drawn":
                record |= _beside_people(str(way), judge, inks, written, texts, [s.writer for s in chosen])
        report((number + 1) / (2 * len(pen.ways)))
    record["nobody's"] = nobodys(hands, corpus, seed=seed)
    record["held out"] = _followed(pen, reader, hands, people, rng, seed, shown, others)
    report(0.75)
    if judge is not None:
        record["recognised"] = _recognised(pen, judge, hands, people, seed, shown)
    report(1.0)
    return record


class _Pen:
    """A writer, and a proofreader if there is one."""

    def __init__(self, writer: Writer, proofreader: Reader | None) -> None:
        self._writer, self._proofreader = writer, proofreader
        self.ways = [way for way in WAYS if way.candidates == 1 or proofreader is not None]

    def write(self, texts: Sequence[str], way: Way, seed: int, hand: Hand | Sequence[Hand] | None) -> list[Ink]:
        """Texts written in one of the ways."""
        options: dict[str, Any] = {"bias": way.bias, "guidance": way.guidance, "hand": hand, "seed": seed}
        if way.candidates > 1 and self._proofreader is not None:
            return list(proofread(self._writer, self._proofreader, texts, way.candidates, **options))
        return list(self._writer.write_many(texts, **options))


def nobodys(hands: HandReader, corpus: Corpus, *, draws: int = 400, seed: int = 0) -> dict[str, Any]:
    """Whether a hand that's drawn from the prior is anybody's, among the training writers with 16 samples or more.

    Returns:
        Cosines, as the 5th, 50th and 95th percentile and the largest: of draws and the writers nearest to them; of each
        writer and the nearest other one; and of two halves of each writer's samples.
    """
    training = corpus.split("train")
    rng = np.random.default_rng(seed)
    halves = []
    for writer in np.unique(training.writers):
        own = rng.permutation(np.flatnonzero(training.writers == writer))[:_READ]
        if len(own) == _READ:
            inks = [training[int(i)].ink for i in own]
            halves.append([_unit(hands.read(inks[k::2])) for k in (0, 1)])
    if len(halves) < 2:
        return {"writers": len(halves)}
    one, other = np.array(halves).transpose(1, 0, 2)
    means = (one + other) / np.linalg.norm(one + other, axis=1, keepdims=True)
    between = means @ means.T
    np.fill_diagonal(between, -1)
    drawn = np.stack([_unit(hands.prior.draw(rng)) for _ in range(draws)]) @ means.T
    cosines = {
        "draws to the nearest writer": drawn.max(axis=1),
        "writers to the nearest other": between.max(axis=1),
        "halves of a writer": (one * other).sum(axis=1),
    }
    quantiles = {name: np.quantile(values, _QUANTILES).round(3).tolist() for name, values in cosines.items()}
    return {"writers": len(halves), "draws": draws, **quantiles}


def _unit(hand: Hand) -> np.ndarray:
    return hand.z / np.linalg.norm(hand.z)


def held_out_lines(corpus: Corpus, alphabet: Alphabet, *readers: Reads | None) -> list[Sample]:
    """Lines of 10 to 40 characters by held-out writers, with characters that all readers know."""
    known = set(alphabet.characters)
    for reader in readers:
        if reader is not None:
            known &= set(reader.alphabet.characters)
    lines = [s for split in ("validation", "test") for s in corpus.split(split).of_kind("line")]
    fit = [s for s in lines if 10 <= len(s.text) <= 40 and known.issuperset(s.text)]
    if not fit:
        raise EvaluationError("the corpus has no line of 10 to 40 characters by a held-out writer")
    return fit


def _misread(name: str, reader: Reads | None, inks: list[Ink], texts: list[str]) -> dict[str, Any]:
    """The share of characters that are misread, with its interval over lines; nothing if nobody reads."""
    if reader is None:
        return {}
    wrong = [errors(read, text) for read, text in zip(reader.read_many(inks), texts, strict=True)]
    return {name: ratio(wrong, [len(text) for text in texts]).rounded(4)}


def _summary(inks: list[Ink], texts: list[str]) -> dict[str, list[float]]:
    """Mean and deviation of the eleven numbers."""
    found = many(inks, texts)
    return {name: [float(m), float(s)] for name, m, s in zip(NUMBERS, found.mean(0), found.std(0), strict=True)}


def _beside_people(
    way: str, judge: Judge, inks: list[Ink], written: list[Ink], texts: list[str], writers: Sequence[object]
) -> dict[str, Any]:
    """Whether lines in drawn hands can be told from people's, and how various they are."""
    theirs, ours = judge.vectors(inks), judge.vectors(written)
    numbers = many(inks, texts), many(written, texts)
    own = spread(theirs, writers)
    return {
        f"told apart {way}": {
            "eleven numbers": area_under_curve(*numbers).rounded(3),
            "eleven numbers and the judge's vector": area_under_curve(
                np.hstack([numbers[0], theirs]), np.hstack([numbers[1], ours])
            ).rounded(3),
        },
        f"spread {way}": {"people": own, "drawn": (drawn := spread(ours)), "share": drawn / own},
    }


def spread(vectors: np.ndarray, writers: Sequence[object] | None = None) -> float:
    """How far apart vectors of length 1 are: 1 minus the mean cosine of all pairs that aren't by the same writer."""
    cosines = vectors @ vectors.T
    apart = ~np.eye(len(vectors), dtype=bool)
    if writers is not None:
        names = np.array([str(writer) for writer in writers])
        apart &= names[:, None] != names
    if not apart.any():
        raise EvaluationError("lines of two writers or more are needed to say how far apart they are")
    return float(1 - cosines[apart].mean())


def area_under_curve(people: np.ndarray, written: np.ndarray, *, resamples: int = 1000, seed: int = 0) -> Measured:
    """How well a classifier tells rows of numbers apart: the probability that it ranks a written one higher.

    Gradient boosting, always judging rows that it didn't learn from (five folds). .5 is chance. The interval is over
    rows, of the classifiers as they were learned.

    Raises:
        EvaluationError: if scikit-learn is missing.
    """
    try:
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.metrics import roc_auc_score
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
    except ImportError:
        raise EvaluationError(
            "to tell written lines from people's a classifier is needed: pip install scikit-learn"
        ) from None
    rows, labels = np.vstack([people, written]), np.repeat([0, 1], [len(people), len(written)])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    classifier = GradientBoostingClassifier(random_state=seed)
    scores = cross_val_predict(classifier, rows, labels, cv=folds, method="predict_proba")[:, 1]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        again = rng.integers(len(rows), size=len(rows))
        if 0 < labels[again].sum() < len(rows):
            drawn.append(roc_auc_score(labels[again], scores[again]))
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Measured(float(roc_auc_score(labels, scores)), float(low), float(high))


def _by_writer(people: Sequence[Sample], least: int) -> list[list[Sample]]:
    """The lines of each writer who has so many."""
    groups: dict[object, list[Sample]] = {}
    for sample in people:
        groups.setdefault(sample.writer, []).append(sample)
    fit = [samples for samples in groups.values() if len(samples) >= least]
    if not fit:
        raise EvaluationError(f"no held-out writer has {least} lines of 10 to 40 characters")
    return fit


def _followed(
    pen: _Pen,
    reader: Reads | None,
    hands: HandReader,
    people: list[Sample],
    rng: np.random.Generator,
    seed: int,
    shown: int,
    others: int,
) -> dict[str, Any]:
    """Held-out writers' hands, read from a few lines: does what is written in them have their numbers?"""
    groups = _by_writer(people, shown + others)
    own: list[Ink] = []
    texts: list[str] = []
    told: list[Hand] = []
    for samples in groups:
        order = rng.permutation(len(samples))
        hand = _hand(hands, [samples[i] for i in order[:shown]])
        rest = [samples[i] for i in order[shown : shown + others]]
        own += [s.ink for s in rest]
        texts += [s.text for s in rest]
        told += [hand] * len(rest)
    found: dict[str, Any] = {"writers": len(groups), "shown": shown, "others": others}
    found |= _misread("own misread", reader, own, texts)
    theirs = many(own, texts).reshape(len(groups), others, -1).mean(axis=1)
    for way in pen.ways:
        written = pen.write(texts, way, seed, told)
        mine = many(written, texts).reshape(len(groups), others, -1).mean(axis=1)
        found |= _misread(f"misread {way}", reader, written, texts)
        found[f"correlation {way}"] = {name: _correlation(theirs[:, k], mine[:, k]) for k, name in enumerate(NUMBERS)}
        found[f"similarity {way}"] = _similar(hands, written, told)
    found["own similarity"] = _similar(hands, own, told)
    return found


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """None for one writer, or numbers that are all alike."""
    if len(one) < 2 or not one.std() or not other.std():
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _similar(hands: HandReader, inks: list[Ink], told: list[Hand]) -> float:
    """The mean cosine between the hand that lines are read to have and the one that was meant; 0 for too little ink."""
    cosines = []
    for ink, hand in zip(inks, told, strict=True):
        try:
            cosines.append(similarity(hands.read(ink), hand))
        except HandError:
            cosines.append(0.0)
    return float(np.mean(cosines))


def _hand(hands: HandReader, samples: Sequence[Sample]) -> Hand:
    return hands.read_lines([Style(sample.ink, sample.text) for sample in samples])


class Group(NamedTuple):
    """A held-out writer's lines: half of them say what they're like, and the others are to be recognised."""

    known: list[Sample]
    rest: list[Sample]


def groups_of(people: Sequence[Sample], shown: int = SHOWN, seed: int = 0) -> list[Group]:
    """The writers who have twice as many lines as are shown, or more; of each at most :data:`MOST`, at random."""
    groups = []
    for samples in _by_writer(people, 2 * shown):
        order = np.random.default_rng(seed).permutation(len(samples))[:MOST]
        half = len(order) // 2
        groups.append(Group([samples[i] for i in order[:half]], [samples[i] for i in order[half:]]))
    return groups


class Recogniser:
    """A judge who has seen what some writers' lines are like."""

    def __init__(self, judge: Judge, groups: Sequence[Group]) -> None:
        self._judge = judge
        means = np.stack([judge.vectors([s.ink for s in known]).mean(axis=0) for known, _ in groups])
        self._means = means / np.linalg.norm(means, axis=1, keepdims=True)

    def rate(self, lines: Sequence[Sequence[Ink]]) -> Measured:
        """How often lines, some for each writer, are taken for the right one's; the interval is over writers."""
        nearest = [(self._judge.vectors(own) @ self._means.T).argmax(axis=1) for own in lines]
        return ratio([float((found == number).mean()) for number, found in enumerate(nearest)], 1.0)


def _recognised(
    pen: _Pen, judge: Judge, hands: HandReader, people: list[Sample], seed: int, shown: int
) -> dict[str, Any]:
    """How often the judge takes lines for those of the writer whose hand they are to be in.

    Hands are read from the first of the lines that the judge knows, and the texts of the others are written.
    """
    groups = groups_of(people, shown, seed)
    recogniser = Recogniser(judge, groups)
    own = recogniser.rate([[s.ink for s in rest] for _, rest in groups])
    found: dict[str, Any] = {"writers": len(groups), "own other lines": own.rounded(3)}
    for way, sampled in [(Way(JUDGED), False), *((way, True) for way in pen.ways if way.bias)]:
        for name, count in (("one line", 1), (f"{shown} lines", shown)):
            written = []
            for number, (known, rest) in enumerate(groups):
                hand = _hand(hands, known[:count])
                hand = hand if sampled else replace(hand, sample=None)
                written.append(pen.write([s.text for s in rest], way, seed + 1000 * number, hand))
            reached = recogniser.rate(written)
            how = f"{name}, bias {way}" + ("" if sampled else ", numbers only")
            found[how] = reached.rounded(3) | {"share of own": round(reached.value / own.value, 3)}
    return found
