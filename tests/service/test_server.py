"""The real server: deadlines, a store that goes and comes back, how it stops, what it logs."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from service.embedded import EmbeddedRedis
from tests.service.conftest import FIRE, HOSPITAL, Served

Serve = Callable[..., Served]
HEAD = b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    data = b""
    while True:
        try:
            block = connection.recv(65_536)
        except ConnectionResetError:
            return data
        if not block:
            return data
        data += block


@contextmanager
def held(served: Served, sent: bytes, clients: int) -> Iterator[list[socket.socket]]:
    """Connections that sent this and then say nothing more."""
    connections = [connect(served) for _ in range(clients)]
    try:
        for connection in connections:
            connection.sendall(sent)
        yield connections
    finally:
        for connection in connections:
            connection.close()


# ── slow clients ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_others_are_answered_while_60_connections_stall(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, threads=64)
    half_a_body = HEAD + b"Content-Length: 1000\r\n\r\n{"
    half_a_chunk = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"
    for sent in (b"", HEAD[:50], half_a_body, half_a_chunk):
        with held(served, sent, 60):
            for n in range(10):
                start = time.monotonic()
                status, _ = served.post("/v1/articles", {"id": str(n), "body": FIRE})
                assert (status, time.monotonic() - start < 2.0) == (200, True)


def test_silent_connections_hold_no_thread(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, threads=4)
    with held(served, b"", 100):
        assert served.post("/v1/articles", {"id": "a", "body": FIRE}, timeout=3)[0] == 200


def test_deadlines_are_kept_however_slowly_bytes_trickle(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, header_timeout_s=1, body_timeout_s=1)
    for sent, answered in ((HEAD, b""), (HEAD + b"Content-Length: 1000\r\n\r\n", b"HTTP/1.1 408 ")):
        with closing(connect(served)) as slow:
            slow.sendall(sent)
            start = time.monotonic()
            closed = threading.Event()

            def trickle(connection: socket.socket = slow, closed: threading.Event = closed) -> None:
                while not closed.wait(0.1):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

            thread = threading.Thread(target=trickle)
            thread.start()
            reply = read_all(slow)
            took = time.monotonic() - start
            closed.set()
            thread.join()
            assert reply.startswith(answered)
            assert bool(reply) is bool(answered)
            assert 0.9 < took < 5
    with closing(connect(served)) as silent:
        assert read_all(silent) == b""


def test_late_body_is_a_problem_document(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, body_timeout_s=0.3)
    with closing(connect(served)) as slow:
        slow.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        head, _, body = read_all(slow).partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "request_timeout"


def test_client_that_breaks_off_leaves_nothing(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    body = json.dumps({"id": "half", "body": FIRE}).encode()
    for sent in (
        HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) + 1) + body,
        b"POST /v1/pages?id=half HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 999\r\n\r\n"
        + FIRE.encode(),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ):
        with closing(connect(served)) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            reply = read_all(connection)
        assert b" 400 " in reply.split(b"\r\n")[0]
        assert json.loads(reply.partition(b"\r\n\r\n")[2])["code"] == "incomplete_body"
    assert served.get("/v1/articles/half")[0] == 404
    assert served.get("/v1/stats")[1]["articles"] == 0


def test_chunked_bodies_and_kept_connections(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    body = json.dumps({"id": "c", "body": FIRE}).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        for replayed in (False, True, True):
            connection.request(
                "POST", "/v1/articles", iter([body[:20], body[20:]]), {"Content-Type": "application/json"}, encode_chunked=True
            )
            assert json.load(connection.getresponse())["replayed"] is replayed


def test_body_of_5_mb_is_refused_and_the_client_hears_it(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    status, problem = served.post("/v1/articles", {"body": "x" * 5_000_000})
    assert (status, problem["code"], problem["field"]) == (413, "request_too_large", "body")


NOT_HTTP = [
    (b"NONSENSE\r\n\r\n", 400),
    (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
]


def test_what_is_not_even_http_gets_a_problem_document(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    for sent, status in NOT_HTTP:
        with closing(connect(served)) as connection:
            connection.sendall(sent)
            head, _, body = read_all(connection).partition(b"\r\n\r\n")
        assert int(head.split()[1]) == status
        assert b"application/problem+json" in head
        problem = json.loads(body)
        assert (problem["status"], problem["code"]) == (status, "bad_request")


# ── many clients ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_16_clients_post_the_same_texts_and_each_has_one_original(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, workers=2)
    texts = [" ".join(f"كلمة{n}رقم{i}" for i in range(30)) for n in range(12)]
    answers: list[dict[str, Any]] = []
    lock = threading.Lock()

    def client(number: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
            for n, text in enumerate(texts):
                body = json.dumps({"id": f"{n}-{number}", "source": f"s{number}", "body": text}).encode()
                connection.request("POST", "/v1/articles", body, {"Content-Type": "application/json"})
                reply = connection.getresponse()
                assert reply.status == 200
                with lock:
                    answers.append(json.load(reply))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16 * len(texts)
    for n in range(len(texts)):
        of_text = [a for a in answers if a["id"].split("-")[0] == str(n)]
        repeats = [a for a in of_text if a["body"]["verdict"] == "repeat"]
        (original,) = [a for a in of_text if a["body"]["verdict"] != "repeat"]
        assert {a["body"]["match"]["id"] for a in repeats} == {original["id"]}
    assert served.get("/v1/stats")[1]["articles"] == 16 * len(texts)


# ── the store ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_store_goes_and_comes_back(serve: Serve, short_dir: Path, redis_binary: Path) -> None:
    redis = EmbeddedRedis(short_dir, binary=redis_binary)
    redis.start()
    served = serve(redis_url=redis.url)
    assert served.post("/v1/articles", {"id": "a", "body": FIRE})[0] == 200
    redis.close()
    for path in ("/v1/articles", "/v1/articles?dry_run=1"):
        start = time.monotonic()
        status, problem = served.post(path, {"id": "b", "body": FIRE})
        assert (status, problem["code"]) == (503, "store_unavailable")
        assert time.monotonic() - start < 1.0
    assert served.get("/readyz")[0] == 503
    assert served.get("/healthz")[0] == 200
    redis = EmbeddedRedis(short_dir, binary=redis_binary)
    redis.start()
    try:
        assert served.get("/readyz")[0] == 200
        status, verdict = served.post("/v1/articles", {"id": "b", "body": FIRE})
        assert (status, verdict["body"]["match"]["id"]) == (200, "a")
    finally:
        redis.close()


def test_store_that_hangs_costs_less_than_a_second(serve: Serve, short_dir: Path, redis_binary: Path) -> None:
    with EmbeddedRedis(short_dir, binary=redis_binary) as redis:
        served = serve(redis_url=redis.url, store_timeout_s=0.5)
        assert served.post("/v1/articles", {"id": "a", "body": FIRE})[0] == 200
        pid = int((short_dir / "redis.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            status, problem = served.post("/v1/articles", {"id": "b", "body": FIRE})
            assert (status, problem["code"]) == (503, "store_timeout")
            assert time.monotonic() - start < 1.0
        finally:
            os.kill(pid, signal.SIGCONT)
        assert served.post("/v1/articles", {"id": "c", "body": HOSPITAL})[0] == 200


def test_server_starts_without_its_store_and_waits_for_it(serve: Serve, short_dir: Path) -> None:
    served = serve(redis_url=f"unix://{short_dir}/nothing.sock")
    assert served.get("/healthz")[0] == 200
    assert served.get("/readyz")[0] == 503
    assert served.post("/v1/articles", {"body": FIRE})[0] == 503


def test_embedded_redis_that_dies_is_started_anew(serve: Serve, short_dir: Path) -> None:
    served = serve(data_dir=short_dir)
    assert served.post("/v1/articles", {"id": "a", "body": FIRE})[0] == 200
    time.sleep(1.2)  # everysec
    os.kill(int((short_dir / "redis.pid").read_text()), signal.SIGKILL)
    deadline = time.monotonic() + 15
    while served.get("/readyz")[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert served.post("/v1/articles", {"id": "b", "body": FIRE})[1]["body"]["match"]["id"] == "a"


def test_embedded_redis_outlives_a_worker_and_ends_with_the_server(serve: Serve, short_dir: Path) -> None:
    served = serve(data_dir=short_dir)
    assert served.post("/v1/articles", {"id": "a", "body": FIRE})[0] == 200
    (worker,) = children(served.process.pid)
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while True:
        try:
            assert served.post("/v1/articles", {"id": "a", "body": FIRE})[1]["replayed"] is True
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    redis = int((short_dir / "redis.pid").read_text())
    served.process.terminate()
    assert served.process.wait(20) == 0
    deadline = time.monotonic() + 5
    while runs(redis):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    """Worker processes of a server."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return [int(line) for line in listed.stdout.split()]


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sigterm_finishes_what_is_under_way(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    body = json.dumps({"id": "last", "body": FIRE}).encode()
    with closing(connect(served)) as silent, closing(connect(served)) as under_way:
        under_way.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:30])
        time.sleep(0.5)
        start = time.monotonic()
        served.process.terminate()
        time.sleep(0.5)
        under_way.sendall(body[30:])
        assert read_all(under_way).startswith(b"HTTP/1.1 200 ")
        assert read_all(silent) == b""
        assert served.process.wait(10) == 0
        assert time.monotonic() - start < 8


