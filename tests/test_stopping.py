import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from random_weights import random_weights

from scribe.corpora import Sample
from scribe.ink import Ink
from scribe.measure.legibility import aligned
from scribe.measure.stopping import failures, stopping

PACE = 10.0  # points per character
TEXT = "a word"


def walked(*rests):
    """Where a window was: ``(place, points)`` one after the other."""
    return np.concatenate([[place] * points for place, points in rests])


GOOD = walked(*((place, 10) for place in range(6)), (6, 5))


@pytest.mark.parametrize(
    ("reason", "looked", "read", "expected"),
    [
        ("finished", GOOD, "a word", set()),
        ("finished", None, "a word", set()),
        ("finished", GOOD, None, set()),
        ("cap", GOOD, "a word", {"cap"}),
        # The window leaps over the last three letters.
        ("finished", walked((0, 10), (2, 10), (6, 2)), "a word", {"early"}),
        # It rests on one of them: one letter is often written while the window is at its neighbour.
        ("finished", walked((0, 10), (2, 10), (4, 10), (6, 2)), "a word", set()),
        # The reader misses them all, or reads them wrongly: that is another matter.
        ("finished", GOOD, "a w", {"early"}),
        ("finished", GOOD, "a wxx", set()),
        ("finished", GOOD, "", {"early"}),
        # What was cut off is not early, whatever is missing.
        ("cap", walked((0, 99)), "a", {"cap"}),
        # More than three characters' worth of points after the window came to the end, or two characters read there.
        ("finished", walked(*((place, 10) for place in range(6)), (6, 31)), "a word", set()),
        ("finished", walked(*((place, 10) for place in range(6)), (6, 32)), "a word", {"tail"}),
        ("finished", walked(*((place, 10) for place in range(6)), (6, 3), (5, 9), (6, 20)), None, {"tail"}),
        ("finished", GOOD, "a words", set()),
        ("finished", GOOD, "a wordly", {"tail"}),
        ("cap", GOOD, "a word and", {"cap", "tail"}),
    ],
)
def test_endings_by_hand(reason, looked, read, expected):
    alignment = None if read is None else aligned(read, TEXT)
    found = failures(TEXT, reason, looked, alignment, PACE)
    assert {kind for kind, _ in found} == expected
    assert ("tail", "reader") not in found or read not in ("a word", None)


def test_spaces_are_not_looked_for_and_short_texts_have_fewer_characters():
    assert failures("a", "finished", walked((0, 10), (1, 2)), aligned("a", "a"), PACE) == set()
    assert failures("a", "finished", walked((0, 10), (1, 2)), aligned("", "a"), PACE) == {("early", "reader")}
    assert failures("a", "finished", walked((1, 9)), None, PACE) == {("early", "window")}
    # Of "x y z" the last three are x, y and z.
    assert failures("x y z", "finished", None, aligned("x  ", "x y z"), PACE) == set()


def test_a_network_that_never_comes_to_the_end_fails_always():
    record = stopping(RecordingWriter(random_weights(window_bias=-9.0)), lines=24, longest=3)
    assert record["cap"]["lines"] == record["lines"] == 24
    assert record["failed"]["value"] == 1
    assert record["judged_by"] == "window"
    assert record["most_points_of_a_line_that_ended_well"] == 0
    assert len(record["failures"]) == 24


def test_a_network_that_leaps_to_the_end_is_early():
    record = stopping(RecordingWriter(random_weights(window_bias=3.0)), lines=40, longest=10)
    assert record["cap"] == {"lines": 0}
    assert record["early"]["lines"] == record["early"]["window"] > 20


def test_what_the_reader_says_is_counted_for_bias_and_length():
    """Lines with an even number of characters are read with a tail, those of more than 20 end too early."""
    writer = RecordingWriter(random_weights())
    plain = stopping(writer, lines=80, longest=40, biases=[0.5, 2.0])
    assert plain["failed"]["value"] < 1

    def misread(text):
        return text[:10] if len(text) > 20 else text + "xx" * (len(text) % 2 == 0)

    told = []
    record = stopping(
        writer,
        KnowingReader(writer.written, misread),
        lines=80,
        longest=40,
        biases=[0.5, 2.0],
        batch=32,
        report=told.append,
    )
    short, long = record["by_length"]
    assert (short["characters"], long["characters"]) == ([1, 20], [21, 40])
    assert short["lines"] == long["lines"] == 40
    assert short["tail"]["reader"] == 20
    assert long["failed"]["value"] == 1
    assert long["early"]["reader"] + long["cap"]["lines"] == 40
    assert [entry["lines"] for entry in record["by_bias"]] == [40, 40]
    assert sum(entry["tail"]["lines"] for entry in record["by_bias"]) == record["tail"]["lines"]
    # Each length is written with each bias.
    lines = writer.asked[-80:]
    assert {(len(text), bias) for text, bias in lines} == {(n, b) for n in range(1, 41) for b in (0.5, 2.0)}
    assert record["failures"][0].keys() == {"text", "bias", "seed", "what", "points", "read"}
    assert told[-1] == 1
    # A line of the record can be written again.
    one = record["failures"][0]
    assert len(writer.write_many([one["text"]], bias=one["bias"], seed=one["seed"])[0]) == one["points"]


def test_real_lines_show_what_the_reader_says_without_reason():
    writer = RecordingWriter(random_weights())
    real = []
    for number in range(4):
        ink = Ink(np.array([[number, 1, 0], [1, 0, 1]]))
        real.append(Sample(ink, "text" * (number + 1), "w", "line", "validation"))
        writer.written[ink.offsets.tobytes()] = real[-1].text
    reader = KnowingReader(writer.written, lambda text: text + "!!" if text == "text" else text)
    record = stopping(writer, reader, real, lines=4, longest=4)
    assert record["real"]["lines"] == 4
    assert record["real"]["tail"]["reader"] == 1
    assert "reader" not in record["real"]["early"]
    # Ink of two points comes to its end before the window has seen more than the first characters.
    assert record["real"]["early"]["window"] == 3
