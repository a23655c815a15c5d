"""UNIPEN's files, from the archive as it is downloaded or from a folder: read, never unpacked to disk."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import http.client
import io
import lzma
import os
import re
import tarfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple

from scribe.drawing.unipen_format import asked_for

__all__ = ["ARCHIVE", "URL", "Contents", "Files", "UnipenError", "download", "read_files"]

ARCHIVE = "unipen-CDROM-train_r01_v07.tgz"
URL = f"https://zenodo.org/records/1195803/files/{ARCHIVE}"

MAX_FILE = 64 * 2**20
MAX_TOTAL = 4 * 2**30
MAX_FILES = 200_000

Progress = Callable[[float, str], None]
"""Called with the share of the work that is done, 0 to 1, and what is being done."""


class UnipenError(ValueError):
    """The file or folder does not hold UNIPEN data that can be read; the message says what is wrong."""


class Files(Mapping[str, bytes]):
    """The files of one kind by name, kept compressed: 450 MB of digits fit into 170."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._asks: dict[str, set[str]] = {}

    def add(self, name: str, content: bytes) -> None:
        self._packed[name] = zlib.compress(content, 1)
        self._asks[name] = asked_for(content)

    def asks(self, name: str) -> set[str]:
        """Which other files the file includes."""
        return self._asks[name]

    @property
    def size(self) -> int:
        """Bytes that the files take here."""
        return sum(map(len, self._packed.values()))

    def chosen(self, names: Iterable[str]) -> Files:
        """Some of the files; names of files that are not here are left out."""
        files = Files()
        files._packed = {name: self._packed[name] for name in names if name in self._packed}
        files._asks = {name: self._asks[name] for name in files._packed}
        return files

    def with_included(self, names: Iterable[str]) -> Files:
        """The files of these names, and those that they include, and those that these include."""
        found: set[str] = set()
        new = set(names) & self._packed.keys()
        while new:
            found |= new
            new = set().union(*map(self._asks.__getitem__, new)) & self._packed.keys() - found
        return self.chosen(sorted(found))

    def __getitem__(self, name: str) -> bytes:
        return zlib.decompress(self._packed[name])

    def __contains__(self, name: object) -> bool:
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Contents(NamedTuple):
    """What is in an archive or a folder.

    Attributes:
        data: the data files of text and words (``6/...`` to ``8/...``).
        include: the files that they include.
        facts: of all files in it, those too that are of no interest: ``"files"``, how many, and ``"unpacked_bytes"``;
            of an archive also its ``"name"`` and ``"bytes"``, its own size.
    """

    data: Files
    include: Files
    facts: dict[str, str | int]


def read_files(path: str | os.PathLike[str], progress: Progress | None = None) -> Contents:
    """The data files of text and words, and the files that they include.

    The folders ``data`` and ``include`` are found wherever they lie. Nothing is written; links are not
    followed, and names that lead elsewhere are only names.

    Raises:
        OSError: if there is nothing at the path, or it may not be read.
        UnipenError: if it is damaged, truncated, too large, or holds no UNIPEN data.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    kinds = {"data": Files(), "include": Files()}
    total = count = 0

    def place(name: str, size: int) -> tuple[str, str] | None:
        nonlocal total, count
        total, count = total + size, count + 1
        where = _place(name)
        if total > MAX_TOTAL or count > MAX_FILES or (where and size > MAX_FILE):
            raise UnipenError(f"{path} is larger than any UNIPEN distribution ({name}, {size} bytes); it is not one")
        return where

    with ThreadPoolExecutor(1) as packer:  # one file is packed while the next is read, and no more are kept
        packed: Future[None] | None = None
        for (kind, name), content in _folder(path, place) if path.is_dir() else _archive(path, place, progress):
            if packed:
                packed.result()
            packed = packer.submit(kinds[kind].add, name, content)
        if packed:
            packed.result()
    if not all(kinds.values()):
        raise UnipenError(
            f"{path} holds no UNIPEN text: it should have folders data/6, data/7 or data/8, and include."
            f" The archive to read is {ARCHIVE}, from {URL}"
        )
    facts: dict[str, str | int] = {"files": count, "unpacked_bytes": total}
    if path.is_file():
        facts |= {"name": path.name, "bytes": path.stat().st_size}
    return Contents(kinds["data"], kinds["include"], facts)


Place = Callable[[str, int], "tuple[str, str] | None"]
"""From the name and size of a file to what it is and its name among its kind; None if it is of no interest."""


def _place(name: str) -> tuple[str, str] | None:
    """What a file is, ``"data"`` or ``"include"``, and its name in there; None for files of no interest."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        return None
    for i, part in enumerate(parts[:-1]):
        if part in ("include", "data") and not all(map(str.isascii, parts[i:])):
            return None  # such a name could not be written down again
        if part == "include":
            return "include", "/".join(parts[i + 1 :])
        if part == "data" and len(parts) > i + 3 and parts[i + 1] in ("6", "7", "8"):
            return "data", "/".join(parts[i + 1 :])
    return None


