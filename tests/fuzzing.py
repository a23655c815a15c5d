"""Every reader of files, fed with files that are not quite right.

A good file of each format is changed at random - bits, pieces, numbers, whole values - and read. What may come of it:
an error of ours, of the class that the reader's documentation names, or something valid, which is then put to use. What
may not: any other exception, a case that takes longer than :data:`LIMIT`, memory without bound.

``make fuzz`` runs a hundred thousand cases; ``tests/test_fuzzing.py`` a few hundred. A case is known by the name of its
format and its number: ``PYTHONPATH=. python tests/fuzzing.py --only corpus --first 1234 --cases 1`` runs it again.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import lzma
import os
import random
import re
import resource
import signal
import struct
import sys
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from random_reader import random_reader
from random_weights import random_weights
from safetensors.numpy import save

from scribe.alphabet import Alphabet, UnknownCharacterError
from scribe.corpora import Corpus, CorpusError, Sample
from scribe.corpora.iam import IamError, read_iam
from scribe.corpora.unipen import UnipenError, read_unipen
from scribe.draw import to_svg
from scribe.drawing.canvas import from_json, to_json
from scribe.drawing.drawing import CanvasError
from scribe.drawing.inkml import from_inkml, to_inkml
from scribe.drawing.quickdraw import from_ndjson
from scribe.drawing.svg_paths import from_svg
from scribe.drawing.unipen_ink import from_unipen
from scribe.ink import Ink
from scribe.layout import set_page
from scribe.reader import Reader, ReadingError, save_reader
from scribe.styles import NamedStyle, Style, StyleError, load_styles, save_styles
from scribe.weights import WeightsError, load_weights, save_weights
from scribe.writer import Options, Writer, WritingError

LIMIT = 5.0
"""Seconds of processor time that a case may take. Nearly all take a hundredth of one."""

LARGEST = 1 << 16
"""Bytes of a changed file, about: large files are slow, and say nothing that small ones do not."""


class Hang(BaseException):
    """A case took too long. No reader may mistake it for damage."""


# --- changes ----------------------------------------------------------------------------------------------------

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMBERS = [
    *b"0 -0 1 -1 2 7 255 65536 2147483648 -2147483649 4294967296 9223372036854775808 18446744073709551616 1e15".split(),
    *b"1e30 1e38 1e39 -1e308 1e308 1e999 1e-30 1e-320 0.5 NaN Infinity -Infinity nan inf 0x10 1_000 .5 5.".split(),
    *(b"00012", b"--3", b"1,5", b"9" * 400, b"1" * 5000, b"#" + b"F" * 400),
]
_WORDS = [
    struct.pack("<" + kind, value)
    for kind, values in {
        "f": (float("nan"), float("inf"), -float("inf"), 3e38, 1e-45),
        "d": (float("nan"), float("inf"), 1e308),
        "i": (-1, 2**31 - 1, -(2**31), 0),
        "q": (-1, 2**63 - 1, -(2**63), 2**40, 0),
        "h": (-1, 2**15 - 1),
        "e": (float("nan"), float("inf")),
    }.items()
    for value in values
]
_TEXTS = [
    b"\0", b"\r", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e\u2028".encode(),
    "\U0001f58b".encode(), b"\\ud800", b"\\u0000", b'"', b"'", b"\\", b"{", b"}", b"[" * 40, b"]", b"<", b">",
    b"&amp;", b"&x;", b"%", b" " * 60, b"<!--", b"<![CDATA[", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"null", b"true",
    b"e", b",", b":", b"/../", b"\n.",
]  # fmt: skip


def changed(data: bytes, rng: random.Random, others: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """Bytes with one to six changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(12)
        size = min(rng.choice((1, 1, 2, 4, 8, 30, 200)), len(data) - at)
        piece = data[at : at + size]
        if kind == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + rng.randbytes(size) + data[at + size :]
        elif kind == 2:
            data = data[:at] if rng.random() < 0.3 else data[:at] + data[at + size :]
        elif kind == 3:
            data = data[:at] + piece * rng.choice((2, 3, 50, 400)) + data[at:]
        elif kind == 4:
            to = rng.randrange(len(data) + 1)
            data = data[:to] + piece + data[to:]
        elif kind in (5, 6, 7):
            found = [match.span() for match in _NUMBER.finditer(data)]
            if found:
                start, end = rng.choice(found)
                data = data[:start] + rng.choice(_NUMBERS) + data[end:]
        elif kind == 8:
            word = rng.choice(_WORDS)
            at -= at % len(word)
            data = data[:at] + word + data[at + len(word) :]
        elif kind in (9, 10):
            data = data[:at] + rng.choice(words or _TEXTS if kind == 9 else _TEXTS) + data[at:]
        else:
            other = rng.choice(others)
            data = data[:at] + other[rng.randrange(len(other) + 1) :]
        data = data[:LARGEST]
    return data


