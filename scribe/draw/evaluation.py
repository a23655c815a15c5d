"""The figure of an evaluation's record: what can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.draw.charts import figure_class

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["evaluation_figure"]

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789.,;:!?'\"-()&/%$#",
    "+*=<>@_[]{}\\|^~` ",
)
"""Where characters stand in the figure of an evaluation; others follow below, in the order of Unicode."""


def evaluation_figure(record: Mapping[str, Any], width: float = 9.0) -> Figure:
    """How well a reader reads what the network writes: over the bias, by character, and by language if measured.

    Of the legibility, the character error rate with its intervals, and that of people's writing as a band; and below
    one cell per character: the share of its uses in which it was read as itself; a frame marks those below one half. Of
    the languages, the error rate of each with its interval, English's as a band; and one cell per letter beyond ASCII.

    Raises:
        ValueError: if the record holds neither.
    """
    read, spoken = record.get("legibility"), record.get("languages")
    if not read and not spoken:
        raise ValueError("the record holds no legibility to draw; measure it with a reader")
    heights = [1.15, 1.0] * bool(read) + [1.15, 1.0] * bool(spoken)
    figure = figure_class()(figsize=(width, width * 0.78 * sum(heights) / 2.15), layout="constrained")
    axes = list(figure.subplots(len(heights), 1, height_ratios=heights))
    if read:
        counted = read["characters_one_by_one"]
        _error_rates(axes[0], read)
        shares = {character: entry["share"]["value"] for character, entry in counted["each"].items()}
        _characters(axes[1], shares, _ROWS, f"read as itself in its line, bias {counted['bias']:g}", figure)
    if spoken:
        _languages(axes[-2], spoken)
        shares = {character: entry["itself"]["value"] for character, entry in spoken["written"]["letters"].items()}
        _characters(axes[-1], shares, (), f"beyond ASCII, read as itself, bias {spoken['bias']:g}", figure)
    return figure


def _languages(axes: Axes, spoken: Mapping[str, Any]) -> None:
    written, proofread = spoken["written"]["languages"], (spoken["proofread"] or {}).get("languages")
    names = list(written)
    places = np.arange(len(names))
    rates = [written[name]["character_error_rate"] for name in names]
    if "English" in written:
        value, low, high = _percent(written["English"]["character_error_rate"])
        axes.axhspan(low, high, color="#9aa3b2", alpha=0.35, linewidth=0)
        axes.axhline(value, color="#5b6472", linewidth=1.2)
    times = "once" if spoken["copies"] == 1 else f"{spoken['copies']} times"
    _points(axes, places, rates, "o", "#0b5cad", f"written, bias {spoken['bias']:g}, each {times}")
    if proofread:
        best = [proofread[name]["character_error_rate"] for name in names]
        _points(axes, places + 0.2, best, "s", "#2f7d32", "written, proofread")
        rates += best
    top = max(_percent(rate)[2] for rate in rates)
    axes.set(ylabel="character error rate of the reader, %", ylim=(0, top * 1.12 + 0.5))
    axes.set_xticks(places, names, rotation=45, ha="right")
    axes.grid(axis="y", color="#dfe3ea", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)


def _error_rates(axes: Axes, measured: Mapping[str, Any]) -> None:
    written = measured["written"]
    biases = np.array([entry["bias"] for entry in written])
    rates = [entry["character_error_rate"] for entry in written]
    _points(
        axes, biases, rates, "o-", "#0b5cad", f"written: {measured['texts']} texts, {measured['copies']} times each"
    )
    top = max(_percent(rate)[2] for rate in rates)
    if measured.get("real"):
        real = measured["real"]
        value, low, high = _percent(real["character_error_rate"])
        axes.axhspan(low, high, color="#9aa3b2", alpha=0.35, linewidth=0)
        axes.axhline(value, color="#5b6472", linewidth=1.2, label=f"people: {real['lines']} held-out lines")
        same = real["same_texts_written"]
        label = "written: the texts of these lines"
        _points(axes, np.array([same["bias"] + 0.04]), [same["character_error_rate"]], "D", "#b4541a", label)
        if best := real.get("same_texts_proofread"):
            label = "the texts of these lines, proofread"
            _points(axes, np.array([best["bias"] + 0.04]), [best["character_error_rate"]], "s", "#b4541a", label)
        top = max(top, high, _percent(same["character_error_rate"])[2])
    if proofread := measured.get("proofread"):
        label = "written, proofread"
        _points(axes, np.array([proofread["bias"] - 0.04]), [proofread["character_error_rate"]], "s", "#2f7d32", label)
    axes.set(xlabel="bias", ylabel="character error rate of the reader, %", ylim=(0, top * 1.12 + 0.5))
    axes.set_xticks(biases)
    axes.grid(axis="y", color="#dfe3ea", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)


def _points(axes: Axes, x: np.ndarray, rates: list[Mapping[str, Any]], marker: str, colour: str, label: str) -> None:
    value, low, high = np.array([_percent(rate) for rate in rates]).T
    axes.errorbar(x, value, yerr=[value - low, high - value], fmt=marker, color=colour, capsize=3, label=label)


def _percent(rate: Mapping[str, Any]) -> tuple[float, float, float]:
    """In percent; ends that are None, where there was too little to say them, are taken to be the value itself."""
    value = 100 * rate["value"]
    low, high = (value if rate[side] is None else 100 * rate[side] for side in ("low", "high"))
    return value, min(low, value), max(high, value)


def _characters(axes: Axes, each: Mapping[str, float], rows: Sequence[str], title: str, figure: Figure) -> None:
    """A cell a character, with its share; those that are in none of the rows follow below, in the order of Unicode."""
    from matplotlib.patches import Rectangle

    columns = max(map(len, _ROWS))
    others = "".join(sorted(set(each) - set("".join(rows))))
    rows = (*rows, *(others[i : i + columns] for i in range(0, len(others), columns)))
    shares = np.full((max(1, len(rows)), columns), np.nan)
    for y, row in enumerate(rows):
        for x, character in enumerate(row):
            if character not in each:
                continue
            value = shares[y, x] = each[character]
            shown = "\u2423" if character == " " else character
            colour = "white" if value < 0.55 else "black"
            axes.text(
                x,
                y,
                shown,
                ha="center",
                va="center",
                family=["monospace", "sans-serif"],
                fontsize=12,
                color=colour,
                parse_math=False,
            )
            if value < 0.5:
                axes.add_patch(
                    Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, fill=False, edgecolor="#d4401a", linewidth=1.8)
                )
    picture = axes.imshow(shares * 100, cmap="cividis", vmin=0, vmax=100, aspect="auto")
    axes.set_axis_off()
    axes.set_title(title, fontsize=10)
    figure.colorbar(picture, ax=axes, label="% of its uses", pad=0.01, shrink=0.9)
