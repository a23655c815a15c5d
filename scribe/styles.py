"""Named hands for the network to write in, and what makes hands alike or different.

A style is ink and the text that it says. The network reads it first and goes on in that hand. Those that come with the
package (``scribe/weights/styles.safetensors``) are the network's own invention: it wrote them by itself, and they were
kept because they can be read and stay the same over lines. No ink of any person is among them.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import save

from scribe.files import replacing
from scribe.ink import Ink, InkError, resample
from scribe.weights import WeightsError, WeightsFile

__all__ = [
    "FAR_ASTRAY",
    "FORMAT",
    "KINDS",
    "NamedStyle",
    "Style",
    "StyleError",
    "StyleWarning",
    "Traits",
    "astray_at",
    "available_styles",
    "difference",
    "load_style",
    "load_styles",
    "save_styles",
    "traits_of",
]

FORMAT = "scribe-styles/1"
FAR_ASTRAY = 3
"""Characters by which the window may miss the end of a style's text where ink and text do match."""
KINDS = ("print", "joined", "mixed")

_STEPS = 1024  # of the offsets in a file, for a body height: int16 reaches 32 body heights
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST_POINTS = 20_000
_MOST_STYLES = 1000


class StyleError(ValueError):
    """There is no such style, or a file holds none that can be used; the message says why."""


class StyleWarning(UserWarning):
    """The ink and the text of a style don't seem to match; the message says where."""


class Style(NamedTuple):
    """Somebody's writing, for the network to go on from, and the text that it says.

    The ink must be in the units of :class:`Ink` and about as dense as what the network learned
    from (``Weights.points_per_character``); see :func:`scribe.ink.resample`.
    """

    ink: Ink
    text: str


@dataclass(frozen=True)
class NamedStyle:
    """A style that has a name.

    Attributes:
        kind: ``"print"``, ``"joined"`` or ``"mixed"``.
        description: in a few words, for people.
        points_per_character: of the writing that the network learned from which wrote it.
        origin: how it was made, anything that JSON can hold: seed, bias, what was measured.

    Raises:
        StyleError: if an entry makes no sense.
    """

    name: str
    style: Style
    kind: str
    description: str
    points_per_character: float
    origin: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > 40:
            raise StyleError(f"{self.name!r} is no name for a style; it must be of small letters, digits and hyphens")
        if self.kind not in KINDS:
            raise StyleError(f"the style {self.name} is {self.kind!r}; it must be one of {', '.join(KINDS)}")
        for entry in ("description", "text"):
            value = self.description if entry == "description" else self.style.text
            if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 1000:
                raise StyleError(f"the {entry} of the style {self.name} must be one line of text")
        if not isinstance(self.points_per_character, float) or not 0 < self.points_per_character < 1e4:
            raise StyleError(f"points_per_character is {self.points_per_character!r}; it must be a number above 0")
        if not 0 < len(self.style.ink) <= _MOST_POINTS:
            raise StyleError(f"the style {self.name} has {len(self.style.ink)} points; 1 to {_MOST_POINTS} can be used")


def astray_at(text: str, astray: int) -> str:
    """In words, where in a style's text the window stood when the ink was over; see :meth:`Writer.astray`."""
    if astray > 0:
        return f"the text was over {astray} characters before the ink was; the ink says more than {text!r}"
    at = max(0, len(text) - 1 + astray)
    start = text.rfind(" ", 0, at) + 1
    word = text[start:].split(" ")[0]
    return f"the ink was over at the word {word!r}, character {start + 1} of the text; the text says more than the ink"


# --- files ------------------------------------------------------------------------------------------------------


def save_styles(
    path: str | os.PathLike[str], styles: Iterable[NamedStyle], *, licence: str = "", attribution: str = ""
) -> None:
    """Write styles to one file: all of it, or the old file stays. Points are kept to a thousandth of a body height.

    Raises:
        StyleError: if two have the same name, or a pen leaps further than 32 body heights.
        OSError: if the folder cannot be written.
    """
    tensors, entries = {}, {}
    for one in styles:
        if one.name in entries:
            raise StyleError(f"there are two styles named {one.name}")
        places = np.rint(one.style.ink.points * [_STEPS, _STEPS, 1]).astype(np.int64)
        # Offsets of rounded places, not rounded offsets: the errors do not add up along a line.
        offsets = np.concatenate([np.diff(places[:, :2], axis=0, prepend=0), places[:, 2:]], axis=1)
        if np.abs(offsets).max() > np.iinfo(np.int16).max:
            raise StyleError(f"the pen of the style {one.name} leaps further than the file can hold")
        tensors[one.name] = offsets.astype(np.int16)
        entries[one.name] = {
            "text": one.style.text,
            "kind": one.kind,
            "description": one.description,
            "points": len(offsets),
            "points_per_character": one.points_per_character,
            "origin": dict(one.origin),
        }
    metadata = {"format": FORMAT, "styles": json.dumps(entries), "licence": licence, "attribution": attribution}
    data = save(tensors, metadata)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def load_styles(path: str | os.PathLike[str] = "styles") -> dict[str, NamedStyle]:
    """All styles of a file, by name; without one, those that come with the package.

    Raises:
        FileNotFoundError: if there is no such file.
        StyleError: if the file is damaged or holds something else.
    """
    try:
        with WeightsFile.open(path, FORMAT) as file:
            entries = file.json("styles")
            if len(entries) > _MOST_STYLES:
                raise StyleError(f"{len(entries)} styles are too many")
            arrays = file.tensors({name: (_points(name, entry), 3) for name, entry in entries.items()})
    except WeightsError as error:
        raise StyleError(str(error)) from error
    try:
        return {name: _named(name, entry, arrays[name]) for name, entry in entries.items()}
    except (StyleError, InkError) as error:
        raise StyleError(f"{os.fspath(path)} cannot be used: {error}") from error


