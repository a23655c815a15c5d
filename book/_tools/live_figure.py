"""For Sphinx: gives the built book what its live figures write with, and their scripts without comments.

That is weights, small pictures of their hands, a still map of hands, and the line that the first page writes before
there are weights. All is made when the book is built of what comes with the package, so there is no second copy of it
to keep.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

NAMES = ("anyone",)
RECORDING = {"text": "You know nothing Jon Snow", "bias": 0.75, "seed": 3}
LARGEST = 4_000_000


def setup(app: Any) -> dict[str, bool]:
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _add_weights)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _outdated(app: Any, *_: Any) -> list[str]:
    """The first page, if a script, a style or the weights changed: Sphinx copies nothing where it builds no page."""
    built = Path(app.outdir) / "_static" / f"scribe-weights-{NAMES[0]}.js"
    root = Path(app.confdir)
    folders = [root / folder for folder in ("book/_static", "scribe/page", "scribe/weights")]
    changed = max(path.stat().st_mtime for folder in folders for path in folder.iterdir() if path.is_file())
    return [app.config.root_doc] if built.exists() and changed > built.stat().st_mtime else []


def _add_weights(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        add_weights(folder)
        lighten(folder)


def lighten(folder: Path) -> None:
    """Take out of a folder what a reader's browser has no use for: the package's Python, and the scripts' JSDoc.

    Every first visit would wait for the comments. Those that have lines of their own go; a cast such as
    ``/** @type {number} */ (x)`` stays where it is.
    """
    for path in folder.glob("*.py"):
        path.unlink()
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    data = tuple(f"scribe-{kind}-" for kind in ("weights", "alphabet", "pictures", "reader", "recording"))
    for path in folder.glob("scribe-*.js"):
        if not path.name.startswith(data):
            script = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", "", script, flags=re.S | re.M), encoding="utf-8")


def add_weights(folder: Path) -> None:
    """Write ``scribe-weights-NAME.js``, ``scribe-alphabet-NAME.js`` and what else a page asks for into a folder.

    Raises:
        ValueError: if a file is larger than a page may ask a reader to wait for.
    """
    from scribe.page.export import hand_pictures, split_weights, web_hand_reader, web_reader
    from scribe.page.light import hands_map, pictures_script, recorded_line, recording_script

    for name in NAMES:
        script, alphabet = (part.encode() for part in split_weights(name, name=name))
        if len(script) > LARGEST:
            raise ValueError(f"the weights {name} take {len(script):,} bytes in a page; {LARGEST:,} are allowed")
        (folder / f"scribe-weights-{name}.js").write_bytes(script)
        (folder / f"scribe-alphabet-{name}.js").write_bytes(alphabet)
        (folder / f"scribe-pictures-{name}.js").write_text(pictures_script({name: hand_pictures(name)}), "ascii")
        (folder / f"scribe-map-{name}.svg").write_text(hands_map(weights=name), "ascii")
    (folder / "scribe-reader-hands.js").write_text(web_hand_reader(), "ascii")
    (folder / "scribe-reader-text.js").write_text(web_reader(), "ascii")
    recording = recorded_line(**RECORDING, weights=NAMES[0])
    (folder / "scribe-recording-first.js").write_text(recording_script({"first": recording}), "ascii")
