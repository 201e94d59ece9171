"""Entries, verdicts and hypothesis strategies for them. The worlds are small, so that everything collides with everything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dedup.records import (
    Admitted,
    Article,
    BodyVerdict,
    Change,
    Credit,
    Decision,
    Entry,
    HeadlineVerdict,
    Match,
    Passage,
    Previous,
    Uncredited,
    Verdict,
)
from dedup.store.rules import id_hash
from dedup.textpack import pack_article

#: List keys: three on one page, two more with the same low half on others, and the claim key of the content "a".
KEYS = (0x00010001, 0x00010002, 0x0001FFFF, 0x00020001, 0xFFFF0001, 0x61616161)


def digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def colliding(text: str) -> bytes:
    """8 bytes that share their first 4 (the claim key) with those of any other text."""
    return b"aaaa" + digest(text)[:4] if text else b""


def make_entry(
    article_id: str,
    *,
    source: str = "s",
    url: str = "",
    content: str = "",
    text: str | None = None,
    keys: Iterable[int] = (),
    arrived_s: float = 0.0,
) -> Entry:
    """An entry by hand; `text` (default: the id) stands for title and body, `url` and `content` for what they hash to."""
    text = article_id if text is None else text
    return Entry(
        id=article_id,
        source=source,
        id_hash=id_hash(article_id),
        url_hash=colliding(source + url) if url else b"",
        content_hash=colliding(content),
        text_digest=digest(text),
        source_hash=int.from_bytes(digest(source)[:4], "little"),
        keys=np.array(list(keys), dtype=np.uint32),
        blob=pack_article(Article(id=article_id, source=source, url=url, body=text), arrived_s),
    )


def make_verdict(article_id: str, *, body: str = "new", headline: str = "new", version: int = 1) -> Verdict:
    return Verdict(
        id=article_id,
        duplicate=body == "copy",
        repeated_headline=headline == "repeated",
        body=BodyVerdict(verdict=body, rule="none", score=0.25),  # type: ignore[arg-type]
        headline=HeadlineVerdict(verdict=headline, rule="none"),  # type: ignore[arg-type]
        story=article_id,
        settings="0" * 12,
        version=version,
    )


def make_decision(entry: Entry, admitted: Admitted, verdict: Verdict, *, day: str = "2026-11-24", section: str = "") -> Decision:
    return Decision(
        seq=admitted.seq,
        id=entry.id,
        item="",
        version=admitted.version,
        source=entry.source,
        section=section,
        day=day,
        decided_s=1_700_000_000.5,
        published=None,
        body=verdict.body.verdict,
        headline=verdict.headline.verdict,
        duplicate=verdict.duplicate,
        repeated_headline=verdict.repeated_headline,
        match_id="",
        match_source="",
        headline_match_id="",
        story=verdict.story,
        rule=verdict.body.rule,
        settings=verdict.settings,
    )


def plain(answers: Sequence[Admitted]) -> list[tuple[Any, ...]]:
    """Answers as values that compare; for each key its postings as (seq, source byte)."""
    return [
        (
            a.status,
            a.seq,
            a.version,
            a.earlier_versions,
            a.same_content,
            [
                list(zip(a.postings.seqs[i:j].tolist(), a.postings.sources[i:j].tolist(), strict=True))
                for i, j in zip(a.postings.offsets[:-1], a.postings.offsets[1:], strict=True)
            ],
        )
        for a in answers
    ]


def entries() -> st.SearchStrategy[Entry]:
    """Few ids, sources, URLs, contents and texts, in any combination."""
    return st.builds(
        make_entry,
        st.sampled_from(["1", "2", "3"]),
        source=st.sampled_from(["s", "t"]),
        url=st.sampled_from(["", "u", "v"]),
        content=st.sampled_from(["", "a", "b"]),
        text=st.sampled_from(["x", "y", "z", "w"]),
        keys=st.lists(st.sampled_from(KEYS), unique=True, max_size=4),
    )


#: Whatever UTF-8 holds: NUL, emoji, bidi controls, unassigned planes; no lone surrogates.
texts = st.text(st.characters(codec="utf-8"), max_size=80)
arabic = st.text(st.sampled_from("اأإآبتثجحخدذرزسشصضطظعغفقكلمنهويىةءؤئ ًَُِّْـ،؟٠١٢"), max_size=200)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC)
moments = st.none() | st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=zones)


def articles() -> st.SearchStrategy[Article]:
    text = texts | arabic
    return st.builds(
        Article,
        id=text,
        source=text,
        url=text,
        published=moments,
        title=text,
        body=text,
        version=text,
        section=text,
        author=text,
        lang=text,
    )


def verdicts() -> st.SearchStrategy[Verdict]:
    ratio = st.floats(0, 1).map(lambda x: round(x, 4))
    text = texts | arabic
    place = st.integers(0, 9999)
    credit = st.none() | st.builds(Credit, text, text, place, place, st.sampled_from(["credit", "mention"]))
    match = st.none() | st.builds(Match, text, text, text, st.none() | text, text)
    span = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))
    kinds = st.lists(st.sampled_from(["number", "name", "word", "negation", "direction"]), max_size=4).map(sorted)
    changed = kinds.flatmap(lambda ks: st.tuples(*(st.builds(Change, st.just(k), text, text) for k in ks)))
    return st.builds(
        Verdict,
        id=text,
        duplicate=st.booleans(),
        repeated_headline=st.booleans(),
        body=st.builds(
            BodyVerdict,
            verdict=st.sampled_from(["repeat", "copy", "partial", "update", "template", "new", "too_short"]),
            rule=text,
            score=ratio,
            relation=st.sampled_from([None, "same", "shorter", "longer", "merged", "newer"]),
            match=match,
            jaccard=ratio,
            containment_of_new=ratio,
            containment_of_old=ratio,
            passages=st.lists(st.builds(Passage, span, span, st.integers(0, 10**6)), max_size=3).map(tuple),
            changed=changed,
            also=st.lists(st.builds(Match, text, text, text, st.none() | text, text), max_size=2).map(tuple),
        ),
        headline=st.builds(
            HeadlineVerdict,
            verdict=st.sampled_from(["repeated", "near", "changed", "rubric", "new", "missing"]),
            rule=text,
            score=ratio,
            match=match,
            changed=changed,
        ),
        story=text,
        settings=text,
        replayed=st.just(True),
        credit=credit,
        match_credit=credit,
        uncredited=st.none() | st.builds(Uncredited, text, text),
        version=st.integers(1, 65_535),
        previous=st.none() | st.builds(Previous, st.integers(1, 65_535), st.booleans()),
        candidates=st.lists(text, max_size=3).map(tuple),
    )
