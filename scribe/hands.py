"""Hands as vectors: who writes, as opposed to what is written and how neatly.

A :class:`Hand` is a vector ``z`` of ``D`` numbers. The network takes it as a constant input of every layer. There are
three ways to come by one: :class:`HandReader` reads it from ink, whatever that says; :class:`Prior` draws it at random;
and hands can be mixed (:func:`mixed`). All have the same length, ``sqrt(D)``, so that a number of a ``z`` is about 1.

The idea is that of multi-speaker speech synthesis (Jia and others, 2018, "Transfer learning from speaker verification
to multispeaker text-to-speech synthesis"), for ink: the reader of hands learns to tell writers apart, and what it has
learned serves a network that never saw these writers. Chapter 8 has the story.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from scribe.files import replacing
from scribe.ink import Ink, InkError
from scribe.reading.frames import frames
from scribe.reading.layers import bidirectional, layer_shapes
from scribe.styles import Style
from scribe.weights import NetworkWeights, WeightsError, check_sizes, load_network, save_network

__all__ = [
    "FORMAT",
    "Hand",
    "HandArchitecture",
    "HandError",
    "HandReader",
    "HandWeights",
    "NamedHand",
    "Prior",
    "draw_hand",
    "find_hand",
    "load_hand",
    "mixed",
    "named_hands",
    "save_hand",
    "save_hand_reader",
    "similarity",
]

FORMAT = "scribe-hand-reader/1"
HAND_FORMAT = "scribe-hand/1"
_PIECE = 175  # points of a piece: the reader of hands learned from pieces of 90 to 260
_LEAST = 20  # points, two letters or so, below which nothing can be told
_LARGEST_FILE = 1 << 20
_LONGEST_SAMPLE = 5_000
_STEPS = 1024  # of the points of a sample in a file, for a body height


class HandError(ValueError):
    """There's no hand in what was given; the message says why."""


@dataclass(frozen=True, eq=False)
class Hand:
    """A hand: a vector, and perhaps a name.

    Attributes:
        z: float32 ``(D,)``, read-only; it's brought to the length ``sqrt(D)``.
        name: for people.
        reader: the :attr:`~HandWeights.fingerprint` of the reader of hands whose vector it is, if that's known: vectors
            of different readers mean different things.
        sample: a line in that hand and what it says, if there is one. A writer goes on from it, as from a style, and
            then gets more of the hand right than its vector says.

    Raises:
        HandError: if ``z`` isn't a row of finite numbers, or all of them are 0, or the sample has no ink or no text.
    """

    z: np.ndarray
    name: str = ""
    reader: str = ""
    sample: Style | None = None

    def __post_init__(self) -> None:
        z = np.asarray(self.z)
        if z.ndim != 1 or not len(z) or z.dtype.kind not in "fiu" or not np.isfinite(z).all():
            raise HandError("a hand is a row of finite numbers")
        length = math.sqrt(float(np.square(z, dtype=np.float64).sum()))
        if not 1e-6 < length < 1e6:
            raise HandError("a hand can't be all zeros, nor can its numbers be huge")
        z = np.array(z * (math.sqrt(len(z)) / length), np.float32)
        z.setflags(write=False)
        object.__setattr__(self, "z", z)
        if self.sample is not None and not (
            1 <= len(self.sample.ink) <= _LONGEST_SAMPLE and 0 < len(self.sample.text.strip()) <= _LONGEST_SAMPLE
        ):
            raise HandError(
                f"the sample of a hand is a line of ink, of {_LONGEST_SAMPLE:,} points at most, and its text"
            )

    def __repr__(self) -> str:
        sample = "" if self.sample is None else f", and {self.sample.text!r} in it"
        return f"Hand({self.name!r}, {len(self.z)} numbers{sample})"


def similarity(one: Hand, other: Hand) -> float:
    """The cosine of the angle between two hands: 1 for the same, about 0 for two that have nothing in common."""
    if len(one.z) != len(other.z):
        raise HandError(f"hands of {len(one.z)} and of {len(other.z)} numbers can't be compared")
    return float(one.z @ other.z / len(one.z))


