"""Who may call."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.service.conftest import FIRE, LocalClient

KEY = "k-0123456789abcdef0123456789abcdef"
POST: dict[str, Any] = {"json": {"id": "a", "body": FIRE}}


def code(reply: Any) -> str:
    return str(reply.get_json(force=True)["code"])


@pytest.fixture
def keyed(make_client: Callable[..., LocalClient]) -> LocalClient:
    return make_client(api_key=KEY, host="0.0.0.0")


# ── without a key ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:9", "[::1]:8080", "[::1]", "dash.localhost:1"])
def test_loopback_names_are_served(client: LocalClient, host: str) -> None:
    assert client.post("/v1/articles", headers={"Host": host}, **POST).status_code == 200


@pytest.mark.parametrize(
    "host", ["example.com", "evil.example.com:8080", "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com"]
)
def test_other_names_are_not(client: LocalClient, host: str) -> None:
    """A web page whose name is rebound to 127.0.0.1 still sends its own name."""
    for path in ("/v1/stats", "/", "/docs", "/readyz"):
        reply = client.get(path, headers={"Host": host})
        assert (reply.status_code, code(reply)) == (403, "host_not_allowed")


def test_other_machines_are_not(client: LocalClient) -> None:
    reply = client.get("/v1/stats", environ_overrides={"REMOTE_ADDR": "192.168.1.7"})
    assert (reply.status_code, code(reply)) == (403, "host_not_allowed")


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "null", "http://localhost:9999", "https://localhost:8080", "http://[bad"]
)
def test_pages_of_other_origins_may_not_call(client: LocalClient, origin: str) -> None:
    reply = client.post("/v1/articles", headers={"Origin": origin}, **POST)
    assert (reply.status_code, code(reply)) == (403, "origin_not_allowed")
    assert client.get("/v1/articles/a").status_code == 404


def test_our_own_pages_may(client: LocalClient) -> None:
    assert client.post("/v1/articles", headers={"Origin": "http://localhost:8080"}, **POST).status_code == 200


def test_no_cross_origin_headers_ever(client: LocalClient) -> None:
    for reply in (client.get("/v1/stats"), client.options("/v1/articles"), client.get("/")):
        assert not [name for name, _ in reply.headers if name.lower().startswith("access-control")]


# ── with a key ───────────────────────────────────────────────────────────────────────────────────────────────────────


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()}


PATHS = ["/v1/stats", "/v1/articles/a", "/", "/docs", "/openapi.json", "/articles/a", "/nothing", "/v1/nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_without_the_key_nothing_is_served(keyed: LocalClient, path: str) -> None:
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ä"},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": ""},
        basic("wrong"),
        {"Authorization": "Basic broken"},
    ]
    for headers in wrong:
        reply = keyed.get(path, headers=headers)
        assert (reply.status_code, code(reply)) == (401, "unauthorized")
        scheme = "Bearer" if path.startswith("/v1/") else "Basic"
        assert reply.headers["WWW-Authenticate"].startswith(scheme)
        assert KEY not in reply.get_data(as_text=True)


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer {KEY}"}, {"X-API-Key": KEY}])
def test_with_the_key_everything_is(keyed: LocalClient, headers: dict[str, str]) -> None:
    headers = {**headers, "Host": "news.example.com", "Origin": "https://cms.example.com"}
    assert keyed.post("/v1/articles", headers=headers, **POST).status_code == 200
    for path in ("/v1/stats", "/v1/articles/a", "/", "/docs", "/openapi.json", "/articles/a"):
        assert keyed.get(path, headers=headers).status_code == 200


def test_password_of_a_browser_reads_but_never_writes(keyed: LocalClient) -> None:
    """A browser sends it by itself, also when a form on another site posts here."""
    assert keyed.get("/", headers=basic(KEY)).status_code == 200
    assert keyed.get("/docs", headers=basic(KEY)).status_code == 200
    assert keyed.post("/v1/articles", headers=basic(KEY), **POST).status_code == 401
    assert keyed.post("/v1/pages", headers=basic(KEY), data=FIRE.encode(), content_type="text/plain").status_code == 401


def test_open_to_anyone(keyed: LocalClient) -> None:
    assert keyed.get("/healthz").status_code == 200
    with keyed.get("/static/mukarrar.css") as reply:
        assert reply.status_code == 200
    assert keyed.get("/readyz").get_json() == {"status": "ready"}


def test_reason_of_not_being_ready_is_for_those_with_the_key(
    keyed: LocalClient, redis_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dedup.errors import StoreError

    def away() -> None:
        raise StoreError("ping", "redis://secret-host refused")

    monkeypatch.setattr(redis_store, "ping", away)
    assert "secret-host" not in keyed.get("/readyz").get_data(as_text=True)
    assert "secret-host" in keyed.get("/readyz", headers={"X-API-Key": KEY}).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/stats", "/healthz", "/nothing", "/static/mukarrar.css"])
def test_security_headers_everywhere(client: LocalClient, path: str) -> None:
    with client.get(path) as reply:
        headers = reply.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == ("no-store" if not path.startswith("/static/") else "public, max-age=3600")
