"""The whole state of a training in one file: weights, moments, averages, and where it stood.

A ``.safetensors`` file: arrays by name, no pickle. It is written beside the old one and renamed,
so a kill at any moment leaves a checkpoint that is whole.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from scribe.files import replacing

__all__ = ["CheckpointError", "load", "read_state", "save"]

_FORMAT = "scribe-checkpoint/1"


class CheckpointError(ValueError):
    """The file is no checkpoint, is damaged, or belongs to another network."""


def _variables(model) -> dict[str, Any]:
    named = {f"model/{i}/{v.path}": v for i, v in enumerate(model.weights)}
    return named | {f"optimizer/{i}/{v.path}": v for i, v in enumerate(model.optimizer.variables)}


def _position(name: str) -> str:
    """A name without the layer's path at its end, which may be counted up within a process: positions decide."""
    return "/".join(name.split("/", 2)[:2])


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
            raise CheckpointError(f"{path} is not a checkpoint of this version ({str(metadata.get('format'))[:40]!r})")
        state = json.loads(metadata["state"])
    except (SafetensorError, KeyError, ValueError, RecursionError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from error
    if not isinstance(state, dict):
        raise CheckpointError(f"{path} cannot be read as a checkpoint: its state is not a JSON object")
    return state


def load(path: Path, model) -> dict:
    """Put a checkpoint's values into ``model`` and its optimizer, both built. Returns the ``state``.

    Raises:
        CheckpointError: if names, shapes or types of numbers do not agree, or a number is not finite; nothing is
            changed then.
    """
    state = read_state(path)
    variables = _variables(model)
    wanted = {_position(name): v for name, v in variables.items()}
    arrays = {}
    try:
        with safe_open(path, "numpy") as file:
            names = list(file.keys())
            stored = {_position(name): name for name in names}
            if stored.keys() != wanted.keys() or len(stored) < len(names):
                raise CheckpointError(
                    f"{path} belongs to another network: it has {len(names)} arrays, not {len(wanted)}"
                )
            for key, variable in wanted.items():
                shape, needed = tuple(file.get_slice(stored[key]).get_shape()), tuple(variable.shape)
                if shape != needed:
                    raise CheckpointError(
                        f"{path} belongs to another network: {stored[key]} has shape {shape}, not {needed}"
                    )
                arrays[key] = file.get_tensor(stored[key])
    except (SafetensorError, TypeError, AttributeError) as error:  # such as numbers of a type that NumPy lacks
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from error
    for key, array in arrays.items():
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise CheckpointError(f"{path} is damaged: {stored[key]} holds what is not a finite number")
    for key, variable in wanted.items():
        variable.assign(arrays[key])
    return state
