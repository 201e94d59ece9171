"""Articles and verdicts survive packing whatever they hold."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import textpack
from dedup.records import Article, Verdict
from dedup.textpack import pack_article, pack_decision, pack_verdict, unpack_article, unpack_decision, unpack_verdict
from tests.strategies import arabic, articles, texts, verdicts


@given(articles(), st.floats(allow_nan=False))
def test_an_article_comes_back_as_it_went_in(article: Article, arrived_s: float) -> None:
    stored = unpack_article(7, pack_article(article, arrived_s))
    assert (stored.seq, stored.arrived_s, stored.article) == (7, arrived_s, article)


@given(verdicts())
def test_a_verdict_comes_back_as_it_went_in(verdict: Verdict) -> None:
    assert unpack_verdict(pack_verdict(verdict)) == verdict


@given(st.lists(texts | arabic | st.integers(0, 2**32) | st.booleans() | st.none()))
def test_a_decision_comes_back_as_it_went_in(values: list[Any]) -> None:
    assert unpack_decision(pack_decision(values)) == values


def test_what_verdicts_and_decisions_are_compressed_against_stays_as_it_is() -> None:
    """If it has to change, so has the store's layout: nothing that was packed before could be read."""
    known = "".join(textpack._KNOWN[kind] for kind in ("verdict", "decision"))
    assert hashlib.blake2b(known.encode(), digest_size=6).hexdigest() == "fec90db5148a"


def test_the_offset_of_the_publication_time_is_kept() -> None:
    """Equality of moments would hide it: 12:00+03:00 equals 09:00Z."""
    published = datetime(2026, 11, 24, 12, 0, 0, 250, tzinfo=timezone(timedelta(hours=3)))
    stored = unpack_article(1, pack_article(Article(id="a", published=published), 0.0))
    assert stored.article.published is not None
    assert stored.article.published.isoformat() == "2026-11-24T12:00:00.000250+03:00"


def test_windows_1256_is_used_where_it_holds_every_character() -> None:
    """The first byte says which encoding the texts have."""
    arabic = "افتتح الوزير اليوم المعرض السنوي للكتاب"
    blobs = [pack_article(Article(id="a", body=body), 0.0) for body in (arabic, arabic + "\N{ARABIC LETTER FARSI YEH}")]
    assert [blob[0] for blob in blobs] == [2, 1]
    assert [unpack_article(1, blob).article.body for blob in blobs] == [arabic, arabic + "\N{ARABIC LETTER FARSI YEH}"]


def test_a_lone_surrogate_is_an_error_not_a_loss() -> None:
    with pytest.raises(UnicodeEncodeError):
        pack_article(Article(id="a", body="\ud800"), 0.0)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown layout"):
        unpack_article(1, b"\x09" + pack_article(Article(id="a"), 0.0)[1:])


def test_threads_pack_at_the_same_time() -> None:
    articles = [Article(id=str(n), body=f"{n} " * 5000, published=datetime.now(UTC)) for n in range(400)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda a: unpack_article(1, pack_article(a, 1.0)).article, articles)) == articles
