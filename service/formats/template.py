"""Templates as JSON, and what a person sends about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from dedup.errors import TemplateError
from dedup.records import Stored, Template, TemplateState
from dedup.registry import Shown
from service.formats.article import article_to_json

_NAMED = ("id", "source", "url", "published", "title")


def template_to_json(template: Template, example: Stored | None) -> dict[str, Any]:
    """A template as lists show it; `example` is its latest article if that is still stored."""
    return {
        "id": template.id,
        "state": template.state,
        "name": template.name,
        "articles": template.articles,
        "first": _time(template.first_s),
        "last": _time(template.last_s),
        "sources": [{"source": source, "articles": count} for source, count in template.sources],
        "example": None if example is None else _named(example),
    }


def shown_to_json(shown: Shown) -> dict[str, Any]:
    """One template with all that is known of it."""
    latest = shown.examples[-1] if shown.examples else None
    return {
        **template_to_json(shown.template, latest),
        "wording": list(shown.wording),
        "examples": [_named(stored) for stored in shown.examples],
        "changes": [{"at": _time(c.at_s), "by": c.by, "state": c.state, "name": c.name} for c in shown.template.changes],
    }


def change_from_json(obj: Any) -> dict[str, Any]:
    """Read `{"name", "state"}` as the arguments of `TemplateRegistry.change`; null counts as absent.

    Raises:
        TemplateError: a member has the wrong type or an impossible value, or there is nothing to change.
    """
    members = _object(obj)
    name = _text(members, "name")
    state = template_state(_text(members, "state"), "state")
    if name is None and state is None:
        raise TemplateError("state", "nothing to change: send name, state, or both")
    return {"name": name, "state": state}


def wording_from_json(obj: Any) -> dict[str, Any]:
    """Read `{"article", "wording", "name"}` as the arguments of `TemplateRegistry.teach`.

    Raises:
        TemplateError: a member has the wrong type, or `article` is missing.
    """
    members = _object(obj)
    article = _text(members, "article")
    if not article:
        raise TemplateError("article", "article is missing; expected the id of an article that has the wording")
    found = {name: _text(members, name) or "" for name in ("wording", "name")}
    return {"article_id": article, "text": found["wording"], "name": found["name"]}


def template_state(value: str | None, field: str) -> TemplateState | None:
    """A state by its name; raises TemplateError for any other word."""
    if value is not None and value not in get_args(TemplateState):
        raise TemplateError(field, f"{field} is learnt, pinned or released, not {value[:40]!r}")
    return value  # type: ignore[return-value]


def _object(obj: Any) -> Mapping[str, Any]:
    if not isinstance(obj, dict):
        raise TemplateError("", "expected an object")
    return obj


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise TemplateError(name, f"{name} must be a string")
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise TemplateError(name, f"{name} is not valid Unicode: it holds a broken UTF-8 byte or half a surrogate pair") from None
    return value


def _named(stored: Stored) -> dict[str, Any]:
    article = article_to_json(stored.article)
    return {name: article[name] for name in _NAMED}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
