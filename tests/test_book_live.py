"""The built book in a real browser: figures that write, pages everybody can read, and nothing from anywhere else."""

from __future__ import annotations

import functools
import gzip
import json
from importlib import util
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browser
import numpy as np
import pytest
from scipy.stats import norm

from scribe.mdn import MixtureParameters, biased
from scribe.window import window_phi

ROOT = Path(__file__).parents[1]
HTML = ROOT / "book/_build/html"
pytestmark = pytest.mark.skipif(
    not (HTML / "book/index.html").exists(), reason="the book is not built here; make book builds it"
)

# The first index.html only leads to the book's first page, and is gone before it can be looked at.
FOUND = (p for p in HTML.rglob("*.html") if "_static" not in p.parts and p != HTML / "index.html")
PAGES = sorted(str(p.relative_to(HTML)) for p in FOUND)
LIVE = [p for p in PAGES if "<scribe-writer" in (HTML / p).read_text(encoding="utf-8")]
MATHJAX = "*/mathjax/*"  # left out where formulas play no part: they're half of a page's work
# Code and signatures are hundreds of elements, as coloured on one page as on the others. The pages for them (chapter 10
# has more kinds of code than most, and less of it):
CODE = {".highlight": "book/10-training.html", ".sig": "book/api/book.html"}
# The longest tests look at two pages with figures; make slow looks at the rest.
FEW = [p if Path(p).stem in ("index", "07-sampling") else pytest.param(p, marks=pytest.mark.slow) for p in LIVE]
LARGEST = 400_000  # bytes that may come before the figure is used


@pytest.fixture(scope="module")
def chromium():
    with browser.start() as one:
        yield one


@pytest.fixture(scope="module")
def served():
    """The address of the book on a server of this machine."""
    with browser.serve(HTML) as address:
        yield address


@pytest.fixture(scope="module")
def axe():
    """axe-core, as its package brings it."""
    found = util.find_spec("axe_core_python")
    if found is None:
        pytest.skip("axe-core-python is not installed; pip install 'scribe-handwriting[dev]' brings it")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page, axe, name):
    """What axe-core finds wrong with the page as it stands.

    Left out are the drawings of formulas: they are MathJax's, thousands of elements that are read out as MathML. Code
    and signatures are looked at on one page each.
    """
    # What is folded in counts too; while it is, the browser does not know its colours. Nor while they change.
    page.run("for (const one of document.querySelectorAll('details')) one.open = true")
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait("document.getAnimations().length === 0")
    # axe-core takes in every element before it leaves any out, and these are most of a page. So their places stay, and
    # nothing is in them but their text.
    page.run(
        """for (const one of document.querySelectorAll("mjx-container")) {
          const { width, height } = one.getBoundingClientRect();
          one.style.cssText += `; display: inline-block; width: ${width}px; height: ${height}px`;
          one.replaceChildren();
        }"""
    )
    plain = [kind for kind, seen in CODE.items() if seen != name]
    for kind in plain:
        flat = f"document.querySelectorAll('{kind} pre, {kind}:not(:has(pre))')"
        page.run(f"for (const one of {flat}) one.textContent = one.textContent")
    # It would write down the HTML of every element that it looks at, with all pictures that stand in it.
    page.run(axe + "; axe.configure({noHtml: true}); 0")
    left_out = [["mjx-container"], *([kind] for kind in plain)]
    what = f"{{exclude: {json.dumps(left_out)}}}, {{resultTypes: ['violations']}}"
    answer = page.run(f"axe.run({what}).then((r) => JSON.stringify(r.violations))", 600)
    return [
        f"{v['id']}: {v['help']}: {node['target']} {node.get('failureSummary', '')[:300]}"
        for v in json.loads(answer)
        for node in v["nodes"]
    ]


def outside(page):
    """Requests that went somewhere else."""
    return [
        a
        for a in page.requests
        if urlsplit(a).scheme not in ("data", "blob", "file", "about") and "//127.0.0.1" not in a
    ]


@functools.cache
def packed_size(file):
    return len(gzip.compress(file.read_bytes()))


