"""A judge of hands without a stake: another architecture and another loss than the reader of hands, and no part in it.

It never chooses, filters or stops anything. It sees raw points where the reader of hands sees frames, convolves where
that recurs, and learns to name the writer, where that learns from pairs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import keras
import numpy as np
from keras import layers, ops
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scribe.corpora.corpus import Corpus
from scribe.files import replacing
from scribe.hands import pieces
from scribe.ink import Ink
from scribe.training.batches import offset_scale
from scribe.training.hand_reader import HandBatches
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.weights import WeightsError

__all__ = ["HandJudge", "JudgeNetwork", "judge_inputs", "judge_vectors", "teach_judge"]

FORMAT = "scribe-hand-judge/1"

LENGTH = 272
"""Points of a piece, padding included."""


@keras.saving.register_keras_serializable(package="scribe")
class JudgeNetwork(keras.Model):
    """Convolutions along the pen's path, mean, deviation and maximum over time, a vector, and a logit for each writer.

    Inputs: a dictionary of ``points`` ``(B, T, 4)`` (dx, dy over the scale, pen_up, height above the baseline) and
    ``mask`` ``(B, T)``. Output: the logits ``(B, writers)``; :meth:`vectors` gives vectors of length 1.
    """

    def __init__(self, writers: int, size: int = 48, **kwargs) -> None:
        super().__init__(**kwargs)
        self.settings = {"writers": writers, "size": size}
        widths = [(64, 5, 2), (96, 5, 2), (128, 3, 1), (160, 3, 2)]
        self.convolutions = [layers.Conv1D(w, k, strides=s, padding="same", activation="gelu") for w, k, s in widths]
        self.norms = [layers.LayerNormalization() for _ in widths]
        self.dropout = layers.Dropout(0.2)
        self.dense = layers.Dense(size)
        self.writers = layers.Dense(writers, use_bias=False)

    def build(self, input_shape=None) -> None:
        width = 4
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build((None, None, width))
            width = convolution.filters
            norm.build((None, None, width))
        self.dense.build((None, 3 * width))
        self.writers.build((None, self.settings["size"]))
        self.built = True

    def vectors(self, inputs, training: bool = False):
        """``(B, size)``, each of length 1."""
        x, mask = inputs["points"], inputs["mask"][:, :, None]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = norm(convolution(x * mask))
            mask = mask[:, :: convolution.strides[0]]
        count = ops.sum(mask, axis=1)
        mean = ops.sum(x * mask, axis=1) / count
        deviation = ops.sqrt(ops.sum(ops.square(x - mean[:, None]) * mask, axis=1) / count + 1e-5)
        largest = ops.max(x - 1e4 * (1 - mask), axis=1)
        z = self.dense(self.dropout(ops.concatenate([mean, deviation, largest], axis=-1), training=training))
        return z / ops.sqrt(ops.sum(ops.square(z), axis=-1, keepdims=True) + 1e-8)

    def call(self, inputs, training: bool = False):
        writers = self.writers.kernel / ops.sqrt(ops.sum(ops.square(self.writers.kernel), axis=0, keepdims=True) + 1e-8)
        return 18.0 * ops.matmul(self.vectors(inputs, training=training), writers)

    def tensors(self) -> dict[str, keras.Variable]:
        """The variables by the names that they have in a file."""
        named = {"vector.kernel": self.dense.kernel, "vector.bias": self.dense.bias}
        named["writers.kernel"] = self.writers.kernel
        for number, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True), 1):
            named |= {f"convolution{number}.kernel": convolution.kernel, f"convolution{number}.bias": convolution.bias}
            named |= {f"norm{number}.gamma": norm.gamma, f"norm{number}.beta": norm.beta}
        return named

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}


def judge_inputs(parts: Sequence[np.ndarray], scale: float) -> dict[str, np.ndarray]:
    """Pieces of ink, offsets ``(T, 3)`` each, side by side, padded with zeros, with a mask."""
    points = np.zeros((len(parts), LENGTH, 4), np.float32)
    mask = np.zeros((len(parts), LENGTH), np.float32)
    for row, part in enumerate(parts):
        part = part[:LENGTH]
        points[row, : len(part), :2] = part[:, :2] / scale
        points[row, 0, :2] = 0
        points[row, : len(part), 2] = part[:, 2]
        points[row, : len(part), 3] = part[:, 1].cumsum()
        mask[row, : len(part)] = 1
    return {"points": points, "mask": mask}


def judge_vectors(network: JudgeNetwork, lines: Sequence[np.ndarray], scale: float) -> np.ndarray:
    """The vector of each line, the mean over its pieces, of length 1: ``(lines, size)``."""
    parts = [pieces(line) for line in lines]
    flat = [part for line in parts for part in line]
    z = np.concatenate(
        [np.asarray(network.vectors(judge_inputs(flat[i : i + 256], scale))) for i in range(0, len(flat), 256)]
    )
    ends = np.cumsum([len(line) for line in parts])
    means = np.stack([part.mean(axis=0) for part in np.split(z, ends[:-1])])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


class HandJudge:
    """A judge that has learned. Its file is a safetensors file with the sizes of the network and the scale.

    Args:
        network: built.
        scale: what offsets are divided by, body heights.
    """

    def __init__(self, network: JudgeNetwork, scale: float) -> None:
        self.network, self.scale = network, scale

    def vectors(self, inks: Sequence[Ink]) -> np.ndarray:
        """The vector of each line, of length 1, ``(lines, size)``."""
        return judge_vectors(self.network, [ink.offsets for ink in inks], self.scale)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the judge to one file."""
        metadata = {"format": FORMAT, "sizes": json.dumps(self.network.settings), "offset_scale": repr(self.scale)}
        save_judge(path, self.network, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> HandJudge:
        """Read a judge from its file.

        Raises:
            FileNotFoundError: if there's no such file.
            WeightsError: if it holds no judge of this version.
        """
        network, said = load_judge(path, FORMAT, "judge of hands", JudgeNetwork, {"offset_scale": float})
        return cls(network, said["offset_scale"])


class Named(Protocol):
    """A network whose variables have names in a file."""

    def tensors(self) -> dict[str, keras.Variable]: ...

    def build(self, input_shape: Any = None) -> None: ...


Network = TypeVar("Network", bound=Named)


def save_judge(path: str | os.PathLike[str], network: Named, metadata: dict[str, str]) -> None:
    """Write the network of any judge to one file, with what else it has to know."""
    tensors = {name: ops.convert_to_numpy(variable) for name, variable in network.tensors().items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))


