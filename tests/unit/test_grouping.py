"""Stories as articles arrive, change and go, over a memory store."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.records import Membership, Story, StoryRow
from dedup.settings import DAY_S
from dedup.store.memory import MemoryStore
from tests.unit.test_story import END, MIDDLE, TOP

NOW = 1_715_500_000.0  # 2024-05-12T07:46:40Z
MAY = datetime(2024, 5, 12, 8, tzinfo=UTC)
WELL = (
    "عثر عمال الحفر في ضاحية الكروم على بئر حجرية عمقها أربعون مترا يرجح أنها تعود إلى قرون مضت، وأوقفت دائرة الآثار الأشغال. "
    "وقال مفتش الدائرة مروان الساعدي إن في قاعها جرارا فخارية سليمة وإن نقلها يحتاج إلى فريق متخصص يصل الأسبوع المقبل. "
    "ويخشى المقاول أن يتأخر تسليم المدرسة التي كان مقررا أن تفتح أبوابها مع بداية العام الدراسي."
)
BUSES = (
    "أدخلت شركة النقل في مدينة الرمال عشرين حافلة كهربائية إلى الخدمة على الخطين الساحلي والجبلي بعد تجارب استمرت نصف سنة. "
    "وأفاد مدير التشغيل عماد بركات بأن الشحن ليلا يكفي الحافلة يومها كله وأن ثمن التذكرة لن يتغير حتى نهاية الصيف. "
    "ويشكو سائقون قدامى من أن أحدا لم يدربهم على العربات الجديدة قبل تسليمها إليهم."
)


def make(**settings: Any) -> Deduplicator:
    chosen = Settings(**settings)
    return Deduplicator(MemoryStore(chosen), chosen)


def post(dedup: Deduplicator, article_id: str, body: str, hours: float | None = 0, source: str = "", now_s: float = NOW) -> str:
    """Check one article; the id of its story as of its arrival."""
    published = None if hours is None else MAY + timedelta(hours=hours)
    article = Article(article_id, source=source or f"outlet-{article_id}", body=body, published=published)
    (verdict,) = dedup.check([article], now_s=now_s)
    assert isinstance(verdict, Verdict), verdict
    return verdict.story


def story(dedup: Deduplicator, article_id: str) -> Story:
    found = dedup.story(article_id)
    assert found is not None
    return found


def told(dedup: Deduplicator, article_id: str) -> tuple[str, str, list[str]]:
    """Id, lead and members, the latter in alphabetical order."""
    found = story(dedup, article_id)
    return found.id, found.lead, sorted(member.id for member in found.members)


# ── joining ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_article_leads_a_story_of_its_own() -> None:
    dedup = make()
    assert post(dedup, "a", WELL) == "a"
    assert told(dedup, "a") == ("a", "a", ["a"])
    assert dedup.story("unknown") is None


def test_copies_join_the_story_of_what_they_copy() -> None:
    dedup = make()
    assert [post(dedup, i, WELL, n) for n, i in enumerate("abc")] == ["a", "a", "a"]
    assert post(dedup, "z", BUSES) == "z"
    assert told(dedup, "c") == ("a", "a", ["a", "b", "c"])
    members = story(dedup, "a").members
    assert [(m.id, m.verdict, m.relation, m.score, m.version) for m in members] == [
        ("a", "new", None, 1.0, 1),
        ("b", "repeat", "same", 1.0, 1),
        ("c", "repeat", "same", 1.0, 1),
    ]


def test_a_later_article_of_a_batch_sees_the_story_of_an_earlier_one() -> None:
    dedup = make()
    batch = [Article(i, source=i, body=WELL) for i in "abc"]
    assert [v.story for v in dedup.check(batch, now_s=NOW) if isinstance(v, Verdict)] == ["a"] * 3
    assert told(dedup, "b") == ("a", "a", ["a", "b", "c"])


def test_matches_of_matches_do_not_join() -> None:
    """b takes over all of a, c takes over b's other half: a and c share nothing."""
    dedup = make()
    other = f"{BUSES}\n{MIDDLE}"
    assert post(dedup, "a", WELL, 0) == "a"
    assert post(dedup, "b", f"{WELL}\n{other}", 1) == "a"
    assert post(dedup, "c", other, 2) == "c"
    assert told(dedup, "a") == ("a", "a", ["a", "b"])
    assert told(dedup, "c") == ("c", "c", ["c"])


def test_the_items_of_a_digest_do_not_meet_in_it() -> None:
    """Whether it comes after them or before."""
    digest = f"{WELL}\n{BUSES}\n{TOP} {MIDDLE} {END}"
    after = make()
    for article_id, body in (("a", WELL), ("b", BUSES), ("c", f"{TOP} {MIDDLE} {END}")):
        post(after, article_id, body)
    assert post(after, "d", digest, 1) == "d"
    assert [told(after, i)[2] for i in "abcd"] == [["a"], ["b"], ["c"], ["d"]]
    before = make()
    assert post(before, "d", digest, -1) == "d"
    assert [post(before, i, body) for i, body in (("b", BUSES), ("c", f"{TOP} {MIDDLE} {END}"))] == ["b", "c"]
    assert told(before, "d")[2] == ["d"]


