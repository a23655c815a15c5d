"""The reader of hands as a Keras model, its loss, its batches: two pieces by one person close together, all others far.

What it learns is the task of *speaker verification*, for ink: a batch holds a few pieces by each of many writers, each
piece becomes a vector on the unit sphere, and every vector must lie nearer to the mean of its writer's other vectors
than to the mean of any other writer's: the generalised end-to-end loss (Wan, Wang, Papir and Lopez Moreno, ICASSP 2018)
with the softmax over writers. As the pieces say different things, what tells their writers apart is the hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import keras
import numpy as np
from keras import ops

from scribe.corpora.corpus import Corpus
from scribe.reading.frames import frames
from scribe.training.batches import Augmentation, Batch, Position
from scribe.training.reader_network import BidirectionalNetwork
from scribe.training.usable import LeftOut

__all__ = ["HandBatches", "HandNetwork", "WriterLoss", "padded_pieces"]


@keras.saving.register_keras_serializable(package="scribe")
class HandNetwork(BidirectionalNetwork):
    """LSTM layers in both directions, then mean and deviation over all frames, then a vector of length 1.

    Inputs: a dictionary of ``frames`` ``(B, T, features)`` and ``mask`` ``(B, T)``, 1 for a frame, 0 for padding.
    Output: ``(B, size)``.

    Args:
        units: of each LSTM in each direction.
        layers: how many.
        features: numbers per frame, see :func:`scribe.reader.frames`.
        size: of the vector.
    """

    dropout = 0.1

    def __init__(self, units: int, layers: int, features: int, size: int, **kwargs) -> None:
        super().__init__(units, layers, features, 4 * units, size, **kwargs)
        self.settings = {"units": units, "layers": layers, "features": features, "size": size}

    def call(self, inputs, training: bool = False):
        hidden = ops.transpose(inputs["frames"], (1, 0, 2))
        mask = ops.transpose(inputs["mask"])[:, :, None]
        for ahead, behind in zip(self.ahead, self.behind, strict=True):
            hidden = ops.concatenate(
                [ahead(hidden, training=training), behind(hidden, mask, training=training)], axis=-1
            )
            if training:  # the same numbers of a piece are left out along all of it
                kept = ops.cast(keras.random.uniform(ops.shape(hidden)[1:]) > self.dropout, hidden.dtype)
                hidden = hidden * kept / (1 - self.dropout)
        count = ops.sum(mask, axis=0)
        mean = ops.sum(hidden * mask, axis=0) / count
        variance = ops.sum(ops.square(hidden - mean) * mask, axis=0) / count
        z = self.output_layer(ops.concatenate([mean, ops.sqrt(variance + 1e-5)], axis=-1))
        return z / ops.sqrt(ops.sum(ops.square(z), axis=-1, keepdims=True) + 1e-8)

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}


@keras.saving.register_keras_serializable(package="scribe")
class WriterLoss(keras.losses.Loss):
    """Minus the log probability of the right writer among those of the batch, nats per piece.

    The batch has ``writers`` times ``pieces`` vectors, those of one writer one after the other. The logits are
    ``scale`` times the cosines between a vector and the writers' means; a writer's own mean leaves the vector out.
    ``y_true`` isn't looked at: who wrote what follows from the order.
    """

    def __init__(self, pieces: int, scale: float = 16.0, name: str = "writer", **kwargs) -> None:
        super().__init__(name=name, reduction=None, **kwargs)
        self.pieces, self.scale = pieces, scale

    def call(self, y_true, y_pred):
        z = ops.reshape(y_pred, (-1, self.pieces, y_pred.shape[-1]))
        total = ops.sum(z, axis=1)
        others = ops.normalize(total[:, None] - z, axis=-1)  # (W, M, D): the mean without the piece itself
        means = ops.normalize(total, axis=-1)
        cosines = ops.einsum("wmd,vd->wmv", z, means)
        own = ops.sum(z * others, axis=-1)
        same = ops.eye(ops.shape(z)[0])[:, None]
        logits = self.scale * (cosines * (1 - same) + own[..., None] * same)
        right = self.scale * own
        return ops.mean(ops.logsumexp(logits, axis=-1) - right)


class HandBatches:
    """Batches without end: ``pieces`` pieces by each of ``writers`` writers of the training split.

    A piece is a line, or one to four words set side by side, of which a stretch of whole strokes is taken that has
    about ``shortest`` to ``longest`` points.

    Args:
        corpus: of whose writers those with ``fewest`` samples or more are drawn, all as often.
        scale: what offsets are divided by, body heights.
        moves: of the pen per frame.
    """

    def __init__(
        self,
        corpus: Corpus,
        scale: float,
        *,
        moves: int = 3,
        writers: int = 64,
        pieces: int = 4,
        shortest: int = 90,
        longest: int = 260,
        fewest: int = 10,
        augmentation: Augmentation | None = None,
        seed: int = 0,
    ) -> None:
        self.corpus, self.scale, self.moves, self.seed = corpus, scale, moves, seed
        self.writers, self.pieces, self.shortest, self.longest = writers, pieces, shortest, longest
        self.augmentation = augmentation or Augmentation(slant=0.02, slope=0.02, size=0.05, width=0.02, start=0.0)
        order = np.argsort(corpus.writers, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(corpus.writers[order])) + 1)
        self.of_writer = [g for g in groups if len(g) >= fewest]
        self.left_out = LeftOut(len(corpus), lonely=sum(len(g) for g in groups if len(g) < fewest))
        if len(self.of_writer) < 2:
            raise ValueError(f"two writers with {fewest} samples or more are needed; the corpus has fewer")

    def __call__(self, position: Position, progress_at=lambda: 1.0) -> Iterator[Batch]:
        while True:
            rng = np.random.default_rng((self.seed, position.pool))
            chosen = rng.permutation(len(self.of_writer))[: min(self.writers, len(self.of_writer))]
            inks = [self.piece(rng, self.of_writer[w]) for w in chosen for _ in range(self.pieces)]
            yield Batch(padded_pieces(inks, self.scale, self.moves), np.zeros((len(inks), 1, 4), np.float32), position)
            position = Position(position.pool + 1, 0, 1.0)

    def piece(self, rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """Offsets of one piece, ``(T, 3)``, varied, the first at its height above the baseline."""
        wanted = int(rng.integers(self.shortest, self.longest + 1))
        parts: list[np.ndarray] = []
        while sum(map(len, parts)) < wanted and len(parts) < 4:
            i = int(rng.choice(samples))
            parts.append(self.corpus.offsets[self.corpus.starts[i] : self.corpus.starts[i + 1]].astype(np.float64))
        return varied_piece(parts, wanted, rng, self.augmentation)


def padded_pieces(parts: Sequence[np.ndarray], scale: float, moves: int, longest: int = 128) -> dict[str, np.ndarray]:
    """Pieces of ink, offsets ``(T, 3)`` each, cut into frames, side by side, padded with zeros, with a mask.

    Args:
        scale: what moves with the pen down are divided by, body heights.
        moves: of the pen per frame.
        longest: frames of a piece; what is more is left out.
    """
    made = [frames(part, scale, moves).features[:longest] for part in parts]
    length = -(-max(map(len, made)) // 32) * 32  # few lengths mean few shapes, which compilers like
    features = np.zeros((len(made), length, made[0].shape[1]), np.float32)
    mask = np.zeros((len(made), length), np.float32)
    for row, piece in enumerate(made):
        features[row, : len(piece)] = piece
        mask[row, : len(piece)] = 1
    return {"frames": features, "mask": mask}


def varied_piece(
    parts: list[np.ndarray], wanted: int, rng: np.random.Generator, augmentation: Augmentation
) -> np.ndarray:
    """A stretch of about ``wanted`` points, from a stroke's beginning on, of words set side by side or of one line."""
    for before, part in itertools.pairwise(parts):
        path = before[:, :2].sum(axis=0)
        right = np.cumsum(before[:, 0]).max() - path[0]
        part[0, :2] += (right + rng.uniform(0.5, 1.2) - part[0, 0], -path[1])
    offsets = np.concatenate(parts)
    if len(offsets) > 1.2 * wanted:
        path = offsets[:, :2].cumsum(axis=0)
        begins = np.concatenate([[0], np.flatnonzero(offsets[:-1, 2] == 1) + 1])
        first = int(rng.choice(begins[begins <= len(offsets) - wanted]))
        offsets = offsets[first : first + wanted].copy()
        offsets[0, 1] = path[first, 1]
        offsets[-1, 2] = 1
    offsets[0, 0] = 0
    offsets[:, :2] = offsets[:, :2] @ augmentation.matrix(rng).T
    offsets[:, :2] += rng.uniform(-augmentation.grain / 2, augmentation.grain / 2, (len(offsets), 2))
    return offsets
