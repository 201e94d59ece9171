"""Word alignment: equal runs and the gaps between them. A letter stands for a word."""

from __future__ import annotations

import time

import pytest

from dedup.align import Gap, Run, align


def aligned(new: str, old: str) -> tuple[list[tuple[int, int, int]], list[tuple[str, str, str]]]:
    """Runs as (new, old, length); gaps as (kind, what stands in new, what stands in old)."""
    found = align([ord(c) for c in new], [ord(c) for c in old])
    return (
        [(r.i, r.j, r.length) for r in found.runs],
        [(g.kind, new[g.new_start : g.new_end], old[g.old_start : g.old_end]) for g in found.gaps],
    )


@pytest.mark.parametrize(
    ("new", "old", "runs", "gaps"),
    [
        ("abcdef", "abcdef", [(0, 0, 6)], []),
        ("", "abc", [], []),
        ("abc", "", [], []),
        ("abcdef", "uvwxyz", [], []),
        ("abXYcd", "abZcd", [], []),  # runs of two words are chance
        # one word replaced, cut, added
        ("abcXdef", "abcYdef", [(0, 0, 3), (4, 4, 3)], [("replaced", "X", "Y")]),
        ("abcdef", "abcYdef", [(0, 0, 3), (3, 4, 3)], [("cut", "", "Y")]),
        ("abcXdef", "abcdef", [(0, 0, 3), (4, 3, 3)], [("added", "X", "")]),
        # at either end
        ("XXabc", "abc", [(2, 0, 3)], [("added", "XX", "")]),
        ("abc", "YYabcY", [(0, 2, 3)], [("cut", "", "YY"), ("cut", "", "Y")]),
        ("Xabc", "Yabc", [(1, 1, 3)], [("replaced", "X", "Y")]),
        # a short gap is aligned word by word where two words of five agree, not where one of three does
        ("abcXmYdef", "abcZmWdef", [(0, 0, 3), (6, 6, 3)], [("replaced", "XmY", "ZmW")]),
        ("abcXmnYdef", "abcZmnWdef", [(0, 0, 3), (4, 4, 2), (7, 7, 3)], [("replaced", "X", "Z"), ("replaced", "Y", "W")]),
    ],
)  # fmt: skip
def test_runs_and_gaps(new: str, old: str, runs: list[tuple[int, int, int]], gaps: list[tuple[str, str, str]]) -> None:
    found_runs, found_gaps = aligned(new, old)
    assert sorted(found_runs) == runs
    assert found_gaps == gaps


def test_a_moved_paragraph_is_found() -> None:
    """What stood second stands first: two runs, the second one before the first in the old text."""
    runs, gaps = aligned("defghabc", "abcdefgh")
    assert runs == [(0, 3, 5), (5, 0, 3)]
    assert gaps == [("cut", "", "abc"), ("moved", "", ""), ("cut", "", "defgh")]


def test_the_longest_of_several_places_is_taken() -> None:
    assert aligned("abcde", "abcXabcde")[0] == [(0, 4, 5)]


def test_no_word_of_the_old_text_is_used_twice() -> None:
    assert aligned("abcXabc", "abc")[0] == [(0, 0, 3)]


def test_a_word_that_a_moved_run_has_taken_is_not_used_again() -> None:
    """«mno» stands between the two outer runs of the old text and is taken by the third; the gap before may not use it."""
    new, old = "abc" + "Xmn" + "def" + "mno", "abc" + "mno" + "def"
    covered = [word for i, j, length in aligned(new, old)[0] for word in range(j, j + length)]
    assert sorted(covered) == sorted(set(covered))


def test_a_long_gap_is_left_as_it_is() -> None:
    """Over 40 words on one side: not aligned word by word, though every other word agrees."""
    middle_new = "".join(chr(0x100 + n // 2 if n % 2 else 0x400 + n) for n in range(43))
    middle_old = "".join(chr(0x100 + n // 2 if n % 2 else 0x800 + n) for n in range(43))
    runs, gaps = aligned("abc" + middle_new + "def", "abc" + middle_old + "def")
    assert runs == [(0, 0, 3), (46, 46, 3)]
    assert gaps == [("replaced", middle_new, middle_old)]


def test_records_read_as_they_are_written() -> None:
    found = align([1, 2, 3, 4], [1, 2, 3, 5])
    assert found.runs == (Run(0, 0, 3),)
    assert found.gaps == (Gap("replaced", 3, 4, 3, 4),)


def test_texts_that_repeat_one_word_are_aligned_in_time() -> None:
    """160,000 words, a body at its limit; every run stands at every place."""
    text = [7] * 160_000
    began = time.perf_counter()
    assert [(r.i, r.j, r.length) for r in align(text, text).runs] == [(0, 0, 160_000)]
    assert [(r.i, r.j, r.length) for r in align([1, 2, 3] * 50_000, [3, 2, 1, 9] * 40_000).runs] == []
    assert time.perf_counter() - began < 20