def packed(addresses):
    """The sizes of files of the book, as servers send them."""
    files = {HTML / unquote(urlsplit(address).path).lstrip("/") for address in addresses}
    return {file.name: packed_size(file) for file in files if file.is_file()}


def test_nothing_is_remembered_from_one_test_to_the_next(chromium, served):
    for _ in range(2):
        with chromium.page() as page:
            page.open(f"{served}/book/index.html")
            assert page.run("[localStorage.getItem('told'), document.cookie]") == [None, ""]
            page.run("localStorage.setItem('told', 'yes'); document.cookie = 'told=yes'")


def test_figures_stand_where_they_should():
    names = {Path(p).stem for p in LIVE}
    assert {"index", "03-mdn", "05-window"} <= names


def loads_little(page):
    """A page with a figure that nobody has used yet."""
    page.run("new Promise((done) => setTimeout(done, 500))")
    # MathJax is for the formulas of a chapter; the first page has none.
    # Pictures that the page itself holds (data:) aren't fetched.
    sizes = packed(a for a in page.requests if "/mathjax/" not in a and not a.startswith("data:"))
    assert any("scribe-element.js" in a for a in sizes)
    assert not any("scribe-weights" in a or "scribe-network" in a for a in sizes)
    assert max(sizes.values()) <= LARGEST, sizes
    scripts = [a for a in sizes if "scribe-" in a]
    assert sum(sizes[a] for a in scripts) < 100_000
    assert page.run("document.querySelector('scribe-writer').state") == "idle"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_small_screen_loads_little_and_axe_finds_nothing(chromium, served, axe, name):
    """A page is opened once for all that can be seen of it before anybody touches it."""
    with chromium.page(width=360, height=800) as page:
        page.open(f"{served}/{name}")
        page.run("window.MathJax?.startup?.promise?.then(() => 0)")  # its formulas stand
        assert page.run("document.documentElement.scrollWidth") <= 360
        page.look()
        if name in LIVE:
            loads_little(page)
        assert violations(page, axe, name) == []
        assert outside(page) == []


@pytest.mark.parametrize("name", FEW)
def test_axe_finds_nothing_in_a_figure_that_has_written_on_a_dark_narrow_page(chromium, served, axe, name):
    with chromium.page(width=360, height=800, dark=True, still=True) as page:
        page.open(f"{served}/{name}")
        page.run("window.figure = document.querySelector('scribe-writer'); figure.scrollIntoView(); figure.write()")
        page.wait("figure.state === 'done'", 120)
        assert page.run("document.documentElement.dataset.theme") == "dark"
        assert page.run("document.documentElement.scrollWidth") <= 360, "the page is wider than the screen"
        assert violations(page, axe, name) == []


def test_the_first_page_is_light(chromium, served):
    """All that it loads, as servers send it: packed."""
    with chromium.page() as page:
        page.open(f"{served}/book/index.html")
        page.run("new Promise((done) => setTimeout(done, 500))")
        sizes = packed(page.requests)
        assert len(sizes) > 10
        assert sum(sizes.values()) <= LARGEST, sizes


@pytest.mark.parametrize("width", [360, 1280])
def test_the_text_of_the_first_figure_is_few_stops_away(chromium, served, width):
    """By the link that passes over the menu: it, Enter, and at most ten more."""
    inner = "let a = document.activeElement; while (a.shadowRoot?.activeElement) a = a.shadowRoot.activeElement"
    with chromium.page(width=width, still=True) as page:
        page.open(f"{served}/book/index.html")
        page.key("Tab", 9)
        assert page.run("document.activeElement.getAttribute('href')") == "#main-content"
        page.key("Enter", 13, "\r")
        stops = []
        while len(stops) < 10 and "text" not in stops:
            page.key("Tab", 9)
            stops.append(page.run(f"(() => {{ {inner}; return String(a.className); }})()"))
        assert stops[-1] == "text", stops


