"""The reader's guess, before the outcome is shown.

A guess that was made is remembered, a guess that was only thought of is not. In the pages of the book a guess is what
unfolds the outcome; in a notebook this takes it, and the output of the next cell is folded until somebody asks for it.
"""

from __future__ import annotations

import base64
import html
import io
import os
import sys
from typing import Any

__all__ = ["predict"]

_ASKED = "Guess before you look."


def predict(*choices: str, unit: str = "", on: Any = None) -> None:
    """Take the reader's guess. It is neither judged nor kept; the next cell shows what happens.

    ``predict("three", "five", "nine")`` offers answers, ``predict(unit="nats")`` asks for a number,
    ``predict(on=figure)`` for a point or a stroke in a figure, and ``predict()`` for words.

    Args:
        choices: answers to choose from, two or more.
        unit: what the number counts.
        on: a matplotlib figure, or something with an HTML form such as a drawing, to draw the guess into. In a live
            notebook the guess is told in words.

    Raises:
        ValueError: if there is a single choice, or if it is not clear what is asked for.
    """
    if len(choices) == 1:
        raise ValueError(f"one choice is no choice: {choices[0]!r}")
    if bool(choices) + bool(unit) + (on is not None) > 1:
        raise ValueError("give choices, or a unit, or a figure to draw on")
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(_plain(choices, unit))
        return
    from IPython.display import display

    if not os.environ.get("SCRIBE_STILL") and "ipykernel" in sys.modules:
        if on is not None:
            display(on)
        try:
            _widgets(choices, unit)
        except ImportError:
            print(_plain(choices, unit))
        return
    display({"text/html": _page(choices, unit, on), "text/plain": _plain(choices, unit)}, raw=True)


def _plain(choices: tuple[str, ...], unit: str) -> str:
    said = " Which is it: " + " / ".join(choices) + "?" if choices else f" How many {unit}?" if unit else ""
    return f"{_ASKED}{said} Write it down, then run the next cell."


def _page(choices: tuple[str, ...], unit: str, on: Any) -> str:
    """What stands in the page without a script: the answers to choose from, the figure to draw on."""
    kind = "choice" if choices else "number" if unit else "drawing" if on is not None else "words"
    inside = f"<p>{_ASKED}</p>"
    if choices:
        inside += "<ul>" + "".join(f"<li>{html.escape(choice)}</li>" for choice in choices) + "</ul>"
    if on is not None:
        inside += f'<div class="paper">{_picture(on)}</div>'
    return f'<div class="scribe-predict" data-kind="{kind}" data-unit="{html.escape(unit, quote=True)}">{inside}</div>'


def _picture(on: Any) -> str:
    page = on._repr_html_() if hasattr(on, "_repr_html_") else None
    if page is not None:
        return str(page)
    file = io.BytesIO()
    on.savefig(file, format="png", dpi=100)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="The figure to draw your guess into" src="data:image/png;base64,{data}">'


def _widgets(choices: tuple[str, ...], unit: str) -> None:
    from IPython.display import display
    from ipywidgets import Button, FloatText, HBox, Label, RadioButtons, Text, VBox

    field: Any
    if choices:
        field = RadioButtons(options=list(choices), value=None, layout={"width": "max-content"})
    elif unit:
        field = FloatText(description=unit, style={"description_width": "initial"})
    else:
        field = Text(placeholder="in a few words")
    done, said = Button(description="That is my guess"), Label(_ASKED)

    def commit(_: Any) -> None:
        if field.value in (None, ""):
            said.value = "Make a guess first, be it a wild one."
            return
        field.disabled = done.disabled = True
        said.value = f"Your guess: {field.value}. Run the next cell, and unfold what it says."

    done.on_click(commit)
    display(VBox([said, field, HBox([done])]))
