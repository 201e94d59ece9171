"""What HTTP costs: single POSTs unloaded and under load against an empty Flask endpoint on the same server, and bulk posts.

    python -m benchmarks.load                       # synthetic articles
    python -m benchmarks.load --data FOLDER --docs  # articles of the measuring corpus; writes docs/performance/load.{json,svg,md}

Servers, Redis and load are processes of their own on this machine. Runs alternate between the servers, and a ratio is taken
inside one run. The index is warm: `--warm` articles are in it before anything is measured.
"""

from __future__ import annotations

import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import environment, posts, results, served, wire
from benchmarks.corpus import parser
from benchmarks.results import Spread, ratios

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = (0.3, 0.5, 0.7, 0.9)  # of the throughput under load, for the open loop
QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
_LIGHT = 8  # so many times as many posts to a server that judges nothing, lest its run be over at once


class Feed:
    """Bodies that nobody has posted yet; ends the program where they run out."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self._bodies: Iterator[bytes] = iter(bodies)

    def take(self, count: int) -> list[bytes]:
        """The next `count` bodies."""
        taken = list(islice(self._bodies, count))
        if len(taken) < count:
            sys.exit("the articles have run out: lower --runs, --posts or --warm")
        return taken

    def requests(self, count: int) -> list[bytes]:
        """The next `count` bodies, each as a POST."""
        return [wire.request_of(body) for body in self.take(count)]


def quantile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds; the value that `share` of them do not exceed."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# ── single posts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def unloaded(servers: dict[str, served.Served], feed: Feed, *, runs: int, count: int) -> dict[str, Any]:
    """One client, one request at a time, the same request to each server in turn."""
    ms: dict[str, dict[str, list[float]]] = {name: {"p50": [], "p95": [], "p99": []} for name in servers}
    judging: list[float] = []
    log = servers["ours"].log
    for _ in range(runs):
        at = log.stat().st_size
        took = wire.alternately([server.port for server in servers.values()], feed.requests(count))
        for of_server, seconds in zip(ms.values(), took, strict=True):
            for name, values in of_server.items():
                values.append(quantile(seconds, int(name[1:]) / 100))
        judging.append(statistics.mean(_judged_ms(log, at)) / (1000 * statistics.mean(took[0])))
    return {
        "ms": {name: {q: Spread.of(values) for q, values in of_server.items()} for name, of_server in ms.items()},
        "times the empty endpoint": {
            name: {q: ratios(of_server[q], ms["empty"][q]) for q in of_server} for name, of_server in ms.items()
        },
        "share of the time in Deduplicator.check": Spread.of(judging),
    }


def _judged_ms(log: Path, at: int) -> list[float]:
    """What each `Deduplicator.check` took, from the log lines written since it was `at` bytes long."""
    with log.open("rb") as lines:
        lines.seek(at)
        return [json.loads(line)["took_ms"] for line in lines if b'"article.checked"' in line]


def loaded(
    servers: dict[str, served.Served], redis: served.Redis, feed: Feed, *, runs: int, count: int, clients: int
) -> dict[str, Any]:
    """As many as will go, from `clients` connections that are never idle; processor time beside it."""
    rates: dict[str, list[float]] = {name: [] for name in servers}
    cost: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(runs):
        requests = feed.requests(count)
        for name, server in servers.items():
            sent = requests if name == "ours" else requests * _LIGHT
            before = server.cpu_s() + served.cpu_s(redis.pid)
            rates[name].append(wire.closed_loop(server.port, sent, clients=clients))
            cost[name].append(1000 * (server.cpu_s() + served.cpu_s(redis.pid) - before) / len(sent))
    return {
        "clients": clients,
        "posts a second": {name: Spread.of(values) for name, values in rates.items()},
        "share of the empty endpoint": {name: ratios(values, rates["empty"]) for name, values in rates.items()},
        "processor ms a post, Redis included": {name: Spread.of(values) for name, values in cost.items()},
    }


def at_rates(server: served.Served, feed: Feed, *, most: float, runs: int, count: int) -> list[dict[str, Any]]:
    """Latency at given shares of the throughput, from when each request was due."""
    rows = []
    for share in SHARES:
        seconds = [wire.open_loop(server.port, feed.requests(count), rate=share * most, clients=128) for _ in range(runs)]
        ms = {f"p{100 * q:g}": Spread.of([quantile(run, q) for run in seconds]) for q in QUANTILES}
        rows.append(
            {"share": share, "posts a second": share * most, "ms": ms, "all ms": sorted(1000 * s for r in seconds for s in r)}
        )
    return rows


# ── bulk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bulk(redis: served.Redis, bodies: Sequence[bytes], *, runs: int, settings: dict[str, Any]) -> dict[str, Any]:
    """The same file posted in bulk and read by `mukarrar check`, each into an empty index of the same Redis."""
    over_http: list[float] = []
    by_command: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mukarrar-") as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_bytes(b"".join(body + b"\n" for body in bodies))
        for run in range(runs):
            by_command.append(_checked(path, redis, f"check-{run}"))
            with served.serving("service.cli", "serve", **settings, namespace=f"bulk-{run}") as server:
                over_http.append(_posted(server, path))
    return {
        "articles": len(bodies),
        "over HTTP, articles a second": Spread.of(over_http),
        "mukarrar check, articles a second": Spread.of(by_command),
        "share": ratios(over_http, by_command),
    }


def _checked(path: Path, redis: served.Redis, namespace: str) -> float:
    """Articles a second by what the command itself says, so without its start."""
    command = [sys.executable, "-m", "service.cli", "check", str(path), "--redis", redis.url, "--namespace", namespace]
    done = subprocess.run(command, env=served.environment({}), capture_output=True, text=True, check=True)
    found = re.search(r"([\d,]+) articles judged in ([\d.]+) s", done.stderr)
    assert found, done.stderr
    return int(found.group(1).replace(",", "")) / float(found.group(2))


def _posted(server: served.Served, path: Path) -> float:
    """Articles a second, from the first byte sent to the last one received."""
    body = path.read_bytes()
    head = "POST /v1/articles:bulk HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=600) as connection:
        start = time.perf_counter()
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii"))
        sender = threading.Thread(target=connection.sendall, args=(body,))
        sender.start()
        reply = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        sender.join()
        took = time.perf_counter() - start
    lines = reply.count(b'{"id":')
    assert lines >= body.count(b"\n"), reply[:1000]
    return body.count(b"\n") / took


# ── what is left of it ───────────────────────────────────────────────────────────────────────────────────────────────


def section(figures: dict[str, Any], command: str, machine: str) -> str:
    """docs/performance/load.md."""
    one, many = figures["unloaded"], figures["under load"]
    always, always_ms = figures["always"]["posts a second"], figures["always, unloaded"]["ms"]["ours"]
    times, share = one["times the empty endpoint"], many["share of the empty endpoint"]
    rate, cost = many["posts a second"], many["processor ms a post, Redis included"]
    lines = [
        "# What HTTP costs",
        "",
        f"Made by `{command}` on {machine}; {figures['articles']}, {figures['warm']:,} of them in the index beforehand; median "
        f"[least, most] of {figures['runs']} runs. The empty endpoint reads and parses the same JSON and returns 1 kB, on the "
        "same server; the service without verdicts is ours around a judge that gives every article the same verdict at once.",
        "",
        "| one client, one post at a time | p50 ms | p95 ms | p99 ms | p50, times the empty endpoint | p95 |",
        "|---|---|---|---|---|---|",
        *(
            f"| {title} | {one['ms'][name]['p50']} | {one['ms'][name]['p95']} | {one['ms'][name]['p99']} "
            f"| {times[name]['p50']} | {times[name]['p95']} |"
            for name, title in _TITLES.items()
        ),
        "",
        "Of the time of our posts a share of "
        f"{one['share of the time in Deduplicator.check']} lies in `Deduplicator.check`, Redis included.",
        "",
        f"| {many['clients']} clients, never idle | posts a second | share of the empty endpoint | CPU ms a post, Redis too |",
        "|---|---|---|---|",
        *(f"| {title} | {rate[name]} | {share[name]} | {cost[name]} |" for name, title in _TITLES.items()),
        "",
        "Posts that come at a given rate, whatever the server does (open loop); the time runs from when a post was due:",
        "",
        "| share of the throughput | posts a second | p50 ms | p90 ms | p95 ms | p99 ms |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row['share']:.0%} | {row['posts a second']:,.0f} "
            f"| {row['ms']['p50']} | {row['ms']['p90']} | {row['ms']['p95']} | {row['ms']['p99']} |"
            for row in figures["at rates"]
        ),
        "",
        "![latency by share of posts, at each rate](load.svg)",
        "",
        "| the same file, each time into an empty index | articles a second |",
        "|---|---|",
        f"| posted to `/v1/articles:bulk` | {figures['bulk']['over HTTP, articles a second']} |",
        f"| read by `mukarrar check` | {figures['bulk']['mukarrar check, articles a second']} |",
        f"| share | {figures['bulk']['share']} |",
        "",
        f"`appendfsync` is `everysec`. With `always`: {always['ours']} posts a second under load; unloaded p50 "
        f"{always_ms['p50']} ms, p95 {always_ms['p95']} ms.",
    ]
    return "\n".join(lines) + "\n"


_TITLES = {"ours": "ours", "service": "the service without verdicts", "empty": "empty endpoint"}


def drawing(rows: Sequence[dict[str, Any]]) -> Figure:
    """Latency by share of posts, a line a rate, as latency histograms are usually drawn."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5))
    axes = figure.subplots()
    for row in rows:
        ms = row["all ms"]
        beyond = [1 - n / len(ms) for n in range(len(ms))]
        axes.plot([1 / b for b in beyond], ms, label=f"{row['share']:.0%}: {row['posts a second']:,.0f} a second")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 2, 10, 20, 100, 1000], ["0", "50 %", "90 %", "95 %", "99 %", "99.9 %"])
    axes.set_xlabel("share of posts answered within")
    axes.set_ylabel("ms from when the post was due")
    axes.legend(title="of the throughput")
    axes.grid(alpha=0.3)
    return figure


