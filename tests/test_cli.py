import io
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from patience import patience
from PIL import Image
from random_weights import random_weights

from scribe import cli
from scribe.alphabet import ASCII
from scribe.corpora import Corpus, Sample
from scribe.drawing import drawing
from scribe.drawing.formats import save
from scribe.hands import load_hand
from scribe.ink import Ink
from scribe.measure import evaluation
from scribe.measure.repeats import CHARACTERS, repeats
from scribe.reader import Reader
from scribe.weights import load_weights, save_weights

ROOT = Path(__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"
BOX = Ink.from_strokes([[(0, 0), (3, 1), (5, 0)], [(4, 2)]])


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_weights(path, random_weights())
    return str(path)


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCRIBE_TRACEBACK", raising=False)

    def call(*arguments, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.main([str(a) for a in arguments])
        return (code, *capsys.readouterr())

    return call


def process(*arguments, **options):
    options = {"capture_output": True, "text": True, "timeout": patience(30), "cwd": ROOT} | options
    return subprocess.run([sys.executable, "-m", "scribe", *map(str, arguments)], **options)


def one_line(error):
    """What is said of a mistake: one line, and no traceback."""
    assert error.startswith("scribe: error: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")
    assert "Traceback" not in error
    return error


# --- write


def test_writes_a_picture_that_says_what_it_shows(run, weights, tmp_path):
    code, out, err = run("write", "Jon <Snow> & co", "-o", "jon.svg", "--weights", weights, "--seed", 3)
    assert (code, out) == (0, "")
    assert err.startswith("scribe: jon.svg: 1 line, ")
    assert err.endswith(", seed 3\n")
    root = ElementTree.parse(tmp_path / "jon.svg").getroot()
    assert root.find(f"{SVG}title").text == "Jon <Snow> & co"
    assert len(list(root.iter(f"{SVG}path"))) > 0


def test_the_same_seed_writes_the_same_file_and_no_seed_another(run, weights, tmp_path):
    for name, more in (("a", ["--seed", 5]), ("b", ["--seed", 5]), ("c", []), ("d", [])):
        assert run("write", "hello", "-o", f"{name}.svg", "--weights", weights, *more)[0] == 0
    a, b, c, d = ((tmp_path / f"{name}.svg").read_bytes() for name in "abcd")
    assert a == b
    assert len({a, c, d}) == 3


def test_the_seed_that_was_drawn_is_told_and_can_be_used_again(run, weights, tmp_path):
    _, _, err = run("write", "hello", "-o", "a.svg", "--weights", weights)
    seed = err.rsplit(" ", 1)[1].strip()
    run("write", "hello", "-o", "b.svg", "--weights", weights, "--seed", seed)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_ending_says_what_kind_of_file_it_becomes(run, weights, tmp_path):
    for ending in (*cli.paper.PICTURES, "gcode"):
        assert run("write", "ab", "-o", f"x.{ending}", "--weights", weights, "--seed", 1, "-q") == (0, "", "")
    assert Image.open(tmp_path / "x.png").format == "PNG"
    assert Image.open(tmp_path / "x.gif").format == "GIF"
    assert ElementTree.parse(tmp_path / "x.inkml").getroot().tag.endswith("ink")
    assert "ab" in json.dumps(json.loads((tmp_path / "x.json").read_text()))
    assert (tmp_path / "x.gcode").read_text().startswith("; ab")
    assert sorted(os.listdir(tmp_path)) == sorted(f"x.{ending}" for ending in (*cli.paper.PICTURES, "gcode"))


def test_ink_that_was_written_can_be_the_style_of_more(run, weights, tmp_path):
    run("write", "ab", "-o", "hand.json", "--weights", weights, "--seed", 1)
    assert run("write", "cd", "-o", "plain.svg", "--weights", weights, "--seed", 1)[0] == 0
    code, _, err = run("write", "cd", "-o", "styled.svg", "--weights", weights, "--seed", 1, "--style", "hand.json")
    assert code == 0, err
    assert (tmp_path / "plain.svg").read_bytes() != (tmp_path / "styled.svg").read_bytes()


def test_words_need_no_quotes_and_lines_are_kept(run, weights, tmp_path):
    run("write", "two", "words", "-o", "a.svg", "--weights", weights)
    assert ElementTree.parse(tmp_path / "a.svg").getroot().find(f"{SVG}title").text == "two words"
    code, _, err = run("write", "-", "-o", "b.svg", "--weights", weights, stdin=b"\xef\xbb\xbfone\r\n\r\ntwo\tthree\n")
    assert code == 0
    assert "b.svg: 2 lines" in err
    text = ElementTree.parse(tmp_path / "b.svg").getroot().find(f"{SVG}desc").text
    assert text.endswith("one\n\ntwo three")


def test_a_text_that_starts_with_a_minus_is_written_after_two_of_them(run, weights, tmp_path):
    assert run("write", "-o", "a.svg", "--weights", weights, "--", "-1 < 0")[0] == 0
    assert ElementTree.parse(tmp_path / "a.svg").getroot().find(f"{SVG}title").text == "-1 < 0"


def test_ten_thousand_characters_are_written_on_lines(run, weights, tmp_path):
    words = ("the quick brown fox jumps over the lazy dog " * 240)[:10_000]
    code, _, err = run("write", "-", "-o", "long.svg", "--weights", weights, "--width", 50, stdin=words.encode())
    assert code == 0, err
    count = int(err.splitlines()[-1].split("long.svg: ")[1].split(" lines")[0])
    assert 200 <= count <= 230
    root = ElementTree.parse(tmp_path / "long.svg").getroot()
    assert float(root.get("height").rstrip("px")) > (count - 1) * 35
    assert len(root.find(f"{SVG}title").text) <= 100


def test_all_lines_can_follow_one_hand(run, weights, tmp_path):
    text = b"first line\nsecond line\nthird"
    for name, more in (("each", []), ("one", ["--one-hand"])):
        assert run("write", "-", "-o", f"{name}.json", "--weights", weights, "--seed", 2, *more, stdin=text)[0] == 0
    from scribe.drawing.formats import read_canvas

    each, one = (read_canvas(tmp_path / f"{name}.json")[0] for name in ("each", "one"))
    first_line = load_and_write(weights, "first line", 2)
    np.testing.assert_allclose(each.points[: len(first_line), :2], first_line.points[:, :2], atol=1e-3)
    tries = [load_and_write(weights, "first line", 2 + i) for i in range(8)]
    best = max(tries, key=lambda ink: Reader.load().log_probability(ink, "first line"))
    np.testing.assert_allclose(one.points[: len(best), :2], best.points[:, :2], atol=1e-3)
    assert len(each) != len(one) or not np.allclose(each.points, one.points)


def load_and_write(weights, text, seed):
    from scribe.writer import Writer

    return Writer.load(weights).write_many([text], seed=seed)[0]


def test_a_line_that_came_to_no_end_is_told(run, tmp_path):
    slow = random_weights(window_bias=-9.0)
    save_weights(tmp_path / "slow.safetensors", slow)
    code, _, err = run("write", "never\nending", "-o", "a.svg", "--weights", tmp_path / "slow.safetensors")
    assert code == 0
    assert "scribe: warning: line 1, 'never', was cut off" in err
    assert "scribe: warning: line 2, 'ending', was cut off" in err


def test_weights_without_a_window_write_without_a_text(run, tmp_path):
    save_weights(tmp_path / "p.safetensors", random_weights(window=0))
    code, _, err = run("write", "-o", "a.svg", "--weights", tmp_path / "p.safetensors")
    assert code == 0
    assert "700 points" in err
    code, _, err = run("write", "hello", "-o", "a.svg", "--weights", tmp_path / "p.safetensors")
    assert code == 2
    assert "write without a text" in one_line(err)


def test_pictures_take_the_size_and_colours_asked_for(run, weights, tmp_path):
    options = ["--weights", weights, "--seed", 1, "--colour", "navy"]
    assert run("write", "ab", "-o", "a.png", "--pixels", 321, "--paper", "none", *options)[0] == 0
    image = Image.open(tmp_path / "a.png")
    assert (image.width, image.mode) == (321, "RGBA")
    assert run("write", "ab", "-o", "a.svg", "--mm", 180, "--paper", "white", *options)[0] == 0
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.get("width") == "180mm"
    assert root.find(f"{SVG}rect").get("fill") == "white"
    assert next(root.iter(f"{SVG}g")).get("stroke") == "navy"


# --- mistakes


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([""], "there is nothing to write: the text is empty"),
        ([" \n\t "], "there is nothing to write: the text is empty"),
        ([], "there is nothing to write: the text is empty"),
        (["h\u00e9llo"], "character 2, '\u00e9' (U+00E9, LATIN SMALL LETTER E WITH ACUTE), cannot be written; 'e' can"),
        (["a\nb\u65e5c\u2014"], "character 2 of line 2, '\u65e5' (U+65E5"),
        (["a\nb\u65e5c\u0416"], "Nor can '\u0416'. --replace-unknown writes look-alikes"),
        (["a\x07"], "character 2, '\\x07' (U+0007, no name), cannot be written; nothing looks like it"),
        (["\u65e5", "--replace-unknown"], "nothing to write: no character of the text is known"),
        (["a", "--bias", "x"], "'x' is not a valid float"),
        (["a", "--bias", "nan"], "'nan' is not a finite number"),
        (["a", "--bias", "51"], "51.0 is not in the range -1<=x<=50"),
        (["a", "--bias-rule", "other"], "'other' is not one of 'graves', 'post'"),
        (["a", "--width", "0"], "0 is not in the range"),
        (["a", "--seed", "-1"], "-1 is not in the range"),
        (["a", "--line-height", "0"], "--line-height must be above 0"),
        (["a", "--pen", "0"], "--pen must be above 0"),
        (
            ["a", "--pixels", "9", "--mm", "9"],
            ".gcode, .hpgl, .dxf, and not together with --pixels",
        ),
        (["a", "--colour", "blak"], "--colour 'blak' is no colour; give a name such as darkblue, or #rrggbb"),
        (["a", "--paper", ""], "--paper '' is no colour"),
        (["a", "--reader", "other"], "--reader is for --proofread"),
        (["a", "--nonsense"], "No such option"),
        (["a", "--style", "no.json"], "no.json"),
        (["a", "--style", "nobodys-hand"], "there is no style named 'nobodys-hand'"),
    ],
)
def test_mistakes_are_told_in_one_line(run, weights, tmp_path, arguments, says):
    code, out, err = run("write", "-o", "a.svg", "--weights", weights, *arguments)
    assert says in one_line(err.split("\n", err.count("\n") - 1)[-1])
    assert (code, out) == (2, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.txt", "a.txt: the name must end in .svg, .png, .gif, .json, .inkml"),
        ("a", "the name must end in"),
        ("no/such/a.svg", "does not exist; make it first"),
        ("folder.svg", "folder.svg is a folder; give the name of a file"),
    ],
)
def test_a_file_that_cannot_be_is_told_before_the_work(run, tmp_path, name, says):
    (tmp_path / "folder.svg").mkdir()
    code, _, err = run("write", "a", "-o", name, "--weights", "the weights are never looked at")
    assert code == 2
    assert says in one_line(err)


