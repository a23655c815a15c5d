"""The training loop: batches in, nats out, checkpoints in between."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from scribe.alphabet import ASCII
from scribe.corpora.corpus import Corpus
from scribe.training import checkpoint
from scribe.training.batches import Augmentation, Batches, Position, offset_scale, padded
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
from scribe.weights import NETWORK_SIZES, Weights

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

    The paper has 400 units and 10 Gaussians in the window. Ten drift apart before they have learned
    to go together, and one learns to look at the right letter in a fraction of the time.
    """

    units: int = 256
    layers: int = 3
    window: int = 1
    mixtures: int = 20
    peepholes: bool = False
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
        codes=ASCII.size,
        points_per_character=points_per_character,
        peepholes=settings.peepholes,
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


def validation_batches(corpus: Corpus, scale: float, lines: int, batch: int = 32) -> list[tuple[dict, np.ndarray]]:
    """A fixed choice of held-out lines, as they are: no joining, no variation, first points not counted."""
    chosen = corpus.split("validation").of_kind("line")
    known = set(ASCII.characters)
    fit = [i for i, text in enumerate(chosen.texts) if set(text) <= known and chosen.lengths[i] > 1]
    fit = np.random.default_rng(0).permutation(fit)[:lines]
    fit = sorted(fit, key=lambda i: chosen.lengths[i])
    batches = []
    for start in range(0, len(fit), batch):
        samples = [chosen[int(i)] for i in fit[start : start + batch]]
        inputs, targets = padded([s.ink.offsets for s in samples], [ASCII.encode(s.text) for s in samples], scale)
        targets[:, 0, 3] = 0
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
            Updates are counted from 0; what the weights had before is in the provenance of what is exported.

    Raises:
        TrainingError: if there is a checkpoint and ``resume`` is false, or none and it is true; if ``weights`` are
            given to a training that is resumed, or are of another alphabet.
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
        if weights.alphabet != ASCII:
            raise TrainingError("weights of another alphabet cannot be trained further; they need printable ASCII")
        sizes = {name: getattr(weights.architecture, name) for name in NETWORK_SIZES}
        settings = dataclasses.replace(settings, **sizes, curriculum=0)

    training = corpus.split("train")
    if not len(training):
        raise TrainingError("the corpus has no training writers")
    points_per_character = len(training.offsets) / max(sum(map(len, training.texts)), 1)
    with strategy.scope() if strategy else contextlib.nullcontext():
        network = build(settings, points_per_character, len(training.offsets))
    replicas = Replicas(network, strategy) if strategy else network
    units = {"offset_scale": offset_scale(training), "points_per_character": points_per_character}
    # A network that goes on with another corpus keeps the units that it has learned.
    state = units | (checkpoint.load(path, network) if resume else fresh_state())
    if weights is not None:
        network.begin_with(weights)
        state |= {name: getattr(weights, name) for name in units}
        state["position"] = dataclasses.asdict(Position(progress=1.0))
        state["begun_with"] = {"name": weights.name, "provenance": dict(weights.provenance)}
    state |= {"settings": dataclasses.asdict(settings), "corpus": corpus.summary()}

    scale = state["offset_scale"]
    batches = Batches(
        training,
        ASCII,
        scale,
        points=settings.batch_points,
        longest=settings.longest,
        augmentation=Augmentation(),
        rarity=settings.rarity,
        seed=settings.seed,
    )
    held_out = validation_batches(corpus, scale, lines=256)
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
