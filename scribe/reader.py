"""The task turned round: ink is read as text, in NumPy alone.

A line of ink becomes a sequence of frames, layers of LSTMs run over it in both directions, and for each frame come
the probabilities of all characters and of a *blank*, which says "nothing new here". A *path* names one of them for
each frame; struck of its repeats and then of its blanks it is a text. The probability of a text is that of all its
paths together: connectionist temporal classification (CTC), by A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber,
ICML 2006; for handwriting, A. Graves et al., IEEE Transactions on Pattern Analysis 31, 2009.

=====  ================================================================================
``T``  frames of a line
``C``  codes: the characters, and in the place of the end of text the blank, the last one
``N``  characters of a text
=====  ================================================================================
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

import numpy as np

from scribe.drawing.canvas import CanvasError, Drawing
from scribe.drawing.normalise import rough_height
from scribe.ink import Ink, resample
from scribe.lstm import lstm_forward
from scribe.weights import NetworkWeights, WeightsError, check_sizes, load_network, save_network

__all__ = [
    "FORMAT",
    "Frames",
    "Reader",
    "ReaderArchitecture",
    "ReaderWeights",
    "ReadingError",
    "Written",
    "best_path",
    "character_error_rate",
    "edits",
    "errors",
    "frames",
    "log_probability",
    "most_probable_path",
    "most_probable_text",
    "page_lines",
    "save_reader",
]

FORMAT = "scribe-reader/1"

_FARTHEST_APART = 100
_LONGEST_LINE = 20_000  # points of a line of a page: a thousand characters


class ReadingError(ValueError):
    """The ink cannot be read, or cannot say that text; the message tells why."""


# --- weights ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReaderArchitecture:
    """The sizes of a reader: ``units`` of each LSTM in each direction, ``layers``, and ``moves`` of the pen a frame.

    Raises:
        WeightsError: if a size is not a whole number in its range.
    """

    units: int
    layers: int
    moves: int = 3

    def __post_init__(self) -> None:
        check_sizes(self, {"units": (1, 65536), "layers": (1, 64), "moves": (1, 64)})

    @property
    def features(self) -> int:
        """Numbers a frame, see :func:`frames`."""
        return 2 * self.moves + 2

    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, by name, for so many codes, blank included."""
        shapes: dict[str, tuple[int, ...]] = {}
        inputs = self.features
        for layer in range(1, self.layers + 1):
            for direction in ("forward", "backward"):
                shapes[f"lstm{layer}.{direction}.kernel"] = (inputs, 4 * self.units)
                shapes[f"lstm{layer}.{direction}.recurrent"] = (self.units, 4 * self.units)
                shapes[f"lstm{layer}.{direction}.bias"] = (4 * self.units,)
            inputs = 2 * self.units
        shapes["output.kernel"] = (inputs, codes)
        shapes["output.bias"] = (codes,)
        return shapes


@dataclass(frozen=True, eq=False, repr=False)
class ReaderWeights(NetworkWeights):
    """A network that reads; see :class:`~scribe.weights.NetworkWeights` for what all have.

    Attributes:
        offset_scale: what moves with the pen down are divided by, body heights.
        step: the mean length of a move with the pen down in the writing it learned from, body heights.

    Raises:
        WeightsError: if an array is missing, superfluous, of another shape or not finite, or an entry makes no sense.
    """

    architecture: ReaderArchitecture
    step: float = field(kw_only=True)

    NUMBERS: ClassVar = ("offset_scale", "step", "points_per_character")

    def __repr__(self) -> str:
        a = self.architecture
        return f"ReaderWeights({self.name!r}, {self.size:,} weights: {a.layers} layers of {a.units} each way)"


def save_reader(path: str | os.PathLike[str], weights: ReaderWeights, half: bool = False) -> None:
    """Write a reader's weights to one file; half precision and errors as in :func:`~scribe.weights.save_weights`."""
    save_network(path, FORMAT, weights, half)


