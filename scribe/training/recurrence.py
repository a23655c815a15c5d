"""The two recurrences of the network over whole sequences, with their gradients written out.

Both do the arithmetic of :mod:`scribe.cells` and :mod:`scribe.window`, in time-major order. Three
things make them fast without making them strange:

* whatever does not depend on the state - the products of the inputs with the kernel - is done
  before the loop, for all steps at once;
* the loop back in time finds only the derivatives of the gates; the gradients of the weights are
  then one product over all steps, where automatic differentiation would do one a step;
* nothing but ``keras.ops``, so TensorFlow, JAX and PyTorch run the same lines. The loop itself is
  the one exception: see :func:`scan`.

Products can be made in half precision (``half="bfloat16"`` or ``"float16"``); all that is added up along the line -
cells, kappa - and every gate stays in float32. :func:`product` says why.

A cell is looked up by its name: what its parts are in :mod:`scribe.cells`, its step and the way back through it at the
end of this module.

Shapes: ``T`` steps, ``B`` lines, ``U`` units, ``P`` parts of the cell's kernel, ``S`` weighted sums that flow into the
cell, ``K`` Gaussians, ``N`` characters, ``C`` codes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from scribe.cells import CELLS

__all__ = ["product", "scan", "unroll", "unroll_with_window"]

_LIFT = 4096.0
"""What derivatives are multiplied by on their way through half precision: as they are, float16 would lose most."""


def product(inputs, kernel, half: str | None = None):
    """``inputs @ kernel`` over a whole sequence, with its gradient, in half precision if wanted.

    A half-precision product rounds its factors, to 8 or 11 bits, and adds up in float32 on the hardware made for it.
    Each sum starts anew from rounded factors, so the errors do not pile up from step to step; those of a sum that is
    itself kept in half precision would: a kappa of 40 in bfloat16 does not move if 0.07 is added.

    Args:
        inputs: ``(T, B, F)``.
        kernel: ``(F, G)``.
        half: ``"bfloat16"``, ``"float16"`` or None.

    Returns:
        float32, ``(T, B, G)``.
    """
    if half is None:
        return ops.matmul(inputs, kernel)

    @ops.custom_gradient
    def run(inputs, kernel):
        rounded = _rounded(kernel, half)

        def backward(*args, upstream=None):
            da = args[0] if upstream is None else upstream
            return _times(da, ops.transpose(rounded), _LIFT), _product(inputs, da, half)

        return _times(inputs, rounded), backward

    return run(inputs, kernel)


def _rounded(a, half: str | None):
    return a if half is None else ops.cast(a, half)


def _times(a, b, lift: float = 1.0):
    """``a @ b`` in the precision of ``b``; the result is as precise as ``a``."""
    if a.dtype == b.dtype:
        return ops.matmul(a, b)
    return ops.cast(ops.matmul(ops.cast(lift * a, b.dtype), b), a.dtype) / lift


def unroll(cell: str, projected, recurrent, peephole=None, half: str | None = None):
    """A recurrent layer over a sequence, from a state of zeros: with an LSTM, Graves eqs. 7 to 11.

    Args:
        cell: its name, one of :data:`scribe.cells.CELLS`.
        projected: ``(T, B, P * U)``, what flows in from the input side: the inputs times the kernel plus the bias, and
            whatever else is constant along a line.
        recurrent: ``(U, P * U)``.
        peephole: ``None`` for gates that do not see the memory.
        half: the precision of the products, see :func:`product`.

    Returns:
        The hidden vectors, ``(T, B, U)``.
    """
    steps_of = _STEPS[cell]
    inflow, back = CELLS[cell].inflow, CELLS[cell].back

    @ops.custom_gradient
    def run(projected, recurrent, *peepholes):
        peephole = peepholes[0] if peepholes else None
        state = ops.zeros_like(projected[0, :, : recurrent.shape[0]])
        rounded = _rounded(recurrent, half)

        def step(carry, x):
            (z,), (h, memory) = x, carry
            new = steps_of.step(z + _times(h, rounded), memory, peephole)
            return (new.h, new.memory), new

        steps = steps_of.kept(*scan(step, (state, state), (projected,)))

        def backward(*args, upstream=None):
            dh = args[0] if upstream is None else upstream
            before, recurrent_back = _delayed(steps.memory), ops.transpose(rounded)

            def step_back(carry, x):
                da, dmemory = carry
                dh_t, before_t, *step_t = x
                dh_t = dh_t + _times(da, recurrent_back, _LIFT)
                da, dmemory = steps_of.step_back(dh_t, dmemory, before_t, steps_of.kept(*step_t), peephole)
                return (da, dmemory), (da,)

            start = ops.zeros_like(projected[0]), state
            (da,) = scan(step_back, start, (dh, before, *steps), reverse=True)
            gradients = da, _product(_delayed(steps.h), da, half)
            return gradients + ((_peephole_gradient(da, steps.memory, before),) if peepholes else ())

        return steps.h, backward

    peepholes = () if peephole is None else (peephole,)
    return run(_spread(projected, cell, inflow), _spread(recurrent, cell, back), *peepholes)


def unroll_with_window(
    cell: str,
    projected,
    recurrent,
    text_kernel,
    kernel,
    bias,
    codes,
    mask,
    peephole=None,
    half: str | None = None,
    parity: bool = False,
):
    """A recurrent layer with the soft window over the text inside its loop (Graves eqs. 46 to 52).

    The window moves on the hidden vector of its own step; the next step of the cell sees where it
    came to stand. It starts at zero, before the first character.

    Args:
        cell: its name, one of :data:`scribe.cells.CELLS`.
        projected: ``(T, B, P * U)``, as in :func:`unroll`, without the part of the window.
        recurrent: ``(U, P * U)``.
        text_kernel: ``(C, P * U)``, the rows of the cell's kernel that read the window; with the parity one more.
        kernel: ``(U, 3K)``, from the hidden vector to the logs of alpha, of beta and of the step of kappa.
        bias: ``(3K,)``.
        codes: int ``(B, N)``, the text.
        mask: ``(B, N)``, 1 for a character, 0 for padding. No attention falls on padding.
        peephole: ``None`` for gates that do not see the memory.
        half: the precision of the products with ``recurrent`` and ``text_kernel``; those of the window stay in float32.
        parity: whether the window also shows if it stands at an even place (1) or at an odd one (-1).

    Returns:
        Hidden vectors and windows side by side, ``(T, B, U + C)``; with the parity ``(T, B, U + C + 1)``.
    """
    steps_of = _STEPS[cell]
    inflow, back = CELLS[cell].inflow, CELLS[cell].back
    positions = ops.arange(ops.shape(codes)[1], dtype=projected.dtype)
    units = recurrent.shape[0]
    gaussians = kernel.shape[1] // 3
    size = text_kernel.shape[0] - parity
    signs = 1 - 2 * (positions % 2)
    lines = ops.shape(codes)[0]
    # A product with one-hot rows is nothing but picking and adding: where in a flat (B * C,) each character counts.
    flat = ops.reshape(codes + size * ops.arange(lines, dtype=codes.dtype)[:, None], (-1,))

    @ops.custom_gradient
    def run(projected, recurrent, text_kernel, kernel, bias, *peepholes):
        peephole = peepholes[0] if peepholes else None
        state = ops.zeros_like(projected[0, :, :units])
        kappa = ops.zeros_like(projected[0, :, :gaussians])
        window = ops.zeros((lines, size + parity), projected.dtype)
        both = _rounded(ops.concatenate([recurrent, text_kernel], axis=0), half)

        def step(carry, x):
            (z,), (h, memory, w, kappa) = x, carry
            new = steps_of.step(z + _times(ops.concatenate([h, w], axis=1), both), memory, peephole)
            exps = ops.exp(ops.matmul(new.h, kernel) + bias)
            alpha, beta, advance = _parts(exps, 3)
            kappa = kappa + advance
            phi = ops.sum(_gaussians(alpha, beta, kappa, positions), axis=1) * mask
            w = ops.reshape(ops.segment_sum(ops.reshape(phi, (-1,)), flat, lines * size), (-1, size))
            if parity:
                w = ops.concatenate([w, ops.sum(phi * signs, axis=1, keepdims=True)], axis=1)
            return (new.h, new.memory, w, kappa), (w, kappa, exps, *new)

        w, kappas, exps, *steps = scan(step, (state, state, window, kappa), (projected,))
        steps = steps_of.kept(*steps)

        def backward(*args, upstream=None):
            dhw = args[0] if upstream is None else upstream
            before, both_back, kernel_back = _delayed(steps.memory), ops.transpose(both), ops.transpose(kernel)

            def step_back(carry, x):
                da, dmemory, dkappa = carry
                dhw_t, kappa_t, exps_t, before_t, *step_t = x
                dhw_t = dhw_t + _times(da, both_back, _LIFT)
                dh_t, dw_t = dhw_t[:, :units], dhw_t[:, units:]
                alpha, beta, advance = _parts(exps_t, 3)
                dphi = ops.reshape(ops.take(ops.reshape(dw_t[:, :size], (-1,)), flat), ops.shape(mask))
                dphi = (dphi + dw_t[:, size:] * signs if parity else dphi) * mask
                away = kappa_t[:, :, None] - positions
                # phi = sum over k of the Gaussians g; each derivative is a moment of dphi * g.
                moment = _gaussians(alpha, beta, kappa_t, positions) * dphi[:, None]
                first = ops.sum(moment * away, axis=2)
                second = ops.sum(moment * ops.square(away), axis=2)
                dkappa = dkappa - 2 * beta * first
                dlogs = ops.concatenate([ops.sum(moment, axis=2), -beta * second, dkappa * advance], axis=1)
                dh_t = dh_t + ops.matmul(dlogs, kernel_back)
                da, dmemory = steps_of.step_back(dh_t, dmemory, before_t, steps_of.kept(*step_t), peephole)
                return (da, dmemory, dkappa), (da, dlogs)

            start = ops.zeros_like(projected[0]), state, kappa
            da, dlogs = scan(step_back, start, (dhw, kappas, exps, before, *steps), reverse=True)
            gradients = (
                da,
                _product(_delayed(steps.h), da, half),
                _product(_delayed(w), da, half),
                _product(steps.h, dlogs),
                ops.sum(dlogs, axis=(0, 1)),
            )
            return gradients + ((_peephole_gradient(da, steps.memory, before),) if peepholes else ())

        return ops.concatenate([steps.h, w], axis=2), backward

    peepholes = () if peephole is None else (peephole,)
    projected, text_kernel = _spread(projected, cell, inflow), _spread(text_kernel, cell, inflow)
    return run(projected, _spread(recurrent, cell, back), text_kernel, kernel, bias, *peepholes)


def _spread(array, cell: str, places: tuple[int, ...]):
    """Parts ``(..., P * U)`` where they belong among the cell's sums, ``(..., S * U)``; the others are zero."""
    parts, sums = CELLS[cell].parts, CELLS[cell].sums
    if places == tuple(range(sums)):
        return array
    pieces = dict(zip(places, _parts(array, parts), strict=True))
    nothing = ops.zeros_like(pieces[places[0]])
    return ops.concatenate([pieces.get(place, nothing) for place in range(sums)], axis=-1)


