"""Figures by matplotlib: ink on axes, sheets of a corpus, the window, the mixture.

matplotlib is imported when a figure is asked for. No function touches a global state (``pyplot``), so that figures can
be made in threads and without a screen.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.draw.shapes import PEN, box_around, curves_of
from scribe.ink import Bounds, Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from scribe.corpora.corpus import Sample
    from scribe.mdn import MixtureParameters

__all__ = [
    "draw_ink",
    "ink_figure",
    "mixture_density",
    "mixture_figure",
    "one_hot_figure",
    "sheet_figure",
    "window_figure",
]


@functools.cache
def figure_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        """A figure that notebooks show although ``pyplot`` does not know of it."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=144)
            return file.getvalue()

    return NotebookFigure


def _new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = figure_class()(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def draw_ink(axes: Axes, ink: Ink, *, linewidth: float = 1.3, colour: str | None = None, **style: Any) -> None:
    """Draw ink on matplotlib axes as smooth curves, in the axes' own coordinates.

    Args:
        linewidth: in points (1/72 inch).
        colour: of the ink; None takes the colour that matplotlib is set to write text in.
        style: any other property of a ``matplotlib.collections.PathCollection``, such as ``alpha`` or ``zorder``.
    """
    from matplotlib import rcParams
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    colour = rcParams["text.color"] if colour is None else colour
    paths = []
    for curve in curves_of(ink):
        vertices = np.concatenate([curve[0, :1], curve[:, 1:].reshape(-1, 2)])
        vertices[-1, 0] += 1e-3 if (vertices == vertices[0]).all() else 0.0  # no dot is drawn for a line of no length
        paths.append(Path(vertices, [Path.MOVETO] + [Path.CURVE4] * (len(vertices) - 1)))
    style = {"capstyle": "round", "joinstyle": "round", **style}
    strokes = PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=linewidth, **style)
    # Sizes of a collection's paths are meant for scatter plots; this one is in the coordinates of the data.
    strokes.set_transform(axes.transData)
    axes.add_collection(strokes)
    if paths:
        box = box_around(curves_of(ink), 0.0)
        axes.update_datalim([(box.left, box.bottom), (box.right, box.top)])
        axes.autoscale_view()


def ink_figure(ink: Ink, *, title: str = "", width: float = 8.0, margin: float = 1.0) -> Figure:
    """Ink in a figure ``width`` inches wide and as high as the ink needs, with the same scale in both directions."""
    box = box_around(curves_of(ink), margin)
    body = width / box.width
    figure, axes = _new_figure(width, min(40.0, max(0.4, box.height * body)) + 0.35 * bool(title))
    draw_ink(axes, ink, linewidth=max(0.4, PEN * body * 72))
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), aspect="equal")
    axes.set_axis_off()
    if title:
        axes.set_title(_plain(title))
    return figure


