"""The synthetic corpus: its data, the unevenness of its hands, its timing, its splits."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.alphabet import ASCII, UnknownCharacterError
from scribe.corpora import fonts
from scribe.corpora.corpus import Corpus
from scribe.corpora.fonts import FontsError, Habits, generate, random_text, styles, write_ink

DATA = Path(str(resources.files("scribe.corpora") / "data"))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return generate(240, seed=5)


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_fonts", DATA / "build_fonts.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


# The data


def test_there_are_a_dozen_styles_with_neutral_names():
    assert len(styles()) == 12
    assert {name.rstrip("0123456789") for name in styles()} == {"print-", "cursive-"}


@pytest.mark.parametrize("style", styles())
def test_a_style_has_every_character_at_its_height(style):
    glyphs = fonts._fonts()[style].glyphs
    assert set(glyphs) == set(ASCII.characters) - {" "}
    for character, glyph in glyphs.items():
        assert glyph.ends[-1] == len(glyph.points) >= 2, character
        assert (np.diff(glyph.ends, prepend=0) >= 2).all(), character
        assert glyph.advance > 0
        assert np.abs(glyph.points).max() < 5
    body = [glyphs[c].points[:, 1] for c in "acemnorsuvwxz"]
    assert np.median([y.max() for y in body]) == pytest.approx(1, abs=0.06)
    assert np.median([y.min() for y in body]) == pytest.approx(0, abs=0.06)
    assert all(glyphs[c].points[:, 1].max() > 1.1 for c in "bdfhkl" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert all(glyphs[c].points[:, 1].min() < -0.2 for c in "gjpqy")


def test_every_licence_lies_beside_the_data():
    texts = {path.stem: path.read_text() for path in (DATA / "licences").glob("*.txt")}
    for style in fonts._header()["styles"]:
        assert style["notice"] in (DATA / "README.md").read_text()
        for licence in style["licence"].split(" or "):
            assert len(texts[licence]) > 900
    assert "SIL OPEN FONT LICENSE Version 1.1" in texts["OFL-1.1"]
    assert (DATA / "fonts.npz").stat().st_size < 500_000


def test_no_style_bears_a_reserved_name():
    reserved = ["felipa", "parisienne", "source", "mountains of christmas"]
    assert not any(name in style for name in reserved for style in styles())


def test_flattened_paths_lie_on_their_curves(builder):
    (curve,) = builder.flattened("m 1,2 c 0,3 4,3 4,0", pieces=8)
    s = np.linspace(0, 1, 9)[:, None]
    p = np.array([[1, 2], [1, 5], [5, 5], [5, 2]], float)
    bernstein = (1 - s) ** 3 * p[0] + 3 * (1 - s) ** 2 * s * p[1] + 3 * (1 - s) * s**2 * p[2] + s**3 * p[3]
    np.testing.assert_allclose(curve, bernstein, atol=1e-12)
    square = builder.flattened("M 0 0 L 1 0 1 1 0 1 Z M5,5l1-1")
    np.testing.assert_array_equal(square[0], [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    np.testing.assert_array_equal(square[1], [[5, 5], [6, 4]])


def test_smoothing_keeps_corners_and_rounds_curves(builder):
    corner = builder.smooth(np.array([[0, 0], [0, 1], [1, 1.0]]))
    assert np.abs(corner - (0, 1)).sum(axis=1).min() < 1e-12
    angles = np.linspace(0, 2 * np.pi, 17)
    circle = builder.smooth(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    np.testing.assert_allclose(np.linalg.norm(circle, axis=1), 1, atol=0.012)
    steps = np.linalg.norm(np.diff(circle, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.1


def test_strokes_are_put_in_order(builder):
    down, bar = np.array([[0, 0], [0, 1.0]]), np.array([[0, 1], [1, 1.0]])
    (joined,) = builder.ordered([down, bar], "0r+1")
    np.testing.assert_array_equal(joined, [[0, 1], [0, 0], [0, 1], [1, 1]])
    hook = np.array([[0, 0], [0, 1], [1, 1.0]])
    pieces = builder.ordered([hook], "0.1 0.0r")
    np.testing.assert_array_equal(pieces[0], [[0, 1], [1, 1]])
    np.testing.assert_array_equal(pieces[1], [[0, 1], [0, 0]])


def test_the_data_can_be_made_again(builder):
    folder = os.environ.get("SCRIBE_FONT_ARCHIVES")
    if not folder:
        pytest.skip("set SCRIBE_FONT_ARCHIVES to the folder with hersheytext-2.0.0.tgz and vara-1.4.1.tgz")
    archives = builder.Archives(Path(folder) / "hersheytext-2.0.0.tgz", Path(folder) / "vara-1.4.1.tgz")
    arrays, _ = builder.build(archives)
    with np.load(DATA / "fonts.npz", allow_pickle=False) as stored:
        assert set(stored) == set(arrays)
        for name in arrays:
            np.testing.assert_array_equal(stored[name], arrays[name])


# Writing


def test_the_same_seed_writes_the_same_ink_and_another_seed_does_not():
    one, two, other = (write_ink("The same again?", "cursive-4", seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.offsets, two.offsets)
    assert len(one) != len(other) or not np.array_equal(one.offsets, other.offsets)


def test_no_two_letters_are_equal():
    hand = Habits("print-1", joining=0)
    ink = fonts.write_in_hand("eeee", hand, np.random.default_rng(0), 20)
    shapes = [stroke - stroke[0] for stroke in ink.strokes]
    assert len(shapes) == 4
    for a in range(4):
        for b in range(a):
            assert len(shapes[a]) != len(shapes[b]) or np.abs(shapes[a] - shapes[b]).max() > 0.01


@pytest.mark.parametrize("style", styles())
def test_letters_can_be_told_apart(style):
    """Against an independent reader: the nearest of the style's glyphs, by the distance between sets of points."""
    glyphs = fonts._fonts()[style].glyphs
    letters = "abcdefghijkmnopqrstuvwxyz23456789"

    def centred(points):
        # Position is the writer's to choose sideways, not upwards.
        return points - (points[:, 0].mean(), 0)

    templates = {c: centred(np.concatenate(_dense(glyphs[c]))) for c in letters}
    rng = np.random.default_rng(1)
    wrong = []
    for character in letters:
        hand = Habits(style, shapes=0.06)
        ink = fonts.write_in_hand(character, hand, rng, 60)
        points = centred(ink.points[:, :2])
        distances = {c: _chamfer(points, t) for c, t in templates.items()}
        if min(distances, key=distances.get) != character:
            wrong.append(character)
    assert len(wrong) <= 3, wrong