def test_options_that_do_not_fit_the_file_are_told(run, weights):
    assert "--mm is for .svg" in one_line(run("write", "a", "-o", "a.png", "--mm", 100, "--weights", weights)[2])
    for option in (("--pixels", 9), ("--pen", 0.13), ("--colour", "red"), ("--paper", "none")):
        code, _, err = run("write", "a", "-o", "a.json", "--weights", weights, *option)
        assert code == 2
        assert f"{option[0]} has no meaning for .json, which keeps the ink itself" in one_line(err)
    assert "clear paper" in one_line(run("write", "a", "-o", "a.gif", "--paper", "none", "--weights", weights)[2])


def test_a_style_is_a_line_in_characters_that_are_known(run, weights, tmp_path):
    assert run("write", "one\ntwo", "-o", "page.json", "--weights", weights)[0] == 0
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", weights, "--style", "page.json")
    assert code == 2
    assert "lines says what a line of the text says; is it the right text?" in one_line(err)  # it's scribble
    assert "is it the right text?" in one_line(run("corpus", "canvas", "page.json", "-o", "mine.npz")[2])

    save(tmp_path / "cafe.json", BOX, "cafe\u0301")
    arguments = ("write", "a", "-o", "a.svg", "--weights", weights, "--style", "cafe.json")
    code, _, err = run(*arguments)
    assert code == 2
    assert "cafe.json says '\u00e9', which the network does not know; --replace-unknown takes it" in one_line(err)
    assert run(*arguments, "--replace-unknown")[0] == 0
    save(tmp_path / "cafe.json", BOX, "\u65e5")
    code, _, err = run(*arguments, "--replace-unknown")
    assert code == 2
    assert "cafe.json says '\u65e5', which the network does not know\n" in one_line(err)


