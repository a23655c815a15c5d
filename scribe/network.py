"""The arithmetic of the network: one step of all its layers, on weights made ready for it, in NumPy alone.

What the book's chapters derive - a step of each layer (:mod:`scribe.cells`), :func:`scribe.window.window_step` between
the first and the second, then :func:`scribe.mdn.split`, :func:`scribe.mdn.biased` and :func:`scribe.mdn.sample_with` -
is done here for many lines at a time. Tests hold it to exactly that. At one point a step, though, what costs time is to
fetch the weights from memory and to call NumPy, so

* the two kernels of a layer are stacked: a layer is one product of a matrix and a vector;
* what stays the same along a line flows in with the bias, and is computed once a line;
* an LSTM works in place, and the columns of its three gates are halved beforehand: as
  ``sigmoid(a) = (1 + tanh(a / 2)) / 2``, one ``tanh`` then serves all four parts of a layer;
* the window adds up ``phi`` by code (``bincount``), where ``window_step`` multiplies by a one-hot
  text, and in a long text it leaves out characters so far away that their ``phi`` is exactly 0;
* a point takes the five numbers of the one Gaussian it is drawn from, not those of all.

With guidance (:class:`State`'s ``untold``) the same layers go along a second time, not told whose hand it is, and what
comes out leaves them behind (:meth:`Network.outputs`).

Lines that are stepped together share each product, so that many lines take little longer than one.

Sizes: ``B`` lines, ``N`` characters of the longest text, ``U`` units, ``S`` weighted sums that flow into a cell, ``K``
Gaussians of the window, ``C`` codes, ``M`` Gaussians of the mixture, ``D`` numbers of a condition.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from scribe import mdn
from scribe.cells import CELLS, Cell
from scribe.lstm import sigmoid
from scribe.weights import LayerWeights, Weights
from scribe.window import window_parameters, window_phi

__all__ = ["HEIGHT", "Given", "Layer", "Network", "Seen", "State", "parity"]

_WIDEST = math.log(1000)  # no Gaussian is wider than this, in network units: a bias by the post's rule can ask for 1e40
_UNDERFLOW = 104.0  # exp(-104) is 0 in float32
HEIGHT = 0.25
"""What a height in network units is multiplied by before the layers see it: a body height is about four units."""
_SHORT = 256  # texts up to this length are read whole: that is faster than finding out what is near

Rows = np.ndarray | slice


def parity(first: int, last: int) -> np.ndarray:
    """1 for the even places of a text and -1 for the odd ones, from ``first`` up to ``last``: float32."""
    return 1 - 2 * (np.arange(first, last) % 2).astype(np.float32)


class State(NamedTuple):
    """All that goes from one step to the next, for ``B`` lines."""

    x: np.ndarray  # (B, 3): the last point, in network units
    layers: list[tuple[np.ndarray, ...]]  # for each layer the vectors of its cell's state, each (B, U)
    kappa: np.ndarray  # (B, K)
    w: np.ndarray  # (B, C), or (B, C + 1) with the parity
    height: np.ndarray  # (B,): of the pen above the baseline, in network units
    untold: Sequence[tuple[np.ndarray, ...]] = ()  # with guidance: the layers once more, that aren't told the hand

    @property
    def hidden(self) -> list[np.ndarray]:
        """What each layer puts out, ``(B, U)``."""
        return [layer[0] for layer in self.layers]

    def rows(self, chosen: Rows) -> State:
        """The state of some of the lines."""
        layers, untold = (
            [tuple(vector[chosen] for vector in layer) for layer in tower] for tower in (self.layers, self.untold)
        )
        return State(self.x[chosen], layers, self.kappa[chosen], self.w[chosen], self.height[chosen], untold)

    def moved(self, x: np.ndarray) -> State:
        """The state after the pen has gone to the next point, ``(B, 3)`` in network units."""
        return self._replace(x=x, height=self.height + x[:, 1])

    def row(self, number: int | np.integer) -> State:
        """One line's state, copied: what is kept of a slice would keep the arrays of all lines in memory."""
        return self.rows(np.array([number]))

    @staticmethod
    def stacked(states: Sequence[State]) -> State:
        """The states of lines one after the other, all with guidance or all without."""
        x, layers, kappa, w, height, untold = zip(*states, strict=True)
        layers, untold = (
            [
                tuple(np.concatenate(vectors) for vectors in zip(*layer, strict=True))
                for layer in zip(*tower, strict=True)
            ]
            for tower in (layers, untold)
        )
        kappa, w, height = map(np.concatenate, (kappa, w, height))
        return State(np.concatenate(x), layers, kappa, w, height, untold)


