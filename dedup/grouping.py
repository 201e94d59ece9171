"""Stories in the store: an arrival joins one, leads one, or takes the lead of one. The rules are in `story.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dedup.records import Membership, Stored, StoryRow
from dedup.store.protocol import Store
from dedup.story import arrange, belongs, lead_order, members_of
from dedup.verify import Verified

LAST = 2**32  # stands for the seq of an article that is only looked up: later than any
_STORIES_TRIED = 3  # stories of an arrival's copies that are considered
_MEMBERS_REGROUPED = 200  # members that are compared with a new lead; a larger story keeps its lead
_TRIES = 64  # where others change the same story at the same time: one of six writers loses five times of six


_Pairs = Mapping[tuple[int, int], Verified]
_Rank = tuple[bool, float, float, tuple[bool, float, int]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that was judged, on its way into a story."""

    stored: Stored
    verified: Sequence[Verified]  # in `best_first` order
    earlier_versions: Sequence[int]  # of its item, newest first
    digest: bool  # made of several items: it brings none of them together
    replayed: bool  # it arrived before, and may have been placed then


class Grouping:
    """Puts arrivals into stories, each verified against the lead itself and never against another member alone.

    Args:
        compare: (later, earlier) -> the later article compared with the earlier one, as of the later one's arrival; None if
            the earlier one lies outside the window or either is too short to judge.
        opening: where the opening of an article ends, as `story.opening_end` says.
        versions: (article, before) -> the seqs of its item's versions below `before`, newest first.
        retention_s: how long after its arrival an article counts.
    """

    def __init__(
        self,
        store: Store,
        *,
        compare: Callable[[Stored, Stored], Verified | None],
        opening: Callable[[Stored], int],
        versions: Callable[[Stored, int], Sequence[int]],
        retention_s: float,
    ) -> None:
        self._store = store
        self._compare = compare
        self._opening = opening
        self._versions = versions
        self._retention_s = retention_s

    def place(self, arrivals: Sequence[Arrival], *, keep: bool) -> list[str]:
        """Put arrivals into stories one after the other; the id of each one's story.

        Args:
            keep: whether to write it down. If not, they do not see each other.
        """
        view = _View(self._store)
        view.load(seq for arrival in arrivals for seq in _seqs(arrival))
        return [self._place(arrival, view, keep) for arrival in arrivals]

    def lose_lead(self, row: StoryRow, new: Stored | None = None) -> None:
        """Give a story another lead, and those that are no copies of it stories of their own.

        Args:
            new: an arrival as of which members count; without one, all that are here do.
        """
        for _ in range(_TRIES):
            here = self._texts([m.seq for m in row.members], new)
            if not here or self._store.regroup([row], self._regrouped([row], list(here.values()), None, {})):
                return
            rows = self._store.stories(sorted(here)).values()
            row = next((r for r in rows if r.number == row.number), row)
            if row.lead in here:  # somebody else was faster
                return

    def _place(self, arrival: Arrival, view: _View, keep: bool) -> str:
        for _ in range(_TRIES):
            view.load(_seqs(arrival))
            placed = self._try(arrival, view, keep)
            if placed is not None:
                return placed
            view.forget(_seqs(arrival))
        return arrival.stored.article.id  # others change its story all the time: it leads its own

    def _try(self, arrival: Arrival, view: _View, keep: bool) -> str | None:
        """The id of the arrival's story; None if the store has changed under us, or was put in order first."""
        new = arrival.stored
        known = {(new.seq, v.stored.seq): v for v in arrival.verified}
        near = {v.stored.seq: v.stored for v in arrival.verified}
        standing = view.row(new.seq)  # others were faster, or it was placed before
        if standing is not None and standing.number != new.seq:
            return standing.id
        replaced = next((row for row in map(view.row, arrival.earlier_versions) if row is not None), None)
        if standing is None and replaced is not None:
            return self._replace(arrival, replaced, known, view, keep)
        found: list[tuple[_Rank, StoryRow, Stored]] = []
        for row in self._stories_of(arrival, view):
            if standing is not None and row.number == standing.number:
                continue
            lead = near.get(row.lead) or self._texts([row.lead], new).get(row.lead)
            if lead is None:
                if not keep:
                    continue
                self.lose_lead(row, new)
                return None
            pair = self._fit(lead, new, known)
            if pair is None and _outranks(new, lead, [row]):
                pair = self._fit(new, lead, known)
            if pair is not None:
                found.append((_rank(pair, lead), row, lead))
        found.sort(key=lambda one: one[0])
        rows, lead = self._united(found, new, standing, known)
        if lead is None:
            return standing.id if standing is not None else new.article.id
        if standing is None and len(rows) == 1 and lead.seq == rows[0].lead:
            pair = self._fit(lead, new, known)
            assert pair is not None, "a lead has those it leads"
            joined = self._store.join(rows[0], Membership(new.seq, round(pair.score, 4))) if keep else rows[0]
            story = joined.id if joined is not None else None
        else:
            others = self._texts([m.seq for row in rows for m in row.members if m.seq != new.seq], new)
            after = self._regrouped(rows, [new, *others.values()], lead, known)
            story = next((row.id for row in after if any(m.seq == new.seq for m in row.members)), None)
            if keep and not self._store.regroup(rows, after):
                story = None
        if keep:
            view.forget([new.seq, *(m.seq for row in rows for m in row.members)])
        return story

    def _united(
        self, found: Sequence[tuple[_Rank, StoryRow, Stored]], new: Stored, standing: StoryRow | None, known: _Pairs
    ) -> tuple[list[StoryRow], Stored | None]:
        """The stories that an arrival makes one, and who leads that. Without a lead it goes nowhere.

        As a rule it is the one whose lead it copies best. Where later arrivals were faster and have joined it already, it takes
        theirs along, if all leads are copies of one of them.
        """
        if not found:
            return [], None
        _, row, lead = found[0]
        rows, contenders = [row], {new.seq: new, lead.seq: lead}
        if standing is not None:
            rows.append(standing)
            contenders |= self._texts([standing.lead], new) if standing.lead != new.seq else {}
        if sum(len(r.members) for r in rows) > _MEMBERS_REGROUPED:
            return (rows, lead) if standing is None else ([], None)
        for leader in sorted(contenders.values(), key=lead_order):
            if all(self._fit(leader, other, known) for other in contenders.values() if other is not leader):
                return rows, leader
        return [], None

    def _replace(self, arrival: Arrival, row: StoryRow, known: _Pairs, view: _View, keep: bool) -> str | None:
        """A new version takes the place of the one before it, or leaves the story with it: an item counts once."""
        new, gone = arrival.stored, set(arrival.earlier_versions)
        here = self._texts([m.seq for m in row.members if m.seq not in gone], new)
        pool, lead = list(here.values()), here.get(row.lead)
        if lead is None:
            pool += [] if arrival.digest else [new]
        elif not arrival.digest:
            if _outranks(new, lead, [row]) and self._fit(new, lead, known):
                pool, lead = [*pool, new], new
            elif self._fit(lead, new, known):
                pool.append(new)
        after = self._regrouped([row], pool, lead, known, heir=new.seq if row.number in gone else None)
        mine = next((r.id for r in after if any(m.seq == new.seq for m in r.members)), None)
        if not keep:
            return mine or new.article.id
        done = self._store.regroup([row], after)
        view.forget([new.seq, *(m.seq for m in row.members)])
        return mine if done else None  # None, too, where it has left: it may belong elsewhere

    def _fit(self, lead: Stored, other: Stored, known: _Pairs) -> Verified | None:
        """An article compared with a lead; None if it does not belong to it.

        Args:
            known: pairs that were compared already, by the seqs of the later and the earlier one.
        """
        later, earlier = (lead, other) if lead.seq > other.seq else (other, lead)
        pair = known.get((later.seq, earlier.seq)) or self._compare(later, earlier)
        if pair is None or not belongs(
            pair, lead_is_newer=later is lead, new_opening=self._opening(later), old_opening=self._opening(earlier)
        ):
            return None
        return pair

    def _stories_of(self, arrival: Arrival, view: _View) -> Iterable[StoryRow]:
        """The stories of the articles it copies, best first; a version that was replaced stands for its successor."""
        if arrival.digest:
            return
        seen: set[int] = set()
        for pair in arrival.verified:
            if len(seen) == _STORIES_TRIED:
                return
            if not pair.is_copy:
                continue
            row = view.row(pair.stored.seq)
            if row is None:
                newer = next(iter(self._versions(pair.stored, arrival.stored.seq)), pair.stored.seq)
                current = pair.stored if newer == pair.stored.seq else self._texts([newer]).get(newer)
                if current is None:
                    continue
                view.load([newer])
                row = view.row(newer) or StoryRow.alone(newer, current.article.id)
            if row.number not in seen:
                seen.add(row.number)
                yield row

    def _texts(self, seqs: Sequence[int], new: Stored | None = None) -> dict[int, Stored]:
        """The articles that are here, and within the retention as of an arrival."""
        stored = self._store.entries(seqs)
        return {
            seq: other for seq, other in stored.items() if new is None or new.arrived_s - other.arrived_s <= self._retention_s
        }

    def _regrouped(
        self,
        rows: Sequence[StoryRow],
        pool: Sequence[Stored],
        lead: Stored | None,
        known: _Pairs,
        *,
        heir: int | None = None,
    ) -> list[StoryRow]:
        """The stories that a pool of articles makes in place of others: led by `lead`, else by whom most belong to.

        The one with a story's founder keeps its number and id; if that is gone, the first. An article alone under its own
        id is in none.

        Args:
            pool: members of the stories, and an arrival.
            heir: the new version of the founder: no other story may have the id then.
        """
        scores = {(row.lead, m.seq): m.score for row in rows for m in row.members}
        before = {m.seq for row in rows for m in row.members}

        def fit(lead: Stored, other: Stored) -> float | None:
            if (lead.seq, other.seq) in scores:
                return scores[lead.seq, other.seq]
            pair = self._fit(lead, other, known)
            return round(pair.score, 4) if pair else None

        groups = []
        if lead is not None:
            first = members_of(lead, pool, fit)
            groups = [(lead, first)]
            pool = [stored for stored in pool if stored.seq not in first]
        groups += arrange(pool[:_MEMBERS_REGROUPED], fit)
        names: dict[int, tuple[int, str]] = {}
        for row in sorted(rows, key=lambda row: row.number):
            founder = row.number if heir is None else heir
            keeps = next((n for n, (_, members) in enumerate(groups) if founder in members), 0 if heir is None else None)
            if keeps is not None:
                names.setdefault(keeps, (row.number, row.id))
        after = []
        for n, (leader, members) in enumerate(groups):
            number, name = names.get(n, (leader.seq, leader.article.id))
            if len(members) > 1 or (name != leader.article.id and leader.seq in before):
                after.append(StoryRow(number, name, leader.seq, tuple(Membership(*m) for m in members.items()), 0))
        return after


