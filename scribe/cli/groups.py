"""The command and the group under it, to which each file of commands adds its own."""

from __future__ import annotations

import click

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
