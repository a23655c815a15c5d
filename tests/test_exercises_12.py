"""Chapter 12: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import numpy as np
import pytest
from answers import right_and_wrong

from scribe.exercises.chapter12 import _BAD_JUDGES, _races, _verdict


def gate(a):
    return 1 / (1 + np.exp(-a))


def mingru(x, h, kernel, bias):
    z, candidate = np.split(x @ kernel + bias, 2, axis=-1)
    return (1 - gate(z)) * h + gate(z) * candidate


def mingru_by_units(x, h, kernel, bias):
    """The same, a number at a time."""
    units = h.shape[1]
    new = np.empty_like(h)
    for b in range(len(h)):
        for u in range(units):
            z = gate(sum(x[b, i] * kernel[i, u] for i in range(x.shape[1])) + bias[u])
            candidate = x[b] @ kernel[:, units + u] + bias[units + u]
            new[b, u] = h[b, u] + z * (candidate - h[b, u])
    return new


def parts(x, kernel, bias):
    return np.split(x @ kernel + bias, 2, axis=-1)


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def look_back(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1])
    return softmax(np.where(np.tri(len(q), dtype=bool), scores, -np.inf)) @ v


def look_back_in_a_loop(q, k, v):
    seen = []
    for t in range(len(q)):
        weights = np.exp(k[: t + 1] @ q[t] / len(q[t]) ** 0.5)
        seen.append(weights @ v[: t + 1] / weights.sum())
    return seen


def masked(q, k, v, mask, scale=None):
    scores = q @ k.T / (np.sqrt(q.shape[1]) if scale is None else scale)
    return softmax(np.where(mask, scores, -np.inf)) @ v


def triangle(q):
    return np.tri(len(q), dtype=bool)


def runs_of(nats):
    return np.stack([brick[brick.mean(axis=1).argmin()] for brick in nats])


def judge(nats):
    runs = runs_of(nats)
    best, second = runs.mean(axis=1).argsort()[:2]
    error = np.sqrt((runs[best].var(ddof=1) + runs[second].var(ddof=1)) / runs.shape[1])
    return int(best) if runs[second].mean() - runs[best].mean() > 2 * error else -1


def judge_by_hand(nats):
    table = []
    for number, brick in enumerate(nats):
        mean, runs = min((sum(runs) / len(runs), list(runs)) for runs in brick)
        square = sum((run - mean) ** 2 for run in runs) / (len(runs) - 1) / len(runs)
        table.append((mean, square, number))
    (mean, square, number), (other, other_square, _) = sorted(table)[:2]
    return np.int64(number if (other - mean) ** 2 > 4 * (square + other_square) else -1)


RIGHT = {
    "lego-mingru": [mingru, mingru_by_units],
    "lego-look-back": [look_back, look_back_in_a_loop],
    "lego-judge": [judge, judge_by_hand],
}


def with_parts(rule):
    def answer(x, h, kernel, bias):
        return rule(h, *parts(x, kernel, bias))

    return answer


# The wrong answer, and what must be said about it.
WRONG = {
    "lego-mingru": [
        (with_parts(lambda h, z, c: gate(z) * h + (1 - gate(z)) * c), "changed places"),
        (with_parts(lambda h, z, c: (1 - gate(z)) * h + gate(z) * np.tanh(c)), "tanh"),
        (with_parts(lambda h, z, c: gate(z) * h + (1 - gate(z)) * np.tanh(c)), "changed places"),
        (with_parts(lambda h, c, z: (1 - gate(z)) * h + gate(z) * c), "other way round"),
        (with_parts(lambda h, z, c: (1 - z) * h + z * c), "sigmoid"),
        (lambda x, h, kernel, bias: mingru(x, h, kernel, 0 * bias), "bias"),
        (with_parts(lambda h, z, c: h + gate(z) * c), "not weighed"),
        (with_parts(lambda h, z, c: gate(z) * c), "memory"),
        (with_parts(lambda h, z, c: c), "candidate alone"),
        (with_parts(lambda h, z, c: gate(z)), "that is the gate"),
        (lambda *all_of_it: (mingru(*all_of_it),) * 2, "one array"),
        (lambda x, h, kernel, bias: mingru(x, 2 * h, kernel, bias), "expected"),
        (lambda x, h, kernel, bias: x @ kernel + bias, "shape"),
        (lambda x, h, kernel, bias: None, "None"),
        (lambda x, h, kernel, bias: ..., "still to write"),
    ],
    "lego-look-back": [
        (lambda q, k, v: masked(q, k, v, np.ones((len(q), len(q)), bool)), "the future included"),
        (lambda q, k, v: masked(q, k, v, triangle(q).T), "wrong way round"),
        (lambda q, k, v: masked(q, k, v, triangle(q), 1.0), "not divided"),
        (lambda q, k, v: masked(q, k, v, triangle(q), q.shape[1]), "divided by d"),
        (lambda q, k, v: masked(q, k, v, triangle(q), np.sqrt(v.shape[1])), "width of v"),
        (
            lambda q, k, v: softmax(np.where(triangle(q), q @ k.T / np.sqrt(q.shape[1]), -np.inf).T).T @ v,
            "down the columns",
        ),
        (lambda q, k, v: (softmax(q @ k.T / np.sqrt(q.shape[1])) * triangle(q)) @ v, "after the softmax"),
        (lambda q, k, v: softmax(np.where(triangle(q), q @ k.T / np.sqrt(q.shape[1]), 0)) @ v, "exp(0) is 1"),
        (lambda q, k, v: look_back(k, q, v), "changed places"),
        (lambda q, k, v: (np.exp(q @ k.T / np.sqrt(q.shape[1])) * triangle(q)) @ v, "divide each row"),
        (
            lambda q, k, v: softmax(np.where(triangle(q), q @ k.T / np.sqrt(q.shape[1]), -np.inf)),
            "one more product",
        ),
        (
            lambda q, k, v: np.vstack([0 * v[:1], masked(q, k, v, np.tri(len(q), k=-1, dtype=bool))[1:]]),
            "look at itself",
        ),
        (lambda q, k, v: 2 * look_back(q, k, v), "expected"),
        (lambda q, k, v: look_back(q, k, v).T, "shape"),
        (lambda q, k: q, "cannot be called"),
        (lambda q, k, v: None, "None"),
    ],
    "lego-judge": [
        (lambda nats: judge(-nats), "less is better"),
        (lambda nats: int(runs_of(nats).mean(axis=1).argmin()), "always name a winner"),
        (lambda nats: int(np.unravel_index(nats.argmin(), nats.shape)[0]), "single best run"),
        (lambda nats: judge(nats.mean(axis=1, keepdims=True)), "average over the rates"),
        (lambda nats: judge(nats[:, :1]), "first rate"),
        (lambda nats: judge(nats[:, [nats.mean(axis=(0, 2)).argmin()]]), "one rate for all"),
        (lambda nats: judge(nats.min(axis=1, keepdims=True)), "best run of each seed"),
        (lambda nats: _verdict(nats, share=False), "divide by S"),
        (lambda nats: _verdict(nats, ddof=0), "S - 1"),
        (lambda nats: _verdict(nats, factor=1.0), "one standard error"),
        (lambda nats: -1, "never"),
        (lambda nats: _verdict(nats) >= 0, "truth value"),
        (lambda nats: judge(nats) + 10, "expected"),
        (lambda nats: runs_of(nats).mean(axis=1), "shape"),
        (lambda nats: nats[9], "IndexError"),
        (lambda nats: None, "None"),
    ],
}


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)
test_wrong_answers_are_told_what_is_wrong = pytest.mark.filterwarnings("ignore:invalid value")(
    test_wrong_answers_are_told_what_is_wrong
)


def test_the_races_have_all_kinds_of_verdicts():
    verdicts = [_verdict(nats) for nats in _races()]
    assert set(verdicts) == {-1, 0, 1, 2}
    assert all(_verdict(nats) == judge(nats) for nats in _races())


def test_the_races_tell_all_judges_apart():
    verdicts = [tuple(map(rule, _races())) for rule in (_verdict, *_BAD_JUDGES.values())]
    assert len(set(verdicts)) == len(verdicts)
