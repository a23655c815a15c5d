"""Ink from other programs: SVG, UNIPEN, Quick, Draw! and lists of strokes, as styles and to be read."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe import cli
from scribe.draw import page_to_svg, to_svg
from scribe.drawing.canvas import to_json
from scribe.drawing.drawing import CanvasError
from scribe.drawing.formats import ENDINGS, load, read_canvas, read_line
from scribe.drawing.inkml import to_inkml
from scribe.drawing.quickdraw import from_ndjson, from_strokes
from scribe.drawing.svg_paths import from_svg
from scribe.drawing.unipen_ink import from_unipen
from scribe.ink import Ink
from scribe.layout import Page, Row, Sheet
from scribe.writer import Writer

ZIGZAG = [[(0, 0), (1, 2), (2, 0), (3, 2)], [(4, 0.5)]]


@pytest.fixture(scope="module")
def ink():
    return Writer.load("default").write("it is ten", bias=1, seed=1)


def svg(body, head='xmlns="http://www.w3.org/2000/svg"'):
    return f"<svg {head}>{body}</svg>"


def same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.points, other, atol=1e-9)


# --- SVG


def test_ink_comes_back_from_its_own_svg(ink):
    page = Page.fitted(ink, 3.0)
    for text, size in ((to_svg(ink, body=30), 30), (page_to_svg(page), 3)):
        strokes = from_svg(text).strokes
        assert len(strokes) == len(ink.strokes)
        origin = strokes[0].points[0] / size - ink.strokes[0][0]
        for found, stroke in zip(strokes, ink.strokes, strict=True):
            # Every point that was written is among those that are found: 2 or 3 decimals were kept.
            gaps = np.linalg.norm((found.points / size - origin)[:, None] - stroke, axis=-1)
            assert gaps.min(axis=0).max() < 0.002


def test_rules_are_no_ink(ink):
    (page,) = Sheet(105, 148, ruling="squared").pages([Row(ink, "it is ten")])
    assert len(from_svg(page_to_svg(page, paper="white")).strokes) == len(ink.strokes)


def test_curves_lie_where_svg_says():
    found = from_svg(svg('<path d="M0 0 C 0 10 10 10 10 0 A 5 5 0 0 0 20 0 Q 25 -10 30 0 h10 z m5 5 l 1 1"/>'))
    (first, second) = (stroke.points * (1, -1) for stroke in found.strokes)
    cubic, arc, quadratic = (
        [p for p in first if low < p[0] < high and p[1] != 0] for low, high in ((0, 10), (10, 20), (20, 30))
    )
    assert max(p[1] for p in cubic) == pytest.approx(7.5, abs=0.05)
    assert all(math.hypot(x - 15, y) == pytest.approx(5, abs=0.01) for x, y in arc)
    assert min(p[1] for p in quadratic) == pytest.approx(-5, abs=0.05)
    np.testing.assert_allclose(first[-1], (0, 0))
    np.testing.assert_allclose(second[[0, -1]], [(5, 5), (6, 6)])


def test_transforms_lines_and_groups_are_followed():
    body = """<g transform="translate(10, 20) scale(2)"><g transform="rotate(90)">
        <polyline points="0,0 1,0"/></g></g><line x1="1" y1="2" x2="3" y2="4" transform="matrix(1 0 0 -1 0 0)"/>
        <path transform="rotate(180 1 1)" d="M0 0L1 0"/><path transform="skewX(45)" d="M0 1L0 2"/>
        <defs><path d="M0 0L9 9"/></defs><rect width="5" height="5"/><g display="none"><path d="M0 0L9 9"/></g>"""
    ends = [[s.points[0], s.points[-1]] for s in from_svg(svg(body)).strokes]
    expected = [[(10, 20), (10, 22)], [(1, -2), (3, -4)], [(2, 2), (1, 2)], [(1, 1), (2, 2)]]
    np.testing.assert_allclose(ends, np.array(expected) * (1, -1), atol=1e-9)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<svg", "not XML"),
        ("<html/>", "not SVG: its outermost element is <html>"),
        (svg("<text>hello</text>"), "no path, line or polyline"),
        (svg('<path d="M0 0 L 1"/>'), "the path 'M0 0 L 1' cannot be read"),
        (svg('<path d="M0 0 L 1e400 0"/>'), "too large"),
        (svg('<path d="M0 0 L 1 1 L 1e9 1"/>'), "more than 1000000 points"),
        (svg('<path transform="turn(3)" d="M0 0 L 1 1"/>'), r"the transform 'turn\(3\)' cannot be read"),
        (svg('<path transform="scale(a)" d="M0 0 L 1 1"/>'), "cannot be read"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "hostile"),
    ],
)
def test_svg_that_cannot_be_read_is_told(content, says):
    with pytest.raises(CanvasError, match=says):
        from_svg(content)


@settings(max_examples=200)
@given(st.text("MmLlCcAaQqTtSsHhVvZz 0123456789.,-e", max_size=40), st.text("matrixscale()rotate 0123,.-", max_size=30))
def test_no_path_breaks_the_reader(data, transform):
    try:
        found = from_svg(svg(f'<path transform="{transform}" d="{data}"/>'))
    except CanvasError:
        return
    assert all(np.isfinite(stroke.points).all() for stroke in found.strokes)


# --- JSON


def test_strokes_may_be_points_with_names_or_without():
    down = [[(x, -y) for x, y in stroke] for stroke in ZIGZAG]
    same(from_strokes([[list(p) for p in stroke] for stroke in down]).strokes, ZIGZAG)
    named = {"strokes": [[{"x": x, "y": y} for x, y in stroke] for stroke in down], "text": "w"}
    found = from_strokes(json.loads(json.dumps(named)))
    same(found.strokes, ZIGZAG)
    assert found.text == "w"
    timed = from_strokes([[{"x": 1, "y": 2, "t": 10}, {"x": 1, "y": 3, "t": 30}]])
    assert timed.strokes[0].times.tolist() == [10, 30]


def test_quick_draw_has_columns():
    drawing = {"word": "w", "drawing": [[[0, 1, 2, 3], [0, -2, 0, -2], [0, 5, 11, 16]], [[4], [-0.5], [40]]]}
    found = from_ndjson(json.dumps(drawing) + "\n")
    same(found.strokes, ZIGZAG)
    assert found.text == "w"
    assert found.strokes[0].times.tolist() == [0, 5, 11, 16]
    two = {"drawing": [[[0, 1], [2, 3]]]}  # two points, by columns and not by rows
    same(from_strokes(two).strokes, [[(0, -2), (1, -3)]])
    with pytest.raises(CanvasError, match="2 drawings; give one"):
        from_ndjson(f"{json.dumps(drawing)}\n{json.dumps(drawing)}\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([[]], "stroke 0 must be a list"),
        ({}, "a list of strokes"),
        ("ink", "a list of strokes"),
        ({"strokes": 3}, "a list of strokes"),
        ({"drawing": [[1, 2]]}, "lists of x and of y"),
        ({"drawing": [[[1], [2, 3]]]}, "different lengths"),
        ({"drawing": [[[], []]]}, "one or more points"),
        ([[[1, "a"]]], "all numbers"),
        ([[{"x": 1}]], "all numbers"),
        ({"strokes": [], "text": 3}, '"text" must be a string'),
    ],
)
def test_json_that_is_no_drawing_is_told(content, says):
    with pytest.raises(CanvasError, match=says):
        from_strokes(content)


# --- UNIPEN

UNIPEN = """.VERSION 1.0
.COORD X Y T
.SEGMENT TEXT 0-1 OK "no \\"w\\" ."
.SEGMENT WORD 0 OK "no"
.PEN_DOWN
0 0 0
1 2 5
2 0 10
3 2 15
.PEN_UP
9 9 20
.PEN_DOWN
4 0.5 30
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_unipen_says_its_text_and_has_its_ink(newline):
    found = from_unipen(UNIPEN.replace("\n", newline).encode())
    same(found.strokes, ZIGZAG)
    assert found.text == 'no "w" .'
    assert from_unipen(UNIPEN.replace("TEXT", "COMMENT")).text == "no"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("hello", "not UNIPEN with ink"),
        (".INCLUDE a.dat\n", "in other files: a.dat is missing"),
        (".PEN_DOWN\n1 2\n3\n", "component 0 .* cannot be read"),
        (".PEN_DOWN\n1 b\n", "cannot be read"),
    ],
)
def test_unipen_that_cannot_be_read_is_told(content, says):
    with pytest.raises(CanvasError, match=says):
        from_unipen(content)


