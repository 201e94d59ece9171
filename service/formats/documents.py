"""Documents in the formats of others -> articles. The content type says whether it is JSON or XML, and of which kind.

An adapter is a module with `items(document)`; those of XML name their root elements. Each is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from dedup.errors import ArticleError
from dedup.records import Article
from service.formats.article import Item, article_from_item, load_json, unique_id

JSON_LD = "application/ld+json"
NINJS = "application/ninjs+json"
XML_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/vnd.iptc.g2.newsitem+xml",
    "application/vnd.iptc.g2.newsmessage+xml",
    "application/xml",
    "text/xml",
)
#: Articles in one document.
MAX_ARTICLES = 5_000
CONTENT_TYPES = (NINJS, JSON_LD, *XML_TYPES)

_EXAMPLES = {
    NINJS: "ninjs.json",
    JSON_LD: "newsarticle.json",
    "application/rss+xml": "rss.xml",
    "application/atom+xml": "atom.xml",
    "application/vnd.iptc.g2.newsitem+xml": "newsml.xml",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One article of a document, or why it is none, and what its members are called there."""

    article: Article | ArticleError
    places: Mapping[str, str]
    id: str | None  # as the document gives it

    def located(self, field: str) -> str:
        """Where a member of our article stands in the document."""
        return self.places.get(field, field)


def articles_of(data: bytes, content_type: str, *, charset: str = "", source: str = "") -> list[Found]:
    """The articles of a document, in its order.

    Args:
        data: the document.
        content_type: one of `CONTENT_TYPES`.
        charset: as the content type names it, for XML; JSON is UTF-8.
        source: the outlet, in the place of what the document says.

    Raises:
        JsonError, XmlError: the document cannot be parsed.
        ArticleError: it is parsed, but not one of these formats.
    """
    items = _json_items(load_json(data), content_type) if content_type in (NINJS, JSON_LD) else _xml_items(data, charset)
    found = [_found(item, source) for item in islice(items, MAX_ARTICLES + 1)]
    if len(found) > MAX_ARTICLES:
        raise ArticleError("", f"the document has more than {MAX_ARTICLES:,} articles; post it in parts")
    return found


def examples() -> dict[str, Any]:
    """A document of each format, as the documentation shows it: JSON as a value, XML as text."""
    folder = Path(__file__).with_name("examples")
    documents = {content_type: (folder / name).read_bytes() for content_type, name in _EXAMPLES.items()}
    return {name: load_json(data) if name in (NINJS, JSON_LD) else data.decode() for name, data in documents.items()}


def _json_items(document: Any, content_type: str) -> Iterable[Item | ArticleError]:
    from service.formats import jsonld, ninjs

    return ninjs.items(document) if content_type == NINJS else jsonld.items(document)


def _xml_items(data: bytes, charset: str) -> Iterable[Item | ArticleError]:
    from service.formats import feed, newsml
    from service.formats.xml import local_name, parse_xml

    root = parse_xml(data, charset)
    if root.tag in feed.ROOTS:
        return feed.items(root)
    if root.tag in newsml.ROOTS:
        return newsml.items(root)
    raise ArticleError(
        local_name(root)[:80],
        f"the root element is {root.tag[:80]!r}; expected RSS (rss, rdf:RDF, item), Atom (feed, entry) or NewsML-G2 "
        "(newsItem, newsMessage), each in the namespace of its standard",
    )


def _found(item: Item | ArticleError, source: str) -> Found:
    if isinstance(item, ArticleError):
        return Found(item, {}, None)
    if source:
        item = replace(item, members={**item.members, "source": source}, places={**item.places, "source": "source"})
    try:
        return Found(article_from_item(item, default_id=unique_id), item.places, item.members.get("id"))
    except ArticleError as error:
        return Found(error, {}, item.members.get("id"))
