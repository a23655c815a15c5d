"""Training speed: points a second of whole updates, and their share of the matrix product rate.

python benchmarks/bench_training.py [--units 400] [--batch 64] [--points 256] [--characters 64]
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
    for name, default in (("units", 400), ("batch", 64), ("points", 256), ("characters", 64)):
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
    ceiling = matrix_product_rate()
    seconds = fastest(lambda: network.train_on_batch(inputs, targets), seconds=30)
    rate = a.batch * a.points / seconds
    # A weight takes part in a product and a sum a point, once forward and twice back.
    operations = 6 * network.count_params() * rate
    print(machine())
    print(f"network: 3 layers of {a.units}, {network.count_params():,} weights; batch {a.batch} x {a.points} points")
    print(f"training: {rate:,.0f} points/s, {seconds:.2f} s an update")
    print(f"matrix product: {ceiling / 1e9:.0f} GFLOP/s; training uses {operations / ceiling:.0%} of it")


if __name__ == "__main__":
    main()
