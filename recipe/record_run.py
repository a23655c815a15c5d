"""Add a training to the log of runs, benchmarks/runs.jsonl: settings, machine, minutes, nats.

python -m recipe.record_run runs/first "what was tried, and what came of it"
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.ceilings import machine
from scribe.training.loop import kept_lines

LOG = Path(__file__).parent.parent / "benchmarks" / "runs.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("note")
    a = parser.parse_args()
    settings = json.loads((a.folder / "settings.json").read_text())
    entries = [json.loads(line) for line in kept_lines(a.folder / "log.jsonl", update=sys.maxsize)]
    run = {
        "name": a.folder.resolve().name,
        "note": a.note,
        "machine": machine(),
        "corpus": {k: settings["corpus"][k] for k in ("name", "lines", "words", "writers", "points")},
        "offset_scale": settings["offset_scale"],
        "settings": settings["settings"],
        "minutes": round(entries[-1]["seconds"] / 60, 1),
        "updates": entries[-1]["update"],
        "skipped": entries[-1]["skipped"],
        "points_per_second": {
            f"{q}th percentile": round(float(np.percentile([e["points_per_second"] for e in entries], q)))
            for q in (10, 50, 90)
        },
        "units": "nats per point, held-out lines, averaged weights, pen term in, offsets over offset_scale bodies",
        "validation": [
            {"update": e["update"], "minutes": round(e["seconds"] / 60, 1), "nats": e["validation"]}
            for e in entries
            if "validation" in e
        ],
    }
    with LOG.open("a") as file:
        file.write(json.dumps(run) + "\n")
    for step in run["validation"]:
        print(f"{step['update']:7d} updates {step['minutes']:7.1f} minutes {step['nats']:8.4f} nats per point")


if __name__ == "__main__":
    main()
