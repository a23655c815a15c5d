"""The judge that is no part of Scribe: what is asked of it and what is made of its answer. The tests do without it."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from random_weights import random_weights

from recipe import second_reader
from scribe.alphabet import ASCII, LATIN
from scribe.ink import Ink
from scribe.measure.languages import languages
from scribe.weights import save_weights

LISTED = ["a", "中", "é", "b"]


@pytest.fixture
def answers(monkeypatch, tmp_path):
    """A model that gives the scores that a test puts here, and notes what it was shown."""
    given = SimpleNamespace(best=[], shown=[])

    class Session:
        def __init__(self, *arguments, **options):
            self.path = arguments[0]

        def get_modelmeta(self):
            return SimpleNamespace(custom_metadata_map={"character": "\n".join(LISTED)})

        def get_inputs(self):
            return [SimpleNamespace(name="x")]

        def run(self, _, feed):
            given.shown.append(feed["x"])
            scores = np.zeros((1, len(given.best), len(LISTED) + 2))
            for frame, ranks in enumerate(given.best):
                scores[0, frame, list(ranks)] = np.arange(len(ranks), 0, -1)
            return [scores]

    fake = SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=Session)
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(second_reader.importlib.util, "find_spec", lambda name: found)
    return given


def line():
    offsets = np.zeros((30, 3), np.float32)
    offsets[:, 0], offsets[::2, 1], offsets[1::2, 1] = 0.2, 0.5, -0.5
    offsets[-1, 2] = 1
    return Ink(offsets)


def test_repeats_are_merged_and_only_known_characters_are_read(answers):
    reader = second_reader.PrintReader(LATIN)
    assert set(reader.alphabet.characters) == set("aéb ")
    answers.best = [(1,), (1,), (0,), (1,), (5,), (2, 3), (3,), (0,), (4,)]  # the Chinese letter is passed over
    assert reader.read_many([line(), Ink(np.zeros((0, 3)))]) == ["aa éb", ""]
    plain = second_reader.PrintReader(ASCII)
    answers.best = [(3, 1), (4,)]
    assert plain.read_many([line()]) == ["ab"]


def test_it_is_shown_black_ink_on_white_48_pixels_high(answers):
    answers.best = [(1,)]
    second_reader.PrintReader().read_many([line()])
    (shown,) = answers.shown
    assert shown.shape[:3] == (1, 3, 48)
    assert shown.dtype == np.float32
    assert shown.shape[3] > 100  # a line is wide
    assert shown.max() > 0.95
    assert shown.min() < 0
    assert shown[:, :, :, -1].min() > 0.9  # its margin


def test_the_record_has_people_and_languages(answers, monkeypatch, tmp_path, capsys):
    answers.best = [(1,)]
    save_weights(tmp_path / "w.safetensors", random_weights(alphabet=LATIN, window_bias=0.5))
    few = {"English": ("a b",), "French": ("éa",), "Polish": ("żaba",)}
    monkeypatch.setattr(second_reader, "languages", lambda *a, **k: languages(*a, **k, sentences=few))
    monkeypatch.setattr(sys, "argv", ["second_reader", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "r.json")])
    second_reader.main()
    record = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert record["people"] == []
    assert record["languages"]["left_out"] == {"Polish": 1}
    french = record["languages"]["written"]
    assert french["languages"]["French"]["errors"] == 1  # "a" was read, not "éa"
    told = capsys.readouterr().err
    assert "written, French: 50.0% of characters wrong" in told
    assert "1 letters with marks: itself 0.0%" in told
