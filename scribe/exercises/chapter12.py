"""Checkers for chapter 12, the Lego effect."""

from __future__ import annotations

import numpy as np

from scribe.exercises.core import Mistake, array, exercise, same
from scribe.lstm import sigmoid


@exercise("lego-mingru")
def _(answer):
    """``answer(x, h, kernel, bias)``: one step of a minimal GRU, the new state ``(B, U)``."""
    rng = np.random.default_rng(121)
    for lines, inputs, units in ((3, 5, 4), (2, 3, 6)):
        x, h = rng.normal(size=(lines, inputs)), rng.normal(0, 2, (lines, units))
        kernel, bias = rng.normal(size=(inputs, 2 * units)), rng.normal(size=2 * units)
        inflow = x @ kernel + bias
        first, second = np.split(inflow, 2, axis=-1)
        z = sigmoid(first)
        turned, squashed = sigmoid(second), np.tanh(second)
        variants = {
            "z and 1 - z have changed places. Here z is the share of the new (in the GRU of the chapter, of the old)":
                z * h + (1 - z) * second,
            "the candidate goes through a tanh in a GRU, but not in a minimal one: with the tanh left out it is linear":
                (1 - z) * h + z * squashed,
            "z and 1 - z have changed places, and the candidate has a tanh, which a minimal GRU leaves out":
                z * h + (1 - z) * squashed,
            "the first half of the columns is z and the second the candidate; you took them the other way round":
                (1 - turned) * h + turned * first,
            "z is a gate: it has to go through a sigmoid": (1 - first) * h + first * second,
            "the bias is not added": _mingru(x @ kernel, h),
            "the old state is not weighed: it keeps the share 1 - z": h + z * second,
            "the old state is missing: (1 - z) * h is what makes it a memory": z * second,
            "that is the candidate alone; the gate decides how much of it is let in": second,
            "that is the gate, not the state": z,
        }  # fmt: skip
        value = answer(x.copy(), h.copy(), kernel.copy(), bias.copy())
        if isinstance(value, tuple):
            raise Mistake(f"the new state alone is asked for, one array, and not {len(value)} things")
        same(value, _mingru(inflow, h), "the new state", variants=variants, tolerance=1e-6)


def _mingru(inflow: np.ndarray, h: np.ndarray) -> np.ndarray:
    z, candidate = np.split(inflow, 2, axis=-1)
    z = sigmoid(z)
    return (1 - z) * h + z * candidate


@exercise("lego-look-back")
def _(answer):
    """``answer(q, k, v)``: causal attention with one head, ``(T, e)``."""
    rng = np.random.default_rng(122)
    for steps, width, out in ((6, 4, 3), (5, 9, 5)):
        q, k = rng.normal(0, 1.5, (2, steps, width))
        v = rng.normal(size=(steps, out))
        scores = q @ k.T
        scaled = scores / np.sqrt(width)
        ahead = np.triu(np.ones((steps, steps), bool), 1)
        right = _looked(scaled, ahead) @ v
        after = _looked(scaled, np.zeros_like(ahead)) * ~ahead
        zeros = np.where(ahead, 0, scaled)
        earlier = np.triu(np.ones((steps, steps), bool))  # itself not seen either
        nothing = _looked(scaled[1:], earlier[1:]) @ v
        variants = {
            "every point looks at the whole line, the future included: the mask is missing":
                _looked(scaled, np.zeros_like(ahead)) @ v,
            "the mask is the wrong way round: the points look at the future and not at the past":
                _looked(scaled, ahead.T) @ v,
            "the scores are not divided by the square root of d": _looked(scores, ahead) @ v,
            "the scores are divided by d; it is its square root": _looked(scores / width, ahead) @ v,
            "the scores are divided by the root of the width of v; it is that of q and k":
                _looked(scores / np.sqrt(out), ahead) @ v,
            "the softmax runs down the columns. Each row is one point that looks, and its weights add up to 1":
                _looked(np.where(ahead, -np.inf, scaled).T, np.zeros_like(ahead)).T @ v,
            "you mask after the softmax: the weights of a row no longer add up to 1, and the future was in the sum":
                after @ v,
            "a score of 0 is not a weight of 0, for exp(0) is 1. Masked scores have to be minus infinity":
                _looked(zeros, np.zeros_like(ahead)) @ v,
            "questions and keys have changed places": _looked(scaled.T, ahead) @ v,
            "these are exponentials; divide each row by its sum":
                np.where(ahead, 0, np.exp(scaled)) @ v,
            "these are exponentials, less a constant in each row; divide each row by its sum":
                np.where(ahead, 0, np.exp(scaled - np.where(ahead, -np.inf, scaled).max(axis=1, keepdims=True))) @ v,
        }  # fmt: skip
        value = answer(q.copy(), k.copy(), v.copy())
        given = np.asarray(value) if isinstance(value, np.ndarray) else None
        if given is not None and given.shape == (steps, steps) and np.allclose(given, _looked(scaled, ahead)):
            raise Mistake("these are the weights; what they weigh is v: one more product")
        if given is not None and given.shape == right.shape and given.dtype.kind == "f":
            if np.allclose(given[1:], nothing):
                raise Mistake("a point may look at itself too: of the mask's diagonals, the main one is allowed")
            if np.isnan(given).any():
                raise Mistake(
                    "there is a NaN. If all of a row is masked, its softmax is 0 / 0: a point may look at itself too"
                )
        same(value, right, "the result", variants=variants, tolerance=1e-6)


