"""Words of the glossary in the chapters: which are linked, where to, and once each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_tools"))
import terms

GATE = terms.Term("glossary.html#term-gate", 'A number between 0 and 1, "open" or shut.')
FORGET = terms.Term("glossary.html#term-forget-gate", "How much of the cell is kept.")
KNOWN = {
    "gate": GATE,
    "forget gate": FORGET,
    "input gate": FORGET,
    "LSTM": terms.Term("glossary.html#term-LSTM", "A layer."),
}


def test_the_longest_word_is_linked_with_what_it_means():
    made = terms.linked("The forget gate & its bias", KNOWN, set())
    says = "How much of the cell is kept."
    assert made == (
        f'The <a class="scribe-term" href="{FORGET.address}" data-says="{says}">forget gate</a> &amp; its bias'
    )


def test_what_it_means_cannot_break_out_of_the_link():
    made = terms.linked("a gate", KNOWN, set())
    assert "&quot;open&quot;" in made
    assert '"open"' not in made


@pytest.mark.parametrize("text", ["Gates open", "the gates", "a gate."])
def test_plurals_and_the_start_of_a_sentence_count(text):
    assert terms.linked(text, KNOWN, set()).count(GATE.address) == 1


@pytest.mark.parametrize("text", ["navigates", "gateway", "gate-keeper", "an lstm", "nothing at all", "lstm_gate"])
def test_parts_of_other_words_do_not(text):
    assert terms.linked(text, KNOWN, set()) is None


def test_an_entry_is_linked_once_under_whichever_of_its_names():
    seen = set()
    assert terms.linked("the input gate", KNOWN, seen)
    assert terms.linked("the forget gate", KNOWN, seen) is None
    assert terms.linked("a gate", KNOWN, seen)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("gate", ["gate"]),
        ("encoder, decoder", ["encoder", "decoder"]),
        ("squared error (SSE)", ["squared error"]),
        ("bias (of sampling)", []),
    ],
)
def test_the_words_of_an_entry(entry, words):
    assert terms.names(entry) == words


def test_every_word_that_is_left_out_stands_in_the_glossary():
    glossary = (Path(__file__).parents[1] / "book/glossary.md").read_text(encoding="utf-8")
    entries = [line for line in glossary.splitlines() if line and not line.startswith((" ", "#", "`"))]
    known = {name for entry in entries for name in terms.names(entry)}
    assert known >= terms.EVERYDAY
