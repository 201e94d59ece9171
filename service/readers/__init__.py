"""Readers: one a file format, behind one protocol."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import uuid
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, cast

from dedup.errors import ArticleError, DedupError
from dedup.records import Article

STDIN = "-"
#: What reading a damaged gzip stream raises.
BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)


class InputError(DedupError):
    """A file cannot be read at all."""

    code = "unreadable_input"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


class RecordError(ArticleError):
    """A record that is not even an object: broken JSON, too long, or behind the end of a damaged file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__("", message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is no article: why, and its id if it could be read that far."""

    error: ArticleError
    id: str | None


class Reader(Protocol):
    """Yields a file's articles in order; each record of the file gives exactly one item."""

    def __iter__(self) -> Iterator[tuple[int, Article | Rejected]]:
        """Pairs of a record's number (from 1; in text formats its line) and its article, or why it is none."""
        ...


class Source:
    """Where a reader reads: the bytes of a file, unpacked if they are gzipped, and ids for records without one."""

    def __init__(self, name: str) -> None:
        """Take a path, or "-" for standard input."""
        self.name = name
        self._packed: io.BufferedReader | None = None

    @contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """The unpacked bytes from the start. Raises InputError."""
        with ExitStack() as stack:
            try:
                raw = sys.stdin.buffer if self.name == STDIN else stack.enter_context(open(self.name, "rb"))
                self._packed = packed = cast("io.BufferedReader", raw)
                zipped = packed.peek(2).startswith(b"\x1f\x8b")
            except OSError as exc:
                raise InputError(self.name, f"cannot be read: {exc.strerror}") from exc
            if zipped:
                yield cast("io.BufferedReader", stack.enter_context(gzip.GzipFile(fileobj=packed)))
            else:
                yield packed

    @property
    def size(self) -> int | None:
        """Bytes of the file as it is stored; None for what can be read only once."""
        path = Path(self.name)
        return path.stat().st_size if self.name != STDIN and path.is_file() else None

    @property
    def position(self) -> int:
        """How many of them are read."""
        return self._packed.tell() if self._packed and not self._packed.closed and self.size is not None else 0

    def id_of(self, number: int) -> str:
        """The id of a record that has neither id nor URL: the same in every run over the same contents."""
        return f"{self._prefix}:{number}"

    @cached_property
    def _prefix(self) -> str:
        """12 hex digits of SHA-256 over the unpacked contents; a random one for what can be read only once."""
        if self.size is None:
            return f"run-{uuid.uuid4().hex[:12]}"
        with Source(self.name).open() as stream:
            digest = hashlib.sha256()
            try:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
            except BROKEN_GZIP:
                pass  # the reader will come to the damage and say so
            return digest.hexdigest()[:12]
