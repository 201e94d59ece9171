"""Explanations: a word for every rule and feature in both languages, and what the API says of a pair."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from dedup.deduplicator import Deduplicator
from dedup.explanation import Reason
from dedup.model import COPY_MODEL
from dedup.records import Article, BodyName, Change, HeadlineName, Relation, Similarity
from service import reasons, schemas
from service.explain import excerpt, sentences
from service.reasons import BODY_RULES, FEATURES, HEADLINE_RULES, OTHERWISE, STANDING, VERDICT, counted
from service.words import BODY, CHANGE, HEADLINE, RELATION, Language
from tests.service.conftest import FIRE, HOSPITAL, NOW_S, ROOT, LocalClient

LANGUAGES: tuple[Language, ...] = get_args(Language)

# ── the tables ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rules() -> Iterator[tuple[str, Path]]:
    """Every string with an underscore in the modules that make verdicts, docstrings and names of verdicts aside."""
    names = {*get_args(BodyName), *get_args(HeadlineName), *(f.name for f in fields(Similarity))}
    for path in sorted((ROOT / "dedup").glob("*.py")):
        if path.name == "records.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        if called & {"BodyVerdict", "HeadlineVerdict"}:
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    word = node.value
                    if "_" in word.strip("_") and word.isidentifier() and word not in names:
                        yield word, path


def test_every_rule_has_words() -> None:
    found = dict(rules())
    assert "copy_model" in found
    for language in LANGUAGES:
        known = {**BODY_RULES[language], **HEADLINE_RULES[language]}
        missing = {rule: path.name for rule, path in found.items() if rule not in known}
        assert not missing, (
            f"rules without words in {language!r}: {missing}. Say what each found, in one sentence, in BODY_RULES or "
            "HEADLINE_RULES of service/reasons.py, in both languages (a string that is no rule: leave it out in rules())"
        )
        gone = set(known) - set(found)
        assert not gone, f"no rule of this name is left: take it out of service/reasons.py: {gone}"


def test_every_feature_of_the_model_has_words() -> None:
    known = {field.name for field in fields(Similarity)}
    for language in LANGUAGES:
        missing = {name for name, _ in COPY_MODEL.weights} - set(FEATURES[language])
        assert not missing, f"features without a label in {language!r}: add them to FEATURES of service/reasons.py: {missing}"
        gone = set(FEATURES[language]) - known
        assert not gone, f"no feature of this name is left: take it out of FEATURES of service/reasons.py: {gone}"
        for words in FEATURES[language].values():
            assert words.label
            assert words.note


def test_the_note_on_names_says_what_counts_where_there_are_none(deduplicator: Deduplicator) -> None:
    text = "نص قصير لا يذكر أحدا ولا بلدا وليس فيه سوى كلام عن الصيف والظل"
    comparison = deduplicator.explain_texts(Article("a", body=text), Article("b", body=f"{text} والماء")).comparison
    assert comparison is not None
    counted_as = f"{comparison.similarity.names_agree:.0%}"
    assert all(f" {counted_as} " in FEATURES[language]["names_agree"].note for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_has_words(language: Language) -> None:
    assert set(BODY[language]) == set(get_args(BodyName))
    assert set(HEADLINE[language]) == set(get_args(HeadlineName))
    assert set(RELATION[language]) == set(get_args(Relation))
    assert set(CHANGE[language]) == set(get_args(get_type_hints(Change)["kind"]))
    assert set(STANDING[language]) == set(get_args(Reason))
    assert {name.split()[0] for name in VERDICT[language]} == set(get_args(BodyName))
    assert {name.split()[1] for name in VERDICT[language] if " " in name} == {"shorter", "longer", "merged"}
    assert set(OTHERWISE[language]) < set(get_args(BodyName))


def test_both_languages_say_the_same_things() -> None:
    for name in ("BODY_RULES", "HEADLINE_RULES", "FEATURES", "VERDICT", "OTHERWISE", "STANDING", "FREQUENCIES", "GAPS"):
        table = getattr(reasons, name)
        assert set(table["ar"]) == set(table["en"]), name
    assert set(reasons.SENTENCES["ar"]) == set(reasons.SENTENCES["en"])


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0 مقطع"),
        (1, "مقطع واحد"),
        (2, "مقطعين"),
        (3, "3 مقاطع"),
        (10, "10 مقاطع"),
        (11, "11 مقطعاً"),
        (25, "25 مقطعاً"),
        (99, "99 مقطعاً"),
        (100, "100 مقطع"),
        (101, "101 مقطع"),
        (103, "103 مقاطع"),
        (111, "111 مقطعاً"),
    ],
)
def test_arabic_numbers_agree_with_their_noun(n: int, said: str) -> None:
    assert counted("ar", "passage", n) == said


def test_the_dual_has_its_cases_and_english_its_plural() -> None:
    assert (counted("ar", "word", 2), counted("ar", "word", 2, subject=True)) == ("كلمتين", "كلمتان")
    assert [counted("en", "word", n) for n in (0, 1, 2, 1000)] == ["0 words", "1 word", "2 words", "1,000 words"]


def test_a_long_passage_is_shown_by_its_ends() -> None:
    text = " ".join(f"كلمة{n}" for n in range(40))
    shown = excerpt(text, (0, len(text)))
    assert shown.startswith("كلمة0 ")
    assert shown.endswith(" كلمة39")
    assert " … " in shown
    assert excerpt("سطر\nثانٍ", (0, 8)) == "سطر ثانٍ"


# ── the API ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SHOP = "وقال صاحب المستودع إن الخسائر كبيرة وإن التأمين لن يغطي سوى جزء منها، وإنه سيعيد البناء قبل الصيف المقبل."


@pytest.fixture
def fed(client: LocalClient) -> LocalClient:
    """An index with an article, its extended copy, another article, and a brief of three words."""
    for article in (
        {"id": "fire", "source": "barq", "title": "حريق في ميناء العقبة", "body": FIRE},
        {"id": "longer", "source": "nabd", "title": "عاجل: حريق في ميناء العقبة", "body": f"{FIRE} {SHOP}"},
        {"id": "hospital", "source": "nabd", "body": HOSPITAL},
        {"id": "brief", "source": "nabd", "body": "حريق في العقبة"},
    ):
        assert client.post("/v1/articles", json=article).status_code == 200
    return client


def explained(client: LocalClient, a: str, b: str, lang: str = "en") -> Any:
    reply = client.get("/v1/explain", query_string={"a": a, "b": b, "lang": lang})
    assert reply.status_code == 200, reply.get_data(as_text=True)
    schemas.ExplanationOut.model_validate(reply.get_json())
    return reply.get_json()


def told(line: Any, about: str) -> list[str]:
    return [sentence["text"] for sentence in line["sentences"] if sentence["about"] == about]


def test_a_copy_is_explained_with_its_passages_and_its_sum(fed: LocalClient) -> None:
    line = explained(fed, "fire", "longer")
    assert (line["verdict"]["body"]["verdict"], line["verdict"]["body"]["relation"]) == ("partial", "longer")
    assert line["recorded"] == fed.get("/v1/articles/longer").get_json()["verdict"]
    assert line["arrival"]["compared"] is True
    (passage,) = line["passages"]
    assert (passage["new"], passage["words"]) == ([0, len(FIRE) - 1], len(FIRE.split()))
    assert passage["new_text"].startswith(FIRE[:40])
    assert line["gaps"] == [{"kind": "added", "places": 1, "words": len(SHOP.split())}]
    total = line["model"]["intercept"] + sum(feature["contribution"] for feature in line["features"])
    assert line["model"]["sum"] == pytest.approx(total, abs=1e-3)
    assert line["model"]["decided"] is True
    assert line["overruled_by"] is None
    assert line["frequencies"] == "arrival"
    for other in line["otherwise"]:  # at the value needed the sum is 0
        weight = next(feature["weight"] for feature in line["features"] if feature["name"] == other["feature"])
        assert line["model"]["sum"] + weight * (other["needed"] - other["value"]) == pytest.approx(0, abs=0.01)
        assert other["text"] in told(line, "otherwise")
    assert line["otherwise"]
    assert told(line, "gaps") == [f"Around what is shared: {len(SHOP.split())} words added in the later text (1 place)."]
    assert told(line, "conclusion") == ["So it is a duplicate of the earlier article, and the headline is repeated."]


def test_the_same_in_arabic(fed: LocalClient) -> None:
    line = explained(fed, "fire", "longer", "ar")
    assert line["lang"] == "ar"
    assert told(line, "verdict") == ["النص اللاحق يأخذ جزءاً كبيراً من النص السابق ويضيف إليه."]
    assert told(line, "passages")[0] == f"يشترك النصان في مقطع واحد من {len(FIRE.split())} كلمة."
    assert told(line, "gaps") == [f"وحول المشترك: إضافة {len(SHOP.split())} كلمة إلى النص اللاحق في موضع واحد."]
    assert told(line, "conclusion") == ["إذن فالمادة اللاحقة تكرار للسابقة، وعنوانها مكرر أيضاً."]
    assert told(line, "arrival")[-1] == (
        "سُجّل عند وصول «longer»: النص: نقل جزئي (المادة السابقة «fire»)؛ العنوان: عنوان مكرر (المادة السابقة «fire»)."
    )
    english = explained(fed, "fire", "longer")
    assert [s["about"] for s in line["sentences"]] == [s["about"] for s in english["sentences"]]
    assert {name: line[name] for name in ("verdict", "arrival", "gaps", "model")} == {
        name: english[name] for name in ("verdict", "arrival", "gaps", "model")
    }


def test_why_two_articles_are_no_copies(fed: LocalClient) -> None:
    line = explained(fed, "hospital", "fire")
    assert (line["earlier"]["id"], line["later"]["id"]) == ("fire", "hospital")
    assert line["verdict"]["body"]["verdict"] == "new"
    assert line["arrival"] == {"compared": False, "reason": "no_shared_passage", "shared_keys": 0, "rank": 0}
    assert told(line, "passages") == ["They share no passage of four words or more."]
    assert told(line, "arrival") == [
        "The two were not compared: they share no passage by which the earlier one could be found.",
        "What is said here is what a comparison of the two gives.",
        "Recorded when hospital arrived: body new, headline missing.",
    ]


def test_a_text_too_short_says_so_and_gives_no_sum(fed: LocalClient) -> None:
    line = explained(fed, "fire", "brief")
    assert (line["model"], line["features"], line["otherwise"]) == (None, [], [])
    assert told(line, "rule") == ["The later text has 3 words; at least 8 words are needed to judge it (setting min_body_words)."]
    assert told(explained(fed, "brief", "fire", "ar"), "rule") == [
        "في النص اللاحق 3 كلمات، ولا يُحكم على ما يقل عن 8 كلمات (الإعداد min_body_words)."
    ]


def test_equal_words_overrule_the_model(fed: LocalClient) -> None:
    fed.post("/v1/articles", json={"id": "again", "source": "sada", "body": FIRE})
    line = explained(fed, "fire", "again")
    assert line["model"]["decided"] is False
    assert line["overruled_by"] == {"rule": "same_words", "score": 1.0, "text": "The words of both texts are the same."}
    assert told(line, "otherwise") == ["One word more, less or replaced would have made it a copy instead of a repeat."]


def test_a_window_is_told_in_days(client: LocalClient) -> None:
    for day, name in (("2025-09-01", "old"), ("2025-11-08", "late")):
        client.post("/v1/articles", json={"id": name, "source": name, "published": day, "body": FIRE})
    line = explained(client, "old", "late")
    assert line["arrival"]["reason"] == "outside_window"
    assert told(line, "arrival")[0] == (
        "The two were not compared: they were published 68 days apart, and the matching window is 30 days."
    )
    assert told(explained(client, "old", "late", "ar"), "arrival")[0] == (
        "لم تُقارن المادتان: بين موعدي نشرهما 68 يوماً، ونافذة المطابقة 30 يوماً."
    )


@pytest.mark.parametrize(
    ("query", "headers", "lang"),
    [
        ({}, {}, "en"),
        ({}, {"Accept-Language": "ar-JO,ar;q=0.9,en;q=0.5"}, "ar"),
        ({}, {"Accept-Language": "fr"}, "en"),
        ({"lang": "en"}, {"Accept-Language": "ar"}, "en"),
        ({"lang": "ar"}, {}, "ar"),
    ],
)
def test_the_language_is_chosen(fed: LocalClient, query: dict[str, str], headers: dict[str, str], lang: str) -> None:
    reply = fed.get("/v1/explain", query_string={"a": "fire", "b": "longer", **query}, headers=headers)
    assert reply.get_json()["lang"] == lang


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ({"a": "fire"}, 422, "invalid_parameter", "b"),
        ({"b": "fire"}, 422, "invalid_parameter", "a"),
        ({"a": "fire", "b": "longer", "lang": "fr"}, 422, "invalid_parameter", "lang"),
        ({"a": "fire", "b": "longer", "language": "ar"}, 422, "invalid_parameter", "language"),
        ({"a": "fire", "b": "nothing"}, 404, "unknown_article", "b"),
        ({"a": "nothing", "b": "fire"}, 404, "unknown_article", "a"),
        ({"a": "fire", "b": "fire"}, 422, "invalid_article", "b"),
    ],
)
def test_what_is_wrong_is_named(fed: LocalClient, query: dict[str, str], status: int, code: str, field: str) -> None:
    reply = fed.get("/v1/explain", query_string=query)
    problem = reply.get_json()
    assert (reply.status_code, problem["code"], problem["field"]) == (status, code, field)


def test_changed_facts_are_told_by_kind(fed: LocalClient) -> None:
    moved = FIRE.replace("ثلاثة", "سبعة").replace("كيلومترين", "خمسة كيلومترات")
    fed.post("/v1/articles", json={"id": "moved", "source": "sada", "title": "حريق في ميناء العقبة", "body": moved})
    numbers = told(explained(fed, "fire", "moved"), "changed")[0]
    assert numbers.startswith("Changed (number): «ثلاثة» is now «سبعة»")
    assert told(explained(fed, "fire", "moved", "ar"), "changed")[0].startswith("تغيّر (رقم): كان «ثلاثة» وصار «سبعة»")


def test_other_settings_since_are_told(fed: LocalClient, deduplicator: Deduplicator) -> None:
    """The verdict was recorded under other settings than those that explain it."""
    settings = replace(deduplicator.settings, max_candidates=5)
    explanation = Deduplicator(deduplicator.store, settings).explain("fire", "longer")
    said = [sentence.text for sentence in sentences(explanation, settings, "en")]
    assert said[-1] == f"That was decided by other settings (version {deduplicator.settings.version()}) than today's."


def test_it_leaves_no_trace(fed: LocalClient, deduplicator: Deduplicator) -> None:
    before = deduplicator.store.size()
    explained(fed, "fire", "longer")
    assert deduplicator.store.size() == before
    assert len(deduplicator.look([], now_s=NOW_S)) == 0
