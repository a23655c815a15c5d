from dataclasses import replace

import numpy as np
import pytest
from by_bricks import by_bricks
from random_weights import random_weights

from scribe import mdn
from scribe.alphabet import Alphabet
from scribe.corpora import Corpus, Sample
from scribe.ink import Ink
from scribe.measure.likelihood import EvaluationError, compare, held_out, likelihood, looked_at, score
from scribe.writer import Writer

METADATA = {"name": "made up", "licence": "CC0-1.0", "attribution": "nobody", "synthetic": True}


def samples(count=9, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        offsets = rng.normal(0, 0.2, (int(rng.integers(2, 40)), 3))
        offsets[:, 2] = rng.random(len(offsets)) < 0.2
        offsets[-1, 2] = 1
        text = "".join(rng.choice(list("abc de"), int(rng.integers(1, 9)))).strip() or "a"
        split = ("train", "validation", "test")[number % 3]
        made.append(Sample(Ink(offsets), text, f"w{number}", "line", split))
    return made


@pytest.mark.parametrize(
    "shape", [{}, {"peepholes": True}, {"window": 0}, {"layers": 1}, {"cell": "gru"}, {"condition": 4}]
)
def test_the_score_is_what_the_bricks_expect_point_by_point(shape):
    weights, given = random_weights(**shape), samples()
    hands = list(np.random.default_rng(2).normal(size=(len(given), 4))) if "condition" in shape else None
    if hands:
        hands[2] = None
    scores = score(weights, given, 4, hands)
    for number, sample in enumerate(given):
        targets = sample.ink.standardised(weights.offset_scale)
        thoughts = by_bricks(weights, targets, sample.text, hands and hands[number])
        mixture = mdn.split(thoughts.y, weights.architecture.mixtures)
        nats = -mdn.log_density(mixture, targets)[1:].sum()
        pen = -mdn.log_density_pen(mixture, targets[:, 2])[1:].sum()
        error = mdn.squared_error(mixture, targets[:, :2])[1:].sum()
        expected = (nats, pen, error, len(sample.ink) - 1)
        np.testing.assert_allclose([column[number] for column in scores], expected, rtol=2e-4, atol=2e-4)


def test_batches_do_not_change_the_score():
    weights = random_weights()
    for together, alone in zip(score(weights, samples(), batch=9), score(weights, samples(), batch=1), strict=True):
        np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-4)


def test_the_record_adds_up_and_names_its_units():
    weights, given, told = random_weights(), samples(30), []
    record = likelihood(weights, given, report=told.append)
    scores = score(weights, given)
    assert record["lines"] == record["writers"] == 30
    assert record["points"] == scores.points.sum()
    assert record["nats_a_line"]["value"] == pytest.approx(scores.nats.mean(), abs=0.01)
    assert record["nats_a_point"]["value"] == pytest.approx(scores.nats.sum() / scores.points.sum(), abs=1e-4)
    assert record["nats_a_point"]["low"] < record["nats_a_point"]["value"] < record["nats_a_point"]["high"]
    assert 0 < record["pen_nats_a_point"]["value"] < record["nats_a_point"]["value"]
    assert "offset_scale" in record["units"]
    assert told[-1] == 1
    assert likelihood(weights, given) == record


def test_dividing_offsets_by_two_changes_nats_by_two_logarithms_a_point():
    """The same network in other units: the density of each point changes by the area of a unit."""
    weights = random_weights()
    halved = [Sample(s.ink.transformed(np.eye(2) / 2), s.text, s.writer) for s in samples()]
    other = replace(weights, offset_scale=weights.offset_scale / 2)
    np.testing.assert_allclose(score(weights, samples()).nats, score(other, halved).nats, rtol=1e-4)


