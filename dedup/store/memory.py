"""`MemoryStore`: the oracle that says what a store must answer. Dicts and loops; for tests, one-off and dry runs."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dedup.records import (
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
from dedup.settings import Settings
from dedup.store import rules
from dedup.store.protocol import Bucket
from dedup.store.rules import MAX_HISTORY, MAX_VERSION, SAME_CONTENT, days, generations_at, id_hash
from dedup.store.storybook import StoryBook
from dedup.store.templates import TemplateBook
from dedup.textpack import pack_verdict, unpack_article, unpack_verdict


@dataclass(slots=True)
class Row:
    """An article that was admitted; `previous` and `next` are its neighbours among the versions of its item, 0 for none."""

    entry: Entry
    version: int
    previous: int
    next: int = 0


@dataclass(slots=True)
class Generation:
    """What arrived in one stretch of time: who stands under each list key, and who claims what. In order of arrival."""

    first: int  # the first seq
    lists: defaultdict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))  # (seq, source byte)
    ids: defaultdict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    urls: defaultdict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    contents: defaultdict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an entry stands to the item it belongs to."""

    status: Status
    version: int
    seq: int = 0  # of the recorded arrival when replayed
    earlier: tuple[int, ...] = ()  # newest first


@dataclass(frozen=True, slots=True)
class _Recorded:
    item: int
    bucket: Bucket
    verdict: bytes


