import dataclasses
import itertools
import math
import subprocess
import sys
import threading
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from by_bricks import EVERY_CELL, by_bricks
from random_weights import random_weights

from scribe import mdn, network, session, writer
from scribe.alphabet import Alphabet, UnknownCharacterError
from scribe.cells import CELLS
from scribe.cores import in_threads
from scribe.ink import Ink
from scribe.mdn import MixtureParameters
from scribe.network import Network
from scribe.session import Session
from scribe.styles import astray_at
from scribe.weights import Architecture, Weights, WeightsError, save_weights
from scribe.writer import Style, UnfinishedWarning, Writer, WritingError

TEXT = "You know nothing Jon Snow"


@pytest.fixture(autouse=True)
def _quiet():
    """Random networks seldom finish; that is what most tests here are not about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnfinishedWarning)
        yield


def clockwork(rate=0.37, pen=50.0, deviation=-3.0, units=4, window=1, alphabet=None, dx=1):
    """Weights made by hand: all kernels 0, so that each step is the same. The window moves ``rate`` characters a step,

    the pen lifts with the log odds ``pen``, and the offset is (dx, 0) give or take.
    """
    alphabet = alphabet or Alphabet("abcdefghijklmnopqrstuvwxyz ")
    architecture = Architecture(units, 2, window, 1)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in architecture.shapes(alphabet.size).items()}
    if window:
        arrays["window.bias"][window:] = [*[np.log(8)] * window, *[np.log(rate)] * window]
    arrays["mixture.bias"][:] = [pen, 0, dx, 0, deviation, deviation, 0]
    return Weights(arrays, architecture, alphabet, 0.5, 10.0)


def some_ink(points=20, seed=0):
    rng = np.random.default_rng(seed)
    offsets = np.column_stack([rng.normal(0.1, 0.2, (points, 2)), rng.random(points) < 0.1])
    offsets[-1, 2] = 1
    return Ink(offsets)


# The network


@pytest.mark.parametrize(("cell", "peepholes"), EVERY_CELL)
@pytest.mark.parametrize("condition", [0, 5])
@pytest.mark.parametrize(("layers", "window"), [(1, 2), (2, 1), (3, 4), (1, 0), (3, 0)])
def test_the_writer_does_what_the_bricks_do(layers, window, condition, cell, peepholes):
    sizes = {"layers": layers, "window": window, "condition": condition, "cell": cell, "peepholes": peepholes}
    weights = random_weights(**sizes, seed=3)
    ink, text = some_ink(60), TEXT if window else None
    hand = np.random.default_rng(1).normal(size=condition).astype(np.float32) if condition else None
    trace = Writer(weights).follow(ink, text, hand)
    expected = by_bricks(weights, ink.standardised(weights.offset_scale), text, hand)
    np.testing.assert_allclose(trace.phi, expected.phi, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(trace.kappa, expected.kappa, rtol=1e-5)
    np.testing.assert_allclose(trace.window, expected.window, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(trace.mixture, mdn.split(expected.y, 3), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(trace.h, expected.h, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(trace.c, expected.c, rtol=1e-4, atol=1e-5)
    assert trace.stop_reason == "given"


@pytest.mark.parametrize("rule", mdn.BIAS_RULES)
def test_points_are_drawn_as_the_mixture_brick_draws_them(rule):
    rng = np.random.default_rng(5)
    y = rng.normal(0, 0.5, (500, 1 + 6 * 3)).astype(np.float32)
    uniform, normal = rng.random((500, 2), np.float32), rng.standard_normal((500, 2), np.float32)
    biases = rng.uniform(-1, 2, 500).astype(np.float32)
    ours = Network(random_weights(mixtures=3)).sample(y, biases, rule, uniform, normal)
    theirs = mdn.sample_with(mdn.biased(mdn.split(y, 3), biases, rule), uniform, normal)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_trace_explains_its_own_ink():
    """Following the ink that was written brings up the same thoughts, so each point was drawn from its mixture."""
    w = Writer(random_weights())
    trace = w.trace(TEXT, seed=1, max_points=80)
    again = w.follow(trace.ink, TEXT)
    np.testing.assert_allclose(again.phi, trace.phi, rtol=1e-3, atol=1e-4)
    for ours, theirs in zip(trace.mixture, again.mixture, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_samples_scatter_as_the_weights_say():
    w = Writer(clockwork(rate=1e-6, pen=0.0, deviation=np.log(0.2)))
    for bias in (0, 2):
        inks = w.write_many(["abc"] * 200, bias=bias, seed=0, max_points=101)
        points = np.concatenate([ink.offsets[:-1] for ink in inks])  # all but the last, which must lift the pen
        xy, n = points[:, :2] / 0.5, len(points)  # in network units
        deviation = 0.2 * np.exp(-bias)
        assert n == 20_000
        assert xy.mean(axis=0) == pytest.approx([1, 0], abs=5 * deviation / np.sqrt(n))
        assert xy.std(axis=0) == pytest.approx([deviation] * 2, rel=5 / np.sqrt(2 * n))
        assert points[:, 2].mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(n))


# The same seed, the same ink


def test_the_same_seed_gives_the_same_ink():
    w = Writer(random_weights())
    first, second = (w.write(TEXT, seed=7).offsets for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, Writer(random_weights()).write(TEXT, seed=7).offsets)
    assert not np.array_equal(first[:10], w.write(TEXT, seed=8).offsets[:10])


def test_without_a_seed_each_ink_is_another():
    w = Writer(random_weights())
    assert not np.array_equal(w.write(TEXT).offsets[:5], w.write(TEXT).offsets[:5])


def test_write_trace_and_stream_are_one():
    w = Writer(random_weights())
    ink = w.write(TEXT, seed=7)
    trace = w.trace(TEXT, seed=7)
    np.testing.assert_array_equal(ink.offsets, trace.ink.offsets)
    reasons = []

    def noting_the_reason():
        reasons.append((yield from w.stream(TEXT, seed=7)))

    steps = list(noting_the_reason())
    assert reasons == [trace.stop_reason]
    np.testing.assert_array_equal(np.array([s.point for s in steps]), ink.offsets)
    np.testing.assert_array_equal(np.array([s.phi for s in steps]), trace.phi)


def test_streams_do_not_disturb_each_other():
    w = Writer(random_weights())
    one, two = w.stream(TEXT, seed=1), w.stream("something else", seed=2)
    mixed = [(a.point, b.point) for a, b in itertools.islice(zip(one, two, strict=False), 50)]
    for which, (text, seed) in enumerate([(TEXT, 1), ("something else", 2)]):
        alone = [step.point for step in itertools.islice(w.stream(text, seed=seed), 50)]
        np.testing.assert_array_equal([pair[which] for pair in mixed], alone)


def test_the_trace_has_the_shapes_it_says():
    trace = Writer(random_weights(window=2, mixtures=3)).trace("abc", seed=0, max_points=30)
    t = len(trace.ink)
    assert trace.phi.shape == (t, 4)
    assert trace.kappa.shape == (t, 2)
    assert trace.window.shape == (t, 96)
    assert [p.shape for p in trace.mixture] == [(t,), (t, 3), (t, 3, 2), (t, 3, 2), (t, 3)]
    codes = [65, 66, 67, 95]
    np.testing.assert_allclose(trace.window[:, codes], trace.phi, rtol=1e-5)
    assert (np.diff(trace.kappa, axis=0) > 0).all()
    assert trace.h.shape == trace.c.shape == (t, 3, trace.h.shape[-1])


# Stopping


@pytest.mark.parametrize("text", ["a", "hello", "a longer line of text"])
def test_it_stops_when_the_window_has_passed_the_last_character(text):
    """The pen is always up and the window moves .37 a step: it is nearest to the end of text from U - .5 on."""
    rate = 0.37
    trace = Writer(clockwork(rate)).trace(text, seed=0, max_points=10_000)
    steps_before = int(np.floor((len(text) - 0.5) / rate))
    assert len(trace.ink) == steps_before
    assert trace.stop_reason == "finished"
    assert trace.phi[-1].argmax() == len(text) - 1


def test_it_waits_for_the_pen_to_lift():
    rate, text = 0.37, "hello"
    passed = int(np.floor((len(text) - 0.5) / rate))  # points that are made before the window has passed
    later = 0
    for seed in range(30):
        trace = Writer(clockwork(rate, pen=-1.0)).trace(text, seed=seed)
        pen_up = trace.ink.offsets[:, 2]
        assert trace.stop_reason == "finished"
        assert len(trace.ink) >= passed
        # From the point on at which it might have stopped, the pen was down: all but the last point.
        assert not pen_up[passed - 1 : -1].any()
        assert pen_up[-1] == 1
        later += len(trace.ink) > passed
    assert later > 10


def test_it_does_not_stop_while_a_dot_or_a_bar_is_owed():
    for dx, reason in ((1, "finished"), (-1, "cap")):  # -1: the next point lies to the left, always
        w = Writer(clockwork(dx=dx))
        assert w.trace("hello", seed=0).stop_reason == reason
        assert w.write_many(["hello", "you"], seed=0).stop_reasons == [reason] * 2


def test_a_window_that_overruns_the_text_has_passed_it():
    trace = Writer(clockwork(rate=500.0)).trace("hello", seed=0)
    assert trace.stop_reason == "finished"
    assert len(trace.ink) == 1
    assert not trace.phi.any()


def test_a_window_that_never_arrives_is_cut_off_and_it_says_so():
    w = Writer(clockwork(rate=1e-4, pen=-50.0))
    trace = w.trace("hello", seed=0)
    assert trace.stop_reason == "cap"
    assert len(trace.ink) == 10 * (2.5 * 5 + 4)
    assert trace.ink.offsets[:, 2].sum() == 1  # ink ends with a lifted pen even so
    with pytest.warns(UnfinishedWarning, match="not finished after 165 points: 'hello'"):
        w.write("hello", seed=0)
    assert len(w.write("hello", seed=0, max_points=1)) == 1


def test_a_pen_that_never_lifts_is_not_called_finished():
    trace = Writer(clockwork(pen=-50.0)).trace("hello", seed=0)
    assert trace.phi[-1].argmax() == 5 or not trace.phi[-1].any()
    assert trace.stop_reason == "cap"


def test_a_line_may_finish_exactly_at_its_cap():
    finishes = len(Writer(clockwork()).write("hello", seed=0))
    assert Writer(clockwork()).trace("hello", seed=0, max_points=finishes).stop_reason == "finished"
    assert Writer(clockwork()).trace("hello", seed=0, max_points=finishes - 1).stop_reason == "cap"


# Many lines


def test_a_line_is_the_same_alone_and_in_a_batch():
    w = Writer(random_weights())
    texts = ["first", "a second line", "3", TEXT]
    together = w.write_many(texts, seed=20)
    for i, text in enumerate(texts):
        alone = w.trace(text, seed=20 + i)
        assert together.stop_reasons[i] == alone.stop_reason
        np.testing.assert_allclose(together[i].offsets, alone.ink.offsets, atol=2e-4)


def test_options_a_line_each():
    w = Writer(random_weights())
    style = Style(some_ink(), "hand")
    texts, biases, seeds, styles = ["one", "two", "three"], [-1, 0.5, 3], [5, 5, 9], [None, style, style]
    together = w.write_many(texts, bias=biases, seed=seeds, style=styles)
    for i in range(3):
        alone = w.write(texts[i], bias=biases[i], seed=seeds[i], style=styles[i])
        np.testing.assert_allclose(together[i].offsets, alone.offsets, atol=2e-4)


def test_batches_of_any_size_give_the_same_lines():
    w = Writer(random_weights())
    texts = ["line " + "x" * (i % 5) for i in range(11)]
    whole = w.write_many(texts, seed=0, max_points=50)
    for size in (1, 4):
        for a, b in zip(whole, w.write_many(texts, seed=0, max_points=50, batch_size=size), strict=True):
            np.testing.assert_allclose(a.offsets, b.offsets, atol=2e-4)


def test_cores_share_the_lines(monkeypatch):
    """Whatever the number of cores, the lines are the same, and each core has its part."""
    w = Writer(random_weights())
    style = Style(w.write("as this", seed=1, max_points=30), "as this")
    texts = [f"{'ab' * (i % 7)} line" for i in range(70)]
    styles = [style if i % 3 else None for i in range(70)]
    alone = [w.write(t, seed=i, max_points=20, style=s) for i, (t, s) in enumerate(zip(texts, styles, strict=True))]
    parts = []
    for number in (1, 2, 64):
        monkeypatch.setattr(writer, "cores", lambda number=number: number)
        monkeypatch.setattr("scribe.cores.cores", lambda number=number: number)
        write = Session(w.weights).write
        monkeypatch.setattr(w._session, "write", lambda *of, write=write: parts.append(len(of[0])) or write(*of))
        for size in (1024, 9):
            parts.clear()
            together = w.write_many(texts, seed=0, max_points=20, batch_size=size, style=styles)
            assert sum(parts) == 70
            assert max(parts) <= size
            assert len(parts) == (min(number, 2) if size == 1024 else 8)
            for a, b in zip(alone, together, strict=True):
                np.testing.assert_allclose(a.offsets, b.offsets, atol=2e-4)


def test_a_core_that_fails_ends_the_others(monkeypatch):
    monkeypatch.setattr("scribe.cores.cores", lambda: 2)
    begun, told_to_end = [], threading.Event()
    shutdown = ThreadPoolExecutor.shutdown

    def told(pool, **how):
        if how.get("cancel_futures"):
            shutdown(pool, **how)
        told_to_end.set()
        shutdown(pool)

    def work(part):
        begun.append(part)
        if part == 0:
            raise WritingError("this one")
        told_to_end.wait()

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", told)
    with pytest.raises(WritingError, match="this one"):
        in_threads(work, range(100))
    assert len(begun) <= 3  # the two that were at it, and one more of the core that failed


def test_finished_lines_leave_the_batch(monkeypatch):
    w = Writer(clockwork())
    sizes = []
    network = w._session.network
    advance = network.advance
    monkeypatch.setattr(
        network, "advance", lambda state, given: sizes.append(given.codes.shape) or advance(state, given)
    )
    texts = ["a" * n for n in (3, 12, 6, 9)]
    inks = w.write_many(texts, seed=0)
    assert inks.stop_reasons == ["finished"] * 4
    assert [len(ink) for ink in inks] == [int((len(t) - 0.5) / 0.37) for t in texts]
    lines, lengths = zip(*sizes, strict=True)
    assert sorted(set(lines), reverse=True) == list(dict.fromkeys(lines)) == [4, 3, 2, 1]
    assert lines.count(1) == int(11.5 / 0.37) - int(8.5 / 0.37)
    assert set(lengths) == {13}  # the longest text leaves last here


def test_noise_does_not_run_out_after_others_have_left():
    """More points than noise is drawn for at a time, with a line that leaves in between."""
    w = Writer(clockwork(rate=0.02, deviation=-1.0))
    together = w.write_many(["ab", "abcdefghij"], seed=[3, 4], max_points=600)
    assert len(together[1]) > session._NOISE > len(together[0])
    np.testing.assert_allclose(together[1].offsets, w.write("abcdefghij", seed=4, max_points=600).offsets, atol=1e-5)
    rows = together[1].offsets[:, :2]
    assert not np.array_equal(rows[:50], rows[session._NOISE : session._NOISE + 50])


def test_no_lines_are_no_inks():
    lines = Writer(random_weights()).write_many([])
    assert lines == []
    assert lines.stop_reasons == []


# Styles


@pytest.mark.parametrize("peepholes", [False, True])
def test_after_a_style_it_goes_on_as_if_it_had_written_it(monkeypatch, peepholes):
    """Style and new ink joined to one line and followed from the start: the same thoughts at each new point."""
    monkeypatch.setattr(session, "_place", lambda points, lines, heights: None)  # keep the gap after the style
    w = Writer(random_weights(peepholes=peepholes))
    style = Style(some_ink(40), "some style")
    trace = w.trace("new", style=style, seed=3, max_points=50)
    whole = w.follow(Ink(np.concatenate([style.ink.offsets, trace.ink.offsets])), "some style new")
    np.testing.assert_allclose(trace.phi, whole.phi[40:, 11:], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(trace.kappa, whole.kappa[40:] - 11, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(trace.window, whole.window[40:], rtol=1e-3, atol=1e-4)
    for ours, theirs in zip(trace.mixture, whole.mixture, strict=True):
        np.testing.assert_allclose(ours, theirs[40:], rtol=1e-3, atol=1e-3)


def test_a_style_changes_the_hand_and_is_remembered(monkeypatch):
    monkeypatch.setattr(session, "_KEPT", 5)
    w = Writer(random_weights())
    style = (some_ink(30), "some style")
    plain, styled = w.write("new", seed=3), w.write("new", seed=3, style=style)
    assert not np.allclose(plain.offsets[:5], styled.offsets[:5])
    assert len(w._session._after_style) == 1
    np.testing.assert_array_equal(styled.offsets, w.write("new", seed=3, style=style).offsets)
    assert len(w._session._after_style) == 1
    for i in range(8):
        w.write(f"new {i}", seed=3, style=style, max_points=1)
    assert len(w._session._after_style) == 5


def test_ink_after_a_style_starts_at_the_left_end_of_the_styles_baseline():
    """A style that ends 2 above its baseline: the network goes on from there, and so must the height."""
    style = Style(Ink([[0.5, 0.5, 0], [3.0, 1.5, 1]]), "ab")
    ink = Writer(clockwork(deviation=-20.0)).write("cd", style=style, seed=0)
    np.testing.assert_allclose(ink.points[0], [0, 2, 1], atol=1e-5)
    np.testing.assert_allclose(ink.points[1], [0.5, 2, 1], atol=1e-5)


def test_phi_after_a_style_is_for_the_new_text():
    trace = Writer(clockwork()).trace("cdef", style=(some_ink(7), "ab"), seed=0)
    assert trace.text == "cdef"
    assert trace.phi.shape[1] == 5
    # 8 steps of .37, less "ab" and the space
    assert trace.kappa[0] == pytest.approx(8 * 0.37 - 3, abs=1e-5)
    assert trace.phi[-1].argmax() == 3


# Limits


@pytest.mark.parametrize("rule", mdn.BIAS_RULES)
@pytest.mark.parametrize("bias", [-1, 0, 50])
def test_no_bias_makes_numbers_that_are_not_finite(rule, bias):
    weights = random_weights(seed=2)
    arrays = dict(weights.arrays)
    arrays["mixture.bias"] = arrays["mixture.bias"].copy()
    arrays["mixture.bias"][1 + 9 : 1 + 15] = [3, -3] * 3  # some deviations far above 1, some far below
    w = Writer(dataclasses.replace(weights, arrays=arrays))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        ink = w.write(TEXT, bias=bias, bias_rule=rule, seed=0)
    assert len(ink) > 0
    assert np.isfinite(ink.points).all()


def test_a_large_bias_follows_the_most_likely_path():
    w = Writer(random_weights())
    one, two = (w.write(TEXT, bias=50, seed=s, max_points=1).offsets[0, :2] for s in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_ten_thousand_characters_in_one_line():
    ink = Writer(clockwork(rate=8.3)).write("abcdefghij" * 1000, seed=0)
    assert len(ink) == pytest.approx(9999.5 / 8.3, abs=3)  # kappa is float32: it drifts a little


@pytest.mark.parametrize("seed", [0, 1])
def test_characters_far_from_the_window_can_be_left_out_without_a_difference(monkeypatch, seed):
    texts = ["word " * 60, "other words " * 40]
    weights = random_weights(window=3, seed=seed, window_bias=-0.5)
    inks = []
    for short in (0, 10**9):
        monkeypatch.setattr(network, "_SHORT", short)
        w = Writer(weights)
        inks.append([*w.write_many(texts, seed=0, max_points=200), w.write(texts[0], seed=5, max_points=200)])
        if short == 0:
            narrow = w.trace(texts[1], seed=0, max_points=200)
    for a, b in zip(*inks, strict=True):
        np.testing.assert_array_equal(a.offsets, b.offsets)
    np.testing.assert_array_equal(narrow.phi, w.trace(texts[1], seed=0, max_points=200).phi)
    assert narrow.phi.shape[1] == len(texts[1]) + 1


def test_weights_that_overflow_are_reported():
    weights = clockwork()
    arrays = dict(weights.arrays)
    arrays["window.bias"] = np.array([100, 0, 0], np.float32)
    arrays["lstm1.kernel"] = np.ones_like(arrays["lstm1.kernel"])
    arrays["mixture.kernel"] = np.ones_like(arrays["mixture.kernel"])
    with np.errstate(all="ignore"), pytest.raises(WeightsError, match="at point 0 the network made"):
        Writer(dataclasses.replace(weights, arrays=arrays)).write("abc", seed=0)


# Without text


@pytest.mark.parametrize("layers", [1, 3])
def test_a_prediction_network_writes_without_text(layers):
    w = Writer(random_weights(layers=layers, window=0))
    ink = w.write(None, seed=0)
    assert len(ink) == 700
    trace = w.trace(None, seed=0, max_points=20)
    assert trace.stop_reason == "cap"
    assert trace.phi.shape == trace.kappa.shape == trace.window.shape == (20, 0)
    np.testing.assert_array_equal(trace.ink.offsets[:19], ink.offsets[:19])
    styled = w.write(None, seed=0, max_points=20, style=(some_ink(), ""))
    assert not np.allclose(styled.offsets[1:], trace.ink.offsets[1:])
    assert [len(i) for i in w.write_many([None] * 3, max_points=5)] == [5] * 3
    with pytest.raises(WritingError, match="write without one; give None"):
        w.write("hello")


def test_a_prediction_network_writes_without_complaint():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Writer(random_weights(window=0)).write(None, seed=0, max_points=5)


# Mistakes


@pytest.mark.parametrize("method", ["write", "trace", "stream"])
@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "the text is empty"),
        ("  ", {}, "the text is empty"),
        (None, {}, "a text is needed"),
        (b"abc", {}, "a text is needed to write, not bytes"),
        ("abc", {"bias": float("nan")}, "bias must be a number from -1 to 50, not nan"),
        ("abc", {"bias": float("inf")}, "bias must be"),
        ("abc", {"bias": -1.5}, "bias must be"),
        ("abc", {"bias": 51}, "bias must be"),
        ("abc", {"bias": "neat"}, "bias must be a number from -1 to 50, not 'neat'"),
        ("abc", {"bias_rule": "blog"}, "no bias rule 'blog'; the rules are graves and post"),
        ("abc", {"max_points": 0}, "max_points must be 1 or more"),
        ("abc", {"style": (Ink(np.zeros((0, 3))), "abc")}, "ink of the style has no points"),
        ("abc", {"style": (some_ink(), " ")}, "text of the style is empty"),
        ("abc", {"style": some_ink()}, "a style is ink and the text"),
        ("abc", {"style": 7}, "a style is ink and the text"),
    ],
)
def test_mistakes_are_named_at_once(method, text, options, message):
    with pytest.raises(WritingError) as caught:
        getattr(Writer(random_weights()), method)(text, **options)
    assert message in str(caught.value)


def test_unknown_characters_are_named():
    w = Writer(random_weights())
    with pytest.raises(UnknownCharacterError, match="character 4 of the text, 'é'"):
        w.write("café")
    with pytest.raises(UnknownCharacterError):
        w.write("cafe", style=(some_ink(), "café"))


def test_options_a_line_each_must_be_as_many_as_the_lines():
    w = Writer(random_weights())
    for name, values in (("bias", [1, 2]), ("seed", [1]), ("style", [(some_ink(), "a")] * 4)):
        with pytest.raises(WritingError, match=rf"3 texts, but {name} is given for {len(values)}"):
            w.write_many(["a", "b", "c"], **{name: values})


def test_many_lines_need_a_list_and_a_batch():
    w = Writer(random_weights())
    with pytest.raises(WritingError, match="a list of texts"):
        w.write_many("abc")
    with pytest.raises(WritingError, match="batch_size must be 1 or more, not 0"):
        w.write_many(["abc"], batch_size=0)


def test_follow_needs_points():
    with pytest.raises(WritingError, match="without points"):
        Writer(random_weights()).follow(Ink(np.zeros((0, 3))), "abc")


# Around it


def test_writer_loads_from_a_file(tmp_path):
    save_weights(tmp_path / "w.safetensors", random_weights())
    ink = Writer.load(tmp_path / "w.safetensors").write(TEXT, seed=1)
    np.testing.assert_array_equal(ink.offsets, Writer(random_weights()).write(TEXT, seed=1).offsets)


def test_following_gives_the_log_density_of_ink():
    """Clockwork ink has a closed form: Gaussian offsets about (1, 0), the pen a coin."""
    ink = Ink([[0.7, 0.1, 0], [0.2, -0.3, 1]])
    trace = Writer(clockwork(pen=0.0, deviation=np.log(0.5))).follow(ink, "abc")
    nats = mdn.log_density(trace.mixture, ink.standardised(0.5))
    z = (ink.offsets[:, :2] / 0.5 - [1, 0]) / 0.5
    np.testing.assert_allclose(nats, -0.5 * (z**2).sum(1) - np.log(2 * np.pi * 0.25) - np.log(2), rtol=1e-5)
    assert isinstance(trace.mixture, MixtureParameters)


def test_import_is_light_and_writing_needs_numpy_and_safetensors_only():
    script = (
        "import sys, time; start = time.process_time(); import scribe; took = time.process_time() - start;"
        "assert 'numpy' not in sys.modules and took < 0.3, took;"
        "from scribe import Writer, Ink, load_weights;"
        "heavy = {'keras', 'tensorflow', 'matplotlib', 'scipy', 'typer'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_package_knows_its_names():
    import scribe

    for name in scribe.__all__:
        assert getattr(scribe, name) is not None
    assert set(scribe.__all__) <= set(dir(scribe))
    with pytest.raises(AttributeError, match="no attribute 'Scribbler'"):
        _ = scribe.Scribbler


def test_many_lines_take_little_more_memory_than_their_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the lines: what is kept besides the ink stays that of one batch."""
    monkeypatch.setattr("scribe.writer.cores", lambda: 1)
    writer = Writer(clockwork(rate=0.001, pen=-50.0))

    def peak(count: int) -> tuple[int, int]:
        tracemalloc.start()
        inks = writer.write_many(["jon snow"] * count, seed=0, max_points=200, batch_size=32)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most, sum(ink.offsets.nbytes for ink in inks)

    peak(32)
    (few, ink_of_few), (many, ink_of_many) = peak(64), peak(640)
    assert ink_of_many == 640 * 200 * 12
    assert many - few < 1.4 * (ink_of_many - ink_of_few)


