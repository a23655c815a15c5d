import numpy as np
import pytest
from finite_differences import numeric_gradient, relative_error
from scipy.special import expit
from scipy.stats import multivariate_normal

from scribe import mdn
from scribe.mdn import MixtureParameters

RULES = pytest.mark.parametrize("rule", mdn.BIAS_RULES)


def covariances(params):
    """Sigma of each Gaussian, (..., M, 2, 2), from its deviations and its correlation."""
    sigma = np.exp(params.log_sigma)
    off = params.rho * sigma[..., 0] * sigma[..., 1]
    return np.stack([np.stack([sigma[..., 0] ** 2, off], -1), np.stack([off, sigma[..., 1] ** 2], -1)], -2)


def test_split_puts_each_column_where_the_layout_says():
    y = np.array([7.0, 1, 2, 10, 20, 30, 40, 0.1, 0.2, 0.3, 0.4, -0.5, 0.5])
    params = mdn.split(y, 2)
    assert params.pen_logit == 7
    assert np.exp(params.log_pi) == pytest.approx(np.exp([1, 2]) / np.exp([1, 2]).sum())
    assert params.mu.tolist() == [[10, 30], [20, 40]]
    assert params.log_sigma.tolist() == [[0.1, 0.3], [0.2, 0.4]]
    assert params.rho == pytest.approx(0.999 * np.tanh([-0.5, 0.5]))


def test_split_keeps_leading_axes():
    params = mdn.split(np.zeros((5, 4, 1 + 6 * 3), np.float32), 3)
    assert [p.shape for p in params] == [(5, 4), (5, 4, 3), (5, 4, 3, 2), (5, 4, 3, 2), (5, 4, 3)]
    assert all(p.dtype == np.float32 for p in params)


def test_log_density_against_scipy():
    rng = np.random.default_rng(0)
    params = mdn.split(rng.normal(size=(20, 1 + 6 * 4)), 4)
    points = np.column_stack([rng.normal(size=(20, 2)), rng.integers(0, 2, 20)])
    ours = mdn.log_density(params, points)
    for t, (point, sigma) in enumerate(zip(points, covariances(params), strict=True)):
        gaussians = [multivariate_normal(params.mu[t, j], sigma[j]).pdf(point[:2]) for j in range(4)]
        pen = expit(params.pen_logit[t]) if point[2] else 1 - expit(params.pen_logit[t])
        assert ours[t] == pytest.approx(np.log(np.exp(params.log_pi[t]) @ gaussians * pen), rel=1e-9)


def test_the_density_integrates_to_one():
    rng = np.random.default_rng(1)
    params = mdn.split(rng.normal(0, 0.5, 1 + 6 * 3), 3)
    edge = np.linspace(-15, 15, 601)  # far beyond every deviation, and fine enough for the narrowest
    assert np.abs(params.mu).max() + 6 * np.exp(params.log_sigma.max()) < 15
    grid = np.stack(np.meshgrid(edge, edge), axis=-1)
    density = np.exp(mdn.log_density_offset(params, grid))
    assert density.sum() * (edge[1] - edge[0]) ** 2 == pytest.approx(1, abs=1e-6)
    assert sum(np.exp(mdn.log_density_pen(params, np.array(pen))) for pen in (0, 1)) == pytest.approx(1)


def test_scaling_the_units_adds_the_logarithm_of_the_area():
    """Offsets divided by s, with a network that says the same in those units: 2 ln s nats per point more."""
    rng = np.random.default_rng(2)
    y, point, s = rng.normal(size=13), np.array([0.3, -0.2, 1.0]), 0.27
    scaled = y.copy()
    scaled[3:7] /= s
    scaled[7:11] -= np.log(s)
    gained = mdn.log_density(mdn.split(scaled, 2), point / [s, s, 1]) - mdn.log_density(mdn.split(y, 2), point)
    assert gained == pytest.approx(2 * np.log(s))


def test_nothing_underflows_far_from_every_gaussian():
    """A million deviations away a product of probabilities is 0 and its logarithm infinite; ours is exact."""
    y = np.zeros(1 + 6 * 2, np.float32)
    far = np.array([1e6, 0, 1], np.float32)
    assert mdn.log_density(mdn.split(y, 2), far) == pytest.approx(-0.5e12 - np.log(2 * np.pi) - np.log(2), rel=1e-6)
    gradient = mdn.loss_gradient(y, far, 2)
    assert np.isfinite(gradient).all()
    assert gradient[3:5] == pytest.approx(-0.5e6, rel=1e-6)


