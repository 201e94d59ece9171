"""Stage 7b: two headlines -> do they say the same? And all comparisons of a headline -> its verdict.

Words are set side by side from the surest likeness to the least: the same spelling, the same place, a common stem, words that
news uses for one another, a common root. What then stands alone on either side decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Literal

from dedup import wording
from dedup.morphology import is_finite_verb
from dedup.names import readings
from dedup.records import Change, Fingerprint, HeadlineCandidate, HeadlineComparison, HeadlineVerdict, match_of
from dedup.terms import WAYS, Term, Terms, directions, opposite_directions, role, take_apart

_NEAR_SHARE = 0.7  # pairs of words that carry a fact / (the same + such words alone); measured on labelled headline pairs
_CHANGED_SHARE = 0.55  # pairs / (pairs + words alone), all content words: a changed fact is told from another headline
_RUBRIC_RECURRENCES = 2  # earlier unrelated bodies under a headline that make it a section title
_ONE_EVENT = timedelta(days=2)  # so long outlets publish the same news
_ECHOES = (WAYS.index("same"), WAYS.index("stem"))

_Pairs = dict[int, int]  # index of a new content word -> index of the old one


def compare_headlines(new: Sequence[str], old: Sequence[str]) -> HeadlineComparison:
    """Compare two headlines given as normalised words.

    `repeated`: the same words, figures by value and foreign names in any spelling. Otherwise words must find their like, all by
    `_CHANGED_SHARE`, those that carry a fact by `_NEAR_SHARE` for `near`; and it is `changed` where a figure, date, name,
    negation, direction or word on one side stands against another on the other side. A word added or left out on one side
    alone is no change, unless it denies, takes back, asks, or tells an intention.
    """
    left, right = take_apart(tuple(new)), take_apart(tuple(old))
    if left.words == right.words:
        return HeadlineComparison("repeated", 1.0, ())
    pairs = _pair(left, right)
    only_new = _alone(left, right, pairs.keys())
    only_old = _alone(right, left, pairs.values())
    alone = sum(not term.light for term in (*only_new, *only_old))
    shared = sum(not (left.content[i].light and right.content[j].light) for i, j in pairs.items())
    share = shared / (shared + alone) if shared else 0.0
    everything = len(pairs) + len(only_new) + len(only_old)
    score = round(len(pairs) / everything, 4) if everything else 0.0
    if score < _CHANGED_SHARE:
        return HeadlineComparison("new", score, ())
    changed = _changes(left, right, pairs, only_new, only_old)
    if changed:
        return HeadlineComparison("changed", score, changed)
    return HeadlineComparison("near" if share >= _NEAR_SHARE else "new", score, ())


def _pair(left: Terms, right: Terms) -> _Pairs:
    """Each content word with at most one of the other side, the surest way first, in reading order."""
    pairs: _Pairs = {}
    taken: set[int] = set()
    for way, index in enumerate(right.index):
        common = left.keys[way] & right.keys[way]
        if not common:
            continue
        for i, term in enumerate(left.content):
            if i in pairs or term.keys[way].isdisjoint(common):
                continue
            candidates = {j for key in term.keys[way] & common for j in index[key] if j not in taken}
            found = next((j for j in sorted(candidates) if term.may_be(right.content[j])), None)
            if found is not None:
                pairs[i] = found
                taken.add(found)
    return pairs


def _alone(side: Terms, other: Terms, paired: Iterable[int]) -> list[Term]:
    """Content words without a pair, less those that only say again what a word of the other side says."""
    skip = set(paired)

    def echoed(term: Term) -> bool:
        return not term.figure and any(
            term.may_be(other.content[j]) for way in _ECHOES for key in term.keys[way] for j in other.index[way].get(key, ())
        )

    return [term for i, term in enumerate(side.content) if i not in skip and not echoed(term)]


def _changes(left: Terms, right: Terms, pairs: _Pairs, only_new: list[Term], only_old: list[Term]) -> tuple[Change, ...]:
    """What differs in fact, old -> new."""
    changes: list[Change] = []
    kinds: tuple[tuple[Literal["number", "date"], Callable[[Term], bool]], ...] = (("number", _is_number), ("date", _is_date))
    for kind, of_kind in kinds:
        olds, news = [t for t in only_old if of_kind(t)], [t for t in only_new if of_kind(t)]
        if olds and news:
            changes.append(Change(kind, _text(olds), _text(news)))
    against = [(old, new) for new in only_new for old in only_old if new.opposes(old)]
    denied = _negation(left, right, only_new, only_old, against)
    if denied:
        changes.append(denied)
    settled: set[int] = set()
    for old, new in against:
        if old.at not in settled:
            settled.add(old.at)
            changes.append(Change("direction", old.written, new.written))
    for old_words, new_words in ((right.stages, left.stages), (right.questions, left.questions)):
        if bool(old_words) != bool(new_words):
            changes.append(Change("word", " ".join(old_words), " ".join(new_words)))
    turned = None if against else _turned(left, right, pairs)
    if turned:
        changes.append(turned)
    dated = any(change.kind == "date" for change in changes)
    facts_new, facts_old = (
        [term for term in side if not term.light and not (dated and _is_date(term))] for side in (only_new, only_old)
    )
    if any(t.name for t in facts_new) and any(t.name for t in facts_old):
        changes.append(Change("name", _text(_names(facts_old)), _text(_names(facts_new))))
    elif facts_new and facts_old and not changes:
        changes.append(Change("word", _text(facts_old), _text(facts_new)))
    return tuple(changes)


def _is_date(term: Term) -> bool:
    return term.text.startswith("day ") or any(bare in wording.MONTHS for _, bare in readings(term.text))


def _is_number(term: Term) -> bool:
    return term.figure and not _is_date(term)


def _text(terms: Iterable[Term]) -> str:
    return " ".join(term.written for term in terms)


def _names(facts: Sequence[Term]) -> list[Term]:
    """The names and what stands next to them: of «محمد العتيبي» the family name, too."""
    places = {term.at for term in facts if term.name}
    for step in (1, -1):
        for term in facts[::step]:
            if term.at - step in places and not is_finite_verb(term.text):
                places.add(term.at)
    return [term for term in facts if term.at in places]


def _negation(
    left: Terms, right: Terms, only_new: Sequence[Term], only_old: Sequence[Term], against: Sequence[tuple[Term, Term]]
) -> Change | None:
    """One side denies or takes back what the other says; a word of opposite direction is told as that."""
    told = {id(term) for pair in against for term in pair}
    new = [*left.negations, *(t.written for t in only_new if t.denial or (t.reverser and id(t) not in told))]
    old = [*right.negations, *(t.written for t in only_old if t.denial or (t.reverser and id(t) not in told))]
    if len(new) == len(old):
        return None
    common = Counter(new) & Counter(old)
    return Change("negation", " ".join((Counter(old) - common).elements()), " ".join((Counter(new) - common).elements()))


def _turned(left: Terms, right: Terms, pairs: _Pairs) -> Change | None:
    """The same words about each other: what rose falls, who gave receives, who acted suffers."""
    rises_new, rises_old = directions(left), directions(right)
    for i, new in rises_new.items():
        old = rises_old.get(pairs.get(i, -1))
        if old is not None and opposite_directions(new, old):
            return Change("direction", old.written, new.written)
    names = [i for i in pairs if left.content[i].name and right.content[pairs[i]].name]
    for i, k in combinations(sorted(names), 2):
        here, there = (role(left, i), role(left, k)), (role(right, pairs[i]), role(right, pairs[k]))
        if _exchanged(here, there) or _exchanged(_nouns(here), _nouns(there)):
            return _order(left, right, pairs, i, k)
        if (
            here == there == ("", "")
            and pairs[i] > pairs[k]
            and _two_states(left, i, k)
            and _two_states(right, pairs[k], pairs[i])
        ):
            return _order(left, right, pairs, i, k)
    for i, j in pairs.items():
        verb, same = left.content[i].text, right.content[j].text
        if is_finite_verb(verb) and is_finite_verb(same) and verb[1:] == same[1:]:
            before, behind = pairs.get(i - 1), pairs.get(i + 1)
            if before == j + 1 and behind == j - 1:
                return _order(left, right, pairs, i - 1, i + 1)
    return None


def _two_states(side: Terms, first: int, second: int) -> bool:
    """Whether two names are places that stand for themselves, not one beside the other («كوبا وفنلندا»)."""
    names = side.content[first], side.content[second]
    return all(term.place for term in names) and not names[1].text.startswith("و")


def _exchanged(here: tuple[str, str], there: tuple[str, str]) -> bool:
    """Whether two names have each other's roles."""
    return here[0] != here[1] and here == there[::-1]