def test_only_the_page_of_the_search_loads_its_index(chromium, served):
    with chromium.page() as page:
        for name, wanted in (("book/index.html", False), ("search.html?q=window", True)):
            page.open(f"{served}/{name}")
            assert any("searchindex.js" in address for address in page.requests) is wanted
        page.wait("document.querySelectorAll('#search-results li a').length > 3")


@pytest.mark.parametrize("over", ["file", "http"])
@pytest.mark.parametrize("name", LIVE)
def test_figures_write(chromium, served, name, over):
    address = (HTML / name).as_uri() if over == "file" else f"{served}/{name}"
    with chromium.page() as page:
        page.leave_out(MATHJAX)
        page.open(address)
        page.run("window.figure = document.querySelector('scribe-writer'); figure.scrollIntoView(); 0")
        page.run("figure.set({text: 'so it writes', speed: 5000}); figure.shadowRoot.querySelector('.go').click()")
        page.wait("figure.state === 'done' || figure.state === 'failed'", 120)
        status = page.run("figure.shadowRoot.querySelector('.status').textContent")
        assert status.startswith("Written"), status
        assert page.run("figure.job.made") > 50
        assert outside(page) == []
        assert page.complaints == []


def means(name, asked, value, hands):
    """Whether a figure has the value that a link asks for: things to show in any order, a hand by name or number."""
    if name == "show":
        return sorted(asked.split()) == sorted(value)
    if name == "hand" and asked.isdigit():
        return value == hands[int(asked) - 1]
    return str(value) == asked


@pytest.mark.parametrize("name", FEW)
def test_links_in_the_text_set_the_figure(chromium, served, name):
    with chromium.page(still=True) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/{name}")
        links = page.run("[...document.querySelectorAll('a[href^=\"#scribe:\"]')].map((a) => a.getAttribute('href'))")
        assert links
        for link in links:
            page.run(f"document.querySelector('a[href=' + CSS.escape({json.dumps(link)}) + ']').click()")
            identifier = link.removeprefix("#scribe:").partition("?")[0]
            page.run(f"window.figure = document.getElementById({json.dumps(identifier)}); 0")
            page.wait("figure.state === 'done'", 120)
            wanted = page.run(f"Object.fromEntries(new URLSearchParams({json.dumps(link.partition('?')[2])}))")
            values = page.run("figure.values")
            hands = page.run("[...figure.shadowRoot.querySelectorAll('.hands input')].map((o) => o.value)")
            hands = [hand for hand in hands if hand]
            assert all(means(k, v, values[k], hands) for k, v in wanted.items()), (wanted, values)


@pytest.mark.parametrize("name", LIVE)
def test_without_scripts_a_picture_and_a_sentence_stand_there(chromium, served, name):
    with chromium.page() as page:
        page.offline_scripts()
        page.open(f"{served}/{name}")
        found = page.run(
            """(() => {
              const figure = document.querySelector('scribe-writer');
              const picture = figure.querySelector('img, svg'), box = picture.getBoundingClientRect();
              const text = [...figure.querySelectorAll('p')].map((p) => p.textContent.trim()).join(' ');
              return {width: box.width, height: box.height, broken: picture.naturalWidth === 0, text};
            })()"""
        )
        assert found["width"] > 200
        assert found["height"] > 30
        assert not found["broken"]
        assert len(found["text"]) > 30


def test_the_test_tools_are_not_in_the_book():
    assert not [p for p in HTML.rglob("*") if p.is_file() and "axe" in p.name]
    weights = HTML / "_static/scribe-weights-anyone.js"
    assert 100_000 < weights.stat().st_size <= 4_000_000


# --- what the reader does ---------------------------------------------------------------------------------------------

ASKING = [p for p in PAGES if 'class="scribe-predict"' in (HTML / p).read_text(encoding="utf-8")]
TURNING = [p for p in PAGES if 'class="scribe-frames"' in (HTML / p).read_text(encoding="utf-8")]
DRAWN = [p for p in PAGES if 'class="scribe-live"' in (HTML / p).read_text(encoding="utf-8")]
OUTCOMES = "[...document.querySelectorAll('.tag_hide-output details.hide')]"


