"""Sheets of paper in millimetres: where lines, margins, rules and page breaks are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.ink import Ink
from scribe.layout import PAPERS, PLACES, Page, Paragraph, Row, Sheet, SheetError, paragraphs_of, plain_text, set_text

EMPTY = Ink(np.zeros((0, 3), np.float32))
LETTER = """Dear all,

this is a paragraph of which the
lines are broken where they were
full, as programs of mail do it.

Yours,
Ada
"""


def bar(width, left=0.0, text="bar"):
    """A level line of ink whose lowest points lie on the baseline, with ends that stand up as letters do."""
    return Row(Ink.from_strokes([[(left + width, 1), (left + width, 0), (left, 0), (left, 1)]]), text)


def in_bars(lines):
    """Writes a bar for each line, .9 body heights per character."""
    return [bar(0.9 * len(line)).ink for line in lines]


# --- text


def test_line_ends_of_any_kind_become_one_kind_and_pages_stay():
    pasted = "Dear Ada,\r\n\r\nfirst\tpage\x0bline\r\n\fcafe\r"
    assert plain_text(pasted) == "Dear Ada,\n\nfirst\tpage\nline\fcafe"


def test_paragraphs_are_kept_line_by_line_or_reflowed():
    kept = paragraphs_of(LETTER)
    assert [p.text for p in kept] == LETTER.strip().split("\n")
    assert [p.first for p in kept if p.text] == [True, True, False, False, True, False]
    reflowed = [p.text for p in paragraphs_of(LETTER, reflow=True)]
    whole = "this is a paragraph of which the lines are broken where they were full, as programs of mail do it."
    assert reflowed == ["Dear all,", "", whole, "", "Yours,", "Ada"]


def test_a_form_feed_begins_a_page_even_an_empty_one():
    found = paragraphs_of("one\ftwo\f\fthree\f")
    assert [(p.text, p.breaks) for p in found] == [("one", False), ("two", True), ("", True), ("three", True)]
    assert paragraphs_of("\f\n \f") == []


# --- sheets


def test_lines_stand_on_the_baselines_of_the_sheet_in_mm():
    sheet = Sheet(100, 80, (10, 12, 14, 16), x_height=2, line_spacing=8)
    # The first one lies two x-heights below the upper margin, the last one above the lower margin.
    assert sheet.baselines == tuple(66 - 8 * i for i in range(7))
    (page,) = sheet.pages([bar(20), bar(30)])
    assert [stroke[:, 1].min() for stroke in page.strokes] == pytest.approx([66, 58])
    assert np.ptp(page.strokes[1][:, 0]) == pytest.approx(60)  # 30 body heights of 2 mm
    assert np.ptp(page.strokes[1][:, 1]) == pytest.approx(2)
    assert page.text == "bar\nbar"


@pytest.mark.parametrize(("align", "left"), [("left", 10), ("centre", 30), ("right", 50)])
@pytest.mark.parametrize("origin", [-1.5, 0.0, 2.0])
def test_lines_are_aligned_by_the_edges_of_their_ink(align, left, origin):
    (page,) = Sheet(100, 80, (10,) * 4, x_height=2, align=align).pages([bar(20, origin)])
    assert page.strokes[0][:, 0].min() == pytest.approx(left, abs=1e-4)


def test_a_tilted_line_becomes_level_unless_the_hand_is_loose():
    words = [bar(2, 3.0 * i).ink for i in range(12)]
    tilted = Ink.from_strokes([stroke @ [[1, -0.03], [0, 1]] + (-0.7, 0.2) for ink in words for stroke in ink.strokes])
    row = Row(tilted, "nunununununu")

    def feet(loose):
        (page,) = Sheet(200, 80, x_height=2, loose=loose).pages([row])
        return np.array([stroke[:, 1].min() for stroke in page.strokes]), page

    straight, page = feet(False)
    assert np.ptp(straight) < 0.1 * 2
    assert abs(straight.mean() - 68) < 0.1 * 2
    assert min(stroke[:, 0].min() for stroke in page.strokes) == pytest.approx(8, abs=1e-4)
    as_written, page = feet(True)
    assert np.ptp(as_written) > 0.9 * 2
    assert min(stroke[:, 0].min() for stroke in page.strokes) == pytest.approx(8 - 0.7 * 2, abs=1e-3)


def test_paragraphs_are_indented():
    rows = [Row(bar(20).ink, "a", first=True), bar(20)]
    (page,) = Sheet(100, 80, (10,) * 4, x_height=2, indent=7).pages(rows)
    assert [stroke[:, 0].min() for stroke in page.strokes] == pytest.approx([17, 10])


def test_a_line_that_is_too_wide_is_squeezed_between_the_margins():
    (page,) = Sheet(100, 80, (10,) * 4, x_height=2).pages([bar(50)])
    assert (page.strokes[0][:, 0].min(), page.strokes[0][:, 0].max()) == pytest.approx((10, 90))


def test_pages_break_where_they_are_full_and_where_the_text_says_so():
    sheet = Sheet(100, 50, (10,) * 4, x_height=2, line_spacing=8)
    assert len(sheet.baselines) == 4
    pages = sheet.pages([bar(9)] * 9)
    assert [len(page.strokes) for page in pages] == [4, 4, 1]
    assert pages[2].strokes[0][:, 1].min() == pytest.approx(sheet.baselines[0])
    pages = sheet.pages([bar(9), Row(bar(9).ink, "b", breaks=True)])
    assert [page.text for page in pages] == ["bar", "b"]
    # An empty line between two pages is gone; one that begins a text is kept.
    pages = sheet.pages([bar(9)] * 4 + [Row(EMPTY), bar(9)])
    assert pages[1].strokes[0][:, 1].min() == pytest.approx(sheet.baselines[0])
    assert len(sheet.pages([])) == 1


@pytest.mark.parametrize("ruling", ["ruled", "squared"])
def test_lines_stand_on_rules_and_empty_ones_take_a_whole_line(ruling):
    sheet = Sheet(148, 105, x_height=2, line_spacing=7, first_line=20, ruling=ruling)
    (page,) = sheet.pages([bar(9), Row(EMPTY), bar(9)])
    level = {round(rule[0, 1], 6) for rule in page.rules if rule[0, 1] == rule[1, 1]}
    feet = [stroke[:, 1].min() for stroke in page.strokes]
    assert feet == pytest.approx([85, 71])
    assert {round(y) for y in feet} <= level
    assert all((rule >= 0).all() and (rule <= (148, 105)).all() for rule in page.rules)
    if ruling == "squared":
        upright = sorted(rule[0, 0] for rule in page.rules if rule[0, 0] == rule[1, 0])
        assert np.diff(upright) == pytest.approx(3.5)
        assert np.diff(sorted(level)) == pytest.approx(3.5)
    plain = Sheet(148, 105, x_height=2, line_spacing=7, first_line=20, ruling=ruling, draw_rules=False)
    (bare,) = plain.pages([bar(9), Row(EMPTY), bar(9)])
    assert bare.rules == ()
    assert all((a == b).all() for a, b in zip(bare.strokes, page.strokes, strict=True))


@pytest.mark.parametrize("place", PLACES)
def test_numbers_stand_in_the_margin_where_they_were_asked_for(place):
    sheet = Sheet(100, 50, (10,) * 4, x_height=2, line_spacing=8, number=place)
    pages = sheet.pages([bar(9)] * 5, [bar(1).ink, bar(2).ink])
    for page, width in zip(pages, (2, 4), strict=True):
        box = page.strokes[-1]
        assert box[:, 1].max() < 10 if place.startswith("bottom") else box[:, 1].min() > 40
        x = {"left": 10 + width / 2, "centre": 50, "right": 90 - width / 2}[place.split("-")[1]]
        assert (box[:, 0].min() + box[:, 0].max()) / 2 == pytest.approx(x)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"width": 0}, "above 0"),
        ({"height": float("nan")}, "above 0"),
        ({"margins": (0, 100, 0, 100)}, "no room for a word"),
        ({"margins": (150, 0, 150, 0)}, "no room for a line"),
        ({"margins": (-1, 0, 0, 0)}, "0 mm or more"),
        ({"line_spacing": 1e-4}, "cannot be"),
        ({"ruling": "dotted"}, "no ruling 'dotted'"),
        ({"align": "middle"}, "no alignment"),
        ({"number": "left"}, "no place for a number"),
        ({"first_line": -3}, "first line"),
    ],
)
def test_sheets_that_cannot_be_are_told(options, says):
    with pytest.raises(SheetError, match=says):
        Sheet(**options)


def test_paper_can_be_as_large_as_the_ink():
    page = Page.fitted(bar(10, 3).ink, 3, margin=1)
    assert (page.width, page.height) == pytest.approx((36, 9))
    assert page.strokes[0].min(axis=0) == pytest.approx([3, 3])


# --- text on sheets


@given(st.lists(st.text("abc ,", max_size=200), max_size=5), st.sampled_from(sorted(PAPERS)), st.floats(1, 4))
def test_every_character_is_set_and_no_line_leaves_the_margins(texts, paper, x_height):
    sheet = Sheet(*PAPERS[paper], x_height=x_height, indent=5)
    paragraphs = [Paragraph(" ".join(text.split())) for text in texts]
    rows = set_text(paragraphs, sheet, in_bars)
    assert "".join("".join(row.text for row in rows).split()) == "".join("".join(texts).split())
    for page in sheet.pages(rows):
        for stroke in page.strokes:
            assert sheet.margins[3] - 1e-3 <= stroke[:, 0].min()
            assert stroke[:, 0].max() <= page.width - sheet.margins[1] + 1e-3


def test_lines_are_filled_and_written_again_where_they_come_out_too_wide():
    words = " ".join(["word"] * 60)
    sheet = Sheet(100, 100, (10,) * 4, x_height=2)
    calls = []

    def sometimes_wide(lines):
        calls.append(lines)
        return [bar(0.9 * len(line) * (1.3 if len(calls) == 2 and i == 1 else 1)).ink for i, line in enumerate(lines)]

    rows = set_text([Paragraph(words)], sheet, sometimes_wide)
    assert len(calls) == 3
    widths = [row.ink.bounds.width for row in rows]
    assert max(widths) <= 40
    even = [row.ink.bounds.width for row in set_text([Paragraph(words)], sheet, in_bars)]
    assert min(even[:-1]) > 0.8 * 40


def test_a_line_that_is_longer_than_a_network_writes_is_put_together_from_parts():
    words = " ".join(["word"] * 60)
    written = []

    def write(lines):
        written.extend(lines)
        return in_bars(lines)

    rows = set_text([Paragraph(words)], Sheet(400, 100, (10,) * 4, x_height=2), write, longest=80)
    assert max(map(len, written)) <= 88
    assert max(len(row.text) for row in rows) > 150
    assert all(len(row.ink.strokes) == -(-len(row.text) // 80) for row in rows)
