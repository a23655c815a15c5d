import json
from dataclasses import replace

import numpy as np
import pytest
from random_weights import random_weights
from safetensors.numpy import save_file

from scribe import styles as module
from scribe.ink import Ink, InkError
from scribe.styles import (
    FORMAT,
    NamedStyle,
    Style,
    StyleError,
    Traits,
    available_styles,
    difference,
    load_style,
    load_styles,
    save_styles,
    traits_of,
)
from scribe.writer import Writer


def scribble(points=300, seed=0):
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0, 0.3, (points, 3))
    offsets[:, 2] = rng.random(points) < 0.1
    offsets[-1, 2] = 1
    return Ink(offsets)


def style(name="fern", text="some ink", kind="joined", seed=0, **more):
    return NamedStyle(name, Style(scribble(seed=seed), text), kind, "made up", 18.0, {"seed": seed, **more})


# --- files


def test_styles_come_back_from_their_file(tmp_path):
    given = [style(), style("pine-2", "other ink", "print", seed=1, note={"a": [1, None]})]
    save_styles(tmp_path / "s.safetensors", given, licence="CC0-1.0")
    found = load_styles(tmp_path / "s.safetensors")
    assert list(found) == ["fern", "pine-2"]
    for one in given:
        back = found[one.name]
        assert replace(back, style=one.style) == one
        assert back.style.text == one.style.text
        # To half a step of a thousandth of a body height, at the end of the line as at its start.
        np.testing.assert_allclose(back.style.ink.points, one.style.ink.points, atol=0.5 / 1024 + 1e-5)
    assert (tmp_path / "s.safetensors").stat().st_size < 2 * 3 * 2 * 300 + 1500


def test_ink_that_was_read_is_written_again_as_it_is(tmp_path):
    save_styles(tmp_path / "a.safetensors", [style()])
    first = load_styles(tmp_path / "a.safetensors")
    save_styles(tmp_path / "b.safetensors", first.values())
    second = load_styles(tmp_path / "b.safetensors")
    assert (first["fern"].style.ink.offsets == second["fern"].style.ink.offsets).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Fern"}, "no name for a style"),
        ({"name": "../etc"}, "no name for a style"),
        ({"name": ""}, "no name for a style"),
        ({"kind": "cursive"}, "must be one of print"),
        ({"description": "red \x1b[31m"}, "one line of text"),
        ({"style": Style(scribble(), "two\nlines")}, "one line of text"),
        ({"style": Style(scribble(), "")}, "one line of text"),
        ({"style": Style(scribble(), None)}, "one line of text"),
        ({"style": Style(Ink(np.zeros((0, 3))), "ink")}, "has 0 points"),
        ({"points_per_character": float("nan")}, "points_per_character"),
        ({"points_per_character": "18"}, "points_per_character"),
    ],
)
def test_a_style_that_makes_no_sense_is_refused(changes, message):
    with pytest.raises(StyleError, match=message):
        replace(style(), **changes)


def test_a_pen_that_leaps_too_far_is_told(tmp_path):
    far = replace(style(), style=Style(Ink(np.array([[0, 0, 0], [40, 0, 1]])), "far"))
    with pytest.raises(StyleError, match="leaps further"):
        save_styles(tmp_path / "s.safetensors", [far])
    with pytest.raises(StyleError, match="two styles named fern"):
        save_styles(tmp_path / "s.safetensors", [style(), style()])
    assert not list(tmp_path.iterdir())


def entry(**changes):
    return {
        "text": "ink", "kind": "print", "description": "d", "points": 2, "points_per_character": 18.0, "origin": {}
    } | changes  # fmt: skip


GOOD = np.array([[0, 0, 0], [100, 0, 1]], np.int16)


@pytest.mark.parametrize(
    ("array", "changes", "message"),
    [
        (GOOD.astype(np.float32), {}, "must hold int16"),
        (GOOD.astype(np.int64), {}, "must hold int16"),
        (GOOD[:, :2], {}, "asks for"),
        (GOOD, {"points": 3}, "asks for"),
        (GOOD, {"points": 10**9}, "must have 1 to 20000 points"),
        (GOOD, {"points": True}, "must have 1 to 20000 points"),
        (GOOD, {"points": None}, "must have 1 to 20000 points"),
        (GOOD * 2, {}, "pen_up"),
        (GOOD[::-1].copy(), {}, "leaves the pen down"),
        (GOOD, {"origin": [1]}, "must be a JSON object"),
        (GOOD, {"text": 7}, "one line of text"),
        (GOOD, {"text": None}, "one line of text"),
        (GOOD, {"kind": ["print"]}, "must be one of"),
        (GOOD, {"points_per_character": -1.0}, "points_per_character"),
    ],
)
def test_a_hostile_file_is_refused(tmp_path, array, changes, message):
    path = tmp_path / "s.safetensors"
    save_file({"fern": array}, path, {"format": FORMAT, "styles": json.dumps({"fern": entry(**changes)})})
    with pytest.raises(StyleError, match=message) as error:
        load_styles(path)
    assert str(path) in str(error.value)
    assert not isinstance(error.value, InkError)


