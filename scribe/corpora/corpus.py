"""Ink with its text and its writer, many times over, in one file.

The file is a zip of NumPy arrays (``.npz``) without pickle. It carries its own provenance and
licence, and which writers are for training, for validation and for the final test, so that every
program that opens it draws the line in the same place.

Ink that would take much memory is not kept there but in a temporary file without a name, mapped: it can be used
like any other array, and the system has in memory what is in use. Whatever runs over all of it does so in
:meth:`Corpus.blocks`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import lzma
import math
import mmap
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scribe.files import replacing
from scribe.ink import Ink

__all__ = ["FORMAT", "KINDS", "NO_HAND", "SPLITS", "Corpus", "CorpusError", "Sample", "split_of"]

FORMAT = 1
KINDS = ("line", "word")
SPLITS = ("train", "validation", "test")
NO_HAND = "no_hand"
"""The entry of the metadata with the writers who have no hand of their own: lines that a network wrote in many."""
# What zipfile, zlib and NumPy raise for files that are damaged or made to mislead, MemoryError for sizes made up.
_DAMAGE = (
    *(
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
        MemoryError,
        RuntimeError,
        ArithmeticError,
    ),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError, SyntaxError),
)
# Compressed ink takes a fifth of its room, letters a third; a file that takes a hundredth was made to fill memories.
_MOST_UNPACKED = 1 << 28  # bytes that any file may unpack to
_MOST_SHRUNK = 100
IN_MEMORY = 1 << 28
"""Bytes of ink that a corpus keeps in memory, some sixty thousand lines; what is more goes to a temporary file."""
_ARRAYS = ("header", "offsets", "starts", "texts", "text_starts", "writers", "kinds")


class CorpusError(ValueError):
    """The file is not a corpus that this version can read, or the samples do not make one."""


@dataclass(frozen=True)
class Sample:
    """A line or a word of handwriting.

    ``writer`` is an anonymous label. ``split`` follows from the writer alone.
    """

    ink: Ink
    text: str
    writer: str
    kind: str = "line"
    split: str = "train"


def split_of(group: str, validation: float = 0.05, test: float = 0.05) -> str:
    """The split of a group of writers who must stay together: a fixed draw by the group's name.

    Adding or removing other writers never moves one from training to test.
    """
    digest = hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()
    draw = int.from_bytes(digest[:8], "big") / 2**64
    if draw < test:
        return "test"
    return "validation" if draw < test + validation else "train"


class Corpus:
    """A sequence of :class:`Sample`, kept as a few flat arrays.

    ``metadata`` holds at least ``name``, ``licence``, ``attribution`` and ``synthetic``.
    """

    def __init__(
        self,
        offsets: np.ndarray,
        starts: np.ndarray,
        texts: Sequence[str],
        writers: np.ndarray,
        kinds: np.ndarray,
        writer_splits: Mapping[str, str],
        metadata: Mapping[str, object],
    ) -> None:
        self.offsets = offsets
        self.starts = starts
        self.texts = list(texts)
        self.writers = writers
        self.kinds = kinds
        self.writer_splits = dict(writer_splits)
        self.metadata = dict(metadata)
        self._names = list(self.writer_splits)
        self._check()

    @classmethod
    def from_samples(cls, samples: Iterable[Sample], metadata: Mapping[str, object]) -> Corpus:
        """Gather samples. All samples of one writer must name the same split.

        Raises:
            CorpusError: if they do not, or a kind or split is none of the known ones.
        """
        lengths, texts, writers, kinds = [0], [], [], []
        splits: dict[str, str] = {}

        def inks() -> Iterator[np.ndarray]:
            for number, sample in enumerate(samples):
                if sample.kind not in KINDS or sample.split not in SPLITS:
                    raise CorpusError(f"sample {number}: kind {sample.kind!r}, split {sample.split!r} are not known")
                if splits.setdefault(sample.writer, sample.split) != sample.split:
                    raise CorpusError(f"sample {number}: writer {sample.writer!r} is in two splits")
                lengths.append(len(sample.ink))
                texts.append(sample.text)
                writers.append(sample.writer)
                kinds.append(KINDS.index(sample.kind))
                yield sample.ink.offsets

        offsets = _joined(inks())
        index = {name: i for i, name in enumerate(splits)}
        return cls(
            offsets,
            np.cumsum(lengths, dtype=np.int64),
            texts,
            np.array([index[w] for w in writers], np.int32),
            np.array(kinds, np.uint8),
            splits,
            metadata,
        )

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> Sample:
        """One sample; ``index`` may count from the end, below 0.

        Raises:
            IndexError: if there is no such sample.
            TypeError: if it is no integer; :meth:`subset` takes several.
        """
        if not isinstance(index, (int, np.integer)):
            raise TypeError(f"one sample has an integer, not a {type(index).__name__}; for several there is subset")
        if not -len(self) <= index < len(self):
            raise IndexError(f"there is no sample {index}: the corpus has {len(self)}")
        index = range(len(self))[index]
        writer = self._names[self.writers[index]]
        return Sample(
            Ink(self.offsets[self.starts[index] : self.starts[index + 1]]),
            self.texts[index],
            writer,
            KINDS[self.kinds[index]],
            self.writer_splits[writer],
        )

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """Points a sample: int64 of shape ``(len(self),)``."""
        return np.diff(self.starts)

    def blocks(self, points: int = 1 << 20) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """All samples, so many at a time that they have some ``points`` points: what runs over all ink needs no more.

        Yields:
            Which samples, their offsets ``(n, 3)``, and where in these each begins, and after the last one the end.
        """
        first = 0
        while first < len(self):
            last = max(first + 1, int(np.searchsorted(self.starts, self.starts[first] + points, side="right")) - 1)
            starts = self.starts[first : last + 1]
            yield slice(first, last), self.offsets[starts[0] : starts[-1]], starts - starts[0]
            first = last

    def subset(self, indices: Sequence[int] | np.ndarray) -> Corpus:
        """The samples at ``indices`` (integers, or one truth value a sample), as a corpus of its own.

        Raises:
            IndexError: if there is no such sample, there are not as many truth values as samples, or it is neither.
            ValueError: if ``indices`` is not one row of them.
        """
        indices = np.asarray(indices)
        if indices.ndim != 1:
            raise ValueError(
                f"indices must be a list, one number or truth value a sample, not of shape {indices.shape}"
            )
        if not indices.size:
            indices = indices.astype(np.int64)  # an empty list becomes floats
        try:
            indices = np.arange(len(self))[indices]
        except IndexError as error:
            raise IndexError(f"that does not choose from a corpus of {len(self)} samples: {error}") from None
        kept, writers = np.unique(self.writers[indices], return_inverse=True)
        names = [self._names[w] for w in kept]
        return Corpus(
            _joined((self.offsets[self.starts[i] : self.starts[i + 1]] for i in indices), self.lengths[indices].sum()),
            np.append(0, np.cumsum(self.lengths[indices])).astype(np.int64),
            [self.texts[i] for i in indices],
            writers.astype(np.int32),
            self.kinds[indices],
            {name: self.writer_splits[name] for name in names},
            self.metadata,
        )

    def split(self, name: str) -> Corpus:
        """The samples of all writers in one split: ``"train"``, ``"validation"`` or ``"test"``."""
        return self.subset(self.of_split(name))

    def of_split(self, name: str) -> np.ndarray:
        """Which samples are in a split: bool ``(samples,)``.

        Raises:
            CorpusError: if there is no such split.
        """
        if name not in SPLITS:
            raise CorpusError(f"there is no split {name!r}; the splits are {', '.join(SPLITS)}")
        chosen = np.array([self.writer_splits[w] == name for w in self._names], bool)
        return chosen[self.writers] if len(self) else np.zeros(0, bool)

    def of_kind(self, kind: str) -> Corpus:
        """Only the lines (``"line"``) or only the words (``"word"``)."""
        if kind not in KINDS:
            raise CorpusError(f"there is no kind {kind!r}; the kinds are {', '.join(KINDS)}")
        return self.subset(self.kinds == KINDS.index(kind))

    def summary(self) -> dict[str, object]:
        """What the corpus holds, in numbers, with its provenance: ready for JSON."""
        characters = sorted(set("".join(self.texts)) - {" "})
        return {
            **self.metadata,
            "lines": int((self.kinds == KINDS.index("line")).sum()),
            "words": int((self.kinds == KINDS.index("word")).sum()),
            "writers": len(self._names),
            "writers_by_split": {s: sum(v == s for v in self.writer_splits.values()) for s in SPLITS},
            "points": len(self.offsets),
            "characters_without_spaces": sum(len(t) - t.count(" ") for t in self.texts),
            "distinct_characters": len(characters) + any(" " in t for t in self.texts),
            "points_a_character": round(len(self.offsets) / max(1, sum(map(len, self.texts))), 2),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the corpus to one compressed file: all of it, or the old file stays.

        Raises:
            OSError: if the folder cannot be written.
            CorpusError: if the metadata are not JSON.
        """
        header = {"format": FORMAT, "writers": self.writer_splits, "metadata": self.metadata}
        encoded = [text.encode() for text in self.texts]
        try:
            facts = json.dumps(header).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise CorpusError(f"the metadata cannot be written as JSON: {error}") from error
        arrays = {
            "header": np.frombuffer(facts, np.uint8),
            "offsets": self.offsets,
            "starts": self.starts,
            "texts": np.frombuffer(b"".join(encoded), np.uint8),
            "text_starts": np.concatenate([[0], np.cumsum([len(e) for e in encoded])]).astype(np.int64),
            "writers": self.writers,
            "kinds": self.kinds,
        }
        # As np.savez_compressed does it, but for the level: its 6 takes four times as long to save 6 % of the room.
        with (
            replacing(path) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as file,
        ):
            for name, array in arrays.items():
                with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Corpus:
        """Read a corpus that :meth:`save` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            CorpusError: if it is damaged, not a corpus, or of another format version.
        """
        path = Path(path)
        if not path.exists():
            raise FileNotFoundError(f"there is no corpus at {path}")
        try:
            with path.open("rb") as opened:  # given a name, is_zipfile takes a file that is refused for none
                if not zipfile.is_zipfile(opened):
                    raise zipfile.BadZipFile("it is no .npz file, or not all of one; `scribe corpus` makes one")
            with np.load(path, allow_pickle=False) as file:
                missing = [name for name in _ARRAYS if name not in file]
                if missing:
                    raise CorpusError(f"this is not a corpus: it lacks {', '.join(missing)}")
                _check_sizes(file.zip, path.stat().st_size)
                header = json.loads(file["header"].tobytes().decode())
                if header.get("format") != FORMAT:
                    raise CorpusError(
                        f"this is a corpus of format {header.get('format')!r}; this version reads format {FORMAT}."
                        " Build it again with `scribe corpus`"
                    )
                raw, text_starts = file["texts"].tobytes(), file["text_starts"].tolist()
                # Texts that overlap could be endless.
                if text_starts[0] != 0 or text_starts != sorted(text_starts) or text_starts[-1] != len(raw):
                    raise CorpusError("its texts do not follow one another")
                return cls(
                    _offsets(file.zip),
                    file["starts"],
                    [raw[a:b].decode() for a, b in itertools.pairwise(text_starts)],
                    file["writers"],
                    file["kinds"],
                    header["writers"],
                    header["metadata"],
                )
        except PermissionError:
            raise
        except CorpusError as error:
            raise CorpusError(f"{path} cannot be used: {error}") from error
        except _DAMAGE as error:
            raise CorpusError(f"{path} cannot be read as a corpus: {error}") from error

    def _check(self) -> None:
        count = len(self.texts)
        ends = self.starts[1:]
        consistent = (
            self.offsets.ndim == 2
            and self.offsets.shape[1] == 3
            and self.offsets.dtype == np.float32
            and all(array.dtype.kind in "iu" for array in (self.starts, self.writers, self.kinds))
            and self.starts.dtype.kind == "i"  # differences of unsigned numbers are never below 0
            and self.starts.shape == (count + 1,)
            and self.starts[0] == 0
            and self.starts[-1] == len(self.offsets)
            and (np.diff(self.starts) > 0).all()
            and self.writers.shape == self.kinds.shape == (count,)
            and (count == 0 or (self.writers.min() >= 0 and self.writers.max() < len(self._names)))
            and (count == 0 or 0 <= self.kinds.min() <= self.kinds.max() < len(KINDS))
            and set(self.writer_splits.values()) <= set(SPLITS)
        )
        if not consistent:
            raise CorpusError("the parts of the corpus do not fit together")
        if not all(map(_writable, (*self.writer_splits, *self.texts))):
            raise CorpusError("the corpus holds texts or names of writers with half a character in them")
        for _, offsets, _ in self.blocks():
            if not np.isfinite(offsets).all():
                raise CorpusError("the corpus holds offsets that are not finite")
            if not ((offsets[:, 2] == 0) | (offsets[:, 2] == 1)).all():
                raise CorpusError("the corpus holds pens that are neither up nor down")
        if count and not (self.offsets[ends - 1, 2] == 1).all():
            raise CorpusError("the corpus holds ink that ends with the pen down")


