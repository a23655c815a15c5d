"""Corpora that are joined: all samples, all licences, and what is from where."""

from dataclasses import replace

import numpy as np
import pytest

from scribe import cli
from scribe.corpora import Corpus, Sample
from scribe.corpora.corpus import NO_HAND, CorpusError
from scribe.corpora.joined import join
from scribe.ink import Ink

METADATA = {"name": "one", "licence": "CC BY 4.0", "attribution": "A", "synthetic": False, "points_per_character": 15.0}


def made(texts, writers, *, splits=None, **facts):
    rng = np.random.default_rng(len(texts))
    samples = []
    for number, text in enumerate(texts):
        offsets = rng.normal(0, 0.2, (5 + number, 3))
        offsets[:, 2] = 0
        offsets[-1, 2] = 1
        writer = writers[number % len(writers)]
        samples.append(Sample(Ink(offsets), text, writer, "line", (splits or {}).get(writer, "train")))
    return Corpus.from_samples(samples, METADATA | facts)


def test_all_samples_are_there_and_the_metadata_say_from_where():
    one = made(["ab", "cd", "ef"], ["w1", "w2"], splits={"w2": "test"})
    two = made(["gh", "ij"], ["w2", "w3"], splits={"w2": "test"}, name="two", composed={"seed": 0}, attribution="B")
    both = join([one, two])
    assert both.texts == ["ab", "cd", "ef", "gh", "ij"]
    assert both.writer_splits == {"w1": "train", "w2": "test", "w3": "train"}
    for mine, theirs in zip([*one, *two], both, strict=True):
        np.testing.assert_array_equal(mine.ink.offsets, theirs.ink.offsets)
        assert replace(mine, ink=theirs.ink) == theirs
    assert both.metadata["name"] == "one + two"
    assert both.metadata["licence"] == "CC BY 4.0"
    assert both.metadata["attribution"] == "A; B"
    assert both.metadata["composed"] == {"seed": 0}
    assert both.metadata["parts"] == [
        {"name": "one", "lines": 3, "words": 0, "composed": False},
        {"name": "two", "lines": 2, "words": 0, "composed": True},
    ]
    assert NO_HAND not in both.metadata
    again = join([both, made(["kl"], ["own"], name="three", synthetic=True, **{NO_HAND: ["own"]})])
    assert [part["lines"] for part in again.metadata["parts"]] == [3, 2, 1]
    assert again.metadata[NO_HAND] == ["own"]
    assert again.metadata["synthetic"] is False
    assert sum(part["lines"] for part in again.metadata["parts"]) == len(again)


def test_what_does_not_go_together_is_refused():
    one = made(["ab"], ["w1"])
    with pytest.raises(CorpusError, match="'w1' is in the train split, but in two in the test split"):
        join([one, made(["cd"], ["w1"], splits={"w1": "test"}, name="two")])
    with pytest.raises(CorpusError, match="15 in one and 20 in two"):
        join([one, made(["cd"], ["w2"], name="two", points_per_character=20.0)])
    with pytest.raises(CorpusError, match="no corpus"):
        join([])


def test_the_command_joins(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made(["ab", "cd"], ["w1"]).save("a.npz")
    made(["ef"], ["w2"], name="two").save("b.npz")
    assert cli.main(["corpus", "join", "a.npz", "b.npz", "-o", "c.npz"]) == 0
    assert "3 lines and 0 words by 2 writers" in capsys.readouterr().err
    assert Corpus.load("c.npz").texts == ["ab", "cd", "ef"]
    assert cli.main(["corpus", "join", "a.npz", "-o", "c.npz"]) == 2
    assert "two or more" in capsys.readouterr().err
    made(["gh"], ["w1"], splits={"w1": "test"}, name="three").save("d.npz")
    assert cli.main(["corpus", "join", "a.npz", "d.npz", "-o", "e.npz"]) != 0
    told = capsys.readouterr().err
    assert "w1" in told
    assert "Traceback" not in told
    assert not (tmp_path / "e.npz").exists()
