"""Articles: post one and get its verdict; read one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from dedup.errors import ArticleError
from dedup.store.protocol import Store, latest
from service.api.http import flag, json_body, parameters, raw_body, reply
from service.api.judge import Judge
from service.api.operations import OF_BODY, OF_STORE, Operation, Parameter, describes
from service.formats.article import MAX_CHARS, article_from_json, article_to_json, unique_id, with_source
from service.formats.documents import CONTENT_TYPES, JSON_LD, NINJS, Found, articles_of, examples
from service.problems import Problem

SOURCE = Parameter(
    "source", "query", "The outlet, in the place of what the body says.", {"type": "string", "maxLength": MAX_CHARS["source"]}
)
DRY_RUN = Parameter("dry_run", "query", "Judge, but leave no trace in the index.", {"type": "boolean", "default": False})

EXAMPLE = {
    "id": "aqaba-1",
    "source": "barq24",
    "url": "https://barq24.example.com/world/aqaba-fire-1",
    "published": "2025-11-09T05:40:00+03:00",
    "title": "إصابة ثلاثة عمال في حريق مستودع قرب ميناء العقبة",
    "body": "أصيب ثلاثة عمال بحروق متفاوتة في حريق اندلع فجر الأحد في مستودع للأخشاب يقع على بعد كيلومترين من ميناء العقبة.",
}


def routes(judge: Judge, store: Store) -> Blueprint:
    """The routes under /v1/articles."""
    blueprint = Blueprint("articles", __name__)

    @blueprint.post("/v1/articles")
    @describes(
        Operation(
            summary="Post one article, get its verdict",
            description="Judges the article against everything that arrived before it and adds it to the index, in one step. "
            "The same id and text again answers with the verdict recorded then (`replayed`). The content type says what the body "
            "is: our JSON, ninjs, JSON-LD of schema.org, or XML: an RSS or Atom feed of one entry, the entry alone, NewsML-G2.",
            tag="articles",
            scope="ingest",
            body={
                "application/json": "ArticleIn",
                **dict.fromkeys(CONTENT_TYPES, ""),
                NINJS: "NinjsIn",
                JSON_LD: "NewsArticleIn",
            },
            examples={"application/json": EXAMPLE, **examples()},
            parameters=(DRY_RUN, SOURCE),
            reply="VerdictOut",
            reply_description="The verdict.",
            problems=(
                *OF_BODY,
                *OF_STORE,
                "invalid_json",
                "invalid_xml",
                "invalid_article",
                "empty_article",
                "article_too_long",
                "id_taken",
                "invalid_parameter",
            ),
        )
    )
    def check() -> Response:
        query = parameters("dry_run", "source")
        dry_run, source = flag(query, "dry_run"), query.get("source", "")
        if request.mimetype == "application/json":
            article = article_from_json(with_source(json_body(), source), default_id=unique_id)
            return reply(judge.one(article, dry_run=dry_run).as_dict())
        return reply(_judged(judge, _one_of_document(source), dry_run=dry_run))

    @blueprint.get("/v1/articles/<id:article_id>")
    @describes(
        Operation(
            summary="Read an article and its recorded verdict",
            description="The latest version, as it was sent. Percent-encode the id where it holds `?`, `#` or `%`.",
            tag="articles",
            scope="read",
            parameters=(Parameter("id", "path", "The article's id.", {"type": "string"}, "aqaba-1"),),
            reply="StoredOut",
            reply_description="The article and its verdict.",
            problems=(*OF_STORE, "unknown_article"),
        )
    )
    def read(article_id: str) -> Response:
        stored = latest(store, article_id)
        verdict = store.recorded([stored.seq]).get(stored.seq)
        return reply(
            {
                "article": article_to_json(stored.article),
                "arrived": datetime.fromtimestamp(stored.arrived_s, UTC).isoformat(),
                "verdict": replace(verdict, replayed=False).as_dict() if verdict else None,
            }
        )

    return blueprint


def _one_of_document(source: str) -> Found:
    """The only article of the document in the request."""
    if request.mimetype not in CONTENT_TYPES:
        accepted = ", ".join(("application/json", *CONTENT_TYPES))
        raise Problem(
            "unsupported_media_type",
            f"expected Content-Type: one of {accepted}, not {request.mimetype or 'none'}; pages go to /v1/pages",
        )
    found = articles_of(raw_body(), request.mimetype, charset=request.mimetype_params.get("charset", ""), source=source)
    if len(found) != 1:
        raise ArticleError("", f"the document has {len(found)} articles; /v1/articles:bulk answers for each of them")
    return found[0]


def _judged(judge: Judge, found: Found, *, dry_run: bool) -> dict[str, Any]:
    """The verdict on an article of a document; errors name the place in it."""
    if isinstance(found.article, ArticleError):
        raise found.article
    try:
        return judge.one(found.article, dry_run=dry_run).as_dict()
    except ArticleError as error:
        error.field = found.located(error.field)
        raise
