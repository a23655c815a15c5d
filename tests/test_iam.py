"""The reader of IAM-OnDB, on files in its format that are written here: the database itself may not be passed on."""

from __future__ import annotations

import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.corpora import iam
from scribe.corpora.fonts import write_ink
from scribe.corpora.iam import IamError, read_iam
from scribe.corpora.iam_like import archive, make_iam_like, original_of, text_of, xml_of
from scribe.drawing.timing import TimedStroke, evenly_timed, on_an_even_clock, without_jumps
from scribe.ink import Ink

TEXTS = [
    "By Trevor Williams. A move",
    "to stop Mr. Gaitskell from",
    'nominating "any" more Labour',
    "life Peers is to be made at",
]


def inks(count: int = 4, seed: int = 0, **options) -> list[Ink]:
    return [write_ink(TEXTS[i % 4], "print-1", seed=seed, points_per_character=26, **options) for i in range(count)]


@pytest.fixture
def copy(tmp_path):
    """Two forms of four lines by two people."""
    strokes, texts = {}, {}
    for form, seed in (("a01-000u", 3), ("a01-001w", 8)):
        folder = f"{form[:3]}/{form[:7]}"
        for number, ink in enumerate(inks(seed=seed), start=1):
            strokes[f"lineStrokes/{folder}/{form}-{number:02d}.xml"] = xml_of(ink)
        texts[f"ascii/{folder}/{form}.txt"] = text_of(TEXTS)
    originals = {
        "original/a01/a01-000/strokesu.xml": original_of("10023"),
        "original/a01/a01-001/strokesw.xml": original_of("10111"),
    }
    return (
        archive(tmp_path / "lineStrokes-all.tar.gz", strokes),
        archive(tmp_path / "ascii-all.tar.gz", texts),
        archive(tmp_path / "original-xml-all.tar.gz", originals),
    )


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """How far two drawings are apart, on average, in both directions."""
    distances = np.linalg.norm(a[:, None] - b, axis=2)
    return (distances.min(axis=0).mean() + distances.min(axis=1).mean()) / 2


def test_lines_come_with_their_texts_writers_and_shapes(copy):
    corpus = read_iam(*copy)
    assert corpus.texts == TEXTS * 2
    assert {s.writer for s in corpus} == {"writer 10023", "writer 10111"}
    assert corpus.metadata["writers_known"] is True
    assert corpus.metadata["synthetic"] is False
    assert "not to be passed on" in corpus.metadata["licence"]
    for sample, ink in zip(corpus, inks(seed=3) + inks(seed=8), strict=True):
        # The same drawing, up to the estimates of body height and baseline; upright, not upside down.
        points = sample.ink.points[:, :2]
        truth = ink.points[:, :2] - ink.points[0, :2] * (1, 0)
        scale = np.ptp(points[:, 0]) / np.ptp(truth[:, 0])
        assert 0.8 < scale < 1.25
        upright = distance(points, truth * scale)
        assert upright < 0.12
        assert distance(points, truth * (scale, -scale) + (0, 1)) > 1.6 * upright
        assert sample.ink.points[0, 0] == 0


def test_points_are_even_in_time_and_as_many_as_asked_for(copy):
    for wanted in (15, 20):
        corpus = read_iam(*copy, points_per_character=wanted)
        summary = corpus.summary()
        assert summary["points"] / summary["characters_without_spaces"] == pytest.approx(wanted, rel=0.03)
    truth = [len(s) for s in inks(seed=3)[0].strokes if len(s) > 8]
    read = [len(s) for s in corpus[0].ink.strokes]
    long = [len(s) for s in inks(seed=3)[0].strokes]
    ratios = [r / t for r, t in zip(read, long, strict=True) if t > 8]
    assert len(ratios) == len(truth)
    assert np.std(ratios) < 0.1  # one factor for all strokes


