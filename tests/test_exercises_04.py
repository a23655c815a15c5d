"""The checkers of chapter 4 accept right answers, however they are written, and name what is wrong with others."""

import numpy as np
import pytest

from scribe.exercises import check


def wrong(reader, said):
    return pytest.param(reader, said, id=said.split(",")[0][:40])


START = np.array([[0.0, 0.0, 1.0]])

# --- prediction-shift -------------------------------------------------------------------------------------------


def _shift(points, starts):
    xs = np.concatenate([START, points[:-1]])
    xs[starts] = START
    return xs


def _shift_by_rolling(points, starts):
    return np.where(np.isin(np.arange(len(points)), starts)[:, None], START, np.roll(points, 1, axis=0))


def _shift_line_by_line(points, starts):
    rows = []
    for begin, end in zip(starts, [*starts[1:], len(points)], strict=True):
        rows += [(0, 0, 1), *map(tuple, points[begin : end - 1])]
    return rows


def _shift_in_place(points, starts):
    points[:] = _shift(points.copy(), starts)
    return points


def _shift_and_put(points, rows, what=START):
    xs = np.concatenate([START, points[:-1]])
    xs[rows] = what
    return xs


def _roll_and_put(points, rows, by, axis):
    xs = np.roll(points, by, axis=axis)
    xs[rows] = START
    return xs


@pytest.mark.parametrize("answer", [_shift, _shift_by_rolling, _shift_line_by_line])
def test_shift_right(answer):
    assert check("prediction-shift", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda points, starts: points, "nothing is shifted"),
        wrong(lambda points, starts: np.concatenate([START, points[:-1]]), "the line before"),
        wrong(lambda points, starts: np.roll(points, 1, axis=0), "np.roll"),
        wrong(lambda points, starts: np.concatenate([points[1:], START]), "run into each other"),
        wrong(lambda points, starts: np.roll(points, -1, axis=0), "wrong way, and round"),
        wrong(lambda points, starts: _roll_and_put(points, starts, -1, 0), "away from the rows"),
        wrong(lambda points, starts: _roll_and_put(points, starts, 1, None), "Say `axis=0`"),
        wrong(lambda points, starts: _shift_and_put(points, starts, 0), "not (0, 0, 0)"),
        wrong(lambda points, starts: _shift_and_put(points, starts, points[starts]), "told what it is to predict"),
        wrong(lambda points, starts: _shift_and_put(points, starts + 1 - (starts + 1) // len(points)), "too late"),
        wrong(lambda points, starts: _shift_and_put(points, starts - 1), "too early"),
        wrong(lambda points, starts: points[:-1], "rows are missing"),
        wrong(lambda points, starts: np.concatenate([START, points]), "rows too many"),
        wrong(_shift_in_place, "have changed"),
        wrong(lambda points, starts: _shift(points, starts)[:, :2], "shape"),
        wrong(lambda points, starts: _shift(points, starts) + 0.1, "the inputs is"),
        wrong(lambda points: points, "cannot be called"),
        wrong(lambda points, starts: ..., "still to write"),
    ],
)
def test_shift_wrong(answer, said):
    result = check("prediction-shift", answer)
    assert not result.passed
    assert said in result.message


# --- prediction-mean --------------------------------------------------------------------------------------------


def _there(nats, lengths):
    return np.arange(len(nats))[:, None] < lengths


def _mean(nats, lengths):
    counted = np.where(_there(nats, lengths), nats, 0)
    return counted.sum() / lengths.sum(), counted.sum(axis=0).mean()


def _mean_in_a_loop(nats, lengths):
    lines = [sum(nats[:length, b]) for b, length in enumerate(lengths)]
    return sum(lines) / sum(lengths), np.mean(lines)


def _multiplied(nats, lengths):
    with np.errstate(invalid="ignore"):
        counted = nats * _there(nats, lengths)
    return counted.sum() / lengths.sum(), counted.sum(axis=0).mean()


def _finite_only(nats, lengths):
    counted = np.where(np.isfinite(nats), nats, 0)
    return counted.sum() / lengths.sum(), counted.sum(axis=0).mean()


