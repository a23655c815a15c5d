"""Leave a few writers of a corpus, for a recipe at toy size.

    python -m recipe.few_writers unipen.npz -o few.npz --writers 12 --samples 40

Those who wrote most are taken, of each split some; of each the first samples of each kind.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from scribe.corpora import Corpus
from scribe.corpora.corpus import SPLITS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--writers", type=int, default=12, help="of the training split; of the others a third as many")
    parser.add_argument("--samples", type=int, default=40, help="of each writer and kind, at most")
    a = parser.parse_args()
    few_writers(Corpus.load(a.corpus), a.writers, a.samples).save(a.output)


def few_writers(corpus: Corpus, writers: int, samples: int) -> Corpus:
    """The corpus with so many training writers, and at most so many samples of each writer and kind."""
    kept: list[int] = []
    counts = np.bincount(corpus.writers, minlength=len(corpus.writer_splits))
    splits = np.array(list(corpus.writer_splits.values()))
    for split in SPLITS:
        own = np.flatnonzero(splits == split)
        most = own[np.argsort(-counts[own], kind="stable")]
        for writer in most[: writers if split == "train" else -(-writers // 3)]:
            for kind in np.unique(corpus.kinds):
                kept += np.flatnonzero((corpus.writers == writer) & (corpus.kinds == kind))[:samples].tolist()
    return corpus.subset(sorted(kept))


if __name__ == "__main__":
    main()
