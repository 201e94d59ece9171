"""The bodies of the API as pydantic models: for the OpenAPI document, for clients, and for the tests that hold replies to them.

Requests are read by `service.formats`, which says more exactly what is wrong than a model can; a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from dedup.explanation import Reason
from dedup.records import BodyName, HeadlineName, Relation, TemplateState
from service.keys import MAX_NAME_CHARS, Scope, Via
from service.reasons import About

Text = str | None


class Request(BaseModel):
    """A body that callers send: null counts as absent, members not named here are ignored."""

    model_config = ConfigDict(extra="ignore")


class Reply(BaseModel):
    """A body that we send: every member named here is there, and no other."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class ArticleIn(Request):
    """One article. A title or a body is required."""

    id: Text = Field(None, max_length=200, description="Your own id; else made from source and URL; else a unique one is made.")
    source: Text = Field(None, max_length=200, description="The outlet; the host of `url` if absent.")
    url: Text = Field(None, max_length=4_096)
    published: Text = Field(
        None, description="ISO 8601 (without a zone: UTC) or RFC 2822.", examples=["2025-11-09T05:40:00+03:00"]
    )
    title: Text = Field(None, description="The headline, at most `max_title_chars` characters.")
    body: Text = Field(None, description="The text, at most `max_body_bytes` bytes of UTF-8.")
    version: Text = Field(None, max_length=100)
    section: Text = Field(None, max_length=200)
    author: Text = Field(None, max_length=500)
    lang: Text = Field(None, max_length=35)


class NinjsTextIn(Request):
    """A headline, body or description of ninjs."""

    role: Text = None
    contentType: Text = None
    value: str


class NinjsIn(Request):
    """IPTC ninjs 3.x; 2.x writes the same members in lower case. Members not named here are ignored."""

    uri: str = Field(min_length=1, description="Becomes the id.")
    type: Literal["text", "composite"] | None = None
    pubStatus: Literal["usable"] | None = None
    version: str | int | None = None
    firstCreated: Text = None
    versionCreated: Text = None
    copyrightHolder: Text = Field(None, max_length=200, description="Becomes the source.")
    language: Text = Field(None, max_length=35)
    by: Text = Field(None, max_length=500)
    title: Text = None
    headlines: list[NinjsTextIn] | None = None
    bodies: list[NinjsTextIn] | None = None
    descriptions: list[NinjsTextIn] | None = None


class NewsArticleIn(Request):
    """schema.org NewsArticle as JSON-LD; docs/formats.md names the members that are read, and the forms of their values."""

    type: str | list[str] = Field(alias="@type")
    url: Any = None
    mainEntityOfPage: Any = None
    headline: Any = None
    articleBody: Any = None
    description: Any = None
    datePublished: Any = None
    author: Any = None
    publisher: Any = None
    articleSection: Any = None
    inLanguage: Any = None
    version: Any = None


class PageIn(Request):
    """A scraped page: one of `text` and `html` is required."""

    text: Text = Field(None, description="The page as plain text, one block a line.")
    html: Text = Field(None, description="The page as HTML.")
    id: Text = Field(
        None,
        max_length=200,
        description="Prefix of the items' ids: `ID:1`, `ID:2` ...; unique ones are made if absent.",
    )
    source: Text = Field(None, max_length=200)
    url: Text = Field(None, max_length=4_096, description="The page's address; it belongs to the first item.")
    published: Text = Field(None, description="ISO 8601 or RFC 2822, for every item.")
    section: Text = Field(None, max_length=200)
    lang: Text = Field(None, max_length=35)


class PairIn(Request):
    """Two texts, the older first: a string is a body, a headline is `{"title": ...}`."""

    a: str | ArticleIn
    b: str | ArticleIn


class MatchOut(Reply):
    """The earlier article a verdict points at."""

    id: str
    source: str
    url: str
    published: str | None
    title: str


class ContainmentOut(Reply):
    """Share of each side's word runs that the other side has, 0 to 1."""

    of_new: float = Field(ge=0, le=1)
    of_old: float = Field(ge=0, le=1)


