"""An explanation in words, in Arabic or English: what was decided, by which rule, on what evidence, and what else it would take.

The API answers with `explanation_line`, the commands print `lines`, the pages show `sentences`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dedup.explanation import Explanation, GapCount, Otherwise, Term
from dedup.records import Article, Change, Passage, Stored, Verdict
from dedup.settings import DAY_S, Settings
from dedup.verify import COPY_SCORE
from service.reasons import (
    BODY_RULES,
    FREQUENCIES,
    GAPS,
    HEADINGS,
    HEADLINE_RULES,
    OTHERWISE,
    SENTENCES,
    STANDING,
    VERDICT,
    About,
    Unit,
    counted,
    feature,
)
from service.words import BODY, CHANGE, HEADLINE, RELATION, Language

_EXCERPT = 70  # characters shown of each end of a long passage
_PASSAGES = 5  # shown by the commands


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and what it is about."""

    about: About
    text: str


def sentences(explanation: Explanation, settings: Settings, language: Language) -> list[Sentence]:
    """The whole explanation, in reading order."""
    e, body, headline = explanation, explanation.verdict.body, explanation.verdict.headline
    say = SENTENCES[language]
    said = [Sentence("verdict", VERDICT[language][f"partial {body.relation}" if body.verdict == "partial" else body.verdict])]
    if e.score is None:
        said += [Sentence("rule", text) for text in _too_short(e, settings, language)]
    else:
        said.append(Sentence("rule", BODY_RULES[language].get(body.rule, body.rule)))
        said += [Sentence("passages", text) for text in _shared(e, language)]
        if e.gaps:
            comma = "، و" if language == "ar" else ", "
            said.append(Sentence("gaps", say["gaps"].format(gaps=comma.join(_gap(gap, language) for gap in e.gaps))))
        said += [Sentence("model", text) for text in _model(e, language)]
        said += [Sentence("changed", text) for text in _changes(body.changed, language)]
        said += [Sentence("otherwise", text) for text in _otherwise(e, language)]
    if e.verdict.credit:
        said.append(Sentence("credit", say[e.verdict.credit.kind].format(text=e.verdict.credit.text)))
    if e.verdict.uncredited:
        said.append(Sentence("credit", say["uncredited"].format(agency=e.verdict.uncredited.agency)))
    said.append(Sentence("headline", HEADLINE_RULES[language].get(headline.rule, headline.rule)))
    said += [Sentence("headline", text) for text in _changes(headline.changed, language)]
    conclusion = ("" if e.verdict.duplicate else "no_") + "duplicate" + ("_repeated" if e.verdict.repeated_headline else "")
    said.append(Sentence("conclusion", say[conclusion]))
    return said + [Sentence("arrival", text) for text in _arrival(e, settings, language)]


def lines(explanation: Explanation, settings: Settings, language: Language) -> Iterator[str]:
    """What the commands print; a line that does not begin with a blank is a heading."""
    e, headings = explanation, HEADINGS[language]
    body, headline = e.verdict.body, e.verdict.headline
    if e.standing:
        yield f"{headings['earlier']}: {named(e.earlier.article, language)}"
        yield f"{headings['later']}: {named(e.later.article, language)}"
    told = sentences(e, settings, language)
    relation = f" ({body.relation if language == 'en' else RELATION[language][body.relation]})" if body.relation else ""
    yield f"{headings['body']}: {_name(body.verdict, BODY, language)}{relation}"
    rest: list[Sentence] = []
    for at, sentence in enumerate(told):
        if sentence.about in ("headline", "conclusion", "arrival"):
            rest = told[at:]
            break
        yield f"  {sentence.text}"
        if sentence.about == "passages" and told[at + 1].about != "passages":
            yield from _excerpts(e, language)
    yield f"{headings['headline']}: {_name(headline.verdict, HEADLINE, language)}"
    for sentence in rest:
        yield sentence.text if sentence.about == "conclusion" else f"  {sentence.text}"


