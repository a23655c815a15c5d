"""Measure the reader that ships and write its model card. No number in it is typed by hand.

    python -m recipe.reader_card scribe/weights/reader.safetensors unipen.npz > scribe/weights/reader.md

Some three minutes. What it learned from, and how, comes out of the weights; the machine out of the log of runs.
"""

# ruff: noqa: E501 - the lines of the card are as long as they are once filled in
from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.ceilings import machine
from recipe.model_card import composed, people, spliced, synthetic
from scribe.alphabet import ASCII
from scribe.corpora import Corpus, fonts
from scribe.measure.texts import TEXTS
from scribe.reader import Reader, ReaderWeights, character_error_rate

SAMPLES = 400
SEED = 0
BEAM = 8


class Rates(NamedTuple):
    """Character error rates by split and kind, by the most probable path and by a beam."""

    path: Mapping[tuple[str, str], float]
    beam: float  # of the validation lines
    drawn: float  # of the text list, drawn with fonts
    samples: int = SAMPLES  # of each split and kind, at most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--samples", type=int, default=SAMPLES, help="lines and words of each split that are read, and texts"
    )
    a = parser.parse_args()
    reader = Reader.load(a.weights)
    size = a.weights.stat().st_size
    rates = measure(reader, Corpus.load(a.corpus), a.samples)
    sys.stdout.write(card(reader.weights, a.weights.name, size, machine(), rates))


def measure(reader: Reader, corpus: Corpus, count: int = SAMPLES) -> Rates:
    """How ``count`` lines and words of each held-out split are read, drawn by chance, and the first texts in fonts."""
    path = {}
    for split in ("validation", "test"):
        for kind in ("line", "word"):
            texts, inks = _drawn(corpus, split, kind, count)
            path[split, kind] = character_error_rate(zip(reader.read_many(inks), texts, strict=True))
    texts, inks = _drawn(corpus, "validation", "line", count)
    beam = character_error_rate((reader.read(ink, beam=BEAM), text) for ink, text in zip(inks, texts, strict=True))
    texts = TEXTS[:count]
    inks = [fonts.write_ink(text, style, seed=SEED) for style in fonts.styles() for text in texts]
    drawn = character_error_rate(zip(reader.read_many(inks), list(texts) * len(fonts.styles()), strict=True))
    return Rates(path, beam, drawn, count)


def _drawn(corpus: Corpus, split: str, kind: str, count: int) -> tuple[list[str], list]:
    samples = corpus.split(split).of_kind(kind)
    chosen = np.random.default_rng(SEED).permutation(len(samples))[:count]
    return [samples.texts[i] for i in chosen], [samples[int(i)].ink for i in chosen]


def card(weights: ReaderWeights, name: str, size: int, made_on: str, rates: Rates) -> str:
    architecture, provenance = weights.architecture, weights.provenance
    corpus, settings = provenance["corpus"], provenance["settings"]
    lines, words, writers, split = people(corpus)
    rows = "\n".join(
        f"| {which} writers, {rates.samples} {kind}s | {rate:.1%} |" for (which, kind), rate in rates.path.items()
    )
    known = f"{len(weights.alphabet.characters)} characters"
    known += ": those of ASCII that are printed" + ("" if weights.alphabet == ASCII else ", and Europe's Latin letters")
    before = provenance.get("begun_with", {}).get("provenance", {}).get("updates")
    begun = f"It went on from a reader that had learned for {before:,} updates. " if before else ""
    descent = f"over the last {settings['decay']:,} down to nothing" if settings["decay"] else "without a descent"
    return f"""\
# Model card: reader

A network that reads handwriting as text: {architecture.layers} LSTM layers of {architecture.units} units in each direction and a CTC output
(Graves et al., 2006 and 2009); {weights.size:,} weights, {size / 1e6:.1f} MB in `{name}` (float16). It knows {known}. It sees ink, not pictures: {architecture.moves} moves of the pen at a time, their height above the baseline, and
where the pen was lifted. It has no dictionary and no language model, so what it reads is what the strokes say.

It is there to judge legibility (`scribe evaluate`), to choose among what the writer wrote (`scribe write --proofread`),
to leave out of a corpus what nobody can read (`scribe corpus proofread`), and to read what somebody draws (`scribe read`).

## Data

{corpus["name"]}, the corpus of the writer with the same split: {lines:,} lines and {words:,} words by {writers} writers, {split["train"]} for
training, {split["validation"]} for validation, {split["test"]} for a test.{synthetic(corpus)}{spliced(corpus)}{composed(corpus)} Licence of the data: {corpus["licence"]}. The weights contain no ink of any writer; they
are under the MIT licence of this project, and whoever passes them on should keep the attribution:

> {weights.attribution}

The 1999 distribution of the data carried a notice that allowed research and forbade to distribute the data commercially;
the {corpus["licence"]} licence was given later, with the publication at Zenodo. Both are in NOTICE. If you mean to use the weights
commercially, read them.

## Training

{begun}{provenance["updates"]:,} updates, at the end of about {settings["batch_frames"]:,} frames, half of them lines and half one to five joined words of one writer,
{provenance["minutes"]:.0f} minutes on {made_on}, of which other programs took a part, with Keras on TensorFlow.
Adam, learning rate {settings["learning_rate"]} after a warm-up of {settings["warmup"]} updates, {descent}; gradient norm clipped at {settings["clip_norm"]:g};
{settings["dropout"]:.0%} of each layer's outputs left out; samples with rare characters drawn oftener (rarity {settings["rarity"]}); slant, size, width,
slope, height and the density of points varied. The weights are running averages (momentum {settings["averaging"]}).

## How good it is

Characters to change, leave out or put in, over the characters of what should be read, by the most probable path:

| | character error rate |
|---|---|
{rows}
| the text list (`scribe.measure.texts`), drawn with each of the {len(fonts.styles())} fonts: synthetic | {rates.drawn:.1%} |

With a prefix beam search (`--beam {BEAM}`) it is {rates.beam:.1%} of the validation lines. No test writer had a part in any choice.

## Limits and known failures

- Its mistakes are in everything that is measured with it: compare an error rate with that of real ink.
- Capitals that are small letters writ large ("O", "S", "C", "U", "V", "W", "X", "Z") are mistaken for these and the other
  way round, above all in lines of nothing but capitals.
- Rare signs are read worse than letters: UNIPEN has some of them fewer than a hundred times.
- It reads one line at a time, level, of Latin letters as people wrote on tablets in the 1990s.
"""


if __name__ == "__main__":
    main()
