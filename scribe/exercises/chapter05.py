"""Checkers for chapter 5, the attention window."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, same
from scribe.window import window_phi

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@exercise("window-bump")
def _(answer):
    """``answer(alpha, beta, kappa, characters)``: the weight of each character under one Gaussian, ``(N,)``."""
    for alpha, beta, kappa, length in ((0.7, 0.6, 2.3, 6), (1.6, 1.5, 4.5, 8), (0.9, 0.2, -0.6, 5)):
        characters = np.arange(float(length))
        distance = kappa - characters
        bump = np.exp(-beta * distance**2)
        right = alpha * bump
        value = called(answer, alpha, beta, kappa, characters)
        if value is not None and value is not ... and np.shape(value) == ():
            raise Mistake(f"that is one number; there should be a weight for each of the {length} characters")
        same(
            value,
            right,
            "phi",
            variants={
                "alpha is missing: it says how bright the light is.": bump,
                "the distance is to be squared.": alpha * np.exp(-beta * distance),
                "the distance is to be squared; a bump without it has one steep side only.": alpha
                * np.exp(beta * distance),
                "the distance is to be squared, not taken without its sign: that is a bump with a sharp top.": alpha
                * np.exp(-beta * np.abs(distance)),
                "the sign is wrong: far from kappa the weights should fall, not grow.": alpha
                * np.exp(beta * distance**2),
                "only the distance is squared, not beta times the distance.": alpha * np.exp(-((beta * distance) ** 2)),
                "you divide by beta. It is a sharpness and not a width: multiply.": alpha
                * np.exp(-(distance**2) / beta),
                "beta is no deviation, as in the usual formula of the Gaussian: multiply the square by it.": alpha
                * np.exp(-(distance**2) / (2 * beta**2)),
                "there is no factor 1/2 in this exponent.": alpha * np.exp(-beta * distance**2 / 2),
                "alpha stands before the exponential, not inside it.": np.exp(-alpha * beta * distance**2),
                "you made the weights add up to alpha. They need not: take them as they are.": right / bump.sum(),
                "you made the weights add up to 1. They need not: take them as they are.": right / right.sum(),
                "beta is missing: it says how sharp the bump is.": alpha * np.exp(-(distance**2)),
            },
            tolerance=1e-6,
        )


@exercise("window-walk")
def _(answer):
    """``answer(start, kappa_hat)``: where the Gaussians stand after each step, ``(T, K)``."""
    rng = np.random.default_rng(55)
    for steps, gaussians in ((6, 2), (4, 3), (5, 1)):
        start = rng.uniform(0.5, 2.0, gaussians)
        kappa_hat = rng.normal(-0.7, 0.6, (steps, gaussians))
        moves = np.exp(kappa_hat)
        right = start + np.cumsum(moves, axis=0)
        value = called(answer, start, kappa_hat)
        if np.shape(value) == (steps + 1, gaussians):
            raise Mistake(f"there are {steps + 1} rows for {steps} steps; the start itself gets none")
        if np.shape(value) == (gaussians,) and steps != gaussians:
            raise Mistake(f"that is one row only; each of the {steps} steps has a row: ({steps}, {gaussians})")
        same(
            value,
            right,
            "the array of places",
            variants={
                "the start is missing: the first step begins there.": right - start,
                "the exponential is missing; without it a bump can go back.": start + np.cumsum(kappa_hat, axis=0),
                "the exponential comes first, then the sum: each step is exp of its own number.": start
                + np.exp(np.cumsum(kappa_hat, axis=0)),
                "the steps do not add up: each row is one step away from the start.": start + moves,
                "these are the steps; asked for are the places they lead to.": moves,
                "the steps are added up over the bumps. Each bump has a column of its own: axis=0.": start
                + np.cumsum(moves, axis=1),
                "you are one step late: the first row is where the bumps stand after the first step.": right - moves,
                "the sign is wrong: the window moves forward.": start - np.cumsum(moves, axis=0),
                "all rows are the last place. If you append one array that is changed in place, each row is that same "
                "array: make a new one at each step.": np.tile(right[-1], (steps, 1)),
            },
            tolerance=1e-6,
        )


@exercise("window-from-codes")
def _(answer):
    """``answer(phi, codes, size)``: the window, without a one-hot matrix."""
    rng = np.random.default_rng(5)
    for codes, size in (([1, 5, 1, 0, 5, 5, 7], 9), ([2, 0, 3], 5), ([3, 3, 1], 9)):
        codes = np.array(codes)
        phi = rng.uniform(0.1, 1.5, len(codes))
        right = phi @ np.eye(size)[codes]
        counts = np.bincount(codes, minlength=size)
        value = answer(phi.copy(), codes.copy(), size)
        if np.shape(value) == () and value is not None and value is not ...:
            raise Mistake(f"that is one number; the window has {size}, one for each code of the alphabet")
        last, padded, without_end = np.zeros(size), np.zeros(size), right.copy()
        largest, so_far = np.zeros(size), np.zeros(size)
        np.maximum.at(largest, codes, phi)
        so_far[codes] = phi.cumsum()
        looked_up = phi[np.minimum(codes, len(phi) - 1)]
        last[codes] = phi
        padded[: len(phi)] = phi[:size]
        without_end[codes[-1]] -= phi[-1]
        if np.shape(value) == (codes.max() + 1,) and codes.max() + 1 < size:
            raise Mistake(
                f"the window has {codes.max() + 1} numbers, as many as this text needs, and not {size}, one for each "
                "code of the alphabet. If you use np.bincount, it has a `minlength`."
            )
        different = len(set(codes.tolist()))
        if np.shape(value) == (different,) and different < len(codes):
            raise Mistake(
                f"the window has a number for each of the {different} different characters of the text; it should have "
                f"one for each of the {size} codes of the alphabet, 0 for those that do not come"
            )
        if np.shape(value) == codes.shape and codes.shape != (size,):
            raise Mistake(
                f"the window has a number for each of the {len(codes)} characters of the text; it should have one for "
                f"each of the {size} codes of the alphabet"
            )
        same(
            value,
            right,
            "the window",
            variants={
                "where a letter comes twice in the text, only its last weight counts. `w[codes] = ...`, and `+=` too, "
                "write to each place once; their weights should add up (np.add.at does).": last,
                "where a letter comes twice in the text, you take the mean of its weights; they should add up.": right
                / np.maximum(counts, 1),
                "you made the weights add up to 1. This window is no softmax: take them as they are.": right
                / right.sum(),
                "you counted the letters of the text, but left out their weights.": counts,
                "you show the one character with the largest weight; the window is soft and shows them all, each by "
                "its weight.": np.eye(size)[codes[phi.argmax()]],
                "you wrote the weights down in the order of the text; each belongs to the place of its code.": padded,
                "the last code, the end of the text, is missing; it is a character like the others.": without_end,
                "each letter of the text gets the sum of all weights; it should get its own.": (counts > 0) * phi.sum(),
                "each character adds the sum of all weights; it should add its own.": counts * phi.sum(),
                "each letter gets the sum of all weights up to it; it should get its own.": so_far,
                "where a letter comes twice in the text, the larger weight counts; they should add up.": largest,
                "you divided by the number of characters; the weights add up as they are.": right / len(codes),
                "phi is looked up by code; it has a weight for each place of the text, in order.": np.bincount(
                    codes, weights=looked_up, minlength=size
                ),
                "that looks phi up by code; the weights should be added up by code.": looked_up,
            },
            tolerance=1e-6,
        )
    many, size = rng.integers(2000, size=400), 2000
    weights = rng.uniform(size=400)
    tracemalloc.start()
    try:
        answer(weights, many, size)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > len(many) * size:  # a byte for each entry of a one-hot matrix
        raise Mistake(
            f"the numbers are right, but {len(many)} characters and {size:,} codes take {peak / 1e6:.1f} MB: that is a "
            "one-hot matrix. Add the weights up straight from the codes."
        )


@exercise("window-start")
def _(answer):
    """``answer(points_per_character, gaussians)``: the bias that a window starts with."""
    for points, gaussians in ((18.0, 10), (25.0, 3)):
        k = gaussians
        right = _start(-np.log(k), 0, -np.log(points), k)
        value = answer(points, gaussians)
        if np.shape(value) == (3,):
            raise Mistake(f"that is one number each for alpha, beta and kappa; {k} Gaussians need {k} of each, {3 * k}")
        if np.shape(value) == (3, k):
            raise Mistake(f"the numbers are in a table of shape (3, {k}); lay the three rows end to end: ({3 * k},)")
        same(
            value,
            right,
            "the bias",
            variants={
                "the steps are zero before the exponential, and exp(0) is 1: a whole character per point. That is the "
                "runaway.": _start(-np.log(k), 0, 0, k),
                f"the sign of kappa's part: exp(log({points:g})) is {points:g} characters per point. That is the "
                "runaway.": _start(-np.log(k), 0, np.log(points), k),
                "kappa's part is the step itself. It goes through an exponential, so the bias is the step's "
                "logarithm.": _start(-np.log(k), 0, 1 / points, k),
                "these are importance, sharpness and step themselves. All three go through an exponential, so the bias "
                "holds their logarithms.": _start(1 / k, 1, 1 / points, k),
                "the exponential is that of e, so it takes the natural logarithm, np.log.": _start(
                    -np.log10(k), 0, -np.log10(points), k
                ),
                "kappa's logarithm is not the natural one; np.log is.": _start(-np.log(k), 0, -np.log10(points), k),
                f"the importances add up to {k}, not to 1: each is exp(0) = 1.": _start(0, 0, -np.log(points), k),
                "alpha's part is the importance itself. It goes through an exponential, so the bias is its "
                "logarithm.": _start(1 / k, 0, -np.log(points), k),
                "the sharpness is exp(1), not 1: what exponential is 1?": _start(-np.log(k), 1, -np.log(points), k),
                "the order is alpha, beta, kappa.": _start(-np.log(k), -np.log(points), 0, k),
                "the order is alpha, beta, kappa; you have kappa first.": _start(-np.log(points), 0, -np.log(k), k),
                "the numbers alternate. All alphas come first, then all betas, then all kappas: np.repeat, not "
                "np.tile.": np.tile([-np.log(k), 0, -np.log(points)], k),
                "each Gaussian gets a part of the step. All of them walk at the full speed.": _start(
                    -np.log(k), 0, -np.log(points * k), k
                ),
            },
            tolerance=1e-6,
            figure=lambda bias, points=points, k=k: _walk(bias, points, k),
        )


def _start(alpha: float, beta: float, kappa: float, gaussians: int) -> np.ndarray:
    return np.repeat(np.array([alpha, beta, kappa], np.float64), gaussians)


def _walk(bias: np.ndarray, points: float, gaussians: int) -> Figure:
    """Where the window would go in the time of five characters."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 2.4), layout="constrained")
    axes = figure.add_subplot()
    time = np.arange(int(5 * points) + 1)
    axes.plot(time, time / points, color="#9aa3b2", linewidth=3, label="reading speed")
    with np.errstate(over="ignore"):
        steps = np.exp(bias[2 * gaussians :])
    for number, step in enumerate(steps):
        axes.plot(time, time * step, color="#d55e00", linewidth=1, label=None if number else "yours")
    axes.set(xlabel="point", ylabel="kappa", ylim=(0, 10))
    axes.legend(fontsize=8)
    return figure


