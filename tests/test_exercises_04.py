"""The checkers of chapter 4 accept right answers, however they are written, and name what is wrong with others."""

import numpy as np
import pytest
from answers import right_and_wrong

from scribe.exercises import check
from scribe.lstm import lstm_step


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
        wrong(lambda points, starts: _shift(points, starts) + 0.1, "what the network sees is"),
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
        wrong(lambda nats, lengths: _mean(nats, lengths)[0], "return two things"),
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


@pytest.mark.parametrize("answer", [_go_on, _go_on_in_one_loop])
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
        wrong(lambda n, e, points, s: n / points + 2 * np.log(s), "return two things"),
        wrong(lambda n, e, points, s: ..., "still to write"),
    ],
)
def test_units_wrong(answer, said):
    result = check("prediction-units", answer)
    assert not result.passed
    assert said in result.message


# --- layers, batches, and the project ---------------------------------------------------------------------------


def _layers(x, h, c, cells, order=lambda x, below: [x, below]):
    new_h, new_c = [], []
    for n, cell in enumerate(cells):
        seen = np.concatenate(order(x, new_h[-1])) if n else x
        for part, one in zip((new_h, new_c), lstm_step(seen, h[n], c[n], *cell), strict=True):
            part.append(one)
    return new_h, new_c


def _layers_of_the_chapter(x, h, c, cells):
    h, c = list(h), list(c)
    for n, cell in enumerate(cells):
        h[n], c[n] = lstm_step(np.concatenate([x, *h[n - 1 : n]]) if n else x, h[n], c[n], *cell)
    return h, c


def _layers_in_place(x, h, c, cells):
    for n, cell in enumerate(cells):
        h[n], c[n] = lstm_step(np.concatenate([x, *h[n - 1 : n]]) if n else x, h[n], c[n], *cell)
    return h, c


def _layers_of_before(x, h, c, cells):
    both = [lstm_step(np.concatenate([x, h[n - 1]]) if n else x, h[n], c[n], *cell) for n, cell in enumerate(cells)]
    return [one for one, _ in both], [one for _, one in both]


def _batch(lines, length):
    points, counts = np.zeros((length, len(lines), 3)), np.zeros((length, len(lines)))
    for b, line in enumerate(lines):
        points[: len(line), b] = line
        counts[: len(line), b] = 1
    return points, counts


def _batch_by_stacking(lines, length):
    points = [np.concatenate([line, np.zeros((length - len(line), 3))]) for line in lines]
    return [np.stack(points, axis=1), np.arange(length)[:, None] < [len(line) for line in lines]]


def _batch_with(change):
    return lambda lines, length: change(*_batch(lines, length))


def _padded_before(lines, length):
    points, counts = _batch(lines, length)
    for b, line in enumerate(lines):
        points[:, b] = np.roll(points[:, b], length - len(line), axis=0)
    return points, counts


def _padded_with_the_last(lines, length):
    points, counts = _batch(lines, length)
    for b, line in enumerate(lines):
        points[len(line) :, b] = line[-1]
    return points, counts


