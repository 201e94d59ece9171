"""Word alignment of two texts: equal runs, and what stands in the gaps between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz.distance import LCSseq

GapKind = Literal["replaced", "cut", "added", "moved"]

MIN_RUN = 3  # words; shorter equal runs outside a replaced gap are chance
MAX_PLACES = 16  # places of one run in the old text that are tried; texts that repeat a run more often are lists
MIN_FINE_SHARE = 0.4  # equal words in a gap aligned word by word; with fewer the equal ones are chance
MAX_FINE_GAP = 40  # words; gaps up to this long on both sides are aligned word by word

RUN_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Knuth, TAOCP 3, section 6.4


@dataclass(frozen=True, slots=True)
class Run:
    """`new[i:i + length] == old[j:j + length]`, in words."""

    i: int
    j: int
    length: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two neighbouring runs: `new[new_start:new_end]` against `old[old_start:old_end]`."""

    kind: GapKind
    new_start: int
    new_end: int
    old_start: int
    old_end: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """Equal runs in the order of the new text, none overlapping in either text, and the gaps between them."""

    runs: tuple[Run, ...]
    gaps: tuple[Gap, ...]


def align(new: Sequence[int], old: Sequence[int]) -> Alignment:
    """Align two texts given as word hashes.

    Equal runs of at least `MIN_RUN` words are taken greedily from the start of the new text, each as long as it goes and
    none using a word of the old text twice, wherever they stand in the old text (moved paragraphs are found). Short
    gaps between neighbours are then aligned word by word by their longest common subsequence (Hyyrö 2004, in RapidFuzz).

    Source: after Wise, "String Similarity via Greedy String Tiling" (1993).
    """
    if new == old and len(new) >= MIN_RUN:
        return Alignment((Run(0, 0, len(new)),), ())
    runs: list[Run] = []
    gaps: list[Gap] = []
    left = Run(0, 0, 0)
    tiles, used = _tiles(new, old)
    for tile in tiles:
        _between(new, old, left, tile, used, runs, gaps)
        runs.append(tile)
        left = tile
    if runs:
        _between(new, old, left, Run(len(new), len(old), 0), used, runs, gaps)
    return Alignment(tuple(runs), tuple(gaps))


def _tiles(new: Sequence[int], old: Sequence[int]) -> tuple[list[Run], bytearray]:
    """Equal runs in the order of the new text, and which words of the old one they take."""
    places: dict[int, list[int]] = {}
    for j, key in enumerate(_run_keys(old)):
        places.setdefault(key, []).append(j)
    used = bytearray(len(old) + 1)  # one sentinel, so that a run stops at the end of the text
    used[len(old)] = 1
    tiles: list[Run] = []
    behind, n = 0, len(new)
    for i, key in enumerate(_run_keys(new)):
        if i < behind or key not in places:
            continue
        best_j, best = -1, 0
        for j in places[key][:MAX_PLACES]:
            length = 0
            while i + length < n and not used[j + length] and new[i + length] == old[j + length]:
                length += 1
            if length > best:
                best_j, best = j, length
        if best >= MIN_RUN:
            tiles.append(Run(i, best_j, best))
            used[best_j : best_j + best] = b"\1" * best
            behind = i + best
    return tiles, used


def _run_keys(words: Sequence[int]) -> list[int]:
    """A 64-bit key for each run of MIN_RUN words, in order; unequal runs may share one, equal runs always do."""
    hashes = np.asarray(words, dtype=np.uint64)
    count = max(0, len(hashes) - MIN_RUN + 1)
    keys = np.zeros(count, dtype=np.uint64)
    for offset in range(MIN_RUN):
        keys = (keys ^ hashes[offset : offset + count]) * RUN_MULTIPLIER
    keys_list: list[int] = keys.tolist()
    return keys_list


def _between(
    new: Sequence[int], old: Sequence[int], left: Run, right: Run, used: bytearray, runs: list[Run], gaps: list[Gap]
) -> None:
    """Name the gap between two neighbours of the new text; align it word by word if it is short."""
    a, b = left.i + left.length, right.i
    c, d = left.j + left.length, right.j
    if d < c:
        gaps.append(Gap("moved", a, b, c, c))
        return
    if b - a > MAX_FINE_GAP or d - c > MAX_FINE_GAP or a == b or c == d or any(used[c:d]):
        _add_gap(gaps, a, b, c, d)
        return
    stretches = _fine(new[a:b], old[c:d])
    equal_words = sum(s1 - s0 for equal, s0, s1, _, _ in stretches if equal)
    if equal_words < MIN_FINE_SHARE * max(b - a, d - c):
        _add_gap(gaps, a, b, c, d)
        return
    for equal, s0, s1, d0, d1 in stretches:
        if equal:
            runs.append(Run(a + s0, c + d0, s1 - s0))
        else:
            _add_gap(gaps, a + s0, a + s1, c + d0, c + d1)


def _add_gap(gaps: list[Gap], a: int, b: int, c: int, d: int) -> None:
    if a == b and c == d:
        return
    kind: GapKind = "cut" if a == b else "added" if c == d else "replaced"
    gaps.append(Gap(kind, a, b, c, d))


def _fine(new: Sequence[int], old: Sequence[int]) -> list[tuple[bool, int, int, int, int]]:
    """Equal and unequal stretches of two short word sequences; neighbouring edits are joined to one replacement."""
    out: list[tuple[bool, int, int, int, int]] = []
    for op in LCSseq.opcodes(new, old):
        equal = op.tag == "equal"
        if out and not equal and not out[-1][0]:
            _, a, _, c, _ = out[-1]
            out[-1] = (False, a, op.src_end, c, op.dest_end)
        else:
            out.append((equal, op.src_start, op.src_end, op.dest_start, op.dest_end))
    return out
