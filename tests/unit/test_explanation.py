"""Why a pair got its verdict: the sum, what stood when it arrived, and what would have had to differ."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dedup import Article, Deduplicator, Settings
from dedup.errors import ArticleError, UnknownArticleError
from dedup.explanation import _RANGES, Explanation, GapCount, Otherwise, Term, otherwise
from dedup.model import CopyModel
from dedup.records import Similarity
from dedup.settings import DAY_S
from dedup.store.memory import MemoryStore
from tests.strategies_text import unrelated_text
from tests.unit.test_deduplicator import BRIDGE, LIBRARY, NOW, OLIVES, article, check, make

MAY = datetime(2024, 5, 12, 8, tzinfo=UTC)
MODEL = CopyModel(-2.0, (("shared_of_shorter", 4.0), ("passage_frequency", -1.0)))


def sure(score: float) -> float:
    """The log-odds of a probability."""
    return math.log(score / (1 - score))


def test_the_terms_add_up_to_the_score() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", f"{BRIDGE} {LIBRARY} {OLIVES}"))
    explanation = dedup.explain("a", "b")
    assert explanation.verdict.body.verdict == "partial"
    assert [term.name for term in explanation.terms] == [name for name, _ in dedup.settings.model.weights]
    for term in explanation.terms:
        assert term.contribution == term.value * term.weight
    assert explanation.score == explanation.model_score
    assert explanation.score is not None
    assert explanation.score == pytest.approx(1 / (1 + math.exp(-explanation.log_odds)), abs=1e-4)
    assert (explanation.earlier_words, explanation.later_words) == (
        len(BRIDGE.split()),
        len(f"{BRIDGE} {LIBRARY} {OLIVES}".split()),
    )


def test_the_explanation_is_that_of_the_recorded_verdict_however_much_arrived_since() -> None:
    """Ten later articles with the same sentence make it common; the verdict recorded before explains itself as before."""
    sentence = BRIDGE[: BRIDGE.index("وقال")]
    texts = [unrelated_text(seed, 60) for seed in range(14)]
    dedup = make()
    recorded = check(dedup, article("a", f"{sentence} {texts[0]}"), article("b", f"{texts[1]} {sentence}"))[1]
    before = dedup.explain("a", "b")
    for n in range(10):
        check(dedup, article(f"later{n}", f"{texts[n + 2]} {sentence} {texts[n + 3]}", source="s"))
    after = dedup.explain("a", "b")
    assert after == before
    assert after.recorded == recorded
    assert after.frequencies == "arrival"
    again = dedup.explain("a", "later9")
    assert after.comparison is not None
    assert again.comparison is not None
    assert after.comparison.similarity.passage_frequency == 1.0  # log2(1 + 1): only `a` had it then
    assert again.comparison.similarity.passage_frequency > 3.0  # log2(1 + 9 at least) by then


def test_the_pair_is_put_into_the_order_of_arrival() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", BRIDGE))
    for explanation in (dedup.explain("a", "b"), dedup.explain("b", "a")):
        assert (explanation.earlier.article.id, explanation.later.article.id) == ("a", "b")
        assert (explanation.verdict.body.verdict, explanation.score, explanation.ruled) == ("repeat", 1.0, True)
        assert explanation.otherwise == ()  # the words decided, not the model


def test_an_article_is_held_against_the_version_it_met() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", f"{BRIDGE} {OLIVES}"), article("a", f"{LIBRARY} {BRIDGE}"))
    met = dedup.explain("a", "b")
    assert (met.earlier.seq, met.later.seq, met.earlier.article.body) == (1, 2, BRIDGE)
    since = dedup.explain("b", "a")
    assert (since.earlier.seq, since.later.seq, since.later.article.body) == (2, 3, f"{LIBRARY} {BRIDGE}")
    assert since.verdict.version == 2


def test_one_item_is_not_explained_by_itself() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, source="s", url="https://example.com/1"))
    check(dedup, article("other", f"{BRIDGE} {OLIVES}", source="s", url="https://example.com/1"))
    for b, reason in (("a", "both 'a'; name two articles"), ("other", "versions of one item")):
        with pytest.raises(ArticleError, match=reason):
            dedup.explain("a", b)


@pytest.mark.parametrize("missing", ["no such", "\udc80"])
def test_an_unknown_id_is_named(missing: str) -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE))
    for a, b in (("a", missing), (missing, "a")):
        with pytest.raises(UnknownArticleError):
            dedup.explain(a, b)


# ── why it was not compared ─────────────────────────────────────────────────────────────────────────────────────────


def standing(dedup: Deduplicator, a: str = "a", b: str = "b") -> str:
    found = dedup.explain(a, b).standing
    assert found is not None
    return found.reason


def test_a_candidate_was_compared() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", f"{BRIDGE} {OLIVES}"))
    found = dedup.explain("a", "b").standing
    assert found is not None
    assert (found.reason, found.rank) == ("compared", 1)
    assert found.shared_keys > 0


def test_unrelated_articles_share_no_passage() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE), article("b", OLIVES))
    explanation = dedup.explain("a", "b")
    assert (standing(dedup), explanation.verdict.body.verdict) == ("no_shared_passage", "new")
    assert explanation.gaps == ()
    assert explanation.score is not None
    assert explanation.score < 0.5


@pytest.mark.parametrize(("a", "b"), [(BRIDGE, "افتتحت بلدية وادي النخيل جسرا"), ("افتتحت بلدية وادي النخيل جسرا", BRIDGE)])
def test_a_short_text_is_not_compared(a: str, b: str) -> None:
    dedup = make()
    check(dedup, article("a", a), article("b", b))
    explanation = dedup.explain("a", "b")
    assert standing(dedup) == "too_short"
    assert (explanation.score, explanation.terms, explanation.otherwise) == (None, (), ())


def test_articles_published_too_far_apart_are_not_compared() -> None:
    dedup = make()
    check(dedup, article("a", BRIDGE, published=MAY), article("b", BRIDGE, published=MAY + timedelta(days=31)))
    explanation = dedup.explain("a", "b")
    assert standing(dedup) == "outside_window"
    assert explanation.verdict.body.verdict == "repeat"  # what it would have been
    assert explanation.recorded is not None
    assert explanation.recorded.body.verdict == "new"


def test_what_is_past_the_retention_is_not_compared() -> None:
    dedup = make(retention_s=10 * DAY_S, generation_s=10 * DAY_S)
    check(dedup, article("a", BRIDGE))
    check(dedup, article("b", BRIDGE), now_s=NOW + 10 * DAY_S + 1)
    assert standing(dedup) == "past_retention"


#: Long enough to share a passage key (4 + 8 - 1 words), short enough to share only a few.
SENTENCE = "افتتحت بلدية وادي النخيل صباح اليوم جسرا للمشاة يربط الحي بالسوق القديم"


def with_sentence(seed: int) -> str:
    return f"{unrelated_text(seed, 60)} {SENTENCE} {unrelated_text(seed + 500, 60)}"


def test_full_lists_keep_an_article_out() -> None:
    """One source may stand twice under a key: its third article with the sentence is not found by it."""
    dedup = make(source_cap=2)
    check(dedup, *(article(f"a{n}", with_sentence(n), source="s") for n in range(3)), article("b", with_sentence(9)))
    assert [standing(dedup, f"a{n}") for n in range(3)] == ["compared", "compared", "list_full"]


def test_closer_articles_keep_an_article_out() -> None:
    dedup = make(max_candidates=1)
    check(dedup, article("a0", with_sentence(0)), article("a1", f"{SENTENCE} {LIBRARY}"), article("b", f"{LIBRARY} {SENTENCE}"))
    found = dedup.explain("a0", "b").standing
    assert (standing(dedup, "a1"), found and (found.reason, found.rank)) == ("compared", ("others_closer", 2))


def test_wording_that_many_have_makes_no_candidate() -> None:
    dedup = make()
    many = [article(f"a{n}", with_sentence(n), source=str(n)) for n in range(40)]
    check(dedup, *many, article("b", with_sentence(99)))
    found = dedup.explain("a0", "b").standing
    assert found is not None
    assert (found.reason, found.rank) == ("shared_too_common", 0)
    assert found.shared_keys > 0


def test_frequencies_that_were_swept_since_are_not_passed_off_as_those_of_arrival() -> None:
    dedup = make(retention_s=10 * DAY_S, generation_s=5 * DAY_S)
    start = 1_000 * 5 * DAY_S
    check(dedup, article("old", BRIDGE), now_s=start)
    check(dedup, article("a", f"{BRIDGE} {OLIVES}"), now_s=start + 6 * DAY_S)
    check(dedup, article("b", f"{BRIDGE} {LIBRARY}"), now_s=start + 7 * DAY_S)
    assert dedup.explain("a", "b").frequencies == "arrival"
    dedup.store.sweep(now_s=start + 16 * DAY_S)
    assert dedup.explain("a", "b").frequencies == "partly"


# ── two texts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def texts(old: str, new: str, **fields: Any) -> Explanation:
    return make().explain_texts(Article("old", body=old, **fields), Article("new", body=new, **fields))


@pytest.mark.parametrize("new", [BRIDGE, f"{BRIDGE} {LIBRARY}", OLIVES, "جسر"])
def test_two_texts_are_explained_as_they_are_compared(new: str) -> None:
    old, later = article("old", BRIDGE), article("new", new)
    explanation = make().explain_texts(old, later)
    assert explanation.verdict == make().compare(old, later)
    assert (explanation.standing, explanation.recorded, explanation.frequencies) == (None, None, "none")


def test_gaps_are_counted_by_kind() -> None:
    sentences = [s.strip() + "." for s in BRIDGE.split(".") if s.strip()]
    cut = texts(BRIDGE, " ".join((sentences[0], sentences[2])))
    assert cut.gaps == (GapCount("cut", 1, len(sentences[1].split())),)
    added = texts(BRIDGE, f"{sentences[0]} وصفق له الحاضرون طويلا. {sentences[1]} {sentences[2]}")
    assert added.gaps == (GapCount("added", 1, 4),)
    replaced = texts(BRIDGE, BRIDGE.replace("سليم الحداد", "منصور بن سالم العتيبي"))
    assert replaced.gaps == (GapCount("replaced", 1, 4),)
    moved = texts(BRIDGE, " ".join((sentences[2], sentences[0], sentences[1])))
    assert [gap.kind for gap in moved.gaps] == ["cut", "moved"]
    assert texts(BRIDGE, OLIVES).gaps == ()


# ── what would have had to differ ───────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_change_that_crosses_the_threshold() -> None:
    """-2 + 4 * .25 - 1 * .5 = -1.5: .625 of the shorter text would do; no frequency would, it only lowers the score."""
    terms = (Term("shared_of_shorter", 0.25, 4.0, 1.0), Term("passage_frequency", 0.5, -1.0, -0.5))
    assert otherwise(MODEL, terms) == (Otherwise("shared_of_shorter", 0.25, 0.625),)


def test_the_easier_change_comes_first() -> None:
    """-2 + 4 * 1 - 1 * 1 = 1: 1 more of 6.5 frequency is easier than a quarter less of the text."""
    terms = (Term("shared_of_shorter", 1.0, 4.0, 4.0), Term("passage_frequency", 1.0, -1.0, -1.0))
    assert otherwise(MODEL, terms) == (Otherwise("passage_frequency", 1.0, 2.0), Otherwise("shared_of_shorter", 1.0, 0.75))


def test_counts_are_whole_and_a_weight_of_0_changes_nothing() -> None:
    model = CopyModel(1.0, (("slots", -0.4), ("standing_share", 0.0)))
    terms = (Term("slots", 1, -0.4, -0.4), Term("standing_share", 0.5, 0.0, 0.0))
    assert otherwise(model, terms) == (Otherwise("slots", 1, 3),)  # 1 - .4 * 2.5 = 0: three slots, not two


def test_a_change_out_of_range_is_none() -> None:
    terms = (Term("shared_of_shorter", 0.25, 1.0, 0.25), Term("passage_frequency", 6.0, -1.0, -6.0))
    assert otherwise(replace(MODEL, intercept=-9.0), terms) == ()


@pytest.mark.parametrize("new", [f"{BRIDGE[:150]} {LIBRARY}", f"{BRIDGE} {LIBRARY}", f"{OLIVES} {BRIDGE[:60]}", OLIVES])
def test_the_change_named_does_change_the_answer(new: str) -> None:
    explanation = texts(BRIDGE, new)
    for other in explanation.otherwise:
        without = explanation.log_odds - next(t.contribution for t in explanation.terms if t.name == other.name)
        then = without + dict(explanation.model.weights)[other.name] * other.needed
        assert abs(then) < 1e-6 or (then > 0) != (explanation.log_odds > 0)  # on the threshold, or beyond it for whole numbers


def test_every_feature_of_the_model_keeps_to_its_range() -> None:
    """A field of Similarity that is no ratio must be listed in explanation._RANGES."""
    assert set(_RANGES) <= {field.name for field in fields(Similarity)}, "explanation._RANGES names a field that is gone"
    for new in (BRIDGE, LIBRARY, f"{BRIDGE} {LIBRARY}", BRIDGE.replace("ثلاثة", "تسعة")):
        for term in texts(BRIDGE, new).terms:
            low, high = _RANGES.get(term.name, (0.0, 1.0))
            assert low <= term.value <= high, f"{term.name} = {term.value}: give its range in explanation._RANGES"


#: A bulletin, and the same frame with the figures of another day.
PRICES = (
    "أسعار الخضار في السوق المركزي: بلغ سعر كيلو الطماطم 12 قرشا والخيار 15 قرشا والبطاطا 22 قرشا والبصل 31 قرشا "
    "والثوم 75 قرشا والجزر 18 قرشا والكوسا 27 قرشا والباذنجان 24 قرشا بحسب نشرة إدارة السوق."
)
NEXT_DAY = PRICES.translate(str.maketrans("1234578", "2345681"))


def test_a_rule_that_overrules_the_model_is_told() -> None:
    explanation = texts(PRICES, NEXT_DAY)
    assert explanation.verdict.body.rule == "same_frame_other_figures"
    assert (explanation.ruled, explanation.score, explanation.otherwise) == (True, 0.4, ())
    assert explanation.model_score is not None
    assert explanation.model_score > 0.5


def test_a_rule_holds_even_where_the_model_agrees() -> None:
    """No change of a feature would help against the rule, so that none is named."""
    explanation = make(model=CopyModel(-40.0, Settings().model.weights)).explain_texts(
        article("old", PRICES), article("new", NEXT_DAY)
    )
    assert explanation.score == explanation.model_score
    assert (explanation.ruled, explanation.otherwise) == (True, ())


def test_settings_choose_the_model() -> None:
    never = CopyModel(-30.0, Settings().model.weights)
    settings = Settings(model=never)
    dedup = Deduplicator(MemoryStore(settings), settings)
    assert dedup.explain_texts(article("old", BRIDGE), article("new", f"{BRIDGE} {LIBRARY}")).model == never
