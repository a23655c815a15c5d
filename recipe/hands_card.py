"""Measure weights that know hands, and write their model card: what a reader and eleven numbers say of them.

    python -m recipe.hands_card anyone corpus.npz -o anyone.md

People's lines are those of held-out writers, validation and test. Written lines say the same texts; a hand is drawn
from the prior for each, or read from five other lines by the same writer. Some minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from scribe.corpora import Corpus  # noqa: E402
from scribe.files import replacing  # noqa: E402
from scribe.hands import HandReader, named_hands  # noqa: E402
from scribe.measure.hands import NUMBERS  # noqa: E402
from scribe.measure.legibility import Reads  # noqa: E402
from scribe.measure.whose import OTHERS, SHOWN, WAYS, Way, whose  # noqa: E402
from scribe.reader import Reader  # noqa: E402
from scribe.writer import Writer  # noqa: E402

_SHIPPED = (
    "The reader is the one that ships: it proofreads, it chose the hands with names, and it left out of the corpus what"
    " it could not read at all."
)
_STAKELESS = (
    "What is misread, a judge says who never chose, proofread, left out or stopped anything: another network than the"
    " reader's, which convolves where that recurs, with another seed. It learned from the same lines as the reader."
)


def _percent(rate: dict[str, float | None]) -> str:
    """A share in percent with its interval, if there are lines enough for one."""
    value, low, high = (None if rate[name] is None else f"{100 * rate[name]:.1f}" for name in ("value", "low", "high"))
    return f"{value}" if low is None else f"{value} ({low} to {high})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _nobodys(record: dict) -> str:
    """That a draw is nobody's hand."""
    if "draws" not in record:
        return ""
    draws, halves = record["draws to the nearest writer"], record["halves of a writer"]
    return (
        f" Of {record['draws']} draws the median lies at a cosine of {draws[1]:.2f} from the nearest of"
        f" {record['writers']} training writers, and the nearest at {draws[3]:.2f}; writers lie at"
        f" {record['writers to the nearest other'][1]:.2f} from the nearest other one, and two halves of one writer's"
        f" samples at {halves[1]:.2f} (95 % of them above {halves[0]:.2f})."
    )


def _told_apart(record: dict) -> list[str]:
    """How well a classifier tells drawn hands from people's, and how far apart they lie: a row for each way."""
    rows = []
    for way in map(str, WAYS):
        if apart := record.get(f"told apart {way}"):
            areas = [f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})" for one in apart.values()]
            rows.append(f"| {way} | {' | '.join(areas)} | {record[f'spread {way}']['share']:.2f} |")
    return rows


def _judged(record: dict) -> list[str]:
    """What a judge of hands says who took no part in anything; nothing if there was none."""
    if "recognised" not in record:
        return []
    known = record["recognised"]
    ways = [name for name in known if name not in ("writers", "own other lines")]
    return [
        "## Whose hand it is",
        "",
        f"A judge of hands with another architecture, loss and seed, who took no part in anything, names which of"
        f" {known['writers']} held-out writers a line is by. Hands are read from lines that it isn't shown, and a hand"
        " has one of these lines as its sample, unless only its numbers are told. With a guidance above 1 the hand"
        " counts that many times (`scribe write --guidance`), and what is proofread is the best of so many tries by the"
        " reader that ships (`--proofread`). Intervals are over writers.",
        "",
        "| lines | recognised, % | as a share of their own |",
        "|---|---|---|",
        f"| the writers' own other lines | {_percent(known['own other lines'])} | |",
        *(
            f"| in the hand read from {name} | {_percent(known[name])} | {known[name]['share of own']:.2f} |"
            for name in ways
        ),
        "",
        "A classifier (gradient boosting, five folds) tells lines in drawn hands from people's; the area under its"
        " curve is .5 if it can't. The spread is how far apart lines in different hands lie by the judge's vectors,"
        " as a share of that of different people's.",
        "",
        "| bias | area, eleven numbers | with the judge's vector | spread |",
        "|---|---|---|---|",
        *_told_apart(record),
        "",
    ]


def _mean(provenance: dict) -> str:
    """That the weights are a mean, if they are."""
    parts = provenance.get("mean_of", [])
    told = " and ".join(f"{part['share']:.0%} of those after {part['updates']:,} updates" for part in parts)
    return f" The weights are a mean: {told}." if parts else ""


def _columns(record: dict, name: str) -> list[Way]:
    """The ways for which a record has something of that name."""
    return [way for way in WAYS if f"{name} {way}" in record]


def _head(first: str, ways: list[Way]) -> list[str]:
    """The first two rows of a table with a column for each way."""
    return [
        f"| {first} | " + " | ".join(f"bias {way}" for way in ways) + " |",
        "|---" * (first.count("|") + 1 + len(ways)) + "|",
    ]


