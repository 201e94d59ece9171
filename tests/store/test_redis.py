"""What only a real server can do to us: vanish, hang, fill up, forget, refuse, and serve many at once."""

from __future__ import annotations

import signal
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from dedup.errors import IndexMismatchError, SettingsError, StoreError, StoreFullError, StoreTimeoutError
from dedup.records import Admitted, Entry
from dedup.settings import Settings
from dedup.store import rules
from dedup.store.memory import MemoryStore
from dedup.store.protocol import Store
from dedup.store.redis import RedisStore
from tests.store.conftest import OwnServer
from tests.strategies import digest, make_decision, make_entry, make_verdict, plain

NOW = 100.0


def distinct(n: int, **fields: Any) -> Entry:
    """An entry of its own in everything, under 20 keys."""
    text = fields.pop("text", f"text {n}")
    keys = {int.from_bytes(digest(f"{text}/{k}")[:4], "big") for k in range(20)}
    return replace(
        make_entry(fields.pop("article_id", f"id {n}"), text=text, content=text, keys=sorted(keys), **fields),
        content_hash=digest(text),
    )


def raw(store: RedisStore) -> redis.Redis:
    return store._client


def assert_whole(store: Store, entries: dict[int, Entry]) -> None:
    """Every number given out has its text, its claims and its place under every one of its keys."""
    assert sorted(entries) == list(range(1, store.size() + 1))
    assert sorted(store.entries(list(entries))) == sorted(entries)
    order = sorted(entries)
    for seq, own in zip(order, store.look([entries[seq] for seq in order], now_s=NOW), strict=True):
        assert (own.status, own.seq) == ("replayed", seq)
    probes = [replace(entries[seq], id_hash=digest(f"probe {seq}"), url_hash=b"") for seq in order]
    for seq, found in zip(order, store.look(probes, now_s=NOW), strict=True):
        assert seq in found.same_content
        assert Counter(found.postings.seqs.tolist())[seq] == len(entries[seq].keys)


# ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────────


def in_threads(url: str, settings: Settings, namespace: str, work: Callable[[RedisStore, int], Any]) -> list[Any]:
    """16 threads, half on a store of their own, half sharing one; all start together."""
    barrier = threading.Barrier(16)
    shared = RedisStore.from_url(url, settings, namespace, timeout_s=5.0)

    def run(n: int) -> Any:
        store = shared if n % 2 else RedisStore.from_url(url, settings, namespace, timeout_s=5.0)
        barrier.wait()
        try:
            return work(store, n)
        finally:
            if store is not shared:
                store.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(run, range(16)))
    shared.close()
    return answers


@pytest.mark.parametrize("batch", [1, 20])
def test_one_text_posted_by_many_has_one_first(redis_url: str, settings: Settings, namespace: str, batch: int) -> None:
    def work(store: RedisStore, n: int) -> list[Admitted]:
        mine = [distinct(t, article_id=f"{n}-{t}") for t in range(200)]
        return [a for at in range(0, 200, batch) for a in store.admit(mine[at : at + batch], now_s=NOW)]

    answers = in_threads(redis_url, settings, namespace, work)
    assert {a.status for of_thread in answers for a in of_thread} == {"new"}
    assert sorted(a.seq for of_thread in answers for a in of_thread) == list(range(1, 3201))
    for text in range(200):
        posts = sorted((of_thread[text] for of_thread in answers), key=lambda a: a.seq)
        seqs = tuple(post.seq for post in posts)
        assert [post.same_content for post in posts] == [seqs[:n] for n in range(16)]


@pytest.mark.parametrize("batch", [1, 20])
def test_one_article_posted_by_many_is_new_once(redis_url: str, settings: Settings, namespace: str, batch: int) -> None:
    def work(store: RedisStore, n: int) -> list[Admitted]:
        order = list(range(200)) if n < 8 else list(range(199, -1, -1))
        found: dict[int, Admitted] = {}
        for at in range(0, 200, batch):
            some = order[at : at + batch]
            found |= zip(some, store.admit([distinct(t) for t in some], now_s=NOW), strict=True)
        return [found[t] for t in range(200)]

    answers = in_threads(redis_url, settings, namespace, work)
    for text in range(200):
        posts = [of_thread[text] for of_thread in answers]
        assert Counter(post.status for post in posts) == {"new": 1, "replayed": 15}
        assert len({post.seq for post in posts}) == 1


