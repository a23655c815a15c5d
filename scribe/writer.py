"""The network at work: weights and a state, point after point, in NumPy alone.

A :class:`Writer` does what the book's chapters derive: :func:`scribe.lstm.lstm_step` for each layer,
:func:`scribe.window.window_step` between the first and the second, then :func:`scribe.mdn.split`,
:func:`scribe.mdn.biased` and :func:`scribe.mdn.sample_with`. Tests hold it to exactly that. At one
point a step, though, what costs time is to fetch the weights from memory and to call NumPy, so

* the two kernels of a layer are stacked: a layer is one product of a matrix and a vector;
* the columns of the three gates are halved beforehand: as ``sigmoid(a) = (1 + tanh(a / 2)) / 2``,
  one ``tanh`` then serves all four parts of a layer;
* the window adds up ``phi`` by code (``bincount``), where ``window_step`` multiplies by a one-hot
  text, and in a long text it leaves out characters so far away that their ``phi`` is exactly 0;
* a point takes the five numbers of the one Gaussian it is drawn from, not those of all.

Lines that are written together share each product, so that many lines take little longer than one.
"""

from __future__ import annotations

import math
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from scribe import mdn
from scribe.cores import cores, shared
from scribe.ink import Ink
from scribe.lstm import sigmoid
from scribe.mdn import MixtureParameters
from scribe.styles import Style, load_style
from scribe.weights import Weights, WeightsError, load_weights
from scribe.window import window_parameters, window_phi

__all__ = ["Draft", "Lines", "Step", "Style", "Trace", "UnfinishedWarning", "Writer", "WritingError"]

_BIASES = (-1.0, 50.0)
_WIDEST = math.log(1000)  # no Gaussian is wider than this, in network units: a bias by the post's rule can ask for 1e40
_UNDERFLOW = 104.0  # exp(-104) is 0 in float32
_SHORT = 256  # texts up to this length are read whole: that is faster than finding out what is near
_NOISE = 256  # points for which noise is drawn at a time
_WORTH_A_CORE = 64  # lines: with fewer, another core makes nothing faster
_KEPT = 64  # states after a style that are kept
_OWED = 60  # points in which a style's last dots and bars must be made
_NEAR = 0.4  # body heights: the next word begins farther to the right; the dot of a leaning i that is owed does not


class WritingError(ValueError):
    """What was asked for cannot be written; the message says why."""


class UnfinishedWarning(UserWarning):
    """The writing was cut off: the network had not come to the end of the text when it had made all points it may."""


class Step(NamedTuple):
    """One point, and what the network had in mind.

    Sizes: ``N`` characters, the end of text included; ``K`` Gaussians of the window; ``C`` codes in the alphabet;
    ``L`` layers of ``U`` units.
    """

    point: np.ndarray  # (3,): dx, dy, pen_up, in ink units
    phi: np.ndarray  # (N,): how much of each character the window showed
    kappa: np.ndarray  # (K,): where the window's Gaussians were; 0 is the first character
    window: np.ndarray  # (C,): what the window showed
    mixture: MixtureParameters  # for this point, before the bias, in network units (ink units over offset_scale)
    h: np.ndarray  # (L, U): what the layers put out
    c: np.ndarray  # (L, U): their cells


class Trace(NamedTuple):
    """The ink of one line, and what the network had in mind at each of its ``T`` points.

    After a style, ``phi`` has columns for the new text only, and ``kappa`` counts from its first character.
    """

    ink: Ink
    text: str
    phi: np.ndarray  # (T, N)
    kappa: np.ndarray  # (T, K)
    window: np.ndarray  # (T, C)
    mixture: MixtureParameters  # (T, ...): before the bias, in network units
    stop_reason: str  # "finished", "cap" or, from Writer.follow, "given"
    h: np.ndarray  # (T, L, U)
    c: np.ndarray  # (T, L, U)


class Lines(list[Ink]):
    """Inks in the order of their texts; ``stop_reasons`` says for each ``"finished"`` or ``"cap"``."""

    def __init__(self, inks: Sequence[Ink], stop_reasons: Sequence[str]) -> None:
        super().__init__(inks)
        self.stop_reasons = list(stop_reasons)


