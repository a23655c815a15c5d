"""The judge of what can be read: another network than the reader's, with the reader's batches, loss and frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from random_weights import random_weights  # noqa: E402

from scribe.alphabet import ASCII  # noqa: E402
from scribe.cli import main  # noqa: E402
from scribe.corpora import fonts  # noqa: E402
from scribe.corpora.corpus import Corpus  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.reader import Reader, character_error_rate  # noqa: E402
from scribe.training.reading_judge import (  # noqa: E402
    DILATIONS,
    JudgeReading,
    JudgeReadingSettings,
    ReadingJudge,
    ReadingJudgeNetwork,
    neighbours,
    teach_reading_judge,
)
from scribe.training.task import resumed_settings  # noqa: E402
from scribe.weights import WeightsError, save_weights  # noqa: E402

SMALL = JudgeReadingSettings(units=8, layers=2, updates=4, decay=1, batch_frames=800, jit=False, validate_every=2)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return fonts.generate(24, words=24, seed=3, writers=6)


@pytest.fixture(scope="module")
def judge() -> ReadingJudge:
    keras.utils.set_random_seed(0)
    network = ReadingJudgeNetwork(6, 3, 8, ASCII.size)
    network.build()
    return ReadingJudge(network, ASCII, 0.3, 3)


@pytest.mark.parametrize("dilation", [1, 3])
def test_a_product_with_the_neighbours_is_a_dilated_convolution(dilation: int) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(2, 11, 3)).astype(np.float32), rng.normal(size=(5, 3, 4)).astype(np.float32)
    layer = keras.layers.Conv1D(4, 5, padding="same", dilation_rate=dilation, use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    ours = np.asarray(neighbours(x, dilation)) @ kernel.reshape(15, 4)
    np.testing.assert_allclose(ours, np.asarray(layer(x)), atol=1e-5)


def test_a_frame_sees_as_far_as_is_said() -> None:
    network = ReadingJudgeNetwork(4, len(DILATIONS), 2, 5)
    network.build()
    for norm in network.norms:  # a change in one feature alone must not be taken out again
        norm.beta.assign(np.array([0.5, -0.2, 0.1, 0.3]))
    frames = np.random.default_rng(0).normal(size=(1, 201, 2)).astype(np.float32)
    changed = frames.copy()
    changed[0, 100] += 1
    mask = np.ones((1, 201), np.float32)
    one, other = (np.asarray(network({"frames": f, "mask": mask})) for f in (frames, changed))
    seen = np.flatnonzero(np.abs(one - other).max(axis=(0, 2)))
    reach = 2 * sum(DILATIONS)
    assert reach == 60
    # At the far end it comes through one weight of each convolution only, and may be lost in the last digit.
    assert 100 - reach <= seen.min() < 100 - reach + 5
    assert 100 + reach - 5 < seen.max() <= 100 + reach


def test_padding_says_nothing(judge: ReadingJudge) -> None:
    rng = np.random.default_rng(1)
    frames = rng.normal(size=(1, 20, 8)).astype(np.float32)
    padded = np.concatenate([frames, rng.normal(size=(1, 9, 8)).astype(np.float32)], axis=1)
    mask = (np.arange(29) < 20).astype(np.float32)[None]
    alone = np.asarray(judge.network({"frames": frames, "mask": np.ones((1, 20), np.float32)}))
    beside = np.asarray(judge.network({"frames": padded, "mask": mask}))[:, :20]
    np.testing.assert_allclose(alone, beside, atol=1e-5)


def test_it_learns_resumes_and_reads_the_same_from_its_file(corpus: Corpus, tmp_path: Path) -> None:
    taught = teach_reading_judge(corpus, tmp_path / "whole", SMALL)
    teach_reading_judge(corpus, tmp_path / "parts", replace(SMALL, updates=2))
    longer = resumed_settings(JudgeReading(), tmp_path / "parts", {"updates": 4})
    assert longer.units == 8
    resumed = teach_reading_judge(corpus, tmp_path / "parts", longer, resume=True)
    for name, variable in taught.network.tensors().items():
        assert np.isfinite(np.asarray(variable)).all(), name
    assert resumed.network.settings == taught.network.settings
    taught.save(tmp_path / "judge.safetensors")
    again = ReadingJudge.load(tmp_path / "judge.safetensors")
    inks = [corpus[i].ink for i in range(6)] + [Ink(np.zeros((0, 3), np.float32))]
    read = again.read_many(inks)
    assert read == taught.read_many(inks)
    assert read[-1] == ""
    assert [again.read_many([ink])[0] for ink in inks] == read  # what lies beside a line doesn't matter
    assert (again.alphabet, again.scale, again.moves) == (taught.alphabet, taught.scale, taught.moves)


def test_it_learns_to_read_two_lines(tmp_path: Path) -> None:
    """Enough updates on two lines, and it reads most of them; without, it reads next to nothing."""
    lines = fonts.generate(2, words=0, seed=1, writers=1)
    few = Corpus.from_samples([replace(lines[i % 2], split="train", writer="one") for i in range(32)], lines.metadata)
    learn = replace(SMALL, units=24, layers=4, learning_rate=1e-2, curriculum=1, averaging=0.9, validate_every=150)

    def wrong(updates: int) -> float:
        settings = replace(learn, updates=updates, decay=updates // 3)
        judge = teach_reading_judge(few, tmp_path / str(updates), settings)
        return character_error_rate(list(zip(judge.read_many([s.ink for s in lines]), lines.texts, strict=True)))

    assert wrong(150) < 0.3
    assert wrong(3) > 0.8


def test_other_files_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "writer.safetensors", random_weights(units=4))
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="holds no judge that reads"):
        ReadingJudge.load(tmp_path / "writer.safetensors")
    with pytest.raises(WeightsError, match="can't be read"):
        ReadingJudge.load(tmp_path / "broken.safetensors")
    with pytest.raises(FileNotFoundError, match="no file of a judge"):
        ReadingJudge.load(tmp_path / "missing.safetensors")


def test_the_command_has_it_judge_what_the_reader_proofreads(judge: ReadingJudge, tmp_path: Path, capfd) -> None:
    judge.save(tmp_path / "judge.safetensors")
    save_weights(tmp_path / "w.safetensors", random_weights(units=6))
    arguments = ["evaluate", str(tmp_path / "w.safetensors"), "--part", "legibility", "--copies", "1"]
    arguments += ["--candidates", "2", "--bias", "1", "--reading-judge", str(tmp_path / "judge.safetensors")]
    assert main([*arguments, "--reader", "none"]) == 2
    assert "name a reader" in capfd.readouterr().err


def test_who_can_only_read_does_not_choose(judge: ReadingJudge, monkeypatch) -> None:
    from scribe.measure import evaluation

    asked: list[object] = []
    monkeypatch.setattr(evaluation, "legibility", lambda writer, reader, real, **o: asked.append((reader, o)) or {})
    weights = random_weights(units=6)
    reader = Reader.load()
    evaluation.evaluate(weights, None, judge, parts=["legibility"])
    evaluation.evaluate(weights, None, judge, proofreader=reader, parts=["legibility"])
    evaluation.evaluate(weights, None, reader, parts=["legibility"])
    chosen = [(who, options["proofreader"]) for who, options in asked]
    assert chosen == [(judge, None), (judge, reader), (reader, reader)]