# --- part by part


@pytest.fixture
def random_writer():
    return Writer(random_weights())


def test_a_line_in_one_part_is_the_line(random_writer):
    (draft,) = random_writer.begin(["ab cd"], bias=0.7)
    assert (len(draft.points), draft.stop_reason) == (0, "")
    (whole,) = random_writer.extend([draft], [99], [5])
    line = random_writer.write_many(["ab cd"], bias=0.7, seed=5)
    np.testing.assert_array_equal(whole.ink.offsets, line[0].offsets)
    assert whole.stop_reason == line.stop_reasons[0] != ""
    assert not len(draft.points)


def test_parts_come_to_the_line_that_is_written_at_once(monkeypatch):
    """The shipped network, without chance: where it stops between two words and goes on, it misses nothing."""
    half = lambda source: (np.full((256, 2), 0.5, np.float32), np.zeros((256, 2), np.float32))  # noqa: E731
    monkeypatch.setattr(session, "_noise", half)
    shipped, text = Writer.load("default"), "three short words"
    for style in (None, "clover"):
        whole = shipped.write(text, bias=2.0, style=style)
        (draft,) = shipped.begin([text], bias=2.0, style=style)
        lengths = []
        for goal in (5, 11, len(text)):
            (draft,) = shipped.extend([draft], [goal], [0])
            lengths.append(len(draft.points))
            assert draft.ink.offsets[-1, 2] == 1
        assert draft.stop_reason == "finished"
        assert 0 < lengths[0] < 0.6 * lengths[1] < 0.6 * 0.9 * lengths[2]
        np.testing.assert_allclose(draft.ink.offsets, whole.offsets, atol=1e-4)


