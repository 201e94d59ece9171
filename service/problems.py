"""Every way a request can fail, as an RFC 9457 problem. The only map from the error tree to HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from dedup.errors import DedupError, FieldError
from service.formats.article import JsonError
from service.formats.xml import XmlError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
#: Where `service.envelope` leaves a request's id.
REQUEST_ID = "mukarrar.request_id"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code means: its HTTP status, its title and the remedy, as docs/api.md and /docs show them."""

    status: int
    title: str
    remedy: str


#: Every `code` a reply can carry. Those of the error tree come first; a test walks the tree.
KINDS: dict[str, Kind] = {
    "invalid_article": Kind(
        422, "A field of the article is wrong", "Correct the field that `field` names; `detail` says what was expected."
    ),
    "empty_article": Kind(422, "Neither a title nor a body", "Send a title, a body, or both."),
    "article_too_long": Kind(
        422, "A field is longer than accepted", "Shorten the field, or raise `max_body_bytes` or `max_title_chars`."
    ),
    "id_taken": Kind(409, "The id belongs to an article of another source", "Send another id, or put the source into the id."),
    "unknown_article": Kind(
        404, "No article with this id", "It was never posted here, was removed, or is older than the retention."
    ),
    "story_not_found": Kind(
        404, "No story of this article", "Ask by the id of any article in it that is still in the index; any will do."
    ),
    "invalid_template": Kind(
        422,
        "What is wanted of a template cannot be done",
        "Correct the member that `field` names; `detail` says what was expected.",
    ),
    "template_not_found": Kind(
        404, "No template with this number", "Nobody saw it for as long as articles are kept, and nobody kept it."
    ),
    "invalid_key": Kind(
        422, "What is wanted of a key cannot be done", "Correct the member that `field` names; `detail` says what was expected."
    ),
    "key_exists": Kind(409, "Another key has this name", "Choose another name, or revoke that key first."),
    "key_not_found": Kind(404, "No key with this name", "`GET /v1/keys` lists those there are."),
    "index_mismatch": Kind(
        503, "The index was built with other settings", "Start with the settings it was built with, or use another namespace."
    ),
    "store_unavailable": Kind(
        503,
        "The store cannot be reached",
        "Repeat the request, with an `id` of your own: the same id and text are never counted twice.",
    ),
    "store_timeout": Kind(
        503, "The store did not answer in time", "Repeat the request: the same id and text are never counted twice."
    ),
    "store_full": Kind(
        503, "The store is at its memory limit", "Raise `maxmemory` of Redis or shorten `retention_s`; nothing was evicted."
    ),
    "embedded_redis": Kind(503, "The embedded Redis cannot be had", "Install `redis-server`, or name a Redis with `redis_url`."),
    "unreadable_input": Kind(500, "A file cannot be read", "The message names the file and the reason; of commands only."),
    "line_too_long": Kind(
        413, "A line is longer than accepted", "One article has at most `max_body_bytes` of text; of lines in bulk only."
    ),
    "invalid_json": Kind(400, "The body is not JSON", "`line` and `column` say where reading stopped."),
    "invalid_xml": Kind(
        400, "The body is not XML that is read here", "`line` and `column` say where; `detail` says what was expected."
    ),
    "invalid_parameter": Kind(422, "A parameter of the query is wrong", "`field` names it; `detail` says what was expected."),
    "empty_page": Kind(422, "The page has no text", "Send the page's text or HTML."),
    "unsupported_media_type": Kind(415, "The content type is not accepted", "`detail` lists those that are."),
    "request_too_large": Kind(413, "The request body is too long", "One article has at most `max_body_bytes` of text."),
    "request_timeout": Kind(408, "The body did not arrive in time", "Send it faster, or raise `body_timeout_s`."),
    "incomplete_body": Kind(400, "The body ended early", "Send as many bytes as `Content-Length` says."),
    "unauthorized": Kind(
        401, "A valid key is required", "Send `Authorization: Bearer KEY` or `X-API-Key: KEY`; `mukarrar keys create` makes one."
    ),
    "key_expired": Kind(401, "The key's time is over", "Ask for a new key: `mukarrar keys create`, or `POST /v1/keys`."),
    "insufficient_scope": Kind(
        403, "The key may not do this", "Use a key with the scope that `detail` names; a key's scopes never change."
    ),
    "host_not_allowed": Kind(
        403, "Not addressed to this machine", "Only loopback names are served while there are no keys; make one to serve others."
    ),
    "origin_not_allowed": Kind(
        403, "A page of another origin may not call this", "Call from a server, or send the key in a header."
    ),
    "not_found": Kind(404, "No such resource", "See /docs for those there are."),
    "method_not_allowed": Kind(405, "The method does not apply here", "`Allow` lists those that do."),
    "not_ready": Kind(503, "The service cannot work", "`detail` says why; it is tried anew with every request."),
    "overloaded": Kind(503, "Too many requests are waiting", "Repeat the request after `Retry-After` seconds."),
    "bad_request": Kind(400, "The request is malformed", "`detail` says what is wrong."),
    "invalid_settings": Kind(500, "A setting is out of its range", "Correct the setting and start anew."),
    "internal": Kind(500, "An error on our side", "Please report it with the `request_id`; the log has the details."),
}

_OF_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
    415: "unsupported_media_type",
}


class Problem(Exception):
    """Raised by the service itself; `extra` members stand in the reply as they are."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The members of the problem document; `pointer` is the RFC 6901 pointer of `field`."""
        kind = KINDS[self.code]
        members: dict[str, Any] = {
            "type": f"/docs#{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.field is not None:
            members["field"] = self.field
            members["pointer"] = f"/{self.field}" if self.field else ""
        return members | self.extra


def problem_of(error: BaseException) -> Problem:
    """The problem that stands for any exception; one that nobody foresaw becomes `internal`, without its text."""
    match error:
        case Problem():
            return error
        case JsonError():
            return Problem("invalid_json", str(error), line=error.line, column=error.column, position=error.position)
        case XmlError():
            return Problem("invalid_xml", str(error), line=error.line, column=error.column)
        case FieldError():
            return Problem(error.code, str(error), field=error.field)
        case DedupError():
            retry = {"Retry-After": str(RETRY_AFTER_S)} if KINDS[error.code].status == 503 else {}
            return Problem(error.code, str(error), headers=retry)
        case HTTPException():
            return _of_http(error)
        case _:
            return Problem("internal", "an error on our side; it is in our log under the request id")


def register(app: Flask) -> None:
    """Answer every failed request with a problem document; a browser on a page of ours gets it as a page."""

    def answer(error: Exception) -> Response:
        problem = problem_of(error)
        status = KINDS[problem.code].status
        if status >= 500:
            log.error("request.failed", code=problem.code, detail=str(error), exc_info=problem.code == "internal")
        members = problem.body() | {"request_id": request.environ[REQUEST_ID]}
        if _wants_page():
            response = Response(render_template("problem.html", problem=members), status, mimetype="text/html")
        else:
            response = Response(orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE), status, mimetype=MEDIA_TYPE)
        response.headers.update(problem.headers)
        return response

    app.register_error_handler(Exception, answer)


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    code = _OF_STATUS.get(status, "bad_request" if status < 500 else "internal")
    if status == 404:
        return Problem(code, f"there is nothing at {request.path}")
    if status == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        return Problem(code, f"{request.method} does not apply to {request.path}; {allowed} do", headers={"Allow": allowed})
    return Problem(code, error.description or error.name)


def _wants_page() -> bool:
    """Whether a person in a browser asked, outside the API."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and request.method in {"GET", "HEAD"} and not request.path.startswith("/v1/")
