"""Chapter 2, The LSTM: gates, the step, learning, the way back, half-lives, counting, clipping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scribe.corpora import fonts
from scribe.exercises.core import Mistake, array, called, exercise, same
from scribe.lstm import lstm_forward, sigmoid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@exercise("forget-bias")
def _(answer):
    """``answer(steps)``: the bias of a forget gate that lets half of a cell survive for ``steps`` steps."""
    for steps in (3, 25, 100, 1):
        f = 0.5 ** (1 / steps)
        right = np.log(f / (1 - f))
        variants = {
            "that is the gate, f. The exercise asks for the bias, which goes through a sigmoid to become the gate": f,
            "the sign is the wrong way round: a forget gate with this bias lets go of what it should keep": -right,
            "the logarithm is to another base: the sigmoid is made of exp, so take np.log": right / np.log(2),
            "this is np.log(f). The inverse of the sigmoid is log(f / (1 - f))": np.log(f),
            "this gate lets 1/steps of the cell go at each step; then 1/e, not 1/2, is left in the end": np.log(
                max(steps - 1, 1)
            ),
            "this is the inverse of tanh; a gate is a sigmoid": np.arctanh(f),
            "this bias keeps half for one step. How much must be kept at each of many?": 0.0,
        }
        if steps == 1:  # the bias is 0 here, and many a mistake too
            variants = {}
        same(answer(steps), right, f"the bias for {steps} steps", variants=variants, tolerance=1e-6)


@exercise("coupled-step")
def _(answer):
    """``answer(x, h, c, kernel, recurrent, bias)``: one step of a cell whose input gate is 1 minus its forget gate."""
    rng = np.random.default_rng(22)
    for batch in ((), (2,)):
        x, h, c = rng.normal(size=(*batch, 3)), rng.normal(size=(*batch, 4)), rng.normal(size=(*batch, 4))
        kernel, recurrent, bias = rng.normal(size=(3, 12)), rng.normal(size=(4, 12)), rng.normal(size=12)

        def step(
            order="fgo", add="x h b", candidate=np.tanh, keep=None, show=None, a=(x, h, c, kernel, recurrent, bias)
        ):
            x, h, c, kernel, recurrent, bias = a
            sums = (x @ kernel) * ("x" in add) + (h @ recurrent) * ("h" in add) + bias * ("b" in add)
            part = dict(zip(order, np.split(sums, 3, axis=-1), strict=True))
            f, g, o = sigmoid(part["f"]), candidate(part["g"]), sigmoid(part["o"])
            new = keep(f, g, c) if keep else f * c + (1 - f) * g
            return show(o, new, c) if show else o * np.tanh(new), new

        right = step()
        variants = {
            "h and c are exchanged: return the new h first, then the new c": right[::-1],
            "f and 1 - f are exchanged: f is what is kept of the old cell": step(
                keep=lambda f, g, c: (1 - f) * c + f * g
            ),
            "nothing scales the candidate: what is let in is (1 - f) * g": step(keep=lambda f, g, c: f * c + g),
            "nothing scales the old cell: what is kept of it is f * c": step(keep=lambda f, g, c: c + (1 - f) * g),
            "the candidate goes through tanh, not through a sigmoid": step(candidate=sigmoid),
            "the candidate has not gone through tanh": step(candidate=lambda a: a),
            "the output is o * tanh(c): the tanh is missing": step(show=lambda o, new, c: o * new),
            "the output looks at the old cell; it must look at the new one": step(
                show=lambda o, new, c: o * np.tanh(c)
            ),
            "the output gate is not used: h is o * tanh(c)": step(show=lambda o, new, c: np.tanh(new)),
            "the bias is left out": step(add="x h"),
            "h @ recurrent is left out: the cell does not see its last output": step(add="x b"),
            "x @ kernel is left out: the cell does not see its input": step(add="h b"),
        }
        for order in ("fog", "gfo", "gof", "ofg", "ogf"):
            message = f"the parts are taken in the order {', '.join(order)}; they stand in the order f, g, o"
            variants[message] = step(order)
        value = called(answer, x, h, c, kernel, recurrent, bias)
        if value is None or value is ...:
            array(value)  # says so
        for message, wrong in variants.items():
            if _is(value, wrong):
                raise Mistake(message)
        where = f"the state for inputs of shape {x.shape}"
        if isinstance(value, (tuple, list)) and len(value) == 2:
            # The cell first: where it is wrong, so is the output.
            same(value[1], right[1], "the new c" + (", of a batch of two lines" if batch else ""))
            same(value[0], right[0], "c is right, but the new h" + (", of a batch of two lines" if batch else ""))
        else:
            same(value, right, where)


@exercise("stroke-counter")
def _(answer):
    """``answer``: kernel, recurrent and bias of a cell of one unit that counts the strokes of ink."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        raise Mistake("the answer is three arrays in brackets: (kernel, recurrent, bias)")
    kernel = array(answer[0], (3, 4), "kernel")
    recurrent = array(answer[1], (1, 4), "recurrent")
    bias = array(answer[2], (4,), "bias")
    lines = [("minimum", "cursive-3"), ("it is it", "print-2"), ("tilt this little lid until it fits", "print-4")]
    for seed, (text, style) in enumerate(lines):
        ink = fonts.write_ink(text, style, seed=seed)
        _, cache = lstm_forward(ink.offsets.astype(np.float64), np.zeros(1), np.zeros(1), kernel, recurrent, bias)
        cell, right = cache.cs[1:, 0], ink.offsets[:, 2].cumsum(dtype=np.float64)
        if np.abs(cell - right).max() <= 0.1:
            continue
        figure = _counts(cell, right, text)
        up = ink.offsets[:, 2] == 1
        steps, lift = np.diff(cell, prepend=0.0), int(np.flatnonzero(up)[0])
        name = f"in {text!r}, "
        if np.abs(cell).max() < 0.05:
            raise Mistake(name + "the cell stays at 0: the input gate or the candidate is shut", figure)
        if np.abs(cell + right).max() <= 0.1:
            raise Mistake(name + "the cell counts downwards: the candidate should be +1, not -1", figure)
        if np.abs(steps - 1).max() < 0.1:
            raise Mistake(
                name + "the cell counts points: the input gate is open at every point, not only while the pen is up",
                figure,
            )
        if np.abs(steps - ~up).max() < 0.1:
            raise Mistake(
                name + "the cell counts the points with the pen down: the input gate opens at the wrong time", figure
            )
        if np.abs(np.where(up, 0.0, cell)).max() < 0.1:
            raise Mistake(
                name + "the cell forgets the count at once: the forget gate is shut. Open it, at every point", figure
            )
        if steps[~up].min() < -0.01:
            raise Mistake(
                name + f"the cell leaks: it loses up to {-steps[~up].min():.2f} at a point while the pen is down."
                " The forget gate is not open enough, or the candidate is not 1 there",
                figure,
            )
        if steps[~up].max() > 0.002:
            raise Mistake(
                name
                + f"the cell grows by up to {steps[~up].max():.3f} at a point while the pen is down: the input gate"
                " is not quite shut",
                figure,
            )
        if abs(steps[lift] - 1) > 0.02:
            raise Mistake(
                name + f"the first pen lift counts {steps[lift]:.2f} and not 1: look at the candidate (tanh of a large"
                " number) and at how far the input gate opens",
                figure,
            )
        first = int(np.flatnonzero(np.abs(cell - right) > 0.1)[0])
        if -0.01 <= steps[~up].min() < -1e-5:
            raise Mistake(
                name + f"the cell is {cell[first]:.2f} after point {first + 1}; expected {right[first]:.0f}. It counts"
                " well, but a little leaks away at each point: a forget gate with a weighted sum of 10 is only 0.99995"
                " open. Open it wider",
                figure,
            )
        raise Mistake(
            name + f"the cell is {cell[first]:.2f} after point {first + 1}; expected {right[first]:.0f}", figure
        )


