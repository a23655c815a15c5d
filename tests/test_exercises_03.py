"""The checkers of chapter 3 accept right answers, however they are written, and name what is wrong with others."""

import numpy as np
import pytest
from answers import right_and_wrong

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


# --- beside the sections ----------------------------------------------------------------------------------------


def _bell(x, mu, log_sigma):
    z = (x - mu) / np.exp(log_sigma)
    return -0.5 * z**2 - log_sigma - 0.5 * np.log(2 * np.pi)


def _bell_with_variance(x, mu, log_sigma):
    return -0.5 * ((x - mu) ** 2 / np.exp(2 * log_sigma) + np.log(2 * np.pi) + 2 * log_sigma)


def _bell_too_early(x, mu, log_sigma):
    with np.errstate(all="ignore"):
        return np.log(np.exp(-0.5 * ((x - mu) / np.exp(log_sigma)) ** 2)) - log_sigma - 0.5 * np.log(2 * np.pi)


def _gamma(log_pi, log_n):
    a = log_pi + log_n
    shares = np.exp(a - a.max())
    return shares / shares.sum()


def _gamma_by_logs(log_pi, log_n):
    return np.exp(log_pi + log_n - np.logaddexp.reduce(log_pi + log_n))


def _gamma_too_early(log_pi, log_n):
    with np.errstate(all="ignore"):
        parts = np.exp(log_pi) * np.exp(log_n)
        return parts / parts.sum()


def _logsumexp(a):
    return a.max() + np.log(np.exp(a - a.max()).sum())


def _logsumexp_too_early(a):
    with np.errstate(all="ignore"):
        return np.log(np.exp(a).sum())


def _plane(xy, mu, sigma, rho):
    x, y = (xy - mu) / sigma
    Z = x**2 + y**2 - 2 * rho * x * y
    return -0.5 * Z / (1 - rho**2) - np.log(2 * np.pi * sigma[0] * sigma[1] * np.sqrt(1 - rho**2))


def _plane_by_matrix(xy, mu, sigma, rho):
    Sigma = np.outer(sigma, sigma) * np.array([[1, rho], [rho, 1]])
    off = xy - mu
    return -0.5 * off @ np.linalg.solve(Sigma, off) - 0.5 * np.log(np.linalg.det(2 * np.pi * Sigma))


def _point(pi, mu, sigma, rho, u, z, choose=lambda pi, u: min((np.cumsum(pi) <= u).sum(), len(pi) - 1)):
    j = choose(pi, u)
    return mu[j] + sigma[j] * [z[0], rho[j] * z[0] + np.sqrt(1 - rho[j] ** 2) * z[1]]


def _point_by_walk(pi, mu, sigma, rho, u, z):
    j, passed = 0, pi[0]
    while passed <= u and j < len(pi) - 1:
        j += 1
        passed += pi[j]
    Sigma = np.outer(sigma[j], sigma[j]) * np.array([[1, rho[j]], [rho[j], 1]])
    return mu[j] + np.linalg.cholesky(Sigma) @ z


