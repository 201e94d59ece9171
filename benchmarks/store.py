"""What the Redis store costs: `python -m benchmarks.store [ARTICLES]` (20,000 by default).

Synthetic entries on an embedded server with its append-only file on: about 70 keys each, 6 of them drawn by Zipf's law from
a small stock (standing wording), 14 sources, texts of 1,060 incompressible bytes. The second half arrives in a second
generation, so that two are read.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import redis

from dedup.records import Entry
from dedup.settings import Settings
from dedup.store.redis import RedisStore
from dedup.store.rules import id_hash
from service.embedded import EmbeddedRedis, find_server

BATCH = 50
KEYS, STANDING = 64, 6
TEXT_BYTES = 1_060  # what textpack makes of a news article, measured


def entries(count: int, *, seed: int) -> Iterator[Entry]:
    random = np.random.default_rng(seed)
    for n in range(count):
        standing = np.minimum(random.zipf(1.3, STANDING), 50_000).astype(np.uint32) * np.uint32(2_654_435_761)
        own = random.integers(0, 2**32, KEYS, dtype=np.uint32)
        name = f"{seed}-{n}"
        yield Entry(
            id=name,
            source=str(n % 14),
            id_hash=id_hash(name),
            url_hash=random.bytes(8),
            content_hash=random.bytes(8),
            text_digest=random.bytes(8),
            source_hash=n % 14,
            keys=np.unique(np.concatenate((standing, own))),
            blob=random.bytes(TEXT_BYTES),
        )


def cpu_s(client: redis.Redis) -> float:
    """What the server has used so far: unlike the clock it does not count who else is at work on the machine."""
    used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=int, nargs="?", default=20_000)
    parser.add_argument("--binary", type=Path, default=None, help="the server; else the one that the service would run")
    parser.add_argument("--appendfsync", choices=("everysec", "always"), default="everysec")
    args = parser.parse_args()
    settings = Settings()
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedRedis(Path(folder), appendfsync=args.appendfsync, binary=args.binary or find_server()) as server,
    ):
        client = redis.Redis.from_url(server.url)
        store = RedisStore.from_url(server.url, settings, timeout_s=10.0)
        about = client.info("server")
        name = f"Valkey {about['valkey_version']}" if "valkey_version" in about else f"Redis {about['redis_version']}"
        print(f"{name}, appendfsync {args.appendfsync}, load {os.getloadavg()[0]:.1f}")
        empty = client.info("memory")["used_memory"]
        for generation in (0, 1):
            half = list(entries(args.articles // 2, seed=generation))
            took: list[float] = []
            cpu_before = cpu_s(client)
            for at in range(0, len(half), BATCH):
                started = time.perf_counter()
                store.admit(half[at : at + BATCH], now_s=generation * settings.generation_s)
                took.append(time.perf_counter() - started)
            size, memory = store.size(), client.info("memory")
            print(
                f"{size:>9,} articles, {generation + 1} generations: {len(half) / sum(took):,.0f} admits/s, "
                f"server CPU {(cpu_s(client) - cpu_before) / len(half) * 1e6:,.0f} us an article, "
                f"a batch of {BATCH} takes {statistics.median(took) * 1000:.0f} ms (worst {max(took) * 1000:.0f}), "
                f"{(memory['used_memory'] - empty) / size:,.0f} bytes an article, RSS {memory['used_memory_rss'] / size:,.0f}"
            )
        written = sum(path.stat().st_size for path in Path(folder).rglob("appendonly*") if path.is_file())
        singly: list[float] = []
        for entry in entries(500, seed=2):
            started = time.perf_counter()
            store.admit([entry], now_s=settings.generation_s)
            singly.append(time.perf_counter() - started)
        low, high = (sorted(singly)[int(len(singly) * share)] * 1000 for share in (0.5, 0.99))
        print(f"one at a time: median {low:.1f} ms, 99 % within {high:.1f} ms")
        print(f"append-only file: {written / size:,.0f} bytes an article")
        store.close()
        client.close()


if __name__ == "__main__":
    main()
