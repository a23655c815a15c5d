"""Checkers for chapter 7, sampling and bias."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same
from scribe.lstm import sigmoid


@exercise("sampling-bias")
def _(answer):
    """``answer(pi, sigma, b)``: weights and deviations after a bias by Graves' rule."""
    rng = np.random.default_rng(71)
    for mixtures, b in ((4, 0.7), (6, 1.0), (3, 2.5)):
        pi = rng.dirichlet(np.ones(mixtures))
        sigma = np.exp(rng.uniform(-2, 1.5, (mixtures, 2)))
        raised, shrunk = pi ** (1 + b), sigma * np.exp(-b)
        right = raised / raised.sum(), shrunk
        value = answer(pi.copy(), sigma.copy(), b)
        if value is None or value is ...:
            array(value)  # says so
        if isinstance(value, (tuple, list)) and len(value) == 2 and np.shape(value[0]) == (mixtures, 2):
            raise Mistake("the deviations come first here; return the weights first, as in `return pi, sigma`")
        soft = np.exp(pi * (1 + b))
        weights = {
            "the weights do not sum to 1 again: divide by their sum": raised,
            "the weights are as they were: raise them to the power 1 + b": pi,
            "the weights are raised to the power b. At b = 0 nothing may change: it is 1 + b": _share(pi**b),
            "a factor for all weights is gone once they sum to 1 again; it is a power": pi * (1 + b),
            "that is a softmax of pi, but the formula takes it of pi hat, the logarithm": _share(soft),
            "the power is the wrong way round: likely Gaussians become less likely": _share(pi ** (1 / (1 + b))),
        }
        deviations = {
            "that is the rule printed in the post, a power: it widens what is above 1. Graves takes b off ln sigma":
                sigma ** (1 + b),
            "the sign is wrong: these deviations are wider than before": sigma * np.exp(b),
            "b is taken off the deviation; it is to be taken off its logarithm": sigma - b,
            "the deviation is divided by 1 + b; it is to be divided by exp(b)": sigma / (1 + b),
            "these are logarithms; the deviations themselves are asked for": np.log(sigma) - b,
            "the deviations are as they were; the bias narrows them too": sigma,
            "the deviations are narrowed twice over: exp(b) divides them once": sigma * np.exp(-2 * b),
        }  # fmt: skip
        named = {message: (wrong, np.full_like(sigma, np.inf)) for message, wrong in weights.items()}
        named |= {message: (np.full_like(pi, np.inf), wrong) for message, wrong in deviations.items()}
        same(value, right, "the result", variants=named, tolerance=1e-6)


