"""The frozen records that pass between the stages. No behaviour beyond trivial properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

BodyName = Literal["repeat", "copy", "partial", "update", "template", "new", "too_short"]
HeadlineName = Literal["repeated", "near", "changed", "rubric", "new", "missing"]
Relation = Literal["same", "shorter", "longer", "merged", "newer"]
Status = Literal["new", "version", "replayed", "id_taken"]
Wording = Literal["ordinary", "pinned", "released"]
TemplateState = Literal["learnt", "pinned", "released"]

U8 = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Article:
    """What arrives. `published` is timezone-aware; texts are as sent, `""` where absent."""

    id: str
    source: str = ""
    url: str = ""
    published: datetime | None = None
    title: str = ""
    body: str = ""
    version: str = ""
    section: str = ""
    author: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text as normalised words, each with its place in the original.

    `words[i]` stands at `original[starts[i]:ends[i]]` (code points, `ends` exclusive); `breaks[i]` is 2 where
    the word begins a new line of the original, 1 where it begins a new sentence, else 0 (`breaks[0]` is 2).
    """

    original: str
    words: tuple[str, ...]
    hashes: U32  # xxh32 of each word's UTF-8 bytes, shape (n,)
    starts: I32  # shape (n,)
    ends: I32  # shape (n,)
    breaks: U8  # shape (n,)


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency named as the origin of a text: its stable key, the words found and where they stand."""

    agency: str
    text: str
    start: int  # code points into the original body (or title, see `field`)
    end: int
    kind: Literal["credit", "mention"]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands above or below an article's own text: `body.words[start:end]`."""

    kind: Literal["headline", "dateline", "byline", "caption", "credit", "furniture"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Segments:
    """An article taken apart. Word indices are half-open ranges into `body.words`; `own` and `parts` tile it."""

    headline: NormalText  # prefixes and outlet names removed
    body: NormalText
    own: tuple[tuple[int, int], ...]  # the article's own text: one range, none in an empty body
    parts: tuple[Part, ...]  # the rest, in reading order; what stands inside the own text is not told apart
    credit: Credit | None

    @property
    def own_range(self) -> tuple[int, int]:
        """Where the own text begins and ends; (0, 0) where there is none."""
        return (self.own[0][0], self.own[-1][1]) if self.own else (0, 0)


@dataclass(frozen=True, slots=True)
class Uncredited:
    """An agency that the new article does not name although it has the text of one that credits it."""

    agency: str
    credited_by: str  # the id of that article


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a weekday: `words[start:end]` say it.

    `value` is a number's plain decimal writing without trailing zeros, or `day 0` (Saturday) to `day 6`.
    """

    start: int
    end: int
    value: str


class OwnText(NamedTuple):
    """An article's own text as two of them are compared: arrays, in which word 0 is the first of the own text."""

    words: U32  # hash of each word, shape (n,)
    stems: U32  # hash of its light stem
    flags: U8  # what kind of word it is: the bits of `lexicon`, NAME and FIGURE among them
    breaks: U8  # as in NormalText
    pieces: I32  # the word each piece begins with, and the end, shape (pieces + 1,)
    known: U32  # hashes of the light stems of all body and headline words, ascending
    headline: U32  # the same of the headline's words of four letters or more, as they stand there
    shingles: U32  # distinct hashes of the shingles, ascending
    passage_at: I32  # the word the run of each of `Fingerprint.passage_keys` begins with
    figures: I32  # the first word of each figure and the one behind it, shape (f, 2), in reading order
    values: U32  # hash of each figure's value, shape (f,)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An article made comparable: its segments, keys and own text. Made once, used by every stage after."""

    article: Article
    segments: Segments
    band_keys: U32  # of its signature; none where there is no shingle
    passage_keys: U32  # distinct, ascending, shape (k,)
    figures: tuple[Figure, ...]  # of the own text, in reading order; word indices into it
    own: OwnText

    @property
    def own_words(self) -> int:
        """How many words the own text has."""
        return len(self.own.words)


@dataclass(frozen=True, slots=True)
class Similarity:
    """How two texts overlap. Ratios in [0, 1], 0 where a side is empty; shares are of words, in runs aligned by light stems."""

    jaccard: float  # |A & B| / |A | B| of the shingle sets
    containment_of_new: float  # |A & B| / |A|, A the new article's shingles
    containment_of_old: float  # |A & B| / |B|
    shared_of_new: float  # share of the new text's words that stand in equal runs
    shared_of_old: float
    shared_of_shorter: float  # the larger of the two
    taken_over: float  # share of the shorter text whose pieces stand in the other one, in other words or order too
    names_agree: float  # of the names inside the shared text, the share that the other article has; 0.9 without names
    names_exchanged: float  # names put in the place of others, per 100 shared words (50 more counted, as in all such rates)
    headline_unsupported: float  # share of the shorter text's headline words that the other has nowhere; .15 without a headline
    same_source: float  # 1 if one outlet published both, else 0
    other_days: float  # mean over the shared passages of log2(1 + other days on which candidates with it were published)
    standing_share: float  # share of the shared passages that the new article's source has used before, again and again
    passage_frequency: float  # log2(1 + median number of earlier articles with a shared passage)
    slots: int  # short replacements inside the shared frame
    frame_rate: float  # long words exchanged inside sentences whose wording stays, per 100 shared words
    changed_figures: int  # replaced numbers and weekdays, with one on both sides
    changed_figure_rate: float  # the same, per 100 shared words
    figure_agreement: float  # share of those that the other text has too, by value; 1 without figures


@dataclass(frozen=True, slots=True)
class PageItem:
    """One article found on a scraped page."""

    kind: Literal["article", "teaser"]
    title: str
    body: str
    cut: bool  # the text breaks off in mid-sentence


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything the store needs of one article, made before it is called; hashes are 8 bytes, BLAKE2b."""

    id: str
    source: str
    id_hash: bytes
    url_hash: bytes  # of source + canonical URL; b"" without a URL
    content_hash: bytes  # of the normalised body; b"" if the body is too short to claim
    text_digest: bytes  # of title and body exactly as sent
    source_hash: int  # uint32; its low byte stands in every posting
    keys: U32  # shape (k,), distinct: passage keys, band keys, headline keys, in the order of `index.KeyPlan`
    blob: bytes  # the packed article (textpack), arrival included


@dataclass(frozen=True, slots=True)
class Postings:
    """For each key of an entry, who else stands under it, in order of arrival.

    The postings of key `i` are `seqs[offsets[i]:offsets[i + 1]]`, ascending; `sources` holds the low byte of the
    poster's source hash. A list ends at its cap, so its length is a document frequency that saturates there.
    """

    offsets: I32  # shape (k + 1,)
    seqs: U32  # shape (n,)
    sources: U8  # shape (n,)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The store's answer for one entry, as of exactly its place in the order of arrival."""

    seq: int  # 1, 2, 3 ...; of the recorded arrival when replayed; 0 for `id_taken` and for an entry only looked up
    status: Status
    version: int  # 1 for a first arrival
    earlier_versions: tuple[int, ...]  # seqs of the same item, newest first
    same_content: tuple[int, ...]  # seqs with the same content_hash, ascending: the first 32 and the last 32
    postings: Postings
    decided: U8  # for each key what a person decided of it, `template.PINNED` or `RELEASED`, else 0; empty if all are 0


@dataclass(frozen=True, slots=True)
class PassageUse:
    """How the passages of an article were used before it, as of its arrival; each array is parallel to `passage_keys`."""

    articles: I32  # earlier articles with the passage, shape (k,)
    own: I32  # of these, those of the article's own source
    other_days: I32  # days on which candidates with the passage were published, the days around the article's own left out


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as the store keeps it."""

    seq: int
    arrived_s: float  # seconds since 1970
    article: Article


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words shared by both texts: code-point offsets into each original body."""

    new: tuple[int, int]
    old: tuple[int, int]
    words: int


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that moved: what stood in the old text and what stands in the new one (`""` where nothing does)."""

    kind: Literal["number", "date", "name", "word", "negation", "direction", "stage"]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Match:
    """The earlier article a verdict points at."""

    id: str
    source: str
    url: str
    published: str | None  # ISO 8601
    title: str


def match_of(article: Article) -> Match:
    """How a verdict names an article."""
    published = article.published.isoformat() if article.published else None
    return Match(article.id, article.source, article.url, published, article.title)


@dataclass(frozen=True, slots=True)
class HeadlineComparison:
    """How two headlines stand to each other."""

    likeness: Literal["repeated", "near", "changed", "new"]
    score: float  # content words that found their like / all content words of both, each pair once; 1 for equal headlines
    changed: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class HeadlineCandidate:
    """An earlier article with a like headline, and how its body stands to the new one's (unknown where one has none)."""

    stored: Stored
    comparison: HeadlineComparison
    bodies: Literal["related", "unrelated", "unknown"]


@dataclass(frozen=True, slots=True)
class BodyVerdict:
    verdict: BodyName
    rule: str
    score: float  # 0-1, how sure the rule is that the text is a copy
    relation: Relation | None = None
    match: Match | None = None
    jaccard: float = 0.0
    containment_of_new: float = 0.0
    containment_of_old: float = 0.0
    passages: tuple[Passage, ...] = ()
    changed: tuple[Change, ...] = ()
    also: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadlineVerdict:
    verdict: HeadlineName
    rule: str
    score: float = 0.0
    match: Match | None = None
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Previous:
    """The version before this one of the same item."""

    version: int
    changed: bool  # whether the normalised title or body differs


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one article. `as_dict()` is the verdict line of the API and of the batch command."""

    id: str
    duplicate: bool
    repeated_headline: bool
    body: BodyVerdict
    headline: HeadlineVerdict
    story: str
    settings: str
    replayed: bool = False
    credit: Credit | None = None
    match_credit: Credit | None = None  # in the body of the body's match
    uncredited: Uncredited | None = None
    version: int = 1
    previous: Previous | None = None
    candidates: tuple[str, ...] = field(default=(), repr=False)

    def as_dict(self, *, candidates: bool = False) -> dict[str, Any]:
        """The verdict line, in its stable key order; `candidates` adds the ids that were verified."""
        b, h = self.body, self.headline
        line: dict[str, Any] = {
            "id": self.id,
            "duplicate": self.duplicate,
            "repeated_headline": self.repeated_headline,
            "replayed": self.replayed,
            "body": {
                "verdict": b.verdict,
                "relation": b.relation,
                "match": _match(b.match),
                "jaccard": b.jaccard,
                "containment": {"of_new": b.containment_of_new, "of_old": b.containment_of_old},
                "passages": [{"new": list(p.new), "old": list(p.old), "words": p.words} for p in b.passages],
                "changed": _changes(b.changed),
                "also": [_match(m) for m in b.also],
                "rule": b.rule,
                "score": b.score,
            },
            "headline": {
                "verdict": h.verdict,
                "match": _match(h.match),
                "changed": _changes(h.changed),
                "rule": h.rule,
                "score": h.score,
            },
            "story": self.story,
            "credit": _credit(self.credit),
            "match_credit": _credit(self.match_credit),
            "uncredited": None
            if self.uncredited is None
            else {"agency": self.uncredited.agency, "credited_by": self.uncredited.credited_by},
            "version": self.version,
            "previous": None if self.previous is None else {"version": self.previous.version, "changed": self.previous.changed},
            "settings": self.settings,
        }
        if candidates:
            line["candidates"] = list(self.candidates)
        return line

    @classmethod
    def from_dict(cls, line: dict[str, Any], *, replayed: bool) -> Verdict:
        """The inverse of `as_dict(candidates=True)`; `replayed` is set by the reader."""
        b, h, u, p = line["body"], line["headline"], line["uncredited"], line["previous"]
        return cls(
            id=line["id"],
            duplicate=line["duplicate"],
            repeated_headline=line["repeated_headline"],
            replayed=replayed,
            body=BodyVerdict(
                verdict=b["verdict"],
                rule=b["rule"],
                score=b["score"],
                relation=b["relation"],
                match=_unmatch(b["match"]),
                jaccard=b["jaccard"],
                containment_of_new=b["containment"]["of_new"],
                containment_of_old=b["containment"]["of_old"],
                passages=tuple(
                    Passage((q["new"][0], q["new"][1]), (q["old"][0], q["old"][1]), q["words"]) for q in b["passages"]
                ),
                changed=_unchanges(b["changed"]),
                also=tuple(Match(**m) for m in b["also"]),
            ),
            headline=HeadlineVerdict(
                verdict=h["verdict"],
                rule=h["rule"],
                score=h["score"],
                match=_unmatch(h["match"]),
                changed=_unchanges(h["changed"]),
            ),
            story=line["story"],
            credit=_read_credit(line["credit"]),
            match_credit=_read_credit(line["match_credit"]),
            uncredited=None if u is None else Uncredited(u["agency"], u["credited_by"]),
            version=line["version"],
            previous=None if p is None else Previous(p["version"], p["changed"]),
            settings=line["settings"],
            candidates=tuple(line.get("candidates", ())),
        )


def _credit(credit: Credit | None) -> dict[str, Any] | None:
    if credit is None:
        return None
    return {"agency": credit.agency, "text": credit.text, "at": [credit.start, credit.end], "kind": credit.kind}


def _read_credit(credit: dict[str, Any] | None) -> Credit | None:
    return None if credit is None else Credit(credit["agency"], credit["text"], credit["at"][0], credit["at"][1], credit["kind"])


def _match(match: Match | None) -> dict[str, Any] | None:
    if match is None:
        return None
    return {
        "id": match.id,
        "source": match.source,
        "url": match.url,
        "published": match.published,
        "title": match.title,
    }


def _unmatch(match: dict[str, Any] | None) -> Match | None:
    return None if match is None else Match(**match)


def _changes(changes: Sequence[Change]) -> dict[str, list[dict[str, str]]]:
    """Changed facts by kind, each a list of {"old", "new"}; only the kinds that occur."""
    by_kind: dict[str, list[dict[str, str]]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append({"old": change.old, "new": change.new})
    return by_kind


def _unchanges(by_kind: dict[str, Any]) -> tuple[Change, ...]:
    return tuple(Change(kind, c["old"], c["new"]) for kind, cs in by_kind.items() for c in cs)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Membership:
    """One article in a stored story."""

    seq: int
    score: float  # how sure it is a copy of the lead, 0-1 to 4 digits; 1 for the lead itself


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story as the store keeps it: articles, each verified against the lead.

    An article in no row leads a story of its own, which `StoryRow.alone` writes down.
    """

    number: int  # the seq of the article that founded it; while that is here, it is a member
    id: str  # its article id: names the story for good
    lead: int  # seq; 0 while vacant, after the removal of the last one
    members: tuple[Membership, ...]  # in order of joining; the lead is one of them
    version: int  # another one after every write; 0 if nothing is stored

    @classmethod
    def alone(cls, seq: int, article_id: str) -> StoryRow:
        return cls(seq, article_id, seq, (Membership(seq, 1.0),), 0)


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story, as it is shown."""

    id: str
    source: str
    url: str
    published: str | None  # ISO 8601
    arrived: str  # ISO 8601, UTC
    title: str
    version: int | None  # of the item; None until its verdict is recorded, as the two below
    verdict: BodyName | None  # of its body, as of its arrival; about its match, which need not be the lead
    relation: Relation | None
    agency: str | None  # the one that published it or that it credits
    publisher: str  # whom it counts for: that agency, else the family of its source
    score: float  # how sure it is a copy of the lead; 1 for the lead


@dataclass(frozen=True, slots=True)
class Story:
    """An article with those verified against it. `as_dict()` is the reply of the API."""

    id: str
    lead: str  # article id
    lead_rule: Literal["agency", "earliest_published", "earliest_arrival"]  # why it leads
    members: tuple[StoryMember, ...]  # in order of publication (unknown: of arrival)
    publishers: tuple[str, ...]  # independent ones: agencies and families of publishers, each once, in order of publication

    def as_dict(self) -> dict[str, Any]:
        """The story in its stable key order."""
        times = [m.published or m.arrived for m in self.members]
        return {
            "id": self.id,
            "lead": self.lead,
            "lead_rule": self.lead_rule,
            "articles": len(self.members),
            "sources": list(dict.fromkeys(m.source for m in self.members)),
            "publishers": list(self.publishers),
            "first": times[0],
            "last": times[-1],
            "members": [{f.name: getattr(m, f.name) for f in fields(m)} for m in self.members],
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """One judged article, as the decision log keeps it: no text. First write wins.

    `day` (YYYY-MM-DD, UTC, of publication, else of arrival), `source`, `section`, `body` and `headline` name the
    roll-up bucket that counts it; an item counts once, in the bucket of its latest version.
    """

    seq: int
    id: str
    item: str  # names the item over its versions; set by the store: the seq of the first version it recorded
    version: int
    source: str
    section: str
    day: str
    decided_s: float  # arrival, seconds since 1970
    published: str | None
    body: BodyName
    headline: HeadlineName
    duplicate: bool
    repeated_headline: bool
    match_id: str
    match_source: str
    headline_match_id: str
    story: str
    rule: str
    settings: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """An article seen to fill a frame: what the registry of templates learns from one verdict."""

    seq: int
    source: str
    arrived_s: float  # seconds since 1970
    keys: U32  # passage keys that stand for the frame's wording, distinct, ascending, at least one
    match: Stored | None  # the article it shares them with; None if a person pinned them before


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """One act of a person on a template."""

    at_s: float  # seconds since 1970
    by: str  # who, as the caller named them
    state: TemplateState | None  # the new state; None if it stayed
    name: str | None  # the new name; None if it stayed


@dataclass(frozen=True, slots=True)
class Template:
    """Standing wording as the registry keeps it: keys and numbers, no text."""

    id: int
    state: TemplateState
    name: str  # given by a person, else ""
    articles: int  # that filled it
    first_s: float  # arrival of the first and the last of them, seconds since 1970
    last_s: float
    sources: tuple[tuple[str, int], ...]  # outlets and their articles, most first
    examples: tuple[int, ...]  # sequence numbers, ascending: the first two and the latest
    keys: tuple[tuple[int, int], ...]  # passage keys and how many articles showed each, most first
    decided_keys: tuple[int, ...]  # passage keys that its state speaks of, ascending; empty if learnt
    changes: tuple[TemplateChange, ...]  # the latest, oldest first


@dataclass(frozen=True, slots=True)
class TemplateAct:
    """What a person does to a template; a member that is None stays as it is."""

    state: TemplateState | None
    name: str | None
    keys: U32  # that a new state speaks of, distinct, ascending; empty for `learnt`
    by: str
    at_s: float
