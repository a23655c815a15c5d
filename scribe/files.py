"""Files that are whole: the new one or the old one, never half of either."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["replacing"]


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; renamed to ``path`` when the block ends well.

    If it ends in an exception, or the process is killed, whatever was at ``path`` stays as it was.

    Raises:
        OSError: if the folder cannot be written.
    """
    path = Path(path).resolve()  # a link is followed, not replaced
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with open(temporary, "rb+") as file:  # Windows flushes only what may be written to
            os.fsync(file.fileno())  # the name must not be on the disk before the content
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
