"""Chapter 13: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import math

import numpy as np
from answers import right_and_wrong


def softmax(scores):
    weights = np.exp(scores - np.max(scores))
    return weights / weights.sum()


def look(question, keys, values):
    light = softmax(keys @ question / np.sqrt(len(question)))
    return light, light @ values


def look_in_a_loop(question, keys, values):
    weights = [math.exp(sum(q * k for q, k in zip(question, key, strict=True)) / len(question) ** 0.5) for key in keys]
    light = [weight / sum(weights) for weight in weights]
    return light, [
        sum(share * value[i] for share, value in zip(light, values, strict=True)) for i in range(values.shape[1])
    ]


def slope(scores, rewards):
    p = softmax(scores)
    return p * (rewards - p @ rewards)


def slope_by_differences(scores, rewards):
    steps = 1e-6 * np.eye(len(scores))
    return [(softmax(scores + h) @ rewards - softmax(scores - h) @ rewards) / 2e-6 for h in steps]


def estimate(scores, choice, reward, baseline):
    return (reward - baseline) * (np.eye(len(scores))[choice] - softmax(scores))


def estimate_by_differences(scores, choice, reward, baseline):
    steps = 1e-6 * np.eye(len(scores))
    up, down = (np.array([np.log(softmax(scores + side * h)[choice]) for h in steps]) for side in (1, -1))
    return (reward - baseline) * (up - down) / 2e-6


def lengths(p):
    return np.array([np.sum((np.eye(len(p))[k] - p) ** 2) for k in range(len(p))])


def baseline(scores, rewards):
    p = softmax(scores)
    return p @ (lengths(p) * rewards) / (p @ lengths(p))


def baseline_by_search(scores, rewards):
    """Scatter is a parabola in the baseline; three points of it give its lowest."""
    p = softmax(scores)

    def scatter(b):
        each = (rewards - b)[:, None] * (np.eye(len(p)) - p)
        return (p @ each**2 - (p @ each) ** 2).sum()

    low, middle, high = scatter(-1.0), scatter(0.0), scatter(1.0)
    return (low - high) / (2 * (low + high - 2 * middle))


def bilinear(picture, row, column):
    rows, columns = np.arange(picture.shape[0]), np.arange(picture.shape[1])
    return np.maximum(0, 1 - abs(rows - row)) @ picture @ np.maximum(0, 1 - abs(columns - column))


def bilinear_by_corners(picture, row, column):
    r, c = int(row), int(column)
    padded = edged(picture)
    a, b = row - r, column - c
    above = (1 - b) * padded[r, c] + b * padded[r, c + 1]
    below = (1 - b) * padded[r + 1, c] + b * padded[r + 1, c + 1]
    return (1 - a) * above + a * below


def edged(picture):
    return np.pad(picture, ((0, 1), (0, 1)), mode="edge")


def looked(light):
    """An answer from a wrong light."""
    return lambda q, k, v: (light(q, k), light(q, k) @ v)


RIGHT = {
    "seeing-look": [look, look_in_a_loop],
    "seeing-slope": [slope, slope_by_differences],
    "seeing-reinforce": [estimate, estimate_by_differences],
    "seeing-baseline": [baseline, baseline_by_search],
    "seeing-bilinear": [bilinear, bilinear_by_corners],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "seeing-look": [
        (looked(lambda q, k: softmax(k @ q)), "not divided"),
        (looked(lambda q, k: softmax(k @ q / len(q))), "divided by d"),
        (looked(lambda q, k: np.exp(k @ q / np.sqrt(len(q)))), "add up to 1"),
        (looked(lambda q, k: k @ q / np.sqrt(len(q))), "these are the scores"),
        (lambda q, k, v: (look(q, k, v)[0], v.mean(axis=0)), "mean of all values"),
        (lambda q, k, v: (look(q, k, v)[0], v[look(q, k, v)[0].argmax()]), "brightest place alone"),
        (lambda q, k, v: look(q, k, v)[::-1], "the light comes first"),
        (lambda q, k, v: look(q, k, v)[1], "two things"),
        (lambda q, k, v: look(3 * q, k, v), "expected"),
        (lambda q, k, v: ..., "still to write"),
        (lambda q, k, v: None, "should be 2 things"),
        (lambda q, k: k, "cannot be called"),
    ],
    "seeing-slope": [
        (lambda s, r: softmax(s) * r, "take the expected reward off"),
        (lambda s, r: softmax(s) * (r - r.mean()), "counts with its probability"),
        (lambda s, r: r - softmax(s) @ r, "lacks a factor p"),
        (lambda s, r: -slope(s, r), "downhill"),
        (lambda s, r: softmax(s) * (1 - softmax(s)) * r, "moves the other places"),
        (lambda s, r: softmax(s) @ r, "its slope is asked for"),
        (lambda s, r: 2 * slope(s, r), "expected"),
        (lambda s, r: None, "None"),
        (lambda s, r: ..., "still to write"),
    ],
    "seeing-reinforce": [
        (lambda s, k, r, b: estimate(s, k, r, 0), "not taken off"),
        (lambda s, k, r, b: estimate(s, k, r, -b), "added"),
        (lambda s, k, r, b: -estimate(s, k, r, b), "other way round"),
        (lambda s, k, r, b: (r - b) * np.eye(len(s))[k], "Only the chosen".lower()),
        (lambda s, k, r, b: softmax(s)[k] * estimate(s, k, r, b), "not of its logarithm"),
        (lambda s, k, r, b: estimate(s, k, 1, 0), "reward is missing"),
        (lambda s, k, r, b: softmax(s) * estimate(s, k, r, b), "1 - p"),
        (lambda s, k, r, b: (r - b) * softmax(s), "choice makes no difference"),
        (lambda s, k, r, b: 2 * estimate(s, k, r, b), "expected"),
        (lambda s, k, r, b: ..., "still to write"),
    ],
    "seeing-baseline": [
        (lambda s, r: softmax(s) @ r, "near the best"),
        (lambda s, r: r.mean(), "equally often"),
        (lambda s, r: lengths(softmax(s)) @ r / lengths(softmax(s)).sum(), "probabilities are missing"),
        (lambda s, r: r.max(), "largest reward"),
        (
            lambda s, r: softmax(s) @ (np.sqrt(lengths(softmax(s))) * r) / (softmax(s) @ np.sqrt(lengths(softmax(s)))),
            "not squared",
        ),
        (lambda s, r: softmax(s) @ (lengths(softmax(s)) * r), "add up to 1"),
        (lambda s, r: 0.0, "expected"),
        (lambda s, r: r, "shape"),
        (lambda s, r: ..., "still to write"),
    ],
    "seeing-bilinear": [
        (lambda p, r, c: p[int(r + 0.5), int(c + 0.5)], "nearest pixel"),
        (lambda p, r, c: p[int(r), int(c)], "above and to the left"),
        (
            lambda p, r, c: bilinear(edged(p), 2 * int(r) + 1 - r, 2 * int(c) + 1 - c),
            "wrong way round",
        ),
        (
            lambda p, r, c: edged(p)[int(r) : int(r) + 2, int(c) : int(c) + 2].mean(),
            "mean of the four",
        ),
        (
            lambda p, r, c: bilinear(edged(p), int(r) + c - int(c), int(c) + r - int(r)),
            "changed places",
        ),
        (
            lambda p, r, c: (
                (1 - r % 1) * ((1 - c % 1) * p[int(r), int(c)] + c % 1 * p[int(r), int(c) + 1])
                + r % 1 * ((1 - c % 1) * p[int(r) + 1, int(c)] + c % 1 * p[int(r) + 1, int(c) + 1])
            ),
            "outside",
        ),
        (lambda p, r, c: 2 * bilinear(p, r, c), "expected"),
        (lambda p, r, c: ..., "still to write"),
    ],
}  # fmt: skip

test_right_answers_pass, test_wrong_answers_are_told_why = right_and_wrong(RIGHT, WRONG)