def mixed(hands: Sequence[Hand], shares: Sequence[float] | None = None, name: str = "") -> Hand:
    """A hand between others: the mean of their vectors, brought to the common length.

    Args:
        shares: how much of each; all alike without it.

    Raises:
        HandError: if there are none, or they cancel each other out, or their sizes differ.
    """
    if not hands or len({len(hand.z) for hand in hands}) != 1:
        raise HandError("to mix hands, give one or more that were read by the same reader of hands")
    weights = np.ones(len(hands)) if shares is None else np.asarray(shares, np.float64)
    if weights.shape != (len(hands),):
        raise HandError(f"{len(hands)} hands need as many shares, not {weights.size}")
    readers = {hand.reader for hand in hands}
    reader = readers.pop() if len(readers) == 1 else ""
    sample = hands[0].sample if len(hands) == 1 else None  # a line can't be between two hands
    return Hand(np.einsum("h,hd->d", weights, np.stack([hand.z for hand in hands])), name, reader, sample)


# --- weights ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HandArchitecture:
    """The sizes of a reader of hands: as a reader's, and the ``size`` of the vector.

    Raises:
        WeightsError: if a size isn't a whole number in its range.
    """

    units: int
    layers: int
    size: int
    moves: int = 3

    def __post_init__(self) -> None:
        check_sizes(self, {"units": (1, 65536), "layers": (1, 64), "size": (2, 1024), "moves": (1, 64)})

    @property
    def features(self) -> int:
        """Numbers per frame, see :func:`scribe.reader.frames`."""
        return 2 * self.moves + 2

    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, by name. ``codes`` doesn't matter: this network knows no characters."""
        shapes = layer_shapes(self.features, self.units, self.layers)
        shapes["output.kernel"] = (4 * self.units, self.size)  # mean and deviation of both directions
        shapes["output.bias"] = (self.size,)
        shapes["prior.mean"] = (self.size,)
        shapes["prior.axes"] = (self.size, self.size)
        return shapes


@dataclass(frozen=True, eq=False, repr=False)
class HandWeights(NetworkWeights):
    """A network that reads hands, and the prior over the hands of the writers it learned from.

    Attributes:
        alphabet: of the writing it learned from; the network itself sees no characters.
        offset_scale: what moves with the pen down are divided by, body heights.
    """

    architecture: HandArchitecture

    NUMBERS: ClassVar = ("offset_scale", "points_per_character")

    @functools.cached_property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell this reader's vectors from another's. The prior doesn't change them."""
        digest = hashlib.sha256()
        for name, array in self.arrays.items():
            if not name.startswith("prior."):
                digest.update(array.tobytes())
        return digest.hexdigest()[:8]

    def __repr__(self) -> str:
        return f"HandWeights({self.name!r}, {self.size:,} weights: hands of {self.architecture.size} numbers)"


def save_hand_reader(path: str | os.PathLike[str], weights: HandWeights, half: bool = False) -> None:
    """Write the weights to one file; half precision and errors as in :func:`~scribe.weights.save_weights`."""
    save_network(path, FORMAT, weights, half)


# --- reading ----------------------------------------------------------------------------------------------------


