"""Teaching a network to write: the settings, the task, and the function that most programs call."""

from __future__ import annotations

import dataclasses
import functools
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import KINDS, Corpus
from scribe.training.batches import Augmentation, Batches, Position, offset_scale, padded
from scribe.training.conditions import Conditions
from scribe.training.distribution import Replicas
from scribe.training.loop import Progress, TrainingDiverged, averaged
from scribe.training.losses import NegativeLogDensity
from scribe.training.network import HandwritingNetwork, weights_of
from scribe.training.state import CHECKPOINT, TrainingError, TrainingState, in_short
from scribe.training.task import compiled, run
from scribe.training.usable import usable_samples
from scribe.weights import LATER, Architecture, Weights, save_weights

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "CHECKPOINT",
    "Progress",
    "Settings",
    "TrainingDiverged",
    "TrainingError",
    "Writing",
    "averaged",
    "build",
    "evaluate",
    "train",
    "validation_batches",
]


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
    ``height`` lets it see how high the pen stands above the baseline, ``parity`` whether it's at an even or an odd
    character. ``variants`` is how often each writer comes once
    more with other slant and width, and with the hand read from that (:func:`scribe.training.hands.hand_variants`).
    ``slant``, ``slope``, ``size``, ``width`` and ``calm`` say how much the writing is varied
    (:class:`~scribe.training.batches.Augmentation`); where the condition says whose hand it is, vary it little.

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
    height: bool = False
    parity: bool = False
    variants: int = 0
    slant: float = 0.12
    slope: float = 0.01
    size: float = 0.08
    width: float = 0.08
    calm: int = 0


VARIED = ("slant", "slope", "size", "width", "calm")
"""What of an :class:`~scribe.training.batches.Augmentation` the settings say."""


def build(
    settings: Settings,
    points_per_character: float,
    training_points: int = 1,
    make: Callable[[Settings, float], keras.Model] | None = None,
) -> keras.Model:
    """The network and its optimizer, compiled and built, with fresh weights from the seed.

    ``training_points`` matters to adaptive weight noise only. ``make`` makes a network of your own, see
    :class:`Writing`; without it, it's a :class:`~scribe.training.network.HandwritingNetwork`.
    """
    keras.utils.set_random_seed(settings.seed)
    make = make or functools.partial(_handwriting_network, training_points=training_points)
    network = make(settings, points_per_character)
    # Batches differ in shape; compiling each anew would cost more than it gains without a GPU.
    jit = keras.backend.backend() == "jax"
    return compiled(network, NegativeLogDensity(settings.mixtures), settings, jit=jit)


def _handwriting_network(settings: Settings, points_per_character: float, training_points: int) -> HandwritingNetwork:
    alphabet = Alphabet(settings.alphabet)
    return HandwritingNetwork(
        **{size.name: getattr(settings, size.name) for size in dataclasses.fields(Architecture)},
        codes=alphabet.size,
        parts=alphabet.parts,
        points_per_character=points_per_character,
        weight_noise=settings.weight_noise,
        training_points=training_points,
        precision=settings.precision,
    )


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
    """Mean nats per point over batches of inputs and targets."""
    total = points = 0.0
    for inputs, targets in batches:
        network.reset_metrics()
        counts = float(targets[..., 3].sum())
        total += float(network.test_on_batch(inputs, targets)) * counts
        points += counts
    return total / points


