"""The network as the book derives it, a brick at a time: the second opinion for all that is faster."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scribe.cells import CELLS
from scribe.weights import Weights
from scribe.window import window_step

EVERY_CELL = [(name, p) for name in CELLS for p in (False, True) if not p or CELLS[name].peepholes]
"""Names of cells, each without peepholes and, where it may have them, with."""


class Thoughts(NamedTuple):
    """What a network has in mind at each of ``T`` points."""

    phi: np.ndarray
    kappa: np.ndarray
    window: np.ndarray
    y: np.ndarray  # (T, 1 + 6M)
    h: np.ndarray  # (T, L, U)
    c: np.ndarray  # (T, L, U), or (T, L, 0) for a cell that has one vector only


def by_bricks(weights: Weights, points: np.ndarray, text: str | None, condition: np.ndarray | None = None) -> Thoughts:
    """One line of points ``(T, 3)`` in network units, followed from before its first."""
    a = weights.architecture
    cell, layers = CELLS[a.cell], [weights.layer(number) for number in range(1, a.layers + 1)]
    onehot = weights.alphabet.one_hot(weights.alphabet.encode(text)) if a.window else np.zeros((0, 0))
    if a.parity:
        onehot = np.column_stack([onehot, (-1.0) ** np.arange(len(onehot))]).astype(np.float32)
    states = [(np.zeros(a.units, np.float32),) * cell.states] * a.layers
    kappa, w, phi = np.zeros(a.window, np.float32), np.zeros(onehot.shape[-1], np.float32), np.zeros(0)
    window = [weights[f"window.{part}"] for part in ("kernel", "bias") if a.window]
    rows = []
    before = np.concatenate([np.array([[0, 0, 1]], np.float32), points[:-1]])
    if a.height:
        before = np.column_stack([before, before[:, 1].cumsum() * 0.25])
    for x in before:
        for k, layer in enumerate(layers):
            inflow = np.concatenate([x, *([states[k - 1][0]] if k else []), w]) @ layer.kernel + layer.bias
            if condition is not None and layer.condition is not None:
                inflow = inflow + condition @ layer.condition
            sums = cell.spread(inflow, cell.inflow) + cell.spread(states[k][0] @ layer.recurrent, cell.back)
            states = [*states[:k], cell.step(sums, states[k], layer.peephole), *states[k + 1 :]]
            if k == 0 and a.window:
                w, kappa, phi = window_step(states[0][0], kappa, onehot, *window)
        h = np.stack([state[0] for state in states])
        c = np.stack([np.concatenate([np.zeros(0), *state[1:]]) for state in states])
        y = h.ravel() @ weights["mixture.kernel"] + weights["mixture.bias"]
        rows.append((phi, kappa, w, y, h, c))
    return Thoughts(*(np.array(column) for column in zip(*rows, strict=True)))
