"""What a training tells while it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scribe.cli.shared import save, say

if TYPE_CHECKING:
    from scribe.training.train import Progress


class TrainingReport:
    """Tells how a training comes along: a bar on a terminal, else a line now and then; and draws samples."""

    SECONDS = 20.0

    def __init__(
        self, folder: Path, sample: str, counted: str = "a point", validated: str = "validation {:.3f}"
    ) -> None:
        self.finished = True
        self._folder = folder
        self._sample = sample
        self._counted = counted
        self._validated = validated
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
        import time

        now = time.monotonic()
        if self._nats is None:
            self._begun, self._first = now, progress.update
            self._nats, self._pace = progress.nats, progress.points_per_second
        self._nats += 0.02 * (progress.nats - self._nats)
        self._pace += 0.02 * (progress.points_per_second - self._pace)
        if progress.validation is not None:
            self._validation = progress.validation
        self.finished = progress.update >= progress.updates
        told = f"{self._nats:.3f} nats {self._counted}, {self._pace:,.0f} points a second"
        if self._validation is not None:
            told += ", " + self._validated.format(self._validation)
        if progress.refused:
            told += f", {progress.refused} updates undone that were not finite"
        if self._bar is not None:
            self._bar.update(self._task, total=progress.updates, completed=progress.update, description=told)
        elif now - self._said >= self.SECONDS or progress.validation is not None or self.finished:
            self._said = now
            done = progress.update - self._first
            if done and not self.finished:
                told += f", {_duration((now - self._begun) / done * (progress.updates - progress.update))} left"
            say(f"update {progress.update} of {progress.updates}: {told}")

    def draw(self, network: Any, update: int) -> None:
        """Write the sample with a network as it stands."""
        import json

        from scribe.alphabet import Alphabet
        from scribe.draw import to_svg
        from scribe.training.export import weights_of
        from scribe.weights import WeightsError
        from scribe.writer import Writer

        if not self._sample.strip():
            return
        learned = json.loads((self._folder / "settings.json").read_text())
        try:
            alphabet = Alphabet(learned["settings"]["alphabet"])
            weights = weights_of(network, learned["offset_scale"], alphabet=alphabet)
            text = self._sample if weights.architecture.window else None
            (ink,) = Writer(weights).write_many([text], seed=0)
        except WeightsError as error:
            say(f"warning: no sample after update {update}: {error}")
            return
        folder = self._folder / "samples"
        folder.mkdir(exist_ok=True)
        title = f"{self._sample}, after {update} updates"
        save(folder / f"{update:07d}.svg", to_svg(ink, title=title, paper="#ffffff", colour="#1b2438").encode())


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
