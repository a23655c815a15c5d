import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import patience
from PIL import Image

from scribe import draw, mdn
from scribe.alphabet import ASCII
from scribe.ink import Ink, bezier

SVG = "{http://www.w3.org/2000/svg}"
EMPTY = Ink(np.zeros((0, 3)))
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def wave(points=80):
    time = np.linspace(0, 20, points)
    strokes = [np.stack([time * 0.6 + np.cos(time), np.sin(time)], axis=1), np.array([(9, 2), (6.5, 1.5)])]
    return Ink.from_strokes([*strokes, np.array([(3.25, 1.75)])])


def parsed(svg):
    return ElementTree.fromstring(svg)


def absolute(path):
    """A reader of path data of its own: move, then relative curves or one horizontal step."""
    match = re.fullmatch(rf"M({NUMBER.pattern}) ({NUMBER.pattern})(?:h({NUMBER.pattern})|c([-\d. ]+))", path)
    assert match, path
    x, y, step, rest = match.groups()
    position = np.array([float(x), float(y)])
    if step:
        return np.array([[position, position, position, position + np.array([float(step), 0])]])
    curves = []
    for triple in np.array(NUMBER.findall(rest), float).reshape(-1, 3, 2):
        curves.append(np.vstack([position, position + triple]))
        position = position + triple[-1]
    return np.array(curves)


# --- SVG


def test_each_stroke_is_one_path_through_all_its_points():
    ink = wave()
    root = parsed(draw.to_svg(ink, body=10, margin=1))
    paths = [absolute(p.get("d")) for p in root.iter(f"{SVG}path")]
    assert len(paths) == 3
    box = np.concatenate([bezier(s).reshape(-1, 2) for s in ink.strokes[:2]])
    left, top = box[:, 0].min() - 1, max(box[:, 1].max(), 1.75) + 1
    for path, stroke in zip(paths, ink.strokes, strict=True):
        through = np.vstack([path[0, 0], path[:, 3]]) if len(stroke) > 1 else path[:1, 0]
        np.testing.assert_allclose(through, (stroke - (left, top)) * (10, -10), atol=0.0051 * 2)


def test_rounding_does_not_add_up_along_a_stroke():
    x = np.arange(3000) * 0.01234
    ink = Ink.from_strokes([np.stack([x, np.sin(x)], axis=1)])
    path = absolute(next(parsed(draw.to_svg(ink, body=1, margin=1, decimals=2)).iter(f"{SVG}path")).get("d"))
    np.testing.assert_allclose(path[-1, 3, 0] - path[0, 0, 0], x[-1], atol=0.0101)


def test_a_dot_is_a_step_as_small_as_can_be():
    root = parsed(draw.to_svg(Ink.from_strokes([[(2, 3)], [(4, 3), (4, 3), (4, 3)]]), body=10, margin=1))
    assert [p.get("d") for p in root.iter(f"{SVG}path")] == ["M10 10h.01", "M30 10h.01"]
    assert next(root.iter(f"{SVG}g")).get("stroke-linecap") == "round"


def test_the_picture_holds_the_ink_and_its_margin():
    root = parsed(draw.to_svg(wave(), body=8, margin=2))
    width, height = map(float, root.get("viewBox").split()[2:])
    assert root.get("width") == f"{width:g}px"
    assert root.get("height") == f"{height:g}px"
    points = np.concatenate([absolute(p.get("d")).reshape(-1, 2) for p in root.iter(f"{SVG}path")])
    np.testing.assert_allclose(points.min(axis=0), 16, atol=0.02)
    np.testing.assert_allclose(points.max(axis=0), (width - 16, height - 16), atol=0.02)


@pytest.mark.parametrize("kind", ["svg", "png", "gif"])
def test_a_pen_wider_than_the_margin_fits_into_the_picture(kind):
    bar = Ink.from_strokes([[(0, 0), (9, 0)]])
    if kind == "svg":
        root = parsed(draw.to_svg(bar, body=10, pen=5))
        assert root.get("viewBox") == "0 0 140 50"
        np.testing.assert_allclose(
            absolute(next(root.iter(f"{SVG}path")).get("d"))[[0, -1], [0, 3]], [(25, 25), (115, 25)]
        )
    else:
        picture = pixels(getattr(draw, f"to_{kind}")(bar, pen=5, colour="#000"))
        assert picture.shape == (100, 280)
        assert picture[[0, -1], 20].min() > 200  # the ends are round and whole
        assert picture[[1, -2], 140].max() < 100