def _dense(glyph) -> list[np.ndarray]:
    return np.split(glyph.points, glyph.ends[:-1])


def _chamfer(a: np.ndarray, b: np.ndarray) -> float:
    distances = np.linalg.norm(a[:, None] - b, axis=2)
    return distances.min(axis=0).mean() + distances.min(axis=1).mean()


@pytest.mark.parametrize("style", [s for s in styles() if s.startswith("cursive")])
def test_cursive_letters_are_joined_and_dots_come_after_the_word(style):
    ink = fonts.write_in_hand("minim", Habits(style), np.random.default_rng(0), 15)
    word, *dots = ink.strokes
    assert len(dots) == 2
    assert all(len(dot) <= 6 and dot[:, 1].min() > 1 for dot in dots)
    assert word[:, 0].max() > max(dot[:, 0].max() for dot in dots)
    assert dots[0][0, 0] < dots[1][0, 0]


def test_printed_letters_stand_alone():
    for style in (s for s in styles() if s.startswith("print")):
        hand = Habits(style, joining=0)
        assert len(fonts.write_in_hand("nano", hand, np.random.default_rng(0), 15).strokes) >= 4


def test_a_crossbar_waits_for_its_word_and_no_longer():
    ink = fonts.write_in_hand("te te", Habits("cursive-4"), np.random.default_rng(0), 15)
    assert len(ink.strokes) == 4  # te, bar, te, bar
    first, bar, second, _ = ink.strokes
    assert bar[:, 0].max() < second[:, 0].min()
    assert np.ptp(bar[:, 1]) < 0.3
    assert first[:, 0].max() > bar[:, 0].mean()


def test_lines_start_at_the_origin_and_stand_on_the_baseline(corpus):
    for sample in corpus:
        assert sample.ink.points[0, 0] == 0
    levels = [np.median([s[:, 1].min() for s in write_ink("nun mum run", "print-3", k).strokes]) for k in range(20)]
    assert abs(np.median(levels)) < 0.1


def test_habits_do_what_they_say():
    rng = np.random.default_rng
    plain = fonts.write_in_hand("minimum", Habits("print-3"), rng(0), 20).bounds
    wide = fonts.write_in_hand("minimum", Habits("print-3", width=1.4), rng(0), 20).bounds
    tall = fonts.write_in_hand("hill", Habits("print-3", tall=1.3), rng(0), 20).bounds
    low = fonts.write_in_hand("hill", Habits("print-3"), rng(0), 20).bounds
    assert 1.3 < wide.width / plain.width < 1.45
    assert tall.top > low.top + 0.1

    def lean(hand):
        (stroke,) = fonts.write_in_hand("l", hand, rng(0), 20).strokes
        return (stroke[0, 0] - stroke[-1, 0]) / (stroke[0, 1] - stroke[-1, 1])

    assert lean(Habits("print-3", slant=0.4)) - lean(Habits("print-3")) == pytest.approx(0.4, abs=0.05)


def test_there_are_as_many_points_as_asked_for(corpus):
    def rate(c):
        return len(c.offsets) / c.summary()["characters_without_spaces"]

    assert rate(corpus) == pytest.approx(15, rel=0.1)
    assert rate(generate(60, seed=5, points_per_character=25)) == pytest.approx(25, rel=0.12)