class HandReader:
    """Weights that read hands.

    Ink must be in the units of :class:`~scribe.ink.Ink`: level, the baseline at ``y = 0``, body height 1.
    """

    def __init__(self, weights: HandWeights) -> None:
        self.weights = weights

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str] = "hands") -> HandReader:
        """A reader of hands with the weights of that name or file.

        Raises:
            FileNotFoundError: if there's no such file or name.
            WeightsError: if the file is damaged, of another format, or doesn't fit its architecture.
        """
        return cls(load_network(name_or_path, FORMAT, HandWeights, HandArchitecture))

    def __repr__(self) -> str:
        return f"HandReader({self.weights!r})"

    @property
    def prior(self) -> Prior:
        """The prior over hands that belongs to these vectors."""
        return Prior(self.weights["prior.mean"], self.weights["prior.axes"], self.weights.fingerprint)

    def read(self, inks: Ink | Sequence[Ink], name: str = "") -> Hand:
        """The hand of one line of ink, or of many lines by the same person: the mean over all pieces of them.

        Raises:
            HandError: if there are fewer than 20 points.
        """
        inks = [inks] if isinstance(inks, Ink) else list(inks)
        if sum(map(len, inks)) < _LEAST:
            raise HandError(f"there's too little ink to read a hand from: write two letters or more ({_LEAST} points)")
        parts = [part for ink in inks if len(ink) for part in pieces(ink.offsets)]
        lengths = np.array([len(part) for part in parts], np.float64)
        return Hand(np.einsum("p,pd->d", lengths, self.vectors(parts)), name, self.weights.fingerprint)

    def read_lines(self, lines: Sequence[Style], name: str = "") -> Hand:
        """The hand of lines whose text is known, with one of them as its sample: the one that's most like them all.

        Of lines with fewer than 8 or more than 60 characters one is taken only if there's no other.

        Raises:
            HandError: as :meth:`read`.
        """
        hand = self.read([line.ink for line in lines], name)
        fit = [line for line in lines if 8 <= len(line.text.strip()) <= 60 and len(line.ink) >= _LEAST]
        fit = fit or [line for line in lines if line.text.strip() and len(line.ink) >= _LEAST]
        if not fit:
            return hand
        return replace(hand, sample=max(fit, key=lambda line: similarity(self.read(line.ink), hand)))

    def vectors(self, parts: Sequence[np.ndarray], batch: int = 256) -> np.ndarray:
        """The vector of each piece of ink, float32 ``(len(parts), D)``, each of length 1.

        Args:
            parts: offsets ``(T, 3)``, the first leading to the pen's height above the baseline.
        """
        a = self.weights.architecture
        made = [frames(part, self.weights.offset_scale, a.moves).features for part in parts]
        z = np.empty((len(parts), a.size), np.float32)
        order = np.argsort([len(features) for features in made], kind="stable")
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            z[chosen] = self._run([made[i] for i in chosen])
        if not np.isfinite(z).all():
            raise WeightsError("the weights of the reader of hands make numbers that aren't finite")
        return z

    def _run(self, features: Sequence[np.ndarray]) -> np.ndarray:
        a = self.weights.architecture
        hs, lengths = bidirectional(self.weights.arrays, a.units, a.layers, features)
        mask = (np.arange(len(hs))[:, None] < lengths)[:, :, None]
        mean = (hs * mask).sum(axis=0) / lengths[:, None]
        variance = (np.square(hs - mean) * mask).sum(axis=0) / lengths[:, None]
        seen = np.concatenate([mean, np.sqrt(variance + np.float32(1e-5))], axis=1)
        z = seen @ self.weights["output.kernel"] + self.weights["output.bias"]
        return z / np.sqrt(np.square(z).sum(axis=1, keepdims=True) + np.float32(1e-8))


def pieces(offsets: np.ndarray) -> list[np.ndarray]:
    """Ink cut between strokes into pieces of about 175 points, each beginning at its height above the baseline."""
    count = max(1, round(len(offsets) / _PIECE))
    if count == 1:
        first = np.array(offsets, np.float64)
        first[0, 0] = 0
        return [first]
    lifts = np.flatnonzero(offsets[:-1, 2] == 1) + 1
    wanted = np.arange(1, count) * len(offsets) / count
    cuts = sorted({int(lifts[np.abs(lifts - w).argmin()]) for w in wanted}) if len(lifts) else []
    path = offsets[:, :2].cumsum(axis=0, dtype=np.float64)
    parts = []
    for start, stop in zip([0, *cuts], [*cuts, len(offsets)], strict=True):
        part = np.array(offsets[start:stop], np.float64)
        part[0, :2] = 0, path[start, 1]
        parts.append(part)
    return parts


