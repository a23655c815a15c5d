"""Chapter 4, Writing without text: layers, batches, shift, padding, beginnings, units, a table that writes."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, same
from scribe.lstm import lstm_step


def _pair(value: object, names: str) -> None:
    """Two things should come back, or nothing can be said about either."""
    if value is None or value is ...:
        array(value)  # says so
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Mistake(f"your function should return two things: `return {names}`")


@exercise("prediction-shift")
def _(answer):
    rng = np.random.default_rng(41)
    for lengths in ((6, 3, 4), (5,), (1, 2, 1)):
        count, starts = sum(lengths), np.concatenate([[0], np.cumsum(lengths)[:-1]])
        points = np.column_stack([rng.normal(size=(count, 2)), rng.integers(0, 2, count)])
        points[starts, 2] = 0
        points[np.cumsum(lengths) - 1, 2] = 1
        value = called(answer, points, starts)
        start = np.array([[0.0, 0.0, 1.0]])
        as_one = np.concatenate([start, points[:-1]])
        right, zeros, own, late, early = as_one.copy(), as_one.copy(), as_one.copy(), as_one.copy(), as_one.copy()
        right[starts] = start
        zeros[starts] = 0
        own[starts] = points[starts]
        late[np.minimum(starts + 1, count - 1)] = start
        early[starts - 1] = start
        wrong_way = np.concatenate([points[1:], start])
        wrong_way[np.cumsum(lengths) - 1] = start
        wrong_way_too = np.roll(points, -1, axis=0)
        wrong_way_too[starts] = start
        without_axis = np.roll(points, 1)
        without_axis[starts] = start
        rows = np.shape(value)[0] if np.ndim(value) == 2 and np.shape(value)[1] == 3 else count
        if rows < count:
            raise Mistake(f"rows are missing: there are {count} points to predict, the first of each line too")
        if rows > count:
            raise Mistake(f"there are rows too many: {count} points are to be predicted, and nothing after the last")
        same(
            value,
            right,
            "what the network sees",
            variants={
                "nothing is shifted: the network is shown the very point that it is to predict, and will copy it":
                    points,
                "each line but the first begins with the last point of the line before: put a lifted pen at all"
                " `starts`": as_one,
                "the first row is the last point of all: `np.roll` carries round what falls off. Each line begins"
                " with a lifted pen, (0, 0, 1)": np.roll(points, 1, axis=0),
                "this is shifted the wrong way: each row shows the point after the one that is to be predicted":
                    wrong_way,
                "this is shifted the wrong way, and lines run into each other": np.concatenate([points[1:], start]),
                "this is shifted the wrong way, and round": np.roll(points, -1, axis=0),
                "this is shifted the wrong way: away from the rows `starts`, each row shows the point after the one"
                " that is to be predicted": wrong_way_too,
                "the numbers are shifted, not the rows: `np.roll` without an axis goes through the array number by"
                " number. Say `axis=0`": without_axis,
                "before its first point a line has a lifted pen: (0, 0, 1), not (0, 0, 0)": zeros,
                "lines begin with their own first point: the network would be told what it is to predict": own,
                "the lifted pen stands one row too late: it belongs to the rows `starts` themselves": late,
                "the lifted pen stands one row too early: it belongs to the rows `starts` themselves": early,
            },
        )  # fmt: skip


@exercise("prediction-mean")
def _(answer):
    rng = np.random.default_rng(42)
    for lengths, padding in (((5, 2, 8), 3.0), ((4, 4), 3.0), ((1, 7, 3, 6), np.inf), ((6, 2), np.nan)):
        lengths = np.array(lengths)
        steps = max(lengths) + 2
        there = np.arange(steps)[:, None] < lengths
        true = rng.normal(-0.5, 1, (steps, len(lengths)))
        nats = np.where(there, true, padding)
        sums = np.where(there, true, 0).sum(axis=0)
        right = sums.sum() / lengths.sum(), sums.mean()
        value = called(answer, nats, lengths)
        _pair(value, "per_point, per_line")
        if not np.isfinite(padding):
            for number in value:
                if np.ndim(number) == 0 and isinstance(number, (int, float, np.number)) and not np.isfinite(number):
                    raise Mistake(
                        f"the padding holds {padding} here, and your mean is {number}. Zero times {padding} is not"
                        " zero: choose with np.where (or by an index); do not multiply by a mask"
                    )
        variants = {}
        if np.isfinite(padding):
            both, mean = nats.sum(axis=0), sums / lengths
            variants = {
                "the padding is counted: of each column only the first `lengths[b]` numbers are points of the line":
                    (nats.mean(), both.mean()),
                "the padding is left out of the sum, but not of the count that it is divided by": (
                    sums.sum() / nats.size,
                    sums.mean(),
                ),
                "the padding is counted in the sums. It may hold any number, so what it holds does not tell where it"
                " is: `lengths` does": (nats.sum() / lengths.sum(), both.mean()),
                "this is the mean of the lines' means: a point of a short line counts for more than one of a long"
                " line. Sum up everything, then divide once": (mean.mean(), sums.mean()),
                "the second number should be the mean over lines of their sums; this is the sum over all lines": (
                    right[0],
                    sums.sum(),
                ),
                "the second number is a mean over points again. A line costs the sum of its points": (
                    right[0],
                    right[0],
                ),
                "the second number is a mean of the lines' means. A line costs the sum of its points: do not divide by"
                " its length": (right[0], mean.mean()),
                "these are the two numbers in the other order: first per point, then per line": right[::-1],
                "the last point of each line is left out: a line of length n has the points 0 to n - 1": (
                    np.where(there[1:], true[:-1], 0).sum() / np.maximum(lengths - 1, 1).sum(),
                    np.where(there[1:], true[:-1], 0).sum(axis=0).mean(),
                ),
            }  # fmt: skip
        same(tuple(value), right, "the mean", variants=variants)


class _Network:
    """Stands in for a trained network and takes note of how it is used."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.seen: list[np.ndarray] = []  # what each step was shown
        self.states: list[object] = []  # and which state it was given
        self.drawn: list[np.ndarray] = []
        self.drawn_after: list[int] = []  # how many steps had been made when each was drawn

    def step(self, x: np.ndarray, state: object) -> tuple[np.ndarray, object]:
        x = array(x, (3,), "what your loop shows to `step`")
        self.seen.append(x.copy())
        self.states.append(state)
        return 0.5 * x + 0.1, ("state", len(self.seen))

    def draw(self, params: np.ndarray) -> np.ndarray:
        if not isinstance(params, np.ndarray) or params.shape != (3,):
            raise Mistake("`draw` takes what `step` returned first, the parameters; it was given something else")
        point = params + self.rng.normal(size=3)
        point[2] = float(point[2] > 0.5)
        self.drawn.append(point.copy())
        self.drawn_after.append(len(self.seen))
        return point


