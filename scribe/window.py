"""The soft window over the text of Graves (2013), section 5.1, in NumPy.

Sizes: ``T`` steps, ``N`` characters (the end of text included), ``C`` codes in the alphabet, ``K``
Gaussians, ``U`` units of the LSTM that moves the window. ``...`` is any number of batch axes, or
none. Time is the first axis of a sequence. Characters are numbered from 0.

=============  ===============  ==============================================================
``onehot``     ``(..., N, C)``  the text: one row a character
``mask``       ``(..., N)``     1 for characters, 0 for padding; ``None`` when there is none
``kernel``     ``(U, 3K)``      from the LSTM's output to alpha, beta and kappa, in this order
``bias``       ``(3K,)``
=============  ===============  ==============================================================

The window decides what the LSTM sees next, and the LSTM moves the window: the second half of this
module runs both together, forward and back through time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scribe.lstm import lstm_gates, lstm_gates_backward, lstm_step, outer_sum, peephole_gradient

__all__ = [
    "WindowedCache",
    "WindowedGradients",
    "WindowedState",
    "window_parameters",
    "window_phi",
    "window_step",
    "window_step_backward",
    "windowed_lstm_backward",
    "windowed_lstm_forward",
]


def window_parameters(h: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> list[np.ndarray]:
    """What the LSTM's output ``h`` ``(..., U)`` says to the window, Graves eqs. 48 to 51.

    Returns:
        For each Gaussian its importance ``alpha``, its sharpness ``beta`` and its step, the growth
        of ``kappa``: each ``(..., K)`` and, being an exponential, positive. The window never moves back.
    """
    return np.split(np.exp(h @ kernel + bias), 3, axis=-1)


def window_phi(alpha: np.ndarray, beta: np.ndarray, kappa: np.ndarray, characters: np.ndarray) -> np.ndarray:
    """The weight of each character, Graves eq. 46: ``(..., N)``, for character numbers ``(N,)``."""
    distance = kappa[..., None] - characters  # (..., K, N)
    return (alpha[..., None] * np.exp(-beta[..., None] * distance**2)).sum(axis=-2)


def window_step(
    h: np.ndarray,
    kappa: np.ndarray,
    onehot: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step, Graves eqs. 46 to 51.

    Args:
        h: output of the LSTM at this step, ``(..., U)``.
        kappa: place of the Gaussians at the step before, ``(..., K)``.

    Returns:
        The window ``w`` ``(..., C)``, the new ``kappa`` ``(..., K)``, and ``phi`` ``(..., N)``.
    """
    alpha, beta, step = window_parameters(h, kernel, bias)
    kappa = kappa + step
    phi = window_phi(alpha, beta, kappa, np.arange(onehot.shape[-2], dtype=h.dtype))
    if mask is not None:
        phi = phi * mask
    w = (phi[..., None, :] @ onehot)[..., 0, :]
    return w, kappa, phi


