"""``scribe train``, ``scribe finetune`` and ``scribe train-reader``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scribe.cli.groups import app
from scribe.cli.shared import PATH, UsageError, output_ending, say, start_keras

if TYPE_CHECKING:
    from scribe.alphabet import Alphabet
    from scribe.corpora.corpus import Corpus
    from scribe.reader import ReaderWeights
    from scribe.training.state import TrainingState
    from scribe.training.task import Task
    from scribe.weights import Weights


SAMPLE = "You know nothing Jon Snow"

_CORPUS = click.argument("corpus", type=PATH)
_RESUME = click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
_UPDATES = click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 12000]")
_SEED = click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of weights and batches. [default: 0]")
_ALPHABET = "The characters to learn: ascii, latin (Europe's letters), or a text file in UTF-8. [default: ascii%s]"


class CellName(click.ParamType):  # type: ignore[type-arg]  # older versions of click have no argument here
    """The name of a cell. The cells are looked up when they are needed: they load NumPy."""

    name = "cell"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        from scribe.cells import CELLS

        return f"[{'|'.join(CELLS)}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from scribe.cells import CELLS

        if value not in CELLS:
            self.fail(f"{value!r} is not one of {', '.join(map(repr, CELLS))}.", param, ctx)
        return value


def _settings_option(kind: str) -> Callable[..., Any]:
    return click.option(
        "--settings",
        type=PATH,
        help=f"All other settings, by name, in a .json or .toml file: those of {kind}, or settings.json of a training.",
    )


@app.command(
    epilog="""\b
Examples:
  scribe train unipen.npz -o runs/first
  scribe train unipen.npz -o runs/first --resume --updates 20000
  scribe train unipen.npz -o runs/small --settings small.json
  scribe train unipen.npz -o runs/more --begin-with default --updates 1000
  scribe train unipen.npz -o runs/hands --begin-with default --hands hands

\b
small.json:
  {"units": 100, "learning_rate": 0.002, "validate_every": 100}
"""
)
@_CORPUS
@click.option("-o", "--output", type=PATH, required=True, help="The folder for checkpoint, log, samples and weights.")
@_RESUME
@click.option("--begin-with", metavar="WEIGHTS", help="A name, or a file: train these further, at their sizes.")
@_UPDATES
@click.option("--hands", metavar="NAME|FILE", help="A reader of hands: learn to write in any hand that it reads.")
@click.option("--cell", type=CellName(), help="Of the layers. [default: lstm]")
@click.option("--alphabet", metavar="NAME|FILE", help=_ALPHABET % ", or that of --begin-with")
@_SEED
@_settings_option("scribe.training.train.Settings")
@click.option(
    "--sample",
    help="What is drawn after each validation, so that you see it learn; an empty text draws nothing."
    f" [default: {SAMPLE}]",
)
def train(
    corpus: Path,
    output: Path,
    resume: bool,
    begin_with: str | None,
    hands: str | None,
    sample: str | None,
    **options: Any,
) -> None:
    """Learn to write from CORPUS.

    Needs Keras: pip install tensorflow keras. Ctrl-C ends it after the current update; --resume goes on from
    there, and after a crash from the last checkpoint.
    """
    if resume and begin_with:
        raise UsageError("a resumed training goes on from its checkpoint; leave out --begin-with")
    from scribe.weights import load_weights

    weights = load_weights(begin_with) if begin_with else None
    given = _given(output, resume, **options)
    if weights is not None:
        _check_sizes(given, weights)
        given.setdefault("alphabet", weights.alphabet.characters)
    loaded = _corpus(corpus)
    from scribe.hands import HandReader
    from scribe.training.hands import hand_variants
    from scribe.training.report import draw_sample
    from scribe.training.train import Writing

    reader = None if hands is None else HandReader.load(hands)
    if reader is not None and not resume:
        given.setdefault("condition", reader.weights.architecture.size)
    task = Writing(weights)
    settings = _settings(task, output, resume, given)
    if reader is not None:
        say(f"reading the hands of {len(loaded):,} samples")
        task = Writing(weights, *hand_variants(reader, loaded, settings.variants))
    text = _sample(sample, settings.alphabet)

    def draw(network: Any, state: TrainingState) -> None:
        draw_sample(task, output, text, network, state, say)

    learned, path = _learn(task, loaded, output, settings, resume, draw)
    _say_done("It works", learned, path)


@app.command(
    epilog="""\b
Examples:
  scribe finetune mine.npz -o me.hand
  scribe finetune mine.npz -o mine.safetensors
  scribe finetune mine.npz -o mine.safetensors --weights default --updates 60
