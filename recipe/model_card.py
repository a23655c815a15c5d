"""Write the model card of some weights. No number in it is typed by hand.

    scribe evaluate default unipen.npz --against runs/no-text/weights.safetensors -o scribe/weights/default.json
    python -m recipe.model_card scribe/weights/default.safetensors --run main > scribe/weights/default.md

What was measured comes from the record of ``scribe evaluate`` beside the weights, what they learned from out of the
weights, the machine and the minutes out of the log of the recipe or of runs, the styles out of their file.
"""

# ruff: noqa: E501 - the lines of the card are as long as they are once filled in
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recipe.runner import log_of
from scribe.alphabet import ASCII
from scribe.styles import NamedStyle, load_styles
from scribe.weights import Weights, load_weights

FOLDER = Path(__file__).parent
LOG = FOLDER.parent / "benchmarks" / "runs.jsonl"
REMARKS = FOLDER / "remarks.md"
GRAVES_GAIN, GRAVES_ERRORS = (56, 70), (0.23, 0.41)  # Graves 2013, tables 2 and 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument(
        "record", type=Path, nargs="?", help="of scribe evaluate; beside the weights, .json, if not given"
    )
    made = parser.add_mutually_exclusive_group()
    made.add_argument("--run", help="name of the training in runs.jsonl; the last one if not given")
    made.add_argument("--log", type=Path, help="of the recipe that made the weights, in place of a training")
    parser.add_argument("--styles", default="styles", help="a name or a file of styles; none for no styles")
    a = parser.parse_args()
    record = json.loads((a.record or a.weights.with_suffix(".json")).read_text(encoding="utf-8"))
    styles = [] if a.styles == "none" else list(load_styles(a.styles).values())
    remarks = REMARKS.read_text(encoding="utf-8")
    weights = load_weights(a.weights)
    if a.log:
        steps = log_of(a.log.parent)
        sys.stdout.write(card(weights, a.weights, record, None, styles, remarks, steps))
    else:
        sys.stdout.write(card(weights, a.weights, record, run(a.run), styles, remarks))


def run(name: str | None = None, log: Path = LOG) -> dict[str, Any]:
    """A training in the log of runs; of several with one name the last."""
    runs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    found = [one for one in runs if name in (None, one["name"])]
    if not found:
        raise SystemExit(f"no training is named {name!r}; there are {', '.join(sorted({one['name'] for one in runs}))}")
    return found[-1]


