"""The whole line over a memory store: who is judged against whom, when, and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.errors import ArticleError, ArticleTooLongError, EmptyArticleError, IdTakenError
from dedup.normalise import normalise
from dedup.records import Credit, Decision, Previous, Uncredited
from dedup.settings import DAY_S
from dedup.store.memory import MemoryStore
from tests.strategies_text import unrelated_text

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
MAY = datetime(2024, 5, 12, 8, tzinfo=UTC)

BRIDGE = (
    "افتتحت بلدية وادي النخيل صباح اليوم جسرا للمشاة يربط حي الزيتون بالسوق القديم بعد عامين من بدء الأشغال فيه. "
    "وقال رئيس البلدية سليم الحداد إن الجسر كلف ثلاثة ملايين دينار وإنه سيختصر الطريق على أربعة آلاف تلميذ كل يوم. "
    "ومن المقرر أن تبدأ في الربيع أشغال إنارة ضفتي الوادي وتشجيرهما بتمويل من صندوق القرى."
)
LIBRARY = (
    "وصلت مكتبة متنقلة تضم ألفي كتاب إلى خمس قرى جبلية لم تعرف المكتبات من قبل. "
    "وأوضحت المشرفة على المشروع هدى سلمان أن الحافلة ستقف يوما كاملا في كل قرية وأن الإعارة مجانية للأطفال. "
    "ويخطط أصحاب المبادرة لشراء حافلة ثانية قبل حلول الشتاء تجوب قرى الساحل الشرقي."
)
OLIVES = (
    "بدأ قطاف الزيتون في السهل الشمالي قبل موعده بأسبوعين بسبب موجة الحر التي ضربت المنطقة في أغسطس. "
    "ويتوقع المزارعون محصولا أقل من محصول العام الماضي لكن المعاصر تقول إن جودة الزيت ستكون أعلى. "
    "وطالبت نقابة المزارعين وزارة الزراعة بتعويض أصحاب البساتين الصغيرة عن خسائرهم."
)


def article(article_id: str, body: str = "", **fields: Any) -> Article:
    return Article(id=article_id, body=body, **fields)


def make(**settings: Any) -> Deduplicator:
    chosen = Settings(**settings)
    return Deduplicator(MemoryStore(chosen), chosen)


def check(dedup: Deduplicator, *articles: Article, now_s: float = NOW) -> list[Verdict]:
    """The verdicts of one batch, none of which may be an error."""
    answers = dedup.check(articles, now_s=now_s)
    assert not any(isinstance(answer, ArticleError) for answer in answers), answers
    return answers  # type: ignore[return-value]


def told(verdict: Verdict) -> tuple[str, str | None]:
    """The body verdict and the id it points at."""
    return verdict.body.verdict, verdict.body.match.id if verdict.body.match else None


def lines(answers: Sequence[Verdict | ArticleError]) -> list[object]:
    """Answers as what leaves the process: verdict lines, or the code and text of an error."""
    return [(a.code, str(a)) if isinstance(a, ArticleError) else a.as_dict(candidates=True) for a in answers]


# ── verdicts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_in_nothing_out() -> None:
    assert make().check([], now_s=NOW) == []


def test_the_first_article_is_new_and_its_repetition_names_it() -> None:
    dedup = make()
    first = article("a", BRIDGE, source="واس", url="https://example.com/a", title="افتتاح جسر للمشاة", published=MAY)
    new, repeat = check(dedup, first, article("b", BRIDGE, source="سبق"))
    assert (told(new), new.duplicate, new.story) == (("new", None), False, "a")
    assert (told(repeat), repeat.duplicate, repeat.story) == (("repeat", "a"), True, "a")
    assert (repeat.body.relation, repeat.body.rule, repeat.body.score) == ("same", "same_words", 1.0)
    assert (repeat.body.jaccard, repeat.body.containment_of_new, repeat.body.containment_of_old) == (1.0, 1.0, 1.0)
    assert repeat.body.match is not None
    assert repeat.body.match.published == "2024-05-12T08:00:00+00:00"
    assert (repeat.body.match.source, repeat.body.match.title) == ("واس", "افتتاح جسر للمشاة")
    assert [(p.new, p.old, p.words) for p in repeat.body.passages] == [
        ((0, len(BRIDGE) - 1), (0, len(BRIDGE) - 1), len(BRIDGE.split()))
    ]


def test_unrelated_articles_do_not_match() -> None:
    assert [told(v) for v in check(make(), article("a", BRIDGE), article("b", LIBRARY), article("c", OLIVES))] == [
        ("new", None)
    ] * 3


def test_the_first_sentences_of_an_article_are_a_part_of_it_and_the_other_way_round() -> None:
    opening = BRIDGE[: BRIDGE.index("ومن المقرر")]
    more = f"{opening} {LIBRARY[:80]} {OLIVES[:80]}"
    shorter = check(make(), article("a", f"{BRIDGE} {LIBRARY}"), article("b", opening))[1]
    longer = check(make(), article("a", opening), article("b", f"{opening} {more} {LIBRARY}"))[1]
    assert (told(shorter), shorter.body.relation, shorter.body.containment_of_new) == (("partial", "a"), "shorter", 1.0)
    assert (told(longer), longer.body.relation, longer.body.containment_of_old) == (("partial", "a"), "longer", 1.0)


def test_a_digest_names_all_its_items() -> None:
    digest = check(
        make(), article("a", BRIDGE), article("b", LIBRARY), article("c", OLIVES), article("d", f"{LIBRARY}\n{BRIDGE}\n{OLIVES}")
    )[3]
    assert (digest.body.verdict, digest.body.relation, digest.duplicate) == ("partial", "merged", True)
    assert digest.body.match is not None
    assert sorted([digest.body.match.id, *(m.id for m in digest.body.also)]) == ["a", "b", "c"]


def test_changed_figures_make_an_update() -> None:
    later = BRIDGE.replace("ثلاثة ملايين", "خمسة ملايين").replace("أربعة آلاف", "سبعة آلاف")
    update = check(make(), article("a", BRIDGE), article("b", later))[1]
    assert (told(update), update.body.relation) == (("update", "a"), "newer")
    assert [(c.kind, c.old, c.new) for c in update.body.changed] == [
        ("number", "ثلاثة ملايين", "خمسة ملايين"),
        ("number", "أربعة آلاف", "سبعة آلاف"),
    ]


@pytest.mark.parametrize("words", [0, 1, 7])
def test_fewer_than_eight_words_are_too_short_to_judge(words: int) -> None:
    body = " ".join(BRIDGE.split()[:words])
    first, again = check(make(), article("a", body, title="افتتاح جسر للمشاة"), article("b", body, title="عنوان آخر لا يشبهه"))
    assert [told(first), told(again)] == [("too_short", None)] * 2
    assert not again.duplicate


def test_eight_words_are_enough() -> None:
    body = " ".join(BRIDGE.split()[:8])
    assert told(check(make(), article("a", body), article("b", body))[1]) == ("repeat", "a")


def test_a_short_text_is_no_candidate_for_a_long_one() -> None:
    assert told(check(make(), article("a", " ".join(BRIDGE.split()[:7])), article("b", BRIDGE))[1]) == ("new", None)


def test_duplicate_when_chooses_what_duplicate_means() -> None:
    dedup = make(duplicate_when=("partial",))
    assert check(dedup, article("a", BRIDGE), article("b", BRIDGE))[1].duplicate is False


def test_the_credit_of_the_text_is_named() -> None:
    credit = check(make(), article("a", f"الرياض (واس) - {BRIDGE}"))[0].credit
    assert credit is not None
    assert (credit.agency, credit.text, credit.start, credit.end) == ("spa", "واس", 8, 11)


def test_every_verdict_names_the_settings() -> None:
    dedup = make(min_body_words=9)
    assert check(dedup, article("a", BRIDGE))[0].settings == Settings(min_body_words=9).version()


def test_of_equal_matches_the_earliest_arrival_is_named() -> None:
    """Though the later one was published first, which makes it the lead of the story that the first one founded."""
    dedup = make()
    first = article("a", BRIDGE, published=MAY)
    second = article("b", BRIDGE, published=MAY - timedelta(hours=3))
    third = check(dedup, first, second, article("c", BRIDGE, published=MAY))[2]
    assert (told(third), third.story) == (("repeat", "a"), "a")
    story = dedup.story("c")
    assert story is not None
    assert (story.id, story.lead) == ("a", "b")


# ── headlines ───────────────────────────────────────────────────────────────────────────────────────────────────────

TITLE = "أحوال الطقس المتوقعة في أنحاء المملكة"


def test_a_headline_over_another_text_is_repeated_and_over_a_third_a_rubric() -> None:
    verdicts = check(
        make(), *(article(str(n), body, title=TITLE) for n, body in enumerate((BRIDGE, LIBRARY, OLIVES, unrelated_text(1))))
    )
    assert [v.headline.verdict for v in verdicts] == ["new", "repeated", "rubric", "rubric"]
    assert [v.repeated_headline for v in verdicts] == [False, True, False, False]
    assert verdicts[1].headline.match is not None
    assert verdicts[1].headline.match.id == "0"


def test_an_article_without_a_title_has_no_headline_verdict() -> None:
    assert check(make(), article("a", BRIDGE))[0].headline.verdict == "missing"


def test_a_title_alone_is_judged() -> None:
    verdicts = check(make(), article("a", title=TITLE), article("b", title=TITLE))
    assert [(told(v), v.headline.verdict) for v in verdicts] == [(("too_short", None), "new"), (("too_short", None), "repeated")]


def test_headlines_outside_the_window_do_not_hide_those_inside() -> None:
    """Twelve outlets had the headline long ago, two last week."""
    dedup = make()
    long_ago, now = MAY - timedelta(days=40), MAY - timedelta(days=7)
    old = [article(f"old{n}", unrelated_text(n), source=f"s{n}", title=TITLE, published=long_ago) for n in range(12)]
    recent = [article(f"recent{n}", unrelated_text(20 + n), source=f"s{n}", title=TITLE, published=now) for n in range(2)]
    check(dedup, *old, *recent)
    verdict = check(dedup, article("new", unrelated_text(30), title=TITLE, published=MAY))[0]
    assert verdict.headline.verdict == "rubric"


# ── errors in place ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_articles_that_cannot_be_judged_are_answered_in_their_place() -> None:
    dedup = make(max_title_chars=20, max_body_bytes=1_000)
    answers = dedup.check(
        [
            article("a", BRIDGE[:400]),
            article("long-title", BRIDGE[:400], title="ع" * 21),
            article("long-body", "ب" * 501),
            article("empty", " \n", title="\t"),
            article("b", BRIDGE[:400]),
        ],
        now_s=NOW,
    )
    first, title, body, empty, last = answers
    assert isinstance(first, Verdict)
    assert isinstance(title, ArticleTooLongError)
    assert (title.field, title.length, title.limit) == ("title", 21, 20)
    assert isinstance(body, ArticleTooLongError)
    assert (body.field, body.length, body.limit) == ("body", 1_002, 1_000)
    assert isinstance(empty, EmptyArticleError)
    assert isinstance(last, Verdict)
    assert told(last) == ("repeat", "a")
    assert dedup.store.size() == 2


def test_texts_at_their_limits_are_judged() -> None:
    dedup = make(max_title_chars=20, max_body_bytes=1_000)
    assert told(check(dedup, article("a", "ب" * 500, title="ع" * 20))[0]) == ("too_short", None)


def test_an_id_of_another_source_is_taken_and_the_others_are_judged() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, source="واس"))
    before, taken, after = dedup.check(
        [article("b", LIBRARY, source="سبق"), article("a", OLIVES, source="سبق"), article("c", OLIVES, source="سبق")], now_s=NOW
    )
    assert isinstance(taken, IdTakenError)
    assert (taken.code, taken.article_id) == ("id_taken", "a")
    assert isinstance(before, Verdict)
    assert isinstance(after, Verdict)
    assert told(after) == ("new", None)  # the text that was refused is nowhere
    assert dedup.store.size() == 3


def test_a_text_of_nothing_but_marks_is_judged() -> None:
    verdict = check(make(), article("a", "؟! …", title="«»"))[0]
    assert (told(verdict), verdict.headline.verdict) == (("too_short", None), "missing")


@pytest.mark.parametrize("field", ["title", "body"])
def test_a_lone_surrogate_is_an_error_in_its_place(field: str) -> None:
    """It cannot be stored; the other articles of the batch are judged."""
    dedup = make()
    broken = article("x", **{"title": TITLE, "body": LIBRARY, field: f"{LIBRARY}\ud800"})
    answers = dedup.check([article("a", BRIDGE), broken, article("b", BRIDGE)], now_s=NOW)
    assert isinstance(answers[1], ArticleError)
    assert isinstance(answers[2], Verdict)
    assert told(answers[2]) == ("repeat", "a")


# ── replays and versions ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_id_and_text_replays_the_recorded_verdict() -> None:
    dedup = make()
    original = check(dedup, article("a", BRIDGE, source="واس"), article("b", BRIDGE, source="سبق"))[1]
    check(dedup, article("c", BRIDGE, source="الحياة"))
    again = check(dedup, article("b", BRIDGE, source="سبق"), now_s=NOW + 3 * DAY_S)[0]
    assert again == replace(original, replayed=True)
    assert dedup.store.size() == 3
    assert len(dedup.store.decisions(limit=0)) == 3


def test_the_same_article_twice_in_one_batch_is_judged_once() -> None:
    dedup = make()
    first, second, third = check(dedup, article("a", BRIDGE), article("a", BRIDGE), article("b", BRIDGE))
    assert second == replace(first, replayed=True)
    assert told(third) == ("repeat", "a")
    assert (dedup.store.size(), len(dedup.store.decisions(limit=0))) == (2, 2)


def test_a_changed_text_is_the_next_version_and_not_a_copy_of_itself() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE))
    second = check(dedup, article("a", f"{BRIDGE} وحضر الحفل عدد من أعضاء المجلس."))[0]
    third = check(dedup, article("a", OLIVES))[0]
    assert (told(second), second.version, second.previous) == (("new", None), 2, Previous(1, True))
    assert (told(third), third.version, third.previous) == (("new", None), 3, Previous(2, True))
    assert "a" not in second.candidates


def test_a_version_that_differs_in_spelling_alone_has_not_changed() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE))
    assert check(dedup, article("a", BRIDGE.replace("جسرا", "جسراً")))[0].previous == Previous(1, False)
    assert check(dedup, article("a", BRIDGE, title=TITLE))[0].previous == Previous(2, True)


def test_a_version_is_judged_against_other_articles() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", LIBRARY))
    assert told(check(dedup, article("b", BRIDGE))[0]) == ("repeat", "a")


def test_an_earlier_version_sent_again_replays_its_own_verdict() -> None:
    dedup = make()
    first = check(dedup, article("a", BRIDGE))[0]
    check(dedup, article("a", OLIVES))
    assert check(dedup, article("a", BRIDGE))[0] == replace(first, replayed=True)


def test_another_id_at_the_same_address_of_the_same_source_is_a_version() -> None:
    dedup = make()
    url = "https://example.com/news/1"
    check(dedup, article("a", BRIDGE, source="واس", url=url))
    second = check(dedup, article("b", f"{BRIDGE} وحضر الحفل.", source="واس", url=f"{url}?utm_source=x#top"))[0]
    elsewhere = check(dedup, article("c", BRIDGE, source="سبق", url=url))[0]
    assert (told(second), second.version, second.previous) == (("new", None), 2, Previous(1, True))
    assert (told(elsewhere)[0], elsewhere.version) == ("repeat", 1)


# ── windows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (MAY, MAY + timedelta(days=30), "repeat"),
        (MAY, MAY + timedelta(days=30, seconds=1), "new"),
        (MAY, MAY - timedelta(days=30), "repeat"),
        (MAY, MAY - timedelta(days=31), "new"),
        (MAY, (MAY + timedelta(days=30)).astimezone(timezone(timedelta(hours=9))), "repeat"),
        (None, MAY, "repeat"),
        (MAY, None, "repeat"),
        (None, None, "repeat"),
    ],
)
def test_only_articles_published_within_thirty_days_match(first: datetime | None, second: datetime | None, verdict: str) -> None:
    """Both arrive at the same moment: the matching window lies between the publication times."""
    dedup = make()
    found = check(dedup, article("a", BRIDGE, title=TITLE, published=first), article("b", BRIDGE, title=TITLE, published=second))[
        1
    ]
    assert found.body.verdict == verdict
    assert found.headline.verdict == ("repeated" if verdict == "repeat" else "new")


def test_candidates_outside_the_window_do_not_crowd_out_one_inside() -> None:
    dedup = make(max_candidates=2)
    old = [article(f"old{n}", BRIDGE, source=f"s{n}", published=MAY - timedelta(days=100)) for n in range(5)]
    check(dedup, *old, article("recent", BRIDGE, published=MAY))
    assert told(check(dedup, article("b", BRIDGE, published=MAY))[0]) == ("repeat", "recent")


@pytest.mark.parametrize(("days", "verdict"), [(1, "repeat"), (10, "repeat"), (10.1, "new"), (30, "new")])
def test_an_article_answers_for_the_retention_after_its_arrival(days: float, verdict: str) -> None:
    """However long its generation lives; published times do not matter."""
    dedup = make(retention_s=10 * DAY_S, generation_s=5 * DAY_S)
    check(dedup, article("a", BRIDGE, title=TITLE, published=MAY))
    found = check(dedup, article("b", BRIDGE, title=TITLE, published=MAY), now_s=NOW + days * DAY_S)[0]
    assert found.body.verdict == verdict
    assert found.headline.verdict == ("repeated" if verdict == "repeat" else "new")


# ── look ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_look_judges_and_leaves_no_trace() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE))
    looked = dedup.look([article("b", BRIDGE), article("c", BRIDGE)], now_s=NOW)
    assert [told(v) for v in looked] == [("repeat", "a")] * 2  # type: ignore[arg-type]
    assert [v.candidates for v in looked] == [("a",)] * 2  # type: ignore[union-attr]
    assert (dedup.store.size(), dedup.store.find("b"), len(dedup.store.decisions(limit=0))) == (1, None, 1)
    assert check(dedup, article("b", BRIDGE))[0] == looked[0]


def test_a_look_at_a_known_article_replays_its_verdict() -> None:
    dedup = make()
    verdict = check(dedup, article("a", BRIDGE), article("b", BRIDGE))[1]
    assert dedup.look([article("b", BRIDGE)], now_s=NOW) == [replace(verdict, replayed=True)]


def test_a_look_answers_errors_in_their_place() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, source="واس"))
    answers = dedup.look([article("x"), article("a", BRIDGE, source="سبق"), article("b", BRIDGE)], now_s=NOW)
    assert isinstance(answers[0], EmptyArticleError)
    assert isinstance(answers[1], IdTakenError)
    assert told(answers[2]) == ("repeat", "a")  # type: ignore[arg-type]


# ── compare ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_compare_judges_two_texts_without_the_store() -> None:
    dedup = make()
    verdict = dedup.compare(article("old", BRIDGE, title=TITLE), article("new", BRIDGE, title=TITLE))
    assert (verdict.id, told(verdict), verdict.story, verdict.headline.verdict) == ("new", ("repeat", "old"), "old", "repeated")
    assert dedup.store.size() == 0


def test_compare_says_what_an_empty_index_would_say() -> None:
    pairs = [(BRIDGE, f"{BRIDGE} {LIBRARY}"), (BRIDGE, OLIVES), (LIBRARY, LIBRARY[:90]), (BRIDGE, "جسر"), ("جسر", BRIDGE)]
    for old, new in pairs:
        dedup = make()
        checked = check(dedup, article("old", old, title=TITLE), article("new", new, title=TITLE))[1]
        compared = dedup.compare(article("old", old, title=TITLE), article("new", new, title=TITLE))
        assert (compared.body.verdict, compared.headline.verdict) == (checked.body.verdict, checked.headline.verdict)


def test_compare_gives_the_scores_of_unrelated_texts() -> None:
    verdict = make().compare(article("old", BRIDGE), article("new", OLIVES))
    assert (verdict.body.verdict, verdict.body.rule, verdict.candidates) == ("new", "no_copy_among_candidates", ("old",))


@pytest.mark.parametrize(("old", "new"), [(BRIDGE, " "), (" ", BRIDGE)])
def test_compare_raises_what_is_wrong_with_either(old: str, new: str) -> None:
    with pytest.raises(EmptyArticleError):
        make().compare(article("old", old), article("new", new))


# ── remove ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_article_is_in_no_answer() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, title=TITLE))
    assert dedup.remove("a") is True
    after = check(dedup, article("b", BRIDGE, title=TITLE))[0]
    assert (told(after), after.headline.verdict, after.candidates) == (("new", None), "new", ())
    assert dedup.remove("a") is False


def test_all_versions_of_a_removed_article_go() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("a", LIBRARY), article("a", OLIVES))
    dedup.remove("a")
    assert [told(v) for v in check(dedup, *(article(f"n{n}", t) for n, t in enumerate((BRIDGE, LIBRARY, OLIVES))))] == [
        ("new", None)
    ] * 3


def test_removing_one_copy_leaves_the_others() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", BRIDGE))
    dedup.remove("a")
    assert told(check(dedup, article("c", BRIDGE))[0]) == ("repeat", "b")


def test_an_unknown_id_cannot_be_removed() -> None:
    assert make().remove("nobody") is False


def test_a_removed_article_may_come_back() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, source="واس"))
    dedup.remove("a")
    back = check(dedup, article("a", BRIDGE, source="سبق"))[0]
    assert (told(back), back.version, back.replayed) == (("new", None), 1, False)


# ── what is remembered ──────────────────────────────────────────────────────────────────────────────────────────────


def test_each_judged_article_is_one_decision() -> None:
    dedup = make()
    published = datetime(2024, 5, 13, 1, tzinfo=timezone(timedelta(hours=3)))  # the 12th in UTC
    check(dedup, article("a", BRIDGE, source="واس"), article("b", BRIDGE, source="سبق", published=published, section="محليات"))
    second, first = dedup.store.decisions(limit=0)
    assert (first.day, second.day) == ("2023-11-14", "2024-05-12")
    assert replace(second, item="") == Decision(
        seq=2,
        id="b",
        item="",
        version=1,
        source="سبق",
        section="محليات",
        day="2024-05-12",
        decided_s=NOW,
        published="2024-05-13T01:00:00+03:00",
        body="repeat",
        headline="missing",
        duplicate=True,
        repeated_headline=False,
        match_id="a",
        match_source="واس",
        headline_match_id="",
        story="a",
        rule="same_words",
        settings=Settings().version(),
    )


def mixed_batch() -> list[Article]:
    """Fifty arrivals of every kind: texts, copies, parts, versions, replays, short, empty, taken ids, shared headlines."""
    batch: list[Article] = []
    for n in range(10):
        text = unrelated_text(n)
        short = " ".join(text.split()[:5])
        batch += [
            article(f"a{n}", text, source="واس", title=f"خبر رقم {n} عن المدينة والناس", published=MAY + timedelta(hours=n)),
            article(f"b{n}", f"{text} {unrelated_text(100 + n, 20)}", source="سبق", title=TITLE),
            article(f"a{n - 3}", unrelated_text(n - 3) + " تحديث", source="واس") if n % 4 == 3 else article(f"c{n}", short),
            replace(batch[n // 2 * 5], body=unrelated_text(n // 2)) if n % 2 else article(f"a{n}", text, source="سبق"),
            article(f"e{n}") if n % 3 else article(f"d{n}", f"{text}\n{unrelated_text(n // 2)}", title=TITLE),
        ]
    return batch


@pytest.mark.parametrize("size", [1, 7])
def test_the_size_of_batches_changes_no_verdict(size: int) -> None:
    batch = mixed_batch()
    whole, parts = make(), make()
    expected = lines(whole.check(batch, now_s=NOW))
    found = [line for at in range(0, 50, size) for line in lines(parts.check(batch[at : at + size], now_s=NOW))]
    assert len(batch) == len(found) == 50
    assert found == expected
    assert parts.store.decisions(limit=0) == whole.store.decisions(limit=0)


@pytest.mark.parametrize(("limit", "copies"), [(1, 30), (3, 30), (20, 30), (20, 7)])
def test_no_more_candidates_than_allowed_are_verified(limit: int, copies: int) -> None:
    dedup = make(max_candidates=limit)
    check(dedup, *(article(f"a{n}", f"{BRIDGE} {unrelated_text(n, 12)}", source=f"s{n}") for n in range(copies)))
    last = check(dedup, article("z", BRIDGE))[0]
    assert len(last.candidates) == min(limit, copies)
    assert last.duplicate


class WorkerDiedError(Exception):
    """Between the admission of an article and the record of its verdict."""


def die(verdicts: object) -> None:
    raise WorkerDiedError


@pytest.mark.parametrize("size", [1, 50])
def test_verdicts_lost_by_a_crash_are_computed_again_as_they_were(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later arrivals in between, a later clock and another worker change nothing."""
    batch = [a for a in mixed_batch() if a.title or a.body]
    undisturbed = lines(make().check(batch, now_s=NOW))
    settings = Settings()
    store = MemoryStore(settings)
    with monkeypatch.context() as crash:
        crash.setattr(store, "record", die)
        for at in range(0, len(batch), size):
            with suppress(WorkerDiedError):  # a batch of nothing but taken ids records nothing
                Deduplicator(store, settings).check(batch[at : at + size], now_s=NOW)
    assert store.decisions(limit=0) == []
    check(Deduplicator(store, settings), article("later", unrelated_text(3), title=TITLE))
    again = Deduplicator(store, settings).check(batch, now_s=NOW + DAY_S)
    assert [{**a, "replayed": True} if isinstance(a, dict) else a for a in undisturbed] == lines(again)


