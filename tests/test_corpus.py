"""The corpus container: what goes in comes out, and broken files are refused with a reason."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.corpora import Corpus, CorpusError, Sample
from scribe.corpora.corpus import split_of
from scribe.ink import Ink


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
    with pytest.raises(IndexError):
        corpus[4]
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
