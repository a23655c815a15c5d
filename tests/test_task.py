"""One training for every task: its state, and a third task that is neither writing nor reading."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")

from scribe.alphabet import ASCII  # noqa: E402
from scribe.corpora import Corpus, fonts  # noqa: E402
from scribe.training.batches import Batch, Position, offset_scale  # noqa: E402
from scribe.training.reader import ReaderSettings  # noqa: E402
from scribe.training.report import TrainingReport  # noqa: E402
from scribe.training.state import TrainingError, TrainingState, in_short, settings_from  # noqa: E402
from scribe.training.task import compiled, export, resumed_settings, run  # noqa: E402
from scribe.training.tasks import TASKS, task_of  # noqa: E402
from scribe.training.train import Settings, train  # noqa: E402
from scribe.training.usable import LeftOut  # noqa: E402
from scribe.weights import NetworkWeights  # noqa: E402

# --- the state -------------------------------------------------------------------------------------------------------

KINDS = {"write": Settings, "read": ReaderSettings}


def state_of(**changes: object) -> TrainingState:
    settings = Settings(units=9, alphabet="abé")
    state = TrainingState("write", settings, {"name": "x"}, offset_scale=0.3, points_per_character=14.0, update=7)
    return dataclasses.replace(state, position=Position(2, 5, 0.25), begun_with={"name": "w"}, **changes)


def test_a_state_is_the_same_after_it_was_kept() -> None:
    state = state_of(seconds=4.5, training_points=900)
    again = TrainingState.from_json(json.loads(json.dumps(state.to_json())), KINDS, Path("c"))
    assert again == state
    assert again.alphabet.characters == "abé"


def test_checkpoints_from_before_kinds_are_known_by_their_entries() -> None:
    old = state_of().to_json()
    del old["kind"], old["step"], old["training_points"]
    assert TrainingState.from_json(old, KINDS, Path("c")).kind == "write"
    reader = old | {"step": 0.2, "settings": dataclasses.asdict(ReaderSettings())}
    assert TrainingState.from_json(reader, KINDS, Path("c")).kind == "read"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "sing"}, "learns to 'sing', not to write or read"),
        ({"kind": ["write"]}, "belongs to another kind of training"),
        ({"update": 1.5}, "its update is 1.5"),
        ({"seconds": "long"}, "its seconds is 'long'"),
        ({"corpus": 3}, "its corpus is 3"),
        ({"hats": 3}, "of another version: it has hats"),
        ({"settings": {"unit": 3}}, "there is no setting 'unit'; the settings are units, layers"),
        ({"settings": {"units": True}}, "units is True; it must be a whole number"),
        ({"settings": []}, "settings must be names with values, not list"),
        ({"position": {"pool": -1}}, "pool is -1; it must be from 0"),
    ],
)
def test_a_state_that_makes_no_sense_says_what_is_wrong(changes: dict, told: str) -> None:
    with pytest.raises(TrainingError, match=r"^c.*") as error:
        TrainingState.from_json(state_of().to_json() | changes, KINDS, Path("c"))
    assert told in str(error.value)


def test_a_state_that_lacks_something_names_it() -> None:
    given = state_of().to_json()
    del given["update"], given["corpus"]
    with pytest.raises(TrainingError, match="it lacks corpus, update"):
        TrainingState.from_json(given, KINDS, Path("c"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2.0**40, -0.1])
def test_numbers_among_settings_are_finite_and_in_range(value: float) -> None:
    with pytest.raises(TrainingError, match="rarity is"):
        settings_from(Settings, {"rarity": value}, "s")


# --- a third task ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WidthSettings:
    updates: int = 6
    decay: int = 2
    learning_rate: float = 0.05
    warmup: int = 1
    clip_norm: float = 5.0
    averaging: float = 0.5
    curriculum: int = 0
    validate_every: int = 3
    checkpoint_every: int = 2
    patience: int = 3


class Widths:
    """How wide is a line of so many points? A single weight and a bias learn it."""

    kind = "measure"
    settings = WidthSettings
    counted = "per line"
    validated = "off by {:.2f}"

    def begin(self, corpus: Corpus, training: Corpus, settings: WidthSettings) -> TrainingState:
        return TrainingState(self.kind, settings, corpus.summary(), offset_scale(training), points_per_character=1.0)

    def build(self, state: TrainingState) -> keras.Model:
        keras.utils.set_random_seed(1)
        network = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, name="line")])
        return compiled(network, keras.losses.MeanSquaredError(), state.settings, jit=False)

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> object:
        lengths, widths = _measured(training)

        class Endless:
            left_out = LeftOut(samples=len(training), short=1)

            def __call__(self, position: Position, progress_at: object) -> Iterator[Batch]:
                for index in range(position.index, 10**9):
                    chosen = np.random.default_rng(index).integers(len(lengths), size=8)
                    targets = widths[chosen, None]
                    yield _LineBatch(lengths[chosen, None], targets, Position(0, index))

        return Endless()

    def validation(self, corpus: Corpus, state: TrainingState) -> object:
        lengths, widths = _measured(corpus.split("validation"))
        return lambda network: float(np.abs(network.predict(lengths[:, None], verbose=0)[:, 0] - widths).mean())

    def export(self, network: keras.Model, state: TrainingState, name: str = "") -> NetworkWeights:
        arrays = {"kernel": network.layers[0].kernel.numpy(), "bias": network.layers[0].bias.numpy()}
        return NetworkWeights(arrays, _LineSizes(), ASCII, 1.0, 1.0, name, provenance=state.provenance)

    def save(self, path: object, weights: NetworkWeights, half: bool = False) -> None:
        raise NotImplementedError


class _LineBatch(Batch):
    @property
    def points(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class _LineSizes:
    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        return {"kernel": (1, 1), "bias": (1,)}


def _measured(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """Points in hundreds, and widths in tens of body heights."""
    widths = [np.ptp(sample.ink.points[:, 0]) / 10 for sample in corpus]
    return (corpus.lengths / 100).astype(np.float32), np.array(widths, np.float32)


def test_a_third_task_fits_the_driver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = fonts.generate(60, seed=2, writers=20)
    told: list[str] = []
    with TrainingReport(Widths()) as report:
        run(Widths(), corpus, tmp_path / "a", report=report.update, tell=told.append)
    assert report.finished
    assert told == ["training split: 1 of 54 samples are left out: 1 with too few points"]
    assert "update 6 of 6: " in (said := capsys.readouterr().out)
    assert "nats per line" in said
    assert ", off by " in said
    through = export(Widths(), tmp_path / "a", name="widths")
    assert through.provenance["updates"] == 6

    class Enough(Exception):
        pass

    def stop(progress: object) -> None:
        if progress.update == 5:
            raise Enough

    with pytest.raises(Enough):
        run(Widths(), corpus, tmp_path / "b", report=stop, tell=told.append)
    seen = []
    settings = resumed_settings(Widths(), tmp_path / "b")
    run(Widths(), corpus, tmp_path / "b", settings, resume=True, report=seen.append, tell=told.append)
    assert [progress.update for progress in seen] == [5, 6]  # the last checkpoint was after the fourth
    resumed = export(Widths(), tmp_path / "b")
    for name in ("kernel", "bias"):
        np.testing.assert_allclose(resumed[name], through[name], atol=1e-6)
    with pytest.raises(TrainingError, match="learns to 'measure', not to write"):
        train(corpus, tmp_path / "b", resume=True)
    with pytest.raises(TrainingError, match="not to write or read"):
        task_of(tmp_path / "b")


def test_every_task_is_known_by_its_kind() -> None:
    for kind, make in TASKS.items():
        assert make().kind == kind
        assert make().settings()


def test_what_a_training_began_with_is_told_in_short() -> None:
    first = {"settings": {"alphabet": "abc", "units": 4}, "corpus": {"name": "one", "dropped": {"x": 3}, "lines": 9}}
    second = {
        "settings": {"alphabet": "abcd", "units": 4},
        "updates": 7,
        "begun_with": {"name": "a", "provenance": first},
    }
    assert in_short(second) == {
        "settings": {"units": 4},
        "updates": 7,
        "begun_with": {"name": "a", "provenance": {"settings": {"units": 4}, "corpus": {"name": "one", "lines": 9}}},
    }
