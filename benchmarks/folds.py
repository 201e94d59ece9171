"""Out-of-fold verdicts from one pass over the corpus.

Every article is admitted, fingerprinted and aligned with its candidates once, and what the decision takes is kept. Any model then
decides from that: one fitted on all labels, or for each article the one that was fitted without the articles of its day. Equal to
running the whole line again with that model (`tests/unit/test_folds.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.fit_verdict import NOW_S, Pair, batches, fit, training_set
from dedup import Article, Deduplicator, Settings
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import Fingerprint, HeadlineCandidate, Stored, Verdict, Verified
from dedup.store.memory import MemoryStore
from dedup.verdict import best_first, judge

_BATCH = 50
#: Judges while recording: only equal texts are copies, so that what a fitted model adds can be added later.
_NOTHING_IS_A_COPY = CopyModel(-30.0, ())

ModelOf = Callable[[Article], CopyModel]


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


def decide(recording: Recording, model_of: ModelOf) -> list[dict[str, Any]]:
    """Verdict lines in the order of arrival, as short as scoring needs them."""
    return [_line(verdict) for verdict in verdicts(recording, model_of)]


def verdicts(recording: Recording, model_of: ModelOf) -> Iterable[Verdict]:
    """The verdicts that a line with these models gives, less their stories: those are made in the store."""
    line = Deduplicator(recording.store, recording.settings)
    for u in recording.undecided:
        model = model_of(u.fingerprint.article)
        verified = best_first([judge(v.stored, v.comparison, model) for v in u.verified])
        copies = {v.stored.seq for v in verified if v.is_copy}
        headlines = [
            replace(c, bodies="related") if c.bodies == "unrelated" and c.stored.seq in copies else c for c in u.headlines
        ]
        yield line._verdict(u.fingerprint, verified, headlines, *u.more, **u.named)


def _line(verdict: Verdict) -> dict[str, Any]:
    match = verdict.body.match
    return {
        "id": verdict.id,
        "body": {"verdict": verdict.body.verdict, "match": {"id": match.id} if match else None},
        "headline": {"verdict": verdict.headline.verdict},
        "candidates": list(verdict.candidates),
    }


def fitted(article: Article) -> CopyModel:  # noqa: ARG001 - the same for all
    """The model that ships, fitted on all labels."""
    return COPY_MODEL


def training_pairs(corpus: Corpus, recording: Recording) -> list[Pair]:
    """Every verified pair whose later article is labelled or clear, in order of arrival."""
    wanted = {*corpus.clear, *(label.b for label in corpus.labels)}
    return [
        Pair(u.fingerprint.article.id, v.stored.article.id, v.comparison.similarity, v.comparison.equal)
        for u in recording.undecided
        if u.fingerprint.article.id in wanted
        for v in u.verified
    ]


def out_of_fold(corpus: Corpus, recording: Recording) -> ModelOf:
    """For each article the model fitted without the articles of its day."""
    pairs, folds = training_pairs(corpus, recording), corpus.folds()
    models = [
        fit(*training_set(corpus, pairs, [i for i, f in folds.items() if f != fold])) for fold in range(max(folds.values()) + 1)
    ]
    return lambda article: models[folds[article.id]]
