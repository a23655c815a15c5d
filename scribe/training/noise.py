"""Adaptive weight noise, Graves' regulariser: each weight is a Gaussian, as wide as the data allow.

The network is trained on a sample of its weights, drawn anew for each batch, and pays for each
weight in nats what it costs to tell it more exactly than the prior does (the minimum description
length). Weights that do not matter become wide and cheap; what is left cannot remember the
training lines. A. Graves, "Practical variational inference for neural networks", NIPS 2011;
A. Graves, arXiv:1308.0850, section 4.2, where the widths start at 0.075.
"""

from __future__ import annotations

import math

import keras
from keras import ops

__all__ = ["NoisyLayer", "description_length"]


def description_length(means, log_deviations):
    """What Gaussian weights cost, in nats, against the Gaussian prior that suits them best.

    The sum over all weights of KL(N(mu_i, s_i) || N(m, v)). With the ``m`` and ``v`` that make it
    least - the mean of all ``mu_i``, and the mean of ``s_i^2 + (mu_i - m)^2`` - all but the
    logarithms cancel.

    Args:
        means, log_deviations: two arrays of one shape.
    """
    count = math.prod(means.shape)
    centred = means - ops.mean(means)
    variance = ops.mean(ops.square(centred) + ops.exp(2 * log_deviations))
    return 0.5 * count * ops.log(variance) - ops.sum(log_deviations)


class NoisyLayer(keras.layers.Layer):
    """A layer whose weights can be noisy.

    Args:
        noise: standard deviation of each weight at the start; 0 for plain weights.
        shared_by: how many points the description length is spread over: those of the training set.
    """

    def __init__(self, noise: float = 0.0, shared_by: float = 1.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.noise = noise
        self.shared_by = shared_by
        self._log_deviations: dict[str, keras.Variable] = {}
        if noise:
            self._seed = keras.random.SeedGenerator()

    def add_noisy_weight(self, shape: tuple[int, ...], initializer, name: str) -> keras.Variable:
        """A weight like any other, and its width beside it if the layer is noisy."""
        weight = self.add_weight(shape=shape, initializer=initializer, name=name)
        if self.noise:
            width = keras.initializers.Constant(math.log(self.noise))
            self._log_deviations[name] = self.add_weight(shape=shape, initializer=width, name=f"{name}_log_deviation")
        return weight

    def sampled(self, weight: keras.Variable, training: bool):
        """The weight as this batch sees it: its mean, and noise while training. Adds what it costs to the loss."""
        mean = ops.copy(
            ops.convert_to_tensor(weight)
        )  # a tensor: a variable may not enter a function with a gradient of its own
        if not (self.noise and training):
            return mean
        log_deviation = ops.convert_to_tensor(self._log_deviations[weight.name])
        self.add_loss(description_length(mean, log_deviation) / self.shared_by)
        return mean + ops.exp(log_deviation) * keras.random.normal(weight.shape, seed=self._seed)

    def get_config(self) -> dict:
        return {**super().get_config(), "noise": self.noise, "shared_by": self.shared_by}