@exercise("prediction-go-on")
def _(answer):
    for seed, before, count in ((43, 4, 5), (44, 1, 1), (45, 6, 12), (46, 3, 1)):
        network = _Network(seed)
        beginning = network.rng.normal(size=(before, 3)).round(3)
        value = answer(network.step, network.draw, shown := beginning.copy(), count)
        if not np.array_equal(shown, beginning):
            raise Mistake("the beginning that your function was given has changed. Work on a copy")
        if value is None or value is ...:
            array(value)  # says so
        seen, drawn = network.seen, network.drawn
        if not seen:
            raise Mistake("`step` was never called: there is no network in this line")
        if np.array_equal(seen[0], beginning[0]):
            raise Mistake(
                "the first thing that the network sees is the first point. Before it comes a lifted pen, (0, 0, 1):"
                " so each line began in training"
            )
        if not np.array_equal(seen[0], [0, 0, 1]):
            raise Mistake(f"the first thing to show is a lifted pen, (0, 0, 1); it was {seen[0].round(3)}")
        if network.states[0] is not None:
            raise Mistake("before the first step there is no state: call `step(x, None)` first")
        for t in range(1, len(seen)):
            if network.states[t] is None:
                raise Mistake(f"at step {t} the state is None again: the network has forgotten all that it has seen")
            if network.states[t] != ("state", t):
                raise Mistake(f"at step {t} the state is not the one that the step before returned")
        if len(seen) <= before:
            raise Mistake(f"the beginning has {before} points, and the network was shown {len(seen) - 1} of them")
        for t in range(1, before + 1):
            if any(np.array_equal(seen[t], point) for point in drawn):
                raise Mistake(
                    "while it reads, the network was shown a point that it drew itself. Show it the beginning"
                )
            if not np.array_equal(seen[t], beginning[t - 1]):
                raise Mistake(f"at step {t} the network should be shown row {t - 1} of the beginning")
        if network.drawn_after and network.drawn_after[0] <= before:
            raise Mistake(
                "while the network reads, nothing is to be drawn. The first point is drawn when the network has been"
                " shown all of the beginning: before that, there is nothing to say"
            )
        if len(seen) > before + 1 and np.array_equal(seen[before + 1], beginning[-1]):
            raise Mistake("the last point of the beginning is shown twice")
        for t in range(before + 1, len(seen)):
            if any(np.array_equal(seen[t], point) for point in drawn):
                continue
            if np.allclose(seen[t], 0.5 * seen[t - 1] + 0.1):
                raise Mistake("what is fed back are the parameters. Feed back the point that was drawn from them")
            raise Mistake("after the beginning, the network is to be shown the points that it drew itself")
        if len(seen) < before + count or len(seen) > before + count + 1:
            raise Mistake(
                f"for {count} points after a beginning of {before}, `step` should be called {before + count} times;"
                f" it was {len(seen)} times"
            )
        if len(drawn) < count:
            raise Mistake(f"{count} points are to be drawn; `draw` was called {len(drawn)} times")
        if np.shape(value) == (before + count, 3) and np.array_equal(np.asarray(value)[:before], beginning):
            raise Mistake("the beginning is in what you return: return only the points that were written after it")
        value = array(value, (count, 3), "the line")
        fed = np.array(seen[before + 1 : before + count]).reshape(-1, 3)
        kept = [any(np.array_equal(row, point) for point in drawn) for row in value]
        if np.array_equal(value[:-1], fed) and kept[-1]:
            continue
        parameters = 0.5 * np.array(seen[before : before + count]) + 0.1
        if np.allclose(value, parameters):
            raise Mistake("these are the parameters. Return the points that were drawn from them")
        if count > 1 and np.allclose(value[:-1, :2], fed[:, :2].cumsum(axis=0)):
            raise Mistake("these are positions: return the offsets as they were drawn")
        if count > 1 and np.array_equal(value[:0:-1], fed):
            raise Mistake("the points come out in the opposite order")
        if all(kept) and len(drawn) > count:
            raise Mistake(
                "the points that are kept are not those that were fed back, though all were drawn: `draw` is called"
                " twice per step. Draw once, and keep what you drew"
            )
        raise Mistake("the points that are returned are not those that were drawn and fed back")


