"""What a Store promises, on every store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedup.records import Admitted, Change
from dedup.store.protocol import Bucket, Store
from tests.strategies import make_decision, make_entry, make_verdict, plain

NOW = 100.0


def admit(store: Store, *args: str, now_s: float = NOW, **kwargs: object) -> Admitted:
    return store.admit([make_entry(*args, **kwargs)], now_s=now_s)[0]  # type: ignore[arg-type]


def seqs(admitted: Admitted) -> list[int]:
    return admitted.postings.seqs.tolist()


def record(
    store: Store, *args: str, body: str = "new", day: str = "2026-11-24", now_s: float = NOW, **kwargs: object
) -> Admitted:
    """Admit an entry and record its verdict."""
    entry = make_entry(*args, **kwargs)  # type: ignore[arg-type]
    admitted = store.admit([entry], now_s=now_s)[0]
    verdict = make_verdict(entry.id, body=body)
    store.record([(make_decision(entry, admitted, verdict, day=day), verdict)])
    return admitted


def bucket(body: str = "new", day: str = "2026-11-24") -> Bucket:
    return Bucket(day, "s", "", body, "new")


# ── sequence numbers and lists ──────────────────────────────────────────────────────────────────────────────────────


def test_the_first_article_gets_number_one_and_finds_nobody(store: Store) -> None:
    assert plain([admit(store, "1", content="a", keys=[5, 6])]) == [("new", 1, 1, (), (), [[], []])]
    assert store.size() == 1


def test_later_articles_find_earlier_ones_under_the_keys_they_share(store: Store) -> None:
    admit(store, "1", source="s", keys=[5, 6])
    admit(store, "2", source="t", keys=[6, 7])
    s, t = (make_entry("x", source=source).source_hash & 0xFF for source in "st")
    assert plain([admit(store, "3", keys=[7, 6, 5])])[0][5] == [[(2, t)], [(1, s), (2, t)], [(1, s)]]


def test_a_later_entry_of_a_batch_sees_the_earlier_ones(store: Store) -> None:
    answers = store.admit([make_entry("1", keys=[5], content="a"), make_entry("2", keys=[5], content="a")], now_s=NOW)
    assert [(a.seq, seqs(a), a.same_content) for a in answers] == [(1, [], ()), (2, [1], (1,))]


def test_an_entry_without_keys_is_admitted(store: Store) -> None:
    assert plain([admit(store, "1")]) == [("new", 1, 1, (), (), [])]


def test_keys_on_one_page_do_not_mix(store: Store) -> None:
    """A page holds the keys that share their upper 16 bits; another page's key may have the same lower 16."""
    admit(store, "1", keys=[0x00010002, 0x00010003])
    assert plain([admit(store, "2", keys=[0x00010002, 0x00010003, 0x00010004, 0x00020002])])[0][5] == [
        [(1, 0xFF & make_entry("1").source_hash)],
        [(1, 0xFF & make_entry("1").source_hash)],
        [],
        [],
    ]


def test_a_posting_is_found_at_its_own_place_only(store: Store) -> None:
    """Bytes that look like a key but lie across two postings are not one."""
    admit(store, "1", keys=range(0x00010000, 0x00010200))
    found = admit(store, "2", keys=range(0x00010000, 0x00010400))
    assert np.diff(found.postings.offsets).tolist() == [1] * 0x200 + [0] * 0x200


def test_claims_are_no_postings_and_postings_no_claims(store: Store) -> None:
    entry = make_entry("1", url="u", content="a", keys=[5])
    store.admit([entry], now_s=NOW)
    as_keys = [int.from_bytes(h[:4], "big") for h in (entry.id_hash, entry.url_hash, entry.content_hash)]
    assert seqs(admit(store, "2", keys=sorted(set(as_keys)))) == []
    assert admit(store, "3", content="b", url="v").same_content == ()


def test_an_entry_with_thousands_of_keys_is_admitted(store: Store) -> None:
    keys = range(0, 40_000_000, 2_000)
    admit(store, "1", keys=keys)
    assert seqs(admit(store, "2", source="t", keys=keys)) == [1] * 20_000


