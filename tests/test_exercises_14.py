"""Chapter 14: each checker takes right answers written differently, and names the mistakes of wrong ones."""

from functools import cache

import numpy as np
from answers import right_and_wrong


def content(memory, key, strength):
    fits = memory @ key / np.linalg.norm(memory, axis=1) / np.linalg.norm(key)
    return np.exp(strength * fits) / np.exp(strength * fits).sum()


def content_by_rows(memory, key, strength):
    fits = [sum(a * b for a, b in zip(row, key, strict=True)) / (sum(row**2) * sum(key**2)) ** 0.5 for row in memory]
    powers = [np.exp(strength * fit) for fit in fits]
    return [power / sum(powers) for power in powers]


def move(weights, shift, gamma):
    moved = shift[0] * np.roll(weights, -1) + shift[1] * weights + shift[2] * np.roll(weights, 1)
    return moved**gamma / np.sum(moved**gamma)


def move_in_a_loop(weights, shift, gamma):
    slots = len(weights)
    moved = [sum(weights[(i - s) % slots] * shift[s + 1] for s in (-1, 0, 1)) ** gamma for i in range(slots)]
    return np.array(moved) / sum(moved)


def write(memory, weights, erase, add):
    return memory * (1 - weights[:, None] * erase) + weights[:, None] * add


def write_by_rows(memory, weights, erase, add):
    return [row - w * erase * row + w * add for row, w in zip(memory, weights, strict=True)]


def resonator(wave, frequency, bandwidth, rate):
    c = -np.exp(-2 * np.pi * bandwidth / rate)
    b = 2 * np.exp(-np.pi * bandwidth / rate) * np.cos(2 * np.pi * frequency / rate)
    y = []
    for n, x in enumerate(wave):
        y.append((1 - b - c) * x + b * (y[n - 1] if n > 0 else 0) + c * (y[n - 2] if n > 1 else 0))
    return y


def resonator_by_poles(wave, frequency, bandwidth, rate):
    """The same from its impulse response: two poles, in closed form."""
    pole = np.exp(-np.pi * bandwidth / rate + 2j * np.pi * frequency / rate)
    scale = np.abs(1 - pole) ** 2
    times = np.arange(len(wave))
    ringing = scale * (pole ** (times + 1)).imag / pole.imag
    return np.convolve(wave, ringing)[: len(wave)]


def ring(wave, frequency, bandwidth, rate, a=None, sign=-1, square=True, turn=2 * np.pi):
    r = np.exp(-np.pi * bandwidth / rate)
    b, c = 2 * r * np.cos(turn * frequency / rate), sign * (r**2 if square else r)
    y = [0.0, 0.0]
    for x in wave:
        y.append((1 - b - c if a is None else a) * x + b * y[-1] + c * y[-2])
    return y[2:]


def warp(apart):
    cost = np.full(np.add(apart.shape, 1), np.inf)
    cost[0, 0] = 0
    for i, j in np.ndindex(apart.shape):
        cost[i + 1, j + 1] = apart[i, j] + min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
    return cost[-1, -1]


def warp_from_the_end(apart):
    @cache
    def way(i, j):
        if i < 0 or j < 0:
            return np.inf
        return apart[i, j] + (0 if i == j == 0 else min(way(i - 1, j - 1), way(i - 1, j), way(i, j - 1)))

    return way(apart.shape[0] - 1, apart.shape[1] - 1)


def stairs(apart):
    cost = np.full(np.add(apart.shape, 1), np.inf)
    cost[0, 1] = 0
    for i, j in np.ndindex(apart.shape):
        cost[i + 1, j + 1] = apart[i, j] + min(cost[i, j + 1], cost[i + 1, j])
    return cost[-1, -1]


RIGHT = {
    "memory-content": [content, content_by_rows],
    "memory-shift": [move, move_in_a_loop],
    "memory-write": [write, write_by_rows],
    "voice-resonator": [resonator, resonator_by_poles],
    "voice-warp": [warp, warp_from_the_end],
}


def powers(scores):
    return np.exp(scores) / np.exp(scores).sum()


# The wrong answer, and what must be said about it.
WRONG = {
    "memory-content": [
        (lambda m, k, s: content(m, k, 2 * s), "expected"),
        (lambda m, k, s: powers(s * m @ k), "long rows win"),
        (lambda m, k, s: content(m, k, 1), "strength is missing"),
        (lambda m, k, s: content(m, k, -s), "minus too many"),
        (
            lambda m, k, s: np.exp(s * m @ k / np.linalg.norm(m, axis=1) / np.linalg.norm(k)),
            "divide them by their sum",
        ),
        (lambda m, k, s: content(m, k, s)[:, None], "shape"),
        (lambda m, k, s: None, "None"),
        (lambda m, k, s: ..., "still to write"),
    ],
    "memory-shift": [
        (lambda w, s, g: move(w, s[::-1], g), "wrong way"),
        (lambda w, s, g: move(w, s, 1), "not sharpened"),
        (lambda w, s, g: g * move(w, s, 1), "power"),
        (lambda w, s, g: move(w**g / sum(w**g), s, 1), "sharpen first"),
        (lambda w, s, g: np.convolve(w, s, "same") ** g / sum(np.convolve(w, s, "same") ** g), "ring"),
        (lambda w, s, g: move(w, s, 1) ** g, "add up to 1"),
        (lambda w, s, g: None, "None"),
    ],
    "memory-write": [
        (lambda m, w, e, a: m + np.outer(w, a), "nothing is erased"),
        (lambda m, w, e, a: m * (1 - np.outer(w, e)), "nothing is added"),
        (lambda m, w, e, a: m * (1 - e) + np.outer(w, a), "erased everywhere"),
        (lambda m, w, e, a: m - np.outer(w, e) + np.outer(w, a), "erasing multiplies"),
        (lambda m, w, e, a: (m + np.outer(w, a)) * (1 - np.outer(w, e)), "add first"),
        (lambda m, w, e, a: m * np.outer(w, e) + np.outer(w, a), "keep what is to be erased"),
        (lambda m, w, e, a: m * (1 - np.outer(w, e)) + a, "weigh it"),
        (lambda m, w, e, a: m * (1 - w[:, None]) + np.outer(w, a), "without `erase`"),
        (lambda m, w, e, a: np.multiply(m, 2, out=m), "changed"),
        (lambda m, w, e, a: None, "None"),
    ],
    "voice-resonator": [
        (lambda *given: ring(*given, a=1), "not scaled"),
        (lambda *given: ring(*given, sign=1), "runs away"),
        (lambda *given: ring(*given, square=False), "minus the square"),
        (lambda *given: ring(*given, turn=np.pi), "full turn"),
        (lambda w, f, b, r: ring(w, f * r, b, r), "divide it by the rate"),
        (lambda w, f, b, r: None, "None"),
    ],
    "voice-warp": [
        (stairs, "both at once"),
        (lambda apart: warp(apart) - apart[0, 0], "first cell"),
        (lambda apart: apart.sum(), "sum of all"),
        (lambda apart: apart.min(axis=1).sum(), "without jumps"),
        (lambda apart: warp(apart) / sum(apart.shape), "divided by the lengths"),
        (lambda apart: apart, "shape"),
        (lambda apart: None, "None"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)
