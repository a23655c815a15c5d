"""Checkers for chapter 6, the whole network."""

from __future__ import annotations

import math

import numpy as np

from scribe.exercises.core import Mistake, exercise, same
from scribe.lstm import lstm_step
from scribe.weights import Architecture


@exercise("network-count")
def _(answer):
    """``answer(units, layers, window, mixtures, codes, peepholes)``: how many weights there are."""
    cases = [
        (400, 3, 0, 20, 57, False),
        (400, 3, 10, 20, 57, False),
        (64, 3, 1, 6, 9, True),
        (7, 1, 2, 1, 5, False),
        (5, 4, 0, 2, 11, True),
    ]
    slips = {
        "the biases are missing: each LSTM has 4H of them, the window 3K, the mixture 1 + 6M.": {"biases": False},
        "the recurrent kernels are missing: each LSTM also reads its own last output, through (H, 4H).": {
            "recurrent": False
        },
        "an LSTM has four parts side by side, three gates and the candidate: its kernels are 4H wide.": {"parts": 1},
        "the window is counted as an input of LSTM 1 only. All layers see it.": {"window_above": False},
        "the point is counted as an input of LSTM 1 only. All layers see it.": {"point_above": False},
        "the upper layers lack the output of the layer below among their inputs.": {"below": False},
        "each layer is counted as if it saw all layers below; it sees the next one below. Only the mixture sees all.": {
            "all_below": True
        },
        "the mixture is counted as if it saw the last layer only. It sees the outputs of all layers side by side.": {
            "output_sees_all": False
        },
        "the kernel and bias of the window itself are missing: (H, 3K) and 3K.": {"window_layer": False},
        "the window's kernel makes three numbers for each Gaussian, not one.": {"window_numbers": 1},
        "without a window nothing of the text is seen: when `window` is 0, the codes must not count.": {
            "codes_always": True
        },
        "the mixture has 6 numbers for each Gaussian and one more for the pen.": {"pen": 0},
        "a Gaussian of the mixture has 6 numbers: weight, two means, two deviations, correlation.": {"numbers": 5},
        "the peepholes are missing: three rows of H in each LSTM, when `peepholes` is true.": {"peephole_rows": 0},
        "peepholes lead to three gates: three rows of H in each LSTM.": {"peephole_rows": 1},
        "peepholes lead to the three gates, not to the candidate: three rows of H in each LSTM.": {"peephole_rows": 4},
    }
    answers = []
    for case in cases:
        value = answer(*case)
        if value is None:
            raise Mistake("the count is None. Does your function end with `return`?")
        if value is ...:
            raise Mistake("the count is `...`: there is a part still to write.")
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or value != int(value):
            raise Mistake(f"the count should be one whole number, not {value!r}")
        answers.append(int(value))
    right = [_count(*case) for case in cases]
    if answers == right:
        return
    for message, slip in slips.items():
        if answers == [_count(*case, **slip) for case in cases]:
            raise Mistake(message)
    case, value, wanted = next(t for t in zip(cases, answers, right, strict=True) if t[1] != t[2])
    names = ("units", "layers", "window", "mixtures", "codes", "peepholes")
    asked = ", ".join(f"{name}={value}" for name, value in zip(names, case, strict=True))
    off = f"{wanted - value:,} are missing" if value < wanted else f"{value - wanted:,} too many"
    raise Mistake(f"for {asked} you count {value:,}; there are {wanted:,}: {off}")


def _count(
    units: int,
    layers: int,
    window: int,
    mixtures: int,
    codes: int,
    peepholes: bool,
    *,
    biases: bool = True,
    recurrent: bool = True,
    parts: int = 4,
    window_above: bool = True,
    point_above: bool = True,
    below: bool = True,
    all_below: bool = False,
    output_sees_all: bool = True,
    window_layer: bool = True,
    window_numbers: int = 3,
    codes_always: bool = False,
    pen: int = 1,
    numbers: int = 6,
    peephole_rows: int = 3,
) -> int:
    """The count, right or with a slip. Without a slip it is held to :meth:`Architecture.shapes` by a test."""
    text = codes if window or codes_always else 0
    total = 0
    for layer in range(layers):
        inputs = 3 + text
        if layer:
            inputs = 3 * point_above + text * window_above + units * (layer if all_below else below)
        total += (inputs + units * recurrent + biases) * parts * units + peepholes * peephole_rows * units
    if window and window_layer:
        total += (units + biases) * window_numbers * window
    return total + ((layers if output_sees_all else 1) * units + biases) * (pen + numbers * mixtures)


