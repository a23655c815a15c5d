"""Teaching the reader of hands, and what its vectors are then used for: a table of them, a prior over them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import keras
import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import NO_HAND, Corpus
from scribe.hands import Hand, HandArchitecture, HandReader, HandWeights, Prior, pieces, save_hand_reader
from scribe.training.batches import Augmentation, offset_scale
from scribe.training.hand_reader import HandBatches, HandNetwork, WriterLoss, padded_pieces
from scribe.training.state import TrainingState
from scribe.training.task import compiled

__all__ = ["HandReading", "HandSettings", "hand_table", "hand_variants", "recognised", "with_prior"]

_FEWEST = 10  # samples of a writer, for the writer's mean to count
_VARIED = 64  # samples of a writer that are read in each variant
_LONGEST = 250  # points: a longer sample tells no more of the hand for the mean of its writer


_UNREAD: Alphabet = ASCII  # a file of weights has an alphabet; a reader of hands makes no use of it


@dataclass(frozen=True)
class HandSettings:
    """All that shapes the training of a reader of hands. ``updates`` and ``decay`` may be changed when it's resumed."""

    units: int = 96
    layers: int = 2
    size: int = 24
    moves: int = 3
    writers: int = 48
    pieces: int = 4
    updates: int = 2_700
    learning_rate: float = 2e-3
    warmup: int = 50
    decay: int = 1_350
    clip_norm: float = 3.0
    averaging: float = 0.99
    curriculum: int = 0
    seed: int = 0
    validate_every: int = 200
    checkpoint_every: int = 50
    patience: int = 20


class HandReading:
    """The task of a network that reads hands; see :class:`~scribe.training.task.Task`."""

    kind = "hand"
    settings = HandSettings
    counted = "per piece"
    validated = "{:.1%} of held-out writers' pieces taken for another's"

    def begin(self, corpus: Corpus, training: Corpus, settings: HandSettings) -> TrainingState:
        """The state of a training that hasn't begun."""
        points = len(training.offsets)
        return TrainingState(
            kind=self.kind,
            settings=settings,
            corpus=corpus.summary(),
            offset_scale=offset_scale(training),
            points_per_character=points / max(sum(map(len, training.texts)), 1),
            training_points=points,
        )

    def build(self, state: TrainingState) -> HandNetwork:
        """The network with fresh weights."""
        settings = state.settings
        keras.utils.set_random_seed(settings.seed)
        features = HandArchitecture(settings.units, settings.layers, settings.size, settings.moves).features
        network = HandNetwork(settings.units, settings.layers, features, settings.size)
        return compiled(network, WriterLoss(settings.pieces), settings, jit=False)

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> HandBatches:
        """Pieces by many writers."""
        settings = state.settings
        return HandBatches(
            training,
            state.offset_scale,
            moves=settings.moves,
            writers=settings.writers,
            pieces=settings.pieces,
            seed=settings.seed,
        )

    def validation(self, corpus: Corpus, state: TrainingState) -> Callable[[Any], float] | None:
        """The share of held-out pieces that lie nearer to another writer's mean than to their own writer's."""
        try:
            held_out = list(_held_out(corpus.split("validation"), state.offset_scale))
        except ValueError:
            return None

        def measure(network: Any) -> float:
            moves = state.settings.moves
            vectors = [network.predict_on_batch(padded_pieces(p, state.offset_scale, moves)) for p in held_out]
            return 1 - recognised(np.stack(vectors))

        return measure

    def export(self, network: HandNetwork, state: TrainingState, name: str = "") -> HandWeights:
        """The weights of a network as it stands, with a prior that knows nothing yet: see :func:`with_prior`."""
        settings = state.settings
        nothing = {
            "prior.mean": np.zeros(settings.size, np.float32),
            "prior.axes": np.eye(settings.size, dtype=np.float32),
        }
        return HandWeights(
            {**network.arrays(), **nothing},
            HandArchitecture(settings.units, settings.layers, settings.size, settings.moves),
            _UNREAD,
            offset_scale=state.offset_scale,
            points_per_character=state.points_per_character,
            name=name,
            licence=state.licence,
            attribution=str(state.corpus.get("attribution", "")),
            provenance=state.provenance,
        )

    def save(self, path: str | os.PathLike[str], weights: HandWeights, half: bool = False) -> None:
        """As :func:`scribe.hands.save_hand_reader` does."""
        save_hand_reader(path, weights, half=half)


def _held_out(corpus: Corpus, scale: float, each: int = 12) -> Iterator[list[np.ndarray]]:
    """For each writer with 16 samples or more, as many pieces as they are, always the same ones."""
    still = Augmentation(slant=0, slope=0, size=0, width=0, start=0)
    batches = HandBatches(corpus, scale, fewest=16, augmentation=still)
    for samples in batches.of_writer:
        rng = np.random.default_rng(int(samples[0]))
        yield [batches.piece(rng, samples) for _ in range(each)]


