"""The recipe of the weights: its runner on steps of a moment, and its table; ``make weights QUICK=1`` runs it."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recipe import __main__ as command
from recipe import runner
from recipe.few_writers import few_writers
from recipe.runner import RecipeError, Step, code_of, contents, in_order, log_of, run
from recipe.steps import SHIPPED, steps
from scribe.corpora import fonts

ROOT = Path(__file__).parent.parent

# Programs of two lines that stand in for the steps'.
COPY = """\
import sys, pathlib
pathlib.Path(sys.argv[2]).write_text(pathlib.Path(sys.argv[1]).read_text() + sys.argv[3])
"""


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one program, whose recipe is cooked in ``pot``; its ``first.txt`` is there."""
    (tmp_path / "copy.py").write_text(COPY)
    (tmp_path / "copied.py").write_text(COPY)
    (tmp_path / "pot").mkdir()
    (tmp_path / "pot" / "first.txt").write_text("1")
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    return tmp_path / "pot"


TWO = [
    Step("two", "adds a 2", ("first.txt",), ("two.txt",), ("copied first.txt two.txt 2",), code=("copied.py",)),
    Step("three", "adds a 3", ("two.txt",), ("out/three.txt",), ("copied two.txt out/three.txt 3",)),
]


def test_a_step_is_run_once_until_something_it_depends_on_changes(kitchen: Path) -> None:
    assert run(TWO, kitchen) == ["two", "three"]
    assert (kitchen / "out" / "three.txt").read_text() == "123"
    assert run(TWO, kitchen) == []

    (kitchen / "first.txt").write_text("0")  # an input
    assert run(TWO, kitchen) == ["two", "three"]
    assert (kitchen / "out" / "three.txt").read_text() == "023"

    (kitchen / "two.txt").write_text("spoilt")  # what a step made
    assert run(TWO, kitchen) == ["two"]  # and it makes the same again, so what comes after stays
    (kitchen / "out" / "three.txt").unlink()
    assert run(TWO, kitchen) == ["three"]

    more = [TWO[0], replace(TWO[1], commands=("copied two.txt out/three.txt 33",))]  # a command
    assert run(more, kitchen) == ["three"]
    assert run([more[0], replace(more[1], does="in other words", hours="2")], kitchen) == []
    assert run([more[0], replace(more[1], settings={"units": 3})], kitchen) == ["three"]
    assert json.loads((kitchen / "three.json").read_text()) == {"units": 3}


def test_code_counts_and_comments_do_not(kitchen: Path) -> None:
    run(TWO, kitchen)
    (kitchen.parent / "copied.py").write_text(f'"""It copies."""\n\n# quickly\n{COPY}')
    assert run(TWO, kitchen) == []
    (kitchen.parent / "copied.py").write_text(COPY.replace("sys.argv[3])", "sys.argv[3] * 2)"))
    assert run(TWO, kitchen) == ["two", "three"]
    assert (kitchen / "two.txt").read_text() == "122"


def test_what_a_step_made_can_be_accepted(kitchen: Path) -> None:
    run(TWO, kitchen)
    (kitchen / "first.txt").write_text("0")
    assert run(TWO, kitchen, accept=["two"]) == []
    assert (kitchen / "two.txt").read_text() == "12"
    assert run(TWO, kitchen) == []
    with pytest.raises(RecipeError, match="there is no step 'four'; the steps are two, three"):
        run(TWO, kitchen, accept=["four"])


def test_a_step_that_fails_is_named_and_run_again(kitchen: Path) -> None:
    wrong = [replace(TWO[0], commands=("copied missing.txt two.txt 2",)), TWO[1]]
    with pytest.raises(RecipeError, match=r"the step two failed \(exit code 1\): copied missing.txt two.txt 2"):
        run(wrong, kitchen)
    assert not (kitchen / "two.txt").exists()
    with pytest.raises(RecipeError, match=r"the step two has not made elsewhere.txt"):
        run([replace(TWO[0], makes=("elsewhere.txt",))], kitchen)
    assert run(TWO, kitchen) == ["two", "three"]
    (kitchen / "first.txt").unlink()
    with pytest.raises(RecipeError, match=r"the step two needs first.txt, and there is none"):
        run(TWO, kitchen)


def test_the_log_tells_what_was_done_and_how_long_it_took(kitchen: Path) -> None:
    run(TWO, kitchen)
    first = log_of(kitchen)
    assert [entry["step"] for entry in first] == ["two", "three"]
    assert all(entry["cpu_seconds"] > 0 and entry["machine"] for entry in first)
    (kitchen / "first.txt").write_text("0")
    run(TWO, kitchen)
    assert [entry["step"] for entry in log_of(kitchen)] == ["two", "three"]  # the last of each
    assert len((kitchen / "log.jsonl").read_text().splitlines()) == 4


