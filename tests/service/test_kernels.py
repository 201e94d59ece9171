"""Where compiled kernels are kept, and that a process without them works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service import kernels
from service.config import Config
from tests.conftest import KERNELS
from tests.service.conftest import FIRE, ROOT, Served


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_folder_that_is_set_is_the_only_choice(tmp_path: Path) -> None:
    assert kernels.folder_of(Config(kernels_dir=str(tmp_path / "own"), data_dir=tmp_path)) == tmp_path / "own"
    (tmp_path / "file").write_text("")
    assert kernels.folder_of(Config(kernels_dir=str(tmp_path / "file"), data_dir=tmp_path)) is None


def test_else_it_is_in_the_data_folder_and_open_to_nobody_else(tmp_path: Path) -> None:
    folder = kernels.folder_of(Config(data_dir=tmp_path))
    assert folder == tmp_path / "kernels"
    assert folder.stat().st_mode & 0o077 == 0


def test_without_a_data_folder_or_where_it_cannot_be_written_to_it_is_in_the_users_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "mukarrar" / "kernels"
    assert kernels.folder_of(Config(data_dir=tmp_path / "absent")) == cache
    (tmp_path / "kernels").write_text("in the way")
    assert kernels.folder_of(Config(data_dir=tmp_path)) == cache


def test_without_any_folder_the_reason_is_told_and_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    assert kernels.start(Config(kernels_dir=str(tmp_path / "file")), told.append) is None
    assert told == ["no folder for compiled kernels can be written to; set kernels_dir"]


def test_the_command_compiles_into_the_folder() -> None:
    env = {**os.environ, "MUKARRAR_KERNELS_DIR": str(KERNELS), "PYTHONPATH": str(ROOT)}
    env.pop("MUKARRAR_DATA", None)
    done = subprocess.run([sys.executable, "-m", "service.kernels"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"compiled kernels are in {KERNELS.resolve()}\n", "")


def test_a_server_that_cannot_keep_kernels_says_so_once_and_works(
    serve: Callable[..., Served], redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    served = serve(redis_url=redis_url, kernels_dir=tmp_path / "file")
    status, reply = served.post("/v1/articles", {"id": "1", "body": FIRE})
    assert (status, reply["body"]["verdict"]) == (200, "new")
    until = time.monotonic() + 10
    while not (said := [line for line in served.logged() if line["event"] == "kernels.plain"]) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(said) == 1
    assert json.dumps(said[0]).count("set kernels_dir") == 1
