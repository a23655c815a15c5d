"""Sentences of many languages: written as they are typed, with every letter of their language."""

import unicodedata

import pytest

from scribe.alphabet import LATIN
from scribe.measure.sentences import REFERENCE, SENTENCES
from scribe.measure.texts import TEXTS

# What each language has beyond a to z, as its schools teach it, and the quotation marks and dash it prints.
LETTERS = {
    "English": ("", "", "“”’–"),
    "German": ("äöüß", "ÄÖÜẞ", "„“‚‘–…"),
    "French": ("àâæçéèêëîïôœùûüÿ", "ÀÂÇÉÈÊËÎÏÔŒÙÛ", "«»’–…"),
    "Spanish": ("áéíñóúüºª", "ÁÉÍÑÓÚÜ", "¿¡«»—"),
    "Portuguese": ("áâãàçéêíóôõú", "ÁÂÃÀÇÉÊÍÓÔÕÚ", "“”–"),
    "Italian": ("àèéìòù", "ÀÈÉÌÒÙ", "«»’–"),
    "Dutch": ("éèëïóöü", "ÉËÏÖÜ", "‘’“”–"),
    "Swedish": ("åäöé", "ÅÄÖÉ", "”–"),
    "Danish": ("æøå", "ÆØÅÉ", "»«–"),
    "Norwegian": ("æøå", "ÆØÅÉ", "«»–"),
    "Icelandic": ("áéíóúýþæöð", "ÁÉÍÓÚÝÞÆÖÐ", "„“–"),
    "Finnish": ("äö", "ÄÖÅ", "”–"),
    "Estonian": ("äõöüšž", "ÄÕÖÜŠŽ", "„”–"),
    "Latvian": ("āčēģīķļņšūž", "ĀČĒĢĪĶĻŅŠŪŽ", "„”–"),
    "Lithuanian": ("ąčęėįšųūž", "ĄČĘĖĮŠŲŪŽ", "„“–"),
    "Polish": ("ąćęłńóśźż", "ĄĆĘŁŃÓŚŹŻ", "„”–"),
    "Czech": ("áčďéěíňóřšťúůýž", "ÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ", "„“–"),
    "Croatian": ("čćđšž", "ČĆĐŠŽ", "„”–"),
    "Hungarian": ("áéíóöőúüű", "ÁÉÍÓÖŐÚÜŰ", "„”–"),
    "Turkish": ("çğıöşüâî", "ÇĞIİÖŞÜ", "“”’–"),
    "Romanian": ("ăâîșț", "ĂÂÎȘȚ", "„”–"),
}


def test_every_language_is_checked():
    assert SENTENCES.keys() == LETTERS.keys()
    assert REFERENCE in SENTENCES


@pytest.mark.parametrize("language", LETTERS)
def test_sentences_have_all_letters_of_their_language_and_no_others(language):
    small, capital, signs = LETTERS[language]
    sentences = SENTENCES[language]
    present = set("".join(sentences))
    assert set(small + capital + signs) <= present
    # "î" in Dutch is French: crème fraîche; the euro and the ellipsis are everybody's.
    others = {c for c in present if not c.isascii()} - set(small + small.upper() + capital + signs + "€…îÉé")
    assert not others
    assert len(sentences) == len(set(sentences)) >= 15


def test_sentences_are_short_lines_in_normal_form_that_the_alphabet_can_spell():
    everything = [sentence for sentences in SENTENCES.values() for sentence in sentences]
    assert [s for s in everything if not 15 <= len(s) <= 60] == []
    assert [s for s in everything if unicodedata.normalize("NFC", s) != s] == []
    assert [s for s in everything if not set(LATIN.characters).issuperset(s)] == []
    assert [s for s in everything if s != " ".join(s.split())] == []
    assert not set(everything) & set(TEXTS)
    assert len(everything) == len(set(everything))
