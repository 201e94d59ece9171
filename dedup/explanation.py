"""Why a pair got its verdict: what each feature added, what stands between the shared passages, what would have had to differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from dedup.align import GapKind, align
from dedup.model import CopyModel
from dedup.records import Fingerprint, Similarity, Stored, Verdict, Wording
from dedup.verify import Comparison

#: How the earlier article stood when the later one arrived.
Reason = Literal[
    "compared",  # among the candidates that were verified word by word
    "too_short",  # one of the two has fewer words than `min_body_words`
    "past_retention",  # the earlier one had arrived too long before
    "outside_window",  # published too far apart
    "no_shared_passage",  # no key in common
    "list_full",  # keys in common, but so many stood under them that the earlier one was not kept there
    "shared_too_common",  # what they share, many earlier articles have too
    "others_closer",  # `max_candidates` others shared more
]

#: Fields of Similarity that are no ratios in [0, 1], with the range of their values.
_RANGES = {
    "passage_frequency": (0.0, 6.5),  # log2(1 + articles) of lists that end at their caps
    "names_exchanged": (0.0, math.inf),
    "other_days": (0.0, math.inf),
    "slots": (0.0, math.inf),
    "frame_rate": (0.0, math.inf),
    "changed_figures": (0.0, math.inf),
    "changed_figure_rate": (0.0, math.inf),
}

#: Ratios that are 0 or 1 and nothing between.
_YES_OR_NO = frozenset({"same_source"})


@dataclass(frozen=True, slots=True)
class Term:
    """One feature's part in the log-odds: `contribution = weight * value`."""

    name: str  # field of Similarity
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The smallest change of one feature, all others as they are, that moves the model's answer across its threshold."""

    name: str
    value: float
    needed: float


@dataclass(frozen=True, slots=True)
class GapCount:
    """How often one kind of gap stands between the shared passages, and how many words are in them.

    `words` counts the old text's words for `cut`, the new text's for `added`, the longer side for `replaced`; 0 for `moved`.
    """

    kind: GapKind
    places: int
    words: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the earlier article was compared with the later one at its arrival, and if not, why."""

    reason: Reason
    shared_keys: int  # body keys of the later article under which the earlier one stood
    rank: int  # its place among all that shared keys, from 1; 0 if it had none


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict on one pair, taken apart."""

    earlier: Stored
    later: Stored
    verdict: Verdict  # on the later article, with the earlier one as the only article before it
    earlier_words: int  # of the own text
    later_words: int
    comparison: Comparison | None  # None if a text is too short to compare
    wording: Wording  # what a person decided of the wording that the two share
    model: CopyModel
    terms: tuple[Term, ...]
    model_score: float | None  # what the model says by itself
    score: float | None  # what counted
    ruled: bool  # a rule decides whether it is a copy, whatever the model says
    gaps: tuple[GapCount, ...]  # only the kinds that occur
    otherwise: tuple[Otherwise, ...]  # easiest first; empty where a rule decided, or no single feature suffices
    frequencies: Literal["arrival", "partly", "none"]  # passage frequencies as of arrival; in part swept since; unknown (0)
    standing: Standing | None  # None for two texts outside an index
    recorded: Verdict | None  # what was recorded when the later article arrived

    @property
    def log_odds(self) -> float:
        """The model's sum; a copy from 0 on."""
        return self.model.intercept + sum(term.contribution for term in self.terms)


def terms_of(model: CopyModel, similarity: Similarity) -> tuple[Term, ...]:
    """What each feature adds, in the order of the model's table."""
    return tuple(Term(*term) for term in model.terms(similarity))


def otherwise(model: CopyModel, terms: tuple[Term, ...]) -> tuple[Otherwise, ...]:
    """For each feature that could have moved the answer alone: the value at which the log-odds are 0. Easiest change first.

    Counts are rounded to the next whole number on the other side. The ease of a change is its share of the feature's range.
    """
    log_odds = model.intercept + sum(term.contribution for term in terms)
    found: list[tuple[float, Otherwise]] = []
    for term in terms:
        if not term.weight:
            continue
        low, high = _RANGES.get(term.name, (0.0, 1.0))
        needed = term.value - log_odds / term.weight
        if isinstance(term.value, int) or term.name in _YES_OR_NO:
            needed = float(math.floor(needed) if needed < term.value else math.ceil(needed))
        if not low <= needed <= high or needed == term.value:
            continue
        span = high - low if math.isfinite(high) else max(term.value, needed, 1.0)
        found.append((abs(needed - term.value) / span, Otherwise(term.name, term.value, needed)))
    return tuple(other for _, other in sorted(found, key=lambda item: (item[0], item[1].name)))


def gaps_between(new: Fingerprint, old: Fingerprint) -> tuple[GapCount, ...]:
    """What stands between the shared passages of the own texts, by kind; nothing where they share no passage."""
    counts: dict[GapKind, list[int]] = {}
    for gap in align(_own_stems(new), _own_stems(old)).gaps:
        added, gone = gap.new_end - gap.new_start, gap.old_end - gap.old_start
        words = {"cut": gone, "added": added, "replaced": max(added, gone), "moved": 0}[gap.kind]
        count = counts.setdefault(gap.kind, [0, 0])
        count[0] += 1
        count[1] += words
    order: tuple[GapKind, ...] = ("replaced", "cut", "added", "moved")
    return tuple(GapCount(kind, *counts[kind]) for kind in order if kind in counts)


def _own_stems(text: Fingerprint) -> list[int]:
    stems: list[int] = text.own.stems.tolist()
    return stems
