"""Teaching the reader: Keras against NumPy, the loss against others' and brute force, and a training that can read."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")

from keras import ops  # noqa: E402

from scribe import cli  # noqa: E402
from scribe.alphabet import ASCII, Alphabet  # noqa: E402
from scribe.corpora import fonts  # noqa: E402
from scribe.corpora.corpus import Corpus, Sample  # noqa: E402
from scribe.ink import Ink, resample  # noqa: E402
from scribe.reader import Reader, character_error_rate, frames, log_probability, save_reader  # noqa: E402
from scribe.training import checkpoint  # noqa: E402
from scribe.training import reader as training  # noqa: E402
from scribe.training.batches import Position  # noqa: E402
from scribe.training.reader import ReaderSettings, export_reader, reader_weights, train_reader  # noqa: E402
from scribe.training.reader_batches import LENGTHS, ReaderBatches, framed, needed, retimed  # noqa: E402
from scribe.training.reader_network import ctc_nats  # noqa: E402
from scribe.training.state import CHECKPOINT, TrainingError, TrainingState  # noqa: E402
from scribe.weights import WeightsError  # noqa: E402
from tests.random_reader import random_reader  # noqa: E402

TINY = ReaderSettings(
    units=6,
    layers=1,
    updates=6,
    warmup=2,
    decay=2,
    batch_frames=400,
    curriculum=3,
    validate_every=3,
    checkpoint_every=2,
    jit=False,
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Synthetic writing by twenty hands that says little."""
    return fonts.generate(400, texts=["one", "two ten", "no note", "toe", "net", "woe to one"], seed=3, writers=20)


def untaught(corpus: Corpus, settings: ReaderSettings):
    """A network with random weights, and the same in NumPy."""
    network = training.build(settings)
    rng = np.random.default_rng(0)
    for variable in network.trainable_variables:
        variable.assign(variable.value + rng.normal(0, 0.2, variable.shape))
    state = TrainingState("read", settings, corpus.summary(), offset_scale=0.3, points_per_character=15.0, step=0.25)
    return network, Reader(reader_weights(network, state))


# --- the network


