"""``scribe read``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from scribe.cli.groups import app
from scribe.cli.shared import PATH, UsageError


@app.command(epilog="Example: scribe read drawing.json")
@click.argument("files", type=PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--weights", default="reader", show_default=True, help="A name that comes with scribe, or a file.")
@click.option(
    "--beam", type=click.IntRange(1, 1000), default=8, show_default=True, help="Beginnings kept; 1 is quick and simple."
)
def read(files: Sequence[Path], weights: str, beam: int) -> None:
    """Read ink as text, a line of it as a line.

    Each FILE is .json or .inkml, as the book's pages and "scribe write" save it; .xml (InkML), .svg, .unp or .dat
    (UNIPEN), .ndjson (Quick, Draw!) or a .json list of strokes.
    """
    from scribe.drawing.drawing import CanvasError
    from scribe.drawing.formats import load
    from scribe.reader import Reader, ReadingError

    reader = Reader.load(weights)
    for path in files:
        drawing = load(path)
        try:
            print(reader.read_page(drawing, beam))
        except (CanvasError, ReadingError) as error:
            raise UsageError(f"{path}: {error}") from error
