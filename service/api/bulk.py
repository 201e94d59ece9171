"""Many articles in one post, one line out for each, in order: JSON Lines, while the body still arrives, or a whole document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, request

from dedup.errors import ArticleError, DedupError
from dedup.records import Article
from service.api.articles import EXAMPLE, SOURCE
from service.api.http import parameters, refuse_compressed
from service.api.judge import Judge
from service.api.operations import OF_BULK, OF_STORE, Operation, describes
from service.batch import Answers, Line, one_at_a_time, verdict_lines
from service.formats.article import unique_id
from service.formats.documents import CONTENT_TYPES, JSON_LD, NINJS, Found, articles_of, examples
from service.gate import BLOCKS, TURNS
from service.problems import Problem, problem_of
from service.readers import RecordError, Rejected
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
            "arrives: read while you send. If the store goes away in the middle, the lines it concerns say so; post them again. "
            "A document of another format, such as a whole feed, has one line for each of its articles, when all of it is there.",
            tag="articles",
            scope="ingest",
            body={**dict.fromkeys((*ACCEPTED, *CONTENT_TYPES), ""), NINJS: "NinjsIn", JSON_LD: "NewsArticleIn"},
            examples={MEDIA_TYPE: _example(), **examples()},
            parameters=(SOURCE,),
            reply="BulkLineOut",
            reply_type=MEDIA_TYPE,
            reply_description="One line for each article; the schema is that of a line.",
            problems=(
                *OF_BULK,
                *OF_STORE,
                "invalid_parameter",
                "request_too_large",
                "invalid_json",
                "invalid_xml",
                "invalid_article",
            ),
        )
    )
    def check() -> Response:
        source = parameters("source").get("source", "")
        if request.mimetype not in (*ACCEPTED, *CONTENT_TYPES):
            accepted = ", ".join((*ACCEPTED, *CONTENT_TYPES))
            raise Problem("unsupported_media_type", f"expected Content-Type: one of {accepted}, not {request.mimetype or 'none'}")
        refuse_compressed()
        bulk = _Bulk(judge, request.environ, max_line_bytes)
        pieces = bulk.of_lines(source) if request.mimetype in ACCEPTED else bulk.of_document(source)
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

    def of_lines(self, source: str) -> Iterator[bytes]:
        """The reply to JSON Lines, a piece for each block of the body that ends a line."""
        for lines in split_lines(self._blocks(), max_line_bytes=self._max_line_bytes):
            piece = b"".join(map(_dumped, self._judged(articles(lines, lambda _: unique_id(), source))))
            self._begun = True
            if piece:
                yield piece

    def of_document(self, source: str) -> Iterator[bytes]:
        """The reply to a document, a piece for each batch of its articles; an error names the place in the document."""
        body = self._whole()
        with self._environ[TURNS]:
            found = articles_of(body, request.mimetype, charset=request.mimetype_params.get("charset", ""), source=source)
        for first in range(0, len(found), BATCH):
            piece = []
            for line in self._judged(map(_record, count(first + 1), found[first : first + BATCH])):
                if "error" in line:
                    line["error"]["field"] = found[line["line"] - 1].located(line["error"]["field"])
                piece.append(_dumped(line))
            self._begun = True
            yield b"".join(piece)

    def _judged(self, records: Iterable[tuple[int, Article | Rejected]]) -> Iterator[Line]:
        return verdict_lines(records, one_at_a_time(self._answers), batch=BATCH)

    def _whole(self) -> bytes:
        """The body, up to the length of a single post; raises Problem."""
        blocks: list[bytes] = []
        total = 0
        for block in self._environ[BLOCKS]:
            total += len(block)
            if total > self._max_line_bytes:
                most = f"{self._max_line_bytes:,}"
                raise Problem("request_too_large", f"the document has more than {most} bytes; post it in parts", field="body")
            blocks.append(block)
        return b"".join(blocks)

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


def _record(number: int, found: Found) -> tuple[int, Article | Rejected]:
    return number, Rejected(found.article, found.id) if isinstance(found.article, ArticleError) else found.article


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _dumped(line: Line) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _example() -> str:
    follow_up = {"id": "aqaba-3", "source": "nabd", "title": "حريق العقبة: السيطرة على النيران في مستودع الأخشاب"}
    return b"".join(map(_dumped, (EXAMPLE, follow_up))).decode()
