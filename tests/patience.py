"""How long to wait for what takes moments on a quiet machine.

A limit is there to end what hangs. No test may fail because its machine is busy, so the limit grows with the number of
processes that share the cores.
"""

import os


def patience(seconds: float) -> float:
    """Seconds to wait for what takes less than ``seconds`` on a quiet machine."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0
    return seconds * (4 + 4 * busy)
