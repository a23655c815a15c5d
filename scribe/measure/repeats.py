"""Are there as many marks as characters, and are they equal? Repeats are written, and counted by their geometry.

==========  ============================================================================================
right       the share of lines of one repeated character that have exactly as many marks as characters
even        the share of lines that are right, and whose last mark is within a tenth as high as the first
bars        the share of bars that touch a stem, in lines of words in which only a *t* has a bar
==========  ============================================================================================

Lines are written as ``scribe write`` does: repeats are counted while they are written, and tried again. Who counts here
is who counted there (:mod:`scribe.repeats`). Of people's single 0, 1, l, o and H in UNIPEN it finds one mark in 566 of
569.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scribe.delayed import bars
from scribe.hands import Hand
from scribe.measure.intervals import share
from scribe.measure.likelihood import EvaluationError
from scribe.proofread import counted
from scribe.reader import Reader
from scribe.repeats import EVEN, LOW, count, heights, marks
from scribe.writer import Writer

__all__ = ["BIASES", "CHARACTERS", "LENGTHS", "WITH_BARS", "bars_on_stems", "repeats"]

CHARACTERS = ".-!o01lH"
LENGTHS = range(2, 13)
BIASES = (0.5, 1.0, 2.0)
WITH_BARS = (
    "the cattle settled at the tattered gate",
    "that letter started to matter at last",
    "a kettle and two bottles stood on the table",
    "let us talk about the two old cottages",
)
"""Lines full of t, without another letter that has a bar or a dot."""


def repeats(
    writer: Writer,
    reader: Reader | None = None,
    hands: Mapping[str, Hand] | None = None,
    *,
    lengths: Sequence[int] = LENGTHS,
    biases: Sequence[float] = BIASES,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All of it, ready for JSON: each character in each length, in no hand and each of the hands, the biases in turn.

    Args:
        reader: looks at the candidates, too; it doesn't count.
        hands: by name, for weights that are told hands.
        seed: of the first line of each character.
        report: told the share that is done.

    Raises:
        EvaluationError: if the weights know none of the characters.
    """
    known = [character for character in CHARACTERS if character in writer.weights.alphabet.characters]
    if not known:
        raise EvaluationError(f"the weights know none of the characters {CHARACTERS}")
    people = {"": None, **(hands or {})}
    cases = [
        (length, hand, biases[(i + j) % len(biases)])
        for i, hand in enumerate(people)
        for j, length in enumerate(lengths)
    ]
    found: list[dict[str, Any]] = []
    for done, character in enumerate(known):
        texts = [character * length for length, _, _ in cases]
        told = [people[hand] for _, hand, _ in cases] if hands else None
        lines = counted(writer, texts, reader=reader, seed=seed, bias=[bias for _, _, bias in cases], hand=told)
        for (length, hand, bias), ink in zip(cases, lines, strict=True):
            right, even = _judged(ink.points, character, length)
            found.append(
                {"character": character, "length": length, "hand": hand, "bias": bias, "right": right, "even": even}
            )
        report((done + 1) / len(known))

    def shares(chosen: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {
            "lines": len(chosen),
            **{what: share(sum(one[what] for one in chosen), len(chosen)).rounded(4) for what in ("right", "even")},
        }

    def by(what: str) -> list[dict[str, Any]]:
        values = dict.fromkeys(one[what] for one in found)
        return [{what: value, **shares([one for one in found if one[what] == value])} for value in values]

    return {
        "seed": seed,
        "hands": len(people) - 1,
        **shares(found),
        **{f"by_{what}": by(what) for what in ("character", "bias", "length", "hand")},
        "wrong": [one for one in found if not one["even"]][:50],
        "bars": bars_on_stems(writer, hands, biases=biases, seed=seed),
    }


def bars_on_stems(
    writer: Writer,
    hands: Mapping[str, Hand] | None = None,
    *,
    biases: Sequence[float] = BIASES,
    seed: int = 0,
) -> dict[str, Any] | None:
    """How many bars of t touch a stem, as written and as they are moved; ready for JSON.

    A bar is a flat stroke above the middle of the letters; it touches if it's within .1 body heights of a steep stroke
    (:func:`scribe.delayed.bars`). Each of :data:`WITH_BARS` is written in no hand and each of the hands, at each bias.

    Returns:
        ``None`` if the weights don't know the letters. ``as_written`` is what the network wrote, ``moved`` the same
        lines as ``scribe write`` gives them, both with the number of bars.
    """
    if not set(writer.weights.alphabet.characters).issuperset("".join(WITH_BARS)):
        return None
    people = {"": None, **(hands or {})}
    cases = [(hand, bias, text) for hand in people for bias in biases for text in WITH_BARS]
    own: dict[str, Any] = {"bias": [bias for _, bias, _ in cases]}
    if hands:
        own["hand"] = [people[hand] for hand, _, _ in cases]
    texts = [text for _, _, text in cases]
    inks = {
        "as_written": writer.write_many(texts, seed=seed, **own),
        "moved": counted(writer, texts, seed=seed, **own),
    }
    found = {way: [bars(ink) for ink in made] for way, made in inks.items()}

    def shares(chosen: Sequence[int]) -> dict[str, Any]:
        numbers = {
            way: [sum(column) for column in zip(*(of[i] for i in chosen), strict=True)] for way, of in found.items()
        }
        return {
            way: {"bars": there, **({"touch": share(there - loose, there).rounded(4)} if there else {})}
            for way, (there, loose) in numbers.items()
        }

    def by(what: str, column: int) -> list[dict[str, Any]]:
        values = dict.fromkeys(case[column] for case in cases)
        return [{what: v, **shares([i for i, case in enumerate(cases) if case[column] == v])} for v in values]

    return {"lines": len(cases), **shares(range(len(cases))), "by_hand": by("hand", 0), "by_bias": by("bias", 1)}


def _judged(points: Any, character: str, length: int) -> tuple[bool, bool]:
    """Whether there are as many marks as characters, and then whether the last is as high as the first."""
    if not len(points) or count(points, character) != length:
        return False, False
    found = marks(points, character)
    if found is None:
        return True, False
    high = heights(points, found)
    return True, bool(high.max() < LOW or abs(high[-1] - high[0]) <= EVEN * high[0])
