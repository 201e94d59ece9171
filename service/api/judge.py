"""How routes ask for verdicts, and the one log line that each of them leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from dedup.deduplicator import Deduplicator
from dedup.errors import ArticleError
from dedup.records import Article, Verdict

log = structlog.get_logger()


class Judge:
    """A Deduplicator with a clock and a log."""

    def __init__(self, deduplicator: Deduplicator, clock: Callable[[], float]) -> None:
        self._deduplicator = deduplicator
        self._clock = clock

    def all(self, articles: Sequence[Article], *, dry_run: bool) -> list[Verdict | ArticleError]:
        """One answer an article, in order; a dry run leaves no trace in the index."""
        start = time.perf_counter()
        ask = self._deduplicator.look if dry_run else self._deduplicator.check
        answers = ask(articles, now_s=self._clock())
        took_ms = round((time.perf_counter() - start) * 1000 / max(1, len(articles)), 2)
        for article, answer in zip(articles, answers, strict=True):
            if isinstance(answer, ArticleError):
                log.info("article.refused", article_id=article.id, code=answer.code, field=answer.field)
                continue
            match = answer.body.match
            log.info(
                "article.checked",
                article_id=article.id,
                source=article.source,
                verdict=answer.body.verdict,
                headline=answer.headline.verdict,
                of=match.id if match else None,
                rule=answer.body.rule,
                replayed=answer.replayed,
                dry_run=dry_run,
                took_ms=took_ms,
            )
        return answers

    def one(self, article: Article, *, dry_run: bool) -> Verdict:
        """The verdict on one article; raises ArticleError if it cannot be judged."""
        (answer,) = self.all([article], dry_run=dry_run)
        if isinstance(answer, ArticleError):
            raise answer
        return answer
