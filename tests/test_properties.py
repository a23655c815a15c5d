"""What holds for every ink, text, corpus and file, whatever is in them: found out with values that nobody chose.

The cases are the same each time (``derandomize``); what single modules promise of their own is in their own tests.
"""

from __future__ import annotations

import io
import itertools
import json
import re
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scribe.alphabet import ASCII, Alphabet, UnknownCharacterError
from scribe.corpora import Corpus, Sample
from scribe.corpora.iam import read_iam
from scribe.draw import to_svg
from scribe.drawing.canvas import from_json, to_json
from scribe.drawing.drawing import Drawing
from scribe.drawing.inkml import from_inkml, to_inkml
from scribe.drawing.normalise import rounded_offsets, without_repeats
from scribe.drawing.timing import TimedStroke, evenly_timed, on_an_even_clock
from scribe.drawing.unipen_format import parse_data_file, read_components
from scribe.ink import Ink, join, resample
from scribe.layout import set_page, wrap
from scribe.reader import edits, errors, frames
from scribe.styles import NamedStyle, Style, load_styles, save_styles

slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
some = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=slow)
few = settings(some, max_examples=15)

numbers = st.floats(-50, 50, width=32)
points = st.tuples(numbers, numbers)
strokes = st.lists(st.lists(points, min_size=1, max_size=9), min_size=1, max_size=5)
inks = strokes.map(Ink.from_strokes)
plain = st.text(ASCII.characters, min_size=1, max_size=30)
says = plain.filter(str.strip)
any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
json_texts = st.dictionaries(any_text, st.none() | st.booleans() | st.integers() | any_text, max_size=3)


def same(a: Ink, b: Ink, tolerance: float = 0.0) -> None:
    np.testing.assert_array_equal(a.offsets[:, 2], b.offsets[:, 2])
    np.testing.assert_allclose(a.points, b.points, rtol=0, atol=tolerance)


# --- ink


@some
@given(inks)
def test_offsets_points_and_strokes_are_three_views_of_one_ink(ink):
    same(Ink(ink.offsets), ink)
    same(Ink.from_points(ink.points), ink, 1e-4)
    same(Ink.from_strokes(ink.strokes), ink, 1e-4)
    assert len(ink.strokes) == ink.offsets[:, 2].sum()
    assert sum(map(len, ink.strokes)) == len(ink)
    np.testing.assert_array_equal(Ink.from_standardised(ink.standardised(0.5), 0.5).offsets, ink.offsets)


@some
@given(inks, st.floats(0.1, 8), st.floats(0, 40))
def test_resampling_keeps_ends_order_and_bounds(ink, factor, smoothing):
    out = resample(ink, factor, smoothing)
    assert len(out.strokes) == len(ink.strokes)
    for before, after in zip(ink.strokes, out.strokes, strict=True):
        np.testing.assert_allclose(after[[0, -1]], before[[0, -1]], atol=1e-4)
        expected = 1 if len(before) == 1 else max(2, round((len(before) - 1) * factor) + 1)
        assert len(after) == expected
        # Straight pieces stay inside; smoothing reflects at the ends, and so may reach as far on the other side.
        reach = np.ptp(before, axis=0) * (1 if smoothing else 0) + 1e-4
        assert (after >= before.min(axis=0) - reach).all()
        assert (after <= before.max(axis=0) + reach).all()


