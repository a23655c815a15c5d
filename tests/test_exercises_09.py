"""Chapter 9: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import numpy as np
from answers import right_and_wrong


def standardise(values):
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)


def standardise_in_a_loop(values):
    result = np.zeros_like(values)
    for k, cell in enumerate(values.T):
        if cell.max() > cell.min():
            result[:, k] = (cell - cell.mean()) / np.sqrt(((cell - cell.mean()) ** 2).mean())
    return result


def standardise_with_nan(values):
    with np.errstate(all="ignore"):
        return (values - values.mean(axis=0)) / values.std(axis=0)


def standardise_in_place(values):
    values -= values.mean(axis=0)
    return standardise(values)


def goes_back(x, starts):
    return x[starts] < np.maximum.accumulate(x)[starts] - 0.5


def goes_back_in_a_loop(x, starts):
    return [bool(s > 0 and x[s] < max(x[:s]) - 0.5) for s in starts]


def goes_back_in_place(x, starts):
    begins = x[starts]
    return begins < np.maximum.accumulate(x, out=x)[starts] - 0.5


def strokes_of(x, starts):
    return np.split(x, starts[1:])


def back_of_the_last_stroke(x, starts):
    most = [-np.inf, *(s.max() for s in strokes_of(x, starts))]
    return x[starts] < np.array(most[:-1]) - 0.5


def correlations(cells, feature):
    a, b = cells - cells.mean(axis=0), feature - feature.mean()
    spread = cells.std(axis=0) * feature.std()
    return np.where(spread > 0, (a * b[:, None]).mean(axis=0) / np.where(spread > 0, spread, 1), 0)


def loudest(cells, feature):
    r = correlations(cells, feature)
    k = int(np.abs(r).argmax())
    return k, r[k]


def loudest_in_a_loop(cells, feature):
    best = (0, 0.0)
    for k, cell in enumerate(cells.T):
        if cell.std() == 0:
            continue
        r = np.corrcoef(cell, feature)[0, 1]
        if abs(r) > abs(best[1]):
            best = (k, r)
    return list(best)


def covariances(cells, feature):
    return ((cells - cells.mean(axis=0)) * (feature - feature.mean())[:, None]).mean(axis=0)


def loudest_with_nan(cells, feature):
    with np.errstate(all="ignore"):
        r = covariances(cells, feature) / cells.std(axis=0) / feature.std()
    k = int(np.abs(r).argmax())
    return k, r[k]


def largest_of(numbers):
    numbers = np.where(np.isfinite(numbers), numbers, 0)
    cell = int(np.abs(numbers).argmax())
    return cell, numbers[cell]


def shifted(cells, feature, shifts):
    return np.stack([correlations(cells, np.roll(feature, shift)) for shift in shifts])


def by_covariance(cells, feature):
    k = int(np.abs(covariances(cells, feature)).argmax())
    return k, correlations(cells, feature)[k]


def best_of_each(cells, feature, shifts):
    return np.array([np.abs(correlations(cells, np.roll(feature, s))).max() for s in shifts])


def chance(cells, feature, shifts):
    return np.quantile(best_of_each(cells, feature, shifts), 0.95)


def chance_by_moving_the_cells(cells, feature, shifts):
    """To move the cells back is to move the feature on."""
    best = [max(abs(np.corrcoef(np.roll(c, -s), feature)[0, 1]) for c in cells.T) for s in shifts]
    return float(np.percentile(best, 95))


def everything(cells, feature, shifts):
    return np.abs([correlations(cells, np.roll(feature, s)) for s in shifts])


def shuffled(cells, feature, shifts):
    rng = np.random.default_rng(0)
    return np.quantile([np.abs(correlations(cells, rng.permutation(feature))).max() for _ in shifts], 0.95)


def hold(kernel, bias, cell, value):
    rest = kernel.copy()
    rest[cell] = 0
    return rest, bias + value * kernel[cell]


def hold_with_a_mask(kernel, bias, cell, value):
    others = np.arange(len(kernel)) != cell
    one = np.zeros(len(kernel))
    one[cell] = value
    return [kernel * others[:, None], bias + one @ kernel]


def hold_in_place(kernel, bias, cell, value):
    bias += value * kernel[cell]
    kernel[cell] = 0
    return kernel, bias


def zero_first(kernel, bias, cell, value):
    kernel = kernel.copy()
    kernel[cell] = 0
    return kernel, bias + value * kernel[cell]


def a_column(kernel, bias, cell, value):
    rest = kernel.copy()
    rest[:, cell] = 0
    return rest, bias + value * kernel[cell]


def divergence(log_p, log_q):
    more = log_p - log_q
    return more.mean(), more.std() / np.sqrt(len(more))


def divergence_with_one_less(log_p, log_q):
    more = log_p - log_q
    return log_p.mean() - log_q.mean(), np.std(more, ddof=1) * len(more) ** -0.5


RIGHT = {
    "inside-standardise": [standardise, standardise_in_a_loop],
    "inside-goes-back": [goes_back, goes_back_in_a_loop],
    "inside-loudest": [loudest, loudest_in_a_loop],
    "inside-chance": [chance, chance_by_moving_the_cells],
    "inside-hold": [hold, hold_with_a_mask],
    "inside-divergence": [divergence, divergence_with_one_less],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "inside-standardise": [
        (lambda v: v - v.mean(axis=0), "divide by them"),
        (lambda v: v / v.std(axis=0), "means are still in it"),
        (lambda v: (v - v.mean()) / v.std(), "whole table"),
        (lambda v: standardise(v.T).T, "points of a cell"),
        (lambda v: (v - v.mean(axis=0)) / v.var(axis=0), "variance"),
        (lambda v: (v - v.mean(axis=0)) / v.std(axis=0, ddof=1), "T - 1"),
        (lambda v: (v - v.mean(axis=0)) / abs(v - v.mean(axis=0)).max(axis=0), "largest distance"),
        (lambda v: (v - v.mean(axis=0)) / np.ptp(v, axis=0), "range"),
        (lambda v: v / v.std(axis=0) - v.mean(axis=0), "divided too"),
        (lambda v: standardise(v).T, "on its side"),
        (standardise_with_nan, "never changes"),  # right as long as every cell does
        (standardise_in_place, "have changed"),
        (lambda v: v[:, 0], "shape"),
        (lambda v: None, "None"),
        (lambda v: ..., "still to write"),
    ],
    "inside-goes-back": [
        (lambda x, s: ~goes_back(x, s), "other way round"),
        (lambda x, s: (x[s] < x[s - 1] - 0.5) & (s > 0), "the furthest one may lie"),
        (lambda x, s: x[s] < x[s - 1] - 0.5, "x[-1] is the end"),
        (lambda x, s: np.append(False, np.diff(x[s]) < -0.5), "beginning of the stroke before"),
        (back_of_the_last_stroke, "only at the stroke before"),
        (lambda x, s: x[s] < x.max() - 0.5, "not been there yet"),
        (lambda x, s: (x[s] < x.max() - 0.5) & (s > 0), "later ones too"),
        (lambda x, s: x[s] < np.maximum.accumulate(x)[s - 1] - 0.5, "first stroke"),
        (lambda x, s: x[s] < np.maximum.accumulate(x)[s], "a little to the left"),
        (lambda x, s: x[s] < np.maximum.accumulate(x)[s] + 0.5, "sign of 0.5"),
        (lambda x, s: np.flatnonzero(goes_back(x, s)), "truth value for each"),
        (lambda x, s: x < np.maximum.accumulate(x) - 0.5, "for each of the"),
        (lambda x, s: np.isin(np.arange(len(s)), [2, 3, 5, 6]), "expected"),  # right for the first line only
        (goes_back_in_place, "have changed"),
        (lambda x, s: None, "None"),
        (lambda x, s: ..., "still to write"),
    ],
    "inside-loudest": [
        (lambda c, f: (loudest(c, f)[0] + 1, loudest(c, f)[1]), "counted from 1"),
        (lambda c, f: (loudest(c, f)[0], -loudest(c, f)[1]), "is turned"),
        (lambda c, f: (int(correlations(c, f).argmin()), correlations(c, f).min()), "lowest correlation"),
        (lambda c, f: (loudest(c, f)[0], loudest(c, f)[1] * len(f) / (len(f) - 1)), "T - 1 and the deviations by T"),
        (lambda c, f: largest_of(covariances(c, f) / f.std()), "only the deviation of the feature"),
        (lambda c, f: largest_of(covariances(c, f) / (c.std() * f.std())), "not by one for all"),
        (lambda c, f: largest_of((c * f[:, None]).mean(axis=0)), "means are still in it"),
        (lambda c, f: largest_of(correlations(c, f) * f.std()), "divide by that of the feature too"),
        (lambda c, f: (loudest(c, f)[0], abs(loudest(c, f)[1])), "sign"),
        (lambda c, f: (int(correlations(c, f).argmax()), correlations(c, f).max()), "below zero"),
        (by_covariance, "before you choose"),
        (lambda c, f: (by_covariance(c, f)[0], covariances(c, f)[by_covariance(c, f)[0]]), "largest covariance"),
        (lambda c, f: (loudest(c, f)[0], loudest(c, f)[1] * len(f)), "number of points"),
        (lambda c, f: (loudest(c, f)[0], loudest(c, f)[1] ** 2), "square"),
        (lambda c, f: (int(np.abs(correlations(c, f)).argmin()), 0.0), "argmin"),
        (loudest_with_nan, "never changes"),
        (lambda c, f: loudest(c, f)[::-1], "number of the cell first"),
        (lambda c, f: loudest(c, f)[0], "2 things"),
        (lambda c, f: None, "None"),
        (lambda c, f: ..., "still to write"),
    ],
    "inside-chance": [
        (
            lambda c, f, s: np.quantile(np.quantile(np.abs(shifted(c, f, s)), 0.95, axis=0), 1),
            "each cell and the largest",
        ),
        (lambda c, f, s: np.quantile(np.abs(shifted(c, f, s))[:, loudest(c, f)[0]], 0.95), "without a shift"),
        (lambda c, f, s: np.quantile(np.abs(shifted(c, f, s)).max(axis=0), 0.95), "other way round"),
        (lambda c, f, s: np.quantile(np.abs(shifted(c, f, s)).mean(axis=1), 0.95), "mean over the cells"),
        (lambda c, f, s: np.percentile(best_of_each(c, f, s), 0.95), "counts from 0 to 100"),
        (lambda c, f, s: np.median(best_of_each(c, f, s)), "median"),
        (lambda c, f, s: chance(c, f, -s), "wrong way"),
        (lambda c, f, s: chance(c, f, np.cumsum(s)), "begin with the feature itself"),
        (lambda c, f, s: np.quantile(best_of_each(c, f, s) ** 2, 0.95), "square"),
        (lambda c, f, s: chance(c, f, s) * len(f), "added up"),
        (lambda c, f, s: np.quantile(best_of_each(c, f, s), 0.9), "expected"),
        (lambda c, f, s: np.quantile(everything(c, f, s), 0.95), "only the best cell"),
        (lambda c, f, s: best_of_each(c, f, s).mean(), "mean of the best"),
        (lambda c, f, s: best_of_each(c, f, s).max(), "largest of all"),
        (lambda c, f, s: np.quantile([correlations(c, np.roll(f, n)).max() for n in s], 0.95), "sign"),
        (lambda c, f, s: np.quantile(best_of_each(c, f, s), 0.05), "wrong end"),
        (lambda c, f, s: np.abs(correlations(c, f)).max(), "without any shift"),
        (lambda c, f, s: np.quantile(everything(c, f, s), 0.95, axis=0), "one bar for all"),
        (best_of_each, "0.95 quantile is asked for"),
        (shuffled, "shuffled"),
        (lambda c, f, s: 0.0, "expected"),
        (lambda c, f, s: None, "None"),
    ],
    "inside-hold": [
        (lambda k, b, cell, value: (hold(k, b, cell, value)[0], b), "held at 0"),
        (lambda k, b, cell, value: (k, hold(k, b, cell, value)[1]), "counts twice"),
        (lambda k, b, cell, value: (hold(k, b, cell, value)[0], b + k[cell]), "times the value"),
        (lambda k, b, cell, value: (hold(k, b, cell, value)[0], b + value), "through the cell's row"),
        (lambda k, b, cell, value: (hold(k, b, cell, value)[0], b - value * k[cell]), "sign"),
        (hold_in_place, "copy"),
        (zero_first, "held at 0"),
        (a_column, "column"),
        (lambda k, b, cell, value: hold(k, b, cell, value)[0], "2 things"),
        (lambda k, b, cell, value: hold(k, b, cell, value)[::-1], "shape"),
    ],
    "inside-divergence": [
        (lambda p, q: divergence(q, p), "sign"),
        (lambda p, q: ((p - q).sum(), divergence(p, q)[1]), "sum"),
        (lambda p, q: ((np.exp(p) * (p - q)).sum(), divergence(p, q)[1]), "once more"),
        (lambda p, q: (np.exp(p - q).mean(), divergence(p, q)[1]), "ratio"),
        (lambda p, q: (np.abs(p - q).mean(), divergence(p, q)[1]), "better one"),
        (lambda p, q: (divergence(p, q)[0], (p - q).std()), "one difference"),
        (lambda p, q: (divergence(p, q)[0], (p - q).std() / len(p)), "its root"),
        (lambda p, q: (divergence(p, q)[0], (p - q).var() / len(p)), "square"),
        (lambda p, q: (divergence(p, q)[0], np.sqrt((p.var() + q.var()) / len(p))), "not independent"),
        (lambda p, q: divergence(p, q)[0], "2 things"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)
