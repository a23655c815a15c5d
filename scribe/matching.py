"""Does ink say its text, and if not, which word is wrong?

Who gives a style gives ink and what it says, and one of them is easily a word short. Two look, for neither sees
everything. A reader (:mod:`scribe.reader`) finds a text likelier that has a word more or less. And the writer's window,
which goes along the text while the ink is read, stands somewhere else when the ink is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from scribe.alphabet import Alphabet
from scribe.drawing.drawing import CanvasError, Drawing
from scribe.reader import Reader
from scribe.reading.ctc import log_probability, most_probable_path
from scribe.reading.edits import edits, errors
from scribe.reading.pages import page_lines
from scribe.styles import FAR_ASTRAY, Style, astray_at
from scribe.writer import Writer

__all__ = ["Mismatch", "PageStyles", "mismatch", "page_styles", "paired", "style_mismatch"]

_SURE = 10.0  # nats by which a text with a word more or less must be likelier
_WORST = 0.6  # errors per character of a line that's still taken for what the ink says
_WELL_READ = -1.0  # nats per character of a text that the ink does say, wherever the window stands


class Mismatch(NamedTuple):
    """A word that only one of the two has."""

    word: str
    place: int  # of the character in the text where the word is, or would be
    in_ink: bool  # the ink has the word, and the text lacks it; else the text has it, and the ink lacks it
    nats: float  # by which the text is likelier that has the word as the ink does

    def __str__(self) -> str:
        if self.in_ink:
            return f"the ink has the word {self.word!r} at character {self.place + 1}, and the text doesn't"
        return f"the text has the word {self.word!r} at character {self.place + 1}, and the ink doesn't"


def mismatch(log_p: np.ndarray, text: str, alphabet: Alphabet) -> Mismatch | None:
    """The word that is most surely in one only of ink and text; None if there's none.

    Each word of the text is left out, and each that the ink is read with is put in, and the change that makes the text
    likeliest is taken, if it does so by 10 nats. Only words with a letter or a digit are looked at.

    Args:
        log_p: what a reader says of the ink, ``(T, C)``; see :meth:`scribe.reader.Reader.log_probabilities`.
        alphabet: the reader's.

    Raises:
        UnknownCharacterError: if the reader doesn't know a character.
    """
    text = " ".join(alphabet.normalised(text).split())
    before = _log_probability(log_p, text, alphabet)
    best = None
    for word, place, in_ink, other in _others(text, alphabet.decode(most_probable_path(log_p))):
        likelier = _log_probability(log_p, other, alphabet)
        # Ink that's too short for the text leaves nothing to subtract from; then the last word is as wrong as any.
        nats = likelier - before if before > -np.inf else np.inf
        if nats > _SURE and (best is None or nats >= best.nats):
            best = Mismatch(word, place, in_ink, nats)
    return best


def style_mismatch(writer: Writer, style: Style, reader: Reader | None = None, hand: Any = None) -> str | None:
    """What doesn't match in a style, in words; None if all does.

    With a reader that knows the text's characters that one has the first word: :func:`mismatch`. Where it finds nothing
    and doesn't read the text well either, and where nobody reads, the window tells.
    """
    if reader is not None and set(reader.weights.alphabet.characters).issuperset(style.text):
        (log_p,) = reader.log_probabilities([style.ink])
        found = mismatch(log_p, style.text, reader.weights.alphabet)
        if found is not None:
            return str(found)
        if _log_probability(log_p, style.text, reader.weights.alphabet) > _WELL_READ * len(style.text):
            return None
    astray = writer.astray(style, hand)
    return astray_at(style.text, astray) if abs(astray) > FAR_ASTRAY else None


def _others(text: str, read: str) -> Iterator[tuple[str, int, bool, str]]:
    """Texts with a word more or less: the word, its place, whether it's more, and the text."""
    for match in re.finditer(r"\S+", text):
        rest = f"{text[: match.start()]}{text[match.end() :]}".split()
        if rest and any(map(str.isalnum, match[0])):
            yield match[0], match.start(), False, " ".join(rest)
    place, more = 0, ""
    for wanted, seen in [*edits(read, text), ("\n", "")]:
        if not wanted:
            more += seen
            continue
        if " " in more and any(map(str.isalnum, more)):
            longer, at = " ".join(f"{text[:place]}{more}{text[place:]}".split()), place
            # "c[at s]at" and "cat[ sat]" are the same text; the second one names the word.
            while more[0] != " " and text[at : at + 1] == more[0]:
                at, more = at + 1, more[1:] + more[0]
            yield more.strip(), at + more.startswith(" "), True, longer
        place, more = place + 1, ""


class PageStyles(NamedTuple):
    """The lines of a page of ink and what each says, and what found no match, in words."""

    styles: list[Style]
    left_out: list[str]


def page_styles(drawing: Drawing, text: str, reader: Reader, points_per_character: float = 15.0) -> PageStyles:
    """Cut a page of ink into its lines and match them with the lines of its text.

    A reader reads each line of ink. In order, each goes with the line of the text that it's most like; ink and text
    that are like nothing are left out.

    Args:
        text: a line of it for each line of ink; empty ones don't count.
        points_per_character: as for :meth:`scribe.drawing.drawing.Drawing.ink`.

    Raises:
        CanvasError: if nothing matches, and as :meth:`scribe.drawing.drawing.Drawing.ink`.
    """
    texts = [" ".join(row.split()) for row in text.splitlines() if row.strip()]
    lines = page_lines(drawing)
    read = reader.read_many([line.ink(points_per_character) for line in lines])
    pairs = paired(read, texts)
    if not pairs:
        raise CanvasError(f"none of its {len(lines)} lines says what a line of the text says; is it the right text?")
    styles = [Style(replace(lines[i], text=texts[j]).ink(points_per_character), texts[j]) for i, j in pairs]
    lost = [f"line {i + 1} of the ink, read as {seen!r}" for i, seen in enumerate(read) if i not in dict(pairs)]
    taken = {j for _, j in pairs}
    return PageStyles(styles, lost + [f"the text {row!r}" for j, row in enumerate(texts) if j not in taken])


def paired(read: Sequence[str], texts: Sequence[str]) -> list[tuple[int, int]]:
    """Which line that was read is which of the texts, both in order: the pairs with the most characters right.

    A pair may have errors in up to 60 % of its characters; lines may be left out on both sides.
    """
    best = [[(0.0, ())] * (len(texts) + 1) for _ in range(len(read) + 1)]  # characters right, and the pairs so far
    pairs: tuple[tuple[int, int], ...]
    for i, seen in enumerate(read):
        for j, text in enumerate(texts):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], key=lambda one: one[0])
            wrong, longest = errors(seen.casefold(), text.casefold()), max(len(seen), len(text))
            right, pairs = best[i][j]
            if wrong <= _WORST * longest and right + longest - wrong > best[i + 1][j + 1][0]:
                best[i + 1][j + 1] = right + longest - wrong, (*pairs, (i, j))  # type: ignore[assignment]
    return list(best[-1][-1][1])


def _log_probability(log_p: np.ndarray, text: str, alphabet: Alphabet) -> float:
    return log_probability(log_p, alphabet.encode(text)[:-1])