def load_judge(
    path: str | os.PathLike[str],
    format: str,
    what: str,
    make: Callable[..., Network],
    entries: Mapping[str, Callable[[str], Any]],
) -> tuple[Network, dict[str, Any]]:
    """The network and the entries of a judge's file.

    Args:
        path: of the file.
        format: that it must have.
        what: it holds, for the error.
        make: makes a network of the file's ``sizes``.
        entries: what else it must say, and what makes a value of each text.

    Raises:
        FileNotFoundError: if there's no such file.
        WeightsError: if it holds no such judge of this version, or one of the entries is missing or makes no sense.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file of a judge at {path}")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != format:
                raise WeightsError(f"{path} holds no {what}: its format isn't {format!r}")
            network = make(**json.loads(metadata["sizes"]))
            network.build()
            for name, variable in network.tensors().items():
                variable.assign(file.get_tensor(name))
            return network, {name: value(metadata[name]) for name, value in entries.items()}
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise (error if isinstance(error, WeightsError) else WeightsError(f"{path} can't be read: {error}")) from error


def teach_judge(
    corpus: Corpus,
    *,
    updates: int = 3_000,
    pieces_at_once: int = 128,
    learning_rate: float = 2e-3,
    seed: int = 1,
    report: Callable[[int, float], None] = lambda update, nats: None,
) -> HandJudge:
    """Learn to name the training writers of a corpus from pieces of their ink.

    Args:
        updates: Adam's; the rate falls in the second half, and the average over the last counts.
        pieces_at_once: of as many different writers, at each update.
        seed: another one than that of the reader of hands.
        report: told the update and its loss, nats per piece.
    """
    training = corpus.split("train")
    scale = offset_scale(training)
    batches = HandBatches(training, scale, writers=2, pieces=1, seed=seed)
    writers = batches.of_writer
    keras.utils.set_random_seed(seed)
    network = JudgeNetwork(len(writers))
    network.build()
    schedule = WarmupHoldDecay(learning_rate, min(50, updates), updates, updates // 2)
    optimizer = SafeAdam(schedule, global_clipnorm=3.0, use_ema=True, ema_momentum=0.99)
    network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    optimizer.build(network.trainable_variables)
    rng = np.random.default_rng(seed)
    for update in range(1, updates + 1):
        chosen = rng.choice(len(writers), min(pieces_at_once, len(writers)), replace=False)
        parts = [batches.piece(rng, writers[number]) for number in chosen]
        nats = float(network.train_on_batch(judge_inputs(parts, scale), chosen.astype(np.int32)))
        report(update, nats)
    optimizer.finalize_variable_values(network.trainable_variables)
    return HandJudge(network, scale)
