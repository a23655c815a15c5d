"""UNIPEN: the format on files made by hand, hostile archives, the geometry on writing of known size, the real thing."""

from __future__ import annotations

import bz2
import gzip
import http.server
import io
import lzma
import os
import re
import tarfile
import threading
from collections import Counter
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribe.corpora import rows, unipen, unipen_archive
from scribe.corpora.corpus import Corpus
from scribe.corpora.unipen import UnipenError, clean_label, read_unipen, writer_group
from scribe.drawing import normalise
from scribe.drawing.unipen_format import Component, Segment, asked_for, parse_data_file, read_components

REAL = Path(
    os.environ.get("SCRIBE_UNIPEN")
    or Path(__file__).parents[2] / "shared" / "data" / "unipen-train_r01_v07-text.tar.xz"
)


# Writing of known size: letters of .8 body heights, each one stroke, stems up or down where they belong


def letter(character: str) -> np.ndarray:
    """One stroke ``(n, 2)`` with its left end at x = 0: up to the body height, down to the baseline, and stems."""
    corners = [(0, 2.0 if character in "bdhkl" else 1.0), (0.0, 0.0), (0.3, 1.0), (0.6, 0.0)]
    if character in "gpqy":
        corners = [(0, 1.0), (0.1, 0.0), (0.5, 1.0), (0.6, -1.0)]
    corners = np.array(corners)
    time = np.linspace(0, len(corners) - 1, 40)
    return np.stack([np.interp(time, range(len(corners)), xy) for xy in corners.T], axis=1)


def write(
    text: str, height: float = 100.0, slope: float = 0.0, origin: tuple[float, float] = (0, 0)
) -> list[np.ndarray]:
    """Text as strokes in device units, a letter every .8 heights, a space as wide as a letter and a half."""
    x, strokes = 0.0, []
    for character in text:
        if character != " ":
            strokes.append(letter(character) + np.array([x, 0]))
        x += 1.2 if character == " " else 0.8
    turn = np.array([[1, slope], [-slope, 1]]) / np.hypot(1, slope)
    return [stroke @ turn * height + np.array(origin) for stroke in strokes]


def ink_file(strokes: list[np.ndarray], writer: str = "jo", header: str = "") -> str:
    blocks = "".join(
        ".PEN_DOWN\n" + "".join(f"{round(x)} {round(y)}\n" for x, y in stroke) + ".PEN_UP\n" for stroke in strokes
    )
    return f".COORD X Y\n{header}.WRITER_ID {writer}\n{blocks}"


TEXTS = {
    "art": ["moon roses", "gray dawn hums", "queer pool", "many leaps"],
    "lex": ["one bag gap", "no grudge held", "happy end"],
}


def files_of(texts: dict[str, list[str]] = TEXTS) -> dict[str, bytes]:
    """A small UNIPEN tree by path: per source one data file with texts and words, and one include with the ink."""
    files = {"LICENSE": b"free", "data/1a/art/x.dat": b".INCLUDE nothing\n"}
    for source, labels in texts.items():
        strokes, lines, words = [], [], []
        for row, label in enumerate(labels):
            first = len(strokes)
            strokes += write(label, origin=(200, 9000 - 600 * row))
            lines.append(f'.SEGMENT TEXT {first}-{len(strokes) - 1} OK "{label}"')
            for word in label.split():
                words.append(f'.SEGMENT WORD {first}-{first + len(word) - 1} ? "{word}"')
                first += len(word)
        head = f".VERSION 1.0\n.INCLUDE {source}/{source}.doc\n.INCLUDE {source}/data/a.dat\n"
        files[f"data/8/{source}/a.dat"] = (head + "\n".join(lines) + "\n").encode()
        files[f"data/7/{source}/a.dat"] = (head + "\n".join(words) + "\n").encode()
        files[f"data/6/{source}/a.dat"] = files[f"data/7/{source}/a.dat"]  # the same again, as in the distribution
        files[f"include/{source}/{source}.doc"] = b".COMMENT nobody\n.COORD X Y\n"
        files[f"include/{source}/data/a.dat"] = ink_file(strokes).encode()
    return files


