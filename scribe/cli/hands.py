"""``scribe hand`` and ``scribe hands``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scribe.cli.groups import app
from scribe.cli.shared import PATH, UsageError, output_ending, print_json, say, text_of

if TYPE_CHECKING:
    from scribe.hands import Hand, HandReader

_SURE = -0.25  # nats per character of a line that's read well enough to be a sample


@app.command(
    epilog="""\b
Examples:
  scribe hand page.json -o me.hand
  scribe hand page-1.json page-2.inkml -o me.hand --name "my own"
  scribe hand --seed 7 -o somebody.hand
  scribe hand me.hand you.hand -o between.hand
"""
)
@click.argument("files", type=PATH, nargs=-1)
@click.option("-o", "--output", type=PATH, required=True, help="The file to write, .hand.")
@click.option("--seed", type=click.IntRange(0), help="Not from files: draw a hand at random.")
@click.option(
    "--text", help="What the drawing says, line by line; or a .txt file. [default: what it says, or what is read]"
)
@click.option(
    "--sample/--no-sample",
    default=True,
    show_default=True,
    help="Keep one of the lines in the file: what is written is more like the hand then. Without, only numbers.",
)
@click.option("--name", help="For people. [default: that of the file]")
@click.option(
    "--hands", default="hands", show_default=True, help="The reader of hands: a name, or a .safetensors file."
)
def hand(
    files: Sequence[Path],
    output: Path,
    seed: int | None,
    text: str | None,
    sample: bool,
    name: str | None,
    hands: str,
) -> None:
    """Read whose hand FILES are in.

    A file is a drawing (.json, .inkml) of a line or a page, whatever it says: a line is enough, and more is better. Or
    it's a .hand that was made before; hands of several files are mixed, and have no sample.
    """
    output_ending(output, ("hand",))
    if (seed is None) == (not files):
        raise UsageError("give files to read a hand from, or --seed to draw one")
    if text is not None and len(files) != 1:
        raise UsageError("--text says what one drawing says; give one file")
    from scribe.hands import HandReader, load_hand, mixed, save_hand

    reader = HandReader.load(hands)
    said = None if text is None else text_of(text)
    if seed is not None:
        found = reader.prior.draw(seed)
    else:
        found = mixed(
            [load_hand(path) if path.suffix.lower() == ".hand" else _read(path, reader, said) for path in files]
        )
    found = replace(found, name=output.stem if name is None else name, sample=found.sample if sample else None)
    save_hand(output, found)
    kept = "" if found.sample is None else f", with the line {found.sample.text!r} as its sample"
    say(f'{output}{kept}: scribe write "In this hand" -o it.svg --hand {output}')


def _read(path: Path, reader: HandReader, text: str | None) -> Hand:
    """The hand of a drawing, all of its lines together; its sample is among those whose text is known or read well."""
    from scribe.drawing.formats import load
    from scribe.matching import paired
    from scribe.reader import Reader
    from scribe.reading.pages import page_lines
    from scribe.styles import Style

    density = reader.weights.points_per_character
    drawing = load(path)
    inks = [line.ink(density) for line in page_lines(drawing)]
    said = [" ".join(row.split()) for row in (drawing.text if text is None else text).splitlines() if row.strip()]
    if len(said) != len(inks):
        judge = Reader.load()
        read = judge.read_many(inks)
        if text is not None:
            pairs = dict(paired(read, said))
            if not pairs:
                raise UsageError(f"{path} has {len(inks)} lines, and --text has {len(said)}, and none says the same")
            said = [said[pairs[i]] if i in pairs else "" for i in range(len(inks))]
        else:
            said = [
                seen if judge.log_probability(ink, seen) > _SURE * len(seen) else ""
                for ink, seen in zip(inks, read, strict=True)
            ]
    return reader.read_lines([Style(*line) for line in zip(inks, said, strict=True)])


@app.command("hands", epilog="Example: scribe write A line in it -o line.svg --hand NAME")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def hands_command(as_json: bool) -> None:
    """List the hands that come with scribe."""
    from scribe.hands import named_hands

    found = named_hands()
    if as_json:
        print_json([{"name": name, "kind": one.kind, "description": one.description} for name, one in found.items()])
        return
    widest = max(map(len, found), default=0)
    for name, one in found.items():
        print(f"{name:<{widest}}  {one.kind:<8}  {one.description}")
