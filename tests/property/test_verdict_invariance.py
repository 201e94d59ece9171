"""What a verdict must not depend on: spelling, repetition, the direction of a pair."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.normalise import normalise
from dedup.store.memory import MemoryStore
from tests.strategies_text import KINDS, news, news_text, respell, unrelated_text

NOW = 1_700_000_000.0
SPELLINGS = 10_000 if os.environ.get("NIGHTLY") == "1" else 500


def make() -> Deduplicator:
    settings = Settings()
    return Deduplicator(MemoryStore(settings), settings)


def index() -> Deduplicator:
    """Every kind of news, filled for three events, and a few texts of their own."""
    dedup = make()
    articles = []
    for kind in range(KINDS):
        for fill in range(3):
            title, body = news(kind, fill)
            articles.append(Article(id=f"n{kind}{fill}", source=f"s{fill}", title=title, body=body))
    articles += [Article(id=f"u{n}", source="u", title="موجز الأنباء المسائي", body=unrelated_text(n)) for n in range(4)]
    dedup.check(articles, now_s=NOW)
    return dedup


def questions() -> list[Article]:
    """What is asked of the index: each kind of news copied, cut, continued, moved on, and filled for another event."""
    asked = []
    for kind in range(KINDS):
        title, body = news(kind, 0)
        other_title, other_body = news(kind, 7)
        lines = body.split("\n")
        asked += [
            (title, body),
            (title.removeprefix("عاجل: "), "\n".join(reversed(lines))),
            (other_title, lines[0]),
            ("", f"{body}\n{unrelated_text(50 + kind)}"),
            (
                title,
                body.replace("اليوم", "أمس")
                .replace("مساء", "فجر")
                .replace("وجاء", "وورد")
                .replace("معتدل", "حار")
                .replace("وأوضح", "وذكر"),
            ),
            (other_title, other_body),
            (title, " ".join(lines[0].split()[:6])),
            ("موجز الأنباء المسائي", unrelated_text(70 + kind)),
        ]
    asked.append(("", f"{news(0, 0)[1]}\n{news(2, 0)[1]}\n{news(3, 0)[1]}"))
    return [Article(id=f"q{n}", source="q", title=title, body=body) for n, (title, body) in enumerate(asked)]


def meaning(verdict: Verdict) -> dict[str, Any]:
    """The verdict line but for offsets into a text spelled otherwise, and for spellings shown: the credit and changed facts."""
    line = verdict.as_dict(candidates=True)
    for passage in line["body"]["passages"]:
        del passage["new"]
    line["body"]["changed"] = {
        kind: [(normalise(c["old"]).words, normalise(c["new"]).words) for c in changes]
        for kind, changes in line["body"]["changed"].items()
    }
    if line["credit"]:
        line["credit"] = line["credit"]["agency"], line["credit"]["kind"], normalise(line["credit"]["text"]).words
    return line


def look(dedup: Deduplicator, article: Article) -> Verdict:
    answer = dedup.look([article], now_s=NOW)[0]
    assert isinstance(answer, Verdict)
    return answer


def test_the_questions_cover_the_verdicts() -> None:
    dedup = index()
    verdicts = [look(dedup, question) for question in questions()]
    assert {v.body.verdict for v in verdicts} == {"repeat", "copy", "partial", "update", "template", "new", "too_short"}
    assert {v.headline.verdict for v in verdicts} >= {"repeated", "changed", "rubric", "missing"}
    assert {v.credit.agency for v in verdicts if v.credit} == {"spa", "reuters", "mena"}


def test_no_verdict_depends_on_spelling() -> None:
    """Promise 4: harakat, tatweel, hamza seats, maqsura, teh marbuta and the digits' script carry no news."""
    dedup = index()
    asked = questions()
    expected = [meaning(look(dedup, question)) for question in asked]
    differing: Counter[str] = Counter()
    for number in range(SPELLINGS):
        rng = random.Random(number)
        at = number % len(asked)
        spelled = replace(asked[at], title=respell(asked[at].title, rng), body=respell(asked[at].body, rng))
        if meaning(look(dedup, spelled)) != expected[at]:
            differing[f"{asked[at].id}: {spelled.title} | {spelled.body[:120]}"] += 1
    assert differing.most_common(3) == []


def test_shared_passages_of_a_spelling_are_the_same_words() -> None:
    """Offsets point into the text as it was sent."""
    dedup = index()
    for number, question in enumerate(questions()):
        rng = random.Random(number)
        spelled = replace(question, body=respell(question.body, rng))
        plain = [normalise(question.body[p.new[0] : p.new[1]]).words for p in look(dedup, question).body.passages]
        assert [normalise(spelled.body[p.new[0] : p.new[1]]).words for p in look(dedup, spelled).body.passages] == plain


@given(st.lists(st.tuples(news_text, news_text | st.integers(0, 3).map(unrelated_text)), min_size=1, max_size=4))
def test_adding_the_same_articles_twice_is_adding_them_once(texts: list[tuple[str, str]]) -> None:
    """In one batch or later; articles that cannot be judged are refused both times."""
    articles = [
        Article(id=str(n), title=title, body=body.encode("utf-8", "replace").decode()) for n, (title, body) in enumerate(texts)
    ]
    dedup, once = make(), make()
    both = dedup.check(articles + articles, now_s=NOW)
    later = dedup.check(articles, now_s=NOW + 60)
    expected = once.check(articles, now_s=NOW)
    replayed = [replace(a, replayed=True) if isinstance(a, Verdict) else repr(a) for a in expected]
    half = len(articles)
    assert [a if isinstance(a, Verdict) else repr(a) for a in both[:half]] == [
        a if isinstance(a, Verdict) else repr(a) for a in expected
    ]
    assert [a if isinstance(a, Verdict) else repr(a) for a in both[half:]] == replayed
    assert [a if isinstance(a, Verdict) else repr(a) for a in later] == replayed
    assert dedup.store.decisions(limit=0) == once.store.decisions(limit=0)
    assert dedup.store.size() == once.store.size() == sum(isinstance(a, Verdict) for a in expected)


@given(st.integers(0, KINDS - 1), st.integers(0, 5), st.integers(0, KINDS - 1), st.integers(0, 5))
def test_the_scores_of_a_pair_swap_with_its_sides(kind: int, fill: int, other_kind: int, other_fill: int) -> None:
    dedup = make()
    left, right = (Article(id=str(k * 10 + f), body=news(k, f)[1]) for k, f in ((kind, fill), (other_kind, other_fill)))
    there, back = dedup.compare(left, right).body, dedup.compare(right, left).body
    if there.match and back.match:
        assert there.jaccard == back.jaccard
        assert (there.containment_of_new, there.containment_of_old) == (back.containment_of_old, back.containment_of_new)