def pack(files: dict[str, bytes], root: str = "") -> bytes:
    """A plain tar of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(root + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "unipen.tar.xz"
    path.write_bytes(lzma.compress(pack(files_of(), "CDROM/train_r01_v07/"), preset=1))
    return path


# The format


def test_segments_of_every_shape() -> None:
    file = parse_data_file(
        b".VERSION 1.0\r\n.INCLUDE  a/one.doc\r\n.INCLUDE b/two.dat\r\n"
        b'.SEGMENT TEXT 0-66 ? "He said \\"no\\" \\\\ twice"\r\n'
        b'.SEGMENT WORD 7 OK "caf\xe9"\r\n'
        b'.SEGMENT  TEXT   5-9:12,11:3-14 GOOD "over\r\ntwo lines"\r\n'
        b'.SEGMENT WORD 3-x OK "not a span"\r\n'
        b".SEGMENT WORD 3-4 OK never quoted\r\n"
        b'.SEGMENT CHARACTER 0:0-0:5 ? "c"\r\n'
    )
    assert file.includes == ("a/one.doc", "b/two.dat")
    assert [(s.level, s.quality, s.label) for s in file.segments] == [
        ("TEXT", "?", 'He said "no" \\ twice'),
        ("WORD", "OK", "café"),
        ("TEXT", "GOOD", "over\ntwo lines"),
        ("CHARACTER", "?", "c"),
    ]
    assert file.segments[0].spans == (((0, None), (66, None)),)
    assert file.segments[2].spans == (((5, None), (9, 12)), ((11, 3), (14, None)))
    assert file.segments[3].spans == (((0, 0), (0, 5)),)


def test_components_are_numbered_over_nested_includes() -> None:
    files = {
        "top": b".WRITER_ID  ann \n.PEN_DOWN\n1 2\n3 4\n.PEN_UP\n.INCLUDE deep/er\n.PEN_DOWN\n9 9 \n",
        "deep/er": b".COORD T Y X\r\n.PEN_DOWN\r\n5 6 7\r\n.PEN_UP\r\n8 9 10\r\n"
        b".COMMENT 5 6 7\r\n1 2 3\r\n.PEN_DOWN\r\n\r\n",
    }
    found = read_components(["top", "deep/er"], files)
    # Empty blocks do not count, pen-up blocks with rows do; columns stay as last declared.
    assert [c.pen_down for c in found] == [True, True, False, True, True, False]
    assert [c.writer for c in found] == ["ann"] * 6
    assert found[0].points().tolist() == [[1, 2], [3, 4]]
    assert found[1].points().tolist() == [[7, 6]]
    assert found[2].points().tolist() == [[10, 9]]
    with pytest.raises(ValueError, match="reshape"):
        found[3].points()


def test_old_macintosh_line_ends_read_the_same() -> None:
    files = files_of()
    name = "include/art/data/a.dat"
    assert read_components(["x"], {"x": files[name].replace(b"\n", b"\r")}) == read_components(
        ["x"], {"x": files[name]}
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a": b".INCLUDE b\n", "b": b".INCLUDE c\n", "c": b".INCLUDE a\n"}, "includes itself"),
        ({"a": b".INCLUDE gone\n"}, "gone is missing"),
        ({"a": b".INCLUDE b\n.INCLUDE b\n", "b": b".INCLUDE c\n" * 2000, "c": b""}, "too many"),
        ({"a": b".INCLUDE ../../../../etc/passwd\n"}, "missing"),
        ({"a": b".INCLUDE /etc/passwd\n"}, "missing"),
    ],
)
def test_includes_that_cannot_be_followed(files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_components(["a"], files)


@pytest.mark.parametrize(
    ("source", "label", "text"),
    [
        ("cec", "If you have any questions , call me .", "If you have any questions, call me."),
        ("sta", "To be or not to be ;", "To be or not to be;"),
        ("hpb", "Maxwell 's tail ( wet )", "Maxwell's tail (wet)"),
        ("kai", "nobl@e", "noble"),
        ("lex", "P&&G and me@home", "P&G and me@home"),
        ("hpb", "jack the wizard XXX", None),
        ("hpp", "audrey @ home", "audrey @ home"),
        ("lex", "four-hour lunches -- but", "four-hour lunches -- but"),
        ("app", "  over\n two   lines ", "over two lines"),
        ("hpb", "Mike 2 8 7 4 7", None),
        ("hpp", "0 4 / 1 3 / 6 9", None),
        ("cec", 'Turn onto White Road " "', None),
        ("cec", "caf\xe9", None),
        ("cec", "  ", None),
    ],
)
def test_labels_become_what_was_written(source: str, label: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(unipen.Unfit, match="label"):
            clean_label(label, source)
    else:
        assert clean_label(label, source) == text


# From files to a corpus


def test_samples_have_the_agreed_form(archive: Path) -> None:
    shares = []
    corpus = read_unipen(archive, points_per_character=12, progress=lambda share, what: shares.append(share))
    lines, words = corpus.of_kind("line"), corpus.of_kind("word")
    assert sorted(lines.texts) == sorted(TEXTS["art"] + TEXTS["lex"])
    assert sorted(words.texts) == sorted(" ".join(TEXTS["art"] + TEXTS["lex"]).split())
    assert {s.writer for s in corpus} == {"art-001", "lex-001"}
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == 1
    for sample in corpus:
        points = sample.ink.points
        assert points[0, 0] == 0
        assert (points[:, :2] * 1024 == np.round(points[:, :2] * 1024)).all()
        assert int(points[:, 2].sum()) == len(sample.text.replace(" ", ""))  # a letter was a stroke
    # Each writer has the points per character that were asked for.
    characters = sum(len(s.text.replace(" ", "")) for s in corpus)
    assert len(corpus.offsets) / characters == pytest.approx(12, rel=0.03)
    summary = corpus.summary()
    assert summary["licence"] == "CC BY 4.0"
    assert "10.5281/zenodo.1195803" in str(summary["attribution"])
    assert summary["synthetic"] is False
    assert summary["points_per_character"] == 12


def test_processes_make_the_corpus_that_one_makes(tmp_path: Path) -> None:
    """Byte for byte, with what was dropped; also where files include other sources' files, or such as are missing."""
    files = files_of(TEXTS | {"kai": ["two moons", "one dusk"], "sie": ["a pen", "no ink"]})
    for name in [name for name in files if name.startswith("data/") and "/kai/" in name]:
        files[name] = files[name].replace(b"kai/data/a.dat", b"kai/nested.dat")
    files["include/kai/nested.dat"] = b".COMMENT x\r\n.INCLUDE\t lex/kai.dat\r\n"
    files["include/lex/kai.dat"] = files.pop("include/kai/data/a.dat")
    files["data/8/sie/a.dat"] += b".INCLUDE nowhere.dat\n"
    path, shares = tmp_path / "u.tar", []
    path.write_bytes(pack(files))
    one = read_unipen(path)
    two = read_unipen(path, processes=2, progress=lambda share, what: shares.append(share))
    assert one.metadata["dropped"]["include: missing or circular"] == 2
    assert {sample.writer[:3] for sample in one.of_kind("line")} == {"art", "kai", "lex"}
    assert {sample.writer[:3] for sample in one.of_kind("word")} == {"art", "kai", "lex", "sie"}
    one.save(tmp_path / "1.npz")
    two.save(tmp_path / "2.npz")
    with np.load(tmp_path / "1.npz") as first, np.load(tmp_path / "2.npz") as second:
        for name in first.files:
            np.testing.assert_array_equal(first[name], second[name], name)
    assert shares == sorted(shares)
    assert len(set(shares)) > 6
    assert shares[-1] == 1


