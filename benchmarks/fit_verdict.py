"""Fit the copy model on the labelled pairs and print it as the table of dedup/model.py.

    python -m benchmarks.fit_verdict --data FOLDER

The whole corpus is admitted in file order to a memory store, so that passage frequencies are those of arrival. Labelled pairs
count 1 where the reader was sure, .3 otherwise; 600 pairs drawn from articles without any copy count .2 each, as negatives.
Negatives weigh 1.3 times as much as positives.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.corpus import Corpus, load, parser
from dedup import Article, Deduplicator, Settings
from dedup.fit import Floats
from dedup.fit import fit as fit_model
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import Fingerprint, PassageUse, Similarity, Stored, Verified
from dedup.store.memory import MemoryStore

FEATURES = tuple(name for name, _ in COPY_MODEL.weights)
SIGNS = {name: (-1 if weight < 0 else 1) for name, weight in COPY_MODEL.weights}
_CLEAR_PAIRS = 600
_WRONG_COST = 1.3  # a wrong match shown costs an editor more than a copy missed
NOW_S = 1.7e9


@dataclass(frozen=True)
class Pair:
    """One verified pair of the corpus: later, earlier, and how they overlap."""

    new: str
    old: str
    similarity: Similarity
    equal: bool


class Recorder(Deduplicator):
    """Judges as ever and remembers every verified pair of the articles asked for."""

    def __init__(self, settings: Settings, wanted: Iterable[str]) -> None:
        super().__init__(MemoryStore(settings), settings)
        self.wanted = set(wanted)
        self.pairs: list[Pair] = []

    def _verify(self, f: Fingerprint, candidates: Iterable[Stored], use: PassageUse) -> list[Verified]:
        verified = super()._verify(f, candidates, use)
        if f.article.id in self.wanted:
            for v in verified:
                self.pairs.append(Pair(f.article.id, v.stored.article.id, v.comparison.similarity, v.comparison.equal))
        return verified


def collect(corpus: Corpus, settings: Settings) -> list[Pair]:
    """Every verified pair whose later article is labelled or clear, in order of arrival."""
    recorder = Recorder(settings, [*corpus.clear, *(label.b for label in corpus.labels)])
    for batch in batches(corpus.articles, 50):
        recorder.check(batch, now_s=NOW_S)
    return recorder.pairs


def batches(articles: Sequence[Article], size: int) -> Iterable[Sequence[Article]]:
    for start in range(0, len(articles), size):
        yield articles[start : start + size]


def training_set(corpus: Corpus, pairs: Sequence[Pair], allowed: Iterable[str]) -> tuple[Floats, Floats, Floats]:
    """Features (n, k), targets (n,) and weights (n,) of the pairs whose later article is in `allowed`."""
    allowed = set(allowed)
    labels = {(label.b, label.a): label for label in corpus.labels}
    clear = set(corpus.clear)
    rows: list[list[float]] = []
    targets: list[float] = []
    weights: list[float] = []
    negatives = [p for p in pairs if p.new in clear]
    random.Random(0).shuffle(negatives)
    chosen = [p for p in pairs if (p.new, p.old) in labels and not p.equal] + negatives[:_CLEAR_PAIRS]
    for pair in chosen:
        if pair.new not in allowed:
            continue
        label = labels.get((pair.new, pair.old))
        rows.append([getattr(pair.similarity, name) for name in FEATURES])
        targets.append(float(label.positive) if label else 0.0)
        weight = (1.0 if label.sure else 0.3) if label else 0.2
        weights.append(weight if targets[-1] else weight * _WRONG_COST)
    return np.array(rows), np.array(targets), np.array(weights)


def fit(features: Floats, targets: Floats, weights: Floats) -> CopyModel:
    """The copy model fitted on a training set; each weight keeps the sign that the shipped one has."""
    return fit_model(features, targets, weights, SIGNS)


def main() -> None:
    corpus = load(parser(__doc__).parse_args().data)
    pairs = collect(corpus, Settings())
    model = fit(*training_set(corpus, pairs, corpus.day()))
    print(f"COPY_MODEL = CopyModel(\n    intercept={model.intercept},\n    weights=(")
    for name, weight in model.weights:
        print(f'        ("{name}", {weight}),')
    print("    ),\n)")


if __name__ == "__main__":
    main()
