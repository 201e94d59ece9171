"""Templates: standing wording that was learnt, to be listed, named, pinned and released."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response

from dedup.registry import Shown, TemplateRegistry
from service.api.http import json_body, limit_of, parameters, reply
from service.api.operations import OF_BODY, OF_STORE, Operation, Parameter, describes
from service.auth import Keyring, caller
from service.formats.template import change_from_json, shown_to_json, template_state, template_to_json, wording_from_json
from service.problems import Problem

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
STATES = {"type": "string", "enum": ["learnt", "pinned", "released"]}
ID = Parameter("id", "path", "The template's number.", {"type": "integer", "minimum": 1}, 1)
OF_CHANGE = (*OF_BODY, *OF_STORE, "invalid_json", "invalid_template", "invalid_parameter")

EXAMPLE = {
    "article": "aqaba-1",
    "wording": "في مستودع للأخشاب يقع على بعد كيلومترين من ميناء العقبة",
    "name": "تعريف المستودع",
}
EXAMPLE_CHANGE = {"state": "released"}


def routes(registry: TemplateRegistry, keyring: Keyring, clock: Callable[[], float]) -> Blueprint:
    """The routes under /v1/templates."""
    blueprint = Blueprint("templates", __name__)

    def changed(act: str, shown: Shown) -> Response:
        last = shown.template.changes[-1]
        keyring.record(act, str(shown.template.id), state=last.state, name=last.name)
        return reply(shown_to_json(shown))

    @blueprint.get("/v1/templates")
    @describes(
        Operation(
            summary="List templates",
            description="Standing wording, most articles first. `next` is the `cursor` of the following page, null on the last.",
            tag="templates",
            scope="read",
            parameters=(
                Parameter("state", "query", "Only these.", STATES),
                Parameter("source", "query", "Only templates that this outlet filled.", {"type": "string"}),
                Parameter(
                    "limit",
                    "query",
                    "Most templates.",
                    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
                ),
                Parameter("cursor", "query", "`next` of the page before.", {"type": "string"}),
            ),
            reply="TemplatesOut",
            reply_description="One page of the list.",
            problems=(*OF_STORE, "invalid_template", "invalid_parameter"),
        )
    )
    def page() -> Response:
        query = parameters("state", "source", "limit", "cursor")
        limit = limit_of(query.get("limit"), default=DEFAULT_LIMIT, most=MAX_LIMIT)
        found = registry.page(
            state=template_state(query.get("state"), "state"),
            source=query.get("source"),
            after=_after(query.get("cursor")),
            limit=limit + 1,
        )
        shown, more = found[:limit], len(found) > limit
        examples = registry.examples(shown)
        return reply(
            {
                "templates": [template_to_json(template, examples.get(template.id)) for template in shown],
                "next": f"{shown[-1].articles}-{shown[-1].id}" if more else None,
            }
        )

    @blueprint.post("/v1/templates")
    @describes(
        Operation(
            summary="Pin wording that was seen once",
            description="Makes a pinned template of wording before it could be learnt: `wording` as it stands in an article of "
            "the index, or all of its own text. Articles that arrive later and share only this are never copies.",
            tag="templates",
            scope="review",
            body={"application/json": "WordingIn"},
            examples={"application/json": EXAMPLE},
            reply="TemplateOut",
            reply_description="The new template.",
            problems=(*OF_CHANGE, "unknown_article"),
        )
    )
    def teach() -> Response:
        parameters()
        return changed("templates.teach", registry.teach(**wording_from_json(json_body()), by=caller().name, now_s=clock()))

    @blueprint.get("/v1/templates/<int:template_id>")
    @describes(
        Operation(
            summary="Read one template",
            description="With its wording and examples, as far as the articles are still stored, and what persons did with it.",
            tag="templates",
            scope="read",
            parameters=(ID,),
            reply="TemplateOut",
            reply_description="The template.",
            problems=(*OF_STORE, "template_not_found"),
        )
    )
    def read(template_id: int) -> Response:
        return reply(shown_to_json(registry.show(template_id)))

    @blueprint.post("/v1/templates/<int:template_id>")
    @describes(
        Operation(
            summary="Name, pin or release a template",
            description="`pinned`: articles that share only this wording are never copies. `released`: its passages are ordinary "
            "text. `learnt`: no decision. It holds for articles that arrive from now on. An empty `name` takes the name away.",
            tag="templates",
            scope="review",
            body={"application/json": "TemplateIn"},
            examples={"application/json": EXAMPLE_CHANGE},
            parameters=(ID,),
            reply="TemplateOut",
            reply_description="The template as it is now.",
            problems=(*OF_CHANGE, "template_not_found"),
        )
    )
    def change(template_id: int) -> Response:
        parameters()
        change = change_from_json(json_body())
        return changed("templates.change", registry.change(template_id, **change, by=caller().name, now_s=clock()))

    return blueprint


def _after(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    place = re.fullmatch(r"([0-9]{1,7})-([0-9]{1,10})", cursor)
    if place is None:
        raise Problem("invalid_parameter", f"cursor is `next` of the page before, not {cursor[:40]!r}", field="cursor")
    return int(place[1]), int(place[2])