def test_a_list_takes_its_cap_and_no_more_than_the_source_cap_of_one_source(store: Store) -> None:
    """list_cap 4, source_cap 2: the first ones stay."""
    sources = ["s", "s", "s", "t", "t", "t", "u"]
    for n, source in enumerate(sources):
        admit(store, str(n), source=source, keys=[5])
    assert seqs(admit(store, "z", keys=[5])) == [1, 2, 4, 5]


# ── versions, replays, foreign ids ──────────────────────────────────────────────────────────────────────────────────


def test_the_same_id_and_text_is_a_replay_as_of_its_arrival(store: Store) -> None:
    admit(store, "1", keys=[5], content="a")
    first = admit(store, "2", keys=[5], content="a")
    admit(store, "3", keys=[5], content="a", source="t")
    again = admit(store, "2", keys=[5], content="a")
    assert plain([again]) == plain([replace(first, status="replayed")])
    assert store.size() == 3


def test_the_same_id_with_another_text_is_the_next_version(store: Store) -> None:
    admit(store, "1", text="x")
    admit(store, "1", text="y")
    third = admit(store, "1", text="z")
    assert (third.status, third.seq, third.version, third.earlier_versions) == ("version", 3, 3, (2, 1))


def test_an_old_version_is_replayed_with_what_was_before_it(store: Store) -> None:
    for text in "xyz":
        admit(store, "1", text=text)
    again = admit(store, "1", text="y")
    assert (again.status, again.seq, again.version, again.earlier_versions) == ("replayed", 2, 2, (1,))


def test_an_id_of_another_source_is_taken_and_nothing_is_written(store: Store) -> None:
    admit(store, "1", source="s", text="x", keys=[5])
    assert plain([admit(store, "1", source="t", text="x", keys=[5, 6])]) == [("id_taken", 0, 0, (), (), [[], []])]
    assert store.size() == 1


def test_a_known_url_under_an_unknown_id_is_the_next_version(store: Store) -> None:
    admit(store, "1", url="u", text="x")
    other = admit(store, "2", url="u", text="x")
    assert (other.status, other.version, other.earlier_versions) == ("version", 2, (1,))
    assert admit(store, "3", source="t", url="u").status == "new", "the URL counts with its source"


def test_versions_of_one_item_form_one_chain_whatever_id_they_come_under(store: Store) -> None:
    admit(store, "1", url="u", text="x")
    admit(store, "2", url="u", text="y")
    third = admit(store, "1", url="", text="z")
    assert (third.version, third.earlier_versions) == (3, (2, 1))
    assert store.find("1") == store.find("2") == 3


def test_a_replay_is_of_the_same_id(store: Store) -> None:
    """Another id with the same URL and text gets a number and a verdict of its own."""
    admit(store, "1", url="u", text="x")
    admit(store, "2", url="u", text="x")
    assert [admit(store, i, url="u", text="x").seq for i in "12"] == [1, 2]


def test_a_known_id_goes_before_a_known_url(store: Store) -> None:
    admit(store, "1", url="u", text="x")
    admit(store, "2", url="v", text="x")
    moved = admit(store, "2", url="u", text="y")
    assert moved.earlier_versions == (2,)
    assert admit(store, "3", url="u").earlier_versions == (3, 2), "the latest claim on a URL wins"


def test_the_last_64_versions_are_looked_at(store: Store) -> None:
    store.admit([make_entry("1", text=str(n)) for n in range(70)], now_s=NOW)
    assert admit(store, "1", text="69").status == "replayed"
    assert admit(store, "1", text="6").seq == 7, "the 64th from the end is replayed"
    next_one = admit(store, "1", text="5")
    assert (next_one.status, next_one.version) == ("version", 71)
    assert next_one.earlier_versions == tuple(range(70, 6, -1))


# ── same content ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_same_content_names_the_first_32_and_the_last_32(store: Store) -> None:
    answers = store.admit([make_entry(str(n), content="a") for n in range(1, 101)], now_s=NOW)
    assert answers[63].same_content == tuple(range(1, 64))
    assert answers[64].same_content == tuple(range(1, 65))
    assert answers[99].same_content == (*range(1, 33), *range(68, 100))
    assert admit(store, "50", content="a").same_content == tuple(range(1, 50)), "a replay sees those before it"