@exercise("prediction-units")
def _(answer):
    for nats, sse, points, scale in ((-1050.0, 0.4, 700, 0.27), (120.0, 1.5, 100, 2.0), (-30.0, 0.25, 40, 0.5)):
        each = nats / points
        right = each + 2 * np.log(scale), sse * scale**2
        value = answer(nats, sse, points, scale)
        _pair(value, "nats_per_point, squared_error")
        variants = {
            "the sign is turned round. Multiplied back by a scale below 1, offsets lie closer together and are"
            " denser: nats must fall": (each - 2 * np.log(scale), sse * scale**2),
            "only one direction is in it. An offset has two, and both were divided: 2 ln(scale)": (
                each + np.log(scale),
                sse * scale**2,
            ),
            "the nats are still those of a whole line: divide by its points": (
                nats + 2 * np.log(scale),
                sse * scale**2,
            ),
            "these are the nats of a whole line, in body heights: divide them by its points": (
                nats + 2 * points * np.log(scale),
                sse * scale**2,
            ),
            "each point of the line changes its unit, not the line as a whole: divide by the points first, then"
            " add": ((nats + 2 * np.log(scale)) / points, sse * scale**2),
            "the nats are right for the unit that they came in; body heights are another": (each, sse * scale**2),
            "nats are logarithms of densities: changing the unit adds something to them; it does not multiply them": (
                each * scale**2,
                sse * scale**2,
            ),
            "the squared error is a square: its unit is squared too, scale**2": (right[0], sse * scale),
            "the squared error is divided where it should be multiplied: one body height is 1 / scale of their units":
                (right[0], sse / scale**2),
            "the squared error has a unit too, and has not changed": (right[0], sse),
            "the squared error is per point already": (right[0], sse * scale**2 / points),
            "neither of the two has changed its unit": (each, sse),
            "this logarithm has base 10. Nats are natural logarithms": (
                each + 2 * np.log10(scale),
                sse * scale**2,
            ),
        }  # fmt: skip
        what = f"for ({nats:g}, {sse:g}, {points}, {scale:g}), the result"
        same(tuple(value), right, what, variants=variants)


