"""Hands as vectors: files, arithmetic, the prior, and the reader of hands against a second implementation."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from scribe.alphabet import ASCII
from scribe.hands import (
    Hand,
    HandArchitecture,
    HandError,
    HandReader,
    HandWeights,
    Prior,
    draw_hand,
    find_hand,
    load_hand,
    mixed,
    named_hands,
    pieces,
    save_hand,
    save_hand_reader,
    similarity,
)
from scribe.ink import Ink
from scribe.styles import Style
from scribe.weights import WeightsError
from scribe.writer import Writer


def random_weights(units: int = 5, layers: int = 2, size: int = 6, seed: int = 0) -> HandWeights:
    architecture = HandArchitecture(units, layers, size)
    rng = np.random.default_rng(seed)
    arrays = {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in architecture.shapes(96).items()}
    return HandWeights(arrays, architecture, ASCII, offset_scale=0.34, points_per_character=15.0)


def scribble(points: int = 400, seed: int = 0) -> Ink:
    rng = np.random.default_rng(seed)
    offsets = rng.normal((0.1, 0), 0.2, (points, 2))
    lifts = rng.random((points, 1)) < 0.08
    lifts[-1] = True
    return Ink(np.concatenate([offsets, lifts], axis=1))


def test_all_hands_have_the_same_length():
    hand = Hand(np.array([3.0, 4.0, 0.0, 0.0]))
    assert hand.z.dtype == np.float32
    np.testing.assert_allclose(hand.z, [1.2, 1.6, 0, 0], rtol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        hand.z[0] = 1


@pytest.mark.parametrize("z", [np.zeros(4), np.ones((2, 2)), np.array([1, np.nan]), np.array([]), np.array(["a"])])
def test_what_is_no_hand(z):
    with pytest.raises(HandError):
        Hand(z)


def test_similarity_and_mixing():
    a, b = Hand(np.array([1.0, 0.0])), Hand(np.array([0.0, 1.0]))
    assert similarity(a, a) == pytest.approx(1)
    assert similarity(a, b) == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(mixed([a, b]).z, [1, 1], rtol=1e-6)
    # One part in four: an angle whose tangent is a third.
    np.testing.assert_allclose(mixed([a, b], [3, 1]).z, np.array([3, 1]) * math.sqrt(2 / 10), rtol=1e-6)
    with pytest.raises(HandError, match="2 hands need as many shares"):
        mixed([a, b], [1, 2, 3])
    with pytest.raises(HandError, match="same reader"):
        mixed([a, Hand(np.ones(3))])
    with pytest.raises(HandError, match="all zeros"):
        mixed([a, Hand(np.array([-1.0, 0.0]))])


def test_a_file_holds_a_hand_and_its_name(tmp_path):
    hand = Hand(np.random.default_rng(0).normal(size=24), "Zoë")
    save_hand(tmp_path / "me.hand", hand)
    again = load_hand(tmp_path / "me.hand")
    assert again.name == "Zoë"
    assert similarity(hand, again) == pytest.approx(1, abs=1e-6)


def test_a_file_holds_the_sample_of_a_hand(tmp_path):
    rng = np.random.default_rng(3)
    offsets = np.concatenate([rng.normal(0, 0.2, (3000, 2)), rng.random((3000, 1)) < 0.1], axis=1)
    offsets[-1, 2] = 1
    sample = Style(Ink(offsets), "Zoë wrote")
    save_hand(tmp_path / "me.hand", Hand(rng.normal(size=24), "me", sample=sample))
    again = load_hand(tmp_path / "me.hand").sample
    assert again.text == sample.text
    np.testing.assert_array_equal(again.ink.offsets[:, 2], sample.ink.offsets[:, 2])
    np.testing.assert_allclose(again.ink.points, sample.ink.points, atol=1 / 1024)  # errors don't add up


def test_the_sample_is_the_line_that_is_most_like_all_of_them():
    reader = HandReader.load()
    text = "the old inn by the river"
    inks = Writer.load("anyone").write_many([text] * 4, hand=draw_hand(1), bias=0.5, seed=0)
    (other,) = Writer.load("anyone").write_many([text], hand=draw_hand(2), bias=0.5, seed=0)
    lines = [Style(ink, text) for ink in [other, *inks]]
    hand = reader.read_lines([*lines, Style(inks[0], " "), Style(inks[1], "short")], "me")
    assert hand.name == "me"
    alike = [similarity(reader.read(line.ink), hand) for line in lines]
    assert hand.sample is lines[int(np.argmax(alike))]
    assert hand.sample is not lines[0]
    assert reader.read_lines([Style(inks[0], "the inn")]).sample.text == "the inn"  # rather than none
    assert reader.read_lines([Style(inks[0], "")]).sample is None


def test_a_sample_is_a_line_with_its_text():
    ink = Ink(np.array([[0.1, 0.1, 1]]))
    for sample in (Style(ink, " "), Style(Ink(np.zeros((0, 3))), "a"), Style(ink, "a" * 9999)):
        with pytest.raises(HandError, match="sample"):
            Hand(np.ones(3), sample=sample)


def test_a_writer_goes_on_from_the_sample_unless_a_style_is_given():
    writer, hand = Writer.load("anyone"), draw_hand(1)
    sample = Style(writer.write("quick brown", hand=hand, seed=1), "quick brown")
    begun = writer.write("fox", hand=hand, style=sample, seed=2)
    other = Style(writer.write("lazy dog", hand=hand, seed=3), "lazy dog")
    with_sample = replace(hand, sample=sample)
    np.testing.assert_array_equal(writer.write("fox", hand=with_sample, seed=2).offsets, begun.offsets)
    given = writer.write("fox", hand=with_sample, style=other, seed=2)
    np.testing.assert_array_equal(given.offsets, writer.write("fox", hand=hand, style=other, seed=2).offsets)
    assert len(given) != len(begun) or (given.offsets != begun.offsets).any()
    assert mixed([with_sample]).sample is sample
    assert mixed([with_sample, hand]).sample is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": "scribe-hand/2", "z": [1]}', '{"format": "scribe-hand/1", "z": 3}',
     '{"format": "scribe-hand/1", "z": [true]}', '{"format": "scribe-hand/1", "z": [NaN]}',
     '{"format": "scribe-hand/1", "z": [1e999]}', '{"format": "scribe-hand/1", "z": [0, 0]}', "[" * 100_000,
     '{"format": "scribe-hand/1", "z": [1], "sample": 3}', '{"format": "scribe-hand/1", "z": [1], "sample": {}}',
     '{"format": "scribe-hand/1", "z": [1], "sample": {"text": "a", "steps": 1024, "offsets": [1, 2]}}',
     '{"format": "scribe-hand/1", "z": [1], "sample": {"text": "a", "steps": 1024, "offsets": [1, 2, 7]}}',
     '{"format": "scribe-hand/1", "z": [1], "sample": {"text": "a", "steps": 0, "offsets": [1, 2, 1]}}',
     '{"format": "scribe-hand/1", "z": [1], "sample": {"text": "", "steps": 9, "offsets": [1, 2, 1]}}'],
)  # fmt: skip
def test_files_without_a_hand_are_told(tmp_path, content):
    path = tmp_path / "broken.hand"
    path.write_text(content)
    with pytest.raises(HandError, match=r"broken\.hand"):
        load_hand(path)


def test_pieces_are_the_ink_again():
    ink = scribble(1000)
    parts = pieces(ink.offsets)
    assert 4 <= len(parts) <= 6
    assert all(90 <= len(part) <= 260 for part in parts)
    np.testing.assert_array_equal(np.concatenate([p[:, 2] for p in parts]), ink.offsets[:, 2])
    start = 0
    for part in parts:
        assert part[0, 0] == 0
        height = ink.points[start : start + len(part), 1]
        np.testing.assert_allclose(part[:, 1].cumsum(), height, atol=1e-4)  # each at its own height
        start += len(part)
    assert len(pieces(ink.offsets[:30])) == 1


def test_a_piece_without_lifts_is_not_cut():
    offsets = np.zeros((500, 3))
    offsets[:, 0] = 0.1
    offsets[-1, 2] = 1
    assert len(pieces(offsets)) == 1


def test_the_reader_gives_the_same_alone_and_among_others():
    reader = HandReader(random_weights())
    inks = [scribble(n, n) for n in (30, 140, 200, 90)]
    together = reader.vectors([ink.offsets for ink in inks])
    alone = np.concatenate([reader.vectors([ink.offsets]) for ink in inks])
    np.testing.assert_allclose(together, alone, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)


def test_the_reader_and_keras_agree():
    pytest.importorskip("keras")
    from scribe.training.hand_reader import HandNetwork

    network = HandNetwork(units=7, layers=2, features=8, size=5)
    network.build()
    arrays = {**network.arrays(), "prior.mean": np.zeros(5, np.float32), "prior.axes": np.eye(5, dtype=np.float32)}
    reader = HandReader(HandWeights(arrays, HandArchitecture(7, 2, 5), ASCII, 0.34, 15.0))
    parts = [scribble(n, n).offsets for n in (40, 120, 75)]
    from scribe.training.hand_reader import padded_pieces

    expected = network.predict_on_batch(padded_pieces(parts, 0.34, 3))
    np.testing.assert_allclose(reader.vectors(parts), expected, atol=3e-6)


def test_the_loss_is_what_its_words_say():
    pytest.importorskip("keras")
    from scribe.training.hand_reader import WriterLoss

    rng = np.random.default_rng(0)
    writers, pieces_each = 4, 3
    z = rng.normal(size=(writers * pieces_each, 5))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    unit = lambda v: v / np.linalg.norm(v)  # noqa: E731
    nats = []
    for w in range(writers):
        for m in range(pieces_each):
            me = z[w * pieces_each + m]
            logits = []
            for v in range(writers):
                members = [z[v * pieces_each + n] for n in range(pieces_each) if (v, n) != (w, m)]
                logits.append(16 * me @ unit(np.sum(members, axis=0)))
            nats.append(np.log(np.exp(logits).sum()) - logits[w])
    loss = WriterLoss(pieces_each)(np.zeros(len(z)), z.astype(np.float32))
    assert float(np.mean(loss)) == pytest.approx(np.mean(nats), rel=1e-4)


def test_too_little_ink_is_told():
    reader = HandReader(random_weights())
    with pytest.raises(HandError, match="too little ink"):
        reader.read(scribble(10))
    with pytest.raises(HandError, match="too little ink"):
        reader.read([])


def test_the_mean_of_lines_is_between_them():
    reader = HandReader(random_weights())
    one, two = scribble(170, 1), scribble(170, 2)
    both = reader.read([one, two])
    assert similarity(both, mixed([reader.read(one), reader.read(two)])) == pytest.approx(1, abs=1e-5)


def test_a_prior_has_the_mean_and_covariance_of_what_it_was_fitted_to():
    rng = np.random.default_rng(0)
    hands = [Hand(rng.normal(size=6) * (3, 2, 1, 1, 0.5, 0.1) + (1, 0, 0, 2, 0, 0)) for _ in range(200)]
    prior = Prior.fit(hands)
    z = np.stack([hand.z for hand in hands]).astype(np.float64)
    np.testing.assert_allclose(prior.mean, z.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(prior.axes.T @ prior.axes, np.cov(z, rowvar=False), atol=1e-5)
    deviations = np.linalg.norm(prior.axes, axis=1)
    assert (np.diff(deviations) <= 1e-6).all()
    assert similarity(prior.draw(3), prior.draw(3)) == pytest.approx(1)
    assert similarity(prior.draw(3), prior.draw(4)) < 0.999


def test_coordinates_are_the_way_back():
    rng = np.random.default_rng(1)
    prior = Prior.fit([Hand(rng.normal(size=5)) for _ in range(50)])
    steps = np.array([0.5, -1.0, 0.2])
    hand = prior.at(steps)
    # A hand has a fixed length, so the way back is exact up to one factor along the ray through the origin.
    reached = prior.mean + prior.coordinates(hand) @ prior.axes
    np.testing.assert_allclose(reached, hand.z, atol=1e-4)
    with pytest.raises(HandError, match="up to 5"):
        prior.at(np.zeros(6))


def test_weights_go_through_a_file(tmp_path):
    weights = random_weights()
    save_hand_reader(tmp_path / "hands.safetensors", weights)
    again = HandReader.load(tmp_path / "hands.safetensors")
    ink = scribble()
    assert similarity(again.read(ink), HandReader(weights).read(ink)) == pytest.approx(1)
    assert again.weights.architecture == weights.architecture


def test_a_fingerprint_tells_readers_apart_and_goes_along(tmp_path):
    one, other = random_weights(seed=0), random_weights(seed=1)
    assert one.fingerprint == random_weights(seed=0).fingerprint != other.fingerprint
    hand = HandReader(one).read(scribble(), "me")
    assert hand.reader == one.fingerprint == HandReader(one).prior.draw(0).reader
    save_hand(tmp_path / "me.hand", hand)
    assert load_hand(tmp_path / "me.hand").reader == one.fingerprint
    assert mixed([hand, hand]).reader == one.fingerprint
    assert mixed([hand, HandReader(other).read(scribble())]).reader == ""


def test_a_broken_architecture_is_told():
    with pytest.raises(WeightsError, match="size is 1"):
        HandArchitecture(5, 2, 1)


def test_a_hand_file_is_plain_json(tmp_path):
    save_hand(tmp_path / "me.hand", Hand(np.ones(3), "me"))
    assert json.loads((tmp_path / "me.hand").read_text()) == {
        "format": "scribe-hand/1",
        "name": "me",
        "reader": "",
        "z": [1.0] * 3,
    }


# --- what ships -------------------------------------------------------------------------------------------------


def test_hands_with_names_are_those_of_the_reader_that_ships_and_differ():
    hands = named_hands()
    assert len(hands) >= 12
    assert {one.kind for one in hands.values()} == {"print", "joined", "cursive"}
    shipped = HandReader.load()
    assert {one.hand.reader for one in hands.values()} == {shipped.weights.fingerprint}
    for name, one in hands.items():
        assert one.hand.name == name == find_hand(name).name
        assert one.description
    z = np.stack([one.hand.z for one in hands.values()]) / math.sqrt(24)
    assert np.triu(z @ z.T, 1).max() < 0.8


def test_each_seed_draws_another_hand():
    drawn = [draw_hand(seed) for seed in range(20)]
    assert similarity(drawn[3], draw_hand(3)) == pytest.approx(1)
    z = np.stack([hand.z for hand in drawn]) / math.sqrt(24)
    assert np.triu(z @ z.T, 1).max() < 0.9


def test_a_hand_is_found_by_name_or_in_a_file(tmp_path):
    save_hand(tmp_path / "me.hand", draw_hand(1))
    assert similarity(find_hand(tmp_path / "me.hand"), draw_hand(1)) == pytest.approx(1, abs=1e-6)
    with pytest.raises(HandError, match="no hand named 'nobody'; there are basalt"):
        find_hand("nobody")
    with pytest.raises(HandError, match=r"no file .*gone\.hand"):
        find_hand(str(tmp_path / "gone.hand"))


def test_weights_that_know_hands_write_in_them():
    """The line that's written in a hand is read to be in that hand, rather than in the others."""
    writer, reader = Writer.load("anyone"), HandReader.load()
    hands = [one.hand for one in named_hands().values()]
    text = "the old inn by the river was quiet that evening"
    lines = writer.write_many([text] * len(hands), hand=hands, bias=0.5, seed=0)
    read = [reader.read(line) for line in lines]
    table = np.array([[similarity(one, hand) for hand in hands] for one in read])
    assert np.diag(table).mean() > 0.5
    assert np.diag(table).mean() - table[~np.eye(len(hands), dtype=bool)].mean() > 0.4
    assert (table.argmax(axis=1) == np.arange(len(hands))).mean() >= 0.6
