"""Read what is written while it is written, and keep what can be read.

A :class:`~scribe.writer.Writer` draws each point by chance, and now and then one that spoils a letter. People scribble,
and labels are wrong. A :class:`~scribe.reader.Reader` finds out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from scribe.corpora.corpus import Corpus
from scribe.counting import apart, evened, lacking, miscounted, runs, uneven
from scribe.delayed import attached, loose_bars
from scribe.ink import Ink
from scribe.reader import Reader
from scribe.reading.ctc import log_probability
from scribe.reading.edits import errors
from scribe.repeats import STROKES
from scribe.writer import Draft, Lines, Writer, WritingError, is_one_hand, is_one_style

__all__ = ["ProofreadLines", "Reading", "counted", "part_ends", "proofread", "proofread_corpus", "since"]


PART = 4
"""Characters of the shortest part that is tried by itself: parts end where words do."""

ROUNDS = 4
"""How often candidates of a part are written while none of them is read without a new error."""


FAR = 0.2
"""What is more uneven than this, beyond EVEN, is tried again; the rest is only stretched."""


class Reading(NamedTuple):
    """What the reader made of a line."""

    text: str
    errors: int  # characters to change, leave out or put in to come to what was wanted
    log_probability: float  # of what was wanted, nats per character


_UNREAD = Reading("", 0, 0.0)


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
    batch_size: int = 1024,
    **options: Any,
) -> ProofreadLines:
    """Write each text part by part, each part several times, and go on from the one that is read with fewest errors.

    A part is a word, or a few short ones. It is read together with the part before it, as a letter shows best among
    others. First of all its repeats must have as many marks as they need, where that can be counted
    (:mod:`scribe.counting`). Of parts that are read equally well one that came to its end is kept before one that was
    cut off, then the one whose bars of t touch stems, then the one whose repeats are most even in height, and then the
    one that makes its text most probable. If none is read without a new error there are as many candidates more, up to
    :data:`ROUNDS` times; and once more if the repeats of none are nearly even. What is tried again is written mark by
    mark where marks repeat. What is uneven even then is stretched (:func:`scribe.counting.evened`), and bars and dots
    that miss their stems are moved (:func:`scribe.delayed.attached`). To choose part by part is far better than line by
    line: of eight lines of ten words hardly one is without an error, of eight words most are; and time is spent on what
    is difficult.

    Args:
        candidates: of each part, at a time. With 1 it is what :meth:`~scribe.writer.Writer.write_many` writes with the
            same seed.
        seed: of the first text; text ``i`` has ``seed + i``, so it is written alike alone and among others.
        batch_size: candidates that are written and read at a time, at most: so many are in memory.
        options: all others of :meth:`~scribe.writer.Writer.write_many`; a bias or style a text may be given.

    Raises:
        WritingError: if there is to be no candidate, at a time or at all, or the writer writes without texts; and as
            :meth:`~scribe.writer.Writer.write_many` does.
        UnknownCharacterError: if the reader does not know a character.
    """
    if candidates < 1:
        raise WritingError(f"candidates must be 1 or more, not {candidates}")
    if batch_size < 1:
        raise WritingError(f"batch_size must be 1 or more, not {batch_size}")
    if not writer.weights.architecture.window:
        raise WritingError("these weights write without a text; there is nothing to proofread")
    if candidates == 1:
        lines = writer.write_many(texts, seed=seed, batch_size=batch_size, **options)
        return ProofreadLines(lines, lines.stop_reasons, _readings(reader, lines, texts))
    first = int(np.random.default_rng().integers(2**31)) if seed is None else seed
    drafts = _best_parts(writer, reader, texts, candidates, first, batch_size, options)
    inks, texts = [draft.ink for draft in drafts], [draft.text for draft in drafts]
    return ProofreadLines(inks, [draft.stop_reason for draft in drafts], _readings(reader, inks, texts))


def counted(
    writer: Writer,
    texts: Sequence[str],
    candidates: int = 8,
    *,
    reader: Reader | None = None,
    seed: int | None = None,
    batch_size: int = 1024,
    **options: Any,
) -> Lines:
    """Write texts, and those with repeats so that each has as many marks as it needs; bars of t come onto their stems.

    A text without repeats (:func:`scribe.counting.runs`) is written as :meth:`~scribe.writer.Writer.write_many` does
    with the same seed. Others are written part by part, and a part with repeats several times, until its marks are
    right; then the one is kept whose marks are most alike in height, and these are made even. A reader that is given
    looks at it, too. In all of them bars and dots that miss their stems are moved (:func:`scribe.delayed.attached`).

    All arguments are as for :func:`proofread`.
    """
    if batch_size < 1:
        raise WritingError(f"batch_size must be 1 or more, not {batch_size}")
    if not writer.weights.architecture.window:
        return writer.write_many(texts, seed=seed, batch_size=batch_size, **options)
    first = int(np.random.default_rng().integers(2**31)) if seed is None else seed
    repeats = [bool(runs(draft.text)) for draft in writer.begin(texts, **options)]
    made: dict[int, Draft] = {}
    for wanted in (False, True):
        chosen = [i for i, found in enumerate(repeats) if found == wanted]
        own: dict[str, Any] = {
            name: [value[i] for i in chosen] if _one_each(name, value) else value for name, value in options.items()
        }
        given, seeds = [texts[i] for i in chosen], [first + i for i in chosen]
        if wanted:
            drafts = _best_parts(writer, reader, given, candidates, seeds, batch_size, own, runs)
        else:
            drafts = [attached(draft) for draft in _whole(writer, given, seeds, batch_size, own)]
        made |= dict(zip(chosen, drafts, strict=True))
    done = [made[i] for i in range(len(texts))]
    return Lines([draft.ink for draft in done], [draft.stop_reason for draft in done])


def _whole(
    writer: Writer, texts: Sequence[str], seeds: Sequence[int], batch_size: int, options: dict[str, Any]
) -> list[Draft]:
    """What :meth:`~scribe.writer.Writer.write_many` writes, as drafts: they know which ink belongs to which letter."""
    drafts = writer.begin(texts, **options)
    made: list[Draft] = []
    for start in range(0, len(drafts), batch_size):
        part = drafts[start : start + batch_size]
        made += writer.extend(part, [len(draft.text) for draft in part], seeds[start : start + batch_size])
    return made


def _one_each(name: str, value: Any) -> bool:
    """Whether an option of the writer is given for each text by itself."""
    is_one = {"bias": lambda bias: np.ndim(bias) == 0, "style": is_one_style, "hand": is_one_hand}
    return name in is_one and not is_one[name](value)


def _best_parts(
    writer: Writer,
    reader: Reader | None,
    texts: Sequence[str],
    candidates: int,
    seeds: int | Sequence[int],
    batch_size: int,
    options: dict[str, Any],
    tried: Callable[[str], object] = lambda part: True,
) -> list[Draft]:
    """Texts written part by part, each part that is to be tried several times."""
    drafts = writer.begin(texts, **options)
    texts = [draft.text for draft in drafts]
    first = range(seeds, seeds + len(texts)) if isinstance(seeds, int) else seeds
    ends = [part_ends(text) for text in texts]
    before = [_Mark(0, 0, 0, 0)] * len(texts)  # the part before
    for part in range(max(map(len, ends), default=0)):
        going = [i for i, draft in enumerate(drafts) if not draft.stop_reason]
        best: dict[int, tuple[tuple[Any, ...], Draft]] = {}
        often = {i: bool(tried(texts[i][ends[i][part - 1] if part else 0 : ends[i][part]])) for i in going}
        marks = {i: mark_ends(texts[i], ends[i][part - 1] if part else 0, ends[i][part]) for i in going}
        wanting = going
        for number in range(0, ROUNDS * candidates, candidates):
            tries = [(i, number + candidate) for i in wanting for candidate in range(candidates if often[i] else 1)]
            begun: dict[tuple[int, int], Draft] = {}
            for i in wanting:
                if number and often[i] and marks[i]:
                    seed = (first[i], part, number)
                    made = _mark_by_mark(writer, drafts[i], marks[i], ends[i][part], seed, candidates)
                    begun |= {(i, number + candidate): one for candidate, one in enumerate(made)}
            for start in range(0, len(tries), batch_size):
                numbers = tries[start : start + batch_size]
                chosen = [i for i, _ in numbers]
                made = _extended(
                    writer,
                    [begun.get(one, drafts[one[0]]) for one in numbers],
                    [drafts[i] for i in chosen],
                    [ends[i][part] for i in chosen],
                    [(first[i], part, candidate) for i, candidate in numbers],
                )
                inks = [since(draft, before[i].point) for draft, i in zip(made, chosen, strict=True)]
                wanted = [texts[i][before[i].character : ends[i][part]].strip() for i in chosen]
                readings = [_UNREAD] * len(inks) if reader is None else _readings(reader, inks, wanted)
                for i, draft, ink, reading in zip(chosen, made, inks, readings, strict=True):
                    wrong = miscounted(draft, before[i].character, ends[i][part])
                    differ = uneven(draft, before[i].character, ends[i][part])
                    loose = loose_bars(ink) if reader is not None else 0
                    rank = (wrong, reading.errors, draft.stop_reason == "cap", loose, differ, -reading.log_probability)
                    if i not in best or rank < best[i][0]:
                        best[i] = rank, draft
            wanting = [
                i
                for i in wanting
                if often[i]
                and (
                    best[i][0][:3] > (before[i].miscounted, before[i].errors, False)
                    or (not number and marks[i] and best[i][0][4] > FAR)
                )
            ]
            if not wanting:
                break
        for i in going:
            (strokes, wrong, *_), draft = best[i]
            start = ends[i][part - 1] if part else 0
            strokes, wrong = max(0, strokes - before[i].miscounted), max(0, wrong - before[i].errors)
            before[i] = _Mark(len(drafts[i].points), start, strokes, wrong)
            drafts[i] = draft
    return [attached(evened(draft)) for draft in drafts]


def _mark_by_mark(
    writer: Writer, draft: Draft, goals: Sequence[int], end: int, seed: tuple[int, ...], candidates: int
) -> list[Draft]:
    """Candidates of a part with repeats, as far as the last mark: after each mark those that go wrong make room.

    Of eight marks written at once, hardly ever are all of one height; one more that fits those before is soon found.

    Args:
        goals: where the marks end, but for the last; from :func:`mark_ends`.
        end: of the part.
        seed: what the seed of each try begins with.
    """
    start = max(draft.line.goal - draft.line.before, 0)
    kept = [draft] * candidates
    for step, goal in enumerate(goals):
        owed = STROKES.get(draft.text[goal - 1], 2) - 1  # the window may go on before the last stroke of a mark
        tried: list[tuple[tuple[bool, int, float], Draft]] = []
        right: list[Draft] = []
        for again in range(ROUNDS):
            seeds = [(*seed, step, again, number) for number in range(candidates)]
            for one in _extended(writer, kept, [draft] * candidates, [goal] * candidates, seeds):
                cut, wrong, differ = one.stop_reason == "cap", miscounted(one, start, goal), uneven(one, start, goal)
                tried.append(((cut, wrong, max(differ - FAR, 0)), one))
            right = [one for rank, one in tried if rank == (False, 0, 0)]
            if len(right) >= candidates / 2:
                break
        if not right:  # a stroke may still be owed
            right = [one for (cut, wrong, differ), one in tried if not cut and wrong <= owed and not differ]
        if not right:
            right = [one for _, one in sorted(tried, key=lambda one: one[0])[: max(1, candidates // 4)]]
        kept = [right[number % len(right)] for number in range(candidates)]
    return kept


def _extended(
    writer: Writer, drafts: Sequence[Draft], before: Sequence[Draft], goals: Sequence[int], seeds: Sequence[Any]
) -> list[Draft]:
    """Drafts written on to their goals; what has been begun after ``before`` and shows its goal already stays as it is.

    Where several marks come out as one stroke, a try comes to more goals than its own.
    """
    made = list(drafts)
    going = []
    for i, (draft, first, goal) in enumerate(zip(drafts, before, goals, strict=True)):
        if draft.stop_reason:
            continue
        if draft is first or draft.shown < goal:
            going.append(i)
        elif goal == len(draft.text):
            made[i] = replace(draft, stop_reason="finished")
    for again in range(ROUNDS):
        own = [(*seeds[i], again) if again else seeds[i] for i in going]
        for i, draft in zip(
            going, writer.extend([made[i] for i in going], [goals[i] for i in going], own), strict=True
        ):
            made[i] = draft
        # Along a repeat the window runs ahead: where whole marks are missing it goes back by as many characters.
        missing = {i: lacking(made[i], goals[i]) for i in going if len(made[i].points) < made[i].line.cap}
        going = [i for i in going if missing.get(i)]
        if not going or again == ROUNDS - 1:
            break
        for i in going:
            made[i] = made[i].moved_back(missing[i])
    return made


def mark_ends(text: str, start: int, stop: int) -> list[int]:
    """Where the marks of repeats that stand apart end in a part of a text, but for its end; and where they begin."""
    inner = {place for run in apart(text[:stop]) if run.start >= start for place in range(run.start, run.stop + 1)}
    return sorted(place for place in inner if len(text[start:place].strip()) and place < stop)


def part_ends(text: str) -> list[int]:
    """Where the parts of a text end, each at the first space after :data:`PART` characters; the last at its end."""
    ends = [0]
    for place, character in enumerate(text):
        if character == " " and len(text[ends[-1] : place].strip()) >= PART:
            ends.append(place)
    if len(ends) > 1 and not text[ends[-1] :].strip():
        ends.pop()
    return [*ends[1:], len(text)]


class _Mark(NamedTuple):
    """Where in a line a part begins, how many strokes of its repeats are wrong, and how many errors are read."""

    point: int
    character: int
    miscounted: int
    errors: int


def since(draft: Draft, point: int) -> Ink:
    """The ink from a point on, as high above the baseline as it is."""
    points = draft.points[point:].copy()
    points[0, 1] = draft.points[: point + 1, 1].sum(dtype=np.float64)
    points[-1, 2] = 1
    return Ink(points)


def _readings(reader: Reader, inks: Sequence[Ink], texts: Sequence[str]) -> list[Reading]:
    """What each ink is read as, and how it should be."""
    readings = []
    texts = [reader.weights.alphabet.normalised(text) for text in texts]
    for text, log_p in zip(texts, reader.log_probabilities(inks), strict=True):
        read, codes = reader.decode(log_p), reader.weights.alphabet.encode(text)[:-1]
        readings.append(Reading(read, errors(read, text), log_probability(log_p, codes) / max(len(text), 1)))
    return readings


def proofread_corpus(
    corpus: Corpus,
    reader: Reader,
    worst: float = 0.35,
    *,
    strict: bool = False,
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
        strict: leave out what is not read well, too. Then all characters count, none is forgiven and none is rare: who
            learns from neat writing writes neatly.
        rare: a character that is used less often than this in the training samples.
        batch_size: samples that are read together.
        progress: called with the share done, 0 to 1, and a description.

    Returns:
        The rest. Its metadata say in ``"proofread"`` how, how many were dropped, and what was done ``"before"``.

    Raises:
        ValueError: if ``worst`` is no share.
    """
    if not 0 <= worst <= 1:
        raise ValueError(f"the share of errors must be from 0 to 1, not {worst}")
    splits = np.array(list(corpus.writer_splits.values()))
    train = splits[corpus.writers] == "train"
    uses = Counter(character for i in np.flatnonzero(train) for character in corpus.texts[i])
    rarely_used = {character for character, count in uses.items() if count < rare and not strict}
    checked = np.flatnonzero(train & [rarely_used.isdisjoint(text) for text in corpus.texts])
    checked = checked[np.argsort(corpus.lengths[checked], kind="stable")]
    kept = np.ones(len(corpus), bool)
    for start in range(0, len(checked), batch_size):
        progress(start / len(checked), "reading the corpus")
        chosen = checked[start : start + batch_size]
        for i, read in zip(chosen, reader.read_many([corpus[int(i)].ink for i in chosen]), strict=True):
            if strict:
                kept[i] = errors(read, corpus.texts[i]) <= worst * len(corpus.texts[i])
            else:
                wanted = _letters_and_digits(corpus.texts[i])
                kept[i] = errors(_letters_and_digits(read), wanted) <= max(1, worst * len(wanted))
    progress(1.0, "done")
    rest = corpus.subset(kept)
    before = corpus.metadata.get("proofread")
    rest.metadata["proofread"] = {
        "reader": reader.weights.name,
        "worst": worst,
        **({"strict": True} if strict else {"rare": rare}),
        "dropped": int((~kept).sum()),
        **({"before": before} if before else {}),
    }
    return rest


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
