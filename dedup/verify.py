"""Stage 6: two texts -> how they overlap, word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Literal, NamedTuple, get_args

import numpy as np
from rapidfuzz import fuzz

from dedup.align import GapKind, Run, align
from dedup.compiled import compiled_by
from dedup.lexicon import CONTENT, FIGURE, LONG, NAME
from dedup.records import I32, Change, Figure, Fingerprint, Flags, OwnText, Passage, PassageUse, Similarity, Stored, Wording
from dedup.reuse import taken_over
from dedup.stages import moved_stage

COPY_SCORE = 0.5  # from which on a text is a copy
MIN_PASSAGE_WORDS = 4  # shorter equal runs are not shown
MAX_PASSAGES = 50
MAX_CHANGES = 20
MAX_SLOT_WORDS = 12  # a replacement up to this long on both sides is a slot of a frame; longer ones are other sentences
MAX_FIGURE_SLOT_WORDS = 30  # figures are compared across longer replacements: they are rare enough to mean the same thing
MAX_NAME_SLOT_WORDS = 20  # and names across somewhat longer ones
MAX_FRAME_GAP = 30  # words
MIN_EXCHANGED = 2  # long words on either side; a single one is as often a synonym
_SAME_NAME = 60.0  # RapidFuzz ratio from which two names are one in two spellings
NO_HEADLINE = 0.15  # where the shorter article has no headline: the mean of labelled copies
_ONE_STORY = 0.5  # of both texts, in equal runs: what has moved since is told
AROUND = 21  # words around a name
NEAR = 0.35  # share of them that is shared: the name stands inside the shared text
STANDING_USES = 3  # a source that used a passage this often before uses it as standing wording
GAP_KINDS: tuple[GapKind, ...] = get_args(GapKind)
REPLACED = GAP_KINDS.index("replaced")


class Overlap(NamedTuple):
    """How two own texts overlap, as counted; n words in the new one, m in the old one."""

    runs: I32  # place in the new text, place in the old one, length; shape (r, 3), as in `align`
    gaps: I32  # kind (place in GapKind), then where it begins and ends in either text; shape (g, 5)
    shared_new: Flags  # words of the new text in equal runs, shape (n,)
    shared_old: int  # how many words of the old text stand in equal runs
    common: int  # shingles of both
    taken_over: float  # `Similarity.taken_over`, as those below
    names_agree: float
    names_exchanged: int  # absolute
    framed: int  # long words exchanged in sentences whose wording stays
    headline_unsupported: float
    slots: int
    figure_agreement: float
    figures_moved: bool  # whether a replacement holds a figure that the other text has nowhere
    passage_median: float  # earlier articles with a shared passage
    standing_share: float
    other_days: float


class Comparison:
    """One compared pair: the figures, and what to show for them, worked out when it is first asked for."""

    def __init__(self, new: Fingerprint, old: Fingerprint, counted: Overlap) -> None:
        self.new = new
        self.old = old
        self.overlap = counted
        n, m = new.own_words, old.own_words
        self.equal = n == m and n > 0 and bool((new.own.words == old.own.words).all())  #: the own texts are the same words
        shared = int(np.count_nonzero(counted.shared_new))
        self.one_story = min(shared / n if n else 0.0, counted.shared_old / m if m else 0.0) >= _ONE_STORY
        changed_figures = self._changed_figures() if counted.figures_moved else 0
        a, b, both = len(new.own.shingles), len(old.own.shingles), counted.common
        per_hundred = shared / 100 + 0.5
        self.similarity = Similarity(
            jaccard=both / (a + b - both) if a + b - both else 0.0,
            containment_of_new=both / a if a else 0.0,
            containment_of_old=both / b if b else 0.0,
            shared_of_new=shared / n if n else 0.0,
            shared_of_old=counted.shared_old / m if m else 0.0,
            shared_of_shorter=shared / min(n, m) if n and m else 0.0,
            taken_over=counted.taken_over,
            names_agree=counted.names_agree,
            names_exchanged=counted.names_exchanged / per_hundred,
            headline_unsupported=counted.headline_unsupported,
            same_source=float(bool(new.article.source) and new.article.source == old.article.source),
            other_days=counted.other_days,
            standing_share=counted.standing_share,
            passage_frequency=float(np.log2(1 + counted.passage_median)),
            slots=counted.slots,
            frame_rate=counted.framed / per_hundred,
            changed_figures=changed_figures,
            changed_figure_rate=changed_figures / per_hundred,
            figure_agreement=counted.figure_agreement,
        )

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        return isinstance(other, Comparison) and self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        return self.similarity, self.equal, self.shared_new, self.changed, self.passages

    @cached_property
    def shared_new(self) -> frozenset[int]:
        """Word indices of the new body that stand in equal runs."""
        return frozenset((np.flatnonzero(self.overlap.shared_new) + self.new.segments.own_range[0]).tolist())

    @cached_property
    def changed(self) -> tuple[Change, ...]:
        """What moved from the old text to the new one, at most `MAX_CHANGES` facts."""
        sides = _Side(self.new, self.old), _Side(self.old, self.new)
        changed = _changes(*sides, self._replacements)
        return (changed + _stage(*sides) if self.one_story else changed)[:MAX_CHANGES]

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Runs as places in both originals, the longest `MAX_PASSAGES`, in the order of the new text."""
        shown = [r for r in _joined(self.overlap.runs.tolist()) if r.length >= MIN_PASSAGE_WORDS]
        shown = sorted(sorted(shown, key=lambda r: (-r.length, r.i))[:MAX_PASSAGES], key=lambda r: r.i)
        a, b = self.new.segments.body, self.old.segments.body
        new_from, old_from = self.new.segments.own_range[0], self.old.segments.own_range[0]
        return tuple(
            Passage(
                (int(a.starts[new_from + r.i]), int(a.ends[new_from + r.i + r.length - 1])),
                (int(b.starts[old_from + r.j]), int(b.ends[old_from + r.j + r.length - 1])),
                r.length,
            )
            for r in shown
        )

    def _changed_figures(self) -> int:
        """How many of the changes are a figure put in the place of another."""
        sides = _Side(self.new, self.old), _Side(self.old, self.new)
        moved = {change for gap in self._replacements for change in _figure_changes(*sides, gap)}
        return sum(bool(was.words) and bool(now.words) for _, was, now in moved)

    @property
    def _replacements(self) -> list[_Gap]:
        return [(a, b, c, d) for kind, a, b, c, d in self.overlap.gaps.tolist() if kind == REPLACED]


