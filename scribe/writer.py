"""Text to ink: what is asked for, checked and handed on to those who do it.

A :class:`Writer` is thin. What the network computes is in :mod:`scribe.network`; how lines begin, go on and end in
:mod:`scribe.session`.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from scribe import mdn
from scribe.cores import cores, in_threads
from scribe.ink import Ink
from scribe.mdn import MixtureParameters
from scribe.network import Seen, State
from scribe.session import NEATEST, Line, Session, Written
from scribe.styles import FAR_ASTRAY, Style, StyleWarning, astray_at, load_style
from scribe.weights import Weights, load_weights

__all__ = ["Draft", "Lines", "Options", "Step", "Style", "Trace", "UnfinishedWarning", "Writer", "WritingError"]

_BIASES = (-1.0, NEATEST)
_GUIDANCE = (0.0, 4.0)
_WORTH_A_CORE = 64  # lines: with fewer, another core makes nothing faster

T = TypeVar("T")


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
    window: np.ndarray  # (C,): what the window showed; with the parity (C + 1,)
    mixture: MixtureParameters  # for this point, before the bias, in network units (ink units over offset_scale)
    h: np.ndarray  # (L, U): what the layers put out
    c: np.ndarray  # (L, U): their cells; (L, 0) if they have none beside what they put out


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
    c: np.ndarray  # (T, L, U), or (T, L, 0)


class Lines(list[Ink]):
    """Inks in the order of their texts; ``stop_reasons`` says for each ``"finished"`` or ``"cap"``."""

    def __init__(self, inks: Sequence[Ink], stop_reasons: Sequence[str]) -> None:
        super().__init__(inks)
        self.stop_reasons = list(stop_reasons)


@dataclass(frozen=True)
class Options:
    """How a line is to be written; :class:`Writer` says what each of them does.

    Raises:
        WritingError: if the bias, its rule, the guidance or the number of points cannot be.
    """

    bias: float = 0.5
    bias_rule: str = "graves"
    style: Style | tuple[Ink, str] | str | None = None
    hand: Any = None
    seed: Any = None
    max_points: int | None = None
    guidance: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.bias, (int, float, np.number)) or not _BIASES[0] <= self.bias <= _BIASES[1]:
            raise WritingError(f"the bias must be a number from {_BIASES[0]:g} to {_BIASES[1]:g}, not {self.bias!r}")
        if self.bias_rule not in mdn.BIAS_RULES:
            rules = " and ".join(mdn.BIAS_RULES)
            raise WritingError(f"there is no bias rule {self.bias_rule!r}; the rules are {rules}")
        low, high = _GUIDANCE
        if not isinstance(self.guidance, (int, float, np.number)) or not low <= self.guidance <= high:
            raise WritingError(f"the guidance must be a number from {low:g} to {high:g}, not {self.guidance!r}")
        if self.max_points is not None and self.max_points < 1:
            raise WritingError(f"max_points must be 1 or more, not {self.max_points}")


@dataclass(frozen=True)
class Draft:
    """A line as far as it is written, and all that it takes to go on with it; see :meth:`Writer.extend`."""

    text: str
    points: np.ndarray  # float32 (T, 3), as the offsets of ink; none at first
    stop_reason: str  # "" while there is more to write, then "finished" or "cap"
    bias_rule: str
    line: Line
    places: np.ndarray  # int32 (T,): which character of the text the window showed most at each point
    shown: int = 0  # and which one it shows most now

    @property
    def ink(self) -> Ink:
        """What there is of the line."""
        return Ink(self.points)

    def moved_back(self, characters: int) -> Draft:
        """The draft with its window so many characters back, to be extended to the same goal once more."""
        if self.line.state is None:
            raise WritingError("a draft of which nothing is written has no window to move")
        state = self.line.state._replace(kappa=self.line.state.kappa - np.float32(characters))
        line = replace(self.line, state=state, goal=self.line.goal - characters)
        return replace(self, line=line, stop_reason="", shown=self.shown - characters)


class Writer:
    """Weights that write.

    All methods that write take the same options:

    Args:
        bias: 0 writes as people do, with their accidents; larger is neater. From -1 to 50.
        bias_rule: ``"graves"`` or ``"post"``; see :func:`scribe.mdn.biased`.
        style: the name of one that comes with the package, a :class:`Style`, or ``(ink, text)``: the
            network reads it and goes on in that hand; see :func:`scribe.styles.available_styles`.
            The ink starts at the style's baseline, its first point at ``x = 0``. A dot or a bar that
            the style's last word lacks is not part of it.
        hand: for weights that learned with hands, whose hand to write in: a vector ``(D,)``, or what has one as its
            ``z``. ``None`` is zeros, everybody's hand. If it has a ``sample``, the network goes on from that, unless a
            style is given.
        seed: the same seed gives the same ink; ``None`` gives another one each time.
        max_points: after so many points per line is cut off. The default is two and a half times what
            the text should need, and a little more.
        guidance: how many times the hand counts. 1 is as the network learned; at 2 the lines are more like the hand,
            take twice the time and are a little harder to read (:meth:`scribe.network.Network.outputs`). From 0, which
            is nobody's hand, to 4.

    Writing stops when the window shows more of the end of the text than of any character (Graves, section
    5.3), the pen is up, and it is not about to go to a dot or a bar that is owed
    (:func:`scribe.mdn.goes_back`, :func:`scribe.mdn.goes_over`): ``"finished"``. Else it stops after
    ``max_points``: ``"cap"``.

    Weights without a window write without text: give ``None`` for it. There is no end to come to,
    so they write ``max_points``, 700 by default.

    Raises (all methods that write):
        WritingError: for an empty text, a bias out of range, a style or a hand that cannot be one.
        StyleError: for a name that no style has.
        UnknownCharacterError: for a character that is not in the weights' alphabet.
        WeightsError: if the weights make numbers that are not finite.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._session = Session(weights)

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
        hand: Any = None,
        seed: int | None = None,
        max_points: int | None = None,
        guidance: float = 1.0,
    ) -> Ink:
        """Write one line.

        If the end of the text was not reached, an :class:`UnfinishedWarning` says so. If ink and text of the style
        don't seem to match, a :class:`~scribe.styles.StyleWarning` does; see :meth:`astray`.
        """
        line = self._line(text, Options(bias, bias_rule, style, hand, seed, max_points, guidance))
        (written,) = self._session.write([line], bias_rule)
        ink = Ink(written.points)
        astray = self._session.astray(line)
        if line.style is not None and abs(astray) > FAR_ASTRAY:
            said = astray_at(line.style.text, astray)
            warnings.warn(f"the style's ink and text don't match: {said}", StyleWarning, 2)
        if written.reason != "finished" and text is not None:
            warnings.warn(f"the text was not finished after {len(ink)} points: {text!r}", UnfinishedWarning, 2)
        return ink

    def astray(self, style: Style | tuple[Ink, str] | str, hand: Any = None) -> int:
        """How far from the end of a style's text the window stands when its ink has been read, in characters.

        Above 0 the text was over before the ink, below 0 the ink before the text; 0 is as it should be. More than
        :data:`~scribe.styles.FAR_ASTRAY` either way means that they don't match. Whatever it is, the window is moved to
        the end before the line begins: what the style's text has beside its ink isn't written, and nothing is skipped.
        """
        given = self._style(style)
        if given is None or not self.weights.architecture.window:
            return 0
        goes_on = f"{given.text} " * math.ceil(40 / (len(given.text) + 1))  # so long that the window can run ahead
        return self._session.astray(self._line(goes_on, Options(style=given, hand=hand)))

    def write_many(
        self,
        texts: Sequence[str | None],
        *,
        bias: float | Sequence[float] = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | Sequence[Style | tuple[Ink, str] | str | None] | None = None,
        hand: Any = None,
        seed: int | Sequence[int | None] | None = None,
        max_points: int | None = None,
        guidance: float = 1.0,
        batch_size: int = 1024,
    ) -> Lines:
        """Write many lines at a time, on all cores, much faster than one by one.

        ``bias``, ``style``, ``hand`` and ``seed`` may be given a line each. One seed counts up: the line ``i``
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
        lines = self._lines(texts, bias, bias_rule, style, hand, seed, max_points, guidance)

        def ink_and_reason(number: int, written: Written) -> tuple[Ink, str]:
            return Ink(written.points), written.reason

        done = self._write_all(lines, bias_rule, ink_and_reason, batch_size)
        return Lines(*zip(*done, strict=True)) if done else Lines([], [])

    def begin(
        self,
        texts: Sequence[str],
        *,
        bias: float | Sequence[float] = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | Sequence[Style | tuple[Ink, str] | str | None] | None = None,
        hand: Any = None,
        max_points: int | None = None,
        guidance: float = 1.0,
    ) -> list[Draft]:
        """Lines of which nothing is written yet, to go on with part by part; options as in :meth:`write_many`."""
        lines = self._lines(texts, bias, bias_rule, style, hand, None, max_points, guidance)
        written = [self.weights.alphabet.normalised(text) for text in texts]
        nothing = np.zeros((0, 3), np.float32), np.zeros(0, np.int32)
        return [
            Draft(text, nothing[0], "", bias_rule, line, nothing[1]) for text, line in zip(written, lines, strict=True)
        ]

    def extend(self, drafts: Sequence[Draft], goals: Sequence[int], seeds: Sequence[Any]) -> list[Draft]:
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
        lines = []
        for draft, goal, seed in zip(drafts, goals, seeds, strict=True):
            line = draft.line
            goal = min(line.before + goal, line.end)
            if draft.stop_reason:
                raise WritingError(
                    f"there is nothing to go on with: {draft.text!r} is at its end ({draft.stop_reason})"
                )
            if goal <= max(line.goal, line.before):
                raise WritingError(f"{draft.text!r} is written up to there")
            lines.append(replace(line, goal=goal, seed=seed, cap=line.cap - len(draft.points)))
        for what, kinds in (
            ("bias rules", {draft.bias_rule for draft in drafts}),
            ("guidance", {draft.line.guidance for draft in drafts}),
        ):
            if len(kinds) > 1:
                raise WritingError(f"drafts with different {what} can't be continued together; continue each by itself")

        def further(number: int, written: Written) -> Draft:
            draft, line = drafts[number], lines[number]
            points = np.concatenate([draft.points, written.points])
            over = written.reason if line.goal == line.end else "cap" if len(points) == draft.line.cap else ""
            gone_on = replace(draft.line, goal=line.goal, state=written.state)
            places = np.concatenate([draft.places, written.places - line.before])
            shown = written.shown - line.before
            return replace(draft, points=points, stop_reason=over, line=gone_on, places=places, shown=shown)

        return self._write_all(lines, drafts[0].bias_rule if drafts else "", further)

    def _lines(
        self,
        texts: Sequence[str | None],
        bias: float | Sequence[float],
        bias_rule: str,
        style: Any,
        hand: Any,
        seed: int | Sequence[int | None] | None,
        max_points: int | None,
        guidance: float,
    ) -> list[Line]:
        """A line for each text, with its own options."""
        if isinstance(texts, str):
            raise WritingError("a list of texts is needed, one a line; for one text there is Writer.write")
        count = len(texts)
        biases = _for_each(bias, count, "bias") if np.ndim(bias) else [bias] * count
        styles = [style] * count if is_one_style(style) else _for_each(style, count, "style")
        hands = [hand] * count if is_one_hand(hand) else _for_each(hand, count, "hand")
        given: Any = seed  # one number, or one a line
        seeds = [None] * count if given is None else range(given, given + count) if np.ndim(given) == 0 else given
        seeds = _for_each(seeds, count, "seed")
        own = zip(texts, biases, styles, hands, seeds, strict=True)
        return [self._line(t, Options(b, bias_rule, st, ha, se, max_points, guidance)) for t, b, st, ha, se in own]

    def _write_all(
        self, lines: Sequence[Line], bias_rule: str, make: Callable[[int, Written], T], batch_size: int = 1024
    ) -> list[T]:
        """Write lines on all cores, and make of each one's number and what was written what is wanted of it."""
        order, count = sorted(range(len(lines)), key=lambda i: lines[i].cap), len(lines)
        made: dict[int, T] = {}

        def write(chosen: list[int]) -> None:
            for number, written in zip(chosen, self._session.write([lines[i] for i in chosen], bias_rule), strict=True):
                made[number] = make(number, written)

        # Lines of like length are written by all cores at once, in turns, so that the cores end together.
        hands = min(cores(), math.ceil(count / _WORTH_A_CORE))
        turns = [order[start : start + hands * batch_size] for start in range(0, count, hands * batch_size or 1)]
        in_threads(write, [part for turn in turns for hand in range(hands) if (part := turn[hand::hands])])
        return [made[number] for number in range(count)]

    def stream(
        self,
        text: str | None,
        *,
        bias: float = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | None = None,
        hand: Any = None,
        seed: int | None = None,
        max_points: int | None = None,
        guidance: float = 1.0,
    ) -> Generator[Step, None, str]:
        """Write one line point by point: yields each :class:`Step` and returns the reason for stopping.

        The last point lifts the pen. ``reason = yield from writer.stream(...)`` catches the reason.
        """
        line = self._line(text, Options(bias, bias_rule, style, hand, seed, max_points, guidance))
        return self._steps(line, bias_rule)

    def trace(
        self,
        text: str | None,
        *,
        bias: float = 0.5,
        bias_rule: str = "graves",
        style: Style | tuple[Ink, str] | str | None = None,
        hand: Any = None,
        seed: int | None = None,
        max_points: int | None = None,
        guidance: float = 1.0,
    ) -> Trace:
        """Write one line and keep what the network had in mind: some 7 kB per point, and more for a long text."""
        line = self._line(text, Options(bias, bias_rule, style, hand, seed, max_points, guidance))
        steps: list[Step] = []
        generator = self._steps(line, bias_rule)
        while True:
            try:
                steps.append(next(generator))
            except StopIteration as stop:
                ink = Ink(np.array([step.point for step in steps]))
                return _trace(ink, text, steps, stop.value)

    def follow(self, ink: Ink, text: str | None, hand: Any = None) -> Trace:
        """What the network expects at each point of ink that somebody else wrote: the factors of Graves eqs. 5 and 55.

        Point ``t`` of the trace is what it has in mind for point ``t`` of the ink, having seen the
        points before it. So ``mdn.log_density(trace.mixture, ink.standardised(offset_scale))`` is how
        well it foresaw each, in nats.
        """
        network, codes = self._session.network, self._codes(text)
        if not len(ink):
            raise WritingError("there is nothing to follow in ink without points")
        condition = self._condition(hand)
        given = network.given([codes], None if condition is None else condition[None])
        points = ink.standardised(self.weights.offset_scale)[:, None]
        steps = [
            self._step(point, state, seen, network.outputs(state), len(codes), 0)
            for point, (state, seen) in zip(ink.offsets, network.follow(points, given), strict=True)
        ]
        return _trace(ink, text, steps, "given")

    def _steps(self, line: Line, bias_rule: str) -> Generator[Step, None, str]:
        steps = self._session.steps([line], bias_rule)
        while True:
            try:
                made = next(steps)
            except StopIteration as stop:
                (end,) = stop.value
                return end.reason
            yield self._step(made.points[0], made.state, made.seen, made.y, len(line.codes), line.before)

    def _step(self, point: np.ndarray, state: State, seen: Seen, y: np.ndarray, length: int, before: int) -> Step:
        """What the network had in mind at a point, of the text from a character on."""
        phi = np.zeros(length if self.weights.architecture.window else 0, np.float32)
        phi[seen.first : seen.first + seen.phi.shape[1]] = seen.phi[0]
        cells = [layer[1] for layer in state.layers if len(layer) > 1]
        return Step(
            point,
            phi[before:],
            state.kappa[0] - np.float32(before),
            state.w[0],
            mdn.split(y[0], self.weights.architecture.mixtures),
            np.concatenate(state.hidden),
            np.concatenate(cells) if cells else np.zeros((len(state.layers), 0), np.float32),
        )

    # What is asked for, checked and made ready

    def _codes(self, text: str | None) -> np.ndarray:
        if not self.weights.architecture.window:
            if text is not None:
                raise WritingError("these weights have no window over a text: they write without one; give None")
            return np.zeros(1, np.int32)
        if not isinstance(text, str):
            raise WritingError(f"a text is needed to write, not {type(text).__name__}")
        text = self.weights.alphabet.normalised(text)
        if not text.strip():
            raise WritingError("there is nothing to write: the text is empty")
        return self.weights.alphabet.encode(text)

    def _line(self, text: str | None, options: Options) -> Line:
        codes = self._codes(text)
        if options.max_points is not None:
            cap = options.max_points
        else:
            length = len(codes) - 1
            cap = 700 if text is None else math.ceil(self.weights.points_per_character * (2.5 * length + 4))
        begun = options.style if options.style is not None else getattr(options.hand, "sample", None)
        style, before = self._style(begun), 0
        if style is not None and text is not None:
            if not isinstance(style.text, str) or not style.text.strip():
                raise WritingError("the text of the style is empty; it must say what the ink says")
            read = self.weights.alphabet.normalised(style.text)
            codes = np.concatenate([self.weights.alphabet.encode(read + " ")[:-1], codes])
            before = len(read) + 1
        told = self._condition(options.hand)
        return Line(codes, before, float(options.bias), cap, options.seed, style, told, float(options.guidance))

    def _style(self, style: Style | tuple[Ink, str] | str | None) -> Style | None:
        if isinstance(style, str):
            style = load_style(style, self.weights.points_per_character)
        if style is None:
            return None
        if not _is_style(style):
            raise WritingError("a style is ink and the text that it says, Style(ink, text), or a name")
        if not len(style[0]):
            raise WritingError("the ink of the style has no points")
        return Style(*style)

    def _condition(self, hand: Any) -> np.ndarray | None:
        return None if hand is None else condition_of(self.weights, hand)


