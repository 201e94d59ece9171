"""The HTTP server: gunicorn's threaded workers, with deadlines on what a client sends (docs/decisions/0005-http-server.md)."""

from __future__ import annotations

import atexit
import errno
import importlib
import json
import math
import random
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any, cast

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.http import errors as http_errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from dedup.errors import DedupError, SettingsError, StoreError
from dedup.store.protocol import Store
from service import collector, kernels, logs
from service.config import Config, is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from service.auth import Keyring

KEEP_ALIVE_S = 15
#: How often a worker looks after the embedded Redis.
LOOK_AFTER_S = 2.0
#: A client must take each piece of an answer within this time.
SEND_S = 30.0
#: Connections of one worker, waiting ones included; more wait in the kernel's queue.
MAX_CONNECTIONS = 2_000

_QUIET = {errno.EAGAIN, errno.ECONNABORTED, errno.EMFILE, errno.ENFILE}


class TimedSocket:
    """A connected socket whose reads share one deadline, however few bytes each of them brings."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._deadline = math.inf
        self._timeout: float | None = None

    def read_until(self, deadline: float) -> None:
        """Let reads fail once `time.monotonic()` passes `deadline`; infinity lifts it."""
        self._deadline = deadline

    def recv(self, size: int) -> bytes:
        """As socket.recv; raises TimeoutError after the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        limits = [limit for limit in (left, self._timeout) if limit is not None and limit != math.inf]
        self._socket.settimeout(min(limits) if limits else None)
        try:
            return self._socket.recv(size)
        except TimeoutError as exc:
            raise self._too_slow() from exc

    def sendall(self, data: bytes) -> None:
        """As socket.sendall, within SEND_S unless the caller set a shorter time."""
        self._socket.settimeout(SEND_S if self._timeout is None else self._timeout)
        self._socket.sendall(data)

    def settimeout(self, timeout: float | None) -> None:
        """As socket.settimeout; the deadline stays."""
        self._timeout = timeout
        self._socket.settimeout(timeout)

    def setblocking(self, flag: bool) -> None:
        """As socket.setblocking; the deadline stays."""
        self.settimeout(None if flag else 0.0)

    def gettimeout(self) -> float | None:
        """As socket.gettimeout."""
        return self._timeout

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    @staticmethod
    def _too_slow() -> TimeoutError:
        # With this number gunicorn treats it as a client that went away: closed, and logged at debug level only.
        return TimeoutError(errno.ECONNRESET, "the client was too slow")


class Worker(ThreadWorker):
    """gthread, but a connection that has sent nothing holds no thread, and a request's head has a deadline."""

    @property
    def _header_timeout_s(self) -> float:
        config = getattr(self.app, "config", None)  # under another gunicorn command there is none
        return config.header_timeout_s if isinstance(config, Config) else 10.0

    def accept(self, listener: socket.socket) -> None:
        """Take a connection and leave it with the poller until its first byte is there."""
        try:
            client, address = listener.accept()
        except OSError as exc:
            if exc.errno not in _QUIET:
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, cast(socket.socket, TimedSocket(client)), address, listener.getsockname())
        connection.timeout = time.monotonic() + self._header_timeout_s
        self.pending_conns.append(connection)
        self.poller.register(connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def murder_pending(self) -> None:
        """Close connections that sent nothing in time; when stopping, all that sent nothing."""
        if not self.alive:
            for connection in self.pending_conns:
                connection.timeout = 0.0
        super().murder_pending()

    def handle(self, conn: Any) -> Any:
        """One request, in a thread of the pool."""
        conn.sock.read_until(time.monotonic() + self._header_timeout_s)
        try:
            return super().handle(conn)
        finally:
            conn.sock.read_until(math.inf)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 - gunicorn's
        """Answer what is not even HTTP with a problem document, as the application does for everything else."""
        status, code, title = 400, "bad_request", "The request is malformed"
        if isinstance(exc, http_errors.LimitRequestLine):
            status, title = 414, "The request line is too long"
        elif isinstance(exc, http_errors.LimitRequestHeaders):
            status, title = 431, "The request's head is too long"
        elif not isinstance(exc, http_errors.ParseException):
            status, code, title = 500, "internal", "An error on our side"
            self.log.exception("request.failed")
        body = json.dumps({"type": f"/docs#{code}", "title": title, "status": status, "detail": title, "code": code})
        head = f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        try:
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode("ascii"))
        except OSError:
            self.log.debug("the client left before its answer")


