"""A sheet of paper: its size, its margins and its lines, in millimetres, and ink set on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from scribe.drawing.normalise import body_band, level
from scribe.ink import Ink
from scribe.layout.lines import ALIGNMENTS

__all__ = ["PAPERS", "PLACES", "RULINGS", "Page", "Row", "Sheet", "SheetError", "straightened"]

PAPERS = {
    "a3": (297.0, 420.0),
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "a6": (105.0, 148.0),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
}
"""Width and height of papers, upright, in mm."""

RULINGS = ("plain", "ruled", "squared")
PLACES = ("top-left", "top-centre", "top-right", "bottom-left", "bottom-centre", "bottom-right")
"""Where a page's number can stand."""

_LARGEST = 10_000.0  # mm
_MOST_RULES = 10_000
_EMPTY = 0.6  # of a line: what an empty line takes up on plain paper


class SheetError(ValueError):
    """There can be no such sheet, or what should be set on it has no room there."""


@dataclass(frozen=True, eq=False)
class Row:
    """A written line, in body heights, as it goes onto a sheet; ink without points is an empty line."""

    ink: Ink
    text: str = ""
    first: bool = False  # it begins a paragraph, so it is indented
    breaks: bool = False  # it begins a new page


@dataclass(frozen=True, eq=False)
class Page:
    """Ink on paper, in millimetres: y points up, the origin is the lower left corner of the paper.

    ``strokes`` are float64 ``(n, 2)``, in the order of writing; ``rules`` are the printed lines, each ``(2, 2)``;
    ``pen`` is the width of the stroke; ``text`` says what is written.
    """

    width: float
    height: float
    strokes: Sequence[np.ndarray]
    rules: Sequence[np.ndarray] = ()
    pen: float = 0.4
    text: str = ""

    @classmethod
    def fitted(cls, ink: Ink, x_height: float = 3.0, *, margin: float = 1.0, pen: float = 0.13, text: str = "") -> Page:
        """Paper as large as the ink with a margin around it.

        Args:
            ink: in body heights.
            x_height: of one body height, in mm.
            margin, pen: in body heights.
        """
        if not 0 < x_height < math.inf or not 0 <= margin < math.inf:
            raise SheetError(f"x_height must be above 0 and margin not below: {x_height}, {margin}")
        if not len(ink):
            return cls(2 * margin * x_height + 1, 2 * margin * x_height + 1, (), pen=pen * x_height, text=text)
        box = ink.bounds
        corner = np.array([box.left - margin, box.bottom - margin])
        strokes = tuple((stroke - corner) * x_height for stroke in ink.strokes)
        width, height = ((side + 2 * margin) * x_height for side in (box.width, box.height))
        return cls(width, height, strokes, pen=pen * x_height, text=text)


