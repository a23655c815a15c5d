"""The checkers of chapter 4 accept right answers, however they are written, and name what is wrong with others."""

import numpy as np
import pytest

from scribe.exercises import check


def wrong(reader, said):
    return pytest.param(reader, said, id=said.split(",")[0][:40])


START = np.array([[0.0, 0.0, 1.0]])

# --- prediction-shift -------------------------------------------------------------------------------------------


def _shift(points):
    return np.concatenate([START, points[:-1]])


def _shift_by_filling(points):
    xs = np.zeros_like(points)
    xs[0, 2] = 1
    xs[1:] = points[:-1]
    return xs


def _shift_in_a_loop(points):
    rows = [(0, 0, 1)]
    for point in points:
        rows.append(tuple(point))
    return rows[:-1]


def _shift_in_place(points):
    points[1:] = points[:-1].copy()
    points[0] = START
    return points


def _shifted_positions(points):
    there = points.copy()
    there[:, :2] = there[:, :2].cumsum(axis=0)
    return _shift(there)


@pytest.mark.parametrize("answer", [_shift, _shift_by_filling, _shift_in_a_loop])
def test_shift_right(answer):
    assert check("prediction-shift", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(lambda points: points, "nothing is shifted"),
        wrong(lambda points: np.roll(points, 1, axis=0), "np.roll"),
        wrong(lambda points: np.concatenate([points[1:], START]), "wrong way"),
        wrong(lambda points: np.roll(points, -1, axis=0), "wrong way, and round"),
        wrong(lambda points: np.concatenate([np.zeros((1, 3)), points[:-1]]), "not (0, 0, 0)"),
        wrong(lambda points: np.concatenate([points[:1], points[:-1]]), "told what it is to predict"),
        wrong(lambda points: points[:-1], "one row is missing"),
        wrong(lambda points: np.concatenate([START, points]), "one row too many"),
        wrong(_shift_in_place, "have changed"),
        wrong(_shifted_positions, "positions"),
        wrong(lambda points: _shift(points)[:, :2], "shape"),
        wrong(lambda points: _shift(points) + 0.1, "the inputs is"),
        wrong(lambda points: ..., "still to write"),
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


# --- prediction-babble ------------------------------------------------------------------------------------------


def _babble(step, draw, count):
    x, state, line = START[0], None, []
    for _ in range(count):
        params, state = step(x, state)
        x = draw(params)
        line.append(x)
    return np.array(line)


def _babble_into_an_array(step, draw, count):
    line = np.zeros((count + 1, 3))
    line[0, 2] = 1
    state = None
    for t in range(count):
        params, state = step(line[t], state)
        line[t + 1] = draw(params)
    return line[1:]


def _babbler(*, start=(0, 0, 1), forget=False, feed="point", keep="point", twice=False, more=0):
    """A babbling loop with one thing wrong in it."""

    def babble(step, draw, count):
        x, state, line = np.array(start, float), None, []
        for _ in range(count + more):
            params, after = step(x, state)
            state = None if forget else after
            point = draw(params)
            line.append({"point": point, "params": params}[keep])
            x = {"point": draw(params) if twice else point, "params": params, "start": np.array(start, float)}[feed]
        return np.array(line)

    return babble


def _with_the_start(step, draw, count):
    return np.concatenate([START, _babble(step, draw, count)])


def _as_positions(step, draw, count):
    line = _babble(step, draw, count)
    return np.column_stack([line[:, :2].cumsum(axis=0), line[:, 2]])


@pytest.mark.parametrize("answer", [_babble, _babble_into_an_array])
def test_babble_right(answer):
    assert check("prediction-babble", answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        wrong(_babbler(start=(0, 0, 0)), "a lifted pen"),
        wrong(_babbler(forget=True), "forgotten all"),
        wrong(_babbler(feed="params"), "are the parameters"),
        wrong(_babbler(feed="start"), "shown the start again"),
        wrong(_babbler(keep="params"), "these are the parameters"),
        wrong(_babbler(twice=True), "called twice"),
        wrong(_babbler(more=3), "should be called"),
        wrong(_with_the_start, "leave it out"),
        wrong(_as_positions, "these are positions"),
        wrong(lambda step, draw, count: _babble(step, draw, count)[::-1], "opposite order"),
        wrong(lambda step, draw, count: np.zeros((count, 3)), "never called"),
        wrong(lambda step, draw, count: _babble(step, draw, count)[:, :2], "shape"),
        wrong(lambda step, draw, count: [], "never called"),
        wrong(lambda step, draw, count: draw(step(START[0], None)), "something else"),
    ],
)
def test_babble_wrong(answer, said):
    result = check("prediction-babble", answer)
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
