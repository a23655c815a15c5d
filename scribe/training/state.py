"""Where a training stands: what its checkpoint holds beside the numbers of the network."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scribe.alphabet import Alphabet
from scribe.training import checkpoint
from scribe.training.batches import Position

__all__ = ["CHECKPOINT", "TrainingError", "TrainingState", "checkpoint_of", "in_short", "settings_from"]

CHECKPOINT = "checkpoint.safetensors"

_LARGEST = 2.0**32  # of any number among settings
_ONE_OR_MORE = {"updates", "units", "layers", "mixtures", "moves", "batch_points", "batch_frames", "longest"}
_ONE_OR_MORE |= {"validate_every", "checkpoint_every", "patience"}
_SHARES = {"dropout", "condition_dropout", "averaging", "progress"}


class TrainingError(ValueError):
    """The settings, the corpus and the folder do not fit together."""


_TOLD_ONCE = ("alphabet", "characters", "failed", "dropped", "notice", "attribution")


def in_short(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance of weights that another training begins with, without long lists of what the new ones tell again.

    Those are characters, one by one, and what a corpus says of itself. A training that begins with one that began with
    one would else keep them many times.
    """
    return {
        name: in_short(value) if isinstance(value, Mapping) else value
        for name, value in provenance.items()
        if name not in _TOLD_ONCE
    }


@dataclass(frozen=True)
class TrainingState:
    """Where a training stands.

    Attributes:
        kind: of the task, such as ``"write"``.
        settings: of the type that the task has.
        corpus: what was learned from, :meth:`~scribe.corpora.corpus.Corpus.summary`.
        offset_scale: what offsets are divided by, body heights.
        points_per_character: of the training split.
        training_points: points of the training split.
        step: the mean length of a move with the pen down, body heights; 0 where a task has no use for it.
        update: how many updates were made.
        seconds: how long they took.
        position: of the next batch.
        begun_with: name and provenance of the weights that the training began with; empty if they were random.
    """

    kind: str
    settings: Any
    corpus: Mapping[str, Any]
    offset_scale: float
    points_per_character: float
    training_points: int = 1
    step: float = 0.0
    update: int = 0
    seconds: float = 0.0
    position: Position = field(default_factory=Position)
    begun_with: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alphabet(self) -> Alphabet:
        """The characters that are learned."""
        return Alphabet(self.settings.alphabet)

    @property
    def licence(self) -> str:
        """Of the weights that come out: the code's licence, and what they were learned from."""
        name, licence = self.corpus.get("name", "a corpus"), self.corpus.get("licence", "licence not stated")
        return f"MIT. Trained on {name} ({licence})"

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the weights come from, ready for JSON; updates and minutes before this training are counted, too."""
        before = self.begun_with.get("provenance", {})
        return {
            "corpus": dict(self.corpus),
            "settings": dataclasses.asdict(self.settings),
            "updates": before.get("updates", 0) + self.update,
            "minutes": round(before.get("minutes", 0.0) + self.seconds / 60, 1),
            **({"begun_with": dict(self.begun_with)} if self.begun_with else {}),
        }

    def to_json(self) -> dict[str, Any]:
        """The state as JSON can hold it."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, path: str | os.PathLike[str], kinds: Mapping[str, type]) -> TrainingState:
        """The state in a checkpoint.

        Args:
            path: ``checkpoint.safetensors``, or the folder of the training.
            kinds: for each kind of task that is wanted, the type of its settings.

        Raises:
            CheckpointError: if the file is no checkpoint.
            TrainingError: if it's a training of another kind, or an entry is missing or makes no sense.
        """
        path = checkpoint_of(path)
        return cls.from_json(checkpoint.read_state(path), kinds, path)

    @classmethod
    def from_json(cls, given: Mapping[str, Any], kinds: Mapping[str, type], path: Path) -> TrainingState:
        """What :meth:`to_json` made, checked; ``path`` is named in errors, which are those of :meth:`read`."""
        # Before there were kinds, a reader's state was known by its step.
        kind = given.get("kind", "read" if "step" in given else "write")
        if not isinstance(kind, str) or kind not in kinds:
            raise TrainingError(
                f"{path} belongs to another kind of training: it learns to {kind!r}, not to {' or '.join(kinds)}"[:400]
            )
        fields = {f.name: f for f in dataclasses.fields(cls)}
        needed = {"settings", "corpus", "offset_scale", "points_per_character", "update", "seconds", "position"}
        if missing := sorted(needed - given.keys()):
            raise TrainingError(f"{path} belongs to no training: it lacks {', '.join(missing)}")
        if unknown := sorted(given.keys() - fields.keys()):
            raise TrainingError(f"{path} belongs to a training of another version: it has {', '.join(unknown)}"[:400])
        whole = [name for name in ("update", "training_points") if not _fits(given.get(name, 0), int)]
        numbers = ("offset_scale", "points_per_character", "step", "seconds")
        wrong = whole + [name for name in numbers if not _fits(given.get(name, 0), float)]
        wrong += [name for name in ("corpus", "begun_with") if not isinstance(given.get(name, {}), Mapping)]
        if wrong:
            raise TrainingError(f"{path} cannot be used: its {wrong[0]} is {given[wrong[0]]!r}"[:400])
        settings = settings_from(kinds[kind], given["settings"], str(path))
        position = settings_from(Position, given["position"], f"{path}, position")
        return cls(**{**given, "kind": kind, "settings": settings, "position": position})


def checkpoint_of(path: str | os.PathLike[str]) -> Path:
    """The checkpoint: a file, or in the folder of a training."""
    return Path(path) / CHECKPOINT if Path(path).is_dir() else Path(path)


def settings_from(kind: type, given: object, where: str) -> Any:
    """A dataclass with the values of a mapping; what isn't given keeps its default.

    Args:
        kind: a dataclass whose fields are numbers, truth values and texts, each with a default.
        given: names and values, as JSON or TOML holds them.
        where: they stand, for errors.

    Raises:
        TrainingError: that names the first field that is not known or whose value isn't of its type.
    """
    if not isinstance(given, Mapping):
        raise TrainingError(f"{where}: settings must be names with values, not {type(given).__name__}")
    types = {f.name: type(f.default) for f in dataclasses.fields(kind)}
    for name, value in given.items():
        if name not in types:
            raise TrainingError(f"{where}: there is no setting {name!r}; the settings are {', '.join(types)}"[:2000])
        if not _fits(value, types[name]):
            wanted = {bool: "true or false", int: "a whole number", float: "a number"}.get(types[name], "a text")
            raise TrainingError(f"{where}: {name} is {value!r}; it must be {wanted}"[:400])
        least = 1 if name in _ONE_OR_MORE else 0
        most = 1 if name in _SHARES else _LARGEST
        if not isinstance(value, str) and not least <= value <= most:
            raise TrainingError(f"{where}: {name} is {value!r}; it must be from {least} to {most:.0f}")
    return kind(**given)


def _fits(value: object, wanted: type) -> bool:
    if isinstance(value, bool) or wanted is bool:
        return isinstance(value, bool) and wanted is bool
    if wanted in (int, float):
        return isinstance(value, (int, float) if wanted is float else int) and abs(value) < _LARGEST
    return isinstance(value, wanted)
