"""``scribe export``: weights from checkpoints, for Python and for pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from scribe.cli.groups import app
from scribe.cli.shared import PATH, UsageError, output_ending, save, say, start_keras


@app.command(
    epilog="""\b
Examples:
  scribe export runs/first -o weights.safetensors --half
  scribe export default --format web -o live.html
  scribe export mine.safetensors --format web -o scribe-weights-mine.js
"""
)
@click.argument("checkpoint", type=PATH)
@click.option(
    "-o", "--output", type=PATH, required=True, help="The file to write, .safetensors; for the web .js or .html."
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
    the scripts of scribe/page, a .html is a page of its own, with a figure and a studio for letters.
    """
    if kind == "web":
        _export_for_the_web(checkpoint, output, name, last, half)
        return
    output_ending(output, ("safetensors",))
    if not checkpoint.exists():
        raise UsageError(f"there is no checkpoint at {checkpoint}")
    start_keras()
    from scribe.training.task import export as exported
    from scribe.training.tasks import task_of

    task = task_of(checkpoint)
    weights = exported(task, checkpoint, name=name or output.stem, average=not last)
    task.save(output, weights, half=half)
    say(f"{output}: {weights.size:,} weights, {output.stat().st_size / 1e6:.1f} MB")


def _export_for_the_web(source: Path, output: Path, name: str | None, last: bool, half: bool) -> None:
    ending = output_ending(output, ("js", "html"))
    if half:
        raise UsageError("--half is for .safetensors; a page has fewer digits still")
    from scribe.page.export import standalone_page, web_weights
    from scribe.weights import load_weights

    if source.is_dir() or source.name == "checkpoint.safetensors":
        start_keras()
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
        content = standalone_page("You know nothing Jon Snow", weights=named, show="pen window ghosts lens")
    save(output, content.encode())
    say(f"{output}: {weights.size:,} weights, {len(content) / 1e6:.1f} MB")
