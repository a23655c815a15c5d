"""Error rates by language and by letter, with readers that are known to make certain mistakes."""

import json
import warnings

import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from random_reader import random_reader
from random_weights import random_weights

from scribe.alphabet import ASCII, LATIN
from scribe.draw import evaluation_figure
from scribe.measure import evaluation
from scribe.measure.evaluation import evaluate
from scribe.measure.intervals import quotient
from scribe.measure.languages import languages, letters_and_marks, taken_apart
from scribe.measure.legibility import aligned
from scribe.measure.sentences import SENTENCES
from scribe.reader import Reader

FEW = {name: SENTENCES[name][:4] for name in ("English", "Polish", "Turkish")}


def writer_and_reader(misread=str, alphabet=LATIN):
    writer = RecordingWriter(random_weights(window_bias=0.0, alphabet=alphabet))
    reader = KnowingReader(writer.written, misread)
    reader.weights.alphabet = alphabet
    return writer, reader


@pytest.mark.parametrize(
    ("letter", "base", "mark"),
    [
        ("é", "e", "ACUTE"),
        ("Ł", "L", "STROKE"),
        ("ø", "o", "STROKE"),
        ("ș", "s", "COMMA BELOW"),
        ("ő", "o", "DOUBLE ACUTE"),
        ("İ", "I", "DOT ABOVE"),
        ("e", "e", ""),
        ("ß", "ß", ""),
        ("æ", "æ", ""),
        ("ı", "ı", ""),
        ("„", "„", ""),
        ("–", "–", ""),
    ],
)
def test_letters_are_taken_apart(letter, base, mark):
    assert taken_apart(letter) == (base, mark)


def test_marks_and_base_letters_are_counted_apart():
    texts = ["éa", "éb", "éc", "éd", "ß–"]
    read = ["éa", "eb", "ác", "d", "B-"]
    counted = letters_and_marks(texts, [aligned(r, t) for r, t in zip(read, texts, strict=True)])
    assert list(counted["letters"]) == ["ß", "é", "–"]
    one = counted["letters"]["é"]
    assert one["uses"] == 4
    assert [one[what]["value"] for what in ("itself", "base", "mark")] == [0.25, 0.5, 0.5]
    assert sorted(one["read_as"]) == [["", 1], ["e", 1]] or len(one["read_as"]) == 2
    assert counted["marked"] == {name: one[name] for name in ("uses", "itself", "base", "mark")}
    assert counted["letters"]["ß"] | {"itself": 0} == {
        "uses": 1, "itself": 0, "base": None, "mark": None, "read_as": [["B", 1]]
    }  # fmt: skip
    assert letters_and_marks(["ab"], [aligned("ab", "ab")]) == {"marked": None, "letters": {}}


def test_a_reader_that_sees_no_strokes_is_found_out():
    writer, reader = writer_and_reader(lambda text: text.replace("ł", "l").replace("ı", "i"))
    record = languages(writer, reader, sentences=FEW, copies=2)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["proofread"] is None
    assert record["candidates"] == 0
    assert record["left_out"] == {}
    spoken = record["written"]["languages"]
    assert list(spoken) == list(FEW)
    assert spoken["English"]["errors"] == 0
    assert "times_english" not in spoken["English"]
    assert spoken["Polish"]["times_english"] is None  # times nothing
    assert spoken["Polish"]["errors"] == 2 * "".join(FEW["Polish"]).count("ł")
    assert spoken["Turkish"]["lines"] == 8
    letters = record["written"]["letters"]
    assert letters["ł"]["itself"]["value"] == 0
    assert letters["ł"]["base"]["value"] == 1
    assert letters["ł"]["mark"]["value"] == 0
    assert letters["ę"]["itself"]["value"] == 1
    assert letters["ı"]["itself"]["value"] == 0
    marked = record["written"]["marked"]
    everything = "".join(text for texts in FEW.values() for text in texts)
    assert marked["uses"] == 2 * sum(bool(taken_apart(c).mark) for c in everything)
    assert marked["base"]["value"] == 1
    assert len(writer.written) == 2 * sum(map(len, FEW.values()))  # each line has its own seed


