"""A small client for Chromium: it opens pages, runs scripts in them, watches what they load and takes pictures.

It speaks the DevTools protocol over a pair of pipes, so it needs no package and no port.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import fnmatch
import functools
import http.server
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from patience import patience

from scribe.page.export import SCRIPTS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    # No name leads anywhere, so that nothing can be loaded from another host without being noticed.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
    "about:blank",
)


_STORES = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage,shared_storage,websql"


class BrowserError(RuntimeError):
    """The browser, or a script in a page, failed."""


def program() -> str | None:
    """The path of a browser: what SCRIBE_BROWSER names, else what is installed."""
    named = os.environ.get("SCRIBE_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def start() -> Browser:
    """A browser; where there is none, the test is skipped, but never where all tests must run (CI)."""
    path = program()
    if path is None:
        reason = "there is no Chromium or Chrome here; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Browser(path)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of a folder on a server of this machine."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def pages(folder: Path, scripts: Sequence[str], bodies: Mapping[str, str], data: Mapping[str, str]) -> None:
    """Fill a folder as an export does: all scripts of scribe, data beside them, pages that load some of the scripts.

    Args:
        bodies: what stands in a page, by the name of the page; its file is ``NAME.html``.
        data: what stands in a file of data, by its name.
    """
    for name in SCRIPTS:
        shutil.copy(resources.files("scribe") / "page" / name, folder / name)
    for name, content in data.items():
        (folder / name).write_text(content, encoding="utf-8")
    head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">'
    head += "<style>:root { color-scheme: light dark }</style>"
    head += '<meta name="viewport" content="width=device-width">'
    head += "".join(f'<script defer src="{name}"></script>' for name in scripts)
    for name, body in bodies.items():
        (folder / f"{name}.html").write_text(f"{head}<h1>Page</h1>{body}", encoding="utf-8")


class Browser:
    def __init__(self, path: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="scribe-browser-", ignore_cleanup_errors=True)
        (theirs, self._write), (self._read, mine) = os.pipe(), os.pipe()
        theirs, mine = (_moved(end) for end in (theirs, mine))
        # It reads from descriptor 3 and writes to descriptor 4.
        pipes = f"import os, sys; os.dup2({theirs}, 3); os.dup2({mine}, 4); os.execv(sys.argv[1], sys.argv[1:])"
        command = [sys.executable, "-c", pipes, path]
        options = [f"--user-data-dir={self._profile.name}", *_OPTIONS]
        self._process = subprocess.Popen(
            command + options, pass_fds=(theirs, mine), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        os.close(mine)
        self._buffer = b""
        self._number = 0
        self._events: dict[str | None, list[dict]] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
            self._process.wait(patience(10))
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)
        self._profile.cleanup()

    def page(self, **look: Any) -> Page:
        """A new page, with the store of all pages emptied: nothing is remembered. Arguments: :meth:`Page.look`.

        Only files that have come over HTTP are kept, and scripts as they were compiled: without them, opening a page
        takes twice as long.
        """
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Storage.clearDataForOrigin", session=session, origin="*", storageTypes=_STORES)
        return Page(self, target, session, **look)

    def call(self, method: str, *, session: str | None = None, seconds: float = 60, **params: Any) -> dict:
        """What the browser answers. ``seconds`` are those of a quiet machine, here and in all that follows."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._send(message)
        begun = time.monotonic()
        while True:
            answer = self._receive(begun + patience(seconds))
            if answer is None:
                raise BrowserError(f"no answer to {method} within {time.monotonic() - begun:.0f} s")
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]

    def listen(self, seconds: float) -> None:
        """Take in what happens in the meantime."""
        end = time.monotonic() + seconds
        while self._receive(end) is not None:
            pass

    def events(self, session: str) -> list[dict]:
        return self._events.setdefault(session, [])

    def _send(self, message: dict) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]

    def _receive(self, end: float) -> dict | None:
        """The next message; events are kept as well. None if none came in time."""
        while b"\0" not in self._buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                return None
            part = os.read(self._read, 1 << 20)
            if not part:
                raise BrowserError(f"the browser ended (code {self._process.poll()})")
            self._buffer += part
        data, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(data)
        if "id" not in message:
            self._events.setdefault(message.get("sessionId"), []).append(message)
        return message


