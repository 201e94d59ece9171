"""Every behaviour is tested on every store."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dedup.settings import Settings
from dedup.store.memory import MemoryStore
from dedup.store.overlay import OverlayStore
from dedup.store.protocol import Store
from service.embedded import EmbeddedRedis


@pytest.fixture
def settings() -> Settings:
    """Small lists and short generations: [0, 10), [10, 20) ... seconds, each live until 15 s after its end."""
    return Settings(list_cap=4, source_cap=2, generation_s=10, retention_s=15)


@pytest.fixture(params=["memory", "redis", "overlay"])
def store(request: pytest.FixtureRequest, settings: Settings) -> Store:
    """An empty store of each kind."""
    match request.param:
        case "memory":
            return MemoryStore(settings)
        case "overlay":
            return OverlayStore(MemoryStore(settings), settings)
        case _:
            return request.getfixturevalue("redis_store")  # type: ignore[no-any-return]


class OwnServer:
    """A server of one test, to kill and to revive."""

    def __init__(self, folder: Path, binary: Path, appendfsync: str = "everysec") -> None:
        self.folder = folder
        self.binary = binary
        self.appendfsync = appendfsync
        self._users: list[EmbeddedRedis] = []
        self.start()
        self.url = self._users[0].url

    def signal(self, number: int) -> None:
        os.kill(int((self.folder / "redis.pid").read_text()), number)

    def kill(self) -> None:
        """kill -9, and wait until it is dead."""
        self.signal(signal.SIGKILL)
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(self.url.removeprefix("unix://"))
            client.recv(1)

    def start(self) -> None:
        """Start it, again if it was killed."""
        self._users.append(EmbeddedRedis(self.folder, appendfsync=self.appendfsync, binary=self.binary))
        self._users[-1].start()

    def close(self) -> None:
        for user in self._users:
            user.close()


@pytest.fixture
def own_server(short_dir: Path, redis_binary: Path) -> Iterator[OwnServer]:
    """A server that no other test uses."""
    server = OwnServer(short_dir, redis_binary)
    yield server
    server.close()
