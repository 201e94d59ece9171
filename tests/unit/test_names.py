"""Spellings of one foreign name, names that only look alike, and the tables behind them."""

from __future__ import annotations

from collections import Counter

import pytest

from dedup.names import _VARIANTS, GIVEN_NAMES, PLACES, given_name, is_name, place_of, variant_key
from dedup.normalise import normalise

SAME = """
ترمب ترامب
وترمب وترامب
لترمب لترامب
غوتيريش جوتيريس
غوتيريش غوتيريس
جوتيريش غوتيرش
نتنياهو نتانياهو
نيتانياهو نتنياهو
بوتين بوتن
بوتين بوطين
زيلينسكي زيلنسكي
ميدفيديف مدفيديف
أوباما اوبامه
بايدن بايدين
ماكرون مكرون
ميركل ميركيل
أردوغان اردوجان
بولسونارو بولسنارو
برلسكوني بيرلوسكوني
زوكربيرغ زوكربيرج
واينستين وينستاين
غورباتشوف جورباتشوف
شكسبير شيكسبير
موتسارت موزارت
غوارديولا جوارديولا
واشنطن واشنطون
بواشنطن بواشنطون
طوكيو توكيو
بيونغيانغ بيونجيانج
شنغهاي شانجهاي
بطرسبورغ بيترسبرغ
بلغراد بلجراد
بنغلاديش بنجلاديش
أميركا أمريكا
الأميركي الأمريكي
والأميركية والأمريكية
الأميركيين الأمريكيين
إثيوبيا ايثيوبيا
إنجلترا انكلترا
البلغاري البلجاري
نايجيريا نيجيريا
غوانتانامو جوانتانامو
كاراباخ كراباخ
غوغل جوجل
غوغل گوگل
فيسبوك فايسبوك
انستغرام انستقرام
فولكسفاغن فولكسواجن
بيتكوين بتكوين
الكونغرس الكونجرس
غونزاليس جونزالس
كراسنودار قراسنودار
فريدريكسن فريدركسن
"""

DIFFERENT = """
محمد محمود
محمد احمد
محمد حامد
حامد حميد
حسن حسين
حسن محسن
سالم سليم
سالم سلام
سلمان سليمان
سعد سعيد
سعيد سعود
علي عالي
كريم كرم
كرم أكرم
ناصر نصر
ناصر نصير
صالح صلاح
عمر عمرو
عمر عامر
عمار عمران
عبدالله عبيدالله
عبدالرحمن عبدالرحيم
خالد خلود
راشد رشيد
جابر جبار
جمال جميل
هاشم هشام
زيد زياد
طارق طريق
نبيل نبيلة
أمين أيمن
برتقال البرتغال
برتغال برتقال
هولندا هولاند
سلسلة زلزلة
فندق فنادق
قنبلة قنابل
مستقل مستغل
يستقل يستغل
استقلال استغلال
ارتكاب ارتقاب
مرتكب مرتقب
تقسيم تجسيم
غالب قالب
غرب قرب
غدير قدير
صورة سورة
صيف سيف
طين تين
نيجيريا النيجر
سوريا سويسرا
النمسا المنامة
كوريا كوبا
غانا غينيا
ترامب لترامب
مباراة مبارة
كاتب كتاب
عراق عراك
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    rows = [row.split() for row in text.strip().splitlines()]
    assert all(len(row) == 2 for row in rows)
    return [(left, right) for left, right in rows]


def _word(text: str) -> str:
    (word,) = normalise(text).words
    return word


@pytest.mark.parametrize(("left", "right"), _pairs(SAME))
def test_two_spellings_of_one_name(left: str, right: str) -> None:
    one, other = _word(left), _word(right)
    assert variant_key(one) == variant_key(other)


@pytest.mark.parametrize(("left", "right"), _pairs(DIFFERENT))
def test_two_words_that_only_look_alike(left: str, right: str) -> None:
    one, other = _word(left), _word(right)
    assert variant_key(one) != variant_key(other)


def test_there_are_enough_pairs_to_tell() -> None:
    assert len(_pairs(SAME)) >= 40
    assert len(_pairs(DIFFERENT)) >= 40


@pytest.mark.parametrize("word", ["وزير", "اقتصاد", "مستشفي", "يستقبل", "والمتظاهرين", "استغلال", "5", "apple", "day 3", "", "و"])
def test_words_that_are_not_covered_are_their_own_key(word: str) -> None:
    assert variant_key(word) == word


def test_a_name_in_the_table_has_its_first_spelling_as_key() -> None:
    assert variant_key("ترمب") == "ترامب"
    assert variant_key("ولترمب") == "ولترامب"
    assert variant_key("وبواشنطون") == "وبواشنطن"
    assert variant_key("ترامب") == "ترامب"


def test_the_rule_keeps_the_first_letter_and_the_consonants() -> None:
    """Neither is in the table; g is written غ or ج, and the long vowels waver."""
    assert variant_key("غونزاليس") == variant_key("جونزالس") == "كنسلس"


def test_a_key_is_its_own_key() -> None:
    words = [word for row in _VARIANTS for word in row]
    assert [word for word in words if variant_key(variant_key(word)) != variant_key(word)] == []


def test_the_tables_are_in_normalised_spelling() -> None:
    words = [*(word for row in _VARIANTS for word in row), *GIVEN_NAMES, *PLACES]
    assert [word for word in words if normalise(word).words != (word,)] == []


def test_no_spelling_stands_for_two_names() -> None:
    counts = Counter(word for row in _VARIANTS for word in row)
    assert [word for word, count in counts.items() if count > 1] == []
    assert [row for row in _VARIANTS if len(row) < 2] == []


def test_no_given_name_is_a_variant_of_another_name() -> None:
    assert sorted(GIVEN_NAMES & {word for row in _VARIANTS for word in row}) == []


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("مصر", ("", "مصر")),
        ("والمصريين", ("وال", "مصر")),
        ("للسعوديه", ("لل", "السعوديه")),
        ("ليبيا", ("", "ليبيا")),  # its first letter is its own
        ("بريطاني", ("", "بريطانيا")),
        ("بموسكو", ("ب", "روسيا")),  # a capital speaks of its country
        ("وزير", None),
        ("", None),
    ],
)
def test_places(word: str, place: tuple[str, str] | None) -> None:
    assert place_of(word) == place


@pytest.mark.parametrize(
    ("word", "given", "name"),
    [
        ("محمد", "محمد", True),
        ("ومحمود", "محمود", True),
        ("الامين", "", False),  # «الأمين العام» is no Amin
        ("بوتين", "", True),
        ("تونسي", "", True),
        ("وزير", "", False),
    ],
)
def test_given_names_and_names(word: str, given: str, name: bool) -> None:
    assert (given_name(word), is_name(word)) == (given, name)