def test_what_is_kept_of_a_line_keeps_nothing_of_the_others():
    shipped = Writer.load("default")
    parts = shipped.extend(shipped.begin(["ab cd"] * 3, style="onyx"), [2] * 3, [0, 1, 2])
    states = [part.line.state for part in parts] + [one.state for one in shipped._session._after_style.values()]
    assert len(states) == 4
    for x, layers, *others, untold in states:
        assert all(array.base is None for array in (x, *itertools.chain(*layers, *untold), *others))


def test_a_draft_can_be_gone_on_with_in_several_ways(random_writer):
    (draft,) = random_writer.begin(["ab cd ef"])
    (start,) = random_writer.extend([draft], [2], [1])
    one, two, again = random_writer.extend([start] * 3, [5, 5, 8], [1, 2, 1])
    for further in (one, two, again):
        np.testing.assert_array_equal(further.points[: len(start.points)], start.points)
    assert not np.array_equal(one.points[: len(start.points) + 9], two.points[: len(start.points) + 9])
    assert again.stop_reason


def test_all_parts_together_make_no_more_points_than_a_line_may(random_writer):
    (draft,) = random_writer.begin(["ab cd ef"], max_points=30)
    for number, goal in enumerate((2, 5, 8)):
        if not draft.stop_reason:
            (draft,) = random_writer.extend([draft], [goal], [number])
    assert draft.stop_reason
    assert len(draft.points) <= 30


