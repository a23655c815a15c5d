"""The training loop: batches in, nats out, checkpoints in between."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import KINDS, Corpus
from scribe.training import checkpoint
from scribe.training.batches import Augmentation, Batches, Position, offset_scale, padded
from scribe.training.conditions import Conditions
from scribe.training.distribution import Replicas
from scribe.training.loop import (
    CHECKPOINT,
    Progress,
    TrainingDiverged,
    TrainingError,
    averaged,
    fresh_state,
    run_updates,
    settled,
    write_json,
)
from scribe.training.losses import NegativeLogDensity
from scribe.training.network import HandwritingNetwork
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.training.usable import tell_left_out, usable_samples
from scribe.weights import Weights

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["CHECKPOINT", "Progress", "Settings", "TrainingDiverged", "TrainingError", "averaged", "train"]


@dataclass(frozen=True)
class Settings:
    """All that shapes a training. The defaults are known to work on UNIPEN.

    ``updates`` and ``decay`` may be changed when a training is resumed; the rest is fixed by the
    first run. ``rarity`` is explained at :class:`~scribe.training.batches.Batches`; ``weight_noise``
    0.075 is Graves' regulariser (:mod:`scribe.training.noise`). ``precision`` is that of the products,
    ``"bfloat16"`` or ``"float16"`` on a GPU that is faster with them (:func:`scribe.training.recurrence.product`).
    ``cell`` is one of :data:`scribe.cells.CELLS`. ``alphabet`` holds the characters that texts are made of.
    ``condition`` is the width of a vector that the network is told for each line, 0 for none, and
    ``condition_dropout`` the share of lines that get zeros instead.

    The paper has 400 units and 10 Gaussians in the window. Ten drift apart before they have learned
    to go together, and one learns to look at the right letter in a fraction of the time.
    """

    units: int = 256
    layers: int = 3
    window: int = 1
    mixtures: int = 20
    peepholes: bool = False
    cell: str = "lstm"
    weight_noise: float = 0.0
    updates: int = 12_000
    learning_rate: float = 1.5e-3
    warmup: int = 100
    decay: int = 500
    clip_norm: float = 5.0
    averaging: float = 0.998
    batch_points: int = 4_000
    longest: int = 1_100
    curriculum: int = 4_000
    rarity: float = 0.5
    seed: int = 0
    validate_every: int = 200
    checkpoint_every: int = 50
    patience: int = 20
    precision: str = "float32"
    alphabet: str = ASCII.characters
    condition: int = 0
    condition_dropout: float = 0.2


def build(settings: Settings, points_per_character: float, training_points: int = 1) -> HandwritingNetwork:
    """The network and its optimizer, compiled and built, with fresh weights from the seed.

    ``training_points`` matters to adaptive weight noise only.
    """
    keras.utils.set_random_seed(settings.seed)
    network = HandwritingNetwork(
        units=settings.units,
        layers=settings.layers,
        window=settings.window,
        mixtures=settings.mixtures,
        codes=Alphabet(settings.alphabet).size,
        points_per_character=points_per_character,
        peepholes=settings.peepholes,
        cell=settings.cell,
        condition=settings.condition,
        weight_noise=settings.weight_noise,
        training_points=training_points,
        precision=settings.precision,
    )
    schedule = WarmupHoldDecay(settings.learning_rate, settings.warmup, settings.updates, settings.decay)
    optimizer = SafeAdam(schedule, global_clipnorm=settings.clip_norm, use_ema=True, ema_momentum=settings.averaging)
    # Batches differ in shape; compiling each anew would cost more than it gains without a GPU.
    network.compile(optimizer, NegativeLogDensity(settings.mixtures), jit_compile=keras.backend.backend() == "jax")
    network.build()
    optimizer.build(network.trainable_variables)
    return network


def validation_batches(
    corpus: Corpus,
    scale: float,
    lines: int,
    batch: int = 32,
    *,
    alphabet: Alphabet = ASCII,
    conditions: Conditions | None = None,
) -> list[tuple[dict, np.ndarray]]:
    """A fixed choice of held-out lines, as they are: no joining, no variation, first points not counted.

    Args:
        corpus: its validation split is used.
        scale: what offsets are divided by.
        lines: how many at most.
        batch: lines of a batch.
        alphabet: lines with other characters are left out.
        conditions: of all samples of the corpus; each line gets that of another one by its writer.
    """
    usable, _ = usable_samples(corpus, alphabet)
    chosen = usable & corpus.of_split("validation") & (corpus.kinds == KINDS.index("line"))
    fit = np.random.default_rng(0).permutation(np.flatnonzero(chosen))[:lines]
    fit = sorted(fit, key=lambda i: corpus.lengths[i])
    batches = []
    for start in range(0, len(fit), batch):
        numbers = [int(i) for i in fit[start : start + batch]]
        samples = [corpus[i] for i in numbers]
        inputs, targets = padded([s.ink.offsets for s in samples], [alphabet.encode(s.text) for s in samples], scale)
        targets[:, 0, 3] = 0
        if conditions is not None:
            inputs["condition"] = np.stack([conditions.held_out(i) for i in numbers])
        batches.append((inputs, targets))
    return batches


def evaluate(network: HandwritingNetwork | Replicas, batches: list[tuple[dict, np.ndarray]]) -> float:
    """Mean nats a point over batches of inputs and targets."""
    total = points = 0.0
    for inputs, targets in batches:
        network.reset_metrics()
        counts = float(targets[..., 3].sum())
        total += float(network.test_on_batch(inputs, targets)) * counts
        points += counts
    return total / points


def train(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[HandwritingNetwork, int], None] = lambda network, update: None,
    strategy: tf.distribute.Strategy | None = None,
    learning_rate: float | None = None,
    weights: Weights | None = None,
    conditions: np.ndarray | None = None,
    tell: Callable[[str], None] = warnings.warn,
) -> HandwritingNetwork:
    """Train a network on a corpus. Returns it with the averaged weights.

    ``folder`` gets ``checkpoint.safetensors`` (the whole state, replaced now and then),
    ``settings.json``, ``log.jsonl`` (a line every ten updates) and events for TensorBoard. An
    interrupt (Ctrl-C, SIGTERM) ends the loop after the current update, with a checkpoint.

    Args:
        corpus: with training and validation writers.
        folder: made if it does not exist.
        settings: of the run; when resuming, only ``updates`` and ``decay`` are taken from here, and without settings
            these stay, too. To change one of them, ``replace`` it in :func:`~scribe.training.loop.first_settings`.
        resume: go on from the checkpoint in ``folder``.
        report: called after every update.
        on_validation: called with the averaged network after every validation.
        strategy: of TensorFlow, to train on several devices, which share each batch; see
            :mod:`scribe.training.distribution`. Every process of several needs a ``folder`` of its own.
        learning_rate: from here on, in place of the one in the settings; for a training that diverged.
        weights: to begin with, in place of random ones. Sizes and units are theirs then, and long lines come at once.
            The alphabet of the settings may have characters that they don't know yet. Updates are counted from 0; what
            the weights had before is in the provenance of what is exported.
        conditions: float ``(samples of the corpus, D)``, a vector for each that the network is told when it's to learn
            another sample by the same writer, with ``D`` the ``condition`` of the settings; see
            :class:`~scribe.training.conditions.Conditions`.
        tell: gets a sentence on samples that are left out.

    Raises:
        TrainingError: if there is a checkpoint and ``resume`` is false, or none and it is true; if ``weights`` are
            given to a training that is resumed, or know characters that the alphabet of the settings lacks; if
            ``conditions`` and the settings don't fit together.
        TrainingDiverged: after ``patience`` updates in a row that were not finite.
    """
    folder = Path(folder)
    path = folder / CHECKPOINT
    settings = settled(Settings, settings, path, resume)
    if learning_rate is not None:
        settings = dataclasses.replace(settings, learning_rate=learning_rate)
    if weights is not None:
        if resume:
            raise TrainingError("a resumed training goes on from its checkpoint, not from other weights")
        if missing := "".join(sorted(set(weights.alphabet.characters) - set(settings.alphabet))):
            raise TrainingError(
                f"the weights to begin with know {missing!r}, but the alphabet of the training doesn't:"
                " give it all of their characters; it may have more"
            )
        sizes = dataclasses.asdict(weights.architecture)
        sizes["condition"] = sizes["condition"] or settings.condition
        settings = dataclasses.replace(settings, **sizes, curriculum=0)

    training = corpus.split("train")
    if not len(training):
        raise TrainingError("the corpus has no training writers")
    of_all, of_training = _conditions(corpus, conditions, settings)
    points_per_character = len(training.offsets) / max(sum(map(len, training.texts)), 1)
    with strategy.scope() if strategy else contextlib.nullcontext():
        network = build(settings, points_per_character, len(training.offsets))
    replicas = Replicas(network, strategy) if strategy else network
    units = {"offset_scale": offset_scale(training), "points_per_character": points_per_character}
    # A network that goes on with another corpus keeps the units that it has learned.
    state = units | (checkpoint.load(path, network) if resume else fresh_state())
    if weights is not None:
        network.begin_with(weights, Alphabet(settings.alphabet))
        state |= {name: getattr(weights, name) for name in units}
        state["position"] = dataclasses.asdict(Position(progress=1.0))
        state["begun_with"] = {"name": weights.name, "provenance": dict(weights.provenance)}
    state |= {"settings": dataclasses.asdict(settings), "corpus": corpus.summary()}

    scale, alphabet = state["offset_scale"], Alphabet(settings.alphabet)
    batches = Batches(
        training,
        alphabet,
        scale,
        points=settings.batch_points,
        longest=settings.longest,
        augmentation=Augmentation(),
        rarity=settings.rarity,
        seed=settings.seed,
        conditions=of_training,
    )
    tell_left_out(corpus, batches.left_out, alphabet, tell)
    held_out = validation_batches(corpus, scale, 256, alphabet=alphabet, conditions=of_all)
    del training
    # All is accepted: a training that is refused leaves no folder behind.
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "settings.json", {k: state[k] for k in ("settings", "offset_scale", "corpus")})
    run_updates(
        network,
        batches,
        folder,
        settings,
        state,
        validate=(lambda _: evaluate(replicas, held_out)) if held_out else None,
        report=report,
        on_validation=on_validation,
        step=replicas.train_on_batch,
    )
    return network


def _conditions(
    corpus: Corpus, table: np.ndarray | None, settings: Settings
) -> tuple[Conditions, Conditions] | tuple[None, None]:
    """The conditions of all samples, and of those of the training split; None without a table."""
    if table is None:
        if settings.condition:
            raise TrainingError(f"the settings ask for a condition of width {settings.condition}; give conditions, too")
        return None, None
    every = Conditions(table, corpus.writers, settings.condition_dropout)
    if every.width != settings.condition:
        raise TrainingError(f"the settings ask for a condition of width {settings.condition}, not {every.width}")
    training = corpus.of_split("train")
    return every, Conditions(every.table[training], corpus.writers[training], settings.condition_dropout)
