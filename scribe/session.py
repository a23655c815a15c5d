"""Lines being written: from what is asked for, point after point, to lines that have stopped.

A :class:`Session` runs lines side by side on one :class:`~scribe.network.Network`: it brings each to where it begins,
which may be after a style, draws the points, and finds out when a line is at its end.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.random import default_rng

from scribe import mdn
from scribe.network import Given, Network, Seen, State, parity
from scribe.styles import Style
from scribe.weights import Weights, WeightsError

__all__ = ["End", "Line", "Made", "Session", "Written"]

NEATEST = 50.0
"""The largest bias: the likeliest points."""

_NOISE = 256  # points for which noise is drawn at a time
_KEPT = 64  # states after a style that are kept
_OWED = 60  # points in which a style's last dots and bars must be made
_NEAR = 0.4  # body heights: the next word begins farther to the right; the dot of a leaning i that is owed does not


@dataclass(frozen=True, eq=False)
class Line:
    """One line that is to be written, or continued."""

    codes: np.ndarray  # of the style's text, a space, and the text
    before: int  # characters of style text and space
    bias: float
    cap: int  # points it may have
    seed: Any = None  # of what is drawn: whatever numpy.random.default_rng takes
    style: Style | None = None
    condition: np.ndarray | None = None  # (D,); zeros for None
    guidance: float = 1.0  # how many times the hand counts, see Network.outputs
    state: State | None = None  # that it goes on from
    goal: int = 0  # the code at which it stops; 0 for the end of the text

    @property
    def end(self) -> int:
        """The code that stands for the end of the text."""
        return len(self.codes) - 1


class End(NamedTuple):
    """Why a line stopped, and the state that it can go on from."""

    reason: str  # "finished" or "cap"
    state: State
    shown: int  # the code that the window shows most after the last point


class Written(NamedTuple):
    """A line that has stopped."""

    points: np.ndarray  # (T, 3), in ink units
    reason: str
    state: State
    shown: int  # which code the window shows most after the last point
    places: np.ndarray  # (T,): which code of the text the window showed most at each point; 0 without a window


class Made(NamedTuple):
    """One new point of each line that is still being written, and what it comes from."""

    lines: np.ndarray  # (B,): the numbers of the lines
    points: np.ndarray  # (B, 3), in ink units
    state: State
    seen: Seen
    y: np.ndarray  # (B, 1 + 6M): the raw outputs


class AfterStyle(NamedTuple):
    """Where a line stands when its style has been read."""

    state: State
    height: float  # of the pen above the baseline, ink units
    astray: int  # characters by which the window stood before (below 0) or after the end of the style's text


class Session:
    """Runs lines. It keeps what it finds out about styles; else each run is by itself, also in threads."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.network = Network(weights)
        self._after_style: OrderedDict[tuple[bytes, ...], AfterStyle] = OrderedDict()
        self._keeping = threading.Lock()  # of what is kept: cores write at the same time

    def write(self, lines: Sequence[Line], bias_rule: str) -> list[Written]:
        """Write lines together until the last one stops."""
        steps, made = self.steps(lines, bias_rule), []
        # Points are kept step by step, and dealt out to their lines at the end: an array per point would take ten times
        # the memory of the ink.
        while True:
            try:
                numbers, points, _, seen, _ = next(steps)
            except StopIteration as stop:
                ends: list[End] = stop.value
                break
            places = seen.first + seen.phi.argmax(axis=1) if seen.phi.shape[1] else np.zeros(len(numbers), int)
            made.append((numbers, points, places.astype(np.int32)))
        line_of, points, places = (np.concatenate(parts) for parts in zip(*made, strict=True))
        order = np.argsort(line_of, kind="stable")
        cuts = np.cumsum(np.bincount(line_of, minlength=len(lines)))[:-1]
        own = np.split(points[order], cuts), np.split(places[order], cuts)
        return [Written(points, *end, places) for points, places, end in zip(*own, ends, strict=True)]

    def steps(self, lines: Sequence[Line], bias_rule: str) -> Generator[Made, None, list[End]]:
        """Write lines together, step by step, and return how each ended.

        Raises:
            WeightsError: if the weights make a number that is not finite.
        """
        network, given = self.network, self._given(lines)
        state, heights = self.begin(lines)
        goals = np.array([line.goal or line.end for line in lines])
        alive = np.arange(len(lines))
        biases = np.array([line.bias for line in lines], np.float32)
        guidance = _guidance(lines)
        caps = np.array([line.cap for line in lines])
        sources = [default_rng(line.seed) for line in lines]
        units = np.array([self.weights.offset_scale] * 2 + [1], np.float32)
        uniform = normal = np.zeros(0, np.float32)
        ends: list[Any] = [None] * len(lines)
        made = 0
        while True:
            before = state
            state, seen = network.advance(state, given)
            y = network.outputs(state, guidance)
            if made:
                finished = state.x[:, 2] == 1
                if finished.any():
                    finished &= _past_the_goal(seen, state.kappa, goals)
                if finished.any():
                    next_one = mdn.split(y, self.weights.architecture.mixtures)
                    finished &= ~(mdn.goes_back(next_one) | mdn.goes_over(next_one))
                stopped = finished | (caps == made)
                if stopped.any():
                    shown = _character_shown(seen, state.kappa, given.ends) if seen.phi.shape[1] else goals
                    for row in np.flatnonzero(stopped):
                        number = alive[row]
                        reason = "finished" if finished[row] else "cap"
                        ends[number] = End(reason, before.row(row), int(shown[row]))
                    if stopped.all():
                        return ends
                    going = ~stopped
                    alive, biases, caps, goals, y = alive[going], biases[going], caps[going], goals[going], y[going]
                    state, given, seen = state.rows(going), given.rows(going), seen.rows(going)
                    uniform, normal = uniform[going], normal[going]
                    guidance = None if guidance is None else guidance[going]
            if made % _NOISE == 0:
                uniform, normal = map(np.stack, zip(*(_noise(sources[number]) for number in alive), strict=True))
            x = network.sample(y, biases, bias_rule, uniform[:, made % _NOISE], normal[:, made % _NOISE])
            if not np.isfinite(x).all():
                raise WeightsError(f"at point {made} the network made a number that is not finite")
            state = state.moved(x)
            with np.errstate(over="ignore"):
                points = x * units
            if not np.isfinite(points).all():
                raise WeightsError(f"point {made} lies beyond all numbers, with an offset_scale of {units[0]:g}")
            points[caps == made + 1, 2] = 1  # ink ends with a lifted pen
            if made == 0:
                _place(points, lines, heights)
            made += 1
            yield Made(alive, points, state, seen, y)

    def _given(self, lines: Sequence[Line]) -> Given:
        conditions = None
        if any(line.condition is not None for line in lines):
            zeros = np.zeros(self.weights.architecture.condition, np.float32)
            conditions = np.stack([zeros if line.condition is None else line.condition for line in lines])
        return self.network.given([line.codes for line in lines], conditions)

    def begin(self, lines: Sequence[Line]) -> tuple[State, np.ndarray]:
        """Where each line begins: at the beginning, after its style, or where it goes on.

        Returns:
            The state before the first point, and how high the pen stands above the baseline, ``(B,)``: after a style
            it stands anywhere.
        """
        begun = self._begun(lines)
        return State.stacked([one.state for one in begun]), np.array([one.height for one in begun])

    def astray(self, line: Line) -> int:
        """By how many characters the window missed the end of the text of a line's style; 0 without one."""
        (begun,) = self._begun([line])
        return begun.astray

    def _begun(self, lines: Sequence[Line]) -> list[AfterStyle]:
        guided = _guidance(lines) is not None
        states: dict[int, AfterStyle] = {}
        unread: dict[tuple[bytes, ...], list[int]] = {}  # lines by what is to be read before them
        for i, line in enumerate(lines):
            if line.state is not None:
                states[i] = AfterStyle(line.state, 0.0, 0)
            elif line.style is None:
                states[i] = AfterStyle(self.network.start(1, guided), 0.0, 0)
            else:
                hand = b"" if line.condition is None else line.condition.tobytes()
                key = line.style.ink.offsets.tobytes(), line.codes.tobytes(), hand, str(line.guidance).encode()
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
        return [states[i] for i in range(len(lines))]

    def _after_styles(self, lines: Sequence[Line]) -> list[AfterStyle]:
        """Where each line stands when its style has been read and is complete."""
        inks = [line.style.ink for line in lines if line.style is not None]
        scale = self.weights.offset_scale
        order = sorted(range(len(inks)), key=lambda i: -len(inks[i]))
        points = [inks[i].standardised(scale) for i in order]
        given, before = self._given([lines[i] for i in order]), np.array([lines[i].before for i in order])
        guidance = _guidance([lines[i] for i in order])
        state, going, done = self.network.start(len(order), guidance is not None), given, []
        for t in range(len(points[0])):
            reading = sum(len(style) > t for style in points)  # the longest come first
            if reading < len(state.x):
                done.append(state.rows(slice(reading, None)))
                state, going = state.rows(slice(reading)), going.rows(slice(reading))
            state, _ = self.network.advance(state, going)
            state = state.moved(np.stack([style[t] for style in points[:reading]]))
        completed = self._completed(State.stacked([state, *done[::-1]]), given, guidance)
        state, astray = self._at_the_end(State.stacked([state for state, _ in completed]), given, before)
        found = {i: (state.row(row), completed[row][1], astray[row]) for row, i in enumerate(order)}
        return [
            AfterStyle(found[i][0], ink.points[-1, 1] + found[i][1] * scale, int(found[i][2]))
            for i, ink in enumerate(inks)
        ]

    def _completed(self, state: State, given: Given, guidance: np.ndarray | None) -> list[tuple[State, float]]:
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
            after, _ = self.network.advance(state, given)
            y = self.network.outputs(after, guidance)
            mixture = mdn.split(y, self.weights.architecture.mixtures)
            owed = (state.x[:, 2] == 0) | mdn.goes_back(mixture._replace(mu=mixture.mu - near), sure=0.5)
            for row in np.flatnonzero(~owed):
                found[alive[row]] = state.row(row), float(rises[row])
            if not owed.any():
                break
            alive, rises, given, y = alive[owed], rises[owed], given.rows(owed), y[owed]
            guidance = None if guidance is None else guidance[owed]
            half = np.full((len(y), 2), 0.5, np.float32)
            x = self.network.sample(y, np.full(len(y), NEATEST, np.float32), "graves", half, np.zeros_like(half))
            state = after.rows(owed).moved(x)
            rises = rises + x[:, 1]
        return found

    def _at_the_end(self, state: State, given: Given, before: np.ndarray) -> tuple[State, np.ndarray]:
        """The states with the window at the end of the styles' texts, and how many characters it was astray, ``(B,)``.

        A window that is still on the last letters would write them into the line, and one that is ahead would leave out
        the line's first. Both happen where the ink ends in a hurry, or says something else than the text. It's where it
        should be if the next point is about the style's last character, the space, or the first one of the line; from
        anywhere else it's moved to the space.

        Args:
            before: characters of each style's text and of the space after it, ``(B,)``.
        """
        astray = np.zeros(len(before), int)
        if not self.weights.architecture.window:
            return state, astray
        after, seen = self.network.advance(state, given)
        place = _character_shown(seen, after.kappa, given.ends)
        astray = np.where(place < before - 2, place - (before - 2), np.maximum(place - before, 0))
        kappa, w = state.kappa.copy(), state.w.copy()
        codes = self.weights.alphabet.size
        for row in np.flatnonzero(astray):
            light = w[row, :codes].sum() or np.float32(1)
            kappa[row], w[row] = before[row] - 1, 0
            w[row, given.codes[row, before[row] - 1]] = light
            if self.weights.architecture.parity:
                w[row, codes] = light * parity(before[row] - 1, before[row])[0]
        return state._replace(kappa=kappa, w=w), astray