@some
@given(inks, numbers, numbers, st.floats(-3, 3))
def test_moving_and_turning_are_what_geometry_says(ink, dx, dy, angle):
    np.testing.assert_allclose(ink.moved(dx, dy).points[:, :2], ink.points[:, :2] + (dx, dy), atol=1e-3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(ink.transformed(turn).points[:, :2], ink.points[:, :2] @ turn.T, atol=1e-2)
    same(ink.transformed(turn).transformed(turn.T), ink, 1e-2)


@some
@given(st.lists(inks, min_size=1, max_size=4), st.floats(0, 5))
def test_joined_pieces_stand_side_by_side(pieces, gap):
    line = join(pieces, [gap] * (len(pieces) - 1))
    assert len(line) == sum(map(len, pieces))
    at = iter(line.strokes)
    boxes = [np.concatenate([next(at) for _ in piece.strokes]) for piece in pieces]
    for left, right in itertools.pairwise(boxes):
        assert right[:, 0].min() - left[:, 0].max() == pytest.approx(gap, abs=1e-3)
    for piece, box in zip(pieces, boxes, strict=True):
        np.testing.assert_allclose(box[:, 1], piece.points[:, 1], atol=1e-3)


@some
@given(strokes)
def test_rounded_offsets_lead_to_rounded_places(pen):
    ink = Ink(rounded_offsets([np.array(stroke) for stroke in pen]))
    wanted = np.round(np.concatenate(pen) * 1024) / 1024
    np.testing.assert_array_equal(ink.points[:, :2], wanted)
    for stroke in pen:
        kept = without_repeats(np.array(stroke))
        assert (np.diff(kept, axis=0) != 0).any(axis=1).all()


@some
@given(inks, st.integers(1, 6), st.floats(0.05, 3))
def test_frames_hold_every_point_once(ink, moves, scale):
    made = frames(ink.offsets, scale, moves)
    assert np.isfinite(made.features).all()
    assert made.first[0] == 0
    assert made.last[-1] == len(ink)
    np.testing.assert_array_equal(made.first[1:], made.last[:-1])
    assert (made.last >= made.first).all()
    assert made.features[:, -1].sum() == len(ink.strokes)
    np.testing.assert_allclose(made.features[-1, -2], ink.points[-1, 1], atol=1e-3)


# --- the clock


@some
@given(st.lists(st.tuples(numbers, numbers, st.floats(-1e6, 1e6)), min_size=1, max_size=20), st.integers(1, 60))
def test_any_clock_gives_ends_that_stay_and_about_as_many_points_as_asked_for(rows, count):
    rows = np.array(rows)
    stroke = TimedStroke(rows[:, :2], rows[:, 2])
    even = on_an_even_clock(stroke, 1.0)
    np.testing.assert_allclose(even[[0, -1]], stroke.points[[0, -1]], atol=1e-9)
    (made,) = evenly_timed([stroke], count)
    assert np.isfinite(made).all()
    assert len(made) == 1 if len(rows) == 1 else 2 <= len(made) <= max(2, count) + 2


# --- texts


@some
@given(st.text(max_size=40))
def test_a_text_has_codes_or_a_character_that_is_named(text):
    try:
        codes = ASCII.encode(text)
    except UnknownCharacterError as error:
        first = next(i for i, c in enumerate(text) if c not in ASCII.characters)
        named = (error.position, error.character)
    else:
        assert ASCII.decode(codes) == text
        assert ASCII.one_hot(codes).sum() == len(text) + 1
        return
    assert named == (first, text[first])


@some
@given(st.text(min_size=1, max_size=20), st.data())
def test_any_characters_make_an_alphabet(characters, data):
    alphabet = Alphabet("".join(dict.fromkeys(characters)))
    text = data.draw(st.text(alphabet.characters, max_size=20))
    assert alphabet.decode(alphabet.encode(text)) == text
    assert alphabet.encode(text).max() == alphabet.end_of_text == alphabet.size - 1
    assert alphabet.replace_unknown(text) == text


@some
@given(any_text, st.integers(1, 12))
def test_wrapping_loses_nothing_and_keeps_the_width(text, width):
    lines = wrap(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert wrap("\n".join(lines), width) == lines
    assert lines == [] or (lines[0] and lines[-1])


@some
@given(st.text("ab ", max_size=12), st.text("ab ", max_size=12), st.text("ab ", max_size=6))
def test_the_distance_of_texts_is_a_distance(a, b, c):
    assert errors(a, b) == errors(b, a) == sum(x != y for x, y in edits(a, b))
    assert (errors(a, b) == 0) == (a == b)
    assert errors(a, c) <= errors(a, b) + errors(b, c)
    assert abs(len(a) - len(b)) <= errors(a, b) <= max(len(a), len(b))
    assert "".join(x for x, _ in edits(a, b)) == b
    assert "".join(y for _, y in edits(a, b)) == a


# --- files


@few
@given(
    st.lists(
        st.tuples(inks, any_text, st.sampled_from(["jo", "ann", "\u017b"]), st.sampled_from(["line", "word"])),
        max_size=6,
    ),
    json_texts,
)
def test_a_corpus_comes_back_and_its_parts_are_the_whole(rows, facts):
    split = {"jo": "train", "ann": "test", "\u017b": "validation"}
    samples = [Sample(ink, text, writer, kind, split[writer]) for ink, text, writer, kind in rows]
    corpus = Corpus.from_samples(samples, facts)
    with tempfile.TemporaryDirectory() as folder:
        corpus.save(path := Path(folder) / "c.npz")
        loaded = Corpus.load(path)
    assert loaded.metadata == facts
    facts_of = [(s.text, s.writer, s.kind, s.split) for s in samples]
    assert [(s.text, s.writer, s.kind, s.split) for s in loaded] == facts_of
    for a, b in zip(loaded, samples, strict=True):
        np.testing.assert_array_equal(a.ink.offsets, b.ink.offsets)
    assert sum(len(loaded.split(name)) for name in ("train", "validation", "test")) == len(samples)
    assert sum(len(loaded.of_kind(kind)) for kind in ("line", "word")) == len(samples)
    assert json.loads(json.dumps(loaded.summary()))["points"] == sum(len(s.ink) for s in samples)


@some
@given(strokes, st.booleans(), st.none() | st.floats(0.01, 100), st.data())
def test_a_drawing_comes_back_from_json_and_from_inkml(pen, timed, unit, data):
    clock = itertools.count(data.draw(st.integers(-1000, 1000)))
    made = [TimedStroke(np.array(s, float), np.array([next(clock) for _ in s], float) if timed else None) for s in pen]
    drawing = Drawing(made, data.draw(plain), unit, {"a": data.draw(plain)})
    for back in (from_json(to_json(drawing)), from_inkml(to_inkml(drawing))):
        assert (back.text, back.unit, dict(back.metadata)) == (drawing.text, unit, drawing.metadata)
        assert len(back.strokes) == len(made)
        for one, other in zip(back.strokes, made, strict=True):
            np.testing.assert_array_equal(one.points, other.points)
            if timed:
                np.testing.assert_array_equal(one.times, other.times)
            else:
                assert one.times is None


@some
@given(strokes, st.floats(0.01, 100), st.floats(-20, 20))
def test_up_and_down_are_the_same_drawing(pen, unit, baseline):
    up = {"format": "scribe-ink/1", "unit": unit, "baseline": baseline, "strokes": pen}
    down = up | {"y": "down", "baseline": -baseline, "strokes": [[[x, -y] for x, y in stroke] for stroke in pen]}
    one, other = (from_json(json.dumps(drawing)).strokes for drawing in (up, down))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a.points, b.points, atol=1e-9)
    same(set_page([from_json(json.dumps(up)).ink()]), Ink.from_strokes([(s.points / unit) for s in one]), 0.05)


@few
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True), st.tuples(inks, says), max_size=4
    )
)
def test_styles_come_back_to_a_thousandth(found):
    small = np.eye(2) / 8  # the file holds leaps of 32 body heights
    styles = [
        NamedStyle(name, Style(ink.transformed(small), text), "mixed", "made up", 14.0, {"n": [1, 2]})
        for name, (ink, text) in found.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        save_styles(path := Path(folder) / "s.safetensors", styles)
        back = load_styles(path)
    assert sorted(back) == sorted(found)
    for style in styles:
        assert back[style.name].style.text == style.style.text
        same(back[style.name].style.ink, style.style.ink, 1e-3)


PATH = re.compile(r"M(-?[\d.]+) ?(-?[\d.]+)(?:h\S+|c(.*))")


@some
@given(inks, st.floats(1, 50))
def test_an_svg_has_a_path_a_stroke_through_its_ends(ink, body):
    root = ElementTree.fromstring(to_svg(ink, body=body, margin=1.0, decimals=3))
    paths = [element.get("d") for element in root.iter("{http://www.w3.org/2000/svg}path")]
    assert len(paths) == len(ink.strokes)
    width, height = map(float, root.get("viewBox").split()[2:])
    places = []
    for path, stroke in zip(paths, ink.strokes, strict=True):
        x, y, rest = PATH.fullmatch(path).groups()
        start = np.array([float(x), float(y)])
        assert (start >= -0.01).all()
        assert start[0] <= width + 0.01
        assert start[1] <= height + 0.01
        steps = np.array([float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest or "")]).reshape(-1, 3, 2)
        places.append((start, start + steps[:, 2].sum(axis=0) if len(steps) else start, stroke))
    origin = places[0][0] - places[0][2][0] * (body, -body)
    for start, end, stroke in places:
        np.testing.assert_allclose(start, origin + stroke[0] * (body, -body), atol=0.01)
        np.testing.assert_allclose(end, origin + stroke[-1] * (body, -body), atol=0.01)


