"""``scribe write`` and ``scribe styles``."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scribe.cli.groups import app
from scribe.cli.paper import (
    ENDINGS,
    FORMATS,
    PAPER,
    check_paper,
    machine_of,
    page_content,
    paper_options,
    sheet_of,
    with_less_travel,
)
from scribe.cli.shared import (
    PATH,
    FiniteRange,
    UsageError,
    drawn_lines,
    output_ending,
    save,
    say,
    text_of,
    was_given,
)

if TYPE_CHECKING:
    from scribe.alphabet import Alphabet
    from scribe.hands import Hand
    from scribe.ink import Ink
    from scribe.layout import Page, Row, Sheet
    from scribe.weights import Weights
    from scribe.writer import Lines, Writer


@app.command(
    epilog="""\b
Examples:
  scribe write "You know nothing Jon Snow" -o jon.svg
  scribe write Neat and tidy -o neat.png --bias 2 --seed 7
  scribe write "In another hand" -o hand.svg --hand fern
  scribe write "In my own hand" -o mine.svg --hand me.hand
  scribe write "In somebody's" -o drawn.svg --hand drawn --seed 3
  scribe write - -o letter.svg --width 50 < letter.txt
  scribe write - -o letter.pdf --page a4 --reflow < letter.txt
  scribe write "On a card" -o card.pdf --page a6-landscape --ruling ruled
  scribe write "On paper" -o plot.gcode --x-height 3mm --optimise
  scribe write "On and on" -o - --format svg > on.svg
  scribe write "Watch the pen" -o pen.gif
  scribe write "Without a slip" -o clean.svg --proofread 8
  scribe write -o minus.svg -- "-1 is less than 0"
