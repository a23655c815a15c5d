"""The mean of weights: numbers, provenance, and what has no mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_weights import random_weights

from recipe.mean_of_weights import mean_of
from scribe.weights import WeightsError


def test_the_mean_of_weights() -> None:
    one, other = (replace(random_weights(units=5, seed=seed), provenance={"updates": 10 * seed}) for seed in (1, 2))
    mean = mean_of([one, other], [3, 1])
    for name, array in mean.arrays.items():
        np.testing.assert_allclose(array, 0.75 * one.arrays[name] + 0.25 * other.arrays[name], atol=1e-6)
    assert mean.provenance["mean_of"] == [{"updates": 10, "share": 0.75}, {"updates": 20, "share": 0.25}]
    alone = mean_of([one])
    assert all(np.array_equal(alone.arrays[name], one.arrays[name]) for name in one.arrays)


def test_what_has_no_mean_is_told() -> None:
    one = random_weights(units=5)
    with pytest.raises(WeightsError, match="differ in their architecture"):
        mean_of([one, random_weights(units=6)])
    with pytest.raises(WeightsError, match="needs weights"):
        mean_of([])
    for shares in ([1.0], [1.0, -1.0], [0.0, 0.0]):
        with pytest.raises(WeightsError, match="as many shares"):
            mean_of([one, one], shares)