def test_every_file_that_is_included_is_known_before() -> None:
    content = b'.INCLUDE a/b\r\n.INCLUDE  c d\r.INCLUDE\n\n e\n.INCLUDED f\n.INCLUDE\n.SEGMENT TEXT 0 ? ".INCLUDE g"\n'
    assert asked_for(content) == {"a/b", "c", "e", "f"}
    assert asked_for(b".INCLUDE x\xa0y") == {"x", "x\xa0y"}  # two readers of the line may differ: both are heard
    assert asked_for(b"no .INCLUDE x") == set()
    assert asked_for(b".PEN_DOWN\n1 2\n") == set()


def test_baseline_and_body_height_come_out_right(archive: Path) -> None:
    feet, tops = [], []
    for sample in read_unipen(archive):
        for stroke, character in zip(sample.ink.strokes, sample.text.replace(" ", ""), strict=True):
            if character not in "gpqy":
                feet.append(stroke[:, 1].min())
            if character not in "bdhkl":
                tops.append(stroke[:, 1].max())
    # The zigzags of these letters lose their corners, though not their ends, when they are resampled.
    assert np.median(feet) == pytest.approx(0, abs=0.12)
    assert np.abs(feet).max() < 0.3
    assert np.median(tops) == pytest.approx(1, abs=0.1)
    assert np.abs(np.array(tops) - 1).max() < 0.4


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.bz2", "folder", "folder above"])
def test_every_container_gives_the_same_corpus(kind: str, archive: Path, tmp_path: Path) -> None:
    files = files_of()
    path = tmp_path / "other"
    if kind.startswith("folder"):
        for name, content in files.items():
            target = path / ("deep/er/" if "above" in kind else "") / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    else:
        compress = {"tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress}[kind]
        path.write_bytes(compress(pack(files, "./")))
    one, two = read_unipen(archive), read_unipen(path)
    assert one.texts == two.texts
    assert (one.offsets == two.offsets).all()
    assert one.writer_splits == two.writer_splits


def test_corpus_survives_saving(archive: Path, tmp_path: Path) -> None:
    corpus = read_unipen(archive)
    corpus.save(tmp_path / "c.npz")
    again = Corpus.load(tmp_path / "c.npz")
    assert again.summary() == corpus.summary()
    assert (again.offsets == corpus.offsets).all()


def with_segments(segments: str, ink: str = "", source: str = "art") -> dict[str, bytes]:
    """The small tree with one more data file, and ink of its own if there is any."""
    files = files_of()
    include = f"{source}/data/b.dat" if ink else f"{source}/data/a.dat"
    if ink:
        files[f"include/{include}"] = ink.encode("latin-1")
    files[f"data/8/{source}/b.dat"] = f".INCLUDE {source}/{source}.doc\n.INCLUDE {include}\n{segments}".encode(
        "latin-1"
    )
    return files


def read_tree(files: dict[str, bytes], path: Path) -> Corpus:
    path.write_bytes(pack(files))
    return read_unipen(path)


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ('.SEGMENT TEXT 0-99999 OK "too far"', "ink: span leads nowhere"),
        ('.SEGMENT TEXT 5-2 OK "back wards"', "ink: span leads nowhere"),
        ('.SEGMENT TEXT 0-8,3 OK "twice there"', "ink: none, or some of it twice"),
        ('.SEGMENT TEXT 0-8 BAD "moon roses up"', "quality: bad"),
        ('.SEGMENT TEXT 0-8 OK "M\xf6\xf6n roses"', "label: empty or not ASCII"),
        ('.SEGMENT WORD 0 OK ","', "word: no letter or digit"),
        ('.SEGMENT TEXT 0-3 OK "moon roses and more"', "shape: too wide or too narrow for the text"),
    ],
)
def test_what_is_unfit_is_dropped_and_counted(segment: str, reason: str, tmp_path: Path) -> None:
    corpus = read_tree(with_segments(segment), tmp_path / "a.tar")
    plain = read_tree(files_of(), tmp_path / "b.tar")
    assert corpus.metadata["dropped"].get(reason) == 1
    assert corpus.texts == plain.texts


