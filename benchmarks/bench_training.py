"""Training speed: points per second of whole updates, and their share of the matrix product rate.

The machine's speed changes from second to second where it is shared, so updates and matrix products are timed in turns
and the median of their ratios counts.

python benchmarks/bench_training.py [--units 400] [--batch 64] [--points 256] [--characters 64] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from ceilings import fastest, machine, matrix_product_rate

from scribe.training.train import Settings, build


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("units", 400), ("batch", 64), ("points", 256), ("characters", 64), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    a = parser.parse_args()
    rng = np.random.default_rng(0)
    network = build(Settings(units=a.units), points_per_character=a.points / a.characters)
    inputs = {
        "points": rng.normal(size=(a.batch, a.points, 3)).astype(np.float32),
        "codes": rng.integers(0, 96, (a.batch, a.characters)).astype(np.int32),
        "code_mask": np.ones((a.batch, a.characters), np.float32),
    }
    targets = np.concatenate([inputs["points"], np.ones((a.batch, a.points, 1), np.float32)], axis=2)
    targets[..., 2] = targets[..., 2] > 1.5
    # A weight takes part in a product and a sum a point, once forward and twice back.
    operations = 6 * network.count_params() * a.batch * a.points
    ceilings, rates = [], []
    for _ in range(a.rounds):
        ceilings.append(matrix_product_rate(seconds=1))
        seconds = fastest(lambda: network.train_on_batch(inputs, targets), seconds=1, least=2)
        rates.append(a.batch * a.points / seconds)
    shares = np.array(rates) / (a.batch * a.points) * operations / np.array(ceilings)
    print(machine())
    print(f"network: 3 layers of {a.units}, {network.count_params():,} weights; batch {a.batch} x {a.points} points")
    print(f"training: {np.median(rates):,.0f} points/s (from {min(rates):,.0f} to {max(rates):,.0f})")
    low, middle, high = np.quantile(ceilings, [0, 0.5, 1]) / 1e9
    print(f"matrix product: {middle:.0f} GFLOP/s ({low:.0f} to {high:.0f})")
    print(f"training uses {np.median(shares):.0%} of it ({shares.min():.0%} to {shares.max():.0%})")


if __name__ == "__main__":
    main()