# --- UNIPEN and IAM

whole = st.lists(
    st.lists(st.tuples(st.integers(-9999, 9999), st.integers(-9999, 9999)), min_size=1, max_size=9),
    min_size=1,
    max_size=5,
)
labels = st.text(ASCII.characters, max_size=20)
ends = st.sampled_from(["\n", "\r\n", "\r"])


@some
@given(whole, ends, st.permutations(["X", "Y", "T", "P"]))
def test_ink_that_is_written_as_unipen_is_read_as_it_was(pen, end, columns):
    def row(x: int, y: int) -> str:
        return " ".join(str({"X": x, "Y": y}.get(name, 7)) for name in columns)

    rows = ["", f".COORD {' '.join(columns)}", ".WRITER_ID ann"]
    for stroke in pen:
        rows += [".PEN_DOWN", *(row(x, y) for x, y in stroke), ".PEN_UP"]
    components = read_components(["a"], {"a": end.join([*rows, ""]).encode()})
    assert [c.points().tolist() for c in components] == [[[float(x), float(y)] for x, y in stroke] for stroke in pen]
    assert {c.writer for c in components} == {"ann"}
    assert all(c.pen_down for c in components)


@some
@given(st.lists(st.tuples(labels, st.integers(0, 99), st.integers(0, 99)), max_size=5), ends)
def test_labels_that_are_written_as_unipen_are_read_as_they_were(segments, end):
    def quoted(label: str) -> str:
        return label.replace("\\", "\\\\").replace('"', '\\"')

    rows = [f'.SEGMENT WORD {a}-{b} OK "{quoted(label)}"' for label, a, b in segments]
    file = parse_data_file(end.join([".INCLUDE a/b.dat", *rows, ""]).encode())
    assert file.includes == ("a/b.dat",)
    spans = [(label, (((a, None), (b, None)),)) for label, a, b in segments]
    assert [(s.label, s.spans) for s in file.segments] == spans


