"""A scraped page as plain text -> the articles and teasers that stand on it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.page import split_page
from dedup.records import PageItem
from tests.requirements import needs_data

BRIDGE = "افتتاح جسر للمشاة فوق وادي النخيل بعد عامين من الأشغال"
BRIDGE_TEXT = [
    "افتتحت بلدية وادي النخيل صباح اليوم جسراً للمشاة يربط حي الزيتون بالسوق القديم، بعد عامين من بدء الأشغال فيه.",
    "وقال رئيس البلدية سليم الحداد إن الجسر كلف ثلاثة ملايين دينار، وإنه سيختصر الطريق على أربعة آلاف تلميذ كل يوم.",
    "ومن المقرر أن تبدأ في الربيع أشغال إنارة ضفتي الوادي.",
]
LIBRARY = "مكتبة متنقلة تصل إلى قرى الجبل للمرة الأولى"
LIBRARY_CUT = "وصلت مكتبة متنقلة تضم ألفي كتاب إلى خمس قرى جبلية لم تعرف المكتبات من قبل، وأوضحت المشرفة عليها هدى سلمان أن"
OLIVE = "موسم الزيتون يبدأ مبكراً هذا العام"
OLIVE_CUT = "بدأ قطاف الزيتون في السهل الشمالي قبل موعده بأسبوعين بسبب الحر، ويتوقع المزارعون محصولاً أقل من محصول العام الماضي،"
HARBOUR = "ميناء الصيد يستقبل أول سفينة أبحاث بحرية"
HARBOUR_TEXT = "رست في ميناء الصيد أمس أول سفينة أبحاث بحرية تزور المدينة، وعلى متنها عشرون عالماً سيدرسون حرارة مياه الخليج."


def page(*lines: str) -> str:
    return "\n\n".join(lines)


def article(title: str, *paragraphs: str) -> PageItem:
    return PageItem("article", title, "\n".join(paragraphs), cut=False)


def teaser(title: str, *paragraphs: str) -> PageItem:
    return PageItem("teaser", title, "\n".join(paragraphs), cut=True)


DOUBLED = page(BRIDGE, BRIDGE, *BRIDGE_TEXT, "قراءة المزيد", LIBRARY, LIBRARY, LIBRARY_CUT, OLIVE, OLIVE, OLIVE_CUT)
DOUBLED_ITEMS = [article(BRIDGE, *BRIDGE_TEXT), teaser(LIBRARY, LIBRARY_CUT), teaser(OLIVE, OLIVE_CUT)]


def test_a_doubled_headline_opens_an_item_and_read_more_ends_it() -> None:
    assert split_page(DOUBLED) == DOUBLED_ITEMS


def test_blank_lines_do_not_matter() -> None:
    assert split_page(DOUBLED.replace("\n\n", "\n")) == DOUBLED_ITEMS
    assert split_page(DOUBLED.replace("\n\n", "\r\n \t\r\n\r\n")) == DOUBLED_ITEMS


def test_teasers_before_the_article() -> None:
    text = page(LIBRARY, LIBRARY, LIBRARY_CUT, OLIVE, OLIVE, OLIVE_CUT, BRIDGE, BRIDGE, *BRIDGE_TEXT)
    assert split_page(text) == [DOUBLED_ITEMS[1], DOUBLED_ITEMS[2], DOUBLED_ITEMS[0]]


@pytest.mark.parametrize(
    "again",
    [
        "اِفتتاحُ جِسْرٍ للمشاةِ فوقَ وادي النخيلِ بعدَ عامَينِ منَ الأشغالِ",
        "افتتاح   جسر للمشـــاة فوق وادي\u00a0النخيل بعد عامين من الاشغال",
        "\u200fافتتاح جسر للمشاة فوق وادي النخيل بعد عامين من الأشغال\u200f",
        "افتتاح جسر للمشاة فوق وادي النخيل بعد عامين من الأشغال - صحيفة الوادي",
        "افتتاح جسر للمشاة فوق وادي النخيل بعد عامين من الأشغال | الوادي نيوز",
    ],
    ids=["harakat", "spacing, tatweel, hamza", "marks of direction", "outlet behind a dash", "outlet behind a bar"],
)
def test_the_two_copies_of_a_headline_need_not_be_equal(again: str) -> None:
    for text in (page(BRIDGE, again, *BRIDGE_TEXT), page(again, BRIDGE, *BRIDGE_TEXT)):
        (item,) = split_page(text)
        assert item.body == "\n".join(BRIDGE_TEXT)
        assert item.kind == "article"
        assert "الوادي نيوز" not in item.title
        assert "صحيفة" not in item.title


def test_a_headline_may_stand_three_times() -> None:
    assert split_page(page(BRIDGE, BRIDGE, BRIDGE, *BRIDGE_TEXT)) == [article(BRIDGE, *BRIDGE_TEXT)]


SHARE_LINES = [
    "شارك",
    "فيسبوك",
    "تويتر واتساب",
    "طباعة",
    "نشر في: الأحد 9 نوفمبر 2025 - 10:15 ص",
    "2025-11-09 10:15",
    "A A A",
]


def test_share_and_date_lines_around_the_text_are_dropped() -> None:
    text = page(BRIDGE, BRIDGE, *SHARE_LINES, *BRIDGE_TEXT, "شارك الخبر", "نسخ الرابط", "آخر تحديث: 9 تشرين الثاني 2025")
    assert split_page(text) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_share_and_date_lines_between_the_two_copies() -> None:
    assert split_page(page(BRIDGE, *SHARE_LINES, BRIDGE, *BRIDGE_TEXT)) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_a_date_between_paragraphs_stays() -> None:
    text = [BRIDGE_TEXT[0], "9 نوفمبر 2025", *BRIDGE_TEXT[1:]]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [article(BRIDGE, *text)]


@pytest.mark.parametrize(
    "phrase",
    ["قراءة المزيد", "اقرأ المزيد", "اقرأ أيضاً", "إقرأ ايضا:", "مواضيع ذات صلة", "أخبار ذات صلة", "شاهد أيضاً",
     "المزيد من الأخبار", "الأكثر قراءة", "مقالات ذات صلة بالموضوع", "كلمات دلالية:", "« اقرأ المزيد »"],
)  # fmt: skip
def test_end_phrases(phrase: str) -> None:
    text = page(BRIDGE, BRIDGE, *BRIDGE_TEXT, phrase, LIBRARY, OLIVE, HARBOUR)
    assert split_page(text) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_an_end_phrase_inside_a_sentence_ends_nothing() -> None:
    text = [
        *BRIDGE_TEXT,
        "وأضاف الحداد أن المزيد من الأخبار عن المشروع سيعلن بعد قراءة المزيد من تقارير المهندسين.",
        BRIDGE_TEXT[0],
    ]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [article(BRIDGE, *text)]


def test_a_link_behind_read_also_on_its_line_is_taken_out() -> None:
    text = page(BRIDGE, BRIDGE, BRIDGE_TEXT[0], f"اقرأ أيضاً: {LIBRARY}", f"شاهد أيضاً | {OLIVE}", *BRIDGE_TEXT[1:])
    assert split_page(text) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_read_more_behind_a_teasers_last_words() -> None:
    text = page(OLIVE, OLIVE, f"{OLIVE_CUT[:-1]}... اقرأ المزيد", "خبر بلا عنوان يقف وحده هنا في صفحة كاملة من الأخبار القديمة.")
    assert split_page(text) == [teaser(OLIVE, OLIVE_CUT[:-1] + "...")]


def test_without_doubled_headlines_the_first_line_is_the_title() -> None:
    assert split_page(page(BRIDGE, *BRIDGE_TEXT)) == [article(BRIDGE, *BRIDGE_TEXT)]
    assert split_page("\n".join([BRIDGE, *BRIDGE_TEXT])) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_menu_lines_before_a_single_headline_are_passed_over() -> None:
    text = page("الرئيسية", "محليات", BRIDGE, "سالم العلي - وادي النخيل", "الأحد 9 نوفمبر 2025", *BRIDGE_TEXT)
    assert split_page(text) == [article(BRIDGE, "سالم العلي - وادي النخيل", *BRIDGE_TEXT)]


def test_menu_lines_before_a_doubled_headline_are_nobodys() -> None:
    assert split_page(page("الرئيسية", "كل أخبار المدينة هنا", DOUBLED)) == DOUBLED_ITEMS


def test_a_subheading_opens_nothing() -> None:
    text = [BRIDGE_TEXT[0], "أشغال الربيع", *BRIDGE_TEXT[1:]]
    assert split_page(page(BRIDGE, *text)) == [article(BRIDGE, *text)]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [article(BRIDGE, *text)]


def test_behind_an_end_phrase_a_single_headline_with_text_opens_an_item() -> None:
    text = page(BRIDGE, *BRIDGE_TEXT, "أخبار ذات صلة", LIBRARY, LIBRARY_CUT, OLIVE, OLIVE_CUT, HARBOUR, HARBOUR_TEXT)
    assert split_page(text) == [*DOUBLED_ITEMS, article(HARBOUR, HARBOUR_TEXT)]


def test_a_list_of_teasers_each_with_its_read_more() -> None:
    text = page(LIBRARY, LIBRARY_CUT, "اقرأ المزيد", OLIVE, OLIVE_CUT, "اقرأ المزيد", HARBOUR, HARBOUR_TEXT, "اقرأ المزيد")
    assert split_page(text) == [*DOUBLED_ITEMS[1:], article(HARBOUR, HARBOUR_TEXT)]


def test_a_text_broken_off_at_a_comma_is_over_when_a_headline_follows() -> None:
    assert split_page(page(OLIVE, OLIVE_CUT, HARBOUR, HARBOUR_TEXT)) == [
        DOUBLED_ITEMS[2],
        article(HARBOUR, HARBOUR_TEXT),
    ]


def test_text_without_a_headline_behind_an_end_phrase_is_nobodys() -> None:
    text = page(BRIDGE, *BRIDGE_TEXT, "اقرأ المزيد", "اشترك في نشرتنا البريدية لتصلك أهم أخبار المدينة كل صباح قبل الثامنة.")
    assert split_page(text) == [article(BRIDGE, *BRIDGE_TEXT)]


def test_a_headline_seen_before_is_no_item_without_text() -> None:
    text = page(BRIDGE, BRIDGE, *BRIDGE_TEXT, OLIVE, OLIVE, OLIVE_CUT, BRIDGE, BRIDGE, OLIVE, BRIDGE)
    assert split_page(text) == [DOUBLED_ITEMS[0], DOUBLED_ITEMS[2]]


def test_a_headline_seen_before_is_an_item_with_text() -> None:
    """A teaser at the top of the page, then the article itself."""
    short = "افتتحت بلدية وادي النخيل صباح اليوم جسراً للمشاة يربط حي الزيتون..."
    expected = [teaser(BRIDGE, short), article(BRIDGE, *BRIDGE_TEXT)]
    assert split_page(page(BRIDGE, BRIDGE, short, BRIDGE, BRIDGE, *BRIDGE_TEXT)) == expected
    assert split_page(page(BRIDGE, BRIDGE, short, BRIDGE, *BRIDGE_TEXT)) == expected


def test_the_headline_again_under_a_caption_is_still_one_headline() -> None:
    assert split_page(page(BRIDGE, BRIDGE, "جانب من الجسر", BRIDGE, *BRIDGE_TEXT)) == [
        article(BRIDGE, "جانب من الجسر", *BRIDGE_TEXT)
    ]


def test_a_doubled_headline_without_text_is_a_teaser_without_text() -> None:
    assert split_page(page(DOUBLED, HARBOUR, HARBOUR)) == [*DOUBLED_ITEMS, PageItem("teaser", HARBOUR, "", cut=False)]


@pytest.mark.parametrize(
    "line",
    ["ولم تعلق الوزارة على الخبر.", " ".join(["كلمة"] * 31)],
    ids=["ends with a full stop", "longer than 30 words"],
)
def test_a_doubled_line_that_is_no_headline(line: str) -> None:
    text = [BRIDGE_TEXT[0], line, line, *BRIDGE_TEXT[1:]]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [article(BRIDGE, *text)]


@pytest.mark.parametrize("title", ["هل يعود الجسر القديم إلى الخدمة قريباً؟", "الجسر القديم.. حكاية حي لا تنتهي..", "عودة الجسر!"])
def test_headlines_end_with_other_marks_than_a_full_stop(title: str) -> None:
    assert split_page(page(title, title, *BRIDGE_TEXT)) == [article(title, *BRIDGE_TEXT)]
    assert split_page(page(title, *BRIDGE_TEXT)) == [article(title, *BRIDGE_TEXT)]


@pytest.mark.parametrize(
    ("ending", "cut"),
    [
        ("في السوق.", False),
        ("في السوق؟", False),
        ("«في السوق».", False),
        ("«في السوق!»", False),
        ("في السوق. (أ ف ب)", False),
        ("في السوق // انتهى //", False),
        ("في السوق", True),
        ("في السوق،", True),
        ("في السوق؛", True),
        ("قائلاً:", True),
        ("في السوق...", True),
        ("في السوق…", True),
        ("في السوق [...]", True),
        ("في شباط (فبراير)", True),
        ("في سوق عدد زواره 20", True),
    ],
)
def test_cut(ending: str, cut: bool) -> None:
    (item,) = split_page(page(BRIDGE, BRIDGE, f"وقال رئيس البلدية إن الجسر الجديد سيخفف الزحام {ending}"))
    assert (item.kind, item.cut) == (("teaser", True) if cut else ("article", False))


def test_an_outlet_that_writes_no_full_stops_is_not_cut() -> None:
    bare = [line.rstrip(".") for line in BRIDGE_TEXT]
    assert split_page(page(BRIDGE, BRIDGE, *bare)) == [article(BRIDGE, *bare)]


def test_a_bare_last_paragraph_behind_full_stops_is_cut() -> None:
    text = [*BRIDGE_TEXT, LIBRARY_CUT]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [teaser(BRIDGE, *text)]


def test_a_credit_line_behind_the_text_is_no_cut() -> None:
    text = [*BRIDGE_TEXT, "المصدر: وكالات"]
    assert split_page(page(BRIDGE, BRIDGE, *text)) == [article(BRIDGE, *text)]


def test_a_text_without_a_headline() -> None:
    assert split_page(page(*BRIDGE_TEXT)) == [article("", *BRIDGE_TEXT)]


@pytest.mark.parametrize("text", ["", " \n\n\t\n", "***\n---\n|", "شارك\nفيسبوك\n9 نوفمبر 2025", "قراءة المزيد\nاقرأ أيضاً"])
def test_a_page_without_text(text: str) -> None:
    assert split_page(text) == []


def test_a_page_with_a_headline_only() -> None:
    assert split_page(BRIDGE) == [PageItem("teaser", BRIDGE, "", cut=False)]
    assert split_page("كاريكاتير") == [PageItem("teaser", "كاريكاتير", "", cut=False)]


FURNITURE = ["قراءة المزيد", "اقرأ أيضاً: خبر", "شارك", "9 نوفمبر 2025", "", "***", "كاريكاتير"]
LINE_STOCK = [BRIDGE, LIBRARY, OLIVE, *BRIDGE_TEXT, LIBRARY_CUT, OLIVE_CUT, *FURNITURE]


@given(st.lists(st.one_of(st.sampled_from(LINE_STOCK), st.text(max_size=30)), max_size=25))
def test_every_line_of_an_item_stands_on_the_page_in_its_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    at = 0
    for item in split_page(text):
        assert item.title or item.body
        assert (item.kind == "teaser") == (item.cut or not item.body)
        for line in item.body.split("\n"):
            at = text.index(line, at)


@pytest.mark.parametrize(
    "line", ["أ\n", "أ ب ج\n", "(أ)" + " " * 50, "... ", ")" * 20, "خبر - خبر | ", "اقرأ المزيد\n", BRIDGE + "\n"]
)
def test_a_hostile_page_takes_no_longer_than_its_length(line: str) -> None:
    text = (line * (400_000 // len(line))) + "x"
    start = time.monotonic()
    split_page(text)
    assert time.monotonic() - start < 5


@needs_data
def test_the_page_the_project_began_from() -> None:
    items = split_page(Path(os.environ["MUKARRAR_DATA"], "pages", "seed_page.txt").read_text(encoding="utf-8"))
    assert [(item.kind, item.cut) for item in items] == [("article", False)] + [("teaser", True)] * 4
    assert len({item.title for item in items}) == 5
    assert [len(item.body.splitlines()) for item in items] == [7, 1, 1, 1, 1]
    assert all(item.title not in item.body for item in items)
