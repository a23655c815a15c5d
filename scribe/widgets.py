"""Figures that a reader can turn the knobs of, while a notebook is live; still pictures everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["explore"]


def explore(draw: Callable[..., Any], **controls: Any) -> None:
    """Show what ``draw`` returns, with a control for each keyword, in a live notebook.

    Elsewhere - in a page, without ``ipywidgets``, or with ``SCRIBE_STILL`` in the environment, as when the book stores
    its outputs - show ``draw()`` once, so it needs a default for each argument. The controls start there too.

    Args:
        draw: returns something a notebook can show, such as a figure or an :class:`scribe.draw.Svg`.
        controls: as for ``ipywidgets.interact``: ``(lowest, highest, step)`` for a slider, a list for a menu,
            True or False for a tick box, a text for a field.
    """
    from IPython.display import display

    if not os.environ.get("SCRIBE_STILL") and "ipykernel" in sys.modules:
        try:
            from ipywidgets import interact
        except ImportError:
            pass
        else:
            interact(draw, **controls)
            return
    display(draw())
