import numpy as np
import pytest
from random_weights import random_weights

from scribe import mdn
from scribe.corpora import Corpus, Sample
from scribe.evaluation import EvaluationError, evaluate, score, unfinished
from scribe.ink import Ink
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


@pytest.mark.parametrize("shape", [{}, {"peepholes": True}, {"window": 0}, {"layers": 1}])
def test_the_score_is_what_the_writer_has_in_mind_point_by_point(shape):
    weights = random_weights(**shape)
    writer = Writer(weights)
    given = samples()
    scores = score(weights, given, batch=4)
    for number, sample in enumerate(given):
        trace = writer.follow(sample.ink, sample.text if weights.architecture.window else None)
        targets = sample.ink.standardised(weights.offset_scale)
        nats = -mdn.log_density(trace.mixture, targets)[1:].sum()
        pen = -mdn.log_density_pen(trace.mixture, targets[:, 2])[1:].sum()
        error = mdn.squared_error(trace.mixture, targets[:, :2])[1:].sum()
        expected = (nats, pen, error, len(sample.ink) - 1)
        np.testing.assert_allclose([column[number] for column in scores], expected, rtol=2e-4, atol=2e-4)


def test_batches_do_not_change_the_score():
    weights = random_weights()
    for together, alone in zip(score(weights, samples(), batch=9), score(weights, samples(), batch=1), strict=True):
        np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-4)


def test_the_report_adds_up_and_names_its_units():
    weights = random_weights()
    corpus = Corpus.from_samples(samples(30), METADATA)
    told = []
    report = evaluate(weights, corpus, split="test", lines=7, report=lambda *progress: told.append(progress))
    assert report["lines"] == 7
    assert (report["weights"], report["corpus"], report["split"]) == ("random", "made up", "test")
    points = report["points"]
    assert report["nats_a_point"] * points == pytest.approx(report["nats_a_line"] * 7, rel=1e-3)
    assert report["pen_nats_a_point"] > 0
    assert 0 <= report["unfinished"] <= 1
    assert "offset_scale" in report["units"]
    assert told[-1] == (7, 7)
    assert evaluate(weights, corpus, split="test", lines=7) == report


def test_dividing_offsets_by_two_changes_nats_by_two_logarithms_a_point():
    """The same network in other units: the density of each point changes by the area of a unit."""
    weights = random_weights()
    halved = [Sample(s.ink.transformed(np.eye(2) / 2), s.text, s.writer) for s in samples()]
    from dataclasses import replace

    other = replace(weights, offset_scale=weights.offset_scale / 2)
    np.testing.assert_allclose(score(weights, samples()).nats, score(other, halved).nats, rtol=1e-4)


def test_lines_that_come_to_no_end_are_counted():
    texts = ["some text", "more"]
    assert unfinished(Writer(random_weights(window_bias=-9.0)), texts) == 1.0
    assert unfinished(Writer(random_weights(window_bias=0.0)), texts) == 0.0


def test_a_corpus_without_lines_to_measure_is_refused():
    corpus = Corpus.from_samples([s for s in samples() if s.split == "train"], METADATA)
    with pytest.raises(EvaluationError, match="no line in the split 'validation'"):
        evaluate(random_weights(), corpus)


def test_a_prediction_network_is_measured_without_writing():
    report = evaluate(random_weights(window=0), Corpus.from_samples(samples(), METADATA), kind=None)
    assert "unfinished" not in report
    assert report["lines"] == 3
