"""Pages as DXF, for programs of lasers, cutters and plotters. ezdxf writes the file."""

from __future__ import annotations

import io

from scribe.draw.shapes import flattened
from scribe.layout import Page

__all__ = ["to_dxf"]

TOLERANCE = 0.01
"""Straight lines stay so close to the curves, in mm."""


def to_dxf(page: Page) -> str:
    """A drawing in mm: ink as polylines on the layer INK, rules on the layer RULES; a dot is a point.

    Raises:
        ModuleNotFoundError: if ezdxf is not installed.
    """
    from ezdxf.filemanagement import new
    from ezdxf.units import MM

    document = new("R2010", units=MM)
    space = document.modelspace()
    for name, strokes in (("RULES", page.rules), ("INK", page.strokes)):
        document.layers.add(name)
        for stroke in strokes:
            points = [tuple(point) for point in flattened(stroke, TOLERANCE).tolist()]
            if len(points) > 1:
                space.add_lwpolyline(points, dxfattribs={"layer": name})
            else:
                space.add_point(points[0], dxfattribs={"layer": name})
    file = io.StringIO()
    document.write(file)
    return file.getvalue()
