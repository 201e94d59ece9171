"""The gate: whole bodies within limits, few at work at once, whatever the server in front of it does."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from service.gate import BLOCKS, PROBLEM, TURNS, Gate
from service.problems import Problem


class Inner:
    """An application that remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, str | None]] = []
        self.release = threading.Event()
        self.release.set()
        self.busy = 0
        self.most_busy = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with self._lock:
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        self.release.wait(10)
        problem = environ.get(PROBLEM)
        assert problem is None or isinstance(problem, Problem)
        self.seen.append((environ["wsgi.input"].read(), problem.code if problem else None))
        with self._lock:
            self.busy -= 1
        return [b"ok"]


def gate(inner: Inner, **changes: Any) -> Gate:
    return Gate(inner, **{"max_bytes": 1_000, "max_busy": 2, "busy_wait_s": 5.0, "body_timeout_s": 5.0, **changes})


def call(application: Gate, body: bytes | io.RawIOBase = b"", **environ: Any) -> None:
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    values = {"wsgi.input": stream, "PATH_INFO": "/v1/articles", "REQUEST_METHOD": "POST", **environ}
    assert application(values, lambda *_: lambda _: None) == [b"ok"]


class Pieces(io.RawIOBase):
    """A stream that gives one piece a read, then ends or fails."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self._pieces = list(pieces)
        self._error = error
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        if not self._pieces:
            if self._error:
                raise self._error
            return b""
        piece = self._pieces.pop(0)
        if 0 <= size < len(piece):
            self._pieces.insert(0, piece[size:])
            piece = piece[:size]
        self.read_bytes += len(piece)
        return piece


@pytest.mark.parametrize(
    ("body", "environ", "seen"),
    [
        (b"abc", {"CONTENT_LENGTH": "3"}, (b"abc", None)),
        (b"abc", {"CONTENT_LENGTH": "2"}, (b"ab", None)),
        (b"abc", {"CONTENT_LENGTH": "4"}, (b"", "incomplete_body")),
        (b"abc", {"CONTENT_LENGTH": "-1"}, (b"", "bad_request")),
        (b"abc", {"CONTENT_LENGTH": "٣"}, (b"", "bad_request")),
        (b"abc", {"CONTENT_LENGTH": "three"}, (b"", "bad_request")),
        (b"abc", {"CONTENT_LENGTH": ""}, (b"", None)),
        (b"abc", {}, (b"", None)),
        (b"abc", {"wsgi.input_terminated": True}, (b"abc", None)),
        (b"x" * 1_000, {"CONTENT_LENGTH": "1000"}, (b"x" * 1_000, None)),
        (b"x" * 1_001, {"CONTENT_LENGTH": "1001"}, (b"", "request_too_large")),
        (b"x" * 1_001, {"wsgi.input_terminated": True}, (b"", "request_too_large")),
        (Pieces(b"ab", b"c"), {"CONTENT_LENGTH": "3"}, (b"abc", None)),
        (Pieces(b"ab", error=TimeoutError()), {"CONTENT_LENGTH": "3"}, (b"", "request_timeout")),
        (Pieces(b"ab", error=ConnectionResetError()), {"CONTENT_LENGTH": "3"}, (b"", "incomplete_body")),
        (Pieces(b"ab", error=ValueError("malformed chunk")), {"wsgi.input_terminated": True}, (b"", "incomplete_body")),
        (Pieces(b"ab", error=Exception("a server's own")), {"wsgi.input_terminated": True}, (b"", "incomplete_body")),
    ],
)
def test_bodies(body: Any, environ: dict[str, Any], seen: tuple[bytes, str | None]) -> None:
    inner = Inner()
    call(gate(inner), body, **environ)
    assert inner.seen == [seen]


def test_body_over_the_limit_is_read_so_that_its_sender_listens_but_not_forever() -> None:
    inner = Inner()
    stream = Pieces(*[b"x" * 1_000_000] * 10)
    call(gate(inner), stream, CONTENT_LENGTH="10000000")
    assert stream.read_bytes == 10_000_000
    stream = Pieces(*[b"x" * 1_000_000] * 100)
    call(gate(inner), stream, CONTENT_LENGTH="100000000")
    assert stream.read_bytes < 70_000_000
    assert [code for _, code in inner.seen] == ["request_too_large"] * 2


def test_deadline_is_given_to_a_connection_that_takes_one() -> None:
    class Connection:
        deadline = 0.0

        def read_until(self, deadline: float) -> None:
            self.deadline = deadline

    connection = Connection()
    call(gate(Inner()), b"abc", CONTENT_LENGTH="3", **{"gunicorn.socket": connection})
    assert connection.deadline > 0


def test_few_work_at_once_and_the_others_wait() -> None:
    inner = Inner()
    inner.release.clear()
    application = gate(inner, max_busy=3)
    threads = [threading.Thread(target=call, args=(application, b"abc"), kwargs={"CONTENT_LENGTH": "3"}) for _ in range(12)]
    for thread in threads:
        thread.start()
    inner.release.set()
    for thread in threads:
        thread.join()
    assert len(inner.seen) == 12
    assert inner.most_busy <= 3


def test_who_waits_too_long_is_told_and_health_never_waits() -> None:
    inner = Inner()
    inner.release.clear()
    application = gate(inner, max_busy=1, busy_wait_s=0.05)
    first = threading.Thread(target=call, args=(application,))
    first.start()
    while not inner.busy:
        pass
    others = [
        threading.Thread(target=call, args=(application,)),
        threading.Thread(target=call, args=(application,), kwargs={"PATH_INFO": "/healthz"}),
    ]
    for thread in others:
        thread.start()
    while inner.busy < 3:
        pass
    inner.release.set()
    for thread in (first, *others):
        thread.join()
    assert sorted(str(code) for _, code in inner.seen) == ["None", "None", "overloaded"]


def test_turn_is_given_back_when_the_application_fails() -> None:
    class Failing(Inner):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
            raise RuntimeError("broken")

    application = gate(Failing(), max_busy=1, busy_wait_s=0.0)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="broken"):
            call(application)


class Bulk:
    """An application that reads so many blocks of its body, and remembers them or what broke them off."""

    def __init__(self, blocks: int = 1_000) -> None:
        self.wanted = blocks
        self.seen: list[bytes | str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        assert hasattr(environ[TURNS], "__enter__")
        try:
            for block in islice(environ[BLOCKS], self.wanted):
                self.seen.append(block)
        except Problem as problem:
            self.seen.append(problem.code)
        yield b"ok"


@pytest.mark.parametrize(
    ("pieces", "environ", "seen"),
    [
        ([b"ab", b"c"], {"wsgi.input_terminated": True}, [b"ab", b"c"]),
        ([b"ab", b"c"], {"CONTENT_LENGTH": "3"}, [b"ab", b"c"]),
        ([b"ab", b"c"], {"CONTENT_LENGTH": "2"}, [b"ab"]),
        ([b"ab", b"c"], {"CONTENT_LENGTH": "4"}, [b"ab", b"c", "incomplete_body"]),
        ([b"ab"], {"CONTENT_LENGTH": "many"}, ["bad_request"]),
        ([b"ab"], {}, []),
        ([b"a" * 70_000], {"CONTENT_LENGTH": "70000"}, [b"a" * 65_536, b"a" * 4_464]),
    ],
)
def test_a_bulk_body_is_read_in_blocks(pieces: list[bytes], environ: dict[str, Any], seen: list[Any]) -> None:
    inner = Bulk()
    application = Gate(inner, max_bytes=10, max_busy=1, busy_wait_s=1.0, body_timeout_s=1.0)
    values = {"wsgi.input": Pieces(*pieces), "PATH_INFO": "/v1/articles:bulk", "REQUEST_METHOD": "POST", **environ}
    assert list(application(values, lambda *_: lambda _: None)) == [b"ok"]
    assert inner.seen == seen


@pytest.mark.parametrize(("error", "code"), [(TimeoutError(), "request_timeout"), (ConnectionResetError(), "incomplete_body")])
def test_a_bulk_body_that_breaks_off_says_how(error: Exception, code: str) -> None:
    inner = Bulk()
    application = Gate(inner, max_bytes=10, max_busy=1, busy_wait_s=1.0, body_timeout_s=1.0)
    values = {"wsgi.input": Pieces(b"ab", error=error), "PATH_INFO": "/v1/articles:bulk", "wsgi.input_terminated": True}
    assert list(application(values, lambda *_: lambda _: None)) == [b"ok"]
    assert inner.seen == [b"ab", code]


def test_what_a_bulk_post_leaves_unread_is_read_after_its_answer() -> None:
    stream = Pieces(*[b"x" * 65_536] * 20)
    application = Gate(Bulk(blocks=1), max_bytes=10, max_busy=1, busy_wait_s=1.0, body_timeout_s=1.0)
    reply = iter(
        application(
            {"wsgi.input": stream, "PATH_INFO": "/v1/articles:bulk", "wsgi.input_terminated": True}, lambda *_: lambda _: None
        )
    )
    assert (next(reply), stream.read_bytes) == (b"ok", 65_536)
    assert list(reply) == []
    assert stream.read_bytes == 20 * 65_536
