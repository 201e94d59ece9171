"""Signatures against datasketch, and estimates against the sets themselves."""

from __future__ import annotations

import math
import random

import numpy as np
from datasketch import MinHash
from hypothesis import example, given
from hypothesis import strategies as st
from xxhash import xxh32_intdigest

from dedup.shingle import shingle_interchange
from dedup.sign import estimate_jaccard, low_bytes, sign
from tests.strategies_text import word_lists

hashes = st.lists(st.integers(0, 2**32 - 1), max_size=200)


@given(hashes)
@example([0])
@example([2**32 - 1])
@example([])
def test_equals_datasketch_bit_for_bit(values: list[int]) -> None:
    oracle = MinHash(num_perm=128, scheme="affine32", hashfunc=lambda value: value)
    oracle.update_batch(values)
    assert sign(np.array(values, dtype=np.uint32)).tolist() == oracle.hashvalues.tolist()


@given(word_lists, st.integers(1, 4))
def test_interchange_signatures_are_those_of_datasketch_over_joined_words(words: list[str], size: int) -> None:
    """As other people compute them: xxh32 of every run of words joined by a space."""
    oracle = MinHash(num_perm=128, scheme="affine32", hashfunc=xxh32_intdigest)
    for i in range(len(words) - size + 1):
        oracle.update(" ".join(words[i : i + size]).encode())
    assert sign(shingle_interchange(words, [(0, len(words))], size=size)).tolist() == oracle.hashvalues.tolist()


@given(hashes, hashes)
def test_the_signature_of_a_union_is_the_least_of_both(left: list[int], right: list[int]) -> None:
    a, b, union = (sign(np.array(values, dtype=np.uint32)) for values in (left, right, left + right))
    assert union.tolist() == np.minimum(a, b).tolist()


def test_estimates_lie_within_four_standard_deviations_of_the_exact_jaccard() -> None:
    """300 pairs of sets of all sizes and overlaps; the deviation is that of 128 draws of (J + (1 - J) / 256)."""
    rng = random.Random(2024)
    for _ in range(300):
        shared, only_left, only_right = rng.randint(0, 300), rng.randint(1, 150), rng.randint(1, 150)
        values = rng.sample(range(2**32), shared + only_left + only_right)
        left, right = values[: shared + only_left], values[:shared] + values[shared + only_left :]
        a, b = (low_bytes(sign(np.array(side, dtype=np.uint32))) for side in (left, right))
        exact = shared / len(values)
        equal = exact + (1 - exact) / 256
        sigma = math.sqrt(equal * (1 - equal) / 128) / (1 - 1 / 256)
        assert abs(estimate_jaccard(a, b) - exact) <= 4 * sigma


@given(hashes, hashes)
def test_the_estimate_is_symmetric_and_one_for_a_set_with_itself(left: list[int], right: list[int]) -> None:
    a, b = (low_bytes(sign(np.array(side, dtype=np.uint32))) for side in (left, right))
    assert estimate_jaccard(a, b) == estimate_jaccard(b, a)
    assert estimate_jaccard(a, a) == 1.0
