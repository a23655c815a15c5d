"""What chapter 12 says of another script runs as it is written there, in a short training."""

import json
import re
import shlex
from pathlib import Path

from scribe import cli
from scribe.corpora import Corpus, fonts

CHAPTER = Path(__file__).parents[1] / "book" / "12-lego.ipynb"


def blocks():
    """The Python and the commands of the section "Another script"."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    text = next(t for t in ("".join(cell["source"]) for cell in cells) if "**Another script.**" in t)
    section = text.partition("**Another script.**")[2].partition("\n- **")[0]
    found = dict(re.findall(r"  ```(\w+)\n(.*?)  ```", section, re.S))
    return re.sub("^  ", "", found["python"], flags=re.M), [shlex.split(line) for line in found["sh"].splitlines()]


def test_another_script_is_learned_as_the_chapter_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, commands = blocks()
    exec(code, {"fonts": fonts, "Path": Path})  # the chapter has imported these two
    corpus = Corpus.load("russian.npz")
    letters = Path("russian.txt").read_text(encoding="utf-8")
    assert set("".join(corpus.texts)) == set(letters)
    assert not any(character.isascii() for character in letters)
    assert min(sum(letter in text for text in corpus.texts) for letter in letters) >= 16
    assert len(corpus.of_split("validation").nonzero()[0]) > 10
    settings = json.loads(Path("small.json").read_text(encoding="utf-8"))
    Path("small.json").write_text(json.dumps(settings | {"units": 8, "batch_points": 400}), encoding="utf-8")
    train, write = (command[1:] for command in commands)
    train[train.index("--updates") + 1] = "2"
    assert cli.main(train) == 0
    assert cli.main(write) == 0
    assert "петух" in Path("rooster.svg").read_text(encoding="utf-8")
