"""Stage 8: which story a verdict belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from dedup.records import Article, Verified


def story_of(article: Article, copies: Sequence[Verified]) -> str:
    """The id of the story's lead as of this arrival: the earliest published text the article was verified against.

    Only direct matches count, never matches of matches, so a story cannot chain its way to unrelated items. Without a copy
    the article leads its own story. Unknown publication times count as the time of arrival.
    """
    if not copies:
        return article.id

    def age(copy: Verified) -> tuple[float, int]:
        published = copy.stored.article.published
        return (published.timestamp() if published else copy.stored.arrived_s, copy.stored.seq)

    return min(copies, key=age).stored.article.id
