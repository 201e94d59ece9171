"""A page of HTML -> the text, title, date and outlet on it."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dedup.errors import ArticleTooLongError
from dedup.page import split_page
from service.formats.html import MAX_HTML_BYTES, html_to_page, looks_like_html, page_from_html
from tests.requirements import needs_data

TITLE = "افتتاح مرصد فلكي جديد فوق جبل النسور"
LEAD = "افتتح فلكيون هواة مساء أمس مرصداً جديداً فوق جبل النسور بعد حملة تبرعات استمرت ثلاثة أعوام شارك فيها ألفا شخص."
PARAGRAPHS = [
    "وقالت رئيسة الجمعية الفلكية ريم الصالح إن المرصد يضم منظاراً قطره ستون سنتيمتراً صنعت مراياه في ورشة محلية.",
    "وأوضحت أن الزوار يستطيعون الرصد ثلاث ليال في الأسبوع، وأن التلاميذ يدخلون مجاناً طوال السنة الدراسية.",
    "ومن المقرر أن يبدأ الفريق في الربيع مسحاً للكويكبات القريبة بالتعاون مع جامعتين من المنطقة.",
]
MENU = "<nav><ul><li><a href=/>الرئيسية</a></li><li><a href=/s>علوم</a></li></ul></nav>"
FOOTER = "<footer><p>جميع الحقوق محفوظة لصحيفة الأفق الأزرق، ولا يجوز النقل من دون إذن مكتوب من إدارة الصحيفة.</p></footer>"


def document(body: str, head: str = "", title: str = TITLE) -> str:
    return (
        f'<!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{MENU}{body}{FOOTER}</body></html>"
    )


def article(*paragraphs: str, title: str = TITLE) -> str:
    return f"<main><article><h1>{title}</h1>" + "".join(f"<p>{p}</p>" for p in paragraphs) + "</article></main>"


def test_an_article_is_its_title_and_text_alone() -> None:
    page = html_to_page(document(article(LEAD, *PARAGRAPHS)))
    assert page.title == TITLE
    (item,) = split_page(page.text)
    assert (item.kind, item.title, item.body) == ("article", TITLE, "\n".join([LEAD, *PARAGRAPHS]))


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<meta property="og:site_name" content="الأفق الأزرق">', f"{TITLE} - الأفق الأزرق"),
        ('<meta property="og:site_name" content="الأفق الأزرق">', f"{TITLE} | علوم | الأفق الأزرق"),
        ('<meta property="og:site_name" content="الأُفق الازرق">', f"الأفق الأزرق – {TITLE}"),
        ("", f"{TITLE} - صحيفة لا تذكر اسمها"),
    ],
    ids=["behind", "with a section", "before, spelt otherwise", "the rest is the h1"],
)
def test_the_outlets_name_comes_off_the_title(head: str, title: str) -> None:
    head += f'<meta property="og:title" content="{title}">'
    page = html_to_page(document(article(LEAD, *PARAGRAPHS), head, title))
    assert page.title == TITLE


def test_a_dash_in_a_headline_stays() -> None:
    title = "النسور - الصقور: مباراة الموسم"
    page = html_to_page(document(article(LEAD, *PARAGRAPHS, title=title), title=title))
    assert page.title == title


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2025-11-09T08:30:00+03:00">',
        '<meta name="datePublished" content="2025-11-09 05:30:00">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2025-11-09T05:30:00Z"}</script>',
        '<meta property="article:published_time" content="أمس"><meta name="datePublished" content="2025-11-09T05:30Z">',
    ],
    ids=["Open Graph", "meta", "JSON-LD", "the first is unreadable"],
)
def test_the_time_of_publication(head: str) -> None:
    page = html_to_page(document(article(LEAD, *PARAGRAPHS), head))
    assert page.published == datetime(2025, 11, 9, 5, 30, tzinfo=UTC)


def test_outlet_and_address() -> None:
    head = '<meta property="og:site_name" content="الأفق الأزرق"><link rel="canonical" href="https://ufuq.example/a/1">'
    page = html_to_page(document(article(LEAD, *PARAGRAPHS), head))
    assert (page.sitename, page.url) == ("الأفق الأزرق", "https://ufuq.example/a/1")
    assert html_to_page(document(article(LEAD)), "https://ufuq.example/b").url == "https://ufuq.example/b"


def test_a_lead_that_the_extractor_leaves_out_is_put_back() -> None:
    head = f'<meta name="description" content="{LEAD}">'
    body = (
        f'<div class="teaser-box"><h1>{TITLE}</h1><div class="related"><p>{LEAD}</p></div></div>'
        f'<div class="article-body">{"".join(f"<p>{p}</p>" for p in PARAGRAPHS * 2)}</div>'
    )
    page = html_to_page(document(body, head))
    assert page.text.count(LEAD) == 1


@pytest.mark.parametrize(
    ("encode", "head"),
    [
        (lambda text: text.encode(), ""),
        (lambda text: b"\xef\xbb\xbf" + text.encode(), ""),
        (lambda text: text.encode("utf-16"), ""),
        (lambda text: text.replace("charset=", "name=").encode("windows-1256"), ""),
        (lambda text: text.replace("utf-8", "windows-1256").encode("windows-1256"), ""),
        (lambda text: text.replace("utf-8", "no-such-charset").encode("windows-1256"), ""),
    ],
    ids=["UTF-8", "UTF-8 with BOM", "UTF-16", "Windows-1256 undeclared", "Windows-1256", "an unknown encoding"],
)
def test_encodings(encode: object, head: str) -> None:
    assert callable(encode)
    page = html_to_page(encode(document(article(LEAD, *PARAGRAPHS), head)))
    assert page.title == TITLE
    assert PARAGRAPHS[0] in page.text


TEASERS = [
    (
        "مكتبة متنقلة تصل إلى قرى الجبل للمرة الأولى",
        "وصلت مكتبة متنقلة تضم ألفي كتاب إلى خمس قرى لم تعرف المكتبات، وأوضحت المشرفة أن...",
    ),
    (
        "موسم الزيتون يبدأ مبكراً هذا العام",
        "بدأ قطاف الزيتون في السهل قبل موعده بأسبوعين بسبب الحر، ويتوقع المزارعون محصولاً أقل من...",
    ),
    (
        "ميناء الصيد يستقبل أول سفينة أبحاث بحرية",
        "رست في ميناء الصيد أمس سفينة أبحاث تزور المدينة للمرة الأولى وعلى متنها عشرون عالماً من...",
    ),
]


def test_a_page_of_teasers_is_read_as_what_is_visible() -> None:
    cards = "".join(f'<div class=card><h2><a href="/n/{n}">{t}</a></h2><p>{b}</p></div>' for n, (t, b) in enumerate(TEASERS))
    page = html_to_page(document(f"<main>{cards}</main>", title="الأفق الأزرق"))
    assert page.title == ""
    items = split_page(page.text)
    assert [(item.kind, item.title, item.body) for item in items] == [("teaser", t, b) for t, b in TEASERS]


def test_an_article_with_teasers_below_is_the_article() -> None:
    cards = "".join(f'<aside><h3><a href="/n/{n}">{t}</a></h3><p>{b}</p></aside>' for n, (t, b) in enumerate(TEASERS))
    page = html_to_page(document(article(LEAD, *PARAGRAPHS) + cards))
    items = split_page(page.text)
    assert (items[0].kind, items[0].title, items[0].body) == ("article", TITLE, "\n".join([LEAD, *PARAGRAPHS]))


def test_hidden_parts_are_not_visible() -> None:
    cards = "".join(f"<h2><a href=/>{t}</a></h2><p>{b}</p>" for t, b in TEASERS)
    hidden = '<div style="display: none">مخفي أول</div><p hidden>مخفي ثان</p><span aria-hidden=true>مخفي ثالث</span>'
    assert "مخفي" not in html_to_page(document(hidden + cards)).text


@pytest.mark.parametrize(
    "html", ["", " ", "<html></html>", "<!-- -->", "<html><body><script>x</script></body></html>", b"\xff\xfe"]
)
def test_a_page_without_text(html: str | bytes) -> None:
    assert split_page(html_to_page(html).text) == []


def test_a_page_over_the_limit_is_refused() -> None:
    with pytest.raises(ArticleTooLongError) as refused:
        html_to_page(b"<p>" + b"x" * MAX_HTML_BYTES)
    assert (refused.value.field, refused.value.limit) == ("html", 5_000_000)


HOSTILE = {
    "deep nesting": "<div>" * 400_000,
    "unclosed links": "<a href=x>x" * 200_000,
    "many paragraphs": "<p>x</p>" * 250_000,
    "one line": "<p>" + "x" * 2_000_000,
    "tables in tables": "<table><tr><td>x" * 100_000,
    "angle brackets": "<" * 2_000_000,
    "references": "&amp;" * 400_000,
    "a long attribute": "<meta name=author content='" + "&lt;b" * 60_000 + "'>",
    "long structured data": '<script type="application/ld+json">{"headline": "' + "&lt;b" * 60_000 + '"}</script>',
    "unbalanced structured data": '<script type="application/ld+json">' + '{"a":' * 200_000 + "</script>",
    "control characters": "\0\x01\x1b\ud800<p>" + LEAD,
}


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pages_do_not_hang(part: str) -> None:
    start = time.monotonic()
    split_page(html_to_page(f"<html><head></head><body>{part}").text)
    assert time.monotonic() - start < 15


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"\xef\xbb\xbf\n <HTML>", True),
        (b"<?xml version='1.0'?><!-- a --><html>", True),
        (b"<p>text", True),
        ("خبر <b>عاجل</b>".encode(), False),
        (b"", False),
        (b"<3 hearts", False),
        (b'{"title": "<p>"}', False),
    ],
)
def test_markup_is_recognised(data: bytes, expected: bool) -> None:
    assert looks_like_html(data) is expected


def test_what_the_sender_knows_wins_over_the_page() -> None:
    head = (
        '<meta property="article:published_time" content="2025-11-09T05:30:00Z">'
        '<link rel="canonical" href="https://ufuq.example/a/1">'
    )
    html = document(article(LEAD, *PARAGRAPHS), head)
    own = page_from_html(html, {"source": "ufuq"}).about
    assert (own.source, own.url, own.published) == ("ufuq", "https://ufuq.example/a/1", datetime(2025, 11, 9, 5, 30, tzinfo=UTC))
    told = page_from_html(html, {"url": "https://ufuq.example/b", "published": "2024-01-01"}).about
    assert (told.url, told.published) == ("https://ufuq.example/b", datetime(2024, 1, 1, tzinfo=UTC))


@needs_data
def test_real_pages() -> None:
    folder = Path(os.environ["MUKARRAR_DATA"], "pages")
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        expected = json.loads(line)
        page = html_to_page((folder / expected["id"]).read_bytes())
        (item,) = split_page(page.text)
        assert item.kind == "article", expected["id"]
        assert item.title
        assert expected["title"].startswith(item.title), expected["id"]
        assert len(item.body) > 500
        assert not expected["body"] or item.body == expected["body"]
