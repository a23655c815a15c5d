"""The programs that make styles and sheets."""

import json
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest
from fake_readers import KnowingReader, RecordingWriter
from random_weights import random_weights

from recipe import make_sheets, make_styles
from recipe.make_styles import PARAGRAPH, TEXTS, Candidate
from scribe.alphabet import ASCII
from scribe.ink import Ink
from scribe.styles import Style, Traits, load_styles, save_styles

SPREAD = Traits(0.3, 10.0, 0.2, 0.1, 0.5)


def candidate(lifts=1.0, slant=0.0, width=1.0, seed=0, lines=(), **more):
    ink = Ink(np.array([[0, 0, 0], [1, 1, 1]]))
    return Candidate(
        Style(ink, "ink"), 0.5, seed, hand=Traits(lifts, slant, width, 0.6, 2.0), lines=list(lines), **more
    )


class HalfBlindReader(KnowingReader):
    """Cannot read what was written with an odd number of points."""

    def read_many(self, inks):
        return [text if len(ink) % 2 == 0 else "?" for ink, text in zip(inks, super().read_many(inks), strict=True)]


@pytest.fixture(scope="module")
def chosen():
    writer = RecordingWriter(random_weights(window_bias=0.0))
    told = []
    kept = make_styles.choose(writer, HalfBlindReader(writer.written), 80, 20, 8, seed=3, say=told.append)
    return writer, kept, told


def test_what_is_chosen_can_be_read_and_is_different(chosen):
    writer, kept, told = chosen
    assert len(kept) == 8
    assert len({one.seed for one in kept}) == 8
    for one in kept:
        assert one.error_rate == 0
        assert len(one.style.ink) % 2 == 0
        assert one.finished
        assert len(one.lines) == len(one.inks) == len(PARAGRAPH)
        # It can be made again from what is noted of it.
        style = make_styles.cursive_examples()[one.example] if one.example else None
        again = writer.write_many([one.style.text], style=style, bias=one.bias, seed=one.seed)[0]
        np.testing.assert_allclose(again.offsets, one.style.ink.offsets, atol=1e-4)
    assert [make_styles.NAMES[one.kind] for one in kept] == sorted(
        (make_styles.NAMES[one.kind] for one in kept), key=list(make_styles.NAMES.values()).index
    )
    assert len(told) == 2


def test_a_style_that_still_lacks_a_dot_is_known_by_where_the_window_was():
    def tracing(*kappa):
        """A writer whose first stroke has two points and whose window was at these places."""
        ink = Ink([[0, 0, 0], [1, 0, 1], [1, 1, 0], [1, 0, 1]])
        trace = SimpleNamespace(ink=ink, kappa=np.array(kappa)[:, None])
        return SimpleNamespace(trace=lambda text, **options: trace)

    style = Style(Ink([[1, 1, 1]]), "ink")
    assert make_styles.is_complete(tracing(-0.9, 0.1, 0.5, 1.2), style)
    assert make_styles.is_complete(tracing(0.2, 0.4, 0.6, 0.8), style)
    assert not make_styles.is_complete(tracing(-1.6, -0.9, 0.3, 1.2), style)


def test_chosen_hands_become_a_file_of_named_styles(chosen, tmp_path):
    writer, kept, _ = chosen
    styles = make_styles.named(kept, writer)
    save_styles(tmp_path / "s.safetensors", styles)
    found = load_styles(tmp_path / "s.safetensors")
    assert len(found) == 8
    for (name, one), candidate in zip(found.items(), kept, strict=True):
        assert name in make_styles.NAMES[one.kind]
        assert one.kind == candidate.kind
        assert one.origin["seed"] == candidate.seed
        assert one.origin["example"] == candidate.example
        assert one.origin["paragraph"]["lines"] == len(PARAGRAPH)
        assert one.style.text in TEXTS
    root = ElementTree.fromstring(make_styles.sheet(styles, kept))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 8


def test_lines_are_written_after_each_synthetic_cursive_hand(chosen):
    writer, _, _ = chosen
    examples = make_styles.cursive_examples()
    assert len(examples) > 1
    found = make_styles.invented(writer, HalfBlindReader(writer.written), 60, 5, examples)
    assert {one.example for one in found} == set(examples)
    free = make_styles.invented(writer, HalfBlindReader(writer.written), 60, 5)
    assert {one.example for one in free} == {""}
    assert not {one.style.ink.offsets.tobytes() for one in found} & {one.style.ink.offsets.tobytes() for one in free}