def test_withheld_ink_is_dropped(tmp_path: Path) -> None:
    strokes = write("moon roses")
    ink = ink_file(strokes[:4]) + ".PEN_DOWN\n0 0\n.PEN_UP\n" + ink_file(strokes[4:])
    segments = '.SEGMENT TEXT 0-9 OK "moon roses"\n.SEGMENT WORD 0-3 OK "moon"\n.SEGMENT WORD 5-9 OK "roses"\n'
    corpus = read_tree(with_segments(segments, ink), tmp_path / "a.tar")
    assert corpus.metadata["dropped"]["ink: withheld"] == 1
    assert Counter(corpus.texts)["moon"] == 2
    assert Counter(corpus.texts)["moon roses"] == 1


def test_a_missing_include_costs_its_own_segments_only(tmp_path: Path) -> None:
    files = files_of()
    del files["include/lex/data/a.dat"]
    corpus = read_tree(files, tmp_path / "a.tar")
    assert {s.writer for s in corpus} == {"art-001"}
    assert corpus.metadata["dropped"]["include: missing or circular"] == 11


def test_spans_of_points_cut_strokes(tmp_path: Path) -> None:
    # Two letters in one component: points 0 to 39 are the first, 40 to 79 the second.
    moon = write("moon")
    ink = ink_file([np.concatenate(moon[:2]), np.concatenate(moon[2:])])
    segments = '.SEGMENT WORD 0-1 OK "moon"\n.SEGMENT WORD 0:0-0:39 OK "m"\n.SEGMENT WORD 0:40-1 OK "oon"\n'
    corpus = read_tree(with_segments(segments, ink), tmp_path / "a.tar")
    width = {s.text: s.ink.bounds.width for s in corpus if s.text in ("moon", "m", "oon")}
    assert width["m"] == pytest.approx(0.6, abs=0.15)
    assert 2.5 < width["oon"] / width["m"] < 4.5  # 2.2 to .6


