"""Our own JSON, read into an `Article`: the one reader behind HTTP and the batch command, so that both behave alike."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson

from dedup.errors import ArticleError, ArticleTooLongError, EmptyArticleError
from dedup.records import Article
from dedup.urls import canonical_url
from service.formats.times import parse_time

#: Longest value of each short field, in characters. Title and body have their limits in Settings.
MAX_CHARS = {"id": 200, "source": 200, "url": 4_096, "version": 100, "section": 200, "author": 500, "lang": 35}

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

TIME_EXPECTED = "expected ISO 8601, for example 2025-11-09T05:40:00+03:00, or RFC 2822"


class JsonError(ValueError):
    """The bytes are not JSON; `position` counts characters from 0, `line` and `column` from 1."""

    def __init__(self, reason: str, position: int, line: int, column: int) -> None:
        super().__init__(f"not valid JSON at line {line}, column {column}: {reason}")
        self.position = position
        self.line = line
        self.column = column


def load_json(data: bytes) -> Any:
    """Parse one JSON document in UTF-8.

    Broken UTF-8 and halves of surrogate pairs inside a text do not fail here: they become lone surrogates, and
    `article_from_json` then names the field that holds them.

    Raises:
        JsonError: anything else that is not JSON (NaN and Infinity included).
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as strict:
        try:
            return json.loads(data.decode("utf-8", "surrogateescape"), parse_constant=_refuse)
        except json.JSONDecodeError as exc:
            raise JsonError(exc.msg, exc.pos, exc.lineno, exc.colno) from exc
        except (ValueError, RecursionError) as exc:
            raise JsonError(strict.msg, strict.pos, strict.lineno, strict.colno) from exc


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a document in another format than ours."""

    members: Mapping[str, Any]  # as in our JSON
    places: Mapping[str, str]  # member -> where it stands in the document, for error fields
    key: str = ""  # names the article at its source, where that is not its URL


class Fields:
    """Collects the members of an `Item`, and where each was found.

    Args:
        at: where the article stands in its document.
    """

    def __init__(self, at: str) -> None:
        self._at = at
        self._members: dict[str, Any] = {}
        self._places: dict[str, str] = {}

    def take(self, member: str, *found: tuple[str, str]) -> str:
        """Keep the first (place in the article, text) that has a text, and return the text; without any, the first place."""
        place, text = next(((place, text) for place, text in found if text), (found[0][0], ""))
        self._members[member] = text or None
        self._places[member] = f"{self._at}/{place}".lstrip("/")
        return text

    def item(self, *, key: str = "") -> Item:
        """All that was taken."""
        return Item(self._members, self._places, key)


def article_from_json(obj: Any, *, default_id: Callable[[], str], at: str = "") -> Article:
    """Read one article object. Null counts as absent; unknown members are ignored.

    The id is the caller's, else made from source and URL (`u-` and 16 hex digits), else `default_id()`. A missing
    source is the host of the URL. A NUL in a text counts as a blank. Title and body lengths are the judge's affair.

    Args:
        obj: a parsed JSON value.
        default_id: gives an id that no other arrival has.
        at: path of `obj` in its document, for error fields: `"a/"` makes them `a/title`.

    Raises:
        ArticleError: a member has the wrong type or an impossible value; `field` is its path, the text what was expected.
    """
    if not isinstance(obj, dict):
        raise ArticleError(at.rstrip("/"), f"expected an object with the members of an article, not {kind_of(obj)}")
    return _article(obj, _Where(at), default_id=default_id)


def with_source(obj: Any, source: str) -> Any:
    """An article object with another source, if one is given."""
    return {**obj, "source": source} if source and isinstance(obj, dict) else obj


def article_from_item(item: Item, *, default_id: Callable[[], str]) -> Article:
    """Read one article of a foreign document; the id is made from source and key where it has none.

    Raises:
        ArticleError: as `article_from_json`; `field` is the member's place in the document.
    """
    return _article(item.members, _Where("", item.places), default_id=default_id, key=item.key)


def pair_from_json(obj: Any) -> tuple[Article, Article]:
    """Read `{"a": ..., "b": ...}`, the older text first; each is an article object, or a string, which is a body.

    Raises:
        ArticleError: as `article_from_json`, with fields such as `a/title`.
    """
    if not isinstance(obj, dict):
        raise ArticleError("", f"expected an object with the members a and b, not {kind_of(obj)}")
    return _side(obj, "a"), _side(obj, "b")


def id_from_url(source: str, url: str) -> str:
    """The id of an article that came without one: the same for every spelling of its URL."""
    return "u-" + hashlib.blake2b(f"{source}\0{canonical_url(url)}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def unique_id() -> str:
    """An id for an arrival that has neither id nor URL; never made from its text, or copies would replay their original."""
    return "s-" + uuid.uuid4().hex


def _side(obj: dict[str, Any], name: str) -> Article:
    value = obj.get(name)
    if value is None:
        raise ArticleError(name, f"{name} is missing; expected a text or an article object")
    if isinstance(value, str):
        article = Article(id=name, body=_text(obj, name, _Where("")).replace("\0", " "))
    else:
        article = article_from_json(value, default_id=lambda: name, at=f"{name}/")
        if value.get("id") is None:
            article = replace(article, id=name)
    if not article.title.strip() and not article.body.strip():
        error = EmptyArticleError()
        error.field = f"{name}/body"
        raise error
    return article


@dataclass(frozen=True, slots=True)
class _Where:
    """Calls a member what its document calls it."""

    at: str
    places: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, member: str) -> str:
        return self.at + self.name(member)

    def name(self, member: str) -> str:
        """The same within the article."""
        return self.places.get(member, member)


def _article(members: Mapping[str, Any], where: _Where, *, default_id: Callable[[], str], key: str = "") -> Article:
    url = _line(members, "url", where)
    source = _line(members, "source", where) or host_of(url)
    article_id = _line(members, "id", where, strip=False)
    if not article_id:
        if members.get("id") is not None:
            raise ArticleError(where("id"), "id must have 1 to 200 characters; leave it out to have one made")
        article_id = id_from_url(source, key or url) if key or url else default_id()
    return Article(
        id=article_id,
        source=source,
        url=url,
        published=_time(members, where),
        title=_text(members, "title", where).replace("\0", " "),
        body=_text(members, "body", where).replace("\0", " "),
        version=_line(members, "version", where),
        section=_line(members, "section", where),
        author=_line(members, "author", where),
        lang=_line(members, "lang", where),
    )


def _text(members: Mapping[str, Any], name: str, where: _Where) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ArticleError(where(name), f"{where.name(name)} must be a string, not {kind_of(value)}")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise ArticleError(
            where(name),
            f"{where.name(name)} is not valid Unicode: character {exc.start} is a broken UTF-8 byte or half a surrogate pair",
        ) from exc
    return value


def _line(members: Mapping[str, Any], name: str, where: _Where, *, strip: bool = True) -> str:
    """A short text on one line, without control characters."""
    value = _text(members, name, where)
    if strip:
        value = value.strip()
    if len(value) > MAX_CHARS[name]:
        raise ArticleTooLongError(where(name), len(value), MAX_CHARS[name], "characters")
    if _CONTROL.search(value):
        raise ArticleError(where(name), f"{where.name(name)} must not contain control characters or line breaks")
    return value


def _time(members: Mapping[str, Any], where: _Where) -> datetime | None:
    text = _text(members, "published", where)
    if not text.strip():
        return None
    try:
        return parse_time(text)
    except (ValueError, TypeError) as exc:
        raise ArticleError(where("published"), f"{where.name('published')} is {text[:80]!r}; {TIME_EXPECTED}") from exc


def host_of(url: str) -> str:
    """The host of a web address, without `www.`, `m.` or `amp.`; "" for anything else."""
    address = canonical_url(url)
    return (urlsplit(address).hostname or "") if address.startswith("https://") else ""


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def article_to_json(article: Article) -> dict[str, Any]:
    """The members that `article_from_json` reads; `published` is null where it is unknown."""
    return {
        "id": article.id,
        "source": article.source,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "title": article.title,
        "body": article.body,
        "version": article.version,
        "section": article.section,
        "author": article.author,
        "lang": article.lang,
    }
