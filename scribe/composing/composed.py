"""A corpus of composed lines: what people wrote, with marks, special letters, signs and repeats that they didn't write.

Three things are made, and one line can have several of them:

* letters of people's words get marks (:mod:`scribe.composing.marks`), so "lodge" becomes "łódge";
* letters and signs that hardly anybody wrote are made of that person's own strokes or drawn by their pen
  (:mod:`scribe.composing.glyphs`, :mod:`scribe.composing.signs`), in words and between them;
* characters that a person wrote once stand two to eight times in a row, and numbers have equal digits.

All ink of a line is of one person, and so is its split. The text need not be a word of any language.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from scribe.alphabet import LATIN
from scribe.composing.letters import Piece
from scribe.composing.marks import MARKED, MarkHabits, mark_strokes
from scribe.composing.pens import moved
from scribe.composing.people import Person, people_of
from scribe.composing.signs import PATTERNS, glyph, repeated
from scribe.corpora.corpus import Corpus, Sample
from scribe.drawing.normalise import rounded_offsets
from scribe.ink import Ink
from scribe.reader import Reader
from scribe.weights import Weights

__all__ = ["COMPOSED", "ComposeError", "compose", "told"]

COMPOSED = "".join(c for c in LATIN.characters if not c.isascii())
"""The characters that are made."""

_COMMON = frozenset("äöüßéèêàçñáíóúãõâôåøæąęłóśżźćńěščřžýůőűğışțăîëïœ’“”„–…ÄÖÜÉÅØŠČŽİŞ")
_SPECIAL = {
    "ß": "sbz", "æ": "aeo", "œ": "oea", "þ": "pbt", "ð": "dot", "ĸ": "kq", "ſ": "sfl", "ŋ": "ngm", "ĳ": "yiu",
    "ẞ": "SBZ", "Æ": "AE", "Œ": "OE", "Þ": "PDT", "Ŋ": "NGM", "Ĳ": "IJY",
}  # fmt: skip
"""Letters that take another one's place, and the places that they take."""

_RUNS = {
    **dict.fromkeys("MS46ETrczX*='", 1),
    **dict.fromkeys("H,x9mniuastIA23578O", 2),
    **{"o": 3, "l": 3, "e": 3, "-": 4, "!": 4, "1": 4, "?": 4, "0": 5, ".": 8},
}
"""What is repeated, and how often for each other."""

_ENDING = ".!?-,*"
_RUN_SHARE = 0.16  # of lines that have a repeat
_OPPORTUNITY = 0.12, 0.25  # shares of small letters and of capitals that get a mark beside what is wanted
_WANTED = (2, 5)  # characters that a line is made for
_LATE = 0.25  # of the lines of those who dot an "i" after the word, the share whose marks come after it, too
_LONGEST = 46  # characters of a line
_PER_WRITER = 30


class ComposeError(ValueError):
    """There is nothing to compose with: the corpus has no ink in which letters can be found."""


class Part(NamedTuple):
    """Strokes that say a text, on the baseline."""

    strokes: list[np.ndarray]
    text: str