def test_a_page_becomes_rows_and_a_long_line_is_cut(tmp_path: Path) -> None:
    page = write("moon and", origin=(0, 2000)) + write("plum under", origin=(40, 1600)) + write("a", origin=(0, 1200))
    long = "many longer rooms hold one thousand golden drums and no one ever heard"
    long += " them humming loud enough around noon or later"
    strokes = page + write(long, origin=(0, 100))
    marks = f'.SEGMENT TEXT 0-{len(page) - 1} OK "moon and plum under a"\n'
    marks += f'.SEGMENT TEXT {len(page)}-{len(strokes) - 1} OK "{long}"\n'
    corpus = read_tree(with_segments(marks, ink_file(strokes)), tmp_path / "a.tar")
    new = [s for s in corpus.of_kind("line") if s.text not in TEXTS["art"] + TEXTS["lex"]]
    texts = [s.text for s in new]
    assert texts[:3] == ["moon and", "plum under", "a"]
    assert " ".join(texts[3:]) == long
    assert max(map(len, texts)) <= 100
    for sample in new:
        assert int(sample.ink.offsets[:, 2].sum()) == len(sample.text.replace(" ", ""))


def test_marked_words_say_what_a_row_holds(tmp_path: Path) -> None:
    # Widths would mislead: "moon" is written as wide as a whole row. The marks know.
    page = write("moon", 200, origin=(0, 2000)) + write("and no", origin=(0, 1500))
    marks = '.SEGMENT TEXT 0-8 OK "moon and no"\n.SEGMENT WORD 0-3 OK "moon"\n'
    marks += '.SEGMENT WORD 4-6 OK "and"\n.SEGMENT WORD 7-8 OK "no"\n'
    corpus = read_tree(with_segments(marks, ink_file(page)), tmp_path / "a.tar")
    assert "and no" in corpus.of_kind("line").texts
    assert not any("moon and" in text for text in corpus.texts)


def test_people_of_one_contributor_stay_together() -> None:
    assert writer_group("cea", "x1") == writer_group("cec", "y2") == "cedar"
    assert (
        writer_group("apb", "Chris_Hess") == writer_group("apd", "CHRIS_HESS_2") == writer_group("ape", "TextChrisHess")
    )
    assert writer_group("sta", "hpb0-aeb") == writer_group("sta", "hpb1-aeb")
    assert writer_group("lex", "a") != writer_group("pri", "a")


