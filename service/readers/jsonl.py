"""JSON Lines: one article object a line, in UTF-8, plain or gzipped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from dedup.errors import ArticleError
from dedup.records import Article
from service.formats.article import JsonError, article_from_json, load_json
from service.readers import BROKEN_GZIP, RecordError, Rejected, Source


class JsonLines:
    """Reads a source line by line. Blank lines are no records; a line that is no article is rejected, and reading goes on.

    Args:
        source: where the lines are.
        max_line_bytes: a longer line is rejected without being held in memory.
    """

    def __init__(self, source: Source, *, max_line_bytes: int) -> None:
        self._source = source
        self._max = max_line_bytes

    def __iter__(self) -> Iterator[tuple[int, Article | Rejected]]:
        """Line number and article, or why the line is none. Raises InputError if the source cannot be opened."""
        for number, obj in self.objects():
            if isinstance(obj, ArticleError):
                yield number, Rejected(obj, None)
                continue
            try:
                yield number, article_from_json(obj, default_id=partial(self._source.id_of, number))
            except ArticleError as error:
                given = obj.get("id") if isinstance(obj, dict) else None
                yield number, Rejected(error, given if isinstance(given, str) else None)

    def objects(self) -> Iterator[tuple[int, Any]]:
        """Line number and parsed value, or the RecordError that says why there is none."""
        for number, line in self._lines():
            if isinstance(line, RecordError):
                yield number, line
            elif line.strip():
                try:
                    yield number, load_json(line)
                except JsonError as exc:
                    reason = str(exc).partition(": ")[2]
                    yield number, RecordError("invalid_json", f"not valid JSON at column {exc.column}: {reason}")

    def _lines(self) -> Iterator[tuple[int, bytes | RecordError]]:
        number = 0
        with self._source.open() as stream:
            while True:
                number += 1
                try:
                    line = stream.readline(self._max + 1)
                    length = len(line)
                    if length > self._max:
                        length += _skip_line(stream, line)
                except BROKEN_GZIP as exc:
                    yield number, RecordError("unreadable_input", f"the gzip file is damaged here, its rest is lost: {exc}")
                    return
                if not line:
                    return
                if length > self._max:
                    yield number, RecordError("line_too_long", f"the line has {length} bytes; at most {self._max} are read")
                else:
                    yield number, line


def _skip_line(stream: IO[bytes], line: bytes) -> int:
    """Read on to the line's end; how many bytes that were."""
    skipped = 0
    while line and not line.endswith(b"\n"):
        line = stream.readline(1 << 20)
        skipped += len(line)
    return skipped
