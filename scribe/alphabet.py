"""Characters as codes: what the network can read, and what to do with what it cannot."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = [
    "ALPHABETS",
    "ASCII",
    "LATIN",
    "Alphabet",
    "AlphabetError",
    "MadeOf",
    "UnknownCharacterError",
    "load_alphabet",
    "made_of",
]

# Common typographic characters and what a typewriter would put in their place.
LOOK_ALIKES = {
    "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u201b": "'", "\u2032": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2039": "'", "\u203a": "'", "\u02bc": "'", "\u201f": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
    "\u2026": "...", "\u2022": "*", "\u00d7": "x", "\u00f7": "/", "\u20ac": "EUR", "\u00a3": "GBP",
    "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE",
    "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u0111": "d", "\u0110": "D",
    "\u00b0": "o", "\u00b7": ".", "\t": " ", "\u2044": "/",
}  # fmt: skip

# Of these, what a word processor puts in the place of a key without being asked; it is written as the key.
TYPED = frozenset(
    "\u2018\u2019\u201a\u201b\u2032\u201c\u201d\u201e\u2033\u00ab\u00bb\u2039\u203a"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2026\u02bc\u201f"
)
# For an alphabet that has the better one.
NEAREST = {"\u2010": "-", "\u2011": "-", "\u2012": "\u2013", "\u2015": "\u2014", "\u2212": "\u2013", "\u02bc": "\u2019",
           "\u201b": "\u2018", "\u201f": "\u201c", "\u2032": "\u2019", "\u2033": "\u201d"}  # fmt: skip
# What Unicode doesn't take apart, or otherwise than hands do: a letter, and the mark that is set on it.
_MADE_OF = {
    character: letter + mark
    for mark, characters, letters in (
        ("\u0312", "ģ", "g"),
        ("\u0315", "ďťľĽ", "dtlL"),
        ("\u0326", "ĢĶķĻļŅņŖŗ", "GKkLlNnRr"),
        ("\u0335", "đĐħĦŧŦ", "dDhHtT"),
        ("\u0337", "łŁ", "lL"),
        ("\u0338", "øØ", "oO"),
    )
    for character, letter in zip(characters, letters, strict=True)
}
_LIGATURES = range(0xFB00, 0xFB07)
_VARIANTS = range(0xFE00, 0xFE10)  # they ask for another shape of the character before


class AlphabetError(ValueError):
    """There is no such alphabet, or what the file holds is none."""


class UnknownCharacterError(ValueError):
    """A text holds a character that the alphabet has no code for."""

    def __init__(self, text: str, position: int, replacement: str | None) -> None:
        character = text[position]
        name = unicodedata.name(character, "no name")
        code = f"U+{ord(character):04X}, {name}"
        message = f"character {position + 1} of the text, {character!r} ({code}), cannot be written"
        if replacement:
            message += f"; {replacement!r} can stand in for it"
        super().__init__(message)
        self.character = character
        self.position = position
        self.replacement = replacement


class MadeOf(NamedTuple):
    """A letter, and the combining character of Unicode that is the mark on it."""

    letter: str
    mark: str


def made_of(character: str) -> MadeOf | None:
    """The letter and the mark that a character is written with; None if it's written as a whole.

    That's Unicode's canonical decomposition, and for letters with strokes, commas and apostrophes what hands write.
    """
    parts = _MADE_OF.get(character) or unicodedata.normalize("NFD", character)
    return MadeOf(*parts) if len(parts) == 2 and unicodedata.combining(parts[1]) else None


@dataclass(frozen=True)
class Alphabet:
    """The characters that a network knows, in the order of their codes, and an end-of-text code.

    Codes run from 0; the code after the last character stands for the end of the text. It is
    appended to every text, so that the window has somewhere to go when all is written.
    """

    characters: str
    _codes: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.characters or len(set(self.characters)) != len(self.characters):
            raise AlphabetError("an alphabet needs characters, each of them once")
        object.__setattr__(self, "_codes", {c: i for i, c in enumerate(self.characters)})

    @property
    def end_of_text(self) -> int:
        """The code that stands for the end of the text."""
        return len(self.characters)

    @property
    def size(self) -> int:
        """The number of codes, end of text included: the width of a one-hot row."""
        return len(self.characters) + 1

    def encode(self, text: str) -> np.ndarray:
        """The codes of ``text`` and then the end of text: int32 of shape ``(len(text) + 1,)``.

        Raises:
            UnknownCharacterError: for the first character without a code.
        """
        codes = np.empty(len(text) + 1, np.int32)
        for position, character in enumerate(text):
            code = self._codes.get(character)
            if code is None:
                raise UnknownCharacterError(text, position, self._stand_in(character))
            codes[position] = code
        codes[-1] = self.end_of_text
        return codes

    def decode(self, codes: np.ndarray) -> str:
        """The text up to the first end-of-text code, or to the end."""
        characters = []
        for code in np.asarray(codes).tolist():
            if code == self.end_of_text:
                break
            if not 0 <= code < self.end_of_text:
                raise ValueError(f"{code} is not a code of this alphabet (0 to {self.end_of_text})")
            characters.append(self.characters[code])
        return "".join(characters)

    def one_hot(self, codes: np.ndarray) -> np.ndarray:
        """Rows of zeros with a one at the code: float32 of shape ``(len(codes), size)``."""
        return np.eye(self.size, dtype=np.float32)[codes]

    @property
    def parts(self) -> np.ndarray:
        """What each code is made of: float32 ``(size, parts)``, a one for its letter and one for its mark.

        The first columns are the characters that aren't made of others, in their order, and the end of the text; those
        of the marks follow. "é" is "e" and an acute, so what a network has learned of one of them, or of "á", it knows
        of "é". An alphabet without marks, such as :data:`ASCII`, has the identity here.
        """
        made = {c: m for c in self.characters if (m := made_of(c)) and m.letter in self._codes and m.letter != c}
        whole = [c for c in self.characters if c not in made] + [""]
        columns = [*whole, *sorted({m.mark for m in made.values()})]
        place = {part: column for column, part in enumerate(columns)}
        parts = np.zeros((self.size, len(columns)), np.float32)
        for code, character in enumerate([*self.characters, ""]):
            for part in made.get(character, (character,)):
                parts[code, place[part]] = 1
        return parts

    def normalised(self, text: str) -> str:
        """``text`` as this alphabet writes it, whatever program it was copied from; what is unknown stays as it is.

        Letters and marks that follow them become one character (NFC). No-break, thin and other spaces become spaces;
        soft hyphens, characters without width and requests for variants are left out; ligatures become their letters.
        Quotation marks, dashes and ellipses that the alphabet lacks become what a typewriter has for them. Line breaks
        and tabs stay. Done twice, it changes nothing more.
        """
        if all(character in self._codes for character in text):
            return text
        # First what stands between a letter and its mark, or holds a letter that a mark follows.
        apart = []
        for character in text:
            if character in self._codes:
                apart.append(character)
            elif ord(character) in _LIGATURES:
                apart.append(unicodedata.normalize("NFKC", character))
            elif unicodedata.category(character) != "Cf" and ord(character) not in _VARIANTS:
                apart.append(character)
        plain = []
        for character in unicodedata.normalize("NFC", "".join(apart)):
            if character in self._codes:
                plain.append(character)
            elif unicodedata.category(character) == "Zs":
                plain.append(" ")
            elif character in TYPED:
                nearest = NEAREST.get(character, character)
                plain.append(nearest if nearest in self._codes else self._stand_in(character) or character)
            else:
                plain.append(character)
        return "".join(plain)

    def replace_unknown(self, text: str, default: str = "") -> str:
        """``text`` with each unknown character replaced by its plain look-alike, else by ``default``.

        Accents are dropped, and typographic quotes, dashes, ligatures and fractions made plain. An accent that follows
        its letter as a character of its own is taken together with it, if there is a character for both (NFC).
        """
        if all(character in self._codes for character in text):
            return text
        plain = ""
        for character in unicodedata.normalize("NFC", text):
            if character in self._codes:
                plain += character
                continue
            stand_in = self._stand_in(character)
            fraction = unicodedata.name(character, "").startswith("VULGAR FRACTION")
            if stand_in and fraction and plain[-1:].isdecimal() and " " in self._codes:
                plain += " "  # two and a half is not 21/2
            plain += default if stand_in is None else stand_in
        return plain

    def _stand_in(self, character: str) -> str | None:
        plain = LOOK_ALIKES.get(character)
        if plain is None:
            decomposed = unicodedata.normalize("NFKD", character)
            letters = [c for c in decomposed if not unicodedata.combining(c)]
            plain = "".join(c if c in self._codes else LOOK_ALIKES.get(c, c) for c in letters)
        return plain if plain and all(c in self._codes for c in plain) else None


ASCII = Alphabet("".join(map(chr, range(32, 127))))
"""The 95 printable characters of ASCII: codes 0 to 94, end of text 95."""


def _latin() -> str:
    """ASCII first, then letters in the order of Unicode, then signs."""
    letters = [c for c in map(chr, range(0xA0, 0x180)) if c.isalpha()]
    signs = (
        "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u2013\u2014\u2026\u00b7\u2022\u00b0"
        "\u20ac\u00a3\u00a7\u00bf\u00a1\u00d7\u00f7\u00b2\u00b3\u00bd\u00bc\u00be\u2116"
    )
    return ASCII.characters + "".join(letters) + "\u0218\u0219\u021a\u021b\u1e9e" + signs


LATIN = Alphabet(_latin())
"""ASCII, all letters of Latin-1 and Latin Extended-A, the comma letters of Romanian, the capital sharp s, and signs.