def test_a_lost_verdict_is_judged_by_the_clock_of_its_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    """The match is behind the retention when the verdict is computed again, but was not when the article arrived."""
    dedup = make(retention_s=10 * DAY_S, generation_s=5 * DAY_S)
    check(dedup, article("a", BRIDGE))
    with monkeypatch.context() as crash:
        crash.setattr(dedup.store, "record", die)
        with pytest.raises(WorkerDiedError):
            dedup.check([article("b", BRIDGE)], now_s=NOW + 9 * DAY_S)
    looked = dedup.look([article("b", BRIDGE)], now_s=NOW + 10.5 * DAY_S)[0]
    again = check(dedup, article("b", BRIDGE), now_s=NOW + 10.5 * DAY_S)[0]
    assert (told(again), again.replayed) == (("repeat", "a"), True)
    assert looked == again
    assert dedup.store.decisions(limit=1)[0].decided_s == NOW + 9 * DAY_S


# ── credits ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_without_the_credit_names_who_is_credited_elsewhere_in_check_look_and_compare() -> None:
    dedup = make()
    credited, bare = article("a", f"تونس (أ ف ب) - {BRIDGE}", source="one"), article("b", BRIDGE, source="two")
    (first,) = check(dedup, credited)
    (looked,) = dedup.look([bare], now_s=NOW)
    (checked,) = check(dedup, bare)
    for verdict in (looked, checked, dedup.compare(credited, bare)):
        assert isinstance(verdict, Verdict)
        assert told(verdict) == ("repeat", "a")
        assert verdict.credit is None
        assert verdict.match_credit == Credit("afp", "أ ف ب", 6, 11, "credit")
        assert verdict.uncredited == Uncredited("afp", "a")
    assert (first.match_credit, first.uncredited) == (None, None)


