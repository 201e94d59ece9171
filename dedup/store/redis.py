"""`RedisStore`: one index in a Redis or Valkey server. Each step is one script in lua/.

docs/decisions/0003-redis-layout.md draws the layout and says what it costs.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dedup.errors import IndexMismatchError, SettingsError, StoreError, StoreFullError, StoreTimeoutError
from dedup.records import (
    U32,
    Admitted,
    Decision,
    Entry,
    Membership,
    Postings,
    Sighting,
    Status,
    Stored,
    StoryRow,
    Template,
    TemplateAct,
    TemplateState,
    Verdict,
)
from dedup.settings import DAY_S, Settings
from dedup.store import rules
from dedup.store.protocol import Bucket
from dedup.store.redis_templates import act_sent, read_templates, sighting_sent
from dedup.store.rules import SAME_CONTENT, days, generations_at, id_hash
from dedup.store.templates import MAX_TEMPLATES
from dedup.textpack import pack_decision, pack_verdict, unpack_article, unpack_decision, unpack_verdict

CALL_ENTRIES = 25  # most entries in one script: it stalls everyone else meanwhile, and more are hardly faster
CALL_KEYS = 5_000  # most list keys in one script, for the same reason, unless a single entry has more
SWEEP_KEYS = 5_000  # keys that one script of a sweep drops
SWEEP_TEMPLATES = 100  # templates that one script drops
READ_AT_ONCE = 500  # values in one read
SHELF = 64  # articles in one list: as in lua/prelude.lua

_SCRIPTS = {
    "open": ("prelude", "open"),
    "admit": ("prelude", "judge", "decided", "admit"),
    "look": ("prelude", "judge", "decided", "look"),
    "record": ("prelude", "record"),
    "find": ("prelude", "find"),
    "remove": ("prelude", "story", "remove"),
    "stories": ("prelude", "story", "stories"),
    "join": ("prelude", "story", "join"),
    "regroup": ("prelude", "story", "regroup"),
    "sweep": ("prelude", "sweep"),
    "learn": ("prelude", "templates", "learn"),
    "act": ("prelude", "templates", "act"),
    "expire": ("prelude", "templates", "expire"),
}
_STATUSES: tuple[Status, ...] = ("new", "version", "replayed", "id_taken")  # by number, as in lua/judge.lua
_REPLY = struct.Struct("<BHIIII")  # status, version, seq; how many earlier versions, of the same content, heads of lists
_STORY = struct.Struct("<IIIH")  # newest, version, lead, length of the id: lua/story.lua
_MEMBER = struct.Struct("<IH")
_LOGGED = tuple(spec.name for spec in fields(Decision) if spec.name != "item")  # the store names the item

_T = TypeVar("_T")


class RedisStore:
    """A Store in Redis >= 6.2 or Valkey, shared by every process that names the same namespace. Safe for threads.

    Nothing is sent before the first call; while the server is away each call fails, and the first one after it is back works.

    Args:
        client: must return bytes (`decode_responses` off) and give up in time; `from_url` makes one.
        namespace: 1 to 40 letters, digits, `-` or `_`; indexes of different namespaces do not see each other.
        decisions_retention_s: how long decisions are kept, by the server's clock; they may stay a little longer.
    """

    def __init__(
        self,
        client: redis.Redis,
        settings: Settings,
        namespace: str = "default",
        *,
        decisions_retention_s: float = 400 * DAY_S,
    ) -> None:
        self._client = client
        self._settings = settings
        self._fingerprint = settings.fingerprint()
        self._prefix = prefix(namespace)
        self._decisions_retention_ms = int(decisions_retention_s * 1000)
        self._opened = False
        self._scripts = {name: client.register_script(_lua(*parts)) for name, parts in _SCRIPTS.items()}

    @classmethod
    def from_url(
        cls,
        url: str,
        settings: Settings,
        namespace: str = "default",
        *,
        timeout_s: float = 0.8,
        decisions_retention_s: float = 400 * DAY_S,
    ) -> RedisStore:
        """A store at `redis://`, `rediss://` (TLS) or `unix://`: an answer is waited for `timeout_s`, nothing is retried."""
        return cls(connect(url, timeout_s=timeout_s), settings, namespace, decisions_retention_s=decisions_retention_s)

    def admit(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        current, oldest = generations_at(now_s, self._settings)
        caps = (self._settings.list_cap, self._settings.source_cap, rules.MAX_GENERATION)
        terms = (self._fingerprint, current, oldest, *caps)
        answers: list[Admitted] = []
        for call in _calls(batch):
            sent = [part for entry in call for part in (_row(entry), *_keys(entry.keys), entry.blob)]
            replies = self._run("admit", *terms, *sent)
            if isinstance(replies, bytes):  # nothing was written: not our index, or emptied since it was opened
                self.ping()
                replies = self._run("admit", *terms, *sent)
            answers += map(_admitted, call, replies)
        return answers

    def look(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        _, oldest = generations_at(now_s, self._settings)
        answers: list[Admitted] = []
        for call in _calls(batch):
            sent = [part for entry in call for part in (_row(entry), *_keys(entry.keys))]
            answers += map(_admitted, call, self._run("look", oldest, *sent))
        return answers

    def entries(self, seqs: Sequence[int]) -> Mapping[int, Stored]:
        return {seq: unpack_article(seq, blob) for seq, blob in self._shelved("a", seqs)}

    def record(self, verdicts: Sequence[tuple[Decision, Verdict]]) -> None:
        for call in _cut(verdicts, CALL_ENTRIES):
            sent = [part for decision, verdict in call for part in (*_decided(decision), pack_verdict(verdict))]
            self._run("record", self._decisions_retention_ms, *sent)

    def recorded(self, seqs: Sequence[int]) -> Mapping[int, Verdict]:
        # item u32, bucket length u16, bucket, verdict: lua/record.lua
        return {seq: unpack_verdict(raw[6 + int.from_bytes(raw[4:6], "little") :]) for seq, raw in self._shelved("v", seqs)}

    def find(self, article_id: str) -> int | None:
        return int(self._run("find", id_hash(article_id))) or None

    def remove(self, article_id: str, keys: Mapping[int, Sequence[int]]) -> bool:
        sent = [part for seq, of_seq in keys.items() for part in (seq, np.array(of_seq, dtype=">u4").tobytes())]
        return bool(self._run("remove", id_hash(article_id), *sent))

    def stories(self, seqs: Sequence[int]) -> Mapping[int, StoryRow]:
        found: dict[int, StoryRow] = {}
        for some in _cut(seqs, READ_AT_ONCE):
            flat = self._run("stories", *some)
            found |= {flat[n]: _story(flat[n + 1], flat[n + 2]) for n in range(0, len(flat), 3)}
        return found

    def join(self, story: StoryRow, member: Membership) -> StoryRow | None:
        raw = self._run(
            "join", story.number, story.version, story.lead, story.id, member.seq, _MEMBER.pack(member.seq, _score(member))
        )
        return _story(story.number, raw) if raw else None

    def regroup(self, before: Sequence[StoryRow], after: Sequence[StoryRow]) -> bool:
        sent: list[Any] = [len(before)]
        for row in before:
            sent += (row.number, row.version)
        for row in after:
            sent += (row.number, row.lead, row.id, b"".join(_MEMBER.pack(m.seq, _score(m)) for m in row.members))
        return bool(self._run("regroup", *sent))

    def decisions(self, *, limit: int) -> list[Decision]:
        newest_first: list[Decision] = []
        before = "+"
        while True:
            wanted = min(READ_AT_ONCE, limit - len(newest_first)) if limit else READ_AT_ONCE
            with self._server("decisions") as client:
                page = client.xrevrange(self._prefix + "log", before, "-", wanted)
            newest_first += [_logged(values) for _, values in page]
            if len(page) < wanted or len(newest_first) == limit:
                return newest_first
            before = "(" + page[-1][0].decode()

    def counts(self, first_day: str, last_day: str) -> Mapping[Bucket, int]:
        asked = days(first_day, last_day)
        with self._server("counts") as client:
            pipeline = client.pipeline(transaction=False)
            for day in asked:
                pipeline.hgetall(f"{self._prefix}roll:{day}")
            cells = pipeline.execute()
        return {
            Bucket(day, *json.loads(cell)): int(count)
            for day, of_day in zip(asked, cells, strict=True)
            for cell, count in of_day.items()
        }

    def sweep(self, *, now_s: float) -> int:
        _, oldest = generations_at(now_s, self._settings)
        went, done = 0, 0
        while not done:
            articles, done = self._run("sweep", oldest, SWEEP_KEYS)
            went += articles
        while self._run("expire", struct.pack("<d", now_s - self._settings.retention_s), SWEEP_TEMPLATES) == SWEEP_TEMPLATES:
            pass
        return went

    def generations(self) -> Mapping[int, int]:
        with self._server("generations") as client:
            kept = client.hgetall(self._prefix + "gens")
        return {number: int.from_bytes(kept[b"%d" % number][:4], "little") for number in sorted(map(int, kept))}

    def size(self) -> int:
        with self._server("size") as client:
            return int(client.hget(self._prefix + "meta", "next") or 1) - 1

    def learn(self, sightings: Sequence[Sighting]) -> None:
        for call in _cut(sightings, CALL_ENTRIES):
            self._run("learn", MAX_TEMPLATES, *(part for sighting in call for part in sighting_sent(sighting)))

    def templates(
        self, *, state: TemplateState | None, source: str | None, after: tuple[int, int] | None, limit: int
    ) -> list[Template]:
        found: list[Template] = []
        before = "+inf" if after is None else f"({after[0] * 2**32 + after[1]}"
        while len(found) < limit:
            with self._server("templates") as client:
                ranked = client.zrevrangebyscore(
                    self._prefix + "t:rank", before, "-inf", start=0, num=READ_AT_ONCE, withscores=True
                )
                page = read_templates(client, self._prefix, [int(number) for number, _ in ranked])
            found += [t for t in page if state in (None, t.state) and (source is None or source in dict(t.sources))]
            if len(ranked) < READ_AT_ONCE:
                break
            before = f"({ranked[-1][1]:.0f}"
        return found[:limit]

    def template(self, template_id: int) -> Template | None:
        with self._server("template") as client:
            return next(iter(read_templates(client, self._prefix, [template_id])), None)

    def teach(self, example: Stored, act: TemplateAct) -> int:
        return int(self._run("act", 0, *act_sent(act, example)))

    def act(self, template_id: int, act: TemplateAct) -> bool:
        return template_id > 0 and bool(self._run("act", template_id, *act_sent(act)))

    def ping(self) -> None:
        """Also refuses an index of other settings, and a server that would evict keys."""
        with door("ping"):
            _refuse_eviction(self._client)
            found = self._scripts["open"]([self._prefix], [self._fingerprint]).decode()
        if found != self._fingerprint:
            raise IndexMismatchError(found, self._fingerprint)
        self._opened = True

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _server(self, operation: str) -> Iterator[Any]:
        if not self._opened:
            self.ping()
        with door(operation):
            yield self._client

    def _run(self, name: str, *args: Any) -> Any:
        """One script; redis-py loads it anew where the server has forgotten it."""
        with self._server(name):
            return self._scripts[name]([self._prefix], args)

    def _shelved(self, kind: str, seqs: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """What is there of a kind: packed articles or recorded verdicts."""
        for some in _cut(seqs, READ_AT_ONCE):
            with self._server("read") as client:
                pipeline = client.pipeline(transaction=False)
                for seq in some:
                    shelf, place = divmod(seq - 1, SHELF)
                    pipeline.lindex(f"{self._prefix}{kind}:{shelf}", place)
                values = pipeline.execute()
            yield from ((seq, value) for seq, value in zip(some, values, strict=True) if value)


def connect(url: str, *, timeout_s: float) -> redis.Redis:
    """A client that returns bytes, waits `timeout_s` for an answer and retries nothing; nothing is sent yet."""
    try:
        return redis.Redis.from_url(
            url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as exc:
        raise SettingsError("redis_url", f"is not a redis://, rediss:// or unix:// URL: {exc}") from exc


def prefix(namespace: str) -> str:
    """What the name of every key of an index begins with: one hash tag, one slot of a cluster."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", namespace):
        raise SettingsError("namespace", "must be 1 to 40 letters (a-z), digits, '-' or '_'")
    return f"{{mukarrar:{namespace}}}:"


