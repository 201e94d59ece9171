"""The formats of others: what each document becomes, and what a mistake in it is called."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dedup.errors import ArticleError
from dedup.records import Article
from service import schemas
from service.formats.article import JsonError, id_from_url
from service.formats.documents import CONTENT_TYPES, JSON_LD, MAX_ARTICLES, NINJS, Found, articles_of, examples
from service.formats.xml import MAX_ELEMENTS, XmlError, parse_xml, text_of
from tests.service.conftest import FIRE, HOSPITAL, LocalClient, Served

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)\n```\n\n```json\n(.*?)\n```", PAGE, re.DOTALL)

FEED = f"""<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
  <title>برق ٢٤</title><link>https://www.barq24.example.com/</link><language>ar</language>
  <item><title>حريق قرب الميناء</title><link>https://barq24.example.com/fire</link><description>{FIRE}</description></item>
  <item><title>مستشفى جديد</title><link>https://barq24.example.com/hospital</link><pubDate>أمس</pubDate></item>
  <item><link>https://barq24.example.com/empty</link></item>
  <item><title>{"س" * 1_001}</title></item>
  <item><title>مستشفى جديد في الزرقاء</title><guid>https://barq24.example.com/h2</guid><description>{HOSPITAL}</description></item>
</channel></rss>"""

G2 = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def only(data: bytes | str, content_type: str = "application/xml", **options: str) -> Article:
    (found,) = articles_of(data.encode() if isinstance(data, str) else data, content_type, **options)
    if isinstance(found.article, ArticleError):
        raise found.article
    return found.article


def ninjs(**members: Any) -> Article:
    return only(json.dumps({"uri": "urn:x", **members}), NINJS)


def news_article(**members: Any) -> Article:
    return only(json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", **members}), JSON_LD)


def rss(inside: str, channel: str = "") -> Article:
    namespaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return only(f'<rss version="2.0" {namespaces}><channel>{channel}<item>{inside}</item></channel></rss>')


def atom(inside: str) -> Article:
    return only(f'<entry xmlns="http://www.w3.org/2005/Atom">{inside}</entry>')


def news_item(inside: str, attributes: str = 'guid="urn:x"') -> Article:
    return only(f"<newsItem {G2} {attributes}>{inside}</newsItem>")


# ── the documentation ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("content_type", "document", "kept"), DOCUMENTED, ids=[case[0] for case in DOCUMENTED])
def test_documented_example_becomes_what_the_page_says(client: LocalClient, content_type: str, document: str, kept: str) -> None:
    reply = client.post("/v1/articles", data=document.encode(), content_type=content_type)
    verdict = schemas.VerdictOut.model_validate(reply.get_json())
    assert verdict.body.verdict == "new"
    assert client.get(f"/v1/articles/{verdict.id}").get_json()["article"] == json.loads(kept)


def test_documented_examples_are_those_of_the_api() -> None:
    shown = {name: document if "xml" in name else json.loads(document) for name, document, _ in DOCUMENTED}
    assert shown == {name: text.rstrip() if isinstance(text, str) else text for name, text in examples().items()}


def test_every_content_type_is_documented() -> None:
    assert set(re.findall(r"`((?:application|text)/[^`]+)`", PAGE.split("```")[0])) == {"application/json", *CONTENT_TYPES}


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


def post(client: LocalClient, data: str, content_type: str = "application/rss+xml", path: str = "/v1/articles") -> Any:
    return client.post(path, data=data.encode(), content_type=content_type)


def test_one_article_in_all_formats_is_one_text(client: LocalClient) -> None:
    sent = {
        NINJS: json.dumps({"uri": "urn:a", "bodies": [{"value": FIRE}]}),
        JSON_LD: json.dumps({"@type": "NewsArticle", "url": "https://b.example.com/1", "articleBody": FIRE}),
        "application/rss+xml": f"<item><link>https://c.example.com/1</link><description>&lt;p&gt;{FIRE}&lt;/p&gt;</description></item>",
        "application/atom+xml": (
            f'<entry xmlns="http://www.w3.org/2005/Atom"><id>d</id><link href="https://d.example.com/1"/>'
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{FIRE}</p></div></content></entry>'
        ),
        "application/vnd.iptc.g2.newsitem+xml": (
            f'<newsItem {G2} guid="urn:e"><contentSet><inlineXML><nitf><body><body.content><p>{FIRE}</p></body.content></body>'
            "</nitf></inlineXML></contentSet></newsItem>"
        ),
        "application/json": json.dumps({"id": "f", "body": FIRE}),
    }
    verdicts = [post(client, data, content_type).get_json() for content_type, data in sent.items()]
    assert [verdict["body"]["verdict"] for verdict in verdicts] == ["new"] + ["repeat"] * 5
    assert {verdict["body"]["match"]["id"] for verdict in verdicts[1:]} == {"urn:a"}


def test_json_ld_and_our_json_with_the_same_url_are_one_article(client: LocalClient) -> None:
    url = "https://barq24.example.com/fire"
    first = client.post("/v1/articles", json={"url": url, "title": "حريق", "body": FIRE}).get_json()
    again = post(client, json.dumps({"@type": "NewsArticle", "url": url, "headline": "حريق", "articleBody": FIRE}), JSON_LD)
    assert again.get_json() == {**first, "replayed": True}


def test_dry_run_and_source_hold_for_documents(client: LocalClient) -> None:
    item = f"<item><link>https://c.example.com/1</link><description>{FIRE}</description></item>"
    dry = post(client, item, path="/v1/articles?dry_run=true&source=barq24").get_json()
    assert client.get(f"/v1/articles/{dry['id']}").status_code == 404
    kept = post(client, item, path="/v1/articles?source=barq24").get_json()
    assert kept["id"] == dry["id"] == id_from_url("barq24", "https://c.example.com/1")
    assert client.get(f"/v1/articles/{kept['id']}").get_json()["article"]["source"] == "barq24"


def test_a_whole_feed_has_one_line_an_entry(client: LocalClient) -> None:
    reply = post(client, FEED, path="/v1/articles:bulk")
    assert (reply.status_code, reply.content_type) == (200, "application/x-ndjson")
    lines = [json.loads(line) for line in reply.get_data().splitlines()]
    for line in lines:
        schemas.BulkLineOut.model_validate(line)
    told = [line.get("error", {}).get("field", line.get("id")) for line in lines]
    assert told == [
        id_from_url("barq24.example.com", "https://barq24.example.com/fire"),
        "rss/channel/item[2]/pubDate",
        "rss/channel/item[3]/content:encoded",
        "rss/channel/item[4]/title",
        id_from_url("barq24.example.com", "https://barq24.example.com/h2"),
    ]
    assert [line["error"]["code"] for line in lines[1:4]] == ["invalid_article", "empty_article", "article_too_long"]
    assert [line["line"] for line in lines[1:4]] == [2, 3, 4]
    again = [json.loads(line) for line in post(client, FEED, path="/v1/articles:bulk").get_data().splitlines()]
    assert [line.get("replayed") for line in again] == [True, None, None, None, True]


def test_an_id_that_is_no_unicode_is_not_repeated(client: LocalClient) -> None:
    reply = post(client, '{"uri": "\\ud800", "title": "x"}', NINJS, "/v1/articles:bulk")
    assert (reply.get_json(force=True)["id"], reply.get_json(force=True)["error"]["field"]) == (None, "uri")


def test_a_feed_of_several_batches_keeps_its_order(client: LocalClient) -> None:
    entries = [f"<item><title>خبر رقم {n}</title><guid>n{n}</guid></item>" for n in range(120)]
    reply = post(client, f"<rss><channel>{''.join(entries)}</channel></rss>", path="/v1/articles:bulk?source=barq24")
    ids = [json.loads(line)["id"] for line in reply.get_data().splitlines()]
    assert ids == [id_from_url("barq24", f"n{n}") for n in range(120)]


def test_source_holds_for_lines(client: LocalClient) -> None:
    reply = client.post("/v1/articles:bulk?source=difaf", data=b'{"id": "x", "body": "a b"}', content_type="application/x-ndjson")
    assert reply.status_code == 200
    assert client.get("/v1/articles/x").get_json()["article"]["source"] == "difaf"


def test_a_feed_posted_as_one_article_is_refused_and_told_where_to(client: LocalClient) -> None:
    reply = post(client, FEED)
    assert reply.status_code == 422
    assert reply.get_json(force=True)["detail"] == "the document has 5 articles; /v1/articles:bulk answers for each of them"
    assert "0 articles" in post(client, "<rss><channel/></rss>").get_json(force=True)["detail"]
    assert post(client, "<rss><channel/></rss>", path="/v1/articles:bulk").get_data() == b""


def test_a_real_server_answers_a_feed_that_arrives_in_pieces(serve: Callable[..., Served], redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    bodies: list[tuple[Any, int]] = [  # an iterator is sent in chunks
        (iter([FEED.encode()[:500], FEED.encode()[500:]]), 200),
        (iter([b"<rss>" * 700_000]), 413),
        (FEED.encode()[:500], 400),
    ]
    for body, status in bodies:
        connection.request("POST", "/v1/articles:bulk", body, {"Content-Type": "application/rss+xml"})
        reply = connection.getresponse()
        lines = reply.read().splitlines()
        assert (reply.status, len(lines)) == (status, 5 if status == 200 else 1)
    connection.close()


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles:bulk"])
@pytest.mark.parametrize(
    ("data", "content_type", "status", "code", "pointer"),
    [
        ("{", NINJS, 400, "invalid_json", None),
        ("<rss>", "text/xml", 400, "invalid_xml", None),
        ("<!DOCTYPE rss><rss/>", "text/xml", 400, "invalid_xml", None),
        ("<html/>", "text/xml", 422, "invalid_article", "/html"),
        ("<newsItem guid='x'/>", "text/xml", 422, "invalid_article", "/newsItem"),
        ('{"@type": "Organization"}', JSON_LD, 422, "invalid_article", "/@type"),
        ("[]", NINJS, 422, "invalid_article", ""),
        ("x" * 3_065_537, "text/xml", 413, "request_too_large", "/body"),
    ],
)
def test_a_document_that_is_none_is_a_problem(
    client: LocalClient, path: str, data: str, content_type: str, status: int, code: str, pointer: str | None
) -> None:
    reply = post(client, data, content_type, path)
    members = schemas.Problem.model_validate(reply.get_json(force=True))
    assert (reply.status_code, members.code, members.pointer) == (status, code, pointer)
    if code == "invalid_xml":
        assert members.line == 1


def test_errors_of_the_judge_name_the_place_in_the_document(client: LocalClient) -> None:
    long = json.dumps({"uri": "urn:x", "headlines": [{"role": "x", "value": ""}, {"value": "س" * 1_001}]})
    members = post(client, long, NINJS).get_json(force=True)
    assert (members["code"], members["pointer"]) == ("article_too_long", "/headlines/1/value")
    members = post(client, '{"uri": "urn:x"}', NINJS).get_json(force=True)
    assert (members["code"], members["pointer"]) == ("empty_article", "/bodies")


def test_a_document_of_too_many_articles_is_refused() -> None:
    def feed(count: int) -> bytes:
        return b"<rss><channel>" + b"<item/>" * count + b"</channel></rss>"

    assert len(articles_of(feed(MAX_ARTICLES), "text/xml")) == MAX_ARTICLES
    with pytest.raises(ArticleError, match="more than 5,000 articles"):
        articles_of(feed(MAX_ARTICLES + 1), "text/xml")


# ── ninjs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ninjs_2_in_lower_case() -> None:
    article = only(
        json.dumps(
            {
                "uri": "http://ninjs.example.com/newsitems/1",
                "type": "text",
                "version": 6,
                "versioncreated": "2025-11-09T09:46:53Z",
                "pubstatus": "usable",
                "language": "ar-JO",
                "by": "كاتب",
                "headlines": [
                    {"role": "short", "value": "قصير"},
                    {"role": "main", "contenttype": "text/plain", "value": "العنوان"},
                ],
                "bodies": [
                    {"role": "caption", "contenttype": "text/plain", "value": "شرح صورة"},
                    {"role": "main", "contenttype": "application/xhtml+xml", "value": "<p>النص</p>"},
                ],
            }
        ),
        NINJS,
    )
    assert article == Article(
        id="http://ninjs.example.com/newsitems/1",
        source="ninjs.example.com",
        published=datetime(2025, 11, 9, 9, 46, 53, tzinfo=UTC),
        title="العنوان",
        body="<p>النص</p>",
        version="6",
        author="كاتب",
        lang="ar-JO",
    )


def test_ninjs_without_a_body_is_its_description() -> None:
    article = ninjs(title="اسم", descriptions=[{"value": "موجز"}], bodies=[])
    assert (article.title, article.body) == ("اسم", "موجز")


def test_ninjs_with_a_long_uri_gets_a_made_id() -> None:
    uri = "urn:" + "x" * 300
    assert only(json.dumps({"uri": uri, "title": "ع"}), NINJS).id == id_from_url("", uri)


@pytest.mark.parametrize(
    ("members", "field", "says"),
    [
        ({"uri": None}, "uri", "ninjs requires it"),
        ({"type": "picture"}, "type", "type is 'picture'; expected text or composite"),
        ({"pubstatus": "canceled"}, "pubstatus", "pubstatus is 'canceled'; expected usable"),
        ({"headlines": "عنوان"}, "headlines", "headlines must be an array, not a string"),
        ({"headlines": ["عنوان"]}, "headlines/0", "headlines/0 must be an object, not a string"),
        ({"bodies": [{"value": "نص"}, {"value": ["نص"]}]}, "bodies/1/value", "bodies/1/value must be a string, not an array"),
        ({"bodies": [{"value": "\ud800"}]}, "bodies/0/value", "bodies/0/value is not valid Unicode"),
        ({"title": "ع", "firstCreated": "18/5/1447"}, "firstCreated", "expected ISO 8601"),
        ({"title": "ع", "by": "س" * 501}, "by", "by has 501 characters; at most 500 are accepted"),
        ({"version": True}, "version", "version must be a string, not a boolean"),
    ],
)
def test_mistakes_in_ninjs_name_their_place(members: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(ArticleError, match=re.escape(says)) as caught:
        ninjs(**members)
    assert caught.value.field == field


# ── JSON-LD ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_ld_of_a_page_is_a_graph_with_references() -> None:
    page = "https://barq24.example.com/fire/"
    graph = [
        {"@type": "WebPage", "@id": page, "url": page, "name": "صفحة"},
        {
            "@type": ["Article", "NewsArticle"],
            "@id": page + "#article",
            "isPartOf": {"@id": page},
            "author": {"@id": "#author"},
            "headline": {"@value": "حريق", "@language": "ar"},
            "mainEntityOfPage": {"@id": page},
            "datePublished": "2025-11-09T02:40:00Z",
            "articleSection": [None, "عالم", "محليات"],
            "inLanguage": {"@type": "Language", "name": "Arabic", "alternateName": "ar"},
            "version": 3,
            "description": "موجز",
        },
        {"@type": "Person", "@id": "#author", "name": ["ليلى"]},
    ]
    assert only(json.dumps({"@context": "https://schema.org", "@graph": graph}), JSON_LD) == Article(
        id=id_from_url("barq24.example.com", page),
        source="barq24.example.com",
        url=page,
        published=datetime(2025, 11, 9, 2, 40, tzinfo=UTC),
        title="حريق",
        body="موجز",
        version="3",
        section="عالم",
        author="ليلى",
        lang="ar",
    )


@pytest.mark.parametrize(
    ("members", "source", "key"),
    [
        ({"@id": "https://barq24.example.com/1"}, "barq24.example.com", "https://barq24.example.com/1"),
        ({"@id": "#article", "publisher": {"name": "برق"}}, "برق", "#article"),
        ({"identifier": {"@type": "PropertyValue", "value": "n-7"}, "publisher": "برق"}, "برق", "n-7"),
        ({"identifier": 77}, "", "77"),
    ],
)
def test_json_ld_without_url_is_named_by_what_it_has(members: dict[str, Any], source: str, key: str) -> None:
    article = news_article(headline="ع", **members)
    assert (article.source, article.id) == (source, id_from_url(source, key))


def test_json_ld_of_several_articles_has_them_in_order() -> None:
    both = [
        {"@type": "https://schema.org/ReportageNewsArticle", "headline": "أ"},
        {"@type": "schema:BlogPosting", "headline": False},
    ]
    first, second = articles_of(json.dumps([*both, {"@type": "BreadcrumbList"}]).encode(), JSON_LD)
    assert isinstance(first.article, Article)
    assert first.article.title == "أ"
    assert isinstance(second.article, ArticleError)
    assert (second.article.field, str(second.article)) == ("1/headline", "1/headline must be a string, not a boolean")


def test_json_ld_looks_at_the_first_ten_of_a_list() -> None:
    article = news_article(headline="ع", author=[{}] * 9 + ["العاشر"], articleSection=[{}] * 10 + ["لا"])
    assert (article.author, article.section) == ("العاشر", "")


def test_json_ld_nested_without_end_is_an_error_not_a_crash() -> None:
    deep: Any = "ع"
    for _ in range(400):
        deep = {"@value": [deep]}
    assert news_article(headline=deep, name="اسم").title == "اسم"


# ── RSS and Atom ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rss_takes_the_full_text_before_the_summary() -> None:
    article = rss("<description>موجز</description><content:encoded><![CDATA[<p>النص</p>]]></content:encoded><title>ع</title>")
    assert article.body == "<p>النص</p>"


@pytest.mark.parametrize(
    ("inside", "source", "url", "key"),
    [
        ("<link>https://m.b.example.com/1</link><guid>77</guid>", "b.example.com", "https://m.b.example.com/1", "77"),
        ("<guid>https://b.example.com/1</guid>", "b.example.com", "https://b.example.com/1", "https://b.example.com/1"),
        ('<guid isPermaLink="false">https://b.example.com/1</guid>', "channel.example.com", "", "https://b.example.com/1"),
        ('<link>https://n.example.com/1</link><source url="https://www.b.example.com/rss">برق</source>', "b.example.com",
         "https://n.example.com/1", "https://n.example.com/1"),
        ("<link>/relative</link>", "channel.example.com", "/relative", "/relative"),
    ],
)  # fmt: skip
def test_rss_names_source_url_and_id(inside: str, source: str, url: str, key: str) -> None:
    article = rss("<title>ع</title>" + inside, "<link>https://channel.example.com/</link>")
    assert (article.source, article.url, article.id) == (source, url, id_from_url(source, key))


def test_rss_entry_without_any_name_gets_a_unique_id() -> None:
    assert rss("<title>ع</title>").id.startswith("s-")


def test_rss_1_has_its_own_namespace() -> None:
    article = only(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><dc:language>ar</dc:language></channel>'
        "<item><title>ع</title><link>https://b.example.com/1</link><dc:date>2025-11-09T05:40+03:00</dc:date></item></rdf:RDF>"
    )
    assert (article.title, article.lang, article.source) == ("ع", "ar", "b.example.com")
    assert article.published == datetime(2025, 11, 9, 2, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Sun, 09 Nov 2025 05:40:00 +0300", 2),
        ("Sun, 09 Nov 2025 05:40:00 GMT", 5),
        ("9 Nov 2025 05:40 EST", 10),
        ("2025-11-09T05:40:00-05:00", 10),
        ("2025-11-09 05:40", 5),
    ],
)
def test_times_of_feeds_in_any_zone(text: str, hour: int) -> None:
    assert rss(f"<title>ع</title><pubDate>{text}</pubDate>").published == datetime(2025, 11, 9, hour, 40, tzinfo=UTC)


def test_hijri_date_of_a_dateline_is_left_alone() -> None:
    body = "عمّان، ١٨ جمادى الأولى ١٤٤٧هـ - أعلنت الوزارة موعد الامتحانات."
    article = rss(f"<title>ع</title><description>{body}</description>")
    assert (article.body, article.published) == (body, None)


def test_atom_takes_the_page_before_other_links_and_content_before_summary() -> None:
    article = atom(
        '<id>urn:uuid:1</id><link rel="self" href="https://b.example.com/1.atom"/>'
        '<link type="application/pdf" href="https://b.example.com/1.pdf"/><link href="https://b.example.com/1"/>'
        '<title type="html">حريق &amp;amp; دخان</title><summary>موجز</summary>'
        '<content type="html">&lt;p&gt;النص&lt;/p&gt;</content><updated>2025-11-09T05:40:00+03:00</updated>'
    )
    assert (article.url, article.id) == ("https://b.example.com/1", id_from_url("b.example.com", "urn:uuid:1"))
    assert (article.title, article.body) == ("حريق &amp; دخان", "<p>النص</p>")
    assert article.published == datetime(2025, 11, 9, 2, 40, tzinfo=UTC)


@pytest.mark.parametrize("content", ['<content type="image/png">iVBO</content>', '<content src="https://b.example.com/1"/>'])
def test_atom_whose_content_is_no_text_is_its_summary(content: str) -> None:
    assert atom(f"<id>1</id>{content}<summary>موجز</summary>").body == "موجز"


def test_entries_of_an_atom_feed_inherit_author_and_language() -> None:
    first, second = articles_of(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar"><author><name>هيئة التحرير</name></author>'
        '<link href="https://b.example.com/"/><entry><id>1</id><title>أ</title></entry>'
        '<entry xml:lang="en"><id>2</id><title>b</title><author><name>A</name></author>'
        "<source><link href='https://c.example.com/'/></source></entry></feed>".encode(),
        "application/atom+xml",
    )
    assert isinstance(first.article, Article)
    assert isinstance(second.article, Article)
    assert (first.article.author, first.article.lang, first.article.source) == ("هيئة التحرير", "ar", "b.example.com")
    assert (second.article.author, second.article.lang, second.article.source) == ("A", "en", "c.example.com")


# ── NewsML-G2 ────────────────────────────────────────────────────────────────────────────────────────────────────────

MESSAGE = f"""<newsMessage {G2}><header><sent>2025-11-12T11:31:00Z</sent></header><itemSet>
<packageItem guid="urn:p"/>
<newsItem guid="urn:1"><itemMeta><itemClass uri="http://cv.iptc.org/newscodes/ninature/text"/></itemMeta>
  <contentMeta><headline>أ</headline></contentMeta></newsItem>
