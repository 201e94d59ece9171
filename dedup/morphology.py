"""What an Arabic word may be made of: its stems without what is joined before and behind it, and its root letters.

A light stemmer that keeps every reading instead of choosing one: «بلاد» may be ب + لاد, so a word has a set of stems, and two
words are one if the sets meet. Rules of grammar, no word list; words in normalised spelling and plain letters. For headlines:
bodies are compared by the one stem that `stems` chooses, and there it says why.

Source: Larkey, Ballesteros, Connell, "Light stemming for Arabic information retrieval" (2007), for what is joined; the root
letters after the derived forms of the verb in any Arabic grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_MIN_STEM = 3  # letters that stay of a word
_WEAK = "اوي"
_BEFORE = ("و", "ف", "ب", "ل", "ك", "س", "ال", "لل", "وب", "ول", "وس", "بال", "وال", "فال", "كال", "ولل", "وبال")
_BEHIND = (
    "ه", "ي", "ا", "ت", "ات", "ان", "ون", "ين", "تان", "تين", "يه", "يا", "يون", "يين", "يات", "ها", "هم", "هما", "هن", "نا",
    "وا", "ته", "تها", "تهم", "اته", "اتها", "اتهم", "تي", "ني",
)  # fmt: skip
#: What the forms of the verb, participles and verbal nouns put before the root.
_AUGMENTS = ("است", "يست", "تست", "نست", "مست", "ان", "ين", "تن", "من", "مت", "يت", "ا", "ي", "ت", "ن", "م")
_MIN_VERB = 4  # letters of a verb of the present
_THIRD_PERSON, _OTHER_PERSONS = "ي", "تن"  # «ترتفع», «نرتفع» are read as «يرتفع», too


@dataclass(frozen=True, slots=True)
class Forms:
    """The readings of one word."""

    bare: tuple[str, ...]  # the word, then without what may be joined before it, then as a verb of the third person
    stems: frozenset[str]  # the bare readings, with and without endings
    roots: frozenset[str]  # three or four strong letters; or two, with `-` where a weak letter stands beside or between them


@lru_cache(maxsize=16_384)  # words recur
def forms(word: str) -> Forms:
    """All stems and roots that a normalised word may have."""
    bare = (word, *(word[len(p) :] for p in _BEFORE if word.startswith(p) and len(word) - len(p) >= _MIN_STEM))
    bare += tuple(_THIRD_PERSON + b[1:] for b in bare if len(b) >= _MIN_VERB and b[0] in _OTHER_PERSONS)
    stems = frozenset(bare) | {b[: -len(s)] for b in bare for s in _BEHIND if b.endswith(s) and len(b) - len(s) >= _MIN_STEM}
    return Forms(bare, stems, frozenset(root for stem in stems for root in _roots(stem)))


def is_finite_verb(word: str) -> bool:
    """Whether a word looks like a verb of the present («يرتفع», «ترتفع») or a feminine one of the past («ارتفعت»)."""
    if len(word) < _MIN_VERB:
        return False
    return word[-1] == "ت" or (word[0] in "يت" and not word.endswith(("يه", "ين")))


def _roots(stem: str) -> set[str]:
    cores = {stem[len(a) :] for a in _AUGMENTS if stem.startswith(a) and len(stem) - len(a) >= 2}
    cores |= {core[0] + core[2:] for core in cores if len(core) >= 4 and core[1] == "ت"}  # the t of the eighth form
    cores.add(stem)
    found = set()
    for core in cores:
        strong = [i for i, letter in enumerate(core) if letter not in _WEAK]
        if len(strong) in (3, 4):
            found.add("".join(core[i] for i in strong))
        elif len(strong) == 2 and len(core) <= 5:
            first, last = core[strong[0]], core[strong[1]]
            if len(core) == 2:
                found.add(first + last)
            if strong[0] > 0 and core[0] == "و":
                found.add("-" + first + last)
            if strong[1] - strong[0] > 1:
                found.add(first + "-" + last)
            if strong[1] < len(core) - 1:
                found.add(first + last + "-")
    return found
