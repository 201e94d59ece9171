"""Stage 6: two texts -> how they overlap, word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

import numpy as np
from rapidfuzz import fuzz

from dedup.align import Alignment, Gap, Run, align
from dedup.records import Change, Comparison, Figure, Fingerprint, Flags, Passage, PassageUse, Similarity
from dedup.reuse import taken_over
from dedup.stages import moved_stage
from dedup.stems import light_stem

MIN_PASSAGE_WORDS = 4  # shorter equal runs are not shown
MAX_PASSAGES = 50
MAX_CHANGES = 20
_MAX_SLOT_WORDS = 12  # a replacement up to this long on both sides is a slot of a frame; longer ones are other sentences
_MAX_FIGURE_SLOT_WORDS = 30  # figures are compared across longer replacements: they are rare enough to mean the same thing
_MAX_NAME_SLOT_WORDS = 20  # and names across somewhat longer ones
_MAX_FRAME_GAP = 30  # words
_MIN_EXCHANGED = 2  # long words on either side; a single one is as often a synonym
_SAME_NAME = 60.0  # RapidFuzz ratio from which two names are one in two spellings
_HEADLINE_WORD = 3  # letters; longer words of a headline count
_NO_HEADLINE = 0.15  # where the shorter article has no headline: the mean of labelled copies
_ONE_STORY = 0.5  # of both texts, in equal runs: what has moved since is told
_AROUND = 21  # words around a name
_NEAR = 0.35  # share of them that is shared: the name stands inside the shared text
_STANDING_USES = 3  # a source that used a passage this often before uses it as standing wording


def compare(new: Fingerprint, old: Fingerprint, use: PassageUse) -> Comparison:
    """Align the own texts of two articles.

    Args:
        new, old: the later and the earlier article.
        use: of the new article's passages, as of its arrival.
    """
    new_from, new_to = new.segments.own_range
    old_from, old_to = old.segments.own_range
    n, m = new_to - new_from, old_to - old_from
    new_words, old_words = new.segments.body.words[new_from:new_to], old.segments.body.words[old_from:old_to]
    alignment = align(new.stem_hashes[new_from:new_to].tolist(), old.stem_hashes[old_from:old_to].tolist())
    shared_new, shared_old = np.zeros(n + 1, dtype=np.bool_), np.zeros(m + 1, dtype=np.bool_)
    for run in alignment.runs:
        shared_new[run.i : run.i + run.length] = True
        shared_old[run.j : run.j + run.length] = True
    shared = int(shared_new.sum())
    replacements = [g for g in alignment.gaps if g.kind == "replaced"]
    slots = [g for g in replacements if _length(g) <= _MAX_SLOT_WORDS]
    both = len(np.intersect1d(new.shingles, old.shingles, assume_unique=True))
    either = len(new.shingles) + len(old.shingles) - both
    new_figures, old_figures = _own_figures(new), _own_figures(old)
    sides = _Side(new, new_from, new_words, new_figures), _Side(old, old_from, old_words, old_figures)
    changed = _changes(*sides, replacements)
    if min(shared / n if n else 0.0, shared / m if m else 0.0) >= _ONE_STORY:
        changed += _stage(*sides)
    changed_figures = sum(c.kind in ("number", "date") and bool(c.old) and bool(c.new) for c in changed)
    shorter, longer = (new, old) if n <= m else (old, new)
    similarity = Similarity(
        jaccard=both / either if either else 0.0,
        containment_of_new=both / len(new.shingles) if len(new.shingles) else 0.0,
        containment_of_old=both / len(old.shingles) if len(old.shingles) else 0.0,
        shared_of_new=shared / n if n else 0.0,
        shared_of_old=shared / m if m else 0.0,
        shared_of_shorter=shared / min(n, m) if n and m else 0.0,
        taken_over=_taken_over(shorter, longer),
        names_agree=_names_agree(new, old, new_from, old_from, shared_new, shared_old),
        names_exchanged=_names_exchanged(new, old, new_from, old_from, replacements) / (shared / 100 + 0.5),
        headline_unsupported=_headline_unsupported(shorter, longer),
        same_source=float(bool(new.article.source) and new.article.source == old.article.source),
        **_passage_use(new, new_from, shared_new, use),
        slots=len(slots),
        frame_rate=_exchanged_in_frames(new, old, new_from, old_from, replacements) / (shared / 100 + 0.5),
        changed_figures=changed_figures,
        changed_figure_rate=changed_figures / (shared / 100 + 0.5),
        figure_agreement=_figure_agreement(new_figures, old_figures),
    )
    passages = _passages(new, old, new_from, old_from, alignment)
    return Comparison(
        similarity,
        passages,
        changed[:MAX_CHANGES],
        frozenset((np.flatnonzero(shared_new) + new_from).tolist()),
        equal=n == m and new_words == old_words and n > 0,
    )


def _taken_over(shorter: Fingerprint, longer: Fingerprint) -> float:
    (start, end), (first, behind) = shorter.segments.own_range, longer.segments.own_range
    return taken_over(
        shorter.stem_hashes[start:end],
        shorter.content[start:end],
        shorter.pieces - start,
        longer.stem_hashes[first:behind],
        longer.content[first:behind],
    )


def _names_agree(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, shared_new: Flags, shared_old: Flags) -> float:
    """Of the names that stand inside the shared text of either side, the share that the other article has.

    Counted as if there were two names more, nine tenths of them shared as in labelled copies: few names say little, none at
    all 0.9.

    Names elsewhere do not count: an editor's own paragraphs bring their own, and so does the second half of a digest.
    """
    found = there = 0
    for text, other, start, shared in ((new, old, new_from, shared_new), (old, new, old_from, shared_old)):
        before = [0, *np.cumsum(shared[:-1]).tolist()]
        length = len(before) - 1
        for place in text.names:
            i = place - start
            if not 0 <= i < length:
                continue
            around = before[min(length, i + _AROUND // 2 + 1)] - before[max(0, i - _AROUND // 2)]
            if around >= _NEAR * _AROUND:
                found += 1
                there += light_stem(text.segments.body.words[place]) in other.stems
    return (there + 1.8) / (found + 2)


def _names_exchanged(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, replacements: Sequence[Gap]) -> int:
    """How many names stand in the place of others, neither known to the other article: «محافظة الطائف» for «محافظة بيشة»."""
    exchanged = 0
    for gap in replacements:
        if _length(gap) > _MAX_NAME_SLOT_WORDS:
            continue
        exchanged += min(
            sum(
                start <= place - own_from < end and light_stem(text.segments.body.words[place]) not in other.stems
                for place in text.names
            )
            for text, other, own_from, start, end in (
                (new, old, new_from, gap.new_start, gap.new_end),
                (old, new, old_from, gap.old_start, gap.old_end),
            )
        )
    return exchanged


def _exchanged_in_frames(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, replacements: Sequence[Gap]) -> int:
    """Long words exchanged for others where the sentence around them stays, on both sides and in both texts.

    A sentence rewritten by an editor keeps its words in another order or goes as a whole; a frame filled for another event
    keeps its wording and exchanges the names.
    """
    new_words, old_words = (text.segments.body.words[slice(*text.segments.own_range)] for text in (new, old))
    new_breaks, old_breaks = new.segments.body.breaks[new_from:], old.segments.body.breaks[old_from:]
    framed = [
        gap
        for gap in replacements
        if gap.new_start > 0
        and gap.new_end < len(new_words)
        and gap.old_end < len(old_words)
        and min(gap.new_end - gap.new_start, gap.old_end - gap.old_start) >= _MIN_EXCHANGED
        and _length(gap) <= _MAX_FRAME_GAP
        and not new_breaks[gap.new_start : gap.new_end + 1].any()
        and not old_breaks[gap.old_start : gap.old_end + 1].any()
    ]
    if not framed:
        return 0
    # figures are compared by value elsewhere
    new_counted = {i for f in _own_figures(new) for i in range(f.start, f.end)}
    old_counted = {i for f in _own_figures(old) for i in range(f.start, f.end)}
    exchanged = 0
    for gap in framed:
        added = _long_and_unknown(new_words, gap.new_start, gap.new_end, new_counted, old.stems)
        gone = _long_and_unknown(old_words, gap.old_start, gap.old_end, old_counted, new.stems)
        if min(added, gone) >= _MIN_EXCHANGED:
            exchanged += min(added, gone)
    return exchanged


def _long_and_unknown(words: Sequence[str], start: int, end: int, left_out: set[int], known: frozenset[str]) -> int:
    return sum(len(words[i]) > 3 and i not in left_out and light_stem(words[i]) not in known for i in range(start, end))


def _own_figures(text: Fingerprint) -> list[Figure]:
    """The figures of the own text, with word indices into it."""
    start, end = text.segments.own_range
    return [Figure(f.start - start, f.end - start, f.value) for f in text.figures if f.start >= start and f.end <= end]


def _length(gap: Gap) -> int:
    return max(gap.new_end - gap.new_start, gap.old_end - gap.old_start)


def _passage_use(new: Fingerprint, new_from: int, shared: Flags, use: PassageUse) -> dict[str, float]:
    """What is known of the shared passages: how many articles have them, on how many other days, and who uses them always."""
    at = new.passage_at - new_from
    inside = shared[at] & shared[np.minimum(at + MIN_PASSAGE_WORDS - 1, len(shared) - 1)]
    if not inside.any():
        return {"passage_frequency": 0.0, "standing_share": 0.0, "other_days": 0.0}
    return {
        "passage_frequency": float(np.log2(1 + np.median(use.articles[inside]))),
        "standing_share": float(np.mean(use.own[inside] >= _STANDING_USES)),
        "other_days": float(np.mean(np.log2(1 + use.other_days[inside]))),
    }


def _headline_unsupported(shorter: Fingerprint, longer: Fingerprint) -> float:
    """How much of the shorter text's headline the other article does not bear out.

    The headline of a copy is borne out by the text it was copied from, whatever its wording; that of the same frame filled
    for another event names what the other article does not know. The longer text may well have news of its own.
    """
    headline = [light_stem(w) for w in shorter.segments.headline.words if len(w) > _HEADLINE_WORD]
    return sum(w not in longer.stems for w in headline) / len(headline) if headline else _NO_HEADLINE


def _joined(alignment: Alignment) -> list[Run]:
    """The runs, neighbours without a gap on either side joined."""
    runs: list[Run] = []
    for run in alignment.runs:
        last = runs[-1] if runs else None
        if last and last.i + last.length == run.i and last.j + last.length == run.j:
            runs[-1] = Run(last.i, last.j, last.length + run.length)
        else:
            runs.append(run)
    return runs


def _passages(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, alignment: Alignment) -> tuple[Passage, ...]:
    """Runs as places in both originals, the longest `MAX_PASSAGES`, in the order of the new text."""
    runs = _joined(alignment)
    shown = [r for r in runs if r.length >= MIN_PASSAGE_WORDS]
    shown = sorted(sorted(shown, key=lambda r: (-r.length, r.i))[:MAX_PASSAGES], key=lambda r: r.i)
    a, b = new.segments.body, old.segments.body
    return tuple(
        Passage(
            (int(a.starts[new_from + r.i]), int(a.ends[new_from + r.i + r.length - 1])),
            (int(b.starts[old_from + r.j]), int(b.ends[old_from + r.j + r.length - 1])),
            r.length,
        )
        for r in shown
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What a change is told by, and how it is shown: verdicts must not depend on the spelling."""

    words: str = ""
    spelled: str = field(default="", compare=False)


