"""The cells that a network can be built of: what each one is, by name.

A cell is a recurrent layer's inner life: from the weighted sums of its inputs and the state before to the state after.
All else is the same for every cell, and is told from here: the Writer, the training, the files of weights and the page
look a cell up by its name.

The seam is what flows into a cell. Its kernel has ``parts`` side by side, ``U`` columns each, for ``U`` units. From the
input side comes one array, ``(..., parts * U)``: the inputs times the kernel, the bias, and what is constant along a
line, times ``condition``. From the last output comes another of the same width. Each part of either is added to one
of the cell's ``sums``: in an LSTM the two meet in all four, in a GRU the candidate keeps them apart. ``step`` sees the
sums, ``(..., sums * U)``, and the state before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from scribe.gru import gru_gates, gru_gates_backward
from scribe.lstm import lstm_gates, lstm_gates_backward

__all__ = ["CELLS", "Cell"]

State = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Cell:
    """One cell. A state is a tuple of vectors ``(..., U)``; the first of them is the output."""

    name: str
    inflow: tuple[int, ...]
    """For each part of the kernel, which of the sums it is added to."""
    back: tuple[int, ...]
    """For each part of the recurrent weights, likewise."""
    bias: tuple[float, ...]
    """Of each part, when a training begins: a gate that keeps the memory starts at 1."""
    states: int
    """How many vectors the state has."""
    peepholes: int
    """Rows of the weights with which the gates see the memory, if they are to; 0 for a cell whose gates never do."""
    step: Callable[[np.ndarray, State, np.ndarray | None], State]
    """``(sums, state, peephole)`` to the new state."""
    step_back: Callable[[State, np.ndarray, State, np.ndarray | None], tuple[np.ndarray, State]]
    """``(gradient of the new state, sums, state, peephole)`` to the gradients of the sums and of the state before, as
    far as the latter does not come through the sums."""

    @property
    def parts(self) -> int:
        """How many parts of ``U`` columns the kernel, the recurrent weights and the bias have."""
        return len(self.inflow)

    @property
    def sums(self) -> int:
        """How many weighted sums of ``U`` numbers flow in."""
        return 1 + max(*self.inflow, *self.back)

    def shapes(self, inputs: int, units: int, peepholes: bool, condition: int) -> dict[str, tuple[int, ...]]:
        """What a layer's weights are called, and their shapes."""
        width = self.parts * units
        shapes: dict[str, tuple[int, ...]] = {
            "kernel": (inputs, width),
            "recurrent": (units, width),
            "bias": (width,),
        }
        if peepholes:
            shapes["peephole"] = (self.peepholes, units)
        if condition:
            shapes["condition"] = (condition, width)
        return shapes

    def spread(self, array: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
        """Parts ``(..., parts * U)`` where they belong among the sums, ``(..., sums * U)``; the others are zero.

        Args:
            places: ``inflow`` or ``back``.
        """
        if places == tuple(range(self.sums)):
            return array
        spread = np.zeros((*array.shape[:-1], self.sums, array.shape[-1] // self.parts), array.dtype)
        spread[..., list(places), :] = array.reshape(*array.shape[:-1], self.parts, -1)
        return spread.reshape(*array.shape[:-1], -1)


def _lstm_step(a: np.ndarray, state: State, peephole: np.ndarray | None) -> State:
    _, _, _, o, c = lstm_gates(a, state[1], peephole)
    return o * np.tanh(c), c


def _lstm_step_back(
    gradient: State, a: np.ndarray, state: State, peephole: np.ndarray | None
) -> tuple[np.ndarray, State]:
    (dh, dc), (_, c) = gradient, state
    da, dc = lstm_gates_backward(dh, dc, c, lstm_gates(a, c, peephole), peephole)
    return da, (np.zeros_like(dc), dc)


def _gru_step(a: np.ndarray, state: State, peephole: np.ndarray | None) -> State:
    return gru_gates(a, state[0])[-1:]


def _gru_step_back(
    gradient: State, a: np.ndarray, state: State, peephole: np.ndarray | None
) -> tuple[np.ndarray, State]:
    (dh,), (h,) = gradient, state
    da, dh = gru_gates_backward(dh, a, h, gru_gates(a, h))
    return da, (dh,)


_ALL = (
    Cell(
        "lstm",  # parts: input gate, forget gate, candidate, output gate; state: output and cell
        inflow=(0, 1, 2, 3),
        back=(0, 1, 2, 3),
        bias=(0, 1, 0, 0),
        states=2,
        peepholes=3,
        step=_lstm_step,
        step_back=_lstm_step_back,
    ),
    Cell(
        "gru",  # parts: update gate, reset gate, candidate; state: output
        inflow=(0, 1, 2),
        back=(0, 1, 3),
        bias=(1, 0, 0),
        states=1,
        peepholes=0,
        step=_gru_step,
        step_back=_gru_step_back,
    ),
)

CELLS: Mapping[str, Cell] = MappingProxyType({cell.name: cell for cell in _ALL})
"""All cells, by name."""
