"""Compiled twin of `bulk`: many texts from code points to signatures and keys, nothing of Python in between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from dedup.index import BAND
from dedup.kernels.signing import BLOCK, bands_of, combine, sign_runs, sort_distinct, winnow
from dedup.kernels.text import I32_IN, I32_OUT, U32_IN, U32_OUT, fold, measure, once_a_text, split, xxh32
from dedup.records import I32, I64, U8, U32
from dedup.sign import PERMUTATIONS

_SHIFT = np.uint64(32)
_I64_IN = types.Array(types.int64, 1, "C", readonly=True)
_tuple: Any = types.Tuple


@once_a_text
def hash_runs(letters: U8, begins: I32, words: int, size: int, runs: U32) -> int:
    """As `shingle.shingle_interchange`, in reading order and with repetitions; `begins` as `text.split` leaves it."""
    count = max(0, words - size + 1)
    for i in range(count):
        runs[i] = xxh32(letters, begins[i], begins[i + size] - 1)
    return count


@njit(
    _tuple((types.uint32[:, ::1], U32_OUT, I32_OUT, I32_OUT, types.int64))(
        U32_IN, _I64_IN, U32_IN, U32_IN, I32_IN, *[types.int64] * 5, types.boolean
    ),
    cache=True,
    nogil=True,
)
def sign_batch(
    raw: U32,
    offsets: I64,
    table: U32,
    expansions: U32,
    expansion_at: I32,
    shingle_size: int,
    passage_words: int,
    passage_window: int,
    bands: int,
    rows: int,
    interchange: bool,
) -> tuple[U32, U32, I32, I32, int]:
    """As `bulk.sign_batch`."""
    texts = len(offsets) - 1
    rooms = np.empty(texts, np.int64)
    total = 0
    unseen = -1
    for t in range(texts):
        rooms[t], unseen = measure(raw[offsets[t] : offsets[t + 1]], table, expansion_at)
        if unseen >= 0:
            texts = 0
            break
        total += rooms[t] // 2 + 1 + bands
    room = rooms[:texts].max() if texts else 0
    folded, at = np.empty(room + 1, np.uint32), np.empty(room + 1, np.int32)
    letters, breaks = np.empty(4 * room + 16, np.uint8), np.empty(room // 2 + 2, np.uint8)
    edges, places = np.empty(room + 2, np.uint32), np.empty(room + 2, np.uint32)
    encoded, widths = np.empty(room + 1, np.uint32), np.empty(room + 1, np.uint32)
    most = room // 2 + 2
    begins, starts, ends = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    hashes, runs, mixed = np.empty(most, np.uint32), np.empty(most, np.uint32), np.empty(most + BLOCK, np.uint32)
    values, spare, counts = np.empty(most, np.uint64), np.empty(most, np.uint64), np.empty(256, np.int32)

    signatures = np.empty((texts, PERMUTATIONS), np.uint32)
    keys, key_ends, passages = np.empty(total, np.uint32), np.empty(texts, np.int32), np.empty(texts, np.int32)
    done = 0
    for t in range(texts):
        n = fold(raw[offsets[t] : offsets[t + 1]], table, expansions, expansion_at, rooms[t], folded, at)
        words = split(folded, at, n, letters, begins, hashes, starts, ends, breaks, edges, places, encoded, widths)
        if interchange:
            n = hash_runs(letters, begins, words, shingle_size, runs)
        else:
            n = combine(hashes, 0, words, shingle_size, runs, 0)
        sign_runs(runs, n, mixed, signatures[t])
        shingles = n
        n = combine(hashes, 0, words, passage_words, runs, 0)
        passages[t] = sort_distinct(values, winnow(runs, n, passage_window, values), spare, counts)
        for i in range(passages[t]):
            keys[done + i] = values[i] >> _SHIFT
        done += passages[t]
        if shingles:
            done = bands_of(signatures[t], bands, rows, BAND, keys, done)
        key_ends[t] = done
    return signatures, keys[:done].copy(), key_ends, passages, unseen
