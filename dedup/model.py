"""The copy model: a logistic regression over `records.Similarity`, as one readable table.

Fitted by `benchmarks/fit_verdict.py` on hand-labelled pairs. Every feature pulls one way only, whatever the others say: more
shared text never makes a copy less likely, more standing wording never makes it more likely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dedup.records import Similarity


@dataclass(frozen=True, slots=True)
class CopyModel:
    """Log-odds that the later text takes over the earlier one: `intercept + sum(weight * feature)`."""

    intercept: float
    weights: tuple[tuple[str, float], ...]  # (field of Similarity, weight in that field's unit)

    def score(self, similarity: Similarity) -> float:
        """The probability, 0-1, rounded to 4 digits."""
        logit = self.intercept + sum(weight * getattr(similarity, name) for name, weight in self.weights)
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, logit)))), 4)

    def terms(self, similarity: Similarity) -> tuple[tuple[str, float, float, float], ...]:
        """(feature, value, weight, contribution) of each feature; `intercept` plus all contributions are the log-odds."""
        values = [(name, getattr(similarity, name), weight) for name, weight in self.weights]
        return tuple((name, value, weight, weight * value) for name, value, weight in values)


COPY_MODEL = CopyModel(
    intercept=-13.337,
    weights=(
        ("shared_of_shorter", 8.183),
        ("taken_over", 3.289),
        ("names_agree", 8.915),
        ("names_exchanged", -1.966),
        ("headline_unsupported", -1.568),
        ("same_source", -1.873),
        ("other_days", -1.32),
        ("standing_share", -6.816),
    ),
)