class Given(NamedTuple):
    """What stays the same along each of ``B`` lines: its text, and what flows into the layers at every step."""

    codes: np.ndarray  # (B, N): padded to the longest
    ends: np.ndarray  # (B,): where the end of text stands
    inflow: list[np.ndarray]  # for each layer (S * U,) if it is the same for all lines, else (B, S * U)
    untold: list[np.ndarray]  # for each layer (S * U,): what flows in where no hand is told

    def rows(self, chosen: Rows) -> Given:
        """The same for some of the lines."""
        ends = self.ends[chosen]
        inflow = [each if each.ndim == 1 else each[chosen] for each in self.inflow]
        return Given(self.codes[chosen, : ends.max(initial=0) + 1], ends, inflow, self.untold)


class Seen(NamedTuple):
    """What the window shows: ``phi`` for a run of characters. All others have a ``phi`` of 0."""

    phi: np.ndarray  # (B, n)
    first: int  # the number of the first of them

    def rows(self, chosen: Rows) -> Seen:
        """The same for some of the lines."""
        return Seen(self.phi[chosen], self.first)


class Layer:
    """A recurrent layer of any cell, ready for use: both kernels in one, each column at the sum it flows into."""

    def __init__(self, cell: Cell, weights: LayerWeights) -> None:
        self.cell = cell
        kernels = cell.spread(weights.kernel, cell.inflow), cell.spread(weights.recurrent, cell.back)
        self.stacked = np.vstack(kernels)  # (inputs + U, S * U)
        self.bias = cell.spread(weights.bias, cell.inflow)  # (S * U,)
        self.condition = None if weights.condition is None else cell.spread(weights.condition, cell.inflow)
        self.peephole = weights.peephole

    def inflow(self, conditions: np.ndarray | None) -> np.ndarray:
        """What flows in at every step: ``(S * U,)``, or with conditions ``(B, D)`` for each line, ``(B, S * U)``."""
        if self.condition is None or conditions is None:
            return self.bias
        return self.bias + conditions @ self.condition

    def step(self, inputs: np.ndarray, inflow: np.ndarray, state: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """The new state, from inputs ``(B, inputs + U)`` that have the layer's last output at their end."""
        a = inputs @ self.stacked
        a += inflow
        return self.cell.step(a, state, self.peephole)


class LSTMLayer(Layer):
    """An LSTM, in place. The columns of its gates are halved, which is exact in binary."""

    def __init__(self, cell: Cell, weights: LayerWeights) -> None:
        super().__init__(cell, weights)
        halved = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), len(weights.recurrent))
        self.stacked *= halved
        self.bias = self.bias * halved
        if self.condition is not None:
            self.condition = self.condition * halved
        if self.peephole is not None:
            self.peephole = self.peephole * np.float32(0.5)

    def step(self, inputs: np.ndarray, inflow: np.ndarray, state: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """What :func:`scribe.lstm.lstm_step` does."""
        c = state[1]
        units = c.shape[-1]
        a = inputs @ self.stacked
        a += inflow
        i, f = a[:, :units], a[:, units : 2 * units]
        g, o = a[:, 2 * units : 3 * units], a[:, 3 * units :]
        if self.peephole is None:
            np.tanh(a, out=a)
        else:
            i += self.peephole[0] * c
            f += self.peephole[1] * c
            np.tanh(a[:, : 3 * units], out=a[:, : 3 * units])
        # c = sigmoid(f) * c + sigmoid(i) * g, and h = sigmoid(o) * tanh(c), in place: room for results costs time too.
        f += 1
        i += 1
        i *= g
        c = c * f
        c += i
        c *= 0.5
        if self.peephole is not None:
            o += self.peephole[2] * c
            np.tanh(o, out=o)
        o += 1
        h = np.tanh(c)
        h *= o
        h *= 0.5
        return h, c


_IN_PLACE: dict[str, type[Layer]] = {"lstm": LSTMLayer}
"""Layers that are faster than their cell's own step."""


class Network:
    """Weights made ready, and what they do: one step is Graves eqs. 1 to 3, 52 and 53.

    All skips, the window a step late in the first layer. Nothing here changes what it is given.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        cell, layers = CELLS[weights.architecture.cell], range(1, weights.architecture.layers + 1)
        self.layers = [_IN_PLACE.get(cell.name, Layer)(cell, weights.layer(number)) for number in layers]
        self.mixture = weights["mixture.kernel"], weights["mixture.bias"]
        self.window = (weights["window.kernel"], weights["window.bias"]) if weights.architecture.window else None

    def given(self, texts: Sequence[np.ndarray], conditions: np.ndarray | None = None) -> Given:
        """What stays the same along the lines.

        Args:
            texts: the codes of each, the end of text included.
            conditions: ``(B, D)``; zeros if ``None``.
        """
        ends = np.array([len(text) - 1 for text in texts])
        codes = np.zeros((len(texts), ends.max() + 1), np.int32)
        for row, text in zip(codes, texts, strict=True):
            row[: len(text)] = text
        inflow, untold = ([layer.inflow(told) for layer in self.layers] for told in (conditions, None))
        return Given(codes, ends, inflow, untold)

    def start(self, lines: int, guided: bool = False) -> State:
        """The state before the first point: a lifted pen at the origin, and zeros.

        If it is ``guided``, the layers that aren't told the hand go along.
        """
        a = self.weights.architecture
        x = np.zeros((lines, 3), np.float32)
        x[:, 2] = 1
        layers = [(np.zeros((lines, a.units), np.float32),) * CELLS[a.cell].states] * a.layers
        seen = a.seen(self.weights.alphabet.size)
        kappa, w = np.zeros((lines, a.window), np.float32), np.zeros((lines, seen), np.float32)
        return State(x, layers, kappa, w, np.zeros(lines, np.float32), list(layers) if guided else ())

    def advance(self, state: State, given: Given) -> tuple[State, Seen]:
        """One step of all layers and the window: the new state, whose pen hasn't moved yet, and what is seen."""
        x, _, kappa, w, height, _ = state
        layers, untold = list(state.layers), list(state.untold)
        point = np.column_stack([x, height * np.float32(HEIGHT)]) if self.weights.architecture.height else x
        seen = None
        for k, layer in enumerate(self.layers):
            for tower, inflow in ((layers, given.inflow), (untold, given.untold)):
                if tower:
                    inputs = [point, tower[k - 1][0], w, tower[k][0]] if k else [point, w, tower[k][0]]
                    tower[k] = layer.step(np.concatenate(inputs, axis=-1), inflow[k], tower[k])
            if k == 0 and self.window:
                kappa, w, seen = self._attend(*self.window, layers[0][0], kappa, given)
        if seen is None:
            seen = Seen(np.zeros((len(x), 0), np.float32), 0)
        return State(x, layers, kappa, w, height, untold), seen

    def follow(self, points: np.ndarray, given: Given) -> Iterator[tuple[State, Seen]]:
        """The steps along points that are there already, ``(T, B, 3)`` in network units.

        At step ``t`` the network has seen the points before point ``t``.
        """
        state = self.start(points.shape[1])
        for x in points:
            state, seen = self.advance(state, given)
            yield state, seen
            state = state.moved(x)

    def _attend(
        self, kernel: np.ndarray, bias: np.ndarray, h: np.ndarray, kappa: np.ndarray, given: Given
    ) -> tuple[np.ndarray, np.ndarray, Seen]:
        """Move the window and read: new kappa, ``w``, and what is seen."""
        alpha, beta, step = window_parameters(h, kernel, bias)
        kappa = kappa + step
        lines, length = given.codes.shape
        first, last = 0, length
        if length > _SHORT:
            reach = np.sqrt(_UNDERFLOW / beta)
            # A window without bounds, or infinitely far away, is asked about the whole text.
            near, far = np.nan_to_num([(kappa - reach).min(), (kappa + reach).max() + 2], nan=np.inf)
            first = int(np.clip(near, 0, length - 1)) if np.isfinite(near) else 0
            last = int(np.clip(far, first + 1, length))
        phi = window_phi(alpha, beta, kappa, np.arange(first, last, dtype=np.float32))
        if lines > 1:
            phi *= np.arange(first, last) <= given.ends[:, None]
        codes = self.weights.alphabet.size
        bins = given.codes[:, first:last] + codes * np.arange(lines)[:, None]
        w = np.bincount(bins.ravel(), phi.ravel(), codes * lines).reshape(lines, codes).astype(np.float32)
        if self.weights.architecture.parity:
            w = np.column_stack([w, phi @ parity(first, last)])
        return kappa, w, Seen(phi, first)

    def outputs(self, state: State, guidance: np.ndarray | None = None) -> np.ndarray:
        """The raw outputs ``y``, ``(B, 1 + 6M)``.

        With a guidance ``g`` of each line, ``(B,)``, they are ``y + (g - 1) (y - y')``, where ``y'`` is what comes out
        of the layers that aren't told the hand: what the hand makes of the letter counts ``g`` times. That is
        classifier-free guidance (Ho and Salimans, 2022, "Classifier-free diffusion guidance") for raw outputs.
        """
        kernel, bias = self.mixture
        y = np.concatenate(state.hidden, axis=-1) @ kernel + bias
        if guidance is not None and state.untold:
            untold = np.concatenate([layer[0] for layer in state.untold], axis=-1) @ kernel + bias
            y += (guidance[:, None] - 1) * (y - untold)
        return y

    def sample(
        self, y: np.ndarray, biases: np.ndarray, rule: str, uniform: np.ndarray, normal: np.ndarray
    ) -> np.ndarray:
        """A point for each line, ``(B, 3)`` in network units.

        Args:
            y: raw outputs, ``(B, 1 + 6M)``.
            biases: ``(B,)``; ``rule`` says what they do, see :func:`scribe.mdn.biased`.
            uniform, normal: noise, each ``(B, 2)``.
        """
        mixtures = self.weights.architecture.mixtures
        pi = y[:, 1 : 1 + mixtures]
        pi = np.exp((pi - pi.max(axis=-1, keepdims=True)) * (1 + biases[:, None]))
        pi = np.cumsum(pi, axis=-1)
        chosen = np.minimum((pi <= uniform[:, :1] * pi[:, -1:]).sum(axis=-1), mixtures - 1)
        # The numbers of one Gaussian lie M columns apart.
        columns = 1 + mixtures * np.arange(1, 6)[:, None] + chosen
        mu_x, mu_y, sigma_x, sigma_y, rho = y[np.arange(len(y)), columns]
        if rule == "graves":
            sigma_x, sigma_y = sigma_x - biases, sigma_y - biases
        else:
            sigma_x, sigma_y = sigma_x * (1 + biases), sigma_y * (1 + biases)
        rho = mdn.RHO_LIMIT * np.tanh(rho)
        z_x, z_y = normal.T
        x = np.empty((len(y), 3), np.float32)
        x[:, 0] = mu_x + np.exp(np.minimum(sigma_x, _WIDEST)) * z_x
        x[:, 1] = mu_y + np.exp(np.minimum(sigma_y, _WIDEST)) * (rho * z_x + np.sqrt(1 - rho**2) * z_y)
        x[:, 2] = uniform[:, 1] < sigmoid(y[:, 0])
        return x
