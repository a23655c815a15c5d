"""A page pasted from a word processor in each language is written, wrapped and proofread without an option."""

import html
import re
import unicodedata

import pytest
from click.testing import CliRunner
from fake_readers import KnowingReader, RecordingWriter
from random_reader import random_reader
from random_weights import random_weights

from scribe import cli
from scribe.alphabet import ASCII, LATIN
from scribe.layout.lines import paragraphs_of, wrap
from scribe.measure.sentences import SENTENCES
from scribe.proofread import proofread
from scribe.reader import Reader
from scribe.weights import save_weights


def pasted(language):
    """Sentences as programs paste them: letters and marks apart, no-break spaces, soft hyphens, ligatures."""
    text = unicodedata.normalize("NFD", " ".join(SENTENCES[language][:4]))
    text = text.replace(" – ", "\u00a0– ").replace("« ", "«\u202f").replace("fi", "\ufb01")
    return f"\ufeff{text[:9]}\u200b{text[9:]}\r\n\r\n{SENTENCES[language][-1]}\u00ad\r\n"


@pytest.fixture(scope="module")
def latin(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "latin.safetensors"
    save_weights(path, random_weights(units=6, layers=1, alphabet=LATIN, window_bias=1.0))
    return path


@pytest.mark.parametrize("language", SENTENCES)
def test_a_pasted_page_is_written_without_an_option(language, latin, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["write", "-", "-o", "page.svg", "--weights", str(latin), "--width", "30", "--seed", "1"]
    result = CliRunner().invoke(cli.app, asked, input=pasted(language))
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.svg").read_text(encoding="utf-8")
    described = html.unescape(re.search("<desc.*?>(.*?)</desc>", page, re.S)[1]).partition(": ")[2]
    wanted = [*SENTENCES[language][:4], SENTENCES[language][-1]]
    assert described.split() == " ".join(wanted).split()  # as they were typed, nothing made plain
    assert int(re.search(r"(\d+) lines", result.output)[1]) > 4


@pytest.mark.parametrize("language", SENTENCES)
def test_lines_of_every_language_are_wrapped_between_words(language):
    text = LATIN.normalised(pasted(language))
    whole = " ".join(" ".join(SENTENCES[language][:4]).split())
    paragraphs = [paragraph.text for paragraph in paragraphs_of(text) if paragraph.text]
    assert paragraphs == [whole, SENTENCES[language][-1]]  # as they were typed: nothing is lost, nothing is made plain
    lines = wrap(whole, 24)
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "")
    assert [line for line in lines if line != line.strip()] == []
    assert max(map(len, lines)) <= 24


def test_curly_marks_are_kept_by_those_who_know_them_and_made_plain_by_others():
    text = "“Zoë’s” – cafe\u0301…"
    for alphabet, wanted in ((LATIN, "“Zoë’s” – café…"), (ASCII, '"Zoe\'s" - cafe...')):
        writer = RecordingWriter(random_weights(alphabet=alphabet, window_bias=1.0))
        given = text if alphabet is LATIN else ASCII.replace_unknown(text)
        (draft,) = writer.begin([given])
        assert draft.text == wanted
    (draft,) = RecordingWriter(random_weights(window_bias=1.0)).begin(["“plain”"])
    assert draft.text == '"plain"'  # quotes need no option


def test_a_reader_that_knows_less_proofreads_what_it_can_spell():
    """The writer keeps its curly quotes; a reader without them wants what a typewriter has, and finds it."""
    writer = RecordingWriter(random_weights(alphabet=LATIN, window_bias=1.0))
    reader = KnowingReader(writer.written, ASCII.normalised)
    kept = proofread(writer, reader, ["“It’s” – late"], 2, seed=0)
    assert kept.readings[0].text == '"It\'s" - late'
    assert kept.readings[0].errors == 0
    everything = proofread(writer, Reader(random_reader(alphabet=LATIN)), [SENTENCES["Polish"][4]], 2, seed=0)
    assert everything.readings[0].errors > 0  # it can't read, but it knows all letters
