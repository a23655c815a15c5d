"""Train a judge of hands, who takes no part in anything else.

    python -m recipe.train_judge corpus.npz -o judge.safetensors

It learns to name the corpus's training writers. A quarter of an hour on one core; it isn't shipped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scribe.corpora import Corpus
from scribe.training.hand_judge import teach_judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--updates", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def report(update: int, nats: float) -> None:
        if update % 100 == 0 or update == options.updates:
            print(f"update {update} of {options.updates}: {nats:.2f} nats per piece", file=sys.stderr, flush=True)

    teach_judge(Corpus.load(options.corpus), updates=options.updates, seed=options.seed, report=report).save(
        options.output
    )


if __name__ == "__main__":
    main()
