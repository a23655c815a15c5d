"""Checkers for the exercises of the book.

>>> from scribe.exercises import check
>>> check("offsets", my_offsets)  # says "Right." or what is wrong

>>> from scribe.exercises import predict
>>> predict("three", "five", "nine")  # takes a guess, before the next cell shows what happens

The checkers of a chapter stand in ``chapter01.py`` and so on; :mod:`scribe.exercises.core` runs them.
"""

from scribe.exercises.core import Mistake, Result, UnknownExerciseError, check, exercise, names
from scribe.exercises.guess import predict

__all__ = ["Mistake", "Result", "UnknownExerciseError", "check", "exercise", "names", "predict"]