_Moved = tuple[Literal["number", "date", "name", "word"], _Words, _Words]  # old, new


@dataclass(frozen=True, slots=True)
class _Side:
    """One text as changed facts are looked for in it; indices are into its own text."""

    text: Fingerprint
    start: int
    words: tuple[str, ...]
    figures: Sequence[Figure]

    def figures_in(self, first: int, behind: int, known: Collection[str]) -> list[Figure]:
        """The figures of a replacement whose value the other side does not have there."""
        return [f for f in self.figures if f.start < behind and f.end > first and f.value not in known]

    def values(self) -> set[str]:
        return {f.value for f in self.figures}

    def unknown_in(self, first: int, behind: int, other: Fingerprint) -> tuple[_Words, _Words]:
        """Of a replacement's words that the other article has nowhere, those that name somebody, and the rest; no figures."""
        names = {place - self.start for place in self.text.names}
        counted = {i for f in self.figures for i in range(f.start, f.end)}
        unknown = [i for i in range(first, behind) if i not in counted and light_stem(self.words[i]) not in other.stems]
        return self.said(i for i in unknown if i in names), self.said(i for i in unknown if i not in names)

    def said(self, indices: Iterable[int]) -> _Words:
        """Words, and how the article spells them, each joined by spaces."""
        body, at = self.text.segments.body, list(indices)
        spelled = " ".join(body.original[body.starts[self.start + i] : body.ends[self.start + i]] for i in at)
        return _Words(" ".join(self.words[i] for i in at), spelled)


