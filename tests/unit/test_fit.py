"""Fitting: the optimum by its own equations, signs kept, a given model moved as far as the labels carry it, honest folds."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.fit import Floats, fit, folds, refit
from dedup.model import CopyModel

MODEL = CopyModel(-4.0, (("shared_of_shorter", 8.0), ("standing_share", -5.0)))
SIGNS = {"shared_of_shorter": 1, "standing_share": -1}


def made(n: int, model: CopyModel = MODEL, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """`n` pairs whose labels are drawn by a model's own probabilities."""
    rng = np.random.default_rng(seed)
    features = rng.random((n, 2))
    logits = model.intercept + features @ np.array([weight for _, weight in model.weights])
    return features, (rng.random(n) < 1 / (1 + np.exp(-logits))).astype(np.float64), np.ones(n)


def test_many_pairs_bring_back_the_model_that_labelled_them() -> None:
    found = fit(*made(20_000), SIGNS)
    assert found.intercept == pytest.approx(-4.0, abs=0.3)
    assert [name for name, _ in found.weights] == list(SIGNS)
    assert [weight for _, weight in found.weights] == pytest.approx([8.0, -5.0], abs=0.4)


def test_the_optimum_solves_its_equations() -> None:
    """Four pairs, one feature, by hand: by symmetry the intercept is minus half the slope, which solves 2 s(-b/2) * 2 = ridge."""
    features, targets = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0.0, 0.0, 1.0, 1.0])
    found = fit(features, targets, np.ones(4), {"shared_of_shorter": 1})
    slope = found.weights[0][1]
    assert found.intercept == pytest.approx(-slope / 2, abs=2e-3)
    scaled = slope / 2  # features have a deviation of .5
    assert 4 / (1 + np.exp(scaled)) == pytest.approx(scaled, abs=2e-3)


def test_a_weight_that_would_pull_the_wrong_way_is_0() -> None:
    features, targets, weights = made(500)
    found = dict(fit(features, targets, weights, {"shared_of_shorter": 1, "standing_share": 1}).weights)
    assert found["standing_share"] == 0.0
    assert found["shared_of_shorter"] > 0


def test_weights_of_pairs_count() -> None:
    features, targets, weights = made(200)
    twice = fit(
        np.vstack([features, features]), np.concatenate([targets, targets]), np.concatenate([weights, weights]) / 2, SIGNS
    )
    once = fit(features, targets, weights, SIGNS)
    assert twice.intercept == pytest.approx(once.intercept, abs=2e-3)


# ── a given model moved ─────────────────────────────────────────────────────────────────────────────────────────────


def test_without_pairs_the_model_comes_back() -> None:
    assert refit(MODEL, np.zeros((0, 2)), np.zeros(0), np.zeros(0)) == MODEL


def test_few_pairs_move_it_little_and_many_decide() -> None:
    """The truth has half the weights; the distance to it shrinks with the labels."""
    truth = CopyModel(-2.0, (("shared_of_shorter", 4.0), ("standing_share", -2.5)))

    def distance(n: int) -> float:
        found = refit(MODEL, *made(n, truth))
        return float(np.abs(np.array([w for _, w in found.weights]) - np.array([4.0, -2.5])).sum())

    assert distance(0) == pytest.approx(6.5)
    few = refit(MODEL, *made(6, truth))
    assert 0 < abs(dict(few.weights)["shared_of_shorter"] - 8.0) < 2.5
    assert distance(5_000) < 0.6


def test_pairs_of_one_kind_and_separable_ones_give_finite_weights_of_the_right_sign() -> None:
    for targets in ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]):
        found = refit(MODEL, np.array([[0.1, 0.9], [0.9, 0.0], [1.0, 0.0]]), np.array(targets), np.ones(3))
        assert abs(found.intercept) < 20
        weights = dict(found.weights)
        assert weights["shared_of_shorter"] >= 0 >= weights["standing_share"]


def test_a_weight_of_0_stays_0() -> None:
    model = CopyModel(-4.0, (("shared_of_shorter", 8.0), ("standing_share", 0.0)))
    assert dict(refit(model, *made(500)).weights)["standing_share"] == 0.0


def test_labels_against_a_feature_take_its_weight_to_0_and_no_further() -> None:
    """Pairs that share nothing are copies and those that share all are none: the sign stays."""
    features = np.array([[0.0, 0.0], [1.0, 0.0]] * 200)
    found = refit(MODEL, features, np.array([1.0, 0.0] * 200), np.ones(400))
    assert dict(found.weights)["shared_of_shorter"] == 0.0


# ── folds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_article_stands_in_two_folds() -> None:
    pairs = [("a", "b"), ("c", "d"), ("b", "e"), ("f", "g"), ("e", "h"), ("i", "c")]
    found = folds(pairs)
    assert found[0] == found[2] == found[4]
    assert found[1] == found[5]
    assert len(set(found)) == 3


def test_folds_are_as_even_as_groups_allow() -> None:
    pairs = [(n, n + 0.5) for n in range(25)]
    found = folds(pairs, 10)
    assert sorted(found.count(k) for k in range(10)) == [2] * 5 + [3] * 5
    assert folds(pairs, 10) == found
    assert folds([], 10) == []
    assert set(folds([("a", n) for n in range(5)])) == {0}
