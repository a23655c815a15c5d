"""``scribe train``, ``scribe finetune`` and ``scribe train-reader``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scribe.cells import CELLS
from scribe.cli.groups import app
from scribe.cli.report import TrainingReport
from scribe.cli.shared import PATH, FiniteRange, UsageError, output_ending, say, start_keras

if TYPE_CHECKING:
    from scribe.alphabet import Alphabet
    from scribe.corpora.corpus import Corpus
    from scribe.weights import Weights


_OF_THE_NETWORK = ("units", "layers", "window", "mixtures", "peepholes", "cell")
SAMPLE = "You know nothing Jon Snow"


@app.command(
    epilog="""\b
Examples:
  scribe train unipen.npz -o runs/first
  scribe train unipen.npz -o runs/first --resume --updates 20000
  scribe train fonts.npz -o runs/small --units 100 --updates 2000
  scribe train unipen.npz -o runs/more --begin-with default --learning-rate 0.001 --updates 1000
"""
)
@click.argument("corpus", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The folder for checkpoint, log, samples and weights.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
@click.option("--begin-with", metavar="WEIGHTS", help="A name, or a file: train these further, at their sizes.")
@click.option(
    "--alphabet",
    metavar="NAME|FILE",
    help="The characters to learn: ascii, or a text file that holds them, in UTF-8. [default: ascii, or that of"
    " --begin-with]",
)
@click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 12000]")
@click.option("--cell", type=click.Choice(list(CELLS)), help="Of the layers. [default: lstm]")
@click.option("--units", type=click.IntRange(1), help="Of each layer. [default: 256]")
@click.option("--layers", type=click.IntRange(1), help="LSTM layers. [default: 3]")
@click.option("--window", type=click.IntRange(0), help="Gaussians over the text; 0 learns without one. [default: 1]")
@click.option("--mixtures", type=click.IntRange(1), help="Gaussians for the next point. [default: 20]")
@click.option("--peepholes/--no-peepholes", default=None, help="Whether gates see the cell. [default: no-peepholes]")
@click.option("--weight-noise", type=FiniteRange(0), help="Graves' regulariser; he begins at 0.075. [default: 0]")
@click.option("--learning-rate", type=FiniteRange(0, min_open=True), help="At its highest. [default: 0.0015]")
@click.option("--warmup", type=click.IntRange(0), help="Updates until it is there. [default: 100]")
@click.option("--decay", type=click.IntRange(0), help="Updates at the end in which it falls. [default: 500]")
@click.option("--batch-points", type=click.IntRange(1), help="Points in a batch. [default: 4000]")
@click.option("--longest", type=click.IntRange(2), help="Points of the longest line that is used. [default: 1100]")
@click.option("--curriculum", type=click.IntRange(0), help="Updates until long lines come. [default: 4000]")
@click.option("--rarity", type=FiniteRange(0), help="How much oftener rare characters come. [default: 0.5]")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of weights and batches. [default: 0]")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16", "float16"]),
    help="Of the large products; the halves are faster on GPUs made for them. [default: float32]",
)
@click.option("--validate-every", type=click.IntRange(1), help="Updates. [default: 200]")
@click.option("--checkpoint-every", type=click.IntRange(1), help="Updates. [default: 50]")
@click.option(
    "--sample",
    help="What is drawn after each validation, so that you see it learn; an empty text draws nothing."
    f" [default: {SAMPLE}]",
)
def train(
    corpus: Path,
    output: Path,
    resume: bool,
    sample: str | None,
    begin_with: str | None,
    alphabet: str | None,
    **settings: Any,
) -> None:
    """Learn to write from CORPUS.

    Needs Keras: pip install 'scribe-handwriting[train]'. Ctrl-C ends it after the current update; --resume goes on from
    there, and after a crash from the last checkpoint.
    """
    if resume and begin_with:
        raise UsageError("a resumed training goes on from its checkpoint; leave out --begin-with")
    sizes = [name for name in _OF_THE_NETWORK if settings[name] is not None]
    if begin_with and sizes:
        raise UsageError(f"the weights of --begin-with have sizes already; leave out --{sizes[0]}")
    if begin_with and settings["curriculum"]:
        raise UsageError("with --begin-with long lines come at once; leave out --curriculum")
    from scribe.alphabet import load_alphabet
    from scribe.weights import load_weights, save_weights

    weights = load_weights(begin_with) if begin_with else None
    if alphabet is not None:
        settings["alphabet"] = load_alphabet(alphabet).characters
    elif weights is not None:
        settings["alphabet"] = weights.alphabet.characters
    given, loaded = _training(corpus, output, resume, settings)
    from scribe.training.export import export_checkpoint
    from scribe.training.train import Settings
    from scribe.training.train import train as run

    chosen = _settings(Settings, output, resume, given)
    with TrainingReport(output, _sample(sample, chosen.alphabet)) as report:
        run(
            loaded,
            output,
            chosen,
            resume=resume,
            report=report.update,
            on_validation=report.draw,
            weights=weights,
            tell=say,
        )
    path = output / "weights.safetensors"
    learned = export_checkpoint(output, name=output.resolve().name)
    save_weights(path, learned)
    if not report.finished:
        say(f"stopped early; --resume goes on. {path} is what it has learned so far")
        raise click.exceptions.Exit(130)
    _say_done("It works", learned, path)


@app.command(
    epilog="""\b