def test_chapters_ask_and_turn():
    chapters = {p for p in PAGES if Path(p).stem[:2].isdigit() and not Path(p).stem.endswith("iam")}
    assert set(ASKING) == set(TURNING) | set(DRAWN) == chapters
    assert len(DRAWN) >= 4


@pytest.mark.parametrize("name", ASKING)
def test_an_outcome_waits_for_the_guess(chromium, served, name):
    with chromium.page(still=True) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/{name}")
        count = page.run("document.querySelectorAll('.scribe-predict form').length")
        assert count == page.run("document.querySelectorAll('.scribe-predict').length") > 2
        opened = f"{OUTCOMES}.filter((d) => d.open).length"
        page.run(f"for (const one of {OUTCOMES}) one.querySelector('summary').click()")
        assert page.run(opened) == 0
        # The first guess by keyboard alone: the first answer, or a word or number.
        page.run("window.asked = document.querySelector('.scribe-predict'); asked.querySelector('input').focus()")
        if page.run("document.activeElement.type") == "radio":
            page.key(" ", 32, " ")
        else:
            page.run("document.activeElement.value = '3'; 0")
        page.key("Enter", 13, "\r")
        page.wait("asked.dataset.state === 'done'")
        assert page.run("asked.querySelector('[role=status]').textContent").startswith("Your guess: ")
        # All others give up; then nothing is shut any more. What was guessed is known when the page is opened again.
        give_up = "[...document.querySelectorAll('.scribe-predict form:not([hidden]) .plain')]"
        page.run(f"for (const one of {give_up}) one.click()")
        everything = page.run(f"{OUTCOMES}.length")
        assert page.run(opened) == everything >= count - 2
        page.open(f"{served}/{name}")
        assert page.run(opened) == everything
        assert page.complaints == []


@pytest.mark.parametrize("name", TURNING)
def test_every_knob_turns_and_its_text_follows(chromium, served, name):
    with chromium.page(width=360, height=800, still=True) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/{name}")
        page.run("for (const one of document.querySelectorAll('.scribe-predict form .plain')) one.click()")
        for number in range(page.run("document.querySelectorAll('.scribe-frames').length")):
            page.run(f"window.book = document.querySelectorAll('.scribe-frames')[{number}]; book.scrollIntoView()")
            page.wait("book.dataset.turns")
            knobs = page.run("book.querySelectorAll('.knobs input, .knobs select').length")
            assert knobs >= 1
            seen = {page.run("book.querySelector('.stage').innerHTML")}
            for knob in range(knobs):
                page.run(f"book.querySelectorAll('.knobs input, .knobs select')[{knob}].focus()")
                # To one end and to the other; it stands at one of them, at the most.
                for key, code in (("End", 35), ("Home", 36)):
                    page.key(key, code)
                    seen.add(page.run("book.querySelector('.stage').innerHTML"))
                assert len(page.run("book.querySelector('.told').textContent")) > 10
                page.wait("[...book.querySelectorAll('.stage img')].every((i) => i.complete && i.naturalWidth > 100)")
            assert len(seen) > knobs / 2
            assert page.run("book.getBoundingClientRect().right") <= 360
        assert page.complaints == []
        assert outside(page) == []


def test_nothing_glides_for_those_who_do_not_want_it(chromium, served):
    """Not even for a moment: a page on which everything glides takes the browser several times as long."""
    every = "[...document.querySelectorAll('*')]"
    glides = f"{every}.filter((e) => parseFloat(getComputedStyle(e).transitionDuration)).length"
    for still in (False, True):
        with chromium.page(still=still) as page:
            page.open(f"{served}/book/index.html")
            assert (page.run(glides) == 0) is still


def test_without_scripts_outcomes_are_folded_and_figures_still(chromium, served):
    with chromium.page() as page:
        page.offline_scripts()
        page.open(f"{served}/book/05-window.html")
        assert page.run(f"{OUTCOMES}.length") > 4
        assert page.run(f"{OUTCOMES}.filter((d) => d.open).length") == 0
        assert page.run("document.querySelector('.scribe-live img').alt").startswith("A bell")
        assert page.run("document.querySelector('.scribe-live .setting').textContent").startswith("Here: kappa")


