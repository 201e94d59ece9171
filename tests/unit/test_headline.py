"""Two headlines: the same, nearly the same, the same with a changed fact, or different."""

from __future__ import annotations

import pytest

from dedup.headline import compare_headlines
from dedup.normalise import normalise
from dedup.records import HeadlineComparison


def compared(new: str, old: str) -> HeadlineComparison:
    return compare_headlines(normalise(new).words, normalise(old).words)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("وزير الصحة يزور المستشفى", "وزير الصحة يزور المستشفى"),
        ("وزيرُ الصِّحّه يزور المستشفي", "وزير الصحة يزور المستشفى"),
        ("مقتل ثلاثة جنود في انفجار شمال البلاد", "مقتل 3 جنود في انفجار شمال البلاد"),
        ("قرض قيمته 20 ألف دولار", "قرض قيمته ٢٠٬٠٠٠ دولار"),
    ],
)
def test_repeated_headlines(new: str, old: str) -> None:
    assert compared(new, old) == HeadlineComparison("repeated", 1.0, ())


@pytest.mark.parametrize(
    ("new", "old", "score"),
    [
        ("افتتاح المعرض الدولي للكتاب في الرياض اليوم", "افتتاح المعرض الدولي للكتاب في الرياض", 0.8571),  # 6 of 7 stems
        ("والوزير يفتتح المعرض الدولي بالرياض", "الوزير يفتتح المعرض الدولي في الرياض", 0.8333),  # 5 of 6
        ("الوزير افتتح المعرض الدولي للكتاب", "الوزير يفتتح المعرض الدولي للكتاب", 0.6667),  # 4 of 6, one inflected
    ],
)
def test_near_headlines(new: str, old: str, score: float) -> None:
    assert compared(new, old) == HeadlineComparison("near", score, ())


@pytest.mark.parametrize(
    ("new", "old", "changed"),
    [
        ("مقتل خمسة جنود في انفجار شمال البلاد", "مقتل ثلاثة جنود في انفجار شمال البلاد", [("number", "ثلاثه", "خمسه")]),
        ("مقتل 50 جنديا في انفجار شمال البلاد", "مقتل 5 جنديا في انفجار شمال البلاد", [("number", "5", "50")]),
        ("الوزير لا يستقيل من منصبه في الحكومة", "الوزير يستقيل من منصبه في الحكومة", [("negation", "", "لا")]),
        ("ارتفاع أسعار النفط في الأسواق العالمية", "انخفاض أسعار النفط في الأسواق العالمية", [("direction", "انخفاض", "ارتفاع")]),
        (
            "الوزير ينفي استقالة مدير البنك المركزي",
            "الوزير يؤكد استقالة مدير البنك المركزي",
            [("negation", "", "ينفي"), ("direction", "يوكد", "ينفي")],
        ),
        ("رئيس تونس يستقبل وزير الخارجية الفرنسي", "رئيس مصر يستقبل وزير الخارجية الفرنسي", [("word", "مصر", "تونس")]),
        ("أحمد يفوز بجائزة الرواية العربية", "محمد يفوز بجائزة الرواية العربية", [("word", "محمد", "احمد")]),
    ],
)  # fmt: skip
def test_a_changed_fact_is_named(new: str, old: str, changed: list[tuple[str, str, str]]) -> None:
    found = compared(new, old)
    assert found.likeness == "changed"
    assert [(c.kind, c.old, c.new) for c in found.changed] == changed


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("أمطار غزيرة على مكة المكرمة", "فوز الهلال بكأس الملك"),
        ("وزير الصحة يزور المستشفى الجديد", "وزير المالية يعلن الميزانية الجديدة"),
        ("", "فوز الهلال بكأس الملك"),
    ],
)
def test_different_headlines(new: str, old: str) -> None:
    found = compared(new, old)
    assert (found.likeness, found.changed) == ("new", ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("افتتاح المعرض الدولي للكتاب في الرياض اليوم", "افتتاح المعرض الدولي للكتاب في الرياض"),
        ("مقتل خمسة جنود في انفجار شمال البلاد", "مقتل ثلاثة جنود في انفجار شمال البلاد"),
        ("أمطار غزيرة على مكة المكرمة", "فوز الهلال بكأس الملك"),
    ],
)
def test_likeness_and_score_are_symmetric(one: str, other: str) -> None:
    there, back = compared(one, other), compared(other, one)
    assert (there.likeness, there.score) == (back.likeness, back.score)
