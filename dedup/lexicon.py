"""What the stages ask of single words, found once for each: its stem and what kind of word it is.

Words recur: 250 of one text cost one look-up each instead of five calls.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dedup.entities import is_cue, may_name
from dedup.hashing import hash_word
from dedup.numerals import may_begin
from dedup.records import U8, U32
from dedup.stems import light_stem
from dedup.wording import FUNCTION_WORDS

#: What a word is; NAME and FIGURE hold for its place in a text, and are set there.
CONTENT, LONG, MAY_NAME, CUE, MAY_COUNT, NAME, FIGURE = (1 << bit for bit in range(7))

_MOST_WORDS = 131_072  # then a new table is begun, which takes over what is asked for again: 50 MB for both at most
_CONTENT_LETTERS = 3  # of a stem
_LONG_LETTERS = 4


class Words(NamedTuple):
    """The words of one text, as arrays of shape (n,)."""

    stems: U32  # `hashing.hash_words` of their light stems
    flags: U8  # CONTENT: no grammar; LONG: four letters or more; MAY_NAME, CUE: of entities; MAY_COUNT: of numerals


class _Lexicon(dict[str, int]):
    """Word -> row of the tables; a word that is missed is looked into and added."""

    def __init__(self, before: _Lexicon | None = None) -> None:
        super().__init__()
        self.stems = np.zeros(4096, dtype=np.uint32)
        self.flags = np.zeros(4096, dtype=np.uint8)
        self.before = before
        self._adding = threading.Lock()

    def __missing__(self, word: str) -> int:
        before = self.before
        known = before.get(word) if before is not None else None
        found = _look_into(word) if before is None or known is None else (before.stems[known], before.flags[known])
        with self._adding:
            row = len(self)
            if word in self:  # another thread was faster
                return self[word]
            if row == len(self.stems):
                self.stems = np.concatenate((self.stems, np.zeros_like(self.stems)))
                self.flags = np.concatenate((self.flags, np.zeros_like(self.flags)))
            self.stems[row], self.flags[row] = found
            self[word] = row
        return row


def _look_into(word: str) -> tuple[int, int]:
    stem = light_stem(word)
    flags = (
        CONTENT * (len(stem) >= _CONTENT_LETTERS and word not in FUNCTION_WORDS)
        | LONG * (len(word) >= _LONG_LETTERS)
        | MAY_NAME * may_name(word)
        | CUE * is_cue(word)
        | MAY_COUNT * may_begin(word)
    )
    return hash_word(stem), flags


_lexicon = _Lexicon()


def look_up(words: Sequence[str]) -> Words:
    """Stems and kinds of normalised words."""
    global _lexicon
    lexicon = _lexicon
    if len(lexicon) > _MOST_WORDS:
        lexicon.before = None
        lexicon = _lexicon = _Lexicon(lexicon)  # a thread that is at work keeps the one it has
    at = np.fromiter(map(lexicon.__getitem__, words), dtype=np.int32, count=len(words))
    return Words(lexicon.stems.take(at), lexicon.flags.take(at))
