"""Scribe: a neural network that writes by hand.

    >>> from scribe import Writer
    >>> ink = Writer.load("default").write("You know nothing Jon Snow")

Names are imported when they are first used, so that ``import scribe`` takes no time.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_HOMES = {
    "ASCII": "alphabet",
    "Alphabet": "alphabet",
    "UnknownCharacterError": "alphabet",
    "Ink": "ink",
    "InkError": "ink",
    "Reader": "reader",
    "Weights": "weights",
    "WeightsError": "weights",
    "available_weights": "weights",
    "load_weights": "weights",
    "save_weights": "weights",
    "Style": "writer",
    "Trace": "writer",
    "UnfinishedWarning": "writer",
    "Writer": "writer",
    "WritingError": "writer",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'scribe' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"scribe.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
