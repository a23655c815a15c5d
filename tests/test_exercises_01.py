"""The checkers of chapter 1: right answers written differently pass, seeded mistakes are named."""

import numpy as np
import pytest

from scribe.exercises import check
from scribe.ink import Ink, InkError


def offsets_by_numpy(strokes):
    points = np.concatenate(strokes)
    pen_up = np.zeros(len(points))
    pen_up[np.cumsum([len(s) for s in strokes]) - 1] = 1
    return np.column_stack([np.diff(points, axis=0, prepend=np.zeros((1, 2))), pen_up])


def offsets_by_loop(strokes):
    rows, x, y = [], 0.0, 0.0
    for stroke in strokes:
        for number, (a, b) in enumerate(stroke):
            rows.append([a - x, b - y, int(number == len(stroke) - 1)])
            x, y = a, b
    return rows


def strokes_by_split(offsets):
    xy = np.cumsum(offsets[:, :2], axis=0)
    return np.split(xy, np.flatnonzero(offsets[:, 2])[:-1] + 1)


def strokes_by_loop(offsets):
    strokes, stroke, x, y = [], [], 0.0, 0.0
    for dx, dy, up in offsets:
        x, y = x + dx, y + dy
        stroke.append((x, y))
        if up:
            strokes.append(stroke)
            stroke = []
    return strokes


def resample_by_interp(stroke, n):
    t = np.linspace(0, len(stroke) - 1, n)
    return np.stack([np.interp(t, np.arange(len(stroke)), stroke[:, i]) for i in (0, 1)], axis=1)


def resample_by_hand(stroke, n):
    points = []
    for i in range(n):
        t = i * (len(stroke) - 1) / (n - 1)
        k = min(int(t), len(stroke) - 2)
        points.append(stroke[k] + (t - k) * (stroke[k + 1] - stroke[k]))
    return np.array(points)


def round_and_add(point, at, step):
    offset = np.rint((point - at) / step) * step
    return offset, at + offset


def round_the_place(point, at, step):
    grid = np.round(point / step) * step
    return [grid - at, grid]


def points_by_numpy(offsets):
    return np.column_stack([np.cumsum(offsets[:, :2], axis=0), offsets[:, 2]])


def points_by_loop(offsets):
    rows, x, y = [], 0.0, 0.0
    for dx, dy, up in offsets:
        x, y = x + dx, y + dy
        rows.append((x, y, up))
    return rows


def scaled_by_numpy(offsets):
    scale = offsets[:, :2].std(axis=0).mean()
    return offsets / [scale, scale, 1], scale


def scaled_by_column(offsets):
    dx, dy, up = offsets.T
    scale = 0.5 * (np.sqrt(np.mean((dx - dx.mean()) ** 2)) + np.std(dy))
    return [np.stack([dx / scale, dy / scale, up]).T, scale]


def explained(guesses, truth):
    return 1 - ((truth - guesses) ** 2).mean(axis=0) / truth.var(axis=0)


def explained_by_column(guesses, truth):
    shares = []
    for guess, true in zip(guesses.T, truth.T, strict=True):
        shares.append(1 - sum((true - guess) ** 2) / sum((true - true.mean()) ** 2))
    return shares


def nearest(shape, shapes, labels):
    return labels[((shapes - shape) ** 2).sum(axis=(1, 2)).argmin()]


def nearest_by_loop(shape, shapes, labels):
    return min(zip(shapes, labels, strict=True), key=lambda pair: np.linalg.norm(pair[0] - shape))[1]


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("ink-offsets", [offsets_by_numpy, offsets_by_loop, lambda s: Ink.from_strokes(s).offsets]),
        ("ink-strokes", [strokes_by_split, strokes_by_loop, lambda o: Ink(o).strokes]),
        ("ink-resample", [resample_by_interp, resample_by_hand]),
        ("ink-round", [round_and_add, round_the_place]),
        ("ink-points", [points_by_numpy, points_by_loop]),
        ("ink-scale", [scaled_by_numpy, scaled_by_column]),
        ("ink-explained", [explained, explained_by_column]),
        ("ink-nearest", [nearest, nearest_by_loop]),
    ],
)
def test_right_answers_pass(name, answers, capsys):
    for answer in answers:
        assert check(name, answer), answer.__name__
        assert capsys.readouterr().out == "Right.\n"


