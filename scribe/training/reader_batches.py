"""Batches for the reader: the writer's lines and joined words, varied more, cut into frames."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus
from scribe.reader import frames
from scribe.training.batches import Augmentation, Batch, Batches, Position
from scribe.training.usable import LeftOut

__all__ = ["LENGTHS", "ReaderBatch", "ReaderBatches", "framed"]

LENGTHS = (48, 96, 144, 192, 256, 320, 384)
"""Frames of the lines of a batch, padding included. Few lengths mean few shapes, which compilers like."""


@dataclass(frozen=True)
class ReaderBatch(Batch):
    """``inputs`` for :class:`~scribe.training.reader_network.ReaderNetwork`, ``targets`` for its loss."""

    pen_points: int = 0

    @property
    def points(self) -> int:
        return self.pen_points


def framed(features: list[np.ndarray], codes: list[np.ndarray], lines: int, length: int) -> tuple[dict, np.ndarray]:
    """Lines side by side, padded with zeros.

    Args:
        features: of the frames of each line.
        codes: of each line, without end.
        lines: of the batch; what is missing are lines without frames and characters, which count for nothing.
        length: of all lines, frames. There is room for half as many characters.

    Returns:
        Inputs: ``frames`` ``(B, T, features)`` and ``mask`` ``(B, T)``. Targets: int32 ``(B, 2 + T // 2)``.
    """
    inputs = {
        "frames": np.zeros((lines, length, features[0].shape[1]), np.float32),
        "mask": np.zeros((lines, length), np.float32),
    }
    targets = np.zeros((lines, 2 + length // 2), np.int32)
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
        frames: a batch, padding included.
        tempo: standard deviation of the logarithm of how much more densely points lie.
        kept: the shape ``(layers, outputs)`` of what dropout multiplies, one draw a line.
        dropout: the share that is zero in it.
    """

    room = 1.15  # a line's length must hold so many times its frames: some of it is made denser

    def __init__(
        self,
        corpus: Corpus,
        alphabet: Alphabet,
        scale: float,
        *,
        moves: int,
        frames: int,
        kept: tuple[int, int],
        dropout: float = 0.0,
        augmentation: Augmentation | None = None,
        tempo: float = 0.15,
        rarity: float = 0.0,
        seed: int = 0,
    ) -> None:
        varied = augmentation or Augmentation(slant=0.2, slope=0.03, size=0.12, width=0.15, start=0.12)
        longest = int(corpus.lengths.max())
        super().__init__(corpus, alphabet, scale, longest=longest, augmentation=varied, rarity=rarity, seed=seed)
        self.moves, self.frames, self.tempo, self.kept, self.dropout = moves, frames, tempo, kept, dropout
        self.sample_frames = _frames_of_samples(corpus, moves)
        self.left_out = self._left_out()

    def _left_out(self) -> LeftOut:
        """What no batch will have: besides what :class:`Batches` leaves out, long lines and crowded ones."""
        long = crowded = 0
        for sample, codes in enumerate(self.codes):
            if codes is not None:
                too_long = self._length(np.array([sample])) is None
                long += too_long
                crowded += not too_long and needed(codes) > self.sample_frames[sample]
        return dataclasses.replace(self.left_out, long=long, crowded=int(crowded))

    def _cut(self, units: list[np.ndarray]) -> list[list[np.ndarray]]:
        """Units of like length, as many as fit into a batch."""
        batches: dict[int, list[list[np.ndarray]]] = {}
        for unit in units:
            length = self._length(unit)
            if length is None:
                continue
            of_length = batches.setdefault(length, [[]])
            if len(of_length[-1]) == self.rows(length):
                of_length.append([])
            of_length[-1].append(unit)
        return [batch for length in sorted(batches) for batch in batches[length]]

    def rows(self, length: int) -> int:
        """Lines in a batch of that length."""
        return max(1, self.frames // length)

    def _length(self, unit: np.ndarray) -> int | None:
        need = self.room * self.sample_frames[unit].sum()
        return next((length for length in LENGTHS if length >= need), None)

    def _batch(self, units: list[np.ndarray], rng: np.random.Generator, position: Position) -> ReaderBatch:
        length = self._length(units[0])
        assert length is not None  # what is too long was left out of all batches
        features, codes, points = [], [], 0
        for unit in units:
            offsets = self._varied(self._joined(unit, rng), rng)
            tempo = np.exp(rng.normal(0, self.tempo)) if self.tempo else 1.0
            line = frames(retimed(offsets, tempo), self.scale, self.moves).features
            if len(line) > length:
                line = frames(offsets, self.scale, self.moves).features
            text = self._text(unit)[:-1]
            # A line that is shorter than its text can teach nothing: a scribble, or a wrong text.
            if needed(text) <= len(line) and len(text) <= length // 2:
                features.append(line)
                codes.append(text)
                points += len(offsets)
        if not features:
            features, codes = [np.zeros((1, 2 * self.moves + 2))], [np.zeros(0, np.int32)]
        lines = self.rows(length)
        inputs, targets = framed(features, codes, lines, length)
        if self.dropout:
            kept = rng.random((lines, *self.kept), np.float32) >= self.dropout
            inputs["kept"] = kept.astype(np.float32) / np.float32(1 - self.dropout)
        return ReaderBatch(inputs, targets, position, points)


def _frames_of_samples(corpus: Corpus, moves: int) -> np.ndarray:
    """How many frames each sample of a corpus comes to, ``(len(corpus),)``."""
    count = np.zeros(len(corpus), np.int64)
    for own, offsets, starts in corpus.blocks():
        ends = np.flatnonzero(offsets[:, 2] == 1) + 1
        lengths = np.diff(ends, prepend=0)
        pieces = 1 + np.maximum(1, -(-(lengths - 1) // moves))
        before = np.concatenate([[0], np.cumsum(pieces)])
        count[own] = np.diff(before[np.searchsorted(ends, starts, side="right")])
    return count


def retimed(offsets: np.ndarray, factor: float) -> np.ndarray:
    """What :func:`scribe.ink.resample` does, for all strokes of a line at once: the writing of a quicker tablet."""
    ends = np.flatnonzero(offsets[:, 2] == 1) + 1
    starts = np.concatenate([[0], ends[:-1]])
    last = ends - starts - 1
    counts = np.where(last > 0, np.maximum(2, np.round(last * factor).astype(int) + 1), 1)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    at = np.repeat(starts, counts) + number * np.repeat(last / np.maximum(counts - 1, 1), counts)
    path = offsets[:, :2].cumsum(axis=0, dtype=np.float64)
    result = np.zeros((len(at), 3))
    for axis in (0, 1):
        result[:, axis] = np.diff(np.interp(at, np.arange(len(path)), path[:, axis]), prepend=0)
    result[np.cumsum(counts) - 1, 2] = 1
    return result