@exercise("clip")
def _(answer):
    """``answer(gradients, limit)``: the arrays times one factor, so that their common length is at most ``limit``."""
    rng = np.random.default_rng(24)
    gradients = [rng.normal(size=(3, 4)), 3 * rng.normal(size=4), rng.normal(size=(2, 2)) - 1]
    length = float(np.sqrt(sum((g**2).sum() for g in gradients)))
    for limit in (length / 5, length / 2):
        variants = {
            "each number is cut by itself. That turns the gradient; one common factor keeps its direction": [
                np.clip(g, -limit, limit) for g in gradients
            ],
            "each array is shortened by its own length. The length meant is that of all arrays together": [
                g * min(1, limit / np.linalg.norm(g)) for g in gradients
            ],
            "each array is brought to the limit by its own length": [g * limit / np.linalg.norm(g) for g in gradients],
            "nothing was clipped": gradients,
            "the length is the square root of the sum of squares; the root is missing": [
                g * limit / length**2 for g in gradients
            ],
            "the result has length 1: multiply by the limit": [g / length for g in gradients],
            "the sum of absolute values was taken for the length": [
                g * limit / sum(np.abs(a).sum() for a in gradients) for g in gradients
            ],
            "the largest number was taken for the length": [
                g * limit / max(np.abs(a).max() for a in gradients) for g in gradients
            ],
        }
        _compare(answer, gradients, limit, [g * limit / length for g in gradients], variants)
    for limit in (1.5 * length, np.inf):
        variants = {}
        if np.isfinite(limit):
            longer = [g * limit / length for g in gradients]
            variants["the gradients were shorter than the limit and were made longer; the factor is 1 at most"] = longer
        _compare(answer, gradients, limit, gradients, variants, " that are shorter than the limit")
    zeros = [np.zeros((2, 3)), np.zeros(3)]
    with np.errstate(all="ignore"):
        value = answer([g.copy() for g in zeros], 1.0)
    if any(np.isnan(np.asarray(v, np.float64)).any() for v in value):
        raise Mistake("if all gradients are 0, so is their length, and yours divides by it")
    for one in value:
        same(one, np.zeros(np.shape(one)), "a gradient of 0, clipped,")