def _rank(pair: Verified, lead: Stored) -> _Rank:
    """Which of several leads an article copies best, the least first; `best_first`, but the better lead where they are equal."""
    comparison = pair.comparison
    return not comparison.equal, -round(pair.score, 1), -round(comparison.similarity.jaccard, 1), lead_order(lead)


def _outranks(new: Stored, lead: Stored, rows: Sequence[StoryRow]) -> bool:
    """Whether an arrival would lead if the lead belongs to it; a story too large to be compared keeps its own."""
    return sum(len(row.members) for row in rows) <= _MEMBERS_REGROUPED and lead_order(new) < lead_order(lead)


class _View:
    """What is known of the stories of some articles."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[int, StoryRow | None] = {}

    def load(self, seqs: Iterable[int]) -> None:
        """Ask for those not known yet, in one call."""
        wanted = sorted({seq for seq in seqs if 0 < seq < LAST and seq not in self._rows})
        if wanted:
            found = self._store.stories(wanted)
            self._rows.update((seq, found.get(seq)) for seq in wanted)
            self._rows.update((m.seq, row) for row in found.values() for m in row.members)

    def forget(self, seqs: Iterable[int]) -> None:
        """What was known of these has changed."""
        for seq in seqs:
            self._rows.pop(seq, None)

    def row(self, seq: int) -> StoryRow | None:
        """The story of an article that was loaded; None if it stands alone."""
        return self._rows.get(seq)


def _seqs(arrival: Arrival) -> list[int]:
    """The articles whose stories an arrival's place depends on: none for one that copies nothing and has come now."""
    others = [*arrival.earlier_versions, *(v.stored.seq for v in arrival.verified if v.is_copy)]
    return [arrival.stored.seq, *others] if others or arrival.replayed else []
