"""Chapter 8: each checker takes right answers written differently, and names the mistakes of wrong ones."""

import numpy as np
from answers import right_and_wrong


def joint(said, wanted):
    return said.strip() + " " + wanted, len(said.strip()) + 1


def joint_with_join(said, wanted):
    whole = " ".join([said.strip(), wanted])
    return [whole, len(whole) - len(wanted)]


def new_part(offsets, n):
    new = offsets[n:].copy()
    new[0, 0] = 0
    new[0, 1] = offsets[: n + 1, 1].sum()
    return new


def new_part_by_places(offsets, n):
    """Places first, then back."""
    places = offsets[:, :2].cumsum(axis=0)[n:]
    places[:, 0] -= places[0, 0]
    return np.column_stack([np.diff(places, axis=0, prepend=np.zeros((1, 2))), offsets[n:, 2]])


def between(one, other, m, n, share):
    mix = {name: (1 - share) * one[name] + share * other[name] for name in ("h", "c")}
    mix["kappa"] = (1 - share) * (one["kappa"] - m) + share * (other["kappa"] - n)
    return mix


def between_by_steps(one, other, m, n, share):
    one, other = {**one, "kappa": one["kappa"] - m}, {**other, "kappa": other["kappa"] - n}
    return {name: value + share * (other[name] - value) for name, value in one.items()}


def over(wanted, found):
    a, b = wanted - wanted.mean(axis=0), found.mean(axis=1)
    b = b - b.mean(axis=0)
    return (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))


def over_with_numpy(wanted, found):
    return [np.corrcoef(wanted[:, m], found.mean(axis=1)[:, m])[0, 1] for m in range(5)]


def with_kappa(rule):
    return lambda one, other, m, n, s: {
        **between(one, other, m, n, s),
        "kappa": rule(one["kappa"], other["kappa"], m, n, s),
    }


def with_all(rule):
    return lambda one, other, m, n, s: {name: rule(one[name], other[name], s) for name in one}


def centred(values):
    return values - values.mean(axis=0)


RIGHT = {
    "style-joint": [joint, joint_with_join],
    "style-cut": [new_part, new_part_by_places],
    "style-between": [between, between_by_steps],
    "style-over": [over, over_with_numpy],
}

# The wrong answer, and what must be said about it.
WRONG = {
    "style-joint": [
        (lambda s, w: (s.strip() + w, len(s.strip())), "touch"),
        (lambda s, w: (w + " " + s.strip(), 0), "turned round"),
        (lambda s, w: (w, 0), "missing"),
        (lambda s, w: (s + " " + w, len(s) + 1), "left"),
        (lambda s, w: (s.strip() + " " + w.strip(), len(s.strip()) + 1), "lost"),
        (lambda s, w: (joint(s, w)[0], len(s.strip())), "number of the space"),
        (lambda s, w: (joint(s, w)[0], len(s.strip()) + 2), "from 1"),
        (lambda s, w: (joint(s, w)[0], len(w)), "length of the wanted"),
        (lambda s, w: (joint(s, w)[0], len(s) + 1), "stripped"),
        (lambda s, w: (joint(s, w)[0], len(joint(s, w)[0])), "where it ends"),
        (lambda s, w: joint(s, w)[0], "2 things"),
        (lambda s, w: joint(s, w)[::-1], "joined text"),
        (lambda s, w: None, "None"),
    ],
    "style-cut": [
        (lambda o, n: o[n:], "still in it"),
        (lambda o, n: np.vstack([[0, o[n, 1], o[n, 2]], o[n + 1 :]]), "height at which the style ended"),
        (lambda o, n: np.vstack([[o[n, 0], *new_part(o, n)[0, 1:]], o[n + 1 :]]), "no gap"),
        (lambda o, n: np.vstack([[0, 0, o[n, 2]], o[n + 1 :]]), "all zeros"),
        (lambda o, n: np.vstack([[0, o[:n, 1].sum(), o[n, 2]], o[n + 1 :]]), "own rise"),
        (lambda o, n: np.vstack([[o[: n + 1, 0].sum(), *new_part(o, n)[0, 1:]], o[n + 1 :]]), "whole line"),
        (lambda o, n: o[n + 1 :], ""),
        (lambda o, n: o[:n], "of the style"),
        (lambda o, n: new_part(o, n - 1), "begins with row n"),
        (lambda o, n: np.column_stack([o[:, :2].cumsum(axis=0), o[:, 2]])[n:], "places"),
        (lambda o, n: new_part_in_place(o, n), "work on a copy"),
    ],
    "style-between": [
        (with_kappa(lambda a, b, m, n, s: (1 - s) * a + s * b), "from the joint"),
        (with_kappa(lambda a, b, m, n, s: (1 - s) * (a - m - 1) + s * (b - n - 1)), "not one more"),
        (with_kappa(lambda a, b, m, n, s: (1 - s) * (a - m) + s * (b - m)), "first one's"),
        (with_kappa(lambda a, b, m, n, s: (1 - s) * (a - n) + s * (b - n)), "second one's"),
        (with_kappa(lambda a, b, m, n, s: 0 * a), "is zero"),
        (with_kappa(lambda a, b, m, n, s: (1 - s) * (a + m) + s * (b + n)), "takes them off"),
        (with_kappa(lambda a, b, m, n, s: (1 - s) * (a - n) + s * (b - m)), "swapped"),
        (lambda one, other, m, n, s: between(one, other, m, n, 1 - s), "wrong way round"),
        (with_all(lambda a, b, s: (a + b) / 2), "middle"),
        (with_all(lambda a, b, s: a + b), "sum"),
        (with_all(lambda a, b, s: a + s * b), "1 - share"),
        (with_all(lambda a, b, s: a), "first one alone"),
        (lambda *given: tuple(between(*given).values()), "dictionary"),
        (lambda *given: {name: between(*given)[name] for name in ("h", "c")}, "kappa is missing"),
        (lambda one, *more: one.update(between(one, *more)) or one, "make new arrays"),
    ],
    "style-over": [
        (
            lambda w, f: (
                (w * f.mean(axis=1)).sum(axis=0) / np.sqrt((w**2).sum(axis=0) * (f.mean(axis=1) ** 2).sum(axis=0))
            ),
            "not taken off",
        ),
        (lambda w, f: (centred(w) * centred(f.mean(axis=1))).mean(axis=0), "covariance"),
        (lambda w, f: (centred(w) * centred(f.mean(axis=1))).sum(axis=0) / (centred(w) ** 2).sum(axis=0), "slope"),
        (lambda w, f: over(w, f) ** 2, "square"),
        (lambda w, f: over(w, f[:, :1]), "first line"),
        (lambda w, f: over(np.repeat(w, f.shape[1], axis=0), f.reshape(-1, 1, 5)), "by itself"),
        (lambda w, f: over(w, f).mean(), "one number"),
        (lambda w, f: -over(w, f), "sign"),
        (lambda w, f: over(w, f) / 2, "expected"),
        (lambda w, f: over(w.T, f.mean(axis=1).T[:, None]), "each style"),
    ],
}


def new_part_in_place(offsets, n):
    offsets[n, 1] = offsets[: n + 1, 1].sum()
    offsets[n, 0] = 0
    return offsets[n:]


test_right_answers_pass, test_wrong_answers_are_told_what_is_wrong = right_and_wrong(RIGHT, WRONG)


def test_enough_answers_are_tried():
    assert set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 2 for answers in RIGHT.values())
    assert all(len(answers) >= 5 for answers in WRONG.values())
