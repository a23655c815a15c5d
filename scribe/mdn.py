"""The mixture density outputs of Graves (2013), section 4.1, in NumPy.

The network's raw output ``y`` has ``1 + 6M`` numbers per point, for ``M`` Gaussians in the plane::

    [pen-up logit | M weights | M mu_x | M mu_y | M log sigma_x | M log sigma_y | M rho]

``...`` is any number of leading axes (time, batch), or none. Densities are in nats, over whatever
units the targets have: dividing offsets by ``s`` adds ``2 ln s`` to the log density of each point.

All is done with logarithms. Products of small probabilities underflow, and a floor under them
(``max(p, 1e-20)``) kills the gradient exactly where the network is most wrong.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from scribe.lstm import sigmoid

__all__ = [
    "BIAS_RULES",
    "RHO_LIMIT",
    "MixtureParameters",
    "biased",
    "goes_back",
    "goes_over",
    "log_density",
    "log_density_offset",
    "log_density_pen",
    "log_gaussians",
    "log_softmax",
    "logsumexp",
    "loss_gradient",
    "mean",
    "sample",
    "sample_with",
    "softplus",
    "split",
    "squared_error",
]

BIAS_RULES = ("graves", "post")

RHO_LIMIT = 0.999
"""``rho = 0.999 tanh(rho_hat)``, for a plain tanh rounds to 1, and then ``1 - rho^2`` is 0 and the density infinite."""


LOG_2PI = math.log(2 * math.pi)


class MixtureParameters(NamedTuple):
    """One bivariate Gaussian mixture and one pen-up probability per point, Graves eq. 16."""

    pen_logit: np.ndarray  # (...): P(pen up) = sigmoid(pen_logit)
    log_pi: np.ndarray  # (..., M): logarithms of the weights, which sum to 1
    mu: np.ndarray  # (..., M, 2): means, x and y
    log_sigma: np.ndarray  # (..., M, 2): logarithms of the standard deviations
    rho: np.ndarray  # (..., M): correlations


def softplus(a: np.ndarray) -> np.ndarray:
    """``log(1 + exp(a))``. The logarithm of ``sigmoid(a)`` is ``-softplus(-a)``."""
    return np.logaddexp(0, a)


def logsumexp(a: np.ndarray) -> np.ndarray:
    """``log(sum(exp(a)))`` over the last axis, which stays with length 1. Nothing overflows: the largest term is 1."""
    largest = a.max(axis=-1, keepdims=True)
    return largest + np.log(np.exp(a - largest).sum(axis=-1, keepdims=True))


def log_softmax(a: np.ndarray) -> np.ndarray:
    """The logarithm of the softmax over the last axis. Taking the largest away first keeps the digits of the rest."""
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def split(y: np.ndarray, mixtures: int) -> MixtureParameters:
    """Raw outputs ``(..., 1 + 6M)`` as parameters, Graves eqs. 4 and 17 to 22.

    Graves' pen-up probability is ``1 / (1 + exp(e))``; here it is ``sigmoid(e)``: the sign of a
    learned number is a matter of taste. His ``rho`` is ``tanh``; see :data:`RHO_LIMIT`.
    """
    e, pi, mu_x, mu_y, sigma_x, sigma_y, rho = np.split(y, 1 + mixtures * np.arange(6), axis=-1)
    return MixtureParameters(
        pen_logit=e[..., 0],
        log_pi=log_softmax(pi),
        mu=np.stack([mu_x, mu_y], axis=-1),
        log_sigma=np.stack([sigma_x, sigma_y], axis=-1),
        rho=RHO_LIMIT * np.tanh(rho),
    )


def log_gaussians(params: MixtureParameters, xy: np.ndarray) -> np.ndarray:
    """The log density of each Gaussian at ``xy`` ``(..., 2)``, Graves eqs. 24 and 25: ``(..., M)``."""
    z = (xy[..., None, :] - params.mu) * np.exp(-params.log_sigma)
    z_x, z_y = z[..., 0], z[..., 1]
    one_minus_rho2 = 1 - params.rho**2
    distance = z_x**2 + z_y**2 - 2 * params.rho * z_x * z_y
    log_area = LOG_2PI + params.log_sigma.sum(axis=-1) + 0.5 * np.log(one_minus_rho2)
    return -0.5 * distance / one_minus_rho2 - log_area


def log_density_offset(params: MixtureParameters, xy: np.ndarray) -> np.ndarray:
    """The log density of the mixture at ``xy`` ``(..., 2)``: ``(...)``. The first factor of Graves eq. 23."""
    return logsumexp(params.log_pi + log_gaussians(params, xy))[..., 0]


def log_density_pen(params: MixtureParameters, pen_up: np.ndarray) -> np.ndarray:
    """The log probability of ``pen_up`` (0 or 1), ``(...)``. The second factor of Graves eq. 23."""
    return -softplus(np.where(pen_up == 1, -params.pen_logit, params.pen_logit))


def log_density(params: MixtureParameters, targets: np.ndarray) -> np.ndarray:
    """The log density of points ``(..., 3)``, rows ``(dx, dy, pen_up)``: ``(...)``, in nats.

    Minus this is the loss of one point, the sum in Graves eq. 26.
    """
    return log_density_offset(params, targets[..., :2]) + log_density_pen(params, targets[..., 2])


def loss_gradient(y: np.ndarray, targets: np.ndarray, mixtures: int) -> np.ndarray:
    """The gradient of ``-log_density`` with respect to the raw outputs, Graves eqs. 27 to 37.

    Args:
        y: raw outputs, ``(..., 1 + 6M)``.
        targets: the points that came, ``(..., 3)``.

    Returns:
        ``(..., 1 + 6M)``.
    """
    params = split(y, mixtures)
    log_pi, rho = params.log_pi, params.rho
    # Responsibilities (eqs. 28, 29): how likely it is that this Gaussian, of all, made the point.
    gamma = np.exp(log_softmax(log_pi + log_gaussians(params, targets[..., :2])))
    sigma = np.exp(params.log_sigma)
    z = (targets[..., None, :2] - params.mu) / sigma
    z_x, z_y = z[..., 0], z[..., 1]
    C = 1 / (1 - rho**2)  # eq. 37
    Z = z_x**2 + z_y**2 - 2 * rho * z_x * z_y  # eq. 25
    d_pen = sigmoid(params.pen_logit) - targets[..., 2]  # eq. 27, for our sign
    d_pi = np.exp(log_pi) - gamma  # eq. 30
    d_mu_x = -gamma * C / sigma[..., 0] * (z_x - rho * z_y)  # eqs. 31, 32
    d_mu_y = -gamma * C / sigma[..., 1] * (z_y - rho * z_x)  # eq. 33
    d_sigma_x = -gamma * (C * z_x * (z_x - rho * z_y) - 1)  # eq. 34
    d_sigma_y = -gamma * (C * z_y * (z_y - rho * z_x) - 1)  # eq. 35
    # Eq. 36 is the gradient times 1 - rho^2, the slope of tanh; ours is RHO_LIMIT tanh.
    slope = RHO_LIMIT - rho**2 / RHO_LIMIT
    d_rho = -gamma * (z_x * z_y + rho * (1 - C * Z)) * C * slope
    return np.concatenate([d_pen[..., None], d_pi, d_mu_x, d_mu_y, d_sigma_x, d_sigma_y, d_rho], axis=-1)


def goes_back(params: MixtureParameters, sure: float = 0.95) -> np.ndarray:
    """Whether the next point all but surely lies to the left of the last one: ``(...)`` truth values.

    With the pen up at the end of a word that means a dot or a bar that is owed: people write the word first.

    Args:
        sure: the Gaussians whose means lie to the left must have more than this of the weight.
    """
    return np.where(params.mu[..., 0] < 0, np.exp(params.log_pi), 0).sum(axis=-1) > sure


def goes_over(params: MixtureParameters, sure: float = 0.9) -> np.ndarray:
    """Whether the next point all but surely lies right above or below the last one: ``(...)`` truth values.

    With the pen up at the end of a word that means the dot of an i that is the last letter, or that of an exclamation
    mark: :func:`goes_back` doesn't see these, as where letters lean the dot is a little to the right of its stem.

    Args:
        sure: the Gaussians whose means lie within some 20 degrees of the vertical must have more than this of the
            weight. The next letter, too, begins above or below the last one, but farther to the right.
    """
    upright = np.abs(params.mu[..., 0]) < 0.4 * np.abs(params.mu[..., 1])
    return np.where(upright, np.exp(params.log_pi), 0).sum(axis=-1) > sure


def biased(params: MixtureParameters, bias: float | np.ndarray, rule: str = "graves") -> MixtureParameters:
    """Parameters for neater writing: less spread, and likely Gaussians made more likely.

    Both rules raise the weights to the power ``1 + bias`` (Graves eq. 62). The deviations become

    * ``"graves"``: ``exp(sigma_hat - bias)`` (Graves eq. 61);
    * ``"post"``: ``exp(sigma_hat (1 + bias))``, as the blog post "Scribe" prints it, which widens
      every Gaussian whose deviation is above 1.

    Args:
        bias: 0 leaves all as it is; a number, or one for each point, ``(...)``.

    Raises:
        ValueError: for another rule.
    """
    if rule not in BIAS_RULES:
        raise ValueError(f"there is no bias rule {rule!r}; the rules are {' and '.join(BIAS_RULES)}")
    bias = np.asarray(bias, params.log_pi.dtype)[..., None]
    log_pi = log_softmax(params.log_pi * (1 + bias))
    bias = bias[..., None]
    log_sigma = params.log_sigma - bias if rule == "graves" else params.log_sigma * (1 + bias)
    return params._replace(log_pi=log_pi, log_sigma=log_sigma)


def sample_with(params: MixtureParameters, uniform: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The point that given noise picks: ``(..., 3)``, rows ``(dx, dy, pen_up)``.

    Args:
        uniform: two numbers from [0, 1) per point, ``(..., 2)``: for the Gaussian and for the pen.
        normal: two standard normal numbers per point, ``(..., 2)``: for the place.
    """
    # Walk along the weights until their sum passes the first number. Rounding may leave a sum just below 1.
    passed = np.cumsum(np.exp(params.log_pi), axis=-1) <= uniform[..., :1]
    chosen = np.minimum(passed.sum(axis=-1, keepdims=True), passed.shape[-1] - 1)
    rho = np.take_along_axis(params.rho, chosen, axis=-1)[..., 0]
    mu = np.take_along_axis(params.mu, chosen[..., None], axis=-2)[..., 0, :]
    sigma = np.exp(np.take_along_axis(params.log_sigma, chosen[..., None], axis=-2)[..., 0, :])
    # mu + L z, where L is the Cholesky factor of the covariance: L L^T = Sigma. (mu + Sigma z has covariance Sigma^2.)
    z_x, z_y = normal[..., 0], normal[..., 1]
    dx = mu[..., 0] + sigma[..., 0] * z_x
    dy = mu[..., 1] + sigma[..., 1] * (rho * z_x + np.sqrt(1 - rho**2) * z_y)
    pen_up = uniform[..., 1] < sigmoid(params.pen_logit)
    return np.stack([dx, dy, pen_up.astype(dx.dtype)], axis=-1)


def sample(
    params: MixtureParameters, rng: np.random.Generator, bias: float | np.ndarray = 0.0, rule: str = "graves"
) -> np.ndarray:
    """Draw a point from each mixture: ``(..., 3)``, rows ``(dx, dy, pen_up)``."""
    shape = (*params.pen_logit.shape, 2)
    return sample_with(biased(params, bias, rule), rng.random(shape), rng.standard_normal(shape))


def mean(params: MixtureParameters) -> np.ndarray:
    """The expected offset, ``(..., 2)``: the means of the Gaussians, weighted."""
    return (np.exp(params.log_pi)[..., None] * params.mu).sum(axis=-2)


def squared_error(params: MixtureParameters, xy: np.ndarray) -> np.ndarray:
    """The squared distance from the expected to the true offset ``xy`` ``(..., 2)``: ``(...)``."""
    return ((mean(params) - xy) ** 2).sum(axis=-1)
