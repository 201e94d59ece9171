"""What a Store promises about stories, on every store."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import redis

from dedup import Deduplicator
from dedup.records import Membership, StoryRow
from dedup.settings import Settings
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore
from dedup.store.protocol import Store
from dedup.store.redis import RedisStore
from tests.strategies import make_entry
from tests.unit.test_grouping import WELL, post

NOW = 100.0


def admit(store: Store, *ids: str, now_s: float = NOW) -> None:
    store.admit([make_entry(article_id) for article_id in ids], now_s=now_s)


def alone(seq: int) -> StoryRow:
    """The story of an article whose id is its seq in words."""
    return StoryRow.alone(seq, f"قصة-{seq}")


def join(store: Store, story: StoryRow, seq: int, score: float = 0.75) -> StoryRow:
    row = store.join(story, Membership(seq, score))
    assert row is not None
    return row


def told(row: StoryRow | None) -> tuple[int, str, int, list[int]] | None:
    return row and (row.number, row.id, row.lead, [member.seq for member in row.members])


def story(store: Store, seq: int) -> tuple[int, str, int, list[int]] | None:
    return told(store.stories([seq]).get(seq))


# ── joining ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_article_stands_alone_at_first(store: Store) -> None:
    admit(store, "1", "2")
    assert store.stories([1, 2, 3]) == {}


def test_two_make_a_story_named_by_the_first(store: Store) -> None:
    admit(store, "1", "2")
    row = join(store, alone(1), 2, 0.9876)
    assert (row.number, row.id, row.lead) == (1, "قصة-1", 1)
    assert row.members == (Membership(1, 1.0), Membership(2, 0.9876))
    assert store.stories([2, 1]) == {1: row, 2: row}


def test_others_join_whatever_version_they_saw(store: Store) -> None:
    """Two at once: both saw the first article alone."""
    admit(store, "1", "2", "3")
    join(store, alone(1), 2)
    assert told(join(store, alone(1), 3)) == (1, "قصة-1", 1, [1, 2, 3])


def test_joining_twice_is_joining_once(store: Store) -> None:
    admit(store, "1", "2")
    row = join(store, alone(1), 2)
    assert store.join(row, Membership(2, 0.5)) == row


def test_every_write_gives_another_version(store: Store) -> None:
    admit(store, "1", "2", "3", "4")
    versions = [join(store, alone(1), seq).version for seq in (2, 3, 4)]
    assert versions == sorted(set(versions))


def test_who_led_and_leads_no_more_is_not_joined(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, alone(1), 2)
    assert store.regroup([row], [replace(row, lead=2)])
    assert store.join(row, Membership(3, 0.75)) is None
    assert story(store, 3) is None


def test_a_member_is_no_lead_of_another_story(store: Store) -> None:
    admit(store, "1", "2", "3")
    join(store, alone(1), 2)
    assert store.join(alone(2), Membership(3, 0.75)) is None


def test_a_story_that_is_gone_is_not_joined(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, alone(1), 2)
    assert store.regroup([row], [])
    assert store.join(row, Membership(3, 0.75)) is None


def test_a_member_of_one_story_does_not_join_another(store: Store) -> None:
    admit(store, "1", "2", "3", "4")
    join(store, alone(1), 2)
    other = join(store, alone(3), 4)
    assert store.join(other, Membership(2, 0.75)) is None


def test_articles_that_are_not_here_neither_join_nor_are_joined(store: Store) -> None:
    admit(store, "1", "2")
    store.remove("2", {2: []})
    assert store.join(alone(1), Membership(2, 0.75)) is None
    assert store.join(alone(2), Membership(1, 0.75)) is None
    assert store.join(alone(1), Membership(3, 0.75)) is None
    assert store.stories([1, 2, 3]) == {}


# ── regrouping ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_split_in_two(store: Store) -> None:
    admit(store, *"12345")
    row = join(store, alone(1), 2)
    for seq in (3, 4):
        row = join(store, row, seq)
    first = StoryRow(1, "a", 5, (Membership(5, 1.0), Membership(1, 0.75)), 0)
    second = StoryRow(2, "b", 2, (Membership(2, 1.0), Membership(4, 0.75)), 0)
    assert store.regroup([row], [first, second])
    assert [story(store, seq) for seq in range(1, 6)] == [
        (1, "a", 5, [5, 1]),
        (2, "b", 2, [2, 4]),
        None,
        (2, "b", 2, [2, 4]),
        (1, "a", 5, [5, 1]),
    ]


def test_two_stories_are_merged(store: Store) -> None:
    admit(store, *"1234")
    first, second = join(store, alone(1), 2), join(store, alone(3), 4)
    assert store.regroup([first, second], [replace(first, members=(*first.members, *second.members))])
    assert {story(store, seq) for seq in (1, 2, 3, 4) if story(store, seq) is None} == set()
    assert story(store, 4) == (1, "قصة-1", 1, [1, 2, 3, 4])


def test_a_story_of_one_keeps_the_id_that_a_founder_left_it(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, alone(1), 2)
    assert store.regroup([row], [StoryRow(1, "a", 2, (Membership(2, 1.0),), 0)])
    assert [story(store, seq) for seq in (1, 2)] == [None, (1, "a", 2, [2])]
    assert told(join(store, store.stories([2])[2], 3)) == (1, "a", 2, [2, 3])


def test_what_others_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, alone(1), 2)
    now = join(store, row, 3)
    assert not store.regroup([row], [replace(row, lead=2)])
    assert store.stories([1]) == {1: now}


def test_a_new_story_takes_no_member_of_one_it_does_not_replace(store: Store) -> None:
    admit(store, "1", "2", "3")
    join(store, alone(1), 2)
    both = StoryRow(3, "c", 3, (Membership(3, 1.0), Membership(2, 0.75)), 0)
    assert not store.regroup([alone(3)], [both])
    assert not store.regroup([], [replace(both, number=1)])
    assert story(store, 3) is None


def test_a_story_written_anew_has_a_version_it_never_had(store: Store) -> None:
    """Or a late writer could take it for the one that it read."""
    admit(store, "1", "2")
    row = join(store, alone(1), 2)
    assert store.regroup([row], [])
    assert join(store, alone(1), 2).version != row.version
    assert not store.regroup([row], [])


def test_an_article_removed_meanwhile_is_not_regrouped(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, alone(1), 2)
    store.remove("3", {3: []})
    assert not store.regroup([row], [replace(row, members=(*row.members, Membership(3, 0.75)))])


# ── leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_article_leaves_its_story(store: Store) -> None:
    admit(store, "1", "2", "3")
    join(store, join(store, alone(1), 2), 3)
    store.remove("2", {2: []})
    assert [story(store, seq) for seq in (1, 2, 3)] == [(1, "قصة-1", 1, [1, 3]), None, (1, "قصة-1", 1, [1, 3])]


def test_the_removal_of_the_lead_leaves_it_vacant(store: Store) -> None:
    admit(store, "1", "2", "3")
    row = join(store, join(store, alone(1), 2), 3)
    store.remove("1", {1: []})
    assert story(store, 3) == (1, "قصة-1", 0, [2, 3])
    assert store.join(row, Membership(2, 0.75)) is not None  # stands there
    admit(store, "4")
    assert store.join(row, Membership(4, 0.75)) is None


def test_a_founder_left_alone_is_in_no_story_and_another_keeps_the_id(store: Store) -> None:
    admit(store, "1", "2", "3", "4")
    join(store, alone(1), 2)
    join(store, alone(3), 4)
    store.remove("2", {2: []})
    store.remove("3", {3: []})
    assert [story(store, seq) for seq in (1, 2, 3, 4)] == [None, None, None, (3, "قصة-3", 0, [4])]
    store.remove("4", {4: []})
    assert store.stories([4]) == {}


# ── expiry: generations of 10 s, live until 15 s after their end ────────────────────────────────────────────────────


def test_a_story_outlives_its_first_members_and_goes_with_the_last(store: Store) -> None:
    admit(store, "1", "2", now_s=105)
    join(store, alone(1), 2)
    admit(store, "3", now_s=115)
    row = join(store, alone(1), 3)
    assert store.sweep(now_s=126) == 2
    assert store.stories([1, 2, 3]) == {3: row}
    assert store.sweep(now_s=136) == 1
    assert store.stories([1, 2, 3]) == {}


def test_expired_leads_are_not_joined(store: Store) -> None:
    admit(store, "1", now_s=105)
    admit(store, "2", "3", now_s=115)
    row = join(store, alone(1), 2)
    store.sweep(now_s=126)
    assert store.join(row, Membership(3, 0.75)) is None


def test_nothing_of_a_story_is_left_in_the_server_once_all_has_expired(redis_store: RedisStore, redis_url: str) -> None:
    admit(redis_store, *(str(n) for n in range(4_100)), now_s=105)
    for seq in range(2, 60):
        join(redis_store, alone(1), seq)
        join(redis_store, alone(100), seq + 100)
    admit(redis_store, "x", now_s=115)
    join(redis_store, alone(1), 4_101)
    redis_store.remove("x", {4_101: []})
    redis_store.sweep(now_s=1_000)
    client = redis.Redis.from_url(redis_url)
    prefix = redis_store._prefix
    left = {key.decode().removeprefix(prefix) for key in client.scan_iter(match=prefix.replace("[", "\\[") + "*", count=1000)}
    client.close()
    assert left == {"meta", "r:1", "m:1", "a:64", "v:64"}  # what later articles have a place in


# ── a dry run ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_a_dry_run_goes_on_from_the_stories_beneath_and_leaves_them_alone(
    kind: str, settings: Settings, redis_store: RedisStore
) -> None:
    base: Store = MemoryStore(settings) if kind == "memory" else redis_store
    admit(base, "1", "2", "3")
    before = join(base, alone(1), 2)
    overlay = OverlayStore(base, settings)
    admit(overlay, "4")
    assert told(join(overlay, before, 4)) == (1, "قصة-1", 1, [1, 2, 4])
    assert told(join(overlay, before, 3)) == (1, "قصة-1", 1, [1, 2, 4, 3])
    row = overlay.stories([2])[2]
    assert overlay.regroup([row], [replace(row, lead=4)])
    assert overlay.stories([1])[1].lead == 4
    assert base.stories([1, 2, 3, 4]) == {1: before, 2: before}


# ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_is_lost_when_many_join_at_once(redis_url: str, settings: Settings, namespace: str) -> None:
    stores = [RedisStore.from_url(redis_url, settings, namespace, timeout_s=30.0) for _ in range(8)]
    admit(stores[0], *(str(n) for n in range(81)))
    start = threading.Barrier(8)

    def work(n: int) -> None:
        start.wait()
        for seq in range(2 + n * 10, 12 + n * 10):
            join(stores[n], alone(1), seq)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = story(stores[0], 1)
    assert found is not None
    assert (found[2], sorted(found[3])) == (1, list(range(1, 82)))
    assert len(stores[0].stories(range(1, 82))) == 81
    for store in stores:
        store.close()


def test_workers_that_place_copies_of_one_text_at_once_end_in_one_story(redis_url: str, namespace: str) -> None:
    """Each has later originals than the one before, so that the lead changes all the time."""
    chosen = Settings()
    start = threading.Barrier(6)

    def work(n: int) -> None:
        store = RedisStore.from_url(redis_url, chosen, namespace, timeout_s=30.0)
        dedup = Deduplicator(store, chosen)
        start.wait()
        for k in range(4):
            post(dedup, f"t{n}{k}", WELL, 99 - n - 6 * k)
        store.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = RedisStore.from_url(redis_url, chosen, namespace, timeout_s=30.0)
    found = Deduplicator(store, chosen).story("t00")
    assert found is not None
    assert (len(found.members), found.lead) == (24, "t53")
    store.close()
