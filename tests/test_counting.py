"""Repeats are found, their strokes counted, and what is written has as many marks as characters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_weights import random_weights

from scribe.cli import main
from scribe.counting import Run, evened, lacking, miscounted, runs, uneven
from scribe.drawing.formats import read_canvas
from scribe.measure.repeats import repeats
from scribe.proofread import counted, mark_ends
from scribe.repeats import EVEN
from scribe.writer import Draft, Line, Writer, WritingError


def draft(text: str, strokes: list[int], points: int = 3) -> Draft:
    """A draft whose strokes stand at these places of the text."""
    made = np.zeros((len(strokes) * points, 3), np.float32)
    made[points - 1 :: points, 2] = 1
    line = Line(np.zeros(len(text) + 1, np.int32), 0, 0.5, 999, 0, None, None)
    return Draft(text, made, "finished", "graves", line, np.repeat(np.array(strokes, np.int32), points))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so it goes", []),
        ("all is well", []),
        ("wait...", [Run(4, 7, ".")]),
        ("--", [Run(0, 2, "-")]),
        ("ooo 1000!!", [Run(0, 3, "o"), Run(5, 8, "0"), Run(8, 10, "!")]),
        ("a   b", []),
        ("hello", []),  # small letters in a word may be joined
        ("100, HH", [Run(1, 3, "0"), Run(5, 7, "H")]),
        ("a ll b", [Run(2, 4, "l")]),
    ],
)
def test_runs(text: str, found: list[Run]) -> None:
    assert runs(text) == found


def test_strokes_of_a_run() -> None:
    assert [run.strokes for run in runs("... !! ooo")] == [3, 4, None]


@pytest.mark.parametrize(
    ("text", "strokes", "wrong"),
    [
        ("so...", [0, 1, 2, 3, 4], 0),
        ("so...", [0, 1, 2, 4], 1),
        ("so...", [1, 2, 3, 4, 4], 1),
        ("so...", [0, 2, 3, 5], 0),  # what is drawn for the end of the text belongs to the last dot
        ("a -- b", [0, 2, 3, 4, 5], 1),  # and what is drawn for a space, to what stands before it
        ("!!", [0, 0, 1, 1], 0),
        ("!!", [0, 0, 1], 1),
        ("555", [0, 1, 2, 2, 2], 0),  # hands differ in most letters and digits
        ("all", [0, 1, 1, 2], 0),
        ("hmmm", [0, 0, 0], 0),
    ],
)
def test_strokes_are_counted(text: str, strokes: list[int], wrong: int) -> None:
    assert miscounted(draft(text, strokes)) == wrong


def test_only_runs_of_a_part_are_counted() -> None:
    both = draft("-- !!", [0, 3, 3, 4])
    assert (miscounted(both), miscounted(both, 0, 3), miscounted(both, 3)) == (2, 1, 1)


def test_texts_without_repeats_are_written_as_ever_and_beside_others() -> None:
    writer = Writer(random_weights())
    texts = ["one", "two -- three", "four"]
    found = counted(writer, texts, 2, seed=5, bias=[0.1, 0.5, 0.9])
    plain = writer.write_many(texts, seed=5, bias=[0.1, 0.5, 0.9])
    for i in (0, 2):
        np.testing.assert_allclose(found[i].offsets, plain[i].offsets, atol=1e-4)
    assert len(found.stop_reasons) == 3
    assert all(found.stop_reasons)
    alone = counted(writer, ["two -- three"], 2, seed=6, bias=0.5)[0]
    np.testing.assert_allclose(found[1].offsets, alone.offsets, atol=1e-4)


@pytest.mark.parametrize("sign", [".", "-"])
def test_as_many_marks_as_signs(sign: str) -> None:
    """In ten texts by the weights that write by default, at two biases: each has its strokes, and nothing else."""
    writer = Writer.load("anyone")
    texts = [sign * count for count in (2, 3, 5, 8, 12)] * 2
    lines = counted(writer, texts, 16, seed=0, bias=[0.5] * 5 + [1.0] * 5)
    right = [len(line.strokes) == len(text) for line, text in zip(lines, texts, strict=True)]
    assert sum(right) >= 9


def test_the_command_counts(tmp_path) -> None:
    path = tmp_path / "dots.json"
    assert main(["write", "......", "-o", str(path), "--seed", "3"]) == 0
    assert len(read_canvas(path)[0].strokes) == 6


def marks(text: str, heights: list[float], joined: bool = False) -> Draft:
    """A draft with one stroke per character, up and down again, so high; or all of it as a single stroke."""
    made = np.array([[[0.1, 0, 0], [0.1, height, 0], [0, -height, not joined]] for height in heights], np.float32)
    made[-1, -1, 2] = 1
    line = Line(np.zeros(len(text) + 1, np.int32), 0, 0.5, 999, 0, None, None)
    places = np.repeat(np.arange(len(text), dtype=np.int32), 3)
    return Draft(text, made.reshape(-1, 3), "finished", "graves", line, places)


@pytest.mark.parametrize(
    ("text", "heights", "worst"),
    [
        ("HHH", [1, 1, 1], 0),
        ("HHH", [1, 1.08, 0.92], 0),  # within 10 %
        ("HHH", [1, 1.1, 0.7], 0.2),
        ("111", [2, 2, 3], 0.4),  # a share of the first's height
        ("HH", [1, 2], 0.9),
        ("ll", [1, 2], 0.9),
        ("all", [1, 1, 2], 0),  # a double letter isn't a repeat
        ("...", [0.01, 0.05, 0.03], 0),  # too low to be seen
        ("66", [2, 1], 0.4),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_heights_of_repeats_are_compared(text: str, heights: list[float], worst: float, joined: bool) -> None:
    assert uneven(marks(text, heights, joined)) == pytest.approx(worst, abs=1e-6)


def test_a_mark_without_ink_differs_by_all_of_its_height() -> None:
    two = marks("HHH", [1, 1, 1])
    assert uneven(replace(two, places=np.minimum(two.places, 1))) == pytest.approx(1 - EVEN)


def test_only_heights_of_a_part_are_compared() -> None:
    both = marks("HHH 111", [1, 1, 2, 0, 2, 2, 4])
    assert [uneven(both, *part) for part in [(0, 2), (0, 3), (4, 6)]] == pytest.approx([0, 0.9, 0])
    assert uneven(both, 4) == pytest.approx(0.9)


def test_marks_of_repeats_end_one_after_the_other() -> None:
    assert mark_ends("HHH", 0, 3) == [1, 2]
    assert mark_ends("so... on", 0, 5) == [2, 3, 4]
    assert mark_ends("it's 1000, yes", 4, 10) == [6, 7, 8, 9]
    assert mark_ends("hello", 0, 5) == mark_ends("ooo", 0, 3) == []  # small letters may be joined


def test_marks_are_stretched_to_one_height() -> None:
    for text, high in [("HHH", [1, 1.2, 0.8]), ("111", [2, 2, 3]), ("so 6666", [1, 3, 0, 1, 0.7, 1.1, 1.6])]:
        for joined in (False, True):
            before = marks(text, high, joined)
            after = evened(before)
            assert uneven(before) > 0
            assert uneven(after) == pytest.approx(0, abs=1e-6)
            np.testing.assert_array_equal(after.points[:, [0, 2]], before.points[:, [0, 2]])
            np.testing.assert_allclose(after.points[:, 1].sum(), before.points[:, 1].sum(), atol=1e-5)  # where it ends
    plain = marks("hello", [1, 1, 2, 1, 1])
    np.testing.assert_array_equal(evened(plain).points, plain.points)


def test_marks_that_are_missing_are_counted_where_a_repeat_ends() -> None:
    three = draft("so....", [0, 1, 2, 3, 5])  # a dot is missing
    assert [lacking(three, goal) for goal in (2, 3, 5, 6)] == [0, 0, 0, 1]
    assert lacking(draft("!!!", [0, 0, 1]), 3) == 1  # one and a half are there
    assert lacking(draft("555", [0]), 3) == 0


def test_a_window_that_was_moved_back_writes_more_marks() -> None:
    writer = Writer.load("anyone")
    (once,) = writer.extend(writer.begin(["..."], bias=1.0), [3], [0])
    (more,) = writer.extend([once.moved_back(2)], [3], [1])
    assert more.stop_reason == "finished"
    assert len(more.ink.strokes) == len(once.ink.strokes) + 2
    np.testing.assert_array_equal(more.points[: len(once.points)], once.points)
    with pytest.raises(WritingError, match="no window to move"):
        writer.begin(["..."])[0].moved_back(1)


def test_repeats_are_right_and_as_high_as_the_first() -> None:
    """Lines by the weights that write by default, in no hand: nearly all are; far fewer where nothing is counted."""
    writer = Writer.load("anyone")
    found = repeats(writer, lengths=(3, 6, 12), biases=(0.5, 1.0))
    assert found["lines"] == 24
    assert found["even"]["value"] > 0.9
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scribe.measure.repeats.counted", lambda writer, texts, **o: writer.write_many(texts, seed=0))
        assert repeats(writer, lengths=(3, 6, 12), biases=(0.5, 1.0))["even"]["value"] < 0.6
