"""The map of hands, in a real browser: its places are the prior's, and one can write in what stands there."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import browser
import numpy as np
import pytest
from random_weights import random_weights

from scribe.corpora import fonts
from scribe.hands import Hand, HandReader, load_hand, mixed, named_hands, save_hand, similarity
from scribe.page import export as web
from scribe.page import light
from scribe.styles import Style

STILL = '<img src="scribe-map-hands.svg" alt="Twenty-five words.">'


@pytest.fixture(scope="module")
def chromium():
    with browser.start() as one:
        yield one


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with a page that holds a map; its network scribbles."""
    folder = tmp_path_factory.mktemp("map")
    weights = random_weights(condition=24)
    pictures = {"hands": web.hand_pictures(weights), "none": []}
    data = {f"scribe-pictures-{name}.js": light.pictures_script({name: some}) for name, some in pictures.items()}
    data["scribe-weights-hands.js"] = web.web_weights(weights, name="hands")
    data["scribe-weights-none.js"] = web.web_weights(random_weights(), name="none")
    data["scribe-map-hands.svg"] = light.hands_map("hi", weights=weights)
    bodies = {
        name: f'<scribe-map weights="{name}" word="hi" text="a line">{STILL}</scribe-map>' for name in ("hands", "none")
    }
    browser.pages(folder, web.MAP, bodies, data)
    return folder


@pytest.fixture
def opened(chromium, site):
    pages = []

    def open_page(name="hands", **look):
        page = chromium.page(**look)
        pages.append(page)
        page.open((site / f"{name}.html").as_uri())
        page.wait("window.map = document.querySelector('scribe-map'), !!map?.state")
        page.run("window.part = (name) => map.shadowRoot.querySelector(name); 0")
        return page

    yield open_page
    for page in pages:
        page.__exit__()


def settled(page):
    """Until the line stands and all words do; what is said then."""
    page.run("new Promise((go) => setTimeout(go, 300))")  # the cross has to rest before anything is written
    page.wait("map.state === 'done' || map.state === 'failed'", 60)
    return page.run("part('.status').textContent")


def written(page):
    page.run("part('.go').click()")
    return settled(page)


def hand(page):
    """The hand that the line is written in."""
    return Hand(np.array(page.run("map.here.condition")))


def line(page):
    return page.run("[...part('.line').querySelectorAll('path')].map((p) => p.getAttribute('d')).join()")


def test_places_and_mixtures_are_those_of_the_package(opened):
    page, prior = opened(), HandReader.load().prior
    written(page)
    for x, y in [(0, 0), (2.5, -1), (-0.3, 1.7)]:
        here = page.run(f"map.vectors.at(map.info.prior, [{x}, {y}])")
        np.testing.assert_allclose(here, prior.at([x, y]).z, atol=2e-3)
    names = list(named_hands())
    for name in names:
        z = named_hands()[name].hand
        there = page.run(f"map.vectors.coordinates(map.info.prior, map.known.find((h) => h.name === '{name}').z)")
        np.testing.assert_allclose(there, prior.coordinates(z)[:2], atol=2e-3)
    two = [named_hands()[name].hand for name in names[:2]]
    given = json.dumps([one.z.tolist() for one in two])
    found = page.run(f"map.vectors.mixed({given}, [0.3, 0.7])")
    np.testing.assert_allclose(found, mixed(two, [0.3, 0.7]).z, atol=1e-5)
    assert page.run("map.vectors.mixed([[1, 2], [-1, -2]], [0.5, 0.5])") is None


@pytest.mark.parametrize(("width", "count", "dark"), [(1280, 5, False), (360, 3, True)])
def test_a_word_stands_at_each_place_and_nothing_moves(opened, width, count, dark):
    page = opened(width=width, dark=dark)
    before = page.run("map.getBoundingClientRect().height")
    assert not any("weights" in address for address in page.requests), "the still picture needs no weights"
    assert "In the hand at" in written(page)
    assert page.run("map.cells.filter(({drawn}) => drawn.querySelector('path')).length") == count**2
    assert page.run("map.getBoundingClientRect().height") == before
    assert page.run("document.documentElement.scrollWidth") <= width
    corners = page.run("[map.cells[0], map.cells.at(-1)].map(({x, y}) => [x, y])")
    assert corners == [[-2.5, 2.5], [2.5, -2.5]]
    assert page.complaints == []


def test_arrow_keys_and_the_mouse_move_the_cross(opened):
    page = opened()
    written(page)
    first = line(page)
    assert first
    page.run("part('.map').focus()")
    page.key("ArrowRight", 39)
    page.key("ArrowUp", 38)
    assert "In the hand at 0.1, 0.1" in settled(page)
    assert line(page) != first
    np.testing.assert_allclose(hand(page).z, HandReader.load().prior.at([0.1, 0.1]).z, atol=2e-3)
    box = page.run("(({left, top, width, height}) => [left, top, width, height])(part('.map').getBoundingClientRect())")
    page.mouse("mousePressed", box[0] + box[2] / 2, box[1] + box[3] / 2)
    page.mouse("mouseMoved", box[0] + 0.9 * box[2], box[1] + 0.9 * box[3], buttons=1)
    page.mouse("mouseReleased", box[0] + 0.9 * box[2], box[1] + 0.9 * box[3])
    settled(page)
    across = 2 * 2.5 * 5 / 4
    np.testing.assert_allclose(page.run("[map.values.x, map.values.y]"), [0.4 * across, -0.4 * across], atol=0.02)
    again = line(page)
    page.run("part('.map').focus()")
    page.key("Home", 36)
    settled(page)
    assert line(page) == first, "the same place writes the same line"
    assert line(page) != again


