import math

import numpy as np
import pytest

from scribe.measure.intervals import Measured, ratio, share


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_the_literature(successes, trials, low, high):
    measured = share(successes, trials)
    assert measured.value == successes / trials
    assert (measured.low, measured.high) == pytest.approx((low, high), abs=5e-5)


def test_shares_of_nothing_and_of_everything_end_at_0_and_1():
    for trials in (1, 7, 1000):
        assert share(0, trials).low == 0
        assert share(trials, trials).high == 1
        assert share(0, trials).high == pytest.approx(1 - share(trials, trials).low)
    for wrong in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="is no share"):
            share(*wrong)


def test_the_bootstrap_of_an_average_is_that_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(3, 2, 400)
    measured = ratio(values)
    half = 1.96 * values.std(ddof=1) / math.sqrt(len(values))
    assert measured.value == pytest.approx(values.mean())
    assert (measured.low, measured.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.04)


def test_an_interval_holds_the_true_rate_as_often_as_it_says():
    """Error rates of lines of different lengths, measured again and again where the true rate is known."""
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(300):
        lengths = rng.integers(1, 80, 60)
        measured = ratio(rng.binomial(lengths, 0.08), lengths, seed=trial, resamples=400)
        held += measured.low <= 0.08 <= measured.high
    assert 0.90 <= held / 300 <= 0.98


def test_lines_of_one_writer_count_as_one():
    """Ten copies of each line say nothing new; intervals that took them for new would be three times too small."""
    rng = np.random.default_rng(2)
    errors, lengths = rng.poisson(3, 40), rng.integers(20, 40, 40)
    alone = ratio(errors, lengths)
    copies = [np.repeat(column, 10) for column in (errors, lengths)]
    grouped = ratio(*copies, groups=[f"writer {i}" for i in np.repeat(np.arange(40), 10)])
    assert grouped == pytest.approx(alone)
    blind = ratio(*copies)
    assert (blind.high - blind.low) * 3 < (alone.high - alone.low) * 1.2


def test_one_group_says_nothing_about_others():
    assert ratio([3.0], [10.0]) == Measured(0.3, None, None)
    assert ratio([1, 2], [10, 10], groups=["a", "a"]).rounded(2) == {"value": 0.15, "low": None, "high": None}
    with pytest.raises(ValueError, match="nothing"):
        ratio([], [])


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(30.0)
    assert ratio(values, seed=1) == ratio(values, seed=1)
    assert ratio(values, seed=1) != ratio(values, seed=2)
