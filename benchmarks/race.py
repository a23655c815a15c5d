"""The race of chapter 12: seven networks of 250,000 weights learn to write real words; the results go to ``race.json``.

python benchmarks/race.py CORPUS.npz [-o FILE] [--updates 300] [--seeds 3] [--quick]

CORPUS is made by ``scribe corpus unipen``. Every contestant gets the same words in the same batches. First each one's
learning rate is looked for, in steps of a factor of two, until the best has worse ones on both sides; then the best
rate runs with further seeds. A run that is in FILE isn't run again, so the race may be stopped at any time and go on
later. The time is that of the processor (one thread): 17 s for a run of the LSTM (AMD EPYC), of some forty runs, and as
long again for each contestant to be compiled.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from ceilings import machine
from keras import ops
from race_bricks import CONTESTANTS, MIXTURES, made, units_for

from scribe.alphabet import ASCII
from scribe.corpora import Corpus
from scribe.mdn import log_density, split
from scribe.training.batches import Augmentation, offset_scale, padded
from scribe.training.loop import write_json
from scribe.training.losses import NegativeLogDensity

RATES = tuple(0.00025 * 2**k for k in range(11))
"""Learning rates that may be tried."""
FIRST = 0.008
"""The rate that is tried first; the Transformer's is a quarter of it."""
POINTS, CODES, LINES = 80, 8, 32
"""Of the longest word, points and characters with the end; words in a batch."""


