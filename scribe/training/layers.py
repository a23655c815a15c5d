"""The bricks as Keras layers, over whole sequences in time-major order: ``(T, B, features)``."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from scribe.training import recurrence
from scribe.training.noise import NoisyLayer

__all__ = ["LSTM", "Mixture", "WindowedLSTM"]


@keras.saving.register_keras_serializable(package="scribe")
class LSTM(NoisyLayer):
    """A long short-term memory layer, with Graves' peepholes if wanted.

    ``(T, B, features)`` to ``(T, B, units)``. The four gates lie side by side in the order input,
    forget, candidate, output. The forget gate's bias starts at 1: remember, until told otherwise.
    ``half``, ``"bfloat16"`` or ``"float16"``, is the precision of the large products.
    """

    def __init__(self, units: int, peepholes: bool = False, half: str | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.peepholes = peepholes
        self.half = half

    def build(self, input_shape) -> None:
        self._build_lstm(input_shape[-1])

    def _build_lstm(self, features: int) -> None:
        units = self.units
        self.kernel = self.add_noisy_weight((features, 4 * units), "glorot_uniform", "kernel")
        self.recurrent = self.add_noisy_weight((units, 4 * units), "orthogonal", "recurrent")
        self.bias = self.add_noisy_weight((4 * units,), _constant(np.repeat([0, 1, 0, 0], units)), "bias")
        if self.peepholes:
            self.peephole = self.add_noisy_weight((3, units), "zeros", "peephole")

    def _peephole(self, training: bool):
        return self.sampled(self.peephole, training) if self.peepholes else None

    def call(self, inputs, training: bool = False):
        projected = recurrence.product(inputs, self.sampled(self.kernel, training), self.half)
        projected = projected + self.sampled(self.bias, training)
        return recurrence.lstm(projected, self.sampled(self.recurrent, training), self._peephole(training), self.half)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units, "peepholes": self.peepholes, "half": self.half}


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

    def build(self, inputs_shape, codes_shape=None, mask_shape=None) -> None:
        # The rows of the kernel that read the window come last.
        self._build_lstm(inputs_shape[-1] + self.codes)
        self.features = inputs_shape[-1]
        start = np.repeat([-math.log(self.gaussians), 0.0, -math.log(self.points_per_character)], self.gaussians)
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.window_kernel = self.add_noisy_weight((self.units, 3 * self.gaussians), small, "window_kernel")
        self.window_bias = self.add_noisy_weight((3 * self.gaussians,), _constant(start), "window_bias")

    def call(self, inputs, codes, mask, training: bool = False):  # type: ignore[override]  # it has a text too
        kernel = self.sampled(self.kernel, training)
        projected = ops.matmul(inputs, kernel[: self.features]) + self.sampled(self.bias, training)
        both = recurrence.windowed_lstm(
            projected,
            self.sampled(self.recurrent, training),
            kernel[self.features :],
            self.sampled(self.window_kernel, training),
            self.sampled(self.window_bias, training),
            codes,
            mask,
            self._peephole(training),
            self.half,
        )
        return both[..., : self.units], both[..., self.units :]

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("gaussians", "codes", "points_per_character")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="scribe")
class Mixture(NoisyLayer):
    """From all hidden vectors ``(T, B, features)`` to raw mixture parameters ``(T, B, 1 + 6M)``.

    The weights start small, so that the density begins near a round Gaussian as wide as the data.
    """

    def __init__(self, mixtures: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.mixtures = mixtures

    def build(self, input_shape) -> None:
        outputs = 1 + 6 * self.mixtures
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.kernel = self.add_noisy_weight((input_shape[-1], outputs), small, "kernel")
        self.bias = self.add_noisy_weight((outputs,), "zeros", "bias")

    def call(self, inputs, training: bool = False):
        return ops.matmul(inputs, self.sampled(self.kernel, training)) + self.sampled(self.bias, training)

    def get_config(self) -> dict:
        return {**super().get_config(), "mixtures": self.mixtures}


def _constant(values: np.ndarray):
    def initialise(shape, dtype=None):
        return ops.convert_to_tensor(values, dtype=dtype or "float32")

    return initialise
