"""Which words stand where: pages into rows of ink, rows into words, by the widths that words ought to have.

A label says what was written on a page, not where its rows end. Rows are seen in the ink: the pen jumps
down and back. Which words stand in a row follows from widths: each word has an expected width, gaps between
words are wider than gaps inside them, and dynamic programming finds the best way to lay the words out. How much worse
the second best way is says whether to trust it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from scribe.drawing.normalise import expected_width

__all__ = ["Layout", "cut", "lay_out", "marked", "rows_of"]

Strokes = list[np.ndarray]

SURE = 4.0
"""Nats by which a word break must beat its best rival before anything is cut there."""

MISFIT = 1.0
"""Nats a word, on average over a page, at which its label must be another page's. Half of all pages stay below .2."""


def rows_of(strokes: Strokes, height: float) -> list[list[int]]:
    """The rows of a page: the indices of the strokes of each; ``height`` is that of a small letter.

    A row starts where the pen goes down and to the left and stays there for the next strokes too,
    so that the tail of a "g" or a comma starts none. A late dot or bar goes back to its row.
    """
    boxes = [(*stroke.min(axis=0).tolist(), *stroke.max(axis=0).tolist()) for stroke in strokes]
    middle = [(bottom + top) / 2 for _, bottom, _, top in boxes]
    rows = [[0]]
    left, _, right, top = boxes[0]
    for i, box in enumerate(boxes[1:], 1):
        back = right - box[0]
        if back > 1.2 * height and middle[i] < middle[i - 1] + height:
            level = median(middle[j] for j in rows[-1][-6:])
            drop = level - median(middle[i : i + 4])
            short_way = drop > 1.4 * height and middle[i] < level - 0.5 * height
            long_way = back > max(6 * height, 0.4 * (right - left)) and drop > 0.8 * height and middle[i] < level
            if short_way or long_way:
                rows.append([i])
                left, _, right, top = box
                continue
        if len(rows) > 1 and middle[i] > top and _belongs(box, [boxes[j] for j in rows[-2]], height):
            rows[-2].append(i)
            continue
        rows[-1].append(i)
        left, right, top = min(left, box[0]), max(right, box[2]), max(top, box[3])
    # A row of one stroke that hardly stands higher than the next is the bar of a "T" that came before its stem.
    for i in range(len(rows) - 2, -1, -1):
        if len(rows[i]) == 1 and middle[rows[i][0]] - median(middle[j] for j in rows[i + 1]) < 2.2 * height:
            rows[i : i + 2] = [rows[i] + rows[i + 1]]
    return rows


Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


def _belongs(box: Box, row: list[Box], height: float) -> bool:
    """True if a late stroke lies inside the band and the reach of the row of boxes above."""
    bottom = median(other[1] for other in row) - height
    left, right = min(other[0] for other in row), max(other[2] for other in row)
    return box[1] > bottom and box[0] > left - height and box[2] < right + height


def marked(text: str, row_of: Mapping[int, int], words: Sequence[tuple[str, tuple[int, ...]]]) -> list[str] | None:
    """What each row of a page says, if somebody has marked which strokes are which word.

    Args:
        text: all of the page.
        row_of: the row of each stroke, by the stroke's number.
        words: texts and stroke numbers of marked words, of this page or others.

    Returns:
        A text a row; all are empty if words run over rows. None if the marks do not cover the text.
    """
    own = sorted((word for word in words if set(word[1]) <= row_of.keys()), key=lambda word: word[1])
    if "".join(word for word, _ in own) != text.replace(" ", ""):
        return None
    texts = [""] * (max(row_of.values()) + 1)
    last = start = 0
    for word, numbers in own:
        places = {row_of[number] for number in numbers}
        if len(places) > 1 or min(places) < last:
            return [""] * len(texts)
        last = places.pop()
        end, letters = start, len(word)
        while letters:  # marks know nothing of spaces
            letters -= text[end] != " "
            end += 1
        texts[last] += text[start:end]
        start = end
    return [row.strip() for row in texts]


MOST_WORK = 10**7
"""Words times pieces of ink squared: what a layout may cost in time and memory. No real page comes near it."""


class Layout(NamedTuple):
    """The most likely place of each word of a text on its rows.

    Of ``n`` words, word ``i`` stands in row ``row[i]``; ``x[i]`` is the middle of the gap after it (infinite at the
    end of a row). ``margin[i]`` says by how many nats that break beats the best layout without it, and
    ``misfit[i]`` how many nats the width of the word is off: .5 on average if the words are the right ones.
    """

    row: list[int]
    x: np.ndarray
    margin: np.ndarray
    misfit: np.ndarray


def lay_out(rows: Sequence[Strokes], words: Sequence[str], height: float) -> Layout | None:
    """Lay words out on rows of ink; None if there is no way to give each word a place of its own."""
    ends = [_blobs(row, height) for row in rows]
    left, right = np.concatenate([left for left, _ in ends]), np.concatenate([right for _, right in ends])
    row_of = np.repeat(np.arange(len(rows)), [len(left) for left, _ in ends])
    if not len(rows) <= len(words) <= len(left) or len(words) * len(left) ** 2 > MOST_WORK:
        return None
    last = np.append(row_of[1:] != row_of[:-1], True)  # blobs at the ends of rows
    gap = np.append(left[1:] - right[:-1], np.inf)
    gap[last] = np.inf

    misfit = _word_costs(left, right, row_of, words, height)
    total = _best_costs(misfit + _gap_costs(gap, len(words) - len(rows), height))
    best = total[-1, -1]
    if not np.isfinite(best):
        return None
    chosen = total.argmin(axis=1)
    # The rivals of "word i ends with blob b": it ends elsewhere, or another word ends there.
    margin = np.empty(len(words))
    for i, b in enumerate(chosen):
        rivals = np.concatenate([np.delete(total[i], b), np.delete(total[:, b], i)])
        margin[i] = rivals.min(initial=np.inf) - best
    x = np.append((right[:-1] + left[1:]) / 2, np.inf)
    x[last] = np.inf
    misfit = misfit[np.arange(len(words)), np.append(0, chosen[:-1] + 1), chosen]
    return Layout(row_of[chosen].tolist(), x[chosen], margin, misfit)