class Server(BaseApplication):
    """gunicorn configured from a Config; `make_application` runs in each worker, after the fork."""

    def __init__(
        self,
        config: Config,
        make_application: Callable[[], WSGIApplication],
        *,
        when_ready: Callable[[str], None] | None = None,
    ) -> None:
        self.config = config
        self._make_application = make_application
        self._when_ready = when_ready
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: every setting that differs from its default."""
        config = self.config
        host = f"[{config.host}]" if ":" in config.host else config.host
        settings: dict[str, Any] = {
            "bind": f"{host}:{config.port}",
            "workers": config.workers,
            "worker_class": Worker,
            "threads": config.threads,
            "worker_connections": max(_max_connections(), config.threads + 1),
            "backlog": 1024,
            "timeout": 60,
            "graceful_timeout": config.graceful_timeout_s,
            "keepalive": KEEP_ALIVE_S,
            "limit_request_line": 8190,
            "limit_request_fields": 100,
            "preload_app": False,  # each worker opens its own connections to the store
            "sendfile": False,  # it would bypass the send deadline
            "http_parser": "python",
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": config.log_level,
            "logconfig_dict": {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"json": {"()": logs.formatter}},
                "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
                "loggers": {"gunicorn.error": {"handlers": ["stderr"], "level": config.log_level.upper(), "propagate": False}},
                "root": {"handlers": ["stderr"], "level": config.log_level.upper()},
            },
            "when_ready": self._ready,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Called by gunicorn in each worker."""
        logs.set_up(self.config.log_level)
        return self._make_application()

    def _ready(self, arbiter: Any) -> None:
        if self._when_ready is not None:
            self._when_ready(str(arbiter.LISTENERS[0]))


def run(config: Config, *, when_ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, with the embedded Redis if the configuration names no other.

    Args:
        config: read once, by the caller.
        when_ready: called in the main process with the address (`http://127.0.0.1:8080`) once it listens.
    """
    logs.set_up(config.log_level)
    _raise_file_limit()
    loading = threading.Thread(target=_load_modules, name="loading")
    loading.start()  # while Redis starts, and once for all workers
    with _redis(config) as url:
        loading.join()
        _refuse_open(config, url)
        Server(config, partial(_application, config, url), when_ready=when_ready).run()


def application_of(config: Config) -> WSGIApplication:
    """The application for a server that is not ours; it starts or joins the embedded Redis if no other is named."""
    logs.set_up(config.log_level)
    redis = _redis(config)
    atexit.register(redis.__exit__, None, None, None)
    return _application(config, redis.__enter__())


def _refuse_open(config: Config, redis_url: str) -> None:
    """Raise SettingsError where others could reach a service that has no key. If the store is away, nobody is served anyway."""
    from service.stores import open_keys

    if is_loopback(config.host):
        return
    keys = open_keys(config, redis_url)
    try:
        if any(not key.expired(time.time()) for key in keys.table({}).keys.values()):
            return
    except StoreError as exc:
        structlog.get_logger().warning("keys.unknown", reason=str(exc))
        return
    finally:
        keys.close()
    raise SettingsError(
        "host",
        f"{config.host!r} can be reached by others, and the index {config.namespace!r} has no valid key: make one with "
        "`mukarrar keys create NAME --scopes ingest,read`, or listen on 127.0.0.1",
    )


@contextmanager
def _redis(config: Config) -> Iterator[str]:
    """The URL of the Redis to use; the embedded one runs as long as the process that asked for it."""
    if config.redis_url:
        yield config.redis_url
        return
    from service.embedded import EmbeddedRedis

    # A worker, forked inside this block, leaves it too; `close` then does no more than let go.
    with EmbeddedRedis(config.data_dir, appendfsync=config.appendfsync) as redis:
        yield redis.url


def _load_modules() -> None:
    """Import what every worker needs."""
    for name in ("service.app", "service.keystore"):
        importlib.import_module(name)


def _application(config: Config, redis_url: str) -> WSGIApplication:
    """Made in each worker, after the fork: its own connections, its own housekeeper."""
    from service.app import create_app
    from service.auth import Keyring
    from service.stores import open_deduplicator, open_keys

    deduplicator = open_deduplicator(config, redis_url)
    keyring = Keyring(open_keys(config, redis_url))
    threading.Thread(target=_keep_house, args=(config, deduplicator.store, keyring), name="housekeeper", daemon=True).start()
    application = create_app(config, deduplicator, keyring)
    collector.settle()
    kernels.start(config, lambda reason: structlog.get_logger().warning("kernels.plain", reason=reason))
    return application


def _keep_house(config: Config, store: Store, keyring: Keyring) -> None:
    """Start the embedded Redis anew when it has died, hold the keys fresh, and drop now and then what is past the retention.

    Every worker does; whoever comes second finds nothing left to do.
    """
    log = structlog.get_logger()
    next_sweep = time.monotonic() + config.sweep_interval_s * random.random()
    while True:
        time.sleep(LOOK_AFTER_S)
        try:
            if not config.redis_url:
                _revive(config, store)
            keyring.keep_fresh()
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + config.sweep_interval_s
                log.info("sweep.done", articles=store.sweep(now_s=time.time()))
        except DedupError as exc:
            log.warning("housekeeping.failed", reason=str(exc))


def _revive(config: Config, store: Store) -> None:
    try:
        store.ping()
    except StoreError:
        from service.embedded import EmbeddedRedis

        with EmbeddedRedis(config.data_dir, appendfsync=config.appendfsync):
            structlog.get_logger().warning("redis.found_again")


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))


def _max_connections() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft - 128)
