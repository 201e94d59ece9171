"""Stage 5: the keys an article stands under, and which earlier articles its keys bring up as candidates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedup.compiled import compiled_by
from dedup.records import I32, U32, PassageUse, Postings
from dedup.shingle import combine_runs, shingle
from dedup.sign import mix, sign

#: A candidate must share passages worth this much: one that at most two earlier articles contain, or more frequent ones.
#: Measured: 214 of 214 labelled copies at 3.3 candidates an article; at 1.0 two are lost for 2.0 candidates.
MIN_WEIGHT = 0.4
#: Runs kept of a text too short for `passage_window`: at least this many windows cover it.
MIN_WINDOWS = 8
#: An agency's text goes round within so many days; a passage seen on other days than these is standing wording or background.
_SAME_DAYS = 2.5

#: What a key speaks of, so that no two kinds share one.
PASSAGE, BAND, EXACT_HEADLINE, HEADLINE_BAND = (np.uint32(salt) for salt in (0x70617373, 0x62616E64, 0x68656164, 0x68626E64))


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """How many of an entry's keys are of which kind; they stand in this order."""

    passages: int
    bands: int
    exact_headlines: int
    headline_bands: int

    @property
    def body(self) -> int:
        """How many keys, from the first on, speak of the body."""
        return self.passages + self.bands


def passage_keys(runs: U32, window: int) -> tuple[U32, I32]:
    """Winnow run hashes: in every window of so many runs the smallest is kept.

    Two texts that share `passage_words + window - 1` words in a row share a key. Short texts take smaller windows
    (a superset of the same choice), so that every text has about eight keys at least.

    Args:
        runs: `shingle.combine_runs` of the own text, shape (m,).

    Returns:
        Distinct keys, ascending, and the run each stands for: two arrays of shape (k,).

    Source: Schleimer, Wilkerson, Aiken, "Winnowing" (2003).
    """
    mixed = mix(runs ^ PASSAGE)
    window = min(window, max(1, len(mixed) // MIN_WINDOWS))
    if window > 1:
        views = np.lib.stride_tricks.sliding_window_view(mixed, window)
        at = np.unique(np.arange(len(views)) + views.argmin(axis=1))
    else:
        at = np.arange(len(mixed))
    keys, first = np.unique(mixed[at], return_index=True)
    return keys, at[first].astype(np.int32)


def passages(word_hashes: U32, ranges: Sequence[tuple[int, int]], *, words: int, window: int) -> tuple[U32, I32]:
    """The passage keys of the words in `ranges`, distinct, ascending, and the word each one's run begins with.

    Args:
        word_hashes: of all words of a text, shape (n,).
        ranges: half-open word ranges, in reading order; no run crosses from one to the next.
        words: in one run.
        window: one key is kept out of every so many runs; 1 keeps all.

    Returns:
        Two arrays of shape (k,).
    """
    keys, runs_at = passage_keys(combine_runs(word_hashes, ranges, words), window)
    starts = np.concatenate([np.arange(a, max(a, b - words + 1)) for a, b in ranges] or [np.arange(0)]).astype(np.int32)
    return keys, starts[runs_at]


def band_keys(signature: U32, *, bands: int, rows: int, salt: np.uint32 = BAND) -> U32:
    """One key a band of `rows` signature values; only their low bytes count, so stored signatures give the same keys."""
    low = (signature[: bands * rows] & np.uint32(0xFF)).reshape(bands, rows)
    keys = mix(np.arange(bands, dtype=np.uint32) + salt)  # mixed, or band and byte could stand in for each other
    for row in range(rows):
        keys = mix(keys ^ low[:, row]) + np.uint32(1)
    return keys


@compiled_by("signing")
def sign_words(
    word_hashes: U32, ranges: I32, shingle_size: int, passage_words: int, passage_window: int, bands: int, rows: int
) -> tuple[U32, U32, U32, I32, U32]:
    """All that a body is found by.

    Args:
        word_hashes: of all words of a text, shape (n,).
        ranges: half-open word ranges, in reading order, shape (r, 2); no run crosses from one to the next.
        shingle_size: as the five that follow, of `Settings`.

    Returns:
        Distinct shingle hashes, ascending; the signature; the passage keys and the word each one's run begins with, as
        `passages`; the band keys, none where there is no shingle.
    """
    own = [(int(start), int(end)) for start, end in ranges]
    shingles = shingle((), own, size=shingle_size, word_hashes=word_hashes)
    signature = sign(shingles)
    keys, places = passages(word_hashes, own, words=passage_words, window=passage_window)
    found = band_keys(signature, bands=bands, rows=rows) if len(shingles) else np.zeros(0, dtype=np.uint32)
    return shingles, signature, keys, places, found


@compiled_by("signing")
def headline_keys(word_hashes: U32, family_hashes: U32, bands: int) -> tuple[U32, U32]:
    """The key of the whole headline, and its band keys (two values each); both empty for an empty headline.

    Args:
        word_hashes: of its words, in order.
        family_hashes: of what stands for its content words in the bands, in any order.
        bands: `Settings.headline_bands`.
    """
    if not len(word_hashes):
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint32)
    exact = np.array([EXACT_HEADLINE], dtype=np.uint32)
    for word in word_hashes:
        exact = mix(exact ^ word) + np.uint32(1)
    return exact, band_keys(sign(family_hashes), bands=bands, rows=2, salt=HEADLINE_BAND)


def passage_use(postings: Postings, passages: int, source_byte: int, days_away: Mapping[int, float]) -> PassageUse:
    """How the first `passages` keys, those of the passages, were used before.

    Args:
        postings: of the article's keys, as of its arrival.
        passages: how many of them are passage keys.
        source_byte: the low byte of the hash of the article's source.
        days_away: for candidates (by sequence number), how many days before or after the article they were published.
    """
    offsets = postings.offsets[: passages + 1]
    own = np.cumsum(np.append(np.int32(0), postings.sources[: offsets[-1]] == source_byte), dtype=np.int32)
    seqs = postings.seqs[: offsets[-1]]
    far: dict[int, list[int]] = {}
    for seq, days in days_away.items():
        if abs(days) > _SAME_DAYS:
            far.setdefault(int(days), []).append(seq)
    other_days = np.zeros(passages, dtype=np.int32)
    for of_day in far.values():
        seen = np.cumsum(np.append(np.int32(0), np.isin(seqs, np.array(of_day, dtype=np.uint32))), dtype=np.int32)
        other_days += seen[offsets[1:]] > seen[offsets[:-1]]
    return PassageUse(np.diff(offsets).astype(np.int32), own[offsets[1:]] - own[offsets[:-1]], other_days)


def rank(postings: Postings, first: int, last: int, *, exclude: Collection[int], min_weight: float) -> list[int]:
    """Sequence numbers that stand under keys first..last-1, most telling first (ties: the earliest).

    A shared key weighs 1 / (1 + log2 of its list's length): the fewer articles contain a passage, the more it tells.
    """
    lo, hi = int(postings.offsets[first]), int(postings.offsets[last])
    if lo == hi:
        return []
    lengths = np.diff(postings.offsets[first : last + 1])
    weights = np.repeat(1.0 / (1.0 + np.log2(np.maximum(lengths, 1))), lengths)
    seqs, inverse = np.unique(postings.seqs[lo:hi], return_inverse=True)
    totals = np.bincount(inverse, weights=weights)
    order = np.lexsort((seqs, -np.round(totals, 9)))  # rounded: the order of summation must not decide a tie
    return [int(seqs[o]) for o in order if totals[o] >= min_weight - 1e-9 and int(seqs[o]) not in exclude]
