"""The gate before the application: a body is read whole, within its limits, before a request may ask for a turn to work.

Many connections may be reading at once, each in a cheap thread; only a few requests work at once. A client that sends
slowly therefore never holds a turn, and work never waits for the network.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, cast

from service.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the application finds the problem that befell a request before it.
PROBLEM = "mukarrar.problem"

#: Where the route of a bulk post finds its body, an iterator of blocks that raises Problem, and the turns, a context manager.
BLOCKS = "mukarrar.blocks"
TURNS = "mukarrar.turns"

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
        in_blocks: frozenset[str] = frozenset({"/v1/articles:bulk"}),
    ) -> None:
        self._application = application
        self._max_bytes = max_bytes
        self._turns = threading.BoundedSemaphore(max_busy)
        self._busy_wait_s = busy_wait_s
        self._body_timeout_s = body_timeout_s
        self._always_open = always_open
        self._in_blocks = in_blocks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").rstrip("/") in self._in_blocks:
            return self._streamed(environ, start_response)
        try:
            body = self._read(environ)
        except Problem as problem:
            environ[PROBLEM] = problem
            body = b""
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input_terminated"] = True
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

    def _streamed(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """The application's reply, while it reads the body; what it leaves is read after it, so that the sender hears it."""
        blocks = self._blocks(environ)
        environ[BLOCKS] = blocks
        environ[TURNS] = cast("AbstractContextManager[bool]", self._turns)
        reply = self._application(environ, start_response)
        try:
            yield from reply
            _discard(blocks)
        finally:
            close = getattr(reply, "close", None)
            if close is not None:
                close()

    def _blocks(self, environ: WSGIEnvironment) -> Iterator[bytes]:
        """The body as it arrives, each block within the time limit of a body; raises Problem."""
        length = _stated_length(environ)
        if length is None and not environ.get("wsgi.input_terminated"):
            return
        total = 0
        while length is None or total < length:
            with self._in_time(environ):
                block = environ["wsgi.input"].read(_BLOCK if length is None else min(_BLOCK, length - total))
            if not block:
                break
            total += len(block)
            yield block
        _refuse_part(total, length)

    def _read(self, environ: WSGIEnvironment) -> bytes:
        """The whole body; raises Problem."""
        length = _stated_length(environ)
        if length is None and not environ.get("wsgi.input_terminated"):
            return b""  # the server does not say where the body ends: there is none
        with self._in_time(environ):
            blocks, total = self._collect(environ["wsgi.input"], length)
        if total > self._max_bytes:
            size = f"{length:,}" if length is not None else f"more than {self._max_bytes:,}"
            raise Problem(
                "request_too_large", f"the request has {size} bytes; at most {self._max_bytes:,} are accepted", field="body"
            )
        _refuse_part(total, length)
        return b"".join(blocks)

    @contextmanager
    def _in_time(self, environ: WSGIEnvironment) -> Iterator[None]:
        """Reads of the body share one deadline, and what goes wrong with them is a Problem."""
        connection: Any = environ.get("gunicorn.socket")
        if hasattr(connection, "read_until"):
            connection.read_until(time.monotonic() + self._body_timeout_s)
        try:
            yield
        except TimeoutError as exc:
            raise Problem(
                "request_timeout",
                f"the body did not arrive within {self._body_timeout_s:g} s",
                headers={"Connection": "close"},
            ) from exc
        except Exception as exc:  # a broken connection, a malformed chunk: each server has errors of its own
            raise Problem("incomplete_body", "the body broke off", headers={"Connection": "close"}) from exc

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


def _stated_length(environ: WSGIEnvironment) -> int | None:
    """Content-Length; None if there is none. Raises Problem."""
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated and not (stated.isascii() and stated.isdigit()):
        raise Problem("bad_request", "Content-Length is not a number")
    return int(stated) if stated else None


def _refuse_part(total: int, length: int | None) -> None:
    """Raise Problem if fewer bytes came than were stated."""
    if length is not None and total < length:
        raise Problem("incomplete_body", f"the body has {total:,} bytes, Content-Length says {length:,}")


def _discard(blocks: Iterator[bytes]) -> None:
    """Read the rest of a body, up to a limit."""
    left = _DISCARD_BYTES
    try:
        for block in blocks:
            left -= len(block)
            if left < 0:
                return
    except Problem:  # the sender has gone; there is nobody to tell
        return
