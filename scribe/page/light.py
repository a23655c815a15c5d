"""What a page shows before any weights are there: a recorded line, small pictures of the hands, a still map of them.

A recording is a line with what the network had in mind while it wrote: a few kilobytes in place of megabytes. It is a
script, as the weights are::

    (globalThis.scribeRecordings ??= {})["first"] = {"text": "You know", "data": "...", ...};

====================  ============================================================================================
entry                 what it is
====================  ============================================================================================
text, bias            what was asked for
points, letters       how many points there are, ``T``, and how many characters the window saw, ``N``
data                  base64 of ``int16``, little-endian: x and y of each point in 1/512 body heights, with the pen
                      (1 where it's lifted), ``(T, 3)``; then the mixture ``(T, 1 + 6 * 3)`` in 1/16384: the
                      probability of a lifted pen, and of the three likeliest Gaussians share, mean x and y, deviations
                      x and y in body heights, and rho, all after the bias; then the window ``(T, N)``, in 1/255 of
                      ``brightest``
brightest             the most light on any character
====================  ============================================================================================
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from scribe.hands import HandReader
from scribe.ink import Ink
from scribe.lstm import sigmoid
from scribe.mdn import biased
from scribe.weights import Weights, load_weights
from scribe.writer import Writer

__all__ = ["GAUSSIANS", "hands_map", "picture", "pictures_script", "recorded_line", "recording_script"]

GAUSSIANS = 3
"""How many Gaussians of each mixture are recorded: the likeliest."""

_POINT, _MIXTURE, _LIGHT = 512, 16384, 255
_PICTURE = 20  # steps per body height in a small picture
_REACH = 2.5  # standard deviations from the middle of the map of hands to each side
_MAP = 800, 500  # pixels


def recorded_line(
    text: str, *, weights: Weights | str = "anyone", bias: float = 0.75, hand: Any = None, seed: int = 0
) -> dict[str, Any]:
    """A line as it's written with these options, in the form that the module describes."""
    if not isinstance(weights, Weights):
        weights = load_weights(weights)
    trace = Writer(weights).trace(text, bias=bias, hand=hand, seed=seed)
    mixture = biased(trace.mixture, bias)
    share, scale = np.exp(mixture.log_pi), weights.offset_scale
    likeliest = np.argsort(-share, axis=1, kind="stable")[:, :GAUSSIANS]
    rows = np.arange(len(share))[:, None]
    columns = [
        share[rows, likeliest][..., None],
        scale * mixture.mu[rows, likeliest],
        scale * np.exp(mixture.log_sigma[rows, likeliest]),
        mixture.rho[rows, likeliest][..., None],
    ]
    expected = np.concatenate(columns, axis=2).reshape(len(share), -1)
    expected = np.concatenate([sigmoid(mixture.pen_logit)[:, None], expected], axis=1)
    points = trace.ink.points.copy()
    points[:, :2] *= _POINT
    brightest = max(float(trace.phi.max(initial=0)), 1e-6)
    whole = [points, expected * _MIXTURE, trace.phi / brightest * _LIGHT]
    data = np.concatenate([np.clip(np.rint(part), -32768, 32767).astype("<i2").ravel() for part in whole])
    return {
        "text": text,
        "bias": bias,
        "points": len(points),
        "letters": trace.phi.shape[1],
        "brightest": round(brightest, 6),
        "data": base64.b64encode(data.tobytes()).decode(),
    }


def recording_script(recordings: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a script with recordings, by name."""
    return _assigned("scribeRecordings", recordings)


def picture(ink: Ink, widest: float = np.inf) -> dict[str, Any]:
    """A small picture of a hand: a path and its box.

    Args:
        widest: body heights; of a longer line, only the strokes that begin before that are in the picture.
    """
    strokes = [stroke for stroke in ink.strokes if stroke[0, 0] < widest] or list(ink.strokes)
    path = []
    for stroke in strokes:
        grid = np.rint(stroke * (_PICTURE, -_PICTURE)).astype(int)
        steps = [step for step in np.diff(grid, axis=0).tolist() if any(step)]
        path.append(f"M{grid[0, 0]} {grid[0, 1]}l" + "".join(_pair(*step) for step in steps or [[1, 0]]).lstrip())
    everything = np.concatenate(strokes) * (_PICTURE, -_PICTURE)
    low, high = np.floor(everything.min(axis=0)).astype(int) - 3, np.ceil(everything.max(axis=0)).astype(int) + 3
    return {"path": "".join(path), "box": [*low.tolist(), *(high - low).tolist()]}


def hands_map(word: str = "hello", *, weights: Weights | str = "anyone", count: int = 5, seed: int = 1) -> str:
    """A still picture of the map of hands, SVG: a word at each place of a grid over the prior's first two axes.

    It's what ``<scribe-map>`` draws, in a middle tone that is seen on light and on dark pages.

    Args:
        count: places along each axis, from -2.5 to 2.5 standard deviations.

    Raises:
        ValueError: for weights that take no hands.
    """
    if not isinstance(weights, Weights):
        weights = load_weights(weights)
    prior = HandReader.load().prior
    if weights.architecture.condition != len(prior.mean):
        raise ValueError("these weights take no hands, so there is no map of them")
    steps = np.linspace(-_REACH, _REACH, count)
    hands = [prior.at([x, y]) for y in steps[::-1] for x in steps]
    inks = Writer(weights).write_many([word] * len(hands), hand=hands, bias=1, seed=[seed] * len(hands))
    width, height = _MAP
    widest = max(ink.bounds.width for ink in inks)
    scale = min(0.88 * width / count / widest, height / count / 3) / _PICTURE
    words = []
    for number, ink in enumerate(inks):
        drawn = picture(ink)
        left, _, wide, _ = drawn["box"]
        x, y = (number % count + 0.5) * width / count, (number // count + 0.5) * height / count
        place = f"translate({x:.1f} {y:.1f}) scale({scale:.4f}) translate({-(left + wide / 2):g} {0.6 * _PICTURE:g})"
        words.append(f'<path transform="{place}" d="{drawn["path"]}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'fill="none" stroke="#7a8290" stroke-width="{0.13 * _PICTURE:g}" stroke-linecap="round" '
        f'stroke-linejoin="round">\n' + "\n".join(words) + "\n</svg>\n"
    )


def _pair(x: int, y: int) -> str:
    return f"{x}{y}" if x < 0 and y < 0 else f" {x}{y}" if y < 0 else f" {x} {y}" if x >= 0 else f"{x} {y}"


def pictures_script(pictures: Mapping[str, list[dict[str, Any]]]) -> str:
    """The text of a script with pictures of hands, by the name of the weights that write them."""
    return _assigned("scribePictures", pictures)


def _assigned(variable: str, values: Mapping[str, Any]) -> str:
    written = [f"(globalThis.{variable} ??= {{}})[{_json(name)}] = {_json(value)};\n" for name, value in values.items()]
    return "".join(written)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
