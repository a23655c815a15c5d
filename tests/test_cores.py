"""Work in processes: the results of one, told as they come; faults, interruptions and killed processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from patience import patience

from scribe import cores

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="needs what only Unix has")


ENDLESS = 900  # seconds: whoever sleeps so long is never waited for


def who(number: int) -> tuple[int, int]:
    return number**2, os.getpid()


def at_fault(number: int) -> int:
    if number == 2:
        raise ZeroDivisionError("two")
    time.sleep(0 if number < 2 else ENDLESS)
    return number


def no_file(number: int) -> int:
    return open(f"/no such folder/{number}").fileno()


def killed_once(path: str) -> int:
    """Kills its process where the file is still there."""
    if Path(path).exists():
        Path(path).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def nobody_left(others: list, within: float = 10.0) -> bool:
    end = time.monotonic() + patience(within)
    while set(multiprocessing.active_children()) - set(others) and time.monotonic() < end:
        time.sleep(0.05)
    return not set(multiprocessing.active_children()) - set(others)


def test_processes_give_what_one_gives_in_order() -> None:
    others, done = multiprocessing.active_children(), []
    results = cores.in_processes(who, range(7), 2, done.append)
    assert [square for square, _ in results] == [n**2 for n in range(7)]
    assert os.getpid() not in {pid for _, pid in results}
    assert sorted(done) == list(range(7))
    assert nobody_left(others)


@pytest.mark.parametrize(("parts", "processes"), [([], 4), ([5], 4), ([5, 6], 1)])
def test_little_is_done_here(parts: list[int], processes: int) -> None:
    done = []
    assert cores.in_processes(who, parts, processes, done.append) == [(n**2, os.getpid()) for n in parts]
    assert done == list(range(len(parts)))


def test_where_no_processes_can_be_started_one_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", refused)
    assert cores.in_processes(who, [1, 2, 3], 2) == [(n**2, os.getpid()) for n in (1, 2, 3)]


@posix
def test_the_rest_of_a_killed_process_is_done_here(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) for n in range(3)]
    paths[1].touch()
    done = []
    results = cores.in_processes(killed_once, list(map(str, paths)), 2, done.append)
    assert results[1] == os.getpid()
    assert sorted(done) == [0, 1, 2]


def test_a_fault_comes_at_once_and_leaves_no_process() -> None:
    others, begun = multiprocessing.active_children(), time.monotonic()
    with pytest.raises(ZeroDivisionError, match="two"):
        cores.in_processes(at_fault, range(5), 2)
    assert time.monotonic() - begun < ENDLESS / 2  # nobody slept to the end
    assert nobody_left(others)


def test_a_fault_of_the_work_that_looks_like_the_systems_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        cores.in_processes(no_file, [1, 2], 2)


@posix
def test_an_interruption_is_heard_at_once_and_leaves_no_process() -> None:
    others, begun = multiprocessing.active_children(), time.monotonic()
    # A shell starts what runs in its background deaf to Ctrl-C.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt() -> None:
        while len(set(multiprocessing.active_children()) - set(others)) < 2:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            cores.in_processes(time.sleep, [ENDLESS] * 3, 2)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, heard)
    assert time.monotonic() - begun < ENDLESS / 2  # nobody slept to the end
    assert nobody_left(others)


SLEEPERS = "import time; from scribe.cores import in_processes; in_processes(time.sleep, [600, 601], 2)"


@posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_processes_end_with_their_parent_however_it_ends() -> None:
    def children(parent: int) -> set[int]:
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, (_, above) = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(above) == parent:
                found.add(pid)
        return found

    def alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    with subprocess.Popen([sys.executable, "-c", SLEEPERS], cwd=ROOT, start_new_session=True) as process:
        end = time.monotonic() + patience(20)
        while len(own := children(process.pid)) < 3 and time.monotonic() < end:  # two, and one that keeps accounts
            time.sleep(0.1)
        time.sleep(2)  # until they have begun
        assert len(own) == 3
        process.kill()
    end = time.monotonic() + patience(10)
    while any(map(alive, own)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [pid for pid in own if alive(pid)]
