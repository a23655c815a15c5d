"""Drawings of ink: SVG, PDF, G-code, HPGL, DXF for paper and plotters, PNG and GIF for screens, matplotlib figures.

Only the figures import matplotlib and only pictures of pixels import Pillow, each when it is asked for. PDF needs
ReportLab, DXF ezdxf and HPGL vpype.
"""

from scribe.draw.charts import (
    draw_ink,
    ink_figure,
    mixture_density,
    mixture_figure,
    one_hot_figure,
    sheet_figure,
    window_figure,
)
from scribe.draw.dxf import to_dxf
from scribe.draw.evaluation import evaluation_figure
from scribe.draw.gcode import Machine, to_gcode
from scribe.draw.hpgl import to_hpgl
from scribe.draw.pdf import to_pdf
from scribe.draw.pixels import MOST_PIXELS, page_to_png, pixel_size, to_gif, to_png
from scribe.draw.shapes import PEN
from scribe.draw.svg import Svg, coloured_ink, page_to_svg, to_svg
from scribe.draw.travel import optimised, pen_travel

__all__ = [
    "MOST_PIXELS",
    "PEN",
    "Machine",
    "Svg",
    "coloured_ink",
    "draw_ink",
    "evaluation_figure",
    "ink_figure",
    "mixture_density",
    "mixture_figure",
    "one_hot_figure",
    "optimised",
    "page_to_png",
    "page_to_svg",
    "pen_travel",
    "pixel_size",
    "sheet_figure",
    "to_dxf",
    "to_gcode",
    "to_gif",
    "to_hpgl",
    "to_pdf",
    "to_png",
    "to_svg",
    "window_figure",
]
