"""Many texts at once: signatures and keys of raw texts, for an index of your own or for counting what a corpus repeats.

Compiled (`dedup.compiled.load`), nothing of Python happens between a text's code points and its keys, and the chunks of a large
batch are signed side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from dedup.compiled import compiled_by
from dedup.index import band_keys, sign_words
from dedup.normalise import clean, fill, split_words, tables
from dedup.records import I32, I64, U32
from dedup.settings import Settings
from dedup.shingle import shingle_interchange
from dedup.sign import sign

#: Texts of about so many characters together are signed in one call.
_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Signed:
    """Signatures and keys of n texts."""

    signatures: U32  # shape (n, 128); all ones (0xFFFFFFFF) where a text has no shingle
    keys: U32  # of text t: `keys[offsets[t]:offsets[t + 1]]`, its passage keys, ascending, then its band keys
    offsets: I64  # shape (n + 1,)
    passages: I32  # how many keys of each text are passage keys, shape (n,)


def sign_texts(texts: Sequence[str], settings: Settings, *, interchange: bool = False, threads: int = 1) -> Signed:
    """Sign texts from their raw form.

    Each text is normalised and all its words count: nothing is taken for a dateline, a credit or page furniture. The answer is
    that of `normalise` and `sign_words` on one text after the other, whatever the threads and whether compiled or not.

    Args:
        texts: any strings; markup and character references are allowed.
        settings: `shingle_size`, `passage_words`, `passage_window`, `bands` and `rows` count.
        interchange: hash shingles as other people's datasketch code does, xxh32 of the words joined by one space in UTF-8; the
            signatures are those of `MinHash(num_perm=128, scheme="affine32", hashfunc=xxhash.xxh32_intdigest)` over them.
        threads: chunks signed at the same time; compiled ones do not hold the interpreter's lock.
    """
    s = settings

    def one(chunk: Sequence[str]) -> tuple[U32, U32, I32, I32]:
        joined = "".join(chunk)
        if "<" in joined or "&" in joined:
            chunk = [clean(text) for text in chunk]
            joined = "".join(chunk)
        raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        offsets = np.cumsum([0, *map(len, chunk)], dtype=np.int64)
        while True:
            signatures, keys, ends, passages, unseen = sign_batch(
                raw, offsets, *tables(), s.shingle_size, s.passage_words, s.passage_window, s.bands, s.rows, interchange
            )
            if unseen < 0:
                return signatures, keys, ends, passages
            fill(unseen)

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            chunks = list(pool.map(one, _chunks(texts)))
    else:
        chunks = [one(chunk) for chunk in _chunks(texts)]
    ends = np.cumsum([0, *(len(keys) for _, keys, _, _ in chunks)])
    none = np.zeros(0, dtype=np.int32)
    return Signed(
        signatures=np.concatenate([np.zeros((0, 128), dtype=np.uint32), *(chunk[0] for chunk in chunks)]),
        keys=np.concatenate([none.astype(np.uint32), *(chunk[1] for chunk in chunks)]),
        offsets=np.concatenate([[0], *(chunk[2] + end for chunk, end in zip(chunks, ends, strict=False))]).astype(np.int64),
        passages=np.concatenate([none, *(chunk[3] for chunk in chunks)]),
    )


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    ends = np.cumsum([len(text) for text in texts])
    first = 0
    while first < len(texts):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
        yield texts[first:last]
        first = last


@compiled_by("bulk")
def sign_batch(
    raw: U32,
    offsets: I64,
    fold: U32,
    expansions: U32,
    expansion_at: I32,
    shingle_size: int,
    passage_words: int,
    passage_window: int,
    bands: int,
    rows: int,
    interchange: bool,
) -> tuple[U32, U32, I32, I32, int]:
    """Sign texts given end to end as code points, without markup and references.

    Args:
        raw: the code points of all texts.
        offsets: where each begins, and the end, shape (n + 1,).
        fold: as the two that follow, of `normalise.tables`.
        shingle_size: as the four that follow, of `Settings`.
        interchange: as in `sign_texts`.

    Returns:
        Signatures, keys, where each text's keys end and how many are passage keys, as in `Signed`; and -1, or a code point not
        known yet: `fill` it and call again, the rest is empty.
    """
    signatures, keys, passages = [np.zeros((0, 128), dtype=np.uint32)], [np.zeros(0, dtype=np.uint32)], []
    for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        letters, hashes, *_, unseen = split_words(raw[start:end], fold, expansions, expansion_at)
        if unseen >= 0:
            none = np.zeros(0, dtype=np.int32)
            return signatures[0], keys[0], none, none, unseen
        ranges = np.array([[0, len(hashes)]], dtype=np.int32)
        shingles, signature, found, _, of_bands = sign_words(
            hashes, ranges, shingle_size, passage_words, passage_window, bands, rows
        )
        if interchange and len(shingles):
            words = letters.tobytes().decode().split(" ")
            signature = sign(shingle_interchange(words, [(0, len(words))], size=shingle_size))
            of_bands = band_keys(signature, bands=bands, rows=rows)
        signatures.append(signature[None])
        keys.append(np.concatenate((found, of_bands)))
        passages.append(len(found))
    key_ends = np.cumsum([len(k) for k in keys[1:]], dtype=np.int32)
    return np.concatenate(signatures), np.concatenate(keys), key_ends, np.array(passages, dtype=np.int32), -1
