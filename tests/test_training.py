"""Training: Keras against the NumPy bricks, and everything that must survive a long night."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from by_bricks import EVERY_CELL, by_bricks
from finite_differences import numeric_gradient, relative_error
from patience import patience
from random_weights import random_weights
from safetensors import safe_open
from safetensors.numpy import save_file

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")

from keras import ops  # noqa: E402

from scribe import mdn  # noqa: E402
from scribe.alphabet import ASCII, Alphabet  # noqa: E402
from scribe.cells import CELLS  # noqa: E402
from scribe.corpora import Corpus, Sample  # noqa: E402
from scribe.gru import gru_backward, gru_forward  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.lstm import lstm_backward, lstm_forward  # noqa: E402
from scribe.training import checkpoint  # noqa: E402
from scribe.training.batches import Augmentation, Batches, Position, offset_scale, padded, rarities  # noqa: E402
from scribe.training.conditions import Conditions  # noqa: E402
from scribe.training.export import export_checkpoint, weights_of  # noqa: E402
from scribe.training.layers import Recurrent  # noqa: E402
from scribe.training.losses import NegativeLogDensity, log_density  # noqa: E402
from scribe.training.network import HandwritingNetwork, in_parts  # noqa: E402
from scribe.training.noise import description_length  # noqa: E402
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay  # noqa: E402
from scribe.training.recurrence import unroll, unroll_with_window  # noqa: E402
from scribe.training.train import (  # noqa: E402
    CHECKPOINT,
    Settings,
    TrainingDiverged,
    TrainingError,
    TrainingState,
    Writing,
    averaged,
    build,
    evaluate,
    train,
    validation_batches,
)
from scribe.training.usable import usable_samples  # noqa: E402
from scribe.weights import WeightsError  # noqa: E402
from scribe.window import WindowedState, window_step, windowed_lstm_backward, windowed_lstm_forward  # noqa: E402
from scribe.writer import Writer  # noqa: E402

ROOT = Path(__file__).parent.parent
# One layer: most of a tiny training is the building of its graph, and the loop is the same for two.
TINY = Settings(
    units=8,
    layers=1,
    window=2,
    mixtures=2,
    updates=6,
    warmup=2,
    decay=2,
    batch_points=600,
    curriculum=3,
    validate_every=3,
    checkpoint_every=2,
)


def zigzag(text: str, rng: np.random.Generator) -> Ink:
    """Ink with as many strokes as letters, six points each, not quite regular."""
    strokes = []
    for i in range(len(text)):
        up = np.linspace(0, 1, 6)
        strokes.append(np.stack([i + 0.5 * up, 1 - np.abs(2 * up - 1)], axis=1) + rng.normal(0, 0.03, (6, 2)))
    return Ink.from_strokes(strokes)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    rng = np.random.default_rng(1)
    words = ["a", "of", "ink", "pens", "lines"]
    samples = []
    for writer in range(6):
        split = "validation" if writer == 5 else "train"
        for _ in range(12):
            word = str(rng.choice(words))
            samples.append(Sample(zigzag(word, rng), word, f"w{writer}", "word", split))
            line = " ".join(rng.choice(words, 3))
            samples.append(Sample(zigzag(line, rng), line, f"w{writer}", "line", split))
    return Corpus.from_samples(samples, {"name": "zigzags", "licence": "CC0-1.0", "attribution": "nobody"})


# --- Keras against NumPy ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peepholes", [False, True])
def test_lstm_equals_numpy_forward_and_back(peepholes: bool) -> None:
    rng = np.random.default_rng(2)
    time_, batch, features, units = 6, 3, 4, 5
    xs, dhs = rng.normal(size=(time_, batch, features)), rng.normal(size=(time_, batch, units))
    kernel, recurrent, bias = (rng.normal(size=s) for s in ((features, 4 * units), (units, 4 * units), (4 * units,)))
    peephole = rng.normal(size=(3, units)) if peepholes else None
    zeros = np.zeros((batch, units))
    hs, cache = lstm_forward(xs, zeros, zeros, kernel, recurrent, bias, peephole)
    expected = lstm_backward(dhs, cache, kernel, recurrent, bias, peephole)

    inputs = [xs @ kernel + bias, recurrent, *([peephole] if peepholes else [])]
    output, gradients = values_and_gradients(lambda *a: unroll("lstm", *a), inputs, dhs)
    np.testing.assert_allclose(output, hs, rtol=1e-10)
    np.testing.assert_allclose(gradients[1], expected.recurrent, rtol=1e-8)
    np.testing.assert_allclose(gradients[0].sum(axis=(0, 1)), expected.bias, rtol=1e-8)
    np.testing.assert_allclose(np.einsum("tbi,tbj->ij", xs, gradients[0]), expected.kernel, rtol=1e-8)
    if peepholes:
        np.testing.assert_allclose(gradients[2], expected.peephole, rtol=1e-8)


def test_gru_equals_numpy_forward_and_back() -> None:
    rng = np.random.default_rng(2)
    time_, batch, features, units = 6, 3, 4, 5
    xs, dhs = rng.normal(size=(time_, batch, features)), rng.normal(size=(time_, batch, units))
    kernel, recurrent, bias = (rng.normal(size=s) for s in ((features, 3 * units), (units, 3 * units), (3 * units,)))
    hs, cache = gru_forward(xs, np.zeros((batch, units)), kernel, recurrent, bias)
    expected = gru_backward(dhs, cache, kernel, recurrent, bias)
    output, gradients = values_and_gradients(lambda *a: unroll("gru", *a), [xs @ kernel + bias, recurrent], dhs)
    np.testing.assert_allclose(output, hs, rtol=1e-10)
    np.testing.assert_allclose(gradients[1], expected.recurrent, rtol=1e-8)
    np.testing.assert_allclose(gradients[0].sum(axis=(0, 1)), expected.bias, rtol=1e-8)
    np.testing.assert_allclose(np.einsum("tbi,tbj->ij", xs, gradients[0]), expected.kernel, rtol=1e-8)


def of_numpy_with_window(cell: str, projected, recurrent, look, kernel, bias, peephole, codes, mask) -> np.ndarray:
    """Hidden vectors and windows, ``(T, B, U + C)``, by the bricks alone."""
    brick, onehot = CELLS[cell], np.eye(len(look))[codes]
    lines, units = projected.shape[1], len(recurrent)
    state = (np.zeros((lines, units)),) * brick.states
    w, kappa, both = np.zeros((lines, len(look))), np.zeros((lines, len(bias) // 3)), []
    for z in projected:
        sums = brick.spread(z + w @ look, brick.inflow) + brick.spread(state[0] @ recurrent, brick.back)
        state = brick.step(sums, state, peephole)
        w, kappa, _ = window_step(state[0], kappa, onehot, kernel, bias, mask)
        both.append(np.concatenate([state[0], w], axis=-1))
    return np.stack(both)


@pytest.mark.parametrize(("cell", "peepholes"), EVERY_CELL)
def test_windowed_layer_of_every_cell_equals_numpy_and_its_gradients_finite_differences(cell, peepholes) -> None:
    rng = np.random.default_rng(4)
    time_, batch, units, gaussians, codes_ = 4, 2, 3, 2, 4
    codes = np.array([[0, 3, 1], [2, 0, 0]], np.int32)
    mask = np.array([[1, 1, 1], [1, 1, 0]], np.float64)
    width = CELLS[cell].parts * units
    shapes = (time_, batch, width), (units, width), (codes_, width), (units, 3 * gaussians)
    inputs = [rng.normal(size=shape) for shape in shapes] + [rng.normal(size=3 * gaussians) - 0.5]
    inputs += [rng.normal(size=(CELLS[cell].peepholes, units))] if peepholes else []
    upstream = rng.normal(size=(time_, batch, units + codes_))

    def of_numpy() -> np.ndarray:
        projected, recurrent, look, kernel, bias, *peephole = inputs
        peep = peephole[0] if peephole else None
        return of_numpy_with_window(cell, projected, recurrent, look, kernel, bias, peep, codes, mask)

    def of_keras(projected, recurrent, look, kernel, bias, *peephole):
        text = ops.convert_to_tensor(codes), ops.convert_to_tensor(mask)
        return unroll_with_window(cell, projected, recurrent, look, kernel, bias, *text, *peephole)

    output, gradients = values_and_gradients(of_keras, inputs, upstream)
    np.testing.assert_allclose(output, of_numpy(), rtol=1e-9, atol=1e-12)
    for array, gradient in zip(inputs, gradients, strict=True):
        assert relative_error(gradient, numeric_gradient(lambda: float((of_numpy() * upstream).sum()), array)) < 1e-7


@pytest.mark.parametrize("parity", [False, True])
@pytest.mark.parametrize("peepholes", [False, True])
def test_windowed_lstm_equals_numpy_forward_and_back(peepholes: bool, parity: bool) -> None:
    rng = np.random.default_rng(3)
    time_, batch, features, units, gaussians, codes_ = 6, 2, 3, 4, 2, 5
    codes = np.array([[0, 3, 1, 4], [2, 4, 0, 0]], np.int32)
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], np.float64)
    xs = rng.normal(size=(time_, batch, features))
    shown = codes_ + parity
    dhs, dws = rng.normal(size=(time_, batch, units)), rng.normal(size=(time_, batch, shown))
    kernel = rng.normal(size=(features + shown, 4 * units))
    recurrent, bias = rng.normal(size=(units, 4 * units)), rng.normal(size=(4 * units,))
    window = rng.normal(size=(units, 3 * gaussians)), rng.normal(size=(3 * gaussians,)) - 0.5
    peephole = rng.normal(size=(3, units)) if peepholes else None
    zeros = np.zeros((batch, units))
    state = WindowedState(zeros, zeros, np.zeros((batch, gaussians)), np.zeros((batch, shown)))
    lstm, onehot = (kernel, recurrent, bias, peephole), np.eye(codes_)[codes]
    if parity:
        onehot = np.concatenate([onehot, np.tile(np.array([1.0, -1, 1, -1]), (batch, 1))[:, :, None]], axis=2)
    hs, ws, cache = windowed_lstm_forward(xs, onehot, state, lstm, window, mask)
    expected = windowed_lstm_backward(dhs, dws, cache, onehot, lstm, window, mask)

    def run(projected, recurrent, look, window_kernel, window_bias, *peephole):
        arrays = projected, recurrent, look, window_kernel, window_bias
        text = ops.convert_to_tensor(codes), ops.convert_to_tensor(mask)
        return unroll_with_window("lstm", *arrays, *text, *peephole, parity=parity)

    inputs = [xs @ kernel[:features] + bias, recurrent, kernel[features:], *window, *([peephole] if peepholes else [])]
    output, gradients = values_and_gradients(run, inputs, np.concatenate([dhs, dws], axis=2))
    np.testing.assert_allclose(output, np.concatenate([hs, ws], axis=2), rtol=1e-9, atol=1e-12)
    expectations = [expected.recurrent, expected.kernel[features:], expected.window_kernel, expected.window_bias]
    for gradient, expectation in zip(gradients[1:5], expectations, strict=True):
        np.testing.assert_allclose(gradient, expectation, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(gradients[0].sum(axis=(0, 1)), expected.bias, rtol=1e-8)
    if peepholes:
        np.testing.assert_allclose(gradients[5], expected.peephole, rtol=1e-8)


def values_and_gradients(function, inputs: list[np.ndarray], upstream: np.ndarray):
    """The output of a float64 function and its gradients under ``upstream``, on whichever backend runs the tests."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tensors = [tf.constant(x, tf.float64) for x in inputs]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            output = function(*tensors)
        return output.numpy(), [g.numpy() for g in tape.gradient(output, tensors, upstream)]
    if backend == "torch":
        import torch

        tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
        output = function(*tensors)
        output.backward(torch.tensor(upstream))
        return output.detach().numpy(), [t.grad.numpy() for t in tensors]
    import jax

    with jax.enable_x64(True):
        output, back = jax.vjp(function, *[jax.numpy.asarray(x) for x in inputs])
        return np.asarray(output), [np.asarray(g) for g in back(jax.numpy.asarray(upstream))]


