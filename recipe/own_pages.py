"""How much a page teaches of a hand: read, fitted, and with steps of the biases.

    python -m recipe.own_pages anyone corpus.npz --judge judge.safetensors -o own-pages.json

Each held-out writer's page is up to twelve lines. ``scribe finetune`` learns from it as it does for anybody, and writes
the texts of the writer's other lines. A judge of hands who took no part in anything says whose they are, and a reader
how many characters are misread. Some two minutes a writer on one core; what is done is kept, and not done again.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from scribe.corpora import Corpus  # noqa: E402
from scribe.files import replacing  # noqa: E402
from scribe.hands import HandReader  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.measure.intervals import ratio  # noqa: E402
from scribe.measure.whose import GUIDED, JUDGED, Group, Judge, Recogniser, Way, groups_of, held_out_lines  # noqa: E402
from scribe.reader import Reader, errors  # noqa: E402
from scribe.styles import Style  # noqa: E402
from scribe.training.hand_judge import HandJudge  # noqa: E402
from scribe.training.own_hand import learn_hand  # noqa: E402
from scribe.weights import load_weights  # noqa: E402
from scribe.writer import Writer  # noqa: E402

WAYS = ("read", "fitted", "with steps", f"with steps, bias {GUIDED}")


def learned(weights: str, hands: HandReader, reader: Reader, group: Group, seed: int) -> dict[str, Any]:
    """One writer's lines in all ways: ink as rows of offsets, and what the steps did."""
    begun = load_weights(weights)
    read = hands.read_lines([Style(sample.ink, sample.text) for sample in group.known])
    stepped = learn_hand(begun, group.known, hands, reader, seed=seed)
    texts = [sample.text for sample in group.rest]
    # The hand is fitted before the weights change, and stays as it is then.
    told = (
        (begun, read, Way(JUDGED)),
        (begun, stepped.hand, Way(JUDGED)),
        (stepped.weights, stepped.hand, Way(JUDGED)),
        (stepped.weights, stepped.hand, GUIDED),
    )
    lines = {
        name: [
            ink.offsets.tolist()
            for ink in Writer(own).write_many(texts, bias=way.bias, hand=hand, seed=seed, guidance=way.guidance)
        ]
        for name, (own, hand, way) in zip(WAYS, told, strict=True)
    }
    return {"lines": lines, "steps": [kept(step) for step in stepped.record["steps"]]}


def kept(step: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the record of a step."""
    return {name: step[name] for name in ("step", "updates", "nats_before", "nats_after", "taken") if name in step}


def measured(groups: list[Group], made: list[dict[str, Any]], judge: Judge, reader: Reader) -> dict[str, Any]:
    """What judge and reader say of the lines of the writers that are done, with intervals over writers.

    The judge chooses among all writers, whether they are done or not.
    """
    recogniser = Recogniser(judge, groups)
    of_all, groups = len(groups), groups[: len(made)]
    inks = {way: [[Ink(np.array(line)) for line in one["lines"][way]] for one in made] for way in WAYS}
    inks = {"own other lines": [[sample.ink for sample in group.rest] for group in groups], **inks}
    own, found = recogniser.rate(inks["own other lines"]), {}
    for way, lines in inks.items():
        rate = recogniser.rate(lines)
        wrong, of = [], []
        for group, written in zip(groups, lines, strict=True):
            texts = [sample.text for sample in group.rest]
            wrong.append(sum(errors(*pair) for pair in zip(reader.read_many(written), texts, strict=True)))
            of.append(sum(map(len, texts)))
        found[way] = {
            "recognised": rate.rounded(3),
            "share of own": round(rate.value / own.value, 3),
            "misread": ratio(wrong, of).rounded(4),
        }
    steps = [step for one in made for step in one["steps"]]
    kinds = {step["step"] for step in steps}
    gains = {kind: [s["nats_before"] - s["nats_after"] for s in steps if s["step"] == kind] for kind in sorted(kinds)}
    return {
        "writers": len(groups),
        "among": of_all,
        "lines of a page": [len(group.known) for group in groups],
        "bias": JUDGED,
        **found,
        "nats per point gained": {kind: round(float(np.mean(gain)), 4) for kind, gain in gains.items()},
        "kept whole": {kind: sum(s.get("taken", 1) == 1 for s in steps if s["step"] == kind) for kind in sorted(kinds)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--judge", required=True)
    parser.add_argument("--writers", type=int, default=12, help="at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    reader, hands = Reader.load(), HandReader.load()
    people = held_out_lines(Corpus.load(options.corpus), load_weights(options.weights).alphabet, reader)
    groups = groups_of(people, seed=options.seed)
    part = options.output.with_suffix(".part.json")
    made = json.loads(part.read_text(encoding="utf-8")) if part.exists() else []
    for group in groups[len(made) : options.writers]:
        made.append(learned(options.weights, hands, reader, group, options.seed))
        print(f"{len(made)} writers of {options.writers}: {made[-1]['steps']}", flush=True)
        with replacing(part) as temporary:
            temporary.write_text(json.dumps(made), encoding="utf-8")
    with replacing(options.output) as temporary:
        record = measured(groups, made, HandJudge.load(options.judge), reader)
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
