"""Articles: post one and get its verdict; read one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response

from dedup.store.protocol import Store, latest
from service.api.http import flag, json_body, parameters, reply
from service.api.judge import Judge
from service.api.operations import OF_BODY, OF_STORE, Operation, Parameter, describes
from service.formats.article import article_from_json, article_to_json, unique_id

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
            "The same id and text again answers with the verdict recorded then (`replayed`).",
            tag="articles",
            scope="ingest",
            body={"application/json": "ArticleIn"},
            examples={"application/json": EXAMPLE},
            parameters=(DRY_RUN,),
            reply="VerdictOut",
            reply_description="The verdict.",
            problems=(
                *OF_BODY,
                *OF_STORE,
                "invalid_json",
                "invalid_article",
                "empty_article",
                "article_too_long",
                "id_taken",
                "invalid_parameter",
            ),
        )
    )
    def check() -> Response:
        dry_run = flag(parameters("dry_run"), "dry_run")
        article = article_from_json(json_body(), default_id=unique_id)
        return reply(judge.one(article, dry_run=dry_run).as_dict())

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