def test_a_part_that_ends_with_the_last_point_that_may_be_made_ends_the_line():
    """There would be no point left for the next part, and so no end to it."""
    shipped = Writer.load("default")
    (part,) = shipped.extend(shipped.begin(["ab cd"]), [2], [0])
    assert part.stop_reason == ""
    (same,) = shipped.extend(shipped.begin(["ab cd"], max_points=len(part.points)), [2], [0])
    np.testing.assert_array_equal(same.points, part.points)
    assert same.stop_reason == "cap"


def test_drafts_that_cannot_be_gone_on_with(random_writer):
    (draft,) = random_writer.begin(["ab cd"])
    (part,) = random_writer.extend([draft], [2], [0])
    (whole,) = random_writer.extend([draft], [5], [0])
    with pytest.raises(WritingError, match="is at its end"):
        random_writer.extend([whole], [5], [0])
    if not part.stop_reason:
        with pytest.raises(WritingError, match="is written up to there"):
            random_writer.extend([part], [2], [0])
    with pytest.raises(WritingError, match="is written up to there"):
        random_writer.extend([draft], [0], [0])
    (other,) = random_writer.begin(["ab"], bias_rule="post")
    with pytest.raises(WritingError, match="different bias rules"):
        random_writer.extend([draft, other], [2, 2], [0, 1])
    assert random_writer.extend([], [], []) == []


