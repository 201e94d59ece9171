"""Stage 7b: two headlines -> do they say the same? And all comparisons of a headline -> its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz

from dedup import arabic
from dedup.arabic import has_digit, stem
from dedup.numerals import find_figures
from dedup.records import Change, Fingerprint, HeadlineCandidate, HeadlineComparison, HeadlineVerdict, match_of

_NEAR_OVERLAP = 0.6  # shared word stems / all word stems of both; measured on labelled headline pairs
_SAME_WORD = 75.0  # RapidFuzz ratio from which two words that begin alike count as one
_RUBRIC_RECURRENCES = 2  # earlier unrelated bodies under a headline that make it a section title
_MAX_ENDING = 3  # letters that inflection may add behind a word


def compare_headlines(new: Sequence[str], old: Sequence[str]) -> HeadlineComparison:
    """Compare two headlines given as normalised words.

    `repeated`: the same words. Otherwise their stems (words without article and one-letter conjunctions and
    prepositions) must overlap by `_NEAR_OVERLAP`; then a number, a negation, a direction or a word that stands on one side
    only against another one makes it `changed`, else it is `near`.
    """
    new, new_figures = _by_value(new)
    old, old_figures = _by_value(old)
    if new == old:
        return HeadlineComparison("repeated", 1.0, ())
    left, right = Counter(map(stem, new)), Counter(map(stem, old))
    shared = (left & right).total()
    union = (left | right).total()
    score = round(shared / union, 4) if union else 0.0
    only_new, only_old = list((left - right).elements()), list((right - left).elements())
    for word in list(only_new):  # inflections of one word are no difference
        twin = next((w for w in only_old if _inflected(word, w)), None)
        if twin is not None:
            only_new.remove(word)
            only_old.remove(twin)
            shared += 1
            union -= 1
    if not union or shared / union < _NEAR_OVERLAP:
        return HeadlineComparison("new", score, ())
    changed = _changes(only_new, only_old, new_figures, old_figures)
    return HeadlineComparison("changed" if changed else "near", score, changed)


def _inflected(left: str, right: str) -> bool:
    """Whether two words are one word with other endings, or one verb for other persons (يفوز / تفوز)."""
    if has_digit(left) or has_digit(right):
        return False
    if left[0] in arabic.VERB_PREFIXES and right[0] in arabic.VERB_PREFIXES:
        left, right = left[1:], right[1:]
    if left[:1] == right[:1] and fuzz.ratio(left, right) >= _SAME_WORD:  # broken plurals, spellings of one name
        return True
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter) and len(longer) - len(shorter) <= _MAX_ENDING


def _by_value(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words with every figure as its value, so that «ثلاثة» and 3 are one; and how each value was written."""
    out = list(words)
    written = {}
    for figure in reversed(find_figures(words)):
        written[figure.value] = " ".join(words[figure.start : figure.end])
        out[figure.start : figure.end] = [figure.value]
    return tuple(out), written


def _may_name(word: str) -> bool:
    """Whether a word may carry a fact of its own."""
    return len(word) > 2 and not has_digit(word) and word not in arabic.NEGATIONS and word not in arabic.FUNCTION_WORDS


def _changes(
    only_new: list[str], only_old: list[str], new_figures: dict[str, str], old_figures: dict[str, str]
) -> tuple[Change, ...]:
    changes: list[Change] = []
    numbers = [
        [figures.get(w, w) for w in side if has_digit(w)] for side, figures in ((only_old, old_figures), (only_new, new_figures))
    ]
    if any(numbers):
        changes.append(Change("number", " ".join(numbers[0]), " ".join(numbers[1])))
    negations = [[w for w in side if w in arabic.NEGATIONS] for side in (only_old, only_new)]
    if len(negations[0]) != len(negations[1]):
        changes.append(Change("negation", " ".join(negations[0]), " ".join(negations[1])))
    for word in only_new:
        opposite = next((w for w in only_old if arabic.are_opposite(word, w)), None)
        if opposite is not None:
            changes.append(Change("direction", opposite, word))
    rest = [[w for w in side if _may_name(w)] for side in (only_old, only_new)]
    if not changes and rest[0] and rest[1]:
        changes.append(Change("word", " ".join(rest[0]), " ".join(rest[1])))
    return tuple(changes)


def decide_headline(new: Fingerprint, candidates: Sequence[HeadlineCandidate]) -> HeadlineVerdict:
    """The headline verdict from all earlier articles whose headlines share keys with the new one."""
    if not new.segments.headline.words:
        return HeadlineVerdict("missing", "no_headline")
    order = {"repeated": 0, "near": 1, "changed": 2}
    alike = sorted(
        (c for c in candidates if c.comparison.likeness != "new"),
        key=lambda c: (order[c.comparison.likeness], c.bodies != "related", -c.comparison.score, c.stored.seq),
    )
    if not alike:
        return HeadlineVerdict("new", "no_like_headline")
    best = alike[0]
    same = [c.bodies for c in alike if c.comparison.likeness == "repeated"]
    if same.count("unrelated") >= max(_RUBRIC_RECURRENCES, same.count("related") + 1):
        return HeadlineVerdict("rubric", "recurs_over_unrelated_bodies", 1.0, match_of(best.stored.article))
    rules = {"repeated": "same_words", "near": "small_differences", "changed": "changed_fact"}
    likeness = best.comparison.likeness
    assert likeness != "new"
    return HeadlineVerdict(
        likeness, rules[likeness], best.comparison.score, match_of(best.stored.article), best.comparison.changed
    )