def _changed(f, change):
    return lambda *args: change(np.array(f(*args), float))


def _first_up(strokes):
    offsets = offsets_by_numpy(strokes)
    offsets[:, 2] = np.concatenate([[1], offsets[:-1, 2]])
    return offsets


def _only_last_up(strokes):
    offsets = offsets_by_numpy(strokes)
    offsets[:-1, 2] = 0
    return offsets


def _last_end_missing(strokes):
    offsets = offsets_by_numpy(strokes)
    offsets[-1, 2] = 0
    return offsets


def _changing_the_strokes(strokes):
    offsets = offsets_by_numpy(strokes)
    strokes[0][:, 1] += 1
    return offsets


def _restarting(strokes):
    return np.concatenate([offsets_by_numpy([s]) for s in strokes])


def _no_moves(strokes):
    return np.concatenate([offsets_by_numpy([s]) - [[*s[0], 0]] * (np.arange(len(s)) == 0)[:, None] for s in strokes])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda s: np.diff(np.concatenate(s), axis=0), "shape"),
        (lambda s: offsets_by_numpy(s)[1:], "one row fewer"),
        (lambda s: offsets_by_numpy(s)[:, :2], "pen_up, is missing"),
        (lambda s: np.c_[np.concatenate(s), offsets_by_numpy(s)[:, 2]], "these are positions"),
        (_first_up, "pen_up is 1 on the first point"),
        (_only_last_up, "on the very last point only"),
        (_changed(offsets_by_numpy, lambda o: o * (1, 1, 0)), "pen_up is 0 everywhere"),
        (_changed(offsets_by_numpy, lambda o: np.c_[o[:, :2], 1 - o[:, 2]]), "turned round"),
        (_restarting, "starts from the origin again"),
        (_no_moves, "moves between strokes are lost"),
        (_changed(offsets_by_numpy, lambda o: o * (1, -1, 1)), "upside down"),
        (_changed(offsets_by_numpy, lambda o: o * (-1, -1, 1)), "wrong sign"),
        (_changed(offsets_by_numpy, lambda o: o + 0.01), "expected"),
        (_last_end_missing, "ends with a lifted pen too"),
        (_changed(offsets_by_numpy, lambda o: np.vstack([o[:1] * (0, 0, 1), o[1:]])), "the first offset is (0, 0)"),
        (_changing_the_strokes, "have changed"),
        (lambda s: None, "is None"),
    ],
)
def test_wrong_offsets_are_named(answer, said):
    result = check("ink-offsets", answer)
    assert not result
    assert said in result.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda o: np.split(np.cumsum(o[:, :2], axis=0), np.flatnonzero(o[:, 2]) + 1), "a stroke of no points"),
        (lambda o: np.split(np.cumsum(o[:, :2], axis=0), np.flatnonzero(o[:, 2]))[:-1], "one point too early"),
        (lambda o: strokes_by_split(o)[:-1], "the last one is lost"),
        (lambda o: strokes_by_split(o)[1:] if len(strokes_by_split(o)) > 1 else strokes_by_split(o), "the first one"),
        (lambda o: strokes_by_split(np.cumsum(o, axis=0, out=o)), "have changed"),
        (lambda o: (strokes_by_split(o), o.sort(axis=0))[0], "have changed"),
        (lambda o: [np.cumsum(o[:, :2], axis=0)], "there are 3 pen_ups"),
        (lambda o: np.split(o[:, :2], np.flatnonzero(o[:, 2])[:-1] + 1), "offsets still"),
        (
            lambda o: [np.cumsum(p, axis=0) for p in np.split(o[:, :2], np.flatnonzero(o[:, 2])[:-1] + 1)],
            "Sum up before you cut",
        ),
        (lambda o: np.split(np.cumsum(o, axis=0), np.flatnonzero(o[:, 2])[:-1] + 1), "three columns"),
        (lambda o: np.cumsum(o[:, :2], axis=0), "should be a list of strokes"),
        (lambda o: print(end=""), "is None"),
        (lambda o: ..., "still to write"),
        (lambda o: np.split(np.cumsum(o[:, :2], axis=0), np.flatnonzero(o[:, 2])), "one point too early"),
    ],
)
def test_wrong_strokes_are_named(answer, said):
    result = check("ink-strokes", answer)
    assert not result
    assert said in result.message


