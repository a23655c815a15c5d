"""The LSTM cell of Graves (2013), section 2.1, in NumPy: one step, a sequence, and back through time.

Letters stand for sizes: ``T`` steps, ``I`` inputs, ``U`` units. ``...`` is any number of batch axes,
or none. Time is the first axis of a sequence. The four parts of a kernel lie side by side in the
order input gate, forget gate, candidate, output gate (i, f, g, o):

=============  ============  ==============================================================
``kernel``     ``(I, 4U)``   from the input ``x_t``
``recurrent``  ``(U, 4U)``   from the last output ``h_{t-1}``
``bias``       ``(4U,)``
``peephole``   ``(3, U)``    from the cell to the gates i, f and o; ``None`` for none
=============  ============  ==============================================================

All functions are pure and work in the precision of what they are given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "LSTMCache",
    "LSTMGradients",
    "lstm_backward",
    "lstm_forward",
    "lstm_gates",
    "lstm_gates_backward",
    "lstm_step",
    "outer_sum",
    "peephole_gradient",
    "sigmoid",
]


def sigmoid(a: np.ndarray) -> np.ndarray:
    """The logistic function ``1 / (1 + exp(-a))``, written so that no ``a`` overflows."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def lstm_gates(a: np.ndarray, c: np.ndarray, peephole: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Gates and new cell, Graves eqs. 7 to 10, from what flows into them.

    Args:
        a: the weighted sums of input and last output, ``(..., 4U)``, in the order i, f, g, o.
        c: the cell before the step, ``(..., U)``.

    Returns:
        ``(i, f, g, o, c_new)``, each ``(..., U)``. The input and forget gates look at the cell
        before the step, the output gate at the cell after it.
    """
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=-1)
    if peephole is not None:
        a_i = a_i + peephole[0] * c
        a_f = a_f + peephole[1] * c
    i = sigmoid(a_i)
    f = sigmoid(a_f)
    g = np.tanh(a_g)
    c_new = f * c + i * g
    if peephole is not None:
        a_o = a_o + peephole[2] * c_new
    o = sigmoid(a_o)
    return i, f, g, o, c_new


def lstm_step(
    x: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
    peephole: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """One step, Graves eqs. 7 to 11.

    Args:
        x: input, ``(..., I)``.
        h: output of the step before, ``(..., U)``.
        c: cell of the step before, ``(..., U)``.

    Returns:
        The new ``h`` and the new ``c``, each ``(..., U)``.
    """
    _, _, _, o, c_new = lstm_gates(x @ kernel + h @ recurrent + bias, c, peephole)
    return o * np.tanh(c_new), c_new


class LSTMCache(NamedTuple):
    """What :func:`lstm_forward` keeps for the way back. ``hs`` and ``cs`` begin with the initial state."""

    xs: np.ndarray  # (T, ..., I)
    hs: np.ndarray  # (T + 1, ..., U)
    cs: np.ndarray  # (T + 1, ..., U)


def lstm_forward(
    xs: np.ndarray,
    h0: np.ndarray,
    c0: np.ndarray,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
    peephole: np.ndarray | None = None,
) -> tuple[np.ndarray, LSTMCache]:
    """A whole sequence: inputs ``(T, ..., I)``, initial ``h`` and ``c`` ``(..., U)``.

    Returns:
        All outputs ``(T, ..., U)``, and the cache for :func:`lstm_backward`.
    """
    hs, cs = [h0], [c0]
    for x in xs:
        h, c = lstm_step(x, hs[-1], cs[-1], kernel, recurrent, bias, peephole)
        hs.append(h)
        cs.append(c)
    cache = LSTMCache(xs, np.stack(hs), np.stack(cs))
    return cache.hs[1:], cache


def lstm_gates_backward(
    dh: np.ndarray,
    dc: np.ndarray,
    c: np.ndarray,
    gates: tuple[np.ndarray, ...],
    peephole: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The way back through one step: the chain rule, line by line in the opposite order.

    Args:
        dh: gradient of the loss with respect to the step's output, ``(..., U)``.
        dc: gradient with respect to the step's new cell that comes from later steps, ``(..., U)``.
        c: the cell before the step, ``(..., U)``.
        gates: what :func:`lstm_gates` returned.

    Returns:
        The gradients with respect to ``a``, ``(..., 4U)``, and to the cell before the step, ``(..., U)``.
    """
    i, f, g, o, c_new = gates
    tanh_c = np.tanh(c_new)
    da_o = dh * tanh_c * o * (1 - o)
    dc = dc + dh * o * (1 - tanh_c**2)
    if peephole is not None:
        dc = dc + da_o * peephole[2]
    da_i = dc * g * i * (1 - i)
    da_f = dc * c * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    dc_before = dc * f
    if peephole is not None:
        dc_before = dc_before + da_i * peephole[0] + da_f * peephole[1]
    return np.concatenate([da_i, da_f, da_g, da_o], axis=-1), dc_before


class LSTMGradients(NamedTuple):
    """Gradients of the loss, each of the shape of what it belongs to. ``peephole`` may be ``None``."""

    xs: np.ndarray
    h0: np.ndarray
    c0: np.ndarray
    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    peephole: np.ndarray | None


def lstm_backward(
    dhs: np.ndarray,
    cache: LSTMCache,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
    peephole: np.ndarray | None = None,
) -> LSTMGradients:
    """Back-propagation through time.

    Args:
        dhs: gradient of the loss with respect to each output, ``(T, ..., U)``, without what an
            output does to later steps; that is added here.
        cache: from :func:`lstm_forward` with the same weights.
    """
    xs, hs, cs = cache
    dh, dc = np.zeros_like(hs[0]), np.zeros_like(cs[0])
    das = []
    for t in reversed(range(len(xs))):
        # The gates are computed a second time here: that is simpler than keeping them, and takes less memory.
        gates = lstm_gates(xs[t] @ kernel + hs[t] @ recurrent + bias, cs[t], peephole)
        da, dc = lstm_gates_backward(dhs[t] + dh, dc, cs[t], gates, peephole)
        dh = da @ recurrent.T
        das.append(da)
    das = np.stack(das[::-1])
    return LSTMGradients(
        xs=das @ kernel.T,
        h0=dh,
        c0=dc,
        kernel=outer_sum(xs, das),
        recurrent=outer_sum(hs[:-1], das),
        bias=das.reshape(-1, bias.size).sum(axis=0),
        peephole=None if peephole is None else peephole_gradient(cs, das),
    )


def outer_sum(inputs: np.ndarray, das: np.ndarray) -> np.ndarray:
    """The gradient of a kernel: outer products of what went in and what comes back, over all steps and lines."""
    return inputs.reshape(-1, inputs.shape[-1]).T @ das.reshape(-1, das.shape[-1])


def peephole_gradient(cs: np.ndarray, das: np.ndarray) -> np.ndarray:
    """The gradient of the peepholes, ``(3, U)``, from cells ``(T + 1, ..., U)`` and ``das`` ``(T, ..., 4U)``."""
    da_i, da_f, _, da_o = np.split(das, 4, axis=-1)
    products = np.stack([da_i * cs[:-1], da_f * cs[:-1], da_o * cs[1:]])
    return products.reshape(3, -1, cs.shape[-1]).sum(axis=1)
