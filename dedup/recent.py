"""Texts that were taken apart lately, so that the next one that meets them need not do it again."""

from __future__ import annotations

import threading
from collections import OrderedDict

from dedup.records import Article, Fingerprint

#: Words of all texts kept, each counted as `_LEAST` longer than it is: about 3,000 news articles in 60 MB. Of 3.3 candidates an
#: article of the measuring corpus, 0.8 are not among them; of twice as many texts 0.25 would be missing.
MOST_WORDS = 1_000_000
_LEAST = 64


class RecentTexts:
    """Fingerprints by seq, those used last; safe for threads.

    Args:
        most_words: how many words the texts may have together.
    """

    def __init__(self, most_words: int = MOST_WORDS) -> None:
        self._most = most_words
        self._kept: OrderedDict[int, Fingerprint] = OrderedDict()
        self._words = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, seq: int, article: Article) -> Fingerprint | None:
        """The fingerprint kept under a number, if it is that of this article."""
        with self._lock:
            found = self._kept.get(seq)
            if found is None or found.article != article:
                return None
            self._kept.move_to_end(seq)
            return found

    def keep(self, seq: int, fingerprint: Fingerprint) -> None:
        """Keep one, and let go of those not used for longest."""
        with self._lock:
            before = self._kept.pop(seq, None)
            self._kept[seq] = fingerprint
            self._words += _weight(fingerprint) - (_weight(before) if before else 0)
            while self._words > self._most and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._words -= _weight(gone)


def _weight(fingerprint: Fingerprint) -> int:
    return len(fingerprint.segments.body.words) + _LEAST