def test_folders_do_as_well_as_archives(copy, tmp_path):
    for path in copy:
        with tarfile.open(path) as tar:
            # Where Python has filters (since 3.10.12, 3.11.4, 3.12) it wants to be told which.
            tar.extractall(tmp_path / "unpacked", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    folders = [tmp_path / "unpacked" / name for name in ("lineStrokes", "ascii", "original")]
    np.testing.assert_array_equal(read_iam(*folders).offsets, read_iam(*copy).offsets)


def test_without_the_originals_forms_stand_in_for_writers_and_it_says_so(copy):
    corpus = read_iam(*copy[:2])
    assert {s.writer for s in corpus} == {"form a01-000u", "form a01-001w"}
    assert corpus.metadata["writers_known"] is False
    assert "each form counts as one" in corpus.metadata["note"]


def test_slope_is_taken_out(tmp_path):
    turn = np.array([[np.cos(0.08), -np.sin(0.08)], [np.sin(0.08), np.cos(0.08)]])
    texts = archive(tmp_path / "t.tar.gz", {"a01-000u.txt": text_of(TEXTS)})
    corpora = []
    for matrix in (np.eye(2), turn):
        lines = {f"a01-000u-{i + 1:02d}.xml": xml_of(k.transformed(matrix)) for i, k in enumerate(inks(seed=2))}
        corpora.append(read_iam(archive(tmp_path / "s.tar.gz", lines), texts))
    for level, turned in zip(*corpora, strict=True):
        ends = [np.array([s[:, 1].min() for s in k.ink.strokes[-4:]]).mean() for k in (level, turned)]
        assert abs(ends[0] - ends[1]) < 0.35  # unturned it would be some 2 body heights


def test_glitches_of_the_sensor_are_taken_out(tmp_path):
    def spike(points):
        return [*points[:3], [points[3][0] + 900, points[3][1] - 700], *points[3:]] if len(points) > 6 else points

    def leap(points):
        half = len(points) // 2
        return points[:half] + [[x + 600, y] for x, y in points[half:]] if len(points) > 40 else points

    texts = archive(tmp_path / "t.tar.gz", {"a01-000u.txt": text_of(TEXTS)})
    for glitch in (spike, leap):
        lines = {f"a01-000u-{i + 1:02d}.xml": xml_of(k, glitch=glitch) for i, k in enumerate(inks(seed=2))}
        for sample in read_iam(archive(tmp_path / "s.tar.gz", lines), texts):
            assert max(np.linalg.norm(np.diff(s, axis=0), axis=1).max() for s in sample.ink.strokes if len(s) > 1) < 3


def test_what_cannot_be_used_is_dropped_and_counted(tmp_path):
    good = inks(seed=1)
    lines = {f"a01-000u-{i + 1:02d}.xml": xml_of(k) for i, k in enumerate(good)}
    texts = [*TEXTS, "please enter transcription here", "caf\xe9 au lait", "a", "broken", "nothing"]
    lines["a01-000u-05.xml"] = xml_of(good[0])
    lines["a01-000u-06.xml"] = xml_of(good[0])
    lines["a01-000u-07.xml"] = xml_of(good[0])  # far too wide for an "a"
    lines["a01-000u-08.xml"] = xml_of(good[0])[:400]
    lines["a01-000u-09.xml"] = b"<WhiteboardCaptureSession><StrokeSet/></WhiteboardCaptureSession>"
    lines["a01-000u-10.xml"] = xml_of(good[0])
    lines["b02-000u-01.xml"] = xml_of(good[0])
    lines["readme.xml"] = b"not a line"
    strokes = archive(tmp_path / "s.tar.gz", lines)
    corpus = read_iam(strokes, archive(tmp_path / "t.tar.gz", {"a01-000u.txt": text_of(texts)}))
    assert corpus.texts == TEXTS
    assert corpus.metadata["dropped"] == {
        "without a text": 3,
        "with a character beyond the alphabet": 1,
        "too wide or too narrow for the text": 1,
        "damaged": 2,
    }


def test_a_point_without_coordinates_is_damage(tmp_path):
    content = xml_of(inks(1)[0])
    for broken in (content.replace(b'y="', b'z="', 20), content.replace(b'<Point x="', b'<Point x="nan" w="', 30)):
        assert iam._strokes(iam._xml(broken, "x")) is None


def test_hostile_xml_is_refused(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    leak = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    texts = archive(tmp_path / "t.tar.gz", {"a01-000u.txt": text_of(TEXTS)})
    for content in (bomb, leak):
        strokes = archive(tmp_path / "s.tar.gz", {"a01-000u-01.xml": content})
        with pytest.raises(IamError, match=r"a01-000u-01\.xml is hostile"):
            read_iam(strokes, texts)


def test_damaged_archives_are_refused(copy, tmp_path):
    strokes, texts, originals = copy
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(strokes.read_bytes()[: strokes.stat().st_size // 2])
    with pytest.raises(IamError, match="is the download complete"):
        read_iam(cut, texts)
    nonsense = tmp_path / "nonsense.tar.gz"
    nonsense.write_bytes(b"<html>Please log in</html>" * 20)
    with pytest.raises(IamError, match=r"nonsense\.tar\.gz cannot be read as an archive"):
        read_iam(strokes, nonsense)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_iam(strokes, tmp_path / "absent.tar.gz")
    with pytest.raises(IamError, match=r"is it ascii-all\.tar\.gz"):
        read_iam(texts, strokes)
    with pytest.raises(IamError, match=r"is it lineStrokes-all\.tar\.gz"):
        read_iam(texts, texts)
    with pytest.raises(IamError, match="names no writers"):
        read_iam(strokes, texts, texts)
    with pytest.raises(IamError, match="points_per_character"):
        read_iam(strokes, texts, points_per_character=-1)
    assert len(read_iam(strokes, texts, originals)) == 8


def test_archives_that_are_too_large_are_refused_by_their_headers(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(iam, "LARGEST_FILE", 1000)
    with pytest.raises(IamError, match="too large"):
        read_iam(*copy)
    monkeypatch.undo()
    monkeypatch.setattr(iam, "LARGEST_ARCHIVE", 10_000)
    with pytest.raises(IamError, match="unpacks to more"):
        read_iam(*copy)


def test_nothing_is_written_to_disk(copy, tmp_path, monkeypatch):
    lines = {"../../lineStrokes/a01-000u-01.xml": xml_of(inks(1)[0]), "/a01-000u-02.xml": xml_of(inks(2)[1])}
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert len(read_iam(archive(tmp_path / "lineStrokes-all.tar.gz", lines), copy[1])) == 2
    assert sorted(tmp_path.rglob("*")) == before


# The clock


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_uneven_clock_is_made_even(seed):
    """A pen that moves by a known law, seen at random moments, is where the law says at even ones."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.5, 1.5, 60))
    where = np.stack([times, np.sin(times / 9)], axis=1)
    even = on_an_even_clock(TimedStroke(where, times), 1.0)
    expected = np.linspace(times[0], times[-1], len(even))
    np.testing.assert_allclose(even[:, 0], expected, atol=1e-9)
    np.testing.assert_allclose(even[:, 1], np.sin(expected / 9), atol=0.01)
    np.testing.assert_array_equal(even[[0, -1]], where[[0, -1]])


def test_a_clock_that_stands_still_or_runs_backwards_does_no_harm():
    points = np.stack([np.arange(6.0), np.zeros(6)], axis=1)
    for times in ([0, 0, 0, 0, 0, 0], [5, 4, 3, 2, 1, 0], [0, 1, 2, 1e9, 1e9 + 1, 1e9 + 2]):
        even = on_an_even_clock(TimedStroke(points, np.array(times, float)), 1.0)
        assert np.isfinite(even).all()
        assert 2 <= len(even) <= 12
        assert (np.diff(even[:, 0]) > 0).all()


def test_points_are_shared_out_by_duration():
    rng = np.random.default_rng(0)
    strokes = [TimedStroke(rng.normal(size=(n, 2)).cumsum(axis=0), np.arange(n) * 0.02) for n in (40, 80, 20)]
    even = evenly_timed(strokes, 70)
    assert sum(map(len, even)) == pytest.approx(70, abs=2)
    assert len(even[1]) / len(even[0]) == pytest.approx(2, rel=0.1)
    assert evenly_timed([TimedStroke(np.zeros((1, 2)))], 10)[0].shape == (1, 2)


def test_jumps_are_cut_and_stray_points_dropped():
    points = np.array([[0, 0], [1, 0], [50, 9], [2, 0], [3, 0], [30, 0], [31, 0], [90, 0]], float)
    pieces = without_jumps(TimedStroke(points, np.arange(8.0)), 5)
    assert [p.points[:, 0].tolist() for p in pieces] == [[0, 1, 2, 3], [30, 31]]
    assert pieces[0].times.tolist() == [0, 1, 3, 4]


def test_made_up_archives_are_read_like_the_database(tmp_path):
    corpus = read_iam(*make_iam_like(tmp_path / "new" / "folder", forms=3, lines=4, seed=5))
    summary = corpus.summary()
    assert summary["lines"] == 12
    assert summary["writers"] == 3
    assert corpus.metadata["dropped"] == {}
    again = read_iam(*make_iam_like(tmp_path, forms=3, lines=4, seed=5))
    np.testing.assert_array_equal(again.offsets, corpus.offsets)