def test_the_match_says_whom_it_credits_before_the_other_copies_do() -> None:
    dedup = make()
    check(dedup, article("a", f"تونس (أ ف ب) - {BRIDGE}", source="one"))
    check(dedup, article("b", f"لندن (رويترز) - {BRIDGE}\n{LIBRARY}", source="two"))
    (verdict,) = check(dedup, article("c", f"{BRIDGE}\n{LIBRARY}", source="three"))
    assert told(verdict) == ("repeat", "b")
    assert verdict.uncredited == Uncredited("reuters", "b")


def test_a_text_that_is_no_copy_owes_no_credit() -> None:
    dedup = make()
    check(dedup, article("a", f"تونس (أ ف ب) - {BRIDGE}", source="one"))
    (verdict,) = check(dedup, article("b", LIBRARY, source="two"))
    assert (verdict.body.verdict, verdict.match_credit, verdict.uncredited) == ("new", None, None)


def test_figures_below_the_own_text_are_no_figures_of_it() -> None:
    """A year in a line about rights is not a fact that moved."""
    dedup = make()
    check(dedup, article("a", f"{BRIDGE}\n© 2023 جميع الحقوق محفوظة", source="one"))
    (verdict,) = check(dedup, article("b", f"{BRIDGE}\n© 2024 جميع الحقوق محفوظة", source="two"))
    assert told(verdict) == ("repeat", "a")
    assert verdict.body.changed == ()


def test_a_fact_that_changes_twice_counts_once_however_it_is_spelled() -> None:
    old = (
        "أعلنت بلدية الرابية أن أربعة عمال أصيبوا قرب النهر الكبير صباح أمس وأن العمل توقف في الموقع. "
        "وقال الناطق باسمها إن أربعة عمال نقلوا إلى المستشفى القريب في المدينة القديمة"
    )
    new = old.replace("أربعة", "خمسة")
    for body in (new, new.replace("خمسة", "خَمْسة", 1)):
        compared = make().compare(Article("old", body=old), Article("new", body=body)).body
        assert [(c.kind, normalise(c.old).words, normalise(c.new).words) for c in compared.changed] == [
            ("number", ("اربعه",), ("خمسه",))
        ]