@exercise("prediction-layers")
def _(answer):
    for seed, layers in ((47, 3), (48, 2), (49, 1)):
        rng = np.random.default_rng(seed)
        units, x = 4, rng.normal(size=3)
        h, c = [list(rng.normal(0, 0.5, (layers, units))) for _ in range(2)]
        cells = []
        for n in range(layers):
            inputs = 3 + units * (n > 0)
            sizes = ((inputs, 4 * units), (units, 4 * units), (4 * units,))
            cells.append(tuple(rng.normal(0, 0.5, size) for size in sizes))
        right = _through(x, h, c, cells, lambda x, below, old: [x, below])
        variants = {}
        if layers > 1:
            variants = {
                "each layer sees what the layer below said one point earlier. It should see what that one says now:"
                " take the new h": _through(x, h, c, cells, lambda x, below, old: [x, old]),
                "the layer below comes first here. The point comes first, then the layer below": _through(
                    x, h, c, cells, lambda x, below, old: [below, x]
                ),
                "the short cut is missing: every layer sees the point itself, and then the layer below": _through(
                    x, h, c, cells, lambda x, below, old: [0 * x, below]
                ),
                "the layers do not see each other: each but the first sees the point and the layer below": _through(
                    x, h, c, cells, lambda x, below, old: [x, 0 * below]
                ),
            }
        value = called(answer, x, h, c, cells)
        _pair(value, "h, c")
        if any(not isinstance(part, (list, tuple, np.ndarray)) or len(part) != layers for part in value):
            raise Mistake(f"h and c are lists with one array for each of the {layers} layers")
        new_h, new_c = ([array(one, (units,), "the state of a layer") for one in part] for part in value)
        for message, (wrong_h, _) in variants.items():
            if np.allclose(new_h, wrong_h) and not np.allclose(new_h, right[0]):
                raise Mistake(message)
        if np.allclose(new_h, right[1]) and np.allclose(new_c, right[0]):
            raise Mistake("h and c are exchanged: `lstm_step` returns h first, then c")
        for n in range(layers):
            same(new_h[n], right[0][n], f"h of layer {n + 1} of {layers}")
            same(new_c[n], right[1][n], f"c of layer {n + 1} of {layers}")


def _through(x, h, c, cells, sees):
    """One point through all layers; ``sees`` says what stands before a layer that has another one below it."""
    new_h, new_c = [], []
    for n, cell in enumerate(cells):
        seen = np.concatenate(sees(x, new_h[-1], h[n - 1])) if n else x
        one_h, one_c = lstm_step(seen, h[n], c[n], *cell)
        new_h.append(one_h)
        new_c.append(one_c)
    return new_h, new_c


@exercise("prediction-batch")
def _(answer):
    rng = np.random.default_rng(50)
    for lengths, longest in (((3, 5, 1), 5), ((2, 2), 4)):
        lines = [np.c_[rng.normal(size=(n, 2)), np.eye(n)[-1]] for n in lengths]
        points, counts = np.zeros((longest, len(lines), 3)), np.zeros((longest, len(lines)))
        for b, line in enumerate(lines):
            points[: len(line), b], counts[: len(line), b] = line, 1
        value = called(answer, lines, longest)
        _pair(value, "points, counts")
        if np.shape(value[0]) == (len(lines), longest, 3) and len(lines) != longest:
            raise Mistake("the lines come first in your array; time comes first here: (length, B, 3)")
        to_the_end = np.zeros_like(points)
        for b, line in enumerate(lines):
            to_the_end[longest - len(line) :, b] = line
        repeated = points.copy()
        for b, line in enumerate(lines):
            repeated[len(line) :, b] = line[-1]
        same(
            value[0],
            points,
            "the array of points",
            variants={
                "the padding stands before the lines. Lines begin at row 0, and the padding follows them": to_the_end,
                "lines that are too short are filled up with their last point; fill them up with zeros": repeated,
            },
        )
        same(
            value[1],
            counts,
            "the array that says which points count",
            variants={
                "the padding counts, and the points do not: it is turned round": 1 - counts,
                "everything counts here. Padding is 0": np.ones_like(counts),
                "this counts the points with the pen down. Every point counts, lifted or not": counts
                * (points[..., 2] == 0),
                "this looks at the points to see where there is padding. A point may be zero, too; lengths tell": (
                    points != 0
                ).all(axis=-1),
            },
        )


