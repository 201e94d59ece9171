"""Winnowing and bands on random values, against loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.hashing import hash_words
from dedup.index import band_keys, passage_keys
from dedup.settings import Settings
from dedup.shingle import combine_runs

PASSAGE_SALT = 0x70617373  # "pass"

few = st.integers(0, 12)  # so that runs repeat
run_hashes = st.lists(few | st.integers(0, 2**32 - 1), max_size=150)
windows = st.integers(1, 12)


def mix(value: int) -> int:
    """fmix32 of MurmurHash3 in plain integers."""
    value ^= value >> 16
    value = value * 0x85EBCA6B & 0xFFFFFFFF
    value ^= value >> 13
    value = value * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


def naive_winnow(runs: list[int], window: int) -> dict[int, int]:
    """Key -> its first chosen run: the leftmost smallest of every window; short texts take windows of an eighth."""
    mixed = [mix(run ^ PASSAGE_SALT) for run in runs]
    window = min(window, max(1, len(runs) // 8))
    chosen = sorted({min(range(i, i + window), key=lambda at: mixed[at]) for i in range(len(mixed) - window + 1)})
    keys: dict[int, int] = {}
    for at in chosen:
        keys.setdefault(mixed[at], at)
    return dict(sorted(keys.items()))


@given(run_hashes, windows)
def test_equals_the_naive_winnowing(runs: list[int], window: int) -> None:
    keys, at = passage_keys(np.array(runs, dtype=np.uint32), window)
    assert dict(zip(keys.tolist(), at.tolist(), strict=True)) == naive_winnow(runs, window)
    assert keys.tolist() == sorted(keys.tolist())


@given(run_hashes, windows, windows)
def test_a_smaller_window_keeps_all_that_a_larger_one_keeps(runs: list[int], one: int, other: int) -> None:
    small, large = (set(passage_keys(np.array(runs, dtype=np.uint32), w)[0].tolist()) for w in sorted((one, other)))
    assert large <= small


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 10**6))
def test_texts_that_share_eleven_words_in_a_row_share_a_key(
    before: int, behind: int, before2: int, behind2: int, seed: int
) -> None:
    """4-word runs and a window of 8: 4 + 8 - 1 words, whatever stands around them and however long the two texts are."""
    settings = Settings()
    words = [f"w{seed}-{n}" for n in range(11)]
    keys = []
    for name, left, right in (("x", before, behind), ("y", before2, behind2)):
        text = [f"{name}{n}" for n in range(left)] + words + [f"{name}{n + left}" for n in range(right)]
        keys.append(set(passage_keys(combine_runs(hash_words(text), [(0, len(text))], 4), settings.passage_window)[0].tolist()))
    assert keys[0] & keys[1]


low_bytes = st.lists(st.integers(0, 2), min_size=16, max_size=16)  # few, so that bands agree


@given(low_bytes, low_bytes, st.integers(0, 2**32))
def test_two_signatures_share_a_band_key_where_the_low_bytes_of_the_band_agree(
    left: list[int], right: list[int], seed: int
) -> None:
    """Four bands of four values; the upper 24 bits are noise."""
    noise = np.random.default_rng(seed).integers(0, 2**24, size=(2, 16), dtype=np.uint32) << np.uint32(8)
    a, b = (
        band_keys(above | np.array(low, dtype=np.uint32), bands=4, rows=4).tolist()
        for above, low in zip(noise, (left, right), strict=True)
    )
    agree = [left[at : at + 4] == right[at : at + 4] for at in range(0, 16, 4)]
    assert [x == y for x, y in zip(a, b, strict=True)] == agree
    assert len(set(a) & set(b)) == sum(agree)