class _State(NamedTuple):
    """All that goes from one step to the next, for ``B`` lines."""

    x: np.ndarray  # (B, 3): the last point, in network units
    h: list[np.ndarray]  # a layer each (B, U)
    c: list[np.ndarray]  # a layer each (B, U)
    kappa: np.ndarray  # (B, K)
    w: np.ndarray  # (B, C)

    def rows(self, chosen: np.ndarray | slice) -> _State:
        return _State(
            self.x[chosen],
            [h[chosen] for h in self.h],
            [c[chosen] for c in self.c],
            self.kappa[chosen],
            self.w[chosen],
        )

    def row(self, number: int | np.integer) -> _State:
        """One line's state, copied: what is kept of a slice would keep the arrays of all lines in memory."""
        return self.rows(np.array([number]))

    @staticmethod
    def stacked(states: Sequence[_State]) -> _State:
        x, h, c, kappa, w = zip(*states, strict=True)
        return _State(
            np.concatenate(x),
            [np.concatenate(layer) for layer in zip(*h, strict=True)],
            [np.concatenate(layer) for layer in zip(*c, strict=True)],
            np.concatenate(kappa),
            np.concatenate(w),
        )


class _Texts(NamedTuple):
    """The texts of ``B`` lines."""

    codes: np.ndarray  # (B, N): padded to the longest
    ends: np.ndarray  # (B,): where the end of text stands
    goals: np.ndarray  # (B,): where writing stops, at the end of text or before

    def rows(self, chosen: np.ndarray | slice) -> _Texts:
        ends = self.ends[chosen]
        return _Texts(self.codes[chosen, : ends.max(initial=0) + 1], ends, self.goals[chosen])


