"""The mean of the weights of several trainings that go on from one another.

    python -m recipe.mean_of_weights anyone-2/weights.safetensors anyone-3/weights.safetensors -o anyone.safetensors

Networks on one path of training lie so near to each other that the network in the middle is one, too, and a better one
than either: what each learned of its own last batches is averaged out. For networks that were trained apart it's
noise. Izmailov and others, "Averaging weights leads to wider optima and better generalization", UAI 2018; Wortsman and
others, "Model soups", ICML 2022.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scribe.weights import Weights, WeightsError, load_weights, save_weights

__all__ = ["mean_of"]


def mean_of(networks: Sequence[Weights], shares: Sequence[float] | None = None) -> Weights:
    """The mean of the weights, in double precision, with the name and the provenance of the last.

    Args:
        networks: of one architecture and alphabet.
        shares: of each in the mean, all alike if ``None``; they need not add up to 1.

    Raises:
        WeightsError: if there is none, or they differ in more than their numbers, or the shares don't fit.
    """
    if not networks:
        raise WeightsError("a mean needs weights")
    shares = [1.0] * len(networks) if shares is None else list(shares)
    if len(shares) != len(networks) or min(shares) < 0 or not sum(shares):
        raise WeightsError(f"{len(networks)} networks need as many shares, 0 or more, and these are {shares}")
    last = networks[-1]
    for other in networks:
        for what in ("architecture", "alphabet", "offset_scale"):
            one, two = getattr(other, what), getattr(last, what)
            if getattr(one, "characters", one) != getattr(two, "characters", two):
                raise WeightsError(f"there's no mean of weights that differ in their {what}")
    parts = np.array(shares) / sum(shares)
    arrays = {
        name: sum(part * w.arrays[name].astype(np.float64) for part, w in zip(parts, networks, strict=True))
        for name in last.arrays
    }
    means = [
        {"updates": w.provenance.get("updates"), "share": round(float(part), 4)}
        for part, w in zip(parts, networks, strict=True)
    ]
    return dataclasses.replace(
        last,
        arrays={name: np.asarray(array, np.float32) for name, array in arrays.items()},
        provenance={**last.provenance, "mean_of": means},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument(
        "--share", type=float, action="append", help="of each in the mean, in their order; alike if none"
    )
    parser.add_argument("--name")
    parser.add_argument("--half", action="store_true", help="in half precision")
    options = parser.parse_args()
    try:
        mean = mean_of([load_weights(path) for path in options.weights], options.share)
    except (WeightsError, FileNotFoundError) as error:
        sys.exit(f"mean_of_weights: {error}")
    if options.name:
        mean = dataclasses.replace(mean, name=options.name)
    save_weights(options.output, mean, half=options.half)


if __name__ == "__main__":
    main()
