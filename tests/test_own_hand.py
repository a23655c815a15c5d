"""Somebody's own hand: read, fitted, learned; and never at the cost of being read worse."""

import os

import numpy as np
import pytest
from random_weights import random_weights

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")

from scribe.alphabet import ASCII
from scribe.corpora import Sample, fonts
from scribe.hands import HandArchitecture, HandReader, HandWeights
from scribe.measure.likelihood import score
from scribe.styles import Style
from scribe.training import own_hand
from scribe.training.own_hand import Misread, learn_hand, with_hand
from scribe.training.state import TrainingError
from scribe.weights import WeightsError
from scribe.writer import Writer


def page(lines=6):
    texts = ["a fox", "my jug", "five", "ten", "a jug", "six"][:lines]
    return list(fonts.generate(lines, texts=texts, writers=1, seed=1, points_per_character=8))


def hand_reader(size=4):
    architecture = HandArchitecture(5, 1, size)
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(0, 0.5, shape) for name, shape in architecture.shapes(ASCII.size).items()}
    return HandReader(HandWeights(arrays, architecture, ASCII, 0.3, 14.0, name="hands"))


def nats(weights, samples, hand=None):
    scores = score(weights, samples, hands=None if hand is None else [hand] * len(samples))
    return scores.nats.sum() / scores.points.sum()


def test_a_hand_is_fitted_and_the_weights_stay():
    weights = random_weights(condition=4)
    learned = learn_hand(weights, page(), hand_reader(), hand_only=True, updates=40, learning_rate=0.3, name="me")
    read = hand_reader().read([sample.ink for sample in page()])
    (step,) = learned.record["steps"]
    assert step["step"] == "hand"
    assert learned.record["held_back"] == 1
    assert nats(weights, page(), learned.hand) < nats(weights, page(), read) - 0.02  # judged by NumPy
    assert np.linalg.norm(learned.hand.z) == pytest.approx(2, rel=1e-4)
    assert learned.hand.name == "me"
    kept = hand_reader().read_lines([Style(sample.ink, sample.text) for sample in page()]).sample
    assert learned.hand.sample.text == kept.text, "one of the lines is kept, as scribe hand keeps it"
    assert learned.weights is weights


def test_biases_are_learned_after_the_hand_and_the_hand_can_be_folded_in():
    weights = random_weights(condition=4)
    learned = learn_hand(weights, page(), hand_reader(), updates=30, name="mine")
    assert [step["step"] for step in learned.record["steps"]] == ["hand", "biases"]
    changed = {name for name, array in weights.arrays.items() if not np.array_equal(array, learned.weights[name])}
    assert changed
    assert all(name.endswith("bias") for name in changed)
    folded = with_hand(learned.weights, learned.hand)
    assert folded.architecture.condition == 0
    told = Writer(learned.weights).write("a fox", seed=3, hand=learned.hand.z, max_points=40)
    np.testing.assert_allclose(Writer(folded).write("a fox", seed=3, max_points=40).points, told.points, atol=1e-3)


def test_two_lines_are_only_read_from():
    learned = learn_hand(random_weights(condition=4), page(2), hand_reader())
    assert learned.record["steps"] == []
    np.testing.assert_array_equal(learned.hand.z, hand_reader().read([sample.ink for sample in page(2)]).z)


@pytest.fixture(scope="module")
def whole():
    """What is learned where nobody judges."""
    return learn_hand(random_weights(layers=1), page(), updates=20, learning_rate=0.02).weights


@pytest.mark.parametrize(("worse_from", "taken"), [(0.0, 0.0), (0.3, 0.25), (0.6, 0.5), (2.0, 1.0)])
def test_what_is_read_worse_is_taken_back(monkeypatch, whole, worse_from, taken):
    """A judge for whom the writing is worse as soon as more than a part of the step is taken."""
    weights = random_weights(layers=1)  # as quickly built as can be
    length = np.linalg.norm(whole["mixture.bias"] - weights["mixture.bias"])

    class Judge:
        name = "judge"

        def __init__(self, reader, samples):
            pass

        def misread(self, now, hand):
            far = np.linalg.norm(now["mixture.bias"] - weights["mixture.bias"]) / length
            return Misread(5 if far > worse_from else 4, 100)

    monkeypatch.setattr(own_hand, "_Judge", Judge)
    learned = learn_hand(weights, page(), reader=object(), updates=20, learning_rate=0.02)
    (step,) = learned.record["steps"]
    assert step["taken"] == taken
    kept = np.linalg.norm(learned.weights["mixture.bias"] - weights["mixture.bias"]) / length
    assert kept == pytest.approx(taken, abs=1e-3)
    assert learned.record["misread"]["after"] <= learned.record["misread"]["before"] == 0.04


def test_what_cannot_be_learned_says_why():
    with pytest.raises(TrainingError, match="no line to learn from"):
        learn_hand(random_weights(), [Sample(page()[0].ink, "  ", "me")])
    with pytest.raises(WeightsError, match="take no hand"):
        learn_hand(random_weights(), page(), hand_only=True)
    with pytest.raises(WeightsError, match="a reader of hands of 4 numbers"):
        learn_hand(random_weights(condition=4), page(), hand_reader(3))
