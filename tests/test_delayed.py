"""Bars of t come onto their stems and dots over theirs; nothing else is moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from scribe.delayed import attached, bars, loose_bars
from scribe.hands import named_hands
from scribe.ink import Ink
from scribe.measure.repeats import WITH_BARS, bars_on_stems
from scribe.proofread import counted
from scribe.session import Line
from scribe.writer import Draft, Writer

Strokes = Sequence[tuple[int, Sequence[tuple[float, float]]]]


def draft(text: str, strokes: Strokes) -> Draft:
    """A draft of these strokes, each with the place in the text that the window showed."""
    ink = Ink.from_strokes([points for _, points in strokes])
    places = np.concatenate([np.full(len(points), place, np.int32) for place, points in strokes])
    line = Line(np.zeros(len(text) + 1, np.int32), 0, 0.5, 999, 0, None, None)
    return Draft(text, ink.offsets, "finished", "graves", line, places)


def stem(x: float, top: float = 2.0) -> list[tuple[float, float]]:
    return [(x, y) for y in np.linspace(top, 0, 9)]


def bar(left: float, y: float = 1.5, width: float = 0.6) -> list[tuple[float, float]]:
    return [(left, y), (left + width / 2, y), (left + width, y)]


def moved(text: str, strokes: Strokes) -> dict[int, np.ndarray]:
    """By how much each stroke that's moved is moved; none is stretched, and the pen is lifted where it was."""
    before = draft(text, strokes)
    after = attached(before)
    np.testing.assert_array_equal(after.points[:, 2], before.points[:, 2])
    ways = {}
    for number, (old, new) in enumerate(zip(before.ink.strokes, after.ink.strokes, strict=True)):
        way = new - old
        np.testing.assert_allclose(way, np.broadcast_to(way[0], way.shape), atol=1e-5)
        if np.hypot(*way[0]) > 1e-4:
            ways[number] = way[0]
    return ways


@pytest.mark.parametrize(
    ("left", "y", "way"),
    [
        (0.4, 1.5, (-0.4, 0)),  # right of the stem: its left end comes to it
        (-1.0, 1.5, (0.4, 0)),  # left of it: its right end
        (-0.3, 2.5, (0, -0.5)),  # over it: down to its top
        (1.3, 1.5, (-1.3, 0)),
    ],
)
def test_a_bar_is_moved_just_onto_the_stem(left: float, y: float, way: tuple[float, float]) -> None:
    found = moved("to", [(0, stem(0)), (1, bar(left, y)), (1, [(2.5, 1), (2.2, 0.4), (2.5, 0)])])
    assert list(found) == [1]
    np.testing.assert_allclose(found[1], way, atol=1e-5)


def test_a_bar_goes_to_the_stem_that_has_none() -> None:
    strokes = [(0, stem(0)), (1, stem(1)), (1, bar(-0.3, 1.4, 0.6)), (3, bar(1.6))]
    found = moved("tto", strokes)
    assert list(found) == [3]
    np.testing.assert_allclose(found[3], (-0.6, 0), atol=1e-5)
    assert not moved("to", [(0, stem(0)), (0, bar(-0.3)), (1, bar(0.4))])  # it has one


def test_bars_of_a_word_go_each_to_its_own() -> None:
    found = moved("tat", [(0, stem(0)), (1, stem(1.2, 1)), (2, stem(3)), (2, bar(0.3)), (2, bar(3.2))])
    np.testing.assert_allclose([found[3], found[4]], [(-0.3, 0), (-0.2, 0)], atol=1e-5)


@pytest.mark.parametrize(
    ("text", "strokes"),
    [
        ("to", [(0, stem(0)), (1, bar(-0.3))]),  # it touches
        ("to", [(0, stem(0)), (1, bar(0.05))]),  # by less than the width of a pen
        ("to", [(0, stem(0)), (1, bar(1.7))]),  # too far
        ("to", [(0, stem(0)), (1, bar(0.4, 0.3))]),  # too low for a bar
        ("to", [(0, stem(0)), (1, [(0.4, 1.4), (0.6, 1.7), (0.9, 2.0)])]),  # too steep
        ("lo", [(0, stem(0)), (1, bar(0.4))]),  # there's no t
        ("et a", [(2, bar(0.4)), (3, stem(0))]),  # nor here
        ("o to", [(0, bar(0.4)), (2, stem(0))]),  # the t comes later
        ("t-o", [(0, stem(0)), (1, bar(0.4))]),  # a dash
        ("t-o", [(0, stem(0)), (2, bar(0.4))]),  # the same, if the window has gone on
        ("t_o", [(0, stem(0)), (1, bar(0.4, 0.9))]),
        ("t=", [(0, stem(0)), (1, bar(0.4)), (1, bar(0.4, 1.1))]),
        ("t+", [(0, stem(0)), (1, bar(0.4)), (1, [(0.7, 1), (0.7, 0.4)])]),
        ("tf", [(0, stem(0)), (1, stem(1.2)), (1, bar(0.6, 1.4, 0.4))]),  # nearer to an f
        ("tA", [(0, stem(0)), (1, [(0.8, 0), (1.2, 2), (1.6, 0)]), (1, bar(0.4, 1.2, 0.3))]),
        ("tH", [(0, stem(0)), (1, stem(1)), (1, stem(1.9)), (1, bar(0.3, 1.2, 0.5))]),
        ("tđ", [(0, stem(0)), (1, stem(1.2)), (1, bar(0.6, 1.4, 0.4))]),
        ("ħo", [(0, stem(0)), (1, bar(0.4))]),
        ("it", [(0, stem(0, 1)), (1, stem(0.9)), (1, bar(0.1, 1.5, 0.3))]),  # the dot of the i
        ("t", [(0, stem(0, 0.4)), (0, bar(0.4))]),  # what's so short is no stem
        ("t", [(0, stem(0, 0.7)), (0, bar(-0.3))]),  # and here the bar would lie too low
    ],
)
def test_what_is_no_bar_or_touches_stays(text: str, strokes: Strokes) -> None:
    before = draft(text, strokes)
    assert attached(before) is before


