"""The stories of a `MemoryStore`, in dicts and loops: the oracle of lua/stories.lua, join.lua, regroup.lua and of `leave`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dedup.records import Membership, StoryRow


class StoryBook:
    """Who stands in which story.

    Args:
        is_here: whether an article is in the index, by seq.
    """

    def __init__(self, is_here: Callable[[int], bool]) -> None:
        self._is_here = is_here
        self._writes = 0
        self._rows: dict[int, StoryRow] = {}  # by number
        self._number: dict[int, int] = {}  # of the story, by seq

    def of(self, seqs: Iterable[int]) -> Mapping[int, StoryRow]:
        return {seq: self._rows[self._number[seq]] for seq in seqs if seq in self._number}

    def join(self, story: StoryRow, member: Membership) -> StoryRow | None:
        if member.seq in self._number:
            return self._rows[story.number] if self._number[member.seq] == story.number else None
        if not self._is_here(member.seq) or not self._is_here(story.lead):
            return None
        found = self._rows.get(story.number)
        if found is None:
            if story.version or story.lead != story.number or story.lead in self._number:
                return None
            found = StoryRow.alone(story.lead, story.id)
        elif found.lead != story.lead:
            return None
        self._put(replace(found, members=(*found.members, member)))
        return self._rows[story.number]

    def regroup(self, before: Sequence[StoryRow], after: Sequence[StoryRow]) -> bool:
        versions = {row.number: row.version for row in before}
        if any(version != (self._rows[n].version if n in self._rows else 0) for n, version in versions.items()):
            return False
        for row in after:
            if row.number not in versions and row.number in self._rows:
                return False
            for member in row.members:
                if not self._is_here(member.seq) or self._number.get(member.seq, row.number) not in (*versions, row.number):
                    return False
        for number in versions:
            self._forget(number)
        for row in after:
            self._put(row)
        return True

    def leave(self, seq: int) -> None:
        """Take an article out of its story; where it led, the lead is vacant. The founder alone needs no story."""
        number = self._number.pop(seq, None)
        if number is None:
            return
        row = self._rows[number]
        members = tuple(member for member in row.members if member.seq != seq)
        if all(member.seq == number for member in members):
            self._forget(number)
        else:
            self._put(replace(row, members=members, lead=0 if row.lead == seq else row.lead))

    def learn(self, rows: Iterable[StoryRow]) -> None:
        """Take over rows of another store that are not known here."""
        for row in rows:
            if not any(member.seq in self._number for member in row.members):
                self._writes = max(self._writes, row.version - 1)
                self._put(row)

    def drop(self, first: int, end: int) -> None:
        """Articles first..end-1 expired: a story goes with the last of its members."""
        for seq in [seq for seq in self._number if first <= seq < end]:
            del self._number[seq]
        for number in [n for n, row in self._rows.items() if all(member.seq < end for member in row.members)]:
            del self._rows[number]

    def _put(self, row: StoryRow) -> None:
        self._writes += 1
        self._rows[row.number] = replace(row, version=self._writes)
        self._number.update((member.seq, row.number) for member in row.members)

    def _forget(self, number: int) -> None:
        row = self._rows.pop(number, None)
        for member in row.members if row else ():
            self._number.pop(member.seq, None)
