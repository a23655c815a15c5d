"""The studio: what reads, lays out and draws letters in the page does what the package does, in a real browser."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import zlib
from dataclasses import replace
from importlib import resources
from unittest import mock

import browser
import numpy as np
import pytest
from random_reader import random_reader
from random_weights import random_weights
from test_web import Noise

from scribe.corpora import fonts
from scribe.counting import miscounted, runs
from scribe.draw.svg import page_to_svg
from scribe.drawing.normalise import expected_width
from scribe.ink import Ink, bezier
from scribe.layout import Page, Row, Sheet, SheetError, paragraphs_of, wrap
from scribe.layout.sheet import straightened
from scribe.page import export as web
from scribe.page import light
from scribe.proofread import part_ends
from scribe.reader import Reader
from scribe.reading.ctc import log_probability, most_probable_path
from scribe.reading.edits import errors
from scribe.repeats import STROKES
from scribe.writer import Writer

PAGE = resources.files("scribe") / "page"
LETTER = "Dear you,\n\nthank you for the plums. The garden is quiet now.\n\nYours, me"


@pytest.fixture(scope="module")
def chromium():
    with browser.start() as one:
        yield one


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with a page that holds a studio, and what it loads; its network scribbles, and so it reads badly."""
    folder = tmp_path_factory.mktemp("studio")
    weights = random_weights(condition=24)
    data = {
        "scribe-weights-random.js": web.web_weights(weights, name="random"),
        "scribe-weights-anyone.js": web.web_weights("anyone"),
        "scribe-pictures-random.js": light.pictures_script({"random": web.hand_pictures(weights)}),
        "scribe-reader-text.js": web.web_reader(),
    }
    bodies = {name: f'<scribe-studio weights="{name}" seed="3"></scribe-studio>' for name in ("random", "anyone")}
    browser.pages(folder, web.STUDIO, bodies, data)
    (folder / "blank.html").write_text('<!DOCTYPE html><meta charset="utf-8"><title>Blank</title>', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def bench(chromium, site):
    """A page with the bare functions, to compute with."""
    with chromium.page() as page:
        page.open((site / "blank.html").as_uri())
        for name in (*web.LOADED, *web.LETTERS):
            page.run((PAGE / name).read_text(encoding="utf-8") + "; 0")
        page.run("window.ink = scribeInk(), window.sheets = scribeSheet(ink), window.network = scribeNetwork(); 0")
        yield page


def flat(ink: Ink) -> str:
    return json.dumps(ink.offsets.ravel().tolist())


# --- reading ----------------------------------------------------------------------------------------------------


def test_the_page_reads_as_the_package_does(bench):
    """Both compute with the whole numbers that the page has of the weights."""
    reader = random_reader(units=7, layers=2)
    script = web.web_reader(Reader(reader))
    bench.run(script + "; window.reader = new (scribeReading(network).Reader)(scribeReaders.text); 0")
    whole = bench.run("Object.fromEntries(Object.entries(reader.arrays).map(([k, v]) => [k, [...v]]))")
    arrays = {name: np.float32(whole[name]).reshape(array.shape) for name, array in reader.arrays.items()}
    assert any((arrays[name] != array).any() for name, array in reader.arrays.items())
    same = Reader(replace(reader, arrays=arrays))
    for seed, text in enumerate(("You know nothing", "minimum", "it ends...")):
        ink = fonts.write_ink(text, "print-2", seed=seed)
        (expected,) = same.log_probabilities([ink])
        found = bench.run(f"reader.logProbabilities(Float32Array.from({flat(ink)})).map((row) => [...row])")
        np.testing.assert_allclose(found, expected, atol=2e-5)
        assert bench.run(f"reader.read(Float32Array.from({flat(ink)}))") == same.read(ink)
        judged = bench.run(f"reader.judge(Float32Array.from({flat(ink)}), {json.dumps(text)})")
        assert judged["errors"] == errors(same.read(ink), text)
        assert judged["logProbability"] == pytest.approx(same.log_probability(ink, text) / len(text), abs=1e-4)
    with pytest.raises(browser.BrowserError, match="does not know"):
        bench.run(f"reader.judge(Float32Array.from({flat(ink)}), '\u6f22')")


@pytest.mark.parametrize("seed", range(8))
def test_texts_from_probabilities(bench, seed):
    rng = np.random.default_rng(seed)
    rows, codes = rng.normal(size=(int(rng.integers(1, 9)), 4)), rng.integers(0, 3, int(rng.integers(0, 4)))
    rows -= np.log(np.exp(rows).sum(axis=1, keepdims=True))
    found = bench.run(f"scribeReading(network).logProbability({json.dumps(rows.tolist())}, {codes.tolist()}) ?? 'no'")
    expected = log_probability(rows, codes)
    assert found == (pytest.approx(expected) if np.isfinite(expected) else "no")
    path = bench.run(f"scribeReading(network).mostProbablePath({json.dumps(rows.tolist())})")
    assert path == most_probable_path(rows).tolist()


def test_the_shipped_reader_reads_in_the_page(bench):
    """It reads what it reads in the package, at whole numbers: the same texts of 12 lines."""
    bench.run(web.web_reader() + "; window.shipped = new (scribeReading(network).Reader)(scribeReaders.text); 0")
    texts = ["thank you for the plums", "You know nothing", "minimum", "The quick brown fox"]
    inks = [fonts.write_ink(text, style, seed=1) for text in texts for style in ("print-1", "print-2", "cursive-3")]
    found = [bench.run(f"shipped.read(Float32Array.from({flat(ink)}))") for ink in inks]
    expected = Reader.load().read_many(inks)
    assert sum(errors(a, b) for a, b in zip(found, expected, strict=True)) <= 2


# --- proofreading -----------------------------------------------------------------------------------------------


def test_parts_end_where_words_do(bench):
    for text in (
        "a bc def ghij klm n",
        "word",
        "so it goes on and on ",
        "one  two",
        "a b c d e f",
        "caf\u00e9 au lait",
    ):
        assert bench.run(f"scribeProofread(network).partEnds({json.dumps(text)})") == part_ends(text)


def test_a_line_goes_on_from_a_part_as_in_the_package(bench):
    """Two parts with noise of their own: the points of both, and where the first one stops."""
    weights = random_weights(window=3, seed=5)
    writer = Writer(weights)
    text, goals = "the hat on the mat", (7, 18)
    (draft,), noises = writer.begin([text], bias=0.4, max_points=400), []
    drafts = []
    for goal in goals:
        noise = Noise(goal)
        with mock.patch("scribe.session.default_rng", return_value=noise):
            (draft,) = writer.extend([draft], [goal], [0])
        noises.append(noise.rows.tolist())
        drafts.append(draft)
        if draft.stop_reason:
            break
    assert len(drafts) == 2, "the first part must end where there is more to write"
    bench.run(web.web_weights(weights, numbers="float32", name="parts", styles={}) + "; 0")
    found = bench.run(
        f"""(() => {{
          const writer = new network.Writer(network.decode(scribeWeights.parts)), noises = {json.dumps(noises)};
          const line = writer.line({{text: {json.dumps(text)}, bias: 0.4, maxPoints: 400}}), points = [], reasons = [];
          let draft = line.draft();
          for (const [part, goal] of {list(goals)}.entries()) {{
            let t = 0;
            line.resume(draft, goal, () => noises[part][t++]);
            while (line.step()) points.push([line.point.dx, line.point.dy, line.point.up]);
            reasons.push([line.reason, points.length]);
            draft = line.draft();
          }}
          return {{points, reasons}};
        }})()"""
    )
    assert found["reasons"] == [["part", len(drafts[0].points)], [drafts[1].stop_reason, len(drafts[1].points)]]
    np.testing.assert_allclose(found["points"], drafts[1].points, atol=1e-4)


def test_of_many_tries_the_one_that_reads_best_is_kept(bench):
    """A reader that likes narrow ink: with candidates the line is narrower; a part is judged with the one before."""
    bench.run(web.web_weights(random_weights(), name="parts", styles={}) + "; 0")
    found = bench.run(
        """(() => {
          const writer = new network.Writer(network.decode(scribeWeights.parts)), judged = [];
          const width = (offsets) => offsets.reduce((sum, v, i) => sum + (i % 3 ? 0 : v), 0);
          const reader = {judge: (offsets, text) => {
            judged.push(text);
            return {errors: 0, logProbability: -width([...offsets]), text};
          }};
          const run = (candidates) => {
            const steps = scribeProofread(network).write(
              writer, reader, {text: "some more words", seed: 1, bias: 0.5}, candidates);
            for (;;) { const {value, done} = steps.next(); if (done) return width([...value.offsets]); }
          };
          return {once: run(1), many: run(6), again: run(6), judged};
        })()"""
    )
    assert found["many"] == found["again"]
    assert found["many"] < found["once"]
    parts = [["some"] * 6, ["some more"] * 6, ["more words"] * 6, ["some more words"]]
    assert found["judged"][:19] == [text for part in parts for text in part]


RUNS = ["so ... it's '' over!!", "......", "a -- b", "wait\u2026\u2026", "no runs", "!!! hm...", "=- = -="]


def test_repeats_are_counted_as_in_the_package(bench):
    """Points whose places and lifts are drawn at random: as many strokes are wrong, in all of the text and in parts."""
    rng = np.random.default_rng(0)
    (begun,) = Writer(random_weights()).begin(["x"])
    cases, expected = [], []
    for number in range(60):
        text = RUNS[number % len(RUNS)]
        count = int(rng.integers(1, 40))
        places = np.sort(rng.integers(0, len(text) + 1, count))
        points = np.column_stack([rng.normal(size=(count, 2)), rng.random(count) < 0.5]).astype(np.float32)
        first, last = sorted(int(place) for place in rng.integers(0, len(text) + 1, 2))
        if number < 20:
            first, last = 0, len(text)
        draft = replace(begun, text=text, points=points, places=places.astype(np.int32))
        expected.append(miscounted(draft, first, last))
        cases.append([text, np.column_stack([points, places]).tolist(), first, last])
    assert len(set(expected)) > 3
    assert bench.run(f"{json.dumps(cases)}.map((one) => scribeProofread(network).miscounted(...one))") == expected
    for text in RUNS:
        counted = [[one.start, one.stop, one.strokes] for one in runs(text) if one.strokes is not None]
        found = bench.run(f"scribeProofread(network).runs({json.dumps(text)})")
        assert [[one["start"], one["stop"], one["strokes"]] for one in found] == counted
    for sign, strokes in STROKES.items():
        assert bench.run(f"scribeProofread(network).runs({json.dumps(2 * sign)})[0].strokes") == 2 * strokes


def test_a_part_whose_strokes_are_wrong_is_written_again_without_a_reader(bench):
    """The weights of chance don't know how many dots are wanted: of many tries the one that's nearest is kept."""
    bench.run(web.web_weights(random_weights(), name="parts", styles={}) + "; 0")
    found = bench.run(
        """(() => {
          const writer = new network.Writer(network.decode(scribeWeights.parts));
          const proofreading = scribeProofread(network);
          let made = 0;
          const counting = {
            line: (options) => {
              const line = writer.line(options), resume = line.resume.bind(line);
              line.resume = (...given) => { made++; resume(...given); };
              return line;
            },
            weights: writer.weights,
          };
          return ["some words", "some ....", "some more"].map((text) => {
            made = 0;
            const steps = proofreading.write(counting, null, {text, seed: 1, bias: 0.5});
            for (;;) {
              const {value, done} = steps.next();
              if (done) return [made, value.reading];
            }
          });
        })()"""
    )
    assert found[0] == found[2] == [0, None]
    assert found[1][0] in (1 + 8, 1 + 16, 1 + 24, 1 + 32)


# --- the sheet --------------------------------------------------------------------------------------------------

TEXTS = [
    "one\n\ntwo three\n four ",
    "\n\n a  b\tc \n\n\n d\f\fe\n",
    "",
    "a line that goes on and on and on\nand its end\nshort\nanother line that is long enough\n\nlast",
    "a\r\nb\rc\u2028d",
]


@pytest.mark.parametrize("reflow", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_paragraphs(bench, text, reflow):
    found = bench.run(f"sheets.paragraphsOf({json.dumps(text)}, {json.dumps(reflow)})")
    assert [(one["text"], one["first"], one["breaks"]) for one in found] == paragraphs_of(text, reflow)


def test_lines_are_cut_by_width(bench):
    text = "the quick brown fox jumps over a well-known lazy dog; Donaudampfschifffahrtsgesellschaft!"
    for width, first in ((12, 5), (20.5, 20.5), (60, 33)):
        found = bench.run(f"ink.wrap({json.dumps(text)}, {width}, ink.expectedWidth, {first})")
        assert found == wrap(text, width, expected_width, first)


SHEETS = [
    {},
    {"ruling": "ruled", "x_height": 3.0, "margins": (10.0, 20.0, 30.0, 40.0)},
    {"ruling": "squared", "width": 105.0, "height": 148.0, "x_height": 2.0},
    {"align": "right", "indent": 12.0},
    {"align": "centre", "loose": True, "x_height": 4.0},
    {"loose": True},
]


def options_of(sheet: dict) -> str:
    names = {"x_height": "xHeight"}
    given = {names.get(k, k): v for k, v in sheet.items() if k not in ("width", "height")}
    return json.dumps({"page": [sheet.get("width", 210.0), sheet.get("height", 297.0)], **given})


def points(strokes) -> np.ndarray:
    return np.concatenate([np.asarray(stroke) for stroke in strokes])


@pytest.mark.parametrize("options", SHEETS)
def test_rows_lie_on_the_sheet_where_the_package_puts_them(bench, options):
    sheet = Sheet(**options)
    texts = ["Dear you,", "", "thank you for the plums and for all that you sent", "well - so", "---", ""]
    texts += [f"line {n}" for n in range(30)]
    rows = []
    for n, text in enumerate(texts):
        ink = fonts.write_ink(text, "print-2", seed=n) if text else Ink(np.zeros((0, 3), np.float32))
        rows.append(Row(ink, text, n % 3 == 0, n == 5))
    given = [
        {"strokes": [s.tolist() for s in row.ink.strokes], "text": row.text, "first": row.first, "breaks": row.breaks}
        for row in rows
    ]
    found = bench.run(
        f"""(() => {{
          const sheet = new sheets.Sheet({options_of(options)}), pages = new sheets.Pages(sheet);
          for (const row of {json.dumps(given)}) pages.add(row);
          return {{pages: pages.pages, baselines: sheet.baselines, rules: sheet.rules,
                   rooms: [sheet.room(true), sheet.room(false)]}};
        }})()"""
    )
    np.testing.assert_allclose(found["baselines"], sheet.baselines)
    assert len(found["rules"]) == len(sheet.rules)
    if sheet.rules:
        np.testing.assert_allclose(found["rules"], sheet.rules)
    assert found["rooms"] == [sheet.room(True), sheet.room(False)]
    pages = sheet.pages(rows)
    assert len(found["pages"]) == len(pages) > 1
    for mine, theirs in zip(pages, found["pages"], strict=True):
        assert len(mine.strokes) == len(theirs["strokes"])
        np.testing.assert_allclose(points(theirs["strokes"]), points(mine.strokes), atol=1e-6)
        assert theirs["text"].strip("\n") == mine.text


@pytest.mark.parametrize(
    "options",
    [
        {"width": 10.0, "height": 30.0},
        {"x_height": 0.0},
        {"margins": (0.0, 100.0, 0.0, 100.0)},
        {"margins": (294.0, 0.0, 0.0, 0.0)},
        {"ruling": "dotted"},
        {"align": "justified"},
        {"indent": -1.0},
    ],
)
def test_a_sheet_that_cannot_be_is_refused_as_in_the_package(bench, options):
    with pytest.raises(SheetError):
        Sheet(**options)
    said = bench.run(
        f"""(() => {{ try {{ new sheets.Sheet({options_of(options)}); return ""; }}
          catch (error) {{ return (error instanceof sheets.SheetError) + error.message; }} }})()"""
    )
    assert said.startswith("true")


def test_lines_fit_and_no_word_is_lost(bench):
    """Ink as wide as its text, but for a hand that is twice as wide as expected and now and then wider still."""
    text = " ".join(f"word{n} and" for n in range(60))
    result = bench.run(
        f"""(async () => {{
          const rows = [], sheet = new sheets.Sheet({{page: [210, 297]}});
          let calls = 0;
          const write = async (said) => {{
            const wide = ink.expectedWidth(said) * (calls++ % 4 ? 2 : 2.3);
            return [[[0, 0], [wide / 2, 1], [wide, 0]]];
          }};
          const paragraphs = sheets.paragraphsOf("short\\n\\n" + {json.dumps(text)});
          await sheets.setText(paragraphs, sheet, write, (row) => rows.push(row));
          return {{rows: rows.map(({{text, strokes}}) => [text, strokes.length ? strokes[0][2][0] : 0]),
                   room: sheet.room(false), calls}};
        }})()"""
    )
    texts = [row[0] for row in result["rows"]]
    assert texts[:2] == ["short", ""]
    assert " ".join(texts[2:]) == text
    widths = [row[1] for row in result["rows"][2:]]
    assert max(widths) <= 1.04 * result["room"]
    assert np.mean(widths[:-1]) > 0.75 * result["room"], "lines are well filled"
    assert result["calls"] < 2 * len(texts)


def test_a_long_line_is_written_in_parts_beside_each_other(bench):
    result = bench.run(
        """(async () => {
          const rows = [], said = [], sheet = new sheets.Sheet({page: [2000, 100], loose: true});
          const write = async (text) => {
            said.push(text);
            return [[[0.5, 0], [0.5 + text.length, 1]]];
          };
          const text = Array(30).fill("words").join(" ");
          await sheets.setText(sheets.paragraphsOf(text), sheet, write, (row) => rows.push(row));
          return {said, rows};
        })()"""
    )
    assert max(map(len, result["said"])) <= 88
    (row,) = result["rows"]
    spans = [(stroke[0][0], stroke[1][0]) for stroke in row["strokes"]]
    assert len(spans) == 3
    assert all(after[0] > before[1] for before, after in itertools.pairwise(spans))


def test_a_level_line(bench):
    ink = fonts.write_ink("You know nothing", "print-2", seed=4)
    turned = [s @ np.array([[1, 0.06], [-0.06, 1]]) + (0, 0.3) for s in ink.strokes]
    for text in ("You know nothing", "--"):
        found = bench.run(f"sheets.straightened({json.dumps([s.tolist() for s in turned])}, {json.dumps(text)})")
        expected = straightened(Ink.from_strokes(turned), text).strokes
        np.testing.assert_allclose(points(found), points(expected), atol=1e-4)


# --- files ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page_of_ink():
    sheet = Sheet(105.0, 148.0, ruling="squared")
    rows = [Row(fonts.write_ink(text, "print-2", seed=2), text) for text in ("Dear <you>", "a dot .", "& more")]
    return sheet.pages(rows)[0]


def as_json(page: Page) -> str:
    strokes, rules = ([one.tolist() for one in some] for some in (page.strokes, page.rules))
    return json.dumps(
        {
            "width": page.width,
            "height": page.height,
            "strokes": strokes,
            "rules": rules,
            "pen": page.pen,
            "text": page.text,
        }
    )


def numbers(path: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d*\.?\d+", path)]


def test_svg_is_that_of_the_package(bench, page_of_ink):
    """The same groups, and curves through the same points; the package writes steps where the page writes places."""
    found = bench.run(f"scribeFiles(ink).toSvg({as_json(page_of_ink)}, {{colour: '#1b2438', title: '<A> & b'}})")
    expected = page_to_svg(page_of_ink, title="<A> & b", description="x")
    assert "<title>&lt;A&gt; &amp; b</title>" in found
    assert "Dear &lt;you&gt;" in found
    for what in (r"<svg [^>]*>", r'<g id="rules"[^>]*>', r'<g id="ink"[^>]*>'):
        assert re.search(what, found)[0] == re.search(what, expected)[0]
    paths = re.findall(r'<path d="(M[^"]*C[^"]*|M[^"]*h[^"]*)"/>', found)
    assert len(paths) == len(page_of_ink.strokes)
    for path, stroke in zip(paths, page_of_ink.strokes, strict=True):
        curve = bezier(stroke)
        wanted = [stroke[:1], *curve[:, 1:]] if len(curve) else [stroke[:1]]
        wanted = (np.concatenate(wanted) * (1, -1) + (0, page_of_ink.height)).ravel()
        np.testing.assert_allclose(numbers(path)[: len(wanted)], wanted, atol=6e-4)


def pdf_of(bench, pages, title="A letter \u2014 \u00e4") -> bytes:
    given = ", ".join(map(as_json, pages))
    return base64.b64decode(
        bench.run(
            f"""scribeFiles(ink).toPdf([{given}], {{colour: '#ff8000', title: {json.dumps(title)}}})
              .then((bytes) => btoa(String.fromCharCode(...bytes)))"""
        )
    )


def test_a_pdf_holds_the_curves_in_millimetres(bench, page_of_ink):
    """Read without a library: every object is where the table says, and the operators draw what is on the page."""
    pdf = pdf_of(bench, [page_of_ink, replace(page_of_ink, width=210.0, rules=())])
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    table = pdf[start:].split(b"trailer")[0].splitlines()
    assert table[0] == b"xref"
    assert table[1] == b"0 8"
    for number, entry in enumerate(table[3:], 1):
        assert len(entry) + 1 == 20
        assert pdf[int(entry[:10]) :].startswith(b"%d 0 obj" % number)
    assert b"feff" + "A letter \u2014 \u00e4".encode("utf-16-be").hex().encode() in pdf
    boxes = [[float(n) / 72 * 25.4 for n in box.split()] for box in re.findall(rb"/MediaBox \[([^\]]*)\]", pdf)]
    np.testing.assert_allclose(boxes, [[0, 0, 105, 148], [0, 0, 210, 148]], atol=0.01)
    streams = re.findall(rb"/Length (\d+) /Filter /FlateDecode >>\nstream\n", pdf)
    assert len(streams) == 2
    at = pdf.index(b"stream\n") + 7
    drawn = zlib.decompress(pdf[at : at + int(streams[0])]).decode().splitlines()
    assert float(drawn[0].split()[0]) == pytest.approx(72 / 25.4, abs=1e-5)
    assert "1 0.502 0 RG 0.325 w 1 J 1 j" in drawn
    begins = np.array([line.split()[:2] for line in drawn if re.fullmatch(r"\S+ \S+ m", line)], float)
    np.testing.assert_allclose(begins, [stroke[0] for stroke in page_of_ink.strokes], atol=6e-4)
    ends = np.array([line.split()[-3:-1] for line in drawn if line.endswith(" c")], float)
    curves = np.concatenate([bezier(stroke)[:, 3] for stroke in page_of_ink.strokes if len(bezier(stroke))])
    np.testing.assert_allclose(ends, curves, atol=6e-4)


def test_a_pdf_looks_as_its_page(bench, page_of_ink):
    """Drawn by another program: ink where the strokes are, and nowhere else."""
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(pdf_of(bench, [replace(page_of_ink, rules=())]))
    scale = 8 * 25.4 / 72  # eight pixels per mm
    pixels = np.asarray(document[0].render(scale=scale).to_pil().convert("L"), float)
    inked = pixels < 250
    for stroke in page_of_ink.strokes:
        for x, y in stroke:
            assert inked[round(8 * (page_of_ink.height - y)), round(8 * x)]
    rows, columns = np.nonzero(inked)
    everything = points(page_of_ink.strokes)
    assert abs(columns.min() / 8 - everything[:, 0].min()) < 0.4
    assert abs(columns.max() / 8 - everything[:, 0].max()) < 0.4
    assert abs(page_of_ink.height - rows.min() / 8 - everything[:, 1].max()) < 0.4


def test_a_browser_that_cannot_pack_writes_a_plain_pdf(bench, page_of_ink):
    bench.run("window.kept = CompressionStream; delete window.CompressionStream; 0")
    try:
        pdf = pdf_of(bench, [page_of_ink])
    finally:
        bench.run("window.CompressionStream = kept; 0")
    assert b"FlateDecode" not in pdf
    assert b" 0 0 cm\n" in pdf


# --- the studio -------------------------------------------------------------------------------------------------


@pytest.fixture
def studio(chromium, site):
    opened = []

    def open_page(name="random", base=None, **look):
        page = chromium.page(**look)
        opened.append(page)
        page.open(f"{base}/{name}.html" if base else (site / f"{name}.html").as_uri())
        page.wait("window.studio = document.querySelector('scribe-studio'), !!studio?.pages.length")
        page.run("window.part = (name) => studio.shadowRoot.querySelector(name); 0")
        return page

    yield open_page
    for page in opened:
        page.__exit__()


def written(tab, text=LETTER, seconds=120, **options):
    """Write a letter, and what the studio says then."""
    tab.run(f"studio.set({json.dumps({'text': text, 'proofread': 0, **options})}); part('.go').click()")
    tab.wait("studio.state === 'done' || studio.state === 'failed'", seconds)
    return tab.run("part('.status').textContent")


def test_a_letter_is_written_on_pages(studio):
    page = studio()
    assert page.run("part('.stage').children.length") == 1, "clean paper is there before anything is written"
    assert page.run("part('.pdf').disabled")
    assert written(page, page="a6", **{"x-height": 4}).startswith("Written")
    assert page.run("studio.pages.length") > 1
    labels = page.run("[...part('.stage').querySelectorAll('svg')].map((one) => one.getAttribute('aria-label'))")
    said = " ".join(" ".join(label.split(": ", 1)[1].split()) for label in labels)
    assert said == " ".join(LETTER.split())
    boxes = page.run("studio.pages.map(({width, height}) => [width, height])")
    assert boxes == [[105, 148]] * len(boxes)
    everything = points(page.run("studio.pages[0].strokes"))
    assert (everything[:, 0] > 0).all()
    assert (everything[:, 0] < 105).all()
    assert page.complaints == []


def test_how_closely_it_keeps_to_a_hand_can_be_said(studio):
    page = studio()
    strokes = {}
    assert written(page, "a line").startswith("Written")
    assert page.run("part('.guidance').disabled"), "no hand, nothing to keep to"
    page.run("studio.own = {z: studio.info.hands[1].z}; studio.set({hand: studio.info.hands[0].name}); 0")
    for hand, times in (("named", "1"), ("own", "1.5"), ("own", "2")):
        if hand == "own":
            page.run("studio.set({hand: 'own'}); 0")
        if times == "2":
            page.run("part('.guidance').value = 2; part('.guidance').dispatchEvent(new Event('input'))")
        assert page.run("[part('.guidance').value, part('.guidance').disabled]") == [times, False]
        assert written(page, "a line").startswith("Written")
        strokes[hand, times] = page.run("studio.pages[0].strokes")
    assert strokes["own", "2"] != strokes["own", "1.5"] != strokes["named", "1"]
    # The same hand by another way: what it counts is all that tells the lines apart.
    page.run("studio.set({hand: studio.info.hands[1].name, guidance: 1.5}); 0")
    assert written(page, "a line").startswith("Written")
    assert page.run("studio.pages[0].strokes") == strokes["own", "1.5"]


def test_the_same_seed_writes_the_same_letter(studio):
    page = studio()
    letters = []
    for seed in (1, 1, 2):
        written(page, seed=seed, hand="drawn")
        letters.append(page.run("studio.files.toSvg(studio.pages[0], studio.look)"))
    assert letters[0] == letters[1] != letters[2]


def test_options_mean_what_they_mean_in_the_command(studio):
    """Words and starts are those of scribe write; what makes no sense is passed over."""
    from scribe.cli.write import write

    page = studio()
    names = {name.lstrip("-") for option in write.params for name in getattr(option, "opts", ())}
    mine = set(page.run("Object.keys(studio.values)")) - {"text", "landscape"}
    assert mine <= names
    starts = {option.name: option.default for option in write.params}
    for name in ("pen", "line-height", "ruling", "align"):
        assert page.run(f"studio.values['{name}']") == starts[name.replace("-", "_")]
    page.run("studio.set({ruling: 'dotted', 'x-height': 'tall', colour: 'red', page: 'b5', nonsense: 3})")
    values = page.run("studio.values")
    assert (values["ruling"], values["x-height"], values["page"]) == ("plain", 2.5, "a4")
    assert "nonsense" not in values


def chosen(page, name, value):
    change = "dispatchEvent(new Event('change', {bubbles: true}))"
    page.run(f"part('[name={name}]').value = '{value}'; part('[name={name}]').{change}")


def test_margins_follow_the_page_until_they_are_set(studio):
    page = studio()
    assert page.run("studio.values.margin") == 21
    for name, margin in (("a6", 10.5), ("letter", 21.59)):
        chosen(page, "page", name)
        assert page.run("studio.values.margin") == margin
    chosen(page, "margin", "30")
    chosen(page, "page", "a4")
    assert page.run("studio.values.margin") == 30
    assert page.run("studio.pages[0].width") == 210


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": " \n "}, "There is nothing to write. The text is empty."),
        ({"text": "\u6f22\u5b57"}, "There is nothing to write. None of these characters is known to the network."),
        ({"page": "a6", "margin": 60}, "The page has no room for a word"),
        ({"page": "a6", "x-height": 20}, "The page has no room for a word"),
    ],
)
def test_what_cannot_be_written_is_told(studio, options, said):
    page = studio()
    assert written(page, **options).startswith(said)
    assert page.run("studio.state") == "failed"
    assert written(page, page="a4", margin=20, **{"x-height": 2.5}).startswith("Written")


def test_it_can_be_stopped_and_what_is_there_can_be_taken(studio):
    page = studio()
    page.run(f"studio.set({json.dumps({'text': LETTER * 40, 'proofread': 0})}); part('.go').click()")
    page.wait("studio.made")
    assert page.run("part('.go').textContent") == "Stop"
    page.wait("part('progress').value > 0")
    page.run("part('.go').click()")
    assert page.run("studio.state") == "stopped"
    assert not page.run("part('.pdf').disabled")
    count = page.run("studio.pages.flatMap((one) => one.strokes).length")
    page.run("new Promise((done) => setTimeout(done, 300))")
    assert page.run("studio.pages.flatMap((one) => one.strokes).length") == count, "it writes no more"
    assert written(page).startswith("Written")


def test_files_are_given(studio):
    page = studio()
    written(page, page="a6", **{"x-height": 4})
    page.run(
        """window.given = []; window.blobs = new Map();
           URL.createObjectURL = (blob) => { blobs.set(`blob:${blobs.size}`, blob); return `blob:${blobs.size - 1}`; };
           HTMLAnchorElement.prototype.click = function () { given.push([this.download, blobs.get(this.href)]); }; 0"""
    )
    count = page.run("studio.pages.length")
    for name, expected in ((".pdf", 1), (".svg", count), (".png", count)):
        page.run(f"given.length = 0; part('{name}').click()")
        page.wait(f"given.length === {expected}")
        kinds = page.run("given.map(([name, blob]) => [name, blob.type])")
        assert [name.endswith(name_of) for (name, _), name_of in zip(kinds, [name] * expected, strict=True)]
        assert all(name.startswith("dear-you") for name, _ in kinds)
        page.wait(f"part('.saved').textContent.includes('{name}')")  # beside the buttons, too
        if name == ".png":
            size = page.run("createImageBitmap(given[0][1]).then(({width, height}) => [width, height])")
            assert size == [round(105 / 25.4 * 200), round(148 / 25.4 * 200)]
    assert "@page { size: 105mm 148mm; margin: 0; }" in page.run("studio.printed")
    assert page.run("studio.printed").count("<svg") == count
    page.run("window.printed = 0; part('.print').click()")
    page.wait("document.querySelector('iframe')?.contentDocument?.querySelectorAll('svg').length")


def test_a_proofread_letter_reads_well(studio):
    """With the weights that come with scribe: the reader in the page reads all but a few characters of it."""
    page = studio("anyone")
    text = "thank you for the plums"
    said = written(page, text, proofread=4, seed=1, bias=1, seconds=240)
    assert said.startswith("Written: 1 page")
    wrong = re.search(r"still reads (\d+)", said)
    assert "The reader reads all of it." in said or int(wrong[1]) <= 2
    strokes = page.run("studio.pages[0].strokes")
    baseline = Sheet().baselines[0]
    read = Reader.load().read(Ink.from_strokes([(np.array(s) - (21, baseline)) / 2.5 for s in strokes]))
    assert errors(read, text) <= 2


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone_and_is_paper_in_the_dark(studio, dark):
    page = studio(width=360, height=700, dark=dark)
    written(page)
    assert page.run("document.documentElement.scrollWidth") <= 360
    assert page.run("getComputedStyle(part('.stage svg')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.run("getComputedStyle(part('.stage .pen')).stroke") == "rgb(27, 36, 56)"
    tops = page.run(
        "['.text', '.go', '.pdf', '.stage', '.hands'].map((name) => part(name).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)


def test_only_the_pages_are_printed(studio):
    page = studio()
    written(page)
    page.call("Emulation.setEmulatedMedia", media="print")
    for name in (".letter", ".options", ".take"):
        assert page.run(f"getComputedStyle(part('{name}')).display") == "none"
    assert page.run("part('.stage').getBoundingClientRect().height") > 100


def test_the_browser_prints_each_page_at_its_true_size(chromium, studio):
    """What goes to the printer, as a PDF: its pages are as large as the paper, and the ink lies in its place."""
    pdfium = pytest.importorskip("pypdfium2")
    page = studio()
    written(page, LETTER * 3, page="a6", **{"x-height": 4})
    strokes = [np.concatenate(one["strokes"]) for one in page.run("studio.pages.map(({strokes}) => ({strokes}))")]
    document = page.run("studio.printed")
    with chromium.page() as paper:
        paper.run(f"document.open(); document.write({json.dumps(document)}); document.close(); 0")
        printed = base64.b64decode(paper.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    pdf = pdfium.PdfDocument(printed)
    assert len(pdf) == len(strokes) > 1
    for sheet, points in zip(pdf, strokes, strict=True):
        assert np.array(sheet.get_size()) * 25.4 / 72 == pytest.approx([105, 148], abs=0.5)
        dots = 8  # per millimetre
        shades = np.asarray(sheet.render(scale=dots * 25.4 / 72).to_pil().convert("L"))
        rows, columns = np.nonzero(shades < 128)
        found = np.array([columns.min(), columns.max(), rows.min(), rows.max()]) / dots
        # Random weights may write off the paper.
        x, y = np.clip(points[:, 0], 0, 105), np.clip(148 - points[:, 1], 0, 148)
        assert found == pytest.approx([x.min(), x.max(), y.min(), y.max()], abs=0.5)


def test_the_page_stays_responsive_while_it_writes(studio):
    """The network works elsewhere: between two frames the page is hardly ever busy for long."""
    page = studio()
    page.run(
        """window.long = []; new PerformanceObserver((list) => {
             for (const one of list.getEntries()) long.push(one.duration);
           }).observe({type: 'longtask'}); 0"""
    )
    page.run("long.length = 0")
    written(page, LETTER * 4)
    assert sum(one > 200 for one in page.run("long")) <= 1


def test_it_asks_nobody_else_and_loads_the_reader_only_to_proofread(chromium, site, studio):
    with browser.serve(site) as address:
        page = studio(base=address)
        assert not any("weights" in one or "network" in one for one in page.requests)
        written(page)
        assert not any("scribe-reader-text" in one for one in page.requests)
        written(page, "some words", proofread=2)
        assert any("scribe-reader-text" in one for one in page.requests)
        assert all(one.startswith((address, "blob:", "data:")) for one in page.requests)


def test_a_reader_that_is_missing_is_told(chromium, site, studio, tmp_path):
    for file in site.iterdir():
        if file.name != "scribe-reader-text.js":
            shutil.copy(file, tmp_path / file.name)
    with chromium.page() as page:
        page.open((tmp_path / "random.html").as_uri())
        page.wait("window.studio = document.querySelector('scribe-studio'), !!studio?.pages.length")
        page.run("window.part = (name) => studio.shadowRoot.querySelector(name); 0")
        assert written(page, proofread=4).startswith("scribe-reader-text.js could not be loaded")
        assert written(page).startswith("Written")


def test_one_file_holds_the_studio_too(chromium, tmp_path):
    weights = random_weights(condition=24)
    (tmp_path / "own.html").write_text(web.standalone_page("my own", weights=weights), encoding="utf-8")
    with chromium.page() as page:
        page.open((tmp_path / "own.html").as_uri())
        page.wait("document.querySelector('scribe-writer').job?.recorded")
        page.run("window.studio = document.querySelector('scribe-studio'); studio.scrollIntoView(); 0")
        page.wait("studio.pages.length")
        page.run("window.part = (name) => studio.shadowRoot.querySelector(name); 0")
        assert written(page).startswith("Written")
        assert [one for one in page.requests if not one.startswith(("data:", "blob:", "file:"))] == []
        assert page.complaints == []