def test_a_finger_takes_the_cross_and_a_tap_puts_it_elsewhere(opened):
    page = opened(width=360, height=800)
    written(page)
    box = page.run("(({left, top, width, height}) => [left, top, width, height])(part('.map').getBoundingClientRect())")
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    page.call("Emulation.setEmitTouchEventsForMouse", enabled=False)

    def touch(kind, *points):
        places = [{"x": box[0] + x * box[2], "y": box[1] + y * box[3]} for x, y in points]
        page.call("Input.dispatchTouchEvent", type=kind, touchPoints=places)

    touch("touchStart", (0.25, 0.75))
    touch("touchEnd")
    across = 2 * 2.5 * 3 / 2
    page.wait("map.values.x < -1")
    np.testing.assert_allclose(page.run("[map.values.x, map.values.y]"), [-0.25 * across, -0.25 * across], atol=0.1)
    touch("touchStart", (0.25, 0.75))
    for share in np.linspace(0, 1, 8):
        touch("touchMove", (0.25 + 0.4 * share, 0.75 - 0.4 * share))
    touch("touchEnd")
    settled(page)
    np.testing.assert_allclose(page.run("[map.values.x, map.values.y]"), [0.15 * across, 0.15 * across], atol=0.1)


def test_two_hands_are_mixed(opened):
    page = opened()
    written(page)
    one, other = list(named_hands())[:2]
    hands = [named_hands()[name].hand for name in (one, other)]
    page.run("part('.share').value = 25; part('.share').dispatchEvent(new Event('input'))")
    assert f"75 % {one}" in settled(page).lower()
    assert similarity(hand(page), mixed(hands, [0.75, 0.25])) > 0.9999
    page.run("part('.share').value = 100; part('.share').dispatchEvent(new Event('input'))")
    assert f"In the hand {other}" in settled(page)
    assert similarity(hand(page), hands[1]) > 0.9999


def test_a_hand_from_a_file_is_a_point_and_the_hand_at_the_cross_a_file(opened, tmp_path):
    page = opened()
    prior = HandReader.load().prior
    mine = Hand(prior.draw(7).z, "me", prior.reader, Style(fonts.write_ink("my own", "print-2", seed=1), "my own"))
    save_hand(tmp_path / "me.hand", mine)
    page.run(f"map.openHand({json.dumps((tmp_path / 'me.hand').read_text())})", 60)
    assert "your own hand" in settled(page)
    page.run(
        """URL.createObjectURL = (blob) => { window.saved = blob; return "blob:saved"; };
           HTMLAnchorElement.prototype.click = () => {}; 0"""
    )
    assert page.run("[...part('.named').querySelectorAll('text')].some((one) => one.textContent === 'you')")
    place = np.clip(prior.coordinates(mine)[:2], -2.5, 2.5)
    np.testing.assert_allclose(page.run("[map.values.x, map.values.y]"), place, atol=5e-3)
    assert page.run("map.here.style.text") == "my own"
    for own in (True, False):
        if not own:
            page.run("map.set({x: 1, y: -1})")
            settled(page)
        page.run("window.saved = null; part('.save-here').click()")
        (tmp_path / "saved.hand").write_text(page.run("saved.text()"))
        saved = load_hand(tmp_path / "saved.hand")
        assert saved.reader == prior.reader
        assert (saved.sample is not None) == own
        assert similarity(saved, mine if own else prior.at([1, -1])) > 0.9999


def test_what_cannot_be_done_is_told(opened):
    page = opened("none")
    assert "no map" in written(page)
    page = opened()
    page.run("part('.word').value = ' '; part('.word').dispatchEvent(new Event('input'))")
    assert "nothing to write" in written(page)
    page.run("part('.word').value = 'on'; part('.word').dispatchEvent(new Event('input'))")
    assert "In the hand at" in written(page)


def test_without_javascript_a_still_picture_stands_there(chromium, site):
    with chromium.page() as page:
        page.offline_scripts()
        page.open((site / "hands.html").as_uri())
        page.offline_scripts(False)
        assert page.run("document.images[0].complete && document.images[0].naturalWidth > 0")
    drawing = ET.fromstring((site / "scribe-map-hands.svg").read_text())
    words = drawing.findall("{http://www.w3.org/2000/svg}path")
    places = [re.match(r"translate\(([\d.]+) ([\d.]+)\)", word.get("transform")) for word in words]
    assert len({place.groups() for place in places}) == 25
    with pytest.raises(ValueError, match="no map"):
        light.hands_map(weights=random_weights())