# Hands


HANDS = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)


@dataclasses.dataclass
class Hand:
    z: list[float]


@pytest.mark.filterwarnings("ignore::scribe.styles.StyleWarning")  # no text matches the ink of chance
@pytest.mark.parametrize("cell", CELLS)
def test_each_line_is_written_in_its_own_hand(cell):
    w = Writer(random_weights(cell=cell, condition=5))
    style = (some_ink(30), "as this")
    texts, hands = ["some words"] * 5, [HANDS[0], None, Hand(list(HANDS[1])), HANDS[0], HANDS[0]]
    styles = [None, None, None, style, None]
    lines = w.write_many(texts, hand=hands, style=styles, seed=[1] * 5, max_points=40)
    for line, hand, own in zip(lines, hands, styles, strict=True):
        alone = w.write("some words", hand=hand, style=own, seed=1, max_points=40)
        np.testing.assert_allclose(line.offsets, alone.offsets, atol=2e-4)
    nobody, zeros = (w.write("some words", seed=1, hand=hand, max_points=40) for hand in (None, np.zeros(5)))
    np.testing.assert_array_equal(nobody.offsets, zeros.offsets)
    for one, other in itertools.combinations(lines[:4], 2):
        assert not np.allclose(one.offsets[:9], other.offsets[:9], atol=0.01)
    for line in w.write_many(["some words"] * 2, hand=HANDS[0], seed=[1, 1], max_points=40):
        np.testing.assert_allclose(line.offsets, lines[0].offsets, atol=2e-4)


