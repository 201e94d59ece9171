"""Stage 4: shingle hashes -> MinHash signatures."""

from __future__ import annotations

from functools import cache

import numpy as np

from dedup.records import U8, U32

PERMUTATIONS = 128
_SEED = 1  # datasketch's default
_EMPTY = np.uint32(0xFFFFFFFF)


@cache
def permutations() -> tuple[U32, U32]:
    """a_k and b_k of every permutation h -> a_k h + b_k mod 2^32."""
    generator = np.random.RandomState(_SEED)
    a = generator.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
    return a, b


def mix(hashes: U32) -> U32:
    """MurmurHash3's 32-bit finalizer, a bijection that spreads structured values (Appleby, MurmurHash3, fmix32)."""
    h = hashes ^ (hashes >> np.uint32(16))
    h = h * np.uint32(0x85EBCA6B)
    h = h ^ (h >> np.uint32(13))
    h = h * np.uint32(0xC2B2AE35)
    mixed: U32 = h ^ (h >> np.uint32(16))
    return mixed


def sign(shingles: U32) -> U32:
    """The MinHash signature of a set of shingle hashes.

    Equal bit for bit to `datasketch.MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=int)` fed the same
    values: each is mixed once, permutation k maps it to a_k h + b_k mod 2^32 with a_k odd, and the least value stays.

    Args:
        shingles: hashes, shape (n,), dtype uint32, any order, repetitions allowed.

    Returns:
        Shape (128,), dtype uint32; all ones (0xFFFFFFFF) for an empty set.

    Source: Broder (1997); datasketch 2.0.0, `minhash.py`.
    """
    if not len(shingles):
        return np.full(PERMUTATIONS, _EMPTY)
    a, b = permutations()
    mixed = mix(shingles)
    least: U32 = (mixed[:, None] * a + b).min(axis=0)
    return least


def low_bytes(signature: U32) -> U8:
    """The stored form: the low 8 bits of each value. They cost .0001 of standard deviation in the Jaccard estimate."""
    return signature.astype(np.uint8)


def estimate_jaccard(left: U8, right: U8) -> float:
    """Jaccard estimated from two stored signatures: the share of equal bytes, corrected for chance equality (1/256).

    Source: Li and König, "b-Bit Minwise Hashing" (2010), section 2.
    """
    share = float(np.mean(left == right))
    return max(0.0, (share - 1 / 256) / (1 - 1 / 256))
