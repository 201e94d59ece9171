"""Compiled kernels: where they are kept, and loading them beside the work; `python -m service.kernels` compiles them beforehand.

Loading never delays anything: the plain forms serve until the compiled ones are there, and go on where that cannot be.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from dedup import compiled
from service.config import Config


def start(config: Config, tell: Callable[[str], None]) -> threading.Thread | None:
    """Load the kernels in a thread, for which the process waits when it ends; `tell` hears why the plain forms go on serving."""
    folder = folder_of(config)
    if folder is None:
        tell("no folder for compiled kernels can be written to; set kernels_dir")
        return None
    return compiled.load_in_background(folder, failed=tell)


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


def main() -> None:
    """Compile the kernels into their folder, so that the next process finds them there."""
    folder = folder_of(Config.load())
    if folder is None or compiled.load(folder) != "compiled":
        sys.exit(f"no kernels were compiled: {compiled.reason() or 'their folder cannot be written to'}")
    sys.stdout.write(f"compiled kernels are in {folder}\n")


if __name__ == "__main__":
    main()
