"""Readers that know what was written, for tests of everything that judges by a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scribe.ink import Ink
from scribe.weights import Weights
from scribe.writer import Lines, Writer


class RecordingWriter(Writer):
    """Writes as a writer does and remembers what it was asked for."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.written: dict[bytes, str] = {}
        self.asked: list[tuple[str, float]] = []

    def write_many(self, texts, **options) -> Lines:
        lines = super().write_many(texts, **options)
        biases = np.broadcast_to(options.get("bias", 0.5), len(texts))
        self.asked += zip(texts, map(float, biases), strict=True)
        self.written |= {ink.offsets.tobytes(): text for ink, text in zip(lines, texts, strict=True)}
        return lines


class KnowingReader:
    """Reads what it knows was written, with the mistakes that ``misread`` makes of the text."""

    def __init__(self, written: dict[bytes, str], misread: Callable[[str], str] = str) -> None:
        self.written = written
        self.misread = misread

    def read_many(self, inks: Sequence[Ink]) -> list[str]:
        return [self.misread(self.written[ink.offsets.tobytes()]) for ink in inks]
