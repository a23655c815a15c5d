"""Drawings as JSON and InkML: round trips, files in the shape that other programs write, and hostile ones."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scribe.corpora.fonts import write_ink
from scribe.drawing import drawing
from scribe.drawing.canvas import from_json, read_json, to_json, write_json
from scribe.drawing.drawing import CanvasError, Drawing
from scribe.drawing.formats import load, read_canvas, save
from scribe.drawing.inkml import from_inkml, read_inkml, to_inkml, write_inkml
from scribe.drawing.timing import TimedStroke
from scribe.ink import Ink

# Hand-typed in the shape of the examples of the InkML recommendation (sections 1 and 3): "hello" on a plain canvas.
HELLO = """<ink xmlns="http://www.w3.org/2003/InkML">
  <trace>
    10 0, 9 14, 8 28, 7 42, 6 56, 6 70, 8 84, 8 98, 8 112, 9 126, 10 140,
    13 154, 14 168, 17 182, 18 188, 23 174, 30 160, 38 147, 49 135,
    58 124, 72 121, 77 135, 80 149, 82 163, 84 177, 87 191, 93 205
  </trace>
  <trace>
    130 155, 144 159, 158 160, 170 154, 179 143, 179 129, 166 125,
    152 128, 140 136, 131 149, 126 163, 124 177, 128 190, 137 200,
    150 208, 163 210, 178 208, 192 201, 205 192, 214 180
  </trace>
  <trace>
    227 50, 226 64, 225 78, 227 92, 228 106, 228 120, 229 134,
    230 148, 234 162, 235 176, 238 190, 241 204
  </trace>
  <trace>
    282 45, 281 59, 284 73, 285 87, 287 101, 288 115, 290 129,
    291 143, 294 157, 294 171, 294 185, 296 199, 300 213
  </trace>
  <trace>
    366 130, 359 143, 354 157, 349 171, 352 185, 359 197,
    371 204, 385 205, 398 202, 408 191, 413 177, 413 163,
    405 150, 392 143, 378 141, 365 150
  </trace>
</ink>
"""

# The trace of section 3.2.1 with its format: explicit values, then first and second differences, "*" for "as before".
DIFFERENCES = """<?xml version="1.0"?>
<ink xmlns="http://www.w3.org/2003/InkML">
  <definitions>
    <traceFormat xml:id="xyb1b2">
      <channel name="X" type="integer"/>
      <channel name="Y" type="integer"/>
      <intermittentChannels>
        <channel name="B1" type="boolean" default="F"/>
        <channel name="B2" type="boolean" default="F"/>
      </intermittentChannels>
    </traceFormat>
    <context xml:id="c1" traceFormatRef="#xyb1b2"/>
  </definitions>
  <trace xml:id="id4525abc" contextRef="#c1">
    1125 18432,'23'43,"7"-8,3-5,7 -3,6 2,6 8,3 6 T,2 4*T,3 6,3-6 F F
  </trace>
