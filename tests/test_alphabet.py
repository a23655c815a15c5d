"""The alphabet: every character has a code or a clear refusal."""

from __future__ import annotations

import ast
import string
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.alphabet import (
    ALPHABETS,
    ASCII,
    LATIN,
    Alphabet,
    AlphabetError,
    UnknownCharacterError,
    load_alphabet,
    made_of,
)

ROOT = Path(__file__).parent.parent


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
    assert (LATIN.replace_unknown("ǿ"), ASCII.replace_unknown("ǿ")) == ("ø", "o")
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


def test_latin_begins_with_ascii_and_has_all_letters_of_europe() -> None:
    assert LATIN.characters[:95] == ASCII.characters
    assert ALPHABETS["latin"] is load_alphabet("latin") is LATIN
    names = [unicodedata.name(chr(code), "") for code in range(0x180)]
    letters = {chr(code) for code, name in enumerate(names) if "LETTER" in name or name == "MICRO SIGN"}
    letters -= {c for c in letters if "MODIFIER" in unicodedata.name(c)}
    assert letters | set("ªºȘșȚțẞ") <= set(LATIN.characters)
    for line in (
        "Zażółć gęślą jaźń; příliš žluťoučký kůň; árvíztűrő tükörfúrógép; Șapte ființe țes; pijamalı hasta, İstanbul",
        "„Straße“ – Œuvre, où ça? «Ñandú» … Þjóðvegur æ ø å; ģimene ķēniņš; ĉu ŝi? 20 °C, 5 € · ½ × 4 — № 7 ¿sí? ¡no!",
    ):
        assert LATIN.decode(LATIN.encode(line)) == line
        decomposed = unicodedata.normalize("NFD", line)
        assert decomposed != line
        assert LATIN.normalised(decomposed) == line


def test_pasted_text_is_taken_as_it_is_meant() -> None:
    pasted = (
        "\u201cZoe\u0308\u2019s\u00a0so\u00adft\u200b \ufb01ne\u201d \u2014\u2009a\u2011b \u2039x\u203a \u2026\ufeff"
    )
    assert LATIN.normalised(pasted) == "“Zoë’s soft fine” — a-b ‹x› …"
    assert ASCII.normalised(pasted) == "\"Zoë's soft fine\" - a-b 'x' ..."
    assert ASCII.normalised("3\u22124 x\u0142 \u0416 \U0001f600\n\t") == "3-4 xł Ж \U0001f600\n\t"
    assert LATIN.normalised("3\u22124") == "3–4"
    assert LATIN.normalised("e\u200b\u0301 \ufb01\u0301") == "é fí"  # a mark finds its letter
    assert ASCII.normalised("“") == '"'
    assert Alphabet("ab").normalised("“a”") == "“a”"  # it lacks both: what is missing will be named


@given(st.text())
def test_what_is_normalised_stays_and_nothing_known_is_lost(text: str) -> None:
    for alphabet in (ASCII, LATIN):
        once = alphabet.normalised(text)
        assert alphabet.normalised(once) == once
    assert ASCII.normalised(text) == text or not text.isascii() or not text.isprintable()


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


def test_an_alphabet_is_read_from_a_file_of_characters(tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text(" abc\nxyz\n\u00e9\u0142\n", encoding="utf-8")
    alphabet = load_alphabet(path)
    assert alphabet.characters == " abcxyz\u00e9\u0142"
    assert alphabet.decode(alphabet.encode("caba \u0142")) == "caba \u0142"
    assert load_alphabet("ascii") is ASCII


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds no characters"),
        ("\n", "holds no characters"),
        ("aba", r"holds 'a' \(U\+0061\) twice"),
        ("a\tb", r"holds '\\t' \(U\+0009\), which isn't a character"),
        ("e\u0301", r"U\+0301\), which isn't a character that can be written by itself"),
    ],
)
def test_a_file_that_is_no_alphabet_says_why(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AlphabetError, match=why):
        load_alphabet(path)


def test_an_alphabet_that_is_not_there_says_which_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(AlphabetError, match="neither such a file, nor one of the names ascii"):
        load_alphabet("klingon")
    (tmp_path / "latin.txt").write_bytes("\u00e9".encode("latin-1"))
    with pytest.raises(AlphabetError, match=r"isn't text in UTF-8"):
        load_alphabet(tmp_path / "latin.txt")


def test_no_module_names_ascii_except_as_a_default() -> None:
    """The alphabet goes along with settings, checkpoints, weights and corpora; a new one touches no module.

    ``ASCII`` may stand where it is made, where it is imported, and as the value of a parameter or field that can be
    given another.
    """
    found = []
    for path in sorted((ROOT / "scribe").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        allowed = {
            id(part)
            for node in ast.walk(tree)
            for default in (
                [*node.args.defaults, *node.args.kw_defaults]
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                else [node.value]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            if default is not None
            for part in ast.walk(default)
        }
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id == "ASCII" and id(node) not in allowed
        ]
    assert [place for place in found if not place.startswith("scribe/alphabet.py")] == []


def test_codes_of_no_character_are_refused() -> None:
    with pytest.raises(ValueError, match="96 is not a code"):
        ASCII.decode([1, 96])


# --- what characters are made of --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("character", "letter", "mark"),
    [("é", "e", "\u0301"), ("Ș", "S", "\u0326"), ("ģ", "g", "\u0312"), ("ø", "o", "\u0338"), ("ď", "d", "\u0315"),
     ("Đ", "D", "\u0335"), ("ł", "l", "\u0337"), ("ά", "α", "\u0301")],
)  # fmt: skip
def test_a_letter_and_its_mark(character: str, letter: str, mark: str) -> None:
    assert made_of(character) == (letter, mark)


def test_what_is_written_as_a_whole() -> None:
    assert [c for c in "aß½ıœ…ΩðÐ" if made_of(c)] == []


def test_parts_of_an_alphabet() -> None:
    alphabet = Alphabet("aéeñß")  # "ñ" is whole here: there's no "n" to make it of
    assert alphabet.parts.tolist() == [
        [1, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 1],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
    ]
    np.testing.assert_array_equal(ASCII.parts, np.eye(ASCII.size))
    assert LATIN.parts.sum(axis=1).max() == 2
    assert len(np.unique(LATIN.parts, axis=0)) == LATIN.size  # each can be told from all others
