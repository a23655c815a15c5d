"""Checkers for chapter 10, training."""

from __future__ import annotations

import math

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same


@exercise("training-units")
def _(answer):
    """``answer(nats, scale, other)``: the nats per point of the same densities in another unit."""
    for nats, scale, other in ((-0.99, 0.34, 0.32), (-1.13, 0.27, 1.0), (0.4, 0.5, 0.125)):
        once = math.log(scale / other)
        variants = {
            "that is the sign of a density; nats are its negative logarithm. A coarser ruler makes numbers smaller, and"
            " densities larger": nats - 2 * once,
            "a point has two directions, and both are divided: the logarithm counts twice": nats + once,
            "the sign, and a factor of two: a point has two directions": nats - once,
            "that is three times the logarithm, but the pen has no unit": nats + 3 * once,
            "that adds the ratio itself; what is added is its logarithm": nats + 2 * scale / other,
            "nats are logarithms: a factor of the density is a term of them, not a factor": nats * scale / other,
            "nats are logarithms: factors of the density are a term of them, not a factor": nats * (scale / other) ** 2,
            "that logarithm is of base 2, and gives bits; nats take the natural one": nats + 2 * once / math.log(2),
            "that logarithm is of base 10; nats take the natural one": nats + 2 * once / math.log(10),
            "these are the nats as they were": nats,
        }
        same(answer(nats, scale, other), nats + 2 * once, "the result", variants=variants, tolerance=1e-7)


def _rate(step: int, peak: float, warmup: int, updates: int, decay: int) -> float:
    left = min(1.0, max(0.0, (updates - step) / decay))
    return peak * min(1.0, (step + 1) / warmup) * (0.03 + 0.97 * 0.5 * (1 - math.cos(math.pi * left)))


@exercise("training-rate")
def _(answer):
    """``answer(step, peak, warmup, updates, decay)``: the learning rate of an update."""
    peak, warmup, updates, decay = 2e-3, 10, 100, 40
    where = {
        0: "at the first update",
        5: "on the way up",
        9: "at update warmup - 1",
        30: "on the level stretch",
        60: "where the fall begins",
        70: "on the way down",
        80: "halfway down",
        95: "near the end",
        99: "at the last update",
    }
    for step, place in where.items():
        up, left = min(1.0, (step + 1) / warmup), min(1.0, (updates - step) / decay)
        cosine = 0.5 * (1 - math.cos(math.pi * left))
        whole = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, (step - warmup) / (updates - warmup)))))
        since = 0.5 * (1 - math.cos(math.pi * (1 - left)))
        variants = {
            "the first update has a rate of 0 and teaches nothing: count it as 1 of warmup": (
                peak * step / warmup * (0.03 + 0.97 * cosine) if step < warmup else None
            ),
            "it goes on rising after the warm-up; the factor must not be above 1": (
                peak * (step + 1) / warmup * (0.03 + 0.97 * cosine) if step >= warmup else None
            ),
            "it falls from the end of the warm-up on; it should stay level until `decay` updates before the end": (
                peak * up * (0.03 + 0.97 * whole)
            ),
            "it ends at 0 and not at 3 % of the peak": peak * up * cosine,
            "3 % are added on top: the peak is higher than asked for": peak * up * (0.03 + cosine),
            "the fall is a straight line; it should be half a cosine": peak * up * (0.03 + 0.97 * left),
            "the cosine is upside down: it starts at the bottom": peak * up * (0.03 + 0.97 * since),
            "it ends at 0.03 itself, whatever the peak; 3 % of the peak are meant": up
            * (0.03 + (peak - 0.03) * cosine),
            "that is a share of the peak; multiply by it": up * (0.03 + 0.97 * cosine),
            "the fall is missing": peak * up,
            "the warm-up is missing: it starts at its peak": peak * (0.03 + 0.97 * cosine),
            "it falls while it is still rising: keep the share of the fall that is to come below 1": (
                peak * up * (0.03 + 0.97 * 0.5 * (1 - math.cos(math.pi * (updates - step) / decay)))
            ),
        }
        value = array(answer(step, peak, warmup, updates, decay), (), f"the rate {place}, update {step}")
        right = _rate(step, peak, warmup, updates, decay)
        for message, wrong in variants.items():
            if wrong is not None and abs(wrong - right) > 1e-6 and abs(value - wrong) < 1e-9:
                raise Mistake(f"{place}, update {step}: {message}")
        if abs(value - right) > 1e-8:
            raise Mistake(
                f"{place}, update {step}, the rate is {value:.3g}; expected {right:.3g} (the peak is {peak:g})"
            )


