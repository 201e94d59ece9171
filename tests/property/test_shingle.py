"""Shingles of random texts: seams, and the overlap of two sets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Article, Deduplicator, Settings
from dedup.hashing import hash_words
from dedup.records import PassageUse
from dedup.shingle import combine_runs, shingle, shingle_interchange
from dedup.store.memory import MemoryStore
from dedup.verify import compare
from tests.strategies_text import word_lists

sizes = st.integers(1, 5)


@st.composite
def seamed(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int]]]:
    """Words, and ranges of them that touch or leave gaps."""
    words = draw(word_lists)
    cuts = sorted(draw(st.sets(st.integers(0, len(words)), max_size=6)))
    ranges = list(pairwise(cuts))
    return words, [r for r in ranges if draw(st.booleans())]


@given(seamed(), sizes)
def test_no_shingle_spans_a_seam(text: tuple[list[str], list[tuple[int, int]]], size: int) -> None:
    """The shingles of a text in ranges are those of each range taken as a text of its own, in either hash."""
    words, ranges = text
    alone = {h for a, b in ranges for h in shingle(words[a:b], [(0, b - a)], size=size).tolist()}
    assert shingle(words, ranges, size=size).tolist() == sorted(alone)
    joined = {h for a, b in ranges for h in shingle_interchange(words[a:b], [(0, b - a)], size=size).tolist()}
    assert shingle_interchange(words, ranges, size=size).tolist() == sorted(joined)


@given(seamed(), sizes)
def test_two_runs_have_one_hash_if_and_only_if_their_words_are_equal(
    text: tuple[list[str], list[tuple[int, int]]], size: int
) -> None:
    words, ranges = text
    runs = [tuple(words[i : i + size]) for a, b in ranges for i in range(a, b - size + 1)]
    hashes = combine_runs(hash_words(words), ranges, size).tolist()
    assert len(hashes) == len(runs)
    assert len(set(zip(hashes, runs, strict=True))) == len(set(hashes)) == len(set(runs))


@given(word_lists, word_lists)
def test_jaccard_is_symmetric_and_containment_swaps(left: list[str], right: list[str]) -> None:
    """Against the sets of word triples themselves."""
    dedup = Deduplicator(MemoryStore(Settings()), Settings())
    a, b = (dedup.fingerprint(Article(id="a", body=" ".join(words))) for words in (left, right))
    unused = [PassageUse(*[np.zeros(len(text.passage_keys), np.int32)] * 3) for text in (a, b)]
    there, back = compare(a, b, unused[0]).similarity, compare(b, a, unused[1]).similarity
    x, y = ({tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (left, right))
    assert there.jaccard == back.jaccard == pytest.approx(len(x & y) / len(x | y) if x | y else 0.0)
    assert there.containment_of_new == back.containment_of_old == pytest.approx(len(x & y) / len(x) if x else 0.0)
    assert there.containment_of_old == back.containment_of_new == pytest.approx(len(x & y) / len(y) if y else 0.0)