def _compare(answer, gradients, limit, right, variants, which=""):
    value = called(answer, gradients, limit)
    if value is None or value is ...:
        array(value)  # says so
    if isinstance(value, np.ndarray) or not isinstance(value, (tuple, list)):
        raise Mistake(f"the answer is a list of arrays, one for each that was given, not one {type(value).__name__}")
    if len(value) != len(right):
        raise Mistake(f"{len(right)} arrays were given, {len(value)} came back")
    for message, wrong in variants.items():
        if _is(value, wrong):
            raise Mistake(message)
    for number, (one, other) in enumerate(zip(value, right, strict=True), 1):
        same(one, other, f"array {number} of gradients{which}, clipped,")


@exercise("lstm-lane")
def _(answer):
    """``answer(i, f, g)``: the cell after each step, from 0, for gates and candidates that are given, (T,)."""
    rng = np.random.default_rng(25)
    for steps in (6, 1):
        i, f, g = rng.uniform(0.1, 0.9, steps), rng.uniform(0.1, 0.9, steps), rng.normal(size=steps)

        def cells(update, i=i, f=f, g=g):
            c, all_of_them = 0.0, []
            for now in zip(i, f, g, strict=True):
                c = update(c, *now)
                all_of_them.append(c)
            return np.array(all_of_them)

        right = cells(lambda c, i, f, g: f * c + i * g)
        variants = {
            "the gates are exchanged: f multiplies the old cell, i what is let in": cells(
                lambda c, i, f, g: i * c + f * g
            ),
            "the forget gate multiplies the sum; it multiplies the old cell only": cells(
                lambda c, i, f, g: f * (c + i * g)
            ),
            "the input gate is not used: what is let in is i * g": cells(lambda c, i, f, g: f * c + g),
            "the forget gate is not used: what is kept is f * c": cells(lambda c, i, f, g: c + i * g),
            "an open forget gate keeps: what is kept is f * c, not (1 - f) * c": cells(
                lambda c, i, f, g: (1 - f) * c + i * g
            ),
            "nothing is carried along: the cell of the step before is missing": i * g,
            "this begins with the cell before the first step; the first number is the cell after it": np.concatenate(
                [[0.0], right[:-1]]
            ),
        }
        value = array(called(answer, i, f, g), None, "the result")
        if value.ndim == 0 and steps > 1:
            raise Mistake("this is one number. Return the cell after each step, not the last one only")
        if value.shape == (steps + 1,):
            raise Mistake("there is one number too many: return the cells after the steps, without the 0 at the start")
        same(value, right, "the array of cells", variants=variants if steps > 1 else {})


