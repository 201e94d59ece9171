"""Stage 6: two texts -> how they overlap, word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from dedup.align import Alignment, Gap, Run, align
from dedup.arabic import stem
from dedup.records import I32, Change, Comparison, Figure, Fingerprint, Passage, Similarity

MIN_PASSAGE_WORDS = 4  # shorter equal runs are not shown
MAX_PASSAGES = 50
MAX_CHANGES = 20
_MAX_SLOT_WORDS = 12  # a replacement up to this long on both sides is a slot of a frame; longer ones are other sentences
_MAX_FIGURE_SLOT_WORDS = 30  # figures are compared across longer replacements: they are rare enough to mean the same thing
_MAX_FRAME_GAP = 30  # words
_MIN_EXCHANGED = 2  # long words on either side; a single one is as often a synonym
_SAME_NAME = 60.0  # RapidFuzz ratio from which two names are one in two spellings
_LONG_WORD = 5  # letters; shorter words are mostly grammar
_HEADLINE_WORD = 3  # letters; longer words of a headline count
_NO_HEADLINE = 0.25  # where neither article has a headline: about what copies have
_STANDING_USES = 3  # a source that used a passage this often before uses it as standing wording


def compare(new: Fingerprint, old: Fingerprint, frequencies: I32, own_frequencies: I32) -> Comparison:
    """Align the own texts of two articles.

    Args:
        new, old: the later and the earlier article.
        frequencies: for each of `new.passage_keys`, how many earlier articles stand under it, as of arrival.
        own_frequencies: the same, of the new article's own source only.
    """
    new_from, new_words, new_hashes = _own(new)
    old_from, old_words, old_hashes = _own(old)
    n, m = len(new_words), len(old_words)
    alignment = align(new_hashes, old_hashes)
    shared_new = np.zeros(n + 1, dtype=np.bool_)
    shared = 0
    for run in alignment.runs:
        shared_new[run.i : run.i + run.length] = True
        shared += run.length
    new_set, old_set = set(new_words), set(old_words)
    replacements = [g for g in alignment.gaps if g.kind == "replaced"]
    slots = [g for g in replacements if _length(g) <= _MAX_SLOT_WORDS]
    frequency, standing = _passage_use(new, new_from, shared_new, frequencies, own_frequencies)
    both = len(np.intersect1d(new.shingles, old.shingles, assume_unique=True))
    either = len(new.shingles) + len(old.shingles) - both
    new_figures, old_figures = _own_figures(new, new_from), _own_figures(old, old_from)
    changed = _changes(new_words, old_words, new_set, old_set, new_figures, old_figures, replacements)
    changed_figures = sum(c.kind in ("number", "date") and bool(c.old) and bool(c.new) for c in changed)
    similarity = Similarity(
        jaccard=both / either if either else 0.0,
        containment_of_new=both / len(new.shingles) if len(new.shingles) else 0.0,
        containment_of_old=both / len(old.shingles) if len(old.shingles) else 0.0,
        shared_of_new=shared / n if n else 0.0,
        shared_of_old=shared / m if m else 0.0,
        shared_of_shorter=shared / min(n, m) if n and m else 0.0,
        long_word_agreement=_long_word_agreement(new_set, old_set, n <= m),
        standing_share=standing,
        headline_unsupported=_headline_unsupported(new, old),
        passage_frequency=frequency,
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


def _own(text: Fingerprint) -> tuple[int, tuple[str, ...], list[int]]:
    """Where the own text begins, its words and their hashes."""
    if not text.segments.own:
        return 0, (), []
    start, end = text.segments.own[0][0], text.segments.own[-1][1]
    return start, text.segments.body.words[start:end], text.word_hashes[start:end].tolist()


def _exchanged_in_frames(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, replacements: Sequence[Gap]) -> int:
    """Long words exchanged for others where the sentence around them stays, on both sides and in both texts.

    A sentence rewritten by an editor keeps its words in another order or goes as a whole; a frame filled for another event
    keeps its wording and exchanges the names.
    """
    new_words, old_words = _own(new)[1], _own(old)[1]
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
    new_counted = {i for f in _own_figures(new, new_from) for i in range(f.start, f.end)}
    old_counted = {i for f in _own_figures(old, old_from) for i in range(f.start, f.end)}
    exchanged = 0
    for gap in framed:
        added = _long_and_unknown(new_words, gap.new_start, gap.new_end, new_counted, old.stems)
        gone = _long_and_unknown(old_words, gap.old_start, gap.old_end, old_counted, new.stems)
        if min(added, gone) >= _MIN_EXCHANGED:
            exchanged += min(added, gone)
    return exchanged


def _long_and_unknown(words: Sequence[str], start: int, end: int, left_out: set[int], known: frozenset[str]) -> int:
    return sum(len(words[i]) > 3 and i not in left_out and stem(words[i]) not in known for i in range(start, end))


def _own_figures(text: Fingerprint, start: int) -> list[Figure]:
    """The figures of the own text, with word indices into it."""
    end = text.segments.own[-1][1] if text.segments.own else 0
    return [Figure(f.start - start, f.end - start, f.value) for f in text.figures if f.start >= start and f.end <= end]


def _length(gap: Gap) -> int:
    return max(gap.new_end - gap.new_start, gap.old_end - gap.old_start)


def _passage_use(
    new: Fingerprint, new_from: int, shared: npt.NDArray[np.bool_], frequencies: I32, own_frequencies: I32
) -> tuple[float, float]:
    """log2(1 + median frequency) of the shared passages, and the share of them that the source uses again and again."""
    if not len(new.passage_at):
        return 0.0, 0.0
    at = new.passage_at - new_from
    inside = shared[at] & shared[np.minimum(at + MIN_PASSAGE_WORDS - 1, len(shared) - 1)]
    if not inside.any():
        return 0.0, 0.0
    return (
        float(np.log2(1 + np.median(frequencies[inside]))),
        float(np.mean(own_frequencies[inside] >= _STANDING_USES)),
    )


def _long_word_agreement(new: set[str], old: set[str], new_is_shorter: bool) -> float:
    shorter, other = (new, old) if new_is_shorter else (old, new)
    long = [w for w in shorter if len(w) >= _LONG_WORD]
    return sum(w in other for w in long) / len(long) if long else 0.0


def _headline_unsupported(new: Fingerprint, old: Fingerprint) -> float:
    """How much of either headline the other article does not bear out: the mean over the headlines there are.

    The headline of a copy is borne out by the text it was copied from, whatever its wording; that of the same frame filled
    for another event names what the other article does not know.
    """
    shares = []
    for text, other in ((new, old), (old, new)):
        headline = [stem(w) for w in text.segments.headline.words if len(w) > _HEADLINE_WORD]
        if headline:
            shares.append(sum(w not in other.stems for w in headline) / len(headline))
    return sum(shares) / len(shares) if shares else _NO_HEADLINE


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


def _changes(
    new_words: tuple[str, ...],
    old_words: tuple[str, ...],
    new_set: set[str],
    old_set: set[str],
    new_figures: Sequence[Figure],
    old_figures: Sequence[Figure],
    replacements: Sequence[Gap],
) -> tuple[Change, ...]:
    """What replacements hold on either side: figures that differ in value, else words that the other text has nowhere."""
    changes: list[Change] = []
    for gap in replacements:
        if _length(gap) > _MAX_FIGURE_SLOT_WORDS:
            continue
        new = [f for f in new_figures if f.start < gap.new_end and f.end > gap.new_start]
        old = [f for f in old_figures if f.start < gap.old_end and f.end > gap.old_start]
        new_values, old_values = {f.value for f in new}, {f.value for f in old}
        new_only = [f for f in new if f.value not in old_values]
        old_only = [f for f in old if f.value not in new_values]
        if new_only or old_only:
            changes += _figure_changes(new_words, old_words, new_only, old_only)
        elif _length(gap) <= _MAX_SLOT_WORDS:
            added = " ".join(w for w in new_words[gap.new_start : gap.new_end] if w not in old_set)
            gone = " ".join(w for w in old_words[gap.old_start : gap.old_end] if w not in new_set)
            if added and gone:
                changes.append(Change("word", gone, added))
    often = {change for change, times in Counter(changes).items() if change.kind == "word" and times > 1}
    named = [Change("name", c.old, c.new) if c in often and fuzz.ratio(c.old, c.new) < _SAME_NAME else c for c in changes]
    return tuple(dict.fromkeys(named))


def _figure_changes(
    new_words: tuple[str, ...], old_words: tuple[str, ...], new: Sequence[Figure], old: Sequence[Figure]
) -> list[Change]:
    """The figures of one replacement, old against new in their order; weekdays against weekdays."""
    changes: list[Change] = []
    for kind, is_day in (("number", False), ("date", True)):
        sides = [
            [" ".join(words[f.start : f.end]) for f in figures if f.value.startswith("day") == is_day]
            for words, figures in ((old_words, old), (new_words, new))
        ]
        changes += [Change(kind, a, b) for a, b in zip_longest(*sides, fillvalue="")]  # type: ignore[arg-type]
    return changes


def _figure_agreement(new_figures: Sequence[Figure], old_figures: Sequence[Figure]) -> float:
    """Of the figures of the text that has fewer, the share that the other has too, by value; 1 without figures."""
    new = Counter(f.value for f in new_figures)
    old = Counter(f.value for f in old_figures)
    fewer = min(new.total(), old.total())
    return (new & old).total() / fewer if fewer else 1.0