HALF = 0.5 * np.log(2 * np.pi)
MORE_RIGHT = {
    "mdn-bell": [_bell, _bell_with_variance],
    "mdn-gamma": [_gamma, _gamma_by_logs],
    "mdn-logsumexp": [_logsumexp, np.logaddexp.reduce],
    "mdn-plane": [_plane, _plane_by_matrix],
    "mdn-draw": [_point, _point_by_walk],
}
MORE_WRONG = {
    "mdn-bell": [
        (lambda *g: np.exp(_bell(*g)), "the density itself"),
        (lambda *g: -_bell(*g), "the loss"),
        (lambda x, mu, s: _bell(x, mu, s) + s, "the width is missing"),
        (lambda x, mu, s: -0.5 * ((x - mu) / s) ** 2 - np.log(s) - HALF, "is a logarithm already"),
        (lambda x, mu, s: _bell(x, mu, s) + s - np.exp(s), "its logarithm belongs"),
        (lambda x, mu, s: _bell(x, mu, s) + 2 * s, "wrong sign"),
        (lambda *g: _bell(*g) + HALF, "2 pi is missing"),
        (lambda *g: _bell(*g) - HALF, "under a root"),
        (lambda x, mu, s: -0.5 * ((x - mu) / s) ** 2 - s - HALF, "through exp"),
        (lambda x, mu, s: -(((x - mu) / np.exp(s)) ** 2) - s - HALF, "the half"),
        (lambda x, mu, s: -0.5 * (x - mu) / np.exp(s) - s - HALF, "not squared"),
        (lambda x, mu, s: -0.5 * ((x - mu) / np.exp(2 * s)) ** 2 - s - HALF, "in deviations"),
        (_bell_too_early, "too small for a number"),
        (lambda x, mu, s: _bell(np.add(x, 1, out=x), mu, s), "have changed"),
        (lambda *g: None, "is None"),
    ],
    "mdn-gamma": [
        (lambda p, n: np.exp(p), "before the point"),
        (lambda p, n: _gamma(0 * p, n), "weights are left out"),
        (lambda p, n: np.log(_gamma(p, n)), "logarithms of the shares"),
        (lambda p, n: (p + n) / (p + n).sum(), "take the exponential first"),
        (lambda p, n: _gamma(0 * p, p * n), "add their logarithms"),
        (lambda p, n: np.eye(len(p))[(p + n).argmax()], "to one Gaussian"),
        (lambda p, n: np.exp(p + n), "do not sum to 1"),
        (_gamma_too_early, "80 deviations off"),
        (lambda p, n: _gamma(np.add(p, 1, out=p), n), "have changed"),
        (lambda p, n: ..., "still to write"),
    ],
    "mdn-logsumexp": [
        (lambda a: a.max(), "the others count too"),
        (lambda a: _logsumexp(a) - a.max(), "not given back"),
        (lambda a: np.exp(a - a.max()).sum(), "logarithm is missing"),
        (lambda a: a.sum(), "sum of the numbers"),
        (lambda a: _logsumexp(a) - np.log(len(a)), "the mean of"),
        (_logsumexp_too_early, "Take the largest number out"),
        (lambda a: _logsumexp(np.add(a, 1, out=a)), "have changed"),
        (lambda a: ..., "still to write"),
    ],
    "mdn-plane": [
        (lambda *g: np.exp(_plane(*g)), "the density itself"),
        (lambda *g: -_plane(*g), "the loss"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s, 0.0), "rho is left out"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s, -rho), "turned round"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s, rho) + 0.5 * np.log(1 - rho**2), "lacks its root"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s, rho) - 0.5 * np.log(1 - rho**2), "without the root"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s, rho) + np.log(s.prod()), "lacks sigma"),
        (lambda *g: _plane(*g) + 2 * HALF, "lacks 2 pi"),
        (lambda xy, mu, s, rho: 2 * _plane(xy, mu, s, rho) - _plane(mu, mu, s, rho), "denominator is missing"),
        (lambda xy, mu, s, rho: _plane(xy, mu, s**2, rho), "expected"),
        (lambda xy, mu, s, rho: _plane(np.add(xy, 1, out=xy), mu, s, rho), "have changed"),
        (lambda *g: ..., "still to write"),
    ],
    "mdn-draw": [
        (lambda pi, mu, s, rho, u, z: _point(pi, mu, s, rho, u, 0 * z), "noise is left out"),
        (lambda pi, mu, s, rho, u, z: _point(pi, mu, s, 0 * rho, u, z), "rho is left out"),
        (lambda pi, mu, s, rho, u, z: _point(pi, mu, s**2, rho, u, z), "variances"),
        (lambda pi, mu, s, rho, u, z: _point(pi, 0 * mu, s, rho, u, z), "the middle is missing"),
        (lambda pi, mu, s, rho, u, z: pi @ mu, "mean of all"),
        (lambda *g: _point(*g, choose=lambda pi, u: pi.argmax()), "greatest weight"),
        (lambda *g: _point(*g, choose=lambda pi, u: max(np.searchsorted(np.cumsum(pi), u) - 1, 0)), "too early"),
        (lambda *g: _point(*g, choose=lambda pi, u: min(np.searchsorted(np.cumsum(pi), u) + 1, 3)), "too late"),
        (lambda *g: _point(*g, choose=lambda pi, u: np.searchsorted(np.cumsum(pi), u)), "IndexError"),
        (lambda pi, mu, s, rho, u, z: _point(pi, np.add(mu, 1, out=mu), s, rho, u, z), "have changed"),
        (lambda *g: ..., "still to write"),
    ],
}
test_more_right_answers_pass, test_more_wrong_answers_are_told = right_and_wrong(MORE_RIGHT, MORE_WRONG)
