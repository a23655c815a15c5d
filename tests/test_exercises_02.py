"""The checkers of chapter 2 accept what is right, however it is written, and say what is wrong with what is not."""

import math

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from answers import right_and_wrong

from scribe.exercises import check
from scribe.lstm import sigmoid

# --- forget-bias ------------------------------------------------------------------------------------------------


def bias_by_formula(steps):
    f = 0.5 ** (1 / steps)
    return np.log(f / (1 - f))


def bias_by_bisection(steps):
    low, high = -20.0, 20.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle) ** steps < 0.5 else (low, middle)
    return low


def bias_in_one_line(steps):
    return -math.log(2 ** (1 / steps) - 1)


WRONG_BIASES = [
    (lambda n: 0.5 ** (1 / n), "that is the gate"),
    (lambda n: -bias_by_formula(n), "the sign is the wrong way round"),
    (lambda n: bias_by_formula(n) / np.log(2), "to another base"),
    (lambda n: np.log(0.5 ** (1 / n)), "inverse of the sigmoid"),
    (lambda n: np.log((1 - 1 / n) / (1 / n)) if n > 1 else 0.0, "1/e"),
    (lambda n: np.arctanh(0.5 ** (1 / n)), "inverse of tanh"),
    (lambda n: 0.0, "keeps half for one step"),
    (lambda n: 1.0, "expected"),
    (lambda n: bias_by_formula(n + 1), "expected"),
    (lambda n: np.full(2, bias_by_formula(n)), "shape"),
    (lambda n: math.log(-n), "stopped with ValueError"),
    (lambda n: None, "return"),
]


# --- coupled-step -----------------------------------------------------------------------------------------------


def coupled_by_split(x, h, c, kernel, recurrent, bias):
    f, g, o = np.split(x @ kernel + h @ recurrent + bias, 3, axis=-1)
    f, o = sigmoid(f), sigmoid(o)
    c = f * c + (1 - f) * np.tanh(g)
    return o * np.tanh(c), c


def coupled_unit_by_unit(x, h, c, kernel, recurrent, bias):
    a = np.concatenate([x, h], axis=-1) @ np.concatenate([kernel, recurrent]) + bias
    units = c.shape[-1]
    new_h, new_c = np.empty_like(c), np.empty_like(c)
    for u in range(units):
        f, o = (1 / (1 + np.exp(-a[..., k * units + u])) for k in (0, 2))
        g = np.tanh(a[..., units + u])
        new_c[..., u] = g + f * (c[..., u] - g)
        new_h[..., u] = o * np.tanh(new_c[..., u])
    return [new_h, new_c]


def coupled(change):
    """A wrong answer: ``change`` gets everything and returns the state."""

    def step(x, h, c, kernel, recurrent, bias):
        f, g, o = np.split(x @ kernel + h @ recurrent + bias, 3, axis=-1)
        return change(sigmoid(f), g, sigmoid(o), c)

    return step


def _state(o, c):
    return o * np.tanh(c), c


def _four_parts(x, h, c, kernel, recurrent, bias):
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
    return _state(sigmoid(o), sigmoid(f) * c + sigmoid(i) * np.tanh(g))


def _last_axis_forgotten(x, h, c, kernel, recurrent, bias):
    f, g, o = np.split(x @ kernel + h @ recurrent + bias, 3)
    return _state(sigmoid(o), sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g))


WRONG_STEPS = [
    (coupled(lambda f, g, o, c: _state(o, f * c + (1 - f) * np.tanh(g))[::-1]), "exchanged"),
    (coupled(lambda f, g, o, c: _state(o, (1 - f) * c + f * np.tanh(g))), "f and 1 - f"),
    (coupled(lambda f, g, o, c: _state(o, f * c + np.tanh(g))), "nothing scales the candidate"),
    (coupled(lambda f, g, o, c: _state(o, c + (1 - f) * np.tanh(g))), "nothing scales the old cell"),
    (coupled(lambda f, g, o, c: _state(o, f * c + (1 - f) * sigmoid(g))), "not through a sigmoid"),
    (coupled(lambda f, g, o, c: _state(o, f * c + (1 - f) * g)), "has not gone through tanh"),
    (coupled(lambda f, g, o, c: (o * (f * c + (1 - f) * np.tanh(g)), f * c + (1 - f) * np.tanh(g))), "tanh is missing"),
    (coupled(lambda f, g, o, c: (o * np.tanh(c), f * c + (1 - f) * np.tanh(g))), "looks at the old cell"),
    (coupled(lambda f, g, o, c: _state(np.ones_like(o), f * c + (1 - f) * np.tanh(g))), "output gate is not used"),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, c, k, r, 0 * b), "bias is left out"),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, c, k, 0 * r, b), "h @ recurrent is left out"),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, c, 0 * k, r, b), "x @ kernel is left out"),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, c, *(np.roll(w, 4, axis=-1) for w in (k, r, b))), "in the order"),
    (_four_parts, "stopped with ValueError"),
    (_last_axis_forgotten, ""),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, c, k, r, b)[0], "2 things"),
    (lambda x, h, c, k, r, b: coupled_by_split(x, h, np.add(c, 1, out=c), k, r, b), "have changed"),
    (lambda *a: None, "return"),
    (lambda *a: ..., "still to write"),
]