@exercise("window-pull")
def _(answer):
    """``answer(alpha, beta, kappa, characters)``: the derivative of phi with respect to kappa, ``(K, N)``."""
    rng = np.random.default_rng(6)
    for gaussians, length in ((1, 5), (3, 8)):
        alpha, beta = rng.uniform(0.4, 1.6, (2, gaussians))
        kappa = rng.uniform(0.5, length - 1.5, gaussians)
        characters = np.arange(length)
        a, b = alpha[:, None], beta[:, None]
        distance = kappa[:, None] - characters
        bump = np.exp(-b * distance**2)
        right = -2 * a * b * distance * bump
        # By trying, too: the formula above is what the reader is asked for.
        for k in range(gaussians):
            there, back = kappa.copy(), kappa.copy()
            there[k] += 1e-6
            back[k] -= 1e-6
            tried = (window_phi(alpha, beta, there, characters) - window_phi(alpha, beta, back, characters)) / 2e-6
            assert np.allclose(right[k], tried, atol=1e-6)
        value = answer(alpha.copy(), beta.copy(), kappa.copy(), characters.copy())
        if np.shape(value) == (length,):
            raise Mistake(f"the Gaussians are added up. Each kappa has a row of its own: ({gaussians}, {length})")
        if np.shape(value) == (length, gaussians) and gaussians != length:
            raise Mistake(f"the table lies on its side: a row for each kappa, ({gaussians}, {length})")
        same(
            value,
            right,
            "the derivative",
            variants={
                "the sign is wrong: where a character lies ahead, u > kappa, moving on makes it brighter.": -right,
                "a factor 2 is missing: the derivative of a square.": right / 2,
                "the inner derivative lacks beta.": right / b,
                "alpha is missing.": right / a,
                "that is phi itself, not its slope.": a * bump,
                "the square of the distance comes down as twice the distance, not as the square.": -2
                * a
                * b
                * distance**2
                * bump,
                "the inner derivative lacks the distance: right at the middle of a bump the slope is 0.": -2
                * a
                * b
                * bump,
                "that is the derivative with respect to beta.": -a * distance**2 * bump,
                "that is the derivative of the exponent; the exponential itself stays as a factor.": -2 * b * distance,
            },
            tolerance=1e-6,
        )