"""
)
@click.argument("text", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=PATH,
    required=True,
    help="The file: .svg, .png, .gif (animated), .pdf; .gcode, .hpgl, .dxf for plotters; .json, .inkml for the ink"
    " itself. - is the standard output. Several pages get a number each, but a .pdf holds them all.",
)
@click.option("--format", "kind", type=click.Choice(FORMATS), help="What the file is, if its ending doesn't say it.")
@click.option(
    "--bias",
    type=FiniteRange(-1, 50),
    default=0.5,
    show_default=True,
    help="0 is as wild as people are, 2 is like print.",
)
@click.option(
    "--bias-rule",
    type=click.Choice(["graves", "post"]),
    default="graves",
    show_default=True,
    help="How the bias narrows the choice of points: Graves' rule, or the one printed in the post of 2016.",
)
@click.option(
    "--style",
    help="In this hand: a name, see scribe styles; or a file of ink, of which a page gives a line: .json, .inkml, .xml"
    " (InkML), .svg, .unp or .dat (UNIPEN), .ndjson (Quick, Draw!).",
)
@click.option("--style-text", help="What the ink of the --style file says, if it doesn't tell; or a .txt file.")
@click.option(
    "--hand",
    help="Whose hand: a name, see scribe hands; a .hand file, see scribe hand; or drawn, for one that the seed draws.",
)
@click.option(
    "--guidance",
    type=FiniteRange(0, 4),
    default=1.0,
    show_default=True,
    help="How many times the --hand counts: 2 is more like it, takes twice the time and is a little harder to read.",
)
@click.option(
    "--one-hand/--many-hands",
    default=None,
    help="All lines follow the hand of the first one, or none does. On a --page they follow it if not given.",
)
@click.option(
    "--proofread",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Write each word N times, and more often while none reads right, and go on from the one that reads best.",
)
@click.option("--reader", default="reader", show_default=True, help="The weights that read, for --proofread.")
@click.option("--seed", type=click.IntRange(0), help="The same seed writes the same ink. Without it, always another.")
@click.option(
    "--weights", default="anyone", show_default=True, help="A name that comes with scribe, or a .safetensors file."
)
@click.option("--width", type=click.IntRange(1), default=40, show_default=True, help="Characters per line.")
@click.option(
    "--align",
    type=click.Choice(["left", "centre", "right"]),
    default="left",
    show_default=True,
    help="Where lines start or end.",
)
@click.option(
    "--line-height",
    type=FiniteRange(max=1000),
    default=3.5,
    show_default=True,
    help="Line to line, in heights of an x.",
)
@click.option(
    "--pen", type=FiniteRange(max=1000), default=0.13, show_default=True, help="Width of the pen, in heights of an x."
)
@click.option("--colour", help="Of the ink: a name or #rrggbb. SVG takes that of the text around it if not given.")
@click.option("--paper", help="Its colour, or none for clear. If not given, SVG is clear, PNG and GIF white.")
@click.option("--pixels", type=click.IntRange(1, 30000), help="Width of the picture (.svg, .png, .gif).")
@click.option(
    "--mm",
    "millimetres",
    type=FiniteRange(1, 10_000),
    help="Width of the picture on paper, in mm (.svg, .pdf, .gcode, .hpgl, .dxf).",
)
@paper_options
@click.option("--replace-unknown", is_flag=True, help="Write e for \u00e9 and such, and leave out the impossible.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing when all went well.")
def write(
    text: tuple[str, ...],
    output: Path,
    kind: str | None,
    bias: float,
    bias_rule: str,
    style: str | None,
    style_text: str | None,
    hand: str | None,
    guidance: float,
    one_hand: bool | None,
    seed: int | None,
    weights: str,
    width: int,
    align: str,
    line_height: float,
    proofread: int | None,
    reader: str,
    replace_unknown: bool,
    quiet: bool,
    pen: float,
    colour: str | None,
    paper: str | None,
    pixels: int | None,
    millimetres: float | None,
    **sheet_options: Any,
) -> None:
    """Write TEXT by hand.

    TEXT may be several words without quotes. "-" reads it from the standard input. Its line breaks and empty lines are
    kept, and lines that are too long are wrapped; a form feed begins a new page.
    """
    kind = output_ending(output, FORMATS, kind, ENDINGS)
    _check_look(kind, pen, colour, paper, pixels, millimetres)
    if not line_height > 0:
        raise UsageError("--line-height must be above 0")
    if proofread is None and was_given("reader"):
        raise UsageError("--reader is for --proofread")
    if hand is None and was_given("guidance"):
        raise UsageError("--guidance says how many times a --hand counts; give one")

    # A line is written one product of a matrix and a vector after the other: a second thread has nothing to win there,
    # and where another program is busy on its core, everything waits for it. To be set before NumPy is loaded.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from scribe.layout import plain_text, set_page
    from scribe.writer import Writer

    check_paper(kind, sheet_options, millimetres, bool(text))
    sheet = sheet_of(sheet_options, line_height, align, pen)
    pasted = plain_text(_read_text(text))
    writer = Writer.load(weights)
    words = ""
    if writer.weights.architecture.window:
        words = _words(pasted, writer.weights.alphabet, replace_unknown)
    elif text:
        raise UsageError(f"the weights {weights} write without a text; leave it out")
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    begun = _style(style, style_text, writer.weights, replace_unknown)
    _check_style(writer, style, begun)
    whose = _hand(hand, writer.weights, seed)
    origin: dict[str, object] = {}
    write_many = writer.write_many
    if writer.weights.architecture.window:
        write_many = _counting(writer)
    if proofread is not None:
        write_many, origin["proofread"] = _proofreading(writer, reader, proofread, quiet), proofread
    if hand is not None:
        origin |= {"hand": hand, "guidance": guidance}
    origin |= {"weights": writer.weights.name, "bias": bias, "bias_rule": bias_rule, "seed": seed}

    if one_hand is None:
        one_hand = sheet is not None and style is None and hand is None
    tries = _FIRST_LINES if proofread is None and writer.weights.architecture.window else 1
    desk = _Desk(
        write_many,
        one_hand,
        writer.weights,
        tries,
        bias=bias,
        bias_rule=bias_rule,
        style=begun,
        hand=whose,
        guidance=guidance,
        seed=seed,
    )
    if sheet is not None:
        pages, rows = _pages(desk, words, sheet, sheet_options["reflow"])
        count, points = sum(bool(row.text) for row in rows), sum(len(row.ink) for row in rows)
        said = "\n".join(row.text for row in rows)
    else:
        lines = _lines(words, width, sheet_options["reflow"]) if words else [None]
        inks = desk.write(lines)
        ink = set_page(inks, line_height=line_height, align=align, loose=sheet_options["loose"])
        count, points, said = sum(map(bool, lines)) or 1, len(ink), "\n".join(line or "" for line in lines)
        if kind in PAPER or sheet_options["x_height"] or sheet_options["optimise"]:
            pages = [_fitted(ink, sheet_options["x_height"], millimetres, pen, said)]
        else:
            pages = []
    if pages and sheet_options["optimise"]:
        start = machine_of(sheet_options).on_page if kind == "gcode" else lambda page: (0.0, page.height)
        pages = with_less_travel(pages, start)
    if pages:
        contents = page_content(kind, pages, sheet_options, _title(said), _description(said), colour, paper, pixels)
    else:
        contents = [_picture(kind, ink, said, origin, pen, colour, paper, pixels, millimetres)]
    names = _save_all(output, contents)
    if not pages:
        _warn_of_size(kind, output, contents[0], ink, pixels, pen)
    if not quiet:
        sheets = f" on {len(pages)} page{'s' * (len(pages) > 1)}" if sheet is not None else ""
        say(f"{names}: {count} line{'s' * (count > 1)}{sheets}, {points} points, seed {seed}")


def _pages(desk: _Desk, words: str, sheet: Sheet, reflow: bool) -> tuple[list[Page], list[Row]]:
    """The text on sheets, and its lines."""
    from scribe.layout import paragraphs_of, set_text
    from scribe.measure.texts import LONGEST

    rows = set_text(paragraphs_of(words, reflow), sheet, desk.write, LONGEST)
    pages = sheet.pages(rows)
    if sheet.number is not None:
        pages = sheet.pages(rows, desk.write([str(number) for number in range(1, len(pages) + 1)]))
    return pages, rows


def _fitted(ink: Ink, x_height: float | None, millimetres: float | None, pen: float, said: str) -> Page:
    """Paper as large as the ink."""
    from scribe.layout import Page

    page = Page.fitted(ink, x_height or 2.5, pen=pen, text=said)
    if millimetres is None:
        return page
    # The width grows with the x-height, as the margin does.
    return Page.fitted(ink, 2.5 * millimetres / page.width, pen=pen, text=said)


def _save_all(output: Path, contents: Sequence[bytes]) -> str:
    """Write the files, one for each page, and say their names."""
    if str(output) == "-":
        if len(contents) > 1:
            raise UsageError(f"{len(contents)} pages are {len(contents)} files; only a --format pdf holds them all")
        sys.stdout.buffer.write(contents[0])
        sys.stdout.buffer.flush()
        return "the standard output"
    if len(contents) == 1:
        save(output, contents[0])
        return str(output)
    digits = len(str(len(contents)))
    paths = [output.with_stem(f"{output.stem}-{number:0{digits}d}") for number in range(1, len(contents) + 1)]
    for path, content in zip(paths, contents, strict=True):
        save(path, content)
    return f"{paths[0]} to {paths[-1]}"


def _warn_of_size(kind: str, output: Path, content: bytes, ink: Ink, pixels: int | None, pen: float) -> None:
    if kind in ("json", "inkml"):
        from scribe.drawing.drawing import LARGEST_FILE, MOST_POINTS

        if len(content) > LARGEST_FILE or len(ink) > MOST_POINTS:
            say(f"warning: {output} is too large to be read again; write a page at a time for that")
    if kind in ("png", "gif") and pixels is not None:
        from scribe.draw import pixel_size

        size, _ = pixel_size(ink, kind, width=pixels, pen=pen)
        if size < pixels:
            say(f"warning: {output} is {size:,} pixels wide; a .{kind} this large would not open everywhere")


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


def _check_look(
    ending: str, pen: float, colour: str | None, paper: str | None, pixels: int | None, millimetres: float | None
) -> None:
    if not pen > 0:
        raise UsageError("--pen must be above 0")
    if millimetres is not None and (ending not in ("svg", *PAPER) or pixels is not None):
        raise UsageError(f"--mm is for .svg, .{', .'.join(PAPER)}, and not together with --pixels")
    if ending in ("gcode", "hpgl", "dxf"):
        for name in ("colour", "paper"):
            if was_given(name):
                raise UsageError(f"--{name} has no meaning for .{ending}: the plotter's pen has the colour")
    if ending in PAPER and pixels is not None:
        raise UsageError(f"--pixels has no meaning for .{ending}; --x-height and --mm say how large it is")
    if ending in ("json", "inkml"):
        for name in ("pixels", "pen", "colour", "paper"):
            if was_given(name):
                raise UsageError(f"--{name} has no meaning for .{ending}, which keeps the ink itself")
    if ending == "gif" and paper == "none":
        raise UsageError("an animated .gif cannot have clear paper; choose a colour")
    for name, value in (("colour", colour), ("paper", paper)):
        if value is not None and (name, value) != ("paper", "none"):
            _check_colour(name, value, ending)


def _check_colour(option: str, value: str, ending: str) -> None:
    from PIL import ImageColor

    if ending == "svg" and value == "currentColor":
        return  # the colour of the text around it
    try:
        ImageColor.getrgb(value)
    except ValueError as error:
        raise UsageError(f"--{option} {value!r} is no colour; give a name such as darkblue, or #rrggbb") from error


def _words(text: str, alphabet: Alphabet, replace_unknown: bool) -> str:
    """The text in characters that can be written; its lines end with ``\\n``, its pages with a form feed.

    Raises:
        UsageError: for characters that cannot be written, or if nothing is left without them.
    """
    words = alphabet.normalised(text)
    if not words.strip():
        raise UsageError("there is nothing to write: the text is empty")
    pages = [page.split("\n") for page in words.split("\f")]
    rows = [row for page in pages for row in page]
    found = [(r, c) for r, row in enumerate(rows) for c, char in enumerate(row) if not _known(char, alphabet)]
    if not found:
        return words
    if not replace_unknown:
        raise UsageError(_unknown_message(rows, found, alphabet))
    dropped = sorted({rows[r][c] for r, c in found if not alphabet.replace_unknown(rows[r][c])})
    if dropped:
        say(f"warning: left out what has no look-alike: {', '.join(map(repr, dropped))}")
    words = "\f".join("\n".join(_replaced(row, alphabet) for row in page) for page in pages)
    if not words.strip():
        raise UsageError("there is nothing to write: no character of the text is known to the network")
    return words


def _replaced(row: str, alphabet: Alphabet) -> str:
    return alphabet.replace_unknown("".join(" " if c.isspace() else c for c in row))


def _lines(words: str, width: int, reflow: bool) -> list[str | None]:
    """The text in lines of so many characters; ``""`` is an empty line."""
    from scribe.layout import paragraphs_of, wrap

    return [*wrap("\n".join(paragraph.text for paragraph in paragraphs_of(words, reflow)), width)]


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


def _style(
    name_or_path: str | None, says: str | None, weights: Weights, replace_unknown: bool
) -> tuple[Ink, str] | None:
    if name_or_path is None:
        if says is not None:
            raise UsageError("--style-text is what the ink of a --style says")
        return None
    path = Path(name_or_path)
    if not path.suffix and path.name == name_or_path:
        if says is not None:
            raise UsageError(f"--style-text is for a file of ink; what {name_or_path} says is known")
        from scribe.drawing.formats import ENDINGS
        from scribe.styles import StyleError, load_style

        try:
            return load_style(name_or_path, weights.points_per_character)
        except StyleError as error:
            raise UsageError(f"{error}. A file of ink ends in {', '.join(ENDINGS)}") from error
    from scribe.drawing.drawing import CanvasError
    from scribe.drawing.formats import load

    if says is None and path.exists() and not load(path).text.strip():
        raise CanvasError(f"{path} does not tell what its ink says; --style-text tells it")
    lines = drawn_lines(path, None if says is None else text_of(says), weights.points_per_character)
    ink, text = lines[0] if len(lines) == 1 else _most_like_its_text(lines)
    if len(lines) > 1:
        say(f"of the {len(lines)} lines of {path} the style is {text!r}")
    alphabet = weights.alphabet
    text = alphabet.normalised(text)
    for character in text:
        stand_in = alphabet.replace_unknown(character)
        if character != stand_in and not (replace_unknown and stand_in):
            advice = "; --replace-unknown takes it for its look-alike" if stand_in else ""
            raise UsageError(f"the style {path} says {character!r}, which the network does not know{advice}")
    return ink, alphabet.replace_unknown(text)


def _most_like_its_text(lines: Sequence[tuple[Ink, str]]) -> tuple[Ink, str]:
    """Of the lines of a page the one to go on from: not too short, not too long, and read best as what it says."""
    from scribe.reader import Reader

    reader = Reader.load()
    known = set(reader.weights.alphabet.characters)
    fit = [line for line in lines if 8 <= len(line[1]) <= 60 and known.issuperset(line[1])]
    if not fit:
        return lines[0]
    return max(fit, key=lambda line: reader.log_probability(*line) / len(line[1]))


def _check_style(writer: Writer, name_or_path: str | None, begun: tuple[Ink, str] | None) -> None:
    """Say if the ink of a file and its text don't match. Those that come with scribe do."""
    if begun is None or name_or_path is None or not Path(name_or_path).suffix or not writer.weights.architecture.window:
        return
    from scribe.matching import style_mismatch
    from scribe.reader import Reader
    from scribe.styles import Style

    found = style_mismatch(writer, Style(*begun), Reader.load())
    if found is not None:
        say(f"warning: the ink of {name_or_path} and its text don't seem to match: {found}")