def explanation_line(explanation: Explanation, settings: Settings, language: Language) -> dict[str, Any]:
    """The reply of the API."""
    e = explanation
    return {
        "lang": language,
        "earlier": _side(e.earlier, e.earlier_words),
        "later": _side(e.later, e.later_words),
        "sentences": [{"about": sentence.about, "text": sentence.text} for sentence in sentences(e, settings, language)],
        "verdict": e.verdict.as_dict(),
        "recorded": e.recorded.as_dict() if e.recorded else None,
        "arrival": {
            "compared": e.standing.reason == "compared",
            "reason": e.standing.reason,
            "shared_keys": e.standing.shared_keys,
            "rank": e.standing.rank,
        }
        if e.standing
        else None,
        "passages": [_passage(e, passage) for passage in e.verdict.body.passages],
        "gaps": [{"kind": gap.kind, "places": gap.places, "words": gap.words} for gap in e.gaps],
        "model": None
        if e.score is None
        else {
            "intercept": e.model.intercept,
            "sum": round(e.log_odds, 4),
            "score": e.model_score,
            "threshold": COPY_SCORE,
            "decided": not e.ruled,
        },
        "features": [
            {
                "name": term.name,
                "label": feature(language, term.name).label,
                "note": feature(language, term.name).note,
                "value": round(float(term.value), 4),
                "shown": _shown(term.value, feature(language, term.name).unit, language),
                "weight": term.weight,
                "contribution": round(term.contribution, 4),
            }
            for term in e.terms
        ],
        "overruled_by": {"rule": e.verdict.body.rule, "score": e.score, "text": BODY_RULES[language].get(e.verdict.body.rule, "")}
        if e.ruled
        else None,
        "otherwise": [
            {
                "feature": other.name,
                "value": round(float(other.value), 4),
                "needed": round(float(other.needed), 4),
                "text": _needed(other, e, language),
            }
            for other in e.otherwise
        ],
        "frequencies": e.frequencies,
    }


def _too_short(e: Explanation, settings: Settings, language: Language) -> Iterator[str]:
    least = counted(language, "word", settings.min_body_words)
    for side, words in (("later_short", e.later_words), ("earlier_short", e.earlier_words)):
        if words < settings.min_body_words:
            yield SENTENCES[language][side].format(words=counted(language, "word", words, subject=True), least=least)


def _shared(e: Explanation, language: Language) -> Iterator[str]:
    say, passages = SENTENCES[language], e.verdict.body.passages
    if not passages:
        yield say["no_passage"]
    else:
        key = {1: "one_passage", 2: "two_passages"}.get(len(passages), "passages")
        longest = counted(language, "word", max(passage.words for passage in passages))
        yield say[key].format(passages=counted(language, "passage", len(passages)), longest=longest)
    if e.comparison and e.comparison.similarity.shared_of_shorter:
        yield say["shares"].format(
            of_new=_shown(e.comparison.similarity.shared_of_new, "share", language),
            of_old=_shown(e.comparison.similarity.shared_of_old, "share", language),
        )


def _gap(gap: GapCount, language: Language) -> str:
    places, words = counted(language, "place", gap.places), counted(language, "word", gap.words)
    return GAPS[language][gap.kind].format(places=places, words=words)


def _model(e: Explanation, language: Language) -> Iterator[str]:
    say = SENTENCES[language]
    for side, way in (("for", 1), ("against", -1)):
        terms = sorted((term for term in e.terms if term.contribution * way > 0), key=lambda term: -abs(term.contribution))
        if terms:
            yield say[side].format(terms=_semicolon(language).join(_term(term, language) for term in terms))
    assert e.model_score is not None
    yield say["sum"].format(
        intercept=_signed(e.model.intercept, language),
        sum=_signed(e.log_odds, language),
        score=f"{e.model_score:.2f}",
        threshold=f"{COPY_SCORE:.2f}",
    )
    if e.score != e.model_score:
        yield say["overruled"].format(model=f"{e.model_score:.2f}", score=f"{e.score:.2f}")
    elif e.ruled:
        yield say["ruled"]
    yield FREQUENCIES[language][e.frequencies]


def _term(term: Term, language: Language) -> str:
    words = feature(language, term.name)
    return f"{words.label}: {_shown(term.value, words.unit, language)} ({_signed(term.contribution, language)})"


def _otherwise(e: Explanation, language: Language) -> Iterator[str]:
    for other in e.otherwise:
        yield _needed(other, e, language)
    if not e.otherwise and not e.ruled:
        yield SENTENCES[language]["no_single"]
    if e.verdict.body.verdict in OTHERWISE[language]:
        yield OTHERWISE[language][e.verdict.body.verdict]


def _needed(other: Otherwise, e: Explanation, language: Language) -> str:
    say, words = SENTENCES[language], feature(language, other.name)
    up = other.needed > other.value
    needed = _shown(other.needed, words.unit, language, up=up)
    return say["would_be" if e.log_odds < 0 else "would_not_be"].format(
        label=words.label,
        needed=needed if words.unit == "yes" else say["at_least" if up else "at_most"].format(value=needed),
        value=_shown(other.value, words.unit, language),
    )


def _changes(changes: Iterable[Change], language: Language) -> Iterator[str]:
    """One sentence a kind."""
    say, told = SENTENCES[language], dict[str, list[str]]()
    for change in changes:
        key = "changed" if change.old and change.new else "appeared" if change.new else "vanished"
        told.setdefault(CHANGE[language][change.kind], []).append(say[key].format(old=change.old, new=change.new))
    for kind, all_of_kind in told.items():
        yield say["changes"].format(kind=kind, changes=_semicolon(language).join(all_of_kind))


def _semicolon(language: Language) -> str:
    return "؛ " if language == "ar" else "; "


