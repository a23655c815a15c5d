"""What every training does, whatever it teaches: updates, a log, validations, checkpoints, no loss when it ends."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from scribe.files import replacing
from scribe.training import checkpoint
from scribe.training.batches import Batch, Position
from scribe.training.state import CHECKPOINT, TrainingState

__all__ = ["Progress", "TrainingDiverged", "averaged", "run_updates", "write_json"]


class TrainingDiverged(RuntimeError):
    """Step after step was not finite; going on would teach nothing."""


@dataclass(frozen=True)
class Progress:
    """What the loop tells after each update."""

    update: int
    updates: int
    nats: float
    points_per_second: float
    skipped: int
    validation: float | None = None


@contextlib.contextmanager
def averaged(network: keras.Model) -> Iterator[None]:
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


def run_updates(
    network: keras.Model,
    batches: Callable[[Position, Callable[[], float]], Iterator[Batch]],
    folder: Path,
    state: TrainingState,
    *,
    validate: Callable[[], float] | None,
    report: Callable[[Progress], None],
    on_validation: Callable[[keras.Model, TrainingState], None],
    step: Callable[[dict, np.ndarray], float] | None = None,
) -> TrainingState:
    """Update a compiled network until ``settings.updates`` or an interrupt, and leave it with the averaged weights.

    Args:
        batches: batches from a position on; its second argument tells the share of the curriculum that is done.
        folder: gets ``checkpoint.safetensors``, ``log.jsonl`` and ``events``.
        state: where the training stands; a checkpoint holds it as it is then.
        validate: measures the averaged network now and then; ``None`` if there is nothing to measure it on.
        report: called after every update.
        on_validation: called with the averaged network and the state after every validation.
        step: one update with inputs and targets, returning the loss; ``network.train_on_batch`` if not given.

    Returns:
        Where it stands now.

    Raises:
        TrainingDiverged: after ``settings.patience`` updates in a row that were not finite.
    """
    path, settings = folder / CHECKPOINT, state.settings
    step = step or network.train_on_batch
    log = _Log(folder, state.update)
    started, seconds_before = time.monotonic(), state.seconds
    in_a_row = 0

    def progress() -> float:
        return min(1.0, state.update / max(settings.curriculum, 1))

    with _Interrupt() as interrupt, _ahead(batches(state.position, progress)) as stream:
        for batch in stream:
            if state.update >= settings.updates or interrupt.came:
                state = dataclasses.replace(state, position=batch.position)
                break
            begun = time.monotonic()
            network.reset_metrics()
            skipped_before = _skipped(network)
            nats = float(step(batch.inputs, batch.targets))
            state = dataclasses.replace(state, update=state.update + 1, position=_after(batch.position))
            skipped = _skipped(network)
            in_a_row = in_a_row + 1 if skipped > skipped_before else 0
            if in_a_row >= settings.patience:
                checkpoint.save(path, network, state.to_json())
                raise TrainingDiverged(
                    f"{in_a_row} updates in a row were not finite, up to update {state.update}. The weights before"
                    f" them are sound and kept in {path}. Train anew with a smaller learning rate, and look at the"
                    " corpus with `scribe corpus info`"
                )
            pace = batch.points / max(time.monotonic() - begun, 1e-6)  # some clocks tick sixty times a second
            validation = None
            if validate and (state.update % settings.validate_every == 0 or state.update == settings.updates):
                with averaged(network):
                    validation = validate()
                    on_validation(network, state)
            told = Progress(state.update, settings.updates, nats, pace, skipped, validation)
            report(told)
            state = dataclasses.replace(state, seconds=seconds_before + time.monotonic() - started)
            log.write(told, state.seconds, batch)
            if state.update % settings.checkpoint_every == 0:
                checkpoint.save(path, network, state.to_json())
    checkpoint.save(path, network, state.to_json())
    log.close()
    if state.update:
        network.optimizer.finalize_variable_values(network.trainable_variables)
    return state


def _after(position: Position) -> Position:
    return dataclasses.replace(position, index=position.index + 1)


def _skipped(network: keras.Model) -> int:
    return int(ops.convert_to_numpy(network.optimizer.skipped))


def write_json(path: Path, content: dict) -> None:
    """Write a record as JSON that people can read: all of it, or the old one stays."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def kept_lines(path: Path, update: int) -> list[str]:
    """The lines of a log up to an update. A kill may have left half a line, and a full disk anything at all.

    Logs from before called the updates that were skipped "refused"; here they have the name of today.
    """
    kept = []
    for line in path.read_bytes().splitlines():
        try:
            text = line.decode()
            entry = json.loads(text)
            if isinstance(entry, dict) and isinstance(entry["update"], int) and entry["update"] <= update:
                if "refused" in entry:
                    text = json.dumps({"skipped" if k == "refused" else k: v for k, v in entry.items()})
                kept.append(text)
        except (ValueError, KeyError, RecursionError):
            continue
    return kept


class _Log:
    """``log.jsonl`` and TensorBoard events. When resumed, lines after the checkpoint are dropped."""

    def __init__(self, folder: Path, update: int) -> None:
        path = folder / "log.jsonl"
        kept = kept_lines(path, update) if path.exists() else []
        with replacing(path) as temporary:
            temporary.write_text("".join(line + "\n" for line in kept), encoding="utf-8")
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
            "skipped": progress.skipped,
        }
        if progress.validation is not None:
            entry["validation"] = round(progress.validation, 4)
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        if self._events:
            for name in ("nats", "validation", "points_per_second", "skipped"):
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
        self._before: dict[int, Any] = {}

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
