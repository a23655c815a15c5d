"""The bricks as Keras layers, over whole sequences in time-major order: ``(T, B, features)``."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from scribe.cells import CELLS
from scribe.training.noise import NoisyLayer
from scribe.training.recurrence import product, unroll, unroll_with_window

__all__ = ["Mixture", "Recurrent", "WindowedRecurrent"]


@keras.saving.register_keras_serializable(package="scribe")
class Recurrent(NoisyLayer):
    """A recurrent layer, of long short-term memory unless another cell is named.

    ``(T, B, features)`` to ``(T, B, units)``. If there is a ``condition``, a vector for each line that is the same at
    all its steps, ``(B, condition)``, it flows in through weights that begin at zero.

    Args:
        units: how many.
        cell: one of :data:`scribe.cells.CELLS`.
        peepholes: whether the gates see the memory.
        condition: length of the vector that stays the same along a line; 0 for none.
        half: ``"bfloat16"`` or ``"float16"``, the precision of the large products.
    """

    def __init__(
        self,
        units: int,
        cell: str = "lstm",
        peepholes: bool = False,
        condition: int = 0,
        half: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.cell = cell
        self.peepholes = peepholes
        self.condition_size = condition
        self.half = half

    def build(self, inputs_shape, condition_shape=None) -> None:
        self._build_cell(inputs_shape[-1])

    def _build_cell(self, features: int) -> None:
        cell = CELLS[self.cell]
        bias = _constant(np.repeat(cell.bias, self.units))
        initial = {"kernel": "glorot_uniform", "recurrent": "orthogonal", "bias": bias}
        shapes = cell.shapes(features, self.units, self.peepholes, self.condition_size)
        for name, shape in shapes.items():
            setattr(self, name, self.add_noisy_weight(shape, initial.get(name, "zeros"), name))

    def _inflow(self, projected, condition, training: bool):
        """What flows into the cell from the input side, ``(T, B, parts * units)``, from the inputs' part of it."""
        projected = projected + self.sampled(self.bias, training)
        if condition is None:
            return projected
        return projected + ops.matmul(condition, self.sampled(self.condition, training))

    def _peephole(self, training: bool):
        return self.sampled(self.peephole, training) if self.peepholes else None

    def call(self, inputs, condition=None, training: bool = False):
        projected = product(inputs, self.sampled(self.kernel, training), self.half)
        projected = self._inflow(projected, condition, training)
        recurrent = self.sampled(self.recurrent, training)
        return unroll(self.cell, projected, recurrent, self._peephole(training), self.half)

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("units", "cell", "peepholes", "half")}
        return {**super().get_config(), **own, "condition": self.condition_size}


@keras.saving.register_keras_serializable(package="scribe")
class WindowedRecurrent(Recurrent):
    """The first layer: a recurrent one that moves the soft window over the text and sees where it stands.

    Inputs ``(T, B, features)``, the text as codes ``(B, N)`` and its mask ``(B, N)``, and a condition as for
    :class:`Recurrent`; outputs the hidden vectors ``(T, B, units)`` and the windows ``(T, B, P)``.

    ``parts`` ``(C, P)`` says what each of the ``C`` codes is made of (:attr:`scribe.alphabet.Alphabet.parts`); without
    it each is a part of its own. The weights belong to the parts, so every "é", "á" and "ó" teaches what an acute is.
    With ``parity`` the windows have one more column (:class:`scribe.weights.Architecture`).

    The windows start wide open (beta 1) and move at reading speed, ``1 / points_per_character``
    characters a step, from the first update on: left to itself, kappa would run through the text
    in as many steps as it has letters, and the network would learn to do without it.
    """

    def __init__(
        self,
        units: int,
        gaussians: int,
        codes: int,
        points_per_character: float,
        parts: Any = None,
        parity: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(units, **kwargs)
        self.gaussians = gaussians
        self.codes = codes
        self.parts = np.eye(codes, dtype=np.float32) if parts is None else np.asarray(parts, np.float32)
        self.parity = parity
        self.shown = np.pad(self.parts, [(0, parity)] * 2)  # the parity is shown as it is
        if parity:
            self.shown[-1, -1] = 1
        self.points_per_character = points_per_character

    def build(self, inputs_shape, codes_shape=None, mask_shape=None, condition_shape=None) -> None:  # type: ignore[override]
        # The rows of the kernel that read the window come last.
        self._build_cell(inputs_shape[-1] + self.shown.shape[1])
        self.features = inputs_shape[-1]
        start = np.repeat([-math.log(self.gaussians), 0.0, -math.log(self.points_per_character)], self.gaussians)
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.window_kernel = self.add_noisy_weight((self.units, 3 * self.gaussians), small, "window_kernel")
        self.window_bias = self.add_noisy_weight((3 * self.gaussians,), _constant(start), "window_bias")

    def call(self, inputs, codes, mask, condition=None, training: bool = False):  # type: ignore[override]  # it has a text too
        kernel = self.sampled(self.kernel, training)
        both = unroll_with_window(
            self.cell,
            self._inflow(ops.matmul(inputs, kernel[: self.features]), condition, training),
            self.sampled(self.recurrent, training),
            ops.matmul(self.shown, kernel[self.features :]),
            self.sampled(self.window_kernel, training),
            self.sampled(self.window_bias, training),
            codes,
            mask,
            self._peephole(training),
            self.half,
            self.parity,
        )
        return both[..., : self.units], ops.matmul(both[..., self.units :], self.shown)

    def get_config(self) -> dict:
        own = {name: getattr(self, name) for name in ("gaussians", "codes", "points_per_character", "parity")}
        return {**super().get_config(), **own, "parts": self.parts.tolist()}


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