def _arrival(e: Explanation, settings: Settings, language: Language) -> Iterator[str]:
    if not e.standing:
        return
    say = SENTENCES[language]
    old, new = e.earlier.article.published, e.later.article.published
    apart_s = abs((new - old).total_seconds()) if old and new else 0.0
    yield STANDING[language][e.standing.reason].format(
        retention=_days(settings.retention_s, language),
        window=_days(settings.window_s, language),
        apart=_days(apart_s, language),
        most=counted(language, "article", settings.max_candidates),
    )
    if e.standing.reason not in ("compared", "too_short"):
        yield say["hypothetical"]
    if not e.recorded:
        yield say["not_recorded"]
        return
    yield say["recorded"].format(id=e.later.article.id, **_recorded(e.recorded, language))
    if e.recorded.settings != e.verdict.settings:
        yield say["other_settings"].format(version=e.recorded.settings)


def _name(verdict: str, words: Mapping[Language, Mapping[str, tuple[str, str]]], language: Language) -> str:
    """A verdict as people call it; in English that is its word in the API."""
    return verdict if language == "en" else words[language][verdict][0]


def _recorded(verdict: Verdict, language: Language) -> dict[str, str]:
    told = {}
    for part, name, match in (
        ("body", _name(verdict.body.verdict, BODY, language), verdict.body.match),
        ("headline", _name(verdict.headline.verdict, HEADLINE, language), verdict.headline.match),
    ):
        told[part] = SENTENCES[language]["recorded_of"].format(verdict=name, id=match.id) if match else name
    return told


def _shown(value: float, unit: Unit, language: Language, *, up: bool | None = None) -> str:
    """A value as people read it; `up` says which way a bound is rounded, so that what is shown still suffices."""
    if unit == "share":
        hundredths = 100 * value
        return f"{round(hundredths) if up is None else math.ceil(hundredths) if up else math.floor(hundredths)}%"
    if unit == "yes":
        return SENTENCES[language]["yes" if value else "no"]
    if unit in ("articles", "days"):
        many = 2**value - 1
        count = round(many) if up is None else math.ceil(many) if up else math.floor(many)
        if count == 0:
            return SENTENCES[language]["none"]
        return SENTENCES[language]["about"].format(
            count=count, counted=counted(language, "day" if unit == "days" else "article", count)
        )
    return f"{value:,.0f}" if unit == "count" else f"{value:,.2f}"


def _signed(value: float, language: Language) -> str:
    """A number with its sign; in Arabic the sign is kept before the digits by a mark of direction."""
    mark = "\N{LEFT-TO-RIGHT MARK}" if language == "ar" else ""
    return f"{mark}{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _days(seconds: float, language: Language) -> str:
    days = seconds / DAY_S
    if abs(days - round(days)) < 0.05:
        return counted(language, "day", round(days), subject=True)
    return f"{days:.1f} {'days' if language == 'en' else 'يوماً'}"


def named(article: Article, language: Language) -> str:
    """An article on one line: id, outlet, time, title."""
    published = f", {article.published:%Y-%m-%d %H:%M}" if article.published else ""
    return f"{article.id} ({article.source or HEADINGS[language]['no_source']}{published}) {article.title}".rstrip()


def _side(stored: Stored, words: int) -> dict[str, Any]:
    article = stored.article
    return {
        "id": article.id,
        "source": article.source,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "title": article.title,
        "arrived": datetime.fromtimestamp(stored.arrived_s, UTC).isoformat(),
        "words": words,
    }


def _passage(e: Explanation, passage: Passage) -> dict[str, Any]:
    return {
        "new": list(passage.new),
        "old": list(passage.old),
        "words": passage.words,
        "new_text": excerpt(e.later.article.body, passage.new),
        "old_text": excerpt(e.earlier.article.body, passage.old),
    }


def _excerpts(e: Explanation, language: Language) -> Iterator[str]:
    """The longest passages, with their places in both texts."""
    headings = HEADINGS[language]
    longest: Iterable[Passage] = sorted(e.verdict.body.passages, key=lambda passage: -passage.words)[:_PASSAGES]
    for passage in longest:
        yield f"    {counted(language, 'word', passage.words, subject=True)}"
        yield f"      {headings['earlier']} {passage.old[0]}-{passage.old[1]}  «{excerpt(e.earlier.article.body, passage.old)}»"
        yield f"      {headings['later']} {passage.new[0]}-{passage.new[1]}  «{excerpt(e.later.article.body, passage.new)}»"


def excerpt(text: str, at: tuple[int, int]) -> str:
    """A passage on one line, its middle left out where it is long."""
    passage = " ".join(text[at[0] : at[1]].split())
    if len(passage) <= 2 * _EXCERPT:
        return passage
    return f"{passage[:_EXCERPT].rsplit(' ', 1)[0]} … {passage[-_EXCERPT:].split(' ', 1)[-1]}"
