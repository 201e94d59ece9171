"""Stages 1 to 5 of one article, before anything is asked of a store: refused, or fingerprinted with its entry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from dedup.errors import ArticleError, ArticleTooLongError, EmptyArticleError
from dedup.fingerprint import fingerprint
from dedup.hashing import hash_words
from dedup.index import KeyPlan, headline_keys
from dedup.records import U32, Article, Entry, Fingerprint
from dedup.settings import Settings
from dedup.store.rules import id_hash
from dedup.terms import take_apart
from dedup.textpack import pack_article
from dedup.urls import canonical_url


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article as it goes to the store."""

    fingerprint: Fingerprint
    plan: KeyPlan
    entry: Entry


def prepare(article: Article, settings: Settings, *, now_s: float) -> Prepared | ArticleError:
    """Everything that is made of an article alone, or why it cannot be judged.

    Args:
        now_s: the time of its arrival, seconds since 1970.
    """
    try:
        refuse(article, settings)
    except ArticleError as error:
        return error
    made = fingerprint(article, settings)
    return Prepared(made, *entry_of(made, settings, now_s))


def refuse(article: Article, settings: Settings) -> None:
    """Raise the ArticleError of an article that cannot be judged."""
    if len(article.title) > settings.max_title_chars:
        raise ArticleTooLongError("title", len(article.title), settings.max_title_chars, "characters")
    sizes: dict[str, int] = {}
    for name in ("id", "source", "url", "title", "body", "version", "section", "author", "lang"):
        try:
            sizes[name] = len(getattr(article, name).encode())
        except UnicodeEncodeError as exc:
            raise ArticleError(
                name, f"{name} holds half of a surrogate pair at character {exc.start}; send valid Unicode"
            ) from None
    if sizes["body"] > settings.max_body_bytes:
        raise ArticleTooLongError("body", sizes["body"], settings.max_body_bytes, "bytes")
    if not article.title.strip() and not article.body.strip():
        raise EmptyArticleError


def entry_of(f: Fingerprint, settings: Settings, now_s: float) -> tuple[KeyPlan, Entry]:
    """What the store needs of an article that arrives at `now_s`."""
    s, article = settings, f.article
    title = take_apart(f.segments.headline.words)
    exact, headline_bands = headline_keys(hash_words(title.words), hash_words(title.families), s.headline_bands)
    groups = (f.passage_keys, f.band_keys, exact, headline_bands)
    plan = KeyPlan(*(len(group) for group in groups))
    words = f.segments.body.words
    own = " ".join(" ".join(words[a:b]) for a, b in f.segments.own)
    url = canonical_url(article.url) if article.url else ""
    return plan, Entry(
        id=article.id,
        source=article.source,
        id_hash=id_hash(article.id),
        url_hash=_hash("url", article.source, url) if url else b"",
        content_hash=_hash("body", own) if f.own_words >= s.min_body_words else b"",
        text_digest=_hash("text", article.title, article.body),
        source_hash=int.from_bytes(_hash("source", article.source)[:4], "little"),
        keys=_distinct(np.concatenate(groups)),
        blob=pack_article(article, now_s),
    )


def source_byte(article: Article) -> int:
    """The byte that stands for the article's source in postings."""
    return _hash("source", article.source)[0]


def _hash(kind: str, *parts: str) -> bytes:
    """8 bytes of BLAKE2b over the parts; kinds never collide with each other."""
    digest = hashlib.blake2b(digest_size=8, person=kind.encode())
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def _distinct(keys: U32) -> U32:
    """The keys with the rare accidental repetition (one article in a million) moved on to a free value."""
    values, first = np.unique(keys, return_index=True)
    if len(values) == len(keys):
        return keys
    taken = set(values.tolist())
    out = keys.copy()
    for at in sorted(set(range(len(keys))) - set(first.tolist())):
        key = int(keys[at])
        while key in taken:
            key = (key + 1) & 0xFFFFFFFF
        taken.add(key)
        out[at] = key
    return out
