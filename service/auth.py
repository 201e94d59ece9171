"""Who may call: with a key, whoever sends it, within its scopes; while there is none, this machine, and no foreign web page."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Request, request

from dedup.errors import DedupError, StoreError
from service.config import Config, is_loopback
from service.keys import Key, KeyStore, Person, Scope, Table, act_of, id_of, moment
from service.problems import REQUEST_ID, Problem

#: A process knows of a key that was revoked elsewhere after this time at most.
FRESH_S = 30.0
#: The store is asked about keys that are not known at most this often, and as often while it is away.
ASK_AGAIN_S = 0.1

#: Served to anyone, without a look at the store: whether the process is alive, and the style sheet of the pages.
OPEN = ("/healthz", "/static/")

#: Where a request's key is found once it has been let in.
_CALLER = "mukarrar.caller"

log = structlog.get_logger()


class Keyring:
    """The keys of an index, held in this process and read anew after FRESH_S. Safe for threads.

    While the store is away the keys known before go on: whatever is worth guarding cannot be reached without it either.

    Args:
        store: where they are kept.
        clock: seconds since 1970.
        monotonic: seconds since any moment, for the age of what is held.
    """

    def __init__(
        self, store: KeyStore, *, clock: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._table: Table | None = None
        self._read_s = -math.inf  # when the table was read
        self._asked_s = -math.inf  # when that was last tried
        self._failure = StoreError("keys")
        self._used: dict[str, float] = {}

    def table(self) -> Table:
        """The keys, read at most FRESH_S ago while the store answers; raises StoreError if it never did."""
        table = self._table
        if table is None:
            with self._lock:
                self._ask()
                table = self._table
            if table is None:
                raise self._failure
        elif self._monotonic() - self._read_s > FRESH_S and self._lock.acquire(blocking=False):
            try:  # one thread asks; the others go on with what is there
                self._ask()
            finally:
                self._lock.release()
        return self._table or table

    def find(self, sent: str) -> Key | None:
        """The key that was sent, expired or not. One that is not known is asked for: it may be new."""
        key = self.table().find(sent)
        if key is None and id_of(sent):
            with self._lock:
                self._ask()
            key = self.table().find(sent)
        if key is not None:
            self._used[key.name] = self.clock()
        return key

    def keep_fresh(self) -> None:
        """Read the keys before a request has to, and note uses; called now and then."""
        if self._table is not None and self._monotonic() - self._read_s > FRESH_S / 2:
            with self._lock:
                self._ask()

    def refresh(self) -> None:
        """Read the keys now, because they were changed here."""
        with self._lock:
            self._asked_s = -math.inf
            self._ask()

    def record(self, act: str, subject: str, **facts: Any) -> None:
        """Keep in the audit log what the caller of this request did."""
        self.store.record(act_of(caller(), act, subject, now_s=self.clock(), **facts))
        log_change(act, subject)

    def _ask(self) -> None:
        """Read the table and note the uses since the last time, unless that was just tried; the caller holds the lock."""
        if self._monotonic() - self._asked_s < ASK_AGAIN_S:
            return
        used, self._used = self._used, {}
        try:
            self._read_s, self._table = self._monotonic(), self.store.table(used)
        except StoreError as exc:
            self._failure = exc
            self._used = {**used, **self._used}
        self._asked_s = self._monotonic()


class Guard:
    """Checks a request before any route sees it."""

    def __init__(self, config: Config, keyring: Keyring) -> None:
        self._keyring = keyring
        self._for_others = not is_loopback(config.host)

    def check(self, request: Request, view: Callable[..., Any] | None) -> None:
        """Return if the request may pass to `view` (None: there is no such route); raise Problem or StoreError if not."""
        if request.path.startswith(OPEN):
            return
        scope, sent = _scope(view), _sent(request)
        try:
            closed = self._closed(sent)
        except DedupError:
            if scope == "open":
                return
            raise
        if not closed:
            _from_here(request)
        elif scope != "open":
            key = self._key(request, sent)
            if scope is not None and scope not in key.scopes:
                raise Problem(
                    "insufficient_scope",
                    f"this needs a key with the scope {scope}; {key.name!r} has {', '.join(key.scopes)}",
                    headers={"WWW-Authenticate": f'Bearer realm="Mukarrar", error="insufficient_scope", scope="{scope}"'},
                )
            request.environ[_CALLER] = key
            structlog.contextvars.bind_contextvars(key=key.name)

    def may(self, request: Request, scope: Scope) -> bool:
        """Whether the sender of a request to an open route may know what needs `scope`."""
        sent = _sent(request)
        try:
            return not self._closed(sent) or scope in self._key(request, sent).scopes
        except (Problem, DedupError):
            return False

    def _closed(self, sent: str) -> bool:
        """Whether callers need a key. Whoever sends one is taken at their word: the first may have been made a moment ago."""
        closed = self._for_others or self._keyring.table().closed
        if sent and not closed:
            self._keyring.find(sent)
            closed = self._keyring.table().closed
        return closed

    def _key(self, request: Request, sent: str) -> Key:
        """The valid key that a request carries."""
        if not sent:
            raise Problem("unauthorized", "a key is required", headers={"WWW-Authenticate": _challenge(request)})
        key = self._keyring.find(sent)
        invalid = {"WWW-Authenticate": _challenge(request, ', error="invalid_token"')}
        if key is None:
            raise Problem("unauthorized", "the key that was sent is not valid", headers=invalid)
        if key.expired(self._keyring.clock()):
            raise Problem("key_expired", f"the key {key.name!r} was valid until {moment(key.expires_s)}", headers=invalid)
        return key


def _sent(request: Request) -> str:
    """The key in a request, valid or not.

    `Authorization: Bearer` and `X-API-Key` count everywhere. A browser's Basic password counts for reading alone: it is sent
    by itself, also when another site's form posts here.
    """
    authorization = request.authorization if "HTTP_AUTHORIZATION" in request.environ else None
    if authorization is not None:
        if authorization.type == "bearer":
            return authorization.token or ""
        if authorization.type == "basic" and request.method in {"GET", "HEAD"}:
            return authorization.password or ""
    return str(request.environ.get("HTTP_X_API_KEY", ""))


def caller() -> Person:
    """Who sent the request under way."""
    key = request.environ.get(_CALLER)
    return Person(key.name if key else "", "key" if key else "loopback", request.environ[REQUEST_ID])


def log_change(act: str, subject: str) -> None:
    """The log line of a change by the caller of this request."""
    person = caller()
    log.info("changed", act=act, subject=subject, by=person.name, via=person.via)


def _scope(view: Callable[..., Any] | None) -> str | None:
    """The scope that the route of a request needs, `open` for none; pages need `read`. None where there is no route: any key."""
    if view is None:
        return None
    operation = getattr(view, "operation", None)
    return "read" if operation is None else str(operation.scope)


def _from_here(request: Request) -> None:
    """Raise Problem unless a request comes from this machine, and from no web page of another origin."""
    if not is_loopback(request.remote_addr or "127.0.0.1"):
        raise Problem("host_not_allowed", "without a key only connections from this machine are served")
    if not is_loopback(_host(request.host)):
        raise Problem("host_not_allowed", f"without a key the Host must be a loopback name, not {request.host[:80]!r}")
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower():
        raise Problem("origin_not_allowed", f"a page of {origin[:80]!r} may not call this service")


def _host(host: str) -> str:
    """The name in a Host header, without its port."""
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


def _challenge(request: Request, error: str = "") -> str:
    page = request.method in {"GET", "HEAD"} and not request.path.startswith("/v1/")
    return 'Basic realm="Mukarrar", charset="UTF-8"' if page else f'Bearer realm="Mukarrar"{error}'