def test_a_width_in_millimetres_sets_the_scale_for_a_plotter():
    root = parsed(draw.to_svg(wave(), width=180, unit="mm"))
    wide = parsed(draw.to_svg(wave(), width=360, unit="mm"))
    assert root.get("width") == "180mm"
    assert root.get("viewBox").split()[2] == "180"
    assert float(wide.get("viewBox").split()[3]) == pytest.approx(2 * float(root.get("viewBox").split()[3]), abs=0.02)
    stroke_width = [float(next(r.iter(f"{SVG}g")).get("stroke-width")) for r in (root, wide)]
    assert stroke_width[1] == pytest.approx(2 * stroke_width[0], rel=1e-3)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_title_and_description_come_out_as_they_went_in(title, description):
    root = parsed(draw.to_svg(wave(5), title=title, description=description))
    kept = [re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", t) for t in (title, description)]
    kept = [t.replace("\r\n", "\n").replace("\r", "\n") for t in kept]
    assert (root.find(f"{SVG}title").text or "") == kept[0]
    if description:
        assert root.find(f"{SVG}desc").text == kept[1]


def test_a_screen_reader_is_told_what_the_picture_says():
    root = parsed(draw.to_svg(wave(), title="</title><script>alert('1')</script>", description='a "wave" & more'))
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    assert [root.find(f"*[@id='{name}']").tag for name in named] == [f"{SVG}title", f"{SVG}desc"]
    assert not list(root.iter(f"{SVG}script"))
    assert root[0].tag == f"{SVG}title"


def test_two_pictures_on_a_page_have_different_ids_and_the_same_picture_the_same():
    first, again = draw.to_svg(wave(), title="a"), draw.to_svg(wave(), title="a")
    second = draw.to_svg(wave(), title="b")
    assert first == again
    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))
    assert 'id="mine-title"' in draw.to_svg(wave(), identifier="mine")


def test_colours_are_the_readers_unless_told_otherwise():
    svg = draw.to_svg(wave())
    assert 'stroke="currentColor"' in svg
    assert "<rect" not in svg
    root = parsed(draw.to_svg(wave(), colour="navy", paper='w"<'))
    assert next(root.iter(f"{SVG}g")).get("stroke") == "navy"
    assert root.find(f"{SVG}rect").get("fill") == 'w"<'


def test_lines_accumulate_below_each_other_in_groups():
    bar = Ink.from_strokes([[(0, 0), (4, 0)]])
    root = parsed(draw.to_svg([bar, EMPTY, bar], body=10, margin=1, line_height=3))
    groups = root.findall(f"{SVG}g/{SVG}g")
    assert [len(g) for g in groups] == [1, 0, 1]
    np.testing.assert_allclose(absolute(groups[0][0].get("d"))[0, 0], (10, 10))
    np.testing.assert_allclose(absolute(groups[2][0].get("d"))[0, 0], (10, 70))


def test_ink_without_points_is_an_empty_picture():
    for nothing in (EMPTY, [], [EMPTY]):
        root = parsed(draw.to_svg(nothing))
        assert not list(root.iter(f"{SVG}path"))
        assert root.get("viewBox") == "0 0 20 20"


def test_ten_thousand_points_take_no_more_than_forty_bytes_each():
    assert len(draw.to_svg(wave(10_000))) < 400_000


def test_an_svg_is_a_string_that_notebooks_show():
    svg = draw.to_svg(wave())
    assert isinstance(svg, str)
    assert svg._repr_html_() == svg
    assert type(svg._repr_html_()) is str


@pytest.mark.parametrize("wrong", [{"body": 0}, {"width": -1}, {"pen": 0}, {"margin": -1}])
def test_sizes_that_make_no_picture_are_refused(wrong):
    with pytest.raises(ValueError, match="must be above 0"):
        draw.to_svg(wave(), **wrong)


