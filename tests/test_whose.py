"""Whose hand it is: the judge's counts on writers that anybody can tell apart, and the two measures beside them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_weights import random_weights

from scribe.cli import main
from scribe.corpora.corpus import Corpus, Sample
from scribe.hands import HandReader
from scribe.ink import Ink
from scribe.measure.likelihood import EvaluationError
from scribe.measure.whose import WAYS, area_under_curve, nobodys, spread, whose
from scribe.reader import Reader
from scribe.weights import save_weights
from scribe.writer import Writer

TEXTS = ("the old inn by", "a river was as", "quiet that eve", "ning as it had")


def line(slant: float, rng: np.random.Generator, points: int = 120) -> Ink:
    """A zigzag that leans by so much."""
    up = np.arange(points) % 2 == 0
    dy = np.where(up, 1.0, -1.0) + rng.normal(0, 0.02, points)
    dx = 0.12 + slant * dy + rng.normal(0, 0.02, points)
    lifted = (np.arange(points) % 8 == 7).astype(float)
    lifted[-1] = 1
    return Ink(np.column_stack([dx, dy, lifted]))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    samples = [
        Sample(line(slant, rng), TEXTS[i % 4], f"writer {number}", "line", ("validation", "test")[number % 2])
        for number, slant in enumerate((-0.8, 0.0, 0.8))
        for i in range(14)
    ]
    return Corpus.from_samples(samples, {"name": "zigzags"})


class SlantJudge:
    """Looks at the slant, and at nothing else."""

    def vectors(self, inks):
        moves = [ink.offsets[ink.offsets[:, 1] < 0] for ink in inks]
        angles = np.array([np.arctan2(m[:, 0].sum(), m[:, 1].sum()) for m in moves])
        return np.column_stack([np.cos(2 * angles), np.sin(2 * angles)])


@pytest.fixture(scope="module")
def record(corpus: Corpus) -> dict:
    writer = Writer(random_weights(units=6, condition=24))
    return whose(writer, corpus, HandReader.load(), None, SlantJudge(), lines=30, seed=2)


def test_the_judge_knows_writers_that_anybody_can_tell_apart(record: dict) -> None:
    assert record["recognised"]["writers"] == 3
    assert record["recognised"]["own other lines"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_a_scribble_is_nobodys(record: dict) -> None:
    """Weights that learned nothing write no hand: chance recognises them, and anybody tells them from people."""
    ways = [name for name in record["recognised"] if "line" in name and name != "own other lines"]
    assert len(ways) == 12  # from one line and from five: numbers only, two biases, three with guidance
    shares = [record["recognised"][way]["value"] for way in ways]
    assert np.mean(shares) < 0.7
    for way in ways:
        assert record["recognised"][way]["share of own"] == record["recognised"][way]["value"]
    assert record["told apart 0.5"]["eleven numbers"]["value"] > 0.95
    assert 0 < record["spread 0.5"]["people"] < 2
    assert record["told apart 0.5, guidance 2"]["eleven numbers"]["value"] > 0.95


def test_each_way_is_measured_as_it_says(corpus: Corpus, monkeypatch) -> None:
    """Ways are told apart by what is asked of the writer; candidates go through the proofreader, and it alone."""
    asked, names = [], []

    def written(writer, texts, **options) -> list[Ink]:
        asked.append((options["bias"], options["guidance"], options["hand"] is not None))
        return [corpus[0].ink for _ in texts]

    def chosen(writer, reader, texts, candidates, **options) -> list[Ink]:
        names.append((reader, candidates))
        return written(writer, texts, **options)

    monkeypatch.setattr(Writer, "write_many", written)
    monkeypatch.setattr("scribe.measure.whose.proofread", chosen)
    writer, hands, reader = Writer(random_weights(units=6, condition=24)), HandReader.load(), Reader.load()
    plain = whose(writer, corpus, hands, lines=4)
    assert not names
    assert set(asked) == {(bias, 1.0, told) for bias in (0, 0.5, 1) for told in (True, False)} | {
        (bias, guidance, True) for bias, guidance in ((0.5, 2), (1, 1.5), (1, 2))
    }
    asked.clear()
    found = whose(writer, corpus, hands, proofreader=reader, lines=4)
    assert set(names) == {(reader, 4)}
    assert set(found) - set(plain) == {
        *("drawn 1, proofread 4", "no hand 1, proofread 4", "drawn 1, guidance 2, proofread 4"),
    }
    assert {f"similarity {way}" for way in WAYS} < set(found["held out"])


def test_nothing_is_said_of_what_nobody_read(record: dict) -> None:
    assert not [name for name in (*record, *record["held out"]) if "misread" in name]


def test_the_record_is_ready_for_json(record: dict) -> None:
    assert json.loads(json.dumps(record)) == record


def test_a_prior_that_knows_a_writer_by_heart_is_found_out() -> None:
    rng = np.random.default_rng(0)
    slants = np.linspace(-0.8, 0.8, 5)
    samples = [Sample(line(slant, rng), "inn", f"{slant}", "line", "train") for slant in slants for _ in range(16)]
    corpus = Corpus.from_samples(samples, {"name": "zigzags"})
    reader = HandReader.load()
    fair = nobodys(reader, corpus, draws=50)
    assert (fair["writers"], fair["draws"]) == (5, 50)
    # One network, two priors: the one that ships, and one that draws the same writer's hand each time.
    one = reader.read([sample.ink for sample in samples[:16]]).z
    arrays = {**reader.weights.arrays, "prior.mean": one, "prior.axes": np.zeros((len(one), len(one)), np.float32)}
    theft = nobodys(HandReader(replace(reader.weights, arrays=arrays)), corpus, draws=50)
    assert theft["draws to the nearest writer"][0] > 0.99 > fair["draws to the nearest writer"][3]
    assert theft["halves of a writer"] == fair["halves of a writer"]
    assert nobodys(reader, corpus.subset(np.arange(80) < 30), draws=50) == {"writers": 1}


def test_spread_of_vectors_on_a_circle() -> None:
    angles = np.array([0.0, 0.3, 1.0])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    cosines = [np.cos(0.3), np.cos(1.0), np.cos(0.7)]
    assert spread(vectors) == pytest.approx(1 - np.mean(cosines))
    assert spread(vectors, ["a", "a", "b"]) == pytest.approx(1 - np.mean(cosines[1:]))
    with pytest.raises(EvaluationError, match="two writers"):
        spread(vectors, ["a"] * 3)


def test_what_is_alike_cannot_be_told_apart_and_what_differs_can() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(80, 3)), rng.normal(size=(80, 3))
    alike, different = area_under_curve(one, other), area_under_curve(one, other + np.array([6.0, 0, 0]))
    assert alike.low < 0.5 < alike.high
    assert different.low > 0.99
    # Two normal distributions a deviation of 1 apart: the best there is has an area of Phi(1 / sqrt(2)) = .76.
    some = area_under_curve(rng.normal(size=(400, 1)), rng.normal(size=(400, 1)) + 1)
    assert 0.62 < some.value < 0.8


def test_a_missing_classifier_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(EvaluationError, match="pip install scikit-learn"):
        area_under_curve(np.zeros((9, 1)), np.ones((9, 1)))


def test_too_few_lines_are_told(corpus: Corpus) -> None:
    few = corpus.subset(np.arange(len(corpus)) < 6)
    with pytest.raises(EvaluationError, match="no held-out writer has 13 lines"):
        whose(Writer(random_weights(units=6, condition=24)), few, HandReader.load(), lines=3)


def test_on_the_command_line(corpus: Corpus, tmp_path: Path, capfd) -> None:
    corpus.save(tmp_path / "zigzags.npz")
    save_weights(tmp_path / "told.safetensors", random_weights(units=6, condition=24))
    save_weights(tmp_path / "untold.safetensors", random_weights(units=6))
    more = [str(tmp_path / "zigzags.npz"), "--part", "hands", "--lines", "6", "-o", str(tmp_path / "record.json")]
    assert main(["evaluate", str(tmp_path / "told.safetensors"), *more]) == 0
    found = json.loads((tmp_path / "record.json").read_text())["hands"]
    assert found["held out"]["writers"] == 3
    assert "recognised" not in found
    assert "people misread" in found
    assert main(["evaluate", str(tmp_path / "untold.safetensors"), *more]) == 2
    assert "weights that are told hands" in capfd.readouterr().err
    assert main(["evaluate", str(tmp_path / "told.safetensors"), *more, "--judge", str(tmp_path / "none")]) == 2
    assert "no file of a judge" in capfd.readouterr().err
