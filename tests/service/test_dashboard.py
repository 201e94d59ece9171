"""The pages for editors: what they show, in both languages, and that nothing sent is ever markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from service.dashboard import LATEST, pieces
from service.words import BODY, CHANGE, HEADLINE, RELATION, WORDS
from tests.service.conftest import FIRE, HOSPITAL, LocalClient

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "\u202eمقلوب",
    "\u2066معزول",
    "س" * 1_000,
    "😀🚨",
]


def post(client: LocalClient, **article: Any) -> dict[str, Any]:
    reply = client.post("/v1/articles", json=article)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    verdict: dict[str, Any] = reply.get_json()
    return verdict


def html(client: LocalClient, path: str, status: int = 200) -> str:
    reply = client.get(path, headers={"Accept": "text/html"})
    assert (reply.status_code, reply.mimetype) == (status, "text/html")
    text: str = reply.get_data(as_text=True)
    Calm().feed(text)
    return text


class Calm(HTMLParser):
    """Fails on whatever a page of ours never holds: scripts, inline styles and handlers, frames, images."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "style", "iframe", "img", "object", "embed", "base"}
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            assert not (value or "").lower().startswith("javascript:")


def test_an_empty_index_says_how_to_begin(client: LocalClient) -> None:
    assert "curl http://localhost:8080/v1/articles" in html(client, "/?lang=en")
    assert WORDS["ar"]["nothing_yet"] in html(client, "/?lang=ar")


def test_days_without_articles(client: LocalClient) -> None:
    post(client, id="a", body=FIRE, title="حريق", published="2025-11-09")
    page = html(client, "/?from=2020-01-01&to=2020-01-02&lang=en")
    assert WORDS["en"]["nothing"] in page
    assert "حريق" in page  # the latest are shown whatever the days


def test_language_is_asked_for_else_the_browsers_else_arabic(client: LocalClient) -> None:
    def opening(path: str, **headers: str) -> str:
        return re.search(r"<html[^>]*>", client.get(path, headers=headers).get_data(as_text=True))[0]  # type: ignore[index]

    arabic, english = '<html lang="ar" dir="rtl">', '<html lang="en" dir="ltr">'
    assert opening("/") == arabic
    assert opening("/?lang=en") == english
    assert opening("/?lang=ar", **{"Accept-Language": "en"}) == arabic
    assert opening("/", **{"Accept-Language": "en-GB,en;q=0.9"}) == english
    assert opening("/", **{"Accept-Language": "fr"}) == arabic
    assert opening("/?lang=klingon") == arabic


def test_languages_have_the_same_words() -> None:
    for table in (WORDS, BODY, HEADLINE, RELATION, CHANGE):
        assert set(table["ar"]) == set(table["en"])  # type: ignore[index]


def test_switching_the_language_keeps_the_days(client: LocalClient) -> None:
    page = html(client, "/?from=2025-11-01&to=2025-11-09&lang=ar")
    assert 'href="?from=2025-11-01&amp;to=2025-11-09&amp;lang=en"' in page


def test_latest_verdicts_newest_first(client: LocalClient) -> None:
    for n in range(LATEST + 3):
        post(client, id=f"n{n:02}", title=f"خبر رقم {n}", body="نص قصير", published="2025-11-09")
    shown = re.findall(r'class="headline" href="/articles/(n\d\d)', html(client, "/"))
    assert shown == [f"n{n:02}" for n in reversed(range(3, LATEST + 3))]


def test_two_texts_side_by_side(client: LocalClient) -> None:
    post(client, id="old", source="barq24", title="حريق في ميناء العقبة", body=f"مقدمة طويلة لا صلة لها بما يلي من كلام. {FIRE}")
    verdict = post(
        client, id="new", source="difaf", title="حريق في ميناء العقبة", body=f"{FIRE} وهذه خاتمة أخرى لا صلة لها بما سبق."
    )
    assert verdict["body"]["match"]["id"] == "old"
    page = html(client, "/articles/new?lang=en")
    texts = re.findall(r'<div class="body" dir="auto" tabindex="0">(.*?)</div>', page, re.DOTALL)
    assert len(texts) == 2
    for text in texts:
        marked = " ".join(re.findall(r"<mark>(.*?)</mark>", text, re.DOTALL))
        assert "حريق اندلع فجر الأحد" in marked
        assert "مقدمة طويلة" not in marked
        assert "خاتمة أخرى" not in marked
    assert re.sub(r"</?mark>", "", texts[0]) == f"{FIRE} وهذه خاتمة أخرى لا صلة لها بما سبق."
    assert BODY["en"][verdict["body"]["verdict"]][1] in page
    assert verdict["body"]["rule"] in page


def test_changed_figures_are_listed(client: LocalClient) -> None:
    post(client, id="old", title="مقتل 5 في حريق العقبة", body=FIRE)
    post(client, id="new", title="مقتل 50 في حريق العقبة", body=FIRE)
    page = html(client, "/articles/new?lang=en")
    assert '<del dir="auto">5</del>' in page
    assert '<ins dir="auto">50</ins>' in page
    assert "<bdi>«5»</bdi> is now <bdi>«50»</bdi>" in page  # each by itself: two in a row would change places


