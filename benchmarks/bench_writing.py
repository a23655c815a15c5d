"""Writing speed: one line at a time against the memory bandwidth, many lines, and the command from a cold start."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ceilings import machine, memory_bandwidth

from scribe.alphabet import ASCII
from scribe.weights import Architecture, Weights, load_weights
from scribe.writer import Writer

TEXT = "You know nothing Jon Snow"
LINES = 2048


def paper_sized() -> Weights:
    """Random weights of the paper's size: 3 layers of 400, 10 and 20 Gaussians."""
    architecture = Architecture(units=400, layers=3, window=10, mixtures=20)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(0, 0.05, shape) for name, shape in architecture.shapes(ASCII.size).items()}
    return Weights(arrays, architecture, ASCII, offset_scale=0.3, points_per_character=15.0, name="random, paper-sized")


def main() -> None:
    print(machine())
    bandwidth = memory_bandwidth()
    for weights in (paper_sized(), load_weights("default")):
        writer = Writer(weights)
        writer.trace(TEXT, seed=0, max_points=50)
        started = time.perf_counter()
        points = sum(1 for seed in range(4) for _ in writer.stream(TEXT, seed=seed, max_points=400))
        rate = points / (time.perf_counter() - started)
        ceiling = bandwidth / (4 * weights.size)
        print(f"{weights}")
        print(f"  one line: {rate:,.0f} points/s, {rate / ceiling:.0%} of what one core can fetch the weights for")
        started = time.perf_counter()
        lines = writer.write_many([TEXT] * LINES, seed=0, max_points=400)
        rate = sum(map(len, lines)) / (time.perf_counter() - started)
        print(f"  {LINES:,} lines: {rate:,.0f} points/s")
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for number in range(4):
            command = [sys.executable, "-m", "scribe", "write", TEXT, "-o", str(Path(folder) / f"{number}.svg")]
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - started)
        print(f"scribe write: {min(times):.2f} s from start to file (first time {times[0]:.2f} s)")


if __name__ == "__main__":
    main()