# --- frames -----------------------------------------------------------------------------------------------------


class Frames(NamedTuple):
    """Ink as a reader sees it: ``features`` float32 ``(T, 2 * moves + 2)``, and the points that each frame stands for.

    Frame ``t`` covers the points from ``first[t]`` up to, and without, ``last[t]``.
    """

    features: np.ndarray
    first: np.ndarray
    last: np.ndarray


def frames(offsets: np.ndarray, scale: float, moves: int) -> Frames:
    """Cut ink into frames.

    What the pen draws is taken ``moves`` moves a frame, and no frame goes on past the end of a stroke. A move through
    the air to a new stroke has a frame of its own, and so has a dot, which is a stroke without moves: even
    ``"..."`` comes to six frames, enough to write a blank between equal characters.

    The features of a frame are the moves, ``dx`` and ``dy`` one after the other, over ``scale``; then where the pen is
    above the baseline after them, in body heights, and a 1 if it came there through the air. Moves through the
    air are in body heights too: they are longer. Where the ink begins is no move.

    Args:
        offsets: ``(n, 3)``, as in :class:`~scribe.ink.Ink`, ``n`` at least 1.
    """
    count = len(offsets)
    opens = np.ones(count, bool)  # whether the pen came to this point through the air
    opens[1:] = offsets[:-1, 2] == 1
    begins = np.flatnonzero(opens)
    lengths = np.diff(begins, append=count)
    pieces = 1 + np.maximum(1, -(-(lengths - 1) // moves))  # frames a stroke
    starts = np.concatenate([[0], np.cumsum(pieces)])
    stroke = np.cumsum(opens) - 1
    drawn = np.arange(count) - begins[stroke] - 1  # how many drawn moves of the stroke come before; -1 in the air
    frame = starts[stroke] + np.where(opens, 0, 1 + drawn // moves)
    slot = np.where(opens, 0, drawn % moves)

    features = np.zeros((starts[-1], 2 * moves + 2), np.float32)
    steps = np.where(opens[:, None], offsets[:, :2], offsets[:, :2] / scale)
    steps[0] = 0
    features[frame, 2 * slot] = steps[:, 0]
    features[frame, 2 * slot + 1] = steps[:, 1]
    first, last = np.zeros((2, starts[-1]), np.int64)
    air = starts[:-1]
    np.maximum.at(last, frame, np.arange(count) + 1)
    last[air + 1] = np.maximum(last[air + 1], begins + 1)  # the frame of a dot has no move of its own
    features[:, -2] = offsets[:, 1].cumsum(dtype=np.float64)[last - 1]
    features[air, -1] = 1
    last[air] = begins  # a stroke's first point belongs to what is drawn
    first[1:] = last[:-1]
    return Frames(features, first, last)


# --- pages ------------------------------------------------------------------------------------------------------


def page_lines(drawing: Drawing) -> list[Drawing]:
    """The lines of a drawing, each by itself, in the order of writing, the baseline at 0 if there is a unit.

    A line ends where the pen goes on so far below its last strokes that no tail of a letter can be there.
    """
    strokes = [stroke.points for stroke in drawing.strokes]
    height = drawing.unit or (rough_height(strokes) if strokes else 0)
    rows: list[list[int]] = []
    middles: list[float] = []
    for number, stroke in enumerate(strokes):
        middle = float(stroke[:, 1].min() + stroke[:, 1].max()) / 2
        if not rows or (height and middle < np.median(middles[-5:]) - 1.5 * height):
            rows.append([])
            middles = []
        rows[-1].append(number)
        middles.append(middle)
    lines = []
    for row in rows:
        chosen = [drawing.strokes[number] for number in row]
        if drawing.unit is not None and len(rows) > 1:
            bottom = _baseline([stroke.points[:, 1] for stroke in chosen], height)
            chosen = [stroke._replace(points=stroke.points - (0, bottom)) for stroke in chosen]
        lines.append(replace(drawing, strokes=chosen, text=""))
    return lines


def _baseline(heights: Sequence[np.ndarray], unit: float) -> float:
    """Where most of the low turns of the pen are."""
    lows = []
    for y in heights:
        around = np.concatenate([[np.inf], y, [np.inf]])
        lows.append(y[(y < around[:-2]) & (y <= around[2:])])
    low = np.sort(np.concatenate(lows))
    first = np.searchsorted(low, low - 0.25 * unit, "right")
    last = np.searchsorted(low, low + 0.25 * unit, "left")
    most = (last - first).argmax()
    return float(np.median(low[first[most] : max(last[most], first[most] + 1)]))


# --- CTC --------------------------------------------------------------------------------------------------------


def _with_blanks(codes: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """A text with a blank before, between and after its characters, and where a path may leap over a blank.

    It may if the characters on both sides differ; equal ones would melt into one.
    """
    states = np.full(2 * len(codes) + 1, blank)
    states[1::2] = codes
    leaps = np.zeros(len(states), bool)
    leaps[3::2] = codes[1:] != codes[:-1]
    return states, leaps


def _shifted(scores: np.ndarray, by: int) -> np.ndarray:
    """The scores of the states ``by`` places before."""
    moved = np.full_like(scores, -np.inf)
    moved[by:] = scores[: len(scores) - by]
    return moved


def log_probability(log_p: np.ndarray, codes: np.ndarray) -> float:
    """The CTC forward algorithm: the logarithm of the sum of the probabilities of all paths that say a text.

    Args:
        log_p: ``(T, C)``, log probabilities; the last code is the blank.
        codes: ``(N,)``, the text, without end.

    Returns:
        Nats; ``-inf`` if there are fewer frames than the text needs.
    """
    states, leaps = _with_blanks(codes, log_p.shape[1] - 1)
    log_p = log_p.astype(np.float64)[:, states]
    forward = np.full(len(states), -np.inf)  # of all ways to have come to each state so far
    forward[:2] = log_p[0, :2]
    for row in log_p[1:]:
        came = np.logaddexp(forward, _shifted(forward, 1))
        came = np.where(leaps, np.logaddexp(came, _shifted(forward, 2)), came)
        forward = came + row
    return float(np.logaddexp.reduce(forward[-2:]))


def best_path(log_p: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, float]:
    """The most probable path that says a text: the forward algorithm with the best way in place of all ways.

    Returns:
        For each frame the number of its state: ``2 n + 1`` is character ``n`` of the text, ``2 n`` the blank before
        it; and the logarithm of the path's probability, ``-inf`` if there is no path.
    """
    states, leaps = _with_blanks(codes, log_p.shape[1] - 1)
    log_p = log_p.astype(np.float64)[:, states]
    best = np.full(len(states), -np.inf)
    best[:2] = log_p[0, :2]
    back = np.zeros(log_p.shape, np.int64)
    for t, row in enumerate(log_p[1:], 1):
        leap = np.where(leaps, _shifted(best, 2), -np.inf)
        ways = np.stack([best, _shifted(best, 1), leap])
        back[t] = ways.argmax(axis=0)
        best = ways.max(axis=0) + row
    state = len(states) - 1 if len(states) == 1 or best[-1] >= best[-2] else len(states) - 2
    path, score = np.zeros(len(log_p), np.int64), float(best[state])
    for t in range(len(log_p) - 1, -1, -1):
        path[t] = state
        state -= back[t, state]
    return path, score


def most_probable_path(log_p: np.ndarray) -> np.ndarray:
    """The codes that the most probable path of all says: quick, and nearly always the most probable text."""
    path = log_p.argmax(axis=1)
    keep = np.concatenate([[True], path[1:] != path[:-1]]) & (path != log_p.shape[1] - 1)
    return path[keep]


def most_probable_text(log_p: np.ndarray, width: int = 8) -> np.ndarray:
    """The codes of the most probable text among the ``width`` beginnings kept at each frame (prefix beam search).

    Of each beginning it knows how probable the paths are that say it and end in a blank, or in its last character:
    A. Graves and N. Jaitly, ICML 2014, algorithm 1.
    """
    blank = log_p.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for row in log_p.astype(np.float64):
        # Codes that are very unlikely now would only be thrown away again.
        likely = [int(c) for c in np.flatnonzero(row > row.max() - 12) if c != blank]
        values = row.tolist()
        grown: dict[tuple[int, ...], list[float]] = {}
        for text, (in_blank, in_last) in beams.items():
            both = _log_add(in_blank, in_last)
            kept = grown.setdefault(text, [-math.inf, -math.inf])
            kept[0] = _log_add(kept[0], both + values[blank])
            if text:
                kept[1] = _log_add(kept[1], in_last + values[text[-1]])
            for code in likely:
                # After the same character, a new one needs a blank between.
                before = in_blank if text and text[-1] == code else both
                longer = grown.setdefault((*text, code), [-math.inf, -math.inf])
                longer[1] = _log_add(longer[1], before + values[code])
        ranked = sorted(grown.items(), key=lambda item: _log_add(*item[1]), reverse=True)
        beams = {text: (a, b) for text, (a, b) in ranked[:width]}
    return np.array(next(iter(beams)), np.int64)


def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))


# --- errors -----------------------------------------------------------------------------------------------------


def edits(read: str, wanted: str) -> list[tuple[str, str]]:
    """The cheapest way from ``wanted`` to ``read``, as pairs ``(wanted character, read character)``.

    A pair of equal characters is right; ``("a", "")`` was left out, ``("", "a")`` is too much.
    """
    n, m = len(wanted), len(read)
    cost = [[0] * (m + 1) for _ in range(n + 1)]
    cost[0] = list(range(m + 1))
    for i in range(1, n + 1):
        cost[i][0] = i
        for j in range(1, m + 1):
            swap = cost[i - 1][j - 1] + (wanted[i - 1] != read[j - 1])
            cost[i][j] = min(swap, cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    pairs, i, j = [], n, m
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (wanted[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((wanted[i], read[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((wanted[i], ""))
        else:
            j -= 1
            pairs.append(("", read[j]))
    return pairs[::-1]


def errors(read: str, wanted: str) -> int:
    """How many characters must be replaced, left out or put in to make one text the other (Levenshtein, 1966)."""
    before = list(range(len(read) + 1))
    for i, w in enumerate(wanted, 1):
        row = [i]
        for j, r in enumerate(read, 1):
            row.append(min(before[j - 1] + (w != r), before[j] + 1, row[-1] + 1))
        before = row
    return before[-1]


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """The errors of all pairs ``(read, wanted)`` over the characters wanted. It may be above 1.

    Raises:
        ValueError: if no characters are wanted at all.
    """
    wrong = wanted_characters = 0
    for read, wanted in pairs:
        wrong += errors(read, wanted)
        wanted_characters += len(wanted)
    if not wanted_characters:
        raise ValueError("an error rate needs texts with characters")
    return wrong / wanted_characters


# --- the reader -------------------------------------------------------------------------------------------------


class Written(NamedTuple):
    """Where in the ink a character of a text was written, and how well it is read there.

    ``start`` and ``stop`` are points of the ink, as in ``offsets[start:stop]``. ``first`` and ``last`` are the frames,
    likewise without ``last``, in which the best path says the character; the points reach half-way to the neighbours'.
    A space is mostly said in the air and may be without points.
    """

    character: str
    start: int
    stop: int
    first: int
    last: int
    log_probability: float  # of this character, in the frame of these that shows it best
    seen_as: str  # the character that is most probable in that frame, blank left out


class Reader:
    """Weights that read.

    Ink is best in the units of :class:`~scribe.ink.Ink`: level, the baseline at ``y = 0``, body height 1, as all
    corpora and :func:`scribe.drawing.canvas.read_canvas` have it. Points may lie more or less densely.

    All methods raise :class:`ReadingError` for ink without points, or with points so far apart that it cannot be in
    those units, and
    :class:`~scribe.alphabet.UnknownCharacterError` for texts with characters that the weights do not know.
    """

    def __init__(self, weights: ReaderWeights) -> None:
        self.weights = weights

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str] = "reader") -> Reader:
        """A reader with the weights of that name or file.

        Raises:
            FileNotFoundError: if there is no such file or name.
            WeightsError: if the file is damaged, of another format, or does not fit its architecture.
        """
        return cls(load_network(name_or_path, FORMAT, ReaderWeights, ReaderArchitecture))

    def __repr__(self) -> str:
        return f"Reader({self.weights!r})"

    def read(self, ink: Ink, beam: int = 1) -> str:
        """What a line of ink says. ``beam`` above 1 searches for the text, not the path, and takes longer."""
        return self.read_many([ink], beam)[0]

    def read_many(self, inks: Sequence[Ink], beam: int = 1) -> list[str]:
        """What each of many lines says, in their order: much faster than one by one, in little more memory."""
        texts = [""] * len(inks)
        for i, log_p in self._each(inks):
            texts[i] = self.decode(log_p, beam)
        return texts

    def read_page(self, drawing: Drawing, beam: int = 1) -> str:
        """What a drawing says, line by line; see :func:`page_lines`.

        Raises:
            CanvasError: if there is nothing but dots.
            ReadingError: if a line would have more than 20,000 points, as where the body height cannot be told.
        """
        if not drawing.strokes:
            raise CanvasError("the drawing has no strokes")
        inks = [line.ink(self.weights.points_per_character) for line in page_lines(drawing)]
        longest = max(map(len, inks))
        if longest > _LONGEST_LINE:
            raise ReadingError(
                f"a line of the drawing comes to {longest:,} points; more than {_LONGEST_LINE:,} is no line"
            )
        return "\n".join(self.read_many(inks, beam))

    def decode(self, log_p: np.ndarray, beam: int = 1) -> str:
        """The text that log probabilities ``(T, C)`` tell; see :meth:`log_probabilities`."""
        if beam < 1:
            raise ReadingError(f"beam must be 1 or more, not {beam}")
        return self.weights.alphabet.decode(most_probable_path(log_p) if beam == 1 else most_probable_text(log_p, beam))

    def log_probability(self, ink: Ink, text: str) -> float:
        """The logarithm of the probability that the ink says just this text, in nats; ``-inf`` if it is too short."""
        codes = self._codes(text)
        return log_probability(self.log_probabilities([ink])[0], codes)

    def align(self, ink: Ink, text: str) -> list[Written]:
        """Where each character of a text was written, by the most probable path that says it.

        Raises:
            ReadingError: if the ink has fewer frames than the text needs.
        """
        codes = self._codes(text)
        made = self._frames(ink)
        log_p = self._run([made.features])[0]
        path, score = best_path(log_p, codes)
        if score == -np.inf:
            raise ReadingError(f"the ink is too short to say {text!r}: {len(ink)} points for {len(text)} characters")
        if not text:
            return []
        at = [np.flatnonzero(path == 2 * n + 1) for n in range(len(text))]
        first, last = np.array([a[0] for a in at]), np.array([a[-1] + 1 for a in at])
        borders = np.concatenate([[0], (last[:-1] + first[1:] + 1) // 2, [len(path)]])
        # Resampled ink has other points than the ink that was given.
        points = np.concatenate([made.first, made.last[-1:]])
        points = np.round(points * (len(ink) / points[-1])).astype(int)
        result = []
        for n, character in enumerate(text):
            frame = first[n] + log_p[first[n] : last[n], codes[n]].argmax()
            seen = self.weights.alphabet.characters[log_p[frame, :-1].argmax()]
            start, stop = points[borders[n]], points[borders[n + 1]]
            value = float(log_p[frame, codes[n]])
            result.append(Written(character, int(start), int(stop), int(first[n]), int(last[n]), value, seen))
        return result

    def log_probabilities(self, inks: Sequence[Ink], batch_frames: int = 16_384) -> list[np.ndarray]:
        """For each line the log probabilities of all codes in all frames, ``(T, C)``; the last code is the blank.

        Args:
            batch_frames: lines are read together until their frames, padding included, are so many.
        """
        results: list[np.ndarray] = [np.zeros(0)] * len(inks)
        for i, log_p in self._each(inks, batch_frames):
            results[i] = log_p
        return results

    def _each(self, inks: Sequence[Ink], batch_frames: int = 16_384) -> Iterator[tuple[int, np.ndarray]]:
        """The number of each line and its log probabilities, in the order of length, batch by batch."""
        features = [self._frames(ink).features for ink in inks]
        for chosen in _batches([len(f) for f in features], batch_frames):
            yield from zip(chosen, self._run([features[i] for i in chosen]), strict=True)

    def _codes(self, text: str) -> np.ndarray:
        return self.weights.alphabet.encode(text)[:-1]

    def _frames(self, ink: Ink) -> Frames:
        if not len(ink):
            raise ReadingError("there is nothing to read: the ink has no points")
        return frames(self._as_learned(ink).offsets, self.weights.offset_scale, self.weights.architecture.moves)

    def _as_learned(self, ink: Ink) -> Ink:
        """Ink whose points lie about as densely as in what the network learned from; mostly, that is the ink itself."""
        drawn = np.hypot(*ink.offsets[1:, :2].T)[ink.offsets[:-1, 2] == 0]
        if len(drawn) < 4 or not drawn.any():
            return ink
        ratio = float(drawn.mean(dtype=np.float64)) / self.weights.step
        if ratio > _FARTHEST_APART:
            raise ReadingError(
                f"the points of the ink lie {ratio:.3g} times as far apart as in writing; is its unit right?"
            )
        # People differ by as much as this in how fast they write.
        return ink if 0.5 <= ratio <= 2 else resample(ink, ratio, max(0.0, 0.3 / ratio - 0.3))

    def _run(self, features: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The network over lines of different lengths."""
        lengths = np.array([len(f) for f in features])
        hs = np.zeros((lengths.max(), len(features), features[0].shape[1]), np.float32)
        for b, rows in enumerate(features):
            hs[: len(rows), b] = rows
        backwards = _reversal(lengths)
        for layer in range(1, self.weights.architecture.layers + 1):
            ahead = self._lstm(f"lstm{layer}.forward", hs)
            behind = self._lstm(f"lstm{layer}.backward", np.take_along_axis(hs, backwards, axis=0))
            hs = np.concatenate([ahead, np.take_along_axis(behind, backwards, axis=0)], axis=2)
        y = hs @ self.weights["output.kernel"] + self.weights["output.bias"]
        y -= y.max(axis=2, keepdims=True)
        y -= np.log(np.exp(y).sum(axis=2, keepdims=True))
        if not np.isfinite(y).all():
            raise WeightsError("the reader's weights make numbers that are not finite")
        return [y[:length, b].copy() for b, length in enumerate(lengths)]

    def _lstm(self, name: str, xs: np.ndarray) -> np.ndarray:
        start = np.zeros((xs.shape[1], self.weights.architecture.units), np.float32)
        parts = (self.weights[f"{name}.{part}"] for part in ("kernel", "recurrent", "bias"))
        return lstm_forward(xs, start, start, *parts)[0]


def _reversal(lengths: np.ndarray) -> np.ndarray:
    """Which frame comes at each place when every line is turned round and padding stays where it is, ``(T, B, 1)``."""
    t = np.arange(lengths.max())[:, None]
    return np.where(t < lengths, lengths - 1 - t, t)[:, :, None]


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Lines of like length together, ``most`` frames at a time, padding included."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[i] > most:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