def test_a_digest_that_is_reprinted_is_a_story_itself() -> None:
    dedup = make()
    digest = f"{WELL}\n{BUSES}"
    post(dedup, "a", WELL)
    post(dedup, "b", BUSES)
    post(dedup, "d", digest, 1)
    assert post(dedup, "e", digest, 2) == "d"
    assert told(dedup, "e") == ("d", "d", ["d", "e"])


def test_looking_says_which_story_and_leaves_no_trace() -> None:
    dedup = make()
    post(dedup, "a", WELL)
    early = Article("x", source="x", body=WELL, published=MAY - timedelta(hours=9))
    for article in (replace(early, published=MAY), early):
        (verdict,) = dedup.look([article], now_s=NOW)
        assert isinstance(verdict, Verdict)
        assert verdict.story == "a"
    assert told(dedup, "a") == ("a", "a", ["a"])


def test_comparing_names_the_older_one_where_both_make_a_story() -> None:
    dedup = make()
    old, new, other = Article("o", body=WELL), Article("n", body=WELL), Article("x", body=BUSES)
    assert (dedup.compare(old, new).story, dedup.compare(old, other).story) == ("o", "x")


def test_a_replay_joins_no_second_time() -> None:
    dedup = make()
    for _ in range(2):
        assert [post(dedup, i, WELL) for i in "ab"] == ["a", "a"]
    assert told(dedup, "a") == ("a", "a", ["a", "b"])


def test_a_verdict_lost_between_joining_and_recording_is_made_good() -> None:
    dedup = make()
    post(dedup, "a", WELL)
    record = dedup.store.record
    dedup.store.record = lambda _: None  # type: ignore[method-assign]
    assert post(dedup, "b", WELL, 1) == "a"
    dedup.store.record = record  # type: ignore[method-assign]
    assert dedup.store.recorded([2]) == {}
    assert post(dedup, "b", WELL, 1) == "a"
    assert told(dedup, "b") == ("a", "a", ["a", "b"])


# ── the lead ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_earlier_original_that_arrives_late_takes_the_lead_and_the_story_keeps_its_id() -> None:
    dedup = make()
    post(dedup, "a", WELL, 2)
    post(dedup, "b", WELL, 3)
    assert post(dedup, "x", WELL, -1) == "a"
    assert told(dedup, "b") == ("a", "x", ["a", "b", "x"])
    assert post(dedup, "y", WELL, 4) == "a"
    assert post(dedup, "w", WELL, -2) == "a"
    assert told(dedup, "y") == ("a", "w", ["a", "b", "w", "x", "y"])


def test_the_agency_leads_though_an_outlet_was_earlier() -> None:
    dedup = make()
    post(dedup, "a", WELL, 0)
    post(dedup, "b", WELL, 1)
    assert post(dedup, "s", WELL, 2, source="واس") == "a"
    found = story(dedup, "a")
    assert (found.lead, found.lead_rule) == ("s", "agency")
    assert post(dedup, "c", WELL, -5) == "a"
    assert story(dedup, "c").lead == "s"


def test_no_copies_of_the_new_lead_make_stories_of_their_own() -> None:
    """x is the earlier original of the larger part of a, its end; b and c have the beginning."""
    dedup = make()
    post(dedup, "a", f"{TOP} {MIDDLE}\n{BUSES}", 2)
    assert [post(dedup, i, f"{TOP} {MIDDLE}", 3) for i in "bc"] == ["a", "a"]
    assert post(dedup, "x", BUSES, 0) == "a"
    assert told(dedup, "a") == ("a", "x", ["a", "x"])
    assert told(dedup, "c") == ("b", "b", ["b", "c"])


def test_a_text_that_does_not_hold_the_lead_does_not_take_it() -> None:
    """x was published first, but most of it is other news: it joins, and a goes on leading."""
    dedup = make()
    post(dedup, "a", WELL, 2)
    post(dedup, "b", WELL, 3)
    assert post(dedup, "x", f"{BUSES}\n{WELL}", 0) == "a"
    assert told(dedup, "x") == ("a", "a", ["a", "b", "x"])


# ── versions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_version_takes_the_place_of_the_one_before() -> None:
    dedup = make()
    for article_id in "abc":
        post(dedup, article_id, WELL)
    assert post(dedup, "b", f"{WELL} {TOP}") == "a"
    assert told(dedup, "a") == ("a", "a", ["a", "b", "c"])
    assert [m.version for m in story(dedup, "a").members if m.id == "b"] == [2]


def test_a_new_version_of_the_lead_goes_on_leading() -> None:
    dedup = make()
    for n, article_id in enumerate("abc"):
        post(dedup, article_id, WELL, n)
    assert post(dedup, "a", f"{WELL} {TOP}") == "a"
    assert told(dedup, "b") == ("a", "a", ["a", "b", "c"])