def _moved(descriptor: int) -> int:
    """The same end of a pipe under a number that is not needed for anything else."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10)
    os.close(descriptor)
    return high


class Page:
    def __init__(self, browser: Browser, target: str, session: str, **look: Any) -> None:
        self._browser, self._target, self._session = browser, target, session
        self._left_out: Sequence[str] = ()
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.look(**look)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def call(self, method: str, seconds: float = 60, **params: Any) -> dict:
        return self._browser.call(method, session=self._session, seconds=seconds, **params)

    def look(self, width: int = 1280, height: int = 900, dark: bool = False, still: bool = False) -> None:
        """Size of the window in pixels, whether the reader likes it dark, and without things that move."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        likes = {"prefers-color-scheme": "dark" if dark else "light"}
        likes["prefers-reduced-motion"] = "reduce" if still else "no-preference"
        self.call("Emulation.setEmulatedMedia", features=[{"name": k, "value": v} for k, v in likes.items()])

    def open(self, address: str, seconds: float = 60) -> None:
        """Go to an address, and wait until all that the page loads by itself is there."""
        result = self.call("Page.navigate", url=address)
        if result.get("errorText"):
            raise BrowserError(f"{address}: {result['errorText']}")
        self.wait("document.readyState === 'complete'", seconds)

    def leave_out(self, *addresses: str) -> None:
        """Load none of these from now on, and don't complain of it. ``*`` stands for anything."""
        self._left_out = addresses
        self.call("Network.setBlockedURLs", urls=list(addresses))

    def seconds(self) -> float:
        """Seconds of a core that pages, with their workers, have used so far: those of all pages of this browser."""
        found = self._browser.call("SystemInfo.getProcessInfo")["processInfo"]
        return sum(process["cpuTime"] for process in found if process["type"] == "renderer")

    def before_scripts(self, source: str) -> None:
        """Run this in every page, before anything of its own."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=source)

    def run(self, script: str, seconds: float = 60) -> Any:
        """The value of an expression; of a promise, what it comes to."""
        answer = self.call(
            "Runtime.evaluate",
            seconds=seconds,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 30) -> Any:
        """Until an expression is true; its value."""
        begun = time.monotonic()
        while True:
            value = self.run(condition)
            if value:
                return value
            if time.monotonic() > begun + patience(seconds):
                raise BrowserError(f"not within {time.monotonic() - begun:.0f} s: {condition}")
            self._browser.listen(0.02)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1, **more)

    def key(self, key: str, code: int = 0, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **extra)

    def offline_scripts(self, disabled: bool = True) -> None:
        self.call("Emulation.setScriptExecutionDisabled", value=disabled)

    def screenshot(self, path: Path, whole: bool = False) -> None:
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        Path(path).write_bytes(base64.b64decode(picture))

    def _happened(self, method: str) -> list[dict]:
        return [e["params"] for e in self._browser.events(self._session) if e["method"] == method]

    @property
    def requests(self) -> list[str]:
        """The addresses of all that was asked for so far."""
        return [e["request"]["url"] for e in self._happened("Network.requestWillBeSent")]

    @property
    def sizes(self) -> dict[str, int]:
        """How many bytes each address brought, as they came over the line."""
        names = {e["requestId"]: e["request"]["url"] for e in self._happened("Network.requestWillBeSent")}
        done = self._happened("Network.loadingFinished")
        return {names[e["requestId"]]: int(e["encodedDataLength"]) for e in done if e["requestId"] in names}

    @property
    def complaints(self) -> list[str]:
        """What scripts failed with, and what the browser found wrong."""
        failed = [e["exceptionDetails"] for e in self._happened("Runtime.exceptionThrown")]
        logged = [
            e["entry"]
            for e in self._happened("Log.entryAdded")
            if not any(fnmatch.fnmatch(e["entry"].get("url", ""), address) for address in self._left_out)
        ]
        return [f.get("exception", {}).get("description", f["text"]) for f in failed] + [
            f"{e['text']} {e.get('url', '')}" for e in logged if e["level"] == "error"
        ]
