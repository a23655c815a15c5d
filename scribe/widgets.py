"""What a reader can handle: figures with knobs, a field to write in, a figure that writes."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scribe.drawing.canvas import Drawing
    from scribe.ink import Ink

__all__ = ["DrawingField", "book_figures", "drawing_pad", "explore", "live_figure"]


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
    return Html(_PAD.replace("PAD", identifier).replace("WIDTH", str(width)).replace("HEIGHT", str(height)))


class DrawingField:
    """A field to write in that hands the drawing to Python. The last thing in a cell is shown, so end the cell with it.

    The field is that of :func:`drawing_pad`. In a live notebook a text area of ``ipywidgets`` stands below it, and the
    field types the drawing into that as a person would, which needs no more than core widgets (7.7 or 8). Where it does
    not come through, there are two other ways: the field saves a file, which :meth:`load` reads; and its JSON can be
    copied and given to ``field.json = '...'``.

    Args:
        identifier, width, height: as for :func:`drawing_pad`.
    """

    def __init__(self, identifier: str = "hand", width: int = 640, height: int = 200) -> None:
        self._page = drawing_pad(identifier, width, height)
        self._area: Any = None
        self._json = ""
        if not _live():
            return
        try:
            from ipywidgets import Layout, Textarea
        except ImportError:
            return
        self._area = Textarea(placeholder="What you write above comes here.", layout=Layout(width="100%", height="3em"))
        self._area.add_class(f"scribe-to-{identifier}")

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._page)
        if self._area is not None:
            display(self._area)

    @property
    def json(self) -> str:
        """The drawing as it came from the page; "" if there is none. It can be set."""
        return (self._area.value if self._area is not None else self._json).strip()

    @json.setter
    def json(self, content: str) -> None:
        if self._area is not None:
            self._area.value = content
        else:
            self._json = content

    @property
    def drawing(self) -> Drawing | None:
        """What was drawn, or None if nothing was.

        Raises:
            CanvasError: if something else than a drawing was put in.
        """
        from scribe.drawing.canvas import from_inkml, from_json

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
        from scribe.drawing.canvas import CanvasError, save

        if self.drawing is None:
            raise CanvasError("nothing has been drawn so far")
        save(path, self.drawing)
        return Path(path)

    def style(self, points_per_character: float = 15.0) -> tuple[Ink, str]:
        """The drawing as a style for :class:`scribe.writer.Writer`: its ink, and what it says.

        Raises:
            CanvasError: if nothing was drawn, or nobody has said what it says.
        """
        from scribe.drawing.canvas import CanvasError

        drawing = self.drawing
        if drawing is None:
            raise CanvasError("nothing has been drawn so far")
        text = " ".join(drawing.text.split())
        if not text:
            raise CanvasError("say in the field below the drawing what it says; a style needs its text")
        return drawing.ink(points_per_character), text


def live_figure(text: str = "You know nothing Jon Snow", *, weights: str = "anyone", **look: Any) -> Html:
    """A figure that writes what the reader types, and shows the network at work: that of the book's pages.

    It needs no kernel once it is there, and it loads nothing: the weights, some 2.5 MB, are in it.

    Args:
        weights: a name that comes with scribe, a file, or :class:`scribe.weights.Weights` that you trained.
        look: where it starts and what it shows; see :func:`scribe.page.export.element`.
    """
    from scribe.page.export import live_html

    return Html(live_html(text, weights=weights, **look))


_PAD = """\
<div id="PAD" style="max-width:WIDTHpx">
<canvas width="WIDTH" height="HEIGHT" role="img" aria-label="A field to write in with mouse, finger or pen"
 style="width:100%;border:1px solid #808590;border-radius:4px;touch-action:none;cursor:crosshair"></canvas>
