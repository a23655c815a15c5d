"""Make ``fonts.npz`` from two npm packages of single-line fonts. For maintainers; nothing imports this.

    npm pack hersheytext@2.0.0
    npm pack vara@1.4.1
    python scribe/corpora/data/build_fonts.py hersheytext-2.0.0.tgz vara-1.4.1.tgz

The fonts were digitised for plotters, not written by people: strokes are cut in pieces, run from the
bottom up, or trace round the foot of a letter. This script puts them into the order of a hand, with the
tables below, makes the curves smooth, scales them to a body height of 1 and stores them in small numbers.
The same archives give the same arrays.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SCALE = 256  # stored units in a body height
SPACING = 0.09  # body heights between stored points; the curves are smooth, so this is fine enough
CHARACTERS = "".join(map(chr, range(33, 127)))
DIGESTS = {
    "hersheytext": "02b5dec72395c04940048b4cac9c6e7a41ddb41954884c482fbfd4e9e955bb1e",
    "vara": "0d1611105f256ebe485e2b0ad501d2e1fac83cd9d31936006f507cd7c6fa1c45",
}

Strokes = list[np.ndarray]
Glyphs = dict[str, tuple[Strokes, float]]  # strokes and advance width of each character

_EMS = "single-line version by Sheldon B. Michaels, SVG font by Windell H. Oskay"
_VARA = "single-line version in Vara.js by Akshay"
_GESWEIN = "Copyright (c) 2010, Kimberly Geswein (kimberlygeswein.com)"
_ADOBE = "Copyright 2010, 2012 Adobe Systems Incorporated (http://www.adobe.com/), with Reserved Font Name 'Source'"
_HERSHEY = "The Hershey Fonts were originally created by Dr. A. V. Hershey at the U. S. National Bureau of Standards"

# How to write a glyph of a font that was not drawn in the order of a hand. Strokes are separated by
# spaces; each is one piece or several joined by "+", which draws straight from the end of one to the start of
# the next, mostly back along a stem. "2" is the third stroke of the font's glyph, "2.1" its second piece
# when cut at its corners, "r" turns it round, "t" lets it start near the top.
_LOOPED_STEMS = {
    "b": "0.0+0.2r", "d": "0.2r+0.0", "f": "0.4r+0.0r 0.2", "h": "0.0r+0.2", "i": "0r 1", "j": "0r 1",
    "k": "0r 1+2", "m": "0.0r+0.2+0.3", "n": "0.0r+0.2", "p": "0.0r+0.2", "q": "0.2+0.0r", "r": "0.0r+0.2",
    "t": "0.4r+0.0r 0.2", "u": "0.2r+0.0", "x": "1 0r", "A": "0.0+0.1+0.4 0.2r", "B": "0.0r+0", "D": "0.0r+0",
    "E": "0.4r+0.1r+0.0r 0.5 0.2", "F": "0.3r+0.0r 0.4 0.1", "H": "0.0r 0.4 0.2", "K": "0r 1+2", "M": "0",
    "N": "0", "P": "0.0r+0", "R": "0.0r+0", "T": "0.2 0.0r", "X": "1 0r", "1": "0.1+0.2 0.4",
    "4": "0.1+0.2 0.0r", "5": "0.1r+0.0r 0.2", "7": "0.1r+0.0r", "?": "1r 0", "%": "0 2r 1", "&": "0", "*": "0",
    "$": "0", "^": "0", "a": "0", "e": "0", "g": "0", "@": "0", "W": "0", "w": "0",
}  # fmt: skip
_SANS = {
    "a": "1+0", "d": "1+0", "g": "1+0", "q": "1+0", "b": "0+1", "h": "0+1", "m": "0+1+2", "n": "0+1", "p": "0+1",
    "r": "0+1", "u": "0+1", "k": "0 1+2", "v": "0+1r", "w": "0+1r+2+3r", "z": "1+0+2", "A": "0r+1 2",
    "B": "0+1+2", "D": "0+1", "E": "0+3 1 2", "M": "0r+1+2r+3", "N": "0r+1+2r", "P": "0+1", "R": "0+1+2",
    "V": "0+1r", "W": "0+1r+2+3r", "Z": "1+0+2", "7": "1+0", "^": "0r+1", "i": "1 0", "j": "1 0", "K": "0 1+2",
    "T": "1 0",
}  # fmt: skip
_CHANCERY = {
    "f": "0.4r+0.0r 0.2", "g": "0.1+0.2+0.0r", "j": "0.1r+0.0r 1", "o": "0t", "p": "0.0+0.1+1", "t": "0.0+0.4+0.5 0.2",
    "x": "0 1r", "A": "0.1r+0.0r 1.0+1.3 1.1r", "H": "0 1.0+1.1+1.4+1.5 1.2r", "M": "0+1.0r 1.2+1.3+1.4+1.5",
    "N": "0+1.0r 1.2+1.3+1.4", "P": "1.0 0", "R": "0.1r 1", "S": "0r", "J": "0.1r+0.0r", "F": "0.5r 0.3r+0.0r 0.1",
    "X": "1 0r", "Y": "0 1.1", "O": "0t", "0": "0t", "4": "0.1+0.2 0.0r", "5": "0.1r+0.0r", "6": "0r",
    "7": "0.1r+0.0r", "8": "0t", "9": "0r", "@": "0r", "?": "1r 0", "%": "1t 0r 2t",
}  # fmt: skip
_LEANING = {
    "f": "0.1r+0.0r 0.3", "k": "0+1+2", "s": "0+0.1r+1", "t": "0.0+0.2+0.3 1", "v": "0+1", "o": "0.0+0.1", "N": "0",
    "a": "0r", "4": "0.1+0.2 0.0r",
    "F": "0 1 2.1", "L": "0 1.2", "Z": "0.0+0.1+0.4 1.1",
}  # fmt: skip
_ROUND = {
    "d": "0+1", "g": "0+1", "q": "0+1", "p": "0+1+2", "m": "0+1+2", "n": "0+1", "s": "0+1", "t": "0+1 2", "u": "0+1",
    "w": "0+1", "y": "0+1", "i": "1 0", "j": "1 0", "M": "0+1+2", "N": "0+1", "W": "0+1r+2+3r", "U": "0+1",
    "Y": "0+1",
}  # fmt: skip


@dataclass
class Style:
    """Where a style comes from and what has to be done to it."""

    name: str
    cursive: bool
    read: Callable[[Archives], Glyphs]
    source: str
    licence: str
    notice: str
    orders: dict[str, str] = field(default_factory=dict)
    turn: str = ""  # characters whose strokes run any way in the font: start them at the top or the left
    trim: float = 0.0  # cut serifs of up to this length off the ends
    bearing: float = 0.0  # room after each glyph that the font does not give itself
    borrowed: dict[str, str] = field(default_factory=dict)  # characters taken from another style
    wider: dict[str, float] = field(default_factory=dict)  # more advance for single characters
    added: dict[str, list[list[list[float]]]] = field(default_factory=dict)  # strokes that the font lacks


class Archives:
    """The two npm packages, read in place."""

    def __init__(self, hersheytext: Path, vara: Path) -> None:
        self._files: dict[str, bytes] = {}
        for name, path in (("hersheytext", hersheytext), ("vara", vara)):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest != DIGESTS[name]:
                raise SystemExit(f"{path} is not the archive this was made from: sha256 {digest}")
            with tarfile.open(path) as archive:
                for member in archive:
                    if "/svg_fonts/" in member.name or "/fonts/" in member.name:
                        file = archive.extractfile(member)
                        if file is not None:  # None for a folder
                            self._files[member.name] = file.read()

    def text(self, name: str) -> str:
        return self._files[f"package/{name}"].decode()


def svg_font(name: str) -> Callable[[Archives], Glyphs]:
    """Reads an SVG font: y points up, advances are given."""

    def read(archives: Archives) -> Glyphs:
        glyphs = {}
        for tag in re.findall(r"<glyph\s+([^>]*?)/>", archives.text(f"svg_fonts/{name}.svg")):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            character = html.unescape(attributes["unicode"])
            if len(character) == 1:
                glyphs[character] = (flattened(attributes.get("d", "")), float(attributes["horiz-adv-x"]))
        return glyphs

    return read


def vara_font(name: str) -> Callable[[Archives], Glyphs]:
    """Reads a font of Vara.js: y points down, every path has its own origin, and letters stand box to box.

    Only what lies in the body band counts for the box here: the next letter may stand over the loop of a "y".
    """

    def read(archives: Archives) -> Glyphs:
        glyphs = {}
        for code, entry in json.loads(archives.text(f"fonts/{name}.json"))["c"].items():
            strokes = []
            for path in entry["paths"]:
                origin = np.array([path["mx"], -path["my"]])
                strokes += [(stroke + origin) * (1, -1) for stroke in flattened(path["d"])]
            glyphs[chr(int(code))] = (strokes, np.nan)
        return glyphs

    return read


_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def flattened(d: str, pieces: int = 12) -> Strokes:
    """The strokes of an SVG path, its Bezier curves as ``pieces`` straight pieces each."""
    tokens = _TOKEN.findall(d)
    strokes: list[list[np.ndarray]] = []
    position = start = np.zeros(2)
    command = ""
    at = 0

    def take(count: int) -> np.ndarray:
        nonlocal at
        numbers = np.array(tokens[at : at + 2 * count], float).reshape(count, 2)
        at += 2 * count
        return numbers + position if command.islower() else numbers

    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
            if command in "Zz":
                strokes[-1].append(start)
                position = start
                continue
        kind = command.upper()
        degree = {"M": 1, "L": 1, "Q": 2, "C": 3}.get(kind)
        if degree is None:
            raise ValueError(f"path command {command!r} is not known: {d}")
        control = np.vstack([position, take(degree)])
        position = control[-1]
        if kind == "M":
            start = position
            strokes.append([start])
            command = "l" if command == "m" else "L"
            continue
        s = np.linspace(0, 1, pieces + 1)[1:, None] if degree > 1 else np.ones((1, 1))
        while len(control) > 1:  # de Casteljau, for all s at once
            control = [a + s * (b - a) for a, b in pairwise(control)]
        strokes[-1] += list(control[0])
    return [without_repeats(np.array(stroke)) for stroke in strokes]


def without_repeats(stroke: np.ndarray) -> np.ndarray:
    keep = np.ones(len(stroke), bool)
    keep[1:] = np.linalg.norm(np.diff(stroke, axis=0), axis=1) > 1e-6
    return stroke[keep]


def scaled(glyphs: Glyphs) -> Glyphs:
    """Body height 1, baseline 0, by the letters that fill the body band and nothing else."""
    letters = [np.concatenate(glyphs[c][0])[:, 1] for c in "acemnorsuvwxz"]
    baseline = np.median([y.min() for y in letters])
    height = np.median([y.max() for y in letters]) - baseline
    return {c: ([(s - (0, baseline)) / height for s in strokes], w / height) for c, (strokes, w) in glyphs.items()}


def boxed(glyphs: Glyphs, bearing: float) -> Glyphs:
    """Start at x = 0 and find the advance from the ink, for a font without advances."""
    result = {}
    for character, (strokes, advance) in glyphs.items():
        if np.isnan(advance):
            points = np.concatenate(strokes)
            left, right = points[points[:, 1] > -0.15, 0], points[points[:, 1] < 1.2, 0]
            left = left.min() if len(left) else points[:, 0].min()
            right = right.max() if len(right) else points[:, 0].max()
            room = bearing if character.islower() else max(bearing, 0.15 if character.isalpha() else 0.36)
            strokes = [s - (left - room / 2, 0) for s in strokes]
            advance = max(right - left, 0.1) + room
        result[character] = (strokes, advance)
    return result


def extent(stroke: np.ndarray) -> float:
    return float(np.ptp(stroke, axis=0).max())


def length(stroke: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum())


def as_dot(stroke: np.ndarray) -> np.ndarray:
    """A small ring or blot, as fonts draw dots, becomes the short dab of a pen."""
    closed = np.linalg.norm(stroke[0] - stroke[-1]) < 0.15
    if extent(stroke) < 0.45 and closed:
        middle = (stroke.max(axis=0) + stroke.min(axis=0)) / 2
        return middle + np.array([[-0.02, 0.04], [0.03, -0.04]])
    return stroke


def merged(strokes: Strokes) -> Strokes:
    """Strokes where one starts at the end of the one before are one stroke."""
    result: Strokes = []
    for stroke in strokes:
        touches = result and np.linalg.norm(result[-1][-1] - stroke[0]) < 0.09
        if touches and extent(result[-1]) > 0.3 and extent(stroke) > 0.3:
            result[-1] = np.vstack([result[-1], stroke[1:]])
        else:
            result.append(stroke)
    return result


def corners(stroke: np.ndarray, degrees: float) -> np.ndarray:
    """Indices of the points where a stroke turns by more than ``degrees``."""
    steps = np.diff(stroke, axis=0)
    headings = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    turns = np.abs((np.diff(headings) + 180) % 360 - 180)
    return np.flatnonzero(turns > degrees) + 1


def cut(stroke: np.ndarray) -> Strokes:
    """A stroke cut at its corners."""
    at = [0, *corners(stroke, 62), len(stroke) - 1]
    return [stroke[a : b + 1] for a, b in pairwise(at)]


def trimmed(stroke: np.ndarray, serif: float) -> np.ndarray:
    """A stroke without the short pieces beyond the first and last corners."""
    pieces = cut(stroke)
    while len(pieces) > 1 and length(pieces[0]) < serif:
        pieces = pieces[1:]
    while len(pieces) > 1 and length(pieces[-1]) < serif:
        pieces = pieces[:-1]
    return np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])


def ordered(strokes: Strokes, order: str) -> Strokes:
    """Strokes put together from pieces as one of the tables above says."""
    result = []
    for word in order.split():
        parts = []
        for name in word.split("+"):
            index, _, piece = name.rstrip("rt").partition(".")
            part = cut(strokes[int(index)])[int(piece)] if piece else strokes[int(index)]
            parts.append(part[::-1] if name.endswith("r") else started_well(part) if name.endswith("t") else part)
        result.append(without_repeats(np.vstack(parts)))
    return result


def started_well(stroke: np.ndarray) -> np.ndarray:
    """A stroke turned round if a hand would start at its other end; a ring starts near its top, leftwards."""
    rise, run = stroke[-1, 1] - stroke[0, 1], stroke[-1, 0] - stroke[0, 0]
    if length(stroke) > 1 and np.hypot(rise, run) < 0.12:
        ring = stroke[:-1]
        top = int((ring[:, 1] + 0.2 * ring[:, 0]).argmax())
        ring = np.roll(ring, -top, axis=0)
        if ring[1, 0] > ring[0, 0]:
            ring = np.roll(ring[::-1], 1, axis=0)
        return np.vstack([ring, ring[:1]])
    backwards = rise > 0.3 or (abs(rise) <= 0.3 and run < -0.2)
    return stroke[::-1] if backwards else stroke


def smooth(stroke: np.ndarray) -> np.ndarray:
    """Evenly spaced points on a curve through ``stroke`` that keeps its corners (centripetal Catmull-Rom)."""
    if length(stroke) < SPACING:
        return stroke
    at = [0, *corners(stroke, 55), len(stroke) - 1]
    result = [stroke[:1]]
    for a, b in pairwise(at):
        p = stroke[a : b + 1]
        if len(p) > 2:
            p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
            knots = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
            p = np.concatenate([_catmull_rom(p[i : i + 4], knots[i : i + 4]) for i in range(len(p) - 3)])
        steps = np.linalg.norm(np.diff(p, axis=0), axis=1)
        along = np.concatenate([[0], np.cumsum(steps)])
        places = np.linspace(0, along[-1], max(1, round(along[-1] / SPACING)) + 1)[1:]
        result.append(np.stack([np.interp(places, along, xy) for xy in p.T], axis=1))
    return np.concatenate(result)


def _catmull_rom(p: np.ndarray, t: np.ndarray, pieces: int = 16) -> np.ndarray:
    """Points from ``p[1]`` to ``p[2]``, by the pyramid of Barry and Goldman."""
    s = np.linspace(t[1], t[2], pieces + 1)[:, None]

    def between(a: np.ndarray, b: np.ndarray, i: int, j: int) -> np.ndarray:
        return ((t[j] - s) * a + (s - t[i]) * b) / (t[j] - t[i])

    a1, a2, a3 = between(p[0], p[1], 0, 1), between(p[1], p[2], 1, 2), between(p[2], p[3], 2, 3)
    return between(between(a1, a2, 0, 2), between(a2, a3, 1, 3), 1, 2)


_MARKS = "#<>^=()[]{}|/\\*+-_!:;,.'\"`"
_DOUBLED = "$@[]{}~"  # drawn with double lines in the font

STYLES = [
    Style(
        "print-1", False, svg_font("EMSTech"), f"Architects Daughter, {_EMS}", "OFL-1.1", _GESWEIN,
        {"i": "1 0", "j": "1 0"}, turn=_MARKS,
    ),
    Style(
        "print-2", False, vara_font("Shadows-Into-Light/shadows-into-light"), f"Shadows Into Light, {_VARA}",
        "OFL-1.1", _GESWEIN, {"i": "0 2"}, turn=_MARKS, bearing=0.36, borrowed={"print-1": "&*"},
        added={"i": [[[0.27, 1.5], [0.3, 1.41]]]},
    ),
    Style(
        "print-3", False, svg_font("HersheySans1"), "Hershey Sans 1-stroke, SVG font by Windell H. Oskay", "Hershey",
        _HERSHEY, _SANS, borrowed={"print-1": _DOUBLED},
    ),
    Style(
        "print-4", False, svg_font("EMSReadability"), f"Source Sans Pro Light, {_EMS}", "OFL-1.1", _ADOBE,
        _LOOPED_STEMS, turn=CHARACTERS, borrowed={"print-3": "g"},
    ),
    Style(
        "print-5", False, svg_font("EMSReadabilityItalic"), f"Source Sans Pro Light Italic, {_EMS}", "OFL-1.1",
        _ADOBE, _LOOPED_STEMS, turn=CHARACTERS, borrowed={"cursive-6": "ag"},
    ),
    Style(
        "print-6", False, svg_font("EMSElfin"), f"Mountains of Christmas, {_EMS}", "OFL-1.1 or Apache-2.0",
        "Copyright (c) 2010 2011, Font Diner, Inc DBA Tart Workshop (diner@fontdiner.com) with Reserved Font Name "
        "'Mountains of Christmas'",
        {"f": "0.6r+0.2r 0.4r", "r": "0", "N": "0", "P": "0", ";": "0 2", "G": "0.3 0.5r", "?": "0r 1"},
        turn=CHARACTERS, trim=0.33,
        borrowed={"print-1": "Ag", "print-2": "t", "print-4": "0"}, added={"?": [[[0.3, 0.06], [0.33, -0.02]]]},
    ),
    Style(
        "cursive-1", True, svg_font("HersheyScript1"), "Hershey Script 1-stroke, SVG font by Windell H. Oskay",
        "Hershey", _HERSHEY, _ROUND,
        borrowed={"cursive-5": "0123456789" + "".join(c for c in CHARACTERS if not c.isalnum())},
    ),
    Style(
        "cursive-2", True, svg_font("EMSAllure"), f"Allura, {_EMS}", "OFL-1.1",
        "Copyright 2010 The Allura Project Authors (https://github.com/googlefonts/allura)", _LEANING, wider={"d": 0.3},
    ),
    Style(
        "cursive-3", True, vara_font("Pacifico/PacificoSLO"), f"Pacifico, {_VARA}", "OFL-1.1",
        "Copyright 2018 The Pacifico Project Authors (https://github.com/googlefonts/Pacifico)", bearing=0.3,
        turn=_MARKS,
    ),
    Style(
        "cursive-4", True, vara_font("Parisienne/Parisienne"), f"Parisienne, {_VARA}", "OFL-1.1",
        "Copyright (c) 2012 by Brian J. Bonislawsky DBA Astigmatic (AOETI) (astigma@astigmatic.com), with Reserved "
        "Font Name 'Parisienne'",
        {"d": "0+1", "g": "0+1"}, turn=_MARKS, borrowed={"cursive-2": "f$", "cursive-5": ",;"},
    ),
    Style(
        "cursive-5", True, vara_font("Satisfy/SatisfySL"), f"Satisfy, {_VARA}", "Apache-2.0",
        "Copyright (c) 2010 by Font Diner, Inc DBA Sideshow (diner@fontdiner.com). All rights reserved.",
        {"p": "0+1"}, turn=_MARKS, wider={"y": 0.1}, borrowed={"cursive-4": "l"},
    ),
    Style(
        "cursive-6", True, svg_font("EMSFelix"), f"Felipa, {_EMS}", "OFL-1.1",
        "Copyright (c) 2011 Fontstage (info@fontstage.com), with Reserved Font Names, 'Felipa'", _CHANCERY, turn=_MARKS,
        borrowed={"cursive-5": "t"},
    ),
]  # fmt: skip


def glyphs_of(style: Style, archives: Archives) -> Glyphs:
    """All glyphs of a style but the borrowed ones, ready to be stored."""
    result = {}
    for character, (strokes, advance) in boxed(scaled(style.read(archives)), style.bearing).items():
        if character not in CHARACTERS:
            continue
        strokes = merged(strokes if character == "%" else [as_dot(s) for s in strokes])
        strokes += [np.array(stroke) for stroke in style.added.get(character, [])]
        if style.trim and character not in "Gf[]{}":
            strokes = [trimmed(s, style.trim) for s in strokes]
        if character in style.orders:
            strokes = ordered(strokes, style.orders[character])
        elif character in style.turn:
            strokes = [started_well(s) for s in strokes]
        result[character] = ([smooth(s) for s in strokes], advance + style.wider.get(character, 0))
    return result


def build(archives: Archives) -> tuple[dict[str, Any], dict[str, Glyphs]]:
    """The arrays of ``fonts.npz``, and the glyphs they hold by style."""
    glyphs = {style.name: glyphs_of(style, archives) for style in STYLES}
    for style in STYLES:
        for other, characters in style.borrowed.items():
            glyphs[style.name].update({c: glyphs[other][c] for c in characters})
    first, steps, lengths, counts, advances = [], [], [], [], []
    for style in STYLES:
        for character in CHARACTERS:
            strokes, advance = glyphs[style.name][character]
            counts.append(len(strokes))
            advances.append(round(advance * SCALE))
            for stroke in strokes:
                whole = np.round(stroke * SCALE).astype(int)
                whole = whole[np.concatenate([[True], (np.diff(whole, axis=0) != 0).any(axis=1)])]
                first.append(whole[0])
                steps.append(np.diff(whole, axis=0))
                lengths.append(len(whole) - 1)
    moves = np.concatenate(steps)
    if np.abs(moves).max() > 127:
        raise SystemExit("a step does not fit into a byte")
    header = {
        "format": "scribe-fonts/1",
        "scale": SCALE,
        "characters": CHARACTERS,
        "styles": [
            {
                "name": style.name,
                "cursive": style.cursive,
                "source": style.source,
                "licence": style.licence,
                "notice": style.notice,
                "borrowed": style.borrowed,
            }
            for style in STYLES
        ],
    }
    arrays: dict[str, Any] = {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "strokes": np.array(counts, np.uint8),
        "advances": np.array(advances, np.int16),
        "firsts": np.array(first, np.int16),
        "lengths": np.array(lengths, np.uint16),
        "steps": moves.astype(np.int8),
    }
    return arrays, glyphs


def main() -> None:
    parser = argparse.ArgumentParser(description="make fonts.npz from the two npm packages")
    parser.add_argument("hersheytext", type=Path)
    parser.add_argument("vara", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "fonts.npz")
    arguments = parser.parse_args()
    arrays, _ = build(Archives(arguments.hersheytext, arguments.vara))
    np.savez_compressed(arguments.output, **arrays)
    print(f"{arguments.output}: {len(STYLES)} styles, {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
