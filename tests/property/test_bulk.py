"""Many texts at once: the answer of one after the other, in both forms, and of datasketch in interchange mode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import xxhash
from datasketch import MinHash
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import Settings, bulk, sign_texts
from dedup import compiled as forms
from dedup.bulk import sign_batch
from dedup.index import band_keys, passages
from dedup.normalise import fill, normalise, split_words, tables
from dedup.shingle import shingle
from dedup.sign import sign
from tests.conftest import KERNELS
from tests.strategies_text import any_text, news, news_text, unrelated_text

pytestmark = pytest.mark.usefixtures("compiled")

batches = st.lists(any_text | news_text | st.integers(0, 99).map(lambda n: unrelated_text(n, n)), max_size=6)
settings = st.builds(
    Settings,
    shingle_size=st.integers(1, 5),
    passage_words=st.integers(2, 5),
    passage_window=st.integers(1, 12),
    bands=st.sampled_from([1, 8, 20]),
    rows=st.sampled_from([1, 4, 6]),
)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 300)


def raw_of(texts: Sequence[str]) -> tuple[bulk.U32, bulk.I64]:
    """The texts end to end, with every character's block filled."""
    raw = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    while (unseen := split_words(raw, *tables())[-1]) >= 0:
        fill(unseen)
    return raw, np.cumsum([0, *map(len, texts)], dtype=np.int64)


@given(batches, settings, st.booleans())
@example([], Settings(), False)
@example([""], Settings(), False)
@example(["", "سلام", "", "\ufdfa" * 30], Settings(), True)
def test_the_two_forms_are_equal(texts: list[str], s: Settings, interchange: bool) -> None:
    args = (*raw_of(texts), *tables(), s.shingle_size, s.passage_words, s.passage_window, s.bands, s.rows, interchange)
    assert sign_batch.compiled is not None
    *plain, plain_left = sign_batch.plain(*args)
    *compiled, compiled_left = sign_batch.compiled(*args)
    assert (plain_left, compiled_left) == (-1, -1)
    assert [(a.dtype, a.shape, a.tolist()) for a in compiled] == [(a.dtype, a.shape, a.tolist()) for a in plain]


def test_a_character_not_known_yet_stops_both_forms() -> None:
    raw, offsets = raw_of(["سلام", "عليكم"])
    empty = np.zeros(0x110000, dtype=np.uint32)
    for form in (sign_batch.plain, sign_batch.compiled):
        assert form is not None
        signatures, keys, ends, passages, unseen = form(raw, offsets, empty, *tables()[1:], 3, 4, 8, 8, 4, False)
        assert (len(signatures), len(keys), len(ends), len(passages), unseen) == (0, 0, 0, 0, ord("س"))


@given(batches, settings)
def test_signatures_and_keys_are_those_of_one_text_after_the_other(texts: list[str], s: Settings) -> None:
    signed = sign_texts(texts, s)
    for at, text in enumerate(texts):
        words = normalise(text)
        own = [(0, len(words.words))]
        shingles = shingle(words.words, own, size=s.shingle_size)
        assert signed.signatures[at].tolist() == sign(shingles).tolist()
        keys = signed.keys[signed.offsets[at] : signed.offsets[at + 1]]
        found, _ = passages(words.hashes, own, words=s.passage_words, window=s.passage_window)
        assert keys[: signed.passages[at]].tolist() == found.tolist()
        bands = band_keys(sign(shingles), bands=s.bands, rows=s.rows).tolist() if len(shingles) else []
        assert keys[signed.passages[at] :].tolist() == bands


@given(batches, st.integers(1, 4))
def test_interchange_signatures_are_those_of_datasketch_over_joined_words(texts: list[str], size: int) -> None:
    signed = sign_texts(texts, Settings(shingle_size=size), interchange=True)
    for at, text in enumerate(texts):
        words = normalise(text).words
        oracle = MinHash(num_perm=128, scheme="affine32", hashfunc=xxhash.xxh32_intdigest)
        for i in range(len(words) - size + 1):
            oracle.update(" ".join(words[i : i + size]).encode())
        assert signed.signatures[at].tolist() == oracle.hashvalues.tolist()


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("form", ["plain", "compiled"])
def test_chunks_and_threads_do_not_change_the_answer(form: str) -> None:
    texts = [news(n % 5, n)[1] for n in range(20)] + ["", "<p>سلام &amp; عليكم</p>", unrelated_text(1, 200), ""]
    one_by_one = [sign_texts([text], Settings()) for text in texts]
    if form == "compiled":
        forms.load(KERNELS)
    try:
        for threads in (1, 3):
            signed = sign_texts(texts, Settings(), threads=threads)
            assert signed.signatures.tolist() == [one.signatures[0].tolist() for one in one_by_one]
            assert signed.keys.tolist() == [key for one in one_by_one for key in one.keys.tolist()]
            assert np.diff(signed.offsets).tolist() == [len(one.keys) for one in one_by_one]
            assert signed.passages.tolist() == [one.passages[0] for one in one_by_one]
    finally:
        forms.serve_plain()
