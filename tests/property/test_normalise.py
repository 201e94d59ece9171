"""Normalisation on random text, against a normaliser of one line a rule."""

from __future__ import annotations

import random
import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from dedup.arabic import DECIMAL_MARKS, DROPPED_LETTERS, LETTER_FOLDS, THOUSANDS_MARKS
from dedup.normalise import normalise
from tests.strategies_text import any_text, news_text, respell, unmarked_text, unrelated_text


def naive_words(text: str) -> tuple[str, ...]:
    """The rules of profile 1, a character at a time; for texts without markup and references."""
    out = []
    for char in text:
        for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
            folded = LETTER_FOLDS.get(part, part)
            category = unicodedata.category(folded)
            if category.startswith("M") or category == "Cf" or folded in DROPPED_LETTERS:
                continue
            if category == "Nd":
                out.append(str(unicodedata.digit(folded)))
            elif category[0] in "LN":
                out.append(folded)
            else:
                out.append(char if char in DECIMAL_MARKS | THOUSANDS_MARKS else " ")
    line = re.sub(rf"(?<=[0-9])[{''.join(DECIMAL_MARKS)}](?=[0-9])", "\1", "".join(out))
    line = re.sub(
        rf"(?<=[0-9])(?<![0-9]{{4}})[{''.join(THOUSANDS_MARKS)}](?=[0-9]{{3}}(?![0-9]))", "", line
    )  # up to three digits before, exactly three behind
    return tuple(re.sub(rf"[{''.join(DECIMAL_MARKS | THOUSANDS_MARKS)}]", " ", line).replace("\1", ".").split())


@given(unmarked_text)
@example("12345,678,901 1.234,567 1,2\u0651,345")
@example("\ufdfa5\ufdfa \u2488,000 ½ ५,१२३")
def test_equals_the_naive_normaliser(text: str) -> None:
    assert normalise(text).words == naive_words(text)


@given(any_text | news_text)
def test_twice_is_once(text: str) -> None:
    words = normalise(text).words
    assert normalise(" ".join(words)).words == words


@given(any_text | news_text)
def test_every_offset_points_at_text_that_normalises_to_its_word(text: str) -> None:
    found = normalise(text)
    for word, start, end in zip(found.words, found.starts.tolist(), found.ends.tolist(), strict=True):
        again = normalise(text[start:end]).words
        if any(len(normalise(char).words) > 1 for char in text[start:end]):  # a ligature of several words
            assert word in again
        else:
            assert again == (word,)


@given(any_text | news_text)
def test_offsets_are_in_order_and_in_the_text(text: str) -> None:
    found = normalise(text)
    starts, ends = found.starts.tolist(), found.ends.tolist()
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(starts, ends, strict=True))


@given(any_text | news_text)
def test_words_are_made_of_letters_digits_and_decimal_marks(text: str) -> None:
    for word in normalise(text).words:
        assert re.fullmatch(r"(?:[^\W_]|(?<=[0-9])\.(?=[0-9])|[^\x00-\x7f])+", word)


@given(any_text | news_text)
def test_breaks_begin_with_a_line_and_are_0_1_or_2(text: str) -> None:
    found = normalise(text)
    breaks = found.breaks.tolist()
    assert len(breaks) == len(found.words)
    assert breaks[:1] in ([], [2])
    assert set(breaks) <= {0, 1, 2}


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_a_spelling_has_the_words_of_its_text(number: int, seed: int) -> None:
    text = f"{unrelated_text(number, 20)} 1,250.5 سماء مسؤول بائع إلى هذه"
    assert normalise(respell(text, random.Random(seed))).words == normalise(text).words