def recognised(vectors: np.ndarray) -> float:
    """How many pieces in the second half of each writer's lie nearest to the mean of the first half of the same one's.

    Args:
        vectors: ``(writers, pieces, D)``, each of length 1.

    Returns:
        The share, 0 to 1; by chance it would be one in as many as there are writers.
    """
    half = vectors.shape[1] // 2
    means = vectors[:, :half].mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    nearest = np.einsum("wpd,vd->wpv", vectors[:, half:], means).argmax(axis=2)
    return float((nearest == np.arange(len(vectors))[:, None]).mean())


def hand_table(
    reader: HandReader,
    corpus: Corpus,
    samples: np.ndarray | None = None,
    matrices: np.ndarray | None = None,
    at_a_time: int = 2000,
) -> np.ndarray:
    """The hand of each sample of a corpus, float32 ``(samples, D)``: what a network is told; see ``Conditions``.

    Args:
        samples: the numbers of those that are read, all if ``None``; the others get zeros.
        matrices: ``(writers, 2, 2)``: what the ink of each writer is multiplied by before.
    """
    size = reader.weights.architecture.size
    table = np.zeros((len(corpus), size), np.float32)
    chosen = np.arange(len(corpus)) if samples is None else samples
    for start in range(0, len(chosen), at_a_time):
        own, parts = [], []
        for i in chosen[start : start + at_a_time]:
            offsets = corpus.offsets[corpus.starts[i] : corpus.starts[i + 1]]
            if matrices is not None:
                offsets = np.column_stack([offsets[:, :2] @ matrices[corpus.writers[i]].T, offsets[:, 2]])
            cut = pieces(offsets)
            parts += cut
            own += [i] * len(cut)
        np.add.at(table, own, reader.vectors(parts) * np.array([[len(part)] for part in parts], np.float32))
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return table * (np.float32(np.sqrt(size)) / np.maximum(lengths, np.float32(1e-9)))


def hand_variants(
    reader: HandReader, corpus: Corpus, variants: int = 0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The hands of a corpus as they are, and in so many variants in which each writer slants and stretches differently.

    Samples by writers who have no hand (the corpus's metadata ``no_hand``) get zeros.

    Args:
        seed: of the matrices, and of the samples that are read in the variants: at most 64 a writer.

    Returns:
        For :class:`~scribe.training.conditions.Conditions`: the table ``(1 + variants, samples, D)``, and the matrices
        ``(1 + variants, writers, 2, 2)``.
    """
    rng = np.random.default_rng(seed)
    without = set(cast("Iterable[str]", corpus.metadata.get(NO_HAND, ())))
    nobody = [number for number, name in enumerate(corpus.writer_splits) if name in without]
    may = np.flatnonzero(~np.isin(corpus.writers, nobody))
    writers = int(corpus.writers.max()) + 1
    mixed = rng.permutation(may)
    mixed = mixed[np.argsort(corpus.writers[mixed], kind="stable")]
    place = np.arange(len(mixed)) - np.searchsorted(corpus.writers[mixed], corpus.writers[mixed])
    few = np.sort(mixed[place < _VARIED])
    tables, all_matrices = [hand_table(reader, corpus, may)], [np.tile(np.eye(2), (writers, 1, 1))]
    for _ in range(variants):
        vary = Augmentation(slant=0.15, slope=0, size=0, width=0.12)
        all_matrices.append(np.stack([vary.matrix(rng) for _ in range(writers)]))
        tables.append(hand_table(reader, corpus, few, all_matrices[-1]))
    return np.stack(tables), np.stack(all_matrices)


def with_prior(weights: HandWeights, corpus: Corpus, table: np.ndarray | None = None) -> HandWeights:
    """The weights with the prior over the hands of a corpus's training writers, those with ten samples or more.

    Args:
        table: of :func:`hand_table`, if it's there already.

    Raises:
        HandError: if fewer than two writers are left.
    """
    table = hand_table(HandReader(weights), corpus) if table is None else table
    prior = Prior.fit([hand for _, hand in writer_hands(corpus, table)])
    arrays = {**weights.arrays, "prior.mean": prior.mean, "prior.axes": prior.axes}
    return dataclasses.replace(weights, arrays=arrays)


def writer_hands(corpus: Corpus, table: np.ndarray, split: str = "train") -> Iterator[tuple[int, Hand]]:
    """The number and the mean hand of each writer of a split with ten samples or more."""
    chosen = np.flatnonzero(corpus.of_split(split))
    shares = np.sqrt(np.minimum(corpus.lengths, _LONGEST))[:, None]
    for writer in np.unique(corpus.writers[chosen]):
        own = chosen[corpus.writers[chosen] == writer]
        if len(own) >= _FEWEST:
            yield int(writer), Hand((table[own] * shares[own]).sum(axis=0))
