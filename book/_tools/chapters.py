"""Runs the chapters and keeps their outputs, with a record of what made them.

    python book/_tools/chapters.py run [--quick] [chapter ...]   run from top to bottom, store outputs and record
    python book/_tools/chapters.py check [chapter ...]           do outputs and code still belong together?

A chapter is named by its number, its file, or the start of its name: ``2``, ``02-lstm``, ``book/02-lstm.ipynb``; all of
them if none is named. Outputs are kept in the notebooks, so that the book builds in seconds and without a network.
``--quick`` (the environment variable ``SCRIBE_QUICK``) shrinks what takes long; what it stores is not for keeps.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

BOOK = Path(__file__).parents[1]
ROOT = BOOK.parent
REPOSITORY = re.search(r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]

COLAB_CELL = f"""\
try:
    import scribe
except ModuleNotFoundError:
    source = "git+{REPOSITORY}"
    %pip install -q "scribe-handwriting @ {{source}}"
"""
"""The first code cell of each chapter, word for word: it installs the package where it is missing, and nothing else."""

PACKAGES = ("numpy", "matplotlib", "keras", "tensorflow")


class ChapterError(ValueError):
    """There is no such chapter."""


def badge(path: Path) -> str:
    """The address under which Colab opens a chapter."""
    name = REPOSITORY.removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{name}/blob/main/book/{path.name}"


def chapters(names: Sequence[str] = ()) -> list[Path]:
    """The files of the chapters named, in the order of the book; of all chapters if none is."""
    paths = sorted(BOOK.glob("[0-9][0-9]-*.ipynb"))
    chosen = []
    for name in names:
        stem = Path(name).stem
        start = f"{int(stem):02d}-" if stem.isdigit() else stem
        found = [path for path in paths if path.stem == start] or [p for p in paths if p.stem.startswith(start)]
        if not found:
            raise ChapterError(f"there is no chapter {name!r}; there are: {', '.join(path.stem for path in paths)}")
        chosen += found
    return sorted(set(chosen)) if names else paths


def companion_of(path: Path) -> Path | None:
    """The chapter that a notebook only adds to (``10-training`` for ``10-training-iam``); None for a chapter."""
    return next((other for other in chapters() if path.stem.startswith(f"{other.stem}-")), None)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells of code that are not empty."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def code_hash(notebook: NotebookNode) -> str:
    """A hash of all code, white space at the ends of lines left out. Text around the code may change."""
    sources = ["\n".join(line.rstrip() for line in cell.source.strip().splitlines()) for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def run(path: Path, quick: bool = False) -> float:
    """Run a chapter from top to bottom and store its outputs in it. The file stays as it is if a cell fails.

    Returns:
        The seconds it took.
    """
    from nbclient import NotebookClient

    notebook = read(path)
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment["SCRIBE_STILL"] = "1"  # pictures in place of what moves only while a kernel runs
    environment.pop("SCRIBE_QUICK", None)
    if quick:
        environment["SCRIBE_QUICK"] = "1"
    client = NotebookClient(
        notebook, timeout=None, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(BOOK)}}
    )
    start = time.perf_counter()
    client.execute(env=environment)
    seconds = time.perf_counter() - start
    tidy(notebook)
    record = dict(notebook.metadata.get("scribe", {}))
    record.update(provenance(notebook), mode="quick" if quick else "full", seconds=round(seconds, 1))
    notebook.metadata["scribe"] = record
    nbformat.validate(notebook)
    part = path.with_suffix(".part")
    part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    os.replace(part, path)
    return seconds


def provenance(notebook: NotebookNode) -> dict[str, object]:
    """What made the outputs: code, versions, machine, seed and corpus."""
    code = "\n".join(cell.source for cell in code_cells(notebook))
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        if re.search(rf"\b{name}\b|\bscribe\.training\b" if name in ("keras", "tensorflow") else rf"\b{name}\b", code):
            versions[name] = importlib.metadata.version(name)
    record: dict[str, object] = {
        "code": code_hash(notebook),
        "versions": versions,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
    }
    seed = re.search(r"^SEED\s*=\s*(\d+)", code, re.M)
    if seed:
        record["seed"] = int(seed[1])
    if re.search(r"\bfonts\b", code):
        data = (ROOT / "scribe/corpora/data/fonts.npz").read_bytes()
        record["corpus"] = f"fonts (synthetic), sha256 {hashlib.sha256(data).hexdigest()[:16]}"
    return record


def fold(cell: NotebookNode) -> None:
    """Fold what the tags of a cell say, with the words of the page, and in Jupyter and Colab too."""
    if is_solution(cell):
        words, jupyter = ("Show a solution", "Hide the solution"), ("source_hidden", "outputs_hidden")
        cell.metadata["cellView"] = "form"  # Colab
    elif "hide-output" in tags(cell):
        words, jupyter = ("What happens (guess first)", "What happens"), ("outputs_hidden",)
    else:
        return
    shown, hidden = words
    cell.metadata.setdefault("mystnb", {}).update(code_prompt_show=shown, code_prompt_hide=hidden)
    cell.metadata["jupyter"] = dict.fromkeys(jupyter, True)
    cell.metadata["collapsed"] = True  # older notebooks, and Colab


def is_solution(cell: NotebookNode) -> bool:
    return "hide-cell" in tags(cell) and re.search(r"\bcheck\(", cell.source) is not None


def tidy(notebook: NotebookNode) -> None:
    """Take out what differs from run to run and what a page cannot show."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        fold(cell)
        outputs: list[NotebookNode] = []
        for output in [] if "remove-output" in tags(cell) else cell.outputs:
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                continue
            if "text/html" in output.get("data", {}) and len(output.data.get("text/plain", "")) > 300:
                output.data["text/plain"] = "a picture"  # else the notebook would hold each drawing twice
            before = outputs[-1] if outputs else None
            if output.output_type == "stream" and before and before.get("name") == output.name:
                before.text += output.text
            else:
                outputs.append(output)
        cell.outputs = outputs


