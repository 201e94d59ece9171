"""Our JSON read into articles: what is accepted, and what each mistake is called."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ArticleError, ArticleTooLongError
from service.formats.article import JsonError, article_from_json, id_from_url, load_json, pair_from_json, unique_id
from service.formats.times import parse_time


def read(obj: Any) -> Any:
    return article_from_json(obj, default_id=lambda: "made")


def test_every_field_arrives() -> None:
    sent = {
        "id": "a-1",
        "source": " outlet ",
        "url": "https://outlet.example.com/a\n",
        "published": "2025-11-09T05:40:00+03:00",
        "title": " عنوان\0",
        "body": "سطر\nآخر\0",
        "version": "2",
        "section": "عالم",
        "author": "كاتب",
        "lang": "ar",
        "unknown": {"anything": [1, None]},
    }
    article = read(sent)
    assert (article.id, article.source, article.url) == ("a-1", "outlet", "https://outlet.example.com/a")
    assert article.published == datetime(2025, 11, 9, 2, 40, tzinfo=UTC)
    assert (article.title, article.body) == (" عنوان ", "سطر\nآخر ")  # NUL is a blank; offsets stay
    assert (article.version, article.section, article.author, article.lang) == ("2", "عالم", "كاتب", "ar")


def test_null_counts_as_absent() -> None:
    nulls = dict.fromkeys(("id", "source", "url", "published", "title", "version", "section", "author", "lang"))
    assert read({**nulls, "body": "نص"}) == read({"body": "نص"})


def test_id_is_the_callers_else_from_the_url_else_made() -> None:
    assert read({"id": "x", "url": "https://e.example.com/1"}).id == "x"
    from_url = read({"source": "e", "url": "https://e.example.com/1"}).id
    assert re.fullmatch(r"u-[0-9a-f]{16}", from_url)
    assert read({"source": "e", "url": "http://www.e.example.com/1/?utm_source=x#top"}).id == from_url
    assert read({"source": "f", "url": "https://e.example.com/1"}).id != from_url
    assert read({"body": "نص"}).id == "made"
    assert id_from_url("e", "https://e.example.com/1") == from_url


def test_made_ids_are_never_the_same_for_the_same_text() -> None:
    assert len({article_from_json({"body": "نص"}, default_id=unique_id).id for _ in range(100)}) == 100


def test_missing_source_is_the_host_of_the_url() -> None:
    assert read({"url": "https://www.barq24.example.com/x"}).source == "barq24.example.com"
    assert read({"url": "https://barq24.example.com/x", "source": "barq"}).source == "barq"
    assert read({"url": "ftp://barq24.example.com/x"}).source == ""
    assert read({"body": "نص"}).source == ""


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ([], "", "expected an object with the members of an article, not an array"),
        ("نص", "", "not a string"),
        (None, "", "not null"),
        ({"title": 5}, "title", "title must be a string, not a number"),
        ({"body": ["a"]}, "body", "body must be a string, not an array"),
        ({"body": {"p": 1}}, "body", "not an object"),
        ({"source": True}, "source", "not a boolean"),
        ({"id": 17}, "id", "id must be a string, not a number"),
        ({"id": ""}, "id", "1 to 200 characters"),
        ({"id": "a\nb"}, "id", "control characters"),
        ({"url": "https://e.example.com/\x07"}, "url", "control characters"),
        ({"published": 1437470000}, "published", "published must be a string"),
        ({"published": "yesterday"}, "published", "expected ISO 8601"),
        ({"published": "2015-13-01"}, "published", "expected ISO 8601"),
        ({"published": "21/07/2015"}, "published", "expected ISO 8601"),
        ({"title": "\ud800"}, "title", "title is not valid Unicode: character 0"),
        ({"body": "ab\udcffc"}, "body", "body is not valid Unicode: character 2"),
    ],
)
def test_mistakes_name_their_field(sent: Any, field: str, says: str) -> None:
    with pytest.raises(ArticleError) as caught:
        read(sent)
    assert caught.value.field == field
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["id", "source", "url", "version", "section", "author", "lang"])
def test_short_fields_have_limits(name: str) -> None:
    with pytest.raises(ArticleTooLongError) as caught:
        read({name: "x" * 5_000, "body": "نص"})
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2015-07-21", "2015-07-21T00:00:00"),
        ("20150721", "2015-07-21T00:00:00"),
        ("2015-07-21 10:05", "2015-07-21T10:05:00"),
        ("2015-07-21T10:05:06", "2015-07-21T10:05:06"),
        ("2015-07-21T10:05:06Z", "2015-07-21T10:05:06"),
        ("2015-07-21t10:05:06z", "2015-07-21T10:05:06"),
        ("2015-07-21T10:05:06.789Z", "2015-07-21T10:05:06.789000"),
        ("2015-07-21T10:05:06,7891234Z", "2015-07-21T10:05:06.789123"),
        ("2015-07-21T10:05:06+03:00", "2015-07-21T07:05:06"),
        ("2015-07-21 10:05:06 +0300", "2015-07-21T07:05:06"),
        ("2015-07-21T10:05:06-03", "2015-07-21T13:05:06"),
        ("20150721T100506Z", "2015-07-21T10:05:06"),
        ("2015-07-21 10:05:06 UTC", "2015-07-21T10:05:06"),
        ("2015-W30-2", "2015-07-21T00:00:00"),
        ("Tue, 21 Jul 2015 10:05:06 +0300", "2015-07-21T07:05:06"),
        ("21 Jul 2015 10:05 GMT", "2015-07-21T10:05:00"),
        ("  2015-07-21  ", "2015-07-21T00:00:00"),
    ],
)
def test_times_in_many_forms(text: str, utc: str) -> None:
    assert parse_time(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2015", "2015-07", "10:05", "now", "2015-07-21 at ten", "0001-01-01T00:00+14:00", "١٥", "32 Jul 2015 10:05"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_every_iso_time_with_an_offset_is_read_back(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(moment.isoformat()) == moment
    assert parse_time(moment.isoformat()).utcoffset() == timedelta(0)


@given(st.text())
def test_any_text_is_a_time_or_an_error(text: str) -> None:
    try:
        published = read({"published": text}).published
    except ArticleError as error:
        field = error.field
    else:
        field = "published" if published is None or published.utcoffset() == timedelta(0) else "in another zone"
    assert field == "published"


def test_json_in_the_form_that_clients_send() -> None:
    assert load_json(b'\xef\xbb\xbf {"a": "\xd8\xb9"}') == {"a": "ع"}


def test_broken_utf8_reaches_the_field_that_holds_it() -> None:
    for data in (b'{"title": "\xff"}', b'{"title": "\\ud800"}', b'{"title": "\xed\xa0\x80"}'):
        with pytest.raises(ArticleError) as caught:
            read(load_json(data))
        assert caught.value.field == "title"


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"", 1, 1),
        (b"{", 1, 2),
        (b'{"a": 1,\n "b": }', 2, 7),
        (b'{"a": NaN}', 1, 7),
        (b'{"a": Infinity}', 1, 7),
        (b"\xff\xfe{\x00}\x00", 1, 1),
        (b"[" * 100_000, 1, 1025),
        (b'{"a": "x\ny"}', 1, 9),
        (b"{} {}", 1, 4),
    ],
)
def test_what_is_no_json_says_where(data: bytes, line: int, column: int) -> None:
    with pytest.raises(JsonError) as caught:
        load_json(data)
    assert (caught.value.line, abs(caught.value.column - column) <= 1) == (line, True)


def test_pairs_are_texts_or_articles() -> None:
    old, new = pair_from_json({"a": "نص أول", "b": {"title": "عنوان", "id": "mine"}})
    assert (old.id, old.title, old.body) == ("a", "", "نص أول")
    assert (new.id, new.title, new.body) == ("mine", "عنوان", "")


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ([], "", "invalid_article"),
        ({"a": "نص"}, "b", "invalid_article"),
        ({"a": None, "b": "نص"}, "a", "invalid_article"),
        ({"a": "نص", "b": 3}, "b", "invalid_article"),
        ({"a": "نص", "b": {"title": 3}}, "b/title", "invalid_article"),
        ({"a": {}, "b": "نص"}, "a/body", "empty_article"),
        ({"a": "نص", "b": " \n"}, "b/body", "empty_article"),
    ],
)
def test_mistakes_in_pairs_name_the_side(sent: Any, field: str, code: str) -> None:
    with pytest.raises(ArticleError) as caught:
        pair_from_json(sent)
    assert (caught.value.field, caught.value.code) == (field, code)