def test_same_content_is_never_capped_by_source_or_generation(store: Store) -> None:
    store.admit([make_entry(str(n), content="a") for n in range(1, 41)], now_s=100)
    store.admit([make_entry(str(n), content="a") for n in range(41, 81)], now_s=110)
    assert admit(store, "81", content="a", now_s=110).same_content == (*range(1, 33), *range(49, 81))


def test_contents_that_share_their_first_half_are_told_apart(store: Store) -> None:
    """make_entry gives all content hashes the same first 4 bytes."""
    admit(store, "1", content="a")
    admit(store, "2", content="b")
    assert admit(store, "3", content="b").same_content == (2,)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_looking_answers_like_admitting_and_leaves_no_trace(store: Store) -> None:
    admit(store, "1", url="u", content="a", text="x", keys=[5])
    admit(store, "2", content="a", keys=[5])
    batch = [
        make_entry("1", url="u", content="a", text="x", keys=[5]),
        make_entry("1", content="a", text="y", keys=[5, 6]),
        make_entry("3", content="a", keys=[5]),
        make_entry("1", source="t", keys=[5]),
    ]
    looked = store.look(batch, now_s=NOW)
    assert plain(looked) == plain(store.look(batch, now_s=NOW))
    assert [(a.status, a.seq) for a in looked] == [("replayed", 1), ("version", 0), ("new", 0), ("id_taken", 0)]
    assert store.size() == 2
    for entry, answer in zip(batch, plain(looked), strict=True):
        if answer[0] != "new":
            continue
        assert plain(store.admit([entry], now_s=NOW))[0][2:] == answer[2:]


# ── generations ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lists_start_anew_in_each_generation_and_are_read_oldest_first(store: Store) -> None:
    for n in range(3):
        admit(store, f"a{n}", keys=[5], now_s=100)
    for n in range(3):
        admit(store, f"b{n}", keys=[5], now_s=110)
    assert seqs(admit(store, "c", keys=[5], now_s=110)) == [1, 2, 4, 5]


def test_expired_generations_answer_nothing_even_before_the_sweep(store: Store) -> None:
    """[100, 110) is live until 125."""
    admit(store, "1", url="u", content="a", keys=[5], now_s=109)
    entry = make_entry("1", url="u", content="a", keys=[5])
    assert store.look([entry], now_s=124.9)[0].status == "replayed"
    assert plain(store.look([entry], now_s=125)) == [("new", 0, 1, (), (), [[]])]


def test_a_chain_ends_where_its_versions_expired_but_counts_on(store: Store) -> None:
    admit(store, "1", text="x", now_s=100)
    admit(store, "1", text="y", now_s=110)
    third = admit(store, "1", text="x", now_s=126)
    assert (third.status, third.version, third.earlier_versions) == ("version", 3, (2,))


def test_sweeping_drops_what_expired_and_counts_it(store: Store) -> None:
    admit(store, "1", keys=[5], now_s=100)
    admit(store, "2", keys=[5], now_s=101)
    admit(store, "3", keys=[5], now_s=112)
    assert store.sweep(now_s=124.9) == 0
    assert store.sweep(now_s=125) == 2
    assert store.sweep(now_s=125) == 0
    assert list(store.entries([1, 2, 3])) == [3]
    assert (store.find("1"), store.find("3")) == (None, 3)
    assert store.generations() == {11: 3}
    assert store.size() == 3
    assert seqs(admit(store, "4", keys=[5], now_s=125)) == [3]


def test_a_clock_that_goes_back_does_not_open_an_older_generation(store: Store) -> None:
    admit(store, "1", now_s=125)
    admit(store, "2", now_s=101)
    assert store.generations() == {12: 1}


def test_a_dropped_generation_is_never_opened_again(store: Store) -> None:
    admit(store, "1", now_s=100)
    assert store.sweep(now_s=200) == 1
    admit(store, "2", now_s=100)
    assert store.generations() == {11: 2}


# ── stored texts, verdicts, decisions, counts ───────────────────────────────────────────────────────────────────────


def test_stored_articles_come_back(store: Store) -> None:
    admit(store, "1", text="نص", arrived_s=12.5)
    stored = store.entries([1, 2, 0])
    assert list(stored) == [1]
    assert (stored[1].seq, stored[1].arrived_s, stored[1].article.body) == (1, 12.5, "نص")