Examples:
  scribe finetune mine.npz -o mine.safetensors
  scribe finetune mine.npz -o mine.safetensors --weights default --updates 60
"""
)
@click.argument("corpus", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The weights to write, .safetensors.")
@click.option("--weights", default="default", show_default=True, help="To start from: a name, or a file.")
@click.option("--updates", type=click.IntRange(1), default=40, show_default=True, help="More learn it better by heart.")
@click.option(
    "--learning-rate", type=click.FloatRange(0, min_open=True), default=3e-4, show_default=True, help="At its highest."
)
@click.option("--lines", type=click.IntRange(1), default=8, show_default=True, help="Lines an update.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of what is drawn.")
def finetune(corpus: Path, output: Path, weights: str, **options: Any) -> None:
    """Teach weights that write a new hand: that of CORPUS.

    A page, some ten lines, is enough to begin with. All of its training split is used. Other hands are forgotten, the
    more, the longer it goes on. Needs Keras.
    """
    output_ending(output, ("safetensors",))
    from scribe.corpora.corpus import Corpus
    from scribe.weights import load_weights, save_weights

    start, loaded = load_weights(weights), Corpus.load(corpus)
    _check_texts(loaded, corpus, start.alphabet)
    samples = list(loaded.split("train"))
    start_keras()
    from scribe.training.finetune import finetune as run

    def report(update: int, nats: float) -> None:
        if update == 1 or update % 10 == 0 or update == options["updates"]:
            say(f"update {update} of {options['updates']}: {nats:.3f} nats a point")

    learned = run(start, samples, name=output.stem, report=report, **options)
    save_weights(output, learned)
    _say_done("In this hand", learned, output)


@app.command(
    "train-reader",
    epilog="""\b
Examples:
  scribe train-reader unipen.npz -o runs/reader
  scribe train-reader unipen.npz -o runs/reader --resume --updates 30000
