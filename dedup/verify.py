"""Stage 6: two texts -> how they overlap, word by word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dedup.align import Alignment, Gap, Run, align
from dedup.records import I32, Change, Comparison, Figure, Fingerprint, Passage, Similarity

MIN_PASSAGE_WORDS = 4  # shorter equal runs are not shown
MAX_PASSAGES = 50
MAX_CHANGES = 20
_MAX_SLOT_WORDS = 12  # a replacement up to this long on both sides is a slot of a frame; longer ones are other sentences
_MAX_FIGURE_SLOT_WORDS = 30  # figures are compared across longer replacements: they are rare enough to mean the same thing
_LONG_WORD = 5  # letters; shorter words are mostly grammar
_MAX_SLOT_DIFFERENCE = 4  # words a side that one slot may count for
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
    replaced = sum(
        min(_MAX_SLOT_DIFFERENCE, sum(w not in old_set for w in new_words[g.new_start : g.new_end]))
        + min(_MAX_SLOT_DIFFERENCE, sum(w not in new_set for w in old_words[g.old_start : g.old_end]))
        for g in slots
    )
    frequency, standing = _passage_use(new, new_from, shared_new, frequencies, own_frequencies)
    both = len(np.intersect1d(new.shingles, old.shingles, assume_unique=True))
    either = len(new.shingles) + len(old.shingles) - both
    new_figures, old_figures = _own_figures(new, new_from), _own_figures(old, old_from)
    changed = _changes(new_words, old_words, new_set, old_set, new_figures, old_figures, replacements)
    similarity = Similarity(
        jaccard=both / either if either else 0.0,
        containment_of_new=both / len(new.shingles) if len(new.shingles) else 0.0,
        containment_of_old=both / len(old.shingles) if len(old.shingles) else 0.0,
        shared_of_new=shared / n if n else 0.0,
        shared_of_old=shared / m if m else 0.0,
        shared_of_shorter=shared / min(n, m) if n and m else 0.0,
        long_word_agreement=_long_word_agreement(new_set, old_set, n <= m),
        replaced_rate=replaced / (shared / 100 + 0.5),
        standing_share=standing,
        passage_frequency=frequency,
        headline_overlap=_headline_overlap(new, old),
        slots=len(slots),
        changed_figures=sum(c.kind == "number" and bool(c.old) and bool(c.new) for c in changed),
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


def _own_figures(text: Fingerprint, start: int) -> list[Figure]:
    """The figures of the own text, with word indices into it."""
    return [Figure(f.start - start, f.end - start, f.value) for f in text.figures if f.start >= start]


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


def _headline_overlap(new: Fingerprint, old: Fingerprint) -> float:
    left, right = set(new.segments.headline.words), set(old.segments.headline.words)
    shorter = min(len(left), len(right))
    return len(left & right) / shorter if shorter else 0.0


def _passages(new: Fingerprint, old: Fingerprint, new_from: int, old_from: int, alignment: Alignment) -> tuple[Passage, ...]:
    """Runs as places in both originals, the longest `MAX_PASSAGES`, in the order of the new text."""
    runs: list[Run] = []
    for run in alignment.runs:
        last = runs[-1] if runs else None
        if last and last.i + last.length == run.i and last.j + last.length == run.j:
            runs[-1] = Run(last.i, last.j, last.length + run.length)
        else:
            runs.append(run)
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
        if new_values != old_values:
            change = Change(
                "number",
                " ".join(w for f in old if f.value not in new_values for w in old_words[f.start : f.end]),
                " ".join(w for f in new if f.value not in old_values for w in new_words[f.start : f.end]),
            )
        elif _length(gap) > _MAX_SLOT_WORDS:
            continue
        else:
            change = Change(
                "word",
                " ".join(w for w in old_words[gap.old_start : gap.old_end] if w not in new_set),
                " ".join(w for w in new_words[gap.new_start : gap.new_end] if w not in old_set),
            )
            if not change.old or not change.new:
                continue
        if change not in changes:
            changes.append(change)
    return tuple(changes)


def _figure_agreement(new_figures: Sequence[Figure], old_figures: Sequence[Figure]) -> float:
    """Of the figures of the text that has fewer, the share that the other has too, by value; 1 without figures."""
    new = Counter(f.value for f in new_figures)
    old = Counter(f.value for f in old_figures)
    fewer = min(new.total(), old.total())
    return (new & old).total() / fewer if fewer else 1.0
