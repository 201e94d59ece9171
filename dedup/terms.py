"""One headline taken apart for comparison: what each of its words says, may be a form of, and may stand for.

Done once a headline; a new headline meets up to eight earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from dedup import wording
from dedup.arabic import has_digit
from dedup.morphology import forms, is_finite_verb
from dedup.names import given_name, is_name, place_of, readings, variant_key
from dedup.numerals import find_figures

#: How two words may be one, surest first: the same spelling or name; the same place; the same stem; words used for one another;
#: the same root («يعترف», «اعتراف»).
WAYS = ("same", "place", "stem", "synonym", "root")
_STEM, _ROOT = WAYS.index("stem"), WAYS.index("root")
_ADJECTIVE_ENDINGS = ("ي", "يه", "يين", "يون")
_AMERICA = ("الولايات", "المتحده")  # the one country whose usual name is two words without its own name in it


@dataclass(frozen=True, slots=True)
class Term:
    """One content word. A figure is its value, as in `numerals.Figure`."""

    at: int  # its place among the headline's words, function words counted
    text: str  # as compared: figures by value
    written: str  # as it stands in the headline
    figure: bool
    light: bool  # says nothing of its own; left out or added it changes no fact
    reverser: bool  # takes back what it governs; a denial is one
    denial: bool
    name: bool
    given: str  # the given name that it is, or ""
    place: str
    rows: frozenset[int]  # of wording.SYNONYMS
    sides: frozenset[int]  # of wording.OPPOSITE_PAIRS
    keys: tuple[frozenset[str], ...]  # for each of WAYS, what a word that is one with it shares
    family: str  # one word for it and most of its likes: a value, a place, a root of three letters, else the shortest stem

    def opposes(self, other: Term) -> bool:
        """Whether the two stand on opposite sides of one pair."""
        return any(-side in other.sides for side in self.sides)

    def may_be(self, other: Term) -> bool:
        """Whether no fact speaks against the two being one: another place, another person, the opposite."""
        if self.text == other.text:
            return True
        if (self.place and other.place and self.place != other.place) or (
            self.given and other.given and self.given != other.given
        ):
            return False
        return not (self.sides and other.sides and self.opposes(other))


@dataclass(frozen=True)
class Terms:
    """A headline's words by value, its content words in order, and where each key leads."""

    words: tuple[str, ...]  # figures by value, names in their canonical spelling
    content: tuple[Term, ...]
    negations: tuple[str, ...]
    stages: tuple[str, ...]  # words of intention: what follows has not happened
    questions: tuple[str, ...]
    families: tuple[str, ...]  # of each content word; all words where there is none

    @cached_property
    def index(self) -> tuple[Mapping[str, tuple[int, ...]], ...]:
        """For each of WAYS: key -> indices into `content`. Most headlines are never compared."""
        return tuple(_index(self.content, way) for way in range(len(WAYS)))

    @cached_property
    def keys(self) -> tuple[frozenset[str], ...]:
        """Of each index."""
        return tuple(map(frozenset, self.index))


@lru_cache(maxsize=4096)
def take_apart(words: tuple[str, ...]) -> Terms:
    """Take a headline apart, given as normalised words."""
    texts, written = _by_value(words)
    canonical = tuple(variant_key(text) for text in texts)
    content: list[Term] = []
    negations: list[str] = []
    for at, text in enumerate(texts):
        following = texts[at + 1] if at + 1 < len(texts) else ""
        if has_digit(text):
            content.append(_figure(at, text, written[at]))
        elif _is_particle(text, wording.NEGATIONS):
            if _denies(text, following):
                negations.append(text)
        elif not _is_grammar(text, texts[at - 1] if at else ""):
            content.append(_term(at, text, canonical[at]))
    return Terms(
        words=canonical,
        content=tuple(content),
        negations=tuple(negations),
        stages=tuple(term.text for term in content if _listed(term.text, wording.INTENTIONS)),
        questions=tuple(text for text in texts if _is_particle(text, wording.QUESTIONS)),
        families=tuple(term.family for term in content) or canonical,
    )


