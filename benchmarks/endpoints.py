"""What a POST costs on our server where no verdict is sought: the two yardsticks of `load.py`.

    python -m benchmarks.endpoints empty
    python -m benchmarks.endpoints service
    python -m benchmarks.endpoints profile   # in this process, without a server: processor time an article, and where it goes

`empty` is a Flask route that reads and parses the JSON it is sent and returns 1 kB, on the same gunicorn worker class with the
same settings. `service` is the whole service around a Deduplicator that gives every article the same verdict at once.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import os
import pstats
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from functools import partial
from itertools import chain
from pathlib import Path

import orjson
from flask import Flask, Response, request

from benchmarks import posts
from benchmarks.results import Spread
from dedup import Article, Deduplicator, Verdict
from dedup.deduplicator import Turns
from dedup.errors import ArticleError
from dedup.store.memory import MemoryStore
from service import logs
from service.app import create_app
from service.auth import Keyring
from service.batch import judge_with, one_at_a_time, verdict_lines
from service.config import Config
from service.keys import Act, Key, Person, Table, issue
from service.readers.jsonl import articles, split_lines
from service.serve import Server

REPLY = b'{"reply": "%s"}\n' % (b"x" * 985)


def empty() -> Flask:
    """One route, nothing around it."""
    app = Flask("empty")

    @app.post("/v1/articles")
    def post() -> Response:
        request.get_json()
        return Response(REPLY, mimetype="application/json")

    return app


class AtOnce(Deduplicator):
    """Knows its answer beforehand."""

    def __init__(self, config: Config) -> None:
        super().__init__(MemoryStore(config.settings), config.settings)
        article = Article("a", source="barq24", title="خبر للقياس", body="نص قصير للقياس لا يشبه غيره من النصوص هنا أبداً")
        (self._answer,) = super().check([article], now_s=1.0)

    def check(self, articles: Sequence[Article], *, now_s: float, turns: Turns | None = None) -> list[Verdict | ArticleError]:  # noqa: ARG002
        return [self._answer] * len(articles)


class FewKeys:
    """A KeyStore that holds what `issue` made, for as long as the process runs."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    def table(self, used: Mapping[str, float]) -> Table:  # noqa: ARG002
        return Table(bool(self._keys), {key.id: key for key in self._keys.values()})

    def used(self) -> Mapping[str, float]:
        return {}

    def create(self, key: Key, act: Act) -> bool:  # noqa: ARG002
        return self._keys.setdefault(key.name, key) is key

    def revoke(self, name: str, act: Act) -> bool:  # noqa: ARG002
        return self._keys.pop(name, None) is not None

    def record(self, act: Act) -> None:
        """Forgotten."""

    def acts(self, *, before: str, limit: int) -> list[tuple[str, Act]]:  # noqa: ARG002
        return []

    def close(self) -> None:
        """There is nothing to close."""


def profile(config: Config, *, count: int = 3000, runs: int = 5) -> None:
    """Print CPU microseconds an article of each way in, and the functions of a single post with what lies below them."""
    bodies = posts.bodies(posts.articles(300, "")[0])
    profiler = cProfile.Profile()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):  # where the log lines go
        logs.set_up("info")
        judge = AtOnce(config)
        service = create_app(config, judge, Keyring(FewKeys()))
        keys = FewKeys()
        _, key = issue(keys, "cms", ["ingest"], expires_s=None, by=Person("", "command"), now_s=time.time())
        closed = create_app(config, judge, Keyring(keys))
        ways: dict[str, Callable[[], None]] = {
            "empty": partial(_post, empty(), bodies, count),
            "service": partial(_post, service, bodies, count),
            "service, with a key": partial(_post, closed, bodies, count, key),
            "service, in bulk": partial(_post_in_bulk, service, bodies, count),
            "mukarrar check": partial(_check, judge, bodies, count),
        }
        us: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                start = time.process_time()
                way()
                us[name].append(1e6 * (time.process_time() - start) / count)
        profiler.runcall(ways["service"])
    for name, values in us.items():
        print(f"{name}: {Spread.of(values)} us an article")
    pstats.Stats(profiler).sort_stats("cumulative").print_stats("service/|structlog/_base", 30)


def _post(application: Flask, bodies: Sequence[bytes], count: int, key: str = "") -> None:
    for n in range(count):
        assert _answer(application, "/v1/articles", "application/json", bodies[n % len(bodies)], key)


def _post_in_bulk(application: Flask, bodies: Sequence[bytes], count: int) -> None:
    assert _answer(application, "/v1/articles:bulk", "application/x-ndjson", _lines(bodies, count)).count(b"\n") == count


def _check(judge: Deduplicator, bodies: Sequence[bytes], count: int) -> None:
    """What `mukarrar check` does between its input and its output."""
    lines = split_lines([_lines(bodies, count)], max_line_bytes=1_000_000)
    records = articles(chain.from_iterable(lines), str)
    out = b"".join(orjson.dumps(line) for line in verdict_lines(records, one_at_a_time(judge_with(judge)), batch=50))
    assert out


def _lines(bodies: Sequence[bytes], count: int) -> bytes:
    return b"".join(bodies[n % len(bodies)] + b"\n" for n in range(count))


def _answer(application: Flask, path: str, content_type: str, body: bytes, key: str = "") -> bytes:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    if key:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    def start(status: str, *_: object) -> Callable[[bytes], object]:
        assert status == "200 OK"
        return lambda _: None

    return b"".join(application(environ, start))


def main() -> None:
    """Serve until stopped; the address is printed once it listens."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["empty", "service", "profile"])
    parser.add_argument("--workers", type=int, default=Config().workers)
    args = parser.parse_args()
    config = Config(port=0, workers=args.workers)
    if args.kind == "profile":
        profile(config)
        return
    make = empty if args.kind == "empty" else lambda: create_app(config, AtOnce(config), Keyring(FewKeys()))
    Server(config, make, when_ready=lambda address: print(address, flush=True)).run()


if __name__ == "__main__":
    main()
