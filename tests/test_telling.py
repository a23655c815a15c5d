"""People's or the network's: the pairs of chapter 11, and the test that the page makes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest

from recipe.make_pairs import TEXTS, chosen, drawings
from scribe.corpora import Corpus, Sample, fonts
from scribe.exercises.telling import tell_apart
from scribe.measure.intervals import share

ROOT = Path(__file__).parent.parent
PAIRS = ROOT / "book" / "figures" / "pairs.json"
SCRIPT, LOOK = ROOT / "scribe" / "page" / "scribe-book.js", ROOT / "book" / "_static" / "scribe.css"
CONTENT = json.loads(PAIRS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shown() -> str:
    """The test as HTML."""
    display = pytest.importorskip("IPython.display")
    kept, real = [], display.display
    display.display = lambda bundle, raw: kept.append(bundle["text/html"])
    try:
        tell_apart(PAIRS)
    finally:
        display.display = real
    return kept[0]


# --- the pairs


def test_there_are_twenty_pairs_as_often_a_as_b() -> None:
    assert [pair["text"] for pair in CONTENT["pairs"]] == list(TEXTS)
    assert sorted(pair["person"] for pair in CONTENT["pairs"]) == [0] * 10 + [1] * 10
    assert CONTENT["split"] == "test"
    assert CONTENT["corpus"]["licence"] == "CC BY 4.0"
    assert "UNIPEN" in CONTENT["corpus"]["attribution"]


def test_texts_name_nobody_and_have_no_numbers() -> None:
    for text in TEXTS:
        assert not re.search(r"\d|@", text)
        assert not [word for word in text.split()[1:] if word[0].isupper()], text  # a name


def test_nothing_but_the_ink_tells_the_two_apart() -> None:
    for pair in CONTENT["pairs"]:
        heads = [drawing.split("<path")[0] for drawing in pair["drawings"]]
        heads = [re.sub(r"pair-\d+[AB]|Line [AB]", "", head) for head in heads]
        one, other = (re.sub(r'height="[\d.]+px"|viewBox="0 0 520 [\d.]+"', "", head) for head in heads)
        assert "stroke-width" in one
        assert one == other


def test_two_lines_have_one_scale_and_one_width() -> None:
    short, long = (fonts.write_ink(text, "print-1", seed=1) for text in ("on", "on and on and on"))
    drawn = [
        re.search(r'viewBox="0 0 ([\d.]+) [\d.]+".*?stroke-width="([\d.]+)"', d, re.S)
        for d in drawings([short, long], 1)
    ]
    assert [d[1] for d in drawn] == ["520", "520"]
    assert drawn[0][2] == drawn[1][2]  # the pen is as wide


def test_lines_are_of_test_writers_who_take_turns_and_hands_of_other_lines() -> None:
    samples = []
    for writer in range(3):
        for text in ("one", "two", "three"):
            split = "train" if writer == 2 else "test"
            samples.append(Sample(fonts.write_ink(text, "print-1", seed=writer), text, f"w{writer}", "line", split))
    samples.append(Sample(fonts.write_ink("alone", "print-1", seed=9), "alone", "w9", "line", "test"))
    facts = {"name": "toy", "licence": "CC0-1.0", "attribution": "a font", "synthetic": True}
    found = chosen(Corpus.from_samples(samples, facts), ("one", "two", "three"))
    assert [sample.text for sample, _ in found] == ["one", "two", "three"]
    assert [sample.writer for sample, _ in found[:2]] != [found[0][0].writer] * 2
    for sample, others in found:
        assert {other.writer for other in others} == {sample.writer}
        assert sample.text not in [other.text for other in others]
    for text in ("four", "alone"):
        with pytest.raises(SystemExit, match=text):
            chosen(Corpus.from_samples(samples, facts), (text,))


def test_a_file_without_pairs_is_refused(tmp_path: Path) -> None:
    for content in ('{"pairs": [{}], "corpus": {}}', "[]"):
        path = tmp_path / "no.json"
        path.write_text(content)
        with pytest.raises(ValueError, match="no pairs"):
            tell_apart(path)


# --- in the page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, shown: str) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("telling")
    head = "<!doctype html><html lang=en><meta charset=utf-8><link rel=icon href=data:,><title>Test</title>"
    head += f"<style>{LOOK.read_text(encoding='utf-8')}</style>"
    script = SCRIPT.read_text(encoding="utf-8")
    (folder / "index.html").write_text(f"{head}<main>{shown}</main><script>{script}</script>", encoding="utf-8")
    with browser.serve(folder) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    with browser.start() as opened:
        yield opened


STATUS = "document.querySelector('[role=status]').textContent"


def taken(page: browser.Page, answers: list[str]) -> str:
    """Take the test by keyboard; what it says in the end."""
    page.run(
        "[...document.querySelectorAll('.scribe-pairs button')].find((b) => !b.hidden && !b.closest('.test')).focus()"
    )
    page.key("Enter", 13, "\r")
    for number, answer in enumerate(answers, 1):
        page.wait(f"{STATUS}.startsWith('Pair {number} of 20')")
        if answer == "B":
            page.key("Tab", 9)
        page.key("Enter", 13, "\r")
    return page.wait(f"{STATUS}.startsWith('You found') && {STATUS}")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_test_counts_and_has_the_interval_of_the_book(chromium, address: str, width: int) -> None:
    people = ["AB"[pair["person"]] for pair in CONTENT["pairs"]]
    swapped = {"A": "B", "B": "A"}
    with chromium.page(width=width) as page:
        page.open(address)
        assert page.run("document.querySelector('.scribe-pairs details').checkVisibility()") is False
        for wrong, verdict in ((0, "You can tell"), (6, "can't show"), (20, "you take the network for the person")):
            answers = [swapped[who] if n < wrong else who for n, who in enumerate(people)]
            told = taken(page, answers)
            value, low, high = share(20 - wrong, 20)
            assert f"in {20 - wrong} of 20 pairs, {value:.0%}".replace("%", " %") in told
            assert f"({100 * low:.0f} to {100 * high:.0f} %)" in told
            assert verdict in told
            assert page.run("document.documentElement.scrollWidth") <= width
            first = page.run("document.querySelector('.scribe-pairs .answer').textContent")
            assert first == f"A person wrote {people[0]}. You said {answers[0]}."
        assert page.complaints == []


def test_while_it_is_taken_nothing_says_whose_a_line_is(chromium, address: str) -> None:
    with chromium.page() as page:
        page.open(address)
        page.run("document.querySelector('.scribe-pairs button').click()")
        assert page.run("document.querySelector('.scribe-pairs .answer').checkVisibility()") is False
        names = page.run("[...document.querySelectorAll('.test button')].map((b) => b.getAttribute('aria-label'))")
        assert names == ["Line A", "Line B"]
        assert page.run("document.querySelector('.test svg').getBoundingClientRect().width") > 100


def test_without_scripts_there_is_a_folded_list_with_the_answers(chromium, address: str) -> None:
    with chromium.page(width=360) as page:
        page.offline_scripts()
        page.open(address)
        page.offline_scripts(False)
        assert page.run("document.querySelector('.scribe-pairs details').open") is False
        assert page.run("document.querySelectorAll('.scribe-pairs li svg').length") == 40
        assert page.run("document.querySelectorAll('.scribe-pairs .answer').length") == 20
        page.run("document.querySelector('.scribe-pairs details').open = true")
        assert page.run("document.documentElement.scrollWidth") <= 360