@exercise("window-stop")
def _(answer):
    """``answer(phi, pen_up)``: the step at which the writing is done, or None."""
    cases = _stops()
    values = [answer(phi.copy(), pen_up.copy()) for phi, pen_up, _ in cases]
    for value in values:
        if isinstance(value, (bool, np.bool_)):
            raise Mistake("you say whether the line ends; the exercise asks when: the number of the step")
        if value is not None:
            array(value, (), "the step")
    rights = [right for _, _, right in cases]
    if values == rights:
        return
    for message, rule in _SHORT_CUTS.items():
        theirs = [rule(phi, pen_up) for phi, pen_up, _ in cases]
        if values == theirs and theirs != rights:
            said, right = next((v, r) for v, r in zip(values, rights, strict=True) if v != r)
            raise Mistake(f"{message} In one of the lines you say {said}; expected {right}.")
    for value, (phi, _, right) in zip(values, cases, strict=True):
        if value == right:
            continue
        if right is None:
            raise Mistake(f"in a line that never comes to its end you say {value}; expected None")
        if value is None:
            raise Mistake(f"you say None, but at step {right} the end of the text has the most light and the pen is up")
        raise Mistake(f"in a line of {len(phi)} steps you say {value}; expected {right}")


def _first(holds: np.ndarray) -> int | None:
    return int(holds.argmax()) if holds.any() else None


