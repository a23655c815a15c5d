"""Whole numbers in few bits: range coding by asymmetric numeral systems (Duda, 2013, "Asymmetric numeral systems").

A number that comes often takes few bits, down to its information. To know how often, the numbers come in runs, and runs
of about the same spread share a table of counts. The packing of servers alone takes a seventh more.
``scribe-network.js`` reads it.

The state is a whole number below 2³¹. A byte leaves it whenever it would grow beyond, and the reader takes the bytes
in the opposite order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["TOTAL", "WIDEST", "Table", "packed", "tables_of"]

TOTAL = 1 << 14
"""What the counts of a table add up to."""

WIDEST = 1000
"""The largest number, without its sign, that can be packed."""

_LEAST = 1 << 23  # the state is at least this
_FINE = 3  # kinds of spread for each factor of two


class Table(NamedTuple):
    """How often the numbers from ``first`` on come, in shares of :data:`TOTAL`; each at least once."""

    first: int
    counts: list[int]


def tables_of(matrices: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[Table]]:
    """Which table each run has, by its spread, and the tables.

    Args:
        matrices: each some runs of the same length, ``(R, n)`` whole numbers.

    Returns:
        For each matrix ``(R,)`` numbers of tables, and these.
    """
    spreads = [np.sqrt(np.square(runs, dtype=np.float64).mean(axis=-1)) for runs in matrices]
    ends = np.cumsum([len(runs) for runs in matrices])[:-1]
    _, all_kinds = np.unique(np.round(_FINE * np.log2(np.concatenate(spreads) + 0.05)), return_inverse=True)
    kinds, tables = np.split(all_kinds, ends), []
    for kind in range(all_kinds.max() + 1):
        numbers = np.concatenate([runs[of == kind].ravel() for runs, of in zip(matrices, kinds, strict=True)])
        first = int(numbers.min())
        tables.append(Table(first, _shares(np.bincount(numbers - first))))
    return kinds, tables


def _shares(counts: np.ndarray) -> list[int]:
    """Counts that add up to :data:`TOTAL`; what comes at all, or lies between, comes at least once."""
    shares = np.maximum(1, np.floor(counts / counts.sum() * (TOTAL - len(counts))).astype(int))
    shares[np.argmax(shares)] += TOTAL - shares.sum()
    return shares.tolist()


def packed(runs: np.ndarray, kinds: np.ndarray, tables: list[Table]) -> bytes:
    """The bytes of runs, ``(R, n)``, each with the table that ``kinds``, ``(R,)``, says."""
    out, state = bytearray(), _LEAST
    starts = [[0, *np.cumsum(table.counts).tolist()] for table in tables]
    for run, kind in zip(runs[::-1].tolist(), kinds[::-1].tolist(), strict=True):
        first, counts = tables[kind]
        before = starts[kind]
        for number in reversed(run):
            count = counts[number - first]
            while state >= (_LEAST // TOTAL << 8) * count:
                out.append(state & 255)
                state >>= 8
            state = (state // count) * TOTAL + state % count + before[number - first]
    return state.to_bytes(4, "big") + bytes(reversed(out))
