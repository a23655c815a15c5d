"""Checkers for chapter 9, looking inside."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, same


def _slow(rng: np.random.Generator, points: int, columns: int | None = None) -> np.ndarray:
    """Numbers that wander, as cells do."""
    steps = rng.normal(size=(points,) if columns is None else (points, columns))
    return np.cumsum(steps, axis=0) - 0.1 * np.arange(points).reshape(-1, *[1] * (steps.ndim - 1))


def _correlations(cells: np.ndarray, feature: np.ndarray) -> np.ndarray:
    a, b = cells - cells.mean(axis=0), feature - feature.mean()
    spread = a.std(axis=0) * b.std()
    return np.where(spread > 0, (a * b[:, None]).mean(axis=0) / np.where(spread > 0, spread, 1), 0.0)


@exercise("inside-standardise")
def _(answer):
    """``answer(values)``: each column with mean 0 and deviation 1; what never changes is 0."""
    for seed, dead in ((901, False), (902, True)):
        values, _ = _loud(np.random.default_rng(seed))
        if dead:
            values[:, 4] = 0.25
        middle, spread = values.mean(axis=0), values.std(axis=0)
        divide_by = np.where(spread > 0, spread, 1)
        right = (values - middle) / divide_by
        value = called(answer, values)
        if dead and np.shape(value) == values.shape and not np.isfinite(np.asarray(value)[:, 4].astype(float)).all():
            raise Mistake("a cell that never changes has a deviation of 0, and 0 / 0 is NaN; it should become 0")
        if np.shape(value) == values.T.shape:
            raise Mistake(f"the table lies on its side: a row for each point, {values.shape}")
        rows = values - values.mean(axis=1, keepdims=True)
        variants = {
            "the means are gone, but the deviations are as they were: divide by them": values - middle,
            "the deviations are 1, but the means are still in it: take them off first": values / divide_by,
            "you took one mean and one deviation for the whole table; each cell has its own: axis=0": (
                (values - values.mean()) / values.std()
            ),
            "that is over the cells of a point; asked for is over the points of a cell: axis=0": (
                rows / values.std(axis=1, keepdims=True)
            ),
            "you divide by the variance; the deviation is its root": (values - middle) / divide_by**2,
            "the deviation is that with T - 1; here it is with T, as `std` has it by default": (
                right * np.sqrt((len(values) - 1) / len(values))
            ),
            "you divide by the largest distance from the mean; divide by the deviation": (
                (values - middle) / np.where(spread > 0, np.abs(values - middle).max(axis=0), 1)
            ),
            "you divide by the range; divide by the deviation": (
                (values - middle) / np.where(spread > 0, np.ptp(values, axis=0), 1)
            ),
            "you divide before you take off the mean; the mean has to be divided too": values / divide_by - middle,
        }
        same(value, right, "the table", variants=variants, tolerance=1e-6)


@exercise("inside-goes-back")
def _(answer):
    """``answer(x, starts)``: for each stroke, whether it begins left of what is written already, ``(S,)``."""
    lines = (
        # Strokes: a word, one a little back, a dot, another dot, one that ends to the left of where it has been, ...
        [[3.0, 4.0, 5.0, 6.0], [5.8, 8.0], [4.2, 4.3], [6.0, 6.1], [8.7, 10.0, 9.0], [9.3, 10.5], [9.9, 10.6], [11.0]],
        [[0.0, 1.0, 2.0], [2.5, 3.0], [3.5]],
        [[2.0, 3.0, 1.0]],
        [[0.0, 4.0], [-1.0, -0.5], [3.7, 5.0], [5.3]],
    )
    for strokes in lines:
        lengths = [len(stroke) for stroke in strokes]
        starts, x = np.cumsum([0, *lengths[:-1]]), np.concatenate(strokes)
        begins, before = x[starts], starts - 1
        furthest = np.array([x[:s].max(initial=-np.inf) for s in starts])
        right = begins < furthest - 0.5
        later = np.arange(len(starts)) > 0
        value = called(answer, x, starts)
        if len(x) != len(starts) and np.shape(value) == x.shape:
            raise Mistake(f"that is a value for each of the {len(x)} points; asked for is one for each stroke")
        said = array(value)
        if said.shape != starts.shape and np.array_equal(said, np.flatnonzero(right)):
            raise Mistake("these are the numbers of the strokes; return a truth value for each stroke")
        last_stroke = np.array([-np.inf, *(max(stroke) for stroke in strokes[:-1])])
        variants = {
            "the other way round: True where the pen goes back": ~right,
            "you compare with the last point before; the furthest one may lie much earlier": (
                (begins < x[before] - 0.5) & later
            ),
            "you compare with the last point before, and for the first stroke, where there is none, x[-1] is the end"
            " of the line": begins < x[before] - 0.5,
            "you compare with the beginning of the stroke before; asked for is the furthest point written": (
                (begins < np.roll(begins, 1) - 0.5) & later
            ),
            "you look only at the stroke before; the furthest point may lie in an earlier one": (
                begins < last_stroke - 0.5
            ),
            "you compare with the furthest point of the whole line; the pen has not been there yet": (
                begins < x.max() - 0.5
            ),
            "that is the line's furthest point, later ones too; only what was written before counts": (
                (begins < x.max() - 0.5) & later
            ),
            "the first stroke: before it nothing is written, and x[-1] is the end of the line": (
                begins < np.maximum.accumulate(x)[before] - 0.5
            ),
            "a stroke that begins a little to the left goes back to nothing; more than 0.5 is asked for": (
                begins < furthest
            ),
            "the sign of 0.5: the pen must be more than that to the left of the furthest point": (
                begins < np.maximum.accumulate(x)[starts] + 0.5
            ),
        }
        same(value, right, "the truth value", variants=variants)


@exercise("inside-loudest")
def _(answer):
    """``answer(cells, feature)``: the cell with the correlation largest in size, and that correlation."""
    for seed, sign, dead in ((91, -1, False), (92, 1, False), (93, 1, True)):
        rng = np.random.default_rng(seed)
        cells, feature = _loud(rng)
        feature = sign * feature + 10 * (sign < 0)  # the loudest is above zero, then below
        if dead:
            cells[:, 4] = 0.25
        r = _correlations(cells, feature)
        k = int(np.abs(r).argmax())
        value = answer(cells.copy(), feature.copy())
        if value is None or value is ...:
            array(value)  # says so
        if isinstance(value, (tuple, list)) and len(value) == 2 and np.ndim(value[0]) == 0 and np.ndim(value[1]) == 0:
            if dead and (value[0] == 4 or np.isnan(value[1])):
                raise Mistake(
                    "the cell found is one that never changes. Its correlation is 0 / 0, and argmax takes NaN for the"
                    " largest number: count it as 0"
                )
            if value[1] == k and np.isclose(value[0], r[k]):
                raise Mistake("the correlation comes first here; return the number of the cell first")
            for message, (cell, number) in _mistaken_for_the_loudest(cells, feature, r, k).items():
                alike = value[0] == cell and np.isclose(value[1], number, rtol=0, atol=1e-6)
                if alike and not (cell == k and np.isclose(number, r[k])):
                    raise Mistake(message)
        quietest = int(np.abs(r).argmin())
        variants = {"that is the quietest cell: argmin for argmax": (quietest, r[quietest])}
        same(value, (k, r[k]), "the result", variants=variants, tolerance=1e-6)


def _mistaken_for_the_loudest(
    cells: np.ndarray, feature: np.ndarray, r: np.ndarray, k: int
) -> dict[str, tuple[int, float]]:
    """Cells and numbers that are wrong, by what is wrong with them; ``r`` are the correlations, ``k`` is right."""
    points = len(feature)
    products = ((cells - cells.mean(axis=0)) * (feature - feature.mean())[:, None]).mean(axis=0)
    raw = (cells * feature[:, None]).mean(axis=0)
    spread = cells.std(axis=0)
    moving = np.where(spread > 0, spread, 1)

    def loudest(numbers: np.ndarray) -> tuple[int, float]:
        cell = int(np.abs(numbers).argmax())
        return cell, numbers[cell]

    means = "the means are still in it: take them off the cells or the feature"
    return {
        "the cell is right, but its number is counted from 1; the first cell is number 0": (k + 1, r[k]),
        "the cell is right, but the sign of its correlation is lost": (k, abs(r[k])),
        "the cell is right, but the sign of its correlation is turned": (k, -r[k]),
        "that is the largest correlation, but one below zero is larger in size": (int(r.argmax()), r.max()),
        "that is the lowest correlation, but one above zero is larger in size": (int(r.argmin()), r.min()),
        "the cell is right; the second number is a sum. Divide by the number of points": (k, r[k] * points),
        "the cell is right; the product is divided by T - 1 and the deviations by T. Take one of them for both": (
            k,
            r[k] * points / (points - 1),
        ),
        "the cell is right; the product is divided by T and the deviations by T - 1. Take one of them for both": (
            k,
            r[k] * (points - 1) / points,
        ),
        "that is the square of the correlation": (k, r[k] ** 2),
        "only the deviation of the cells is divided by; divide by that of the feature too": loudest(products / moving),
        "that is the cell with the largest covariance, the one that swings most: divide by both deviations"
        " before you choose": loudest(products),
        "that is still the cell that swings most: only the deviation of the feature is divided by": loudest(
            products / feature.std()
        ),
        "that is the cell that swings most: divide each cell by its own deviation, not by one for all": loudest(
            products / (cells.std() * feature.std())
        ),
        means: loudest(raw),
        f"{means}. (The deviations are right)": loudest(raw / (moving * feature.std())),
        "the cell is right, but what is returned is its covariance": (k, products[k]),
        "the cell with the largest covariance is chosen, and its correlation returned: divide by both deviations"
        " before you choose": (loudest(products)[0], r[loudest(products)[0]]),
    }


def _loud(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Eight cells and a feature: the loudest is negative, another one is positive, a third has the largest swings."""
    feature = _slow(rng, 60)
    b = (feature - feature.mean()) / feature.std()
    noise = rng.normal(size=(60, 8))
    size = np.array([0.2, 0.3, 0.2, 9.0, 0.2, 0.1, 0.3, 0.2])
    share = np.array([0.3, -1.9, 0.1, 0.8, 0.0, 0.2, 1.4, -0.4])
    offset = np.array([0.0, 1.0, -3.0, 0.5, 0.0, 8.0, 0.2, 0.0])
    return size * (noise + share * b[:, None]) + offset, feature + 5.0


