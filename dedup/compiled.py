"""Stages in two forms: plain, in NumPy and Python, which always serves; and compiled by numba, which takes over once it is there.

A stage marks its plain function with `compiled_by("<module>")`; the compiled one has the same name and arguments, gives the
same answer bit for bit, and stands in `dedup/kernels/<module>.py`. Nothing here imports numba before `load`: a process that never
loads, or where numba is missing, works with the plain forms alone.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec, TypeVar

State = Literal["plain", "compiled", "failed"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Twin(Generic[_P, _R]):
    """A function and its compiled form, called like a function."""

    def __init__(self, plain: Callable[_P, _R], module: str) -> None:
        self.plain = plain
        self.module = module
        self.compiled: Callable[_P, _R] | None = None
        self.serving = plain
        self.__doc__ = plain.__doc__

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return self.serving(*args, **kwargs)


_twins: list[Twin[Any, Any]] = []
_lock = threading.Lock()
_state: State = "plain"
_reason = ""


def compiled_by(module: str) -> Callable[[Callable[_P, _R]], Twin[_P, _R]]:
    """Mark a plain function whose compiled form stands under the same name in `dedup.kernels.<module>`."""

    def mark(plain: Callable[_P, _R]) -> Twin[_P, _R]:
        twin = Twin(plain, module)
        _twins.append(twin)
        return twin

    return mark


def load(folder: Path) -> State:
    """Compile the kernels, or read them from the cache, and let them serve; returns at once where that is done already.

    Compiling takes tens of seconds once, reading the cache a fraction of one. Where it fails the plain forms go on serving and
    `reason` says why.

    Args:
        folder: for compiled code, writable, made if missing. What other sources were compiled to is never taken.
    """
    global _state, _reason
    with _lock:
        if _state == "compiled":
            return _state
        try:
            numba = import_module("numba")
            numba.config.CACHE_DIR = str(folder / _sources())  # numba itself looks at the kernel's own file only
            compiled = [getattr(import_module(f"dedup.kernels.{twin.module}"), twin.plain.__name__) for twin in _twins]
            _mark(folder).touch()
        except Exception as exc:  # noqa: BLE001 - whatever goes wrong in a compiler, the plain forms serve
            _state, _reason = "failed", f"{type(exc).__name__}: {exc}".splitlines()[0]
            return _state
        for twin, function in zip(_twins, compiled, strict=True):
            twin.compiled = twin.serving = function
        _state = "compiled"
        return _state


def is_kept(folder: Path) -> bool:
    """Whether `load` finds everything compiled in this folder; imports the compiler's library to ask what processor this is."""
    return _mark(folder).exists()


def _mark(folder: Path) -> Path:
    """Written once all is compiled for this processor by this numba."""
    cpu: str = import_module("llvmlite.binding").get_host_cpu_name()
    return folder / _sources() / f"complete-{cpu}-{version('numba')}"


@cache
def _sources() -> str:
    """Names the sources of this package: kernels hold constants of the stages."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def reason() -> str:
    """Why loading failed; empty if it did not."""
    return _reason


def serve_plain() -> None:
    """Back to the plain forms, for comparing the two."""
    global _state
    with _lock:
        for twin in _twins:
            twin.serving = twin.plain
        _state = "plain"