class Words:
    """Words of a corpus that fit, as batches of one shape: the same seed gives the same batches to every contestant."""

    def __init__(self, corpus: Corpus, held_out: int) -> None:
        fit = (corpus.lengths <= POINTS) & (corpus.lengths >= 8)
        fit &= np.array([len(text) < CODES and set(text) <= set(ASCII.characters) for text in corpus.texts])
        self.corpus = corpus
        self.practice = np.flatnonzero(fit & corpus.of_split("train"))
        validation = np.flatnonzero(fit & corpus.of_split("validation"))
        if len(self.practice) < LINES or len(validation) < LINES:
            sys.exit(f"the corpus has {len(self.practice)} words to learn from and {len(validation)} held out; too few")
        practice = corpus.subset(self.practice)
        self.scale = offset_scale(practice)
        self.speed = sum(map(len, practice.texts)) / len(practice.offsets)
        chosen = np.random.default_rng(0).permutation(validation)
        chosen = chosen[: min(held_out, len(chosen)) // LINES * LINES]
        self.held_out = [self._batch(lines) for lines in chosen.reshape(-1, LINES)]

    def _batch(self, numbers: np.ndarray, rng: np.random.Generator | None = None) -> tuple[dict, np.ndarray]:
        """Inputs and targets; varied a little if there is a generator. First points don't count: where a word begins
        is a convention."""
        samples = [self.corpus[int(i)] for i in numbers]
        offsets, vary = [sample.ink.offsets.copy() for sample in samples], Augmentation()
        for line in offsets if rng is not None else ():
            line[:, :2] = line[:, :2] @ vary.matrix(rng).T
            line[:, :2] += rng.uniform(-vary.grain / 2, vary.grain / 2, (len(line), 2))
        codes = [ASCII.encode(sample.text) for sample in samples]
        inputs, targets = padded(offsets, codes, self.scale, multiple=POINTS)
        targets[:, 0, 3] = 0
        text = ASCII.one_hot(inputs["codes"]) * inputs["code_mask"][..., None]
        return {"points": inputs["points"], "text": text[:, :CODES].astype(np.float32)}, targets

    def practised(self, seed: int, update: int) -> tuple[dict, np.ndarray]:
        rng = np.random.default_rng((seed, update))
        return self._batch(rng.choice(self.practice, LINES, replace=False), rng)


class Contestant:
    """A network that can be trained over and over, from random weights of any seed."""

    def __init__(self, name: str, weights: int, words: Words) -> None:
        self.name, self.words = name, words
        self.units = units_for(name, weights, ASCII.size)
        self.network = self._newborn(0)
        self.adam = keras.optimizers.Adam(global_clipnorm=5.0)
        self.network.compile(self.adam, NegativeLogDensity(MIXTURES), jit_compile=True)
        self.forward = tf.function(self.network.call, autograph=False, jit_compile=True)
        # Compiled here, so that the clock doesn't count it.
        self.network.train_on_batch(*words.held_out[0])
        self.forward(words.held_out[0][0])

    def _newborn(self, seed: int) -> keras.Model:
        return made(self.name, self.units, ASCII.size, self.words.speed, seed)

    def nats(self, other_text: bool = False) -> float:
        """Held-out nats per point, with the right text or with that of another word."""
        total = points = 0.0
        for inputs, targets in self.words.held_out:
            if other_text:
                inputs = {**inputs, "text": np.roll(inputs["text"], 1, axis=0)}
            density = log_density(split(np.asarray(self.forward(inputs)), MIXTURES), targets[..., :3])
            total -= float((density * targets[..., 3]).sum())
            points += float(targets[..., 3].sum())
        return total / points

    def train(self, rate: float, seed: int, updates: int) -> dict[str, Any]:
        """What a run leaves: held-out nats per point on the way and at the end, points seen, seconds of computing."""
        self.network.set_weights(self._newborn(seed).get_weights())
        for variable in self.adam.variables:
            variable.assign(ops.zeros_like(variable))
        course, points, seconds = [], 0, 0.0
        for update in range(updates):
            inputs, targets = self.words.practised(seed, update)
            warm, cool = min(1, (update + 1) / 20), 0.02 + 0.49 * (1 + math.cos(math.pi * update / updates))
            self.adam.learning_rate = rate * warm * cool
            begin = time.process_time()
            self.network.reset_metrics()
            self.network.train_on_batch(inputs, targets)
            seconds += time.process_time() - begin
            points += int(targets[..., 3].sum())
            if (update + 1) % max(1, updates // 8) == 0:
                course.append({"points": points, "seconds": round(seconds, 2), "nats": _finite(self.nats())})
        return {
            "name": self.name,
            "weights": self.network.count_params(),
            "machine": machine(),
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "rate": rate,
            "seed": seed,
            "points": points,
            "seconds": round(seconds, 2),
            "nats": _finite(self.nats()),
            "nats_with_another_text": _finite(self.nats(other_text=True)),
            "course": course,
        }


def _finite(nats: float) -> float | None:
    """JSON knows no infinity; a run that diverged has no number."""
    return round(nats, 4) if math.isfinite(nats) else None


def by_nats(run: dict[str, Any]) -> float:
    """What runs are ordered by: those that diverged come last."""
    return math.inf if run["nats"] is None else run["nats"]


def next_rate(tried: dict[float, float], first: float, rates: tuple[float, ...] = RATES) -> float | None:
    """The rate to try next: a neighbour of the best so far that wasn't tried, ``None`` if both were.

    Args:
        tried: held-out nats by rate.
        first: to begin with.
        rates: the ladder.
    """
    if not tried:
        return first
    place = rates.index(min(tried, key=lambda rate: (tried[rate], rate)))
    neighbours = [rates[p] for p in (place + 1, place - 1) if 0 <= p < len(rates)]
    return next((rate for rate in neighbours if rate not in tried), None)


class Race:
    """The runs in a file, and what is still to be run.

    Args:
        path: of the results.
        settings: of the race; a file that has others is of another race.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.content: dict[str, Any] = {"settings": settings, "runs": []}
        if path.exists():
            self.content = json.loads(path.read_text(encoding="utf-8"))
            if self.content["settings"] != settings:
                sys.exit(f"{path} holds a race with other settings; choose another file with -o")

    def runs(self, name: str) -> list[dict[str, Any]]:
        return [run for run in self.content["runs"] if run["name"] == name]

    def add(self, run: dict[str, Any]) -> None:
        self.content["runs"].append(run)
        write_json(self.path, self.content)

    def to_run(self, name: str, seeds: int) -> tuple[float, int] | None:
        """Rate and seed of the next run of a contestant; ``None`` if it has run with so many seeds at its best rate."""
        tried = {run["rate"]: by_nats(run) for run in self.runs(name) if run["seed"] == 1}
        rate = next_rate(tried, FIRST / 4 if name == "Transformer" else FIRST)
        if rate is not None:
            return rate, 1
        best = min(tried, key=lambda rate: (tried[rate], rate))
        done = {run["seed"] for run in self.runs(name) if run["rate"] == best}
        return next(((best, seed) for seed in range(1, seeds + 1) if seed not in done), None)


def digest(*contents: bytes) -> str:
    """Of one thing after the other."""
    found = hashlib.sha256()
    for content in contents:
        found.update(content)
    return found.hexdigest()[:16]


def corpus_digest(corpus: Corpus) -> str:
    """Of ink, texts and writers. When the file was made doesn't count, nor what it says of itself."""
    ink = (corpus.offsets.astype("<f4"), corpus.starts.astype("<i8"), corpus.writers.astype("<i8"))
    texts = json.dumps([corpus.texts, corpus.kinds.tolist(), list(corpus.writer_splits.items())])
    return digest(*(array.tobytes() for array in ink), texts.encode())


def code_digest(path: Path) -> str:
    """Of what the code does: comments and layout don't count."""
    return digest(ast.dump(ast.parse(path.read_text(encoding="utf-8"))).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path(__file__).with_name("race.json"))
    parser.add_argument("--updates", type=int, default=300, help="of each run")
    parser.add_argument("--weights", type=int, default=250_000, help="that each contestant has at least")
    parser.add_argument("--seeds", type=int, default=3, help="of the best rate")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.updates, given.weights, given.seeds = 2, 20_000, 2
    if not given.corpus.is_file():
        sys.exit(f"there is no corpus at {given.corpus}; `scribe corpus unipen` makes one")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    corpus = Corpus.load(given.corpus)
    words = Words(corpus.of_kind("word"), held_out=64 if given.quick else 512)
    settings = {
        "updates": given.updates,
        "weights": given.weights,
        "words in a batch": LINES,
        "Gaussians": MIXTURES,
        "words to learn from": len(words.practice),
        "held-out words": LINES * len(words.held_out),
        "held-out points": int(sum(targets[..., 3].sum() for _, targets in words.held_out)),
        "corpus": {"name": corpus.metadata["name"], "ink and texts": corpus_digest(corpus)},
        "units": "nats per point, words of writers held out, first points not counted",
        "code": {"race_bricks.py": code_digest(Path(__file__).with_name("race_bricks.py"))},
    }
    race = Race(given.out, settings)
    contestants: dict[str, Contestant] = {}
    # Rates of all, then the second seed of all, and so on; a run of each in turn, so that a race that's stopped early
    # has something of everybody.
    for seeds in range(1, given.seeds + 1):
        while todo := [(name, run) for name in CONTESTANTS if (run := race.to_run(name, seeds)) is not None]:
            for name, run in todo:
                if name not in contestants:
                    contestants[name] = Contestant(name, given.weights, words)
                race.add(contestants[name].train(*run, given.updates))
                last = race.content["runs"][-1]
                print(
                    f"{name:26}{last['weights']:8,} rate {last['rate']:<8g} seed {last['seed']}  "
                    f"{by_nats(last):7.3f} nats per point, {last['points'] / last['seconds']:7,.0f} points per second",
                    flush=True,
                )


if __name__ == "__main__":
    main()