def _nouns(roles: tuple[str, str]) -> tuple[str, str]:
    """The roles with adjectives read as names: «قطن سوداني» is of Sudan, «قطن السودان» too."""
    first, second = ("" if role == "of" else role for role in roles)
    return first, second


def _order(left: Terms, right: Terms, pairs: _Pairs, i: int, k: int) -> Change:
    """Two words in the order they stand in on either side."""
    new = (left.content[i], left.content[k])
    old = sorted((right.content[pairs[i]], right.content[pairs[k]]), key=lambda term: term.at)
    return Change("direction", _text(old), _text(sorted(new, key=lambda term: term.at)))


def decide_headline(new: Fingerprint, candidates: Sequence[HeadlineCandidate]) -> HeadlineVerdict:
    """The headline verdict from all earlier articles whose headlines share keys with the new one.

    A rubric recurs over unrelated bodies, in one outlet or on other days; one piece of news under one headline comes from several
    outlets at a time, each with a text of its own. A sentence over the text that it stood over before is no rubric.
    """
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
    same = [c for c in alike if c.comparison.likeness == "repeated"]
    related = sum(c.bodies == "related" for c in same)
    says_something = any(is_finite_verb(word) for word in new.segments.headline.words)
    if _recurrences(new, same) >= max(_RUBRIC_RECURRENCES, related + 1) and not (related and says_something):
        return HeadlineVerdict("rubric", "recurs_over_unrelated_bodies", 1.0, match_of(best.stored.article))
    rules = {"repeated": "same_words", "near": "small_differences", "changed": "changed_fact"}
    likeness = best.comparison.likeness
    assert likeness != "new"
    return HeadlineVerdict(
        likeness, rules[likeness], best.comparison.score, match_of(best.stored.article), best.comparison.changed
    )


def _recurrences(new: Fingerprint, same: Sequence[HeadlineCandidate]) -> int:
    """How many unrelated bodies speak for a rubric: the most that one outlet has, or those published on other days."""
    unrelated = [c.stored.article for c in same if c.bodies == "unrelated"]
    of_one_outlet = max(Counter(article.source for article in unrelated).values(), default=0)
    mine = new.article.published
    other_days = sum(
        mine is not None and other.published is not None and abs(mine - other.published) > _ONE_EVENT for other in unrelated
    )
    return max(of_one_outlet, other_days)