def _changes(new: _Side, old: _Side, replacements: Sequence[Gap]) -> tuple[Change, ...]:
    """What replacements hold on either side: figures that differ in value; names, and words, that the other text has nowhere.

    A figure that only moved to another sentence has not changed.
    """
    changes: list[_Moved] = []
    new_values, old_values = new.values(), old.values()
    for gap in replacements:
        if _length(gap) > _MAX_FIGURE_SLOT_WORDS:
            continue
        here = {f.value for f in new.figures if f.start < gap.new_end and f.end > gap.new_start}
        there = {f.value for f in old.figures if f.start < gap.old_end and f.end > gap.old_start}
        added = new.figures_in(gap.new_start, gap.new_end, there)
        gone = old.figures_in(gap.old_start, gap.old_end, here)
        if any(f.value not in old_values for f in added) or any(f.value not in new_values for f in gone):
            changes += _figure_changes(new, old, added, gone)
        if _length(gap) <= _MAX_SLOT_WORDS:
            (new_names, new_words), (old_names, old_words) = (
                new.unknown_in(gap.new_start, gap.new_end, old.text),
                old.unknown_in(gap.old_start, gap.old_end, new.text),
            )
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


def _figure_changes(new: _Side, old: _Side, added: Sequence[Figure], gone: Sequence[Figure]) -> list[_Moved]:
    """The figures of one replacement, old against new in their order; weekdays against weekdays."""
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
    gone = {w: i for i, w in enumerate(old.words) if light_stem(w) not in new.text.stems}
    added = {w: i for i, w in enumerate(new.words) if light_stem(w) not in old.text.stems}
    moved = moved_stage(gone, added)
    return (Change("stage", old.said([gone[moved[0]]]).spelled, new.said([added[moved[1]]]).spelled),) if moved else ()


def _figure_agreement(new_figures: Sequence[Figure], old_figures: Sequence[Figure]) -> float:
    """Of the figures of the text that has fewer, the share that the other has too, by value; 1 without figures."""
    new = Counter(f.value for f in new_figures)
    old = Counter(f.value for f in old_figures)
    fewer = min(new.total(), old.total())
    return (new & old).total() / fewer if fewer else 1.0
