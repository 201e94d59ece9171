"""The compiled comparison of two texts against the plain one: the same numbers, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.lexicon import CONTENT, FIGURE, LONG, NAME
from dedup.records import OwnText
from dedup.reuse import cut_pieces
from dedup.verify import Overlap, overlap

pytestmark = pytest.mark.usefixtures("compiled")

_KINDS = (0, CONTENT, CONTENT | LONG, CONTENT | LONG | NAME, CONTENT | FIGURE)


def u32(values: Any) -> Any:
    return np.array(values, dtype=np.uint32)


def own_text(random: Random, words: list[int]) -> OwnText:
    """An own text of these stems; where sentences begin and what its headline says is drawn."""
    n = len(words)
    flags = np.array([_KINDS[word % len(_KINDS)] for word in words], dtype=np.uint8)
    breaks = np.array([random.choice((0, 0, 0, 0, 0, 0, 1, 2)) for _ in words], dtype=np.uint8)
    figures = [(i, min(n, i + 1 + word % 2), word) for i, word in enumerate(words) if flags[i] & FIGURE]
    headline = [random.randrange(30) for _ in range(random.randrange(5))]
    return OwnText(
        words=u32(words),
        stems=u32(words),
        flags=flags,
        breaks=breaks,
        pieces=cut_pieces(breaks, 0, n),
        known=u32(sorted({*words, *headline})),
        headline=u32(headline),
        shingles=u32(sorted({hash(tuple(words[i : i + 3])) & 0xFFFFFFFF for i in range(n - 2)})),
        passage_at=np.array([random.randrange(n - 3) for _ in range(random.randrange(12))] if n > 3 else [], dtype=np.int32),
        figures=np.array([f[:2] for f in figures], dtype=np.int32).reshape(-1, 2),
        values=u32([f[2] for f in figures]),
    )


def edited(random: Random) -> tuple[list[int], list[int]]:
    """A text, and one made of pieces of it with words changed, moved and added."""
    old = [random.randrange(60) for _ in range(random.randrange(160))]
    new: list[int] = []
    for _ in range(random.randrange(7)):
        start = random.randrange(len(old) + 1)
        new += [w if random.random() < 0.9 else random.randrange(80) for w in old[start : start + random.randrange(60)]]
        new += [random.randrange(50, 80) for _ in range(random.randrange(6))]
    return new, old


def recurring(random: Random) -> tuple[list[int], list[int]]:
    """Few different words: every run has many places, every gap many longest common subsequences."""
    left, right = ([random.randrange(4) for _ in range(random.randrange(90))] for _ in range(2))
    return left, right


def uses(random: np.random.Generator, count: int) -> tuple[Any, Any, Any]:
    articles, own, days = random.integers(0, 66, (3, count), dtype=np.int32)
    return articles, own % 6, days


def same(left: Overlap, right: Overlap) -> None:
    for name, a, b in zip(Overlap._fields, left, right, strict=True):
        if isinstance(a, np.ndarray):
            assert isinstance(b, np.ndarray), name
            assert a.dtype == b.dtype, name
            assert a.tolist() == b.tolist(), name
        else:
            assert a == b, name


@pytest.mark.parametrize("draw", [edited, recurring])
@given(seed=st.integers(0, 2**32))
def test_both_forms_count_the_same(draw: Callable[[Random], tuple[list[int], list[int]]], seed: int) -> None:
    random = Random(seed)
    for _ in range(20):
        new, old = (own_text(random, words) for words in draw(random))
        use = uses(np.random.default_rng(seed), len(new.passage_at))
        assert overlap.compiled is not None
        same(overlap.compiled(new, old, *use), overlap.plain(new, old, *use))