@exercise("lstm-gates")
def _(answer):
    """``answer(a, c)``: the gates i, f, g, o and the new cell, from the weighted sums (4H,) and the old cell (H,)."""
    rng = np.random.default_rng(26)
    for batch in ((), (3,)):
        a, c = rng.normal(size=(*batch, 8)) * 2, rng.normal(size=(*batch, 2))

        def gates(order="ifgo", squash=None, a=a, c=c):
            part = dict(zip(order, np.split(a, 4, axis=-1), strict=True))
            out = {name: sigmoid(part[name]) for name in "ifo"} | {"g": np.tanh(part["g"])} | (squash or {})
            return *(out[name] for name in "ifgo"), out["f"] * c + out["i"] * out["g"]

        parts = np.split(a, 4, axis=-1)
        right = gates()
        variants = {
            "the candidate goes through tanh, not through a sigmoid": gates(squash={"g": sigmoid(parts[2])}),
            "the candidate has not gone through tanh": gates(squash={"g": parts[2]}),
            "the gates have not gone through a sigmoid": gates(
                squash=dict(zip("ifo", (*parts[:2], parts[3]), strict=True))
            ),
            "the gates are sigmoids, between 0 and 1, not tanhs": gates(
                squash=dict(zip("ifo", map(np.tanh, (*parts[:2], parts[3])), strict=True))
            ),
        }
        for order in ("figo", "ifog", "iofg", "gifo", "iogf", "ofgi"):
            variants[f"the parts are taken in the order {', '.join(order)}; they stand in the order i, f, g, o"] = (
                gates(order)
            )
        value = called(answer, a, c)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 5:
            raise Mistake("your function should return five things: `return i, f, g, o, c_new`")
        for message, wrong in variants.items():
            if _is(value, wrong):
                raise Mistake(message)
        for name, one, other in zip("ifgo", value, right, strict=False):
            same(one, other, f"the gate {name}" if name != "g" else "the candidate g")
        i, f, g, _, new = right
        same(
            value[4],
            new,
            "the gates are right; the new cell",
            variants={
                "the gates are right, but f and i are exchanged in the new cell": i * c + f * g,
                "the gates are right, but the new cell keeps all of the old one": c + i * g,
                "the gates are right, but the new cell lets all of the candidate in": f * c + g,
            },
        )