def test_float32_survives_a_saturated_network():
    for sign in (-1, 1):
        y = np.full(1 + 6 * 2, sign * 60, np.float32)
        params = mdn.split(y, 2)
        assert (1 - params.rho**2 > 1e-3).all()
        assert np.isfinite(mdn.log_density_pen(params, np.array([0, 1]))).all()
    y[7:11] = 0
    y[3:7] = 0
    density = mdn.log_density(mdn.split(y, 2), np.array([1, -1, 0], np.float32))
    assert np.isfinite(density)
    assert density.dtype == np.float32
    gradient = mdn.loss_gradient(y, np.array([1, -1, 0], np.float32), 2)
    assert np.isfinite(gradient).all()
    assert gradient.dtype == np.float32


@pytest.mark.parametrize("shape", [(), (5,), (3, 4)], ids=str)
def test_gradient_against_finite_differences(shape):
    rng = np.random.default_rng(3)
    y = rng.normal(size=(*shape, 1 + 6 * 3))
    targets = np.concatenate([rng.normal(size=(*shape, 2)), rng.integers(0, 2, (*shape, 1))], axis=-1)
    expected = numeric_gradient(lambda: -mdn.log_density(mdn.split(y, 3), targets).sum(), y)
    assert relative_error(mdn.loss_gradient(y, targets, 3), expected) <= 1e-6


def test_it_goes_back_if_nearly_all_weight_lies_to_the_left():
    weights = np.array([[0.5, 0.46, 0.04], [0.5, 0.44, 0.06], [0.04, 0.06, 0.9]])
    zeros = np.zeros((3, 3))
    mu = np.zeros((3, 3, 2))
    mu[..., 0] = [-5, -0.01, 3]  # two to the left of the pen, one to the right
    mu[..., 1] = [9, -9, -1]  # up and down do not matter
    params = mdn.MixtureParameters(np.zeros(3), np.log(weights), mu, np.stack([zeros, zeros], -1), zeros)
    np.testing.assert_array_equal(mdn.goes_back(params), [True, False, False])
    np.testing.assert_array_equal(mdn.goes_back(params, sure=0.05), [True, True, True])
    assert mdn.goes_back(mdn.MixtureParameters(*(p[0] for p in params)))


def test_it_goes_over_if_nearly_all_weight_lies_right_above_or_below():
    weights = np.array([[0.5, 0.41, 0.09], [0.5, 0.39, 0.11], [0.04, 0.06, 0.9]])
    zeros = np.zeros((3, 3))
    mu = np.array([[0.3, 1.0], [-0.3, -1.0], [1.0, 1.0]]) * np.ones((3, 1, 1))  # the third is the next letter
    params = mdn.MixtureParameters(np.zeros(3), np.log(weights), mu, np.stack([zeros, zeros], -1), zeros)
    np.testing.assert_array_equal(mdn.goes_over(params), [True, False, False])
    np.testing.assert_array_equal(mdn.goes_over(params, sure=0.05), [True, True, True])
    assert mdn.goes_over(mdn.MixtureParameters(*(p[0] for p in params)))


