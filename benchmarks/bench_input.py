"""What is lost to input: of a training from its corpus file on, the time that is not spent in updates.

Batches are drawn, varied and padded by a thread while the network learns from the ones before. Two shares tell what
that costs: how long the loop waits between two updates, for a batch and for its log, and how much of a core the making
of batches takes from the updates.

python benchmarks/bench_input.py [--corpus unipen.npz] [--updates 40]
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ceilings import machine

from scribe.alphabet import ASCII
from scribe.corpora import Corpus, fonts
from scribe.training.batches import Batches, Position, offset_scale
from scribe.training.network import HandwritingNetwork
from scribe.training.train import Settings, train

WARM = 20  # updates before time counts: the graph is traced anew for the first few shapes of batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a corpus file; synthetic lines are made if none is given")
    parser.add_argument("--updates", type=int, default=40)
    a = parser.parse_args()
    # One more than counts, as the network is validated before the last one is told.
    settings = Settings(updates=WARM + a.updates + 1, curriculum=0, validate_every=10**6, checkpoint_every=10**6)
    with tempfile.TemporaryDirectory() as folder:
        path = a.corpus or Path(folder) / "fonts.npz"
        if a.corpus is None:
            fonts.generate(600, words=1200, seed=1).save(path)
        training = Corpus.load(path).split("train")
        scale = offset_scale(training)
        source = Batches(training, ASCII, scale, points=settings.batch_points, rarity=settings.rarity)
        began = time.process_time()
        points = [batch.points for batch in itertools.islice(source(Position()), settings.updates)]
        making = (time.process_time() - began) / settings.updates
        ends: list[float] = []
        updating: list[float] = []
        update = HandwritingNetwork.train_on_batch

        def timed(network: HandwritingNetwork, *batch) -> float:
            began = time.perf_counter()
            nats = float(update(network, *batch))
            updating.append(time.perf_counter() - began)
            return nats

        HandwritingNetwork.train_on_batch = timed
        train(Corpus.load(path), Path(folder) / "run", settings, report=lambda _: ends.append(time.perf_counter()))
    whole, inside = ends[-2] - ends[WARM - 1], sum(updating[WARM:-1])
    counted = sum(points[WARM:-1])
    print(machine())
    print(f"{a.updates} updates of {counted / a.updates:,.0f} points, 3 layers of {settings.units}")
    print(f"from the corpus file: {counted / whole:,.0f} points/s; in the updates alone {counted / inside:,.0f}")
    print(f"between updates: {1 - inside / whole:.1%} of the time")
    print(f"a batch takes {1000 * making:.1f} ms of a core: {making * a.updates / inside:.1%} of the time of an update")


if __name__ == "__main__":
    main()
