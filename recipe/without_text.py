"""Take the text away from weights: the start of a network that is to foresee writing without knowing what it says.

    python -m recipe.without_text default -o runs/untext-start.safetensors
    scribe train legible.npz -o runs/untext --begin-with runs/untext-start.safetensors
    scribe evaluate default unipen.npz --against runs/untext/weights.safetensors

What knowing the text is worth is the difference between two networks of one size. The one without begins from the one
with, less its window and the rows of the kernels that read it: it knows how pens move, and has to learn only to do
without. That takes a tenth of a training from nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from scribe.weights import Weights, load_weights, save_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("-o", "--output", type=Path, required=True)
    a = parser.parse_args()
    save_weights(a.output, without_text(load_weights(a.weights)))


def without_text(weights: Weights) -> Weights:
    """The same weights without the window: what it showed is 0 for every step."""
    architecture = replace(weights.architecture, window=0)
    codes = weights.alphabet.size
    arrays = {name: weights[name] for name in architecture.shapes(codes)}
    for layer in range(1, architecture.layers + 1):
        name = architecture.layer_names(layer)["kernel"]
        arrays[name] = arrays[name][:-codes]  # the rows that read the window come last
    return replace(weights, arrays=arrays, architecture=architecture, name=f"{weights.name}-without-text")


if __name__ == "__main__":
    main()