class PassageOut(Reply):
    """A shared run of words: code-point offsets into each original body, the end exclusive."""

    new: tuple[int, int]
    old: tuple[int, int]
    words: int


class ChangeOut(Reply):
    """A fact that moved; empty where nothing stands in its place."""

    old: str
    new: str


Changes = dict[Literal["number", "date", "name", "word", "negation", "direction", "stage"], list[ChangeOut]]


class BodyOut(Reply):
    """What became of the text."""

    verdict: BodyName
    relation: Relation | None
    match: MatchOut | None
    jaccard: float = Field(ge=0, le=1)
    containment: ContainmentOut
    passages: list[PassageOut]
    changed: Changes
    also: list[MatchOut] = Field(description="Further articles that a digest takes over.")
    rule: str = Field(description="The rule that decided.")
    score: float = Field(ge=0, le=1)


class HeadlineOut(Reply):
    """What became of the headline."""

    verdict: HeadlineName
    match: MatchOut | None
    changed: Changes
    rule: str
    score: float = Field(ge=0, le=1)


class CreditOut(Reply):
    """The agency named in the text, and where."""

    agency: str
    text: str
    at: tuple[int, int]
    kind: Literal["credit", "mention"]


class UncreditedOut(Reply):
    """An agency that this text does not name although an earlier article with the same text credits it."""

    agency: str
    credited_by: str = Field(description="The id of that article.")


class PreviousOut(Reply):
    """The version before this one of the same item."""

    version: int
    changed: bool


class VerdictOut(Reply):
    """The answer for one article: the line that `mukarrar check` prints, too."""

    id: str
    duplicate: bool = Field(description="The text is already published: its verdict is one of `duplicate_when`.")
    repeated_headline: bool = Field(description="The headline is `repeated` or `near`.")
    replayed: bool = Field(description="The same id and text were judged before; this is the verdict recorded then.")
    body: BodyOut
    headline: HeadlineOut
    story: str = Field(description="The story as of its arrival; see `/v1/stories/{id}`.")
    credit: CreditOut | None
    match_credit: CreditOut | None = Field(description="The agency named in the body of `body.match`, and where there.")
    uncredited: UncreditedOut | None
    version: int
    previous: PreviousOut | None
    settings: str = Field(description="Version of the settings that decided.")


class LineErrorOut(Reply):
    """Why a line of a bulk post has no verdict."""

    code: str
    field: str
    message: str


class RejectedLineOut(Reply):
    """A line of a bulk post that has no verdict."""

    id: Text = Field(description="The id, where it could be read.")
    line: int = Field(ge=1, description="Its number in the body.")
    error: LineErrorOut


class BulkLineOut(RootModel[VerdictOut | RejectedLineOut]):
    """One line of the reply to a bulk post."""


class PageItemOut(VerdictOut):
    """The verdict on one item of a page."""

    item: int = Field(ge=1, description="Its place on the page.")
    kind: Literal["article", "teaser"]
    cut: bool = Field(description="Its text breaks off in mid-sentence.")


class RefusedItemOut(Reply):
    """An item of a page that cannot be judged."""

    item: int = Field(ge=1)
    kind: Literal["article", "teaser"]
    cut: bool
    problem: Problem


class PageOut(Reply):
    """The items of a page, in reading order."""

    items: list[PageItemOut | RefusedItemOut]


class ExplainedOut(Reply):
    """One of the two articles that are explained."""

    id: str
    source: str
    url: str
    published: str | None
    title: str
    arrived: str
    words: int = Field(description="Words of its own text: without dateline, credit and furniture.")


class SentenceOut(Reply):
    """One sentence of the explanation, and what it is about."""

    about: About
    text: str


class ArrivalOut(Reply):
    """How the earlier article stood when the later one arrived."""

    compared: bool
    reason: Reason
    shared_keys: int = Field(ge=0, description="Keys of the later article's text under which the earlier one stood.")
    rank: int = Field(ge=0, description="Its place among all that shared keys; 0 if it had none.")