def test_a_style_is_read_anew_for_each_hand():
    w = Writer(random_weights(condition=5))
    style = (some_ink(30), "some style")
    first = w.write("new", seed=3, style=style, hand=HANDS[0])
    w.write("new", seed=3, style=style, hand=HANDS[1])
    assert len(w._session._after_style) == 2
    np.testing.assert_array_equal(first.offsets, w.write("new", seed=3, style=style, hand=HANDS[0]).offsets)


def test_a_hand_stays_with_a_line_that_is_written_in_parts():
    w = Writer(random_weights(condition=5))
    drafts = w.begin(["ab cd"] * 2, hand=HANDS[:2], max_points=60)
    whole = w.extend(drafts, [5, 5], [1, 1])
    for draft, hand in zip(whole, HANDS[:2], strict=True):
        alone = w.write("ab cd", hand=hand, seed=1, max_points=60)
        np.testing.assert_allclose(draft.ink.offsets, alone.offsets, atol=2e-4)
    (part,) = w.extend(drafts[:1], [2], [1])
    np.testing.assert_array_equal(part.line.condition, HANDS[0])


def test_the_hand_that_wrote_is_the_one_that_explains_it():
    w = Writer(random_weights(condition=5))
    trace = w.trace(TEXT, seed=1, hand=HANDS[0], max_points=60)
    again, other = (w.follow(trace.ink, TEXT, hand) for hand in HANDS[:2])
    np.testing.assert_allclose(again.mixture.mu, trace.mixture.mu, rtol=1e-3, atol=1e-3)
    assert np.abs(other.mixture.mu - trace.mixture.mu).max() > 0.01


