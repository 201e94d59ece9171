"""The routes: what an integrator sends on the first day, and what comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dedup.deduplicator import Deduplicator
from dedup.errors import StoreError, StoreFullError, StoreTimeoutError
from dedup.settings import Settings
from dedup.store.redis import RedisStore
from service import schemas
from service.auth import Keyring
from service.keystore import RedisKeyStore
from tests.service.conftest import FIRE, HOSPITAL, NOW_S, LocalClient

ARTICLE = {
    "id": "a-1",
    "source": "barq24",
    "url": "https://barq24.example.com/fire",
    "published": "2025-11-09T05:40:00+03:00",
    "title": "حريق في ميناء العقبة",
    "body": FIRE,
    "section": "عالم",
}


def problem(reply: Any) -> dict[str, Any]:
    """The problem document of a failed reply, after checking that it is one."""
    assert reply.mimetype == "application/problem+json"
    body = schemas.Problem.model_validate(reply.get_json(force=True)).model_dump(exclude_none=True)
    assert body["status"] == reply.status_code
    assert body["type"] == f"/docs#{body['code']}"
    assert body["request_id"] == reply.headers["X-Request-Id"]
    return body


def test_first_is_new_and_its_copy_names_it(client: LocalClient) -> None:
    first = client.post("/v1/articles", json=ARTICLE)
    assert first.status_code == 200
    assert first.mimetype == "application/json"
    verdict = schemas.VerdictOut.model_validate(first.get_json())
    assert (verdict.id, verdict.duplicate, verdict.body.verdict, verdict.replayed) == ("a-1", False, "new", False)
    copy = client.post("/v1/articles", json={**ARTICLE, "id": "b-1", "source": "difaf", "url": None, "title": "عنوان آخر تماماً"})
    verdict = schemas.VerdictOut.model_validate(copy.get_json())
    assert (verdict.duplicate, verdict.body.verdict, verdict.headline.verdict) == (True, "repeat", "new")
    assert verdict.body.match is not None
    assert verdict.body.match.model_dump() == {
        "id": "a-1",
        "source": "barq24",
        "url": "https://barq24.example.com/fire",
        "published": "2025-11-09T02:40:00+00:00",
        "title": "حريق في ميناء العقبة",
    }
    assert len(FIRE) - 2 <= verdict.body.passages[0].new[1] <= len(FIRE)


def test_same_article_again_is_replayed(client: LocalClient) -> None:
    first = client.post("/v1/articles", json=ARTICLE).get_json()
    again = client.post("/v1/articles", json=ARTICLE).get_json()
    assert again == {**first, "replayed": True}


def test_dry_run_leaves_no_trace(client: LocalClient, redis_store: RedisStore) -> None:
    for query in ("dry_run=true", "dry_run=1", "dry_run"):
        assert client.post(f"/v1/articles?{query}", json=ARTICLE).get_json()["body"]["verdict"] == "new"
    assert redis_store.size() == 0
    assert redis_store.decisions(limit=0) == []
    client.post("/v1/articles?dry_run=false", json=ARTICLE)
    assert redis_store.size() == 1
    assert (
        client.post("/v1/articles?dry_run=true", json={**ARTICLE, "id": "x", "url": None}).get_json()["body"]["verdict"]
        == "repeat"
    )


@pytest.mark.parametrize(("query", "field"), [("dry_run=maybe", "dry_run"), ("dryrun=true", "dryrun"), ("dry-run=1", "dry-run")])
def test_misspelt_parameter_writes_nothing(client: LocalClient, redis_store: RedisStore, query: str, field: str) -> None:
    reply = client.post(f"/v1/articles?{query}", json=ARTICLE)
    assert (problem(reply)["code"], problem(reply)["field"]) == ("invalid_parameter", field)
    assert redis_store.size() == 0


ACCEPTED: list[dict[str, Any]] = [
    {"body": FIRE},
    {"title": "عنوان بلا نص"},
    {"title": "<b>عنوان</b> & <script>alert(1)</script>", "body": f"<p>{FIRE}</p>"},
    {"title": "Plain Latin text", "body": "The quick brown fox jumps over the lazy dog near the old river bank today."},
    {"title": "😀 عاجل 🚨", "body": f"😀 {FIRE} 👨‍👩‍👧‍👦"},
    {"title": "فيه\0صفر", "body": FIRE.replace(" ", "\0")},
    {"title": "\u202eمقلوب\u202c \u2067معزول\u2069", "body": FIRE},
    {"title": "ع", "body": FIRE, "unknown": 1, "tags": ["x"]},
    {"body": FIRE, "published": "2025-11-09"},
    {"body": FIRE, "published": "2025-11-09 05:40"},
    {"body": FIRE, "published": "2025-11-09T05:40:00.5Z"},
    {"body": FIRE, "published": "20251109T054000+0300"},
    {"body": FIRE, "published": "Sun, 09 Nov 2025 05:40:00 +0300"},
    {"body": " \n" + FIRE, "title": None, "source": None, "url": None, "id": None, "published": None},
    {"body": "كلمة " * 110_000},
    {"body": "!" * 500_000},
    {"title": "س" * 1_000, "body": FIRE},
    {"title": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 1_000, "body": FIRE},
]


@pytest.mark.parametrize("sent", ACCEPTED, ids=range(len(ACCEPTED)))
def test_what_integrators_send_gets_a_verdict(client: LocalClient, redis_store: RedisStore, sent: dict[str, Any]) -> None:
    reply = client.post("/v1/articles", json=sent)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    verdict = schemas.VerdictOut.model_validate(reply.get_json())
    assert redis_store.size() == 1
    read = client.get(f"/v1/articles/{verdict.id}").get_json()
    assert read["article"]["body"] == (sent.get("body") or "").replace("\0", " ")
    assert read["verdict"] == verdict.model_dump()


REFUSED: list[tuple[bytes, int, str, str | None]] = [
    (b"{}", 422, "empty_article", "body"),
    (b'{"title": "  ", "body": "\\n"}', 422, "empty_article", "body"),
    (b"[]", 422, "invalid_article", ""),
    (b'"text"', 422, "invalid_article", ""),
    (b"null", 422, "invalid_article", ""),
    (b'{"title": 5}', 422, "invalid_article", "title"),
    (b'{"body": ["a"]}', 422, "invalid_article", "body"),
    (b'{"body": "x", "published": "tomorrow"}', 422, "invalid_article", "published"),
    (b'{"body": "x", "id": ""}', 422, "invalid_article", "id"),
    (b'{"title": "\xff\xfe"}', 422, "invalid_article", "title"),
    (b'{"body": "\\ud800"}', 422, "invalid_article", "body"),
    (json.dumps({"title": "س" * 1_001}).encode(), 422, "article_too_long", "title"),
    (json.dumps({"body": "س" * 500_001}, ensure_ascii=False).encode(), 422, "article_too_long", "body"),
    (json.dumps({"body": "س" * 500_001}).encode(), 422, "article_too_long", "body"),
    (json.dumps({"body": "س" * 2_500_000}, ensure_ascii=False).encode(), 413, "request_too_large", "body"),
    (b"", 400, "invalid_json", None),
    (b"{", 400, "invalid_json", None),
    (b'{"title": NaN}', 400, "invalid_json", None),
    (b"[" * 50_000, 400, "invalid_json", None),
]


@pytest.mark.parametrize(("sent", "status", "code", "field"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_judged_is_named(
    client: LocalClient, redis_store: RedisStore, sent: bytes, status: int, code: str, field: str | None
) -> None:
    reply = client.post("/v1/articles", data=sent, content_type="application/json")
    body = problem(reply)
    assert (reply.status_code, body["code"], body.get("field")) == (status, code, field)
    if field is not None:
        assert body["pointer"] == (f"/{field}" if field else "")
    if code == "invalid_json":
        assert body["line"] == 1
    assert redis_store.size() == 0


def test_body_at_the_limit_is_accepted_however_it_is_escaped(client: LocalClient) -> None:
    text = ("ع" * 49 + " ") * 10_100
    text = text[: 1_000_000 - len(text.encode()) + len(text)] if len(text.encode()) > 1_000_000 else text
    assert 990_000 < len(text.encode()) <= 1_000_000
    for ascii_only in (True, False):
        reply = client.post(
            "/v1/articles", data=json.dumps({"body": text}, ensure_ascii=ascii_only), content_type="application/json"
        )
        assert reply.status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_json_comes_under_a_json_content_type(client: LocalClient, content_type: str) -> None:
    for path in ("/v1/articles", "/v1/compare"):
        reply = client.post(path, data=json.dumps(ARTICLE), content_type=content_type)
        assert (reply.status_code, problem(reply)["code"]) == (415, "unsupported_media_type")


def test_json_may_have_a_charset_and_a_source(client: LocalClient) -> None:
    for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        assert client.post("/v1/articles", data=json.dumps(ARTICLE), content_type=content_type).status_code == 200
    client.post("/v1/articles?source=difaf", json={**ARTICLE, "id": "b-1"})
    assert client.get("/v1/articles/b-1").get_json()["article"]["source"] == "difaf"


def test_json_of_an_unknown_kind_is_not_taken_for_ours(client: LocalClient) -> None:
    reply = client.post("/v1/articles", data=json.dumps(ARTICLE), content_type="application/feed+json")
    assert (reply.status_code, problem(reply)["code"]) == (415, "unsupported_media_type")
    for accepted in ("application/json", "application/ld+json", "application/rss+xml", "/v1/pages"):
        assert accepted in problem(reply)["detail"]


def test_compressed_body_is_refused_by_name(client: LocalClient) -> None:
    reply = client.post("/v1/articles", data=b"\x1f\x8b", content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 415
    assert "gzip" in problem(reply)["detail"]


def test_id_of_another_source_is_taken(client: LocalClient) -> None:
    client.post("/v1/articles", json=ARTICLE)
    reply = client.post("/v1/articles", json={**ARTICLE, "source": "difaf"})
    assert (reply.status_code, problem(reply)["code"], problem(reply)["field"]) == (409, "id_taken", "id")


def test_changed_text_is_a_version(client: LocalClient) -> None:
    client.post("/v1/articles", json=ARTICLE)
    verdict = client.post("/v1/articles", json={**ARTICLE, "body": FIRE + " وأعلنت البلدية فتح تحقيق."}).get_json()
    assert (verdict["version"], verdict["previous"]) == (2, {"version": 1, "changed": True})
    assert verdict["body"]["match"] is None


def test_article_is_read_back_with_its_verdict(client: LocalClient) -> None:
    verdict = client.post("/v1/articles", json=ARTICLE).get_json()
    reply = client.get("/v1/articles/a-1")
    stored = schemas.StoredOut.model_validate(reply.get_json())
    assert stored.article.model_dump() == {
        **ARTICLE,
        "published": "2025-11-09T02:40:00+00:00",
        "version": "",
        "author": "",
        "lang": "",
    }
    assert stored.verdict is not None
    assert stored.verdict.model_dump() == verdict
    assert datetime.fromisoformat(stored.arrived) == datetime.fromtimestamp(NOW_S, UTC)


@pytest.mark.parametrize(
    "article_id", ["a/b", "a//b", "/a", "a b", "a?b#c", "مادة-١", "%2F", "..", "http://e.example.com/x?y=1&z"]
)
def test_any_id_can_be_read_back(client: LocalClient, article_id: str) -> None:
    from urllib.parse import quote

    assert client.post("/v1/articles", json={"id": article_id, "body": FIRE}).status_code == 200
    assert client.get(f"/v1/articles/{quote(article_id, safe='')}").get_json()["article"]["id"] == article_id


def test_unknown_article(client: LocalClient) -> None:
    assert problem(client.get("/v1/articles/nobody"))["code"] == "unknown_article"


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PAGE = f"""حريق في ميناء العقبة
حريق في ميناء العقبة
{FIRE}
وقال شهود إن الدخان غطى سماء المدينة ساعات طويلة قبل أن تتمكن فرق الإطفاء من السيطرة على النيران.
قراءة المزيد
مستشفى جديد في الزرقاء
مستشفى جديد في الزرقاء
{HOSPITAL[:70]}...
قراءة المزيد"""


def test_page_as_text(client: LocalClient) -> None:
    reply = client.post(
        "/v1/pages?source=barq24&url=https://barq24.example.com/&published=2025-11-09&id=front",
        data=PAGE.encode(),
        content_type="text/plain; charset=utf-8",
    )
    page = schemas.PageOut.model_validate(reply.get_json())
    assert [(item.item, item.kind, item.cut) for item in page.items] == [(1, "article", False), (2, "teaser", True)]
    first, second = page.items
    assert isinstance(first, schemas.PageItemOut)
    assert (first.id, first.headline.verdict) == ("front:1", "new")
    assert isinstance(second, schemas.PageItemOut)
    stored = [client.get(f"/v1/articles/front:{n}").get_json()["article"] for n in (1, 2)]
    assert [a["url"] for a in stored] == ["https://barq24.example.com/", ""]
    assert [a["title"] for a in stored] == ["حريق في ميناء العقبة", "مستشفى جديد في الزرقاء"]
    assert {a["source"] for a in stored} == {"barq24"}
    assert {a["published"] for a in stored} == {"2025-11-09T00:00:00+00:00"}


def test_page_as_json_gives_the_same_items(client: LocalClient) -> None:
    as_text = client.post("/v1/pages?dry_run=1&id=p", data=PAGE.encode(), content_type="text/plain").get_json()
    as_json = client.post("/v1/pages?dry_run=1", json={"text": PAGE, "id": "p"}).get_json()
    assert as_text == as_json


def test_page_posted_again_with_its_id_is_replayed(client: LocalClient) -> None:
    for replayed in (False, True):
        items = client.post("/v1/pages", json={"text": PAGE, "id": "p", "source": "s"}).get_json()["items"]
        assert [item["replayed"] for item in items] == [replayed, replayed]


def test_items_without_an_id_get_unique_ones(client: LocalClient) -> None:
    ids = [item["id"] for _ in range(2) for item in client.post("/v1/pages", json={"text": PAGE}).get_json()["items"]]
    assert len(set(ids)) == 4
    assert all(i.startswith("s-") for i in ids)


def test_page_as_html(client: LocalClient) -> None:
    text = f"<article><h1>حريق في ميناء العقبة</h1><p>{FIRE}</p><p>{HOSPITAL}</p></article>"
    html = f"<html><head><title>حريق</title></head><body>{text}</body></html>"
    for sent in (
        {"data": html.encode(), "content_type": "text/html; charset=utf-8"},
        {"data": html.encode("windows-1256"), "content_type": "text/html; charset=windows-1256"},
        {"data": html.encode(), "content_type": "text/html"},
        {"json": {"html": html}},
    ):
        reply = client.post("/v1/pages?dry_run=true", **sent)
        assert reply.status_code == 200, reply.get_data(as_text=True)
        (item,) = reply.get_json()["items"]
        assert (item["kind"], item["cut"], item["body"]["verdict"]) == ("article", False, "new")


def test_item_that_cannot_be_judged_stands_in_its_place(redis_store: RedisStore, keys: RedisKeyStore) -> None:
    from service.app import create_app
    from service.config import Config

    app = create_app(Config(), Deduplicator(redis_store, Settings(max_title_chars=21)), Keyring(keys), clock=lambda: NOW_S)
    reply = app.test_client().post("/v1/pages", json={"text": PAGE, "id": "p"}, base_url="http://localhost")
    page = schemas.PageOut.model_validate(reply.get_json())
    refused = [item for item in page.items if isinstance(item, schemas.RefusedItemOut)]
    assert [(item.item, item.problem.code, item.problem.field) for item in refused] == [(2, "article_too_long", "title")]


@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        ({"json": {}}, 422, "invalid_article", "text"),
        ({"json": {"text": "ن", "html": "ن"}}, 422, "invalid_article", "text"),
        ({"json": {"text": 5}}, 422, "invalid_article", "text"),
        ({"json": {"html": 5}}, 422, "invalid_article", "html"),
        ({"json": []}, 422, "invalid_article", ""),
        ({"json": {"text": PAGE, "published": "soon"}}, 422, "invalid_article", "published"),
        ({"json": {"text": " \n\0"}}, 422, "empty_page", "text"),
        ({"data": b"", "content_type": "text/plain"}, 422, "empty_page", "text"),
        ({"data": b"", "content_type": "text/html"}, 422, "empty_page", "text"),
        ({"data": b"\xff", "content_type": "text/plain"}, 400, "bad_request", "text"),
        ({"data": b"x", "content_type": "text/plain; charset=klingon"}, 415, "unsupported_media_type", None),
        ({"data": b"x", "content_type": "text/plain; charset=base64"}, 415, "unsupported_media_type", None),
        ({"data": b"\\ud800", "content_type": "text/plain; charset=unicode_escape"}, 422, "invalid_article", "text"),
        ({"data": b"x", "content_type": "application/pdf"}, 415, "unsupported_media_type", None),
        ({"data": b'{"text": "\\ud800"}', "content_type": "application/json"}, 422, "invalid_article", "text"),
    ],
)
def test_what_is_no_page(
    client: LocalClient, redis_store: RedisStore, sent: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    body = problem(client.post("/v1/pages", **sent))
    assert (body["status"], body["code"], body.get("field")) == (status, code, field)
    assert redis_store.size() == 0


# ── compare ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_compare_two_texts(client: LocalClient, redis_store: RedisStore) -> None:
    verdict = schemas.VerdictOut.model_validate(client.post("/v1/compare", json={"a": FIRE, "b": FIRE}).get_json())
    assert (verdict.id, verdict.body.verdict, verdict.body.jaccard) == ("b", "repeat", 1.0)
    assert verdict.body.match is not None
    assert verdict.body.match.id == "a"
    verdict = schemas.VerdictOut.model_validate(client.post("/v1/compare", json={"a": FIRE, "b": HOSPITAL}).get_json())
    assert (verdict.body.verdict, verdict.body.match) == ("new", None)
    assert verdict.body.rule
    assert redis_store.size() == 0


def test_compare_headlines(client: LocalClient) -> None:
    pair = {"a": {"title": "مقتل 5 في حريق العقبة"}, "b": {"title": "مقتل 50 في حريق العقبة"}}
    verdict = client.post("/v1/compare", json=pair).get_json()
    assert verdict["headline"]["verdict"] == "changed"
    assert verdict["headline"]["changed"] == {"number": [{"old": "5", "new": "50"}]}


def test_compare_names_the_side_at_fault(client: LocalClient) -> None:
    body = problem(client.post("/v1/compare", json={"a": FIRE, "b": {"title": 5}}))
    assert (body["code"], body["field"], body["pointer"]) == ("invalid_article", "b/title", "/b/title")


# ── the store away ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreError("admit"), "store_unavailable"),
        (StoreTimeoutError("admit"), "store_timeout"),
        (StoreFullError("admit"), "store_full"),
    ],
)
def test_no_verdict_without_the_store(
    client: LocalClient, redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch, error: StoreError, code: str
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise error

    for name in ("admit", "look", "find", "counts", "decisions", "ping"):
        monkeypatch.setattr(redis_store, name, away)
    for reply in (
        client.post("/v1/articles", json=ARTICLE),
        client.post("/v1/articles?dry_run=1", json=ARTICLE),
        client.post("/v1/pages", json={"text": PAGE}),
        client.get("/v1/articles/a-1"),
        client.get("/v1/stats"),
        client.get("/"),
    ):
        assert (reply.status_code, problem(reply)["code"], reply.headers["Retry-After"]) == (503, code, "2")
    ready = client.get("/readyz")
    assert (ready.status_code, problem(ready)["code"]) == (503, "not_ready")
    assert str(error) in problem(ready)["detail"]
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.post("/v1/compare", json={"a": FIRE, "b": FIRE}).status_code == 200


def test_ready_with_its_store(client: LocalClient) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_index_of_other_settings_is_refused(redis_url: str, namespace: str, client: LocalClient, keys: RedisKeyStore) -> None:
    from service.app import create_app
    from service.config import Config

    client.post("/v1/articles", json=ARTICLE)
    other = Settings(shingle_size=4)
    store = RedisStore.from_url(redis_url, other, namespace, timeout_s=5.0)
    app = create_app(Config(settings=other), Deduplicator(store, other), Keyring(keys))
    reply = app.test_client().post("/v1/articles", json={**ARTICLE, "id": "z"}, base_url="http://localhost")
    assert (reply.status_code, problem(reply)["code"]) == (503, "index_mismatch")
    store.close()