# --- pixels


def pixels(data, mode="L"):
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode), float)


def coverage(data):
    """The share of each pixel that is under ink, for black on white."""
    return 1 - pixels(data) / 255


def test_a_png_covers_the_area_that_geometry_says():
    ink = Ink.from_strokes([[(0, 0), (5, 0), (10, 0)]])
    data = draw.to_png(ink, width=1200, margin=1, pen=0.4, colour="#000")
    assert pixels(data).shape == (200, 1200)
    area = 10 * 0.4 + np.pi * 0.2**2
    assert coverage(data).sum() / 100**2 == pytest.approx(area, rel=0.02)
    rows, columns = np.nonzero(coverage(data) > 0.5)
    np.testing.assert_allclose((rows.mean(), columns.mean()), (99.5, 599.5), atol=1)


def test_a_png_shows_what_matplotlib_draws():
    ink = wave()
    data = draw.to_png(ink, width=600, margin=1, colour="#000")
    figure = draw.ink_figure(ink, width=6, margin=1)
    axes = figure.axes[0]
    axes.set_position([0, 0, 1, 1])
    figure.set_layout_engine("none")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    ours, theirs = coverage(data), 1 - pixels(file.getvalue()) / 255
    rows = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 1
    ours, theirs = ours[:rows] > 0.3, theirs[:rows] > 0.3
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.75


def test_clear_paper_and_the_title_are_in_the_file():
    data = draw.to_png(wave(), colour="#102030", paper=None, title="Grüße \x00")
    image = Image.open(io.BytesIO(data))
    assert image.mode == "RGBA"
    assert image.text["Title"] == "Grüße \ufffd"
    rgba = np.asarray(image)
    assert (rgba[..., :3] == (0x10, 0x20, 0x30)).all()
    assert rgba[0, 0, 3] == 0
    assert rgba[..., 3].max() == 255


def test_the_colours_asked_for_are_the_colours_drawn():
    rgb = pixels(draw.to_png(wave(), colour="#ff0000", paper="#00ff00"), "RGB")
    assert rgb[0, 0].tolist() == [0, 255, 0]
    assert [255, 0, 0] in rgb.reshape(-1, 3).tolist()


def test_a_very_long_page_stays_a_picture_that_opens():
    ink = Ink.from_strokes([[(0, 0), (30, -9000)]])
    with Image.open(io.BytesIO(draw.to_png(ink))) as image:
        assert image.height <= 30_000
    with Image.open(io.BytesIO(draw.to_gif(ink, width=4000, frames=3))) as image:
        assert image.width * image.height <= 601_000


def gif_frames(data):
    image = Image.open(io.BytesIO(data))
    frames, durations = [], []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(np.asarray(image.convert("L"), float))
        durations.append(image.info["duration"])
    return image, frames, durations


def test_a_gif_writes_from_left_to_right_and_never_takes_ink_away():
    ink = Ink.from_strokes([[(x, 0) for x in np.linspace(0, 20, 200)]])
    image, frames, durations = gif_frames(draw.to_gif(ink, seconds=4, hold=2, frames=50, colour="#000"))
    assert len(frames) == 50
    assert sum(durations) == pytest.approx(6000, rel=0.02)
    assert durations[-1] == pytest.approx(2080, abs=20)
    assert image.info["loop"] == 0
    assert all((after <= before).all() for before, after in pairwise(frames))
    right = [np.nonzero((frame < 128).any(axis=0))[0].max() for frame in frames]
    np.testing.assert_allclose(np.diff(right), np.mean(np.diff(right)), atol=2)


def test_a_gif_ends_with_all_the_ink():
    ink = wave()
    _, frames, _ = gif_frames(draw.to_gif(ink, colour="#000"))
    whole = pixels(draw.to_png(ink, colour="#000"))
    np.testing.assert_allclose(frames[-1], whole, atol=18)


def test_a_gif_of_a_line_is_small():
    assert len(draw.to_gif(wave(600))) < 100_000