# --- files


@pytest.fixture
def files(tmp_path, ink):
    """The same ink in every format that can be read."""
    screen = [(stroke * (100, -100)).tolist() for stroke in ink.strokes]
    rows = "".join(".PEN_DOWN\n" + "".join(f"{x} {-y}\n" for x, y in stroke) for stroke in screen)
    quick = {"drawing": [list(map(list, zip(*stroke, strict=True))) for stroke in screen]}
    contents = {
        "json": to_json(ink),
        "ndjson": json.dumps(quick),
        "inkml": to_inkml(ink),
        "xml": to_inkml(ink),
        "svg": to_svg(ink, body=100),
        "unp": rows,
        "dat": rows,
    }
    assert {f".{ending}" for ending in contents} == set(ENDINGS)
    paths = {}
    for ending, content in {**contents, "plain": json.dumps(screen)}.items():
        name = f"line.{ending}" if ending != "plain" else "plain.json"
        paths[ending] = tmp_path / name
        paths[ending].write_text(content)
    return paths


def test_all_formats_give_the_same_ink(files, ink):
    for ending, path in files.items():
        found, said = read_line(path, 20.0, "it is ten")
        assert said == "it is ten"
        assert len(found.strokes) == len(ink.strokes), ending
        if ending in ("json", "inkml", "xml"):
            np.testing.assert_allclose(found.points, ink.points, atol=1e-4)
        else:  # its size was estimated again
            assert found.bounds.width == pytest.approx(ink.bounds.width, rel=0.15), ending
    with pytest.raises(CanvasError, match="does not tell what its ink says"):
        read_line(files["svg"])
    with pytest.raises(CanvasError, match=r"must end in \.json, .* or \.dat"):
        load("ink.pdf")


