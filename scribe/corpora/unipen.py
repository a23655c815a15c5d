"""UNIPEN train_r01_v07: real handwriting by some 400 people, from its archive of 1999."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scribe.corpora.corpus import Corpus, Sample, split_of
from scribe.corpora.normalise import body_band, rounded_offsets, slope, turned, without_repeats
from scribe.corpora.unipen_format import parse_data_file, read_components, segment_strokes
from scribe.ink import Ink, resample_stroke

NOT_FOR_LINES = frozenset({"atu", "att", "ced", "apb"})
NOT_FOR_WORDS = frozenset({"att", "rim", "ced"})
LINE_BY_LINE = frozenset({"apc", "apd", "ape"})
MAX_CHARACTERS = 100


class UnipenError(ValueError):
    pass


@dataclass
class Piece:
    kind: str
    text: str
    strokes: list
    source: str
    person: str
    raw: list | None = None


def read_folder(path):
    root = Path(path)
    data, include = {}, {}
    for p in sorted(root.glob("data/[678]/*/**/*")):
        if p.is_file():
            data[str(p.relative_to(root / "data"))] = p.read_bytes()
    return data, root / "include"


class Lazy(dict):
    def __init__(self, root):
        self.root = root

    def __contains__(self, n):
        return (self.root / n).is_file()

    def __missing__(self, n):
        v = (self.root / n).read_bytes()
        return v


def clean_label(label: str, source: str) -> str | None:
    text = " ".join(label.split())
    if source == "kai":
        text = text.replace("@", "")
    if not text or not all(" " <= c <= "~" for c in text):
        return None
    if re.search(r"(?:^| )\d \d(?: |$)", text):
        return None
    text = re.sub(r" ([.,;:!?)])(?= |$)", r"\1", text)
    text = re.sub(r"(?:(?<= )|^)([(]) (?=\S)", r"\1", text)
    return text


def several_lines(strokes, height) -> bool:
    """a jump to the left and down that the pen does not come back from"""
    left = np.array([s[:, 0].min() for s in strokes])
    middle = np.array([np.median(s[:, 1]) for s in strokes])
    right = np.maximum.accumulate([s[:, 0].max() for s in strokes])
    for i in range(1, len(strokes)):
        if right[i - 1] - left[i] > 4 * height and np.median(middle[i:]) < np.median(middle[:i]) - 1.5 * height:
            return True
    return False


def source_pieces(source, data, include, dropped):
    cache_key, components = None, None
    seen = set()
    groups = defaultdict(list)
    for name, content in data.items():
        d = parse_data_file(content)
        if d.segments:
            groups[d.includes].append((name, d.segments))
    for includes, files in groups.items():
        try:
            components = read_components(includes, include)
        except ValueError:
            dropped["missing include"] += sum(len(s) for _, s in files)
            continue
        words = []
        lines = []
        for name, segments in files:
            for seg in segments:
                key = (seg.level == "TEXT" and " " in seg.label.strip(), seg.spans)
                if key in seen:
                    continue
                if seg.level not in ("TEXT", "WORD"):
                    continue
                kind = "line" if seg.level == "TEXT" and " " in seg.label.strip() else "word"
                if (kind, seg.spans, includes) in seen:
                    continue
                seen.add((kind, seg.spans, includes))
                if (
                    (kind == "line" and source in NOT_FOR_LINES)
                    or (kind == "word" and source in NOT_FOR_WORDS)
                    or source == "atu"
                ):
                    dropped["source " + source + " " + kind] += 1
                    continue
                if seg.quality == "BAD":
                    dropped["bad"] += 1
                    continue
                text = clean_label(seg.label, source)
                if text is None:
                    dropped["label"] += 1
                    continue
                if kind == "word" and (" " in text or not any(c.isalnum() for c in text)):
                    dropped["word without letters"] += 1
                    continue
                try:
                    strokes = [without_repeats(s) for s in segment_strokes(seg, components)]
                except ValueError as e:
                    dropped[str(e)[:30]] += 1
                    continue
                if not strokes:
                    dropped["no ink"] += 1
                    continue
                writer = components[seg.spans[0][0][0]].writer or name.split("/")[-1]
                piece = Piece(kind, text, strokes, source, writer)
                ys = np.concatenate(strokes)[:, 1]
                if ys.max() - ys.min() < 12 and any(c.isalnum() for c in text):
                    dropped["low"] += 1
                    continue
                (words if kind == "word" else lines).append((seg, piece))
        yield from (p for _, p in words)
        if source in LINE_BY_LINE:
            yield from rebuilt(words)
        else:
            yield from (p for _, p in lines)


def rebuilt(words):
    row = []
    words = sorted(words, key=lambda w: w[0].spans[0][0][0])

    def flush():
        if len(row) > 1:
            yield Piece(
                "line", " ".join(p.text for p in row), [s for p in row for s in p.strokes], row[0].source, row[0].person
            )

    def left(p):
        return min(s[:, 0].min() for s in p.strokes)

    def right(p):
        return max(s[:, 0].max() for s in p.strokes)

    for _, p in words:
        if row:
            h = np.median([np.ptp(np.concatenate(q.strokes)[:, 1]) for q in row])
            y0, y1 = (np.median(np.concatenate(q.strokes)[:, 1]) for q in (row[-1], p))
            if not (left(p) > right(row[-1]) - 0.3 * h and abs(y1 - y0) < 1.0 * h and left(p) - right(row[-1]) < 3 * h):
                yield from flush()
                row = []
        row.append(p)
    yield from flush()


def cut(piece, height):
    if len(piece.text) <= MAX_CHARACTERS:
        return [piece]
    words = piece.text.split(" ")
    # gaps between ink, biggest first
    boxes = sorted((s[:, 0].min(), s[:, 0].max(), i) for i, s in enumerate(piece.strokes))
    right = -np.inf
    gaps = []
    for lo, hi, i in boxes:
        if right > -np.inf and lo > right:
            gaps.append((lo - right, (lo + right) / 2))
        right = max(right, hi)
    gaps.sort(reverse=True)
    n = len(words) - 1
    if len(gaps) < n:
        return []
    if len(gaps) > n and gaps[n - 1][0] < 1.4 * gaps[n][0]:
        return []
    places = sorted(x for _, x in gaps[:n])
    parts = -(-len(piece.text) // (MAX_CHARACTERS - 20))
    want = [len(piece.text) * k / parts for k in range(1, parts)]
    ends = np.cumsum([len(w) + 1 for w in words])[:-1]
    at = sorted({int(np.argmin(np.abs(ends - w))) for w in want})
    out = []
    edges = [-np.inf, *(places[a] for a in at), np.inf]
    wedges = [0, *(a + 1 for a in at), len(words)]
    for k in range(len(edges) - 1):
        strokes = [s for s in piece.strokes if edges[k] < s[:, 0].mean() <= edges[k + 1]]
        if not strokes:
            return []
        out.append(replace(piece, text=" ".join(words[wedges[k] : wedges[k + 1]]), strokes=strokes))
    return out


def _person(source, raw):
    raw = raw.lower()
    if source in ("cea", "ceb", "cec"):
        return "cedar"
    if source.startswith("ap"):
        raw = re.sub(r"^text|split$", "", raw)
        return "apple " + re.sub(r"[^a-z]", "", raw)
    if source in ("sta", "hpb", "hpp"):
        return "hp " + re.sub(r"^hpb\d-", "", raw)
    if source in ("bba", "bbb", "bbc", "bbd"):
        return "bbn " + raw
    if source in ("ced", "cee"):
        return "ced " + raw
    return source + " " + raw


def read_unipen(path, points_per_character=15.0, progress=print):
    data, include_root = read_folder(path)
    sources = defaultdict(dict)
    for name, content in data.items():
        sources[name.split("/")[1]][name] = content
    dropped = Counter()
    samples = []
    kept = Counter()
    for source in sorted(sources):
        pieces = list(source_pieces(source, sources[source], Lazy(include_root), dropped))
        by_writer = defaultdict(list)
        for p in pieces:
            by_writer[p.person].append(p)
        for number, (raw, own) in enumerate(sorted(by_writer.items()), 1):
            writer = f"{source}-{number:03d}"
            new = list(writer_samples(own, writer, _person(source, raw), points_per_character, dropped))
            samples += new
            kept.update((source, s.kind) for s in new)
        progress(source, len(pieces), kept[source, "line"], kept[source, "word"])
    return Corpus.from_samples(
        samples,
        {
            "name": "UNIPEN train_r01_v07",
            "licence": "CC BY 4.0",
            "attribution": 'I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet, "UNIPEN project of on-line data exchange and'
            ' recognizer benchmarks", ICPR 1994, doi 10.1109/ICPR.1994.576870',
            "source": "https://doi.org/10.5281/zenodo.1195803",
            "synthetic": False,
            "points_per_character": points_per_character,
            "dropped": dict(dropped),
        },
    )


def writer_samples(pieces, writer, person, points_per_character, dropped):
    bands = []
    flat = []
    for p in pieces:
        p.raw = p.strokes
        if p.kind == "line" and len(p.text) >= 8:
            rise = slope(p.strokes)
            if abs(rise) < 0.35:
                p.strokes = turned(p.strokes, rise)
        band = body_band(p.strokes, p.text)
        letters = sum(c.islower() for c in p.text)
        bands.append((band, letters))
    known = [(b[1] - b[0], n) for b, n in bands if n >= 3 and b[1] > b[0]]
    if not known:
        dropped["no scale"] += len(pieces)
        return
    typical = float(np.exp(np.median(np.log([h for h, _ in known]))))
    good = []
    for p, (band, n) in zip(pieces, bands):
        h = band[1] - band[0]
        if h <= 0:
            h, n = typical, 0
        h = float(np.exp((n * np.log(h) + 8 * np.log(typical)) / (n + 8)))
        if p.kind == "line" and several_lines(p.raw, typical):
            dropped["several lines"] += 1
            continue
        parts = cut(p, h) if p.kind == "line" else [p]
        if not parts:
            dropped["too long to cut"] += 1
        for q in parts:
            good.append((q, band[0], h, np.ptp(np.concatenate(q.strokes)[:, 0]) / h / len(q.text)))
    lines = [w for q, _, _, w in good if q.kind == "line"]
    words = [w for q, _, _, w in good if q.kind == "word" and len(q.text) > 2]
    medians = {"line": np.median(lines) if lines else 1, "word": np.median(words) if words else 1}
    final = []
    for q, base, h, w in good:
        if (q.kind == "line" or len(q.text) > 2) and not 0.45 < w / medians[q.kind] < 2.2:
            dropped["width " + q.kind] += 1
            continue
        final.append((q, base, h))
    if not final:
        return
    points = sum(len(s) for q, _, _ in final for s in q.strokes)
    characters = sum(len(q.text) - q.text.count(" ") for q, _, _ in final)
    factor = points_per_character * characters / points
    split = "train" if person == "cedar" else split_of("unipen " + person)
    for q, base, h in final:
        strokes = [resample_stroke(s, factor, 0.5 / factor if factor < 1 else 0.0) for s in q.strokes]
        left = strokes[0][0, 0]
        strokes = [(s - (left, base)) / h for s in strokes]
        offsets = rounded_offsets(strokes)
        if np.abs(offsets).max() > 60:
            dropped["far jump"] += 1
            continue
        yield Sample(Ink(offsets), q.text, writer, q.kind, split)
