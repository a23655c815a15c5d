"""A little more training for a network that writes already: a page by somebody new.

It starts from weights, not from nothing, so minutes are enough where training took hours. What is learned of one hand
is forgotten of others, all the more the longer it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from scribe.corpora.corpus import Sample
from scribe.training.batches import Augmentation, padded
from scribe.training.loop import TrainingDiverged
from scribe.training.losses import NegativeLogDensity
from scribe.training.network import HandwritingNetwork, weights_of
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.training.state import TrainingError
from scribe.weights import Weights

__all__ = ["finetune", "network_of", "usable_lines", "varied"]

_VARIATION = Augmentation(slant=0.04, slope=0.01, size=0.04, width=0.04)
_MOST_SKIPPED = 5  # updates that were not finite


def network_of(weights: Weights) -> HandwritingNetwork:
    """The Keras network with these weights, not compiled."""
    network = HandwritingNetwork(
        **asdict(weights.architecture),
        codes=weights.alphabet.size,
        points_per_character=weights.points_per_character,
    )
    network.begin_with(weights)
    return network


def finetune(
    weights: Weights,
    samples: Sequence[Sample],
    *,
    updates: int = 40,
    learning_rate: float = 3e-4,
    lines: int = 8,
    augmentation: Augmentation = _VARIATION,
    seed: int = 0,
    name: str = "",
    report: Callable[[int, float], None] = lambda update, nats: None,
) -> Weights:
    """Weights that have seen some more lines. Those given stay as they are.

    The average over the last updates is returned. Offsets keep the scale that the weights have.

    Args:
        samples: ink and what it says, about as dense as what the weights learned from.
        updates: how often the weights are changed; each one looks at ``lines`` lines, drawn with replacement.
        learning_rate: of Adam at its highest; it rises for a tenth of the updates and falls for the last half.
        augmentation: how the lines are varied each time; less than in training, for it is this hand that matters.
        seed: of what is drawn.
        name: of the new weights.
        report: told after each update how many there were, and the nats per point of its lines before it.

    Raises:
        TrainingError: if there is nothing to learn from, or the settings make no sense.
        UnknownCharacterError: if a text has characters that the weights do not know.
        TrainingDiverged: if update after update is not finite.
    """
    usable = usable_lines(samples, updates, lines)
    codes = [weights.alphabet.encode(sample.text) for sample in usable]
    network = network_of(weights)
    schedule = WarmupHoldDecay(learning_rate, updates // 10, updates, updates // 2)
    optimizer = SafeAdam(schedule, global_clipnorm=5.0, use_ema=True, ema_momentum=0.9)
    network.compile(optimizer, NegativeLogDensity(weights.architecture.mixtures), jit_compile=False)
    optimizer.build(network.trainable_variables)
    rng = np.random.default_rng(seed)
    # One shape for all batches: a graph is made for each shape, and that takes longer than an update.
    longest, most = max(len(sample.ink) for sample in usable), max(map(len, codes))
    for update in range(1, updates + 1):
        chosen = rng.integers(len(usable), size=lines)
        offsets = [varied(usable[i].ink.offsets, augmentation, rng) for i in chosen]
        inputs, targets = padded(
            [*offsets, np.zeros((longest, 3), np.float32)],
            [*(codes[i] for i in chosen), np.zeros(most, np.int32)],
            weights.offset_scale,
        )
        inputs, targets = {key: value[:-1] for key, value in inputs.items()}, targets[:-1]
        network.reset_metrics()
        nats = float(network.train_on_batch(inputs, targets))
        skipped = int(keras.ops.convert_to_numpy(optimizer.skipped))
        if skipped >= _MOST_SKIPPED:
            raise TrainingDiverged(f"{skipped} of {update} updates were not finite; a smaller learning rate may help")
        report(update, nats)
    optimizer.finalize_variable_values(network.trainable_variables)
    provenance: dict[str, Any] = {"finetuned_from": {"name": weights.name, "provenance": dict(weights.provenance)}}
    provenance |= {"lines": len(usable), "updates": updates, "learning_rate": learning_rate, "seed": seed}
    return weights_of(
        network,
        weights.offset_scale,
        alphabet=weights.alphabet,
        name=name or f"{weights.name}-finetuned",
        licence=weights.licence,
        attribution=weights.attribution,
        provenance=provenance,
    )


def usable_lines(samples: Sequence[Sample], updates: int, lines: int) -> list[Sample]:
    """The samples that have ink and a text.

    Raises:
        TrainingError: if there are none, or no update or no line is to be learned from.
    """
    if updates < 1 or lines < 1:
        raise TrainingError(f"there must be an update and a line to learn from, not {updates} and {lines}")
    usable = [sample for sample in samples if len(sample.ink) > 1 and sample.text.strip()]
    if not usable:
        raise TrainingError("there is no line to learn from: each needs ink and the text that it says")
    return usable


def varied(offsets: np.ndarray, vary: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """A line, ``(T, 3)``, a little different each time."""
    line = offsets.copy()
    line[:, :2] = line[:, :2] @ vary.matrix(rng).T
    line[:, :2] += rng.uniform(-vary.grain / 2, vary.grain / 2, (len(line), 2))
    line[0, :2] += rng.normal(0, 1, 2) * vary.start
    return line.astype(np.float32)
