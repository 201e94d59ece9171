"""The application: the parts wired together. It decides nothing."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from flask import Flask, Response, g, request

from dedup.deduplicator import Deduplicator
from dedup.registry import TemplateRegistry
from service import dashboard, health, problems
from service.api import articles, compare, docs, explain, pages, stats, stories, templates
from service.api.http import IdConverter
from service.api.judge import Judge
from service.auth import Guard
from service.config import Config
from service.gate import PROBLEM, Gate

#: Nothing from another host, no inline script or style, no frames: what a page of ours needs and no more.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def create_app(config: Config, deduplicator: Deduplicator, *, clock: Callable[[], float] = time.time) -> Flask:
    """The WSGI application.

    Args:
        config: how this process runs.
        deduplicator: judges; its store is asked in no other way.
        clock: seconds since 1970.
    """
    app = Flask("service")
    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an id may hold `//`
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    guard = Guard(config)
    judge = Judge(deduplicator, clock)
    store = deduplicator.store

    @app.before_request
    def admit() -> None:
        wanted = request.headers.get("X-Request-Id", "")
        g.request_id = wanted if _REQUEST_ID.fullmatch(wanted) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        guard.check(request)
        if PROBLEM in request.environ:
            raise request.environ[PROBLEM]

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.headers.update(SECURITY_HEADERS)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    problems.register(app)
    app.register_blueprint(articles.routes(judge, store))
    app.register_blueprint(pages.routes(judge, deduplicator))
    app.register_blueprint(compare.routes(deduplicator))
    app.register_blueprint(explain.routes(deduplicator))
    app.register_blueprint(stories.routes(deduplicator))
    app.register_blueprint(stats.routes(deduplicator, clock))
    app.register_blueprint(templates.routes(TemplateRegistry(deduplicator), clock))
    app.register_blueprint(docs.routes(with_key=bool(config.api_key)))
    app.register_blueprint(health.routes(store, guard))
    app.register_blueprint(dashboard.routes(deduplicator, clock))
    app.wsgi_app = Gate(  # type: ignore[method-assign]
        app.wsgi_app,
        max_bytes=config.max_request_bytes,
        max_busy=config.max_busy,
        busy_wait_s=config.busy_wait_s,
        body_timeout_s=config.body_timeout_s,
    )
    return app