def card(writer: Writer, record: dict, reader: str) -> str:
    """The model card; ``reader`` says who read."""
    weights, provenance = writer.weights, writer.weights.provenance
    pair = lambda p: f"{p[0]:.2f} ± {p[1]:.2f}"  # noqa: E731
    held, a = record["held out"], weights.architecture
    settings, parts = provenance["settings"], provenance["corpus"].get("parts", [])
    lines = [
        f"# Model card: {weights.name}",
        "",
        f"A network that writes by hand in any hand that it's told as a vector of {a.condition} numbers:"
        f" {a.layers} layers of {a.units} {a.cell.upper()} units, {weights.size:,} weights. The vectors are those of"
        " the reader of hands, `hands`. `scribe write` uses it, and chapter 8 explains it.",
        "",
        f"Trained on {provenance['corpus']['name']} ({provenance['corpus']['licence']}), beginning with the weights"
        f" `default`: {settings['updates']:,} updates in the last of its trainings, {provenance['updates']:,} in all."
        " The last learned from "
        + ", ".join(f"{part['lines'] + part['words']:,} samples of {part['name']}" for part in parts)
        + "."
        + _mean(provenance)
        + " Ink is composed where marks, signs and repeats were set into people's lines. Lines of its own teach what"
        " it writes when it's told no hand.",
        "",
        f"Every number is measured by `recipe.hands_card` on {record['lines']} lines of 10 to 40 characters by held-out"
        f" writers, seed {record['seed']}, with 95 % intervals over lines. {reader}",
        "",
        *_judged(record),
        "## Hands drawn from the prior, against people",
        "",
        *_head("what | people", drawn := _columns(record, "drawn")),
        "| characters misread, % | "
        + " | ".join(_percent(record[key]) for key in ("people misread", *(f"drawn misread {way}" for way in drawn)))
        + " |",
    ]
    lines += [
        f"| {name} | "
        + " | ".join(pair(record[key][name]) for key in ("people", *(f"drawn {way}" for way in drawn)))
        + " |"
        for name in NUMBERS
    ]
    lines += [
        "",
        "## Told no hand",
        "",
        *_head("what", alone := _columns(record, "no hand")),
        "| characters misread, % | " + " | ".join(_percent(record[f"no hand misread {way}"]) for way in alone) + " |",
    ]
    lines += [
        f"| {name} | " + " | ".join(pair(record[f"no hand {way}"][name]) for way in alone) + " |"
        for name in ("slope", "width", "slant", "lifts")
    ]
    lines += [
        "",
        "The numbers are explained in `scribe.measure.hands`: slope and slant are in degrees; width, path, ascent and"
        " descent in body heights.",
        "",
        f"## In the hands of {held['writers']} held-out writers",
        "",
        f"Each is read from {held['shown']} of the writer's lines; {held['others']} others by the same writer are"
        " compared with what is written instead of them. A correlation is over writers.",
        "",
        *_head("what | their own lines", told := _columns(held, "misread")),
        "| characters misread, % | "
        + " | ".join(_percent(held[key]) for key in ("own misread", *(f"misread {way}" for way in told)))
        + " |",
        "| cosine to the hand that was meant | "
        + " | ".join(f"{held[key]:.2f}" for key in ("own similarity", *(f"similarity {way}" for way in told)))
        + " |",
    ]
    lines += [
        f"| {name}, correlation | | " + " | ".join(_number(held[f"correlation {way}"][name]) for way in told) + " |"
        for name in NUMBERS
    ]
    lines += [
        "",
        "## What to know",
        "",
        "- It's less legible in drawn hands than when it's told none, and less with guidance than without;"
        " `--proofread` helps.",
        "- Marks of letters beyond ASCII are learned from composed ink, and it still leaves out many of them;"
        " `--proofread` sets most.",
        "- With a bias above 0 it writes more narrowly than the person whose hand it is; the table says by how much.",
        f"- The {len(named_hands())} hands with names were drawn from the prior. No vector of a person ships."
        + _nobodys(record["nobody's"]),
        "",
        f"Licence: {weights.licence}",
        "",
        f"Attribution: {weights.attribution}",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the card, .md; the record lies beside it")
    parser.add_argument("--hands", default="hands")
    parser.add_argument("--reader", default="reader", help="proofreads; without a judge, it reads too")
    parser.add_argument("--judge", help="a judge of hands, see recipe.train_judge; nobody recognises without it")
    parser.add_argument("--reading-judge", help="reads, and never chose anything: see recipe.train_reading_judge")
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--shown", type=int, default=SHOWN, help="lines of a writer that the hand is read from")
    parser.add_argument("--others", type=int, default=OTHERS, help="lines of the same writer that are compared")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    writer = Writer.load(options.weights)
    judge = None
    if options.judge:
        from scribe.training.hand_judge import HandJudge

        judge = HandJudge.load(options.judge)
    reader = Reader.load(options.reader)
    reads: Reads = reader
    said = _SHIPPED
    if options.reading_judge:
        from scribe.training.reading_judge import ReadingJudge

        reads, said = ReadingJudge.load(options.reading_judge), _STAKELESS
    record = whose(
        writer,
        Corpus.load(options.corpus),
        HandReader.load(options.hands),
        reads,
        judge,
        proofreader=reader,
        lines=options.lines,
        shown=options.shown,
        others=options.others,
        seed=options.seed,
    )
    for path, text in ((".json", json.dumps(record, indent=1) + "\n"), (".md", card(writer, record, said))):
        with replacing(options.output.with_suffix(path)) as part:
            part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
