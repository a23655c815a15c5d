"""Chapter 4, Writing without text: the shift by one, means over padding, going on from a beginning, and units."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same


def _pair(value: object, names: str) -> None:
    """Two things should come back, or nothing can be said about either."""
    if value is None or value is ...:
        array(value)  # says so
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Mistake(f"your function should return two numbers: `return {names}`")


@exercise("prediction-shift")
def _(answer):
    rng = np.random.default_rng(41)
    for lengths in ((6, 3, 4), (5,), (1, 2, 1)):
        count, starts = sum(lengths), np.concatenate([[0], np.cumsum(lengths)[:-1]])
        points = np.column_stack([rng.normal(size=(count, 2)), rng.integers(0, 2, count)])
        points[starts, 2] = 0
        points[np.cumsum(lengths) - 1, 2] = 1
        given = points.copy()
        value = answer(given, starts.copy())
        if not np.array_equal(given, points):
            raise Mistake("the points that you were given have changed. They are needed as targets: work on a copy")
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
            "the inputs",
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
        value = answer(nats.copy(), lengths.copy())
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
        return point


@exercise("prediction-go-on")
def _(answer):
    for seed, before, count in ((43, 4, 5), (44, 1, 1), (45, 6, 12), (46, 3, 1)):
        network = _Network(seed)
        beginning = network.rng.normal(size=(before, 3)).round(3)
        value = answer(network.step, network.draw, beginning.copy(), count)
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
                " twice a step. Draw once, and keep what you drew"
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