def card(
    weights: Weights,
    path: Path,
    record: Mapping[str, Any],
    run: Mapping[str, Any] | None,
    styles: Sequence[NamedStyle] = (),
    remarks: str = "",
    steps: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The text of the card.

    Args:
        path: of the weights' file.
        record: of :func:`scribe.measure.evaluation.evaluate`, of these weights.
        run: the training's entry in the log of runs; ``None`` if ``steps`` tell of it.
        steps: of the recipe that made the weights, their entries in its log.

    Raises:
        SystemExit: if the record is of other weights.
    """
    for what, told, is_so in (
        ("size", record["size"], weights.size),
        ("updates", record["updates"], weights.provenance["updates"]),
    ):
        if told != is_so:
            raise SystemExit(f"the record is of other weights: {what} {told}, not {is_so}; measure these")
    trained = _training(weights, run) if run is not None else _training_of(weights, steps)
    parts = [_head(weights, path), _data(weights), trained, _steps(steps), _likelihood(record)]
    parts += [_legibility(record), _languages(record), _stopping(record), _styles(styles), _limits(remarks)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


# --- what it is -------------------------------------------------------------------------------------------------


def _head(weights: Weights, path: Path) -> str:
    a = weights.architecture
    size = path.stat().st_size
    gaussians = "one Gaussian" if a.window == 1 else f"{a.window} Gaussians"
    return f"""
# Model card: {weights.name}

A network that writes by hand what it is given as text (Graves 2013, section 5): {a.layers} {a.cell.upper()} layers of {a.units}
units{" with peepholes" if a.peepholes else ""}, a window of {gaussians} over the text, {a.mixtures} bivariate Gaussians
for the next point; {weights.size:,} weights, {size / 1e6:.1f} MB in `{path.name}`
({"float16" if size < 3 * weights.size else "float32"}). It knows {len(weights.alphabet.characters)} characters, {_characters(weights)}.
"""


def _characters(weights: Weights) -> str:
    if weights.alphabet == ASCII:
        return "those of\nprintable ASCII"
    return "each of these:\n" + " ".join(map(_code, weights.alphabet.characters))


def _proofread(corpus: Mapping[str, Any]) -> str:
    """What was left out because nobody could read it, or not well; nothing if nothing was."""
    if not (done := corpus.get("proofread")):
        return ""
    if done.get("strict"):
        return f"""{_proofread({"proofread": done.get("before")})}
At the end it learned only from what the reader reads well: {done["dropped"]:,} more samples, people's and synthetic, in which it
misread more than {done["worst"]:.0%} of the characters, were left out then; in a word, any character."""
    return f"""
Left out of that training are {done["dropped"]:,} more samples, in which the reader `{done["reader"]}` read more than {done["worst"]:.0%} of
the letters and digits wrongly: scribble, and wrong labels. Samples with rare characters stayed, and held-out writers."""


def people(corpus: Mapping[str, Any]) -> tuple[int, int, int, dict[str, int]]:
    """Of a corpus with ink that no person wrote: people's lines and words, how many people, how many in each split."""
    made = corpus.get("synthetic_lines", {"lines": 0, "writers": 0})
    own = corpus.get("own_lines", [])
    others = made["writers"] + bool(own)
    split = corpus["writers_by_split"]
    made_up = [part for part in corpus.get("parts", []) if part["composed"]]
    lines = corpus["lines"] - made["lines"] - sum(one["kept"] for one in own) - sum(p["lines"] for p in made_up)
    words = corpus["words"] - corpus.get("spliced_words", {"words": 0})["words"] - sum(p["words"] for p in made_up)
    return lines, words, corpus["writers"] - others, {**split, "train": split["train"] - others}


def synthetic(corpus: Mapping[str, Any]) -> str:
    """A sentence on synthetic lines that were learned from too; nothing if there were none."""
    if not (made := corpus.get("synthetic_lines")):
        return ""
    return f"""
To know the signs that people seldom wrote it also learned from {made["lines"]:,} synthetic lines, drawn with fonts in
{made["writers"]} varied hands and full of digits and signs (`recipe/synthetic_lines.py`)."""


def spliced(corpus: Mapping[str, Any]) -> str:
    """A sentence on people's words with synthetic signs that it learned from too; nothing if there were none."""
    if not (made := corpus.get("spliced_words")):
        return ""
    return f"""
And from {made["words"]:,} words by {made["writers"]} of the writers for training with synthetic signs set before, after and between them, as in
"(word)" (`recipe/spliced_words.py`)."""


def composed(corpus: Mapping[str, Any]) -> str:
    """A sentence on composed ink, and what share of all it is; nothing if there was none."""
    count = sum(part["lines"] + part["words"] for part in corpus.get("parts", []) if part["composed"])
    if not count:
        return ""
    everything = corpus["lines"] + corpus["words"]
    return f"""
The letters beyond ASCII it learned from composed ink: {count:,} of {everything:,} lines and words, {count / everything:.0%}. Marks
were drawn on letters of the same people, and special letters and signs by their pen (`scribe corpus compose`)."""


def _own(provenance: Mapping[str, Any]) -> str:
    """A sentence on lines of its own that it learned from too, in this run or before; nothing if there were none."""
    rounds: list[Mapping[str, Any]] = []
    while provenance:
        rounds = [*provenance["corpus"].get("own_lines", []), *rounds]
        provenance = provenance.get("begun_with", {}).get("provenance", {})
    if not rounds:
        return ""
    kept, written = (sum(one[name] for one in rounds) for name in ("kept", "written"))
    updates = sorted(one["updates"] for one in rounds)
    first, last = updates[0], updates[-1]
    after = f"{last:,}" if first == last else f"{first:,} to {last:,}"
    again = sum(one.get("proofread", 0) for one in rounds)
    by_word = f" ({again:,} of these word by word, with the reader to choose)" if again else ""
    worst = max(one["worst"] for one in rounds)
    return f"""
It also learned from {kept:,} lines of its own: of {written:,} that it wrote in {len(rounds)} rounds, when it had had {after} updates{by_word}, texts full of
digits and signs, those that came to their end and of which the reader misread no more than {worst:.0%} (`recipe/own_lines.py`)."""


def _data(weights: Weights) -> str:
    corpus = weights.provenance["corpus"]
    lines, words, writers, split = people(corpus)
    return f"""
## Data

{corpus["name"]}: {lines:,} lines and {words:,} words by {writers} writers, resampled
evenly in time to {weights.points_per_character:.1f} points per character. Writers are split: {split["train"]} for
training, {split["validation"]} for validation, {split["test"]} for a test. Nothing was chosen by the test writers.{_proofread(corpus)}{synthetic(corpus)}{spliced(corpus)}{composed(corpus)}{_own(weights.provenance)}
Licence of the data: {corpus["licence"]}, {corpus.get("source", "")}. The weights contain no ink of any writer; they are
under the MIT licence of this project, and whoever passes them on should keep the attribution:

> {weights.attribution}

The distribution of the data of 1999 carried a notice: *"PERMISSION IS HEREBY GRANTED TO USE THE DATA FOR RESEARCH
PURPOSES. IT IS NOT ALLOWED TO DISTRIBUTE THIS DATA FOR COMMERCIAL PURPOSES."* The licence {corpus["licence"]}, which
allows commercial use with attribution, was given later by the publication at Zenodo, and is what this project relies on. The
notice speaks of the data, which is not here; whether it binds a network that has learned from it, nobody has decided. If
you mean to use the weights commercially, read both in NOTICE and judge for yourself.
"""


def _training(weights: Weights, run: Mapping[str, Any]) -> str:
    note = f" About this run: {run['note']}." if run.get("note") else ""
    where = f"All settings and the curve are in `benchmarks/runs.jsonl` under the name `{run['name']}`."
    return _trained(weights, run["minutes"], run["machine"], f"{note} {where}")


def _training_of(weights: Weights, steps: Sequence[Mapping[str, Any]]) -> str:
    """Of weights that a recipe made: its last training is the one that ended in them."""
    if not steps:
        raise SystemExit("the log of the recipe is empty; it has not been run")
    p = weights.provenance
    before = p.get("begun_with", {}).get("provenance", {}).get("minutes", 0.0)
    return _trained(weights, p["minutes"] - before, steps[-1]["machine"], " All settings are in the weights.")


def _trained(weights: Weights, last_minutes: float, machine: str, more: str) -> str:
    s, p = weights.provenance["settings"], weights.provenance
    noise = f"adaptive weight noise {s['weight_noise']:g}; " if s.get("weight_noise") else ""
    whole = p["updates"] >= s.get("updates", 0)
    descent = f"a cosine descent over the last {s['decay']:,}" if whole else "stopped before its descent"
    minutes, begun = f"{p['minutes']:.0f} minutes", p.get("begun_with")
    begin = f"single words first, whole lines\ncome in over {s['curriculum']:,} updates"
    if begun:
        before = begun["provenance"]["updates"]
        minutes += f", the last {last_minutes:.0f} of them"
        begin = f"words and whole lines from\nthe start, as the weights it began with had {before:,} of these updates behind them"
    rare = f"samples with rare characters drawn oftener (rarity {s['rarity']:g}); " if s.get("rarity") else ""
    return f"""
## Training

{p["updates"]:,} updates, at the end of about {s["batch_points"]:,} points, {minutes} on {machine},
with Keras on TensorFlow. Adam, learning rate {s["learning_rate"]:g} after a warm-up of {s["warmup"]} updates,
{descent}; gradient norm clipped at {s["clip_norm"]:g}; {noise}{begin}; {rare}lines of up to {s["longest"]:,} points; slant, size, width and slope varied. The
weights are running averages (momentum {s["averaging"]:g}). Offsets are divided by {weights.offset_scale:.4f} body
heights.{more}
"""


def _steps(steps: Sequence[Mapping[str, Any]]) -> str:
    """What the recipe did, step by step, out of its log."""
    if not steps:
        return ""
    rows = "\n".join(
        f"| {one['step']} | {one['does']} | {one['cpu_seconds'] / 60:,.1f} | {one['finished'][:10]} |" for one in steps
    )
    total = sum(one["cpu_seconds"] for one in steps)
    return f"""
## How it was made

By `make weights`, in {total / 3600:,.2f} CPU hours; each step, in the order in which it was last run. What each runs is in `recipe/steps.py`.

| step | what it does | CPU minutes | on |
|---|---|---|---|
{rows}
"""


# --- what was measured ------------------------------------------------------------------------------------------


def _likelihood(record: Mapping[str, Any]) -> str:
    if "likelihood" not in record:
        return ""
    m, corpus = record["likelihood"], record["corpus"]
    text = f"""
## How well it foresees people's writing

Measured on {m["lines"]} held-out lines by {m["writers"]} {corpus["split"]} writers ({corpus["name"]}), in NumPy.
{_sentence(m["units"])}. In brackets 95 % intervals, by bootstrap over writers.

| | a point | a line |
|---|---|---|
| negative log density, nats | {_number(m["nats_a_point"], 3)} | {_number(m["nats_a_line"], 1)} |
| of it, the pen | {_number(m["pen_nats_a_point"], 3)} | |
| squared error of the expected offset | {_number(m["squared_error_a_point"], 3)} | |
"""
    if "comparison" not in record:
        return text
    c = record["comparison"]
    other = c["against"]
    without = "without the text" if not other["window"] else f"of the weights {other['weights']}"
    size = "of the same size" if c["same_size"] else f"of {other['layers']} layers of {other['units_a_layer']} units"
    low, high = GRAVES_GAIN
    return f"""{text}
A network {size} {without}, on the same lines: {_number(other["nats_a_line"], 1)} nats per line. Knowing the text is worth
**{_number(c["nats_a_line_better"], 1)} nats per line** ({_number(c["nats_a_point_better"], 3)} a point; better on
{c["lines_foreseen_better"]:.0%} of the lines), at {m["points_a_line"]:.0f} points per line. Graves: {low} to {high} nats on
lines of about 700 points. The squared error is {_number(c["squared_error_ratio"], 2)} times that without text (Graves:
{GRAVES_ERRORS[0]:g} / {GRAVES_ERRORS[1]:g} = {GRAVES_ERRORS[0] / GRAVES_ERRORS[1]:.2f}).
"""


def _proofread_with(best: Mapping[str, Any]) -> str:
    n = best["candidates"]
    return f"each word the best read of {n}, or of up to {n * best['rounds']} while none is right"


def _legibility(record: Mapping[str, Any]) -> str:
    if "legibility" not in record:
        return ""
    m = record["legibility"]
    counted = m["characters_one_by_one"]
    rows = []
    if real := m["real"]:
        rows.append((f"people's writing, {real['lines']} held-out lines", real))
        same = real["same_texts_written"]
        rows.append((f"the texts of these lines, written with bias {same['bias']:g}", same))
        if best := real["same_texts_proofread"]:
            rows.append((f"the same, {_proofread_with(best)}", best))
    rows += [(f"the text list, written with bias {one['bias']:g}", one) for one in m["written"]]
    if best := m["proofread"]:
        rows.append((f"the text list, bias {best['bias']:g}, {_proofread_with(best)}", best))
    table = "\n".join(
        f"| {name} | {_percent(one['character_error_rate'])} | {_percent(one['lines_without_error'])} |"
        for name, one in rows
    )
    classes = "; ".join(
        f"{name} {one['share']['value']:.0%}" + _beside_people(real, name) for name, one in counted["classes"].items()
    )
    return f"""
## How well it can be read

Read by the reader that comes with scribe (`{record["reader"]}`), which learned from the same training writers. Its own
mistakes are in every number. The text list (`scribe.measure.texts`) has {m["texts"]} lines of sentences, names, numbers and program
code; each was written {_times(m["copies"])}. Intervals are by bootstrap over texts, for people over writers.

| what was read | character error rate | lines without an error |
|---|---|---|
{table}

Read as itself in its line, bias {counted["bias"]:g}: {classes}.
{_below(counted)}
{_people_below(real)}{_worst(counted)}
{_characters_proofread(m["proofread"])}
"""


def _languages(record: Mapping[str, Any]) -> str:
    """Error rates by language, and letters with marks."""
    if not (spoken := record.get("languages")):
        return ""
    written, best = spoken["written"], spoken["proofread"]
    judge = f"Judged by `{record['reader']}`, proofread by `{record.get('proofreader', record['reader'])}`"

    def times(one: Mapping[str, Any]) -> str:
        return f"{one['times_english']['value']:.2f}" if one.get("times_english") else ""

    def row(name: str) -> str:
        cells = [_percent(written["languages"][name]["character_error_rate"]), times(written["languages"][name])]
        if best:
            cells += [_percent(best["languages"][name]["character_error_rate"]), times(best["languages"][name])]
        return f"| {name} | {' | '.join(cells)} |"

    heads = ["language", "character error rate", "times English's", "proofread", "times English's"][: 5 if best else 3]
    rows = "\n".join(row(name) for name in written["languages"])
    marks = "\n".join(
        f"Letters with marks, {how}, {part['marked']['uses']} uses: {part['marked']['itself']['value']:.1%} read as "
        f"themselves, {part['marked']['base']['value']:.1%} as their base letter with any mark or none, "
        f"{part['marked']['mark']['value']:.1%} with their mark."
        for how, part in (("written", written), ("proofread", best))
        if part and part["marked"]
    )
    return f"""
## In other languages

Sentences in {len(written["languages"])} languages (`scribe.measure.sentences`), bias {spoken["bias"]:g}, written {_times(spoken["copies"])}. {judge if best else judge.split(",")[0]}.

| {" | ".join(heads)} |
|{"---|" * len(heads)}
{rows}

{marks}
"""


def _characters_proofread(best: Mapping[str, Any] | None) -> str:
    if not best:
        return ""
    counted = best["characters_one_by_one"]
    classes = "; ".join(f"{name} {one['share']['value']:.0%}" for name, one in counted["classes"].items())
    return f"""
The text list proofread, read as itself: {classes}.
{_below(counted)}"""


def _beside_people(real: Mapping[str, Any] | None, name: str) -> str:
    theirs = real and real["characters_one_by_one"]["classes"].get(name)
    return f" (people's: {theirs['share']['value']:.0%})" if theirs else ""


def _people_below(real: Mapping[str, Any] | None) -> str:
    """That people's characters are not all read either."""
    if not real:
        return ""
    half = "Of people's, in their held-out lines, less than half"
    return _below(real["characters_one_by_one"], half, "And less than nine tenths") + "\n"


def _below(
    counted: Mapping[str, Any],
    half: str = "Characters read as themselves in less than half of their uses",
    nine_tenths: str = "Letters and digits below nine tenths",
) -> str:
    """Which characters are read too seldom, in two lines."""
    few, some = counted["below_one_half"], counted["letters_and_digits_below_nine_tenths"]
    return f"{_listed(half, few)}\n{_listed(nine_tenths, some)}"


def _listed(what: str, characters: str) -> str:
    return f"{what}: {' '.join(_code(c) for c in characters) if characters else 'none'}."


def _worst(counted: Mapping[str, Any], count: int = 10) -> str:
    """The characters that are most often mistaken, and for what."""
    worst = sorted(counted["each"].items(), key=lambda item: item[1]["share"]["value"])[:count]
    rows = []
    for character, one in worst:
        if one["right"] < one["uses"]:
            taken = ", ".join(f"{_code(c, True) if c else 'nothing'} {n}" for c, n in one["read_as"])
            rows.append(f"| {_code(character, True)} | {one['right']} of {one['uses']} | {taken} |")
    if not rows:
        return ""
    return "\n| most often mistaken | right | read as |\n|---|---|---|\n" + "\n".join(rows)


def _stopping(record: Mapping[str, Any]) -> str:
    if "stopping" not in record:
        return ""
    m = record["stopping"]
    biases = ", ".join(f"{b:g}" for b in m["biases"])

    def row(name: str, one: Mapping[str, Any]) -> str:
        kinds = " | ".join(str(one[kind]["lines"]) for kind in ("cap", "early", "tail"))
        return f"| {name} | {one['lines']} | {_percent(one['failed'])} | {kinds} |"

    rows = [row("all", m)]
    rows += [row(f"bias {one['bias']:g}", one) for one in m["by_bias"]]
    rows += [row(f"{one['characters'][0]} to {one['characters'][1]} characters", one) for one in m["by_length"]]
    long = next((name for name in m if name.startswith("of_") and m[name]), None)
    if long:
        rows.append(row(long.replace("_", " "), m[long]))
    if m["real"]:
        rows.append(row("people's lines, judged alike", m["real"]))
    table = "\n".join(rows)
    return f"""
## How its lines end

{m["lines"]:,} made-up lines of 1 to {m["longest"]} characters, biases {biases} in turns, judged by {m["judged_by"]}.
*Cut off*: not at the end after two and a half times the points it should need. *Early*: the last three characters were
never looked at, or the reader finds none of them. *Tail*: more than three characters' worth of points after the end of the text
was reached, or two characters read after the last one. A line counts once. People's lines all end well: what is said of
them is how often this judgement is wrong.

| | lines | ended badly | cut off | early | tail |
|---|---|---|---|---|---|
{table}

The longest line that ended well has {m["most_points_of_a_line_that_ended_well"]:,} points.
"""


def _styles(styles: Sequence[NamedStyle]) -> str:
    if not styles:
        return ""
    rows = []
    for one in styles:
        measured = one.origin.get("paragraph", {})
        rate = f"{measured['character_error_rate']:.1%}" if measured else ""
        same = f"{measured['sameness']:.2f}" if measured else ""
        rows.append(f"| `{one.name}` | {one.description} | {rate} | {same} |")
    table = "\n".join(rows)
    return f"""
## Styles

{len(styles)} hands in `styles.safetensors`, all invented by the network: no person's ink is among them. Each was tried with
a paragraph of new lines: how well it was read, and how different its lines are from each other, as a share of how
different they are from other hands' lines.

| name | hand | character error rate of the paragraph | sameness, less is more |
|---|---|---|---|
{table}
"""


def _limits(remarks: str) -> str:
    return f"## Limits and known failures\n\n{remarks.strip()}"


# --- numbers ----------------------------------------------------------------------------------------------------


def _number(measured: Mapping[str, float | None], digits: int, unit: str = "") -> str:
    value, low, high = (measured[key] for key in ("value", "low", "high"))
    span = "" if low is None or high is None else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{value:.{digits}f}{unit}{span}"


def _percent(measured: Mapping[str, float | None]) -> str:
    return _number({key: None if x is None else 100 * x for key, x in measured.items()}, 1, " %")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(character: str, in_table: bool = False) -> str:
    """A character as code, whatever it is."""
    special = {" ": "space", "`": "`` ` ``"} | ({"|": "`\\|`"} if in_table else {})
    return special.get(character, f"`{character}`")


if __name__ == "__main__":
    main()
