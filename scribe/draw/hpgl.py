"""Pages as HPGL, for pen plotters of the eighties. vpype writes the file: it knows their papers and their origins."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from scribe.draw.shapes import flattened
from scribe.layout import Page, SheetError

__all__ = ["to_hpgl"]

_PIXEL = 96 / 25.4  # vpype counts in pixels of CSS; this many are a mm

TOLERANCE = 0.01
"""Straight lines stay so close to the curves, in mm."""


def to_hpgl(page: Page, device: str = "hp7475a", velocity: int | None = None) -> str:
    """The commands for one plotter, in its own units.

    The page lies in the middle of a paper that the plotter takes: one of its own size, or else the first that holds it,
    upright or across. Rules end where the pen does not reach.

    Args:
        device: a plotter that vpype knows.
        velocity: of the pen, in cm per second.

    Raises:
        ModuleNotFoundError: if vpype is not installed.
        SheetError: if vpype knows no such plotter, the page is too large for it, or ink lies out of its reach.
    """
    import vpype

    known = sorted(vpype.config_manager.get_plotter_list())
    if device not in known:
        raise SheetError(f"vpype knows no plotter {device!r}; it knows {', '.join(known)}")
    try:
        config = vpype.config_manager.get_plotter_config(device)
    except ValueError as error:
        raise SheetError(f"vpype cannot read its own description of {device}: {error}") from error
    paper, across = _paper(config.paper_configs, page, device)
    wide, high = sorted(paper.paper_size, reverse=bool(across))
    # The page lies in the middle of the paper; vpype counts y from the upper edge down.
    corner = np.array([(wide / _PIXEL - page.width) / 2, (high / _PIXEL + page.height) / 2])
    strokes = [flattened(stroke, TOLERANCE) * (1, -1) + corner for stroke in page.strokes]
    if strokes:
        # vpype would cut off in silence what the pen does not reach.
        edge = _out_of_reach(paper, config.plotter_unit_length)
        points = np.concatenate(strokes)
        if (points < edge).any() or (points > np.array([wide, high]) / _PIXEL - edge).any():
            raise SheetError(
                f"the pen of {device} does not reach the outer {edge:.0f} mm of {paper.name} paper, where some of the"
                " ink lies; wider margins help"
            )
    lines = vpype.LineCollection()
    for points in (*(rule * (1, -1) + corner for rule in page.rules), *strokes):
        if len(points) == 1:
            # A dot is as long as the plotter's smallest step.
            points = np.concatenate([points, points + np.array([0.025, 0])])
        lines.append((points[:, 0] + 1j * points[:, 1]) * _PIXEL)
    file = io.StringIO()
    vpype.write_hpgl(
        file, vpype.Document(lines), paper.name, bool(across), False, device, velocity, absolute=True, quiet=True
    )
    return file.getvalue()


def _paper(papers: Sequence[Any], page: Page, device: str) -> tuple[Any, int]:
    """The paper that a page is best put on, and 1 if it lies across: one of its size, or the first that holds it."""
    choices = []
    for number, paper in enumerate(papers):
        if paper.paper_size is None:
            continue
        for across in (0, 1):
            rest = np.array(sorted(paper.paper_size, reverse=bool(across))) / _PIXEL - (page.width, page.height)
            if (rest > -0.5).all():
                choices.append((bool((rest > 1).any()), number, across))
    if not choices:
        raise SheetError(f"{device} takes no paper that holds a page of {page.width:g} x {page.height:g} mm")
    _, number, across = min(choices)
    return papers[number], across


def _out_of_reach(paper: Any, unit: float) -> float:
    """How wide the strip along the edges of a paper is, in mm, that the pen does not reach: its widest side."""
    wide, high = paper.paper_size
    x, y = paper.origin_location
    if paper.origin_location_reference != "topleft":
        y = high - y
    xs = [x + step * unit for step in paper.x_range]
    ys = [y + (-step if paper.y_axis_up else step) * unit for step in paper.y_range]
    return max(0.0, *xs[:1], wide - xs[1], min(ys), high - max(ys)) / _PIXEL
