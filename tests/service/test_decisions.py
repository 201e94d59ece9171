"""Rates from the roll-ups, worked out by hand; the first page shows the same numbers."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from dedup.store.redis import RedisStore
from service import decisions, schemas
from tests.service.conftest import FIRE, HOSPITAL, NOW_S, LocalClient

DEFAULT = ("repeat", "copy", "partial", "update")
SHORT = "خبر قصير جداً"


@pytest.fixture
def loaded(client: LocalClient) -> LocalClient:
    """Five items on two days: two outlets and one article without any; one repeat, one repeated headline, one too short."""
    articles: list[dict[str, Any]] = [
        {"id": "1", "source": "barq24", "published": "2025-11-08", "title": "حريق في ميناء العقبة", "body": FIRE},
        {"id": "2", "source": "difaf", "published": "2025-11-09", "title": "النيران تلتهم مخازن الأخشاب", "body": FIRE},
        {"id": "3", "source": "difaf", "published": "2025-11-09", "title": "حريق في ميناء العقبة", "body": HOSPITAL},
        {"id": "4", "published": "2025-11-09", "title": "عنوان لا يشبه سواه", "body": SHORT},
    ]
    for article in articles:
        assert client.post("/v1/articles", json=article).status_code == 200
    changed = {**articles[0], "body": FIRE + " وأعلنت البلدية فتح تحقيق في أسباب الحريق."}
    assert client.post("/v1/articles", json=changed).get_json()["version"] == 2  # counts once, by its latest version
    return client


EXPECTED = {
    "from": "2025-11-08",
    "to": "2025-11-10",
    "articles": 4,
    "duplicates": 2,
    "duplicate_rate": 0.5,
    "repeated_headlines": 2,
    "repeated_headline_rate": 0.5,
}


def tally(articles: int, duplicates: int, headlines: int) -> dict[str, Any]:
    return {
        "articles": articles,
        "duplicates": duplicates,
        "duplicate_rate": round(duplicates / (articles or 1), 4),
        "repeated_headlines": headlines,
        "repeated_headline_rate": round(headlines / (articles or 1), 4),
    }


def test_rates_by_hand(loaded: LocalClient) -> None:
    got = loaded.get("/v1/stats?from=2025-11-08&to=2025-11-10").get_json()
    schemas.StatsOut.model_validate(got)
    verdicts = {line["verdict"]: line["articles"] for line in got["by_body"]}
    headlines = {line["verdict"]: line["articles"] for line in got["by_headline"]}
    assert list(verdicts) == list(decisions.BODY_VERDICTS)
    assert list(headlines) == list(decisions.HEADLINE_VERDICTS)
    assert sum(verdicts.values()) == sum(headlines.values()) == 4
    # the second version of 1 is judged against the others: its text is in 2, its headline in 3
    assert (verdicts["repeat"], verdicts["too_short"], verdicts["new"]) == (1, 1, 1)
    assert verdicts["copy"] + verdicts["partial"] + verdicts["update"] == 1
    assert headlines["repeated"] == 2
    assert {key: got[key] for key in EXPECTED} == EXPECTED
    assert got["by_source"] == [
        {"source": "difaf", **tally(2, 1, 1)},
        {"source": "", **tally(1, 0, 0)},
        {"source": "barq24", **tally(1, 1, 1)},
    ]
    assert got["by_day"] == [
        {"day": "2025-11-08", **tally(1, 1, 1)},
        {"day": "2025-11-09", **tally(3, 1, 1)},
        {"day": "2025-11-10", **tally(0, 0, 0)},
    ]


def test_days_are_chosen_by_the_newest_decisions(loaded: LocalClient) -> None:
    got = loaded.get("/v1/stats").get_json()
    assert (got["from"], got["to"], len(got["by_day"])) == ("2025-10-11", "2025-11-09", 30)
    assert loaded.get("/v1/stats?to=2025-11-08").get_json()["from"] == "2025-10-10"
    assert loaded.get("/v1/stats?from=2025-11-08").get_json()["to"] == "2025-12-07"


def test_a_day_in_the_future_does_not_hide_the_present(loaded: LocalClient) -> None:
    loaded.post("/v1/articles", json={"id": "f", "published": "2099-01-01", "body": HOSPITAL})
    assert loaded.get("/v1/stats").get_json()["to"] == "2025-11-09"


def test_empty_index(client: LocalClient) -> None:
    got = client.get("/v1/stats").get_json()
    assert (got["articles"], got["duplicate_rate"], got["by_source"]) == (0, 0.0, [])
    assert got["to"] == "2025-11-09"  # today, by the clock of the test


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2025-13-01", "to"),
        ("from=2025-11-10&to=2025-11-09", "from"),
        ("from=2024-01-01&to=2025-11-09", "from"),
        ("to=0001-01-05", "from"),
        ("since=2025-11-09", "since"),
    ],
)
def test_days_that_cannot_be(client: LocalClient, query: str, field: str) -> None:
    reply = client.get(f"/v1/stats?{query}")
    assert (reply.status_code, reply.get_json(force=True)["code"]) == (422, "invalid_parameter")
    assert reply.get_json(force=True)["field"] == field


def test_400_days_are_accepted(client: LocalClient) -> None:
    assert len(client.get("/v1/stats?from=2024-10-06&to=2025-11-09").get_json()["by_day"]) == 400


def test_duplicate_when_decides_what_counts(loaded: LocalClient, redis_store: RedisStore) -> None:
    days = date(2025, 11, 8), date(2025, 11, 10)
    assert decisions.stats(redis_store, *days, duplicate_when=())["duplicates"] == 0
    assert decisions.stats(redis_store, *days, duplicate_when=("repeat",))["duplicates"] == 1


def test_first_page_shows_the_same_numbers(loaded: LocalClient) -> None:
    got = loaded.get("/v1/stats").get_json()
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", loaded.get("/?lang=en").get_data(as_text=True)))
    assert f"Articles {got['articles']} " in page
    assert f"Duplicate rate {100 * got['duplicate_rate']:.1f}% {got['duplicates']} " in page
    assert f"Repeated headline rate {100 * got['repeated_headline_rate']:.1f}% {got['repeated_headlines']} " in page
    for line in got["by_source"]:
        rates = f"{100 * line['duplicate_rate']:.1f}% {100 * line['repeated_headline_rate']:.1f}%"
        assert f"{line['source'] or 'no outlet'} {line['articles']} {rates}" in page
    for line in got["by_body"]:
        assert f"{line['verdict'].replace('_', ' ')} {line['articles']} {100 * line['share']:.1f}%" in page
    for line in got["by_day"]:
        if line["articles"]:
            rates = f"{100 * line['duplicate_rate']:.1f}% {100 * line['repeated_headline_rate']:.1f}%"
            assert f"{line['day']} {line['articles']} {line['duplicates']} {rates}" in page


def test_clock_of_the_test_is_that_day() -> None:
    assert date.fromtimestamp(NOW_S) == date(2025, 11, 9)
