"""Many articles in one post: JSON Lines in, one line out for each, in order, while the body still arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, request

from dedup.errors import ArticleError, DedupError
from dedup.records import Article
from service.api.articles import EXAMPLE
from service.api.http import parameters, refuse_compressed
from service.api.judge import Judge
from service.api.operations import OF_BULK, OF_STORE, Operation, describes
from service.batch import Answers, Line, one_at_a_time, verdict_lines
from service.formats.article import unique_id
from service.gate import BLOCKS, TURNS
from service.problems import Problem, problem_of
from service.readers import RecordError
from service.readers.jsonl import articles, split_lines

MEDIA_TYPE = "application/x-ndjson"
ACCEPTED = (MEDIA_TYPE, "application/jsonl")
#: Articles in one call of the store, and in one turn: others are served in between.
BATCH = 50

log = structlog.get_logger()


def routes(judge: Judge, *, max_line_bytes: int) -> Blueprint:
    """The route /v1/articles:bulk."""
    blueprint = Blueprint("bulk", __name__)

    @blueprint.post("/v1/articles:bulk")
    @describes(
        Operation(
            summary="Post many articles, get a verdict line for each",
            description="One article a line, as many as you like; the reply has one line for each, in order: its verdict, or "
            "`error` and the number of the line. Blank lines are counted and not answered. Verdicts leave while the body still "
            "arrives: read while you send. If the store goes away in the middle, the lines it concerns say so; post them again.",
            tag="articles",
            scope="ingest",
            body=dict.fromkeys(ACCEPTED, ""),
            examples={MEDIA_TYPE: _example()},
            reply="BulkLineOut",
            reply_type=MEDIA_TYPE,
            reply_description="One line for each article; the schema is that of a line.",
            problems=(*OF_BULK, *OF_STORE, "invalid_parameter"),
        )
    )
    def check() -> Response:
        parameters()
        if request.mimetype not in ACCEPTED:
            raise Problem("unsupported_media_type", f"expected Content-Type: {MEDIA_TYPE}, not {request.mimetype or 'none'}")
        refuse_compressed()
        pieces = _Bulk(judge, request.environ, max_line_bytes).pieces()
        first = next(pieces, b"")  # a store that is away from the start is a problem, not a reply
        return Response(_chain(first, pieces), mimetype=MEDIA_TYPE)

    return blueprint


class _Bulk:
    """One bulk post on its way."""

    def __init__(self, judge: Judge, environ: dict[str, Any], max_line_bytes: int) -> None:
        self._judge = judge
        self._environ = environ
        self._max_line_bytes = max_line_bytes
        self._begun = False

    def pieces(self) -> Iterator[bytes]:
        """The reply, a piece for each block of the body that ends a line."""
        for lines in split_lines(self._blocks(), max_line_bytes=self._max_line_bytes):
            records = articles(lines, lambda _: unique_id())
            piece = b"".join(map(_dumped, verdict_lines(records, one_at_a_time(self._answers), batch=BATCH)))
            self._begun = True
            if piece:
                yield piece

    def _blocks(self) -> Iterator[bytes | RecordError]:
        """The body; what breaks it off is the error of the line it broke, but a problem if nothing has been judged yet."""
        try:
            yield from self._environ[BLOCKS]
        except Problem as problem:
            if not self._begun:
                raise
            yield RecordError(problem.code, problem.detail)

    def _answers(self, batch: Sequence[Article]) -> Answers:
        try:
            with self._environ[TURNS]:
                answers = self._judge.all(batch, dry_run=False)
        except DedupError as exc:
            if not self._begun:
                raise
            problem = problem_of(exc)
            log.error("bulk.failed", code=problem.code, detail=problem.detail, articles=len(batch))
            return [RecordError(problem.code, problem.detail)] * len(batch)
        return [answer if isinstance(answer, ArticleError) else answer.as_dict() for answer in answers]


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _dumped(line: Line) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _example() -> str:
    follow_up = {"id": "aqaba-3", "source": "nabd", "title": "حريق العقبة: السيطرة على النيران في مستودع الأخشاب"}
    return b"".join(map(_dumped, (EXAMPLE, follow_up))).decode()
