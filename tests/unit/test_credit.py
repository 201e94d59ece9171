"""The agency a text names as its origin, and where."""

from __future__ import annotations

import pytest

from dedup.credit import UNNAMED, find_credit, uncredited
from dedup.normalise import normalise
from dedup.records import Credit, Part, Uncredited

NEWS = "وصل الوزير أمس إلى المدينة على رأس وفد كبير من رجال الأعمال والصحفيين"


def credit(text: str) -> Credit | None:
    return find_credit(normalise(text))


def summary(text: str) -> tuple[str, str, str] | None:
    """Agency, the words that name it and the kind; its offsets must cut the same words out of the text."""
    found = credit(text)
    if found is None:
        return None
    assert text[found.start : found.end] == found.text
    return found.agency, found.text, found.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # datelines
        (f"الرياض (واس) - {NEWS}", ("spa", "واس", "credit")),
        (f"وَاس – الرِّيَاض: {NEWS}", ("spa", "وَاس", "credit")),
        (f"بغداد ـ أ ب: {NEWS}", ("ap", "أ ب", "credit")),
        (f"لندن / رويترز / {NEWS}", ("reuters", "رويترز", "credit")),
        (f"باريس (AFP) {NEWS}", ("afp", "AFP", "credit")),
        # at the end, or on a line of its own
        (f"{NEWS} (أ.ف.ب)", ("afp", "أ.ف.ب", "credit")),
        (f"{NEWS}.\nرويترز", ("reuters", "رويترز", "credit")),
        (f"رويترز\n{NEWS}", ("reuters", "رويترز", "credit")),
        (f"{NEWS}.\nد ب أ\nوعاد إلى العاصمة مساء.", ("dpa", "د ب أ", "credit")),
        (f"{NEWS} (أ ف ب) وعاد إلى العاصمة مساء", ("afp", "أ ف ب", "credit")),
        # the end of the opening paragraph
        (
            f"{NEWS}، وفق ما أوردته وكالة الصحافة الفرنسية.\nوعاد إلى العاصمة مساء.",
            ("afp", "وكالة الصحافة الفرنسية", "credit"),
        ),
        # quoted, not credited
        (f"{NEWS} وقال لوكالة رويترز إنه سيعود إلى العاصمة مساء", ("reuters", "وكالة رويترز", "mention")),
        (f"{NEWS} وقال لرويترز إنه سيعود إلى العاصمة مساء", ("reuters", "رويترز", "mention")),
        (f"{NEWS} وقال لِرويترز إنه سيعود إلى العاصمة مساء", ("reuters", "رويترز", "mention")),
        # a credit later in the text beats a mention before it
        (f"{NEWS} وقال لرويترز إنه سيعود إلى العاصمة مساء. (أ ف ب)", ("afp", "أ ف ب", "credit")),
        # none
        (NEWS, None),
        ("", None),
        (f"{NEWS} بعد لقاء مع وفد الصحافة الفرنسية في قاعة المطار", None),  # an agency's name only where a credit stands
    ],
)
def test_who_is_credited(text: str, expected: tuple[str, str, str] | None) -> None:
    assert summary(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(أ.ف.ب)", "afp"), ("(أ ف ب)", "afp"), ("(ا ف ب)", "afp"), ("(ا.ف.ب)", "afp"), ("(أ/ف/ب)", "afp"),
        ("(أ . ف . ب)", "afp"),
        ("(أ-ف-ب)", "afp"), ("(أ ـ ف ـ ب)", "afp"), ("(أ. ف. ب.)", "afp"), ("(د.ب.أ)", "dpa"), ("(و.م.ع)", "map"),
        ("(رُويتِرز)", "reuters"),
        ("«رويترز»", "reuters"), ("- وكالات", UNNAMED), ("(وكالات)", UNNAMED), ("المصدر: وكالات", UNNAMED),
        ("المصدر - رويترز", "reuters"),
    ],
)  # fmt: skip
def test_however_it_is_written_behind_the_text(text: str, expected: str) -> None:
    found = credit(f"{NEWS}. {text}")
    assert found is not None
    assert (found.agency, found.kind) == (expected, "credit")


@pytest.mark.parametrize("text", ["أ ب ج د", "أ. ب. ج. د", "ه و أ ب", "أ، ب، ج"])
def test_letters_of_a_longer_row_are_no_abbreviation(text: str) -> None:
    assert credit(f"{text} حروف تعلمها أطفال القرية في مدرستهم الجديدة") is None
    assert credit(f"{NEWS}.\n{text}") is None


def test_what_stands_in_a_caption_credits_the_picture_only() -> None:
    text = normalise(f"سكان يعبرون الجسر (أ ف ب)\n{NEWS}، قال لرويترز")
    found = find_credit(text, parts=(Part("caption", 0, 6),))
    assert found is not None
    assert (found.agency, found.kind) == ("reuters", "mention")


AFP, REUTERS = Credit("afp", "أ ف ب", 0, 5, "credit"), Credit("reuters", "رويترز", 0, 6, "credit")
MENTION = Credit("spa", "واس", 0, 3, "mention")


@pytest.mark.parametrize(
    ("body", "own", "copies", "expected"),
    [
        (NEWS, None, [("a", AFP)], Uncredited("afp", "a")),
        (NEWS, None, [("a", None), ("b", MENTION), ("c", REUTERS), ("d", AFP)], Uncredited("reuters", "c")),  # the first credit
        (NEWS, MENTION, [("a", AFP)], Uncredited("afp", "a")),  # another agency quoted is no credit
        (NEWS, REUTERS, [("a", AFP)], None),  # credited, rightly or wrongly
        (NEWS, None, [("a", MENTION)], None),
        (NEWS, None, [], None),
        (f"{NEWS}، بحسب وكالة فرانس برس، وعاد مساء", None, [("a", AFP)], None),  # named, if not as the origin
    ],
)
def test_a_copy_is_uncredited_where_another_names_the_agency(
    body: str, own: Credit | None, copies: list[tuple[str, Credit | None]], expected: Uncredited | None
) -> None:
    assert uncredited(normalise(body), own, copies) == expected


def test_the_longest_name_is_taken() -> None:
    """«وكالة أسوشيتد برس أوف باكستان» is not the Associated Press."""
    assert summary(f"{NEWS} (وكالة أسوشيتد برس أوف باكستان)") == ("app-pk", "وكالة أسوشيتد برس أوف باكستان", "credit")
