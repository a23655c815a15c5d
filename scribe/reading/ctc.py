"""Connectionist temporal classification: from probabilities frame by frame to texts.

For each frame come the probabilities of all characters and of a *blank*, which says "nothing new here". A *path* names
one of them for each frame. Merge its repeats, then take out its blanks, and it is a text. The probability of a text is
that of all its paths together: A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber, ICML 2006.

=====  ================================================================================
``T``  frames of a line
``C``  codes: the characters, and in the place of the end of text the blank, the last one
``N``  characters of a text
=====  ================================================================================
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["best_path", "log_probability", "most_probable_path", "most_probable_text"]


def _with_blanks(codes: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """A text with a blank before, between and after its characters, and where a path may leap over a blank.

    It may if the characters on both sides differ; equal ones would melt into one.
    """
    states = np.full(2 * len(codes) + 1, blank)
    states[1::2] = codes
    leaps = np.zeros(len(states), bool)
    leaps[3::2] = codes[1:] != codes[:-1]
    return states, leaps


def _shifted(scores: np.ndarray, by: int) -> np.ndarray:
    """The scores of the states ``by`` places before."""
    moved = np.full_like(scores, -np.inf)
    moved[by:] = scores[: len(scores) - by]
    return moved


def log_probability(log_p: np.ndarray, codes: np.ndarray) -> float:
    """The CTC forward algorithm: the logarithm of the sum of the probabilities of all paths that say a text.

    Args:
        log_p: ``(T, C)``, log probabilities; the last code is the blank.
        codes: ``(N,)``, the text, without end.

    Returns:
        Nats; ``-inf`` if there are fewer frames than the text needs.
    """
    states, leaps = _with_blanks(codes, log_p.shape[1] - 1)
    log_p = log_p.astype(np.float64)[:, states]
    forward = np.full(len(states), -np.inf)  # of all ways to have come to each state so far
    forward[:2] = log_p[0, :2]
    for row in log_p[1:]:
        came = np.logaddexp(forward, _shifted(forward, 1))
        came = np.where(leaps, np.logaddexp(came, _shifted(forward, 2)), came)
        forward = came + row
    return float(np.logaddexp.reduce(forward[-2:]))


def best_path(log_p: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, float]:
    """The most probable path that says a text: the forward algorithm with the best way in place of all ways.

    Returns:
        For each frame the number of its state: ``2 n + 1`` is character ``n`` of the text, ``2 n`` the blank before
        it; and the logarithm of the path's probability, ``-inf`` if there is no path.
    """
    states, leaps = _with_blanks(codes, log_p.shape[1] - 1)
    log_p = log_p.astype(np.float64)[:, states]
    best = np.full(len(states), -np.inf)
    best[:2] = log_p[0, :2]
    back = np.zeros(log_p.shape, np.int64)
    for t, row in enumerate(log_p[1:], 1):
        leap = np.where(leaps, _shifted(best, 2), -np.inf)
        ways = np.stack([best, _shifted(best, 1), leap])
        back[t] = ways.argmax(axis=0)
        best = ways.max(axis=0) + row
    state = len(states) - 1 if len(states) == 1 or best[-1] >= best[-2] else len(states) - 2
    path, score = np.zeros(len(log_p), np.int64), float(best[state])
    for t in range(len(log_p) - 1, -1, -1):
        path[t] = state
        state -= back[t, state]
    return path, score


def most_probable_path(log_p: np.ndarray) -> np.ndarray:
    """The codes that the most probable path of all says: quick, and nearly always the most probable text."""
    path = log_p.argmax(axis=1)
    keep = np.concatenate([[True], path[1:] != path[:-1]]) & (path != log_p.shape[1] - 1)
    return path[keep]


def most_probable_text(log_p: np.ndarray, width: int = 8) -> np.ndarray:
    """The codes of the most probable text among the ``width`` beginnings kept at each frame (prefix beam search).

    Of each beginning it knows how probable the paths are that say it and end in a blank, or in its last character:
    A. Graves and N. Jaitly, ICML 2014, algorithm 1.
    """
    blank = log_p.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for row in log_p.astype(np.float64):
        # Codes that are very unlikely now would only be thrown away again.
        likely = [int(c) for c in np.flatnonzero(row > row.max() - 12) if c != blank]
        values = row.tolist()
        grown: dict[tuple[int, ...], list[float]] = {}
        for text, (in_blank, in_last) in beams.items():
            both = _log_add(in_blank, in_last)
            kept = grown.setdefault(text, [-math.inf, -math.inf])
            kept[0] = _log_add(kept[0], both + values[blank])
            if text:
                kept[1] = _log_add(kept[1], in_last + values[text[-1]])
            for code in likely:
                # After the same character, a new one needs a blank between.
                before = in_blank if text and text[-1] == code else both
                longer = grown.setdefault((*text, code), [-math.inf, -math.inf])
                longer[1] = _log_add(longer[1], before + values[code])
        ranked = sorted(grown.items(), key=lambda item: _log_add(*item[1]), reverse=True)
        beams = {text: (a, b) for text, (a, b) in ranked[:width]}
    return np.array(next(iter(beams)), np.int64)


def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))
