"""Word runs and their hashes."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash

from dedup.hashing import hash_words
from dedup.shingle import combine_runs, shingle, shingle_interchange

WORDS = ("وصل", "الوزير", "الي", "بغداد", "امس")


def test_a_word_hash_is_xxh32_of_its_utf8_bytes() -> None:
    hashes = hash_words(["", "abc", "سلام"])
    assert hashes.dtype == np.uint32
    # xxHash's own test vectors for seed 0: "" and "abc"
    assert hashes.tolist() == [0x02CC5D05, 0x32D153FF, xxhash.xxh32("سلام".encode()).intdigest()]


def test_no_words_no_hashes() -> None:
    for found in (hash_words([]), shingle([], [], size=3), combine_runs(hash_words([]), [(0, 0)], 3)):
        assert len(found) == 0
        assert found.dtype == np.uint32


def test_a_run_combines_its_words_by_rotation_and_multiplication() -> None:
    """Worked out step by step for two words: ((rotl(h1 M, 5)) ^ h2) M mod 2^32 with M = 0x9E3779B1."""
    m, mask = 0x9E3779B1, 0xFFFFFFFF
    first, second = 0x12345678, 0x9ABCDEF0
    once = first * m & mask
    rotated = (once << 5 | once >> 27) & mask
    expected = (rotated ^ second) * m & mask
    assert combine_runs(np.array([first, second], dtype=np.uint32), [(0, 2)], 2).tolist() == [expected]


@pytest.mark.parametrize(
    ("ranges", "runs"),
    [
        ([(0, 5)], 3),
        ([(0, 3), (3, 5)], 1),  # the second part is too short
        ([(0, 2), (3, 5)], 0),
        ([(1, 5)], 2),
        ([], 0),
    ],
)
def test_runs_stay_inside_their_ranges(ranges: list[tuple[int, int]], runs: int) -> None:
    assert len(combine_runs(hash_words(WORDS), ranges, 3)) == runs


def test_the_order_of_words_matters_and_a_repeated_word_does_not_cancel_out() -> None:
    def run(*words: str) -> int:
        return int(shingle(words, [(0, 3)], size=3)[0])

    assert len({run("ا", "ب", "ج"), run("ج", "ب", "ا"), run("ا", "ا", "ب"), run("ب", "ا", "ا"), run("ج", "ج", "ب")}) == 5


def test_shingles_are_distinct_and_ascending() -> None:
    words = WORDS * 4
    found = shingle(words, [(0, 20)], size=3)
    assert len(found) == 5  # the five rotations
    assert found.tolist() == sorted(set(found.tolist()))


def test_word_hashes_made_before_are_used() -> None:
    assert shingle(WORDS, [(0, 5)], size=3, word_hashes=hash_words(WORDS)).tolist() == shingle(WORDS, [(0, 5)], size=3).tolist()


def test_interchange_hashes_the_joined_words() -> None:
    """The first two runs of three words; a seam at word 3 cuts the third one off."""
    texts = ["وصل الوزير الي", "بغداد امس"]
    expected = sorted(xxhash.xxh32(t.encode()).intdigest() for t in texts[:1])
    assert shingle_interchange(WORDS, [(0, 3), (3, 5)], size=3).tolist() == expected
    assert shingle_interchange(WORDS, [(3, 5)], size=2).tolist() == [xxhash.xxh32(texts[1].encode()).intdigest()]
