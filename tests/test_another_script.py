"""What chapter 12 says of a brick of your own and of another script runs as it stands there, in a short training."""

import json
import re
import shlex
from pathlib import Path

import nbformat
import numpy as np
import pytest

from scribe import cli
from scribe.corpora import Corpus

CHAPTER = Path(__file__).parents[1] / "book" / "12-lego.ipynb"


def code(*starts: str) -> list[str]:
    """The cells of code in which these stand, in this order."""
    sources = [cell.source for cell in nbformat.read(CHAPTER, 4).cells if cell.cell_type == "code"]
    return [next(source for source in sources if start in source) for start in starts]


def section(begin: str) -> str:
    """A point of the list of what to build next."""
    text = next(cell.source for cell in nbformat.read(CHAPTER, 4).cells if begin in cell.source)
    return text.partition(begin)[2].partition("\n- **")[0]


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The names of the chapter up to the reader's own brick, in an empty folder, at the size of a toy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRIBE_QUICK", "1")
    names: dict = {}
    bricks = code("QUICK = bool", "class LSTMBrick", "LETTERS = Alphabet", "class Tower", "class MyBrick")
    bricks[-1] = bricks[-1].partition("mine = Contestant")[0]  # the race is the chapter's
    for cell in bricks:
        exec(cell, names)
    return names


def test_a_brick_of_ones_own_learns_russian_by_the_packages_training(chapter: dict) -> None:
    for cell in code("RUSSIAN, SHAPES =", "class Plugged", "def write_russian"):
        exec(cell, chapter)
    assert chapter["own"].tower.bricks[1].__class__ is chapter["MyBrick"]
    log = [json.loads(line) for line in Path("runs/my-tower/log.jsonl").read_text().splitlines()]
    assert np.isfinite(log[-1]["validation"])
    inks = chapter["write_russian"](["кот", "парк"], seed=1)
    assert len(inks) == 2
    assert all(np.isfinite(ink.offsets).all() for ink in inks)

    # What the network is told of a text: the rows of its characters, and nothing of the padding.
    seen = []

    class Spy:
        codes = len(chapter["RUSSIAN"]) + 1

        def __call__(self, inputs: dict) -> None:
            seen.append(np.asarray(inputs["text"]))

    plugged = chapter["Plugged"].__new__(chapter["Plugged"])
    object.__setattr__(plugged, "tower", Spy())
    codes = np.array([[0, 3, 11, 0], [2, 11, 0, 0]])
    there = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.float32)
    chapter["Plugged"].call(plugged, {"points": None, "codes": codes, "code_mask": there})
    np.testing.assert_array_equal(seen[0], np.eye(12)[codes] * there[..., None])


def test_another_script_is_learned_as_the_chapter_says(chapter: dict) -> None:
    exec(*code("RUSSIAN, SHAPES ="), chapter)
    corpus = Corpus.load("runs/russian.npz")
    letters = Path("runs/russian.txt").read_text(encoding="utf-8")
    assert set("".join(corpus.split("train").texts)) == set(letters)
    assert not any(character.isascii() for character in letters)
    assert min(sum(letter in text for text in corpus.split("train").texts) for letter in letters) >= 8
    assert set(corpus.split("validation").texts) == set(chapter["NEVER_PRACTISED"])
    assert not set(corpus.split("train").texts) & set(chapter["NEVER_PRACTISED"])

    text = section("**Another script, to keep.**")
    settings = json.loads(re.search(r"```json\n(.*?)```", text, re.S)[1])
    Path("runs/small.json").write_text(json.dumps(settings | {"units": 8, "batch_points": 400}), encoding="utf-8")
    lines = re.search(r"```sh\n(.*?)```", text, re.S)[1].strip().splitlines()
    train, write = (shlex.split(line)[1:] for line in lines)
    train[train.index("--updates") + 1] = "2"
    assert cli.main(train) == 0
    assert cli.main(write) == 0
    assert "парк" in Path("runs/park.svg").read_text(encoding="utf-8")