def test_a_gif_lasts_and_is_played_no_longer_than_the_format_can_say():
    dot = Ink.from_strokes([[(0, 0), (0, 0), (0, 0)]])
    image, _, durations = gif_frames(draw.to_gif(dot, seconds=300, hold=300, frames=3, loops=65_536))
    assert (sum(durations), image.info["loop"]) == (600_000, 65_535)
    for wrong in ({"hold": 1000}, {"seconds": 1e5, "frames": 2}, {"hold": np.inf}, {"seconds": np.nan}):
        with pytest.raises(ValueError, match="must be 600 together at most"):
            draw.to_gif(wave(), **wrong)
    with pytest.raises(ValueError, match="loops must be 65,536 at most"):
        draw.to_gif(wave(), loops=65_537)


def test_the_size_of_a_picture_is_known_before_it_is_drawn():
    for kind, width in (("png", None), ("png", 321), ("gif", 321), ("gif", 3000)):
        height, wide = pixels(getattr(draw, f"to_{kind}")(wave(), width=width, pen=3)).shape
        assert draw.pixel_size(wave(), kind, width=width, pen=3) == (wide, height)
        assert (wide == width) == (width == 321)
    wide, high = draw.pixel_size(wave(), "png", width=30_000)
    assert 59_000_000 < wide * high < 60_100_000
    with pytest.raises(ValueError, match="one of png, gif, not 'svg'"):
        draw.pixel_size(wave(), "svg")


def test_a_gif_can_be_played_once():
    image, _, _ = gif_frames(draw.to_gif(wave(), loops=1))
    assert "loop" not in image.info


@pytest.mark.parametrize("ink", [EMPTY, Ink.from_strokes([[(0, 0)]])])
def test_no_ink_and_a_single_dot_make_pictures_too(ink):
    for data in (draw.to_png(ink), draw.to_gif(ink)):
        assert pixels(data).min() < 128 if len(ink) else pixels(data).min() == 255


@pytest.mark.parametrize("wrong", [{"pen": 0}, {"width": 0}, {"frames": 0}, {"seconds": 0}, {"hold": -1}])
def test_settings_that_make_no_animation_are_refused(wrong):
    with pytest.raises(ValueError, match="must be above 0"):
        draw.to_gif(wave(), **wrong)


# --- figures


def test_the_window_figure_has_a_column_a_character_and_time_running_down():
    text = "a $b"
    phi = np.eye(5)[[0, 0, 1, 2, 3, 4]]
    axes = draw.window_figure(phi, text, pen_up=np.array([0, 1, 0, 0, 0, 1])).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "\u2423", r"\$", "b", "end"]
    np.testing.assert_array_equal(axes.images[0].get_array(), phi)
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert axes.lines[0].get_ydata().tolist() == [1, 5]


def test_the_one_hot_figure_has_a_column_for_each_character_of_the_text():
    window = np.random.default_rng(0).random((7, ASCII.size))
    axes = draw.one_hot_figure(window, ASCII.characters, text="ba b").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["\u2423", "a", "b", "end"]
    codes = [*ASCII.encode(" ab")]
    np.testing.assert_array_equal(axes.images[0].get_array(), window[:, codes])
    assert draw.one_hot_figure(window, ASCII.characters).axes[0].images[0].get_array().shape == (7, 96)


def test_figures_say_which_shape_is_wrong():
    with pytest.raises(ValueError, match="phi has 9 columns"):
        draw.window_figure(np.ones((3, 9)), "abc")
    with pytest.raises(ValueError, match=r"phi has shape \(3,\)"):
        draw.window_figure(np.ones(3), "abc")
    with pytest.raises(ValueError, match="the window has 9 columns"):
        draw.one_hot_figure(np.ones((3, 9)), "abc")
    with pytest.raises(ValueError, match=r"pen_up has shape \(2,\)"):
        draw.window_figure(np.ones((3, 3)), "abc", pen_up=np.ones(2))
    with pytest.raises(ValueError, match="4 mixtures for 80 points"):
        draw.mixture_density(Ink.from_strokes(wave().strokes[:1]), mixture(4), 1.0)


