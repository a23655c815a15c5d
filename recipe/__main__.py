"""Make the weights that ship, and all that is made with them: ``make weights``.

    python -m recipe                      all steps that aren't done, from UNIPEN's archive on; half a day and more
    python -m recipe --quick              the same at toy size, to see that every step works
    python -m recipe --list               what the steps are
    python -m recipe --ship               copy what was made into scribe/weights and book/figures

A step that is done is skipped while its inputs, commands and code are as they were; an interrupted training goes on.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from recipe.runner import ROOT, RecipeError, Step, in_order, log_of, run
from recipe.steps import SHIPPED, steps


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m recipe", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--archive", type=Path, help="UNIPEN's archive, or its folder; downloaded if not given")
    parser.add_argument("--quick", action="store_true", help="toy size")
    parser.add_argument("--folder", type=Path, help="where all is made [default: runs/recipe, or runs/recipe-quick]")
    parser.add_argument("--accept", nargs="*", default=[], metavar="STEP", help="take what these made as it is")
    parser.add_argument("--list", action="store_true", help="say what the steps are, and run none")
    parser.add_argument("--ship", action="store_true", help="copy what was made to where it ships from; runs no step")
    a = parser.parse_args()
    folder = (a.folder or ROOT / "runs" / ("recipe-quick" if a.quick else "recipe")).resolve()
    every = steps(str(a.archive.resolve()) if a.archive else "", quick=a.quick)
    try:
        if a.list:
            print("\n".join(map(told, in_order(every))))
        elif a.ship:
            ship(folder, quick=a.quick)
        else:
            run(every, folder, accept=a.accept, say=say)
            hours = sum(entry["cpu_seconds"] for entry in log_of(folder)) / 3600
            say(f"all is in {folder}; {hours:.2f} CPU hours. --ship copies it to where it ships from")
    except RecipeError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on")
        return 130
    return 0


def told(step: Step) -> str:
    """A step in a few lines: what for, what it runs, how long."""
    lines = [
        f"{step.name}: {step.does}",
        f"  CPU hours: {step.hours}",
        f"  needs: {', '.join(step.needs) or 'nothing'}",
    ]
    return "\n".join(
        [*lines, *(f"  $ {command}" for command in step.commands), f"  makes: {', '.join(step.makes)}", ""]
    )


def ship(folder: Path, *, quick: bool) -> None:
    """Copy what was made into the package and the book.

    Raises:
        RecipeError: if it is toys, or something is missing.
    """
    if quick:
        raise RecipeError("what --quick makes are toys; they don't ship")
    if lacking := [name for name in (*SHIPPED, "sheets") if not (folder / name).exists()]:
        raise RecipeError(f"{folder / lacking[0]} is missing; run the steps first")
    for made, name in SHIPPED.items():
        shutil.copy(folder / made, ROOT / "scribe" / "weights" / name)
    for sheet in sorted((folder / "sheets").iterdir()):
        shutil.copy(sheet, ROOT / "book" / "figures" / sheet.name)
    say("shipped; run the chapters (make chapters) and the tests before it is published")


def say(message: str) -> None:
    print(f"recipe: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
