"""How much of a text stands in another one, piece by piece. A number stands for a word's stem."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.records import U8
from dedup.reuse import cut_pieces, taken_over


def breaks(*sentences: int) -> U8:
    """Of sentences of so many words; the first begins a line."""
    out = np.zeros(sum(sentences), dtype=np.uint8)
    out[np.cumsum([0, *sentences])[:-1]] = 1
    if len(out):
        out[0] = 2
    return out


@pytest.mark.parametrize(
    ("sentences", "pieces"),
    [
        ((10,), [0, 10]),
        ((16, 20), [0, 16, 36]),
        ((32,), [0, 16, 32]),
        ((40,), [0, 20, 40]),  # 40 / 16 is 2.5, and Python rounds to the even number
        ((10, 3, 12), [0, 13, 25]),  # three words are no piece of their own
        ((3, 12), [0, 3, 15]),  # but there is none before the first
        ((), []),
    ],
)
def test_sentences_are_cut_into_pieces_of_about_sixteen_words(sentences: tuple[int, ...], pieces: list[int]) -> None:
    assert cut_pieces(breaks(*sentences), 0, sum(sentences)).tolist() == pieces


def test_pieces_lie_inside_the_own_text() -> None:
    assert cut_pieces(breaks(4, 10, 10), 4, 20).tolist() == [4, 14, 20]


def share(text: list[int], other: list[int], pieces: list[int], *, grammar: frozenset[int] = frozenset()) -> float:
    a, b = np.array(text, dtype=np.uint32), np.array(other, dtype=np.uint32)
    content = [np.array([x not in grammar for x in side], dtype=np.bool_) for side in (text, other)]
    return taken_over(a, content[0], np.array(pieces, dtype=np.int32), b, content[1])


def test_all_some_or_nothing_is_taken_over() -> None:
    text = list(range(1, 21))
    assert share(text, text, [0, 10, 20]) == 1.0
    assert share(text, text[::-1], [0, 10, 20]) == 1.0  # in another order
    assert share(text, list(range(50, 70)), [0, 10, 20]) == 0.0
    assert share(text, text[:10] + list(range(50, 60)), [0, 10, 20]) == pytest.approx(0.5)
    assert share([], text, []) == 0.0
    assert share(text, [], [0, 10, 20]) == 0.0


def test_what_chance_brings_together_counts_nothing_and_most_of_a_piece_counts_fully() -> None:
    piece, rest = list(range(1, 21)), list(range(100, 130))
    assert share(piece, piece[:7] + rest, [0, 20]) == pytest.approx(0.0)  # 35 %
    assert share(piece, piece[:11] + rest, [0, 20]) == pytest.approx(0.5)  # 55 %
    assert share(piece, piece[:15] + rest, [0, 20]) == pytest.approx(1.0)  # 75 %


def test_words_scattered_over_the_other_text_are_not_together() -> None:
    """Two of ten words in every stretch of 40: no window of 32 holds more than a fifth of the piece."""
    piece = list(range(1, 11))
    scattered = [x for i in range(0, 10, 2) for x in (piece[i], piece[i + 1], *range(1000 + 40 * i, 1038 + 40 * i))]
    assert share(piece, scattered, [0, 10]) == 0.0


def test_words_of_grammar_do_not_count() -> None:
    text = [1, 2, 3, 4, 5, 6, 7, 8]
    assert share(text, [1, 2, 3, 4, 90, 91, 92, 93], [0, 8], grammar=frozenset({5, 6, 7, 8})) == 1.0


def test_pieces_count_by_their_length() -> None:
    text = list(range(1, 31))
    assert share(text, text[:20] + list(range(500, 530)), [0, 20, 30]) == pytest.approx(2 / 3)