def test_on_paper_all_is_open(chromium, served):
    with chromium.page() as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/book/05-window.html")
        page.run("dispatchEvent(new Event('beforeprint'))")
        assert page.run("document.querySelectorAll('details:not([open])').length") == 0
        page.run("dispatchEvent(new Event('afterprint'))")
        assert page.run(f"{OUTCOMES}.filter((d) => d.open).length") == 0


def test_what_is_drawn_by_the_page_is_the_arithmetic_of_the_package(chromium, served):
    """Window, bells, cell and bias, against scribe's own functions, finite differences and a loop."""
    with chromium.page() as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/{DRAWN[0]}")
        here = "scribeLive.arithmetic"
        phi = page.run(f"{here}.phi(0.8, 1.3, 2.2, [0, 1, 2, 3])")
        assert phi == pytest.approx(window_phi(*np.array([[0.8], [1.3], [2.2]]), np.arange(4)))

        at = {"pi": 0.3, "mu_1": -1.1, "mu_2": 0.9, "sigma_1": 0.6, "sigma_2": 1.4, "x": 0.25}

        def loss(raw):
            weights = np.exp(raw[:2]) / np.exp(raw[:2]).sum()
            return -np.log((weights * norm.pdf(at["x"], raw[2:4], np.exp(raw[4:]))).sum())

        bells = page.run(f"{here}.twoBells({json.dumps(at)})")
        raw = np.array([np.log(0.3), np.log(0.7), -1.1, 0.9, np.log(0.6), np.log(1.4)])
        assert -np.log(bells["p"]) == pytest.approx(bells["cost"]) == pytest.approx(loss(raw))
        by_trying = [(loss(raw + step) - loss(raw - step)) / 2e-5 for step in 1e-5 * np.eye(6)]
        named = [bells["slopes"][j][name] for name in ("pi", "mu", "sigma") for j in (0, 1)]
        assert named == pytest.approx(by_trying, abs=1e-7)

        inputs = [0.4, -1.0, 2.0]
        gates = {"input": 0.7, "forget": 0.9, "output": 0.5}
        states = page.run(f"{here}.cell({json.dumps(gates)}, {inputs})")
        c = 0.0
        for state, g in zip(states, inputs, strict=True):
            c = 0.9 * c + 0.7 * g
            assert (state["c"], state["h"]) == (pytest.approx(c), pytest.approx(0.5 * np.tanh(c)))

        pi, sigma = np.array([0.6, 0.3, 0.1]), np.array([[0.1, 0.2], [1.5, 2.0], [1.0, 0.5]])
        mixture = MixtureParameters(np.zeros(()), np.log(pi), np.zeros((3, 2)), np.log(sigma), np.zeros(3))
        given = json.dumps({"pi": pi.tolist(), "sigma": sigma.tolist()})
        for rule in ("graves", "post"):
            found = page.run(f"{here}.biased({given}, 1.5, '{rule}')")
            wanted = biased(mixture, 1.5, rule)
            assert found["pi"] == pytest.approx(np.exp(wanted.log_pi))
            assert np.array(found["sigma"]) == pytest.approx(np.exp(wanted.log_sigma))


