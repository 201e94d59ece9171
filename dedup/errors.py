"""The error tree. Each error has a stable `code`; its facts are attributes, its text is one sentence with the remedy."""

from __future__ import annotations

from typing import Any


class DedupError(Exception):
    """Head of the tree: everything the package raises on purpose."""

    code = "internal"

    def __reduce__(self) -> tuple[Any, ...]:
        """Processes that share work hand errors to each other, whatever their constructors take."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[DedupError], args: tuple[Any, ...], facts: dict[str, Any]) -> DedupError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class SettingsError(DedupError):
    """A setting is out of its range; `field` names it."""

    code = "invalid_settings"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class FieldError(DedupError):
    """Head of the errors of what a caller sent; `field` names the part at fault, and a reply or a line says it."""

    code = "internal"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ArticleError(FieldError):
    """An article cannot be judged."""

    code = "invalid_article"


class EmptyArticleError(ArticleError):
    """Neither a title nor a body."""

    code = "empty_article"

    def __init__(self) -> None:
        super().__init__("body", "an article needs a title or a body; both are missing or blank")


class ArticleTooLongError(ArticleError):
    """A field is longer than the settings allow."""

    code = "article_too_long"

    def __init__(self, field: str, length: int, limit: int, unit: str) -> None:
        super().__init__(field, f"{field} has {length} {unit}; at most {limit} are accepted")
        self.length = length
        self.limit = limit


class IdTakenError(ArticleError):
    """The id belongs to an article of another source."""

    code = "id_taken"

    def __init__(self, article_id: str) -> None:
        super().__init__("id", f"the id {article_id!r} belongs to an article of another source; send another id")
        self.article_id = article_id


class UnknownArticleError(ArticleError):
    """No article with this id is in the index."""

    code = "unknown_article"

    def __init__(self, article_id: str, field: str = "id") -> None:
        super().__init__(field, f"no article with the id {article_id!r} is in the index")
        self.article_id = article_id


class UnknownStoryError(ArticleError):
    """No article with this id is in the index, and so no story that it stands in."""

    code = "story_not_found"

    def __init__(self, article_id: str) -> None:
        super().__init__("id", f"no article with the id {article_id!r} is in the index, and so no story of it")
        self.article_id = article_id


class TemplateError(FieldError):
    """What a person wants of a template cannot be done."""

    code = "invalid_template"


class UnknownTemplateError(TemplateError):
    """No template with this number is in the registry."""

    code = "template_not_found"

    def __init__(self, template_id: int) -> None:
        super().__init__("id", f"no template {template_id} is in the registry")
        self.template_id = template_id


class IndexMismatchError(DedupError):
    """The index was built with other settings and cannot be used with these."""

    code = "index_mismatch"

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(
            f"the index was built with settings {found}, this process runs {wanted}: "
            "start with the settings it was built with, or use another namespace"
        )
        self.found = found
        self.wanted = wanted


class StoreError(DedupError):
    """The store cannot be reached or refused the call; nothing is known about duplicates."""

    code = "store_unavailable"

    def __init__(self, operation: str, reason: str = "the store did not answer") -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason


class StoreTimeoutError(StoreError):
    """The store did not answer within the time allowed."""

    code = "store_timeout"

    def __init__(self, operation: str) -> None:
        super().__init__(operation, "the store did not answer in time")


class StoreFullError(StoreError):
    """The store is at its memory limit and refuses writes; nothing was evicted."""

    code = "store_full"

    def __init__(self, operation: str) -> None:
        super().__init__(operation, "the store is at its memory limit; raise maxmemory or shorten the retention")
