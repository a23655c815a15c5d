"""Train a judge of legibility, who reads what others have written and takes no part in anything else.

    python -m recipe.train_reading_judge corpus.npz -o judge --alphabet latin

The folder gets its checkpoint, so the training can be stopped (Ctrl-C) and resumed (``--resume``), and at the end
``judge.safetensors``. Two to three hours on one core; it isn't shipped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scribe.alphabet import load_alphabet
from scribe.corpora import Corpus
from scribe.training.loop import Progress
from scribe.training.reading_judge import JudgeReadingSettings, teach_reading_judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder")
    parser.add_argument("--alphabet", default="latin", help="a name or a file of characters")
    parser.add_argument("--updates", type=int, default=23_000)
    parser.add_argument("--decay", type=int, default=7_000, help="updates at the end in which the rate falls")
    parser.add_argument("--seed", type=int, default=JudgeReadingSettings.seed)
    parser.add_argument("--units", type=int, default=JudgeReadingSettings.units)
    parser.add_argument(
        "--jit",
        action=argparse.BooleanOptionalAction,
        default=JudgeReadingSettings.jit,
        help="compile an update for each shape of batches: not worth it for a few updates",
    )
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    settings = JudgeReadingSettings(
        units=options.units,
        updates=options.updates,
        decay=options.decay,
        seed=options.seed,
        alphabet=load_alphabet(options.alphabet).characters,
        jit=options.jit,
    )

    def report(progress: Progress) -> None:
        wrong = "" if progress.validation is None else f", {progress.validation:.1%} of characters read wrongly"
        if progress.update % 50 == 0 or wrong:
            told = f"update {progress.update} of {progress.updates}: {progress.nats:.3f} nats per character{wrong}"
            print(told, file=sys.stderr, flush=True)

    judge = teach_reading_judge(
        Corpus.load(options.corpus), options.output, settings, resume=options.resume, report=report
    )
    judge.save(options.output / "judge.safetensors")


if __name__ == "__main__":
    main()
