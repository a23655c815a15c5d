"""Synthetic handwriting: lines written with single-line fonts, unevenly, as a hand would.

It needs no download and no registration, and it covers every printable ASCII character, so it is what
the book and the tests start with. It is not handwriting: say that it is synthetic wherever you show it.

A synthetic writer is a :class:`Habits`: a style - one of :func:`styles` - and habits that stay the same from line to
line: slant, width, spacing, letter shapes of its own, how round, how sure, how fast. Writing a line takes two steps:

1. *Where the pen goes* (:func:`_path`): glyphs are warped, so that no two are equal, set side by side on a
   drifting baseline and, in a cursive style, joined; dots and crossbars wait until the word is written.
2. *When it is there* (:func:`_timed`): corners are rounded off, the pen slows in curves by the two-thirds power law of
   Lacquaniti, Terzuolo and Viviani (1983) and towards the ends of strokes, and the path is sampled evenly in time.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple, TypeVar

import numpy as np

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import KINDS, Corpus, Sample
from scribe.drawing.normalise import rounded_offsets
from scribe.ink import Ink

__all__ = ["FontsError", "Habits", "alphabet", "generate", "random_text", "styles", "write_in_hand", "write_ink"]

STEP = 0.06  # body heights between points of a path while its timing is worked out


class FontsError(ValueError):
    """There is no such style, or nothing to write."""


class Glyph(NamedTuple):
    """A character as the data file holds it, in body heights, the baseline at 0."""

    points: np.ndarray  # (n, 2), all strokes one after the other
    ends: np.ndarray  # where each stroke ends in it
    advance: float  # from the left edge of this character to that of the next


class _Font(NamedTuple):
    cursive: bool
    glyphs: dict[str, Glyph]


@functools.cache
def _header() -> dict[str, Any]:
    return json.loads(_data()["header"].tobytes().decode())


@functools.cache
def _data() -> dict[str, np.ndarray]:
    with (
        resources.files("scribe.corpora").joinpath("data/fonts.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return dict(arrays)


@functools.cache
def _fonts() -> dict[str, _Font]:
    """Every style's glyphs, unpacked from the small integers that the file holds (see ``data/build_fonts.py``)."""
    data, header = _data(), _header()
    characters, scale = header["characters"], header["scale"]
    ends_of_strokes = np.cumsum(data["lengths"].astype(int))
    last_stroke = np.cumsum(data["strokes"].astype(int))
    fonts = {}
    glyph = 0
    for style in header["styles"]:
        glyphs = {}
        for character in characters:
            strokes = []
            for stroke in range(last_stroke[glyph] - data["strokes"][glyph], last_stroke[glyph]):
                steps = data["steps"][ends_of_strokes[stroke] - data["lengths"][stroke] : ends_of_strokes[stroke]]
                strokes.append(np.vstack([data["firsts"][stroke], steps]).astype(float).cumsum(axis=0) / scale)
            ends = np.cumsum([len(s) for s in strokes])
            glyphs[character] = Glyph(np.concatenate(strokes), ends, float(data["advances"][glyph]) / scale)
            glyph += 1
        fonts[style["name"]] = _Font(style["cursive"], glyphs)
    return fonts


@functools.cache
def alphabet() -> Alphabet:
    """The characters that every style has, and the space."""
    return Alphabet(" " + _header()["characters"])


def styles() -> list[str]:
    """The names of the styles, ``print-...`` and ``cursive-...``."""
    return [style["name"] for style in _header()["styles"]]