def condition_of(weights: Weights, hand: Any) -> np.ndarray:
    """The vector of a hand, float32 ``(D,)``, as weights take it: a vector, or what has one as its ``z``.

    Raises:
        WritingError: if the weights take none, or one of another length.
    """
    width = weights.architecture.condition
    if not width:
        raise WritingError("these weights cannot be told a hand: they learned without one. Leave it out")
    try:
        z = np.array(getattr(hand, "z", hand), np.float32)
    except (TypeError, ValueError):
        raise WritingError(f"a hand is a vector of {width} numbers, not {type(hand).__name__}") from None
    if z.shape != (width,) or not np.isfinite(z).all():
        raise WritingError(f"a hand is a vector of {width} finite numbers for these weights; yours has shape {z.shape}")
    return z


def is_one_hand(hand: Any) -> bool:
    """Whether it is one hand, or none, for all texts, and not a list with a hand for each."""
    if hand is None or hasattr(hand, "z"):
        return True
    return np.ndim(hand) < 2 if isinstance(hand, np.ndarray) else all(np.isscalar(number) for number in hand)


def is_one_style(style: object) -> bool:
    """Whether it is one style, or none, for all texts, and not a list with a style for each."""
    return style is None or isinstance(style, str) or _is_style(style)


def _is_style(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Ink)


def _for_each(values: Any, count: int, name: str) -> list[Any]:
    if len(values) != count:
        raise WritingError(f"{count} texts, but {name} is given for {len(values)}")
    return list(values)


def _trace(ink: Ink, text: str | None, steps: Sequence[Step], reason: str) -> Trace:
    _, phi, kappa, window, mixture, h, c = zip(*steps, strict=True)
    mixture = MixtureParameters(*(np.array(parameter) for parameter in zip(*mixture, strict=True)))
    seen = np.array(phi), np.array(kappa), np.array(window)
    return Trace(ink, text or "", *seen, mixture, reason, np.array(h), np.array(c))
