"""Teaching the reader: ink and what it says in, nats per character and character errors out."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import Corpus
from scribe.reader import (
    ReaderArchitecture,
    ReaderWeights,
    character_error_rate,
    frames,
    most_probable_path,
    save_reader,
)
from scribe.training.batches import Position, offset_scale
from scribe.training.loop import Progress
from scribe.training.reader_batches import LENGTHS, ReaderBatches, framed
from scribe.training.reader_network import CTCLoss, ReaderNetwork
from scribe.training.state import TrainingState, in_short
from scribe.training.task import compiled, export, run
from scribe.training.usable import usable_samples

__all__ = ["ReaderSettings", "Reading", "export_reader", "reader_weights", "train_reader"]


@dataclass(frozen=True)
class ReaderSettings:
    """All that shapes a reader's training. ``updates`` and ``decay`` may be changed when it is resumed.

    ``jit`` compiles an update for each of the few shapes of batches: it costs a quarter of a minute a shape, and an
    update takes half as long.
    """

    units: int = 128
    layers: int = 2
    moves: int = 3
    dropout: float = 0.1
    updates: int = 12_000
    learning_rate: float = 3e-3
    warmup: int = 100
    decay: int = 2_000
    clip_norm: float = 5.0
    averaging: float = 0.998
    batch_frames: int = 4_096
    curriculum: int = 300
    rarity: float = 0.5
    seed: int = 0
    validate_every: int = 250
    checkpoint_every: int = 50
    patience: int = 20
    jit: bool = True
    alphabet: str = ASCII.characters


def build(settings: ReaderSettings) -> ReaderNetwork:
    """The network and its optimizer, compiled and built, with fresh weights from the seed."""
    keras.utils.set_random_seed(settings.seed)
    features = ReaderArchitecture(settings.units, settings.layers, settings.moves).features
    alphabet = Alphabet(settings.alphabet)
    network = ReaderNetwork(settings.units, settings.layers, features, alphabet.size, alphabet.parts)
    return compiled(network, CTCLoss(), settings, jit=settings.jit)


def held_out_batches(
    corpus: Corpus, scale: float, moves: int, lines: int, batch: int = 32, *, alphabet: Alphabet = ASCII
) -> list[tuple[dict, list[str]]]:
    """A fixed choice of held-out lines, as they are, and their texts; those with other characters are left out."""
    chosen = corpus.split("validation").of_kind("line")
    usable, _ = usable_samples(chosen, alphabet, shortest=1)
    fit = np.random.default_rng(0).permutation(np.flatnonzero(usable))[:lines]
    fit = sorted(fit, key=lambda i: chosen.lengths[i])
    batches = []
    for start in range(0, len(fit), batch):
        samples = [chosen[int(i)] for i in fit[start : start + batch]]
        features = [frames(sample.ink.offsets, scale, moves).features for sample in samples]
        length = next((length for length in LENGTHS if length >= max(map(len, features))), max(map(len, features)))
        inputs, _ = framed(features, [np.zeros(0, np.int32)] * len(samples), batch, length)
        batches.append((inputs, [sample.text for sample in samples]))
    return batches


def error_rate(network: ReaderNetwork, batches: list[tuple[dict, list[str]]], alphabet: Alphabet = ASCII) -> float:
    """The character error rate of the most probable paths."""
    pairs = []
    for inputs, texts in batches:
        logits = network.predict_on_batch(inputs)
        for line, mask, text in zip(logits, inputs["mask"], texts, strict=False):
            pairs.append((alphabet.decode(most_probable_path(line[: int(mask.sum())])), text))
    return character_error_rate(pairs)


def drawn_step(corpus: Corpus) -> float:
    """The mean length of a move with the pen down, body heights."""
    length = moves = 0
    for _, offsets, starts in corpus.blocks():
        drawn = np.append(True, offsets[:-1, 2] == 0)
        drawn[starts[:-1]] = False
        length += np.hypot(*offsets[drawn, :2].T).sum(dtype=np.float64)
        moves += drawn.sum()
    return float(length / moves)


class Reading:
    """The task of a network that reads; see :class:`~scribe.training.task.Task`.

    Args:
        weights: to begin with, in place of random ones. Sizes and units are theirs then, and long lines come at once.
            The alphabet of the settings may have characters that they don't know yet.
    """

    kind = "read"
    settings = ReaderSettings
    counted = "per character"
    validated = "{:.1%} of characters read wrongly"

    def __init__(self, weights: ReaderWeights | None = None) -> None:
        self._weights = weights

    def begin(self, corpus: Corpus, training: Corpus, settings: ReaderSettings) -> TrainingState:
        """The state of a training that hasn't begun; units are those of the weights to begin with, if there are any."""
        points = len(training.offsets)
        state = TrainingState(
            kind=self.kind,
            settings=settings,
            corpus=corpus.summary(),
            offset_scale=offset_scale(training),
            points_per_character=points / max(sum(map(len, training.texts)), 1),
            training_points=points,
            step=drawn_step(training),
        )
        weights = self._weights
        if weights is None:
            return state
        return dataclasses.replace(
            state,
            settings=dataclasses.replace(settings, **dataclasses.asdict(weights.architecture), curriculum=0),
            offset_scale=weights.offset_scale,
            points_per_character=weights.points_per_character,
            step=weights.step,
            position=Position(progress=1.0),
            begun_with={"name": weights.name, "provenance": in_short(weights.provenance)},
        )

    def build(self, state: TrainingState) -> ReaderNetwork:
        """The network, with the weights to begin with if it hasn't begun."""
        network = build(state.settings)
        if self._weights is not None and not state.update:
            network.begin_with(self._weights, state.alphabet)
            network.optimizer.average_from(network.trainable_variables)
        return network

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> ReaderBatches:
        """Lines and joined words, cut into frames; see :class:`~scribe.training.reader_batches.ReaderBatches`."""
        settings = state.settings
        return ReaderBatches(
            training,
            state.alphabet,
            state.offset_scale,
            moves=settings.moves,
            frames=settings.batch_frames,
            kept=(settings.layers, 2 * settings.units),
            dropout=settings.dropout,
            rarity=settings.rarity,
            seed=settings.seed,
        )

    def validation(self, corpus: Corpus, state: TrainingState) -> Callable[[Any], float] | None:
        """The character error rate of held-out lines."""
        moves, alphabet = state.settings.moves, state.alphabet
        held_out = held_out_batches(corpus, state.offset_scale, moves, lines=160, alphabet=alphabet)
        return (lambda network: error_rate(network, held_out, alphabet)) if held_out else None

    def export(self, network: ReaderNetwork, state: TrainingState, name: str = "") -> ReaderWeights:
        """The weights of a network as it stands."""
        return reader_weights(network, state, name)

    def save(self, path: str | os.PathLike[str], weights: ReaderWeights, half: bool = False) -> None:
        """As :func:`scribe.reader.save_reader` does."""
        save_reader(path, weights, half=half)


