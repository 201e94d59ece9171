"""IPTC ninjs 2.x and 3.x -> its article (docs/formats.md). 2.x writes its members in lower case, 3.x in camel case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedup.errors import ArticleError
from service.formats.article import MAX_CHARS, Fields, Item, host_of, kind_of

_WITH_TEXT = ("text", "composite")


def items(document: Any) -> Iterator[Item]:
    """The one article of a document; its associations are other documents.

    Raises:
        ArticleError: it is no ninjs of a text, is withheld or cancelled, or a member has the wrong type.
    """
    if not isinstance(document, dict):
        raise ArticleError("", f"expected a ninjs object, not {kind_of(document)}")
    folded = _Folded(document)
    uri = folded.text("uri")
    if not uri[1]:
        raise ArticleError(uri[0], "uri is missing; ninjs requires it")
    _must_be(*folded.text("type"), _WITH_TEXT)
    _must_be(*folded.text("pubStatus"), ("usable",))
    fields = Fields("")
    if len(uri[1]) <= MAX_CHARS["id"]:
        fields.take("id", uri)
    fields.take("source", folded.text("copyrightHolder"), (uri[0], host_of(uri[1])))
    fields.take("title", folded.chosen("headlines", plain_first=False), folded.text("title"))
    fields.take("body", folded.chosen("bodies", plain_first=True), folded.chosen("descriptions", plain_first=True))
    fields.take("published", folded.text("firstCreated"), folded.text("versionCreated"))
    fields.take("version", folded.text("version"))
    fields.take("author", folded.text("by"))
    fields.take("lang", folded.text("language"))
    yield fields.item(key=uri[1])


class _Folded:
    """An object whose members are found in any case, and told as they are written."""

    def __init__(self, members: dict[str, Any], at: str = "") -> None:
        self._at = at
        self._members = {name.lower(): (name, value) for name, value in members.items()}

    def _member(self, name: str) -> tuple[str, Any]:
        written, value = self._members.get(name.lower(), (name, None))
        return self._at + written, value

    def text(self, name: str) -> tuple[str, str]:
        """Where a member stands, and its text, "" if it is absent."""
        place, value = self._member(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # versions are numbers in many systems
        if not isinstance(value, str | None):
            raise ArticleError(place, f"{place} must be a string, not {kind_of(value)}")
        return place, (value or "").strip()

    def chosen(self, name: str, *, plain_first: bool) -> tuple[str, str]:
        """Where the text of a list of texts stands, and that text: the main one, in plain text where there is the choice."""
        place, value = self._member(name)
        if not isinstance(value, list | None):
            raise ArticleError(place, f"{place} must be an array, not {kind_of(value)}")
        texts: list[tuple[bool, bool, int, tuple[str, str]]] = []
        for number, one in enumerate(value or []):
            if not isinstance(one, dict):
                raise ArticleError(f"{place}/{number}", f"{place}/{number} must be an object, not {kind_of(one)}")
            inner = _Folded(one, f"{place}/{number}/")
            text = inner.text("value")
            if text[1]:
                plain = inner.text("contentType")[1] in ("", "text/plain")
                texts.append((inner.text("role")[1] not in ("", "main"), plain_first and not plain, number, text))
        return min(texts)[3] if texts else (place, "")


def _must_be(place: str, value: str, accepted: tuple[str, ...]) -> None:
    if value and value not in accepted:
        raise ArticleError(place, f"{place} is {value[:80]!r}; expected {' or '.join(accepted)}")
