"""Files for paper and plotters, read back by other programs: the same strokes in the same millimetres."""

import io
import math
import re
import subprocess
import sys

import numpy as np
import pytest

from scribe import cli
from scribe.draw import (
    Machine,
    optimised,
    page_to_png,
    page_to_svg,
    pen_travel,
    to_dxf,
    to_gcode,
    to_hpgl,
    to_pdf,
)
from scribe.draw.gcode import MachineError
from scribe.draw.shapes import flattened
from scribe.layout import Page, Row, Sheet, SheetError, set_page
from scribe.writer import Writer

TEXTS = [
    f"{first} {second}"
    for first in ("On paper", "Dear Ada,", "it is ten to 8", "quick; jump!", "Six or (seven)")
    for second in (
        "with ink",
        "by hand",
        "a little tilted",
        "100 %",
        "tea, milk",
        "Zoo",
        "j i t x",
        "A-Z",
        "why?",
        "ok.",
    )
]
DOT = np.array([[20.0, 30.0]])


@pytest.fixture(scope="module")
def inks():
    return Writer.load("default").write_many(TEXTS, bias=1, seed=1)


@pytest.fixture(scope="module")
def pages(inks):
    """A page for each text, 3 mm high, and a dot on each."""
    pages = [Page.fitted(ink, 3.0, text=text) for ink, text in zip(inks, TEXTS, strict=True)]
    return [Page(p.width, p.height, (*p.strokes, DOT * p.height / 60), pen=p.pen, text=p.text) for p in pages]


def curves(page):
    """The ink as points on its curves, much closer together than anything here is accurate."""
    return [flattened(stroke, 1e-4) for stroke in page.strokes]


def distance(points, path):
    """How far points ``(n, 2)`` are from a path ``(m, 2)`` at most."""
    if len(path) == 1:
        return np.hypot(*(points - path[0]).T).max()
    begin, way = path[:-1], np.diff(path, axis=0)
    length = np.maximum((way**2).sum(axis=1), 1e-18)
    share = np.clip(((points[:, None] - begin) * way).sum(axis=-1) / length, 0, 1)
    return np.sqrt(((begin + share[..., None] * way - points[:, None]) ** 2).sum(axis=-1).min(axis=1)).max()


