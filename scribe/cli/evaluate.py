"""``scribe evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scribe.cli.groups import app
from scribe.cli.shared import PATH, FiniteRange, UsageError, output_ending, print_json, progress_bar, save


@app.command(
    epilog="""\b
Examples:
  scribe evaluate default unipen.npz -o scores.json --figure scores.svg
  scribe evaluate runs/a/weights.safetensors unipen.npz --part likelihood --against runs/no-text/weights.safetensors
  scribe evaluate default --part stopping --stop-lines 200
"""
)
@click.argument("weights")
@click.argument("corpus", type=PATH, required=False)
@click.option("-o", "--output", type=PATH, help="Where the record goes, .json; without it, to the standard output.")
@click.option("--figure", type=PATH, help="A figure of what can be read: .png, .svg or .pdf.")
@click.option(
    "--part",
    "parts",
    type=click.Choice(["likelihood", "legibility", "languages", "stopping", "hands", "styles", "repeats"]),
    multiple=True,
    help="What to measure, more than once if you like. All that can be if not given.",
)
@click.option("--against", help="Other weights, measured on the same lines.")
@click.option("--reader", default="reader", show_default=True, help="Who reads: a name or a file; none reads nothing.")
@click.option("--proofreader", help="Who chooses where candidates are proofread, if not the reader that judges.")
@click.option(
    "--hands",
    default="hands",
    show_default=True,
    help="Who reads hands, for weights that are told them: a name or a file.",
)
@click.option("--judge", type=PATH, help="Who says whose hand a line is in: a file that recipe.train_judge has made.")
@click.option(
    "--reading-judge",
    type=PATH,
    help="Who reads in place of --reader, which then only proofreads: a file that recipe.train_reading_judge has made.",
)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="validation",
    show_default=True,
    help="Whose writing.",
)
@click.option(
    "--kind", type=click.Choice(["line", "word", "all"]), default="line", show_default=True, help="Which samples."
)
@click.option("--lines", type=click.IntRange(1), default=256, show_default=True, help="The most lines to measure.")
@click.option(
    "--bias",
    "biases",
    type=FiniteRange(-1, 50),
    multiple=True,
    default=[0.0, 0.5, 1.0, 2.0],
    show_default=True,
    help="With which lines are written to be read.",
)
@click.option("--copies", type=click.IntRange(1), default=3, show_default=True, help="Of each text, at each bias.")
@click.option(
    "--candidates",
    type=click.IntRange(0),
    default=8,
    show_default=True,
    help="Of each word of a proofread text; 0 proofreads none.",
)
@click.option(
    "--stop-lines", type=click.IntRange(1), default=1000, show_default=True, help="Written to see how they end."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which lines, and what is written.")
def evaluate(
    weights: str,
    corpus: Path | None,
    output: Path | None,
    figure: Path | None,
    parts: tuple[str, ...],
    against: str | None,
    reader: str,
    proofreader: str | None,
    hands: str,
    judge: Path | None,
    reading_judge: Path | None,
    kind: str,
    **options: Any,
) -> None:
    """Measure WEIGHTS, as JSON: numbers with their units and intervals.

    How well the network foresees people's writing in CORPUS, how well a reader reads what it writes, in English and, if
    WEIGHTS know their letters, in twenty other languages, how often its lines end badly, if it goes on from
    people's lines in CORPUS without taking along what they say, if repeats have as many marks as characters, and, if
    they are told hands, how well they follow them. WEIGHTS is a name that comes with scribe or a file. Takes minutes;
    all options make it shorter.
    """
    for path, endings in ((output, ("json",)), (figure, ("png", "svg", "pdf"))):
        if path is not None:
            output_ending(path, endings)
    if figure is not None and ((parts and not {"legibility", "languages"} & set(parts)) or reader == "none"):
        raise UsageError("--figure shows what can be read; it needs --part legibility or languages, and a reader")
    if reading_judge is not None and (reader == "none" or proofreader is not None):
        raise UsageError("--reading-judge judges what --reader proofreads: leave out --proofreader, and name a reader")
    if proofreader is not None and (reader == "none" or not options["candidates"]):
        raise UsageError(
            "--proofreader chooses among candidates that a reader judges; give a --reader and --candidates"
        )
    if against is not None and (corpus is None or (parts and "likelihood" not in parts)):
        raise UsageError("--against compares on the lines of a corpus; give one, and --part likelihood if any")
    import json

    from scribe.corpora.corpus import Corpus
    from scribe.hands import HandReader
    from scribe.measure.evaluation import PARTS
    from scribe.measure.evaluation import evaluate as measure
    from scribe.reader import Reader
    from scribe.weights import load_weights

    network = load_weights(weights)
    if figure is not None and not network.architecture.window:
        raise UsageError(f"--figure shows what can be read, and {weights} write without a text; leave it out")
    reads = network.architecture.window and set(parts or PARTS) & {
        "legibility",
        "languages",
        "stopping",
        "hands",
        "styles",
        "repeats",
    }
    told = network.architecture.condition and corpus is not None and "hands" in (parts or PARTS)
    if judge is not None and not told:
        raise UsageError(
            "--judge says whose hand it is: give a corpus, weights that are told hands, and --part hands if any"
        )
    loaded = None if corpus is None else Corpus.load(corpus)
    ours = None if reader == "none" or not reads else Reader.load(reader)
    chooses = None if proofreader is None or not reads else Reader.load(proofreader)
    judges = None if reading_judge is None or not reads else _reading_judge(reading_judge)
    with progress_bar() as progress:
        record = measure(
            network,
            loaded,
            ours if judges is None else judges,
            proofreader=chooses if judges is None else ours,
            hands=HandReader.load(hands) if told else None,
            judge=_judge(judge),
            against=None if against is None else load_weights(against),
            parts=parts or PARTS,
            kind=None if kind == "all" else kind,
            report=progress,
            **options,
        )
    if output is None:
        print_json(record)
    else:
        save(output, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    if figure is not None:
        import io

        from scribe.draw import evaluation_figure

        file = io.BytesIO()
        evaluation_figure(record).savefig(file, format=figure.suffix.lower().lstrip("."), dpi=144)
        save(figure, file.getvalue())


def _reading_judge(path: Path) -> Any:
    from scribe.training.reading_judge import ReadingJudge

    return ReadingJudge.load(path)


def _judge(path: Path | None) -> Any:
    if path is None:
        return None
    from scribe.training.hand_judge import HandJudge

    return HandJudge.load(path)
