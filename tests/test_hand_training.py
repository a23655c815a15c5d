"""Teaching the reader of hands: whole trainings on made-up writers, who differ in what a vector can tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

from scribe.corpora import Corpus, Sample
from scribe.corpora.corpus import NO_HAND
from scribe.hands import HandReader, similarity
from scribe.ink import Ink
from scribe.training.batches import Position
from scribe.training.hand_reader import HandBatches
from scribe.training.hands import (
    HandReading,
    HandSettings,
    hand_table,
    hand_variants,
    recognised,
    with_prior,
    writer_hands,
)
from scribe.training.task import export, run

TINY = HandSettings(units=12, layers=1, size=6, writers=8, pieces=3, updates=60, warmup=5, decay=20, validate_every=60)


def waves(rng: np.random.Generator, height: float, slant: float, points: int) -> Ink:
    """A line of waves: a writer is a height and a slant, and what is written is chance."""
    t = np.arange(points) * 0.8
    y = height * np.sin(t + rng.uniform(0, 6)) + rng.normal(0, 0.03, points)
    x = 0.12 * np.arange(points) + slant * y
    lifted = rng.random(points) < 0.06
    lifted[-1] = True
    path = np.stack([x - x[0], y], axis=1)
    return Ink(np.concatenate([np.diff(path, axis=0, prepend=0), lifted[:, None]], axis=1))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    rng = np.random.default_rng(0)
    samples = []
    for number in range(14):
        split = "validation" if number >= 11 else "train"
        height, slant = 0.3 + 0.12 * (number % 4), -0.6 + 0.4 * (number // 4)
        samples += [
            Sample(waves(rng, height, slant, int(rng.integers(60, 160))), "waves", f"w{number:02d}", "word", split)
            for _ in range(18)
        ]
    samples.append(Sample(waves(rng, 1, 0, 60), "lonely", "alone", "word", "train"))
    return Corpus.from_samples(samples, {"name": "waves", "licence": "none", "attribution": "", "synthetic": True})


@pytest.fixture(scope="module")
def folder(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hands")
    said: list[str] = []
    run(HandReading(), corpus, folder, TINY, tell=said.append)
    assert said == ["training split: 1 of 199 samples are left out: 1 of writers who have too few"]
    return folder


def test_it_learns_to_tell_hands_apart(corpus: Corpus, folder: Path) -> None:
    reader = HandReader(export(HandReading(), folder))
    table = hand_table(reader, corpus)
    assert table.shape == (len(corpus), 6)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), np.sqrt(6), rtol=1e-4)
    held_out = corpus.writers[corpus.of_split("validation")]
    vectors = table[corpus.of_split("validation")] / np.sqrt(6)
    of_each = np.stack([vectors[held_out == writer] for writer in np.unique(held_out)])
    assert recognised(of_each) > 0.8  # by chance it would be a third


def test_a_prior_over_the_training_writers_goes_along(corpus: Corpus, folder: Path) -> None:
    weights = with_prior(export(HandReading(), folder), corpus)
    hands = dict(writer_hands(corpus, hand_table(HandReader(weights), corpus)))
    assert len(hands) == 11  # neither held-out writers nor the one with a single sample
    z = np.stack([hand.z for hand in hands.values()])
    np.testing.assert_allclose(weights["prior.mean"], z.mean(axis=0), atol=1e-5)
    drawn = HandReader(weights).prior.draw(0)
    assert max(similarity(drawn, hand) for hand in hands.values()) < 0.9999


def test_recognised_counts_the_nearest_mean() -> None:
    one, other = np.eye(2)
    vectors = np.stack([[one, one, one, other], [other, other, other, other]])
    assert recognised(vectors) == 0.75


def test_pieces_are_drawn_anew_and_from_one_writer_each(corpus: Corpus) -> None:
    batches = HandBatches(corpus.split("train"), 0.3, writers=5, pieces=3, seed=1)
    first, again = (next(batches(Position())) for _ in range(2))
    np.testing.assert_array_equal(first.inputs["frames"], again.inputs["frames"])
    assert first.inputs["frames"].shape[0] == 15
    second = next(batches(Position(1)))
    assert second.inputs["frames"].shape != first.inputs["frames"].shape or (
        not np.array_equal(second.inputs["frames"], first.inputs["frames"])
    )


def test_one_writer_is_not_enough() -> None:
    rng = np.random.default_rng(0)
    alone = [Sample(waves(rng, 1, 0, 60), "waves", "alone", "word", "train") for _ in range(12)]
    corpus = Corpus.from_samples(alone, {"name": "w", "licence": "", "attribution": "", "synthetic": True})
    with pytest.raises(ValueError, match="two writers with 10 samples"):
        HandBatches(corpus, 0.3)


def test_variants_are_read_from_ink_that_slants_and_stretches_and_who_has_no_hand_gets_none(
    corpus: Corpus, folder: Path
) -> None:
    reader = HandReader(export(HandReading(), folder))
    writers = list(corpus.writer_splits)
    nobody = Corpus(
        corpus.offsets,
        corpus.starts,
        corpus.texts,
        corpus.writers,
        corpus.kinds,
        corpus.writer_splits,
        {**corpus.metadata, NO_HAND: [writers[2]]},
    )
    table, matrices = hand_variants(reader, nobody, 2, seed=4)
    assert table.shape == (3, len(corpus), 6)
    assert matrices.shape == (3, len(writers), 2, 2)
    without = corpus.writers == 2
    assert not table[:, without].any()
    np.testing.assert_allclose(table[0, ~without], hand_table(reader, corpus)[~without], atol=1e-6)
    number = int(np.flatnonzero(~without)[5])
    offsets = corpus[number].ink.offsets.copy()
    offsets[:, :2] = offsets[:, :2] @ matrices[1, corpus.writers[number]].T
    np.testing.assert_allclose(table[1, number], reader.read(Ink(offsets)).z, atol=1e-4)
    assert (matrices[1:, :, 1] == [0, 1]).all()  # sheared and stretched sideways; heights stay
