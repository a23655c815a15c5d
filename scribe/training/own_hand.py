"""Somebody's own hand, from little to much: read it, fit it, and only then change the weights.

A network that takes a hand writes in yours as soon as it's told which. That takes a line, and no training. From a page
more can be learned, in three steps, each of which begins where the one before has ended:

1. the hand is read from all lines, by the reader of hands;
2. the hand itself is fitted: gradient steps change its few numbers, and the network stays as it is;
3. the biases of all layers are fitted (Ben Zaken, Ravfogel and Goldberg 2022, "BitFit").

Weights that take no hand learn in all of their numbers instead. A step counts only if it pays on lines that are held
back, and it stops when it no longer does. And what comes out must be read no worse than what went in: after each step a
reader reads texts that were written with the same seeds before. If it now gets more of them wrong, half of the step is
taken back, then three quarters, then all of it (Wortsman and others 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from scribe.corpora.corpus import Sample
from scribe.hands import Hand, HandReader
from scribe.reader import Reader
from scribe.reading.edits import errors
from scribe.styles import Style
from scribe.training.batches import Augmentation, padded
from scribe.training.finetune import network_of, usable_lines, varied
from scribe.training.loop import TrainingDiverged
from scribe.training.losses import NegativeLogDensity
from scribe.training.network import HandwritingNetwork
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.training.state import TrainingError
from scribe.weights import Weights, WeightsError
from scribe.writer import Writer

__all__ = ["TEXTS", "OwnHand", "learn_hand", "with_hand"]

TEXTS = (
    "It was late in the evening when we",
    "reached the inn by the river. Nobody",
    "spoke; the old man had put a lamp in",
    "the window, and far away a bell rang",
    "nine times. Then all was quiet again.",
    "Pack my box with five dozen jugs",
)
"""What is written before and after, to see how well it's read."""

COPIES = 4
"""Of each of these texts, and of some that the lines say: who wrote all in capitals is read in capitals."""

BIAS = 0.5
_LOOK = 10  # updates from one look at the lines that are held back to the next
_PATIENCE = 4  # looks without a gain, after which a step ends
_LEAST_GAIN = 0.002  # nats per point
_MOST_SKIPPED = 5  # updates that were not finite
_RATES = {"hand": 0.05, "biases": 0.003, "weights": 0.0003}
_VARIATION = Augmentation(slant=0.02, slope=0.005, size=0.02, width=0.02)


@dataclass(frozen=True)
class OwnHand:
    """What was learned of somebody's hand: weights, what to tell them (``None`` if they take none), and a record."""

    weights: Weights
    hand: Hand | None
    record: dict[str, Any]


@dataclass(frozen=True)
class Misread:
    """How many characters a reader got wrong, of how many."""

    errors: int
    characters: int

    @property
    def share(self) -> float:
        return round(self.errors / self.characters, 4)


class ToldNetwork(keras.Model):
    """A network that is told a hand: its numbers are weights, brought to their common length as in a :class:`Hand`."""

    def __init__(self, network: HandwritingNetwork, z: np.ndarray | None) -> None:
        super().__init__()
        self.network = network
        self.z = None
        if z is not None:
            self.z = self.add_weight(shape=z.shape, initializer="zeros", name="z")
            self.z.assign(z)

    def build(self, input_shape=None) -> None:
        self.built = True

    def call(self, inputs, training: bool = False):
        if self.z is None:
            return self.network(inputs, training=training)
        z = self.z * ops.sqrt(self.z.shape[0] / ops.sum(ops.square(self.z)))
        condition = ops.zeros_like(inputs["points"][:, 0, :1]) + z[None]
        return self.network({**inputs, "condition": condition}, training=training)


