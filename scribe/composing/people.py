"""The people of a corpus, as composing needs them: their pens, and the letters that can be cut out of their ink."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from scribe.composing.letters import Piece, find_letters
from scribe.composing.pens import Pen, pen_of
from scribe.corpora.corpus import Corpus
from scribe.reader import Reader
from scribe.weights import Weights

__all__ = ["Person", "people_of"]

_CUT_OUTS = 12  # of one character that are kept of a person
_LONGEST = 40  # characters of a sample that is taken


@dataclass(eq=False)
class Person:
    """A writer: pieces of their ink, single letters cut out of it, and their pen."""

    writer: str
    split: str
    pen: Pen
    pieces: list[Piece]
    cut_outs: dict[str, list[list[np.ndarray]]] = field(repr=False)


def people_of(
    corpus: Corpus,
    weights: Weights,
    reader: Reader,
    rng: np.random.Generator,
    per_writer: int,
    progress: Callable[[float, str], None],
) -> list[Person]:
    """Everybody in a corpus with up to ``per_writer`` samples each, those with rare characters first."""
    known = set(weights.alphabet.characters) & set(reader.weights.alphabet.characters)
    uses = Counter("".join(corpus.texts))
    by_writer: dict[int, list[int]] = defaultdict(list)
    for i, text in enumerate(corpus.texts):
        if len(text.strip()) > 0 and len(text) <= _LONGEST and known.issuperset(text):
            by_writer[int(corpus.writers[i])].append(i)
    chosen: list[int] = []
    for own in by_writer.values():
        # The rarest character of a sample, with chance: a rank between 0 and 1.
        rarity = np.array([min(uses[c] for c in corpus.texts[i]) ** 0.5 for i in own])
        order = np.argsort(rng.exponential(size=len(own)) * rarity, kind="stable")
        chosen += sorted(own[int(j)] for j in order[:per_writer])
    found: dict[int, list[Piece]] = defaultdict(list)
    block = 512
    by_length = sorted(chosen, key=lambda i: int(corpus.lengths[i]))
    for start in range(0, len(by_length), block):
        progress(0.5 * start / len(by_length), "finding the letters")
        part = by_length[start : start + block]
        pieces = find_letters([corpus[i].ink for i in part], [corpus.texts[i] for i in part], weights, reader)
        for i, piece in zip(part, pieces, strict=True):
            if piece is not None and any(piece.sure) and _level(piece):
                found[int(corpus.writers[i])].append(piece)
    people = []
    for number in sorted(found):
        first = corpus[by_writer[number][0]]
        some = [corpus[i] for i in by_writer[number][:40]]
        gaps, spaces = _distances(found[number])
        pen = pen_of([s.ink for s in some], [s.text for s in some], gaps, spaces)
        people.append(Person(first.writer, first.split, pen, found[number], _cut_outs(found[number], rng)))
    return people


_BODY = frozenset("aceimnorsuvwxz")  # letters that stand on the baseline and are as high as the body


def _level(piece: Piece) -> bool:
    """Whether small letters stand on the baseline, body high: words whose size was told wrongly don't fit others."""
    boxes = [piece.box(n) for n, c in enumerate(piece.text) if c in _BODY]
    boxes = [box for box in boxes if box is not None]
    if not boxes:
        return True
    bottom, top = np.median([box.bottom for box in boxes]), np.median([box.top for box in boxes])
    return bool(abs(bottom) < 0.35 and 0.6 < top < 1.5)


def _cut_outs(pieces: list[Piece], rng: np.random.Generator) -> dict[str, list[list[np.ndarray]]]:
    made: dict[str, list[list[np.ndarray]]] = defaultdict(list)
    for j in rng.permutation(len(pieces)):
        piece = pieces[int(j)]
        for number, character in enumerate(piece.text):
            if character != " " and len(made[character]) < _CUT_OUTS:
                strokes = piece.cut_out(number)
                if strokes and _plausible(character, strokes):
                    made[character].append(strokes)
    return {character: cut for character, cut in made.items() if cut}


def _plausible(character: str, strokes: list[np.ndarray]) -> bool:
    """Whether it can be that character: none is as wide as a word, and no dot as large as a letter."""
    wide, high = np.ptp(np.concatenate(strokes), axis=0)
    if character in ".,'`":
        return bool(wide < 0.6 and high < 0.9)
    if character in "-~_":
        return bool(0.15 < wide < 2.0 and high < 0.6)
    return bool(wide < 2.6 and high < 4 and max(wide, high) > 0.35)


def _distances(pieces: list[Piece]) -> tuple[list[float], list[float]]:
    """Gaps between lifted letters, and between words, in some ink."""
    gaps, spaces = [], []
    for piece in pieces[:60]:
        for number, (a, b) in _neighbours(piece.text):
            left, right = piece.box(a), piece.box(b)
            if left is None or right is None:
                continue
            distance = right.left - left.right
            if number:
                spaces.append(distance)
            elif piece.lifted(a)[1] and piece.sure[a] and piece.sure[b] and piece.text[a].isalnum():
                gaps.append(distance)
    return gaps, spaces


def _neighbours(text: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """Pairs of characters that follow each other, and whether there is a space between."""
    inked = [n for n, character in enumerate(text) if character != " "]
    for a, b in pairwise(inked):
        yield b - a - 1, (a, b)