@dataclass(frozen=True)
class Sheet:
    """Paper to write on. All lengths are in mm.

    Args:
        width, height: of the paper; :data:`PAPERS` has some.
        margins: top, right, bottom, left. If None, each is a tenth of the shorter side.
        x_height: height of an "x".
        line_spacing: from baseline to baseline. If None, 3.5 times the x-height.
        first_line: from the upper edge to the first baseline. If None, it lies two x-heights below the upper margin.
        ruling: ``"plain"``, ``"ruled"`` or ``"squared"``. On plain paper an empty line is lower than a written one; on
            the others all baselines lie on rules. Two squares are as high as a line.
        draw_rules: whether the rules are drawn; otherwise they are only obeyed, as they are on the paper already.
        align: ``"left"``, ``"centre"`` or ``"right"``, by the edges of the ink.
        indent: of the first line of a paragraph.
        loose: lines stay as the pen wrote them: they rise or sink a little and their left edges fray. Otherwise each
            line is level and stands on its baseline, and the left edge of its ink lies on the margin.
        number: where the number of the page stands, one of :data:`PLACES`, or None.
        pen: width of the stroke, in x-heights.

    Raises:
        SheetError: if there is no room for a line, or a length cannot be.
    """

    width: float = PAPERS["a4"][0]
    height: float = PAPERS["a4"][1]
    margins: tuple[float, float, float, float] | None = None
    x_height: float = 2.5
    line_spacing: float | None = None
    first_line: float | None = None
    ruling: str = "plain"
    draw_rules: bool = True
    align: str = "left"
    indent: float = 0.0
    loose: bool = False
    number: str | None = None
    pen: float = 0.13
    baselines: tuple[float, ...] = field(init=False, repr=False)
    """The y of each baseline, from the top of the page down, in mm from its lower edge."""

    def __post_init__(self) -> None:
        if not all(0 < size <= _LARGEST for size in (self.width, self.height, self.x_height, self.pen)):
            raise SheetError(f"the sizes of a page, of an x and of the pen must be above 0 and up to {_LARGEST:g} mm")
        for name, value, known in (
            ("ruling", self.ruling, RULINGS),
            ("alignment", self.align, ALIGNMENTS),
            ("place for a number", self.number or PLACES[0], PLACES),
        ):
            if value not in known:
                raise SheetError(f"there is no {name} {value!r}; choose one of {', '.join(known)}")
        if self.margins is None:
            object.__setattr__(self, "margins", (min(self.width, self.height) / 10,) * 4)
        if self.line_spacing is None:
            object.__setattr__(self, "line_spacing", 3.5 * self.x_height)
        if not all(0 <= length <= _LARGEST for length in (*self._margins, self.indent)):
            raise SheetError("margins and indents must be 0 mm or more")
        if not 0 < self._spacing <= _LARGEST or self.height / self._spacing > _MOST_RULES:
            raise SheetError(f"a line spacing of {self._spacing:g} mm cannot be")
        top, _, bottom, _ = self._margins
        first = top + 2 * self.x_height if self.first_line is None else self.first_line
        if not 0 <= first <= _LARGEST:
            raise SheetError(f"the first line cannot be {first:g} mm below the edge")
        count = math.floor((self.height - bottom - first) / self._spacing + 1e-6) + 1
        if count < 1:
            raise SheetError(f"the page has no room for a line: it is {self.height:g} mm high")
        object.__setattr__(self, "baselines", tuple(self.height - first - i * self._spacing for i in range(count)))
        if self.text_width - self.indent < 5 * self.x_height:
            raise SheetError(
                f"the page has no room for a word: {self.text_width - self.indent:.4g} mm are left between the margins,"
                f" and an x is {self.x_height:g} mm high"
            )

    @property
    def _margins(self) -> tuple[float, float, float, float]:
        assert self.margins is not None
        return self.margins

    @property
    def _spacing(self) -> float:
        assert self.line_spacing is not None
        return self.line_spacing

    @property
    def text_width(self) -> float:
        """From margin to margin, in mm."""
        return self.width - self._margins[1] - self._margins[3]

    @property
    def rules(self) -> tuple[np.ndarray, ...]:
        """The lines printed on the paper, each a piece ``(2, 2)`` in mm; they run from edge to edge."""
        if self.ruling == "plain":
            return ()
        rows = list(self.baselines)
        if self.ruling == "ruled":
            return tuple(np.array([[0.0, y], [self.width, y]]) for y in rows)
        side = self._spacing / 2
        if self.width / side > _MOST_RULES:
            raise SheetError(f"squares of {side:g} mm are too small for a page {self.width:g} mm wide")
        heights = np.arange(rows[0] % side, self.height, side)
        columns = np.arange(self._margins[3] % side, self.width, side)
        return (
            *(np.array([[0.0, y], [self.width, y]]) for y in heights),
            *(np.array([[x, 0.0], [x, self.height]]) for x in columns),
        )

    def pages(self, rows: Sequence[Row], numbers: Sequence[Ink] = ()) -> list[Page]:
        """Written lines set on as many pages as it takes, one at least.

        Args:
            rows: the lines. One that is wider than the page is made narrower.
            numbers: the ink of "1", "2" and so on, if the pages are to have numbers.
        """
        pages: list[tuple[list[np.ndarray], list[str]]] = [([], [])]
        drop = _EMPTY if self.ruling == "plain" else 1.0
        lowest = self.baselines[-1] - 1e-6
        y = self.baselines[0]
        for number, row in enumerate(rows):
            if number and (row.breaks or (y < lowest and len(row.ink))):
                pages.append(([], []))
                y = self.baselines[0]
            strokes, texts = pages[-1]
            if not len(row.ink):
                if strokes or row.breaks or not number:  # after a page is full, its empty line is gone
                    y -= drop * self._spacing
                    texts.append("")
                continue
            strokes += self._placed(row, y)
            texts.append(row.text)
            y -= self._spacing
        rules = self.rules if self.draw_rules else ()
        made = [
            Page(self.width, self.height, tuple(strokes), rules, self.pen * self.x_height, "\n".join(texts).strip("\n"))
            for strokes, texts in pages
        ]
        if self.number is not None:
            pairs = zip(made, numbers, strict=False)
            numbered = [replace(page, strokes=(*page.strokes, *self._number(ink))) for page, ink in pairs]
            made = numbered + made[len(numbered) :]
        return made

    def room(self, first: bool) -> float:
        """Width that a line has, in body heights; the first one of a paragraph is indented."""
        return (self.text_width - (self.indent if first else 0.0)) / self.x_height

    def _placed(self, row: Row, baseline: float) -> list[np.ndarray]:
        strokes = (row.ink if self.loose else straightened(row.ink, row.text)).strokes
        left, right = _edges(strokes)
        narrower = min(1.0, self.room(row.first) / (right - left)) if right > left else 1.0
        start = self._margins[3] + (self.indent if row.first else 0.0)
        share = {"left": 0.0, "centre": 0.5, "right": 1.0}[self.align]
        start += share * max(0.0, self.room(row.first) - narrower * (right - left)) * self.x_height
        if self.loose and self.align == "left":
            # As the pen put them down, but nothing leaves the paper.
            left = min(0.0, left) if left < -start / self.x_height else 0.0
        scale = np.array([narrower, 1.0]) * self.x_height
        return [(stroke - (left, 0.0)) * scale + (start, baseline) for stroke in strokes]

    def _number(self, ink: Ink) -> list[np.ndarray]:
        assert self.number is not None
        side, place = self.number.split("-")
        top, right, bottom, left = self._margins
        edge_left, edge_right = _edges(ink.strokes)
        width = (edge_right - edge_left) * self.x_height
        x = {"left": left, "centre": (self.width - width) / 2, "right": self.width - right - width}[place]
        # A digit is about two x-heights high, and stands in the middle of the margin.
        y = (bottom / 2 if side == "bottom" else self.height - top / 2) - self.x_height
        return [(stroke - (edge_left, 0.0)) * self.x_height + (x, y) for stroke in ink.strokes]


def _edges(strokes: Sequence[np.ndarray]) -> tuple[float, float]:
    x = np.concatenate([stroke[:, 0] for stroke in strokes])
    return float(x.min()), float(x.max())


def straightened(ink: Ink, text: str) -> Ink:
    """A line that says ``text``, in body heights, turned level and moved onto its baseline."""
    strokes = level(ink.strokes, 1.0)
    bottom, _ = body_band(strokes, text)
    # Signs without a body, such as a dash, do not stand on the baseline; they stay where they were written.
    stands = any(character.isalnum() for character in text)
    return Ink.from_strokes([stroke - (0.0, bottom) for stroke in strokes] if stands else strokes)