def test_log_density_equals_numpy() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(0, 2, (3, 7, 1 + 6 * 4)).astype(np.float32)
    targets = rng.normal(size=(3, 7, 3)).astype(np.float32)
    targets[..., 2] = targets[..., 2] > 0
    expected = mdn.log_density(mdn.split(y.astype(np.float64), 4), targets.astype(np.float64))
    np.testing.assert_allclose(ops.convert_to_numpy(log_density(y, targets, 4)), expected, rtol=1e-4, atol=1e-4)


def network_and_weights(alphabet: Alphabet = ASCII, **settings):
    keras.utils.set_random_seed(5)
    settings |= {"codes": alphabet.size, "parts": alphabet.parts}
    network = HandwritingNetwork(**{"units": 10, "layers": 3, "window": 3, "mixtures": 4} | settings)
    network.build()
    lively = np.random.default_rng(5)
    for variable in network.weights:  # not the timid initial values
        variable.assign(variable + lively.normal(0, 0.2, variable.shape))
    return network, weights_of(network, 0.25, alphabet=alphabet)


@pytest.mark.parametrize(
    "settings", [{}, {"peepholes": True}, {"window": 0}, {"layers": 1}, {"height": True}, {"parity": True}]
)
def test_whole_network_equals_writer_step_by_step(settings: dict) -> None:
    network, weights = network_and_weights(**settings)
    rng = np.random.default_rng(6)
    text = "write on" if weights.architecture.window else None
    ink = zigzag("write on", rng)
    trace = Writer(weights).follow(ink, text)
    inputs, _ = padded([ink.offsets], [ASCII.encode("write on")], 0.25)
    y = ops.convert_to_numpy(network(inputs))[0, : len(ink)]
    expected = mdn.split(y, 4)
    for name, found in trace.mixture._asdict().items():
        np.testing.assert_allclose(found, getattr(expected, name), atol=1e-5, err_msg=name)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("condition", [0, 3])