def _hand(name_or_path: str | None, weights: Weights, seed: int) -> Hand | None:
    """The hand that was asked for."""
    if name_or_path is None:
        return None
    if not weights.architecture.condition:
        raise UsageError(f"the weights {weights.name} know no hands; leave out --weights, or --hand")
    from scribe.hands import HandReader, draw_hand, find_hand

    if name_or_path == "drawn":
        return draw_hand(seed)
    found = find_hand(name_or_path)
    if found.reader and found.reader != HandReader.load().weights.fingerprint:
        say(f"warning: {name_or_path} was made by another reader of hands; it may come out as another hand")
    return found


def _counting(writer: Writer) -> Callable[..., Lines]:
    """Something like :meth:`Writer.write_many` that writes repeats with as many marks as they need."""
    from scribe.counting import runs
    from scribe.proofread import counted
    from scribe.reader import Reader

    def write_many(texts: Sequence[str], **options: Any) -> Lines:
        repeats = "".join(run.character for text in texts for run in runs(text) if run.strokes is None)
        reader = Reader.load() if repeats else None  # strokes of letters and digits can't be counted
        if reader is not None and not set(reader.weights.alphabet.characters).issuperset("".join(texts)):
            reader = None
        return counted(writer, texts, reader=reader, **options)

    return write_many


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
                say(f'read as "{reading.text}" - {wrong}, best of {candidates}')
        return lines

    return write_many


