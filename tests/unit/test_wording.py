"""The word lists of headlines: in normalised spelling, without contradictions, without dead rows."""

from __future__ import annotations

import pytest

from dedup import wording
from dedup.normalise import normalise
from dedup.terms import take_apart

LISTS = (
    wording.NEGATIONS,
    wording.DENIALS,
    wording.REVERSERS,
    wording.FUNCTION_WORDS,
    wording.LIGHT_WORDS,
    wording.STILL,
    wording.INTENTIONS,
    wording.QUESTIONS,
    wording.SIDES,
    wording.SYNONYM_ROWS,
    wording.MONTHS,
    wording.CLAUSE_STARTS,
    wording.PREPOSITIONS,
)


def test_every_word_is_in_normalised_spelling() -> None:
    """Another spelling would never be met: the tables are asked about normalised words."""
    assert [word for words in LISTS for word in words if normalise(word).words != (word,)] == []


def test_no_word_opposes_itself() -> None:
    assert [word for word, sides in wording.SIDES.items() if any(-side in sides for side in sides)] == []


def test_a_denial_takes_back_what_it_governs() -> None:
    assert wording.DENIALS <= wording.REVERSERS


def test_no_word_is_both_grammar_and_content() -> None:
    """A function word is never asked for its meaning: a second entry would be dead."""
    assert (
        sorted(wording.FUNCTION_WORDS & (wording.LIGHT_WORDS | wording.NEGATIONS | wording.REVERSERS | wording.SIDES.keys()))
        == []
    )


@pytest.mark.parametrize(
    ("left", "right", "opposite"),
    [
        ("ارتفاع", "انخفاض", True),
        ("تراجع", "يرتفع", True),
        ("ترتفع", "وهبطت", True),  # any person, anything joined
        ("يفوز", "يخسر", True),
        ("فتح", "اغلاق", True),
        ("قبل", "بعد", True),
        ("مع", "ضد", True),
        ("تسليم", "استلام", True),
        ("ارتفاع", "صعود", False),  # the same side
        ("ارتفاع", "اغلاق", False),  # another pair
        ("ارتفاع", "وزير", False),
        ("وزير", "رييس", False),
    ],
)
def test_opposite_directions(left: str, right: str, opposite: bool) -> None:
    (one,), (other,) = take_apart((left,)).content, take_apart((right,)).content
    assert one.opposes(other) is other.opposes(one) is opposite
