"""The batch command's work: records in, one line out for each, in the same order."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from dedup.deduplicator import Deduplicator
from dedup.errors import ArticleError, DedupError
from dedup.records import Article
from service.readers import InputError, Rejected

_SURROGATE = re.compile("[\ud800-\udfff]")

#: A verdict line, or the line of a record that was rejected: {"id", "line", "error": {"code", "field", "message"}}.
Line = dict[str, Any]
#: For each article of a batch, in order, its verdict line, or why it has none.
Answers = list[Line | ArticleError]
#: Judges one batch.
Judge = Callable[[Sequence[Article]], Answers]
#: Judges batches in order; may take some of them before it has answered those before.
Stream = Callable[[Iterator[Sequence[Article]]], Iterator[Answers]]


class ReaderGoneError(DedupError):
    """Whoever read standard output has closed it, as `head` does."""

    code = "reader_gone"


def judge_with(deduplicator: Deduplicator, *, candidates: bool = False) -> Judge:
    """Judge and add here, in this process."""

    def judge(articles: Sequence[Article]) -> Answers:
        answers = deduplicator.check(articles, now_s=time.time())
        return [a if isinstance(a, ArticleError) else a.as_dict(candidates=candidates) for a in answers]

    return judge


def one_at_a_time(judge: Judge) -> Stream:
    """A stream that judges each batch when its answers are asked for."""
    return lambda batches: (judge(batch) if batch else [] for batch in batches)


def verdict_lines(records: Iterable[tuple[int, Article | Rejected]], judge: Stream, *, batch: int) -> Iterator[Line]:
    """One line a record, in order. Verdicts do not depend on `batch`, only speed does."""
    waiting: deque[list[tuple[int, Article | Rejected]]] = deque()

    def batches() -> Iterator[Sequence[Article]]:
        left = iter(records)
        while some := list(islice(left, batch)):
            waiting.append(some)
            yield [item for _, item in some if isinstance(item, Article)]

    for answers in judge(batches()):
        yield from _lines(waiting.popleft(), answers)


def rejected_line(article_id: str | None, number: int, error: ArticleError) -> Line:
    """The line of a record without a verdict; its id is null where it could not be read, or holds half a surrogate pair."""
    if article_id is not None and _SURROGATE.search(article_id):
        article_id = None
    return {"id": article_id, "line": number, "error": {"code": error.code, "field": error.field, "message": str(error)}}


def _lines(records: Sequence[tuple[int, Article | Rejected]], answers: Answers) -> Iterator[Line]:
    left = iter(answers)
    for number, item in records:
        if isinstance(item, Rejected):
            yield rejected_line(item.id, number, item.error)
            continue
        answer = next(left)
        yield rejected_line(item.id, number, answer) if isinstance(answer, ArticleError) else answer


@dataclass
class Tally:
    """Counts of the lines that went out."""

    started_s: float = field(default_factory=time.monotonic)
    judged: int = 0
    rejected: int = 0
    duplicates: int = 0
    repeated_headlines: int = 0
    replayed: int = 0
    bodies: Counter[str] = field(default_factory=Counter)
    headlines: Counter[str] = field(default_factory=Counter)

    def count(self, line: Line) -> None:
        """Count one line."""
        if "error" in line:
            self.rejected += 1
            return
        self.judged += 1
        self.duplicates += line["duplicate"]
        self.repeated_headlines += line["repeated_headline"]
        self.replayed += line["replayed"]
        self.bodies[line["body"]["verdict"]] += 1
        self.headlines[line["headline"]["verdict"]] += 1

    def summary(self) -> str:
        """A few lines for people."""
        seconds = time.monotonic() - self.started_s
        whole = self.judged or 1
        lines = [
            f"{self.judged:,} articles judged in {seconds:.1f} s ({self.judged / max(seconds, 0.001):,.0f} a second)",
            f"  duplicates          {self.duplicates:,} ({100 * self.duplicates / whole:.1f} %)",
            f"  repeated headlines  {self.repeated_headlines:,} ({100 * self.repeated_headlines / whole:.1f} %)",
            f"  body                {_counts(self.bodies)}",
            f"  headline            {_counts(self.headlines)}",
        ]
        if self.replayed:
            lines.append(f"  replayed            {self.replayed:,} (known before: the verdicts recorded then)")
        if self.rejected:
            lines.append(f"  rejected            {self.rejected:,} (no verdict; their lines say why)")
        return "\n".join(lines)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"


@contextmanager
def output(path: Path | None) -> Iterator[Callable[[Line], None]]:
    """Write lines to standard output, or to a file that appears under its name once it is complete.

    Raises:
        InputError: the file cannot be written.
        ReaderGoneError: nobody reads standard output any more.
    """
    if path is None:
        try:
            yield _writer(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError as exc:
            raise ReaderGoneError from exc
        return
    if path.exists() and not path.is_file():  # a device or a pipe
        with _opened(path, "wb") as stream:
            yield _writer(stream)
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _opened(unfinished, "wb") as stream:
            yield _writer(stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[IO[bytes]]:
    try:
        stream = path.open(mode)
    except OSError as exc:
        raise InputError(str(path), f"cannot be written: {exc.strerror}") from exc
    with stream:
        yield stream


def _writer(stream: IO[bytes]) -> Callable[[Line], None]:
    def write(line: Line) -> None:
        stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    return write
