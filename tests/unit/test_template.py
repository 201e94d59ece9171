"""Pinned and released passages: frequencies, what two articles share, where wording stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dedup import Article, Deduplicator, Settings
from dedup.records import Fingerprint, PassageUse, Stored, Template
from dedup.store.memory import MemoryStore
from dedup.template import as_decided, keys_within, shared_keys, shared_wording, standing_keys, wording
from dedup.verdict import decide_body, judge
from dedup.verify import Verified, compare

SETTINGS = Settings(passage_words=2)
DEDUP = Deduplicator(MemoryStore(SETTINGS), SETTINGS)
WORDS = ["نخلة", "بحر", "جبل", "وادي", "سهل", "نهر", "غيمة", "مطر", "ريح", "رمل", "صخر", "زهرة"]


def u8(*values: int) -> Any:
    return np.array(values, dtype=np.uint8)


def i32(*values: int) -> Any:
    return np.array(values, dtype=np.int32)


def text(*numbers: int) -> Fingerprint:
    """An article whose words are those of WORDS with these numbers."""
    return DEDUP.fingerprint(Article("x", body=" ".join(WORDS[n] for n in numbers)))


def with_keys(*keys: int) -> Fingerprint:
    return replace(text(0, 1, 2), passage_keys=np.array(keys, dtype=np.uint32))


def template(keys: Iterable[tuple[int, int]] = (), decided: Iterable[int] = ()) -> Template:
    return Template(1, "learnt", "", 2, 0.0, 0.0, (), (), tuple(keys), tuple(decided), ())


def test_a_pinned_passage_is_as_frequent_as_any_and_a_released_one_is_new() -> None:
    use = as_decided(PassageUse(i32(3, 4, 5), i32(1, 2, 3), i32(6, 7, 8)), u8(0, 1, 2), most=64)
    assert [n.tolist() for n in (use.articles, use.own, use.other_days)] == [[3, 64, 0], [1, 2, 0], [6, 7, 0]]
    assert {n.dtype for n in (use.articles, use.own, use.other_days)} == {np.dtype(np.int32)}


def test_where_nothing_is_decided_frequencies_stay() -> None:
    use = PassageUse(i32(3, 4), i32(1, 2), i32(0, 1))
    assert as_decided(use, u8(), most=64) is use
    assert as_decided(use, u8(0, 0), most=64) is use


@pytest.mark.parametrize(
    ("pinned", "other", "of_new", "of_old", "expected"),
    [
        (10, 0, 20, 20, "pinned"),
        (1, 0, 0, 0, "pinned"),
        (10, 1, 0, 0, "pinned"),  # one passage beside it always passes
        (1, 1, 20, 20, "ordinary"),  # but not as many as are pinned
        (0, 5, 0, 0, "ordinary"),
        (10, 3, 7, 20, "pinned"),  # 3 of the new one's 10, of the old one's 23
        (10, 3, 6, 20, "ordinary"),  # 3 of the new one's 9
        (10, 3, 20, 6, "ordinary"),
        (10, 2, 0, 40, "ordinary"),  # all that the new one has beside the wording
    ],
)
def test_pinned_means_that_little_else_is_shared(pinned: int, other: int, of_new: int, of_old: int, expected: str) -> None:
    """The new article also has 5 pinned keys that the old one has not."""
    shared = range(pinned + other)
    new = with_keys(*shared, *range(100, 100 + of_new), *range(200, 205))
    old = with_keys(*shared, *range(300, 300 + of_old))
    decided = u8(*[1] * pinned, *[0] * (other + of_new), *[1] * 5)
    assert shared_wording(new, old, decided) == expected


@pytest.mark.parametrize(("released", "expected"), [(2, "released"), (1, "ordinary"), (4, "released")])
def test_released_means_half_of_what_is_shared(released: int, expected: str) -> None:
    new = with_keys(0, 1, 2, 3)
    assert shared_wording(new, new, u8(*[2] * released, *[0] * (4 - released))) == expected


def test_nothing_shared_or_nothing_decided_is_ordinary() -> None:
    assert shared_wording(with_keys(1, 2), with_keys(3, 4), u8(1, 1)) == "ordinary"
    assert shared_wording(with_keys(1, 2), with_keys(1, 2), u8()) == "ordinary"
    assert shared_keys(with_keys(1, 2, 5), with_keys(2, 4, 5)).tolist() == [2, 5]


def test_the_keys_that_stand_are_those_that_recur() -> None:
    assert standing_keys(template([(7, 4), (8, 2), (9, 1)])) == {7, 8}
    assert standing_keys(template([(7, 1), (9, 1)])) == {7, 9}
    assert standing_keys(template([(7, 4), (9, 1)], decided=[3, 9])) == {3, 9}
    assert standing_keys(template()) == frozenset()


def test_keys_within_a_range_are_those_of_every_run_in_it() -> None:
    whole = text(*range(12))
    part = keys_within(whole, [(2, 6)], SETTINGS)
    assert len(part) == 3
    assert part.tolist() == keys_within(text(2, 3, 4, 5), [(0, 4)], SETTINGS).tolist()
    assert set(whole.passage_keys.tolist()) <= set(keys_within(whole, [(0, 12)], SETTINGS).tolist())
    assert keys_within(whole, [(3, 4)], SETTINGS).tolist() == []


def test_wording_is_where_the_keys_stand() -> None:
    keys = frozenset(keys_within(text(2, 3, 4), [(0, 3)], SETTINGS).tolist())
    assert wording(text(0, 1, 2, 3, 4, 5), keys, [], SETTINGS) == [(2, 5)]
    assert wording(text(2, 3, 9, 3, 4), keys, [], SETTINGS) == [(0, 2), (3, 5)]
    assert wording(text(9, 8, 7), keys, [], SETTINGS) == []


def test_most_of_the_further_examples_say_what_stands_beside_the_keys() -> None:
    keys = frozenset(keys_within(text(0, 1), [(0, 2)], SETTINGS).tolist())
    base = text(0, 1, 2, 3, 4, 5, 6)
    shared = [frozenset({0, 1, 2, 4, 5}), frozenset({0, 1, 2, 4, 5}), frozenset({2, 3, 6})]
    assert wording(base, keys, shared, SETTINGS) == [(0, 3), (4, 6)]
    assert wording(base, keys, [frozenset({1, 2}), frozenset({5, 6})], SETTINGS) == [(0, 2)]
    assert wording(base, keys, [frozenset({4})], SETTINGS) == [(0, 2)]  # a lone word is no wording


def test_pinned_wording_is_no_copy_and_released_wording_is_judged_by_the_model() -> None:
    frame = "بعث رئيس المجلس برقية تعزية إلى حاكم {} في ضحايا {} معربا عن صادق مواساته لأسرهم ومتمنيا الشفاء العاجل للمصابين"
    new, old = (
        DEDUP.fingerprint(Article(n, body=frame.format(*slots)))
        for n, slots in (("n", ("وادي الرمان", "انهيار منجم قديم")), ("o", ("جزر اللبان", "غرق عبارة سياحية")))
    )
    none = np.zeros(len(new.passage_keys), dtype=np.int32)
    comparison, stored = compare(new, old, PassageUse(none, none, none)), Stored(1, 0.0, old.article)
    ordinary, pinned, released = (judge(stored, comparison, wording=w) for w in ("ordinary", "pinned", "released"))  # type: ignore[arg-type]
    assert isinstance(ordinary, Verified)
    assert (pinned.score, pinned.is_copy, pinned.wording) == (0.2, False, "pinned")
    assert released.score >= ordinary.score
    told = [decide_body(new, [v], SETTINGS) for v in (pinned, replace(released, score=0.4))]
    assert [(b.verdict, b.rule) for b in told] == [("template", "pinned_template"), ("new", "no_copy_among_candidates")]
    same = compare(new, new, PassageUse(none, none, none))
    assert judge(stored, same, wording="pinned").score == 1.0
