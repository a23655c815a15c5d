from math import exp

import numpy as np
import pytest
from finite_differences import numeric_gradient, relative_error

from scribe.lstm import lstm_step
from scribe.window import (
    WindowedState,
    window_phi,
    window_step,
    windowed_lstm_backward,
    windowed_lstm_forward,
)

BATCHES = pytest.mark.parametrize("batch", [(), (3,)], ids=str)


def onehot_of(codes, size):
    return np.eye(size)[codes]


def random_problem(rng, batch, peepholes, steps=5, inputs=3, units=4, gaussians=2, characters=6, alphabet=5):
    lstm = [
        rng.normal(0, 0.5, (inputs + alphabet, 4 * units)),
        rng.normal(0, 0.5, (units, 4 * units)),
        rng.normal(0, 0.5, 4 * units),
        rng.normal(0, 0.5, (3, units)) if peepholes else None,
    ]
    window = [rng.normal(0, 0.5, (units, 3 * gaussians)), rng.normal(-0.5, 0.2, 3 * gaussians)]
    state = WindowedState(
        rng.normal(size=(*batch, units)),
        rng.normal(size=(*batch, units)),
        rng.uniform(0, 1, (*batch, gaussians)),
        rng.normal(size=(*batch, alphabet)),
    )
    onehot = onehot_of(rng.integers(0, alphabet, (*batch, characters)), alphabet)
    return rng.normal(size=(steps, *batch, inputs)), onehot, state, lstm, window


def test_phi_is_the_sum_of_graves_equation_46():
    alpha, beta, kappa = np.array([0.5, 2.0]), np.array([1.0, 0.1]), np.array([0.3, 2.5])
    phi = window_phi(alpha, beta, kappa, np.arange(4))
    for u in range(4):
        expected = sum(alpha[k] * exp(-beta[k] * (kappa[k] - u) ** 2) for k in range(2))
        assert phi[u] == pytest.approx(expected, rel=1e-12)


def test_a_step_reads_the_characters_under_the_window():
    """One sharp Gaussian that walks one character a step reads the text letter by letter."""
    codes = np.array([3, 1, 4, 1, 5])
    onehot = onehot_of(codes, 6)
    kernel, bias = np.zeros((2, 3)), np.array([0, np.log(50), 0])  # alpha 1, beta 50, step exp(0) = 1
    kappa = np.array([-1.0])
    for position, code in enumerate(codes):
        w, kappa, phi = window_step(np.zeros(2), kappa, onehot, kernel, bias)
        assert kappa == pytest.approx([position])
        assert phi.argmax() == position
        assert w == pytest.approx(np.eye(6)[code], abs=1e-12)


def test_kappa_only_grows():
    rng = np.random.default_rng(0)
    kappa = np.zeros(3)
    for _ in range(50):
        _, new, _ = window_step(rng.normal(size=4), kappa, np.eye(5), rng.normal(size=(4, 9)), rng.normal(size=9))
        assert (new > kappa).all()
        kappa = new


