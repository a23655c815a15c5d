"""Small readers with random weights, for tests of everything around them."""

from __future__ import annotations

import numpy as np

from scribe.alphabet import ASCII, Alphabet
from scribe.reader import ReaderArchitecture, ReaderWeights


def random_reader(
    units: int = 8, layers: int = 2, moves: int = 3, seed: int = 0, alphabet: Alphabet = ASCII
) -> ReaderWeights:
    """Weights of a reader that cannot read: it sees letters here and there."""
    architecture = ReaderArchitecture(units, layers, moves)
    rng = np.random.default_rng(seed)
    return ReaderWeights(
        {name: rng.normal(0, 0.5, shape) for name, shape in architecture.shapes(alphabet.size).items()},
        architecture,
        alphabet,
        offset_scale=0.34,
        step=0.25,
        points_per_character=14.0,
        name="random",
        licence="CC0-1.0",
        attribution="nobody",
        provenance={"seed": seed},
    )
