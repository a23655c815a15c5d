"""Checkers for chapter 13, seeing and choosing."""

from __future__ import annotations

import math

import numpy as np

from scribe.exercises.core import Mistake, array, called, exercise, same


@exercise("seeing-look")
def _(answer):
    """``answer(question, keys, values)``: the share of the light on each place ``(P,)``, and what is seen ``(d,)``."""
    rng = np.random.default_rng(131)
    for places, width, seen in ((6, 4, 3), (5, 9, 2)):
        question, keys = rng.normal(0, 1.5, width), rng.normal(0, 1.5, (places, width))
        values = rng.normal(size=(places, seen))
        scores = keys @ question
        light = _softmax(scores / np.sqrt(width))
        bare, by_width, raw = _softmax(scores), _softmax(scores / width), np.exp(scores / np.sqrt(width))
        variants = {
            "the scores are not divided by the square root of d": (bare, bare @ values),
            "the scores are divided by d; it is its square root": (by_width, by_width @ values),
            "the light does not add up to 1: divide the exponentials by their sum": (raw, raw @ values),
            "these are the scores, which may be negative. A softmax makes shares of them":
                (scores / np.sqrt(width), scores / np.sqrt(width) @ values),
            "what is seen is the mean of all values, as if each place had the same light":
                (light, values.mean(axis=0)),
            "what is seen is the value of the brightest place alone; all are seen, each with its share of the light":
                (light, values[light.argmax()]),
            "you return what is seen first; the light comes first": (light @ values, light),
        }  # fmt: skip
        value = called(answer, question, keys, values)
        if value is ...:
            raise Mistake("the result is `...`: there is a part still to write.")
        if isinstance(value, np.ndarray) and value.shape == (seen,):
            raise Mistake("two things are asked for: the light on each place, and what is seen")
        same(value, (light, light @ values), "the light and what is seen", variants=variants, tolerance=1e-6)


def _softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def _choices():
    """Scores of places, and the reward that waits at each."""
    rng = np.random.default_rng(132)
    for places in (3, 6):
        yield rng.normal(size=places), rng.uniform(0, 2, places)


@exercise("seeing-slope")
def _(answer):
    """``answer(scores, rewards)``: the slope of the expected reward with respect to each score, ``(P,)``."""
    for scores, rewards in _choices():
        p = _softmax(scores)
        expected = p @ rewards
        variants = {
            "that is p times the reward. If one place gets more, the others get less: take the expected reward off":
                p * rewards,
            "the mean over the places is not the expected reward: each place counts with its probability":
                p * (rewards - rewards.mean()),
            "each slope still lacks a factor p: a place that is hardly ever chosen hardly matters": rewards - expected,
            "the sign is the other way round: this goes downhill": -p * (rewards - expected),
            "that is the slope of one place only in itself, p (1 - p) r; its score moves the other places as well":
                p * (1 - p) * rewards,
            "that is the expected reward; its slope is asked for": np.asarray(expected),
        }  # fmt: skip
        value = called(answer, scores, rewards)
        same(value, p * (rewards - expected), "the slope", variants=variants, tolerance=1e-6)


@exercise("seeing-reinforce")
def _(answer):
    """``answer(scores, choice, reward, baseline)``: the estimate of the slope from one choice, ``(P,)``."""
    for number, (scores, rewards) in enumerate(_choices()):
        for choice in range(len(scores)):
            reward, baseline, p = float(rewards[choice]), 0.3 + number, _softmax(scores)
            chosen = np.eye(len(scores))[choice]
            advantage = reward - baseline
            variants = {
                "the baseline is not taken off the reward": reward * (chosen - p),
                "the baseline is added; it is taken off": (reward + baseline) * (chosen - p),
                "the sign is the other way round: this makes what was rewarded less likely": -advantage * (chosen - p),
                "only the chosen place gets something. The others lose what it gains: take p off everywhere":
                    advantage * chosen,
                "the choice makes no difference: the place chosen gets a 1, and p is taken off everywhere":
                    advantage * p,
                "that is the slope of p itself, not of its logarithm: it is too small by the probability of the choice":
                    advantage * p[choice] * (chosen - p),
                "the reward is missing: that is the slope of the log probability alone": chosen - p,
                "that is p times something: the slope of the log probability is 1 - p at the place chosen,"
                " and -p at the others": advantage * p * (chosen - p),
            }  # fmt: skip
            value = called(answer, scores, choice, reward, baseline)
            same(value, advantage * (chosen - p), "the estimate", variants=variants, tolerance=1e-6)


@exercise("seeing-baseline")
def _(answer):
    """``answer(scores, rewards)``: the baseline with which the estimate scatters least, a number."""
    for scores, rewards in _choices():
        p = _softmax(scores)
        sizes = 1 - 2 * p + p @ p  # of each place, the squared length of (chosen - p)
        right = float((p * sizes) @ rewards / (p @ sizes))
        wrong = {
            "that is the expected reward: it's near the best, and it's what people use. The best weighs each reward"
            " with the squared length of its estimate as well": p @ rewards,
            "that is the mean over the places, as if each were chosen equally often": rewards.mean(),
            "the probabilities are missing: a place counts as often as it is chosen": sizes @ rewards / sizes.sum(),
            "that is the largest reward": rewards.max(),
            "the lengths are not squared":
                (p * np.sqrt(sizes)) @ rewards / (p @ np.sqrt(sizes)),
            "divide by the expected squared length: the weights have to add up to 1": (p * sizes) @ rewards,
        }  # fmt: skip
        variants = {message: np.asarray(value) for message, value in wrong.items()}
        value = array(called(answer, scores, rewards), (), "the baseline")
        same(value, np.asarray(right), "the baseline", variants=variants, tolerance=1e-6)


@exercise("seeing-bilinear")
def _(answer):
    """``answer(picture, row, column)``: how dark the picture is between its pixels, a number."""
    picture = np.random.default_rng(135).random((5, 7))
    for row, column in ((1.25, 4.6), (2.0, 3.0), (3.5, 0.1), (0.0, 5.6), (4.0, 6.0), (2.3, 6.0), (4.0, 2.5)):
        upper, left = math.floor(row), math.floor(column)
        a, b = row - upper, column - left

        def at(r, c):
            return picture[min(r, 4), min(c, 6)]

        corners = np.array([[at(upper + i, left + j) for j in (0, 1)] for i in (0, 1)])
        shares = np.outer([1 - a, a], [1 - b, b])
        variants = {
            "that is the nearest pixel; between the pixels it has to go over smoothly":
                at(math.floor(row + 0.5), math.floor(column + 0.5)),
            "that is the pixel above and to the left; the other three have their shares": corners[0, 0],
            "the shares are the wrong way round: the nearer a pixel, the more it counts":
                (corners * shares[::-1, ::-1]).sum(),
            "that is the mean of the four pixels; the nearer one is, the more it counts": corners.mean(),
            "rows and columns have changed places": (corners * shares.T).sum(),
        }  # fmt: skip
        try:
            value = called(answer, picture, row, column)
        except IndexError:
            raise Mistake(
                f"at row {row:g}, column {column:g} of a picture of 5 x 7 your code asks for a pixel outside. At the"
                " last row and column the neighbour beyond has no share: take the last pixel in its place"
            ) from None
        named = {message: np.asarray(float(wrong)) for message, wrong in variants.items()}
        right = np.asarray(float((corners * shares).sum()))
        same(array(value, (), "the darkness"), right, f"the darkness at row {row:g}, column {column:g}",
             variants=named, tolerance=1e-9)  # fmt: skip
