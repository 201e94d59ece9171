"""Compiled twins of shingling, signing and key derivation: from a text's word hashes to all that it is found by, in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from dedup.index import BAND, EXACT_HEADLINE, HEADLINE_BAND, MIN_WINDOWS, PASSAGE
from dedup.kernels.text import I32_OUT, U32_IN, U32_OUT, inlined, once_a_text
from dedup.records import I32, U32, U64
from dedup.shingle import MULTIPLIER
from dedup.sign import PERMUTATIONS, permutations

_A, _B = permutations()
_SHIFT = np.uint64(32)
#: Values that the widest vectors take at once, four at a time.
BLOCK = 64

_I32_PAIRS = types.Array(types.int32, 2, "C", readonly=True)
_tuple: Any = types.Tuple


@inlined
def _mix(value: np.uint32) -> np.uint32:
    h = np.uint32(value ^ (value >> np.uint32(16)))
    h = np.uint32(h * np.uint32(0x85EBCA6B))
    h = np.uint32(h ^ (h >> np.uint32(13)))
    h = np.uint32(h * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ (h >> np.uint32(16)))


@once_a_text
def combine(hashes: U32, start: int, end: int, size: int, runs: U32, n: int) -> int:
    """As `shingle.combine_runs` for one range, into `runs[n:]`; returns how many there are then."""
    count = max(0, end - start - size + 1)
    for i in range(count):
        runs[n + i] = 0
    for offset in range(size):
        for i in range(count):
            run = runs[n + i]
            run = np.uint32(np.uint32((run << np.uint32(5)) | (run >> np.uint32(27))) ^ hashes[start + offset + i])
            runs[n + i] = np.uint32(run * MULTIPLIER)
    return n + count


@once_a_text
def sign_runs(runs: U32, n: int, mixed: U32, signature: U32) -> None:
    """As `sign.sign` of the first `n` runs, repetitions allowed; `mixed` is room for n + BLOCK.

    The last block is filled up with the first value: what is left over from whole vectors would be done one by one.
    """
    for i in range(n):
        mixed[i] = _mix(runs[i])
    filled = (n + BLOCK - 1) // BLOCK * BLOCK
    for i in range(n, filled):
        mixed[i] = mixed[0]
    for k in range(PERMUTATIONS):
        a, b = _A[k], _B[k]
        least = np.uint32(0xFFFFFFFF)
        for i in range(filled):
            least = min(least, np.uint32(np.uint32(a * mixed[i]) + b))
        signature[k] = least


@once_a_text
def winnow(runs: U32, n: int, window: int, kept: U64) -> int:
    """Choose passages as `index.passage_keys`: each key above the run it stands for, in the order of runs; returns how many.

    The least of a window is found for all windows at once, from those of windows half as wide; of equals the first, for the run's
    number stands below its key.
    """
    for i in range(n):
        kept[i] = (np.uint64(_mix(np.uint32(runs[i] ^ PASSAGE))) << _SHIFT) | np.uint64(i)
    width = min(window, max(1, n // MIN_WINDOWS))
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        reach += step
        for i in range(n - reach + 1):
            kept[i] = min(kept[i], kept[i + step])
    windows = n - width + 1
    count = 0
    for i in range(windows):
        kept[count] = kept[i]
        count += i + 1 == windows or kept[i] != kept[i + 1]
    return count


@once_a_text
def sort_distinct(values: U64, n: int, spare: U64, counts: I32) -> int:
    """Sort by the upper 32 bits, byte by byte, and keep the first of each; returns how many are left in `values`."""
    for byte in range(32, 64, 8):
        shift = np.uint64(byte)
        counts[:] = 0
        for i in range(n):
            counts[(values[i] >> shift) & np.uint64(0xFF)] += 1
        before = np.int32(0)
        for digit in range(256):
            before, counts[digit] = np.int32(before + counts[digit]), before
        for i in range(n):
            digit = (values[i] >> shift) & np.uint64(0xFF)
            spare[counts[digit]] = values[i]
            counts[digit] += np.int32(1)
        for i in range(n):
            values[i] = spare[i]
    distinct = 0
    for i in range(n):
        if distinct == 0 or values[i] >> _SHIFT != values[distinct - 1] >> _SHIFT:
            values[distinct] = values[i]
            distinct += 1
    return distinct


@once_a_text
def bands_of(signature: U32, bands: int, rows: int, salt: np.uint32, keys: U32, n: int) -> int:
    """As `index.band_keys`, into `keys[n:]`; returns how many keys there are then."""
    for band in range(bands):
        key = _mix(np.uint32(np.uint32(band) + salt))
        for row in range(rows):
            low = np.uint32(signature[band * rows + row] & np.uint32(0xFF))
            key = np.uint32(_mix(np.uint32(key ^ low)) + np.uint32(1))
        keys[n + band] = key
    return n + bands


@njit(
    _tuple((U32_OUT, U32_OUT, U32_OUT, I32_OUT, U32_OUT))(U32_IN, _I32_PAIRS, *[types.int64] * 5),
    cache=True,
    nogil=True,
)
def sign_words(
    hashes: U32, ranges: I32, shingle_size: int, passage_words: int, passage_window: int, bands: int, rows: int
) -> tuple[U32, U32, U32, I32, U32]:
    """As `index.sign_words`."""
    room = 0
    for r in range(len(ranges)):
        room += max(0, ranges[r, 1] - ranges[r, 0])
    runs, mixed, words = np.empty(room, np.uint32), np.empty(room + BLOCK, np.uint32), np.empty(room, np.int32)
    values, spare, counts = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(256, np.int32)

    n = 0
    for r in range(len(ranges)):
        n = combine(hashes, ranges[r, 0], ranges[r, 1], shingle_size, runs, n)
    signature = np.empty(PERMUTATIONS, np.uint32)
    sign_runs(runs, n, mixed, signature)
    for i in range(n):
        values[i] = np.uint64(runs[i]) << _SHIFT
    shingles = np.empty(sort_distinct(values, n, spare, counts), np.uint32)
    for i in range(len(shingles)):
        shingles[i] = values[i] >> _SHIFT
    band_keys = np.empty(bands if n else 0, np.uint32)
    bands_of(signature, len(band_keys), rows, BAND, band_keys, 0)

    n = 0
    for r in range(len(ranges)):
        before, n = n, combine(hashes, ranges[r, 0], ranges[r, 1], passage_words, runs, n)
        for i in range(before, n):
            words[i] = ranges[r, 0] + i - before
    count = sort_distinct(values, winnow(runs, n, passage_window, values), spare, counts)
    keys, places = np.empty(count, np.uint32), np.empty(count, np.int32)
    for i in range(count):
        keys[i] = values[i] >> _SHIFT
        places[i] = words[values[i] & np.uint64(0xFFFFFFFF)]
    return shingles, signature, keys, places, band_keys


@njit(_tuple((U32_OUT, U32_OUT))(U32_IN, U32_IN, types.int64), cache=True, nogil=True)
def headline_keys(word_hashes: U32, family_hashes: U32, bands: int) -> tuple[U32, U32]:
    """As `index.headline_keys`."""
    some = 1 if len(word_hashes) else 0
    exact, band_keys = np.empty(some, np.uint32), np.empty(some * bands, np.uint32)
    if some:
        key = EXACT_HEADLINE
        for word in word_hashes:
            key = np.uint32(_mix(np.uint32(key ^ word)) + np.uint32(1))
        exact[0] = key
        signature = np.empty(PERMUTATIONS, np.uint32)
        sign_runs(family_hashes, len(family_hashes), np.empty(len(family_hashes) + BLOCK, np.uint32), signature)
        bands_of(signature, bands, 2, HEADLINE_BAND, band_keys, 0)
    return exact, band_keys
