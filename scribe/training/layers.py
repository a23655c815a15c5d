"""The bricks as Keras layers, over whole sequences in time-major order: ``(T, B, features)``."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from scribe.training import recurrence

__all__ = ["LSTM", "WindowedLSTM"]


@keras.saving.register_keras_serializable(package="scribe")
class LSTM(keras.layers.Layer):
    """A long short-term memory layer, with Graves' peepholes if wanted.

    ``(T, B, features)`` to ``(T, B, units)``. The four gates lie side by side in the order input,
    forget, candidate, output. The forget gate's bias starts at 1: remember, until told otherwise.
    """

    def __init__(self, units: int, peepholes: bool = False, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.peepholes = peepholes

    def build(self, input_shape) -> None:
        self._build_lstm(input_shape[-1])

    def _build_lstm(self, features: int) -> None:
        units = self.units
        self.kernel = self.add_weight(shape=(features, 4 * units), initializer="glorot_uniform", name="kernel")
        self.recurrent = self.add_weight(shape=(units, 4 * units), initializer="orthogonal", name="recurrent")
        self.bias = self.add_weight(shape=(4 * units,), initializer=_forget_bias, name="bias")
        if self.peepholes:
            self.peephole = self.add_weight(shape=(3, units), initializer="zeros", name="peephole")

    def _peephole(self):
        return ops.convert_to_tensor(self.peephole) if self.peepholes else None

    def call(self, inputs):
        projected = ops.matmul(inputs, self.kernel) + self.bias
        return recurrence.lstm(projected, ops.convert_to_tensor(self.recurrent), self._peephole())

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units, "peepholes": self.peepholes}


@keras.saving.register_keras_serializable(package="scribe")
class WindowedLSTM(LSTM):
    """The first layer: an LSTM that moves the soft window over the text and sees where it stands.

    Inputs ``(T, B, features)``, the text as codes ``(B, N)`` and its mask ``(B, N)``; outputs the
    hidden vectors ``(T, B, units)`` and the windows ``(T, B, C)``, ``C`` being the number of codes.

    The windows start wide open (beta 1) and move at reading speed, ``1 / points_per_character``
    characters a step, from the first update on: left to itself, kappa would run through the text
    in as many steps as it has letters, and the network would learn to do without it.
    """

    def __init__(self, units: int, gaussians: int, codes: int, points_per_character: float, **kwargs) -> None:
        super().__init__(units, **kwargs)
        self.gaussians = gaussians
        self.codes = codes
        self.points_per_character = points_per_character

    def build(self, input_shape, codes_shape=None, mask_shape=None) -> None:
        # The rows of the kernel that read the window come last.
        self._build_lstm(input_shape[-1] + self.codes)
        self.features = input_shape[-1]
        start = [-math.log(self.gaussians), 0.0, -math.log(self.points_per_character)]
        self.window_kernel = self.add_weight(
            shape=(self.units, 3 * self.gaussians),
            initializer=keras.initializers.RandomNormal(stddev=0.05),
            name="window_kernel",
        )
        self.window_bias = self.add_weight(
            shape=(3 * self.gaussians,), initializer=_constant(np.repeat(start, self.gaussians)), name="window_bias"
        )

    def call(self, inputs, codes, mask):
        kernel = ops.convert_to_tensor(self.kernel)
        projected = ops.matmul(inputs, kernel[: self.features]) + self.bias
        both = recurrence.windowed_lstm(
            projected,
            ops.convert_to_tensor(self.recurrent),
            kernel[self.features :],
            ops.convert_to_tensor(self.window_kernel),
            ops.convert_to_tensor(self.window_bias),
            codes,
            mask,
            self._peephole(),
        )
        return both[..., : self.units], both[..., self.units :]

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("gaussians", "codes", "points_per_character")}
        return {**super().get_config(), **own}


def _forget_bias(shape, dtype=None):
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units), ops.ones(units), ops.zeros(2 * units)])


def _constant(values: np.ndarray):
    def initialise(shape, dtype=None):
        return ops.convert_to_tensor(values, dtype=dtype or "float32")

    return initialise