_FIRST_LINES = 8  # tries of the line that sets the hand of a page


class _Desk:
    """Where lines are written, batch after batch: each line has a seed of its own, and the hand stays if it is to."""

    def __init__(
        self, write_many: Callable[..., Lines], one_hand: bool, weights: Weights, tries: int, **options: Any
    ) -> None:
        self._write_many, self._weights, self._tries, self._options = write_many, weights, tries, options
        self._one_hand = one_hand and options["style"] is None

    def write(self, lines: Sequence[str | None]) -> list[Ink]:
        """The ink of each line; an empty line has no points. Says which lines were cut off."""
        import numpy as np

        from scribe.ink import Ink
        from scribe.measure.texts import LONGEST

        if max((len(line or "") for line in lines), default=0) > LONGEST:
            say(f"warning: lines of more than {LONGEST} characters may lose their way; shorter ones don't")
        numbers = [i for i, line in enumerate(lines) if line != ""]
        texts = [lines[i] for i in numbers]
        if self._one_hand and len(texts) > 1:
            written, reasons = self._first_line(texts[0])
            rest, more = self._batch(texts[1:])
            written, reasons = written + rest, reasons + more
        else:
            written, reasons = self._batch(texts)
        inks = [Ink(np.zeros((0, 3), np.float32))] * len(lines)
        for i, ink in zip(numbers, written, strict=True):
            inks[i] = ink
        cut = [i for i, reason in zip(numbers, reasons, strict=True) if reason == "cap" and lines[i] is not None]
        for i in cut[:5]:
            length = len(inks[i])
            say(f"warning: line {i + 1}, {lines[i]!r}, was cut off: it had not come to its end after {length} points")
        if len(cut) > 5:
            say(f"warning: {len(cut) - 5} more lines were cut off")
        return inks

    def _first_line(self, text: str | None) -> tuple[list[Ink], list[str]]:
        """The line that sets the hand for all others: of some tries the one that reads best.

        The others go on from it, and are told the hand that's read from it: with one of both only they're misread more
        often.
        """
        from scribe.reader import Reader

        tries, reasons = self._batch([text] * self._tries)
        best, reader = 0, Reader.load() if len(tries) > 1 else None
        if reader is not None and set(reader.weights.alphabet.characters).issuperset(text or ""):
            best = max(
                range(len(tries)), key=lambda i: (reasons[i] != "cap", reader.log_probability(tries[i], text or ""))
            )
        self._options["style"], self._one_hand = (tries[best], text), False
        if self._weights.architecture.condition and self._options["hand"] is None:
            self._options["hand"] = _hand_of(tries[best], self._weights)
        return [tries[best]], [reasons[best]]

    def _batch(self, texts: Sequence[str | None]) -> tuple[list[Ink], list[str]]:
        made = self._write_many(texts, **self._options)
        self._options["seed"] += len(texts)
        return list(made), made.stop_reasons


