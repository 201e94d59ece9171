"""The cases of tests/golden/segments/cases.toml: what stands above and below a text, and whom it credits."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.segments import KINDS, Case, found_in, load_cases

CASES = load_cases()


def _parameters() -> list[object]:
    """A case with `open` is not met yet: it fails the suite as soon as it is."""
    return [
        pytest.param(case, id=case.name, marks=[pytest.mark.xfail(reason=case.open, strict=True)] if case.open else [])
        for case in CASES
    ]


@pytest.mark.parametrize("case", _parameters())
def test_case(case: Case) -> None:
    assert found_in(case.article) == case.expected


def test_there_are_at_least_60_cases_with_names_of_their_own_and_every_kind_is_among_them() -> None:
    assert len(CASES) >= 60
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []
    assert {kind for case in CASES for kind in case.expected} == {*KINDS}