def sheet_figure(samples: Sequence[Sample], *, columns: int = 1, width: float = 10.0, row: float = 5.5) -> Figure:
    """Samples of a corpus under their labels, for a person to check one against the other.

    All are drawn to the same scale, but for one that is wider than its column, which is made to fit. The grey lines
    are the baseline and the height of an "x".

    Args:
        columns: samples side by side.
        width: of the figure, in inches.
        row: height of a row, in body heights.
    """
    if not samples:
        raise ValueError("there are no samples to draw")
    widths = [sample.ink.bounds.right - min(0.0, sample.ink.bounds.left) for sample in samples]
    column = max(10.0, float(np.quantile(widths, 0.9))) + 2
    rows = -(-len(samples) // columns)
    body = width / (columns * column)
    figure, axes = _new_figure(width, rows * row * body + 0.1)
    size = float(np.clip(body * 72 * 0.75, 5, 10))
    for number, sample in enumerate(samples):
        x, y = number % columns * column, -(number // columns) * row
        shrink = min(1.0, (column - 1.5) / widths[number])
        ink = sample.ink.transformed(np.eye(2) * shrink).moved(x - min(0.0, sample.ink.bounds.left) * shrink, y)
        axes.plot([[x] * 2, [x + column - 1.5] * 2], [[y, y + shrink]] * 2, color="#c8ccd4", linewidth=0.5, zorder=1)
        draw_ink(axes, ink, linewidth=max(0.5, PEN * shrink * body * 72), zorder=2)
        axes.text(x, y + row * 0.52, sample.text, fontsize=size, color="#0b5cad", va="center", parse_math=False)
        note = _plain(f"{sample.writer} · {sample.kind} · {sample.split}")
        axes.text(x + column - 1.5, y + row * 0.52, note, fontsize=size * 0.7, color="#777", va="center", ha="right")
    axes.set(xlim=(-0.5, columns * column), ylim=(-(rows - 1) * row - row * 0.45, row * 0.7), aspect="equal")
    axes.set_axis_off()
    return figure


def window_figure(
    phi: np.ndarray, text: str, *, pen_up: np.ndarray | None = None, width: float = 8.0, height: float = 6.0
) -> Figure:
    """Where the window is while the network writes: one row a point, one column a character.

    Time runs down, as in the blog post "Scribe"; what is bright is what the network looks at.

    Args:
        phi: weight of each character at each point, ``(T, len(text))`` or ``(T, len(text) + 1)`` with the end of text.
        pen_up: ``(T,)``; where it is 1, a tick at the right edge marks the end of a stroke.
    """
    phi = _rows(phi, "phi")
    names = [*map(_visible, text), "end"][: phi.shape[1]]
    if phi.shape[1] not in (len(text), len(text) + 1):
        raise ValueError(
            f"phi has {phi.shape[1]} columns; a text of {len(text)} characters needs that many, or one more"
        )
    figure, axes = _heat_map(phi, names, width, height, "the window's weight")
    axes.set_xlabel("character of the text")
    _mark_pen_up(axes, pen_up, len(phi))
    return figure


def one_hot_figure(
    window: np.ndarray,
    characters: str,
    *,
    text: str | None = None,
    pen_up: np.ndarray | None = None,
    width: float = 8.0,
    height: float = 6.0,
) -> Figure:
    """What the network sees through the window: one row a point, one column a code of the alphabet; time runs down.

    Args:
        window: ``(T, len(characters) + 1)``, the last column for the end of text.
        characters: of the alphabet, in the order of their codes.
        text: if given, only characters that stand in it get a column.
        pen_up: see :func:`window_figure`.
    """
    window = _rows(window, "window")
    if window.shape[1] != len(characters) + 1:
        raise ValueError(
            f"the window has {window.shape[1]} columns; {len(characters)} characters need one more than that"
        )
    shown = [i for i, c in enumerate(characters) if text is None or c in text] + [len(characters)]
    names = [_visible(characters[i]) if i < len(characters) else "end" for i in shown]
    figure, axes = _heat_map(window[:, shown], names, width, height, "the window's weight")
    axes.set_xlabel("character seen")
    _mark_pen_up(axes, pen_up, len(window))
    return figure


def mixture_density(
    ink: Ink, mixture: MixtureParameters, scale: float, cell: float = 0.05, margin: float = 1.0
) -> tuple[np.ndarray, Bounds]:
    """Where the network expected each point, all points of a line together.

    The sum over the points of the density of their mixtures, each laid at the point before. Each Gaussian is widened by
    half a cell, so that one narrower than a cell is not missed between the places where it is measured.

    Args:
        ink: the line as it was written, ``T`` points.
        mixture: the mixture that each point was drawn from, leading axis ``T``, in standardised units.
        scale: standardised offsets times ``scale`` are in body heights.
        cell: size of a cell in body heights.
        margin: how far the grid goes beyond the ink, in body heights.

    Returns:
        The density per square body height, ``(rows, columns)``, lowest row first; and the box it covers. Over the
        whole plane its integral is ``T``.
    """
    if not (cell > 0 and scale > 0):
        raise ValueError(f"cell and scale must be above 0: {cell}, {scale}")
    if len(mixture.log_pi) != len(ink):
        raise ValueError(f"there are {len(mixture.log_pi)} mixtures for {len(ink)} points")
    box = box_around(curves_of(ink), margin)
    columns, rows = max(1, round(box.width / cell)), max(1, round(box.height / cell))
    xs, ys = box.left + (np.arange(columns) + 0.5) * cell, box.bottom + (np.arange(rows) + 0.5) * cell
    density = np.zeros((rows, columns))
    before = np.vstack([np.zeros((1, 2)), ink.points[:-1, :2]]) if len(ink) else np.zeros((0, 2))
    means = before[:, None] + scale * np.asarray(mixture.mu, np.float64)
    sigma = scale * np.exp(np.asarray(mixture.log_sigma, np.float64))
    covariance = np.asarray(mixture.rho, np.float64) * sigma[..., 0] * sigma[..., 1]
    sigma = np.sqrt(sigma**2 + (0.5 * cell) ** 2)
    rho = covariance / (sigma[..., 0] * sigma[..., 1])
    for t, m in np.argwhere(np.asarray(mixture.log_pi) > np.log(1e-4)):
        (x, y), (sx, sy), r = means[t, m], sigma[t, m], rho[t, m]
        left, right = np.searchsorted(xs, (x - 4.5 * sx, x + 4.5 * sx))
        low, high = np.searchsorted(ys, (y - 4.5 * sy, y + 4.5 * sy))
        zx, zy = (xs[left:right] - x) / sx, (ys[low:high, None] - y) / sy
        distance = (zx**2 + zy**2 - 2 * r * zx * zy) / (1 - r**2)
        peak = np.exp(mixture.log_pi[t, m]) / (2 * np.pi * sx * sy * np.sqrt(1 - r**2))
        density[low:high, left:right] += peak * np.exp(-0.5 * distance)
    return density, Bounds(box.left, box.bottom, box.left + columns * cell, box.bottom + rows * cell)


def mixture_figure(
    ink: Ink,
    mixture: MixtureParameters,
    scale: float,
    *,
    cell: float = 0.05,
    width: float = 8.0,
    show_ink: bool = False,
) -> Figure:
    """Heat map of :func:`mixture_density`: sharp inside letters, wide where the pen could go anywhere.

    The colour is the logarithm of one plus the density, because densities inside and between strokes differ a
    thousandfold. ``show_ink`` draws the line over it.
    """
    density, box = mixture_density(ink, mixture, scale, cell)
    figure, axes = _new_figure(width, min(40.0, max(0.8, width * box.height / box.width)))
    extent = (box.left, box.right, box.bottom, box.top)
    axes.imshow(np.log1p(density), origin="lower", extent=extent, cmap="magma", interpolation="bilinear")
    if show_ink:
        draw_ink(axes, ink, linewidth=0.6, colour="#7fd4ff")
    axes.set(xlim=extent[:2], ylim=extent[2:])
    axes.set_axis_off()
    return figure


def _rows(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"{name} has shape {values.shape}; expected (points, columns) with one or more of each")
    return values


def _heat_map(values: np.ndarray, names: Sequence[str], width: float, height: float, label: str) -> tuple[Figure, Axes]:
    figure, axes = _new_figure(width, height)
    # A few large weights would leave everything else dark.
    top = max(float(np.quantile(values.max(axis=1), 0.95)), 1e-12)
    picture = axes.imshow(values, aspect="auto", cmap="magma", vmin=0, vmax=top, interpolation="nearest")
    size = float(np.clip(width * 72 * 0.8 / max(len(names), 1) / 0.75, 4, 11))
    axes.set_xticks(range(len(names)), [_plain(name) for name in names], family="monospace", fontsize=size)
    axes.get_xticklabels()[-1].set_rotation(90 if names[-1] == "end" else 0)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("point (time runs down)")
    figure.colorbar(picture, ax=axes, label=label, extend="max", shrink=0.6, pad=0.03)
    return figure, axes


def _mark_pen_up(axes: Axes, pen_up: np.ndarray | None, points: int) -> None:
    if pen_up is None:
        return
    if np.shape(pen_up) != (points,):
        raise ValueError(f"pen_up has shape {np.shape(pen_up)}; expected ({points},)")
    ends = np.flatnonzero(np.asarray(pen_up) == 1)
    place = axes.get_yaxis_transform()
    axes.plot(np.full(len(ends), 1.005), ends, "_", color="#c03030", transform=place, clip_on=False, markersize=6)
    axes.text(1.0, 1.01, "pen up", color="#c03030", fontsize=8, ha="center", transform=axes.transAxes)


def _visible(character: str) -> str:
    return "\u2423" if character == " " else character


def _plain(text: str) -> str:
    """Text that matplotlib sets as it stands, without reading mathematics into dollar signs."""
    return text.replace("$", r"\$")
