"""Repeats are found, their strokes counted, and what is written has as many marks as characters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_weights import random_weights

from scribe.cli import main
from scribe.counting import EVEN, Run, miscounted, runs, uneven
from scribe.drawing.formats import read_canvas
from scribe.proofread import _best_parts, counted, mark_ends
from scribe.writer import Draft, Line, Writer


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
        ("ooo", [0, 1, 2, 2, 2], 0),  # hands differ in letters
        ("all", [0, 1, 1, 2], 0),
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
        ("HH", [1, 2], 0),  # a double letter isn't a repeat
        ("...", [0.01, 0.05, 0.03], 0),  # too low to be seen
        ("soon!!", [1, 1, 3, 1, 2, 1], 0.4),
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


def test_repeats_come_out_as_high_as_the_first() -> None:
    """Twelve runs by the weights that write by default: more of them are even than where only strokes are counted."""
    writer = Writer.load("anyone")
    texts = ["0000", "1111", "HHHH", "1000"] * 3

    def even(rounds: int) -> int:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("scribe.proofread.ROUNDS", rounds)
            drafts = _best_parts(writer, None, texts, 8, 0, 1024, {"bias": 1.0}, runs)
        return sum(uneven(draft) == 0 for draft in drafts)

    assert even(2) >= 9 > 0
    assert even(2) >= even(1)
