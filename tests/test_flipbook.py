"""Flip-books: figures with knobs for pages without a kernel; and the guess that is taken before an outcome."""

import json
import re
import sys

import numpy as np
import pytest

from scribe.draw import to_svg
from scribe.exercises import predict
from scribe.flipbook import LARGEST, MOST, flip_book, live_page, settings
from scribe.ink import Ink


def test_settings_are_few_evenly_spaced_and_hold_the_start():
    found = settings(
        {"rate": (0.1, 30.0, 0.1), "rule": ["a", "b"], "sure": True, "text": "x"}, {"rate": 1.0, "text": "x"}
    )
    assert found["rule"] == ["a", "b"]
    assert found["sure"] == [False, True]
    assert found["text"] == ["x"]
    rates = found["rate"]
    assert 1.0 in rates
    assert rates == sorted(set(rates))
    assert (rates[0], rates[-1]) in {(0.1, 30.0), (1.0, 30.0)}
    assert len(rates) * 4 <= MOST
    assert settings({"n": (0, 4)}, {"n": 3}) == {"n": [0, 1, 2, 3, 4]}
    two = settings({"x": (0.0, 1.0, 0.01), "y": (0.0, 1.0, 0.01)}, {"x": 0.5, "y": 0.3})
    assert len(two["x"]) == len(two["y"]) == 6
    assert 0.3 in two["y"]


def data_of(page):
    return json.loads(re.search(r'<script type="application/json">(.*)</script>', page)[1])


def test_frames_stand_in_the_order_of_the_knobs():
    class Word(str):
        def _repr_html_(self):
            return f"<b>{self}</b>"

    page = flip_book(
        lambda a, b: Word(f"{a}{b}"), {"a": [1, 2], "b": ["x", "y", "z"]}, {"a": 2, "b": "y"}, "the word {a}{b}"
    )
    data = data_of(page)
    assert data["frames"] == [f"<b>{a}{b}</b>" for a in (1, 2) for b in "xyz"]
    assert data["texts"][4] == "the word 2y"
    assert [knob["start"] for knob in data["knobs"]] == [1, 1]
    assert page.startswith('<div class="scribe-frames"><b>2y</b>')
    assert page.count("<script") == page.count("</script") == 1


def test_a_knob_with_one_value_is_none():
    ink = Ink(np.array([[0, 0, 0], [1, 1, 1.0]]))
    page = flip_book(
        lambda text, n: to_svg(ink, title=f"{text} {n}"), {"text": ["a"], "n": [1, 2]}, {"text": "a", "n": 1}
    )
    assert [knob["name"] for knob in data_of(page)["knobs"]] == ["n"]
    assert "Here: n 1." in page


def test_a_figure_that_the_page_draws_gets_its_knobs_and_numbers():
    controls = {"bias": (0.0, 5.0, 0.1), "rule": ["a", "b"], "word": "x"}
    starts = {"bias": 1.0, "rule": "a", "word": "x"}
    page = live_page("bias", Html("<b>still</b>"), controls, starts, {"pi": [0.5]})
    assert data_of(page) == {
        "knobs": [
            {"name": "bias", "start": 1.0, "low": 0.0, "high": 5.0, "step": 0.1},
            {"name": "rule", "start": "a", "values": ["a", "b"]},
            {"name": "word", "start": "x"},
        ],
        "data": {"pi": [0.5]},
    }
    assert page.startswith('<div class="scribe-live" data-figure="bias"><b>still</b>')


def test_a_figure_becomes_a_small_picture_with_its_colours():
    plt = pytest.importorskip("matplotlib.pyplot")
    image = pytest.importorskip("PIL.Image")
    import base64
    import io

    def draw(height=1):
        figure = plt.figure(figsize=(4, 2), facecolor="none")
        figure.patches.append(plt.Rectangle((0, 0), 0.5, height, color="#2e86c8", transform=figure.transFigure))
        plt.close(figure)
        return figure

    page = flip_book(draw, {"height": [0.5, 1]}, {"height": 1}, lambda height: f'"{height}" high')
    assert '<img alt="&quot;1&quot; high" src="data:image/webp;base64,' in page
    frames = data_of(page)["frames"]
    half, whole = (np.array(image.open(io.BytesIO(base64.b64decode(f.split(",")[1]))).convert("RGBA")) for f in frames)
    assert half.shape == (200, 400, 4)
    assert abs(whole[10, 10].astype(int) - [0x2E, 0x86, 0xC8, 255]).max() <= 4
    assert whole[10, 300, 3] == 0
    assert half[10, 10, 3] == 0
    assert len(page) < 4000


def test_what_is_too_large_or_does_not_start_is_said():
    with pytest.raises(ValueError, match=r"2 frames take [\d,]+ characters; 300,000 are allowed"):
        flip_book(lambda n: Html("x" * LARGEST), {"n": [1, 2]}, {"n": 1})
    with pytest.raises(ValueError, match="n starts at 3, which is not among its frames"):
        flip_book(lambda n: Html("x"), {"n": [1, 2]}, {"n": 3})


class Html(str):
    def _repr_html_(self):
        return str(self)


# --- the guess --------------------------------------------------------------------------------------------------------


class Shell:
    """A notebook that keeps what is displayed in it."""

    def __init__(self, monkeypatch, still):
        display = pytest.importorskip("IPython.display")
        self.shown = []
        monkeypatch.setattr(display, "display", lambda one, **_: self.shown.append(one))
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: self)
        pytest.importorskip("ipykernel")
        if still:
            monkeypatch.setenv("SCRIBE_STILL", "1")
        else:
            monkeypatch.delenv("SCRIBE_STILL", raising=False)


def test_the_page_gets_the_answers_to_choose_from(monkeypatch):
    shell = Shell(monkeypatch, still=True)
    predict("three", "<five>")
    predict(unit="nats")
    predict()
    predict(on=Html("<svg></svg>"))
    pages = [one["text/html"] for one in shell.shown]
    assert [re.search('data-kind="(.*?)"', page)[1] for page in pages] == ["choice", "number", "words", "drawing"]
    assert "<li>three</li><li>&lt;five&gt;</li>" in pages[0]
    assert 'data-unit="nats"' in pages[1]
    assert '<div class="paper"><svg></svg></div>' in pages[3]
    assert "three / <five>" in shell.shown[0]["text/plain"]


def test_a_live_notebook_takes_the_guess_once(monkeypatch):
    pytest.importorskip("ipywidgets")
    shell = Shell(monkeypatch, still=False)
    predict("three", "five")
    said, field, row = shell.shown[0].children
    done = row.children[0]
    done.click()
    assert said.value == "Make a guess first, be it a wild one."
    field.value = "five"
    done.click()
    assert said.value.startswith("Your guess: five.")
    assert field.disabled
    assert done.disabled


def test_without_widgets_it_is_asked_in_words(monkeypatch, capsys):
    Shell(monkeypatch, still=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    predict(unit="strokes")
    assert (
        capsys.readouterr().out == "Guess before you look. How many strokes? Write it down, then run the next cell.\n"
    )


def test_a_question_without_a_question_is_said():
    with pytest.raises(ValueError, match="one choice is no choice: 'three'"):
        predict("three")
    with pytest.raises(ValueError, match="give choices, or a unit, or a figure"):
        predict("three", "five", unit="nats")
