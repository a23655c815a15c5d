"""Figures with knobs for pages without a kernel: a picture for each setting, made in advance, as in a flip-book."""

from __future__ import annotations

import base64
import html
import io
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["LARGEST", "FlipBook", "flip_book", "live_page", "settings"]

LARGEST = 300_000
"""Characters that a flip-book may take in a page."""
MOST = 36
"""Frames that are made if nobody says which."""
RESOLUTION = 100  # of a matplotlib figure, dots per inch


class FlipBook(str):
    """HTML that notebooks show: a still picture, and the frames for the script of the page."""

    def _repr_html_(self) -> str:
        return str(self)


def settings(controls: Mapping[str, Any], starts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values of each knob for which a frame is made: few enough, evenly spaced, with the start among them.

    Args:
        controls: as for ``ipywidgets.interact``: ``(lowest, highest)`` or ``(lowest, highest, step)``, a list, True or
            False, a text.
        starts: where each knob stands at first.
    """
    sliders = [name for name, control in controls.items() if isinstance(control, tuple)]
    menus = [len(control) for control in controls.values() if isinstance(control, list)]
    menus += [2 for control in controls.values() if isinstance(control, bool)]
    left = MOST
    for size in menus:
        left = max(left // size, 1)
    each = max(int(left ** (1 / len(sliders)) + 1e-9), 2) if sliders else 1
    found: dict[str, list[Any]] = {}
    for name, control in controls.items():
        if isinstance(control, tuple):
            found[name] = _spaced(*control, count=each, start=starts[name])
        elif isinstance(control, bool):
            found[name] = [False, True]
        elif isinstance(control, list):
            found[name] = list(control)
        else:
            found[name] = [starts[name]]
    return found


def _spaced(lowest: float, highest: float, step: float = 0, *, count: int, start: float) -> list[float]:
    whole = all(isinstance(value, int) for value in (lowest, highest, step or 1))
    step = step or (1 if whole else 0.1)
    steps = round((highest - lowest) / step)
    at = {round(i * steps / (count - 1)) for i in range(count)} if steps >= count else set(range(steps + 1))
    values = {lowest + i * step for i in at}
    # The nearest gives way to where the knob stands at first.
    nearest = min(values, key=lambda value: abs(value - start))
    chosen = sorted((values - {nearest}) | {start})
    return [int(value) if whole else round(float(value), 6) for value in chosen]


def flip_book(
    draw: Callable[..., Any],
    frames: Mapping[str, Sequence[Any]],
    starts: Mapping[str, Any],
    alt: str | Callable[..., str] = "",
) -> FlipBook:
    """A picture by ``draw`` for each combination of settings.

    Args:
        draw: takes each of ``frames`` by its name, and returns a matplotlib figure or something with an HTML form, such
            as an :class:`scribe.draw.svg.Svg`, which names itself.
        frames: the values of each knob.
        starts: the values that are shown at first; they must be among ``frames``.
        alt: what a picture shows, for those who do not see it: a text with the settings in braces, as for
            ``str.format``, or a function of them.

    Raises:
        ValueError: if it takes more than :data:`LARGEST` characters, or ``starts`` are not among ``frames``.
    """
    for name, start in starts.items():
        if start not in frames[name]:
            raise ValueError(f"{name} starts at {start!r}, which is not among its frames, {list(frames[name])}")
    pictures, texts, first = [], [], 0
    for number, values in enumerate(itertools.product(*frames.values())):
        setting = dict(zip(frames, values, strict=True))
        if setting == dict(starts):
            first = number
        pictures.append(_picture(draw(**setting)))
        texts.append(alt(**setting) if callable(alt) else alt.format(**setting))
    knobs: list[dict[str, Any]] = [
        {"name": name, "values": list(values), "start": list(values).index(starts[name])}
        for name, values in frames.items()
        if len(values) > 1
    ]
    said = ", ".join(f"{knob['name'].replace('_', ' ')} {starts[knob['name']]}" for knob in knobs)
    data = json.dumps({"knobs": knobs, "frames": pictures, "texts": texts}, separators=(",", ":"))
    data = data.replace("<", "\\u003c")  # else a picture could end the element
    page = FlipBook(
        f'<div class="scribe-frames">{_shown(pictures[first], texts[first])}'
        f'<p class="setting">Here: {html.escape(said)}.</p>'
        f'<script type="application/json">{data}</script></div>'
    )
    if len(page) > LARGEST:
        raise ValueError(f"{len(pictures)} frames take {len(page):,} characters; {LARGEST:,} are allowed: make fewer")
    return page


def live_page(
    figure: str,
    still: Any,
    controls: Mapping[str, Any],
    starts: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    alt: str = "",
) -> FlipBook:
    """A figure that the page draws itself at every setting: those of ``scribe/page/scribe-live.js``.

    Args:
        figure: its name there.
        still: a matplotlib figure or a drawing: what stands there without JavaScript.
        controls: as for ``ipywidgets.interact``: sliders ``(lowest, highest, step)``, menus, texts.
        starts: where each control stands at first.
        data: what the figure is about, in numbers and lists.
        alt: what the still shows.
    """
    knobs: list[dict[str, Any]] = []
    for name, control in controls.items():
        knob = {"name": name, "start": starts[name]}
        if isinstance(control, tuple):
            knob |= dict(zip(("low", "high", "step"), control, strict=False))
        elif isinstance(control, list):
            knob["values"] = control
        knobs.append(knob)
    said = ", ".join(f"{name.replace('_', ' ')} {start}" for name, start in starts.items())
    told = json.dumps({"knobs": knobs, "data": data or {}}, separators=(",", ":")).replace("<", "\\u003c")
    return FlipBook(
        f'<div class="scribe-live" data-figure="{html.escape(figure, quote=True)}">{_shown(_picture(still), alt)}'
        f'<p class="setting">Here: {html.escape(said)}.</p>'
        f'<script type="application/json">{told}</script></div>'
    )


def _shown(picture: str, text: str) -> str:
    if picture.startswith("data:"):
        return f'<img alt="{html.escape(text, quote=True)}" src="{picture}">'
    return picture


def _picture(made: Any) -> str:
    """A data URI of a matplotlib figure, or the HTML of what has that."""
    page = made._repr_html_() if hasattr(made, "_repr_html_") else None
    if page is not None:
        return str(page)
    from PIL import Image

    file, small = io.BytesIO(), io.BytesIO()
    made.savefig(file, format="png", dpi=RESOLUTION)
    with Image.open(file) as image:
        # A plot has few colours; 64 of them, clear paper too, cannot be told from all.
        few = image.convert("RGBA").quantize(64, method=Image.Quantize.FASTOCTREE).convert("RGBA")
        few.save(small, format="WEBP", lossless=True, quality=90, method=4)
    return f"data:image/webp;base64,{base64.b64encode(small.getvalue()).decode()}"
