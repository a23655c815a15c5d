"""Files and texts that somebody made to do harm: none of them may take all time or memory, reach outside, or run.

Damage by chance is in test_fuzzing.py; what each reader says of simple mistakes is in its own tests.
"""

from __future__ import annotations

import html.parser
import io
import json
import re
import struct
import tarfile
import time
import tracemalloc
import warnings
import xml.etree.ElementTree as ElementTree
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from random_reader import random_reader
from random_weights import random_weights

from scribe import cli
from scribe.alphabet import ASCII, Alphabet, UnknownCharacterError
from scribe.corpora import Corpus, CorpusError, Sample, corpus
from scribe.corpora.iam import IamError, read_iam
from scribe.corpora.unipen import UnipenError, read_unipen
from scribe.draw import sheet_figure, to_gif, to_png, to_svg
from scribe.drawing.canvas import from_json
from scribe.drawing.drawing import CanvasError, Drawing
from scribe.drawing.inkml import from_inkml
from scribe.drawing.timing import TimedStroke
from scribe.ink import Ink
from scribe.layout import wrap
from scribe.page.export import element, standalone_page, web_weights
from scribe.reader import Reader, ReadingError, page_lines
from scribe.styles import StyleError, load_styles
from scribe.weights import WeightsError, load_weights, save_weights
from scribe.widgets import drawing_pad
from scribe.writer import Writer, WritingError

INK = Ink.from_strokes([[(0, 0), (0.4, 1), (0.8, 0), (1.2, 1.1), (1.4, 0)], [(1, 1.5)]])
FACTS = {"name": "x", "licence": "CC0", "attribution": "", "synthetic": True}


@contextmanager
def cheap(seconds: float = 5.0, megabytes: float | None = 200.0):
    """What happens within takes little processor time, and little memory of Python's and NumPy's if it is measured."""
    if megabytes is not None:
        tracemalloc.start()
    begun = time.process_time()
    try:
        yield
        assert time.process_time() - begun < seconds
        assert megabytes is None or tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


# --- XML --------------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE ink [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
BOMBS = {
    "a billion laughs": LAUGHS + "]><ink><annotation>&j;</annotation></ink>",
    "one long entity many times": f'<!DOCTYPE ink [<!ENTITY a "{"x" * 50_000}">]><ink>{"&a;" * 50_000}</ink>',
    "a file of this machine": '<!DOCTYPE ink [<!ENTITY a SYSTEM "file:///etc/passwd">]><ink>&a;</ink>',
    "a page of another": '<!DOCTYPE ink [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]><ink>&a;</ink>',
    "a parameter entity": '<!DOCTYPE ink [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><ink/>',
    "a document type elsewhere": '<!DOCTYPE ink SYSTEM "http://127.0.0.1:9/x.dtd"><ink>&a;</ink>',
}


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_and_leaks_in_inkml_are_refused(what):
    with cheap(), pytest.raises(CanvasError):
        from_inkml(f'<?xml version="1.0"?>{BOMBS[what]}')


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_and_leaks_in_the_strokes_of_iam_are_refused(what, tmp_path):
    (tmp_path / "a01-000u-01.xml").write_text(f'<?xml version="1.0"?>{BOMBS[what]}')
    (tmp_path / "a01-000u.txt").write_text("CSR:\n\nhello there\n")
    with cheap(), pytest.raises(IamError):
        read_iam(tmp_path, tmp_path)


DEEP = "<Stroke>" * 50_000 + "</Stroke>" * 50_000


def test_elements_nested_without_end_cost_nothing(tmp_path):
    with cheap(), pytest.raises(CanvasError, match="nested too deeply"):
        from_inkml(f"<ink>{DEEP}</ink>")
    (tmp_path / "a01-000u-01.xml").write_text(f"<x>{DEEP}</x>")
    (tmp_path / "a01-000u.txt").write_text("CSR:\n\nhello there\n")
    with cheap(), pytest.raises(IamError, match="1 damaged"):
        read_iam(tmp_path, tmp_path)


def test_no_trace_is_looked_at_in_every_combination():
    """Spaces before a character that is none, which one pattern could match in cubically many ways."""
    with cheap(), pytest.raises(CanvasError, match="cannot be read"):
        from_inkml(f"<ink><trace>1 2, {' ' * 100_000}x</trace></ink>")


