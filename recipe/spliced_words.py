"""Add to a corpus people's own words with synthetic signs on them: "(word)", "`word`", "word|word", "~ 300".

    python -m recipe.spliced_words corpus.npz -o more.npz --words 8000

Hardly anybody in the corpus wrote a "|" or a "]". Whole synthetic lines teach a writer how these look in synthetic
hands; here they stand among real letters, so that it learns them as a part of anybody's hand. The letters are words
of one writer of the training split as they are; the signs are drawn with fonts, in one synthetic hand for each
writer that leans as the writer's does and goes at the writer's pace.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from scribe.corpora import Corpus, Sample, fonts
from scribe.drawing.normalise import rounded_offsets
from scribe.ink import Ink
from scribe.styles import traits_of

SIGNS = "!\"#$%&'()*+-/:;<=>?@[\\]^_`{|}~"
CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}  # every other sign closes what it opened
GAPS = (0.1, 0.35)  # body heights between a word and its sign
WORDS = 12  # characters of the longest word that gets a sign
FEWEST = 10  # words of a writer who gets signs
PLAIN = "hillbilly ninth"  # a text full of downstrokes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--words", type=int, default=8_000, help="spliced words that are added")
    parser.add_argument("--seed", type=int, default=13)
    a = parser.parse_args()
    people = Corpus.load(a.corpus)
    made = spliced_words(people.split("train"), a.words, seed=a.seed)
    metadata = {**people.metadata, "spliced_words": {"words": len(made), "writers": len({one.writer for one in made})}}
    Corpus.from_samples([*people, *made], metadata).save(a.output)


def spliced_words(people: Corpus, count: int, *, seed: int = 0) -> list[Sample]:
    """Words of people, with signs of synthetic hands before, after or between them.

    A sign is chosen the oftener, the fewer people wrote it (by one over the root of its uses). Of 10 samples, 4 have a
    word between two signs, 3 a sign between two words, 2 a sign before or after a word, and 1 is of signs alone.

    Args:
        people: their words in it are used; the samples are of the same writers and splits.
        count: how many samples.
        seed: of all choices.

    Raises:
        ValueError: if nobody wrote enough short words of letters and digits.
    """
    rng = np.random.default_rng(seed)
    words = people.of_kind("word")
    fitting = [i for i, text in enumerate(words.texts) if text.isalnum() and len(text) <= WORDS]
    by_writer: dict[int, list[int]] = {}
    for i in fitting:
        by_writer.setdefault(int(words.writers[i]), []).append(i)
    writers = [own for own in by_writer.values() if len(own) >= FEWEST]
    if not writers:
        raise ValueError(f"nobody wrote {FEWEST} or more words of at most {WORDS} letters and digits")
    uses = Counter("".join(people.texts))
    shares = np.array([(1 + uses[sign]) ** -0.5 for sign in SIGNS])
    shares /= shares.sum()
    hands = [_habits_like([words[i] for i in own[:FEWEST]], seed, int(words.writers[own[0]])) for own in writers]
    made = []
    for number in range(count):
        own, hand = writers[number % len(writers)], hands[number % len(writers)]
        first, second = (words[int(i)] for i in rng.choice(own, 2))
        sign, *more = rng.choice(list(SIGNS), 4, p=shares)
        match rng.integers(10):
            case 0 | 1 | 2 | 3:
                pieces = [sign, first, CLOSING.get(sign, sign)]
            case 4 | 5 | 6:
                pieces = [first, sign, second]
            case 7:
                pieces = [sign, first]
            case 8:
                pieces = [first, sign]
            case _:
                pieces = ["".join([sign, *more[: rng.integers(4)]])]
        made.append(_spliced(pieces, first, hand, rng))
    return made


def _habits_like(words: list[Sample], seed: int, writer: int) -> fonts.Habits:
    """A synthetic hand that leans as these words do."""
    rng = np.random.default_rng([seed, writer])
    hand = fonts.Habits.invented(rng.choice(fonts.styles()), rng)
    plain = fonts.write_in_hand(PLAIN, hand, rng, 15)
    lean = np.median([_lean(word.ink, word.text) for word in words]) - _lean(plain, PLAIN)
    return replace(hand, slant=hand.slant + lean)


def _lean(ink: Ink, text: str) -> float:
    """Of the downstrokes: sideways per upwards."""
    return math.tan(math.radians(traits_of(ink, text).slant))


def _spliced(pieces: list[Sample | str], like: Sample, hand: fonts.Habits, rng: np.random.Generator) -> Sample:
    """The pieces side by side, signs (strings) drawn in that hand at the pace of ``like``."""
    pace = len(like.ink) / len(like.text)
    strokes: list[np.ndarray] = []
    edge = 0.0
    for piece in pieces:
        ink = fonts.write_in_hand(piece, hand, rng, pace) if isinstance(piece, str) else piece.ink
        own = ink.strokes
        left = min(s[:, 0].min() for s in own)
        gap = rng.uniform(*GAPS) if strokes else 0.0
        strokes += [s + np.array([edge + gap - left, 0]) for s in own]
        edge = max(s[:, 0].max() for s in strokes)
    start = np.array([strokes[0][0, 0], 0])
    ink = Ink(rounded_offsets([s - start for s in strokes]))
    text = "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
    return Sample(ink, text, like.writer, "word", like.split)


if __name__ == "__main__":
    main()
