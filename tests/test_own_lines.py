"""Lines that join what a network learns from: its own, and synthetic ones."""

from __future__ import annotations

import sys
from collections import Counter
from string import punctuation

import numpy as np
from random_weights import random_weights

from recipe import own_lines, synthetic_lines
from scribe.corpora import Corpus, Sample
from scribe.hands import Hand, Prior
from scribe.ink import Ink
from scribe.measure.texts import TEXTS
from scribe.proofread import proofread
from scribe.writer import Lines
from tests.fake_readers import KnowingReader


class Scribbler:
    """Writes each line as two points of its own, and stops too late in one of ten."""

    def __init__(self):
        self.weights = random_weights()
        self.written: dict[bytes, str] = {}
        self.asked: list[tuple[str, object, float]] = []
        self.late: set[bytes] = set()
        self.hands: list[Hand | None] = []
        self.candidates: list[int] = []  # of each text, how often its parts were to be tried

    def write_many(self, texts, *, style, bias, seed, batch_size, hand=None):
        inks = []
        self.hands += hand or [None] * len(texts)
        for text, one, b in zip(texts, style, bias, strict=True):
            ink = Ink([[0, 0, 0], [1, 1 + len(self.asked), 1]])
            self.asked.append((text, one, b))
            self.written[ink.offsets.tobytes()] = text
            inks.append(ink)
        reasons = ["cap" if len(self.asked) % 10 == 0 or i % 10 == 0 else "finished" for i in range(len(texts))]
        self.late |= {ink.offsets.tobytes() for ink, reason in zip(inks, reasons, strict=True) if reason == "cap"}
        return Lines(inks, reasons)


def people():
    rng = np.random.default_rng(0)
    texts = ["a", "some words", "word", "a line that is too long to be an example"]
    samples = [Sample(Ink([*rng.normal(size=(9, 3)) * [1, 1, 0], [1, 1, 1]]), t, f"w{i}") for i, t in enumerate(texts)]
    return Corpus.from_samples(samples, {"name": "made up", "points_per_character": 14.0})


def practised(monkeypatch, lines=60, **options):
    writer = Scribbler()

    def proofread_once(writer, reader, texts, candidates, **options):
        writer.candidates += [candidates] * len(texts)
        return proofread(writer, reader, texts, 1, **options)

    monkeypatch.setattr(own_lines, "proofread", proofread_once)
    reader = KnowingReader(writer.written, lambda text: text.replace("e", "c"))
    return writer, *own_lines.own_lines(writer, reader, people(), lines, at_once=64, seed=3, **options)


def test_a_line_is_kept_only_if_it_ended_and_was_read(monkeypatch):
    writer, kept, counts = practised(monkeypatch)
    assert len(kept) == counts["kept"] >= 60
    for sample in kept:
        assert sample.text.count("e") <= 0.04 * len(sample.text)
        assert writer.written[sample.ink.offsets.tobytes()] == sample.text
        assert sample.ink.offsets.tobytes() not in writer.late
        assert (sample.writer, sample.kind, sample.split) == ("own", "line", "train")
    assert counts["written"] == len(writer.asked)


def test_a_text_that_failed_is_proofread_but_only_once(monkeypatch):
    writer, kept, counts = practised(monkeypatch, lines=150, tries=3)
    tried: dict[str, list[int]] = {}
    for (text, *_), candidates in zip(writer.asked, writer.candidates, strict=True):
        tried.setdefault(text, []).append(candidates)
    unreadable = [ways for text, ways in tried.items() if text.count("e") > 2]
    assert len(unreadable) > 5
    assert all(ways == [1, 3] * (len(ways) // 2) for ways in unreadable)  # some texts come twice by chance
    assert counts["proofread"] == writer.candidates.count(3)
    assert counts["written"] == len(kept) + counts["given_up"] + counts["proofread"]
    writer, _, counts = practised(monkeypatch, lines=150, tries=0)
    assert set(writer.candidates) == {1}
    assert counts["given_up"] == counts["written"] - counts["kept"]


def test_texts_that_measure_a_network_are_not_practised(monkeypatch):
    rng = np.random.default_rng(0)
    drawn = iter([TEXTS[8]] * 5)
    monkeypatch.setattr(
        own_lines, "wanted_text", lambda _, uses, typed: next(drawn, None) or own_lines.random_text(rng, 9) + "."
    )
    writer, *_ = practised(monkeypatch)
    assert next(drawn, None) is None
    assert not {text for text, _, _ in writer.asked} & set(TEXTS)


def test_half_is_written_after_somebody(monkeypatch):
    writer, *_ = practised(monkeypatch, lines=400)
    styles = [style for _, style, _ in writer.asked]
    share = np.mean([style is not None for style in styles])
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / len(styles))
    assert {style.text for style in styles if style} == {"some words", "word"}
    biases = [bias for *_, bias in writer.asked]
    assert own_lines.BIASES[0] <= min(biases)
    assert max(biases) <= own_lines.BIASES[1]


def test_each_line_is_in_a_hand_of_its_own_if_there_is_a_prior(monkeypatch):
    writer, *_ = practised(monkeypatch)
    assert set(writer.hands) == {None}
    prior = Prior(np.zeros(4, np.float32), np.eye(4, dtype=np.float32))
    writer, *_ = practised(monkeypatch, prior=prior, after=0.0)
    assert len({hand.z.tobytes() for hand in writer.hands}) == len(writer.hands) > 60
    assert {style for _, style, _ in writer.asked} == {None}


def test_every_other_text_has_letters_beyond_ascii_if_the_people_wrote_some():
    rng = np.random.default_rng(1)
    texts = [own_lines.wanted_text(rng, Counter(), ["Łódź"]) for _ in range(400)]
    assert 60 < sum(text == "Łódź" for text in texts) < 240


def test_texts_are_drawn_for_what_is_rare_in_the_lines_kept():
    def signs(uses):
        rng = np.random.default_rng(1)
        texts = [own_lines.wanted_text(rng, uses) for _ in range(300)]
        return sum("|" in text for text in texts)

    often = Counter({chr(code): 1000 for code in range(32, 127)})
    lacking = Counter(often)
    lacking["|"] = 0
    assert signs(lacking) > 4 * signs(often) > 0


def test_phrases_have_every_sign_alone_and_beside_words():
    rng = np.random.default_rng(2)
    phrases = [own_lines.phrase(rng) for _ in range(4000)]
    tokens = Counter(token for phrase in phrases for token in phrase.split())
    assert all(tokens[sign] > 0 for sign in punctuation)
    assert not {phrase for phrase in phrases if not (phrase.isprintable() and phrase.isascii())}
    assert max(map(len, phrases)) < 60
    assert not set(phrases) & set(TEXTS)


def test_a_corpus_with_synthetic_lines_holds_out_people_alone(monkeypatch, tmp_path):
    people().save(tmp_path / "people.npz")
    arguments = ["synthetic_lines.py", "people.npz", "-o", "both.npz", "--lines", "45"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", arguments)
    synthetic_lines.main()
    both = Corpus.load(tmp_path / "both.npz")
    assert both.texts[:4] == people().texts
    assert len(both) == 49
    assert both.metadata["synthetic_lines"] == {"lines": 45, "writers": 20}
    assert len(both.split("train")) == 49
    assert both.metadata["name"] == "made up"
