"""Choose the hands that come with scribe: draws from the prior that can be read and differ most.

    python -m recipe.make_hands --weights default --hands hands -o hands.json --sheet hands.svg

Many hands are drawn from the prior, and the network writes the same few lines in each, several times. A reader throws
out the hands that it can't read well at any of these times: one that is read well once may slip the next time. Of the
rest those are kept that lie farthest from each other, in their eleven numbers (:mod:`scribe.measure.hands`) and in
their vectors: first the commonest of each kind, then again and again the one whose nearest neighbour among those
chosen is farthest away. No hand is anybody's: the prior is a normal distribution, of which mean and covariance are
all that is left of the training writers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scribe.draw import to_svg
from scribe.files import replacing
from scribe.hands import HandReader
from scribe.layout import set_page
from scribe.measure.hands import NUMBERS, numbers
from scribe.reader import Reader, errors
from scribe.writer import Writer

LINES = ("It was late in the evening when", "we reached the inn by the river.", "Jackdaws love my big sphinx.")
BIAS = 0.75
SEEDS = (0, 100, 200)
CURSIVE, PRINT = 0.6, 0.95  # lifts per character: below and above; what's between is joined
NAMES = {
    "print": ("basalt", "flint", "granite", "jasper", "marble", "onyx", "quartz", "slate", "topaz", "tuff"),
    "joined": ("bramble", "clover", "fern", "hazel", "ivy", "juniper", "laurel", "mallow", "reed", "willow"),
    "cursive": ("breeze", "cloud", "drizzle", "frost", "gale", "haze", "mist", "rain", "snow", "thaw"),
}


def kind_of(measured: np.ndarray) -> str:
    """The kind of a hand, by how often it lifts the pen."""
    lifts = measured[NUMBERS.index("lifts")]
    return "cursive" if lifts < CURSIVE else "joined" if lifts < PRINT else "print"


def described(measured: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> str:
    """A hand in a few words: what is unusual about it among all that were drawn."""
    steps = dict(zip(NUMBERS, (measured - middle) / spread, strict=True))
    slant = measured[NUMBERS.index("slant")]
    words = [
        "leaning back" if slant < -4 else "upright" if slant < 8 else "slanting" if slant < 18 else "steeply slanting"
    ]
    for name, low, high in (
        ("width", "narrow", "wide"),
        ("turn", "smooth", "angular"),
        ("ascent", "low", "tall"),
        ("tempo", "steady", "quick"),
    ):
        if abs(steps[name]) > 0.8:
            words.append(low if steps[name] < 0 else high)
    return ", ".join(words)


def farthest(points: np.ndarray, kinds: Sequence[str], count: int, least: int) -> list[int]:
    """Which points to keep: each time the one farthest from those kept, at least so many of each kind.

    Args:
        points: ``(candidates, features)``, standardised.
        kinds: of each candidate.
        count: how many to keep.
        least: of each kind, if there are so many.
    """
    chosen: list[int] = []
    middle = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    wanted = [kind for kind in NAMES for _ in range(least)] + [""] * count
    for kind in wanted:
        open_to = [i for i in range(len(points)) if i not in chosen and kind in ("", kinds[i])]
        if not open_to or len(chosen) == count:
            continue
        if not chosen:
            chosen.append(min(open_to, key=lambda i: middle[i]))
            continue
        away = np.linalg.norm(points[open_to][:, None] - points[chosen][None], axis=2).min(axis=1)
        chosen.append(open_to[int(away.argmax())])
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default", help="that write")
    parser.add_argument("--hands", default="hands", help="the reader of hands")
    parser.add_argument("--reader", default="reader", help="that reads what was written")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--keep", type=int, default=15)
    parser.add_argument("--least", type=int, default=3, help="of each kind")
    parser.add_argument("--worst", type=float, default=0.04, help="share of characters misread, each time")
    parser.add_argument("--sheet", type=Path, help="a picture of them")
    options = parser.parse_args()

    writer, reader, prior = (
        Writer.load(options.weights),
        Reader.load(options.reader),
        HandReader.load(options.hands).prior,
    )
    hands = [prior.draw(seed) for seed in range(options.draws)]
    texts = [line for _ in hands for line in LINES]
    told = [hand for hand in hands for _ in LINES]
    times = [writer.write_many(texts, bias=BIAS, seed=seed, hand=told) for seed in SEEDS]
    rate = np.zeros(len(hands))  # at the worst of the times
    for inks in times:
        wrong = [errors(text, reading) for text, reading in zip(texts, reader.read_many(inks), strict=True)]
        rate = np.maximum(rate, np.reshape(wrong, (-1, len(LINES))).sum(axis=1) / sum(map(len, LINES)))
    inks = times[0]
    each = np.reshape([numbers(ink, text) for ink, text in zip(inks, texts, strict=True)], (len(hands), len(LINES), -1))
    measured, within = each.mean(axis=1), each.std(axis=1).mean(axis=0)
    good = np.flatnonzero(rate <= options.worst)
    if len(good) < options.keep:
        sys.exit(f"only {len(good)} of {len(hands)} hands can be read; draw more (--draws) or keep fewer (--keep)")
    middle, spread = np.median(measured, axis=0), measured.std(axis=0)
    # A number counts for as much as it stays the same within a hand while it differs between hands.
    steady = spread / (spread + within)
    points = np.concatenate([(measured - middle) / spread * steady, np.stack([hand.z for hand in hands]) * 0.3], axis=1)
    kinds = [kind_of(one) for one in measured]
    chosen = [int(good[i]) for i in farthest(points[good], [kinds[i] for i in good], options.keep, options.least)]
    left = {kind: iter(names) for kind, names in NAMES.items()}
    found = {}
    for seed in sorted(chosen, key=lambda i: (list(NAMES).index(kinds[i]), i)):
        name = next(left[kinds[seed]])
        found[name] = {
            "kind": kinds[seed],
            "description": described(measured[seed], middle, spread),
            "seed": seed,
            "misread": round(float(rate[seed]), 3),
            "z": [round(float(number), 4) for number in hands[seed].z],
        }
        print(f"{name:<9} {kinds[seed]:<8} {100 * rate[seed]:4.1f} % misread  {found[name]['description']}")
    content = {"reader": prior.reader, "bias": BIAS, "draws": options.draws, "hands": found}
    with replacing(options.output) as part:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if options.sheet:
        lines = [ink for one in found.values() for ink in inks[one["seed"] * len(LINES) : one["seed"] * len(LINES) + 1]]
        options.sheet.write_text(to_svg(set_page(lines), title="Hands that come with scribe"), encoding="utf-8")


if __name__ == "__main__":
    main()