def _parts(a, count: int) -> list:
    """``a`` cut along its last axis. (TensorFlow's own split of it takes ten times as long.)"""
    size = a.shape[-1] // count
    return [a[..., i * size : (i + 1) * size] for i in range(count)]


def _gaussians(alpha, beta, kappa, positions):
    """``alpha exp(-beta (kappa - u)^2)``, ``(B, K, N)``: equation 46 before its sum over k."""
    away = kappa[:, :, None] - positions
    return alpha[:, :, None] * ops.exp(-beta[:, :, None] * ops.square(away))


def _delayed(sequence):
    """The sequence one step later, zeros first: what each step found when it began."""
    return ops.concatenate([ops.zeros_like(sequence[:1]), sequence[:-1]], axis=0)


def _product(inputs, derivatives, half: str | None = None):
    """The gradient of a kernel, in one product over all steps and lines."""
    inputs = ops.transpose(ops.reshape(inputs, (-1, inputs.shape[-1])))
    derivatives = ops.reshape(derivatives, (-1, derivatives.shape[-1]))
    if half is None:
        return ops.matmul(inputs, derivatives)
    return _times(inputs, ops.cast(_LIFT * derivatives, half)) / _LIFT


def scan(step, carry, xs, reverse: bool = False):
    """``step(carry, x) -> (carry, y)`` over the first axis of all ``xs``; returns the ``y``, stacked.

    ``ops.scan``, except on TensorFlow, where Keras' version wants a length known beforehand and a
    ``y`` shaped like the carry, and so would copy much for nothing.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.scan(step, carry, xs, reverse=reverse)[1]
    import tensorflow as tf

    length = tf.shape(xs[0])[0]
    arrays = [tf.TensorArray(x.dtype, length, element_shape=x.shape[1:]).unstack(x) for x in xs]
    # One step outside of the loop tells how many results there are and what they look like.
    _, first = step(carry, tuple(x[0] for x in xs))
    results = tuple(tf.TensorArray(y.dtype, length, element_shape=y.shape) for y in first)

    def body(count, carry, results):
        t = length - 1 - count if reverse else count
        carry, ys = step(carry, tuple(array.read(t) for array in arrays))
        return count + 1, carry, tuple(result.write(t, y) for result, y in zip(results, ys, strict=True))

    _, _, results = tf.while_loop(lambda count, *_: count < length, body, (0, carry, results))
    return tuple(result.stack() for result in results)


# --- The cells -------------------------------------------------------------------------------------------------------
#
# Each keeps what its way back needs, with the hidden vector first. Beside the hidden vector, one vector goes straight
# from step to step, past the product with the recurrent weights: the memory.


class _LSTM(NamedTuple):
    """What a step of an LSTM leaves behind, each ``(B, U)``; over a sequence, ``(T, B, U)``."""

    h: Any
    c: Any
    i: Any
    f: Any
    g: Any
    o: Any
    tanh_c: Any

    @property
    def memory(self):
        return self.c


def _lstm_step(a, c, peephole) -> _LSTM:
    """From the sums ``(B, 4U)`` and the old cell to the new one (Graves eqs. 7 to 11)."""
    i, f, g, o = _parts(a, 4)
    if peephole is not None:
        i, f = i + peephole[0] * c, f + peephole[1] * c
    i, f, g = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g)
    c = f * c + i * g
    if peephole is not None:
        o = o + peephole[2] * c
    o, tanh_c = ops.sigmoid(o), ops.tanh(c)
    return _LSTM(o * tanh_c, c, i, f, g, o, tanh_c)


def _lstm_step_back(dh, dc, before, step: _LSTM, peephole):
    """The derivatives of a step's sums, ``(B, 4U)``, and of the cell before it, ``(B, U)``."""
    _, _, i, f, g, o, tanh_c = step
    do = dh * tanh_c * o * (1 - o)
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    if peephole is not None:
        dc = dc + do * peephole[2]
    di = dc * g * i * (1 - i)
    df = dc * before * f * (1 - f)
    dg = dc * i * (1 - g * g)
    dc = dc * f
    if peephole is not None:
        dc = dc + di * peephole[0] + df * peephole[1]
    return ops.concatenate([di, df, dg, do], axis=1), dc