@dataclass(frozen=True)
class Habits:
    """A synthetic writer: a style and habits. Lengths are in body heights.

    ``Habits(style)`` writes plainly; :meth:`invented` makes up habits.
    """

    style: str
    slant: float = 0.0  # shear added to the style's own: sideways per upwards
    width: float = 1.0  # of letters
    tall: float = 1.0  # of what stands above and hangs below the body
    spacing: float = 0.0  # added after each letter
    gap: float = 1.0  # between words
    drift: float = 0.06  # how far the baseline wanders
    bounce: float = 0.03  # how far single letters stand off the baseline
    shapes: float = 0.0  # how far this hand's letters are from the style's, always in the same way
    sloppiness: float = 0.03  # how far two of its letters are from each other
    roundness: float = 0.05  # standard deviation of the rounding of corners
    tremor: float = 0.004
    joining: float = 1.0  # share of possible joins that are made
    delaying: float = 1.0  # share of words that get their dots and crossbars at the end
    pace: float = 1.0  # points per character, relative to the corpus
    habits: int = 0  # seeds the letter shapes

    @classmethod
    def invented(cls, style: str, rng: np.random.Generator) -> Habits:
        """A hand in this style with habits drawn at random."""
        cursive = _font(style).cursive
        return cls(
            style,
            slant=rng.normal(0.0, 0.08) if cursive else rng.normal(0.08, 0.14),
            width=np.exp(rng.normal(0.0, 0.13)),
            tall=np.exp(rng.normal(0.0, 0.1)),
            spacing=rng.uniform(-0.03, 0.22) if cursive else rng.uniform(-0.09, 0.22),
            gap=rng.uniform(0.65, 1.5),
            drift=abs(rng.normal(0.0, 0.09)),
            bounce=rng.uniform(0.01, 0.07),
            shapes=rng.uniform(0.03, 0.1),
            sloppiness=rng.uniform(0.015, 0.06),
            roundness=rng.uniform(0.03, 0.1),
            tremor=rng.uniform(0.0, 0.012),
            joining=rng.choice([0.85, 0.97, 1.0]) if cursive else rng.choice([0.0, 0.0, 0.15, 0.5]),
            delaying=rng.choice([0.8, 1.0]) if cursive else rng.choice([0.0, 0.3, 0.9]),
            pace=np.exp(rng.normal(0.0, 0.12)),
            habits=int(rng.integers(2**31)),
        )

    @functools.cached_property
    def glyphs(self) -> dict[str, Glyph]:
        """All characters in this hand's own shapes."""
        glyphs = _font(self.style).glyphs
        sizes = [len(g.points) for g in glyphs.values()]
        of = np.repeat(np.arange(len(glyphs)), sizes)
        x, y = np.concatenate([g.points for g in glyphs.values()]).T
        bend = self.shapes * _warp(x, y, np.random.default_rng(self.habits), of)
        x, y = self.width * (x + bend[0]), y + bend[1]
        y += (self.tall - 1) * (np.maximum(y - 1, 0) + np.minimum(y, 0))
        points = np.split(np.stack([x, y], axis=1), np.cumsum(sizes)[:-1])
        return {
            character: Glyph(own, glyph.ends, self.width * glyph.advance)
            for (character, glyph), own in zip(glyphs.items(), points, strict=True)
        }


def _font(style: str) -> _Font:
    try:
        return _fonts()[style]
    except KeyError:
        raise FontsError(f"there is no style {style!r}; the styles are {', '.join(styles())}") from None


def _warp(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, of: np.ndarray) -> np.ndarray:
    """Smooth fields of displacements, ``(2, n)`` at ``n`` points: sums of three long waves, about 1 high.

    ``of`` ``(n,)`` names the field that each point is in, from 0. Every field is 0 at the middle of the body, so that
    a letter is bent and not pushed aside.
    """
    numbers = rng.normal(0.0, [[1.7], [1.7], [3.0], [1 / 3]], (2, 3, of[-1] + 1, 4, 1))[..., 0]
    moved = np.zeros((2, len(x)))
    for axis in range(2):
        for wave in range(3):
            along, up, phase, height = numbers[axis, wave].T
            still = np.sin(0.5 * (along + up) + phase)
            moved[axis] += height[of] * (np.sin(along[of] * x + up[of] * y + phase[of]) - still[of])
    return moved


def write_ink(text: str, style: str = "cursive-1", seed: int | None = None, points_per_character: float = 15.0) -> Ink:
    """One line of synthetic handwriting.

    Args:
        text: of :func:`alphabet`, at least one character that leaves ink.
        style: one of :func:`styles`.
        seed: makes up a hand and its unevenness, the same for the same number. None: another each time.
        points_per_character: how many points per character, spaces not counted, gets on average.

    Raises:
        FontsError: if there is no such style, or there is nothing to write.
        UnknownCharacterError: if no style has a character.
    """
    rng = np.random.default_rng(seed)
    return write_in_hand(text, Habits.invented(style, rng), rng, points_per_character)


def write_in_hand(text: str, hand: Habits, rng: np.random.Generator, points_per_character: float) -> Ink:
    """One line in a certain synthetic hand; ``rng`` makes up its unevenness. Raises as :func:`write_ink` does."""
    alphabet().encode(text)
    if not text.strip():
        raise FontsError("there is nothing to write: the text is empty or only spaces")
    if not 0 < points_per_character <= 1000:
        raise FontsError(f"points_per_character must be greater than 0 and at most 1000, not {points_per_character}")
    path = _path(text, hand, rng)
    time, ends = _character_on_average(hand.style)
    # A stroke has a point more than steps.
    tick = time / max(points_per_character - ends, 0.2 * points_per_character) / hand.pace
    strokes = _timed(path, hand, rng, tick)
    left = strokes[0][0, 0]
    return Ink(rounded_offsets([stroke - (left, 0) for stroke in strokes]))


