"""A judge of hands without a stake: another architecture and another loss than the reader of hands, and no part in it.

It never chooses, filters or stops anything. It sees raw points where the reader of hands sees frames, convolves where
that recurs, and learns to name the writer, where that learns from pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from scribe.hands import pieces

__all__ = ["JudgeNetwork", "judge_inputs", "judge_vectors"]

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
