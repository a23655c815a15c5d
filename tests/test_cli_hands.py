"""scribe hand, scribe hands, scribe write --hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scribe.cli import main
from scribe.drawing.formats import read_canvas
from scribe.hands import HandReader, draw_hand, load_hand, named_hands, similarity
from scribe.reading.edits import errors
from scribe.writer import Writer


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "line.json"
    assert main(["write", "the old inn by the river", "-o", str(path), "--hand", "fern", "--seed", "1"]) == 0
    return path


def test_a_hand_is_read_from_a_drawing_and_written_in(page: Path, tmp_path: Path, capfd) -> None:
    assert main(["hand", str(page), "-o", str(tmp_path / "me.hand")]) == 0
    said = capfd.readouterr().err
    assert f'scribe write "In this hand" -o it.svg --hand {tmp_path}' in said
    hand = load_hand(tmp_path / "me.hand")
    assert hand.name == "me"
    others = [similarity(hand, one.hand) for name, one in named_hands().items() if name != "fern"]
    meant = similarity(hand, named_hands()["fern"].hand)
    assert meant > sum(others) / len(others) + 0.2  # one short line tells much, but not all
    assert main(["write", "and so on", "-o", str(tmp_path / "it.svg"), "--hand", str(tmp_path / "me.hand")]) == 0
    assert (tmp_path / "it.svg").read_text().startswith("<svg")


def test_a_line_whose_text_is_known_is_the_sample_of_the_hand(page: Path, tmp_path: Path, capfd) -> None:
    """The drawing says what it says; without that a reader reads it, and --no-sample keeps numbers only."""
    path, line = tmp_path / "me.hand", "the old inn by the river"
    assert main(["hand", str(page), "-o", str(path)]) == 0
    assert repr(line) in capfd.readouterr().err
    hand = load_hand(path)
    assert hand.sample is not None
    assert hand.sample.text == line
    assert hand.sample.ink.bounds.width == pytest.approx(read_canvas(page)[0].bounds.width, rel=0.01)
    untold = json.loads(page.read_text()) | {"text": ""}
    (tmp_path / "untold.json").write_text(json.dumps(untold))
    assert main(["hand", str(tmp_path / "untold.json"), "-o", str(path)]) == 0
    sample = load_hand(path).sample
    assert sample is not None
    assert errors(sample.text, line) <= 4  # the reader has its own slips, and the line is written by any weights
    assert main(["hand", str(path), "-o", str(tmp_path / "bare.hand"), "--no-sample"]) == 0
    bare = load_hand(tmp_path / "bare.hand")
    assert bare.sample is None
    np.testing.assert_array_equal(bare.z, load_hand(path).z)
    for name in ("me", "bare"):
        out = tmp_path / f"{name}.json"
        assert (
            main(["write", "and so on", "-o", str(out), "--hand", str(tmp_path / f"{name}.hand"), "--seed", "1"]) == 0
        )
    assert (tmp_path / "me.json").read_bytes() != (tmp_path / "bare.json").read_bytes()


def test_as_many_lines_of_text_as_of_ink(page: Path, tmp_path: Path, capfd) -> None:
    assert main(["hand", str(page), "-o", str(tmp_path / "me.hand"), "--text", "one\ntwo"]) == 2
    assert "has 1 lines, and --text has 2" in capfd.readouterr().err
    assert not (tmp_path / "me.hand").exists()


def test_the_hand_changes_the_writing_and_the_seed_draws_it(tmp_path: Path) -> None:
    def written(name: str, *more: str) -> bytes:
        path = tmp_path / f"{name}.json"
        assert main(["write", "one", "-o", str(path), "--seed", "5", "--hand", *more]) == 0
        return path.read_bytes()

    assert written("a", "fern") != written("b", "flint")
    assert main(["hand", "--seed", "5", "-o", str(tmp_path / "five.hand")]) == 0
    assert similarity(load_hand(tmp_path / "five.hand"), draw_hand(5)) == pytest.approx(1, abs=1e-6)
    told = {"c": "drawn", "d": str(tmp_path / "five.hand")}
    drawn, from_file = (json.loads(written(name, hand))["strokes"][0][:8] for name, hand in told.items())
    np.testing.assert_allclose(drawn, from_file, atol=0.01)  # a file keeps a hand to four digits


def test_with_guidance_lines_are_more_like_the_hand() -> None:
    writer, reader = Writer.load("anyone"), HandReader.load()
    hands = [reader.prior.draw(seed) for seed in range(12)]
    plain, guided = (
        writer.write_many(["the old inn by the river"] * 12, hand=hands, guidance=guidance, seed=1)
        for guidance in (1, 2)
    )
    closer = [
        similarity(reader.read(one), hand) - similarity(reader.read(other), hand)
        for one, other, hand in zip(guided, plain, hands, strict=True)
    ]
    assert np.mean(closer) > 0.03


def test_hands_are_mixed(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert main(["hand", "--seed", seed, "-o", str(tmp_path / f"{seed}.hand")]) == 0
    both = [str(tmp_path / "1.hand"), str(tmp_path / "2.hand")]
    assert main(["hand", *both, "-o", str(tmp_path / "both.hand"), "--name", "between"]) == 0
    mixed = load_hand(tmp_path / "both.hand")
    assert mixed.name == "between"
    assert similarity(mixed, draw_hand(1)) == pytest.approx(similarity(mixed, draw_hand(2)), abs=1e-4)


def test_hands_are_listed(capsys) -> None:
    assert main(["hands"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(named_hands())
    assert main(["hands", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == list(named_hands())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hand", "-o", "x.hand"], "give files to read a hand from, or --seed to draw one"),
        (["hand", "--seed", "1", "-o", "x.json"], "must end in .hand"),
        (["write", "so", "-o", "x.svg", "--guidance", "2"], "--guidance says how many times a --hand counts; give one"),
        (["write", "so", "-o", "x.svg", "--hand", "fern", "--guidance", "5"], "5.0 is not in the range 0<=x<=4"),
        (["hand", "gone.json", "-o", "x.hand"], "there is no file gone.json"),
        (["write", "a", "-o", "x.svg", "--hand", "nobody"], "there's no hand named 'nobody'"),
        (["write", "a", "-o", "x.svg", "--hand", "fern", "--weights", "default"], "know no hands"),
    ],
)
def test_what_cannot_be_is_told(arguments, message, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capfd.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())