def _along(stroke, n):
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    at = np.linspace(0, along[-1], n)
    return np.stack([np.interp(at, along, xy) for xy in stroke.T], axis=1)


def _open_end(stroke, n):
    at = np.linspace(0, len(stroke) - 1, n, endpoint=False)
    return np.stack([np.interp(at, np.arange(len(stroke)), xy) for xy in stroke.T], axis=1)


def _past_the_end(stroke, n):
    at = np.linspace(0, len(stroke), n)
    return np.stack([np.interp(at, np.arange(len(stroke)), xy) for xy in stroke.T], axis=1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_along, "even along the path"),
        (_open_end, "the end of the stroke is lost"),
        (lambda s, n: s[np.linspace(0, len(s) - 1, n).round().astype(int)], "the nearest ones"),
        (lambda s, n: s[np.linspace(0, len(s) - 1, n).astype(int)], "rounded down"),
        (lambda s, n: resample_by_interp(s, n).T, "swapped"),
        (_past_the_end, "not to len(stroke)"),
        (lambda s, n: resample_by_interp(s, n)[:, [0, 0]], "interpolate both"),
        (lambda s, n: s, "has shape"),
        (lambda s: s, "cannot be called"),
    ],
)
def test_wrong_resampling_is_named(answer, said):
    result = check("ink-resample", answer)
    assert not result
    assert said in result.message


def _pasted(points, step):
    return np.diff(np.round(points / step) * step, axis=0, prepend=np.zeros((1, 2)))


def _remembers(point, at, step):
    """Rounds the way from the last point, which it keeps for itself."""
    last = _remembers.__dict__.setdefault("last", np.zeros(2))
    offset = np.round((point - last) / step) * step
    _remembers.last = point
    return offset, at + offset


def _moving_at(point, at, step):
    offset = np.round((point - at) / step) * step
    at += offset
    return offset, at