@exercise("lstm-step")
def _(answer):
    rng = np.random.default_rng(27)
    for batch in ((), (2,)):
        x, h, c = rng.normal(size=(*batch, 3)), rng.normal(size=(*batch, 4)), rng.normal(size=(*batch, 4))
        kernel, recurrent, bias = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)

        def step(kernel=kernel, recurrent=recurrent, bias=bias, x=x, h=h, c=c):
            i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
            new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            return sigmoid(o) * np.tanh(new), new, sigmoid(o)

        right_h, right_c, o = step()
        variants = {
            "h and c are exchanged: return the new h first, then the new c": (right_c, right_h),
            "the output is o * tanh(c): the tanh is missing": (o * right_c, right_c),
            "the output looks at the old cell; it must look at the new one": (o * np.tanh(c), right_c),
            "the output gate is not used: h is o * tanh(c)": (np.tanh(right_c), right_c),
            "the bias is left out": step(bias=0 * bias)[:2],
            "h @ recurrent is left out: the cell does not see its last output": step(recurrent=0 * recurrent)[:2],
            "x @ kernel is left out: the cell does not see its input": step(kernel=0 * kernel)[:2],
            "the cell c is multiplied by the recurrent weights in place of h": step(h=c)[:2],
        }
        value = called(answer, x, h, c, kernel, recurrent, bias)
        if value is None or value is ...:
            array(value)  # says so
        for message, wrong in variants.items():
            if _is(value, wrong):
                raise Mistake(message)
        same(value, (right_h, right_c), "the state" + (" of a batch of two lines" if batch else ""))


@exercise("lstm-updates")
def _(answer):
    """``answer(slope, w, rate, count)``: the weight before each update, and after the last, (count + 1,)."""
    for slope, name in ((lambda w: 2 * (w - 3), "(w - 3)**2"), (lambda w: np.cos(w), "sin(w)")):
        for w, rate, count in ((0.5, 0.1, 5), (-2.0, 0.7, 3)):
            ws = _descended(slope, w, rate, count)
            variants = {
                "the weight goes up the slope. An update goes against it: w - rate * slope(w)": _descended(
                    slope, w, -rate, count
                ),
                "the rate is not used": _descended(slope, w, 1.0, count),
                "the slope is taken once, at the start. Take it anew at each weight": w
                - rate * slope(w) * np.arange(count + 1),
                "only the sign of the slope is used; the steeper it is, the longer the step": _descended(
                    lambda w, slope=slope: np.sign(slope(w)), w, rate, count
                ),
                "the first number is the weight before any update": np.append(ws[1:], ws[-1] - rate * slope(ws[-1])),
            }
            value = array(answer(slope, w, rate, count), None, "the result")
            if value.ndim == 0:
                raise Mistake("this is one number. Return all weights on the way, the first and the last included")
            if value.shape == (count,):
                raise Mistake(f"{count} updates lead through {count + 1} weights: the first one counts too")
            same(value, ws, f"the list of weights on the way down {name}", variants=variants)


def _descended(slope, w, rate, count):
    ws = [w]
    for _ in range(count):
        ws.append(ws[-1] - rate * slope(ws[-1]))
    return np.array(ws)


@exercise("lstm-lane-back")
def _(answer):
    """``answer(dc, c, i, f, g)``: gradients of i, f, g and of the old cell, from that of the new cell."""
    rng = np.random.default_rng(28)
    for shape in ((3,), (2, 3)):
        dc, c, g = (rng.normal(size=shape) for _ in range(3))
        i, f = rng.uniform(0.1, 0.9, shape), rng.uniform(0.1, 0.9, shape)
        right = dc * g, dc * c, dc * i, dc * f
        variants = {
            "the gradient that comes back, dc, is not used": (g, c, i, f),
            "dc is added; slopes are multiplied": (dc + g, dc + c, dc + i, dc + f),
            "di and df are exchanged: i multiplies g, f multiplies the old cell": (dc * c, dc * g, dc * i, dc * f),
            "these are the slopes of the weighted sums. Asked for are those of the gates: leave i * (1 - i) out":
                (dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dc * f),
            "dg and the gradient of the old cell are exchanged": (dc * g, dc * c, dc * f, dc * i),
            "di and dg are exchanged: di is dc times g, and dg is dc times i":
                (dc * i, dc * c, dc * g, dc * f),
            "df and the gradient of the old cell are exchanged: df is dc times c, and the old cell's is dc times f":
                (dc * g, dc * f, dc * i, dc * c),
        }  # fmt: skip
        value = called(answer, dc, c, i, f, g)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 4:
            raise Mistake("your function should return four things: `return di, df, dg, dc_before`")
        for message, wrong in variants.items():
            if _is(value, wrong):
                raise Mistake(message)
        for name, one, other in zip(("di", "df", "dg", "dc_before"), value, right, strict=True):
            same(one, other, name)