def test_padding_is_never_read():
    rng = np.random.default_rng(1)
    h, kernel, bias = rng.normal(size=4), rng.normal(size=(4, 6)), rng.normal(size=6)
    onehot = onehot_of(rng.integers(0, 5, 7), 5)
    mask = np.array([1, 1, 1, 1, 0, 0, 0])
    padded = window_step(h, np.array([2.0, 3.0]), onehot, kernel, bias, mask)
    short = window_step(h, np.array([2.0, 3.0]), onehot[:4], kernel, bias)
    for a, b in zip(padded[:2], short[:2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(padded[2], np.concatenate([short[2], np.zeros(3)]))


def test_a_batch_is_its_lines_one_by_one():
    rng = np.random.default_rng(2)
    xs, onehot, state, lstm, window = random_problem(rng, (4,), True)
    mask = np.arange(6) < np.array([6, 3, 5, 1])[:, None]
    hs, ws, cache = windowed_lstm_forward(xs, onehot, state, lstm, window, mask)
    for line, length in enumerate([6, 3, 5, 1]):
        alone = WindowedState(*(s[line] for s in state))
        h, w, c = windowed_lstm_forward(xs[:, line], onehot[line, :length], alone, lstm, window)
        np.testing.assert_allclose(hs[:, line], h, rtol=1e-10)
        np.testing.assert_allclose(ws[:, line], w, rtol=1e-10)
        np.testing.assert_allclose(cache.phis[:, line, :length], c.phis, rtol=1e-10)


def test_the_lstm_sees_the_window_of_the_step_before():
    rng = np.random.default_rng(3)
    xs, onehot, state, lstm, window = random_problem(rng, (), False, steps=2)
    hs, ws, _ = windowed_lstm_forward(xs, onehot, state, lstm, window)
    h1, c1 = lstm_step(np.concatenate([xs[0], state.w]), state.h, state.c, *lstm)
    w1, _, _ = window_step(h1, state.kappa, onehot, *window)
    h2, _ = lstm_step(np.concatenate([xs[1], w1]), h1, c1, *lstm)
    np.testing.assert_allclose(hs, [h1, h2])
    np.testing.assert_allclose(ws[0], w1)


@pytest.mark.parametrize("peepholes", [False, True], ids=["plain", "peepholes"])
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@BATCHES
def test_gradients_of_lstm_and_window_together_against_finite_differences(batch, masked, peepholes):
    rng = np.random.default_rng(4)
    xs, onehot, state, lstm, window = random_problem(rng, batch, peepholes)
    mask = (np.arange(6) < 4).astype(float) * np.ones((*batch, 1)) if masked else None
    dhs, dws = rng.normal(size=(5, *batch, 4)), rng.normal(size=(5, *batch, 5))

    def loss():
        hs, ws, _ = windowed_lstm_forward(xs, onehot, state, lstm, window, mask)
        return (hs * dhs).sum() + (ws * dws).sum()

    _, _, cache = windowed_lstm_forward(xs, onehot, state, lstm, window, mask)
    gradients = windowed_lstm_backward(dhs, dws, cache, onehot, lstm, window, mask)
    pairs = {
        "xs": (xs, gradients.xs),
        **{name: (getattr(state, name), getattr(gradients.state, name)) for name in state._fields},
        "kernel": (lstm[0], gradients.kernel),
        "recurrent": (lstm[1], gradients.recurrent),
        "bias": (lstm[2], gradients.bias),
        "window_kernel": (window[0], gradients.window_kernel),
        "window_bias": (window[1], gradients.window_bias),
    }
    if peepholes:
        pairs["peephole"] = (lstm[3], gradients.peephole)
    else:
        assert gradients.peephole is None
    # The state's arrays are kept in the cache as they are; the loss recomputes from them, so changing them works.
    for name, (array, gradient) in pairs.items():
        assert relative_error(gradient, numeric_gradient(loss, array)) <= 1e-6, name


def test_gradients_reach_back_through_many_steps_of_kappa():
    """A loss on the last window alone: all of it goes through kappa, which adds up over the steps."""
    rng = np.random.default_rng(5)
    xs, onehot, state, lstm, window = random_problem(rng, (), False, steps=12, characters=12)
    dhs, dws = np.zeros((12, 4)), np.zeros((12, 5))
    dws[-1] = rng.normal(size=5)

    def loss():
        return (windowed_lstm_forward(xs, onehot, state, lstm, window)[1][-1] * dws[-1]).sum()

    _, _, cache = windowed_lstm_forward(xs, onehot, state, lstm, window)
    gradients = windowed_lstm_backward(dhs, dws, cache, onehot, lstm, window)
    assert np.linalg.norm(gradients.state.kappa) > 1e-3
    assert relative_error(gradients.window_bias, numeric_gradient(loss, window[1])) <= 1e-6
    assert relative_error(gradients.xs, numeric_gradient(loss, xs)) <= 1e-6
