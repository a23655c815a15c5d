"""Chapter 6: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import math

import numpy as np
from answers import right_and_wrong

from scribe.exercises import check
from scribe.exercises.chapter06 import _count
from scribe.lstm import lstm_step
from scribe.weights import Architecture


def count(units, layers, window, mixtures, codes, peepholes):
    shapes = Architecture(units, layers, window, mixtures, peepholes).shapes(codes)
    return sum(math.prod(shape) for shape in shapes.values())


def count_by_hand(units, layers, window, mixtures, codes, peepholes):
    seen = 3 + (codes if window > 0 else 0)
    lstms = layers * (seen + units + 1) * 4 * units + (layers - 1) * units * 4 * units
    if peepholes:
        lstms += layers * 3 * units
    return lstms + (units + 1) * 3 * window + (layers * units + 1) * (1 + 6 * mixtures)


def with_slip(**slip):
    return lambda *sizes: _count(*sizes, **slip)


def lstm_of(weights, k):
    return [weights[f"lstm{k + 1}.{part}"] for part in ("kernel", "recurrent", "bias")]


def step(x, h, c, weights):
    h, c = list(h), list(c)
    for k in range(len(h)):
        seen = np.concatenate([x, h[k - 1]]) if k else x
        h[k], c[k] = lstm_step(seen, h[k], c[k], *lstm_of(weights, k))
    return np.concatenate(h) @ weights["mixture.kernel"] + weights["mixture.bias"], h, c


def step_from_the_bottom(x, h, c, weights):
    hs, cs, below = [], [], np.zeros(0)
    for k, (h_before, c_before) in enumerate(zip(h, c, strict=True)):
        below, cell = lstm_step(np.append(x, below), h_before, c_before, *lstm_of(weights, k))
        hs.append(below)
        cs.append(cell)
    y = sum(part @ rows for part, rows in zip(hs, np.split(weights["mixture.kernel"], len(hs)), strict=True))
    return y + weights["mixture.bias"], np.array(hs), np.array(cs)


def no_point_above(x, h, c, weights):
    h, c = list(h), list(c)
    for k in range(len(h)):
        seen = np.concatenate([0 * x, h[k - 1]]) if k else x
        h[k], c[k] = lstm_step(seen, h[k], c[k], *lstm_of(weights, k))
    return np.concatenate(h) @ weights["mixture.kernel"] + weights["mixture.bias"], h, c


def old_below(x, h, c, weights):
    new = [
        lstm_step(np.concatenate([x, h[k - 1]]) if k else x, h[k], c[k], *lstm_of(weights, k)) for k in range(len(h))
    ]
    h, c = zip(*new, strict=True)
    return np.concatenate(h) @ weights["mixture.kernel"] + weights["mixture.bias"], list(h), list(c)


def other_order(x, h, c, weights):
    h, c = list(h), list(c)
    for k in range(len(h)):
        seen = np.concatenate([h[k - 1], x]) if k else x
        h[k], c[k] = lstm_step(seen, h[k], c[k], *lstm_of(weights, k))
    return np.concatenate(h) @ weights["mixture.kernel"] + weights["mixture.bias"], h, c


def in_place(x, h, c, weights):
    h[:], c[:] = step(x, h, c, weights)[1:]
    return step(x, h, c, weights)[0], h, c


def changed(change):
    """The right step, its results changed afterwards."""
    return lambda x, h, c, weights: change(*step(x, h, c, weights), h, c, weights)


def first_difference(mine, right, tolerance):
    for t, (one, other) in enumerate(zip(mine, right, strict=True)):
        for name in other:
            if not (np.abs(one[name] - other[name]) <= tolerance).all():
                return t, name
    return None


def first_difference_at_once(mine, right, tolerance):
    bad = [
        (t, name)
        for t in range(len(right))
        for name in right[t]
        if not np.allclose(mine[t][name], right[t][name], rtol=0, atol=tolerance)
    ]
    return bad[0] if bad else None


def by(measure, start=0):
    """An answer to the third exercise that looks at ``measure`` of the differences."""

    def answer(mine, right, tolerance):
        for t, (one, other) in enumerate(zip(mine, right, strict=True), start):
            for name in other:
                if measure(one[name] - other[name]) > tolerance:
                    return t, name
        return None

    return answer


def names_first(mine, right, tolerance):
    for name in right[0]:
        for t in range(len(right)):
            if not (np.abs(mine[t][name] - right[t][name]) <= tolerance).all():
                return t, name
    return None


def largest(mine, right, tolerance):
    sizes = {(t, name): np.abs(mine[t][name] - right[t][name]).max() for t in range(len(right)) for name in right[t]}
    place = max(sizes, key=sizes.get)
    return None if sizes[place] <= tolerance else place


def allclose(mine, right, tolerance):
    for t in range(len(right)):
        for name in right[t]:
            if not np.allclose(mine[t][name], right[t][name], atol=tolerance):
                return t, name
    return None


def alphabetical(mine, right, tolerance):
    in_order = [[{name: step[name] for name in sorted(step)} for step in trace] for trace in (mine, right)]
    return first_difference(*in_order, tolerance)


RIGHT = {
    "network-count": [count, count_by_hand],
    "network-step": [step, step_from_the_bottom],
    "network-first-difference": [first_difference, first_difference_at_once],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "network-count": [
        (with_slip(biases=False), "biases are missing"),
        (with_slip(recurrent=False), "recurrent"),
        (with_slip(parts=1), "four parts"),
        (with_slip(window_above=False), "window is counted as an input of LSTM 1 only"),
        (with_slip(point_above=False), "point is counted as an input of LSTM 1 only"),
        (with_slip(below=False), "layer below"),
        (with_slip(all_below=True), "all layers below"),
        (with_slip(output_sees_all=False), "last layer only"),
        (with_slip(window_layer=False), "window itself"),
        (with_slip(window_numbers=1), "three numbers for each Gaussian"),
        (with_slip(codes_always=True), "when `window` is 0"),
        (with_slip(pen=0), "one more for the pen"),
        (with_slip(numbers=5), "6 numbers"),
        (with_slip(peephole_rows=0), "peepholes are missing"),
        (with_slip(peephole_rows=1), "three gates"),
        (with_slip(peephole_rows=4), "not to the candidate"),
        (lambda *sizes: count(*sizes) + 5, "5 too many"),
        (lambda *sizes: str(count(*sizes)), "whole number"),
        (lambda *sizes: None, "return"),
        (lambda units: units, "cannot be called"),
    ],
    "network-step": [
        (no_point_above, "see no point"),
        (old_below, "a step ago"),
        (other_order, "another order"),
        (changed(lambda y, h, c, *_: (y, c, h)), "in each other's place"),
        (changed(lambda y, new_h, new_c, h, c, _: (y, h, c)), "old state"),
        (changed(lambda y, h, c, _, __, w: (y - w["mixture.bias"], h, c)), "bias of the mixture"),
        (
            changed(lambda y, h, c, _, __, w: (h[-1] @ w["mixture.kernel"][-len(h[-1]) :] + w["mixture.bias"], h, c)),
            "last layer only",
        ),
        (
            changed(
                lambda y, h, c, _, __, w: (np.concatenate(h[::-1]) @ w["mixture.kernel"] + w["mixture.bias"], h, c)
            ),
            "top down",
        ),
        (
            changed(lambda y, h, c, old, _, w: (np.concatenate(old) @ w["mixture.kernel"] + w["mixture.bias"], h, c)),
            "outputs of the step before",
        ),
        (changed(lambda y, h, c, *_: (y, h[-1], c[-1])), "a list with an array for each"),
        (changed(lambda y, h, c, *_: (y, h[1:], c)), "one for each layer"),
        (changed(lambda y, *_: y), "3 things"),
        (in_place, "Make new ones"),
        (lambda x, h, c, weights: None, "one NoneType"),
        (lambda x, h, c, weights: ..., "still to write"),
    ],
    "network-first-difference": [
        (names_first, "Go through the steps first"),
        (largest, "not at the largest"),
        (by(lambda d: np.abs(d).max()), "NaN"),
        (by(lambda d: np.inf if np.isnan(d).any() else d.sum()), "do not add"),
        (by(lambda d: np.inf if np.isnan(d).any() else np.abs(d).mean()), "the mean hides"),
        (by(lambda d: np.inf if np.isnan(d).any() else d.max()), "downwards"),
        (by(lambda d: np.inf if np.isnan(d).any() else np.abs(d).max(), start=1), "from 1"),
        (lambda *x: first_difference(*x) and first_difference(*x)[::-1], "step comes first"),
        (lambda *x: first_difference(*x) and first_difference(*x)[0], "a step and a name"),
        (lambda mine, right, tolerance: first_difference(mine, right, 0), "by more than the tolerance"),
        (lambda mine, right, tolerance: None, "no difference"),
        (lambda *x: first_difference(*x) and (first_difference(*x)[0], "y"), "order"),
        (allclose, "np.allclose forgives"),
        (alphabetical, "that of the dictionary"),
    ],
}


def test_the_count_of_the_checker_is_that_of_the_package():
    for sizes in ((400, 3, 10, 20, 57, True), (3, 1, 0, 1, 9, False), (8, 2, 1, 2, 4, True)):
        assert _count(*sizes) == count(*sizes)


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)


def test_a_count_that_is_off_says_by_how_much_and_which_way():
    def lacking(*sizes):
        return _count(*sizes) - 121

    assert check("network-count", lacking).message.endswith(": 121 are missing")
    assert check("network-count", lambda *sizes: _count(*sizes) + 1000).message.endswith(": 1,000 too many")
