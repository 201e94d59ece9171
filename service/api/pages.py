"""Pages: post a scraped page as text or HTML, get a verdict for each article on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from dedup.deduplicator import Deduplicator
from dedup.errors import ArticleError
from service.api.articles import DRY_RUN
from service.api.http import flag, json_body, parameters, raw_body, reply, text_body
from service.api.judge import Judge
from service.api.operations import OF_BODY, OF_STORE, Operation, Parameter, describes
from service.formats.html import page_from_html
from service.formats.page import ABOUT, Page, must_be_unicode, page_from_text
from service.problems import Problem, problem_of

EXAMPLE_TEXT = (
    "افتتاح مستشفى جديد في الزرقاء\nافتتاح مستشفى جديد في الزرقاء\n"
    "افتتح وزير الصحة صباح اليوم مستشفى جديداً في مدينة الزرقاء يضم مئتي سرير وعشر غرف للعمليات.\nقراءة المزيد"
)
_TEXT = {"type": "string"}


def routes(judge: Judge, deduplicator: Deduplicator) -> Blueprint:
    """The routes under /v1/pages."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.post("/v1/pages")
    @describes(
        Operation(
            summary="Post a scraped page, get a verdict for each article on it",
            description="The page is taken apart into whole articles and teasers; each is judged and added like an article. "
            "Give an `id`: then posting the page again replays its verdicts. With a plain text or HTML body, "
            "what else is known of the page stands in the query.",
            tag="articles",
            scope="ingest",
            body={"text/plain": "", "text/html": "", "application/json": "PageIn"},
            examples={
                "text/plain": EXAMPLE_TEXT,
                "application/json": {"id": "front-page-7", "source": "barq24", "text": EXAMPLE_TEXT},
            },
            parameters=(DRY_RUN, *(Parameter(name, "query", f"As in the JSON body: {name}.", _TEXT) for name in ABOUT)),
            reply="PageOut",
            reply_description="The items, in reading order.",
            problems=(
                *OF_BODY,
                *OF_STORE,
                "invalid_json",
                "invalid_article",
                "article_too_long",
                "empty_page",
                "invalid_parameter",
                "bad_request",
            ),
        )
    )
    def check() -> Response:
        query = parameters("dry_run", *ABOUT)
        page = _page(query)
        items = deduplicator.page(page.text)
        answers = judge.all(page.articles(items), dry_run=flag(query, "dry_run"))
        lines: list[dict[str, Any]] = []
        for n, (item, answer) in enumerate(zip(items, answers, strict=True), start=1):
            line = {"problem": problem_of(answer).body()} if isinstance(answer, ArticleError) else answer.as_dict()
            lines.append({**line, "item": n, "kind": item.kind, "cut": item.cut})
        return reply({"items": lines})

    return blueprint


def _page(query: dict[str, str]) -> Page:
    """The page in the request, whatever form it came in."""
    match request.mimetype:
        case "text/plain":
            page = page_from_text(text_body(), query)
        case "text/html" | "application/xhtml+xml":
            # without a charset in the header, the reader looks for one in the document
            page = page_from_html(text_body() if "charset" in request.mimetype_params else raw_body(), query)
        case _ if request.is_json:
            page = page_from_json(json_body())
        case other:
            accepted = "text/plain, text/html or application/json"
            raise Problem("unsupported_media_type", f"expected Content-Type: {accepted}, not {other or 'none'}")
    if not page.text.strip():
        raise Problem("empty_page", "the page has no text", field="text")
    return page


def page_from_json(obj: Any) -> Page:
    """Read `{"text": ...}` or `{"html": ...}` and what else is known about the page.

    Raises:
        ArticleError: neither or both of the two, or a member of the wrong type.
    """
    if not isinstance(obj, dict):
        raise ArticleError("", "expected an object with the member text or html")
    given = [name for name in ("text", "html") if obj.get(name) is not None]
    if len(given) != 1:
        raise ArticleError(
            "text", "expected one of text and html, not both" if given else "expected text or html; both are missing"
        )
    name = given[0]
    value = obj[name]
    if not isinstance(value, str):
        raise ArticleError(name, f"{name} must be a string")
    must_be_unicode(value, name)
    return page_from_html(value, obj) if name == "html" else page_from_text(value, obj)
