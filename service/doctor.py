"""`mukarrar doctor`: is everything here that the service needs, and is it set as it should be?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from dedup.errors import DedupError, IndexMismatchError
from service.config import Config

MIN_FREE_BYTES = 500_000_000  # of the disk with the data folder: about 100,000 articles and a rewrite of the log
MAX_CLOCK_DIFFERENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it where it is a problem."""

    subject: str
    found: str
    remedy: str = ""  # "" where nothing is wrong

    @property
    def is_problem(self) -> bool:
        """Whether something must be done."""
        return bool(self.remedy)


def examine(config: Config) -> Iterator[Finding]:
    """Look at everything in turn. Starts the embedded Redis for as long as it takes, if no other is configured."""
    yield _python()
    yield _system()
    yield _extractor()
    with ExitStack() as stack:
        url = config.redis_url
        if not url:
            folder = _folder(config)
            yield folder
            if folder.is_problem:
                return
            from service.embedded import EmbeddedRedis, find_server

            try:
                server = EmbeddedRedis(config.data_dir, appendfsync=config.appendfsync)
                yield Finding("Redis program", str(find_server()))
                stack.enter_context(server)
            except DedupError as exc:
                yield Finding("Redis program", "cannot be run", str(exc))
                return
            url = server.url
        yield from _redis(config, url)


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    return Finding("Python", found, "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer")


def _system() -> Finding:
    found = f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores"
    return Finding(
        "System", found, "" if os.name == "posix" else "run it on Linux or macOS: file locks and unix sockets are needed"
    )


def _extractor() -> Finding:
    try:
        from importlib.metadata import version

        import trafilatura  # noqa: F401 - whether it can be imported is the question

        return Finding("HTML extractor", f"trafilatura {version('trafilatura')}")
    except ImportError as exc:
        return Finding("HTML extractor", f"cannot be imported: {exc}", "install the package again with its dependencies")


def _folder(config: Config) -> Finding:
    folder = config.data_dir.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        return Finding("Data folder", f"{folder}: {exc.strerror}", "choose another with --data-dir or MUKARRAR_DATA_DIR")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            "Data folder", f"{folder} cannot be written to", "change its owner or rights, or choose another --data-dir"
        )
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / 1e9:,.1f} GB free"
    return Finding("Data folder", found, "" if free >= MIN_FREE_BYTES else "free some disk space: the append-only file needs it")


def _redis(config: Config, url: str) -> Iterator[Finding]:
    import redis

    timeout_s = max(config.store_timeout_s, 5.0)
    try:
        client = redis.Redis.from_url(url, protocol=2, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
    except ValueError as exc:
        yield Finding("Redis", f"the URL cannot be read: {exc}", "set MUKARRAR_REDIS_URL to a redis://, rediss:// or unix:// URL")
        return
    with client:
        try:
            client.ping()
        except redis.RedisError as exc:
            yield Finding(
                "Redis", f"does not answer: {exc}", "start it, or correct MUKARRAR_REDIS_URL, its password and its network"
            )
            return
        yield from _server(_ask(client.info), embedded=not config.redis_url)
        yield _clock(_ask(client.time))
    yield _index(config, url)


def _ask(question: Callable[[], Any]) -> Any:
    """An answer of the server; None where this user may not ask."""
    import redis

    try:
        return question()
    except redis.RedisError:
        return None


def _server(info: dict[str, Any] | None, *, embedded: bool) -> Iterator[Finding]:
    if info is None:
        yield Finding("Redis", "answers, but INFO is not allowed to this user: version, policy and persistence are not checked")
        return
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    old = tuple(int(part) for part in version.split(".")[:2]) < (6, 2)
    yield Finding("Redis", f"{name} {version}", "run Redis 6.2 or newer, or Valkey" if old else "")
    policy, limit = str(info.get("maxmemory_policy", "")), int(info.get("maxmemory", 0))
    most = f"{limit / 1e6:,.0f} MB" if limit else "none"
    found = f"{int(info.get('used_memory', 0)) / 1e6:,.0f} MB used, limit {most}, policy {policy}"
    evicts = bool(limit) and policy != "noeviction"
    yield Finding(
        "Memory", found, "set maxmemory-policy noeviction: with another one Redis forgets articles silently" if evicts else ""
    )
    kept = bool(info.get("aof_enabled"))
    remedy = "set appendonly yes: without it a restart may lose the index" + (
        " (is this folder served by a Redis of yours?)" if embedded else ""
    )
    yield Finding("Persistence", "append-only file on" if kept else "append-only file off", "" if kept else remedy)


def _clock(server_time: tuple[int, int] | None) -> Finding:
    here_s = time.time()
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(here_s))
    if here_s < 1_735_689_600:  # 2025-01-01
        return Finding("Clock", found, "set the clock of this machine: it is in the past")
    if server_time is None:
        return Finding("Clock", found)
    difference_s = abs(here_s - (server_time[0] + server_time[1] / 1e6))
    found += f", {difference_s:.1f} s from the server's"
    return Finding("Clock", found, "" if difference_s <= MAX_CLOCK_DIFFERENCE_S else "synchronise both machines' clocks (NTP)")


def _index(config: Config, url: str) -> Finding:
    from service.stores import open_deduplicator

    store = open_deduplicator(config, url).store
    try:
        store.ping()
        arrivals = store.size()
    except IndexMismatchError as exc:
        return Finding("Index", f"{config.namespace}: built with settings {exc.found}, these are {exc.wanted}", str(exc))
    except DedupError as exc:
        return Finding("Index", f"{config.namespace}: {exc}", "see the findings above")
    finally:
        store.close()
    return Finding("Index", f"{config.namespace}: {arrivals:,} arrivals, settings fingerprint {config.settings.fingerprint()}")