@few
@given(st.lists(says.map(str.strip), min_size=1, max_size=3), ends, st.floats(20, 200), st.integers(0, 1000))
def test_lines_that_are_written_as_iam_are_read_with_their_texts_and_shapes(texts, end, height, seed):
    assume(all("please enter" not in text.lower() and "CSR:" not in text for text in texts))
    rng = np.random.default_rng(seed)
    files = {}
    for number, text in enumerate(texts, 1):
        letters = [i for i, character in enumerate(text) if character != " "]
        xml = ["<WhiteboardCaptureSession><StrokeSet>"]
        for i in letters:
            t = np.linspace(0, 2 * np.pi, 16)
            x = height * (0.9 * i + 0.3 * (1 - np.cos(t)))
            y = 3000 - height * 0.5 * (1 - np.cos(2 * t)) + rng.normal(0, 0.3, 16)
            rows = [f'<Point x="{x[k]:.1f}" y="{y[k]:.1f}" time="{i}.{k:02d}"/>' for k in range(16)]
            xml += ["<Stroke>", *rows, "</Stroke>"]
        files[f"a01-000u-{number:02d}.xml"] = end.join([*xml, "</StrokeSet></WhiteboardCaptureSession>"]).encode()
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in texts]
    files["a01-000u.txt"] = end.join(["OCR:", "", "CSR:", "", *escaped, ""]).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.tar"
        with tarfile.open(path, "w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        corpus = read_iam(path, path)
    wanted = [" ".join(text.split()) for text in texts]
    assert set(corpus.texts) <= set(wanted)
    assert len(corpus) + sum(corpus.metadata["dropped"].values()) == len(texts)
    for sample in corpus:
        assert len(sample.ink.strokes) == len(sample.text.replace(" ", ""))
        assert sample.ink.points[0, 0] == 0
        assert np.abs(sample.ink.offsets).max() <= 60
