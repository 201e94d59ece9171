"""What a registry of templates promises, on every store; test_machine.py plays more of the same at random."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dedup.records import Article, Sighting, Stored, Template, TemplateAct, TemplateChange, TemplateState
from dedup.settings import Settings
from dedup.store import redis as redis_module
from dedup.store import templates as book_module
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore
from dedup.store.protocol import Store
from dedup.store.redis import RedisStore
from dedup.store.templates import MAX_CHANGES, MAX_EXAMPLES, MAX_KEYS, MAX_SOURCES, MAX_TURNS
from tests.strategies import make_entry

NOW = 100.0


def u32(keys: Iterable[int]) -> Any:
    return np.array(sorted(keys), dtype=np.uint32)


def arrive(store: Store, *ids: str, keys: Iterable[int] = (), now_s: float = NOW) -> list[list[int]]:
    """Articles arrive with these keys; for each, what was decided of them."""
    answers = store.admit([make_entry(n, keys=keys) for n in ids], now_s=now_s)
    return [a.decided.tolist() for a in answers]


def stored(seq: int, source: str = "s", arrived_s: float = NOW) -> Stored:
    return Stored(seq, arrived_s, Article(str(seq), source=source))


def sighting(
    seq: int, keys: Iterable[int], match: int | None = 1, *, source: str = "s", at: float = NOW, match_source: str = "s"
) -> Sighting:
    return Sighting(seq, source, at, u32(keys), stored(match, match_source) if match else None)


def act(state: TemplateState | None = None, name: str | None = None, keys: Iterable[int] = (), at: float = NOW) -> TemplateAct:
    return TemplateAct(state, name, u32(keys), "sami", at)


def every(store: Store, **asked: Any) -> list[Template]:
    return store.templates(**{"state": None, "source": None, "after": None, "limit": 100, **asked})


# ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sighting_makes_a_template_of_two_articles(store: Store) -> None:
    arrive(store, "1", "2")
    store.learn([sighting(2, [5, 6, 7], source="t", at=101.5)])
    assert every(store) == [
        Template(
            id=1,
            state="learnt",
            name="",
            articles=2,
            first_s=100.0,
            last_s=101.5,
            sources=(("s", 1), ("t", 1)),
            examples=(1, 2),
            keys=((5, 1), (6, 1), (7, 1)),
            decided_keys=(),
            changes=(),
        )
    ]
    assert store.template(1) == every(store)[0]
    assert store.template(2) is None


def test_one_with_half_of_its_keys_joins_it_and_brings_its_own(store: Store) -> None:
    arrive(store, "1", "2", "3")
    store.learn([sighting(2, [5, 6, 7]), sighting(3, [6, 7, 8, 9], match=2)])
    (template,) = every(store)
    assert (template.articles, template.examples) == (3, (1, 2, 3))
    assert template.keys == ((6, 2), (7, 2), (5, 1), (8, 1), (9, 1))


def test_one_with_fewer_makes_another_and_leaves_the_keys_that_are_taken(store: Store) -> None:
    arrive(store, "1", "2", "3")
    store.learn([sighting(2, [5, 6, 7]), sighting(3, [7, 8, 9], match=1)])
    assert [(t.id, t.articles, t.keys) for t in every(store)] == [
        (2, 2, ((8, 1), (9, 1))),
        (1, 2, ((5, 1), (6, 1), (7, 1))),
    ]


def test_of_several_it_joins_the_one_with_most_keys_the_oldest_among_equals(store: Store) -> None:
    arrive(store, "1", "2", "3", "4", "5")
    store.learn([sighting(2, [1, 2]), sighting(3, [3, 4, 5]), sighting(4, [1, 2, 3, 4]), sighting(5, [1, 3, 4])])
    assert {t.id: t.examples for t in every(store)} == {1: (1, 2, 4), 2: (1, 3, 5)}


def test_an_article_counts_once_however_often_it_is_learnt_from(store: Store) -> None:
    arrive(store, "1", "2", "3")
    store.learn([sighting(2, [5, 6])] * 2)
    store.learn([sighting(2, [5, 6])])
    store.learn([sighting(3, [5, 6], match=2)])
    (template,) = every(store)
    assert (template.articles, template.keys) == (3, ((5, 2), (6, 2)))


def test_a_match_that_no_template_counts_is_counted_with_its_sighting(store: Store) -> None:
    arrive(store, "1", "2", "3", "4")
    store.learn([sighting(2, [5, 6]), sighting(4, [5, 6], match=3, match_source="u")])
    (template,) = every(store)
    assert (template.articles, template.examples, template.sources) == (4, (1, 2, 3, 4), (("s", 3), ("u", 1)))


def test_removed_and_expired_articles_are_not_learnt_from(store: Store) -> None:
    arrive(store, "1", "2", "3")
    store.remove("2", {})
    store.learn([sighting(2, [5, 6]), sighting(9, [5, 6])])
    assert every(store) == []
    store.sweep(now_s=NOW + 1000)
    store.learn([sighting(3, [5, 6])])
    assert every(store) == []


def test_without_a_match_nothing_new_is_learnt(store: Store) -> None:
    arrive(store, "1", "2", "3")
    store.learn([sighting(2, [5, 6], match=None)])
    assert every(store) == []
    store.learn([sighting(2, [5, 6]), sighting(3, [5, 6], match=None)])
    assert every(store)[0].articles == 3


def test_what_one_template_remembers_is_bounded(store: Store) -> None:
    n = 30
    arrive(store, *map(str, range(1, n + 1)))
    recurring = list(range(1000, 1000 + MAX_KEYS // 2))
    for seq in range(2, n + 1):  # half of the keys recur, half are new each time
        fresh = range(2000 + 100 * seq, 2000 + 100 * seq + MAX_KEYS // 2)
        store.learn([sighting(seq, [*recurring, *fresh], match=seq - 1, source=f"o{seq:02}", match_source="o01")])
    (template,) = every(store)
    assert template.articles == n
    assert template.examples == (1, 2, *range(n - MAX_EXAMPLES + 3, n + 1))
    assert template.sources == tuple((f"o{seq:02}", 1) for seq in range(1, MAX_SOURCES + 1))
    assert template.keys[: MAX_KEYS // 2] == tuple((key, n - 1) for key in recurring)
    assert [seen for _, seen in template.keys[MAX_KEYS // 2 :]] == [1] * (MAX_KEYS // 2)


def test_keys_are_ordered_as_numbers(store: Store) -> None:
    arrive(store, "1", "2")
    store.learn([sighting(2, [0xFF000000, 0x00FF0000, 0x61000000, 0x41000000])])
    assert [key for key, _ in every(store)[0].keys] == [0x00FF0000, 0x41000000, 0x61000000, 0xFF000000]


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def three(store: Store) -> Store:
    """Template 1 with 3 articles of s and t, 2 with two of s, 3 with two of u."""
    arrive(store, *map(str, range(1, 8)))
    store.learn(
        [
            sighting(2, [1, 2], source="t"),
            sighting(3, [1, 2]),
            sighting(5, [3, 4], match=4),
            sighting(7, [5, 6], match=6, source="u", match_source="u"),
        ]
    )
    return store


def test_most_articles_first_then_the_latest_learnt(three: Store) -> None:
    assert [(t.id, t.articles) for t in every(three)] == [(1, 3), (3, 2), (2, 2)]


def test_lists_are_cut_by_state_by_outlet_and_by_place(three: Store) -> None:
    three.act(2, act("pinned", keys=[3, 4]))
    assert [t.id for t in every(three, state="pinned")] == [2]
    assert [t.id for t in every(three, state="learnt")] == [1, 3]
    assert [t.id for t in every(three, source="t")] == [1]
    assert [t.id for t in every(three, source="s", state="learnt")] == [1]
    assert [t.id for t in every(three, limit=2)] == [1, 3]
    assert [t.id for t in every(three, after=(3, 1))] == [3, 2]
    assert [t.id for t in every(three, after=(2, 3))] == [2]
    assert every(three, after=(2, 2)) == []


def test_a_list_longer_than_one_read_is_whole(redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "READ_AT_ONCE", 2)
    arrive(redis_store, *map(str, range(1, 11)))
    redis_store.learn([sighting(seq, [seq * 10, seq * 10 + 1], match=1) for seq in range(2, 11)])
    assert [t.id for t in every(redis_store)] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert [t.id for t in every(redis_store, limit=5)] == [9, 8, 7, 6, 5]


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_said_of_keys_while_nothing_is_decided(store: Store) -> None:
    assert arrive(store, "1", "2", keys=[5, 6]) == [[], []]


def test_what_is_decided_holds_for_whoever_arrives_later(three: Store) -> None:
    assert three.act(1, act("pinned", keys=[1, 2, 9]))
    assert three.act(2, act("released", keys=[3, 4]))
    assert arrive(three, "8", keys=[1, 3, 5, 9]) == [[1, 2, 0, 1]]
    assert arrive(three, "9", keys=[5, 6]) == [[]]
    assert three.look([make_entry("x", keys=[1, 5])], now_s=NOW)[0].decided.tolist() == [1, 0]


def test_a_replay_answers_with_what_was_decided_at_its_arrival(three: Store) -> None:
    arrive(three, "8", keys=[1, 3])
    three.act(1, act("pinned", keys=[1, 2]))
    arrive(three, "9", keys=[1, 3])
    three.act(1, act("learnt"))
    three.act(1, act("released", keys=[1, 2]))
    assert arrive(three, "10", "9", "8", keys=[1, 3]) == [[2, 0], [1, 0], []]
    assert three.look([make_entry("9", keys=[1, 3])], now_s=NOW)[0].decided.tolist() == [1, 0]


def test_forgetting_a_decision_leaves_what_was_learnt(three: Store) -> None:
    before = every(three)
    three.act(1, act("pinned", keys=[1, 2, 9]))
    three.act(1, act("learnt"))
    after = every(three)
    assert [replace(t, changes=()) for t in after] == before
    assert [c.state for c in after[0].changes] == ["pinned", "learnt"]
    assert arrive(three, "8", keys=[1, 9]) == [[]]


def test_another_decision_takes_the_place_of_the_first(three: Store) -> None:
    three.act(1, act("pinned", keys=[1, 9]))
    three.act(1, act("released", keys=[1, 2]))
    assert arrive(three, "8", keys=[1, 2, 9]) == [[2, 2, 0]]


def test_a_passage_of_two_templates_goes_by_the_last_decision(three: Store) -> None:
    three.act(1, act("pinned", keys=[1, 2, 9]))
    three.act(2, act("released", keys=[3, 9]))
    assert arrive(three, "8", keys=[1, 3, 9]) == [[1, 2, 2]]


def test_names_and_states_change_apart_and_are_remembered(three: Store) -> None:
    three.act(1, act(name="نشرة الطقس", at=200.5))
    three.act(1, act("pinned", keys=[1], at=201))
    template = three.template(1)
    assert template is not None
    assert (template.name, template.state, template.decided_keys) == ("نشرة الطقس", "pinned", (1,))
    assert template.changes == (
        TemplateChange(200.5, "sami", None, "نشرة الطقس"),
        TemplateChange(201, "sami", "pinned", None),
    )
    three.act(1, act(name=""))
    assert three.template(1).name == ""  # type: ignore[union-attr]


def test_only_the_latest_changes_are_remembered(three: Store) -> None:
    for n in range(MAX_CHANGES + 3):
        three.act(1, act(name=str(n)))
    assert [c.name for c in three.template(1).changes] == [str(n) for n in range(3, MAX_CHANGES + 3)]  # type: ignore[union-attr]


def test_an_unknown_template_is_told(three: Store) -> None:
    assert [three.act(n, act("pinned", keys=[1])) for n in (0, -1, 4)] == [False] * 3
    assert [three.template(n) for n in (0, -1, 4)] == [None] * 3


def test_a_passage_may_change_hands_many_times(three: Store) -> None:
    for n in range(MAX_TURNS):
        three.act(1, act("pinned" if n % 2 else "released", keys=[1]))
        arrive(three, f"a{n}", keys=[1])
    assert arrive(three, "a0", "a1", "a15", keys=[1]) == [[2], [1], [1]]
    three.act(1, act("released", keys=[1]))
    arrive(three, "b", keys=[1])
    assert arrive(three, "a0", "a1", "b", keys=[1]) == [[], [1], [2]]  # the oldest turn is forgotten


def test_the_wording_of_a_decided_template_does_not_grow(three: Store) -> None:
    three.act(1, act("pinned", keys=[1, 2]))
    arrive(three, "8")
    three.learn([sighting(8, [1, 2, 11], match=1)])
    template = three.template(1)
    assert template is not None
    assert (template.articles, template.keys) == (4, ((1, 3), (2, 3)))


def test_a_taught_template_is_found_by_what_it_covers(three: Store) -> None:
    assert three.teach(stored(7, "u", 105.0), act("pinned", "راعٍ", keys=[11, 12])) == 4
    template = three.template(4)
    assert template is not None
    assert (template.state, template.name, template.articles, template.examples) == ("pinned", "راعٍ", 1, (7,))
    assert (template.first_s, template.sources, template.decided_keys) == (105.0, (("u", 1),), (11, 12))
    arrive(three, "8")
    three.learn([sighting(8, [11, 12], match=None)])
    assert three.template(4).articles == 2  # type: ignore[union-attr]


# ── expiry ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sweep_drops_what_nobody_wants_and_nobody_saw(three: Store) -> None:
    """Retention is 15 s."""
    three.act(1, act(name="نشرة"))
    three.act(2, act("pinned", keys=[3, 4]))
    arrive(three, "8", now_s=110)
    three.learn([sighting(8, [21, 22], match=7, at=110)])
    three.sweep(now_s=NOW + 15)
    assert [t.id for t in every(three)] == [1, 4, 3, 2]
    three.sweep(now_s=NOW + 16)
    assert [t.id for t in every(three)] == [1, 4, 2]
    arrive(three, "9", "10", now_s=116)
    three.learn([sighting(10, [5, 6], match=9, at=116)])  # its keys are free again
    assert [t.id for t in every(three)] == [1, 5, 4, 2]


def test_one_that_is_forgotten_stays_for_another_retention(three: Store) -> None:
    three.act(1, act("pinned", keys=[1], at=130))
    three.act(1, act("learnt", at=140))
    three.sweep(now_s=150)
    assert [t.id for t in every(three)] == [1]
    three.sweep(now_s=156)
    assert every(three) == []


def test_beyond_the_most_templates_the_least_recently_seen_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (redis_module, book_module):
        monkeypatch.setattr(module, "MAX_TEMPLATES", 2)
    arrive(store, *map(str, range(1, 8)))
    store.learn([sighting(2, [1, 2], at=101), sighting(4, [3, 4], match=3, at=102)])
    store.act(2, act(name="محفوظ"))
    store.learn([sighting(6, [5, 6], match=5, at=103)])
    assert [t.id for t in every(store)] == [3, 2, 1]
    store.learn([sighting(7, [7, 8], match=5, at=104)])
    assert [t.id for t in every(store)] == [4, 3, 2]


# ── dry runs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_goes_by_what_was_decided_and_learns_for_itself(settings: Settings, redis_store: RedisStore) -> None:
    for base in (MemoryStore(settings), redis_store):
        arrive(base, "1", "2", "3")
        base.learn([sighting(2, [1, 2])])
        base.act(1, act("pinned", keys=[1, 2]))
        overlay = OverlayStore(base, settings)
        assert arrive(overlay, "4", "5", keys=[1, 5]) == [[1, 0], [1, 0]]
        overlay.learn([sighting(5, [7, 8], match=3)])
        assert [(t.id, t.examples) for t in every(overlay)] == [(1, (3, 5))]
        assert [t.articles for t in every(base)] == [2]
