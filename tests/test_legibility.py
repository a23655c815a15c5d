from functools import lru_cache

import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from hypothesis import given
from hypothesis import strategies as st
from random_weights import random_weights

from scribe.alphabet import ASCII
from scribe.corpora import Sample
from scribe.ink import Ink
from scribe.measure.legibility import aligned, characters, error_rate, legibility
from scribe.measure.texts import TEXTS

LETTERS = st.text("abc ", max_size=7)


def distance(a, b):
    """Levenshtein's distance as it is defined."""

    @lru_cache(None)
    def of(i, j):
        if not i or not j:
            return i + j
        return min(of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return of(len(a), len(b))


@given(LETTERS, LETTERS)
def test_an_alignment_is_a_shortest_way(read, wanted):
    alignment = aligned(read, wanted)
    assert len(alignment.read_as) == len(wanted)
    assert alignment.errors == distance(read, wanted)
    # What was read appears in its order, and what has no place is counted as an error.
    kept = [c for c in alignment.read_as if c]
    places = iter(read)
    assert all(c in places for c in kept)
    wrong = sum(c != w for c, w in zip(alignment.read_as, wanted, strict=True))
    assert alignment.errors == wrong + len(read) - len(kept)
    assert 0 <= alignment.after <= len(read) - len(kept)


@pytest.mark.parametrize(
    ("read", "wanted", "read_as", "after"),
    [
        ("hello", "hello", "h e l l o", 0),
        ("hell", "hello", "h e l l _", 0),
        ("helo", "hello", "h e l _ o", 0),
        ("abcc", "abc", "a b c", 1),
        ("abc", "abcc", "a b c _", 0),
        ("hello there", "hello", "h e l l o", 6),
        ("yello", "hello", "y e l l o", 0),
        ("", "hi", "_ _", 0),
        ("hi", "", "", 2),
    ],
)
def test_alignments_by_hand(read, wanted, read_as, after):
    alignment = aligned(read, wanted)
    assert " ".join(c or "_" for c in alignment.read_as) == read_as
    assert alignment.after == after


def test_the_error_rate_is_over_characters_not_over_lines():
    alignments = [aligned("a", "b"), aligned("x" * 99, "x" * 99)]
    record = error_rate(alignments)
    assert record["character_error_rate"]["value"] == 0.01
    assert (record["lines"], record["characters"], record["errors"]) == (2, 100, 1)
    assert record["lines_without_error"]["value"] == 0.5


def test_characters_are_counted_where_they_stand():
    texts = ["tat", "at 9", "A9"]
    alignments = [aligned(*pair) for pair in (("lat", "tat"), ("at q", "at 9"), ("A", "A9"))]
    counted = characters(texts, alignments)
    assert counted["each"]["t"] | {"share": None} == {"uses": 3, "right": 2, "share": None, "read_as": [["l", 1]]}
    assert counted["each"]["9"]["right"] == 0
    assert sorted(counted["each"]["9"]["read_as"]) == [["", 1], ["q", 1]]
    assert counted["classes"]["small letters"]["uses"] == 5
    assert counted["classes"]["digits"]["share"]["value"] == 0
    assert counted["classes"]["spaces"]["right"] == 1
    assert counted["below_one_half"] == "9"
    assert counted["letters_and_digits_below_nine_tenths"] == "9t"
    assert "signs" not in counted["classes"]


def test_letters_beyond_ascii_count_too():
    counted = characters(["\u00e9t\u00e9 \u0141"], [aligned("\u00e9te \u0141", "\u00e9t\u00e9 \u0141")])
    assert list(counted["each"]) == [" ", "t", "\u00e9", "\u0141"]
    assert counted["each"]["\u00e9"]["read_as"] == [["e", 1]]
    assert (counted["each"]["\u00e9"]["right"], counted["each"]["\u00e9"]["uses"]) == (1, 2)
    assert counted["classes"]["small letters"]["uses"] == 3
    assert counted["classes"]["capitals"]["uses"] == 1


def test_a_reader_that_takes_every_e_for_a_c_is_found_out():
    writer = RecordingWriter(random_weights(window_bias=0.0))
    reader = KnowingReader(writer.written, lambda text: text.replace("e", "c").replace("#", ""))
    told = []
    record = legibility(writer, reader, biases=[2.0, 0.5], copies=2, candidates=0, seed=3, report=told.append)
    everything = "".join(TEXTS)
    wrong = (everything.count("e") + everything.count("#")) / len(everything)
    assert [entry["bias"] for entry in record["written"]] == [0.5, 1.0, 2.0]
    for entry in record["written"]:
        assert entry["character_error_rate"]["value"] == pytest.approx(wrong, abs=1e-4)
        assert entry["lines"] == 2 * len(TEXTS)
    one_by_one = record["characters_one_by_one"]
    assert one_by_one["bias"] == 1.0
    assert set(one_by_one["each"]) == set(ASCII.characters)
    for character, entry in one_by_one["each"].items():
        assert entry["uses"] == 2 * everything.count(character)
        assert entry["right"] == (0 if character in "e#" else entry["uses"])
    assert one_by_one["each"]["e"]["read_as"] == [["c", 2 * everything.count("e")]]
    assert one_by_one["below_one_half"] == "#e"
    assert record["real"] is None
    assert sorted(told) == told
    assert told[-1] == 1
    # No line is written twice with one seed: two times as many different inks as texts, at each bias.
    assert len(writer.written) == 3 * 2 * len(TEXTS)


def test_real_ink_is_read_beside_its_own_texts():
    writer = RecordingWriter(random_weights())
    rng = np.random.default_rng(0)
    real = []
    for number, text in enumerate(["some line", "another", "the last"]):
        offsets = rng.normal(size=(9, 3))
        offsets[:, 2] = [0] * 8 + [1]
        real.append(Sample(Ink(offsets), text, f"w{number % 2}", "line", "validation"))
        writer.written[real[-1].ink.offsets.tobytes()] = text
    reader = KnowingReader(writer.written, lambda text: text[:-1])
    record = legibility(writer, reader, real, texts=["ab", "cd"], biases=[1.0], copies=1, candidates=0)
    characters_of_all = sum(len(sample.text) for sample in real)
    assert record["real"]["character_error_rate"]["value"] == pytest.approx(3 / characters_of_all, abs=1e-4)
    assert record["real"]["writers"] == 2
    assert record["real"]["same_texts_written"]["errors"] == 3
    assert record["real"]["same_texts_proofread"] is None
    assert record["written"][0]["character_error_rate"]["value"] == 0.5
    assert [asked for asked in writer.asked if asked[0] == "another"] == [("another", 1.0)]


def test_proofreading_keeps_what_is_read_best():
    """A reader that stumbles over two of three lines: of six candidates there is nearly always one it reads well."""
    writer = RecordingWriter(random_weights(window_bias=0.0))
    stumbles = np.random.default_rng(0)
    reader = KnowingReader(writer.written, lambda text: text if stumbles.random() < 1 / 3 else text.replace("a", ""))
    told = []
    options = {"texts": ["a banana", "data", "papaya"] * 20, "biases": [1.0], "copies": 1, "report": told.append}
    record = legibility(writer, reader, candidates=6, proofreader=reader, **options)
    plain, kept = record["written"][0], record["proofread"]
    assert plain["characters"] == kept["characters"]
    read = kept["characters_one_by_one"]["each"]["a"]["share"]["value"]
    assert read > record["characters_one_by_one"]["each"]["a"]["share"]["value"]
    assert kept["candidates"] == 6
    assert plain["lines_without_error"]["value"] == pytest.approx(1 / 3, abs=0.2)
    assert kept["lines_without_error"]["value"] > 0.8
    assert kept["character_error_rate"]["value"] < 0.3 * plain["character_error_rate"]["value"]
    assert sorted(told) == told
    assert told[-1] == 1
    assert legibility(writer, reader, candidates=0, proofreader=reader, **options)["proofread"] is None
    assert legibility(writer, reader, candidates=6, **options)["proofread"] is None  # there's nobody to choose

    # The texts of people's lines are proofread as well, and the first candidates are the lines without.
    real = [
        Sample(ink, "a banana", "w", "line", "validation") for ink in writer.write_many(["a banana"] * 40, seed=999)
    ]
    of_real = legibility(writer, reader, real, candidates=6, proofreader=reader, **options)["real"]
    assert of_real["same_texts_proofread"]["lines"] == 40
    assert of_real["same_texts_proofread"]["errors"] < 0.3 * of_real["same_texts_written"]["errors"]
    assert told[-1] == 1