def test_another_unit_makes_no_difference_between_networks():
    """The same network in other units foresees every line just as well, once that is allowed for."""
    weights = random_weights()
    arrays = dict(weights.arrays)
    m, factor = weights.architecture.mixtures, 1.6
    for layer in (1, 2, 3):
        kernel = arrays[f"lstm{layer}.kernel"].copy()
        kernel[:2] *= factor  # its inputs are smaller by that
        arrays[f"lstm{layer}.kernel"] = kernel
    for name in ("mixture.kernel", "mixture.bias"):
        columns = arrays[name].copy()
        columns[..., 1 + m : 1 + 3 * m] /= factor  # mu
        if columns.ndim == 1:
            columns[1 + 3 * m : 1 + 5 * m] -= np.log(factor)  # log sigma
        arrays[name] = columns
    other = replace(weights, arrays=arrays, offset_scale=weights.offset_scale * factor)
    record = compare(weights, other, samples())
    assert record["nats_a_line_better"]["value"] == pytest.approx(0, abs=0.01)
    assert record["squared_error_ratio"]["value"] == pytest.approx(1, abs=1e-3)
    assert record["against"]["nats_a_point"]["value"] == likelihood(weights, samples())["nats_a_point"]["value"]


def test_a_comparison_is_the_difference_line_by_line():
    ours, theirs, given = random_weights(), random_weights(window=0, seed=5), samples(20)
    record = compare(ours, theirs, given)
    better = score(theirs, given).nats - score(ours, given).nats
    assert record["nats_a_line_better"]["value"] == pytest.approx(better.mean(), abs=0.01)
    assert record["lines_foreseen_better"] == pytest.approx((better > 0).mean(), abs=1e-4)
    assert record["same_size"] is True
    assert record["against"]["window"] == 0
    back = compare(theirs, ours, given)
    assert back["nats_a_line_better"]["value"] == pytest.approx(-record["nats_a_line_better"]["value"])
    itself = compare(ours, ours, given)["nats_a_line_better"]
    assert itself == {"value": 0, "low": 0, "high": 0}


@pytest.mark.parametrize("shape", [{}, {"peepholes": True}, {"window": 5, "window_bias": 0.5}])
def test_what_was_looked_at_is_what_the_writer_looked_at(shape):
    weights = random_weights(**shape)
    writer = Writer(weights)
    texts = ["some text", "a", "longer than the others", "x y"]
    traces = [writer.trace(text, bias=1.0, seed=number, max_points=150) for number, text in enumerate(texts)]
    places = looked_at(weights, [trace.ink for trace in traces], texts, batch=3)
    for text, trace, found in zip(texts, traces, places, strict=True):
        assert len(found) == len(trace.ink) + 1
        seen = trace.phi.max(axis=1) > 0
        assert (found[:-1][seen] == trace.phi.argmax(axis=1)[seen]).all()
        assert (found[:-1][~seen] == len(text)).all()
        if trace.stop_reason == "finished":
            assert found[-1] == len(text)


def test_held_out_samples_are_of_one_split_and_always_the_same():
    corpus = Corpus.from_samples(samples(60), METADATA)
    chosen = held_out(random_weights(), corpus, split="test", lines=7)
    assert len(chosen) == 7
    assert {sample.split for sample in chosen} == {"test"}
    assert [len(sample.ink) for sample in chosen] == sorted(len(sample.ink) for sample in chosen)
    again = held_out(random_weights(), corpus, split="test", lines=7)
    assert [a.writer for a in again] == [b.writer for b in chosen]
    other = held_out(random_weights(), corpus, split="test", lines=7, seed=1)
    assert [a.writer for a in other] != [b.writer for b in chosen]


def test_a_corpus_without_lines_to_measure_is_refused():
    corpus = Corpus.from_samples([s for s in samples() if s.split == "train"], METADATA)
    with pytest.raises(EvaluationError, match="no line in the split 'validation'"):
        held_out(random_weights(), corpus)
    few = Alphabet("abc")
    with pytest.raises(EvaluationError, match="that the network can read"):
        held_out(random_weights(alphabet=few), Corpus.from_samples([sample_of("xyz")], METADATA))


def sample_of(text):
    return Sample(Ink(np.array([[0, 0, 0], [1, 0, 1]])), text, "w", "line", "validation")
