"""Adam that skips steps that are not finite, averages as it goes, and the course of its learning rate."""

from __future__ import annotations

import math

import keras
from keras import ops

__all__ = ["SafeAdam", "WarmupHoldDecay"]


@keras.saving.register_keras_serializable(package="scribe")
class WarmupHoldDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Up in a straight line, level, and down to nearly nothing along a cosine.

    The level stretch makes a training extendable: only the descent knows where the end is.

    Raises:
        ValueError: if the peak is no number above 0: with finite gradients it would spoil every weight in one step.
    """

    def __init__(self, peak: float, warmup: int, updates: int, decay: int, final: float = 0.03) -> None:
        if not (math.isfinite(peak) and peak > 0):
            raise ValueError(f"the learning rate must be a number greater than 0, not {peak}; 0.001 is a good start")
        self.peak, self.warmup, self.updates, self.decay, self.final = peak, warmup, updates, decay, final

    def __call__(self, step):
        step = ops.cast(step, "float32")
        up = ops.minimum(1.0, (step + 1) / max(self.warmup, 1))
        left = ops.clip((self.updates - step) / max(self.decay, 1), 0.0, 1.0)
        down = self.final + (1 - self.final) * 0.5 * (1 - ops.cos(math.pi * left))
        return self.peak * up * down

    def get_config(self) -> dict:
        names = ("peak", "warmup", "updates", "decay", "final")
        return {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package="scribe")
class SafeAdam(keras.optimizers.Adam):
    """Adam, but a step whose gradients, or whose results, are not all finite leaves everything as it was.

    ``skipped`` counts such steps. One NaN that is let through stays in the moments for ever.
    """

    def build(self, variables) -> None:
        super().build(variables)
        self.skipped = self.add_variable(shape=(), dtype="int32", name="skipped")
        self.average_from(variables)

    def average_from(self, variables) -> None:
        """Begin the averages with the values that these variables have now."""
        if self.use_ema:
            for variable, average in zip(variables, self._model_variables_moving_average, strict=True):
                average.assign(variable.value)

    def apply(self, grads, trainable_variables=None):
        grads = list(grads)
        if not self.built:
            with keras.name_scope(self.name, caller=self):
                self.build(trainable_variables)
        finite = ops.isfinite(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads))
        trained = trainable_variables or self._trainable_variables
        touched = [v for v in [*self.variables, *trained] if v is not self.skipped]
        before = [ops.copy(v.value) for v in touched]
        super().apply([ops.where(finite, g, ops.zeros_like(g)) for g in grads], trainable_variables)
        # Sound gradients are not enough: a learning rate that is none, or enormous, spoils the weights as well.
        for variable in trained:
            finite = ops.logical_and(finite, ops.isfinite(ops.sum(ops.square(ops.cast(variable.value, "float32")))))
        for variable, old in zip(touched, before, strict=True):
            variable.assign(ops.where(finite, variable.value, old))
        self.skipped.assign_add(ops.cast(ops.logical_not(finite), "int32"))

    def _update_model_variables_moving_average(self, trainable_variables) -> None:
        # Keras' average forgets the random weights it began with only after several times
        # 1 / (1 - momentum) updates. One that reaches back over a tenth of the training so far does
        # not have to, and is soon as long as Keras'.
        if not self.use_ema:
            return
        count = ops.cast(self.iterations, "float32")
        momentum = ops.minimum(self.ema_momentum, (1 + count) / (10 + count))
        for variable, average in zip(trainable_variables, self._model_variables_moving_average, strict=True):
            average.assign(momentum * average.value + (1 - momentum) * variable.value)

    def finalize_variable_values(self, var_list) -> None:
        """Put the averages into ``var_list``, the variables that were trained, in their order."""
        # Copies: JAX gives the memory of a step's inputs away, and must not give that of the averages.
        for variable, average in zip(var_list, self._model_variables_moving_average, strict=True):
            variable.assign(ops.copy(average.value))
