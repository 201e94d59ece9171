"""How a check-and-add grows with the index: `python -m benchmarks.growth [--docs]`; 1,000,000 synthetic articles take about
fifteen minutes and 3 GB.

An embedded server is filled in bulk (entries made from the places of words, verdicts by rule); what an article then costs is the
mean over the last tenth of each size. At each size 400 articles more go through the whole check: candidates verified, verdicts
recorded. One generation throughout.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.filling import BATCH, Cost, fill, memory, parts, server, server_name
from benchmarks.results import FOLDER, draw, write
from benchmarks.synthetic import COPIES, Stream
from dedup import Deduplicator, Settings, Verdict

SIZES = (10_000, 100_000, 1_000_000)
SAMPLE = 400
INDEX = ("lists", "claims", "rows")


@dataclass(frozen=True, slots=True)
class Sample:
    """The whole check on new articles of the stream."""

    check_ms: float  # of this process's processor and the server's, an article
    candidates: float
    copies: int
    compared: int  # copies whose original was among the articles compared
    flagged: int  # copies called duplicates


@dataclass(frozen=True, slots=True)
class Size:
    articles: int
    cost: Cost
    bytes_an_article: float
    rss_an_article: float
    keys: int
    parts: dict[str, float]
    sample: Sample


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--docs", action="store_true", help="write docs/performance/growth.md, .json and .svg")
    args = arguments.parse_args()
    settings = Settings()
    sizes: list[Size] = []
    with server(settings) as (client, store):
        empty, name = memory(client), server_name(client)
        print(f"{name}, load {os.getloadavg()[0]:.1f}", flush=True)
        stream = Stream()
        for size in args.sizes:
            fill(client, store, stream, size - size // 10 - store.size(), now_s=1.0, settings=settings)
            cost = fill(client, store, stream, size // 10, now_s=1.0, settings=settings)
            used, rss = memory(client) - empty, int(client.info("memory")["used_memory_rss"])
            sizes.append(
                Size(
                    size,
                    cost,
                    used / size,
                    rss / size,
                    client.dbsize(),
                    parts(client, store),
                    _sample(client, store, stream, settings),
                )
            )
            print(_row(sizes[-1]), flush=True)
    command = "python -m benchmarks.growth --docs"
    if args.docs:
        write("growth", command, {"server": name, "sizes": [asdict(size) for size in sizes]})
        _draw(sizes)
        (FOLDER / "growth.md").write_text(_page(name, sizes), encoding="utf-8")


def _sample(client: Any, store: Any, stream: Stream, settings: Settings) -> Sample:
    deduplicator = Deduplicator(store, settings)
    made = stream.articles(SAMPLE)
    cpu_before, process_before = client.info("cpu"), time.process_time()
    answers = [
        answer
        for at in range(0, SAMPLE, 50)
        for answer in deduplicator.check([one.article for one in made[at : at + 50]], now_s=1.0)
    ]
    process = time.process_time() - process_before
    cpu_after = client.info("cpu")
    served = sum(float(cpu_after[k]) - float(cpu_before[k]) for k in ("used_cpu_user", "used_cpu_sys"))
    judged = [(one, answer) for one, answer in zip(made, answers, strict=True) if isinstance(answer, Verdict)]
    copies = [(one, answer) for one, answer in judged if one.kind in COPIES]
    numbers = [{int(candidate.rsplit("-", 1)[1]) for candidate in answer.candidates} for _, answer in copies]
    return Sample(
        check_ms=(process + served) / SAMPLE * 1000,
        candidates=statistics.mean(len(answer.candidates) for _, answer in judged),
        copies=len(copies),
        compared=sum(one.of in known for (one, _), known in zip(copies, numbers, strict=True)),
        flagged=sum(answer.duplicate for _, answer in copies),
    )


def _row(size: Size) -> str:
    c, s = size.cost, size.sample
    return (
        f"| {size.articles:,} | {c.admit_cpu_us:.0f} + {c.record_cpu_us:.0f} us | {c.wall_us:.0f} us "
        f"| {sum(size.parts[part] for part in INDEX):.0f} | {size.bytes_an_article:,.0f} ({size.rss_an_article:,.0f}) "
        f"| {size.keys / size.articles:.2f} | {s.candidates:.1f} | {s.compared} / {s.flagged} of {s.copies} "
        f"| {s.check_ms:.1f} ms |"
    )


def _draw(sizes: list[Size]) -> None:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(9, 3.4))
    cost, kept = drawing.subplots(1, 2)
    at = [size.articles for size in sizes]
    cost.plot(at, [size.cost.cpu_us for size in sizes], "o-", label="server CPU")
    cost.plot(at, [size.cost.wall_us for size in sizes], "s--", label="wall clock of the store's calls")
    cost.set(xscale="log", xlabel="articles in the index", ylabel="microseconds an article", ylim=(0, None))
    cost.legend()
    kept.plot(at, [size.bytes_an_article for size in sizes], "o-", label="everything")
    kept.plot(at, [sum(size.parts[part] for part in INDEX) for size in sizes], "s--", label="index")
    kept.set(xscale="log", xlabel="articles in the index", ylabel="bytes an article", ylim=(0, None))
    kept.legend()
    drawing.tight_layout()
    draw("growth", drawing)


def _page(name: str, sizes: list[Size]) -> str:
    first, last = sizes[-2], sizes[-1]
    index = sum(last.parts[part] for part in INDEX)
    cpu_us, kept = last.cost.cpu_us, last.bytes_an_article
    a_second = 100e6 / 45 / 86_400
    return f"""# Growth