def test_the_pen_slows_in_curves_and_at_the_ends_of_strokes():
    """Speed against curvature, measured on the ink, follows the two-thirds power law: slope -1/3 in logarithms."""
    speeds, curvatures, starts = [], [], []
    for seed in range(6):
        hand = Habits("cursive-1", tremor=0)
        ink = fonts.write_in_hand("common young loose seven", hand, np.random.default_rng(seed), 60)
        for stroke in ink.strokes:
            if len(stroke) < 60:
                continue
            velocity = (stroke[2:] - stroke[:-2]) / 2
            acceleration = stroke[2:] - 2 * stroke[1:-1] + stroke[:-2]
            speed = np.hypot(*velocity.T)
            curvature = np.abs(velocity[:, 0] * acceleration[:, 1] - velocity[:, 1] * acceleration[:, 0]) / speed**3
            starts.append(speed[:2].mean() / np.median(speed))
            middle = slice(15, -15)
            speeds.append(speed[middle])
            curvatures.append(curvature[middle])
    speed, curvature = np.concatenate(speeds), np.concatenate(curvatures)
    bent = curvature > 0.5
    slope = np.polyfit(np.log(curvature[bent]), np.log(speed[bent]), 1)[0]
    assert -0.45 < slope < -0.2
    assert np.mean(starts) < 0.7


@settings(max_examples=30, deadline=None)
@given(text=st.text(ASCII.characters, min_size=1, max_size=25), number=st.integers(0, 2**31))
def test_any_printable_text_can_be_written(text, number):
    style = styles()[number % len(styles())]
    if not text.strip():
        with pytest.raises(FontsError, match="nothing to write"):
            write_ink(text, style, number)
        return
    ink = write_ink(text, style, number)
    assert len(ink.strokes) >= len(text.split())
    assert np.abs(ink.offsets[:, :2]).max() < 4 + 2.5 * len(text)


def test_mistakes_are_named():
    with pytest.raises(FontsError, match="no style 'gothic'; the styles are print-1"):
        write_ink("x", "gothic")
    with pytest.raises(UnknownCharacterError, match=r"character 2 of the text, '\xe9'"):
        write_ink("hé", "print-1")
    with pytest.raises(FontsError, match="points_per_character"):
        write_ink("x", "print-1", points_per_character=0)
    with pytest.raises(FontsError, match="0 lines and 0 words"):
        generate(0)
    with pytest.raises(FontsError, match="list of one or more"):
        generate(texts="not a list")
    with pytest.raises(FontsError, match="a writer"):
        generate(5, writers=0)


# The corpus


def test_a_corpus_is_the_same_each_time_and_grows_without_changing(corpus):
    again = generate(20, words=3, seed=5, writers=20)
    more = generate(30, words=5, seed=5, writers=20)
    for i in range(20):
        assert again.texts[i] == more.texts[i] == corpus.texts[i]
        np.testing.assert_array_equal(again[i].ink.offsets, more[i].ink.offsets)
    for i in range(3):
        np.testing.assert_array_equal(again[20 + i].ink.offsets, more[30 + i].ink.offsets)
        assert again[20 + i].kind == "word"
        assert " " not in again.texts[20 + i]
    assert generate(5, seed=6).texts != again.texts[:5]


def test_splits_are_by_writer_and_none_is_empty(corpus):
    by_split = {name: set() for name in ("train", "validation", "test")}
    for sample in corpus:
        by_split[sample.split].add(sample.writer)
    assert all(by_split.values())
    assert not by_split["train"] & (by_split["validation"] | by_split["test"])
    assert len(by_split["train"]) == 18


def test_every_style_is_used(corpus):
    used = Counter("-".join(sample.writer.split("-")[3:]) for sample in corpus)
    assert set(used) == set(styles())


def test_it_says_that_it_is_synthetic_and_whose_the_fonts_are(corpus, tmp_path):
    corpus.save(tmp_path / "fonts.npz")
    loaded = Corpus.load(tmp_path / "fonts.npz")
    assert loaded.metadata["synthetic"] is True
    assert loaded.metadata["name"] == "fonts (synthetic)"
    assert "OFL-1.1" in loaded.metadata["licence"]
    assert "Kimberly Geswein" in loaded.metadata["attribution"]


def test_texts_are_written_in_turn():
    corpus = generate(5, texts=["one", "two two"], seed=1)
    assert corpus.texts == ["one", "two two", "one", "two two", "one"]
    assert len(generate(texts=["a", "b"])) == 2


def test_the_built_in_texts_hold_every_character_often():
    rng = np.random.default_rng(0)
    texts = [random_text(rng) for _ in range(2000)]
    counts = Counter("".join(texts))
    assert set(counts) == set(ASCII.characters)
    rarest = min(counts, key=counts.get)
    assert counts[rarest] >= 40, (rarest, counts[rarest])
    assert np.mean([len(t) for t in texts]) == pytest.approx(24, abs=5)
    assert all(t == t.strip() and t for t in texts)