def test_a_new_version_that_is_another_text_leaves() -> None:
    """And takes the id with it, if it founded the story: no two stories have one id."""
    dedup = make()
    for article_id in "abc":
        post(dedup, article_id, WELL)
    assert post(dedup, "b", BUSES) == "b"
    assert told(dedup, "a") == ("a", "a", ["a", "c"])
    post(dedup, "d", WELL)
    assert post(dedup, "a", TOP) == "a"
    assert told(dedup, "a") == ("a", "a", ["a"])
    assert told(dedup, "d") == ("c", "c", ["c", "d"])


def test_a_new_version_that_copies_another_story_moves_to_it() -> None:
    dedup = make()
    for article_id, body in (("a", WELL), ("b", WELL), ("c", BUSES)):
        post(dedup, article_id, body)
    assert post(dedup, "b", BUSES, 1) == "c"
    assert [told(dedup, i)[2] for i in "ab"] == [["a"], ["b", "c"]]


def test_a_copy_of_an_outdated_version_does_not_bring_it_back() -> None:
    """b's old text is found again, but b is something else by now."""
    dedup = make()
    post(dedup, "b", WELL)
    post(dedup, "b", BUSES)
    assert post(dedup, "c", WELL, 1) == "c"
    assert [told(dedup, i)[2] for i in "bc"] == [["b"], ["c"]]


def test_a_copy_of_an_outdated_version_joins_the_item_if_it_still_copies_it() -> None:
    dedup = make()
    post(dedup, "b", WELL)
    post(dedup, "b", f"{WELL} {TOP}")
    assert post(dedup, "c", WELL, 1) == "b"
    assert told(dedup, "c") == ("b", "b", ["b", "c"])


# ── removal and expiry ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_article_leaves_its_story() -> None:
    dedup = make()
    for article_id in "abc":
        post(dedup, article_id, WELL)
    assert dedup.remove("b")
    assert told(dedup, "a") == ("a", "a", ["a", "c"])


def test_after_the_removal_of_the_lead_the_next_one_leads() -> None:
    dedup = make()
    for n, article_id in enumerate("abcd"):
        post(dedup, article_id, WELL, 5 - n if article_id != "a" else 0)
    assert dedup.remove("a")
    assert told(dedup, "b") == ("a", "d", ["b", "c", "d"])
    assert post(dedup, "e", WELL, 9) == "a"
    assert dedup.story("a") is None


def test_a_story_whose_lead_is_past_the_retention_gets_another_one() -> None:
    """Before the sweep and after."""
    dedup = make(window_s=60 * DAY_S)
    post(dedup, "a", WELL, None)
    post(dedup, "b", WELL, None, now_s=NOW + 20 * DAY_S)
    assert post(dedup, "c", WELL, None, now_s=NOW + 46 * DAY_S) == "a"
    assert told(dedup, "c") == ("a", "b", ["b", "c"])
    dedup.store.sweep(now_s=NOW + 89 * DAY_S)
    assert post(dedup, "d", WELL, None, now_s=NOW + 90 * DAY_S) == "a"
    assert told(dedup, "d") == ("a", "c", ["c", "d"])


def test_an_article_outside_the_window_of_the_lead_does_not_join() -> None:
    """It is a copy of b, but a was published 40 days before."""
    dedup = make(window_s=30 * DAY_S)
    post(dedup, "a", WELL, 0)
    assert post(dedup, "b", WELL, 20 * 24) == "a"
    assert post(dedup, "c", WELL, 40 * 24) == "c"


# ── publishers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_five_outlets_that_print_one_agency_are_one_publisher() -> None:
    dedup = make(publisher_families=("outlet-y=house", "outlet-z=house"))
    for article_id in "abcde":
        post(dedup, article_id, f"الكروم (أ ف ب) - {WELL}")
    assert story(dedup, "a").publishers == ("afp",)
    for article_id in "xyz":
        post(dedup, article_id, WELL, 1)
    assert story(dedup, "a").publishers == ("afp", "outlet-x", "house")


# ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_eight_at_once_of_one_text_end_in_one_story_led_by_the_earliest() -> None:
    settings = Settings()
    store = MemoryStore(settings)
    post(Deduplicator(store, settings), "a", WELL, 100)
    start = threading.Barrier(8)

    def work(n: int) -> None:
        dedup = Deduplicator(store, settings)
        start.wait()
        for k in range(3):
            post(dedup, f"t{n}{k}", WELL, 99 - n - 8 * k)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = story(Deduplicator(store, settings), "a")
    assert (found.id, len(found.members)) == ("a", 25)
    assert found.lead == found.members[0].id == "t72"


def test_who_never_gets_a_word_in_leads_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others change a story each time before it can be joined, the verdict stands all the same."""
    dedup = make()
    post(dedup, "a", WELL)
    calls: list[Membership] = []

    def join(_story: StoryRow, member: Membership) -> None:
        calls.append(member)

    monkeypatch.setattr(dedup.store, "join", join)
    assert post(dedup, "b", WELL, 1) == "b"
    assert len(calls) == 64
