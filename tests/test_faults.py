"""Faults of machines: processes killed, disks full, folders that refuse, networks that fail, settings of elsewhere."""

from __future__ import annotations

import contextlib
import errno
import http.server
import json
import locale
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path, PureWindowsPath
from typing import ClassVar

import numpy as np
import pytest
from patience import patience
from random_weights import random_weights

from scribe import cli
from scribe.corpora import Corpus, CorpusError, Sample, unipen_archive
from scribe.corpora.iam import read_iam
from scribe.corpora.unipen import download
from scribe.drawing import formats
from scribe.drawing.canvas import from_json, to_json
from scribe.drawing.inkml import from_inkml, to_inkml
from scribe.files import replacing
from scribe.ink import Ink
from scribe.layout import wrap
from scribe.weights import load_weights, save_weights

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="needs what only Unix has")
INK = Ink.from_strokes([[(0, 0), (0.4, 1), (0.8, 0), (1.2, 1.1), (1.4, 0)], [(1, 1.5)]])


def corpus_of(count: int, name: str = "x") -> Corpus:
    samples = [Sample(INK, f"an i {n}", "jo") for n in range(count)]
    return Corpus.from_samples(samples, {"name": name, "licence": "CC0", "attribution": "", "synthetic": True})


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".part"))


# --- kill -9

SAVERS = {
    "corpus.npz": (
        lambda path, n: corpus_of(200 + n, f"{n}").save(path),
        lambda path: int(Corpus.load(path).metadata["name"]),
    ),
    "weights.safetensors": (
        lambda path, n: save_weights(path, random_weights(30 + n % 2, provenance_number(n))),
        lambda path: load_weights(path).architecture.layers,
    ),
    "ink.json": (
        lambda path, n: formats.save(path, INK, f"{n}", {"n": "x" * 50_000}),
        lambda path: int(formats.load(path).text),
    ),
    "ink.inkml": (
        lambda path, n: formats.save(path, INK, f"{n}", {"n": "x" * 50_000}),
        lambda path: int(formats.load(path).text),
    ),
}


def provenance_number(n: int) -> int:
    return 1 + n % 3


