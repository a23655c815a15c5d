"""The whole state of a training in one file: weights, moments, averages, and where it stood.

A ``.safetensors`` file: arrays by name, no pickle. It is written beside the old one and renamed,
so a kill at any moment leaves a checkpoint that is whole.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from keras import ops
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from scribe.files import replacing

__all__ = ["CheckpointError", "load", "read_state", "save"]

_FORMAT = "scribe-checkpoint/1"


class CheckpointError(ValueError):
    """The file is no checkpoint, is damaged, or belongs to another network."""


def _variables(model) -> dict[str, object]:
    named = {f"model/{i}/{v.path}": v for i, v in enumerate(model.weights)}
    return named | {f"optimizer/{i}/{v.path}": v for i, v in enumerate(model.optimizer.variables)}


def save(path: Path, model, state: dict) -> None:
    """Write the variables of ``model`` and its optimizer, and ``state`` (anything JSON can hold)."""
    arrays = {name: np.asarray(ops.convert_to_numpy(v), order="C") for name, v in _variables(model).items()}
    with replacing(path) as temporary:
        save_file(arrays, temporary, {"format": _FORMAT, "state": json.dumps(state)})


def read_state(path: Path) -> dict:
    """The ``state`` that was saved with a checkpoint.

    Raises:
        CheckpointError: if the file is not a checkpoint.
    """
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") != _FORMAT:
            raise CheckpointError(f"{path} is not a checkpoint of this version ({metadata.get('format')})")
        return json.loads(metadata["state"])
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from error


def load(path: Path, model) -> dict:
    """Put a checkpoint's values into ``model`` and its optimizer, both built. Returns the ``state``.

    Raises:
        CheckpointError: if names or shapes do not agree; nothing is changed then.
    """
    state = read_state(path)
    variables = _variables(model)
    with safe_open(path, "numpy") as file:
        # Names end in the layer's path, which may be counted up within a process; positions decide.
        stored = {name.split("/", 2)[0] + "/" + name.split("/", 2)[1]: name for name in file.keys()}  # noqa: SIM118
        wanted = {name.split("/", 2)[0] + "/" + name.split("/", 2)[1]: v for name, v in variables.items()}
        if stored.keys() != wanted.keys():
            raise CheckpointError(f"{path} belongs to another network: it has {len(stored)} arrays, not {len(wanted)}")
        arrays = {key: file.get_tensor(stored[key]) for key in wanted}
    for key, variable in wanted.items():
        if arrays[key].shape != tuple(variable.shape):
            raise CheckpointError(
                f"{path} belongs to another network: {stored[key]} has shape {arrays[key].shape}, "
                f"not {tuple(variable.shape)}"
            )
    for key, variable in wanted.items():
        variable.assign(arrays[key])
    return state