def test_one_verdict_recorded_by_many_counts_once(redis_url: str, settings: Settings, namespace: str) -> None:
    def work(store: RedisStore, n: int) -> None:
        for t in range(20):
            for version in "xy":
                entry = make_entry(str(t), text=version)
                answer = store.admit([entry], now_s=NOW)[0]
                verdict = make_verdict(entry.id, body="copy" if n % 2 else "new", version=answer.version)
                store.record([(make_decision(entry, answer, verdict), verdict)])

    in_threads(redis_url, settings, namespace, work)
    store = RedisStore.from_url(redis_url, settings, namespace)
    assert sum(store.counts("2026-11-24", "2026-11-24").values()) == 20
    assert Counter(d.seq for d in store.decisions(limit=0)) == dict.fromkeys(range(1, 41), 1)
    store.close()


# ── kill -9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("appendfsync", "cut"), [("always", 0), ("everysec", 0), ("always", 1), ("always", 5_000)])
def test_a_killed_server_comes_back_whole(
    short_dir: Path, redis_binary: Path, settings: Settings, appendfsync: str, cut: int
) -> None:
    """Killed while four write, and then (as after loss of power) with the end of its file cut off.

    With "everysec" the server keeps writes back while an fsync is under way, for 2 s at most: on a busy disk the last ones
    may be lost, but nothing is there by half.
    """
    server = OwnServer(short_dir, redis_binary, appendfsync)
    acknowledged: dict[int, Entry] = {}
    sent: dict[str, Entry] = {}

    def write(n: int) -> None:
        store = RedisStore.from_url(server.url, settings)
        for step in range(100_000):
            batch = [distinct(n * 10**6 + step * 10 + k) for k in range(10)]
            sent.update((entry.id, entry) for entry in batch)
            try:
                acknowledged.update(zip((a.seq for a in store.admit(batch, now_s=NOW)), batch, strict=True))
            except StoreError:
                return

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(1.0)
    server.kill()
    for writer in writers:
        writer.join()
    if cut:
        newest = max(server.folder.rglob("appendonly*.aof"), key=lambda path: path.stat().st_mtime)
        with newest.open("r+b") as file:
            file.truncate(newest.stat().st_size - cut)
    server.start()
    store = RedisStore.from_url(server.url, settings, timeout_s=5.0)
    here = {seq: sent[stored.article.id] for seq, stored in store.entries(range(1, store.size() + 1)).items()}
    lost = acknowledged.keys() - here.keys()
    if appendfsync == "always":
        assert len(lost) <= (40 if cut else 0), "a cut of 5,000 bytes takes a call or two of each writer"
    assert len(here) > 100
    assert all(here[seq].id == entry.id for seq, entry in acknowledged.items() if seq not in lost)
    assert_whole(store, here)
    assert store.admit([distinct(-1)], now_s=NOW)[0].seq == len(here) + 1
    store.close()
    server.close()


def test_a_server_that_is_away_is_an_error_at_once_and_back_without_ado(own_server: OwnServer, settings: Settings) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    store.admit([distinct(1)], now_s=NOW)
    own_server.kill()
    calls: list[Callable[[], object]] = [
        lambda: store.admit([distinct(2)], now_s=NOW),
        lambda: store.look([distinct(2)], now_s=NOW),
        lambda: store.entries([1]),
        lambda: store.recorded([1]),
        lambda: store.find("id 1"),
        lambda: store.remove("id 1", {}),
        lambda: store.decisions(limit=1),
        lambda: store.counts("2026-11-24", "2026-11-24"),
        lambda: store.sweep(now_s=NOW),
        store.generations,
        store.size,
        store.ping,
    ]
    for call in calls:
        started = time.monotonic()
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "store_unavailable"
        assert time.monotonic() - started < 1
    own_server.start()
    assert store.admit([distinct(1), distinct(2)], now_s=NOW)[0].status == "replayed"
    store.close()