@exercise("network-step")
def _(answer):
    """``answer(x, h, c, weights)``: a step of a prediction network of any height."""
    rng = np.random.default_rng(6)
    for layers, units, mixtures in ((3, 5, 2), (2, 4, 1), (1, 3, 2), (4, 3, 1)):
        shapes = Architecture(units, layers, 0, mixtures).shapes(1)
        weights = {name: rng.normal(0, 0.6, shape) for name, shape in shapes.items()}
        x = rng.normal(size=3)
        h = [rng.uniform(-0.8, 0.8, units) for _ in range(layers)]
        c = [rng.normal(size=units) for _ in range(layers)]
        given = [a.copy() for a in h], [a.copy() for a in c]
        value = answer(x.copy(), *given, dict(weights))
        if value is ...:
            raise Mistake("the result is `...`: there is a part still to write.")
        if not np.array_equal(given, (h, c)):
            raise Mistake(
                "the lists that you were given have changed, and the caller may still need them. Make new ones: begin "
                "with h, c = list(h), list(c)."
            )
        y, new_h, new_c = right = _step(x, h, c, weights)
        variants = {
            "the layers see no point: the input of each is [x, output of the layer below], not the latter alone.": {
                "skip": False
            },
            "a layer is given what the layer below put out a step ago. It sees the output of this step: "
            "h[k - 1] must be replaced before layer k reads it.": {"old": True},
            "the upper layers' inputs are in another order: the point comes first, then the layer below.": {
                "reverse": True
            },
            "the mixture is given the last layer only; it sees the outputs of all, side by side.": {"last": True},
            "the mixture is given the outputs of the step before; it sees the new ones.": {"old_output": True},
            "the mixture is given the layers from the top down; the first layer comes first.": {"down": True},
            "the bias of the mixture is missing.": {"bias": False},
        }
        wrong = {message: _step(x, h, c, weights, **slip) for message, slip in variants.items()}
        # With one layer most slips are none.
        wrong = {m: w for m, w in wrong.items() if np.shape(w[0]) and not np.allclose(w[0], y)}
        if layers > 1:
            wrong["you return the old state: what goes on to the next step are the new outputs and cells."] = (y, h, c)
            wrong["the outputs and the cells are in each other's place: return y, h, c."] = (y, new_c, new_h)
        if isinstance(value, (tuple, list)) and len(value) == 3:
            for name, part, new in (("h", value[1], new_h), ("c", value[2], new_c)):
                if np.shape(part) == (units,) and layers > 1:
                    raise Mistake(f"{name} is one array; it should be a list with an array for each of the layers")
                if isinstance(part, (list, tuple)) and len(part) != len(new):
                    raise Mistake(f"{name} should hold {layers} arrays, one for each layer, not {len(part)}")
        same(value, right, "y, h, c", variants=wrong)


def _step(
    x, h, c, weights, *, skip=True, old=False, reverse=False, last=False, old_output=False, down=False, bias=True
):
    """The step, right or with a slip."""
    before, h, c = list(h), list(h), list(c)
    for k in range(len(h)):
        inputs = [x]
        if k:
            below = (before if old else h)[k - 1]
            inputs = [below, x] if reverse else [x, below]
            if not skip:
                inputs = [np.zeros(3), below]
        lstm = [weights[f"lstm{k + 1}.{part}"] for part in ("kernel", "recurrent", "bias")]
        h[k], c[k] = lstm_step(np.concatenate(inputs), h[k], c[k], *lstm)
    seen = [a * (not last or k == len(h) - 1) for k, a in enumerate(before if old_output else h)]
    y = np.concatenate(seen[::-1] if down else seen) @ weights["mixture.kernel"]
    return y + bias * weights["mixture.bias"], np.array(h), np.array(c)