# --- the prior --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Prior:
    """A normal distribution over hands, from which any seed draws one.

    It was fitted to the mean vectors of the training writers, of which nothing but mean and covariance is left.

    Attributes:
        mean: ``(D,)``.
        axes: ``(D, D)``, a row for each principal component, as long as its standard deviation, the longest first.
        reader: as in a :class:`Hand`.
    """

    mean: np.ndarray
    axes: np.ndarray
    reader: str = ""

    @classmethod
    def fit(cls, hands: Sequence[Hand]) -> Prior:
        """Mean and covariance of at least two hands.

        Raises:
            HandError: for fewer.
        """
        if len(hands) < 2:
            raise HandError("a prior needs two hands or more")
        z = np.stack([hand.z for hand in hands]).astype(np.float64)
        mean = z.mean(axis=0)
        variances, components = np.linalg.eigh(np.cov(z, rowvar=False))
        order = np.argsort(-variances)
        axes = np.sqrt(np.maximum(variances[order], 0))[:, None] * components.T[order]
        axes *= np.where(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
        return cls(mean.astype(np.float32), axes.astype(np.float32))

    def draw(self, seed: int | np.random.Generator | None = None, name: str = "") -> Hand:
        """A hand at random."""
        rng = np.random.default_rng(seed)
        return self.at(rng.standard_normal(len(self.mean)), name)

    def at(self, coordinates: Sequence[float] | np.ndarray, name: str = "") -> Hand:
        """The hand ``(n,)`` standard deviations along the first ``n`` principal components, and 0 along the rest."""
        steps = np.asarray(coordinates, np.float64)
        if steps.ndim != 1 or len(steps) > len(self.mean) or not np.isfinite(steps).all():
            raise HandError(f"give up to {len(self.mean)} finite numbers, one for each principal component")
        return Hand(self.mean + steps @ self.axes[: len(steps)], name, self.reader)

    def coordinates(self, hand: Hand) -> np.ndarray:
        """Where a hand lies, in standard deviations along the principal components, float64 ``(D,)``."""
        if len(hand.z) != len(self.mean):
            raise HandError(f"this prior is over hands of {len(self.mean)} numbers, not of {len(hand.z)}")
        squares = np.maximum(np.square(self.axes, dtype=np.float64).sum(axis=1), 1e-12)
        return self.axes @ (hand.z - self.mean).astype(np.float64) / squares


# --- files ------------------------------------------------------------------------------------------------------


def _rounded(z: np.ndarray) -> list[float]:
    return [round(float(number), 4) for number in z]


def save_hand(path: str | os.PathLike[str], hand: Hand) -> None:
    """Write a hand to a small JSON file: its name, its numbers and its sample, if there's one.

    The numbers say how the person writes whose ink it was; the sample is that ink, to a thousandth of a body height.
    """
    content: dict[str, Any] = {"format": HAND_FORMAT, "name": hand.name, "reader": hand.reader, "z": _rounded(hand.z)}
    if hand.sample is not None:
        places = np.rint(hand.sample.ink.points * [_STEPS, _STEPS, 1]).astype(int)
        offsets = np.concatenate([np.diff(places[:, :2], axis=0, prepend=0), places[:, 2:]], axis=1)
        content["sample"] = {"text": hand.sample.text, "steps": _STEPS, "offsets": offsets.ravel().tolist()}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _sample(content: Any) -> Style | None:
    if content is None:
        return None
    offsets = np.array(content["offsets"], np.int64).reshape(-1, 3)
    steps, text = content["steps"], content["text"]
    if not isinstance(text, str) or not 1 <= steps <= 1 << 20:
        raise ValueError("no sample")
    return Style(Ink(offsets / np.array([steps, steps, 1], np.float32)), text)


def load_hand(path: str | os.PathLike[str]) -> Hand:
    """Read a hand from its file.

    Raises:
        FileNotFoundError: if there's no such file.
        HandError: if there's no hand in it.
    """
    path = Path(path)
    if path.stat().st_size > _LARGEST_FILE:
        raise HandError(f"{path} is too large for a file with a hand")
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != HAND_FORMAT:
            raise HandError(f"{path} says format {content['format']!r}; this version reads {HAND_FORMAT!r}")
        z = content["z"]
        if not isinstance(z, list) or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in z):
            raise HandError(f"{path} has no row of numbers as its z")
        named = str(content.get("name", "")), str(content.get("reader", ""))
        return Hand(np.array(z, np.float64), *named, _sample(content.get("sample")))
    except InkError as error:
        raise HandError(f"{path}: its sample can't be used: {error}") from error
    except HandError as error:
        raise HandError(str(error) if str(path) in str(error) else f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise HandError(
            f"{path} can't be read as a hand: it must be a JSON file that 'scribe hand' has made"
        ) from error


# --- hands with names -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NamedHand:
    """A hand that comes with the package, drawn from the prior: nobody's.

    Attributes:
        hand: its vector and its name.
        kind: ``"print"``, ``"joined"`` or ``"cursive"``.
        description: in a few words, for people.
    """

    hand: Hand
    kind: str
    description: str


@functools.cache
def named_hands() -> dict[str, NamedHand]:
    """The hands that come with the package, by name."""
    content = json.loads((resources.files("scribe") / "weights" / "hands.json").read_text(encoding="utf-8"))
    return {
        name: NamedHand(Hand(np.array(one["z"]), name, content["reader"]), one["kind"], one["description"])
        for name, one in content["hands"].items()
    }


@functools.cache
def _prior() -> Prior:
    return HandReader.load().prior


def draw_hand(seed: int | None = None) -> Hand:
    """A hand at random, from the prior that comes with the package: another one for each seed."""
    return _prior().draw(seed)


def find_hand(what: str | os.PathLike[str]) -> Hand:
    """The hand that a word on a command line means: a name that comes with the package, or a file of a hand.

    Raises:
        HandError: if it's neither.
    """
    text = os.fspath(what)
    if Path(text).name == text and not Path(text).suffix:
        if text in (hands := named_hands()):
            return hands[text].hand
        raise HandError(f"there's no hand named {text!r}; there are {', '.join(hands)}. A file of a hand ends in .hand")
    if not Path(text).is_file():
        raise HandError(f"there's no file {text}")
    return load_hand(text)