# --- the project: a table that writes ---------------------------------------------------------------------------


@exercise("pen-codes")
def _(answer):
    rng = np.random.default_rng(51)
    for count, codes in ((30, 6), (5, 9)):
        xy, centres = rng.normal(size=(count, 2)) * (3, 1), rng.normal(size=(codes, 2)) * (3, 1)
        away = xy[:, None] - centres
        right = (away**2).sum(axis=-1).argmin(axis=1)
        value = array(called(answer, xy, centres), None, "the result")
        if value.shape == (codes,) and codes != count:
            raise Mistake("this is the nearest point of each centre; asked for is the nearest centre of each point")
        if value.shape == (count, 2):
            raise Mistake("these are the centres themselves, or their differences; return their numbers")
        same(
            value,
            right,
            "the number of the nearest centre",
            variants={
                "these are the centres that are farthest away": (away**2).sum(axis=-1).argmax(axis=1),
                "differences of both signs cancel in this sum: square them first": away.sum(axis=-1).argmin(axis=1),
                "this compares x only": (away[..., 0] ** 2).argmin(axis=1),
                "the numbers begin with 1; they begin with 0": right + 1,
            },
        )


def _table(codes, starts, count, smooth=1.0, ends=None):
    """Counts of what followed what, and row ``count`` for beginnings, as shares."""
    before = np.concatenate([[count], codes[:-1]])
    before[starts] = count
    table = np.full((count + 1, count), smooth)
    np.add.at(table, (before, codes), 1)
    return table


@exercise("pen-table")
def _(answer):
    rng = np.random.default_rng(52)
    for lengths, count in (((7, 4, 9), 4), ((3,), 3)):
        codes, starts = rng.integers(0, count, sum(lengths)), np.cumsum([0, *lengths[:-1]])
        table = _table(codes, starts, count)
        right = table / table.sum(axis=1, keepdims=True)
        joined = _table(codes, [0], count)
        bare = _table(codes, starts, count, 0.0)
        turned = np.vstack([table[:-1].T, table[-1:]])
        once = np.minimum(table, 2)
        with np.errstate(invalid="ignore"):
            variants = {
                "these are counts. Divide each row by its sum": table,
                "each column sums to 1; each row should: it says what comes after one code": table / table.sum(axis=0),
                "all of it sums to 1 together; each row should": table / table.sum(),
                "rows and columns are exchanged: the row is the code before, the column the one after": turned
                / turned.sum(axis=1, keepdims=True),
                "the lines run into each other: the first code of a line follows no other. It belongs in the last row":
                    joined / joined.sum(axis=1, keepdims=True),
                "what was never seen gets the probability 0, and would cost infinitely much. Begin with ones":
                    bare / bare.sum(axis=1, keepdims=True),
                "a pair that comes several times is counted once: `table[before, codes] += 1` writes each place once."
                " np.add.at adds every time": once / once.sum(axis=1, keepdims=True),
            }  # fmt: skip
        value = called(answer, codes, starts, count)
        if value is not None and value is not ... and np.shape(value) == (count, count):
            raise Mistake("a row is missing: the last one, number `count`, says how lines begin")
        if np.shape(value) == (count + 1, count) and np.isnan(np.asarray(value, float)).any():
            raise Mistake("a row is 0 / 0: a code that was followed by nothing. Begin with ones in place of zeros")
        same(value, right, "the table", variants=variants if len(lengths) > 1 else {})


