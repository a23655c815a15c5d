"""What every cell has to keep to, so that all else can look it up."""

import numpy as np
import pytest
from by_bricks import EVERY_CELL
from finite_differences import numeric_gradient, relative_error

from scribe.cells import CELLS
from scribe.weights import Architecture, WeightsError

EVERY = pytest.mark.parametrize(("name", "peepholes"), EVERY_CELL)


@EVERY
def test_the_way_back_through_a_step_against_finite_differences(name, peepholes):
    rng, cell = np.random.default_rng(1), CELLS[name]
    peephole = rng.normal(size=(cell.peepholes, 4)) if peepholes else None
    sums, state = rng.normal(size=(3, cell.sums * 4)), tuple(rng.normal(size=(cell.states, 3, 4)))
    upstream = tuple(rng.normal(size=(cell.states, 3, 4)))

    def loss():
        return sum((new * d).sum() for new, d in zip(cell.step(sums, state, peephole), upstream, strict=True))

    dsums, dstate = cell.step_back(upstream, sums, state, peephole)
    assert relative_error(dsums, numeric_gradient(loss, sums)) < 1e-8
    for gradient, vector in zip(dstate, state, strict=True):
        assert relative_error(gradient, numeric_gradient(loss, vector)) < 1e-8


@EVERY
def test_a_cell_says_what_it_is_consistently(name, peepholes):
    cell = CELLS[name]
    assert cell.name == name
    assert len(cell.inflow) == len(cell.back) == len(cell.bias) == cell.parts
    assert set(cell.inflow) | set(cell.back) == set(range(cell.sums))
    parts = np.arange(1.0, cell.parts + 1).repeat(2)
    spread = cell.spread(parts, cell.back).reshape(cell.sums, 2)
    np.testing.assert_array_equal(spread[list(cell.back)], parts.reshape(-1, 2))
    assert spread.sum() == parts.sum()


def test_names_of_tensors_follow_the_cell():
    names = Architecture(4, 2, 0, 1, cell="gru", condition=2).shapes(1)
    assert names["gru2.kernel"] == (3 + 4, 12)
    assert names["gru1.condition"] == names["gru2.condition"] == (2, 12)
    with pytest.raises(WeightsError, match="no peepholes"):
        Architecture(4, 2, 0, 1, peepholes=True, cell="gru")
