"""From a training's checkpoint to the weights that everything else reads."""

from __future__ import annotations

import os

from scribe.training.network import weights_of
from scribe.training.task import export
from scribe.training.train import Writing
from scribe.weights import Weights

__all__ = ["export_checkpoint", "weights_of"]


def export_checkpoint(path: str | os.PathLike[str], *, name: str = "", average: bool = True) -> Weights:
    """The weights of a network that writes, from its checkpoint; see :func:`scribe.training.task.export`."""
    return export(Writing(), path, name=name, average=average)