def test_files_of_something_else_are_refused(tmp_path):
    path = tmp_path / "s.safetensors"
    save_file({"fern": GOOD}, path, {"format": FORMAT, "styles": "{}"})
    with pytest.raises(StyleError, match="fern has no place"):
        load_styles(path)
    save_file({"fern": GOOD}, path, {"format": FORMAT, "styles": "[" * 10_000})
    with pytest.raises(StyleError, match="not JSON"):
        load_styles(path)
    save_file({"fern": GOOD}, path, {"format": "scribe-weights/1"})
    with pytest.raises(StyleError, match="scribe-styles/1"):
        load_styles(path)
    path.write_bytes(b"not at all")
    with pytest.raises(StyleError):
        load_styles(path)
    with pytest.raises(FileNotFoundError):
        load_styles(tmp_path / "none.safetensors")


# --- by name


@pytest.fixture
def shipped(monkeypatch):
    found = {"fern": style(), "pine": style("pine", kind="print", seed=1)}
    monkeypatch.setattr(module, "_shipped", lambda: found)
    return found


@pytest.mark.filterwarnings("ignore::scribe.styles.StyleWarning")  # these weights know no window's way
def test_a_writer_takes_a_style_by_its_name(shipped):
    writer = Writer(random_weights())
    by_name = writer.write("more", style="fern", seed=1)
    given = writer.write("more", style=shipped["fern"].style, seed=1)
    assert (by_name.offsets == given.offsets).all()
    assert not np.array_equal(by_name.offsets, writer.write("more", style="pine", seed=1).offsets)
    lines = writer.write_many(["more", "more"], style=["fern", None], seed=[1, 1])
    np.testing.assert_allclose(lines[0].offsets, by_name.offsets, atol=1e-4)
    assert len(writer.write_many(["a", "b"], style="fern", seed=0)) == 2
    with pytest.raises(StyleError, match="no style named 'oak'; those that come with scribe are: fern, pine"):
        writer.write("more", style="oak")


def test_the_ink_is_as_dense_as_the_weights_know_it(shipped):
    ink = shipped["fern"].style.ink
    assert load_style("fern", 18.5).ink is ink
    assert load_style("fern").ink is ink
    half = load_style("fern", 9.0).ink
    assert 0.4 < len(half) / len(ink) < 0.7
    assert len(half.strokes) == len(ink.strokes)
    assert half.points[-1] == pytest.approx(ink.points[-1], abs=1e-3)


def test_the_styles_that_come_with_the_package_can_be_used():
    for name in available_styles():
        one = load_styles()[name]
        assert one.description
        assert one.kind in one.description or one.kind == "mixed" or "letters" in one.description
        assert traits_of(*one.style).width > 0


# --- hands


def zigzag(slant=0.0, size=1.0, letters=8, width=0.8, joined=False):
    """Ticks up and down, one a letter, that lean by ``slant`` degrees."""
    shear = np.tan(np.radians(slant))
    strokes = []
    for number in range(letters):
        y = np.concatenate([np.linspace(0, 1, 6), np.linspace(1, 0, 6)[1:]])
        x = number * width + np.linspace(0, 0.1, 11)
        strokes.append(np.stack([x + shear * y, y], axis=1) * size)
    return Ink.from_strokes([np.concatenate(strokes)] if joined else strokes)


@pytest.mark.parametrize("slant", [-20.0, 0.0, 15.0, 40.0])
def test_the_slant_is_that_of_the_downstrokes(slant):
    measured = traits_of(zigzag(slant), "abcdefgh").slant
    expected = np.degrees(np.arctan(np.tan(np.radians(slant)) - 0.05))  # the tick itself leans by 0.05
    assert measured == pytest.approx(expected, abs=0.1)


def test_sizes_strokes_and_turns_are_measured():
    one = traits_of(zigzag(), "abcd efgh")
    assert one.lifts == 1
    assert one.height == pytest.approx(0.5, abs=0.12)  # ink is spread evenly from 0 to 1
    assert one.width == pytest.approx((7 * 0.8 + 0.1) / 9)
    double = traits_of(zigzag(size=2), "abcd efgh")
    assert (double.height, double.width) == pytest.approx((2 * one.height, 2 * one.width))
    assert (double.lifts, double.slant) == (one.lifts, pytest.approx(one.slant))
    assert traits_of(zigzag(joined=True), "abcd efgh").lifts == pytest.approx(1 / 8)
    # Each tick turns once, by almost half a circle, on a way of about 2.
    assert one.turning == pytest.approx((np.pi - 2 * np.arctan(0.05)) / 2, rel=0.01)
    circle = np.linspace(0, 2 * np.pi, 100)
    assert traits_of(Ink.from_strokes([np.stack([np.cos(circle), np.sin(circle)], 1) * 0.5]), "o").turning == (
        pytest.approx(2, rel=0.02)  # one over the radius
    )


def test_hands_that_drift_differ_from_those_that_stay():
    spread = Traits(0.3, 10.0, 0.2, 0.15, 0.5)
    first = traits_of(zigzag(10), "abcdefgh")
    assert difference(first, first, spread) == 0
    same = traits_of(zigzag(11, letters=7), "abcdefg")
    small, leaning, joined = (
        traits_of(ink, "abcdefgh") for ink in (zigzag(10, size=0.5), zigzag(35), zigzag(10, joined=True))
    )
    for drifted in (small, leaning, joined):
        assert difference(first, drifted, spread) > 4 * difference(first, same, spread)
        assert difference(first, drifted, spread) == difference(drifted, first, spread)


def test_a_hand_cannot_be_measured_in_dots():
    for ink, text in ((Ink(np.array([[0, 0, 1]])), "a"), (scribble(), " "), (Ink(np.zeros((0, 3))), "a")):
        with pytest.raises(StyleError, match="can be measured only"):
            traits_of(ink, text)
