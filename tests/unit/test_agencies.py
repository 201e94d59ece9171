"""The table of agencies: complete, unambiguous, and careful with names that are also ordinary words."""

from __future__ import annotations

from collections import Counter

import pytest

from dedup.agencies import AGENCIES, Agency, AgencyName
from dedup.normalise import normalise

Words = tuple[str, ...]


def _forms() -> list[tuple[Agency, AgencyName, Words]]:
    return [(agency, name, normalise(name.text).words) for agency in AGENCIES for name in agency.names]


def _by_form() -> dict[Words, tuple[str, bool]]:
    return {words: (agency.key, name.credit_position_only) for agency, name, words in _forms()}


def test_serves_at_least_45_agencies() -> None:
    assert len(AGENCIES) >= 45


def test_keys_are_unique_lower_case_ascii() -> None:
    keys = [agency.key for agency in AGENCIES]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert [key for key in keys if not (key.isascii() and key == key.lower() and key.strip())] == []


def test_countries_are_two_capital_letters_or_none() -> None:
    odd = [a.key for a in AGENCIES if a.country and not (len(a.country) == 2 and a.country.isascii() and a.country.isupper())]
    assert odd == []


def test_every_form_belongs_to_one_name_of_one_agency() -> None:
    """Two names that normalise alike would be dead data within an agency and a wrong credit across two."""
    owners: dict[Words, list[str]] = {}
    for agency, name, words in _forms():
        owners.setdefault(words, []).append(f"{agency.key}: {name.text}")
    assert {words: names for words, names in owners.items() if len(names) > 1} == {}


def test_no_name_is_empty_after_normalisation() -> None:
    assert [name.text for _, name, words in _forms() if not words] == []


def test_every_agency_has_a_name_that_counts_anywhere() -> None:
    """A running text must be able to name each agency, not only a credit line."""
    assert [a.key for a in AGENCIES if all(name.credit_position_only for name in a.names)] == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("وكالة الصحافة الفرنسية", "afp"),
        ("وكالة فرانس برس", "afp"),
        ("(أ.ف.ب)", "afp"),
        ("أ ف ب", "afp"),
        ("ا/ف/ب", "afp"),
        ("AFP", "afp"),
        ("رويترز", "reuters"),
        ("الأسوشيتد برس", "ap"),
        ("(أ.ب)", "ap"),
        ("د.ب.أ", "dpa"),
        ("يو بي آي", "upi"),
        ("أ.ش.أ", "mena"),
        ("واس", "spa"),
        ("وام", "wam"),
        ("كونا", "kuna"),
        ("قنا", "qna"),
        ("بنا", "bna"),
        ("العُمانية", "ona"),
        ("بترا", "petra"),
        ("سونا", "suna"),
        ("سانا", "sana"),
        ("وات", "tap"),
        ("وأج", "aps"),
        ("و.م.ع", "map"),
        ("الأناضول", "anadolu"),
        ("شينخوا", "xinhua"),
        ("سبوتنيك", "sputnik"),
        ("تاس", "tass"),
        ("نوفوستي", "ria"),
        ("إفي", "efe"),
        ("آكي", "aki"),
        ("يونهاب", "yonhap"),
        ("كيودو", "kyodo"),
        ("بلومبرغ", "bloomberg"),
        ("معا", "maan"),
        ("وفا", "wafa"),
        ("صفا", "safa"),
        ("سبأ", "saba"),
        ("واع", "ina"),
        ("إرنا", "irna"),
        ("فارس", "fars"),
        ("تسنيم", "tasnim"),
    ],
)
def test_credit_as_newsrooms_write_it_names_its_agency(text: str, key: str) -> None:
    assert _by_form()[normalise(text).words][0] == key


@pytest.mark.parametrize(
    "word",
    [
        "تاس",
        "بنا",
        "معا",
        "سبأ",
        "قنا",
        "بترا",
        "صفا",
        "وفا",
        "فارس",
        "مهر",
        "وات",
        "ومع",
        "وما",
        "سونا",
        "العمانية",
        "المركزية",
        "الأناضول",
    ],
)
def test_ordinary_word_counts_only_in_credit_position(word: str) -> None:
    assert _by_form()[normalise(word).words][1] is True


def test_name_that_opens_with_agency_counts_anywhere() -> None:
    """«وكالة …» leaves no doubt, except where it is part of another body's name."""
    doubtful = {"الوكالة الألمانية"}  # also begins the name of the German development agency
    agency_words = {*normalise("وكالة").words, *normalise("الوكالة").words}
    flagged = {n.text for _, n, words in _forms() if words[0] in agency_words and n.credit_position_only}
    assert flagged == doubtful


def test_short_single_words_are_flagged_unless_they_mean_nothing_else() -> None:
    """A word of up to three letters is too easily another word; «واس», «أفب», «دبأ», «أشأ» are none."""
    short = {n.text for _, n, words in _forms() if len(words) == 1 and len(words[0]) <= 3 and not n.credit_position_only}
    assert short == {"واس", "أفب", "دبأ", "أشأ", "AFP", "DPA", "UPI", "EFE", "QNA", "BNA", "ANP"}
