"""Figures that a reader can turn the knobs of, while a notebook is live; still pictures everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["book_figures", "explore"]


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


def book_figures() -> None:
    """Set matplotlib up for the book: clear paper and middle tones, which can be read on light and on dark pages.

    The colours are those of Okabe and Ito, told apart by the colour-blind.
    """
    import matplotlib.pyplot as plt

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
            "axes.prop_cycle": plt.cycler(color=colours),
            "text.color": grey,
            "xtick.color": grey,
            "ytick.color": grey,
            "grid.color": grey,
            "grid.alpha": 0.3,
            "legend.frameon": False,
        }
    )
