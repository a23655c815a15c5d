"""Checkers of chapter 14: a memory with an address for each row, and a voice."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import called, exercise, same


def _softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


@exercise("memory-content")
def _(answer):
    """``answer(memory, key, strength)``: how well each row fits, ``(N,)``, adding up to 1."""
    rng = np.random.default_rng(0)
    for slots, width, strength in ((7, 4, 4.0), (5, 3, 1.0), (3, 6, 0.0)):  # first where mistakes can be told apart
        memory, key = rng.normal(0, 2, (slots, width)), rng.normal(0, 0.5, width)
        lengths, own = np.linalg.norm(memory, axis=1), np.linalg.norm(key)
        products = memory @ key
        right = _softmax(strength * products / (lengths * own))
        raw = np.exp(strength * products / (lengths * own))
        variants = {
            "these are products, not cosines: long rows win because they are long. Divide by both lengths":
                _softmax(strength * products),
            "you divide by the lengths of the rows only; the key has a length too":
                _softmax(strength * products / lengths),
            "you divide by the length of the key only; the rows have lengths too": _softmax(strength * products / own),
            "the strength is missing, or it does not reach the exponent": _softmax(products / (lengths * own)),
            "the strength stands outside the softmax; it has to stand in the exponent":
                strength * _softmax(products / (lengths * own)),
            "these are exponentials; divide them by their sum": raw,
            "the row that fits worst gets most: there is a minus too many":
                _softmax(-strength * products / (lengths * own)),
            "you look for the nearest row; asked is the angle between row and key":
                _softmax(-strength * np.linalg.norm(memory - key, axis=1)),
        }  # fmt: skip
        if strength in (0.0, 1.0):  # there some of the mistakes cannot be seen
            variants = {}
        same(called(answer, memory, key, strength), right, "the array of weights", variants=variants, tolerance=1e-6)


def _rolled(weights: np.ndarray, shift: np.ndarray) -> np.ndarray:
    return shift[0] * np.roll(weights, -1) + shift[1] * weights + shift[2] * np.roll(weights, 1)


@exercise("memory-shift")
def _(answer):
    """``answer(weights, shift, gamma)``: moved round the ring and sharpened, ``(N,)``."""
    rng = np.random.default_rng(1)
    for slots, gamma in ((6, 3.0), (9, 1.5), (5, 1.0)):
        weights, shift = rng.dirichlet(np.ones(slots)), rng.dirichlet(np.ones(3))
        weights[-1] += 0.3
        weights /= weights.sum()
        moved = _rolled(weights, shift)
        right = moved**gamma / (moved**gamma).sum()
        other = _rolled(weights, shift[::-1]) ** gamma
        ends = shift[0] * np.r_[weights[1:], 0] + shift[1] * weights + shift[2] * np.r_[0, weights[:-1]]
        early = _rolled(weights**gamma / (weights**gamma).sum(), shift)
        variants = {
            "it moves the wrong way: shift[0] is one row back, shift[2] one row on": other / other.sum(),
            "the memory is a ring: what leaves at one end comes in at the other": ends**gamma / (ends**gamma).sum(),
            "it is moved and not sharpened: raise to the power gamma, then divide by the sum": moved,
            "the powers do not add up to 1: divide by their sum": moved**gamma,
            "you sharpen first and move then; sharpening has to mend what moving has blurred": early,
            "you multiply by gamma; it is a power": gamma * moved,
        }  # fmt: skip
        same(
            called(answer, weights, shift, gamma),
            right,
            "the array of weights",
            variants={} if gamma == 1 else variants,
            tolerance=1e-6,
        )


@exercise("memory-write")
def _(answer):
    """``answer(memory, weights, erase, add)``: the memory after one step, ``(N, W)``."""
    rng = np.random.default_rng(2)
    for slots, width in ((4, 3), (6, 5)):
        memory, weights = rng.normal(size=(slots, width)), rng.dirichlet(np.ones(slots))
        erase, add = rng.uniform(0.1, 0.9, width), rng.normal(size=width)
        rub, put = np.outer(weights, erase), np.outer(weights, add)
        variants = {
            "everything is erased everywhere: what is erased of a row is its weight times `erase`":
                memory * (1 - erase) + put,
            "nothing is erased": memory + put,
            "nothing is added": memory * (1 - rub),
            "you subtract what is erased from the memory; erasing multiplies, by one less the share that goes":
                memory - rub + put,
            "you keep what is to be erased: the factor is 1 - weight * erase": memory * rub + put,
            "you add first and erase then: part of what is new is rubbed out again": (memory + put) * (1 - rub),
            "what is added goes to all rows alike: weigh it": memory * (1 - rub) + add,
            "a row is wholly replaced by its weight: that is a mean of old and new, without `erase`":
                memory * (1 - weights[:, None]) + put,
        }  # fmt: skip
        value = called(answer, memory, weights, erase, add)
        same(value, memory * (1 - rub) + put, "the memory", variants=variants, tolerance=1e-6)


def _ring(wave: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    out = np.zeros(len(wave) + 2)
    for n, x in enumerate(wave):
        out[n + 2] = a * x + b * out[n + 1] + c * out[n]
    return out[2:]


@exercise("voice-resonator")
def _(answer):
    """``answer(wave, frequency, bandwidth, rate)``: the wave after a resonance of second order, ``(n,)``."""
    rng = np.random.default_rng(3)
    for frequency, bandwidth, rate in ((500.0, 80.0, 8000), (1500.0, 120.0, 16000)):
        wave = rng.normal(size=40)
        r, turn = np.exp(-np.pi * bandwidth / rate), 2 * np.pi * frequency / rate
        b, c = 2 * r * np.cos(turn), -(r**2)
        a = 1 - b - c
        half = 2 * r * np.cos(turn / 2)
        variants = {
            "it is not scaled: with a = 1 - b - c a constant passes unchanged": _ring(wave, 1, b, c),
            "c has to be negative: else it does not ring, it runs away": _ring(wave, 1 - b + c, b, -c),
            "the exponent of c is twice that of b: c is minus the square": _ring(wave, 1 - b + r, b, -r),
            "the frequency is in cycles: a full turn is 2 pi": _ring(wave, 1 - half - c, half, c),
            "the frequency turns in radians per sample: divide it by the rate":
                _ring(wave, 1 - 2 * r * np.cos(2 * np.pi * frequency) - c, 2 * r * np.cos(2 * np.pi * frequency), c),
            "y[n-1] and y[n-2] have changed places": _ring_swapped(wave, a, b, c),
            "the two before are of x; a resonance hears itself: they have to be of y":
                a * wave + b * np.r_[0, wave[:-1]] + c * np.r_[0, 0, wave[:-2]],
        }  # fmt: skip
        value = called(answer, wave, frequency, bandwidth, rate)
        same(value, _ring(wave, a, b, c), "the wave", variants=variants, tolerance=1e-6)


def _ring_swapped(wave: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    out = np.zeros(len(wave) + 2)
    for n, x in enumerate(wave):
        out[n + 2] = a * x + b * out[n] + c * out[n + 1]
    return out[2:]


def _warped(apart: np.ndarray, steps: tuple[tuple[int, int], ...] = ((1, 1), (1, 0), (0, 1))) -> float:
    rows, columns = apart.shape
    cost = np.full((rows, columns), np.inf)
    for i in range(rows):
        for j in range(columns):
            before = [cost[i - di, j - dj] for di, dj in steps if i >= di and j >= dj]
            cost[i, j] = apart[i, j] + (0.0 if i == j == 0 else min(before, default=np.inf))
    return float(cost[-1, -1])


@exercise("voice-warp")
def _(answer):
    """``answer(apart)``: the cheapest way through a table of distances ``(n, m)``, from corner to corner."""
    rng = np.random.default_rng(4)
    corner = rng.uniform(0, 1, (5, 4))
    corner[0, 0] = 3.0
    for apart in (rng.uniform(0, 1, (6, 7)), corner, rng.uniform(0, 1, (2, 6)), np.ones((1, 1))):
        rows, columns = apart.shape
        without_corner = apart.copy()
        without_corner[0, 0] = 0
        variants = {
            "the step that moves in both at once is missing: both may go on together": _warped(apart, ((1, 0), (0, 1))),
            "the first cell is not paid for": _warped(without_corner),
            "that is the sum of the smallest distances of each row; the way has to be one way, without jumps":
                float(apart.min(axis=1).sum()),
            "that is the sum of all distances": float(apart.sum()),
            "that is the way along the diagonal; it may linger in either":
                float(apart[np.arange(min(apart.shape)), np.arange(min(apart.shape))].sum()),
            "the cost is divided by the lengths; the cost itself is asked for": _warped(apart) / (rows + columns),
        }  # fmt: skip
        right = _warped(apart)
        same(called(answer, apart), right, "the cost", variants=variants, tolerance=1e-9)