def test_the_first_verdict_recorded_stays(store: Store) -> None:
    entry = make_entry("1")
    admitted = store.admit([entry], now_s=NOW)[0]
    for body in ("copy", "new"):
        verdict = make_verdict("1", body=body)
        store.record([(make_decision(entry, admitted, verdict), verdict)])
    assert store.recorded([1, 2]) == {1: replace(make_verdict("1", body="copy"), replayed=True)}
    assert [d.body for d in store.decisions(limit=0)] == ["copy"]
    assert store.counts("2026-11-24", "2026-11-24") == {bucket("copy"): 1}


def test_a_verdict_comes_back_whole(store: Store) -> None:
    entry = make_entry("1")
    admitted = store.admit([entry], now_s=NOW)[0]
    verdict = make_verdict("1")
    verdict = replace(verdict, candidates=("a", "ب"), body=replace(verdict.body, changed=(Change("number", "5", "٦"),)))
    store.record([(make_decision(entry, admitted, verdict), verdict)])
    assert store.recorded([1])[1] == replace(verdict, replayed=True)


def test_decisions_come_newest_first(store: Store) -> None:
    for n in range(1, 4):
        record(store, str(n))
    assert [d.seq for d in store.decisions(limit=2)] == [3, 2]
    assert [d.seq for d in store.decisions(limit=0)] == [3, 2, 1]
    entry = make_entry("3")
    expected = make_decision(entry, replace(admit(store, "3"), version=1), make_verdict("3"))
    assert store.decisions(limit=1) == [replace(expected, item="3")]


def test_more_decisions_than_one_read_holds(store: Store) -> None:
    for start in range(0, 1200, 300):
        batch = [make_entry(str(n)) for n in range(start, start + 300)]
        answers = store.admit(batch, now_s=NOW)
        verdict = make_verdict("x")
        store.record([(make_decision(e, a, verdict), verdict) for e, a in zip(batch, answers, strict=True)])
    assert [d.seq for d in store.decisions(limit=0)] == list(range(1200, 0, -1))
    assert [d.seq for d in store.decisions(limit=1000)] == list(range(1200, 200, -1))
    assert sum(store.counts("2026-11-24", "2026-11-24").values()) == 1200


def test_an_item_counts_once_by_its_latest_version(store: Store) -> None:
    record(store, "1", text="x", body="new", day="2026-11-23")
    record(store, "2")
    record(store, "1", text="y", body="copy", day="2026-11-24")
    assert store.counts("2026-11-23", "2026-11-24") == {bucket("copy"): 1, bucket("new"): 1}
    assert [d.item for d in store.decisions(limit=0)] == ["1", "2", "1"]


def test_verdicts_recorded_out_of_order_count_by_the_highest_version(store: Store) -> None:
    """Three versions admitted; recorded 2, 1, 3: the count moves to 2, stays, and moves to 3."""
    versions = [make_entry("1", text=text) for text in "xyz"]
    answers = store.admit(versions, now_s=NOW)
    seen = []
    for n, body in ((1, "copy"), (0, "new"), (2, "update")):
        verdict = make_verdict("1", body=body)
        store.record([(make_decision(versions[n], answers[n], verdict), verdict)])
        seen.append(store.counts("2026-11-24", "2026-11-24"))
    assert seen == [{bucket("copy"): 1}, {bucket("copy"): 1}, {bucket("update"): 1}]
    assert {d.item for d in store.decisions(limit=0)} == {"2"}


def test_counts_tell_names_with_any_character_apart(store: Store) -> None:
    for n, (source, section) in enumerate([('a","b', ""), ("a", '","b'), ("ا\0ب", "\n"), ("ا", "\0ب\n")]):
        entry = make_entry(str(n), source=source)
        verdict = make_verdict(str(n))
        answer = store.admit([entry], now_s=NOW)[0]
        store.record([(make_decision(entry, answer, verdict, section=section), verdict)])
    counts = store.counts("2026-11-24", "2026-11-24")
    assert len(counts) == 4
    assert Bucket("2026-11-24", "ا\0ب", "\n", "new", "new") in counts


