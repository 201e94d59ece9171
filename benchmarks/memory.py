"""Bytes an article in Redis, by part, beside datasketch's Redis storage: `python -m benchmarks.memory [--docs]`.

The same synthetic articles go into our store (`--sizes`) and, signed by the same 128 values, into datasketch's `MinHashLSH` on
Redis at thresholds .5 and .8 (`--peer` of them: its cost an article does not change with their number).
Last, eight generations come and go: what is in use once the oldest is swept.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import redis
from datasketch import MinHash, MinHashLSH

from benchmarks.filling import fill, memory, parts, server, server_name
from benchmarks.results import FOLDER, draw, write
from benchmarks.synthetic import Stream
from dedup import Settings
from dedup.shingle import combine_runs
from dedup.sign import sign

INDEX = ("lists", "claims", "rows")
THRESHOLDS = (0.5, 0.8)
GENERATIONS, OF_ONE = 8, 4_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store keeps of one article, in bytes."""

    name: str
    articles: int
    in_use: float
    resident: float
    parts: dict[str, float]

    @property
    def index(self) -> float:
        return sum(self.parts[part] for part in INDEX) if self.parts else self.in_use


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[100_000])
    arguments.add_argument("--peer", type=int, default=100_000, help="articles given to datasketch")
    arguments.add_argument("--binary", type=Path, default=None, help="the server; else the one that the service would run")
    arguments.add_argument("--docs", action="store_true", help="write docs/performance/memory.md, .json and .svg")
    args = arguments.parse_args()
    settings = Settings()
    kept: list[Kept] = []
    with server(settings, args.binary) as (client, store):
        name, empty, stream = server_name(client), memory(client), Stream()
        print(f"{name}, load {os.getloadavg()[0]:.1f}", flush=True)
        for size in args.sizes:
            fill(client, store, stream, size - store.size(), now_s=1.0, settings=settings)
            resident = float(client.info("memory")["used_memory_rss"])
            kept.append(Kept("ours", size, (memory(client) - empty) / size, resident / size, parts(client, store)))
            print(_row(kept[-1]), flush=True)
    for threshold in THRESHOLDS:
        with server(settings, args.binary) as (client, _):
            kept.append(_datasketch(client, threshold, args.peer, settings))
            print(_row(kept[-1]), flush=True)
    swept = _generations(args.binary)
    print("in use after each sweep, MB: " + ", ".join(f"{used / 1e6:.1f}" for used in swept))
    if args.docs:
        write("memory", _command(args), {"server": name, "kept": [asdict(one) for one in kept], "after_sweeps": swept})
        _draw(kept)
        (FOLDER / "memory.md").write_text(_page(_command(args), name, kept, swept), encoding="utf-8")


def _command(args: Any) -> str:
    return f"python -m benchmarks.memory --sizes {' '.join(map(str, args.sizes))} --peer {args.peer} --docs"


def _datasketch(client: redis.Redis, threshold: float, count: int, settings: Settings) -> Kept:
    path = client.connection_pool.connection_kwargs["path"]
    storage = {"type": "redis", "basename": b"peer", "redis": {"unix_socket_path": path}}
    lsh = MinHashLSH(threshold=threshold, num_perm=128, storage_config=storage)
    stream, empty = Stream(), memory(client)
    with lsh.insertion_session() as session:
        for made in (one for _ in range(0, count, 1_000) for one in stream.articles(1_000)):
            runs = combine_runs(stream.hashes[made.words], [(0, len(made.words))], settings.shingle_size)
            signature = MinHash(num_perm=128, hashvalues=sign(np.unique(runs)), scheme="affine32")
            session.insert(made.article.id, signature)
    resident = float(client.info("memory")["used_memory_rss"])
    return Kept(f"datasketch, threshold {threshold}", count, (memory(client) - empty) / count, resident / count, {})


def _generations(binary: Path | None) -> list[int]:
    """Bytes in use after each of eight generations has arrived, once what has expired is swept."""
    settings = Settings(generation_s=10, retention_s=20)
    used = []
    with server(settings, binary) as (client, store):
        stream, empty = Stream(), memory(client)
        for number in range(GENERATIONS):
            fill(client, store, stream, OF_ONE, now_s=number * 10.0, settings=settings)
            store.sweep(now_s=number * 10.0)
            used.append(memory(client) - empty)
    return used


def _row(kept: Kept) -> str:
    return f"| {kept.name} | {kept.articles:,} | {kept.index:,.0f} | {kept.in_use:,.0f} | {kept.resident:,.0f} |"


def _draw(kept: list[Kept]) -> None:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(8, 0.6 + 0.5 * len(kept)))
    axes = drawing.subplots()
    names = [f"{one.name}, {one.articles:,}" for one in kept]
    left = np.zeros(len(kept))
    for part in kept[0].parts:
        widths = np.array([one.parts.get(part, 0.0) for one in kept])
        axes.barh(names, widths, left=left, label=part)
        left += widths
    axes.barh(names, [0 if one.parts else one.in_use for one in kept], color="0.6", label="datasketch: bands only")
    axes.invert_yaxis()
    axes.set_xlabel("bytes an article")
    axes.legend(fontsize=7, ncols=2)
    draw("memory", drawing)


def _page(command: str, name: str, kept: list[Kept], swept: list[int]) -> str:
    ours = [one for one in kept if one.parts]
    peers = [one for one in kept if not one.parts]
    shown = "\n".join(f"| {part} | " + " | ".join(f"{one.parts[part]:,.0f}" for one in ours) + " |" for part in ours[0].parts)
    against = "; ".join(f"1/{peer.in_use / ours[-1].index:.1f} of {peer.name}" for peer in peers)
    return f"""# Memory

`{command}` on {name}; synthetic
articles (`benchmarks/synthetic.py`), one generation, one run. In use: the server's `used_memory` above an empty one, without
buffers of clients; resident: its whole process. datasketch keeps bands alone: no signature, text or verdict.

| store | articles | index, bytes an article | everything in use | resident |
|---|---|---|---|---|
{chr(10).join(map(_row, kept))}

Our index takes {against}.

| part (MEMORY USAGE, names and room included) | {" | ".join(f"{one.articles:,}" for one in ours)} |
|---|{"---|" * len(ours)}
{shown}

![Bytes an article](memory.svg)

Of {GENERATIONS} generations of {OF_ONE:,} articles, three of them live at a time, there are in use after each sweep
{", ".join(f"{used / 1e6:.1f}" for used in swept)} MB. What still grows is the decision log, which is kept for 400 days.
"""


if __name__ == "__main__":
    main()
