"""`dedup.verify.overlap`, compiled: two own texts aligned and counted in one pass, without the interpreter.

Every number is that of the plain form, bit for bit; tests/property/test_kernels_overlap.py holds the two together. What is
counted and why is said there, in verify.py, align.py and reuse.py; here, how.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from dedup.align import MAX_FINE_GAP, MAX_PLACES, MIN_FINE_SHARE, MIN_RUN, RUN_MULTIPLIER
from dedup.lexicon import CONTENT, FIGURE, LONG, NAME
from dedup.records import OwnText
from dedup.reuse import CHANCE, TAKEN, WINDOW
from dedup.reuse import MAX_PLACES as MAX_WORD_PLACES
from dedup.verify import (
    AROUND,
    GAP_KINDS,
    MAX_FIGURE_SLOT_WORDS,
    MAX_FRAME_GAP,
    MAX_NAME_SLOT_WORDS,
    MAX_SLOT_WORDS,
    MIN_EXCHANGED,
    MIN_PASSAGE_WORDS,
    NEAR,
    NO_HEADLINE,
    REPLACED,
    STANDING_USES,
    Overlap,
)

CUT, ADDED, MOVED = (GAP_KINDS.index(kind) for kind in ("cut", "added", "moved"))
LOG2 = np.log2(1.0 + np.arange(256))  # more days than an article has candidates

_u1, _u4, _i4 = (types.Array(kind, 1, "C") for kind in (types.uint8, types.uint32, types.int32))
_OWN = types.NamedTuple(  # type: ignore[no-untyped-call]
    (_u4, _u4, _u1, _u1, _i4, _u4, _u4, _u4, _i4, types.Array(types.int32, 2, "C"), _u4), OwnText
)


@njit(nogil=True)
def _room(count: int) -> Any:
    """The shift that leaves as many high bits of a hash as a table for `count` values at most half full needs."""
    bits = 3
    while (1 << bits) < 2 * count:
        bits += 1
    return np.uint64(64 - bits)


@njit(nogil=True)
def _run_keys(words: Any) -> Any:
    """As `align._run_keys`."""
    count = max(0, len(words) - MIN_RUN + 1)
    keys = np.zeros(count, dtype=np.uint64)
    for i in range(count):
        key = np.uint64(0)
        for offset in range(MIN_RUN):
            key = (key ^ np.uint64(words[i + offset])) * RUN_MULTIPLIER
        keys[i] = key
    return keys


@njit(nogil=True)
def _chains(keys: Any, shift: Any) -> Any:
    """An open-addressing table of the first place of each key, and for each place the next one of the same key; -1 ends."""
    heads = np.full(1 << (np.uint64(64) - shift), -1, dtype=np.int32)
    following = np.full(len(keys), -1, dtype=np.int32)
    for j in range(len(keys) - 1, -1, -1):
        slot = _slot(keys, heads, shift, keys[j])
        following[j] = heads[slot]
        heads[slot] = j
    return heads, following


@njit(nogil=True)
def _slot(keys: Any, heads: Any, shift: Any, key: Any) -> Any:
    """The slot of a key, or the free one where it would stand."""
    slot = np.int64((key * RUN_MULTIPLIER) >> shift)
    while heads[slot] >= 0 and keys[heads[slot]] != key:
        slot = (slot + 1) & (len(heads) - 1)
    return slot


@njit(nogil=True)
def _put(runs: Any, r: int, i: int, j: int, length: int) -> None:
    runs[r, 0], runs[r, 1], runs[r, 2] = i, j, length


@njit(nogil=True)
def _put_gap(gaps: Any, g: int, kind: int, a: int, b: int, c: int, d: int) -> int:
    gaps[g, 0], gaps[g, 1], gaps[g, 2], gaps[g, 3], gaps[g, 4] = kind, a, b, c, d
    return g + 1


@njit(nogil=True)
def _add_gap(gaps: Any, g: int, a: int, b: int, c: int, d: int) -> int:
    if a == b and c == d:
        return g
    return _put_gap(gaps, g, CUT if a == b else ADDED if c == d else REPLACED, a, b, c, d)


@njit(nogil=True)
def _fine(new: Any, old: Any, a: int, b: int, c: int, d: int, pairs: Any) -> int:
    """The longest common subsequence of `new[a:b]` and `old[c:d]` as pairs of places; of several the one that RapidFuzz takes.

    Source: Hyyrö, "Bit-Parallel LCS-length Computation Revisited" (2004); at most 64 words on either side.
    """
    count = 0
    while a < b and c < d and new[a] == old[c]:
        pairs[count, 0], pairs[count, 1] = a, c
        a, c, count = a + 1, c + 1, count + 1
    tail = 0
    while a < b and c < d and new[b - 1] == old[d - 1]:
        b, d, tail = b - 1, d - 1, tail + 1
    rows = np.empty(d - c, dtype=np.uint64)
    state = ~np.uint64(0)
    for row in range(d - c):
        matches = np.uint64(0)
        for col in range(b - a):
            if new[a + col] == old[c + row]:
                matches |= np.uint64(1) << np.uint64(col)
        both = state & matches
        state = (state + both) | (state - both)
        rows[row] = state
    col, row, inner = b - a, d - c, count
    while row > 0 and col > 0:
        bit = np.uint64(1) << np.uint64(col - 1)
        if rows[row - 1] & bit:
            col -= 1
        else:
            row -= 1
            if row == 0 or rows[row - 1] & bit:
                col -= 1
                pairs[count, 0], pairs[count, 1] = a + col, c + row
                count += 1
    pairs[inner:count] = pairs[inner:count][::-1].copy()
    for k in range(tail):
        pairs[count, 0], pairs[count, 1] = b + k, d + k
        count += 1
    return count


@njit(nogil=True)
def _align(new: Any, old: Any) -> Any:
    """As `align.align`: runs, gaps."""
    n, m = len(new), len(old)
    runs = np.empty((n + 1, 3), dtype=np.int32)
    gaps = np.empty((2 * n + 2, 5), dtype=np.int32)
    if n == m and n >= MIN_RUN and (new == old).all():
        _put(runs, 0, 0, 0, n)
        return runs[:1].copy(), gaps[:0].copy()
    new_keys, old_keys = _run_keys(new), _run_keys(old)
    shift = _room(len(old_keys))
    heads, following = _chains(old_keys, shift)
    used = np.zeros(m + 1, dtype=np.bool_)
    used[m] = True
    tiles = np.empty((n // MIN_RUN + 1, 3), dtype=np.int32)
    t = i = 0
    while i < len(new_keys):
        best_j, best, tried = -1, 0, 0
        j = heads[_slot(old_keys, heads, shift, new_keys[i])]
        while j >= 0 and tried < MAX_PLACES:
            length = 0
            while i + length < n and not used[j + length] and new[i + length] == old[j + length]:
                length += 1
            if length > best:
                best_j, best = j, length
            j = following[j]
            tried += 1
        if best < MIN_RUN:
            i += 1
            continue
        _put(tiles, t, i, best_j, best)
        used[best_j : best_j + best] = True
        t += 1
        i += best
    if t == 0:
        return runs[:0].copy(), gaps[:0].copy()
    pairs = np.empty((MAX_FINE_GAP, 2), dtype=np.int32)
    r = g = a = c = 0  # a, c: behind the run before
    for k in range(t + 1):
        b, d, length = (tiles[k, 0], tiles[k, 1], tiles[k, 2]) if k < t else (n, m, 0)
        if d < c:
            g = _put_gap(gaps, g, MOVED, a, b, c, c)
        elif b - a > MAX_FINE_GAP or d - c > MAX_FINE_GAP or a == b or c == d or used[c:d].any():
            g = _add_gap(gaps, g, a, b, c, d)
        else:
            count = _fine(new, old, a, b, c, d, pairs)
            if count < MIN_FINE_SHARE * max(b - a, d - c):
                count = 0
            at_new, at_old, p = a, c, 0
            while p < count:
                g = _add_gap(gaps, g, at_new, pairs[p, 0], at_old, pairs[p, 1])
                first = p
                while p + 1 < count and pairs[p + 1, 0] == pairs[p, 0] + 1 and pairs[p + 1, 1] == pairs[p, 1] + 1:
                    p += 1
                p += 1
                _put(runs, r, pairs[first, 0], pairs[first, 1], p - first)
                r += 1
                at_new, at_old = pairs[p - 1, 0] + 1, pairs[p - 1, 1] + 1
            g = _add_gap(gaps, g, at_new, b, at_old, d)
        if k < t:
            _put(runs, r, b, d, length)
            r += 1
        a, c = b + length, d + length
    return runs[:r].copy(), gaps[:g].copy()


@njit(nogil=True)
def _unknown(stems: Any, known: Any) -> Any:
    """Which stems another article has nowhere."""
    unknown = np.empty(len(stems), dtype=np.bool_)
    for i in range(len(stems)):
        unknown[i] = not _has(known, stems[i])
    return unknown


@njit(nogil=True)
def _has(ascending: Any, value: Any) -> bool:
    low, high = 0, len(ascending)
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low < len(ascending) and ascending[low] == value


@njit(nogil=True)
def _common(left: Any, right: Any) -> int:
    """How many values two ascending arrays share; repeated ones as often as both have them."""
    i = j = common = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            common += 1
            i += 1
            j += 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return common


@njit(nogil=True)
def _names(flags: Any, unknown: Any, shared: Any) -> Any:
    """Names inside the shared text, and of these those that the other article has."""
    n = len(shared)
    before = np.zeros(n + 1, dtype=np.int32)
    for i in range(n):
        before[i + 1] = before[i] + shared[i]
    found = there = 0
    for i in range(n):
        if flags[i] & NAME:
            around = before[min(n, i + AROUND // 2 + 1)] - before[max(0, i - AROUND // 2)]
            if around >= NEAR * AROUND:
                found += 1
                there += not unknown[i]
    return found, there


@njit(nogil=True)
def _count(flags: Any, unknown: Any, start: int, end: int, mask: int, kind: int) -> int:
    """Words of a kind in a stretch that the other article has nowhere."""
    count = 0
    for i in range(start, end):
        count += unknown[i] and (flags[i] & mask) == kind
    return count


@njit(nogil=True)
def _moved(text: Any, other: Any, first: int, behind: int) -> bool:
    """Whether a stretch holds a figure whose value the other text has nowhere."""
    for f in range(len(text.values)):
        if text.figures[f, 0] < behind and text.figures[f, 1] > first:
            here = False
            for value in other.values:
                here = here or value == text.values[f]
            if not here:
                return True
    return False


@njit(nogil=True)
def _taken_over(text: Any, other: Any) -> float:
    """As `reuse.taken_over`."""
    places = np.flatnonzero((other.flags & CONTENT) > 0)
    if len(text.pieces) < 2 or not len(places):
        return 0.0
    stems = other.stems[places].astype(np.uint64)
    shift = _room(len(stems))
    heads, following = _chains(stems, shift)
    windows = len(other.stems) // (WINDOW // 2) + 1
    seen = np.full(windows, -1, dtype=np.int32)  # the word that a window counted last
    together = np.zeros(windows, dtype=np.int32)
    weight, taken = 0, 0.0
    for piece in range(len(text.pieces) - 1):
        together[:] = 0
        wanted = best = 0
        for i in range(text.pieces[piece], text.pieces[piece + 1]):
            if not text.flags[i] & CONTENT:
                continue
            wanted += 1
            stem = np.uint64(text.stems[i])
            place = heads[_slot(stems, heads, shift, stem)]
            tried = 0
            while place >= 0 and tried < MAX_WORD_PLACES:
                half = places[place] // (WINDOW // 2)
                for window in (
                    half,
                    max(half - 1, 0),
                ):  # a place lies in the windows that begin at its half and at the one before
                    if seen[window] != i:
                        seen[window] = i
                        together[window] += 1
                        best = max(best, together[window])
                place = following[place]
                tried += 1
        if wanted >= 2:
            length = text.pieces[piece + 1] - text.pieces[piece]
            weight += length
            taken += min(1.0, max(0.0, (best / wanted - CHANCE) / (TAKEN - CHANCE))) * length
    return taken / weight if weight else 0.0


@njit(nogil=True)
def _use(new: Any, shared: Any, articles: Any, own: Any, other_days: Any) -> Any:
    """As `verify._passage_use`."""
    counts = np.empty(len(articles), dtype=np.int32)
    k = standing = 0
    days = 0.0
    for p in range(len(new.passage_at)):
        at = new.passage_at[p]
        end = at + MIN_PASSAGE_WORDS - 1
        if end < len(shared) and shared[at] and shared[end]:
            counts[k] = articles[p]
            k += 1
            standing += own[p] >= STANDING_USES
            days += LOG2[other_days[p]] if other_days[p] < len(LOG2) else np.log2(1.0 + other_days[p])
    if k == 0:
        return 0.0, 0.0, 0.0
    counts = np.sort(counts[:k])
    return (counts[(k - 1) // 2] + counts[k // 2]) / 2, standing / k, days / k


@njit((_OWN, _OWN, _i4, _i4, _i4), nogil=True, cache=True)
def overlap(new: Any, old: Any, articles: Any, own: Any, other_days: Any) -> Any:
    n, m = len(new.words), len(old.words)
    runs, gaps = _align(new.stems, old.stems)
    shared_new, shared_old = np.zeros(n, dtype=np.bool_), np.zeros(m, dtype=np.bool_)
    words_old = 0
    for r in range(len(runs)):
        shared_new[runs[r, 0] : runs[r, 0] + runs[r, 2]] = True
        shared_old[runs[r, 1] : runs[r, 1] + runs[r, 2]] = True
        words_old += runs[r, 2]  # runs overlap in neither text
    new_unknown, old_unknown = _unknown(new.stems, old.known), _unknown(old.stems, new.known)
    found_new, there_new = _names(new.flags, new_unknown, shared_new)
    found_old, there_old = _names(old.flags, old_unknown, shared_old)
    slots = names_exchanged = framed = 0
    figures_moved = False
    for g in range(len(gaps)):
        if gaps[g, 0] != REPLACED:
            continue
        a, b, c, d = gaps[g, 1], gaps[g, 2], gaps[g, 3], gaps[g, 4]
        length = max(b - a, d - c)
        slots += length <= MAX_SLOT_WORDS
        if length <= MAX_NAME_SLOT_WORDS:
            names_exchanged += min(
                _count(new.flags, new_unknown, a, b, NAME, NAME), _count(old.flags, old_unknown, c, d, NAME, NAME)
            )
        if length <= MAX_FIGURE_SLOT_WORDS and not figures_moved:
            figures_moved = _moved(new, old, a, b) or _moved(old, new, c, d)
        inside = a > 0 and b < n and d < m and min(b - a, d - c) >= MIN_EXCHANGED and length <= MAX_FRAME_GAP
        if inside and not new.breaks[a : b + 1].any() and not old.breaks[c : d + 1].any():
            fewer = min(
                _count(new.flags, new_unknown, a, b, LONG | FIGURE, LONG),
                _count(old.flags, old_unknown, c, d, LONG | FIGURE, LONG),
            )
            framed += fewer if fewer >= MIN_EXCHANGED else 0
    shorter, longer = (new, old) if n <= m else (old, new)
    headline = 0
    for stem in shorter.headline:
        headline += not _has(longer.known, stem)
    fewer_figures = min(len(new.values), len(old.values))
    median, standing, days = _use(new, shared_new, articles, own, other_days)
    return Overlap(
        runs,
        gaps,
        shared_new,
        words_old,
        _common(new.shingles, old.shingles),
        _taken_over(shorter, longer),
        (there_new + there_old + 1.8) / (found_new + found_old + 2),
        names_exchanged,
        framed,
        headline / len(shorter.headline) if len(shorter.headline) else NO_HEADLINE,
        slots,
        _common(np.sort(new.values), np.sort(old.values)) / fewer_figures if fewer_figures else 1.0,
        figures_moved,
        median,
        standing,
        days,
    )
