"""Which words name a person or a place."""

from __future__ import annotations

import pytest

from dedup.entities import find_names
from dedup.normalise import normalise


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("وصل الدكتور سامر الحلو إلى القاعة", "سامر الحلو"),
        ("قال المهندس ماهر بن فارس آل غانم إن العمل بدأ", "ماهر فارس غانم"),
        ("في محافظة الكورة وبمدينة رابغ", "الكوره رابغ"),
        ("ولمستشفى الزهراوي وحدة جديدة", "الزهراوي"),
        ("عاد فارس بن نوح من السفر", "فارس نوح"),
        # a title alone, before a verb of saying, a word of grammar or a figure, names nobody
        ("قال الوزير إن الخطة جاهزة", ""),
        ("الدكتور أكد ذلك", ""),
        ("الرئيس في زيارة", ""),
        ("في مدينة 25 يناير", ""),
        # letters joined before a cue
        ("حي الورود وبحي النسيم", "الورود النسيم"),
        ("", ""),
    ],
)
def test_names_are_told_by_what_stands_around_them(text: str, names: str) -> None:
    words = normalise(text).words
    assert " ".join(words[i] for i in find_names(words)) == names


def test_a_title_names_at_most_four_words() -> None:
    words = normalise("الشيخ مالك ياسين رائد فارس غيث ظافر").words
    assert find_names(words) == (1, 2, 3, 4)