class MemoryStore:
    """A Store in this process. It forgets everything when the process ends, and keeps every decision until then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._next = 1
        self._reached = -(2**53)  # the lowest generation that the next arrival may join
        self._generations: dict[int, Generation] = {}  # ascending
        self._rows: dict[int, Row] = {}  # those removed or swept are absent
        self._recorded: dict[int, _Recorded] = {}
        self._log: list[Decision] = []
        self._counts: Counter[Bucket] = Counter()
        self._book = TemplateBook(self._is_here, lambda: self._next)
        self._stories = StoryBook(self._is_here)

    def admit(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        with self._lock:
            return [self._admit(entry, now_s) for entry in batch]

    def look(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        with self._lock:
            live = self._live(now_s)
            return [self._answer(entry, self._standing(entry, live), live) for entry in batch]

    def entries(self, seqs: Sequence[int]) -> Mapping[int, Stored]:
        with self._lock:
            return {seq: unpack_article(seq, self._rows[seq].entry.blob) for seq in seqs if seq in self._rows}

    def record(self, verdicts: Sequence[tuple[Decision, Verdict]]) -> None:
        with self._lock:
            for decision, verdict in verdicts:
                if decision.seq in self._rows and decision.seq not in self._recorded:
                    self._record(decision, verdict)

    def recorded(self, seqs: Sequence[int]) -> Mapping[int, Verdict]:
        with self._lock:
            return {seq: unpack_verdict(self._recorded[seq].verdict) for seq in seqs if seq in self._recorded}

    def find(self, article_id: str) -> int | None:
        with self._lock:
            claims = [seq for g in self._generations.values() for seq in g.ids.get(id_hash(article_id), ())]
            return self._head(claims[-1]) if claims else None

    def remove(self, article_id: str, keys: Mapping[int, Sequence[int]]) -> bool:
        with self._lock:
            known = False
            while (head := self.find(article_id)) is not None:  # twice if the id came back before its old item was swept
                known = True
                for seq in [head, *self._before(head)]:
                    self._remove(seq, keys.get(seq, ()))
            return known

    def stories(self, seqs: Sequence[int]) -> Mapping[int, StoryRow]:
        with self._lock:
            return self._stories.of(seqs)

    def join(self, story: StoryRow, member: Membership) -> StoryRow | None:
        with self._lock:
            return self._stories.join(story, member)

    def regroup(self, before: Sequence[StoryRow], after: Sequence[StoryRow]) -> bool:
        with self._lock:
            return self._stories.regroup(before, after)

    def decisions(self, *, limit: int) -> list[Decision]:
        with self._lock:
            return self._log[::-1][: limit or None]

    def counts(self, first_day: str, last_day: str) -> Mapping[Bucket, int]:
        asked = set(days(first_day, last_day))
        with self._lock:
            return {bucket: count for bucket, count in self._counts.items() if count and bucket.day in asked}

    def sweep(self, *, now_s: float) -> int:
        went = 0
        _, oldest = generations_at(now_s, self._settings)
        with self._lock:
            for number in [n for n in self._generations if n < oldest]:
                first = self._generations.pop(number).first
                end = min((g.first for g in self._generations.values()), default=self._next)
                for seq in range(first, end):
                    self._rows.pop(seq, None)
                    self._recorded.pop(seq, None)
                self._stories.drop(first, end)
                self._reached = max(self._reached, number + 1)  # a dropped generation is never opened again
                went += end - first
            self._book.expire(now_s - self._settings.retention_s)
        return went

    def generations(self) -> Mapping[int, int]:
        with self._lock:
            return {number: generation.first for number, generation in self._generations.items()}

    def size(self) -> int:
        return self._next - 1

    def learn(self, sightings: Sequence[Sighting]) -> None:
        with self._lock:
            self._book.learn(sightings)

    def templates(
        self, *, state: TemplateState | None, source: str | None, after: tuple[int, int] | None, limit: int
    ) -> list[Template]:
        with self._lock:
            return self._book.templates(state=state, source=source, after=after, limit=limit)

    def template(self, template_id: int) -> Template | None:
        with self._lock:
            return self._book.template(template_id)

    def teach(self, example: Stored, act: TemplateAct) -> int:
        with self._lock:
            return self._book.teach(example, act)

    def act(self, template_id: int, act: TemplateAct) -> bool:
        with self._lock:
            return self._book.act(template_id, act)

    def ping(self) -> None:
        """Always well."""

    def close(self) -> None:
        """Nothing to give back."""

    def _admit(self, entry: Entry, now_s: float) -> Admitted:
        live = self._live(now_s)
        standing = self._standing(entry, live)
        answer = self._answer(entry, standing, live)
        if standing.status in ("replayed", "id_taken"):
            return answer
        seq, self._next = self._next, self._next + 1
        previous = standing.earlier[0] if standing.earlier else 0
        if previous:
            self._rows[previous].next = seq
        self._rows[seq] = Row(entry, standing.version, previous)
        self._add(seq, entry, self._current(seq, now_s))
        return replace(answer, seq=seq)

    def _add(self, seq: int, entry: Entry, generation: Generation) -> None:
        posting = (seq, entry.source_hash & 0xFF)
        for key in entry.keys.tolist():
            stands = generation.lists[key]
            own = sum(source == posting[1] for _, source in stands)
            if len(stands) < self._settings.list_cap and own < self._settings.source_cap:
                stands.append(posting)
        generation.ids[entry.id_hash].append(seq)
        if entry.url_hash:
            generation.urls[entry.url_hash].append(seq)
        if entry.content_hash:
            generation.contents[entry.content_hash].append(seq)

    def _current(self, seq: int, now_s: float) -> Generation:
        """The generation that takes arrivals now, opened with `seq` as its first if it is new."""
        now, _ = generations_at(now_s, self._settings)
        self._reached = max(self._reached, now)
        full = self._generations.get(self._reached)
        if full and seq - full.first == rules.MAX_GENERATION:
            self._reached += 1
        return self._generations.setdefault(self._reached, Generation(seq))

    def _live(self, now_s: float) -> list[Generation]:
        _, oldest = generations_at(now_s, self._settings)
        return [generation for number, generation in self._generations.items() if number >= oldest]

    def _standing(self, entry: Entry, live: Sequence[Generation]) -> _Standing:
        claims = [seq for g in live for seq in g.ids.get(entry.id_hash, ())]
        if claims and self._rows[claims[-1]].entry.source_hash != entry.source_hash:
            return _Standing("id_taken", 0)
        if not claims and entry.url_hash:
            claims = [seq for g in live for seq in g.urls.get(entry.url_hash, ())]
        if not claims:
            return _Standing("new", 1)
        head = self._head(claims[-1])
        history = tuple(seq for seq in [head, *self._before(head)] if seq >= live[0].first)[:MAX_HISTORY]
        for place, seq in enumerate(history):
            seen = self._rows[seq]
            if (seen.entry.id_hash, seen.entry.text_digest) == (entry.id_hash, entry.text_digest):
                return _Standing("replayed", seen.version, seq, history[place + 1 :])
        return _Standing("version", min(self._rows[head].version + 1, MAX_VERSION), 0, history)

    def _answer(self, entry: Entry, standing: _Standing, live: Sequence[Generation]) -> Admitted:
        """What stood there before the entry: now, or when it was recorded if it is replayed."""
        below = standing.seq or self._next
        decided = self._book.decided(entry.keys, below)
        if standing.status == "id_taken":
            live, decided = [], decided[:0]
        offsets, stands = [0], []
        for key in entry.keys.tolist():
            stands += [p for g in live for p in g.lists.get(key, ()) if p[0] < below]
            offsets.append(len(stands))
        same = [seq for g in live for seq in g.contents.get(entry.content_hash, ()) if seq < below]
        return Admitted(
            seq=standing.seq,
            status=standing.status,
            version=standing.version,
            earlier_versions=standing.earlier,
            same_content=tuple(same[:SAME_CONTENT] + same[SAME_CONTENT:][-SAME_CONTENT:]),
            postings=Postings(
                offsets=np.array(offsets, dtype=np.int32),
                seqs=np.array([seq for seq, _ in stands], dtype=np.uint32),
                sources=np.array([source for _, source in stands], dtype=np.uint8),
            ),
            decided=decided,
        )

    def _is_here(self, seq: int) -> bool:
        return seq in self._rows

    def _head(self, seq: int) -> int:
        """The latest version of the item that `seq` belongs to."""
        return max(self._after(seq), default=seq)

    def _after(self, seq: int) -> Iterator[int]:
        """The later versions of the same item, in order."""
        while seq := self._rows[seq].next:
            yield seq

    def _before(self, seq: int) -> Iterator[int]:
        """The earlier versions of the same item that are still here, newest first."""
        while (seq := self._rows[seq].previous) in self._rows:
            yield seq

    def _record(self, decision: Decision, verdict: Verdict) -> None:
        """Count an item once, where its highest recorded version fell; the first one recorded gives the item its name."""
        later = next((seq for seq in self._after(decision.seq) if seq in self._recorded), None)
        earlier = next((seq for seq in self._before(decision.seq) if seq in self._recorded), None)
        known = later or earlier
        item = self._recorded[known].item if known else decision.seq
        bucket = Bucket(decision.day, decision.source, decision.section, decision.body, decision.headline)
        if not later:
            self._counts[bucket] += 1
            if earlier:
                self._counts[self._recorded[earlier].bucket] -= 1
        self._recorded[decision.seq] = _Recorded(item, bucket, pack_verdict(verdict))
        self._log.append(replace(decision, item=str(item)))

    def _remove(self, seq: int, keys: Sequence[int]) -> None:
        self._stories.leave(seq)
        entry = self._rows[seq].entry
        generation = next(g for g in reversed(self._generations.values()) if g.first <= seq)
        for key in keys:
            generation.lists[key] = [p for p in generation.lists[key] if p[0] != seq]
        for claims in (
            generation.ids[entry.id_hash],
            generation.urls[entry.url_hash],
            generation.contents[entry.content_hash],
        ):
            if seq in claims:
                claims.remove(seq)
        del self._rows[seq]
        self._recorded.pop(seq, None)