@exercise("network-first-difference")
def _(answer):
    """``answer(mine, right, tolerance)``: step and name of the first array that differs, or None."""
    for number, (mine, right, tolerance, wanted) in enumerate(_traces()):
        value = answer(mine, right, tolerance)
        if value is ...:
            raise Mistake("the answer is `...`: there is a part still to write.")
        said = tuple(value) if isinstance(value, (tuple, list)) else value
        if wanted is None:
            if said is None:
                continue
            raise Mistake(
                f"two traces whose numbers differ by less than the tolerance are the same, but you find {said}. "
                "Return None when nothing differs."
            )
        if said is None:
            nothing = f"you find no difference, but {wanted[1]!r} differs at step {wanted[0]}"
            raise Mistake(_OVERLOOKED.get(number, nothing))
        if not (isinstance(said, tuple) and len(said) == 2):
            raise Mistake(f"the answer should be a step and a name, as in `return t, name`, not {value!r}")
        t, name = said
        if isinstance(t, str) and not isinstance(name, str):
            raise Mistake("the step comes first, then the name: return t, name.")
        if (t, name) == wanted:
            continue
        if t == wanted[0]:
            raise Mistake(
                f"the step is right, {t}, but there {wanted[1]!r} differs before {name!r}. Within a step, take the "
                "arrays in the order in which they are computed: that of the dictionary."
            )
        if t == wanted[0] + 1 and name == wanted[1]:
            raise Mistake("you count the steps from 1; the first is number 0.")
        if not isinstance(t, str) and t > wanted[0]:
            if number in _OVERLOOKED:
                raise Mistake(_OVERLOOKED[number])
            raise Mistake(
                f"you find {name!r} at step {t}, but {wanted[1]!r} differs at step {wanted[0]} already. Go through the "
                "steps first and through the names within each, and stop at the first difference, not at the largest."
            )
        raise Mistake(
            f"you find {name!r} at step {t}; there nothing differs by more than the tolerance. It is {wanted[1]!r} at "
            f"step {wanted[0]}"
        )


_OVERLOOKED = {
    2: "an array of NaN was taken for right. Each comparison with NaN is false: ask for `not (difference <= "
    "tolerance).all()` rather than for `(difference > tolerance).any()`, or look with np.isfinite.",
    3: "an array with numbers that are wrong by as much up as down was taken for right: do not add differences up, "
    "look at the largest of their absolute values.",
    4: "an array with a single wrong number was taken for right: the mean hides it, take the largest difference.",
    5: "a difference downwards was taken for none: use the absolute value.",
    7: "a difference of three times the tolerance was taken for none, in an array where a number is 100. np.allclose "
    "forgives a part of the number as well as the tolerance; compare the absolute difference.",
}
"""What is said when the difference of that trace was not found."""


def _traces() -> list[tuple[list, list, float, tuple[int, str] | None]]:
    """Two traces, a tolerance, and the right answer."""
    names = ("h1", "w", "h2", "y")
    rng = np.random.default_rng(66)
    right = [{name: rng.normal(size=4 + len(name)) for name in names} for _ in range(5)]
    right[4]["y"][0] = 100

    def changed(*changes) -> list[dict[str, np.ndarray]]:
        mine = [{name: array + 1e-7 for name, array in step.items()} for step in right]
        for t, name, change in changes:
            mine[t][name] = mine[t][name] + change
        return mine

    single = np.zeros(6)
    single[3] = 3e-4
    up_and_down = np.array([0.5, -0.5, 0.5, -0.5, 0.0])
    cases = [
        (changed((2, "h2", 0.01), (2, "y", 0.5), (3, "h1", 0.4), (4, "w", 9.0)), (2, "h2")),
        (changed(), None),
        (changed((1, "w", math.nan), (2, "h1", 0.2)), (1, "w")),
        (changed((3, "y", up_and_down)), (3, "y")),
        (changed((1, "h1", single)), (1, "h1")),
        (changed((4, "w", -0.1)), (4, "w")),
        (changed((0, "y", 0.1), (1, "h1", 0.1)), (0, "y")),
        (changed((4, "y", np.array([3e-4, 0, 0, 0, 0]))), (4, "y")),
        (changed((3, "h2", 0.1), (3, "w", 0.1)), (3, "w")),
    ]
    return [(mine, right, 1e-4, wanted) for mine, wanted in cases]