def _points(name: str, entry: object) -> int:
    """How many points a style must have; it is checked before they are read."""
    points = entry.get("points") if isinstance(entry, dict) else None
    if type(points) is not int or not 0 < points <= _MOST_POINTS:
        raise WeightsError(f"the style {name!r} must have 1 to {_MOST_POINTS} points, not {points!r}")
    return points


def _named(name: str, entry: Mapping[str, Any], offsets: np.ndarray) -> NamedStyle:
    if offsets.dtype != np.int16:
        raise StyleError(f"the style {name!r} holds {offsets.dtype}; it must hold int16")
    given: dict[str, Any] = {key: entry.get(key) for key in ("kind", "description", "points_per_character", "origin")}
    if not isinstance(given["origin"], dict):
        raise StyleError(f"the origin of the style {name!r} must be a JSON object")
    ink = Ink(offsets / np.array([_STEPS, _STEPS, 1], np.float32))
    return NamedStyle(name, Style(ink, entry.get("text", "")), **given)


@functools.cache
def _shipped() -> dict[str, NamedStyle]:
    try:
        return load_styles()
    except FileNotFoundError:
        return {}


def available_styles() -> list[str]:
    """The names of the styles that come with the package."""
    return sorted(_shipped())


def load_style(name: str, points_per_character: float | None = None) -> Style:
    """A style that comes with the package.

    Args:
        points_per_character: of the weights that are to write; the ink is made as dense as what they learned from.

    Raises:
        StyleError: if there is none of that name; the message lists the names there are.
    """
    if name not in _shipped():
        names = ", ".join(available_styles()) or "none"
        raise StyleError(f"there is no style named {name!r}; those that come with scribe are: {names}")
    found = _shipped()[name]
    factor = 1.0 if points_per_character is None else points_per_character / found.points_per_character
    # People differ by more than this in how fast they write.
    return found.style if 0.9 < factor < 1.1 else Style(resample(found.style.ink, factor), found.style.text)


# --- hands ------------------------------------------------------------------------------------------------------


class Traits(NamedTuple):
    """What can be measured of a hand without reading it."""

    lifts: float  # strokes per character, spaces left out: about 0.4 where letters are joined, above 1 in print
    slant: float  # of the downstrokes, degrees; 0 is upright, above 0 leans to the right
    width: float  # of a character, spaces included, in body heights
    height: float  # of the middle half of all ink, in body heights: small writing has little of it
    turning: float  # of the pen while it draws, radians a body height: round and curly, or straight


def traits_of(ink: Ink, text: str) -> Traits:
    """Measure the hand of some ink that says ``text``.

    Raises:
        StyleError: if there is nothing to measure: no text, or ink without a line of any length.
    """
    characters = sum(not c.isspace() for c in text)
    strokes = ink.strokes
    moves = [np.diff(stroke, axis=0) for stroke in strokes]
    every = np.concatenate([np.zeros((0, 2)), *moves])
    lengths = np.hypot(*every.T)
    if not characters or not lengths.sum() > 0:
        raise StyleError("a hand can be measured only in ink that draws lines, with its text")
    steep = (every[:, 1] < 0) & (-every[:, 1] > np.abs(every[:, 0]))
    dx, dy = (every[steep] * lengths[steep, None]).sum(axis=0)
    heights = np.concatenate([(stroke[1:, 1] + stroke[:-1, 1]) / 2 for stroke in strokes])
    low, high = _weighted_quantiles(heights, lengths, (0.25, 0.75))
    return Traits(
        lifts=len(strokes) / characters,
        slant=float(np.degrees(np.arctan2(-dx, -dy))) if steep.any() else 0.0,
        width=ink.bounds.width / len(text),
        height=high - low,
        turning=sum(map(_turning, moves)) / float(lengths.sum()),
    )


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray, shares: Iterable[float]) -> list[float]:
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return [float(values[order][min(np.searchsorted(passed, share * passed[-1]), len(order) - 1)]) for share in shares]


def _turning(moves: np.ndarray) -> float:
    """By how much the pen turns in one stroke, radians, to the left and to the right alike."""
    moves = moves[(moves != 0).any(axis=1)]
    direction = np.arctan2(moves[:, 1], moves[:, 0])
    return float(np.abs((np.diff(direction) + np.pi) % (2 * np.pi) - np.pi).sum())


def difference(one: Traits, other: Traits, spread: Traits) -> float:
    """How different two hands are: 0 if alike; 1 if they differ as much as the measures commonly vary (``spread``)."""
    return float(np.sqrt(np.mean(((np.array(one) - np.array(other)) / np.array(spread)) ** 2)))
