"""The task turned round: ink is read as text, in NumPy alone.

A line of ink becomes a sequence of frames (:mod:`scribe.reading.frames`). Layers of LSTMs run over it both ways and
give, for each frame, the probabilities of all characters and of a blank. :mod:`scribe.reading.ctc` tells what text that
is. For handwriting: A. Graves et al., IEEE Transactions on Pattern Analysis 31, 2009.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from scribe.alphabet import Alphabet
from scribe.drawing.drawing import CanvasError, Drawing
from scribe.ink import Ink, resample
from scribe.reading.ctc import best_path, log_probability, most_probable_path, most_probable_text
from scribe.reading.edits import character_error_rate, edits, errors
from scribe.reading.frames import Frames, frames
from scribe.reading.layers import bidirectional, layer_shapes
from scribe.reading.pages import page_lines
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
        """Numbers per frame, see :func:`frames`."""
        return 2 * self.moves + 2

    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, by name, for so many codes, blank included."""
        shapes = layer_shapes(self.features, self.units, self.layers)
        shapes["output.kernel"] = (2 * self.units, codes)
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
    corpora and :func:`scribe.drawing.formats.read_canvas` have it. Points may lie more or less densely.

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

    @property
    def alphabet(self) -> Alphabet:
        """The characters that it can read."""
        return self.weights.alphabet

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
        text = self.weights.alphabet.normalised(text)
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
        return self.weights.alphabet.encode(self.weights.alphabet.normalised(text))[:-1]

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
        a = self.weights.architecture
        hs, lengths = bidirectional(self.weights.arrays, a.units, a.layers, features)
        y = hs @ self.weights["output.kernel"] + self.weights["output.bias"]
        y -= y.max(axis=2, keepdims=True)
        y -= np.log(np.exp(y).sum(axis=2, keepdims=True))
        if not np.isfinite(y).all():
            raise WeightsError("the reader's weights make numbers that are not finite")
        return [y[:length, b].copy() for b, length in enumerate(lengths)]


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
