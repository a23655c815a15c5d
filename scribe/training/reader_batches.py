"""Batches for the reader: the writer's lines and joined words, varied more, cut into frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus
from scribe.ink import resample_stroke
from scribe.reader import frames
from scribe.training.batches import Augmentation, Batch, Batches, Position

__all__ = ["ReaderBatch", "ReaderBatches", "framed"]


@dataclass(frozen=True)
class ReaderBatch(Batch):
    """``inputs`` for :class:`~scribe.training.reader_network.ReaderNetwork`, ``targets`` for its loss."""

    pen_points: int = 0

    @property
    def points(self) -> int:
        return self.pen_points


def framed(features: list[np.ndarray], codes: list[np.ndarray], multiple: int = 16) -> tuple[dict, np.ndarray]:
    """Lines side by side, padded with zeros.

    Args:
        features: of the frames of each line.
        codes: of each line, without end.
        multiple: lengths are rounded up to a multiple, so that compilers see few shapes.

    Returns:
        Inputs: ``frames`` ``(B, T, features)`` and ``mask`` ``(B, T)``. Targets: int32 ``(B, 2 + N)``.
    """
    count = len(features)
    longest = -(-max(map(len, features)) // multiple) * multiple
    most = -(-max(map(len, codes)) // multiple) * multiple
    inputs = {
        "frames": np.zeros((count, longest, features[0].shape[1]), np.float32),
        "mask": np.zeros((count, longest), np.float32),
    }
    targets = np.zeros((count, 2 + most), np.int32)
    for row, (line, text) in enumerate(zip(features, codes, strict=True)):
        inputs["frames"][row, : len(line)] = line
        inputs["mask"][row, : len(line)] = 1
        targets[row, :2] = len(line), len(text)
        targets[row, 2 : 2 + len(text)] = text
    return inputs, targets


def needed(codes: np.ndarray) -> int:
    """The fewest frames that a text can be said in: one a character, and a blank between equal ones."""
    return len(codes) + int((codes[1:] == codes[:-1]).sum())


class ReaderBatches(Batches):
    """Batches without end, from a corpus; see :class:`~scribe.training.batches.Batches`.

    Args:
        moves: of the pen in a frame.
        tempo: standard deviation of the logarithm of how much more densely points lie.
        kept: the shape ``(layers, outputs)`` of what dropout multiplies, one draw a line.
        dropout: the share that is zero in it.
    """

    def __init__(
        self,
        corpus: Corpus,
        alphabet: Alphabet,
        scale: float,
        *,
        moves: int,
        points: int,
        longest: int,
        kept: tuple[int, int],
        dropout: float = 0.0,
        augmentation: Augmentation | None = None,
        tempo: float = 0.15,
        seed: int = 0,
    ) -> None:
        varied = augmentation or Augmentation(slant=0.2, slope=0.03, size=0.12, width=0.15, start=0.12)
        super().__init__(corpus, alphabet, scale, points=points, longest=longest, augmentation=varied, seed=seed)
        self.moves, self.tempo, self.kept, self.dropout = moves, tempo, kept, dropout

    def _batch(self, units: list[np.ndarray], rng: np.random.Generator, position: Position) -> ReaderBatch:
        features, codes, points = [], [], 0
        for unit in units:
            offsets = self._varied(self._joined(unit, rng), rng)
            line = frames(self._timed(offsets, rng), self.scale, self.moves).features
            text = self._text(unit)[:-1]
            # Very few lines: scribbles in a hurry.
            if needed(text) <= len(line) or not features:
                features.append(line)
                codes.append(text[: len(line) // 2] if needed(text) > len(line) else text)
                points += len(offsets)
        inputs, targets = framed(features, codes)
        if self.dropout:
            kept = rng.random((len(features), *self.kept), np.float32) >= self.dropout
            inputs["kept"] = kept.astype(np.float32) / np.float32(1 - self.dropout)
        return ReaderBatch(inputs, targets, position, points)

    def _timed(self, offsets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The same writing by a quicker or slower tablet."""
        factor = float(np.exp(rng.normal(0, self.tempo)))
        if not self.tempo or rng.random() < 0.3:
            return offsets
        ends = np.flatnonzero(offsets[:, 2] == 1) + 1
        points = offsets[:, :2].cumsum(axis=0, dtype=np.float64)
        strokes = [resample_stroke(stroke, factor) for stroke in np.split(points, ends)[:-1]]
        result = np.zeros((sum(map(len, strokes)), 3))
        result[:, :2] = np.diff(np.concatenate(strokes), axis=0, prepend=np.zeros((1, 2)))
        result[np.cumsum([len(stroke) for stroke in strokes]) - 1, 2] = 1
        return result
