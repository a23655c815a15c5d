"""Signs as a person would write them: from that person's own strokes where they have them, else drawn by their pen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scribe.composing.glyphs import DRAWINGS, drawn
from scribe.composing.pens import moved
from scribe.composing.people import Person
from scribe.ink import resample_stroke

__all__ = ["PAIRED", "PATTERNS", "glyph", "repeated"]

Strokes = list[np.ndarray]

# What stands where a sign does: W a word, N a number, L a letter; all else is itself.
PATTERNS: dict[str, list[str]] = {
    "“": ["“W”", "“W W”", "„W“", "„W W“"],
    "”": ["“W”", "“W W”", "„W”", "”W”"],
    "„": ["„W“", "„W”", "„W W“"],
    "‘": ["‘W’", "‚W‘", "‘W W’"],
    "’": ["W’s", "L’W", "W’", "L’W W", "’W"],
    "‚": ["‚W‘", "‚W’"],
    "«": ["«W»", "« W »", "»W«", "«W W»"],
    "»": ["«W»", "« W »", "»W«", "«W W»"],
    "‹": ["‹W›", "›W‹"],
    "›": ["‹W›", "›W‹"],
    "–": ["W – W", "N–N", "W–W", "– W", "N – N"],
    "—": ["W — W", "W—W", "— W", "W—"],
    "…": ["W…", "…W", "W … W", "W…", "N…"],
    "·": ["W·W", "N·N", "W · W"],
    "•": ["• W", "• W W"],
    "°": ["N°", "N °C", "N°C", "N° W"],
    "€": ["€N", "N €", "€ N", "N€ W"],
    "£": ["£N", "£N W"],
    "§": ["§ N", "§N", "§ N W"],
    "¿": ["¿W?", "¿W W?"],
    "¡": ["¡W!", "¡W W!"],
    "×": ["N×N", "N × N"],
    "÷": ["N÷N", "N ÷ N"],
    "²": ["N m²", "m²", "N²", "W²", "x²"],
    "³": ["N m³", "m³", "N³", "W³", "x³"],
    "½": ["N½", "½ W", "½", "N ½ W"],
    "¼": ["N¼", "¼ W", "¼"],
    "¾": ["N¾", "¾ W", "¾"],
    "№": ["№ N", "№N", "№ N W"],
    "ª": ["Nª", "Nª W"],
    "º": ["Nº", "Nº W"],
    "µ": ["N µm", "µm", "N µg", "µW"],
}
"""The signs, and the company that each of them keeps."""

PAIRED = {"æ": "ae", "œ": "oe", "Æ": "AE", "Œ": "OE"}
"""Letters that are two letters pulled together."""


def repeated(character: str, person: Person, rng: np.random.Generator) -> Strokes | None:
    """A character that the person wrote, once more: nearly the same; None if they didn't."""
    found = person.cut_outs.get(character)
    if not found:
        return None
    strokes = found[rng.integers(len(found))]
    size = np.exp(rng.normal(0, 0.04, 2))
    rise = float(rng.normal(0, 0.02))
    lean = float(rng.normal(0, 0.03))
    made = []
    for points in strokes:
        x, y = points.T
        xy = np.stack([size[0] * x + lean * y, size[1] * y + rise], axis=1)
        made.append(xy + rng.normal(0, 0.004, xy.shape))
    return _at_left(made)


def glyph(character: str, person: Person, rng: np.random.Generator) -> Strokes | None:
    """The strokes of a character, its left edge at 0: made of the person's own about as often as drawn.

    None if they never wrote it and there's no drawing of it.
    """
    own = _OWN.get(character)
    if own is not None and rng.random() < 0.55:
        strokes = own(person, rng)
        if strokes is not None:
            return _at_left(strokes)
    strokes = repeated(character, person, rng)
    if strokes is None and character in DRAWINGS:
        strokes = drawn(character, person.pen, rng)
    return strokes


def _at_left(strokes: Strokes) -> Strokes:
    left = min(float(points[:, 0].min()) for points in strokes)
    return moved(strokes, -left)


def _resized(strokes: Strokes, size: float, low: float, high: float | None = None) -> Strokes:
    """Strokes at another size with their lower edge at ``low``, or, up to ``high``; fewer points, as hands do it."""
    bottom = min(float(points[:, 1].min()) for points in strokes)
    top = max(float(points[:, 1].max()) for points in strokes)
    if high is not None:
        size = (high - low) / max(top - bottom, 0.2)
    return [resample_stroke((p - (0, bottom)) * size + (0, low), min(1.0, max(size, 0.2) ** 0.5)) for p in strokes]


def _dash(length: float) -> Callable[[Person, np.random.Generator], Strokes | None]:
    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        hyphen = repeated("-", person, rng)
        if hyphen is None or len(hyphen) > 1:
            return None
        points = hyphen[0]
        wide = float(np.ptp(points[:, 0]))
        long = length * float(np.exp(rng.normal(0, 0.12)))
        if wide < 0.15:
            return None
        stretched = np.stack([points[:, 0] * long / wide, points[:, 1]], axis=1)
        return [resample_stroke(stretched, max(1.0, long / wide))]

    return make


