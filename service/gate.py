"""The gate before the application: a body is read whole, within its limits, before a request may ask for a turn to work.

Many connections may be reading at once, each in a cheap thread; only a few requests work at once. A client that sends
slowly therefore never holds a turn, and work never waits for the network.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from service.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the application finds the problem that befell a request before it.
PROBLEM = "mukarrar.problem"

_BLOCK = 65_536
#: A body over the limit is still read up to here, so that its sender is listening when the answer comes.
_DISCARD_BYTES = 64 * 1024 * 1024


class TimedConnection(Protocol):
    """What `service.serve` puts into the environment: a socket whose reads can be given a common deadline."""

    def read_until(self, deadline: float) -> None:
        """Let reads fail with TimeoutError once `time.monotonic()` passes `deadline`."""
        ...


class Gate:
    """WSGI middleware. A request that fails here reaches the application with its Problem under `PROBLEM`."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        max_bytes: int,
        max_busy: int,
        busy_wait_s: float,
        body_timeout_s: float,
        always_open: frozenset[str] = frozenset({"/healthz"}),
    ) -> None:
        self._application = application
        self._max_bytes = max_bytes
        self._turns = threading.BoundedSemaphore(max_busy)
        self._busy_wait_s = busy_wait_s
        self._body_timeout_s = body_timeout_s
        self._always_open = always_open

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            body = self._read(environ)
        except Problem as problem:
            environ[PROBLEM] = problem
            body = b""
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if environ.get("PATH_INFO") in self._always_open:
            return self._application(environ, start_response)
        if not self._turns.acquire(timeout=self._busy_wait_s):
            environ[PROBLEM] = Problem("overloaded", f"no turn came within {self._busy_wait_s:g} s", headers={"Retry-After": "1"})
            return self._application(environ, start_response)
        try:
            return self._application(environ, start_response)
        finally:
            self._turns.release()

    def _read(self, environ: WSGIEnvironment) -> bytes:
        """The whole body; raises Problem."""
        stated = environ.get("CONTENT_LENGTH") or ""
        if stated and not (stated.isascii() and stated.isdigit()):
            raise Problem("bad_request", "Content-Length is not a number")
        length = int(stated) if stated else None
        if length is None and not environ.get("wsgi.input_terminated"):
            return b""  # the server does not say where the body ends: there is none
        connection: Any = environ.get("gunicorn.socket")
        if hasattr(connection, "read_until"):
            connection.read_until(time.monotonic() + self._body_timeout_s)
        try:
            blocks, total = self._collect(environ["wsgi.input"], length)
        except TimeoutError as exc:
            raise Problem(
                "request_timeout",
                f"the body did not arrive within {self._body_timeout_s:g} s",
                headers={"Connection": "close"},
            ) from exc
        except Exception as exc:  # a broken connection, a malformed chunk: each server has errors of its own
            raise Problem("incomplete_body", "the body broke off", headers={"Connection": "close"}) from exc
        if total > self._max_bytes:
            size = f"{length:,}" if length is not None else f"more than {self._max_bytes:,}"
            raise Problem(
                "request_too_large", f"the request has {size} bytes; at most {self._max_bytes:,} are accepted", field="body"
            )
        if length is not None and total < length:
            raise Problem("incomplete_body", f"the body has {total:,} bytes, Content-Length says {length:,}")
        return b"".join(blocks)

    def _collect(self, stream: Any, length: int | None) -> tuple[list[bytes], int]:
        """The blocks of the body, none of them if it is over the limit, and how many bytes were read."""
        blocks: list[bytes] = []
        total = 0
        while length is None or total < length:
            block = stream.read(_BLOCK if length is None else min(_BLOCK, length - total))
            if not block:
                break
            total += len(block)
            if total <= self._max_bytes:
                blocks.append(block)
            elif total > _DISCARD_BYTES:
                break
            else:
                blocks.clear()
        return blocks, total
