"""The document describes what the routes do: paths, examples, replies, problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from service import schemas
from service.formats.article import MAX_CHARS
from service.formats.page import ABOUT
from service.keys import SCOPES
from service.problems import KINDS
from tests.service.conftest import BASE, HOSPITAL, LocalClient

ROOT = Path(__file__).parents[2]


class Admin(LocalClient):
    """Sends a key with every scope."""

    key = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = {**(kwargs.pop("headers", None) or {}), "X-API-Key": self.key}
        return super().open(*args, headers=headers, **kwargs)


@pytest.fixture
def admin(client: LocalClient, make_key: Callable[..., str]) -> LocalClient:
    client.application.test_client_class = Admin
    known = client.application.test_client()
    assert isinstance(known, Admin)
    known.key = make_key(*SCOPES)
    return known


@pytest.fixture
def document(client: LocalClient) -> dict[str, Any]:
    reply: dict[str, Any] = client.get("/openapi.json").get_json()
    return reply


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    schemas.OpenApi.model_validate(document)
    names = document["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(names)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations(document):
        assert set(operation["tags"]) <= tags
        assert operation["summary"]
        assert operation["description"]


def test_every_route_is_described_and_no_other(client: LocalClient, document: dict[str, Any]) -> None:
    pages = {"/", "/docs", "/articles/<id:article_id>", "/static/<path:filename>"}
    routes = {
        (rule.rule.replace("<id:name>", "{name}").replace("<id:article_id>", "{id}").replace("<int:template_id>", "{id}"), method)
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in pages
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes
    api_page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)` \|", api_page, re.MULTILINE)) == {f"{m} {p}" for p, m in routes}


def test_every_problem_of_an_operation_is_a_known_one(document: dict[str, Any]) -> None:
    told = {
        code
        for _, _, operation in operations(document)
        for status, reply in operation["responses"].items()
        if status != "200"
        for code in re.findall(r"`([a-z_]+)`:", reply["description"])
    }
    assert told <= set(KINDS)
    of_process = {"embedded_redis", "unreadable_input", "not_found", "method_not_allowed", "bad_request", "invalid_settings"}
    of_lines = {"line_too_long"}  # no operation is answered with them as a whole
    assert set(KINDS) - told == (of_process | of_lines) - told


def test_every_example_works(document: dict[str, Any], admin: LocalClient) -> None:
    tried = 0
    admin.post("/v1/articles", json={"id": "aqaba-2", "source": "nabd", "body": HOSPITAL})  # one that the examples name
    for path, method, operation in operations(document):
        values = {p["name"]: p["example"] for p in operation["parameters"] if p["in"] == "path"}
        ((reply_type, reply_content),) = operation["responses"]["200"]["content"].items()
        model = getattr(schemas, reply_content["schema"]["$ref"].rsplit("/", 1)[1])
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if "example" not in content:
                continue
            example = content["example"]
            sent = {"data": example.encode()} if isinstance(example, str) else {"json": example}
            reply = admin.open(path.format(**values), method=method, content_type=media_type, **sent)
            assert reply.status_code == 200, reply.get_data(as_text=True)
            assert reply.mimetype == reply_type
            for line in reply.get_data().splitlines():  # JSON is one line, too
                model.model_validate_json(line)
            tried += 1
        if method != "POST":
            query = {p["name"]: p["example"] for p in operation["parameters"] if p["in"] == "query" and p["required"]}
            reply = admin.open(path.format(**values), method=method, query_string=query)
            assert reply.status_code == 200, path
            model.model_validate(reply.get_json())
            tried += 1
    assert tried == 30


def test_models_of_requests_name_the_fields_that_are_read() -> None:
    assert set(schemas.ArticleIn.model_fields) == {*MAX_CHARS, "published", "title", "body"}
    assert set(schemas.PageIn.model_fields) == {"text", "html", *ABOUT}
    for model in (schemas.ArticleIn, schemas.PageIn):
        for name, member in model.model_json_schema()["properties"].items():
            limits = [option["maxLength"] for option in member["anyOf"] if "maxLength" in option]
            assert limits == ([MAX_CHARS[name]] if name in MAX_CHARS else []), name


def test_every_operation_names_its_scope(document: dict[str, Any]) -> None:
    scopes = {
        f"{method} {path}": [of["bearer"] for of in operation["security"] if "bearer" in of]
        for path, method, operation in operations(document)
    }
    assert scopes == {
        "POST /v1/articles": [["ingest"]],
        "POST /v1/articles:bulk": [["ingest"]],
        "POST /v1/pages": [["ingest"]],
        "GET /v1/articles/{id}": [["read"]],
        "POST /v1/compare": [["read"]],
        "GET /v1/explain": [["read"]],
        "GET /v1/stories/{id}": [["read"]],
        "GET /v1/stats": [["read"]],
        "GET /v1/templates": [["read"]],
        "GET /v1/templates/{id}": [["read"]],
        "POST /v1/templates": [["review"]],
        "POST /v1/templates/{id}": [["review"]],
        "GET /v1/keys": [["admin"]],
        "POST /v1/keys": [["admin"]],
        "DELETE /v1/keys/{name}": [["admin"]],
        "GET /v1/audit": [["admin"]],
        "GET /openapi.json": [["read"]],
        "GET /healthz": [],
        "GET /readyz": [],
    }
    for _, _, operation in operations(document):
        for way in operation["security"]:
            assert set(way) <= set(document["components"]["securitySchemes"])
        assert bool(operation["security"]) == ("401" in operation["responses"]) == ("403" in operation["responses"])


class Links(HTMLParser):
    """Collects the fragments a page links to, the ids it has, and whatever it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fragments: set[str] = set()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if values.get("href", "").startswith("#"):
            self.fragments.add(values["href"][1:])
        if tag in {"link", "script", "img", "iframe"}:
            self.loads.append(values.get("href") or values.get("src", ""))


def test_page_of_the_documentation_is_whole(client: LocalClient) -> None:
    html = client.get("/docs").get_data(as_text=True)
    page = Links()
    page.feed(html)
    assert page.fragments <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert set(KINDS) <= set(page.ids)  # where `type` of a problem points
    assert all(load.startswith("/static/") for load in page.loads)
    assert f"curl {BASE}/v1/articles" in html
    assert f"curl &#39;{BASE}/v1/explain?a=aqaba-1&amp;b=aqaba-2&#39;" in html
    assert "<script" not in html
    assert "style=" not in html
