"""Templates from the desk's side: bulletins seen, listed, named, pinned and released, and what the next article is called."""

from __future__ import annotations

from typing import Any

import pytest

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.errors import TemplateError, UnknownArticleError, UnknownTemplateError
from dedup.prepare import entry_of
from dedup.records import TemplateChange
from dedup.registry import MAX_NAME_CHARS, TemplateRegistry
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore

NOW = 1_700_000_000.0

#: A weather bulletin: the frame stands, the day, places and figures are filled in.
WEATHER = (
    "يتوقع خبراء مرصد وادي النخيل أن يسود {day} طقس {sky} في معظم الجهات، وأن تشهد المرتفعات {heights}. "
    "وتهب على السواحل الشمالية رياح {wind} سرعتها {speed} عقدة فيعلو الموج إلى {waves}. "
    "وينتظر أن تسجل {hot} أعلى درجة حرارة وهي {max} درجة، و{cold} أدناها وهي {min} درجات. "
    "وينصح المرصد المسافرين وأصحاب قوارب الصيد بمراجعة نشراته الدورية قبل التنقل أو الإبحار."
)
_SLOTS = ("day", "sky", "heights", "wind", "speed", "waves", "hot", "max", "cold", "min")
_FILLED = """
يوم الثلاثاء | صحو قليل السحب | الغربية أمطاراً متفرقة ضعيفة | شمالية غربية | 15 | متر واحد | الريحانة | 29 | عين السدر | 7
يوم الجمعة | غائم ممطر أحياناً | الوسطى تساقطاً كثيفاً للبرد | جنوبية قوية | 35 | أربعة أمتار | مرسى الورد | 21 | جبل الغيم | 3
يوم الأحد | بارد كثيف الضباب | الجنوبية جليداً محلياً | شرقية معتدلة | 20 | متر ونصف المتر | واحة الرمل | 23 | تل الصنوبر | 1
يوم الأربعاء | مغبر حار | الشرقية سحباً رعدية | جنوبية شرقية | 28 | مترين | بئر الملح | 38 | رأس الحمام | 16
"""
DAYS = [dict(zip(_SLOTS, line.split(" | "), strict=True)) for line in _FILLED.strip().splitlines()]
BULLETINS = [WEATHER.format(**day) for day in DAYS]

#: A sponsor's lines under two stories of its own.
SPONSOR = (
    "وتأتي هذه المبادرة ضمن برنامج المسؤولية المجتمعية لشركة الواحة للاتصالات الذي أطلقته قبل عشر سنوات ويشمل مجالات التعليم "
    "والصحة والبيئة وتمكين الشباب. وتعد الشركة من أكبر مزودي خدمات الإنترنت في المنطقة، إذ تخدم أكثر من أربعة ملايين مشترك "
    "عبر شبكة من الألياف الضوئية وأبراج الجيل الخامس، وحصلت على جوائز عدة في مجال الاستدامة وخدمة العملاء."
)
SCHOOLBAGS = (
    "وزعت شركة الواحة للاتصالات ثمانمئة حقيبة مدرسية على تلاميذ القرى الجبلية، وجهزت ثلاث غرف صفية بحواسيب محمولة. "
    "وشارك في التوزيع خمسون متطوعاً من موظفيها قضوا يومين في المدارس وأجروا مع المعلمات ورشة عن السلامة على الإنترنت."
)
BICYCLES = (
    "نظم نادي الدراجات في مرسى الورد سباقاً ليلياً على الشاطئ الجنوبي شارك فيه مئتا دراج قطعوا مسافة أربعين كيلومتراً. "
    "وفاز بالمركز الأول كريم العدوي وتبرع بقيمة جائزته لمركز الغوص، وأغلقت الشرطة الطريق الساحلي ثلاث ساعات لتأمين المتسابقين."
)
HARVEST = (
    "وفي شأن آخر بدأ قطاف الزيتون في السهل الشمالي قبل موعده بأسبوعين بسبب موجة الحر التي ضربت المنطقة في الصيف. "
    "ويتوقع المزارعون محصولاً أقل من محصول العام الماضي، لكن المعاصر تقول إن جودة الزيت ستكون أعلى هذه السنة."
)


