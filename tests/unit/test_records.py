"""The verdict line: its keys, their order, and its way there and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given

from dedup.records import (
    Article,
    BodyVerdict,
    Change,
    Credit,
    HeadlineVerdict,
    Match,
    Passage,
    Previous,
    Uncredited,
    Verdict,
)
from tests.strategies import verdicts

MATCH = Match("a1", "واس", "https://example.com/1", "2024-05-12T08:00:00+00:00", "عنوان")
VERDICT = Verdict(
    id="b2",
    duplicate=True,
    repeated_headline=False,
    body=BodyVerdict(
        verdict="update",
        rule="copy_model_with_changed_figures",
        score=0.9731,
        relation="newer",
        match=MATCH,
        jaccard=0.5,
        containment_of_new=0.6,
        containment_of_old=0.7,
        passages=(Passage((0, 10), (5, 15), 4),),
        changed=(Change("number", "3", "5"), Change("word", "قتيل", "جريح"), Change("number", "10", "12")),
        also=(MATCH,),
    ),
    headline=HeadlineVerdict("changed", "changed_fact", 0.75, MATCH, (Change("negation", "", "لا"),)),
    story="a1",
    settings="0123456789ab",
    credit=Credit("reuters", "رويترز", 8, 14, "mention"),
    match_credit=Credit("spa", "واس", 8, 11, "credit"),
    uncredited=Uncredited("spa", "a1"),
    version=2,
    previous=Previous(1, True),
    candidates=("a1", "a2"),
)
LINE = {
    "id": "b2",
    "duplicate": True,
    "repeated_headline": False,
    "replayed": False,
    "body": {
        "verdict": "update",
        "relation": "newer",
        "match": {
            "id": "a1",
            "source": "واس",
            "url": "https://example.com/1",
            "published": "2024-05-12T08:00:00+00:00",
            "title": "عنوان",
        },
        "jaccard": 0.5,
        "containment": {"of_new": 0.6, "of_old": 0.7},
        "passages": [{"new": [0, 10], "old": [5, 15], "words": 4}],
        "changed": {"number": [{"old": "3", "new": "5"}, {"old": "10", "new": "12"}], "word": [{"old": "قتيل", "new": "جريح"}]},
        "also": [
            {
                "id": "a1",
                "source": "واس",
                "url": "https://example.com/1",
                "published": "2024-05-12T08:00:00+00:00",
                "title": "عنوان",
            }
        ],
        "rule": "copy_model_with_changed_figures",
        "score": 0.9731,
    },
    "headline": {
        "verdict": "changed",
        "match": {
            "id": "a1",
            "source": "واس",
            "url": "https://example.com/1",
            "published": "2024-05-12T08:00:00+00:00",
            "title": "عنوان",
        },
        "changed": {"negation": [{"old": "", "new": "لا"}]},
        "rule": "changed_fact",
        "score": 0.75,
    },
    "story": "a1",
    "credit": {"agency": "reuters", "text": "رويترز", "at": [8, 14], "kind": "mention"},
    "match_credit": {"agency": "spa", "text": "واس", "at": [8, 11], "kind": "credit"},
    "uncredited": {"agency": "spa", "credited_by": "a1"},
    "version": 2,
    "previous": {"version": 1, "changed": True},
    "settings": "0123456789ab",
}


def test_the_verdict_line_is_the_one_of_the_api() -> None:
    assert VERDICT.as_dict() == LINE


def test_the_keys_of_the_line_keep_their_order() -> None:
    line = VERDICT.as_dict()
    assert list(line) == list(LINE)
    assert [list(line[part]) for part in ("body", "headline")] == [list(LINE["body"]), list(LINE["headline"])]  # type: ignore[call-overload]


def test_candidates_stand_in_the_line_only_when_asked_for() -> None:
    assert VERDICT.as_dict(candidates=True) == {**LINE, "candidates": ["a1", "a2"]}


def test_what_is_missing_is_null() -> None:
    bare = Verdict(
        "c", False, False, BodyVerdict("new", "no_candidate", 0.0), HeadlineVerdict("missing", "no_headline"), "c", "0" * 12
    )
    line = bare.as_dict()
    assert (line["credit"], line["match_credit"], line["uncredited"]) == (None, None, None)
    assert (line["previous"], line["version"]) == (None, 1)
    assert (line["body"]["match"], line["body"]["relation"], line["body"]["changed"], line["body"]["also"]) == (
        None,
        None,
        {},
        [],
    )
    assert (line["headline"]["match"], line["headline"]["changed"]) == (None, {})


def test_a_line_read_back_gives_the_same_line() -> None:
    """Changes come back grouped by kind: another order in the record, the same line."""
    again = Verdict.from_dict(VERDICT.as_dict(candidates=True), replayed=False)
    assert again.as_dict(candidates=True) == VERDICT.as_dict(candidates=True)
    assert again.as_dict() == LINE


@given(verdicts())
def test_every_verdict_comes_back_from_its_line(verdict: Verdict) -> None:
    assert Verdict.from_dict(verdict.as_dict(candidates=True), replayed=True) == verdict


def test_the_reader_says_whether_a_verdict_is_replayed() -> None:
    line = VERDICT.as_dict(candidates=True)
    assert Verdict.from_dict(line, replayed=True) == replace(Verdict.from_dict(line, replayed=False), replayed=True)


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Article(id="a").title = "x"  # type: ignore[misc]
