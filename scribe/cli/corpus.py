"""``scribe corpus``: collections of handwriting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scribe.cli.groups import corpus_app
from scribe.cli.shared import (
    PATH,
    FiniteRange,
    UsageError,
    drawn_lines,
    output_ending,
    print_json,
    progress_bar,
    save,
    say,
    text_of,
)

if TYPE_CHECKING:
    from scribe.corpora.corpus import Corpus

_CORPUS_OUTPUT = click.option("-o", "--output", type=PATH, required=True, help="The corpus to write, .npz.")


@corpus_app.command("fonts", epilog="Example: scribe corpus fonts -o fonts.npz --lines 2000")
@_CORPUS_OUTPUT
@click.option("--lines", type=click.IntRange(0), default=2000, show_default=True, help="How many lines.")
@click.option("--words", type=click.IntRange(0), default=0, show_default=True, help="How many single words on top.")
@click.option("--writers", type=click.IntRange(1), help="How many synthetic writers; if not given, one for 20 samples.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same corpus.")
def corpus_fonts(output: Path, lines: int, words: int, writers: int | None, seed: int) -> None:
    """Synthetic handwriting by the single-line fonts that come with scribe."""
    output_ending(output, ("npz",))
    from scribe.corpora import fonts

    _save_corpus(fonts.generate(lines, words=words, seed=seed, writers=writers), output)


@corpus_app.command(
    "canvas",
    epilog="""\b
Examples:
  scribe corpus canvas line1.json line2.json -o mine.npz
  scribe corpus canvas page.json --text page.txt -o mine.npz
""",
)
@click.argument("files", type=PATH, nargs=-1, required=True, metavar="FILE...")
@_CORPUS_OUTPUT
@click.option("--writer", default="me", show_default=True, help="A label for the person who wrote them.")
@click.option("--text", help="What the ink of one FILE says, line by line; or a .txt file. [default: what it says]")
def corpus_canvas(files: Sequence[Path], output: Path, writer: str, text: str | None) -> None:
    """Your own handwriting, to fine-tune with.

    Each FILE is a drawing (.json, .inkml and others), as the book's pages save it: a line, or a page, which is cut into
    lines. It must say what is written in it.
    """
    output_ending(output, ("npz",))
    if text is not None and len(files) != 1:
        raise UsageError("--text says what one drawing says; give one file")
    from scribe.corpora.drawn import corpus_of_lines

    lines = [line for path in files for line in drawn_lines(path, None if text is None else text_of(text))]
    _save_corpus(corpus_of_lines(lines, writer=writer), output)


@corpus_app.command(
    "unipen",
    epilog="""\b
Examples:
  scribe corpus unipen -o unipen.npz
  scribe corpus unipen unipen-CDROM-train_r01_v07.tgz -o unipen.npz
