"""The agency a text names as its origin, and where."""

from __future__ import annotations

import pytest

from dedup.credit import find_credit
from dedup.normalise import normalise
from dedup.records import Credit

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


def test_the_longest_name_is_taken() -> None:
    """«وكالة أسوشيتد برس أوف باكستان» is not the Associated Press."""
    assert summary(f"{NEWS} (وكالة أسوشيتد برس أوف باكستان)") == ("app-pk", "وكالة أسوشيتد برس أوف باكستان", "credit")