def main() -> None:
    """Measure, print, and with --docs write what docs/performance shows."""
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--posts", type=int, default=400, help="posts in one run")
    arguments.add_argument("--warm", type=int, default=2000, help="articles in the index beforehand")
    arguments.add_argument("--clients", type=int, default=16, help="connections under load")
    arguments.add_argument("--workers", type=int, default=2, help="processes of each server")
    arguments.add_argument("--docs", action="store_true", help="write docs/performance/load.{json,svg,md}")
    args = arguments.parse_args()
    runs, count = args.runs, args.posts
    subprocess.run([sys.executable, "-m", "service.kernels"], check=True)  # lest they be compiled while something is measured
    found, kind = posts.articles(args.warm + runs * count * (2 + len(SHARES)), args.data)
    bodies = posts.bodies(found)
    figures: dict[str, Any] = {"articles": kind, "warm": args.warm, "runs": runs, "posts in a run": count}
    for appendfsync in ("everysec", "always"):
        with ExitStack() as stack:
            redis = stack.enter_context(served.redis(appendfsync))
            settings = {"redis_url": redis.url, "workers": args.workers, "port": 0}
            servers = {"ours": stack.enter_context(served.serving("service.cli", "serve", **settings))}
            for name in ("empty", "service"):
                servers[name] = stack.enter_context(served.serving("benchmarks.endpoints", name, f"--workers={args.workers}"))
            feed = Feed(bodies)
            wire.closed_loop(servers["ours"].port, feed.requests(args.warm), clients=args.clients)
            one = unloaded(servers, feed, runs=runs, count=count)
            many = loaded(servers, redis, feed, runs=runs, count=count, clients=args.clients)
            if appendfsync == "always":
                figures |= {"always, unloaded": one, "always": many}
                break
            rows = at_rates(servers["ours"], feed, most=many["posts a second"]["ours"].median, runs=runs, count=count)
            plot = drawing(rows)
            figures |= {"unloaded": one, "under load": many, "at rates": rows}
            for row in rows:
                del row["all ms"]
            for server in servers.values():  # only those that are measured run beside a bulk post
                server.stop()
            figures["bulk"] = bulk(redis, bodies[:2000], runs=runs, settings=settings)
    command = "python -m benchmarks.load" + " --data FOLDER" * bool(args.data)
    text = section(figures, command, environment.brief("flask", "gunicorn", "redis"))
    print(text)
    if args.docs:
        results.write("load", command, figures)
        results.draw("load", plot)
        (results.FOLDER / "load.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
