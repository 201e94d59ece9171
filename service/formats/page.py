"""A scraped page as it arrives: its text, and what its sender knows about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dedup.errors import ArticleError
from dedup.records import Article, PageItem
from service.formats.article import article_from_json, unique_id

#: What a sender may say about a page beside its text, as members of the JSON body or as parameters of the query.
ABOUT = ("id", "source", "url", "published", "section", "lang")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as text, one block a line, and the article fields that its items share."""

    text: str
    about: Article  # without title and body; its id is "" if the sender gave none

    def articles(self, items: Sequence[PageItem]) -> list[Article]:
        """The items as articles. The URL belongs to the first alone; ids are `ID:1`, `ID:2` ..., or unique ones."""
        return [
            replace(
                self.about,
                id=f"{self.about.id}:{n}" if self.about.id else unique_id(),
                url=self.about.url if n == 1 else "",
                title=item.title,
                body=item.body,
            )
            for n, item in enumerate(items, start=1)
        ]


def page_from_text(text: str, about: Mapping[str, Any]) -> Page:
    """A page whose text came as the request body.

    Raises:
        ArticleError: a value of `about` is impossible.
    """
    must_be_unicode(text, "text")
    known = {name: about.get(name) for name in ABOUT}
    article = article_from_json(known, default_id=lambda: "")
    return Page(text.replace("\0", " "), article if known["id"] else replace(article, id=""))


def must_be_unicode(text: str, name: str) -> None:
    """Raise ArticleError if `text` holds half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ArticleError(name, f"{name} is not valid Unicode at character {exc.start}") from exc
