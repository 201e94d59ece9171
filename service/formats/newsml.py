"""IPTC NewsML-G2 -> its articles: a news item, or all news items of a news message (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedup.errors import ArticleError
from service.formats.article import MAX_CHARS, Fields, Item
from service.formats.xml import local_name, text_of

_G2 = "{http://iptc.org/std/nar/2006-10-01/}"
#: The elements that a document of this format begins with.
ROOTS = (f"{_G2}newsItem", f"{_G2}newsMessage")

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_WITH_TEXT = ("text", "composite")


def items(root: Any) -> Iterator[Item | ArticleError]:
    """The news items of a document, in its order; packages, concepts and planning items are passed over."""
    if local_name(root) == "newsItem":
        found = [("newsItem", root)]
    else:
        inside = root.iterfind(f"{_G2}itemSet/{_G2}newsItem")
        found = [(f"newsMessage/itemSet/newsItem[{number}]", item) for number, item in enumerate(inside, start=1)]
    for at, item in found:
        try:
            yield _item(item, at)
        except ArticleError as error:
            yield error


def _item(item: Any, at: str) -> Item:
    def find(path: str) -> Any | None:
        return item.find("/".join(_G2 + name for name in path.split("/")))

    def text(path: str) -> tuple[str, str]:
        return path, text_of(find(path))

    _must_be(f"{at}/itemMeta/itemClass/@qcode", _code(find("itemMeta/itemClass")), _WITH_TEXT)
    _must_be(f"{at}/itemMeta/pubStatus/@qcode", _code(find("itemMeta/pubStatus")), ("usable",))
    guid = (item.get("guid") or "").strip()
    if not guid:
        raise ArticleError(f"{at}/@guid", "guid is missing; NewsML-G2 requires it")
    fields = Fields(at)
    if len(guid) <= MAX_CHARS["id"]:
        fields.take("id", ("@guid", guid))
    provider = find("itemMeta/provider")
    literal = provider.get("literal", "") if provider is not None else ""
    fields.take(
        "source",
        ("itemMeta/provider/@qcode", _code(provider)),
        ("itemMeta/provider/@literal", literal),
        text("itemMeta/provider/name"),
    )
    fields.take("title", text("contentMeta/headline"), text("itemMeta/title"))
    fields.take("body", *_contents(item), text("contentMeta/description"))
    fields.take("published", text("itemMeta/firstCreated"), text("itemMeta/versionCreated"))
    fields.take("version", ("@version", item.get("version", "")))
    fields.take("author", text("contentMeta/by"), text("contentMeta/creator/name"))
    language = find("contentMeta/language")
    tag = language.get("tag", "") if language is not None else ""
    fields.take("lang", ("contentMeta/language/@tag", tag), ("@xml:lang", item.get(_LANG, "")))
    return fields.item(key=guid)


def _contents(item: Any) -> Iterator[tuple[str, str]]:
    """Where each text of a news item stands, and the text: of XHTML its body, of NITF its body's content."""
    content_set = item.find(f"{_G2}contentSet")
    if content_set is None:
        yield "contentSet", ""
        return
    for content in content_set:
        name = local_name(content)
        if name == "inlineXML":
            bodies = (node for node in content.iter() if local_name(node) in ("body.content", "body"))
            body = max(bodies, key=lambda node: local_name(node) == "body.content", default=content)
            yield f"contentSet/{name}", text_of(body)
        elif name == "inlineData" and (content.get("contenttype") or "text/").startswith("text/") and not content.get("encoding"):
            yield f"contentSet/{name}", text_of(content)


def _code(element: Any | None) -> str:
    """The code of a controlled value: `ninat:text` and a URI that ends in /text are both text."""
    if element is None:
        return ""
    value = element.get("qcode") or element.get("uri") or ""
    return value.rpartition(":" if element.get("qcode") else "/")[2].strip()


def _must_be(place: str, code: str, accepted: tuple[str, ...]) -> None:
    if code and code not in accepted:
        raise ArticleError(place, f"the code is {code[:80]!r}; expected {' or '.join(accepted)}")
