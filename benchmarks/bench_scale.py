"""How cost and memory grow: training with points, characters and units; a large corpus; many lines written.

Training is measured against the multiply-adds that an update needs. Memory is what a process of its own needs on top of
what it had before, at its peak, in bytes that the system cannot take back: parts of files that are mapped can be
dropped from memory and read again, and do not count.

python benchmarks/bench_scale.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from ceilings import fastest, machine, matrix_product_rate

LINE = 320
"""Points of a line of the large corpus, some 20 characters."""

BASE = {"units": 128, "points": 128, "characters": 32}
GROWTH = {"points": (64, 256, 512), "characters": (8, 128, 512), "units": (64, 256, 400)}
BATCH = 16


# --- training


def training(quick: bool) -> None:
    """A table: seconds an update, for networks and batches that differ from one in one respect."""
    cases = [("", BASE)] + [(name, BASE | {name: v}) for name, values in GROWTH.items() for v in values]
    if quick:
        cases = cases[:2]
    rate = matrix_product_rate(seconds=1)
    print(f"training, 3 layers, batch of {BATCH}; matrix product: {rate / 1e9:.0f} GFLOP/s")
    print("  units  points  characters   s/update  multiply-adds  share of the matrix product rate")
    for _, case in cases:
        seconds, operations = update(**case, seconds=0.3 if quick else 1.0)
        numbers = f"{case['units']:7}{case['points']:8}{case['characters']:12}{seconds:11.3f}{operations / 2e9:13.2f}G"
        print(f"{numbers}  {operations / seconds / rate:6.0%}", flush=True)


def update(units: int, points: int, characters: int, seconds: float) -> tuple[float, int]:
    """The time of an update, and its floating-point operations: those of the weights and of the window."""
    from scribe.training.train import Settings, build

    rng = np.random.default_rng(0)
    settings = Settings(units=units)
    network = build(settings, points_per_character=points / characters)
    inputs = {
        "points": rng.normal(size=(BATCH, points, 3)).astype(np.float32),
        "codes": rng.integers(0, 95, (BATCH, characters)).astype(np.int32),
        "code_mask": np.ones((BATCH, characters), np.float32),
    }
    targets = np.ones((BATCH, points, 4), np.float32)
    targets[..., :3] = inputs["points"]
    targets[..., 2] = targets[..., 2] > 1.5
    # A weight takes part in a product and a sum a point, once forward and twice back; so does each character in each
    # Gaussian of the window, which the loop looks at anew.
    operations = 6 * (network.count_params() + settings.window * characters) * BATCH * points
    return fastest(lambda: network.train_on_batch(inputs, targets), seconds, least=5), operations


# --- memory


class Peak:
    """The most memory that this process had while the block ran, on top of what it had before: ``bytes``."""

    def __enter__(self) -> Peak:
        self._before = self._most = held()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            self._most = max(self._most, held())

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.bytes = max(self._most, held()) - self._before


def held() -> int:
    """Bytes of memory of this process that are no file's; where the system does not tell, its peak of all memory."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def alone(task: str, *arguments: object) -> dict[str, float]:
    """What a task of :data:`TASKS` tells, run in a process of its own."""
    command = [sys.executable, __file__, "--task", task, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def make_corpus(path: str, lines: str) -> dict[str, float]:
    """A corpus of loops, made line by line."""
    from scribe.corpora import Corpus, Sample
    from scribe.ink import Ink

    rng = np.random.default_rng(0)
    turn = np.linspace(0, 40 * np.pi, LINE)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz     "))

    def samples() -> Iterator[Sample]:
        for number in range(int(lines)):
            wave = rng.normal(1, 0.2, 4)
            points = np.stack([turn / 6 * wave[0] + np.sin(turn * wave[1]), np.cos(turn * wave[2]) * wave[3]], axis=1)
            offsets = np.zeros((LINE, 3), np.float32)
            offsets[1:, :2] = np.diff(np.round(points * 1024) / 1024, axis=0)
            offsets[15::16, 2] = 1
            text = "".join(letters[rng.integers(0, len(letters), 20)])
            yield Sample(Ink(offsets), "a" + text, f"w{number % 400}", "line", "test" if number % 400 < 40 else "train")

    facts = {"name": "synthetic loops", "licence": "CC0-1.0", "attribution": "", "synthetic": True}
    started = time.perf_counter()
    with Peak() as peak:
        Corpus.from_samples(samples(), facts).save(path)
    return {"memory": peak.bytes, "seconds": time.perf_counter() - started, "file": Path(path).stat().st_size}


def draw_batches(path: str, batches: str) -> dict[str, float]:
    """Load a corpus, take its training part and draw batches of lines, as training does."""
    from scribe.alphabet import ASCII
    from scribe.corpora import Corpus
    from scribe.training.batches import Batches, Position, offset_scale

    started = time.perf_counter()
    with Peak() as peak:
        corpus = Corpus.load(path).split("train")
        drawn = Batches(corpus, ASCII, offset_scale(corpus))(Position(progress=1.0))
        points = next(drawn).points
        ready = time.perf_counter()
        points = sum(next(drawn).points for _ in range(int(batches)))
        done = time.perf_counter()
    return {
        "memory": peak.bytes,
        "ink": corpus.offsets.nbytes,
        "seconds": ready - started,
        "points_a_second": points / (done - ready),
    }


def corpora(quick: bool) -> None:
    """Memory and time to make, load and use corpora of growing size."""
    print("a corpus of synthetic ink, and batches of its training part")
    print("    lines   file   made: memory      s   ink to train on   drawn from: memory      s   points/s")
    for lines in (1_000, 4_000) if quick else (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "corpus.npz")
            made = alone("make_corpus", path, lines)
            used = alone("draw_batches", path, 50 if quick else 300)
        print(
            f"{lines:9,}{made['file'] / 1e6:4.0f} MB{made['memory'] / 1e6:12.0f} MB{made['seconds']:7.1f}"
            f"{used['ink'] / 1e6:15.0f} MB{used['memory'] / 1e6:18.0f} MB{used['seconds']:7.1f}"
            f"{used['points_a_second']:11,.0f}",
            flush=True,
        )


def write_lines(count: str, points: str) -> dict[str, float]:
    """Write so many short lines with the default weights."""
    from scribe.weights import load_weights
    from scribe.writer import Writer

    writer = Writer(load_weights("default"))
    writer.write_many(["warm"] * 4, seed=0, max_points=4)
    texts = [f"line {number}" for number in range(int(count))]
    started = time.perf_counter()
    with Peak() as peak:
        inks = writer.write_many(texts, seed=0, max_points=int(points))
    seconds = time.perf_counter() - started
    made = sum(map(len, inks))
    return {"memory": peak.bytes, "ink": sum(ink.offsets.nbytes for ink in inks), "rate": made / seconds}


def writing(quick: bool) -> None:
    """Memory of writing many lines at a time."""
    print("write_many, default weights, short lines")
    print("    lines   memory   ink   the rest   points/s")
    for count in (64, 256) if quick else (1_000, 10_000):
        told = alone("write_lines", count, 8 if quick else 40)
        memory, ink = told["memory"] / 1e6, told["ink"] / 1e6
        print(f"{count:9,}{memory:6.0f} MB{ink:3.0f} MB{memory - ink:8.0f} MB{told['rate']:11,.0f}", flush=True)


TASKS = {task.__name__: task for task in (make_corpus, draw_batches, write_lines)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        name, *arguments = given.task
        print(json.dumps(TASKS[name](*arguments)))
        return
    print(machine())
    training(given.quick)
    corpora(given.quick)
    writing(given.quick)


if __name__ == "__main__":
    main()
