"""Work shared among the cores of this machine.

Threads do where arrays are large: NumPy lets others run while it computes. Its matrix products come with threads of
their own, which quarrel with ours and gain little on matrices as small as a line's; so while several of ours run, these
rest. Many steps on small arrays are Python's own work, of which one process does one thing at a time: they take
processes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor, as_completed
from typing import TypeVar

__all__ = ["cores", "in_processes", "in_threads"]

Part = TypeVar("Part")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """``[work(part) for part in parts]``, on all cores. If one fails, those that have not begun are left out."""
    workers = min(cores(), len(parts))
    if workers < 2:
        return [work(part) for part in parts]
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work, part) for part in parts]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def in_processes(
    work: Callable[[Part], Result],
    parts: Sequence[Part],
    processes: int,
    done: Callable[[int], None] = lambda number: None,
) -> list[Result]:
    """``[work(part) for part in parts]`` by several processes, begun in this order.

    ``done`` is called here with the number of each part that is done. Where processes cannot be started, or one
    is killed, this one does the rest. They import the main program anew, so a script that leads here keeps
    what it does under ``if __name__ == "__main__":``; ``work`` must be a module's, and parts and results are copied.
    """
    results: dict[int, Result] = {}
    if min(processes, len(parts)) > 1:
        # If it was the work that failed and not the pool, it fails again below.
        with contextlib.suppress(BrokenExecutor, OSError, ImportError, NotImplementedError):
            _in_pool(work, parts, min(processes, len(parts)), done, results)
    for number, part in enumerate(parts):
        if number not in results:
            results[number] = work(part)
            done(number)
    return [results[number] for number in range(len(parts))]


def _in_pool(
    work: Callable[[Part], Result],
    parts: Sequence[Part],
    processes: int,
    done: Callable[[int], None],
    results: dict[int, Result],
) -> None:
    """Fill ``results`` by number. Processes are started anew and not forked, which threads do not survive."""
    import multiprocessing  # here, as starting `scribe` ought to be quick
    from concurrent.futures import ProcessPoolExecutor

    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin)
    try:
        numbers = {pool.submit(work, part): number for number, part in enumerate(parts)}
        for future in as_completed(numbers):
            results[numbers[future]] = future.result()
            done(numbers[future])
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()  # nobody waits for the rest
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a new process: Ctrl-C is its parent's to answer, and it ends with its parent, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