@functools.cache
def _character_on_average(style: str) -> tuple[float, float]:
    """Time, in the unit of :func:`_timed`, and strokes that a character of the built-in texts takes."""
    rng = np.random.default_rng(0)
    hand = Habits(style, shapes=0.06, roundness=0.065, tremor=0)
    texts = [random_text(rng) for _ in range(12)]
    tick = 0.01
    strokes = [stroke for text in texts for stroke in _timed(_path(text, hand, rng), hand, rng, tick)]
    characters = sum(len(text.replace(" ", "")) for text in texts)
    return tick * sum(len(stroke) - 1 for stroke in strokes) / characters, len(strokes) / characters


class _Placed(NamedTuple):
    """A character on the line."""

    character: str
    strokes: list[np.ndarray]


def _path(text: str, hand: Habits, rng: np.random.Generator) -> list[np.ndarray]:
    """Where the pen goes: strokes ``(n, 2)`` in the order of writing, finely but not evenly spaced."""
    words: list[list[_Placed]] = [[]]
    for placed in _placed(text, hand, rng):
        if placed.character == " ":
            words.append([])
        else:
            words[-1].append(placed)
    return [stroke for word in words if word for stroke in _word(word, hand, rng)]


def _placed(text: str, hand: Habits, rng: np.random.Generator) -> list[_Placed]:
    """The characters of a line, each a little different, set side by side."""
    glyphs = [hand.glyphs[c] for c in text if c != " "]
    count = len(glyphs)
    sizes = np.array([len(g.points) for g in glyphs])
    of = np.repeat(np.arange(count), sizes)  # the glyph that each point belongs to
    x, y = np.concatenate([g.points for g in glyphs]).T
    # Each glyph of its own width, height, turn and shear, and bent a little.
    wide, high = np.exp(hand.sloppiness * rng.normal(0.0, (1.2, 1.0), (count, 2))).T
    turn, shear = (hand.sloppiness * rng.normal(0.0, (0.6, 1.2), (count, 2))).T
    middle = np.array([g.advance for g in glyphs]) / 2
    x, y = (
        wide[of] * (x - middle[of]) + shear[of] * y + (wide * middle)[of],
        high[of] * y + turn[of] * (x - middle[of]),
    )
    bend = hand.sloppiness * _warp(x, y, rng, of)
    x, y = x + bend[0], y + bend[1]
    # Side by side.
    starts = np.empty(count)
    position, i = 0.0, 0
    for character in text:
        if character == " ":
            position += hand.gap * np.exp(rng.normal(0.0, 0.15))
        else:
            starts[i] = position
            position += glyphs[i].advance * wide[i] + hand.spacing + rng.normal(0.0, 0.5 * hand.sloppiness)
            i += 1
    x += starts[of]
    # On a baseline that wanders, at a size and a slant that wander too.
    phase = rng.uniform(0, 2 * np.pi, 4)
    period = rng.uniform(8, 30, 4)
    waves = np.sin(2 * np.pi * starts[:, None] / period + phase)[of].T
    y = y * (1 + 0.04 * waves[0]) + hand.drift * waves[1] + (hand.bounce * rng.normal(size=count))[of]
    x += (hand.slant + 0.03 * waves[2]) * y
    points = np.split(np.stack([x, y], axis=1), np.cumsum(sizes)[:-1])
    pieces = iter([np.split(p, g.ends[:-1]) for p, g in zip(points, glyphs, strict=True)])
    return [_Placed(c, [] if c == " " else next(pieces)) for c in text]