class QuotedPassageOut(PassageOut):
    """A shared passage with its words in both texts, the middle left out where it is long."""

    new_text: str
    old_text: str


class GapOut(Reply):
    """What stands between the shared passages, by kind."""

    kind: Literal["replaced", "cut", "added", "moved"]
    places: int = Field(ge=1)
    words: int = Field(ge=0)


class ModelOut(Reply):
    """The copy model's sum: the intercept and all contributions."""

    intercept: float
    sum: float = Field(description="Log-odds; a copy from 0 on.")
    score: float = Field(ge=0, le=1, description="The same as a probability.")
    threshold: float
    decided: bool = Field(description="False where a rule decides, whatever the model says: see `overruled_by`.")


class FeatureOut(Reply):
    """One feature's part in the sum."""

    name: str
    label: str
    note: str
    value: float
    shown: str = Field(description="The value as people read it.")
    weight: float
    contribution: float = Field(description="`weight` times `value`.")


class OverruleOut(Reply):
    """The rule that decided in the model's place."""

    rule: str
    score: float
    text: str


class OtherwiseOut(Reply):
    """The smallest change of one feature, all others as they are, that crosses the model's threshold."""

    feature: str
    value: float
    needed: float
    text: str


class ExplanationOut(Reply):
    """Why the later of two articles is, or is not, a copy of the earlier one."""

    lang: Literal["en", "ar"]
    earlier: ExplainedOut
    later: ExplainedOut
    sentences: list[SentenceOut] = Field(description="The whole explanation, in reading order.")
    verdict: VerdictOut = Field(description="On the later article, with the earlier one as the only article before it.")
    recorded: VerdictOut | None = Field(description="What was recorded when the later article arrived.")
    arrival: ArrivalOut | None = Field(description="Null for two texts outside an index.")
    passages: list[QuotedPassageOut]
    gaps: list[GapOut]
    model: ModelOut | None = Field(description="Null where a text is too short to compare.")
    features: list[FeatureOut]
    overruled_by: OverruleOut | None = Field(description="Null where the model decided.")
    otherwise: list[OtherwiseOut] = Field(description="The easiest change first.")
    frequencies: Literal["arrival", "partly", "none"] = Field(
        description="Passage frequencies: as of arrival; known in part, since older articles were deleted; unknown."
    )


class TallyOut(Reply):
    """Counts and rates; each item counts once, by its latest version."""

    articles: int
    duplicates: int
    duplicate_rate: float = Field(ge=0, le=1)
    repeated_headlines: int
    repeated_headline_rate: float = Field(ge=0, le=1)


class SourceTallyOut(TallyOut):
    """One outlet."""

    source: str


class DayTallyOut(TallyOut):
    """One day (UTC) of publication, else of arrival."""

    day: str


class ShareOut(Reply):
    """One verdict's share of all articles."""

    verdict: str
    articles: int
    share: float = Field(ge=0, le=1)


