"""Which keys an article stands under, and whom they bring up."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.hashing import hash_words
from dedup.index import MIN_WEIGHT, KeyPlan, band_keys, headline_keys, passage_keys, passage_use, rank
from dedup.records import U32, Postings
from dedup.settings import Settings
from dedup.shingle import combine_runs
from dedup.sign import low_bytes, sign

SETTINGS = Settings()


def runs(count: int) -> U32:
    return np.arange(1, count + 1, dtype=np.uint32)


def postings(*lists: list[tuple[int, int]]) -> Postings:
    """One list of (seq, source byte) for each key."""
    flat = [posting for stands in lists for posting in stands]
    return Postings(
        offsets=np.cumsum([0, *map(len, lists)]).astype(np.int32),
        seqs=np.array([seq for seq, _ in flat], dtype=np.uint32),
        sources=np.array([source for _, source in flat], dtype=np.uint8),
    )


# ── passage keys ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_without_runs_has_no_passage_keys() -> None:
    keys, at = passage_keys(runs(0), SETTINGS.passage_window)
    assert (len(keys), len(at)) == (0, 0)
    assert (keys.dtype.name, at.dtype.name) == ("uint32", "int32")


def test_a_short_text_keeps_every_run() -> None:
    """With fewer than 16 runs the window is one run wide."""
    keys, at = passage_keys(runs(15), SETTINGS.passage_window)
    assert len(keys) == 15
    assert sorted(at.tolist()) == list(range(15))


def test_keys_are_ascending_and_each_names_its_run() -> None:
    keys, at = passage_keys(runs(500), SETTINGS.passage_window)
    all_keys, all_at = passage_keys(runs(500), 1)
    by_run = dict(zip(all_at.tolist(), all_keys.tolist(), strict=True))
    assert keys.tolist() == sorted(set(keys.tolist()))
    assert [by_run[run] for run in at.tolist()] == keys.tolist()


def test_a_long_text_keeps_about_two_of_nine_runs() -> None:
    """Winnowing with window w keeps 2 / (w + 1) of random hashes: 10,000 x 2/9 = 2,222, within 5 %."""
    keys, _ = passage_keys(runs(10_000), SETTINGS.passage_window)
    assert 2_111 <= len(keys) <= 2_333


def test_a_passage_repeated_within_a_text_is_one_key_at_its_first_place() -> None:
    keys, at = passage_keys(np.array([5, 6, 5, 6, 5], dtype=np.uint32), SETTINGS.passage_window)
    assert len(keys) == 2
    assert sorted(at.tolist()) == [0, 1]


# ── band keys ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_band_key_a_band() -> None:
    keys = band_keys(sign(runs(50)), bands=8, rows=4)
    assert keys.dtype == np.uint32
    assert len(keys) == len(set(keys.tolist())) == 8


def test_stored_low_bytes_give_the_same_band_keys() -> None:
    signature = sign(runs(50))
    stored = low_bytes(signature).astype(np.uint32)
    assert band_keys(stored, bands=8, rows=4).tolist() == band_keys(signature, bands=8, rows=4).tolist()


@pytest.mark.parametrize(("value", "band"), [(0, 0), (3, 0), (4, 1), (31, 7)])
def test_a_changed_value_changes_the_key_of_its_band_alone(value: int, band: int) -> None:
    before = sign(runs(50))
    after = before.copy()
    after[value] ^= 1
    same = band_keys(before, bands=8, rows=4) == band_keys(after, bands=8, rows=4)
    assert np.flatnonzero(~same).tolist() == [band]


def test_values_behind_the_last_band_do_not_count() -> None:
    before = sign(runs(50))
    after = before.copy()
    after[32:] ^= 1
    assert band_keys(before, bands=8, rows=4).tolist() == band_keys(after, bands=8, rows=4).tolist()


def test_no_two_bands_share_a_key() -> None:
    """Every low byte in both bands of a one-row plan: 512 keys. A shared key would be a list that fills twice as fast."""
    signatures = [np.full(128, byte, dtype=np.uint32) for byte in range(256)]
    assert len({key for signature in signatures for key in band_keys(signature, bands=2, rows=1).tolist()}) == 512


# ── headline keys ───────────────────────────────────────────────────────────────────────────────────────────────────


def keys_of_headline(text: str) -> tuple[list[int], list[int]]:
    hashes = hash_words(text.split())
    exact, bands = headline_keys(hashes, hashes, SETTINGS.headline_bands)
    return exact.tolist(), bands.tolist()


def test_an_empty_headline_has_no_keys() -> None:
    assert keys_of_headline("") == ([], [])


def test_a_headline_has_one_exact_key_and_its_bands() -> None:
    exact, bands = keys_of_headline("وزير الصحه يزور المستشفي")
    assert (len(exact), len(bands)) == (1, 8)


def test_the_exact_key_knows_the_order_of_words_and_the_bands_do_not() -> None:
    there, back = keys_of_headline("الهلال يهزم النصر"), keys_of_headline("النصر يهزم الهلال")
    assert there[0] != back[0]
    assert there[1] == back[1]


def test_body_bands_and_headline_bands_never_meet() -> None:
    hashes = hash_words(["وزير", "الصحه", "يزور", "المستشفي"])
    body = band_keys(sign(hashes), bands=8, rows=2)
    assert not set(body.tolist()) & set(headline_keys(hashes, hashes, SETTINGS.headline_bands)[1].tolist())


def test_a_plan_says_which_keys_speak_of_the_body() -> None:
    assert KeyPlan(passages=30, bands=8, exact_headlines=1, headline_bands=8).body == 38


# ── candidates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_candidates_that_share_rarer_keys_come_first() -> None:
    """Key 0 has two entries: 1 / (1 + log2 2) = .5 each; key 1 has one: 1. So article 2 has 1.5 and article 1 has .5."""
    found = postings([(1, 0), (2, 0)], [(2, 0)])
    assert rank(found, 0, 2, exclude=(), min_weight=0.5) == [2, 1]
    assert rank(found, 0, 2, exclude=(), min_weight=0.51) == [2]
    assert rank(found, 0, 1, exclude=(), min_weight=0.5) == [1, 2]


def test_of_equal_candidates_the_earliest_comes_first() -> None:
    assert rank(postings([(3, 0), (7, 0)], [(7, 0), (9, 0)], [(3, 0), (9, 0)]), 0, 3, exclude=(), min_weight=0) == [3, 7, 9]


def test_excluded_articles_are_no_candidates_but_count_in_the_length_of_a_list() -> None:
    assert rank(postings([(1, 0), (2, 0)]), 0, 1, exclude={1}, min_weight=0.5) == [2]
    assert rank(postings([(1, 0), (2, 0)]), 0, 1, exclude={1}, min_weight=0.6) == []


def test_only_the_keys_asked_for_count() -> None:
    found = postings([(1, 0)], [(2, 0)], [(3, 0)])
    assert rank(found, 1, 2, exclude=(), min_weight=0) == [2]
    assert rank(found, 1, 1, exclude=(), min_weight=0) == []


def test_one_passage_of_two_articles_makes_a_candidate_and_one_of_three_does_not() -> None:
    two, three = [(1, 0), (2, 0)], [(1, 0), (2, 0), (3, 0)]
    assert rank(postings(two), 0, 1, exclude=(), min_weight=MIN_WEIGHT) == [1, 2]
    assert rank(postings(three), 0, 1, exclude=(), min_weight=MIN_WEIGHT) == []
    assert rank(postings(three, three), 0, 2, exclude=(), min_weight=MIN_WEIGHT) == [1, 2, 3]


def test_use_of_passages_overall_by_the_own_source_and_on_other_days() -> None:
    """Articles 1 and 3 came out five days before, on one day; 2 and 4 within two and a half days."""
    lists = postings([(1, 9), (2, 5), (3, 9)], [], [(4, 5)], [(1, 9), (2, 5)])
    use = passage_use(lists, 3, 9, {1: 5.2, 2: -2.5, 3: 5.9, 4: 0.1})
    assert (use.articles.tolist(), use.own.tolist()) == ([3, 0, 1], [2, 0, 0])
    assert use.other_days.tolist() == [1, 0, 0]
    assert passage_use(lists, 3, 9, {1: 5.2, 2: -2.6, 3: 7.0}).other_days.tolist() == [3, 0, 0]


def test_a_key_of_a_run_is_the_same_wherever_the_run_stands() -> None:
    words = list("ابجدهوز")
    keys = [
        set(passage_keys(combine_runs(hash_words(w), [(0, len(w))], 4), SETTINGS.passage_window)[0].tolist())
        for w in (words, words[2:])
    ]
    assert keys[1] < keys[0]
