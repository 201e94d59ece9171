"""Plain and compiled forms: the plain one serves until the other is there, and whenever it cannot be."""

from __future__ import annotations

import pytest

from dedup import kernels


def test_a_twin_is_called_like_its_plain_function() -> None:
    twin = kernels.Twin(lambda left, right=2: left + right, "nowhere")
    assert twin(1) == 3
    assert twin(1, right=5) == 6


def test_a_failure_to_compile_leaves_the_plain_forms_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = kernels.Twin(len, "no_such_module")
    monkeypatch.setattr(kernels, "_twins", [twin])
    monkeypatch.setattr(kernels, "_state", "plain")
    monkeypatch.setattr(kernels, "_reason", "")
    assert kernels.load() == "failed"
    assert "no_such_module" in kernels.reason()
    assert twin((1, 2)) == 2
