"""Figures in digits and in words, by value."""

from __future__ import annotations

import pytest

from dedup.normalise import normalise
from dedup.numerals import find_figures
from dedup.records import Figure


def figures(text: str) -> list[tuple[str, str]]:
    """(the words that say it, its value) of every figure of a text as written."""
    words = normalise(text).words
    return [(" ".join(words[f.start : f.end]), f.value) for f in find_figures(words)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # digits
        ("5", "5"),
        ("٢٠٢٤", "2024"),
        ("007", "7"),
        ("0", "0"),
        ("0.50", "0.5"),
        ("١٬٥٠٠٫٥", "1500.5"),
        ("100", "100"),  # not 1E+2
        ("و200", "200"),
        ("50%", "50"),
        # as agencies write decimals: the fraction first, a reh for the point
        ("5ر32", "32.5"),
        ("935ر6 مليون", "6935000"),
        # a point that groups thousands, and one that does not
        ("13.845", "13845"),
        ("0.382", "0.382"),
        ("1234.567", "1234.567"),
        # digits with scales
        ("13 ألفاً و845", "13845"),
        ("مليونان و300", "2000300"),
        ("أربعة ملايين ونصف المليون", "4500000"),
        ("ثلاثة ونصف", "3.5"),
        ("20 ألف", "20000"),
        ("3.5 مليون", "3500000"),
        ("5 ملايين", "5000000"),
        ("1.2 مليار", "1200000000"),
        ("2 تريليون", "2000000000000"),
        # units, with their genders and cases
        ("ثلاثة", "3"),
        ("ثلاث", "3"),
        ("الثلاثة", "3"),
        ("ثماني", "8"),
        ("عشرة", "10"),
        ("اثنان", "2"),
        ("اثنتين", "2"),
        # teens
        ("أحد عشر", "11"),
        ("إحدى عشرة", "11"),
        ("اثنا عشر", "12"),
        ("اثنتي عشرة", "12"),
        ("خمسة عشر", "15"),
        ("تسع عشرة", "19"),
        # teens of an order
        ("الخامس عشر", "15"),
        ("الثالثة عشرة", "13"),
        ("والحادية عشرة", "11"),
        # tens, alone and with units
        ("عشرون", "20"),
        ("العشرين", "20"),
        ("ثمانين", "80"),
        ("ثلاثة وعشرون", "23"),
        ("تسعة وتسعين", "99"),
        # hundreds
        ("مئة", "100"),
        ("مائة", "100"),
        ("مئتان", "200"),
        ("مئتي", "200"),
        ("ثلاثمئة", "300"),
        ("ثلاثمائة", "300"),
        ("ثلاث مئة", "300"),
        ("ثمانمئة", "800"),
        ("مئة وعشرة", "110"),
        ("مئة وخمسة وعشرون", "125"),
        ("سبعمئة وسبعة وسبعون", "777"),
        # thousands and more
        ("ثلاثة آلاف", "3000"),
        ("خمسة عشر ألفا", "15000"),
        ("مئة ألف", "100000"),
        ("ألفان", "2000"),
        ("ألفين", "2000"),
        ("ألفي", "2000"),
        ("مليون", "1000000"),
        ("مليونان", "2000000"),
        ("مليوني", "2000000"),
        ("ملياري", "2000000000"),
        ("مليارات", "1000000000"),
        ("ثلاثة وعشرون مليونا", "23000000"),
        ("ثلاثة آلاف وخمسمئة", "3500"),
        ("ألفان وخمسمئة", "2500"),
        # duals of what news counts
        ("قتيلان", "2"),
        ("قتيلين", "2"),
        ("وجريحان", "2"),
        ("سنتان", "2"),
        ("طائرتين", "2"),
        ("اليومين", "2"),
        # weekdays: the day is a fact, not a number
        ("السبت", "day 0"),
        ("الأحد", "day 1"),
        ("الإثنين", "day 2"),
        ("الثلاثاء", "day 3"),
        ("الأربعاء", "day 4"),
        ("الخميس", "day 5"),
        ("الجمعة", "day 6"),
    ],
)
def test_one_figure(text: str, value: str) -> None:
    """The whole text is one figure."""
    assert [(f.start, f.end, f.value) for f in find_figures(normalise(text).words)] == [(0, len(text.split()), value)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "وصل الوزير إلى بغداد",
        "أحد المارة",  # one of them
        "واحد",
        "ألف ليلة",
        "ألف كتابا",  # he wrote
        "عشرات القتلى",
        "أثناء العودة",  # during, spelled as the two of twelve
        "وأثناء ذلك",
    ],
)
def test_no_figure(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قتل 5 وأصيب 12", [("5", "5"), ("12", "12")]),
        ("مقتل ثلاثة وإصابة أحد عشر شخصا", [("ثلاثه", "3"), ("احد عشر", "11")]),
        ("بين 20 و25 في المئة", [("20", "20"), ("و25", "25")]),  # a percentage is no hundred
        ("الساعة 20:30", [("20", "20"), ("30", "30")]),
        ("بين خمسة وثلاثة عشر", [("خمسه", "5"), ("وثلاثه عشر", "13")]),
        ("خمسة عشر وعشرون", [("خمسه عشر", "15"), ("وعشرون", "20")]),
        ("خمسة ثم عشرون", [("خمسه", "5"), ("عشرون", "20")]),
        ("خمسة عشرون", [("خمسه", "5"), ("عشرون", "20")]),  # not joined by waw
    ],
)
def test_figures_in_a_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert figures(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ثلاثة أشخاص", "٣ أشخاص"),
        ("خمس نقاط", "خمسة نقاط"),
        ("عشرون قتيلا", "عشرين قتيلا"),
        ("مئة وعشرون ألفا", "١٢٠٬٠٠٠"),
        ("قتيلان", "2"),
        ("1.50", "١٫٥"),
    ],
)
def test_two_ways_of_writing_one_value(one: str, other: str) -> None:
    assert [value for _, value in figures(one)] == [value for _, value in figures(other)]


def test_figures_are_in_reading_order_and_do_not_overlap() -> None:
    words = normalise("قتل ثلاثة وعشرون وأصيب 12 ألفا وعاد قتيلان من 5").words
    found = find_figures(words)
    assert found == [Figure(1, 3, "23"), Figure(4, 6, "12000"), Figure(7, 8, "2"), Figure(9, 10, "5")]
