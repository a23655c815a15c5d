import json
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from random_weights import random_weights

from scribe.alphabet import Alphabet
from scribe.corpora import Corpus, Sample
from scribe.draw import evaluation_figure
from scribe.ink import Ink
from scribe.measure import evaluation
from scribe.measure.evaluation import EvaluationError, evaluate
from scribe.measure.repeats import CHARACTERS, repeats
from scribe.measure.texts import TEXTS

METADATA = {"name": "made up", "licence": "CC0-1.0", "attribution": "nobody", "synthetic": True}
SHORT = {"lines": 4, "biases": [0.5, 1.0], "copies": 1, "candidates": 2, "stop_lines": 20}


@pytest.fixture
def measured(monkeypatch):
    """Weights, a corpus, and a reader that knows what was written and takes every q for a g."""
    monkeypatch.setattr(evaluation, "repeats", partial(repeats, lengths=[2]))
    weights = random_weights(window_bias=0.0)
    writer = RecordingWriter(weights)
    monkeypatch.setattr(evaluation, "Writer", lambda given: writer)
    rng = np.random.default_rng(0)
    made = []
    for number in range(8):
        offsets = rng.normal(0, 0.2, (20, 3))
        offsets[:, 2] = rng.random(20) < 0.2
        offsets[-1, 2] = 1
        made.append(Sample(Ink(offsets), f"quite {number}", f"w{number % 3}", "line", "validation"))
        writer.written[made[-1].ink.offsets.tobytes()] = made[-1].text
    reader = KnowingReader(writer.written, lambda text: text.replace("q", "g"))
    return weights, Corpus.from_samples(made, METADATA), reader


def intervals(record):
    """All measured numbers with an interval in a record."""
    if isinstance(record, dict):
        if record.keys() == {"value", "low", "high"}:
            yield record
        else:
            for value in record.values():
                yield from intervals(value)
    elif isinstance(record, list):
        for value in record:
            yield from intervals(value)


def test_the_record_has_all_parts_and_is_json(measured):
    weights, corpus, reader = measured
    told = []
    record = evaluate(
        weights, corpus, reader, against=random_weights(window=0), report=lambda *of: told.append(of), **SHORT
    )
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record.keys() == {
        "format", "weights", "size", "architecture", "updates", "reader", "corpus", "seed", "confidence",
        "likelihood", "comparison", "legibility", "stopping", "repeats",
    }  # fmt: skip
    assert record["format"] == "scribe-evaluation/1"
    assert record["reader"] == "knowing"
    assert record["corpus"] == {
        "name": "made up", "synthetic": True, "split": "validation", "kind": "line", "lines": 4
    }  # fmt: skip
    assert record["legibility"]["real"]["errors"] == 4
    assert record["stopping"]["lines"] == 20
    assert [one["character"] for one in record["repeats"]["by_character"]] == list(CHARACTERS)
    found = list(intervals(record))
    assert len(found) > 100
    for one in found:
        assert all(x is None or math.isfinite(x) for x in one.values())
        assert one["low"] is None or one["low"] <= one["value"] <= one["high"]
    assert list(dict.fromkeys(part for _, part in told)) == [
        "likelihood", "comparison", "legibility", "stopping", "repeats",
    ]  # fmt: skip
    assert evaluate(weights, corpus, reader, against=random_weights(window=0), **SHORT) == record


def test_what_cannot_be_measured_is_left_out(measured):
    weights, corpus, reader = measured
    assert "likelihood" not in evaluate(weights, None, reader, **SHORT)
    without = evaluate(weights, corpus, None, **SHORT)
    assert "legibility" not in without
    assert without["stopping"]["judged_by"] == "window"
    silent = evaluate(random_weights(window=0), corpus, reader, **SHORT)
    assert {"likelihood"} == {"likelihood", "legibility", "stopping"} & silent.keys()
    only = evaluate(weights, corpus, reader, parts=["stopping"], **SHORT)
    assert {"stopping"} == {"likelihood", "legibility", "stopping"} & only.keys()


def test_what_the_reader_cannot_spell_is_left_out_and_counted(measured, monkeypatch):
    """The network knows more than the reader in one way and less in another: both alphabets hold."""
    letters = Alphabet("abcdefghijklmnopqrstuvwxyz \u00e901234567")
    writer = RecordingWriter(random_weights(window_bias=0.0, alphabet=letters))
    monkeypatch.setattr(evaluation, "Writer", lambda given: writer)
    _, corpus, _ = measured
    made = [replace(sample, text=sample.text + "\u00e9" * (i == 3)) for i, sample in enumerate(corpus)]
    for sample in made:
        writer.written[sample.ink.offsets.tobytes()] = sample.text
    reader = KnowingReader(writer.written)
    record = evaluate(writer.weights, Corpus.from_samples(made, METADATA), reader, **SHORT | {"lines": 8})
    fitting = [text for text in TEXTS if set(letters.characters).issuperset(text)]
    assert record["legibility"]["texts"] == len(fitting) > 0
    assert record["legibility"]["left_out"] == {"texts": len(TEXTS) - len(fitting), "real_lines": 1}
    assert record["legibility"]["real"]["lines"] == 7
    assert record["stopping"]["left_out"] == {"real_lines": 1}
    assert record["corpus"]["lines"] == 8  # likelihood needs no reader
    reader.weights.alphabet = Alphabet("\u03b1\u03b2")
    with pytest.raises(EvaluationError, match="no character in common"):
        evaluate(writer.weights, None, reader, **SHORT)


def test_nothing_to_measure_is_told(measured):
    weights, _, reader = measured
    with pytest.raises(EvaluationError, match="likelihood needs a corpus"):
        evaluate(weights, None, reader, parts=["likelihood"])
    with pytest.raises(EvaluationError, match="weights that write a text"):
        evaluate(random_weights(window=0))
    with pytest.raises(EvaluationError, match="there is no part 'beauty'"):
        evaluate(weights, parts=["beauty"])


def test_the_figure_shows_what_the_record_says(measured):
    weights, corpus, reader = measured
    record = evaluate(weights, corpus, reader, parts=["legibility"], **SHORT)
    figure = evaluation_figure(record)
    above, below, *_ = figure.axes
    figure.canvas.draw()
    labels = [text.get_text() for text in above.get_legend().get_texts()]
    assert any("people: 4 held-out lines" in label for label in labels)
    assert any(label == "written, proofread" for label in labels)
    cells = below.images[0].get_array()
    names = {text.get_text(): text.get_position() for text in below.texts}
    assert len(names) == 95
    x, y = names["q"]
    assert cells[y, x] == 0
    x, y = names["\u2423"]
    assert cells[y, x] == 100
    with pytest.raises(ValueError, match="no legibility"):
        evaluation_figure(evaluate(weights, corpus, None, parts=["likelihood"], **SHORT))


def test_a_figure_can_be_drawn_without_real_ink_and_without_all_characters(measured):
    weights, _, reader = measured
    record = evaluate(weights, None, reader, parts=["legibility"], **SHORT)
    each = record["legibility"]["characters_one_by_one"]["each"]
    del each["z"]
    figure = evaluation_figure(record)
    assert len(figure.axes[1].texts) == 94
    for character in "\u00e9\u00e8\u0142" + "".join(map(chr, range(0x3B1, 0x3C9))):  # more than fit in a row
        each[character] = each["a"]
    figure = evaluation_figure(record)
    places = [text.get_position() for text in figure.axes[1].texts]
    assert len(set(places)) == len(places) == 94 + 3 + 24
    assert figure.axes[1].images[0].get_array().shape == (6, 26)
