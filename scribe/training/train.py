"""The training loop: batches in, nats out, checkpoints in between."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from scribe.alphabet import ASCII
from scribe.corpora.corpus import Corpus
from scribe.training import checkpoint
from scribe.training.batches import Augmentation, Batch, Batches, Position, offset_scale, padded
from scribe.training.losses import NegativeLogDensity
from scribe.training.network import HandwritingNetwork
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay

__all__ = ["CHECKPOINT", "Progress", "Settings", "TrainingDiverged", "TrainingError", "train"]

CHECKPOINT = "checkpoint.safetensors"


class TrainingError(ValueError):
    """The settings, the corpus and the folder do not fit together."""


class TrainingDiverged(RuntimeError):
    """Step after step was not finite; going on would teach nothing."""


@dataclass(frozen=True)
class Settings:
    """All that shapes a training. The defaults are known to work on UNIPEN.

    ``updates`` and ``decay`` may be changed when a training is resumed; the rest is fixed by the
    first run. ``weight_noise`` 0.075 is Graves' regulariser (:mod:`scribe.training.noise`).
    """

    units: int = 400
    layers: int = 3
    window: int = 10
    mixtures: int = 20
    peepholes: bool = False
    weight_noise: float = 0.0
    updates: int = 30_000
    learning_rate: float = 1e-3
    warmup: int = 100
    decay: int = 5_000
    clip_norm: float = 5.0
    averaging: float = 0.998
    batch_points: int = 16_384
    longest: int = 1_100
    curriculum: int = 1_500
    seed: int = 0
    validate_every: int = 500
    checkpoint_every: int = 100
    patience: int = 20


@dataclass(frozen=True)
class Progress:
    """What the loop tells after each update."""

    update: int
    updates: int
    nats: float
    points_per_second: float
    refused: int
    validation: float | None = None


def build(settings: Settings, points_per_character: float, training_points: int = 1) -> HandwritingNetwork:
    """The network and its optimizer, compiled and built, with fresh weights from the seed.

    ``training_points`` matters to adaptive weight noise only.
    """
    keras.utils.set_random_seed(settings.seed)
    network = HandwritingNetwork(
        units=settings.units,
        layers=settings.layers,
        window=settings.window,
        mixtures=settings.mixtures,
        codes=ASCII.size,
        points_per_character=points_per_character,
        peepholes=settings.peepholes,
        weight_noise=settings.weight_noise,
        training_points=training_points,
    )
    schedule = WarmupHoldDecay(settings.learning_rate, settings.warmup, settings.updates, settings.decay)
    optimizer = SafeAdam(schedule, global_clipnorm=settings.clip_norm, use_ema=True, ema_momentum=settings.averaging)
    # Batches differ in shape; compiling each anew would cost more than it gains without a GPU.
    network.compile(optimizer, NegativeLogDensity(settings.mixtures), jit_compile=keras.backend.backend() == "jax")
    network.build()
    optimizer.build(network.trainable_variables)
    return network


@contextlib.contextmanager
def averaged(network: HandwritingNetwork) -> Iterator[None]:
    """Within this block the network carries the running averages of its weights."""
    variables = network.trainable_variables
    kept = [ops.convert_to_numpy(v).copy() for v in variables]
    if int(ops.convert_to_numpy(network.optimizer.iterations)):
        network.optimizer.finalize_variable_values(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def validation_batches(corpus: Corpus, scale: float, lines: int, batch: int = 32) -> list[tuple[dict, np.ndarray]]:
    """A fixed choice of held-out lines, as they are: no joining, no variation, first points not counted."""
    chosen = corpus.split("validation").of_kind("line")
    known = set(ASCII.characters)
    fit = [i for i, text in enumerate(chosen.texts) if set(text) <= known and chosen.lengths[i] > 1]
    fit = np.random.default_rng(0).permutation(fit)[:lines]
    fit = sorted(fit, key=lambda i: chosen.lengths[i])
    batches = []
    for start in range(0, len(fit), batch):
        samples = [chosen[int(i)] for i in fit[start : start + batch]]
        inputs, targets = padded([s.ink.offsets for s in samples], [ASCII.encode(s.text) for s in samples], scale)
        targets[:, 0, 3] = 0
        batches.append((inputs, targets))
    return batches


def evaluate(network: HandwritingNetwork, batches: list[tuple[dict, np.ndarray]]) -> float:
    """Mean nats a point over batches of inputs and targets."""
    total = points = 0.0
    for inputs, targets in batches:
        network.reset_metrics()
        counts = float(targets[..., 3].sum())
        total += float(network.test_on_batch(inputs, targets)) * counts
        points += counts
    return total / points


def train(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[HandwritingNetwork, int], None] = lambda network, update: None,
) -> HandwritingNetwork:
    """Train a network on a corpus. Returns it with the averaged weights.

    ``folder`` gets ``checkpoint.safetensors`` (the whole state, replaced now and then),
    ``settings.json``, ``log.jsonl`` (a line every ten updates) and events for TensorBoard. An
    interrupt (Ctrl-C, SIGTERM) ends the loop after the current update, with a checkpoint.

    Args:
        corpus: with training and validation writers.
        folder: made if it does not exist.
        settings: of the run; when resuming, only ``updates`` and ``decay`` are taken from here.
        resume: go on from the checkpoint in ``folder``.
        report: called after every update.
        on_validation: called with the averaged network after every validation.

    Raises:
        TrainingError: if there is a checkpoint and ``resume`` is false, or none and it is true.
        TrainingDiverged: after ``patience`` updates in a row that were not finite.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    settings = _settled(settings or Settings(), path, resume)

    training = corpus.split("train")
    if not len(training):
        raise TrainingError("the corpus has no training writers")
    scale = offset_scale(training)
    points_per_character = len(training.offsets) / sum(map(len, training.texts))
    network = build(settings, points_per_character, len(training.offsets))
    state = {"update": 0, "position": dataclasses.asdict(Position()), "seconds": 0.0}
    if resume:
        state = checkpoint.load(path, network)
    state |= {
        "settings": dataclasses.asdict(settings),
        "offset_scale": scale,
        "points_per_character": points_per_character,
        "corpus": corpus.summary(),
    }
    _write_json(folder / "settings.json", {k: state[k] for k in ("settings", "offset_scale", "corpus")})

    batches = Batches(
        training,
        ASCII,
        scale,
        points=settings.batch_points,
        longest=settings.longest,
        augmentation=Augmentation(),
        seed=settings.seed,
    )
    held_out = validation_batches(corpus, scale, lines=256)
    del training
    log = _Log(folder, state["update"])
    started, seconds_before = time.monotonic(), state["seconds"]
    in_a_row = 0

    def progress() -> float:
        return min(1.0, state["update"] / max(settings.curriculum, 1))

    with _Interrupt() as interrupt, _ahead(batches(Position(**state["position"]), progress)) as stream:
        for batch in stream:
            if state["update"] >= settings.updates or interrupt.came:
                state["position"] = dataclasses.asdict(batch.position)
                break
            begun = time.monotonic()
            network.reset_metrics()
            refused_before = _refused(network)
            nats = float(network.train_on_batch(batch.inputs, batch.targets))
            state["update"] += 1
            refused = _refused(network)
            in_a_row = in_a_row + 1 if refused > refused_before else 0
            if in_a_row >= settings.patience:
                state["position"] = dataclasses.asdict(_after(batch.position))
                checkpoint.save(path, network, state)
                raise TrainingDiverged(
                    f"{in_a_row} updates in a row were not finite, up to update {state['update']}. The weights before"
                    f" them are sound and kept in {path}. Train anew with a smaller learning rate, and look at the"
                    " corpus with `scribe corpus info`"
                )
            pace = batch.points / (time.monotonic() - begun)
            validation = None
            if held_out and (state["update"] % settings.validate_every == 0 or state["update"] == settings.updates):
                with averaged(network):
                    validation = evaluate(network, held_out)
                    on_validation(network, state["update"])
            told = Progress(state["update"], settings.updates, nats, pace, refused, validation)
            report(told)
            state["seconds"] = seconds_before + time.monotonic() - started
            log.write(told, state["seconds"], batch)
            if state["update"] % settings.checkpoint_every == 0:
                state["position"] = dataclasses.asdict(_after(batch.position))
                checkpoint.save(path, network, state)
    checkpoint.save(path, network, state)
    log.close()
    if state["update"]:
        network.optimizer.finalize_variable_values(network.trainable_variables)
    return network


