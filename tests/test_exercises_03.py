"""The checkers of chapter 3 accept right answers, however they are written, and name what is wrong with others."""

import numpy as np
import pytest

from scribe.exercises import check


def wrong(reader, said):
    return pytest.param(reader, said, id=said.split(",")[0][:40])


# --- mdn-spread -------------------------------------------------------------------------------------------------


def _spread(pi, mu, sigma):
    middle = pi @ mu
    return np.sqrt(pi @ (sigma**2 + (mu - middle) ** 2))


def _spread_in_loops(pi, mu, sigma):
    spreads = []
    for axis in range(2):
        first = sum(p * m[axis] for p, m in zip(pi, mu, strict=True))
        second = sum(p * (m[axis] ** 2 + s[axis] ** 2) for p, m, s in zip(pi, mu, sigma, strict=True))
        spreads.append((second - first**2) ** 0.5)
    return spreads


@pytest.mark.parametrize("answer", [_spread, _spread_in_loops])
def test_spread_right(answer):
    assert check("mdn-spread", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda pi, mu, sigma: _spread(pi, mu, sigma) ** 2, "variances"),
        wrong(lambda pi, mu, sigma: np.sqrt(pi @ sigma**2), "only the spread inside"),
        wrong(lambda pi, mu, sigma: np.sqrt(pi @ (mu - pi @ mu) ** 2), "a spread of its own"),
        wrong(lambda pi, mu, sigma: pi @ sigma, "weighted mean of the deviations"),
        wrong(lambda pi, mu, sigma: np.sqrt((sigma**2).mean(0) + mu.var(0)), "count by its weight"),
        wrong(lambda pi, mu, sigma: np.sqrt(pi @ (sigma**2 + mu**2)), "square of the mean"),
        wrong(lambda pi, mu, sigma: np.sqrt(pi @ (sigma**2 + (mu - mu.mean(0)) ** 2)), "plain average"),
        wrong(lambda pi, mu, sigma: np.sqrt((pi[:, None] * sigma**2).sum()), "single number"),
        wrong(lambda pi, mu, sigma: np.sqrt((sigma**2).sum(axis=1)), "each Gaussian"),
        wrong(lambda pi, mu, sigma: None, "None"),
        wrong(lambda pi, mu: mu, "cannot be called"),
    ],
)
def test_spread_wrong(answer, said):
    result = check("mdn-spread", answer)
    assert not result.passed
    assert said in result.message


# --- mdn-update -------------------------------------------------------------------------------------------------


def _update(gamma, xy):
    counts = gamma.sum(axis=0)
    return counts / len(xy), gamma.T @ xy / counts[:, None]


def _update_with_average(gamma, xy):
    means = [np.average(xy, axis=0, weights=column) for column in gamma.T]
    return [column.mean() for column in gamma.T], means


def _hard(gamma, xy):
    return _update(np.eye(gamma.shape[1])[gamma.argmax(axis=1)] + 1e-300, xy)


@pytest.mark.parametrize("answer", [_update, _update_with_average])
def test_update_right(answer):
    assert check("mdn-update", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda gamma, xy: (gamma.sum(0), _update(gamma, xy)[1]), "counts"),
        wrong(lambda gamma, xy: (gamma.mean(0), gamma.T @ xy / len(xy)), "divides by the sum of its weights"),
        wrong(lambda gamma, xy: (gamma.mean(0), gamma.T @ xy), "these are sums"),
        wrong(_hard, "one Gaussian alone"),
        wrong(lambda gamma, xy: (gamma.mean(0), _hard(gamma, xy)[1]), "one Gaussian alone"),
        wrong(lambda gamma, xy: (gamma.mean(1), _update(gamma, xy)[1]), "mean over the Gaussians"),
        wrong(lambda gamma, xy: _update(gamma, xy)[::-1], "weights first"),
        wrong(lambda gamma, xy: _update(gamma, xy)[1], "return two things"),
        wrong(lambda gamma, xy: (gamma.mean(0), _update(gamma, xy)[1].T), "transposed"),
        wrong(lambda gamma, xy: (gamma.mean(0), np.tile(xy.mean(0), (gamma.shape[1], 1))), "mean of all points"),
        wrong(lambda gamma, xy: (gamma.mean(0), _update(gamma, xy)[1] + 0.01), "the mean is"),
    ],
)
def test_update_wrong(answer, said):
    result = check("mdn-update", answer)
    assert not result.passed
    assert said in result.message


