"""A real Redis for the tests: one server a run, on a private socket; each test has a namespace of its own.

MUKARRAR_TEST_REDIS_BINARY names another server to run the same tests on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from dedup import compiled as forms
from dedup.settings import Settings
from dedup.store.redis import RedisStore
from service.embedded import EmbeddedRedis, find_server

# taken out of the environment: the service refuses variables with its prefix that it does not know
_BINARY = os.environ.pop("MUKARRAR_TEST_REDIS_BINARY", None)


@pytest.fixture(scope="session")
def redis_binary() -> Path:
    """The server that the tests run on."""
    return Path(_BINARY) if _BINARY else find_server()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A folder with a path short enough for a socket; gone after the test."""
    path = Path(tempfile.mkdtemp(prefix="mukarrar-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(redis_binary: Path) -> Iterator[str]:
    """The server of this run."""
    path = Path(tempfile.mkdtemp(prefix="mukarrar-"))
    with EmbeddedRedis(path, binary=redis_binary) as server:
        yield server.url
    shutil.rmtree(path)


#: One folder for the kernels of all test runs and of the servers they start; whoever comes first compiles.
KERNELS = Path(tempfile.gettempdir(), f"mukarrar-test-kernels-{os.getuid()}")


@pytest.fixture(scope="session")
def compiled() -> None:
    """The compiled forms are there, as `twin.compiled`; the plain ones go on serving."""
    KERNELS.mkdir(mode=0o700, exist_ok=True)
    assert forms.load(KERNELS) == "compiled", forms.reason()
    forms.serve_plain()


@pytest.fixture
def settings() -> Settings:
    """The defaults."""
    return Settings()


@pytest.fixture
def namespace() -> str:
    """One that no other test uses."""
    return uuid.uuid4().hex


@pytest.fixture
def redis_store(redis_url: str, settings: Settings, namespace: str) -> Iterator[RedisStore]:
    """An empty index."""
    store = RedisStore.from_url(redis_url, settings, namespace, timeout_s=5.0)  # a busy test machine is not an outage
    yield store
    store.close()
