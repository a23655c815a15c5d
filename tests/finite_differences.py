"""Gradients by central differences, to hold the ones derived by hand against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numeric_gradient(loss: Callable[[], float], array: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The gradient of ``loss()`` with respect to ``array``, which is changed in place and put back."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = loss()
        array[index] = kept - step
        below = loss()
        array[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(gradient: np.ndarray, expected: np.ndarray) -> float:
    """The length of the difference over the length of the longer one; 0 if both are 0."""
    assert gradient.shape == expected.shape
    length = max(np.linalg.norm(gradient), np.linalg.norm(expected))
    return float(np.linalg.norm(gradient - expected) / length) if length else 0.0