""",
)
@click.argument("corpus", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The folder for checkpoint, log and weights.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
@click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 12000]")
@click.option("--units", type=click.IntRange(1), help="Of each LSTM in each direction. [default: 128]")
@click.option("--layers", type=click.IntRange(1), help="LSTM layers. [default: 2]")
@click.option("--moves", type=click.IntRange(1), help="Moves of the pen a frame. [default: 3]")
@click.option("--dropout", type=FiniteRange(0, 1, max_open=True), help="Outputs left out. [default: 0.1]")
@click.option("--learning-rate", type=FiniteRange(0, min_open=True), help="At its highest. [default: 0.003]")
@click.option("--warmup", type=click.IntRange(0), help="Updates until it is there. [default: 100]")
@click.option("--decay", type=click.IntRange(0), help="Updates at the end in which it falls. [default: 2000]")
@click.option("--batch-frames", type=click.IntRange(1), help="Frames in a batch. [default: 4096]")
@click.option("--curriculum", type=click.IntRange(0), help="Updates until long lines come. [default: 300]")
@click.option("--rarity", type=FiniteRange(0), help="How much oftener rare characters come. [default: 0.5]")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of weights and batches. [default: 0]")
@click.option("--validate-every", type=click.IntRange(1), help="Updates. [default: 250]")
@click.option("--checkpoint-every", type=click.IntRange(1), help="Updates. [default: 50]")
@click.option("--jit/--no-jit", default=None, help="Whether updates are compiled, shape by shape. [default: jit]")
def train_reader(corpus: Path, output: Path, resume: bool, **settings: Any) -> None:
    """Learn to read from CORPUS.

    Needs Keras, and ends and resumes as "scribe train" does.
    """
    given, loaded = _training(corpus, output, resume, settings)
    from scribe.reader import save_reader
    from scribe.training.reader import ReaderSettings, export_reader
    from scribe.training.reader import train_reader as run

    with TrainingReport(output, "", "a character", "{:.1%} of characters read wrongly") as report:
        run(
            loaded,
            output,
            _settings(ReaderSettings, output, resume, given),
            resume=resume,
            report=report.update,
            tell=say,
        )
    path = output / "weights.safetensors"
    save_reader(path, export_reader(output, name=output.resolve().name))
    if not report.finished:
        say(f"stopped early; --resume goes on. {path} is what it has learned so far")
        raise click.exceptions.Exit(130)
    say(f"done; scribe read drawing.json --weights {path}")


def _training(corpus: Path, output: Path, resume: bool, settings: dict[str, Any]) -> tuple[dict[str, Any], Corpus]:
    """The settings that were given, and the corpus; Keras is loaded."""
    given = {name: value for name, value in settings.items() if value is not None}
    fixed = sorted(given.keys() - {"updates", "decay"})
    if resume and fixed:
        names = ", ".join("--" + name.replace("_", "-") for name in fixed)
        raise UsageError(f"a resumed training keeps the settings of its first run; leave out {names}")
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file; give the name of a folder")
    from scribe.corpora.corpus import Corpus

    loaded = Corpus.load(corpus)
    start_keras()
    return given, loaded


def _settings(kind: type, output: Path, resume: bool, given: dict[str, Any]) -> Any:
    """The settings of a training; when it is resumed, those of its first run but for what was given."""
    from scribe.training.loop import CHECKPOINT, first_settings

    return replace(first_settings(kind, output / CHECKPOINT), **given) if resume else kind(**given)


def _sample(sample: str | None, characters: str) -> str:
    """What is drawn after a validation.

    Better to know before the training than at its first validation, when updates would be lost.
    """
    from scribe.alphabet import Alphabet, UnknownCharacterError

    alphabet = Alphabet(characters)
    if sample is None:
        return alphabet.replace_unknown(SAMPLE)
    try:
        alphabet.encode(sample)
    except UnknownCharacterError as error:
        raise UsageError(f"--sample: {error}") from error
    return sample


def _check_texts(corpus: Corpus, path: Path, alphabet: Alphabet) -> None:
    """Refuse a corpus whose training split has a text that weights with this alphabet cannot learn."""
    import reprlib

    from scribe.alphabet import UnknownCharacterError

    for number, sample in enumerate(corpus, 1):
        try:
            if sample.split == "train":
                alphabet.encode(sample.text)
        except UnknownCharacterError as error:
            raise UsageError(
                f"{path}: sample {number}, {reprlib.repr(sample.text)}: {error}. Make the corpus anew, with another"
                " text or without this sample"
            ) from error


def _say_done(text: str, weights: Weights, path: Path) -> None:
    """The end of a training, and a command that tries out what it learned."""
    words = f'"{text}" ' if weights.architecture.window else ""
    say(f"done; scribe write {words}-o it.svg --weights {path}")
