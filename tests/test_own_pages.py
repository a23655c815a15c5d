"""What is said of pages that somebody learned from, on lines whose writer anybody can tell."""

from __future__ import annotations

import numpy as np
import pytest
from test_whose import SlantJudge, line

from recipe.own_pages import WAYS, measured
from scribe.corpora.corpus import Sample
from scribe.measure.whose import Group
from scribe.reader import Reader


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    rng = np.random.default_rng(0)
    return [
        Group(*([Sample(line(slant, rng), "inn", f"{slant}", "line", "test") for _ in range(5)] for _ in "ab"))
        for slant in (-0.8, 0.0, 0.8)
    ]


def test_ones_own_lines_are_recognised_and_anothers_are_not(groups: list[Group]) -> None:
    right = [[sample.ink.offsets.tolist() for sample in group.rest] for group in groups]
    wrong = right[1:] + right[:1]
    steps = [
        {"step": "hand", "updates": 10, "nats_before": -1.0, "nats_after": -1.25, "taken": share} for share in (1, 0)
    ]
    made = [
        {"lines": dict(zip(WAYS, (own, own, other, other), strict=True)), "steps": steps}
        for own, other in zip(right, wrong, strict=True)
    ]
    record = measured(groups, made, SlantJudge(), Reader.load())
    assert record["own other lines"]["recognised"]["value"] == 1
    assert [record[way]["share of own"] for way in WAYS] == [1, 1, 0, 0]
    assert record["fitted"]["misread"] == record["own other lines"]["misread"]
    assert record["nats per point gained"] == {"hand": 0.25}
    assert record["kept whole"] == {"hand": 3}
    assert record["lines of a page"] == [5, 5, 5]
    # Two of three are done: the judge chooses among three all the same.
    part = measured(groups, made[:2], SlantJudge(), Reader.load())
    assert (part["writers"], part["among"]) == (2, 3)
    assert part["with steps"]["recognised"]["value"] == 0
