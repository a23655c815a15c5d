"""LSTM layers that run over frames in both directions: what the reader and the reader of hands have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scribe.lstm import lstm_forward

__all__ = ["bidirectional", "layer_shapes"]

_PARTS = ("kernel", "recurrent", "bias")


def layer_shapes(features: int, units: int, layers: int) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of the layers, by name.

    Args:
        features: numbers per frame that the first layer sees; the others see both directions of the one below.
        units: of each LSTM in each direction.
        layers: how many.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = features
    for layer in range(1, layers + 1):
        for direction in ("forward", "backward"):
            of_parts = ((inputs, 4 * units), (units, 4 * units), (4 * units,))
            shapes |= {f"lstm{layer}.{direction}.{part}": of for part, of in zip(_PARTS, of_parts, strict=True)}
        inputs = 2 * units
    return shapes


def bidirectional(
    weights: Mapping[str, np.ndarray], units: int, layers: int, features: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """LSTM layers in both directions over lines of different lengths.

    Args:
        weights: what :func:`layer_shapes` lists, by name.
        units, layers: as there.
        features: ``(T_i, features)`` for each line.

    Returns:
        The outputs of the last layer, ``(T, B, 2U)``, of which only the first ``T_i`` of each line mean anything; and
        the lengths ``T_i``, ``(B,)``.
    """
    lengths = np.array([len(f) for f in features])
    hs = np.zeros((lengths.max(), len(features), features[0].shape[1]), np.float32)
    for b, rows in enumerate(features):
        hs[: len(rows), b] = rows
    # Which frame comes at each place when every line is turned round and padding stays where it is.
    t = np.arange(lengths.max())[:, None]
    backwards = np.where(t < lengths, lengths - 1 - t, t)[:, :, None]

    def run(name: str, xs: np.ndarray) -> np.ndarray:
        start = np.zeros((xs.shape[1], units), np.float32)
        return lstm_forward(xs, start, start, *(weights[f"{name}.{part}"] for part in _PARTS))[0]

    for layer in range(1, layers + 1):
        ahead = run(f"lstm{layer}.forward", hs)
        behind = run(f"lstm{layer}.backward", np.take_along_axis(hs, backwards, axis=0))
        hs = np.concatenate([ahead, np.take_along_axis(behind, backwards, axis=0)], axis=2)
    return hs, lengths
