"""Many articles in one post: one line out for each, in order, while the body still arrives."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from dedup import Deduplicator, Settings, Verdict
from dedup.store.memory import MemoryStore
from service.embedded import EmbeddedRedis
from service.formats.article import article_from_json
from tests.service.conftest import FIRE, HOSPITAL, NOW_S, LocalClient, Served

Serve = Callable[..., Served]
SAMPLE = Path(__file__).parents[2] / "service" / "sample" / "day.jsonl"
HEAD = b"POST /v1/articles:bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"


def lines(*articles: dict[str, Any] | bytes) -> bytes:
    return b"".join(a if isinstance(a, bytes) else orjson.dumps(a) + b"\n" for a in articles)


def post(client: LocalClient, body: bytes, **headers: str) -> Any:
    return client.post("/v1/articles:bulk", data=body, content_type="application/x-ndjson", headers=headers)


def parsed(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=20)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def replies(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """The lines of a chunked reply, as they come; ends with the reply, or with the connection."""
    data = b""
    with connection.makefile("rb") as stream:
        assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
        while stream.readline() != b"\r\n":
            pass
        while size := int(stream.readline() or b"0", 16):
            data += stream.read(size)
            stream.readline()
            *whole, data = data.split(b"\n")
            yield from map(json.loads, whole)


def articles(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    """Some 700 bytes each, so that a hundred are more than a block."""
    return [
        {"id": f"n{n}", "source": "barq24", "body": " ".join(f"كلمة{n}رقم{i}" for i in range(40))}
        for n in range(first, first + count)
    ]


def test_lines_are_those_of_the_batch_command_byte_for_byte(client: LocalClient, settings: Settings) -> None:
    day = SAMPLE.read_bytes()
    judged = Deduplicator(MemoryStore(settings), settings).check(
        [article_from_json(json.loads(line), default_id=lambda: "") for line in day.splitlines()], now_s=NOW_S
    )
    expected = b"".join(orjson.dumps(v.as_dict()) + b"\n" for v in judged if isinstance(v, Verdict))
    reply = post(client, day)
    assert reply.status_code == 200
    assert reply.content_type == "application/x-ndjson"
    assert reply.get_data() == expected


def test_more_than_one_block_and_more_than_one_batch_keep_their_order(client: LocalClient) -> None:
    sent = articles(300)
    assert len(lines(*sent)) > 3 * 65_536
    assert [line["id"] for line in parsed(post(client, lines(*sent)).get_data())] == [a["id"] for a in sent]


def test_a_bad_line_has_its_number_and_the_others_go_on(make_client: Callable[..., LocalClient]) -> None:
    client = make_client(settings=Settings(max_body_bytes=1_000))
    body = lines(
        {"id": "a", "source": "s", "body": FIRE},
        b"\n",
        b"not json\n",
        {"id": "b", "title": 5},
        {"id": "c"},
        {"id": "a", "source": "another", "body": HOSPITAL},
        {"id": "d", "title": "x" * 100_000},
        b'{"id": "e", "title": "\xd8\xb9\xd9\x86\xd9\x88\xd8\xa7\xd9\x86"}',
    )
    verdict, *rejected, last = parsed(post(client, body).get_data())
    assert (verdict["id"], verdict["body"]["verdict"], last["id"]) == ("a", "new", "e")
    assert [(line["id"], line["line"], line["error"]["code"], line["error"]["field"]) for line in rejected] == [
        (None, 3, "invalid_json", ""),
        ("b", 4, "invalid_article", "title"),
        ("c", 5, "empty_article", "body"),
        ("a", 6, "id_taken", "id"),
        (None, 7, "line_too_long", ""),
    ]


def test_an_empty_body_has_no_lines(client: LocalClient) -> None:
    assert post(client, b"").get_data() == b""
    assert post(client, b"\n \n").get_data() == b""


def test_what_is_refused_as_a_whole(client: LocalClient) -> None:
    body = lines({"id": "a", "body": FIRE})
    for reply, status, code in (
        (client.post("/v1/articles:bulk", data=body, content_type="application/json"), 415, "unsupported_media_type"),
        (client.post("/v1/articles:bulk", data=body), 415, "unsupported_media_type"),
        (post(client, body, **{"Content-Encoding": "gzip"}), 415, "unsupported_media_type"),
        (
            client.post("/v1/articles:bulk?dry_run=1", data=body, content_type="application/x-ndjson"),
            422,
            "invalid_parameter",
        ),
        (client.get("/v1/articles:bulk"), 405, "method_not_allowed"),
    ):
        assert (reply.status_code, reply.get_json()["code"]) == (status, code)
    assert client.get("/v1/articles/a").status_code == 404


def test_a_slash_at_the_end_does_not_matter(client: LocalClient) -> None:
    body = lines({"id": "a", "body": FIRE})
    reply = client.post("/v1/articles:bulk/", data=body, content_type="application/x-ndjson")
    assert [line["id"] for line in parsed(reply.get_data())] == ["a"]


def test_both_content_types_are_read(client: LocalClient) -> None:
    reply = client.post("/v1/articles:bulk", data=lines({"id": "a", "body": FIRE}), content_type="application/jsonl")
    assert [line["id"] for line in parsed(reply.get_data())] == ["a"]


# ── on the real server ───────────────────────────────────────────────────────────────────────────────────────────────


def test_verdicts_leave_while_the_body_arrives_and_a_store_that_goes_is_told_line_by_line(
    serve: Serve, short_dir: Path, redis_binary: Path
) -> None:
    redis = EmbeddedRedis(short_dir, binary=redis_binary)
    redis.start()
    served = serve(redis_url=redis.url)
    with closing(connect(served)) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(lines(*articles(110))))
        reply = replies(connection)
        assert next(reply)["id"] == "n0"  # nothing more is sent until this has come
        redis.close()
        connection.sendall(chunk(lines(*articles(110, first=110))) + b"0\r\n\r\n")
        rest = list(reply)
    assert len(rest) == 219
    failed = [line for line in rest if "error" in line]
    assert {line["error"]["code"] for line in failed} == {"store_unavailable"}
    assert [line["line"] for line in failed] == list(range(221 - len(failed), 221))
    assert len(failed) >= 110


def test_a_store_that_is_away_from_the_start_is_a_problem(serve: Serve, short_dir: Path) -> None:
    served = serve(redis_url=f"unix://{short_dir}/nothing.sock")
    body = lines(*articles(2_000))
    with closing(connect(served)) as connection:
        connection.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)  # all of it is taken, so that its sender is listening when the answer comes
        with connection.makefile("rb") as stream:
            answer = stream.read()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"store_unavailable"' in answer


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_breaks_off_ends_with_the_first_line_that_was_not_judged(serve: Serve, redis_url: str, framing: str) -> None:
    served = serve(redis_url=redis_url)
    whole, half = lines(*articles(120)), orjson.dumps({"id": "half", "body": FIRE})
    with closing(connect(served)) as connection:
        if framing == "length":
            connection.sendall(HEAD + b"Content-Length: 900000\r\n\r\n" + whole + half)
        else:
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(whole) + b"fff\r\n" + half)
        connection.shutdown(socket.SHUT_WR)
        *judged, last = replies(connection)
    assert (last["id"], last["error"]["code"]) == (None, "incomplete_body")
    assert last["line"] == len(judged) + 1
    assert all("body" in line for line in judged)
    assert len(judged) >= 80
    assert served.get("/v1/articles/half")[0] == 404


def test_a_body_that_stalls_ends_likewise(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, body_timeout_s=0.5)
    with closing(connect(served)) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(lines(*articles(110))))
        *_, last = replies(connection)
        assert last["error"]["code"] == "request_timeout"
        assert connection.recv(1) == b""


def test_a_slow_bulk_post_holds_no_turn(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url, busy_limit=1, busy_wait_s=1)
    with closing(connect(served)) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(lines(*articles(110))))
        reply = replies(connection)
        assert next(reply)["id"] == "n0"
        start = time.monotonic()
        assert served.post("/v1/articles", {"id": "single", "body": HOSPITAL})[0] == 200
        assert time.monotonic() - start < 5
        connection.sendall(b"0\r\n\r\n")
        assert sum(1 for _ in reply) == 109


def test_a_client_that_leaves_in_the_middle_harms_nobody(serve: Serve, redis_url: str) -> None:
    served = serve(redis_url=redis_url)
    body = lines(*articles(400))

    def leave() -> None:
        with closing(connect(served)) as connection:
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (10 * len(body)) + body)

    threads = [threading.Thread(target=leave) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.post("/v1/articles", {"id": "single", "body": HOSPITAL})[0] == 200
    assert not [line for line in served.logged() if line.get("level") == "critical"]


def test_an_id_that_is_no_unicode_is_not_repeated(client: LocalClient) -> None:
    (line,) = parsed(post(client, b'{"id": "\\ud800", "body": "x"}\n').get_data())
    assert (line["id"], line["line"], line["error"]["field"]) == (None, 1, "id")


def test_article_of_a_line_without_id_and_url_is_never_taken_for_another(client: LocalClient) -> None:
    ids = [line["id"] for line in parsed(post(client, lines({"body": FIRE}, {"body": FIRE})).get_data())]
    assert len({*ids}) == 2
    assert all(id_.startswith("s-") for id_ in ids)
