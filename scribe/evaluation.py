"""How good is a network? Numbers that compare, with their units and with what they were measured on.

All is done in NumPy with the functions that the book derives, so that weights are judged by other code than that which
trained them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from scribe import mdn
from scribe.corpora.corpus import Corpus, Sample
from scribe.lstm import lstm_forward
from scribe.weights import Weights
from scribe.window import WindowedState, windowed_lstm_forward
from scribe.writer import Writer

__all__ = ["EvaluationError", "Scores", "evaluate", "score", "unfinished"]


class EvaluationError(ValueError):
    """There is nothing to measure: the corpus and the weights do not fit together."""


class Scores(NamedTuple):
    """One number a line: sums over the points that count, in nats and standardised units."""

    nats: np.ndarray  # minus the log density of offsets and pen
    pen_nats: np.ndarray  # the pen's part of it
    squared_error: np.ndarray  # between the true and the expected offset
    points: np.ndarray  # how many count: all but the first, whose place is a convention


def score(weights: Weights, samples: Sequence[Sample], batch: int = 32) -> Scores:
    """How well a network foresees each point of other people's writing, having seen the points before it.

    Raises:
        UnknownCharacterError: if a text has characters that the weights do not know.
    """
    order = sorted(range(len(samples)), key=lambda i: len(samples[i].ink))
    columns = np.zeros((4, len(samples)))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        columns[:, chosen] = _score_batch(weights, [samples[i] for i in chosen])
    return Scores(*columns)


def _score_batch(weights: Weights, samples: Sequence[Sample]) -> np.ndarray:
    length = max(len(sample.ink) for sample in samples)
    targets = np.zeros((length, len(samples), 3), np.float32)
    counts = np.zeros((length, len(samples)), bool)
    for b, sample in enumerate(samples):
        targets[: len(sample.ink), b] = sample.ink.standardised(weights.offset_scale)
        counts[1 : len(sample.ink), b] = True
    first = np.broadcast_to(np.float32([0, 0, 1]), targets[:1].shape)
    y = _outputs(weights, np.concatenate([first, targets[:-1]]), [sample.text for sample in samples])
    params = mdn.split(y, weights.architecture.mixtures)
    pen = mdn.log_density_pen(params, targets[..., 2])
    offset = mdn.log_density_offset(params, targets[..., :2])
    error = mdn.squared_error(params, targets[..., :2])
    return np.stack(
        [np.where(counts, v, 0).sum(axis=0, dtype=np.float64) for v in (-offset - pen, -pen, error, counts)]
    )


def _outputs(weights: Weights, xs: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """The network over whole lines ``(T, B, 3)``: raw outputs ``(T, B, 1 + 6M)``."""
    a = weights.architecture
    zeros = np.zeros((xs.shape[1], a.units), np.float32)
    w = np.zeros((*xs.shape[:2], 0), np.float32)
    hs: list[np.ndarray] = []
    for layer in range(1, a.layers + 1):
        names = [f"lstm{layer}.{part}" for part in ("kernel", "recurrent", "bias", "peephole")]
        lstm = tuple(weights.arrays.get(name) for name in names)
        if layer == 1 and a.window:
            onehot, mask = _one_hot(weights, texts)
            kappa = np.zeros((len(texts), a.window), np.float32)
            state = WindowedState(zeros, zeros, kappa, np.zeros((len(texts), onehot.shape[-1]), np.float32))
            window = (weights["window.kernel"], weights["window.bias"])
            h, w, _ = windowed_lstm_forward(xs, onehot, state, lstm, window, mask)
        else:
            h, _ = lstm_forward(np.concatenate([xs, *hs[-1:], w], axis=-1), zeros, zeros, *lstm)
        hs.append(h)
    return np.concatenate(hs, axis=-1) @ weights["mixture.kernel"] + weights["mixture.bias"]


def _one_hot(weights: Weights, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    codes = [weights.alphabet.encode(text) for text in texts]
    longest = max(map(len, codes))
    onehot = np.zeros((len(texts), longest, weights.alphabet.size), np.float32)
    mask = np.zeros((len(texts), longest), np.float32)
    for b, code in enumerate(codes):
        onehot[b, : len(code)] = weights.alphabet.one_hot(code)
        mask[b, : len(code)] = 1
    return onehot, mask


def unfinished(writer: Writer, texts: Sequence[str], bias: float = 0.5, seed: int = 0) -> float:
    """The share of texts whose writing was cut off because it did not come to the end of the text."""
    reasons = writer.write_many(texts, bias=bias, seed=seed).stop_reasons
    return sum(reason != "finished" for reason in reasons) / len(reasons)


def evaluate(
    weights: Weights,
    corpus: Corpus,
    *,
    split: str = "validation",
    kind: str | None = "line",
    lines: int = 256,
    bias: float = 0.5,
    seed: int = 0,
    report: Callable[[int, int], None] = lambda done, all_of_them: None,
) -> dict[str, object]:
    """Measure weights on a corpus. Ready for JSON.

    Args:
        split, kind: which samples; ``None`` for ``kind`` takes lines and words.
        lines: at most so many of them, a random but fixed choice by ``seed``.
        bias: for the lines that are written, to see how many are not finished.
        report: told how many lines have been scored.

    Raises:
        EvaluationError: if the split holds no line that the network can read.
    """
    chosen = corpus.split(split)
    if kind is not None:
        chosen = chosen.of_kind(kind)
    known = set(weights.alphabet.characters)
    readable = [i for i, text in enumerate(chosen.texts) if known.issuperset(text) and chosen.lengths[i] > 1]
    if not readable:
        raise EvaluationError(f"the corpus has no {kind or 'sample'} in the split {split!r} that the network can read")
    numbers = np.random.default_rng(seed).permutation(readable)[:lines]
    samples = sorted((chosen[int(i)] for i in numbers), key=lambda sample: len(sample.ink))
    parts = []
    for start in range(0, len(samples), 32):
        parts.append(score(weights, samples[start : start + 32]))
        report(min(start + 32, len(samples)), len(samples))
    scores = Scores(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    points = scores.points.sum()
    result: dict[str, object] = {
        "weights": weights.name,
        "corpus": corpus.metadata.get("name", ""),
        "synthetic": corpus.metadata.get("synthetic"),
        "split": split,
        "kind": kind or "line and word",
        "lines": len(samples),
        "left_out_as_unreadable": len(chosen) - len(readable),
        "points": int(points),
        "offset_scale": weights.offset_scale,
        "nats_a_point": round(float(scores.nats.sum() / points), 4),
        "pen_nats_a_point": round(float(scores.pen_nats.sum() / points), 4),
        "nats_a_line": round(float(scores.nats.mean()), 2),
        "squared_error_a_point": round(float(scores.squared_error.sum() / points), 4),
        "units": "nats with the pen, offsets divided by offset_scale body heights, without each line's first point",
    }
    if weights.architecture.window:
        share = unfinished(Writer(weights), [sample.text for sample in samples], bias, seed)
        result |= {"bias": bias, "unfinished": round(share, 4)}
    return result
