"""What a reader can handle: figures with knobs, a field to write in, a figure that writes."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scribe.drawing.drawing import Drawing
    from scribe.ink import Ink

__all__ = ["DrawingField", "book_figures", "drawing_pad", "explore", "live_figure", "live_widget"]


def explore(
    draw: Callable[..., Any],
    *,
    alt: str | Callable[..., str] = "",
    frames: Mapping[str, Sequence[Any]] | None = None,
    live: str | None = None,
    data: Mapping[str, Any] | None = None,
    **controls: Any,
) -> None:
    """Show what ``draw`` returns, with a control for each keyword.

    In a live notebook the controls are those of ``ipywidgets``, and ``draw`` draws anew at each turn. When the book
    stores its outputs (``SCRIBE_STILL`` in the environment), a flip-book is stored, which turns in the page without a
    kernel: see :mod:`scribe.flipbook`. Elsewhere ``draw()`` is shown once. ``draw`` needs a default for each argument:
    the controls start there.

    Args:
        draw: returns a matplotlib figure, or something that notebooks show as HTML, such as an
            :class:`scribe.draw.svg.Svg`.
        alt: what the picture shows, for those who do not see it: a text with the settings in braces, or a function of
            them. A drawing that names itself needs none.
        frames: the values of controls that the page has; those that are not named get a few that are evenly spaced.
        live: the name of a figure that the page draws itself, at every setting, in place of a flip-book; see
            :func:`scribe.flipbook.live_page`.
        data: what that figure is about.
        controls: as for ``ipywidgets.interact``: ``(lowest, highest, step)`` for a slider, a list for a menu,
            True or False for a tick box, a text for a field (of which the page has the start only, or those named in
            ``frames``).
    """
    from IPython.display import display

    if _live():
        try:
            from ipywidgets import interact
        except ImportError:
            pass
        else:
            interact(draw, **controls)
            return
    if not os.environ.get("SCRIBE_STILL"):
        display(draw())
        return
    from scribe.flipbook import flip_book, live_page, settings

    parameters = inspect.signature(draw).parameters
    starts = {name: parameters[name].default for name in controls}
    if live:
        said = alt(**starts) if callable(alt) else alt.format(**starts)
        display(live_page(live, draw(), controls, starts, data, said))
        return
    display(flip_book(draw, {**settings(controls, starts), **(frames or {})}, starts, alt))


def _live() -> bool:
    """Whether somebody may turn knobs: in a notebook, but not where the book stores its outputs."""
    return not os.environ.get("SCRIBE_STILL") and "ipykernel" in sys.modules


def book_figures() -> None:
    """Set matplotlib up for the book: clear paper and middle tones, which can be read on light and on dark pages.

    The colours are those of Okabe and Ito, told apart by the colour-blind.
    """
    import matplotlib.pyplot as plt
    from cycler import cycler

    grey = "#808590"
    colours = ["#2e86c8", "#d9702b", "#1f9e77", "#b0609a", "#c79a1c", grey]
    plt.rcParams.update(
        {
            "figure.facecolor": "none",
            "figure.figsize": (7.0, 3.0),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": grey,
            "axes.labelcolor": grey,
            "axes.titlecolor": grey,
            "axes.titlesize": "medium",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=colours),
            "text.color": grey,
            "xtick.color": grey,
            "ytick.color": grey,
            "grid.color": grey,
            "grid.alpha": 0.3,
            "legend.frameon": False,
        }
    )


class Html(str):
    """Text that notebooks put into the page as it stands."""

    def _repr_html_(self) -> str:
        return str(self)


def drawing_pad(identifier: str = "pad", width: int = 640, height: int = 200) -> Html:
    """A field to write in with the mouse, a finger or a pen.

    It shows each point as it is recorded, and the whole drawing as JSON, for :func:`scribe.drawing.canvas.from_json`;
    it saves the drawing to a file, and opens one. It needs no kernel: it also works in the built book, and it loads and
    sends nothing. For a notebook that is to get the drawing there is :class:`DrawingField`.

    Args:
        identifier: of the field in its page, letters and digits; two fields in one page need different ones.
        width, height: in pixels; on a narrow screen the field becomes narrower.
    """
    if not identifier.isalnum():
        raise ValueError(f"identifier must be letters and digits, not {identifier!r}")
    from scribe.page.export import pad_html

    return Html(pad_html(identifier, width, height))


def _widget(scripts: Sequence[str], **traits: Any) -> Any:
    """The page's module as a widget of a notebook, or None without ``anywidget``; its traits: scribe-widget.js."""
    try:
        from anywidget import AnyWidget
        from traitlets import Dict, Unicode
    except ImportError:
        return None
    from scribe.page.export import module

    class Widget(AnyWidget):  # type: ignore[misc, unused-ignore]  # it need not be installed
        _esm = module(scripts)
        kind = Unicode("figure").tag(sync=True)
        attributes = Dict().tag(sync=True)
        data = Dict().tag(sync=True)
        values = Dict().tag(sync=True)
        json = Unicode("").tag(sync=True)
        state = Unicode("idle").tag(sync=True)

    return Widget(**traits)


