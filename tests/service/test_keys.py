"""Keys made, listed and revoked over HTTP and by command; and the audit log of what persons change."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import redis

from service import keystore, schemas
from service.keys import Act, KeyTakenError, Person, issue, revoke
from service.keystore import RedisKeyStore
from tests.service.conftest import FIRE, HOSPITAL, NOW_S, ROOT, LocalClient, Served

MakeKey = Callable[..., str]
LAYLA = Person("layla", "command")


def failed(reply: Any) -> tuple[int, str, str | None]:
    body = schemas.Problem.model_validate(reply.get_json(force=True))
    return reply.status_code, body.code, body.field


@pytest.fixture
def admin(make_key: MakeKey) -> dict[str, str]:
    return {"X-API-Key": make_key("admin", name="desk")}


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_key_closes_the_index_and_opens_it_to_its_bearer(client: LocalClient) -> None:
    assert client.get("/v1/stats").status_code == 200
    made = client.post("/v1/keys", json={"name": "قسم الأخبار", "scopes": ["read", "ingest", "read"]})
    new = schemas.NewKeyOut.model_validate(made.get_json())
    assert re.fullmatch(r"mkr_[0-9a-f]{12}_[0-9a-f]{64}", new.key)
    assert new.key.split("_")[1] == new.id
    assert (new.name, new.scopes, new.created) == ("قسم الأخبار", ["ingest", "read"], "2025-11-09T14:53:20+00:00")
    assert (new.created_by, new.expires, new.expired, new.last_used) == ("", None, False, None)
    assert client.get("/v1/stats").status_code == 401
    assert client.get("/v1/stats", headers={"X-API-Key": new.key}).status_code == 200
    assert client.get("/v1/keys", headers={"X-API-Key": new.key}).status_code == 403


def test_the_first_key_counts_at_once_in_another_process_for_whoever_sends_it(
    make_client: Callable[..., LocalClient], make_key: MakeKey
) -> None:
    elsewhere = make_client()
    assert elsewhere.get("/v1/stats").status_code == 200
    time.sleep(0.11)  # the store is asked about ten times a second at most
    key = make_key("ingest")
    assert elsewhere.get("/v1/stats").status_code == 200  # for 30 s
    assert elsewhere.get("/v1/stats", headers={"X-API-Key": key}).status_code == 403
    assert elsewhere.get("/v1/stats").status_code == 401


def test_keys_are_listed_without_their_secrets(client: LocalClient, admin: dict[str, str]) -> None:
    made = client.post("/v1/keys", json={"name": "cms", "scopes": ["ingest"], "expires": "2026-01-31"}, headers=admin).get_json()
    reply = client.get("/v1/keys", headers=admin)
    listed = schemas.KeysOut.model_validate(reply.get_json())
    assert [(key.name, key.scopes, key.created_by) for key in listed.keys] == [
        ("cms", ["ingest"], "desk"),
        ("desk", ["admin"], "layla"),
    ]
    assert (listed.keys[0].id, listed.keys[0].expires) == (made["id"], "2026-01-31T00:00:00+00:00")
    text = reply.get_data(as_text=True)
    secret = made["key"].rsplit("_", 1)[1]
    assert secret not in text
    assert hashlib.sha256(made["key"].encode()).hexdigest() not in text
    assert listed.keys[1].last_used == "2025-11-09T14:53:20+00:00"  # noted when the table was read anew for the new key


def test_a_revoked_key_is_refused_here_at_once(client: LocalClient, admin: dict[str, str], make_key: MakeKey) -> None:
    guest = {"X-API-Key": make_key("read", name="guest/1")}
    assert client.get("/v1/stats", headers=guest).status_code == 200
    reply = client.delete("/v1/keys/guest/1", headers=admin)
    assert (reply.status_code, reply.get_json()) == (200, {"revoked": "guest/1"})
    assert failed(client.get("/v1/stats", headers=guest)) == (401, "unauthorized", None)
    assert failed(client.delete("/v1/keys/guest/1", headers=admin)) == (404, "key_not_found", "name")
    assert client.delete("/v1/keys/desk", headers=admin).status_code == 200
    assert client.get("/v1/keys", headers=admin).status_code == 401
    assert client.get("/v1/stats").status_code == 401  # the last key is gone, the index stays closed


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], (422, "invalid_key", "")),
        ({}, (422, "invalid_key", "name")),
        ({"name": 5, "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": "", "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": " a", "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": "a\u202eb", "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": "\ud800", "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": "a" * 65, "scopes": ["read"]}, (422, "invalid_key", "name")),
        ({"name": "a"}, (422, "invalid_key", "scopes")),
        ({"name": "a", "scopes": []}, (422, "invalid_key", "scopes")),
        ({"name": "a", "scopes": "read"}, (422, "invalid_key", "scopes")),
        ({"name": "a", "scopes": ["write"]}, (422, "invalid_key", "scopes")),
        ({"name": "a", "scopes": [["read"]]}, (422, "invalid_key", "scopes")),
        ({"name": "a", "scopes": ["read"], "expires": 5}, (422, "invalid_key", "expires")),
        ({"name": "a", "scopes": ["read"], "expires": "soon"}, (422, "invalid_key", "expires")),
        ({"name": "a", "scopes": ["read"], "expires": "2025-11-09T14:53:20Z"}, (422, "invalid_key", "expires")),
        ({"name": "a", "scopes": ["read"], "expires": "9999-12-31T23:59:59-12:00"}, (422, "invalid_key", "expires")),
        ({"name": "a", "scopes": ["read"], "expires": "\ud800"}, (422, "invalid_key", "expires")),
        ({"name": "desk", "scopes": ["read"]}, (409, "key_exists", "name")),
    ],
)
def test_impossible_keys_are_refused(client: LocalClient, admin: dict[str, str], sent: Any, expected: Any) -> None:
    assert failed(client.post("/v1/keys", json=sent, headers=admin)) == expected
    assert [key["name"] for key in client.get("/v1/keys", headers=admin).get_json()["keys"]] == ["desk"]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_redis_never_sees_a_key(redis_url: str, namespace: str, make_key: MakeKey) -> None:
    key = make_key("read", "ingest", name="cms", expires_s=NOW_S + 60)
    with redis.Redis.from_url(redis_url, protocol=2) as client:
        head = f"{{mukarrar:{namespace}}}:"
        (kept,) = client.hgetall(head + "keys").values()
        written = b"".join([kept, *(value for _, entry in client.xrange(head + "audit") for value in entry.values())])
    assert key.rsplit("_", 1)[1].encode() not in written
    assert json.loads(kept) == {
        "name": "cms",
        "id": key.split("_")[1],
        "scopes": ["ingest", "read"],
        "digest": hashlib.sha256(key.encode()).hexdigest(),
        "created_s": NOW_S,
        "created_by": "layla",
        "expires_s": NOW_S + 60,
    }


def test_of_many_who_take_one_name_at_once_one_has_it(keys: RedisKeyStore) -> None:
    outcomes: list[str] = []

    def make() -> None:
        try:
            issue(keys, "cms", ["read"], expires_s=None, by=LAYLA, now_s=NOW_S)
            outcomes.append("made")
        except KeyTakenError:
            outcomes.append("taken")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["taken"] * 7
    assert len(keys.acts(before="", limit=10)) == 1


def test_a_name_is_free_again_after_its_key_was_revoked_and_begins_unused(keys: RedisKeyStore, make_key: MakeKey) -> None:
    first = make_key("read", name="cms")
    keys.table({"cms": NOW_S})
    assert keys.used() == {"cms": NOW_S}
    revoke(keys, "cms", by=LAYLA, now_s=NOW_S)
    assert keys.used() == {}
    second = make_key("read", name="cms")
    assert second != first
    assert keys.table({}).find(first) is None
    found = keys.table({}).find(second)
    assert found is not None
    assert found.name == "cms"


def test_a_key_that_another_version_wrote_lets_nobody_in(client: LocalClient, redis_url: str, namespace: str) -> None:
    with redis.Redis.from_url(redis_url, protocol=2) as server:
        for value in (b"{", b"{}", b"[]", b'{"scopes": 5}'):
            server.hset(f"{{mukarrar:{namespace}}}:keys", "x", value)
            assert failed(client.get("/v1/stats")) == (503, "store_unavailable", None)


# ── the audit log ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changes_by_persons_are_logged_with_the_name_of_their_key(
    client: LocalClient, admin: dict[str, str], make_key: MakeKey
) -> None:
    editor = {"X-API-Key": make_key("ingest", "review", name="ليلى"), "X-Request-Id": "r-1"}
    client.post("/v1/articles", json={"id": "a", "body": FIRE}, headers=editor)
    taught = client.post("/v1/templates", json={"article": "a", "name": "خاتمة", "by": "سامي"}, headers=editor)
    assert [change["by"] for change in taught.get_json()["changes"]] == ["ليلى"]
    client.post("/v1/templates/1", json={"state": "released"}, headers=editor)
    assert client.post("/v1/templates/9", json={"state": "released"}, headers=editor).status_code == 404
    client.delete("/v1/keys/ليلى", headers={**admin, "X-Request-Id": "r-2"})
    log = schemas.AuditOut.model_validate(client.get("/v1/audit", headers=admin).get_json())
    assert [(act.who, act.via, act.act, act.subject, act.request_id) for act in log.acts] == [
        ("desk", "key", "keys.revoke", "ليلى", "r-2"),
        ("ليلى", "key", "templates.change", "1", "r-1"),
        ("ليلى", "key", "templates.teach", "1", "r-1"),
        ("layla", "command", "keys.create", "ليلى", ""),
        ("layla", "command", "keys.create", "desk", ""),
    ]
    assert [act.facts for act in log.acts[1:3]] == [{"state": "released", "name": None}, {"state": "pinned", "name": "خاتمة"}]
    assert log.acts[3].facts["scopes"] == ["ingest", "review"]
    assert {act.at for act in log.acts} == {"2025-11-09T14:53:20+00:00"}
    assert log.next is None


def test_the_log_is_read_in_pages(client: LocalClient, admin: dict[str, str], keys: RedisKeyStore) -> None:
    for n in range(5):
        keys.record(Act(NOW_S, "layla", "command", "templates.change", str(n)))
    subjects: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    for _ in range(2):
        page = client.get("/v1/audit", query_string=query, headers=admin).get_json()
        subjects += [act["subject"] for act in page["acts"]]
        query["cursor"] = page["next"]
    assert subjects == ["4", "3", "2", "1", "0", "desk"]
    assert query["cursor"] is None
    for wrong in ("limit=0", "limit=501", "limit=x", "cursor=x", "before=1"):
        assert failed(client.get(f"/v1/audit?{wrong}", headers=admin)) == (422, "invalid_parameter", wrong.split("=")[0])


def test_the_log_forgets_the_oldest(keys: RedisKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "AUDIT_ACTS", 200)  # Redis cuts whole nodes, of 100 entries
    for n in range(500):
        keys.record(Act(NOW_S, "layla", "command", "templates.change", str(n)))
    kept = [act.subject for _, act in keys.acts(before="", limit=1000)]
    assert kept[:200] == [str(n) for n in range(499, 299, -1)]
    assert len(kept) <= 300


# ── by command ───────────────────────────────────────────────────────────────────────────────────────────────────────

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(redis_url: str, namespace: str) -> Run:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MUKARRAR_")}
    env |= {"MUKARRAR_REDIS_URL": redis_url, "MUKARRAR_NAMESPACE": namespace, "LOGNAME": "sami", "PYTHONUTF8": "1"}

    def make(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service.cli", *arguments]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    return make


def test_keys_by_command(run: Run, keys: RedisKeyStore) -> None:
    none = run("keys")
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "mukarrar: no key\n")
    made = run("keys", "create", "cms", "--scopes", "read, ingest", "--expires", "2099-01-31")
    assert (made.returncode, made.stderr) == (0, "mukarrar: the key 'cms' may ingest, read; keep it, it cannot be shown again\n")
    found = keys.table({}).find(made.stdout.removesuffix("\n"))
    assert found is not None
    assert (found.name, found.scopes, found.created_by) == ("cms", ("ingest", "read"), "sami")
    keys.table({"cms": NOW_S})
    assert run("keys", "list").stdout == (
        f"cms                   mkr_{found.id}  ingest,read               used 2025-11-09 14:53  expires 2099-01-31 00:00\n"
    )
    listed = schemas.KeyOut.model_validate_json(run("keys", "list", "--json").stdout)
    assert (listed.name, listed.last_used) == ("cms", "2025-11-09T14:53:20+00:00")
    assert run("keys", "revoke", "cms").returncode == 0
    assert [(act.who, act.via, act.act) for _, act in keys.acts(before="", limit=9)] == [
        ("sami", "command", "keys.revoke"),
        ("sami", "command", "keys.create"),
    ]
    assert keys.table({}).closed


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("create", "a", "--scopes", "write"), 1, "'write' is none"),
        (("create", "a", "--scopes", "read", "--expires", "soon"), 1, "expected ISO 8601"),
        (("create", "a"), 2, "Missing option '--scopes'"),
        (("revoke", "a"), 1, "there is no key named 'a'"),
    ],
)
def test_impossible_commands_say_why(run: Run, arguments: tuple[str, ...], status: int, says: str) -> None:
    done = run("keys", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_decisions_by_command_are_logged_too(run: Run, client: LocalClient, keys: RedisKeyStore) -> None:
    client.post("/v1/articles", json={"id": "a", "body": HOSPITAL})
    assert run("templates", "add", "a", "--name", "خبر").returncode == 0
    assert run("templates", "release", "1", "--by", "ليلى").returncode == 0
    assert [(act.who, act.via, act.act, act.subject) for _, act in keys.acts(before="", limit=9)] == [
        ("ليلى", "command", "templates.change", "1"),
        ("sami", "command", "templates.teach", "1"),
    ]


# ── a real server ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_on_another_address_needs_a_key_to_start(run: Run, make_key: MakeKey, keys: RedisKeyStore) -> None:
    for expected in ("has no valid key: make one with `mukarrar keys create", "has no valid key"):
        refused = run("serve", "--host", "0.0.0.0", "--port", "0")
        assert refused.returncode == 2
        assert expected in refused.stderr
        make_key("read", name="old", expires_s=NOW_S + 1)  # long over
        revoke(keys, "old", by=LAYLA, now_s=NOW_S)


def test_keys_on_a_real_server(serve: Callable[..., Served], redis_url: str, make_key: MakeKey) -> None:
    cms, desk = make_key("ingest", name="cms"), make_key("admin", name="desk")
    served = serve(redis_url=redis_url, host="0.0.0.0")
    assert served.post("/v1/articles", {"id": "a", "body": FIRE})[0] == 401
    assert served.post("/v1/articles", {"id": "a", "body": FIRE}, key=cms)[0] == 200
    assert served.get("/v1/stats", key=cms)[1]["code"] == "insufficient_scope"
    status, made = served.post("/v1/keys", {"name": "editor", "scopes": ["read"]}, key=desk)
    assert status == 200
    assert served.get("/v1/stats", key=made["key"])[1]["articles"] == 1
    later = make_key("read", name="later")
    time.sleep(0.11)  # guesses are asked about ten times a second at most
    assert served.get("/v1/stats", key=later)[0] == 200
    assert served.get("/healthz")[0] == 200
    assert served.get("/readyz")[0] == 200


def test_a_bulk_post_needs_the_scope_too(serve: Callable[..., Served], redis_url: str, make_key: MakeKey) -> None:
    cms, reader = make_key("ingest", name="cms"), make_key("read", name="reader")
    served = serve(redis_url=redis_url)
    body = json.dumps({"id": "a", "body": FIRE}).encode() + b"\n"
    for key, status in ((cms, 200), (reader, 403)):
        connection = HTTPConnection("127.0.0.1", served.port, timeout=10)
        headers = {"Content-Type": "application/x-ndjson", "X-API-Key": key}
        connection.request("POST", "/v1/articles:bulk", body, headers)
        reply = connection.getresponse()
        assert reply.status == status
        reply.read()
        connection.close()


def test_a_server_whose_store_is_away_serves_nobody_on_another_address(serve: Callable[..., Served], short_dir: Path) -> None:
    served = serve(redis_url=f"unix://{short_dir}/nothing.sock", host="0.0.0.0")
    assert served.get("/v1/stats")[0] == 401
    assert served.get("/v1/stats", key=f"mkr_{'0' * 12}_{'0' * 64}")[1]["code"] == "store_unavailable"
    assert served.get("/healthz")[0] == 200
