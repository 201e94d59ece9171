"""schema.org JSON-LD -> its articles: an object, an array or an `@graph` of them (docs/formats.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dedup.errors import ArticleError
from service.formats.article import Fields, Item, host_of, kind_of

#: NewsArticle and its kin: Article, ReportageNewsArticle, BlogPosting, Report ...
_ARTICLE = re.compile(r"(?:.*[/:#])?(?:\w*Article|\w*Posting|Report)")
_MOST = 10


def items(document: Any) -> Iterator[Item | ArticleError]:
    """The articles of a document, in its order; other things in it (the outlet, the page, a breadcrumb list) are passed over.

    Raises:
        ArticleError: there is no article in it.
    """
    nodes = list(_nodes(document))
    known = {node["@id"]: node for _, node in nodes if isinstance(node.get("@id"), str)}
    found = False
    for at, node in nodes:
        if any(isinstance(kind, str) and _ARTICLE.fullmatch(kind) for kind in _each(node.get("@type"))):
            found = True
            try:
                yield _item(node, at, known)
            except ArticleError as error:
                yield error
    if not found:
        raise ArticleError("@type", "expected an object whose @type is NewsArticle, or another article of schema.org")


def _nodes(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects that may be articles, and where each stands."""
    for number, top in enumerate(_each(document)):
        at = f"{number}/" if isinstance(document, list) else ""
        if not isinstance(top, dict):
            raise ArticleError(at.rstrip("/"), f"expected an object, not {kind_of(top)}")
        yield at, top
        for name in ("@graph", "mainEntity"):
            inside = top.get(name)
            for inner, node in enumerate(_each(inside)):
                if isinstance(node, dict):
                    yield f"{at}{name}/{inner}/" if isinstance(inside, list) else f"{at}{name}/", node


def _item(node: dict[str, Any], at: str, known: Mapping[str, dict[str, Any]]) -> Item:
    def text(name: str, *inside: str) -> tuple[str, str]:
        return name, _text(node.get(name), at + name, inside, known)

    fields = Fields(at.rstrip("/"))
    identity = text("@id")
    addresses = [text("url", "@id"), text("mainEntityOfPage", "@id", "url"), identity]
    url = fields.take("url", *(address for address in addresses if host_of(address[1])), addresses[0])
    if not url:
        fields.take("source", text("publisher", "name"))
    fields.take("title", text("headline"), text("name"))
    fields.take("body", text("articleBody"), text("text"), text("description"))
    fields.take("published", text("datePublished"), text("dateCreated"))
    fields.take("author", text("author", "name"))
    fields.take("section", text("articleSection"))
    fields.take("lang", text("inLanguage", "alternateName", "name"))
    fields.take("version", text("version"))
    return fields.item(key=url or identity[1] or text("identifier", "value", "@id")[1])


def _text(value: Any, place: str, inside: tuple[str, ...], known: Mapping[str, dict[str, Any]]) -> str:
    """A value as text: itself, its `@value`, or the first member of `inside` that it has; of a list the first that has one.

    Of a list the first ten count: every value may refer to one long list, and the work would be the product of the two.

    Raises:
        ArticleError: it is a boolean, or a list of lists.
    """
    for one in _each(value)[:_MOST]:
        if isinstance(one, dict):
            whole = known.get(one["@id"], one) if isinstance(one.get("@id"), str) else one
            texts = (text for name in ("@value", *inside) for text in _each(whole.get(name))[:_MOST] if isinstance(text, str))
            text = next(texts, "")
        elif one is None:
            continue
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            text = str(one)
        else:
            raise ArticleError(place, f"{place} must be a string, not {kind_of(one)}")
        if text.strip():
            return text.strip()
    return ""


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
