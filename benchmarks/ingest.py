"""Check-and-add of the measuring corpus into Redis, everything included, beside datasketch on Redis doing less.

    python -m benchmarks.ingest [--articles N] [--runs 5] [--docs]

All write to one embedded server with its append-only file on (everysec), each to an empty one, in batches; in every run all have
their turn, and ratios are taken run by run. datasketch signs whitespace words in runs of three and inserts what it signed in an
`insertion_session` at threshold 0.5: it neither looks for candidates nor keeps texts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import redis
from datasketch import MinHash, MinHashLSH

from benchmarks.corpus import load, parser
from benchmarks.environment import brief
from benchmarks.quality import write_docs
from benchmarks.recording import batches
from benchmarks.results import FOLDER, Spread, draw, ratios, write
from dedup import Article, Deduplicator
from dedup.prepare import Prepared, prepare
from dedup.store.redis import RedisStore
from service import collector
from service.config import Config
from service.embedded import EmbeddedRedis, find_server
from service.kernels import load_now
from service.parallel import Workers

PAGE = FOLDER / "ingest.md"
BATCH = 50
JOBS = 2
THRESHOLD = 0.5
OURS, SHARED, UNVERIFIED = "Mukarrar", f"Mukarrar, {JOBS} processes", "Mukarrar without verification"
LEGACY, NEWER, BULK = "datasketch, legacy scheme", "datasketch, scheme of 2.0", "datasketch, scheme of 2.0, bulk"
PEERS = (LEGACY, NEWER, BULK)

Articles = Sequence[Article]


@dataclass(frozen=True)
class Bar:
    ours: str
    must: float
    aim: float


BARS = (Bar(OURS, 2, 5), Bar(SHARED, 2, 5), Bar(UNVERIFIED, 5, 8))


def ours(articles: Articles, config: Config, url: str) -> None:
    """What `mukarrar check` does, without its reading and writing of lines."""
    store = RedisStore.from_url(url, config.settings, timeout_s=config.store_timeout_s)
    deduplicator = Deduplicator(store, config.settings)
    for batch in batches(articles, BATCH):
        deduplicator.check(batch, now_s=time.time())
    store.close()


def shared(articles: Articles, config: Config, url: str) -> None:
    """The same by several processes; their start counts."""
    workers = Workers(config, url, jobs=JOBS, candidates=False)
    for _ in workers.judge(batches(articles, BATCH)):
        pass
    workers.close()


def unverified(articles: Articles, config: Config, url: str) -> None:
    """Normalised, taken apart, signed, indexed and stored; candidates are looked up and not compared."""
    store = RedisStore.from_url(url, config.settings, timeout_s=config.store_timeout_s)
    for batch in batches(articles, BATCH):
        found = [prepare(article, config.settings, now_s=time.time()) for article in batch]
        store.admit([p.entry for p in found if isinstance(p, Prepared)], now_s=time.time())
    store.close()


def datasketch(articles: Articles, _: Config, url: str, *, scheme: str, bulk: bool = False) -> None:
    """MinHash of the raw body and `insertion_session`."""
    storage = {"type": "redis", "basename": b"peer", "redis": {"unix_socket_path": urlsplit(url).path}}
    index = MinHashLSH(threshold=THRESHOLD, num_perm=128, storage_config=storage)
    with index.insertion_session() as session:
        if bulk:
            signed = MinHash.generator(map(_tokens, articles), num_perm=128, scheme=scheme)
        else:
            signed = (_signed(article, scheme) for article in articles)
        for article, signature in zip(articles, signed, strict=True):
            session.insert(article.id, signature, check_duplication=False)


def _signed(article: Article, scheme: str) -> MinHash:
    signature = MinHash(num_perm=128, scheme=scheme)
    signature.update_batch(_tokens(article))
    return signature


def _tokens(article: Article) -> list[bytes]:
    words = article.body.split()
    return [" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)]


CONTENDERS: dict[str, Callable[[Articles, Config, str], None]] = {
    OURS: ours,
    SHARED: shared,
    UNVERIFIED: unverified,
    LEGACY: partial(datasketch, scheme="legacy"),
    NEWER: partial(datasketch, scheme="affine32"),
    BULK: partial(datasketch, scheme="affine32", bulk=True),
}


def clock(articles: Articles, runs: int, appendfsync: str) -> dict[str, list[float]]:
    """Seconds of the clock for each contender in each run."""
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    config = replace(Config.load(), store_timeout_s=30.0)
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedRedis(Path(folder), appendfsync=appendfsync, binary=find_server()) as server,
    ):
        client = redis.Redis.from_url(server.url)
        for _ in range(runs):
            for name, run in CONTENDERS.items():
                client.flushall()
                started = time.perf_counter()
                run(articles, config, server.url)
                spent[name].append(time.perf_counter() - started)
        client.close()
    return spent


def table(spent: dict[str, list[float]], articles: int, runs: int) -> str:
    rows = ["| what | articles a second | ms an article |", "|---|---|---|"]
    for name, seconds in spent.items():
        rate, each = Spread.of([articles / s for s in seconds]), Spread.of([1000 * s / articles for s in seconds])
        rows.append(f"| {name} | {rate.median:,.0f} [{rate.low:,.0f}, {rate.high:,.0f}] | {each} |")
    rows += ["", "| ours | peer | times as fast | must | aim | met |", "|---|---|---|---|---|---|"]
    for bar in BARS:
        for peer in PEERS:
            ratio = ratios(spent[peer], spent[bar.ours])
            met = "aim" if ratio.median >= bar.aim else "must" if ratio.median >= bar.must else "**no**"
            rows.append(f"| {bar.ours} | {peer} | {ratio} | {bar.must}x | {bar.aim}x | {met} |")
    machine = brief("numba", "numpy", "datasketch", "redis")
    rows += ["", f"{articles:,} articles in batches of {BATCH}, {runs} runs: median [smallest, largest]. {machine}."]
    return "\n".join(rows)


def plot(spent: dict[str, list[float]], articles: int) -> None:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(7, 2.6))
    axes = drawing.subplots()
    rates = [Spread.of([articles / s for s in spent[name]]) for name in CONTENDERS]
    errors = [[r.median - r.low for r in rates], [r.high - r.median for r in rates]]
    axes.barh(list(CONTENDERS), [r.median for r in rates], xerr=errors, color=["#1b7f79"] * 3 + ["#9a9a9a"] * 3)
    axes.invert_yaxis()
    axes.set_xlabel("articles a second into Redis; datasketch neither looks up nor keeps texts")
    draw("ingest", drawing)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--articles", type=int, default=0, help="the first N of the corpus; 0: all")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--appendfsync", choices=("everysec", "always"), default="everysec")
    arguments.add_argument("--docs", action="store_true", help=f"rewrite {PAGE} and its JSON and plot")
    options = arguments.parse_args()
    articles = load(options.data).articles
    articles = articles[: options.articles or len(articles)]
    load_now(Config.load())
    collector.settle()
    spent = clock(articles, options.runs, options.appendfsync)
    page = table(spent, len(articles), options.runs)
    print(page)
    if options.docs:
        command = f"python -m benchmarks.ingest --articles {len(articles)} --docs"
        rates = {name: Spread.of([len(articles) / s for s in seconds]) for name, seconds in spent.items()}
        against = {f"{bar.ours} / {peer}": ratios(spent[peer], spent[bar.ours]) for bar in BARS for peer in PEERS}
        write("ingest", command, {"articles": len(articles), "articles a second": rates, "times as fast": against})
        plot(spent, len(articles))
        write_docs(PAGE, "ingest", page)


if __name__ == "__main__":
    main()