def dot(x: float, y: float = 1.5) -> list[tuple[float, float]]:
    return [(x, y), (x + 0.02, y), (x + 0.04, y)]


def test_dots_are_moved_over_their_stems_in_their_order() -> None:
    word = [(0, stem(0, 1)), (1, stem(2, 1.2)), (2, stem(4, 1))]
    assert not moved("ini", [*word, (2, dot(0.3)), (2, dot(4.3))])  # where people set them
    found = moved("ini", [*word, (2, dot(5.5)), (2, dot(1.5))])  # drawn in the other order
    np.testing.assert_allclose([found[4], found[3]], [(-0.62, 0), (-0.62, 0)], atol=1e-5)
    (left,) = moved("ini", [*word, (2, dot(-1)), (2, dot(4.3))]).values()
    np.testing.assert_allclose(left, (0.48, 0), atol=1e-5)


@pytest.mark.parametrize(
    ("text", "dots"),
    [
        ("ini", [(2, dot(1.5))]),  # one is missing: it may be that of either
        ("ini", [(2, dot(1.5)), (2, dot(2.5)), (2, dot(5.5))]),  # one too many
        ("ini", [(2, dot(1.5, 0.5)), (2, dot(5.5, 0.5))]),  # too low
        ("inë", [(2, dot(1.5))]),  # a letter with other dots
        ("ini", [(2, dot(8)), (2, dot(9))]),  # too far for both
    ],
)
def test_dots_of_which_it_is_not_known_whose_they_are_stay(text: str, dots: Strokes) -> None:
    assert not moved(text, [(0, stem(0, 1)), (1, stem(2, 1.2)), (2, stem(4, 1)), *dots])


def test_nothing_is_made_of_nothing() -> None:
    line = Line(np.zeros(2, np.int32), 0, 0.5, 9, 0, None, None)
    empty = Draft("t", np.zeros((0, 3), np.float32), "cap", "graves", line, np.zeros(0, np.int32))
    assert attached(empty) is empty


def test_written_bars_touch_more_often_and_other_lines_stay_as_they_are() -> None:
    """Four lines full of t in two joined hands, by the weights that write by default."""
    writer = Writer.load("anyone")
    hands = [named_hands()[name].hand for name in ("fern", "topaz") for _ in WITH_BARS]
    texts = list(WITH_BARS) * 2
    plain = writer.write_many(texts, seed=0, hand=hands)
    ours = counted(writer, texts, seed=0, hand=hands)
    before, after = (np.array([bars(ink) for ink in inks]) for inks in (plain, ours))
    assert after[:, 1].sum() < before[:, 1].sum()
    assert (after[:, 1] <= before[:, 1]).all()
    for one, other, (_, loose) in zip(plain, ours, before, strict=True):
        np.testing.assert_array_equal(one.offsets[:, 2], other.offsets[:, 2])
        if not loose:
            np.testing.assert_array_equal(one.offsets, other.offsets)


def test_bars_are_measured() -> None:
    found = bars_on_stems(Writer.load("anyone"), biases=(0.5,))
    assert found is not None
    assert found["lines"] == 4
    assert found["moved"]["touch"]["value"] >= found["as_written"]["touch"]["value"] > 0.5
    assert found["by_hand"][0] == {"hand": "", "as_written": found["as_written"], "moved": found["moved"]}


@pytest.mark.parametrize(
    ("bar", "loose"),
    [
        ([(-0.4, 1.4), (0.4, 1.5)], 0),
        ([(0.05, 1.4), (0.8, 1.4)], 0),  # it begins at the stem
        ([(-0.4, 2.5), (0.4, 2.5)], 1),  # over it
        ([(0.5, 1.4), (1.2, 1.4)], 1),  # beside it
        ([(0.5, 1.4), (0.6, 1.4)], 0),  # a dot is no bar
        ([(0.5, 0.2), (1.2, 0.2)], 0),  # nor what lies low
        ([(0.5, 1.4), (0.9, 2.4)], 0),  # nor what's steep
    ],
)
def test_bars_that_touch_no_stem_are_counted(bar: list[tuple[float, float]], loose: int) -> None:
    stem = np.column_stack([np.zeros(5), np.linspace(2, 0, 5)])
    assert loose_bars(Ink.from_strokes([stem, bar])) == loose


def test_ink_without_bars_has_no_loose_ones() -> None:
    assert loose_bars(Ink(np.zeros((0, 3), np.float32))) == loose_bars(Ink.from_strokes([[(0, 0)]])) == 0
