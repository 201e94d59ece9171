"""What a POST costs on our server where no verdict is sought: the two yardsticks of `load.py`.

    python -m benchmarks.endpoints empty
    python -m benchmarks.endpoints service

`empty` is a Flask route that reads and parses the JSON it is sent and returns 1 kB, on the same gunicorn worker class with the
same settings. `service` is the whole service around a Deduplicator that gives every article the same verdict at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from flask import Flask, Response, request

from dedup import Article, Deduplicator, Verdict
from dedup.deduplicator import Turns
from dedup.errors import ArticleError
from dedup.store.memory import MemoryStore
from service.app import create_app
from service.config import Config
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


def main() -> None:
    """Serve until stopped; the address is printed once it listens."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["empty", "service"])
    parser.add_argument("--workers", type=int, default=Config().workers)
    args = parser.parse_args()
    config = Config(port=0, workers=args.workers)
    make = empty if args.kind == "empty" else lambda: create_app(config, AtOnce(config))
    Server(config, make, when_ready=lambda address: print(address, flush=True)).run()


if __name__ == "__main__":
    main()
