"""The alphabet: every character has a code or a clear refusal."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.alphabet import ASCII, Alphabet, UnknownCharacterError


def test_ascii_is_every_printable_character_and_the_end() -> None:
    printable = set(string.printable) - set(string.whitespace) | {" "}
    assert set(ASCII.characters) == printable
    assert len(ASCII.characters) == 95
    assert (ASCII.size, ASCII.end_of_text) == (96, 95)


@given(st.text(ASCII.characters))
def test_encode_and_decode(text: str) -> None:
    codes = ASCII.encode(text)
    assert codes.dtype == np.int32
    assert codes.shape == (len(text) + 1,)
    assert codes[-1] == ASCII.end_of_text
    assert ASCII.decode(codes) == text
    assert ASCII.decode([*codes, 3, 4]) == text  # what stands after the end is not read


def test_unknown_character_is_named_with_its_place_and_stand_in() -> None:
    with pytest.raises(
        UnknownCharacterError, match=r"character 4 of the text, 'é' \(U\+00E9, LATIN SMALL.*'e' can stand"
    ):
        ASCII.encode("café")
    with pytest.raises(UnknownCharacterError, match=r"U\+4E2D") as caught:
        ASCII.encode("ab中")
    assert (caught.value.position, caught.value.replacement) == (2, None)
    with pytest.raises(UnknownCharacterError, match=r"U\+000A, no name"):
        ASCII.encode("a\nb")


def test_replace_unknown() -> None:
    assert ASCII.replace_unknown("“naïve” \u2013 Ångström…") == '"naive" - Angstrom...'
    assert ASCII.replace_unknown("straße ﬁn", "?") == "strasse fin"
    assert ASCII.replace_unknown("a中b") == "ab"
    assert ASCII.replace_unknown("a中b", "?") == "a?b"


def test_an_accent_of_its_own_belongs_to_its_letter() -> None:
    assert ASCII.replace_unknown("cafe\u0301 A\u030angstro\u0308m", "?") == "cafe Angstrom"
    assert Alphabet("caf\u00e9").replace_unknown("cafe\u0301") == "caf\u00e9"
    assert Alphabet("cafe\u0301").replace_unknown("cafe\u0301") == "cafe\u0301"
    with pytest.raises(UnknownCharacterError) as caught:
        ASCII.encode("cafe\u0301")
    assert caught.value.position == 4  # in the text as it was given


def test_fractions_are_made_plain() -> None:
    assert ASCII.replace_unknown("½ and 2¾, (⅒)") == "1/2 and 2 3/4, (1/10)"
    assert Alphabet("12/").replace_unknown("1½") == "11/2"


@given(st.text())
def test_replaced_text_can_always_be_written(text: str) -> None:
    replaced = ASCII.replace_unknown(text, "?")
    ASCII.encode(replaced)
    assert ASCII.replace_unknown(replaced) == replaced


def test_one_hot() -> None:
    rows = ASCII.one_hot(ASCII.encode("ba"))
    assert rows.shape == (3, 96)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows.argmax(axis=1), [ord("b") - 32, ord("a") - 32, 95])
    np.testing.assert_array_equal(rows.sum(axis=1), 1)


@pytest.mark.parametrize("characters", ["", "aba"])
def test_an_alphabet_needs_each_character_once(characters: str) -> None:
    with pytest.raises(ValueError, match="each of them once"):
        Alphabet(characters)


def test_codes_of_no_character_are_refused() -> None:
    with pytest.raises(ValueError, match="96 is not a code"):
        ASCII.decode([1, 96])