WRONG = {
    "ink-round": [
        (_pasted, "cannot be called"),
        (lambda p, at, s: _pasted(p, s), "stopped with"),
        (lambda p, at, s: (round_and_add(p, at, s)[0], p), "what you wanted to send"),
        (lambda p, at, s: (np.round(p / s) * s, np.round(p / s) * s), "point - at"),
        (lambda p, at, s: (p - at, p), "nothing is rounded"),
        (lambda p, at, s: (np.round((p - at) / s), at), "multiply it by the step"),
        (lambda p, at, s: (-round_and_add(p, at, s)[0], at), "leads away"),
        (_remembers, "start from `at`"),
        (lambda p, at, s: (np.floor((p - at) / s) * s, at + np.floor((p - at) / s) * s), "rounds down"),
        (lambda p, at, s: (np.ceil((p - at) / s) * s, at + np.ceil((p - at) / s) * s), "rounds up"),
        (lambda p, at, s: (np.trunc((p - at) / s) * s, at + np.trunc((p - at) / s) * s), "decimals"),
        (lambda p, at, s: (round_and_add(p, at, s)[0], at), "stays where it was"),
        (lambda p, at, s: (round_and_add(p, at, s)[0],) * 2, "the offset alone"),
        (lambda p, at, s: (np.floor((p - at) / s) * s + s / 4, at), "expected"),
        (lambda p, at, s: round_and_add(p, at, s)[0], "two things"),
        (_moving_at, "have changed"),
        (lambda p, at, s: ..., "still to write"),
    ],
    "ink-points": [
        (lambda o: np.cumsum(o, axis=0), "pen_up was summed up"),
        (lambda o: o, "nothing is summed up"),
        (lambda o: np.cumsum(o, axis=1), "along each row"),
        (lambda o: np.cumsum(o).reshape(o.shape), "number by number"),
        (lambda o: points_by_numpy(o)[:, :2], "pen_up, is missing"),
        (lambda o: points_by_numpy(o) - [*o[0, :2], 0], "the first offset counts"),
        (lambda o: np.c_[np.r_[[[0, 0]], points_by_numpy(o)[:-1, :2]], o[:, 2]], "one place too late"),
        (lambda o: np.cumsum(o[:, :2], axis=0, out=o[:, :2]) * 0 + points_by_numpy(o)[:, :2], "have changed"),
        (lambda o: None, "is None"),
    ],
    "ink-scale": [
        (lambda o: (o / [*o[:, :2].std(axis=0), 1], o[:, :2].std(axis=0)), "two scales"),
        (lambda o: (o / o.std(axis=0), o.std(axis=0)), "three scales"),
        (lambda o: (o, o[:, :2].std()), "thrown together"),
        (lambda o: (o, o.std(axis=0).mean()), "pen_up is in it"),
        (lambda o: (o, o[:, :2].var(axis=0).mean()), "a variance"),
        (lambda o: (o, o[:, 0].std()), "dx alone"),
        (lambda o: (o, o[:, 1].std()), "dy alone"),
        (lambda o: (o / scaled_by_numpy(o)[1], scaled_by_numpy(o)[1]), "pen_up was divided"),
        (lambda o: (scaled_by_numpy(o - [*o.mean(axis=0)[:2], 0])[0], scaled_by_numpy(o)[1]), "mean was taken away"),
        (lambda o: (o / [*o[:, :2].std(axis=0), 1], scaled_by_numpy(o)[1]), "squeezes the shapes"),
        (lambda o: (o * scaled_by_numpy(o)[1] ** [1, 1, 0], scaled_by_numpy(o)[1]), "divide by it"),
        (lambda o: (o, scaled_by_numpy(o)[1]), "as they were"),
        (lambda o: scaled_by_numpy(o)[0], "two things"),
        (lambda o: scaled_by_numpy(np.multiply(o, 2, out=o)), "have changed"),
        (lambda o: ..., "still to write"),
    ],
    "ink-explained": [
        (lambda g, t: 1 - explained(g, t), "the share that is left"),
        (lambda g, t: 1 - (t - g).var(axis=0) / t.var(axis=0), "not their variance"),
        (lambda g, t: 1 - ((t - g) ** 2).mean(axis=0) / g.var(axis=0), "divide by that of the truth"),
        (lambda g, t: 1 - np.sqrt(1 - explained(g, t)), "square root"),
        (lambda g, t: 1 - ((t - g) ** 2).mean(axis=0) / (t**2).mean(axis=0), "its own mean"),
        (lambda g, t: g.var(axis=0) / t.var(axis=0), "spread of the guesses"),
        (lambda g, t: [np.corrcoef(g[:, i], t[:, i])[0, 1] ** 2 for i in (0, 1)], "square of the correlation"),
        (lambda g, t: explained(g, t).mean(), "a single number"),
        (lambda g, t: explained(g, np.add(t, 0.1, out=t)), "have changed"),
        (lambda g, t: ..., "still to write"),
    ],
    "ink-nearest": [
        (lambda shape, shapes, labels: int(((shapes - shape) ** 2).sum(axis=(1, 2)).argmin()), "number of the shape"),
        (lambda shape, shapes, labels: labels[((shapes - shape) ** 2).sum(axis=(1, 2)).argmax()], "farthest away"),
        (lambda shape, shapes, labels: labels[abs((shapes - shape).sum(axis=(1, 2))).argmin()], "cancel"),
        (lambda shape, shapes, labels: labels[(shapes - shape).sum(axis=(1, 2)).argmin()], "most negative"),
        (lambda shape, shapes, labels: labels[0], "the nearest shape is"),
        (lambda shape, shapes, labels: [nearest(shape, shapes, labels)], "not one list"),
        (lambda shape, shapes, labels: nearest(shape, np.multiply(shapes, 1.1, out=shapes), labels), "have changed"),
        (lambda shape, shapes, labels: ..., "still to write"),
    ],
}


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [pytest.param(name, *case, id=f"{name}-{n}") for name, cases in WRONG.items() for n, case in enumerate(cases)],
)
def test_wrong_answers_are_named(name, answer, said):
    result = check(name, answer)
    assert not result
    assert said in result.message


def test_a_wrong_stroke_is_drawn_over_the_right_one():
    result = check("ink-resample", _along)
    assert result.figure is not None
    upside_down = check("ink-offsets", _changed(offsets_by_numpy, lambda o: o * (1, -1, 1)))
    assert upside_down.figure is not None


def test_the_checkers_agree_with_the_package():
    with pytest.raises(InkError):
        Ink.from_strokes([np.zeros((0, 2))])
    assert check("ink-resample", lambda s, n: __import__("scribe.ink").ink.resample_stroke(s, (n - 1) / (len(s) - 1)))