def window_step_backward(
    dw: np.ndarray,
    dkappa: np.ndarray,
    h: np.ndarray,
    kappa: np.ndarray,
    onehot: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The way back through one step, Graves eqs. 56 to 60. All but the gradients is as for :func:`window_step`.

    Args:
        dw: gradient of the loss with respect to the step's window, ``(..., C)``.
        dkappa: gradient with respect to the step's new kappa that comes from later steps, ``(..., K)``.

    Returns:
        The gradient with respect to ``h @ kernel + bias``, ``(..., 3K)``, and with respect to the
        kappa of the step before, ``(..., K)``.
    """
    alpha, beta, step = window_parameters(h, kernel, bias)
    distance = (kappa + step)[..., None] - np.arange(onehot.shape[-2], dtype=h.dtype)  # (..., K, N)
    dphi = (onehot @ dw[..., None])[..., 0]  # (..., N)
    if mask is not None:
        dphi = dphi * mask
    epsilon = alpha[..., None] * np.exp(-beta[..., None] * distance**2) * dphi[..., None, :]  # eq. 56
    dalpha_hat = epsilon.sum(axis=-1)  # eq. 57
    dbeta_hat = -beta * (epsilon * distance**2).sum(axis=-1)  # eq. 58
    dkappa = dkappa - 2 * beta * (epsilon * distance).sum(axis=-1)  # eq. 59
    dkappa_hat = step * dkappa  # eq. 60
    return np.concatenate([dalpha_hat, dbeta_hat, dkappa_hat], axis=-1), dkappa


class WindowedState(NamedTuple):
    """Everything that an LSTM with a window takes from one step to the next."""

    h: np.ndarray  # (..., U)
    c: np.ndarray  # (..., U)
    kappa: np.ndarray  # (..., K)
    w: np.ndarray  # (..., C)


class WindowedCache(NamedTuple):
    """What :func:`windowed_lstm_forward` keeps for the way back."""

    inputs: np.ndarray  # (T, ..., I + C): x_t and w_{t-1}
    states: list[WindowedState]  # T + 1: the first is the initial state
    phis: np.ndarray  # (T, ..., N)


def windowed_lstm_forward(
    xs: np.ndarray,
    onehot: np.ndarray,
    state: WindowedState,
    lstm: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    window: tuple[np.ndarray, np.ndarray],
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, WindowedCache]:
    """A whole sequence, Graves eq. 52: the LSTM sees ``x_t`` and ``w_{t-1}``, and its output moves the window.

    Args:
        xs: inputs, ``(T, ..., I)``.
        onehot, mask: the text.
        state: before the first step; all zeros at the beginning of a line.
        lstm: kernel ``(I + C, 4U)``, recurrent, bias and peephole of the LSTM.
        window: kernel and bias of the window.

    Returns:
        The LSTM's outputs ``(T, ..., U)``, the windows ``(T, ..., C)``, and the cache.
    """
    inputs, states, phis = [], [state], []
    for x in xs:
        h, c, kappa, w = states[-1]
        inputs.append(np.concatenate([x, w], axis=-1))
        h, c = lstm_step(inputs[-1], h, c, *lstm)
        w, kappa, phi = window_step(h, kappa, onehot, *window, mask)
        states.append(WindowedState(h, c, kappa, w))
        phis.append(phi)
    cache = WindowedCache(np.stack(inputs), states, np.stack(phis))
    return np.stack([s.h for s in states[1:]]), np.stack([s.w for s in states[1:]]), cache


class WindowedGradients(NamedTuple):
    """Gradients of the loss, each of the shape of what it belongs to. ``peephole`` may be ``None``."""

    xs: np.ndarray
    state: WindowedState
    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    peephole: np.ndarray | None
    window_kernel: np.ndarray
    window_bias: np.ndarray


def windowed_lstm_backward(
    dhs: np.ndarray,
    dws: np.ndarray,
    cache: WindowedCache,
    onehot: np.ndarray,
    lstm: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    window: tuple[np.ndarray, np.ndarray],
    mask: np.ndarray | None = None,
) -> WindowedGradients:
    """Back-propagation through time for the LSTM and the window together.

    Args:
        dhs: gradient of the loss with respect to each output, ``(T, ..., U)``, without what it
            does to the window and to later steps; that is added here.
        dws: gradient with respect to each window, ``(T, ..., C)``, likewise.
        cache: from :func:`windowed_lstm_forward` with the same text and weights.
    """
    kernel, recurrent, bias, peephole = lstm
    window_kernel, window_bias = window
    inputs, states, _ = cache
    dh, dc, dkappa, dw = WindowedState(*map(np.zeros_like, states[0]))
    das, dps = [], []
    for t in reversed(range(len(inputs))):
        before, after = states[t], states[t + 1]
        # The window of this step acts on the loss directly and, as an input, through the next step.
        dp, dkappa = window_step_backward(dws[t] + dw, dkappa, after.h, before.kappa, onehot, *window, mask)
        dh = dhs[t] + dh + dp @ window_kernel.T
        gates = lstm_gates(inputs[t] @ kernel + before.h @ recurrent + bias, before.c, peephole)
        da, dc = lstm_gates_backward(dh, dc, before.c, gates, peephole)
        dh = da @ recurrent.T
        dw = (da @ kernel.T)[..., -dw.shape[-1] :]
        das.append(da)
        dps.append(dp)
    das, dps = np.stack(das[::-1]), np.stack(dps[::-1])
    hs, cs = np.stack([s.h for s in states]), np.stack([s.c for s in states])
    return WindowedGradients(
        xs=(das @ kernel.T)[..., : -dw.shape[-1]],
        state=WindowedState(dh, dc, dkappa, dw),
        kernel=outer_sum(inputs, das),
        recurrent=outer_sum(hs[:-1], das),
        bias=das.reshape(-1, bias.size).sum(axis=0),
        peephole=None if peephole is None else peephole_gradient(cs, das),
        window_kernel=outer_sum(hs[1:], dps),
        window_bias=dps.reshape(-1, window_bias.size).sum(axis=0),
    )
