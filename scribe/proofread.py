"""Read what was written, and keep what can be read.

A :class:`~scribe.writer.Writer` draws each point by chance, and now and then one that spoils a letter. People scribble,
and labels are wrong. A :class:`~scribe.reader.Reader` finds out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from scribe.corpora.corpus import Corpus
from scribe.ink import Ink
from scribe.reader import Reader, errors, log_probability
from scribe.writer import Lines, Writer, WritingError, is_one_style

__all__ = ["ProofreadLines", "Reading", "proofread", "proofread_corpus"]


class Reading(NamedTuple):
    """What the reader made of a line."""

    text: str
    errors: int  # characters to change, leave out or put in to come to what was wanted
    log_probability: float  # of what was wanted, nats a character
    candidate: int  # which of the candidates it is, from 0


class ProofreadLines(Lines):
    """Inks in the order of their texts, with ``stop_reasons``, and in ``readings`` how each was read."""

    def __init__(self, inks: Sequence[Ink], stop_reasons: Sequence[str], readings: Sequence[Reading]) -> None:
        super().__init__(inks, stop_reasons)
        self.readings = list(readings)


def proofread(
    writer: Writer,
    reader: Reader,
    texts: Sequence[str],
    candidates: int = 8,
    *,
    seed: int | None = None,
    **options: Any,
) -> ProofreadLines:
    """Write each text several times and keep the one that is read with the fewest errors.

    Of those that are read equally well a finished one is kept before one that was cut off, and then the one that
    makes its text most probable. The first candidates are what
    :meth:`~scribe.writer.Writer.write_many` writes with the same seed, so no line is read worse than without.

    Args:
        candidates: of each text.
        seed: of all candidates together: candidate ``j`` of text ``i`` has the seed ``seed + j * len(texts) + i``.
        options: all others of :meth:`~scribe.writer.Writer.write_many`; a bias or style a text may be given.

    Raises:
        WritingError: if there is to be no candidate, or the writer writes without texts; and as
            :meth:`~scribe.writer.Writer.write_many` does.
        UnknownCharacterError: if the reader does not know a character.
    """
    if candidates < 1:
        raise WritingError(f"candidates must be 1 or more, not {candidates}")
    if not writer.weights.architecture.window:
        raise WritingError("these weights write without a text; there is nothing to proofread")
    if isinstance(texts, str):
        raise WritingError("a list of texts is needed, one a line")
    count = len(texts)
    if np.ndim(options.get("bias", 0.0)):
        options["bias"] = [*options["bias"]] * candidates
    style: Any = options.get("style")
    if not is_one_style(style):
        options["style"] = [*style] * candidates
    written = writer.write_many(list(texts) * candidates, seed=seed, **options)
    alphabet = reader.weights.alphabet
    best: list[tuple] = [()] * count
    for number, (ink, reason, log_p) in enumerate(
        zip(written, written.stop_reasons, reader.log_probabilities(written), strict=True)
    ):
        i, text = number % count, texts[number % count]
        read = reader.decode(log_p)
        reading = Reading(
            read, errors(read, text), log_probability(log_p, alphabet.encode(text)[:-1]) / len(text), number // count
        )
        rank = (reading.errors, reason != "finished", -reading.log_probability)
        if not best[i] or rank < best[i][0]:
            best[i] = (rank, ink, reason, reading)
    return ProofreadLines([b[1] for b in best], [b[2] for b in best], [b[3] for b in best])


def proofread_corpus(
    corpus: Corpus,
    reader: Reader,
    worst: float = 0.35,
    *,
    rare: int = 500,
    batch_size: int = 256,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Corpus:
    """A corpus without the training samples that nobody could read: scribble, and ink under a wrong label.

    Who learns to write from scribble scribbles. Held-out writers stay as they are, so that numbers compare. Only
    letters and digits count, capital or small; one error is always forgiven. Samples with a rare character stay in any
    case: they are few, and it is what is rare that the reader itself knows least.

    Args:
        corpus: stays as it is.
        reader: its alphabet need not have all characters of the corpus.
        worst: the share of letters and digits that may be read wrongly.
        rare: a character that is used less often than this in the training samples.
        batch_size: samples that are read together.
        progress: called with the share done, 0 to 1, and a description.

    Returns:
        The rest. Its metadata say in ``"proofread"`` how, and how many were dropped.

    Raises:
        ValueError: if ``worst`` is no share.
    """
    if not 0 <= worst <= 1:
        raise ValueError(f"the share of errors must be from 0 to 1, not {worst}")
    splits = np.array(list(corpus.writer_splits.values()))
    train = splits[corpus.writers] == "train"
    uses = Counter(character for i in np.flatnonzero(train) for character in corpus.texts[i])
    rarely_used = {character for character, count in uses.items() if count < rare}
    checked = np.flatnonzero(train & [rarely_used.isdisjoint(text) for text in corpus.texts])
    checked = checked[np.argsort(corpus.lengths[checked], kind="stable")]
    kept = np.ones(len(corpus), bool)
    for start in range(0, len(checked), batch_size):
        progress(start / len(checked), "reading the corpus")
        chosen = checked[start : start + batch_size]
        for i, read in zip(chosen, reader.read_many([corpus[int(i)].ink for i in chosen]), strict=True):
            wanted = _letters_and_digits(corpus.texts[i])
            kept[i] = errors(_letters_and_digits(read), wanted) <= max(1, worst * len(wanted))
    progress(1.0, "done")
    rest = corpus.subset(kept)
    rest.metadata["proofread"] = {
        "reader": reader.weights.name,
        "worst": worst,
        "rare": rare,
        "dropped": int((~kept).sum()),
    }
    return rest


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
