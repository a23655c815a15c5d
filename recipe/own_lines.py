"""Add to a corpus what a network itself wrote well: lines that a reader could read.

    python -m recipe.own_lines runs/NAME/weights.safetensors corpus.npz -o more.npz --lines 10000

People seldom write "|" or "7Q", so a network sees too few of them to write them well, and it never sees what becomes
of its own slips: it learns from people's ink, and writes after its own. Here it writes texts full of what is rare;
what came to its end and is read as it should be (a long line may have a slip) joins the training split (kind "line",
writer "own"), and the next training learns from it beside people's lines. Half of the lines are written with no
example, half after a word or a line by somebody of the training split. With ``--hands`` each is written in a hand
drawn from the prior instead; the next training is told no hand for them, and so learns to write neatly when it is
told none. A text that failed is proofread: written again part by part, each part as often as ``--tries`` says, so
that what is hard to write is learned too and not left out.

The reader is the judge here, so what it says of a network that was trained so is too kind by as much as the network
learned to please it rather than people: look at the lines too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from string import punctuation as PUNCTUATION
from typing import Any

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from scribe.corpora import Corpus  # noqa: E402
from scribe.corpora.corpus import NO_HAND, Sample  # noqa: E402
from scribe.corpora.fonts import random_text  # noqa: E402
from scribe.hands import HandReader, Prior  # noqa: E402
from scribe.measure.texts import TEXTS  # noqa: E402
from scribe.proofread import proofread  # noqa: E402
from scribe.reader import Reader  # noqa: E402
from scribe.styles import Style  # noqa: E402
from scribe.writer import Writer  # noqa: E402

BIASES = (0.5, 1.5)
LENGTHS = (2, 70)  # characters of any text
CAPITALS = 0.1  # of the texts are in capitals
WORST = 0.04  # of the characters may be misread: one of 25 or more
SHORT = (1, 10)  # and of one that is drawn for what is rare in it
CHOICE = 24  # texts, of which the one with the rarest character is taken
PHRASES = 0.6  # of them have their signs where people put them
EXAMPLES = (4, 24)  # characters of a word or a line that is written after
OWN = "own"  # the writer that they are by, in the corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--reader", default="reader")
    parser.add_argument("--lines", type=int, default=10_000, help="lines that are kept")
    parser.add_argument("--tries", type=int, default=6, help="how often each part of a text that failed is tried")
    parser.add_argument("--after", type=float, default=0.5, help="share that is written after an example")
    parser.add_argument("--hands", default="", help="a reader of hands: write in hands drawn from its prior")
    parser.add_argument("--lacking", default="", help="characters to write most of; all rare ones if none is given")
    parser.add_argument("--minutes", type=float, default=60, help="stop then with what there is")
    parser.add_argument("--at-once", type=int, default=1024, help="texts that are written side by side")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    corpus = Corpus.load(a.corpus)
    training = corpus.split("train")
    names = list(training.writer_splits)
    people = training.subset([names[number] != OWN for number in training.writers])
    writer = Writer.load(a.weights)
    began = time.monotonic()

    def say(message: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {message}", file=sys.stderr, flush=True)

    own, counts = own_lines(
        writer,
        Reader.load(a.reader),
        people,
        a.lines,
        tries=a.tries,
        after=0.0 if a.hands else a.after,
        prior=HandReader.load(a.hands).prior if a.hands else None,
        lacking=a.lacking,
        at_once=a.at_once,
        seed=a.seed,
        enough=lambda: time.monotonic() - began > 60 * a.minutes,
        say=say,
    )
    rounds = [
        *corpus.metadata.get("own_lines", []),
        {**counts, "worst": WORST, "updates": writer.weights.provenance["updates"]},
    ]
    metadata = {**corpus.metadata, "own_lines": rounds} | ({NO_HAND: [OWN]} if a.hands else {})
    Corpus.from_samples([*corpus, *own], metadata).save(a.output)
    say(f"{a.output}: {len(own)} lines more")


def own_lines(
    writer: Writer,
    reader: Reader,
    people: Corpus,
    lines: int,
    *,
    tries: int = 6,
    after: float = 0.5,
    prior: Prior | None = None,
    lacking: str = "",
    at_once: int = 1024,
    seed: int = 0,
    enough: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda message: None,
) -> tuple[list[Sample], dict[str, int]]:
    """Lines that the network wrote and the reader could read, and how many were written for them.

    Args:
        people: whose hands are written after.
        lines: how many are kept at most.
        tries: how often each part of a text that failed is tried before it is given up; 0 gives it up at once.
        after: share of the lines that are written after an example.
        prior: whose hands the lines are written in; in none in particular if ``None``.
        lacking: characters that the texts drawn for what is rare have most of; if none is given, all that is rare.
        at_once: texts that are written side by side.
        enough: asked now and then; True ends it early.
        say: is told how it goes.
    """
    rng = np.random.default_rng(seed)
    # How many of the lines kept have a character; what is not lacking counts as if it were in so many already.
    known = writer.weights.alphabet.characters
    uses = Counter({c: lines for c in known if lacking and c not in lacking})
    typed = sorted({text for text in people.texts if LENGTHS[0] <= len(text) <= LENGTHS[1] and not text.isascii()})
    least, most = EXAMPLES
    examples = np.flatnonzero([least <= len(text) <= most for text in people.texts])
    kept: list[Sample] = []
    counts = {"kept": 0, "written": 0, "proofread": 0, "given_up": 0}
    while len(kept) < lines and not enough():
        texts: list[str] = []
        while len(texts) < at_once:
            text = wanted_text(rng, uses, typed)
            if text not in TEXTS:
                texts.append(text)
        for candidates in (1, tries):
            if not texts or not candidates:
                break
            chosen = [people[int(i)] for i in rng.choice(examples, len(texts))]
            styles = [Style(one.ink, one.text) if rng.random() < after else None for one in chosen]
            biases = list(map(float, rng.uniform(*BIASES, len(texts))))
            seed = int(rng.integers(2**31))
            options: dict[str, Any] = {"style": styles, "bias": biases, "seed": seed}
            if prior is not None:
                options["hand"] = [prior.draw(rng) for _ in texts]
            inks = proofread(writer, reader, texts, candidates, **options)
            counts["written"] += len(texts)
            counts["proofread"] += len(texts) if candidates > 1 else 0
            failed = []
            for text, ink, reason, reading in zip(texts, inks, inks.stop_reasons, inks.readings, strict=True):
                if reason == "finished" and reading.errors <= WORST * len(text):
                    kept.append(Sample(ink, text, OWN, "line", "train"))
                    uses.update(set(text))
                else:
                    failed.append(text)
            texts = failed
        counts["given_up"] += len(texts)
        say(f"{len(kept)} of {counts['written']} lines kept, {counts['given_up']} texts given up")
    counts["kept"] = len(kept)
    return kept, counts


def wanted_text(rng: np.random.Generator, uses: Counter[str], typed: Sequence[str] = ()) -> str:
    """Any text, or, as often, one with a character that has been written well in few lines so far.

    Args:
        typed: texts with characters beyond ASCII, which every other text is one of if there are any.
    """
    if rng.random() < 0.5:
        text = random_text(rng, int(rng.integers(*LENGTHS, endpoint=True)))
        return text.upper() if rng.random() < CAPITALS else text
    texts = [
        phrase(rng) if rng.random() < PHRASES else random_text(rng, int(rng.integers(*SHORT, endpoint=True)))
        for _ in range(CHOICE)
    ]
    if typed:
        texts[::2] = [typed[i] for i in rng.integers(len(typed), size=len(texts[::2]))]
    return min(texts, key=lambda text: min(uses[character] for character in text))


def phrase(rng: np.random.Generator) -> str:
    """Digits or signs between words, as people put them: alone, around, in pairs, one after the other."""

    def word() -> str:
        text = random_text(rng, 4).split()[0].strip(PUNCTUATION) or "x"
        return text.capitalize() if rng.random() < 0.3 else text

    def number() -> str:
        return str(rng.integers(10 ** rng.integers(1, 5)))

    def one(of: Sequence[str]) -> str:
        return of[int(rng.integers(len(of)))]

    a, b, m, n = word(), word(), number(), number()
    sign, bracket = one(PUNCTUATION), one(("()", "[]", "{}", "<>"))
    phrases = (
        f"{a} {sign} {b}",
        f"{m} {one('+-*/x%=<>^&|')} {n}",
        f"{m} {one('+-*/x')} {n} = {number()}",
        f"{a} & {b}",
        f"{a} - {b}",
        f"{a} | {b}",
        f"{a} {sign}{sign} {b}",
        f"{a} {sign}{b}",
        f"{a}{sign} {b}",
        f"{a}@{b}.com",
        f"{a} @ {m}",
        f"{m}% {a}",
        f"{a}'{one('sdmt')} {b}",
        f"{a}, '{b}'",
        f"\\{a}\\{b}",
        f"{a}{bracket[0]}{m}{bracket[1]}",
        f"{bracket[0]}{a}, {b}{bracket[1]}",
        f"{a}({m}, '{b}')",
        f"{a}/{b}?{one('abc')}={m}&{one('xyz')}={n}",
        f"{m}-{n}-{number()}",
        f"{a}[{m}] {one('+-*/|&^%<>=')}= {n}",
        f"{a} {one(('==', '!=', '<=', '>=', '&&', '||', '+=', '->', '|', '~'))} {b}",
        f"{a}{one('0123456789')} = {{'{b}': [{m}, {n}]}}",
        f"{a}_{b}{one(('.', '/', chr(92), '|', '@', '~'))}{one('0123456789')}{a}",
        f"{number()}{one('0123456789')}{m} {n}{number()}",
        f"${m}.{rng.integers(10, 100)} {a}",
        f"No. {m}, {n} {a}",
        f"{a} {one('.-!o01lHe?x9') * int(rng.integers(2, 9))} {b}",
        f"{a}{one(('...', '!!', '!!!', '?!', '--', '....'))} {b}",
    )
    return one(phrases)


if __name__ == "__main__":
    main()
