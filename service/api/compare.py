"""Compare: two texts, no index involved."""

from __future__ import annotations

from flask import Blueprint, Response

from dedup.deduplicator import Deduplicator
from service.api.http import json_body, parameters, reply
from service.api.operations import OF_BODY, Operation, describes
from service.formats.article import pair_from_json

EXAMPLE = {
    "a": "أعلنت وزارة الصحة اليوم افتتاح مستشفى جديد في مدينة الزرقاء يضم مئتي سرير.",
    "b": "أعلنتْ وزارةُ الصحةِ اليوم افتتاح مستشفى جديد في مدينة الزرقاء يضم مئتي سرير.",
}


def routes(deduplicator: Deduplicator) -> Blueprint:
    """The route /v1/compare."""
    blueprint = Blueprint("compare", __name__)

    @blueprint.post("/v1/compare")
    @describes(
        Operation(
            summary="Compare two texts",
            description="The verdict on `b` if `a` were the only article before it, with the scores, the shared passages and "
            "the rule that decided. Nothing is kept.",
            tag="articles",
            scope="read",
            body={"application/json": "PairIn"},
            examples={"application/json": EXAMPLE},
            reply="VerdictOut",
            reply_description="The verdict on `b`.",
            problems=(
                *OF_BODY,
                "invalid_json",
                "invalid_article",
                "empty_article",
                "article_too_long",
                "invalid_parameter",
            ),
        )
    )
    def compare() -> Response:
        parameters()
        old, new = pair_from_json(json_body())
        return reply(deduplicator.compare(old, new).as_dict())

    return blueprint
