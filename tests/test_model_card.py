"""The model card: made of records alone."""

import importlib
import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from random_reader import random_reader
from random_weights import random_weights

from recipe import model_card
from scribe.corpora import Corpus, Sample
from scribe.ink import Ink
from scribe.measure import evaluation
from scribe.measure.evaluation import evaluate
from scribe.measure.repeats import repeats
from scribe.styles import NamedStyle, Style, load_styles
from scribe.weights import load_weights, save_weights

ROOT = Path(__file__).parents[1]
CORPUS = {
    "name": "made up", "licence": "CC BY 4.0", "source": "https://example.org", "lines": 1234, "words": 5678,
    "writers": 99, "writers_by_split": {"train": 80, "validation": 10, "test": 9},
}  # fmt: skip
SETTINGS = {
    "batch_points": 4000, "learning_rate": 0.0015, "warmup": 100, "decay": 600, "clip_norm": 5.0, "curriculum": 4000,
    "averaging": 0.998, "longest": 1100, "weight_noise": 0.0,
}  # fmt: skip
READER_SETTINGS = {
    "batch_frames": 4096, "learning_rate": 0.003, "warmup": 100, "decay": 0, "clip_norm": 5.0, "dropout": 0.1,
    "rarity": 0.5, "averaging": 0.998,
}  # fmt: skip
RUN = {"name": "main", "machine": "an abacus, 2 wires", "minutes": 35}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Weights, their file and their record."""
    provenance = {"corpus": CORPUS, "settings": SETTINGS, "updates": 4321, "minutes": 210.4}
    weights = replace(random_weights(window_bias=0.0), provenance=provenance, attribution="somebody, 1994")
    path = tmp_path_factory.mktemp("card") / "w.safetensors"
    save_weights(path, weights, half=True)
    writer = RecordingWriter(weights)
    rng = np.random.default_rng(0)
    samples = []
    for number in range(6):
        offsets = rng.normal(0, 0.2, (30, 3))
        offsets[:, 2] = [0] * 29 + [1]
        samples.append(Sample(Ink(offsets), "an equal line", f"w{number % 3}", "line", "validation"))
        writer.written[samples[-1].ink.offsets.tobytes()] = samples[-1].text
    reader = KnowingReader(writer.written, lambda text: text.replace("q", "g").replace("|", "").replace("`", "'"))
    patch = pytest.MonkeyPatch()
    patch.setattr(evaluation, "Writer", lambda given: writer)
    patch.setattr(evaluation, "repeats", partial(repeats, lengths=[2]))
    corpus = Corpus.from_samples(samples, {"name": "made up", "licence": "CC0", "attribution": "nobody"})
    record = evaluate(
        weights,
        corpus,
        reader,
        against=random_weights(window=0),
        biases=[0.5, 1.0],
        copies=1,
        candidates=2,
        stop_lines=80,
    )
    patch.undo()
    return weights, path, json.loads(json.dumps(record))


def hand(name="fern", origin=None):
    style = Style(Ink(np.array([[0, 0, 0], [1, 1, 1]])), "ink")
    origin = origin or {"paragraph": {"character_error_rate": 0.043, "sameness": 0.31}}
    return NamedStyle(name, style, "joined", "joined letters, upright", 18.0, origin)


def numbers(text):
    return {float(n.replace(",", "")) for n in re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?", text)}


def test_the_card_has_every_part_and_nothing_is_left_open(made):
    card = model_card.card(*made, RUN, [hand()], "- One thing does not work.")
    for heading in (
        "Data",
        "Training",
        "How well it foresees",
        "How well it can be read",
        "How its lines end",
        "Styles",
    ):
        assert f"\n## {heading}" in card
    assert card.rstrip().endswith("- One thing does not work.")
    assert "None" not in card
    assert "nan" not in re.findall(r"\w+", card)
    assert "{" not in card.replace("`{`", "")
    for told in (
        "CC BY 4.0",
        "somebody, 1994",
        "NOT ALLOWED TO DISTRIBUTE THIS DATA FOR COMMERCIAL PURPOSES",
        "NOTICE",
    ):
        assert told in card
    for told in ("4,321 updates", "210 minutes on an abacus, 2 wires", "1,234 lines", "float16", "80 for\ntraining"):
        assert told in card
    assert f"{made[0].size:,} weights" in card
    assert "Left out" not in card


def test_the_card_tells_what_was_left_out_of_training(made):
    weights, path, record = made
    done = {"reader": "keen", "worst": 0.35, "rare": 500, "dropped": 4321}
    provenance = {**weights.provenance, "corpus": {**CORPUS, "proofread": done}}
    card = model_card.card(replace(weights, provenance=provenance), path, record, RUN)
    assert "4,321 more samples, in which the reader `keen` read more than 35%" in card
    strict = {"reader": "keen", "worst": 0.06, "strict": True, "dropped": 99, "before": done}
    provenance = {**weights.provenance, "corpus": {**CORPUS, "proofread": strict}}
    card = model_card.card(replace(weights, provenance=provenance), path, record, RUN)
    assert "4,321 more samples, in which the reader `keen` read more than 35%" in card
    assert "99 more samples, people's and synthetic, in which it\nmisread more than 6% of the characters" in card


def test_the_card_tells_of_lines_of_the_networks_own(made):
    weights, path, record = made
    split = {**CORPUS["writers_by_split"], "train": CORPUS["writers_by_split"]["train"] + 1}
    rounds = [
        {"kept": 30, "written": 100, "updates": 50, "worst": 0},
        {"kept": 20, "written": 70, "updates": 60, "worst": 0.04},
    ]
    more = {"lines": CORPUS["lines"] + 50, "writers": CORPUS["writers"] + 1, "writers_by_split": split}
    corpus = {**CORPUS, **more, "own_lines": rounds}
    card = model_card.card(
        replace(weights, provenance={**weights.provenance, "corpus": corpus}), path, record, RUN, [hand()]
    )
    assert "synthetic lines" not in card
    assert "misread no more than 4%" in card
    assert "50 lines of its own: of 170 that it wrote in 2 rounds, when it had had 50 to 60 updates" in card
    assert "1,234 lines" in card  # people's
    assert f"by {CORPUS['writers']} writers" in card
    assert "80 for\ntraining" in card


def test_the_card_tells_of_the_weights_that_a_run_began_with(made):
    weights, path, record = made
    round_ = {"kept": 30, "written": 100, "proofread": 12, "worst": 0.04}
    earlier = {"corpus": {**CORPUS, "own_lines": [{**round_, "updates": 50}]}, "updates": 1000, "minutes": 9}
    split = {**CORPUS["writers_by_split"], "train": CORPUS["writers_by_split"]["train"] + 1}
    now = {"lines": CORPUS["lines"] + 60, "writers": CORPUS["writers"] + 1, "writers_by_split": split}
    corpus = {**CORPUS, **now, "own_lines": [{**round_, "updates": 1000}, {**round_, "updates": 1000}]}
    provenance = {**weights.provenance, "corpus": corpus, "begun_with": {"name": "a", "provenance": earlier}}
    card = model_card.card(replace(weights, provenance=provenance), path, record, RUN)
    assert "90 lines of its own: of 300 that it wrote in 3 rounds, when it had had 50 to 1,000 updates (36 of" in card
    assert "the weights it began with had 1,000 of these updates behind them" in card
    assert "single words first" not in card
    assert "minutes, the last 35 of them on an abacus" in card
    assert "1,234 lines" in card  # people's


def test_the_card_tells_of_synthetic_lines(made):
    weights, path, record = made
    split = {**CORPUS["writers_by_split"], "train": CORPUS["writers_by_split"]["train"] + 3}
    more = {"lines": CORPUS["lines"] + 50, "writers": CORPUS["writers"] + 3, "writers_by_split": split}
    corpus = {**CORPUS, **more, "synthetic_lines": {"lines": 50, "writers": 3}}
    card = model_card.card(replace(weights, provenance={**weights.provenance, "corpus": corpus}), path, record, RUN)
    assert "50 synthetic lines, drawn with fonts in\n3 varied hands" in card
    assert "1,234 lines" in card  # people's
    assert f"by {CORPUS['writers']} writers" in card
    assert "80 for\ntraining" in card
    assert "of its own" not in card


def test_the_card_tells_of_spliced_words(made):
    weights, path, record = made
    corpus = {**CORPUS, "words": CORPUS["words"] + 70, "spliced_words": {"words": 70, "writers": 9}}
    card = model_card.card(replace(weights, provenance={**weights.provenance, "corpus": corpus}), path, record, RUN)
    assert "70 words by 9 of the writers for training with synthetic signs" in card
    assert f"and {CORPUS['words']:,} words by" in card  # people's
    assert "synthetic lines" not in card


def test_the_card_tells_of_composed_ink_and_its_share(made):
    weights, path, record = made
    people, letters = {"name": "people", "lines": 30, "words": 0, "composed": False}, {"name": "composed", "lines": 90}
    parts = [people, letters | {"words": 10, "composed": True}]
    corpus = {**CORPUS, "lines": CORPUS["lines"] + 90, "words": CORPUS["words"] + 10, "parts": parts}
    card = model_card.card(replace(weights, provenance={**weights.provenance, "corpus": corpus}), path, record, RUN)
    everything = CORPUS["lines"] + CORPUS["words"] + 100
    assert f"100 of {everything:,} lines and words, {100 / everything:.0%}" in card
    assert f"{CORPUS['lines']:,} lines and {CORPUS['words']:,} words by" in card  # people's
    assert "composed" not in model_card.card(weights, path, record, RUN)


def test_the_card_has_a_row_for_each_language(made):
    weights, path, record = made

    def rate(value, times=None):
        one = {"character_error_rate": {"value": value, "low": value / 2, "high": value * 2}}
        return one | ({} if times is None else {"times_english": {"value": times, "low": None, "high": None}})

    marked = {name: {"value": share} for name, share in (("itself", 0.91), ("base", 0.975), ("mark", 0.93))}
    part = {"languages": {"English": rate(0.05), "Czech": rate(0.06, 1.2)}, "marked": marked | {"uses": 321}}
    spoken = {"bias": 1.0, "copies": 2, "written": part, "proofread": None}
    card = model_card.card(weights, path, {**record, "languages": spoken}, RUN)
    assert "| Czech | 6.0 % (3.0 to 12.0) | 1.20 |" in card
    assert "321 uses: 91.0% read as themselves, 97.5% as their base letter" in card
    assert "proofread by" not in card
    spoken = spoken | {"proofread": part}
    card = model_card.card(weights, path, {**record, "languages": spoken, "proofreader": "chooser"}, RUN)
    assert "proofread by `chooser`" in card
    assert card.count("1.20 |") == 2
    assert "In other languages" not in model_card.card(weights, path, record, RUN)


def test_numbers_of_the_card_are_those_of_the_record(made):
    weights, path, record = made
    card = model_card.card(weights, path, record, RUN, [hand()])
    told = numbers(card)
    likely, legible, stopping = (record[part] for part in ("likelihood", "legibility", "stopping"))
    better = record["comparison"]["nats_a_line_better"]
    for value, digits in (
        (likely["nats_a_point"]["value"], 3),
        (likely["nats_a_line"]["low"], 1),
        (better["value"], 1),
        (better["high"], 1),
        (record["comparison"]["squared_error_ratio"]["value"], 2),
        (100 * legible["real"]["character_error_rate"]["value"], 1),
        (100 * legible["written"][0]["character_error_rate"]["high"], 1),
        (100 * legible["proofread"]["character_error_rate"]["value"], 1),
        (100 * legible["real"]["same_texts_proofread"]["character_error_rate"]["value"], 1),
        (100 * stopping["failed"]["value"], 1),
        (stopping["tail"]["lines"], 0),
        (4.3, 1),
        (0.31, 2),
    ):
        assert any(abs(value - t) <= 0.5 * 10**-digits + 1e-9 for t in told), (value, digits)


def test_what_is_never_read_is_named(made):
    card = model_card.card(*made, RUN)
    assert "less than half of their uses: `` ` `` `q` `|`." in card
    assert "Letters and digits below nine tenths: `q`." in card
    theirs = made[2]["legibility"]["real"]["characters_one_by_one"]["letters_and_digits_below_nine_tenths"]
    assert theirs
    assert f"And less than nine tenths: {' '.join(f'`{c}`' for c in theirs)}." in card
    assert "| `q` | 0 of " in card
    assert "| `\\|` | 0 of " in card
    assert "`g`" in card
    for row in re.findall(r"^\|.*", card, re.M):  # tables stay tables
        assert row.replace("\\|", "").count("|") in (4, 5, 7), row


def test_parts_that_were_not_measured_are_left_out(made):
    weights, path, record = made
    short = {k: v for k, v in record.items() if k not in ("legibility", "stopping", "comparison")}
    card = model_card.card(weights, path, short, RUN)
    assert "How well it foresees" in card
    assert "How well it can be read" not in card
    assert "Styles" not in card
    assert "without the text" not in card


def test_a_record_of_other_weights_is_refused(made):
    weights, path, record = made
    with pytest.raises(SystemExit, match="of other weights: updates 4321, not 9"):
        model_card.card(replace(weights, provenance=weights.provenance | {"updates": 9}), path, record, RUN)
    with pytest.raises(SystemExit, match="of other weights: size"):
        model_card.card(weights, path, record | {"size": 7}, RUN)


def test_the_run_is_the_last_of_its_name(tmp_path):
    log = tmp_path / "runs.jsonl"
    log.write_text("".join(json.dumps({"name": n, "machine": m}) + "\n" for n, m in (("a", 1), ("b", 2), ("a", 3))))
    assert model_card.run("a", log)["machine"] == 3
    assert model_card.run("b", log)["machine"] == 2
    assert model_card.run(None, log)["machine"] == 3
    with pytest.raises(SystemExit, match="no training is named 'c'; there are a, b"):
        model_card.run("c", log)


def test_the_card_that_ships_is_made_of_the_record_that_ships():
    weights = ROOT / "scribe/weights/default.safetensors"
    record, card = weights.with_suffix(".json"), weights.with_suffix(".md").read_text(encoding="utf-8")
    name = re.search(r"under the name `([^`]+)`", card)[1]
    remarks = model_card.REMARKS.read_text(encoding="utf-8")
    made = model_card.card(
        load_weights(weights),
        weights,
        json.loads(record.read_text(encoding="utf-8")),
        model_card.run(name),
        list(load_styles().values()),
        remarks,
    )
    assert made == card


# The reader's


@pytest.fixture
def reader_card(monkeypatch):
    return importlib.import_module("recipe.reader_card")


def test_the_card_of_the_reader_has_what_was_measured(reader_card):
    rates = reader_card.Rates({("validation", "line"): 0.0821, ("test", "word"): 0.135}, 0.0777, 0.0456)
    weights = replace(
        random_reader(),
        attribution="somebody, 1994",
        provenance={"corpus": CORPUS, "updates": 4321, "minutes": 99.6, "settings": READER_SETTINGS},
    )
    card = reader_card.card(weights, "r.safetensors", 1_234_567, "an abacus, 2 wires", rates)
    assert "| validation writers, 400 lines | 8.2% |" in card
    assert "| test writers, 400 words | 13.5% |" in card
    assert "synthetic | 4.6% |" in card
    assert "synthetic lines" not in card
    for told in ("(`--beam 8`) it is 7.8%", "4,321 updates", "100 minutes on an abacus, 2 wires", "1.2 MB", "1994"):
        assert told in card
    assert "without a descent" in card
    assert "None" not in card
    assert "{" not in card
    split = {**CORPUS["writers_by_split"], "train": CORPUS["writers_by_split"]["train"] + 3}
    more = {"lines": CORPUS["lines"] + 50, "writers": CORPUS["writers"] + 3, "writers_by_split": split}
    corpus = {**CORPUS, **more, "synthetic_lines": {"lines": 50, "writers": 3}}
    weights = replace(weights, provenance=weights.provenance | {"corpus": corpus})
    card = reader_card.card(weights, "r.safetensors", 1_234_567, "an abacus, 2 wires", rates)
    assert "50 synthetic lines, drawn with fonts in\n3 varied hands" in card
    assert "1,234 lines" in card  # people's
    assert "80 for\ntraining" in card


def test_the_card_of_the_reader_tells_of_spliced_words(reader_card):
    rates = reader_card.Rates({("validation", "line"): 0.0821}, 0.0777, 0.0456)
    corpus = {**CORPUS, "words": CORPUS["words"] + 70, "spliced_words": {"words": 70, "writers": 9}}
    provenance = {"corpus": corpus, "updates": 4321, "minutes": 99.6, "settings": READER_SETTINGS}
    weights = replace(random_reader(), attribution="somebody, 1994", provenance=provenance)
    card = reader_card.card(weights, "r.safetensors", 1_234_567, "an abacus", rates)
    assert "70 words by 9 of the writers for training with synthetic signs" in card
    assert f"and {CORPUS['words']:,} words by" in card  # people's


def test_the_reader_is_measured_on_held_out_writers_alone(reader_card, monkeypatch):
    rng = np.random.default_rng(0)
    samples, read = [], {}
    for number in range(60):
        split = ("train", "validation", "test")[number % 3]
        ink = Ink([*rng.normal(0, 0.2, (5, 3)).round(3) * [1, 1, 0], [1, 1, 1]])
        samples.append(Sample(ink, "ab", split, ("line", "word")[number % 2], split))
        read[ink.offsets.tobytes()] = {"train": "", "validation": "a", "test": "ab"}[split]
    corpus = Corpus.from_samples(samples, {"name": "made up"})
    # Of the drawn text list, which says "abcd" here, half is read.
    drawn = Ink([[0.25, 0, 0], [1, 1, 1]])
    read[drawn.offsets.tobytes()] = "ab"
    monkeypatch.setattr(reader_card, "TEXTS", ("abcd",))
    monkeypatch.setattr(reader_card.fonts, "write_ink", lambda text, style, seed: drawn)
    rates = reader_card.measure(KnowingReader(read), corpus, 5)
    assert rates.path == {(s, k): e for s, e in (("validation", 0.5), ("test", 0.0)) for k in ("line", "word")}
    assert rates.beam == 0.5
    assert rates.drawn == 0.5
