"""How far what was read is from what should have been: edits, errors, the character error rate."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["character_error_rate", "edits", "errors"]


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
