"""Fewer digits for a page's weights: whole numbers in few bits, and rounded where it costs least."""

from __future__ import annotations

import numpy as np
import pytest
from random_weights import learned_apart, random_weights

from scribe.cells import CELLS
from scribe.page.packing import TOTAL, packed, tables_of
from scribe.page.rounding import moments, rounded_matrices, rounded_rows
from scribe.weights import rows_of_parts


def unpacked(data, kinds, tables, length):
    """What the page's script does, slowly."""
    state, rest = int.from_bytes(data[:4], "big"), iter(data[4:])
    runs = []
    for kind in kinds:
        first, counts = tables[kind]
        numbers = np.repeat(np.arange(len(counts)), counts)
        starts = np.cumsum([0, *counts])
        run = []
        for _ in range(length):
            share = state % TOTAL
            number = numbers[share]
            run.append(first + number)
            state = counts[number] * (state // TOTAL) + share - int(starts[number])
            while state < 1 << 23:
                state = state * 256 + next(rest)
        runs.append(run)
    assert next(rest, None) is None
    assert state == 1 << 23, "it ends where the packing began"
    return np.array(runs)


@pytest.mark.parametrize("spread", [0, 0.3, 3, 200])
def test_what_is_packed_comes_back(spread):
    rng = np.random.default_rng(0)
    runs = [
        np.int64(np.round(rng.normal(0, spread, shape) * rng.random((shape[0], 1)))) for shape in [(30, 7), (9, 40)]
    ]
    kinds, tables = tables_of(runs)
    assert all(sum(table.counts) == TOTAL and min(table.counts) >= 1 for table in tables)
    for matrix, kind in zip(runs, kinds, strict=True):
        data = packed(matrix, kind, tables)
        np.testing.assert_array_equal(unpacked(data, kind, tables, matrix.shape[1]), matrix)


def test_it_takes_as_many_bits_as_there_is_information():
    numbers = np.int64(np.round(np.random.default_rng(1).normal(0, 3, (40, 500))))
    kinds, tables = tables_of([numbers])
    shares = np.unique(numbers, return_counts=True)[1] / numbers.size
    information = -(shares * np.log2(shares)).sum() * numbers.size / 8
    assert len(packed(numbers, kinds[0], tables)) < 1.01 * information + 8


def test_errors_are_made_good_by_the_rows_beside():
    """Inputs that go together: what comes out is off by half of what it is off if each number is rounded alone."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(500, 4)) @ rng.normal(size=(4, 24)) + 0.1 * rng.normal(size=(500, 24))
    matrix, steps = np.float32(rng.normal(size=(24, 10))), np.full(24, 0.5, np.float16)
    made = rounded_rows(matrix, inputs.T @ inputs / 500, steps).restored
    alone = np.round(matrix / 0.5) * 0.5
    assert set(np.unique(np.round(made / 0.5, 6) % 1)) == {0.0}
    off = [np.square(inputs @ (one - matrix)).mean() for one in (made, alone)]
    assert off[0] < 0.5 * off[1]


@pytest.mark.parametrize(
    "sizes", [*({"cell": cell} for cell in CELLS), {"window": 0}, {"condition": 24, "parity": True}]
)
def test_moments_are_those_of_what_each_row_is_multiplied_with(sizes):
    weights = random_weights(**sizes)
    found = moments(weights)
    for layer in range(1, 4):
        names = weights.architecture.layer_names(layer)
        moment = found[names["kernel"]]
        assert len(moment) == len(weights[names["kernel"]]) + len(weights[names["recurrent"]])
        np.testing.assert_allclose(moment, moment.T, rtol=1e-4, atol=1e-6)
        assert moment[2, 2] <= 1, "the pen is up or down"
        assert 0 < np.diag(moment)[-12:].max() <= 1, "outputs lie between -1 and 1"


@pytest.mark.parametrize("cell", CELLS)
def test_all_large_matrices_are_rounded(cell):
    weights = learned_apart(cell=cell, condition=3)
    apart = rows_of_parts(weights)
    found = rounded_matrices(weights, apart)
    kernels = {f"{cell}{k}.{part}" for k in (1, 2, 3) for part in ("kernel", "recurrent", "condition")}
    assert set(found) == kernels | {"mixture.kernel"}
    for name, one in found.items():
        array = apart.get(name, weights[name])
        assert one.restored.shape == array.shape
        assert np.square(one.restored - array).mean() < 0.05 * np.square(array).mean(), name