def _codes(xy, centres):
    return ((xy[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)


def _codes_by_loop(xy, centres):
    return [min(range(len(centres)), key=lambda k: np.hypot(*(centres[k] - point))) for point in xy]


def _counts(codes, starts, count, ones=1.0):
    table = np.full((count + 1, count), ones)
    for t, code in enumerate(codes):
        table[count if t in starts else codes[t - 1], code] += 1
    return table


def _shares(codes, starts, count):
    table = _counts(codes, starts, count)
    return table / table.sum(axis=1, keepdims=True)


def _shares_by_pairs(codes, starts, count):
    first = np.isin(np.arange(len(codes)), starts)
    before = np.where(first, count, np.roll(codes, 1))
    table = 1 + np.bincount(before * count + codes, minlength=(count + 1) * count).reshape(count + 1, count)
    return (table.T / table.sum(axis=1)).T


def _parts(points, before, table, centres, sigma, lifted):
    z = (points[:, None, :2] - centres) / sigma
    place = -0.5 * (z**2).sum(axis=-1) - np.log(2 * np.pi * sigma.prod(axis=-1))
    return np.log(table[before]), place, np.log(np.where(points[:, 2:] == 1, lifted, 1 - lifted))


def _nats_of(*parts):
    return -np.logaddexp.reduce(sum(parts), axis=1).mean()


def _nats(*given):
    return _nats_of(*_parts(*given))


def _nats_by_loop(points, before, table, centres, sigma, lifted):
    total = 0.0
    for (x, y, up), b in zip(points, before, strict=True):
        of_each = []
        for k, (mu, s) in enumerate(zip(centres, sigma, strict=True)):
            coin = lifted[k] if up else 1 - lifted[k]
            place = -0.5 * ((x - mu[0]) / s[0]) ** 2 - 0.5 * ((y - mu[1]) / s[1]) ** 2
            of_each.append(np.log(table[b, k] * coin / (2 * np.pi * s[0] * s[1])) + place)
        total -= np.logaddexp.reduce(of_each)
    return total / len(points)


def _nats_with_densities(*given):
    return -np.log(np.exp(sum(_parts(*given))).sum(axis=1)).mean()


def _line(table, centres, sigma, lifted, uniform, normal):
    before, line = len(table) - 1, []
    for (one, two), z in zip(uniform, normal, strict=True):
        before = min(np.searchsorted(np.cumsum(table[before]), one, side="right"), len(centres) - 1)
        line.append((*(centres[before] + sigma[before] * z), two < lifted[before]))
    return line


def _line_by_choice(table, centres, sigma, lifted, uniform, normal):
    row, line = table[-1], np.zeros((len(normal), 3))
    for t in range(len(normal)):
        code, passed = 0, row[0]
        while passed <= uniform[t, 0] and code < len(row) - 1:
            code += 1
            passed += row[code]
        line[t] = [*(centres[code] + sigma[code] * normal[t]), uniform[t, 1] < lifted[code]]
        row = table[code]
    return line


def _line_with(**changed):
    names = ("table", "centres", "sigma", "lifted", "uniform", "normal")

    def answer(*given):
        given = dict(zip(names, given, strict=True))
        return _line(**(given | {name: change(**given) for name, change in changed.items()}))

    return answer


RIGHT = {
    "prediction-layers": [_layers, _layers_of_the_chapter],
    "prediction-batch": [_batch, _batch_by_stacking],
    "pen-codes": [_codes, _codes_by_loop],
    "pen-table": [_shares, _shares_by_pairs],
    "pen-nats": [_nats, _nats_by_loop],
    "pen-line": [_line, _line_by_choice],
}
WRONG = {
    "prediction-layers": [
        (_layers_of_before, "one point earlier"),
        (lambda *given: _layers(*given, order=lambda x, below: [below, x]), "The point comes first"),
        (lambda *given: _layers(*given, order=lambda x, below: [0 * x, below]), "short cut is missing"),
        (lambda *given: _layers(*given, order=lambda x, below: [x, 0 * below]), "do not see each other"),
        (lambda *given: _layers(*given)[::-1], "exchanged"),
        (lambda x, h, c, cells: tuple(part[:1] for part in _layers(x, h, c, cells)), "one array for each"),
        (lambda *given: _layers(*given)[0], "return two"),
        (lambda x, h, c, cells: lstm_step(x, h[0], c[0], *cells[0]), "layers"),
        (_layers_in_place, "have changed"),
        (lambda *given: None, "is None"),
    ],
    "prediction-batch": [
        (_batch_with(lambda p, n: (p.swapaxes(0, 1), n.T)), "time comes first"),
        (_batch_with(lambda p, n: (p, 1 - n)), "turned round"),
        (_batch_with(lambda p, n: (p, np.ones_like(n))), "everything counts"),
        (_batch_with(lambda p, n: (p, n * (p[..., 2] == 0))), "pen down"),
        (_batch_with(lambda p, n: (p, (p != 0).all(axis=-1))), "lengths tell"),
        (_batch_with(lambda p, n: p), "return two"),
        (_padded_before, "stands before the lines"),
        (_padded_with_the_last, "last point"),
        (lambda lines, length: [_batch(lines, length), lines[0].fill(0)][0], "have changed"),
        (lambda lines, length: ..., "still to write"),
    ],
    "pen-codes": [
        (lambda xy, m: ((xy[:, None] - m) ** 2).sum(axis=-1).argmax(axis=1), "farthest"),
        (lambda xy, m: ((xy[:, None] - m) ** 2).sum(axis=-1).argmin(axis=0), "nearest point of each centre"),
        (lambda xy, m: (xy[:, None] - m).sum(axis=-1).argmin(axis=1), "cancel"),
        (lambda xy, m: ((xy[:, None] - m)[..., 0] ** 2).argmin(axis=1), "x only"),
        (lambda xy, m: m[_codes(xy, m)], "return their numbers"),
        (lambda xy, m: _codes(xy, m) + 1, "begin with 0"),
        (lambda xy, m: _codes(xy, np.sort(m, axis=0)), "expected"),
        (lambda xy, m: (_codes(xy, m), m.sort(axis=0))[0], "have changed"),
        (lambda xy, m: ..., "still to write"),
    ],
    "pen-table": [
        (_counts, "these are counts"),
        (lambda *g: _counts(*g) / _counts(*g).sum(axis=0), "each row should: it says"),
        (lambda *g: _counts(*g) / _counts(*g).sum(), "together"),
        (lambda c, s, n: _shares(c, s[:1], n), "run into each other"),
        (lambda *g: np.minimum(_counts(*g), 2) / np.minimum(_counts(*g), 2).sum(axis=1, keepdims=True), "counted once"),
        (lambda c, s, n: _counts(c, s, n, 0) / _counts(c, s, n, 0).sum(axis=1, keepdims=True), "Begin with ones"),
        (lambda c, s, n: _shares(c, s, n)[:-1], "a row is missing"),
        (lambda c, s, n: (_shares(c, s, n), c.fill(0))[0], "have changed"),
        (lambda c, s, n: ..., "still to write"),
    ],
    "pen-nats": [
        (lambda *g: -_nats(*g), "the sign"),
        (lambda *g: _nats(*g) * len(g[0]), "sum over all points"),
        (lambda *g: _nats_of(*_parts(*g)[:2]), "the pen is left out"),
        (lambda *g: _nats(*g[:-1], 1 - g[-1]), "the pen is turned round"),
        (lambda *g: _nats_of(*_parts(*g)[1:]), "the table is left out"),
        (lambda *g: _nats_of(*_parts(*g), np.log(g[4]).sum(axis=-1)), "sigma is missing"),
        (lambda *g: _nats(*g) - np.log(2 * np.pi), "2 pi is missing"),
        (lambda *g: -sum(_parts(*g)).max(axis=1).mean(), "only the likeliest"),
        (_nats_with_densities, "log space"),
        (lambda *g: (_nats(*g), g[0].fill(0))[0], "have changed"),
        (lambda *g: ..., "still to write"),
    ],
    "pen-line": [
        (_line_with(table=lambda table, **_: np.vstack([table[:-1], table[:1]])), "begins with code 0"),
        (_line_with(table=lambda table, **_: np.tile(table[-1], (len(table), 1))), "row never changes"),
        (_line_with(table=lambda table, **_: np.eye(table.shape[1])[table.argmax(axis=1)]), "the likeliest code"),
        (_line_with(normal=lambda normal, **_: 0 * normal), "noise is left out"),
        (_line_with(sigma=lambda sigma, **_: np.ones_like(sigma)), "multiplied by sigma"),
        (lambda *g: np.array(_line(*g)) * [1, 1, -1] + [0, 0, 1], "the pen is turned round"),
        (lambda *g: np.c_[np.array(_line(*g))[:, :2].cumsum(axis=0), np.array(_line(*g))[:, 2]], "positions"),
        (lambda *g: np.array(_line(*g))[:, :2], "pen_up, is missing"),
        (lambda *g: np.array(_line(*g)) + 0.1, "expected"),
        (lambda *g: (_line(*g), g[0].fill(0))[0], "have changed"),
        (lambda *g: ..., "still to write"),
    ],
}
test_more_right_answers_pass, test_more_wrong_answers_are_told = right_and_wrong(RIGHT, WRONG)


def test_nothing_is_drawn_while_the_beginning_is_read():
    result = check("prediction-go-on", _go_on_drawing_always)
    assert not result.passed
    assert "while the network reads" in result.message
