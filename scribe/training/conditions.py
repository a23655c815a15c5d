"""A vector for each line that a network is told beside the text, such as whose hand it is.

A network that were told the vector of the very line it is to predict could find the answer in it. So it is told that
of *another* line by the same writer, which has the hand in common with it and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Conditions"]


class Conditions:
    """Draws a vector for each unit of a batch: the mean of those of a few other samples by the same writer.

    How many differs from unit to unit, as people will show one line or a page. But a network that is told vectors read
    from single words learns to mistrust them, and follows a good one half-heartedly (regression dilution, as when a
    slope is fitted to inputs with errors); so there are ``fewest`` at least. All vectors have the same length, and so
    has their mean.

    Args:
        table: float ``(samples, D)``, the vector of each sample of a corpus. A row of zeros stands for a sample that
            has none; it's never drawn for another.
        writers: int ``(samples,)``, the writer of each.
        dropout: the share of units that get zeros, so that the network also learns to do without.
        fewest, most: samples that a vector is the mean of; ``fewest`` times 1, 2, 4, ... are drawn equally often. A
            writer who has fewer gives what there is.

    Raises:
        ValueError: if the table doesn't have one finite row for each sample, or the dropout is no share.
    """

    def __init__(
        self, table: np.ndarray, writers: np.ndarray, dropout: float = 0.2, fewest: int = 4, most: int = 64
    ) -> None:
        table = np.asarray(table, np.float32)
        if table.ndim != 2 or not table.shape[1] or len(table) != len(writers):
            raise ValueError(
                f"conditions must be one vector for each of the {len(writers)} samples, not of shape {table.shape}"
            )
        if not np.isfinite(table).all():
            raise ValueError("conditions must be finite numbers")
        if not 0 <= dropout <= 1:
            raise ValueError(f"the share of units without condition must be from 0 to 1, not {dropout}")
        self.table, self.dropout, self.fewest, self.most = table, dropout, fewest, most
        self._writers = np.asarray(writers)
        self._of_writer: dict[int, np.ndarray] = {}
        there = np.flatnonzero(table.any(axis=1))
        order = there[np.argsort(self._writers[there], kind="stable")]
        bounds = np.flatnonzero(np.diff(self._writers[order])) + 1
        for samples in np.split(order, bounds):
            if len(samples):
                self._of_writer[int(self._writers[samples[0]])] = samples

    @property
    def width(self) -> int:
        """``D``, the numbers of a vector."""
        return self.table.shape[1]

    def drawn(self, unit: Sequence[int] | np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The condition of a unit, samples of one writer: float32 ``(D,)``.

        It's the vector of another sample by the same writer; one of the unit's own if there is no other. It's zeros for
        the share ``dropout`` of units, and where the writer has no vector at all.
        """
        # All numbers are drawn in any case: what comes after doesn't depend on what came out.
        dropped, how_many, *which = rng.random(2 + self.most)
        own = self._of_writer.get(int(self._writers[unit[0]]), np.zeros(0, np.int64))
        others = own[~np.isin(own, unit)]
        choice = others if len(others) else own
        if dropped < self.dropout or not len(choice):
            return np.zeros(self.width, np.float32)
        count = self.fewest << int(how_many * (self.most // self.fewest).bit_length())
        return self._mean(choice[(np.array(which[:count]) * len(choice)).astype(int)])

    def held_out(self, sample: int) -> np.ndarray:
        """The condition of a sample when nothing may be drawn: that of the writer's next ones, float32 ``(D,)``.

        It's the sample's own if the writer has no other, and zeros if the writer has no vector.
        """
        own = self._of_writer.get(int(self._writers[sample]), np.zeros(0, np.int64))
        if not len(own):
            return np.zeros(self.width, np.float32)
        others = np.roll(own, -int(np.searchsorted(own, sample, side="right")))
        return self._mean(others[others != sample][: self.most] if len(others) > 1 else others)

    def _mean(self, samples: np.ndarray) -> np.ndarray:
        """The mean of some vectors, as long as they are on average."""
        vectors = self.table[samples]
        mean = vectors.mean(axis=0)
        length = np.linalg.norm(mean)
        return mean * (np.linalg.norm(vectors, axis=1).mean() / length) if length > 0 else mean