def article(article_id: str, body: str, source: str = "barq24", **fields: Any) -> Article:
    return Article(id=article_id, body=body, source=source, **fields)


@pytest.fixture
def dedup() -> Deduplicator:
    settings = Settings()
    return Deduplicator(MemoryStore(settings), settings)


@pytest.fixture
def registry(dedup: Deduplicator) -> TemplateRegistry:
    return TemplateRegistry(dedup)


def check(dedup: Deduplicator, *articles: Article, now_s: float = NOW) -> list[Verdict]:
    answers = dedup.check(articles, now_s=now_s)
    assert all(isinstance(answer, Verdict) for answer in answers), answers
    return answers  # type: ignore[return-value]


def told(verdict: Verdict) -> tuple[str, str, str | None]:
    match = verdict.body.match
    return verdict.body.verdict, verdict.body.rule, match.id if match else None


# ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_weather_bulletin_seen_three_times_is_listed_with_its_outlet_and_count(
    dedup: Deduplicator, registry: TemplateRegistry
) -> None:
    sent = [article(f"w{n}", BULLETINS[n], source="marsad" if n else "barq24") for n in range(3)]
    assert [v.body.verdict for v in check(dedup, *sent)] == ["new", "template", "template"]
    (template,) = registry.page()
    assert (template.articles, template.state, template.name) == (3, "learnt", "")
    assert template.sources == (("marsad", 2), ("barq24", 1))
    assert template.examples == (1, 2, 3)
    assert [t.id for t in registry.page(source="marsad")] == [template.id]
    assert registry.page(source="sahifa") == []


def test_it_is_shown_with_its_examples_and_the_wording_between_its_slots(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, *(article(f"w{n}", BULLETINS[n]) for n in range(3)))
    shown = registry.show(1)
    assert [stored.article.id for stored in shown.examples] == ["w0", "w1", "w2"]
    text = " … ".join(shown.wording)
    assert "يتوقع خبراء مرصد وادي النخيل أن يسود" in text
    assert "وينصح المرصد المسافرين وأصحاب قوارب الصيد بمراجعة نشراته الدورية قبل التنقل أو الإبحار" in text
    for filled in (DAYS[2]["day"], DAYS[2]["hot"], DAYS[2]["cold"], DAYS[2]["max"], "الضباب", "جليداً"):
        assert filled not in text


def test_what_is_learnt_does_not_depend_on_the_batch() -> None:
    found = []
    for size in (1, 2, 5):
        settings = Settings()
        dedup = Deduplicator(MemoryStore(settings), settings)
        sent = [article(f"w{n}", text, source=f"s{n}") for n, text in enumerate([*BULLETINS, SCHOOLBAGS])]
        for at in range(0, len(sent), size):
            check(dedup, *sent[at : at + size])
        found.append(TemplateRegistry(dedup).page())
    assert found[0] == found[1] == found[2]
    assert [t.articles for t in found[0]] == [4]


