"""Drawings of ink: SVG for pages and plotters, PNG and GIF for everything else, and matplotlib figures.

Only the figures import matplotlib and only pictures of pixels import Pillow, each when it is asked for.
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
from scribe.draw.evaluation import evaluation_figure
from scribe.draw.pixels import MOST_PIXELS, pixel_size, to_gif, to_png
from scribe.draw.shapes import PEN
from scribe.draw.svg import Svg, coloured_ink, to_svg

__all__ = [
    "MOST_PIXELS",
    "PEN",
    "Svg",
    "coloured_ink",
    "draw_ink",
    "evaluation_figure",
    "ink_figure",
    "mixture_density",
    "mixture_figure",
    "one_hot_figure",
    "pixel_size",
    "sheet_figure",
    "to_gif",
    "to_png",
    "to_svg",
    "window_figure",
]
