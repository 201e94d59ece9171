"""The compiled form of normalisation against the plain one, bit for bit, and its hashes against xxhash."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.normalise import fill, normalise, split_words, tables
from tests.strategies_text import any_text, news, news_text, unmarked_text

pytestmark = pytest.mark.usefixtures("compiled")

#: Letters and marks of every length in UTF-8, names of God's servants, numbers with all their marks, in any order.
_WORDS = "عبد وعبد لعبد سعبد الله الرحمن ال الي ا 1 23 456 7890 ١٢٣ ۴ \ufdfa \u2488 ½ Z é ß 中 𐎀 𝟗 \uac00".split()  # noqa: SIM905
pieces = st.lists(
    st.sampled_from(_WORDS) | st.sampled_from("  \n.!،,٫٬\u064b\u0640\u2026🎉\ud800\udfff\0\u200d"), max_size=60
).map("".join)


def both(text: str) -> tuple[list[object], list[object]]:
    """What the two forms say of a text, types included."""
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    while (unseen := split_words.plain(raw, *tables())[-1]) >= 0:
        assert split_words.compiled is not None
        assert split_words.compiled(raw, *tables())[-1] == unseen
        fill(unseen)
    answers = []
    for form in (split_words.plain, split_words.compiled):
        assert form is not None
        *arrays, left = form(raw, *tables())
        answers.append([left, *((array.dtype, array.tolist()) for array in arrays)])
    return answers[0], answers[1]


@given(any_text | unmarked_text | news_text | pieces)
@example("")
@example(" ")
@example("a")
@example("\ufdfa" * 40)
@example("1,234,567.89,1234 12345,678 1,23 ١٬٢٣٤٫٥ 1.2.3 1,,234")
@example("5\ufdfa\u2488,000 ½ ५,१२३")
@example("عبد\nالرحمن عبد الله عبد. الكريم وعبد العزيز عبد الد عبد ال")
def test_the_two_forms_are_equal(text: str) -> None:
    plain, compiled = both(text)
    assert compiled == plain


@pytest.mark.parametrize("plane", range(0x11))
def test_the_two_forms_are_equal_on_every_character(plane: int) -> None:
    plain, compiled = both(" 1".join(map(chr, range(plane << 16, (plane + 1) << 16))))
    assert compiled == plain


def test_the_two_forms_are_equal_on_news() -> None:
    for kind in range(5):
        plain, compiled = both("\n".join(news(kind, fill)[1] for fill in range(5)))
        assert compiled == plain


@given(st.text("aبé中𐎀", min_size=1, max_size=40))
def test_words_of_every_length_have_their_xxh32(word: str) -> None:
    raw = np.frombuffer(f"ا {word} ا".encode("utf-32-le"), dtype=np.uint32)
    normalise(word)  # fills the table
    assert split_words.compiled is not None
    letters, hashes, *_ = split_words.compiled(raw, *tables())
    assert hashes.tolist() == [xxhash.xxh32_intdigest(word) for word in letters.tobytes().split(b" ")]
