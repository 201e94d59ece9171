"""One pass over the corpus: every article is admitted, fingerprinted and aligned with its candidates once, and what its decision
takes is kept. A model is fitted on that (`fit_verdict.py`), decides from it (`folds.py`), and the verify step is timed on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.corpus import Corpus
from dedup import Article, Deduplicator, Settings
from dedup.model import CopyModel
from dedup.records import Fingerprint, HeadlineCandidate, Similarity, Stored, Verdict
from dedup.store.memory import MemoryStore
from dedup.verify import Verified

NOW_S = 1.7e9
_BATCH = 50
#: Judges while recording: only equal texts are copies, so that what a fitted model adds can be added later.
_NOTHING_IS_A_COPY = CopyModel(-30.0, ())


@dataclass(frozen=True)
class Pair:
    """One verified pair of the corpus: later, earlier, and how they overlap."""

    new: str
    old: str
    similarity: Similarity
    equal: bool


@dataclass(frozen=True)
class Undecided:
    """What one decision takes, before any model has spoken."""

    fingerprint: Fingerprint
    verified: tuple[Verified, ...]
    headlines: tuple[HeadlineCandidate, ...]
    more: tuple[Any, ...]  # whatever else the decision takes: no model speaks in it
    named: Mapping[str, Any]


@dataclass(frozen=True)
class Verifying:
    """One call of the verify step, and the candidates' texts that lay taken apart when it was made."""

    fingerprint: Fingerprint
    candidates: tuple[Stored, ...]
    rest: tuple[Any, ...]
    apart: Mapping[int, Fingerprint]


class Recording(Deduplicator):
    """Walks the line as ever and keeps what each decision takes.

    Args:
        timed: ids of the articles whose verify step is kept too, to be timed afterwards.
    """

    def __init__(self, settings: Settings, timed: Collection[str] = ()) -> None:
        super().__init__(MemoryStore(settings), settings)
        self.undecided: list[Undecided] = []
        self.verifying: list[Verifying] = []
        self._timed = frozenset(timed)
        self._stored: dict[int, Stored] = {}

    def _model(self, article: Article) -> CopyModel:  # noqa: ARG002
        return _NOTHING_IS_A_COPY

    def _verify(self, f: Fingerprint, candidates: Iterable[Stored], *rest: Any) -> list[Verified]:
        candidates = [self._stored.setdefault(stored.seq, stored) for stored in candidates]
        if f.article.id in self._timed:
            apart = {s.seq: self._recent[s.seq] for s in candidates if s.seq in self._recent}
            self.verifying.append(Verifying(f, tuple(candidates), rest, apart))
        return super()._verify(f, candidates, *rest)

    def _verdict(
        self,
        f: Fingerprint,
        verified: Sequence[Verified],
        headlines: Sequence[HeadlineCandidate],
        *more: Any,
        **named: Any,
    ) -> Verdict:
        kept = tuple(replace(c, stored=self._stored.setdefault(c.stored.seq, c.stored)) for c in headlines)
        self.undecided.append(Undecided(f, tuple(verified), kept, more, named))
        return super()._verdict(f, verified, headlines, *more, **named)


def record(corpus: Corpus, settings: Settings, *, timed: Collection[str] = ()) -> Recording:
    """Admit the whole corpus in file order."""
    recording = Recording(settings, timed)
    for batch in batches(corpus.articles, _BATCH):
        recording.check(batch, now_s=NOW_S)
    return recording


def batches(articles: Sequence[Article], size: int) -> Iterable[Sequence[Article]]:
    for start in range(0, len(articles), size):
        yield articles[start : start + size]


def training_pairs(corpus: Corpus, recording: Recording) -> list[Pair]:
    """Every verified pair whose later article is labelled or clear, in order of arrival; none of it depends on a model."""
    wanted = {*corpus.clear, *(label.b for label in corpus.labels)}
    return [
        Pair(u.fingerprint.article.id, v.stored.article.id, v.comparison.similarity, v.comparison.equal)
        for u in recording.undecided
        if u.fingerprint.article.id in wanted
        for v in u.verified
    ]
