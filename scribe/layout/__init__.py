"""From a text to pages: lines that fit, ink on baselines, sheets of paper in millimetres."""

from scribe.layout.flow import Row, set_text
from scribe.layout.lines import ALIGNMENTS, Paragraph, paragraphs_of, plain_text, set_page, wrap
from scribe.layout.sheet import PAPERS, PLACES, RULINGS, Page, Sheet, SheetError

__all__ = [
    "ALIGNMENTS",
    "PAPERS",
    "PLACES",
    "RULINGS",
    "Page",
    "Paragraph",
    "Row",
    "Sheet",
    "SheetError",
    "paragraphs_of",
    "plain_text",
    "set_page",
    "set_text",
    "wrap",
]