</ink>
"""


def numbers(low=-1e4, high=1e4):
    return st.floats(low, high, allow_nan=False, width=32)


@st.composite
def drawn_ink(draw):
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    return Ink.from_strokes([draw(st.lists(st.tuples(numbers(), numbers()), min_size=n, max_size=n)) for n in sizes])


xml_text = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\r <>&\"'"), max_size=40)
any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


# Round trips


@settings(max_examples=40, deadline=None)
@given(ink=drawn_ink(), text=any_text, note=any_text)
def test_ink_comes_back_from_json(ink, text, note):
    drawing = from_json(to_json(ink, text, {"note": note, "numbers": [1, 2.5, None]}))
    assert drawing.text == text
    assert drawing.metadata == {"note": note, "numbers": [1, 2.5, None]}
    np.testing.assert_array_equal(drawing.ink().points, ink.points)
    assert drawing.ink().offsets.dtype == np.float32


@settings(max_examples=40, deadline=None)
@given(ink=drawn_ink(), text=xml_text, note=xml_text)
@example(ink=Ink.from_strokes([[(1e-7, -3e-5)]]), text="]]> <!-- &lt; --> </annotation><script>", note="<&>")
def test_ink_comes_back_from_inkml(ink, text, note):
    drawing = from_inkml(to_inkml(ink, text, {"note": note}))
    assert drawing.text == text
    assert drawing.metadata == {"note": note}
    np.testing.assert_array_equal(drawing.ink().points, ink.points)


@pytest.mark.parametrize("ending", ["json", "inkml"])
def test_written_ink_comes_back_to_the_bit(ending, tmp_path):
    ink = write_ink("To the bit: 100 %!", "cursive-3", seed=4)
    save(tmp_path / f"a.{ending}", ink, "To the bit: 100 %!")
    back, text = read_canvas(tmp_path / f"a.{ending}")
    assert text == "To the bit: 100 %!"
    np.testing.assert_array_equal(back.offsets, ink.offsets)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    unit=st.none() | st.floats(0.01, 1e3),
    seed=st.integers(0, 2**32 - 1),
)
def test_drawings_with_times_come_back(sizes, unit, seed):
    rng = np.random.default_rng(seed)
    strokes = [TimedStroke(rng.normal(size=(n, 2)) * 300, rng.uniform(0, 1e6, n).cumsum()) for n in sizes]
    drawing = Drawing(strokes, "x", unit, {"device": "pen"})
    for back in (from_json(to_json(drawing)), from_inkml(to_inkml(drawing))):
        assert (back.unit, back.text, back.metadata) == (unit, "x", {"device": "pen"})
        for a, b in zip(strokes, back.strokes, strict=True):
            np.testing.assert_array_equal(a.points, b.points)
            np.testing.assert_array_equal(a.times, b.times)


def test_files_are_read_by_their_endings(tmp_path):
    ink = write_ink("ab", "print-1", seed=1)
    write_json(tmp_path / "a.json", ink, "ab")
    write_inkml(tmp_path / "a.INKML", ink, "ab")
    for path in (tmp_path / "a.json", tmp_path / "a.INKML"):
        np.testing.assert_array_equal(load(path).ink().offsets, ink.offsets)
    assert read_json(tmp_path / "a.json").text == read_inkml(tmp_path / "a.INKML").text == "ab"
    with pytest.raises(CanvasError, match=r"must end in \.json, \.ndjson, .* or \.dat"):
        load(tmp_path / "a.pdf")
    with pytest.raises(CanvasError, match=r"must end in \.json"):
        write_json(tmp_path / "a.inkml", ink)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load(tmp_path / "absent.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.INKML", "a.json"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path):
    path = tmp_path / "a.inkml"
    save(path, write_ink("ab", "print-1", seed=1), "ab")
    before = path.read_bytes()
    with pytest.raises(CanvasError, match="cannot be written in XML"):
        save(path, write_ink("ab", "print-1", seed=2), "bell \a")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_inkml_is_what_other_programs_expect():
    ink = Ink.from_strokes([[(0, 1), (0.5, 0)], [(1, 0.25)]])
    root = ElementTree.fromstring(to_inkml(ink, "a < b"))
    space = "{http://www.w3.org/2003/InkML}"
    assert root.tag == f"{space}ink"
    assert [c.get("name") for c in root.iter(f"{space}channel")] == ["X", "Y"]
    assert [t.text for t in root.iter(f"{space}trace")] == ["0 -1, 0.5 0", "1 -0.25"]  # y down
    assert root.find(f"{space}annotation[@type='truth']").text == "a < b"


# InkML by other programs


def test_the_example_of_the_recommendation_is_read():
    drawing = from_inkml(HELLO)
    assert [len(s.points) for s in drawing.strokes] == [27, 20, 12, 13, 16]
    np.testing.assert_array_equal(drawing.strokes[0].points[:2], [[10, 0], [9, -14]])
    assert drawing.unit is None
    assert not drawing.timed
    ink = Drawing(drawing.strokes, "hello").ink()
    assert len(ink) == pytest.approx(75, abs=3)
    # The letters "e" and "o" fill the body, "h" and "l" stand above it, nothing hangs below; 5 letters wide.
    e, o = ink.strokes[1], ink.strokes[4]
    for letter in (e, o):
        assert np.ptp(letter[:, 1]) == pytest.approx(1, abs=0.25)
        assert letter[:, 1].min() == pytest.approx(0, abs=0.2)
    assert 1.7 < ink.bounds.top < 2.8
    assert 3 < ink.bounds.width < 6
    assert ink.points[0, 0] == 0


def test_differences_are_added_up():
    (stroke,) = from_inkml(DIFFERENCES).strokes
    # By hand: velocities (23, 43), then changed by (7, -8), (3, -5), (7, -3), (6, 2), (6, 8), (3, 6), (2, 4), ...
    expected = [
        (1125, 18432), (1148, 18475), (1178, 18510), (1211, 18540), (1251, 18567), (1297, 18596),
        (1349, 18633), (1404, 18676), (1461, 18723), (1521, 18776), (1584, 18823),
    ]  # fmt: skip
    np.testing.assert_array_equal(stroke.points * (1, -1), expected)


def test_explicit_values_end_differences():
    (stroke,) = from_inkml("<ink><trace>5 5,'1'2,3 4,!10!20,11 '1,* 1,#ff !0</trace></ink>").strokes
    expected = [(5, 5), (6, 7), (9, 11), (10, 20), (11, 21), (11, 22), (255, 0)]
    np.testing.assert_array_equal(stroke.points * (1, -1), expected)


def test_times_resolutions_orientation_and_pens_in_the_air():
    drawing = from_inkml("""<inkml:ink xmlns:inkml="http://www.w3.org/2003/InkML">
      <inkml:definitions>
        <inkml:context xml:id="ctx0">
          <inkml:inkSource xml:id="inkSrc0">
            <inkml:traceFormat>
              <inkml:channel name="T" type="decimal" units="s"/>
              <inkml:channel name="X" type="integer" units="cm"/>
              <inkml:channel name="F" type="integer"/>
              <inkml:channel name="Y" type="integer" units="cm" orientation="-ve"/>
            </inkml:traceFormat>
            <inkml:channelProperties>
              <inkml:channelProperty channel="X" name="resolution" value="100" units="1/cm"/>
              <inkml:channelProperty channel="Y" name="resolution" value="200" units="1/cm"/>
            </inkml:channelProperties>
          </inkml:inkSource>
        </inkml:context>
      </inkml:definitions>
      <inkml:annotation type="truth">Zürich</inkml:annotation>
      <inkml:annotation type="writer">w7</inkml:annotation>
      <inkml:traceGroup contextRef="#ctx0">
        <inkml:trace xml:id="t1" continuation="begin">0.5 10 99 20, 0.51 12 98 24</inkml:trace>
        <inkml:trace type="penUp">0.52 50 0 50</inkml:trace>
        <inkml:trace continuation="end" priorRef="#t1">0.53 14 99 28</inkml:trace>
        <inkml:trace>1 1 1 2</inkml:trace>
      </inkml:traceGroup>
    </inkml:ink>""")
    assert drawing.text == "Zürich"
    assert drawing.metadata == {"writer": "w7"}
    first, second = drawing.strokes
    np.testing.assert_allclose(first.points, [[10, 10], [12, 12], [14, 14]])
    np.testing.assert_allclose(first.times, [500, 510, 530])
    np.testing.assert_allclose(second.points, [[1, 1]])


def test_values_that_no_format_speaks_of_are_passed_over():
    (stroke,) = from_inkml("<ink><trace>1 2 0.7, 3 4 0.8</trace></ink>").strokes
    np.testing.assert_array_equal(stroke.points, [[1, -2], [3, -4]])


def test_inkml_in_another_encoding_is_read():
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><ink><annotation type="truth">caf\xe9</annotation></ink>'
    assert from_inkml(content.encode("latin-1")).text == "café"


# Raw drawings


def raw(text="handwriting", style="print-1", scale=37.0, seed=3, rate=60, digits=2) -> tuple[dict, Ink]:
    """A drawing as a page records it: pixels, y down, milliseconds."""
    ink = write_ink(text, style, seed=seed, points_per_character=30)
    strokes, clock = [], 1000.0
    for stroke in ink.strokes:
        times = clock + np.arange(len(stroke)) * 1000 / rate
        clock = times[-1] + 250
        points = np.round(stroke * (scale, -scale) + (200, 400), digits)
        strokes.append(np.column_stack([points, times]).tolist())
    return {"format": "scribe-ink/1", "text": text, "unit": None, "y": "down", "strokes": strokes}, ink


@pytest.mark.parametrize("scale", [0.003, 37.0, 5000.0])
def test_a_raw_drawing_becomes_ink_of_any_size(scale):
    data, truth = raw(scale=scale, digits=2 if scale > 1 else 9)
    ink = from_json(json.dumps(data)).ink(20)
    assert len(ink) == pytest.approx(20 * len("handwriting"), rel=0.05)
    ratio = ink.bounds.width / truth.bounds.width
    assert 0.8 < ratio < 1.25
    assert ink.bounds.bottom / ratio == pytest.approx(truth.bounds.bottom, abs=0.25)
    assert ink.bounds.top / ratio == pytest.approx(truth.bounds.top, abs=0.25)
    assert ink.points[0, 0] == 0


def test_time_stamps_set_the_points():
    """A line drawn at first slowly and then fast, its points even in place: the ink has them even in time."""
    x = np.linspace(0, 10, 101)
    times = np.where(x < 5, x * 100, 500 + (x - 5) * 25)
    drawing = Drawing([TimedStroke(np.stack([x, np.zeros(101)], axis=1), times * 1.0)], "line", unit=1.0)
    points = drawing.ink().points[:, 0]
    slow = (points < 5).mean()
    assert slow == pytest.approx(0.8, abs=0.03)
    untimed = Drawing([TimedStroke(drawing.strokes[0].points)], "line", unit=1.0).ink()
    assert len(untimed) == 101


def test_without_a_text_the_amount_of_ink_tells_the_points():
    data, _ = raw()
    data["text"] = ""
    ink = from_json(json.dumps(data)).ink()
    assert 0.6 < len(ink) / (15 * len("handwriting")) < 1.6


def test_a_known_unit_and_baseline_are_used():
    data = {"format": "scribe-ink/1", "unit": 20, "baseline": 100, "y": "down", "strokes": [[[0, 80], [10, 100]]]}
    np.testing.assert_array_equal(from_json(json.dumps(data)).ink().strokes[0], [[0, 1], [0.5, 0]])


def test_dots_and_dashes_have_no_size_but_do_not_crash():
    with pytest.raises(CanvasError, match="single dot"):
        Drawing([TimedStroke(np.array([[5.0, 5.0]]))], ".").ink()
    ink = Drawing([TimedStroke(np.array([[5.0, 5.0], [7.0, 5.0]]))], "-").ink()
    assert np.isfinite(ink.offsets).all()
    assert ink.bounds.width == pytest.approx(1)
    with pytest.raises(CanvasError, match="no strokes"):
        Drawing([], "").ink()
    with pytest.raises(CanvasError, match="points_per_character"):
        Drawing([TimedStroke(np.array([[5.0, 5.0]]))], ".").ink(0)


# Hostile and damaged files


def drawing_with(**changes) -> str:
    data = {"format": "scribe-ink/1", "text": "x", "unit": 1, "strokes": [[[0, 0], [1, 1]]]}
    return json.dumps(data | changes)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[]", "must be an object"),
        ('{"format": "scribe-ink/2"}', "scribe-ink/1"),
        ("[" * 100_000, "deeply nested|not JSON"),
        (drawing_with(strokes=None), "must be a list of strokes"),
        (drawing_with(strokes={"0": []}), "must be a list of strokes"),
        (drawing_with(strokes=[[]]), "stroke 0 must be a list of one or more points"),
        (drawing_with(strokes=[[[0, 0]], "ab"]), "stroke 1 must be a list"),
        (drawing_with(strokes=[[[0, 0], [1]]]), "point 1 of stroke 0 must be"),
        (drawing_with(strokes=[[[0, True]]]), "point 0 of stroke 0 must be"),
        (drawing_with(strokes=[[["0", "1"]]]), "point 0 of stroke 0 must be"),
        (drawing_with(strokes=[[[0, 0], [1, 1, 5]]]), "has 3 numbers, the first has 2"),
        (drawing_with(strokes=[[[0, None]]]), "all numbers"),
        (drawing_with(strokes=[[[0, 1e300]]]), "stroke 0 has coordinates that are too large"),
        (drawing_with(strokes=[[[0, 10**400]]]), "too large|not JSON"),
        ('{"format": "scribe-ink/1", "strokes": [[[0, NaN]]]}', "NaN is not a number"),
        ('{"format": "scribe-ink/1", "strokes": [[[0, -Infinity]]]}', "Infinity is not a number"),
        ('{"format": "scribe-ink/1", "strokes": [[[0, 1e999]]]}', "not finite"),
        ('{"format": "scribe-ink/1", "strokes": [[[0, 1, 1e999]]]}', "times that are not finite"),
        (drawing_with(text=5), '"text" must be a string'),
        (drawing_with(text="x" * 200_000), "200000 characters"),
        (drawing_with(unit=0), '"unit" must be'),
        (drawing_with(unit="1"), '"unit" must be'),
        (drawing_with(baseline=[]), '"baseline" must be'),
        (drawing_with(y="sideways"), '"y" must be'),
        (drawing_with(metadata=[]), '"metadata" must be'),
    ],
)
def test_json_that_is_no_drawing_is_refused(content, says):
    with pytest.raises(CanvasError, match=says):
        from_json(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not XML"),
        ("<ink><trace>0 0</trace>", "not XML"),
        ("<svg/>", "outermost element is <svg>"),
        ('<!DOCTYPE ink [<!ENTITY a "1 2">]><ink><trace>&a;</trace></ink>', "hostile"),
        ('<!DOCTYPE ink [<!ENTITY a SYSTEM "file:///etc/hostname">]><ink><trace>&a;</trace></ink>', "hostile"),
        ("<ink><trace>1 2, x 4</trace></ink>", "point 1 of trace 0 cannot be read: 'x 4'"),
        ("<ink><trace>1 2, 3</trace></ink>", "point 1 of trace 0 has 1 values"),
        ("<ink><trace>nan nan</trace></ink>", "cannot be read"),
        ("<ink><trace>1 2, 3 T</trace></ink>", "where a number must be"),
        ("<ink><trace>* 2</trace></ink>", "where a number must be"),
        ("<ink><trace>1e999 2</trace></ink>", "not finite"),
        ("<ink><trace>1 99999999999</trace></ink>", "too large"),
        (HELLO.replace("<trace>", '<traceFormat><channel name="X"/></traceFormat><trace>', 1), "no channel Y"),
        (
            '<ink><traceFormat><channel name="X"/><channel name="Y"/></traceFormat><trace>1 2 3</trace></ink>',
            "3 values, its format 2",
        ),
        ('<ink><annotation type="scribe:unit">nan</annotation></ink>', "scribe:unit"),
        ('<ink><annotation type="scribe:metadata">[1]</annotation></ink>', "not a JSON object"),
        ('<ink><annotation type="scribe:metadata">{</annotation></ink>', "not JSON"),
        ("<ink>" + "<traceGroup>" * 500 + "</traceGroup>" * 500 + "</ink>", "nested too deeply"),
        ("<ink>" * 200_000, "nested too deeply"),
    ],
)
def test_xml_that_is_no_drawing_is_refused(content, says):
    with pytest.raises(CanvasError, match=says):
        from_inkml(content)


def test_entities_cannot_blow_up():
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE ink [<!ENTITY e0 "0 0,">{levels}]><ink><trace>&e9;</trace></ink>'
    with pytest.raises(CanvasError, match="hostile"):
        from_inkml(bomb)


def test_contexts_that_refer_to_each_other_end():
    content = """<ink><definitions><context xml:id="a" contextRef="#b"/><context xml:id="b" contextRef="#a"/>
    </definitions><trace contextRef="#a">1 2</trace></ink>"""
    np.testing.assert_array_equal(from_inkml(content).strokes[0].points, [[1, -2]])


def test_large_files_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "LARGEST_FILE", 1 << 20)
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(CanvasError, match=r"large\.json: the file is larger than 1 MiB"):
        load(path)
    monkeypatch.setattr(drawing, "MOST_POINTS", 50)
    for parse, content in ((from_inkml, HELLO), (from_json, drawing_with(strokes=[[[0, 0]] * 60]))):
        with pytest.raises(CanvasError, match="more than 50 points"):
            parse(content)


def test_what_cannot_be_written_is_said(tmp_path):
    ink = Ink.from_strokes([[(0, 0)]])
    for text in ("\x00", "\ud800", "\ufffe"):
        with pytest.raises(CanvasError, match=r"character 2 of the text, .* cannot be written in XML"):
            to_inkml(ink, "a" + text)
    with pytest.raises(CanvasError, match="cannot be written as JSON"):
        to_json(ink, "\ud800")
    for metadata in ({"a": object()}, {"a": math.nan}):
        with pytest.raises(CanvasError, match="JSON"):
            to_json(ink, "", metadata)
        with pytest.raises(CanvasError, match="JSON"):
            to_inkml(ink, "", metadata)
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "absent" / "a.json", ink)


@settings(max_examples=80, deadline=None)
@given(st.text(" \n,-.!'\"*?TF#0123456789abe+", max_size=40))
def test_any_trace_is_read_or_refused(text):
    trace = text.replace("&", "").replace("<", "")
    try:
        drawing = from_inkml(f"<ink><trace>{trace}</trace></ink>")
    except CanvasError:
        return
    assert all(np.isfinite(stroke.points).all() for stroke in drawing.strokes)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=20,
)


@settings(max_examples=80, deadline=None)
@given(strokes=json_values, unit=json_values, text=json_values, metadata=json_values)
def test_any_json_is_read_or_refused(strokes, unit, text, metadata):
    data = {"format": "scribe-ink/1", "strokes": strokes, "unit": unit, "text": text, "metadata": metadata}
    try:
        ink = from_json(json.dumps(data)).ink()
    except CanvasError:
        return
    assert np.isfinite(ink.offsets).all()
