"""`Store`: the only door to storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from dedup.errors import UnknownArticleError
from dedup.records import (
    Admitted,
    Decision,
    Entry,
    Membership,
    Sighting,
    Stored,
    StoryRow,
    Template,
    TemplateAct,
    TemplateState,
    Verdict,
)


class Bucket(NamedTuple):
    """One cell of the roll-ups; its count is the number of items whose latest version fell here."""

    day: str  # YYYY-MM-DD
    source: str
    section: str
    body: str
    headline: str


class Store(Protocol):
    """Where entries live. Each call is one atomic step; only StoreError and IndexMismatchError leave it.

    Lists are kept per generation of arrivals. Under each key the first `list_cap` entries of a generation stay, at
    most `source_cap` of them of one source; the claims (item id, source + URL, body) are never capped. Within a batch
    the entries are treated one after the other: a later one sees the earlier ones.
    """

    def admit(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        """Give each entry its sequence number, answer with who stood under its keys before, then add it.

        An id already known: from another source -> `id_taken`, nothing written; with a text already seen under
        it -> `replayed` (the postings are those of the time of its arrival), nothing written; else -> `version`.
        A known source + URL under another id is a `version` too.
        """
        ...

    def look(self, batch: Sequence[Entry], *, now_s: float) -> list[Admitted]:
        """The same answers, no trace: `seq` is 0 unless replayed, and the entries do not see each other."""
        ...

    def entries(self, seqs: Sequence[int]) -> Mapping[int, Stored]:
        """The stored articles among `seqs`; those removed or expired are absent."""
        ...

    def record(self, verdicts: Sequence[tuple[Decision, Verdict]]) -> None:
        """Keep verdicts, log their decisions and count them, in one step each. First write wins; removed ones are skipped."""
        ...

    def recorded(self, seqs: Sequence[int]) -> Mapping[int, Verdict]:
        """The verdicts recorded for `seqs`, `replayed` set; absent where none is."""
        ...

    def find(self, article_id: str) -> int | None:
        """The sequence number of the latest version of an id."""
        ...

    def remove(self, article_id: str, keys: Mapping[int, Sequence[int]]) -> bool:
        """Take every version of an item out of every answer. `keys` are the list keys of each of its seqs.

        Its text, verdict, signature and postings go; its decisions stay in the log as tombstones and in the counts.
        Returns False if the id is unknown.
        """
        ...

    def stories(self, seqs: Sequence[int]) -> Mapping[int, StoryRow]:
        """The stories that `seqs` stand in; absent where one stands alone. Members that have expired may still be named."""
        ...

    def join(self, story: StoryRow, member: Membership) -> StoryRow | None:
        """Add an article to a story, or make one of two; returns the story as it is now.

        None, with nothing written, where things have changed: the story has another lead, one of the two is gone, or is
        in another story. Others may have joined meanwhile, and joining twice is joining once. Removal takes an article
        out of its story; if it led, the lead is vacant. A founder left alone is in no story.
        """
        ...

    def regroup(self, before: Sequence[StoryRow], after: Sequence[StoryRow]) -> bool:
        """Replace stories by others, in one step. A story of one member is kept too: it has its id from a founder that is gone.

        False, with nothing written, where things have changed: a story of `before` has another version, a member of
        `after` is gone, or is in a story that `before` does not name.
        """
        ...

    def decisions(self, *, limit: int) -> list[Decision]:
        """The latest decisions, newest first; `limit` 0 means all that are kept."""
        ...

    def counts(self, first_day: str, last_day: str) -> Mapping[Bucket, int]:
        """The roll-ups of the days first..last (inclusive, at most 400 days)."""
        ...

    def sweep(self, *, now_s: float) -> int:
        """Drop generations whose every article is older than the retention; returns how many articles went.

        Templates that nobody named or decided go when they were last seen before the retention.
        """
        ...

    def generations(self) -> Mapping[int, int]:
        """The generations kept, ascending, each with its first sequence number."""
        ...

    def size(self) -> int:
        """How many sequence numbers were given out."""
        ...

    def ping(self) -> None:
        """Return if the store answers and may be written to; raise StoreError if not."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...

    # ── templates ────────────────────────────────────────────────────────────────────────────────────────────────

    def learn(self, sightings: Sequence[Sighting]) -> None:
        """Learn standing wording from articles that fill a frame. An article counts once, removed ones are skipped.

        A sighting belongs to the template that has at least half of its keys (the most; ties: the oldest); with a match it
        makes a new one where none has.
        """
        ...

    def templates(
        self, *, state: TemplateState | None, source: str | None, after: tuple[int, int] | None, limit: int
    ) -> list[Template]:
        """Templates with most articles first (ties: the latest learnt), at most `limit`; of a state, of an outlet.

        `after` is the number of articles and the id of the last one seen.
        """
        ...

    def template(self, template_id: int) -> Template | None:
        """One template, None if it is unknown."""
        ...

    def teach(self, example: Stored, act: TemplateAct) -> int:
        """Make a template by a person's word, with one article as its example; returns its id."""
        ...

    def act(self, template_id: int, act: TemplateAct) -> bool:
        """Do what a person wants of a template: what is decided of its keys holds for every article that arrives later.

        A passage that two templates share goes by the decision made last. Returns False if the id is unknown.
        """
        ...


def latest(store: Store, article_id: str, field: str = "id") -> Stored:
    """The latest version of an article. Raises UnknownArticleError, of `field`, where the index has none with this id."""
    try:
        seq = store.find(article_id)
    except UnicodeEncodeError:  # no id that was ever accepted
        seq = None
    stored = store.entries([seq]).get(seq) if seq is not None else None
    if stored is None:
        raise UnknownArticleError(article_id, field)
    return stored