@pytest.mark.parametrize(
    ("condition", "hand", "message"),
    [
        (0, HANDS[0], "cannot be told a hand"),
        (5, HANDS[0, :4], "vector of 5 finite numbers .* shape \\(4,\\)"),
        (5, HANDS[0] * np.nan, "finite"),
        (5, "clover", "vector of 5 numbers, not str"),
        (5, Hand([0.0]), "shape"),
    ],
)
def test_a_hand_that_cannot_be_one_is_refused(condition, hand, message):
    w = Writer(random_weights(condition=condition))
    for use in (w.write, w.stream, w.trace, lambda text, hand: w.follow(some_ink(), text, hand)):
        with pytest.raises(WritingError, match=message):
            use("abc", hand=hand)


def test_there_is_a_hand_for_each_text_or_one_for_all():
    w = Writer(random_weights(condition=5))
    with pytest.raises(WritingError, match="2 texts, but hand is given for 3"):
        w.write_many(["a", "b"], hand=HANDS)
    assert len(w.write_many(["a", "b"], hand=list(map(float, HANDS[0])), max_points=2)) == 2


def test_where_a_style_ended_is_told_by_its_word():
    assert astray_at("one two three", -8) == (
        "the ink was over at the word 'two', character 5 of the text; the text says more than the ink"
    )
    assert astray_at("one", -99).startswith("the ink was over at the word 'one', character 1 ")
    assert astray_at("one", 5) == "the text was over 5 characters before the ink was; the ink says more than 'one'"


