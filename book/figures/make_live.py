"""Draws the still pictures that stand where a live figure does not run: python book/figures/make_live.py

They show what the figures show, at one moment of a line that the network wrote: the Gaussians for the next point, and
the window over the text. Their colours are middle tones, to be seen on light and on dark paper.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np

from scribe import mdn
from scribe.ink import bezier
from scribe.writer import Trace, Writer

FOLDER = Path(__file__).parent
TEXT = "You know nothing Jon Snow"
BIAS = 0.75
INK, WINDOW, MIXTURE = "#7a8290", "#2e86c8", "#d9702b"
WIDTH = 640


def path(stroke: np.ndarray) -> str:
    segments = bezier(stroke)
    (x, y), rest = stroke[0], "".join("C" + " ".join(f"{a:.2f} {-b:.2f}" for a, b in s[1:]) for s in segments)
    return f'<path d="M{x:.2f} {-y:.2f}{rest or "h.01"}"/>'


def strokes(trace: Trace, count: int) -> str:
    """The first points of the line."""
    points = trace.ink.points[:count]
    cut = np.split(points[:, :2], np.flatnonzero(points[:, 2] == 1) + 1)
    return "".join(path(stroke) for stroke in cut if len(stroke))


def gaussians(trace: Trace, t: int, scale: float) -> list[tuple[float, ...]]:
    """What point ``t`` is drawn from: share, middle, long and short half axis at two standard deviations, turn."""
    params = mdn.biased(mdn.MixtureParameters(*(p[t] for p in trace.mixture)), BIAS)
    x, y = trace.ink.points[t - 1, :2]
    found = []
    for log_pi, mu, log_sigma, rho in zip(params.log_pi, params.mu, params.log_sigma, params.rho, strict=True):
        sx, sy = np.exp(log_sigma)
        values, vectors = np.linalg.eigh([[sx * sx, rho * sx * sy], [rho * sx * sy, sy * sy]])
        short, long = 2 * scale * np.sqrt(np.maximum(values, 0))
        turn = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        if log_pi > np.log(0.01):
            found.append((float(np.exp(log_pi)), x + scale * mu[0], y + scale * mu[1], long, short, turn))
    return found


def ellipses(found: list[tuple[float, ...]]) -> str:
    return "".join(
        f'<ellipse rx="{long:.5f}" ry="{short:.5f}" transform="translate({x:.4f} {-y:.4f}) rotate({-turn:.1f})"'
        f' fill-opacity="{0.1 + 0.4 * share:.2f}"/>'
        for share, x, y, long, short, turn in found
    )


def letters(trace: Trace, t: int, top: float, wide: float) -> str:
    """The text, and under each letter how much of it the window shows."""
    phi, drawn = trace.phi[t], []
    step = min(wide / len(phi), 1.0)
    for u, (letter, weight) in enumerate(zip([*trace.text.replace(" ", "\u2423"), "\u25a0"], phi, strict=True)):
        x, high = (u + 0.5) * step, 1.4 * float(weight / trace.phi.max())
        drawn.append(f'<text x="{x:.2f}" y="{top:.2f}" fill="{INK}">{escape(letter)}</text>')
        bar = f'x="{x - 0.4 * step:.2f}" y="{top + 0.3:.2f}" width="{0.8 * step:.2f}" height="{high:.2f}"'
        drawn.append(f'<rect {bar} fill="{WINDOW}"/>' if high > 0.01 else "")
    font = f'font-family="monospace" font-size="{1.1 * step:.2f}" text-anchor="middle"'
    return f"<g {font}>{''.join(drawn)}</g>"


def picture(trace: Trace, t: int, scale: float, title: str, *, mixture: bool, window: bool) -> str:
    box = trace.ink.bounds
    left, top, wide = min(box.left, 0) - 1, -max(box.top, 2) - 1, box.right - min(box.left, 0) + 2
    low = 1 - min(box.bottom, -0.5)
    body = f'<g fill="none" stroke="{INK}" stroke-width=".13">{strokes(trace, t)}</g>'
    if mixture:
        # The place of the pen a second time, so much larger that the Gaussians can be told apart.
        found = gaussians(trace, t, scale)
        shares, xs, ys, longs = np.array(found).T[:4]
        x, y = shares @ xs / shares.sum(), shares @ ys / shares.sum()
        reach = 1.6 * float((np.hypot(xs - x, ys - y) + longs).max())
        radius, middle = 2.0, (left + wide - 2.3, (top + low) / 2)
        zoom = radius / reach
        pen = trace.ink.points[t - 1]
        inner = f"translate({middle[0]:.3f} {middle[1]:.3f}) scale({zoom:.3f}) translate({-x:.4f} {y:.4f})"
        fine = 0.04 / zoom
        body += (
            f'<clipPath id="glass"><circle cx="{middle[0]:.3f}" cy="{middle[1]:.3f}" r="{radius}"/></clipPath>'
            f'<g clip-path="url(#glass)"><g transform="{inner}" stroke-width="{fine:.5f}">'
            f'<g fill="none" stroke="{INK}">{strokes(trace, t)}'
            f'<path stroke-dasharray="{2 * fine:.5f} {3 * fine:.5f}"'
            f' d="M{pen[0]:.3f} {-pen[1]:.3f}L{x:.3f} {-y:.3f}"/></g>'
            f'<g fill="{MIXTURE}" stroke="{MIXTURE}">{ellipses(found)}</g>'
            f'<circle cx="{pen[0]:.4f}" cy="{-pen[1]:.4f}" r="{3 * fine:.5f}" fill="{INK}"/></g></g>'
            f'<g fill="none" stroke="{INK}" stroke-width=".05">'
            f'<circle cx="{middle[0]:.3f}" cy="{middle[1]:.3f}" r="{radius}"/></g>'
            f'<circle cx="{pen[0]:.3f}" cy="{-pen[1]:.3f}" r=".25" fill="none" stroke="{MIXTURE}" stroke-width=".07"/>'
        )
    if window:
        body += f'<g transform="translate({left + 0.5:.2f} 0)">{letters(trace, t, low + 0.6, wide - 1)}</g>'
        low += 2.6
    high = low - top
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" width="{WIDTH}"'
        f' height="{WIDTH * high / wide:.0f}" viewBox="{left:.2f} {top:.2f} {wide:.2f} {high:.2f}"'
        f' stroke-linecap="round" stroke-linejoin="round">\n{body}\n</svg>\n'
    )


def main() -> None:
    writer = Writer.load("default")
    trace = writer.trace(TEXT, bias=BIAS, seed=1)
    scale = writer.weights.offset_scale
    # A moment before the middle of the line, inside a stroke, at which the network is less sure than at most others.
    third, half = len(trace.ink) // 3, len(trace.ink) // 2
    inside = np.flatnonzero(trace.ink.offsets[:-1, 2] == 0) + 1
    chosen = [int(t) for t in inside if third < t < half]
    spread = [max(g[3] for g in gaussians(trace, t, scale)) for t in chosen]
    unsure = chosen[int(np.argsort(spread)[int(0.8 * len(spread))])]
    title = (
        "A line by the network, half written, and the place of the pen, enlarged, with the Gaussians for the next point"
    )
    drawing = picture(trace, unsure, scale, title, mixture=True, window=False)
    (FOLDER / "live-mixture.svg").write_text(drawing, encoding="utf-8")
    title = "A line by the network, half written; under it the text, with a bar for how much of each letter is seen"
    drawing = picture(trace, chosen[len(chosen) // 2], scale, title, mixture=False, window=True)
    (FOLDER / "live-window.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
