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
_TALL = frozenset("ABCDEFHIKLMNOPRSTUVWXYZ012345678bdhkl")  # letters and digits that stand on it and are higher


def _level(piece: Piece) -> bool:
    """Whether letters stand on the baseline and are as high as letters: what was scaled wrongly fits nothing else."""
    for characters, least, most in ((_BODY, 0.6, 1.5), (_TALL, 0.9, 3.2)):
        boxes = [box for n, c in enumerate(piece.text) if c in characters and (box := piece.box(n))]
        if boxes:
            bottom, top = np.median([box.bottom for box in boxes]), np.median([box.top for box in boxes])
            if not (abs(bottom) < 0.35 and least < top < most):
                return False
    return True


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
    points = np.concatenate(strokes)
    wide, high = np.ptp(points, axis=0)
    bottom, top = points[:, 1].min(), points[:, 1].max()
    if character in _BODY and not (abs(bottom) < 0.4 and 0.5 < top < (2.6 if character == "i" else 1.6)):
        return False
    if character in _TALL and not (abs(bottom) < 0.5 and 0.8 < top < 3.4):
        return False
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
