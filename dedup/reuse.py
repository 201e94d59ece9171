"""Stage 6b: how much of a text stands in another one in other words or another order, piece by piece."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dedup.records import I32, U8, U32, Flags

_PIECE_WORDS = 16  # a sentence is cut into pieces of about this many words
_MIN_PIECE_WORDS = 6  # shorter ones join the piece before
WINDOW = 32  # words of the other text in which a piece's words must stand together; windows begin at every half
MAX_PLACES = 20  # of one word in the other text
CHANCE, TAKEN = 0.35, 0.75  # share of a piece's content words that chance brings together, and that says it was taken over


def cut_pieces(breaks: U8, start: int, end: int) -> I32:
    """Where the pieces of `start..end - 1` begin, and `end`: sentences, long ones cut evenly. Shape (pieces + 1,).

    Args:
        breaks: of the whole text, as in `NormalText`.
    """
    edges = [start, *(start + 1 + np.flatnonzero(breaks[start + 1 : end])).tolist(), end]
    cuts = [start]
    for first, behind in pairwise(edges):
        length = behind - first
        parts = max(1, round(length / _PIECE_WORDS))
        for part in range(1, parts + 1):
            cut = first + round(length * part / parts)
            if cut - cuts[-1] < _MIN_PIECE_WORDS and len(cuts) > 1:
                cuts[-1] = cut
            elif cut > cuts[-1]:
                cuts.append(cut)
    return np.array(cuts if end > start else [], dtype=np.int32)


def taken_over(stems: U32, content: Flags, pieces: I32, other: U32, other_content: Flags) -> float:
    """The share of a text, 0-1 by words, whose pieces stand in the other text, word order and small words aside.

    A piece counts nothing while up to 35 % of its content words stand together in some window of the other text, fully
    from 75 % on, and in proportion between.

    Args:
        stems: stem hashes of the text, shape (n,).
        content: which of its words carry content, shape (n,).
        pieces: `cut_pieces`, with word indices into `stems`.
        other, other_content: the same of the other text.
    """
    asked = np.flatnonzero(content)
    there = np.flatnonzero(other_content)
    if len(pieces) < 2 or not len(asked) or not len(there):
        return 0.0
    order = np.argsort(other[there], kind="stable")
    places, values = there[order], other[there][order]
    first = np.searchsorted(values, stems[asked], side="left")
    count = np.minimum(np.searchsorted(values, stems[asked], side="right") - first, MAX_PLACES)
    word = np.repeat(np.arange(len(asked)), count)
    if not len(word):
        return 0.0
    at = places[np.repeat(first, count) + np.arange(len(word)) - np.repeat(np.cumsum(count) - count, count)]
    half = at // (WINDOW // 2)  # a place lies in the windows that begin at its half and at the one before
    together = np.zeros((len(asked), int(half.max()) + 1), dtype=np.bool_)  # whether a word stands in a window
    together[word, half] = together[word, np.maximum(half - 1, 0)] = True
    piece_of = np.searchsorted(pieces, asked, side="right") - 1
    counted, begin = np.unique(piece_of, return_index=True)
    best = np.add.reduceat(together, begin, axis=0, dtype=np.int32).max(axis=1)
    wanted = np.diff(np.append(begin, len(asked)))
    enough = wanted >= 2
    length = np.diff(pieces)[counted[enough]]
    if not length.sum():
        return 0.0
    share = np.clip((best[enough] / wanted[enough] - CHANCE) / (TAKEN - CHANCE), 0.0, 1.0)
    return float(np.cumsum(share * length)[-1] / length.sum())  # one after the other, as the compiled form adds them