@RULES
def test_bias_zero_changes_nothing(rule):
    params = mdn.split(np.random.default_rng(4).normal(size=(6, 19)), 3)
    for ours, theirs in zip(mdn.biased(params, 0.0, rule), params, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_bias_rules_are_what_graves_and_the_post_print():
    y = np.random.default_rng(5).normal(size=13)
    b = 0.7
    weights = np.exp(y[1:3] * (1 + b))
    for rule, sigma in (("graves", np.exp(y[7:11] - b)), ("post", np.exp(y[7:11] * (1 + b)))):
        params = mdn.biased(mdn.split(y, 2), b, rule)
        assert np.exp(params.log_pi) == pytest.approx(weights / weights.sum())
        assert np.exp(params.log_sigma.T.ravel()) == pytest.approx(sigma)
        assert params.pen_logit == y[0]


def test_the_rules_part_where_a_deviation_is_above_one():
    y = np.zeros(7)
    y[4:6] = [0.5, -0.5]
    wide, narrow = np.exp(mdn.biased(mdn.split(y, 1), 1.0, "post").log_sigma[0])
    assert wide > np.exp(0.5)
    assert narrow < np.exp(-0.5)
    assert (np.exp(mdn.biased(mdn.split(y, 1), 1.0, "graves").log_sigma[0]) < np.exp([0.5, -0.5])).all()


def test_bias_may_differ_from_line_to_line():
    params = mdn.split(np.random.default_rng(6).normal(size=(3, 19)), 3)
    together = mdn.biased(params, np.array([-1.0, 0.5, 50.0]))
    for line, b in enumerate([-1.0, 0.5, 50.0]):
        alone = mdn.biased(MixtureParameters(*(p[line] for p in params)), b)
        for a, t in zip(alone, together, strict=True):
            np.testing.assert_allclose(t[line], a)


def test_an_unknown_rule_is_named():
    with pytest.raises(ValueError, match=r"'grave'.*graves and post"):
        mdn.biased(mdn.split(np.zeros(7), 1), 1.0, "grave")


@RULES
@pytest.mark.parametrize("bias", [0.0, 0.8])
def test_samples_have_the_mixtures_mean_covariance_and_pen_rate(rule, bias):
    """Against the closed forms, within five standard errors of 200,000 samples."""
    n = 200_000
    rng = np.random.default_rng(7)
    y = rng.normal(0, 0.7, 1 + 6 * 3)
    params = mdn.split(y, 3)
    samples = mdn.sample(MixtureParameters(*(np.broadcast_to(p, (n, *p.shape)) for p in params)), rng, bias, rule)
    params = mdn.biased(params, bias, rule)
    pi = np.exp(params.log_pi)
    mean = pi @ params.mu
    away = params.mu - mean
    covariance = np.einsum("j,jab->ab", pi, covariances(params) + away[:, :, None] * away[:, None, :])
    xy = samples[:, :2]
    assert (np.abs(xy.mean(0) - mean) < 5 * np.sqrt(np.diag(covariance) / n)).all()
    products = (xy - mean)[:, :, None] * (xy - mean)[:, None, :]
    assert (np.abs(products.mean(0) - covariance) < 5 * products.std(0) / np.sqrt(n)).all()
    rate = expit(params.pen_logit)
    assert abs(samples[:, 2].mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / n)
    assert set(np.unique(samples[:, 2])) == {0, 1}
    assert mdn.mean(params) == pytest.approx(mean)


def test_samples_are_scattered_by_the_cholesky_factor():
    """One narrow, slanted Gaussian. ``mu + Sigma z`` would give the covariance Sigma squared."""
    n = 100_000
    y = np.array([0.0, 0, 5, -5, np.log(0.1), np.log(3), 1.5])
    params = mdn.split(np.broadcast_to(y, (n, 7)), 1)
    xy = mdn.sample(params, np.random.default_rng(8))[:, :2]
    rho = 0.999 * np.tanh(1.5)
    assert xy.std(axis=0) == pytest.approx([0.1, 3], rel=5 / np.sqrt(2 * n))
    assert np.corrcoef(xy.T)[0, 1] == pytest.approx(rho, abs=5 * (1 - rho**2) / np.sqrt(n))


def test_the_mean_log_density_of_samples_is_minus_the_entropy():
    """Sampling and density, tested on each other: for one Gaussian the entropy has a closed form."""
    n = 100_000
    y = np.array([0.4, 0, 0.2, 0.1, -0.5, 0.3, 0.8])
    params = mdn.split(np.broadcast_to(y, (n, 7)), 1)
    nats = mdn.log_density(params, mdn.sample(params, np.random.default_rng(9)))
    rho, p = 0.999 * np.tanh(0.8), expit(0.4)
    entropy = np.log(2 * np.pi * np.e) - 0.5 + 0.3 + 0.5 * np.log(1 - rho**2) - p * np.log(p) - (1 - p) * np.log(1 - p)
    assert nats.mean() == pytest.approx(-entropy, abs=5 * nats.std() / np.sqrt(n))


def test_rounding_never_chooses_a_gaussian_that_is_not_there():
    params = mdn.split(np.random.default_rng(10).normal(size=(1000, 1 + 6 * 20)).astype(np.float32), 20)
    uniform = np.full((1000, 2), np.nextafter(1, 0))
    points = mdn.sample_with(params, uniform, np.zeros((1000, 2)))
    np.testing.assert_allclose(points[:, :2], params.mu[:, -1], rtol=1e-6)
    first = mdn.sample_with(params, np.zeros((1000, 2)), np.zeros((1000, 2)))
    np.testing.assert_allclose(first[:, :2], params.mu[:, 0], rtol=1e-6)


def test_squared_error_is_the_distance_to_the_expected_offset():
    y = np.zeros(13)
    y[3:7] = [1, 3, 2, 6]
    params = mdn.split(y, 2)
    assert mdn.mean(params) == pytest.approx([2, 4])
    assert mdn.squared_error(params, np.array([5.0, 0.0])) == pytest.approx(9 + 16)
