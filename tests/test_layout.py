import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.ink import Ink
from scribe.layout import set_page, wrap

TEXTS = st.text(alphabet="ab cdé-\n\t\r", max_size=200)


def line(*strokes):
    return Ink.from_strokes([np.array(s, float) for s in strokes])


BAR = line([(0, 0), (2, 0)])
LONG_BAR = line([(0, 0), (6, 1)])
EMPTY = Ink(np.zeros((0, 3)))


@given(TEXTS, st.integers(1, 30))
def test_wrapping_keeps_every_character_in_order_and_every_line_in_bounds(text, width):
    lines = wrap(text, width)
    assert all(len(row) <= width for row in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(row == " ".join(row.split()) for row in lines)
    assert not lines or (lines[0] and lines[-1])


@given(st.lists(st.text(alphabet="abc,.", min_size=1, max_size=9), max_size=40), st.integers(9, 40))
def test_wrapping_equals_the_standard_librarys_where_no_word_is_cut(words, width):
    text = "  ".join(words)
    assert wrap(text, width) == textwrap.wrap(" ".join(words), width)


def test_line_breaks_and_empty_lines_are_kept():
    text = "\n\none two\r\nthree\n\n\n  four  \n\n"
    assert wrap(text, 40) == ["one two", "three", "", "", "four"]


def test_a_word_breaks_after_its_hyphen_before_it_is_moved():
    assert wrap("an old well-known song", 11) == ["an old", "well-known", "song"]
    assert wrap("an old well-known song", 12) == ["an old well-", "known song"]
    assert wrap("minus -5 or 1-2", 8) == ["minus -5", "or 1-2"]


def test_only_a_word_longer_than_a_line_is_cut():
    assert wrap("a " + "x" * 25 + " b", 10) == ["a", "x" * 10, "x" * 10, "xxxxx b"]


def test_ten_thousand_characters_without_a_space():
    lines = wrap("m" * 10_000, 40)
    assert len(lines) == 250
    assert set(map(len, lines)) == {40}


def test_no_text_gives_no_lines():
    assert wrap("", 10) == wrap(" \n\t\n", 10) == []


def test_a_width_below_one_is_refused():
    with pytest.raises(ValueError, match="1 character or more, not 0"):
        wrap("a", 0)


def test_lines_stand_on_their_baselines():
    page = set_page([BAR, EMPTY, LONG_BAR, BAR], line_height=4, empty_height=0.5)
    expected = [[(0, 0), (2, 0)], [(0, -6), (6, -5)], [(0, -10), (2, -10)]]
    np.testing.assert_allclose(page.strokes, expected, atol=1e-6)
    assert page.offsets[:, 2].tolist() == [0, 1] * 3


def test_lines_begin_below_each_other_by_the_edges_of_their_ink():
    hanging = line([(1, 0), (-1, 0), (3, 0)])
    page = set_page([BAR.moved(0.5, 0), hanging], line_height=3)
    np.testing.assert_allclose(page.strokes[0], [(0.5, 0), (2.5, 0)], atol=1e-6)
    np.testing.assert_allclose(page.strokes[1], [(2.5, -3), (0.5, -3), (4.5, -3)], atol=1e-6)


def test_each_line_keeps_its_distance_from_the_margin_in_a_loose_hand():
    hanging = line([(-1, 0), (3, 0)])
    page = set_page([BAR, hanging], line_height=3, loose=True)
    np.testing.assert_allclose(page.strokes[1], [(-1, -3), (3, -3)])


@pytest.mark.parametrize(("align", "left"), [("centre", 2), ("right", 4)])
def test_alignment_measures_what_is_drawn(align, left):
    page = set_page([LONG_BAR, BAR.moved(17, 0)], line_height=3, align=align)
    np.testing.assert_allclose(page.strokes[0], [(0, 0), (6, 1)], atol=1e-6)
    np.testing.assert_allclose(page.strokes[1], [(left, -3), (left + 2, -3)], atol=1e-6)


def test_positions_stay_exact_down_a_long_page():
    page = set_page([BAR] * 300, line_height=3.5)
    np.testing.assert_allclose(page.strokes[-1], [(0, -3.5 * 299), (2, -3.5 * 299)], atol=1e-4)


def test_nothing_to_set_gives_ink_without_points():
    assert len(set_page([])) == len(set_page([EMPTY, EMPTY])) == 0


@pytest.mark.parametrize("wrong", [{"line_height": 0}, {"empty_height": -1}, {"align": "center"}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=r"line_height|alignment"):
        set_page([BAR], **wrong)