def _done(phi: np.ndarray, pen_up: np.ndarray) -> np.ndarray:
    return (phi[:, -1] > phi[:, :-1].max(axis=1)) & (pen_up == 1)


_SHORT_CUTS = {
    "you do not wait for the pen: stop only where it is up.": lambda phi, pen: _first(_done(phi, np.ones_like(pen))),
    "you look only at the pen, not at the window.": lambda phi, pen: _first(pen == 1),
    "you stop while the pen is down; it is up where pen_up is 1.": lambda phi, pen: _first(_done(phi, 1 - pen)),
    "a fixed threshold does not do, for the weights need not add up to 1: compare the end with the characters.": (
        lambda phi, pen: _first((phi[:, -1] > 0.5) & (pen == 1))
    ),
    "it is not enough that the end of the text gets some light: it must get more than any character.": (
        lambda phi, pen: _first((phi[:, -1] > 0) & (pen == 1))
    ),
    "you compare the end with the last character only; another one may have more light still.": (
        lambda phi, pen: _first((phi[:, -1] > phi[:, -2]) & (pen == 1))
    ),
    "you look at the last character; the end of the text is the column after it.": (
        lambda phi, pen: _first((phi.argmax(axis=1) == phi.shape[1] - 2) & (pen == 1))
    ),
    "argmax on truth values says 0 where all are False, as it does where the first is True.": (
        lambda phi, pen: int(_done(phi, pen).argmax())
    ),
    "you compare the end with all characters together; it needs more light than any one of them.": (
        lambda phi, pen: _first((phi[:, -1] > phi[:, :-1].sum(axis=1)) & (pen == 1))
    ),
    "that is the last step at which both hold; asked for is the first.": (
        lambda phi, pen: len(phi) - 1 - int(_done(phi, pen)[::-1].argmax()) if _done(phi, pen).any() else None
    ),
    "you are one step late: steps count from 0.": (
        lambda phi, pen: int(_done(phi, pen).argmax()) + 1 if _done(phi, pen).any() else None
    ),
}


def _stops() -> list[tuple[np.ndarray, np.ndarray, int | None]]:
    """Weights, pen and the right answer: cases in which each of the usual short cuts goes wrong."""
    bright = np.array(
        [
            [1.4, 0.2, 0.0, 0.0],
            [0.9, 0.6, 0.7, 0.6],  # the pen is up, and the end gets light, though not the most
            [0.1, 1.2, 0.3, 0.2],
            [0.8, 0.2, 0.1, 0.3],  # more light on the end than on the last character, not on all
            [0.0, 0.3, 1.1, 0.5],
            [0.0, 0.0, 0.4, 0.9],  # past the text, but in a stroke
            [0.0, 0.0, 0.2, 1.0],
            [0.0, 0.0, 0.1, 1.1],
            [0.0, 0.0, 0.0, 1.2],
        ]
    )
    dim = 0.3 * bright
    return [
        (bright, np.array([0, 1, 0, 1, 1, 0, 0, 1, 1]), 7),
        (dim, np.array([0, 0, 0, 1, 1, 0, 1, 1, 1]), 6),
        (bright[:5], np.array([1, 0, 0, 1, 0]), None),
        (bright[[5]], np.array([1]), 0),
        (np.array([[0.5, 0.4, 0.1, 0.6], [0.0, 0.0, 0.1, 1.0]]), np.array([1, 1]), 0),
    ]
