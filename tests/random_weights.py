"""Small networks with random weights, for tests of everything around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scribe.alphabet import ASCII, LATIN, Alphabet
from scribe.weights import Architecture, Weights


def random_weights(
    units: int = 12,
    layers: int = 3,
    window: int = 2,
    mixtures: int = 3,
    peepholes: bool = False,
    seed: int = 0,
    alphabet: Alphabet = ASCII,
    window_bias: float = -1.5,
    cell: str = "lstm",
    condition: int = 0,
    height: bool = False,
    parity: bool = False,
) -> Weights:
    """Weights that make a lively, meaningless scribble. ``window_bias`` is the logarithm of the window's step."""
    architecture = Architecture(units, layers, window, mixtures, peepholes, cell, condition, height, parity)
    rng = np.random.default_rng(seed)
    arrays = {name: rng.normal(0, 0.4, shape) for name, shape in architecture.shapes(alphabet.size).items()}
    if window:
        arrays["window.kernel"] *= 0.2
        arrays["window.bias"][2 * window :] = window_bias
    return Weights(
        arrays,
        architecture,
        alphabet,
        offset_scale=0.25,
        points_per_character=18.0,
        name="random",
        licence="CC0-1.0",
        attribution="nobody",
        provenance={"seed": seed},
    )


def learned_apart(**sizes) -> Weights:
    """Random weights whose rows for characters are sums of those for letters and marks, in half precision."""
    weights = random_weights(alphabet=LATIN, **sizes)
    arrays, parts = dict(weights.arrays), LATIN.parts
    for layer in range(1, weights.architecture.layers + 1):
        name = weights.architecture.layer_names(layer)["kernel"]
        kernel = arrays[name].copy()
        stop = len(kernel) - weights.architecture.parity
        kernel[stop - LATIN.size : stop] = parts @ kernel[stop - parts.shape[1] : stop]
        arrays[name] = kernel.astype(np.float16).astype(np.float32)
    return replace(weights, arrays=arrays)
