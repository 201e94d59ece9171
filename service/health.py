"""Alive (the process answers) and ready (its store does)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dedup.errors import DedupError
from dedup.store.protocol import Store
from service.api.http import reply
from service.api.operations import Operation, describes
from service.auth import Guard
from service.problems import RETRY_AFTER_S, Problem


def routes(store: Store, guard: Guard) -> Blueprint:
    """/healthz and /readyz."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @describes(
        Operation(
            summary="Is the process alive",
            description="Asks nothing of the store and waits for no turn.",
            tag="health",
            scope="open",
            reply="StatusOut",
            reply_description="It is.",
        )
    )
    def alive() -> Response:
        return reply({"status": "alive"})

    @blueprint.get("/readyz")
    @describes(
        Operation(
            summary="Can the service work",
            description="Asks the store for an answer. The reason of a failure is told to callers with a key for `read`.",
            tag="health",
            scope="open",
            reply="StatusOut",
            reply_description="It can.",
            problems=("not_ready",),
        )
    )
    def ready() -> Response:
        try:
            store.ping()
        except DedupError as exc:
            detail = str(exc) if guard.may(request, "read") else "the store is not usable"
            raise Problem("not_ready", detail, headers={"Retry-After": str(RETRY_AFTER_S)}) from exc
        return reply({"status": "ready"})

    return blueprint
