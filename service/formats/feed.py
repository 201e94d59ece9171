"""RSS 2.0, RSS 1.0 and Atom -> the articles of a feed, or one entry by itself (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.formats.article import Fields, Item, host_of
from service.formats.xml import text_of

_ATOM = "{http://www.w3.org/2005/Atom}"
_RSS_1 = "{http://purl.org/rss/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: The elements that a document of this format begins with.
ROOTS = ("rss", f"{_RDF}RDF", "item", f"{_RSS_1}item", f"{_ATOM}feed", f"{_ATOM}entry")

_TEXTS = ("", "text", "html", "xhtml")


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a feed says of all of its entries: looked up once, since a feed may have very many."""

    host: str = ""
    author: str = ""
    lang: str = ""


def items(root: Any) -> Iterator[Item]:
    """The articles of a feed, in its order."""
    if root.tag == f"{_ATOM}entry":
        yield _entry(root, _Whole(), "entry")
    elif root.tag == f"{_ATOM}feed":
        author = text_of(root.find(f"{_ATOM}author/{_ATOM}name"))
        whole = _Whole(host_of(_alternate(root)), author, root.get(_LANG, ""))
        for number, entry in enumerate(root.iterfind(f"{_ATOM}entry"), start=1):
            yield _entry(entry, whole, f"feed/entry[{number}]")
    elif root.tag in ("item", f"{_RSS_1}item"):
        yield _rss_item(root, _Whole(), "item", root.tag.removesuffix("item"))
    else:
        namespace = "" if root.tag == "rss" else _RSS_1
        channel = root.find(f"{namespace}channel")
        parent, at = (channel, "rss/channel/item") if root.tag == "rss" else (root, "rdf:RDF/item")
        if parent is None:
            return
        whole = _Whole() if channel is None else _of_channel(channel, namespace)
        for number, item in enumerate(parent.iterfind(f"{namespace}item"), start=1):
            yield _rss_item(item, whole, f"{at}[{number}]", namespace)


def _of_channel(channel: Any, namespace: str) -> _Whole:
    language = text_of(channel.find("language")) or text_of(channel.find(f"{_DC}language"))
    return _Whole(host_of(text_of(channel.find(f"{namespace}link"))), lang=language)


def _rss_item(item: Any, channel: _Whole, at: str, namespace: str) -> Item:
    def text(name: str) -> str:
        return text_of(item.find(namespace + name))

    def dublin(name: str) -> str:
        return text_of(item.find(_DC + name))

    guid, origin = item.find("guid"), item.find("source")
    name = text_of(guid)
    permalink = name if guid is not None and guid.get("isPermaLink", "true") != "false" and host_of(name) else ""
    fields = Fields(at)
    url = fields.take("url", ("link", text("link")), ("guid", permalink))
    fields.take(
        "source",
        ("source/@url", host_of(origin.get("url", "") if origin is not None else "")),
        ("link", host_of(url)),
        ("../link", channel.host),
    )
    fields.take("title", ("title", text("title")), ("dc:title", dublin("title")))
    fields.take("body", ("content:encoded", text_of(item.find(f"{_CONTENT}encoded"))), ("description", text("description")))
    fields.take("published", ("pubDate", text("pubDate")), ("dc:date", dublin("date")))
    fields.take("author", ("dc:creator", dublin("creator")), ("author", text("author")))
    fields.take("section", ("category", text("category")))
    fields.take("lang", ("../language", channel.lang))
    return fields.item(key=name)


def _entry(entry: Any, feed: _Whole, at: str) -> Item:
    def text(name: str) -> str:
        return text_of(entry.find(_ATOM + name))

    fields = Fields(at)
    url = fields.take("url", ("link/@href", _alternate(entry)))
    fields.take(
        "source",
        ("source/link/@href", host_of(_alternate(entry.find(f"{_ATOM}source")))),
        ("link/@href", host_of(url)),
        ("../link/@href", feed.host),
    )
    content, category = entry.find(f"{_ATOM}content"), entry.find(f"{_ATOM}category")
    readable = content is not None and content.get("type", "").lower() in _TEXTS
    fields.take("title", ("title", text("title")))
    fields.take("body", ("content", text_of(content) if readable else ""), ("summary", text("summary")))
    fields.take("published", ("published", text("published")), ("updated", text("updated")))
    author = text_of(entry.find(f"{_ATOM}author/{_ATOM}name"))
    fields.take("author", ("author/name", author), ("../author/name", feed.author))
    if category is not None:
        fields.take("section", ("category/@label", category.get("label", "")), ("category/@term", category.get("term", "")))
    fields.take("lang", ("@xml:lang", entry.get(_LANG, "")), ("../@xml:lang", feed.lang))
    return fields.item(key=text("id"))


def _alternate(element: Any | None) -> str:
    """The address of the page that an entry or a feed stands for."""
    if element is None:
        return ""
    links = [link for link in element.iterfind(f"{_ATOM}link") if link.get("rel", "alternate") == "alternate"]
    links.sort(key=lambda link: link.get("type", "text/html") != "text/html")
    return (links[0].get("href") or "").strip() if links else ""