def test_english_is_what_the_others_are_held_against():
    _, reader = (pair := writer_and_reader(lambda text: text.replace("e", "c")))
    spoken = languages(pair[0], reader, sentences=FEW, copies=1)["written"]["languages"]

    def rate(name):
        text = "".join(FEW[name])
        return text.count("e") / len(text)

    for name in ("Polish", "Turkish"):
        times = spoken[name]["times_english"]
        assert times["value"] == pytest.approx(rate(name) / rate("English"), abs=0.01)
        assert times["low"] < times["value"] < times["high"]


def test_quotients_have_the_spread_of_their_parts():
    """Of two ratios that are known well, the logarithm of the quotient has the variances of both."""
    rng = np.random.default_rng(0)
    one, other = ([*rng.poisson(mean, 300)] for mean in (4.0, 2.0))
    ones, groups = [1.0] * 300, list(range(300))
    times = quotient((one, ones, groups), (other, ones, groups))
    assert times.value == pytest.approx(sum(one) / sum(other))
    half = 1.96 * np.sqrt(1 / sum(one) + 1 / sum(other))
    assert np.log([times.low, times.high]) == pytest.approx(np.log(times.value) + half * np.array([-1, 1]), abs=0.03)
    assert quotient((one, ones, groups), ([0] * 300, ones, groups)) is None
    seldom = [1.0] + [0.0] * 299
    assert quotient((one, ones, groups), (seldom, ones, groups)).high is None  # a third of the draws has none


def test_what_writer_or_reader_cannot_spell_is_left_out_and_counted():
    writer, reader = writer_and_reader()
    record = languages(writer, reader, alphabet=ASCII, sentences=FEW, copies=1)
    assert record["written"]["languages"].keys() == {"English"}
    assert record["written"]["languages"]["English"]["errors"] > 0  # it reads curly marks where straight ones are asked
    assert record["left_out"] == {"Polish": 4, "Turkish": 4}
    with pytest.raises(ValueError, match="no sentence"):
        languages(writer, reader, alphabet=ASCII, sentences={"Polish": ["żółw"]})


def test_another_reader_chooses_than_the_one_that_judges():
    """The one that chooses knows nothing and chooses by chance; the judge reads what was chosen."""
    writer, judge = writer_and_reader(lambda text: text.replace("a", "o"))
    chooser = KnowingReader(writer.written)
    chooser.weights.alphabet = LATIN
    asked = []
    chooser.log_probabilities = lambda inks: (
        asked.append(len(inks)) or [np.full((3, LATIN.size), -np.log(LATIN.size)) for _ in inks]
    )
    chooser.decode = lambda log_p: ""
    few = {"English": ["It is late"], "Polish": ["późno"]}
    record = languages(writer, judge, sentences=few, proofreader=chooser, copies=1, candidates=2)
    assert asked
    assert record["candidates"] == 2
    assert record["proofread"]["languages"]["English"]["errors"] == 1  # the "a"; not what the chooser makes of it


def test_the_record_has_the_languages_if_they_can_be_spelled(monkeypatch):
    writer, reader = writer_and_reader(lambda text: text.replace("ą", "a"))
    monkeypatch.setattr(evaluation, "Writer", lambda given: writer)
    chooser = KnowingReader(writer.written)
    chooser.weights.alphabet, chooser.weights.name = LATIN, "chooser"
    options = {"parts": ["languages"], "copies": 1, "candidates": 0}
    record = evaluate(writer.weights, None, reader, proofreader=chooser, **options)
    assert record["proofreader"] == "chooser"
    assert record["languages"]["written"]["languages"].keys() == SENTENCES.keys()
    assert record["languages"]["written"]["letters"]["ą"]["base"]["value"] == 1
    figure = evaluation_figure(record)
    above, below, *_ = figure.axes
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # every character has a glyph
        figure.canvas.draw()
    assert above.get_legend().get_texts()[0].get_text() == "written, bias 1, each once"
    assert [label.get_text() for label in above.get_xticklabels()] == list(SENTENCES)
    places = {text.get_text(): text.get_position() for text in below.texts}
    x, y = places["ą"]
    assert below.images[0].get_array()[y, x] == 0
    x, y = places["ę"]
    assert below.images[0].get_array()[y, x] == 100
    with pytest.raises(ValueError, match="letters of more than English"):
        evaluate(random_weights(window_bias=0.0), None, Reader(random_reader()), **options)
