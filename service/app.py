"""The application: the parts wired together. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask, request

from dedup.deduplicator import Deduplicator
from dedup.registry import TemplateRegistry
from service import dashboard, health, problems
from service.api import articles, bulk, compare, docs, explain, keys, pages, stats, stories, templates
from service.api.http import IdConverter
from service.api.judge import Judge
from service.auth import Guard, Keyring
from service.config import Config
from service.envelope import Envelope
from service.gate import PROBLEM, Gate


def create_app(config: Config, deduplicator: Deduplicator, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> Flask:
    """The WSGI application.

    Args:
        config: how this process runs.
        deduplicator: judges; its store is asked in no other way.
        keyring: knows who may call.
        clock: seconds since 1970.
    """
    app = Flask("service")
    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an id may hold `//`
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    guard = Guard(config, keyring)
    judge = Judge(deduplicator, clock)
    store = deduplicator.store

    @app.before_request
    def admit() -> None:
        guard.check(request, app.view_functions.get(request.endpoint or ""))
        if PROBLEM in request.environ:
            raise request.environ[PROBLEM]

    problems.register(app)
    app.register_blueprint(articles.routes(judge, store))
    app.register_blueprint(bulk.routes(judge, max_line_bytes=config.max_request_bytes))
    app.register_blueprint(pages.routes(judge, deduplicator))
    app.register_blueprint(compare.routes(deduplicator))
    app.register_blueprint(explain.routes(deduplicator))
    app.register_blueprint(stories.routes(deduplicator))
    app.register_blueprint(stats.routes(deduplicator, clock))
    app.register_blueprint(templates.routes(TemplateRegistry(deduplicator), keyring, clock))
    app.register_blueprint(keys.routes(keyring, clock))
    app.register_blueprint(docs.routes())
    app.register_blueprint(health.routes(store, guard))
    app.register_blueprint(dashboard.routes(deduplicator, clock))
    gate = Gate(
        app.wsgi_app,
        max_bytes=config.max_request_bytes,
        max_busy=config.max_busy,
        busy_wait_s=config.busy_wait_s,
        body_timeout_s=config.body_timeout_s,
    )
    app.wsgi_app = Envelope(gate)  # type: ignore[method-assign]
    return app