<newsItem guid="urn:2"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta></newsItem>
<newsItem guid="urn:3"><itemMeta><pubStatus qcode="stat:canceled"/></itemMeta></newsItem>
<newsItem><contentMeta><headline>ب</headline></contentMeta></newsItem>
</itemSet></newsMessage>"""


def outcome(found: Found) -> str:
    return found.article.field if isinstance(found.article, ArticleError) else found.article.id


def test_news_message_has_one_outcome_a_news_item() -> None:
    assert [outcome(found) for found in articles_of(MESSAGE.encode(), "application/vnd.iptc.g2.newsmessage+xml")] == [
        "urn:1",
        "newsMessage/itemSet/newsItem[2]/itemMeta/itemClass/@qcode",
        "newsMessage/itemSet/newsItem[3]/itemMeta/pubStatus/@qcode",
        "newsMessage/itemSet/newsItem[4]/@guid",
    ]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("<inlineXML><html><head><title>لا</title></head><body><h1>أ</h1><p>ب <b>ج</b>\n د</p></body></html></inlineXML>",
         "أ\nب ج د"),
        ("<inlineXML><nitf><body><body.head><hedline><hl1>لا</hl1></hedline></body.head><body.content><p>أ</p><p>ب</p>"
         "</body.content></body></nitf></inlineXML>", "أ\nب"),
        ("<inlineXML><![CDATA[<p>أ</p>]]></inlineXML>", "<p>أ</p>"),
        ('<inlineXML/><inlineData contenttype="text/plain">أ\nب</inlineData>', "أ\nب"),
        ('<inlineData contenttype="image/jpeg" encoding="x:base64">/9j/</inlineData>', "موجز"),
        ("", "موجز"),
    ],
)  # fmt: skip
def test_news_items_carry_their_text_in_several_ways(content: str, body: str) -> None:
    article = news_item(
        f"<contentMeta><headline>ع</headline><description>موجز</description></contentMeta><contentSet>{content}</contentSet>"
    )
    assert article.body == body


@pytest.mark.parametrize(
    ("provider", "source"),
    [
        ('qcode="nprov:AFP"', "AFP"),
        ('uri="http://cv.example.com/providers/AFP"', "AFP"),
        ('literal="أفق"', "أفق"),
        ("", "وكالة أفق"),
    ],
)
def test_provider_of_a_news_item_is_its_source(provider: str, source: str) -> None:
    inside = f"<itemMeta><provider {provider}><name>وكالة أفق</name></provider><title>ع</title></itemMeta>"
    assert news_item(inside).source == source


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize(
    ("document", "line", "column"),
    [
        (f"<!DOCTYPE rss [{BOMB}]><rss>&e11;</rss>", 1, 1),
        (f'<!DOCTYPE rss [{BOMB}]><rss a="&e11;"/>', 1, 1),
        ('<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss/>', 1, 1),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', 1, 1),
        ('<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><rss/>', 1, 1),
        ('<?xml version="1.0"?>\n<!-- <rss> -->\n <?x y?> <!DOCTYPE rss><rss/>', 3, 10),
    ],
)
def test_document_types_are_refused_unread(document: str, line: int, column: int) -> None:
    with pytest.raises(XmlError, match="document type") as caught:
        parse_xml(document.encode())
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "at line 1"),
        (b"hello", "'<' not found"),
        (b"<rss>", "line 1"),
        (b"<rss>&nbsp;</rss>", "Entity 'nbsp' not defined"),
        (b"<a>" * 300 + b"</a>" * 300, "depth"),
        (b"<rss>\xff</rss>", "not valid utf-8"),
        (b'<?xml version="1.0" encoding="punycode"?><rss/>', "the encoding 'punycode' is not accepted"),
        (b'<?xml version="1.0" encoding="nonsense"?><rss/>', "the encoding 'nonsense' is not accepted"),
        (b"<rss>" + b"<a/>" * MAX_ELEMENTS + b"</rss>", "more than 200,000 elements"),
        (b"<!--" * 700_000, "line 1"),
        (b"<?x?>" * 600_000, "line 1"),
    ],
)
def test_what_is_no_xml_says_where(document: bytes, says: str) -> None:
    with pytest.raises(XmlError, match=re.escape(says)):
        parse_xml(document)


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<a>عين</a>".encode(), ""),
        ("\ufeff<a>عين</a>".encode(), ""),
        ("\ufeff<?xml version='1.0' encoding='UTF-16'?><a>عين</a>".encode("utf-16-le"), ""),
        ("<?xml version='1.0' encoding='windows-1256'?><a>عين</a>".encode("windows-1256"), ""),
        ("<a>عين</a>".encode("iso-8859-6"), "ISO-8859-6"),
        ("<?xml version='1.0' encoding='UTF-8'?><a>عين</a>".encode("windows-1256"), "windows-1256"),
    ],
)
def test_encodings_as_content_type_mark_and_declaration_say(data: bytes, charset: str) -> None:
    assert text_of(parse_xml(data, charset)) == "عين"


def test_text_of_markup_has_a_line_a_block() -> None:
    root = parse_xml(b"<div>a<p>b <i>c</i>\n d</p>e<br/>f<script>no</script><ul><li>g</li><li>h</li></ul></div>")
    assert text_of(root) == "a\nb c d\ne\nf\ng\nh"
    assert text_of(None) == ""


def test_formats_cost_nothing_until_they_are_needed() -> None:
    code = "import sys, service.app; print(sorted({'lxml', 'service.formats.feed', 'service.formats.jsonld'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"


def test_json_of_a_document_says_where_it_breaks() -> None:
    with pytest.raises(JsonError):
        articles_of(b"{", JSON_LD)