def test_counts_cover_the_days_asked_for(store: Store) -> None:
    record(store, "1", day="2026-11-23")
    record(store, "2", day="2026-11-24")
    assert store.counts("2026-11-24", "2026-11-30") == {bucket("new"): 1}
    assert store.counts("2026-11-25", "2026-11-24") == {}
    with pytest.raises(ValueError, match="at most 400"):
        store.counts("2025-01-01", "2026-11-24")


def test_expired_verdicts_go_but_their_decisions_and_counts_stay(store: Store) -> None:
    record(store, "1", now_s=100)
    store.sweep(now_s=200)
    assert store.recorded([1]) == {}
    assert [d.seq for d in store.decisions(limit=0)] == [1]
    assert sum(store.counts("2026-11-24", "2026-11-24").values()) == 1


def test_a_verdict_that_comes_after_its_article_expired_is_dropped(store: Store) -> None:
    entry = make_entry("1")
    answer = store.admit([entry], now_s=100)[0]
    store.sweep(now_s=200)
    verdict = make_verdict("1")
    store.record([(make_decision(entry, answer, verdict), verdict)])
    assert (store.recorded([1]), store.decisions(limit=0)) == ({}, [])


# ── removal ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_item_is_in_no_answer(store: Store) -> None:
    record(store, "1", text="x", url="u", content="a", keys=[5, 6])
    record(store, "1", text="y", url="v", content="a", keys=[5])
    assert store.remove("1", {1: [5, 6], 2: [5]})
    assert store.find("1") is None
    assert store.entries([1, 2]) == {}
    assert store.recorded([1, 2]) == {}
    assert plain([admit(store, "2", url="u", content="a", keys=[5, 6])]) == [("new", 3, 1, (), (), [[], []])]
    assert admit(store, "1", text="x").status == "new", "the id is free again"


def test_removing_keeps_decisions_and_counts(store: Store) -> None:
    record(store, "1")
    store.remove("1", {})
    assert [d.seq for d in store.decisions(limit=0)] == [1]
    assert store.counts("2026-11-24", "2026-11-24") == {bucket("new"): 1}


def test_removing_an_unknown_id_says_so(store: Store) -> None:
    admit(store, "1")
    assert not store.remove("2", {})
    assert store.remove("1", {1: []})
    assert not store.remove("1", {1: []})


def test_removing_takes_only_the_items_own_postings(store: Store) -> None:
    """Two keys of one page, two articles under each; the room that comes free is taken by the next."""
    for i in "12":
        admit(store, i, keys=[0x00010002, 0x00010003])
    store.remove("1", {1: [0x00010002]})
    assert [n for n, _ in plain([admit(store, "3", keys=[0x00010002])])[0][5][0]] == [2]
    assert [n for n, _ in plain([admit(store, "4", keys=[0x00010003])])[0][5][0]] == [1, 2]


def test_same_content_closes_up_after_a_removal(store: Store) -> None:
    store.admit([make_entry(str(n), content="a") for n in range(1, 81)], now_s=NOW)
    for gone in ("1", "40", "80"):
        assert store.remove(gone, {})
    here = [n for n in range(1, 80) if n not in (1, 40)]
    assert admit(store, "81", content="a").same_content == (*here[:32], *here[-32:])
    for n in range(2, 80):
        store.remove(str(n), {})
    assert admit(store, "82", content="a").same_content == (81,)


def test_a_verdict_that_comes_after_the_removal_is_dropped(store: Store) -> None:
    entry = make_entry("1")
    answer = store.admit([entry], now_s=NOW)[0]
    store.remove("1", {})
    verdict = make_verdict("1")
    store.record([(make_decision(entry, answer, verdict), verdict)])
    assert (store.recorded([1]), store.decisions(limit=0), store.counts("2026-11-24", "2026-11-24")) == ({}, [], {})


def test_an_id_that_came_back_is_removed_with_its_expired_past(store: Store) -> None:
    admit(store, "1", text="x", now_s=100)
    admit(store, "1", text="y", now_s=130)
    assert store.remove("1", {})
    assert store.find("1") is None
    assert store.entries([1, 2]) == {}


def test_ping_returns_where_all_is_well(store: Store) -> None:
    store.ping()