@pytest.mark.parametrize("name", DRAWN)
def test_figures_that_the_page_draws_turn_and_can_be_dragged(chromium, served, name):
    with chromium.page(width=360, height=800, dark=True, still=True) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/{name}")
        page.run("for (const one of document.querySelectorAll('.scribe-predict form .plain')) one.click()")
        page.run("window.book = document.querySelector('.scribe-live'); book.scrollIntoView({block: 'center'})")
        page.wait("book.dataset.turns")
        picture, told = "book.querySelector('.stage').innerHTML", "book.querySelector('.told').textContent"
        for knob in range(page.run("book.querySelectorAll('.knobs input:not([type=text]), .knobs select').length")):
            page.run(f"book.querySelectorAll('.knobs input:not([type=text]), .knobs select')[{knob}].focus()")
            seen = set()
            for key, number in (("Home", 36), ("End", 35)):
                page.key(key, number)
                seen.add(page.run(picture) + page.run(told))
            assert len(seen) == 2
            assert not any("NaN" in one for one in seen)
        if page.run("Boolean(book.querySelector('.drags'))"):
            page.run("book.querySelector('.stage').scrollIntoView({block: 'center', behavior: 'instant'})")
            page.run("window.box = book.querySelector('.stage').getBoundingClientRect()")
            box = page.run("[box.x, box.y, box.width, box.height]")
            before = page.run(told)
            page.mouse("mousePressed", box[0] + box[2] / 2, box[1] + box[3] / 4)
            page.mouse("mouseMoved", box[0] + box[2] / 3, box[1] + box[3] / 4, buttons=1)
            page.mouse("mouseReleased", box[0] + box[2] / 3, box[1] + box[3] / 4)
            assert page.run(told) != before
        assert page.run("book.getBoundingClientRect().right") <= 360
        assert page.complaints == []


def test_asides_stand_in_the_margin_of_a_wide_page_and_in_the_text_of_a_narrow_one(chromium, served):
    where = """(() => {
      const column = document.querySelector('.bd-article > section > p').getBoundingClientRect();
      return [...document.querySelectorAll('div.margin')].map((one) => {
        const box = one.getBoundingClientRect();
        return [box.left - column.right, box.right - document.documentElement.clientWidth];
      });
    })()"""
    with chromium.page(width=1280) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/book/02-lstm.html")
        places = page.run(where)
        assert len(places) >= 3
        assert all(left > 0 and right <= 0 for left, right in places), places
    with chromium.page(width=360, height=800) as page:
        page.open(f"{served}/book/02-lstm.html")
        assert all(left < 0 and right <= 0 for left, right in page.run(where))
        widths = page.run(
            "[...document.querySelectorAll('div.margin')].map((e) => e.clientWidth / e.parentNode.clientWidth)"
        )
        assert min(widths) > 0.9
        assert page.run("document.documentElement.scrollWidth") <= 360


def test_wide_code_and_formulas_scroll_by_themselves_and_say_so(chromium, served):
    with chromium.page(width=360, height=800) as page:
        page.open(f"{served}/book/05-window.html")
        page.wait("!!document.querySelector('mjx-container[display=\"true\"]')")
        for kind in ("pre", 'mjx-container[display="true"]'):
            wide = (
                f"[...document.querySelectorAll('.bd-article {kind}')].filter((e) => e.scrollWidth > e.clientWidth + 1)"
            )
            assert page.run(f"{wide}.length") > 0
            looks = page.run(f"{wide}.map((e) => [getComputedStyle(e).overflowX, getComputedStyle(e).backgroundImage])")
            assert all(how == "auto" and "gradient" in image for how, image in looks)
        assert page.run("document.documentElement.scrollWidth") <= 360


def test_names_in_a_table_stay_whole_on_a_small_screen(chromium, served):
    with chromium.page(width=360, height=800) as page:
        page.open(f"{served}/book/02-lstm.html")
        names = "[...document.querySelectorAll('.bd-article td code .pre')].filter((e) => !/ /.test(e.textContent))"
        assert page.run(f"{names}.map((e) => e.textContent)").count("recurrent") == 1
        assert page.run(f"{names}.every((e) => e.getClientRects().length === 1)")
        assert page.run("document.documentElement.scrollWidth") <= 360


