"""GET /v1/stories/{id}: what a client sees of a story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service import schemas
from tests.service.conftest import FIRE, HOSPITAL, LocalClient


def post(client: LocalClient, article_id: str, source: str, hour: int, body: str = FIRE, **members: Any) -> str:
    article = {"id": article_id, "source": source, "published": f"2025-11-09T{hour:02}:00:00+03:00", "body": body, **members}
    reply = client.post("/v1/articles", json=article)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    name: str = reply.get_json()["story"]
    return name


def test_a_story_shows_who_published_when_and_who_counts(client: LocalClient) -> None:
    assert post(client, "s1", "barq24", 9, title="حريق في ميناء العقبة", url="https://barq24.example.com/1") == "s1"
    assert post(client, "s2", "sabah", 10, body=f"عمان (أ ف ب) - {FIRE}") == "s1"
    assert post(client, "s3", "masa", 8) == "s1"
    assert post(client, "other", "masa", 8, body=HOSPITAL) == "other"
    reply = client.get("/v1/stories/s2").get_json()
    schemas.StoryOut.model_validate(reply)
    assert {name: value for name, value in reply.items() if name != "members"} == {
        "id": "s1",
        "lead": "s3",
        "lead_rule": "earliest_published",
        "articles": 3,
        "sources": ["masa", "barq24", "sabah"],
        "publishers": ["masa", "barq24", "afp"],
        "first": "2025-11-09T05:00:00+00:00",
        "last": "2025-11-09T07:00:00+00:00",
    }
    assert reply["members"][1] == {
        "id": "s1",
        "source": "barq24",
        "url": "https://barq24.example.com/1",
        "published": "2025-11-09T06:00:00+00:00",
        "arrived": "2025-11-09T14:53:20+00:00",
        "title": "حريق في ميناء العقبة",
        "version": 1,
        "verdict": "new",
        "relation": None,
        "agency": None,
        "publisher": "barq24",
        "score": 1.0,
    }
    assert [(m["id"], m["verdict"], m["relation"], m["agency"]) for m in reply["members"]] == [
        ("s3", "repeat", "same", None),
        ("s1", "new", None, None),
        ("s2", "repeat", "same", "afp"),
    ]
    assert client.get("/v1/stories/s1").get_json() == client.get("/v1/stories/s3").get_json() == reply


def test_an_article_by_itself_is_a_story_of_one(client: LocalClient) -> None:
    post(client, "https://example.com/a?b", "masa", 8)
    reply = client.get("/v1/stories/https://example.com/a%3Fb").get_json()
    assert (reply["id"], reply["articles"], reply["publishers"]) == ("https://example.com/a?b", 1, ["masa"])


def test_nobodys_story_is_a_problem(client: LocalClient) -> None:
    reply = client.get("/v1/stories/nobody")
    assert (reply.status_code, reply.content_type) == (404, "application/problem+json")
    body = reply.get_json()
    assert (body["code"], body["field"]) == ("story_not_found", "id")
    assert "nobody" in body["detail"]


@pytest.mark.parametrize("path", ["/v1/stories/", "/v1/stories"])
def test_a_story_is_asked_for_by_an_id(client: LocalClient, path: str) -> None:
    assert client.get(path).get_json()["code"] == "not_found"


def test_reading_a_story_takes_a_key(make_client: Callable[..., LocalClient], make_key: Callable[..., str]) -> None:
    make_key("read")
    assert make_client().get("/v1/stories/s1").get_json()["code"] == "unauthorized"


def test_a_dry_run_names_the_story_and_joins_none(client: LocalClient) -> None:
    post(client, "s1", "barq24", 9)
    reply = client.post("/v1/articles?dry_run=true", json={"id": "s2", "source": "masa", "body": FIRE}).get_json()
    assert reply["story"] == "s1"
    assert client.get("/v1/stories/s1").get_json()["articles"] == 1
