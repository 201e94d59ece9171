"""`OverlayStore`: a dry run over many articles. What it admits stays in memory; the store beneath is only looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dedup.records import Admitted, Entry, Membership, Stored, StoryRow, Verdict
from dedup.settings import Settings
from dedup.store.memory import Generation, MemoryStore, Row
from dedup.store.protocol import Store


class OverlayStore(MemoryStore):
    """A Store that answers as `base` would if it had really admitted what came here; it writes nothing to it.

    Before an entry is admitted, what the base knows about its keys, its content and its item is copied into the memory
    store, which then goes by its own rules. What arrives in the base meanwhile is not seen. Records, removals, decisions,
    counts and templates are those of the dry run alone; what persons decided in the base holds in it. Closing it leaves the
    base open.
    """

    def __init__(self, base: Store, settings: Settings) -> None:
        super().__init__(settings)
        self._base = base
        self._first = self._next = base.size() + 1  # smaller seqs are the base's
        self._generations = {number: Generation(first) for number, first in base.generations().items()}
        self._reached = max(self._generations, default=self._reached)
        self._learned: set[int | bytes] = set()  # list keys and content hashes
        self._told: set[int] = set()  # seqs of the base whose stories are known

    def admit(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        with self._lock:
            return [self._judge(entry, known, now_s, add=True) for entry, known in self._ask(batch, now_s)]

    def look(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        with self._lock:
            return [self._judge(entry, known, now_s, add=False) for entry, known in self._ask(batch, now_s)]

    def entries(self, seqs: Sequence[int]) -> Mapping[int, Stored]:
        own = super().entries([seq for seq in seqs if seq >= self._first])
        return {**self._base.entries([seq for seq in seqs if seq < self._first]), **own}

    def recorded(self, seqs: Sequence[int]) -> Mapping[int, Verdict]:
        return {**self._base.recorded([seq for seq in seqs if seq < self._first]), **super().recorded(seqs)}

    def stories(self, seqs: Sequence[int]) -> Mapping[int, StoryRow]:
        with self._lock:
            self._learn_stories(seqs)
            return super().stories(seqs)

    def join(self, story: StoryRow, member: Membership) -> StoryRow | None:
        with self._lock:
            self._learn_stories([story.lead, member.seq])
            return super().join(story, member)

    def regroup(self, before: Sequence[StoryRow], after: Sequence[StoryRow]) -> bool:
        with self._lock:
            self._learn_stories([member.seq for row in (*before, *after) for member in row.members])
            return super().regroup(before, after)

    def ping(self) -> None:
        self._base.ping()

    def _ask(self, batch: Sequence[Entry], now_s: float) -> list[tuple[Entry, Admitted]]:
        return list(zip(batch, self._base.look(batch, now_s=now_s), strict=True))

    def _judge(self, entry: Entry, known: Admitted, now_s: float, *, add: bool) -> Admitted:
        if known.status == "id_taken" or (known.status == "replayed" and known.seq < self._first):
            return known
        self._learn_lists(entry, known)
        self._learn_item(entry, known, now_s)
        return super().admit([entry], now_s=now_s)[0] if add else super().look([entry], now_s=now_s)[0]

    def _learn_lists(self, entry: Entry, known: Admitted) -> None:
        stands = list(zip(known.postings.seqs.tolist(), known.postings.sources.tolist(), strict=True))
        offsets = known.postings.offsets.tolist()
        for place, key in enumerate(entry.keys.tolist()):
            if key not in self._learned:
                self._learned.add(key)
                for posting in stands[offsets[place] : offsets[place + 1]]:
                    if posting[0] < self._first:
                        self._generation_of(posting[0]).lists[key].append(posting)
        self._book.take(entry.keys.tolist(), known.decided)
        if entry.content_hash and entry.content_hash not in self._learned:
            self._learned.add(entry.content_hash)
            for seq in known.same_content:
                if seq < self._first:
                    self._generation_of(seq).contents[entry.content_hash].append(seq)

    def _learn_item(self, entry: Entry, known: Admitted, now_s: float) -> None:
        """The versions of an item of the base, as rows that hold no more than what a later version asks of them."""
        versions = [(seq, known.version - age) for age, seq in enumerate(known.earlier_versions, 1) if seq < self._first]
        if not versions:
            return
        for (seq, version), (newer, _), (older, _) in zip(versions, [(0, 0), *versions], [*versions[1:], (0, 0)], strict=False):
            self._rows.setdefault(seq, Row(replace(entry, text_digest=b"", blob=b""), version, previous=older, next=newer))
        head = versions[0][0]
        # known by its id, or only by its URL? The base says, when asked without the URL
        alone = self._base.look([replace(entry, url_hash=b"", text_digest=bytes(8))], now_s=now_s)[0]
        generation = self._generation_of(head)
        claims = generation.urls[entry.url_hash] if alone.status == "new" else generation.ids[entry.id_hash]
        if head not in claims:
            claims.insert(0, head)

    def _learn_stories(self, seqs: Sequence[int]) -> None:
        """Every story that one of these stands in, whole: from then on it goes by what happens here."""
        unknown = sorted({seq for seq in seqs if seq < self._first} - self._told)
        if unknown:
            rows = {row.number: row for row in self._base.stories(unknown).values()}
            self._told.update(unknown, (member.seq for row in rows.values() for member in row.members))
            self._stories.learn(rows.values())

    def _is_here(self, seq: int) -> bool:
        return super()._is_here(seq) or (seq < self._first and seq in self._base.entries([seq]))

    def _generation_of(self, seq: int) -> Generation:
        return max((g for g in self._generations.values() if g.first <= seq), key=lambda g: g.first)
