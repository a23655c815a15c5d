"""The ``scribe`` command.

A command imports what it needs when it runs, so that ``scribe write`` does not wait for Keras. All mistakes end in
:func:`main`: one line on the standard error stream, and an exit code that tells whose they are.

====  ==================================================================
code  meaning
====  ==================================================================
0     done
1     the machine failed: a folder that cannot be written, a full disk
2     what was asked for is wrong: options, texts, files
130   interrupted by Ctrl-C
====  ==================================================================
"""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scribe.files import replacing

if TYPE_CHECKING:
    from scribe.alphabet import Alphabet
    from scribe.corpora.corpus import Corpus
    from scribe.ink import Ink
    from scribe.training.train import Progress
    from scribe.weights import Weights
    from scribe.writer import Lines, Writer

__all__ = ["app", "main"]


class UsageError(ValueError):
    """Something asked for on the command line cannot be done; the message says what to do instead."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. No exception leaves it, but with ``SCRIBE_TRACEBACK`` set."""
    _open_streams()
    try:
        code = app.main(arguments, prog_name="scribe", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("SCRIBE_TRACEBACK"):
            raise
        code, message = _explained(error)
        _say(f"error: {message}")
        return code


def _open_streams() -> None:
    """Where a standard stream was closed (``>&-``), open one that leads nowhere: what is said to it is not missed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _explained(error: Exception) -> tuple[int, str]:
    """The exit code and the line for an error."""
    if isinstance(error, click.UsageError):
        hint = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        return 2, error.format_message().rstrip(".") + hint
    if isinstance(error, ModuleNotFoundError):
        return 2, f"{error.name} is not installed; pip install 'scribe-handwriting[train]' installs what training needs"
    if isinstance(error, (FileNotFoundError, IsADirectoryError, NotADirectoryError)):
        return 2, _system_message(error)
    if isinstance(error, ValueError):
        return 2, str(error)
    if isinstance(error, OSError):
        return 1, _system_message(error)
    if isinstance(error, MemoryError):
        return 1, "there is not enough memory"
    if type(error).__module__.startswith("scribe."):
        return 1, str(error)
    return 1, f"{type(error).__name__}: {error} (this should not happen; SCRIBE_TRACEBACK=1 shows where it does)"


def _system_message(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _say(message: str) -> None:
    """One line on the standard error stream, whatever is in the message."""
    with contextlib.suppress(BrokenPipeError):
        print(f"scribe: {' '.join(str(message).split())}", file=sys.stderr, flush=True)


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    context_settings=_HELP,
    no_args_is_help=False,
    epilog="Each command explains itself: scribe write --help. SCRIBE_TRACEBACK=1 shows where an error comes from.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda *of: _print_version(*of),
    help="Show the version.",
)
def app() -> None:
    """Handwriting by a neural network: write it, learn it, measure it."""


def _print_version(context: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from importlib import metadata

        try:
            print(f"scribe {metadata.version('scribe-handwriting')}")
        except metadata.PackageNotFoundError:
            print("scribe, not installed but run from its folder")
        context.exit()


@app.group("corpus", no_args_is_help=False)
def corpus_app() -> None:
    """Collections of handwriting: make them, look into them."""


class _Range(click.FloatRange):
    """A number in a range. Infinity is not a number, and nor is what is not a number."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        number = super().convert(value, param, context)
        if not abs(number) < float("inf"):
            self.fail(f"{value!r} is not a finite number.", param, context)
        return number


# Paths are checked where they are used: there the message can say what to do.
_PATH = click.Path(path_type=Path)


# --- files ------------------------------------------------------------------------------------------------------


def _output(path: Path, endings: Sequence[str]) -> str:
    """The ending of a path that can be written to. Better to know before the work is done than after.

    Raises:
        UsageError: if the ending is none of ``endings`` or the folder does not exist.
        PermissionError: if the folder cannot be written.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in endings:
        raise UsageError(
            f"{path}: the name must end in {', '.join('.' + e for e in endings)}; the ending says what it will be"
        )
    if path.is_dir():
        raise UsageError(f"{path} is a folder; give the name of a file")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"{path}: the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(
            13, "the folder cannot be written; choose another one, or change its permissions", str(folder)
        )
    return ending


def _save(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it: all of it is there, or the old file stays."""
    path = path.resolve()
    if path.exists() and not path.is_file():  # a device or a pipe has no old content to lose
        path.write_bytes(content)
        return
    try:
        with replacing(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise type(error)(error.errno, f"it could not be written: {error.strerror}", str(path)) from error


def _read_text(words: Sequence[str]) -> str:
    """The text that was asked for: the arguments, or what comes in on the standard input for ``-``."""
    if list(words) != ["-"]:
        return " ".join(words)
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the text is not UTF-8: byte {error.start + 1} is {error.object[error.start]:#04x}"
        ) from error


# --- write ------------------------------------------------------------------------------------------------------

FORMATS = ("svg", "png", "gif", "json", "inkml")


@app.command(
    epilog="""\b
Examples:
  scribe write "You know nothing Jon Snow" -o jon.svg
  scribe write Neat and tidy -o neat.png --bias 2 --seed 7
  scribe write "In another hand" -o hand.svg --style hand.json
  scribe write - -o letter.svg --width 50 < letter.txt
  scribe write "On paper" -o plot.svg --mm 180
  scribe write "Watch the pen" -o pen.gif
  scribe write "Without a slip" -o clean.svg --proofread 8
  scribe write -o minus.svg -- "-1 is less than 0"
"""
)
@click.argument("text", nargs=-1)
@click.option("-o", "--output", type=_PATH, required=True, help="The file: .svg, .png, .gif (animated), .json, .inkml.")
@click.option(
    "--bias", type=_Range(-1, 50), default=0.5, show_default=True, help="0 is as wild as people are, 2 is like print."
)
@click.option(
    "--bias-rule",
    type=click.Choice(["graves", "post"]),
    default="graves",
    show_default=True,
    help="How the bias narrows the choice of points: Graves' rule, or the one printed in the post of 2016.",
)
@click.option(
    "--style", help="In this hand: a name, see scribe styles; or a .json or .inkml file of ink and what it says."
)
@click.option("--one-hand", is_flag=True, help="All lines follow the hand of the first one.")
@click.option(
    "--proofread",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Write each word N times, and more often while none reads right, and go on from the one that reads best.",
)
@click.option("--reader", default="reader", show_default=True, help="The weights that read, for --proofread.")
@click.option("--seed", type=click.IntRange(0), help="The same seed writes the same ink. Without it, always another.")
@click.option(
    "--weights", default="default", show_default=True, help="A name that comes with scribe, or a .safetensors file."
)
@click.option("--width", type=click.IntRange(1), default=40, show_default=True, help="Characters a line.")
@click.option(
    "--align",
    type=click.Choice(["left", "centre", "right"]),
    default="left",
    show_default=True,
    help="Where lines start or end.",
)
@click.option(
    "--line-height", type=_Range(max=1000), default=3.5, show_default=True, help="Line to line, in heights of an x."
)
@click.option(
    "--pen", type=_Range(max=1000), default=0.13, show_default=True, help="Width of the pen, in heights of an x."
)
@click.option("--colour", help="Of the ink: a name or #rrggbb. SVG takes that of the text around it if not given.")
@click.option("--paper", help="Its colour, or none for clear. If not given, SVG is clear, PNG and GIF white.")
@click.option("--pixels", type=click.IntRange(1, 30000), help="Width of the picture (.svg, .png, .gif).")
@click.option(
    "--mm",
    "millimetres",
    type=_Range(1, 10_000),
    help="Width of the picture on paper, in mm (.svg).",
)
@click.option("--replace-unknown", is_flag=True, help="Write e for \u00e9 and such, and leave out the impossible.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing when all went well.")
def write(
    text: tuple[str, ...],
    output: Path,
    bias: float,
    bias_rule: str,
    style: str | None,
    one_hand: bool,
    seed: int | None,
    weights: str,
    width: int,
    align: str,
    line_height: float,
    proofread: int | None,
    reader: str,
    replace_unknown: bool,
    quiet: bool,
    **look: Any,
) -> None:
    """Write TEXT by hand.

    TEXT may be several words without quotes. "-" reads it from the standard input. Its line breaks and empty lines are
    kept, and lines that are too long are wrapped.
    """
    ending = _output(output, FORMATS)
    _check_look(ending, **look)
    if not line_height > 0:
        raise UsageError("--line-height must be above 0")
    if proofread is None and _given("reader"):
        raise UsageError("--reader is for --proofread")

    # A line is written one product of a matrix and a vector after the other: a second thread has nothing to win there,
    # and where another program is busy on its core, everything waits for it. To be set before NumPy is loaded.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from scribe.layout import set_page
    from scribe.measure.texts import LONGEST
    from scribe.writer import Writer

    writer = Writer.load(weights)
    lines: list[str | None] = [None]
    if writer.weights.architecture.window:
        words = unicodedata.normalize("NFC", _read_text(text))
        if not words.strip():
            raise UsageError("there is nothing to write: the text is empty")
        lines = list(_lines(words, writer.weights.alphabet, width, replace_unknown))
    elif text:
        raise UsageError(f"the weights {weights} write without a text; leave it out")
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    hand = _style(style, writer.weights, replace_unknown)
    origin: dict[str, object] = {}
    write_many = writer.write_many
    if proofread is not None:
        write_many, origin["proofread"] = _proofreading(writer, reader, proofread, quiet), proofread
    longest = max(len(line or "") for line in lines)
    if longest > LONGEST:
        _say(f"warning: lines of more than {LONGEST} characters may lose their way; --width 40 wraps them")
    inks = _written(write_many, lines, one_hand, bias=bias, bias_rule=bias_rule, style=hand, seed=seed)
    page = set_page(inks, line_height=line_height, align=align)
    origin |= {"weights": writer.weights.name, "bias": bias, "bias_rule": bias_rule, "seed": seed}
    content = _picture(ending, page, "\n".join(line or "" for line in lines), origin, **look)
    _save(output, content)
    if ending in ("json", "inkml"):
        from scribe.drawing.canvas import LARGEST_FILE, MOST_POINTS

        if len(content) > LARGEST_FILE or len(page) > MOST_POINTS:
            _say(f"warning: {output} is too large to be read again; write a page at a time for that")
    if ending in ("png", "gif") and look["pixels"] is not None:
        from scribe.draw import pixel_size

        size, _ = pixel_size(page, ending, width=look["pixels"], pen=look["pen"])
        if size < look["pixels"]:
            _say(f"warning: {output} is {size:,} pixels wide; a .{ending} this large would not open everywhere")
    if not quiet:
        count = sum(map(bool, lines)) or 1
        _say(f"{output}: {count} line{'s' * (count > 1)}, {len(page)} points, seed {seed}")


def _check_look(
    ending: str, pen: float, colour: str | None, paper: str | None, pixels: int | None, millimetres: float | None
) -> None:
    if not pen > 0:
        raise UsageError("--pen must be above 0")
    if millimetres is not None and (ending != "svg" or pixels is not None):
        raise UsageError("--mm is for .svg, and not together with --pixels")
    if ending in ("json", "inkml"):
        for name in ("pixels", "pen", "colour", "paper"):
            if _given(name):
                raise UsageError(f"--{name} has no meaning for .{ending}, which keeps the ink itself")
    if ending == "gif" and paper == "none":
        raise UsageError("an animated .gif cannot have clear paper; choose a colour")
    for name, value in (("colour", colour), ("paper", paper)):
        if value is not None and (name, value) != ("paper", "none"):
            _check_colour(name, value, ending)


def _check_colour(option: str, value: str, ending: str) -> None:
    from PIL import ImageColor

    if ending == "svg" and value == "currentColor":
        return
    try:
        ImageColor.getrgb(value)
    except ValueError as error:
        raise UsageError(f"--{option} {value!r} is no colour; give a name such as darkblue, or #rrggbb") from error


def _given(option: str) -> bool:
    """Whether an option stands on the command line, be it with its default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE


def _lines(text: str, alphabet: Alphabet, width: int, replace_unknown: bool) -> list[str]:
    """The text in lines that can be written; ``""`` is an empty line.

    Raises:
        UsageError: for characters that cannot be written, or if nothing is left without them.
    """
    from scribe.layout import wrap

    rows = text.splitlines()
    found = [(r, c) for r, row in enumerate(rows) for c, char in enumerate(row) if not _known(char, alphabet)]
    if found and not replace_unknown:
        raise UsageError(_unknown_message(rows, found, alphabet))
    if found:
        dropped = sorted({rows[r][c] for r, c in found if not alphabet.replace_unknown(rows[r][c])})
        rows = [alphabet.replace_unknown("".join(" " if c.isspace() else c for c in row)) for row in rows]
        if dropped:
            _say(f"warning: left out what has no look-alike: {', '.join(map(repr, dropped))}")
    lines = wrap("\n".join(rows), width)
    if not lines:
        raise UsageError("there is nothing to write: no character of the text is known to the network")
    return lines


def _known(character: str, alphabet: Alphabet) -> bool:
    # White space of any kind becomes a space or a line break.
    return character.isspace() or character in alphabet.characters


def _unknown_message(rows: Sequence[str], found: Sequence[tuple[int, int]], alphabet: Alphabet) -> str:
    row, column = found[0]
    character = rows[row][column]
    place = f"character {column + 1}" + (f" of line {row + 1}" if len(rows) > 1 else "")
    name = unicodedata.name(character, "no name")
    message = f"{place}, {character!r} (U+{ord(character):04X}, {name}), cannot be written"
    stand_in = alphabet.replace_unknown(character)
    message += f"; {stand_in!r} can stand in for it" if stand_in else "; nothing looks like it"
    others = sorted({rows[r][c] for r, c in found} - {character})
    if others:
        message += f". Nor can {', '.join(map(repr, others[:10]))}{' and others' if len(others) > 10 else ''}"
    return message + ". --replace-unknown writes look-alikes and leaves out the rest"


def _style(name_or_path: str | None, weights: Weights, replace_unknown: bool) -> tuple[Ink, str] | None:
    if name_or_path is None:
        return None
    path = Path(name_or_path)
    if not path.suffix and path.name == name_or_path:
        from scribe.styles import StyleError, load_style

        try:
            return load_style(name_or_path, weights.points_per_character)
        except StyleError as error:
            raise UsageError(f"{error}. A file of ink ends in .json or .inkml") from error
    from scribe.drawing.canvas import read_line

    ink, text = read_line(path, weights.points_per_character)
    text = unicodedata.normalize("NFC", text)
    alphabet = weights.alphabet
    for character in text:
        stand_in = alphabet.replace_unknown(character)
        if character != stand_in and not (replace_unknown and stand_in):
            advice = "; --replace-unknown takes it for its look-alike" if stand_in else ""
            raise UsageError(f"the style {path} says {character!r}, which the network does not know{advice}")
    return ink, alphabet.replace_unknown(text)


def _proofreading(writer: Writer, name: str, candidates: int, quiet: bool) -> Callable[..., Lines]:
    """Something like :meth:`Writer.write_many` that writes each word so often, and says how it reads."""
    from scribe.proofread import proofread
    from scribe.reader import Reader

    reader = Reader.load(name)

    def write_many(texts: Sequence[str], **options: Any) -> Lines:
        lines = proofread(writer, reader, texts, candidates, **options)
        for text, reading in zip(texts, lines.readings, strict=True):
            if not quiet:
                wrong = f"{reading.errors} of {len(text)} characters wrong"
                _say(f'read as "{reading.text}" - {wrong}, best of {candidates}')
        return lines

    return write_many


def _written(
    write_many: Callable[..., Lines], lines: Sequence[str | None], one_hand: bool, **options: Any
) -> list[Ink]:
    """The ink of each line; an empty line has no points. Says which lines were cut off."""
    import numpy as np

    from scribe.ink import Ink

    numbers = [i for i, line in enumerate(lines) if line != ""]
    texts = [lines[i] for i in numbers]
    if one_hand and len(texts) > 1 and options["style"] is None:
        first = write_many(texts[:1], **options)
        options |= {"style": (first[0], texts[0]), "seed": options["seed"] + 1}
        rest = write_many(texts[1:], **options)
        written, reasons = [*first, *rest], first.stop_reasons + rest.stop_reasons
    else:
        made = write_many(texts, **options)
        written, reasons = list(made), made.stop_reasons
    inks = [Ink(np.zeros((0, 3), np.float32))] * len(lines)
    for i, ink in zip(numbers, written, strict=True):
        inks[i] = ink
    cut = [i for i, reason in zip(numbers, reasons, strict=True) if reason == "cap" and lines[i] is not None]
    for i in cut[:5]:
        _say(
            f"warning: line {i + 1}, {lines[i]!r}, was cut off: it had not come to its end after {len(inks[i])} points"
        )
    if len(cut) > 5:
        _say(f"warning: {len(cut) - 5} more lines were cut off")
    return inks


def _picture(
    ending: str,
    ink: Ink,
    text: str,
    origin: dict[str, object],
    pen: float,
    colour: str | None,
    paper: str | None,
    pixels: int | None,
    millimetres: float | None,
) -> bytes:
    """The content of a file of ink."""
    if ending in ("json", "inkml"):
        from scribe.drawing.canvas import to_inkml, to_json

        return (to_json if ending == "json" else to_inkml)(ink, text, origin).encode()
    from scribe import draw

    options: dict[str, Any] = {"pen": pen}
    if colour is not None:
        options["colour"] = colour
    if paper is not None:
        options["paper"] = None if paper == "none" else paper
    title = " ".join(text.split())
    title = title if len(title) <= 100 else title[:97] + "..."
    if ending == "svg":
        size = {"width": millimetres, "unit": "mm"} if millimetres else {"width": pixels}
        description = f"Handwriting by a neural network: {text}" if text else "Handwriting by a neural network"
        return draw.to_svg(ink, title=title or "Handwriting", description=description, **size, **options).encode()
    if ending == "png":
        return draw.to_png(ink, title=title or "Handwriting", width=pixels, **options)
    return draw.to_gif(ink, width=pixels, **options)


@app.command(epilog='Example: scribe write "In this hand" -o hand.svg --style NAME')
def styles() -> None:
    """The hands that come with scribe, for scribe write --style."""
    from scribe.styles import load_styles

    found = load_styles()
    width = max(map(len, found), default=0)
    for name, one in sorted(found.items(), key=lambda item: (item[1].kind, item[0])):
        print(f"{name:{width}}  {one.description}")


# --- read -------------------------------------------------------------------------------------------------------


@app.command(epilog="Example: scribe read drawing.json")
@click.argument("files", type=_PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--weights", default="reader", show_default=True, help="A name that comes with scribe, or a file.")
@click.option(
    "--beam", type=click.IntRange(1, 1000), default=8, show_default=True, help="Beginnings kept; 1 is quick and simple."
)
def read(files: Sequence[Path], weights: str, beam: int) -> None:
    """Read ink as text, a line of it as a line.

    Each FILE is .json or .inkml, as the book's pages and "scribe write" save it.
    """
    from scribe.drawing.canvas import CanvasError, load
    from scribe.reader import Reader, ReadingError

    reader = Reader.load(weights)
    for path in files:
        drawing = load(path)
        try:
            print(reader.read_page(drawing, beam))
        except (CanvasError, ReadingError) as error:
            raise UsageError(f"{path}: {error}") from error


# --- corpora ----------------------------------------------------------------------------------------------------

_CORPUS_OUTPUT = click.option("-o", "--output", type=_PATH, required=True, help="The corpus to write, .npz.")


@corpus_app.command("fonts", epilog="Example: scribe corpus fonts -o fonts.npz --lines 2000")
@_CORPUS_OUTPUT
@click.option("--lines", type=click.IntRange(0), default=2000, show_default=True, help="How many lines.")
@click.option("--words", type=click.IntRange(0), default=0, show_default=True, help="How many single words on top.")
@click.option("--writers", type=click.IntRange(1), help="How many synthetic writers; if not given, one for 20 samples.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same corpus.")
def corpus_fonts(output: Path, lines: int, words: int, writers: int | None, seed: int) -> None:
    """Synthetic handwriting by the single-line fonts that come with scribe."""
    _output(output, ("npz",))
    from scribe.corpora import fonts

    _save_corpus(fonts.generate(lines, words=words, seed=seed, writers=writers), output)


@corpus_app.command("canvas", epilog="Example: scribe corpus canvas line1.json line2.json -o mine.npz")
@click.argument("files", type=_PATH, nargs=-1, required=True, metavar="FILE...")
@_CORPUS_OUTPUT
@click.option("--writer", default="me", show_default=True, help="A label for whoever wrote them.")
def corpus_canvas(files: Sequence[Path], output: Path, writer: str) -> None:
    """Your own handwriting, to fine-tune with.

    Each FILE is .json or .inkml, a line each, as the book's pages save it; it must say what is written in it.
    """
    _output(output, ("npz",))
    from scribe.drawing.canvas import corpus_of

    _save_corpus(corpus_of(files, writer=writer), output)


@corpus_app.command(
    "unipen",
    epilog="""\b
Examples:
  scribe corpus unipen -o unipen.npz
  scribe corpus unipen unipen-CDROM-train_r01_v07.tgz -o unipen.npz
""",
)
@click.argument("archive", type=_PATH, required=False)
@_CORPUS_OUTPUT
def corpus_unipen(archive: Path | None, output: Path) -> None:
    """Real handwriting by more than 500 people: UNIPEN.

    ARCHIVE is that of UNIPEN train_r01_v07 (CC BY 4.0). Without it, it is downloaded.
    """
    _output(output, ("npz",))
    from scribe.cores import cores
    from scribe.corpora import unipen, unipen_archive

    with _bar() as progress:
        if archive is None:
            archive = unipen_archive.download(progress=progress)
        corpus = unipen.read_unipen(archive, processes=cores(), progress=progress)
    _save_corpus(corpus, output)


@corpus_app.command("iam", epilog="Example: scribe corpus iam lineStrokes-all.tar.gz ascii-all.tar.gz -o iam.npz")
@click.argument("strokes", type=_PATH)
@click.argument("texts", type=_PATH)
@_CORPUS_OUTPUT
@click.option("--originals", type=_PATH, help="original-xml-all.tar.gz, which tells who wrote what.")
def corpus_iam(strokes: Path, texts: Path, output: Path, originals: Path | None) -> None:
    """Your own copy of IAM-OnDB.

    STROKES is lineStrokes-all.tar.gz and TEXTS is ascii-all.tar.gz, or the folders they were unpacked to. One must
    register for them, and may not pass them on.
    """
    _output(output, ("npz",))
    from scribe.corpora.iam import read_iam

    _save_corpus(read_iam(strokes, texts, originals), output)


@corpus_app.command("proofread", epilog="Example: scribe corpus proofread unipen.npz -o legible.npz")
@click.argument("corpus", type=_PATH)
@_CORPUS_OUTPUT
@click.option("--reader", default="reader", show_default=True, help="Name of weights that come with scribe, or a file.")
@click.option("--worst", type=_Range(0, 1), default=0.35, show_default=True, help="Share of characters misread.")
@click.option("--strict", is_flag=True, help="Leave out what is not read well, too: signs count, none is forgiven.")
def corpus_proofread(corpus: Path, output: Path, reader: str, worst: float, strict: bool) -> None:
    """Leave out of CORPUS what a reader cannot read.

    Scribble and wrong labels teach nobody to write. Held-out writers stay as they are. What has a rare character stays,
    and one error is forgiven; with --strict neither, for a network that is to write neatly.
    """
    _output(output, ("npz",))
    from scribe.corpora.corpus import Corpus
    from scribe.proofread import proofread_corpus
    from scribe.reader import Reader

    with _bar() as progress:
        rest = proofread_corpus(Corpus.load(corpus), Reader.load(reader), worst, strict=strict, progress=progress)
    _save_corpus(rest, output)


@corpus_app.command("info")
@click.argument("corpus", type=_PATH)
def corpus_info(corpus: Path) -> None:
    """What a corpus holds, its source and licence, as JSON."""
    from scribe.corpora.corpus import Corpus

    _print_json(Corpus.load(corpus).summary())


@corpus_app.command(
    "sheet",
    epilog="""\b
Examples:
  scribe corpus sheet unipen.npz -o lines.png --kind line
  scribe corpus sheet unipen.npz -o one.pdf --writer aga-008 --rows 20
""",
)
@click.argument("corpus", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="The picture to write: .png, .svg or .pdf.")
@click.option("--kind", type=click.Choice(["line", "word"]), help="Only lines, or only words.")
@click.option("--writer", help="Only by this writer.")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), help="Only of this split.")
@click.option("--rows", type=click.IntRange(1, 200), default=15, show_default=True, help="Rows of the page.")
@click.option("--columns", type=click.IntRange(1, 20), help="Columns; if not given, 4 for words and 1 for lines.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, other samples.")
def corpus_sheet(
    corpus: Path,
    output: Path,
    kind: str | None,
    writer: str | None,
    split: str | None,
    rows: int,
    columns: int | None,
    seed: int,
) -> None:
    """Draw random samples under their labels, to check one against the other."""
    ending = _output(output, ("png", "svg", "pdf"))
    import io

    import numpy as np

    from scribe.corpora.corpus import Corpus
    from scribe.draw import sheet_figure

    chosen = Corpus.load(corpus)
    if kind is not None:
        chosen = chosen.of_kind(kind)
    if split is not None:
        chosen = chosen.split(split)
    if writer is not None:
        names = list(chosen.writer_splits)
        if writer not in names:
            raise UsageError(f"no sample is by {writer!r}; there are {len(names)} writers: {', '.join(names[:5])}, ...")
        chosen = chosen.subset(chosen.writers == names.index(writer))
    if not len(chosen):
        raise UsageError("the corpus holds no such samples")
    columns = columns or (4 if kind == "word" else 1)
    numbers = np.random.default_rng(seed).permutation(len(chosen))[: rows * columns]
    file = io.BytesIO()
    figure = sheet_figure([chosen[int(i)] for i in numbers], columns=columns)
    figure.savefig(file, format=ending, dpi=120)
    _save(output, file.getvalue())
    _say(f"{output}: {len(numbers)} of {len(chosen)} samples")


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[float, str], None]]:
    """A progress bar on a terminal: give it the share that is done and what is being done."""
    if not sys.stderr.isatty():
        yield lambda share, what: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)


def _save_corpus(corpus: Corpus, path: Path) -> None:
    corpus.save(path)
    held = corpus.summary()
    _say(f"{path}: {held['lines']} lines and {held['words']} words by {held['writers']} writers")


def _print_json(content: object) -> None:
    import json

    text = json.dumps(content, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a terminal that does not know some character of a name
        text = json.dumps(content, indent=2)
    print(text)


# --- learning ---------------------------------------------------------------------------------------------------


@app.command(
    epilog="""\b
Examples:
  scribe train unipen.npz -o runs/first
  scribe train unipen.npz -o runs/first --resume --updates 20000
  scribe train fonts.npz -o runs/small --units 100 --updates 2000
  scribe train unipen.npz -o runs/more --begin-with default --learning-rate 0.001 --updates 1000
"""
)
@click.argument("corpus", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="The folder for checkpoint, log, samples and weights.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
@click.option("--begin-with", metavar="WEIGHTS", help="A name, or a file: train these further, at their sizes.")
@click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 12000]")
@click.option("--units", type=click.IntRange(1), help="Of each LSTM layer. [default: 256]")
@click.option("--layers", type=click.IntRange(1), help="LSTM layers. [default: 3]")
@click.option("--window", type=click.IntRange(0), help="Gaussians over the text; 0 learns without one. [default: 1]")
@click.option("--mixtures", type=click.IntRange(1), help="Gaussians for the next point. [default: 20]")
@click.option("--peepholes/--no-peepholes", default=None, help="Whether gates see the cell. [default: no-peepholes]")
@click.option("--weight-noise", type=_Range(0), help="Graves' regulariser; he begins at 0.075. [default: 0]")
@click.option("--learning-rate", type=_Range(0, min_open=True), help="At its highest. [default: 0.0015]")
@click.option("--warmup", type=click.IntRange(0), help="Updates until it is there. [default: 100]")
@click.option("--decay", type=click.IntRange(0), help="Updates at the end in which it falls. [default: 500]")
@click.option("--batch-points", type=click.IntRange(1), help="Points in a batch. [default: 4000]")
@click.option("--longest", type=click.IntRange(2), help="Points of the longest line that is used. [default: 1100]")
@click.option("--curriculum", type=click.IntRange(0), help="Updates until long lines come. [default: 4000]")
@click.option("--rarity", type=_Range(0), help="How much oftener rare characters come. [default: 0.5]")
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
    default="You know nothing Jon Snow",
    show_default=True,
    help="What is drawn after each validation, so that you see it learn; an empty text draws nothing.",
)
def train(corpus: Path, output: Path, resume: bool, sample: str, begin_with: str | None, **settings: Any) -> None:
    """Learn to write from CORPUS.

    Needs Keras: pip install 'scribe-handwriting[train]'. Ctrl-C ends it after the current update; --resume goes on from
    there, and after a crash from the last checkpoint.
    """
    if resume and begin_with:
        raise UsageError("a resumed training goes on from its checkpoint; leave out --begin-with")
    from scribe.weights import NETWORK_SIZES

    sizes = [name for name in NETWORK_SIZES if settings[name] is not None]
    if begin_with and sizes:
        raise UsageError(f"the weights of --begin-with have sizes already; leave out --{sizes[0]}")
    if begin_with and settings["curriculum"]:
        raise UsageError("with --begin-with long lines come at once; leave out --curriculum")
    _check_sample(sample)
    given, loaded = _training(corpus, output, resume, settings)
    from scribe.training.export import export_checkpoint
    from scribe.training.train import Settings
    from scribe.training.train import train as run
    from scribe.weights import load_weights, save_weights

    weights = load_weights(begin_with) if begin_with else None
    with _TrainingReport(output, sample) as report:
        run(
            loaded,
            output,
            _settings(Settings, output, resume, given),
            resume=resume,
            report=report.update,
            on_validation=report.draw,
            weights=weights,
        )
    path = output / "weights.safetensors"
    learned = export_checkpoint(output, name=output.resolve().name)
    save_weights(path, learned)
    if not report.finished:
        _say(f"stopped early; --resume goes on. {path} is what it has learned so far")
        raise click.exceptions.Exit(130)
    _say_done("It works", learned, path)


@app.command(
    epilog="""\b
Examples:
  scribe finetune mine.npz -o mine.safetensors
  scribe finetune mine.npz -o mine.safetensors --weights default --updates 60
"""
)
@click.argument("corpus", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="The weights to write, .safetensors.")
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
    _output(output, ("safetensors",))
    from scribe.corpora.corpus import Corpus
    from scribe.weights import load_weights, save_weights

    start, loaded = load_weights(weights), Corpus.load(corpus)
    _check_texts(loaded, corpus, start.alphabet)
    samples = list(loaded.split("train"))
    _start_keras()
    from scribe.training.finetune import finetune as run

    def report(update: int, nats: float) -> None:
        if update == 1 or update % 10 == 0 or update == options["updates"]:
            _say(f"update {update} of {options['updates']}: {nats:.3f} nats a point")

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
@click.argument("corpus", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="The folder for checkpoint, log and weights.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
@click.option("--updates", type=click.IntRange(1), help="When to stop. [default: 12000]")
@click.option("--units", type=click.IntRange(1), help="Of each LSTM in each direction. [default: 128]")
@click.option("--layers", type=click.IntRange(1), help="LSTM layers. [default: 2]")
@click.option("--moves", type=click.IntRange(1), help="Moves of the pen a frame. [default: 3]")
@click.option("--dropout", type=_Range(0, 1, max_open=True), help="Outputs left out. [default: 0.1]")
@click.option("--learning-rate", type=_Range(0, min_open=True), help="At its highest. [default: 0.003]")
@click.option("--warmup", type=click.IntRange(0), help="Updates until it is there. [default: 100]")
@click.option("--decay", type=click.IntRange(0), help="Updates at the end in which it falls. [default: 2000]")
@click.option("--batch-frames", type=click.IntRange(1), help="Frames in a batch. [default: 4096]")
@click.option("--curriculum", type=click.IntRange(0), help="Updates until long lines come. [default: 300]")
@click.option("--rarity", type=_Range(0), help="How much oftener rare characters come. [default: 0.5]")
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

    with _TrainingReport(output, "", "a character", "{:.1%} of characters read wrongly") as report:
        run(loaded, output, _settings(ReaderSettings, output, resume, given), resume=resume, report=report.update)
    path = output / "weights.safetensors"
    save_reader(path, export_reader(output, name=output.resolve().name))
    if not report.finished:
        _say(f"stopped early; --resume goes on. {path} is what it has learned so far")
        raise click.exceptions.Exit(130)
    _say(f"done; scribe read drawing.json --weights {path}")


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
    _start_keras()
    return given, loaded


def _settings(kind: type, output: Path, resume: bool, given: dict[str, Any]) -> Any:
    """The settings of a training; when it is resumed, those of its first run but for what was given."""
    from scribe.training.loop import CHECKPOINT, first_settings

    return replace(first_settings(kind, output / CHECKPOINT), **given) if resume else kind(**given)


def _check_sample(sample: str) -> None:
    """Better to know before the training than at its first validation, when updates would be lost."""
    from scribe.alphabet import ASCII, UnknownCharacterError

    try:
        ASCII.encode(sample)
    except UnknownCharacterError as error:
        raise UsageError(f"--sample: {error}") from error


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
    _say(f"done; scribe write {words}-o it.svg --weights {path}")


def _start_keras() -> None:
    """Import Keras without what TensorFlow's libraries write past Python about processors and absent GPUs."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        if not os.environ.get("SCRIBE_TRACEBACK"):
            os.dup2(nowhere, 2)
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow

            tensorflow.config.list_physical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class _TrainingReport:
    """Tells how a training comes along: a bar on a terminal, else a line now and then; and draws samples."""

    SECONDS = 20.0

    def __init__(
        self, folder: Path, sample: str, counted: str = "a point", validated: str = "validation {:.3f}"
    ) -> None:
        self.finished = True
        self._folder = folder
        self._sample = sample
        self._counted = counted
        self._validated = validated
        self._nats: float | None = None  # None before the first update
        self._pace = 0.0
        self._validation: float | None = None
        self._begun = self._said = 0.0
        self._first = 0
        self._bar: Any = None

    def __enter__(self) -> _TrainingReport:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("update"),
                MofNCompleteColumn(),
                BarColumn(None),
                TextColumn("{task.description}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Take note of one update."""
        import time

        now = time.monotonic()
        if self._nats is None:
            self._begun, self._first = now, progress.update
            self._nats, self._pace = progress.nats, progress.points_per_second
        self._nats += 0.02 * (progress.nats - self._nats)
        self._pace += 0.02 * (progress.points_per_second - self._pace)
        if progress.validation is not None:
            self._validation = progress.validation
        self.finished = progress.update >= progress.updates
        told = f"{self._nats:.3f} nats {self._counted}, {self._pace:,.0f} points a second"
        if self._validation is not None:
            told += ", " + self._validated.format(self._validation)
        if progress.refused:
            told += f", {progress.refused} updates undone that were not finite"
        if self._bar is not None:
            self._bar.update(self._task, total=progress.updates, completed=progress.update, description=told)
        elif now - self._said >= self.SECONDS or progress.validation is not None or self.finished:
            self._said = now
            done = progress.update - self._first
            if done and not self.finished:
                told += f", {_duration((now - self._begun) / done * (progress.updates - progress.update))} left"
            _say(f"update {progress.update} of {progress.updates}: {told}")

    def draw(self, network: Any, update: int) -> None:
        """Write the sample with a network as it stands."""
        import json

        from scribe.draw import to_svg
        from scribe.training.export import weights_of
        from scribe.weights import WeightsError
        from scribe.writer import Writer

        if not self._sample.strip():
            return
        scale = json.loads((self._folder / "settings.json").read_text())["offset_scale"]
        try:
            weights = weights_of(network, scale)
            text = self._sample if weights.architecture.window else None
            (ink,) = Writer(weights).write_many([text], seed=0)
        except WeightsError as error:
            _say(f"warning: no sample after update {update}: {error}")
            return
        folder = self._folder / "samples"
        folder.mkdir(exist_ok=True)
        title = f"{self._sample}, after {update} updates"
        _save(folder / f"{update:07d}.svg", to_svg(ink, title=title, paper="#ffffff", colour="#1b2438").encode())


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


@app.command(
    epilog="""\b
Examples:
  scribe evaluate default unipen.npz -o scores.json --figure scores.svg
  scribe evaluate runs/a/weights.safetensors unipen.npz --part likelihood --against runs/no-text/weights.safetensors
  scribe evaluate default --part stopping --stop-lines 200
"""
)
@click.argument("weights")
@click.argument("corpus", type=_PATH, required=False)
@click.option("-o", "--output", type=_PATH, help="Where the record goes, .json; without it, to the standard output.")
@click.option("--figure", type=_PATH, help="A figure of what can be read: .png, .svg or .pdf.")
@click.option(
    "--part",
    "parts",
    type=click.Choice(["likelihood", "legibility", "stopping"]),
    multiple=True,
    help="What to measure, more than once if you like. All that can be if not given.",
)
@click.option("--against", help="Other weights, measured on the same lines.")
@click.option("--reader", default="reader", show_default=True, help="Who reads: a name or a file; none reads nothing.")
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
@click.option("--lines", type=click.IntRange(1), default=256, show_default=True, help="At most so many of them.")
@click.option(
    "--bias",
    "biases",
    type=_Range(-1, 50),
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
    kind: str,
    **options: Any,
) -> None:
    """Measure WEIGHTS, as JSON: numbers with their units and intervals.

    How well the network foresees people's writing in CORPUS, how well a reader reads what it writes, and how often its
    lines end badly. WEIGHTS is a name that comes with scribe or a file. Takes minutes; all options make it shorter.
    """
    for path, endings in ((output, ("json",)), (figure, ("png", "svg", "pdf"))):
        if path is not None:
            _output(path, endings)
    if figure is not None and ((parts and "legibility" not in parts) or reader == "none"):
        raise UsageError("--figure shows what can be read; it needs --part legibility and a reader")
    if against is not None and (corpus is None or (parts and "likelihood" not in parts)):
        raise UsageError("--against compares on the lines of a corpus; give one, and --part likelihood if any")
    import json

    from scribe.corpora.corpus import Corpus
    from scribe.measure.evaluation import PARTS
    from scribe.measure.evaluation import evaluate as measure
    from scribe.reader import Reader
    from scribe.weights import load_weights

    network = load_weights(weights)
    if figure is not None and not network.architecture.window:
        raise UsageError(f"--figure shows what can be read, and {weights} write without a text; leave it out")
    reads = network.architecture.window and set(parts or PARTS) & {"legibility", "stopping"}
    loaded = None if corpus is None else Corpus.load(corpus)
    with _bar() as progress:
        record = measure(
            network,
            loaded,
            None if reader == "none" or not reads else Reader.load(reader),
            against=None if against is None else load_weights(against),
            parts=parts or PARTS,
            kind=None if kind == "all" else kind,
            report=progress,
            **options,
        )
    if output is None:
        _print_json(record)
    else:
        _save(output, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    if figure is not None:
        import io

        from scribe.figures import evaluation_figure

        file = io.BytesIO()
        evaluation_figure(record).savefig(file, format=figure.suffix.lower().lstrip("."), dpi=144)
        _save(figure, file.getvalue())


@app.command(
    epilog="""\b
Examples:
  scribe export runs/first -o weights.safetensors --half
  scribe export default --format web -o live.html
  scribe export mine.safetensors --format web -o scribe-weights-mine.js
"""
)
@click.argument("checkpoint", type=_PATH)
@click.option(
    "-o", "--output", type=_PATH, required=True, help="The file to write, .safetensors; for the web .js or .html."
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["safetensors", "web"]),
    default="safetensors",
    show_default=True,
    help="Weights for Python; or for a page: a script with the weights, or a whole page that writes.",
)
@click.option("--name", help="Of the weights; the name of the file if not given.")
@click.option("--last", is_flag=True, help="The weights of the last update, not their running average.")
@click.option("--half", is_flag=True, help="Keep numbers in half the space, with about three digits each.")
def export(checkpoint: Path, output: Path, kind: str, name: str | None, last: bool, half: bool) -> None:
    """Make weights that write, or read, from CHECKPOINT.

    CHECKPOINT is checkpoint.safetensors or the folder of a training. Needs Keras, the weights that are made do not.

    For the web, CHECKPOINT may also be weights: a .safetensors file or a name that comes with scribe. A .js goes beside
    the scripts of scribe/page, a .html is a page of its own.
    """
    if kind == "web":
        _export_for_the_web(checkpoint, output, name, last, half)
        return
    _output(output, ("safetensors",))
    if not checkpoint.exists():
        raise UsageError(f"there is no checkpoint at {checkpoint}")
    _start_keras()
    from scribe.reader import save_reader
    from scribe.training.export import export_checkpoint
    from scribe.training.reader import export_reader, is_reader
    from scribe.weights import save_weights

    name = name or output.stem
    if is_reader(checkpoint):
        reader = export_reader(checkpoint, name=name, average=not last)
        save_reader(output, reader, half=half)
        size = reader.size
    else:
        weights = export_checkpoint(checkpoint, name=name, average=not last)
        save_weights(output, weights, half=half)
        size = weights.size
    _say(f"{output}: {size:,} weights, {output.stat().st_size / 1e6:.1f} MB")


def _export_for_the_web(source: Path, output: Path, name: str | None, last: bool, half: bool) -> None:
    ending = _output(output, ("js", "html"))
    if half:
        raise UsageError("--half is for .safetensors; a page has fewer digits still")
    from scribe.page.export import standalone_page, web_weights
    from scribe.weights import load_weights

    if source.is_dir() or source.name == "checkpoint.safetensors":
        _start_keras()
        from scribe.training.export import export_checkpoint

        weights = export_checkpoint(source, name=name or output.stem, average=not last)
    elif last:
        raise UsageError("--last is for a checkpoint")
    else:
        weights = load_weights(str(source))
    # A page asks for scribe-weights-NAME.js by that name.
    name = name or (output.stem.removeprefix("scribe-weights-") if ending == "js" else weights.name)
    if ending == "js":
        content = web_weights(weights, name=name)
    else:
        named = replace(weights, name=name)
        content = standalone_page("You know nothing Jon Snow", weights=named, show="pen window mixture lens")
    _save(output, content.encode())
    _say(f"{output}: {weights.size:,} weights, {len(content) / 1e6:.1f} MB")