TRACE = '<trace contextRef="#c">1 2,3 4</trace>'


def test_a_context_is_understood_once_and_not_for_each_of_its_traces():
    context = f'<context id="c">{"<annotationXML/>" * 20_000}</context>'
    with cheap(3, None):
        strokes = from_inkml(f"<ink>{context}{TRACE * 5000}</ink>").strokes
    assert len(strokes) == 5000
    channels = '<channel name="X"/><channel name="Y"/>' * 1000
    with cheap(), pytest.raises(CanvasError, match="more than 100 channels"):
        from_inkml(f"<ink><traceFormat>{channels}</traceFormat><trace>1 2</trace></ink>")


@pytest.mark.parametrize("number", ["#" + "F" * 300, "9" * 400, "-1e999"])
def test_numbers_beyond_all_others_are_refused(number):
    with pytest.raises(CanvasError, match=r"too large|not finite"):
        from_inkml(f"<ink><trace>{number} 1, 2 3</trace></ink>")


# --- drawings ---------------------------------------------------------------------------------------------------


def drawing(**entries: object) -> str:
    return json.dumps({"format": "scribe-ink/1", "strokes": [[[0, 0], [1, 2], [2, 0], [3, 2]]], **entries})


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"strokes":['])
def test_json_nested_without_end_is_refused(opening):
    with cheap(), pytest.raises(CanvasError):
        from_json(opening * 100_000)
    with cheap(), pytest.raises(CanvasError):
        from_inkml(f"<ink><annotation type='scribe:metadata'>{'[' * 100_000}</annotation></ink>")


@pytest.mark.parametrize("unit", [1e-300, 1e-30, 1e-12])
@pytest.mark.parametrize("times", [False, True])
def test_a_unit_that_makes_the_ink_endless_is_refused(unit, times):
    strokes = [[[0, 0], [1, 2], [2, 0]]] if not times else [[[0, 0, 1], [1, 2, 9], [2, 0, 17]]]
    with cheap(), pytest.raises(CanvasError, match="is the unit"):
        from_json(drawing(unit=unit, strokes=strokes)).ink()


def test_a_unit_that_sets_points_miles_apart_is_not_filled_with_points():
    far = from_json(drawing(unit=1e-5, strokes=[[[n, n % 2] for n in range(50)]])).ink()
    with cheap(), pytest.raises(ReadingError, match="times as far apart as in writing"):
        Reader(random_reader(2, 1)).read(far)


@pytest.mark.parametrize("times", [(-1e308, 1e308, 0), (0, 1e300, 2), (0, 1e-320, 3e-320), (5, 4, 3), (0, 0, 0)])
def test_clocks_that_are_none_do_no_harm(times):
    strokes = [[[x, y, t] for (x, y), t in zip([(0, 0), (1, 3), (2, 0)], times, strict=True)]]
    if max(map(abs, times)) > 1e30:
        with pytest.raises(CanvasError, match="times that are not finite or too large"):
            from_json(drawing(strokes=strokes, text="ab"))
    else:
        assert 2 <= len(from_json(drawing(strokes=strokes, text="ab")).ink()) < 100


def test_a_million_points_in_one_place_or_time_are_read_in_seconds():
    """Smoothing, clocks and pages look at each point a bounded number of times."""
    count = 200_000
    t = np.arange(count)
    points = np.stack([t % (count // 2) * 1e-4, np.sin(t / 3) - 4.0 * (t >= count // 2)], axis=1)
    halves = slice(count // 2), slice(count // 2, None)
    strokes = [TimedStroke(points[half], t[half] * 1.0) for half in halves]
    with cheap(8, 300):
        assert len(Drawing(strokes, "a").ink()) < 100
    with cheap(8, 300):
        page = Drawing([TimedStroke(s.points) for s in strokes], "ab", unit=1.0)
        assert [line.strokes[0].points.shape for line in page_lines(page)] == [(count // 2, 2)] * 2


# --- archives ---------------------------------------------------------------------------------------------------


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", size: int | None = None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = len(content) if size is None else size
    return info, content


LINE = "<W><StrokeSet>" + "".join(
    "<Stroke>"
    + "".join(f'<Point x="{x + 2 * n}" y="{50 + 10 * abs(n % 10 - 5)}" time="{n}"/>' for n in range(21))
    + "</Stroke>"
    for x in range(0, 480, 60)
)
LINE = (LINE + "</StrokeSet></W>").encode()
LABEL = b"CSR:\n\nmum on\n"


def test_names_that_climb_out_links_and_devices_lead_nowhere(tmp_path, monkeypatch):
    """Nothing is written; a link is not followed; a device is not opened."""
    secret = tmp_path / "secret"
    secret.write_bytes(LINE)
    inside = tmp_path / "inside"
    inside.mkdir()
    strokes = tar(
        inside / "s.tar.gz",
        member("../../a01-000u-01.xml", LINE),
        member("a01-000u-02.xml", kind=tarfile.SYMTYPE, link=str(secret)),
        member("a01-000u-03.xml", kind=tarfile.LNKTYPE, link="../secret"),
        member("a01-000u-04.xml", kind=tarfile.CHRTYPE),
        member("a01-000u-05.xml", kind=tarfile.FIFOTYPE),
        member("a01-000u-06.xml", kind=tarfile.DIRTYPE),
    )
    texts = tar(inside / "t.tar.gz", member("/etc/a01-000u.txt", LABEL * 1 + b"mum on\n" * 5))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monkeypatch.chdir(inside)
    assert read_iam(strokes, texts).texts == ["mum on"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def header(name: str, size: bytes, kind: bytes = b"0") -> bytes:
    """A tar header whose size may be anything, with a right checksum."""
    head = bytearray(member(name)[0].tobuf(tarfile.GNU_FORMAT))
    head[124:136], head[156:157] = size.ljust(12, b"\0"), kind
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


BELOW_ZERO = b"\xff" * 10 + b"\xfe\0"
EXABYTES = b"\x80\0\0\0\x7f" + b"\xff" * 7
LIES = {
    "a size below zero": header("a01-000u-01.xml", BELOW_ZERO) + bytes(1024),
    "a size below zero in a file of no interest": header("readme", BELOW_ZERO) + bytes(1024),
    "exabytes": header("a01-000u-01.xml", EXABYTES) + bytes(1024),
    "a name of exabytes": header("././@LongLink", EXABYTES, b"L") + bytes(1024),
    "gigabytes of notes": header("x", b"77777777777", b"x") + bytes(1024),
    "a sparse giant": header("a01-000u-01.xml", b"0", b"S")[:483]
    + b"77777777777\0" + bytes(17) + bytes(512),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
@pytest.mark.parametrize("reader", ["iam", "unipen"])
def test_headers_of_archives_that_lie_about_sizes(what, reader, tmp_path):
    path = tmp_path / "lies.tar"
    path.write_bytes(LIES[what].replace(b"a01-000u-01.xml", b"data/8/a/b.dat\0") if reader == "unipen" else LIES[what])
    texts = tar(tmp_path / "t.tar.gz", member("a01-000u.txt", LABEL))
    with cheap(), pytest.raises(IamError if reader == "iam" else UnipenError):
        read_iam(path, texts) if reader == "iam" else read_unipen(path)


def test_names_that_are_no_text_are_passed_over(tmp_path):
    ink = b".COORD X Y\n.PEN_DOWN\n" + b"".join(b"%d %d\n" % (20 * n, 100 * (n % 2)) for n in range(40))
    data = b'.INCLUDE a\n.SEGMENT WORD 0 OK "mmmm"\n'
    names = [f"data/7/{source}/x.dat" for source in ("one", "caf\xe9", "\udcff\udcfe", "\u202egro")]
    members = [member(name, data) for name in names] + [member("include/a", ink)]
    with tarfile.open(tmp_path / "u.tar", "w", errors="surrogateescape") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    made = read_unipen(tmp_path / "u.tar", points_per_character=5)
    assert {sample.writer for sample in made} == {"one-001"}


def test_spans_that_name_the_same_ink_again_and_again_are_dropped():
    from scribe.corpora.unipen import Unfit, segment_components
    from scribe.drawing.unipen_format import Component, parse_data_file

    components = [Component(b"0 0\n", True, "", ("X", "Y"))] * 100_000
    (segment,) = parse_data_file(f'.SEGMENT TEXT {",".join(["0-99999"] * 120)} OK "a b"\n'.encode()).segments
    with cheap(1, 20), pytest.raises(Unfit, match="too much of it"):
        segment_components(segment, components)


# --- corpora ----------------------------------------------------------------------------------------------------


def arrays() -> dict[str, np.ndarray]:
    made = Corpus.from_samples([Sample(INK, "an i", "jo"), Sample(INK, "hut", "ann", "word")], FACTS)
    file = io.BytesIO()
    head = {"format": 1, "writers": made.writer_splits, "metadata": FACTS}
    np.savez(
        file,
        header=np.frombuffer(json.dumps(head).encode(), np.uint8),
        offsets=made.offsets,
        starts=made.starts,
        texts=np.frombuffer(b"an ihut", np.uint8),
        text_starts=np.array([0, 4, 7]),
        writers=made.writers,
        kinds=made.kinds,
    )
    file.seek(0)
    with np.load(file) as loaded:
        return dict(loaded)


def npy(shape: tuple[int, ...], kind: str = "<f4", content: bytes = b"") -> bytes:
    """An array whose header may say anything."""
    head = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + content


def saved(path: Path, changed: dict[str, np.ndarray | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in (arrays() | changed).items():
            file = io.BytesIO()
            if isinstance(array, bytes):
                file.write(array)
            else:
                np.save(file, array, allow_pickle=True)
            archive.writestr(f"{name}.npy", file.getvalue())
    return path


def head_of(**entries: object) -> np.ndarray:
    whole = {"format": 1, "writers": {"jo": "train", "ann": "train"}, "metadata": FACTS} | entries
    return np.frombuffer(json.dumps(whole).encode(), np.uint8)


EVIL = {
    "terabytes": {"offsets": npy((1 << 40, 3))},
    "more than numbers can count": {"offsets": npy((1 << 62, 1 << 62))},
    "a shape below zero": {"offsets": npy((-1, 3), content=bytes(24))},
    "objects, which are pickles": {"texts": np.array([{}, print], object)},
    "unsigned starts that wrap around": {"starts": np.array([0, 9, 12], np.uint64)},
    "starts that are no whole numbers": {"starts": np.array([0.0, 6.0, 12.0])},
    "starts that go back": {"starts": np.array([0, 20, 12])},
    "texts that overlap": {"text_starts": np.array([0, 7, 0]), "texts": np.frombuffer(b"an ihut", np.uint8)},
    "texts from behind": {"text_starts": np.array([0, -3, 7])},
    "kinds below zero": {"kinds": np.array([-1, 0], np.int8)},
    "writers that are no whole numbers": {"writers": np.array([0.5, 1.0])},
    "half a character": {"header": head_of(writers={"jo": "train", "\ud800": "train"})},
    "a split that is a list": {"header": head_of(writers={"jo": ["train"], "ann": "train"})},
    "metadata that are a list": {"header": head_of(metadata=[1, 2])},
    "brackets without end": {"header": np.frombuffer(b"[" * 100_000, np.uint8)},
    "a pen that is half up": {"offsets": arrays()["offsets"] + np.float32([0, 0, 0.5])},
    "numbers that are none": {"offsets": arrays()["offsets"] * np.float32("nan")},
}


@pytest.mark.parametrize("what", EVIL)
def test_corpora_that_lie_are_refused(what, tmp_path):
    with cheap(2, 50), pytest.raises(CorpusError, match=r"evil\.npz"):
        Corpus.load(saved(tmp_path / "evil.npz", EVIL[what]))
    assert len(Corpus.load(saved(tmp_path / "good.npz", {}))) == 2


def test_a_bomb_in_a_corpus_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "_MOST_UNPACKED", 1 << 20)
    path = saved(tmp_path / "bomb.npz", {"offsets": npy((1 << 21, 3), content=bytes(12 << 21))})
    assert path.stat().st_size < 1 << 16
    with cheap(2, 10), pytest.raises(CorpusError, match=r"unpacks to 0\.0 GB"):
        Corpus.load(path)


# --- weights ----------------------------------------------------------------------------------------------------


def rewritten(path: Path, change, body: bytes | None = None) -> Path:
    """The file with its header changed, which is JSON."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    head = change(json.loads(data[8 : 8 + length]))
    head = head if isinstance(head, bytes) else json.dumps(head).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + (data[8 + length :] if body is None else body))
    return path


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, random_weights(4, 1, 1, 1, alphabet=Alphabet("ab ")))
    return path


def tensor(head: dict, **entries: object) -> dict:
    return head | {"window.bias": head["window.bias"] | entries}


HEADS = {
    "terabytes": lambda h: tensor(h, shape=[1 << 40], data_offsets=[0, 4 << 40]),
    "a product that wraps around": lambda h: tensor(h, shape=[1 << 32, 1 << 32]),
    "tensors that overlap": lambda h: tensor(h, data_offsets=h["window.kernel"]["data_offsets"]),
    "an end before the beginning": lambda h: tensor(h, data_offsets=h["window.bias"]["data_offsets"][::-1]),
    "an end beyond the file": lambda h: tensor(h, shape=[10_000_000], data_offsets=[0, 40_000_000]),
    "a shape below zero": lambda h: tensor(h, shape=[-3]),
    "a type that nobody knows": lambda h: tensor(h, dtype="F7"),
    "a type that NumPy lacks": lambda h: tensor(h, dtype="BF16", shape=[6]),
    "names twice": lambda h: json.dumps(h)[:-1].encode() + b"," + json.dumps(h)[1:].encode(),
    "metadata that are numbers": lambda h: h | {"__metadata__": {"format": 1}},
    "brackets without end": lambda h: b"[" * 200_000,
    "no JSON": lambda h: b"\xff\xfe" * 50,
    "endless lines": lambda h: meta(h, points_per_character="1e300"),
    "points per character that are none": lambda h: meta(h, points_per_character="nan"),
    "a scale beyond paper": lambda h: meta(h, offset_scale="1e30"),
    "an alphabet with a character twice": lambda h: meta(h, alphabet="aa "),
    "deep JSON in the JSON": lambda h: meta(h, provenance='{"a":' * 100_000),
    "a layer too many": lambda h: sizes(h, layers=10**30),
    "units that are true": lambda h: sizes(h, units=True),
}


def meta(head: dict, **entries: str) -> dict:
    return head | {"__metadata__": head["__metadata__"] | entries}


def sizes(head: dict, **entries: int) -> dict:
    return meta(head, architecture=json.dumps(json.loads(head["__metadata__"]["architecture"]) | entries))


@pytest.mark.parametrize("what", HEADS)
def test_weights_that_lie_are_refused(what, weights):
    rewritten(weights, HEADS[what])
    with cheap(3, 50), pytest.raises(WeightsError, match="cannot be"):
        load_weights(weights)
    with cheap(3, 50), pytest.raises(WeightsError):
        Reader.load(weights)
    with cheap(3, 50), pytest.raises(StyleError):
        load_styles(weights)


@pytest.mark.parametrize("length", [0, 7, 1 << 20, 1 << 40, (1 << 64) - 1])
def test_a_length_of_the_header_that_lies_is_refused(length, weights):
    weights.write_bytes(length.to_bytes(8, "little") + weights.read_bytes()[8:])
    with cheap(3, 150), pytest.raises(WeightsError):
        load_weights(weights)


# --- texts ------------------------------------------------------------------------------------------------------

MARKUP = '</title><script>alert("x")</script><img src=x onerror=alert(1)> & "quotes" \'single\' ]]> <!-- -->'
STRANGE = {
    "markup": MARKUP,
    "control characters": "a\x00b\x07c\x1b[31md\x7f",
    "directions": "abc\u202egnp.exe\u2066\u2069\u200f",
    "half a character": "x\ud800y\udfffz",
    "half a character escaped": "caf\udce9",
    "no characters": "\ufffe\uffff\U0001ffff",
    "separators": "a\u2028b\u2029c\x85d\x0be",
    "formulas": r"$\frac{1}{0}$ $x_ \undefined{",
    "not shown": "\u200b\ufeff\u00ad\u2060",
}


class Tags(html.parser.HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.found.append((tag, dict(attributes)))


@pytest.mark.parametrize("what", STRANGE)
def test_an_svg_holds_any_text_as_text(what):
    text = STRANGE[what]
    svg = to_svg(INK, title=text, description=text, colour=text, paper=text, unit=text, identifier=text)
    root = ElementTree.fromstring(svg.encode())
    assert {e.tag.rpartition("}")[2] for e in root.iter()} == {"svg", "title", "desc", "rect", "g", "path"}
    assert {name for e in root.iter() for name in e.attrib if name.startswith("on")} == set()
    clean = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    assert root[0].text == clean


@pytest.mark.parametrize("what", STRANGE)
def test_a_page_holds_any_text_as_text(what):
    text = STRANGE[what]
    tags = Tags(element(text, hand=text, show=text, weights=text, identifier=text)).found
    assert [tag for tag, _ in tags] == ["scribe-writer"]
    assert set(tags[0][1]) == {"id", "text", "hand", "show", "weights"}
    assert tags[0][1]["text"].replace("\ufffd", "\0") == text.replace("\ufffd", "\0")


def test_no_name_breaks_out_of_a_script():
    weights = random_weights(2, 1, 1, 1)
    object.__setattr__(weights, "name", MARKUP + "\u2028")
    script = web_weights(weights, styles={MARKUP: (INK, "an i")}, name=MARKUP)
    assert "<" not in script.replace("<=", "")
    assert script.isascii()
    page = standalone_page(MARKUP, weights=weights, title=MARKUP)
    scripts = [attributes for tag, attributes in Tags(page).found if tag == "script"]
    assert len(scripts) == 1 + page.count("<script>\n") - 1
    assert not any("onerror" in attributes for _, attributes in Tags(page).found)
    assert [tag for tag, _ in Tags(page).found].count("img") == 0


def test_the_field_to_write_in_takes_no_markup():
    for wrong in ('"><script>', "a b", "x'y", ""):
        with pytest.raises(ValueError, match="letters and digits"):
            drawing_pad(wrong)


@pytest.mark.parametrize("what", STRANGE)
def test_a_sheet_shows_any_text_and_any_writer(what):
    text = STRANGE[what].encode("utf-8", "replace").decode()
    figure = sheet_figure([Sample(INK, text, text)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fonts lack some of these characters
        figure.savefig(io.BytesIO(), format="svg")


@pytest.mark.parametrize("what", STRANGE)
def test_writing_any_text_is_refused_by_name_or_done(what, tmp_path, monkeypatch, capsys):
    text = STRANGE[what]
    writer = Writer(random_weights())
    shown = ASCII.normalised(text)  # without what nobody sees
    if set(shown) <= set(ASCII.characters) and shown.strip():
        assert len(writer.write_many([text], max_points=5)[0])
    elif not shown.strip():
        with pytest.raises(WritingError, match="nothing to write"):
            writer.write(text)
    else:
        with pytest.raises(UnknownCharacterError, match="cannot be written") as caught:
            writer.write(text)
        str(caught.value).encode()
    plain = ASCII.replace_unknown(text)
    assert set(plain) <= set(ASCII.characters)
    assert all(len(line) <= 7 for line in wrap(text, 7))
    save_weights(tmp_path / "w.safetensors", random_weights())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCRIBE_TRACEBACK", raising=False)
    code = cli.main(["write", text, "-o", "out.svg", "--weights", "w.safetensors", "--seed", "1", "--replace-unknown"])
    said = capsys.readouterr().err
    assert code in (0, 2)
    assert "should not happen" not in said
    assert said.isprintable() or not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", said)
    if code == 0:
        ElementTree.parse(tmp_path / "out.svg")


def test_pictures_of_ink_beyond_all_paper_are_made_or_refused():
    for size in (1e-30, 1e9):
        ink = INK.transformed(np.eye(2) * size)
        ElementTree.fromstring(to_svg(ink))
        with cheap(10, None):
            assert to_png(ink, width=500).startswith(b"\x89PNG")
            assert to_gif(ink, frames=2, width=200).startswith(b"GIF8")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("option", ["--pen", "--line-height", "--bias", "--mm"])
def test_options_that_are_no_numbers_are_refused_before_the_work(option, number, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["write", "a", "-o", "a.svg", option, number]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert option in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [{"body": np.nan}, {"width": np.inf}, {"pen": np.nan}, {"margin": np.inf}])
def test_drawings_of_no_size_are_refused(size):
    with pytest.raises(ValueError, match="must be above 0"):
        to_svg(INK, **size)
