"""Cases that an Arabic editor can read and add to: every *.toml beside this file, and the bundled sample day.

A case admits its `before` articles and `first`, then checks `second` and compares with `expect`. A text that is a bare
string is a body; a table may give `title`, `body`, `source`, `published`. In `expect`:

    body, headline   the verdict; a list where the definitions leave more than one word right
    relation         how the second stands to its match
    numbers          pairs [old, new] that must be among the changed numbers: of the body where `update` is expected, else
                     of the headline
    also             how many further matches a digest names
    names            the ids of all it names: "before-1", ..., "first"
    credit           the key of the agency that the second credits, "" for none
    uncredited       the key of the agency that it does not name although a copy credits it, "" for none

`reversed = true` asks for the same answer where the second came first (relation and numbers turned round).
`open` says why the body of a case is not met yet, `open_headline` why its headline is not, each with `_reversed` at its end
for the other order; the suite expects these to fail and says so when one no longer does.

Never soften `expect` to pass: fix the code or discuss the case.

What is covered where:

    alignment of edited copies      copies, agency_edits
    templates, and their reprints   templates, templates_hard, routine (which has the border to updates too)
    partial and quoted text         partial, partial_hard, quotes, digests, teasers
    updates, changed figures        updates, updates_hard
    headlines                       headlines, headlines_hard
    spelling and script             spelling
    datelines, credits, furniture   copies, page_furniture, segments; segments/cases.toml (tests/unit/test_segment_cases.py)
    the same event, not the text    unrelated, related
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from _pytest.mark import ParameterSet

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.normalise import normalise
from dedup.records import BodyName, Change, HeadlineName, Relation
from dedup.store.memory import MemoryStore

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "service" / "sample"
FIRST_PUBLISHED = datetime(2024, 5, 12, 8, tzinfo=UTC)
SECOND_PUBLISHED = FIRST_PUBLISHED + timedelta(hours=2)

EXPECT = {"body", "headline", "relation", "numbers", "also", "names", "credit", "uncredited"}

Case = dict[str, Any]


TURNED_ROUND = {"longer": "shorter", "shorter": "longer"}


def _cases() -> list[tuple[str, Case]]:
    files = sorted(path for path in HERE.glob("*.toml") if path.name != "sample_expect.toml")
    return [
        (f"{path.stem}-{n}", case)
        for path in files
        for n, case in enumerate(tomllib.loads(path.read_text("utf-8"))["case"], start=1)
    ]


def _sample_items() -> list[Case]:
    return list(tomllib.loads((HERE / "sample_expect.toml").read_text("utf-8"))["item"])


def _reversed(case: Case) -> Case:
    """The same two texts in the other order of arrival."""
    turned = {key: value for key, value in case.items() if not key.startswith("open")}
    expect = dict(case["expect"])
    if "relation" in expect:
        expect["relation"] = TURNED_ROUND.get(expect["relation"], expect["relation"])
    if "numbers" in expect:
        expect["numbers"] = [[new, old] for old, new in expect["numbers"]]
    turned |= {key.removesuffix("_reversed"): why for key, why in case.items() if key.endswith("_reversed")}
    return {**turned, "first": case["second"], "second": case["first"], "expect": expect}


CASES = _cases()
BOTH_ORDERS = CASES + [(f"{where}-reversed", _reversed(case)) for where, case in CASES if case.get("reversed")]


def _article(article_id: str, text: str | dict[str, str], *, source: str, published: datetime) -> Article:
    given = {"body": text} if isinstance(text, str) else text
    return Article(
        id=article_id,
        source=given.get("source", source),
        published=datetime.fromisoformat(given["published"]) if "published" in given else published,
        title=given.get("title", ""),
        body=given.get("body", "").strip(),
    )


def _check(deduplicator: Deduplicator, article: Article) -> Verdict:
    assert article.published is not None
    (verdict,) = deduplicator.check([article], now_s=article.published.timestamp())
    assert isinstance(verdict, Verdict), verdict
    return verdict


def _numbers(changes: Sequence[Change]) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(normalise(c.old).words, normalise(c.new).words) for c in changes if c.kind == "number"}


def _any_of(expected: str | list[str]) -> list[str]:
    return [expected] if isinstance(expected, str) else expected


def _parameters(open_key: str) -> list[ParameterSet]:
    """Every case in every order; where it has the key it is not met yet, and fails the suite as soon as it is."""
    return [
        pytest.param(case, id=where, marks=[pytest.mark.xfail(reason=case[open_key], strict=True)] if open_key in case else [])
        for where, case in BOTH_ORDERS
    ]


def _judge(case: Case) -> Verdict:
    """The verdict on the second, after `before` and `first`."""
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    before = case.get("before", [])
    for i, text in enumerate(before):
        published = FIRST_PUBLISHED - timedelta(days=len(before) - i)
        _check(deduplicator, _article(f"before-{i + 1}", text, source="outlet-one", published=published))
    _check(deduplicator, _article("first", case["first"], source="outlet-one", published=FIRST_PUBLISHED))
    return _check(deduplicator, _article("second", case["second"], source="outlet-two", published=SECOND_PUBLISHED))


def _assert_numbers(expect: Case, changed: Sequence[Change]) -> None:
    wanted = {(normalise(old).words, normalise(new).words) for old, new in expect.get("numbers", [])}
    assert wanted <= _numbers(changed), changed


@pytest.mark.parametrize("case", _parameters("open_headline"))
def test_headline(case: Case) -> None:
    verdict, expect = _judge(case), case["expect"]
    assert verdict.headline.verdict in _any_of(expect["headline"]), (case["name"], verdict.headline)
    assert verdict.repeated_headline == (verdict.headline.verdict in ("repeated", "near"))
    if "update" not in _any_of(expect["body"]):
        _assert_numbers(expect, verdict.headline.changed)


@pytest.mark.parametrize("case", _parameters("open"))
def test_case(case: Case) -> None:
    verdict, expect = _judge(case), case["expect"]
    assert verdict.body.verdict in _any_of(expect["body"]), (case["name"], verdict.body)
    assert verdict.duplicate == (verdict.body.verdict in ("repeat", "copy", "partial", "update"))
    if verdict.duplicate:
        assert verdict.body.match is not None
        named = [
            verdict.body.match,
            *(verdict.body.also if "also" in expect else ()),
        ]  # of a digest's items any may lead
        assert "first" in [match.id for match in named]
    if "relation" in expect:
        assert verdict.body.relation == expect["relation"]
    if "also" in expect:
        assert len(verdict.body.also) == expect["also"]
    if "credit" in expect:
        credited = verdict.credit is not None and verdict.credit.kind == "credit"
        assert (verdict.credit.agency if verdict.credit and credited else "") == expect["credit"], verdict.credit
    if "uncredited" in expect:
        assert (verdict.uncredited.agency if verdict.uncredited else "") == expect["uncredited"], verdict.uncredited
    if "names" in expect:
        assert verdict.body.match is not None
        assert sorted(match.id for match in (verdict.body.match, *verdict.body.also)) == expect["names"]
    if "update" in _any_of(expect["body"]):
        _assert_numbers(expect, verdict.body.changed)


def test_cases_have_unique_names() -> None:
    counts = Counter(case["name"] for _, case in CASES)
    assert [name for name, count in counts.items() if count > 1] == []


def test_cases_say_what_and_why_in_the_words_of_the_api() -> None:
    """A typo in a case must fail here, not pass as a case that asserts nothing."""
    for where, case in CASES:
        must, may = {"name", "why", "first", "second", "expect"}, {"before", "reversed"}
        opens = {"open", "open_headline"} | ({"open_reversed", "open_headline_reversed"} if case.get("reversed") else set())
        assert must <= set(case) <= must | may | opens, where
        assert case["name"].strip(), where
        assert case["why"].strip(), where
        expect = case["expect"]
        assert {"body", "headline"} <= set(expect) <= EXPECT, where
        assert set(_any_of(expect["body"])) <= set(get_args(BodyName)), where
        assert set(_any_of(expect["headline"])) <= set(get_args(HeadlineName)), where
        assert expect.get("relation", "same") in get_args(Relation), where
        for text in [*case.get("before", []), case["first"], case["second"]]:
            assert isinstance(text, str) or set(text) <= {"title", "body", "source", "published"}, where


def test_there_are_at_least_240_cases_and_each_verdict_is_among_them() -> None:
    assert len(CASES) >= 240
    bodies = {word for _, case in CASES for word in _any_of(case["expect"]["body"])}
    headlines = {word for _, case in CASES for word in _any_of(case["expect"]["headline"])}
    assert bodies == set(get_args(BodyName))
    assert headlines == set(get_args(HeadlineName))


@pytest.fixture(scope="module")
def sample_day() -> tuple[list[Case], list[Verdict]]:
    """The lines of the sample day and their verdicts, in file order."""
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    lines = [json.loads(line) for line in (SAMPLE / "day.jsonl").read_text("utf-8").splitlines()]
    articles = [Article(**{**line, "published": datetime.fromisoformat(line["published"])}) for line in lines]
    return lines, [_check(deduplicator, article) for article in articles]


@pytest.mark.parametrize("item", [pytest.param(item, id=f"line {item['line']}: {item['id']}") for item in _sample_items()])
def test_sample_day(item: Case, sample_day: tuple[list[Case], list[Verdict]]) -> None:
    lines, verdicts = sample_day
    verdict = verdicts[item["line"] - 1]
    assert verdict.id == lines[item["line"] - 1]["id"] == item["id"]
    assert verdict.body.verdict in _any_of(item["body"]), verdict.body
    assert verdict.headline.verdict in _any_of(item["headline"]), verdict.headline
    assert verdict.version == item.get("version", 1)
    if "match" in item:
        assert verdict.body.match is not None
        assert verdict.body.match.id == item["match"]
    if "names" in item:
        assert verdict.body.match is not None
        assert sorted(match.id for match in (verdict.body.match, *verdict.body.also)) == item["names"]
    if "headline_match" in item:
        assert verdict.headline.match is not None
        assert verdict.headline.match.id == item["headline_match"]
    if "relation" in item:
        assert verdict.body.relation == item["relation"]
    if "credit" in item:
        assert verdict.credit is not None
        assert verdict.credit.agency == item["credit"]


def test_every_line_of_the_sample_day_has_its_expected_verdict(sample_day: tuple[list[Case], list[Verdict]]) -> None:
    lines, _ = sample_day
    assert [(i + 1, line["id"]) for i, line in enumerate(lines)] == [(item["line"], item["id"]) for item in _sample_items()]
    assert {tuple(line) for line in lines} == {("id", "source", "url", "published", "title", "body", "section")}


def test_sample_page_is_one_credited_article_and_three_teasers() -> None:
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    items = deduplicator.page((SAMPLE / "page.txt").read_text("utf-8"))
    assert [(item.kind, item.cut) for item in items] == [("article", False), *[("teaser", True)] * 3]
    assert [item.title for item in items] == [
        "مطارات أفريقيا تبحث في أديس أبابا خفض كلفة الرحلات بين دول القارة",
        "العثور على ورشة فخار رومانية غرب مدينة سوسة التونسية",
        "زراعة الزعفران تعود إلى سفوح الأطلس بعد سنوات الجفاف",
        "سباق للقوارب الشراعية التقليدية يجمع بحارة الخليج في صور",
    ]
    assert "قراءة المزيد" not in items[0].body
    verdict = _check(
        deduplicator,
        _article("page", {"title": items[0].title, "body": items[0].body}, source="page", published=FIRST_PUBLISHED),
    )
    assert verdict.headline.verdict == "new"
    assert verdict.credit is not None
    assert verdict.credit.agency == "afp"


def test_teaser_of_the_sample_page_points_to_its_article_of_the_day() -> None:
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    day = [json.loads(line) for line in (SAMPLE / "day.jsonl").read_text("utf-8").splitlines()]
    full = next(line for line in day if line["id"] == "s06")
    _check(deduplicator, Article(**{**full, "published": datetime.fromisoformat(full["published"])}))
    teaser = deduplicator.page((SAMPLE / "page.txt").read_text("utf-8"))[1]
    later = datetime.fromisoformat(full["published"]) + timedelta(hours=3)
    text = {"title": teaser.title, "body": teaser.body}
    verdict = _check(deduplicator, _article("teaser", text, source="page", published=later))
    assert (verdict.body.verdict, verdict.body.relation, verdict.headline.verdict) == ("partial", "shorter", "repeated")
    assert verdict.body.match is not None
    assert verdict.body.match.id == "s06"