def check(path: Path) -> list[str]:
    """What is wrong with the outputs of a chapter; nothing if they belong to its code."""
    notebook = read(path)
    record = notebook.metadata.get("scribe", {})
    again = f"python book/_tools/chapters.py run {path.stem} makes them anew"
    if "code" not in record:
        return [f"its outputs have no record; {again}"]
    wrong = []
    if record["code"] != code_hash(notebook):
        wrong.append(f"its code was changed after its outputs were made; {again}")
    if record.get("mode") != "full":
        wrong.append(f"its outputs are of a quick run; {again}")
    missing = [key for key in ("versions", "cpus", "machine", "seconds") if not record.get(key)]
    if missing:
        wrong.append(f"its record lacks {', '.join(missing)}; {again}")
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        wrong.append(f"its cells were not run from top to bottom; {again}")
    for cell in code_cells(notebook):
        first = cell.source.strip().splitlines()[0]
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                wrong.append(f"the cell that begins with {first!r} stopped with {output.ename}")
            if output.get("name") == "stderr":
                wrong.append(f"the cell that begins with {first!r} prints to stderr: {output.text[:80]!r}")
    return wrong


def functions(source: str) -> dict[str, ast.stmt]:
    """Functions and classes at the top of some code, by name. Lines for the notebook (``%``, ``!``) are left out."""
    lines = [re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in source.splitlines()]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node for node in ast.parse("\n".join(lines)).body if isinstance(node, kinds)}


def same_code(one: ast.AST, other: ast.AST) -> bool:
    """Whether two pieces of code are the same but for comments, layout and docstrings."""
    return _dumped(one) == _dumped(other)


def _dumped(node: ast.AST) -> str:
    node = ast.parse(ast.unparse(node))
    for part in ast.walk(node):
        body = getattr(part, "body", None)
        if (
            isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and ast.get_docstring(part) is not None
        ):
            part.body = body[1:] or [ast.Pass()]
    return ast.dump(node)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("run", "run chapters and store their outputs"), ("check", "compare outputs and code")):
        command = commands.add_parser(name, help=text)
        command.add_argument("chapters", nargs="*")
        if name == "run":
            command.add_argument("--quick", action="store_true", help="shrink what takes long")
    options = parser.parse_args(arguments)
    try:
        paths = chapters(options.chapters)
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 2
    failed = False
    for path in paths:
        if options.command == "check":
            for wrong in check(path):
                print(f"{path.stem}: {wrong}")
                failed = True
            continue
        print(f"{path.stem} ...", end=" ", flush=True)
        try:
            print(f"{run(path, options.quick):.0f} s", flush=True)
        except Exception as error:
            print(f"stopped\n{error}", flush=True)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
