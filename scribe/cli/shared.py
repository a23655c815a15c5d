"""What several commands need: their kinds of options, files, progress, and lines on the standard error stream."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scribe.files import replacing

if TYPE_CHECKING:
    from scribe.ink import Ink


class UsageError(ValueError):
    """Something asked for on the command line cannot be done; the message says what to do instead."""


def say(message: str) -> None:
    """One line on the standard error stream, whatever is in the message."""
    with contextlib.suppress(BrokenPipeError):
        print(f"scribe: {' '.join(str(message).split())}", file=sys.stderr, flush=True)


class FiniteRange(click.FloatRange):
    """A number in a range. Infinity is not a number, and nor is what is not a number."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        number = super().convert(value, param, context)
        if not abs(number) < float("inf"):
            self.fail(f"{value!r} is not a finite number.", param, context)
        return number


# Paths are checked where they are used: there the message can say what to do.
PATH = click.Path(path_type=Path)


def output_ending(
    path: Path, endings: Sequence[str], kind: str | None = None, others: Mapping[str, str] | None = None
) -> str:
    """What kind of file a path that can be written to will be: by its ending, or ``kind`` if that is given.

    Better to know before the work is done than after. ``-`` is the standard output, and has no ending; without a
    ``kind`` a command cannot write there.

    Args:
        endings: what there is.
        others: further endings, and which of ``endings`` each of them means.

    Raises:
        UsageError: if the ending is none of ``endings`` or the folder does not exist.
        PermissionError: if the folder cannot be written.
    """
    ending = path.suffix.lower().lstrip(".")
    ending = kind or (others or {}).get(ending, ending)
    if str(path) == "-" and kind is not None:
        return kind
    if str(path) == "-" and others is not None:
        raise UsageError(f"-o - needs a --format: {', '.join(endings)}")
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


def save(path: Path, content: bytes) -> None:
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


def text_of(given: str) -> str:
    """A text from the command line: itself, or what's in the .txt file that it names.

    Raises:
        UsageError: if the file isn't UTF-8.
        FileNotFoundError: if there's no such file.
    """
    if not given.lower().endswith(".txt") or "\n" in given:
        return given
    try:
        return Path(given).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{given} is not UTF-8; save it as that") from error


def drawn_lines(path: Path, text: str | None = None, points_per_character: float = 15.0) -> Sequence[tuple[Ink, str]]:
    """The lines of a file of ink and what they say; says which of a page's lines match nothing.

    Args:
        text: what the ink says, a line of it for each of its own; what the file says if None.

    Raises:
        CanvasError: if nobody says what is written, or it isn't what the ink says.
    """
    from dataclasses import replace

    from scribe.drawing.drawing import CanvasError
    from scribe.drawing.formats import load, read_line

    drawing = load(path)
    said = drawing.text if text is None else text
    if sum(bool(row.strip()) for row in said.splitlines()) < 2:
        return [read_line(path, points_per_character, text)]
    from scribe.matching import page_styles
    from scribe.reader import Reader

    try:
        found = page_styles(replace(drawing, text=""), said, Reader.load(), points_per_character)
    except CanvasError as error:
        raise CanvasError(f"{path}: {error}") from error
    for what in found.left_out:
        say(f"warning: {path}: {what} has no match and is left out")
    return found.styles


def was_given(option: str) -> bool:
    """Whether an option stands on the command line, be it with its default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[float, str], None]]:
    """A progress bar on a terminal: give it the share that is done and what is being done."""
    if not sys.stderr.isatty():
        yield lambda share, what: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)


def print_json(content: object) -> None:
    import json

    text = json.dumps(content, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a terminal that does not know some character of a name
        text = json.dumps(content, indent=2)
    print(text)


def start_keras() -> None:
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