@pytest.mark.parametrize(("cell", "peepholes"), EVERY_CELL)
def test_guidance_counts_what_the_hand_makes_of_it_several_times(cell, peepholes):
    """Against two networks of bricks, one of which isn't told the hand; without a window nothing else joins them."""
    weights = random_weights(cell=cell, peepholes=peepholes, condition=5, layers=2, window=0)
    trace = Writer(weights).trace(None, hand=HANDS[0], guidance=2.5, seed=1, max_points=40)
    points = trace.ink.standardised(weights.offset_scale)
    told, untold = (by_bricks(weights, points, None, hand).y for hand in (HANDS[0], None))
    guided = mdn.split(told + 1.5 * (told - untold), weights.architecture.mixtures)
    for made, wanted in zip(trace.mixture, guided, strict=True):
        np.testing.assert_allclose(made, wanted, rtol=2e-3, atol=2e-3)


def test_guidance_by_one_and_of_nobody_change_nothing():
    w = Writer(random_weights(condition=5))
    style = (some_ink(30), "as this")
    for hand, guidance in ((HANDS[0], 1), (None, 2), (np.zeros(5), 3)):
        options = {"hand": hand, "seed": 1, "max_points": 60, "style": style}
        plain, guided = w.write(TEXT, **options), w.write(TEXT, guidance=guidance, **options)
        np.testing.assert_allclose(guided.offsets, plain.offsets, atol=2e-4)
    other = w.write(TEXT, hand=HANDS[0], guidance=2, seed=1, max_points=60, style=style)
    plain = w.write(TEXT, hand=HANDS[0], seed=1, max_points=60, style=style)
    assert not np.allclose(other.offsets[:9], plain.offsets[:9], atol=0.01)


def test_guided_lines_are_the_same_alone_in_a_batch_and_in_parts():
    w = Writer(random_weights(condition=5))
    style = (some_ink(30), "as this")
    hands, styles = [HANDS[0], HANDS[1], HANDS[0], None], [None, style, style, None]
    options = {"guidance": 2, "max_points": 60}
    lines = w.write_many(["ab cd"] * 4, hand=hands, style=styles, seed=[1] * 4, **options)
    drafts = w.extend(w.begin(["ab cd"] * 4, hand=hands, style=styles, **options), [5] * 4, [1] * 4)
    for line, draft, hand, own in zip(lines, drafts, hands, styles, strict=True):
        alone = w.write("ab cd", hand=hand, style=own, seed=1, **options)
        np.testing.assert_allclose(line.offsets, alone.offsets, atol=5e-4)
        np.testing.assert_allclose(draft.ink.offsets, alone.offsets, atol=5e-4)


def test_a_guidance_that_cannot_be_one_is_refused():
    w = Writer(random_weights(condition=5))
    for guidance in (-0.1, 4.1, math.nan, "twice", None):
        with pytest.raises(WritingError, match="guidance must be a number from 0 to 4"):
            w.write("abc", hand=HANDS[0], guidance=guidance)
    plain, guided = w.begin(["abc"], hand=HANDS[0]), w.begin(["abc"], hand=HANDS[0], guidance=2)
    with pytest.raises(WritingError, match="different guidance"):
        w.extend(plain + guided, [3, 3], [1, 1])
