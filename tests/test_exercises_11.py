"""Chapter 11: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import functools
import itertools
from collections import Counter

import numpy as np
from answers import right_and_wrong

from scribe.measure.intervals import share
from scribe.reader import edits


def distance(read, wanted):
    @functools.cache
    def cost(i, j):
        if not i or not j:
            return i + j
        return min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + (read[i - 1] != wanted[j - 1]))

    return cost(len(read), len(wanted))


def distance_by_the_way_there(read, wanted):
    return np.int64(sum(w != r for w, r in edits(read, wanted)))


def by_place(read, wanted):
    return sum(r != w for r, w in zip(read, wanted, strict=False))


def without_changes(read, wanted):
    """The length of both without their longest common part: a change costs 2."""
    longest = np.zeros((len(read) + 1, len(wanted) + 1), int)
    for i, j in itertools.product(range(len(read)), range(len(wanted))):
        longest[i + 1, j + 1] = longest[i, j] + 1 if read[i] == wanted[j] else max(longest[i, j + 1], longest[i + 1, j])
    return len(read) + len(wanted) - 2 * longest[-1, -1]


def zero_borders(read, wanted):
    table = np.zeros((len(read) + 1, len(wanted) + 1), int)
    for i, j in itertools.product(range(len(read)), range(len(wanted))):
        ways = table[i, j] + (read[i] != wanted[j]), table[i, j + 1] + 1, table[i + 1, j] + 1
        table[i + 1, j + 1] = min(ways)
    return table[-1, -1]


def spans(path, blank):
    said, t = [], 0
    for code, group in itertools.groupby(path):
        frames = len(list(group))
        if code != blank:
            said.append((code, t, t + frames))
        t += frames
    return said


def spans_by_borders(path, blank):
    path = np.array(path, int)
    borders = np.flatnonzero(np.diff(path, prepend=-1, append=-1))
    rows = np.stack([path[borders[:-1]], borders[:-1], borders[1:]], axis=1) if len(path) else np.zeros((0, 3), int)
    return rows[rows[:, 0] != blank]


def melted(path, blank):
    """Blanks are struck out before repeats are merged."""
    said = []
    for code, first, last in spans(path, blank):
        if said and said[-1][0] == code:
            said[-1] = (code, said[-1][1], last)
        else:
            said.append((code, first, last))
    return said


def first_uses(path, blank):
    seen, said = set(), []
    for span in spans(path, blank):
        if span[0] not in seen:
            said.append(span)
        seen.add(span[0])
    return said


def rates(wrong, length, writer, drawn):
    result = []
    for row in drawn:
        lines = np.concatenate([np.flatnonzero(writer == w) for w in row])
        result.append(wrong[lines].sum() / length[lines].sum())
    return result


def rates_by_counting(wrong, length, writer, drawn):
    count = drawn.shape[1]
    sums = [np.bincount(writer, column, count) for column in (wrong, length)]
    times = (drawn[:, :, None] == np.arange(count)).sum(axis=1)
    return (times @ sums[0]) / (times @ sums[1])


def of_writers(wrong, length, writer):
    return np.array([wrong[writer == w].sum() / length[writer == w].sum() for w in range(writer.max() + 1)])


def wilson(bad, lines, z=1.96):
    p = bad / lines
    a, b = 1 + z**2 / lines, 2 * p + z**2 / lines
    root = np.sqrt(b**2 - 4 * a * p**2)
    return (b - root) / (2 * a), (b + root) / (2 * a)


def usual(bad, lines):
    p = bad / lines
    half = 1.96 * np.sqrt(p * (1 - p) / lines)
    return p - half, p + half


def with_one_part_wrong(bad, lines, a, b):
    root = np.sqrt(b**2 - 4 * a * (bad / lines) ** 2)
    return (b - root) / (2 * a), (b + root) / (2 * a)


RIGHT = {
    "eval-edits": [distance, distance_by_the_way_there],
    "eval-spans": [spans, spans_by_borders],
    "eval-bootstrap": [rates, rates_by_counting],
    "eval-wilson": [wilson, lambda bad, lines: share(bad, lines)[1:], lambda bad, lines: np.array(wilson(bad, lines))],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "eval-edits": [
        (by_place, "stop where the shorter"),
        (lambda r, w: by_place(r, w) + abs(len(r) - len(w)), "moves all others"),
        (lambda r, w: abs(len(r) - len(w)), "difference of the lengths"),
        (without_changes, "a change is one error"),
        (zero_borders, "first row and the first column"),
        (
            lambda r, w: (
                max((Counter(r) - Counter(w)).total(), (Counter(w) - Counter(r)).total())
                if hasattr(Counter, "total")
                else max(sum((Counter(r) - Counter(w)).values()), sum((Counter(w) - Counter(r)).values()))
            ),
            "order",
        ),
        (lambda r, w: distance(r.lower(), w.lower()), "capitals"),
        (lambda r, w: distance(r, w) / max(len(w), 1), "rate"),
        (lambda r, w: sum(a == b for a, b in zip(r, w, strict=False)), "what is right"),
        (lambda r, w: distance(r, w) + 1, "expected 0"),
        (lambda r, w: edits(r, w), "type"),
        (lambda r, w: [distance(r, w)] * 2, "one number"),
        (lambda r, w: None, "None"),
        (lambda r, w: ..., "still to write"),
    ],
    "eval-spans": [
        (melted, "blanks out first"),
        (lambda path, blank: [(c, t, t + 1) for t, c in enumerate(path) if c != blank], "side by side"),
        (lambda path, blank: spans(path, -1), "still there"),
        (first_uses, "first use"),
        (lambda path, blank: spans(path, 4), "not always 4"),
        (lambda path, blank: spans(path, 0), "need not be 0"),
        (lambda path, blank: [(c, a, b - 1) for c, a, b in spans(path, blank)], "last frame"),
        (lambda path, blank: [(c, a, b - a) for c, a, b in spans(path, blank)], "how many"),
        (lambda path, blank: [(c, a + 1, b + 1) for c, a, b in spans(path, blank)], "from 1"),
        (lambda path, blank: sorted(spans(path, blank)), "order"),
        (lambda path, blank: [span for span in spans(path, blank) if span[2] < len(path)], "does not end in a blank"),
        (lambda path, blank: spans(path, blank)[::-1], "expected"),
        (lambda path, blank: [c for c, _, _ in spans(path, blank)], "shape"),
        (lambda path, blank: set(spans(path, blank)), "set"),
        (lambda path, blank: None, "None"),
        (lambda path, blank: ..., "still to write"),
        (lambda path, blank: path[10], "IndexError"),
    ],
    "eval-bootstrap": [
        (lambda e, n, w, drawn: of_writers(e, n, w)[drawn].mean(axis=1), "average the writers' rates"),
        (
            lambda e, n, w, drawn: [np.concatenate([(e / n)[w == k] for k in row]).mean() for row in drawn],
            "rates of lines",
        ),
        (lambda e, n, w, drawn: [e[np.isin(w, row)].sum() / n[np.isin(w, row)].sum() for row in drawn], "twice"),
        (lambda e, n, w, drawn: e[drawn].sum(axis=1) / n[drawn].sum(axis=1), "numbers of writers"),
        (lambda e, n, w, drawn: np.full(len(drawn), e.sum() / n.sum()), "for every draw"),
        (lambda e, n, w, drawn: [sum(e[w == k].sum() for k in row) for row in drawn], "sums of errors"),
        (lambda e, n, w, drawn: [sum(e[w == k].sum() for k in row) / n.sum() for row in drawn], "of all lines"),
        (lambda e, n, w, drawn: 1 - np.array(rates(e, n, w, drawn)), "what is right"),
        (lambda e, n, w, drawn: 1 / np.array(rates(e, n, w, drawn)), "upside down"),
        (lambda e, n, w, drawn: sorted(rates(e, n, w, drawn)), "order of the draws"),
        (lambda e, n, w, drawn: np.std(rates(e, n, w, drawn)), "one number"),
        (lambda e, n, w, drawn: rates(e, n, w, drawn)[:2], "shape"),
        (lambda e, n, w, drawn: 2 * np.array(rates(e, n, w, drawn)), "expected"),
    ],
    "eval-wilson": [
        (usual, "scatter of the measured share, which is none"),
        (lambda bad, n: (max(usual(bad, n)[0], 0), min(usual(bad, n)[1], 1)), "scatter of the measured share"),
        (lambda bad, n: np.array(wilson(bad, n)) * 100, "percentages"),
        (lambda bad, n: np.array(wilson(bad, n)) * n, "numbers of lines"),
        (lambda bad, n: wilson(bad, n)[::-1], "changed places"),
        (lambda bad, n: wilson(n - bad, n), "went well"),
        (lambda bad, n: np.array(wilson(bad, n)) * (1 + 1.96**2 / n), "2a"),
        (lambda bad, n: with_one_part_wrong(bad, n, 1 + 1.96 / n, 2 * bad / n + 1.96 / n), "squared"),
        (lambda bad, n: wilson(bad, n, 1.645), "1.645"),
        (lambda bad, n: with_one_part_wrong(bad, n, 1 + 1.96**2 / n**0.5, 2 * bad / n + 1.96**2 / n**0.5), "its root"),
        (lambda bad, n: wilson(bad, n, 3.0), "expected"),
        (lambda bad, n: wilson(bad, n)[1], "2 things"),
        (lambda bad, n: share(bad, n), "2 things"),
        (lambda bad, n: None, "None"),
        (lambda bad, n: ..., "still to write"),
        (lambda bad, n: ("0", "1"), "type"),
        (lambda bad: (0, 1), "cannot be called"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)
