"""Fit the copy model on the labelled pairs and print it as the table of dedup/model.py.

    python -m benchmarks.fit_verdict --data FOLDER

The whole corpus is recorded once in file order (`recording.py`), so that passage frequencies are those of arrival. Labelled pairs
count 1 where the reader was sure, .3 otherwise; 600 pairs drawn from articles without any copy count .2 each, as negatives.
Negatives weigh 1.3 times as much as positives.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.corpus import Corpus, load, parser
from benchmarks.recording import Pair, record, training_pairs
from dedup import Settings
from dedup.fit import Floats
from dedup.fit import fit as fit_model
from dedup.model import COPY_MODEL, CopyModel

FEATURES = tuple(name for name, _ in COPY_MODEL.weights)
SIGNS = {name: (-1 if weight < 0 else 1) for name, weight in COPY_MODEL.weights}
_CLEAR_PAIRS = 600
_WRONG_COST = 1.3  # a wrong match shown costs an editor more than a copy missed


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
    pairs = training_pairs(corpus, record(corpus, Settings()))
    model = fit(*training_set(corpus, pairs, corpus.day()))
    print(f"COPY_MODEL = CopyModel(\n    intercept={model.intercept},\n    weights=(")
    for name, weight in model.weights:
        print(f'        ("{name}", {weight}),')
    print("    ),\n)")


if __name__ == "__main__":
    main()
