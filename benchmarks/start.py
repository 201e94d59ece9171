"""How long the service takes to be ready, how long the command takes to help, and what a worker holds after many articles.

    python -m benchmarks.start                                # start to ready, --help, memory after 10,000 articles
    python -m benchmarks.start --articles 100000 --docs       # writes docs/performance/start.{json,svg,md}

Start to ready runs from the start of the process, the embedded Redis in an empty folder included, to the first 200 of /readyz;
files are in the page cache. Memory is the resident memory of the one worker of a server to which synthetic articles are posted
in bulk, each another one.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks import environment, posts, results, served
from benchmarks.corpus import parser
from benchmarks.results import Spread
from service.client import Client

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POINTS = 20  # of the memory curve


def start_to_ready(runs: int) -> list[float]:
    """Seconds, one value a run, after one run that is not counted."""
    return [_ready_after() for _ in range(runs + 1)][1:]


def _ready_after() -> float:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="mukarrar-") as folder:
        command = [sys.executable, "-m", "service.cli", "serve"]
        env = served.environment({"port": port, "data_dir": folder})
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not _is_ready(port):
                if process.poll() is not None:
                    raise RuntimeError(f"the server ended with {process.returncode}")
                time.sleep(0.002)
            return time.perf_counter() - start
        finally:
            process.terminate()
            process.wait()


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def help_after(runs: int) -> list[float]:
    """Seconds until `--help` has been printed, one value a run, after one run that is not counted."""
    took = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "service.cli", "--help"], stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - start)
    return took[1:]


def memory(count: int) -> list[tuple[int, float]]:
    """Articles posted so far, and the worker's resident memory in MB then."""
    curve = []
    articles = posts.synthetic()
    step = max(1, count // _POINTS)
    with (
        served.redis() as redis,
        served.serving("service.cli", "serve", redis_url=redis.url, workers=1, port=0, log_level="warning") as server,
        closing(Client(f"http://127.0.0.1:{server.port}", timeout_s=600)) as client,
    ):
        client.check(list(islice(articles, 1)))
        (worker,) = server.workers
        curve.append((1, served.resident_mb(worker)))
        for done in range(step, count + 1, step):
            client.check(list(islice(articles, step)))
            curve.append((done, served.resident_mb(worker)))
    return curve


def section(figures: dict[str, Any], command: str, machine: str) -> str:
    """docs/performance/start.md."""
    curve = figures["resident MB of a worker by articles"]
    shown = [curve[n] for n in sorted({0, *(round(len(curve) * part) - 1 for part in (0.25, 0.5, 0.75, 1))})]
    lines = [
        "# Start and memory",
        "",
        f"Made by `{command}` on {machine}; median [least, most] of {figures['runs']} runs, files in the page cache.",
        "",
        "| | |",
        "|---|---|",
        f"| process start to ready, with an embedded Redis in an empty folder | {figures['start to ready, s']} s |",
        f"| `mukarrar --help` | {figures['--help, s']} s |",
        *(f"| resident memory of a worker after {articles:,} synthetic articles | {mb:.0f} MB |" for articles, mb in shown),
        "",
        "![resident memory of a worker by articles posted](start.svg)",
    ]
    return "\n".join(lines) + "\n"


def drawing(curve: Iterable[tuple[int, float]]) -> Figure:
    """Memory by articles."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4))
    axes = figure.subplots()
    articles, mb = zip(*curve, strict=True)
    axes.plot(articles, mb, marker="o")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("articles posted")
    axes.set_ylabel("resident MB of the worker")
    axes.grid(alpha=0.3)
    return figure


def main() -> None:
    """Measure, print, and with --docs write what docs/performance shows."""
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=9)
    arguments.add_argument("--articles", type=int, default=10_000, help="posted before memory is read the last time")
    arguments.add_argument("--docs", action="store_true", help="write docs/performance/start.{json,svg,md}")
    args = arguments.parse_args()
    subprocess.run([sys.executable, "-m", "service.kernels"], check=True)  # a warm start finds them compiled
    figures: dict[str, Any] = {
        "runs": args.runs,
        "start to ready, s": Spread.of(start_to_ready(args.runs)),
        "--help, s": Spread.of(help_after(args.runs)),
        "resident MB of a worker by articles": memory(args.articles),
    }
    command = f"python -m benchmarks.start --articles {args.articles}"
    text = section(figures, command, environment.brief("flask", "gunicorn", "redis"))
    print(text)
    if args.docs:
        results.write("start", command, figures)
        results.draw("start", drawing(figures["resident MB of a worker by articles"]))
        (results.FOLDER / "start.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
