"""Write the model card of some weights: every number measured now or taken from what the weights carry.

python benchmarks/model_card.py scribe/weights/default.safetensors unipen.npz > scribe/weights/default.md
"""

# ruff: noqa: E501 - the lines of the card are as long as they are once filled in
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ceilings import machine

from scribe.corpora import Corpus
from scribe.evaluation import evaluate
from scribe.weights import Weights, load_weights

CARD = """\
# Model card: {name}

A network that writes by hand what it is given as text (Graves 2013, section 5): {layers} LSTM layers of {units} units{peepholes},
a window of {window} Gaussians over the text, {mixtures} bivariate Gaussians for the next point; {size:,} weights, {file_size} in
`{file}` ({precision}). It knows the 95 printable characters of ASCII.

## Data

{corpus}: {lines:,} lines and {words:,} words by {writers} writers, resampled evenly in time to {points_per_character:.1f} points a
character. Writers are split: {train} for training, {validation} for validation, {test} for a test that was not looked at.
Licence of the data: {data_licence}. The weights contain no ink of any writer; they are under the MIT licence of this
project, and whoever passes them on should keep the attribution:

> {attribution}

The 1999 distribution of the data carried a notice that allowed research and forbade to distribute the data commercially; the
CC BY 4.0 licence was given later, with the publication at Zenodo. Both are in NOTICE. If you mean to use the weights
commercially, read them.

## Training

{updates:,} updates of about {batch_points:,} points, {minutes:.0f} minutes on {machine} that were busy with other work, with Keras on TensorFlow.
Adam, learning rate {learning_rate:g} after a warm-up of {warmup} updates, a cosine descent over the last {decay}; gradient norm clipped
at {clip_norm:g}; single words first, whole lines after {curriculum:,} updates; slant, size, width and slope varied. The weights are
running averages (momentum {averaging:g}). Offsets are divided by {offset_scale:.4f} body heights.

## How good it is

Measured on {count} held-out lines by validation writers, in nats, pen term included, offsets in standardised units, first
points left out; averages over points and over lines:

| | a point | a line |
|---|---|---|
| negative log density | {nats:.3f} nats | {nats_line:.1f} nats |
| of it, the pen | {pen:.3f} nats | |
| squared error of the expected offset | {sse:.3f} | |

Texts of those lines written with a bias of {bias:g}: {unfinished:.1%} did not come to the end of the text within the points
allowed.

{remarks}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--lines", type=int, default=256)
    parser.add_argument("--remarks", type=Path, help="a text to end with: limits and known failures")
    a = parser.parse_args()
    weights = load_weights(a.weights)
    scores = evaluate(weights, Corpus.load(a.corpus), lines=a.lines)
    remarks = a.remarks.read_text().strip() if a.remarks else ""
    sys.stdout.write(card(weights, a.weights, scores, remarks))


def card(weights: Weights, path: Path, scores: dict, remarks: str) -> str:
    """The text of the card, from the weights, their file and their :func:`scribe.evaluation.evaluate`."""
    architecture, corpus, settings = weights.architecture, weights.provenance["corpus"], weights.provenance["settings"]
    size = path.stat().st_size
    return CARD.format(
        name=weights.name,
        layers=architecture.layers,
        units=architecture.units,
        peepholes=" with peepholes" if architecture.peepholes else "",
        window=architecture.window,
        mixtures=architecture.mixtures,
        size=weights.size,
        file=path.name,
        file_size=f"{size / 1e6:.1f} MB",
        precision="float16" if size < 3 * weights.size else "float32",
        corpus=corpus["name"],
        lines=corpus["lines"],
        words=corpus["words"],
        writers=corpus["writers"],
        points_per_character=weights.points_per_character,
        **corpus["writers_by_split"],
        data_licence=corpus["licence"],
        attribution=weights.attribution,
        updates=weights.provenance["updates"],
        minutes=weights.provenance["minutes"],
        machine=machine(),
        offset_scale=weights.offset_scale,
        **{
            name: settings[name]
            for name in ("batch_points", "learning_rate", "warmup", "decay", "clip_norm", "curriculum", "averaging")
        },
        count=scores["lines"],
        nats=scores["nats_a_point"],
        nats_line=scores["nats_a_line"],
        pen=scores["pen_nats_a_point"],
        sse=scores["squared_error_a_point"],
        bias=scores["bias"],
        unfinished=scores["unfinished"],
        remarks=remarks,
    )


if __name__ == "__main__":
    main()
