"""A small HTTP client for load: kept-alive sockets, requests made beforehand, one thread, so that it is never the slow part."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

PATH = "/v1/articles"
#: Waits to the microsecond, where epoll rounds up to the millisecond.
_Selector = selectors.SelectSelector


def request_of(body: bytes, path: str = PATH) -> bytes:
    """The bytes of a POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


class Connection:
    """One connection that is kept alive; one request on it at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0  # when the request on it should have been sent, time.perf_counter()
        self._data = b""

    def ask(self, request: bytes) -> None:
        """Send one request and wait for the whole answer; raises RuntimeError unless it is a 200."""
        self.send(request)
        while not self.receive():
            pass

    def send(self, request: bytes) -> None:
        """Send one request."""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what is there; true once the answer is whole."""
        block = self.socket.recv(65_536)
        if not block:
            raise RuntimeError("the server closed a connection")
        self._data += block
        head, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return False
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return False
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError((head + b"\n" + body).decode("utf-8", "replace"))
        self._data = b""
        return True

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


@contextmanager
def connections(port: int, count: int) -> Iterator[list[Connection]]:
    """Open connections, closed afterwards."""
    opened = [Connection(port) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


def alternately(ports: Sequence[int], requests: Sequence[bytes]) -> list[list[float]]:
    """Each request to each server in turn, one at a time: seconds by server, in the order of requests."""
    took: list[list[float]] = [[] for _ in ports]
    opened = [Connection(port) for port in ports]
    for request in requests:
        for connection, seconds in zip(opened, took, strict=True):
            start = time.perf_counter()
            connection.ask(request)
            seconds.append(time.perf_counter() - start)
    for connection in opened:
        connection.close()
    return took


def closed_loop(port: int, requests: Sequence[bytes], *, clients: int) -> float:
    """Answers a second while each of `clients` connections sends its next request as soon as it has its answer."""
    waiting = iter(requests)
    with connections(port, clients) as opened, closing(_Selector()) as selector:
        start = time.perf_counter()
        open_requests = 0
        for connection, request in zip(opened, waiting, strict=False):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
            open_requests += 1
        while open_requests:
            for key, _ in selector.select():
                if key.data.receive():
                    request = next(waiting, b"")
                    if request:
                        key.data.send(request)
                    else:
                        open_requests -= 1
        return len(requests) / (time.perf_counter() - start)


def open_loop(port: int, requests: Sequence[bytes], *, rate: float, clients: int) -> list[float]:
    """Seconds from when each request was due to its answer, at `rate` requests a second whatever the server does.

    A request that is due while every connection is busy waits, and its wait counts: a server that stalls is charged for all
    that came meanwhile, not for one request (no coordinated omission).
    """
    took: list[float] = []
    with connections(port, clients) as opened, closing(_Selector()) as selector:
        free = deque(opened)
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        start = time.perf_counter() + 0.01
        sent = 0
        while len(took) < len(requests):
            now = time.perf_counter()
            while free and sent < len(requests) and start + sent / rate <= now:
                connection = free.popleft()
                connection.due = start + sent / rate
                connection.send(requests[sent])
                sent += 1
            pause = max(0.0, start + sent / rate - time.perf_counter()) if free and sent < len(requests) else None
            for key, _ in selector.select(pause):
                if key.data.receive():
                    took.append(time.perf_counter() - key.data.due)
                    free.append(key.data)
    return took
