"""Pages as PDF: curves, not pixels, in the size of the paper. ReportLab writes the file."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from scribe.draw.shapes import INK_COLOUR, NOT_XML, RULE_COLOUR, rgb
from scribe.ink import bezier
from scribe.layout import Page

__all__ = ["to_pdf"]

_POINTS = 72 / 25.4  # PDF's unit, 1/72 inch, per mm


def to_pdf(
    pages: Sequence[Page],
    *,
    title: str = "Handwriting",
    colour: str = INK_COLOUR,
    paper: str | None = None,
    rule_colour: str = RULE_COLOUR,
) -> bytes:
    """A PDF file; the same pages always give the same bytes.

    Args:
        colour: of the ink, a name or ``#rrggbb``.
        paper: colour of the background; None leaves it clear.

    Raises:
        ModuleNotFoundError: if ReportLab is not installed.
    """
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=1)
    canvas.setTitle(NOT_XML.sub("\ufffd", title))
    canvas.setCreator("scribe")
    for page in pages:
        canvas.setPageSize((page.width * _POINTS, page.height * _POINTS))
        if paper is not None:
            canvas.setFillColorRGB(*rgb(paper))
            canvas.rect(0, 0, page.width * _POINTS, page.height * _POINTS, stroke=0, fill=1)
        canvas.setStrokeColorRGB(*rgb(rule_colour))
        canvas.setLineWidth(0.2 * _POINTS)
        for (x1, y1), (x2, y2) in page.rules:
            canvas.line(x1 * _POINTS, y1 * _POINTS, x2 * _POINTS, y2 * _POINTS)
        canvas.setStrokeColorRGB(*rgb(colour))
        canvas.setLineWidth(page.pen * _POINTS)
        canvas.setLineCap(1)  # round
        canvas.setLineJoin(1)
        path = canvas.beginPath()
        for stroke in page.strokes:
            path.moveTo(*(np.asarray(stroke[0]) * _POINTS).tolist())
            curve = bezier(stroke) * _POINTS
            for _, b, c, d in curve.tolist():
                path.curveTo(*b, *c, *d)
            if not len(curve):  # a dot: a line of no length with round ends
                path.lineTo(*(np.asarray(stroke[0]) * _POINTS).tolist())
        canvas.drawPath(path)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
