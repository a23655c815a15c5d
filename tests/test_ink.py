"""Ink: strokes, points and offsets are three views of one thing, and nothing else gets in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.interpolate import CubicHermiteSpline

from scribe.ink import Ink, InkError, bezier, join, resample

numbers = st.floats(-1e3, 1e3, allow_nan=False, width=32)
a_stroke = hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.just(2)), elements=numbers)
some_strokes = st.lists(a_stroke, min_size=1, max_size=6)


def circle(points: int = 101) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, points)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@given(some_strokes)
def test_strokes_to_ink_and_back(strokes: list[np.ndarray]) -> None:
    ink = Ink.from_strokes(strokes)
    assert len(ink.strokes) == len(strokes)
    for found, stroke in zip(ink.strokes, strokes, strict=True):
        # Half a unit in the last place of an offset of at most 2,000.
        np.testing.assert_allclose(found, stroke, atol=2e3 * 2**-24)
    again = Ink.from_points(ink.points)
    np.testing.assert_array_equal(again.offsets, ink.offsets)


def test_rounding_does_not_add_up_along_a_line() -> None:
    x = np.arange(100_000) * 0.1
    points = np.stack([x, np.zeros_like(x), np.zeros_like(x)], axis=1)
    points[-1, 2] = 1
    naive = np.diff(points[:, 0], prepend=0).astype(np.float32).astype(np.float64).cumsum()
    assert abs(Ink.from_points(points).points[-1, 0] - x[-1]) < 1e-7 < abs(naive[-1] - x[-1])


def test_offsets_are_kept_as_they_are_and_cannot_be_changed() -> None:
    offsets = np.array([[0.1, 0.2, 0], [0.3, -0.4, 1]], np.float32)
    ink = Ink(offsets)
    np.testing.assert_array_equal(ink.offsets, offsets)
    offsets[0, 0] = 9
    assert ink.offsets[0, 0] == np.float32(0.1)
    with pytest.raises(ValueError, match="read-only"):
        ink.offsets[0, 0] = 9


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ([[0, 0, 0], [np.nan, 1, 0], [0, np.inf, 1]], "row 1 of the offsets is not finite"),
        ([[0, 0, 0], [1, 1, 0.5], [0, 0, 1]], "row 1 of the offsets has pen_up 0.5"),
        ([[0, 0, 1], [1, 1, 0]], "row 1, the last of the offsets, leaves the pen down"),
        ([[0, 0], [1, 1]], r"shape \(2, 2\); expected \(points, 3\)"),
        ([[1e300, 0, 1]], "row 0 of the offsets does not fit into float32"),
        ([["a", 0, 1]], "array of numbers"),
    ],
)
def test_what_is_not_ink_is_named(offsets: list, message: str) -> None:
    with np.errstate(over="ignore"), pytest.raises(InkError, match=message):
        Ink(offsets)


def test_a_stroke_without_points_is_named() -> None:
    with pytest.raises(InkError, match=r"stroke 1 has shape \(0, 2\)"):
        Ink.from_strokes([np.zeros((3, 2)), np.zeros((0, 2))])


def test_empty_ink() -> None:
    ink = Ink(np.zeros((0, 3)))
    assert len(ink) == 0
    assert ink.strokes == []
    assert len(ink.moved(1, 1)) == 0
    with pytest.raises(InkError, match="no bounds"):
        _ = ink.bounds


def test_bounds_and_transformations() -> None:
    ink = Ink.from_strokes([[[0, 0], [2, 1]], [[1, -1], [1, 3]]])
    assert ink.bounds == (0, -1, 2, 3)
    assert (ink.bounds.width, ink.bounds.height) == (2, 4)
    assert ink.moved(5, 1).bounds == (5, 0, 7, 4)
    slanted = ink.transformed(np.array([[1, 0.5], [0, 1]]))
    np.testing.assert_allclose(slanted.strokes[1], [[0.5, -1], [2.5, 3]], atol=1e-6)


def test_standardising_divides_both_directions_and_leaves_the_pen() -> None:
    ink = Ink.from_strokes([circle() * 3])
    x = ink.standardised(0.25)
    np.testing.assert_allclose(x[:, :2], ink.offsets[:, :2] * 4, rtol=1e-6)
    np.testing.assert_array_equal(x[:, 2], ink.offsets[:, 2])
    np.testing.assert_allclose(Ink.from_standardised(x, 0.25).offsets, ink.offsets, rtol=1e-6)


@given(some_strokes, st.floats(0.2, 5), st.floats(0, 3))
def test_resampling_keeps_strokes_and_their_ends(strokes: list[np.ndarray], factor: float, smoothing: float) -> None:
    ink = Ink.from_strokes(strokes)
    out = resample(ink, factor, smoothing)
    assert len(out.strokes) == len(strokes)
    for found, stroke in zip(out.strokes, ink.strokes, strict=True):
        np.testing.assert_allclose(found[[0, -1]], stroke[[0, -1]], atol=2e-3)
        expected = 1 if len(stroke) == 1 else max(2, round((len(stroke) - 1) * factor) + 1)
        assert len(found) == expected


def test_resampling_is_even_in_time_not_in_space() -> None:
    time = np.linspace(0, 1, 201)
    stroke = np.stack([time**2, np.zeros_like(time)], axis=1)  # ever faster
    found = resample(Ink.from_strokes([stroke]), 0.1).strokes[0]
    np.testing.assert_allclose(found[:, 0], np.linspace(0, 1, 21) ** 2, atol=1e-4)


def test_smoothing_removes_tremor_and_keeps_shape() -> None:
    rng = np.random.default_rng(0)
    clean = circle(201)
    trembling = clean + rng.normal(0, 0.03, clean.shape)
    smooth = resample(Ink.from_strokes([trembling]), 1.0, smoothing=4.0).strokes[0]
    assert np.abs(smooth - clean)[20:-20].mean() < 0.5 * np.abs(trembling - clean)[20:-20].mean()


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_resampling_by_nothing_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        resample(Ink.from_strokes([circle()]), factor)


def test_join_leaves_the_gaps_asked_for_and_the_heights_alone() -> None:
    pieces = [Ink.from_strokes([circle() + np.array([10 * i, i])]) for i in range(3)]
    line = join(pieces, [0.5, 1.5])
    edges = [(s[:, 0].min(), s[:, 0].max()) for s in line.strokes]
    assert edges[0] == pytest.approx((-1, 1), abs=1e-5)
    assert edges[1][0] - edges[0][1] == pytest.approx(0.5, abs=1e-5)
    assert edges[2][0] - edges[1][1] == pytest.approx(1.5, abs=1e-5)
    assert [s[:, 1].mean() for s in line.strokes] == pytest.approx([p.strokes[0][:, 1].mean() for p in pieces])
    with pytest.raises(ValueError, match="3 pieces need 2 gaps, not 3"):
        join(pieces, [1, 1, 1])


def test_bezier_passes_through_the_points_and_is_smooth() -> None:
    stroke = circle(13)
    segments = bezier(stroke)
    np.testing.assert_allclose(segments[:, 0], stroke[:-1], atol=1e-12)
    np.testing.assert_allclose(segments[:, 3], stroke[1:], atol=1e-12)
    # The directions in which one segment ends and the next begins agree.
    leaving, arriving = segments[1:, 1] - segments[1:, 0], segments[:-1, 3] - segments[:-1, 2]
    cosine = (leaving * arriving).sum(1) / np.linalg.norm(leaving, axis=1) / np.linalg.norm(arriving, axis=1)
    np.testing.assert_allclose(cosine, 1, atol=1e-9)
    middle = segments.transpose(1, 0, 2)
    middle = (middle[0] + 3 * middle[1] + 3 * middle[2] + middle[3]) / 8
    np.testing.assert_allclose(np.linalg.norm(middle, axis=1)[1:-1], 1, atol=0.01)  # as round as the circle


def test_bezier_of_evenly_spaced_points_is_the_catmull_rom_spline() -> None:
    angle = np.arange(9) * 0.7
    stroke = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # equal chords
    tangents = (stroke[2:] - stroke[:-2]) / 2
    spline = CubicHermiteSpline(np.arange(1, 8), stroke[1:-1], tangents)
    t = np.linspace(0, 1, 5)[:, None]
    for i, (a, b, c, d) in enumerate(bezier(stroke)[1:-1], 1):
        curve = a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3
        np.testing.assert_allclose(curve, spline(i + t[:, 0]), atol=1e-9)


@given(a_stroke)
def test_bezier_is_finite_even_for_repeated_points(stroke: np.ndarray) -> None:
    segments = bezier(np.repeat(stroke, 2, axis=0))
    assert np.isfinite(segments).all()
    assert segments.shape[1:] == (4, 2)
