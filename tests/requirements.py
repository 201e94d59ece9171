"""What some tests need beside our packages: a browser, or the research data. A pytest plugin.

A test that needs what is missing is left out, and one line says so; with REQUIRE=all in the environment that is an error.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

needs_chromium = pytest.mark.needs_chromium
needs_data = pytest.mark.needs_data


def chromium() -> str | None:
    """The browser to drive: Debian's `chromium`, or another build of it on PATH; never one that is downloaded."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def data_folder() -> Path | None:
    """The folder of the research data, named by MUKARRAR_DATA."""
    folder = Path(os.environ.get("MUKARRAR_DATA") or "/nonexistent")
    return folder if folder.is_dir() else None


#: Marker, what finds its requirement, and what to do where it is missing.
REQUIREMENTS: dict[str, tuple[Callable[[], object], str]] = {
    "needs_chromium": (chromium, "no Chromium on PATH (Debian: apt-get install chromium)"),
    "needs_data": (data_folder, "MUKARRAR_DATA does not name a folder"),
}

_left_out = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, (_, missing) in REQUIREMENTS.items():
        config.addinivalue_line("markers", f"{name}: left out where {missing}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose requirement is missing."""
    config.stash[_left_out] = lines = []
    for name, (found, missing) in REQUIREMENTS.items():
        out = [item for item in items if item.get_closest_marker(name)]
        if not out or found() is not None:
            continue
        if os.environ.get("REQUIRE") == "all":
            raise pytest.UsageError(f"REQUIRE=all, but {missing}: {len(out)} marked {name}")
        lines.append(f"left out, {len(out)} marked {name}: {missing}")
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was left out."""
    for line in config.stash.get(_left_out, []):
        terminalreporter.write_line(line, yellow=True)
