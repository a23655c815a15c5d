from math import exp, tanh

import numpy as np
import pytest
from finite_differences import numeric_gradient, relative_error

from scribe.cells import CELLS
from scribe.lstm import lstm_backward, lstm_forward, lstm_step, sigmoid

PEEPHOLES = pytest.mark.parametrize("peepholes", [False, True], ids=["plain", "peepholes"])
BATCHES = pytest.mark.parametrize("batch", [(), (3,), (2, 2)], ids=str)


def random_weights(rng, inputs, units, peepholes):
    weights = {
        "kernel": rng.normal(0, 0.5, (inputs, 4 * units)),
        "recurrent": rng.normal(0, 0.5, (units, 4 * units)),
        "bias": rng.normal(0, 0.5, 4 * units),
    }
    weights["peephole"] = rng.normal(0, 0.5, (3, units)) if peepholes else None
    return weights


def test_sigmoid_does_not_overflow():
    with np.errstate(all="raise"):
        values = sigmoid(np.array([-1e4, -2.0, 0.0, 2.0, 1e4], np.float32))
    assert values == pytest.approx([0, 1 / (1 + exp(2)), 0.5, 1 / (1 + exp(-2)), 1])
    assert values.dtype == np.float32


@PEEPHOLES
def test_step_is_the_equations_of_graves_written_out_for_each_unit(peepholes):
    rng = np.random.default_rng(1)
    x, h, c = rng.normal(size=2), rng.normal(size=3), rng.normal(size=3)
    weights = random_weights(rng, 2, 3, peepholes)
    new_h, new_c = lstm_step(x, h, c, **weights)
    peep = weights["peephole"] if peepholes else np.zeros((3, 3))

    def logistic(a):
        return 1 / (1 + exp(-a))

    for u in range(3):
        into = [
            sum(x[j] * weights["kernel"][j, gate * 3 + u] for j in range(2))
            + sum(h[j] * weights["recurrent"][j, gate * 3 + u] for j in range(3))
            + weights["bias"][gate * 3 + u]
            for gate in range(4)
        ]
        i = logistic(into[0] + peep[0, u] * c[u])
        f = logistic(into[1] + peep[1, u] * c[u])
        cell = f * c[u] + i * tanh(into[2])
        o = logistic(into[3] + peep[2, u] * cell)
        assert new_c[u] == pytest.approx(cell, rel=1e-12)
        assert new_h[u] == pytest.approx(o * tanh(cell), rel=1e-12)


def test_the_cell_remembers_when_the_forget_gate_is_open_and_the_input_gate_shut():
    bias = np.repeat([-50.0, 50.0, 0.0, 50.0], 2)
    h, c = lstm_step(np.ones(1), np.zeros(2), np.array([0.3, -0.7]), np.ones((1, 8)), np.zeros((2, 8)), bias)
    assert c == pytest.approx([0.3, -0.7])
    assert h == pytest.approx(np.tanh([0.3, -0.7]))


@PEEPHOLES
def test_a_batch_is_its_lines_one_by_one(peepholes):
    rng = np.random.default_rng(2)
    weights = random_weights(rng, 3, 4, peepholes)
    xs, h0, c0 = rng.normal(size=(5, 6, 3)), rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    hs, _ = lstm_forward(xs, h0, c0, **weights)
    assert hs.shape == (5, 6, 4)
    for line in range(6):
        alone, _ = lstm_forward(xs[:, line], h0[line], c0[line], **weights)
        np.testing.assert_allclose(hs[:, line], alone, rtol=1e-12)


def test_float32_in_float32_out():
    rng = np.random.default_rng(3)
    weights = {name: w.astype(np.float32) for name, w in random_weights(rng, 3, 4, True).items()}
    h, c = lstm_step(np.ones(3, np.float32), np.zeros(4, np.float32), np.zeros(4, np.float32), **weights)
    assert h.dtype == c.dtype == np.float32


@PEEPHOLES
def test_the_cell_of_that_name_takes_its_step(peepholes):
    rng, cell = np.random.default_rng(6), CELLS["lstm"]
    weights = random_weights(rng, 3, 4, peepholes)
    x, state = rng.normal(size=(2, 3)), tuple(rng.normal(size=(2, 2, 4)))
    inflow, back = x @ weights["kernel"] + weights["bias"], state[0] @ weights["recurrent"]
    new = cell.step(cell.spread(inflow, cell.inflow) + cell.spread(back, cell.back), state, weights["peephole"])
    np.testing.assert_allclose(new, lstm_step(x, *state, **weights), rtol=1e-12)


@PEEPHOLES
@BATCHES
def test_gradients_against_finite_differences(peepholes, batch):
    rng = np.random.default_rng(4)
    weights = random_weights(rng, 3, 4, peepholes)
    xs, h0, c0 = rng.normal(size=(6, *batch, 3)), rng.normal(size=(*batch, 4)), rng.normal(size=(*batch, 4))
    dhs = rng.normal(size=(6, *batch, 4))

    def loss():
        hs, _ = lstm_forward(xs, h0, c0, **weights)
        return (hs * dhs).sum()

    _, cache = lstm_forward(xs, h0, c0, **weights)
    gradients = lstm_backward(dhs, cache, **weights)
    arrays = {"xs": xs, "h0": h0, "c0": c0, **weights}
    for name, gradient in gradients._asdict().items():
        if arrays[name] is None:
            assert gradient is None
        else:
            assert relative_error(gradient, numeric_gradient(loss, arrays[name])) <= 1e-6, name
