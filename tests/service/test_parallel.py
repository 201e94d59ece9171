"""Several processes judge one stream as one would: the same lines, the same order, and an end where one of them ends."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from dedup import Article, Deduplicator, Settings
from dedup.errors import (
    ArticleError,
    ArticleTooLongError,
    DedupError,
    EmptyArticleError,
    IdTakenError,
    IndexMismatchError,
    SettingsError,
    StoreError,
    StoreFullError,
    StoreTimeoutError,
    TemplateError,
    UnknownArticleError,
)
from dedup.store.memory import MemoryStore
from service.batch import judge_with
from service.config import Config
from service.parallel import WorkerLostError, Workers
from tests.conftest import KERNELS
from tests.strategies_text import news, unrelated_text

BATCH = 7


@pytest.fixture
def workers(redis_url: str, namespace: str, settings: Settings) -> Iterator[Callable[[int], Workers]]:
    """Processes on an index of this test."""
    made: list[Workers] = []

    def start(jobs: int, url: str = redis_url) -> Workers:
        config = Config(settings=settings, namespace=namespace, store_timeout_s=5.0, kernels_dir=str(KERNELS))
        made.append(Workers(config, url, jobs=jobs, candidates=True))
        return made[-1]

    yield start
    for some in made:
        some.close()


def batches(articles: Sequence[Article]) -> Iterator[Sequence[Article]]:
    return (articles[at : at + BATCH] for at in range(0, len(articles), BATCH))


def stream() -> list[Article]:
    """News told again by others a few or many articles later, new versions, repeated posts, and articles that are none."""
    random_ = random.Random(3)
    articles: list[Article] = []
    for n in range(90):
        kind, fill = n % 5, n // 5
        title, body = news(kind, fill)
        articles.append(Article(str(n), source=f"s{n % 4}", title=title, body=f"{body} {unrelated_text(n, 12)}"))
        if n % 3 == 0 and n:
            before = random_.choice(articles[-12:])
            articles.append(
                Article(f"copy{n}", source="other", title=before.title, body=before.body + " " + unrelated_text(n, 5))
            )
        if n % 10 == 0:
            articles.append(articles[-1])  # the same post again, at times in the next batch
            articles.append(Article(f"empty{n}"))
            articles.append(Article(str(n), source=f"s{n % 4}", title=title, body=body))  # another version
    return articles


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_lines_are_those_of_one_process(workers: Callable[[int], Workers], settings: Settings, jobs: int) -> None:
    articles = stream()
    alone = judge_with(Deduplicator(MemoryStore(settings), settings), candidates=True)
    expected = [_shown(answer) for batch in batches(articles) for answer in alone(batch)]
    found = [_shown(answer) for answers in workers(jobs).judge(batches(articles)) for answer in answers]
    assert found == expected
    assert {answer["body"]["verdict"] for answer in found if isinstance(answer, dict)} >= {"new", "copy"}


def _shown(answer: object) -> object:
    return (type(answer), str(answer)) if isinstance(answer, ArticleError) else answer


def test_a_store_that_is_away_ends_the_stream_with_its_error(workers: Callable[..., Workers], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="store"):
        list(workers(2, f"unix://{tmp_path}/nobody").judge(batches(stream())))


def test_a_process_that_is_killed_ends_the_stream(workers: Callable[[int], Workers]) -> None:
    some = workers(2)

    def endless() -> Iterator[Sequence[Article]]:
        for n in range(10_000):
            yield [Article(f"{n}", body=unrelated_text(n, 30))]
            if n == 20:
                some._processes[0].kill()

    with pytest.raises(WorkerLostError, match="run the command again"):
        list(some.judge(endless()))


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("bands", "must be 1 to 64"),
        EmptyArticleError(),
        ArticleTooLongError("title", 9, 8, "characters"),
        IdTakenError("a"),
        UnknownArticleError("a"),
        TemplateError("name", "is too long"),
        IndexMismatchError("one", "other"),
        StoreError("admit", "away"),
        StoreTimeoutError("admit"),
        StoreFullError("admit"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_are_handed_from_process_to_process_whole(error: DedupError) -> None:
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error)
    assert (str(other), other.code, vars(other)) == (str(error), error.code, vars(error))
