"""The compiled forms of shingling, signing and key derivation against the plain ones, bit for bit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.compiled import Twin
from dedup.index import headline_keys, sign_words
from dedup.records import I32, U32

pytestmark = pytest.mark.usefixtures("compiled")

Plan = tuple[int, int, int, int, int]

DEFAULT: Plan = (3, 4, 8, 8, 4)
plans = st.tuples(
    st.integers(1, 10), st.integers(2, 10), st.integers(1, 100), *(st.sampled_from(sorted({1, 2, 8, 11})) for _ in range(2))
)
hashes = st.lists(st.integers(0, 3) | st.integers(0, 2**32 - 1), max_size=300)  # few values, so that runs recur


@st.composite
def texts(draw: st.DrawFn) -> tuple[U32, I32]:
    """Word hashes, and ranges of them that touch or leave gaps."""
    words = draw(hashes)
    cuts = sorted(draw(st.sets(st.integers(0, len(words)), max_size=6)))
    ranges = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    return numbers(words), np.array(ranges, dtype=np.int32).reshape(-1, 2)


def numbers(values: list[int]) -> U32:
    return np.array(values, dtype=np.uint32)


def both(twin: Twin[Any, Any], *args: object) -> tuple[list[object], list[object]]:
    """What the two forms say, types included."""
    assert twin.compiled is not None
    plain, compiled = ([(array.dtype, array.tolist()) for array in form(*args)] for form in (twin.plain, twin.compiled))
    return plain, compiled


def test_the_two_forms_are_equal_at_every_length() -> None:
    """Up to 200 words, so that windows of all sizes and every remainder of a vector occur."""
    words = np.random.default_rng(5).integers(0, 2**32, size=200, dtype=np.uint32)
    for length in range(201):
        plain, compiled = both(sign_words, words[:length], np.array([[0, length]], dtype=np.int32), *DEFAULT)
        assert compiled == plain


@given(texts(), plans)
@example((numbers([]), np.zeros((0, 2), dtype=np.int32)), DEFAULT)
@example((numbers([1, 2, 3, 4]), np.zeros((0, 2), dtype=np.int32)), DEFAULT)
@example((numbers([1, 2]), np.array([[0, 2]], dtype=np.int32)), DEFAULT)
@example((numbers([1, 2, 3]), np.array([[0, 3]], dtype=np.int32)), DEFAULT)
@example((numbers([7] * 100), np.array([[0, 100]], dtype=np.int32)), DEFAULT)
def test_the_two_forms_are_equal(text: tuple[U32, I32], plan: Plan) -> None:
    plain, compiled = both(sign_words, *text, *plan)
    assert compiled == plain


@given(hashes, hashes, st.integers(1, 64))
@example([], [], 8)
@example([5], [], 8)
def test_the_two_forms_are_equal_on_headlines(words: list[int], families: list[int], bands: int) -> None:
    plain, compiled = both(headline_keys, numbers(words), numbers(families), bands)
    assert compiled == plain