def _word_costs(
    left: np.ndarray, right: np.ndarray, row_of: np.ndarray, words: Sequence[str], height: float
) -> np.ndarray:
    """``[i, a, b]``: nats for word ``i`` to cover blobs ``a`` to ``b``, by its width; infinite over the end of a row.

    Widths scatter about what is expected by a factor, by more of it the shorter the word.
    """
    blobs = np.arange(len(left))
    possible = (blobs[:, None] <= blobs) & (row_of[:, None] == row_of)
    width = np.log(np.maximum(right - left[:, None], 0.2 * height))
    rows = np.split(blobs, np.flatnonzero(np.diff(row_of)) + 1)
    ink = sum(right[row].max() - left[row].min() for row in rows)
    letters = np.array([expected_width(word) for word in words])
    expected = np.log(letters * max(ink, height) / (letters.sum() + len(words) - len(rows)))[:, None, None]
    deviation = np.sqrt(0.15**2 + 0.25 / np.array([len(word) for word in words]))[:, None, None]
    return np.where(possible, 0.5 * ((width - expected) / deviation) ** 2, np.inf)


def _gap_costs(gap: np.ndarray, breaks: int, height: float) -> np.ndarray:
    """Nats for a word to end at each gap: few at wide ones. Where wide begins follows from how many there must be."""
    inner = np.sort(gap[np.isfinite(gap)])[::-1]
    if breaks == 0:
        threshold = inner[0] + height if len(inner) else 0.0
    elif breaks == len(inner):
        threshold = inner[-1] - height
    else:
        threshold = (inner[breaks - 1] + inner[breaks]) / 2
    return -np.clip((gap - threshold) / (0.35 * height), -3, 3)


def _best_costs(cost: np.ndarray) -> np.ndarray:
    """``[i, b]``: the cost of the best layout of all words in which word ``i`` ends with blob ``b``."""
    forward, backward = np.full((2, len(cost), cost.shape[1]), np.inf)
    forward[0] = cost[0, 0]
    for i in range(1, len(cost)):
        forward[i, 1:] = (forward[i - 1, :-1, None] + cost[i, 1:, 1:]).min(axis=0)
    backward[-1, -1] = 0
    for i in range(len(cost) - 2, -1, -1):
        backward[i, :-1] = (cost[i + 1, 1:, :] + backward[i + 1]).min(axis=1)
    return forward + backward


def _blobs(row: Strokes, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Left and right ends of the pieces of ink of a row, from left to right; dots and bars do not count."""
    boxes = np.array([(*s.min(axis=0), *s.max(axis=0)) for s in row])
    size = boxes[:, 2:] - boxes[:, :2]
    main = (size[:, 1] > 0.4 * height) | (size[:, 0] > 0.6 * height)
    if not main.any():
        main[:] = True
    left, right = boxes[main, 0], boxes[main, 2]
    order = np.argsort(left, kind="stable")
    left, right = left[order], np.maximum.accumulate(right[order])
    starts = np.append(True, left[1:] > right[:-1] - 0.2 * height)
    return left[starts], right[np.append(starts[1:], True)]


def cut(rows: Sequence[Strokes], words: Sequence[str], height: float, limit: int) -> list[tuple[str, Strokes]]:
    """Texts of at most ``limit`` characters and their strokes, cut where rows end and at sure word breaks.

    What lies between breaks that are not sure is left out.
    """
    layout = lay_out(rows, words, height)
    if layout is None or layout.misfit.mean() > MISFIT:
        return []
    pieces = []
    for number, row in enumerate(rows):
        own = [i for i, r in enumerate(layout.row) if r == number]
        sure = min(layout.margin[own[0] - 1] if own[0] > 0 else np.inf, layout.margin[own[-1]]) >= SURE
        if not sure or layout.misfit[own].mean() > 1.5 * MISFIT:
            continue
        pieces += _cut_row(row, own, words, layout, limit)
    return pieces


def _cut_row(
    row: Strokes, own: list[int], words: Sequence[str], layout: Layout, limit: int
) -> list[tuple[str, Strokes]]:
    """One row, cut into as few pieces as sure breaks allow; ``own`` are the indices of its words."""
    pieces = []
    start, left = own[0], -np.inf
    centres = np.array([(s[:, 0].min() + s[:, 0].max()) / 2 for s in row])
    while start <= own[-1]:
        lengths = np.cumsum([len(words[i]) + 1 for i in range(start, own[-1] + 1)]) - 1
        fitting = [
            i
            for i, length in zip(range(start, own[-1] + 1), lengths, strict=True)
            if length <= limit and (i == own[-1] or layout.margin[i] >= SURE)
        ]
        if not fitting:
            break
        if lengths[-1] > limit:  # leave the rest no shorter than need be
            half = lengths[-1] / np.ceil(lengths[-1] / limit)
            end = min(fitting, key=lambda i: abs(lengths[i - start] - half))
        else:
            end = own[-1]
        right = layout.x[end] if end < own[-1] else np.inf
        strokes = [s for s, x in zip(row, centres, strict=True) if left < x <= right]
        if strokes:
            pieces.append((" ".join(words[start : end + 1]), strokes))
        start, left = end + 1, right
    return pieces
