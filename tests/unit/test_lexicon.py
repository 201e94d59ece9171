"""What is known of single words, and that a full table is followed by another with the same answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup import lexicon
from dedup.hashing import hash_words
from dedup.lexicon import CONTENT, CUE, LONG, MAY_COUNT, MAY_NAME, look_up
from dedup.stems import light_stem

WORDS = ("الوزير", "في", "ثلاثه", "بحر", "البحر", "25", "محافظه", "الزيتونه", "بحر")


def test_stems_and_kinds_of_words() -> None:
    found = look_up(WORDS)
    assert found.stems.tolist() == hash_words([light_stem(word) for word in WORDS]).tolist()
    assert found.stems[3] == found.stems[4] == found.stems[8]
    minister, within, three, sea, _, figure, province, olive, _ = found.flags.tolist()
    assert minister == CONTENT | LONG | CUE
    assert within == 0
    assert three & MAY_COUNT
    assert sea == CONTENT | MAY_NAME
    assert figure & MAY_COUNT
    assert not figure & MAY_NAME
    assert province & CUE
    assert olive == CONTENT | LONG | MAY_NAME


def test_no_words_are_no_rows() -> None:
    assert [part.shape for part in look_up(())] == [(0,), (0,)]


def test_a_full_table_is_followed_by_one_that_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "_lexicon", lexicon._Lexicon())
    monkeypatch.setattr(lexicon, "_MOST_WORDS", 20)
    before = look_up(WORDS)
    for n in range(10):
        look_up([f"كلمه{n}{letter}" for letter in "ابتثجحخ"])
        assert all(np.array_equal(a, b) for a, b in zip(look_up(WORDS), before, strict=True))
    assert len(lexicon._lexicon) < 40


def test_threads_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "_lexicon", lexicon._Lexicon())
    words = [f"كلمه{n}" for n in range(9000)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(look_up, [words] * 4))
    assert all(f.stems.tolist() == hash_words([light_stem(word) for word in words]).tolist() for f in found)
