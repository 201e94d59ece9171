"""Keys: made, listed and revoked by whoever has a key for `admin`; and what persons changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from service.api.http import json_body, limit_of, parameters, reply
from service.api.operations import OF_BODY, OF_STORE, Operation, Parameter, describes
from service.auth import Keyring, caller, log_change
from service.keys import Act, KeyDetailsError, issue, key_to_json, keys_to_json, moment, moment_from_text, revoke
from service.problems import Problem

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
EXAMPLE = {"name": "cms", "scopes": ["ingest", "read"], "expires": "2099-01-31"}


def routes(keyring: Keyring, clock: Callable[[], float]) -> Blueprint:
    """The routes under /v1/keys, and /v1/audit."""
    blueprint = Blueprint("keys", __name__)
    store = keyring.store

    @blueprint.get("/v1/keys")
    @describes(
        Operation(
            summary="List keys",
            description="All of them, by name, without their secrets.",
            tag="keys",
            scope="admin",
            reply="KeysOut",
            reply_description="The keys.",
            problems=(*OF_STORE, "invalid_parameter"),
        )
    )
    def listed() -> Response:
        parameters()
        return reply({"keys": keys_to_json(store, now_s=clock())})

    @blueprint.post("/v1/keys")
    @describes(
        Operation(
            summary="Make a key",
            description="`key` in the reply is the key itself: keep it, it cannot be shown again. The first key of an index "
            "closes it: from then on every caller needs one, for good.",
            tag="keys",
            scope="admin",
            body={"application/json": "KeyIn"},
            examples={"application/json": EXAMPLE},
            reply="NewKeyOut",
            reply_description="The new key.",
            problems=(*OF_BODY, *OF_STORE, "invalid_json", "invalid_key", "key_exists", "invalid_parameter"),
        )
    )
    def create() -> Response:
        parameters()
        key, secret = issue(store, **_wanted(json_body()), by=caller(), now_s=clock())
        keyring.refresh()
        log_change("keys.create", key.name)
        return reply({**key_to_json(key, None, now_s=clock()), "key": secret})

    @blueprint.delete("/v1/keys/<id:name>")
    @describes(
        Operation(
            summary="Revoke a key",
            description="It is refused from now on, by other processes within 30 seconds. The last one may go: the index stays "
            "closed, and `mukarrar keys create` makes another.",
            tag="keys",
            scope="admin",
            parameters=(Parameter("name", "path", "The key's name.", {"type": "string"}, "cms"),),
            reply="RevokedOut",
            reply_description="Its name.",
            problems=(*OF_STORE, "key_not_found", "invalid_parameter"),
        )
    )
    def delete(name: str) -> Response:
        parameters()
        revoke(store, name, by=caller(), now_s=clock())
        keyring.refresh()
        log_change("keys.revoke", name)
        return reply({"revoked": name})

    @blueprint.get("/v1/audit")
    @describes(
        Operation(
            summary="What persons changed",
            description="Keys made and revoked, decisions on templates; newest first, about the latest 10,000. `next` is the "
            "`cursor` of the following page, null on the last.",
            tag="keys",
            scope="admin",
            parameters=(
                Parameter(
                    "limit",
                    "query",
                    "Most changes.",
                    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
                ),
                Parameter("cursor", "query", "`next` of the page before.", {"type": "string"}),
            ),
            reply="AuditOut",
            reply_description="One page of the log.",
            problems=(*OF_STORE, "invalid_parameter"),
        )
    )
    def audit() -> Response:
        query = parameters("limit", "cursor")
        limit = limit_of(query.get("limit"), default=DEFAULT_LIMIT, most=MAX_LIMIT)
        found = store.acts(before=_place(query.get("cursor")), limit=limit + 1)
        shown, more = found[:limit], len(found) > limit
        return reply({"acts": [_act_to_json(act) for _, act in shown], "next": shown[-1][0] if more else None})

    return blueprint


def _wanted(obj: Any) -> dict[str, Any]:
    """Read `{"name", "scopes", "expires"}` as arguments of `issue`; raises KeyDetailsError."""
    if not isinstance(obj, dict):
        raise KeyDetailsError("", "expected an object with the members name and scopes")
    name, scopes, expires = obj.get("name"), obj.get("scopes"), obj.get("expires")
    if not isinstance(name, str):
        raise KeyDetailsError("name", "name must be a string")
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise KeyDetailsError("scopes", "scopes must be an array of strings")
    if expires is not None and not isinstance(expires, str):
        raise KeyDetailsError("expires", "expires must be a string")
    return {"name": name, "scopes": scopes, "expires_s": None if expires is None else moment_from_text(expires)}


def _act_to_json(act: Act) -> dict[str, Any]:
    return {
        "at": moment(act.at_s),
        "who": act.who,
        "via": act.via,
        "act": act.act,
        "subject": act.subject,
        "facts": dict(act.facts),
        "request_id": act.request_id,
    }


def _place(cursor: str | None) -> str:
    if cursor is not None and not re.fullmatch(r"[0-9]{1,15}-[0-9]{1,10}", cursor):
        raise Problem("invalid_parameter", f"cursor is `next` of the page before, not {cursor[:40]!r}", field="cursor")
    return cursor or ""
