"""The application on a real Redis, by Flask's test client and as a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dedup.deduplicator import Deduplicator
from dedup.store.redis import RedisStore
from service.app import create_app
from service.auth import Keyring
from service.config import Config
from service.keys import Person, Scope, issue
from service.keystore import RedisKeyStore
from tests.conftest import KERNELS

NOW_S = 1_762_700_000.0  # 2025-11-09 14:53:20 UTC
BASE = "http://localhost:8080"
ROOT = Path(__file__).parents[2]

FIRE = "أصيب ثلاثة عمال بحروق متفاوتة في حريق اندلع فجر الأحد في مستودع للأخشاب يقع على بعد كيلومترين من ميناء العقبة القديم."
HOSPITAL = "افتتح وزير الصحة صباح اليوم مستشفى جديداً في مدينة الزرقاء يضم مئتي سرير وعشر غرف للعمليات ومركزاً لغسل الكلى."


class LocalClient(FlaskClient):
    """Calls the application as a client on this machine does."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("base_url", BASE)
        return super().open(*args, **kwargs)


@pytest.fixture
def deduplicator(redis_store: RedisStore) -> Deduplicator:
    return Deduplicator(redis_store, Config().settings)


@pytest.fixture
def keys(redis_url: str, namespace: str) -> Iterator[RedisKeyStore]:
    """The keys of the index; there are none yet."""
    store = RedisKeyStore(redis_url, namespace, timeout_s=5.0)
    yield store
    store.close()


@pytest.fixture
def make_key(keys: RedisKeyStore) -> Callable[..., str]:
    """Makes a key with the given scopes, in their name."""

    def make(*scopes: Scope, name: str = "", expires_s: float | None = None) -> str:
        wanted = name or "-".join(scopes)
        return issue(keys, wanted, scopes, expires_s=expires_s, by=Person("layla", "command"), now_s=NOW_S)[1]

    return make


@pytest.fixture
def make_client(deduplicator: Deduplicator, keys: RedisKeyStore) -> Callable[..., LocalClient]:
    """A client of an application with the given configuration."""

    def make(**config: Any) -> LocalClient:
        app: Flask = create_app(Config(**config), deduplicator, Keyring(keys, clock=lambda: NOW_S), clock=lambda: NOW_S)
        app.test_client_class = LocalClient
        client = app.test_client()
        assert isinstance(client, LocalClient)
        return client

    return make


@pytest.fixture
def client(make_client: Callable[..., LocalClient]) -> LocalClient:
    return make_client()


@dataclass
class Served:
    """A server process of ours and where it listens."""

    process: subprocess.Popen[str]
    url: str
    log: IO[str]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def get(self, path: str, timeout: float = 10, *, key: str = "") -> tuple[int, Any]:
        return self._open(urllib.request.Request(self.url + path, headers=_bearer(key)), timeout)

    def post(self, path: str, body: Any, timeout: float = 10, *, key: str = "") -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **_bearer(key)}
        return self._open(urllib.request.Request(self.url + path, data, headers), timeout)

    def logged(self) -> list[dict[str, Any]]:
        """What it wrote to standard error: a JSON object a line, as far as they are whole."""
        # it writes at the same file position: to move that would overwrite what is there
        *whole, _ = os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).split(b"\n")
        return [json.loads(line) for line in whole]

    @staticmethod
    def _open(request: urllib.request.Request, timeout: float) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as reply:
            with reply:
                return reply.code, json.load(reply)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


@contextmanager
def serving(**settings: Any) -> Iterator[Served]:
    """A server with the given MUKARRAR_* settings (lower case, without the prefix)."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MUKARRAR_") and name != "PORT"}
    env |= {
        f"MUKARRAR_{name.upper()}": str(value)
        for name, value in {"port": 0, "workers": 1, "kernels_dir": KERNELS, **settings}.items()
    }
    code = (
        "from service.config import Config; from service.serve import run; "
        "run(Config.load(), when_ready=lambda address: print(address, flush=True))"
    )
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        command = [sys.executable, "-c", code]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                log.seek(0)
                raise AssertionError(f"the server did not start: {log.read()}")
            yield Served(process, address, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


@pytest.fixture
def serve(namespace: str, short_dir: Path) -> Iterator[Callable[..., Served]]:
    """Starts servers on an index of this test, and stops them after it, while the folder of an embedded Redis is still there."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serving(**{"namespace": namespace, **settings}))
