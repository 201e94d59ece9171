"""Fill a Redis store with synthetic articles and their verdicts, and say what that cost and what is kept."""

from __future__ import annotations

import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import redis

from benchmarks.synthetic import Made, Stream
from dedup import Settings
from dedup.records import (
    Admitted,
    BodyVerdict,
    Decision,
    Entry,
    HeadlineVerdict,
    Match,
    Passage,
    Verdict,
    match_of,
)
from dedup.store.redis import RedisStore
from service.embedded import EmbeddedRedis

BATCH = 50
MADE_AT_ONCE = 1_000

#: The kinds of key of an index (dedup/store/lua/prelude.lua), by what a reader wants to know of its memory.
PARTS = {
    "k": "lists",
    "c": "claims",
    "r": "rows",
    "a": "texts",
    "v": "verdicts",
    "log": "decision log",
    "roll": "roll-ups",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one article took, on average: microseconds, of the server's processor and by the clock of the caller."""

    articles: int
    admit_cpu_us: float
    admit_wall_us: float
    record_cpu_us: float
    record_wall_us: float

    @property
    def cpu_us(self) -> float:
        return self.admit_cpu_us + self.record_cpu_us

    @property
    def wall_us(self) -> float:
        return self.admit_wall_us + self.record_wall_us


@contextmanager
def server(settings: Settings, binary: Path | None = None) -> Iterator[tuple[redis.Redis, RedisStore]]:
    """An embedded server of its own with its append-only file on, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder), binary=binary) as embedded:
        client = redis.Redis.from_url(embedded.url)
        store = RedisStore.from_url(embedded.url, settings, timeout_s=60.0)
        try:
            yield client, store
        finally:
            store.close()
            client.close()


def server_name(client: redis.Redis) -> str:
    about = client.info("server")
    return f"Valkey {about['valkey_version']}" if "valkey_version" in about else f"Redis {about['redis_version']}"


def fill(client: redis.Redis, store: RedisStore, stream: Stream, count: int, *, now_s: float, settings: Settings) -> Cost:
    """Add the next `count` articles with their verdicts; what one took."""
    spent = Counter[str]()
    recent: dict[int, Match] = {}
    for start in range(0, count, MADE_AT_ONCE):
        made = stream.articles(min(MADE_AT_ONCE, count - start))
        entries = stream.entries(made, settings)
        answers: list[Admitted] = []
        with _spending(client, spent, "admit"):
            for at in range(0, len(entries), BATCH):
                answers += store.admit(entries[at : at + BATCH], now_s=now_s)
        decided = [_decided(one, entry, answer, recent) for one, entry, answer in zip(made, entries, answers, strict=True)]
        with _spending(client, spent, "record"):
            for at in range(0, len(decided), BATCH):
                store.record(decided[at : at + BATCH])
        recent = dict(list({**recent, **{one.number: match_of(one.article) for one in made}}.items())[-20_000:])
    us = {name: value / count * 1e6 for name, value in spent.items()}
    return Cost(count, us["admit cpu"], us["admit wall"], us["record cpu"], us["record wall"])


def memory(client: redis.Redis) -> int:
    """Bytes in use, without those of clients and of the append-only file's buffer."""
    used = client.info("memory")
    return int(used["used_memory"]) - int(used["mem_clients_normal"]) - int(used["mem_aof_buffer"])


def parts(client: redis.Redis, store: RedisStore) -> dict[str, float]:
    """Bytes an article in each kind of key: every one of a few, 1 of 64 of many."""
    total = Counter[str]()
    for name in client.scan_iter(match=store._prefix + "*", count=10_000):
        kind = _kind(name.decode().removeprefix(store._prefix))
        if kind not in ("k", "c", "a", "v"):
            total[kind] += client.memory_usage(name, samples=0) or 0
        elif zlib.crc32(name) % 64 == 0:
            total[kind] += 64 * (client.memory_usage(name, samples=0) or 0)
    found = {label: total[kind] / store.size() for kind, label in PARTS.items()}
    return {**found, "other": sum(total[kind] for kind in total if kind not in PARTS) / store.size()}


def _kind(name: str) -> str:
    first, *rest = name.split(":")
    return rest[0] if first.lstrip("-").isdigit() else first


@contextmanager
def _spending(client: redis.Redis, spent: Counter[str], name: str) -> Iterator[None]:
    cpu, wall = _cpu_s(client), time.perf_counter()
    yield
    spent[f"{name} wall"] += time.perf_counter() - wall  # type: ignore[assignment]
    spent[f"{name} cpu"] += _cpu_s(client) - cpu  # type: ignore[assignment]


def _cpu_s(client: redis.Redis) -> float:
    used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _decided(made: Made, entry: Entry, answer: Admitted, recent: dict[int, Match]) -> tuple[Decision, Verdict]:
    """A verdict as the rule that made the article would give it: copies with their match, two passages and a story."""
    of = recent.get(made.of) if made.of is not None else None
    published = made.article.published.isoformat() if made.article.published else None
    verdict = Verdict(
        id=entry.id,
        duplicate=False,
        repeated_headline=False,
        body=BodyVerdict("new", "no_candidate", 0.0),
        headline=HeadlineVerdict("new", "none"),
        story=entry.id,
        settings="0123456789ab",
    )
    if of:
        length = len(made.article.body)
        body = BodyVerdict(
            verdict="repeat" if made.kind == "repeat" else "copy" if made.kind == "edited" else "partial",
            rule="model",
            score=0.9731,
            relation="shorter",
            match=of,
            jaccard=0.4219,
            containment_of_new=0.7127,
            containment_of_old=0.5331,
            passages=(Passage((0, length // 3), (0, length // 3), 40), Passage((length // 2, length), (length // 2, length), 60)),
        )
        verdict = replace(verdict, duplicate=True, body=body, story=of.id, candidates=(of.id,))
    decision = Decision(
        seq=answer.seq,
        id=entry.id,
        item="",
        version=answer.version,
        source=entry.source,
        section="",
        day=(published or "")[:10],
        decided_s=1.0e9 + made.number,
        published=published,
        body=verdict.body.verdict,
        headline=verdict.headline.verdict,
        duplicate=verdict.duplicate,
        repeated_headline=False,
        match_id=of.id if of else "",
        match_source=of.source if of else "",
        headline_match_id="",
        story=verdict.story,
        rule=verdict.body.rule,
        settings=verdict.settings,
    )
    return decision, verdict