def assert_same_strokes(found, page, within):
    """The same number of strokes in the same order, each nowhere farther than that from the other, in mm."""
    assert len(found) == len(page.strokes)
    for one, other in zip(found, curves(page), strict=True):
        assert distance(one, other) <= within
        assert distance(other[:: max(1, len(other) // 60)], one) <= within
        assert np.hypot(*(one[0] - other[0])) <= within  # in the same direction, too


# --- G-code


def replayed(code, up, down, start=(0.0, 0.0)):
    """Strokes that a machine draws: what it passes with its pen down. ``up`` and ``down`` are whole lines."""
    at, drawing, strokes, feeds = np.array(start), False, [], {"G0": set(), "G1": set()}
    for row in code.splitlines():
        row = row.split(";")[0].strip()
        if row == down:
            drawing = True
            strokes.append([at])
        elif row == up:
            drawing = False
        elif match := re.fullmatch(r"(G[01]) X(-?[\d.]+) Y(-?[\d.]+)(?: F([\d.]+))?", row):
            assert drawing == (match[1] == "G1")
            at = np.array([float(match[2]), float(match[3])])
            if match[4]:
                feeds[match[1]].add(float(match[4]))
            if drawing:
                strokes[-1].append(at)
        else:
            assert row in ("", "G21", "G90", "M2"), row
    assert not drawing
    return [np.array(stroke) for stroke in strokes], feeds


def test_gcode_replayed_is_within_a_twentieth_of_a_mm_of_the_ink(pages):
    for page in pages:
        strokes, feeds = replayed(to_gcode(page), "G1 Z5 F3000", "G1 Z0 F3000")
        assert_same_strokes(strokes, page, 0.05)
        assert feeds == {"G0": {3000}, "G1": {1500}}


@pytest.mark.parametrize(
    ("origin", "flip", "back"),
    [
        ("bottom-left", "none", lambda p, w, h: p),
        ("top-left", "y", lambda p, w, h: (0, h) + p * (1, -1)),
        ("top-left", "none", lambda p, w, h: p + np.array([0, h])),
        ("bottom-right", "x", lambda p, w, h: (w, 0) + p * (-1, 1)),
        ("top-right", "both", lambda p, w, h: (w, h) - p),
    ],
)
def test_gcode_counts_from_the_corner_and_in_the_directions_asked_for(pages, origin, flip, back):
    page = pages[0]
    machine = Machine("M5", "M3 S90;G4 P0.2", 900, 5000, origin, flip)
    code = to_gcode(page, machine).replace("M3 S90\nG4 P0.2", "DOWN")
    strokes, feeds = replayed(code, "M5", "DOWN")
    assert_same_strokes([back(stroke, page.width, page.height) for stroke in strokes], page, 0.05)
    assert feeds == {"G0": {5000}, "G1": {900}}
    assert back(np.zeros(2), page.width, page.height) == pytest.approx(machine.on_page(page))
    if flip != "none":  # then the machine counts into the paper
        assert all((stroke >= 0).all() for stroke in strokes)


@pytest.mark.parametrize(
    "options", [{"feed": 0}, {"origin": "middle"}, {"flip": "z"}, {"pen_up": " "}, {"pen_down": "a\n"}]
)
def test_machines_that_cannot_be_are_told(options):
    with pytest.raises(MachineError):
        Machine(**options)


def test_a_title_cannot_smuggle_commands_into_gcode(pages):
    code = to_gcode(pages[0], title="a\nM3 (\u2028) S1000;")
    assert "M3" not in [row.split(";")[0].split(" ")[0] for row in code.splitlines()]


# --- the way of the lifted pen


def test_pen_travel_is_the_sum_of_the_ways_between_strokes():
    strokes = [np.array([[3.0, 4.0], [3.0, 10.0]]), np.array([[3.0, 12.0]]), np.array([[0.0, 12.0], [1.0, 1.0]])]
    assert pen_travel(strokes) == pytest.approx(5 + 2 + 3)
    assert pen_travel(strokes, (3, 3)) == pytest.approx(1 + 2 + 3)
    assert pen_travel([]) == 0


def test_a_short_way_is_found_as_trying_all_of_them_finds_it():
    import itertools

    draw = np.random.default_rng(1)
    lost = []
    for _ in range(12):
        strokes = list(draw.normal(size=(6, 2, 2)))
        best = math.inf
        for order in itertools.permutations(strokes):
            # For a given order, the best directions: the shortest way to either end of each stroke.
            ways = {(0.0, 0.0): 0.0}
            for stroke in order:
                ways = {
                    tuple(stroke[1 - e]): min(w + math.dist(at, stroke[e]) for at, w in ways.items()) for e in (0, 1)
                }
            best = min(best, *ways.values())
        lost.append(pen_travel(optimised(strokes)) / best - 1)
    assert min(lost) > -1e-9
    assert np.mean(lost) < 0.06


def test_ordered_strokes_are_the_same_strokes_and_the_pen_travels_less(inks):
    shares = []
    for number in range(20):
        texts = [inks[(7 * number + i) % len(inks)] for i in range(5)]
        page = Page.fitted(set_page(texts), 3.0)
        start = (0.0, page.height)
        made = optimised(page.strokes, start)

        def key(stroke):
            return tuple(sorted([tuple(stroke[0]), tuple(stroke[-1])])), len(stroke)

        assert sorted(map(key, made)) == sorted(map(key, page.strokes))
        shares.append(1 - pen_travel(made, start) / pen_travel(page.strokes, start))
    assert np.mean(shares) >= 0.3
    assert min(shares) > 0.15
    again = optimised(made, start)
    assert pen_travel(again, start) <= pen_travel(made, start) + 1e-9


# --- SVG


def test_vpype_finds_the_same_strokes_in_an_svg(pages, tmp_path):
    vpype = pytest.importorskip("vpype")
    for page in pages[::5]:
        (tmp_path / "page.svg").write_text(page_to_svg(page))
        lines, width, height = vpype.read_svg(str(tmp_path / "page.svg"), quantization=0.2)
        mm = 25.4 / 96
        assert (width * mm, height * mm) == pytest.approx((page.width, page.height), abs=0.01)
        found = [np.stack([line.real * mm, page.height - line.imag * mm], axis=1) for line in lines]
        assert_same_strokes(found, page, 0.05)


def test_cairosvg_and_svglib_draw_what_is_drawn_here(pages):
    try:
        import cairosvg
    except (ImportError, OSError) as error:  # the library cairo itself can be missing
        pytest.skip(f"CairoSVG does not run here: {error}")
    svglib = pytest.importorskip("svglib.svglib")
    from PIL import Image
    from reportlab.graphics import renderPDF

    for page in pages[:5]:
        svg = str(page_to_svg(page, colour="black"))
        ours = Image.open(io.BytesIO(page_to_png(page, width=600, colour="black"))).convert("L")
        theirs = Image.open(io.BytesIO(cairosvg.svg2png(svg.encode(), output_width=600, background_color="white")))
        assert_same_picture(theirs, ours)
        drawing = svglib.svg2rlg(io.BytesIO(svg.encode()))
        assert (drawing.width / 72 * 25.4, drawing.height / 72 * 25.4) == pytest.approx(
            (page.width, page.height), abs=0.01
        )
        assert_same_picture(rendered(renderPDF.drawToString(drawing))[0], ours)


def assert_same_picture(one, other):
    """Both show the same ink, up to the smoothness of edges."""
    one = one.convert("L").resize(other.size)
    ink = [255.0 - np.asarray(picture, float) for picture in (one, other)]
    assert ink[0].sum() == pytest.approx(ink[1].sum(), rel=0.1)
    assert np.minimum(*ink).sum() > 0.85 * ink[1].sum()


def rendered(content, width=600):
    """The pages of a PDF as pictures."""
    pypdfium2 = pytest.importorskip("pypdfium2")
    return [page.render(scale=width / page.get_width()).to_pil() for page in pypdfium2.PdfDocument(content)]


# --- PDF


def test_a_pdf_has_pages_of_the_size_of_the_paper_and_the_ink_on_them(pages):
    pytest.importorskip("reportlab")
    pypdfium2 = pytest.importorskip("pypdfium2")
    from PIL import Image

    content = to_pdf(pages, title="Fifty texts", colour="black")
    assert content == to_pdf(pages, title="Fifty texts", colour="black")
    document = pypdfium2.PdfDocument(content)
    assert document.get_metadata_dict()["Title"] == "Fifty texts"
    sizes = [(page.get_width() / 72 * 25.4, page.get_height() / 72 * 25.4) for page in document]
    np.testing.assert_allclose(sizes, [(page.width, page.height) for page in pages], atol=0.01)
    for picture, page in list(zip(rendered(content), pages, strict=True))[::5]:
        ours = Image.open(io.BytesIO(page_to_png(page, width=600, colour="black"))).convert("L")
        assert_same_picture(picture, ours)
    # Vectors, not a picture: the page has one object, a path.
    assert [thing.type for thing in document[0].get_objects()] == [pypdfium2.raw.FPDF_PAGEOBJ_PATH]


def test_rules_and_paper_are_in_the_pdf_and_in_the_other_pictures(inks):
    pytest.importorskip("reportlab")
    from PIL import Image

    sheet = Sheet(105, 148, x_height=2, line_spacing=8, ruling="ruled", first_line=20)
    (page,) = sheet.pages([Row(inks[0], TEXTS[0])])
    (pdf,) = rendered(to_pdf([page], colour="#c00000", paper="#fff8e0"), width=1050)
    png = Image.open(io.BytesIO(page_to_png(page, width=1050, colour="#c00000", paper="#fff8e0"))).convert("RGB")
    for picture in (pdf.convert("RGB"), png):
        column = np.asarray(picture, float)[:, 1000]  # right of the text
        dark = np.flatnonzero(column.sum(axis=1) < column.sum(axis=1).max() - 40)
        middles = [run.mean() for run in np.split(dark, np.flatnonzero(np.diff(dark) > 1) + 1)]
        np.testing.assert_allclose(middles, 200 + 80 * np.arange(len(sheet.baselines)), atol=2)
        assert picture.getpixel((1040, 10)) == (255, 248, 224)
    svg = page_to_svg(page)
    assert svg.count("<path") == len(page.rules) + len(page.strokes)


# --- DXF and HPGL


def test_dxf_read_again_by_ezdxf_is_the_same_in_mm(pages):
    ezdxf = pytest.importorskip("ezdxf")
    for page in pages[::5]:
        document = ezdxf.read(io.StringIO(to_dxf(page)))
        assert document.units == ezdxf.units.MM
        found = []
        for thing in document.modelspace().query('*[layer=="INK"]'):
            if thing.dxftype() == "POINT":
                found.append(np.array([[thing.dxf.location.x, thing.dxf.location.y]]))
            else:
                found.append(np.array(list(thing.get_points("xy"))))
        assert_same_strokes(found, page, 0.02)


def test_hpgl_draws_the_ink_in_units_of_a_fortieth_of_a_mm(pages):
    pytest.importorskip("vpype")
    for page in pages[::10]:
        code = to_hpgl(page)
        found = [
            np.concatenate([np.array(word.split(","), float).reshape(-1, 2) for word in words])
            for words in re.findall(r"PU(\d+,\d+);PD([\d,]+)", code)
        ]
        # Where the paper lies on the plotter, and that it lies across, is the plotter's affair.
        unit = 0.02488  # of a HP 7475A, in mm
        first, last = page.strokes[0][0], page.strokes[-2][0]
        turns = [np.array(turn) for turn in ([[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[0, -1], [1, 0]])]
        found = min(
            ([(points - found[0][0]) @ turn * unit + first for points in found] for turn in turns),
            key=lambda strokes: math.dist(strokes[-2][0], last),
        )
        assert_same_strokes(found, page, 0.08)


def test_plotters_that_do_not_fit_are_told(pages):
    pytest.importorskip("vpype")
    with pytest.raises(SheetError, match="knows no plotter 'pen'"):
        to_hpgl(pages[0], "pen")
    with pytest.raises(SheetError, match="takes no paper that holds"):
        to_hpgl(Page(900, 900, [DOT]))
    with pytest.raises(SheetError, match="does not reach the outer 14 mm of a4 paper"):
        to_hpgl(Page(210, 297, [DOT - (15, 0)]))
    assert ";PU" in to_hpgl(Page(210, 297, [DOT]))


# --- the command


@pytest.fixture
def run(capfdbinary, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.main(["write", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return run


def test_a_letter_becomes_a_pdf_of_as_many_pages_as_it_takes(run, tmp_path):
    pytest.importorskip("reportlab")
    pypdfium2 = pytest.importorskip("pypdfium2")
    code, _, err = run("Dear Ada,\n\nyours\fAnd more", "-o", "a.pdf", "--seed", 1, "--page-number", "bottom-right")
    assert (code, err.split(": ", 1)[1].split(",")[0]) == (0, "a.pdf: 3 lines on 2 pages")
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert len(document) == 2
    assert document[0].get_width() == pytest.approx(210 / 25.4 * 72, abs=0.01)


def test_pages_of_other_kinds_are_files_with_numbers(run, tmp_path):
    options = ("--page", "100x60", "--x-height", "2mm", "--seed", 1, "--margin", "1cm")
    code, _, err = run("one\ftwo", "-o", "a.svg", *options, "--ruling", "squared", "--rules")
    assert (code, sorted(p.name for p in tmp_path.iterdir())) == (0, ["a-1.svg", "a-2.svg"])
    assert "a-1.svg to a-2.svg: 2 lines on 2 pages" in err
    assert 'width="100mm" height="60mm"' in (tmp_path / "a-1.svg").read_text()
    code, _, err = run("one\ftwo", "-o", "-", "--format", "gcode", *options)
    assert code == 2
    assert "2 pages are 2 files; only a --format pdf holds them all" in err


@pytest.mark.parametrize("kind", ["svg", "png", "gcode", "json"])
def test_the_standard_output_takes_a_file_of_any_format(run, tmp_path, kind):
    assert run("ox", "-o", f"a.{kind}", "--seed", 1)[0] == 0
    code, out, err = run("ox", "-o", "-", "--format", kind, "--seed", 1)
    assert (code, out) == (0, (tmp_path / f"a.{kind}").read_bytes())
    assert "the standard output: 1 line" in err
    code, out, err = run("ox", "-o", "-")
    assert (code, out) == (2, b"")
    assert "-o - needs a --format: svg, png" in err
    assert run("ox", "-o", "a.txt", "--format", kind, "--seed", 1)[0] == 0
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / f"a.{kind}").read_bytes()


def test_a_piped_page_is_the_file_and_nothing_else(tmp_path):
    command = [sys.executable, "-m", "scribe", "write", "-", "-o", "-", "--format", "gcode", "--seed", "1"]
    done = subprocess.run(command, input="\ufeffIn\r\nlines\r\n".encode(), capture_output=True, check=True)
    strokes, _ = replayed(done.stdout.decode(), "G1 Z5 F3000", "G1 Z0 F3000")
    assert len(strokes) > 3
    assert b"the standard output: 2 lines" in done.stderr


def test_an_ordered_plot_tells_what_it_saves_and_draws_the_same(run, tmp_path):
    words = ("it is text\nto be put\nin order", "--seed", 1, "--x-height", "3mm")
    assert run(*words, "-o", "a.gcode")[0] == 0
    _, _, err = run(*words, "-o", "b.ngc", "--optimise")
    before, after = map(float, re.search(r"travels (\d+) mm instead of (\d+) mm, \d+% less", err).groups()[::-1])
    plots = [replayed((tmp_path / n).read_text(), "G1 Z5 F3000", "G1 Z0 F3000")[0] for n in ("a.gcode", "b.ngc")]
    assert [pen_travel(plot) for plot in plots] == pytest.approx([before, after], abs=1)
    assert sum(map(len, plots[0])) == pytest.approx(sum(map(len, plots[1])), rel=0.01)


def test_sizes_in_mm_are_kept_without_a_page(run, tmp_path):
    assert run("xxx", "-o", "a.svg", "--x-height", "4mm", "--seed", 1)[0] == 0
    assert run("xxx", "-o", "a.json", "--seed", 1)[0] == 0
    from scribe.drawing.formats import read_canvas

    width = read_canvas(tmp_path / "a.json")[0].bounds.width
    found = float(re.search(r'width="([\d.]+)mm"', (tmp_path / "a.svg").read_text())[1])
    assert found == pytest.approx(4 * (width + 2), rel=1e-3)
    assert run("xxx", "-o", "b.gcode", "--mm", 50, "--seed", 1)[0] == 0
    assert "; 50 x " in (tmp_path / "b.gcode").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-o", "a.svg", "--page", "a99"), "'a99' is no paper; say a3, a4"),
        (("-o", "a.svg", "--page", "10xq"), "is not a length"),
        (("-o", "a.gif", "--page", "a4"), "--page is for .svg, .png, .pdf, .gcode, .hpgl, .dxf, not for .gif"),
        (("-o", "a.svg", "--page", "a4", "--width", 30), "--width is in characters"),
        (("-o", "a.svg", "--page", "a4", "--mm", 30), "--mm is the width of a picture"),
        (("-o", "a.svg", "--page", "10x10"), "no room for a"),
        (("-o", "a.svg", "--ruling", "ruled"), "--ruling is for a --page"),
        (("-o", "a.svg", "--x-height", "2mm", "--mm", 30), "leave one of them out"),
        (("-o", "a.svg", "--x-height", "2 feet"), "'2 feet' is not a length such as 3mm"),
        (("-o", "a.json", "--x-height", "2mm"), ".json has none"),
        (("-o", "a.png", "--optimise"), "--optimise is for plotters"),
        (("-o", "a.svg", "--pen-up", 3), "--pen-up is for .gcode"),
        (("-o", "a.svg", "--device", "dxy"), "--device is for .hpgl"),
        (("-o", "a.gcode", "--pen-up", " "), "what moves the pen up"),
        (("-o", "a.gcode", "--colour", "red"), "the plotter's pen has the colour"),
        (("-o", "a.pdf", "--pixels", 100), "--pixels has no meaning for .pdf"),
        (("-o", "a.svg", "--page", "a4", "--margin", "1,2"), "--margin is one length, or four"),
        (("-o", "a.svg", "--page", "a4", "--page-number", "left"), "--page-number 'left' is no place"),
    ],
)
def test_mistakes_about_paper_are_told_in_one_line(run, tmp_path, arguments, says):
    code, out, err = run("a", *arguments)
    assert (code, out) == (2, b"")
    assert says in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "library"), [("pdf", "reportlab"), ("dxf", "ezdxf"), ("hpgl", "vpype")])
def test_a_library_that_is_missing_is_named_before_the_work(run, monkeypatch, kind, library):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code, _, err = run("a", "-o", f"a.{kind}", "--weights", "never looked at")
    assert code == 2
    assert f".{kind} needs {library}, which is not installed: pip install {library}" in err


def test_text_from_a_word_processor_simply_works(run, tmp_path):
    pasted = "\ufeffDear\u00a0Ada,\r\n\r\n\u201cit\u2019s ten\u201d\u2014no:\x0bA\u00adda\u200b\t\u2026\f- ok\r\n"
    code, _, err = run(pasted, "-o", "a.svg", "--page", "a6", "--seed", 1, "--many-hands")
    assert code == 0, err
    assert "4 lines on 2 pages" in err
    assert "warning" not in err