_VALUES: list[object] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, -(2**70), 10**400, 0.0, 1e-320, 1e308, -1e308, float("nan"),
    float("inf"), 1e5, 3.5, "", "x", "7", "\ud800", "\0", "\u202e", "a" * 5000, [], {}, [[]], [0, 0], {"a": 0}, [None],
    "$\\frac{", "</title><script>", "../../x",
]  # fmt: skip


def changed_value(value: object, rng: random.Random) -> object:
    """A value of JSON with one value in it changed. Texts that hold JSON themselves are changed inside."""
    if isinstance(value, dict) and value and rng.random() < 0.92:
        key = rng.choice(list(value))
        kind = rng.randrange(8)
        if kind == 0:
            return {k: v for k, v in value.items() if k != key}
        if kind == 1:
            return {(rng.choice(("", "x", "a.b", "\ud800")) if k == key else k): v for k, v in value.items()}
        if kind == 2:
            return value | {key: value[rng.choice(list(value))]}
        return value | {key: changed_value(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        kind = rng.randrange(7)
        if kind == 0:
            return value[:at] + value[at + 1 :]
        if kind == 1:
            return value[:at] + [value[at]] * rng.choice((2, 100)) + value[at:]
        return [*value[:at], changed_value(value[at], rng), *value[at + 1 :]]
    if isinstance(value, str) and value[:1] == "{" and rng.random() < 0.8:
        return json.dumps(changed_value(json.loads(value), rng))
    if rng.random() < 0.02:
        deep: object = 0
        for _ in range(600):
            deep = [deep]
        return deep
    return rng.choice(_VALUES)


def changed_json(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    if rng.random() < 0.4:
        return changed(data, rng, others)
    value = changed_value(json.loads(data), rng)
    return json.dumps(value).encode() if rng.random() < 0.8 else changed(json.dumps(value).encode(), rng, others)


def changed_safetensors(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Mostly the header, whose length is set right again, or all else would go unseen."""
    if rng.random() < 0.25:
        return changed(data, rng, others)
    length = int.from_bytes(data[:8], "little")
    header, body = data[8 : 8 + length], data[8 + length :]
    if rng.random() < 0.25:
        return data[: 8 + length] + changed(body, rng, others)[: len(body)].ljust(len(body), b"\0")
    if rng.random() < 0.3:
        header = changed(header, rng, others)
    else:
        value = json.loads(header)
        for _ in range(rng.choice((1, 1, 2))):
            part = rng.choice(list(value))
            value = value | {part: changed_value(value[part], rng)} if rng.random() < 0.9 else changed_value(value, rng)
            if not isinstance(value, dict) or not value:
                break
        header = json.dumps(value).encode()
    return len(header).to_bytes(8, "little") + header + body


def changed_npz(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Arrays with other numbers, shapes or types in a sound archive; now and then the archive itself."""
    if rng.random() < 0.2:
        return changed(data, rng, others)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(list(members))
        if rng.random() < 0.35:
            members[name] = changed(members[name], rng, list(members.values()))
        elif rng.random() < 0.1:
            members.pop(name)
            break
        else:
            members[name] = _changed_array(members[name], name == "header.npy", rng)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _changed_array(content: bytes, is_json: bool, rng: random.Random) -> bytes:
    try:
        array = np.load(io.BytesIO(content))
    except Exception:  # it was changed before
        return content
    kind = rng.randrange(6)
    if is_json and kind and array.dtype == np.uint8 and array.tobytes()[:1] == b"{":
        try:
            array = np.frombuffer(changed_json(array.tobytes(), rng, [b"{}"]), np.uint8)
        except ValueError:  # it was changed before
            return content
    elif kind == 0 and array.dtype.kind in "fiu":
        array = array.astype(
            rng.choice(["f2", "f4", "f8", "i1", "i8", "u8", "u1", "?", "c8", "S3", "U3", "M8[s]", "O"])
        )
    elif kind == 1:
        array = rng.choice([array[:0], array[:-1], array[1:], array[None], array.ravel(), array[::-1], np.array(7)])
    elif array.size and array.dtype.kind in "fiu":
        array = array.copy()
        flat = array.reshape(-1)
        at = rng.randrange(array.size)
        flat[at : at + rng.choice((1, 1, 5, 1000))] = np.float64(
            rng.choice((0, 1, -1, 2, 0.5, 127, 1e6, 1e18, 3e38, float("nan"), float("inf")))
        ).astype(array.dtype)
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def changed_tar(data: bytes, rng: random.Random, others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Files, names, sizes and types in a plain tar, the checksums mostly set right again; then packed, or not."""
    if rng.random() < 0.7:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=buffer, mode="w") as new:
            members = old.getmembers()
            chosen = {rng.randrange(len(members)) for _ in range(rng.choice((1, 1, 2)))}
            for number, member in enumerate(members):
                content = old.extractfile(member).read()
                if number in chosen:
                    content = changed(content, rng, others, words)
                    member.size = len(content)
                new.addfile(member, io.BytesIO(content))
        data = buffer.getvalue()
    else:
        heads = [at for at in range(0, len(data) - 511, 512) if data[at + 257 : at + 262] == b"ustar"]
        at = rng.choice(heads)
        head = bytearray(data[at : at + 512])
        kind = rng.randrange(5)
        if kind == 0:
            head[156] = rng.choice(b"0125678LKSxgDMVN\0z")
        elif kind == 1:
            head[124:136] = rng.choice(
                [b"\x80" + b"\0" * 6 + b"\1" + b"\0" * 4, b"\xff" * 12, b"77777777777\0", b"0" * 12]
            )
        elif kind == 2:
            name = rng.choice(
                [b"../../x", b"/etc/passwd", b"data/8/\xff\xfe/a.dat", b"a" * 100, b"", b"include/x/../y"]
            )
            head[:100] = name.ljust(100, b"\0")
        else:
            head[:] = changed(bytes(head), rng, others)[:512].ljust(512, b"\0")
        head[148:156] = b"        "
        head[148:156] = b"%06o\0 " % sum(head)
        data = data[:at] + bytes(head) + data[at + 512 :]
        if rng.random() < 0.2:
            data = changed(data, rng, others)
    kind = rng.randrange(8)
    if kind == 0:
        return gzip.compress(data, 1, mtime=0)
    if kind == 1:
        return lzma.compress(data, preset=0)
    return changed(gzip.compress(data, 1, mtime=0), rng, others) if kind == 2 else data


# --- formats ----------------------------------------------------------------------------------------------------


@dataclass
class Format:
    """A kind of file.

    ``read`` gets a changed file and puts what comes of it to use; it may raise ``errors``. ``weight`` is its share of
    the cases.
    """

    name: str
    seeds: list[bytes]
    read: Callable[[bytes], None]
    errors: tuple[type[BaseException], ...]
    change: Callable[[bytes, random.Random, Sequence[bytes]], bytes] = changed
    weight: int = 1
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, -1)


INK = Ink.from_strokes([[(0, 0), (0.4, 1), (0.8, 0), (1.2, 1.1), (1.4, 0)], [(1, 1.5)], [(1.8, 0), (2.1, 2), (2.4, 0)]])


def _finite(ink: Ink) -> None:
    assert np.isfinite(ink.offsets).all()
    assert not len(ink) or ink.offsets[-1, 2] == 1


def _through_a_file(folder: Path, name: str, use: Callable[[Path], None]) -> Callable[[bytes], None]:
    path = folder / name

    def read(data: bytes) -> None:
        path.write_bytes(data)
        use(path)

    return read


def _saved(folder: Path, save_to: Callable[[Path], object], ending: str = ".safetensors") -> bytes:
    path = folder / f"seed{ending}"
    save_to(path)
    return path.read_bytes()


def weights_format(folder: Path) -> Format:
    """The network's weights, and three points that they write."""
    alphabet = Alphabet("ab ")
    seeds = [
        _saved(folder, lambda path, w=w, h=h: save_weights(path, w, half=h))
        for w, h in (
            (random_weights(2, 1, 1, 1, alphabet=alphabet), False),
            (random_weights(2, 2, 0, 2, True, alphabet=alphabet), True),
        )
    ]

    def use(path: Path) -> None:
        writer = Writer(load_weights(path))
        text = "ab" * (200 if path.stat().st_size % 3 else 1) if writer.weights.architecture.window else None
        lines = writer.write_many([text], seed=0, max_points=3)
        assert lines.stop_reasons[0] in ("finished", "cap")
        _finite(lines[0])
        assert writer._line(text, Options(seed=0)).cap < 10**6

    errors = (WeightsError, UnknownCharacterError, WritingError)
    return Format("weights", seeds, _through_a_file(folder, "w.safetensors", use), errors, changed_safetensors, 4)


def reader_format(folder: Path) -> Format:
    """A reader's weights, and what they read."""
    seeds = [_saved(folder, lambda path: save_reader(path, random_reader(2, 1, 2, alphabet=Alphabet("ab "))))]

    def use(path: Path) -> None:
        assert isinstance(Reader.load(path).read(INK), str)

    errors = (WeightsError, ReadingError)
    return Format("reader", seeds, _through_a_file(folder, "r.safetensors", use), errors, changed_safetensors, 2)


def styles_format(folder: Path) -> Format:
    """Named styles, and a line in each of them."""
    styles = [NamedStyle(n, Style(INK, "an i"), "print", "upright", 15.0, {"seed": 1}) for n in ("one", "other-2")]
    writer = Writer(random_weights(2, 1, 1, 1))

    def use(path: Path) -> None:
        for style in load_styles(path).values():
            _finite(style.style.ink)
            if set(style.style.text) <= set(writer.weights.alphabet.characters):
                writer.write_many(["ab"], style=style.style, max_points=2, seed=0)

    seeds = [_saved(folder, lambda path: save_styles(path, styles, licence="CC0"))]
    return Format("styles", seeds, _through_a_file(folder, "s.safetensors", use), (StyleError,), changed_safetensors, 2)


def checkpoint_format(folder: Path) -> Format:
    """A training's checkpoint, put into a network that takes anything of the right shape; and its settings."""
    from scribe.training import checkpoint
    from scribe.training.state import TrainingError, TrainingState
    from scribe.training.train import Settings

    def variable(path: str, shape: tuple[int, ...]) -> SimpleNamespace:
        made = SimpleNamespace(path=path, shape=shape, taken=None)
        made.assign = lambda value: setattr(made, "taken", value)
        return made

    network = SimpleNamespace(
        weights=[variable("lstm/kernel", (3, 2)), variable("bias", (2,))],
        optimizer=SimpleNamespace(variables=[variable("iteration", ())]),
    )
    arrays = {
        name: np.zeros(v.shape, np.int64 if "iteration" in name else np.float32)
        for name, v in checkpoint._variables(network).items()
    }
    state = {
        "settings": dict(vars(Settings())),
        "update": 3,
        "position": {"pool": 0, "index": 3, "progress": 0.0},
        "seconds": 4.5,
        "corpus": {"name": "x", "licence": "CC0"},
        "offset_scale": 0.3,
        "points_per_character": 14.0,
    }
    seeds = [save(arrays, {"format": "scribe-checkpoint/1", "state": json.dumps(state)})]

    def use(path: Path) -> None:
        checkpoint.load(path, network)
        for v in (*network.weights, *network.optimizer.variables):
            assert v.taken.shape == v.shape
            assert np.isfinite(v.taken).all()
        TrainingState.read(path, {"write": Settings})

    errors = (checkpoint.CheckpointError, TrainingError)
    return Format("checkpoint", seeds, _through_a_file(folder, "c.safetensors", use), errors, changed_safetensors, 2)


def log_format(folder: Path) -> Format:
    """A training's log, as a kill may have left it: whatever is sound in it is kept, and nothing is an error."""
    from scribe.training.loop import kept_lines

    rows = [{"update": n, "seconds": n * 0.5, "nats": 2.0 - n / 100, "skipped": 0} for n in range(10, 60, 10)]
    seeds = ["".join(json.dumps(row) + "\n" for row in rows).encode()]

    def use(path: Path) -> None:
        assert all(json.loads(line)["update"] <= 30 for line in kept_lines(path, 30))

    return Format("log", seeds, _through_a_file(folder, "log.jsonl", use), (), changed, 1)


def corpus_format(folder: Path) -> Format:
    """A corpus, and all that is asked of one."""
    samples = [
        Sample(INK, "an i", "jo", "line", "train"),
        Sample(INK.moved(1, 0), "hut", "jo", "word", "train"),
        Sample(INK, "caf\u00e9", "ann", "word", "test"),
    ]
    corpus = Corpus.from_samples(samples, {"name": "x", "licence": "CC0", "attribution": "", "synthetic": True})

    def use(path: Path) -> None:
        loaded = Corpus.load(path)
        for sample in loaded:
            _finite(sample.ink)
            assert len(sample.ink)
            assert isinstance(sample.text, str)
            sample.writer.encode()
        loaded.split("train").of_kind("line").summary()
        loaded.save(path.with_name("again.npz"))

    seeds = [_saved(folder, corpus.save, ".npz")]
    return Format("corpus", seeds, _through_a_file(folder, "c.npz", use), (CorpusError,), changed_npz, 3)


def _used_drawing(reader: Reader, parse: Callable[[bytes], object], data: bytes) -> None:
    drawing = parse(data)
    to_json(drawing)
    try:
        ink = drawing.ink()
        _finite(ink)
        if len(ink) < 20_000:
            to_svg(set_page([ink]))
        reader.read_page(drawing)
    except ReadingError:
        pass


_DRAWINGS = [
    {"format": "scribe-ink/1", "text": "an i", "unit": 1, "y": "up", "strokes": [s.tolist() for s in INK.strokes]},
    {
        "format": "scribe-ink/1",
        "text": "",
        "y": "down",
        "metadata": {"by": "me"},
        "strokes": [[[10 * x, 9 - 10 * y, 17 * i] for i, (x, y) in enumerate(s.tolist())] for s in INK.strokes],
    },
    {
        "format": "scribe-ink/1",
        "unit": 20.0,
        "baseline": 3,
        "strokes": [[[10 * x, 9 + 10 * y - 60 * row, 8 * i] for i, (x, y) in enumerate(s.tolist())]
                    for row in range(2) for s in INK.strokes],
    },
]  # fmt: skip


def json_format(folder: Path) -> Format:
    """Drawn ink as JSON, made into ink, drawn and read."""
    reader = Reader(random_reader(2, 1))
    seeds = [json.dumps(drawing).encode() for drawing in _DRAWINGS]
    return Format("canvas json", seeds, partial(_used_drawing, reader, from_json), (CanvasError,), changed_json, 6)


_INKML = [
    b"""<?xml version="1.0"?><ink xmlns="http://www.w3.org/2003/InkML"><definitions><context xml:id="c"><inkSource
    xml:id="s"><traceFormat xml:id="f"><channel name="X" type="decimal"/><channel name="Y" orientation="-ve"/><channel
    name="T" units="s"/></traceFormat><channelProperties><channelProperty channel="X" name="resolution" value="1000"
    units="1/cm"/><channelProperty channel="Y" name="resolution" value="500" units="1/cm"/></channelProperties>
    </inkSource></context></definitions><annotation type="truth">an i</annotation><traceGroup contextRef="#c"><trace
    xml:id="t1" continuation="begin">1 2 0, 2 3 .01, 3 2 .02</trace><trace continuation="end" priorRef="#t1">4 5 .03,
    5 3 .05</trace></traceGroup><trace type="penUp">1 2, 3 4</trace></ink>""",
    b"""<ink><trace id="a">1125 18432,'23'43,"7"-8,3-5,7 -3,6 2,6 8,3 6,3 5,3 3,1 -2</trace><trace>#FF #0a, ?? , !5 !6,
    * 9</trace><annotation type="scribe:unit">2.5</annotation><annotation type="scribe:metadata">{"a": [1]}
    </annotation></ink>""",
]


def inkml_format(folder: Path) -> Format:
    """The same as InkML."""
    reader = Reader(random_reader(2, 1))
    seeds = [to_inkml(from_json(json.dumps(drawing))).encode() for drawing in _DRAWINGS] + _INKML
    words = [b"<trace>", b"</trace>", b'contextRef="#c"', b"<channel name='F'/>", b"'", b'"', b"!", b"?", b"*", b"#F"]
    words += [b"<traceFormat>", b"<context id='c' contextRef='#c'/>", b"<trace>1 2, 3 4</trace>", b"<" * 3, b"T", b"F"]
    change = partial(changed, words=words)
    return Format("inkml", seeds, partial(_used_drawing, reader, from_inkml), (CanvasError,), change, 6)


def svg_format(folder: Path) -> Format:
    """Paths of other programs."""
    reader = Reader(random_reader(2, 1))
    seeds = [to_svg(INK).encode()]
    seeds.append(
        b"""<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(3 4) rotate(30, 1 2)"><path d="M0 0c1 2 3 4
        5 0q2 3 4 0t3 1s1 2 3 0a5 4 30 0 1 9 2h3v4H2V3z m4 1l1e1-.5.5-3T3 4S1 2 3 4"/>
        <polyline points="0,0 1,3 2,0"/></g>
        <line x1="1" y1="2" x2="30" y2="4" transform="matrix(1 0 .2 1 0 0) skewX(3)"/><rect width="9"/></svg>"""
    )
    words = [
        b"a5 5 0 1 0 9",
        b"z",
        b"M",
        b"e9",
        b"scale(1e9)",
        b"transform='skewY(90)'",
        b"<path d='M1 1'/>",
        b"..",
        b"-",
    ]
    change = partial(changed, words=words)
    return Format("svg", seeds, partial(_used_drawing, reader, from_svg), (CanvasError,), change, 6)


def strokes_format(folder: Path) -> Format:
    """Strokes as other programs write them in JSON."""
    reader = Reader(random_reader(2, 1))
    strokes = [(s * (20, -20)).tolist() for s in INK.strokes]
    named = [[{"x": x, "y": y, "t": 8 * i} for i, (x, y) in enumerate(s)] for s in strokes]
    columns = [[list(column) for column in zip(*s, strict=True)] for s in strokes]
    drawings = [strokes, {"strokes": named, "text": "an i"}, {"word": "an i", "drawing": columns}]
    seeds = [json.dumps(drawing).encode() for drawing in drawings]
    return Format("strokes", seeds, partial(_used_drawing, reader, from_ndjson), (CanvasError,), changed_json, 6)


def unipen_ink_format(folder: Path) -> Format:
    """A single file of UNIPEN."""
    reader = Reader(random_reader(2, 1))
    rows = "".join(".PEN_DOWN\n" + "".join(f"{x:.0f} {y:.0f} 0\n" for x, y in s * 100) for s in INK.strokes)
    seeds = [f'.COORD X Y T\n.SEGMENT TEXT 0-2 OK "an i"\n{rows}.PEN_UP\n'.encode()]
    words = [b"\n.PEN_DOWN\n", b"\n.COORD Y X\n", b"\n.INCLUDE it\n", b"1e9 ", b'\n.SEGMENT WORD 0 OK "a"\n']
    change = partial(changed, words=words)
    return Format("unipen ink", seeds, partial(_used_drawing, reader, from_unipen), (CanvasError,), change, 6)


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def unipen_format(folder: Path) -> Format:
    """An archive of UNIPEN with two sources: data files, what they include, the tar around them."""
    rows = "".join(
        f".PEN_DOWN\n{''.join(f'{x} {y}{t}' for x, y, t in points)}.PEN_UP\n"
        for points in (
            [(100 * k + x, y, "\n") for x, y in ((0, 0), (20, 100), (40, 0), (60, 95), (80, 0))] for k in range(5)
        )
    )
    files = {
        "data/8/art/a.dat": b'.INCLUDE art/a.doc\n.INCLUDE art/a.dat\n.SEGMENT TEXT 0-4 OK "mum on"\n',
        "data/7/art/a.dat": b".INCLUDE art/a.doc\n.INCLUDE art/a.dat\n"
        b'.SEGMENT WORD 0-2 OK "mum"\n.SEGMENT WORD 3:0-4:3 ? "on"\n',
        "data/6/lex/b.dat": b'.INCLUDE art/a.dat\n.SEGMENT WORD 0,2-3 GOOD "no\\"w"\n',
        "include/art/a.doc": b".COMMENT by nobody\n.COORD X Y\n",
        "include/art/a.dat": f".COORD X Y\n.WRITER_ID jo\n{rows}.INCLUDE art/a.doc\n".encode(),
    }
    words = [
        b'\n.SEGMENT TEXT 0-4 OK "a b"\n',
        b".INCLUDE art/a.dat\n",
        b"\n.COORD Y T X\n",
        b"\n.PEN_DOWN\n",
        b"0-99999",
    ]

    def use(path: Path) -> None:
        for sample in read_unipen(path, points_per_character=5):
            _finite(sample.ink)
            assert sample.text.isprintable()

    change = partial(changed_tar, words=[*words, b"4-0,", b":3", b"1:2-3:999", b"\r", b"\n.WRITER_ID \xff\n"])
    return Format("unipen", [_tar(files)], _through_a_file(folder, "u.tar", use), (UnipenError,), change, 2)


def iam_format(folder: Path) -> Format:
    """The three archives of IAM-OnDB, one of them changed."""
    strokes = "".join(
        "<Stroke>"
        + "".join(f'<Point x="{60 * k + x}" y="{900 - y}" time="{k}.{i}"/>' for i, (x, y) in enumerate(points))
        + "</Stroke>"
        for k, points in enumerate([((0, 0), (10, 55), (20, 0), (30, 50), (40, 0), (50, 3))] * 4)
    )  # fmt: skip
    xml = f'<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession><StrokeSet>{strokes}</StrokeSet>'
    xml += "</WhiteboardCaptureSession>"
    archives = [
        {"a/a01-000u-01.xml": xml.encode(), "a/a01-000u-02.xml": xml.encode()},
        {"a/a01-000u.txt": b"OCR:\n\nx\n\nCSR:\n\nmum on\nnow &amp; on\n"},
        {"a01/a01-000/strokesu.xml": b'<W><General><Form formNumber="1" writerID="7"/></General></W>'},
    ]
    paths = [folder / f"iam{number}.tar" for number in range(3)]
    tars = [_tar(files) for files in archives]

    def read(data: bytes) -> None:
        which, data = data[0], data[1:]
        for number, (path, tar) in enumerate(zip(paths, tars, strict=True)):
            path.write_bytes(data if number == which else tar)
        for sample in read_iam(*paths, points_per_character=5):
            _finite(sample.ink)

    words = [
        b"<Point x='1' y='2' time='3'/>",
        b"<Stroke>",
        b"</Stroke>",
        b'time="nan"',
        b"CSR:",
        b"&#0;",
        b"&lt;",
        b"\r\n",
    ]

    def change(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
        return data[:1] + changed_tar(data[1:], rng, others, words)

    seeds = [bytes([number]) + tar for number, tar in zip((0, 0, 1, 2), (tars[0], *tars), strict=True)]
    return Format("iam", seeds, read, (IamError,), change, 2)


FORMATS = {
    "weights": weights_format,
    "reader": reader_format,
    "styles": styles_format,
    "checkpoint": checkpoint_format,
    "log": log_format,
    "corpus": corpus_format,
    "canvas json": json_format,
    "inkml": inkml_format,
    "svg": svg_format,
    "strokes": strokes_format,
    "unipen ink": unipen_ink_format,
    "unipen": unipen_format,
    "iam": iam_format,
}


# --- running ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """A case that came out as none may."""

    format: str
    number: int
    data: bytes
    what: str

    def __str__(self) -> str:
        return f"{self.format}, case {self.number}: {self.what}"


def case(form: Format, number: int) -> bytes:
    """The file of a case: the same for the same number."""
    rng = random.Random(f"{form.name} {number}")
    return form.change(rng.choice(form.seeds), rng, form.seeds)


def tried(form: Format, number: int) -> Finding | None:
    """Run one case."""
    data = case(form, number)
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        form.read(data)
        form.outcomes["valid"] += 1
    except form.errors as error:
        message = str(error)
        form.outcomes["refused"] += 1
        if not message or len(message) > 20_000:
            return Finding(form.name, number, data, f"a message of {len(message)} characters: {message[:200]}")
    except (Exception, Hang):
        signal.setitimer(signal.ITIMER_PROF, 0)
        form.outcomes["WRONG"] += 1
        return Finding(form.name, number, data, traceback.format_exc(limit=-8))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        form.slowest = max(form.slowest, (time.process_time() - begun, number))
    return None


def _too_long(number: int, frame: object) -> None:
    raise Hang(f"no end after {LIMIT} seconds")


def fuzz(form: Format, count: int, first: int = 0) -> list[Finding]:
    """Run cases from number ``first`` on; the same cases each time."""
    before = signal.signal(signal.SIGPROF, _too_long)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return [f for f in (tried(form, number) for number in range(first, first + count)) if f is not None]
    finally:
        signal.signal(signal.SIGPROF, before)


def _limit_memory(gigabytes: float) -> None:
    """No more address space than now and so much more: who asks for more gets a MemoryError."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    limit = pages * os.sysconf("SC_PAGE_SIZE") + int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> int:
    parser = argparse.ArgumentParser(description="Feed every reader of files with changed files.")
    parser.add_argument("--cases", type=int, default=100_000, help="of all formats together")
    parser.add_argument("--first", type=int, default=0, help="number of the first case of each format")
    parser.add_argument("--only", choices=sorted(FORMATS), help="one format only")
    parser.add_argument("--memory", type=float, default=2.0, help="GiB that may be asked for")
    parser.add_argument("--keep", type=Path, help="folder for files that broke something")
    options = parser.parse_args()
    wrong = total = 0
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        formats = [make(Path(folder)) for name, make in FORMATS.items() if options.only in (None, name)]
        _limit_memory(options.memory)
        weights = sum(form.weight for form in formats)
        for form in formats:
            count = -(-options.cases * form.weight // weights)
            started = time.perf_counter()
            seen: Counter[str] = Counter()
            findings = fuzz(form, count, options.first)
            for finding in findings:
                last = finding.what.strip().splitlines()[-1][:120]
                seen[last] += 1
                if seen[last] == 1:
                    print(finding, flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    name = f"{form.name.replace(' ', '-')}-{finding.number}.bin"
                    (options.keep / name).write_bytes(finding.data)
            wrong, total = wrong + len(findings), total + count
            outcomes = ", ".join(f"{n:,} {what}" for what, n in sorted(form.outcomes.items()))
            slow = f"slowest {form.slowest[0] * 1000:.0f} ms (case {form.slowest[1]})"
            print(
                f"{form.name}: {count:,} cases, {outcomes}; {slow}; {time.perf_counter() - started:.0f} s", flush=True
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{total:,} cases, {wrong} wrong, {time.perf_counter() - begun:.0f} s, at most {peak:.0f} MB of memory")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
