"""The generator of synthetic articles."""

from collections import Counter

import pytest

from benchmarks.synthetic import Stream
from dedup import Settings
from dedup.fingerprint import fingerprint
from dedup.prepare import entry_of


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream(seed=7, vocabulary=5_000)


def test_entries_have_the_body_keys_that_the_deduplicator_makes_of_the_text(stream: Stream) -> None:
    settings = Settings()
    made = stream.articles(200)
    for one, entry in zip(made, stream.entries(made, settings), strict=True):
        plan, real = entry_of(fingerprint(one.article, settings), settings, 0.0)
        assert entry.keys[: plan.body].tolist() == real.keys[: plan.body].tolist()


def test_the_same_seed_makes_the_same_articles() -> None:
    first, second = (Stream(seed=3, vocabulary=2_000).articles(150) for _ in range(2))
    assert [made.article for made in first] == [made.article for made in second]


def test_a_repeat_has_the_words_of_what_it_copies(stream: Stream) -> None:
    made = {one.number: one for one in stream.articles(2_000)}
    repeats = [one for one in made.values() if one.kind == "repeat" and one.of in made]
    assert repeats
    assert all(one.words.tolist() == made[one.of].words.tolist() for one in repeats if one.of is not None)
    assert Counter(one.kind for one in made.values())["new"] > 1_400
