"""Runs the steps of a recipe, each once: a step whose inputs, commands and code are as they were is left alone.

A step is done when its stamp says so, in ``stamps`` of the folder that all is made in. A stamp holds a digest of all
that the step depends on: its commands and settings, the contents of what it needs, and the code that it runs. Comments
and docstrings aren't code here. What a step needs counts by its contents, so a step that was run again and made the
same leaves those after it alone.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ceilings import machine
from scribe.files import replacing

ROOT = Path(__file__).parent.parent
LOG = "log.jsonl"


class RecipeError(Exception):
    """A step can't be run, or failed; the message says which."""


@dataclass(frozen=True)
class Step:
    """One step: what it's for, what it needs, what it runs, what comes out.

    Attributes:
        name: of the step.
        does: in a sentence.
        needs: files of other steps, relative to the folder that all is made in, or paths of others.
        makes: files, likewise.
        commands: lines that begin with ``scribe`` or ``recipe.PROGRAM``, run in that folder.
        settings: of a training, written to ``NAME.json`` for its command.
        code: patterns of files, relative to the project, that decide what comes out.
        hours: of one core that the whole step takes, and where that is known from.
        training: the folder of a training; what a run that was cut off left there is gone on with.
    """

    name: str
    does: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    commands: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    hours: str = ""
    training: str = ""


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The same steps; every one must come after what it needs.

    Raises:
        RecipeError: if one doesn't, two have a name in common, or make the same file.
    """
    made: set[str] = set()
    names: set[str] = set()
    all_made = [path for step in steps for path in step.makes]
    for step in steps:
        if late := [path for path in step.needs if path in all_made and path not in made]:
            raise RecipeError(f"the step {step.name} needs {late[0]}, which is made after it")
        if step.name in names or made & set(step.makes):
            raise RecipeError(f"the step {step.name} or what it makes is there twice")
        names.add(step.name)
        made |= set(step.makes)
    return list(steps)


def run(
    steps: Sequence[Step],
    folder: Path,
    *,
    accept: Sequence[str] = (),
    say: Callable[[str], None] = lambda message: None,
) -> list[str]:
    """Run all steps that aren't done. Returns the names of those that were run.

    Args:
        folder: everything is made in it.
        accept: steps whose outputs are taken as they are, though something they depend on has changed.
        say: is told what happens.

    Raises:
        RecipeError: if a step fails, lacks what it needs, or doesn't make what it should.
    """
    if unknown := set(accept) - {step.name for step in steps}:
        raise RecipeError(f"there is no step {min(unknown)!r}; the steps are {', '.join(s.name for s in steps)}")
    (folder / "stamps").mkdir(parents=True, exist_ok=True)
    ran = []
    for step in in_order(steps):
        for path in step.needs:
            if not (folder / path).exists():
                raise RecipeError(f"the step {step.name} needs {path}, and there is none")
        key = digest(step, folder)
        if is_done(step, folder, key):
            say(f"{step.name}: done before")
            continue
        if step.name in accept:
            if lacking := [path for path in step.makes if not (folder / path).exists()]:
                raise RecipeError(f"the step {step.name} can't be accepted: it hasn't made {lacking[0]}")
            say(f"{step.name}: accepted as it is")
        else:
            say(f"{step.name}: {step.does}")
            _run(step, folder, key)
            ran.append(step.name)
        _write(_stamp(step, folder), {"digest": key, "makes": {p: contents(folder / p) for p in step.makes}})
        _begun(step, folder).unlink(missing_ok=True)
    return ran


def is_done(step: Step, folder: Path, key: str) -> bool:
    """Whether a step's stamp has this digest, and what it made is still there, unchanged."""
    stamp = _read(_stamp(step, folder))
    if stamp.get("digest") != key:
        return False
    return all(
        (folder / path).exists() and contents(folder / path) == kept for path, kept in stamp.get("makes", {}).items()
    )


