"""Compiled kernels: where they are kept, and loading them beside the work; `python -m service.kernels` compiles them beforehand.

Loading delays nothing: the plain forms serve until the compiled ones are there, and go on where that cannot be. What is not
compiled yet is compiled by a process of its own, at low priority: within this one it would take turns with the requests.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from dedup import compiled
from service.config import Config

_A_WHILE_S = 0.2
_NO_FOLDER = "no folder for compiled kernels can be written to; set kernels_dir"


def start(config: Config, tell: Callable[[str], None]) -> threading.Thread | None:
    """Load the kernels in a thread; `tell` hears why the plain forms go on serving."""
    folder = folder_of(config)
    if folder is None:
        tell(_NO_FOLDER)
        return None

    def load() -> None:
        try:
            if _compiled(folder) and compiled.load(folder) == "failed":
                tell(compiled.reason())
        except OSError as exc:
            tell(str(exc))

    # the process waits for it when it ends: one that stopped in the middle of loading would take it down
    thread = threading.Thread(target=load, name="kernels", daemon=False)
    thread.start()
    return thread


def _compiled(folder: Path) -> bool:
    """Have the kernels compiled if they are not, by one process at a time; False if this process ends meanwhile."""
    with (folder / "lock").open("w") as lock:
        while not _locked(lock):
            if not _going_on():
                return False
        if compiled.is_kept(folder):
            return True
        environment = {**os.environ, "MUKARRAR_KERNELS_DIR": str(folder)}
        with subprocess.Popen([sys.executable, "-m", "service.kernels"], env=environment, stdout=subprocess.DEVNULL) as process:
            while _going_on():
                try:
                    process.wait(_A_WHILE_S)
                except subprocess.TimeoutExpired:
                    continue
                return True  # if it failed, so will loading, and say why
            process.kill()
    return False


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_A_WHILE_S)
        return False
    return True


def _going_on() -> bool:
    return threading.main_thread().is_alive()


def folder_of(config: Config) -> Path | None:
    """The folder set, else `kernels` in the data folder if there is one, else in the user's cache; None if that will not do."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "mukarrar", "kernels")
    choices = [config.data_dir / "kernels"] if config.data_dir.is_dir() else []
    for folder in [Path(config.kernels_dir)] if config.kernels_dir else [*choices, cache]:
        try:
            path = folder.expanduser().resolve()
            path.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies there is run: nobody else may write to it
            with tempfile.TemporaryFile(dir=path):
                return path
        except (OSError, RuntimeError):  # RuntimeError: the user has no home
            continue
    return None


def load_now(config: Config) -> Path:
    """Load the kernels, compiled here if need be; returns their folder, or ends the process and says why it cannot be."""
    folder = folder_of(config)
    if folder is None or compiled.load(folder) != "compiled":
        sys.exit(f"no kernels were compiled: {compiled.reason() or _NO_FOLDER}")
    return folder


def main() -> None:
    """Compile the kernels into their folder, so that the next process finds them there."""
    os.nice(10)
    sys.stdout.write(f"compiled kernels are in {load_now(Config.load())}\n")


if __name__ == "__main__":
    main()