def _hand_of(ink: Ink, weights: Weights) -> Hand | None:
    """The hand that a line is in; None if there's too little of it, or the weights take hands of another kind."""
    from scribe.hands import HandError, HandReader

    reader = HandReader.load()
    if reader.weights.architecture.size != weights.architecture.condition:
        return None
    try:
        return reader.read(ink)
    except HandError:
        return None


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
        from scribe.drawing.canvas import to_json
        from scribe.drawing.inkml import to_inkml

        return (to_json if ending == "json" else to_inkml)(ink, text, origin).encode()
    from scribe import draw

    options: dict[str, Any] = {"pen": pen}
    if colour is not None:
        options["colour"] = colour
    if paper is not None:
        options["paper"] = None if paper == "none" else paper
    if ending == "svg":
        size = {"width": millimetres, "unit": "mm"} if millimetres else {"width": pixels}
        drawing = draw.to_svg(ink, title=_title(text), description=_description(text), fluid=False, **size, **options)
        return drawing.encode()
    if ending == "png":
        return draw.to_png(ink, title=_title(text), width=pixels, **options)
    return draw.to_gif(ink, width=pixels, **options)


def _title(text: str) -> str:
    title = " ".join(text.split()) or "Handwriting"
    return title if len(title) <= 100 else title[:97] + "..."


def _description(text: str) -> str:
    return f"Handwriting by a neural network: {text}" if text else "Handwriting by a neural network"


@app.command(epilog='Example: scribe write "In this hand" -o hand.svg --style NAME')
def styles() -> None:
    """The hands that come with scribe, for scribe write --style."""
    from scribe.styles import load_styles

    found = load_styles()
    width = max(map(len, found), default=0)
    for name, one in sorted(found.items(), key=lambda item: (item[1].kind, item[0])):
        print(f"{name:{width}}  {one.description}")