# Archives that are not what they should be


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
@pytest.mark.parametrize("kind", ["xz", "gz"])
def test_a_truncated_archive_says_so(kind: str, share: float, tmp_path: Path) -> None:
    content = {"xz": lzma.compress, "gz": gzip.compress}[kind](pack(files_of()))
    path = tmp_path / "cut"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnipenError, match="incomplete: download it again"):
        read_unipen(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xfd7zXZ\0 no", b"\x1f\x8b no", b"BZh no", bytes(4096)])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnipenError):
        read_unipen(path)


def test_wrong_paths_and_settings(tmp_path: Path, archive: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        read_unipen(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnipenError, match="holds no UNIPEN text"):
        read_unipen(tmp_path / "empty")
    with pytest.raises(UnipenError, match="points_per_character"):
        read_unipen(archive, points_per_character=0)
    only_bad = with_segments("")
    for name in list(only_bad):
        if name.startswith("data"):
            only_bad[name] = only_bad[name].replace(b" OK ", b" BAD ").replace(b" ? ", b" BAD ")
    with pytest.raises(UnipenError, match="no line or word in them can be used"):
        read_tree(only_bad, tmp_path / "a.tar")


def test_a_hostile_archive_writes_and_reads_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(files_of()["include/art/data/a.dat"])
    path = tmp_path / "in" / "bad.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as out:
        with tarfile.open(fileobj=io.BytesIO(pack(files_of()))) as plain:
            for member in plain:
                out.addfile(member, plain.extractfile(member))
        for name in ("../evil", "/evil", "include/../../evil", "data/8/art/../../../../evil"):
            member = tarfile.TarInfo(name)
            member.size = 4
            out.addfile(member, io.BytesIO(b"evil"))
        for kind, name in ((tarfile.SYMTYPE, "include/art/link"), (tarfile.LNKTYPE, "include/art/hard")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(tmp_path / "secret")
            out.addfile(member)
        device = tarfile.TarInfo("include/art/device")
        device.type = tarfile.CHRTYPE
        out.addfile(device)
    before = sorted(tmp_path.rglob("*"))
    data, include, _ = unipen_archive.read_files(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert not any("evil" in name or ".." in name for name in [*data, *include])
    assert not {"art/link", "art/hard", "art/device"} & set(include)


def test_the_corpus_says_how_large_the_archive_was(tmp_path: Path) -> None:
    files = files_of() | {"CDROM-README": b"x" * 1000}  # of no interest, but it's downloaded and unpacked all the same
    unpacked = {"files": len(files), "unpacked_bytes": sum(map(len, files.values()))}
    path = tmp_path / "some.tar.xz"
    path.write_bytes(lzma.compress(pack(files), preset=1))
    facts = read_unipen(path).metadata["archive"]
    assert facts == {"name": "some.tar.xz", "bytes": path.stat().st_size, **unpacked}
    for name, content in files.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(content)
    assert read_unipen(tmp_path / "tree").metadata["archive"] == unpacked


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(files_of()["include/art/data/a.dat"])
    root = tmp_path / "tree"
    for name, content in files_of().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    target = root / "include/art/data/a.dat"
    target.unlink()
    try:
        target.symlink_to(outside)
    except OSError:
        pytest.skip("this file system has no symbolic links")
    assert {s.writer for s in read_unipen(root)} == {"lex-001"}


def test_archives_without_measure_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(pack(files_of()))
    for name, limit in (("MAX_FILE", 100), ("MAX_TOTAL", 1000), ("MAX_FILES", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(unipen_archive, name, limit)
            with pytest.raises(UnipenError, match="larger than any UNIPEN distribution"):
                read_unipen(path)
    # A "long name" of a gigabyte is refused before it is read.
    member = tarfile.TarInfo("name")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 2**30
    path.write_bytes(member.tobuf() + bytes(10240))
    with pytest.raises(UnipenError, match="no place in this archive"):
        read_unipen(path)


SMALL = files_of({"art": ["moon roses", "gray dawn"]})
INSERTIONS = [b"", b"\n", b"\r", b'"', b"\\", b"\0", b":", b"-", b",", b" 1e999 ", b" nan ", b" -9 ", b"99999999999"]
INSERTIONS += [b"\n.PEN_DOWN\n", b"\n.COORD T X\n", b"\n.INCLUDE art/data/a.dat\n", b"\n.WRITER_ID \xe9\n"]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_files_give_a_valid_corpus_or_a_clear_error(data: st.DataObject, tmp_path_factory) -> None:
    files = dict(SMALL)
    for name in data.draw(st.lists(st.sampled_from(sorted(SMALL)), min_size=1, max_size=3)):
        content = bytearray(files[name])
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(content)))
            end = start + data.draw(st.sampled_from([0, 1, 3, 20, 400]))
            insert = data.draw(st.sampled_from(INSERTIONS) | st.binary(max_size=6))
            content[start:end] = insert
        files[name] = bytes(content)
    path = tmp_path_factory.mktemp("damaged") / "a.tar"
    path.write_bytes(pack(files))
    check_corpus(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_archives_give_a_valid_corpus_or_a_clear_error(data: st.DataObject, tmp_path_factory) -> None:
    plain = pack(SMALL)
    content = bytearray(data.draw(st.sampled_from([plain, gzip.compress(plain, 1), lzma.compress(plain, preset=0)])))
    for _ in range(data.draw(st.integers(1, 3))):
        # Headers of a tar are where damage is most interesting: every 512 bytes, and at the start.
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 700).filter(lambda i: i < len(content)))
        content[place : place + data.draw(st.integers(1, 12))] = data.draw(st.binary(min_size=1, max_size=12))
    path = tmp_path_factory.mktemp("damaged") / "a"
    path.write_bytes(bytes(content))
    check_corpus(path)


def check_corpus(path: Path) -> None:
    """Reading ends in UnipenError or in a corpus that can be saved and holds what a corpus holds."""
    try:
        corpus = read_unipen(path)
    except UnipenError:
        return
    for sample in corpus:
        assert sample.text == " ".join(sample.text.split())
        assert all(" " <= c <= "~" for c in sample.text)
        assert np.isfinite(sample.ink.offsets).all()
        assert np.abs(sample.ink.points).max() < 1000
    corpus.save(path.with_suffix(".npz"))


# Geometry


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-0.25, 0.25),
    st.floats(20, 500),
    st.sampled_from(["moon roses and hums", "gray dull pony lodge", "a plum"]),
)
def test_level_takes_the_slope_out(slope: float, height: float, text: str) -> None:
    turned = normalise.level(write(text, height, slope, (1000, -500)), height)
    written = zip(turned, text.replace(" ", ""), strict=True)
    feet = np.array([stroke[stroke[:, 1].argmin()] for stroke, character in written if character not in "gpqy"])
    left = np.polyfit(feet[:, 0], feet[:, 1], 1)[0]
    assert abs(left) < (0.02 if len(text) > 10 else 0.12)


@pytest.mark.parametrize("text", ["moon", "gray", "doll", "happy", "plug", "no", "a", "hill"])
def test_body_band_of_writing_of_known_size(text: str) -> None:
    bottom, top = normalise.body_band(write(text, 80, origin=(0, 300)), text)
    assert bottom == pytest.approx(300, abs=12)
    if sum(c in "aceimnorsuvwxz" for c in text) > 1:
        assert top == pytest.approx(380, abs=16)


def test_rough_height_needs_no_rows() -> None:
    page = [s for row in range(4) for s in write("many moons rose", 60, origin=(0, -300 * row))]
    assert normalise.rough_height(page) == pytest.approx(60, rel=0.3)
    assert normalise.rough_height([np.array([[5.0, 5.0]])]) == 0


def test_a_stray_dot_does_not_widen_a_word() -> None:
    strokes = write("moon", 100)
    width = normalise.extent(strokes)
    assert width == pytest.approx(300, rel=0.1)
    assert normalise.extent([*strokes, np.array([[2000.0, 0.0], [2001.0, 1.0]])]) == pytest.approx(width, rel=0.05)


def test_rounding_errors_do_not_add_up() -> None:
    rng = np.random.default_rng(3)
    strokes = [rng.normal(0, 0.3, (50, 2)).cumsum(axis=0) for _ in range(100)]
    offsets = normalise.rounded_offsets(strokes)
    position = offsets[:, :2].astype(np.float64).cumsum(axis=0)
    assert np.abs(position - np.concatenate(strokes)).max() <= normalise.STEP / 2 + 1e-12
    # Summed in float32, as a careless reader would, nothing is lost either.
    assert (offsets[:, :2].cumsum(axis=0, dtype=np.float32) == position).all()


def test_repeats_are_removed() -> None:
    stroke = np.array([[1, 1], [1, 1], [1, 2], [1, 2], [1, 1], [1, 1.0]])
    assert normalise.without_repeats(stroke).tolist() == [[1, 1], [1, 2], [1, 1]]


# Rows


def test_rows_with_late_dots_and_long_tails() -> None:
    first, second = write("many pools", 50, origin=(0, 400)), write("gray hums", 50, origin=(10, 200))
    dot = np.array([[100.0, 480.0], [102.0, 482.0]])  # on the first row, written last
    strokes = [*first, *second, dot]
    assert rows.rows_of(strokes, 50) == [[*range(len(first)), len(strokes) - 1], [*range(len(first), len(strokes) - 1)]]
    assert rows.rows_of(write("gypsy happy quay pygmy", 50), 50) == [list(range(19))]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_words_are_found_where_they_were_written(seed: int) -> None:
    """Random words on random rows: what is cut must be right; most must be found."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("adghlmnopruy"))
    words = ["".join(rng.choice(letters, rng.integers(1, 9))) for _ in range(rng.integers(4, 22))]
    breaks = sorted(rng.choice(np.arange(1, len(words)), rng.integers(0, 3), replace=False))
    lines = [words[a:b] for a, b in zip([0, *breaks], [*breaks, len(words)], strict=True)]
    page = [write(" ".join(line), 50, origin=(rng.normal(0, 20), -400.0 * i)) for i, line in enumerate(lines)]
    strokes = [stroke for row in page for stroke in row]
    found = rows.rows_of(strokes, 50)
    if len(found) < len(lines):  # a last row further right than the row before is long looks like its end
        return
    assert [len(row) for row in found] == [len(row) for row in page]
    pieces = rows.cut([[strokes[i] for i in row] for row in found], words, 50, 40)
    allowed = {" ".join(line[a:b]) for line in lines for a in range(len(line)) for b in range(a + 1, len(line) + 1)}
    for text, own in pieces:
        assert text in allowed
        assert len(text) <= 40
        assert len(own) == len(text.replace(" ", ""))


def test_the_label_of_another_page_is_noticed() -> None:
    page = [write("many moons rose", 50), write("under dull lamps", 50, origin=(0, -300))]
    right, wrong = "many moons rose under dull lamps", "lone a happy a programmer gone"
    assert [text for text, _ in rows.cut(page, right.split(), 50, 100)] == ["many moons rose", "under dull lamps"]
    assert rows.cut(page, wrong.split(), 50, 100) == []
    assert rows.cut(page, ["one"], 50, 100) == []
    assert rows.cut(page, ["a"] * 5000, 50, 100) == []


# The download, from a server on this machine


class Server(http.server.BaseHTTPRequestHandler):
    content = b""
    ranges = True
    stop_after: int | None = None
    log: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        type(self).log.append(asked)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.ranges else 0
        if start >= len(self.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(self.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.stop_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    class Handler(Server):
        content = lzma.compress(pack(files_of()))
        log: ClassVar[list[str | None]] = []

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        Handler.url = f"http://127.0.0.1:{httpd.server_port}/unipen.tgz"
        yield Handler
        httpd.shutdown()
        thread.join()


def test_download_once_and_read(server, tmp_path: Path) -> None:
    shares = []
    path = unipen.download(tmp_path, progress=lambda share, what: shares.append(share), url=server.url)
    assert path.read_bytes() == server.content
    assert shares[-1] == 1
    assert len(read_unipen(path)) > 10
    assert unipen.download(tmp_path, url=server.url) == path
    assert len(server.log) == 1  # the second call asked nobody
    assert {p.name for p in tmp_path.iterdir()} == {"unipen.tgz", "unipen.tgz.sha256"}


def test_download_goes_on_where_it_stopped(server, tmp_path: Path) -> None:
    server.stop_after = 1000
    with pytest.raises(OSError, match="stopped after 1000 of"):
        unipen.download(tmp_path, url=server.url)
    server.stop_after = None
    assert unipen.download(tmp_path, url=server.url).read_bytes() == server.content
    assert server.log == [None, "bytes=1000-"]


def test_download_that_cannot_go_on_starts_again(server, tmp_path: Path) -> None:
    (tmp_path / "unipen.tgz.part").write_bytes(b"x" * 500)
    server.ranges = False
    assert unipen.download(tmp_path, url=server.url).read_bytes() == server.content


@pytest.mark.parametrize("extra", [0, 7])
def test_download_that_had_all_or_too_much(server, tmp_path: Path, extra: int) -> None:
    (tmp_path / "unipen.tgz.part").write_bytes(server.content + b"x" * extra)
    assert unipen.download(tmp_path, url=server.url).read_bytes() == server.content


def test_download_that_changed_is_noticed(server, tmp_path: Path) -> None:
    path = unipen.download(tmp_path, url=server.url)
    path.unlink()
    server.content = server.content[:-1] + b"!"
    with pytest.raises(UnipenError, match="is not what it was"):
        unipen.download(tmp_path, url=server.url)


def test_download_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be reached"):
        unipen.download(tmp_path, url="http://127.0.0.1:9/unipen.tgz")


# The real thing, two sources of it


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    """The sources ``art`` and ``dar``, cut out of the real archive."""
    if not REAL.exists():
        pytest.skip(f"the UNIPEN archive is not at {REAL}; name it in SCRIBE_UNIPEN")
    if REAL.is_dir():
        return REAL
    path = tmp_path_factory.mktemp("unipen") / "two.tar"
    with tarfile.open(REAL) as whole, tarfile.open(path, "w") as out:
        for member in whole:
            if member.isreg() and re.search(r"(^|/)(data/[678]|include)/(art|dar)/", member.name):
                out.addfile(member, whole.extractfile(member))
    return path


def test_two_real_sources(real: Path) -> None:
    corpus = read_unipen(real)
    lines = {(s.writer, s.text): s for s in corpus.of_kind("line")}
    assert {writer for writer, _ in lines} >= {"art-001", "art-002", "art-003", "dar-001", "dar-002"}
    opening = [s for (writer, text), s in lines.items() if text == "In my freshman year, I almost failed physics."]
    assert opening
    # The label says 0-19, twenty components without pen-up rows: twenty strokes.
    assert all(15 <= s.ink.offsets[:, 2].sum() <= 40 for s in opening)
    summary = corpus.summary()
    assert summary["lines"] > 190
    assert summary["words"] > 1000
    # Small letters of real words are about one unit high, and stand on y = 0.
    heights, feet = [], []
    for sample in corpus.of_kind("word"):
        if len(sample.text) > 3 and set(sample.text) <= set("acemnorsuvwxz"):
            heights.append(sample.ink.bounds.height)
            feet.append(sample.ink.bounds.bottom)
    assert np.median(heights) == pytest.approx(1.2, abs=0.25)
    assert np.median(feet) == pytest.approx(-0.1, abs=0.15)


def test_a_segment_that_ends_before_it_begins_is_left_out() -> None:
    """It came up in fuzzing: such a stroke has no points, and nothing can be resampled from them."""
    component = Component(b"1 2\n3 4\n5 6\n7 8\n9 9\n", True, "", ("X", "Y"))
    backwards = Segment("WORD", (((0, 3), (0, 1)),), "OK", "on")
    with pytest.raises(unipen.Unfit, match="without points"):
        unipen.segment_strokes(backwards, [0], [component], {})
    forwards = Segment("WORD", (((0, 1), (0, 3)),), "OK", "on")
    assert [s.tolist() for s in unipen.segment_strokes(forwards, [0], [component], {})] == [[[3, 4], [5, 6], [7, 8]]]
