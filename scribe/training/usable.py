"""What of a corpus can be trained on, and what cannot: counted, so that nothing is left out in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus

__all__ = ["LeftOut", "tell_left_out", "usable_samples"]

_NAMED = 12  # characters that a message names; the rest are counted


@dataclass(frozen=True)
class LeftOut:
    """Samples that cannot be trained on, each counted under the first reason that holds.

    Attributes:
        samples: of the whole corpus.
        unknown: samples with a character that the alphabet lacks.
        characters: these characters, and in how many samples each occurs.
        empty: samples without a text.
        short: samples of too few points.
        long: samples of too many.
        crowded: samples whose ink is shorter than their text, which a reader cannot learn from.
        lonely: samples of writers who have too few, for a reader of hands.
    """

    samples: int
    unknown: int = 0
    characters: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0
    short: int = 0
    long: int = 0
    crowded: int = 0
    lonely: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.unknown + self.empty + self.short + self.long + self.crowded + self.lonely

    def __str__(self) -> str:
        ranked = sorted(self.characters.items(), key=lambda pair: (-pair[1], pair[0]))
        named = ", ".join(f"{character!r} in {count:,}" for character, count in ranked[:_NAMED])
        more = len(ranked) - _NAMED
        if more > 0:
            named += f", and {more} others"
        reasons = {
            f"with characters that the alphabet lacks ({named})": self.unknown,
            "without a text": self.empty,
            "with too few points": self.short,
            "longer than the longest line that is used": self.long,
            "with less ink than text": self.crowded,
            "of writers who have too few": self.lonely,
        }
        why = "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
        return f"{self.count:,} of {self.samples:,} samples are left out" + (f": {why}" if why else "")


def usable_samples(
    corpus: Corpus, alphabet: Alphabet, *, shortest: int = 2, longest: float = np.inf
) -> tuple[np.ndarray, LeftOut]:
    """Which samples of a corpus can be trained on.

    Args:
        corpus: whose samples are asked about.
        alphabet: that texts must keep to.
        shortest, longest: points of a sample, both included.

    Returns:
        bool ``(samples,)``, and what was left out.
    """
    known = set(alphabet.characters)
    unknown = np.array([not known.issuperset(text) for text in corpus.texts], bool)
    empty = np.array([not text for text in corpus.texts], bool)
    short = (corpus.lengths < shortest) & ~unknown & ~empty
    long = (corpus.lengths > longest) & ~unknown & ~empty
    characters = Counter(c for i in np.flatnonzero(unknown) for c in set(corpus.texts[i]) - known)
    counts = {name: int(mask.sum()) for name, mask in (("unknown", unknown), ("empty", empty))}
    counts |= {"short": int(short.sum()), "long": int(long.sum())}
    return ~(unknown | empty | short | long), LeftOut(len(corpus), characters=dict(characters), **counts)


def tell_left_out(corpus: Corpus, left_out: LeftOut, alphabet: Alphabet | None, tell: Callable[[str], None]) -> None:
    """Say what of the training split was left out, and what of the held-out lines a task with texts can't use."""
    if left_out.count:
        tell(f"training split: {left_out}")
    if alphabet is None:
        return
    _, held_out = usable_samples(corpus.split("validation"), alphabet, shortest=1)
    if held_out.count:
        tell(f"validation split: {held_out}")
