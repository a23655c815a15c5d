from collections import Counter

import pytest

from scribe.alphabet import ASCII, Alphabet
from scribe.measure.texts import LONGEST, TEXTS, lines_of_all_lengths


def test_every_character_is_used_eight_times_or_more_among_others():
    in_context = Counter("".join(text for text in TEXTS if len(text) > 1))
    assert {c: in_context[c] for c in ASCII.characters if in_context[c] < 8} == {}
    assert set(in_context) == set(ASCII.characters)


def test_rare_characters_stand_in_different_places():
    for character in ASCII.characters:
        assert sum(character in text for text in TEXTS) >= 3, character


def test_made_up_lines_keep_to_an_alphabet():
    assert lines_of_all_lengths(90, seed=4, alphabet=ASCII) == lines_of_all_lengths(90, seed=4)
    for characters in ("abcdehinorst ", "\u03b1\u03b2\u03b3\u03b4 ", "\u03b1\u03b2\u03b3\u03b4"):
        lines = lines_of_all_lengths(90, longest=30, seed=4, alphabet=Alphabet(characters))
        assert [len(line) for line in lines[:30]] == list(range(1, 31))
        assert set("".join(lines)) == set(characters)
        assert not any(line.endswith(" ") for line in lines)


def test_texts_are_lines_of_1_to_80_characters():
    assert 60 <= len(TEXTS) <= 100
    assert len(set(TEXTS)) == len(TEXTS)
    lengths = [len(text) for text in TEXTS]
    assert min(lengths) == 1
    assert LONGEST - 2 <= max(lengths) <= LONGEST
    assert all(text == " ".join(text.split()) for text in TEXTS)


def test_lines_of_all_lengths_have_all_lengths():
    lines = lines_of_all_lengths(1000)
    assert [len(line) for line in lines] == [1 + i % 80 for i in range(1000)]
    assert all(line == line.strip() and set(line) <= set(ASCII.characters) for line in lines)
    assert len(set(lines)) > 950
    assert lines_of_all_lengths(1000) == lines
    assert lines_of_all_lengths(1000, seed=1) != lines
    assert [len(line) for line in lines_of_all_lengths(5, longest=2)] == [1, 2, 1, 2, 1]


def test_a_line_without_characters_cannot_be_asked_for():
    with pytest.raises(ValueError, match="longest"):
        lines_of_all_lengths(3, longest=0)