def test_figures_stay_large_enough_to_be_read_on_a_small_screen(chromium, served):
    place = ":is(.output.image_png, .scribe-frames .stage)"
    widths = f"""[...document.querySelectorAll('.bd-article {place} > img')].map((one) => {{
      const box = one.parentElement;
      return [one.naturalWidth, one.clientWidth, box.clientWidth, box.scrollWidth, box.tabIndex];
    }})"""
    shown = """for (const one of document.querySelectorAll('details')) one.open = true;
      for (const one of document.querySelectorAll('img')) one.loading = 'eager';
      document.querySelector('.scribe-frames').scrollIntoView()"""
    with chromium.page(width=360, height=800) as page:
        page.open(f"{served}/book/01-ink.html")
        page.run(shown)
        page.wait("!!document.querySelector('.scribe-frames .stage')")
        page.wait(f"{widths}.every(([full, , , , stop]) => full > 0 && stop === 0)")
        found = page.run(widths)
        assert len(found) >= 7, "six figures and a flip-book"
        assert all(full >= 700 and wide >= 560 for full, wide, *_ in found), found
        assert all(box < 360 and inside >= wide for _, wide, box, inside, _ in found), found
        assert page.run("document.documentElement.scrollWidth") <= 360
    with chromium.page(width=1280) as page:  # where there is room, nothing scrolls and nothing is a stop
        page.open(f"{served}/book/01-ink.html")
        page.run(shown)
        page.wait("!!document.querySelector('.scribe-frames .stage')")
        page.wait(f"{widths}.every(([full, , , , stop]) => full > 0 && stop === -1)")
        assert all(inside == box for _, _, box, inside, _ in page.run(widths))


def test_answers_come_last_on_paper_and_go_back_afterwards(chromium, served):
    with chromium.page() as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/book/02-lstm.html")
        before = page.run("document.querySelector('.bd-article').innerText")
        page.run("dispatchEvent(new Event('beforeprint'))")
        places = page.run("[...document.querySelectorAll('.scribe-answer-place')].map((e) => e.textContent)")
        assert len(places) >= 12
        assert places[0] == "Answer 1 stands at the end of the chapter."
        headings = page.run("[...document.querySelectorAll('.scribe-answers > h3')].map((e) => e.textContent)")
        assert len(headings) == len(places)
        assert "Answer 3, Exercise 2.1: the lane" in headings
        last = "document.querySelector('.bd-article').lastElementChild.className"
        assert page.run(last) == "scribe-answers"
        # Nothing that gives an outcome away stands before the answers, and nothing on paper is folded.
        told = """[...document.querySelectorAll('.bd-article details')].filter((e) => !e.closest('.scribe-answers'))
          .map((e) => e.querySelector('summary').innerText.trim())"""
        assert all(word.startswith(("Hint", "Hide code", "Show code")) for word in page.run(told))
        assert page.run("document.querySelectorAll('details:not([open])').length") == 0
        page.run("dispatchEvent(new Event('afterprint'))")
        assert page.run(last) != "scribe-answers"
        assert page.run("document.querySelector('.bd-article').innerText") == before


def test_words_of_the_glossary_say_what_they_mean(chromium, served):
    tip = "(() => { const e = document.getElementById('scribe-tip'); return e.hidden ? '' : e.textContent; })()"
    with chromium.page(width=360, height=800) as page:
        page.leave_out(MATHJAX)
        page.open(f"{served}/book/02-lstm.html")
        page.run(
            "window.term = [...document.querySelectorAll('.scribe-term')].find((e) => e.textContent === 'sigmoid')"
        )
        assert page.run("term.getAttribute('href')") == "glossary.html#term-sigmoid"
        assert page.run(tip) == ""
        page.run("term.focus()")
        assert page.run(tip).startswith("The curve from 0 to 1")
        assert page.run("document.getElementById(term.getAttribute('aria-describedby')).role") == "tooltip"
        box = page.run(
            "(({left, right}) => [left, right])(document.getElementById('scribe-tip').getBoundingClientRect())"
        )
        assert 0 <= box[0] < box[1] <= 360
        page.key("Escape", 27)
        assert page.run(tip) == ""
        # By touch: the first shows it, the second follows the link.
        page.run("document.activeElement.blur(); term.scrollIntoView({block: 'center'})")
        x, y = page.run("(({left, top}) => [left + 5, top + 5])(term.getBoundingClientRect())")
        page.call("Emulation.setTouchEmulationEnabled", enabled=True)
        for times in (1, 2):
            page.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            if times == 1:
                page.wait(f"{tip}.startsWith('The curve from 0 to 1')")
                assert page.run("location.pathname").endswith("02-lstm.html")
        page.wait("location.pathname.endsWith('glossary.html')")
        assert outside(page) == []
