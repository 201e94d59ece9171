"""Words as numbers: 32-bit xxHash of their UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xxhash

from dedup.records import U32


def hash_words(words: Sequence[str]) -> U32:
    """xxh32 (seed 0) of each word's UTF-8 bytes: shape (n,), dtype uint32."""
    return np.fromiter(map(hash_word, words), dtype=np.uint32, count=len(words))


@lru_cache(maxsize=131_072)  # words recur: 50 ns instead of 250
def hash_word(word: str) -> int:
    """xxh32 (seed 0) of a word's UTF-8 bytes."""
    return xxhash.xxh32_intdigest(word.encode())