def test_every_format_is_a_style_when_its_text_is_told(files, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for ending, path in files.items():
        arguments = ["write", "so", "-o", "so.json", "--seed", "2", "--bias", "1", "-q", "--style", str(path)]
        assert cli.main([*arguments, "--style-text", "it is ten"]) == 0, ending
        assert len(read_canvas(tmp_path / "so.json")[0]) > 20
        assert cli.main(arguments) == 2
        assert "does not tell what its ink says; --style-text tells it" in capsys.readouterr().err
    assert cli.main(["write", "so", "-o", "so.json", "--style-text", "it"]) == 2
    assert "--style-text is what the ink of a --style says" in capsys.readouterr().err
    assert cli.main(["write", "so", "-o", "so.json", "--style", "fern", "--style-text", "it"]) == 2
    assert "--style-text is for a file of ink" in capsys.readouterr().err


def test_a_drawing_of_a_dot_is_told(tmp_path):
    (tmp_path / "dot.svg").write_text(svg('<path d="M1 1"/>'))
    with pytest.raises(CanvasError, match=r"dot\.svg: the drawing is a single dot"):
        read_canvas(tmp_path / "dot.svg")
    assert isinstance(read_canvas(_saved(tmp_path, svg('<path d="M1 1h9"/>')))[0], Ink)


def _saved(folder, content):
    (folder / "line.svg").write_text(content)
    return folder / "line.svg"