def _guidance(lines: Sequence[Line]) -> np.ndarray | None:
    """How many times the hand of each line counts, ``(B,)``; None if that's once for all."""
    guidance = np.array([line.guidance for line in lines], np.float32)
    return None if (guidance == 1).all() else guidance


def _noise(source: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Noise for the next points. Each line has its own, so that it looks the same alone and among others."""
    uniform = source.random((_NOISE, 2), np.float32)
    return uniform, source.standard_normal((_NOISE, 2), np.float32)


def _place(points: np.ndarray, lines: Sequence[Line], heights: np.ndarray) -> None:
    """Let the first offset of each line lead from the left end of its baseline.

    After a style it leads from where the pen stood then: its rise counts from that height, and its
    way to the right, the gap between two words, is taken off.
    """
    for point, line, height in zip(points, lines, heights, strict=True):
        if line.style is not None and line.state is None:
            point[0] = 0
            point[1] += height


def _past_the_goal(seen: Seen, kappa: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Whether the window shows most of the end of the text, or of what comes at or after a goal before it: ``(B,)``.

    A window that has run so far ahead that it shows nothing at all has passed the text as well.
    """
    if not seen.phi.shape[1]:
        return np.zeros(len(goals), bool)
    return _most_shown(seen, kappa) >= goals


def _character_shown(seen: Seen, kappa: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """:func:`_most_shown` as a place in the text, int ``(B,)``: a window that has run away shows its end."""
    return np.clip(np.nan_to_num(_most_shown(seen, kappa)), 0, ends).astype(int)


def _most_shown(seen: Seen, kappa: np.ndarray) -> np.ndarray:
    """The character of which the window shows most, ``(B,)``; the last one it has passed if it shows nothing at all."""
    phi, first = seen
    best = phi.argmax(axis=-1)
    blind = phi[np.arange(len(phi)), best] == 0
    return np.where(blind, np.ceil(kappa.min(axis=-1)) - 1, first + best)
