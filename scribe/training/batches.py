"""From a corpus to batches: draw lines and joined words, vary them, sort them by length, pad them.

Everything is drawn from ``(seed, pool number)``, so a training that was cut off goes on with the
very batches it would have seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scribe.alphabet import Alphabet, made_of
from scribe.corpora.corpus import KINDS, Corpus
from scribe.training.conditions import Conditions
from scribe.training.usable import usable_samples

__all__ = ["Augmentation", "Batch", "Batches", "Position", "calmed", "offset_scale", "padded", "rarities"]


@dataclass(frozen=True)
class Augmentation:
    """How much the writing is varied: standard deviations, drawn anew each time a line is used.

    ``slant`` shears (horizontal units per vertical unit), ``slope`` turns (radians), ``size`` and
    ``width`` stretch both directions and one (logarithms), ``start`` moves the first point (body
    heights: where a line begins on the baseline is a convention, and a density must not collapse
    onto a convention), ``grain`` is the width of uniform noise (body heights) on every offset, the
    rounding of tablet and corpus: without it the density would learn the raster.

    ``calm`` is the most rounds of smoothing (:func:`calmed`) that half of the lines get, 0 for none. What is written
    with a bias has no tremor. Among people those who tremble little also write narrowly, and a network that knows only
    people narrows its letters when it is to write calmly. Calm lines of every width teach it that the two don't belong
    together.
    """

    slant: float = 0.12
    slope: float = 0.01
    size: float = 0.08
    width: float = 0.08
    start: float = 0.05
    grain: float = 1 / 512
    calm: int = 0

    def matrix(self, rng: np.random.Generator) -> np.ndarray:
        """A random ``(2, 2)`` matrix near the identity, applied to every offset of a line."""
        slant, slope, size, width = rng.normal(size=4) * (self.slant, self.slope, self.size, self.width)
        turn = np.array([[np.cos(slope), -np.sin(slope)], [np.sin(slope), np.cos(slope)]])
        return turn @ np.array([[1, slant], [0, 1]]) @ np.diag([np.exp(size + width), np.exp(size)])


def calmed(offsets: np.ndarray, rounds: int) -> np.ndarray:
    """Ink without its tremor: so many times a parabola is laid through each point and the two before and after it.

    That's the filter of Savitzky and Golay (Analytical Chemistry 36, 1964). It takes out what trembles from point to
    point and leaves letters as large as they are; plain averaging would shrink their loops by a fifth. The ends of
    strokes and the points beside them stay, so a line keeps its place and its width.

    Args:
        offsets: ``(T, 3)``; not changed.
    """
    path = offsets[:, :2].cumsum(axis=0, dtype=np.float64)
    ends = np.flatnonzero(offsets[:, 2] == 1)
    stroke = np.searchsorted(ends, np.arange(len(path)))
    inside = np.flatnonzero(stroke[4:] == stroke[:-4]) + 2
    for _ in range(rounds):
        near, far = path[inside - 1] + path[inside + 1], path[inside - 2] + path[inside + 2]
        path[inside] = (17 * path[inside] + 12 * near - 3 * far) / 35
    return np.concatenate([np.diff(path, axis=0, prepend=0), offsets[:, 2:]], axis=1)


@dataclass(frozen=True)
class Position:
    """Where in the endless sequence of batches one stands: which pool, which batch in it.

    ``progress`` (0 to 1) is how far the curriculum had come when the pool was drawn.
    """

    pool: int = 0
    index: int = 0
    progress: float = 0.0


@dataclass(frozen=True)
class Batch:
    """``inputs`` and ``targets`` for :class:`~scribe.training.network.HandwritingNetwork`."""

    inputs: dict[str, np.ndarray]
    targets: np.ndarray
    position: Position

    @property
    def points(self) -> int:
        """Points that count, padding left out."""
        return int(self.targets[..., 3].sum())


def offset_scale(corpus: Corpus) -> float:
    """What offsets are divided by: the mean of the standard deviations of ``dx`` and ``dy``, body heights.

    First points are left out: they lead from an arbitrary origin.

    Raises:
        ValueError: if nothing moves in the corpus.
    """

    def sums(function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return sum(function(np.delete(offsets[:, :2], starts[:-1], 0)).sum(0) for _, offsets, starts in corpus.blocks())

    count = max(len(corpus.offsets) - len(corpus), 1)
    mean = sums(lambda moves: moves.astype(np.float64)) / count
    scale = float(np.sqrt(sums(lambda moves: (moves - mean) ** 2) / count).mean())
    if not scale > 0:
        raise ValueError("the corpus holds dots only: nothing in it moves that could be learned")
    return scale


def rarities(texts: Sequence[str]) -> np.ndarray:
    """How rare the rarest part of each text is: the commonest one's uses over its uses, float ``(texts,)``.

    A part is what is learned by itself: a letter, a sign, or the mark on a letter (:func:`scribe.alphabet.made_of`).
    1 for a text without characters. Spaces do not count.
    """
    parts = [[part for c in text if c != " " for part in made_of(c) or c] for text in texts]
    uses = Counter(part for text in parts for part in text)
    most = max(uses.values(), default=1)
    return np.array([max((most / uses[part] for part in set(text)), default=1.0) for text in parts])


def padded(
    offsets: list[np.ndarray], codes: list[np.ndarray], scale: float, multiple: int = 16
) -> tuple[dict, np.ndarray]:
    """Lines of different lengths side by side, padded with zeros, with masks.

    Args:
        offsets: one float ``(T_i, 3)`` array a line, in body heights.
        codes: one int ``(N_i,)`` array a line.
        scale: what offsets are divided by.
        multiple: lengths are rounded up to a multiple, so that compilers see few shapes.

    Returns:
        Inputs: ``points`` ``(B, T, 3)``, the point before each, a lifted pen at the origin first;
        ``codes`` ``(B, N)``; ``code_mask`` ``(B, N)``. Targets ``(B, T, 4)``: the point and 1, or zeros.
    """
    count = len(offsets)
    longest = -(-max(map(len, offsets)) // multiple) * multiple
    most = -(-max(map(len, codes)) // multiple) * multiple
    targets = np.zeros((count, longest, 4), np.float32)
    inputs = {
        "points": np.zeros((count, longest, 3), np.float32),
        "codes": np.zeros((count, most), np.int32),
        "code_mask": np.zeros((count, most), np.float32),
    }
    for row, (line, text) in enumerate(zip(offsets, codes, strict=True)):
        targets[row, : len(line), :2] = line[:, :2] / scale
        targets[row, : len(line), 2] = line[:, 2]
        targets[row, : len(line), 3] = 1
        inputs["codes"][row, : len(text)] = text
        inputs["code_mask"][row, : len(text)] = 1
    inputs["points"][:, 1:] = targets[:, :-1, :3]
    inputs["points"][:, 0, 2] = 1
    return inputs, targets


class Batches:
    """Batches without end, from a corpus.

    A pool of lines is drawn, sorted by length and cut into batches of about ``points`` points,
    which come in random order. Half of it are lines of the corpus; the other half are one to five
    words of one writer, joined. The curriculum starts with single words, where the window can
    hardly miss, and lets longer and longer lines in.

    Characters are used very unequally ("e" seven hundred times as often as "^"), and a network that
    sees a sign once in a thousand lines does not learn it. So a sample is drawn
    ``(uses of the commonest part / uses of its rarest one) ** rarity`` times as often (:func:`rarities`).

    Args:
        corpus: all of it is used, whatever its split.
        alphabet: samples with other characters are left out, and counted in ``left_out``.
        scale: what offsets are divided by.
        points: a batch, padding included.
        longest: points of the longest line that is used.
        augmentation: how the writing is varied.
        rarity: 0 draws all alike.
        seed: of all draws.
        conditions: of the samples of the corpus; ``inputs["condition"]`` ``(B, D)`` holds one for each unit then.

    Raises:
        ValueError: if there is nothing to train on.
    """

    pool_size = 4000
    most_lines = 256
    most_words = 5
    share_of_lines = 0.5

    def __init__(
        self,
        corpus: Corpus,
        alphabet: Alphabet,
        scale: float,
        *,
        points: int = 4_000,
        longest: int = 1_100,
        augmentation: Augmentation | None = None,
        rarity: float = 0.0,
        seed: int = 0,
        conditions: Conditions | None = None,
    ) -> None:
        self.corpus, self.scale, self.points, self.longest, self.seed = corpus, scale, points, longest, seed
        self.augmentation = augmentation or Augmentation()
        self.conditions = conditions
        self.lengths = corpus.lengths
        usable, self.left_out = usable_samples(corpus, alphabet, longest=longest)
        if not usable.any():
            raise ValueError(f"the corpus has no line that can be trained on. {self.left_out}")
        self.codes = [alphabet.encode(t)[:-1] if u else None for t, u in zip(corpus.texts, usable, strict=True)]
        self.space = alphabet.encode(" ")[0] if " " in alphabet.characters else None
        self.end = alphabet.end_of_text
        self.characters = np.array([len(t) for t in corpus.texts])
        lines = usable & (corpus.kinds == KINDS.index("line"))
        words = usable & (corpus.kinds == KINDS.index("word"))
        self.lines, self.words = np.flatnonzero(lines), np.flatnonzero(words)
        order = self.words[np.argsort(corpus.writers[self.words], kind="stable")]
        bounds = np.flatnonzero(np.diff(corpus.writers[order])) + 1
        self.words_of_writer = {int(corpus.writers[w[0]]): w for w in np.split(order, bounds) if len(w)}
        self.weights = rarities([t if u else "" for t, u in zip(corpus.texts, usable, strict=True)]) ** rarity
        self._measure()

    def _measure(self) -> None:
        """Where each sample's pen ends, and its left and right edges: what joining words needs."""
        count = len(self.corpus)
        self.ends, self.left, self.right = np.empty((count, 2)), np.empty(count), np.empty(count)
        for own, offsets, starts in self.corpus.blocks():
            path = offsets[:, :2].cumsum(axis=0, dtype=np.float64)
            origin = np.concatenate([np.zeros((1, 2)), path])[starts[:-1]]
            self.ends[own] = path[starts[1:] - 1] - origin
            self.left[own] = np.minimum.reduceat(path[:, 0], starts[:-1]) - origin[:, 0]
            self.right[own] = np.maximum.reduceat(path[:, 0], starts[:-1]) - origin[:, 0]

    def __call__(self, position: Position, progress_at=lambda: 1.0) -> Iterator[Batch]:
        """All batches from ``position`` on. ``progress_at()`` is asked whenever a new pool is drawn."""
        while True:
            batches = self._pool(position.pool, position.progress)
            for index in range(position.index, len(batches)):
                rng = np.random.default_rng((self.seed, position.pool, index))
                here = Position(position.pool, index, position.progress)
                yield self._batch(batches[index], rng, here)
            position = Position(position.pool + 1, 0, float(progress_at()))

    def _pool(self, number: int, progress: float) -> list[list[np.ndarray]]:
        """The units of one pool, each an array of sample indices, cut into batches of like length."""
        rng = np.random.default_rng((self.seed, number))
        size = self.pool_size // 4 if progress < 1 else self.pool_size
        lines = self.lines[self.characters[self.lines] <= 8 + 92 * progress]
        units = []
        from_lines = round(size * self.share_of_lines * min(1.0, 2 * progress)) if len(self.words) else size
        if len(lines) == 0 or (not len(self.words) and len(lines) < 100):
            lines = self.lines
        if len(lines):
            units += list(self._drawn(rng, lines, from_lines)[:, None])
        if len(self.words):
            for first in self._drawn(rng, self.words, size - len(units)):
                of_writer = self.words_of_writer[int(self.corpus.writers[first])]
                more = int(rng.integers(0, 1 + round((self.most_words - 1) * progress)))
                more = 0 if self.space is None else more  # nothing can stand between words
                units.append(np.concatenate([[first], self._drawn(rng, of_writer, more)]))
        lengths = np.array([self.lengths[u].sum() for u in units])
        units = [units[i] for i in np.argsort(lengths, kind="stable") if lengths[i] <= self.longest]
        batches = self._cut(units)
        return [batches[i] for i in rng.permutation(len(batches))]

    def _drawn(self, rng: np.random.Generator, samples: np.ndarray, count: int) -> np.ndarray:
        """``count`` of the samples, by their weights, with replacement."""
        shares = self.weights[samples].cumsum()
        return samples[np.searchsorted(shares, rng.uniform(0, shares[-1], count), side="right")]

    def _cut(self, units: list[np.ndarray]) -> list[list[np.ndarray]]:
        """Units, sorted by length, in batches."""
        batches: list[list[np.ndarray]] = []
        batch: list[np.ndarray] = []
        for unit in units:
            length = int(self.lengths[unit].sum())
            if batch and ((len(batch) + 1) * length > self.points or len(batch) == self.most_lines):
                batches.append(batch)
                batch = []
            batch.append(unit)
        batches.append(batch)
        return batches

    def _batch(self, units: list[np.ndarray], rng: np.random.Generator, position: Position) -> Batch:
        offsets = [self._joined(unit, rng) for unit in units]
        if self.conditions is not None:
            # By chance of its own: the ink of a unit doesn't depend on what is told of it.
            chance = np.random.default_rng((self.seed, position.pool, position.index, 1))
            told = [self.conditions.drawn(unit, chance) for unit in units]
            for line, (_, matrix) in zip(offsets, told, strict=True):
                line[:, :2] = line[:, :2] @ matrix.T
        offsets = [self._varied(line, rng) for line in offsets]
        inputs, targets = padded(offsets, [self._text(unit) for unit in units], self.scale)
        if self.conditions is not None:
            inputs["condition"] = np.stack([condition for condition, _ in told])
        return Batch(inputs, targets, position)

    def _text(self, unit: np.ndarray) -> np.ndarray:
        codes: list[int] = []
        for i in unit:
            if codes and self.space is not None:
                codes.append(self.space)
            codes += self.codes[i].tolist()
        return np.array([*codes, self.end], np.int32)

    def _joined(self, unit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The offsets of words set side by side on one baseline: ``(T, 3)``, a copy."""
        starts = self.corpus.starts
        pieces = [self.corpus.offsets[starts[i] : starts[i + 1]].copy() for i in unit]
        gap = np.exp(rng.normal(-0.1, 0.25))
        for before, here, piece in zip(unit, unit[1:], pieces[1:], strict=False):
            shift = self.right[before] + gap * np.exp(rng.normal(0, 0.15)) - self.left[here]
            piece[0, :2] += (shift, 0) - self.ends[before]
        return np.concatenate(pieces)

    def _varied(self, offsets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        vary = self.augmentation
        if vary.calm and rng.random() < 0.5:
            offsets = calmed(offsets, int(rng.integers(1, vary.calm + 1)))
        offsets[:, :2] = offsets[:, :2] @ vary.matrix(rng).T
        offsets[:, :2] += rng.uniform(-vary.grain / 2, vary.grain / 2, (len(offsets), 2))
        offsets[0, :2] += rng.normal(0, 1, 2) * vary.start
        return offsets
