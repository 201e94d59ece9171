"""What every request and every reply has around it: the request's id, and the headers that keep a browser from harm."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog

from service.problems import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Nothing from another host, no inline script or style, no frames: what a page of ours needs and no more.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
_NOT_STORED = [*SECURITY_HEADERS, ("Cache-Control", "no-store")]
_DECENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Envelope:
    """WSGI middleware; outermost, so that a reply of any part of the application leaves in it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        wanted = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = wanted if _DECENT_ID.fullmatch(wanted) else uuid.uuid4().hex
        environ[REQUEST_ID] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        common = SECURITY_HEADERS if environ.get("PATH_INFO", "").startswith("/static/") else _NOT_STORED

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("X-Request-Id", request_id), *common], *failed)

        return self._application(environ, start)