PAGE = "dear friend of mine\nthank you for the letter\nit came this morning\n"


def test_a_page_is_a_style_a_corpus_and_a_hand(run, tmp_path):
    """It's cut into lines, and each goes with what it says; a line that isn't there is told."""
    assert run("write", PAGE, "-o", "page.json", "--bias", 2, "--seed", 1)[0] == 0
    code, _, err = run("write", "hello", "-o", "a.svg", "--style", "page.json", "--seed", 1)
    assert code == 0, err
    assert re.search("of the 3 lines of page.json the style is '(dear friend of mine|thank you|it came)", err)
    content = json.loads((tmp_path / "page.json").read_text())
    content["text"] = ""
    (tmp_path / "page.json").write_text(json.dumps(content))
    (tmp_path / "page.txt").write_text(PAGE.replace("thank", "and nobody knows of it\nthank"), encoding="utf-8")
    code, _, err = run("corpus", "canvas", "page.json", "--text", "page.txt", "-o", "mine.npz")
    assert code == 0, err
    assert "warning: page.json: the text 'and nobody knows of it' has no match and is left out" in err
    found = Corpus.load(tmp_path / "mine.npz")
    assert [sample.text for sample in found] == PAGE.splitlines()
    assert all(abs(sample.ink.bounds.top) < 4 for sample in found), "each line stands on a baseline of its own"
    assert run("write", "hello", "-o", "b.svg", "--style", "page.json", "--style-text", "page.txt")[0] == 0
    assert run("hand", "page.json", "--text", "page.txt", "-o", "me.hand")[0] == 0
    assert load_hand(tmp_path / "me.hand").sample.text in PAGE.splitlines()
    code, _, err = run("corpus", "canvas", "page.json", "page.json", "--text", "page.txt", "-o", "mine.npz")
    assert (code, "--text says what one drawing says" in one_line(err)) == (2, True)
    code, _, err = run("write", "hello", "-o", "b.svg", "--style", "page.json", "--style-text", "none.txt")
    assert (code, "none.txt" in one_line(err)) == (2, True)


def test_ink_and_text_of_a_style_that_do_not_match_are_told(run, tmp_path):
    said = "we met him in the street"
    assert run("write", said, "-o", "hand.json", "--bias", 2, "--seed", 4)[0] == 0
    arguments = ("write", "hello", "-o", "a.svg", "--style", "hand.json")
    code, _, err = run(*arguments)
    assert (code, "match" in err) == (0, False)
    code, _, err = run(*arguments, "--style-text", said.replace("him ", ""))
    assert code == 0
    assert "warning: the ink of hand.json and its text don't seem to match: the ink has the word 'h" in err
    assert "at character 8, and the text doesn't" in err


def test_what_can_hardly_be_written_or_read_again_is_told(run, weights, tmp_path, monkeypatch):
    assert "may lose their way" in run("write", "a" * 81, "-o", "a.svg", "--width", 90, "--weights", weights)[2]
    assert "may lose their way" not in run("write", "a" * 80, "-o", "a.svg", "--width", 90, "--weights", weights)[2]
    code, _, err = run("write", "a", "-o", "a.gif", "--pixels", 9000, "--weights", weights)
    assert code == 0
    width = Image.open(tmp_path / "a.gif").width
    assert f"a.gif is {width:,} pixels wide" in err
    monkeypatch.setattr(drawing, "LARGEST_FILE", 100)
    assert "too large to be read again" in run("write", "a", "-o", "a.json", "--weights", weights)[2]


def test_accents_may_stand_beside_their_letters(run, weights, tmp_path):
    code, _, err = run("write", "cafe\u0301", "-o", "a.svg", "--weights", weights, "--replace-unknown")
    assert code == 0
    assert "warning: left out" not in err
    assert ElementTree.parse(tmp_path / "a.svg").getroot().find(f"{SVG}title").text == "cafe"
    assert run("write", "2\u00bd\tcups", "-o", "a.svg", "--weights", weights, "--replace-unknown")[0] == 0
    assert ElementTree.parse(tmp_path / "a.svg").getroot().find(f"{SVG}title").text == "2 1/2 cups"


