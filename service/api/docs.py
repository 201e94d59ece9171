"""The API described by itself: as OpenAPI 3.1, and as a page to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request

from service.api.http import reply
from service.api.operations import Operation, describes, openapi
from service.auth import caller
from service.problems import KINDS


def routes() -> Blueprint:
    """/openapi.json and /docs."""
    blueprint = Blueprint("docs", __name__)

    @cache
    def document() -> dict[str, Any]:
        return openapi(current_app, version=_version())

    @blueprint.get("/openapi.json")
    @describes(
        Operation(
            summary="This API as OpenAPI 3.1",
            description="Made from the code.",
            tag="documentation",
            scope="read",
            reply="OpenApi",
            reply_description="The document.",
        )
    )
    def machine() -> Response:
        return reply(document())

    @blueprint.get("/docs")
    def page() -> str:
        spec = document()
        with_key = caller().via == "key"
        return render_template(
            "docs.html",
            spec=spec,
            operations=list(_operations(spec, request.host_url.rstrip("/"), with_key=with_key)),
            schemas={name: list(_rows(schema)) for name, schema in sorted(spec["components"]["schemas"].items())},
            about={name: schema.get("description", "") for name, schema in spec["components"]["schemas"].items()},
            kinds=KINDS,
            with_key=with_key,
        )

    return blueprint


def _version() -> str:
    try:
        return metadata.version("mukarrar")
    except metadata.PackageNotFoundError:  # run from the source tree
        return "unreleased"


def _operations(spec: Mapping[str, Any], server: str, *, with_key: bool) -> Iterator[dict[str, Any]]:
    """Each operation with what a reader needs beside it: its anchor, its schemas by name and a command to try."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            replies = operation["responses"]["200"]["content"]
            yield {
                **operation,
                "method": method.upper(),
                "scope": operation["security"][0]["bearer"][0] if operation["security"] else "",
                "path": path,
                "bodies": {media_type: type_of(value["schema"]) for media_type, value in content.items()},
                "reply": " or ".join(type_of(reply["schema"]) for reply in replies.values()),
                "command": _command(method.upper(), server + path, operation, with_key and bool(operation["security"])),
                "problems": {code: value["description"] for code, value in operation["responses"].items() if code != "200"},
            }


def _command(method: str, url: str, operation: Mapping[str, Any], with_key: bool) -> str:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "")))
    query = {p["name"]: p["example"] for p in operation["parameters"] if p["in"] == "query" and p["required"]}
    url = f"'{url}?{urlencode(query)}'" if query else url
    verb = "" if method in ("GET", "POST") else f"-X {method} "
    parts = [f"curl {verb}{url}"] + (["-H 'Authorization: Bearer KEY'"] if with_key else [])
    content = operation.get("requestBody", {}).get("content", {})
    media_type = "application/json" if "application/json" in content else next(iter(content), "")
    example = content.get(media_type, {}).get("example")
    if example is not None:
        body = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
        quoted = body.replace("'", "'\\''")
        parts += [
            f"-H 'Content-Type: {media_type}'",
            f"--data-binary '{quoted}'" if isinstance(example, str) else f"-d '{quoted}'",
        ]
    return " \\\n  ".join(parts)


def _rows(schema: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """One row a member of an object."""
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": type_of(member),
            "required": "yes" if name in required else "",
            "description": member.get("description", ""),
        }


def type_of(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a few words; a name of another schema stands as `#Name`."""
    if "$ref" in schema:
        return "#" + str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(type_of(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items")
        return f"list of {type_of(items)}" if items else f"list of {len(schema.get('prefixItems', ()))} numbers"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_of(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))
