"""Files -> articles, one item a record, whatever the record holds."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from dedup.records import Article
from service.formats.article import id_from_url
from service.readers import InputError, Rejected, Source
from service.readers.jsonl import JsonLines

ONE = {"id": "a1", "source": "ufuq", "title": "عنوان", "body": "نص الخبر"}
TWO = {"source": "ufuq", "url": "https://ufuq.example/2", "title": "عنوان آخر"}
BARE = {"title": "عنوان بلا معرّف"}


def lines(*records: Any) -> bytes:
    return b"".join(r if isinstance(r, bytes) else orjson.dumps(r) + b"\n" for r in records)


def read(name: Path | str, max_line_bytes: int = 1_000_000) -> list[tuple[int, Article | Rejected]]:
    return list(JsonLines(Source(str(name)), max_line_bytes=max_line_bytes))


def test_one_article_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(ONE, TWO))
    assert read(path) == [
        (1, Article(id="a1", source="ufuq", title="عنوان", body="نص الخبر")),
        (2, Article(id=id_from_url("ufuq", TWO["url"]), source="ufuq", url=TWO["url"], title="عنوان آخر")),
    ]


def test_gzip_is_read_directly_and_gives_the_same_ids(tmp_path: Path) -> None:
    data = lines(ONE, BARE)
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data))
    (tmp_path / "misnamed.txt").write_bytes(gzip.compress(data))
    plain = read(tmp_path / "a.jsonl")
    assert len(plain) == 2
    assert plain == read(tmp_path / "a.jsonl.gz") == read(tmp_path / "misnamed.txt")


def test_a_line_without_id_and_url_is_named_by_the_files_contents_and_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(ONE, b"\n", BARE))
    (_, _), (number, article) = read(path)
    assert isinstance(article, Article)
    assert (number, article.id) == (3, hashlib.sha256(path.read_bytes()).hexdigest()[:12] + ":3")


def test_standard_input_has_an_id_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(lines(BARE, ONE, BARE)))))
        found = [a.id for _, a in read("-") if isinstance(a, Article)]
        assert found[1] == "a1"
        assert found[0].removesuffix(":1") == found[2].removesuffix(":3")
        runs.append(found[0])
    assert runs[0].startswith("run-")
    assert runs[0] != runs[1]


def test_blank_lines_are_no_records_but_count(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n  \r\n" + lines(ONE) + b"\n" + lines(TWO).rstrip())
    assert [number for number, _ in read(path)] == [3, 5]


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines(ONE))
    ((_, article),) = read(path)
    assert isinstance(article, Article)


@pytest.mark.parametrize(
    ("line", "code", "field", "said", "given"),
    [
        (b'{"title": "a"\n', "invalid_json", "", "column", None),
        (b"not json\n", "invalid_json", "", "not valid JSON", None),
        (b'["a list"]\n', "invalid_article", "", "an array", None),
        (b'"a text"\n', "invalid_article", "", "a string", None),
        (b'{"id": "x", "title": 5}\n', "invalid_article", "title", "must be a string", "x"),
        (b'{"id": "x", "title": "a\xff"}\n', "invalid_article", "title", "not valid Unicode", "x"),
        (b'{"id": "x", "published": "yesterday"}\n', "invalid_article", "published", "ISO 8601", "x"),
        (b'{"id": 7}\n', "invalid_article", "id", "must be a string", None),
        (b"\xff\xfe{\x00}\x00\n", "invalid_json", "", "not valid JSON", None),
        (b'{"title": "' + b"a" * 300 + b'"}\n', "line_too_long", "", "the line has 314 bytes; at most 200 are read", None),
    ],
)
def test_a_bad_line_is_rejected_and_the_others_go_on(
    tmp_path: Path, line: bytes, code: str, field: str, said: str, given: str | None
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(ONE, line, TWO))
    (_, before), (number, rejected), (last, after) = read(path, 200)
    assert isinstance(before, Article)
    assert isinstance(after, Article)
    assert isinstance(rejected, Rejected)
    assert (number, last) == (2, 3)
    assert (rejected.error.code, rejected.error.field, rejected.id) == (code, field, given)
    assert said in str(rejected.error)


def test_a_line_too_long_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(50):
            stream.write(b"a" * 1_000_000)
        stream.write(b"\n" + lines(ONE))
    (_, rejected), (number, article) = read(path, 1_000)
    assert isinstance(rejected, Rejected)
    assert "the line has 50000001 bytes" in str(rejected.error)
    assert (number, isinstance(article, Article)) == (2, True)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:60] + b"\0" * 20 + data[80:]], ids=["cut", "overwritten"]
)
def test_a_damaged_gzip_file_ends_in_a_rejected_line(tmp_path: Path, damage: Any) -> None:
    records = [{"id": f"n{n}", "title": hashlib.sha256(bytes([n])).hexdigest()} for n in range(200)]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(damage(gzip.compress(lines(*records, BARE))))
    *_, (_, last) = read(path)
    assert isinstance(last, Rejected)
    assert last.error.code == "unreadable_input"


def test_an_empty_file_has_no_articles(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    assert read(tmp_path / "a.jsonl") == []


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.jsonl: cannot be read: No such file"):
        read(tmp_path / "no.jsonl")


def test_progress_counts_the_bytes_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines(ONE, TWO)))
    source = Source(str(path))
    positions = [source.position for _ in JsonLines(source, max_line_bytes=1000)]
    assert source.size == path.stat().st_size
    assert positions[-1] == source.size
