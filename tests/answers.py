"""Tests of a chapter's checkers: its right answers pass, its wrong ones are told what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from scribe.exercises import check


def right_and_wrong(
    right: Mapping[str, Sequence[Any]], wrong: Mapping[str, Sequence[tuple[Any, str]]]
) -> tuple[Callable[..., None], Callable[..., None]]:
    """Two test functions, from answers by the name of their exercise; a wrong one has what its message must say."""

    @pytest.mark.parametrize(("name", "answer"), [(name, answer) for name in right for answer in right[name]])
    def passes(name, answer):
        result = check(name, answer)
        assert result.passed, result.message

    @pytest.mark.parametrize(
        ("name", "answer", "said"),
        [pytest.param(name, *case, id=f"{name}-{i}") for name, cases in wrong.items() for i, case in enumerate(cases)],
    )
    def is_told(name, answer, said):
        result = check(name, answer)
        assert not result.passed
        assert said in result.message, result.message
        assert "Traceback" not in result.message

    return passes, is_told
