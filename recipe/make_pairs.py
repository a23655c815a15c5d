"""Draw the pairs of chapter 11's test, people's or the network's: python -m recipe.make_pairs CORPUS.npz

Each pair is a text twice: a line by a test writer, whom no network has seen, and the same text by the network, in the
hand that is read from up to five other lines by that writer. It's the network's first try, whatever became of it.
``book/figures/pairs.json`` gets the drawings, which of the two is the person's, and what made them.

The texts are chosen by hand: pangrams, proverbs and dictation, without names, addresses or numbers of anybody. A minute
on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from scribe.corpora import Corpus, Sample  # noqa: E402
from scribe.corpora.corpus import KINDS  # noqa: E402
from scribe.draw import to_svg  # noqa: E402
from scribe.hands import HandReader  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.styles import Style  # noqa: E402
from scribe.writer import Writer  # noqa: E402

TEXTS = (
    "journeys hidden by quiet zeal",
    "few quips galvanized",
    "vexing daft jim",
    "home on time",
    "Quick jump in!",
    "Just do it, now.",
    "through that",
    "a quick brown fox jumps",
    "over the lazy black dog",
    "meaningful results",
    "incredible success",
    "find exotic animals",
    "copied impeccable phrases",
    "three-legged race",
    "straight flush",
    "virtual image",
    "The grass has a sweet smell",
    "No one will see them.",
    "What a dirty trick!",
    "Give me your arm.",
)
BIAS = 0.5
WIDTH = 520
"""Of a drawing, px."""
LINES = 5
"""Other lines by the writer that the hand is read from, at most."""


def chosen(corpus: Corpus, texts: tuple[str, ...] = TEXTS) -> list[tuple[Sample, list[Sample]]]:
    """For each text a line by a test writer, of several by the one who has had the fewest, and other lines by them.

    Raises:
        SystemExit: if a text has no line, or its writer no other.
    """
    lines = np.flatnonzero(corpus.of_split("test") & (corpus.kinds == KINDS.index("line")))
    of_text: dict[str, list[int]] = {}
    of_writer: dict[int, list[int]] = {}
    for number in map(int, lines):
        of_text.setdefault(corpus.texts[number], []).append(number)
        of_writer.setdefault(int(corpus.writers[number]), []).append(number)
    had: Counter[int] = Counter()
    result = []
    for text in texts:
        candidates = [n for n in of_text.get(text, []) if len(of_writer[int(corpus.writers[n])]) > 1]
        if not candidates:
            raise SystemExit(f"no test writer of this corpus has written {text!r} and another line")
        number = min(candidates, key=lambda n: (had[int(corpus.writers[n])], n))
        writer = int(corpus.writers[number])
        had[writer] += 1
        others = [n for n in of_writer[writer] if corpus.texts[n] != text]
        others = np.random.default_rng(number).permutation(others)[:LINES]
        result.append((corpus[number], [corpus[int(n)] for n in others]))
    return result


def drawings(inks: list[Ink], number: int) -> list[str]:
    """Two lines, A and B, at the same scale and by the same pen, both on paper as wide as the wider one needs."""
    body = WIDTH / (max(ink.bounds.width for ink in inks) + 2)  # px; to_svg leaves a margin of one body height
    made = []
    for name, ink in zip("AB", inks, strict=True):
        picture = to_svg(ink, title=f"Line {name}", identifier=f"pair-{number}{name}", body=body, decimals=1)
        picture = re.sub(r'width="[\d.]+px"', f'width="{WIDTH}px"', picture, count=1)
        made.append(re.sub(r'viewBox="0 0 [\d.]+', f'viewBox="0 0 {WIDTH}', picture, count=1))
    return made


def pairs(corpus: Corpus, writer: Writer, hands: HandReader, seed: int = 0) -> list[dict[str, object]]:
    """The pairs: ``text``, ``drawings`` (two), and ``person`` (0 or 1), which of them a person wrote."""
    found = []
    lines = chosen(corpus)
    places = np.random.default_rng(seed).permutation(np.arange(len(lines)) % 2)  # as often A as B
    for number, (sample, others) in enumerate(lines):
        hand = hands.read_lines([Style(one.ink, one.text) for one in others])
        ink = writer.write(sample.text, bias=BIAS, hand=hand, seed=seed + number)
        person = int(places[number])
        two = [ink, ink]
        two[person] = sample.ink
        found.append({"text": sample.text, "drawings": drawings(two, number + 1), "person": person})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("book/figures/pairs.json"))
    parser.add_argument("--weights", default="anyone")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    corpus, writer = Corpus.load(a.corpus), Writer.load(a.weights)
    content = {
        "weights": writer.weights.name,
        "bias": BIAS,
        "seed": a.seed,
        "corpus": {name: corpus.metadata[name] for name in ("name", "licence", "attribution")},
        "split": "test",
        "writers": len({sample.writer for sample, _ in chosen(corpus)}),
        "pairs": pairs(corpus, writer, HandReader.load(), a.seed),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    a.out.write_text(text, encoding="utf-8")
    print(f"{a.out}: {len(content['pairs'])} pairs by {content['writers']} writers, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