class Writing:
    """The task of a network that writes; see :class:`~scribe.training.task.Task`.

    Args:
        weights: to begin with, in place of random ones. Sizes and units are theirs then, and long lines come at once.
            The alphabet of the settings may have characters that they don't know yet, and the settings a condition
            that they lack.
        conditions: float ``(samples of the corpus, D)``, a vector for each, with ``D`` the ``condition`` of the
            settings, or those of several variants with their ``matrices``; see
            :class:`~scribe.training.conditions.Conditions`.
        network: makes a network of your own from the settings and the points per character, in place of
            :class:`~scribe.training.network.HandwritingNetwork`, with the inputs and the output of that one. It trains
            and resumes like any other, but it has no file of weights: there is nothing to write with it without Keras.

    Raises:
        TrainingError: for weights and a network of your own; weights belong to a HandwritingNetwork.
    """

    kind = "write"
    settings = Settings
    counted = "per point"
    validated = "validation {:.3f}"

    def __init__(
        self,
        weights: Weights | None = None,
        conditions: np.ndarray | None = None,
        matrices: np.ndarray | None = None,
        network: Callable[[Settings, float], keras.Model] | None = None,
    ) -> None:
        if weights is not None and network is not None:
            raise TrainingError(
                "weights to begin with can't be taken over by a network of your own; give one of the two"
            )
        self._weights, self._conditions, self._matrices, self._network = weights, conditions, matrices, network

    def begin(self, corpus: Corpus, training: Corpus, settings: Settings) -> TrainingState:
        """The state of a training that hasn't begun; scales are those of the weights to begin with, if there are any.

        Raises:
            TrainingError: if the weights know characters that the alphabet of the settings lacks.
        """
        points = len(training.offsets)
        state = TrainingState(
            kind=self.kind,
            settings=settings,
            corpus=corpus.summary(),
            offset_scale=offset_scale(training),
            points_per_character=points / max(sum(map(len, training.texts)), 1),
            training_points=points,
        )
        weights = self._weights
        if weights is None:
            return state
        if missing := "".join(sorted(set(weights.alphabet.characters) - set(settings.alphabet))):
            raise TrainingError(
                f"the weights to begin with know {missing!r}, but the alphabet of the training doesn't:"
                " give it all of their characters; it may have more"
            )
        sizes = dataclasses.asdict(weights.architecture)
        sizes |= {name: sizes[name] or getattr(settings, name) for name in LATER}
        return dataclasses.replace(
            state,
            settings=dataclasses.replace(settings, **sizes, curriculum=0),
            offset_scale=weights.offset_scale,
            points_per_character=weights.points_per_character,
            position=Position(progress=1.0),
            begun_with={"name": weights.name, "provenance": in_short(weights.provenance)},
        )

    def build(self, state: TrainingState) -> keras.Model:
        """The network, with the weights to begin with if it hasn't begun."""
        network = build(state.settings, state.points_per_character, state.training_points, self._network)
        if self._weights is not None and not state.update:
            network.begin_with(self._weights, state.alphabet)
            network.optimizer.average_from(network.trainable_variables)
        return network

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> Batches:
        """Lines and joined words; see :class:`~scribe.training.batches.Batches`."""
        settings, conditions = state.settings, self._of_samples(corpus, state)
        chosen = corpus.of_split("train")
        if conditions is not None:
            conditions = conditions.of(chosen)
        return Batches(
            training,
            state.alphabet,
            state.offset_scale,
            points=settings.batch_points,
            longest=settings.longest,
            augmentation=Augmentation(**{name: getattr(settings, name) for name in VARIED}),
            rarity=settings.rarity,
            seed=settings.seed,
            conditions=conditions,
        )

    def validation(self, corpus: Corpus, state: TrainingState) -> Callable[[Any], float] | None:
        """Mean nats per point of held-out lines."""
        conditions = self._of_samples(corpus, state)
        scale, alphabet = state.offset_scale, state.alphabet
        held_out = validation_batches(corpus, scale, lines=256, alphabet=alphabet, conditions=conditions)
        return (lambda network: evaluate(network, held_out)) if held_out else None

    def export(self, network: keras.Model, state: TrainingState, name: str = "") -> Weights:
        """The weights of a network as it stands.

        Raises:
            TrainingError: if it's a network of your own.
        """
        if not isinstance(network, HandwritingNetwork):
            raise TrainingError(f"a {type(network).__name__} has no file of weights; keep what train() returned")
        return weights_of(
            network,
            state.offset_scale,
            alphabet=state.alphabet,
            name=name,
            licence=state.licence,
            attribution=str(state.corpus.get("attribution", "")),
            provenance=state.provenance,
        )

    def save(self, path: str | os.PathLike[str], weights: Weights, half: bool = False) -> None:
        """As :func:`scribe.weights.save_weights` does."""
        save_weights(path, weights, half=half)

    def _of_samples(self, corpus: Corpus, state: TrainingState) -> Conditions | None:
        """The conditions of all samples of a corpus."""
        settings, table = state.settings, self._conditions
        if table is None:
            if settings.condition:
                raise TrainingError(
                    f"the settings ask for a condition of width {settings.condition}; give conditions, too"
                )
            return None
        conditions = Conditions(table, corpus.writers, settings.condition_dropout, matrices=self._matrices)
        if conditions.width != settings.condition:
            raise TrainingError(
                f"the settings ask for a condition of width {settings.condition}, not {conditions.width}"
            )
        return conditions


def train(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[HandwritingNetwork, int], None] = lambda network, update: None,
    tell: Callable[[str], None] = warnings.warn,
    strategy: tf.distribute.Strategy | None = None,
    learning_rate: float | None = None,
    weights: Weights | None = None,
    conditions: np.ndarray | None = None,
    network: Callable[[Settings, float], keras.Model] | None = None,
) -> keras.Model:
    """Train a network on a corpus: :func:`scribe.training.task.run` with the task of writing.

    Args:
        on_validation: called with the averaged network and the number of the update after every validation.
        weights, conditions, network: see :class:`Writing`. A cell is told by its name, in the settings. With weights
            updates are counted from 0; what the weights had before is in the provenance of what is exported.

    All others, what lies in ``folder``, and what is returned and raised are as there. It's also an error to resume a
    training with other weights.
    """
    if resume and weights is not None:
        raise TrainingError("a resumed training goes on from its checkpoint, not from other weights")
    return run(
        Writing(weights, conditions, network=network),
        corpus,
        folder,
        settings,
        resume=resume,
        report=report,
        on_validation=lambda network, state: on_validation(network, state.update),
        tell=tell,
        strategy=strategy,
        learning_rate=learning_rate,
    )