@pytest.mark.parametrize("connected", [True, False])
def test_a_server_that_hangs_is_a_timeout_within_a_second(own_server: OwnServer, settings: Settings, connected: bool) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    if connected:
        store.ping()
    own_server.signal(signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(StoreTimeoutError):
        store.admit([distinct(1)], now_s=NOW)
    assert time.monotonic() - started < 1
    own_server.signal(signal.SIGCONT)
    assert store.admit([distinct(1)], now_s=NOW)[0].seq == 1
    store.close()


# ── what it may forget, refuse or run out of ────────────────────────────────────────────────────────────────────────


def test_scripts_that_the_server_forgot_are_sent_again(redis_store: RedisStore) -> None:
    redis_store.admit([distinct(1)], now_s=NOW)
    raw(redis_store).script_flush()
    assert redis_store.admit([distinct(1)], now_s=NOW)[0].status == "replayed"


def test_an_index_that_was_emptied_starts_anew(own_server: OwnServer, settings: Settings) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    store.admit([distinct(1)], now_s=NOW)
    raw(store).flushall()
    assert store.admit([distinct(2)], now_s=NOW)[0].seq == 1
    store.close()


def test_an_index_of_other_settings_is_refused(
    redis_store: RedisStore, redis_url: str, settings: Settings, namespace: str
) -> None:
    redis_store.admit([distinct(1)], now_s=NOW)
    other_settings = replace(settings, passage_words=7)
    other = RedisStore.from_url(redis_url, other_settings, namespace)
    for call in (other.ping, lambda: other.admit([distinct(2)], now_s=NOW), other.size):
        with pytest.raises(IndexMismatchError) as caught:
            call()
        assert (caught.value.found, caught.value.wanted) == (settings.fingerprint(), other_settings.fingerprint())
    assert redis_store.size() == 1
    other.close()


def test_an_index_that_changed_hands_since_it_was_opened_is_refused(own_server: OwnServer, settings: Settings) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    store.ping()
    raw(store).flushall()
    other = RedisStore.from_url(own_server.url, replace(settings, passage_words=7))
    other.ping()
    with pytest.raises(IndexMismatchError):
        store.admit([distinct(1)], now_s=NOW)
    assert other.size() == 0
    store.close()
    other.close()


def test_settings_that_change_no_list_share_the_index(
    redis_store: RedisStore, redis_url: str, settings: Settings, namespace: str
) -> None:
    redis_store.admit([distinct(1)], now_s=NOW)
    other = RedisStore.from_url(redis_url, replace(settings, max_candidates=5), namespace)
    assert other.size() == 1
    other.close()


def test_namespaces_do_not_see_each_other(redis_store: RedisStore, redis_url: str, settings: Settings, namespace: str) -> None:
    redis_store.admit([distinct(1)], now_s=NOW)
    other = RedisStore.from_url(redis_url, settings, namespace[:-1] + "-")
    answer = other.admit([distinct(1)], now_s=NOW)[0]
    assert (answer.status, answer.seq, answer.same_content) == ("new", 1, ())
    other.close()


@pytest.mark.parametrize("name", ["", "a}b", "a b", "x" * 41, "ن"])
def test_a_namespace_that_would_break_the_key_names_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        RedisStore.from_url("redis://127.0.0.1:1", settings, name)
    assert caught.value.field == "namespace"


def test_a_url_that_is_none_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError) as caught:
        RedisStore.from_url("127.0.0.1:6379", settings)
    assert caught.value.field == "redis_url"


def test_a_full_server_says_so_writes_no_half_and_can_still_be_emptied(own_server: OwnServer, settings: Settings) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    before = [distinct(n) for n in range(100)]
    store.admit(before, now_s=NOW)
    verdict = make_verdict("id 0")
    client = raw(store)
    client.config_set("maxmemory", "1mb")
    for call in (
        lambda: store.admit([distinct(200)], now_s=NOW),
        lambda: store.record([(make_decision(before[0], store.look(before[:1], now_s=NOW)[0], verdict), verdict)]),
        store.ping,
    ):
        with pytest.raises(StoreFullError):
            call()
    assert_whole(store, dict(enumerate(before, 1)))
    assert store.remove("id 0", {1: before[0].keys.tolist()})
    assert store.sweep(now_s=1000) == 100
    assert store.size() == 100
    client.config_set("maxmemory", "0")
    store.close()


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_server_that_would_evict_is_refused(own_server: OwnServer, settings: Settings, policy: str) -> None:
    client = redis.Redis.from_url(own_server.url)
    client.config_set("maxmemory-policy", policy)
    store = RedisStore.from_url(own_server.url, settings)
    store.ping()  # without a limit nothing is evicted
    client.config_set("maxmemory", "1gb")
    with pytest.raises(StoreError, match=f"maxmemory-policy is {policy}.* set it to noeviction"):
        store.ping()
    with pytest.raises(StoreError, match="noeviction"):
        RedisStore.from_url(own_server.url, settings).admit([distinct(1)], now_s=NOW)
    client.config_set("maxmemory", "0")
    client.close()
    store.close()