def test_a_wrong_mean_is_drawn():
    assert check("mdn-update", lambda gamma, xy: (gamma.mean(0), gamma.T @ xy / len(xy))).figure is not None


# --- mdn-scatter ------------------------------------------------------------------------------------------------


def _scatter(mu, Sigma, z):
    return mu + z @ np.linalg.cholesky(Sigma).T


def _scatter_along_the_axes(mu, Sigma, z):
    """Another square root: the eigenvectors, stretched."""
    values, vectors = np.linalg.eigh(Sigma)
    return np.array([mu + vectors @ (np.sqrt(values) * noise) for noise in z])


def _scatter_by_hand(mu, Sigma, z):
    a = np.sqrt(Sigma[0, 0])
    b = Sigma[0, 1] / a
    return np.column_stack([mu[0] + a * z[:, 0], mu[1] + b * z[:, 0] + np.sqrt(Sigma[1, 1] - b * b) * z[:, 1]])


@pytest.mark.parametrize("answer", [_scatter, _scatter_along_the_axes, _scatter_by_hand])
def test_scatter_right(answer):
    assert check("mdn-scatter", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda mu, Sigma, z: mu + z @ Sigma.T, "Sigma squared"),
        wrong(lambda mu, Sigma, z: mu + z @ np.linalg.cholesky(Sigma), "wrong side"),
        wrong(lambda mu, Sigma, z: mu + z @ np.sqrt(Sigma).T, "each number of the matrix"),
        wrong(lambda mu, Sigma, z: mu + z * np.sqrt(np.diag(Sigma)), "correlation is lost"),
        wrong(lambda mu, Sigma, z: mu + z * np.diag(Sigma), "variances are used"),
        wrong(lambda mu, Sigma, z: z @ np.linalg.cholesky(Sigma).T, "the mean is missing"),
        wrong(lambda mu, Sigma, z: np.tile(mu, (len(z), 1)), "all noise is lost"),
        wrong(lambda mu, Sigma, z: mu + z, "no effect"),
        wrong(lambda mu, Sigma, z: np.random.default_rng().multivariate_normal(mu, Sigma, len(z)), "z is the noise"),
        wrong(lambda mu, Sigma, z: mu + 1.1 * z @ np.linalg.cholesky(Sigma).T, "covariance of the result"),
        wrong(lambda mu, Sigma, z: (mu + np.linalg.cholesky(Sigma) @ z.T).T, "ValueError"),
        wrong(lambda mu, Sigma, z: mu + z[0], "shape"),
    ],
)
def test_scatter_wrong(answer, said):
    result = check("mdn-scatter", answer)
    assert not result.passed
    assert said in result.message


def test_wrong_scatter_is_drawn():
    assert check("mdn-scatter", lambda mu, Sigma, z: mu + z @ Sigma).figure is not None


# --- mdn-units --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [lambda nats, s_x, s_y: nats + np.log(s_x * s_y), lambda nats, s_x, s_y: -np.log(np.exp(-nats) / s_x / s_y)],
)
def test_units_right(answer):
    assert check("mdn-units", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda nats, s_x, s_y: nats - np.log(s_x * s_y), "sign"),
        wrong(lambda nats, s_x, s_y: nats + np.log(s_x), "only x"),
        wrong(lambda nats, s_x, s_y: nats + np.log(s_y), "two sides"),
        wrong(lambda nats, s_x, s_y: nats + np.log(s_x + s_y), "logarithm of a sum"),
        wrong(lambda nats, s_x, s_y: nats * s_x * s_y, "multiplied by the area"),
        wrong(lambda nats, s_x, s_y: nats + np.log2(s_x * s_y), "bits"),
        wrong(lambda nats, s_x, s_y: nats + np.log10(s_x * s_y), "base 10"),
        wrong(lambda nats, s_x, s_y: nats, "nothing has changed"),
        wrong(lambda nats, s_x, s_y: 1 / 0, "ZeroDivisionError"),
        wrong(3.0, "not what the exercise asks for"),
    ],
)
def test_units_wrong(answer, said):
    result = check("mdn-units", answer)
    assert not result.passed
    assert said in result.message