def test_one_log_line_an_article_never_its_text(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    served.post("/v1/articles", {"id": "a", "source": "barq24", "title": "عنوان سري", "body": FIRE})
    served.post("/v1/articles", {"id": "b", "title": 5})
    served.post("/v1/articles", {"id": "c"})
    lines = served.logged()
    (checked,) = [line for line in lines if line["event"] == "article.checked"]
    assert checked["article_id"] == "a"
    assert (checked["source"], checked["verdict"], checked["of"]) == ("barq24", "new", None)
    assert checked["took_ms"] > 0
    assert checked["request_id"]
    text = json.dumps(lines, ensure_ascii=False)
    assert "سري" not in text
    assert "حريق" not in text


def test_key_in_the_log_never_but_its_name(serve: Serve, redis_url: str, make_key: Callable[..., str]) -> None:
    key = make_key("ingest", "admin", name="cms")
    served = serve(redis_url=redis_url, log_level="debug")
    assert served.post("/v1/articles", {"body": FIRE}, key=key)[0] == 200
    assert served.post("/v1/articles", {"body": FIRE}, key=key[:-1] + "g")[0] == 401
    assert served.get("/v1/stats", key=key)[0] == 403
    made = served.post("/v1/keys", {"name": "desk", "scopes": ["read"]}, key=key)[1]["key"]
    served.process.terminate()
    served.process.wait(20)
    lines = served.logged()
    named = [(line["event"], line["key"]) for line in lines if line["event"] in ("article.checked", "changed")]
    assert named == [("article.checked", "cms"), ("changed", "cms")]
    for secret in (key, key[:-1], made):
        assert secret.rsplit("_", 1)[1] not in json.dumps(lines)


def test_application_for_another_wsgi_server(redis_url: str, namespace: str) -> None:
    code = "from service.wsgi import application; print(application.test_client().get('/readyz', base_url='http://localhost').status)"
    env = {**os.environ, "MUKARRAR_REDIS_URL": redis_url, "MUKARRAR_NAMESPACE": namespace}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "200 OK"


def test_start_up_imports_little() -> None:
    """What the server needs before it can listen; the rest waits for the first request that needs it."""
    code = "import sys, service.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "redis", "trafilatura", "lxml", "scipy", "datasketch", "numba"} & set(loaded)


def test_what_is_loaded_at_start_is_left_out_of_collections() -> None:
    code = "import gc; from service import collector; collector.settle(); print(gc.get_freeze_count() > 1000, gc.get_threshold())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "True (10000, 2, 300)"
