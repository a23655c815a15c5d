"""Ink beside its text, and where the window stands after a style: on ink of which it's known what it says."""

import re
import warnings

import numpy as np
import pytest

from scribe.alphabet import Alphabet
from scribe.matching import Mismatch, mismatch, paired, style_mismatch
from scribe.reader import Reader
from scribe.reading.ctc import most_probable_path
from scribe.styles import StyleWarning
from scribe.writer import Style, Writer

TEXT = "we met him in the street"


@pytest.fixture(scope="module")
def writer():
    return Writer.load("anyone")


@pytest.fixture(scope="module")
def reader():
    return Reader.load()


@pytest.fixture(scope="module")
def ink(writer):
    return writer.write(TEXT, bias=2, seed=4)


def certain(text, alphabet):
    """What a reader says that's all but sure of a text: a frame for each character and a blank after it."""
    log_p = np.full((2 * len(text), alphabet.size), np.log(1e-9))
    log_p[0::2][np.arange(len(text)), alphabet.encode(text)[:-1]] = 0
    log_p[1::2, -1] = 0
    return log_p


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("the cat sat", None),
        ("the black cat sat", ("black", 4, False)),
        ("cat sat", ("the", 0, True)),
        ("the sat", ("cat", 4, True)),
        ("the cat", ("sat", 8, True)),
        ("the cat sat down", ("down", 12, False)),
        ("the  cat sat ", None),  # spaces don't count
    ],
)
def test_a_word_too_many_or_too_few_is_named(said, found):
    alphabet = Alphabet("abcdefghijklmnopqrstuvwxyz ")
    result = mismatch(certain("the cat sat", alphabet), said, alphabet)
    assert (result and result[:3]) == found


def test_signs_alone_prove_nothing():
    alphabet = Alphabet("ab& ")
    log_p = certain("a & b", alphabet)
    log_p[4] = np.log(1e-9)
    log_p[4, -1] = log_p[6, -1] = 0  # no "&", and perhaps no second space
    assert alphabet.decode(most_probable_path(log_p)).split() == ["a", "b"]
    assert mismatch(log_p, "a & b", alphabet) is None


def test_ink_too_short_for_the_text_does_not_match():
    alphabet = Alphabet("abc ")
    assert mismatch(certain("ab", alphabet), "abc abc abc", alphabet) == Mismatch("abc", 8, False, np.inf)


def test_it_is_said_in_words():
    assert str(Mismatch("him", 7, False, 50.0)) == "the text has the word 'him' at character 8, and the ink doesn't"
    assert str(Mismatch("him", 7, True, 50.0)) == "the ink has the word 'him' at character 8, and the text doesn't"


def test_a_style_that_says_something_else_is_noticed(writer, reader, ink):
    assert style_mismatch(writer, Style(ink, TEXT), reader) is None
    assert style_mismatch(writer, Style(ink, TEXT)) is None
    # Which letters the ink has there is the reader's opinion.
    less = style_mismatch(writer, Style(ink, TEXT.replace("him ", "")), reader)
    assert re.fullmatch(r"the ink has the word 'h\w+' at character 8, and the text doesn't", less)
    assert "'often'" in style_mismatch(writer, Style(ink, f"often {TEXT}"), reader)
    # Nobody reads: the window alone tells.
    assert "more than the ink" in style_mismatch(writer, Style(ink, f"{TEXT} and then again"))
    assert "the ink says more" in style_mismatch(writer, Style(ink, "we met him"))


def test_after_a_style_the_window_stands_at_its_end(writer):
    """Whatever the text says: what it has beside the ink isn't written, and nothing of the line is skipped."""
    ink = writer.write("a short line", bias=2, seed=1)
    matching, longer, shorter = ((ink, text) for text in ("a short line", "a short line and more of it", "a"))
    assert writer.astray(matching) == 0
    assert writer.astray(longer) < -3
    assert writer.astray(shorter) > 3
    for style in (matching, longer, shorter):
        (draft,) = writer.begin(["hello"], bias=2, style=style)
        (draft,) = writer.extend([draft], [5], [0])
        ends = np.flatnonzero(draft.points[:, 2] == 1) + 1
        strokes = [np.median(part) for part in np.split(draft.places, ends) if len(part)]
        assert min(strokes) >= -1, "nothing is drawn for the style's text"
        assert set(range(5)) <= set(draft.places.tolist()), "each letter had the window"
    with pytest.warns(StyleWarning, match="the ink was over at the word 'line', character 9"):
        writer.write("hello", bias=2, style=(ink, "a short line and more of it"), seed=0)
    with pytest.warns(StyleWarning, match="the ink says more than 'a'"):
        writer.write("hello", bias=2, style=shorter, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.write("hello", bias=2, style=matching, seed=0)


def test_lines_are_paired_in_order():
    texts = ["dear friend", "it came today", "good bye"]
    assert paired(["deer freind", "it come today", "goodbye"], texts) == [(0, 0), (1, 1), (2, 2)]
    assert paired(["it came today", "good bye"], texts) == [(0, 1), (1, 2)]
    assert paired(["dear friend", "a scribble", "it came today", "good bye"], texts) == [(0, 0), (2, 1), (3, 2)]
    assert paired(["good bye", "dear friend"], texts) in ([(0, 2)], [(1, 0)]), "lines don't cross"
    assert paired(["xyzzy"], texts) == []
    assert paired([], texts) == []