def test_of_every_kind_the_third_that_reads_best_is_legible():
    print_, joined = ([candidate(lifts=lifts, error_rate=e) for e in (0.5, 0.3, 0.2, 0.4)] for lifts in (1.0, 0.5))
    print_[0].error_rate = 0.04
    assert [one.error_rate for one in make_styles.legible_third(print_ + joined)] == [0.04, 0.2, 0.3, 0.2]


def test_too_few_hands_are_told():
    writer = RecordingWriter(random_weights(window_bias=-9.0))
    with pytest.raises(SystemExit, match="only 0 of 3 lines"):
        make_styles.choose(writer, KnowingReader(writer.written), 3, 2, 2)


def test_the_most_different_are_far_apart_and_of_each_kind():
    middle = [candidate(slant=s, seed=i) for i, s in enumerate((0, 1, -1, 2, -2))]
    far = [candidate(slant=40, seed=10), candidate(slant=-40, seed=11), candidate(width=3, seed=12)]
    picked = make_styles.most_different(middle + far, 4, SPREAD)
    assert picked[0] is middle[0]
    assert {one.seed for one in picked[1:]} == {10, 11, 12}
    joined = [candidate(lifts=0.6, slant=s, seed=20 + s) for s in range(2)]
    picked = make_styles.most_different(middle + far + joined, 5, SPREAD, least_of_a_kind=2)
    assert [one.kind for one in picked[:4]] == ["print", "print", "joined", "joined"]
    assert len(make_styles.most_different(joined, 9, SPREAD, least_of_a_kind=3)) == 2


def test_a_hand_that_drifts_is_less_the_same_than_one_that_stays():
    def lines(*slants):
        return [Traits(1.0, s, 1.0, 0.6, 2.0) for s in slants]

    stays = candidate(slant=10, lines=lines(10, 11, 9))
    drifts = candidate(slant=-20, lines=lines(-20, -5, 10))
    other = candidate(slant=-40, lines=lines(-40, -41, -39))
    make_styles.compare([stays, drifts, other], SPREAD)
    assert stays.sameness < 0.1
    assert other.sameness < 0.1
    assert drifts.sameness > 3 * stays.sameness


def test_a_line_that_shrinks_or_climbs_is_unsteady():
    x = np.linspace(0, 20, 300)
    steady, shrinking, climbing = (
        Ink.from_strokes([np.stack([x, y], 1)])
        for y in (np.sin(4 * x), np.sin(4 * x) * (1.5 - x / 20), np.sin(4 * x) + x / 10)
    )
    for worse in (shrinking, climbing):
        assert make_styles.unsteadiness(worse) > 2 * make_styles.unsteadiness(steady)


def test_the_texts_can_be_written():
    for text in (*TEXTS, *PARAGRAPH, make_sheets.PARAGRAPH, make_sheets.TEXT):
        assert set(text) <= set(ASCII.characters)
    assert all(len({c.lower() for c in text if c.isalpha()}) >= 19 for text in TEXTS)


# --- sheets


def test_sheets_have_captions_and_the_colour_of_the_page(chosen, tmp_path, monkeypatch):
    writer, kept, _ = chosen
    for number, one in enumerate(kept):  # of random scribble, nothing is joined
        kind = ("print", "joined")[number % 2]
        kept[number] = make_styles.replace(one, hand=one.hand._replace(lifts=9.0 if kind == "print" else -99.0))
    styles = {one.name: one for one in make_styles.named(kept, writer)}
    made = make_sheets.sheets(writer, KnowingReader(writer.written), styles, rounds=2)
    assert set(made) == {
        "jon-print-joined.svg", "jon-biases.svg", "styles.svg", "paragraph-print.svg", "paragraph-joined.svg"
    }  # fmt: skip
    ids = set()
    for name, (drawing, caption) in made.items():
        root = ElementTree.fromstring(drawing)
        (title,) = root.findall("{http://www.w3.org/2000/svg}title")
        assert title.text == caption["caption"]
        assert root.get("aria-labelledby") == title.get("id")
        assert title.get("id") not in ids
        ids.add(title.get("id"))
        assert "currentColor" in drawing
        assert float(root.get("width")) == make_sheets.WIDTH
        assert caption["caption"] in caption["alt"]
        assert len(drawing) < 400_000, name
        json.dumps(caption)
    labels = [
        text.text for text in ElementTree.fromstring(made["styles.svg"][0]).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert labels == [f"{one.name}: {one.description}" for one in styles.values()]
    assert made["jon-biases.svg"][1]["bias"] == [0.5, 0.75, 1.0]


def test_sheets_without_joined_letters_ask_for_styles():
    with pytest.raises(SystemExit, match="make styles first"):
        make_sheets.sheets(RecordingWriter(random_weights()), KnowingReader({}), {})
