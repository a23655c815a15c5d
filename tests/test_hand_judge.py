"""The judge of hands: what it sees of a piece, and vectors that don't depend on what lies beside them."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from random_weights import random_weights  # noqa: E402

from scribe.corpora.corpus import Corpus, Sample  # noqa: E402
from scribe.hands import pieces  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.training.hand_judge import (  # noqa: E402
    LENGTH,
    HandJudge,
    JudgeNetwork,
    judge_inputs,
    judge_vectors,
    teach_judge,
)
from scribe.weights import WeightsError, save_weights  # noqa: E402


@pytest.fixture(scope="module")
def judge() -> JudgeNetwork:
    keras.utils.set_random_seed(0)
    network = JudgeNetwork(writers=5, size=6)
    network.build()
    return network


def scribble(points: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lifts = rng.random((points, 1)) < 0.08
    lifts[-1] = True
    return np.concatenate([rng.normal((0.1, 0), 0.2, (points, 2)), lifts], axis=1)


def test_it_sees_offsets_lifts_and_heights() -> None:
    piece = scribble(50, 0)
    inputs = judge_inputs([piece, scribble(LENGTH + 9, 1)], scale=0.5)
    assert inputs["points"].shape == (2, LENGTH, 4)
    np.testing.assert_array_equal(inputs["mask"].sum(axis=1), [50, LENGTH])
    np.testing.assert_allclose(inputs["points"][0, 1:50, :2], piece[1:, :2] / 0.5, rtol=1e-5)
    np.testing.assert_array_equal(inputs["points"][0, 0, :2], 0)  # where a piece begins says nothing of a hand
    np.testing.assert_array_equal(inputs["points"][0, :50, 2], piece[:, 2])
    np.testing.assert_allclose(inputs["points"][0, :50, 3], piece[:, 1].cumsum(), rtol=1e-4, atol=1e-5)


def test_a_vector_has_length_1_and_is_the_same_alone_and_among_others(judge: JudgeNetwork) -> None:
    parts = [scribble(n, n) for n in (60, 150, 200)]
    together = np.asarray(judge.vectors(judge_inputs(parts, 0.3)))
    alone = np.concatenate([np.asarray(judge.vectors(judge_inputs([part], 0.3))) for part in parts])
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-4)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_a_lines_vector_is_the_mean_of_its_pieces(judge: JudgeNetwork) -> None:
    lines = [scribble(60, 1), scribble(700, 2)]
    found = judge_vectors(judge, lines, 0.3)
    mean = np.asarray(judge.vectors(judge_inputs(pieces(lines[1]), 0.3))).mean(axis=0)
    np.testing.assert_allclose(found[1], mean / np.linalg.norm(mean), atol=1e-5)


def test_logits_are_cosines_to_each_writer(judge: JudgeNetwork) -> None:
    inputs = judge_inputs([scribble(80, 3)], 0.3)
    z = np.asarray(judge.vectors(inputs))
    writers = np.asarray(judge.writers.kernel)
    expected = 18 * z @ (writers / np.linalg.norm(writers, axis=0))
    np.testing.assert_allclose(np.asarray(judge(inputs)), expected, atol=1e-4)


def test_a_judge_learns_to_name_writers_and_goes_through_a_file(tmp_path) -> None:
    rng = np.random.default_rng(0)
    samples = []
    for number, slant in enumerate((-0.8, 0.8)):
        for _ in range(30):
            ink = scribble(120, int(rng.integers(1 << 30)))
            ink[:, 0] += slant * ink[:, 1]
            samples.append(Sample(Ink(ink), "text", str(number), "line", "train"))
    corpus = Corpus.from_samples(samples, {"name": "two"})
    told = []
    judge = teach_judge(corpus, updates=60, pieces_at_once=2, report=lambda update, nats: told.append(nats))
    assert np.mean(told[-10:]) < 0.5 * np.mean(told[:10])
    judge.save(tmp_path / "judge.safetensors")
    again = HandJudge.load(tmp_path / "judge.safetensors")
    inks = [sample.ink for sample in samples[::10]]
    np.testing.assert_array_equal(judge.vectors(inks), again.vectors(inks))


def test_what_is_no_judge_is_told(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="no file of a judge"):
        HandJudge.load(tmp_path / "gone")
    (tmp_path / "torn").write_bytes(b"no")
    with pytest.raises(WeightsError, match="torn"):
        HandJudge.load(tmp_path / "torn")
    save_weights(tmp_path / "writes.safetensors", random_weights())
    with pytest.raises(WeightsError, match="no judge of hands"):
        HandJudge.load(tmp_path / "writes.safetensors")