def train_reader(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: ReaderSettings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[ReaderNetwork, int], None] = lambda network, update: None,
    tell: Callable[[str], None] = warnings.warn,
) -> ReaderNetwork:
    """Teach a reader from a corpus: :func:`scribe.training.task.run` with the task of reading.

    The ``nats`` of an update are nats per character, and the validation gives a character error rate.

    Args:
        on_validation: called with the averaged network and the number of the update after every validation.

    All others, what lies in ``folder``, and what is returned and raised are as there.
    """
    return run(
        Reading(),
        corpus,
        folder,
        settings,
        resume=resume,
        report=report,
        on_validation=lambda network, state: on_validation(network, state.update),
        tell=tell,
    )


def export_reader(path: str | os.PathLike[str], *, name: str = "", average: bool = True) -> ReaderWeights:
    """The weights of a network that reads, from its checkpoint; see :func:`scribe.training.task.export`."""
    return export(Reading(), path, name=name, average=average)


def reader_weights(network: ReaderNetwork, state: TrainingState, name: str = "") -> ReaderWeights:
    """The weights of a network as it stands, and what the state of its training tells about them."""
    settings = state.settings
    return ReaderWeights(
        network.arrays(),
        ReaderArchitecture(settings.units, settings.layers, settings.moves),
        state.alphabet,
        offset_scale=state.offset_scale,
        step=state.step,
        points_per_character=state.points_per_character,
        name=name,
        licence=state.licence,
        attribution=str(state.corpus.get("attribution", "")),
        provenance=state.provenance,
    )