def test_repetitions_dry_runs_and_copies_are_not_counted(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    sent = [article(f"w{n}", BULLETINS[n]) for n in range(2)]
    check(dedup, *sent)
    before = registry.page()
    assert [v.replayed for v in check(dedup, *sent)] == [True, True]
    dedup.look([article("x", BULLETINS[2])], now_s=NOW)
    check(Deduplicator(OverlayStore(dedup.store, dedup.settings), dedup.settings), article("y", BULLETINS[2]))
    assert told(check(dedup, article("again", BULLETINS[1], source="sahifa"))[0]) == ("repeat", "same_words", "w1")
    assert registry.page() == before


# ── pinning ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_boilerplate_pinned_after_one_occurrence_makes_no_duplicate(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    first = article("a", f"{SCHOOLBAGS}\n{SPONSOR}")
    second = article("b", f"{BICYCLES}\n{SPONSOR}", source="sahifa")
    check(dedup, first)
    shown = registry.teach("a", SPONSOR, name="شركة الواحة", by="ليلى", now_s=NOW)
    assert (shown.template.state, shown.template.name, shown.template.articles) == ("pinned", "شركة الواحة", 1)
    assert shown.wording == (SPONSOR.rstrip("."),)
    (verdict,) = check(dedup, second)
    assert (verdict.duplicate, told(verdict)) == (False, ("template", "pinned_template", "a"))
    assert registry.show(shown.template.id).template.sources == (("barq24", 1), ("sahifa", 1))


def test_short_pinned_wording_under_a_long_story_leaves_it_new_and_is_counted(
    dedup: Deduplicator, registry: TemplateRegistry
) -> None:
    line = SPONSOR.split(". ")[0] + "."
    check(dedup, article("a", f"{SCHOOLBAGS} {BULLETINS[3]}\n{line}"))
    registry.teach("a", line, by="", now_s=NOW)
    (verdict,) = check(dedup, article("b", f"{BICYCLES} {HARVEST}\n{line}"))
    assert told(verdict)[0] == "new"
    assert registry.show(1).template.articles == 2


def test_a_copy_under_pinned_boilerplate_is_still_a_copy(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, article("a", f"{SCHOOLBAGS}\n{SPONSOR}"))
    registry.teach("a", SPONSOR, by="", now_s=NOW)
    edited = SCHOOLBAGS.replace("وزعت", "سلّمت").replace("يومين", "ثلاثة أيام")
    (verdict,) = check(dedup, article("b", f"{edited}\n{SPONSOR}", source="sahifa"))
    assert verdict.duplicate
    assert told(verdict)[2] == "a"


def test_a_reprint_of_a_pinned_bulletin_is_a_repeat(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, article("w0", BULLETINS[0]), article("w1", BULLETINS[1]))
    registry.change(1, state="pinned", by="", now_s=NOW)
    reprint, other = check(dedup, article("r", BULLETINS[1], source="sahifa"), article("w2", BULLETINS[2]))
    assert told(reprint) == ("repeat", "same_words", "w1")
    assert (other.duplicate, other.body.verdict) == (False, "template")


def test_a_frame_pinned_is_no_copy_even_where_its_slots_agree(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    """Two days of the same weather: the day alone differs, and the model cannot know."""
    check(dedup, article("w0", BULLETINS[0]), article("w1", BULLETINS[1]))
    registry.teach("w0", by="", now_s=NOW)
    (verdict,) = check(dedup, article("x", BULLETINS[0].replace("الثلاثاء", "الاثنين")))
    assert told(verdict) == ("template", "pinned_template", "w0")


# ── releasing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_released_frame_is_judged_by_the_model_alone(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, *(article(f"w{n}", BULLETINS[n]) for n in range(3)))
    nearly = article("x", BULLETINS[2].replace("مغبر", "صاف"), source="sahifa")
    framed = article("w3", BULLETINS[3])
    gated = dedup.look([framed], now_s=NOW)[0]
    assert isinstance(gated, Verdict)
    assert gated.body.verdict == "template"
    registry.change(1, state="released", by="", now_s=NOW)
    assert check(dedup, nearly)[0].duplicate
    (verdict,) = check(dedup, framed)
    assert verdict.body.rule in ("copy_model", "copy_model_with_changed_figures", "no_copy_among_candidates")
    assert registry.show(1).template.articles == 3  # released wording is not counted on


def test_forgetting_gives_the_judgement_back_to_what_is_learnt(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, *(article(f"w{n}", BULLETINS[n]) for n in range(3)))
    framed = article("w3", BULLETINS[3])
    before = dedup.look([framed], now_s=NOW)
    registry.change(1, state="released", by="", now_s=NOW)
    registry.change(1, state="learnt", by="", now_s=NOW)
    assert dedup.look([framed], now_s=NOW) == before


# ── order and crashes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_speaks_of_later_arrivals_only(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    """A worker dies between arrival and verdict; someone pins the wording; the repeated post is judged as of its arrival."""
    check(dedup, article("a", f"{SCHOOLBAGS}\n{SPONSOR}"))
    second = article("b", f"{BICYCLES}\n{SPONSOR}", source="sahifa")
    (expected,) = dedup.look([second], now_s=NOW)
    assert isinstance(expected, Verdict)
    dedup.store.admit([entry_of(dedup.fingerprint(second), dedup.settings, NOW)[1]], now_s=NOW)
    registry.teach("a", SPONSOR, by="", now_s=NOW)
    (verdict,) = check(dedup, second)
    assert verdict.replayed
    assert (verdict.body, verdict.duplicate) == (expected.body, expected.duplicate)
    (later,) = check(dedup, article("c", f"{BULLETINS[0]}\n{SPONSOR}"))
    assert later.body.rule == "pinned_template"


# ── the person's side ───────────────────────────────────────────────────────────────────────────────────────────────


def test_every_act_is_kept_with_who_and_when(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, article("w0", BULLETINS[0]), article("w1", BULLETINS[1]))
    registry.change(1, name=" نشرة   الطقس ", by="ليلى", now_s=NOW + 5)
    registry.change(1, state="pinned", by="سامي", now_s=NOW + 6)
    template = registry.show(1).template
    assert (template.name, template.state) == ("نشرة الطقس", "pinned")
    assert template.changes == (
        TemplateChange(NOW + 5, "ليلى", None, "نشرة الطقس"),
        TemplateChange(NOW + 6, "سامي", "pinned", None),
    )


def test_a_removed_example_is_shown_no_more(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, *(article(f"w{n}", BULLETINS[n]) for n in range(3)))
    for n in (2, 1):
        dedup.remove(f"w{n}")
    shown = registry.show(1)
    assert [stored.article.id for stored in shown.examples] == ["w0"]
    assert shown.wording
    assert all(passage in BULLETINS[0] for passage in shown.wording)
    dedup.remove("w0")
    assert (registry.show(1).examples, registry.show(1).wording) == ((), ())
    assert registry.change(1, state="pinned", by="", now_s=NOW).template.state == "pinned"  # its keys are known


def test_what_cannot_be_done_is_told(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, article("a", SCHOOLBAGS))
    with pytest.raises(UnknownTemplateError) as unknown:
        registry.show(7)
    assert (unknown.value.code, unknown.value.template_id) == ("template_not_found", 7)
    with pytest.raises(UnknownTemplateError):
        registry.change(7, name="x", by="", now_s=NOW)
    with pytest.raises(UnknownArticleError):
        registry.teach("nobody", by="", now_s=NOW)
    with pytest.raises(TemplateError, match="does not stand in the article") as absent:
        registry.teach("a", SPONSOR, by="", now_s=NOW)
    assert absent.value.field == "wording"
    with pytest.raises(TemplateError, match="wording of 3 words is too short; at least 8"):
        registry.teach("a", "وزعت شركة الواحة", by="", now_s=NOW)
    with pytest.raises(TemplateError, match="at most 200"):
        registry.teach("a", name="x" * (MAX_NAME_CHARS + 1), by="", now_s=NOW)
    with pytest.raises(TemplateError, match="surrogate") as broken:
        registry.teach("a", by="\ud800", now_s=NOW)
    assert broken.value.field == "by"
    assert registry.page() == []


def test_wording_is_found_in_any_spelling(dedup: Deduplicator, registry: TemplateRegistry) -> None:
    check(dedup, article("a", f"{SCHOOLBAGS}\n{SPONSOR}"))
    respelled = SPONSOR.replace("أ", "ا").replace("المسؤولية", "المسـؤولية").replace("أكبر", "أكبرِ")
    assert registry.teach("a", respelled, by="", now_s=NOW).wording == (SPONSOR.rstrip("."),)
