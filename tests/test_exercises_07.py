"""Chapter 7: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import numpy as np
from answers import right_and_wrong

from scribe.exercises.chapter07 import _batch
from scribe.mdn import MixtureParameters, biased


def neater(pi, sigma, b):
    return pi ** (1 + b) / (pi ** (1 + b)).sum(), sigma / np.exp(b)


def neater_with_the_package(pi, sigma, b):
    params = MixtureParameters(np.zeros(()), np.log(pi), np.zeros_like(sigma), np.log(sigma), np.zeros_like(pi))
    params = biased(params, b)
    return [np.exp(params.log_pi), np.exp(params.log_sigma)]


def share(weights):
    return weights / weights.sum()


def probability(pen_logit):
    return 1 / (1 + np.exp(-pen_logit))


def lifts(pen_logit):
    p = probability(pen_logit)
    return p.sum(), np.sqrt((p * (1 - p)).sum())


def lifts_in_a_loop(pen_logit):
    mean = variance = 0.0
    for logit in pen_logit:
        p = 0.5 + 0.5 * np.tanh(logit / 2)
        mean, variance = mean + p, variance + p - p**2
    return [mean, variance**0.5]


def done(phi, pen_up, ends, b):
    return (phi[:, b, ends[b]] > phi[:, b, : ends[b]].max(axis=1)) & (pen_up[:, b] == 1)


def first(truths, never=-1):
    return int(truths.argmax()) if truths.any() else never


def stops(phi, pen_up, ends):
    return [first(done(phi, pen_up, ends, b)) for b in range(len(ends))]


def stops_at_once(phi, pen_up, ends):
    """All lines together: padding set dark, then the brightest column compared with the end."""
    dark = np.where(np.arange(phi.shape[2]) <= ends[:, None], phi, -np.inf)
    holds = (dark.argmax(axis=2) == ends) & (pen_up == 1)
    return np.where(holds.any(axis=0), holds.argmax(axis=0), -1)


def printed(sigma, b, unit):
    return unit * (sigma / unit) ** (1 + b)


RIGHT = {
    "sampling-bias": [neater, neater_with_the_package],
    "sampling-lifts": [lifts, lifts_in_a_loop],
    "sampling-stops": [stops, stops_at_once],
    "sampling-units": [printed, lambda sigma, b, unit: np.exp(np.log(sigma) * (1 + b) - b * np.log(unit))],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "sampling-bias": [
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], sigma ** (1 + b)), "printed in the post"),
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], sigma * np.exp(b)), "wider"),
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], sigma - b), "its logarithm"),
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], sigma / (1 + b)), "exp(b)"),
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], np.log(sigma) - b), "logarithms"),
        (lambda pi, sigma, b: (neater(pi, sigma, b)[0], sigma), "narrows them too"),
        (lambda pi, sigma, b: (pi ** (1 + b), sigma * np.exp(-b)), "sum to 1"),
        (lambda pi, sigma, b: (pi, sigma * np.exp(-b)), "as they were"),
        (lambda pi, sigma, b: (share(pi**b), sigma * np.exp(-b)), "power b"),
        (lambda pi, sigma, b: (share(pi * (1 + b)), sigma * np.exp(-b)), "as they were"),
        (lambda pi, sigma, b: (pi * (1 + b), sigma * np.exp(-b)), "it is a power"),
        (lambda pi, sigma, b: (share(np.exp(pi * (1 + b))), sigma * np.exp(-b)), "softmax of pi"),
        (lambda pi, sigma, b: neater(pi, sigma, b)[::-1], "weights first"),
        (lambda pi, sigma, b: sigma * np.exp(-b), "2 things"),
        (lambda pi, sigma, b: neater(pi, sigma, b / 2), "expected"),
        (lambda pi, sigma, b: None, "None"),
        (lambda pi, sigma, b: ..., "still to write"),
    ],
    "sampling-lifts": [
        (lambda e: ((e > 0).sum(), lifts(e)[1]), "threshold"),
        (lambda e: (probability(e).mean(), lifts(e)[1]), "share"),
        (lambda e: (e.sum(), lifts(e)[1]), "logits"),
        (lambda e: (np.exp(e).sum(), lifts(e)[1]), "odds"),
        (lambda e: lifts(-e), "sign"),
        (lambda e: (lifts(e)[0], lifts(e)[1] ** 2), "variance"),
        (lambda e: (lifts(e)[0], np.sqrt(probability(e) * (1 - probability(e))).sum()), "variances do"),
        (lambda e: (lifts(e)[0], np.sqrt(lifts(e)[0])), "Poisson"),
        (lambda e: (lifts(e)[0], probability(e).std()), "differ from each other"),
        (lambda e: lifts(e)[0], "2 things"),
        (lambda e: (lifts(e)[0], 2 * lifts(e)[1]), "expected"),
    ],
    "sampling-stops": [
        (lambda phi, pen, ends: [min(s for s in stops(phi, pen, ends) if s >= 0)] * len(ends), "first one is done"),
        (lambda phi, pen, ends: [max(stops(phi, pen, ends))] * len(ends), "when the last one"),
        (lambda phi, pen, ends: stops(phi, pen, np.full(len(ends), phi.shape[2] - 1)), "last column"),
        (
            lambda phi, pen, ends: [
                first((phi[:, b].argmax(axis=1) == ends[b]) & (pen[:, b] == 1)) for b in range(len(ends))
            ],
            "padding",
        ),
        (lambda phi, pen, ends: [int(done(phi, pen, ends, b).argmax()) for b in range(len(ends))], "argmax"),
        (lambda phi, pen, ends: stops(phi, np.ones_like(pen), ends), "wait for the pen"),
        (lambda phi, pen, ends: stops(phi, 1 - pen, ends), "while the pen is down"),
        (lambda phi, pen, ends: [first(pen[:, b] == 1) for b in range(len(ends))], "pen only"),
        (
            lambda phi, pen, ends: [
                first((phi[:, b, e] > phi[:, b, e - 1]) & (pen[:, b] == 1)) for b, e in enumerate(ends)
            ],
            "last character only",
        ),
        (lambda phi, pen, ends: [s + 1 if s >= 0 else s for s in stops(phi, pen, ends)], "from 1"),
        (
            lambda phi, pen, ends: [max(np.flatnonzero(done(phi, pen, ends, b)), default=-1) for b in range(len(ends))],
            "last steps",
        ),
        (
            lambda phi, pen, ends: [first((phi[:, b, e] > 0.5) & (pen[:, b] == 1)) for b, e in enumerate(ends)],
            "threshold",
        ),
        (lambda phi, pen, ends: [s if s >= 0 else None for s in stops(phi, pen, ends)], "None"),
        (lambda phi, pen, ends: stops(phi, pen, ends)[0], "one number for all"),
        (lambda phi, pen, ends: [len(phi) - 1] * len(ends), "expected"),
        (lambda phi, pen, ends: stops(phi, pen, ends)[:2], "shape"),
        (lambda phi, pen, ends: phi[:, 9], "IndexError"),
    ],
    "sampling-units": [
        (lambda sigma, b, unit: sigma ** (1 + b), "network units first"),
        (lambda sigma, b, unit: (sigma / unit) ** (1 + b), "body heights"),
        (lambda sigma, b, unit: (sigma * unit) ** (1 + b) / unit, "divide on the way in"),
        (lambda sigma, b, unit: sigma * np.exp(-b), "Graves"),
        (lambda sigma, b, unit: unit * sigma ** (1 + b), "forgotten"),
        (lambda sigma, b, unit: unit * (sigma / unit) ** (2 * b), "expected"),
        (lambda sigma, b, unit: unit * (sigma / unit) ** b, "1 + b"),
        (lambda sigma, b, unit: sigma * (1 + b), "that power"),
        (lambda sigma, b, unit: np.log(printed(sigma, b, unit)), "logarithm"),
        (lambda sigma, b: sigma, "cannot be called"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)


def test_the_lines_of_the_stops_differ_as_they_should():
    _, _, ends, right = _batch()
    assert len(set(ends.tolist())) == len(ends)
    assert (right == -1).sum() == 1
    assert len(set(right.tolist())) == len(right)
