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

import os
import sys
from collections.abc import Sequence

import click

from scribe.cli import corpus, evaluate, export, hands, read, train, write  # noqa: F401 - each adds its commands to the group
from scribe.cli.groups import app
from scribe.cli.shared import say

__all__ = ["app", "main"]


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
        say(f"error: {message}")
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
        return 2, f"{error.name} is not installed; pip install tensorflow keras installs what training needs"
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
