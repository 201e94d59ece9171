"""The letter and word tables: in normalised spelling, without contradictions, without dead rows."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from dedup import arabic
from dedup.arabic import DROPPED_LETTERS, LETTER_FOLDS, NEGATIONS, OPPOSITES, are_opposite, has_digit, stem
from dedup.normalise import normalise

WORDS = [*OPPOSITES, *NEGATIONS, *arabic.FUNCTION_WORDS, *arabic.JOINED_PREFIXES]


def test_a_fold_ends_at_a_letter_that_is_not_folded_again() -> None:
    assert [k for k, v in LETTER_FOLDS.items() if v in LETTER_FOLDS or v in DROPPED_LETTERS] == []


def test_the_table_of_folds_holds_only_what_nfkd_leaves_alone() -> None:
    """A letter that NFKD takes apart never reaches the table."""
    assert [unicodedata.name(letter) for letter in LETTER_FOLDS if unicodedata.normalize("NFKD", letter) != letter] == []


def test_every_fold_is_what_normalise_does() -> None:
    """Between two letters, so that nothing is dropped for standing alone."""
    wrong = {k: normalise(f"ب{k}ب").words for k, v in LETTER_FOLDS.items() if normalise(f"ب{k}ب").words != (f"ب{v}ب",)}
    assert wrong == {}


def test_dropped_letters_leave_nothing() -> None:
    assert [normalise(f"ب{letter}ب").words for letter in sorted(DROPPED_LETTERS)] == [("بب",)] * len(DROPPED_LETTERS)


def test_words_of_the_tables_are_in_normalised_spelling() -> None:
    """Another spelling would never be met: the tables are asked about normalised words."""
    assert [word for word in WORDS if normalise(word).words != (word,)] == []


def test_no_word_stands_in_two_pairs_of_opposites() -> None:
    """A word has one side; standing twice, it would lose the first of its opposites."""
    counts = Counter(word for pair in arabic._OPPOSITE_PAIRS for side in pair for word in side)
    assert [word for word, count in counts.items() if count > 1] == []


def test_joined_prefixes_come_longest_first() -> None:
    lengths = [len(prefix) for prefix in arabic.JOINED_PREFIXES]
    assert lengths == sorted(lengths, reverse=True)


def test_marks_are_single_characters_that_separate_words() -> None:
    for marks in (arabic.SENTENCE_ENDS, arabic.LINE_ENDS, arabic.DECIMAL_MARKS, arabic.THOUSANDS_MARKS):
        assert [mark for mark in marks if len(mark) != 1 or normalise(f"ب{mark}ب").words != ("ب", "ب")] == []


@pytest.mark.parametrize(
    ("left", "right", "opposite"),
    [
        ("ارتفاع", "انخفاض", True),
        ("تراجع", "يرتفع", True),
        ("يفوز", "يخسر", True),
        ("فتح", "اغلاق", True),
        ("قبل", "بعد", True),
        ("ارتفاع", "صعود", False),  # the same side
        ("ارتفاع", "اغلاق", False),  # another pair
        ("ارتفاع", "وزير", False),
        ("وزير", "رييس", False),
        ("", "", False),
    ],
)
def test_opposite_directions(left: str, right: str, opposite: bool) -> None:
    assert are_opposite(left, right) is are_opposite(right, left) is opposite


@pytest.mark.parametrize(("word", "digit"), [("5", True), ("و200", True), ("1.5", True), ("خمسه", False), ("", False)])
def test_words_with_figures(word: str, digit: bool) -> None:
    assert has_digit(word) is digit


@pytest.mark.parametrize(
    ("word", "bare"),
    [
        ("الوزير", "وزير"),
        ("والوزير", "وزير"),
        ("بالرياض", "رياض"),
        ("وبالرياض", "رياض"),
        ("كالعاده", "عاده"),
        ("للوزير", "وزير"),
        ("وقال", "قال"),
        ("وزن", "وزن"),  # two letters would be left
        ("الف", "الف"),
        ("", ""),
    ],
)
def test_a_stem_has_no_article_and_no_joined_letters(word: str, bare: str) -> None:
    assert stem(word) == bare