"""
)
@click.argument("corpus", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="What to write: a .hand, or .safetensors.")
@click.option("--weights", default="anyone", show_default=True, help="To start from: a name, or a file.")
@click.option("--updates", type=click.IntRange(1), default=120, show_default=True, help="Of each step, at most.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="At its highest.")
@click.option("--lines", type=click.IntRange(1), default=8, show_default=True, help="Lines an update.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of what is drawn.")
@click.option("--hands", default="hands", show_default=True, help="The reader of hands: a name, or a file.")
@click.option(
    "--sample/--no-sample",
    default=True,
    show_default=True,
    help="Keep one of the lines in a .hand, as scribe hand does: what is written is more like the hand then.",
)
@click.option("--reader", default="reader", show_default=True, help="Says how well it's read: a name, or a file.")
def finetune(corpus: Path, output: Path, weights: str, hands: str, sample: bool, reader: str, **options: Any) -> None:
    """Teach weights that write a new hand: that of CORPUS.

    A page, some ten lines, is enough; all of its training split is used. First the hand is read. Then it's fitted,
    which is all if a .hand is asked for; and then the weights, as little as pays on lines that are held back. A step
    after which the writing is read worse is taken back. Needs Keras.
    """
    output_ending(output, ("hand", "safetensors"))
    from scribe.corpora.corpus import Corpus
    from scribe.hands import HandReader, save_hand
    from scribe.reader import Reader
    from scribe.weights import load_weights, save_weights

    hand_only = output.suffix.lower() == ".hand"
    start, loaded = load_weights(weights), Corpus.load(corpus)
    _check_texts(loaded, corpus, start.alphabet)
    samples = list(loaded.split("train"))
    hand_reader = HandReader.load(hands) if start.architecture.condition else None
    legibility = Reader.load(reader) if start.architecture.window else None
    start_keras()
    from scribe.training.own_hand import learn_hand, with_hand

    def report(step: str, update: int, nats: float) -> None:
        say(f"{step}: update {update}, {nats:.3f} nats per point on lines held back")

    learned = learn_hand(
        start,
        samples,
        hand_reader,
        legibility,
        hand_only=hand_only,
        name=output.stem,
        report=report,
        **options,
    )
    _say_learned(learned.record)
    if hand_only and learned.hand is not None:
        hand = learned.hand if sample else replace(learned.hand, sample=None)
        save_hand(output, hand)
        kept = "" if hand.sample is None else f", with the line {hand.sample.text!r} as its sample"
        say(f'done{kept}; scribe write "In this hand" -o it.svg --hand {output}')
        return
    save_weights(output, learned.weights if learned.hand is None else with_hand(learned.weights, learned.hand))
    _say_done("In this hand", learned.weights, output)


def _say_learned(record: dict[str, Any]) -> None:
    """What came of each step of learning a hand, and how well it's read now."""
    if not record["held_back"]:
        say("from one or two lines the hand is only read; from three on, one is held back, and the others are learned")
    for step in record["steps"]:
        gain = step["nats_before"] - step["nats_after"]
        taken = "" if step.get("taken", 1) == 1 else f"; {step['taken']:.0%} of it is kept, or it would be read worse"
        say(f"{step['step']}: {gain:.3f} nats per point better after {step['updates']} updates{taken}")
    if misread := record.get("misread"):
        say(
            f"the reader {misread['reader']} misreads {misread['after']:.1%} of {misread['characters']} characters;"
            f" before it was {misread['before']:.1%}"
        )


@app.command(
    "train-reader",
    epilog="""\b
Examples:
  scribe train-reader unipen.npz -o runs/reader
  scribe train-reader unipen.npz -o runs/reader --resume --updates 30000
""",
)
@_CORPUS
@click.option("-o", "--output", type=PATH, required=True, help="The folder for checkpoint, log and weights.")
@_RESUME
@click.option("--begin-with", metavar="READER", help="A name, or a file: teach this one further, at its sizes.")
@_UPDATES
@click.option("--alphabet", metavar="NAME|FILE", help=_ALPHABET % ", or that of --begin-with")
@_SEED
@_settings_option("scribe.training.reader.ReaderSettings")
def train_reader(corpus: Path, output: Path, resume: bool, begin_with: str | None, **options: Any) -> None:
    """Learn to read from CORPUS.

    Needs Keras, and ends and resumes as "scribe train" does.
    """
    if resume and begin_with:
        raise UsageError("a resumed training goes on from its checkpoint; leave out --begin-with")
    from scribe.reader import Reader

    weights = Reader.load(begin_with).weights if begin_with else None
    given = _given(output, resume, **options)
    if weights is not None:
        _check_sizes(given, weights)
        given.setdefault("alphabet", weights.alphabet.characters)
    loaded = _corpus(corpus)
    from scribe.training.reader import Reading

    task = Reading(weights)
    _, path = _learn(task, loaded, output, _settings(task, output, resume, given), resume)
    say(f"done; scribe read drawing.json --weights {path}")


