"""Stems and roots: words of one stem meet, words of one root meet, and others do not."""

from __future__ import annotations

import pytest

from dedup.morphology import forms, is_finite_verb


def test_the_readings_of_a_word_by_hand() -> None:
    found = forms("بالوزير")
    assert found.bare == ("بالوزير", "الوزير", "وزير")
    assert found.stems == {"بالوزير", "الوزير", "وزير"}
    assert "-زر" in found.roots  # و ز ر, the weak letter in front


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("والوزير", "وزير"),
        ("فلسطينيين", "فلسطيني"),
        ("الموظفون", "موظفين"),
        ("مدينتها", "مدينه"),
        ("ترتفع", "سيرتفع"),
        ("نعمل", "يعمل"),
    ],
)
def test_one_stem(left: str, right: str) -> None:
    assert forms(left).stems & forms(right).stems


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("يعترف", "اعتراف"),
        ("ينتقد", "انتقادات"),
        ("انفجار", "ينفجر"),
        ("استخراج", "يستخرج"),
        ("كتاب", "كتب"),
        ("يزور", "زياره"),  # a weak letter in the middle
        ("تلغي", "الغا"),  # at the end
        ("يوافق", "وافق"),
    ],
)
def test_one_root(left: str, right: str) -> None:
    assert forms(left).roots & forms(right).roots


@pytest.mark.parametrize(
    ("left", "right"),
    [("وزير", "مدير"), ("قتل", "قلل"), ("مصنع", "مصرع"), ("قتال", "نقال"), ("زياره", "زراعه"), ("نفط", "نفق")],
)
def test_different_roots(left: str, right: str) -> None:
    assert not forms(left).roots & forms(right).roots
    assert not forms(left).stems & forms(right).stems


def test_at_least_three_letters_stay_of_a_word() -> None:
    assert min(map(len, forms("ولد").stems | forms("بيت").stems | forms("وفي").stems)) == 3
    assert forms("").stems == {""}


@pytest.mark.parametrize(
    ("word", "verb"),
    [
        ("يرتفع", True),
        ("ترتفع", True),
        ("ارتفعت", True),
        ("ارتفاع", False),
        ("يمنيه", False),
        ("تركيين", False),
        ("يد", False),
        ("", False),
    ],
)
def test_verbs(word: str, verb: bool) -> None:
    assert is_finite_verb(word) is verb