The codes of ASCII's characters are those of :data:`ASCII`, so weights that know ASCII know the beginning of it.
"""

ALPHABETS = {"ascii": ASCII, "latin": LATIN}
"""Alphabets by name."""


def load_alphabet(name_or_path: str | os.PathLike[str]) -> Alphabet:
    """One of :data:`ALPHABETS` by its name, or the characters of a text file in UTF-8, in their order.

    Ends of lines don't count; a space does, so a file that holds "a b" has a space in its alphabet. What is composed
    of a letter and a combining accent must stand there as one character (NFC), as in the texts.

    Raises:
        AlphabetError: if there is neither such a name nor such a file, it isn't UTF-8, it holds no character, one of
            them twice, or one that can't be seen.
        OSError: if the file can't be read.
    """
    if name_or_path in ALPHABETS:
        return ALPHABETS[str(name_or_path)]
    path = Path(name_or_path)
    if not path.exists():
        names = ", ".join(ALPHABETS)
        raise AlphabetError(f"there is no alphabet {str(path)!r}: neither such a file, nor one of the names {names}")
    try:
        characters = "".join(path.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise AlphabetError(f"{path} isn't text in UTF-8: {error}") from error
    for place, character in enumerate(characters):
        named = f"{character!r} (U+{ord(character):04X})"
        if character in characters[:place]:
            raise AlphabetError(f"{path} holds {named} twice")
        if not character.isprintable() or unicodedata.combining(character):
            raise AlphabetError(f"{path} holds {named}, which isn't a character that can be written by itself")
    if not characters:
        raise AlphabetError(f"{path} holds no characters")
    return Alphabet(characters)
