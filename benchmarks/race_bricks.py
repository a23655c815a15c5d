"""The contestants of the race: seven networks that write real ink, alike in all but what they remember with.

Six of them are towers: bricks with all skips, the window of chapter 5 in the loop of the lowest, a mixture on top. The
seventh, a Transformer, looks back at the ink and at the text instead. Chapter 12 builds most of these bricks step by
step; here they know the whole alphabet and do before the loop what doesn't depend on the state, which is faster.

Shapes: ``T`` points, ``B`` lines, ``N`` characters, ``C`` codes, ``U`` units, ``M`` Gaussians.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

MIXTURES = 10
"""Gaussians in the mixture of every contestant."""

_SMALL = keras.initializers.RandomNormal(stddev=0.05)


class Brick(keras.layers.Layer):
    """What happens at a step, from what flows in: ``step(a (B, parts * U), state) -> (output (B, U), state)``.

    ``a`` is the inputs times the kernel plus the bias. ``memory`` tells the widths of the vectors in the state.
    """

    parts = 1

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.memory: tuple[int, ...] = (units,)

    def build(self, inputs: int) -> None:
        self.kernel = self.add_weight(shape=(inputs, self.parts * self.units), name="kernel")
        start = np.repeat(np.float32(self.bias_at_start()), self.units)
        self.bias = self.add_weight(shape=start.shape, initializer="zeros", name="bias")
        self.bias.assign(start)
        self.build_state()
        self.built = True

    def bias_at_start(self) -> list[float]:
        """For each part."""
        return [0.0] * self.parts

    def build_state(self) -> None:
        """The weights from the state."""
        self.recurrent = self.add_weight(
            shape=(self.units, self.parts * self.units), initializer="orthogonal", name="recurrent"
        )

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        raise NotImplementedError


class LSTM(Brick):
    """Long short-term memory (Graves' equations 7 to 11, without peepholes)."""

    parts = 4

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.memory = (units, units)

    def bias_at_start(self) -> list[float]:
        return [0, 1, 0, 0]  # remember, until told otherwise

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        h, c = state
        i, f, g, o = ops.split(a + ops.matmul(h, self.recurrent), 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, (h, c)


class GRU(Brick):
    """A gated recurrent unit (Cho et al., 2014)."""

    parts = 3

    def bias_at_start(self) -> list[float]:
        return [1, 0, 0]  # keep, until told otherwise

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        (h,), both = state, 2 * self.units
        z, r = ops.split(ops.sigmoid(a[:, :both] + ops.matmul(h, self.recurrent[:, :both])), 2, axis=-1)
        h = z * h + (1 - z) * ops.tanh(a[:, both:] + ops.matmul(r * h, self.recurrent[:, both:]))
        return h, (h,)


class Highway(Brick):
    """A recurrent highway cell, three small layers from step to step (Zilly et al., 2017)."""

    parts, depth = 2, 3

    def bias_at_start(self) -> list[float]:
        return [0, -2]  # let pass, until told otherwise

    def build_state(self) -> None:
        shape = (self.depth, self.units, self.parts * self.units)
        self.recurrent = self.add_weight(shape=shape, name="recurrent")
        self.recurrent.assign(
            np.stack([keras.initializers.GlorotUniform(seed=d)(shape[1:]) for d in range(self.depth)])
        )
        later = np.tile(np.repeat(np.float32(self.bias_at_start()), self.units), (self.depth - 1, 1))
        self.later = self.add_weight(shape=later.shape, initializer="zeros", name="later")
        self.later.assign(later)

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        (s,) = state
        for d in range(self.depth):
            inflow = a if d == 0 else self.later[d - 1]  # only the first of them sees the input
            candidate, t = ops.split(inflow + ops.matmul(s, self.recurrent[d]), 2, axis=-1)
            t = ops.sigmoid(t)
            s = t * ops.tanh(candidate) + (1 - t) * s
        return s, (s,)


class MinimalGRU(Brick):
    """A GRU whose gate and candidate don't see the state (Feng et al., 2024)."""

    parts = 2

    def bias_at_start(self) -> list[float]:
        return [-1, 0]

    def build_state(self) -> None:
        """None: that's the point of it."""

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        (h,) = state
        z, candidate = ops.split(a, 2, axis=-1)
        z = ops.sigmoid(z)
        h = (1 - z) * h + z * candidate
        return h, (h,)


class StateSpace(Brick):
    """A linear recurrence in which each unit turns and fades at a pace of its own, with a gated output.

    The linear recurrent unit of Orvieto et al. (2023), a state-space layer: ``s' = exp(-e^nu + i e^theta) s + gamma a``
    with ``gamma`` such that the state stays of size 1, and the output from real and imaginary part through a gate.
    """

    parts = 2

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.memory = (units, units)

    def build_state(self) -> None:
        rng = np.random.default_rng(0)
        lasts = np.exp(rng.uniform(np.log(2), np.log(200), self.units))  # points until 1 / e of it is left
        start = {"nu": -np.log(lasts), "theta": np.log(rng.uniform(0.01, 0.6, self.units))}
        for name, values in start.items():
            setattr(self, name, self.add_weight(shape=(self.units,), initializer="zeros", name=name))
            getattr(self, name).assign(values)
        self.out = self.add_weight(shape=(2 * self.units, 2 * self.units), name="out")

    def step(self, a: Any, state: tuple) -> tuple[Any, tuple]:
        (real, imaginary), (x, y) = state, ops.split(a, 2, axis=-1)
        fades, turns = ops.exp(-ops.exp(self.nu)), ops.exp(self.theta)
        cos, sin, gamma = fades * ops.cos(turns), fades * ops.sin(turns), ops.sqrt(1 - ops.square(fades))
        real, imaginary = cos * real - sin * imaginary + gamma * x, sin * real + cos * imaginary + gamma * y
        value, gate = ops.split(ops.matmul(ops.concatenate([real, imaginary], axis=-1), self.out), 2, axis=-1)
        return value * ops.sigmoid(gate), (real, imaginary)


def scan(step: Callable, state: Any, xs: Any) -> Any:
    """``step(state, x) -> (state, y)`` along the first axis of ``xs``, whose length is known; all ``y``, stacked."""
    length = xs.shape[0]
    inputs = tf.TensorArray(xs.dtype, length).unstack(xs)
    y = step(state, xs[0])[1]
    outputs = tf.TensorArray(y.dtype, length, element_shape=y.shape)

    def body(t: Any, state: Any, outputs: Any) -> tuple:
        state, y = step(state, inputs.read(t))
        return t + 1, state, outputs.write(t, y)

    return tf.while_loop(lambda t, *_: t < length, body, (0, state, outputs), maximum_iterations=length)[2].stack()


class Window(keras.layers.Layer):
    """Graves' window with one Gaussian: ``(h, kappa, text (B, N, C)) -> (w (B, C), kappa (B, 1))``."""

    def __init__(self, speed: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.speed = speed  # at the start, in characters per point

    def build(self, units: int) -> None:
        self.kernel = self.add_weight(shape=(units, 3), initializer=_SMALL, name="kernel")
        self.bias = self.add_weight(shape=(3,), initializer="zeros", name="bias")
        self.bias.assign([0, 0, np.log(self.speed)])
        self.built = True

    def call(self, h: Any, kappa: Any, text: Any) -> tuple[Any, Any]:
        alpha, beta, advance = ops.split(ops.exp(ops.matmul(h, self.kernel) + self.bias), 3, axis=-1)
        kappa = kappa + advance
        phi = alpha * ops.exp(-beta * ops.square(kappa - ops.arange(text.shape[1], dtype="float32")))
        return ops.squeeze(ops.matmul(phi[:, None], text), 1), kappa


class Tower(keras.Model):
    """Bricks with all skips, the window in the loop of the lowest, a mixture on top.

    Inputs: ``points`` ``(B, T, 3)``, the point before each; ``text`` ``(B, N, C)``, one-hot and 0 in padding. Output:
    ``(B, T, 1 + 6M)``, see :mod:`scribe.mdn`.
    """

    def __init__(self, bricks: list[Brick], codes: int, speed: float) -> None:
        super().__init__()
        self.bricks, self.codes = bricks, codes
        self.window = Window(speed)
        self.mixture = keras.layers.Dense(1 + 6 * MIXTURES, kernel_initializer=_SMALL)

    def build(self, input_shape: Any = None) -> None:
        below = 0
        for brick in self.bricks:
            brick.build(3 + self.codes + below)
            below = brick.units
        self.window.build(self.bricks[0].units)
        self.mixture.build((None, sum(brick.units for brick in self.bricks)))
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> Any:
        points, text = ops.transpose(inputs["points"], (1, 0, 2)), inputs["text"]
        first, *others = self.bricks

        def nothing(brick: Brick) -> tuple:
            return tuple(ops.zeros((text.shape[0], width)) for width in brick.memory)

        def with_window(state: tuple, a: Any) -> tuple:
            memory, kappa, w = state
            h, memory = first.step(a + ops.matmul(w, first.kernel[3:]), memory)
            w, kappa = self.window(h, kappa, text)
            return (memory, kappa, w), ops.concatenate([h, w], axis=-1)

        start = nothing(first), ops.zeros((text.shape[0], 1)), ops.zeros((text.shape[0], self.codes))
        both = scan(with_window, start, ops.matmul(points, first.kernel[:3]) + first.bias)
        outputs, w = [both[..., : first.units]], both[..., first.units :]
        for brick in others:
            seen = ops.concatenate([points, w, outputs[-1]], axis=-1)

            def alone(state: tuple, a: Any, brick: Brick = brick) -> tuple:
                h, state = brick.step(a, state)
                return state, h

            outputs.append(scan(alone, nothing(brick), ops.matmul(seen, brick.kernel) + brick.bias))
        return ops.transpose(self.mixture(ops.concatenate(outputs, axis=-1)), (1, 0, 2))


def places(length: int, width: int) -> np.ndarray:
    """Positions as sines and cosines of many wavelengths, ``(length, width)``."""
    angles = np.arange(length)[:, None] * 10000.0 ** (-np.arange(0, width, 2) / width)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


class Look(keras.layers.Layer):
    """From ``(B, T, d)`` at a memory ``(B, S, d)`` under a mask: ``(B, T, d)``, by several heads."""

    def __init__(self, width: int, heads: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.heads = width, heads
        self.question, self.keys_values, self.out = (keras.layers.Dense(n * width) for n in (1, 2, 1))

    def build(self, input_shape: Any = None) -> None:
        for dense in (self.question, self.keys_values, self.out):
            dense.build((None, self.width))
        self.built = True

    def call(self, x: Any, memory: Any, mask: Any) -> Any:
        def apart(a: Any) -> Any:
            a = ops.reshape(a, (a.shape[0], a.shape[1], self.heads, self.width // self.heads))
            return ops.transpose(a, (0, 2, 1, 3))

        q = apart(self.question(x))
        k, v = map(apart, ops.split(self.keys_values(memory), 2, axis=-1))
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / np.sqrt(self.width // self.heads)
        weights = ops.softmax(ops.where(mask, scores, -1e9), axis=-1)
        return self.out(ops.reshape(ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3)), x.shape))


class Transformer(keras.Model):
    """A causal decoder on ink with a look at the text in each layer; inputs and output as for :class:`Tower`."""

    def __init__(self, width: int, codes: int, layers: int = 4) -> None:
        super().__init__()
        dense, self.width, self.codes = keras.layers.Dense, width, codes
        self.point, self.character = dense(width), dense(width)
        self.past, self.text = ([Look(width) for _ in range(layers)] for _ in range(2))
        self.wide = [dense(4 * width, activation="gelu") for _ in range(layers)]
        self.narrow = [dense(width) for _ in range(layers)]
        self.norms = [keras.layers.LayerNormalization() for _ in range(3 * layers + 1)]
        self.mixture = dense(1 + 6 * MIXTURES, kernel_initializer=_SMALL)

    def build(self, input_shape: Any = None) -> None:
        self.point.build((None, 3))
        self.character.build((None, self.codes))
        for layer in (*self.past, *self.text, *self.wide, *self.norms, self.mixture):
            layer.build((None, None, self.width))
        for narrow, wide in zip(self.narrow, self.wide, strict=True):
            narrow.build((None, wide.units))
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> Any:
        points, text = inputs["points"], inputs["text"]
        x = self.point(points) + places(points.shape[1], self.width)
        memory = self.character(text) + places(text.shape[1], self.width)
        past = np.tril(np.ones((points.shape[1], points.shape[1]), bool))
        there = (ops.sum(text, axis=-1) > 0)[:, None, None]  # padding is not looked at
        norms = iter(self.norms)
        for layer in range(len(self.past)):
            known = next(norms)(x)
            x = x + self.past[layer](known, known, past)
            x = x + self.text[layer](next(norms)(x), memory, there)
            x = x + self.narrow[layer](self.wide[layer](next(norms)(x)))
        return self.mixture(next(norms)(x))


CONTESTANTS: dict[str, Callable[[int, int, float], keras.Model]] = {
    "LSTM, three layers": lambda units, codes, speed: Tower([LSTM(units) for _ in range(3)], codes, speed),
    "Transformer": lambda units, codes, speed: Transformer(8 * (units // 8), codes),
    "GRU, three layers": lambda units, codes, speed: Tower([GRU(units) for _ in range(3)], codes, speed),
    "LSTM, one layer": lambda units, codes, speed: Tower([LSTM(units)], codes, speed),
    "highway, depth three": lambda units, codes, speed: Tower([Highway(units)], codes, speed),
    "minimal GRU, three layers": lambda units, codes, speed: Tower([MinimalGRU(units) for _ in range(3)], codes, speed),
    "state space, three layers": lambda units, codes, speed: Tower([StateSpace(units) for _ in range(3)], codes, speed),
}
"""By name, how each is made from its units (or width), the codes of the alphabet and the window's speed."""


def made(name: str, units: int, codes: int, speed: float, seed: int = 0) -> keras.Model:
    """A network of this name, built, with weights from a seed."""
    keras.utils.set_random_seed(seed)
    network = CONTESTANTS[name](units, codes, speed)
    network.build()
    return network


def units_for(name: str, weights: int, codes: int) -> int:
    """The fewest units (or smallest width) with which a network of this name has at least so many weights."""

    def enough(units: int) -> bool:
        return made(name, units, codes, 0.1).count_params() >= weights

    low, high = 8, 16  # too few (or just enough), enough
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