@dataclass(frozen=True, slots=True)
class Verified:
    """A candidate with its comparison and the model's answer."""

    stored: Stored
    comparison: Comparison
    score: float  # 0-1
    wording: Wording = "ordinary"  # what a person decided of the wording that the two share

    @property
    def is_copy(self) -> bool:
        return self.score >= COPY_SCORE


_Gap = tuple[int, int, int, int]  # a replacement: new text from, to; old text from, to


def compare(new: Fingerprint, old: Fingerprint, use: PassageUse) -> Comparison:
    """Align the own texts of two articles.

    Args:
        new, old: the later and the earlier article.
        use: of the new article's passages, as of its arrival.
    """
    return Comparison(new, old, overlap(new.own, old.own, use.articles, use.own, use.other_days))


@compiled_by("overlap")
def overlap(new: OwnText, old: OwnText, articles: I32, own: I32, other_days: I32) -> Overlap:
    """Align two own texts and count what they share and what they exchange.

    Args:
        new, old: of the later and of the earlier article.
        articles, own, other_days: as in `PassageUse`, shape (k,).
    """
    n, m = len(new.words), len(old.words)
    alignment = align(new.stems.tolist(), old.stems.tolist())
    shared_new, shared_old = np.zeros(n, dtype=np.bool_), np.zeros(m, dtype=np.bool_)
    for run in alignment.runs:
        shared_new[run.i : run.i + run.length] = True
        shared_old[run.j : run.j + run.length] = True
    gaps = [(GAP_KINDS.index(g.kind), g.new_start, g.new_end, g.old_start, g.old_end) for g in alignment.gaps]
    replaced = [gap[1:] for gap in gaps if gap[0] == REPLACED]
    sides = (new, ~np.isin(new.stems, old.known)), (old, ~np.isin(old.stems, new.known))
    shorter, longer = (new, old) if n <= m else (old, new)
    return Overlap(
        runs=np.array([(r.i, r.j, r.length) for r in alignment.runs], dtype=np.int32).reshape(-1, 3),
        gaps=np.array(gaps, dtype=np.int32).reshape(-1, 5),
        shared_new=shared_new,
        shared_old=int(np.count_nonzero(shared_old)),
        common=len(np.intersect1d(new.shingles, old.shingles, assume_unique=True)),
        taken_over=taken_over(
            shorter.stems, shorter.flags & CONTENT > 0, shorter.pieces, longer.stems, longer.flags & CONTENT > 0
        ),
        names_agree=_names_agree(*sides, shared_new, shared_old),
        names_exchanged=_names_exchanged(*sides, replaced),
        framed=_exchanged_in_frames(*sides, replaced),
        headline_unsupported=_headline_unsupported(shorter, longer),
        slots=sum(_length(gap) <= MAX_SLOT_WORDS for gap in replaced),
        figure_agreement=_figure_agreement(new, old),
        figures_moved=_figures_moved(new, old, replaced),
        **_passage_use(new, shared_new, articles, own, other_days),
    )


