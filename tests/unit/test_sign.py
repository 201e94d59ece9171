"""MinHash signatures."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.sign import PERMUTATIONS, estimate_jaccard, low_bytes, mix, sign


def test_the_signature_of_nothing_is_all_ones() -> None:
    assert sign(np.zeros(0, dtype=np.uint32)).tolist() == [0xFFFFFFFF] * 128


def test_a_signature_has_128_values_of_32_bits() -> None:
    signature = sign(np.array([7], dtype=np.uint32))
    assert PERMUTATIONS == len(signature) == 128
    assert signature.dtype == np.uint32


def test_known_answers() -> None:
    """The first three values of datasketch 2.0.0, `MinHash(scheme="affine32")`, for {5} and {1, 2, 3}."""
    assert sign(np.array([5], dtype=np.uint32))[:3].tolist() == [1535776007, 1711211304, 2274149330]
    assert sign(np.array([1, 2, 3], dtype=np.uint32))[:3].tolist() == [277274469, 2241546430, 1311794348]


def test_order_and_repetition_do_not_matter() -> None:
    assert sign(np.array([3, 1, 2, 2], dtype=np.uint32)).tolist() == sign(np.array([1, 2, 3], dtype=np.uint32)).tolist()


@pytest.mark.parametrize(("value", "mixed"), [(0, 0), (1, 0x514E28B7), (0xFFFFFFFF, 0x81F16F39)])
def test_mix_is_the_finalizer_of_murmurhash3(value: int, mixed: int) -> None:
    """fmix32(1) and fmix32(2^32 - 1) are published values: the hashes of the empty string with seeds 1 and 2^32 - 1."""
    assert mix(np.array([value], dtype=np.uint32)).tolist() == [mixed]


def test_low_bytes_keep_the_low_eight_bits() -> None:
    assert low_bytes(np.array([0x12345678, 0xFF], dtype=np.uint32)).tolist() == [0x78, 0xFF]


@pytest.mark.parametrize(
    ("equal", "estimate"),
    [
        (128, 1.0),
        (64, (0.5 - 1 / 256) / (1 - 1 / 256)),
        (1, (1 / 128 - 1 / 256) / (1 - 1 / 256)),
        (0, 0.0),  # fewer than chance: never below nothing
    ],
)
def test_the_estimate_corrects_for_bytes_equal_by_chance(equal: int, estimate: float) -> None:
    left = np.zeros(128, dtype=np.uint8)
    right = np.where(np.arange(128) < equal, 0, 1).astype(np.uint8)
    assert estimate_jaccard(left, right) == estimate_jaccard(right, left) == pytest.approx(estimate)
