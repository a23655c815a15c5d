"""Draw the sheets of samples in book/figures, each with its caption: python -m recipe.make_sheets

All is written by the weights and the styles that come with scribe, with fixed seeds: the same files give the same
sheets. captions.json beside them says of each what it shows, for pages and for those who cannot see it, and how it was
made. About a minute on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from scribe.draw import to_svg  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.layout import wrap  # noqa: E402
from scribe.measure.legibility import Reads, aligned  # noqa: E402
from scribe.styles import NamedStyle, load_styles  # noqa: E402
from scribe.writer import Writer  # noqa: E402

TEXT = "You know nothing Jon Snow"
SHOWN = {"print": "in print", "joined": "in joined letters", "mixed": "with letters partly joined"}
BIASES = (0.5, 0.75, 1.0)  # as in the blog post "Scribe"
PARAGRAPH = (
    "A pen does not know what it writes. It goes up and down, to the right, and back to dot an i; it lifts and starts "
    "again. This one has been told only where the pens of other people went next, and which letters they meant. "
    "It was never shown what a letter is. Everything else it found out by itself."
)
PARAGRAPH_WIDTH = 38  # characters a line
WIDTH = 720  # of a sheet, px
ROUNDS = 8  # of each line; the one that is read best is shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="default")
    parser.add_argument("--reader", default="reader")
    parser.add_argument("--styles", default="styles", help="a name or a file")
    parser.add_argument("--folder", type=Path, default=Path("book/figures"))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each line; the one that is read best is shown")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    from scribe.reader import Reader

    captions = {}
    a.folder.mkdir(parents=True, exist_ok=True)
    for name, (drawing, caption) in sheets(
        Writer.load(a.weights), Reader.load(a.reader), load_styles(a.styles), a.seed, a.rounds
    ).items():
        (a.folder / name).write_text(drawing, encoding="utf-8")
        captions[name] = caption
        print(f"{a.folder / name}: {len(drawing) / 1000:.0f} kB. {caption['caption']}")
    text = json.dumps(captions, indent=1, ensure_ascii=False) + "\n"
    (a.folder / "captions.json").write_text(text, encoding="utf-8")


def sheets(
    writer: Writer, reader: Reads, styles: dict[str, NamedStyle], seed: int = 0, rounds: int = ROUNDS
) -> dict[str, tuple[str, dict[str, object]]]:
    """All sheets by the name of their file, as SVG, each with its caption."""
    by_kind = {kind: [one for one in styles.values() if one.kind == kind] for kind in SHOWN}
    by_kind = {kind: of_kind for kind, of_kind in by_kind.items() if of_kind}
    if "print" not in by_kind or len(by_kind) < 2:
        raise SystemExit("there is no style of print or none with joined letters; make styles first")
    if "joined" in by_kind:
        by_kind.pop("mixed", None)
    other = next(kind for kind in by_kind if kind != "print")
    made = {}

    hands = [by_kind["print"][0], by_kind[other][0]]
    rows = [(f"{one.name}: {one.description}", [line(writer, reader, TEXT, one, 1.0, seed, rounds)]) for one in hands]
    made["jon-print-joined.svg"] = (
        rows,
        f'"{TEXT}" twice: in print, and {SHOWN[other]}.',
        {"bias": 1.0, "styles": [one.name for one in hands], "best_of": rounds},
    )

    chosen = min(range(seed, seed + rounds), key=lambda s: bias_errors(writer, reader, s))
    rows = [(f"bias {bias:g}", [writer.write(TEXT, bias=bias, seed=chosen)]) for bias in BIASES]
    made["jon-biases.svg"] = (
        rows,
        f'"{TEXT}" with a bias of {", ".join(f"{b:g}" for b in BIASES)}: the larger, the neater and the more alike.',
        {"bias": list(BIASES), "seed": chosen, "best_of": rounds},
    )

    rows = [
        (f"{one.name}: {one.description}", [line(writer, reader, TEXT, one, 0.75, seed, rounds)])
        for one in styles.values()
    ]
    made["styles.svg"] = (
        rows,
        f'"{TEXT}" in each of the {len(rows)} styles that come with scribe, print first.',
        {"bias": 0.75, "styles": list(styles), "best_of": rounds},
    )

    for kind, pages in by_kind.items():
        one = pages[-1]
        texts = wrap(PARAGRAPH, PARAGRAPH_WIDTH)
        lines = [line(writer, reader, text, one, 0.75, seed + i * rounds, rounds) for i, text in enumerate(texts)]
        made[f"paragraph-{kind}.svg"] = (
            [("", lines)],
            f"A paragraph of {len(texts)} lines {SHOWN[kind]}, all in one style.",
            {"bias": 0.75, "styles": [one.name], "best_of": rounds, "text": PARAGRAPH},
        )

    weights = {"weights": writer.weights.name, "updates": writer.weights.provenance.get("updates")}
    return {
        name: (panel(rows, caption), {"caption": caption, "alt": alt(caption, how), **how, **weights})
        for name, (rows, caption, how) in made.items()
    }


def line(writer: Writer, reader: Reads, text: str, one: NamedStyle, bias: float, seed: int, rounds: int) -> Ink:
    """A line in a style: of a few, the one that is read with the fewest errors, the first of several."""
    lines = writer.write_many([text] * rounds, style=one.style, bias=bias, seed=seed)
    errors = [aligned(read, text).errors for read in reader.read_many(lines)]
    unfinished = [reason != "finished" for reason in lines.stop_reasons]
    return min(zip(unfinished, errors, range(rounds), lines, strict=True))[-1]


def bias_errors(writer: Writer, reader: Reads, seed: int) -> int:
    """Errors in the lines of all biases that one seed writes."""
    lines = writer.write_many([TEXT] * len(BIASES), bias=BIASES, seed=[seed] * len(BIASES))
    return sum(aligned(read, TEXT).errors for read in reader.read_many(lines))


def alt(caption: str, how: dict[str, object]) -> str:
    """What is told to those who cannot see the picture."""
    text = f" It says: {how['text']}" if "text" in how else ""
    return f"Handwriting by a neural network. {caption}{text}"


def panel(rows: Sequence[tuple[str, Sequence[Ink]]], title: str, width: float = WIDTH, tallest: float = 17.0) -> str:
    """Rows of handwriting under small labels, all to one scale, in the colour of the text around the picture."""
    widest = max(ink.bounds.width for _, lines in rows for ink in lines)
    body = min(tallest, (width - 8) / (widest + 1))
    parts, y = [], 0.0
    for number, (label, lines) in enumerate(rows):
        if label:
            y += 16
            parts.append(f'<text x="4" y="{y:g}" fill="currentColor" fill-opacity="0.7">{label}</text>')
        drawing = to_svg(lines, body=body, margin=0.4, decimals=1, line_height=3.2, identifier=f"row-{number}")
        high = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawing)[1])
        strokes = drawing[drawing.index("<g ") : drawing.rindex("</svg>")]
        parts.append(f'<g transform="translate(4 {y + 2:g})">\n{strokes}</g>')
        y = round(y + high + 6, 1)
    name = re.sub(r"\W+", "-", title.lower())[:40].strip("-")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}" width="{width:g}" '
        f'height="{y:g}" viewBox="0 0 {width:g} {y:g}" style="max-width:100%;height:auto" '
        f'font-family="system-ui, sans-serif" font-size="12">\n<title id="{name}">{_escaped(title)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


if __name__ == "__main__":
    main()
