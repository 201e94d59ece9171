"""Out-of-fold verdicts from one recorded pass over the corpus.

Any model decides from what `recording.record` kept: one fitted on all labels, or for each article the one that was fitted without
the articles of its day. Equal to running the whole line again with that model (`tests/unit/test_folds.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.fit_verdict import fit, training_set
from benchmarks.recording import Recording, training_pairs
from dedup import Article, Deduplicator
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import Verdict
from dedup.verdict import best_first, judge

ModelOf = Callable[[Article], CopyModel]


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


def out_of_fold(corpus: Corpus, recording: Recording) -> ModelOf:
    """For each article the model fitted without the articles of its day."""
    pairs, folds = training_pairs(corpus, recording), corpus.folds()
    models = [
        fit(*training_set(corpus, pairs, [i for i, f in folds.items() if f != fold])) for fold in range(max(folds.values()) + 1)
    ]
    return lambda article: models[folds[article.id]]
