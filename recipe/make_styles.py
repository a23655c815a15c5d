"""Make the styles that come with scribe: hands of the network's own invention.

    python -m recipe.make_styles --sheet styles.svg

The network writes many lines by itself, with no example, and some after a line of synthetic cursive, for joined hands
are rare among what it invents. A reader throws out what cannot be read. With each of the best and most different ones
as its style the network then writes the lines of a paragraph: a hand is kept if these can be read and resemble each
other more than they resemble other hands. Of those, a few that differ most get names. Some minutes on one core; the
same arguments make the same styles.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from scribe.corpora import fonts  # noqa: E402
from scribe.draw import to_svg  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.measure.legibility import Reads, aligned  # noqa: E402
from scribe.styles import NamedStyle, Style, StyleError, Traits, difference, load_styles, save_styles, traits_of  # noqa: E402
from scribe.writer import Writer  # noqa: E402

# What a style says has many different letters: the network sees how this hand writes each of them.
TEXTS = (
    "Sphinx of black quartz, judge my vow.",
    "Pack my box with five dozen jugs.",
    "The quick brown fox jumps over it.",
    "Jackdaws love my big sphinx.",
    "We quickly made five zinc jugs.",
)
# What is written in it to see whether it stays: a paragraph, with no line of the above.
PARAGRAPH = (
    "It was late in the evening when we",
    "reached the inn by the river. Nobody",
    "spoke; the old man had put a lamp in",
    "the window, and far away a bell rang",
    "nine times. Then all was quiet again.",
)
BEGINNINGS = ("It was", "the old", "You", "nine")
EXAMPLE = "a quiet evening by the river"
BIASES = (0.25, 0.5, 0.75, 1.0)
PARAGRAPH_BIAS = 0.75
JOINED, PRINT = 0.62, 0.9  # strokes per character: below and above
LEAST_OF_A_KIND = 3
NAMES = {
    "print": ("basalt", "flint", "granite", "jasper", "marble", "onyx", "quartz", "slate", "topaz", "tuff"),
    "joined": ("bramble", "clover", "fern", "hazel", "ivy", "juniper", "laurel", "mallow", "reed", "willow"),
    "mixed": ("breeze", "cloud", "drizzle", "frost", "gale", "haze", "mist", "rain", "snow", "thaw"),
}


@dataclass
class Candidate:
    """A hand on its way to become a style."""

    style: Style
    bias: float
    seed: int
    example: str = ""  # the synthetic hand that it was written after
    error_rate: float = 0.0  # of the style's own text
    hand: Traits = field(default=None)  # type: ignore[assignment]
    lines: list[Traits] = field(default_factory=list)  # of the paragraph
    inks: list[Ink] = field(default_factory=list)
    line_error_rate: float = 0.0
    finished: bool = True
    sameness: float = 1.0  # how different its lines are from each other, over how different from other hands' lines

    @property
    def mean(self) -> Traits:
        return Traits(*np.mean([self.hand, *self.lines], axis=0))

    @property
    def kind(self) -> str:
        lifts = self.mean.lifts
        return "joined" if lifts < JOINED else "print" if lifts > PRINT else "mixed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default")
    parser.add_argument("--reader", default="reader")
    parser.add_argument("--candidates", type=int, default=480, help="lines that are written at first")
    parser.add_argument("--shortlist", type=int, default=60, help="hands that a paragraph is written in")
    parser.add_argument("--keep", type=int, default=10, help="styles that are made")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("scribe/weights/styles.safetensors"))
    parser.add_argument("--sheet", type=Path, help="an .svg of each style and of the paragraph in it")
    a = parser.parse_args()
    from scribe.reader import Reader

    writer = Writer.load(a.weights)
    began = time.monotonic()

    def say(message: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {message}", file=sys.stderr, flush=True)

    chosen = choose(writer, Reader.load(a.reader), a.candidates, a.shortlist, a.keep, a.seed, say)
    styles = named(chosen, writer)
    save_styles(a.output, styles, licence=writer.weights.licence, attribution=writer.weights.attribution)
    load_styles(a.output)
    for one, candidate in zip(styles, chosen, strict=True):
        print(
            f"{one.name:10} {one.description:58} errors {candidate.error_rate:5.1%}, paragraph "
            f"{candidate.line_error_rate:5.1%}; sameness {candidate.sameness:.2f}; "
            + " ".join(f"{name} {value:.2f}" for name, value in candidate.mean._asdict().items())
        )
    say(f"{a.output}: {len(styles)} styles, {a.output.stat().st_size / 1000:.0f} kB")
    if a.sheet:
        a.sheet.write_text(sheet(styles, chosen), encoding="utf-8")


def choose(
    writer: Writer,
    reader: Reads,
    candidates: int,
    shortlist: int,
    keep: int,
    seed: int = 0,
    say: Callable[[str], None] = lambda message: None,
) -> list[Candidate]:
    """Invent hands and keep the best and most different ones, print first, then joined, then mixed."""
    found = invented(writer, reader, candidates, seed)
    found += invented(writer, reader, candidates // 2, seed + 2 * candidates, cursive_examples())
    if len(found) < keep:
        raise SystemExit(f"only {len(found)} of {candidates} lines or so came to their end and have a hand; write more")
    spread = Traits(*np.maximum(np.std([one.hand for one in found], axis=0), 1e-6))
    legible = legible_third(found)
    worst = max(one.error_rate for one in legible)
    say(f"{len(found)} hands invented, {len(legible)} can be read; worst error rate {worst:.1%}")
    # The steadier three quarters of them, but never so few that there is no choice.
    legible.sort(key=lambda one: unsteadiness(one.style.ink))
    legible = legible[: max(shortlist, 3 * len(legible) // 4)]
    listed = most_different(legible, shortlist, spread)
    try_out(writer, reader, listed, seed + candidates)
    compare(listed, spread)
    say(f"a paragraph in {len(listed)} of them; error rate {np.mean([one.line_error_rate for one in listed]):.1%}")

    good = [one for one in listed if one.finished and one.lines and is_complete(writer, one.style)]
    # Rank by legibility and by sameness together; the worse half goes, as long as enough of each kind are left.
    good.sort(key=lambda one: one.line_error_rate / 0.05 + one.sameness / 0.5)
    kept: list[Candidate] = []
    for number, one in enumerate(good):
        fellows = sum(one.kind == other.kind for other in kept)
        if number < max(keep, len(good) // 2) or fellows < LEAST_OF_A_KIND:
            kept.append(one)
    chosen = most_different(kept, keep, spread, lambda one: one.mean, LEAST_OF_A_KIND)
    return sorted(chosen, key=lambda one: (list(NAMES).index(one.kind), one.mean.slant))


def cursive_examples() -> dict[str, Style]:
    """A line by each of the synthetic hands that join their letters."""
    names = [name for name in fonts.styles() if name.startswith("cursive")]
    return {name: Style(fonts.write_ink(EXAMPLE, name, seed=number), EXAMPLE) for number, name in enumerate(names)}


def invented(
    writer: Writer, reader: Reads, count: int, seed: int, examples: Mapping[str, Style] | None = None
) -> list[Candidate]:
    """Lines that the network writes without an example, or after one of ``examples``; those that come to their end."""
    after = [list(examples)[i // len(TEXTS) % len(examples)] for i in range(count)] if examples else [""] * count
    texts = [TEXTS[i % len(TEXTS)] for i in range(count)]
    biases = [BIASES[i // len(TEXTS) % len(BIASES)] for i in range(count)]
    styles = [examples[name] for name in after] if examples else None
    inks = writer.write_many(texts, style=styles, bias=biases, seed=seed)
    reads = reader.read_many(inks)
    found = []
    for i, (ink, reason, read) in enumerate(zip(inks, inks.stop_reasons, reads, strict=True)):
        alignment = aligned(read, texts[i])
        if reason == "finished" and alignment.after < 2:
            one = Candidate(Style(ink, texts[i]), biases[i], seed + i, after[i], alignment.errors / len(texts[i]))
            try:
                found.append(replace(one, hand=traits_of(ink, texts[i])))
            except StyleError:
                continue
    return found


def legible_third(found: Sequence[Candidate]) -> list[Candidate]:
    """Of print, joined and mixed hands alike the third with the fewest errors, and whatever has no more than 5 %."""
    legible = []
    for kind in NAMES:
        rates = sorted(one.error_rate for one in found if one.kind == kind)
        if rates:
            legible += [
                one for one in found if one.kind == kind and one.error_rate <= max(0.05, rates[len(rates) // 3])
            ]
    return legible


def unsteadiness(ink: Ink) -> float:
    """By how much the three thirds of a line differ in height and place, in body heights."""
    points = ink.points
    if len(points) < 3:
        return float("inf")
    edges = np.quantile(points[:, 0], [0, 1 / 3, 2 / 3, 1])
    quartiles = np.array(
        [
            np.quantile(points[(points[:, 0] >= low) & (points[:, 0] <= high), 1], [0.25, 0.5, 0.75])
            for low, high in itertools.pairwise(edges)
        ]
    )
    return float(np.ptp(quartiles[:, 1]) + np.ptp(quartiles[:, 2] - quartiles[:, 0]))


def try_out(writer: Writer, reader: Reads, listed: Sequence[Candidate], seed: int) -> None:
    """Write the paragraph in each hand and note what became of it."""
    texts = PARAGRAPH * len(listed)
    styles = [one.style for one in listed for _ in PARAGRAPH]
    lines = writer.write_many(texts, style=styles, bias=PARAGRAPH_BIAS, seed=seed, batch_size=len(texts))
    alignments = [aligned(*pair) for pair in zip(reader.read_many(lines), texts, strict=True)]
    for number, one in enumerate(listed):
        part = slice(number * len(PARAGRAPH), (number + 1) * len(PARAGRAPH))
        one.inks = lines[part]
        one.line_error_rate = sum(a.errors for a in alignments[part]) / sum(map(len, PARAGRAPH))
        one.finished = all(reason == "finished" for reason in lines.stop_reasons[part])
        try:
            one.lines = [traits_of(*pair) for pair in zip(one.inks, PARAGRAPH, strict=True)]
        except StyleError:
            one.lines = []


def is_complete(writer: Writer, style: Style) -> bool:
    """Whether lines in a style begin with their own text, and not with a dot or a bar that the style still lacks.

    Joined hands put these when the word is done, and the last word of a style may have ended before.
    """
    for seed, text in enumerate(BEGINNINGS):
        trace = writer.trace(text, style=style, bias=PARAGRAPH_BIAS, seed=seed)
        first_stroke = slice(0, int(trace.ink.offsets[:, 2].argmax()) + 1)
        if trace.kappa[first_stroke].max() < -0.5:  # the window was before the text until the pen was lifted
            return False
    return True


def compare(listed: Sequence[Candidate], spread: Traits) -> None:
    """Note how alike the lines of each hand are, beside lines of other hands: well below 1 for a hand that stays."""
    whole = [one for one in listed if one.lines]
    for one in whole:
        hands = [one.hand, *one.lines]
        within = [difference(a, b, spread) for i, a in enumerate(hands) for b in hands[:i]]
        between = [difference(a, b, spread) for a in hands for other in whole if other is not one for b in other.lines]
        one.sameness = float(np.mean(within) / np.mean(between)) if between else 0.0


def most_different(
    found: Sequence[Candidate],
    count: int,
    spread: Traits,
    hand: Callable[[Candidate], Traits] = lambda one: one.hand,
    least_of_a_kind: int = 0,
) -> list[Candidate]:
    """So many that differ from each other as much as can be: the best first, then always the one farthest from all.

    Args:
        found: the best first.
        least_of_a_kind: of print and of joined hands, as far as there are so many.
    """
    left, chosen = list(found), []
    wanted = [kind for kind in ("print", "joined") for _ in range(least_of_a_kind)]
    while left and len(chosen) < count:
        kind = wanted.pop(0) if wanted else None
        choice = [one for one in left if one.kind == kind] if kind else left
        if not choice:
            continue
        distances = [min((difference(hand(o), hand(c), spread) for c in chosen), default=0.0) for o in choice]
        one = choice[int(np.argmax(distances))]  # the first of several
        left.remove(one)
        chosen.append(one)
    return chosen


def named(chosen: Sequence[Candidate], writer: Writer) -> list[NamedStyle]:
    """Stones for print, plants for joined letters, weather for what is between."""
    middle = Traits(*np.median([one.mean for one in chosen], axis=0))
    names = {kind: iter(sorted(every)) for kind, every in NAMES.items()}
    return [
        NamedStyle(
            next(names[one.kind]),
            one.style,
            one.kind,
            description(one.mean, one.kind, middle),
            float(writer.weights.points_per_character),
            {
                "weights": writer.weights.name,
                "updates": writer.weights.provenance.get("updates"),
                "bias": one.bias,
                "seed": one.seed,
                "example": one.example,
                "character_error_rate": round(one.error_rate, 4),
                "paragraph": {
                    "bias": PARAGRAPH_BIAS,
                    "lines": len(PARAGRAPH),
                    "character_error_rate": round(one.line_error_rate, 4),
                    "sameness": round(one.sameness, 3),
                },
                "hand": {name: round(float(value), 3) for name, value in one.mean._asdict().items()},
            },
        )
        for one in chosen
    ]


def description(hand: Traits, kind: str, middle: Traits) -> str:
    """A hand in a few words, beside that in the middle of all."""
    words = [{"print": "print", "joined": "joined letters", "mixed": "letters partly joined"}[kind]]
    words.append("leaning right" if hand.slant > 8 else "leaning left" if hand.slant < -8 else "upright")
    for measure, less, more in (
        ("height", "small", "large"),
        ("width", "narrow", "wide"),
        ("turning", "plain", "round"),
    ):
        share = getattr(hand, measure) / getattr(middle, measure)
        if not 0.88 < share < 1.12:
            words.append(less if share < 1 else more)
    return ", ".join(words)


def sheet(styles: Sequence[NamedStyle], chosen: Sequence[Candidate]) -> str:
    """Each style, and below it the paragraph that was written in it."""
    lines = [line for one in chosen for line in (one.style.ink, *one.inks, Ink(np.zeros((0, 3))))]
    text = "; ".join(f"{one.name}: {one.description}" for one in styles)
    return to_svg(lines, title="Styles", description=text, width=900, colour="#1b2438", paper="#ffffff", line_height=3)


if __name__ == "__main__":
    main()
