"""Checkers for chapter 8, styles and priming."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same


@exercise("style-joint")
def _(answer):
    """``answer(said, wanted)``: the joined text, and where the wanted text begins in it."""
    for said, wanted in (("a big fox", "Jon Snow"), ("Jackdaws love my sphinx. ", "x"), ("  five jugs", " and more")):
        clean = said.strip()
        right = f"{clean} {wanted}"
        value = answer(said, wanted)
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise Mistake("the result should be 2 things, as in `return text, number`")
        text, number = value
        if not isinstance(text, str):
            raise Mistake(f"the first thing should be the joined text, not a {type(text).__name__}")
        where = f"for {said!r} and {wanted!r} "
        if text != right:
            if wanted != wanted.strip() and text in (f"{clean} {wanted.strip()}", f"{said} {wanted}".strip()):
                raise Mistake(f"{where}spaces of the wanted text are lost; only what is said is to be stripped")
            if text == clean + wanted:
                raise Mistake(f"{where}the two texts touch: the network would join the two words. A space goes between")
            if text == f"{wanted} {clean}":
                raise Mistake(f"{where}the order is turned round: the network reads the style first, then it writes")
            if text == wanted:
                raise Mistake(f"{where}what the style says is missing: what should the window look at while it reads?")
            if text == f"{said} {wanted}":
                raise Mistake(f"{where}the spaces around what is said are left: no ink belongs to them")
            raise Mistake(f"{where}the text is {text!r}; expected {right!r}")
        variants = {
            "that is the number of the space; the wanted text begins one further": len(clean),
            "you count from 1; here the first character is number 0": len(clean) + 2,
            "that is the length of what is said before it is stripped": len(said),
            "that is a space after what is said before it is stripped": len(said) + 1,
            "that is the length of the wanted text; asked for is where it begins": len(wanted),
            "that is the length of the joined text, where it ends": len(right),
        }
        right_number = len(clean) + 1
        if said != clean:  # who counts from 1 has been told so before
            variants.pop("you count from 1; here the first character is number 0")
        variants = {message: wrong for message, wrong in variants.items() if wrong != right_number}
        same(number, right_number, f"{where}the number of the first wanted character", variants=variants)


@exercise("style-cut")
def _(answer):
    """``answer(offsets, n)``: the offsets after the first n points, as a line of its own."""
    rng = np.random.default_rng(82)
    for points, n in ((12, 5), (30, 29), (9, 1)):
        offsets = np.round(rng.normal(0.2, 0.5, (points, 3)), 3)
        offsets[:, 2] = rng.random(points) < 0.3
        offsets[[n - 1, -1], 2] = 1
        given = offsets.copy()
        value = answer(given, n)
        if not np.array_equal(given, offsets):
            raise Mistake("your function changes the offsets that it was given; work on a copy")
        heights = offsets[:, 1].cumsum()
        right = _with_first(offsets[n:], 0, heights[n])
        variants = {
            "the first move is still in it: the gap between two words at the left end of a line": offsets[n:],
            "the gap is gone, but so is the height at which the style ended: add it to the first dy":
                _with_first(offsets[n:], 0, offsets[n, 1]),
            "the height is right, but the first move to the right is left: at the left end there is no gap":
                _with_first(offsets[n:], offsets[n, 0], heights[n]),
            "the first row is all zeros now: the line would begin on the baseline, whatever its first letter is":
                _with_first(offsets[n:], 0, 0),
            "the first point starts at the height where the style ended; its own rise is missing":
                _with_first(offsets[n:], 0, heights[n - 1]),
            "the first new point is lost: it is part of the first letter, only the way to it is cut":
                offsets[n + 1 :],
            "these are the points of the style, not those after it": offsets[:n],
            "the last point of the style is still in it: the new part begins with row n": _with_first(
                offsets[n - 1 :], 0, heights[n - 1]
            ),
            "the first point lies where it lay in the whole line; it must be at x = 0":
                _with_first(offsets[n:], offsets[: n + 1, 0].sum(), heights[n]),
            "these are places, not offsets: only the first row has a sum in it":
                np.column_stack([offsets[:, :2].cumsum(axis=0), offsets[:, 2]])[n:],
        }  # fmt: skip
        if points - n == 1:  # one row: some mistakes are no longer mistakes
            variants = {m: v for m, v in variants.items() if len(v) == 1}
        same(value, right, f"the new part of {points} points after {n}", variants=variants, tolerance=1e-5)


def _with_first(rows: np.ndarray, dx: float, dy: float) -> np.ndarray:
    rows = rows.copy()
    rows[0, :2] = dx, dy
    return rows


@exercise("style-between")
def _(answer):
    """``answer(one, other, length_one, length_other, share)``: a state between two."""
    rng = np.random.default_rng(83)
    for share in (0.25, 0.0, 1.0, 0.6):
        lengths = 28, 33
        states = [
            {"h": rng.normal(size=(3, 4)), "c": rng.normal(size=(3, 4)), "kappa": length + rng.normal(0, 0.3, 2)}
            for length in lengths
        ]
        before = [{name: array_.copy() for name, array_ in state.items()} for state in states]
        value = answer(*states, *lengths, share)
        if any(not np.array_equal(s[k], b[k]) for s, b in zip(states, before, strict=True) for k in s):
            raise Mistake("your function changes the states that it was given; make new arrays")
        if value is None or value is ...:
            array(value)  # says so
        if not isinstance(value, dict):
            raise Mistake(f"the result should be a dictionary with h, c and kappa, not a {type(value).__name__}")
        missing = [name for name in ("h", "c", "kappa") if name not in value]
        if missing:
            raise Mistake(f"{missing[0]} is missing from the result: what goes round in the loop must go on, all of it")
        one, other = states
        for name in ("h", "c"):
            a, b = one[name], other[name]
            variants = {
                "the share is the wrong way round: at 0 it is all of the first": (1 - share) * b + share * a,
                "that is the middle of the two, whatever the share": (a + b) / 2,
                "that is their sum: each must be multiplied by its share": a + b,
                "that is the first one alone": a,
                "that is the second one alone": b,
                "the second is added to the whole of the first; the first gets 1 - share": a + share * b,
            }
            right = (1 - share) * a + share * b
            same(value[name], right, f"{name} at a share of {share}", variants=_wrong(variants, right))
        (a, b), (m, n) = (one["kappa"], other["kappa"]), lengths
        right = (1 - share) * (a - m) + share * (b - n)
        variants = {
            "kappa is mixed as it is, from the beginnings of two texts that differ in length: count from the joint":
                (1 - share) * a + share * b,
            "kappa: the space is character number `length`, so that is what is taken off, not one more":
                (1 - share) * (a - m - 1) + share * (b - n - 1),
            "kappa: both lengths are the first one's; each style has a text of its own":
                (1 - share) * (a - m) + share * (b - m),
            "kappa: both lengths are the second one's; each style has a text of its own":
                (1 - share) * (a - n) + share * (b - n),
            "kappa: the share is the wrong way round": (1 - share) * (b - n) + share * (a - m),
            "kappa: that is the middle of the two, whatever the share": (a - m + b - n) / 2,
            "kappa is zero: the window may stand a little before or behind the space, and that is kept":
                np.zeros_like(a),
            "kappa: the lengths are added; counting from the joint takes them off":
                (1 - share) * (a + m) + share * (b + n),
            "kappa: the lengths are swapped": (1 - share) * (a - n) + share * (b - m),
        }  # fmt: skip
        same(value["kappa"], right, f"kappa at a share of {share}", variants=_wrong(variants, right))


def _wrong(variants: dict[str, np.ndarray], right: np.ndarray) -> dict[str, np.ndarray]:
    """Those that differ from what is right: at a share of 0 or 1 some mistakes do not show."""
    return {message: value for message, value in variants.items() if not np.allclose(value, right)}


@exercise("style-over")
def _(answer):
    """``answer(wanted, found)``: for each measure the correlation over styles."""
    rng = np.random.default_rng(84)
    for count, lines in ((6, 3), (4, 1)):
        wanted = rng.normal(3, [0.2, 8, 0.1, 0.1, 0.3], (count, 5))
        noise = rng.normal(0, [0.2, 8, 0.1, 0.1, 0.3], (count, lines, 5))
        found = 0.5 * wanted[:, None] + noise
        means = found.mean(axis=1)
        a, b = wanted - wanted.mean(axis=0), means - means.mean(axis=0)
        right = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        value = answer(wanted.copy(), found.copy())
        raw = (wanted * means).sum(axis=0) / np.sqrt((wanted**2).sum(axis=0) * (means**2).sum(axis=0))
        each = found - found.mean(axis=(0, 1))
        flat = (a[:, None] * each).sum(axis=(0, 1)) / np.sqrt(lines * (a**2).sum(axis=0) * (each**2).sum(axis=(0, 1)))
        only = found[:, 0] - found[:, 0].mean(axis=0)
        single = (a * only).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (only**2).sum(axis=0))
        covariance = (a * b).mean(axis=0)
        rows_a, rows_b = (v - v.mean(axis=1, keepdims=True) for v in (wanted, means))
        across = (rows_a * rows_b).sum(axis=1) / np.sqrt((rows_a**2).sum(axis=1) * (rows_b**2).sum(axis=1))
        variants = {
            "the means over the styles are not taken off: of numbers that are all positive this says little": raw,
            "that is the covariance, in units of its own; divide by both deviations": covariance,
            "that is the covariance with n - 1; divide by both deviations": covariance * count / (count - 1),
            "that is the slope, what a line gains when its style gains 1; a correlation divides by both deviations":
                (a * b).sum(axis=0) / (a**2).sum(axis=0),
            "that is the square of the correlation, and its sign is lost": right**2,
            "the root is missing in what you divide by": (a * b).sum(axis=0)
                / ((a**2).sum(axis=0) * (b**2).sum(axis=0)),
            "these are correlations over the measures, one for each style; asked for is one for each measure": across,
            "that is one number for all measures; each has its own": right.mean(),
            "the sign is turned round": -right,
        }  # fmt: skip
        if lines > 1:
            variants |= {
                "each line counts by itself; take the mean over the lines of a style first": flat,
                "only the first line of each style is looked at; take the mean over all": single,
            }
        same(value, right, "the correlation", variants=variants, tolerance=1e-6)
