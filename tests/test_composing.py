"""Composed ink: marks stand where they belong, nothing else of people's ink changes, and all is as the labels say."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest

from scribe.alphabet import LATIN
from scribe.composing.composed import COMPOSED, ComposeError, compose
from scribe.composing.glyphs import DRAWINGS, drawn
from scribe.composing.letters import Box, Piece, Segment, find_letters
from scribe.composing.marks import MARKED, MarkHabits, mark_strokes
from scribe.composing.pens import Pen, moved
from scribe.composing.signs import PATTERNS
from scribe.corpora import fonts
from scribe.corpora.corpus import Corpus
from scribe.reader import Reader, errors
from scribe.weights import load_weights

PEN = Pen(step=0.22, shear=0.2, gap=0.25, space=1.2)
ABOVE = {"acute", "grave", "circumflex", "caron", "breve", "tilde", "macron", "dot", "diaeresis", "ring",
         "double acute", "comma above"}  # fmt: skip
BELOW = {"cedilla", "comma below"}


@pytest.fixture(scope="module")
def people() -> Corpus:
    return fonts.generate(40, words=200, seed=5, writers=8)


@pytest.fixture(scope="module")
def tools():
    return load_weights("default"), Reader.load()


@pytest.fixture(scope="module")
def composed(people, tools) -> Corpus:
    return compose(people, 150, *tools, seed=3)


def bounds(strokes) -> tuple[float, float, float, float]:
    points = np.concatenate(strokes)
    return *points.min(axis=0), *points.max(axis=0)


def test_unicode_knows_the_same_letters_and_marks():
    for character, (base, kind) in MARKED.items():
        name = unicodedata.name(character)
        case = "CAPITAL" if base.isupper() else "SMALL"
        assert character in LATIN.characters
        assert f"{case} LETTER" in name or character in "ŉı"
        if " WITH " in name and kind in ABOVE - {"comma above"}:
            assert name.split(" WITH ")[1].split()[0].lower() in (kind.split()[0], "dot", "diaeresis")
            assert name.split(" WITH ")[0].split()[-1] == base.upper()


def test_every_letter_that_is_not_ascii_has_a_way_to_be_made():
    marked_or_drawn = set(MARKED) | set(DRAWINGS) | set(PATTERNS)
    assert not set(COMPOSED) - marked_or_drawn
    assert set(LATIN.characters) - set(COMPOSED) == set(map(chr, range(32, 127)))


@pytest.mark.parametrize("top", [1.0, 1.9])
def test_marks_stand_above_or_below_their_letter_with_air_between(top):
    box = Box(2.0, 0.0, 2.8, top, 2.4, 2.4 + 0.1 * top)
    for kind in {kind for _, kind in MARKED.values()}:
        for seed in range(20):
            rng = np.random.default_rng(seed)
            strokes = mark_strokes(kind, box, PEN, MarkHabits.invented(rng), rng)
            if kind == "no dot":
                assert not strokes
                continue
            left, low, right, high = bounds(strokes)
            assert all(np.isfinite(s).all() and len(s) >= 1 for s in strokes)
            if kind in ABOVE:
                assert top < low < top + 0.6, kind
                assert high < top + 1.2, kind
                assert box.left - 0.4 < (left + right) / 2 < box.right + 0.7, kind
            elif kind in BELOW:
                assert high < 0.15, kind
                assert -1.0 < low < -0.1, kind
            elif kind == "ogonek":
                assert low < -0.1
                assert high < 0.3
            elif kind.endswith("bar") or kind.endswith("slash"):
                assert -0.4 < low < high, kind
                assert high < top + 0.4, kind
    with pytest.raises(ValueError, match="no mark 'hat'"):
        mark_strokes("hat", box, PEN, MarkHabits.invented(rng), rng)


def test_the_points_of_a_mark_lie_as_far_apart_as_the_pen_sets_them():
    box = Box(0.0, 0.0, 0.8, 1.0, 0.4, 0.4)

    def spacing(step: float) -> float:
        lengths = []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            pen = Pen(step, 0.0, 0.25, 1.2)
            (stroke,) = mark_strokes("macron", box, pen, MarkHabits.invented(rng), rng)
            lengths += np.hypot(*np.diff(stroke, axis=0).T).tolist()
        return float(np.mean(lengths))

    assert 1.6 < spacing(0.24) / spacing(0.12) < 2.4


def test_every_drawing_is_ink_of_its_size():
    for character in DRAWINGS:
        for seed in range(4):
            left, low, right, high = bounds(drawn(character, PEN, np.random.default_rng(seed)))
            assert left == pytest.approx(0, abs=1e-9)
            assert right < 3.2, character
            assert -1.2 < low < high < 2.6, character
            assert max(right - left, high - low) > 0.01, character


def stroke(*points) -> np.ndarray:
    return np.array(points, float)


def test_strokes_are_added_after_the_letter_or_after_its_word():
    a, b, c = (stroke((x, 0), (x + 1, 1)) for x in (0, 2, 4))
    piece = Piece("ab c", [Segment(a, 0), Segment(b, 1), Segment(c, 3)], [True] * 4)
    mark = stroke((0.5, 2), (0.6, 2.2))
    at_once = piece.with_strokes(0, [mark], late=False).strokes()
    assert [s is mark for s in at_once] == [False, True, False, False]
    late = piece.with_strokes(0, [mark], late=True).strokes()
    assert [s is mark for s in late] == [False, False, True, False]
    # The pen is down after the letter: the mark has to wait.
    joined = Piece("ab", [Segment(a, 0, joined=True), Segment(b, 1)], [True] * 2)
    strokes = joined.with_strokes(0, [mark], late=False).strokes()
    assert [len(s) for s in strokes] == [4, 2]
    assert strokes[1] is mark


def test_a_glyph_takes_the_place_of_a_letter_and_the_rest_moves():
    a, b, c = (stroke((x, 0), (x + 1, 1)) for x in (0, 2, 4))
    piece = Piece("abc", [Segment(a, 0), Segment(b, 1, joined=True), Segment(c, 2)], [True] * 3)
    wide = stroke((0, 0), (3, 1))
    other = piece.with_glyph(1, "þ", [wide])
    assert other.text == "aþc"
    first, glyph, last = other.strokes()
    np.testing.assert_array_equal(first, a)
    np.testing.assert_allclose(glyph, moved([wide], 2)[0])
    np.testing.assert_allclose(last, moved([c], 2)[0])
    assert piece.cut_out(1) is None  # the pen was down after it
    np.testing.assert_allclose(piece.cut_out(0)[0], a)


def test_all_ink_stays_and_letters_stand_in_their_order(people, tools):
    some = [s for s in people if len(s.text) < 25][:40]
    pieces = find_letters([s.ink for s in some], [s.text for s in some], *tools)
    assert sum(piece is not None for piece in pieces) > 35
    in_order = 0
    for sample, piece in zip(some, pieces, strict=True):
        if piece is None:
            continue
        made, given = piece.strokes(), sample.ink.strokes
        assert len(made) == len(given)
        for one, other in zip(made, given, strict=True):
            np.testing.assert_array_equal(one, other)
        middles = [b.middle for n in range(len(piece.text)) if piece.sure[n] and (b := piece.box(n))]
        in_order += all(np.diff(middles) > -0.3)
    assert in_order > 30


def test_composed_lines_are_what_was_asked_for(composed, people):
    assert len(composed) == 150
    for sample in composed:
        assert sample.text == unicodedata.normalize("NFC", sample.text)
        LATIN.encode(sample.text)
        assert sample.split == people.writer_splits[sample.writer]
        assert (sample.kind == "line") == (" " in sample.text)
        assert sample.ink.offsets[0, 0] == 0
    facts = composed.metadata["composed"]
    counts = Counter("".join(composed.texts))
    assert facts["characters"] == {c: counts[c] for c in COMPOSED}
    assert sum(facts["characters"].values()) > 2 * len(composed)
    assert composed.metadata["name"] != people.metadata["name"]


def test_the_same_seed_makes_the_same_lines(composed, people, tools):
    again, other = compose(people, 20, *tools, seed=3), compose(people, 20, *tools, seed=4)
    assert again.texts == composed.texts[:20]
    np.testing.assert_array_equal(again.offsets, composed.offsets[: len(again.offsets)])
    assert other.texts != again.texts


def test_the_letters_below_the_marks_are_read(composed, people, tools):
    """Which mark it is may be read wrongly, but the letters must be there."""
    _, reader = tools

    def plain(text: str) -> str:
        return "".join(MARKED[c].base if c in MARKED else c for c in text)

    chosen = [s for s in composed if plain(s.text).isascii() and plain(s.text) != s.text]
    assert len(chosen) > 30
    wrong = sum(
        errors(plain(r), plain(s.text)) for r, s in zip(reader.read_many([s.ink for s in chosen]), chosen, strict=True)
    )
    marks = sum(c in MARKED for s in chosen for c in s.text)
    some = list(people)[:100]
    before = sum(errors(r, s.text) for r, s in zip(reader.read_many([s.ink for s in some]), some, strict=True))
    rate, rate_before = wrong / sum(len(s.text) for s in chosen), before / sum(len(s.text) for s in some)
    # Less than half an error more for every mark.
    assert (rate - rate_before) * sum(len(s.text) for s in chosen) < marks / 2


def test_a_corpus_without_letters_is_refused(people, tools):
    with pytest.raises(ComposeError, match="no letters can be found"):
        compose(people.subset(np.zeros(len(people), bool)), 3, *tools)