@pytest.mark.skipif(os.name == "nt", reason="no shell that closes streams")
@pytest.mark.parametrize(
    ("closed", "code", "says"),
    [
        (">&-", 0, ", seed 3"),
        ("2>&-", 0, ""),
        ("<&-", 2, "scribe: error: there is nothing to write: the text is empty"),
    ],
)
def test_closed_streams_are_not_missed(weights, tmp_path, closed, code, says):
    text = "-" if closed == "<&-" else "a"
    command = f'"{sys.executable}" -m scribe write {text} -o "{tmp_path}/a.svg" --weights "{weights}" --seed 3 {closed}'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=patience(30), cwd=ROOT)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_a_text_that_is_not_utf8_is_told(run, weights):
    code, _, err = run("write", "-", "-o", "a.svg", "--weights", weights, stdin=b"ab\xff")
    assert code == 2
    assert "the text is not UTF-8: byte 3 is 0xff" in one_line(err)


def test_unknown_characters_are_replaced_when_asked_and_losses_told(run, weights, tmp_path):
    code, _, err = run("write", "caf\u00e9 \u2013 \u65e5!", "-o", "a.svg", "--weights", weights, "--replace-unknown")
    assert code == 0
    assert "warning: left out what has no look-alike: '\u65e5'" in err
    assert ElementTree.parse(tmp_path / "a.svg").getroot().find(f"{SVG}title").text == "cafe - !"


