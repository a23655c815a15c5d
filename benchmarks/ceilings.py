"""What this machine can do at best, measured: the yardsticks of the other benchmarks."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable

import numpy as np


def fastest(function: Callable[[], object], seconds: float = 2.0, least: int = 3) -> float:
    """The shortest of as many runs as fit into ``seconds``, after one to warm up."""
    function()
    times: list[float] = []
    while len(times) < least or sum(times) < seconds:
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def matrix_product_rate(size: int = 2048, seconds: float = 2.0) -> float:
    """Floating-point operations a second of a large float32 matrix product, on all cores."""
    a, b = np.random.default_rng(0).random((2, size, size), np.float32)
    return 2 * size**3 / fastest(lambda: a @ b, seconds)


def memory_bandwidth(megabytes: int = 256) -> float:
    """Bytes a second that one core reads from memory: the sum of an array far larger than any cache."""
    a = np.ones(megabytes * 2**18, np.float32)
    return a.nbytes / fastest(lambda: a.sum())


def machine() -> str:
    """The processor and how many of its cores there are."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            name = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores"


if __name__ == "__main__":
    print(machine())
    print(f"matrix product: {matrix_product_rate() / 1e9:.0f} GFLOP/s")
    print(f"memory, one core reading: {memory_bandwidth() / 1e9:.1f} GB/s")
