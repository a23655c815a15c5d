"""What a training tells while it runs, and what it draws."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scribe.draw import to_svg
from scribe.files import replacing
from scribe.weights import WeightsError
from scribe.writer import Writer

if TYPE_CHECKING:
    from scribe.training.loop import Progress
    from scribe.training.state import TrainingState
    from scribe.training.task import Task

__all__ = ["TrainingReport", "draw_sample"]


class TrainingReport:
    """Tells how a training comes along: a bar on a terminal, else a line now and then.

    Args:
        task: whose words for losses and validations are used.
        say: prints a line.

    Attributes:
        finished: whether the last update that was planned has been made.
    """

    SECONDS = 20.0

    def __init__(self, task: Task[Any], say: Callable[[str], None] = print) -> None:
        self.finished = True
        self._say = say
        self._counted, self._validated = task.counted, task.validated
        self._nats: float | None = None  # None before the first update
        self._pace = 0.0
        self._validation: float | None = None
        self._begun = self._said = 0.0
        self._first = 0
        self._bar: Any = None

    def __enter__(self) -> TrainingReport:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("update"),
                MofNCompleteColumn(),
                BarColumn(None),
                TextColumn("{task.description}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Take note of one update."""
        now = time.monotonic()
        if self._nats is None:
            self._begun, self._first = now, progress.update
            self._nats, self._pace = progress.nats, progress.points_per_second
        self._nats += 0.02 * (progress.nats - self._nats)
        self._pace += 0.02 * (progress.points_per_second - self._pace)
        if progress.validation is not None:
            self._validation = progress.validation
        self.finished = progress.update >= progress.updates
        told = f"{self._nats:.3f} nats {self._counted}, {self._pace:,.0f} points per second"
        if self._validation is not None:
            told += ", " + self._validated.format(self._validation)
        if progress.skipped:
            told += f", {progress.skipped} updates skipped that were not finite"
        if self._bar is not None:
            self._bar.update(self._task, total=progress.updates, completed=progress.update, description=told)
        elif now - self._said >= self.SECONDS or progress.validation is not None or self.finished:
            self._said = now
            done = progress.update - self._first
            if done and not self.finished:
                told += f", {_duration((now - self._begun) / done * (progress.updates - progress.update))} left"
            self._say(f"update {progress.update} of {progress.updates}: {told}")


def draw_sample(
    task: Task[Any], folder: Path, text: str, network: Any, state: TrainingState, say: Callable[[str], None] = print
) -> None:
    """Draw a text with a network that learns to write, as it stands, into ``samples`` in the folder of its training.

    Args:
        text: of the network's alphabet; nothing is drawn if there is nothing in it.
        say: prints a line if the network can't write yet.
    """
    if not text.strip():
        return
    try:
        weights = task.export(network, state)
        (ink,) = Writer(weights).write_many([text if weights.architecture.window else None], seed=0)
    except WeightsError as error:
        say(f"warning: no sample after update {state.update}: {error}")
        return
    path = folder / "samples" / f"{state.update:07d}.svg"
    path.parent.mkdir(exist_ok=True)
    drawing = to_svg(ink, title=f"{text}, after {state.update} updates", paper="#ffffff", colour="#1b2438")
    with replacing(path) as temporary:
        temporary.write_text(drawing, encoding="utf-8")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
