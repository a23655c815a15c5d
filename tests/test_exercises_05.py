"""Chapter 5: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import numpy as np
import pytest
from answers import right_and_wrong

from scribe.exercises import check


def bump_of_one(alpha, beta, kappa, characters):
    return alpha * np.exp(-beta * (kappa - characters) ** 2)


def bump_in_a_loop(alpha, beta, kappa, characters):
    return [alpha / np.exp(beta * (u - kappa) * (u - kappa)) for u in characters]


def bump_in_place(alpha, beta, kappa, characters):
    characters -= kappa
    return alpha * np.exp(-beta * characters**2)


def walk(start, kappa_hat):
    return start + np.exp(kappa_hat).cumsum(axis=0)


def walk_in_a_loop(start, kappa_hat):
    places = [start]
    for row in kappa_hat:
        places.append(places[-1] + np.exp(row))
    return places[1:]


def walk_in_place(start, kappa_hat):
    places = []
    for row in kappa_hat:
        start += np.exp(row)
        places.append(start.copy())
    return places


def walk_with_one_array(start, kappa_hat):
    place, places = start.copy(), []
    for row in kappa_hat:
        place += np.exp(row)
        places.append(place)
    return places


def scatter(phi, codes, size):
    w = np.zeros(size)
    for weight, code in zip(phi, codes, strict=True):
        w[code] += weight
    return w


def added_at(phi, codes, size):
    w = np.zeros(size)
    np.add.at(w, codes, phi)
    return w


def overwritten(phi, codes, size):
    w = np.zeros(size)
    w[codes] += phi
    return w


def in_order_of_the_text(phi, codes, size):
    w = np.zeros(size)
    w[: len(phi)] = phi
    return w


def mean_of_repeats(phi, codes, size):
    return scatter(phi, codes, size) / np.maximum(np.bincount(codes, minlength=size), 1)


def with_layout(alpha, beta, kappa, layout=np.repeat):
    """An answer to the second exercise from three functions of points and Gaussians."""
    return lambda points, k: layout([alpha(points, k), beta(points, k), kappa(points, k)], k)


def zero(points, k):
    return 0.0


def minus_log_k(points, k):
    return -np.log(k)


def minus_log_points(points, k):
    return -np.log(points)


def start_in_a_loop(points, k):
    bias = []
    for value in (1 / k, 1.0, 1 / points):
        bias += [np.log(value)] * k
    return bias


def pull(alpha, beta, kappa, characters):
    distance = kappa[:, None] - characters[None, :]
    return -2 * alpha[:, None] * beta[:, None] * distance * np.exp(-beta[:, None] * distance**2)


def pull_in_loops(alpha, beta, kappa, characters):
    return [
        [2 * a * b * (u - k) * np.exp(-b * (u - k) ** 2) for u in characters]
        for a, b, k in zip(alpha, beta, kappa, strict=True)
    ]


def bump(alpha, beta, kappa, characters):
    return alpha[:, None] * np.exp(-beta[:, None] * (kappa[:, None] - characters) ** 2)


def first(truths):
    return int(truths.argmax()) if truths.any() else None


def ends(phi):
    return phi[:, -1] > phi[:, :-1].max(axis=1)


def stop_in_a_loop(phi, pen_up):
    for t, (row, up) in enumerate(zip(phi, pen_up, strict=True)):
        if up and row[-1] > max(row[:-1]):
            return t
    return None


RIGHT = {
    "window-bump": [bump_of_one, bump_in_a_loop],
    "window-walk": [walk, walk_in_a_loop],
    "window-from-codes": [scatter, added_at, lambda phi, codes, size: np.bincount(codes, phi, size)],
    "window-start": [with_layout(minus_log_k, zero, minus_log_points), start_in_a_loop],
    "window-pull": [pull, pull_in_loops],
    "window-stop": [stop_in_a_loop, lambda phi, pen: first((phi.argmax(axis=1) == phi.shape[1] - 1) & (pen > 0))],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "window-bump": [
        (lambda a, b, k, u: np.exp(-b * (k - u) ** 2), "alpha is missing"),
        (lambda a, b, k, u: a * np.exp(-b * (k - u)), "squared"),
        (lambda a, b, k, u: a * np.exp(-b * (u - k)), "one steep side"),
        (lambda a, b, k, u: a * np.exp(-b * abs(u - k)), "sharp top"),
        (lambda a, b, k, u: a * np.exp(b * (u - k) ** 2), "sign"),
        (lambda a, b, k, u: a * np.exp(-((b * (u - k)) ** 2)), "not beta times"),
        (lambda a, b, k, u: a * np.exp(-((u - k) ** 2) / b), "not a width"),
        (lambda a, b, k, u: a * np.exp(-((u - k) ** 2) / (2 * b**2)), "no deviation"),
        (lambda a, b, k, u: a * np.exp(-b * (u - k) ** 2 / 2), "factor 1/2"),
        (lambda a, b, k, u: a * np.exp(-((u - k) ** 2)), "beta is missing"),
        (lambda a, b, k, u: np.exp(-a * b * (u - k) ** 2), "not inside"),
        (lambda *x: x[0] * bump_of_one(*x) / bump_of_one(*x).sum(), "add up to alpha"),
        (lambda *x: bump_of_one(*x) / bump_of_one(*x).sum(), "add up to 1"),
        (lambda *x: bump_of_one(*x).sum(), "each of the"),
        (lambda a, b, k, u: bump_of_one(0.7, b, k, u), "expected"),  # right for the first setting only
        (lambda a, b, k, u: bump_of_one(a, b, k, np.arange(6)), "shape"),  # right for the first length only
        (bump_in_place, "have changed"),
        (lambda *x: None, "None"),
        (lambda *x: ..., "still to write"),
    ],
    "window-walk": [
        (lambda s, p: np.cumsum(np.exp(p), axis=0), "start is missing"),
        (lambda s, p: s + np.cumsum(p, axis=0), "exponential is missing"),
        (lambda s, p: s + np.exp(np.cumsum(p, axis=0)), "comes first"),
        (lambda s, p: s + np.exp(p), "one step away"),
        (lambda s, p: np.exp(p), "these are the steps"),
        (lambda s, p: s + np.cumsum(np.exp(p), axis=1), "axis=0"),
        (lambda s, p: walk(s, p) - np.exp(p), "one step late"),
        (lambda s, p: s - np.cumsum(np.exp(p), axis=0), "forward"),
        (lambda s, p: np.vstack([s, walk(s, p)]), "the start itself"),
        (lambda s, p: walk(s, p)[-1], "one row only"),
        (walk_with_one_array, "same array"),
        (walk_in_place, "have changed"),
        (lambda s, p: s[0] + np.exp(p).cumsum(axis=0), "expected"),  # right for one bump only
        (lambda s, p: None, "None"),
        (lambda s, p: ..., "still to write"),
    ],
    "window-from-codes": [
        (lambda phi, codes, size: phi.sum(), "that is one number"),
        (lambda phi, codes, size: np.where(np.isin(np.arange(size), codes), phi.sum(), 0), "sum of all weights"),
        (lambda phi, codes, size: np.array([phi[codes == c].sum() for c in np.unique(codes)]), "different characters"),
        (lambda phi, codes, size: np.array([phi[codes == c].max(initial=0) for c in range(size)]), "larger weight"),
        (lambda phi, codes, size: phi @ np.eye(size)[codes] / len(codes), "divided by the number"),
        (lambda phi, codes, size: np.bincount(codes, phi[codes], size), "looked up by code"),
        (lambda phi, codes, size: phi @ np.eye(size)[codes], "one-hot matrix"),
        (lambda phi, codes, size: phi @ (codes[:, None] == np.arange(size)), "one-hot matrix"),
        (overwritten, "comes twice in the text, only its last"),
        (mean_of_repeats, "the mean"),
        (lambda phi, codes, size: scatter(phi, codes, size) / phi.sum(), "add up to 1"),
        (lambda phi, codes, size: np.bincount(codes, minlength=size), "left out their weights"),
        (lambda phi, codes, size: np.eye(size)[codes[phi.argmax()]], "soft"),
        (in_order_of_the_text, "order of the text"),
        (lambda phi, codes, size: scatter(phi[:-1], codes[:-1], size), "end of the text"),
        (lambda phi, codes, size: np.bincount(codes, phi), "minlength"),
        (lambda phi, codes, size: phi * codes, "for each of the"),
        (lambda phi, codes, size: None, "None"),
        (lambda phi, codes: phi, "cannot be called"),
    ],
    "window-start": [
        (with_layout(minus_log_k, zero, zero), "runaway"),
        (with_layout(minus_log_k, zero, lambda points, k: np.log(points)), "sign"),
        (with_layout(minus_log_k, zero, lambda points, k: 1 / points), "the step itself"),
        (
            with_layout(lambda points, k: 1 / k, lambda points, k: 1.0, lambda points, k: 1 / points),
            "holds their logarithms",
        ),
        (with_layout(zero, zero, minus_log_points), "add up to"),
        (with_layout(lambda points, k: 1 / k, zero, minus_log_points), "importance itself"),
        (with_layout(minus_log_k, lambda points, k: 1.0, minus_log_points), "sharpness"),
        (with_layout(minus_log_k, minus_log_points, zero), "order"),
        (with_layout(minus_log_points, zero, minus_log_k), "order"),
        (with_layout(minus_log_k, zero, minus_log_points, np.tile), "np.repeat"),
        (with_layout(minus_log_k, zero, lambda points, k: -np.log10(points)), "natural"),
        (lambda points, k: np.array([-np.log(k), 0, -np.log(points)]), "one number each"),
        (lambda points, k: np.full((3, k), -1.0), "end to end"),
        (with_layout(minus_log_k, zero, lambda points, k: -3.3), "expected"),
    ],
    "window-pull": [
        (lambda *x: -pull(*x), "sign"),
        (lambda *x: pull(*x) / 2, "factor 2"),
        (lambda a, b, k, u: pull(a, b, k, u) / b[:, None], "lacks beta"),
        (lambda a, b, k, u: pull(a, b, k, u) / a[:, None], "alpha is missing"),
        (bump, "phi itself"),
        (lambda *x: pull(*x).sum(axis=0), "a row of its own"),
        (lambda *x: pull(*x).T, "on its side"),
        (lambda a, b, k, u: -2 * b[:, None] * bump(a, b, k, u), "lacks the distance"),
        (lambda a, b, k, u: -((k[:, None] - u) ** 2) * bump(a, b, k, u), "respect to beta"),
        (lambda a, b, k, u: pull(a, b, k, u) * (k[:, None] - u), "twice the distance"),
        (lambda a, b, k, u: np.exp(k), "shape"),
    ],
    "window-stop": [
        (lambda phi, pen: first(ends(phi)), "wait for the pen"),
        (lambda phi, pen: first(pen == 1), "only at the pen"),
        (lambda phi, pen: first((phi[:, -1] > 0.5) & (pen == 1)), "threshold"),
        (lambda phi, pen: first((phi[:, -1] > phi[:, :-1].sum(axis=1)) & (pen == 1)), "all characters together"),
        (lambda phi, pen: first((phi[:, -1] > phi[:, -2]) & (pen == 1)), "the last character only"),
        (lambda phi, pen: first((phi.argmax(axis=1) == phi.shape[1] - 2) & (pen == 1)), "last character"),
        (lambda phi, pen: int((ends(phi) & (pen == 1)).argmax()), "argmax"),
        (lambda phi, pen: None if stop_in_a_loop(phi, pen) is None else stop_in_a_loop(phi, pen) + 1, "one step late"),
        (lambda phi, pen: max(np.flatnonzero(ends(phi) & (pen == 1)), default=None), "last step"),
        (lambda phi, pen: bool((ends(phi) & (pen == 1)).any()), "when"),
        (lambda phi, pen: first(ends(phi) & (pen == 0)), "while the pen is down"),
        (lambda phi, pen: None, "None"),
        (lambda phi, pen: len(phi) - 1, "expected 7"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)


def test_a_wrong_start_is_drawn():
    figure = check("window-start", with_layout(minus_log_k, zero, zero)).figure
    lines = figure.axes[0].lines
    assert lines[1].get_ydata()[-1] == pytest.approx(lines[1].get_xdata()[-1])  # a character a point
    assert lines[0].get_ydata()[-1] == pytest.approx(5, abs=0.1)
