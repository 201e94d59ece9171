"""The letter and word tables: in normalised spelling, without contradictions, without dead rows."""

from __future__ import annotations

import unicodedata

import pytest

from dedup import arabic
from dedup.arabic import DROPPED_LETTERS, LETTER_FOLDS, has_digit
from dedup.normalise import normalise


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


def test_joined_prefixes_are_in_normalised_spelling() -> None:
    """Another spelling would never be met: the table is asked about normalised words."""
    assert [word for word in arabic.JOINED_PREFIXES if normalise(word).words != (word,)] == []


def test_joined_prefixes_come_longest_first() -> None:
    lengths = [len(prefix) for prefix in arabic.JOINED_PREFIXES]
    assert lengths == sorted(lengths, reverse=True)


def test_marks_are_single_characters_that_separate_words() -> None:
    for marks in (arabic.SENTENCE_ENDS, arabic.LINE_ENDS, arabic.DECIMAL_MARKS, arabic.THOUSANDS_MARKS):
        assert [mark for mark in marks if len(mark) != 1 or normalise(f"ب{mark}ب").words != ("ب", "ب")] == []


@pytest.mark.parametrize(("word", "digit"), [("5", True), ("و200", True), ("1.5", True), ("خمسه", False), ("", False)])
def test_words_with_figures(word: str, digit: bool) -> None:
    assert has_digit(word) is digit