def test_keras_and_numpy_read_alike(corpus: Corpus) -> None:
    network, reader = untaught(corpus, dataclasses.replace(TINY, units=16, layers=2))
    inks = [corpus[i].ink for i in range(5)]
    features = [frames(ink.offsets, 0.3, 3).features for ink in inks]
    inputs, _ = framed(features, [np.zeros(0, np.int32)] * 5, 7, 96)
    logits = ops.convert_to_numpy(network(inputs))
    for ink, line, found in zip(inks, features, reader.log_probabilities(inks), strict=False):
        y = logits[[i is ink for i in inks].index(True), : len(line)].astype(np.float64)
        y -= np.log(np.exp(y).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(found, y, atol=1e-5)


def random_lines(rng: np.random.Generator):
    logits = rng.normal(0, 2, (5, 20, 7)).astype(np.float32)
    # A line that fills all frames, one without characters, one without frames.
    return logits, np.array([20, 15, 18, 11, 0]), rng.integers(0, 3, (5, 6)), np.array([6, 3, 5, 0, 0])


def test_the_loss_is_that_of_the_forward_algorithm() -> None:
    logits, lengths, codes, characters = random_lines(np.random.default_rng(0))
    nats = ops.convert_to_numpy(ctc_nats(*(ops.convert_to_tensor(a) for a in (logits, lengths, codes, characters))))
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    expected = [-log_probability(log_p[b, : lengths[b]], codes[b, : characters[b]]) for b in range(4)]
    np.testing.assert_allclose(nats, [*expected, 0], rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="takes gradients with TensorFlow")
def test_the_loss_and_its_gradient_are_those_of_keras() -> None:
    import tensorflow as tf

    logits, lengths, codes, characters = (a[:3] for a in random_lines(np.random.default_rng(1)))
    weights = tf.constant([1.0, 2.0, -3.0])
    results = []
    for own in (True, False):
        x = tf.constant(logits)
        with tf.GradientTape() as tape:
            tape.watch(x)
            if own:
                nats = ctc_nats(x, *(tf.constant(a, tf.int32) for a in (lengths, codes, characters)))
            else:
                nats = ops.ctc_loss(*(tf.cast(a, tf.int32) for a in (codes,)), x, characters, lengths, mask_index=6)
            total = tf.reduce_sum(nats * weights)
        results.append((nats.numpy(), tape.gradient(total, x).numpy()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="takes gradients with TensorFlow")
def test_the_gradient_is_that_of_finite_differences() -> None:
    import tensorflow as tf

    logits, lengths, codes, characters = random_lines(np.random.default_rng(2))
    x = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(ctc_nats(x, *(tf.constant(a, tf.int32) for a in (lengths, codes, characters))))
    gradient = tape.gradient(total, x).numpy()

    def nats(logits: np.ndarray) -> float:
        log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
        return -sum(log_probability(log_p[b, : lengths[b]], codes[b, : characters[b]]) for b in range(4))

    rng = np.random.default_rng(3)
    for _ in range(60):
        b, t, c = (int(rng.integers(0, size)) for size in logits.shape)
        step = np.zeros(logits.shape)
        step[b, t, c] = 1e-5
        slope = (nats(logits + step) - nats(logits - step)) / 2e-5
        assert gradient[b, t, c] == pytest.approx(slope, abs=2e-4), (b, t, c)
    assert not gradient[4].any()
    assert not gradient[3, 11:].any()


# --- batches


def batches_of(corpus: Corpus, **options) -> ReaderBatches:
    given = {"moves": 3, "frames": 800, "kept": (2, 12), "dropout": 0.2, "seed": 5} | options
    return ReaderBatches(corpus.split("train"), ASCII, 0.3, **given)


def test_batches_have_few_shapes_and_say_what_is_in_them(corpus: Corpus) -> None:
    shapes = set()
    for batch in itertools.islice(batches_of(corpus)(Position(progress=1.0)), 40):
        shape, mask = batch.inputs["frames"].shape, batch.inputs["mask"]
        shapes.add(shape)
        assert shape[1] in LENGTHS
        assert shape[0] == 800 // shape[1]
        assert batch.targets.shape == (shape[0], 2 + shape[1] // 2)
        np.testing.assert_array_equal(mask.sum(axis=1), batch.targets[:, 0])
        assert not batch.inputs["frames"][mask == 0].any()
        for row in batch.targets:
            text = ASCII.decode(row[2 : 2 + row[1]])
            assert not row[0] or text.split()[0] in ["one", "two", "no", "toe", "net", "woe"]
            assert needed(row[2 : 2 + row[1]]) <= row[0]
        kept = batch.inputs["kept"]
        assert kept.shape == (shape[0], 2, 12)
        assert set(np.unique(kept)) <= {np.float32(0), np.float32(1) / np.float32(0.8)}
    assert 1 < len(shapes) <= len(LENGTHS)


def test_batches_are_the_same_from_the_same_position(corpus: Corpus) -> None:
    seen = list(itertools.islice(batches_of(corpus)(Position(progress=1.0)), 12))
    for batch in (seen[0], seen[7], seen[11]):
        again = next(batches_of(corpus)(batch.position))
        np.testing.assert_array_equal(again.targets, batch.targets)
        np.testing.assert_array_equal(again.inputs["frames"], batch.inputs["frames"])
        np.testing.assert_array_equal(again.inputs["kept"], batch.inputs["kept"])


def test_what_no_batch_can_have_is_counted() -> None:
    ink = fonts.write_ink("net", "print-1", seed=1)
    endless = Ink.from_strokes([np.cumsum(np.full((2000, 2), 0.01), axis=0)])
    texts = [("net", ink), ("net" * 40, ink), ("n\u00e9", ink), ("net", endless)]
    corpus = Corpus.from_samples([Sample(i, text, "w") for text, i in texts], {})
    left_out = batches_of(corpus).left_out
    assert (left_out.count, left_out.unknown, left_out.crowded, left_out.long) == (3, 1, 1, 1)
    assert "1 with less ink than text" in str(left_out)


@pytest.mark.parametrize("factor", [0.3, 0.8, 1.0, 1.7])
def test_a_line_is_retimed_as_ink_is_resampled(corpus: Corpus, factor: float) -> None:
    ink = corpus[0].ink
    np.testing.assert_allclose(
        Ink(retimed(ink.offsets, factor)).points, resample(ink, factor).points, atol=1e-5, rtol=1e-5
    )


def test_needed_counts_a_blank_between_equal_characters() -> None:
    assert needed(np.array([1, 2, 3])) == 3
    assert needed(np.array([1, 1, 1, 2, 2])) == 8
    assert needed(np.array([], int)) == 0


# --- the training


def test_it_learns_to_read(tmp_path: Path) -> None:
    """Five words in one synthetic hand that is never twice the same; in half a minute on one core."""
    words = ["one", "two", "ten", "net", "won"]
    samples = []
    for i in range(250):
        ink = fonts.write_ink(words[i % 5], "print-1", seed=i)
        held = i % 25 == i % 5  # ten of each word
        samples.append(Sample(ink, words[i % 5], "b" if held else "a", "line", "validation" if held else "train"))
    corpus = Corpus.from_samples(samples, {"name": "fonts"})
    settings = dataclasses.replace(
        TINY, units=24, layers=1, updates=300, warmup=10, learning_rate=0.02, decay=100, batch_frames=960, curriculum=0,
        dropout=0.0, averaging=0.9, validate_every=300, checkpoint_every=300, jit=True,
    )  # fmt: skip
    heard = []
    train_reader(corpus, tmp_path, settings, report=heard.append)
    save_reader(tmp_path / "r.safetensors", export_reader(tmp_path, name="small"), half=True)
    reader = Reader.load(tmp_path / "r.safetensors")
    unseen = corpus.split("validation")
    rate = character_error_rate(zip(reader.read_many([s.ink for s in unseen]), unseen.texts, strict=True))
    assert rate < 0.25
    # The training measured the same, without rounding to half precision.
    assert heard[-1].validation == pytest.approx(rate, abs=0.03)
    assert heard[-1].nats < 1 < 2 < heard[0].nats
    assert reader.weights.provenance["updates"] == 300
    assert "fonts" in reader.weights.licence

    # The letters of a line are where they were written: their ranges follow one another and share out the ink.
    ink = unseen[0].ink
    written = reader.align(ink, unseen[0].text)
    assert "".join(w.character for w in written) == unseen[0].text
    assert written[0].start == 0
    assert written[-1].stop == len(ink)
    assert all(a.stop == b.start for a, b in itertools.pairwise(written))
    # What it says is more probable than what it does not say.
    assert reader.log_probability(ink, unseen[0].text) > reader.log_probability(ink, unseen[0].text[::-1]) + 1


def test_resumed_training_comes_to_the_same_numbers(corpus: Corpus, tmp_path: Path) -> None:
    through = train_reader(corpus, tmp_path / "a", TINY)

    def stop(progress) -> None:
        if progress.update == 3:
            os.kill(os.getpid(), signal.SIGINT)

    train_reader(corpus, tmp_path / "b", TINY, report=stop)
    assert checkpoint.read_state(tmp_path / "b" / CHECKPOINT)["update"] == 3
    resumed = train_reader(corpus, tmp_path / "b", resume=True)
    for one, other in zip(through.weights, resumed.weights, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6, err_msg=one.path)
    with pytest.raises(TrainingError, match="exists: go on with it"):
        train_reader(corpus, tmp_path / "b", TINY)


def test_the_alphabet_goes_along(tmp_path: Path) -> None:
    """From the settings to the batches, the validation, the checkpoint and the weights."""
    ink = fonts.write_ink("net", "print-1", seed=1)
    texts = ["n\u00e9", "e\u00e9n", "ten"]
    samples = [
        Sample(ink, texts[i % 3], f"w{i % 7 == 6}", "line", "validation" if i % 7 == 6 else "train") for i in range(40)
    ]
    corpus = Corpus.from_samples(samples, {"name": "accents"})
    settings = dataclasses.replace(TINY, updates=3, alphabet="en\u00e9")
    told: list[str] = []
    heard = []
    train_reader(corpus, tmp_path, settings, tell=told.append, report=heard.append)
    assert len(told) == 2
    assert "with characters that the alphabet lacks ('t' in " in told[0]
    assert heard[-1].validation is not None
    assert export_reader(tmp_path).alphabet.characters == "en\u00e9"


def test_a_reader_that_knows_more_characters_begins_with_one_that_knows_fewer(corpus: Corpus) -> None:
    weights = random_reader(units=6, layers=2, alphabet=Alphabet("ent"))

    def begun(alphabet: Alphabet):
        task = training.Reading(weights)
        return task.build(task.begin(corpus, corpus, dataclasses.replace(TINY, alphabet=alphabet.characters)))

    ink = corpus[0].ink
    features = frames(ink.offsets, weights.offset_scale, weights.architecture.moves).features
    inputs, _ = framed([features], [np.zeros(0, np.int32)], len(features), 96)
    known, more = (
        ops.convert_to_numpy(begun(Alphabet(a))(inputs))[0, : len(features)] for a in ("ent", "\u00e9nte\u00df")
    )
    (said,) = Reader(weights).log_probabilities([ink])
    np.testing.assert_allclose(np.exp(known - said).std(axis=1), 0, atol=1e-3)  # the same but for a factor per frame
    np.testing.assert_allclose(more[:, [3, 1, 2, 5]], known, atol=1e-5)
    np.testing.assert_allclose(more[:, 0], known[:, 0] - np.log(20), atol=1e-5)  # a letter is rarer with an accent
    np.testing.assert_allclose(more[:, 4], weights["output.bias"].min(), atol=1e-5)
    with pytest.raises(WeightsError, match="lacks 't'"):
        begun(Alphabet("en\u00e9\u00df"))
    with pytest.raises(WeightsError, match="the alphabet has 4 codes, and the network has 96"):
        training.build(TINY).begin_with(weights)


def test_checkpoints_of_writers_and_readers_are_not_mixed_up(corpus: Corpus, tmp_path: Path) -> None:
    from scribe.training.train import Settings, train

    small = {"units": 4, "layers": 1, "window": 1, "mixtures": 1, "batch_points": 300, "validate_every": 9}
    train(corpus, tmp_path / "w", Settings(updates=1, **small))
    with pytest.raises(TrainingError, match="it learns to 'write', not to read"):
        export_reader(tmp_path / "w")
    with pytest.raises(TrainingError, match="another kind of training"):
        train_reader(corpus, tmp_path / "w", TINY, resume=True)
    train_reader(corpus, tmp_path / "r", dataclasses.replace(TINY, updates=1))
    with pytest.raises(TrainingError, match="another kind of training"):
        train(corpus, tmp_path / "r", Settings(updates=1, **small), resume=True)


def test_compiled_updates_are_the_same_updates(corpus: Corpus, tmp_path: Path) -> None:
    batch = next(batches_of(corpus, kept=(1, 8))(Position()))
    losses = []
    for jit in (False, True):
        network = training.build(dataclasses.replace(TINY, units=4, layers=1, jit=jit))
        losses.append([float(network.train_on_batch(batch.inputs, batch.targets)) for _ in range(3)])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    assert losses[0][2] < losses[0][0]


# --- the command


def test_the_command_teaches_a_reader(corpus: Corpus, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    corpus.subset(range(60)).save("c.npz")
    tiny = {"units": 4, "layers": 1, "batch_frames": 400, "validate_every": 2, "decay": 7, "jit": False}
    Path("tiny.json").write_text(json.dumps(tiny))
    assert cli.main(["train-reader", "c.npz", "-o", "run", "--updates", "2", "--settings", "tiny.json"]) == 0
    said = capsys.readouterr().err
    assert "update 2 of 2: " in said
    assert "nats per character" in said
    assert "% of characters read wrongly" in said
    assert Reader.load(tmp_path / "run/weights.safetensors").weights.architecture.units == 4

    assert cli.main(["train-reader", "c.npz", "-o", "run", "--updates", "3"]) == 2
    assert "--resume" in capsys.readouterr().err
    assert cli.main(["train-reader", "c.npz", "-o", "run", "--resume", "--settings", "tiny.json"]) == 2
    assert "leave out batch_frames, jit, layers, units, validate_every" in capsys.readouterr().err
    assert cli.main(["train-reader", "c.npz", "-o", "run", "--updates", "3", "--resume"]) == 0
    settings = json.loads((tmp_path / "run/settings.json").read_text())["settings"]
    assert (settings["updates"], settings["decay"]) == (3, 7)

    assert cli.main(["train-reader", "c.npz", "-o", "refused", "--seed", str(2**32)]) == 2
    assert "0<=x<=4294967295" in capsys.readouterr().err
    assert not (tmp_path / "refused").exists()

    assert cli.main(["export", "run", "-o", "r.safetensors", "--half"]) == 0
    weights = Reader.load(tmp_path / "r.safetensors").weights
    assert (weights.name, weights.provenance["updates"]) == ("r", 3)
