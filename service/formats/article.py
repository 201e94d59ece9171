"""Our own JSON, read into an `Article`: the one reader behind HTTP and the batch command, so that both behave alike."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
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
        raise ArticleError(at.rstrip("/"), f"expected an object with the members of an article, not {_kind(obj)}")
    url = _line(obj, "url", at)
    source = _line(obj, "source", at) or _host(url)
    article_id = _line(obj, "id", at, strip=False)
    if not article_id:
        if obj.get("id") is not None:
            raise ArticleError(at + "id", "id must have 1 to 200 characters; leave it out to have one made")
        article_id = id_from_url(source, url) if url else default_id()
    return Article(
        id=article_id,
        source=source,
        url=url,
        published=_time(obj, at),
        title=_text(obj, "title", at).replace("\0", " "),
        body=_text(obj, "body", at).replace("\0", " "),
        version=_line(obj, "version", at),
        section=_line(obj, "section", at),
        author=_line(obj, "author", at),
        lang=_line(obj, "lang", at),
    )


def pair_from_json(obj: Any) -> tuple[Article, Article]:
    """Read `{"a": ..., "b": ...}`, the older text first; each is an article object, or a string, which is a body.

    Raises:
        ArticleError: as `article_from_json`, with fields such as `a/title`.
    """
    if not isinstance(obj, dict):
        raise ArticleError("", f"expected an object with the members a and b, not {_kind(obj)}")
    return _side(obj, "a"), _side(obj, "b")


def id_from_url(source: str, url: str) -> str:
    """The id of an article that came without one: the same for every spelling of its URL."""
    return "u-" + hashlib.blake2b(f"{source}\0{canonical_url(url)}".encode(), digest_size=8).hexdigest()


def unique_id() -> str:
    """An id for an arrival that has neither id nor URL; never made from its text, or copies would replay their original."""
    return "s-" + uuid.uuid4().hex


def _side(obj: dict[str, Any], name: str) -> Article:
    value = obj.get(name)
    if value is None:
        raise ArticleError(name, f"{name} is missing; expected a text or an article object")
    if isinstance(value, str):
        article = Article(id=name, body=_text(obj, name, "").replace("\0", " "))
    else:
        article = article_from_json(value, default_id=lambda: name, at=f"{name}/")
        if value.get("id") is None:
            article = replace(article, id=name)
    if not article.title.strip() and not article.body.strip():
        error = EmptyArticleError()
        error.field = f"{name}/body"
        raise error
    return article


def _text(obj: dict[str, Any], name: str, at: str) -> str:
    value = obj.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ArticleError(at + name, f"{name} must be a string, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise ArticleError(
            at + name,
            f"{name} is not valid Unicode: character {exc.start} is a broken UTF-8 byte or half a surrogate pair",
        ) from exc
    return value


def _line(obj: dict[str, Any], name: str, at: str, *, strip: bool = True) -> str:
    """A short text on one line, without control characters."""
    value = _text(obj, name, at)
    if strip:
        value = value.strip()
    if len(value) > MAX_CHARS[name]:
        raise ArticleTooLongError(at + name, len(value), MAX_CHARS[name], "characters")
    if _CONTROL.search(value):
        raise ArticleError(at + name, f"{name} must not contain control characters or line breaks")
    return value


def _time(obj: dict[str, Any], at: str) -> datetime | None:
    text = _text(obj, "published", at)
    if not text.strip():
        return None
    try:
        return parse_time(text)
    except (ValueError, TypeError) as exc:
        raise ArticleError(at + "published", f"published is {text[:80]!r}; {TIME_EXPECTED}") from exc


def _host(url: str) -> str:
    address = canonical_url(url)
    return (urlsplit(address).hostname or "") if address.startswith("https://") else ""


def _kind(value: Any) -> str:
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
