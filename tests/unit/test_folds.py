"""Deciding from one recorded pass gives what running the whole line with each article's model gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.corpus import Corpus, load
from benchmarks.folds import ModelOf, fitted, verdicts
from benchmarks.recording import NOW_S, Pair, batches, record, training_pairs
from dedup import Article, Deduplicator, Settings, Verdict
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import U8, Fingerprint, PassageUse, Stored
from dedup.store.memory import MemoryStore
from dedup.verify import Verified
from service.formats.article import article_from_json
from tests.requirements import data_folder, needs_data

SAMPLE = Path(__file__).parents[2] / "service" / "sample" / "day.jsonl"
EAGER = replace(COPY_MODEL, intercept=COPY_MODEL.intercept + 3)  # calls far more a copy than the model that ships
SHY = replace(COPY_MODEL, intercept=COPY_MODEL.intercept - 3)


class Judge(Deduplicator):
    """The whole line, with a model for each article, that remembers what it verified: the oracle."""

    def __init__(self, model_of: ModelOf) -> None:
        super().__init__(MemoryStore(Settings()), Settings())
        self.model_of = model_of
        self.pairs: list[Pair] = []

    def _model(self, article: Article) -> CopyModel:
        return self.model_of(article)

    def _verify(self, f: Fingerprint, candidates: Iterable[Stored], use: PassageUse, decided: U8) -> list[Verified]:
        verified = super()._verify(f, candidates, use, decided)
        for v in verified:
            self.pairs.append(Pair(f.article.id, v.stored.article.id, v.comparison.similarity, v.comparison.equal))
        return verified


def run(articles: Sequence[Article], model_of: ModelOf) -> tuple[list[Verdict], list[Pair]]:
    judge = Judge(model_of)
    answers = [answer for batch in batches(articles, 50) for answer in judge.check(batch, now_s=NOW_S)]
    # stories are made in the store, by all verdicts together; a recorded decision has none
    return [replace(answer, story=answer.id) for answer in answers if isinstance(answer, Verdict)], judge.pairs


def in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Of one article's pairs the order is the model's: which is best. Here by id."""
    return sorted(pairs, key=lambda pair: (pair.new, pair.old))


def alternating(articles: Sequence[Article]) -> ModelOf:
    place = {a.id: at for at, a in enumerate(articles)}
    return lambda article: (EAGER, SHY)[place[article.id] % 2]


@pytest.fixture(scope="module")
def sample() -> list[Article]:
    return [article_from_json(json.loads(line), default_id=lambda: "") for line in SAMPLE.read_text("utf-8").splitlines()]


def test_recorded_decisions_equal_those_of_the_whole_line(sample: list[Article]) -> None:
    recording = record(Corpus(sample, [], []), Settings())
    models: list[ModelOf] = [fitted, alternating(sample), lambda article: EAGER, lambda article: SHY]
    said = [list(verdicts(recording, model_of)) for model_of in models]
    assert said == [run(sample, model_of)[0] for model_of in models]
    assert len({tuple(v.body.verdict for v in answers) for answers in said}) > 1  # the models do differ


def test_every_verified_pair_of_an_article_asked_for_is_recorded(sample: list[Article]) -> None:
    clear = [article.id for article in sample[::2]]
    corpus = Corpus(sample, [], clear)
    recorded = training_pairs(corpus, record(corpus, Settings()))
    assert in_order(recorded) == in_order([pair for pair in run(sample, fitted)[1] if pair.new in clear])
    assert recorded


@needs_data
def test_recorded_decisions_equal_those_of_the_whole_line_on_real_news() -> None:
    corpus = load(str(data_folder()))
    articles = corpus.articles[:500]
    recording = record(Corpus(articles, corpus.labels, corpus.clear), Settings())
    assert list(verdicts(recording, alternating(articles))) == run(articles, alternating(articles))[0]
