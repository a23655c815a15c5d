"""The negative log density of ink under the network's mixtures, in nats per point, in log space."""

from __future__ import annotations

import math

import keras
from keras import ops

from scribe.mdn import RHO_LIMIT

__all__ = ["NegativeLogDensity", "log_density"]


def log_density(y, targets, mixtures: int):
    """The log density of each point, in nats, pen term included (Graves eqs. 18 to 25).

    The arithmetic of :func:`scribe.mdn.log_density`, for Keras: a test holds the two together.

    Args:
        y: raw outputs, ``(..., 1 + 6M)``.
        targets: standardised points, ``(..., 3)``.

    Returns:
        ``(...)``.
    """
    y, targets = ops.cast(y, "float32"), ops.cast(targets, "float32")
    pen, y = y[..., 0], y[..., 1:]
    pi, mu_x, mu_y, log_sigma_x, log_sigma_y, rho = (y[..., i * mixtures : (i + 1) * mixtures] for i in range(6))
    rho = RHO_LIMIT * ops.tanh(rho)
    one_minus_rho2 = 1 - ops.square(rho)
    z_x = (targets[..., 0:1] - mu_x) * ops.exp(-log_sigma_x)
    z_y = (targets[..., 1:2] - mu_y) * ops.exp(-log_sigma_y)
    distance = ops.square(z_x) + ops.square(z_y) - 2 * rho * z_x * z_y
    log_area = math.log(2 * math.pi) + log_sigma_x + log_sigma_y + 0.5 * ops.log(one_minus_rho2)
    log_gaussians = -0.5 * distance / one_minus_rho2 - log_area
    log_offset = ops.logsumexp(ops.log_softmax(pi, axis=-1) + log_gaussians, axis=-1)
    # log sigmoid(e) for a lifted pen, log(1 - sigmoid(e)) otherwise
    log_pen = -ops.softplus(ops.where(targets[..., 2] > 0.5, -pen, pen))
    return log_offset + log_pen


@keras.saving.register_keras_serializable(package="scribe")
class NegativeLogDensity(keras.losses.Loss):
    """The mean over all points that are there, in nats per point: Graves eqs. 6, 26 and 54, over the number of points.

    ``y_true`` is ``(B, T, 4)``: a standardised point and whether it counts (1) or is padding (0).
    Padding is dropped by selecting zeros in its place before anything is computed, not by
    multiplying afterwards: 0 times infinity is not 0, neither here nor in the gradient.
    """

    def __init__(self, mixtures: int, name: str = "negative_log_density", **kwargs) -> None:
        super().__init__(name=name, reduction="sum", **kwargs)
        self.mixtures = mixtures

    def call(self, y_true, y_pred):
        return self.total(y_true, y_pred) / ops.sum(y_true[..., 3])

    def total(self, y_true, y_pred):
        """The sum over the points that count, nats: what the shares of a batch have to add up."""
        counts = y_true[..., 3]
        y_pred = ops.where(counts[..., None] > 0, y_pred, ops.zeros_like(y_pred))
        nats = -log_density(y_pred, y_true[..., :3], self.mixtures)
        return ops.sum(nats * counts)

    def get_config(self) -> dict:
        return {"mixtures": self.mixtures, "name": self.name}
