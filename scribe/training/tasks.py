"""All that can be taught, by kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from scribe.training.hands import HandReading
from scribe.training.reader import Reading
from scribe.training.state import TrainingState
from scribe.training.task import Task
from scribe.training.train import Writing

__all__ = ["TASKS", "task_of"]

TASKS: Mapping[str, Callable[[], Task[Any]]] = MappingProxyType(
    {"write": Writing, "read": Reading, "hand": HandReading}
)
"""What makes the task of each kind."""


def task_of(path: str | os.PathLike[str]) -> Task[Any]:
    """The task of the training that a checkpoint, or a folder with one, belongs to.

    Raises:
        CheckpointError: if the file is not a checkpoint.
        TrainingError: if it is of no kind that is known.
    """
    tasks = {kind: make() for kind, make in TASKS.items()}
    return tasks[TrainingState.read(path, {kind: task.settings for kind, task in tasks.items()}).kind]
