"""Alignments of random texts, against comparison word by word."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dedup.align import MIN_RUN, Run, align

words = st.lists(st.integers(0, 5), max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """A text, and one made of pieces of it in any order, with words of its own between them."""
    old = draw(st.lists(st.integers(0, 12), min_size=4, max_size=40))
    new: list[int] = []
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(old) - 1))
        new += old[start : start + draw(st.integers(1, 10))]
        new += draw(st.lists(st.integers(10, 15), max_size=3))
    return new, old


pairs = st.tuples(words, words) | edited()


def ordered(runs: tuple[Run, ...]) -> list[Run]:
    return sorted(runs, key=lambda run: run.i)


def longest_common_run(new: list[int], old: list[int]) -> int:
    """By comparing every pair of words, O(nm)."""
    best, above = 0, [0] * (len(old) + 1)
    for a in new:
        row = [0] * (len(old) + 1)
        for j, b in enumerate(old):
            row[j + 1] = above[j] + 1 if a == b else 0
        best, above = max(best, *row), row
    return best


@given(pairs)
def test_runs_are_equal_in_both_texts(pair: tuple[list[int], list[int]]) -> None:
    new, old = pair
    for run in align(new, old).runs:
        assert run.length > 0
        assert new[run.i : run.i + run.length] == old[run.j : run.j + run.length]
        assert run.i + run.length <= len(new)
        assert run.j + run.length <= len(old)


@given(pairs)
@example(([1, 2, 3, 99, 4, 5, 7, 8, 9, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7, 8, 9]))  # the gap's 4, 5 belong to a moved run
def test_runs_come_in_the_order_of_the_new_text_and_overlap_in_neither(pair: tuple[list[int], list[int]]) -> None:
    new, old = pair
    runs = align(new, old).runs
    assert list(runs) == ordered(runs)
    in_new = [word for run in runs for word in range(run.i, run.i + run.length)]
    in_old = [word for run in runs for word in range(run.j, run.j + run.length)]
    assert len(in_new) == len(set(in_new))
    assert len(in_old) == len(set(in_old))


@given(pairs)
@example(([0, 1, 2], [0, 1]))
def test_something_is_found_if_and_only_if_three_words_in_a_row_are_shared(pair: tuple[list[int], list[int]]) -> None:
    new, old = pair
    assert bool(align(new, old).runs) == (longest_common_run(new, old) >= MIN_RUN)


@given(pairs)
def test_runs_and_gaps_cover_the_new_text_once(pair: tuple[list[int], list[int]]) -> None:
    new, old = pair
    found = align(new, old)
    if not found.runs:
        assert found.gaps == ()
        return
    covered = [w for run in found.runs for w in range(run.i, run.i + run.length)]
    covered += [w for gap in found.gaps for w in range(gap.new_start, gap.new_end)]
    assert sorted(covered) == list(range(len(new)))


@given(pairs)
def test_gaps_are_named_for_what_stands_in_them(pair: tuple[list[int], list[int]]) -> None:
    new, old = pair
    for gap in align(new, old).gaps:
        in_new, in_old = gap.new_end > gap.new_start, gap.old_end > gap.old_start
        if gap.kind != "moved":
            assert gap.kind == {(True, True): "replaced", (False, True): "cut", (True, False): "added"}[in_new, in_old]


@given(words)
def test_a_text_aligns_with_itself_as_one_run(text: list[int]) -> None:
    found = align(text, text)
    shared = sum(run.length for run in found.runs)
    assert shared == (len(text) if len(text) >= MIN_RUN else 0)
    assert found.gaps == ()
