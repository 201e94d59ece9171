"""JSON Lines: one article object a line, in UTF-8; from a file, plain or gzipped, or from blocks as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from dedup.errors import ArticleError
from dedup.records import Article
from service.formats.article import JsonError, article_from_json, load_json, with_source
from service.readers import BROKEN_GZIP, RecordError, Rejected, Source

#: A line's number, from 1, and its bytes without the line break; or why it cannot be read.
Line = tuple[int, bytes | RecordError]

_BLOCK = 65_536


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
        return articles(self._lines(), self._source.id_of)

    def objects(self) -> Iterator[tuple[int, Any]]:
        """Line number and parsed value, or the RecordError that says why there is none."""
        return objects(self._lines())

    def _lines(self) -> Iterator[Line]:
        return chain.from_iterable(split_lines(self._blocks(), max_line_bytes=self._max))

    def _blocks(self) -> Iterator[bytes | RecordError]:
        with self._source.open() as stream:
            try:
                while block := stream.read1(_BLOCK):
                    yield block
            except BROKEN_GZIP as exc:
                yield RecordError("unreadable_input", f"the gzip file is damaged here, its rest is lost: {exc}")


def split_lines(blocks: Iterable[bytes | RecordError], *, max_line_bytes: int) -> Iterator[list[Line]]:
    """The lines that each block ends, in order; the last one needs no line break.

    Args:
        blocks: bytes as they come; a RecordError among them stands for the line that it broke, and ends the reading.
        max_line_bytes: a longer line, its break included, is a RecordError and is not held in memory.
    """
    number = 1
    held: list[bytes] = []
    length = 0
    for block in blocks:
        if isinstance(block, RecordError):
            yield [(number, block)]
            return
        *ended, rest = block.split(b"\n")
        lines: list[Line] = []
        for piece in ended:
            length += len(piece) + 1
            held.append(piece)
            lines.append((number, b"".join(held) if length <= max_line_bytes else _too_long(length, max_line_bytes)))
            number += 1
            held.clear()
            length = 0
        length += len(rest)
        if length <= max_line_bytes:
            held.append(rest)
        else:
            held.clear()
        if lines:
            yield lines
    if length:
        yield [(number, b"".join(held) if length <= max_line_bytes else _too_long(length, max_line_bytes))]


def objects(lines: Iterable[Line]) -> Iterator[tuple[int, Any]]:
    """Line number and parsed value, or the RecordError that says why there is none; nothing for a blank line."""
    for number, line in lines:
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            try:
                yield number, load_json(line)
            except JsonError as exc:
                reason = str(exc).partition(": ")[2]
                yield number, RecordError("invalid_json", f"not valid JSON at column {exc.column}: {reason}")


def articles(lines: Iterable[Line], id_of: Callable[[int], str], source: str = "") -> Iterator[tuple[int, Article | Rejected]]:
    """Line number and article, or why the line is none.

    Args:
        lines: as `split_lines` gives them.
        id_of: names a record without id and URL by its number.
        source: the outlet, in the place of what the lines say.
    """
    for number, obj in objects(lines):
        if isinstance(obj, ArticleError):
            yield number, Rejected(obj, None)
            continue
        try:
            yield number, article_from_json(with_source(obj, source), default_id=partial(id_of, number))
        except ArticleError as error:
            given = obj.get("id") if isinstance(obj, dict) else None
            yield number, Rejected(error, given if isinstance(given, str) else None)


def _too_long(length: int, most: int) -> RecordError:
    return RecordError("line_too_long", f"the line has {length} bytes; at most {most} are read")
