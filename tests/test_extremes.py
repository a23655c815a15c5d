"""Numbers at their ends: every result is finite, and every stop is explained.

What each module does with odd numbers is in its own tests; here are those that pass through several.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from random_reader import random_reader
from random_weights import random_weights

from scribe import mdn
from scribe.alphabet import ASCII
from scribe.corpora import Corpus, CorpusError, Sample
from scribe.corpora.fonts import write_ink
from scribe.draw import to_gif, to_png, to_svg
from scribe.drawing.canvas import from_json, to_json
from scribe.drawing.inkml import from_inkml, to_inkml
from scribe.ink import Ink, InkError, resample, resample_stroke
from scribe.layout import set_page, wrap
from scribe.reader import Reader, ReadingError
from scribe.weights import WeightsError
from scribe.writer import UnfinishedWarning, Writer

DOT = Ink.from_strokes([[(0.5, 0.5)]])
SMALLEST = {"name": "x", "licence": "CC0", "attribution": "", "synthetic": True}


def changed(weights, **arrays):
    """Weights with some numbers set: ``name=(index, value)``."""
    made = {name: array.copy() for name, array in weights.arrays.items()}
    for name, (index, value) in arrays.items():
        made[name.replace("__", ".")][index] = value
    return dataclasses.replace(weights, arrays=made)


# --- writing


def written_or_told(writer, texts, **options):
    """The lines, or None if the weights make numbers that are none and an error says so."""
    told = ""
    try:
        return writer.write_many(texts, **options)
    except WeightsError as error:
        told = str(error)
    assert "not finite" in told or "beyond all numbers" in told
    return None


@pytest.mark.parametrize("rule", mdn.BIAS_RULES)
@pytest.mark.parametrize("bias", [-1, -0.999, 0, 1e-30, 49.999, 50])
@pytest.mark.parametrize("scale", [1, 30, 1000])
def test_any_bias_with_weights_of_any_size_writes_finite_ink_or_says_why_not(rule, bias, scale):
    base = random_weights(6, 2, 2, 2, seed=3)
    arrays = {name: array * np.float32(scale) for name, array in base.arrays.items()}
    writer = Writer(dataclasses.replace(base, arrays=arrays))
    with np.errstate(all="ignore"):
        lines = written_or_told(writer, ["ab", "c"], bias=bias, bias_rule=rule, seed=1, max_points=40)
    if lines is None:
        assert scale > 1
        return
    assert set(lines.stop_reasons) <= {"finished", "cap"}
    for ink, reason in zip(lines, lines.stop_reasons, strict=True):
        assert np.isfinite(ink.points).all()
        assert ink.offsets[-1, 2] == 1
        assert len(ink) == 40 or reason == "finished"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), -1.001, 50.001, "1", None, 1j, True + 50])
def test_a_bias_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="the bias must be a number from -1 to 50"):
        Writer(random_weights(2, 1, 1, 1)).write("a", bias=wrong)


@pytest.mark.parametrize("value", [80.0, -80.0, 3e38])
@pytest.mark.parametrize("part", range(3))
def test_a_window_that_is_endless_or_runs_away_ends_all_the_same(part, value):
    """``exp(80)`` is near the end of float32, beyond it lies infinity; the text is long enough to be read in part."""
    text = "abcd" * 100
    writer = Writer(changed(random_weights(4, 1, 1, 1), window__bias=(part, value)))
    with np.errstate(all="ignore"):
        lines = written_or_told(writer, [text, "x"], seed=0, max_points=50)
    if lines is not None:
        assert set(lines.stop_reasons) <= {"finished", "cap"}
        assert all(np.isfinite(ink.points).all() for ink in lines)


@pytest.mark.parametrize("name", ["lstm1.kernel", "window.bias", "mixture.kernel"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(name, value):
    with pytest.raises(WeightsError, match=name):
        changed(random_weights(2, 1, 1, 1), **{name.replace(".", "__"): (0, value)})


def test_points_that_the_scale_throws_off_the_numbers_are_told():
    weights = changed(random_weights(2, 1, 1, 1), mixture__bias=(slice(2, 4), 3e38))
    with pytest.raises(WeightsError, match="beyond all numbers, with an offset_scale of 50"):
        Writer(dataclasses.replace(weights, offset_scale=50.0)).write("a", seed=0)


@pytest.mark.parametrize("text", ["a", " a", "a ", "~", "a" * 10_000])
def test_texts_of_one_and_of_ten_thousand_characters_end_for_a_reason(text):
    writer = Writer(random_weights(3, 1, 1, 1))
    (ink,), (reason,) = (lines := writer.write_many([text], seed=0, max_points=300)), lines.stop_reasons
    assert reason == "finished" or len(ink) == 300
    trace = writer.trace(text, seed=0, max_points=20)
    assert trace.stop_reason in ("finished", "cap")
    assert 1 <= len(trace.ink) <= 20
    assert np.isfinite(trace.phi).all()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        one = writer.write(text, seed=0, max_points=1)
    assert len(one) == 1
    assert [w.category for w in caught] in ([], [UnfinishedWarning])


def test_a_line_of_one_point_is_a_style_a_drawing_a_page_and_can_be_read():
    writer, reader = Writer(random_weights(3, 2, 1, 2)), Reader(random_reader(3, 1))
    assert len(writer.write_many(["ab"], style=(DOT, "."), seed=0, max_points=5)[0])
    for ink in (DOT, set_page([DOT, DOT]), set_page([Ink(np.zeros((0, 3)))]), set_page([])):
        ElementTree.fromstring(to_svg(ink))
        assert to_png(ink).startswith(b"\x89PNG")
        assert to_gif(ink).startswith(b"GIF8")
        back = from_json(to_json(ink)).ink() if len(ink) else ink
        np.testing.assert_array_equal(back.offsets, ink.offsets)
        if len(ink):
            np.testing.assert_allclose(from_inkml(to_inkml(ink)).ink().points, ink.points, atol=1e-6)
            assert isinstance(reader.read(ink, beam=3), str)
            assert math.isfinite(reader.log_probability(ink, "."))
            assert reader.log_probability(ink, "far too long for a dot") == -math.inf


def test_ten_thousand_characters_are_laid_out_drawn_and_read():
    text = " ".join(["word-break", "a", "i" * 70] * 120)[:10_000]
    lines = wrap(text, 40)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(len, lines)) == 40
    page = set_page([DOT.moved(n, 0) for n in range(len(lines))])
    assert len(page) == len(lines)
    ink = Ink.from_strokes([np.stack([np.arange(20_000) * 0.2, np.arange(20_000) % 2], axis=1)])
    assert len(to_svg(ink)) < 20_000 * 45
    assert isinstance(Reader(random_reader(2, 1)).read(ink), str)


# --- ink


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e39])
def test_no_ink_holds_numbers_that_are_none(number):
    good = np.array([[0, 0, 0], [1, 1, 1.0]])
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 2)):
        bad = good.copy()
        bad[row, column] = number
        for make in (Ink, Ink.from_points):
            with np.errstate(all="ignore"), pytest.raises(InkError, match=f"row {row}"):
                make(bad)
    with np.errstate(all="ignore"), pytest.raises(InkError):
        Ink.from_strokes([[(0, 0), (number, 1)]])
    with np.errstate(all="ignore"), pytest.raises(InkError):
        DOT.moved(number, 0)
    with np.errstate(all="ignore"), pytest.raises(InkError):
        DOT.transformed([[number, 0], [0, 1]])
    with np.errstate(all="ignore"), pytest.raises(InkError):
        set_page([DOT, DOT], line_height=1e39)


@pytest.mark.parametrize("wrong", [[["a", "b"]], [[1, 2], [3]], [None], "ab", [{}]])
def test_strokes_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(InkError, match="stroke 0"):
        Ink.from_strokes([wrong])


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), 1e12, 0, -1])
def test_resampling_without_measure_is_refused(factor):
    with pytest.raises(ValueError, match=r"factor must be|at most"):
        resample(Ink.from_strokes([[(0, 0), (1, 1)]]), factor)


@pytest.mark.parametrize("smoothing", [1e-320, 1e-9, 1e9, 1e300])
def test_any_smoothing_keeps_the_ends_and_stays_inside(smoothing):
    rng = np.random.default_rng(0)
    stroke = rng.uniform(-1, 1, (50, 2))
    with np.errstate(all="ignore"):
        out = resample_stroke(stroke, 0.5, smoothing)
    np.testing.assert_allclose(out[[0, -1]], stroke[[0, -1]], atol=1e-12)
    assert np.isfinite(out).all()
    assert np.abs(out).max() < 6


def test_wide_smoothing_of_long_strokes_is_the_same_by_either_way(monkeypatch):
    """Long convolutions go by Fourier transforms: the sum itself says what must come out."""
    from scribe import ink as module

    rng = np.random.default_rng(1)
    path = rng.normal(size=6000).cumsum() + 1j * rng.normal(size=6000).cumsum()
    weights = module._gaussian(400.0, 1200)
    reach = len(weights) // 2
    whole = np.concatenate([2 * path[0] - path[reach:0:-1], path, 2 * path[-1] - path[-2 : -reach - 2 : -1]])
    expected = np.array([(whole[t : t + 2 * reach + 1] * weights).sum() for t in range(0, 6000, 37)])
    assert len(path) * len(weights) > 10_000_000
    np.testing.assert_allclose(module._smoothed(path, 400.0)[::37], expected, atol=1e-9)


@pytest.mark.parametrize("size", [1e-30, 1e-6, 1e6, 1e15, 1e30])
def test_ink_of_any_size_is_drawn_and_measured(size):
    ink = Ink.from_strokes([np.array([(0, 0), (1, 2), (2, 0)]) * size, [(size, size)]])
    assert np.isfinite(ink.bounds).all()
    with np.errstate(all="ignore"):
        assert to_png(ink, width=50).startswith(b"\x89PNG")
    if size <= 1e15:
        picture = ElementTree.fromstring(to_svg(ink, width=100))
        numbers = [float(n) for n in picture.get("viewBox").split()]
        assert all(map(math.isfinite, numbers))
        assert numbers[2] == pytest.approx(100, abs=0.01)


def test_synthetic_writing_of_one_character_and_of_many():
    for character in ASCII.characters.strip():
        ink = write_ink(character, "print-1", seed=1)
        assert len(ink)
        assert np.isfinite(ink.points).all()
    long = write_ink("lorem ipsum " * 100, "cursive-1", seed=1)
    assert np.isfinite(long.points).all()
    for wrong in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(ValueError, match="points_per_character"):
            write_ink("a", points_per_character=wrong)


# --- reading


def test_a_reader_whose_numbers_overflow_says_so():
    weights = random_reader(2, 1)
    arrays = {name: array * np.float32(3e37) for name, array in weights.arrays.items()}
    reader = Reader(dataclasses.replace(weights, arrays=arrays))
    ink = Ink.from_strokes([np.array([(0, 0), (1, 2), (2, 0)]) * 1e3] * 3)
    with np.errstate(all="ignore"), pytest.raises((WeightsError, ReadingError), match=r"not finite|as far apart"):
        reader.read(ink)


# --- training


def corpus_of(inks, texts=None):
    texts = texts or ["ab"] * len(inks)
    named = enumerate(zip(inks, texts, strict=True))
    samples = [Sample(ink, text, f"w{n}", "line", "train") for n, (ink, text) in named]
    return Corpus.from_samples(samples, SMALLEST)


MOVING = Ink.from_strokes([[(0, 0), (1, 1), (2, 0), (3, 1.5)]])


@pytest.mark.parametrize(
    ("inks", "texts"),
    [
        ([DOT] * 4, None),  # nothing moves
        ([Ink.from_strokes([[(1, 1)] * 6])] * 4, None),
        ([MOVING] * 4, [""] * 4),  # nothing is said
        ([MOVING] * 4, ["\u00e9"] * 4),  # nothing can be learned
    ],
)
def test_a_corpus_that_teaches_nothing_is_refused_at_once(inks, texts, tmp_path):
    pytest.importorskip("keras")
    from scribe.training.train import Settings, train

    with np.errstate(all="ignore"), pytest.raises(ValueError, match="the corpus"):
        train(corpus_of(inks, texts), tmp_path / "run", Settings(units=2, layers=1, window=1, mixtures=1, updates=2))
    assert not (tmp_path / "run").exists()


def test_a_corpus_with_numbers_that_are_none_never_comes_to_training():
    sound = corpus_of([MOVING])
    for number in (float("nan"), float("inf")):
        offsets = sound.offsets.copy()
        offsets[1, 0] = number
        with pytest.raises(CorpusError, match="not finite"):
            Corpus(offsets, sound.starts, sound.texts, sound.writers, sound.kinds, sound.writer_splits, SMALLEST)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 3e38])
@pytest.mark.parametrize("gradient", [1.0, float("nan"), float("inf"), -float("inf"), 3e38, 0.0])
def test_no_step_leaves_weights_that_are_not_finite(rate, gradient):
    """Whatever the learning rate and the gradients: the weights stay as they were, and the step is counted."""
    keras = pytest.importorskip("keras")
    from keras import ops

    from scribe.training.optimizer import SafeAdam

    variable = keras.Variable(np.array([1.0, -2.0, 3e38], np.float32))
    optimizer = SafeAdam(1e-3, use_ema=True)
    optimizer.build([variable])
    optimizer.learning_rate = rate
    optimizer.apply([ops.convert_to_tensor(np.full(3, gradient, np.float32))], [variable])
    values = ops.convert_to_numpy(variable)
    assert np.isfinite(values).all()
    for other in optimizer.variables:
        if other is not optimizer._learning_rate:
            assert np.isfinite(ops.convert_to_numpy(other)).all(), other.path
    if not math.isfinite(rate) or not abs(gradient) < 1e19:  # whose square float32 holds
        assert int(ops.convert_to_numpy(optimizer.skipped)) == 1
        np.testing.assert_array_equal(values, np.array([1, -2, 3e38], np.float32))