_Known = tuple[OwnText, Flags]  # a text, and which of its words the other article has nowhere


def _names_agree(new: _Known, old: _Known, shared_new: Flags, shared_old: Flags) -> float:
    """Of the names that stand inside the shared text of either side, the share that the other article has.

    Counted as if there were two names more, nine tenths of them shared as in labelled copies: few names say little, none at
    all 0.9.

    Names elsewhere do not count: an editor's own paragraphs bring their own, and so does the second half of a digest.
    """
    found = there = 0
    for (text, unknown), shared in ((new, shared_new), (old, shared_old)):
        before = [0, *np.cumsum(shared).tolist()]
        length = len(shared)
        for i in np.flatnonzero(text.flags & NAME).tolist():
            around = before[min(length, i + AROUND // 2 + 1)] - before[max(0, i - AROUND // 2)]
            if around >= NEAR * AROUND:
                found += 1
                there += not unknown[i]
    return (there + 1.8) / (found + 2)


def _names_exchanged(new: _Known, old: _Known, replaced: Sequence[_Gap]) -> int:
    """How many names stand in the place of others, neither known to the other article: «محافظة الطائف» for «محافظة بيشة»."""
    new_names, old_names = (unknown & (text.flags & NAME > 0) for text, unknown in (new, old))
    return sum(
        int(min(np.count_nonzero(new_names[a:b]), np.count_nonzero(old_names[c:d])))
        for a, b, c, d in replaced
        if _length((a, b, c, d)) <= MAX_NAME_SLOT_WORDS
    )


def _exchanged_in_frames(new: _Known, old: _Known, replaced: Sequence[_Gap]) -> int:
    """Long words exchanged for others where the sentence around them stays, on both sides and in both texts.

    A sentence rewritten by an editor keeps its words in another order or goes as a whole; a frame filled for another event
    keeps its wording and exchanges the names. Figures are compared by value elsewhere.
    """
    new_long, old_long = (unknown & (text.flags & (LONG | FIGURE) == LONG) for text, unknown in (new, old))
    n, m = len(new_long), len(old_long)
    exchanged = 0
    for a, b, c, d in replaced:
        if a == 0 or b == n or d == m or min(b - a, d - c) < MIN_EXCHANGED or _length((a, b, c, d)) > MAX_FRAME_GAP:
            continue
        if new[0].breaks[a : b + 1].any() or old[0].breaks[c : d + 1].any():
            continue
        fewer = int(min(np.count_nonzero(new_long[a:b]), np.count_nonzero(old_long[c:d])))
        exchanged += fewer if fewer >= MIN_EXCHANGED else 0
    return exchanged


def _length(gap: _Gap) -> int:
    a, b, c, d = gap
    return max(b - a, d - c)


def _passage_use(new: OwnText, shared: Flags, articles: I32, own: I32, other_days: I32) -> dict[str, float]:
    """What is known of the shared passages: how many articles have them, on how many other days, and who uses them always."""
    end = new.passage_at + MIN_PASSAGE_WORDS - 1
    inside = np.flatnonzero(end < len(shared))
    inside = inside[shared[new.passage_at[inside]] & shared[end[inside]]]
    if not len(inside):
        return {"passage_median": 0.0, "standing_share": 0.0, "other_days": 0.0}
    days = np.cumsum(np.log2(1 + other_days[inside]))[-1]  # one after the other, as the compiled form adds them
    return {
        "passage_median": float(np.median(articles[inside])),
        "standing_share": float(np.count_nonzero(own[inside] >= STANDING_USES) / len(inside)),
        "other_days": float(days / len(inside)),
    }


def _headline_unsupported(shorter: OwnText, longer: OwnText) -> float:
    """How much of the shorter text's headline the other article does not bear out.

    The headline of a copy is borne out by the text it was copied from, whatever its wording; that of the same frame filled
    for another event names what the other article does not know. The longer text may well have news of its own.
    """
    words = len(shorter.headline)
    return int(np.count_nonzero(~np.isin(shorter.headline, longer.known))) / words if words else NO_HEADLINE


def _figure_agreement(new: OwnText, old: OwnText) -> float:
    """Of the figures of the text that has fewer, the share that the other has too, by value; 1 without figures."""
    fewer = min(len(new.values), len(old.values))
    return (Counter(new.values.tolist()) & Counter(old.values.tolist())).total() / fewer if fewer else 1.0


def _figures_moved(new: OwnText, old: OwnText, replaced: Sequence[_Gap]) -> bool:
    """Whether a replacement holds a figure whose value the other text has nowhere. One that moved elsewhere has not changed."""
    for a, b, c, d in replaced:
        if _length((a, b, c, d)) <= MAX_FIGURE_SLOT_WORDS:
            for text, other, first, behind in ((new, old, a, b), (old, new, c, d)):
                here = text.values[(text.figures[:, 0] < behind) & (text.figures[:, 1] > first)]
                if not np.isin(here, other.values).all():
                    return True
    return False


def _joined(runs: Sequence[Sequence[int]]) -> list[Run]:
    """The runs, neighbours without a gap on either side joined."""
    joined: list[Run] = []
    for i, j, length in runs:
        last = joined[-1] if joined else None
        if last and last.i + last.length == i and last.j + last.length == j:
            joined[-1] = Run(last.i, last.j, last.length + length)
        else:
            joined.append(Run(i, j, length))
    return joined


@dataclass(frozen=True, slots=True)
class _Words:
    """What a change is told by, and how it is shown: verdicts must not depend on the spelling."""

    words: str = ""
    spelled: str = field(default="", compare=False)


_Moved = tuple[Literal["number", "date", "name", "word"], _Words, _Words]  # old, new


class _Side:
    """One text as changed facts are looked for in it; indices are into its own text."""

    def __init__(self, text: Fingerprint, other: Fingerprint) -> None:
        self.text = text
        self.start, end = text.segments.own_range
        self.words = text.segments.body.words[self.start : end]
        self.figures: Sequence[Figure] = text.figures
        self.values = {f.value for f in text.figures}
        self._known = other.own.known

    @cached_property
    def unknown(self) -> Flags:
        """Which words the other article has nowhere."""
        return ~np.isin(self.text.own.stems, self._known)

    def figures_in(self, first: int, behind: int) -> list[Figure]:
        """The figures that a replacement holds, or a part of them."""
        return [f for f in self.figures if f.start < behind and f.end > first]

    def unknown_in(self, first: int, behind: int) -> tuple[_Words, _Words]:
        """Of a replacement's words that the other article has nowhere, those that name somebody, and the rest; no figures."""
        flags = self.text.own.flags
        unknown = [i for i in range(first, behind) if self.unknown[i] and not flags[i] & FIGURE]
        return self.said(i for i in unknown if flags[i] & NAME), self.said(i for i in unknown if not flags[i] & NAME)

    def said(self, indices: Iterable[int]) -> _Words:
        """Words, and how the article spells them, each joined by spaces."""
        body, at = self.text.segments.body, list(indices)
        spelled = " ".join(body.original[body.starts[self.start + i] : body.ends[self.start + i]] for i in at)
        return _Words(" ".join(self.words[i] for i in at), spelled)


def _changes(new: _Side, old: _Side, replacements: Sequence[_Gap]) -> tuple[Change, ...]:
    """What replacements hold on either side: figures that differ in value; names, and words, that the other text has nowhere.

    A figure that only moved to another sentence has not changed.
    """
    changes: list[_Moved] = []
    for a, b, c, d in replacements:
        changes += _figure_changes(new, old, (a, b, c, d))
        if _length((a, b, c, d)) <= MAX_SLOT_WORDS:
            (new_names, new_words), (old_names, old_words) = new.unknown_in(a, b), old.unknown_in(c, d)
            if new_names.words and old_names.words:
                changes.append(("name", old_names, new_names))
            if new_words.words and old_words.words:
                changes.append(("word", old_words, new_words))
    times = Counter(changes)
    told: dict[_Moved, None] = {}
    for kind, was, now in changes:
        often = kind == "word" and times[kind, was, now] > 1
        told[("name" if often and fuzz.ratio(was.words, now.words) < _SAME_NAME else kind), was, now] = None
    return tuple(Change(kind, was.spelled, now.spelled) for kind, was, now in told)


def _figure_changes(new: _Side, old: _Side, gap: _Gap) -> list[_Moved]:
    """The figures of one replacement that differ in value, old against new in their order; weekdays against weekdays."""
    a, b, c, d = gap
    if _length(gap) > MAX_FIGURE_SLOT_WORDS:
        return []
    added, gone = new.figures_in(a, b), old.figures_in(c, d)
    here, there = {f.value for f in added}, {f.value for f in gone}
    if here <= old.values and there <= new.values:
        return []
    added, gone = [f for f in added if f.value not in there], [f for f in gone if f.value not in here]
    changes: list[_Moved] = []
    kinds: tuple[tuple[Literal["number", "date"], bool], ...] = (("number", False), ("date", True))
    for kind, is_day in kinds:
        sides = [
            [side.said(range(f.start, f.end)) for f in figures if f.value.startswith("day") == is_day]
            for side, figures in ((old, gone), (new, added))
        ]
        changes += [(kind, was, now) for was, now in zip_longest(*sides, fillvalue=_Words())]
    return changes


def _stage(new: _Side, old: _Side) -> tuple[Change, ...]:
    """What was awaited in the old text and has happened in the new one, if there is both."""
    gone = {w: i for i, w in enumerate(old.words) if old.unknown[i]}
    added = {w: i for i, w in enumerate(new.words) if new.unknown[i]}
    moved = moved_stage(gone, added)
    return (Change("stage", old.said([gone[moved[0]]]).spelled, new.said([added[moved[1]]]).spelled),) if moved else ()