class StatsOut(TallyOut):
    """Rates by outlet, verdict and day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    by_source: list[SourceTallyOut]
    by_body: list[ShareOut]
    by_headline: list[ShareOut]
    by_day: list[DayTallyOut]


class ArticleOut(Reply):
    """An article as it was sent."""

    id: str
    source: str
    url: str
    published: str | None
    title: str
    body: str
    version: str
    section: str
    author: str
    lang: str


class StoredOut(Reply):
    """An article in the index, with the verdict recorded when it arrived."""

    article: ArticleOut
    arrived: str
    verdict: VerdictOut | None = Field(description="Null for the moment between arrival and verdict.")


class TemplateIn(Request):
    """What to do with a template: `name`, `state`, or both."""

    name: Text = Field(None, max_length=200, description="An empty one takes the name away.")
    state: TemplateState | None = None


class WordingIn(Request):
    """Wording to be pinned, by an article that has it."""

    article: str = Field(description="The article's id.")
    wording: Text = Field(None, description="Text of the article, in one piece, in any spelling; all of its own text if absent.")
    name: Text = Field(None, max_length=200)


class TemplateSourceOut(Reply):
    """An outlet that filled a template; the first 16 are counted by name."""

    source: str
    articles: int


class TemplateLineOut(Reply):
    """A template as lists show it."""

    id: int
    state: TemplateState
    name: str
    articles: int = Field(description="How many articles filled it.")
    first: str = Field(description="Arrival of the first of them.")
    last: str
    sources: list[TemplateSourceOut]
    example: MatchOut | None = Field(description="The latest of them; null if it is no longer stored.")


class TemplatesOut(Reply):
    """One page of templates, most articles first."""

    templates: list[TemplateLineOut]
    next: str | None = Field(description="`cursor` of the following page.")


class TemplateChangeOut(Reply):
    """One act of a person; null is what stayed."""

    at: str
    by: str = Field(description="The name of the key, or of the user of a command; empty where there are no keys.")
    state: TemplateState | None
    name: str | None


class TemplateOut(TemplateLineOut):
    """One template. Wording and examples are read from the articles that are still stored."""

    wording: list[str] = Field(description="Passages of the latest example that belong to the frame, in reading order.")
    examples: list[MatchOut]
    changes: list[TemplateChangeOut]


class StoryMemberOut(Reply):
    """One article of a story."""

    id: str
    source: str
    url: str
    published: str | None
    arrived: str
    title: str
    version: int | None = Field(description="Of the item. Null for the moment between arrival and verdict, as the next two.")
    verdict: BodyName | None = Field(description="Of its body, as of its arrival; about its match, which need not be the lead.")
    relation: Relation | None
    agency: str | None = Field(description="The agency that published it or that it credits.")
    publisher: str = Field(description="Whom it counts for: the agency, else the family of its source.")
    score: float = Field(ge=0, le=1, description="How sure it is a copy of the lead; 1 for the lead.")


class StoryOut(Reply):
    """An article with those verified against it."""

    id: str = Field(description="Stays when the lead changes.")
    lead: str
    lead_rule: Literal["agency", "earliest_published", "earliest_arrival"]
    articles: int = Field(ge=1)
    sources: list[str]
    publishers: list[str] = Field(description="Independent ones: agencies and families of publishers, each once.")
    first: str = Field(description="Time of the first publication, else of arrival.")
    last: str
    members: list[StoryMemberOut] = Field(description="In order of publication.")


class KeyIn(Request):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS, description="Unique; stands in the audit log for whoever uses it.")
    scopes: list[Scope] = Field(min_length=1, description="What it may do.")
    expires: Text = Field(None, description="ISO 8601 (without a zone: UTC); refused from then on. Never, if absent.")


class KeyOut(Reply):
    """A key, without its secret."""

    name: str
    id: str = Field(description="The key begins with `mkr_` and this.")
    scopes: list[Scope]
    created: str
    created_by: str
    expires: str | None
    expired: bool
    last_used: str | None = Field(description="To within a minute; null if it was not used yet.")


class NewKeyOut(KeyOut):
    """A key just made, with its secret, which cannot be shown again."""

    key: str


class KeysOut(Reply):
    """All keys, by name."""

    keys: list[KeyOut]


class RevokedOut(Reply):
    """A key that is refused from now on."""

    revoked: str


class ActOut(Reply):
    """One change by a person."""

    at: str
    who: str = Field(description="The name of the key, or of the user of a command; empty where there are no keys.")
    via: Via
    act: str
    subject: str
    facts: dict[str, Any]
    request_id: str


class AuditOut(Reply):
    """One page of the audit log, newest first."""

    acts: list[ActOut]
    next: str | None = Field(description="`cursor` of the following page.")


class StatusOut(Reply):
    """Whether the service lives, or can work."""

    status: str


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `field` names the member or parameter at fault."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    pointer: str | None = Field(None, description="RFC 6901 pointer of `field`; the path of the element or attribute in XML.")
    request_id: str | None = None
    line: int | None = Field(None, description="`invalid_json` and `invalid_xml`: where reading stopped.")
    column: int | None = None
    position: int | None = None


PageOut.model_rebuild()


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]