@app.command(
    "train-hands",
    epilog="""\b
Examples:
  scribe train-hands unipen.npz -o runs/hand-reader
""",
)
@_CORPUS
@click.option("-o", "--output", type=PATH, required=True, help="The folder for checkpoint, log and weights.")
@_RESUME
@click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 2700]")
@_SEED
@_settings_option("scribe.training.hands.HandSettings")
@click.option("--half", is_flag=True, help="Keep numbers in half the space, with about three digits each.")
def train_hands(corpus: Path, output: Path, resume: bool, half: bool, **options: Any) -> None:
    """Learn to tell hands apart from CORPUS, which must be by many writers.

    Needs Keras, and ends and resumes as "scribe train" does.
    """
    given = _given(output, resume, **options)
    loaded = _corpus(corpus)
    from scribe.training.hands import HandReading, with_prior

    task = HandReading()
    learned, path = _learn(task, loaded, output, _settings(task, output, resume, given), resume)
    say("fitting the prior over the hands of the training writers")
    task.save(path, with_prior(learned, loaded), half=half)
    say(f"done; scribe hand drawing.json -o me.hand --hands {path}")


def _given(output: Path, resume: bool, settings: Path | None, **options: Any) -> dict[str, Any]:
    """The settings that were asked for: those of a file, and before them those of the command line."""
    from scribe.alphabet import load_alphabet

    given = _read_settings(settings) if settings is not None else {}
    given |= {name: value for name, value in options.items() if value is not None}
    if options.get("alphabet") is not None:
        given["alphabet"] = load_alphabet(options["alphabet"]).characters
    if resume and (fixed := sorted(given.keys() - {"updates", "decay"})):
        raise UsageError(f"a resumed training keeps the settings of its first run; leave out {', '.join(fixed)}")
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file; give the name of a folder")
    return given


def _read_settings(path: Path) -> dict[str, Any]:
    """The names and values in a file, JSON or TOML."""
    import json

    if path.suffix not in (".json", ".toml"):
        raise UsageError(f"--settings: {path} must end in .json or .toml")
    content = path.read_bytes()
    try:
        if path.suffix == ".json":
            found = json.loads(content)
        else:
            try:
                import tomllib
            except ModuleNotFoundError:
                raise UsageError("--settings: TOML needs Python 3.11 or newer; write the settings as JSON") from None
            found = tomllib.loads(content.decode())
    except UsageError:
        raise
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--settings: {path} cannot be read: {error}") from error
    if isinstance(found, dict) and isinstance(found.get("settings"), dict):
        found = found["settings"]  # settings.json of a training
    if not isinstance(found, dict):
        raise UsageError(f"--settings: {path} must hold names with values")
    return found


def _corpus(path: Path) -> Corpus:
    """The corpus; then Keras is loaded, which takes longer."""
    from scribe.corpora.corpus import Corpus

    loaded = Corpus.load(path)
    start_keras()
    return loaded


def _check_sizes(given: dict[str, Any], weights: Weights | ReaderWeights) -> None:
    """Refuse settings that the weights to begin with decide."""
    from scribe.weights import LATER

    for name, value in asdict(weights.architecture).items():
        if name in given and name not in LATER and given[name] != value:
            raise UsageError(f"the weights of --begin-with have their own {name}, {value}; leave out {name}")
    if given.get("curriculum"):
        raise UsageError("with --begin-with long lines come at once; leave out curriculum")


def _settings(task: Task[Any], output: Path, resume: bool, given: dict[str, Any]) -> Any:
    """The settings of a training; when it is resumed, those of its first run but for what was given."""
    from scribe.training.state import settings_from
    from scribe.training.task import resumed_settings

    return resumed_settings(task, output, given) if resume else settings_from(task.settings, given, "settings")


def _learn(
    task: Task[Any],
    corpus: Corpus,
    output: Path,
    settings: Any,
    resume: bool,
    on_validation: Callable[[Any, TrainingState], None] = lambda network, state: None,
) -> tuple[Any, Path]:
    """Train, and write what was learned beside the checkpoint. Returns it, and the path."""
    from scribe.training.report import TrainingReport
    from scribe.training.task import export, run

    with TrainingReport(task, say) as report:
        run(
            task,
            corpus,
            output,
            settings,
            resume=resume,
            report=report.update,
            on_validation=on_validation,
            tell=say,
        )
    path = output / "weights.safetensors"
    learned = export(task, output, name=output.resolve().name)
    task.save(path, learned)
    if not report.finished:
        say(f"stopped early; --resume goes on. {path} is what it has learned so far")
        raise click.exceptions.Exit(130)
    return learned, path


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
    """The end of a training, and a command that tries out what it learned, in letters that it knows."""
    known = weights.alphabet.characters
    if not set(known).issuperset(text):
        text = "".join(character for character in known if character.isalnum())[:8] or known.strip()[:8]
    words = f'"{text}" ' if weights.architecture.window else ""
    say(f"done; scribe write {words}-o it.svg --weights {path}")
