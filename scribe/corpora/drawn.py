"""A corpus of drawings: what the reader of the book, or anybody, wrote with a pen of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence

from scribe.corpora.corpus import Corpus, Sample
from scribe.drawing.drawing import CanvasError
from scribe.drawing.formats import read_line
from scribe.ink import Ink

__all__ = ["corpus_of", "corpus_of_lines"]


def corpus_of(
    paths: Sequence[str | os.PathLike[str]], *, writer: str = "me", points_per_character: float = 15.0
) -> Corpus:
    """A corpus of drawings, a line or a word each, by one writer: all of them to learn from.

    Args:
        paths: of ``.json`` or ``.inkml`` files that say what is written in them.
        writer: a label.
        points_per_character: points per character, spaces not counted, on average.

    Raises:
        FileNotFoundError: if there is no such file.
        CanvasError: naming the file that is no drawing of a line, or does not say what is written.
    """
    if not paths:
        raise CanvasError("there is no drawing to make a corpus of")
    lines = [read_line(path, points_per_character) for path in paths]
    return corpus_of_lines(lines, writer=writer, points_per_character=points_per_character)


def corpus_of_lines(
    lines: Sequence[tuple[Ink, str]], *, writer: str = "me", points_per_character: float = 15.0
) -> Corpus:
    """A corpus of lines or words of ink and what they say; otherwise as :func:`corpus_of`."""
    samples = [Sample(ink, text, writer, "line" if " " in text else "word", "train") for ink, text in lines]
    metadata = {
        "name": "canvas",
        "synthetic": False,
        "licence": "that of whoever drew it",
        "attribution": writer,
        "points_per_character": points_per_character,
    }
    return Corpus.from_samples(samples, metadata)
