"""The texts kept taken apart: those used last, as many as their words allow."""

from __future__ import annotations

from dedup import Article, Settings
from dedup.fingerprint import fingerprint
from dedup.recent import RecentTexts
from dedup.records import Fingerprint


def text(name: str, words: int) -> Fingerprint:
    return fingerprint(Article(name, body="كلمة " * words), Settings())


def test_what_is_kept_is_found_for_its_own_article_alone() -> None:
    recent, kept = RecentTexts(), text("a", 5)
    recent.keep(1, kept)
    assert recent.get(1, kept.article) is kept
    assert recent.get(1, Article("a", body="نص آخر")) is None
    assert recent.get(2, kept.article) is None


def test_the_least_used_go_when_the_words_are_too_many() -> None:
    """A text weighs its words and 64 more: three of 36 words fill 300."""
    recent, texts = RecentTexts(most_words=300), [text(str(n), 36) for n in range(4)]
    for n in range(3):
        recent.keep(n, texts[n])
    assert recent.get(0, texts[0].article)
    recent.keep(3, texts[3])
    assert [bool(recent.get(n, texts[n].article)) for n in range(4)] == [True, False, True, True]


def test_a_text_kept_again_counts_once_and_one_too_long_stays_alone() -> None:
    recent, short, long = RecentTexts(most_words=300), text("s", 36), text("l", 900)
    for _ in range(5):
        recent.keep(1, short)
    recent.keep(2, short)
    assert len(recent) == 2
    recent.keep(3, long)
    assert len(recent) == 1
    recent.keep(4, short)
    assert len(recent) == 1
    assert recent.get(4, short.article)
