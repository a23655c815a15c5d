"""Fewer digits for a page's weights, at the places where they are missed least.

To round each number to the nearest step costs more nats than it must: what flows into a unit is a sum, and the error of
one number can be made good by the numbers beside it, as far as their inputs go together. So the network writes some
lines by itself, hands and text by chance, and what the rows of each matrix are multiplied with is noted. Then each
matrix is rounded row by row, and after each row those that follow are moved so that the error is smallest in the square
mean: Frantar et al. (2022), "GPTQ", after Hassibi and Stork (1993), "Optimal brain surgeon". Nothing else is needed
for it than the weights themselves.

The step of a row is the smaller the more flows through it, with the square root of what its input is in the square
mean. The rows of letters have one step all together: the rare ones are to be written as well as the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from scribe.cells import CELLS
from scribe.hands import draw_hand
from scribe.network import HEIGHT, Network
from scribe.weights import Weights

__all__ = ["Rounded", "moments", "rounded_matrices", "rounded_rows"]

_STEP = 0.074  # of a row of the layers whose input is of the usual size; see _steps
_MIXTURE_STEP = 0.012
_CONDITION_STEP = 0.005  # a hand flows in at every point
_USUAL = 0.06  # the usual size of a unit's output, in the square mean

_LINES, _POINTS = 64, 320
_BIAS = 0.1  # lively enough to visit what people do
_DAMPING = 0.02  # of the mean square, so that rows without input stay where they are
_LEAST = 0.02  # no input counts as smaller than this, in the square mean
_LETTER = 0.08  # what counts as the size of the input of a letter's row
_BLOCK = 64  # rows after which those far below are moved


class Rounded(NamedTuple):
    """A matrix as whole numbers times a step for each of its rows."""

    whole: np.ndarray  # (rows, columns), integers
    steps: np.ndarray  # (rows,), float16

    @property
    def restored(self) -> np.ndarray:
        """What a page makes of it, float32."""
        return self.whole.astype(np.float32) * self.steps.astype(np.float32)[:, None]


def rounded_matrices(weights: Weights, apart: Mapping[str, np.ndarray]) -> dict[str, Rounded]:
    """The large matrices of a network with fewer digits: those of the layers, and the mixture's.

    Args:
        apart: kernels that have rows for letters and marks (:func:`scribe.weights.rows_of_parts`), by name.
    """
    a, parts = weights.architecture, weights.alphabet.parts
    moment, found, cell = moments(weights, parts.astype(np.float32) if apart else None), {}, CELLS[a.cell]
    # What flows into the same sum from both of a layer's matrices makes good for the other's errors.
    together = np.repeat(np.equal(cell.inflow, cell.back), a.units)
    for layer in range(1, a.layers + 1):
        names = a.layer_names(layer)
        kernel, recurrent = apart.get(names["kernel"], weights[names["kernel"]]), weights[names["recurrent"]]
        products, rows = moment[names["kernel"]], (slice(len(kernel)), slice(len(kernel), None))
        letters = a.rows_of_codes(kernel, parts.shape[1] if apart else weights.alphabet.size) if a.window else (0, 0)
        steps, both = _steps(products, _STEP, slice(*letters)), np.concatenate([kernel, recurrent])
        whole = np.zeros(both.shape, np.int64)
        whole[:, together] = rounded_rows(both[:, together], products, steps).whole
        for own in rows if not together.all() else ():
            whole[own, ~together] = rounded_rows(both[own, ~together], products[own, own], steps[own]).whole
        for part, own in zip(("kernel", "recurrent"), rows, strict=True):
            found[names[part]] = Rounded(whole[own], steps[own])
        if a.condition:
            step = np.full(a.condition, _CONDITION_STEP, np.float16)
            whole = np.round(weights[names["condition"]] / step[:, None].astype(np.float32)).astype(np.int64)
            found[names["condition"]] = Rounded(whole, step)
    products = moment["mixture.kernel"]
    found["mixture.kernel"] = rounded_rows(weights["mixture.kernel"], products, _steps(products, _MIXTURE_STEP))
    return found


def moments(weights: Weights, parts: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """What the rows of the matrices are multiplied with while the network writes: the mean of the products of two.

    Args:
        parts: ``(codes, parts)``, if the kernels have rows for the parts of characters in place of characters.

    Returns:
        By the name of the tensor, ``(rows, rows)``. A layer's recurrent weights are the last rows of its kernel's.
    """
    a, rng = weights.architecture, np.random.default_rng(0)
    network = Network(weights)
    given, state = network.given(_texts(weights, rng), _hands(weights, rng)), network.start(_LINES)
    seen: dict[str, list[np.ndarray]] = {}
    for _ in range(_POINTS):
        after, _ = network.advance(state, given)
        point = np.column_stack([state.x, state.height * np.float32(HEIGHT)]) if a.height else state.x
        for k in range(a.layers):
            w = after.w if k else state.w
            if parts is not None:
                w = np.column_stack([w[:, : len(parts)] @ parts, w[:, len(parts) :]])
            inputs = [point, *after.hidden[k - 1 : k], w, state.hidden[k]]
            seen.setdefault(a.layer_names(k + 1)["kernel"], []).append(np.concatenate(inputs, axis=-1))
        seen.setdefault("mixture.kernel", []).append(np.concatenate(after.hidden, axis=-1))
        noise = rng.random((_LINES, 2)), rng.standard_normal((_LINES, 2))
        bias = np.full(_LINES, _BIAS, np.float32)
        state = after.moved(network.sample(network.outputs(after), bias, "graves", *noise))
    return {name: _square_mean(np.concatenate(inputs)) for name, inputs in seen.items()}


def _texts(weights: Weights, rng: np.random.Generator) -> list[np.ndarray]:
    """The codes of lines by chance, as long as the points: half of them common letters, half any."""
    if not weights.architecture.window:
        return [np.zeros(1, np.int32)] * _LINES
    length = 2 + int(_POINTS / weights.points_per_character)
    codes = rng.integers(0, len(weights.alphabet.characters), (_LINES, length))
    common = [code for code, c in enumerate(weights.alphabet.characters) if c in " etaoinshr"]
    if common:
        codes = np.where(rng.random(codes.shape) < 0.5, rng.choice(common, codes.shape), codes)
    return [np.append(line, weights.alphabet.size - 1) for line in codes]


def _hands(weights: Weights, rng: np.random.Generator) -> np.ndarray | None:
    """Hands by chance for weights that are told one."""
    width = weights.architecture.condition
    if not width:
        return None
    hands = [draw_hand(seed).z for seed in range(_LINES)]
    return np.array(hands if len(hands[0]) == width else rng.normal(size=(_LINES, width)), np.float32)


def _square_mean(inputs: np.ndarray) -> np.ndarray:
    inputs = inputs[np.isfinite(inputs).all(axis=-1)]
    return (inputs.T @ inputs).astype(np.float64) / max(1, len(inputs))


def _steps(moment: np.ndarray, step: float, letters: slice = slice(0)) -> np.ndarray:
    """The step of each row, ``(rows,)``: ``step`` for a row whose input is of the usual size.

    Args:
        letters: the rows of letters.
    """
    size = np.sqrt(np.diag(moment))
    size[letters] = _LETTER
    return (step * np.sqrt(_USUAL / np.maximum(size, _LEAST))).astype(np.float16)


def rounded_rows(matrix: np.ndarray, moment: np.ndarray, steps: np.ndarray) -> Rounded:
    """A matrix in whole steps, such that what comes out of it changes least for inputs with this moment."""
    order = np.argsort(-np.diag(moment), kind="stable")  # what is used most is rounded first
    damped = moment[np.ix_(order, order)] + np.eye(len(moment)) * max(_DAMPING * np.diag(moment).mean(), 1e-9)
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    rest, sizes = matrix[order].astype(np.float64), steps[order].astype(np.float64)
    whole = np.zeros(matrix.shape, np.int64)
    for first in range(0, len(rest), _BLOCK):
        stop = min(first + _BLOCK, len(rest))
        errors = np.zeros((stop - first, matrix.shape[1]))
        for i in range(first, stop):
            whole[i] = np.round(rest[i] / sizes[i])
            error = errors[i - first] = (rest[i] - whole[i] * sizes[i]) / upper[i, i]
            rest[i + 1 : stop] -= np.outer(upper[i, i + 1 : stop], error)
        rest[stop:] -= upper[first:stop, stop:].T @ errors
    return Rounded(whole[np.argsort(order)], steps)
