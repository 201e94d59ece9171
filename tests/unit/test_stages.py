"""Whether a story has moved from what was awaited to what has happened."""

from __future__ import annotations

import pytest

from dedup.normalise import normalise
from dedup.stages import moved_stage


@pytest.mark.parametrize(
    ("gone", "added", "moved"),
    [
        ("تستعد الوكالة", "أطلقت الوكالة", ("تستعد", "اطلقت")),
        ("سيطلق القمر", "انطلق القمر", ("سيطلق", "انطلق")),
        ("وستنظر المحكمة", "قضت المحكمة", ("وستنظر", "قضت")),
        ("المشتبه به", "أدين أمس", ("المشتبه", "ادين")),
        ("ما زالوا عالقين", "أنقذوا جميعا", ("عالقين", "انقذوا")),
        # one side alone does not tell a stage
        ("تستعد الوكالة", "قالت الوكالة", None),
        ("قالت الوكالة", "أطلقت الوكالة", None),
        # nouns that look like a future verb
        ("سيارة وسياسة", "انطلق", None),
        # said in the future on both sides: one stage in other words
        ("ستعيد البلدية", "سيعاد عثر", None),
        ("", "", None),
    ],
)
def test_what_was_open_has_happened(gone: str, added: str, moved: tuple[str, str] | None) -> None:
    assert moved_stage(normalise(gone).words, normalise(added).words) == moved