@posix
@pytest.mark.parametrize("name", SAVERS)
def test_a_kill_at_any_moment_of_saving_leaves_the_old_file_or_the_new_one(name, tmp_path):
    """A process saves one version after the other until it is killed; what is there then is one of them, whole."""
    save, number_of = SAVERS[name]
    path = tmp_path / name
    save(path, 0)
    rng = random.Random(name)
    for _ in range(6):
        child = os.fork()
        if child == 0:
            n = 0
            while True:
                n += 1
                save(path, n)
        time.sleep(rng.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert number_of(path) >= 0
    assert len(leftovers(tmp_path)) <= 6


@posix
def test_a_kill_of_the_command_leaves_the_old_file(tmp_path):
    old = b"what was there before"
    output = tmp_path / "fonts.npz"
    output.write_bytes(old)
    arguments = [sys.executable, "-m", "scribe", "corpus", "fonts", "-o", str(output), "--lines", "20000"]
    with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        time.sleep(0.7)
        process.kill()
    assert output.read_bytes() == old


def test_what_a_kill_left_of_a_log_is_read_as_far_as_it_goes(tmp_path):
    pytest.importorskip("keras")
    from scribe.training.loop import kept_lines

    rows = [json.dumps({"update": n, "nats": 1.5}) for n in (10, 20, 30, 40)]
    path = tmp_path / "log.jsonl"
    for content, kept in (
        ("\n".join(rows[:3]) + "\n" + rows[3][:9], rows[:3]),
        ("\r\n".join(rows), rows),
        (rows[0] + "\n" + "\0" * 4096, rows[:1]),
        ('[1]\n"x"\n{"update": "7"}\n{}\n' + rows[1], rows[1:2]),
        ("", []),
    ):
        path.write_bytes(content.encode())
        assert kept_lines(path, 40) == kept
        assert kept_lines(path, 25) == [row for row in kept if json.loads(row)["update"] <= 25]


def test_a_log_from_before_says_skipped_as_one_of_today_does(tmp_path):
    pytest.importorskip("keras")
    from scribe.training.loop import kept_lines

    path = tmp_path / "log.jsonl"
    path.write_text('{"update": 10, "refused": 3, "validation": 1.5}\n{"update": 20, "skipped": 4}\n')
    assert list(map(json.loads, kept_lines(path, 20))) == [
        {"update": 10, "skipped": 3, "validation": 1.5},
        {"update": 20, "skipped": 4},
    ]


# --- disks


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", SAVERS)
def test_a_disk_that_is_full_at_the_last_moment_leaves_the_old_file(name, tmp_path, monkeypatch):
    save, number_of = SAVERS[name]
    path = tmp_path / name
    save(path, 1)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(path, 2)
    assert path.read_bytes() == before
    assert number_of(path) == 1 or name.startswith("weights")
    assert leftovers(tmp_path) == []


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from scribe.cli import main
sys.exit(main(sys.argv[1:]))
"""


@posix
@pytest.mark.parametrize("ending", ["svg", "json"])
def test_a_disk_that_takes_no_more_is_the_machines_fault(ending, tmp_path):
    """Files may grow to 2000 bytes and no further: what a full disk does, in the middle of a file."""
    save_weights(tmp_path / "w.safetensors", random_weights(4, 1, 1, 1))
    output = tmp_path / f"a.{ending}"
    output.write_text("old")
    arguments = ["write", "a b c " * 9, "-o", str(output), "--weights", str(tmp_path / "w.safetensors"), "--seed", "1"]
    # What measures coverage would write files too, and they may grow no further either.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    command = [sys.executable, "-c", LIMITED, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=patience(30))
    assert done.returncode == 1, done.stderr
    assert "it could not be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert output.read_text() == "old"
    assert leftovers(tmp_path) == []


def test_a_block_that_fails_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.txt"
    with contextlib.suppress(KeyError), replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "no" / "a.txt") as temporary:
        temporary.write_text("x")


def test_two_processes_write_under_different_names_until_the_end(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    with replacing(path) as mine:
        mine.write_text("mine")
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with replacing(path) as theirs:
            theirs.write_text("theirs")
        assert path.read_text() == "theirs"
    assert path.read_text() == "mine"
    assert leftovers(tmp_path) == []


# --- the network


class Server(http.server.BaseHTTPRequestHandler):
    """Gives ``content``, as badly as a test asks for."""

    content = bytes(range(256)) * 2000
    mood: ClassVar[list[str]] = []
    asked: ClassVar[list[str | None]] = []
    pause = 0.0

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        mood = self.mood.pop(0) if self.mood else "well"
        if mood == "no http":
            self.wfile.write(b"\0\1\2 nonsense\r\n\r\n")
            return
        if mood == "416 always":
            self.send_error(416)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        self.send_response(206 if start else 200)
        if start:
            first = start + 7 if mood == "another part" else start
            self.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        body = self.content[start:]
        if mood == "broken chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"10\r\n" + body[:16] + b"\r\nFFFFFFF\r\n" + body[16:99])
            return
        self.send_header("Content-Length", "many" if mood == "no length" else str(len(body)))
        self.end_headers()
        if mood == "cut":
            self.wfile.write(body[: len(body) // 2])
            return
        for piece in np.array_split(np.frombuffer(body, np.uint8), 8):
            time.sleep(self.pause)
            self.wfile.write(piece.tobytes())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    class Handler(Server):
        mood: ClassVar[list[str]] = []
        asked: ClassVar[list[str | None]] = []

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        Handler.url = f"http://127.0.0.1:{httpd.server_port}/u.tgz"
        yield Handler
        httpd.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("moods", "says"),
    [
        (["no http"], "could not be reached"),
        (["416 always"], "could not be downloaded"),
        (["cut"], "try again to go on from there"),
        (["cut", "another part"], "answered with another part"),
        (["broken chunks"], "try again"),
    ],
)
def test_a_server_that_fails_is_told_and_the_next_try_succeeds(server, moods, says, tmp_path):
    server.mood[:] = moods
    for _ in moods[1:]:
        with pytest.raises(OSError, match="try again"):
            download(tmp_path, url=server.url)
    with pytest.raises(OSError, match=says):
        download(tmp_path, url=server.url)
    assert not (tmp_path / "u.tgz").exists()
    if says == "answered with another part":
        (tmp_path / "u.tgz.part").unlink()
    assert download(tmp_path, url=server.url).read_bytes() == server.content


def test_a_download_cut_again_and_again_goes_on_each_time(server, tmp_path):
    server.mood[:] = ["cut"] * 5
    for _ in range(5):
        with pytest.raises(OSError, match="stopped after"):
            download(tmp_path, url=server.url)
    assert download(tmp_path, url=server.url).read_bytes() == server.content
    starts = [int(asked[6:-1]) for asked in server.asked[1:]]
    assert starts == sorted(set(starts))
    assert starts[-1] > 0.9 * len(server.content)


def test_a_server_that_does_not_say_how_much_there_is(server, tmp_path):
    server.mood[:] = ["no length"]
    assert download(tmp_path, url=server.url).read_bytes() == server.content


TWO = "import sys; from scribe.corpora.unipen import download; print(download(sys.argv[1], url=sys.argv[2]))"


@posix
def test_two_processes_that_share_a_cache_download_once(server, tmp_path):
    server.pause = 0.15
    command = [sys.executable, "-c", TWO, str(tmp_path), server.url]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {process.communicate(timeout=patience(30))[0].strip() for process in processes} == {str(tmp_path / "u.tgz")}
    assert [process.returncode for process in processes] == [0, 0]
    assert (tmp_path / "u.tgz").read_bytes() == server.content
    assert server.asked == [None]
    assert {path.name for path in tmp_path.iterdir()} == {"u.tgz", "u.tgz.sha256"}


@posix
def test_the_lock_ends_with_the_process_that_held_it(tmp_path):
    held, holding = os.pipe()
    child = os.fork()
    if child == 0:
        with unipen_archive._alone(tmp_path):
            os.write(holding, b".")
            time.sleep(3600)
        os._exit(0)
    assert os.read(held, 1) == b"."
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with unipen_archive._alone(tmp_path):  # waits for ever where the lock outlives its process
        pass
    os.close(held)
    os.close(holding)


def test_a_cache_that_cannot_be_written_still_gives_what_is_in_it(server, tmp_path, monkeypatch):
    path = download(tmp_path, url=server.url)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "read-only")

    monkeypatch.setattr(Path, "write_text", refused)
    monkeypatch.setattr(Path, "mkdir", refused)
    monkeypatch.setattr(os, "replace", refused)
    assert download(tmp_path, url=server.url) == path
    assert len(server.asked) == 1


def test_a_cache_that_is_a_file_is_told(server, tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    with pytest.raises(OSError, match=r"cache|exists|directory"):
        download(tmp_path / "cache", url=server.url)


# --- clocks, countries, systems


def test_clocks_that_stand_still_or_go_back_do_not_end_a_report(monkeypatch, tmp_path, capsys):
    pytest.importorskip("keras")
    from scribe.training.loop import Progress
    from scribe.training.report import TrainingReport
    from scribe.training.train import Writing

    ticks = iter([5.0, 5.0, 4.0, 4.0, 3.0, -100.0, 7.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    with TrainingReport(Writing()) as report:
        for n in range(1, 6):
            report.update(Progress(n, 5, 1.0, 1e6, 0, 0.5 if n % 2 else None))
    assert "update 5 of 5" in capsys.readouterr().out


LOCALES = ("C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "de_DE@euro", "en_US.ISO-8859-1")


@posix
def test_the_command_writes_the_same_in_every_country(tmp_path):
    """Decimal commas, a dotless i, characters of one byte: locales that are missing count as "C"."""
    save_weights(tmp_path / "w.safetensors", random_weights(4, 1, 1, 1))
    contents = set()
    for number, name in enumerate(LOCALES[1::2]):
        output = tmp_path / f"{number}.svg"
        code = "import locale, sys\ntry: locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error: pass\n"
        code += "from scribe.cli import main; sys.exit(main(sys.argv[1:]))"
        arguments = ["write", "INKING \u0130\u0131 caf\u00e9", "--replace-unknown", "-o", str(output), "--seed", "1"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments, "--weights", str(tmp_path / "w.safetensors")],
            env=environment | {"LC_ALL": name},
            cwd=ROOT,
            capture_output=True,
            timeout=patience(30),
        )
        assert done.returncode == 0, done.stderr
        contents.add(output.read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "iso8859-9", "utf-8"])
def test_json_is_printed_whatever_the_terminal_can_show(encoding, tmp_path, monkeypatch, capsys):
    import io

    path = tmp_path / "c.npz"
    corpus_of(1, "caf\u00e9 \u0142 \U0001f58b").save(path)
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.main(["corpus", "info", str(path)]) == 0
    out.flush()
    assert json.loads(out.buffer.getvalue().decode(encoding))["name"] == "caf\u00e9 \u0142 \U0001f58b"


def test_numbers_are_written_with_points_when_the_country_has_commas(monkeypatch):
    monkeypatch.setattr(locale, "localeconv", lambda: {"decimal_point": ",", "thousands_sep": "."})
    back = from_json(to_json(INK)).ink()
    np.testing.assert_array_equal(back.offsets, INK.offsets)
    assert "," not in re.sub(r"[^0-9.,]|, ", "", to_inkml(INK).split("<trace>")[1].split("</trace>")[0])


def test_line_ends_of_windows_change_nothing(tmp_path):
    windows = {
        kind: write(INK, "an i").replace("\r\n", "\n").replace("\n", "\r\n")
        for kind, write in (("json", to_json), ("inkml", to_inkml))
    }
    for kind, read in (("json", from_json), ("inkml", from_inkml)):
        for content in (windows[kind], windows[kind].encode(), b"\xef\xbb\xbf" + windows[kind].encode()):
            drawing = read(content)
            assert drawing.text == "an i"
            np.testing.assert_allclose(drawing.ink().points, INK.points, atol=1e-6)
    assert wrap("one\r\ntwo three\r\n\r\nfour\r", 9) == ["one", "two three", "", "four"]

    points = "".join(f'<Point x="{2 * n}" y="{50 + 10 * abs(n % 10 - 5)}" time="{n}"/>\n' for n in range(60))
    for end in ("\n", "\r\n", "\r"):
        xml = f"<W><StrokeSet><Stroke>\n{points}</Stroke></StrokeSet></W>".replace("\n", end)
        (tmp_path / "a01-000u-02.xml").write_bytes(xml.encode())
        (tmp_path / "a01-000u.txt").write_bytes(end.join(["OCR:", "", "no", "CSR:", "", "no", "mmmm", ""]).encode())
        assert read_iam(tmp_path, tmp_path).texts == ["mmmm"]


def test_paths_of_windows_are_paths_and_not_names(monkeypatch):
    """A bare name means weights that come with the package; with a drive or a backslash it is a file."""
    from scribe import weights

    monkeypatch.setattr(weights, "Path", PureWindowsPath)
    monkeypatch.setattr(PureWindowsPath, "is_file", lambda self: False, raising=False)
    for path in ("C:\\Users\\jo\\w", "runs\\first\\w", "\\\\server\\share\\w", "w.safetensors"):
        with pytest.raises(FileNotFoundError, match="there is no file of weights at"):
            load_weights(path)
    with pytest.raises(FileNotFoundError, match="there are no weights named"):
        load_weights("nobody")


def test_a_damaged_file_of_ones_own_is_not_the_machines_fault_and_a_closed_one_is(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"
    corpus_of(1).save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CorpusError, match=r"c\.npz cannot be"):
        Corpus.load(path)
    corpus_of(1).save(path)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(np, "load", refused)
    with pytest.raises(PermissionError):
        Corpus.load(path)
