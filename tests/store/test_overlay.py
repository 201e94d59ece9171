"""A dry run beside others; that it answers as a real run would is played in test_machine.py."""

from __future__ import annotations

from dedup.settings import Settings
from dedup.store.overlay import OverlayStore
from dedup.store.redis import RedisStore
from tests.strategies import make_decision, make_entry, make_verdict, plain


def test_numbers_go_on_where_the_base_ends(redis_store: RedisStore, settings: Settings) -> None:
    redis_store.admit([make_entry("1", keys=[5])], now_s=100)
    overlay = OverlayStore(redis_store, settings)
    answer = overlay.admit([make_entry("2", keys=[5])], now_s=100)[0]
    assert (answer.seq, answer.postings.seqs.tolist(), overlay.size(), redis_store.size()) == (2, [1], 2, 1)


def test_verdicts_of_the_dry_run_stay_in_it(redis_store: RedisStore, settings: Settings) -> None:
    first, second = make_entry("1"), make_entry("2")
    verdict = make_verdict("1", body="copy")
    redis_store.record([(make_decision(first, redis_store.admit([first], now_s=100)[0], verdict), verdict)])
    overlay = OverlayStore(redis_store, settings)
    overlay.record([(make_decision(second, overlay.admit([second], now_s=100)[0], verdict), verdict)])
    assert list(overlay.recorded([1, 2])) == [1, 2]
    assert list(redis_store.recorded([1, 2])) == [1]
    assert [d.seq for d in redis_store.decisions(limit=0)] == [1]


def test_what_arrives_in_the_base_meanwhile_is_not_seen(redis_store: RedisStore, settings: Settings) -> None:
    redis_store.admit([make_entry("1", text="x", content="a", keys=[5])], now_s=100)
    overlay = OverlayStore(redis_store, settings)
    redis_store.admit([make_entry("1", text="y"), make_entry("2", content="a", keys=[5]), make_entry("3")], now_s=100)
    batch = [make_entry("1", text="z"), make_entry("2", content="a", keys=[5]), make_entry("3"), make_entry("1", text="y")]
    one = make_entry("s").source_hash & 0xFF
    assert plain(overlay.admit(batch, now_s=100)) == [
        ("version", 2, 2, (1,), (), []),
        ("new", 3, 1, (), (1,), [[(1, one)]]),
        ("new", 4, 1, (), (), []),
        ("version", 5, 3, (2, 1), (), []),
    ]