def _dots(person: Person, rng: np.random.Generator) -> Strokes | None:
    made, right = [], 0.0
    gap = float(rng.uniform(0.2, 0.5))
    for _ in range(3):
        dot = repeated(".", person, rng)
        if dot is None:
            return None
        made += moved(dot, right)
        right = max(float(points[:, 0].max()) for points in made) + gap * float(np.exp(rng.normal(0, 0.1)))
    return made


def _tick(low: float, count: int = 1) -> Callable[[Person, np.random.Generator], Strokes | None]:
    """Quotation marks from commas."""

    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        made = []
        for n in range(count):
            comma = repeated(",", person, rng)
            if comma is None:
                return None
            bottom = min(float(points[:, 1].min()) for points in comma)
            made += moved(comma, 0.28 * n + float(rng.normal(0, 0.02)), low - bottom + float(rng.normal(0, 0.03)))
        return made

    return make


def _upside_down(character: str) -> Callable[[Person, np.random.Generator], Strokes | None]:
    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        strokes = repeated(character, person, rng)
        if strokes is None:
            return None
        top = float(rng.choice([1.0, 1.6]))
        high = max(float(points[:, 1].max()) for points in strokes)
        low = min(float(points[:, 1].min()) for points in strokes)
        # The dot is made first or last, as by those who write "?".
        turned = [-points[::-1] for points in strokes[::-1]]
        return moved(turned, 0, top + low) if high > low else None

    return make


def _raised(character: str, size: float, low: float, line: bool = False) -> Callable[..., Strokes | None]:
    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        strokes = repeated(character, person, rng)
        if strokes is None:
            return None
        strokes = _resized(strokes, size * float(np.exp(rng.normal(0, 0.08))), low + float(rng.normal(0, 0.05)))
        if line:
            right = max(float(points[:, 0].max()) for points in strokes)
            strokes = [*strokes, person.pen.drawn(np.array([[-0.03, low - 0.18], [right + 0.03, low - 0.16]]), rng)]
        return strokes

    return make


def _fraction(over: str, under: str) -> Callable[[Person, np.random.Generator], Strokes | None]:
    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        upper, lower = repeated(over, person, rng), repeated(under, person, rng)
        if upper is None or lower is None:
            return None
        upper, lower = _at_left(_resized(upper, 1, 0.95, 1.85)), _at_left(_resized(lower, 1, -0.1, 0.8))
        x = max(float(points[:, 0].max()) for points in upper)
        bar = person.pen.drawn(np.array([[x + 0.5, 1.7], [x - 0.2, -0.05]]), rng)
        return [*upper, bar, *moved(lower, x + 0.22)]

    return make


def _pulled(pair: str) -> Callable[[Person, np.random.Generator], Strokes | None]:
    """Two letters so near that they share a stroke."""

    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        first, second = (repeated(c, person, rng) for c in pair)
        if first is None or second is None:
            return None
        right = max(float(points[:, 0].max()) for points in first)
        wide = max(float(points[:, 0].max()) for points in second)
        closer = min(0.3, 0.3 * wide) * float(rng.uniform(0.6, 1.2))
        return [*first, *moved(second, right - closer)]

    return make


def _side_by_side(pair: str) -> Callable[[Person, np.random.Generator], Strokes | None]:
    def make(person: Person, rng: np.random.Generator) -> Strokes | None:
        first, second = (repeated(c, person, rng) for c in pair)
        if first is None or second is None:
            return None
        right = max(float(points[:, 0].max()) for points in first)
        return [*first, *moved(second, right + 0.6 * person.pen.gap)]

    return make


_OWN: dict[str, Callable[[Person, np.random.Generator], Strokes | None]] = {
    "–": _dash(0.85),
    "—": _dash(1.7),
    "…": _dots,
    "’": _tick(1.3),
    "‚": _tick(-0.3),
    "”": _tick(1.3, 2),
    "„": _tick(-0.3, 2),
    "¿": _upside_down("?"),
    "¡": _upside_down("!"),
    "²": _raised("2", 0.5, 1.05),
    "³": _raised("3", 0.5, 1.05),
    "°": _raised("o", 0.4, 1.4),
    "º": _raised("o", 0.45, 1.3, line=True),
    "ª": _raised("a", 0.5, 1.3, line=True),
    "·": _raised(".", 1.0, 0.5),
    "×": _raised("x", 0.75, 0.2),
    "½": _fraction("1", "2"),
    "¼": _fraction("1", "4"),
    "¾": _fraction("3", "4"),
    **{character: _pulled(pair) for character, pair in PAIRED.items()},
    "ĳ": _side_by_side("ij"),
    "Ĳ": _side_by_side("IJ"),
}