def live_widget(
    text: str = "You know nothing Jon Snow", *, weights: Any = "anyone", studio: bool = False, **look: Any
) -> Any:
    """The live figure, or the studio, as a widget, for JupyterLab, Colab and all that shows ``anywidget``.

    ``widget.values = {"text": "hi", "bias": 2}`` sets it from Python, and ``widget.state`` tells what it does: both are
    traits.

    Args:
        weights, look: as for :func:`live_figure`.
        studio: the desk that writes letters, instead of the figure.

    Raises:
        ModuleNotFoundError: without ``anywidget``.
    """
    from scribe.page.export import SCRIPTS, live_model

    widget = _widget(SCRIPTS, **live_model(text, weights=weights, studio=studio, **look))
    if widget is None:
        raise ModuleNotFoundError("live_widget needs anywidget, which is not installed: pip install anywidget")
    return widget


class DrawingField:
    """A field to write in that hands the drawing to Python. The last thing in a cell is shown, so end the cell with it.

    The field is that of :func:`drawing_pad`. In a live notebook with ``anywidget`` the drawing comes to Python by
    itself, stroke by stroke. Elsewhere there are two other ways: the field saves a file, which :meth:`load` reads; and
    its JSON can be copied and given to ``field.json = '...'``.

    Args:
        identifier, width, height: as for :func:`drawing_pad`.
    """

    def __init__(self, identifier: str = "hand", width: int = 640, height: int = 200) -> None:
        self._page = drawing_pad(identifier, width, height)
        self._json = ""
        self._widget = None
        if _live():
            from scribe.page.export import PAD

            size = {"width": width, "height": height}
            self._widget = _widget(PAD, kind="drawing", attributes={"id": identifier, **size})

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._page if self._widget is None else self._widget)

    @property
    def json(self) -> str:
        """The drawing as it came from the page; "" if there is none. It can be set."""
        return (self._json if self._widget is None else self._widget.json).strip()

    @json.setter
    def json(self, content: str) -> None:
        if self._widget is None:
            self._json = content
        else:
            self._widget.json = content

    @property
    def drawing(self) -> Drawing | None:
        """What was drawn, or None if nothing was.

        Raises:
            CanvasError: if something else than a drawing was put in.
        """
        from scribe.drawing.canvas import from_json
        from scribe.drawing.inkml import from_inkml

        if not self.json:
            return None
        found = from_inkml(self.json) if self.json.startswith("<") else from_json(self.json)
        return found if found.strokes else None

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take a drawing from a ``.json`` or ``.inkml`` file in place of one drawn here.

        Raises:
            FileNotFoundError: if there is no such file.
            CanvasError: if it is not a drawing.
        """
        from scribe.drawing.canvas import to_json
        from scribe.drawing.formats import load

        self.json = to_json(load(path))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a ``.json`` or ``.inkml`` file, for ``scribe write --style`` or ``corpus canvas``.

        Raises:
            CanvasError: if nothing was drawn.
            OSError: if the file cannot be written.
        """
        from scribe.drawing.drawing import CanvasError
        from scribe.drawing.formats import save

        if self.drawing is None:
            raise CanvasError("nothing has been drawn so far")
        save(path, self.drawing)
        return Path(path)

    def style(self, points_per_character: float = 15.0) -> tuple[Ink, str]:
        """The drawing as a style for :class:`scribe.writer.Writer`: its ink, and what it says.

        Raises:
            CanvasError: if nothing was drawn, or nobody has said what it says.
        """
        from scribe.drawing.drawing import CanvasError

        drawing = self.drawing
        if drawing is None:
            raise CanvasError("nothing has been drawn so far")
        text = " ".join(drawing.text.split())
        if not text:
            raise CanvasError("say in the field below the drawing what it says; a style needs its text")
        return drawing.ink(points_per_character), text


def live_figure(text: str = "You know nothing Jon Snow", *, weights: str = "anyone", **look: Any) -> Html:
    """A figure that writes what the reader types, and shows the network at work: that of the book's pages.

    It needs no kernel once it is there, and it loads nothing: the weights, some 3 MB, are in it.

    Args:
        weights: a name that comes with scribe, a file, or :class:`scribe.weights.Weights` that you trained.
        look: where it starts and what it shows; see :func:`scribe.page.export.element`.
    """
    from scribe.page.export import live_html

    return Html(live_html(text, weights=weights, **look))
