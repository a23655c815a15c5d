"""Pages as G-code for pen plotters (Grbl, Marlin and their kin).

Written here and not by a plug-in of vpype: a page is straight moves, pen up and pen down, and vpype would ask its
users for a file of templates for each machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from scribe.draw.shapes import flattened
from scribe.layout import Page

__all__ = ["CORNERS", "FLIPS", "Machine", "MachineError", "to_gcode"]

CORNERS = ("bottom-left", "bottom-right", "top-left", "top-right")
FLIPS = ("none", "x", "y", "both")
TOLERANCE = 0.01
"""Straight moves stay so close to the curves, in mm."""

_HEIGHT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


class MachineError(ValueError):
    """There can be no such machine."""


@dataclass(frozen=True)
class Machine:
    """How a plotter lifts its pen, how fast it moves, and where it counts from.

    Args:
        pen_up, pen_down: a height of the Z axis in mm, such as ``"5"``, or commands, such as ``"M3 S90"``; several
            are separated by ``;``.
        feed: of the pen on paper, in mm per minute.
        travel_feed: of the lifted pen.
        origin: the corner of the paper at which the machine has x = y = 0.
        flip: axes that count the other way round: ``"x"``, ``"y"``, ``"both"`` or ``"none"``. With the origin at the
            top left and y flipped, y counts down from the upper edge.

    Raises:
        MachineError: if a feed is not above 0, or a corner or an axis is none.
    """

    pen_up: str = "5"
    pen_down: str = "0"
    feed: float = 1500.0
    travel_feed: float = 3000.0
    origin: str = "bottom-left"
    flip: str = "none"

    def __post_init__(self) -> None:
        if not (0 < self.feed < 1e6 and 0 < self.travel_feed < 1e6):
            raise MachineError(f"feeds must be above 0 mm per minute: {self.feed}, {self.travel_feed}")
        if self.origin not in CORNERS:
            raise MachineError(f"there is no corner {self.origin!r}; choose one of {', '.join(CORNERS)}")
        if self.flip not in FLIPS:
            raise MachineError(f"flip must be one of {', '.join(FLIPS)}, not {self.flip!r}")
        for name, command in (("up", self.pen_up), ("down", self.pen_down)):
            if not command.strip() or not command.isascii() or not command.isprintable():
                raise MachineError(f"what moves the pen {name} must be a height or a command, not {command!r}")

    def lift(self, command: str) -> list[str]:
        """The lines of code for ``pen_up`` or ``pen_down``."""
        command = command.strip()
        if _HEIGHT.fullmatch(command):
            return [f"G1 Z{float(command):g} F{self.travel_feed:g}"]
        return [part.strip() for part in command.split(";") if part.strip()]

    def placed(self, points: np.ndarray, page: Page) -> np.ndarray:
        """Points of a page, in mm from its lower left corner, as the machine counts them."""
        vertical, side = self.origin.split("-")
        corner = (page.width if side == "right" else 0.0, page.height if vertical == "top" else 0.0)
        signs = (-1.0 if self.flip in ("x", "both") else 1.0, -1.0 if self.flip in ("y", "both") else 1.0)
        return (points - corner) * signs

    def on_page(self, page: Page) -> tuple[float, float]:
        """Where on the page the machine's origin is."""
        x, y = -self.placed(np.zeros(2), page)
        return abs(float(x)), abs(float(y))


def to_gcode(page: Page, machine: Machine | None = None, *, title: str = "Handwriting") -> str:
    """The way of the pen over a page, in mm and absolute coordinates. Rules are drawn first, if the page has any.

    A dot is the pen put down and lifted again.
    """
    machine = machine or Machine()
    up, down = machine.lift(machine.pen_up), machine.lift(machine.pen_down)
    name = " ".join(re.sub(r"[^ -~]|[()]", " ", title).split())
    rows = [
        f"; {name}",
        f"; {page.width:g} x {page.height:g} mm, origin {machine.origin}",
        "G21 ; millimetres",
        "G90 ; absolute",
        *up,
    ]
    for stroke in (*page.rules, *(flattened(stroke, TOLERANCE) for stroke in page.strokes)):
        # Adding 0 makes 0 of -0.
        points = (np.round(machine.placed(stroke, page), 3) + 0.0).tolist()
        rows.append(f"G0 X{points[0][0]:.7g} Y{points[0][1]:.7g} F{machine.travel_feed:g}")
        rows += down
        for number, (x, y) in enumerate(points[1:]):
            rows.append(f"G1 X{x:.7g} Y{y:.7g}" + (f" F{machine.feed:g}" if not number else ""))
        rows += up
    return "\n".join([*rows, f"G0 X0 Y0 F{machine.travel_feed:g}", "M2", ""])