class _Layer(NamedTuple):
    """An LSTM layer, ready for use: the columns of its gates are halved, which is exact in binary."""

    stacked: np.ndarray  # (inputs + U, 4U): kernel, then recurrent
    bias: np.ndarray  # (4U,)
    peephole: np.ndarray | None  # (3, U)

    def step(self, inputs: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What :func:`scribe.lstm.lstm_step` does, for inputs with the last ``h`` at their end."""
        units = c.shape[-1]
        a = inputs @ self.stacked
        a += self.bias
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


@dataclass
class _Line:
    """One line that is to be written, or to be gone on with."""

    codes: np.ndarray  # of the style's text, a space, and the text
    before: int  # characters of style text and space
    style: Style | None
    bias: float
    cap: int
    rng: np.random.Generator
    height: float = 0.0  # of the pen above the baseline before the first point: after a style it stands anywhere
    state: _State | None = None  # that it goes on from; when it has stopped before its end, that it can go on from
    goal: int = 0  # the code at which it stops; 0 for the end of the text
    reason: str = ""  # why it stopped

    @property
    def end(self) -> int:
        """The code that stands for the end of the text."""
        return len(self.codes) - 1

    def noise(self) -> tuple[np.ndarray, np.ndarray]:
        """Noise for the next points. Each line has its own, so that it looks the same alone and among others."""
        uniform = self.rng.random((_NOISE, 2), np.float32)
        return uniform, self.rng.standard_normal((_NOISE, 2), np.float32)


@dataclass(frozen=True)
class Draft:
    """A line as far as it is written, and all that it takes to go on with it; see :meth:`Writer.go_on`."""

    text: str
    points: np.ndarray  # float32 (T, 3), as the offsets of ink; none at first
    stop_reason: str  # "" while there is more to write, then "finished" or "cap"
    bias_rule: str
    line: _Line

    @property
    def ink(self) -> Ink:
        """What there is of the line."""
        return Ink(self.points)


class Writer:
    """Weights that write.

    One step is Graves eqs. 1 to 3, 52 and 53: all skips, the window a step late in the first layer. All
    methods that write take the same options:

    Args:
        bias: 0 writes as people do, with their accidents; larger is neater. From -1 to 50.
        bias_rule: ``"graves"`` or ``"post"``; see :func:`scribe.mdn.biased`.
        style: the name of one that comes with the package, a :class:`Style`, or ``(ink, text)``: the
            network reads it and goes on in that hand; see :func:`scribe.styles.available_styles`.
            The ink starts at the style's baseline, its first point at ``x = 0``. A dot or a bar that
            the style's last word lacks is not part of it.
        seed: the same seed gives the same ink; ``None`` gives another one each time.
        max_points: after so many points a line is cut off. The default is two and a half times what
            the text should need, and a little more.

    Writing stops when the window shows more of the end of the text than of any character (Graves, section
    5.3), the pen is up, and it is not about to go back to a dot or a bar that is owed
    (:func:`scribe.mdn.goes_back`): ``"finished"``. Else it stops after ``max_points``: ``"cap"``.

    Weights without a window write without text: give ``None`` for it. There is no end to come to,
    so they write ``max_points``, 700 by default.

    Raises (all methods that write):
        WritingError: for an empty text, a bias out of range, a style that cannot be one.
        StyleError: for a name that no style has.
        UnknownCharacterError: for a character that is not in the weights' alphabet.
        WeightsError: if the weights make numbers that are not finite.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        layers = range(1, weights.architecture.layers + 1)
        halved = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), weights.architecture.units)
        self._layers = [
            _Layer(
                np.vstack([weights[f"lstm{k}.kernel"], weights[f"lstm{k}.recurrent"]]) * halved,
                weights[f"lstm{k}.bias"] * halved,
                weights[f"lstm{k}.peephole"] * np.float32(0.5) if weights.architecture.peepholes else None,
            )
            for k in layers
        ]
        self._after_style: OrderedDict[tuple[bytes, bytes], tuple[_State, float]] = OrderedDict()
        self._keeping = threading.Lock()  # of what is kept: cores write at the same time

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str] = "default") -> Writer:
        """A writer with the weights of that name or file; see :func:`scribe.weights.load_weights`."""
        return cls(load_weights(name_or_path))

    def __repr__(self) -> str:
        return f"Writer({self.weights!r})"

    def write(
        self,
        text: str | None,
        *,
        bias: float = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | None = None,
        seed: int | None = None,
        max_points: int | None = None,
    ) -> Ink:
        """Write one line. If the end of the text was not reached, an :class:`UnfinishedWarning` says so."""
        line = self._line(text, bias, bias_rule, style, seed, max_points)
        ink = Ink(self._write([line], bias_rule)[0])
        if line.reason != "finished" and text is not None:
            warnings.warn(f"the text was not finished after {len(ink)} points: {text!r}", UnfinishedWarning, 2)
        return ink

    def write_many(
        self,
        texts: Sequence[str | None],
        *,
        bias: float | Sequence[float] = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | Sequence[Style | tuple[Ink, str] | str | None] | None = None,
        seed: int | Sequence[int | None] | None = None,
        max_points: int | None = None,
        batch_size: int = 1024,
    ) -> Lines:
        """Write many lines at a time, on all cores, much faster than one by one.

        ``bias``, ``style`` and ``seed`` may be given a line each. One seed counts up: the line ``i``
        is what :meth:`write` makes of its text with ``seed + i``: exactly if it is alone, and among others but for the
        rounding of float32, as a product of many rows adds up in another order. With a bias of 0 or more that hardly
        ever shows. Below 0 writing is chaotic: each point enlarges the difference of the one before, so that at -1 most
        lines come out visibly different, from the same chances and as good.

        Args:
            batch_size: lines that a core writes together, at most; they are sorted by length first.

        Returns:
            The inks in the order of the texts, and in ``stop_reasons`` why each line stopped.
        """
        if batch_size < 1:
            raise WritingError(f"batch_size must be 1 or more, not {batch_size}")
        lines = self._lines(texts, bias, bias_rule, style, seed, max_points)
        written: dict[int, tuple[Ink, str]] = {}

        def take(i: int, points: np.ndarray, line: _Line) -> None:
            written[i] = Ink(points), line.reason

        self._write_all(lines, bias_rule, take, batch_size)
        return Lines(*zip(*(written[i] for i in range(len(texts))), strict=True)) if written else Lines([], [])

    def begin(
        self,
        texts: Sequence[str],
        *,
        bias: float | Sequence[float] = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | Sequence[Style | tuple[Ink, str] | str | None] | None = None,
        max_points: int | None = None,
    ) -> list[Draft]:
        """Lines of which nothing is written yet, to go on with part by part; options as in :meth:`write_many`."""
        lines = self._lines(texts, bias, bias_rule, style, None, max_points)
        return [Draft(text, np.zeros((0, 3), np.float32), "", bias_rule, lines[i]) for i, text in enumerate(texts)]

    def go_on(self, drafts: Sequence[Draft], goals: Sequence[int], seeds: Sequence[Any]) -> list[Draft]:
        """Write on, with all at a time, to a place in the text; the drafts given stay as they are.

        Between two parts the pen is up, and no dot or bar is owed: a part stops by the rule by which a line does.

        Args:
            drafts: from :meth:`begin` or from here; the same one may come several times.
            goals: for each the number of the character before which to stop, best that of a space; the length of the
                text or more for its end.
            seeds: of what is drawn, one a draft; whatever ``numpy.random.default_rng`` takes.

        Raises:
            WritingError: if a draft is over, or its goal is not ahead; and as all that writes.
        """
        lines: dict[int, _Line] = {}
        for i, (draft, goal, seed) in enumerate(zip(drafts, goals, seeds, strict=True)):
            line = draft.line
            goal = min(line.before + goal, line.end)
            if draft.stop_reason:
                raise WritingError(
                    f"there is nothing to go on with: {draft.text!r} is at its end ({draft.stop_reason})"
                )
            if goal <= max(line.goal, line.before):
                raise WritingError(f"{draft.text!r} is written up to there")
            lines[i] = replace(line, goal=goal, rng=np.random.default_rng(seed), cap=line.cap - len(draft.points))
        if len({draft.bias_rule for draft in drafts}) > 1:
            raise WritingError("drafts with different bias rules cannot be gone on with together")
        further = list(drafts)

        def take(i: int, points: np.ndarray, line: _Line) -> None:
            draft = drafts[i]
            points = np.concatenate([draft.points, points])
            over = line.reason if line.goal == line.end else "cap" if len(points) == draft.line.cap else ""
            further[i] = replace(draft, points=points, stop_reason=over, line=replace(line, cap=draft.line.cap))

        self._write_all(lines, drafts[0].bias_rule if drafts else "", take)
        return further

    def _lines(
        self,
        texts: Sequence[str | None],
        bias: float | Sequence[float],
        bias_rule: str,
        style: Any,
        seed: int | Sequence[int | None] | None,
        max_points: int | None,
    ) -> dict[int, _Line]:
        """Lines by their numbers, each with its own options."""
        if isinstance(texts, str):
            raise WritingError("a list of texts is needed, one a line; for one text there is Writer.write")
        count = len(texts)
        biases = _for_each(bias, count, "bias") if np.ndim(bias) else [bias] * count
        one = is_one_style(style)
        styles = [style] * count if one else _for_each(style, count, "style")
        given: Any = seed  # one number, or one a line
        seeds = [None] * count if given is None else range(given, given + count) if np.ndim(given) == 0 else given
        seeds = _for_each(seeds, count, "seed")
        options = zip(texts, biases, styles, seeds, strict=True)
        return {i: self._line(t, b, bias_rule, st, se, max_points) for i, (t, b, st, se) in enumerate(options)}

    def _write_all(
        self,
        lines: dict[int, _Line],
        bias_rule: str,
        take: Callable[[int, np.ndarray, _Line], None],
        batch_size: int = 1024,
    ) -> None:
        """Write lines on all cores and hand over each one's number, its points, and the line."""
        order, count = sorted(lines, key=lambda i: lines[i].cap), len(lines)

        def write(chosen: list[int]) -> None:
            # Lines go as points come: a line's source of noise takes the room of 150 points.
            own = [lines.pop(i) for i in chosen]
            for each in zip(chosen, self._write(own, bias_rule), own, strict=True):
                take(*each)

        # Lines of like length are written by all cores at once, in turns, so that the cores end together.
        hands = min(cores(), math.ceil(count / _WORTH_A_CORE))
        turns = [order[start : start + hands * batch_size] for start in range(0, count, hands * batch_size or 1)]
        shared(write, [part for turn in turns for hand in range(hands) if (part := turn[hand::hands])])

    def stream(
        self,
        text: str | None,
        *,
        bias: float = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | None = None,
        seed: int | None = None,
        max_points: int | None = None,
    ) -> Generator[Step, None, str]:
        """Write one line point by point: yields each :class:`Step` and returns the reason for stopping.

        The last point lifts the pen. ``reason = yield from writer.stream(...)`` catches the reason.
        """
        line = self._line(text, bias, bias_rule, style, seed, max_points)
        return self._steps(line, bias_rule)

    def trace(
        self,
        text: str | None,
        *,
        bias: float = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | None = None,
        seed: int | None = None,
        max_points: int | None = None,
    ) -> Trace:
        """Write one line and keep what the network had in mind: some 7 kB a point, and more for a long text."""
        line = self._line(text, bias, bias_rule, style, seed, max_points)
        steps: list[Step] = []
        generator = self._steps(line, bias_rule)
        while True:
            try:
                steps.append(next(generator))
            except StopIteration as stop:
                ink = Ink(np.array([step.point for step in steps]))
                return _trace(ink, text, steps, stop.value)

    def follow(self, ink: Ink, text: str | None) -> Trace:
        """What the network expects at each point of ink that somebody else wrote: the factors of Graves eqs. 5 and 55.

        Point ``t`` of the trace is what it has in mind for point ``t`` of the ink, having seen the
        points before it. So ``mdn.log_density(trace.mixture, ink.standardised(offset_scale))`` is how
        well it foresaw each, in nats.
        """
        codes = self._codes(text)
        steps: list[Step] = []
        points = self._points(ink)
        end = np.array([len(codes) - 1])
        texts = _Texts(codes[None], end, end)
        state = self._start(1)
        for t in range(len(points)):
            state, phi, first = self._advance(state, texts)
            steps.append(self._step(ink.offsets[t], state, phi, first, len(codes), 0, self._outputs(state)))
            state = state._replace(x=points[t : t + 1])
        if not steps:
            raise WritingError("there is nothing to follow in ink without points")
        return _trace(ink, text, steps, "given")

    # What is asked for, checked and made ready

    def _codes(self, text: str | None) -> np.ndarray:
        if not self.weights.architecture.window:
            if text is not None:
                raise WritingError("these weights have no window over a text: they write without one; give None")
            return np.zeros(1, np.int32)
        if not isinstance(text, str):
            raise WritingError(f"a text is needed to write, not {type(text).__name__}")
        if not text.strip():
            raise WritingError("there is nothing to write: the text is empty")
        return self.weights.alphabet.encode(text)

    def _points(self, ink: Ink) -> np.ndarray:
        return ink.standardised(self.weights.offset_scale)

    def _line(
        self,
        text: str | None,
        bias: float,
        bias_rule: str,
        style: Style | tuple[Ink, str] | str | None,
        seed: int | None,
        max_points: int | None,
    ) -> _Line:
        codes = self._codes(text)
        if not isinstance(bias, (int, float, np.number)) or not _BIASES[0] <= bias <= _BIASES[1]:
            raise WritingError(f"the bias must be a number from {_BIASES[0]:g} to {_BIASES[1]:g}, not {bias!r}")
        if bias_rule not in mdn.BIAS_RULES:
            raise WritingError(f"there is no bias rule {bias_rule!r}; the rules are {' and '.join(mdn.BIAS_RULES)}")
        if max_points is None:
            per_character = self.weights.points_per_character
            cap = 700 if text is None else math.ceil(per_character * (2.5 * len(text) + 4))
        elif max_points < 1:
            raise WritingError(f"max_points must be 1 or more, not {max_points}")
        else:
            cap = max_points
        before = 0
        if isinstance(style, str):
            style = load_style(style, self.weights.points_per_character)
        if style is not None:
            if not _is_style(style):
                raise WritingError("a style is ink and the text that it says, Style(ink, text), or a name")
            style = Style(*style)
            if not len(style.ink):
                raise WritingError("the ink of the style has no points")
            if text is not None:
                if not isinstance(style.text, str) or not style.text.strip():
                    raise WritingError("the text of the style is empty; it must say what the ink says")
                codes = np.concatenate([self.weights.alphabet.encode(style.text + " ")[:-1], codes])
                before = len(style.text) + 1
        return _Line(codes, before, style, float(bias), cap, np.random.default_rng(seed))

    # The network

    def _start(self, lines: int) -> _State:
        """The state before the first point: a lifted pen at the origin, and zeros."""
        a = self.weights.architecture
        x = np.zeros((lines, 3), np.float32)
        x[:, 2] = 1
        zeros = [np.zeros((lines, a.units), np.float32)] * a.layers
        codes = self.weights.alphabet.size if a.window else 0
        return _State(x, zeros, zeros, np.zeros((lines, a.window), np.float32), np.zeros((lines, codes), np.float32))

    def _advance(self, state: _State, texts: _Texts) -> tuple[_State, np.ndarray, int]:
        """One step of all layers and the window.

        Returns:
            The new state (``x`` is still the old one), ``phi`` for a run of characters ``(B, n)``, and
            the number of the first of them. All other characters have a ``phi`` of 0.
        """
        x, h, c, kappa, w = state
        h, c = list(h), list(c)
        phi, first = np.zeros((len(x), 0), np.float32), 0
        for k, layer in enumerate(self._layers):
            inputs = [x, h[k - 1], w, h[k]] if k else [x, w, h[k]]
            h[k], c[k] = layer.step(np.concatenate(inputs, axis=-1), c[k])
            if k == 0 and self.weights.architecture.window:
                kappa, w, phi, first = self._attend(h[0], kappa, texts)
        return _State(x, h, c, kappa, w), phi, first

    def _attend(
        self, h: np.ndarray, kappa: np.ndarray, texts: _Texts
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """Move the window and read: new kappa, ``w``, and ``phi`` for the characters from number ``first`` on."""
        alpha, beta, step = window_parameters(h, self.weights["window.kernel"], self.weights["window.bias"])
        kappa = kappa + step
        lines, length = texts.codes.shape
        first, last = 0, length
        if length > _SHORT:
            reach = np.sqrt(_UNDERFLOW / beta)
            # A window without bounds, or infinitely far away, is asked about the whole text.
            near, far = np.nan_to_num([(kappa - reach).min(), (kappa + reach).max() + 2], nan=np.inf)
            first = int(np.clip(near, 0, length - 1)) if np.isfinite(near) else 0
            last = int(np.clip(far, first + 1, length))
        phi = window_phi(alpha, beta, kappa, np.arange(first, last, dtype=np.float32))
        if lines > 1:
            phi *= np.arange(first, last) <= texts.ends[:, None]
        codes = self.weights.alphabet.size
        bins = texts.codes[:, first:last] + codes * np.arange(lines)[:, None]
        w = np.bincount(bins.ravel(), phi.ravel(), codes * lines)
        return kappa, w.reshape(lines, codes).astype(np.float32), phi, first

    def _outputs(self, state: _State) -> np.ndarray:
        """The raw outputs ``y``, ``(B, 1 + 6M)``."""
        return np.concatenate(state.h, axis=-1) @ self.weights["mixture.kernel"] + self.weights["mixture.bias"]

    def _sample(
        self, y: np.ndarray, biases: np.ndarray, rule: str, uniform: np.ndarray, normal: np.ndarray
    ) -> np.ndarray:
        """A point for each line, ``(B, 3)`` in network units, from raw outputs, biases and noise."""
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

    # Writing

    def _begin(self, lines: Sequence[_Line]) -> _State:
        """The state of each line before its first point: where it goes on, at the beginning, or after its style."""
        states: dict[int, tuple[_State, float]] = {}
        unread: dict[tuple[bytes, bytes], list[int]] = {}  # lines by what is to be read before them
        for i, line in enumerate(lines):
            if line.state is not None:
                states[i] = line.state, line.height
            elif line.style is None:
                states[i] = self._start(1), 0.0
            else:
                key = line.style.ink.offsets.tobytes(), line.codes.tobytes()
                with self._keeping:
                    known = self._after_style.get(key)
                    if known is not None:
                        states[i] = known
                        self._after_style.move_to_end(key)
                if known is None:
                    unread.setdefault(key, []).append(i)
        if unread:
            after = self._after_styles([lines[same[0]] for same in unread.values()])
            with self._keeping:
                for (key, same), state in zip(unread.items(), after, strict=True):
                    states |= dict.fromkeys(same, state)
                    self._after_style[key] = state
                while len(self._after_style) > _KEPT:
                    self._after_style.popitem(last=False)
        for i, line in enumerate(lines):
            line.height = states[i][1]
        return _State.stacked([states[i][0] for i in range(len(lines))])

    def _after_styles(self, lines: Sequence[_Line]) -> list[tuple[_State, float]]:
        """The state of each line, and the height of its pen, when its style has been read and is complete."""
        inks = [line.style.ink for line in lines if line.style is not None]
        order = sorted(range(len(inks)), key=lambda i: -len(inks[i]))
        points = [self._points(inks[i]) for i in order]
        texts = _padded([lines[i] for i in order])
        state, going, done = self._start(len(order)), texts, []
        for t in range(len(points[0])):
            reading = sum(len(style) > t for style in points)  # the longest come first
            if reading < len(state.x):
                done.append(state.rows(slice(reading, None)))
                state, going = state.rows(slice(reading)), going.rows(slice(reading))
            state, _, _ = self._advance(state, going)
            state = state._replace(x=np.stack([style[t] for style in points[:reading]]))
        settled = self._settled(_State.stacked([state, *done[::-1]]), texts)
        found = dict(zip(order, settled, strict=True))
        scale = self.weights.offset_scale
        return [(found[i][0], ink.points[-1, 1] + found[i][1] * scale) for i, ink in enumerate(inks)]

    def _settled(self, state: _State, texts: _Texts) -> list[tuple[_State, float]]:
        """The state of each line when its style is complete, and how far the pen rose on the way.

        Somebody may have left an i of the style without its dot. The network owes it then, and would begin the line
        with it. So it makes its likeliest points, which nobody sees, until it is as likely to go on to the next word.
        """
        near = np.array([_NEAR / self.weights.offset_scale, 0], np.float32)
        found = [(state.row(row), 0.0) for row in range(len(state.x))]
        alive, rises = np.arange(len(found)), np.zeros(len(found))
        if not self.weights.architecture.window:
            return found
        for _ in range(_OWED):
            after, _, _ = self._advance(state, texts)
            y = self._outputs(after)
            mixture = mdn.split(y, self.weights.architecture.mixtures)
            owed = (state.x[:, 2] == 0) | mdn.goes_back(mixture._replace(mu=mixture.mu - near), sure=0.5)
            for row in np.flatnonzero(~owed):
                found[alive[row]] = state.row(row), float(rises[row])
            if not owed.any():
                break
            alive, rises, texts, y = alive[owed], rises[owed], texts.rows(owed), y[owed]
            half = np.full((len(y), 2), 0.5, np.float32)
            x = self._sample(y, np.full(len(y), _BIASES[1], np.float32), "graves", half, np.zeros_like(half))
            state = after.rows(owed)._replace(x=x)
            rises = rises + x[:, 1]
        return found

    def _run(
        self, lines: Sequence[_Line], bias_rule: str
    ) -> Iterator[tuple[np.ndarray, np.ndarray, _State, np.ndarray, int, np.ndarray]]:
        """Write lines together until the last one stops, and note in each why it did, and how to go on from there.

        Yields for each step: the numbers of the lines that are still being written ``(B,)``, their new
        points ``(B, 3)`` in ink units, and the state, ``phi`` and raw outputs that these come from.
        """
        state, texts = self._begin(lines), _padded(lines)
        alive = np.arange(len(lines))
        biases = np.array([line.bias for line in lines], np.float32)
        caps = np.array([line.cap for line in lines])
        units = np.array([self.weights.offset_scale] * 2 + [1], np.float32)
        uniform = normal = np.zeros(0, np.float32)
        made = 0
        while True:
            before = state
            state, phi, first = self._advance(state, texts)
            y = self._outputs(state)
            if made:
                finished = state.x[:, 2] == 1
                if finished.any():
                    finished &= _past_the_goal(phi, first, state.kappa, texts.goals)
                if finished.any():
                    finished &= ~mdn.goes_back(mdn.split(y, self.weights.architecture.mixtures))
                stopped = finished | (caps == made)
                if stopped.any():
                    for row in np.flatnonzero(stopped):
                        line = lines[alive[row]]
                        line.reason = "finished" if finished[row] else "cap"
                        if line.goal < line.end:
                            line.state = before.row(row)
                    if stopped.all():
                        return
                    going = ~stopped
                    alive, biases, caps, phi, y = alive[going], biases[going], caps[going], phi[going], y[going]
                    state, texts = state.rows(going), texts.rows(going)
                    uniform, normal = uniform[going], normal[going]
            if made % _NOISE == 0:
                uniform, normal = map(np.stack, zip(*(lines[int(line)].noise() for line in alive), strict=True))
            x = self._sample(y, biases, bias_rule, uniform[:, made % _NOISE], normal[:, made % _NOISE])
            if not np.isfinite(x).all():
                raise WeightsError(f"at point {made} the network made a number that is not finite")
            state = state._replace(x=x)
            with np.errstate(over="ignore"):
                points = x * units
            if not np.isfinite(points).all():
                raise WeightsError(f"point {made} lies beyond all numbers, with an offset_scale of {units[0]:g}")
            points[caps == made + 1, 2] = 1  # ink ends with a lifted pen
            if made == 0:
                _place(points, lines)
            made += 1
            yield alive, points, state, phi, first, y

    def _write(self, lines: Sequence[_Line], bias_rule: str) -> list[np.ndarray]:
        """The points of each line."""
        # Points are kept step by step, and dealt out to their lines at the end: one array a point would take ten times
        # the memory of the ink.
        steps = [(alive, new) for alive, new, *_ in self._run(lines, bias_rule)]
        line_of, points = (np.concatenate(parts) for parts in zip(*steps, strict=True))
        points = points[np.argsort(line_of, kind="stable")]
        ends = np.cumsum(np.bincount(line_of, minlength=len(lines)))
        return np.split(points, ends[:-1])

    def _steps(self, line: _Line, bias_rule: str) -> Generator[Step, None, str]:
        for _, points, state, phi, first, y in self._run([line], bias_rule):
            yield self._step(points[0], state, phi, first, len(line.codes), line.before, y)
        return line.reason

    def _step(
        self,
        point: np.ndarray,
        state: _State,
        phi: np.ndarray,
        first: int,
        length: int,
        before: int,
        y: np.ndarray,
    ) -> Step:
        whole = np.zeros(length if self.weights.architecture.window else 0, np.float32)
        whole[first : first + phi.shape[1]] = phi[0]
        return Step(
            point,
            whole[before:],
            state.kappa[0] - np.float32(before),
            state.w[0],
            mdn.split(y[0], self.weights.architecture.mixtures),
            np.concatenate(state.h),
            np.concatenate(state.c),
        )


def is_one_style(style: object) -> bool:
    """Whether it is one style, or none, for all texts, and not a list with a style for each."""
    return style is None or isinstance(style, str) or _is_style(style)


def _is_style(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Ink)


def _for_each(values: Any, count: int, name: str) -> list:
    if len(values) != count:
        raise WritingError(f"{count} texts, but {name} is given for {len(values)}")
    return list(values)


def _padded(lines: Sequence[_Line]) -> _Texts:
    ends = np.array([line.end for line in lines])
    codes = np.zeros((len(lines), ends.max() + 1), np.int32)
    for row, line in zip(codes, lines, strict=True):
        row[: len(line.codes)] = line.codes
    return _Texts(codes, ends, np.array([line.goal or line.end for line in lines]))


def _place(points: np.ndarray, lines: Sequence[_Line]) -> None:
    """Let the first offset of each line lead from the left end of its baseline.

    After a style it leads from where the pen stood then: its rise counts from that height, and its
    way to the right, the gap between two words, is taken off.
    """
    for point, line in zip(points, lines, strict=True):
        if line.style is not None and line.state is None:
            point[0] = 0
            point[1] += line.height


def _past_the_goal(phi: np.ndarray, first: int, kappa: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Whether the window shows most of the end of the text, or of what comes at or after a goal before it: ``(B,)``.

    A window that has run so far ahead that it shows nothing at all has passed the text as well.
    """
    if not phi.shape[1]:
        return np.zeros(len(goals), bool)
    best = phi.argmax(axis=-1)
    blind = phi[np.arange(len(phi)), best] == 0
    return np.where(blind, kappa.min(axis=-1) > goals, first + best >= goals)


def _trace(ink: Ink, text: str | None, steps: Sequence[Step], reason: str) -> Trace:
    _, phi, kappa, window, mixture, h, c = zip(*steps, strict=True)
    mixture = MixtureParameters(*(np.array(parameter) for parameter in zip(*mixture, strict=True)))
    seen = np.array(phi), np.array(kappa), np.array(window)
    return Trace(ink, text or "", *seen, mixture, reason, np.array(h), np.array(c))
