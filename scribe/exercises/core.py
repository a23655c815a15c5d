"""What all checkers share: how they are found, run, and how they say what is wrong.

A checker is a function that takes the reader's answer - most often a function - tries it out, and raises
:class:`Mistake` if it is not right::

    @exercise("lstm-step")
    def _(answer):
        same(answer(x, h, c), (right_h, right_c), "the state", variants={"the gates are in another order": ...})

:func:`check` never shows a traceback of ours: what goes wrong in the answer is reported with the line it happened in.
"""

from __future__ import annotations

import base64
import copy
import difflib
import functools
import html
import importlib
import io
import pkgutil
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.ink import Ink

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Mistake",
    "Result",
    "UnknownExerciseError",
    "array",
    "called",
    "check",
    "exercise",
    "names",
    "over",
    "same",
]

Checker = Callable[[Any], None]

_CHECKERS: dict[str, Checker] = {}
_PACKAGE = Path(__file__).parents[1]


class Mistake(Exception):
    """The answer is not right: ``message`` says what is wrong and where to look; ``figure`` may show it."""

    def __init__(self, message: str, figure: Figure | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.figure = figure


class UnknownExerciseError(ValueError):
    """There is no exercise of that name."""


@dataclass(frozen=True)
class Result:
    """What :func:`check` found. It counts as true if the answer is right."""

    name: str
    passed: bool
    message: str
    figure: Figure | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.passed

    def _ipython_display_(self) -> None:
        """A notebook shows nothing more when the result is the last thing in a cell: ``check`` has shown it."""


def exercise(name: str) -> Callable[[Checker], Checker]:
    """Register the decorated function as the checker of the exercise ``name`` (small letters, digits, hyphens)."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"{name!r} is not a name for an exercise; small letters, digits and hyphens make one")

    def register(checker: Checker) -> Checker:
        before = _CHECKERS.get(name)
        if before is not None and before.__module__ != checker.__module__:
            raise ValueError(f"there are two exercises {name!r}: in {before.__module__} and in {checker.__module__}")
        _CHECKERS[name] = checker
        return checker

    return register


def names() -> list[str]:
    """The names of all exercises of the book."""
    _load()
    return sorted(_CHECKERS)


@functools.cache
def _load() -> None:
    """Import the chapters' checkers, all of them: a name is looked up without knowing its chapter."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if re.fullmatch(r"chapter\d\d", module.name):
            importlib.import_module(f"{__package__}.{module.name}")


def check(name: str, answer: object) -> Result:
    """Try an answer out and say whether it is right.

    Args:
        name: of the exercise, as its text in the book gives it.
        answer: what the exercise asks for: a function (not its result), unless it says otherwise.

    Returns:
        The result, which is also printed; where a mistake can be drawn, the drawing is shown below.

    Raises:
        UnknownExerciseError: if there is no such exercise.
    """
    if name not in _CHECKERS:
        _load()
    if name not in _CHECKERS:
        close = difflib.get_close_matches(name, _CHECKERS, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(sorted(_CHECKERS))}"
        raise UnknownExerciseError(f"there is no exercise {name!r}; {hint}")
    result = _tried(name, answer)
    print(("Right. " if result.passed else "Not yet: ") + result.message if result.message else "Right.")
    if result.figure is not None:
        _show(result)
    return result


def _tried(name: str, answer: object) -> Result:
    if answer is None or answer is ...:
        return Result(
            name, False, "there is no answer so far. Replace the dots by your own code, then run the cell again."
        )
    try:
        _CHECKERS[name](answer)
    except Mistake as mistake:
        return Result(name, False, mistake.message, mistake.figure)
    except NotImplementedError:
        return Result(name, False, "your code raises NotImplementedError: there is a part still to write.")
    except Exception as error:
        return Result(name, False, _told(error, name, answer))
    return Result(name, True, "")


def _told(error: Exception, name: str, answer: object) -> str:
    """An exception in words, with the line of the reader's code that raised it, if it was that."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    checker = getattr(_CHECKERS[name], "__code__", None)  # it may stand beside the answer, in a notebook of a teacher
    readers = [
        traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code is not checker and _is_the_readers(frame.f_code.co_filename)
    ]
    if readers:
        place = f"line {readers[-1].lineno} of your code, in {readers[-1].name}"
        return f"your code stopped with {what}\n    ({place}: {(readers[-1].line or '').strip()})"
    if not callable(answer):
        return f"the answer, of type {type(answer).__name__}, is not what the exercise asks for ({what})"
    if isinstance(error, TypeError) and "argument" in str(error):
        return f"your function cannot be called in the way the exercise asks for: {error}"
    return f"what your function returns cannot be used ({what}). Compare its type and shape with the exercise."


def _is_the_readers(filename: str) -> bool:
    """Whether a file is neither ours nor Python's nor an installed package's."""
    path = Path(filename)
    foreign = {_PACKAGE, *(Path(sysconfig.get_path(k)) for k in ("stdlib", "platstdlib", "purelib", "platlib"))}
    return not any(place in path.parents for place in foreign) and not filename.startswith("<frozen")


def _show(result: Result) -> None:
    """The figure in a notebook, with the message as its text for those who cannot see it; elsewhere nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if result.figure is None or not shell or "text/html" not in shell.display_formatter.active_types:
        return
    from IPython.display import HTML, display

    file = io.BytesIO()
    result.figure.savefig(file, format="png", dpi=120, bbox_inches="tight")
    picture = base64.b64encode(file.getvalue()).decode()
    alt = html.escape(f"A drawing of the mistake: {result.message}", quote=True)
    display(HTML(f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{picture}">'))


# --- what checkers are made of ----------------------------------------------------------------------------------


def array(value: object, shape: Sequence[int | None] | None = None, what: str = "the result") -> np.ndarray:
    """``value`` as a float64 array.

    Args:
        shape: what it must be; None in it stands for any length.
        what: names it in messages: "the result", "h", "the gradient of the bias".

    Raises:
        Mistake: if it is None, not numbers, of another shape or not finite.
    """
    if value is None:
        raise Mistake(f"{what} is None. Does your function end with `return`?")
    if value is ...:
        raise Mistake(f"{what} is `...`: there is a part still to write.")
    try:
        numbers = np.asarray(value)
        if numbers.dtype == object or numbers.dtype.kind in "USM":
            raise TypeError
        numbers = numbers.astype(np.float64)
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise Mistake(f"{what} is of type {kind} and not an array of numbers, or its rows differ in length") from None
    if shape is not None:
        fits = len(shape) == numbers.ndim and all(n in (None, m) for n, m in zip(shape, numbers.shape, strict=True))
        if not fits:
            wanted = str(tuple("any" if n is None else n for n in shape)).replace("'", "")
            raise Mistake(f"{what} has shape {numbers.shape}; expected {wanted}")
    bad = ~np.isfinite(numbers)
    if bad.any():
        where = _index(bad)
        raise Mistake(f"{what} is {numbers[bad][0]}{where}; every number must be finite")
    return numbers


def called(answer: Callable[..., Any], *given: Any) -> Any:
    """What the answer returns for copies of what is given: arrays, or lists and tuples of them.

    Raises:
        Mistake: if the answer changes what it was given: the next cell of a reader would go on with it.
    """
    copies = copy.deepcopy(given)
    value = answer(*copies)
    if not _untouched(copies, given):
        raise Mistake(
            "the arrays that your function was given have changed. They are still needed: make new ones"
            " (`a = a + b`, not `a += b`), or work on a copy"
        )
    return value


def _untouched(one: Any, other: Any) -> bool:
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_untouched, one, other))
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    return True


def same(
    value: object,
    right: object,
    what: str = "the result",
    *,
    variants: Mapping[str, Any] | None = None,
    tolerance: float = 1e-5,
    figure: Callable[[np.ndarray], Figure] | None = None,
) -> None:
    """Compare numbers with the right ones.

    Args:
        value: what the reader's code gave: an array, a number, or a tuple of them where ``right`` is a tuple.
        right: what it should have given.
        what: names it in messages.
        variants: results of known mistakes, by what is to be said about them.
        tolerance: relative to the largest of the right numbers, 1 at least.
        figure: draws the wrong numbers.

    Raises:
        Mistake: naming the known mistake, or else the first wrong number.
    """
    if isinstance(right, tuple):
        if not isinstance(value, (tuple, list)):
            raise Mistake(f"{what} should be {len(right)} things, as in `return a, b`, not one {type(value).__name__}")
        if len(value) != len(right):
            raise Mistake(f"{what} should be {len(right)} things, not {len(value)}")
        known = variants or {}
        for number, (one, other) in enumerate(zip(value, right, strict=True)):
            for message, wrong in known.items():
                if _close(one, wrong[number], tolerance) and not _close(one, other, tolerance):
                    raise Mistake(message)
            same(one, other, f"{what} ({_ordinal(number)} of {len(right)})", tolerance=tolerance, figure=figure)
        return
    right = np.asarray(right, np.float64)
    for message, wrong in (variants or {}).items():
        if _close(value, wrong, tolerance) and not _close(value, right, tolerance):
            raise Mistake(message, _drawn(figure, value))
    numbers = array(value, right.shape, what)
    bad = np.abs(numbers - right) > tolerance * max(1.0, float(np.abs(right).max(initial=0)))
    if bad.any():
        message = f"{what} is {numbers[bad][0]:.6g}{_index(bad)}; expected {right[bad][0]:.6g}"
        if bad.size > 1:
            message += f" ({int(bad.sum())} of {bad.size} numbers differ)"
        raise Mistake(message, _drawn(figure, value))


def _drawn(figure: Callable[[np.ndarray], Figure] | None, value: object) -> Figure | None:
    return None if figure is None else figure(np.asarray(value, np.float64))


def _close(value: object, other: object, tolerance: float) -> bool:
    try:
        value, other = np.asarray(value, np.float64), np.asarray(other, np.float64)
    except (TypeError, ValueError):
        return False
    if value.shape != other.shape:
        return False
    size = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0)))
    return bool(np.allclose(value, other, rtol=0, atol=tolerance * size, equal_nan=True))


def _index(bad: np.ndarray) -> str:
    """Where the first bad number stands: " at [3, 1]"."""
    return f" at {[int(i) for i in np.argwhere(bad)[0]]}" if bad.ndim else ""


def _ordinal(number: int) -> str:
    return ("first", "second", "third", "fourth", "fifth", "sixth")[number] if number < 6 else f"number {number + 1}"


def over(yours: Ink, right: Ink, *, width: float = 6.0) -> Figure:
    """A figure with the reader's strokes, in orange, over the right ones, in grey."""
    from scribe.draw import draw_ink, ink_figure

    figure = ink_figure(right, width=width)
    axes = figure.axes[0]
    lines = axes.collections[0]
    lines.set(edgecolor="#9aa3b2", linewidth=3.0)
    draw_ink(axes, yours, linewidth=1.2, colour="#d55e00", zorder=3)
    axes.autoscale_view()
    figure.suptitle("orange: yours; grey: right", fontsize=9, color="#7a7f87")
    return figure