def _of_lines(nats, lengths):
    return [nats[:length, b] for b, length in enumerate(lengths)]


@pytest.mark.parametrize("answer", [_mean, _mean_in_a_loop])
def test_mean_right(answer):
    assert check("prediction-mean", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda nats, lengths: (nats.mean(), nats.sum(axis=0).mean()), "the padding is counted"),
        wrong(lambda nats, lengths: (_mean(nats, lengths)[0], nats.sum(axis=0).mean()), "the padding is counted"),
        wrong(
            lambda nats, lengths: (np.where(_there(nats, lengths), nats, 0).mean(), _mean(nats, lengths)[1]),
            "not of the count",
        ),
        wrong(
            lambda nats, lengths: (
                np.mean([line.mean() for line in _of_lines(nats, lengths)]),
                _mean(nats, lengths)[1],
            ),
            "mean of the lines' means",
        ),
        wrong(_finite_only, "any number"),
        wrong(
            lambda nats, lengths: (
                _mean(nats, lengths)[0],
                np.mean([line.mean() for line in _of_lines(nats, lengths)]),
            ),
            "do not divide by its length",
        ),
        wrong(_multiplied, "do not multiply by a mask"),
        wrong(lambda nats, lengths: _mean(nats, lengths)[::-1], "other order"),
        wrong(
            lambda nats, lengths: (_mean(nats, lengths)[0], sum(map(sum, _of_lines(nats, lengths)))),
            "sum over all lines",
        ),
        wrong(lambda nats, lengths: (_mean(nats, lengths)[0],) * 2, "mean over points again"),
        wrong(lambda nats, lengths: _mean(nats, lengths)[0], "return two numbers"),
        wrong(lambda nats, lengths: _mean(nats, np.maximum(lengths - 1, 1)), "last point of each line"),
        wrong(lambda nats, lengths: _mean(nats.T, lengths), "ValueError"),
        wrong(lambda nats, lengths: None, "None"),
    ],
)
def test_mean_wrong(answer, said):
    result = check("prediction-mean", answer)
    assert not result.passed
    assert said in result.message


# --- prediction-go-on -------------------------------------------------------------------------------------------


def _go_on(step, draw, beginning, count):
    params, state = step(START[0], None)
    for x in beginning:
        params, state = step(x, state)
    line = [draw(params)]
    while len(line) < count:
        params, state = step(line[-1], state)
        line.append(draw(params))
    return np.array(line)


def _go_on_in_one_loop(step, draw, beginning, count):
    rows, state = [START[0], *beginning], None
    for t in range(len(beginning) + count):
        params, state = step(rows[t], state)
        if t >= len(beginning):
            rows.append(draw(params))
    return rows[-count:]


def _go_on_drawing_always(step, draw, beginning, count):
    """Draws while it reads, too, but does not use it; and takes one step more than it needs."""
    rows, state, point = [START[0], *beginning], None, None
    for t in range(len(beginning) + count + 1):
        if t >= len(rows):
            rows.append(point)
        params, state = step(rows[t], state)
        point = draw(params)
    return np.array(rows[len(beginning) + 1 :])


def _writer(*, start=(0, 0, 1), forget=False, feed="point", keep="point", twice=False, again=False, read=True):
    """A loop with one thing wrong in it."""

    def go_on(step, draw, beginning, count):
        params, state = step(np.array(start, float), None)
        for x in beginning if read else beginning[:0]:
            params, state = step(x, None if forget == "reading" else state)
        if again:
            params, state = step(beginning[-1], state)
        if forget == "between":
            params, state = step(beginning[-1], None)
        line = []
        while True:
            point = draw(params)
            line.append({"point": point, "params": params}[keep])
            if len(line) == count:
                return np.array(line)
            x = {"point": draw(params) if twice else point, "params": params, "last": beginning[-1]}[feed]
            params, state = step(x, state)

    return go_on


def _own_points_while_reading(step, draw, beginning, count):
    x, state, line = START[0], None, []
    for _ in range(len(beginning) + count):
        params, state = step(x, state)
        x = draw(params)
        line.append(x)
    return np.array(line[-count:])


