"""The corpus container: what goes in comes out, and broken files are refused with a reason."""

from __future__ import annotations

import itertools
import json
import mmap
import os
import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.alphabet import ASCII
from scribe.corpora import Corpus, CorpusError, Sample
from scribe.corpora import corpus as corpus_module
from scribe.corpora.corpus import KINDS, SPLITS, split_of
from scribe.ink import Ink
from scribe.training.batches import Batches, offset_scale
from scribe.training.reader_batches import _frames_of_samples


def ink(seed: int, points: int = 5) -> Ink:
    offsets = np.random.default_rng(seed).normal(size=(points, 3)).astype(np.float32)
    offsets[:, 2] = 0
    offsets[-1, 2] = 1
    return Ink(offsets)


@pytest.fixture
def corpus() -> Corpus:
    samples = [
        Sample(ink(0), "one line", "a", "line", "train"),
        Sample(ink(1, 3), "word", "a", "word", "train"),
        Sample(ink(2, 7), "naïve ~", "b", "line", "validation"),
        Sample(ink(3, 1), "x", "c", "word", "test"),
    ]
    metadata = {"name": "example", "licence": "CC0-1.0", "attribution": "nobody", "synthetic": True}
    return Corpus.from_samples(samples, metadata)


def test_save_and_load(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    loaded = Corpus.load(tmp_path / "corpus.npz")
    assert len(loaded) == 4
    for one, other in zip(corpus, loaded, strict=True):
        np.testing.assert_array_equal(one.ink.offsets, other.ink.offsets)
        assert (one.text, one.writer, one.kind, one.split) == (other.text, other.writer, other.kind, other.split)
    assert loaded.metadata == corpus.metadata
    assert os.listdir(tmp_path) == ["corpus.npz"]


def test_the_file_holds_no_pickle(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    with np.load(tmp_path / "corpus.npz", allow_pickle=False) as file:
        assert {file[name].dtype.kind for name in file} <= {"f", "i", "u"}


def test_parts_of_a_corpus(corpus: Corpus) -> None:
    assert [s.text for s in corpus.split("train")] == ["one line", "word"]
    assert [s.writer for s in corpus.split("validation")] == ["b"]
    assert [s.text for s in corpus.of_kind("word")] == ["word", "x"]
    assert [s.text for s in corpus.subset([3, 0])] == ["x", "one line"]
    assert [s.writer for s in corpus.subset([3, 0])] == ["c", "a"]
    assert len(corpus.split("train").of_kind("word").split("test")) == 0
    assert corpus[-1].text == "x"
    assert [s.text for s in corpus.subset([-1, -4])] == ["x", "one line"]
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"no sample {index}: the corpus has 4"):
            corpus[index]
    for index in (slice(1, 3), 1.0, [0]):
        with pytest.raises(TypeError, match="for several there is subset"):
            corpus[index]  # type: ignore[index]
    for indices in ([4], [-5], [0.5], ["x"], [True] * 3, [True] * 5, [False] * 3):
        with pytest.raises(IndexError, match="does not choose from a corpus of 4 samples"):
            corpus.subset(indices)
    for shaped in (0, [[0, 1]]):
        with pytest.raises(ValueError, match="must be a list"):
            corpus.subset(np.array(shaped))
    with pytest.raises(CorpusError, match="no split 'dev'"):
        corpus.split("dev")
    with pytest.raises(CorpusError, match="no kind 'page'"):
        corpus.of_kind("page")


def test_summary_counts(corpus: Corpus) -> None:
    summary = corpus.summary()
    assert summary["lines"] == summary["words"] == 2
    assert summary["writers"] == 3
    assert summary["writers_by_split"] == {"train": 1, "validation": 1, "test": 1}
    assert summary["points"] == 16
    assert summary["characters_without_spaces"] == 7 + 4 + 6 + 1
    assert summary["distinct_characters"] == len(set("one linewordnaïve ~x"))
    json.dumps(summary)


def test_a_writer_is_on_one_side_only() -> None:
    samples = [Sample(ink(0), "a", "w", split="train"), Sample(ink(1), "b", "w", split="test")]
    with pytest.raises(CorpusError, match="sample 1: writer 'w' is in two splits"):
        Corpus.from_samples(samples, {})
    with pytest.raises(CorpusError, match="kind 'page'"):
        Corpus.from_samples([Sample(ink(0), "a", "w", kind="page")], {})


def test_splits_are_fixed_and_about_as_large_as_asked() -> None:
    names = [f"writer {i}" for i in range(4000)]
    splits = [split_of(name, validation=0.05, test=0.1) for name in names]
    assert splits == [split_of(name, validation=0.05, test=0.1) for name in names]
    # Five standard deviations of a binomial draw.
    assert abs(splits.count("test") - 400) < 5 * np.sqrt(4000 * 0.1 * 0.9)
    assert abs(splits.count("validation") - 200) < 5 * np.sqrt(4000 * 0.05 * 0.95)
    assert split_of("writer 7") == split_of("writer 7", 0.05, 0.05)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no corpus at"):
        Corpus.load(tmp_path / "nothing.npz")


def test_another_format_is_named(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "corpus.npz"
    corpus.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    arrays["header"] = np.frombuffer(json.dumps(header | {"format": 99}).encode(), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(CorpusError, match=r"format 99; this version reads format 1\. Build it again"):
        Corpus.load(path)
    np.savez(path, something=np.zeros(3))
    with pytest.raises(CorpusError, match="is not a corpus: it lacks header"):
        Corpus.load(path)


@given(st.integers(0, 2**32 - 1))
def test_damaged_files_raise_our_error_or_load(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path_factory.mktemp("damaged") / "corpus.npz"
    Corpus.from_samples([Sample(ink(0), "text", "w")], {"name": "x"}).save(path)
    data = bytearray(path.read_bytes())
    if rng.random() < 0.3:
        data = data[: rng.integers(0, len(data))]
    else:
        for _ in range(rng.integers(1, 5)):
            data[rng.integers(0, len(data))] = rng.integers(0, 256)
    path.write_bytes(data)
    try:
        loaded = Corpus.load(path)
    except CorpusError:
        return
    assert all(len(sample.ink) for sample in loaded)


class _Trap:
    def __reduce__(self) -> tuple:
        return sys.exit, ("a pickle was run",)


def test_a_pickle_inside_is_never_run(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "corpus.npz"
    np.savez(path, header=np.array([_Trap()], object), **{n: np.zeros(1) for n in ("offsets", "starts", "texts")})
    with pytest.raises(CorpusError):
        Corpus.load(path)
    (tmp_path / "bare.npz").write_bytes(pickle.dumps(_Trap()))
    with pytest.raises(CorpusError):
        Corpus.load(tmp_path / "bare.npz")


def test_arrays_that_do_not_fit_are_refused(corpus: Corpus) -> None:
    parts = vars(corpus) | {}
    names = ("offsets", "starts", "texts", "writers", "kinds", "writer_splits", "metadata")
    good = {name: parts[name] for name in names}
    Corpus(**good)
    broken = [
        {"starts": good["starts"][:-1]},
        {"starts": good["starts"] * 2},
        {"writers": good["writers"] + 9},
        {"kinds": good["kinds"] + 9},
        {"offsets": good["offsets"][:, :2]},
        {"texts": good["texts"][:-1]},
        {"writer_splits": dict.fromkeys(good["writer_splits"], "elsewhere")},
    ]
    for change in broken:
        with pytest.raises(CorpusError, match="do not fit together"):
            Corpus(**good | change)
    offsets = good["offsets"].copy()
    offsets[2, 0] = np.nan
    with pytest.raises(CorpusError, match="not finite"):
        Corpus(**good | {"offsets": offsets})


def test_a_failed_save_leaves_the_old_file(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "corpus.npz"
    corpus.save(path)
    before = path.read_bytes()

    def full(member, array, **options) -> None:
        member.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="No space left"):
        corpus.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["corpus.npz"]


# --- more ink than is kept in memory


def noise(count: int) -> list[Sample]:
    rng = np.random.default_rng(0)

    def made(n: int) -> Sample:
        offsets = rng.normal(size=(rng.integers(1, 90), 3)).astype(np.float32)
        offsets[:, 2] = rng.random(len(offsets)) < 0.1
        offsets[-1, 2] = 1
        return Sample(Ink(offsets), f"an a {n}", f"w{n % 7}", KINDS[n % 2], SPLITS[n % 7 % 3])

    return [made(n) for n in range(count)]


def test_much_ink_is_mapped_and_used_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, facts = noise(300), {"name": "noise", "licence": "CC0", "attribution": "", "synthetic": True}
    little = Corpus.from_samples(samples, facts)
    little.save(tmp_path / "little.npz")
    monkeypatch.setattr(corpus_module, "IN_MEMORY", 3000)
    much = Corpus.from_samples(iter(samples), facts)
    much.save(tmp_path / "much.npz")
    assert (tmp_path / "much.npz").read_bytes() == (tmp_path / "little.npz").read_bytes()
    loaded = Corpus.load(tmp_path / "little.npz")
    for mapped in (much, loaded, loaded.split("train"), loaded.of_kind("word")):
        base = mapped.offsets
        while isinstance(base, np.ndarray):
            base = base.base
        assert isinstance(base.obj if isinstance(base, memoryview) else base, mmap.mmap)
    for name in SPLITS:
        ours, theirs = loaded.split(name), little.split(name)
        np.testing.assert_array_equal(ours.offsets, theirs.offsets)
        np.testing.assert_array_equal(ours.starts, theirs.starts)
        assert ours.texts == theirs.texts
    assert sorted(path.name for path in tmp_path.iterdir()) == ["little.npz", "much.npz"]


def test_a_full_disk_for_much_ink_is_told(tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus.save(tmp_path / "c.npz")
    monkeypatch.setattr(corpus_module, "IN_MEMORY", 100)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises((OSError, CorpusError), match="No space left"):
        Corpus.load(tmp_path / "c.npz")


@pytest.mark.parametrize("points", [1, 7, 50, 10**9])
def test_blocks_cover_all_samples_once(corpus: Corpus, points: int) -> None:
    seen = []
    for own, offsets, starts in corpus.blocks(points):
        count = own.stop - own.start
        assert count == 1 or len(offsets) <= points
        assert len(starts) == count + 1
        for number, (a, b) in zip(range(own.start, own.stop), itertools.pairwise(starts), strict=True):
            np.testing.assert_array_equal(offsets[a:b], corpus[number].ink.offsets)
            seen.append(number)
    assert seen == list(range(len(corpus)))
    assert list(corpus.subset([]).blocks()) == []


@pytest.mark.parametrize("points", [1, 100, 1 << 20])
def test_what_is_measured_block_by_block_is_what_is_there(points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against what each sample alone says, and NumPy's own deviation of all moves."""
    monkeypatch.setattr(Corpus.blocks, "__defaults__", (points,))
    samples = noise(60)
    corpus = Corpus.from_samples(samples, {})
    moves = np.concatenate([sample.ink.offsets[1:, :2] for sample in samples]).astype(np.float64)
    assert offset_scale(corpus) == pytest.approx(moves.std(axis=0).mean(), rel=1e-12)
    batches = Batches(corpus, ASCII, 1.0)
    for number, sample in enumerate(samples):
        path = sample.ink.offsets[:, :2].astype(np.float64).cumsum(axis=0)
        np.testing.assert_allclose(batches.ends[number], path[-1], atol=1e-9)
        np.testing.assert_allclose(batches.left[number], path[:, 0].min(), atol=1e-9)
        np.testing.assert_allclose(batches.right[number], path[:, 0].max(), atol=1e-9)
    frames = [sum(1 + max(1, -(-(len(s) - 1) // 4)) for s in sample.ink.strokes) for sample in samples]
    assert _frames_of_samples(corpus, 4).tolist() == frames
