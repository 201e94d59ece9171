"""Who may call."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from dedup.deduplicator import Deduplicator
from dedup.errors import StoreError
from dedup.settings import Settings
from dedup.store.memory import MemoryStore
from service.app import create_app
from service.auth import Keyring
from service.config import Config
from service.keys import Person, Table, revoke
from service.keystore import RedisKeyStore
from tests.service.conftest import FIRE, NOW_S, LocalClient

UNKNOWN = "mkr_0123456789ab_" + 64 * "0"
POST: dict[str, Any] = {"json": {"id": "a", "body": FIRE}}


def code(reply: Any) -> str:
    return str(reply.get_json(force=True)["code"])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()}


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


# ── with keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

PATHS = [
    "/v1/stats",
    "/v1/articles/a",
    "/",
    "/docs",
    "/openapi.json",
    "/articles/a",
    "/nothing",
    "/v1/nothing",
    "/v1/keys",
    "/v1/audit",
]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_valid_key_nothing_is_served(client: LocalClient, make_key: Callable[..., str], path: str) -> None:
    key = make_key("ingest", "read", "review", "admin")
    wrong: list[dict[str, str]] = [
        {},
        bearer(key + "x"),
        bearer(key[:-1] + ("0" if key[-1] != "0" else "1")),
        bearer(key.upper()),
        bearer(UNKNOWN),
        bearer(key.replace("mkr_", "")),
        bearer(""),
        bearer("ä"),
        {"X-API-Key": key[:-1]},
        {"X-API-Key": ""},
        basic("wrong"),
        {"Authorization": "Basic broken"},
    ]
    for headers in wrong:
        reply = client.get(path, headers=headers)
        assert (reply.status_code, code(reply)) == (401, "unauthorized")
        scheme = "Bearer" if path.startswith("/v1/") else "Basic"
        assert reply.headers["WWW-Authenticate"].startswith(scheme)
        sent = next(iter(headers.values()), "").removeprefix("Bearer ")
        assert not sent or sent not in reply.get_data(as_text=True)


def test_challenge_says_whether_a_key_was_sent(client: LocalClient, make_key: Callable[..., str]) -> None:
    make_key("read")
    assert client.get("/v1/stats").headers["WWW-Authenticate"] == 'Bearer realm="Mukarrar"'
    wrong = client.get("/v1/stats", headers=bearer(UNKNOWN))
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="Mukarrar", error="invalid_token"'


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "X-API-Key"])
def test_with_every_scope_everything_is_served(client: LocalClient, make_key: Callable[..., str], form: str) -> None:
    key = make_key("ingest", "read", "review", "admin")
    sent = {"X-API-Key": key} if form == "X-API-Key" else {"Authorization": form.format(key)}
    headers = {**sent, "Host": "news.example.com", "Origin": "https://cms.example.com"}
    from_afar: dict[str, Any] = {"headers": headers, "environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert client.post("/v1/articles", **from_afar, **POST).status_code == 200
    for path in ("/v1/stats", "/v1/articles/a", "/", "/docs", "/openapi.json", "/articles/a", "/v1/keys", "/v1/audit"):
        assert client.get(path, **from_afar).status_code == 200
    assert client.get("/v1/nothing", **from_afar).status_code == 404
    assert client.delete("/v1/stats", **from_afar).status_code == 405


#: What each scope opens: method, path, body.
OPENED: dict[str, list[tuple[str, str, Any]]] = {
    "ingest": [
        ("POST", "/v1/articles", {"json": {"id": "b", "body": FIRE}}),
        ("POST", "/v1/articles?dry_run=1", {"json": {"id": "c", "body": FIRE}}),
        ("POST", "/v1/articles:bulk", {"data": b'{"title": "x"}\n', "content_type": "application/x-ndjson"}),
        ("POST", "/v1/pages", {"json": {"text": FIRE}}),
    ],
    "read": [
        ("GET", "/v1/articles/a", {}),
        ("GET", "/v1/stories/a", {}),
        ("GET", "/v1/stats", {}),
        ("GET", "/v1/templates", {}),
        ("GET", "/v1/templates/1", {}),
        ("GET", "/v1/explain?a=a&b=b", {}),
        ("POST", "/v1/compare", {"json": {"a": FIRE, "b": FIRE}}),
        ("GET", "/openapi.json", {}),
        ("GET", "/docs", {}),
        ("GET", "/", {}),
        ("GET", "/articles/a", {}),
    ],
    "review": [
        ("POST", "/v1/templates", {"json": {"article": "a"}}),
        ("POST", "/v1/templates/1", {"json": {"state": "released"}}),
    ],
    "admin": [
        ("GET", "/v1/keys", {}),
        ("POST", "/v1/keys", {"json": {"name": "new", "scopes": ["read"]}}),
        ("DELETE", "/v1/keys/new", {}),
        ("GET", "/v1/audit", {}),
    ],
}


@pytest.mark.parametrize("scope", list(OPENED))
def test_a_scope_opens_its_own_routes_and_no_other(client: LocalClient, make_key: Callable[..., str], scope: str) -> None:
    headers = bearer(make_key(scope))
    assert client.post("/v1/articles", headers=bearer(make_key("ingest", name="cms")), **POST).status_code == 200
    for other, routes in OPENED.items():
        for method, path, sent in routes:
            reply = client.open(path, method=method, headers=headers, **sent)
            if other == scope:
                assert reply.status_code in (200, 404), path  # 404: the article or template is not there
            else:
                assert (reply.status_code, code(reply)) == (403, "insufficient_scope"), path
                assert (
                    reply.headers["WWW-Authenticate"] == f'Bearer realm="Mukarrar", error="insufficient_scope", scope="{other}"'
                )
    assert client.get("/v1/nothing", headers=headers).status_code == 404


def test_every_route_needs_a_scope_but_three(client: LocalClient, make_key: Callable[..., str]) -> None:
    """A route added later cannot be forgotten."""
    make_key("read")
    for rule in client.application.url_map.iter_rules():
        path = rule.rule.replace("<int:template_id>", "1").replace("<path:filename>", "mukarrar.css")
        for method in (rule.methods or set()) - {"HEAD"}:
            with client.open(path.replace("<id:", "").replace(">", ""), method=method) as reply:
                free = path.startswith(("/healthz", "/readyz", "/static/"))
                assert (reply.status_code == 401) != free, (method, path)


def test_password_of_a_browser_reads_but_never_writes(client: LocalClient, make_key: Callable[..., str]) -> None:
    """A browser sends it by itself, also when a form on another site posts here."""
    key = make_key("ingest", "read", "review", "admin")
    assert client.get("/", headers=basic(key)).status_code == 200
    assert client.get("/docs", headers=basic(key)).status_code == 200
    assert client.post("/v1/articles", headers=basic(key), **POST).status_code == 401
    assert client.post("/v1/pages", headers=basic(key), data=FIRE.encode(), content_type="text/plain").status_code == 401
    assert client.post("/v1/keys", headers=basic(key), json={"name": "x", "scopes": ["read"]}).status_code == 401
    assert client.delete("/v1/keys/x", headers=basic(key)).status_code == 401


@pytest.mark.parametrize(("lang", "says"), [("en", "with the key as the password"), ("ar", "خانة كلمة المرور")])
def test_a_browser_without_a_key_is_told_how_to_sign_in(
    client: LocalClient, make_key: Callable[..., str], lang: str, says: str
) -> None:
    key = make_key("ingest")
    for status, headers in ((401, {}), (401, basic(UNKNOWN)), (403, basic(key))):
        reply = client.get("/", query_string={"lang": lang}, headers={"Accept": "text/html", **headers})
        assert (reply.status_code, reply.mimetype) == (status, "text/html")
        assert says in reply.get_data(as_text=True)
    assert says not in client.get("/nothing", headers={"Accept": "text/html", **basic(key)}).get_data(as_text=True)


def test_open_to_anyone(client: LocalClient, make_key: Callable[..., str]) -> None:
    make_key("read")
    assert client.get("/healthz").status_code == 200
    with client.get("/static/mukarrar.css") as reply:
        assert reply.status_code == 200
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_reason_of_not_being_ready_is_for_those_who_may_read(
    client: LocalClient, make_key: Callable[..., str], redis_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreError("ping", "redis://secret-host refused")

    monkeypatch.setattr(redis_store, "ping", away)
    for key, told in (("", False), (UNKNOWN, False), (make_key("ingest"), False), (make_key("read"), True)):
        reply = client.get("/readyz", headers={"X-API-Key": key})
        assert (reply.status_code, code(reply)) == (503, "not_ready")
        assert ("secret-host" in reply.get_data(as_text=True)) == told


def test_an_expired_key_is_refused_by_name(client: LocalClient, make_key: Callable[..., str], keys: RedisKeyStore) -> None:
    now = NOW_S

    def at(moment_s: float) -> Any:
        nonlocal now
        now = moment_s
        return aged.get("/v1/stats", headers=bearer(key))

    key = make_key("read", name="guest", expires_s=NOW_S + 60)
    deduplicator = Deduplicator(MemoryStore(Settings()), Settings())
    app = create_app(Config(), deduplicator, Keyring(keys, clock=lambda: now))
    app.test_client_class = LocalClient
    aged = app.test_client()
    assert at(NOW_S + 59.9).status_code == 200
    reply = at(NOW_S + 60)
    assert (reply.status_code, code(reply)) == (401, "key_expired")
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="Mukarrar", error="invalid_token"'
    assert reply.get_json(force=True)["detail"] == "the key 'guest' was valid until 2025-11-09T14:54:20+00:00"
    assert aged.get("/v1/stats").status_code == 401  # the index stays closed


def test_a_service_that_others_reach_is_closed_without_any_key(make_client: Callable[..., LocalClient]) -> None:
    client = make_client(host="0.0.0.0")
    assert code(client.get("/v1/stats")) == "unauthorized"
    assert code(client.get("/v1/stats", headers=bearer(UNKNOWN))) == "unauthorized"
    assert client.get("/healthz").status_code == 200


# ── what is held in a process ────────────────────────────────────────────────────────────────────────────────────────


class Counted(RedisKeyStore):
    """Counts how often it is asked, and can be away."""

    asked = 0
    away = False

    def table(self, used: Mapping[str, float]) -> Table:
        self.asked += 1
        if self.away:
            raise StoreError("keys")
        return super().table(used)


class Held:
    """A keyring with a clock that the test turns."""

    def __init__(self, store: Counted) -> None:
        self.store = store
        self.now_s = 1000.0
        self.ring = Keyring(store, clock=lambda: NOW_S + self.now_s, monotonic=lambda: self.now_s)


@pytest.fixture
def held(redis_url: str, namespace: str) -> Iterator[Held]:
    store = Counted(redis_url, namespace, timeout_s=5.0)
    yield Held(store)
    store.close()


def test_a_key_that_is_held_costs_no_question_for_30_s(held: Held, make_key: Callable[..., str]) -> None:
    key = make_key("read")
    for second in range(31):
        held.now_s = 1000.0 + second
        assert held.ring.find(key) is not None
    assert held.store.asked == 1
    held.now_s = 1030.5
    assert held.ring.find(key) is not None
    assert held.store.asked == 2


def test_without_keys_there_is_one_question_in_30_s(held: Held) -> None:
    for tenth in range(600):
        held.now_s = 1000.0 + tenth / 10
        assert not held.ring.table().closed
    assert held.store.asked == 2


def test_a_key_revoked_elsewhere_is_refused_after_30_s(held: Held, keys: RedisKeyStore, make_key: Callable[..., str]) -> None:
    key = make_key("read", name="guest")
    assert held.ring.find(key) is not None
    revoke(keys, "guest", by=Person("layla", "command"), now_s=NOW_S)
    held.now_s += 30
    assert held.ring.find(key) is not None
    held.now_s += 0.1
    assert held.ring.find(key) is None
    assert held.ring.table().closed  # though no key is left


def test_a_new_key_is_known_at_once_and_guesses_are_asked_about_ten_times_a_second(
    held: Held, make_key: Callable[..., str]
) -> None:
    assert held.ring.find(UNKNOWN) is None
    held.now_s += 0.1
    key = make_key("read")
    assert held.ring.find(key) is not None
    asked = held.store.asked
    for hundredth in range(100):
        held.now_s += 0.01
        assert held.ring.find(f"mkr_{hundredth:012d}_" + 64 * "0") is None
        assert held.ring.find("no key at all") is None
    assert held.store.asked - asked in (9, 10)


def test_keys_are_held_while_the_store_is_away_and_nobody_is_let_in_before_it_answered(
    held: Held, make_key: Callable[..., str]
) -> None:
    key = make_key("read")
    held.store.away = True
    with pytest.raises(StoreError):
        held.ring.find(key)
    held.store.away = False
    held.now_s += 0.1
    assert held.ring.find(key) is not None
    held.store.away = True
    held.now_s += 600
    assert held.ring.find(key) is not None
    assert held.ring.find(UNKNOWN) is None


def test_uses_are_noted_with_the_next_question(held: Held, keys: RedisKeyStore, make_key: Callable[..., str]) -> None:
    key = make_key("read", name="guest")
    assert held.ring.find(key) is not None
    assert keys.used() == {}
    held.now_s += 16
    held.ring.keep_fresh()
    assert keys.used() == {"guest": NOW_S + 1000}
    assert keys.table({"guest": NOW_S + 999, "nobody": NOW_S}).closed  # an earlier use, and one of a key that is gone
    assert keys.used() == {"guest": NOW_S + 1000}


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
