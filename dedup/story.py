"""Stage 8: verified pairs -> who leads a story and who belongs to it. Pure; `grouping.py` puts it together with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from dedup.publisher import agency_of, publisher_of
from dedup.records import Article, Credit, Fingerprint, Stored, Story, StoryMember, StoryRow, Verdict
from dedup.verify import Comparison, Verified

# One false pair would bring strangers together, so a member must be a surer copy of the lead than a verdict needs, and begin as
# it does, most of one being in the other; or hold nearly all of it and little else; or hold most of it, its opening too. Then any
# two members share words of the lead, and a digest or a war diary, be it the lead or the member, a column that opens with the
# news and a paragraph of background unite nobody.
_SURE = 0.7
_NEARLY_ALL = 0.8
_MOST = 0.6
_HALF = 0.5
_OPENING_WORDS = 15  # a passage of the opening begins within them
_SAME_BEGINNING = 20  # words in passages that begin in both openings; a prince's titles and name are 18
_CONTENDERS = 3  # articles tried as lead of a group that has lost its own


def lead_order(stored: Stored) -> tuple[bool, float, int]:
    """Whom to prefer as lead, the least first: an agency, the earliest published (unknown: arrived), the first arrival."""
    return agency_of(stored.article.source) is None, _time_s(stored), stored.seq


def _time_s(stored: Stored) -> float:
    published = stored.article.published
    return published.timestamp() if published else stored.arrived_s


def opening_end(text: Fingerprint) -> int:
    """Where the opening of a text ends, in code points of its body; 0 without own text."""
    first, last = text.segments.own_range
    return int(text.segments.body.ends[min(first + _OPENING_WORDS, last) - 1]) if last else 0


def belongs(pair: Verified, *, lead_is_newer: bool, new_opening: int, old_opening: int) -> bool:
    """Whether an article may stand in the story of another.

    Args:
        pair: the later arrival compared with the earlier one.
        lead_is_newer: whether the lead is the later of the two.
        new_opening, old_opening: `opening_end` of either.
    """
    if not pair.is_copy or pair.score < _SURE or _of_another_day(pair.comparison):
        return False
    similarity, passages = pair.comparison.similarity, pair.comparison.passages
    of_lead, of_member = similarity.shared_of_old, similarity.shared_of_new
    if lead_is_newer:
        of_lead, of_member = of_member, of_lead
    beginning = sum(p.words for p in passages if p.new[0] < new_opening and p.old[0] < old_opening)
    if beginning >= _SAME_BEGINNING and max(of_lead, of_member) >= _MOST:
        return True
    opens = any(p.new[0] < new_opening if lead_is_newer else p.old[0] < old_opening for p in passages)
    return of_member >= _HALF and of_lead >= (_MOST if opens else _NEARLY_ALL)


def _of_another_day(comparison: Comparison) -> bool:
    """Whether it is another day's bulletin: another weekday in the place of one, and no more than half of the figures agree."""
    other_weekday = any(change.kind == "date" and change.old and change.new for change in comparison.changed)
    return other_weekday and comparison.similarity.figure_agreement <= _HALF


def arrange(pool: Sequence[Stored], score: Callable[[Stored, Stored], float | None]) -> list[tuple[Stored, dict[int, float]]]:
    """Split articles into stories: each a lead and the seqs that belong to it, with their scores (the lead's is 1).

    Of the first three by `lead_order` the one with most members leads; those left over make stories of their own in the same way.

    Args:
        score: (lead, other) -> how sure `other` is a copy of the lead, None if it does not belong to it.
    """
    stories = []
    left = sorted(pool, key=lead_order)
    while left:
        tried = [(lead, members_of(lead, left, score)) for lead in left[:_CONTENDERS]]
        lead, members = max(tried, key=lambda t: len(t[1]))  # the first of the largest
        stories.append((lead, members))
        left = [stored for stored in left if stored.seq not in members]
    return stories


def members_of(lead: Stored, pool: Iterable[Stored], score: Callable[[Stored, Stored], float | None]) -> dict[int, float]:
    """Those of a pool that belong to a lead, itself first."""
    found = {lead.seq: 1.0}
    for other in pool:
        if other.seq != lead.seq and (sure := score(lead, other)) is not None:
            found[other.seq] = sure
    return found


def describe(
    row: StoryRow,
    stored: Sequence[Stored],
    credits: Mapping[int, Credit | None],
    verdicts: Mapping[int, Verdict],
    families: Mapping[str, str],
) -> Story:
    """A stored story as it is shown.

    Args:
        stored: those of its members that are here, at least one.
        credits, verdicts: of the members, by seq.
        families: family by source, for the sources that share one.
    """
    scores = {member.seq: member.score for member in row.members}
    lead = next((s for s in stored if s.seq == row.lead), None) or min(stored, key=lead_order)
    members = []
    for s in sorted(stored, key=lambda s: (_time_s(s), s.seq)):
        article, verdict = s.article, verdicts.get(s.seq)
        publisher, agency = publisher_of(article.source, credits.get(s.seq), families)
        members.append(
            StoryMember(
                id=article.id,
                source=article.source,
                url=article.url,
                published=article.published.isoformat() if article.published else None,
                arrived=datetime.fromtimestamp(s.arrived_s, UTC).isoformat(),
                title=article.title,
                version=verdict.version if verdict else None,
                verdict=verdict.body.verdict if verdict else None,
                relation=verdict.body.relation if verdict else None,
                agency=agency,
                publisher=publisher,
                score=1.0 if s is lead else scores[s.seq],
            )
        )
    publishers = tuple(dict.fromkeys(member.publisher for member in members))
    return Story(row.id, lead.article.id, _lead_rule(lead.article), tuple(members), publishers)


def _lead_rule(lead: Article) -> Literal["agency", "earliest_published", "earliest_arrival"]:
    if agency_of(lead.source):
        return "agency"
    return "earliest_published" if lead.published else "earliest_arrival"
