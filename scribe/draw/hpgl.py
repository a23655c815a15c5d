"""Pages as HPGL, for pen plotters of the eighties. vpype writes the file: it knows their papers and their origins."""

from __future__ import annotations

import io

import numpy as np

from scribe.draw.shapes import flattened
from scribe.layout import Page, SheetError

__all__ = ["to_hpgl"]

TOLERANCE = 0.01
"""Straight lines stay so close to the curves, in mm."""


def to_hpgl(page: Page, device: str = "hp7475a", velocity: int | None = None) -> str:
    """The commands for one plotter, in its own units.

    The page lies at the upper left corner of the smallest paper that the plotter takes and that holds it, upright or
    across.

    Args:
        device: a plotter that vpype knows.
        velocity: of the pen, in cm per second.

    Raises:
        ModuleNotFoundError: if vpype is not installed.
        SheetError: if vpype knows no such plotter, or the page is too large for it.
    """
    import vpype

    known = sorted(vpype.config_manager.get_plotter_list())
    if device not in known:
        raise SheetError(f"vpype knows no plotter {device!r}; it knows {', '.join(known)}")
    try:
        config = vpype.config_manager.get_plotter_config(device)
    except ValueError as error:
        raise SheetError(f"vpype cannot read its own description of {device}: {error}") from error
    unit = 96 / 25.4  # vpype counts in pixels of CSS
    size = (page.width * unit, page.height * unit)
    papers = [paper for paper in config.paper_configs if paper.paper_size is not None]
    choices = []
    for paper in papers:
        short, long = sorted(paper.paper_size)
        for across, (width, height) in enumerate(((short, long), (long, short))):
            if size[0] <= width + 1 and size[1] <= height + 1:
                choices.append((short * long, across, paper.name))
    if not choices:
        raise SheetError(f"{device} takes no paper that holds a page of {page.width:g} x {page.height:g} mm")
    _, across, name = min(choices)
    lines = vpype.LineCollection()
    for stroke in (*page.rules, *page.strokes):
        points = flattened(stroke, TOLERANCE)
        if len(points) == 1:
            # A dot is as long as the plotter's smallest step.
            points = np.concatenate([points, points + np.array([0.025, 0])])
        lines.append((points[:, 0] + 1j * (page.height - points[:, 1])) * unit)
    document = vpype.Document(lines)
    file = io.StringIO()
    vpype.write_hpgl(file, document, name, bool(across), False, device, velocity, absolute=True, quiet=True)
    return file.getvalue()
