"""An article taken apart: bare headline, dateline, repeated headline, own text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.normalise import normalise
from dedup.records import Article
from dedup.segment import segment
from tests.strategies_text import any_text


def headline(title: str, source: str = "سبق") -> str:
    return " ".join(segment(Article(id="a", source=source, title=title)).headline.words)


def own(body: str, title: str = "") -> str:
    parts = segment(Article(id="a", title=title, body=body))
    return " | ".join(" ".join(parts.body.words[a:b]) for a, b in parts.own)


# ── headlines ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("", ""),
        # labels
        ("عاجل: وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("عـــاجلٌ | وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("عاجل.. وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("عاجل… وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("عام / وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("بالصور والفيديو - وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("عاجل - عاجل: وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        # the outlet's own name
        ("سبق - وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى - صحيفة سبق", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى - صَحِيفَةُ الِاقْتِصَادِيَّةِ الْإِلِكْتُرُونِيَّةِ", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى | اليوم السابع", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى (فيديو)", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى (فيديو) - سبق", "وزير الصحه يزور المستشفي"),
        ("صحيفة سبق: وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),  # the source is «سبق»
        ("سبق نت | وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى|سبق", "وزير الصحه يزور المستشفي"),
        # other outlets
        ("صحيفة المرفأ اليومية: وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("صدى الوادي | وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        ("وزير الصحة يزور المستشفى - صدى الوادي نت", "وزير الصحه يزور المستشفي"),
        ("عاجل: صحيفة المرفأ: وزير الصحة يزور المستشفى", "وزير الصحه يزور المستشفي"),
        # not labels
        ("صدى الوادي: وزير الصحة يزور المستشفى", "صدي الوادي وزير الصحه يزور المستشفي"),  # may be who speaks
        ("وكالة الطاقة: مخزون اليورانيوم يرتفع", "وكاله الطاقه مخزون اليورانيوم يرتفع"),
        ("قناة السويس: عبور خمسين سفينة", "قناه السويس عبور خمسين سفينه"),
        ("الذهب 2350 | ارتفاع جديد في الأسواق اليوم", "الذهب 2350 ارتفاع جديد في الاسواق اليوم"),
        ("رويترز: مقتل خمسة في انفجار", "رويترز مقتل خمسه في انفجار"),
        ("وزير الصحة: لا نية للإغلاق", "وزير الصحه لا نيه للاغلاق"),
        ("المستشفى يفتح أبوابه: عاجل أم آجل؟", "المستشفي يفتح ابوابه عاجل ام اجل"),
        ("عاجل", "عاجل"),
        ("عاجل: زلزال", "عاجل زلزال"),  # one word would be left
        ("الهلال - النصر", "الهلال النصر"),
        ("مباراة الهلال والنصر - الجولة الأولى من دوري المحترفين", "مباراه الهلال والنصر الجوله الاولي من دوري المحترفين"),
        ("أسعار الذهب اليوم في الأسواق - 2350 دولارا", "اسعار الذهب اليوم في الاسواق 2350 دولارا"),  # a figure is news
    ],
)
def test_a_headline_without_labels_and_outlets(title: str, bare: str) -> None:
    assert headline(title) == bare


def test_the_words_of_a_bare_headline_keep_their_places() -> None:
    title = "عاجل: وزيرُ الصحة يزور المستشفى - سبق"
    found = segment(Article(id="a", title=title)).headline
    assert found.original == title
    assert [title[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == ["وزيرُ", "الصحة", "يزور", "المستشفى"]


# ── datelines ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "dateline",
    [
        "الرياض (واس) - ",
        "الرياض (واس) ",
        "الرياض – ",
        "الرياض: ",
        "الرياض - واس: ",
        "لندن: أحمد سالم - ",
        "الرِّيَاضُ (وَاس) - ",
        "الرياض (وكالة الأنباء السعودية) - ",
        "الرِّيَاضُ (وَكَالَةُ الْأَنْبَاءِ السُّعُودِيَّةُ الرَّسْمِيَّةُ) - ",
    ],
)
def test_a_dateline_is_not_the_articles_own_text(dateline: str) -> None:
    assert own(dateline + "وصل الوزير أمس إلى المدينة") == "وصل الوزير امس الي المدينه"


@pytest.mark.parametrize(
    "body",
    [
        "وصل الوزير أمس إلى المدينة",
        "الرياض (واس)",  # nothing would be left
        "وصل الوزير إلى مدينة الرياض صباح اليوم الأحد يرافقه - كما ذكرت الوكالة - وفد كبير",  # too far in
        "قتل 5 أشخاص (بينهم طفلان) في انفجار وسط المدينة",  # 5 is not 50
        "وصل الوزير أمس.\nالرياض - واس",
    ],
)
def test_text_that_is_no_dateline_stays(body: str) -> None:
    assert own(body) == " ".join(normalise(body).words)


# ── repeated headlines ──────────────────────────────────────────────────────────────────────────────────────────────

TITLE = "وزير الصحة يزور المستشفى"
TEXT = "وصل الوزير أمس إلى المدينة"
OWN = "وصل الوزير امس الي المدينه"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{TITLE}\n{TEXT}", OWN),
        (f"{TITLE}\n{TITLE}\n{TEXT}", OWN),
        (f"<h1>وزيرُ الصحّة يزور المستشفي</h1><p>{TEXT}</p>", OWN),
        (f"{TITLE}\nالرياض (واس) - {TEXT}", OWN),
        (f"{TITLE} {TEXT}", f"وزير الصحه يزور المستشفي {OWN}"),  # on the same line it is a sentence of the text
        (TITLE, "وزير الصحه يزور المستشفي"),  # nothing else
        (f"{TEXT}\n{TITLE}", f"{OWN} وزير الصحه يزور المستشفي"),
    ],
)
def test_a_headline_above_the_text_does_not_count_twice(body: str, expected: str) -> None:
    assert own(body, TITLE) == expected


def test_an_empty_body_has_no_own_text() -> None:
    for body in ("", "…", "<p></p>"):
        assert segment(Article(id="a", title=TITLE, body=body)).own == ()


def test_own_ranges_are_inside_the_body() -> None:
    parts = segment(Article(id="a", title=TITLE, body=f"{TITLE}\nالرياض (واس) - {TEXT}"))
    assert parts.own == ((6, 11),)
    assert len(parts.body.words) == 11
    assert parts.credit is not None
    assert parts.credit.agency == "spa"


#: What the rules look at, in any order.
EDGE_PIECES = (
    "الرياض", "واس", "أ ف ب", "محمد الفلاني", "كتب", "تصوير", "المصدر", "وكالات", "اقرأ أيضا", "شارك", "انتهى", "5", "مايو",
    "2024", "وصل الوزير أمس إلى المدينة", "#وسم", "a@example.com", "©", "(", ")", " - ", ": ", "/", "،", ".",
    "\n", "<p>", "&nbsp;", " ",
)  # fmt: skip


@given(st.lists(st.sampled_from(EDGE_PIECES), max_size=30).map("".join) | any_text)
def test_own_text_and_parts_tile_the_body(body: str) -> None:
    parts = segment(Article(id="a", title="وصل الوزير أمس", body=body))
    ranges = sorted([*parts.own, *((part.start, part.end) for part in parts.parts)])
    assert [i for a, b in ranges for i in range(a, b)] == list(range(len(parts.body.words)))
    assert len(parts.own) == (1 if parts.body.words else 0)
    assert all(a < b for a, b in ranges)