@exercise("inside-chance")
def _(answer):
    """``answer(cells, feature, shifts)``: the 0.95 quantile of the best correlation over shifts of the feature."""
    for seed in (151, 346):  # here each known mistake gives another number
        rng = np.random.default_rng(seed)
        cells = np.concatenate([_slow(rng, 80, 5), rng.normal(size=(80, 4))], axis=1) * np.linspace(0.2, 3, 9)
        feature = _slow(rng, 80)
        shifts = rng.permutation(np.arange(8, 72))[:30]
        value = answer(cells.copy(), feature.copy(), shifts.copy())
        right, variants = _bars(cells, feature, shifts)
        if np.ndim(value) == 0 and isinstance(value, (int, float, np.number)):
            known = any(np.isclose(value, wrong) for wrong in variants.values() if np.ndim(wrong) == 0)
            if not np.isclose(value, right) and not known and _like_shuffled(float(value), cells, feature, right):
                raise Mistake(
                    f"{value:.2f} is as low as what shuffled points give. If you shuffle the feature: it is no longer"
                    " slow then, and chance looks far too weak. Shift it, with np.roll, by the numbers in shifts"
                )
        same(value, right, "the bar", variants=variants, tolerance=1e-6)


def _bars(cells: np.ndarray, feature: np.ndarray, shifts: np.ndarray) -> tuple[float, dict[str, object]]:
    """What chance gives, and what mistakes give, by what is to be said about them."""

    def over(move, measure=_correlations):  # (shifts, cells)
        return np.stack([measure(cells, move(feature, shift)) for shift in shifts])

    def bar(table):
        return float(np.quantile(np.abs(table).max(axis=1), 0.95))

    def covariances(cells, feature):
        return ((cells - cells.mean(axis=0)) * (feature - feature.mean())[:, None]).mean(axis=0)

    signed = over(np.roll)
    size = np.abs(signed)
    best = size.max(axis=1)
    one_after_another = np.stack([_correlations(cells, np.roll(feature, shift)) for shift in np.cumsum(shifts)])
    cut = [np.abs(_correlations(cells[shift:], feature[:-shift])).max() for shift in shifts]
    found = int(np.abs(_correlations(cells, feature)).argmax())
    variants = {
        "that is the quantile over all cells and shifts; only the best cell of each shift counts, for it is the"
        " best that you would have picked": np.quantile(size, 0.95),
        "that is the mean of the best ones; asked for is what only one in twenty exceeds": best.mean(),
        "that is the median of the best ones; asked for is the 0.95 quantile": np.median(best),
        "that is the largest of all; asked for is the 0.95 quantile": best.max(),
        "the sign is wrong: a correlation far below zero is as good a find as one far above": np.quantile(
            signed.max(axis=1), 0.95
        ),
        "that is the 0.05 quantile: the wrong end": np.quantile(best, 0.05),
        "np.percentile counts from 0 to 100: its 0.95 is not even one in a hundred. Take np.quantile": np.quantile(
            best, 0.0095
        ),
        "that is the correlation without any shift: what you found, not what chance would give": np.abs(
            _correlations(cells, feature)
        ).max(),
        "that is one value for each cell; asked for is one bar for all": np.quantile(size, 0.95, axis=0),
        "the quantile is taken for each cell and the largest of them chosen: first the best cell of each shift, then"
        " the quantile over the shifts": np.quantile(size, 0.95, axis=0).max(),
        "the largest is taken over the shifts and the quantile over the cells: it is the other way round": np.quantile(
            size.max(axis=0), 0.95
        ),
        "only the cell that was found without a shift is looked at; by chance it may be any other": np.quantile(
            size[:, found], 0.95
        ),
        "that is the mean over the cells of each shift; the best one counts": np.quantile(size.mean(axis=1), 0.95),
        "these are the best of each shift; their 0.95 quantile is asked for": best,
        "the feature is moved the wrong way, or the cells are moved in its place: np.roll(feature, shift)": bar(
            over(lambda feature, shift: np.roll(feature, -shift))
        ),
        "each shift goes on from where the last one ended; begin with the feature itself each time": bar(
            one_after_another
        ),
        "the points that leave at the end have to come in again at the front, as with np.roll; you cut them off": (
            np.quantile(cut, 0.95)
        ),
        "the points that leave at the end have to come in again at the front, as with np.roll; you fill up with 0": bar(
            over(lambda feature, shift: np.concatenate([np.zeros(shift), feature[:-shift]]))
        ),
        "these are covariances: divide by both deviations": bar(over(np.roll, covariances)),
        "the products are added up; the correlation is their mean": bar(signed * len(feature)),
        "that is the square of the correlation": bar(signed**2),
    }
    return bar(signed), variants