# --- stroke-counter ---------------------------------------------------------------------------------------------


def counter(input_gate=-20.0, forget=20.0, candidate=20.0, pen=40.0, column=0, recurrent=0.0, output=0.0):
    kernel = np.zeros((3, 4))
    kernel[2, column] = pen
    return kernel, np.full((1, 4), recurrent), np.array([input_gate, forget, candidate, output])


def counter_by_candidate():
    """The candidate is 0 while the pen is down; the input gate is always open."""
    kernel, recurrent, _ = counter(pen=0.0)
    kernel[2, 2] = 12.0
    return kernel.tolist(), recurrent.tolist(), [30.0, 30.0, 0.0, -5.0]


WRONG_COUNTERS = [
    (counter(pen=0.0), "stays at 0"),
    (counter(candidate=-20.0), "counts downwards"),
    (counter(input_gate=20.0), "counts points"),
    (counter(input_gate=20.0, pen=-40.0), "pen down"),
    (counter(forget=-20.0), "forget gate is shut"),
    (counter(forget=2.0), "leaks"),
    (counter(input_gate=-3.0), "not quite shut"),
    (counter(candidate=1.0), "counts 0.76"),
    (counter(pen=20.0), "counts 0.50"),
    (counter(input_gate=-10.0, forget=10.0, candidate=10.0, pen=20.0), "a little leaks away"),
    (counter(column=1), "stays at 0"),
    (counter()[:2], "three arrays"),
    ((np.zeros((4, 3)), *counter()[1:]), "kernel has shape (4, 3); expected (3, 4)"),
    ((counter()[0], counter()[1], np.full(4, np.nan)), "bias is nan"),
    ("kernel", "three arrays"),
]


# --- clip -------------------------------------------------------------------------------------------------------


def clip_by_factor(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    factor = limit / length if length > limit else 1.0
    return [factor * g for g in gradients]


def clip_flat(gradients, limit):
    flat = np.concatenate([g.ravel() for g in gradients])
    flat = flat / max(1.0, np.linalg.norm(flat) / limit)
    ends = np.cumsum([g.size for g in gradients])[:-1]
    return tuple(p.reshape(g.shape) for p, g in zip(np.split(flat, ends), gradients, strict=True))


def _length(gradients):
    return np.sqrt(sum((g**2).sum() for g in gradients))


def _in_place(gradients, limit):
    factor = min(1.0, limit / _length(gradients))
    for g in gradients:
        g *= factor
    return gradients


def _divides_by_zero(gradients, limit):
    with np.errstate(all="ignore"):
        return [g * np.minimum(1.0, limit / _length(gradients)) if _length(gradients) else g / 0.0 for g in gradients]


WRONG_CLIPS = [
    (lambda gs, limit: [np.clip(g, -limit, limit) for g in gs], "each number is cut by itself"),
    (lambda gs, limit: [g * min(1, limit / max(np.linalg.norm(g), 1e-9)) for g in gs], "by its own length"),
    (lambda gs, limit: [g * limit / np.linalg.norm(g) for g in gs], "by its own length"),
    (lambda gs, limit: gs, "nothing was clipped"),
    (lambda gs, limit: [g * limit / _length(gs) ** 2 for g in gs], "the root is missing"),
    (lambda gs, limit: [g / _length(gs) for g in gs], "multiply by the limit"),
    (lambda gs, limit: [g * limit / sum(np.abs(a).sum() for a in gs) for g in gs], "sum of absolute values"),
    (lambda gs, limit: [g * limit / max(np.abs(a).max() for a in gs) for g in gs], "the largest number"),
    (lambda gs, limit: [g * min(limit, 1e9) / max(_length(gs), 1e-9) for g in gs], "made longer"),
    (_in_place, "have changed"),
    (_divides_by_zero, "divides by it"),
    (lambda gs, limit: clip_by_factor(gs, limit)[:2], "2 came back"),
    (lambda gs, limit: np.concatenate([g.ravel() for g in gs]), "a list of arrays"),
    (lambda gs, limit: None, "return"),
    (lambda gs, limit: ..., "still to write"),
]


RIGHT = [
    ("forget-bias", bias_by_formula),
    ("forget-bias", bias_by_bisection),
    ("forget-bias", bias_in_one_line),
    ("coupled-step", coupled_by_split),
    ("coupled-step", coupled_unit_by_unit),
    ("stroke-counter", counter()),
    ("stroke-counter", counter_by_candidate()),
    ("clip", clip_by_factor),
    ("clip", clip_flat),
]
WRONG = {
    "forget-bias": WRONG_BIASES,
    "coupled-step": WRONG_STEPS,
    "stroke-counter": WRONG_COUNTERS,
    "clip": WRONG_CLIPS,
}


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=[f"{name}-{n}" for n, (name, _) in enumerate(RIGHT)])
def test_right_answers_are_accepted(name, answer, capsys):
    assert check(name, answer).passed
    assert capsys.readouterr().out == "Right.\n"