def mixture(points, spread=-1.0, seed=0, components=5):
    rng = np.random.default_rng(seed)
    y = rng.normal(0, 0.5, (points, 1 + 6 * components))
    params = mdn.split(y, components)
    return params._replace(log_sigma=params.log_sigma * 0.3 + spread)


def test_the_mixture_density_is_the_sum_of_the_densities_at_the_points_before():
    ink = Ink.from_strokes([[(0.5, 0.5), (1, 0.7)], [(2, 1), (2.5, 0)]])
    params, scale, cell = mixture(4), 0.5, 0.01
    density, box = draw.mixture_density(ink, params, scale, cell)
    before = np.array([(0, 0), (0.5, 0.5), (1, 0.7), (2, 1)])
    for row, column in [(100, 120), (30, 80), (160, 300), (5, 5)]:
        place = np.array([box.left + (column + 0.5) * cell, box.bottom + (row + 0.5) * cell])
        each = mdn.log_density_offset(params, (place - before) / scale) - 2 * np.log(scale)
        assert density[row, column] == pytest.approx(np.exp(each).sum(), rel=0.02, abs=1e-3)


@pytest.mark.parametrize("spread", [-9.0, -4.0, -2.5])
def test_no_density_is_lost_between_the_cells(spread):
    ink = wave(30)
    params = mixture(len(ink), spread)
    params = params._replace(mu=params.mu * 0.1)
    cell = 0.05
    # The pen jumps between strokes; the means lie near the point before, so all of them are inside.
    density, box = draw.mixture_density(ink, params, 0.3, cell)
    assert density.sum() * cell**2 == pytest.approx(len(ink), rel=0.01)
    assert density.shape == (round(box.height / cell), round(box.width / cell))


def test_figures_need_no_pyplot_and_drawing_needs_no_matplotlib(tmp_path):
    code = f"""
import sys
from scribe import draw
from scribe.ink import Ink
assert not {{"matplotlib", "PIL"}} & set(sys.modules)
ink = Ink.from_strokes([[(0, 0), (3, 1)], [(1, 1)]])
draw.to_svg(ink)
assert not {{"matplotlib", "PIL"}} & set(sys.modules)
draw.to_gif(ink)
assert "matplotlib" not in sys.modules
figure = draw.ink_figure(ink, title="$")
open({str(tmp_path / "figure.png")!r}, "wb").write(figure._repr_png_())
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=patience(30), cwd=Path(__file__).parents[1])
    assert pixels((tmp_path / "figure.png").read_bytes()).min() < 100


def test_the_dot_of_an_i_is_in_the_figure_too():
    figure = draw.ink_figure(Ink.from_strokes([[(0, 0)]]), width=1)
    assert pixels(figure._repr_png_()).min() < 128


def test_ink_in_figures_has_the_colour_of_text_unless_told_otherwise():
    from matplotlib import rc_context

    with rc_context({"text.color": "#808590"}):
        axes = draw.ink_figure(wave()).axes[0]
        draw.draw_ink(axes, wave(), colour="red")
    colours = [tuple(np.round(collection.get_edgecolor()[0] * 255)) for collection in axes.collections]
    assert colours == [(0x80, 0x85, 0x90, 255), (255, 0, 0, 255)]


def test_a_sheet_has_a_label_for_each_sample_at_its_place():
    from scribe.corpora import Sample

    bar = Ink.from_strokes([[(0, 0), (6, 1)]])
    samples = [Sample(bar, f"costs ${i}", "w1", "word") for i in range(5)]
    figure = draw.sheet_figure(samples, columns=2)
    axes = figure.axes[0]
    labels = [text for text in axes.texts if text.get_text().startswith("costs")]
    assert [text.get_text() for text in labels] == [s.text for s in samples]
    places = [text.get_position() for text in labels]
    assert places[0][1] == places[1][1] > places[2][1] == places[3][1] > places[4][1]
    assert places[0][0] == places[2][0] < places[1][0]
    starts = [collection.get_paths()[0].vertices[0] for collection in axes.collections]
    np.testing.assert_allclose([s[0] for s in starts], [p[0] for p in places])
    figure.savefig(io.BytesIO(), format="png")
    with pytest.raises(ValueError, match="no samples"):
        draw.sheet_figure([])
