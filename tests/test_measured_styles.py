"""People's lines as styles, in small: what leaks, what's warned of and what's noticed."""

import json
from dataclasses import replace

import numpy as np
import pytest
from random_reader import random_reader
from random_weights import random_weights

from scribe.cli import main
from scribe.corpora.corpus import Corpus, Sample
from scribe.measure.likelihood import EvaluationError
from scribe.measure.styles import leaked_signs, leaked_strokes, styles
from scribe.reader import Reader
from scribe.weights import save_weights
from scribe.writer import Writer


@pytest.fixture(scope="module")
def corpus():
    """Lines of the shipped writer, under the names of two people, and one that's too short."""
    texts = ["we met him in the street", "an old boat on the lake", "a good day for a walk", "no more"]
    inks = Writer.load("anyone").write_many(texts, bias=2, seed=1)
    people = ("one", "other") * 2
    written = zip(inks, texts, people, strict=True)
    return Corpus.from_samples([Sample(*line, split="validation") for line in written], {"name": "written"})


def test_signs_before_the_first_are_counted():
    assert leaked_signs("x A letter", "A letter") == 1
    assert leaked_signs("A letter", "A letter") == 0
    assert leaked_signs("a letter", "A letter") == 0, "a letter that's misread is no leak"


def test_strokes_are_counted_by_what_the_window_showed():
    writer = Writer.load("anyone")
    ink = writer.write("one two", bias=2, seed=0)
    (draft,) = writer.begin(["hello"], bias=2, style=(ink, "one two"))
    (draft,) = writer.extend([draft], [5], [0])
    assert leaked_strokes(draft) == 0
    assert leaked_strokes(replace(draft, places=draft.places - 20)) == len(draft.ink.strokes)


def test_neat_lines_leak_nothing_and_wrong_texts_are_noticed(corpus):
    found = styles(Writer.load("anyone"), corpus, Reader.load(), lines=3)
    assert found["lines"] == 3
    assert found["writers"] == 2
    assert found["leaked"]["strokes"]["value"] == 0
    assert found["leaked"]["reader"]["value"] == 0
    assert found["warned"]["value"] == 0
    assert found["noticed"]["left_out"]["value"] == found["noticed"]["put_in"]["value"] == 1


def test_on_the_command_line(corpus, tmp_path, capfd):
    corpus.save(tmp_path / "lines.npz")
    save_weights(tmp_path / "w.safetensors", random_weights(units=6))
    arguments = ["evaluate", str(tmp_path / "w.safetensors"), str(tmp_path / "lines.npz"), "--part", "styles"]
    assert main([*arguments, "--lines", "2", "-o", str(tmp_path / "record.json")]) == 0
    assert json.loads((tmp_path / "record.json").read_text())["styles"]["lines"] == 2
    assert main([*arguments, "--reader", "none"]) == 2
    assert "styles lines of three words and a reader" in capfd.readouterr().err


def test_a_split_without_lines_is_named(corpus):
    with pytest.raises(EvaluationError, match="'test' has no line of three words"):
        styles(Writer(random_weights(units=6)), corpus, Reader(random_reader()), split="test")
    few = corpus.subset(np.array([text == "no more" for text in corpus.texts]))
    with pytest.raises(EvaluationError, match="no line of three words"):
        styles(Writer(random_weights(units=6)), few, Reader(random_reader()))
