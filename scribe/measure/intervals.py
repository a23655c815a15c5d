"""How sure a measured number is: confidence intervals for shares and for averages.

A number without one invites to see a difference where there is only luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

__all__ = ["CONFIDENCE", "Measured", "quotient", "ratio", "share"]

CONFIDENCE = 0.95


class Measured(NamedTuple):
    """A number and the interval that holds the true one in 95 of 100 such measurements.

    ``low`` and ``high`` are None where nothing can be said: one line alone tells nothing about others.
    """

    value: float
    low: float | None
    high: float | None

    def rounded(self, digits: int) -> dict[str, float | None]:
        """Ready for JSON."""
        return {name: None if x is None else round(float(x), digits) for name, x in self._asdict().items()}


def share(successes: int, trials: int, confidence: float = CONFIDENCE) -> Measured:
    """The share of independent trials that succeeded, with Wilson's interval.

    It is honest for few trials and near 0 and 1 too: 0 of 100 has the interval 0 to 3.7 %.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} of {trials} is no share")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / trials
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(p * (1 - p) / trials + (z / (2 * trials)) ** 2) / (1 + z * z / trials)
    # At 0 and 1 the interval ends exactly there; the arithmetic may miss it by the last digit.
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == trials else middle + half
    return Measured(p, low, high)


def ratio(
    numerators: Sequence[float] | np.ndarray,
    denominators: Sequence[float] | np.ndarray | float = 1.0,
    groups: Sequence[object] | None = None,
    *,
    seed: int = 0,
    resamples: int = 2000,
    confidence: float = CONFIDENCE,
) -> Measured:
    """The sum of one number a line over the sum of another, with its bootstrap interval.

    With the errors and the characters of each line it is the character error rate; with denominators of 1, an average.

    Args:
        groups: of each line, such as its writer. Lines of one group resemble each other and say less than as many by
            different people: whole groups are drawn again. None makes each line a group.
        seed: of the draws.
    """
    value, drawn = _drawn(numerators, denominators, groups, np.random.default_rng(seed), resamples)
    if drawn is None:
        return Measured(value, None, None)
    low, high = np.quantile(drawn[np.isfinite(drawn)], _ends(confidence))
    return Measured(value, float(low), float(high))


Lines = tuple[Sequence[float], Sequence[float], Sequence[object]]
"""Of lines, such as those of a language: numerators, denominators and groups."""


def quotient(
    one: Lines, other: Lines, *, seed: int = 0, resamples: int = 2000, confidence: float = CONFIDENCE
) -> Measured | None:
    """How many times the ratio of ``other`` that of ``one`` is, with its bootstrap interval; both are drawn again.

    None if the other ratio is 0. There is no upper end where it is 0 in too many draws.
    """
    rng = np.random.default_rng(seed)
    (above, over), (below, under) = (_drawn(*lines, rng, resamples) for lines in (one, other))
    if not below:
        return None
    if over is None or under is None:
        return Measured(above / below, None, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = over / under
    # Nothing lies between a number and infinity: the ends are draws, not something between two of them.
    low, high = np.quantile(np.where(np.isnan(drawn), np.inf, drawn), _ends(confidence), method="nearest")
    return Measured(above / below, float(low), float(high) if np.isfinite(high) else None)


def _ends(confidence: float) -> list[float]:
    return [(1 - confidence) / 2, (1 + confidence) / 2]


def _drawn(
    numerators: Sequence[float] | np.ndarray,
    denominators: Sequence[float] | np.ndarray | float,
    groups: Sequence[object] | None,
    rng: np.random.Generator,
    resamples: int,
) -> tuple[float, np.ndarray | None]:
    """The ratio, and that of lines drawn again, ``(resamples,)``, NaN where they had nothing; None for one group."""
    numerators = np.asarray(numerators, np.float64)
    denominators = np.broadcast_to(np.asarray(denominators, np.float64), numerators.shape)
    if numerators.ndim != 1 or not denominators.sum() > 0:
        raise ValueError("there is nothing to take a ratio of")
    value = numerators.sum() / denominators.sum()
    if groups is None:
        sums = np.stack([numerators, denominators], axis=1)
    else:
        names = {name: number for number, name in enumerate(dict.fromkeys(groups))}
        number = [names[name] for name in groups]
        sums = np.stack([np.bincount(number, column, len(names)) for column in (numerators, denominators)], axis=1)
    if len(sums) < 2:
        return float(value), None
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), resamples)
    above, below = (counts @ sums).T
    return float(value), np.divide(above, below, out=np.full(resamples, np.nan), where=below > 0)
