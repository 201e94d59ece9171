"""Stage 7: what the comparisons say -> the verdict, in the words of the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dedup.model import COPY_MODEL, CopyModel
from dedup.records import (
    BodyName,
    BodyVerdict,
    Fingerprint,
    Relation,
    Similarity,
    Stored,
    Wording,
    match_of,
)
from dedup.settings import Settings
from dedup.verify import Comparison, Verified

_SURE = 0.9
_COPY_SHARE = 0.6  # of both texts, in equal runs: a copy; less of either: a part
_TEMPLATE_SHARE = 0.3  # of the shorter text
_TEMPLATE_SLOTS = 3  # replacements inside shared wording that make it a frame
_STANDING_SHARE = 0.3  # of the shared passages: the source's standing wording
_STANDING_FREQUENCY = 2.0  # log2(1 + articles): passages that three earlier articles contain are standing wording
_PIECE_SCORE = 0.25  # least score of one piece of a digest
_PIECES_SHARE = 0.7  # of the digest's words that its pieces must make up
_FRAME_SHARE = 0.5  # of both texts, in equal runs: one may be the frame of the other
_FRAME_RATE = 4.5  # long words exchanged per 100 shared ones
_FRAME_RATE_WITH_MORE = 1.5  # where something else speaks for a frame, too
_NAMES_EXCHANGED = 0.5  # per 100 shared words
_NAMES_AGREE = 0.5
_OTHER_DAYS = 0.5  # log2(1 + days): the wording stood on another day before
_FIGURES_MOVED = 0.35  # figures agree less than this
_STANDING_HALF = 0.5  # of the shared passages: mostly the source's standing wording
_REPRINT_SHARE = 0.9  # of both texts: the bulletin itself, not its frame
_FRAME_SCORE = 0.4  # of a shared frame with other figures, whatever the model says
_PINNED_SCORE = 0.2  # of two texts that share pinned wording alone: neither a copy nor a piece of a digest
_UPDATE_AGREEMENT = 0.9  # a copy whose figures agree less than this, with one changed in place, is an update


def judge(stored: Stored, comparison: Comparison, model: CopyModel = COPY_MODEL, wording: Wording = "ordinary") -> Verified:
    """Score one comparison; equal texts are certain, and a frame filled for another event is no copy.

    `wording` says what a person decided of what the two share: pinned wording alone makes no copy; where it is released, the
    model alone judges.
    """
    if comparison.equal:
        return Verified(stored, comparison, 1.0)
    score = model.score(comparison.similarity)
    if wording != "ordinary":
        return Verified(stored, comparison, min(score, _PINNED_SCORE) if wording == "pinned" else score, wording)
    return Verified(stored, comparison, min(score, _FRAME_SCORE) if _frame(comparison.similarity) else score)


def _frame(s: Similarity) -> str | None:
    """The rule by which two texts are one frame filled twice: a bulletin of another day, a cable to another country."""
    framed = min(s.shared_of_new, s.shared_of_old)
    if framed < _FRAME_SHARE:
        return "same_frame_other_words" if s.frame_rate >= _FRAME_RATE else None
    elsewhere = s.other_days >= _OTHER_DAYS and s.headline_unsupported > 0
    moved = s.frame_rate >= _FRAME_RATE_WITH_MORE or s.names_exchanged >= _NAMES_EXCHANGED or elsewhere
    if s.changed_figures and s.figure_agreement <= _FIGURES_MOVED and moved:
        return "same_frame_other_figures"
    if s.changed_figures >= 3 and s.changed_figure_rate >= 3.0 and s.figure_agreement <= 0.6:
        return "same_frame_other_figures"
    if s.names_agree < _NAMES_AGREE and s.names_exchanged >= _NAMES_EXCHANGED:
        return "same_frame_other_names"
    again = framed >= _COPY_SHARE and s.other_days >= _OTHER_DAYS
    if s.frame_rate >= (_FRAME_RATE_WITH_MORE if again else _FRAME_RATE):
        return "same_frame_other_words"
    return "standing_wording" if s.standing_share >= _STANDING_HALF and framed < _REPRINT_SHARE else None


def best_first(verified: Sequence[Verified]) -> list[Verified]:
    """The best-verified first: the surest to one digit, of those the most alike to one digit, of those the earliest arrival.

    From `_SURE` on all are equally sure: of three outlets' copies the one most alike is the match, whichever outlets they are.
    """

    def order(v: Verified) -> tuple[bool, float, float, int]:
        sure = round(min(v.score, _SURE), 1)
        return (not v.comparison.equal, -sure, -round(v.comparison.similarity.jaccard, 1), v.stored.seq)

    return sorted(verified, key=order)


def decide_body(new: Fingerprint, verified: Sequence[Verified], settings: Settings) -> BodyVerdict:
    """The body verdict from all verified candidates, in `best_first` order."""
    if new.own_words < settings.min_body_words:
        return BodyVerdict("too_short", "fewer_than_min_body_words", 0.0)
    if not verified:
        return BodyVerdict("new", "no_candidate", 0.0)
    best = verified[0]
    if best.is_copy:
        also = _also(verified)
        name, relation, rule = _name_copy(best, also)
        return _body(name, rule, best, relation, also)
    pieces = _pieces(new, verified)
    if pieces:
        return _body("partial", "pieces_of_several", pieces[0], "merged", pieces[1:])
    similarity = best.comparison.similarity
    if best.wording == "pinned" and similarity.shared_of_shorter >= _TEMPLATE_SHARE:
        return _body("template", "pinned_template", best, None, ())
    if best.wording != "ordinary":
        return BodyVerdict("new", "no_copy_among_candidates", best.score)
    frame = _frame(similarity)
    if frame:
        return _body("template", frame, best, None, ())
    if min(similarity.shared_of_new, similarity.shared_of_old) >= _FRAME_SHARE and similarity.names_agree < _NAMES_AGREE:
        return _body("template", "same_frame_other_names", best, None, ())
    standing = similarity.standing_share >= _STANDING_SHARE or similarity.passage_frequency >= _STANDING_FREQUENCY
    if similarity.shared_of_shorter >= _TEMPLATE_SHARE and (standing or similarity.slots >= _TEMPLATE_SLOTS):
        return _body("template", "standing_wording" if standing else "same_frame_other_words", best, None, ())
    return BodyVerdict("new", "no_copy_among_candidates", best.score)


def _name_copy(best: Verified, also: tuple[Verified, ...]) -> tuple[BodyName, Relation, str]:
    c, s = best.comparison, best.comparison.similarity
    if c.equal:
        return "repeat", "same", "same_words"
    if also:
        return "partial", "merged", "copy_model"
    if s.changed_figures and s.figure_agreement < _UPDATE_AGREEMENT:
        return "update", "newer", "copy_model_with_changed_figures"
    if any(change.kind == "stage" for change in c.changed):
        return "update", "newer", "copy_model_with_moved_stage"
    if min(s.shared_of_new, s.shared_of_old) >= _COPY_SHARE:
        return "copy", "same", "copy_model"
    return "partial", "shorter" if s.shared_of_new >= s.shared_of_old else "longer", "copy_model"


def _pieces(new: Fingerprint, verified: Sequence[Verified]) -> tuple[Verified, ...]:
    """Articles of which none alone makes a copy but that together do: each gives its own part of a digest; else nothing."""
    covered: set[int] = set()
    pieces: list[Verified] = []
    for candidate in sorted(verified, key=lambda v: (-len(v.comparison.shared_new), v.stored.seq)):
        own_part = candidate.comparison.shared_new - covered
        if candidate.score >= _PIECE_SCORE and len(own_part) >= 0.8 * len(candidate.comparison.shared_new):
            pieces.append(candidate)
            covered |= own_part
    if len(pieces) < 2 or len(covered) < _PIECES_SHARE * new.own_words:
        return ()
    return tuple(pieces)


def _also(verified: Sequence[Verified]) -> tuple[Verified, ...]:
    """Further copies whose shared words are mostly others than those of the matches before: a digest's other items."""
    covered = set(verified[0].comparison.shared_new)
    also: list[Verified] = []
    for other in verified[1:]:
        shared = other.comparison.shared_new
        if other.is_copy and shared and len(shared - covered) >= 0.5 * len(shared):
            also.append(other)
            covered |= shared
    return tuple(also)


def with_figures(body: BodyVerdict, other: Verified) -> BodyVerdict:
    """The verdict with how the text stands to one other: figures to 4 digits, shared passages, changed facts."""
    s = other.comparison.similarity
    return replace(
        body,
        jaccard=round(s.jaccard, 4),
        containment_of_new=round(s.containment_of_new, 4),
        containment_of_old=round(s.containment_of_old, 4),
        passages=other.comparison.passages,
        changed=other.comparison.changed,
    )


def _body(name: BodyName, rule: str, best: Verified, relation: Relation | None, also: tuple[Verified, ...]) -> BodyVerdict:
    named = BodyVerdict(
        verdict=name,
        rule=rule,
        score=best.score,
        relation=relation,
        match=match_of(best.stored.article),
        also=tuple(match_of(v.stored.article) for v in also),
    )
    return with_figures(named, best)
