"""A vector for each line that a network is told beside the text, such as whose hand it is.

A network that were told the vector of the very line it is to predict could find the answer in it. So it is told that
of *another* line by the same writer, which has the hand in common with it and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Conditions", "Told"]


class Told(NamedTuple):
    """What a network is told of a unit, and how the unit's ink is to be changed for it to be true."""

    condition: np.ndarray  # float32 (D,)
    matrix: np.ndarray  # (2, 2), for every offset


class Conditions:
    """Draws a vector for each unit of a batch: the mean of those of a few other samples by the same writer.

    How many differs from unit to unit, as people will show one line or a page. But a network that is told vectors read
    from single words learns to mistrust them, and follows a good one half-heartedly (regression dilution, as when a
    slope is fitted to inputs with errors); so there are ``fewest`` at least. All vectors have the same length, and so
    has their mean.

    A few hundred writers are few for a network that is to write in any hand: it learns them by heart. So each writer
    may come in several variants, all of whose ink is sheared and stretched by one matrix, with vectors read from that.

    Args:
        table: float ``(samples, D)``, the vector of each sample of a corpus, or ``(V, samples, D)``, those of V
            variants. A row of zeros stands for a sample that has none; it's never drawn for another.
        writers: int ``(samples,)``, the writer of each.
        dropout: the share of units that get zeros, so that the network also learns to do without.
        fewest, most: samples that a vector is the mean of; ``fewest`` times 1, 2, 4, ... are drawn equally often. A
            writer who has fewer gives what there is.
        matrices: ``(V, writers, 2, 2)``: what the ink of each writer is multiplied by in each variant. The first
            variant must be the ink as it is.

    Raises:
        ValueError: if the table doesn't have one finite row for each sample, the dropout is no share, or the matrices
            don't fit the table.
    """

    def __init__(
        self,
        table: np.ndarray,
        writers: np.ndarray,
        dropout: float = 0.2,
        fewest: int = 4,
        most: int = 64,
        matrices: np.ndarray | None = None,
    ) -> None:
        table = np.asarray(table, np.float32)
        if table.ndim not in (2, 3) or not table.shape[-1] or table.shape[-2] != len(writers):
            raise ValueError(
                f"conditions must be one vector for each of the {len(writers)} samples, not of shape {table.shape}"
            )
        if table.ndim == 2:
            table = table[None]
        if matrices is None:
            matrices = np.tile(np.eye(2), (len(table), max(writers, default=0) + 1, 1, 1))
        if len(matrices) != len(table) or (matrices[0] != np.eye(2)).any():
            raise ValueError("each variant needs a matrix for each writer, and the first variant is the ink as it is")
        if not np.isfinite(table).all():
            raise ValueError("conditions must be finite numbers")
        if not 0 <= dropout <= 1:
            raise ValueError(f"the share of units without condition must be from 0 to 1, not {dropout}")
        self.table, self.dropout, self.fewest, self.most, self.matrices = table, dropout, fewest, most, matrices
        self._writers = np.asarray(writers)
        self._of_writer = [self._by_writer(variant) for variant in table]

    def _by_writer(self, table: np.ndarray) -> dict[int, np.ndarray]:
        """The samples of each writer that have a vector."""
        there = np.flatnonzero(table.any(axis=1))
        order = there[np.argsort(self._writers[there], kind="stable")]
        bounds = np.flatnonzero(np.diff(self._writers[order])) + 1
        return {int(self._writers[samples[0]]): samples for samples in np.split(order, bounds) if len(samples)}

    def of(self, chosen: np.ndarray) -> Conditions:
        """The same for some of the samples."""
        writers = self._writers[chosen]
        return Conditions(self.table[:, chosen], writers, self.dropout, self.fewest, self.most, self.matrices)

    @property
    def width(self) -> int:
        """``D``, the numbers of a vector."""
        return self.table.shape[-1]

    def drawn(self, unit: Sequence[int] | np.ndarray, rng: np.random.Generator) -> Told:
        """What is told of a unit, samples of one writer.

        The condition is that of other samples by the same writer in one of the variants; of the unit's own if there is
        no other. It's zeros for the share ``dropout`` of units, and where the writer has no vector at all.
        """
        # All numbers are drawn in any case: what comes after doesn't depend on what came out.
        dropped, how_many, which_variant, *which = rng.random(3 + self.most)
        writer = int(self._writers[unit[0]])
        variant = int(which_variant * len(self.table))
        own = self._of_writer[variant].get(writer, np.zeros(0, np.int64))
        others = own[~np.isin(own, unit)]
        choice = others if len(others) else own
        if dropped < self.dropout or not len(choice):
            return Told(np.zeros(self.width, np.float32), np.eye(2))
        count = self.fewest << int(how_many * (self.most // self.fewest).bit_length())
        vector = self._mean(self.table[variant, choice[(np.array(which[:count]) * len(choice)).astype(int)]])
        return Told(vector, self.matrices[variant, writer])

    def held_out(self, sample: int) -> np.ndarray:
        """The condition of a sample when nothing may be drawn: that of the writer's next ones, float32 ``(D,)``.

        It's the sample's own if the writer has no other, and zeros if the writer has no vector.
        """
        own = self._of_writer[0].get(int(self._writers[sample]), np.zeros(0, np.int64))
        if not len(own):
            return np.zeros(self.width, np.float32)
        others = np.roll(own, -int(np.searchsorted(own, sample, side="right")))
        return self._mean(self.table[0, others[others != sample][: self.most] if len(others) > 1 else others])

    @staticmethod
    def _mean(vectors: np.ndarray) -> np.ndarray:
        """The mean of some vectors, as long as they are on average."""
        mean = vectors.mean(axis=0)
        length = np.linalg.norm(mean)
        return mean * (np.linalg.norm(vectors, axis=1).mean() / length) if length > 0 else mean
