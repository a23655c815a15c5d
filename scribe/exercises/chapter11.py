"""Checkers for chapter 11, how good is it?"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same
from scribe.reading.edits import errors

# --- the edit distance ------------------------------------------------------------------------------------------

_PAIRS = (
    ("letter", "letter"),
    ("lettcr", "letter"),
    ("leter", "letter"),
    ("letters", "letter"),
    ("", "ink"),
    ("ink", ""),
    ("etter a", "a letter"),
    ("Jon snow", "Jon Snow"),
    ("kitten", "sitting"),
    ("ab", "ba"),
    ("nothing at all here", "not"),
)


def _by_place(read: str, wanted: str) -> int:
    return sum(r != w for r, w in zip(read, wanted, strict=False))


def _without_swaps(read: str, wanted: str) -> int:
    before = list(range(len(read) + 1))
    for i, w in enumerate(wanted, 1):
        row = [i]
        for j, r in enumerate(read, 1):
            row.append(before[j - 1] if w == r else min(before[j], row[-1]) + 1)
        before = row
    return before[-1]


def _zero_borders(read: str, wanted: str) -> int:
    before = [0] * (len(read) + 1)
    for w in wanted:
        row = [0]
        for j, r in enumerate(read, 1):
            row.append(min(before[j - 1] + (w != r), before[j] + 1, row[-1] + 1))
        before = row
    return before[-1]


def _bags(read: str, wanted: str) -> int:
    return max(sum((Counter(read) - Counter(wanted)).values()), sum((Counter(wanted) - Counter(read)).values()))


_DISTANCES = {
    "you compare place by place and stop where the shorter text ends. One letter left out moves all others, and "
    "what is missing at the end must be paid for too": _by_place,
    "you compare place by place: one letter left out moves all others, and each of them counts. Take the cheapest "
    "of three ways at each place: change, leave out, put in": lambda r, w: _by_place(r, w) + abs(len(r) - len(w)),
    "that is the difference of the lengths; letters that are wrong count too": lambda r, w: abs(len(r) - len(w)),
    "a changed letter costs you 2, as if it were left out and put in again; a change is one error": _without_swaps,
    "texts that share nothing at their beginning come for free: the first row and the first column of the table "
    "are 0, 1, 2, ..., for that is what it costs to put in or to leave out so many": _zero_borders,
    "the order does not matter to you: `ab` read for `ba` is not right": _bags,
    "capitals and small letters are the same to you; here they are not": lambda r, w: errors(r.lower(), w.lower()),
    "that is a rate: the number of errors itself is asked for": lambda r, w: errors(r, w) / max(len(w), 1),
    "you count what is right; the errors are asked for": lambda r, w: sum(a == b for a, b in zip(r, w, strict=False)),
}


@exercise("eval-edits")
def _(answer):
    """``answer(read, wanted)``: the fewest characters to change, leave out or put in."""
    values = []
    for read, wanted in _PAIRS:
        value = array(answer(read, wanted), None, f"the distance of {read!r} and {wanted!r}")
        if value.ndim:
            raise Mistake(f"one number is asked for; for {read!r} and {wanted!r} you return {value.size}")
        values.append(float(value))
    right = [errors(*pair) for pair in _PAIRS]
    for message, rule in _DISTANCES.items():
        if values == [rule(*pair) for pair in _PAIRS]:
            raise Mistake(message)
    for (read, wanted), value, expected in zip(_PAIRS, values, right, strict=True):
        if value != expected:
            raise Mistake(f"from {wanted!r} to {read!r} you count {value:g} errors; expected {expected}")


# --- what a path says, and where --------------------------------------------------------------------------------

# The blank is 4 or 0; paths with repeats, with repeats across a blank, without blanks, of blanks only.
_PATHS: tuple[tuple[list[int], int], ...] = (
    ([4, 1, 1, 4, 1, 2, 2, 4, 3, 4], 4),
    ([1, 1, 1, 4, 4, 1], 4),
    ([2, 3, 2, 2, 1], 4),
    ([4, 4, 4], 4),
    ([0, 3, 3, 0, 0, 3, 1, 0], 0),
    ([], 4),
)
_Spans = list[tuple[int, int, int]]


def _runs(path: list[int]) -> _Spans:
    """Every run of equal codes, blanks too."""
    found, t = [], 0
    for code, group in groupby(path):
        length = len(list(group))
        found.append((code, t, t + length))
        t += length
    return found


def _spans(path: list[int], blank: int) -> _Spans:
    return [span for span in _runs(path) if span[0] != blank]


def _across_blanks(path: list[int], blank: int) -> _Spans:
    """Blanks struck out first: equal codes melt over them."""
    found: _Spans = []
    for code, first, last in _spans(path, blank):
        if found and found[-1][0] == code:
            found[-1] = (code, found[-1][1], last)
        else:
            found.append((code, first, last))
    return found


def _first_uses(path: list[int], blank: int) -> _Spans:
    return sorted({span[0]: span for span in reversed(_spans(path, blank))}.values(), key=lambda span: span[1])


_MISTAKES = {
    "you strike the blanks out first, and so melt what they kept apart: `a blank a` says `aa`. Merge repeats first": (
        _across_blanks
    ),
    "each frame is a character of its own to you: equal codes side by side are one character": lambda path, blank: [
        (code, t, t + 1) for t, code in enumerate(path) if code != blank
    ],
    "the repeats are merged, but the blanks are still there": lambda path, blank: _runs(path),
    "each code may come back later in a text: you keep only its first use": _first_uses,
    "the blank is not always 4: it is given as the second argument": lambda path, blank: _spans(path, 4),
    "the blank need not be 0: it is given as the second argument": lambda path, blank: _spans(path, 0),
    "the third number is the last frame; the one after it is asked for, as in path[first:last]": lambda path, blank: [
        (code, first, last - 1) for code, first, last in _spans(path, blank)
    ],
    "the third number is how many frames there are; where they end is asked for": lambda path, blank: [
        (code, first, last - first) for code, first, last in _spans(path, blank)
    ],
    "you count the frames from 1; here they count from 0": lambda path, blank: [
        (code, first + 1, last + 1) for code, first, last in _spans(path, blank)
    ],
    "the characters are not in the order in which the path says them": lambda path, blank: sorted(_spans(path, blank)),
    "the last character is missing where the path does not end in a blank": lambda path, blank: [
        span for span in _spans(path, blank) if span[2] < len(path)
    ],
}


@exercise("eval-spans")
def _(answer):
    """``answer(path, blank)``: what a path says, each character with its first frame and the one after its last."""
    values = []
    for path, blank in _PATHS:
        value = answer(list(path), blank)
        if value is None or value is ...:
            array(value)  # says so
        if isinstance(value, (str, set, dict)):
            raise Mistake(f"a list of rows of three is asked for, not a {type(value).__name__}")
        rows = list(value)
        if not rows or np.shape(rows) != (len(rows), 3):
            if rows:
                array(rows, (None, 3), f"what {path} with the blank {blank} says")
            values.append([])
            continue
        numbers = array(rows, (None, 3), f"what {path} with the blank {blank} says")
        values.append([tuple(int(n) if n.is_integer() else n for n in row) for row in numbers.tolist()])
    for message, rule in _MISTAKES.items():
        if values == [rule(*case) for case in _PATHS]:
            raise Mistake(message)
    for (path, blank), value in zip(_PATHS, values, strict=True):
        expected = _spans(path, blank)
        if value != expected:
            raise Mistake(f"{path} with the blank {blank}: you say {value}; expected {expected}")


# --- the bootstrap over groups ----------------------------------------------------------------------------------


@exercise("eval-bootstrap")
def _(answer):
    """``answer(wrong, length, writer, drawn)``: the error rate of each draw of writers."""
    rng = np.random.default_rng(113)
    for writers, lines, draws in ((5, 23, 6), (3, 8, 4)):
        writer = np.concatenate([np.arange(writers), rng.integers(writers, size=lines - writers)])
        length = rng.integers(3, 30, lines)
        wrong = rng.binomial(length, rng.uniform(0.05, 0.6, writers)[writer])
        drawn = rng.integers(writers, size=(draws, writers))
        drawn[0] = np.arange(writers)  # everybody once: the rate itself
        drawn[1] = 1  # one and the same writer all the time
        value = answer(wrong.copy(), length.copy(), writer.copy(), drawn.copy())
        if value is not None and value is not ... and np.ndim(value) == 0:
            raise Mistake(
                "that is one number; each draw has a rate of its own, and the interval comes from all of them"
            )
        right = _rates(wrong, length, writer, drawn)
        each = np.array([wrong[writer == w].sum() / length[writer == w].sum() for w in range(writers)])
        of_lines = wrong / length
        once = np.array([_rate(wrong, length, np.isin(writer, row)) for row in drawn])
        unweighted = np.array([np.concatenate([of_lines[writer == w] for w in row]).mean() for row in drawn])
        numbers = np.array([wrong[row].sum() / length[row].sum() for row in drawn])
        flipped = 1 - right
        variants = {
            "you average the writers' rates, as if all had written as much. Sum the errors and the characters of all "
            "that were drawn first, then divide": each[drawn].mean(axis=1),
            "you average the rates of lines, so that a wrong letter in a short line counts more. Sum first, then "
            "divide": unweighted,
            "whoever is drawn twice counts twice, with all lines; `np.isin` and sets count everybody once": once,
            "the numbers drawn are numbers of writers; you take the lines with these numbers": numbers,
            "that is the rate of all lines, for every draw: take those of the writers that were drawn":
                np.full(draws, wrong.sum() / length.sum()),
            "these are sums of errors; divide them by the characters of the same lines":
                np.array([sum(wrong[writer == w].sum() for w in row) for row in drawn]),
            "you divide the errors that were drawn by the characters of all lines": np.array(
                [sum(wrong[writer == w].sum() for w in row) for row in drawn]) / length.sum(),
            "that is the share of what is right": flipped,
            "that is the fraction upside down: errors over characters": 1 / np.where(right > 0, right, np.inf),
            "the rates are right, but in the order of their size; leave them in the order of the draws":
                np.sort(right),
        }  # fmt: skip
        same(value, right, "the array of rates", variants=variants, tolerance=1e-9)


def _rate(wrong: np.ndarray, length: np.ndarray, chosen: np.ndarray) -> float:
    return wrong[chosen].sum() / length[chosen].sum()


def _rates(wrong: np.ndarray, length: np.ndarray, writer: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    return np.array([_rate(wrong, length, np.concatenate([np.flatnonzero(writer == w) for w in row])) for row in drawn])


# --- not once is not never --------------------------------------------------------------------------------------


@exercise("eval-wilson")
def _(answer):
    """``answer(bad, lines)``: both ends of Wilson's interval."""
    z = 1.96
    for bad, lines in ((0, 1000), (3, 20), (1, 250), (20, 20)):
        p, n = bad / lines, lines
        a, b = 1 + z**2 / n, 2 * p + z**2 / n
        low, high = right = _roots(p, a, b)
        half = z * np.sqrt(p * (1 - p) / n)
        value = answer(bad, lines)
        if value is None or value is ...:
            array(value)  # says so
        if isinstance(value, np.ndarray):
            value = tuple(value)
        variants = {
            "that takes the scatter of the measured share, which is none at 0 and at 1; it is the scatter of the true "
            "share q that counts": (p - half, p + half),
            "cutting the ends off at 0 and 1 does not mend the interval: it is still the scatter of the measured share":
                (max(p - half, 0), min(p + half, 1)),
            "these are percentages; shares lie between 0 and 1": (100 * low, 100 * high),
            "these are numbers of lines; divide by how many there are": (n * low, n * high),
            "the two ends have changed places: the lower one comes first": (high, low),
            "that is the interval for the lines that went well": (1 - high, 1 - low),
            "the roots are divided by 2a, not by 2": (a * low, a * high),
            "1.96 stands squared in a and in b": _roots(p, 1 + z / n, 2 * p + z / n),
            "1.645 leaves 5 in a hundred out on each side, together 10; 1.96 leaves out 5 in all": _wilson(p, n, 1.645),
            "a and b have z**2 over the number of lines in them, not over its root": _wilson(p, np.sqrt(n), z),
        }  # fmt: skip
        same(value, right, f"the interval for {bad} of {lines}", variants=variants, tolerance=2e-5)


def _roots(p: float, a: float, b: float) -> tuple[float, float]:
    root = np.sqrt(max(b**2 - 4 * a * p**2, 0))
    return (b - root) / (2 * a), (b + root) / (2 * a)


def _wilson(p: float, n: float, z: float) -> tuple[float, float]:
    return _roots(p, 1 + z**2 / n, 2 * p + z**2 / n)
