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


def round_positions(points, step):
    return np.diff(np.round(points / step) * step, axis=0, prepend=[[0, 0]])


def round_with_memory(points, step):
    at, rows = np.zeros(2), []
    for point in points:
        rows.append(np.rint((point - at) / step) * step)
        at = at + rows[-1]
    return np.array(rows)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("ink-offsets", [offsets_by_numpy, offsets_by_loop, lambda s: Ink.from_strokes(s).offsets]),
        ("ink-strokes", [strokes_by_split, strokes_by_loop, lambda o: Ink(o).strokes]),
        ("ink-resample", [resample_by_interp, resample_by_hand]),
        ("ink-round", [round_positions, round_with_memory]),
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


def _round_from_the_first_point(points, step):
    offsets = round_with_memory(points - points[0], step)
    return np.asarray(offsets)


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


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda p, s: np.round(np.diff(p, axis=0, prepend=[[0, 0]]) / s) * s, "errors add up"),
        (lambda p, s: np.round(p / s) * s, "differences are still to take"),
        (_round_from_the_first_point, "begin at the first point"),
        (lambda p, s: np.diff(p, axis=0, prepend=[[0, 0]]), "nothing is rounded"),
        (lambda p, s: np.diff(np.round(p / s), axis=0, prepend=[[0, 0]]), "multiply them by the step"),
        (lambda p, s: np.diff(np.floor(p / s) * s, axis=0, prepend=[[0, 0]]), "half a step"),
        (lambda p, s: np.diff(np.round(p / s) * s, axis=0), "has shape"),
        (lambda p, s: round_positions(p, s / 3), "not made of multiples"),
    ],
)
def test_wrong_rounding_is_named(answer, said):
    result = check("ink-round", answer)
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