""",
)
@click.argument("archive", type=PATH, required=False)
@_CORPUS_OUTPUT
def corpus_unipen(archive: Path | None, output: Path) -> None:
    """Real handwriting by more than 500 people: UNIPEN.

    ARCHIVE is that of UNIPEN train_r01_v07 (CC BY 4.0). Without it, it is downloaded.
    """
    output_ending(output, ("npz",))
    from scribe.cores import cores
    from scribe.corpora import unipen, unipen_archive

    with progress_bar() as progress:
        if archive is None:
            archive = unipen_archive.download(progress=progress)
        corpus = unipen.read_unipen(archive, processes=cores(), progress=progress)
    _save_corpus(corpus, output)


@corpus_app.command("iam", epilog="Example: scribe corpus iam lineStrokes-all.tar.gz ascii-all.tar.gz -o iam.npz")
@click.argument("strokes", type=PATH)
@click.argument("texts", type=PATH)
@_CORPUS_OUTPUT
@click.option("--originals", type=PATH, help="original-xml-all.tar.gz, which tells who wrote what.")
def corpus_iam(strokes: Path, texts: Path, output: Path, originals: Path | None) -> None:
    """Your own copy of IAM-OnDB.

    STROKES is lineStrokes-all.tar.gz and TEXTS is ascii-all.tar.gz, or the folders they were unpacked to. One must
    register for them, and may not pass them on.
    """
    output_ending(output, ("npz",))
    from scribe.corpora.iam import read_iam

    _save_corpus(read_iam(strokes, texts, originals), output)


@corpus_app.command("proofread", epilog="Example: scribe corpus proofread unipen.npz -o legible.npz")
@click.argument("corpus", type=PATH)
@_CORPUS_OUTPUT
@click.option("--reader", default="reader", show_default=True, help="Name of weights that come with scribe, or a file.")
@click.option("--worst", type=FiniteRange(0, 1), default=0.35, show_default=True, help="Share of characters misread.")
@click.option("--strict", is_flag=True, help="Leave out what is not read well, too: signs count, none is forgiven.")
def corpus_proofread(corpus: Path, output: Path, reader: str, worst: float, strict: bool) -> None:
    """Leave out of CORPUS what a reader cannot read.

    Scribble and wrong labels teach nobody to write. Held-out writers stay as they are. What has a rare character stays,
    and one error is forgiven; with --strict neither, for a network that is to write neatly.
    """
    output_ending(output, ("npz",))
    from scribe.corpora.corpus import Corpus
    from scribe.proofread import proofread_corpus
    from scribe.reader import Reader

    with progress_bar() as progress:
        rest = proofread_corpus(Corpus.load(corpus), Reader.load(reader), worst, strict=strict, progress=progress)
    _save_corpus(rest, output)


@corpus_app.command("compose", epilog="Example: scribe corpus compose legible.npz -o composed.npz --samples 20000")
@click.argument("corpus", type=PATH)
@_CORPUS_OUTPUT
@click.option("--samples", type=click.IntRange(1), default=20_000, show_default=True, help="How many lines and words.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same corpus.")
@click.option("--weights", default="default", show_default=True, help="Weights that write: a name, or a file.")
@click.option("--reader", default="reader", show_default=True, help="Weights that read: a name, or a file.")
def corpus_compose(corpus: Path, output: Path, samples: int, seed: int, weights: str, reader: str) -> None:
    """Lines with all letters of Europe, composed of people's ink in CORPUS.

    People's letters get marks; special letters and signs are drawn as that person would draw them; single characters
    are repeated. Each line is one writer's and stays in that writer's split. A writing and a reading network together
    find out where in the ink a letter stands.
    """
    output_ending(output, ("npz",))
    from scribe.composing.composed import ComposeError, compose, told
    from scribe.corpora.corpus import Corpus
    from scribe.reader import Reader
    from scribe.weights import load_weights

    people, window, aligner = Corpus.load(corpus), load_weights(weights), Reader.load(reader)
    with progress_bar() as progress:
        try:
            made = compose(people, samples, window, aligner, seed=seed, progress=progress)
        except ComposeError as error:
            raise UsageError(f"{corpus}: {error}") from error
    _save_corpus(made, output)
    say(told(made))


@corpus_app.command("join", epilog="Example: scribe corpus join legible.npz composed.npz -o all.npz")
@click.argument("corpora", type=PATH, nargs=-1, required=True, metavar="CORPUS...")
@_CORPUS_OUTPUT
def corpus_join(corpora: Sequence[Path], output: Path) -> None:
    """One corpus with all samples of several, to learn from all of them.

    Each writer must be in the same split everywhere. The corpus says how many samples came from which CORPUS, and which
    of them were composed.
    """
    output_ending(output, ("npz",))
    if len(corpora) < 2:
        raise UsageError("give two or more corpora to join")
    from scribe.corpora.corpus import Corpus
    from scribe.corpora.joined import join

    _save_corpus(join([Corpus.load(path) for path in corpora]), output)


@corpus_app.command("info")
@click.argument("corpus", type=PATH)
def corpus_info(corpus: Path) -> None:
    """What a corpus holds, its source and licence, as JSON."""
    from scribe.corpora.corpus import Corpus

    print_json(Corpus.load(corpus).summary())


@corpus_app.command(
    "sheet",
    epilog="""\b
Examples:
  scribe corpus sheet unipen.npz -o lines.png --kind line
  scribe corpus sheet unipen.npz -o one.pdf --writer aga-008 --rows 20
""",
)
@click.argument("corpus", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The picture to write: .png, .svg or .pdf.")
@click.option("--kind", type=click.Choice(["line", "word"]), help="Only lines, or only words.")
@click.option("--writer", help="Only by this writer.")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), help="Only of this split.")
@click.option("--rows", type=click.IntRange(1, 200), default=15, show_default=True, help="Rows of the page.")
@click.option("--columns", type=click.IntRange(1, 20), help="Columns; if not given, 4 for words and 1 for lines.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, other samples.")
def corpus_sheet(
    corpus: Path,
    output: Path,
    kind: str | None,
    writer: str | None,
    split: str | None,
    rows: int,
    columns: int | None,
    seed: int,
) -> None:
    """Draw random samples under their labels, to check one against the other."""
    ending = output_ending(output, ("png", "svg", "pdf"))
    import io

    import numpy as np

    from scribe.corpora.corpus import Corpus
    from scribe.draw import sheet_figure

    chosen = Corpus.load(corpus)
    if kind is not None:
        chosen = chosen.of_kind(kind)
    if split is not None:
        chosen = chosen.split(split)
    if writer is not None:
        names = list(chosen.writer_splits)
        if writer not in names:
            raise UsageError(f"no sample is by {writer!r}; there are {len(names)} writers: {', '.join(names[:5])}, ...")
        chosen = chosen.subset(chosen.writers == names.index(writer))
    if not len(chosen):
        raise UsageError("the corpus holds no such samples")
    columns = columns or (4 if kind == "word" else 1)
    numbers = np.random.default_rng(seed).permutation(len(chosen))[: rows * columns]
    file = io.BytesIO()
    figure = sheet_figure([chosen[int(i)] for i in numbers], columns=columns)
    figure.savefig(file, format=ending, dpi=120)
    save(output, file.getvalue())
    say(f"{output}: {len(numbers)} of {len(chosen)} samples")


def _save_corpus(corpus: Corpus, path: Path) -> None:
    corpus.save(path)
    held = corpus.summary()
    say(f"{path}: {held['lines']} lines and {held['words']} words by {held['writers']} writers")
