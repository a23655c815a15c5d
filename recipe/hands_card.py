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

import numpy as np  # noqa: E402

from scribe.alphabet import Alphabet  # noqa: E402
from scribe.corpora import Corpus, Sample  # noqa: E402
from scribe.files import replacing  # noqa: E402
from scribe.hands import Hand, HandReader, named_hands, similarity  # noqa: E402
from scribe.ink import Ink  # noqa: E402
from scribe.measure.hands import NUMBERS, many  # noqa: E402
from scribe.measure.intervals import ratio  # noqa: E402
from scribe.reader import Reader, errors  # noqa: E402
from scribe.writer import Writer  # noqa: E402

BIASES = (0.0, 0.5, 1.0)
SHOWN, OTHERS = 5, 8  # lines of a writer that the hand is read from, and others that are compared


def held_out(corpus: Corpus, alphabet: Alphabet) -> list[Sample]:
    """Lines of 10 to 40 characters by held-out writers."""
    known = set(alphabet.characters)
    lines = [s for split in ("validation", "test") for s in corpus.split(split).of_kind("line")]
    return [s for s in lines if 10 <= len(s.text) <= 40 and known.issuperset(s.text)]


def read_rate(reader: Reader, inks: list[Ink], texts: list[str]) -> dict[str, float | None]:
    """The share of characters that are misread, with its interval over lines."""
    wrong = np.array([errors(read, text) for read, text in zip(reader.read_many(inks), texts, strict=True)], float)
    return ratio(wrong, np.array([len(text) for text in texts], float)).rounded(4)


def summary(inks: list[Ink], texts: list[str]) -> dict[str, list[float]]:
    """Mean and deviation of the eleven numbers."""
    found = many(inks, texts)
    return {name: [float(m), float(s)] for name, m, s in zip(NUMBERS, found.mean(0), found.std(0), strict=True)}


def measured(
    writer: Writer,
    reader: Reader,
    hands: HandReader,
    corpus: Corpus,
    lines: int,
    seed: int,
    shown: int = SHOWN,
    others: int = OTHERS,
) -> dict:
    """All of it, as a record."""
    people = held_out(corpus, writer.weights.alphabet)
    rng = np.random.default_rng(seed)
    chosen = [people[i] for i in rng.permutation(len(people))[:lines]]
    texts = [s.text for s in chosen]
    drawn = [hands.prior.draw(seed + i) for i in range(len(chosen))]
    inks = [s.ink for s in chosen]
    record: dict = {"lines": len(chosen), "seed": seed, "people": summary(inks, texts)}
    record["people misread"] = read_rate(reader, inks, texts)
    for bias in BIASES:
        for what, told in (("drawn", drawn), ("no hand", None)):
            written = list(writer.write_many(texts, bias=bias, seed=seed, hand=told))
            record[f"{what} {bias}"] = summary(written, texts)
            record[f"{what} misread {bias}"] = read_rate(reader, written, texts)
    record["held out"] = _followed(writer, reader, hands, people, rng, seed, shown, others)
    return record


def _followed(
    writer: Writer,
    reader: Reader,
    hands: HandReader,
    people: list[Sample],
    rng: np.random.Generator,
    seed: int,
    shown: int,
    others: int,
) -> dict:
    """Held-out writers' hands, read from five lines: does what is written in them have their numbers?"""
    by_writer: dict[str, list[Sample]] = {}
    for sample in people:
        by_writer.setdefault(sample.writer, []).append(sample)
    groups = [s for s in by_writer.values() if len(s) >= shown + others]
    if not groups:
        raise SystemExit(f"no held-out writer has {shown + others} lines of 10 to 40 characters")
    own, texts, told = [], [], []
    for samples in groups:
        order = rng.permutation(len(samples))
        hand = hands.read([samples[i].ink for i in order[:shown]])
        rest = [samples[i] for i in order[shown : shown + others]]
        own += [s.ink for s in rest]
        texts += [s.text for s in rest]
        told += [hand] * len(rest)
    found: dict = {
        "writers": len(groups),
        "shown": shown,
        "others": others,
        "own misread": read_rate(reader, own, texts),
    }
    theirs = many(own, texts).reshape(len(groups), others, -1).mean(axis=1)
    for bias in BIASES:
        written = list(writer.write_many(texts, bias=bias, seed=seed, hand=told))
        mine = many(written, texts).reshape(len(groups), others, -1).mean(axis=1)
        found[f"misread {bias}"] = read_rate(reader, written, texts)
        found[f"correlation {bias}"] = {
            name: float(np.corrcoef(theirs[:, k], mine[:, k])[0, 1]) for k, name in enumerate(NUMBERS)
        }
        found[f"similarity {bias}"] = _similar(hands, written, told)
    found["own similarity"] = _similar(hands, own, told)
    return found