def test_a_user_that_may_not_ask_for_info_can_work(own_server: OwnServer, settings: Settings) -> None:
    client = redis.Redis.from_url(own_server.url)
    client.acl_setuser("desk", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-info", "-config"])
    store = RedisStore.from_url(f"{own_server.url}?username=desk&password=secret", settings)
    assert store.admit([distinct(1)], now_s=NOW)[0].seq == 1
    store.close()
    client.close()


def test_a_replica_is_refused_by_ping_and_admit(own_server: OwnServer, settings: Settings) -> None:
    store = RedisStore.from_url(own_server.url, settings)
    store.admit([distinct(1)], now_s=NOW)
    raw(store).replicaof("127.0.0.1", 1)
    for call in (store.ping, lambda: store.admit([distinct(2)], now_s=NOW)):
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "store_unavailable"
        assert "read only replica" in str(caught.value).lower().replace("-", " ")
    raw(store).replicaof("NO", "ONE")
    store.close()


def test_a_malformed_entry_leaves_nothing_behind(redis_store: RedisStore) -> None:
    with pytest.raises(StoreError, match="malformed"):
        redis_store.admit([distinct(1), replace(distinct(2), text_digest=b"short")], now_s=NOW)
    assert redis_store.size() == 0
    assert redis_store.admit([distinct(1)], now_s=NOW)[0].status == "new"


# ── what stays behind ───────────────────────────────────────────────────────────────────────────────────────────────


def keys_left(store: RedisStore) -> set[str]:
    """The kinds of key of one index."""
    names = raw(store).scan_iter(match=store._prefix + "*", count=10_000)
    return {name.decode().removeprefix(store._prefix) for name in names}


def test_a_swept_index_holds_no_article(redis_store: RedisStore) -> None:
    """Two generations over a seam of row chunks (4096), contents that overflow, one article removed before."""
    first = [replace(distinct(n), content_hash=digest("same" if n < 100 else str(n))) for n in range(3000)]
    second = [distinct(n) for n in range(3000, 6000)]
    answers = redis_store.admit(first, now_s=100)
    verdict = make_verdict("x")
    redis_store.record([(make_decision(e, a, verdict), verdict) for e, a in zip(first, answers, strict=True)])
    redis_store.admit(second, now_s=110)
    redis_store.remove("id 7", {8: first[7].keys.tolist()})
    assert {name for name in keys_left(redis_store) if name.startswith("r:")} == {"r:0", "r:1"}
    assert raw(redis_store).zcard(redis_store._prefix + "10:o") == 68, "a page keeps the first 32 of 100 claims on a content"
    assert redis_store.sweep(now_s=125) == 3000
    assert {name.split(":")[0] for name in keys_left(redis_store)} == {"meta", "gens", "log", "roll", "r", "a", "v", "11"}
    assert sorted(redis_store.entries(range(1, 6001))) == list(range(3001, 6001))
    assert redis_store.sweep(now_s=135) == 3000
    assert keys_left(redis_store) == {"meta", "log", "roll:2026-11-24", "r:1", "a:93", "v:93"}, (
        "later articles have a place there"
    )
    assert set(raw(redis_store).lrange(redis_store._prefix + "a:93", 0, -1)) == {b""}
    assert redis_store.admit([distinct(1)], now_s=136)[0].seq == 6001


def test_a_sweep_that_was_cut_off_is_taken_up(
    redis_store: RedisStore, redis_url: str, settings: Settings, namespace: str
) -> None:
    redis_store.admit([distinct(n) for n in range(200)], now_s=100)
    redis_store.admit([distinct(200)], now_s=110)
    assert redis_store._run("sweep", 11, 1000) == [0, 0], "generation 10 is being dropped"
    assert redis_store.find("id 1") is None
    fresh = redis_store.admit([distinct(1)], now_s=111)[0]
    assert (fresh.status, fresh.seq) == ("new", 202)
    assert redis_store._run("sweep", 11, 1000) == [0, 0]
    other = RedisStore.from_url(redis_url, settings, namespace, timeout_s=5.0)
    assert other.sweep(now_s=125) == 200
    assert not {name for name in keys_left(other) if name.startswith("10:")}
    assert sorted(other.entries(range(203))) == [201, 202]
    other.close()


def test_removal_leaves_no_trace_of_the_text(redis_store: RedisStore) -> None:
    entry = distinct(1, url="u")
    redis_store.admit([entry], now_s=NOW)
    assert redis_store.remove("id 1", {1: entry.keys.tolist()})
    assert keys_left(redis_store) == {"meta", "gens", "r:0", "a:0", "v:0"}
    row = raw(redis_store).getrange(redis_store._prefix + "r:0", 47, 93)
    assert row == b"\1" + bytes(46)
    assert raw(redis_store).lrange(redis_store._prefix + "a:0", 0, -1) == [b""]


def test_pages_split_as_the_index_grows_and_every_posting_stays_where_its_key_is_looked_for(
    redis_store: RedisStore, settings: Settings
) -> None:
    """300 keys that share their page at first, and 600 on others."""
    memory = MemoryStore(settings)
    keys = [0xABCD0000 + n for n in range(300)]  # one page, until it is split
    batch = [make_entry(str(n), text=str(n), keys=[keys[n % 300], n]) for n in range(600)]
    for store in (redis_store, memory):
        store.admit(batch, now_s=NOW)
    gens = redis_store._prefix + "gens"
    first, pages, _, claims, count = struct.unpack("<5I", raw(redis_store).hget(gens, "10"))
    for split in range(3):  # as if the index had grown: the next entry splits what is due
        raw(redis_store).hset(gens, "10", struct.pack("<5I", first, pages, (65_536 + 40_000 * (split + 1)) * 128, claims, count))
        extra = [make_entry(f"x{split}", text=f"x{split}", keys=[keys[split], 9_000 + split])]
        assert plain(redis_store.admit(extra, now_s=NOW)) == plain(memory.admit(extra, now_s=NOW))
        _, pages, *_ = struct.unpack("<5I", raw(redis_store).hget(gens, "10"))
        assert pages == 65_536 + 40_000 * (split + 1) + 1
        probes = [make_entry(f"p{n}", text=f"p{n}", keys=[*keys, *range(600)]) for n in range(2)]
        assert plain(redis_store.look(probes, now_s=NOW)) == plain(memory.look(probes, now_s=NOW))
    assert redis_store.remove("5", {6: [keys[5], 5]}) == memory.remove("5", {6: [keys[5], 5]})
    assert plain(redis_store.look(probes, now_s=NOW)) == plain(memory.look(probes, now_s=NOW))
    assert redis_store.sweep(now_s=1000) == memory.sweep(now_s=1000)
    assert not {name for name in keys_left(redis_store) if name.startswith("10:")}


def test_a_generation_that_is_full_is_followed_early(
    redis_store: RedisStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_GENERATION", 10)
    memory = MemoryStore(settings)
    batch = [distinct(n % 18) for n in range(25)]
    assert plain(redis_store.admit(batch, now_s=NOW)) == plain(memory.admit(batch, now_s=NOW))
    assert redis_store.generations() == memory.generations() == {10: 1, 11: 11}
    assert plain(redis_store.look(batch, now_s=NOW)) == plain(memory.look(batch, now_s=NOW))


def test_old_decisions_are_trimmed(redis_url: str, settings: Settings, namespace: str) -> None:
    """About: the server drops whole blocks of 100."""
    store = RedisStore.from_url(redis_url, settings, namespace, decisions_retention_s=0.05)
    batch = [make_entry(str(n)) for n in range(500)]
    answers = store.admit(batch, now_s=NOW)
    verdict = make_verdict("x")
    decided = [(make_decision(e, a, verdict), verdict) for e, a in zip(batch, answers, strict=True)]
    store.record(decided[:450])
    time.sleep(0.1)
    store.record(decided[450:])
    assert [d.seq for d in store.decisions(limit=50)] == list(range(500, 450, -1))
    assert len(store.decisions(limit=0)) < 200
    store.close()
