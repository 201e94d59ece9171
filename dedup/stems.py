"""What is left of a word when the letters joined before and behind it are gone: the form by which bodies are compared.

A body has hundreds of words, each hashed once and aligned in runs: one reading of a word must be chosen, so one prefix and one
ending go, the longest that leave three letters. A headline has ten, and what they share must be found in other forms, too
(«يعترف», «اعتراف»): `morphology` keeps every reading, with affixes that no choice could afford to take off. `names` asks a third
thing, whether a word can be Arabic at all, and takes off whatever grammar adds.
"""

from __future__ import annotations

from functools import lru_cache

from dedup.arabic import JOINED_PREFIXES
from dedup.names import variant_key

#: Endings of number, gender, case and possession, longest first; normalised spelling (ة is ه).
_ENDINGS: tuple[str, ...] = ("ها", "هم", "هن", "كم", "نا", "ات", "وا", "ون", "ين", "ان", "يه", "ه", "ت", "ي", "ا")
_MIN_LETTERS = 3  # stay of a word


@lru_cache(maxsize=16_384)  # words recur: 60 ns instead of 700
def stem(word: str) -> str:
    """A normalised word without its article and the single letters joined before it."""
    for prefix in JOINED_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _MIN_LETTERS:
            return word[len(prefix) :]
    return word


@lru_cache(maxsize=16_384)  # of headlines: words of bodies are looked up in the lexicon
def light_stem(word: str) -> str:
    """`stem` without one ending either, all spellings of a foreign name as one. Words of one light stem differ in grammar only.

    Source: after Larkey, Ballesteros, Connell, "Light Stemming for Arabic Information Retrieval" (2007), their light10.
    """
    bare = stem(variant_key(word))
    for ending in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= _MIN_LETTERS:
            return bare[: -len(ending)]
    return bare
