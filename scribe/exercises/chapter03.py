"""Chapter 3, The mixture density network: bells, responsibilities, sums of logarithms, draws, spread, units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, same

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@exercise("mdn-spread")
def _(answer):
    rng = np.random.default_rng(31)
    for mixtures in (3, 1, 5):
        pi = rng.dirichlet(np.ones(mixtures))
        mu, sigma = rng.normal(size=(mixtures, 2)), rng.uniform(0.2, 1.5, (mixtures, 2))
        within, between = pi @ sigma**2, pi @ (mu - pi @ mu) ** 2
        even = np.full(mixtures, 1 / mixtures)
        variants = {
            "these are variances. A standard deviation is the square root of a variance": within + between,
            "this is only the spread inside the Gaussians. Their middles lie apart, and that spreads the pen too":
                np.sqrt(within),
            "this is only the spread of the middles. Each Gaussian has a spread of its own": np.sqrt(between),
            "this is the weighted mean of the deviations. It is variances that may be averaged, and the middles lie"
            " apart besides": pi @ sigma,
            "deviations do not add up, variances do: this is the root of one part plus the root of the other":
                np.sqrt(within) + np.sqrt(between),
            "every Gaussian counts the same here. Each should count by its weight `pi`":
                np.sqrt(even @ sigma**2 + even @ (mu - even @ mu) ** 2),
            "this is the mean of x squared: the square of the mean is still to be taken away from it":
                np.sqrt(pi @ (sigma**2 + mu**2)),
            "the middles are compared with their plain average. The middle of the mixture counts them by `pi`":
                np.sqrt(within + pi @ (mu - mu.mean(axis=0)) ** 2),
            "the middles are compared with 0 or with each other once too often: check the term for the means":
                np.sqrt(np.abs(within - between)),
        }  # fmt: skip
        value = array(called(answer, pi, mu, sigma), None, "the spread")
        if value.ndim == 0:
            raise Mistake("this is a single number. There are two directions: sum over the Gaussians only (axis 0)")
        if mixtures > 2 and value.shape == (mixtures,):
            raise Mistake("this is one number for each Gaussian. Sum over the Gaussians, not over x and y")
        same(value, np.sqrt(within + between), f"the spread of a mixture of {mixtures}", variants=variants)


@exercise("mdn-update")
def _(answer):
    rng = np.random.default_rng(32)
    for points, mixtures in ((40, 3), (7, 4)):
        gamma = rng.dirichlet(np.full(mixtures, 0.6), points)
        xy = rng.normal(size=(points, 2)) * (2, 0.5) + (1, -1)
        counts = gamma.sum(axis=0)
        pi, mu = counts / points, gamma.T @ xy / counts[:, None]
        value = called(answer, gamma, xy)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise Mistake("your function should return two things: `return pi, mu`")
        if np.shape(value[0]) == (mixtures, 2) and np.shape(value[1]) == (mixtures,):
            raise Mistake("these are the means and then the weights; return the weights first: `return pi, mu`")
        whole = np.eye(mixtures)[gamma.argmax(axis=1)]
        held = np.maximum(whole.sum(axis=0), 1)
        same(
            value[0],
            pi,
            "the weight",
            variants={
                "these are counts. Weights sum to 1: divide by the number of points": counts,
                "each point is given to one Gaussian alone (the most responsible). Count it by `gamma` everywhere":
                    whole.mean(axis=0),
                "the weights sum to 1, but all are equal. They are the mean responsibilities":
                    np.full(mixtures, 1 / mixtures),
                "this is a mean over the Gaussians: there should be one weight for each Gaussian, the mean over"
                " the points (axis 0)": gamma.mean(axis=1),
            },
        )  # fmt: skip
        same(
            value[1],
            mu,
            "the mean",
            variants={
                "these are sums: each mean is to be divided by the sum of the responsibilities of its Gaussian":
                    gamma.T @ xy,
                "the sums are divided by the number of points. A weighted mean divides by the sum of its weights,"
                " `gamma.sum(axis=0)`": gamma.T @ xy / points,
                "each point is given to one Gaussian alone (the most responsible). Count it by `gamma`":
                    whole.T @ xy / held[:, None],
                "all Gaussians get the mean of all points. Count each point by `gamma`":
                    np.tile(xy.mean(axis=0), (mixtures, 1)),
                "the means are shared out by `pi` once too often": pi[:, None] * mu,
                "this is transposed: one row for each Gaussian, `(M, 2)`": mu.T,
            },
            figure=lambda wrong, xy=xy, mu=mu: _means_figure(xy, mu, wrong),
        )  # fmt: skip


def _means_figure(xy: np.ndarray, right: np.ndarray, wrong: np.ndarray) -> Figure | None:
    """The points, where the means belong (grey rings) and where they were put (orange crosses)."""
    if wrong.shape != right.shape or not np.isfinite(wrong).all():
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 2.8))
    axes = figure.add_subplot()
    axes.plot(*xy.T, ".", color="#9aa3b2", ms=4)
    axes.plot(*right.T, "o", mfc="none", color="#7a7f87", ms=11)
    axes.plot(*wrong.T, "X", color="#d55e00", ms=8)
    axes.set_title("orange: yours; rings: right", fontsize=9, color="#7a7f87")
    return figure


@exercise("mdn-scatter")
def _(answer):
    mu, rho = np.array([1.0, -2.0]), 0.6
    s_x, s_y = 0.3, 2.0
    Sigma = np.array([[s_x**2, rho * s_x * s_y], [rho * s_x * s_y, s_y**2]])
    # Any square root of the matrix will do, so it is read off the answer: unit noise gives its columns.
    z = np.vstack([np.zeros(2), np.eye(2), np.random.default_rng(33).normal(size=(400, 2))])
    value = called(answer, mu, Sigma, z)
    value = array(value, z.shape, "the result")
    if not np.allclose(value, answer(mu.copy(), Sigma.copy(), z.copy())):
        raise Mistake("two calls with the same z differ: do not draw noise of your own, z is the noise")
    if np.allclose(value[0], 0) and not np.allclose(mu, 0):
        raise Mistake("without noise (z = 0) the point should be `mu`; it is 0: the mean is missing")
    if not np.allclose(value[0], mu):
        raise Mistake(f"without noise (z = 0) the point should be `mu`, {mu}; it is {value[0].round(3)}")
    root = (value[1:3] - mu).T
    if not np.allclose(value, mu + z @ root.T):
        raise Mistake("the result is not mu plus a matrix times z: twice the noise should give twice the distance")
    covariance = root @ root.T
    if np.allclose(covariance, Sigma, atol=1e-6):
        return
    lower = np.linalg.cholesky(Sigma)
    known = {
        "this is mu + Sigma z, and its covariance is Sigma squared. A square root of Sigma is missing": Sigma @ Sigma,
        "the Cholesky factor is on the wrong side: rows of noise times L give the covariance L^T L. For rows it is"
        " `z @ L.T`": lower.T @ lower,
        "the root was taken of each number of the matrix. What is needed is a matrix L with L L^T = Sigma":
            np.sqrt(Sigma) @ np.sqrt(Sigma).T,
        "both directions have the right spread, but they do not go together: the correlation is lost":
            np.diag(np.diag(Sigma)),
        "the variances are used where deviations belong, and the correlation is lost": np.diag(np.diag(Sigma) ** 2),
        "all noise is lost: every point is the mean": np.zeros((2, 2)),
        "the noise is passed on as it is; Sigma has no effect": np.eye(2),
        "this scatters by the inverse of what it should": np.linalg.inv(Sigma),
    }  # fmt: skip
    for message, wrong in known.items():
        if np.allclose(covariance, wrong, atol=1e-6):
            raise Mistake(message, _scatter_figure(mu, Sigma, value[3:]))
    raise Mistake(
        f"the covariance of the result is {covariance.round(3).tolist()}; expected {Sigma.round(3).tolist()}",
        _scatter_figure(mu, Sigma, value[3:]),
    )


def _scatter_figure(mu: np.ndarray, Sigma: np.ndarray, points: np.ndarray) -> Figure:
    """The points over the ellipse that they should fill, at two deviations."""
    from matplotlib.figure import Figure

    angle = np.linspace(0, 2 * np.pi, 100)
    outline = mu + 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) @ np.linalg.cholesky(Sigma).T
    figure = Figure(figsize=(3.5, 3.5))
    axes = figure.add_subplot()
    axes.plot(*points.T, ".", color="#d55e00", ms=3)
    axes.plot(*outline.T, color="#7a7f87")
    axes.set_title("orange: yours; the ellipse: 86 % belong inside", fontsize=9, color="#7a7f87")
    return figure


@exercise("mdn-units")
def _(answer):
    for nats, s_x, s_y in ((-1.2, 2.0, 2.0), (0.7, 0.5, 3.0), (2.5, 0.25, 0.4)):
        right = nats + np.log(s_x * s_y)
        variants = {
            "the sign is turned round. Divided by 2, the offsets lie closer together and the density is greater:"
            " the loss in millimetres must be the greater one": nats - np.log(s_x * s_y),
            "only x is in it. An area has two sides: ln(s_x s_y)": nats + np.log(s_x),
            "only y is in it. An area has two sides: ln(s_x s_y)": nats + np.log(s_y),
            "this is the logarithm of a sum. Areas multiply: ln(s_x s_y)": nats + np.log(s_x + s_y),
            "the logarithm is missing: nats are logarithms of densities": nats + s_x * s_y,
            "the loss is multiplied by the area. Densities are multiplied; logarithms are added to": nats * s_x * s_y,
            "the loss is divided by the area. Densities are divided; logarithms are taken away from":
                nats / (s_x * s_y),
            "this logarithm has base 2, and so counts bits. Nats are natural logarithms": nats + np.log2(s_x * s_y),
            "this logarithm has base 10. Nats are natural logarithms": nats + np.log10(s_x * s_y),
            "ln(s_x s_y) is counted twice": nats + 2 * np.log(s_x * s_y),
            "nothing has changed": nats,
        }  # fmt: skip
        same(answer(nats, s_x, s_y), right, f"the loss for ({nats}, {s_x}, {s_y})", variants=variants, tolerance=1e-9)


@exercise("mdn-bell")
def _(answer):
    rng = np.random.default_rng(34)
    for shape, shift in (((6,), 0.0), ((2, 3), 0.0), ((3,), 90.0)):
        x, mu, log_sigma = rng.normal(size=shape) + shift, rng.normal(size=shape), rng.normal(0, 0.7, shape)
        sigma = np.exp(log_sigma)
        z = (x - mu) / sigma
        half = 0.5 * np.log(2 * np.pi)
        right = -0.5 * z**2 - log_sigma - half
        variants = {
            "this is the density itself; asked for is its logarithm": np.exp(right),
            "this is minus the logarithm, the loss": -right,
            "sigma was taken for its logarithm: log_sigma has to go through exp before you divide by it":
                -0.5 * ((x - mu) / log_sigma) ** 2 - log_sigma - half,
            "the width is missing: a wide bell is lower, by log_sigma": -0.5 * z**2 - half,
            "sigma is taken away where its logarithm belongs": -0.5 * z**2 - sigma - half,
            "log_sigma has the wrong sign: a wide bell is lower, not higher": -0.5 * z**2 + log_sigma - half,
            "2 pi is missing": -0.5 * z**2 - log_sigma,
            "2 pi stands under a root: half of its logarithm": -0.5 * z**2 - log_sigma - 2 * half,
            "the half in front of z squared is missing": -(z**2) - log_sigma - half,
            "z is not squared": -0.5 * z - log_sigma - half,
            "the distance is divided by the variance; count it in deviations": -0.5 * ((x - mu) / sigma**2) ** 2
            - log_sigma
            - half,
        }  # fmt: skip
        with np.errstate(all="ignore"):
            value = called(answer, x, mu, log_sigma)
        if shift and np.shape(value) == shape and not np.isfinite(np.asarray(value, np.float64)).all():
            raise Mistake(
                f"for a place that is {shift:.0f} away the result is {np.asarray(value, np.float64).flat[0]}: the"
                " density itself is too small for a number. Take the logarithm on paper; no exponential of z is needed"
            )
        if np.shape(value) == shape and np.isnan(np.asarray(value, np.float64)).any():
            raise Mistake(
                "the result is not a number where log_sigma is below zero. log_sigma is a logarithm already, and"
                " np.exp(log_sigma) is the spread"
            )
        same(value, right, "the log density", variants=variants, tolerance=1e-7)


@exercise("mdn-gamma")
def _(answer):
    rng = np.random.default_rng(35)
    for count, shift in ((2, 0.0), (4, 0.0), (3, 80.0)):
        log_pi = np.log(rng.dirichlet(np.ones(count)))
        log_n = rng.normal(-1, 1, count) - 0.5 * shift**2
        sums = log_pi + log_n
        weighted = np.exp(sums - sums.max())
        right = weighted / weighted.sum()
        n = np.exp(log_n - log_n.max())
        variants = {
            "these are the weights, from before the point was seen": np.exp(log_pi),
            "the weights are left out: a Gaussian that is seldom used is less likely to have made the point": n
            / n.sum(),
            "these are logarithms of the shares": np.log(right),
            "logarithms are divided here, not what they are the logarithms of: take the exponential first": sums
            / sums.sum(),
            "logarithms are multiplied here; to multiply numbers, add their logarithms": np.exp(
                log_pi * log_n - (log_pi * log_n).max()
            )
            / np.exp(log_pi * log_n - (log_pi * log_n).max()).sum(),
            "the whole share is given to one Gaussian": np.eye(count)[sums.argmax()],
        }
        if not shift:
            variants["these do not sum to 1: divide by the sum over all Gaussians"] = np.exp(sums)
        with np.errstate(all="ignore"):
            value = called(answer, log_pi, log_n)
        if shift and np.shape(value) == (count,) and not np.isfinite(np.asarray(value, np.float64)).all():
            raise Mistake(
                "the point lies 80 deviations off, and the result is not a number: every density has become 0. Take the"
                " largest logarithm away before the exponential"
            )
        same(value, right, "the array of responsibilities", variants=variants, tolerance=1e-7)


@exercise("mdn-logsumexp")
def _(answer):
    rng = np.random.default_rng(36)
    for a in (rng.normal(size=5), np.array([-1000.0, -1001.0]), np.array([900.0, 899.0, -50.0]), np.array([-3.5])):
        right = a.max() + np.log(np.exp(a - a.max()).sum())
        with np.errstate(all="ignore"):
            value = called(answer, a)
            variants = {
                "this is the largest of the numbers; the others count too": a.max() if len(a) > 1 else np.nan,
                "the largest was taken away and not given back": right - a.max(),
                "the logarithm is missing at the end": np.exp(a - a.max()).sum(),
                "this is the sum of the numbers, not of their exponentials": a.sum() if len(a) > 1 else np.nan,
                "this is the mean of the exponentials; their sum is asked for": right - np.log(len(a))
                if len(a) > 1
                else np.nan,
            }
        if value is not None and value is not ... and np.ndim(value) == 0 and not np.isfinite(value):
            raise Mistake(
                f"for a = {a.tolist()} the result is {value}: the exponentials are too small or too large for a number."
                " Take the largest number out first"
            )
        same(value, right, f"the result for {len(a)} numbers", variants=variants, tolerance=1e-7)


@exercise("mdn-plane")
def _(answer):
    rng = np.random.default_rng(37)
    for rho in (0.0, 0.6, -0.9):
        xy, mu, sigma = rng.normal(size=2), rng.normal(size=2), rng.uniform(0.4, 1.6, 2)
        z_x, z_y = (xy - mu) / sigma
        tilt = 1 - rho**2

        whole = 2 * np.pi * sigma.prod() * np.sqrt(tilt)

        def density(distance, area=whole, tilt=tilt):
            return -0.5 * distance / tilt - np.log(area)

        Z = z_x**2 + z_y**2 - 2 * rho * z_x * z_y
        right = density(Z)
        variants = {
            "this is the density itself; asked for is its logarithm": np.exp(right),
            "this is minus the logarithm, the loss": -right,
        }
        if rho:
            variants |= {
                "rho is left out: this is a Gaussian without a tilt": density(
                    z_x**2 + z_y**2, 2 * np.pi * sigma.prod(), 1.0
                ),
                "the tilt is turned round: Z has minus 2 rho z_x z_y": density(z_x**2 + z_y**2 + 2 * rho * z_x * z_y),
                "Z lacks its factor 2: minus 2 rho z_x z_y": density(z_x**2 + z_y**2 - rho * z_x * z_y),
                "Z is not divided by 1 - rho**2": density(Z, tilt=1.0),
                "the area lacks its root of 1 - rho**2": density(Z, 2 * np.pi * sigma.prod()),
                "the area has 1 - rho**2 without the root": density(Z, 2 * np.pi * sigma.prod() * tilt),
            }
        variants |= {
            "the area lacks sigma: a wide Gaussian is lower": density(Z, 2 * np.pi * np.sqrt(tilt)),
            "the area lacks 2 pi": density(Z, sigma.prod() * np.sqrt(tilt)),
            "the 2 in the denominator is missing: Z is divided by 2 (1 - rho**2)": density(2 * Z),
        }
        value = called(answer, xy, mu, sigma, rho)
        same(value, right, f"the log density for rho = {rho}", variants=variants, tolerance=1e-7)


@exercise("mdn-draw")
def _(answer):
    rng = np.random.default_rng(38)
    for trial in range(12):
        count = 4
        # The second tells a walk that ends too early or too late from one that is not made; in the first the sum of
        # the weights stays just below u.
        pi = (
            np.array([0.5, 0.2, 0.2, 0.1]) * (1 - 1e-9),
            np.array([0.4, 0.2, 0.2, 0.2]),
            rng.dirichlet(np.ones(count)),
        )[min(trial, 2)]
        u, z = (1 - 1e-12, 0.7, rng.random())[min(trial, 2)], rng.normal(size=2)
        mu, sigma = rng.normal(size=(count, 2)) * 3, rng.uniform(0.3, 1.5, (count, 2))
        rho = rng.uniform(-0.9, 0.9, count)

        def point(j, z=z, mu=mu, sigma=sigma, rho=rho):
            root = np.sqrt(1 - rho[j] ** 2)
            return mu[j] + sigma[j] * [z[0], rho[j] * z[0] + root * z[1]]

        j = min(int((np.cumsum(pi) <= u).sum()), count - 1)
        variants = {
            "the middle of the Gaussian is right, the noise is left out": mu[j],
            "the two directions do not go together: rho is left out": mu[j] + sigma[j] * z,
            "the variances are used where the deviations belong": mu[j] + (point(j) - mu[j]) * sigma[j],
            "the middle is missing: this is the noise alone": point(j) - mu[j],
            "the root of 1 - rho**2 is missing before z_y": mu[j] + sigma[j] * [z[0], rho[j] * z[0] + z[1]],
            "this is the mean of all Gaussians, which is what the mixture is there to avoid": pi @ mu,
        }
        if j != int(pi.argmax()):
            variants["the Gaussian with the greatest weight is always taken; u decides"] = point(int(pi.argmax()))
        if j > 0:
            variants["the walk ends one Gaussian too early: go on until the sum is greater than u"] = point(j - 1)
        if j + 1 < count:
            variants["the walk ends one Gaussian too late"] = point(j + 1)
        value = called(answer, pi, mu, sigma, rho, u, z)
        same(value, point(j), f"the point for u = {u:.3g}", variants=variants)