def _similar(hands: HandReader, inks: list[Ink], told: list[Hand]) -> float:
    """The mean cosine between the hand that lines are read to have and the one that was meant."""
    return float(np.mean([similarity(hands.read(ink), hand) for ink, hand in zip(inks, told, strict=True)]))


def _percent(rate: dict[str, float | None]) -> str:
    """A share in percent with its interval, if there are lines enough for one."""
    value, low, high = (None if rate[name] is None else f"{100 * rate[name]:.1f}" for name in ("value", "low", "high"))
    return f"{value}" if low is None else f"{value} ({low} to {high})"


def card(writer: Writer, record: dict) -> str:
    """The model card."""
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
        + ". Ink is composed where marks, signs and repeats were set into people's lines. Lines of its own teach what"
        " it writes when it's told no hand.",
        "",
        f"Every number is measured by `recipe.hands_card` on {record['lines']} lines of 10 to 40 characters by held-out"
        f" writers, seed {record['seed']}, with 95 % intervals over lines. The reader is the one that ships: it chose"
        " the hands with names, and left out of the corpus what it could not read at all.",
        "",
        "## Hands drawn from the prior, against people",
        "",
        "| what | people | " + " | ".join(f"bias {bias:g}" for bias in BIASES) + " |",
        "|---" * (2 + len(BIASES)) + "|",
        "| characters misread, % | "
        + " | ".join(_percent(record[key]) for key in ("people misread", *(f"drawn misread {b}" for b in BIASES)))
        + " |",
    ]
    lines += [
        f"| {name} | "
        + " | ".join(pair(record[key][name]) for key in ("people", *(f"drawn {b}" for b in BIASES)))
        + " |"
        for name in NUMBERS
    ]
    lines += [
        "",
        "## Told no hand",
        "",
        "| what | " + " | ".join(f"bias {bias:g}" for bias in BIASES) + " |",
        "|---" * (1 + len(BIASES)) + "|",
        "| characters misread, % | " + " | ".join(_percent(record[f"no hand misread {b}"]) for b in BIASES) + " |",
    ]
    lines += [
        f"| {name} | " + " | ".join(pair(record[f"no hand {b}"][name]) for b in BIASES) + " |"
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
        "| what | their own lines | " + " | ".join(f"bias {bias:g}" for bias in BIASES) + " |",
        "|---" * (2 + len(BIASES)) + "|",
        "| characters misread, % | "
        + " | ".join(_percent(held[key]) for key in ("own misread", *(f"misread {b}" for b in BIASES)))
        + " |",
        "| cosine to the hand that was meant | "
        + " | ".join(f"{held[key]:.2f}" for key in ("own similarity", *(f"similarity {b}" for b in BIASES)))
        + " |",
    ]
    lines += [
        f"| {name}, correlation | | " + " | ".join(f"{held[f'correlation {b}'][name]:.2f}" for b in BIASES) + " |"
        for name in NUMBERS
    ]
    lines += [
        "",
        "## What to know",
        "",
        "- It's less legible in drawn hands than when it's told none; `--proofread` helps.",
        "- Marks of letters beyond ASCII are learned from composed ink, and it still leaves out most of them.",
        "- With a bias above 0 it writes more narrowly than the person whose hand it is; the table says by how much.",
        f"- The {len(named_hands())} hands with names were drawn from the prior. No vector of a person ships.",
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
    parser.add_argument("--reader", default="reader")
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--shown", type=int, default=SHOWN, help="lines of a writer that the hand is read from")
    parser.add_argument("--others", type=int, default=OTHERS, help="lines of the same writer that are compared")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    writer = Writer.load(options.weights)
    parts = Reader.load(options.reader), HandReader.load(options.hands), Corpus.load(options.corpus)
    record = measured(writer, *parts, options.lines, options.seed, options.shown, options.others)
    for path, text in ((".json", json.dumps(record, indent=1) + "\n"), (".md", card(writer, record))):
        with replacing(options.output.with_suffix(path)) as part:
            part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