def test_quotations_in_sentences_are_escaped(client: LocalClient) -> None:
    isolated = client.application.jinja_env.filters["isolated"]
    assert isolated("is «<b>» now <i>") == "is <bdi>«&lt;b&gt;»</bdi> now &lt;i&gt;"


def test_why_is_told_in_the_language_of_the_page(client: LocalClient) -> None:
    client.post("/v1/articles", json={"id": "one", "source": "a", "title": "حريق في العقبة", "body": FIRE})
    client.post("/v1/articles", json={"id": "two", "source": "b", "title": "حريق في العقبة", "body": FIRE})
    arabic = client.get("/articles/two?lang=ar").get_data(as_text=True)
    assert '<li dir="auto">إذن فالمادة اللاحقة تكرار للسابقة، وعنوانها مكرر أيضاً.</li>' in arabic
    english = client.get("/articles/two?lang=en").get_data(as_text=True)
    assert '<li dir="auto">The words of both texts are the same.</li>' in english
    assert 'class="why"' not in client.get("/articles/one?lang=en").get_data(as_text=True)  # nothing to hold it against


def test_article_without_a_match(client: LocalClient) -> None:
    post(client, id="only", title="حريق", body=FIRE)
    assert WORDS["en"]["no_earlier"] in html(client, "/articles/only?lang=en")


def test_match_that_is_gone(client: LocalClient, deduplicator: Any) -> None:
    post(client, id="old", source="barq24", title="حريق في ميناء العقبة", body=FIRE)
    post(client, id="new", title="عنوان آخر", body=FIRE)
    assert deduplicator.remove("old")
    page = html(client, "/articles/new?lang=en")
    assert WORDS["en"]["gone"] in page
    assert FIRE not in html(client, "/?lang=en")
    html(client, "/articles/old?lang=en", 404)


def test_unknown_article_is_a_page_to_a_browser(client: LocalClient) -> None:
    assert "unknown_article" in html(client, "/articles/nobody", 404)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_sent_is_shown_as_text(client: LocalClient, text: str) -> None:
    from urllib.parse import quote

    short = text[:150]
    article = {"source": short, "title": text, "body": f"{text} {FIRE} {text}", "url": "javascript:alert(1)", "author": short}
    post(client, id=short, **article)
    post(client, id="copy", **{**article, "source": "other", "url": f"https://e.example.com/{short}"})
    for path in ("/?lang=ar", "/?lang=en", f"/articles/{quote(short, safe='')}", "/articles/copy?lang=en"):
        page = html(client, path)
        assert "{{ 7 * 7 }}" in page or "{{" not in text  # not taken for a template either
    assert "javascript:alert(1)" in html(client, f"/articles/{quote(short, safe='')}")


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("abcdef", [], [("abcdef", False)]),
        ("abcdef", [(0, 6)], [("abcdef", True)]),
        ("abcdef", [(4, 5), (1, 3)], [("a", False), ("bc", True), ("d", False), ("e", True), ("f", False)]),
        ("abcdef", [(0, 4), (2, 5)], [("abcd", True), ("e", True), ("f", False)]),
        ("abc", [(2, 99), (50, 60)], [("ab", False), ("c", True)]),
        ("", [(0, 1)], []),
    ],
)
def test_pieces(text: str, spans: list[tuple[int, int]], expected: list[tuple[str, bool]]) -> None:
    assert pieces(text, spans) == expected
    assert "".join(piece for piece, _ in pieces(text, spans)) == text


def test_digest_is_marked_against_its_match(client: LocalClient) -> None:
    """What counts as taken over by a digest would be too little for a copy of one article alone."""
    post(client, id="one", source="a", title="حريق", body=FIRE)
    post(client, id="two", source="a", title="مستشفى", body=HOSPITAL)
    verdict = post(client, id="digest", source="b", title="جولة", body=f"اخترنا لكم خبرين من صحف اليوم. {FIRE} {HOSPITAL}")
    assert verdict["body"]["passages"]
    assert "<mark>" in html(client, "/articles/digest?lang=en")


def test_page_survives_a_match_with_another_version(client: LocalClient) -> None:
    """Offsets recorded against the old version would mark the wrong words of the new one: they are taken anew."""
    post(client, id="old", title="حريق", body=FIRE)
    post(client, id="new", title="عنوان آخر", body=FIRE)
    post(client, id="old", title="حريق", body=f"{HOSPITAL} {FIRE}")
    page = html(client, "/articles/new?lang=en")
    earlier = re.findall(r'<div class="body" dir="auto" tabindex="0">(.*?)</div>', page, re.DOTALL)[1]
    marked = " ".join(re.findall(r"<mark>(.*?)</mark>", earlier, re.DOTALL))
    assert "حريق اندلع فجر الأحد" in marked
    assert "مستشفى" not in marked