def _settled(settings: Settings, path: Path, resume: bool) -> Settings:
    if not resume:
        if path.exists():
            raise TrainingError(f"{path} exists: go on with it (--resume), or choose another folder")
        return settings
    if not path.exists():
        raise TrainingError(f"there is no checkpoint at {path} to resume from")
    first = Settings(**checkpoint.read_state(path)["settings"])
    return dataclasses.replace(first, updates=settings.updates, decay=settings.decay)


def _after(position: Position) -> Position:
    return dataclasses.replace(position, index=position.index + 1)


def _refused(network: HandwritingNetwork) -> int:
    return int(ops.convert_to_numpy(network.optimizer.refused))


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n")


class _Log:
    """``log.jsonl`` and TensorBoard events. When resumed, lines after the checkpoint are dropped."""

    def __init__(self, folder: Path, update: int) -> None:
        path = folder / "log.jsonl"
        kept = []
        if path.exists():
            kept = [line for line in path.read_text().splitlines() if json.loads(line)["update"] <= update]
        path.write_text("".join(line + "\n" for line in kept))
        self._file = path.open("a")
        self._nats: list[float] = []
        try:
            from tensorboard.summary import Writer
        except ImportError:
            self._events = None
        else:
            self._events = Writer(str(folder / "events"))

    def write(self, progress: Progress, seconds: float, batch: Batch) -> None:
        self._nats.append(progress.nats)
        if progress.update % 10 and progress.validation is None:
            return
        entry = {
            "update": progress.update,
            "seconds": round(seconds, 1),
            "nats": round(float(np.mean(self._nats)), 4),
            "points_per_second": round(progress.points_per_second),
            "curriculum": round(batch.position.progress, 3),
            "refused": progress.refused,
        }
        if progress.validation is not None:
            entry["validation"] = round(progress.validation, 4)
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        if self._events:
            for name in ("nats", "validation", "points_per_second", "refused"):
                if name in entry:
                    self._events.add_scalar(name, entry[name], progress.update)
            self._events.flush()
        self._nats.clear()

    def close(self) -> None:
        self._file.close()
        if self._events:
            self._events.close()


class _Interrupt:
    """Ctrl-C and SIGTERM set a flag that the loop reads; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.came = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> _Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _ahead(batches: Iterator[Batch], count: int = 2) -> Iterator[Iterator[Batch]]:
    """The same batches, made by a thread a little ahead of their use."""
    ready: queue.Queue = queue.Queue(count)
    done = threading.Event()

    def put(item: object) -> None:
        while not done.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for batch in batches:
                put(batch)
                if done.is_set():
                    return
        except BaseException as error:
            put(error)

    def taken() -> Iterator[Batch]:
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        done.set()
        thread.join()
