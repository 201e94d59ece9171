"""Who may call: with a key, whoever sends it; without one, this machine alone, and no web page of another origin."""

from __future__ import annotations

import hmac

from flask import Request

from service.config import Config, is_loopback
from service.problems import Problem

#: Served to anyone: whether the process is alive, and the style sheet of the pages.
OPEN = ("/healthz", "/static/")
#: Served to anyone in brief; details need the key.
BRIEF = "/readyz"


class Guard:
    """Checks a request before any route sees it."""

    def __init__(self, config: Config) -> None:
        self._key = config.api_key.encode()

    def check(self, request: Request) -> None:
        """Return if the request may pass; raise Problem if not."""
        if self._key:
            if not self.knows(request) and not request.path.startswith(OPEN) and request.path != BRIEF:
                raise Problem("unauthorized", "a valid key is required", headers={"WWW-Authenticate": _challenge(request)})
            return
        if not is_loopback(request.remote_addr or "127.0.0.1"):
            raise Problem("host_not_allowed", "without a key only connections from this machine are served")
        if not is_loopback(_host(request.host)):
            raise Problem("host_not_allowed", f"without a key the Host must be a loopback name, not {request.host[:80]!r}")
        _same_origin(request)

    def knows(self, request: Request) -> bool:
        """Whether the request carries the key, or no key is set.

        `Authorization: Bearer` and `X-API-Key` count everywhere. A browser's Basic password counts for reading alone: it is
        sent by itself, also when another site's form posts here.
        """
        if not self._key:
            return True
        sent = request.headers.get("X-API-Key", "")
        authorization = request.authorization
        if authorization is not None:
            if authorization.type == "bearer":
                sent = authorization.token or ""
            elif authorization.type == "basic" and request.method in {"GET", "HEAD"}:
                sent = authorization.password or ""
        return hmac.compare_digest(sent.encode(errors="replace"), self._key)


def _same_origin(request: Request) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower():
        raise Problem("origin_not_allowed", f"a page of {origin[:80]!r} may not call this service")


def _host(host: str) -> str:
    """The name in a Host header, without its port."""
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


def _challenge(request: Request) -> str:
    page = request.method in {"GET", "HEAD"} and not request.path.startswith("/v1/")
    return 'Basic realm="Mukarrar", charset="UTF-8"' if page else 'Bearer realm="Mukarrar"'
