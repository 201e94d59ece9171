"""Standing wording by a person's word: which passages of an article are pinned or released, and what follows for a verdict.

Pure arithmetic over passage keys; `registry` and the store keep the templates themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.index import passages
from dedup.records import U8, U32, Fingerprint, PassageUse, Template, Wording
from dedup.settings import Settings

#: What `Admitted.decided` says of a key.
PINNED, RELEASED = 1, 2

#: Beside pinned wording two articles may share a single passage, or less than this part of what either has beside it.
_OWN_SHARE = 1 / 3
#: From this share of released passages on, what two articles share is released wording.
_RELEASED_SHARE = 0.5


def as_decided(use: PassageUse, decided: U8, *, most: int) -> PassageUse:
    """The use of passages as persons' decisions make it: a pinned one is as frequent as any, a released one is new.

    On which days and by whom a pinned passage was used stays as it was seen: an outlet's copy of a story with pinned lines
    under it is a copy. So pinning never makes a copy more likely, and only `shared_wording` makes one impossible.

    Args:
        use: how each passage key was used before.
        decided: for each passage key 0, PINNED or RELEASED; empty if all are 0.
        most: as how frequent a pinned passage counts.
    """
    if not decided.any():
        return use
    articles, own, other_days = (np.where(decided == RELEASED, np.int32(0), n) for n in (use.articles, use.own, use.other_days))
    return PassageUse(np.where(decided == PINNED, np.int32(most), articles), own, other_days)


def shared_wording(new: Fingerprint, old: Fingerprint, decided: U8) -> Wording:
    """What a person decided of the passages that two articles share.

    `pinned`: most of them are pinned, and beside them the articles share a single passage, or less than a third of what either
    has beside them: a quotation, a slot filled alike. `released`: half of them or more are released.

    Args:
        new, old: the later and the earlier article.
        decided: for each of `new.passage_keys` 0, PINNED or RELEASED; empty if all are 0.
    """
    if not decided.any():
        return "ordinary"
    shared = np.isin(new.passage_keys, old.passage_keys, assume_unique=True)
    total = int(np.count_nonzero(shared))
    pinned, released = (int(np.count_nonzero(shared & (decided == state))) for state in (PINNED, RELEASED))
    other = total - pinned
    own = min(int(np.count_nonzero(decided != PINNED)), len(old.passage_keys) - pinned)
    if pinned > other and (other <= 1 or other < _OWN_SHARE * own):
        return "pinned"
    if released and released >= _RELEASED_SHARE * total:
        return "released"
    return "ordinary"


def shared_keys(new: Fingerprint, old: Fingerprint) -> U32:
    """Passage keys that both articles have, ascending."""
    return np.intersect1d(new.passage_keys, old.passage_keys, assume_unique=True)


def standing_keys(template: Template) -> frozenset[int]:
    """The passage keys that stand for a template's wording: those decided, else those that recur.

    A learnt frame also holds keys of slots that two articles filled alike by chance. A key belongs to the wording if it was seen
    at least half as often as the most frequent one.
    """
    if template.decided_keys:
        return frozenset(template.decided_keys)
    often = max((seen for _, seen in template.keys), default=0)
    return frozenset(key for key, seen in template.keys if 2 * seen >= often)


def wording(
    text: Fingerprint, keys: frozenset[int], shared: Sequence[frozenset[int]], settings: Settings
) -> list[tuple[int, int]]:
    """Where the wording of a template stands in one article that has it.

    Args:
        text: the article.
        keys: the template's passage keys.
        shared: for each further example, the word indices of `text` that stand in runs equal to it; may be empty.
        settings: those that the keys were made with.

    Returns:
        Half-open ranges of `text.segments.body.words`, ascending, each as long as the run of one key at least: those runs, and
        the words that most of the further examples have, too.
    """
    every, starts = passages(text.segments.body.hashes, text.segments.own, words=settings.passage_words, window=1)
    size = settings.passage_words
    held = [start for key, start in zip(every.tolist(), starts.tolist(), strict=True) if key in keys]
    frame = {word for start in held for word in range(start, start + size)}
    if shared:
        times = np.bincount([word for words in shared for word in words], minlength=1)
        frame.update(np.flatnonzero(2 * times > len(shared)).tolist())
    ranges: list[tuple[int, int]] = []
    for word in sorted(frame):
        if ranges and ranges[-1][1] == word:
            ranges[-1] = (ranges[-1][0], word + 1)
        else:
            ranges.append((word, word + 1))
    return [(first, end) for first, end in ranges if end - first >= size]


def keys_within(text: Fingerprint, ranges: Sequence[tuple[int, int]], settings: Settings) -> U32:
    """The key of every run inside the ranges, distinct, ascending: whichever of them another article keeps is among these.

    Winnowing keeps one run in a window, and near the ends of shared wording it depends on the words beyond which one.
    """
    return passages(text.segments.body.hashes, ranges, words=settings.passage_words, window=1)[0]