CASES = [(name, answer, said) for name, cases in WRONG.items() for answer, said in cases]


@pytest.mark.parametrize(("name", "answer", "said"), CASES, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(CASES)])
def test_wrong_answers_are_rejected_and_the_mistake_is_named(name, answer, said):
    result = check(name, answer)
    assert not result.passed
    assert said in result.message


def test_a_miscount_is_drawn():
    assert check("stroke-counter", counter(forget=2.0)).figure is not None


# --- beside the sections ----------------------------------------------------------------------------------------


def lane(i, f, g, update=lambda c, i, f, g: f * c + i * g):
    c, cells = 0.0, []
    for now in zip(i, f, g, strict=True):
        c = update(c, *now)
        cells.append(c)
    return np.array(cells)


def lane_by_products(i, f, g):
    """Each candidate is multiplied by all forget gates that come after it."""
    return [sum(i[s] * g[s] * np.prod(f[s + 1 : t + 1]) for s in range(t + 1)) for t in range(len(g))]


def gates(a, c):
    i, f, g, o = np.split(a, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    return i, f, g, o, f * c + i * g


def gates_by_index(a, c):
    units = c.shape[-1]
    i, f, o = (1 / (1 + np.exp(-a[..., k * units : (k + 1) * units])) for k in (0, 1, 3))
    g = 2 * sigmoid(2 * a[..., 2 * units : 3 * units]) - 1
    return [i, f, g, o, g * i + c * f]


def gates_with(change):
    return lambda a, c: change(*np.split(a, 4, axis=-1), c)


def whole(i, f, g, o, c):
    return i, f, g, o, f * c + i * g


def step(x, h, c, kernel, recurrent, bias):
    *_, o, new = gates(x @ kernel + h @ recurrent + bias, c)
    return o * np.tanh(new), new


def step_in_one(x, h, c, kernel, recurrent, bias):
    *_, o, new = gates(np.concatenate([x, h], axis=-1) @ np.vstack([kernel, recurrent]) + bias, c)
    return [o * np.tanh(new), new]


def step_with(output):
    def answer(x, h, c, kernel, recurrent, bias):
        *_, o, new = gates(x @ kernel + h @ recurrent + bias, c)
        return output(o, new, c), new

    return answer


def updates(slope, w, rate, count):
    ws = [w]
    for _ in range(count):
        w = w - rate * slope(w)
        ws.append(w)
    return ws


def updates_by_index(slope, w, rate, count):
    ws = np.empty(count + 1)
    ws[0] = w
    for n in range(count):
        ws[n + 1] = ws[n] - rate * slope(ws[n])
    return ws


def lane_back(dc, c, i, f, g):
    return dc * g, dc * c, dc * i, dc * f


def lane_back_by_number(dc, c, i, f, g):
    results = [np.empty_like(dc) for _ in range(4)]
    for index in np.ndindex(dc.shape):
        for result, factor in zip(results, (g, c, i, f), strict=True):
            result[index] = dc[index] * factor[index]
    return results


def softmax_slope(y, right):
    p = np.exp(y - y.max())
    p /= p.sum()
    slope = p.copy()
    slope[right] -= 1
    with np.errstate(divide="ignore"):
        return -(y[right] - y.max() - np.log(np.exp(y - y.max()).sum())), slope


def softmax_slope_by_logs(y, right):
    log_p = y - np.logaddexp.reduce(y)
    return [-log_p[right], np.exp(log_p) - np.eye(len(y))[right]]


def softmax_too_early(y, right):
    with np.errstate(all="ignore"):
        p = np.exp(y) / np.exp(y).sum()
        return -np.log(p[right]), p - np.eye(len(y))[right]


def softmax_without_log_on_paper(y, right):
    p = np.exp(y - y.max()) / np.exp(y - y.max()).sum()
    with np.errstate(divide="ignore"):
        return -np.log(p[right]), p - np.eye(len(y))[right]


def slope_with(change):
    def answer(y, right):
        loss, slope = softmax_slope_by_logs(y, right)
        return change(loss, slope, slope + np.eye(len(y))[right], np.eye(len(y))[right])

    return answer


MORE_RIGHT = {
    "lstm-lane": [lane, lane_by_products],
    "lstm-gates": [gates, gates_by_index],
    "lstm-step": [step, step_in_one],
    "lstm-updates": [updates, updates_by_index],
    "lstm-lane-back": [lane_back, lane_back_by_number],
    "softmax-slope": [softmax_slope, softmax_slope_by_logs],
}
MORE_WRONG = {
    "lstm-lane": [
        (lambda *g: lane(*g, lambda c, i, f, g: i * c + f * g), "exchanged"),
        (lambda *g: lane(*g, lambda c, i, f, g: f * (c + i * g)), "multiplies the sum"),
        (lambda *g: lane(*g, lambda c, i, f, g: f * c + g), "input gate is not used"),
        (lambda *g: lane(*g, lambda c, i, f, g: c + i * g), "forget gate is not used"),
        (lambda *g: lane(*g, lambda c, i, f, g: (1 - f) * c + i * g), "not (1 - f)"),
        (lambda i, f, g: i * g, "nothing is carried along"),
        (lambda *g: np.r_[0, lane(*g)[:-1]], "begins with the cell before"),
        (lambda *g: np.r_[0, lane(*g)], "one number too many"),
        (lambda *g: lane(*g)[-1], "one number"),
        (lambda i, f, g: lane(i, f, np.multiply(g, 2, out=g)), "have changed"),
        (lambda *g: ..., "still to write"),
    ],
    "lstm-gates": [
        (
            gates_with(lambda i, f, g, o, c: whole(sigmoid(i), sigmoid(f), sigmoid(g), sigmoid(o), c)),
            "not through a sig",
        ),
        (gates_with(lambda i, f, g, o, c: whole(sigmoid(i), sigmoid(f), g, sigmoid(o), c)), "not gone through tanh"),
        (gates_with(lambda i, f, g, o, c: whole(i, f, np.tanh(g), o, c)), "not gone through a sigmoid"),
        (gates_with(lambda i, f, g, o, c: whole(*map(np.tanh, (i, f, g, o)), c)), "not tanhs"),
        (gates_with(lambda f, i, g, o, c: whole(sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o), c)), "f, i, g, o"),
        (gates_with(lambda i, f, o, g, c: whole(sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o), c)), "i, f, o, g"),
        (lambda a, c: (*gates(a, c)[:4], gates(a, c)[4] - c), "the new cell"),
        (lambda a, c: (*(p := gates(a, c))[:4], p[0] * c + p[1] * p[2]), "exchanged in the new cell"),
        (lambda a, c: (*(p := gates(a, c))[:4], c + p[0] * p[2]), "keeps all"),
        (lambda a, c: (*(p := gates(a, c))[:4], p[1] * c + p[2]), "lets all"),
        (lambda a, c: gates(a, c)[:4], "five things"),
        (lambda a, c: gates(a, np.add(c, 1, out=c)), "have changed"),
        (lambda a, c: None, "is None"),
    ],
    "lstm-step": [
        (lambda *g: step(*g)[::-1], "exchanged"),
        (step_with(lambda o, new, c: o * new), "tanh is missing"),
        (step_with(lambda o, new, c: o * np.tanh(c)), "looks at the old cell"),
        (step_with(lambda o, new, c: np.tanh(new)), "output gate is not used"),
        (lambda x, h, c, k, r, b: step(x, h, c, k, r, 0 * b), "bias is left out"),
        (lambda x, h, c, k, r, b: step(x, h, c, k, 0 * r, b), "h @ recurrent is left out"),
        (lambda x, h, c, k, r, b: step(x, h, c, 0 * k, r, b), "x @ kernel is left out"),
        (lambda x, h, c, k, r, b: step(x, c, c, k, r, b), "in place of h"),
        (lambda x, h, c, k, r, b: step(x, h, np.add(c, 1, out=c), k, r, b), "have changed"),
        (lambda *g: step(*g)[0], "2 things"),
        (lambda *g: ..., "still to write"),
    ],
    "lstm-updates": [
        (lambda s, w, rate, n: updates(s, w, -rate, n), "against it"),
        (lambda s, w, rate, n: updates(s, w, 1.0, n), "rate is not used"),
        (lambda s, w, rate, n: updates(lambda _: s(w), w, rate, n), "once, at the start"),
        (lambda s, w, rate, n: updates(lambda w: np.sign(s(w)), w, rate, n), "only the sign"),
        (lambda s, w, rate, n: updates(s, w, rate, n + 1)[1:], "before any update"),
        (lambda s, w, rate, n: updates(s, w, rate, n)[1:], "the first one counts"),
        (lambda s, w, rate, n: updates(s, w, rate, n)[-1], "one number"),
        (lambda s, w, rate, n: None, "is None"),
    ],
    "lstm-lane-back": [
        (lambda dc, c, i, f, g: (g, c, i, f), "is not used"),
        (lambda dc, c, i, f, g: (dc + g, dc + c, dc + i, dc + f), "are multiplied"),
        (lambda dc, c, i, f, g: (dc * c, dc * g, dc * i, dc * f), "di and df are exchanged"),
        (lambda dc, c, i, f, g: (dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dc * f), "leave"),
        (lambda dc, c, i, f, g: (dc * g, dc * c, dc * f, dc * i), "dg and the gradient"),
        (lambda dc, c, i, f, g: (dc * i, dc * c, dc * g, dc * f), "di and dg are exchanged"),
        (lambda dc, c, i, f, g: (dc * g, dc * f, dc * i, dc * c), "df and the gradient"),
        (lambda dc, c, i, f, g: (dc * g, dc * c, dc * i, dc), "dc_before"),
        (lambda dc, c, i, f, g: dc * f, "four things"),
        (lambda dc, c, i, f, g: lane_back(np.multiply(dc, 2, out=dc), c, i, f, g), "have changed"),
        (lambda *g: ..., "still to write"),
    ],
    "softmax-slope": [
        (slope_with(lambda loss, slope, p, hot: (-loss, slope)), "the sign is turned round: the loss"),
        (slope_with(lambda loss, slope, p, hot: (p @ hot, slope)), "this is the probability"),
        (slope_with(lambda loss, slope, p, hot: (loss / np.log(2), slope)), "base 2"),
        (lambda y, right: (-y[right], softmax_slope(y, right)[1]), "a probability first"),
        (lambda y, right: (sum(softmax_slope_by_logs(y, k)[0] for k in range(len(y))), y), "Only the right one"),
        (slope_with(lambda loss, slope, p, hot: (loss, -slope)), "what was said minus"),
        (slope_with(lambda loss, slope, p, hot: (loss, p)), "1 is still to be taken away"),
        (slope_with(lambda loss, slope, p, hot: (loss, slope * hot)), "the others have one too"),
        (slope_with(lambda loss, slope, p, hot: (loss, -hot / p)), "with respect to the probabilities"),
        (slope_with(lambda loss, slope, p, hot: loss), "two things"),
        (softmax_too_early, "overflow"),
        (softmax_without_log_on_paper, "the loss is infinite"),
        (lambda y, right: softmax_slope(np.subtract(y, y.max(), out=y), right), "have changed"),
        (lambda y, right: ..., "still to write"),
    ],
}
test_more_right_answers_pass, test_more_wrong_answers_are_told = right_and_wrong(MORE_RIGHT, MORE_WRONG)
