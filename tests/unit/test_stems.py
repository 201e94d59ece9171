"""Words without what is joined before and behind them."""

from __future__ import annotations

import pytest

from dedup.stems import light_stem, stem


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


@pytest.mark.parametrize(
    ("words", "bare"),
    [
        (("معلم", "المعلمون", "للمعلمين", "والمعلمات", "معلمه"), "معلم"),
        (("عثر", "عثروا", "وعثرت"), "عثر"),
        (("مدينتها", "مدينتهم", "مدينتنا"), "مدينت"),
        (("بيت",), "بيت"),  # three letters stay
        (("2024",), "2024"),
        # all spellings of one foreign name
        (("ترامب", "ترمب", "لترامب"), "ترامب"),
        (("غوتيريش", "جوتيريس", "وغوتيريس"), "غوتيريش"),
    ],
)
def test_inflections_and_spellings_share_a_light_stem(words: tuple[str, ...], bare: str) -> None:
    assert {light_stem(word) for word in words} == {bare}


def test_names_that_differ_in_a_long_vowel_stay_two() -> None:
    assert len({light_stem(name) for name in ("محمد", "محمود", "سالم", "سليم", "حسن", "حسين")}) == 6
