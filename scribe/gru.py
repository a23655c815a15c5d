"""The gated recurrent unit of Cho et al. (2014) in NumPy: one step, a sequence, and back through time.

The variant is the one of cuDNN, called *reset after*: the reset gate weighs the product of the last output with its
weights, not the output before the product. So all products are made before any gate is known, as in the LSTM.

Letters stand for sizes: ``T`` steps, ``I`` inputs, ``U`` units. ``...`` is any number of batch axes, or none. Time is
the first axis of a sequence. The three parts of a kernel lie side by side in the order update gate, reset gate,
candidate (z, r, n):

=============  ============  ==============================================================
``kernel``     ``(I, 3U)``   from the input ``x_t``
``recurrent``  ``(U, 3U)``   from the last output ``h_{t-1}``
``bias``       ``(3U,)``
=============  ============  ==============================================================

The gates add up what comes from both sides. The candidate keeps the two apart, so there are four weighted sums, each
``(..., U)``: of z, of r, of n from the input, of n from the last output (:func:`gru_sums`).

All functions are pure and work in the precision of what they are given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scribe.lstm import outer_sum, sigmoid

__all__ = [
    "GRUCache",
    "GRUGradients",
    "gru_backward",
    "gru_forward",
    "gru_gates",
    "gru_gates_backward",
    "gru_step",
    "gru_sums",
]


def gru_sums(x: np.ndarray, h: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The four weighted sums of a step, side by side, ``(..., 4U)``: z, r, n from the input, n from the last output."""
    inflow, back = x @ kernel + bias, h @ recurrent
    gates = 2 * h.shape[-1]
    return np.concatenate([inflow[..., :gates] + back[..., :gates], inflow[..., gates:], back[..., gates:]], axis=-1)


def gru_gates(a: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, ...]:
    """Gates, candidate and new output from what flows into them.

    Args:
        a: the weighted sums, ``(..., 4U)``, as :func:`gru_sums` makes them.
        h: the output of the step before, ``(..., U)``.

    Returns:
        ``(z, r, n, h_new)``, each ``(..., U)``. The update gate ``z`` is the share of the old output in the new one.
    """
    a_z, a_r, a_n, b_n = np.split(a, 4, axis=-1)
    z = sigmoid(a_z)
    r = sigmoid(a_r)
    n = np.tanh(a_n + r * b_n)
    return z, r, n, z * h + (1 - z) * n


def gru_step(x: np.ndarray, h: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """One step: from the input ``(..., I)`` and the last output ``(..., U)`` to the new output."""
    return gru_gates(gru_sums(x, h, kernel, recurrent, bias), h)[-1]


class GRUCache(NamedTuple):
    """What :func:`gru_forward` keeps for the way back. ``hs`` begins with the initial state."""

    xs: np.ndarray  # (T, ..., I)
    hs: np.ndarray  # (T + 1, ..., U)


def gru_forward(
    xs: np.ndarray, h0: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, GRUCache]:
    """A whole sequence: inputs ``(T, ..., I)``, initial output ``(..., U)``.

    Returns:
        All outputs ``(T, ..., U)``, and the cache for :func:`gru_backward`.
    """
    hs = [h0]
    for x in xs:
        hs.append(gru_step(x, hs[-1], kernel, recurrent, bias))
    cache = GRUCache(xs, np.stack(hs))
    return cache.hs[1:], cache


def gru_gates_backward(
    dh: np.ndarray, a: np.ndarray, h: np.ndarray, gates: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The way back through one step: the chain rule, line by line in the opposite order.

    Args:
        dh: gradient of the loss with respect to the step's output, ``(..., U)``.
        a, h: what :func:`gru_gates` was given.
        gates: what it returned.

    Returns:
        The gradients with respect to ``a``, ``(..., 4U)``, and to the output of the step before, ``(..., U)``, as far
        as it comes straight through ``z``; the rest comes through ``a``.
    """
    z, r, n, _ = gates
    b_n = a[..., 3 * h.shape[-1] :]
    da_z = dh * (h - n) * z * (1 - z)
    da_n = dh * (1 - z) * (1 - n**2)
    da_r = da_n * b_n * r * (1 - r)
    return np.concatenate([da_z, da_r, da_n, da_n * r], axis=-1), dh * z


class GRUGradients(NamedTuple):
    """Gradients of the loss, each of the shape of what it belongs to."""

    xs: np.ndarray
    h0: np.ndarray
    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray


def gru_backward(
    dhs: np.ndarray, cache: GRUCache, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> GRUGradients:
    """Back-propagation through time.

    Args:
        dhs: gradient of the loss with respect to each output, ``(T, ..., U)``, without what an
            output does to later steps; that is added here.
        cache: from :func:`gru_forward` with the same weights.
    """
    xs, hs = cache
    units = hs.shape[-1]
    dh = np.zeros_like(hs[0])
    inflows, backs = [], []  # gradients of what flows in from the input, and from the last output
    for t in reversed(range(len(xs))):
        a = gru_sums(xs[t], hs[t], kernel, recurrent, bias)
        da, dh = gru_gates_backward(dhs[t] + dh, a, hs[t], gru_gates(a, hs[t]))
        inflows.append(da[..., : 3 * units])
        backs.append(np.concatenate([da[..., : 2 * units], da[..., 3 * units :]], axis=-1))
        dh = dh + backs[-1] @ recurrent.T
    inflow, back = np.stack(inflows[::-1]), np.stack(backs[::-1])
    return GRUGradients(
        xs=inflow @ kernel.T,
        h0=dh,
        kernel=outer_sum(xs, inflow),
        recurrent=outer_sum(hs[:-1], back),
        bias=inflow.reshape(-1, bias.size).sum(axis=0),
    )
