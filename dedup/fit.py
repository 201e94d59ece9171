"""Fitting the copy model: ridge logistic regression by Newton's method, each weight held to its sign; folds to measure it.

Source: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning" (2009), sections 4.4.1 and 7.10.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dedup.model import CopyModel

_RIDGE = 1.0  # on standardised features
_SLOPE_SPREAD = 0.25  # of a given weight: as far as a handful of labels may move it
_INTERCEPT_SPREAD = 1.0  # log-odds
_STEPS = 100

Floats = npt.NDArray[np.float64]
_Solve = Callable[[Sequence[int]], Floats]  # features that may have a weight -> intercept and their weights


def fit(features: Floats, targets: Floats, weights: Floats, signs: Mapping[str, int]) -> CopyModel:
    """The model that fits labelled pairs best, weights drawn towards 0.

    Args:
        features: shape (n, k), in the order of `signs`.
        targets: 1 for a copy, 0 for none, shape (n,).
        weights: how much each pair counts, shape (n,).
        signs: feature -> the way it may pull, 1 or -1; a weight that would pull the other way becomes 0.
    """
    names = list(signs)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = (features - mean) / deviation

    def solve(free: Sequence[int]) -> Floats:
        precision = np.concatenate([[0.0], np.full(len(free), _RIDGE)])
        beta = _newton(scaled[:, free], targets, weights, np.zeros(len(free) + 1), precision)
        beta[1:] /= deviation[free]
        beta[0] -= beta[1:] @ mean[free]
        return beta

    return _within_signs(names, [signs[name] for name in names], solve)


def refit(model: CopyModel, features: Floats, targets: Floats, weights: Floats) -> CopyModel:
    """A given model moved towards labelled pairs, the further the more of them there are.

    Each weight is drawn towards the given one with a spread of a quarter of its size, the intercept with 1: a few
    pairs move it a little, some hundred decide. Weights keep their signs; one that is 0 stays 0. No pairs: the same model.

    Args:
        model: to start from.
        features, targets, weights: as in `fit`, features in the order of `model.weights`.
    """
    names = [name for name, _ in model.weights]
    given = np.array([weight for _, weight in model.weights])
    used = [k for k in range(len(names)) if given[k]]

    def solve(free: Sequence[int]) -> Floats:
        kept = [k for k in free if k in used]
        centre = np.concatenate([[model.intercept], given[kept]])
        precision = np.concatenate([[_INTERCEPT_SPREAD], _SLOPE_SPREAD * np.abs(given[kept])]) ** -2.0
        beta = _newton(features[:, kept], targets, weights, centre, precision)
        slopes = dict(zip(kept, beta[1:], strict=True))
        return np.array([beta[0], *(slopes.get(k, 0.0) for k in free)])

    return _within_signs(names, np.sign(given).astype(int).tolist(), solve)


def folds(pairs: Sequence[tuple[Hashable, Hashable]], most: int = 10) -> list[int]:
    """The fold of each pair, so that no article stands in two folds: pairs connected by articles stay together.

    Returns:
        Numbers 0 .. k - 1, k at most `most` and at most the number of connected groups; the largest groups are placed first,
        each into the smallest fold.
    """
    head: dict[Hashable, Hashable] = {}

    def find(node: Hashable) -> Hashable:
        head.setdefault(node, node)
        while head[node] != node:
            head[node] = head[head[node]]
            node = head[node]
        return node

    for a, b in pairs:
        head[find(b)] = find(a)
    groups: dict[Hashable, list[int]] = {}
    for at, (a, _) in enumerate(pairs):
        groups.setdefault(find(a), []).append(at)
    sizes = [0] * min(most, len(groups))
    fold_of = [0] * len(pairs)
    for members in sorted(groups.values(), key=lambda group: -len(group)):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(members)
        for at in members:
            fold_of[at] = smallest
    return fold_of


def _within_signs(names: Sequence[str], signs: Sequence[int], solve: _Solve) -> CopyModel:
    """Solve, take out the weight that pulls the wrong way hardest, and solve anew until none does."""
    free = list(range(len(names)))
    while True:
        beta = solve(free)
        wrong = [j for j, k in enumerate(free) if beta[j + 1] * signs[k] < 0]
        if not wrong:
            break
        free.pop(max(wrong, key=lambda j: abs(float(beta[j + 1]))))
    weight = dict.fromkeys(names, 0.0)
    for j, k in enumerate(free):
        weight[names[k]] = round(float(beta[j + 1]), 3)
    return CopyModel(round(float(beta[0]), 3), tuple(weight.items()))


def _newton(features: Floats, targets: Floats, weights: Floats, centre: Floats, precision: Floats) -> Floats:
    """Maximise the weighted log-likelihood less half of sum(precision * (beta - centre)^2); beta[0] is the intercept."""
    design = np.column_stack([np.ones(len(features)), features])

    def objective(beta: Floats) -> float:
        logits = design @ beta
        likelihood = weights @ (targets * logits - np.logaddexp(0.0, logits))
        return float(likelihood - precision @ (beta - centre) ** 2 / 2)

    beta = centre.copy()
    for _ in range(_STEPS):
        p = (1 + np.tanh(design @ beta / 2)) / 2
        gradient = design.T @ (weights * (targets - p)) - precision * (beta - centre)
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        reached = objective(beta)
        while objective(beta + step) < reached and np.abs(step).max() > 1e-9:
            step /= 2
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return beta