def _looked(scores: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Softmax along the rows, without what is hidden."""
    scores = np.where(hidden, -np.inf, scores)
    most = scores.max(axis=1, keepdims=True)
    weights = np.exp(scores - np.where(np.isfinite(most), most, 0))
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total > 0, total, 1)


@exercise("lego-judge")
def _(answer):
    """``answer(nats)``: the number of the best brick of ``(bricks, rates, seeds)`` runs, or -1."""
    for nats in _races():
        right = _verdict(nats)
        given = answer(nats.copy())
        if isinstance(given, (bool, np.bool_)):
            raise Mistake("that is a truth value; the number of the best brick is asked for, or -1")
        value = float(array(given, (), "the verdict"))
        if value == right:
            continue
        for message, rule in _BAD_JUDGES.items():
            if all(_same_verdict(answer, rule, race) for race in _races()):
                raise Mistake(message)
        expected = "no verdict, -1" if right < 0 else f"brick {right}"
        raise Mistake(
            f"you say {value:g} where the runs, each brick at its own rate, are\n"
            f"{np.array_str(_at_their_best(nats), precision=2)}\nexpected {expected}"
        )


def _same_verdict(answer, rule, nats: np.ndarray) -> bool:
    given = np.asarray(answer(nats.copy()))
    return given.ndim == 0 and given == rule(nats)


def _at_their_best(nats: np.ndarray) -> np.ndarray:
    return nats[np.arange(len(nats)), nats.mean(axis=2).argmin(axis=1)]


def _verdict(nats: np.ndarray, runs: np.ndarray | None = None, factor: float = 2.0, ddof: int = 1, share=True) -> int:
    runs = _at_their_best(nats) if runs is None else runs
    best, second = np.argsort(runs.mean(axis=1))[:2]
    spread = runs[best].var(ddof=ddof) + runs[second].var(ddof=ddof)
    error = np.sqrt(spread / runs.shape[1] if share else spread)
    return int(best) if runs[second].mean() - runs[best].mean() > factor * error else -1


def _races() -> list[np.ndarray]:
    """Races that tell one kind of judge from another: ``(bricks, rates, seeds)``."""
    seeds = np.array([-0.1, 0.0, 0.1])  # a deviation of 0.1; a standard error of the difference of 0.0816

    def race(*means: tuple[float, float], spread: float = 1.0) -> np.ndarray:
        return np.array(means)[:, :, None] + spread * seeds

    lucky = race((0.0, 0.6), (0.5, 0.9), (0.4, 0.8))
    lucky[1, 1] = [-1.0, 2.0, 2.0]  # one fine run at a bad rate
    return [
        race((0.9, 0.0), (0.05, 0.8), (0.5, 0.7)),  # too close to call
        race((0.9, 0.0), (0.1, 0.8), (0.5, 0.7)),  # more than one error apart, less than two
        race((0.9, 0.0), (0.3, 0.8), (0.2, 0.7)),  # 0.2: more than 2 errors (0.163), less than 2 deviations
        race((0.9, 0.2), (0.35, 0.8), (0.5, 0.7)),  # 0.15: more than 2 errors if variances are divided by S
        race((0.1, 0.9), (0.9, 0.6), (0.8, -0.3)),  # one rate for all, the first: another winner
        race((0.8, 0.9), (0.9, 0.0), (0.1, 1.9), spread=0.1),
        lucky,
        race((0.5, 0.9), (0.4, 0.0), (1.5, 1.2)),  # clear, and the best is the second
        race((0.5, 0.4), (2.0, 0.1), (1.5, 0.9)),  # on average over the rates the first is
    ]


_BAD_JUDGES = {
    "you take the largest for the best; of nats, less is better": lambda nats: _verdict(-nats),
    "you always name a winner. If the difference is within twice its standard error, there is no verdict: -1":
        lambda nats: int(np.argsort(_at_their_best(nats).mean(axis=1))[0]),
    "you go by the single best run. A brick with one lucky seed is not a better brick: take means over the seeds":
        lambda nats: int(nats.min(axis=(1, 2)).argmin()),
    "you average over the rates too. Each brick may have its own: the one with the lowest mean over the seeds":
        lambda nats: _verdict(nats, nats.mean(axis=1)),
    "you judge all bricks at the first rate; each may have its own": lambda nats: _verdict(nats, nats[:, 0]),
    "you choose one rate for all bricks; each may have its own":
        lambda nats: _verdict(nats, nats[:, nats.mean(axis=(0, 2)).argmin()]),
    "you take the best run of each seed, at whatever rate. A brick has one rate, the same for all seeds":
        lambda nats: _verdict(nats, nats.min(axis=1)),
    "you compare with the deviation of single runs; the standard error of a mean is smaller: divide by S":
        lambda nats: _verdict(nats, share=False),
    "the variances are divided by S; with few runs it has to be S - 1 (ddof=1)": lambda nats: _verdict(nats, ddof=0),
    "you compare with one standard error; the exercise asks for two": lambda nats: _verdict(nats, factor=1.0),
    "you never give a verdict": lambda nats: -1,
}  # fmt: skip
