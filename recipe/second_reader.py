"""Have a reader judge that is no part of Scribe and has no stake in it: error rates by language, and marks.

    pip install onnxruntime pillow && pip install --no-deps rapidocr
    python -m recipe.second_reader runs/NAME/weights.safetensors --corpus corpus.npz -o second.json

It is PP-OCRv6 (small), which PaddlePaddle trained on photographs of print and handwriting in some fifty languages and
RapidOCR packs (Apache License 2.0). It saw no ink of ours, never chose, filtered or stopped anything here, and sees
pixels, not pen movements. It reads print with all its marks. In handwriting its mistakes are many: it passes over most
marks, takes words for those that it knows, and drops spaces. With ``--corpus`` it reads people's held-out lines and
composed ones too, and so says how many. As long as it reads few of the marks of composed ink it is a judge of base
letters and of languages, not of marks: for these hold a sheet against its text yourself.

Who reads is to be a program of somebody else's, if there is one that can: a second network trained from the same
composed ink knows how marks are set there, however different it is inside.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scribe.alphabet import LATIN, Alphabet
from scribe.corpora import Corpus
from scribe.draw import to_png
from scribe.ink import Ink
from scribe.measure.languages import languages, letters_and_marks
from scribe.measure.legibility import error_rate, measured
from scribe.reader import Reader
from scribe.writer import Writer

MODEL = "models/PP-OCRv6_rec_small.onnx"
HEIGHT = 48  # pixels that the model expects
MARGIN, PEN = 0.35, 0.12  # body heights around the ink, and of the pen's width


class PrintReader:
    """PP-OCR's recognition of a line, held to the characters of an alphabet."""

    name = "PP-OCRv6 small, RapidOCR"

    def __init__(self, alphabet: Alphabet = LATIN) -> None:
        import onnxruntime

        found = importlib.util.find_spec("rapidocr")
        if found is None or found.origin is None:
            raise SystemExit("rapidocr isn't installed: pip install --no-deps rapidocr")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = str(Path(found.origin).parent / MODEL)
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        listed = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = ["", *listed, " "]  # the first is CTC's blank
        known = set(alphabet.characters)
        self._columns = [0, *(i for i, c in enumerate(self._characters) if c and c in known)]
        self.alphabet = Alphabet("".join(c for c in alphabet.characters if c in {*self._characters}))

    def read_many(self, inks: Sequence[Ink]) -> list[str]:
        """What each line says; a line without ink says nothing."""
        return [self._read(picture(ink)) if len(ink) else "" for ink in inks]

    def _read(self, grey: np.ndarray) -> str:
        given = np.repeat(grey[None, None] / np.float32(127.5) - 1, 3, axis=1).astype(np.float32)
        scores = self._session.run(None, {self._session.get_inputs()[0].name: given})[0][0]
        best = np.array(self._columns)[scores[:, self._columns].argmax(axis=1)]
        kept = best[np.diff(best, prepend=0) != 0]
        return " ".join("".join(self._characters[i] for i in kept if i).split())


def picture(ink: Ink) -> np.ndarray:
    """A line as grey pixels ``(48, width)``, 0 to 255, black on white."""
    from PIL import Image

    with Image.open(io.BytesIO(to_png(ink, margin=MARGIN, pen=PEN))) as image:
        width = max(8, round(image.width * HEIGHT / image.height))
        return np.asarray(image.convert("L").resize((width, HEIGHT), Image.Resampling.LANCZOS))


def of_people(reader: PrintReader, corpus: Corpus, lines: int, seed: int) -> dict[str, Any]:
    """What the reader makes of held-out lines of a corpus that it can spell."""
    held_out = corpus.split("validation").of_kind("line")
    known = set(reader.alphabet.characters)
    fitting = held_out.subset([known.issuperset(reader.alphabet.normalised(text)) for text in held_out.texts])
    chosen = [fitting[int(i)] for i in np.random.default_rng(seed).permutation(len(fitting))[:lines]]
    texts = [reader.alphabet.normalised(sample.text) for sample in chosen]
    alignments = measured(reader, [sample.ink for sample in chosen], texts)
    rate = error_rate(alignments, [sample.writer for sample in chosen], seed)
    return {"corpus": corpus.metadata.get("name", ""), **rate, **letters_and_marks(texts, alignments)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="read people's lines too")
    parser.add_argument("--lines", type=int, default=200, help="of each corpus")
    parser.add_argument("--proofreader", help="who chooses when proofreading; nothing is proofread without")
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--bias", type=float, default=1.0)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    writer = Writer.load(a.weights)
    reader = PrintReader(writer.weights.alphabet)
    record: dict[str, Any] = {"weights": writer.weights.name, "reader": reader.name, "proofreader": a.proofreader}
    record["people"] = [of_people(reader, Corpus.load(path), a.lines, a.seed) for path in a.corpus]
    record["languages"] = languages(
        writer,
        reader,
        alphabet=reader.alphabet,
        proofreader=Reader.load(a.proofreader) if a.proofreader else None,
        bias=a.bias,
        copies=a.copies,
        candidates=a.candidates,
        seed=a.seed,
    )
    a.output.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(told(record), file=sys.stderr)


def told(record: dict[str, Any]) -> str:
    """The record's main numbers, a line each."""
    rows = [f"people, {one['corpus']}: {_percent(one)}{_marks(one)}" for one in record["people"]]
    for what in ("written", "proofread"):
        if part := record["languages"][what]:
            rows += [f"{what}, {name}: {_percent(one)}" for name, one in part["languages"].items()]
            rows.append(f"{what}{_marks(part)}")
    return "\n".join(rows)


def _percent(one: dict[str, Any]) -> str:
    rate = one["character_error_rate"]
    times = one.get("times_english")
    return f"{rate['value']:.1%} of characters wrong" + (f", {times['value']:.2f} times English's" if times else "")


def _marks(one: dict[str, Any]) -> str:
    marked = one["marked"]
    if not marked:
        return ""
    shares = ", ".join(f"{name} {marked[name]['value']:.1%}" for name in ("itself", "base", "mark"))
    return f"; {marked['uses']} letters with marks: {shares}"


if __name__ == "__main__":
    main()
