"""People's words with synthetic signs on them."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from recipe import spliced_words as splicing
from recipe.spliced_words import spliced_words
from scribe.corpora import Corpus, Sample, fonts
from scribe.styles import traits_of


def written(lean: float, name: str, count: int = 12, split: str = "train") -> list[Sample]:
    """Words in a plain hand that leans so much more than its font."""
    hand = fonts.Habits("print-1", slant=lean, shapes=0, tremor=0)
    rng = np.random.default_rng(0)
    return [Sample(fonts.write_in_hand("mill", hand, rng, 20), "mill", name, "word", split) for _ in range(count)]


@pytest.fixture(scope="module")
def people() -> Corpus:
    few = written(0.0, "few", splicing.FEWEST - 1)
    return Corpus.from_samples([*written(-0.2, "left"), *written(0.5, "right"), *few], {"points_per_character": 20.0})


@pytest.fixture(scope="module")
def made(people) -> list[Sample]:
    return spliced_words(people, 400, seed=2)


def test_the_text_says_what_the_ink_holds(made, people):
    """Widths of the words are known, so that what a sample is made of can be seen in it."""
    word = people[0].text
    width = {people.texts[i]: people[i].ink.bounds.width for i in range(len(people))}[word]
    for one in made:
        words = one.text.count(word)
        assert set(one.text.replace(word, "")) <= set(splicing.SIGNS)
        assert one.text != word
        bounds = one.ink.bounds
        assert bounds.width > words * 0.6 * width
        assert one.ink.offsets[-1, 2] == 1
        assert one.ink.offsets[0, 0] == 0
        assert (one.kind, one.split) == ("word", "train")


def test_pieces_stand_beside_one_another_in_the_order_of_the_text(people):
    rng = np.random.default_rng(0)
    one = splicing._spliced(["(", people[0], ")"], people[0], fonts.Habits("print-1"), rng)
    assert one.text == "(mill)"
    strokes = one.ink.strokes
    inside = people[0].ink.strokes
    assert len(strokes) == len(inside) + 2
    # The word is as its writer wrote it, moved to the right, not up or down.
    moved = strokes[1][0] - inside[0][0]
    assert moved[1] == pytest.approx(0, abs=0.01)
    for ours, theirs in zip(strokes[1:-1], inside, strict=True):
        np.testing.assert_allclose(ours - theirs, np.broadcast_to(moved, ours.shape), atol=0.01)
    edges = [(s[:, 0].min(), s[:, 0].max()) for s in (strokes[0], np.concatenate(strokes[1:-1]), strokes[-1])]
    for (_, right), (left, _) in pairwise(edges):
        assert splicing.GAPS[0] - 0.01 <= left - right <= splicing.GAPS[1] + 0.01


def test_signs_lean_as_the_writer_does(people):
    for name in ("left", "right"):
        words = [people[i] for i in range(len(people)) if people[i].writer == name][: splicing.FEWEST]
        for number in range(4):
            hand = splicing._habits_like(words, 0, number)
            drawn = fonts.write_in_hand(splicing.PLAIN, hand, np.random.default_rng(1), 15)
            theirs = np.median([traits_of(word.ink, word.text).slant for word in words])
            assert traits_of(drawn, splicing.PLAIN).slant == pytest.approx(theirs, abs=6)


def test_who_wrote_too_little_gets_no_signs(made):
    assert {one.writer for one in made} == {"left", "right"}


def test_every_sign_comes_and_what_opens_is_closed(made):
    uses = Counter("".join(one.text for one in made))
    assert set(splicing.SIGNS) <= set(uses)
    pairs = [one.text for one in made if one.text[0] in "([{<" and len(one.text) == 6]
    assert len(pairs) > 10
    assert all(text[-1] == splicing.CLOSING[text[0]] for text in pairs)


def test_signs_that_people_wrote_often_come_seldom(people):
    more = [*people, *(Sample(people[0].ink, "|" * 500, "left", "line", "train"),)]
    uses = Counter("".join(one.text for one in spliced_words(Corpus.from_samples(more, {}), 400, seed=2)))
    assert uses["|"] < uses["\\"] / 3


def test_the_same_seed_gives_the_same_words(people, made):
    again = spliced_words(people, 5, seed=2)
    for one, other in zip(again, made, strict=False):
        assert one.text == other.text
        np.testing.assert_array_equal(one.ink.offsets, other.ink.offsets)


def test_without_words_it_says_so(people):
    with pytest.raises(ValueError, match="nobody wrote 10 or more words"):
        spliced_words(people.subset(np.arange(len(people)) < 5), 3)


def test_a_corpus_gets_them_in_the_training_split_alone(people, monkeypatch, tmp_path):
    held_out = written(0.1, "held out", split="validation")
    both = Corpus.from_samples([*people, *held_out], {"name": "made up"})
    both.save(tmp_path / "people.npz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["spliced_words.py", "people.npz", "-o", "more.npz", "--words", "20"])
    splicing.main()
    more = Corpus.load(tmp_path / "more.npz")
    assert more.texts[: len(both)] == both.texts
    assert len(more) == len(both) + 20
    assert more.metadata["spliced_words"] == {"words": 20, "writers": 2}
    assert len(more.split("validation")) == len(held_out)
    assert more.metadata["name"] == "made up"
