"""Made-up archives in the format of IAM-OnDB, for those who do not have the database, and for tests.

IAM-OnDB may not be passed on. These files look like it - folders, names, XML, times, texts - and the ink in them is
synthetic, by the fonts of :mod:`scribe.corpora.fonts`. They say nothing about anybody's handwriting.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scribe.corpora import fonts
from scribe.corpora.corpus import Sample
from scribe.ink import Ink

__all__ = ["archive", "make_iam_like", "original_of", "text_of", "xml_of"]

UNIT = 55
"""Device units in a body height."""

RATE = 1 / 50
"""Seconds from point to point."""


def make_iam_like(
    folder: str | os.PathLike[str], *, forms: int = 20, lines: int = 6, seed: int = 0
) -> tuple[Path, Path, Path]:
    """The three archives of a small database that never was.

    Args:
        folder: gets ``lineStrokes-all.tar.gz``, ``ascii-all.tar.gz`` and ``original-xml-all.tar.gz``.
        forms: how many; each is by a synthetic writer of its own.
        lines: of each form.

    Returns:
        Their paths, in the order in which :func:`scribe.corpora.iam.read_iam` wants them.
    """
    corpus = fonts.generate(forms * lines, seed=seed, writers=forms, points_per_character=26)
    by_writer: dict[str, list[Sample]] = {}
    for sample in corpus:
        by_writer.setdefault(sample.writer, []).append(sample)
    strokes, texts, originals = {}, {}, {}
    for number, samples in enumerate(by_writer.values()):
        form = f"a{number // 100 + 1:02d}-{number % 100:03d}"
        place = f"{form[:3]}/{form}"
        for count, sample in enumerate(samples, 1):
            strokes[f"lineStrokes/{place}/{form}u-{count:02d}.xml"] = xml_of(sample.ink)
        texts[f"ascii/{place}/{form}u.txt"] = text_of([sample.text for sample in samples])
        originals[f"original/{place}/strokesu.xml"] = original_of(str(10_001 + number))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return (
        archive(folder / "lineStrokes-all.tar.gz", strokes),
        archive(folder / "ascii-all.tar.gz", texts),
        archive(folder / "original-xml-all.tar.gz", originals),
    )


def xml_of(ink: Ink, start: float = 769.05, glitch: Callable[[list[Any]], list[Any]] | None = None) -> bytes:
    """A file as the whiteboard wrote it: y down, whole numbers, seconds with two decimals.

    Args:
        glitch: changes the points of each stroke, ``[[x, y], ...]``, before they are written.
    """
    rows = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        "<WhiteboardCaptureSession>",
        "  <WhiteboardDescription>",
        '    <SensorLocation corner="top_left"/>',
        '    <DiagonallyOppositeCoords x="6512" y="1376"/>',
        '    <VerticallyOppositeCoords x="966" y="1376"/>',
        '    <HorizontallyOppositeCoords x="6512" y="787"/>',
        "  </WhiteboardDescription>",
        "  <StrokeSet>",
    ]
    time = start
    for stroke in ink.strokes:
        points = np.round(stroke * (UNIT, -UNIT) + (1073, 1300)).astype(int).tolist()
        if glitch is not None:
            points = glitch(points)
        times = [time + i * RATE for i in range(len(points))]
        rows.append(f'    <Stroke colour="black" start_time="{times[0]:.2f}" end_time="{times[-1]:.2f}">')
        rows += [f'      <Point x="{x}" y="{y}" time="{t:.2f}"/>' for (x, y), t in zip(points, times, strict=True)]
        rows.append("    </Stroke>")
        time = times[-1] + 0.3
    rows += ["  </StrokeSet>", "</WhiteboardCaptureSession>", ""]
    return "\n".join(rows).encode("latin-1")


def text_of(lines: Sequence[str]) -> bytes:
    """What a form says, in the layout of the database."""
    return "\n".join(["OCR:", "", "something else that", "was printed", "", "CSR:", "", *lines, ""]).encode("latin-1")


def original_of(writer: str) -> bytes:
    """A session's file, as far as it tells who wrote."""
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n  <General>\n'
        f'    <Form formNumber="1" writerID="{writer}"/>\n  </General>\n  <StrokeSet/>\n</WhiteboardCaptureSession>\n'
    ).encode("latin-1")


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """A ``.tar.gz`` of files by name."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return path
