"""Stage 3: words -> hashed word runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xxhash

from dedup.hashing import hash_words
from dedup.records import U32

MULTIPLIER = np.uint32(0x9E3779B1)  # 2^32 / golden ratio, odd: Knuth, TAOCP 3, section 6.4


def combine_runs(word_hashes: U32, ranges: Sequence[tuple[int, int]], size: int) -> U32:
    """Hash every run of `size` consecutive words inside each range; a run never crosses a seam.

    Args:
        word_hashes: of all words of a text, shape (n,).
        ranges: half-open word ranges, in reading order.
        size: words in one run, 1..10 (checked by Settings).

    Returns:
        One hash a run in reading order, not yet distinct: shape (m,), dtype uint32; m = 0 if no range has `size` words.
    """
    pieces = []
    for start, end in ranges:
        count = end - start - size + 1
        if count <= 0:
            continue
        piece = np.zeros(count, dtype=np.uint32)
        for offset in range(size):
            # rotate before each multiply so that neither order nor repetition of words cancels out
            piece = ((piece << np.uint32(5)) | (piece >> np.uint32(27))) ^ word_hashes[start + offset : start + offset + count]
            piece *= MULTIPLIER
        pieces.append(piece)
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.uint32)


def shingle(words: Sequence[str], ranges: Sequence[tuple[int, int]], *, size: int, word_hashes: U32 | None = None) -> U32:
    """Distinct shingle hashes of the words in `ranges`.

    Args:
        words: normalised words of one text.
        ranges: half-open ranges of `words` that count, in reading order; a run never crosses from one to the next.
        size: words in one shingle, 1..10 (checked by Settings).
        word_hashes: `hash_words(words)` where the caller has them already.

    Returns:
        Sorted distinct hashes: shape (n,), dtype uint32; n = 0 if no range has `size` words.

    Source: Broder, "On the resemblance and containment of documents" (1997), section 2.
    """
    hashes = hash_words(words) if word_hashes is None else word_hashes
    return np.unique(combine_runs(hashes, ranges, size))


def shingle_interchange(words: Sequence[str], ranges: Sequence[tuple[int, int]], *, size: int) -> U32:
    """The same runs hashed as other people's datasketch code does: xxh32 of the words joined by one space, in UTF-8."""
    digest = xxhash.xxh32_intdigest
    runs = {digest(" ".join(words[i : i + size]).encode()) for start, end in ranges for i in range(start, end - size + 1)}
    return np.array(sorted(runs), dtype=np.uint32)