@contextmanager
def door(operation: str) -> Iterator[None]:
    """The one place where an error of the server or of the way to it becomes one of ours."""
    try:
        yield
    except redis.TimeoutError as exc:
        raise StoreTimeoutError(operation) from exc
    except redis.RedisError as exc:
        if "OOM " in str(exc) or isinstance(exc, redis.OutOfMemoryError):
            raise StoreFullError(operation) from exc
        raise StoreError(operation, str(exc)) from exc


def _refuse_eviction(client: redis.Redis) -> None:
    """An evicted key is a duplicate forgotten in silence. A server that will not say how it is set is taken at its word."""
    try:
        memory: Mapping[str, Any] = client.info("memory")
    except redis.ResponseError:  # INFO is not allowed to this user
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy != "noeviction":
        raise StoreError("ping", f"the server's maxmemory-policy is {policy}, which forgets articles; set it to noeviction")


def _lua(*parts: str) -> str:
    return "\n".join(files("dedup.store").joinpath("lua", part + ".lua").read_text("utf-8") for part in parts)


def _calls(batch: Iterable[Entry]) -> Iterator[list[Entry]]:
    """A batch cut into what one script may do."""
    call: list[Entry] = []
    keys = 0
    for entry in batch:
        if call and (len(call) == CALL_ENTRIES or keys + len(entry.keys) > CALL_KEYS):
            yield call
            call, keys = [], 0
        call.append(entry)
        keys += len(entry.keys)
    if call:
        yield call