def test_weights_that_are_missing_damaged_or_of_another_shape_are_told(run, weights, tmp_path):
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", "nobody")
    assert code == 2
    assert "there are no weights named 'nobody'" in one_line(err)
    data = Path(weights).read_bytes()
    (tmp_path / "half.safetensors").write_bytes(data[: len(data) // 2])
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", "half.safetensors")
    assert code == 2
    assert "half.safetensors" in one_line(err)
    (tmp_path / "shape.safetensors").write_bytes(data.replace(b'"units\\": 12', b'"units\\": 13'))
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", "shape.safetensors")
    assert code == 2
    assert "lstm1.kernel has shape" in one_line(err)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="a superuser may write everywhere")
def test_a_folder_without_permission_is_the_machines_fault(run, weights, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    code, _, err = run("write", "a", "-o", folder / "a.svg", "--weights", weights)
    assert code == 1
    assert "cannot be written" in one_line(err)


def test_a_folder_that_refuses_is_the_machines_fault(run, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", weights)
    assert code == 1
    assert f"{tmp_path}: the folder cannot be written" in one_line(err)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_the_machines_fault(run, weights, tmp_path):
    (tmp_path / "full.svg").symlink_to("/dev/full")
    code, _, err = run("write", "a", "-o", "full.svg", "--weights", weights)
    assert code == 1
    assert "No space left on device" in one_line(err)


def test_a_failure_leaves_the_old_file_and_nothing_else(run, weights, tmp_path, monkeypatch):
    (tmp_path / "a.svg").write_text("old")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", weights)
    assert code == 1
    assert "a.svg: it could not be written: No space left on device" in one_line(err)
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]
    assert (tmp_path / "a.svg").read_text() == "old"


def test_files_get_ordinary_permissions_and_links_stay_links(run, weights, tmp_path):
    before = os.umask(0o022)
    try:
        (tmp_path / "real.svg").write_text("old")
        (tmp_path / "link.svg").symlink_to("real.svg")
        assert run("write", "a", "-o", "link.svg", "--weights", weights)[0] == 0
    finally:
        os.umask(before)
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<svg")
    assert stat.S_IMODE((tmp_path / "real.svg").stat().st_mode) == 0o644


def test_what_nobody_expected_is_one_line_too(run, weights, monkeypatch):
    monkeypatch.setattr(cli.write, "_picture", lambda *arguments, **options: 1 / 0)
    code, _, err = run("write", "a", "-o", "a.svg", "--weights", weights)
    assert code == 1
    assert "ZeroDivisionError" in one_line(err)
    monkeypatch.setenv("SCRIBE_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["write", "a", "-o", "a.svg", "--weights", weights])


# --- the process


def test_ctrl_c_ends_with_130_and_without_a_word(weights, tmp_path):
    command = [sys.executable, "-m", "scribe", "write", "-", "-o", str(tmp_path / "a.svg"), "--weights", weights]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    # What a shell starts in its background ignores Ctrl-C, and hands that down.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(command, cwd=ROOT, **pipes)
    signal.signal(signal.SIGINT, heard)
    deadline = time.monotonic() + patience(20)
    while time.monotonic() < deadline:  # until it waits for its text
        wchan = Path(f"/proc/{child.pid}/wchan")
        if not wchan.exists() or "pipe" in wchan.read_text():
            break
        time.sleep(0.05)
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=patience(20))
    assert child.returncode == 130
    assert (out, err.strip()) == (b"", b"")
    assert not list(tmp_path.iterdir())


def test_the_module_runs_and_helps():
    for arguments in (
        ["--help"],
        ["write", "-h"],
        ["corpus", "--help"],
        ["corpus", "sheet", "--help"],
        ["train", "-h"],
    ):
        done = process(*arguments)
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: scribe")
        assert done.stderr == ""
    assert "\n    scribe write" in process("write", "-h").stdout


@pytest.mark.parametrize("arguments", [[], ["corpus"], ["nothing"], ["corpus", "nothing"]])
def test_a_command_that_is_none_is_a_mistake(run, arguments):
    code, _, err = run(*arguments)
    assert code == 2
    assert "--help" in one_line(err)


def test_writing_imports_nothing_heavy(weights, tmp_path):
    code = """
import sys
from scribe.cli import main
assert "numpy" not in sys.modules
assert main(["write", "a", "-o", sys.argv[1], "--weights", sys.argv[2]]) == 0
heavy = {"keras", "tensorflow", "matplotlib", "PIL", "rich", "scipy", "typer", "pydantic"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.svg", weights], check=True, timeout=patience(30), cwd=ROOT
    )


# --- corpora


@pytest.fixture
def corpus(tmp_path):
    samples = [
        Sample(BOX, f"text $ {i}", f"w{i % 4}", "line" if i % 3 else "word", "test" if i % 4 == 3 else "train")
        for i in range(24)
    ]
    metadata = {"name": "made up", "licence": "CC0-1.0", "attribution": "nobody", "synthetic": True}
    path = tmp_path / "c.npz"
    Corpus.from_samples(samples, metadata).save(path)
    return path


def test_info_is_json_with_provenance(run, corpus):
    code, out, err = run("corpus", "info", corpus)
    assert (code, err) == (0, "")
    held = json.loads(out)
    assert (held["lines"], held["words"], held["writers"]) == (16, 8, 4)
    assert (held["licence"], held["synthetic"]) == ("CC0-1.0", True)


def test_a_sheet_draws_the_samples_asked_for(run, corpus, tmp_path, monkeypatch):
    from scribe import draw

    drawn = []
    real = draw.sheet_figure
    monkeypatch.setattr(draw, "sheet_figure", lambda samples, **o: drawn.append((samples, o)) or real(samples, **o))
    code, _, err = run("corpus", "sheet", corpus, "-o", "s.png", "--kind", "word", "--writer", "w0", "--rows", 3)
    assert code == 0
    assert "s.png: 2 of 2 samples" in err
    samples, options = drawn[0]
    assert {s.writer for s in samples} == {"w0"}
    assert {s.kind for s in samples} == {"word"}
    assert options == {"columns": 4}
    assert Image.open(tmp_path / "s.png").format == "PNG"
    for seed in (1, 1, 2):
        run("corpus", "sheet", corpus, "-o", "t.svg", "--split", "train", "--rows", 5, "--seed", seed)
    one, again, other = ([s.text for s in samples] for samples, _ in drawn[1:])
    assert one == again != other
    assert len(one) == 5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["info", "none.npz"], "there is no corpus at none.npz"),
        (["sheet", "c.npz", "-o", "s.png", "--writer", "x"], "no sample is by 'x'; there are 4 writers: w0, w1"),
        (["sheet", "c.npz", "-o", "s.png", "--split", "validation"], "holds no such samples"),
        (["sheet", "c.npz", "-o", "s.doc"], "must end in .png, .svg, .pdf"),
        (["info", "bad.npz"], "bad.npz cannot be read as a corpus"),
        (["info", "."], "cannot be read as a corpus"),
        (["fonts", "-o", "f.txt"], "must end in .npz"),
        (["fonts", "-o", "f.npz", "--lines", "0"], "there must be a line or a word"),
        (["unipen", "none.tgz", "-o", "u.npz"], "none.tgz"),
        (["iam", "no-strokes", "no-texts", "-o", "i.npz"], "no-texts"),
    ],
)
def test_mistakes_about_corpora_are_told_in_one_line(run, corpus, tmp_path, arguments, says):
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 no zip")
    code, _, err = run("corpus", *arguments)
    assert says in one_line(err)
    assert code == 2


def test_fonts_make_a_corpus(run, tmp_path):
    code, _, err = run("corpus", "fonts", "-o", "f.npz", "--lines", 40, "--words", 10, "--seed", 3)
    assert code == 0
    assert "f.npz: 40 lines and 10 words" in err
    made = Corpus.load(tmp_path / "f.npz")
    assert made.metadata["synthetic"] is True
    assert set("".join(made.texts)) <= set(ASCII.characters)


def test_unipen_is_downloaded_if_no_archive_is_given(run, tmp_path, monkeypatch):
    from scribe.corpora import unipen, unipen_archive

    seen = []
    made = Corpus.from_samples([Sample(BOX, "x", "w")], {"name": "n", "licence": "l", "attribution": "a"})
    monkeypatch.setattr(unipen_archive, "download", lambda progress: tmp_path / "downloaded.tgz")
    monkeypatch.setattr(unipen, "read_unipen", lambda path, processes, progress: seen.append(path) or made)
    assert run("corpus", "unipen", "-o", "u.npz")[0] == 0
    assert run("corpus", "unipen", "mine.tgz", "-o", "u.npz")[0] == 0
    assert [path.name for path in seen] == ["downloaded.tgz", "mine.tgz"]
    assert len(Corpus.load(tmp_path / "u.npz")) == 1


# --- learning


def tiny(**settings):
    """Options for a training that takes a moment; the file of settings lies in the current folder."""
    small = {"units": 8, "layers": 1, "window": 2, "mixtures": 2, "batch_points": 800}
    Path("tiny.json").write_text(json.dumps(small | settings), encoding="utf-8")
    return ["--settings", "tiny.json", "--sample", "hi"]


def test_noise_and_precision_of_a_training_are_what_was_asked_for(run, tmp_path):
    pytest.importorskip("keras")
    assert run("corpus", "fonts", "-o", "f.npz", "--lines", 60)[0] == 0
    asked = tiny(weight_noise=0.02, precision="bfloat16", seed=5)
    code, _, err = run("train", "f.npz", "-o", "runs/a", "--updates", 1, "--seed", 2**32 - 1, *asked)
    assert code == 0, err
    settings = json.loads((tmp_path / "runs/a/settings.json").read_text())["settings"]
    assert (settings["weight_noise"], settings["precision"]) == (0.02, "bfloat16")
    assert settings["seed"] == 2**32 - 1  # the command line comes before the file
    assert load_weights(tmp_path / "runs/a/weights.safetensors").provenance["updates"] == 1
    for name, value, told in (
        ("precision", "float8", "the precision must be float32, bfloat16 or float16, not float8"),
        ("weight_noise", -1, "weight_noise is -1; it must be from 0 to"),
        ("units", "many", "units is 'many'; it must be a whole number"),
        ("peepholes", 1, "peepholes is 1; it must be true or false"),
        ("lines", 4, "there is no setting 'lines'; the settings are units, layers"),
    ):
        code, _, err = run("train", "f.npz", "-o", "runs/b", "--updates", 1, *tiny(**{name: value}))
        assert code == 2
        assert told in one_line(err)
    assert not (tmp_path / "runs/b").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("s.toml", "units = 9\nupdates = ", "s.toml cannot be read: "),
        ("s.json", "{", "s.json cannot be read: "),
        ("s.json", "[1]", "s.json must hold names with values"),
        ("s.yaml", "units: 9", "must end in .json or .toml"),
    ],
)
def test_a_file_of_settings_that_is_none_is_told(run, tmp_path, name, content, told):
    if name == "s.toml" and sys.version_info < (3, 11):
        told = "TOML needs Python 3.11"
    (tmp_path / name).write_text(content)
    code, _, err = run("train", "f.npz", "-o", "a", "--settings", name)
    assert code == 2
    assert told in one_line(err)


def test_settings_are_taken_from_another_training_or_from_toml(run, tmp_path):
    pytest.importorskip("keras")
    pytest.importorskip("tomllib")
    run("corpus", "fonts", "-o", "f.npz", "--lines", 30)
    (tmp_path / "s.toml").write_text("units = 5\nlayers = 1\nmixtures = 2\nupdates = 1\nbatch_points = 500\n")
    assert run("train", "f.npz", "-o", "a", "--settings", "s.toml", "--sample", "")[0] == 0
    code, _, err = run("train", "f.npz", "-o", "b", "--settings", "a/settings.json", "--sample", "", "--cell", "gru")
    assert code == 0, err
    first, second = (json.loads((tmp_path / run_ / "settings.json").read_text())["settings"] for run_ in "ab")
    assert second == first | {"cell": "gru"}
    assert load_weights(tmp_path / "b/weights.safetensors").architecture.cell == "gru"


def test_a_training_begins_with_weights_of_a_file(run, tmp_path, weights):
    pytest.importorskip("keras")
    assert run("corpus", "fonts", "-o", "f.npz", "--lines", 60)[0] == 0
    (tmp_path / "s.json").write_text('{"batch_points": 600}')
    options = ["--updates", 1, "--settings", "s.json", "--sample", "", "--begin-with", weights]
    code, _, err = run("train", "f.npz", "-o", "runs/a", *options)
    assert code == 0, err
    before, after = load_weights(weights), load_weights(tmp_path / "runs/a/weights.safetensors")
    assert after.architecture == before.architecture
    assert after.provenance["begun_with"]["name"] == before.name
    for wrong, told in (
        (tiny(units=9), "have their own units, 12; leave out units"),
        (["--cell", "gru"], "have their own cell, lstm; leave out cell"),
        (["--resume"], "leave out --begin-with"),
    ):
        code, _, err = run("train", "f.npz", "-o", "runs/a", *options, *wrong)
        assert code == 2
        assert told in one_line(err)
    code, _, err = run("train", "f.npz", "-o", "runs/b", "--begin-with", "nobody")
    assert code == 2
    assert "there are no weights named 'nobody'" in one_line(err)


def test_from_a_corpus_to_weights_that_write(run, tmp_path):
    pytest.importorskip("keras")
    assert run("corpus", "fonts", "-o", "f.npz", "--lines", 60)[0] == 0
    often = {"validate_every": 2, "checkpoint_every": 2, "decay": 7}
    code, out, err = run("train", "f.npz", "-o", "runs/a", "--updates", 2, *tiny(**often))
    assert (code, out) == (0, ""), err
    assert "update 2 of 2: " in err
    assert "validation" in err
    samples = tmp_path / "runs/a/samples"
    title = ElementTree.parse(samples / "0000002.svg").getroot().find(f"{SVG}title").text
    assert title == "hi, after 2 updates"

    code, _, err = run("train", "f.npz", "-o", "runs/a", "--updates", 4, *tiny())
    assert code == 2
    assert "--resume" in one_line(err)
    code, _, err = run("train", "f.npz", "-o", "runs/a", "--resume", "--updates", 4, "--sample", " ")
    assert code == 0, err
    assert "update 4 of 4: " in err
    assert json.loads((tmp_path / "runs/a/settings.json").read_text())["settings"]["decay"] == 7
    assert not (samples / "0000004.svg").exists()

    code, _, err = run("export", "runs/a", "-o", "w.safetensors", "--half")
    assert code == 0, err
    made = load_weights(tmp_path / "w.safetensors")
    assert made.name == "w"
    assert made.provenance["updates"] == 4
    assert made.architecture == load_weights(tmp_path / "runs/a/weights.safetensors").architecture

    code, out, err = run("evaluate", "w.safetensors", "f.npz", "--lines", 4, "--part", "likelihood")
    assert (code, err) == (0, "")
    scores = json.loads(out)
    assert scores["corpus"]["synthetic"] is True
    assert scores["weights"] == "w"
    assert run("write", "it works", "-o", "it.svg", "--weights", "w.safetensors", "--seed", 1)[0] == 0


def test_a_training_takes_its_alphabet_from_a_file(run, tmp_path):
    pytest.importorskip("keras")
    (tmp_path / "letters.txt").write_text("hi\n\u00e9\n", encoding="utf-8")
    run("corpus", "fonts", "-o", "f.npz", "--lines", 40)
    arguments = ["train", "f.npz", "-o", "a", "--alphabet", "letters.txt", "--updates", 2, *tiny(validate_every=2)]
    code, _, err = run(*arguments)
    assert code == 2
    assert "36 of 36 samples are left out: 36 with characters that the alphabet lacks" in one_line(err)
    assert not (tmp_path / "a").exists()

    (tmp_path / "letters.txt").write_text("".join(map(chr, range(32, 127))).replace("k", "\u00e9"), encoding="utf-8")
    code, _, err = run(*arguments)
    assert code == 0, err
    assert "with characters that the alphabet lacks ('k' in " in err
    advised = shlex.split(err.split("done; ")[-1])  # the alphabet can't spell "works"
    assert advised[:2] == ["scribe", "write"]
    assert run(*advised[1:])[0] == 0
    title = ElementTree.parse(tmp_path / "a/samples/0000002.svg").getroot().find(f"{SVG}title").text
    assert title == "hi, after 2 updates"
    weights = load_weights(tmp_path / "a/weights.safetensors")
    assert weights.alphabet.characters[75:77] == "\u00e9l"
    assert run("write", "d\u00e9j\u00e0", "-o", "x.svg", "--weights", "a/weights.safetensors")[0] == 2
    assert run("write", "d\u00e9j", "-o", "x.svg", "--weights", "a/weights.safetensors")[0] == 0
    code, _, err = run("train", "f.npz", "-o", "b", "--alphabet", "klingon")
    assert code == 2
    assert "there is no alphabet 'klingon'" in one_line(err)


def test_ctrl_c_ends_a_training_with_what_it_has_learned(run, tmp_path, monkeypatch):
    pytest.importorskip("keras")
    run("corpus", "fonts", "-o", "f.npz", "--lines", 60)
    interrupt = "scribe.training.report.draw_sample"
    monkeypatch.setattr(interrupt, lambda *arguments: signal.raise_signal(signal.SIGINT))
    code, _, err = run("train", "f.npz", "-o", "a", "--updates", 50, *tiny(validate_every=2))
    assert code == 130
    assert "stopped early; --resume goes on" in err
    assert load_weights(tmp_path / "a/weights.safetensors").provenance["updates"] == 2
    assert run("train", "f.npz", "-o", "a", "--resume")[0] == 130
    provenance = load_weights(tmp_path / "a/weights.safetensors").provenance
    assert (provenance["updates"], provenance["settings"]["updates"]) == (4, 50)


def test_the_command_that_a_training_ends_with_works(run):
    pytest.importorskip("keras")
    run("corpus", "fonts", "-o", "f.npz", "--lines", 20)
    code, _, err = run("train", "f.npz", "-o", "a", "--updates", 1, *tiny(window=0))
    assert code == 0, err
    command = err.rpartition("done; scribe ")[2]
    assert command == "write -o it.svg --weights a/weights.safetensors\n"
    assert run(*command.split())[0] == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--sample", "caf\u00e9"], "--sample: character 4 of the text, '\u00e9'"),
        (["--seed", 2**32], "is not in the range 0<=x<=4294967295"),
        (["--begin-with", "default", "--settings", "s.json"], "long lines come at once; leave out curriculum"),
    ],
)
def test_a_training_that_is_refused_leaves_no_folder(run, tmp_path, options, says):
    run("corpus", "fonts", "-o", "f.npz", "--lines", 20)
    (tmp_path / "s.json").write_text('{"curriculum": 100}')
    code, _, err = run("train", "f.npz", "-o", "a", "--updates", 1, *options)
    assert code == 2
    assert says in one_line(err)
    assert not (tmp_path / "a").exists()


def test_a_checkpoint_that_is_none_is_told(run, tmp_path):
    assert "there is no checkpoint at none" in one_line(run("export", "none", "-o", "w.safetensors")[2])
    pytest.importorskip("keras")
    (tmp_path / "bad.safetensors").write_bytes(b"not a checkpoint at all")
    code, _, err = run("export", "bad.safetensors", "-o", "w.safetensors")
    assert code == 2
    assert "bad.safetensors cannot be read as a checkpoint" in one_line(err)


def test_a_resumed_training_takes_no_other_settings(run, tmp_path):
    (tmp_path / "s.json").write_text('{"units": 9, "learning_rate": 0.1, "decay": 3}')
    code, _, err = run("train", "f.npz", "-o", "a", "--resume", "--settings", "s.json")
    assert code == 2
    assert "leave out learning_rate, units" in one_line(err)


def test_without_keras_training_says_what_to_install(run, monkeypatch):
    run("corpus", "fonts", "-o", "f.npz", "--lines", 20)
    monkeypatch.setitem(sys.modules, "keras", None)
    code, _, err = run("train", "f.npz", "-o", "a")
    assert code == 2
    assert "keras is not installed; pip install tensorflow keras" in one_line(err)


def test_the_defaults_that_help_tells_are_those_of_training():
    pytest.importorskip("keras")
    from scribe.training.reader import ReaderSettings
    from scribe.training.train import Settings

    for command, kind in ((cli.train.train, Settings), (cli.train.train_reader, ReaderSettings)):
        options = {option.name: option for option in command.params}
        told = {name: options[name].help for name in ("updates", "cell", "seed") if name in options}
        assert len(told) >= 2
        for name, words in told.items():
            assert words.endswith(f"[default: {getattr(kind(), name)}]"), name


# --- measuring


LIKELY = ("--part", "likelihood")


def test_mistakes_about_measuring_are_told_in_one_line(run, weights, corpus, tmp_path):
    save_weights(tmp_path / "silent.safetensors", random_weights(window=0))
    code, out, err = run("evaluate", weights, corpus, "--split", "validation", *LIKELY)
    assert (code, out) == (2, "")
    assert "no line in the split 'validation'" in one_line(err)
    for arguments, told in (
        (["nobody", corpus], "there are no weights named 'nobody'"),
        ([weights, "none.npz"], "there is no corpus at none.npz"),
        ([weights, *LIKELY], "likelihood needs a corpus"),
        ([weights, "--part", "beauty"], "'beauty' is not one of"),
        ([weights, "--against", weights], "--against compares on the lines of a corpus"),
        ([weights, corpus, "--against", weights, "--part", "stopping"], "and --part likelihood"),
        ([weights, corpus, *LIKELY, "--figure", "f.svg"], "it needs --part legibility"),
        (["silent.safetensors", corpus, "--figure", "f.svg"], "silent.safetensors write without a text; leave it out"),
        ([weights, "--figure", "f.gif"], "must end in .png, .svg, .pdf"),
        ([weights, "-o", "scores.txt"], "must end in .json"),
        ([weights, "--reader", "no.safetensors"], "no.safetensors"),
        ([weights, "--bias", "99"], "99"),
        ([weights, "--proofreader", "reader", "--candidates", "0"], "--proofreader chooses among candidates"),
        ([weights, "--part", "languages", "--copies", "1"], "the letters of more than English"),
    ):
        code, out, err = run("evaluate", *arguments)
        assert (code, out) == (2, ""), arguments
        assert told in one_line(err)


def test_scores_are_json(run, weights, corpus, tmp_path):
    asked = ("evaluate", weights, corpus, "--split", "train", "--kind", "all", "--lines", 3, *LIKELY)
    code, out, err = run(*asked)
    assert (code, err) == (0, "")
    assert json.loads(out)["likelihood"]["lines"] == 3
    assert run(*asked, "-o", "scores.json") == (0, "", "")
    assert json.loads((tmp_path / "scores.json").read_text()) == json.loads(out)


def test_endings_and_repeats_are_measured_without_a_corpus_and_without_a_reader(run, weights, monkeypatch):
    # Random weights never write as many marks as they should, so that each repeat is tried as often as can be.
    monkeypatch.setattr(evaluation, "repeats", partial(repeats, lengths=[2]))
    code, out, err = run("evaluate", weights, "--reader", "none", "--stop-lines", 5)
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["stopping"]["judged_by"] == "window"
    assert record["repeats"]["lines"] == len(CHARACTERS)
    assert {"stopping", "repeats"} == {"likelihood", "legibility", "stopping", "repeats", "hands"} & record.keys()


def test_a_network_without_text_is_compared_with_one_that_knows_it(run, weights, corpus, tmp_path):
    save_weights(tmp_path / "silent.safetensors", random_weights(window=0, seed=3))
    options = ("--split", "train", "--kind", "all", *LIKELY)
    code, out, err = run("evaluate", weights, corpus, "--against", "silent.safetensors", *options)
    assert (code, err) == (0, "")
    compared = json.loads(out)["comparison"]
    assert compared["against"]["window"] == 0
    assert compared["nats_a_line_better"]["low"] <= compared["nats_a_line_better"]["value"]
    code, out, _ = run("evaluate", "silent.safetensors", corpus, "--split", "train", "--kind", "all")
    assert code == 0
    assert {"likelihood"} == {"likelihood", "legibility", "stopping"} & json.loads(out).keys()


def test_what_can_be_read_becomes_a_figure(run, weights, tmp_path, monkeypatch):
    from scribe import reader

    class Guess:
        weights = SimpleNamespace(alphabet=ASCII)
        alphabet = ASCII

        def read_many(self, inks):
            return ["the" * (len(ink) // 60) for ink in inks]

    monkeypatch.setattr(reader.Reader, "load", lambda name: Guess())
    options = (
        "--part",
        "legibility",
        "--copies",
        1,
        "--bias",
        1,
        "--candidates",
        0,
        "--figure",
        "f.png",
        "-o",
        "scores.json",
    )
    code, out, err = run("evaluate", weights, *options)
    assert (code, out, err) == (0, "", "")
    assert Image.open(tmp_path / "f.png").width > 800
    assert json.loads((tmp_path / "scores.json").read_text())["legibility"]["copies"] == 1


def test_a_file_for_other_programs_has_no_css_of_pages(tmp_path):
    """To vpype and CairoSVG ``height:auto`` on the root made a page without height, and so a plot without a stroke."""
    path = tmp_path / "plot.svg"
    assert cli.main(["write", "On paper", "-o", str(path), "--mm", "180", "--seed", "1", "-q"]) == 0
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.get("width") == "180mm"
    assert float(root.get("height").removesuffix("mm")) > 10
    assert not [element for element in root.iter() if "style" in element.attrib or element.tag.endswith("style")]
    assert len([element for element in root.iter() if element.tag.endswith("path")]) >= 3


def test_letters_beyond_ascii_are_written_without_an_option(tmp_path, capsys):
    ink = tmp_path / "it.json"
    beyond, plain = (
        "Zo\u00eb from \u0141\u00f3d\u017a, \u201ctr\u00e8s ch\u00e8re\u201d \u2026",
        "It\u2019s \u201cplain\u201d \u2026",
    )
    for text in (beyond, plain):
        assert cli.main(["write", text, "-o", str(ink), "--seed", "1"]) == 0
        assert json.loads(ink.read_text())["metadata"]["weights"] == "anyone"
    assert cli.main(["write", "Zo\u00eb", "-o", str(ink), "--weights", "default"]) == 2
    assert "'\u00eb'" in capsys.readouterr().err
