"""For Sphinx: what the reader of a page handles. Pages with guesses or flip-books get their script, and the frames of
flip-books become files, which are loaded when somebody turns a knob."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

_BOOK = re.compile(
    r'(<div class="scribe-frames">)(.*?)(<p class="setting">.*?<script type="application/json">)(.*?)(</script></div>)',
    re.S,
)
_PICTURE = re.compile(r'data:image/(webp|png);base64,([^"]+)')


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _spread)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_script(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if re.search(r'class="scribe-(predict|frames)', context.get("body", "")):
        app.add_js_file("scribe-book.js", loading_method="defer")
    if 'class="scribe-live"' in context.get("body", ""):
        app.add_js_file("scribe-live.js", loading_method="defer")


def _spread(app: Any, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    root = Path(app.outdir)
    for path in root.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        up = "../" * len(path.relative_to(root).parts[1:])
        spread = with_files(text, root / "_images", f"{up}_images")
        if spread != text:
            path.write_text(spread, encoding="utf-8")


def with_files(text: str, folder: Path, address: str) -> str:
    """A page whose flip-books name their frames instead of holding them.

    Args:
        text: the page.
        folder: where the frames are written.
        address: of that folder, from the page.
    """

    def put(match: re.Match[str]) -> str:
        data = base64.b64decode(match[2])
        name = f"frame-{hashlib.sha256(data).hexdigest()[:16]}.{match[1]}"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        return f"{address}/{name}"

    def lighter(match: re.Match[str]) -> str:
        start, still, knobs, data, end = match.groups()
        frames = json.loads(data)
        frames["frames"] = [_PICTURE.sub(put, f) if f.startswith("data:") else f for f in frames["frames"]]
        data = json.dumps(frames, separators=(",", ":")).replace("<", "\\u003c")
        still = _PICTURE.sub(put, still).replace("<img ", '<img loading="lazy" ', 1)
        return start + still + knobs + data + end

    return _BOOK.sub(lighter, text)
