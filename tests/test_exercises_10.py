"""Chapter 10: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import math

import numpy as np
from answers import right_and_wrong

from scribe.training.optimizer import WarmupHoldDecay


def rate(step, peak, warmup, updates, decay, final=0.03, first=1, cosine=True, cap=True):
    up = (step + first) / warmup
    left = (updates - step) / decay
    if cap:
        up, left = min(1, up), min(1, max(0, left))
    down = 0.5 * (1 - math.cos(math.pi * left)) if cosine else left
    return peak * up * (final + (1 - final) * down)


def rate_by_keras(step, peak, warmup, updates, decay):
    return float(WarmupHoldDecay(peak, warmup, updates, decay)(step))


def joined(means, counts):
    there = counts > 0
    return (means[there] * counts[there]).sum() / counts.sum()


def joined_in_a_loop(means, counts):
    nats = points = 0
    for mean, count in zip(means, counts, strict=True):
        if count:
            nats, points = nats + mean * count, points + count
    return nats / points


def norm_of(gradients):
    return math.sqrt(sum(float((g**2).sum()) for g in gradients))


def careful(weights, gradients, rate, clip):
    norm = norm_of(gradients)
    factor = min(1, clip / norm) if math.isfinite(norm) else 0
    return [w - rate * factor * g if factor else w for w, g in zip(weights, gradients, strict=True)]


def careful_flat(weights, gradients, rate, clip):
    flat = np.concatenate([g.ravel() for g in gradients])
    if not np.isfinite(flat).all():
        return tuple(weights)
    flat = flat / max(1, np.linalg.norm(flat) / clip)
    ends = np.cumsum([w.size for w in weights])[:-1]
    return tuple(w - rate * g.reshape(w.shape) for w, g in zip(weights, np.split(flat, ends), strict=True))


def step_with(change, skips=True):
    """A careful step whose clipping is another one."""

    def answer(weights, gradients, rate, clip):
        if skips and not math.isfinite(norm_of(gradients)):
            return weights
        return [w - rate * g for w, g in zip(weights, change(gradients, clip), strict=True)]

    return answer


def each_skipped_by_itself(weights, gradients, rate, clip):
    norm = norm_of([g[np.isfinite(g)] for g in gradients])
    steps = [rate * min(1, clip / norm) * g if np.isfinite(g).all() else 0 for g in gradients]
    return [w - s for w, s in zip(weights, steps, strict=True)]


def in_place(weights, gradients, rate, clip):
    for w, g in zip(weights, gradients, strict=True):
        w -= rate * g * min(1, clip / norm_of(gradients))
    return weights


RIGHT = {
    "training-units": [
        lambda nats, scale, other: nats + 2 * np.log(scale / other),
        lambda nats, scale, other: -np.log(np.exp(-nats) * (other / scale) ** 2),
    ],
    "training-rate": [rate, rate_by_keras],
    "training-shares": [joined, joined_in_a_loop],
    "training-careful": [careful, careful_flat],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "training-units": [
        (lambda nats, scale, other: nats - 2 * np.log(scale / other), "negative logarithm"),
        (lambda nats, scale, other: nats + np.log(scale / other), "two directions"),
        (lambda nats, scale, other: nats + 3 * np.log(scale / other), "pen has no unit"),
        (lambda nats, scale, other: nats * scale / other, "a term"),
        (lambda nats, scale, other: nats + 2 * np.log2(scale / other), "bits"),
        (lambda nats, scale, other: nats, "as they were"),
        (lambda nats, scale, other: nats + 1, "expected"),
        (lambda nats, scale, other: None, "None"),
        (lambda nats: nats, "cannot be called"),
    ],
    "training-rate": [
        (lambda *of: rate(*of, first=0), "teaches nothing"),
        (lambda *of: rate(*of, final=0), "ends at 0"),
        (lambda *of: rate(*of, cosine=False), "straight line"),
        (lambda *of: rate(*of, cap=False), "rising"),
        (lambda step, peak, *of: rate(step, 1.0, *of), "share of the peak"),
        (lambda step, peak, warmup, updates, decay: peak * min(1, (step + 1) / warmup), "fall is missing"),
        (
            lambda step, peak, warmup, updates, decay: rate(1000, peak, 1, 1000 + updates - step, decay),
            "warm-up is missing",
        ),
        (
            lambda step, peak, warmup, updates, decay: (
                peak
                * min(1, (step + 1) / warmup)
                * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * max(0, step - warmup) / (updates - warmup))))
            ),
            "stay level",
        ),
        (lambda *of: 2 * rate(*of), "expected"),
        (lambda *of: [rate(*of)], "shape"),
    ],
    "training-shares": [
        (lambda means, counts: np.nanmean(means), "mean of the means"),
        (lambda means, counts: (means * counts).sum() / counts.sum(), "0 times NaN"),
        (lambda means, counts: np.nansum(means), "sum of the means"),
        (lambda means, counts: np.nansum(means * counts), "divide by all points"),
        (lambda means, counts: np.nansum(means * counts) / len(means), "number of devices"),
        (lambda means, counts: np.nanmedian(means), "median"),
        (lambda means, counts: means, "shape"),
        (lambda means, counts: 1.0, "expected"),
    ],
    "training-careful": [
        (step_with(lambda gs, clip: gs), "not clipped"),
        (step_with(lambda gs, clip: [g * min(1, clip / np.linalg.norm(g)) for g in gs]), "by itself"),
        (step_with(lambda gs, clip: [np.clip(g, -clip, clip) for g in gs]), "each number"),
        (step_with(lambda gs, clip: [g * clip / norm_of(gs) for g in gs]), "blown up"),
        (step_with(lambda gs, clip: [g * min(1, clip / norm_of(gs) ** 2) for g in gs]), "root"),
        (step_with(lambda gs, clip: [-g * min(1, clip / norm_of(gs)) for g in gs]), "uphill"),
        (step_with(lambda gs, clip: [g * (norm_of(gs) <= clip) for g in gs]), "scaled down"),
        (step_with(lambda gs, clip: [g * min(1, clip / norm_of(gs)) for g in gs], skips=False), "got through"),
        (each_skipped_by_itself, "nothing at all"),
        (in_place, "have changed"),
        (step_with(lambda gs, clip: [0.5 * g for g in gs]), "expected"),
        (lambda weights, gradients, rate, clip: None, "return"),
        (lambda weights, gradients, rate, clip: ..., "still to write"),
        (lambda weights, gradients, rate, clip: weights[0], "things"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)
