"""Chapter 4, Writing without text: the shift by one, means over padded lines, the babbling loop, and units."""

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
    for count in (6, 1, 3):
        points = np.column_stack([rng.normal(size=(count, 2)), rng.integers(0, 2, count)])
        points[-1, 2] = 1
        points[0, 2] = 0
        given = points.copy()
        value = answer(given)
        if not np.array_equal(given, points):
            raise Mistake("the points that you were given have changed. They are needed as targets: work on a copy")
        start = np.array([[0.0, 0.0, 1.0]])
        right = np.concatenate([start, points[:-1]])
        rows = np.shape(value)[0] if np.ndim(value) == 2 and np.shape(value)[1] == 3 else None
        if rows == count - 1:
            raise Mistake("one row is missing: the first point is to be predicted too, from a lifted pen, (0, 0, 1)")
        if rows == count + 1:
            raise Mistake("there is one row too many: after the last point there is nothing left to predict")
        same(
            value,
            right,
            "the inputs",
            variants={
                "nothing is shifted: the network is shown the very point that it is to predict, and will copy it":
                    points,
                "the first row is the last point of the line: `np.roll` carries round what falls off. The first input"
                " is a lifted pen, (0, 0, 1)": np.roll(points, 1, axis=0),
                "this is shifted the wrong way: each row shows the point after the one that is to be predicted":
                    np.concatenate([points[1:], start]),
                "this is shifted the wrong way, and round: each row shows the point after the one that is to be"
                " predicted": np.roll(points, -1, axis=0),
                "before the first point the pen is lifted: the first row is (0, 0, 1), not (0, 0, 0)":
                    np.concatenate([np.zeros((1, 3)), points[:-1]]),
                "the first row is the first point itself: the network would be told what it is to predict":
                    np.concatenate([points[:1], points[:-1]]),
                "these are positions. The network sees offsets": np.concatenate(
                    [start, np.column_stack([points[:, :2].cumsum(axis=0), points[:, 2]])[:-1]]
                ),
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


@exercise("prediction-babble")
def _(answer):
    for seed, count in ((43, 5), (44, 1), (45, 12)):
        network = _Network(seed)
        value = answer(network.step, network.draw, count)
        if value is None or value is ...:
            array(value)  # says so
        if not network.seen:
            raise Mistake("`step` was never called: there is no network in this line")
        if not np.array_equal(network.seen[0], [0, 0, 1]):
            raise Mistake(f"the first thing to show is a lifted pen, (0, 0, 1); it was {network.seen[0].round(3)}")
        if network.states[0] is not None:
            raise Mistake("before the first step there is no state: call `step(x, None)` first")
        if len(network.seen) not in (count, count + 1) or len(network.drawn) > 2 * count:
            raise Mistake(
                f"for {count} points, `step` should be called {count} times; it was {len(network.seen)} times"
            )
        for t in range(1, len(network.seen)):
            if network.states[t] is None:
                raise Mistake(f"at step {t} the state is None again: the network has forgotten all that it wrote")
            if network.states[t] != ("state", t):
                raise Mistake(f"at step {t} the state is not the one that step {t - 1} returned")
        if len(network.drawn) >= 2 * len(network.seen) - 1 and count > 1:
            raise Mistake(
                "`draw` is called twice a step: the point that is kept is not the one that is fed back. Draw once, and"
                " keep what you drew"
            )
        for t in range(1, min(len(network.seen), len(network.drawn) + 1)):
            if np.array_equal(network.seen[t], network.drawn[t - 1]):
                continue
            if np.array_equal(network.seen[t], network.seen[0]):
                raise Mistake("at each step the network is shown the start again: feed back the point that was drawn")
            if np.allclose(network.seen[t], 0.5 * network.seen[t - 1] + 0.1):
                raise Mistake("what is fed back are the parameters. Feed back the point that was drawn from them")
            raise Mistake(f"at step {t} the network is not shown the point that was drawn at step {t - 1}")
        if np.shape(value) == (count + 1, 3) and np.array_equal(np.asarray(value)[0], [0, 0, 1]):
            raise Mistake("the lifted pen at the start is no point of the line: leave it out of what you return")
        value = array(value, (count, 3), "the line")
        drawn = np.array(network.drawn[:count])
        if drawn.shape == value.shape and not np.array_equal(value, drawn):
            if np.allclose(value[:, :2], drawn[:, :2].cumsum(axis=0)) and count > 1:
                raise Mistake("these are positions: return the offsets as they were drawn")
            parameters = 0.5 * np.array(network.seen[:count]) + 0.1
            if np.allclose(value, parameters):
                raise Mistake("these are the parameters. Return the points that were drawn from them")
            if np.allclose(value[::-1], drawn):
                raise Mistake("the points come out in the opposite order")
        same(value, drawn, "the line")
        if len(network.seen) != count:
            raise Mistake(
                f"for {count} points, `step` should be called {count} times; it was {len(network.seen)} times"
            )


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
