"""One training for every task: what a task says of itself, and the driver that trains it.

A task says how its network is built, what batches it gets, how it's measured on held-out lines and what comes out. All
else is the same: what is resumed and what isn't, the folder and what lies in it, several devices, and the loop.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import keras

from scribe.corpora.corpus import Corpus
from scribe.training import checkpoint
from scribe.training.batches import Batch, Position
from scribe.training.distribution import Replicas
from scribe.training.loop import Progress, run_updates, write_json
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.training.state import CHECKPOINT, TrainingError, TrainingState, checkpoint_of, settings_from
from scribe.training.usable import LeftOut, tell_left_out
from scribe.weights import NetworkWeights

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Source", "Task", "compiled", "export", "resumed_settings", "run"]

Network = TypeVar("Network", bound=keras.Model)
W = TypeVar("W", bound=NetworkWeights)


class Source(Protocol):
    """Batches without end, from a position on."""

    left_out: LeftOut

    def __call__(self, position: Position, progress_at: Callable[[], float]) -> Iterator[Batch]:
        """``progress_at()`` tells the share of the curriculum that is done."""
        ...


class Task(Protocol[W]):
    """What a training teaches.

    To add a task, write a class like this one and name it in :data:`scribe.training.tasks.TASKS`.
    """

    @property
    def kind(self) -> str:
        """The verb, such as ``"write"``: what a checkpoint is known by."""
        ...

    @property
    def settings(self) -> type:
        """The type of its settings.

        A frozen dataclass whose fields are numbers, truth values and texts with defaults. The driver needs ``updates``,
        ``decay``, ``learning_rate``, ``curriculum``, ``validate_every``, ``checkpoint_every`` and ``patience``;
        :func:`compiled` needs ``warmup``, ``clip_norm`` and ``averaging``. A task with texts has an ``alphabet``.
        """
        ...

    @property
    def counted(self) -> str:
        """What the nats of an update are told for, such as ``"per point"``."""
        ...

    @property
    def validated(self) -> str:
        """How a validation is told: a format for the number."""
        ...

    def begin(self, corpus: Corpus, training: Corpus, settings: Any) -> TrainingState:
        """The state of a training that hasn't begun.

        Args:
            corpus: all of it.
            training: its training split, not empty.
            settings: that were asked for. Those in the state hold.

        Raises:
            TrainingError: if they don't fit together.
        """
        ...

    def build(self, state: TrainingState) -> keras.Model:
        """The network with its optimizer and loss, built, with fresh weights from the seed; see :func:`compiled`."""
        ...

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> Source:
        """What an update learns from."""
        ...

    def validation(self, corpus: Corpus, state: TrainingState) -> Callable[[Any], float] | None:
        """What measures the averaged network on held-out lines; ``None`` if the corpus has none."""
        ...

    def export(self, network: Any, state: TrainingState, name: str = "") -> W:
        """The weights of a network as it stands, to be used without Keras."""
        ...

    def save(self, path: str | os.PathLike[str], weights: W, half: bool = False) -> None:
        """Write what :meth:`export` made to a file, in half the space if ``half``."""
        ...


def compiled(network: Network, loss: keras.losses.Loss, settings: Any, *, jit: bool) -> Network:
    """A network, compiled and built with the optimizer that every task has.

    Args:
        settings: ``learning_rate``, ``warmup``, ``updates``, ``decay``, ``clip_norm`` and ``averaging`` are used.
        jit: whether updates are compiled for each shape of batches.
    """
    schedule = WarmupHoldDecay(settings.learning_rate, settings.warmup, settings.updates, settings.decay)
    optimizer = SafeAdam(schedule, global_clipnorm=settings.clip_norm, use_ema=True, ema_momentum=settings.averaging)
    network.compile(optimizer, loss, jit_compile=jit)
    network.build()
    optimizer.build(network.trainable_variables)
    return network


def resumed_settings(task: Task[Any], folder: str | os.PathLike[str], given: Mapping[str, Any] | None = None) -> Any:
    """The settings of the training in a folder, to go on with; ``updates`` and ``decay`` may be given anew.

    Raises:
        TrainingError: if there is no checkpoint, or it's that of another kind of training.
    """
    settings = _state(task, Path(folder) / CHECKPOINT).settings
    return settings_from(task.settings, {**dataclasses.asdict(settings), **(given or {})}, "settings")


def _state(task: Task[Any], path: Path) -> TrainingState:
    if not path.exists():
        raise TrainingError(f"there is no checkpoint at {path} to resume from")
    return TrainingState.read(path, {task.kind: task.settings})


def run(
    task: Task[Any],
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: Any = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[Any, TrainingState], None] = lambda network, state: None,
    tell: Callable[[str], None] = warnings.warn,
    strategy: tf.distribute.Strategy | None = None,
    learning_rate: float | None = None,
) -> keras.Model:
    """Teach a network a task from a corpus. Returns it with the averaged weights.

    ``folder`` gets ``checkpoint.safetensors`` (the whole state, replaced now and then),
    ``settings.json``, ``log.jsonl`` (a line every ten updates) and events for TensorBoard. An
    interrupt (Ctrl-C, SIGTERM) ends the loop after the current update, with a checkpoint.

    Args:
        task: what is learned.
        corpus: with training and validation writers.
        folder: made if it does not exist.
        settings: of the run; when resuming, only ``updates`` and ``decay`` are taken from here, and without settings
            these stay, too. To change one of them, say it to :func:`resumed_settings`.
        resume: go on from the checkpoint in ``folder``.
        report: called after every update.
        on_validation: called with the averaged network and the state after every validation.
        tell: gets a sentence on samples that are left out.
        strategy: of TensorFlow, to train on several devices, which share each batch; see
            :mod:`scribe.training.distribution`. Every process of several needs a ``folder`` of its own.
        learning_rate: from here on, in place of the one in the settings; for a training that diverged.

    Raises:
        TrainingError: if there is a checkpoint and ``resume`` is false, or none and it is true; if task, corpus and
            settings don't fit together.
        TrainingDiverged: after ``patience`` updates in a row that were not finite.
    """
    folder = Path(folder)
    path = folder / CHECKPOINT
    changed = {} if learning_rate is None else {"learning_rate": learning_rate}
    training = corpus.split("train")
    if not resume and path.exists():
        raise TrainingError(f"{path} exists: go on with it (--resume), or choose another folder")
    before = _state(task, path) if resume else None
    if not len(training):
        raise TrainingError("the corpus has no training writers")
    if before is None:
        state = task.begin(corpus, training, dataclasses.replace(settings or task.settings(), **changed))
    else:
        if settings is not None:
            changed |= {"updates": settings.updates, "decay": settings.decay}
        # A network that goes on with another corpus keeps the units that it has learned.
        settings = dataclasses.replace(before.settings, **changed)
        state = dataclasses.replace(before, settings=settings, corpus=corpus.summary())
    with strategy.scope() if strategy else contextlib.nullcontext():
        network = task.build(state)
    if resume:
        checkpoint.load(path, network)
    trained = Replicas(network, strategy) if strategy else network
    batches = task.batches(corpus, training, state)
    tell_left_out(corpus, batches.left_out, state.alphabet if hasattr(state.settings, "alphabet") else None, tell)
    measure = task.validation(corpus, state)
    del training
    # All is accepted: a training that is refused leaves no folder behind.
    folder.mkdir(parents=True, exist_ok=True)
    kept = ("kind", "settings", "offset_scale", "points_per_character", "step", "corpus")
    write_json(folder / "settings.json", {name: value for name, value in state.to_json().items() if name in kept})
    run_updates(
        network,
        batches,
        folder,
        state,
        validate=None if measure is None else functools.partial(measure, trained),
        report=report,
        on_validation=on_validation,
        step=trained.train_on_batch,
    )
    return network


def export(task: Task[W], path: str | os.PathLike[str], *, name: str = "", average: bool = True) -> W:
    """The weights of a checkpoint, with where they come from.

    Args:
        task: of the training.
        path: ``checkpoint.safetensors``, or the folder of the training.
        name: of the weights.
        average: take the running averages, which do better than the weights of the last update.

    Raises:
        CheckpointError: if the file is not a checkpoint.
        TrainingError: if it is that of another task.
    """
    path = checkpoint_of(path)
    state = TrainingState.read(path, {task.kind: task.settings})
    network = task.build(state)
    checkpoint.load(path, network)
    if average and state.update:
        network.optimizer.finalize_variable_values(network.trainable_variables)
    weights = task.export(network, state, name)
    return dataclasses.replace(weights, provenance={**weights.provenance, "averaged": average})
