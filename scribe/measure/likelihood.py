"""How well does a network foresee people's writing? In nats and squared error, with their units.

All is done in NumPy, by :mod:`scribe.network` and :mod:`scribe.mdn`, so that weights are judged by other code than that
which trained them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from scribe import mdn
from scribe.corpora.corpus import Corpus, Sample
from scribe.ink import Ink
from scribe.measure.intervals import ratio
from scribe.network import Network, Seen, State
from scribe.weights import Weights
from scribe.writer import condition_of

__all__ = ["EvaluationError", "Scores", "compare", "held_out", "likelihood", "looked_at", "score"]


class EvaluationError(ValueError):
    """There is nothing to measure: the corpus and the weights do not fit together."""


class Scores(NamedTuple):
    """One number a line: sums over the points that count, in nats and standardised units."""

    nats: np.ndarray  # minus the log density of offsets and pen
    pen_nats: np.ndarray  # the pen's part of it
    squared_error: np.ndarray  # between the true and the expected offset
    points: np.ndarray  # how many count: all but the first, whose place is a convention


def score(weights: Weights, samples: Sequence[Sample], batch: int = 32, hands: Sequence[Any] | None = None) -> Scores:
    """How well a network foresees each point of other people's writing, having seen the points before it.

    Args:
        batch: samples that are followed together.
        hands: one a sample, ``None`` for no hand in particular; see :class:`scribe.writer.Writer`.

    Raises:
        UnknownCharacterError: if a text has characters that the weights do not know.
        WritingError: if a hand is not one for these weights.
    """
    order = sorted(range(len(samples)), key=lambda i: len(samples[i].ink))
    network = Network(weights)
    columns = np.zeros((4, len(samples)))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        columns[:, chosen] = _score_batch(
            network, [samples[i] for i in chosen], None if hands is None else [hands[i] for i in chosen]
        )
    return Scores(*columns)


def _score_batch(network: Network, samples: Sequence[Sample], hands: Sequence[Any] | None) -> np.ndarray:
    weights = network.weights
    length = max(len(sample.ink) for sample in samples)
    targets = np.zeros((length, len(samples), 3), np.float32)
    counts = np.zeros((length, len(samples)), bool)
    for b, sample in enumerate(samples):
        targets[: len(sample.ink), b] = sample.ink.standardised(weights.offset_scale)
        counts[1 : len(sample.ink), b] = True
    steps = _followed(network, targets, [sample.text for sample in samples], hands)
    y = np.stack([network.outputs(state) for state, _ in steps])
    params = mdn.split(y, weights.architecture.mixtures)
    pen = mdn.log_density_pen(params, targets[..., 2])
    offset = mdn.log_density_offset(params, targets[..., :2])
    error = mdn.squared_error(params, targets[..., :2])
    return np.stack(
        [np.where(counts, v, 0).sum(axis=0, dtype=np.float64) for v in (-offset - pen, -pen, error, counts)]
    )


def _followed(
    network: Network, points: np.ndarray, texts: Sequence[str], hands: Sequence[Any] | None
) -> Iterator[tuple[State, Seen]]:
    """The network along whole lines, ``(T, B, 3)`` in its units."""
    weights = network.weights
    if weights.architecture.window:
        codes = [weights.alphabet.encode(text) for text in texts]
    else:
        codes = [np.zeros(1, np.int32)] * len(texts)
    conditions = None
    if hands is not None:
        nobody = np.zeros(weights.architecture.condition, np.float32)
        conditions = np.stack([nobody if hand is None else condition_of(weights, hand) for hand in hands])
    return network.follow(points, network.given(codes, conditions))


def looked_at(
    weights: Weights,
    inks: Sequence[Ink],
    texts: Sequence[str],
    batch: int = 32,
    hands: Sequence[Any] | None = None,
) -> list[np.ndarray]:
    """Which character the window showed most, at each point of some ink and once more after the last.

    The window moves by what the first layer sees, and that is the ink: for ink that the network wrote itself, this is
    what it looked at while it wrote.

    Args:
        batch: lines that are followed together.
        hands: one a line, as for :func:`score`.

    Returns:
        For each ink of ``T`` points ``T + 1`` places in its text; ``len(text)`` is the end of text. A window that shows
        nothing at all counts as being there, for it has run past the text.
    """
    order = sorted(range(len(inks)), key=lambda i: len(inks[i]))
    network = Network(weights)
    places: list[np.ndarray] = [np.zeros(0, int)] * len(inks)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        # One point more, whatever it is: what the window shows at a point comes of the points before it.
        points = np.zeros((1 + max(len(inks[i]) for i in chosen), len(chosen), 3), np.float32)
        for b, i in enumerate(chosen):
            points[: len(inks[i]), b] = inks[i].standardised(weights.offset_scale)
        steps = _followed(
            network, points, [texts[i] for i in chosen], None if hands is None else [hands[i] for i in chosen]
        )
        ends = np.array([len(texts[i]) for i in chosen])
        best = np.stack([_most(seen, ends) for _, seen in steps])
        for b, i in enumerate(chosen):
            places[i] = best[: 1 + len(inks[i]), b]
    return places


def _most(seen: Seen, ends: np.ndarray) -> np.ndarray:
    """The character that the window shows most, ``(B,)``; the end of text if it shows nothing."""
    phi, first = seen
    return np.where(phi.max(axis=-1) > 0, first + phi.argmax(axis=-1), ends)


def held_out(
    weights: Weights,
    corpus: Corpus,
    *,
    split: str = "validation",
    kind: str | None = "line",
    lines: int = 256,
    seed: int = 0,
) -> list[Sample]:
    """Samples to measure weights on: at most ``lines``, a random but fixed choice by ``seed``, short ones first.

    Args:
        kind: ``"line"``, ``"word"``, or None for both.

    Raises:
        EvaluationError: if the split holds no sample whose characters the network knows.
    """
    chosen = corpus.split(split)
    if kind is not None:
        chosen = chosen.of_kind(kind)
    known = set(weights.alphabet.characters)
    readable = [i for i, text in enumerate(chosen.texts) if known.issuperset(text) and chosen.lengths[i] > 1]
    if not readable:
        raise EvaluationError(f"the corpus has no {kind or 'sample'} in the split {split!r} that the network can read")
    numbers = np.random.default_rng(seed).permutation(readable)[:lines]
    return sorted((chosen[int(i)] for i in numbers), key=lambda sample: len(sample.ink))


def likelihood(
    weights: Weights,
    samples: Sequence[Sample],
    *,
    seed: int = 0,
    hands: Sequence[Any] | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, object]:
    """How well a network foresees people's writing, with and without the text. Ready for JSON.

    Intervals are over writers: lines by one writer resemble each other.

    Args:
        seed: of the intervals.
        hands: one a sample, as for :func:`score`.
        report: told the share that is done.
    """
    return _likelihood(weights, samples, _scored(weights, samples, hands, report), seed)


def compare(
    weights: Weights,
    against: Weights,
    samples: Sequence[Sample],
    *,
    seed: int = 0,
    hands: Sequence[Any] | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, object]:
    """Two networks on the same lines, such as one with a text and one of the same size without. Ready for JSON.

    Differences are taken line by line, so that hard lines are hard for both, and in the units of ``weights``: the other
    network's nats change by two logarithms of the ratio of their scales a point.

    Args:
        seed: of the intervals.
        hands: one a sample, that ``weights`` are told; ``against`` are told none.
        report: told the share that is done.

    Returns:
        ``nats_a_line_better``: by how much ``weights`` foresees a line better; below 0 if it is the worse one.
    """
    ours = _scored(weights, samples, hands, lambda share: report(share / 2))
    theirs = _scored(against, samples, None, lambda share: report(0.5 + share / 2))
    scale = against.offset_scale / weights.offset_scale
    theirs = theirs._replace(
        nats=theirs.nats + 2 * np.log(scale) * theirs.points, squared_error=theirs.squared_error * scale**2
    )
    writers = [sample.writer for sample in samples]
    better = theirs.nats - ours.nats
    return {
        "against": _likelihood(against, samples, theirs, seed) | {"offset_scale": weights.offset_scale},
        "same_size": (weights.architecture.units, weights.architecture.layers)
        == (against.architecture.units, against.architecture.layers),
        "nats_a_line_better": ratio(better, 1.0, writers, seed=seed).rounded(2),
        "nats_a_point_better": ratio(better, ours.points, writers, seed=seed).rounded(4),
        "lines_foreseen_better": round(float((better > 0).mean()), 4),
        "squared_error_ratio": ratio(ours.squared_error, theirs.squared_error, writers, seed=seed).rounded(4),
    }


_UNITS = "nats with the pen, offsets divided by offset_scale body heights, without each line's first point"


def _scored(
    weights: Weights,
    samples: Sequence[Sample],
    hands: Sequence[Any] | None,
    report: Callable[[float], None],
    batch: int = 32,
) -> Scores:
    parts = []
    for start in range(0, len(samples), batch):
        some = slice(start, start + batch)
        parts.append(score(weights, samples[some], batch, None if hands is None else hands[some]))
        report(min(start + batch, len(samples)) / len(samples))
    return Scores(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _likelihood(weights: Weights, samples: Sequence[Sample], scores: Scores, seed: int) -> dict[str, object]:
    writers = [sample.writer for sample in samples]
    a = weights.architecture

    def a_point(sums: np.ndarray) -> dict[str, float | None]:
        return ratio(sums, scores.points, writers, seed=seed).rounded(4)

    return {
        "weights": weights.name,
        "units_a_layer": a.units,
        "layers": a.layers,
        "window": a.window,
        "lines": len(samples),
        "writers": len(set(writers)),
        "points": int(scores.points.sum()),
        "offset_scale": weights.offset_scale,
        "nats_a_point": a_point(scores.nats),
        "pen_nats_a_point": a_point(scores.pen_nats),
        "nats_a_line": ratio(scores.nats, 1.0, writers, seed=seed).rounded(2),
        "points_a_line": round(float(scores.points.mean()), 1),
        "squared_error_a_point": a_point(scores.squared_error),
        "units": _UNITS,
    }
