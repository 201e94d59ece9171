"""The recipes of other tools, on texts small enough to work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks import peers

BASE = [f"كلمة{k}" for k in range(40)]
OTHER = [f"لفظ{k}" for k in range(40)]
EDITED = [*BASE[:39], "تبديل"]  # 37 of 38 three-word runs stay
LONG = [*BASE, *(f"زيادة{k}" for k in range(40))]
TEXTS = [OTHER, BASE, EDITED, LONG, [], []]


def test_exact_measures_name_the_best_earlier_article() -> None:
    jaccard = peers._jaccard(TEXTS)
    assert jaccard.best.tolist() == [-1, -1, 1, 1, -1, -1]
    assert jaccard.likeness[2] == 37 / 39
    assert jaccard.likeness[3] == 38 / 78
    assert jaccard.above(0.5) == {2: 1}
    containment = peers._containment(TEXTS)
    assert containment.likeness[3] == 1.0
    assert containment.above(0.5) == {2: 1, 3: 1}


def test_tf_idf_is_the_cosine_of_smoothed_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    # idf of a word of both articles is ln(3/3) + 1 = 1, of a word of one ln(3/2) + 1
    rare = math.log(3 / 2) + 1
    expected = 1 / (1 + rare**2)
    for frequent in (300, 0):  # the sparse product and the dense one
        monkeypatch.setattr(peers, "_FREQUENT", frequent)
        found = peers._tf_idf([["ميناء", "سفينة"], ["ميناء", "قطار"]])
        assert found.best.tolist() == [-1, 0]
        assert found.likeness[1] == pytest.approx(expected, abs=1e-6)


def test_simhash_counts_bits_that_differ() -> None:
    found = peers._simhash([BASE, BASE, OTHER, []])
    assert found.likeness[1] == 0
    assert found.best.tolist() == [-1, 0, 0, -1]
    assert found.likeness[2] < -10


@pytest.mark.parametrize("tool", [peers._datasketch, peers._text_dedup])
def test_tools_with_buckets_find_the_edited_copy_and_no_empty_text(tool: object) -> None:
    assert tool(TEXTS, [0.8]) == {0.8: {2: 1}}  # type: ignore[operator]


def test_text_dedup_keeps_the_first_of_a_checked_cluster() -> None:
    assert peers._text_dedup([BASE, OTHER, BASE, EDITED, OTHER], [0.7]) == {0.7: {2: 0, 3: 0, 4: 1}}


def test_titles_are_compared_with_earlier_ones_only() -> None:
    found = peers._titles(["افتتاح حديقة", "وصول سفينة", "افتتاح حديقه"], [1, 2], peers.fuzz.ratio)
    assert found.best.tolist()[2] == 0
    assert found.likeness[2] == pytest.approx(100 * 22 / 24, abs=0.01)  # one of 12 letters differs
    assert np.isneginf(found.likeness[0])