`python -m benchmarks.growth --docs` on {name}; synthetic articles (`benchmarks/synthetic.py`), one generation,
append-only file on, calls of {BATCH}, one run, on a machine with other work; cost is the mean over the last tenth of each
size, the caller's work on signatures and texts left out. At each size {SAMPLE} articles more went through the whole check,
with candidates verified: planted copies whose original was compared, and those called duplicates.

| articles | server CPU: admit + record | wall clock | index, bytes | everything (resident) | keys | candidates \
| compared / flagged | whole check |
|---|---|---|---|---|---|---|---|---|
{chr(10).join(map(_row, sizes))}

All but the first and the last two columns are for one article.

![Cost and memory by size](growth.svg)

From {first.articles:,} to {last.articles:,} articles the server's CPU an article grows
{cpu_us / first.cost.cpu_us:.2f} times, the wall clock {last.cost.wall_us / first.cost.wall_us:.2f} times.

## A hundred million articles

On paper, from the figures above. An article takes {kept:,.0f} bytes, {index:,.0f} of them index; 100 million take
{kept / 10:.0f} GB, {index / 10:.0f} GB of them index. One index lives in one slot of a cluster, so on one server: its
script looks and adds in one step, which is what makes "exactly one original" true. Kept for 45 days, 100 million articles
are {a_second:.0f} a second; at {cpu_us:.0f} us each that is {a_second * cpu_us / 1e6:.1%} of one core. What ends is
memory, not time:

- One server of {kept / 10 * 1.35:.0f} GB (a third more for the copy-on-write of a rewrite) holds it all. A generation holds
  2^24 articles, so there are at least six, and each check reads each of them: about six times the reads of the table above.
- By namespace: one index a language, a country or a desk, each in a slot of its own, spread over the nodes by their hash
  tags. Ten indexes of 10 million are {kept / 100:.0f} GB each. Copies between two of them are not found.
- Texts and verdicts, {kept - index:,.0f} bytes of each article, are read only for candidates. In slots of their own they
  would spread over any number of nodes, and {index / 10:.0f} GB stay together; the price is that text and index are no
  longer written in one step, so that a second arrival would have to wait for the text of the first. Not built.
"""


if __name__ == "__main__":
    main()