def digest(step: Step, folder: Path) -> str:
    """Of all that a step depends on. ``hours`` and ``does`` are words, and don't count."""
    facts = {
        "commands": step.commands,
        "settings": dict(step.settings),
        "needs": {path: contents(folder / path) for path in step.needs},
        "code": {str(path.relative_to(ROOT)): code_of(path) for path in _sources(step.code)},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def contents(path: Path) -> str:
    """A digest of a file's contents, or of all in a folder. When parts of a .zip or .npz were packed doesn't count."""
    found = hashlib.sha256()
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                found.update(f"{file.relative_to(path).as_posix()} {contents(file)}\n".encode())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                found.update(f"{part.filename} {part.file_size} {part.CRC}\n".encode())
    else:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def code_of(path: Path) -> str:
    """A digest of a program, without its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [part for part in node.body if not _is_docstring(part)] or [ast.Pass()]
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _sources(patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        found = sorted(ROOT.glob(pattern))
        if not found:
            raise RecipeError(f"no code is at {pattern}")
        yield from found


def _run(step: Step, folder: Path, key: str) -> None:
    """Run the commands of a step and note in the log what they took."""
    _stamp(step, folder).unlink(missing_ok=True)
    begun = _read(_begun(step, folder))
    goes_on = begun.get("digest") == key
    if not goes_on:
        for path in (*step.makes, *([step.training] if step.training else [])):
            _remove(folder / path)
        begun = {"digest": key, "cpu_seconds": 0.0}
        _write(_begun(step, folder), begun)
    if step.settings:
        _write(folder / f"{step.name}.json", dict(step.settings))
    for path in step.makes:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    started, before = time.time(), _cpu_seconds()
    try:
        for command in step.commands:
            _command(step, folder, command)
    finally:  # what a run that was cut off took counts too
        begun["cpu_seconds"] += _cpu_seconds() - before
        _write(_begun(step, folder), begun)
    if lacking := [path for path in step.makes if not (folder / path).exists()]:
        raise RecipeError(f"the step {step.name} has not made {lacking[0]}")
    entry = {
        "step": step.name,
        "does": step.does,
        "commands": step.commands,
        "finished": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "seconds": round(time.time() - started, 1),
        "cpu_seconds": round(begun["cpu_seconds"], 2),
        "machine": machine(),
    }
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _command(step: Step, folder: Path, command: str) -> None:
    """Run one line. A training that has a checkpoint, which is of this very step then, is resumed."""
    program, *arguments = shlex.split(command)
    output = None
    if ">" in arguments:
        output = folder / arguments.pop()
        arguments.pop()
    if arguments[0] in ("train", "train-reader") and (folder / step.training / "checkpoint.safetensors").exists():
        arguments = [*arguments[:2], "-o", step.training, "--resume"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with contextlib.ExitStack() as stack:
        said = None
        if output is not None:
            said = stack.enter_context(stack.enter_context(replacing(output)).open("wb"))
        line = [sys.executable, "-m", program, *arguments]
        process = subprocess.Popen(line, cwd=folder, env={**os.environ, "PYTHONPATH": path}, stdout=said)
        try:
            code = process.wait()
        except KeyboardInterrupt:  # it heard Ctrl-C too, and a training keeps a checkpoint before it ends
            process.wait()
            raise
        if code:
            raise RecipeError(f"the step {step.name} failed (exit code {code}): {command}")


def log_of(folder: Path) -> list[dict[str, Any]]:
    """Of each step the last entry in the log, in the order in which they were run."""
    path = folder / LOG
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return list({entry["step"]: entry for entry in entries}.values())


def _cpu_seconds() -> float:
    """Of the commands that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _stamp(step: Step, folder: Path) -> Path:
    return folder / "stamps" / f"{step.name}.json"


def _begun(step: Step, folder: Path) -> Path:
    return folder / "stamps" / f"{step.name}.begun.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _write(path: Path, content: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
