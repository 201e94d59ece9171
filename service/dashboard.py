"""Pages for editors: the overview, and one article beside its match. Rendered here, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup

from dedup.deduplicator import Deduplicator
from dedup.errors import ArticleError, UnknownArticleError
from dedup.normalise import normalise
from dedup.records import Article, Decision, Match, Passage, Stored, Verdict
from dedup.store.protocol import Store, latest
from service import decisions
from service.api.stats import days
from service.auth import caller
from service.explain import Sentence, sentences
from service.words import BODY, CHANGE, DIRECTIONS, HEADLINE, RELATION, WORDS, Language

LATEST = 50
WINDOWS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Row:
    """One of the latest verdicts; the title is "" where the article is no longer kept."""

    decision: Decision
    title: str
    arrived: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the chart; heights are percents of the tallest day."""

    day: str
    articles: int
    duplicates: int
    height: float
    duplicate_height: float


def routes(deduplicator: Deduplicator, clock: Callable[[], float]) -> Blueprint:
    """/ and /articles/<id>."""
    blueprint = Blueprint("dashboard", __name__)
    store = deduplicator.store

    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        language = _language()
        other: Language = "en" if language == "ar" else "ar"
        return {
            "lang": language,
            "dir": DIRECTIONS[language],
            "other_lang": other,
            "w": WORDS[language],
            "body_words": BODY[language],
            "headline_words": HEADLINE[language],
            "relation_words": RELATION[language],
            "change_words": CHANGE[language],
            "query": request.args.to_dict(),
        }

    @blueprint.app_template_filter()
    def isolated(sentence: str) -> Markup:
        """Each quotation by itself: two Arabic ones in an English sentence would else run together from right to left."""
        parts = re.split("(«[^«»]*»)", sentence)
        return Markup("").join(Markup("<bdi>{}</bdi>").format(part) if at % 2 else part for at, part in enumerate(parts))

    @blueprint.get("/")
    def overview() -> str:
        first, last = days(request.args.to_dict(), deduplicator, now_s=clock())
        figures = decisions.stats(store, first, last, duplicate_when=deduplicator.settings.duplicate_when)
        return render_template(
            "overview.html",
            stats=figures,
            columns=_columns(figures["by_day"]),
            latest=_latest(store),
            windows=[(n, (last - timedelta(days=n - 1)).isoformat(), last.isoformat()) for n in WINDOWS],
            shown_days=(last - first).days + 1,
            example=f"curl {url_for('articles.check', _external=True)} \\\n"
            + ("  -H 'Authorization: Bearer KEY' \\\n" if caller().via == "key" else "")
            + "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"source": "…", "title": "…", "body": "…"}\'',
        )

    @blueprint.get("/articles/<id:article_id>")
    def article(article_id: str) -> str:
        stored = latest(store, article_id)
        verdict = store.recorded([stored.seq]).get(stored.seq)
        match = (verdict.body.match or verdict.headline.match) if verdict else None
        earlier = _earlier(store, match)
        shared = _shared(deduplicator, verdict, earlier.article, stored.article) if earlier else ()
        return render_template(
            "article.html",
            article=stored.article,
            arrived=_minute(stored.arrived_s),
            verdict=verdict,
            match=match,
            earlier=earlier.article if earlier else None,
            body=pieces(stored.article.body, [passage.new for passage in shared]),
            earlier_body=pieces(earlier.article.body, [passage.old for passage in shared]) if earlier else (),
            why=_why(deduplicator, earlier.article.id, article_id) if earlier else (),
            link=_link,
        )

    return blueprint


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text cut into (piece, whether it is shared), in order; spans may overlap and are clipped to the text."""
    cut: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            cut.append((text[at:start], False))
        cut.append((text[start:end], True))
        at = end
    if at < len(text):
        cut.append((text[at:], False))
    return cut


def _language() -> Language:
    asked = request.args.get("lang") or request.accept_languages.best_match(["ar", "en"])
    return "en" if asked == "en" else "ar"


def _columns(by_day: Sequence[dict[str, Any]]) -> list[Column]:
    tallest = max((day["articles"] for day in by_day), default=0) or 1
    return [
        Column(
            day["day"],
            day["articles"],
            day["duplicates"],
            round(100 * day["articles"] / tallest, 2),
            round(100 * day["duplicates"] / tallest, 2),
        )
        for day in by_day
    ]


def _latest(store: Store) -> list[Row]:
    log = store.decisions(limit=LATEST)
    kept = store.entries([decision.seq for decision in log])
    return [
        Row(decision, kept[decision.seq].article.title if decision.seq in kept else "", _minute(decision.decided_s))
        for decision in log
    ]


def _earlier(store: Store, match: Match | None) -> Stored | None:
    if match is None:
        return None
    try:
        return latest(store, match.id)
    except UnknownArticleError:
        return None


def _shared(deduplicator: Deduplicator, verdict: Verdict | None, old: Article, new: Article) -> Sequence[Passage]:
    """The passages both bodies share: those of the verdict, or, where the match was changed since, sought anew."""
    recorded = verdict.body.passages if verdict else ()
    if recorded and all(_words(new.body, passage.new) == _words(old.body, passage.old) for passage in recorded):
        return recorded
    try:
        return deduplicator.compare(old, new).body.passages
    except ArticleError:
        return ()


def _why(deduplicator: Deduplicator, earlier_id: str, article_id: str) -> Sequence[Sentence]:
    """The verdict on the article beside its match, in sentences; none where the two cannot be held against each other."""
    try:
        return sentences(deduplicator.explain(earlier_id, article_id), deduplicator.settings, _language())
    except ArticleError:  # an article that was removed meanwhile, or that took over its match's id
        return ()


def _words(text: str, span: tuple[int, int]) -> tuple[str, ...]:
    return normalise(text[span[0] : span[1]]).words


def _minute(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, UTC).strftime("%Y-%m-%d %H:%M")


def _link(url: str) -> str:
    """The URL if a browser may follow it; "" for every other scheme."""
    return url if url.lower().startswith(("https://", "http://")) else ""
