"""Add synthetic lines to people's, full of what people seldom write.

    python -m recipe.synthetic_lines unipen.npz -o for-the-reader.npz --lines 6000

A reader that has seen "\\" forty times takes it for an "l", however well it is written, and then calls good writing
bad; a writer that has seen it forty times writes it badly. So both learn from drawings made with fonts too, whose
texts are full of signs, digits and capitals. They are all in the training split: whoever is held out is a person.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from scribe.corpora import Corpus, fonts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=6_000, help="synthetic lines that are added")
    parser.add_argument("--seed", type=int, default=7)
    a = parser.parse_args()
    people = Corpus.load(a.corpus)
    drawn = fonts.generate(a.lines, seed=a.seed, points_per_character=people.metadata["points_per_character"])
    metadata = {**people.metadata, "synthetic_lines": {"lines": len(drawn), "writers": len(drawn.writer_splits)}}
    Corpus.from_samples([*people, *(replace(one, split="train") for one in drawn)], metadata).save(a.output)


if __name__ == "__main__":
    main()