@exercise("pen-nats")
def _(answer):
    rng = np.random.default_rng(53)
    for shift in (0.0, 60.0):  # a point that is far off: its densities vanish unless they stay logarithms
        count, points = 4, 9
        table = rng.dirichlet(np.ones(count), count + 1)
        centres, sigma = rng.normal(size=(count, 2)), rng.uniform(0.3, 1.0, (count, 2))
        lifted, before = rng.uniform(0.1, 0.9, count), rng.integers(0, count + 1, points)
        rows = np.c_[rng.normal(size=(points, 2)), rng.integers(0, 2, points)]
        rows[0, 0] += shift
        z = (rows[:, None, :2] - centres) / sigma
        place = -0.5 * (z**2).sum(axis=-1) - np.log(sigma).sum(axis=-1) - np.log(2 * np.pi)
        pen = np.log(np.where(rows[:, 2:] == 1, lifted, 1 - lifted))
        weight = np.log(table[before])

        def mean(of_each):
            largest = of_each.max(axis=1, keepdims=True)
            return -(largest[:, 0] + np.log(np.exp(of_each - largest).sum(axis=1))).mean()

        right = mean(weight + place + pen)
        variants = {
            "the sign is turned round: nats are minus the logarithm": -right,
            "this is the sum over all points; asked for is their mean": right * points,
            "the pen is left out: multiply by `lifted` or by 1 - `lifted`": mean(weight + place),
            "the pen is turned round: with probability `lifted` it is up": mean(
                weight + place + np.log(np.where(rows[:, 2:] == 1, 1 - lifted, lifted))
            ),
            "the table is left out: each code counts as much as row `before` of it says": mean(place + pen),
            "the fraction 1 / (2 pi sigma_x sigma_y) of the bells is incomplete: sigma is missing": mean(
                weight + place + np.log(sigma).sum(axis=-1) + pen
            ),
            "the fraction 1 / (2 pi sigma_x sigma_y) of the bells is incomplete: 2 pi is missing": mean(
                weight + place + np.log(2 * np.pi) + pen
            ),
            "only the likeliest code is counted. Sum over all codes, then take the logarithm": -(
                (weight + place + pen).max(axis=1).mean()
            ),
        }
        with np.errstate(all="ignore"):
            value = called(answer, rows, before, table, centres, sigma, lifted)
        if shift and np.ndim(value) == 0 and isinstance(value, (float, np.floating)) and not np.isfinite(value):
            raise Mistake(
                f"one point is {shift:.0f} units away, and your mean is {value}: its density is too small for a number."
                " Stay in log space: add logarithms, take the largest out, then sum (chapter 3)"
            )
        same(value, right, "the mean", variants=variants, tolerance=1e-7)


@exercise("pen-line")
def _(answer):
    rng = np.random.default_rng(54)
    for steps in (40, 1):
        count = 4
        table = rng.dirichlet(np.full(count, 0.7), count + 1)
        centres, sigma = rng.normal(size=(count, 2)), rng.uniform(0.05, 0.3, (count, 2))
        lifted = rng.uniform(0.1, 0.9, count)
        uniform, normal = rng.random((steps, 2)), rng.normal(size=(steps, 2))
        given = table, centres, sigma, lifted, uniform, normal
        variants = {
            "the line begins with code 0. It begins with the last row of the table": _written(*given, begin=0),
            "the row never changes: the code that was drawn says which row is next": _written(*given, stay=True),
            "the likeliest code is taken each time, so there is only one line. Draw it": _written(
                *given, likeliest=True
            ),
            "the noise is left out: a point lies around its centre, sigma wide": _written(*given, noise=0.0),
            "the noise is added as it is; it is to be multiplied by sigma": _written(*given, bare=True),
            "the pen is turned round: it is lifted where the second number is below `lifted`": _written(*given)
            * [1, 1, -1]
            + [0, 0, 1],
            "these are positions: return the offsets": np.c_[
                _written(*given)[:, :2].cumsum(axis=0), _written(*given)[:, 2]
            ],
        }
        value = array(called(answer, *given), None, "the line")
        if value.shape == (steps, 2):
            raise Mistake("there are two columns; the third one, pen_up, is missing")
        same(value, _written(*given), "the line", variants=variants if steps > 1 else {})


def _written(
    table, centres, sigma, lifted, uniform, normal, begin=-1, stay=False, likeliest=False, noise=1.0, bare=False
):
    row, line = table[begin], []
    for (first, second), z in zip(uniform, normal, strict=True):
        code = int(row.argmax()) if likeliest else min(int((np.cumsum(row) <= first).sum()), len(row) - 1)
        offset = centres[code] + noise * (z if bare else sigma[code] * z)
        line.append([*offset, float(second < lifted[code])])
        row = row if stay else table[code]
    return np.array(line)
