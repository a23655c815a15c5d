"""Fine-tuning: weights to a network and back, a page that is learned, and the commands that lead there."""

import json
import os

import numpy as np
import pytest
from random_weights import random_weights

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")

from scribe import cli
from scribe.alphabet import UnknownCharacterError
from scribe.corpora import Corpus, Sample, fonts
from scribe.corpora.drawn import corpus_of
from scribe.drawing.drawing import CanvasError
from scribe.drawing.formats import save
from scribe.ink import Ink
from scribe.measure.likelihood import score
from scribe.training.export import weights_of
from scribe.training.finetune import finetune, network_of
from scribe.training.state import TrainingError
from scribe.weights import load_weights, save_weights


def page(seed=1):
    return list(fonts.generate(texts=["a fox", "my jug", "five"], writers=1, seed=seed, points_per_character=8))


def nats(weights, samples):
    scores = score(weights, samples)
    return scores.nats.sum() / scores.points.sum()


@pytest.mark.parametrize(
    "sizes", [{}, {"peepholes": True, "layers": 2}, {"window": 0, "layers": 1}, {"cell": "gru", "condition": 4}]
)
def test_weights_become_a_network_and_come_back(sizes):
    weights = random_weights(**sizes)
    again = weights_of(network_of(weights), weights.offset_scale)
    assert again.architecture == weights.architecture
    assert set(again.arrays) == set(weights.arrays)
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(again[name], array)


def test_a_page_is_learned_and_the_weights_given_stay_as_they_are():
    weights = random_weights()
    before = {name: array.copy() for name, array in weights.arrays.items()}
    told = []
    tuned = finetune(weights, page(), updates=12, learning_rate=0.02, lines=3, report=lambda *a: told.append(a))
    assert [update for update, _ in told] == list(range(1, 13))
    assert nats(tuned, page()) < nats(weights, page()) - 0.3  # judged by NumPy
    for name, array in before.items():
        np.testing.assert_array_equal(weights[name], array)
    assert (tuned.offset_scale, tuned.points_per_character) == (weights.offset_scale, weights.points_per_character)
    assert tuned.name == "random-finetuned"
    assert tuned.licence == weights.licence
    assert tuned.provenance["finetuned_from"] == {"name": "random", "provenance": {"seed": 0}}
    assert tuned.provenance["lines"] == 3
    same = finetune(weights, page(), updates=12, learning_rate=0.02, lines=3)
    np.testing.assert_allclose(same["lstm1.kernel"], tuned["lstm1.kernel"], atol=1e-5)


def test_what_cannot_be_learned_from():
    weights = random_weights()
    with pytest.raises(TrainingError, match="no line"):
        finetune(weights, [])
    with pytest.raises(TrainingError, match="no line"):
        finetune(weights, [Sample(page()[0].ink, "  ", "me"), Sample(Ink(np.zeros((0, 3))), "x", "me")])
    with pytest.raises(TrainingError, match="an update and a line"):
        finetune(weights, page(), updates=0)
    with pytest.raises(UnknownCharacterError):
        finetune(weights, [Sample(page()[0].ink, "façade", "me")])


def test_drawings_become_a_corpus(tmp_path):
    texts = ["a fox", "five"]
    for number, text in enumerate(texts):
        save(tmp_path / f"{number}.json", fonts.write_ink(text, seed=number), f" {text} ")
    found = corpus_of([tmp_path / "0.json", tmp_path / "1.json"], writer="somebody")
    assert [s.text for s in found] == texts
    assert [s.kind for s in found] == ["line", "word"]
    assert {(s.writer, s.split) for s in found} == {("somebody", "train")}
    assert found.metadata["synthetic"] is False
    np.testing.assert_allclose(found[0].ink.points, fonts.write_ink("a fox", seed=0).points, atol=1e-4)
    save(tmp_path / "nothing.json", fonts.write_ink("x", seed=1))
    with pytest.raises(CanvasError, match=r"nothing\.json does not tell"):
        corpus_of([tmp_path / "nothing.json"])
    with pytest.raises(CanvasError, match="no drawing"):
        corpus_of([])
    with pytest.raises(FileNotFoundError):
        corpus_of([tmp_path / "none.json"])


def test_from_drawings_to_weights_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCRIBE_TRACEBACK", raising=False)

    def run(command):
        code = cli.main(command.split())
        return code, "".join(capsys.readouterr())

    for number, sample in enumerate(page()):
        save(f"{number}.inkml", sample.ink, sample.text)
    save_weights("start.safetensors", random_weights())
    code, said = run("corpus canvas 0.inkml 1.inkml 2.inkml -o mine.npz --writer somebody")
    assert code == 0, said
    assert "2 lines and 1 words by 1 writers" in said
    assert Corpus.load("mine.npz")[0].writer == "somebody"
    code, said = run("finetune mine.npz -o mine.safetensors --weights start.safetensors --updates 3 --lines 2")
    assert code == 0, said
    assert "weights: update 3" in said
    assert "misreads" in said
    tuned = load_weights("mine.safetensors")
    assert tuned.name == "mine"
    assert json.loads(json.dumps(dict(tuned.provenance)))["steps"][0]["tried"] == 3
    code, said = run("finetune mine.npz -o me.hand --weights start.safetensors")
    assert code == 2
    assert "these weights take no hand" in said
    save_weights("silent.safetensors", random_weights(window=0, layers=1))
    code, said = run("finetune mine.npz -o m.safetensors --weights silent.safetensors --updates 1")
    assert code == 0, said
    assert "done; scribe write -o it.svg --weights m.safetensors" in said
    accented = [page()[0], Sample(page()[1].ink, "fa\u00e7ade", "me", "word")]
    Corpus.from_samples(accented, Corpus.load("mine.npz").metadata).save("accented.npz")
    for command, complaint in (
        ("finetune mine.npz -o mine.txt", "must end in .hand, .safetensors"),
        (
            "finetune accented.npz -o m.safetensors --weights start.safetensors",
            "accented.npz: sample 2, 'fa\u00e7ade': character 3 of the text",
        ),
        ("corpus canvas mine.npz -o mine.npz", "must end in .json, .ndjson"),
        ("corpus canvas none.json -o mine.npz", "there is no file"),
    ):
        code, said = run(command)
        assert code == 2
        assert complaint in said
