"""Figures with knobs, the field to write in, and the look of figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from patience import patience
from random_weights import random_weights

from scribe.corpora import fonts
from scribe.draw import to_svg
from scribe.drawing.canvas import from_json
from scribe.drawing.drawing import CanvasError
from scribe.page.export import PAD, module
from scribe.widgets import DrawingField, book_figures, drawing_pad, explore, live_widget


@pytest.fixture
def shown(monkeypatch):
    display = pytest.importorskip("IPython.display")
    pictures = []
    monkeypatch.setattr(display, "display", pictures.append)
    return pictures


def test_without_a_kernel_there_is_a_still_picture(shown, monkeypatch):
    monkeypatch.delenv("SCRIBE_STILL", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    explore(lambda a=2, b="x": f"picture {a} {b}", a=(0, 5, 1), b=["x", "y"])
    assert shown == ["picture 2 x"]


def test_where_the_book_stores_its_outputs_there_is_a_flip_book(shown, monkeypatch):
    monkeypatch.setenv("SCRIBE_STILL", "1")
    monkeypatch.setitem(sys.modules, "ipykernel", object())

    def drawn(a=2, b="x"):
        return to_svg(fonts.write_ink(b * a, seed=1), title=f"{a} times {b}")

    explore(drawn, a=(1, 5, 1), b="x", frames={"a": [1, 2, 5]})
    assert shown[0].startswith('<div class="scribe-frames"><svg')
    assert [f"{a} times x" in shown[0] for a in (1, 2, 3, 5)] == [True, True, False, True]


def test_in_a_live_notebook_there_are_controls(shown, monkeypatch):
    widgets = pytest.importorskip("ipywidgets")
    controls = {}
    monkeypatch.delenv("SCRIBE_STILL", raising=False)
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    monkeypatch.setattr(widgets, "interact", lambda draw, **given: controls.update(given))
    explore(lambda a=2: a, a=(0, 5, 1))
    assert controls == {"a": (0, 5, 1)}
    assert shown == []


def test_the_field_loads_nothing():
    page = drawing_pad("mine", width=300, height=100)
    assert page._repr_html_() == page
    assert page.startswith('<scribe-pad id="mine" width="300" height="100"></scribe-pad>')
    assert page.count("<script>") == len(PAD)
    assert not any(word in page for word in ("https:", "src=", "XMLHttpRequest"))
    with pytest.raises(ValueError, match="letters and digits"):
        drawing_pad('"><script>')


def test_what_the_field_gives_is_a_drawing():
    # As the script makes it: pixels, y down, milliseconds; the stem and the arch of an "n", then a dot.
    stem = [[10 + 0.1 * t, 20 + 2 * t, 16 * t] for t in range(20)]
    arch = [[12 + t, 40 - 30 * (t / 20) * (1 - t / 20) * 4 * 0.5 - 5, 600 + 16 * t] for t in range(21)]
    pad = {"format": "scribe-ink/1", "text": "n.", "y": "down", "strokes": [stem, arch, [[50, 58, 1200]]]}
    drawing = from_json(json.dumps(pad))
    ink = drawing.ink(points_per_character=18)
    assert drawing.text == "n."
    assert len(ink.strokes) == 3
    assert ink.strokes[0][0, 1] > ink.strokes[0][-1, 1]  # down on the screen is down here


STROKES = [[[10, 20 + 2 * t, 16 * t] for t in range(20)], [[30 + t, 40, 600 + 16 * t] for t in range(20)]]
DRAWN = json.dumps({"format": "scribe-ink/1", "text": " l- ", "y": "down", "strokes": STROKES})


@pytest.fixture
def notebook(monkeypatch):
    """As in a live notebook with anywidget."""
    pytest.importorskip("anywidget")
    pytest.importorskip("ipykernel")
    monkeypatch.delenv("SCRIBE_STILL", raising=False)


def test_a_drawing_comes_to_python_as_a_trait(shown, notebook):
    field = DrawingField("mine", width=300)
    field._ipython_display_()
    (widget,) = shown
    assert widget.attributes == {"id": "mine", "width": 300, "height": 200}
    assert widget.kind == "drawing"
    assert str(widget._esm) == module(PAD)
    assert field.drawing is None
    widget.json = DRAWN  # as the page does
    assert len(field.drawing.strokes) == 2
    field.json = ""
    assert widget.json == ""


def test_the_figure_and_the_studio_are_widgets(notebook):
    figure = live_widget("hi", weights=random_weights(), bias=1.5, show=["pen", "lens"])
    assert figure.attributes == {
        "text": "hi",
        "weights": "random",
        "recording": "random",
        "bias": 1.5,
        "show": "pen lens",
    }
    assert set(figure.data) == {"scribeWeights", "scribePictures", "scribeRecordings"}
    assert list(figure.data["scribeWeights"]) == ["random"]
    figure.values = {"text": "other"}
    assert figure.state == "idle"
    assert live_widget("hi", weights=random_weights(), studio=True).kind == "studio"


def test_without_anywidget_there_is_the_page_and_a_message(shown, monkeypatch):
    pytest.importorskip("ipykernel")
    monkeypatch.delenv("SCRIBE_STILL", raising=False)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    field = DrawingField()
    field._ipython_display_()
    assert shown == [drawing_pad("hand")]
    with pytest.raises(ModuleNotFoundError, match="pip install anywidget"):
        live_widget("hi", weights=random_weights())


def test_a_field_without_a_kernel_takes_a_file(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("SCRIBE_STILL", "1")
    field = DrawingField()
    field._ipython_display_()
    assert len(shown) == 1
    assert shown[0] == drawing_pad("hand")
    with pytest.raises(CanvasError, match="nothing has been drawn"):
        field.style()
    with pytest.raises(CanvasError, match="nothing has been drawn"):
        field.save(tmp_path / "none.json")
    field.json = DRAWN
    ink, text = field.style(points_per_character=30)
    assert text == "l-"
    assert len(ink.strokes) == 2
    assert 40 <= len(ink) <= 80
    for name in ("drawn.json", "drawn.inkml"):
        other = DrawingField()
        other.load(field.save(tmp_path / name))
        assert [s.points.tolist() for s in other.drawing.strokes] == [s.points.tolist() for s in field.drawing.strokes]
        assert other.style(30)[0].offsets.tolist() == ink.offsets.tolist()
    field.json = (tmp_path / "drawn.inkml").read_text(encoding="utf-8")
    assert field.style(30)[1] == "l-"
    field.json = DRAWN.replace(" l- ", "  ")
    with pytest.raises(CanvasError, match="say in the field"):
        field.style()
    field.json = '{"format": "scribe-ink/1", "strokes": []}'
    assert field.drawing is None


def test_figures_of_the_book_have_no_paper():
    code = (
        "import matplotlib; matplotlib.use('Agg'); from scribe.widgets import book_figures; book_figures();"
        "import matplotlib.pyplot as plt; figure, axes = plt.subplots(); figure.canvas.draw();"
        "assert figure.get_facecolor()[3] == 0 and axes.get_facecolor()[3] == 0; print('clear')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=patience(30),
    )
    assert done.stdout == "clear\n", done.stderr
    assert callable(book_figures)