def _peephole_gradient(da, c, before):
    di, df, _, do = _parts(da, 4)
    return ops.stack([ops.sum(term, axis=(0, 1)) for term in (di * before, df * before, do * c)])


class _GRU(NamedTuple):
    """What a step of a GRU leaves behind, each ``(B, U)``; over a sequence, ``(T, B, U)``."""

    h: Any
    z: Any
    r: Any
    n: Any
    back: Any  # what flows into the candidate from the last output

    @property
    def memory(self):
        return self.h


def _gru_step(a, h, peephole) -> _GRU:
    """From the sums ``(B, 4U)`` and the last output to the new one."""
    z, r, n, back = _parts(a, 4)
    z, r = ops.sigmoid(z), ops.sigmoid(r)
    n = ops.tanh(n + r * back)
    return _GRU(z * h + (1 - z) * n, z, r, n, back)


def _gru_step_back(dh, straight, before, step: _GRU, peephole):
    """The derivatives of a step's sums, ``(B, 4U)``, and of the last output as far as it goes straight to the new."""
    _, z, r, n, back = step
    dh = dh + straight
    dz = dh * (before - n) * z * (1 - z)
    dn = dh * (1 - z) * (1 - n * n)
    dr = dn * back * r * (1 - r)
    return ops.concatenate([dz, dr, dn, dn * r], axis=1), dh * z


class _Steps(NamedTuple):
    """How one cell goes a step, and back."""

    kept: Callable  # the named tuple of what a step keeps
    step: Callable  # (sums, memory, peephole) to what it keeps
    step_back: Callable  # (dh, dmemory, memory before, what was kept, peephole) to (dsums, dmemory before)


_STEPS = {
    "lstm": _Steps(_LSTM, _lstm_step, _lstm_step_back),
    "gru": _Steps(_GRU, _gru_step, _gru_step_back),
}
