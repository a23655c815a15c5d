from math import exp, tanh

import numpy as np
import pytest
from finite_differences import numeric_gradient, relative_error

from scribe.cells import CELLS
from scribe.gru import gru_backward, gru_forward, gru_step

BATCHES = pytest.mark.parametrize("batch", [(), (3,), (2, 2)], ids=str)


def random_weights(rng, inputs, units):
    return {
        "kernel": rng.normal(0, 0.5, (inputs, 3 * units)),
        "recurrent": rng.normal(0, 0.5, (units, 3 * units)),
        "bias": rng.normal(0, 0.5, 3 * units),
    }


def test_step_is_the_equations_written_out_for_each_unit():
    rng = np.random.default_rng(1)
    x, h = rng.normal(size=2), rng.normal(size=3)
    weights = random_weights(rng, 2, 3)
    new = gru_step(x, h, **weights)

    def logistic(a):
        return 1 / (1 + exp(-a))

    for u in range(3):
        columns = [part * 3 + u for part in range(3)]
        inflow = [sum(x[j] * weights["kernel"][j, c] for j in range(2)) + weights["bias"][c] for c in columns]
        back = [sum(h[j] * weights["recurrent"][j, c] for j in range(3)) for c in columns]
        z, r = logistic(inflow[0] + back[0]), logistic(inflow[1] + back[1])
        candidate = tanh(inflow[2] + r * back[2])
        assert new[u] == pytest.approx(z * h[u] + (1 - z) * candidate, rel=1e-12)


def test_the_old_output_stays_when_the_update_gate_is_open():
    bias = np.repeat([50.0, 0.0, 0.0], 2)
    h = gru_step(np.ones(1), np.array([0.3, -0.7]), np.ones((1, 6)), np.ones((2, 6)), bias)
    assert h == pytest.approx([0.3, -0.7])


def test_float32_in_float32_out():
    rng = np.random.default_rng(3)
    weights = {name: w.astype(np.float32) for name, w in random_weights(rng, 3, 4).items()}
    assert gru_step(np.ones(3, np.float32), np.zeros(4, np.float32), **weights).dtype == np.float32


def test_the_cell_of_that_name_takes_its_step():
    rng, cell = np.random.default_rng(6), CELLS["gru"]
    weights = random_weights(rng, 3, 4)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    inflow, back = x @ weights["kernel"] + weights["bias"], h @ weights["recurrent"]
    (new,) = cell.step(cell.spread(inflow, cell.inflow) + cell.spread(back, cell.back), (h,), None)
    np.testing.assert_allclose(new, gru_step(x, h, **weights), rtol=1e-12)


@BATCHES
def test_gradients_against_finite_differences(batch):
    rng = np.random.default_rng(4)
    weights = random_weights(rng, 3, 4)
    xs, h0 = rng.normal(size=(6, *batch, 3)), rng.normal(size=(*batch, 4))
    dhs = rng.normal(size=(6, *batch, 4))

    def loss():
        hs, _ = gru_forward(xs, h0, **weights)
        return (hs * dhs).sum()

    _, cache = gru_forward(xs, h0, **weights)
    arrays = {"xs": xs, "h0": h0, **weights}
    for name, gradient in gru_backward(dhs, cache, **weights)._asdict().items():
        assert relative_error(gradient, numeric_gradient(loss, arrays[name])) <= 1e-6, name


def test_it_is_the_gru_of_keras():
    keras = pytest.importorskip("keras", reason="Keras has a GRU of its own")
    rng = np.random.default_rng(5)
    weights = random_weights(rng, 3, 4)
    xs, h0 = rng.normal(size=(6, 2, 3)), rng.normal(size=(2, 4))
    layer = keras.layers.GRU(4, return_sequences=True, reset_after=True, dtype="float64")
    layer.build((2, None, 3))
    layer.set_weights([weights["kernel"], weights["recurrent"], np.stack([weights["bias"], np.zeros(12)])])
    theirs = np.asarray(layer(xs.transpose(1, 0, 2), initial_state=keras.ops.convert_to_tensor(h0)))
    np.testing.assert_allclose(gru_forward(xs, h0, **weights)[0], theirs.transpose(1, 0, 2), rtol=1e-10)