@pytest.mark.parametrize("window", [0, 2])
@pytest.mark.parametrize("more", [False, True])
def test_whole_network_equals_the_bricks(cell: str, condition: int, window: int, more: bool) -> None:
    sees = {"height": more, "parity": more and window > 0}
    network, weights = network_and_weights(cell=cell, condition=condition, window=window, **sees)
    text = "on" if window else None
    ink = zigzag("on", np.random.default_rng(6))
    inputs, _ = padded([ink.offsets] * 2, [ASCII.encode("on")] * 2, 0.25)
    hands = np.random.default_rng(7).normal(size=(2, condition)).astype(np.float32)
    y = ops.convert_to_numpy(network(inputs | {"condition": hands}))[:, : len(ink)]
    points = ink.standardised(0.25)
    for line in range(2):
        np.testing.assert_allclose(y[line], by_bricks(weights, points, text, hands[line]).y, atol=2e-5)
    if condition:
        assert np.abs(y[0] - y[1]).max() > 0.01
    none = ops.convert_to_numpy(network(inputs))[0, : len(ink)]
    np.testing.assert_allclose(none, by_bricks(weights, points, text).y, atol=2e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_hands_weights_learn_from_the_first_step_and_begin_without_influence(cell: str) -> None:
    layer = Recurrent(4, cell=cell, condition=3)
    layer.build((None, None, 5))
    assert not ops.convert_to_numpy(layer.condition).any()
    rng = np.random.default_rng(8)
    xs, hand = rng.normal(size=(6, 2, 5)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_array_equal(layer(xs, hand), layer(xs, 0 * hand))

    def loss(weights: np.ndarray) -> float:
        layer.condition.assign(weights)
        return float(ops.sum(ops.square(layer(xs, hand))))

    direction = rng.normal(size=(3, CELLS[cell].parts * 4)).astype(np.float32)
    along = (loss(0.01 * direction) - loss(-0.01 * direction)) / 0.02
    kernel, recurrent, bias = (np.asarray(w, np.float64) for w in (layer.kernel, layer.recurrent, layer.bias))

    def exactly(weights):
        inflow = ops.convert_to_tensor(xs @ kernel + bias) + ops.matmul(hand.astype(np.float64), weights)
        return ops.sum(ops.square(unroll(cell, inflow, ops.convert_to_tensor(recurrent))))

    _, (gradient,) = values_and_gradients(exactly, [np.zeros_like(direction, np.float64)], np.ones(()))
    assert (gradient * direction).sum() == pytest.approx(along, rel=0.02)


@pytest.mark.parametrize("cell", CELLS)
def test_a_network_that_sees_and_reads_more_begins_with_weights_that_do_not(cell: str) -> None:
    _, weights = network_and_weights(cell=cell, layers=2)
    larger = Alphabet("é" + ASCII.characters[::-1] + "ß½")
    sizes = {"units": 10, "layers": 2, "window": 3, "mixtures": 4, "cell": cell}
    network = HandwritingNetwork(**sizes, condition=5, height=True, parity=True, codes=larger.size, parts=larger.parts)
    network.begin_with(weights, larger)
    ink = zigzag("one", np.random.default_rng(6))
    hand = np.ones((1, 5), np.float32)

    def outputs(text: str) -> np.ndarray:
        inputs, _ = padded([ink.offsets], [larger.encode(text)], 0.25)
        return ops.convert_to_numpy(network(inputs | {"condition": hand}))[0, : len(ink)]

    points = ink.standardised(0.25)
    expected = by_bricks(weights, points, "one").y
    np.testing.assert_allclose(outputs("one"), expected, atol=2e-5)
    np.testing.assert_allclose(outputs("oné"), expected, atol=2e-5)
    assert np.abs(outputs("onß") - expected).max() > 1e-3
    exported = weights_of(network, 0.25, alphabet=larger)
    assert (exported.architecture.condition, exported.architecture.height) == (5, True)
    assert exported.alphabet == larger
    with pytest.raises(WeightsError, match="lacks 'é'"):
        HandwritingNetwork(**sizes, condition=5, height=True, parity=True).begin_with(exported, ASCII)
    with pytest.raises(WeightsError, match="their units is 10, not 12"):
        HandwritingNetwork(**sizes | {"units": 12}).begin_with(weights)


def test_letters_and_marks_are_what_a_network_learns() -> None:
    alphabet = Alphabet("aeéáoóñnß")
    network, weights = network_and_weights(alphabet, layers=2)
    kernel = weights["lstm2.kernel"]
    row = {c: kernel[len(kernel) - alphabet.size + i].astype(np.float64) for i, c in enumerate(alphabet.characters)}
    np.testing.assert_allclose(row["é"] - row["e"], row["á"] - row["a"], atol=1e-6)
    assert np.abs(row["ñ"] - row["n"] - row["é"] + row["e"]).max() > 0.1
    text = "éáßóñe"
    ink = zigzag(text, np.random.default_rng(6))
    inputs, _ = padded([ink.offsets], [alphabet.encode(text)], 0.25)
    y = ops.convert_to_numpy(network(inputs))[0, : len(ink)]
    np.testing.assert_allclose(y, by_bricks(weights, ink.standardised(0.25), text).y, atol=2e-5)
    network.begin_with(weights)
    np.testing.assert_allclose(ops.convert_to_numpy(network(inputs))[0, : len(ink)], y, atol=1e-5)


def test_what_belongs_to_characters_as_what_belongs_to_letters_and_marks() -> None:
    known, alphabet = Alphabet("aeéáo"), Alphabet("aeéáoóßñ")
    rows = np.array([[1, 0], [0, 2], [0, 3], [3, 0], [5, 5], [7, 7]], float)  # the last is the end of the text
    found = in_parts(rows, known, alphabet, alphabet.parts)
    a, e, o, sharp_s, n_with_tilde, end, acute = found.tolist()  # "ñ" is a part: there's no "n" in this alphabet
    assert (a, e, o, sharp_s, n_with_tilde, end) == ([1, 0], [0, 2], [5, 5], [0, 0], [0, 0], [7, 7])
    assert acute == [(0 + 2) / 2, (1 + 0) / 2]
    with pytest.raises(WeightsError, match="lacks 'o'"):
        in_parts(rows, known, Alphabet("aeéá"), Alphabet("aeéá").parts)


class OwnNetwork(keras.Model):
    """Not recurrent at all: each point from the one before and from how much of each code the text has."""

    def __init__(self, mixtures: int, codes: int) -> None:
        super().__init__()
        self.codes, self.mixture = codes, keras.layers.Dense(1 + 6 * mixtures)

    def build(self, input_shape=None) -> None:
        self.mixture.build((None, None, 3 + self.codes))
        self.built = True

    def call(self, inputs, training: bool = False):
        text = ops.one_hot(inputs["codes"], self.codes) * inputs["code_mask"][..., None]
        text = ops.sum(text, axis=1, keepdims=True) / 10
        points = inputs["points"]
        return self.mixture(ops.concatenate([points, ops.repeat(text, ops.shape(points)[1], axis=1)], axis=-1))


def own(settings: Settings, points_per_character: float) -> keras.Model:
    """In place of the network that writes, where a test looks at the loop alone: its graph is built at once."""
    return OwnNetwork(settings.mixtures, ASCII.size)


def test_a_network_of_ones_own_trains_and_resumes_like_any_other(corpus: Corpus, tmp_path: Path) -> None:
    settings = Settings(
        mixtures=2, updates=8, warmup=2, decay=3, batch_points=800, curriculum=0, validate_every=4, learning_rate=0.02
    )
    asked = []

    def make(settings: Settings, points_per_character: float) -> keras.Model:
        asked.append(points_per_character)
        return OwnNetwork(settings.mixtures, ASCII.size)

    nats: list[float] = []
    network = train(corpus, tmp_path / "whole", settings, network=make, report=lambda p: nats.append(p.nats))
    assert isinstance(network, OwnNetwork)
    assert np.mean(nats[-2:]) < nats[0]
    characters = sum(map(len, corpus.split("train").texts))
    assert asked == [pytest.approx(len(corpus.split("train").offsets) / characters)]
    first = dataclasses.replace(settings, updates=5)
    train(corpus, tmp_path / "parts", first, network=make)
    resumed = train(corpus, tmp_path / "parts", settings, network=make, resume=True)
    # the schedule of the first part fell earlier, so only the shapes and the number of updates are the same
    assert checkpoint.read_state(tmp_path / "parts" / CHECKPOINT)["update"] == 8
    assert [w.shape for w in resumed.get_weights()] == [w.shape for w in network.get_weights()]
    with pytest.raises(checkpoint.CheckpointError, match="another network"):
        train(corpus, tmp_path / "parts", settings, resume=True)  # without saying whose
    with pytest.raises(TrainingError, match="OwnNetwork has no file of weights"):
        Writing(network=make).export(network, TrainingState.read(tmp_path / "whole" / CHECKPOINT, {"write": Settings}))
    with pytest.raises(TrainingError, match="one of the two"):
        train(corpus, tmp_path / "no", settings, network=make, weights=random_weights())


def test_paper_sized_network_has_the_papers_number_of_weights() -> None:
    synthesis = HandwritingNetwork(peepholes=True, codes=57)
    prediction = HandwritingNetwork(peepholes=True, window=0)
    for network, millions in ((synthesis, 3.7), (prediction, 3.4)):
        network.build()
        assert network.count_params() / 1e6 == pytest.approx(millions, abs=0.05)


# --- Padding, noise, the optimizer -----------------------------------------------------------------------------------


def test_padding_counts_neither_in_the_loss_nor_in_the_window() -> None:
    network, _ = network_and_weights()
    ink = zigzag("pad", np.random.default_rng(7))
    loss = NegativeLogDensity(4)
    alone, target = padded([ink.offsets], [ASCII.encode("pad")], 0.25)
    beside = [ink.offsets, np.tile(ink.offsets, (9, 1))], [ASCII.encode("pad"), ASCII.encode("pad" * 20)]
    together, targets = padded(*beside, 0.25)
    assert together["points"].shape[1] > 2 * alone["points"].shape[1]
    y, ys = network(alone), network(together)
    expected = float(loss(target, y))
    assert float(loss(targets[:1], ys[:1])) == pytest.approx(expected, rel=1e-5)
    # Whatever the padding predicts, be it infinite, is not seen.
    wild = ops.convert_to_numpy(ys).copy()[:1]
    wild[:, len(ink) :] = np.inf
    assert float(loss(targets[:1], wild)) == pytest.approx(expected, rel=1e-5)


def test_description_length_is_the_least_divergence_from_a_shared_prior() -> None:
    rng = np.random.default_rng(8)
    means, deviations = rng.normal(0.3, 0.5, 40), np.exp(rng.normal(-2, 0.5, 40))

    def divergence(m: float, v: float) -> float:
        return float(np.sum(0.5 * np.log(v / deviations**2) + (deviations**2 + (means - m) ** 2) / (2 * v) - 0.5))

    least = float(description_length(ops.convert_to_tensor(means), ops.convert_to_tensor(np.log(deviations))))
    m, v = means.mean(), np.mean(deviations**2 + (means - means.mean()) ** 2)
    assert least == pytest.approx(divergence(m, v), rel=1e-5)
    assert all(least < divergence(m + dm, v * fv) for dm, fv in ((0.1, 1), (-0.1, 1), (0, 1.2), (0, 0.8)))


def test_noisy_layer_draws_while_training_and_pays_for_exactness() -> None:
    layer = Recurrent(4, noise=0.1, shared_by=100.0)
    x = np.random.default_rng(9).normal(size=(5, 2, 3)).astype(np.float32)
    layer(x)
    calm = [ops.convert_to_numpy(layer(x)) for _ in range(2)]
    noisy = [ops.convert_to_numpy(layer(x, training=True)) for _ in range(2)]
    np.testing.assert_array_equal(*calm)
    assert np.abs(noisy[0] - noisy[1]).max() > 1e-3
    assert len(layer.losses) > 0
    exact = sum(float(loss) for loss in layer.losses)
    for variable in layer.weights:
        if "log_deviation" in variable.path:
            variable.assign(variable - 1.0)
    layer(x, training=True)
    assert sum(float(loss) for loss in layer.losses[-3:]) > exact


def test_a_step_that_is_not_finite_changes_nothing_and_is_counted() -> None:
    weight = keras.Variable(np.ones(3, np.float32))
    optimizer = SafeAdam(0.1, use_ema=True, global_clipnorm=1.0)
    optimizer.build([weight])
    optimizer.apply([ops.convert_to_tensor(np.array([1, 2, 3], np.float32))], [weight])
    before = [ops.convert_to_numpy(v).copy() for v in [weight, *optimizer.variables]]
    for poison in (np.nan, np.inf):
        optimizer.apply([ops.convert_to_tensor(np.array([1, poison, 3], np.float32))], [weight])
    after = [ops.convert_to_numpy(v) for v in [weight, *optimizer.variables]]
    names = ["weight", *[v.path for v in optimizer.variables]]
    for name, old, new in zip(names, before, after, strict=True):
        if "skipped" in name:
            assert new - old == 2
        else:
            np.testing.assert_array_equal(old, new, err_msg=name)
    optimizer.apply([ops.ones(3)], [weight])
    assert np.isfinite(ops.convert_to_numpy(weight)).all()
    assert not np.array_equal(ops.convert_to_numpy(weight), before[0])


def test_average_forgets_where_it_began() -> None:
    weight = keras.Variable(np.array([1000.0], np.float32))
    optimizer = SafeAdam(0.0, use_ema=True, ema_momentum=0.999)
    optimizer.build([weight])
    for _ in range(60):
        weight.assign(np.array([1.0], np.float32))
        optimizer.apply([ops.zeros(1)], [weight])
    optimizer.finalize_variable_values([weight])
    assert float(weight[0]) == pytest.approx(1.0, abs=1e-3)


def test_learning_rate_rises_holds_and_falls() -> None:
    rate = WarmupHoldDecay(2.0, warmup=10, updates=100, decay=20, final=0.1)
    values = np.array([float(rate(step)) for step in range(101)])
    assert values[0] == pytest.approx(0.2)
    np.testing.assert_allclose(values[9:81], 2.0, rtol=1e-5)
    assert (np.diff(values[80:]) < 0).all()
    assert values[100] == pytest.approx(0.2)


# --- Batches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peak", [float("nan"), float("inf"), 0.0, -0.001])
def test_learning_rate_that_would_spoil_the_weights_is_refused(peak: float, corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="learning rate must be a number greater than 0"):
        train(corpus, tmp_path, Settings(units=4, layers=1, learning_rate=peak, updates=2))
    assert not (tmp_path / "checkpoint.safetensors").exists()


def test_batches_hold_what_the_corpus_says(corpus: Corpus) -> None:
    training = corpus.split("train")
    still = Augmentation(slant=0, slope=0, size=0, width=0, start=0, grain=0)
    batches = Batches(training, ASCII, 0.5, points=900, augmentation=still)
    stream = batches(Position(progress=1.0))
    texts, sizes = set(), []
    for _ in range(12):
        batch = next(stream)
        inputs, targets = batch.inputs, batch.targets
        sizes.append(targets[..., 0].size)
        assert batch.points == targets[..., 3].sum()
        np.testing.assert_array_equal(inputs["points"][:, 1:], targets[:, :-1, :3])
        np.testing.assert_array_equal(inputs["points"][:, 0], np.tile([0, 0, 1], (len(targets), 1)))
        for row, codes in enumerate(inputs["codes"]):
            text = ASCII.decode(codes)
            texts.add(text)
            assert inputs["code_mask"][row].sum() == len(text) + 1
            strokes = int((targets[row, :, 2] * targets[row, :, 3]).sum())
            # A zigzag has a stroke a character, spaces too; joining leaves out the strokes of the joints.
            assert len(text.replace(" ", "")) <= strokes <= len(text)
    known = set(training.texts)
    assert known & texts
    assert any(t not in known and " " in t for t in texts), "no words were joined"
    assert max(sizes) <= 900 + 16 * 256


def test_rarity_of_a_text_is_that_of_its_rarest_character() -> None:
    # e four times, a and b twice, ^ once.
    np.testing.assert_allclose(rarities(["ee a", "e b^", "", "eab", " "]), [2, 4, 1, 2, 1])
    # What is learned is an e and an acute, whichever letters they belong to: e comes four times, a twice, the acute
    # three times.
    np.testing.assert_allclose(rarities(["é e", "éá", "ea"]), [4 / 3, 2, 2])


@pytest.mark.parametrize(("rarity", "share"), [(0.0, 1 / 3), (1.0, 3 / 5)])
def test_samples_with_rare_characters_are_drawn_oftener(rarity: float, share: float) -> None:
    ink = zigzag("abc", np.random.default_rng(0))
    samples = [Sample(ink, text, "w", "word") for text in ("eee", "eee", "^^")]  # weights 1, 1 and 6 / 2
    batches = Batches(Corpus.from_samples(samples, {}), ASCII, 1.0, rarity=rarity)
    drawn = batches._drawn(np.random.default_rng(1), batches.words, 20_000)
    assert np.mean(drawn == 2) == pytest.approx(share, abs=0.015)


def test_joined_words_stand_side_by_side_on_one_baseline(corpus: Corpus) -> None:
    still = Augmentation(slant=0, slope=0, size=0, width=0, start=0, grain=0)
    batches = Batches(corpus.split("train"), ASCII, 1.0, augmentation=still)
    words = next(iter(batches.words_of_writer.values()))[:3]
    joined = Ink(batches._joined(words, np.random.default_rng(0)))
    pieces = [Ink(batches.corpus.offsets[batches.corpus.starts[i] : batches.corpus.starts[i + 1]]) for i in words]
    first = 0
    right = -np.inf
    for piece in pieces:
        part = joined.points[first : first + len(piece)]
        np.testing.assert_allclose(part[:, 1], piece.points[:, 1], atol=1e-5)  # the heights are those of the words
        np.testing.assert_allclose(np.diff(part[:, 0]), np.diff(piece.points[:, 0]), atol=1e-5)
        assert part[:, 0].min() > right + 0.2  # and there is a gap before
        right = part[:, 0].max()
        first += len(piece)
    assert first == len(joined)


def test_batches_are_the_same_from_the_same_position(corpus: Corpus) -> None:
    batches = Batches(corpus.split("train"), ASCII, 0.5, points=900, seed=3)
    stream = batches(Position())
    seen = [next(stream) for _ in range(30)]
    again = Batches(corpus.split("train"), ASCII, 0.5, points=900, seed=3)
    for batch in (seen[0], seen[17], seen[-1]):
        np.testing.assert_array_equal(next(again(batch.position)).targets, batch.targets)
    assert not np.array_equal(seen[0].targets.ravel()[:500], seen[1].targets.ravel()[:500])


def test_only_what_can_be_written_is_trained_on() -> None:
    ink = zigzag("ab", np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"no line that can be trained on.*'ñ' in 1"):
        Batches(Corpus.from_samples([Sample(ink, "añ", "w")], {}), ASCII, 1.0)


def test_what_is_left_out_is_counted_with_its_characters() -> None:
    rng = np.random.default_rng(0)
    texts = ["ab", "été", "né", "señor", "", "b", "long"]
    inks = [zigzag(text or "a", rng) for text in texts]
    inks[5] = Ink.from_strokes([np.zeros((1, 2))])
    corpus = Corpus.from_samples([Sample(i, t, "w") for i, t in zip(inks, texts, strict=True)], {})
    usable, left_out = usable_samples(corpus, ASCII, longest=23)
    assert list(np.flatnonzero(usable)) == [0]
    assert left_out.characters == {"é": 2, "ñ": 1}
    assert (left_out.unknown, left_out.empty, left_out.short, left_out.long) == (3, 1, 1, 1)
    assert left_out.count == 6
    assert str(left_out) == (
        "6 of 7 samples are left out: 3 with characters that the alphabet lacks ('é' in 2, 'ñ' in 1); 1 without a text;"
        " 1 with too few points; 1 longer than the longest line that is used"
    )
    assert usable_samples(corpus, Alphabet("abéntñ"))[1].characters == dict.fromkeys("serlg", 1) | {"o": 2}


# --- Conditions ------------------------------------------------------------------------------------------------------


def test_the_condition_of_a_unit_is_of_another_sample_by_its_writer() -> None:
    writers = np.array([0, 1, 0, 0, 1, 2, 3])
    table = np.arange(1, 8, dtype=np.float32)[:, None] * [1, -1]
    table[6] = 0  # the only sample of writer 3 has no vector
    conditions = Conditions(table, writers, dropout=0, fewest=1, most=1)
    rng = np.random.default_rng(0)

    def drawn(*unit: int) -> set[float]:
        return {float(conditions.drawn(np.array(unit), rng).condition[0]) for _ in range(60)}

    assert drawn(0) == {3, 4}
    assert drawn(0, 2) == {4}
    assert drawn(0, 2, 3) == {1, 3, 4}  # the writer has no other
    assert drawn(1) == {5}
    assert drawn(5) == {6}
    assert drawn(6) == {0}
    assert [float(conditions.held_out(i)[0]) for i in range(7)] == [3, 5, 4, 1, 2, 6, 0]


def test_a_share_of_units_goes_without_condition() -> None:
    conditions = Conditions(np.ones((4, 3)), np.zeros(4, int), dropout=0.2)
    rng = np.random.default_rng(1)
    without = np.mean([not conditions.drawn(np.array([0]), rng).condition.any() for _ in range(4000)])
    assert without == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("table", [np.ones((3, 2)), np.ones(4), np.full((4, 2), np.nan), np.ones((4, 0))])
def test_a_table_that_does_not_fit_the_corpus_is_refused(table: np.ndarray) -> None:
    with pytest.raises(ValueError, match="conditions must be"):
        Conditions(table, np.zeros(4, int))


def test_batches_carry_conditions_and_keep_their_ink(corpus: Corpus) -> None:
    """The vector of sample i holds i: so the batches tell whose it is."""
    training = corpus.split("train")
    table = 1.0 + np.arange(len(training))[:, None].repeat(3, 1)
    with_, without = (
        Batches(training, ASCII, 0.5, points=900, seed=3, conditions=c)
        for c in (Conditions(table, training.writers, fewest=1, most=1), None)
    )
    position, zeros, count = Position(progress=1.0), 0, 0
    for batch, plain in zip(with_(position), without(position), strict=False):
        condition = batch.inputs["condition"]
        assert condition.shape == (len(batch.targets), 3)
        assert condition.dtype == np.float32
        np.testing.assert_array_equal(batch.targets, plain.targets)
        assert "condition" not in plain.inputs
        units = with_._pool(batch.position.pool, batch.position.progress)[batch.position.index]
        for unit, row in zip(units, condition, strict=True):
            count += 1
            zeros += not row.any()
            if row.any():
                assert training.writers[int(row[0]) - 1] == training.writers[unit[0]]
                assert int(row[0]) - 1 not in unit
        if count > 400:
            break
    assert zeros / count == pytest.approx(0.2, abs=0.07)
    again = next(with_(batch.position))
    np.testing.assert_array_equal(again.inputs["condition"], condition)


def test_a_writer_comes_in_variants_whose_ink_and_vector_belong_together(corpus: Corpus) -> None:
    """The second variant is sheared by 1 and has vectors of 2, the first is as it was and has vectors of 1."""
    training = corpus.split("train")
    table = np.stack([np.full((len(training), 1), 1.0), np.full((len(training), 1), 2.0)])
    shear = np.array([[1.0, 1.0], [0.0, 1.0]])
    matrices = np.stack([np.tile(m, (training.writers.max() + 1, 1, 1)) for m in (np.eye(2), shear)])
    conditions = Conditions(table, training.writers, fewest=1, most=1, matrices=matrices)
    still = Augmentation(slant=0, slope=0, size=0, width=0, start=0, grain=0)
    told, plain = (
        Batches(training, ASCII, 0.5, points=900, seed=3, conditions=c, augmentation=still) for c in (conditions, None)
    )
    seen = set()
    for batch, before, _ in zip(told(Position(progress=1.0)), plain(Position(progress=1.0)), range(20), strict=False):
        for line, as_it_was, (which,) in zip(batch.targets, before.targets, batch.inputs["condition"], strict=True):
            seen.add(float(which))
            expected = as_it_was[:, :2] @ (shear.T if which == 2 else np.eye(2))
            np.testing.assert_allclose(line[:, :2], expected, atol=1e-4)
    assert seen == {0, 1, 2}
    with pytest.raises(ValueError, match="first variant is the ink as it is"):
        Conditions(table, training.writers, matrices=matrices[::-1])


def test_held_out_lines_have_the_condition_of_another_one(corpus: Corpus) -> None:
    table = 1.0 + np.arange(len(corpus))[:, None]
    conditions = Conditions(table, corpus.writers, fewest=1, most=1)
    batches = validation_batches(corpus, 0.5, 100, conditions=conditions)
    plain = validation_batches(corpus, 0.5, 100)
    seen = np.concatenate([inputs["condition"][:, 0] for inputs, _ in batches])
    assert len(set(seen)) == len(seen) == 12  # each line has another's, never zeros
    assert {corpus.writers[int(i) - 1] for i in seen} == {5}
    for (_, targets), (_, same) in zip(batches, plain, strict=True):
        np.testing.assert_array_equal(targets, same)


def test_offset_scale_leaves_out_the_way_from_the_origin() -> None:
    ink = zigzag("abc", np.random.default_rng(0))
    near, far = (Corpus.from_samples([Sample(ink.moved(d, d), "abc", "w")], {}) for d in (0, 100))
    assert offset_scale(far) == pytest.approx(offset_scale(near), rel=1e-6)
    assert offset_scale(near) == pytest.approx(np.std(ink.offsets[1:, :2], axis=0).mean(), rel=1e-6)


# --- The loop --------------------------------------------------------------------------------------------------------


def test_it_learns(corpus: Corpus, tmp_path: Path) -> None:
    heard = []
    settings = Settings(**vars(TINY) | {"updates": 40, "learning_rate": 0.02, "units": 16})
    network = train(corpus, tmp_path, settings, report=heard.append)
    assert [p.update for p in heard] == list(range(1, 41))
    first, last = (np.mean([p.nats for p in part]) for part in (heard[:5], heard[-5:]))
    assert last < first - 0.5, "40 updates should be worth half a nat a point on zigzags"
    validated = [p.validation for p in heard if p.validation is not None]
    assert validated[-1] < validated[0]
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"update", "seconds", "nats", "points_per_second"} <= log[-1].keys()

    # What comes out is the averaged network, and what is exported writes.
    held_out = validation_batches(corpus, offset_scale(corpus.split("train")), 100)
    assert evaluate(network, held_out) == pytest.approx(validated[-1], abs=0.05)
    weights = export_checkpoint(tmp_path, name="tiny")
    assert weights.provenance["updates"] == 40
    assert "zigzags" in weights.licence
    assert len(Writer(weights).write("ink", seed=0, max_points=30)) <= 31


def test_resumed_training_comes_to_the_same_numbers(corpus: Corpus, tmp_path: Path) -> None:
    through = train(corpus, tmp_path / "a", TINY)
    # The schedule knows the end, so compare runs of the same plan: stop by hand, then go on.
    stopped = tmp_path / "b"

    def stop(progress) -> None:
        if progress.update == 3:
            os.kill(os.getpid(), signal.SIGINT)

    train(corpus, stopped, TINY, report=stop)
    assert checkpoint.read_state(stopped / CHECKPOINT)["update"] == 3
    resumed = train(corpus, stopped, resume=True)
    for one, other in zip(through.weights, resumed.weights, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6, err_msg=one.path)


def test_a_checkpoint_from_before_whose_count_had_another_name_is_gone_on_with(corpus: Corpus, tmp_path: Path) -> None:
    train(corpus, tmp_path, dataclasses.replace(TINY, updates=2), network=own)
    path = tmp_path / CHECKPOINT
    with safe_open(path, "numpy") as file:
        arrays = {name.replace("skipped", "refused"): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        assert sum("refused" in name for name in arrays) == 1
        arrays = {name: np.full_like(array, 7) if "refused" in name else array for name, array in arrays.items()}
        save_file(arrays, path, file.metadata())
    told = []
    three = dataclasses.replace(TINY, updates=3)
    train(corpus, tmp_path, three, network=own, resume=True, report=told.append)
    assert [(progress.update, progress.skipped) for progress in told] == [(3, 7)]


def test_a_network_that_goes_on_with_another_corpus_keeps_its_units(corpus: Corpus, tmp_path: Path) -> None:
    train(corpus, tmp_path, dataclasses.replace(TINY, updates=2), network=own)
    learned = checkpoint.read_state(tmp_path / CHECKPOINT)
    larger = corpus.subset(np.ones(len(corpus), bool))
    larger.offsets = larger.offsets * np.float32([2, 2, 1])
    train(larger, tmp_path, dataclasses.replace(TINY, updates=4, decay=1, units=99), network=own, resume=True)
    state = checkpoint.read_state(tmp_path / CHECKPOINT)
    assert state["update"] == 4
    assert state["settings"] == vars(TINY) | {"updates": 4, "decay": 1}
    assert state["offset_scale"] == learned["offset_scale"] == offset_scale(corpus.split("train"))


def test_training_begins_with_weights(corpus: Corpus, tmp_path: Path) -> None:
    """Their sizes and units hold, long lines come at once, and what they had before is told."""
    weights = random_weights(units=7, layers=2, window=1, mixtures=3, alphabet=ASCII)
    weights = dataclasses.replace(weights, provenance={"updates": 900, "minutes": 30.5}, name="start")
    train(corpus, tmp_path / "a", dataclasses.replace(TINY, updates=1, learning_rate=1e-12), weights=weights)
    same = export_checkpoint(tmp_path / "a", average=False)
    mean = export_checkpoint(tmp_path / "a")  # the averages begin with the weights, too
    assert same.architecture == weights.architecture
    assert (same.offset_scale, same.points_per_character) == (weights.offset_scale, weights.points_per_character)
    for name in weights.architecture.shapes(ASCII.size):
        np.testing.assert_allclose(same[name], weights[name], atol=1e-6, err_msg=name)
        np.testing.assert_allclose(mean[name], weights[name], atol=1e-6, err_msg=name)
    assert same.provenance["updates"] == 901
    assert same.provenance["minutes"] >= 30.5
    assert same.provenance["begun_with"] == {"name": "start", "provenance": {"updates": 900, "minutes": 30.5}}
    assert checkpoint.read_state(tmp_path / "a" / CHECKPOINT)["position"]["progress"] == 1.0
    train(corpus, tmp_path / "a", dataclasses.replace(TINY, updates=3), resume=True)
    assert export_checkpoint(tmp_path / "a").provenance["updates"] == 903
    with pytest.raises(TrainingError, match="not from other weights"):
        train(corpus, tmp_path / "a", TINY, resume=True, weights=weights)
    other = random_weights(units=7, layers=2, window=1, mixtures=3, alphabet=Alphabet("abcé"))
    with pytest.raises(TrainingError, match="know 'é', but the alphabet of the training doesn't"):
        train(corpus, tmp_path / "b", TINY, weights=other)


def test_the_alphabet_goes_along(tmp_path: Path) -> None:
    """From the settings to batches, checkpoint, weights; and what doesn't fit is told once."""
    rng = np.random.default_rng(3)
    samples = []
    for number in range(60):
        text = ("né à", "été", "no")[number % 3]
        split = "validation" if number % 10 == 9 else "train"
        samples.append(Sample(zigzag(text, rng), text, f"{split} {number % 4}", "line", split))
    corpus = Corpus.from_samples(samples, {"name": "accents"})
    letters = " aeénotà"
    told: list[str] = []
    train(corpus, tmp_path / "a", dataclasses.replace(TINY, alphabet=letters, updates=2), tell=told.append)
    assert told == []
    weights = export_checkpoint(tmp_path / "a")
    assert weights.alphabet.characters == letters
    assert len(Writer(weights).write_many(["été"], seed=0, max_points=9)[0])
    train(corpus, tmp_path / "a", resume=True, tell=told.append)  # the checkpoint knows its alphabet
    train(corpus, tmp_path / "b", dataclasses.replace(TINY, updates=1), network=own, tell=told.append)
    assert told == [
        "training split: 36 of 54 samples are left out: 36 with characters that the alphabet lacks"
        " ('é' in 36, 'à' in 18)",
        "validation split: 4 of 6 samples are left out: 4 with characters that the alphabet lacks ('é' in 4, 'à' in 2)",
    ]
    with pytest.warns(UserWarning, match="36 of 54 samples are left out"):
        train(corpus, tmp_path / "c", dataclasses.replace(TINY, updates=1), network=own)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_training_with_conditions_begins_with_weights_that_know_less(
    cell: str, corpus: Corpus, tmp_path: Path
) -> None:
    """More characters and a condition are put beside what the weights have; two updates change them all."""
    weights = random_weights(units=7, layers=2, window=1, mixtures=3, alphabet=Alphabet(" aeiklnopsf"), cell=cell)
    table = np.random.default_rng(0).normal(size=(len(corpus), 3))
    settings = dataclasses.replace(
        TINY, updates=2, alphabet=" aeiklnopsfé", condition=3, condition_dropout=0.0, validate_every=2
    )
    heard = []
    train(corpus, tmp_path, settings, weights=weights, conditions=table, report=heard.append)
    assert heard[-1].validation is not None
    learned = export_checkpoint(tmp_path, average=False)
    assert (learned.architecture.cell, learned.architecture.condition) == (cell, 3)
    assert learned.alphabet.characters == settings.alphabet
    assert np.abs(learned[f"{cell}1.condition"]).max() > 0
    train(corpus, tmp_path, dataclasses.replace(settings, updates=3), resume=True, conditions=table)
    assert export_checkpoint(tmp_path).provenance["updates"] == 3


def test_conditions_and_settings_must_agree(corpus: Corpus, tmp_path: Path) -> None:
    table = np.ones((len(corpus), 4))
    for settings, conditions, why in (
        (TINY, table, "ask for a condition of width 0, not 4"),
        (dataclasses.replace(TINY, condition=3), table, "width 3, not 4"),
        (dataclasses.replace(TINY, condition=3), None, "width 3; give conditions, too"),
    ):
        with pytest.raises(TrainingError, match=why):
            train(corpus, tmp_path / "run", settings, conditions=conditions)
    assert not (tmp_path / "run").exists()


def test_kill_in_the_middle_loses_no_more_than_since_the_checkpoint(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    program = (
        "from scribe.corpora import Corpus; from scribe.training.train import Settings, train\n"
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); from test_training import own\n"
        f"train(Corpus.load({str(tmp_path / 'corpus.npz')!r}), {str(tmp_path / 'run')!r},"
        f" Settings(**{dict(vars(TINY), updates=100_000, checkpoint_every=1)!r}), network=own)"
    )
    path = tmp_path / "run" / CHECKPOINT
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + patience(60)
        while time.monotonic() < deadline and process.poll() is None:
            if path.exists() and checkpoint.read_state(path)["update"] >= 4:
                break
            time.sleep(0.05)
        process.kill()
    state = checkpoint.read_state(path)
    assert state["update"] >= 4
    settings = Settings(**vars(TINY) | {"updates": state["update"] + 2})
    heard = []
    train(corpus, tmp_path / "run", settings, network=own, resume=True, report=heard.append)
    assert [p.update for p in heard] == [state["update"] + 1, state["update"] + 2]
    lines = [json.loads(line)["update"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert lines == sorted(set(lines))


def test_training_that_diverges_ends_with_advice(corpus: Corpus, tmp_path: Path) -> None:
    settings = Settings(**vars(TINY) | {"patience": 3, "learning_rate": 1e38, "updates": 50})
    with pytest.raises(TrainingDiverged, match=r"3 updates in a row .* smaller learning rate"):
        train(corpus, tmp_path, settings, network=own)
    assert (tmp_path / CHECKPOINT).exists()


def test_folder_with_a_checkpoint_is_not_overwritten(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(corpus, tmp_path, TINY, resume=True)
    (tmp_path / CHECKPOINT).write_bytes(b"precious")
    with pytest.raises(TrainingError, match="--resume"):
        train(corpus, tmp_path, TINY)
    assert (tmp_path / CHECKPOINT).read_bytes() == b"precious"


def test_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, build(TINY, 6.0), {"update": 1})
    other = build(Settings(**vars(TINY) | {"units": 9}), 6.0)
    before = ops.convert_to_numpy(other.weights[0]).copy()
    with pytest.raises(checkpoint.CheckpointError, match="another network"):
        checkpoint.load(path, other)
    np.testing.assert_array_equal(ops.convert_to_numpy(other.weights[0]), before)
    for content in (b"", b"rubbish" * 9, path.read_bytes()[:200]):
        broken = tmp_path / "broken.safetensors"
        broken.write_bytes(content)
        with pytest.raises(checkpoint.CheckpointError):
            checkpoint.read_state(broken)


def test_averaged_gives_the_weights_back(corpus: Corpus) -> None:
    network = build(TINY, 6.0)
    batch = next(Batches(corpus.split("train"), ASCII, 0.5, points=600)(Position()))
    for _ in range(3):
        network.train_on_batch(batch.inputs, batch.targets)
    before = ops.convert_to_numpy(network.trainable_variables[0]).copy()
    with averaged(network):
        assert not np.array_equal(ops.convert_to_numpy(network.trainable_variables[0]), before)
    np.testing.assert_array_equal(ops.convert_to_numpy(network.trainable_variables[0]), before)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_training_step_runs_under_every_installed_backend(backend: str, corpus: Corpus, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    corpus.save(tmp_path / "corpus.npz")
    settings = dict(vars(TINY), updates=2, weight_noise=0.05, peepholes=True)
    program = (
        "import keras; from scribe.corpora import Corpus; from scribe.training.train import Settings, train\n"
        f"n = train(Corpus.load({str(tmp_path / 'corpus.npz')!r}), {str(tmp_path / 'run')!r}, Settings(**{settings!r}),"
        " report=lambda p: print(keras.backend.backend(), p.update, p.nats))"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(150),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(backend)]
    assert [int(line[1]) for line in lines] == [1, 2]
    assert all(np.isfinite(float(line[2])) for line in lines)


def test_exported_weights_are_those_that_were_tested() -> None:
    """The helper of other tests and the export agree on names and shapes."""
    _, weights = network_and_weights(peepholes=True)
    example = random_weights(units=10, window=3, mixtures=4, peepholes=True)
    assert {k: v.shape for k, v in weights.arrays.items()} == {k: v.shape for k, v in example.arrays.items()}


def test_calm_ink_keeps_its_ends_and_loses_its_tremor():
    from scribe.training.batches import calmed

    rng = np.random.default_rng(0)
    count = 2000
    path = np.stack([np.linspace(0, 60, count), rng.normal(0, 0.05, count)], axis=1)
    path = np.concatenate([path, [[70, 0]], path + np.array([80, 0])])  # a stroke, a dot, a stroke
    offsets = np.concatenate([np.diff(path, axis=0, prepend=0), np.zeros((len(path), 1))], axis=1)
    ends = [count - 1, count, 2 * count]
    offsets[ends, 2] = 1
    before = offsets.copy()
    calm = calmed(offsets, 2)
    np.testing.assert_array_equal(offsets, before)
    after = calm[:, :2].cumsum(axis=0)
    fixed = [0, 1, count - 2, *ends, count + 1]
    np.testing.assert_allclose(after[fixed], path[fixed], atol=1e-12)
    np.testing.assert_array_equal(calm[:, 2], offsets[:, 2])
    # Of white noise a filter leaves the sum of the squares of its weights. The weights are the middle row of the
    # projection onto parabolas.
    t = np.vander(np.arange(-2, 3), 3)
    weights = (t @ np.linalg.pinv(t))[2]
    twice = np.convolve(weights, weights)
    left = np.square(after[1 : count - 1, 1]).mean() / np.square(path[1 : count - 1, 1]).mean()
    assert left == pytest.approx(np.square(twice).sum(), rel=0.1)
    one = calmed(offsets, 1)[:, :2].cumsum(axis=0)
    np.testing.assert_allclose(one[5], weights @ path[3:8], atol=1e-12)


def test_calming_leaves_letters_their_size():
    from scribe.training.batches import calmed

    t = np.arange(200) * 2 * np.pi / 8  # loops of eight points, half of a letter
    path = np.stack([0.1 * t + 0.3 * np.cos(t), np.sin(t)], axis=1)
    offsets = np.concatenate([np.diff(path, axis=0, prepend=0), np.zeros((200, 1))], axis=1)
    offsets[-1, 2] = 1
    heights = calmed(offsets, 1)[:, 1].cumsum()[10:-10]
    assert np.abs(heights).max() > 0.96


def test_a_condition_is_the_mean_of_a_few_others_and_as_long():
    from scribe.training.conditions import Conditions

    rng = np.random.default_rng(0)
    table = rng.normal(size=(40, 6)).astype(np.float32)
    table *= 2 / np.linalg.norm(table, axis=1, keepdims=True)
    conditions = Conditions(table, np.repeat([0, 1], 20), dropout=0, fewest=1, most=4)
    drawn = np.stack([conditions.drawn([3], np.random.default_rng(i)).condition for i in range(300)])
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 2, rtol=1e-5)
    single = (np.abs(drawn[:, None] - table[None]).max(axis=2) < 1e-5).any(axis=1).mean()
    assert 0.25 < single < 0.5  # 1, 2 or 4 samples, equally often; sometimes the same one twice
    held = conditions.held_out(18)
    expected = table[[19, 0, 1, 2]].mean(axis=0)
    np.testing.assert_allclose(held, 2 * expected / np.linalg.norm(expected), rtol=1e-5)
