"""A page as HTML -> its text, written so that `split_page` finds its articles, and what its head says about it.

The extractor is trafilatura (docs/decisions/0007-html-extractor.md). It takes 0.3 s to import, so it is imported where it
is used; this module costs nothing to import.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

from dedup.errors import ArticleTooLongError
from dedup.normalise import normalise
from dedup.page import MAX_HEADLINE_WORDS, MAX_LINES
from service.formats.page import Page, page_from_text
from service.formats.times import parse_time

MAX_HTML_BYTES = 5_000_000
#: The extractor handles about 15,000 elements a second, and real pages have 500 to 3,000 [measured]. A page with more
#: elements than this is read as its visible text.
MAX_ELEMENTS = 20_000
#: Some of the extractor's patterns take time with the square of a value's length.
_MAX_VALUE_CHARS = 2_000
_MAX_JSON_LD_CHARS = 40_000  # all of a page's scripts together
_MIN_LEAD_WORDS = 8

_INVISIBLE = re.compile(
    "script|style|noscript|template|head|nav|footer|form|button|select|option|textarea|iframe|svg|object|video|audio"
)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|d[dlt]|div|fieldset|figcaption|figure|h[1-6]|header|hr|li|main|ol|p|pre|section"
    "|table|tbody|td|th|thead|tr|ul"
)
_HEADINGS = re.compile("h[1-4]")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|meta|title|article|div|p|h[1-6]|section|table|ul)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_DATE_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_OUTLET_SEPARATOR = re.compile(r"\s+(?:[|\-\u2013\u2014\u00b7\u2022\u00bb]|::)\s+")

_PUBLISHED_META = ("article:published_time", "og:published_time", "datepublished", "date.published", "parsely-pub-date")
_SITE_META = ("og:site_name", "application-name", "twitter:site", "author", "publisher")


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What a page of HTML holds. `text` is the page as plain text, each headline twice, as `split_page` reads it."""

    text: str
    title: str  # of the article, without the outlet's name; "" on a page of teasers
    published: datetime | None
    sitename: str
    url: str  # as given, else the page's canonical link


def looks_like_html(data: bytes) -> bool:
    """Whether a file's beginning is markup, not plain text."""
    start = data[:2_000].lstrip(codecs.BOM_UTF8).replace(b"\0", b"").decode("utf-8", "ignore")
    start = re.sub(r"<\?xml[^>]*>|<!--.*?(?:-->|$)", "", start, flags=re.DOTALL)
    return _MARKUP.match(start) is not None


def html_to_page(html: str | bytes, url: str = "") -> HtmlPage:
    """Take the articles out of a page of HTML.

    On a page with one main text, that is `text`, under its title. On a page of headlines and teasers, and on one of more
    than 20,000 elements, `text` is all that is visible, with the headlines written twice.

    Args:
        html: the document; bytes are read as UTF-8, else in the encoding they declare, else as Windows-1256.
        url: the page's address, if known.

    Raises:
        ArticleTooLongError: more than 5 MB.
    """
    size = len(html) if isinstance(html, bytes) else len(html.encode("utf-8", "replace"))
    if size > MAX_HTML_BYTES:
        raise ArticleTooLongError("html", size, MAX_HTML_BYTES, "bytes")
    tree = _parse(decode_page(html) if isinstance(html, bytes) else html)
    if tree is None:
        return HtmlPage("", "", None, "", url)
    elements = _bound(tree)
    visible = _visible_lines(tree)
    found = _extract(tree, url) if elements <= MAX_ELEMENTS else None
    text = (found.text or "").strip() if found is not None else ""
    if found is None or not text or _is_list(visible, text):
        return HtmlPage(_as_page(visible), "", None, (found and found.sitename) or "", url)
    title = _bare_title(tree, found.title or "", found.sitename or "")
    lead = _lead(tree, text)
    body = f"{lead}\n{text}" if lead else text
    words = len(normalise(title).words)
    head = [title] * (2 if 1 < words <= MAX_HEADLINE_WORDS else 1)
    return HtmlPage(
        text="\n".join([*head, body]),
        title=title,
        published=_published(tree, found.date or ""),
        sitename=found.sitename or "",
        url=url or found.url or "",
    )


def page_from_html(html: str | bytes, about: Mapping[str, Any]) -> Page:
    """A page of HTML and what its sender knows; the page's own date and address count where the sender gives none.

    Raises:
        ArticleError: the page is too long, or a value of `about` is impossible.
    """
    found = html_to_page(html, str(about.get("url") or ""))
    known = dict(about)
    if not known.get("published") and found.published:
        known["published"] = found.published.isoformat()
    if not known.get("url") and found.title:
        known["url"] = found.url[:4_096]
    return page_from_text(found.text, known)


def decode_page(data: bytes) -> str:
    """The text of a file: UTF-8, else the encoding that a byte order mark or the markup declares, else Windows-1256."""
    for bom, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(data[:4_096])
    name = declared[1].decode("ascii").lower() if declared else "windows-1256"
    try:
        # a page that declares UTF-8 and is not has a few broken letters at worst
        return data.decode(name, "replace")
    except (LookupError, UnicodeError):
        return data.decode("windows-1256", "replace")


