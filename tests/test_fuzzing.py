"""A few hundred of the cases of ``make fuzz``, and that it would notice what it looks for."""

import sys

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("fuzzing needs Unix signals", allow_module_level=True)

import fuzzing
from fuzzing import FORMATS, Format, case, fuzz

from scribe.corpora import CorpusError

CASES = 40  # of each format


@pytest.mark.parametrize("name", FORMATS)
def test_a_changed_file_is_refused_or_valid(name, tmp_path):
    if name in ("checkpoint", "log"):
        pytest.importorskip("keras")
    form = FORMATS[name](tmp_path)
    findings = fuzz(form, CASES)
    assert not findings, "\n\n".join(map(str, findings[:3]))
    assert sum(form.outcomes.values()) == CASES
    if not form.outcomes["valid"]:  # of some formats one in a dozen is
        assert not fuzz(form, 5 * CASES)
    assert form.outcomes["valid"] > 0


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"checkpoint", "log"}))
def test_files_that_were_not_changed_are_valid(name, tmp_path):
    form = FORMATS[name](tmp_path)
    for seed in form.seeds:
        form.read(seed)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"checkpoint", "log"}))
def test_the_same_number_is_the_same_case(name, tmp_path):
    form = FORMATS[name](tmp_path)
    assert [case(form, n) for n in range(12)] == [case(form, n) for n in range(12)]
    assert len({case(form, n) for n in range(12)}) > 8


def test_what_may_not_come_of_a_file_is_found(monkeypatch):
    def fails(data):
        raise [KeyError("lost"), CorpusError(""), CorpusError("x" * 30_000), CorpusError("sound")][data[0] % 4]

    form = Format("x", [b"abcdefgh"], fails, (CorpusError,), lambda data, rng, others: bytes([rng.randrange(4)]))
    kinds = [case(form, n)[0] for n in range(40)]
    found = fuzz(form, 40)
    assert [f.number for f in found] == [n for n, kind in enumerate(kinds) if kind != 3]
    assert "KeyError: 'lost'" in next(f.what for f in found if kinds[f.number] == 0)

    monkeypatch.setattr(fuzzing, "LIMIT", 0.2)

    def hangs(data):
        while True:
            np.zeros(10).sum()

    (found,) = fuzz(Format("x", [b"abc"], hangs, (CorpusError,)), 1)
    assert "Hang: no end after 0.2 seconds" in found.what
