"""Proofreading: the best of several, part by part, and the same each time."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from fake_readers import KnowingReader
from random_reader import random_reader
from random_weights import random_weights

from scribe import cli
from scribe.corpora.corpus import Corpus, Sample
from scribe.drawing.formats import load
from scribe.ink import Ink
from scribe.measure.texts import TEXTS as TEXTS_OF_THE_LIST
from scribe.proofread import part_ends, proofread, proofread_corpus
from scribe.reader import Reader, ReaderWeights, errors, save_reader
from scribe.weights import save_weights
from scribe.writer import Style, Writer, WritingError

TEXTS = ["one two", "three", "!?"]


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(random_weights())


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(random_reader())


def test_it_is_the_same_each_time(writer: Writer, reader: Reader) -> None:
    one, two = (proofread(writer, reader, TEXTS, 5, seed=7, bias=1.0) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.offsets, b.offsets)
    assert one.readings == two.readings
    other = proofread(writer, reader, TEXTS, 5, seed=8, bias=1.0)
    assert any(not np.array_equal(a.offsets, b.offsets) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("reader", [random_reader(), "reader"], ids=["random", "default"])
def test_of_each_part_the_best_is_kept(reader: ReaderWeights | str) -> None:
    """Done again by hand, with nothing but extend and a reader, for texts of two parts and of four."""
    texts = ["one two three", "a bird in the hand is"]
    assert [part_ends(text) for text in texts] == [[7, 13], [6, 13, 18, 21]]
    writer = Writer.load("default")
    reader = Reader.load(reader) if isinstance(reader, str) else Reader(reader)
    counts: list[int] = []
    lines = proofread(writer, reader, texts, 5, seed=7, bias=1.0)
    for i, (text, ends) in enumerate(zip(texts, [[7, 13], [6, 13, 18, 21]], strict=True)):
        (draft,) = writer.begin([text], bias=1.0)
        begins, points, wrong_before = [0, 0], [0, 0], 0  # of the part before, and of this one
        for part, end in enumerate(ends):
            tried, ranks = [], []
            for j in range(20):  # five at a time, four times at most
                if j % 5 == 0 and any(wrong <= wrong_before and not cut for wrong, cut, _ in ranks):
                    break
                (one,) = writer.extend([draft], [end], [(7 + i, part, j)])
                offsets = one.points[points[0] :].copy()
                offsets[0, 1] = one.points[: points[0] + 1, 1].sum()
                wanted = text[begins[0] : end].strip()
                wrong = errors(reader.read(Ink(offsets)), wanted)
                tried.append(one)
                ranks.append((wrong, one.stop_reason == "cap", -reader.log_probability(Ink(offsets), wanted)))
            counts.append(len(tried))
            best = min(range(len(tried)), key=ranks.__getitem__)
            draft, wrong_before = tried[best], max(0, ranks[best][0] - wrong_before)
            begins, points = [begins[1], end], [points[1], len(draft.points)]
        np.testing.assert_allclose(lines[i].offsets, draft.ink.offsets, atol=1e-4)
    assert set(counts) <= {5, 10, 15, 20}
    if reader.weights.name == "random":
        assert max(counts) == 20  # it reads nothing right
    else:
        assert min(counts) == 5


def test_it_is_written_alike_alone_and_among_others(writer: Writer, reader: Reader) -> None:
    lines = proofread(writer, reader, TEXTS, 4, seed=7)
    for i, text in enumerate(TEXTS):
        (alone,) = proofread(writer, reader, [text], 4, seed=7 + i)
        np.testing.assert_allclose(alone.offsets, lines[i].offsets, atol=1e-4)


def test_it_is_the_same_a_few_candidates_at_a_time(writer: Writer, reader: Reader, monkeypatch) -> None:
    together = []
    extend = writer.extend
    monkeypatch.setattr(writer, "extend", lambda drafts, *rest: together.append(len(drafts)) or extend(drafts, *rest))
    lines = proofread(writer, reader, TEXTS, 5, seed=7)
    few = proofread(writer, reader, TEXTS, 5, seed=7, batch_size=3)
    assert (max(together), set(together[-3:]) <= {2, 3}) == (15, True)
    for a, b in zip(lines, few, strict=True):
        np.testing.assert_allclose(a.offsets, b.offsets, atol=1e-4)
    proofread(writer, reader, TEXTS, 1, batch_size=3)


def test_parts_end_where_words_do() -> None:
    assert part_ends("word") == [4]
    assert part_ends("a b c") == [5]
    assert part_ends("some words, and more") == [4, 11, 20]
    assert part_ends("words at end  ") == [5, 14]
    assert part_ends(" " * 9 + "late") == [13]
    for text in ["to be or not to be", "x" * 50, "a  double  space", "ends in a space "]:
        ends = part_ends(text)
        assert ends[-1] == len(text)
        assert all(text[a:b].strip() for a, b in itertools.pairwise([0, *ends]))


def test_the_shipped_network_is_read_better_part_by_part() -> None:
    writer, reader = Writer.load("default"), Reader.load("reader")
    texts = TEXTS_OF_THE_LIST[:12]
    once = proofread(writer, reader, texts, 1, bias=0.5, seed=0)
    best = proofread(writer, reader, texts, 6, bias=0.5, seed=0)
    assert best.stop_reasons == ["finished"] * 12
    assert sum(r.errors for r in best.readings) < 0.3 * sum(r.errors for r in once.readings)
    for ink, reading in zip(best, best.readings, strict=True):
        assert reader.read(ink) == reading.text


def test_one_candidate_is_plain_writing(writer: Writer, reader: Reader) -> None:
    lines = proofread(writer, reader, TEXTS, 1, seed=3)
    plain = writer.write_many(TEXTS, seed=3)
    assert lines.stop_reasons == plain.stop_reasons
    for a, b in zip(lines, plain, strict=True):
        np.testing.assert_array_equal(a.offsets, b.offsets)


def test_of_equal_readings_the_more_probable_is_kept(writer: Writer, reader: Reader, monkeypatch) -> None:
    monkeypatch.setattr("scribe.proofread.ROUNDS", 1)
    lines = proofread(writer, reader, ["ab"], 12, seed=1)
    tried = writer.extend(writer.begin(["ab"]) * 12, [2] * 12, [(1, 0, j) for j in range(12)])
    equal = [
        reader.log_probability(one.ink, "ab") / 2
        for one in tried
        if errors(reader.read(one.ink), "ab") == lines.readings[0].errors and one.stop_reason == lines.stop_reasons[0]
    ]
    assert len(equal) > 1
    assert lines.readings[0].log_probability == pytest.approx(max(equal), abs=1e-3)


def test_each_line_keeps_its_own_bias_and_style(writer: Writer, reader: Reader) -> None:
    styles = [Style(Ink([[0, 0, 0], [0.2, 0.5, 1]]), "x"), None, Style(Ink([[0, 0.1, 0], [0.5, 0.1, 1]]), "y")]
    biases = [0.0, 1.0, 3.0]
    lines = proofread(writer, reader, TEXTS, 3, seed=5, bias=biases, style=styles)
    for i, text in enumerate(TEXTS):
        (alone,) = proofread(writer, reader, [text], 3, seed=5 + i, bias=biases[i], style=styles[i])
        np.testing.assert_allclose(lines[i].offsets, alone.offsets, atol=1e-4)


def test_mistakes_are_told(writer: Writer, reader: Reader) -> None:
    with pytest.raises(WritingError, match="candidates must be 1 or more"):
        proofread(writer, reader, TEXTS, 0)
    with pytest.raises(WritingError, match="batch_size must be 1 or more"):
        proofread(writer, reader, TEXTS, 2, batch_size=0)
    with pytest.raises(WritingError, match="a list of texts"):
        proofread(writer, reader, "one", 2)
    with pytest.raises(WritingError, match="without a text"):
        proofread(Writer(random_weights(window=0)), reader, TEXTS, 2)


# --- the command


@pytest.fixture
def scribe(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_weights("w.safetensors", random_weights())
    save_reader("r.safetensors", random_reader())

    def run(*arguments):
        code = cli.main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


WRITE = ("--weights", "w.safetensors", "--seed", 4)
READER = ("--reader", "r.safetensors")


def test_the_command_says_how_each_line_was_read(scribe, tmp_path) -> None:
    arguments = ("write", "one two three four", "--width", 9, "--proofread", 3, *READER, *WRITE, "--bias", 1)
    code, out, err = scribe(*arguments, "-o", "a.json")
    assert (code, out) == (0, "")
    said = err.splitlines()
    assert len(said) == 4
    for line, text in zip(said, ["one two", "three", "four"], strict=False):
        assert line.startswith('scribe: read as "')
        assert line.endswith(f"of {len(text)} characters wrong, best of 3")
    assert scribe(*arguments, "-o", "b.json", "-q") == (0, "", "")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["text"] == "one two\nthree\nfour"


def test_the_first_of_one_is_what_is_written_without(scribe, tmp_path) -> None:
    assert scribe("write", "one", *WRITE, "-o", "a.svg", "-q")[0] == 0
    assert scribe("write", "one", *WRITE, "-o", "b.svg", "-q", "--proofread", 1, *READER)[0] == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_command_reads_what_was_written(scribe, tmp_path) -> None:
    assert scribe("write", "one two", *WRITE, "-o", "a.json")[0] == 0
    code, out, err = scribe("read", "a.json", "--weights", "r.safetensors", "--beam", 1)
    assert (code, err) == (0, "")
    assert out == Reader.load(tmp_path / "r.safetensors").read_page(load("a.json")) + "\n"
    assert scribe("read", "a.json", "a.json", "--weights", "r.safetensors", "--beam", 1)[1] == out + out


def test_mistakes_about_reading_are_told_in_one_line(scribe, tmp_path) -> None:
    assert scribe("write", "one", *WRITE, "-o", "a.json")[0] == 0
    (tmp_path / "empty.json").write_text("{}")
    for arguments, told in (
        (("read", "none.json", "--weights", "r.safetensors"), "there is no file none.json"),
        (("read", "empty.json", "--weights", "r.safetensors"), "empty.json"),
        (("read", "a.json", "--weights", "w.safetensors"), "scribe-weights/1"),
        (("read", "a.json", "--weights", "nobody"), "no weights named 'nobody'"),
        (("write", "a", *WRITE, "-o", "b.svg", "--proofread", 0), "--proofread"),
        (
            ("write", "a", "--weights", "w.safetensors", "--proofread", 2, "--reader", "x.safetensors", "-o", "b.svg"),
            "x",
        ),
    ):
        code, out, err = scribe(*arguments)
        assert (code, out) == (2, ""), arguments
        assert told in err
        assert err.count("\n") == 1


# A corpus


def scribbled_corpus() -> tuple[Corpus, dict[bytes, str]]:
    """Three writers, one of them held out, and what a reader makes of each of their samples."""
    texts = {
        "good": ("Well done 2", "well Done 2"),
        "one wrong": ("ab", "ax"),
        "two wrong": ("ab", "xx"),
        "signs": ("a~^", "a"),
        "scribble": ("nobody knows", "nouul unnms"),
        "held out": ("nobody knows", "nothing"),
    }
    samples, read = [], {}
    for number, (name, (text, seen)) in enumerate(texts.items()):
        ink = Ink([[number + 1, 0, 0], [1, 1, 1]])
        held_out = name == "held out"
        samples.append(Sample(ink, text, f"{held_out}", "line", "validation" if held_out else "train"))
        read[ink.offsets.tobytes()] = seen
    return Corpus.from_samples(samples, {"name": "made up"}), read


def test_what_nobody_can_read_is_left_out_of_a_corpus() -> None:
    corpus, read = scribbled_corpus()
    rest = proofread_corpus(corpus, KnowingReader(read), 0.35, rare=0, batch_size=2)
    assert rest.texts == ["Well done 2", "ab", "a~^", "nobody knows"]
    assert [sample.split for sample in rest] == ["train"] * 3 + ["validation"]
    assert rest.metadata == {
        "name": "made up",
        "proofread": {"reader": "knowing", "worst": 0.35, "rare": 0, "dropped": 2},
    }
    assert len(corpus) == 6
    assert "proofread" not in corpus.metadata
    assert len(proofread_corpus(corpus, KnowingReader(read), 1.0, rare=0)) == 6
    rest = proofread_corpus(corpus, KnowingReader(read), 0.35, rare=2)  # only the scribble has a "k"
    assert rest.texts == corpus.texts[:2] + corpus.texts[3:]
    with pytest.raises(ValueError, match="from 0 to 1"):
        proofread_corpus(corpus, KnowingReader(read), 35)


def test_what_is_not_read_well_is_left_out_of_a_corpus_too_if_one_is_strict() -> None:
    corpus, read = scribbled_corpus()
    first = proofread_corpus(corpus, KnowingReader(read), 0.35, rare=0)
    rest = proofread_corpus(first, KnowingReader(read), 0.2, strict=True)
    assert rest.texts == ["Well done 2", "nobody knows"]
    assert rest.metadata["proofread"] == {
        "reader": "knowing",
        "worst": 0.2,
        "strict": True,
        "dropped": len(first) - len(rest),
        "before": first.metadata["proofread"],
    }


def test_a_corpus_is_proofread_from_the_command_line(tmp_path) -> None:
    corpus, _ = scribbled_corpus()
    corpus.save(tmp_path / "all.npz")
    save_reader(tmp_path / "reader.safetensors", random_reader())
    out, reader = str(tmp_path / "rest.npz"), str(tmp_path / "reader.safetensors")
    given = ["-o", out, "--reader", reader, "--worst", "1"]
    assert cli.main(["corpus", "proofread", str(tmp_path / "all.npz"), *given, "--strict"]) == 0
    assert Corpus.load(out).metadata["proofread"]["strict"] is True
    assert cli.main(["corpus", "proofread", str(tmp_path / "all.npz"), *given]) == 0
    assert len(Corpus.load(out)) == 6
    assert cli.main(["corpus", "proofread", str(tmp_path / "all.npz"), "-o", out, "--worst", "2"]) == 2