def learn_hand(
    weights: Weights,
    samples: Sequence[Sample],
    hand_reader: HandReader | None = None,
    reader: Reader | None = None,
    *,
    hand_only: bool = False,
    updates: int = 200,
    learning_rate: float | None = None,
    lines: int = 8,
    seed: int = 0,
    name: str = "",
    report: Callable[[str, int, float], None] = lambda step, update, nats: None,
) -> OwnHand:
    """Learn a hand from some lines. The weights given stay as they are.

    Every fifth line is held back, one at least; from one or two lines a hand is only read. All lines count for that.

    Args:
        weights: to begin with.
        samples: ink and what it says, about as dense as what the weights learned from.
        hand_reader: reads the hand, for weights that take one.
        reader: says after each step whether what's written is read as well as before; nobody looks if ``None``.
        hand_only: fit the hand and leave the weights as they are.
        updates: at most, of each step.
        learning_rate: of Adam at its highest; by default what suits the step.
        lines: that each update looks at.
        seed: of what is held back and drawn.
        name: of the new weights and the hand.
        report: told the step, the update, and the nats per point of the lines held back.

    Raises:
        TrainingError: if there is nothing to learn from, or the settings make no sense.
        UnknownCharacterError: if a text has characters that the weights don't know.
        WeightsError: if the weights need a reader of hands, or take no hand and only that is to be learned.
        TrainingDiverged: if update after update is not finite.
    """
    usable = usable_lines(samples, updates, lines)
    for sample in usable:
        weights.alphabet.encode(sample.text)
    size = weights.architecture.condition
    if hand_only and not size:
        raise WeightsError("these weights take no hand: they can only be changed as a whole")
    hand = sample_line = None
    if size:
        if hand_reader is None or hand_reader.weights.architecture.size != size:
            raise WeightsError(f"to learn a hand these weights need a reader of hands of {size} numbers")
        hand = hand_reader.read_lines([Style(sample.ink, sample.text) for sample in usable], name)
        # What is fitted and judged is the vector alone; the line is kept for who writes with it.
        sample_line, hand = hand.sample, replace(hand, sample=None)
    order = np.random.default_rng(seed).permutation(len(usable))
    held = max(1, len(usable) // 5) if len(usable) >= 3 else 0
    held_back, learned = [usable[i] for i in order[:held]], [usable[i] for i in order[held:]]
    record: dict[str, Any] = {"lines": len(learned), "held_back": held, "seed": seed, "steps": []}
    before = weights
    if held:
        kinds = (["hand"] + ["biases"] * (not hand_only)) if size else ["weights"]
        fitting = _Fitting(weights, hand, learned, held_back, lines, seed)
        record["nats"] = {"before": round(fitting.nats(), 4)}
        judge = _Judge(reader, usable) if reader is not None and weights.architecture.window else None
        begun = None if judge is None else judge.misread(weights, hand)
        for kind in kinds:
            from_weights, from_hand = weights, hand
            step = fitting.run(kind, updates, learning_rate or _RATES[kind], report)
            to_weights, to_hand = fitting.result()
            weights, hand = weights if kind == "hand" else to_weights, to_hand
            if judge is not None and begun is not None:
                for share in (1.0, 0.5, 0.25, 0.0):
                    weights = from_weights if kind == "hand" else _between(from_weights, to_weights, share)
                    hand = _hand_between(from_hand, to_hand, share)
                    if not share or (now := judge.misread(weights, hand)).errors <= begun.errors:
                        break
                step |= {"taken": share}  # of what was learned
                record["misread"] = {"before": begun.share, "after": (now if share else begun).share}
                record["misread"] |= {"characters": begun.characters, "bias": BIAS, "reader": judge.name}
                fitting = _Fitting(weights, hand, learned, held_back, lines, seed)
            record["steps"].append(step)
        record["nats"]["after"] = round(fitting.nats(), 4)
    if not hand_only:
        provenance = {"finetuned_from": {"name": before.name, "provenance": dict(before.provenance)}, **record}
        weights = replace(weights, name=name or f"{before.name}-finetuned", provenance=provenance)
    return OwnHand(weights, hand and replace(hand, sample=sample_line), record)


def with_hand(weights: Weights, hand: Hand) -> Weights:
    """Weights that write in a hand without being told: it's added to the biases once and for all.

    They take no hand any more. Another one would be added to this one, and mean something else than its reader says.
    """
    arrays = dict(weights.arrays)
    for number in range(1, weights.architecture.layers + 1):
        names = weights.architecture.layer_names(number)
        arrays[names["bias"]] = arrays[names["bias"]] + hand.z @ arrays.pop(names["condition"])
    return replace(weights, arrays=arrays, architecture=replace(weights.architecture, condition=0))


class _Judge:
    """Reads the same texts again and again: :data:`TEXTS`, and some that the lines say, with fixed seeds."""

    def __init__(self, reader: Reader, samples: Sequence[Sample]) -> None:
        self.reader, self.name = reader, reader.weights.name
        said = sorted({" ".join(sample.text.split()) for sample in samples}, key=len)[-len(TEXTS) :]
        self.texts = [text for text in [*TEXTS, *said] for _ in range(COPIES)]

    def misread(self, weights: Weights, hand: Hand | None) -> Misread:
        """How much of what's written with these weights in this hand is read wrongly."""
        known = set(weights.alphabet.characters) & set(self.reader.weights.alphabet.characters)
        texts = [text for text in self.texts if known.issuperset(text)]
        if not texts:
            raise TrainingError(
                "the reader can't spell what these weights write; take one that knows their characters (--reader)"
            )
        written = Writer(weights).write_many(texts, bias=BIAS, seed=1000, hand=hand)
        wrong = sum(errors(read, text) for read, text in zip(self.reader.read_many(written), texts, strict=True))
        return Misread(wrong, sum(map(len, texts)))


class _Fitting:
    """The network, the hand that it's told, and the lines: some to learn from, some held back."""

    def __init__(
        self,
        weights: Weights,
        hand: Hand | None,
        learned: Sequence[Sample],
        held_back: Sequence[Sample],
        lines: int,
        seed: int,
    ) -> None:
        self.weights, self.hand, self.learned, self.lines = weights, hand, learned, min(lines, len(learned))
        self.model = ToldNetwork(network_of(weights), None if hand is None else np.array(hand.z))
        self.codes = [weights.alphabet.encode(sample.text) for sample in learned]
        self.rng = np.random.default_rng((seed, 1))
        held = [sample.ink.offsets for sample in held_back]
        self.held = padded(held, [weights.alphabet.encode(s.text) for s in held_back], weights.offset_scale)
        self.loss = NegativeLogDensity(weights.architecture.mixtures)
        self.model.compile(loss=self.loss, jit_compile=False)

    def nats(self) -> float:
        """Nats per point of the lines held back."""
        self.model.reset_metrics()
        return float(self.model.test_on_batch(*self.held))

    def run(self, kind: str, updates: int, rate: float, report: Callable[[str, int, float], None]) -> dict[str, Any]:
        """One step, as long as it pays. Returns what is told of it."""
        for variable in self.model.network.variables:
            variable.trainable = kind == "weights" or (kind == "biases" and variable.name in ("bias", "window_bias"))
        if self.model.z is not None:
            self.model.z.trainable = kind == "hand"
        variables = self.model.trainable_variables
        optimizer = SafeAdam(WarmupHoldDecay(rate, updates // 10, updates, updates // 2), global_clipnorm=5.0)
        self.model.compile(optimizer, self.loss, jit_compile=False)
        optimizer.build(variables)
        begun = best = self.nats()
        kept, kept_at, at = [ops.convert_to_numpy(v) for v in variables], 0, 0
        while at < updates and at - kept_at < _LOOK * _PATIENCE:
            self.model.reset_metrics()
            self.model.train_on_batch(*self._batch())
            at += 1
            skipped = int(ops.convert_to_numpy(optimizer.skipped))
            if skipped >= _MOST_SKIPPED:
                raise TrainingDiverged(f"{skipped} of {at} updates were not finite; a smaller learning rate may help")
            if at % _LOOK == 0 or at == updates:
                now = self.nats()
                report(kind, at, now)
                if now < best - _LEAST_GAIN:
                    best, kept, kept_at = now, [ops.convert_to_numpy(v) for v in variables], at
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        return {
            "step": kind,
            "updates": kept_at,
            "tried": at,
            "learning_rate": rate,
            "trained": sum(int(value.size) for value in kept),
            "nats_before": round(begun, 4),
            "nats_after": round(best, 4),
        }

    def result(self) -> tuple[Weights, Hand | None]:
        """The weights and the hand as they are now."""
        arrays = {name: ops.convert_to_numpy(v) for name, v in self.model.network.tensors().items()}
        hand = self.hand and replace(self.hand, z=ops.convert_to_numpy(self.model.z))
        return replace(self.weights, arrays=arrays), hand

    def _batch(self) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
        chosen = self.rng.integers(len(self.learned), size=self.lines)
        offsets = [varied(self.learned[i].ink.offsets, _VARIATION, self.rng) for i in chosen]
        # One shape for all batches: a graph is made for each shape, and that takes longer than an update.
        longest = max(len(sample.ink) for sample in self.learned)
        inputs, targets = padded(
            [*offsets, np.zeros((longest, 3), np.float32)],
            [*(self.codes[i] for i in chosen), np.zeros(max(map(len, self.codes)), np.int32)],
            self.weights.offset_scale,
        )
        return {key: value[:-1] for key, value in inputs.items()}, targets[:-1]


def _between(before: Weights, after: Weights, share: float) -> Weights:
    arrays = {name: array + share * (after[name] - array) for name, array in before.arrays.items()}
    return replace(before, arrays=arrays)


def _hand_between(before: Hand | None, after: Hand | None, share: float) -> Hand | None:
    if before is None or after is None:
        return None
    return replace(before, z=before.z + share * (after.z - before.z))
