"""What is lost to input: a training from its corpus file on, against the same updates with their batches at hand.

Batches are drawn, varied and padded by a thread while the network learns from the ones before. What that costs is
the time that whole updates take beyond those of the same batches made beforehand; both are timed in turns, and the
median counts.

python benchmarks/bench_input.py [--corpus unipen.npz] [--updates 40] [--rounds 3]
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from ceilings import machine

from scribe.alphabet import ASCII
from scribe.corpora import Corpus, fonts
from scribe.training.batches import Batch, Batches, Position, offset_scale
from scribe.training.train import Settings, build, train

WARM = 20  # updates before time counts: the graph is traced anew for the first few shapes of batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a corpus file; synthetic lines are made if none is given")
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = a.corpus or Path(folder) / "fonts.npz"
        if a.corpus is None:
            fonts.generate(600, words=1200, seed=1).save(path)
        settings = Settings(updates=WARM + a.updates, curriculum=0, validate_every=10**6, checkpoint_every=10**6)
        training = Corpus.load(path).split("train")
        scale = offset_scale(training)
        source = Batches(training, ASCII, scale, points=settings.batch_points, rarity=settings.rarity)
        batches = list(itertools.islice(source(Position()), settings.updates))
        whole, alone = [], []
        for number in range(a.rounds):
            whole.append(from_the_file(path, Path(folder) / str(number), settings))
            alone.append(at_hand(settings, batches))
    points = sum(batch.points for batch in batches[WARM:])
    lost = 1 - np.array(alone) / np.array(whole)
    print(machine())
    print(f"{a.updates} updates of {points / a.updates:,.0f} points, 3 layers of {settings.units}")
    print(f"from the corpus file: {points / np.median(whole):,.0f} points/s")
    print(f"batches at hand: {points / np.median(alone):,.0f} points/s")
    print(f"lost to input: {np.median(lost):.1%} ({lost.min():.1%} to {lost.max():.1%})")


def from_the_file(path: Path, folder: Path, settings: Settings) -> float:
    """The seconds from the first update that counts to the last, as training does them."""
    times = []
    train(Corpus.load(path), folder, settings, report=lambda progress: times.append(time.perf_counter()))
    return times[-1] - times[WARM - 1]


def at_hand(settings: Settings, batches: list[Batch]) -> float:
    """The seconds of the same updates, of a network that has its batches already."""
    network = build(settings, 15.0)
    for number, batch in enumerate(batches):
        if number == WARM:
            started = time.perf_counter()
        network.reset_metrics()
        float(network.train_on_batch(batch.inputs, batch.targets))
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