def _folder(root: Path, place: Place) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Place and content of each file of interest in a folder, links left out."""
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_symlink() or not file.is_file():
                continue
            where = place(file.relative_to(root).as_posix(), file.stat().st_size)
            if where:
                yield where, file.read_bytes()


def _archive(path: Path, place: Place, progress: Progress | None) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Place and content of each plain file of interest in an archive, read once from start to end."""
    whole = path.stat().st_size
    try:
        with path.open("rb") as packed, _unpacked(packed) as stream:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=Member) as archive:
                for member in archive:
                    if progress:
                        progress(packed.tell() / max(whole, 1), "reading the archive")
                    if member.isreg() and not member.issparse():
                        where = place(member.name, member.size)
                        if where:
                            file = archive.extractfile(member)
                            yield where, file.read() if file else b""
            while stream.read(2**20):  # what follows the end of the archive: a cut file ends too early here
                pass
    except UnipenError:
        raise
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault and not the file's
        raise UnipenError(
            f"{path} cannot be read as an archive ({error}). It may be incomplete: download it again from {URL}"
        ) from error


DAMAGE = (
    *(tarfile.TarError, lzma.LZMAError, zlib.error, OSError, EOFError),
    *(ValueError, RecursionError, MemoryError, OverflowError),
)
"""What Python's modules raise for archives that are damaged or made to mislead."""


class Member(tarfile.TarInfo):
    """An entry of an archive. Long names come in entries of their own, which ought to be short.

    Raises:
        ValueError: if such an entry is long, or a size is below 0: Python would read it for ever.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Member:
        member = super().frombuf(buf, encoding, errors)
        if member.size < 0 or (member.type not in tarfile.REGULAR_TYPES and member.size > 2**16):
            raise ValueError(f"an entry of type {member.type!r} with {member.size} bytes has no place in this archive")
        return member


def _unpacked(packed: BinaryIO) -> BinaryIO | io.BufferedIOBase:
    """The tar stream inside a file, whatever it is compressed with."""
    start = packed.read(6)
    packed.seek(0)
    if start == b"\xfd7zXZ\0":
        return lzma.LZMAFile(packed)
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=packed)
    return bz2.BZ2File(packed) if start.startswith(b"BZh") else packed


def download(folder: str | os.PathLike[str] | None = None, progress: Progress | None = None, url: str = URL) -> Path:
    """The archive on this machine, downloaded on the first call.

    A download that was cut off goes on where it stopped; of several processes one downloads, and the others wait. No
    checksum is written down in this version: that of
    the first download is kept beside the archive, and later calls compare.

    Args:
        folder: where to keep it; by default the user's cache folder.
        progress: called with the share done, 0 to 1, and a description.
        url: another address, if the data has moved.

    Raises:
        OSError: if the server cannot be reached, or the folder cannot be written.
        UnipenError: if the archive has changed since its first download.
    """
    import pooch

    folder = Path(folder) if folder else Path(pooch.os_cache("scribe-handwriting"))
    name = url.rsplit("/", 1)[-1]
    with contextlib.suppress(FileExistsError, PermissionError):
        folder.mkdir(parents=True, exist_ok=True)  # without it, what follows says what is wrong
    with _alone(folder):
        return _downloaded(folder, name, url, progress)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within this block no other process is in one for this folder. The lock ends with the process, however it ends."""
    try:
        import fcntl

        lock = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows has no such locks, and without a folder there is nothing to share
        yield
        return
    try:
        with contextlib.suppress(OSError):  # some file systems of networks know no locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _downloaded(folder: Path, name: str, url: str, progress: Progress | None) -> Path:
    import pooch

    note = folder / f"{name}.sha256"
    known = note.read_text().strip() if note.exists() else None
    if known is not None and not re.fullmatch(r"[0-9a-f]{64}", known):
        known = None

    def fetch(address: str, target: str, _: object) -> None:
        part = folder / f"{name}.part"
        _fetch(address, part, progress)
        os.replace(part, target)

    try:
        path = Path(pooch.retrieve(url, f"sha256:{known}" if known else None, name, folder, downloader=fetch))
    except ValueError as error:
        raise UnipenError(
            f"{url} is not what it was when it was first downloaded. If the distributors have"
            f" published a new version, delete {note} and try again"
        ) from error
    if known is None:
        note.write_text(_sha256(path) + "\n")
    return path


def _fetch(url: str, part: Path, progress: Progress | None) -> None:
    """Download to ``part``, going on where an earlier attempt stopped, if the server can."""
    done = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not done:  # 416: there is nothing after what we have
            raise OSError(f"{url} could not be downloaded: {error}") from error
        error.close()
        if error.headers.get("Content-Range", "").rpartition("/")[2] == str(done):
            return
        part.unlink()
        _fetch(url, part, progress)
        return
    except (OSError, http.client.HTTPException) as error:
        raise OSError(f"{url} could not be reached: {error}") from error
    with answer:
        begins = re.fullmatch(r"bytes (\d+)-.*", answer.headers.get("Content-Range", f"bytes {done}-"))
        if answer.status != 206:
            done = 0
        elif not begins or int(begins[1]) != done:
            raise OSError(f"{url} answered with another part than was asked for; delete {part} and try again")
        length = answer.headers.get("Content-Length") or ""
        whole = done + int(length) if length.isdecimal() else None
        with part.open("ab" if done else "wb") as file:
            while block := _block(answer, url):
                file.write(block)
                done += len(block)
                if progress and whole:
                    progress(done / whole, f"downloading {whole / 1e6:.0f} MB")
    if whole is not None and done != whole:
        raise OSError(f"the download of {url} stopped after {done} of {whole} bytes; try again to go on from there")


def _block(answer: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return answer.read(2**18)
    except (OSError, http.client.HTTPException) as error:
        raise OSError(f"the download of {url} stopped ({error}); try again to go on from there") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