def _like_shuffled(value: float, cells: np.ndarray, feature: np.ndarray, right: float) -> bool:
    rng = np.random.default_rng(0)
    naive = [np.abs(_correlations(cells, rng.permutation(feature))).max() for _ in range(200)]
    return min(naive) <= value <= max(naive) < right


@exercise("inside-hold")
def _(answer):
    """``answer(kernel, bias, cell, value)``: a kernel and a bias with which one input counts as held."""
    for seed, cell, held in ((96, 2, 0.7), (97, 0, -0.4), (98, 4, 0.0)):
        rng = np.random.default_rng(seed)
        kernel, bias = rng.normal(size=(5, 7)), rng.normal(size=7)
        given, other = kernel.copy(), bias.copy()
        value = answer(given, other, cell, held)
        if value is None or value is ...:
            array(value)  # says so
        if not (np.array_equal(given, kernel) and np.array_equal(other, bias)):
            raise Mistake("the kernel or the bias that was given is changed; work on a copy, for others use it too")
        rest = kernel.copy()
        rest[cell] = 0
        right = rest, bias + held * kernel[cell]
        column = kernel.copy()
        column[:, cell] = 0
        variants = {}
        if held:
            variants = {
                "the cell is held at 0 and not at its value: the value times its row belongs into the bias": (
                    rest,
                    bias,
                ),
                "the bias is right; the cell's own row is still in the kernel, so it counts twice": (kernel, right[1]),
                "the row is to be taken times the value": (rest, bias + kernel[cell]),
                "the value itself is added to the bias; it has to go through the cell's row": (rest, bias + held),
                "the sign is wrong: what the cell always contributes is added to the bias": (
                    rest,
                    bias - held * kernel[cell],
                ),
                "the row was set to zero before it was read: nothing came into the bias": (rest, bias + 0 * bias),
                "that is a column, an output; a cell of h belongs to a row of the kernel": (column, right[1]),
            }
        same(value, right, "the result", variants=variants, tolerance=1e-9)


