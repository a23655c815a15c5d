"""Readers that know what was written, for tests of everything that judges by a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.ink import Ink
from scribe.proofread import since
from scribe.reader import most_probable_path
from scribe.weights import Weights
from scribe.writer import Draft, Lines, Writer


class RecordingWriter(Writer):
    """Writes as a writer does and remembers what it was asked for."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.written: dict[bytes, str] = {}
        self.asked: list[tuple[str, float]] = []
        self.parts: dict[bytes, list[tuple[int, int]]] = {}  # of a draft: the points and characters where they began

    def write_many(self, texts, **options) -> Lines:
        lines = super().write_many(texts, **options)
        biases = np.broadcast_to(options.get("bias", 0.5), len(texts))
        self.asked += zip(texts, map(float, biases), strict=True)
        self.written |= {ink.offsets.tobytes(): text for ink, text in zip(lines, texts, strict=True)}
        return lines

    def begin(self, texts, **options) -> list[Draft]:
        self.asked += zip(texts, map(float, np.broadcast_to(options.get("bias", 0.5), len(texts))), strict=True)
        return super().begin(texts, **options)

    def extend(self, drafts, goals, seeds) -> list[Draft]:
        further = super().extend(drafts, goals, seeds)
        for before, after, goal in zip(drafts, further, goals, strict=True):
            parts = self.parts.get(before.points.tobytes(), [(0, 0)])
            self.parts[after.points.tobytes()] = [*parts, (len(after.points), goal)]
            for point, character in parts:
                self.written[since(after, point).offsets.tobytes()] = after.text[character:goal].strip()
        return further


class KnowingReader:
    """Reads what it knows was written, with the mistakes that ``misread`` makes of the text: the same each time."""

    def __init__(self, written: dict[bytes, str], misread: Callable[[str], str] = str) -> None:
        self.written = written
        self.misread = misread
        self.reads: dict[bytes, str] = {}
        self.weights = SimpleNamespace(alphabet=ASCII, name="knowing")

    @property
    def alphabet(self) -> Alphabet:
        return self.weights.alphabet

    def read_many(self, inks: Sequence[Ink]) -> list[str]:
        for ink in inks:
            key = ink.offsets.tobytes()
            if key not in self.reads:
                self.reads[key] = self.misread(self.written[key])
        return [self.reads[ink.offsets.tobytes()] for ink in inks]

    def read(self, ink: Ink, beam: int = 1) -> str:
        return self.read_many([ink])[0]

    def log_probabilities(self, inks: Sequence[Ink]) -> list[np.ndarray]:
        """Frames that say what it reads: character and blank in turn, almost sure of each."""
        result = []
        for text in self.read_many(inks):
            said = np.full(2 * len(text) + 1, ASCII.size - 1)
            said[1::2] = ASCII.encode(text)[:-1]
            log_p = np.full((len(said), ASCII.size), np.log(1e-6))
            log_p[np.arange(len(said)), said] = np.log1p(-1e-6 * (ASCII.size - 1))
            result.append(log_p)
        return result

    def decode(self, log_p: np.ndarray) -> str:
        return ASCII.decode(most_probable_path(log_p))
