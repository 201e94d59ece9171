"""Servers for benchmarks: ours on a Redis of its own, in processes of their own, with their processor time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.embedded import EmbeddedRedis

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running server; `log` is what it writes to standard error."""

    port: int
    process: subprocess.Popen[str]
    log: Path

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def workers(self) -> list[int]:
        """Process ids of the workers."""
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True)
        return [int(line) for line in listed.stdout.split()]

    def cpu_s(self) -> float:
        """Processor time of the workers so far."""
        return sum(map(cpu_s, self.workers))


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) * 1024 / 1e6 if found else 0.0


@dataclass(frozen=True)
class Redis:
    """A Redis of the benchmark's own."""

    url: str
    pid: int


@contextmanager
def redis(appendfsync: str = "everysec") -> Iterator[Redis]:
    """An empty embedded Redis in a folder that goes afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="mukarrar-") as folder,
        EmbeddedRedis(Path(folder), appendfsync=appendfsync) as server,
    ):
        yield Redis(server.url, int((Path(folder) / "redis.pid").read_text()))


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """This process's variables with `settings` (names of Config, lower case) as the only ones of ours."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MUKARRAR_") and name != "PORT"}
    return env | {f"MUKARRAR_{name.upper()}": str(value) for name, value in settings.items()}


@contextmanager
def serving(*command: str, **settings: object) -> Iterator[Served]:
    """A server process of `python -m COMMAND` with MUKARRAR_* settings, listening when the block begins."""
    with tempfile.TemporaryDirectory(prefix="mukarrar-") as folder:
        log = Path(folder) / "stderr"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], env=environment(settings), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        server = Served(int(found.group(1)) if found else 0, process, log)
        try:
            if not found:
                raise RuntimeError(f"the server did not start: {said}{log.read_text()[-2000:]}")
            yield server
        finally:
            server.stop()
            process.stdout.close()