def _cut(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _row(entry: Entry) -> bytes:
    """The part of a row that the client knows, 36 bytes: see lua/prelude.lua."""
    hashes = (entry.id_hash, entry.url_hash.ljust(8, b"\0"), entry.content_hash.ljust(8, b"\0"), entry.text_digest)
    return entry.source_hash.to_bytes(4, "little") + b"".join(hashes)


def _keys(keys: U32) -> tuple[bytes, str]:
    """List keys as the scripts take them, and the names of their pages: the upper two bytes, in hexadecimal digits."""
    return keys.astype(">u4").tobytes(), (keys >> np.uint32(16)).astype(">u2").tobytes().hex()


def _admitted(entry: Entry, reply: bytes) -> Admitted:
    """One answer of lua/judge.lua."""
    status, version, seq, earlier, same, lists = _REPLY.unpack_from(reply)
    at = _REPLY.size
    numbers = np.frombuffer(reply, "<u4", earlier + same + 3 * lists, at)
    at += numbers.nbytes
    known = numbers[: earlier + same].tolist()
    places, counts, firsts = numbers[earlier + same :].reshape(-1, 3).T
    offsets = np.zeros(len(entry.keys) + 1, dtype=np.int32)
    np.add.at(offsets, places + 1, counts.astype(np.int32))
    np.cumsum(offsets, out=offsets)
    postings = np.frombuffer(reply, "<u4", int(offsets[-1]), at)
    at += postings.nbytes
    seqs = (postings >> np.uint32(8)) + np.repeat(firsts, counts)
    sources = postings.astype(np.uint8)  # the low byte
    if _STATUSES[status] == "replayed":  # the lists have grown since
        before = seqs < seq
        offsets = np.concatenate(([0], np.cumsum(before))).astype(np.int32)[offsets]
        seqs, sources = seqs[before], sources[before]
    same_content = known[earlier:]
    return Admitted(
        seq=seq,
        status=_STATUSES[status],
        version=version,
        earlier_versions=tuple(known[:earlier]),
        same_content=tuple(same_content[:SAME_CONTENT] + same_content[SAME_CONTENT:][-SAME_CONTENT:]),
        postings=Postings(offsets=offsets, seqs=seqs, sources=sources),
        decided=np.frombuffer(reply, np.uint8, offset=at),
    )


def _story(number: int, raw: bytes) -> StoryRow:
    """One story of lua/story.lua."""
    _, version, lead, length = _STORY.unpack_from(raw)
    at = _STORY.size + length
    members = tuple(Membership(seq, score / 10_000) for seq, score in _MEMBER.iter_unpack(raw[at:]))
    return StoryRow(number, raw[_STORY.size : at].decode(), lead, members, version)


def _score(member: Membership) -> int:
    return round(member.score * 10_000)


def _decided(decision: Decision) -> tuple[int, str, str, bytes]:
    """A decision as lua/record.lua takes it: seq, day, cell of the roll-up, log entry."""
    cell = [decision.source, decision.section, decision.body, decision.headline]
    logged = [getattr(decision, name) for name in _LOGGED]
    return decision.seq, decision.day, _json(cell), pack_decision(logged)


def _logged(values: Mapping[bytes, bytes]) -> Decision:
    """A decision as it stands in the log."""
    return Decision(**dict(zip(_LOGGED, unpack_decision(values[b"d"]), strict=True)), item=values[b"item"].decode())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