def _by_value(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words with every figure as its value («ثلاثة» is 3) and the United States as one word; and the same as written."""
    texts, written = list(words), list(words)
    spans = [(figure.start, figure.end, figure.value) for figure in find_figures(words)]
    for at in range(len(words) - 1):
        if words[at + 1] == _AMERICA[1]:
            joined = next((j for j, bare in readings(words[at]) if bare in (_AMERICA[0], _AMERICA[0][2:])), None)
            if joined is not None:
                spans.append((at, at + 2, joined.removesuffix("ال").replace("لل", "ل") + "امريكا"))
    for start, end, value in sorted(spans, reverse=True):
        texts[start:end] = [value]
        written[start:end] = [" ".join(words[start:end])]
    return texts, written


def _denies(word: str, following: str) -> bool:
    """Whether a particle denies here: not in «لا يزال», «لا مركزية», nor as «دون 40 ريالا» (below)."""
    return following not in wording.STILL and not following.startswith("مركزي") and not (word == "دون" and has_digit(following))


def _is_grammar(word: str, before: str) -> bool:
    """Whether a word says nothing here: a function word, a stray letter, the «قبل» of «من قبل» (by)."""
    return len(word) < 2 or _is_particle(word, wording.FUNCTION_WORDS) or (word == "قبل" and before == "من")


def _is_particle(word: str, words: frozenset[str]) -> bool:
    """Whether a list has the word, alone or joined by «و» or «ف»; with an article it would be another («الإمام»)."""
    return word in words or (len(word) > 2 and word[0] in "وف" and word[1:] in words)


def _figure(at: int, text: str, written: str) -> Term:
    nothing: frozenset[str] = frozenset()
    keys = (frozenset((text,)), nothing, nothing, nothing, nothing)
    return Term(at, text, written, True, False, False, False, False, "", "", frozenset(), frozenset(), keys, text)


@lru_cache(maxsize=65_536)
def _term(at: int, text: str, canonical: str) -> Term:
    return replace(_first_term(text, canonical), at=at)


@lru_cache(maxsize=32_768)  # words recur: 3 us with another place instead of 40
def _first_term(text: str, canonical: str) -> Term:
    """A word as it would be at the first place."""
    found = forms(text)
    place = place_of(canonical)
    given = given_name(text)
    known = bool(given) or place is not None
    rows = _found(text, wording.SYNONYM_ROWS)
    keys = (
        frozenset((text, canonical)),
        frozenset((place[1],)) if place else frozenset(),
        found.stems,
        frozenset(map(str, rows)),
        frozenset() if known else found.roots,  # a name is not known by its root: محمد, محمود, حامد
    )
    return Term(
        0,
        text,
        text,
        figure=False,
        light=_listed(text, wording.LIGHT_WORDS) and not known,
        reverser=not found.stems.isdisjoint(wording.REVERSERS),
        denial=_listed(text, wording.DENIALS),
        name=is_name(text),
        given=given,
        place=place[1] if place else "",
        rows=rows,
        sides=_found(text, wording.SIDES),
        keys=keys,
        family=place[1] if place else min(keys[_ROOT] or keys[_STEM], key=lambda key: (len(key) != 3, len(key), key)),
    )


def _index(content: Sequence[Term], way: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for i, term in enumerate(content):
        for key in term.keys[way]:
            found[key] = (*found.get(key, ()), i)
    return found


def _listed(word: str, words: frozenset[str]) -> bool:
    return any(bare in words for bare in forms(word).bare)


def _found(word: str, table: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """What a table says of a word, with and without what is joined before it and of any person; else of its stems.

    Of opposite sides, both said, neither stays.
    """
    readings_of = forms(word)
    found = frozenset().union(*(table[bare] for bare in readings_of.bare if bare in table))
    if not found:
        found = found.union(*(table[stem] for stem in readings_of.stems if stem in table))
    return frozenset(number for number in found if -number not in found or number == 0)


# ── what rises and falls, and who does what to whom ──────────────────────────────────────────────────────────────


def directions(terms: Terms) -> dict[int, Term]:
    """Content word (its index) -> the word that says whether it rises or falls; «يرتفع» speaks of what stands before it.

    Up to two words are taken, none behind another direction or in another clause.
    """
    by_place = {term.at: i for i, term in enumerate(terms.content)}
    found: dict[int, Term] = {}
    for term in terms.content:
        if _rises(term) is None:
            continue
        following = terms.words[term.at + 1] if term.at + 1 < len(terms.words) else ""
        causes = following.startswith("ب") and len(following) > 3  # «يهبط بالقطن» brings it down
        step = -1 if is_finite_verb(term.text) and not causes else 1
        at, taken = term.at + step, 0
        while 0 <= at < len(terms.words) and taken < 2 and terms.words[at] not in wording.CLAUSE_STARTS:
            other = terms.content[by_place[at]] if at in by_place else None
            if other is not None and _rises(other) is not None:
                break
            if step > 0 and taken and terms.words[at].startswith("و") and len(terms.words[at]) > 4:
                break
            if other is not None and not other.light:
                found.setdefault(by_place[at], term)
                taken += 1
            if step < 0 and terms.words[at].startswith("و") and len(terms.words[at]) > 4:
                break
            at += step
    return found


def opposite_directions(left: Term, right: Term) -> bool:
    """Whether of two words of direction one says a rise and the other a fall."""
    return _rises(left) is not _rises(right)


def _rises(term: Term) -> bool | None:
    """Whether a word says a rise (True) or a fall (False); None if it says neither or may be both."""
    rise, fall = wording.RISE in term.sides, wording.FALL in term.sides
    return rise if rise is not fall else None


def role(terms: Terms, index: int) -> str:
    """What a preposition, separate or joined, makes of a name ("to", "from", "on", "with", "in"), else "of" for an adjective.

    A name joined by «و» has the role of the word before it.
    """
    term = terms.content[index]
    joined = _joined_to_name(term)
    before = terms.words[term.at - 1] if term.at else ""
    if joined in wording.PREPOSITIONS:
        return wording.PREPOSITIONS[joined]
    if joined.startswith("و") and index:
        return role(terms, index - 1)
    adjective = bool(term.place) and term.text.endswith(_ADJECTIVE_ENDINGS) and not term.text.endswith(term.place[2:])
    return wording.PREPOSITIONS.get(before, "of" if adjective else "")


def _joined_to_name(term: Term) -> str:
    if term.place:
        found = place_of(variant_key(term.text))
        return found[0] if found else ""
    return next((joined for joined, bare in readings(term.text) if joined and is_name(bare)), "") if term.name else ""
