"""How a route describes itself, and the OpenAPI 3.1 document made of all of them.

The bodies are named, not imported: the models of `service.schemas` need pydantic, which only the document does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flask import Flask

from service.keys import Scope
from service.problems import KINDS, MEDIA_TYPE

if TYPE_CHECKING:
    from pydantic import BaseModel

Route = TypeVar("Route", bound=Callable[..., Any])

TITLE = "Mukarrar"
DESCRIPTION = (
    "Tells whether the headline and the text of an Arabic article have been published before, by whom, and what was changed."
)

#: How keys work, for readers of the document.
OF_KEYS = (
    "A key with the scope that the operation names: `ingest`, `read`, `review` or `admin`. Until the first key is made, the "
    "service listens to this machine alone and needs none."
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query or of the path; `schema` is a JSON schema."""

    name: str
    where: str
    description: str
    schema: Mapping[str, Any]
    example: Any = None
    required: bool = False  # a parameter of the path always is


@dataclass(frozen=True, slots=True)
class Operation:
    """What a reader of the documentation wants to know about one route."""

    summary: str
    description: str
    reply: str
    reply_description: str
    tag: str
    scope: Scope | Literal["open"]  # that a key must have; open: served to anyone
    body: Mapping[str, str] = field(default_factory=dict)  # content type -> name of its model, "" for a plain text
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)  # content type -> an example of the body
    reply_type: str = "application/json"


def describes(operation: Operation) -> Callable[[Route], Route]:
    """Attach its description to a route."""

    def attach(route: Route) -> Route:
        route.operation = operation  # type: ignore[attr-defined]
        return route

    return attach


#: In the order of the documentation.
TAGS = {
    "articles": "Judge articles, pages and pairs of texts; read an article back",
    "templates": "Standing wording: what was learnt, and what a person decides of it",
    "statistics": "What the decision log says",
    "keys": "Who may call, and what persons changed",
    "health": "For supervisors and load balancers",
    "documentation": "The API described by itself",
}

#: Problems that any route behind the guard can answer with.
EVERYWHERE = (
    "unauthorized",
    "key_expired",
    "insufficient_scope",
    "host_not_allowed",
    "origin_not_allowed",
    "store_unavailable",
    "store_timeout",
    "overloaded",
    "internal",
)
#: Problems of routes that read a body, of the one that reads it in blocks, and of routes that ask the store.
OF_BODY = ("unsupported_media_type", "request_too_large", "request_timeout", "incomplete_body")
OF_BULK = ("unsupported_media_type", "request_timeout", "incomplete_body")
OF_STORE = ("store_unavailable", "store_timeout", "store_full", "index_mismatch")


def openapi(app: Flask, *, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every described route of `app`."""
    from pydantic.json_schema import models_json_schema

    from service import schemas

    operations = [
        (rule, next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})), operation)
        for rule in app.url_map.iter_rules()
        if (operation := getattr(app.view_functions[rule.endpoint], "operation", None)) is not None
    ]
    names = {name for _, _, op in operations for name in (op.reply, *op.body.values()) if name} | {"Problem"}
    models: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (getattr(schemas, name), "validation") for name in sorted(names)
    ]
    _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    order = list(TAGS)
    for rule, method, operation in sorted(operations, key=lambda item: (order.index(item[2].tag), item[0].rule)):
        path = _path(rule.rule, operation)
        paths.setdefault(path, {})[method.lower()] = _operation(operation, rule.endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": OF_KEYS},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": OF_KEYS},
            },
        },
    }


def _path(rule: str, operation: Operation) -> str:
    """The path as OpenAPI writes it; a route has at most one parameter in it."""
    name = next((parameter.name for parameter in operation.parameters if parameter.where == "path"), "")
    return re.sub(r"<\w+:\w+>", f"{{{name}}}", rule)


def _operation(operation: Operation, endpoint: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": endpoint.replace(".", "_"),
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": {"200": _reply(operation), **_problems(operation)},
        "security": [] if operation.scope == "open" else [{"bearer": [operation.scope]}, {"key": [operation.scope]}],
    }
    if operation.body:
        document["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": _reference(model)}
                | ({"example": operation.examples[media_type]} if media_type in operation.examples else {})
                for media_type, model in operation.body.items()
            },
        }
    return document


def _parameter(parameter: Parameter) -> dict[str, Any]:
    document = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required or parameter.where == "path",
        "schema": dict(parameter.schema),
    }
    return document | ({"example": parameter.example} if parameter.example is not None else {})


def _reply(operation: Operation) -> dict[str, Any]:
    return {
        "description": operation.reply_description,
        "content": {operation.reply_type: {"schema": _reference(operation.reply)}},
    }


def _problems(operation: Operation) -> dict[str, Any]:
    codes: dict[int, list[str]] = {}
    for code in dict.fromkeys((*operation.problems, *(() if operation.scope == "open" else EVERYWHERE))):
        codes.setdefault(KINDS[code].status, []).append(code)
    return {
        str(status): {
            "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in of_status),
            "content": {MEDIA_TYPE: {"schema": _reference("Problem")}},
        }
        for status, of_status in sorted(codes.items())
    }


def _reference(model: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{model}"} if model else {"type": "string"}