def _joined(pieces: Iterable[np.ndarray | bytes], points: int = 0) -> np.ndarray:
    """Offsets ``(n, 3)`` one after another: in memory, or more than :data:`IN_MEMORY` mapped from a temporary file.

    ``points`` is how many there will be, if that is known.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        if 12 * points > IN_MEMORY:
            file.rollover()
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, np.float32).data if isinstance(piece, np.ndarray) else piece)
        size = file.tell()
        content: bytes | mmap.mmap
        if size <= IN_MEMORY:
            file.seek(0)
            content = file.read()
        else:
            file.flush()
            content = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    return np.frombuffer(content, np.float32).reshape(-1, 3) if size else np.zeros((0, 3), np.float32)


def _offsets(archive: zipfile.ZipFile) -> np.ndarray:
    """The ink in a file, never all of it in memory if it is much."""
    with archive.open("offsets.npy") as file:
        np.lib.format.read_magic(file)
        shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
        if kind != np.float32 or by_column or shape[1:] != (3,):
            raise CorpusError("its offsets are not rows of three float32 numbers")
        offsets = _joined(iter(lambda: file.read(1 << 20), b""), shape[0])
    if offsets.shape != shape:
        raise CorpusError("its offsets are not as many as it says")
    return offsets


def _check_sizes(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse arrays that would take more memory than a corpus in a file of this size can need."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > max(_MOST_UNPACKED, _MOST_SHRUNK * size):
        raise CorpusError(f"it unpacks to {unpacked / 1e9:.1f} GB; no corpus does that")
    for member in members:
        with archive.open(member) as file:
            if np.lib.format.read_magic(file) != (1, 0):
                raise CorpusError(f"{member.filename} is not written as a corpus writes its arrays")
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            if math.prod(shape) * kind.itemsize > member.file_size:
                raise CorpusError(f"{member.filename} is said to be larger than it is")


def _writable(text: object) -> bool:
    """Whether it is text that can be encoded: half of a surrogate pair cannot."""
    try:
        return isinstance(text, str) and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        return False
