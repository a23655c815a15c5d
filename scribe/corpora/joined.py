"""Several corpora as one, to learn from all of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from scribe.corpora.corpus import KINDS, NO_HAND, Corpus, CorpusError

__all__ = ["PARTS", "join"]

PARTS = "parts"
"""The entry of the metadata that says what a joined corpus was made of."""
_TOGETHER = ("licence", "attribution", "notice")  # everybody's holds


def join(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus with all samples of several, in their order.

    A writer can be in more than one of them, and stays in the split where all of them have this writer.

    Returns:
        Its metadata are those of the first with what the others add. Licences and attributions are all named. Its
        ``"parts"`` have a name, the numbers of lines and words, and whether they are composed; a corpus that was joined
        before gives its own parts. ``"no_hand"`` has the writers without a hand of all of them.

    Raises:
        CorpusError: if there is nothing to join, a writer is in two splits, or a network can't learn from both since
            their points are not as dense.
    """
    if not corpora:
        raise CorpusError("there is no corpus to join")
    splits: dict[str, str] = {}
    density: dict[object, str] = {}
    for corpus in corpora:
        name = str(corpus.metadata.get("name", "a corpus"))
        if (points := corpus.metadata.get("points_per_character")) is not None:
            density.setdefault(points, name)
        for writer, split in corpus.writer_splits.items():
            if splits.setdefault(writer, split) != split:
                raise CorpusError(
                    f"writer {writer!r} is in the {splits[writer]} split, but in {name} in the {split} split; "
                    "make both from the same corpus"
                )
    if len(density) > 1:
        told = " and ".join(f"{points:g} in {name}" for points, name in density.items())
        raise CorpusError(f"the corpora have different numbers of points per character: {told}")
    metadata: dict[str, Any] = {}
    for corpus in reversed(corpora):
        metadata |= corpus.metadata
    for entry in _TOGETHER:
        if said := dict.fromkeys(str(c.metadata[entry]) for c in corpora if c.metadata.get(entry)):
            metadata[entry] = "; ".join(said)
    metadata["name"] = " + ".join(dict.fromkeys(str(c.metadata.get("name", "a corpus")) for c in corpora))
    metadata["synthetic"] = all(c.metadata.get("synthetic", False) for c in corpora)
    metadata[PARTS] = [part for corpus in corpora for part in _parts(corpus)]
    without: dict[str, None] = {}
    for corpus in corpora:
        without |= dict.fromkeys(corpus.metadata.get(NO_HAND, ()))  # type: ignore[call-overload]
    if without:
        metadata[NO_HAND] = list(without)
    return Corpus.from_samples(itertools.chain(*corpora), metadata)


def _parts(corpus: Corpus) -> list[dict[str, object]]:
    facts = corpus.metadata
    if PARTS in facts:
        return list(facts[PARTS])  # type: ignore[call-overload]
    counts = {f"{kind}s": int((corpus.kinds == number).sum()) for number, kind in enumerate(KINDS)}
    return [{"name": facts.get("name", "a corpus"), **counts, "composed": "composed" in facts}]
