"""The same articles get the same verdicts, whatever the store, the batch, the way in, or the crowd around them."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from dedup import Article, Deduplicator, Settings, Verdict
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore
from dedup.store.redis import RedisStore
from service.formats.article import article_from_json
from tests.requirements import data_folder, needs_data

NOW_S = 1_762_700_000.0
SAMPLE = Path(__file__).parents[2] / "service" / "sample" / "day.jsonl"
CLIENTS, TEXTS = 16, 200

Objects = list[dict[str, Any]]


def _sample() -> Objects:
    return [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]


def _corpus() -> Objects:
    import gzip

    folder = data_folder()
    assert folder is not None
    with gzip.open(folder / "saudi_dev" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(next(lines)) for _ in range(500)]


def _lines(deduplicator: Deduplicator, objects: Objects, batch: int) -> list[bytes]:
    articles = [article_from_json(o, default_id=lambda: "") for o in objects]
    lines = []
    for start in range(0, len(articles), batch):
        for answer in deduplicator.check(articles[start : start + batch], now_s=NOW_S):
            assert isinstance(answer, Verdict), answer
            lines.append(orjson.dumps(answer.as_dict()))
    return lines


@pytest.mark.parametrize("read", [_sample, pytest.param(_corpus, marks=needs_data)])
def test_stores_batches_dry_run_and_http_agree_to_the_byte(
    read: Callable[[], Objects], redis_url: str, settings: Settings, namespace: str, make_client: Callable[..., FlaskClient]
) -> None:
    objects = read()
    expected = _lines(Deduplicator(MemoryStore(settings), settings), objects, 1)
    for batch in (50, 500):
        assert _lines(Deduplicator(MemoryStore(settings), settings), objects, batch) == expected
        store = RedisStore.from_url(redis_url, settings, f"{namespace}-{batch}", timeout_s=5.0)
        assert _lines(Deduplicator(store, settings), objects, batch) == expected
        store.close()
    empty = RedisStore.from_url(redis_url, settings, f"{namespace}-dry", timeout_s=5.0)
    assert _lines(Deduplicator(OverlayStore(empty, settings), settings), objects, 50) == expected
    assert empty.size() == 0
    empty.close()
    client = make_client()
    posted = [client.post("/v1/articles", json=o).get_json() for o in objects]
    assert posted == [json.loads(line) for line in expected]


WORDS = """
    مجلس وزارة قرار مشروع مدينة طريق ميناء مصنع مدرسة جامعة مستشفى خطة لجنة اتفاق تعاون دعم تطوير افتتاح إنشاء
    تمويل دراسة تقرير بيان اجتماع مؤتمر معرض مهرجان بطولة فريق مباراة هدف مدرب لاعب نتيجة سوق سعر نفط ذهب عملة
    بنك قرض ميزانية عجز فائض نمو تضخم بطالة زراعة قمح تمر مياه سد نهر بحر جبل صحراء واحة قرية بلدة حي شارع جسر
    قطار مطار طائرة سفينة شاحنة حافلة سيارة وقود كهرباء طاقة شمس رياح
""".split()  # noqa: SIM905 - a list of words reads better so


def _texts() -> list[str]:
    generator = random.Random(7)
    return [" ".join(generator.choices(WORDS, k=60)) + "." for _ in range(TEXTS)]


def _crowd(redis_url: str, settings: Settings, namespace: str, name: Callable[[int, int], str]) -> list[list[Verdict]]:
    """What CLIENTS clients get that post the same texts at once, each in an order of its own."""
    texts = _texts()
    answers: list[list[Verdict]] = [[] for _ in range(CLIENTS)]
    start = threading.Barrier(CLIENTS)

    def post(client: int) -> None:
        store = RedisStore.from_url(redis_url, settings, namespace, timeout_s=30.0)
        deduplicator = Deduplicator(store, settings)
        order = list(range(TEXTS))
        random.Random(client).shuffle(order)
        start.wait()
        for t in order:
            article = Article(name(client, t), source=f"outlet-{client}", url=f"https://example.org/{client}/{t}", body=texts[t])
            if name(0, t) == name(1, t):
                article = Article(name(client, t), source="desk", body=texts[t])
            (answer,) = deduplicator.check([article], now_s=NOW_S)
            assert isinstance(answer, Verdict), answer
            answers[client].append(answer)
        store.close()

    threads = [threading.Thread(target=post, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _verdicts(answers: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    flat = [verdict for client in answers for verdict in client]
    assert len(flat) == CLIENTS * TEXTS
    return flat


def test_of_one_text_under_many_ids_exactly_one_is_new_and_all_others_name_it(
    redis_url: str, settings: Settings, namespace: str
) -> None:
    verdicts = _verdicts(_crowd(redis_url, settings, namespace, lambda client, t: f"{client}-{t}"))
    new = [v for v in verdicts if v.body.verdict == "new"]
    assert len(new) == TEXTS
    original = {v.id.split("-")[1]: v.id for v in new}
    assert len(original) == TEXTS
    for verdict in verdicts:
        if verdict.body.verdict != "new":
            assert verdict.body.verdict == "repeat"
            assert verdict.body.match is not None
            assert verdict.body.match.id == original[verdict.id.split("-")[1]]


def test_one_id_posted_by_many_clients_is_decided_once_and_replayed_ever_after(
    redis_url: str, settings: Settings, namespace: str
) -> None:
    verdicts = _verdicts(_crowd(redis_url, settings, namespace, lambda _client, t: f"item-{t}"))
    assert Counter(v.replayed for v in verdicts) == {False: TEXTS, True: TEXTS * (CLIENTS - 1)}
    store = RedisStore.from_url(redis_url, settings, namespace, timeout_s=5.0)
    assert len(store.decisions(limit=0)) == TEXTS
    store.close()
    assert {v.body.verdict for v in verdicts} == {"new"}