def _share(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


@exercise("sampling-lifts")
def _(answer):
    """``answer(pen_logit)``: the mean number of lifts and its standard deviation."""
    rng = np.random.default_rng(72)
    for points in (50, 7):
        logit = rng.normal(-1.5, 1.5, points)
        p = sigmoid(logit)
        variance = (p * (1 - p)).sum()
        right = p.sum(), np.sqrt(variance)
        value = answer(logit.copy())
        if value is None or value is ...:
            array(value)  # says so
        means = {
            "you count the points whose probability is above a half. That is the threshold, not the dice": (
                (p > 0.5).sum()
            ),
            "that is the share of points at which the pen is lifted; their number is asked for": p.mean(),
            "the sum is taken over the logits; a sigmoid makes probabilities of them": logit.sum(),
            "these are exponentials of logits, odds and not probabilities: the sigmoid is missing": np.exp(logit).sum(),
            "the sign of the logit: here a large one means that the pen is up (Graves has it the other way round)": (
                (1 - p).sum()
            ),
        }
        spreads = {
            "the second number is the variance; the standard deviation is its root": variance,
            "deviations do not add up, variances do: sum first, then take the root": np.sqrt(p * (1 - p)).sum(),
            "the root of the mean is right for rare events only (Poisson); a coin has p (1 - p)": np.sqrt(p.sum()),
            "that is how much the probabilities differ from each other; tosses scatter even if all are alike": p.std(),
            "that is the deviation of one toss on average, not of the number of lifts": np.sqrt(p * (1 - p)).mean(),
        }  # fmt: skip
        named = {message: (wrong, np.inf) for message, wrong in means.items()}
        named |= {message: (np.inf, wrong) for message, wrong in spreads.items()}
        same(value, right, "the result", variants=named, tolerance=1e-6)


@exercise("sampling-stops")
def _(answer):
    """``answer(phi, pen_up, ends)``: for each of many lines the step at which it is done, or -1."""
    phi, pen_up, ends, right = _batch()
    given = answer(phi.copy(), pen_up.copy(), ends.copy())
    if isinstance(given, (list, tuple)) and any(step is None for step in given):
        raise Mistake("a line that is never done has None; the exercise asks for -1 there")
    if given is not None and np.ndim(given) == 0 and given is not ...:
        raise Mistake(f"that is one number for all lines; each of the {len(ends)} lines has a stop of its own")
    value = array(given, (len(ends),), "the result")
    for message, rule in _SHORT_CUTS.items():
        theirs = np.array(rule(phi, pen_up, ends))
        if (value == theirs).all() and (theirs != right).any():
            raise Mistake(message)
    wrong = np.flatnonzero(value != right)
    if len(wrong):
        b = int(wrong[0])
        expected = "it is never done, so -1" if right[b] < 0 else f"expected {right[b]}"
        raise Mistake(f"for line {b}, whose text ends in column {ends[b]}, you say {value[b]:g}; {expected}")


def _batch() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Four lines: a long one, a short one with dazzling padding, one that never ends, one that ends late."""
    steps, ends = 12, np.array([5, 2, 3, 4])
    speeds = (0.6, 0.45, 0.2, 0.5)
    phi = np.zeros((steps, len(ends), ends.max() + 1))
    t = np.arange(steps)[:, None]
    for b, (end, speed) in enumerate(zip(ends, speeds, strict=True)):
        u = np.arange(end + 1)
        phi[:, b, : end + 1] = 0.4 * np.exp(-1.5 * (np.minimum(speed * t, end + 0.2) - u) ** 2)
        phi[:, b, end + 1 :] = 3.0  # what stands in padding means nothing
    phi[0, 3, 4] = 0.05  # more than the last character, not more than the first
    pen_up = np.zeros((steps, len(ends)))
    pen_up[[2, 9, 11], 0] = 1
    pen_up[[1, 4, 8], 1] = 1
    pen_up[[3, 7], 2] = 1
    pen_up[[0, 6, 7, 10, 11], 3] = 1
    right = np.array([_first(_done(phi, pen_up, b, end)) for b, end in enumerate(ends)])
    return phi, pen_up, ends, right


def _done(phi: np.ndarray, pen_up: np.ndarray, b: int, end: int) -> np.ndarray:
    return (phi[:, b, end] > phi[:, b, :end].max(axis=1)) & (pen_up[:, b] == 1)


def _first(holds: np.ndarray, never: int = -1) -> int:
    return int(holds.argmax()) if holds.any() else never


def _each(phi: np.ndarray, pen_up: np.ndarray, ends: Sequence[int]) -> list[np.ndarray]:
    return [_done(phi, pen_up, b, end) for b, end in enumerate(ends)]


_SHORT_CUTS = {
    "all lines stop when the first one is done; each has a stop of its own.": lambda phi, pen, ends: (
        [_first(np.any(_each(phi, pen, ends), axis=0))] * len(ends)
    ),
    "all lines stop together, when the last one is done; each has a stop of its own.": lambda phi, pen, ends: (
        [max(_first(done) for done in _each(phi, pen, ends))] * len(ends)
    ),
    "you look for the end in the last column. That is padding for the shorter texts; their end stands at ends[b].": (
        lambda phi, pen, ends: [_first(_done(phi, pen, b, phi.shape[2] - 1)) for b in range(len(ends))]
    ),
    "the padding gets more light than the end in a short line, and you compare with it; it means nothing.": (
        lambda phi, pen, ends: [
            _first((phi[:, b].argmax(axis=1) == end) & (pen[:, b] == 1)) for b, end in enumerate(ends)
        ]
    ),
    "argmax on truth values says 0 where all are False: a line that is never done needs its -1.": (
        lambda phi, pen, ends: [_first(done, 0) for done in _each(phi, pen, ends)]
    ),
    "you do not wait for the pen: a line may stop only where it is up.": lambda phi, pen, ends: [
        _first(_done(phi, np.ones_like(pen), b, end)) for b, end in enumerate(ends)
    ],
    "you stop while the pen is down; it is up where pen_up is 1.": lambda phi, pen, ends: [
        _first(_done(phi, 1 - pen, b, end)) for b, end in enumerate(ends)
    ],
    "you look at the pen only, not at the window.": lambda phi, pen, ends: [
        _first(pen[:, b] == 1) for b in range(len(ends))
    ],
    "you compare the end with the last character only; another one may have more light still.": (
        lambda phi, pen, ends: [
            _first((phi[:, b, end] > phi[:, b, end - 1]) & (pen[:, b] == 1)) for b, end in enumerate(ends)
        ]
    ),
    "those are the last steps at which both hold; the first ones are asked for.": lambda phi, pen, ends: [
        len(done) - 1 - _first(done[::-1]) if done.any() else -1 for done in _each(phi, pen, ends)
    ],
    "you count the steps from 1; here they count from 0.": lambda phi, pen, ends: [
        _first(done) + 1 if done.any() else -1 for done in _each(phi, pen, ends)
    ],
    "the weights need not add up to 1, so a fixed threshold will not do: compare the end with the characters.": (
        lambda phi, pen, ends: [_first((phi[:, b, end] > 0.5) & (pen[:, b] == 1)) for b, end in enumerate(ends)]
    ),
}


@exercise("sampling-units")
def _(answer):
    """``answer(sigma, b, unit)``: the printed rule, applied in network units, for a deviation in body heights."""
    for sigma, b, unit in ((0.5, 0.7, 0.32), (0.02, 1.0, 0.32), (1.3, 2.0, 0.27), (0.3, 0.0, 0.27)):
        right = unit * (sigma / unit) ** (1 + b)
        variants = {
            "the deviation goes to the power as it is; it must be told in network units first": sigma ** (1 + b),
            "that is the deviation in network units; asked for is body heights": (sigma / unit) ** (1 + b),
            "one body height is 1 / unit network units: divide on the way in, multiply on the way back":
                (sigma * unit) ** (1 + b) / unit,
            "that is Graves' rule, which does not mind the unit. The printed one is a power": sigma * np.exp(-b),
            "the unit is forgotten on the way in": unit * sigma ** (1 + b),
            "the power is b; at b = 0 nothing may change, so it is 1 + b": unit * (sigma / unit) ** b,
            "that is multiplied by 1 + b. The logarithm is, so the deviation goes to that power": sigma * (1 + b),
            "that is the logarithm of the deviation": np.log(right),
        }  # fmt: skip
        if b == 0:  # nothing changes here, and many a mistake neither
            variants = {}
        same(answer(sigma, b, unit), right, f"the deviation for {(sigma, b, unit)}", variants=variants, tolerance=1e-9)
