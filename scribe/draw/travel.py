"""How far a pen travels through the air, and an order of the strokes in which it travels less."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["optimised", "pen_travel"]

_ROUNDS = 30
_NEAR = 1e-9


def pen_travel(strokes: Sequence[np.ndarray], start: tuple[float, float] = (0.0, 0.0)) -> float:
    """The way of the lifted pen from ``start`` through all strokes ``(n, 2)`` in their order, in their unit."""
    at = np.array(start, np.float64)
    length = 0.0
    for stroke in strokes:
        length += float(np.hypot(*(stroke[0] - at)))
        at = stroke[-1]
    return length


def optimised(strokes: Sequence[np.ndarray], start: tuple[float, float] = (0.0, 0.0)) -> list[np.ndarray]:
    """The same strokes in an order, and each in a direction, in which the pen travels less; never more.

    The nearest stroke first, then turns of parts of the way as long as they make it shorter (2-opt; Croes, 1958). Each
    is tried from the order of the nearest and from the order given, and the shorter way is taken. Time grows with the
    square of the number of strokes: about a second for a full page.
    """
    if not strokes:
        return []
    ends = np.stack([np.stack([stroke[0], stroke[-1]]) for stroke in strokes])  # (n, 2 ends, 2)
    given = [(i, 0) for i in range(len(strokes))]
    ways = [_untangled(way, ends, start) for way in (_nearest_first(ends, start), given)]
    found = [[strokes[i][::-1] if turned else strokes[i] for i, turned in way] for way in ways]
    return min([list(strokes), *found], key=lambda way: pen_travel(way, start))


def _nearest_first(ends: np.ndarray, start: tuple[float, float]) -> list[tuple[int, int]]:
    """Strokes, each with 1 if it is to be drawn from its end; the next one always begins nearest to the pen."""
    left = np.ones(len(ends), bool)
    at = np.array(start, np.float64)
    way = []
    for _ in range(len(ends)):
        gaps = ((ends - at) ** 2).sum(axis=-1)
        gaps[~left] = np.inf
        stroke, turned = divmod(int(gaps.argmin()), 2)
        left[stroke] = False
        at = ends[stroke, 1 - turned]
        way.append((stroke, turned))
    return way


def _untangled(way: list[tuple[int, int]], ends: np.ndarray, start: tuple[float, float]) -> list[tuple[int, int]]:
    """The way with parts of it run backwards wherever that makes it shorter."""
    order = np.array([i for i, _ in way])
    turned = np.array([t for _, t in way])
    first, last = ends[order, turned], ends[order, 1 - turned]  # where the pen goes down and up
    for _ in range(_ROUNDS):
        shorter = False
        for i in range(len(order)):
            # Strokes i to j backwards: the pen comes to the end of j and leaves from the beginning of i.
            before = last[i - 1] if i else np.array(start, np.float64)
            now = np.hypot(*(first[i] - before)) + np.append(_gap(last[i:-1], first[i + 1 :]), 0.0)
            then = _gap(before, last[i:]) + np.append(_gap(first[i], first[i + 1 :]), 0.0)
            gains = now - then
            j = int(gains.argmax())
            if gains[j] > _NEAR:
                part = slice(i, i + j + 1)
                order[part], turned[part] = order[part][::-1].copy(), 1 - turned[part][::-1]
                first[part], last[part] = last[part][::-1].copy(), first[part][::-1].copy()
                shorter = True
        if not shorter:
            break
    return list(zip(order.tolist(), turned.tolist(), strict=True))


def _gap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.hypot(*(a - b).T)
