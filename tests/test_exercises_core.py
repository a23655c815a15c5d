"""The machinery of the checkers: what it says about right, wrong and impossible answers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import patience

from scribe.exercises import Mistake, Result, UnknownExerciseError, check, core, exercise
from scribe.ink import Ink

X = np.arange(6.0).reshape(2, 3)


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    """Exercises of this module only, so that the tests do not depend on the chapters."""
    monkeypatch.setattr(core, "_CHECKERS", {})

    @exercise("double")
    def _(answer):
        core.same(answer(X), 2 * X, "twice x", variants={"this is the square; twice x is asked for": X**2})

    @exercise("pair")
    def _(answer):
        core.same(answer(X), (X + 1, X - 1), "the pair", variants={"the two are swapped": (X - 1, X + 1)})


def test_a_right_answer_passes_and_says_so(capsys):
    result = check("double", lambda x: x + x)
    assert result
    assert result.passed
    assert result == Result("double", True, "")
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "no answer so far"),
        (..., "no answer so far"),
        (lambda x: None, "is None. Does your function end with `return`?"),
        (lambda x: ..., "a part still to write"),
        (lambda x: 2 * x.T, "has shape (3, 2); expected (2, 3)"),
        (lambda x: "many", "is of type str"),
        (lambda x: [[1], [1, 2]], "rows differ in length"),
        (lambda x: x / 0 * 0, "is nan at [0, 0]"),
        (lambda x: x**2, "this is the square"),
        (lambda x: 2 * x + (x == 4), "twice x is 9 at [1, 1]; expected 8 (1 of 6 numbers differ)"),
        (lambda: 1, "cannot be called in the way the exercise asks for: "),
        (7, "the answer, of type int, is not what the exercise asks for"),
    ],
)
def test_a_wrong_answer_is_named(answer, said, capsys):
    with np.errstate(all="ignore"):
        result = check("double", answer)
    assert not result
    assert said in result.message
    assert capsys.readouterr().out.startswith("Not yet: ")


def test_an_exception_in_the_answer_is_told_with_its_line():
    def mine(x):
        half = x / 2
        return half.no_such_thing

    result = check("double", mine)
    assert "your code stopped with AttributeError" in result.message
    assert "in mine: return half.no_such_thing" in result.message
    assert f"line {mine.__code__.co_firstlineno + 2} " in result.message


def test_an_exception_deep_in_a_library_is_told_with_the_readers_line():
    def mine(x):
        return np.linalg.inv(x)

    assert "LinAlgError" in (message := check("double", mine).message)
    assert "in mine: return np.linalg.inv(x)" in message


def test_what_is_still_to_write_is_no_error():
    def mine(x):
        raise NotImplementedError

    assert "still to write" in check("double", mine).message


def test_an_interruption_is_not_swallowed():
    def mine(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("double", mine)


def test_answers_of_several_parts():
    assert check("pair", lambda x: (x + 1, x - 1))
    assert check("pair", lambda x: [x + 1, (x - 1).tolist()])
    assert "the two are swapped" in check("pair", lambda x: (x - 1, x + 1)).message
    assert "should be 2 things, as in `return a, b`, not one" in check("pair", lambda x: x).message
    assert "should be 2 things, not 3" in check("pair", lambda x: (x, x, x)).message
    assert "(second of 2) is 0 at [0, 0]; expected -1" in check("pair", lambda x: (x + 1, x)).message


def test_a_known_mistake_that_is_right_by_chance_is_not_held_against_the_reader():
    core.same(X, X, variants={"wrong": X})


def test_arrays_are_held_to_shapes_with_free_axes():
    assert core.array([[1, 2]], (None, 2)).dtype == np.float64
    with pytest.raises(Mistake, match=r"h has shape \(1, 2\); expected \(any, 3\)"):
        core.array([[1, 2]], (None, 3), "h")
    with pytest.raises(Mistake, match="is inf;"):
        core.array(np.inf)


def test_an_unknown_exercise_is_the_callers_mistake():
    with pytest.raises(UnknownExerciseError, match="did you mean 'double'"):
        check("doubel", len)


def test_names_of_exercises():
    with pytest.raises(ValueError, match="not a name"):
        exercise("LSTM step")
    exercise("double")(lambda answer: None)  # the same module again: reloaded, nothing wrong
    stranger = lambda answer: None  # noqa: E731
    stranger.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="two exercises 'double'"):
        exercise("double")(stranger)


def test_a_mistake_may_be_drawn():
    right = Ink.from_strokes([[(0, 0), (1, 1), (2, 0)]])

    @exercise("stroke")
    def _(answer):
        raise Mistake("upside down", core.over(answer, right))

    result = check("stroke", right.transformed(np.diag([1.0, -1.0])))
    assert result.message == "upside down"
    assert len(result.figure.axes[0].collections) == 2


def test_in_a_notebook_the_result_is_shown_once_and_the_drawing_has_a_text(tmp_path):
    code = """
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
shell.display_formatter.active_types = shell.display_formatter.format_types
from scribe.exercises import Mistake, check, core, exercise
from scribe.ink import Ink
from IPython.utils.capture import capture_output
ink = Ink.from_strokes([[(0, 0), (1, 1), (2, 0)]])
@exercise("stroke")
def _(answer):
    raise Mistake("too <high>", core.over(ink, ink))
with capture_output() as shown:
    result = check("stroke", ink)
    get_ipython().display_formatter.format(result)
(picture,) = shown.outputs
assert shown.stdout == "Not yet: too <high>\\n", shown.stdout
assert 'alt="A drawing of the mistake: too &lt;high&gt;"' in picture.data["text/html"]
"""
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "IPYTHONDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=patience(30)
    )
    assert done.returncode == 0, done.stderr


def test_importing_the_checkers_is_light():
    code = "import sys, scribe.exercises; scribe.exercises.names(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    assert not {name.split(".")[0] for name in done.stdout.split()} & {"keras", "tensorflow", "matplotlib", "IPython"}