<p style="margin:.3em 0;font-variant-numeric:tabular-nums" aria-live="polite">Write here.</p>
<input type="text" size="16" maxlength="80" placeholder="what it says" aria-label="What the drawing says">
<button type="button">Clear</button> <button type="button">Copy the JSON</button>
<button type="button">Save to a file</button> <button type="button">Open a file</button>
<input type="file" accept=".json,.inkml" hidden aria-label="A drawing in a file">
<textarea readonly rows="3" aria-label="The drawing as JSON" spellcheck="false"
 style="display:block;width:100%;margin-top:.4em;font:12px monospace;box-sizing:border-box"></textarea>
</div>
<script>
(function () {
  const pad = document.getElementById("PAD"), canvas = pad.querySelector("canvas"), pen = canvas.getContext("2d");
  const said = pad.querySelector("p"), json = pad.querySelector("textarea");
  const [text, file] = pad.querySelectorAll("input");
  const [clear, copy, save, open] = pad.querySelectorAll("button");
  let strokes = [], down = false, start = 0;
  // Where the pointer is, in pixels of the drawing, however wide the page shows it; and when, in milliseconds.
  function place(event) {
    const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
    const round = (value) => Math.round(value * 10) / 10;
    return [round((event.clientX - box.left) * scale), round((event.clientY - box.top) * scale),
            Math.round(event.timeStamp - start)];
  }
  function add(event) {
    const stroke = strokes[strokes.length - 1], point = place(event), before = stroke[stroke.length - 1];
    stroke.push(point);
    pen.strokeStyle = pen.fillStyle = getComputedStyle(pad).color;
    pen.lineWidth = 2; pen.lineCap = "round";
    pen.beginPath(); pen.moveTo(...(before || point).slice(0, 2)); pen.lineTo(point[0], point[1]); pen.stroke();
    pen.beginPath(); pen.arc(point[0], point[1], 2.2, 0, 7); pen.fill();
  }
  function tell() {
    const points = strokes.flat(), count = points.length;
    if (!count) { said.textContent = "Write here."; json.value = ""; hand(); return; }
    const [a, b] = [points[Math.max(count - 2, 0)], points[count - 1]];
    const step = (value) => (value >= 0 ? "+" : "\u2212") + Math.abs(value).toFixed(1);
    said.textContent = count + " points, " + strokes.length + " strokes; last offset (" + step(b[0] - a[0]) + ", "
      + step(a[1] - b[1]) + ", " + (down ? 0 : 1) + ") pixels";
    if (!down) { json.value = JSON.stringify({format: "scribe-ink/1", text: text.value, y: "down", strokes}); hand(); }
  }
  // In a live notebook: type the drawing into the widget that Python reads, as a person would.
  function hand() {
    for (const area of document.querySelectorAll(".scribe-to-PAD textarea")) {
      area.value = json.value;
      for (const kind of ["input", "change"]) area.dispatchEvent(new Event(kind, {bubbles: true}));
    }
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault(); canvas.setPointerCapture(event.pointerId);
    if (!strokes.length) start = event.timeStamp;
    down = true; strokes.push([]); add(event); tell();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down || !event.isPrimary) return;
    const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const each of between.length ? between : [event]) add(each);
    tell();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, (event) => { if (down && event.isPrimary) { down = false; tell(); } });
  clear.addEventListener("click", () => { strokes = []; pen.clearRect(0, 0, canvas.width, canvas.height); tell(); });
  text.addEventListener("input", () => { if (strokes.length) tell(); });
  copy.addEventListener("click", () => {
    json.select();
    if (navigator.clipboard) navigator.clipboard.writeText(json.value).catch(() => {});
  });
  save.addEventListener("click", () => {
    if (!json.value) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([json.value], {type: "application/json"}));
    link.download = "drawing." + (json.value.startsWith("<") ? "inkml" : "json");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  open.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    strokes = []; pen.clearRect(0, 0, canvas.width, canvas.height);
    json.value = (await file.files[0].text()).trim(); file.value = "";
    said.textContent = json.value.length + " characters from a file, not drawn here.";
    hand();
  });
})();
</script>
"""
