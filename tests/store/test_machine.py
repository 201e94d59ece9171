"""The same calls on every store give the same answers: hypothesis plays them, the memory store is the oracle."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from dedup.records import Admitted, Article, Entry, Membership, Sighting, Stored, StoryRow, TemplateAct
from dedup.settings import Settings
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore
from dedup.store.protocol import Bucket
from dedup.store.redis import RedisStore
from tests.strategies import KEYS, entries, make_decision, make_entry, make_verdict, plain

SETTINGS = Settings(list_cap=3, source_cap=2, generation_s=10, retention_s=15)
DAYS = ("2026-11-23", "2026-11-24")

batches = st.lists(entries(), min_size=1, max_size=4)
bodies = st.sampled_from(["new", "copy"])
key_sets = st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True).map(
    lambda keys: np.array(sorted(keys), np.uint32)
)
acts = st.builds(
    lambda state, name, keys: TemplateAct(state, name, keys if state in ("pinned", "released") else keys[:0], "x", 1000.0),
    st.sampled_from([None, "learnt", "pinned", "pinned", "released"]),
    st.sampled_from([None, None, "", "n"]),
    key_sets,
)


def answered(answers: Sequence[Admitted]) -> list[Any]:
    """Answers as values that compare, with what was decided of their keys."""
    return [(*answer, a.decided.tolist()) for answer, a in zip(plain(answers), answers, strict=True)]


def recount(store: MemoryStore | RedisStore) -> dict[Bucket, int]:
    """The roll-ups as the decision log gives them: each item once, by its highest version."""
    latest: dict[str, Any] = {}
    for decision in store.decisions(limit=0):
        if decision.item not in latest or decision.version > latest[decision.item].version:
            latest[decision.item] = decision
    counts: dict[Bucket, int] = {}
    for d in latest.values():
        bucket = Bucket(d.day, d.source, d.section, d.body, d.headline)
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def store_join(store: MemoryStore, story: StoryRow, member: Membership) -> bool:
    return store.join(store.stories([story.lead]).get(story.lead, story), member) is not None


def told(store: MemoryStore, seqs: Sequence[int]) -> dict[int, StoryRow]:
    """The stories without their versions, which count the writes of one store."""
    return {seq: replace(row, version=0) for seq, row in store.stories(seqs).items()}


class Stores(RuleBasedStateMachine):
    """One world on two stores."""

    redis_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.redis = RedisStore.from_url(self.redis_url, SETTINGS, uuid.uuid4().hex, timeout_s=5.0)
        self.memory = MemoryStore(SETTINGS)
        self.now_s = 1000.0
        self.calls: list[Callable[[MemoryStore], Any]] = []  # what changed the stores so far
        self.arrived: dict[int, tuple[Entry, Admitted]] = {}

    def teardown(self) -> None:
        self.redis.close()

    def both(self, call: Callable[[Any], Any]) -> Any:
        """Play one call on both; their answers are equal."""
        self.calls.append(call)
        expected = call(self.memory)
        assert call(self.redis) == expected
        return expected

    @initialize(batch=st.lists(entries(), max_size=4))
    def begin(self, batch: list[Entry]) -> None:
        self.admit(batch)

    @rule(batch=batches)
    def admit(self, batch: list[Entry]) -> None:
        now_s, answers = self.now_s, []

        def call(store: Any) -> Any:
            answers[:] = store.admit(batch, now_s=now_s)
            return answered(answers)

        self.both(call)
        for entry, answer in zip(batch, answers, strict=True):
            if answer.status in ("new", "version"):
                self.arrived[answer.seq] = (entry, answer)

    @rule(batch=batches)
    def look(self, batch: list[Entry]) -> None:
        self.both(lambda store: answered(store.look(batch, now_s=self.now_s)))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), body=bodies, day=st.sampled_from(DAYS))
    def record(self, data: st.DataObject, body: str, day: str) -> None:
        """Any arrival, in any order, also twice, also after its removal or expiry."""
        seqs = data.draw(st.lists(st.sampled_from(sorted(self.arrived)), min_size=1, max_size=3))
        verdicts = []
        for seq in seqs:
            entry, answer = self.arrived[seq]
            verdict = make_verdict(entry.id, body=body, version=answer.version)
            verdicts.append((make_decision(entry, answer, verdict, day=day), verdict))
        self.both(lambda store: store.record(verdicts))

    @rule(article_id=st.sampled_from(["1", "2", "3", "4"]), with_keys=st.booleans())
    def remove(self, article_id: str, with_keys: bool) -> None:
        keys = {seq: entry.keys.tolist() for seq, (entry, _) in self.arrived.items() if with_keys or seq % 2}
        self.both(lambda store: store.remove(article_id, keys))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), keys=key_sets)
    def learn(self, data: st.DataObject, keys: Any) -> None:
        """From any arrivals, also twice, also after their removal or expiry."""
        seqs = st.sampled_from(sorted(self.arrived))
        seq, match = data.draw(seqs), data.draw(st.none() | seqs)
        other = None if match is None else Stored(match, 1000.0 + match, Article(str(match), source=f"o{match % 3}"))
        sighting = Sighting(seq, f"o{seq % 3}", self.now_s, keys, other)
        self.both(lambda store: store.learn([sighting]))

    @rule(template=st.integers(0, 4), act=acts)
    def act(self, template: int, act: TemplateAct) -> None:
        self.both(lambda store: store.act(template, act))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), act=acts)
    def teach(self, data: st.DataObject, act: TemplateAct) -> None:
        seq = data.draw(st.sampled_from(sorted(self.arrived)))
        self.both(lambda store: store.teach(Stored(seq, 1000.0, Article("x", source="o")), act))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), score=st.sampled_from([0.5, 0.9999]), stale=st.booleans())
    def join(self, data: st.DataObject, score: float, stale: bool) -> None:
        """An article, also one that was removed or has expired, to the story of another as it is, or as it once was."""
        seqs = st.sampled_from(sorted(self.arrived))
        seq, other = data.draw(seqs), data.draw(seqs)
        row = None if stale else self.memory.stories([other]).get(other)
        story = row or StoryRow.alone(other, f"story {other}")
        self.both(lambda store: store.join(story, Membership(seq, score)))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), stale=st.booleans())
    def regroup(self, data: st.DataObject, stale: bool) -> None:
        """All members of up to two stories, and an article, dealt out anew."""
        seqs = st.sampled_from(sorted(self.arrived))
        rows = self.memory.stories(data.draw(st.lists(seqs, max_size=2))).values()
        before = [replace(row, version=row.version - stale) for row in {row.number: row for row in rows}.values()]
        members = sorted({data.draw(seqs), *(m.seq for row in before for m in row.members)})
        hands = data.draw(st.lists(st.integers(0, 1), min_size=len(members), max_size=len(members)))
        after = []
        for hand in (0, 1):
            held = [seq for seq, to in zip(members, hands, strict=True) if to == hand]
            if held:
                after.append(StoryRow(held[0], f"story {held[0]}", held[-1], tuple(Membership(seq, 1.0) for seq in held), 0))
        self.both(lambda store: store.regroup(before, after))

    @rule(seconds=st.sampled_from([1, 4, 9, 16, 40, -3]))
    def wait(self, seconds: int) -> None:
        self.now_s += seconds

    @rule()
    def sweep(self) -> None:
        now_s = self.now_s
        self.both(lambda store: store.sweep(now_s=now_s))

    @rule(batches=st.lists(batches, min_size=1, max_size=3), seconds=st.sampled_from([0, 0, 12]))
    def dry_run(self, batches: list[list[Entry]], seconds: int) -> None:
        """An overlay answers as a store would that really goes through the same, and leaves no trace beneath."""
        real = MemoryStore(SETTINGS)
        for call in self.calls:
            call(real)
        probe = make_entry("1", url="u", content="a", keys=KEYS)
        before = answered(self.redis.look([probe], now_s=self.now_s))
        overlays = [OverlayStore(self.memory, SETTINGS), OverlayStore(self.redis, SETTINGS)]
        for step, batch in enumerate(batches):
            now_s = self.now_s + step * seconds
            looked = answered(real.look(batch, now_s=now_s))
            assert [answered(overlay.look(batch, now_s=now_s)) for overlay in overlays] == [looked, looked]
            expected = answered(real.admit(batch, now_s=now_s))
            assert [answered(overlay.admit(batch, now_s=now_s)) for overlay in overlays] == [expected, expected]
        seqs = range(real.size() + 2)
        assert [overlay.entries(seqs) for overlay in overlays] == [real.entries(seqs)] * 2
        joined = [(StoryRow.alone(seq, "s"), Membership(seq + 1, 0.5)) for seq in range(1, real.size())]
        expected = [store_join(real, *join) for join in joined]
        assert [[store_join(overlay, *join) for join in joined] for overlay in overlays] == [expected] * 2
        assert [told(overlay, seqs) for overlay in overlays] == [told(real, seqs)] * 2
        assert answered(self.redis.look([probe], now_s=self.now_s)) == before

    @invariant()
    def everything_else_agrees(self) -> None:
        seqs = range(self.memory.size() + 2)
        for call in (
            lambda store: store.size(),
            lambda store: store.generations(),
            lambda store: store.entries(seqs),
            lambda store: store.recorded(seqs),
            lambda store: store.stories(seqs),
            lambda store: store.decisions(limit=0),
            lambda store: store.counts(*DAYS),
            lambda store: store.templates(state=None, source=None, after=None, limit=100),
            lambda store: [store.find(article_id) for article_id in "1234"],
        ):
            assert call(self.redis) == call(self.memory)  # type: ignore[no-untyped-call]

    @invariant()
    def the_counts_are_a_recount_of_the_log(self) -> None:
        assert self.redis.counts(*DAYS) == recount(self.redis)


@pytest.mark.parametrize("steps", [15, 40])
def test_redis_and_overlay_answer_as_the_oracle_does(redis_url: str, steps: int) -> None:
    class Machine(Stores):
        pass

    Machine.redis_url = redis_url
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False
        ),
    )
