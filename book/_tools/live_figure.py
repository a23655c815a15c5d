"""For Sphinx: gives the built book the weights that its live figures write with.

They are made of those that come with the package when the book is built, so there is no second copy of them to keep.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

NAMES = ("default",)
LARGEST = 4_000_000


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", _add_weights)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_weights(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        add_weights(Path(app.outdir) / "_static")


def add_weights(folder: Path) -> None:
    """Write ``scribe-weights-NAME.js`` into a folder.

    Raises:
        ValueError: if a file is larger than a page may ask a reader to wait for.
    """
    from scribe.page.export import web_weights

    for name in NAMES:
        script = web_weights(name, name=name).encode()
        if len(script) > LARGEST:
            raise ValueError(f"the weights {name} take {len(script):,} bytes in a page; {LARGEST:,} are allowed")
        (folder / f"scribe-weights-{name}.js").write_bytes(script)