def _parse(html: str) -> Any:
    """The document's tree, or None if it holds nothing; libxml2 itself stops at a depth of 256."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, default_doctype=False, collect_ids=False)
    try:
        return document_fromstring(html.replace("\0", " ").encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _bound(tree: Any) -> int:
    """Shorten what the extractor could lose its time in; returns the number of elements."""
    elements, json_ld = 0, 0
    for element in tree.iter():
        elements += 1
        for name, value in element.attrib.items():
            if len(value) > _MAX_VALUE_CHARS:
                element.attrib[name] = value[:_MAX_VALUE_CHARS] if element.tag == "meta" else ""
        if element.tag == "script":
            json_ld += len(element.text or "")
            if "ld+json" not in (element.get("type") or "") or json_ld > _MAX_JSON_LD_CHARS:
                element.text = None
        elif element.tag in ("title", "h1") and len(element.text or "") > _MAX_VALUE_CHARS:
            element.text = element.text[:_MAX_VALUE_CHARS]
    return elements


@cache
def _extractor() -> Any:
    import trafilatura

    for library in ("trafilatura", "htmldate", "justext", "courlan"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # "discarding data" is an answer here, not an event
    return trafilatura.bare_extraction


def _extract(tree: Any, url: str) -> Any:
    """The extractor's document, with `text`, `title`, `date`, `sitename`, `url`; None if it finds no main text."""
    return _extractor()(
        tree,
        url=url or None,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        # its extensive search reads every number on the page: 2 s on one real page, and then a guess
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    headline: bool  # an h1, or another heading that links to its article


def _visible_lines(tree: Any) -> list[_Line]:
    """What a reader sees, one line a block, without menus, footers and forms."""
    from lxml import etree

    lines: list[_Line] = []
    parts: list[str] = []
    headings: list[bool] = []  # open ones: whether each is a headline

    def flush(headline: bool = False) -> None:
        text = " ".join("".join(parts).split())
        parts.clear()
        if text:
            lines.append(_Line(text, headline))

    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        is_block, is_heading = _BLOCKS.fullmatch(tag), _HEADINGS.fullmatch(tag)
        if event == "start":
            if _is_invisible(element):
                walker.skip_subtree()
                continue
            if is_block:
                flush(any(headings))
            if len(lines) >= MAX_LINES:
                return lines
            if is_heading:
                headings.append(tag == "h1" or element.find(".//a") is not None or _inside_link(element))
            parts.append(element.text or "")
        else:
            if not _is_invisible(element):
                if is_block:
                    flush(any(headings))
                if is_heading:
                    headings.pop()
            parts.append(element.tail or "")
    flush()
    return lines


def _is_invisible(element: Any) -> bool:
    return (
        _INVISIBLE.fullmatch(element.tag) is not None
        or "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(element.get("style") or "") is not None
    )


def _inside_link(element: Any) -> bool:
    return next(element.iterancestors("a"), None) is not None


def _is_list(visible: list[_Line], text: str) -> bool:
    """Whether a text is made of several articles' teasers: two or more stand in it under headlines that link away."""
    inside = {line.strip() for line in text.splitlines()}
    teasers = 0
    for line, below in pairwise(visible):
        teasers += line.headline and not below.headline and below.text in inside
    return teasers > 1


def _as_page(visible: list[_Line]) -> str:
    return "\n".join(f"{line.text}\n{line.text}" if line.headline else line.text for line in visible)


def _bare_title(tree: Any, title: str, sitename: str) -> str:
    """A title without the outlet's name, before it or behind it, where the page says that it is one.

    A part between dashes or bars comes off if it is a name the page gives itself, or if the rest is its h1.
    """
    title = " ".join(title.split()).removesuffix(".")
    outlets = {normalise(name).words for name in [sitename, *_meta(tree, _SITE_META)] if name}
    headings = {normalise(h.text_content()).words for h in tree.iter("h1")}
    while separators := list(_OUTLET_SEPARATOR.finditer(title)):
        first, last = separators[0], separators[-1]
        for rest, part in ((title[: last.start()], title[last.end() :]), (title[first.end() :], title[: first.start()])):
            words = normalise(rest).words
            if words and (normalise(part).words in outlets or words in headings):
                title = rest
                break
        else:
            break
    return title


def _meta(tree: Any, names: tuple[str, ...]) -> Iterator[str]:
    """The values of the page's meta elements, in the order of `names`."""
    values: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        values.setdefault(name.strip().lower(), (element.get("content") or "").strip())
    return (values[name] for name in names if values.get(name))


def _lead(tree: Any, text: str) -> str:
    """The page's first paragraph where the extractor left it out: the one that the page's description repeats."""
    description = next(_meta(tree, ("description", "og:description")), "")
    words = normalise(description).words
    if len(words) < _MIN_LEAD_WORDS:
        return ""
    whole = " ".join(normalise(text).words)
    if " ".join(words[:_MIN_LEAD_WORDS]) in whole:
        return ""
    for element in tree.iter("p", "div", "h2"):
        if element.text and not len(element.findall("div")):
            paragraph = " ".join(element.text_content().split())
            if normalise(paragraph).words[: len(words)] == words:
                return paragraph
    return ""


def _published(tree: Any, day: str) -> datetime | None:
    """The time of publication as the page's head or its structured data give it, else the day the extractor found."""
    times = [element.get("datetime") or "" for element in tree.iter("time") if element.get("itemprop") == "datePublished"]
    scripts = (script.text or "" for script in tree.iter("script"))
    marked = [match[1] for script in scripts for match in _DATE_PUBLISHED.finditer(script)]
    for value in [*_meta(tree, _PUBLISHED_META), *times[:1], *marked[:1], day]:
        try:
            return parse_time(value)
        except ValueError:
            continue
    return None