def compose(
    corpus: Corpus,
    samples: int,
    weights: Weights,
    reader: Reader,
    *,
    seed: int = 0,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Corpus:
    """Make composed lines of a corpus.

    Args:
        corpus: people's ink; stays as it is.
        samples: how many lines.
        weights: a network with a window that knows the corpus's characters; it helps to find the letters.
        reader: helps likewise.
        seed: of all choices: the same seed, the same corpus.
        progress: called with the share done, 0 to 1, and a description.

    Returns:
        The lines, by the same writers in the same splits. Its metadata say in ``"composed"`` what was made.

    Raises:
        ComposeError: if no letters can be found in the corpus.
    """
    rng = np.random.default_rng(seed)
    people = people_of(corpus, weights, reader, rng, _PER_WRITER, progress)
    if not people:
        raise ComposeError(
            "no letters can be found in this corpus: the network and the reader must know its characters"
        )
    composer = _Composer(people, rng)
    made: list[Sample] = []
    while len(made) < samples:
        made.append(composer.line())
        if len(made) % 200 == 0:
            progress(0.5 + 0.5 * len(made) / samples, "composing")
    progress(1.0, "done")
    counts = Counter(character for sample in made for character in sample.text)
    metadata = {
        **corpus.metadata,
        "name": f"{corpus.metadata.get('name', 'a corpus')}, composed",
        "composed": {
            "seed": seed,
            "writer": weights.name,
            "reader": reader.weights.name,
            "characters": {character: counts[character] for character in COMPOSED},
            "runs": composer.runs,
            "failed": dict(sorted(composer.failed.items())),
        },
    }
    metadata["changes"] = f"{metadata.get('changes', '')} Lines composed: marks, letters and repeats added.".strip()
    return Corpus.from_samples(made, metadata)


def told(composed: Corpus) -> str:
    """What was made, from the metadata of a composed corpus: how often each character stands there, and what failed."""
    facts: Any = composed.metadata["composed"]
    counts: dict[str, int] = facts["characters"]
    rarest = min(counts, key=lambda character: counts[character])
    tries = sum(facts["failed"].values())
    return (
        f"{' '.join(f'{character} {count}' for character, count in counts.items())}\n"
        f"rarest: {rarest} ({counts[rarest]} times); {facts['runs']} lines with a repeat; "
        f"{tries} times a writer lacked what a character is made of, and another one was asked"
    )


class _Composer:
    """Makes line after line; what is wanted is dealt like cards, so that every character gets its turn."""

    def __init__(self, people: list[Person], rng: np.random.Generator) -> None:
        self.people, self.rng = people, rng
        self.failed: Counter[str] = Counter()
        self.runs = 0
        self._marked_so_far: Counter[str] = Counter()  # by the way; the rarer of two is taken
        self._deck: list[str] = []
        self._where: dict[str, list[tuple[int, int, int]]] = defaultdict(list)  # person, piece, place of each letter
        self._numbers: dict[int, list[Piece]] = defaultdict(list)
        self._words: dict[int, list[Piece]] = defaultdict(list)
        for p, person in enumerate(people):
            for j, piece in enumerate(person.pieces):
                for n, character in enumerate(piece.text):
                    if piece.sure[n]:
                        self._where[character].append((p, j, n))
                if piece.text.isdigit():
                    self._numbers[p].append(piece)
                if len(piece.text) <= 24:
                    self._words[p].append(piece)
        self._people_with_words = sorted(self._words)
        self._marks: dict[str, list[str]] = defaultdict(list)
        for character, (base, _) in MARKED.items():
            self._marks[base] += [character] * (6 if character in _COMMON else 1)

    def line(self) -> Sample:
        """One composed line, by somebody who can write what is wanted next."""
        rng = self.rng
        while True:
            wanted = [self._deal() for _ in range(rng.integers(*_WANTED, endpoint=True))]
            p = self._somebody_with(wanted[0])
            person = self.people[p]
            parts: list[Part] = []
            for character in wanted:
                part = self._part(p, character)
                if part is None:
                    self._deck.insert(0, character)  # somebody else's turn
                    self.failed[character] += 1
                elif sum(len(q.text) + 1 for q in parts) + len(part.text) <= _LONGEST:
                    parts.append(part)
                else:
                    self._deck.append(character)
            if rng.random() < _RUN_SHARE and (run := self._run(p)):
                parts.append(run)
                self.runs += 1
            if not parts:
                continue
            if rng.random() < 0.35 and sum(len(q.text) + 1 for q in parts) < _LONGEST - 12:
                parts.append(self._word(p))
            order = rng.permutation(len(parts))
            strokes, text = self._set([parts[int(i)] for i in order], " ", person)
            ink = Ink(rounded_offsets(moved(strokes, -float(strokes[0][0, 0]))))
            return Sample(ink, text, person.writer, "line" if " " in text else "word", person.split)

    def _deal(self) -> str:
        if not self._deck:
            # Marks come up by the way, too; what is drawn whole does not.
            cards = [c for c in COMPOSED for _ in range(1 if c in MARKED and c not in _COMMON else 2)]
            self._deck = [cards[int(i)] for i in self.rng.permutation(len(cards))]
        return self._deck.pop()

    def _somebody_with(self, character: str) -> int:
        """A person who wrote what that character is made of."""
        bases = MARKED[character].base if character in MARKED else _SPECIAL.get(character, "")
        if not bases:
            if "N" in PATTERNS[character][0] and self._numbers and self.rng.random() < 0.8:
                return int(self.rng.choice(sorted(self._numbers)))
            return int(self.rng.choice(self._people_with_words))
        places = [place for base in bases for place in self._where[base]]
        if not places:
            return int(self.rng.choice(self._people_with_words))
        return places[self.rng.integers(len(places))][0]

    def _part(self, p: int, character: str) -> Part | None:
        if character in MARKED:
            return self._marked(p, character)
        if character in _SPECIAL:
            return self._special(p, character)
        return self._sign(p, character)

    def _place(self, p: int, bases: str) -> tuple[Piece, int] | None:
        """A piece of somebody, and where in it one of some letters stands."""
        own = [
            (j, n)
            for j, piece in enumerate(self.people[p].pieces)
            if len(piece.text) <= 24
            for n, c in enumerate(piece.text)
            if c in bases and piece.sure[n]
        ]
        if not own:
            return None
        j, n = own[self.rng.integers(len(own))]
        return self.people[p].pieces[j], n

    def _marked(self, p: int, character: str) -> Part | None:
        for _ in range(4):
            found = self._place(p, MARKED[character].base)
            if found is None:
                return None
            piece, number = found
            habits = self._habits(piece)
            marked = self._with_mark(piece, p, number, character, habits)
            if marked is not None:
                return _part(self._with_marks(marked, p, habits))
        return None

    def _habits(self, piece: Piece) -> MarkHabits:
        """At once, most of the time: a network that must bear a mark in mind up to the word's end forgets it."""
        dots = any(s.late for s in piece.segments if s.dot)
        return MarkHabits.invented(self.rng, bool(dots and self.rng.random() < _LATE))

    def _with_mark(self, piece: Piece, p: int, number: int, character: str, habits: MarkHabits) -> Piece | None:
        base, kind = MARKED[character]
        if base in "ij" and character != "į":
            if not piece.has_dot(number):
                return None
            piece = piece.without_dot(number)
        box = piece.box(number)
        if box is None or box.right - box.left > 3.0 or box.top < 0.3:
            return None
        strokes = mark_strokes(kind, box, self.people[p].pen, habits, self.rng)
        return piece.called(number, character).with_strokes(number, strokes, habits.late)

    def _with_marks(self, piece: Piece, p: int, habits: MarkHabits) -> Piece:
        """With marks on some more of its letters."""
        for number, character in enumerate(piece.text):
            if character not in self._marks or not piece.sure[number]:
                continue
            if self.rng.random() < _OPPORTUNITY[character.isupper()]:
                choice = min(self.rng.choice(self._marks[character], 2), key=lambda c: self._marked_so_far[c])
                marked = self._with_mark(piece, p, number, str(choice), habits)
                if marked is not None:
                    piece = marked
                    self._marked_so_far[choice] += 1
        return piece

    def _special(self, p: int, character: str) -> Part | None:
        strokes = glyph(character, self.people[p], self.rng)
        found = self._place(p, _SPECIAL[character])
        if strokes is None or found is None:
            return None
        piece, number = found
        if piece.box(number) is None:
            return None
        habits = self._habits(piece)
        return _part(self._with_marks(piece.with_glyph(number, character, strokes), p, habits))

    def _word(self, p: int) -> Part:
        own = self._words.get(p) or self.people[p].pieces
        piece = own[self.rng.integers(len(own))]
        return _part(self._with_marks(piece, p, self._habits(piece)))

    def _number(self, p: int) -> Part | None:
        own = self._numbers.get(p)
        if own and self.rng.random() < 0.5:
            return _part(own[self.rng.integers(len(own))])
        person = self.people[p]
        digits = [d for d in "0123456789" if d in person.cut_outs]
        digits = digits if len(digits) > 2 else list("1234")
        text = "".join(self.rng.choice(digits, self.rng.integers(1, 4)))
        return self._spelled(p, text)

    def _spelled(self, p: int, text: str) -> Part | None:
        """Characters side by side, each cut out or drawn."""
        parts = []
        for character in text:
            strokes = glyph(character, self.people[p], self.rng)
            if strokes is None:
                return None
            parts.append(Part(strokes, character))
        return Part(*self._set(parts, "", self.people[p]))

    def _sign(self, p: int, character: str) -> Part | None:
        person = self.people[p]
        for _ in range(6):
            patterns = PATTERNS[character]
            pattern = character if self.rng.random() < 0.08 else patterns[self.rng.integers(len(patterns))]
            groups = []
            for token in pattern.split(" "):
                parts: list[Part | None] = []
                for sign in token:
                    match sign:
                        case "W":
                            parts.append(self._word(p))
                        case "N":
                            parts.append(self._number(p))
                        case "L":
                            parts.append(self._spelled(p, str(self.rng.choice(list("ldcjmnstDL")))))
                        case _:
                            parts.append(self._spelled(p, sign))
                if any(part is None for part in parts):
                    break
                groups.append(Part(*self._set([part for part in parts if part], "", person)))
            else:
                made = Part(*self._set(groups, " ", person))
                if len(made.text) <= _LONGEST:
                    return made
        return None

    def _run(self, p: int) -> Part | None:
        """A repeat of what somebody wrote."""
        rng, person = self.rng, self.people[p]
        own = [c for c in _RUNS if c in person.cut_outs]
        digits = [c for c in own if c.isdigit()]
        if not own:
            return None
        shares = np.array([_RUNS[c] for c in own], float)
        kind = rng.random()
        character = str(rng.choice(own, p=shares / shares.sum()))
        count = int(rng.integers(2, 8, endpoint=True))
        if kind < 0.3 and digits:
            first, again = (str(rng.choice(digits)) for _ in range(2))
            again = "0" if "0" in digits and rng.random() < 0.5 else again
            text = rng.choice([first + again * min(count, 5), again * min(count, 4) + first, first * 2 + again * 2])
            return self._repeat(p, str(text))
        if kind < 0.4 and len(own) > 1:
            return self._repeat(p, (character + str(rng.choice(own))) * max(2, count // 2))
        run = self._repeat(p, character * count)
        if run is not None and character in _ENDING and rng.random() < 0.6:
            return Part(*self._set([self._word(p), run], "", person))
        return run

    def _repeat(self, p: int, text: str) -> Part | None:
        person = self.people[p]
        parts = []
        for character in text:
            strokes = repeated(character, person, self.rng)
            if strokes is None:
                return None
            parts.append(Part(strokes, character))
        return Part(*self._set(parts, "", person))

    def _set(self, parts: list[Part], between: str, person: Person) -> tuple[list[np.ndarray], str]:
        """Parts side by side on the baseline, as far apart as that person's letters or words."""
        pen, rng = person.pen, self.rng
        strokes: list[np.ndarray] = []
        right = 0.0
        for number, part in enumerate(parts):
            left = min(float(points[:, 0].min()) for points in part.strokes)
            gap = (pen.space if between else pen.gap) * float(np.exp(rng.normal(0, 0.15))) if number else 0.0
            strokes += (placed := moved(part.strokes, right + gap - left))
            right = max(float(points[:, 0].max()) for points in placed)
        return strokes, between.join(part.text for part in parts)


def _part(piece: Piece) -> Part:
    return Part(piece.strokes(), piece.text)