@exercise("inside-divergence")
def _(answer):
    """``answer(log_p, log_q)``: the mean difference, and its standard error."""
    for seed, points in ((99, 400), (100, 50)):
        rng = np.random.default_rng(seed)
        log_p = rng.normal(1.0, 2.0, points)
        log_q = log_p - rng.normal(0.4, 0.5, points)
        more = log_p - log_q
        mean, error = more.mean(), more.std() / np.sqrt(points)
        value = answer(log_p.copy(), log_q.copy())
        if value is None or value is ...:
            array(value)  # says so
        means = {
            "the sign is wrong: the first network, from which the ink was drawn, foresees it better on average": -mean,
            "that is a sum over the points; a mean is asked for": more.sum(),
            "the log densities are weighed with the density once more. The ink was drawn from p: that is its weight": (
                (np.exp(log_p) * more).sum()
            ),
            "that is the mean of a ratio; the mean of its logarithm is asked for": np.exp(more).mean(),
            "the sizes of the differences are averaged; at some points q may well be the better one": (
                np.abs(more).mean()
            ),
        }
        errors = {
            "the second number is the deviation of one difference; that of their mean is smaller by sqrt(T)": (
                more.std()
            ),
            "the root of T is missing its root: divide by sqrt(T)": more.std() / points,
            "that is the square of the standard error": error**2,
            "the two densities are not independent: the error is that of their difference, point by point": np.sqrt(
                (log_p.var() + log_q.var()) / points
            ),
        }
        # With T - 1 in place of T, the error is as right.
        if isinstance(value, (tuple, list)) and len(value) == 2 and np.ndim(value[1]) == 0:
            better = more.std(ddof=1) / np.sqrt(points)
            if np.isclose(float(value[1]), better, rtol=1e-9):
                value = value[0], error
        named = {message: (wrong, np.inf) for message, wrong in means.items()}
        named |= {message: (np.inf, wrong) for message, wrong in errors.items()}
        same(value, (mean, error), "the result", variants=named, tolerance=1e-9)