@exercise("training-shares")
def _(answer):
    """``answer(means, counts)``: the mean over all devices."""
    cases = [
        (np.array([-1.0, 2.0, 0.9]), np.array([900.0, 100.0, 500.0])),
        (np.array([-0.7, np.nan, -1.4, 0.2]), np.array([640.0, 0.0, 320.0, 40.0])),
    ]
    for number, (means, counts) in enumerate(cases):
        there = counts > 0
        right = (means[there] * counts[there]).sum() / counts.sum()
        value = answer(means.copy(), counts.copy())
        if number and np.ndim(value) == 0 and isinstance(value, (int, float, np.number)) and np.isnan(value):
            raise Mistake(
                "it is NaN: one device had no lines, its mean is 0 / 0, and 0 times NaN is NaN. Choose those that had"
            )
        variants = {
            "that is the mean of the means: each device counts alike, however few points it had": np.nanmean(means),
            "that is the sum of the means": np.nansum(means),
            "that is the sum of all nats; divide by all points": (means[there] * counts[there]).sum(),
            "the nats are summed rightly, but divided by the number of devices": (
                (means[there] * counts[there]).sum() / len(means)
            ),
            "the empty device counts as if its nats were 0": np.nansum(means) / len(means),
            "devices with many points are to count more, not less": (
                (means[there] / counts[there]).sum() / (1 / counts[there]).sum()
            ),
            "the share of each device is taken twice": (means[there] * counts[there] ** 2).sum() / counts.sum() ** 2,
            "that is the median": np.nanmedian(means),
        }
        same(value, right, "the result", variants=variants, tolerance=1e-7)


@exercise("training-careful")
def _(answer):
    """``answer(weights, gradients, rate, clip)``: a step of gradient descent that is clipped, or skipped."""
    rng = np.random.default_rng(104)
    weights = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    for size, said in ((0.2, "a small gradient"), (40.0, "a large gradient")):
        gradients = [size * rng.normal(size=w.shape) for w in weights]
        rate, clip = 0.1, 5.0
        norm = math.sqrt(sum(float((g**2).sum()) for g in gradients))
        kept = [w.copy() for w in weights]
        value = answer(kept, [g.copy() for g in gradients], rate, clip)
        if value is None or value is ...:
            array(value)  # says so
        if any((a != b).any() for a, b in zip(kept, weights, strict=True)):
            raise Mistake("the arrays that you were given have changed (`w -= ...` does that); return new ones")
        own = [min(1, clip / np.linalg.norm(g)) for g in gradients]
        steps = {
            "it is not clipped at all": gradients,
            "each array is clipped by itself, which turns the gradient: one norm and one factor for all": [
                f * g for f, g in zip(own, gradients, strict=True)
            ],
            "each number is clipped by itself; it is the norm that must not be above `clip`": [
                np.clip(g, -clip, clip) for g in gradients
            ],
            "a small gradient is blown up to the norm `clip`; only a larger one is to be scaled": [
                g * clip / norm for g in gradients
            ],
            "the root is missing in the norm": [g * min(1, clip / norm**2) for g in gradients],
            "a large gradient is dropped; it is to be scaled down": [np.zeros_like(g) for g in gradients],
            "it is divided by the norm, and `clip` is forgotten": [g / max(norm, 1) for g in gradients],
        }
        ways = {
            message: tuple(w - rate * g for w, g in zip(weights, step, strict=True)) for message, step in steps.items()
        }
        ways["the sign is wrong: this step goes uphill"] = tuple(
            w + rate * g * min(1, clip / norm) for w, g in zip(weights, gradients, strict=True)
        )
        right = tuple(w - rate * g * min(1, clip / norm) for w, g in zip(weights, gradients, strict=True))
        _compared(value, right, f"the weights after {said}", ways)
    for bad in (np.nan, np.inf):
        gradients[1][2] = bad
        value = answer([w.copy() for w in weights], [g.copy() for g in gradients], 0.1, 5.0)
        if value is None:
            raise Mistake("a skipped step returns the weights as they were, not None")
        arrays = [np.asarray(v, float) for v in value]
        if any(not np.isfinite(a).all() for a in arrays):
            raise Mistake(f"a gradient with {bad} in it got through: now there are weights that are not finite")
        if (arrays[0] != weights[0]).any():
            raise Mistake(f"with {bad} in one array, the others still made a step; nothing at all may change")
        _compared(value, tuple(weights), "the weights after a gradient that is not finite", {})


def _compared(value: object, right: tuple, what: str, ways: dict[str, tuple]) -> None:
    """As ``same``, but a known mistake has to agree in all arrays, since some arrays look right by it."""
    if isinstance(value, (list, tuple)) and len(value) == len(right):
        for message, wrong in ways.items():
            fits = [np.shape(v) == w.shape and np.allclose(v, w) for v, w in zip(value, wrong, strict=True)]
            if all(fits) and not all(np.allclose(w, r) for w, r in zip(wrong, right, strict=True)):
                raise Mistake(message)
    same(tuple(value) if isinstance(value, list) else value, right, what, tolerance=1e-9)