def _word(word: list[_Placed], hand: Habits, rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a word: letters joined where the hand joins them, dots and crossbars where it puts them."""
    cursive = _font(hand.style).cursive
    delaying = rng.random() < hand.delaying
    strokes: list[np.ndarray] = []
    late: list[np.ndarray] = []
    before = ""  # the letter that the pen has just written without being lifted
    for placed in word:
        split = 1 if placed.character in ("ijtxf" if cursive else "ijt") else len(placed.strokes)
        main, marks = placed.strokes[:split], placed.strokes[split:]
        join = None
        if before and rng.random() < hand.joining:
            if placed.character == "c" and cursive:
                main[0] = _without_hook(main[0])
            join = _join(strokes[-1], main[0], before, placed.character, cursive)
        if join is None:
            strokes += main
        else:
            strokes[-1] = np.concatenate([strokes[-1], join, main[0]])
            strokes += main[1:]
        if delaying:
            late += marks
        else:
            strokes += marks
        before = placed.character if delaying or not marks else ""
    return strokes + late


_S = np.linspace(0, 1, 12)[1:-1]
_HERMITE = np.stack([2 * _S**3 - 3 * _S**2 + 1, _S**3 - 2 * _S**2 + _S, 3 * _S**2 - 2 * _S**3, _S**3 - _S**2], axis=1)


def _without_hook(stroke: np.ndarray) -> np.ndarray:
    """A "c" that begins at its top: joined from the left, its hook would make an "e" of it."""
    return stroke[int(stroke[: len(stroke) // 2, 1].argmax()) :]


def _join(a: np.ndarray, b: np.ndarray, before: str, after: str, cursive: bool) -> np.ndarray | None:
    """Points between the end of stroke ``a`` and the start of ``b``, or None where the pen is better lifted.

    A cubic Hermite curve that leaves along ``a`` and arrives along ``b``.
    """
    if not (before.isalpha() and after.islower()):
        return None
    start, end = a[-1], b[0]
    leaving, arriving = start - a[max(-4, -len(a))], b[min(3, len(b) - 1)] - end
    leaving, arriving = (v / (np.hypot(*v) + 1e-9) for v in (leaving, arriving))
    way = end - start
    distance = np.hypot(*way)
    reach = 0.9 if before.isupper() else 1.2 if not cursive else 2.1 if end[1] > 1.2 else 1.6
    from_the_top = before == "o" and start[1] > 0.6
    possible = (
        0.02 < distance < reach
        and way[0] > -0.35
        and start[1] > -0.45
        and (leaving[0] > -0.25 or from_the_top)
        and (cursive or (start[1] < 0.5 and before.islower()))
    )
    if not possible:
        return None
    leaving *= 0.8 * distance if leaving @ way > 0 else 0.3 * distance
    # Letters that start on their right, as "a" does, are reached over the top: the pen comes the way it then goes back.
    arriving *= 0.8 * distance if arriving @ way > 0 else -0.8 * distance
    return _HERMITE @ np.stack([start, leaving, end, arriving])


def _timed(path: Sequence[np.ndarray], hand: Habits, rng: np.random.Generator, tick: float) -> list[np.ndarray]:
    """The path as a tablet would record it: strokes ``(n, 2)``, a point every ``tick``.

    Time is in units of body heights over a speed of 1. All strokes are worked on at once, in flat arrays.
    """
    points = np.concatenate(path)
    ends = np.cumsum([len(stroke) for stroke in path])
    first, last = np.concatenate([[0], ends[:-1]]), ends - 1
    along = _clock(np.hypot(*np.diff(points, axis=0).T), last)
    lengths = along[last] - along[first]
    places, first, last = _resampled(points, along, first, last, np.maximum(3, np.ceil(lengths / STEP).astype(int) + 1))
    inner = np.ones(len(places), bool)
    inner[first] = inner[last] = False
    places = _diffused(places, inner, round(2 * (hand.roundness / STEP) ** 2))
    # Speed: curvature to the power of -1/3 (the two-thirds power law), slower at the ends, never the same twice.
    steps = np.diff(places, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.zeros(len(places))
    turns[1:-1] = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    curvature = _diffused(np.where(inner, turns, 0) / STEP, inner, 3)
    index, counts = np.arange(len(places)), last - first + 1
    from_end = STEP * np.minimum(index - np.repeat(first, counts), np.repeat(last, counts) - index)
    log_speed = -np.log(curvature + 0.5) / 3
    log_speed += 0.6 * np.log(np.clip(from_end / 0.4, 0.05, 1))
    log_speed += np.repeat(0.2 * np.log(np.clip(lengths, 0.3, 6) / 2), counts)
    log_speed += _diffused(rng.normal(0.0, 0.35, len(places)), inner, 12)
    log_speed = _diffused(log_speed, inner, 2)
    # The same places once more, now evenly in time.
    time = _clock(np.hypot(*steps.T) * np.exp(-(log_speed[1:] + log_speed[:-1]) / 2), last)
    ticks = np.round((time[last] - time[first]) / tick).astype(int)
    timed, first, _ = _resampled(places, time, first, last, np.maximum(2, ticks + 1))
    timed += hand.tremor * rng.normal(size=timed.shape)
    return np.split(timed, first[1:])


def _clock(durations: np.ndarray, last: np.ndarray) -> np.ndarray:
    """When the pen is at each point, with a pause of 1 between strokes so that their times do not touch."""
    durations[last[:-1]] = 1.0
    return np.concatenate([[0], np.cumsum(durations)])


def _resampled(
    places: np.ndarray, clock: np.ndarray, first: np.ndarray, last: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``counts`` points of each stroke, evenly by the clock; and the first and last index of each stroke in them."""
    ends = np.cumsum(counts)
    number = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    share = number / np.repeat(counts - 1, counts)
    when = np.repeat(clock[first], counts) + np.repeat(clock[last] - clock[first], counts) * share
    return np.stack([np.interp(when, clock, xy) for xy in places.T], axis=1), ends - counts, ends - 1


def _diffused(values: np.ndarray, inner: np.ndarray, rounds: int) -> np.ndarray:
    """Values smoothed along their strokes, ends left alone: a Gaussian of variance ``rounds / 2`` points squared."""
    values = values.copy()
    weight = 0.25 * inner[1:-1].astype(float)
    if values.ndim == 2:
        weight = weight[:, None]
    for _ in range(rounds):
        values[1:-1] += weight * (values[:-2] - 2 * values[1:-1] + values[2:])
    return values


# Texts


@functools.cache
def _words(name: str) -> list[str]:
    return resources.files("scribe.corpora").joinpath(f"data/{name}.txt").read_text("utf-8").split()


@functools.cache
def _sentences() -> list[list[str]]:
    text = resources.files("scribe.corpora").joinpath("data/sentences.txt").read_text("utf-8")
    return [line.split() for line in text.splitlines() if line.strip()]


def random_text(rng: np.random.Generator, length: int = 28) -> str:
    """Something English-like to write, of about ``length`` characters.

    Running text, loose words, and things that are full of the characters running text lacks: prices, addresses,
    formulas, file names, and some that mean nothing.
    """
    kind = rng.random()
    if kind < 0.45:
        sentence = _one(_sentences(), rng)
        start = 0 if rng.random() < 0.5 else int(rng.integers(len(sentence)))
        words = sentence[start:] + _one(_sentences(), rng)
    else:
        rare = 0.15 if kind < 0.75 else 0.6
        words = [_odd(rng) if rng.random() < rare else _ordinary(rng) for _ in range(2 + length // 4)]
    text = words[0]
    for word in words[1:]:
        if len(text) + 1 + len(word) > max(length, 4):
            break
        text += " " + word
    return text


def _ordinary(rng: np.random.Generator) -> str:
    """A word or a name, capitalised or followed by a mark now and then."""
    word = _one(_words("names" if rng.random() < 0.2 else "words"), rng)
    case = rng.random()
    word = word.upper() if case < 0.06 else word.capitalize() if case < 0.14 else word
    return word + (_one(",.,.;:!?-", rng) if rng.random() < 0.2 else "")


Thing = TypeVar("Thing")


def _one(things: Sequence[Thing], rng: np.random.Generator) -> Thing:
    return things[int(rng.integers(len(things)))]


def _odd(rng: np.random.Generator) -> str:
    """A token with digits or signs in it."""

    def digits(count: int) -> str:
        return "".join(str(d) for d in rng.integers(0, 10, count))

    def capitals(count: int) -> str:
        return "".join(chr(65 + c) for c in rng.integers(0, 26, count))

    a, b = _one(_words("words"), rng)[:6], _one(_words("words"), rng)[:5]
    n = int(rng.integers(1, 4))
    signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    tokens: tuple[Callable[[], str], ...] = (
        lambda: f"{digits(1)}:{digits(2)}",
        lambda: f"{digits(2)}/{digits(2)}/{digits(4)}",
        lambda: f"${digits(n)}.{digits(2)}",
        lambda: f"{digits(2)}%",
        lambda: f"{a}@{b}.org",
        lambda: f"#{digits(n)}",
        lambda: f"({a})",
        lambda: f"[{a}]",
        lambda: f"{{{a[:2]}, {b[:2]}}}",
        lambda: f"{a[0]}^{digits(1)}+{b[0]}={digits(n)}",
        lambda: f"{digits(1)}*{digits(1)}={digits(2)}",
        lambda: f"{a[0]}<{b[0]}",
        lambda: f"{digits(n)}>{digits(1)}",
        lambda: f"C:\\{b}",
        lambda: f"`{a}`",
        lambda: f"~{digits(n)} km",
        lambda: f"{a[:3]}|{b[:3]}",
        lambda: f"{a}_{digits(1)}.txt",
        lambda: f"{capitals(1)}&{capitals(1)}",
        lambda: f'"{a}"',
        lambda: f"'{b}'",
        lambda: f"{a}-{b};",
        lambda: f"www.{a}.net/{b}?{digits(1)}",
        lambda: f"+{digits(2)} {digits(3)} {digits(4)}",
        lambda: digits(n + 1),
        lambda: capitals(n + 1),
        lambda: f"{capitals(2)}-{digits(2)}",
        lambda: capitals(4),
        lambda: f"{capitals(1)}. {_one(_words('names'), rng)}",
        lambda: "".join(_one(signs, rng) for _ in range(n)),
        lambda: "".join(_one(signs, rng) for _ in range(2 * n)),
        lambda: a + _one(signs, rng) + b,
    )
    return _one(tokens, rng)()


# The corpus


def generate(
    lines: int | None = None,
    *,
    words: int = 0,
    seed: int = 0,
    writers: int | None = None,
    texts: Sequence[str] | None = None,
    points_per_character: float = 15.0,
) -> Corpus:
    """A corpus of synthetic handwriting. The same arguments give the same corpus.

    Samples are dealt to the writers in turn. Two writers in twenty are kept for validation and for the test.

    Args:
        lines: how many lines. Left out: 2,000, or one for each of ``texts``.
        words: how many single words on top.
        seed: another number, other writers and texts.
        writers: how many synthetic writers. Left out: one for every 20 samples, and 20 at least.
        texts: what the lines say, in turn, again from the start if there are more lines. Left out:
            :func:`random_text`.
        points_per_character: points per character, spaces not counted, on average.

    Raises:
        FontsError: if a number is negative or there is nothing to write.
        UnknownCharacterError: if a text has a character that no style has.
    """
    if texts is not None and (isinstance(texts, str) or not len(texts)):
        raise FontsError("texts must be a list of one or more texts")
    if lines is None:
        lines = len(texts) if texts is not None else 2000
    if lines < 0 or words < 0 or lines + words == 0:
        raise FontsError(f"there must be a line or a word to write, not {lines} lines and {words} words")
    if writers is None:
        writers = max(20, (lines + words) // 20)
    if writers < 1:
        raise FontsError(f"there must be a writer, not {writers}")
    writers = min(writers, lines + words)
    hands = [_habits_of(seed, number) for number in range(writers)]
    samples = []
    for kind, number in [("line", n) for n in range(lines)] + [("word", n) for n in range(words)]:
        # Each sample has random numbers of its own: more of them do not change those before.
        rng = np.random.default_rng([seed, KINDS.index(kind), number])
        if kind == "word":
            text = _ordinary(rng) if rng.random() < 0.85 else _odd(rng).replace(" ", "")
        elif texts is not None:
            text = texts[number % len(texts)]
        else:
            text = random_text(rng, int(np.clip(rng.gamma(3.0, 9.0), 4, 70)))
        hand = hands[number % writers]
        split = {7: "validation", 13: "test"}.get(number % writers % 20, "train")
        ink = write_in_hand(text, hand, rng, points_per_character)
        name = f"fonts-{seed}-{number % writers:04d}-{hand.style}"
        samples.append(Sample(ink, text, name, kind, split))
    used = [style for style in _header()["styles"] if any(hand.style == style["name"] for hand in hands)]
    metadata = {
        "name": "fonts (synthetic)",
        "synthetic": True,
        "licence": "Drawings made with fonts; free to use. The fonts: "
        + ", ".join(sorted({s["licence"] for s in used})),
        "attribution": "; ".join(f"{s['name']}: {s['source']}. {s['notice']}" for s in used),
        "points_per_character": points_per_character,
        "seed": seed,
    }
    return Corpus.from_samples(samples, metadata)


def _habits_of(seed: int, number: int) -> Habits:
    """Writer ``number`` of a corpus. Every run of as many writers as there are styles has each style once."""
    names = styles()
    block, place = divmod(number, len(names))
    style = names[np.random.default_rng([seed, 3, block]).permutation(len(names))[place]]
    return Habits.invented(style, np.random.default_rng([seed, 4, number]))
