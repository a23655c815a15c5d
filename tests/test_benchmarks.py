"""The programs that measure: the device script of chapter 10 and the race of chapter 12, at the size of a toy."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from scribe.corpora import Corpus, Sample
from scribe.ink import Ink
from scribe.lstm import sigmoid

ROOT = Path(__file__).parent.parent
PROGRAMS = ROOT / "benchmarks"


def program(*arguments: object, expect: int = 0) -> str:
    """What a program of the folder prints."""
    command = [sys.executable, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=PROGRAMS, env=environment, capture_output=True, text=True)
    assert done.returncode == expect, done.stderr
    return done.stdout if expect == 0 else done.stderr


def module(name: str) -> ModuleType:
    """A program of the folder, imported."""
    sys.path.insert(0, str(PROGRAMS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(PROGRAMS))


def test_the_device_script_prints_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    device = module("device")
    monkeypatch.setattr(sys, "argv", ["device.py", "--quick"])
    device.main()
    printed = capsys.readouterr().out.splitlines()
    assert "GPU" in printed[0]
    assert "TensorFlow" in printed[1]
    table = [[cell.strip() for cell in row.strip("|").split("|")] for row in printed if row.startswith("|")]
    head, _, *rows = table
    assert head == [
        "precision",
        "matrix product, TFLOP/s",
        "lines in a batch",
        "points per second",
        "share",
        "gradient off by",
    ]
    assert [(row[0], row[2]) for row in rows] == [(precision, "4") for precision in ("float32", "bfloat16", "float16")]
    # Three layers of 16 that see the point, 96 codes and the layer below; a window of one Gaussian, 20 in the mixture.
    weights = sum(4 * 16 * (3 + 96 + below + 16 + 1) for below in (0, 16, 16)) + 3 * 17 + 121 * (48 + 1)
    for _, rate, _, pace, share, off in rows:
        expected = 6 * weights * float(pace.replace(",", "")) / (float(rate) * 1e12)
        assert float(share.strip("%")) / 100 == pytest.approx(expected, abs=0.006)
        assert float(off.strip("%")) < 2
    assert rows[0][-1] == "0.00%"
    assert float(rows[1][-1].strip("%")) > float(rows[2][-1].strip("%")) > 0  # 8 bits of precision, 11 bits


def test_the_device_script_tries_larger_batches_until_the_memory_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    device = module("device")

    class Network:
        def count_params(self) -> int:
            return 1000

        def train_on_batch(self, inputs: dict, targets: np.ndarray) -> None:
            if len(targets) > 8:
                raise device.tf.errors.ResourceExhaustedError(None, None, "no memory")

    monkeypatch.setattr(device, "build", lambda settings, points_per_character: Network())
    monkeypatch.setattr(device, "gradient", lambda network, batch: np.ones(3))
    rows = list(device.rows(16, 32, (4, 8, 16, 32), 64, 0.001))
    assert [(row[0], row[2]) for row in rows] == [(kind, batch) for kind in device.PRECISIONS for batch in (4, 8, 16)]
    assert [row[3] is None for row in rows] == [False, False, True] * 3


@pytest.fixture(scope="module")
def bricks() -> ModuleType:
    return module("race_bricks")


@pytest.fixture(scope="module")
def race() -> ModuleType:
    return module("race")


def numpy_step(brick, a: np.ndarray, state: tuple) -> tuple[np.ndarray, tuple]:
    """The same step once more, from the equations."""
    weights = {
        name: np.asarray(getattr(brick, name))
        for name in ("recurrent", "later", "nu", "theta", "out")
        if hasattr(brick, name)
    }
    kind, units = type(brick).__name__, brick.units
    if kind == "LSTM":
        i, f, g, o = np.split(a + state[0] @ weights["recurrent"], 4, axis=1)
        c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), (sigmoid(o) * np.tanh(c), c)
    if kind == "GRU":
        z, r, n = (a[:, k * units : (k + 1) * units] for k in range(3))
        rz, rr, rn = (weights["recurrent"][:, k * units : (k + 1) * units] for k in range(3))
        z, r = sigmoid(z + state[0] @ rz), sigmoid(r + state[0] @ rr)
        h = z * state[0] + (1 - z) * np.tanh(n + (r * state[0]) @ rn)
        return h, (h,)
    if kind == "Highway":
        s = state[0]
        for d in range(3):
            both = (a if d == 0 else weights["later"][d - 1]) + s @ weights["recurrent"][d]
            t = sigmoid(both[:, units:])
            s = t * np.tanh(both[:, :units]) + (1 - t) * s
        return s, (s,)
    if kind == "MinimalGRU":
        z = sigmoid(a[:, :units])
        h = (1 - z) * state[0] + z * a[:, units:]
        return h, (h,)
    assert kind == "StateSpace"
    turn = np.exp(-np.exp(weights["nu"]) + 1j * np.exp(weights["theta"]))
    s = turn * (state[0] + 1j * state[1]) + np.sqrt(1 - np.abs(turn) ** 2) * (a[:, :units] + 1j * a[:, units:])
    y = np.concatenate([s.real, s.imag], axis=1) @ weights["out"]
    return y[:, :units] * sigmoid(y[:, units:]), (s.real, s.imag)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "Highway", "MinimalGRU", "StateSpace"])
def test_the_bricks_do_what_their_equations_say(bricks, kind: str) -> None:
    rng = np.random.default_rng(1)
    brick = getattr(bricks, kind)(5)
    brick.build(7)
    state = ours = tuple(rng.normal(size=(2, width)).astype(np.float32) for width in brick.memory)
    for _ in range(4):
        a = rng.normal(size=(2, brick.parts * 5)).astype(np.float32)
        output, state = brick.step(a, state)
        expected, ours = numpy_step(brick, a, ours)
        np.testing.assert_allclose(np.asarray(output), expected, atol=1e-5)
    for one, other in zip(state, ours, strict=True):
        np.testing.assert_allclose(np.asarray(one), other, atol=1e-5)


def test_all_contestants_have_as_many_weights_as_asked_and_none_sees_the_future(bricks) -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(2, 9, 3)).astype(np.float32)
    text = np.eye(6, dtype=np.float32)[rng.integers(0, 6, (2, 4))]
    changed, other = points.copy(), np.roll(text, 1, axis=2)
    changed[:, 5:] += 1
    for name in bricks.CONTESTANTS:
        units = bricks.units_for(name, 12_000, 6)
        network = bricks.made(name, units, 6, 0.1, seed=3)
        assert 12_000 <= network.count_params() < 19_000, name  # the Transformer grows in leaps
        before = np.asarray(network({"points": points, "text": text}))
        after = np.asarray(network({"points": changed, "text": text}))
        read = np.asarray(network({"points": points, "text": other}))
        assert before.shape == (2, 9, 1 + 6 * bricks.MIXTURES)
        np.testing.assert_allclose(after[:, :5], before[:, :5], atol=1e-5, err_msg=name)
        assert np.abs(after - before)[:, 5:].max() > 1e-4, name
        assert np.abs(read - before).max() > 1e-5, name  # it looks at the text


def test_the_search_for_a_rate_ends_where_both_neighbours_are_worse(race) -> None:
    ladder = (1.0, 2.0, 4.0, 8.0, 16.0)

    def search(nats: dict[float, float], first: float) -> dict[float, float]:
        tried: dict[float, float] = {}
        while (rate := race.next_rate(tried, first, ladder)) is not None:
            tried[rate] = nats[rate]
        return tried

    valley = {1.0: 3.0, 2.0: 1.0, 4.0: 2.0, 8.0: 4.0, 16.0: float("inf")}
    for first in ladder:
        tried = search(valley, first)
        assert {1.0, 2.0, 4.0} <= set(tried)
    assert search(valley, 2.0).keys() == {1.0, 2.0, 4.0}  # and looks no further
    rising = {rate: rate for rate in ladder}
    assert min(search(rising, 4.0)) == 1.0  # the end of the ladder


def words_of(folder: Path) -> Path:
    """A corpus of random words in random ink."""
    rng = np.random.default_rng(4)
    samples = []
    for number in range(120):
        offsets = np.concatenate([rng.normal(0, 0.3, (30, 2)), np.zeros((30, 1))], axis=1).astype(np.float32)
        offsets[0, :2], offsets[-1, 2] = 0, 1
        word = "".join(rng.choice(list("aeost"), 4))
        split = "validation" if number % 3 == 0 else "train"
        samples.append(Sample(Ink(offsets), word, f"w{number % 6}", "word", split))
    facts = {"name": "noise", "licence": "CC0-1.0", "attribution": "", "synthetic": True}
    path = folder / "noise.npz"
    Corpus.from_samples(samples, facts).save(path)
    return path


def test_the_race_goes_on_where_it_stopped_and_refuses_another(
    tmp_path: Path, race, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    class Contestant:
        """Best at a rate of 0.004, whoever it is; seeds differ by hundredths."""

        def __init__(self, name: str, weights: int, words: object) -> None:
            self.name = name

        def train(self, rate: float, seed: int, updates: int) -> dict:
            if len(ran) == 9 and stop:
                raise KeyboardInterrupt
            ran.append((self.name, rate, seed))
            nats = None if rate > 0.01 else abs(np.log2(rate / 0.004)) + seed / 100
            return {
                "name": self.name,
                "weights": 1,
                "rate": rate,
                "seed": seed,
                "points": 1,
                "seconds": 1.0,
                "nats": nats,
            }

    monkeypatch.setattr(race, "Contestant", Contestant)
    monkeypatch.setattr(race.tf.config.threading, "set_intra_op_parallelism_threads", lambda count: None)
    monkeypatch.setattr(race.tf.config.threading, "set_inter_op_parallelism_threads", lambda count: None)
    corpus, out = words_of(tmp_path), tmp_path / "race.json"
    monkeypatch.setattr(sys, "argv", ["race.py", str(corpus), "-o", str(out)])
    stop = True
    with pytest.raises(KeyboardInterrupt):
        race.main()
    assert len(json.loads(out.read_text())["runs"]) == 9
    stop = False
    race.main()
    content = json.loads(out.read_text())
    assert len(ran) == len(set(ran)) == len(content["runs"])  # nothing ran twice
    for name in race.CONTESTANTS:
        runs = [(rate, seed) for who, rate, seed in ran if who == name]
        assert {(0.002, 1), (0.004, 1), (0.008, 1), (0.004, 2), (0.004, 3)} <= set(runs)
        assert {seed for rate, seed in runs if rate != 0.004} == {1}
    monkeypatch.setattr(sys, "argv", ["race.py", str(corpus), "-o", str(out), "--updates", "7"])
    with pytest.raises(SystemExit, match="other settings"):
        race.main()
    monkeypatch.setattr(sys, "argv", ["race.py", str(tmp_path / "no.npz")])
    with pytest.raises(SystemExit, match="no corpus"):
        race.main()


def test_batches_of_the_race_are_the_same_for_all_and_hold_out_writers(tmp_path: Path, race) -> None:
    corpus = Corpus.load(words_of(tmp_path))
    words = race.Words(corpus, held_out=race.LINES)
    (inputs, targets), (again, _) = words.practised(1, 5), words.practised(1, 5)
    assert inputs["points"].shape == (race.LINES, race.POINTS, 3)
    assert inputs["text"].shape[:2] == (race.LINES, race.CODES)
    np.testing.assert_array_equal(inputs["points"], again["points"])
    assert np.abs(inputs["points"] - words.practised(2, 5)[0]["points"]).max() > 0.01
    assert targets[:, 0, 3].max() == 0  # first points don't count
    np.testing.assert_array_equal(inputs["text"].sum(axis=(1, 2)), [5] * race.LINES)  # four letters and the end
    assert not set(words.practice) & set(np.flatnonzero(corpus.of_split("validation")))
    assert len(words.held_out) == 1


def test_chapter_10_says_how_large_the_archive_is() -> None:
    """The record is what ``scribe corpus info`` prints of the corpus that the chapter ran with."""
    record = json.loads((PROGRAMS / "corpus.json").read_text(encoding="utf-8"))
    cells = json.loads((ROOT / "book" / "10-training.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    said = next(text for text in texts if "**How large is it?**" in text)
    archive, left_out = record["archive"], sum(record["dropped"].values())
    assert f"an archive of {archive['bytes'] / 1e6:.0f} MB" in said
    assert f"{archive['unpacked_bytes'] / 1e6:.0f} MB in {archive['files']:,} files" in said
    kept = f"{record['lines']:,} lines and {record['words']:,} words"
    assert f"We keep {record['lines']:,} of its lines and {record['words']:,} of its words" in said
    assert f"with {record['points']:,} points, and leave out {left_out:,} pieces" in said
    printed = "".join("".join(part["text"]) for cell in cells for part in cell.get("outputs", []) if "text" in part)
    assert f"{record['name']}: {kept} by {record['writers']:,} writers" in printed


def test_the_digest_of_a_corpus_is_of_what_is_learned_from_it(tmp_path: Path, race) -> None:
    corpus = Corpus.load(words_of(tmp_path))
    known = race.corpus_digest(corpus)
    corpus.metadata["notice"] = "another"
    corpus.save(tmp_path / "again.npz")
    again = Corpus.load(tmp_path / "again.npz")
    assert race.corpus_digest(again) == known
    again.texts[0] += "x"
    assert race.corpus_digest(again) != known
    assert race.corpus_digest(corpus.subset(np.arange(len(corpus) - 1))) != known


def test_the_recipe_says_what_the_race_took(race) -> None:
    record = json.loads((PROGRAMS / "race.json").read_text(encoding="utf-8"))
    settings, runs = record["settings"], record["runs"]
    text = (PROGRAMS.parent / "recipe" / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| (.+) \|$", text.partition("## The race of chapter 12")[2], re.M))
    assert f"{settings['words to learn from']:,} words to learn from and {settings['held-out words']}" in rows["input"]
    assert settings["corpus"]["name"] in rows["input"]
    assert rows["runs"].startswith(f"{len(runs)}, of {settings['updates']} updates each")
    seconds = sum(run["seconds"] for run in runs)
    (machine,) = {run["machine"].partition(",")[0] for run in runs}
    said = f"{seconds / 60:.1f} minutes of one core ({machine}), {seconds / 3600:.2f} hours"
    assert rows["CPU"].startswith(said)
    assert settings["code"]["race_bricks.py"] == race.code_digest(PROGRAMS / "race_bricks.py")


@pytest.mark.slow
def test_the_race_runs(tmp_path: Path) -> None:
    out = tmp_path / "race.json"
    program("race.py", words_of(tmp_path), "-o", out, "--quick")
    content = json.loads(out.read_text())
    for run in content["runs"]:
        assert run["weights"] >= 20_000
        assert np.isfinite(run["nats"])
        assert run["nats"] == pytest.approx(run["course"][-1]["nats"], abs=1e-4)
