"""On what a table was measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

_PACKAGES = ("mukarrar", "numpy", "numba", "rapidfuzz", "datasketch", "scipy")


def facts() -> dict[str, Any]:
    """Processor, cores, Python and the versions that matter."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def line(articles: int, labels: int) -> str:
    """The same as one line under a table."""
    f = facts()
    versions = ", ".join(f"{name} {f[name]}" for name in _PACKAGES)
    return (
        f"{articles:,} articles in file order, {labels} labelled pairs; {f['cores']} cores of {f['processor']}, "
        f"Python {f['python']}, {versions}."
    )


def brief(*packages: str) -> str:
    """Cores, processor, Python and the versions of some packages, in one line."""
    versions = "".join(f", {name} {importlib.metadata.version(name)}" for name in packages)
    return f"{os.cpu_count()} cores of {_processor()}, Python {platform.python_version()}{versions}"


def _processor() -> str:
    try:
        names = [row.split(":", 1)[1] for row in Path("/proc/cpuinfo").read_text().splitlines() if row.startswith("model name")]
    except OSError:
        names = []
    return names[0].strip() if names else platform.machine()