@exercise("softmax-slope")
def _(answer):
    """``answer(y, right)``: minus the log probability of the letter ``right``, and its slope at each number of y."""
    rng = np.random.default_rng(29)
    for y in (rng.normal(size=4), rng.normal(size=3) * 2, np.array([1000.0, 999.0, 0.0])):
        for right in range(len(y)):
            log_p = y - y.max() - np.log(np.exp(y - y.max()).sum())
            p, hot = np.exp(log_p), np.eye(len(y))[right]
            with np.errstate(all="ignore"):
                value = called(answer, y, right)
            if value is None or value is ...:
                array(value)  # says so
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                raise Mistake("your function should return two things: `return loss, slope`")
            parts = [np.asarray(part, dtype=np.float64) for part in value if part is not ...]
            if y.max() > 100 and np.isposinf(parts[0]).all() and all(np.isfinite(part).all() for part in parts[1:]):
                raise Mistake(
                    "for y = [1000, 999, 0] the loss is infinite: the last probability is too small for a number. Take"
                    " the logarithm on paper: -y[right] plus the logarithm of the sum"
                )
            if y.max() > 100 and any(not np.isfinite(part).all() for part in parts):
                raise Mistake(
                    "for y = [1000, 999, 0] the exponentials overflow. Take the largest number away first: the softmax"
                    " stays the same"
                )
            same(
                value[0],
                -log_p[right],
                "the loss",
                variants={
                    "the sign is turned round: the loss is minus the logarithm": log_p[right],
                    "this is the probability; the loss is minus its logarithm": p[right],
                    "the logarithm has base 2; nats are natural logarithms": -log_p[right] / np.log(2),
                    "this is minus the number itself; it must become a probability first": -y[right],
                    "all letters are in it. Only the right one counts": -log_p.sum(),
                },
            )
            same(
                value[1],
                p - hot,
                "the slope",
                variants={
                    "the sign is turned round: it is what was said minus what should have been said": hot - p,
                    "these are the probabilities; 1 is still to be taken away at the right letter": p,
                    "the slope at the right letter is there, but the others have one too: their probability": (p - hot)
                    * hot,
                    "this is the slope with respect to the probabilities; asked for is that with respect to y": -hot
                    / np.maximum(p, 1e-300),
                },
            )


def _is(value, wrong) -> bool:
    """Whether the answer's arrays are those of a known mistake."""
    if not isinstance(value, (tuple, list)) or len(value) != len(wrong):
        return False
    try:
        parts = [np.asarray(v, np.float64) for v in value]
    except (TypeError, ValueError):
        return False
    return all(p.shape == w.shape and np.allclose(p, w, rtol=0, atol=1e-6) for p, w in zip(parts, wrong, strict=True))


def _counts(cell: np.ndarray, right: np.ndarray, text: str) -> Figure:
    """The reader's count over the right one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 2.4), layout="constrained")
    axes = figure.add_subplot()
    axes.step(range(len(right)), right, where="post", color="#9aa3b2", linewidth=3)
    axes.plot(cell, color="#d55e00", linewidth=1.2)
    axes.set(xlabel="point", ylabel="strokes", ylim=(min(-0.5, right.max() * -0.2), right.max() * 1.5))
    axes.set_title(f"{text}: orange, your cell; grey, the right count", fontsize=9)
    return figure