TRAIN = """\
import json, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
folder.mkdir(exist_ok=True)
(folder / "asked.txt").open("a").write(" ".join(sys.argv[1:]) + chr(10))
path = folder / "checkpoint.safetensors"
done = path.exists()
path.write_text("half")
sys.exit(0 if done else 130)
"""


def test_a_training_that_was_cut_off_goes_on_unless_something_has_changed(kitchen: Path) -> None:
    (kitchen.parent / "teach.py").write_text(TRAIN)
    step = Step(
        "learn",
        "learns",
        ("first.txt",),
        ("run/checkpoint.safetensors",),
        ("teach train first.txt -o run --settings learn.json",),
        settings={"updates": 4},
        training="run",
    )
    with pytest.raises(RecipeError, match="exit code 130"):
        run([step], kitchen)
    assert run([step], kitchen) == ["learn"]
    asked = (kitchen / "run" / "asked.txt").read_text().splitlines()
    assert asked == ["train first.txt -o run --settings learn.json", "train first.txt -o run --resume"]
    other = replace(step, settings={"updates": 5})
    with pytest.raises(RecipeError, match="exit code 130"):  # begun anew: there is no checkpoint
        run([other], kitchen)
    assert (kitchen / "run" / "asked.txt").read_text().splitlines() == asked[:1]


def test_contents_of_archives_do_not_depend_on_when_they_were_packed(tmp_path: Path) -> None:
    for name, year, text in (("a", 1999, "x"), ("b", 2020, "x"), ("c", 2020, "y")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(zipfile.ZipInfo("t", (year, 1, 1, 0, 0, 0)), text)
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()
    assert contents(tmp_path / "a") == contents(tmp_path / "b") != contents(tmp_path / "c")
    before = contents(tmp_path)
    os.rename(tmp_path / "c", tmp_path / "d")
    assert contents(tmp_path) != before


def test_steps_stand_after_what_they_need() -> None:
    with pytest.raises(RecipeError, match=r"the step three needs two.txt, which is made after it"):
        in_order(TWO[::-1])
    with pytest.raises(RecipeError, match="there twice"):
        in_order([TWO[0], TWO[0]])


@pytest.mark.parametrize("quick", [False, True])
def test_the_table_is_whole(quick: bool) -> None:
    """Every step has its code, its hours and what it needs, and all that ships is made."""
    table = in_order(steps(quick=quick))
    made = {path for step in table for path in step.makes}
    assert {path for step in table for path in step.needs} <= made
    assert set(SHIPPED) <= made
    for step in table:
        assert step.hours
        assert step.commands
        assert all(sorted(ROOT.glob(pattern)) for pattern in step.code), step.name
        for line in step.commands:
            program = line.split()[0]
            assert program == "scribe" or (ROOT / f"{program.replace('.', '/')}.py").exists()
            if "--settings" in line:
                assert f"--settings {step.name}.json" in line
                assert step.settings
                assert step.training in line
    assert [step.name for step in steps()] == [step.name for step in steps(quick=True)]


def test_settings_in_the_table_are_settings() -> None:
    pytest.importorskip("keras")
    from scribe.training.hands import HandSettings
    from scribe.training.reader import ReaderSettings
    from scribe.training.state import settings_from
    from scribe.training.train import Settings

    for step in (*steps(), *steps(quick=True)):
        if step.settings:
            kind = {"reader": ReaderSettings, "first-reader": ReaderSettings, "hands": HandSettings}
            settings_from(kind.get(step.name, Settings), dict(step.settings), step.name)


def test_a_toy_has_few_writers_of_every_split() -> None:
    corpus = fonts.generate(120, words=80, seed=3, writers=40)
    few = few_writers(corpus, 5, 2)
    assert [list(few.writer_splits.values()).count(split) for split in ("train", "validation", "test")] == [5, 2, 2]
    for writer in range(len(few.writer_splits)):
        own = few.kinds[few.writers == writer]
        assert all(0 < (own == kind).sum() <= 2 for kind in np.unique(corpus.kinds))
    assert "whole.npz" in steps("unipen.tgz", quick=True)[0].commands[0]
    assert steps("unipen.tgz")[0].commands == ("scribe corpus unipen unipen.tgz -o corpus.npz",)


def test_toys_do_not_ship(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["recipe", "--ship", "--quick", "--folder", str(tmp_path)])
    assert command.main() == 1
    assert "toys" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["recipe", "--ship", "--folder", str(tmp_path)])
    assert command.main() == 1
    assert "default.safetensors is missing" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["recipe", "--list"])
    assert command.main() == 0
    assert "scribe corpus unipen -o corpus.npz" in capsys.readouterr().out.replace("  ", " ")


def test_code_of_a_program_is_that_without_words(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text('def f():\n    """Docstring."""\n    return 1  # comment\n')
    two.write_text("def f():\n    return 1\n")
    assert code_of(one) == code_of(two)
    two.write_text("def f():\n    return 2\n")
    assert code_of(one) != code_of(two)
