"""Explain: why one article of the index is, or is not, a copy of another, in words."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dedup.deduplicator import Deduplicator
from service.api.http import parameters, reply
from service.api.operations import OF_STORE, Operation, Parameter, describes
from service.explain import explanation_line
from service.problems import Problem
from service.words import Language

_ID = {"type": "string", "minLength": 1}
_LANGUAGE = {"type": "string", "enum": ["en", "ar"]}


def routes(deduplicator: Deduplicator) -> Blueprint:
    """The route /v1/explain."""
    blueprint = Blueprint("explain", __name__)

    @blueprint.get("/v1/explain")
    @describes(
        Operation(
            summary="Why one article is, or is not, a copy of another",
            description="Holds the later of two articles of the index against the earlier one, by the passage frequencies as "
            "of its arrival: the shared passages, what each feature added, which rule overruled the model, what would have had "
            "to differ, and whether the two were compared when the later one arrived; if not, why. `sentences` say it in words.",
            tag="articles",
            scope="read",
            parameters=(
                Parameter("a", "query", "Id of one article.", _ID, "aqaba-1", required=True),
                Parameter("b", "query", "Id of the other; which arrived first does not matter.", _ID, "aqaba-2", required=True),
                Parameter("lang", "query", "Language of the words; else that of `Accept-Language`, else `en`.", _LANGUAGE),
            ),
            reply="ExplanationOut",
            reply_description="The explanation.",
            problems=(*OF_STORE, "unknown_article", "invalid_article", "invalid_parameter"),
        )
    )
    def explain() -> Response:
        query = parameters("a", "b", "lang")
        for name in ("a", "b"):
            if not query.get(name):
                raise Problem("invalid_parameter", f"{name} is missing; expected the id of an article in the index", field=name)
        explanation = deduplicator.explain(query["a"], query["b"])
        return reply(explanation_line(explanation, deduplicator.settings, _language(query.get("lang"))))

    return blueprint


def _language(asked: str | None) -> Language:
    if asked is None:
        return "ar" if request.accept_languages.best_match(["en", "ar"], default="en") == "ar" else "en"
    if asked not in ("en", "ar"):
        raise Problem("invalid_parameter", f"lang is en or ar, not {asked[:80]!r}", field="lang")
    return "ar" if asked == "ar" else "en"
