"""Equal marks are counted and told apart by their shape, and made even."""

from __future__ import annotations

import numpy as np
import pytest

from scribe.ink import Ink
from scribe.repeats import EVEN, count, evened, heights, marks

ROUND = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(1.2, 1.2 + 2 * np.pi, 14)]) * 0.5 + (0.5, 0.5)
LOOP = np.array([[0, 0], [0.5, 0.7], [0.8, 1.5], [0.6, 2], [0.4, 1.5], [0.4, 0.5], [0.6, 0], [0.9, 0.1]])


def moved(strokes: list[np.ndarray], size: float, x: float) -> list[np.ndarray]:
    return [stroke * size + (x, 0) for stroke in strokes]


SHAPES = {
    ".": [np.array([[0, 0.05]])],
    "!": [np.array([[0.1, 2], [0, 1], [0, 0.6]]), np.array([[0, 0.05]])],
    "1": [np.array([[-0.3, 1.5], [0, 2], [0, 0]])],
    "l": [LOOP],
    "o": [ROUND],
    "0": [np.concatenate([ROUND, [[0.5, 0.9], [0.6, 0.3]]]) * (1, 2)],  # it ends inside
    "H": [np.array([[0, 2], [0, 0]]), np.array([[0, 1], [1, 1]]), np.array([[1, 2], [1, 0]])],
}


def line(character: str, sizes: list[float], joined: bool = False) -> np.ndarray:
    """Absolute points of marks of these sizes in a row."""
    strokes = [s for i, size in enumerate(sizes) for s in moved(SHAPES[character], size, 1.8 * i)]
    return Ink.from_strokes([np.concatenate(strokes)] if joined else strokes).points


@pytest.mark.parametrize("character", SHAPES)
@pytest.mark.parametrize("sizes", [[1], [1, 1], [1, 0.8, 1.2], [1, 1.1, 0.9, 0.8, 0.75, 0.7, 0.8]])
def test_marks_are_counted(character: str, sizes: list[float]) -> None:
    points = line(character, sizes)
    assert count(points, character) == len(sizes)
    found = marks(points, character)
    assert found is not None
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(len(points)))
    if character != ".":
        size = heights(line(character, [1]), [np.arange(len(line(character, [1])))])[0]
        np.testing.assert_allclose(heights(points, found), size * np.array(sizes), rtol=0.02)


@pytest.mark.parametrize("character", ["l", "o"])
def test_joined_marks_are_counted(character: str) -> None:
    points = line(character, [1, 0.9, 1.1, 1], joined=True)
    assert count(points, character) == 4
    assert np.ptp(heights(points, marks(points, character) or [])) > 0.1


def test_what_joins_rounds_is_none_and_a_stroke_through_a_zero_neither() -> None:
    dip = np.array([[0.9, 0.9], [1.2, 0.1], [1.8, 0.1], [2.2, 0.9]])
    joined = np.concatenate([ROUND, dip, ROUND + np.array([2.2, 0])])
    assert count(Ink.from_strokes([joined]).points, "o") == 2
    assert count(Ink.from_strokes([ROUND, np.array([[0.9, 1.1], [0.5, 0.5], [0.1, -0.1]])]).points, "0") == 1


def test_what_is_missing_shows() -> None:
    points = Ink.from_strokes(Ink.from_points(line("!", [1, 1])).strokes[:-1]).points
    assert count(points, "!") == 1.5
    assert marks(points, "!") is None
    assert count(line("1", [1]), "5") is None
    assert marks(line("1", [1]), "5") is None


@pytest.mark.parametrize("character", ["!", "1", "l", "o", "0", "H"])
@pytest.mark.parametrize("joined", [False, True])
def test_marks_become_even(character: str, joined: bool) -> None:
    if joined and character not in "lo":
        return
    points = line(character, [1, 0.8, 1.25, 0.7, 1], joined)
    found = marks(points, character)
    assert found is not None
    even = evened(points, found)
    high = heights(even, found)
    assert high.max() / high.min() < 1 + EVEN
    np.testing.assert_array_equal(even[:, [0, 2]], points[:, [0, 2]])
    again = evened(even, found)
    np.testing.assert_array_equal(again, even)  # nothing is left to do


def test_a_stroke_that_is_added_to_a_round_is_no_part_of_its_height() -> None:
    """A network may go back to an earlier letter and leave a tick there; the last round isn't pressed flat for it."""
    tick = np.array([[1.0, 1.6], [1.2, 1.9]])
    points = Ink.from_strokes([*(ROUND + np.array([1.8 * i, 0]) for i in range(4)), tick]).points
    of = marks(points, "o")
    assert of is not None
    assert heights(points, of) == pytest.approx([np.ptp(ROUND[:, 1])] * 4)
    np.testing.assert_allclose(evened(points, of), points, atol=1e-6)