def _without_the_pen(step, draw, beginning, count):
    state = None
    for x in beginning:
        params, state = step(x, state)
    line = [draw(params)]
    while len(line) < count:
        params, state = step(line[-1], state)
        line.append(draw(params))
    return np.array(line)


def _as_positions(step, draw, beginning, count):
    line = _go_on(step, draw, beginning, count)
    return np.column_stack([line[:, :2].cumsum(axis=0), line[:, 2]])


@pytest.mark.parametrize("answer", [_go_on, _go_on_in_one_loop, _go_on_drawing_always])
def test_go_on_right(answer):
    assert check("prediction-go-on", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(_without_the_pen, "Before it comes a lifted pen"),
        wrong(_writer(start=(0, 0, 0)), "a lifted pen"),
        wrong(_writer(forget="reading"), "forgotten all"),
        wrong(_writer(forget="between"), "forgotten all"),
        wrong(_own_points_while_reading, "drew itself"),
        wrong(_writer(read=False), "Show it the beginning"),
        wrong(_writer(again=True), "shown twice"),
        wrong(_writer(feed="params"), "are the parameters"),
        wrong(_writer(feed="last"), "shown twice"),
        wrong(_writer(keep="params"), "these are the parameters"),
        wrong(_writer(twice=True), "called twice"),
        wrong(lambda s, d, begin, count: np.concatenate([begin, _go_on(s, d, begin, count)]), "return only"),
        wrong(_as_positions, "these are positions"),
        wrong(lambda *all: _go_on(*all)[::-1], "opposite order"),
        wrong(lambda s, d, begin, count: _go_on(s, d, begin, count + 3)[:count], "should be called"),
        wrong(lambda s, d, begin, count: np.zeros((count, 3)), "never called"),
        wrong(lambda s, d, begin, count: _go_on(s, d, begin, count)[:, :2], "shape"),
        wrong(lambda s, d, begin, count: d(s(START[0], None)), "something else"),
        wrong(lambda s, d, begin, count: ..., "still to write"),
    ],
)
def test_go_on_wrong(answer, said):
    result = check("prediction-go-on", answer)
    assert not result.passed
    assert said in result.message


# --- prediction-units -------------------------------------------------------------------------------------------


def _units(nats, sse, points, scale):
    return nats / points + 2 * np.log(scale), sse * scale**2


def _units_from_densities(nats, sse, points, scale):
    density = np.exp(-nats / points) / scale / scale
    return [-np.log(density), (np.sqrt(sse) * scale) ** 2]


@pytest.mark.parametrize("answer", [_units, _units_from_densities])
def test_units_right(answer):
    assert check("prediction-units", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda n, e, points, s: (n / points - 2 * np.log(s), e * s**2), "sign"),
        wrong(lambda n, e, points, s: (n / points + np.log(s), e * s**2), "only one direction"),
        wrong(lambda n, e, points, s: (n + 2 * np.log(s), e * s**2), "a whole line"),
        wrong(lambda n, e, points, s: ((n + 2 * np.log(s)) / points, e * s**2), "divide by the points first"),
        wrong(lambda n, e, points, s: (n + 2 * points * np.log(s), e * s**2), "whole line, in body heights"),
        wrong(lambda n, e, points, s: (n / points, e * s**2), "body heights are another"),
        wrong(lambda n, e, points, s: (n / points * s**2, e * s**2), "does not multiply"),
        wrong(lambda n, e, points, s: (n / points + 2 * np.log(s), e * s), "squared too"),
        wrong(lambda n, e, points, s: (n / points + 2 * np.log(s), e / s**2), "divided where"),
        wrong(lambda n, e, points, s: (n / points + 2 * np.log(s), e), "has a unit too"),
        wrong(lambda n, e, points, s: (n / points + 2 * np.log(s), e * s**2 / points), "per point already"),
        wrong(lambda n, e, points, s: (n / points + 2 * np.log10(s), e * s**2), "base 10"),
        wrong(lambda n, e, points, s: n / points + 2 * np.log(s), "return two numbers"),
        wrong(lambda n, e, points, s: ..., "still to write"),
    ],
)
def test_units_wrong(answer, said):
    result = check("prediction-units", answer)
    assert not result.passed
    assert said in result.message
